/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a message takes in a stream, one way, with so many under way: the receiver reports each
 * quarter of them, and the sender then sends as many more. Rivals do the same. On one core they
 * send what may be under way and then receive it.
 */
#include "sides.h"

#include <math.h>

#define SAMPLES     21
#define FEW         60000 /* messages of a sample where each waits for the other core */
#define MANY        300000
#define SLOW        30000 /* by rivals that sleep */
#define LIMIT_RATE  20.0  /* million a second */
#define LIMIT_ALONE 20.0  /* ns */

/* ---- Ours ---- */

static struct {
	struct spdk_thread *peer;
	uint32_t window;
	uint32_t part;
	uint32_t to_send;
	uint64_t started;
	/* The receiver's: what it looks at for each message is on no line of the sender's. */
	uint32_t count __attribute__((aligned(128)));
	uint32_t received;
	uint32_t unreported;
	uint32_t report_at;
} g_stream __attribute__((aligned(128)));

static void stream_acked(void *arg);

static void
stream_receive(void *arg)
{
	g_stream.received++;
	if (++g_stream.unreported == g_stream.report_at || g_stream.received == g_stream.count) {
		g_stream.unreported = 0;
		spdk_thread_send_msg(g_bench_threads[BENCH_HOME], stream_acked,
				     (void *)(uintptr_t)(g_stream.received == g_stream.count));
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
stream_acked(void *is_last)
{
	if (is_last == NULL) {
		stream_send(g_stream.part);
	} else {
		bench_side_done(bench_ns(spdk_get_ticks() - g_stream.started) / g_stream.count);
	}
}

static void
start_ours(struct bench_side *side)
{
	g_stream.peer = g_bench_threads[side->place];
	g_stream.window = side->window;
	g_stream.part = g_stream.report_at = spdk_max(side->window / RIVAL_ACK_PART, 1u);
	g_stream.to_send = g_stream.count = side->count;
	g_stream.received = g_stream.unreported = 0;
	g_stream.started = spdk_get_ticks();
	stream_send(side->window);
}

/* ---- Rivals, which block the reactors ---- */

static void
rival_far(void *arg)
{
	struct bench_side *side = arg;

	side->rival->stream_far(&side->pair, side->window, side->count);
}

static void
start_rival(struct bench_side *side)
{
	uint64_t start = spdk_get_ticks();

	bench_far(rival_far, side);
	side->rival->stream_near(&side->pair, side->window, side->count);
	bench_side_done(bench_ns(spdk_get_ticks() - start) / side->count);
}

static void
start_rival_alone(struct bench_side *side)
{
	uint64_t start = spdk_get_ticks();

	side->rival->stream_alone(&side->pair, side->window, side->count);
	bench_side_done(bench_ns(spdk_get_ticks() - start) / side->count);
}

/* ---- Figures ---- */

static const uint32_t g_windows[] = {1, 8, 64, 1024};

#define WINDOWS   SPDK_COUNTOF(g_windows)
#define LARGEST   1024
#define SIDES_MAX 8 /* of a question */

/* By core and window; those without a start are not there. */
static struct bench_side g_sides[2 * WINDOWS * SIDES_MAX];
static uint32_t g_count;

static struct question {
	char title[80];
	uint32_t window;
	bool is_alone;
	uint32_t first, end; /* of g_sides; ours is the first */
} g_questions[2 * WINDOWS];

static void
add(struct question *question, const struct rival *rival)
{
	bool is_slow = rival == &rival_condvar || rival == &rival_uv || rival == &rival_uring;
	struct bench_side *side = &g_sides[g_count++];

	side->rival = rival;
	side->window = question->window;
	side->count = is_slow ? SLOW : question->window < 64 ? FEW : MANY;
	side->place = question->is_alone ? BENCH_NEAR : BENCH_FAR;
	if (rival == NULL) {
		side->name = "a message";
		side->start = start_ours;
	} else {
		side->start = question->is_alone ? start_rival_alone : start_rival;
	}
	question->end = g_count;
}

static void
make_question(struct question *question, uint32_t window, bool is_alone)
{
	snprintf(question->title, sizeof(question->title), "A stream of messages, %s, %u under way",
		 is_alone ? "same core" : "two cores", window);
	question->window = window;
	question->is_alone = is_alone;
	question->first = g_count;
	add(question, NULL);
	add(question, &rival_slots);
	add(question, &rival_ring);
	add(question, &rival_ring_senders);
	if (window >= 64) {
		add(question, &rival_ring_bulk);
	}
	if (window == LARGEST && !is_alone) {
		add(question, &rival_condvar);
		add(question, &rival_uv);
		add(question, &rival_uring);
	}
}

/* A nanosecond each is a billion a second. */
static struct bench_spread
millions_a_second(const struct bench_spread *ns)
{
	struct bench_spread rates = {.count = ns->count};
	uint32_t i;

	for (i = 0; i < ns->count; i++) {
		rates.values[i] = 1e3 / ns->values[i];
	}
	return rates;
}

static int
report_question(const struct question *question)
{
	const struct bench_side *ours = &g_sides[question->first];
	struct bench_spread rates = millions_a_second(&ours->spread);
	/* With few under way most take a turn of their reactor each: the question of a round trip.
	 */
	bool is_limited = question->window >= 64;
	int missed = 0;
	uint32_t i;

	bench_question(question->title);
	for (i = question->first; i < question->end; i++) {
		bench_side_report(&g_sides[i], "ns");
	}
	if (is_limited && question->is_alone) {
		missed +=
			!bench_limit("ours, each", &ours->spread, "ns", BENCH_AT_MOST, LIMIT_ALONE);
	}
	missed += !bench_limit("ours, a second", &rates, "million", BENCH_AT_LEAST,
			       is_limited && !question->is_alone ? LIMIT_RATE : NAN);
	for (i = question->first + 1; i < question->end; i++) {
		bench_side_compare(ours, &g_sides[i]);
	}
	return missed;
}

static int
report(void)
{
	int missed = 0;
	uint32_t i;

	for (i = 0; i < 2 * WINDOWS; i++) {
		missed += report_question(&g_questions[i]);
	}
	return missed;
}

int
main(void)
{
	struct bench_sides sides = {
		.sides = g_sides,
		.samples = bench_samples(SAMPLES),
		.report = report,
	};
	uint32_t i;

	for (i = 0; i < 2 * WINDOWS; i++) {
		make_question(&g_questions[i], g_windows[i % WINDOWS], i >= WINDOWS);
	}
	sides.count = g_count;
	return bench_sides_main("stream_bench", &sides);
}
