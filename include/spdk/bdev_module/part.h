/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * For modules: parts, devices that are each a range of one below them, the base. A part of
 * spdk/bdev_module.h.
 *
 * A module makes the base once, then parts on it. The device below is claimed while there are
 * parts. The base ends with its last part, or by spdk_bdev_part_base_free() when it has none.
 */
#ifndef SPDK_BDEV_MODULE_PART_H
#define SPDK_BDEV_MODULE_PART_H

#include "spdk/bdev_module.h"

#ifdef __cplusplus
extern "C" {
#endif

struct spdk_bdev_part_base;

/** The device below. */
struct spdk_bdev *spdk_bdev_part_base_get_bdev(struct spdk_bdev_part_base *part_base);

/** Its name, also when it is gone. Owner: the base. */
const char *spdk_bdev_part_base_get_bdev_name(struct spdk_bdev_part_base *part_base);

/** The descriptor by which the base has it open. Owner: the base. */
struct spdk_bdev_desc *spdk_bdev_part_base_get_desc(struct spdk_bdev_part_base *part_base);

/** The list that was given to spdk_bdev_part_base_construct_ext(). */
struct bdev_part_tailq *spdk_bdev_part_base_get_tailq(struct spdk_bdev_part_base *part_base);

/** The context that was given there. */
void *spdk_bdev_part_base_get_ctx(struct spdk_bdev_part_base *part_base);

/** The base ends; `ctx` is not used any more. */
typedef void (*spdk_bdev_part_base_free_fn)(void *ctx);

/* A part: the module's memory, of malloc(), which spdk_bdev_part_free() frees. */
struct spdk_bdev_part {
	/* In the list of the base. */
	TAILQ_ENTRY(spdk_bdev_part) tailq;

	/* By the functions below. */
	struct bdev_part_internal_fields {
		struct spdk_bdev bdev;
		struct spdk_bdev_part_base *base;
		/* Where it begins in the device below. */
		uint64_t offset_blocks;
	} internal;
};

/* What a channel of a part begins with; what the module adds to it follows. */
struct spdk_bdev_part_channel {
	struct spdk_bdev_part *part;
	struct spdk_io_channel *base_ch;
};

typedef TAILQ_HEAD(bdev_part_tailq, spdk_bdev_part) SPDK_BDEV_PART_TAILQ;

/** Ends a base without parts: closes the device below, calls free_fn. */
void spdk_bdev_part_base_free(struct spdk_bdev_part_base *base);

/**
 * Ends a part whose device is ending: what a module's destruct() returns.
 *
 * Returns 1: the rest follows when the last channel is gone.
 */
int spdk_bdev_part_free(struct spdk_bdev_part *part);

/** Unregisters those parts in the list that are on this base; a base without any ends now. */
void
spdk_bdev_part_base_hotremove(struct spdk_bdev_part_base *part_base, struct bdev_part_tailq *tailq);

/**
 * Makes a base, and opens the device below for reading; the first part's claim makes it writing.
 *
 * Thread: app thread.
 * Owner: `*base` is there until it ends; unchanged on errors. `fn_table` and `tailq` are the
 * module's, and stay. The library fills in get_io_channel() and io_type_supported() where the
 * module has none, and a destruct() that calls spdk_bdev_part_free().
 * Shape: `channel_size` bytes for each channel: a struct spdk_bdev_part_channel and what the
 * module adds. The module's `ch_create_cb` and `ch_destroy_cb` get all of it; may be NULL.
 * Callback: `remove_cb` when the device below goes away, with the base: it calls
 * spdk_bdev_part_base_hotremove(). `free_fn(ctx)` when the base has ended.
 * Errors: -ENODEV: there is no such device. -EPERM, -ENOMEM: as spdk_bdev_open_ext().
 */
int spdk_bdev_part_base_construct_ext(const char *bdev_name, spdk_bdev_remove_cb_t remove_cb,
				      struct spdk_bdev_module *module,
				      struct spdk_bdev_fn_table *fn_table,
				      struct bdev_part_tailq *tailq,
				      spdk_bdev_part_base_free_fn free_fn, void *ctx,
				      uint32_t channel_size, spdk_io_channel_create_cb ch_create_cb,
				      spdk_io_channel_destroy_cb ch_destroy_cb,
				      struct spdk_bdev_part_base **base);

struct spdk_bdev_part_construct_opts {
	/* sizeof(struct spdk_bdev_part_construct_opts) as the caller knows it. */
	uint64_t opts_size;
	/* All 0: made from the UUID of the device below and the place, so that it stays. */
	struct spdk_uuid uuid;
};

SPDK_STATIC_ASSERT(sizeof(struct spdk_bdev_part_construct_opts) == 24, "Incorrect size");

/** Sets the defaults, as far as `size` reaches. Explained and ignored: NULL, 0. */
void spdk_bdev_part_construct_opts_init(struct spdk_bdev_part_construct_opts *opts, uint64_t size);

/**
 * Makes a part, and registers its device: as spdk_bdev_part_construct_ext(), without options.
 */
int
spdk_bdev_part_construct(struct spdk_bdev_part *part, struct spdk_bdev_part_base *base, char *name,
			 uint64_t offset_blocks, uint64_t num_blocks, char *product_name);

/**
 * Makes a part, and registers its device, which is like the one below in all but name, place and
 * size.
 *
 * Thread: app thread.
 * Owner: `part` is freed by spdk_bdev_part_free(), or the caller's after an error. The names are
 * copied; options are read during the call.
 * Errors: -1: the device below is claimed by another module. -EINVAL: blocks that are not there,
 * or an unknown size of the options. Else as spdk_bdev_register().
 */
int
spdk_bdev_part_construct_ext(struct spdk_bdev_part *part, struct spdk_bdev_part_base *base,
			     char *name, uint64_t offset_blocks, uint64_t num_blocks,
			     char *product_name, const struct spdk_bdev_part_construct_opts *opts);

/**
 * Passes an I/O of a part to the device below, at its place there, and completes it with that
 * status. Block numbers in protection information are put right.
 *
 * Thread: of the I/O; from submit_request().
 * Errors: as the functions that submit; the I/O is then still the module's, to be completed.
 */
int spdk_bdev_part_submit_request(struct spdk_bdev_part_channel *ch, struct spdk_bdev_io *bdev_io);

/**
 * As spdk_bdev_part_submit_request(), with the module's own callback: `cb` gets the I/O of the
 * device below and, as cb_arg, that of the part, which it completes.
 */
int spdk_bdev_part_submit_request_ext(struct spdk_bdev_part_channel *ch,
				      struct spdk_bdev_io *bdev_io, spdk_bdev_io_completion_cb cb);

/** The device of a part. */
struct spdk_bdev *spdk_bdev_part_get_bdev(struct spdk_bdev_part *part);

/** The base of a part. */
struct spdk_bdev_part_base *spdk_bdev_part_get_base(struct spdk_bdev_part *part);

/** The device below a part. */
struct spdk_bdev *spdk_bdev_part_get_base_bdev(struct spdk_bdev_part *part);

/** Where a part begins in the device below. I/Os need not add it: submitting them does. */
uint64_t spdk_bdev_part_get_offset_blocks(struct spdk_bdev_part *part);

#ifdef __cplusplus
}
#endif

#endif
