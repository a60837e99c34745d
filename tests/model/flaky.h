/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A device in memory that does all that a device may do: completes at once, later and in any order,
 * refuses for lack of memory, fails, aborts, resets, resizes, goes. It holds the library to its
 * limits.
 *
 * It belongs to one OS thread, as all of the test does.
 */
#ifndef SPINDLE_MODEL_FLAKY_H
#define SPINDLE_MODEL_FLAKY_H

#include "spdk/bdev_module.h"

struct flaky_temper {
	/* Of a thousand I/Os. */
	uint32_t refused;
	uint32_t failed;
	uint32_t at_once;
	/* Moves data when it is submitted, not when it completes. */
	uint32_t early;
	/* More than so many in a channel are refused. 0: never. */
	uint32_t outstanding_max;
	uint32_t delay_us_max;
	bool destructs_late;
};

struct flaky_port;

struct flaky {
	struct spdk_bdev bdev;
	/* It has this many at most, whatever it has now. */
	uint64_t blocks_max;
	uint8_t *data;
	uint8_t *md;
	/* Types that it knows, as bits. */
	uint32_t types;
	struct flaky_temper temper;
	uint32_t outstanding;
	/* What its channels are of; it may share them with others. */
	struct flaky_port *port;
	/* Blocks that no I/O may come for now. */
	uint64_t quiet_offset;
	uint64_t quiet_count;
	/* It has a reset, and nothing else comes until that is done. */
	bool is_resetting;
	bool is_gone;
};

extern struct spdk_bdev_module g_flaky_module;

struct flaky_opts {
	const char *name;
	/* It shares its channels with that; or NULL. */
	struct flaky *twin;
	/* Its blocks are as those of that one; or NULL. */
	const struct flaky *like;
	/* It can be a member of an array. */
	bool is_member;
};

/* With a random geometry, limits, types and temper; registered. */
struct flaky *flaky_create(const struct flaky_opts *opts);
/* Its module's part is over: is_gone. */
void flaky_destroy(struct flaky *flaky);

/* Fails nothing and refuses nothing from now on. */
void flaky_calm(struct flaky *flaky);

#endif
