/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Decisions on made-up loads. Cores are those of an environment, of which only the numbers matter.
 */
#include "modules/scheduler/balance.h"
#include "spdk/env.h"
#include "spdk/util.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define CORES        3
#define THREADS_EACH 8

static const struct balance_opts g_opts = {.load_limit = 20, .core_limit = 80, .core_busy = 95};
static struct spdk_scheduler_core_info g_cores[CORES];
static struct spdk_scheduler_thread_info g_infos[CORES][THREADS_EACH];
static uint32_t g_load[CORES];
/* Ids of threads that may run on core 2 only. */
static uint64_t g_bound_to_2 = UINT64_MAX;

static struct balance_past g_past;
static struct balance_note g_notes[64];
static uint32_t g_notes_count;
/* Cores with bound threads, and those on one CPU, as bits. */
static uint32_t g_others, g_crowd;

static void
keep_note(const struct balance_note *note)
{
	assert_true(g_notes_count < SPDK_COUNTOF(g_notes));
	g_notes[g_notes_count++] = *note;
}

static bool
has_others(uint32_t lcore)
{
	return (g_others >> lcore & 1) != 0;
}

static bool
share_cpu(uint32_t lcore, uint32_t other)
{
	return (g_crowd >> lcore & g_crowd >> other & 1) != 0;
}

static bool
may_run(uint64_t thread_id, uint32_t lcore)
{
	return thread_id != g_bound_to_2 || lcore == 2;
}

/* A core of 100 ticks; `loads` ends with -1. Ids: core * 10 + place. */
static void
fill(uint32_t lcore, const int *loads)
{
	struct spdk_scheduler_core_info *core = &g_cores[lcore];
	uint64_t busy = 0;
	uint32_t i;

	for (i = 0; loads[i] >= 0; i++) {
		g_infos[lcore][i] = (struct spdk_scheduler_thread_info){
			.lcore = lcore,
			.thread_id = lcore * 10 + i,
			.current_stats.busy_tsc = (uint64_t)loads[i],
		};
		busy += (uint64_t)loads[i];
	}
	*core = (struct spdk_scheduler_core_info){
		.lcore = lcore,
		.threads_count = i,
		.thread_infos = g_infos[lcore],
		.current_busy_tsc = busy,
		.current_idle_tsc = 100 - busy,
	};
}

#define LOADS(...) ((const int[]){__VA_ARGS__ __VA_OPT__(, ) - 1})

static void
balance_again(void)
{
	const struct balance_input input = {
		.opts = &g_opts,
		.cores = g_cores,
		.count = CORES,
		.main_core = 0,
		.may_run = may_run,
		.has_others = has_others,
		.share_cpu = share_cpu,
		.note = keep_note,
	};

	g_notes_count = 0;
	assert_int_equal(balance_threads(&g_past, &input, g_load), 0);
}

/* The first round of a new scheduler. */
static void
balance(void)
{
	balance_forget(&g_past);
	balance_again();
}

/* Where the threads of a core are now. */
static void
check(uint32_t lcore, const int *expected)
{
	uint32_t i;

	for (i = 0; i < g_cores[lcore].threads_count; i++) {
		assert_int_equal(g_infos[lcore][i].lcore, expected[i]);
	}
}

static void
an_even_load_is_left_alone(void **state)
{
	fill(0, LOADS(60));
	fill(1, LOADS(60));
	fill(2, LOADS(30, 30));
	balance();
	check(0, LOADS(0));
	check(1, LOADS(1));
	check(2, LOADS(2, 2));
	assert_int_equal(g_load[2], 60);
}

static void
threads_of_an_overloaded_core_are_spread(void **state)
{
	fill(0, LOADS(50, 50));
	fill(1, LOADS());
	fill(2, LOADS());
	balance();
	check(0, LOADS(1, 0));
	assert_int_equal(g_load[0], 50);
	assert_int_equal(g_load[1], 50);
}

static void
a_thread_alone_stays_however_busy(void **state)
{
	fill(0, LOADS(100));
	fill(1, LOADS());
	fill(2, LOADS());
	balance();
	check(0, LOADS(0));
}

