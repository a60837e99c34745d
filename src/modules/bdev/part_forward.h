/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What modules have in common whose devices are parts of others: functions for their tables.
 */
#ifndef SPINDLE_MODULES_BDEV_PART_FORWARD_H
#define SPINDLE_MODULES_BDEV_PART_FORWARD_H

#include "spdk/bdev_module.h"

/* A module's context of an I/O: what get_ctx_size() is the size of. */
struct bdev_part_io {
	struct spdk_bdev_part_channel *ch;
};

/* Hands an I/O on to the base, when there is an I/O for it: submit_request(). */
void bdev_part_forward(struct spdk_io_channel *ch, struct spdk_bdev_io *io);

/* Ends a part: destruct(). */
int bdev_part_destruct(void *part);

#endif
