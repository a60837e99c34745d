/* SPDX-License-Identifier: BSD-3-Clause */
/* Calls for CUSE and for fabrics: each says that it is not supported, and nothing is made. */
#include "base/log_capture.h"
#include "io/nvme/ctrlr.h"
#include "spdk/nvme.h"

#include <setjmp.h>

#include <cmocka.h>

static struct spdk_nvme_ctrlr g_ctrlr = {.trid.trtype = SPDK_NVME_TRANSPORT_PCIE};

static void
no_character_device_is_made_or_found(void **state)
{
	char name[32] = "untouched";
	size_t size = sizeof(name);

	assert_int_equal(spdk_nvme_cuse_register(&g_ctrlr), -ENOTSUP);
	assert_one_error("spdk_nvme_cuse_register() is not supported: controllers are not shown "
			 "as character devices");
	assert_int_equal(spdk_nvme_cuse_unregister(&g_ctrlr), -ENOTSUP);
	assert_one_error("spdk_nvme_cuse_unregister() is not supported");
	spdk_nvme_cuse_update_namespaces(&g_ctrlr);
	assert_int_equal(spdk_nvme_cuse_get_ctrlr_name(&g_ctrlr, name, &size), -ENODEV);
	assert_int_equal(spdk_nvme_cuse_get_ns_name(&g_ctrlr, 1, name, &size), -ENODEV);
	assert_string_equal(name, "untouched");
	assert_int_equal(size, sizeof(name));
	assert_nothing_logged();
}

static void
never(void *arg, int status)
{
	fail();
}

static void
never_discovered(void *cb_arg, int rc, const struct spdk_nvme_cpl *cpl,
		 struct spdk_nvmf_discovery_log_page *log_page)
{
	fail();
}

static void
what_is_for_fabrics_says_so(void **state)
{
	struct spdk_nvme_ctrlr_key_opts keys = {.size = sizeof(keys)};
	struct spdk_nvme_rdma_hooks hooks = {0};
	struct spdk_nvme_ctrlr discovery = {.trid.subnqn = SPDK_NVMF_DISCOVERY_NQN};

	assert_int_equal(spdk_nvme_ctrlr_set_keys(&g_ctrlr, &keys), -ENOTSUP);
	assert_one_error("spdk_nvme_ctrlr_set_keys() is not supported: controllers of a fabric");
	assert_int_equal(spdk_nvme_ctrlr_authenticate(&g_ctrlr, never, NULL), -ENOTSUP);
	assert_one_error("spdk_nvme_ctrlr_authenticate() is not supported");
	spdk_nvme_rdma_init_hooks(&hooks);
	assert_one_error("spdk_nvme_rdma_init_hooks() is not supported");
	assert_int_equal(spdk_nvme_ctrlr_get_discovery_log_page(&discovery, never_discovered, NULL),
			 -ENOTSUP);
	assert_one_error("spdk_nvme_ctrlr_get_discovery_log_page() is not supported");
	/* Of a controller that has no such page, it is a mistake. */
	assert_int_equal(spdk_nvme_ctrlr_get_discovery_log_page(&g_ctrlr, never_discovered, NULL),
			 -EINVAL);
	assert_nothing_logged();
}

static int
set_up(void **state)
{
	log_capture_start();
	return 0;
}

static int
tear_down(void **state)
{
	log_capture_stop();
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_character_device_is_made_or_found),
		cmocka_unit_test(what_is_for_fabrics_says_so),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
