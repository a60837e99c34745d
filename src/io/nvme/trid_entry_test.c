/* SPDX-License-Identifier: BSD-3-Clause */
/* Controllers as command lines name them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "spdk/log.h"
#include "spdk_internal/nvme_util.h"

static void
all_keys_are_taken(void **state)
{
	struct spdk_nvme_trid_entry entry = {.nsid = 0};

	assert_int_equal(spdk_nvme_trid_entry_parse(
				 &entry, "trtype:TCP traddr:10.0.0.1 trsvcid:4420 ns:7 "
					 "hostnqn:nqn.me hostaddr=10.0.0.2 alt_traddr:10.0.0.3 "
					 "subnqn:nqn.it"),
			 0);
	assert_int_equal(entry.trid.trtype, SPDK_NVME_TRANSPORT_TCP);
	assert_string_equal(entry.trid.traddr, "10.0.0.1");
	assert_string_equal(entry.trid.subnqn, "nqn.it");
	assert_int_equal(entry.nsid, 7);
	assert_string_equal(entry.hostnqn, "nqn.me");
	assert_string_equal(entry.hostaddr, "10.0.0.2");
	assert_string_equal(entry.failover_trid.traddr, "10.0.0.3");
	assert_string_equal(entry.failover_trid.trsvcid, "4420");
}

static void
what_is_not_given_is_pcie_and_discovery(void **state)
{
	struct spdk_nvme_trid_entry entry = {.nsid = 0};

	assert_int_equal(spdk_nvme_trid_entry_parse(&entry, "traddr:04:00.0"), 0);
	assert_int_equal(entry.trid.trtype, SPDK_NVME_TRANSPORT_PCIE);
	assert_string_equal(entry.trid.traddr, "0000:04:00.0");
	assert_string_equal(entry.trid.subnqn, SPDK_NVMF_DISCOVERY_NQN);
	assert_int_equal(entry.nsid, 0);
	assert_string_equal(entry.hostnqn, "");
	assert_string_equal(entry.failover_trid.traddr, "");
}

static void
what_is_wrong_is_refused(void **state)
{
	struct spdk_nvme_trid_entry entry = {.nsid = 0};
	char text[1200];

	assert_int_equal(spdk_nvme_trid_entry_parse(&entry, "ns:0"), -EINVAL);
	assert_int_equal(spdk_nvme_trid_entry_parse(&entry, "ns:65536"), -EINVAL);
	assert_int_equal(spdk_nvme_trid_entry_parse(&entry, "ns:1x"), -EINVAL);
	assert_int_equal(spdk_nvme_trid_entry_parse(&entry, "ns:123456789"), -EINVAL);
	assert_int_equal(spdk_nvme_trid_entry_parse(&entry, "nsid:1"), -EINVAL);
	assert_int_equal(spdk_nvme_trid_entry_parse(&entry, NULL), -EINVAL);
	snprintf(text, sizeof(text), "hostnqn:%0300d", 1);
	assert_int_equal(spdk_nvme_trid_entry_parse(&entry, text), -EINVAL);
	assert_int_equal(spdk_nvme_trid_entry_parse(&entry, "ns:65535"), 0);
	assert_int_equal(entry.nsid, 65535);
}

static void
expect_usage(uint32_t opts, const char *has, const char *has_not)
{
	char text[2000] = "";
	FILE *file = fmemopen(text, sizeof(text), "w");

	assert_non_null(file);
	spdk_nvme_transport_id_usage(file, opts);
	fclose(file);
	if (strstr(text, has) == NULL || (has_not != NULL && strstr(text, has_not) != NULL)) {
		fail_msg("%x: '%s' has no '%s', or has '%s'", opts, text, has,
			 has_not != NULL ? has_not : "");
	}
}

static void
usage_has_what_the_program_takes(void **state)
{
	expect_usage(0, "PCIe, RDMA", "--transport");
	expect_usage(SPDK_NVME_TRID_USAGE_OPT_LONGOPT, "-r, --transport", "ns  ");
	expect_usage(SPDK_NVME_TRID_USAGE_OPT_NO_FABRIC, "trtype      PCIe\n", "trsvcid");
	expect_usage(SPDK_NVME_TRID_USAGE_OPT_NO_PCIE, "RDMA, TCP", "PCIe\n");
	expect_usage(SPDK_NVME_TRID_USAGE_OPT_NS | SPDK_NVME_TRID_USAGE_OPT_MULTI, "ns  ",
		     "hostnqn");
	expect_usage(SPDK_NVME_TRID_USAGE_OPT_MULTI, "several times", "ns  ");
	expect_usage(SPDK_NVME_TRID_USAGE_OPT_MANDATORY, "the controller\n", "all on PCIe");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_keys_are_taken),
		cmocka_unit_test(what_is_not_given_is_pcie_and_discovery),
		cmocka_unit_test(what_is_wrong_is_refused),
		cmocka_unit_test(usage_has_what_the_program_takes),
	};

	spdk_log_set_print_level(SPDK_LOG_DISABLED);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
