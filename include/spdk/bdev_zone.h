/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Zoned devices: their blocks belong to zones, each of which is written from its beginning on.
 *
 * A zone is named by its first block. Its write pointer is the block that is written next; a reset
 * brings it back to the first, and what was there is gone. What a comment of spdk/bdev.h says of
 * all functions that submit an I/O holds for those here.
 *
 * Source: NVM Express Zoned Namespace Command Set, whose states and actions these are.
 */
#ifndef SPDK_BDEV_ZONE_H
#define SPDK_BDEV_ZONE_H

#include "spdk/bdev.h"
#include "spdk/stdinc.h"

#ifdef __cplusplus
extern "C" {
#endif

struct spdk_bdev;

/* Where in a zone one may write. */
enum spdk_bdev_zone_type {
	/* Anywhere: a conventional zone. */
	SPDK_BDEV_ZONE_TYPE_CNV = 0x1,
	/* At the write pointer only. */
	SPDK_BDEV_ZONE_TYPE_SEQWR = 0x2,
	/* At the write pointer for preference. */
	SPDK_BDEV_ZONE_TYPE_SEQWP = 0x3,
};

/* What can be done with a zone as a whole. */
enum spdk_bdev_zone_action {
	/* Keeps its place, and gives back what an open zone takes of the device. */
	SPDK_BDEV_ZONE_CLOSE,
	/* Makes it full. */
	SPDK_BDEV_ZONE_FINISH,
	/* Sets aside what writing to it takes. */
	SPDK_BDEV_ZONE_OPEN,
	/* Makes it empty. */
	SPDK_BDEV_ZONE_RESET,
	/* Gives it up for good. */
	SPDK_BDEV_ZONE_OFFLINE,
};

/* "Open" zones are IMP_OPEN and EXP_OPEN, "active" ones these and CLOSED. */
enum spdk_bdev_zone_state {
	SPDK_BDEV_ZONE_STATE_EMPTY = 0x0,
	/* Opened by a write. The device may close it to open another. */
	SPDK_BDEV_ZONE_STATE_IMP_OPEN = 0x1,
	/* An older name. */
	SPDK_BDEV_ZONE_STATE_OPEN = SPDK_BDEV_ZONE_STATE_IMP_OPEN,
	SPDK_BDEV_ZONE_STATE_FULL = 0x2,
	/* Partly written, and not open. */
	SPDK_BDEV_ZONE_STATE_CLOSED = 0x3,
	SPDK_BDEV_ZONE_STATE_READ_ONLY = 0x4,
	/* Neither read nor written. */
	SPDK_BDEV_ZONE_STATE_OFFLINE = 0x5,
	/* Opened by SPDK_BDEV_ZONE_OPEN. */
	SPDK_BDEV_ZONE_STATE_EXP_OPEN = 0x6,
	/* Has no write pointer: a conventional zone. */
	SPDK_BDEV_ZONE_STATE_NOT_WP = 0x7,
};

struct spdk_bdev_zone_info {
	/* First block. */
	uint64_t zone_id;
	/* The block that is written next, counted from the beginning of the device. */
	uint64_t write_pointer;
	/* Blocks that can be written; at most those to the next zone. */
	uint64_t capacity;
	enum spdk_bdev_zone_state state;
	enum spdk_bdev_zone_type type;
};

/* ---- What a device is; of one without zones, all that follows is 0 ---- */

/** Blocks from one zone to the next. */
uint64_t spdk_bdev_get_zone_size(const struct spdk_bdev *bdev);

/** The number of zones. */
uint64_t spdk_bdev_get_num_zones(const struct spdk_bdev *bdev);

/** The first block of the zone in which a block is. */
uint64_t spdk_bdev_get_zone_id(const struct spdk_bdev *bdev, uint64_t offset_blocks);

/** Most blocks of an append; 0: any number. Appends are not split. */
uint32_t spdk_bdev_get_max_zone_append_size(const struct spdk_bdev *bdev);

/** Most zones that can be open at a time; 0: any number. */
uint32_t spdk_bdev_get_max_open_zones(const struct spdk_bdev *bdev);

/** Most zones that can be active at a time; 0: any number. */
uint32_t spdk_bdev_get_max_active_zones(const struct spdk_bdev *bdev);

/** How many zones had better be open; 0: no matter. */
uint32_t spdk_bdev_get_optimal_open_zones(const struct spdk_bdev *bdev);

/* ---- I/O ---- */

/**
 * Tells about `num_zones` zones from `zone_id` on.
 *
 * Owner: `info` is filled, and must stay, until the callback.
 * Shape: an array of `num_zones`.
 */
int spdk_bdev_get_zone_info(struct spdk_bdev_desc *desc, struct spdk_io_channel *ch,
			    uint64_t zone_id, size_t num_zones, struct spdk_bdev_zone_info *info,
			    spdk_bdev_io_completion_cb cb, void *cb_arg);

/**
 * Does something with a zone as a whole.
 *
 * Callback: without success when the state of the zone does not allow it.
 */
int spdk_bdev_zone_management(struct spdk_bdev_desc *desc, struct spdk_io_channel *ch,
			      uint64_t zone_id, enum spdk_bdev_zone_action action,
			      spdk_bdev_io_completion_cb cb, void *cb_arg);

/**
 * Writes blocks at the write pointer of a zone, wherever that is: any number of writers may do so
 * at a time.
 *
 * Callback: spdk_bdev_io_get_append_location() tells where.
 */
int spdk_bdev_zone_append(struct spdk_bdev_desc *desc, struct spdk_io_channel *ch, void *buf,
			  uint64_t zone_id, uint64_t num_blocks, spdk_bdev_io_completion_cb cb,
			  void *cb_arg);

/** As spdk_bdev_zone_append(), from vectors. */
int spdk_bdev_zone_appendv(struct spdk_bdev_desc *desc, struct spdk_io_channel *ch,
			   struct iovec *iov, int iovcnt, uint64_t zone_id, uint64_t num_blocks,
			   spdk_bdev_io_completion_cb cb, void *cb_arg);

/** As spdk_bdev_zone_append(), with metadata as in spdk_bdev_read_blocks_with_md(). */
int spdk_bdev_zone_append_with_md(struct spdk_bdev_desc *desc, struct spdk_io_channel *ch,
				  void *buf, void *md, uint64_t zone_id, uint64_t num_blocks,
				  spdk_bdev_io_completion_cb cb, void *cb_arg);

/** As spdk_bdev_zone_append_with_md(), from vectors. */
int
spdk_bdev_zone_appendv_with_md(struct spdk_bdev_desc *desc, struct spdk_io_channel *ch,
			       struct iovec *iov, int iovcnt, void *md, uint64_t zone_id,
			       uint64_t num_blocks, spdk_bdev_io_completion_cb cb, void *cb_arg);

/** The first block that an append has written; after its success, until it is freed. */
uint64_t spdk_bdev_io_get_append_location(struct spdk_bdev_io *bdev_io);

#ifdef __cplusplus
}
#endif

#endif
