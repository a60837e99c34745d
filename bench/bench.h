/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the benchmarks share: two reactors that turn a run queue each, time, memory, percentiles and
 * figures. A benchmark is one program that links the installed library and uses public calls only.
 */
#ifndef BENCH_H
#define BENCH_H

#include "figure.h"

#include "spdk/env.h"
#include "spdk/stdinc.h"
#include "spdk/string.h"
#include "spdk/thread.h"
#include "spdk/util.h"
#include "spindle/run_queue.h"

#define BENCH_REACTORS 2

struct bench_reactor {
	uint32_t core;
	struct spindle_run_queue *queue;
};

extern struct bench_reactor g_reactors[BENCH_REACTORS];

/*
 * Runs an application with default options on two cores, from `start` to spdk_app_stop(). What a
 * main() returns: 0, or 1 when the status is not 0.
 */
int bench_app_main(const char *program, spdk_msg_fn start);
/* A thread of it, on that reactor. */
struct spdk_thread *bench_thread_create(const char *name, uint32_t core);

/* Starts the environment on two cores and a thread library whose new threads go to where this says.
 */
void bench_open(const char *name, size_t ctx_size);
void bench_close(void);
/* The same with threads that live nowhere: the benchmark polls them itself. */
void bench_open_polled(const char *name);
void bench_close_polled(void);
/* Which reactor the next threads go to; -1: in turn; BENCH_NOWHERE: the benchmark polls them. */
#define BENCH_NOWHERE (-2)
void bench_place(int reactor);

/* Starts the second reactor's OS thread. The first is the caller's: it turns it with bench_turn().
 */
void bench_start(void);
/* Ends the second reactor; all threads on it must have exited. */
void bench_stop(void);
/* One turn of the caller's reactor; sleeps up to a millisecond when there was nothing to do. */
void bench_turn(void);

/*
 * Has the machine's memory present. The host of a virtual machine may have taken back what it did
 * not use, and would be measured when it gives it again.
 */
void bench_warm_memory(size_t size);

/* Zeros, on cache lines of their own; ends the program where there is no memory. For free(). */
void *bench_alloc(size_t count, size_t size);

double bench_seconds(uint64_t ticks);
double bench_ns(uint64_t ticks);
/* VmRSS and HugetlbPages together. */
uint64_t bench_resident_bytes(void);

void bench_sort(uint64_t *values, size_t count);

#endif
