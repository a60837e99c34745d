/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Null devices: what is written is forgotten, and what is read is whatever the buffer had.
 */
#ifndef SPINDLE_BDEV_NULL_H
#define SPINDLE_BDEV_NULL_H

#include "modules/bdev/answer.h"
#include "spdk/bdev_module.h"

struct null_bdev_opts {
	const char *name;
	/* All zeros: one is made. */
	struct spdk_uuid uuid;
	uint64_t num_blocks;
	/* Of data alone, in bytes; metadata comes on top. */
	uint32_t block_size;
	/* In bytes; 0: as block_size. */
	uint32_t physical_block_size;
	uint32_t md_size;
	enum spdk_dif_type dif_type;
	enum spdk_dif_pi_format dif_pi_format;
	bool dif_is_head_of_md;
	/* In blocks; 0: nothing is preferred. */
	uint32_t preferred_write_granularity;
	uint32_t preferred_write_alignment;
	uint32_t optimal_write_size;
	uint32_t preferred_unmap_granularity;
	uint32_t preferred_unmap_alignment;
};

extern struct spdk_bdev_module g_null_module;

/*
 * Thread: the app thread.
 * Errors: -EINVAL with a reason; -EEXIST, the name or uuid is another's; -ENOMEM.
 */
int null_bdev_create(const struct null_bdev_opts *opts, struct bdev_reason *out_reason);

/*
 * Makes it larger.
 *
 * Thread: the app thread.
 * Errors: -ENODEV, there is no such bdev; -EINVAL with a reason.
 */
int null_bdev_resize(const char *name, uint64_t new_size_mib, struct bdev_reason *out_reason);

#endif
