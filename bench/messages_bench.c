/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a message costs: on a reactor and between two, one at a time and in a stream.
 *
 *   round trip   there and back. Between cores against a cache line that goes there and back
 *   stream       one way, so many under way
 *
 * The reactors are those of an application with default options. Both sides of a pair run in turn,
 * so that what the machine does meanwhile meets both.
 */
#include "bench.h"

#include "spdk/event.h"

#include <math.h>

#define SAMPLES       21
#define TRIPS         20000   /* of a sample */
#define STREAM        1000000 /* messages of a sample */
#define ACK_PART      4       /* the receiver reports each so many parts of what may be under way */
#define LIMIT_TRIP    1.5     /* of the cache line's */
#define LIMIT_HOME    60.0    /* ns */
#define LIMIT_FAR_NS  50.0    /* 20 million a second */
#define LIMIT_HOME_NS 20.0

enum place {
	HOME, /* the app thread, on reactor 0 */
	NEAR, /* another thread there */
	FAR,  /* one on reactor 1 */
};

static struct spdk_thread *g_threads[FAR + 1];

/* ---- Round trips ---- */

static struct {
	struct spdk_thread *peer;
	uint32_t left;
	uint64_t sent;
	uint64_t ticks[TRIPS];
	double p50;
	spdk_msg_fn done;
} g_trip __attribute__((aligned(128)));

static double
p50_ns(void)
{
	bench_sort(g_trip.ticks, TRIPS);
	return bench_ns(g_trip.ticks[TRIPS / 2]);
}

static void trip_back(void *arg);

static void
trip_there(void *arg)
{
	spdk_thread_send_msg(g_threads[HOME], trip_back, NULL);
}

static void
trip_back(void *arg)
{
	uint64_t now = spdk_get_ticks();

	g_trip.ticks[--g_trip.left] = now - g_trip.sent;
	if (g_trip.left == 0) {
		g_trip.p50 = p50_ns();
		g_trip.done(NULL);
		return;
	}
	g_trip.sent = now;
	spdk_thread_send_msg(g_trip.peer, trip_there, NULL);
}

static void
trip_start(enum place place, spdk_msg_fn done)
{
	g_trip.peer = g_threads[place];
	g_trip.left = TRIPS;
	g_trip.done = done;
	g_trip.sent = spdk_get_ticks();
	spdk_thread_send_msg(g_trip.peer, trip_there, NULL);
}

/* ---- The cache line ---- */

static _Atomic uint32_t g_line __attribute__((aligned(128)));

static inline void
wait_for_line(uint32_t value)
{
	while (__atomic_load_n(&g_line, __ATOMIC_ACQUIRE) != value) {
		continue;
	}
}

static void
line_far(void *arg)
{
	uint32_t i;

	for (i = 0; i < TRIPS; i++) {
		wait_for_line(2 * i + 1);
		__atomic_store_n(&g_line, 2 * i + 2, __ATOMIC_RELEASE);
	}
}

/* Blocks both reactors for its time. Each trip takes the time once, as a message's does. */
static double
line_p50_ns(void)
{
	uint64_t sent, now;
	uint32_t i;

	g_line = 0;
	spdk_thread_send_msg(g_threads[FAR], line_far, NULL);
	sent = spdk_get_ticks();
	for (i = 0; i < TRIPS; i++) {
		__atomic_store_n(&g_line, 2 * i + 1, __ATOMIC_RELEASE);
		wait_for_line(2 * i + 2);
		now = spdk_get_ticks();
		g_trip.ticks[i] = now - sent;
		sent = now;
	}
	return p50_ns();
}

/* ---- Streams ---- */

static struct {
	struct spdk_thread *peer;
	uint32_t window;
	uint32_t to_send;
	uint64_t started;
	double ns; /* of a message */
	spdk_msg_fn done;
	/* The receiver's: what it looks at for each message is on no line of the sender's. */
	uint32_t received __attribute__((aligned(128)));
	uint32_t unreported;
	uint32_t report_at;
} g_stream __attribute__((aligned(128)));

static void stream_acked(void *arg);

static void
stream_receive(void *arg)
{
	g_stream.received++;
	if (++g_stream.unreported == g_stream.report_at || g_stream.received == STREAM) {
		g_stream.unreported = 0;
		spdk_thread_send_msg(g_threads[HOME], stream_acked,
				     (void *)(uintptr_t)g_stream.received);
	}
}

static void
stream_send(uint32_t count)
{
	count = spdk_min(count, g_stream.to_send);
	g_stream.to_send -= count;
	while (count-- > 0) {
		spdk_thread_send_msg(g_stream.peer, stream_receive, NULL);
	}
}

