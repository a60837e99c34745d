/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How long a reactor looks for work, from the gaps between its work. A machine is played here whose
 * wake-ups take as long as a test says. Tests count in microseconds, the gaps in ticks of 10 ns.
 */
#include "runtime/reactor/gaps.h"
#include "spdk/util.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define TICKS   100
#define BOUND   50
#define WAKE_UP 60

struct machine {
	struct gaps gaps;
	uint64_t wake_up;
	/* Of what has been played since it was last set to zeros. */
	uint64_t spun; /* in us, in vain or not */
	uint32_t sleeps;
	uint32_t gap_count;
};

static void
set_up(struct machine *machine, uint64_t wake_up)
{
	memset(machine, 0, sizeof(*machine));
	machine->wake_up = wake_up;
	gaps_init(&machine->gaps, WAKE_UP * TICKS);
}

static uint64_t
chosen(const struct machine *machine)
{
	return gaps_choose(&machine->gaps, BOUND * TICKS) / TICKS;
}

/* Work comes `gap` after the last. */
static void
play_one(struct machine *machine, uint64_t gap)
{
	uint64_t spin = chosen(machine);

	assert_in_range(spin, 0, BOUND);
	machine->gap_count++;
	if (gap <= spin) {
		machine->spun += gap;
		gaps_note_spun(&machine->gaps, gap * TICKS);
		return;
	}
	machine->spun += spin;
	machine->sleeps++;
	gaps_note_slept(&machine->gaps, (gap + machine->wake_up) * TICKS, spin * TICKS,
			BOUND * TICKS);
}

static void
play(struct machine *machine, uint64_t gap, uint32_t times)
{
	machine->spun = 0;
	machine->sleeps = 0;
	machine->gap_count = 0;
	while (times-- > 0) {
		play_one(machine, gap);
	}
}

/* How many gaps of this length it takes until none is slept through any more. */
static uint32_t
gaps_until_awake(struct machine *machine, uint64_t gap)
{
	uint32_t count = 0;

	while (chosen(machine) < gap && count < 10000) {
		play_one(machine, gap);
		count++;
	}
	play(machine, gap, 1000);
	assert_int_equal(machine->sleeps, 0);
	return count;
}

static void
whoever_knows_nothing_looks_for_the_whole_bound(void **state)
{
	struct machine machine;

	set_up(&machine, 20);
	assert_int_equal(chosen(&machine), BOUND);
	assert_int_equal(gaps_choose(&machine.gaps, 0), 0);
}

static void
work_within_the_bound_is_never_slept_through(void **state)
{
	struct machine machine;
	uint64_t gap;

	for (gap = 0; gap <= BOUND; gap++) {
		set_up(&machine, 20);
		play(&machine, gap, 1000);
		assert_int_equal(machine.sleeps, 0);
	}
	set_up(&machine, 20);
	for (gap = 0; gap < 10000; gap++) {
		play_one(&machine, gap * 7919 % (BOUND + 1));
	}
	assert_int_equal(machine.sleeps, 0);
}

static void
gaps_beyond_the_bound_are_soon_slept_through_at_once(void **state)
{
	struct machine machine;

	set_up(&machine, 20);
	play(&machine, 1000, 1);
	assert_int_equal(machine.spun, BOUND);
	play(&machine, 1000, 1000);
	assert_int_equal(machine.sleeps, 1000);
	assert_int_equal(machine.spun, 0);
}

static void
a_long_gap_now_and_then_does_not_put_it_to_sleep_in_short_ones(void **state)
{
	struct machine machine;
	uint32_t i;

	set_up(&machine, 20);
	for (i = 0; i < 1000; i++) {
		play_one(&machine, i % 5 == 4 ? 5000 : 15);
	}
	assert_int_equal(machine.sleeps, 200);
}

