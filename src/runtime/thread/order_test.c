/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The promise of spdk_thread_send_msg(): what one sender sends to one receiver runs once and in
 * order, while the receiver changes reactors all the time; and memory is back afterwards. Once with
 * threads that live on run queues, once with reactors that poll threads from rings.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "spdk/env.h"
#include "spdk/stdinc.h"
#include "spdk/thread.h"
#include "spindle/run_queue.h"

#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
#define MESSAGES     50000
#define IS_SANITIZED true /* which keeps memory of its own */
#else
#define MESSAGES     1000000
#define IS_SANITIZED false
#endif
#define SENDERS      8
#define BURST        64
#define MOVE_EVERY   500
#define REACTORS     2
#define RSS_SLACK_KB 1024

struct sender {
	struct spdk_thread *thread;
	struct spdk_poller *poller;
	uint64_t sent;
	uint64_t received; /* the receiver's */
};

struct reactor {
	uint32_t core;
	struct spindle_run_queue *queue;
	struct spdk_ring *ring;
};

static struct sender g_senders[SENDERS];
static struct reactor g_reactors[REACTORS];
static struct spdk_thread *g_receiver;
static uint64_t g_messages; /* from each sender */
static bool g_use_rings;
static _Atomic uint32_t g_next_reactor;

/* The receiver's: how often it found itself elsewhere, and what went wrong. */
static uint64_t g_changes;
static uint32_t g_last_core = UINT32_MAX;
static uint64_t g_disorder;
static uint64_t g_total;

