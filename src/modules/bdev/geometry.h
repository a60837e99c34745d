/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Sizes of blocks and their metadata, as devices in memory take them from those who configure.
 */
#ifndef SPINDLE_MODULES_BDEV_GEOMETRY_H
#define SPINDLE_MODULES_BDEV_GEOMETRY_H

#include "modules/bdev/answer.h"
#include "spdk/bdev_module.h"
#include "spdk/dif.h"

struct bdev_geometry {
	uint64_t num_blocks;
	/* Of data alone, in bytes. */
	uint32_t block_size;
	/* In bytes; 0: as block_size. */
	uint32_t physical_block_size;
	uint32_t md_size;
	bool md_interleave;
	enum spdk_dif_type dif_type;
	enum spdk_dif_pi_format dif_pi_format;
	bool dif_is_head_of_md;
};

/* 0, or -EINVAL with what is wrong, by the names that the methods have for it. */
int bdev_geometry_check(const struct bdev_geometry *geometry, struct bdev_reason *out_reason);

/* Sets the members of a device that it is about; it was checked. */
void bdev_geometry_apply(const struct bdev_geometry *geometry, struct spdk_bdev *bdev);

/* Protection information of the blocks from `offset_blocks` on, with the checks of `flags`. */
int bdev_geometry_dif_ctx(const struct spdk_bdev *bdev, uint64_t offset_blocks, uint32_t flags,
			  struct spdk_dif_ctx *out_ctx);

/* Completes an I/O as a device does whose protection information is not what it should be. */
void bdev_complete_dif_error(struct spdk_bdev_io *io, const struct spdk_dif_error *error);

#endif