static void
half_short_and_half_long_is_looked_for_a_part_of_the_bound(void **state)
{
	struct machine machine;
	uint32_t i;

	set_up(&machine, 20);
	play(&machine, 3, GAPS_KEPT);
	for (i = 0; i < 20; i++) {
		play_one(&machine, i % 2 == 0 ? 5000 : 3);
	}
	machine.spun = machine.sleeps = 0;
	for (i = 0; i < 100; i++) {
		play_one(&machine, i % 2 == 0 ? 5000 : 3);
	}
	/* None of the short ones; in the long ones a small part of the bound, in vain. */
	assert_int_equal(machine.sleeps, 50);
	assert_int_equal(machine.spun, 50 * 3 + 50 * (BOUND / 8));
}

static void
it_is_back_as_soon_as_gaps_get_short(void **state)
{
	struct machine machine;

	set_up(&machine, 20);
	play(&machine, 10000, 100);
	assert_in_range(gaps_until_awake(&machine, 20), 1, GAPS_KEPT);
	/* What a wake-up takes counts for a gap that was slept through, however long it is. */
	for (uint64_t wake_up = 0; wake_up <= 2 * WAKE_UP; wake_up += 10) {
		set_up(&machine, wake_up);
		play(&machine, 10000, 200);
		assert_in_range(gaps_until_awake(&machine, 20), 1, GAPS_KEPT);
	}
}

static void
a_machine_that_has_become_slow_does_not_keep_it_asleep(void **state)
{
	struct machine machine;

	set_up(&machine, 2);
	/* Just beyond the bound, it is learnt that a wake-up takes hardly any time. */
	play(&machine, BOUND + 5, 1000);
	machine.wake_up = 90;
	assert_in_range(gaps_until_awake(&machine, 20), 1, 400);
}

static void
gaps_that_only_seem_to_be_short_cost_little(void **state)
{
	struct machine machine;
	uint64_t gap, wake_up;

	for (gap = BOUND + 1; gap < 4 * BOUND; gap += 7) {
		for (wake_up = 1; wake_up < 90; wake_up += 11) {
			set_up(&machine, wake_up);
			play(&machine, gap, 1000);
			play(&machine, gap, 1000);
			assert_int_equal(machine.sleeps, 1000);
			/* Of what looking each time would be. */
			assert_in_range(machine.spun, 0, BOUND * 1000 / 5);
		}
	}
}

static void
messages_at_random_a_millisecond_apart_are_hardly_looked_for(void **state)
{
	struct machine machine;
	uint64_t random = 1;
	uint32_t i;

	set_up(&machine, 40);
	for (i = 0; i < 100000; i++) {
		random = random * UINT64_C(6364136223846793005) + 1442695040888963407;
		play_one(&machine, (random >> 33) % 2000);
	}
	/* One in forty is within the bound. */
	assert_in_range(machine.spun, 0, 100000 * BOUND / 50);
}

static void
it_costs_at_most_twice_what_could_have_been_done(void **state)
{
	struct machine machine;
	uint64_t random = 3, best = 0, phase = 1, gap;
	uint32_t i;

	set_up(&machine, 20);
	for (i = 0; i < 100000; i++) {
		random = random * UINT64_C(6364136223846793005) + 1442695040888963407;
		if (i % 37 == 0) {
			phase = 1 + (random >> 50) % 300;
		}
		gap = (random >> 33) % phase;
		best += spdk_min(gap, (uint64_t)BOUND);
		play_one(&machine, gap);
	}
	assert_in_range(machine.spun + machine.sleeps * (uint64_t)BOUND, best, 2 * best);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whoever_knows_nothing_looks_for_the_whole_bound),
		cmocka_unit_test(work_within_the_bound_is_never_slept_through),
		cmocka_unit_test(gaps_beyond_the_bound_are_soon_slept_through_at_once),
		cmocka_unit_test(a_long_gap_now_and_then_does_not_put_it_to_sleep_in_short_ones),
		cmocka_unit_test(half_short_and_half_long_is_looked_for_a_part_of_the_bound),
		cmocka_unit_test(it_is_back_as_soon_as_gaps_get_short),
		cmocka_unit_test(a_machine_that_has_become_slow_does_not_keep_it_asleep),
		cmocka_unit_test(gaps_that_only_seem_to_be_short_cost_little),
		cmocka_unit_test(messages_at_random_a_millisecond_apart_are_hardly_looked_for),
		cmocka_unit_test(it_costs_at_most_twice_what_could_have_been_done),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