static long
rss_kb(void)
{
	long pages = 0;
	FILE *file = fopen("/proc/self/statm", "r");

	assert_non_null(file);
	assert_int_equal(fscanf(file, "%*d %ld", &pages), 1);
	fclose(file);
	return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

static void
leave(void *arg)
{
	spdk_thread_exit(spdk_get_thread());
}

static struct reactor *
other_reactor(uint32_t core)
{
	return core == g_reactors[0].core ? &g_reactors[1] : &g_reactors[0];
}

struct ctx {
	bool move;
};

static void
receive(void *arg)
{
	struct sender *sender = (struct sender *)((uintptr_t)arg & 0xffffffffffff);
	uint64_t number = (uintptr_t)arg >> 48;
	struct ctx *ctx = spdk_thread_get_ctx(g_receiver);
	uint32_t core = spdk_env_get_current_core();

	if (spdk_get_thread() != g_receiver || number != (sender->received & 0xffff)) {
		g_disorder++;
	}
	sender->received++;
	if (core != g_last_core) {
		g_changes++;
		g_last_core = core;
	}
	if (++g_total % MOVE_EVERY == 0) {
		if (g_use_rings) {
			ctx->move = true;
		} else {
			spindle_run_queue_move(other_reactor(core)->queue);
		}
	}
	if (g_total == SENDERS * g_messages) {
		leave(NULL);
	}
}

static int
flood(void *arg)
{
	struct sender *sender = arg;
	uint32_t i;

	for (i = 0; i < BURST && sender->sent < g_messages; i++) {
		/* The number's low 16 bits travel in the pointer: nothing is shared but the queue.
		 */
		spdk_thread_send_msg(g_receiver, receive,
				     (void *)((uintptr_t)sender | sender->sent << 48));
		sender->sent++;
	}
	if (sender->sent == g_messages) {
		spdk_poller_unregister(&sender->poller);
		leave(NULL);
	}
	return SPDK_POLLER_BUSY;
}

static void
start_flood(void *arg)
{
	struct sender *sender = arg;

	sender->poller = spdk_poller_register(flood, sender, 0);
}

static int
to_ring(struct reactor *reactor, struct spdk_thread *thread)
{
	return spdk_ring_enqueue(reactor->ring, (void **)&thread, 1, NULL) == 1 ? 0 : -ENOSPC;
}

static int
thread_op(struct spdk_thread *thread, enum spdk_thread_op op)
{
	struct reactor *reactor = &g_reactors[g_next_reactor++ % REACTORS];

	return g_use_rings ? to_ring(reactor, thread) :
			     spindle_run_queue_add(reactor->queue, thread);
}

static bool
thread_op_supported(enum spdk_thread_op op)
{
	return op == SPDK_THREAD_OP_NEW;
}

static void
turn_ring(struct reactor *reactor)
{
	struct spdk_thread *thread;
	struct ctx *ctx;

	if (spdk_ring_dequeue(reactor->ring, (void **)&thread, 1) != 1) {
		return;
	}
	spdk_thread_poll(thread, 0, 0);
	ctx = spdk_thread_get_ctx(thread);
	if (spdk_thread_is_exited(thread)) {
		spdk_thread_destroy(thread);
	} else if (ctx->move) {
		ctx->move = false;
		to_ring(other_reactor(reactor->core), thread);
	} else {
		to_ring(reactor, thread);
	}
}

static int
reactor_run(void *arg)
{
	struct reactor *reactor = arg;

	while (spdk_thread_get_count() != 0) {
		if (g_use_rings) {
			turn_ring(reactor);
		} else if (spindle_run_queue_turn(reactor->queue) == 0) {
			spindle_run_queue_park(reactor->queue,
					       spdk_get_ticks() + spdk_get_ticks_hz() / 100);
		}
	}
	return 0;
}

static void
set_up(bool use_rings)
{
	uint32_t i;

	g_use_rings = use_rings;
	g_next_reactor = 0;
	g_last_core = UINT32_MAX;
	g_changes = g_disorder = g_total = 0;
	memset(g_senders, 0, sizeof(g_senders));
	for (i = 0; i < REACTORS; i++) {
		g_reactors[i].core = i;
		assert_int_equal(spindle_run_queue_create(&g_reactors[i].queue), 0);
		g_reactors[i].ring =
			spdk_ring_create(SPDK_RING_TYPE_MP_SC, 64, SPDK_ENV_NUMA_ID_ANY);
		assert_non_null(g_reactors[i].ring);
	}
	assert_int_equal(
		spdk_thread_lib_init_ext(thread_op, thread_op_supported, sizeof(struct ctx), 0), 0);
}

static void
tear_down(void)
{
	uint32_t i;

	spdk_thread_lib_fini();
	for (i = 0; i < REACTORS; i++) {
		assert_int_equal(spindle_run_queue_destroy(g_reactors[i].queue), 0);
		spdk_ring_free(g_reactors[i].ring);
	}
}

static void
run_flood(bool use_rings, uint64_t messages)
{
	uint32_t i;

	set_up(use_rings);
	g_messages = messages;
	g_receiver = spdk_thread_create("receiver", NULL);
	assert_non_null(g_receiver);
	for (i = 0; i < SENDERS; i++) {
		g_senders[i].thread = spdk_thread_create("sender", NULL);
		assert_non_null(g_senders[i].thread);
		spdk_thread_send_msg(g_senders[i].thread, start_flood, &g_senders[i]);
	}
	assert_int_equal(spdk_env_thread_launch_pinned(1, reactor_run, &g_reactors[1]), 0);
	reactor_run(&g_reactors[0]);
	spdk_env_thread_wait_all();

	assert_int_equal(g_total, SENDERS * g_messages);
	assert_int_equal(g_disorder, 0);
	for (i = 0; i < SENDERS; i++) {
		assert_int_equal(g_senders[i].received, g_messages);
	}
	/* Really changed, all the time: it asked to move so often, and found itself moved. */
	assert_true(g_changes >= g_total / MOVE_EVERY / 2);
	tear_down();
}

static void
measure_flood(bool use_rings)
{
	long before, after;

	/* The first one touches what any program touches once. */
	run_flood(use_rings, 1000);
	before = rss_kb();
	run_flood(use_rings, MESSAGES);
	after = rss_kb();
	printf("%u senders, %d messages each: the receiver changed reactors %" PRIu64
	       " times; resident before %ld KiB, after %ld KiB\n",
	       SENDERS, MESSAGES, g_changes, before, after);
	assert_true(IS_SANITIZED || after <= before + RSS_SLACK_KB);
}

static void
order_is_kept_between_run_queues(void **state)
{
	measure_flood(false);
}

static void
order_is_kept_between_polling_reactors(void **state)
{
	measure_flood(true);
}

static int
start_env(void **state)
{
	struct spdk_env_opts opts;

	opts.opts_size = sizeof(opts);
	spdk_env_opts_init(&opts);
	opts.name = "order_test";
	opts.core_mask = "0x3";
	opts.no_pci = true;
	return spdk_env_init(&opts);
}

static int
stop_env(void **state)
{
	spdk_env_fini();
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(order_is_kept_between_run_queues),
		cmocka_unit_test(order_is_kept_between_polling_reactors),
	};

	return cmocka_run_group_tests(tests, start_env, stop_env);
}
