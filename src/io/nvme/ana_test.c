/* SPDX-License-Identifier: BSD-3-Clause */
/* How well a controller reaches its namespaces, as far as the driver tells. */
#include "io/nvme/ctrlr_fixture.h"

#include "base/log_capture.h"

static struct ctrlr_host g_host;

static void
without_groups_access_is_optimized(void **state)
{
	struct spdk_nvme_ns *ns;

	ctrlr_open(&g_host, NULL);
	ns = spdk_nvme_ctrlr_get_ns(g_host.ctrlr, 1);
	assert_int_equal(spdk_nvme_ns_get_ana_group_id(ns), 0);
	assert_int_equal(spdk_nvme_ns_get_ana_state(ns), SPDK_NVME_ANA_OPTIMIZED_STATE);
	ctrlr_close(&g_host);
}

static void
access_is_as_the_log_page_has_it(void **state)
{
	struct spdk_nvme_ns *ns, *other;
	struct fake_opts opts;

	fake_opts_init(&opts);
	opts.has_ana = true;
	opts.ns[1] = opts.ns[0];
	ctrlr_host_init(&g_host, &opts);
	fake_set_ana_state(g_host.fake, 1, SPDK_NVME_ANA_NON_OPTIMIZED_STATE);
	ctrlr_attach(&g_host);
	assert_non_null(g_host.ctrlr);
	ns = spdk_nvme_ctrlr_get_ns(g_host.ctrlr, 1);
	other = spdk_nvme_ctrlr_get_ns(g_host.ctrlr, 2);
	assert_int_equal(spdk_nvme_ns_get_ana_group_id(ns), FAKE_ANA_GROUP + 1);
	assert_int_equal(spdk_nvme_ns_get_ana_group_id(other), FAKE_ANA_GROUP + 2);
	assert_int_equal(spdk_nvme_ns_get_ana_state(ns), SPDK_NVME_ANA_NON_OPTIMIZED_STATE);
	assert_int_equal(spdk_nvme_ns_get_ana_state(other), SPDK_NVME_ANA_OPTIMIZED_STATE);
	fake_set_ana_state(g_host.fake, 2, SPDK_NVME_ANA_INACCESSIBLE_STATE);
	ctrlr_wait_for_event(&g_host);
	assert_int_equal(spdk_nvme_ns_get_ana_state(ns), SPDK_NVME_ANA_NON_OPTIMIZED_STATE);
	assert_int_equal(spdk_nvme_ns_get_ana_state(other), SPDK_NVME_ANA_INACCESSIBLE_STATE);
	ctrlr_close(&g_host);
}

/* Namespaces are identified again, and nothing is heard of their groups. */
static void
access_does_not_become_optimized_unless_the_log_page_says_so(void **state)
{
	struct fake_fault log = {
		.kind = FAKE_FAULT_STATUS,
		.where = FAKE_AT_ADMIN_COMMAND,
		.opcode = SPDK_NVME_OPC_GET_LOG_PAGE,
		.cdw10 = SPDK_NVME_LOG_ASYMMETRIC_NAMESPACE_ACCESS,
		.cdw10_mask = 0xff,
		.status = {.sct = SPDK_NVME_SCT_GENERIC,
			   .sc = SPDK_NVME_SC_INTERNAL_DEVICE_ERROR,
			   .dnr = 1},
	};
	struct spdk_nvme_ns *ns;
	struct fake_opts opts;

	fake_opts_init(&opts);
	opts.has_ana = true;
	ctrlr_open(&g_host, &opts);
	ns = spdk_nvme_ctrlr_get_ns(g_host.ctrlr, 1);
	fake_set_ana_state(g_host.fake, 1, SPDK_NVME_ANA_INACCESSIBLE_STATE);
	ctrlr_wait_for_event(&g_host);
	fake_plant(g_host.fake, &log);
	log_capture_start();
	fake_start(g_host.fake);
	assert_int_equal(nvme_ns_refresh(g_host.ctrlr), 0);
	fake_stop(g_host.fake);
	assert_true(log_captured("does not tell the states of its ANA groups", NULL));
	log_capture_stop();
	assert_int_equal(spdk_nvme_ns_get_ana_state(ns), SPDK_NVME_ANA_INACCESSIBLE_STATE);
	assert_int_equal(ctrlr_reset(&g_host), 0);
	assert_int_equal(spdk_nvme_ns_get_ana_state(ns), SPDK_NVME_ANA_INACCESSIBLE_STATE);
	fake_clear_faults(g_host.fake);
	fake_set_ana_state(g_host.fake, 1, SPDK_NVME_ANA_OPTIMIZED_STATE);
	assert_int_equal(ctrlr_reset(&g_host), 0);
	assert_int_equal(spdk_nvme_ns_get_ana_state(ns), SPDK_NVME_ANA_OPTIMIZED_STATE);
	ctrlr_close(&g_host);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_groups_access_is_optimized),
		cmocka_unit_test(access_is_as_the_log_page_has_it),
		cmocka_unit_test(access_does_not_become_optimized_unless_the_log_page_says_so),
	};

	return cmocka_run_group_tests(tests, ctrlr_setup_env, ctrlr_teardown_env);
}
