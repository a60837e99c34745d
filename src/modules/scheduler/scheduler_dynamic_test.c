/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The dynamic scheduler at work on two reactors, and its options. What it decides is
 * balance_test.c.
 */
#include "base/log_capture.h"
#include "env/env_internal.h"
#include "runtime/scheduler_moves.h"
#include "spdk/env.h"
#include "spdk/json.h"
#include "spdk/scheduler.h"
#include "spdk/thread.h"
#include "spdk_internal/event.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>

#include <cmocka.h>

#define WORKERS   2
#define PERIOD_US 20000
#define LIMIT_SEC 20

struct worker {
	struct spdk_thread *thread;
	struct spdk_poller *poller;
	bool works;
};

static struct worker g_workers[WORKERS];
static _Atomic uint32_t g_seen_on[2]; /* runs of pollers that work */
static _Atomic bool g_stops;
static struct spdk_poller *g_judge;
static uint64_t g_deadline;
static bool g_was_spread, g_is_one_cpu;
static struct scheduler_moves g_moves;

/* Half a millisecond of work, or none; on either it is a poller without a period. */
static int
work(void *arg)
{
	struct worker *worker = arg;

	if (atomic_load(&g_stops)) {
		spdk_poller_unregister(&worker->poller);
		spdk_thread_exit(spdk_get_thread());
		return SPDK_POLLER_IDLE;
	}
	if (!worker->works) {
		return SPDK_POLLER_IDLE;
	}
	spdk_delay_us(500);
	atomic_fetch_add(&g_seen_on[spdk_env_get_current_core()], 1);
	return SPDK_POLLER_BUSY;
}

static void
start_worker(void *arg)
{
	struct worker *worker = arg;
	struct spdk_cpuset both;

	/* It was made on core 0, and may now leave it. */
	assert_int_equal(spdk_cpuset_parse(&both, "0x3"), 0);
	assert_int_equal(spdk_thread_set_cpumask(&both), 0);
	worker->poller = SPDK_POLLER_REGISTER(work, worker, 0);
}

static int
judge(void *arg)
{
	g_was_spread = atomic_load(&g_seen_on[0]) > 50 && atomic_load(&g_seen_on[1]) > 50;
	if (g_was_spread || spdk_get_ticks() > g_deadline) {
		atomic_store(&g_stops, true);
		spdk_poller_unregister(&g_judge);
		scheduler_copy_moves(&g_moves);
		spdk_reactors_stop(NULL);
	}
	return SPDK_POLLER_BUSY;
}

static void
start_all(void *arg)
{
	struct spdk_cpuset core_0;
	uint32_t i;

	g_is_one_cpu =
		env_core_only_cpu(0) != UINT32_MAX && env_core_only_cpu(0) == env_core_only_cpu(1);
	assert_int_equal(spdk_scheduler_set(arg), 0);
	spdk_scheduler_set_period(PERIOD_US);
	assert_int_equal(spdk_cpuset_parse(&core_0, "0x1"), 0);
	for (i = 0; i < WORKERS; i++) {
		g_workers[i].works = true;
		g_workers[i].thread = spdk_thread_create("worker", &core_0);
		assert_non_null(g_workers[i].thread);
		assert_int_equal(
			spdk_thread_send_msg(g_workers[i].thread, start_worker, &g_workers[i]), 0);
	}
	g_judge = SPDK_POLLER_REGISTER(judge, NULL, 10000);
}

static void
run(const char *scheduler, uint32_t seconds)
{
	struct spdk_env_opts opts = {.opts_size = sizeof(opts)};
	struct spdk_cpuset core_0;
	struct spdk_thread *app_thread;

	spdk_env_opts_init(&opts);
	opts.core_mask = "0x3";
	assert_int_equal(spdk_env_init(&opts), 0);
	assert_int_equal(spdk_reactors_init(0), 0);
	atomic_store(&g_stops, false);
	atomic_store(&g_seen_on[0], 0);
	atomic_store(&g_seen_on[1], 0);
	g_deadline = spdk_get_ticks() + seconds * spdk_get_ticks_hz();
	assert_int_equal(spdk_cpuset_parse(&core_0, "0x1"), 0);
	app_thread = spdk_thread_create("app_thread", &core_0);
	assert_int_equal(spdk_thread_send_msg(app_thread, start_all, (void *)(uintptr_t)scheduler),
			 0);
	spdk_reactors_start();
	spdk_reactors_fini();
	spdk_env_fini();
}

