/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What spdk_event_call() costs: an event that is allocated, called and run, in a stream with a
 * window, for the caller's own core and for another, against spdk_thread_send_msg() with the same
 * window. On the reactors of an application with default options.
 */
#include "bench.h"

#include "spdk/event.h"
#include "spdk/log.h"

#define SAMPLES 21
#define STREAM  200000 /* of a sample */
#define WINDOW  64
#define REPORTS 4 /* of the receiver, in a window */

enum way { BY_EVENT, BY_MESSAGE, WAYS };

static const char *const g_way_names[WAYS] = {"spdk_event_call()", "spdk_thread_send_msg()"};

static struct spdk_thread *g_threads[BENCH_REACTORS];
static struct bench_spread g_ns[BENCH_REACTORS][WAYS];

static struct {
	enum way way;
	uint32_t core; /* of the receiver */
	uint32_t to_send;
	uint32_t sample;
	uint64_t start;
	uint32_t received __attribute__((aligned(128)));
} g_stream __attribute__((aligned(128)));

static void
send_one(uint32_t core, spdk_event_fn event_fn, spdk_msg_fn msg_fn, uint32_t value)
{
	void *arg = (void *)(uintptr_t)value;

	if (g_stream.way == BY_EVENT) {
		spdk_event_call(spdk_event_allocate(core, event_fn, arg, NULL));
	} else {
		spdk_thread_send_msg(g_threads[core], msg_fn, arg);
	}
}

static void event_received(void *arg1, void *arg2);
static void message_received(void *arg);

static void
send_more(uint32_t count)
{
	count = spdk_min(count, g_stream.to_send);
	g_stream.to_send -= count;
	while (count-- > 0) {
		send_one(g_stream.core, event_received, message_received, 0);
	}
}

static void next_sample(void);

static void
reported(void *arg)
{
	if ((uintptr_t)arg < STREAM) {
		send_more(WINDOW / REPORTS);
		return;
	}
	bench_spread_add(&g_ns[g_stream.core][g_stream.way],
			 bench_ns(spdk_get_ticks() - g_stream.start) / STREAM);
	next_sample();
}

static void
event_reported(void *arg1, void *arg2)
{
	reported(arg1);
}

static void
receive(void)
{
	if (++g_stream.received % (WINDOW / REPORTS) == 0 || g_stream.received == STREAM) {
		send_one(0, event_reported, reported, g_stream.received);
	}
}

static void
event_received(void *arg1, void *arg2)
{
	receive();
}

static void
message_received(void *arg)
{
	receive();
}

static void
exit_thread(void *arg)
{
	spdk_thread_exit(spdk_get_thread());
}

static void
report(void)
{
	static const char *const titles[BENCH_REACTORS] = {
		"Events: a stream with 64 under way, same core",
		"Events: a stream with 64 under way, two cores",
	};
	uint32_t core, way;

	for (core = 0; core < BENCH_REACTORS; core++) {
		bench_question(titles[core]);
		for (way = 0; way < WAYS; way++) {
			bench_side(&g_ns[core][way], g_way_names[way], "ns");
		}
		(void)bench_ratio("event to message", &g_ns[core][BY_EVENT],
				  &g_ns[core][BY_MESSAGE], BENCH_AT_MOST, 0);
	}
	spdk_thread_send_msg(g_threads[0], exit_thread, NULL);
	spdk_thread_send_msg(g_threads[1], exit_thread, NULL);
	spdk_app_stop(0);
}

/* All ways in turn; the first of each has the memory to fetch and does not count. */
static void
next_sample(void)
{
	uint32_t number = g_stream.sample++, core, way;

	if (number == BENCH_REACTORS * WAYS) {
		for (core = 0; core < BENCH_REACTORS; core++) {
			for (way = 0; way < WAYS; way++) {
				g_ns[core][way].count = 0;
			}
		}
	}
	if (number == (bench_samples(SAMPLES) + 1) * BENCH_REACTORS * WAYS) {
		report();
		return;
	}
	g_stream.way = number % WAYS;
	g_stream.core = number / WAYS % BENCH_REACTORS;
	g_stream.to_send = STREAM;
	g_stream.received = 0;
	g_stream.start = spdk_get_ticks();
	send_more(WINDOW);
}

static void
start(void *arg)
{
	uint32_t core;

	for (core = 0; core < BENCH_REACTORS; core++) {
		g_threads[core] = bench_thread_create("receiver", core);
	}
	next_sample();
}

int
main(void)
{
	return bench_app_main("events_bench", start);
}
