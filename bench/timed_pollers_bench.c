/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the call of a timed poller costs on a core that has more of them than it can do, by how many
 * there are, and what it costs to register and unregister one. Counted are turns in which some were
 * due; where there is one poller, that is the price of the turn.
 *
 *   run queue   what a reactor turns; this one is judged
 *   poll        spdk_thread_poll() by a loop of one's own
 *   bare        a loop of indirect calls over as many contexts: no time, no order
 *   libuv       timer handles, whose periods are milliseconds (HAVE_LIBUV)
 *
 * Periods are drawn so that all timers together would want a call every ten nanoseconds or so. No
 * call may come before its time, which the benchmark knows, because it gives the turns theirs.
 */
#include "bench.h"

#include "spdk/log.h"

#ifdef HAVE_LIBUV
#include <uv.h>
#endif

#define SAMPLES        21
#define CALLS          100000 /* of a sample, at least */
#define CALLS_OF_ONE   100
#define CALLS_PER_US   100 /* that the timers of a side want */
#define SMALL          1000
#define LARGE          1000000
#define LIMIT_SMALL_NS 20.0
#define LIMIT_LARGE_NS 40.0

struct context {
	uint64_t due;
	uint64_t period_ticks;
	struct side *side;
	uint8_t pad[40];
};

/* What calls the contexts, and how often it has. */
struct side {
	const char *name;
	void (*turn)(struct side *side);
	struct spdk_thread *thread;
	struct spdk_poller **pollers;
	struct context *contexts;
	uint32_t count;
	uint64_t now; /* of the turn that runs */
	uint64_t calls;
	uint64_t early;
	struct bench_spread ns;
};

static uint64_t g_seed = 1;

static int
call(void *arg)
{
	struct context *context = arg;
	struct side *side = context->side;

	side->calls++;
	side->early += side->now < context->due;
	context->due = side->now + context->period_ticks;
	return SPDK_POLLER_BUSY;
}

/* ---- The sides ---- */

static void
turn_queue(struct side *side)
{
	struct spindle_run_queue_stats stats;

	spindle_run_queue_get_stats(g_reactors[0].queue, &stats);
	side->now = spdk_max(spdk_get_ticks(), stats.last_tsc);
	(void)spindle_run_queue_turn_at(g_reactors[0].queue, side->now);
}

static void
poll_thread(struct side *side)
{
	side->now = spdk_get_ticks();
	(void)spdk_thread_poll(side->thread, 0, side->now);
}

static void
call_all(struct side *side)
{
	int (*volatile fn)(void *arg) = call;
	uint32_t i;

	side->now = UINT64_MAX / 2;
	for (i = 0; i < side->count; i++) {
		(void)fn(&side->contexts[i]);
	}
}

#ifdef HAVE_LIBUV
static uv_loop_t g_uv_loop;
static uv_timer_t *g_uv_timers;

static void
uv_call(uv_timer_t *timer)
{
	(void)call(timer->data);
}

static void
uv_turn(struct side *side)
{
	side->now = UINT64_MAX / 2;
	uv_run(&g_uv_loop, UV_RUN_NOWAIT);
}

static void
uv_open(struct side *side)
{
	uint32_t i;

	g_uv_timers = bench_alloc(side->count, sizeof(g_uv_timers[0]));
	uv_loop_init(&g_uv_loop);
	for (i = 0; i < side->count; i++) {
		uint64_t most_ms = spdk_max(side->count / CALLS_PER_US / 1000, 2);

		uv_timer_init(&g_uv_loop, &g_uv_timers[i]);
		g_uv_timers[i].data = &side->contexts[i];
		uv_timer_start(&g_uv_timers[i], uv_call, 1,
			       1 + spdk_rand_xorshift64(&g_seed) % most_ms);
	}
}

