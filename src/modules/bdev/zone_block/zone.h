/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One zone: which blocks of it are written, and what may be done with it.
 *
 *   state     opened by  holds                           left by
 *   EMPTY                nothing is written              a write, open: open; finish: FULL
 *   IMP_OPEN  a write    write pointer within capacity   open, close, finish, reset, the last write
 *   EXP_OPEN  open       write pointer within capacity   close, finish, reset, the last write
 *   CLOSED               write pointer within capacity   a write, open, finish, reset
 *   FULL                 no write pointer any more       reset: EMPTY
 *
 * The states READ_ONLY and OFFLINE of the specification are never entered: the device below has no
 * blocks that it gives up. There is no limit of open or active zones.
 *
 * Z1  All of it is one atomic word, so that any number of threads may write to a zone, and none of
 *     them waits for another one.
 * Z2  A write takes its blocks before it is carried out: the next one may follow at once. What
 *     fails later has taken them all the same, and is not written.
 * Z3  A reset is carried out when no write is. While there is one, nothing else is begun in the
 *     zone: a write that was accepted then could be undone by it.
 *
 * Source: NVM Express Zoned Namespace Command Set 1.1, section 2.
 */
#ifndef SPINDLE_BDEV_ZONE_H
#define SPINDLE_BDEV_ZONE_H

#include "spdk/bdev_zone.h"

#include <stdatomic.h>

/* A zone has fewer blocks than this. */
#define ZONE_CAPACITY_END (UINT64_C(1) << 40)
/* Writes that may be carried out in a zone at a time. */
#define ZONE_WRITES_MAX ((1u << 20) - 1)

/* One cache line, so that writers of neighbours do not meet. */
struct zone {
	/* zone.c says what is in it. */
	_Atomic uint64_t word;
	/* The reset that waits or is carried out: of whoever has begun it. */
	void *reset;
	uint64_t unused[6];
};
SPDK_STATIC_ASSERT(sizeof(struct zone) == 64, "a cache line");

/* FULL: what the device below has in it can be read, and it has to be reset first. */
void zone_init(struct zone *zone, uint64_t capacity);

/* State and write pointer, which is counted from the beginning of the zone. */
enum spdk_bdev_zone_state zone_get(const struct zone *zone, uint64_t *out_written);

/*
 * Those below return 0, or why not: SPDK_NVME_SC_, by zone_status_type() of a kind.
 * COMMAND_INTERRUPTED: a reset is under way, or too many writes; try again.
 */
int zone_status_type(int sc);

/* Takes `count` blocks from `offset` on, which must be the write pointer. */
int zone_begin_write(struct zone *zone, uint64_t capacity, uint64_t offset, uint64_t count);

/* Takes them wherever the write pointer is. */
int zone_begin_append(struct zone *zone, uint64_t capacity, uint64_t count, uint64_t *out_offset);

/* The write is over. True: zone->reset has waited for it, and is carried out now. */
bool zone_end_write(struct zone *zone);

int zone_open(struct zone *zone);
int zone_close(struct zone *zone);
int zone_finish(struct zone *zone, uint64_t capacity);

enum zone_reset {
	/* The zone is empty already. */
	ZONE_RESET_NEEDLESS,
	/* It is carried out now, and ends in zone_end_reset(). */
	ZONE_RESET_BEGINS,
	/* The same, after the last zone_end_write(). */
	ZONE_RESET_WAITS,
	/* There is one already. */
	ZONE_RESET_REFUSED,
};

enum zone_reset zone_begin_reset(struct zone *zone, void *reset);
/* Without success all is as it was. */
void zone_end_reset(struct zone *zone, bool success);

#endif