static void
a_move_that_only_swaps_the_burden_is_not_made(void **state)
{
	/* All full: nowhere is better. */
	fill(0, LOADS(50, 50));
	fill(1, LOADS(50, 50));
	fill(2, LOADS(50, 50));
	balance();
	check(0, LOADS(0, 0));
	check(1, LOADS(1, 1));
	check(2, LOADS(2, 2));
}

static void
a_full_core_gives_only_what_fits_elsewhere(void **state)
{
	/* Above the limit, not overloaded: 45 does not fit on core 1 within 80, but on core 2. */
	fill(0, LOADS(45, 45));
	fill(1, LOADS(40));
	fill(2, LOADS(30));
	balance();
	check(0, LOADS(2, 0));
	fill(0, LOADS(45, 45));
	fill(2, LOADS(40));
	balance();
	check(0, LOADS(0, 0));
	/* Clearly better, but 82. */
	fill(0, LOADS(47, 47));
	fill(1, LOADS(35));
	fill(2, LOADS(35));
	balance();
	check(0, LOADS(0, 0));
	fill(2, LOADS(33));
	balance();
	check(0, LOADS(2, 0));
}

/* What was said last of a thread, as a word. */
static const char *
word_of(uint64_t thread_id)
{
	const char *word = "nothing";

	for (uint32_t i = 0; i < g_notes_count; i++) {
		if (g_notes[i].thread_id == thread_id) {
			word = balance_word(g_notes[i].reason);
		}
	}
	return word;
}

static void
a_core_whose_threads_are_all_idle_is_emptied(void **state)
{
	fill(0, LOADS(20));
	fill(1, LOADS(0, 5, 9));
	fill(2, LOADS(60, 10));
	balance();
	check(1, LOADS(0, 0, 0));
	assert_string_equal(word_of(11), "idle");
	/* It would be awake all the same. */
	check(2, LOADS(2, 2));
	assert_string_equal(word_of(21), "awake");
	assert_int_equal(g_load[0], 34);
	/* Nor are those that must stay left alone. */
	g_others = 1 << 1;
	fill(1, LOADS(0, 5, 9));
	balance();
	g_others = 0;
	check(1, LOADS(1, 1, 1));
	assert_string_equal(word_of(10), "awake");
}

static void
idle_threads_do_not_fill_the_main_core(void **state)
{
	/* 70 is the most, so that it is not relieved of them again. */
	fill(0, LOADS(57));
	fill(1, LOADS(5, 9));
	fill(2, LOADS());
	balance();
	check(1, LOADS(1, 1));
	assert_string_equal(word_of(11), "no_room");
	fill(0, LOADS(56));
	fill(1, LOADS(5, 9));
	balance();
	check(1, LOADS(0, 0));
	assert_int_equal(g_load[0], 70);
}

static void
room_is_kept_for_what_an_idle_thread_did_before(void **state)
{
	fill(0, LOADS(30));
	fill(1, LOADS(45));
	fill(2, LOADS());
	balance();
	fill(0, LOADS(30));
	fill(1, LOADS(10));
	balance_again();
	check(1, LOADS(1));
	assert_string_equal(word_of(10), "no_room");
	fill(0, LOADS(30));
	fill(1, LOADS(10));
	balance_again();
	check(1, LOADS(0));
}

static void
a_core_that_events_fill_is_not_emptied(void **state)
{
	fill(0, LOADS(10));
	fill(1, LOADS(1, 1));
	g_cores[1].current_busy_tsc = 90;
	g_cores[1].current_idle_tsc = 10;
	fill(2, LOADS());
	balance();
	check(1, LOADS(1, 1));
	assert_string_equal(word_of(10), "little");
}