static void
uv_end(struct side *side)
{
	uint32_t i;

	for (i = 0; i < side->count; i++) {
		uv_close((uv_handle_t *)&g_uv_timers[i], NULL);
	}
	uv_run(&g_uv_loop, UV_RUN_DEFAULT);
	uv_loop_close(&g_uv_loop);
	free(g_uv_timers);
}
#endif

enum {
	HOMED,
	POLLED,
	BARE,
#ifdef HAVE_LIBUV
	LIBUV,
#endif
	SIDES,
};

static struct side g_sides[SIDES];

/* ---- One size ---- */

static uint64_t
draw_period_us(uint32_t count)
{
	uint64_t least = spdk_max(count / CALLS_PER_US, 1);

	return least + spdk_rand_xorshift64(&g_seed) % least;
}

static void
register_pollers(struct side *side)
{
	uint64_t period_us;
	uint32_t i;

	spdk_set_thread(side->thread);
	for (i = 0; i < side->count; i++) {
		struct context *context = &side->contexts[i];

		period_us = draw_period_us(side->count);
		context->period_ticks = period_us * spdk_get_ticks_hz() / 1000000;
		context->due = spdk_get_ticks() + context->period_ticks;
		side->pollers[i] = SPDK_POLLER_REGISTER(call, context, period_us);
		if (side->pollers[i] == NULL) {
			exit(1);
		}
	}
	spdk_set_thread(NULL);
}

/* In another order than they were registered in: 7919 is a prime, and divides no count here. */
static void
unregister_pollers(struct side *side)
{
	uint32_t i;

	spdk_set_thread(side->thread);
	for (i = 0; i < side->count; i++) {
		spdk_poller_unregister(&side->pollers[(uint64_t)i * 7919 % side->count]);
	}
	spdk_set_thread(NULL);
}

static void
open_side(struct side *side, const char *name, void (*turn)(struct side *side), uint32_t count)
{
	uint32_t i;

	memset(side, 0, sizeof(*side));
	side->name = name;
	side->turn = turn;
	side->count = count;
	side->contexts = bench_alloc(count, sizeof(side->contexts[0]));
	for (i = 0; i < count; i++) {
		side->contexts[i].side = side;
	}
}

static void
open_thread(struct side *side, int place)
{
	bench_place(place);
	side->thread = spdk_thread_create(side->name, NULL);
	if (side->thread == NULL) {
		exit(1);
	}
	side->pollers = bench_alloc(side->count, sizeof(side->pollers[0]));
}

static void
close_thread(struct side *side, bool is_homed)
{
	spdk_set_thread(side->thread);
	spdk_thread_exit(side->thread);
	spdk_set_thread(NULL);
	if (is_homed) {
		while (spdk_thread_get_count() != 0) {
			side->turn(side);
		}
	} else {
		while (!spdk_thread_is_exited(side->thread)) {
			side->turn(side);
		}
		spdk_thread_destroy(side->thread);
	}
	free(side->pollers);
}

static void
sample_side(struct side *side)
{
	uint64_t wanted = side->count == 1 ? CALLS_OF_ONE : spdk_max(CALLS, side->count);
	uint64_t start, before, ticks = 0;

	side->calls = 0;
	while (side->calls < wanted) {
		before = side->calls;
		start = spdk_get_ticks();
		side->turn(side);
		if (side->calls != before) {
			ticks += spdk_get_ticks() - start;
		}
	}
	bench_spread_add(&side->ns, bench_ns(ticks) / (double)side->calls);
}