/* The move that spread them is the oldest; only that is sure to have been for load. */
static void
check_move(void)
{
	const struct scheduler_move *move = &g_moves.moves[g_moves.moves_count - 1];

	assert_true(g_moves.moves_count != 0);
	assert_string_equal(move->scheduler, "dynamic");
	assert_string_equal(move->thread_name, "worker");
	assert_int_equal(move->from, 0);
	assert_int_equal(move->to, 1);
	assert_true(strcmp(move->word, "overloaded") == 0 || strcmp(move->word, "over_limit") == 0);
	assert_non_null(strstr(move->sentence, "core 0 was "));
}

static void
threads_that_crowd_one_core_are_spread(void **state)
{
	run("dynamic", LIMIT_SEC);
	if (g_is_one_cpu) {
		assert_int_equal(g_moves.moves_total, 0);
		skip();
	}
	assert_true(g_was_spread);
	check_move();
	/* It is the scheduler's doing. */
	run("static", 1);
	assert_false(g_was_spread);
	assert_int_equal(g_moves.moves_total, 0);
}

static char g_written[256];

static int
keep(void *ctx, const void *data, size_t size)
{
	size_t used = strlen(g_written);

	assert_true(used + size < sizeof(g_written));
	memcpy(g_written + used, data, size);
	g_written[used + size] = '\0';
	return 0;
}

static int
set_options(const char *text)
{
	struct spdk_json_val values[16];
	char copy[256];

	snprintf(copy, sizeof(copy), "%s", text);
	assert_true(spdk_json_parse(copy, strlen(copy), values, 16, NULL,
				    SPDK_JSON_PARSE_FLAG_DECODE_IN_PLACE) > 0);
	return spdk_scheduler_get()->set_opts(values);
}

static const char *
get_options(void)
{
	struct spdk_json_write_ctx *w = spdk_json_write_begin(keep, NULL, 0);

	g_written[0] = '\0';
	spdk_json_write_object_begin(w);
	spdk_scheduler_get()->get_opts(w);
	spdk_json_write_object_end(w);
	assert_int_equal(spdk_json_write_end(w), 0);
	return g_written;
}

#define DEFAULTS "{\"load_limit\":20,\"core_limit\":80,\"core_busy\":95}"

static void
options_are_set_and_told(void **state)
{
	assert_int_equal(spdk_scheduler_set("dynamic"), 0);
	assert_int_equal(spdk_scheduler_get_period(), SPDK_SEC_TO_USEC);
	assert_string_equal(get_options(), DEFAULTS);
	/* With what the RPC has besides. */
	assert_int_equal(set_options("{\"name\": \"dynamic\", \"core_limit\": 70}"), 0);
	assert_string_equal(get_options(),
			    "{\"load_limit\":20,\"core_limit\":70,\"core_busy\":95}");
	log_capture_start();
	assert_int_equal(set_options("{\"load_limit\": 10, \"core_busy\": 101}"), -EINVAL);
	assert_true(log_captured("core_busy 101", "0 to 100", NULL));
	assert_int_equal(set_options("{\"load_limit\": 256}"), -EINVAL);
	assert_true(log_captured("load_limit", NULL));
	log_capture_stop();
	assert_string_equal(get_options(),
			    "{\"load_limit\":20,\"core_limit\":70,\"core_busy\":95}");
	/* A new start begins with the defaults. */
	assert_int_equal(spdk_scheduler_set("static"), 0);
	assert_int_equal(spdk_scheduler_set("dynamic"), 0);
	assert_string_equal(get_options(), DEFAULTS);
	assert_int_equal(spdk_scheduler_set(NULL), 0);
	spdk_scheduler_set_period(0);
}

static uint32_t g_frequency_calls;

static int
start_governor(void)
{
	return 0;
}

static void
stop_governor(void)
{
}

static int
count_call(uint32_t lcore)
{
	g_frequency_calls++;
	return 1;
}

static struct spdk_governor g_test_governor = {
	.name = "dpdk_governor",
	.init = start_governor,
	.deinit = stop_governor,
	.core_freq_up = count_call,
	.core_freq_down = count_call,
	.set_core_freq_max = count_call,
	.set_core_freq_min = count_call,
};

static void
a_governor_is_used_where_there_is_one(void **state)
{
	log_capture_start();
	assert_int_equal(spdk_scheduler_set("dynamic"), 0);
	assert_null(spdk_governor_get());
	assert_true(log_captured_nothing());
	log_capture_stop();
	assert_int_equal(spdk_scheduler_set(NULL), 0);
	spdk_governor_register(&g_test_governor);
	run("dynamic", LIMIT_SEC);
	assert_true(g_frequency_calls > 0);
	assert_null(spdk_governor_get());
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_are_set_and_told),
		cmocka_unit_test(threads_that_crowd_one_core_are_spread),
		cmocka_unit_test(a_governor_is_used_where_there_is_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
