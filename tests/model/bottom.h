/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a stack stands on: a malloc device, a flaky one, or several flaky ones that are an array.
 */
#ifndef SPINDLE_MODEL_BOTTOM_H
#define SPINDLE_MODEL_BOTTOM_H

#include "spdk/bdev_module.h"

#define BOTTOM_NAME_SIZE   8
#define BOTTOM_FLAKIES_MAX 3

struct flaky;

enum bottom_kind {
	BOTTOM_MALLOC,
	BOTTOM_FLAKY,
	BOTTOM_RAID0,
	BOTTOM_RAID1,
	BOTTOM_CONCAT,
};

struct bottom {
	enum bottom_kind kind;
	char name[BOTTOM_NAME_SIZE];
	struct spdk_bdev *malloc;
	struct flaky *flakies[BOTTOM_FLAKIES_MAX];
	uint32_t count;
	/* It has this many at most, whatever it has now. */
	uint64_t blocks_max;
	/* Devices whose unregistration is over. */
	uint32_t unregistered;
	/* Of its members, changes under way. */
	uint32_t changes;
};

/* A random one; a flaky one may share the channels of `twin`, if that is not NULL. */
void bottom_create(struct bottom *bottom, struct flaky *twin);
/* All of it goes, as if somebody had pulled it out. */
void bottom_remove(struct bottom *bottom);
/* Of a struct bottom: after bottom_remove(), when nobody has it open. */
bool bottom_is_gone(void *bottom);
void bottom_destroy(struct bottom *bottom);

bool bottom_is_array(const struct bottom *bottom);
const char *bottom_kind_name(const struct bottom *bottom);

/* Nothing fails and nothing is refused from now on. */
void bottom_calm(struct bottom *bottom);
/* One of its devices has more blocks now. */
void bottom_grow(struct bottom *bottom);
/* No I/O may come for these blocks now; count 0: any may. */
void bottom_set_quiet(struct bottom *bottom, uint64_t offset, uint64_t count);
/* One of an array with redundancy leaves it, or comes back, if that can be. */
void bottom_change_members(struct bottom *bottom);
/* Of a struct bottom: whether no member comes, goes or is being filled. */
bool bottom_is_settled(void *bottom);
/* The member that is read leaves, so that the next one is read; false: there is no other. */
bool bottom_read_next(struct bottom *bottom);

#endif
