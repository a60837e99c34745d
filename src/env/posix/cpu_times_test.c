/* SPDX-License-Identifier: BSD-3-Clause */
#include "env/env_internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <sched.h>

#define LOOK_SEC 10

static void
stay_on_cpu(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	assert_int_equal(sched_setaffinity(0, sizeof(set), &set), 0);
}

/* The kernel counts in hundredths of a second. */
static void
time_that_is_spent_here_counts_as_the_user_s(void **state)
{
	struct env_cpu_times before, after;
	time_t end = time(NULL) + LOOK_SEC;

	stay_on_cpu(sched_getcpu());
	if (env_get_cpu_times(&before) != 0) {
		skip(); /* There is no /proc here, or it is an emulator's. */
	}
	do {
		assert_int_equal(env_get_cpu_times(&after), 0);
	} while (after.user + after.system == before.user + before.system && time(NULL) < end);
	assert_true(after.user + after.system > before.user + before.system);
	assert_true(after.user >= before.user && after.irq >= before.irq);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(time_that_is_spent_here_counts_as_the_user_s),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
