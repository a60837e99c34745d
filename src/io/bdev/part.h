/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the two files of the part library share: part.c makes parts, part_io.c forwards their I/O.
 */
#ifndef SPINDLE_BDEV_PART_H
#define SPINDLE_BDEV_PART_H

#include "bdev_internal.h"

struct spdk_bdev_part_base {
	struct spdk_bdev *bdev;
	struct spdk_bdev_desc *desc;
	/* Where the descriptor was opened, and is closed. */
	struct spdk_thread *thread;
	struct spdk_bdev_module *module;
	struct spdk_bdev_fn_table *fn_table;
	struct bdev_part_tailq *tailq;
	spdk_bdev_part_base_free_fn free_fn;
	spdk_bdev_remove_cb_t remove_cb;
	void *ctx;
	/* Of the module's channels; they begin with a struct spdk_bdev_part_channel. */
	uint32_t channel_size;
	spdk_io_channel_create_cb channel_create_cb;
	spdk_io_channel_destroy_cb channel_destroy_cb;
	/* Parts; the base is claimed while there are any. bdev_lock() */
	uint32_t parts;
};

/* Whether protection information carries the number of its block, which is another in the base. */
bool bdev_part_remaps(const struct spdk_bdev *bdev);
/* Whether a part of the base takes I/Os of the type. */
bool bdev_part_supports(struct spdk_bdev *base, enum spdk_bdev_io_type type);

#endif
