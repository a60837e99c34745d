/* SPDX-License-Identifier: BSD-3-Clause */
/* The SHA-1 digest (FIPS 180-4), for identifiers made of names; it protects against nothing. */
#ifndef BASE_UTIL_SHA1_H
#define BASE_UTIL_SHA1_H

#include "base/util/block_hash.h"

#define SHA1_BYTES 20

/* Then block_hash_update(), and sha1_finish() once. */
void sha1_init(struct block_hash *hash);
void sha1_finish(struct block_hash *hash, uint8_t digest[SHA1_BYTES]);

#endif /* BASE_UTIL_SHA1_H */
