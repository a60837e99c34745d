/* SPDX-License-Identifier: BSD-3-Clause */
/* The event that namespaces have changed: who reads the list of them, and who is told. */
#include "io/nvme/ctrlr_fixture.h"

static struct ctrlr_host g_host;

struct told {
	uint32_t lists;
	/* Of the last list; 0: there was none. */
	uint32_t count;
	uint32_t first;
	uint32_t events;
};
static struct told g_told;

static void
list_told(void *arg, const uint32_t *list, uint32_t count)
{
	struct told *told = arg;

	told->lists++;
	told->count = count;
	told->first = list != NULL ? list[0] : 0;
}

static void
event_told(void *arg, const struct spdk_nvme_cpl *cpl)
{
	struct told *told = arg;

	told->events++;
}

static uint64_t
log_pages_read(void)
{
	struct fake_stats stats;

	fake_get_stats(g_host.fake, &stats);
	return stats.admin_opcodes[SPDK_NVME_OPC_GET_LOG_PAGE];
}

static void
open_host(void)
{
	ctrlr_open(&g_host, NULL);
	g_told = (struct told){0};
	spdk_nvme_ctrlr_register_aer_callback(g_host.ctrlr, event_told, &g_told);
	spdk_nvme_ctrlr_register_ns_attr_changed_callback(g_host.ctrlr, list_told, &g_told);
}

/* Polls until so many events have been told, of one kind or the other. */
static void
wait_told(uint32_t count)
{
	fake_start(g_host.fake);
	while (g_told.lists + g_told.events < count) {
		assert_true(spdk_nvme_ctrlr_process_admin_completions(g_host.ctrlr) >= 0);
	}
	fake_stop(g_host.fake);
}

static void
the_driver_reads_the_list_of_changed_namespaces(void **state)
{
	uint64_t before;

	open_host();
	before = log_pages_read();
	fake_change_namespace(g_host.fake, 1, 4096);
	wait_told(1);
	assert_int_equal(g_told.count, 1);
	assert_int_equal(g_told.first, 1);
	assert_int_equal(log_pages_read(), before + 1);
	ctrlr_close(&g_host);
}

/* It follows the change all the same; the next event waits until the program has read the list. */
static void
the_list_is_left_to_a_program_that_wants_it(void **state)
{
	struct ctrlr_result result = {0};
	struct spdk_nvme_ns_list list;
	uint64_t before;

	open_host();
	spdk_nvme_ctrlr_disable_read_changed_ns_list_log_page(g_host.ctrlr);
	before = log_pages_read();
	fake_change_namespace(g_host.fake, 1, 4096);
	fake_change_namespace(g_host.fake, 3, 512);
	wait_told(1);
	assert_int_equal(g_told.lists, 1);
	assert_int_equal(g_told.count, 0);
	assert_int_equal(log_pages_read(), before);
	assert_int_equal(spdk_nvme_ns_get_num_sectors(spdk_nvme_ctrlr_get_ns(g_host.ctrlr, 1)),
			 4096);
	assert_true(spdk_nvme_ctrlr_is_active_ns(g_host.ctrlr, 3));
	assert_int_equal(spdk_nvme_ctrlr_cmd_get_log_page(g_host.ctrlr,
							  SPDK_NVME_LOG_CHANGED_NS_LIST,
							  SPDK_NVME_GLOBAL_NS_TAG, &list,
							  sizeof(list), 0, ctrlr_done, &result),
			 0);
	ctrlr_wait(&g_host, &result);
	assert_int_equal(list.ns_list[0], 1);
	assert_int_equal(list.ns_list[1], 3);
	assert_int_equal(list.ns_list[2], 0);
	fake_change_namespace(g_host.fake, 1, 1024);
	wait_told(2);
	assert_int_equal(g_told.events, 0);
	ctrlr_close(&g_host);
}

static void
without_a_callback_for_lists_the_event_is_told(void **state)
{
	open_host();
	spdk_nvme_ctrlr_register_ns_attr_changed_callback(g_host.ctrlr, NULL, NULL);
	fake_change_namespace(g_host.fake, 1, 4096);
	wait_told(1);
	assert_int_equal(g_told.events, 1);
	assert_int_equal(g_told.lists, 0);
	ctrlr_close(&g_host);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_driver_reads_the_list_of_changed_namespaces),
		cmocka_unit_test(the_list_is_left_to_a_program_that_wants_it),
		cmocka_unit_test(without_a_callback_for_lists_the_event_is_told),
	};

	return cmocka_run_group_tests(tests, ctrlr_setup_env, ctrlr_teardown_env);
}
