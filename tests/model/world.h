/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Where a run takes place: a clock that goes as chance wants it, threads that chance turns, and the
 * layer of block devices on them. One OS thread does it all, so that a seed gives the same run.
 */
#ifndef SPINDLE_MODEL_WORLD_H
#define SPINDLE_MODEL_WORLD_H

#include "spdk/stdinc.h"
#include "spdk/thread.h"

#define THREADS_MAX 3

struct world {
	struct spdk_thread *threads[THREADS_MAX];
	uint32_t count;
	/* So few buffers that devices on one another might have them all, and wait for one another.
	 */
	bool is_short_of_buffers;
	uint32_t large_buffers;
};

extern struct world g_world;

/* Once in the process. */
void world_setup(void);

/* Threads, and the layer with few I/Os and buffers. */
void world_open(void);
/* All that was made in between is unmade. */
void world_close(void);

/* Becomes that thread. */
void world_on(uint32_t thread);
/*
 * Around calls of the library: allocations may fail in between, unless memory_pause() says no.
 */
void world_enter_library(void);
/* For callbacks: allocations that have failed since are trouble from now on. */
void world_note_memory(void);
void world_leave_library(void);
/* One of the threads has a turn, and time goes on. Allocations may fail in it. */
void world_turn(void);
/* As many turns as it needs; `what` and `print`, if any, are for the report when it never comes. */
void world_wait_until(bool (*is_so)(void *arg), void *arg, const char *what, void (*print)(void));

#endif
