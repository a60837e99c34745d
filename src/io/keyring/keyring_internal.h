/* SPDX-License-Identifier: BSD-3-Clause */
/* What methods tell of keys. */
#ifndef SPINDLE_KEYRING_INTERNAL_H
#define SPINDLE_KEYRING_INTERNAL_H

#include "spdk/json.h"
#include "spdk/keyring.h"

/* Writes a key as an object, without the key itself. Within spdk_keyring_for_each_key(). */
void keyring_dump_key(struct spdk_key *key, struct spdk_json_write_ctx *w);

#endif
