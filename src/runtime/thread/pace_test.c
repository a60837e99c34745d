/* SPDX-License-Identifier: BSD-3-Clause */
/* When the next look is, on a clock of the test's own. */
#include "runtime/thread/pace.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define WAIT 1000

/* A visit at `now` that found so many messages; the look after it is WAIT later, if it is late. */
static void
visit(struct pace *pace, uint64_t now, uint32_t messages, uint32_t *visits)
{
	pace_note(pace, messages, false, now + WAIT, ++*visits);
}

static void
answer_is_looked_for_at_once(void **state)
{
	struct pace pace = {0};
	uint32_t visits = 0, late = 0, i;
	uint64_t now = 1;

	for (i = 0; i < 10 * PACE_PROBE; i++, now += 2 * WAIT) {
		visit(&pace, now, 1, &visits);
		late += pace_is_early(&pace, now + 1, visits);
		/* One that was late found no more than the others, so the next is at once. */
	}
	assert_in_range(late, 1, 10);
}

static void
stream_is_let_come_together(void **state)
{
	struct pace pace = {0};
	uint32_t visits = 0, looks = 0, i;
	uint64_t now = 1;

	/* Each look finds one message, until the one that is late finds many. */
	while (!pace_is_early(&pace, now + 1, visits)) {
		visit(&pace, now, 1, &visits);
		assert_true(++looks <= PACE_PROBE);
	}
	for (i = 0; i < 100; i++) {
		assert_true(pace_is_early(&pace, now + WAIT - 2, visits));
		now += WAIT + 1;
		assert_false(pace_is_early(&pace, now, visits));
		visit(&pace, now, PACE_STREAM, &visits);
	}
	/* It ends: one late look finds little, and the next is at once. */
	visit(&pace, now + WAIT, PACE_STREAM - 1, &visits);
	assert_false(pace_is_early(&pace, now + WAIT, visits));
}

static void
full_visit_is_followed_at_once(void **state)
{
	struct pace pace = {0};

	pace_note(&pace, 32, true, 1 + WAIT, 1);
	assert_false(pace_is_early(&pace, 1, 1));
	/* But what comes after it is a stream. */
	pace_note(&pace, 1, false, 1 + WAIT, 2);
	assert_true(pace_is_early(&pace, 1, 2));
}

static void
home_that_does_something_else_does_not_wait(void **state)
{
	struct pace pace = {0};
	uint32_t visits = 41;

	visit(&pace, 1, PACE_STREAM, &visits);
	assert_true(pace_is_early(&pace, 2, visits));
	assert_false(pace_is_early(&pace, 2, visits + 1));
}

static void
ticks_may_pass_the_end_of_the_low_half(void **state)
{
	struct pace pace = {0};
	uint32_t visits = 0;
	uint64_t now = UINT32_MAX - WAIT / 2;

	visit(&pace, now, PACE_STREAM, &visits);
	assert_true(pace_is_early(&pace, now, visits));
	assert_true(pace_is_early(&pace, now + WAIT - 2, visits));
	assert_false(pace_is_early(&pace, now + WAIT + 1, visits));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answer_is_looked_for_at_once),
		cmocka_unit_test(stream_is_let_come_together),
		cmocka_unit_test(full_visit_is_followed_at_once),
		cmocka_unit_test(home_that_does_something_else_does_not_wait),
		cmocka_unit_test(ticks_may_pass_the_end_of_the_low_half),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
