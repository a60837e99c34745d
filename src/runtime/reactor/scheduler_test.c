/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Rounds of a scheduler: when they come, what it is told, and what becomes of what it says. The
 * scheduler is the test's own.
 */
#include "runtime/reactor/scheduler_fixture.h"
#include "runtime/thread_mask.h"

#include <stdatomic.h>

/* ---- When ---- */

static void
observe_ten_rounds(void *arg)
{
	g_observed.then = stop_after_ten_rounds;
	set_observer(PERIOD_US);
}

static void
a_round_comes_each_period_and_not_before(void **state)
{
	uint64_t period = PERIOD_US * spdk_get_ticks_hz() / SPDK_SEC_TO_USEC, start;

	start = spdk_get_ticks();
	reactors_run_once("0x3", observe_ten_rounds, NULL);
	assert_int_equal(g_observed.rounds, 10);
	/* The time of a round itself varies; that of ten does not matter any more. */
	assert_true(g_observed.ticks[0] - start >= period);
	assert_true(g_observed.ticks[9] - g_observed.ticks[0] >= 9 * period - period / 2);
	assert_true(g_observed.ticks[9] - g_observed.ticks[0] < 9 * period + 50 * period);
	assert_int_equal(g_observed.ran_on, 0);
	assert_int_equal(g_observed.count, 2);
	assert_true(g_observed.is_in_progress);
	assert_false(g_scheduling_in_progress);
	/* The end takes it away. */
	assert_int_equal(g_inits, 1);
	assert_int_equal(g_deinits, 1);
	assert_null(spdk_scheduler_get());
}

static void
nothing_to_start(void *arg)
{
}

static void
what_is_set_before_the_start_holds(void **state)
{
	g_observed.then = stop_after_ten_rounds;
	set_observer(1000);
	reactors_run_once("0x3", nothing_to_start, NULL);
	assert_int_equal(g_observed.rounds, 10);
	/* And is forgotten with the end. */
	assert_int_equal(spdk_scheduler_get_period(), 0);
}

static struct spdk_poller *g_poller;
static uint32_t g_rounds_before;

static int
stop_later(void *arg)
{
	spdk_poller_unregister(&g_poller);
	spdk_reactors_stop(NULL);
	return SPDK_POLLER_BUSY;
}

static int
check_that_it_began(void *arg)
{
	if (g_observed.rounds < 3) {
		return SPDK_POLLER_IDLE;
	}
	spdk_poller_unregister(&g_poller);
	((void (*)(void))arg)();
	g_rounds_before = g_observed.rounds;
	g_poller = SPDK_POLLER_REGISTER(stop_later, NULL, 100000);
	return SPDK_POLLER_BUSY;
}

static void
observe_three_rounds_then(void *arg)
{
	set_observer(1000);
	g_poller = SPDK_POLLER_REGISTER(check_that_it_began, arg, 500);
}

static void
set_period_0(void)
{
	spdk_scheduler_set_period(0);
}

static void
set_none(void)
{
	assert_int_equal(spdk_scheduler_set(NULL), 0);
	assert_null(spdk_scheduler_get());
}

static void
with_period_0_there_are_no_rounds(void **state)
{
	reactors_run_once("0x1", observe_three_rounds_then, set_period_0);
	assert_in_range(g_observed.rounds, g_rounds_before, g_rounds_before + 1);
}

static void
without_a_scheduler_there_are_no_rounds(void **state)
{
	reactors_run_once("0x1", observe_three_rounds_then, set_none);
	assert_int_equal(g_observed.rounds, g_rounds_before);
	assert_int_equal(g_deinits, 1);
}

static void
move_scheduling(void)
{
	assert_int_equal(spdk_scheduler_get_scheduling_lcore(), 0);
	assert_false(spdk_scheduler_set_scheduling_lcore(3));
	assert_one_error("core 3 has no reactor");
	assert_true(spdk_scheduler_set_scheduling_lcore(2));
	assert_int_equal(spdk_scheduler_get_scheduling_lcore(), 2);
}

