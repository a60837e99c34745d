/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Reactors from inside: what the application framework and some tests of programs use.
 */
#ifndef SPDK_INTERNAL_EVENT_H
#define SPDK_INTERNAL_EVENT_H

#include "spdk/event.h"
#include "spdk/json.h"
#include "spdk/stdinc.h"
#include "spdk/thread.h"
#include "spdk/util.h"

#ifdef __cplusplus
extern "C" {
#endif

struct spdk_event {
	uint32_t lcore;
	spdk_event_fn fn;
	void *arg1;
	void *arg2;
};

/* How far the reactors of the process are. */
enum spdk_reactor_state {
	SPDK_REACTOR_STATE_UNINITIALIZED = 0,
	SPDK_REACTOR_STATE_INITIALIZED = 1,
	SPDK_REACTOR_STATE_RUNNING = 2,
	SPDK_REACTOR_STATE_EXITING = 3,
	SPDK_REACTOR_STATE_SHUTDOWN = 4,
};

struct spdk_lw_thread;

/** End of spdk_reactor_set_interrupt_mode(). cb_arg1 is its cb_arg; cb_arg2 is NULL. */
typedef void (*spdk_reactor_set_interrupt_mode_cb)(void *cb_arg1, void *cb_arg2);

/*
 * The reactor of one core. Fields are read by the reactor itself, or by others as a snapshot. Those
 * that belong to a way of working that is not ours keep their place: `threads` is always empty,
 * since threads live on a run queue (thread_count counts them), and `events` is NULL, since events
 * queue without a limit.
 */
struct spdk_reactor {
	TAILQ_HEAD(, spdk_lw_thread) threads;
	uint32_t thread_count;

	uint32_t lcore;

	struct {
		uint32_t is_valid : 1;
		uint32_t reserved : 31;
	} flags;

	uint64_t tsc_last;

	struct spdk_ring *events;
	int events_fd;

	/* What getrusage(2) told last, and when, for the monitor of context switches. */
	struct rusage rusage;
	uint64_t last_rusage;

	/* Ticks. A reactor that rests is idle. */
	uint64_t busy_tsc;
	uint64_t idle_tsc;

	/* Cores whose reactors must be woken by a descriptor. Not used: senders know by themselves.
	 */
	struct spdk_cpuset notify_cpuset;
	/* In interrupt mode; resting is not. */
	bool in_interrupt;
	bool set_interrupt_mode_in_progress;
	bool new_in_interrupt;
	spdk_reactor_set_interrupt_mode_cb set_interrupt_mode_cb_fn;
	void *set_interrupt_mode_cb_arg;

	struct spdk_fd_group *fgrp;
	int resched_fd;
	uint16_t trace_id;
} __attribute__((aligned(SPDK_CACHE_LINE_SIZE)));

/**
 * Makes a reactor for each core of the environment, and readies the thread library for them.
 *
 * Thread: the OS thread of the main core, after spdk_env_init(). `msg_mempool_size` is accepted and
 * not used. Errors: -EALREADY, -ENOMEM, -EMFILE. Nothing is left behind.
 */
int spdk_reactors_init(size_t msg_mempool_size);

/** Frees the reactors and ends the thread library; without reactors it does nothing. */
void spdk_reactors_fini(void);

/**
 * Runs the reactors, that of the main core on the calling OS thread, until spdk_reactors_stop().
 */
void spdk_reactors_start(void);

/** Makes the reactors stop. Thread: a reactor. `arg1` is not used. */
void spdk_reactors_stop(void *arg1);

/** The reactor of a core, or NULL when none is there. */
struct spdk_reactor *spdk_reactor_get(uint32_t lcore);

/* A round of scheduling is under way; reactors do not stop before it has ended. */
extern bool g_scheduling_in_progress;

/**
 * Calls `fn` on each reactor, one after another in ascending order of cores, then `cpl` on the
 * reactor that called this. All of it comes later, as events.
 *
 * Thread: a reactor; from elsewhere, `cpl` runs on the main core. Callback: both get arg1 and arg2.
 * Errors: without memory for it the process says so and ends, as nobody looks for an error here.
 */
void spdk_for_each_reactor(spdk_event_fn fn, void *arg1, void *arg2, spdk_event_fn cpl);

/**
 * Brings a reactor into interrupt mode, or out of it.
 *
 * Thread: the app thread. No SPDK thread may live on the reactor.
 * Callback: once, on the app thread, when 0 was returned.
 * Errors: -EINVAL: no reactor runs on that core; -EPERM: not on the app thread; -EBUSY: a change
 * is under way; -ENOTSUP: the process was not started in interrupt mode.
 */
int spdk_reactor_set_interrupt_mode(uint32_t lcore, bool new_in_interrupt,
				    spdk_reactor_set_interrupt_mode_cb cb_fn, void *cb_arg);

#ifdef __cplusplus
}
#endif

#endif
