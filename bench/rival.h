/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What else carries messages between two threads of a process. Each rival is a file rival_*.c that
 * gives a way from senders to one receiver; the loops over it are the same for all and are compiled
 * into each (rival_loops.h), so that none pays for calls through pointers.
 *
 * A rival carries a pointer and calls nothing with it: it is at its best here.
 *
 * A rival whose library is not there when the benchmark is compiled is known by its name and by the
 * package that would bring it (rival.c).
 */
#ifndef BENCH_RIVAL_H
#define BENCH_RIVAL_H

#include "spdk/stdinc.h"

#define RIVAL_CAPACITY 1024 /* of a way; more is never under way */
#define RIVAL_ACK_PART 4    /* the receiver reports each so many parts of what may be under way */

struct rival_way;

/* There and back; both ends of both are of two threads. */
struct rival_pair {
	struct rival_way *there, *back;
};

struct rival {
	const char *name;
	/* What Debian calls it, where it is not compiled in; else NULL. */
	const char *package;
	/* NULL with errno where the machine lacks it. */
	struct rival_way *(*open)(void);
	void (*close)(struct rival_way *way);

	/* Both sides of two threads. The near one takes the time of each trip. */
	void (*trip_near)(const struct rival_pair *pair, uint64_t *ticks, uint32_t count);
	void (*trip_far)(const struct rival_pair *pair, uint32_t count);
	/* One way, `window` under way; back go reports of what has arrived. */
	void (*stream_near)(const struct rival_pair *pair, uint32_t window, uint32_t count);
	void (*stream_far)(const struct rival_pair *pair, uint32_t window, uint32_t count);
	/* The same by one thread, which has both ends. Not of those that sleep. */
	void (*trip_alone)(const struct rival_pair *pair, uint64_t *ticks, uint32_t count);
	void (*stream_alone)(const struct rival_pair *pair, uint32_t window, uint32_t count);

	/* Single steps, for many senders: neither waits. Whether there was room, or a message. */
	bool (*try_send)(struct rival_way *way, void *message);
	bool (*try_receive)(struct rival_way *way, void **message);
};

extern const struct rival rival_slots;        /* an array of slots: the bare limit of a stream */
extern const struct rival rival_ring;         /* rte_ring, one sender */
extern const struct rival rival_ring_senders; /* rte_ring, many senders */
extern const struct rival rival_ring_rts;     /* the same where senders may be preempted */
extern const struct rival rival_ring_bulk;    /* rte_ring, one sender, 32 at a time */
extern const struct rival rival_uv;
extern const struct rival rival_uring;
extern const struct rival rival_condvar;

#endif
