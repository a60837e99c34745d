/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * For tests of what wakes a run queue: pollers that wait for an event, and whether a run queue
 * sleeps.
 */
#ifndef SPINDLE_WAKE_FIXTURE_H
#define SPINDLE_WAKE_FIXTURE_H

#include <sys/epoll.h>
#include <sys/eventfd.h>

#include "runtime/thread/home_fixture.h"
#include "spindle/thread.h"

/* What a poller or interrupt waits for: an event that counts, and what it has found so far. */
struct source {
	int fd;
	int reading; /* the same event, when the application has closed `fd` */
	struct spdk_poller *poller;
	struct spdk_interrupt *interrupt;
	int calls;
	uint64_t received;
	struct spdk_thread *caller;
};

static inline int
source_poll(void *arg)
{
	struct source *source = arg;
	uint64_t count;

	source->calls++;
	source->caller = spdk_get_thread();
	if (read(source->reading, &count, sizeof(count)) < 0) {
		return SPDK_POLLER_IDLE;
	}
	source->received += count;
	return SPDK_POLLER_BUSY;
}

static inline void
open_source(struct source *source)
{
	memset(source, 0, sizeof(*source));
	source->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	assert_true(source->fd >= 0);
	source->reading = source->fd;
}

static inline void
register_source(void *arg)
{
	struct source *source = arg;

	source->poller = spdk_poller_register_named(source_poll, source, 0, "source");
	assert_non_null(source->poller);
}

static inline void
watch_source(void *arg)
{
	struct source *source = arg;

	register_source(source);
	assert_int_equal(spindle_poller_set_wake_fd(source->poller, source->fd, EPOLLIN), 0);
}

static inline void
unregister_source(void *arg)
{
	struct source *source = arg;

	spdk_poller_unregister(&source->poller);
}

static inline void
close_source(struct source *source)
{
	assert_null(source->poller);
	close(source->reading);
}

static inline void
fire(const struct source *source)
{
	uint64_t one = 1;

	assert_int_equal(write(source->reading, &one, sizeof(one)), sizeof(one));
}

/* The main function of an OS thread. */
static inline void *
fire_later(void *arg)
{
	usleep(20000);
	fire(arg);
	return NULL;
}

/* Runs `fn` on the thread, which lives on `queue`, and what it has left to do. */
static inline void
run_on(struct spindle_run_queue *queue, struct spdk_thread *thread, spdk_msg_fn fn, void *arg)
{
	assert_int_equal(spdk_thread_send_msg(thread, fn, arg), 0);
	spindle_run_queue_turn(queue);
	spindle_run_queue_turn(queue);
}

/* To the deadline: nothing wakes it, and it does not stay awake. */
static inline bool
sleeps(struct spindle_run_queue *queue)
{
	uint64_t deadline = spdk_get_ticks() + ticks_of_ms(20);

	return spindle_run_queue_next_deadline(queue) == UINT64_MAX &&
	       spindle_run_queue_park(queue, deadline) && spdk_get_ticks() >= deadline;
}

/* It goes to sleep, and something wakes it. */
static inline bool
is_woken(struct spindle_run_queue *queue)
{
	uint64_t deadline = spdk_get_ticks() + ticks_of_ms(5000);

	return spindle_run_queue_park(queue, deadline) && spdk_get_ticks() < deadline;
}

static inline bool
stays_awake(struct spindle_run_queue *queue)
{
	return spindle_run_queue_next_deadline(queue) == 0 &&
	       !spindle_run_queue_park(queue, SPINDLE_PARK_FOREVER);
}

/* ---- Messages ---- */

static inline void
pause_source(void *arg)
{
	spdk_poller_pause(((struct source *)arg)->poller);
}

static inline void
take_descriptor_away(void *arg)
{
	struct source *source = arg;

	assert_int_equal(spindle_poller_set_wake_fd(source->poller, -1, 0), 0);
}

static inline void
give_descriptor(void *arg)
{
	struct source *source = arg;

	assert_int_equal(spindle_poller_set_wake_fd(source->poller, source->fd, EPOLLIN), 0);
}

static inline void
move_to_second(void *arg)
{
	assert_int_equal(spindle_run_queue_move(g_second), 0);
}

#endif