static void
move_in_the_middle_of_a_round(void)
{
	if (g_observed.rounds == 3) {
		log_capture_clear();
		move_scheduling();
	}
	stop_after_ten_rounds();
}

static void
observe_with_move(void *arg)
{
	g_observed.then = move_in_the_middle_of_a_round;
	set_observer(1000);
}

static void
rounds_go_on_where_the_scheduling_reactor_is(void **state)
{
	reactors_run_once("0x7", observe_with_move, NULL);
	assert_int_equal(g_observed.rounds, 10);
	assert_int_equal(g_observed.ran_on, 2);
	/* The next start does not know of it. */
	reactors_up("0x7");
	assert_int_equal(spdk_scheduler_get_scheduling_lcore(), 0);
	reactors_down();
}

/* ---- What it is told ---- */

static int
find_nothing(void *arg)
{
	return SPDK_POLLER_IDLE;
}

static void
look_for_ever(void *arg)
{
	g_subject_poller = SPDK_POLLER_REGISTER(find_nothing, NULL, 0);
}

static void
check_sums(uint32_t core)
{
	const struct spdk_scheduler_core_info *info = &g_observed.cores[core];
	uint64_t period = PERIOD_US * spdk_get_ticks_hz() / SPDK_SEC_TO_USEC;

	/* What it did in all periods is what it did in all. */
	assert_int_equal(info->total_busy_tsc, g_observed.core_busy[core]);
	assert_int_equal(info->total_idle_tsc, g_observed.core_idle[core]);
	assert_true(info->total_busy_tsc + info->total_idle_tsc >= 9 * period);
}

static void
a_thread_that_computes_is_seen_to_be_busy(void **state)
{
	reactors_run_once("0xb", observe_subject, compute_for_ever);
	assert_int_equal(g_observed.count, CORES);
	assert_int_equal(g_observed.subject_seen, 10);
	assert_int_equal(g_observed.subject.total_stats.busy_tsc, g_observed.subject_busy);
	/* By far, unless the CPU is taken away from it in between. */
	assert_true(g_observed.subject_busy > g_observed.subject_idle);
	assert_true(g_observed.core_busy[1] > g_observed.core_idle[1]);
	assert_true(g_observed.core_busy[1] >= g_observed.subject_busy);
	check_sums(1);
	/* The one with nothing to do slept, and that is idle, up to now. */
	assert_true(g_observed.core_idle[3] > g_observed.core_busy[3]);
	check_sums(3);
	assert_int_equal(g_observed.cores[0].threads_count, 1);
	assert_int_equal(g_observed.cores[1].threads_count, 1);
	assert_int_equal(g_observed.cores[3].threads_count, 1);
	assert_false(g_observed.cores[3].isolated);
	assert_false(g_observed.cores[3].interrupt_mode);
	/* No reactor. */
	assert_int_equal(g_observed.cores[2].lcore, 2);
	assert_int_equal(g_observed.cores[2].threads_count, 0);
	assert_true(g_observed.cores[2].isolated);
}

/* Core 1 computes, so the round that has begun is not balanced yet. */
static int
move_once_a_round_has_begun(void *arg)
{
	if (!g_scheduling_in_progress) {
		return SPDK_POLLER_IDLE;
	}
	spdk_poller_unregister(&g_poller);
	assert_true(spdk_scheduler_set_scheduling_lcore(3));
	return SPDK_POLLER_BUSY;
}

static void
observe_with_slow_core(void *arg)
{
	g_poller = SPDK_POLLER_REGISTER(move_once_a_round_has_begun, NULL, 0);
	observe_subject(compute_for_ever);
}

static void
a_round_is_balanced_where_the_scheduling_reactor_is_by_then(void **state)
{
	reactors_run_once("0xb", observe_with_slow_core, NULL);
	assert_int_equal(g_observed.rounds, 10);
	assert_int_equal(g_observed.ran_on, 3);
	assert_false(g_observed.ran_elsewhere);
}

