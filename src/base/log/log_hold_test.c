/* SPDX-License-Identifier: BSD-3-Clause */
/* Messages that wait: they come in order, once, where they belong, and not before they may. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/log_capture.h"
#include "base/log_hold.h"

static int
setup(void **state)
{
	log_capture_start();
	return 0;
}

static int
teardown(void **state)
{
	log_capture_stop();
	return 0;
}

static void
messages_come_in_order_when_they_may(void **state)
{
	struct log_held held;

	log_hold(&held);
	errno = ENOSPC;
	SPDK_ERRLOG("one: %m; ");
	assert_int_equal(errno, ENOSPC);
	SPDK_NOTICELOG("100%% of %s", "two");
	assert_string_equal(g_log_capture.text, "");
	log_release(&held);
	assert_string_equal(g_log_capture.text, "one: No space left on device; 100% of two");
	assert_int_equal(log_capture_count(SPDK_LOG_ERROR), 1);
	assert_int_equal(log_capture_count(SPDK_LOG_NOTICE), 1);
	SPDK_ERRLOG(", three");
	assert_true(log_captured("two, three", NULL));
}

static void
the_outermost_pair_gives_them_out(void **state)
{
	struct log_held outer, inner;

	log_hold(&outer);
	SPDK_ERRLOG("before, ");
	log_hold(&inner);
	SPDK_ERRLOG("within, ");
	log_release(&inner);
	SPDK_ERRLOG("after");
	assert_string_equal(g_log_capture.text, "");
	log_release(&outer);
	assert_string_equal(g_log_capture.text, "before, within, after");
}

static void
errors_of_one_pair_are_forgotten(void **state)
{
	struct log_held outer, inner;

	log_hold(&outer);
	SPDK_ERRLOG("kept, ");
	log_hold(&inner);
	SPDK_ERRLOG("dropped");
	SPDK_NOTICELOG("also kept");
	SPDK_ERRLOG("dropped");
	log_forget_errors(&inner);
	log_release(&inner);
	log_release(&outer);
	assert_string_equal(g_log_capture.text, "kept, also kept");
}

static void
errors_of_one_place_are_told_once(void **state)
{
	struct log_held outer, inner;

	log_hold(&outer);
	outer.is_once = true;
	for (int i = 0; i < LOG_HELD_MAX / 2; i++) {
		log_hold(&inner);
		SPDK_ERRLOG("%d, ", i);
		SPDK_ERRLOG("and %d, ", i);
		SPDK_NOTICELOG("%d more, ", i + 1);
		log_release(&inner);
	}
	log_release(&outer);
	assert_string_equal(g_log_capture.text, "0, and 0, 1 more, 2 more, 3 more, 4 more, ");
}

static void
what_there_is_no_room_for_is_counted_or_cut(void **state)
{
	struct log_held held;

	log_hold(&held);
	SPDK_ERRLOG("%*s\n", LOG_HELD_SIZE, "x");
	for (int i = 0; i < LOG_HELD_MAX + 2; i++) {
		SPDK_ERRLOG("%d\n", i);
	}
	log_release(&held);
	assert_int_equal(log_capture_count(SPDK_LOG_ERROR), LOG_HELD_MAX);
	assert_true(log_captured(" \n0\n", "6\n3 more messages", NULL));
}

static void
levels_count_when_it_is_logged(void **state)
{
	struct log_held held;

	log_capture_stop();
	spdk_log_set_level(SPDK_LOG_ERROR);
	spdk_log_set_print_level(SPDK_LOG_ERROR);
	log_hold(&held);
	SPDK_NOTICELOG("nobody wants this\n");
	assert_int_equal(held.count, 0);
	SPDK_ERRLOG("a message that is wanted\n");
	assert_int_equal(held.count, 1);
	log_release(&held);
	spdk_log_set_level(SPDK_LOG_NOTICE);
	spdk_log_set_print_level(SPDK_LOG_NOTICE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(messages_come_in_order_when_they_may, setup,
						teardown),
		cmocka_unit_test_setup_teardown(the_outermost_pair_gives_them_out, setup, teardown),
		cmocka_unit_test_setup_teardown(errors_of_one_pair_are_forgotten, setup, teardown),
		cmocka_unit_test_setup_teardown(errors_of_one_place_are_told_once, setup, teardown),
		cmocka_unit_test_setup_teardown(what_there_is_no_room_for_is_counted_or_cut, setup,
						teardown),
		cmocka_unit_test_setup_teardown(levels_count_when_it_is_logged, setup, teardown),
	};

	return cmocka_run_group_tests_name("log_hold", tests, NULL, NULL);
}
