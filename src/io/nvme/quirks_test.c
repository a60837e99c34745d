/* SPDX-License-Identifier: BSD-3-Clause */
/* Which devices are treated in their own way, and what is done for them. */
#include "io/nvme/quirks.h"

#include "io/nvme/fake/driver_fixture.h"
#include "spdk/nvme_intel.h"

#include <setjmp.h>

#include <cmocka.h>

#define INTEL_VID    0x8086
#define SAMSUNG_VID  0x144d
#define OTHER_VID    0x1234
#define BEFORE_RDY   2500000
#define STRIPE_SHIFT 5

static struct driver_host g_host;

/* A fake that says that it is this device. */
static void
make_device(uint16_t vendor_id, uint16_t device_id)
{
	struct spdk_pci_id *id;
	struct fake_opts opts;

	fake_opts_init(&opts);
	driver_make_fake(&g_host, &opts);
	id = &fake_pci_device(g_host.fake)->id;
	id->vendor_id = vendor_id;
	id->subvendor_id = vendor_id;
	id->device_id = device_id;
}

static void
devices_are_known_by_their_ids(void **state)
{
	struct spdk_pci_id p3700 = {
		.vendor_id = INTEL_VID,
		.subvendor_id = INTEL_VID,
		.device_id = 0x0953,
	};
	struct spdk_pci_id pm1725 = {
		.vendor_id = SAMSUNG_VID,
		.subvendor_id = OTHER_VID,
		.device_id = 0xa821,
	};

	assert_int_equal(nvme_quirks_of(&p3700), NVME_QUIRK_INTEL_LOG_PAGES |
							 NVME_QUIRK_STRIPE_IN_VENDOR_DATA |
							 NVME_QUIRK_READ_ZERO_AFTER_DEALLOCATE);
	/* Another vendor's firmware may do without what that of Intel has. */
	p3700.subvendor_id = OTHER_VID;
	assert_int_equal(nvme_quirks_of(&p3700), 0);
	assert_int_equal(nvme_quirks_of(&pm1725), NVME_QUIRK_DELAY_BEFORE_CHK_RDY);
	pm1725.vendor_id = OTHER_VID;
	assert_int_equal(nvme_quirks_of(&pm1725), 0);
	pm1725.vendor_id = SAMSUNG_VID;
	pm1725.device_id = 0xa820;
	assert_int_equal(nvme_quirks_of(&pm1725), 0);
}

static void
some_are_left_alone_after_cc_en_has_changed(void **state)
{
	uint64_t begin = virtual_clock_us(), us;

	make_device(OTHER_VID, 0xa821);
	assert_non_null(driver_connect(&g_host));
	assert_true(virtual_clock_us() - begin < BEFORE_RDY);
	driver_close(&g_host);
	make_device(SAMSUNG_VID, 0xa821);
	begin = virtual_clock_us();
	assert_non_null(driver_connect(&g_host));
	us = virtual_clock_us() - begin;
	assert_true(us >= BEFORE_RDY && us < 2 * BEFORE_RDY);
	/* Disabled first, and then enabled again. */
	begin = virtual_clock_us();
	assert_int_equal(spdk_nvme_ctrlr_reset(g_host.ctrlr), 0);
	us = virtual_clock_us() - begin;
	assert_true(us >= 2 * BEFORE_RDY && us < 3 * BEFORE_RDY);
	driver_close(&g_host);
}

/* How often a device has been asked for descriptors. */
static uint32_t
times_asked_for_descriptors(uint16_t vendor_id)
{
	struct fake_fault fault = {
		.kind = FAKE_FAULT_STATUS,
		.where = FAKE_AT_ADMIN_COMMAND,
		.opcode = SPDK_NVME_OPC_IDENTIFY,
		.cdw10 = SPDK_NVME_IDENTIFY_NS_ID_DESCRIPTOR_LIST,
		.cdw10_mask = 0xff,
		.status = {.sc = SPDK_NVME_SC_INVALID_FIELD, .dnr = 1},
	};
	uint32_t number, strikes;

	make_device(vendor_id, 0x2263);
	number = fake_plant(g_host.fake, &fault);
	assert_non_null(driver_connect(&g_host));
	assert_true(spdk_nvme_ctrlr_is_active_ns(g_host.ctrlr, 1));
	strikes = fake_fault_strikes(g_host.fake, number);
	driver_close(&g_host);
	return strikes;
}