static int
report(uint32_t count)
{
	char title[64];
	int missed = 0;
	uint32_t i;

	snprintf(title, sizeof(title), "Timed pollers: a call on a full core, with %u", count);
	bench_question(strdup(title));
	for (i = 0; i < SIDES; i++) {
		bench_side(&g_sides[i].ns, g_sides[i].name, "ns");
	}
	if (count != 1) {
		missed += !bench_limit("run queue, a call", &g_sides[HOMED].ns, "ns", BENCH_AT_MOST,
				       count == SMALL ? LIMIT_SMALL_NS : LIMIT_LARGE_NS);
	}
	missed += !bench_value("calls before their time",
			       (double)(g_sides[HOMED].early + g_sides[POLLED].early), "",
			       BENCH_AT_MOST, 0);
	(void)bench_ratio("run queue to indirect calls", &g_sides[HOMED].ns, &g_sides[BARE].ns,
			  BENCH_AT_MOST, 0);
#ifdef HAVE_LIBUV
	(void)bench_ratio("run queue to libuv", &g_sides[HOMED].ns, &g_sides[LIBUV].ns,
			  BENCH_AT_MOST, 0);
#endif
	return missed;
}

static int
measure_size(uint32_t count)
{
	uint32_t samples = bench_samples(SAMPLES), sample, i;
	int missed;

	open_side(&g_sides[HOMED], "run queue", turn_queue, count);
	open_side(&g_sides[POLLED], "spdk_thread_poll()", poll_thread, count);
	open_side(&g_sides[BARE], "indirect calls", call_all, count);
	/* The polled one comes first, and so is the app thread, which stays when it has exited. */
	open_thread(&g_sides[POLLED], BENCH_NOWHERE);
	open_thread(&g_sides[HOMED], 0);
	register_pollers(&g_sides[HOMED]);
	register_pollers(&g_sides[POLLED]);
#ifdef HAVE_LIBUV
	open_side(&g_sides[LIBUV], "libuv timers", uv_turn, count);
	uv_open(&g_sides[LIBUV]);
#endif
	/* The first round brings the timers to the order in memory that they keep. */
	for (sample = 0; sample <= samples; sample++) {
		for (i = 0; i < SIDES; i++) {
			sample_side(&g_sides[i]);
			if (sample == 0) {
				g_sides[i].ns.count = 0;
			}
		}
	}
	missed = report(count);
	unregister_pollers(&g_sides[HOMED]);
	unregister_pollers(&g_sides[POLLED]);
	close_thread(&g_sides[POLLED], false);
	close_thread(&g_sides[HOMED], true);
#ifdef HAVE_LIBUV
	uv_end(&g_sides[LIBUV]);
#endif
	for (i = 0; i < SIDES; i++) {
		free(g_sides[i].contexts);
	}
	return missed;
}

/* ---- Registering ---- */

static void
measure_registering(uint32_t count)
{
	struct bench_spread in = {.count = 0}, out = {.count = 0};
	struct side side;
	uint64_t start, middle, end;
	uint32_t samples = bench_samples(SAMPLES), i;
	char title[80];

	snprintf(title, sizeof(title), "Timed pollers: register and unregister each of %u", count);
	bench_question(strdup(title));
	open_side(&side, "polled", poll_thread, count);
	open_thread(&side, BENCH_NOWHERE);
	/* The first round has the memory to fetch. */
	for (i = 0; i <= samples; i++) {
		start = spdk_get_ticks();
		register_pollers(&side);
		middle = spdk_get_ticks();
		unregister_pollers(&side);
		end = spdk_get_ticks();
		poll_thread(&side);
		if (i != 0) {
			bench_spread_add(&in, bench_ns(middle - start) / count);
			bench_spread_add(&out, bench_ns(end - middle) / count);
		}
	}
	bench_side(&in, "register", "ns");
	bench_side(&out, "unregister", "ns");
	close_thread(&side, false);
	free(side.contexts);
}

int
main(void)
{
	static const uint32_t counts[] = {1, SMALL, LARGE};
	uint32_t i;
	int missed = 0;

	spdk_log_set_print_level(SPDK_LOG_WARN);
	bench_warm_memory((size_t)1 << 30);
	bench_open("timed_pollers_bench", 0);
	for (i = 0; i < SPDK_COUNTOF(counts); i++) {
		missed += measure_size(counts[i]);
	}
	measure_registering(SMALL);
	measure_registering(LARGE);
	bench_close();
	return missed != 0;
}
