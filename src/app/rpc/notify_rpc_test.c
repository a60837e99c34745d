/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Methods for notifications: what clients are told, and in which form.
 */
#include "app/rpc/app_rpc_fixture.h"
#include "spdk/notify.h"

static void
notifications_are_told_from_a_given_one_on(void **state)
{
	assert_non_null(spdk_notify_type_register("herd_came"));
	assert_non_null(spdk_notify_type_register("herd_left"));
	/* Behind those of the library itself. */
	call("notify_get_types", NULL);
	assert_non_null(strstr(g_test.text, "\"herd_came\",\"herd_left\"]"));
	expect("notify_get_notifications", NULL, "[]");
	assert_int_equal(spdk_notify_send("herd_came", "north"), 0);
	assert_int_equal(spdk_notify_send("herd_left", NULL), 1);
	assert_int_equal(spdk_notify_send("herd_came", "sou\"th"), 2);
	expect("notify_get_notifications", NULL,
	       "[{\"type\":\"herd_came\",\"ctx\":\"north\",\"id\":0},"
	       "{\"type\":\"herd_left\",\"ctx\":\"\",\"id\":1},"
	       "{\"type\":\"herd_came\",\"ctx\":\"sou\\\"th\",\"id\":2}]");
	expect("notify_get_notifications", "{\"id\": 1, \"max\": 1}",
	       "[{\"type\":\"herd_left\",\"ctx\":\"\",\"id\":1}]");
	expect("notify_get_notifications", "{\"max\": 0}", "[]");
	expect("notify_get_notifications", "{\"id\": 3}", "[]");
	expect_error("notify_get_notifications", "{\"id\": -1}", SPDK_JSONRPC_ERROR_INVALID_PARAMS,
		     "id", NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(notifications_are_told_from_a_given_one_on),
	};

	return cmocka_run_group_tests(tests, app_set_up, app_tear_down);
}