static void
some_are_not_asked_for_descriptors(void **state)
{
	assert_int_equal(times_asked_for_descriptors(OTHER_VID), 1);
	assert_int_equal(times_asked_for_descriptors(0x126f), 0);
}

static void
check_intel(uint16_t vendor_id, bool is_intel)
{
	struct fake_fault stripe = {
		.kind = FAKE_FAULT_DATA_PATCH,
		.where = FAKE_AT_ADMIN_COMMAND,
		.opcode = SPDK_NVME_OPC_IDENTIFY,
		.cdw10 = SPDK_NVME_IDENTIFY_CTRLR,
		.cdw10_mask = 0xff,
		.offset = offsetof(struct spdk_nvme_ctrlr_data, vs) + 3,
		.size = 1,
		.value = STRIPE_SHIFT,
	};
	struct fake_fault directory = {
		.kind = FAKE_FAULT_STATUS,
		.where = FAKE_AT_ADMIN_COMMAND,
		.opcode = SPDK_NVME_OPC_GET_LOG_PAGE,
		.cdw10 = SPDK_NVME_INTEL_LOG_PAGE_DIRECTORY,
		.cdw10_mask = 0xff,
		.status = {.sc = SPDK_NVME_SC_INVALID_FIELD, .dnr = 1},
	};
	struct fake_fault dlfeat = {
		.kind = FAKE_FAULT_DATA_PATCH,
		.where = FAKE_AT_ADMIN_COMMAND,
		.opcode = SPDK_NVME_OPC_IDENTIFY,
		.cdw10 = SPDK_NVME_IDENTIFY_NS,
		.cdw10_mask = 0xff,
		.offset = offsetof(struct spdk_nvme_ns_data, dlfeat),
		.size = 1,
		.value = SPDK_NVME_DEALLOC_NOT_REPORTED,
	};
	struct spdk_nvme_ns *ns;
	uint32_t number;

	make_device(vendor_id, 0x0a54);
	fake_plant(g_host.fake, &dlfeat);
	fake_plant(g_host.fake, &stripe);
	number = fake_plant(g_host.fake, &directory);
	assert_non_null(driver_connect(&g_host));
	ns = spdk_nvme_ctrlr_get_ns(g_host.ctrlr, 1);
	assert_int_equal(spdk_nvme_ns_get_optimal_io_boundary(ns),
			 is_intel ? (4096 << STRIPE_SHIFT) / 512 : 0);
	assert_int_equal(spdk_nvme_ns_get_dealloc_logical_block_read_value(ns) ==
				 SPDK_NVME_DEALLOC_READ_00,
			 is_intel);
	assert_int_equal(fake_fault_strikes(g_host.fake, number), is_intel);
	assert_int_equal(
		spdk_nvme_ctrlr_is_feature_supported(g_host.ctrlr, SPDK_NVME_INTEL_FEAT_MAX_LBA),
		is_intel);
	driver_close(&g_host);
}

static void
some_have_what_they_do_not_tell(void **state)
{
	check_intel(OTHER_VID, false);
	check_intel(INTEL_VID, true);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(devices_are_known_by_their_ids),
		cmocka_unit_test(some_are_left_alone_after_cc_en_has_changed),
		cmocka_unit_test(some_are_not_asked_for_descriptors),
		cmocka_unit_test(some_have_what_they_do_not_tell),
	};

	return cmocka_run_group_tests(tests, driver_setup_env, driver_teardown_env);
}
