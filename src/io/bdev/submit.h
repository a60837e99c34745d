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

/*
 * Whether the type can be done. Through a descriptor that hides metadata, data is read and written;
 * the other types with data know whole blocks only.
 */
static inline bool
bdev_submit_takes(const struct spdk_bdev_desc *desc, enum spdk_bdev_io_type type)
{
	const uint32_t whole_blocks =
		1u << SPDK_BDEV_IO_TYPE_COMPARE | 1u << SPDK_BDEV_IO_TYPE_COMPARE_AND_WRITE |
		1u << SPDK_BDEV_IO_TYPE_ZCOPY | 1u << SPDK_BDEV_IO_TYPE_ZONE_APPEND;

	return spdk_bdev_io_type_supported(desc->bdev, type) &&
	       !(desc->hide_metadata && (whole_blocks >> type & 1) != 0);
}

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