static void
many_small_loads_are_seen(void **state)
{
	uint32_t i;

	/* 0.4 % each: rounded to percents, they would be nothing. */
	fill(0, LOADS(69));
	fill(2, LOADS());
	fill(1, LOADS(0, 0, 0, 0, 0, 0, 0, 0));
	g_cores[1].current_idle_tsc = 1000 - 8 * 4;
	g_cores[1].current_busy_tsc = 8 * 4;
	for (i = 0; i < THREADS_EACH; i++) {
		g_infos[1][i].current_stats.busy_tsc = 4;
	}
	balance();
	check(1, LOADS(1, 1, 1, 1, 1, 1, 1, 1));
	assert_string_equal(word_of(10), "no_room");
}

static void
parts_of_an_overloaded_core_are_not_taken_for_idle(void **state)
{
	/* Each wants all, and gets an eighth. */
	fill(0, LOADS());
	fill(1, LOADS(13, 13, 13, 13, 12, 12, 12, 12));
	fill(2, LOADS());
	balance();
	assert_string_equal(word_of(10), "overloaded");
	assert_true(g_load[0] > 0 && g_load[1] <= 62 && g_load[2] > 0);
}

static void
a_core_takes_from_one_giver_in_a_round(void **state)
{
	/* How much more the first wants than it got shows in the next. */
	fill(0, LOADS(50, 50));
	fill(1, LOADS(34, 33, 33));
	fill(2, LOADS());
	balance();
	check(0, LOADS(0, 0));
	check(1, LOADS(2, 1, 1));
	assert_string_equal(word_of(0), "not_better");
}

static void
a_core_that_is_full_once_keeps_its_threads(void **state)
{
	fill(0, LOADS(30, 20));
	fill(1, LOADS());
	fill(2, LOADS());
	balance();
	fill(0, LOADS(60, 25));
	balance_again();
	check(0, LOADS(0, 0));
	assert_string_equal(word_of(0), "once");
	fill(0, LOADS(60, 25));
	balance_again();
	check(0, LOADS(1, 0));
	assert_string_equal(word_of(0), "over_limit");
}

static void
a_core_that_was_fuller_a_period_ago_takes_nothing(void **state)
{
	fill(0, LOADS(40));
	fill(1, LOADS(60));
	fill(2, LOADS(60));
	balance();
	fill(0, LOADS(50, 50));
	fill(1, LOADS(10));
	fill(2, LOADS(60));
	balance_again();
	check(0, LOADS(0, 0));
}

static void
moves_of_a_thread_become_rare(void **state)
{
	uint32_t round, moves = 0, lcore = 0;

	/* Thread 0 is held up wherever it is: cores 0 and 1 are full in turn. */
	fill(2, LOADS(100));
	for (round = 0; round < 100; round++) {
		fill(lcore, LOADS(50, 50));
		g_infos[lcore][0].thread_id = 0;
		g_infos[lcore][1].thread_id = 100 + lcore;
		fill(!lcore, LOADS());
		if (round == 0) {
			balance();
		} else {
			balance_again();
		}
		g_infos[lcore][1].lcore = lcore;
		if (g_infos[lcore][0].lcore != lcore) {
			lcore = !lcore;
			moves++;
		}
	}
	/* After waits of 1, 2, 4, 8, and then each 16. */
	assert_in_range(moves, 5, 10);
}

static void
a_core_on_the_same_cpu_is_no_help(void **state)
{
	g_crowd = 0x3;
	fill(0, LOADS(50, 50));
	fill(1, LOADS());
	fill(2, LOADS(60));
	balance();
	check(0, LOADS(0, 0));
	/* Its neighbour's load counts. */
	g_crowd = 0x6;
	fill(0, LOADS(50, 50));
	fill(1, LOADS());
	fill(2, LOADS(60));
	balance();
	check(0, LOADS(0, 0));
	g_crowd = 0;
	fill(0, LOADS(50, 50));
	fill(1, LOADS());
	fill(2, LOADS(60));
	balance();
	check(0, LOADS(1, 0));
}