static void
a_thread_that_finds_nothing_is_seen_to_be_idle(void **state)
{
	reactors_run_once("0xb", observe_subject, look_for_ever);
	assert_int_equal(g_observed.subject_seen, 10);
	assert_true(g_observed.subject_idle > g_observed.subject_busy);
	assert_true(g_observed.core_idle[1] > g_observed.core_busy[1]);
	assert_int_equal(g_observed.subject.total_stats.idle_tsc, g_observed.subject_idle);
	check_sums(1);
}

static void
bind_and_observe(void *arg)
{
	spdk_thread_bind(make_subject("0x2"), true);
	g_observed.then = stop_after_ten_rounds;
	set_observer(1000);
}

static void
a_bound_thread_is_not_shown(void **state)
{
	reactors_run_once("0x3", bind_and_observe, NULL);
	assert_int_equal(g_observed.subject_seen, 0);
	assert_int_equal(g_observed.cores[1].threads_count, 0);
	assert_int_equal(g_observed.cores[0].threads_count, 1);
}

static struct scheduler_options g_options;

static void
isolate_and_observe(void *arg)
{
	struct scheduler_options options;

	assert_false(scheduler_get_options(&options));
	assert_int_equal(options.lcore, 0);
	assert_int_equal(spdk_cpuset_count(&options.isolated), 0);
	options.lcore = 7;
	assert_int_equal(scheduler_set_options(&options), -EINVAL);
	options.lcore = 1;
	spdk_cpuset_set_cpu(&options.isolated, 0, true);
	assert_int_equal(scheduler_set_options(&options), 0);
	assert_int_equal(scheduler_set_options(&options), -EALREADY);
	assert_true(scheduler_get_options(&g_options));
	observe_ten_rounds(NULL);
}

static void
isolated_cores_are_told_and_forgotten_at_the_end(void **state)
{
	reactors_run_once("0x3", isolate_and_observe, NULL);
	assert_int_equal(g_observed.ran_on, 1);
	assert_true(g_observed.cores[0].isolated);
	assert_false(g_observed.cores[1].isolated);
	assert_int_equal(g_options.lcore, 1);
	assert_true(spdk_cpuset_get_cpu(&g_options.isolated, 0));
	assert_int_equal(spdk_cpuset_count(&g_options.isolated), 1);
	/* The same once more. */
	g_observed.rounds = 0;
	reactors_run_once("0x3", isolate_and_observe, NULL);
}

/* ---- What it says ---- */

static _Atomic uint32_t g_runs_on;

static void
note_core(void *arg)
{
	g_runs_on = spdk_env_get_current_core();
}

static void
ask_subject_and_stop(void)
{
	/* Not again: one that has been moved is not to be moved back. */
	g_observed.send_to = UINT32_MAX;
	if (g_observed.rounds == 5) {
		(void)spdk_thread_send_msg(spdk_thread_get_by_id(g_observed.subject_id), note_core,
					   NULL);
	}
	stop_after_ten_rounds();
}

static void
send_subject(void *arg)
{
	struct spdk_thread *subject = make_subject(arg);

	assert_int_equal(thread_may_run_on(spdk_thread_get_id(subject), 2),
			 spdk_cpuset_get_cpu(spdk_thread_get_cpumask(subject), 2));
	g_observed.send_to = 2;
	g_observed.then = ask_subject_and_stop;
	set_observer(2000);
}

static void
a_thread_moves_where_the_scheduler_wants_it(void **state)
{
	char mask[] = "0x6";

	g_runs_on = UINT32_MAX;
	reactors_run_once("0x7", send_subject, mask);
	assert_int_equal(g_runs_on, 2);
	assert_int_equal(g_observed.subject.lcore, 2);
	assert_int_equal(log_capture_count(SPDK_LOG_ERROR), 0);
}

