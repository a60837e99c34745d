/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the submit functions of all I/O types have in common.
 */
#ifndef SPINDLE_BDEV_SUBMIT_H
#define SPINDLE_BDEV_SUBMIT_H

#include "bdev_internal.h"

struct bdev_blocks {
	uint64_t offset;
	uint64_t count;
};

/* 0, -EBADF: the descriptor is for reading only. -EINVAL: there are no such blocks. */
int bdev_submit_check(struct spdk_bdev_desc *desc, const struct bdev_blocks *blocks, bool writes);

/* ---- transfer.c ---- */

/* Whether data must change its place or form on the way. */
static inline bool
bdev_io_wants_transfer(const struct spdk_bdev_io *io)
{
	const struct spdk_bdev_io_block_params *params = &io->u.bdev;

	return ((uintptr_t)params->memory_domain | (uintptr_t)params->accel_sequence |
		(uintptr_t)io->internal.desc->hide_metadata) != 0;
}

#endif
