/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Block devices as a subsystem: what was set and built by methods is saved, and what was saved
 * leads to the same in another process. Also where a device stands on another, and where nothing is
 * examined by itself.
 */
#include "app/rpc/app_rpc_fixture.h"
#include "app/rpc/config_fixture.h"

#define OPTIONS                                                                            \
	"{\"bdev_io_pool_size\":1000,\"bdev_io_cache_size\":100,\"bdev_auto_examine\":%s," \
	"\"iobuf_small_cache_size\":32,\"iobuf_large_cache_size\":8}"

static void
set_options(const char *auto_examine)
{
	char params[256];

	snprintf(params, sizeof(params), OPTIONS, auto_examine);
	expect("bdev_set_options", params, "true");
}

static void
build(void)
{
	call("bdev_malloc_create", "{\"name\":\"n\",\"num_blocks\":1024,\"block_size\":4096}");
	call("bdev_malloc_create", "{\"name\":\"m\",\"num_blocks\":2048,\"block_size\":512}");
	assert_string_equal(g_test.text, "\"m\"");
	call("bdev_split_create", "{\"base_bdev\":\"m\",\"split_count\":2}");
	assert_int_equal(g_test.error_code, 0);
	expect("bdev_set_qos_limit", "{\"name\":\"mp1\",\"rw_ios_per_sec\":3000}", "true");
	expect("bdev_enable_histogram", "{\"name\":\"n\",\"enable\":true,\"opc\":\"read\"}",
	       "true");
	expect("bdev_set_qd_sampling_period", "{\"name\":\"n\",\"period\":1000000}", "true");
	expect("bdev_wait_for_examine", NULL, "true");
}

static void
save_and_load(const char *auto_examine)
{
	char *saved, *again;

	app_up("0x1");
	set_options(auto_examine);
	app_init();
	build();
	saved = save_config("bdev");
	app_down();

	app_up("0x1");
	load_config(saved, SPDK_RPC_STARTUP);
	app_init();
	load_config(saved, SPDK_RPC_RUNTIME);
	again = save_config("bdev");
	assert_string_equal(again, saved);
	call("bdev_get_bdevs", "{\"name\":\"mp1\"}");
	assert_int_equal(member_uint64(g_test.result + 1, "num_blocks"), 1024);
	call("bdev_get_bdevs", "{\"name\":\"m\"}");
	assert_true(member_is(g_test.result + 1, "claim_type", "exclusive_write"));
	app_down();
	free(saved);
	free(again);
}

static void
what_is_saved_leads_to_the_same(void **state)
{
	save_and_load("true");
}

static void
so_it_does_where_nothing_is_examined_by_itself(void **state)
{
	save_and_load("false");
}

/* The first two calls for a malloc device, as they follow one another. */
static const char *
between_mallocs(bool with_batches, char *place, size_t size)
{
	const char *first, *end;

	call("framework_get_config",
	     with_batches ? "{\"name\":\"bdev\",\"with_batches\":true}" : "{\"name\":\"bdev\"}");
	first = strstr(g_test.text, "{\"method\":\"bdev_malloc_create\"");
	assert_non_null(first);
	end = strstr(first + 1, "{\"method\":\"bdev_malloc_create\"");
	assert_non_null(end);
	snprintf(place, size, "%c%.2s", first[-1], end - 2);
	return place;
}

static void
devices_that_need_no_other_are_saved_as_a_batch(void **state)
{
	char text[4];

	app_up("0x1");
	app_init();
	build();
	assert_string_equal(between_mallocs(true, text, sizeof(text)), "[},");
	/* It ends before what comes next, which does. */
	assert_non_null(strstr(g_test.text, "}}],{\"method\""));
	assert_string_equal(between_mallocs(false, text, sizeof(text)), ",},");
	assert_null(strstr(g_test.text, "}}],"));
	app_down();
}

static void
reset_options(void)
{
	expect("bdev_set_options",
	       "{\"bdev_io_pool_size\":65535,\"bdev_io_cache_size\":256,"
	       "\"bdev_auto_examine\":true,\"iobuf_small_cache_size\":128,"
	       "\"iobuf_large_cache_size\":16}",
	       "true");
}

static void
it_is_told_among_the_subsystems(void **state)
{
	struct spdk_json_val *subsystem;

	app_up("0x1");
	reset_options();
	app_init();
	call("framework_get_subsystems", NULL);
	subsystem = element_with(g_test.result, "subsystem", "bdev");
	assert_true(spdk_json_strequal(
		member(subsystem, "depends_on", SPDK_JSON_VAL_ARRAY_BEGIN) + 1, "accel"));
	expect("bdev_get_bdevs", NULL, "[]");
	call("notify_get_types", NULL);
	assert_non_null(strstr(g_test.text, "\"bdev_register\",\"bdev_unregister\","
					    "\"bdev_resize\""));
	app_down();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_saved_leads_to_the_same),
		cmocka_unit_test(so_it_does_where_nothing_is_examined_by_itself),
		cmocka_unit_test(devices_that_need_no_other_are_saved_as_a_batch),
		cmocka_unit_test(it_is_told_among_the_subsystems),
	};

	spdk_log_set_print_level(SPDK_LOG_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
