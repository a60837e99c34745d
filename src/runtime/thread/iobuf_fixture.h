/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the tests of I/O buffers share: three threads in one OS thread, small pools, the modules
 * "apple" and "pear", a log that is kept, and requests that remember when they were served.
 */
#ifndef SPINDLE_IOBUF_FIXTURE_H
#define SPINDLE_IOBUF_FIXTURE_H

#include "runtime/thread/iobuf_internal.h"

#define THREADS 3
/* The least that there may be. */
#define SMALL_COUNT 64
#define LARGE_COUNT 8
#define SMALL_LEN   8192
#define LARGE_LEN   (132 * 1024)

extern struct spdk_thread *g_threads[THREADS];
extern uint32_t g_finished; /* callbacks of spdk_iobuf_finish() */
extern uint32_t g_turns;    /* waiters that were served since take_all() */

struct waiter {
	struct spdk_iobuf_entry entry;
	struct spdk_iobuf_channel *channel;
	uint64_t len;
	void *buf;
	uint32_t turn; /* from 1; 0: not yet */
	bool gives_back;
};

int start_environment(void **state);
int stop_environment(void **state);

/* Threads and the log, without pools. */
void open_threads(void);
void close_threads(void);
/* The pools as well, and the modules; on thread 0. */
int set_up(void **state);
int tear_down(void **state);
void set_counts(uint64_t small, uint64_t large);
void count_finish(void *arg);
/* Ends the pools, on thread 0. */
void finish(void);

/* Becomes that thread. */
void on(int thread);
/* Until no thread has anything to do. */
void poll_all(void);

/* One message was logged since the last call, and both texts are in it. */
void expect_message(const char *first, const char *second);
/* The same for any number of messages: layers below may have had their say. */
void expect_words(const char *first, const char *second);

void open_channel(struct spdk_iobuf_channel *channel, int thread, const char *name, uint32_t small,
		  uint32_t large);
void close_channel(struct spdk_iobuf_channel *channel, int thread);
/* Takes all large buffers that there are. */
void take_all(struct spdk_iobuf_channel *channel, void **bufs);
void put_all(struct spdk_iobuf_channel *channel, void **bufs, int first);
/* Asks for a buffer when there is none. */
void wait_for(struct waiter *waiter, struct spdk_iobuf_channel *channel, uint64_t len);
/* The callback of waiters. */
void served(struct spdk_iobuf_entry *entry, void *buf);
void give_back(struct waiter *waiter);

#endif