static void
reasons_are_told_in_words(void **state)
{
	char text[192];

	fill(0, LOADS(50, 47));
	fill(1, LOADS(3));
	fill(2, LOADS(100));
	balance();
	assert_string_equal(word_of(0), "overloaded");
	balance_sentence(&g_notes[0], &g_opts, text, sizeof(text));
	assert_string_equal(text, "core 0 was 97 % busy, from core_busy 95 on; core 1 was 3 %");
	assert_string_equal(word_of(20), "alone");
	for (uint32_t reason = 0; reason <= BALANCE_NO_ROOM; reason++) {
		const struct balance_note note = {.reason = reason, .thread_id = 1};

		balance_sentence(&note, &g_opts, text, sizeof(text));
		assert_int_equal(strncmp(text, "stays: ", 7) == 0, reason > BALANCE_IDLE);
		for (uint32_t other = 0; other < reason; other++) {
			assert_string_not_equal(balance_word(reason), balance_word(other));
		}
	}
}

static void
cpumasks_are_kept(void **state)
{
	g_bound_to_2 = 21;
	fill(0, LOADS());
	fill(1, LOADS());
	fill(2, LOADS(49, 50, 1));
	balance();
	g_bound_to_2 = UINT64_MAX;
	/* Not 21, the greatest, but the other. */
	check(2, LOADS(0, 2, 2));
	assert_string_equal(word_of(21), "cpumask");
}

static void
isolated_cores_get_nothing(void **state)
{
	fill(0, LOADS(50, 50));
	fill(1, LOADS());
	fill(2, LOADS());
	g_cores[1].isolated = true;
	balance();
	check(0, LOADS(2, 0));
	/* And nothing is taken from them, whether it is busy or idle. */
	fill(0, LOADS());
	fill(1, LOADS(50, 50));
	g_cores[1].isolated = true;
	fill(2, LOADS(1));
	g_cores[2].isolated = true;
	balance();
	check(1, LOADS(1, 1));
	check(2, LOADS(2));
	assert_string_equal(word_of(10), "isolated");
	assert_string_equal(word_of(20), "isolated");
}

static void
a_core_that_measured_nothing_is_empty(void **state)
{
	fill(0, LOADS(50, 50));
	fill(1, LOADS());
	g_cores[1].current_idle_tsc = 0;
	fill(2, LOADS(50, 50));
	balance();
	check(0, LOADS(1, 0));
}

static int
start_env(void **state)
{
	struct spdk_env_opts opts = {.opts_size = sizeof(opts)};

	spdk_env_opts_init(&opts);
	opts.core_mask = "0x7";
	return spdk_env_init(&opts);
}

static int
stop_env(void **state)
{
	balance_forget(&g_past);
	spdk_env_fini();
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_even_load_is_left_alone),
		cmocka_unit_test(threads_of_an_overloaded_core_are_spread),
		cmocka_unit_test(a_thread_alone_stays_however_busy),
		cmocka_unit_test(a_move_that_only_swaps_the_burden_is_not_made),
		cmocka_unit_test(a_full_core_gives_only_what_fits_elsewhere),
		cmocka_unit_test(a_core_whose_threads_are_all_idle_is_emptied),
		cmocka_unit_test(idle_threads_do_not_fill_the_main_core),
		cmocka_unit_test(room_is_kept_for_what_an_idle_thread_did_before),
		cmocka_unit_test(a_core_that_events_fill_is_not_emptied),
		cmocka_unit_test(many_small_loads_are_seen),
		cmocka_unit_test(parts_of_an_overloaded_core_are_not_taken_for_idle),
		cmocka_unit_test(a_core_takes_from_one_giver_in_a_round),
		cmocka_unit_test(a_core_that_is_full_once_keeps_its_threads),
		cmocka_unit_test(a_core_that_was_fuller_a_period_ago_takes_nothing),
		cmocka_unit_test(moves_of_a_thread_become_rare),
		cmocka_unit_test(a_core_on_the_same_cpu_is_no_help),
		cmocka_unit_test(reasons_are_told_in_words),
		cmocka_unit_test(cpumasks_are_kept),
		cmocka_unit_test(isolated_cores_get_nothing),
		cmocka_unit_test(a_core_that_measured_nothing_is_empty),
	};

	return cmocka_run_group_tests(tests, start_env, stop_env);
}