static void
stream_acked(void *received)
{
	if ((uintptr_t)received < STREAM) {
		stream_send(g_stream.window / ACK_PART);
		return;
	}
	g_stream.ns = bench_ns(spdk_get_ticks() - g_stream.started) / STREAM;
	g_stream.done(NULL);
}

static void
stream_start(enum place place, uint32_t window, spdk_msg_fn done)
{
	g_stream.peer = g_threads[place];
	g_stream.window = window;
	g_stream.to_send = STREAM;
	g_stream.received = g_stream.unreported = 0;
	g_stream.report_at = window / ACK_PART;
	g_stream.done = done;
	g_stream.started = spdk_get_ticks();
	stream_send(window);
}

/* ---- The sequence of a sample ---- */

static struct {
	uint32_t sample;
	uint32_t stream;
	int missed;
	struct bench_spread line, far, near;
} g_run;

static struct stream_question {
	enum place place;
	uint32_t window;
	const char *name;
	double limit; /* ns; NAN: none */
	struct bench_spread ns;
} g_questions[] = {
	{FAR, 8, "stream, two cores, 8 under way", NAN, {{0}, 0}},
	{FAR, 64, "stream, two cores, 64 under way", LIMIT_FAR_NS, {{0}, 0}},
	{FAR, 1024, "stream, two cores, 1024 under way", LIMIT_FAR_NS, {{0}, 0}},
	{NEAR, 64, "stream, same core, 64 under way", LIMIT_HOME_NS, {{0}, 0}},
	{NEAR, 1024, "stream, same core, 1024 under way", LIMIT_HOME_NS, {{0}, 0}},
};

static void
exit_thread(void *arg)
{
	spdk_thread_exit(spdk_get_thread());
}

static void
report_trips(void)
{
	bench_question("A message there and back");
	bench_side(&g_run.line, "a cache line, p50", "ns");
	bench_side(&g_run.far, "a message, two cores, p50", "ns");
	g_run.missed += !bench_limit("a message, same core, p50", &g_run.near, "ns", BENCH_AT_MOST,
				     LIMIT_HOME);
	g_run.missed += !bench_ratio("two cores, to the cache line", &g_run.far, &g_run.line,
				     BENCH_AT_MOST, LIMIT_TRIP);
}

static void
report(void)
{
	uint32_t i;

	report_trips();
	bench_question("A stream of messages, one way");
	for (i = 0; i < SPDK_COUNTOF(g_questions); i++) {
		const struct stream_question *question = &g_questions[i];

		g_run.missed += !bench_limit(question->name, &question->ns, "ns", BENCH_AT_MOST,
					     question->limit);
	}
	spdk_thread_send_msg(g_threads[NEAR], exit_thread, NULL);
	spdk_thread_send_msg(g_threads[FAR], exit_thread, NULL);
	spdk_app_stop(g_run.missed);
}

static void run_sample(void *arg);

static void
stream_done(void *arg)
{
	if (g_run.stream > 0) {
		bench_spread_add(&g_questions[g_run.stream - 1].ns, g_stream.ns);
	}
	if (g_run.stream < SPDK_COUNTOF(g_questions)) {
		const struct stream_question *next = &g_questions[g_run.stream++];

		stream_start(next->place, next->window, stream_done);
	} else if (++g_run.sample < SAMPLES) {
		run_sample(NULL);
	} else {
		report();
	}
}

static void
near_done(void *arg)
{
	bench_spread_add(&g_run.near, g_trip.p50);
	g_run.stream = 0;
	stream_done(NULL);
}

static void
far_done(void *arg)
{
	bench_spread_add(&g_run.far, g_trip.p50);
	trip_start(NEAR, near_done);
}

static void
run_sample(void *arg)
{
	bench_spread_add(&g_run.line, line_p50_ns());
	trip_start(FAR, far_done);
}

static struct spdk_thread *
make_thread(const char *name, uint32_t core)
{
	struct spdk_cpuset mask;

	spdk_cpuset_zero(&mask);
	spdk_cpuset_set_cpu(&mask, core, true);
	return spdk_thread_create(name, &mask);
}

static void
start(void *arg)
{
	g_threads[HOME] = spdk_get_thread();
	g_threads[NEAR] = make_thread("near", 0);
	g_threads[FAR] = make_thread("far", 1);
	run_sample(NULL);
}

int
main(void)
{
	struct spdk_app_opts opts = {};
	int rc;

	spdk_app_opts_init(&opts, sizeof(opts));
	opts.name = "messages_bench";
	opts.reactor_mask = "0x3";
	opts.rpc_addr = NULL;
	opts.no_pci = true;
	opts.print_level = SPDK_LOG_ERROR;
	rc = spdk_app_start(&opts, start, NULL);
	spdk_app_fini();
	return rc != 0;
}