static void
a_core_that_the_cpumask_forbids_is_explained_and_not_taken(void **state)
{
	char mask[] = "0x2";

	g_runs_on = UINT32_MAX;
	reactors_run_once("0x7", send_subject, mask);
	assert_int_equal(g_runs_on, 1);
	assert_true(log_captured("'subject'", "core 2", "its cpumask does not have",
				 "stays on core 1", NULL));
	assert_int_equal(log_capture_count(SPDK_LOG_ERROR), 1);
}

static void
a_core_without_a_reactor_is_explained_and_not_taken(void **state)
{
	char mask[] = "0x6";

	g_runs_on = UINT32_MAX;
	reactors_run_once("0x3", send_subject, mask);
	assert_int_equal(g_runs_on, 1);
	assert_true(log_captured("'subject'", "core 2", "has no reactor", "stays on core 1", NULL));
}

static void
forbid_core_2(void *arg)
{
	struct spdk_cpuset cpumask;

	assert_int_equal(spdk_cpuset_parse(&cpumask, "0x2"), 0);
	assert_int_equal(spdk_thread_set_cpumask(&cpumask), 0);
}

static uint32_t g_hops;

/*
 * On core 1: keeps it from its next turn until it has been told to move the subject, then lets the
 * subject forbid that, which it does in the very run that is to end elsewhere.
 */
static void
hop(void *arg1, void *arg2)
{
	if (g_hops++ == 0) {
		spdk_delay_us(10000);
	}
	/* More than run in one turn: by then, what has come meanwhile is behind us. */
	if (g_hops < 40) {
		spdk_event_call(spdk_event_allocate(1, hop, arg1, NULL));
		return;
	}
	assert_int_equal(spdk_thread_send_msg(arg1, forbid_core_2, NULL), 0);
}

static void
hop_beside_the_move(void)
{
	if (g_observed.rounds == 1) {
		g_hops = 0;
		spdk_event_call(spdk_event_allocate(
			1, hop, spdk_thread_get_by_id(g_observed.subject_id), NULL));
	}
	ask_subject_and_stop();
}

static void
send_subject_that_forbids(void *arg)
{
	(void)make_subject("0x6");
	g_observed.send_to = 2;
	g_observed.then = hop_beside_the_move;
	set_observer(2000);
}

static void
a_cpumask_that_is_set_while_the_thread_moves_holds(void **state)
{
	g_runs_on = UINT32_MAX;
	reactors_run_once("0x7", send_subject_that_forbids, NULL);
	assert_int_equal(g_runs_on, 1);
	assert_int_equal(log_capture_count(SPDK_LOG_ERROR), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SCHEDULER_TEST(a_round_comes_each_period_and_not_before),
		SCHEDULER_TEST(what_is_set_before_the_start_holds),
		SCHEDULER_TEST(with_period_0_there_are_no_rounds),
		SCHEDULER_TEST(without_a_scheduler_there_are_no_rounds),
		SCHEDULER_TEST(rounds_go_on_where_the_scheduling_reactor_is),
		SCHEDULER_TEST(a_round_is_balanced_where_the_scheduling_reactor_is_by_then),
		SCHEDULER_TEST(a_thread_that_computes_is_seen_to_be_busy),
		SCHEDULER_TEST(a_thread_that_finds_nothing_is_seen_to_be_idle),
		SCHEDULER_TEST(a_bound_thread_is_not_shown),
		SCHEDULER_TEST(isolated_cores_are_told_and_forgotten_at_the_end),
		SCHEDULER_TEST(a_thread_moves_where_the_scheduler_wants_it),
		SCHEDULER_TEST(a_core_that_the_cpumask_forbids_is_explained_and_not_taken),
		SCHEDULER_TEST(a_core_without_a_reactor_is_explained_and_not_taken),
		SCHEDULER_TEST(a_cpumask_that_is_set_while_the_thread_moves_holds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
