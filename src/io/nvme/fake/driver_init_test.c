/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The driver connects to a fake that misbehaves meanwhile: whatever it does and whenever it begins
 * to, connecting ends, with a controller that can be used or with none, and nothing is left behind.
 */
#include "io/nvme/fake/driver_fixture.h"
#include "spdk/env.h"
#include "spdk/util.h"

#include <setjmp.h>

#include <cmocka.h>

#define PAGE          4096
#define STEPS_MAX     400
#define GARBAGE_SEEDS 60

static struct driver_host g_host;
static struct fake_opts g_opts;

static int
setup(void **state)
{
	fake_opts_init(&g_opts);
	g_opts.ns[1] =
		(struct fake_ns_opts){.blocks = 64, .block_size = 4096, .md_size = 8, .pi_type = 1};
	g_opts.ns[2] = (struct fake_ns_opts){.blocks = 64, .block_size = 512, .zone_blocks = 16};
	return 0;
}

/* One controller more, without faults: the last one has broken nothing for others. */
static void
expect_another_works(void)
{
	struct driver_host other;

	driver_open(&other, &g_opts);
	driver_close(&other);
}

/* Reads a block of each namespace that the driver believes in; however it ends, it ends. */
static void
use(struct driver_host *host)
{
	struct spdk_nvme_qpair *qpair = spdk_nvme_ctrlr_alloc_io_qpair(host->ctrlr, NULL, 0);
	struct driver_done done;
	uint32_t count = 0;
	uint8_t *buffer;
	int rc;

	if (qpair == NULL) {
		return;
	}
	buffer = spdk_dma_zmalloc(64 * PAGE, PAGE, NULL);
	for (uint32_t nsid = spdk_nvme_ctrlr_get_first_active_ns(host->ctrlr);
	     nsid != 0 && count < 20;
	     nsid = spdk_nvme_ctrlr_get_next_active_ns(host->ctrlr, nsid), count++) {
		struct spdk_nvme_ns *ns = spdk_nvme_ctrlr_get_ns(host->ctrlr, nsid);

		if (ns == NULL || spdk_nvme_ns_get_extended_sector_size(ns) > 64 * PAGE) {
			continue;
		}
		memset(&done, 0, sizeof(done));
		rc = spdk_nvme_ns_cmd_read(ns, qpair, buffer, 0, 1, driver_done, &done, 0);
		if (rc == 0) {
			assert_true(driver_poll(host, qpair, &done, 20000));
			assert_int_equal(done.count, 1);
		}
	}
	spdk_nvme_ctrlr_free_io_qpair(qpair);
	spdk_dma_free(buffer);
}

/* Connects, uses what came of it, and detaches. Returns whether it was connected. */
static bool
attempt(const struct fake_fault *fault, uint32_t allowed)
{
	bool connected;

	/* The environment takes a bus error at an address of one just before for the same. */
	virtual_clock_advance_us(1000000);
	driver_make_fake(&g_host, &g_opts);
	for (uint32_t rule = 0; rule < FAKE_RULES; rule++) {
		if (allowed & 1u << rule) {
			fake_allow(g_host.fake, rule);
		}
	}
	fake_plant(g_host.fake, fault);
	connected = driver_connect(&g_host) != NULL;
	driver_take_bus_errors();
	if (connected) {
		use(&g_host);
	}
	driver_close(&g_host);
	return connected;
}

/* Where there is no controller before it is connected, cmocka has the signal: see attempt(). */
static void
connect_once(void)
{
	driver_open(&g_host, &g_opts);
	driver_close(&g_host);
}

/* The fault strikes at each step in turn, until connecting is through before it. */
static void
sweep(enum fake_fault_kind kind)
{
	uint32_t connected = 0, failed = 0;

	for (uint32_t at = 0; at < STEPS_MAX && connected < 3; at++) {
		const struct fake_fault fault = {
			.kind = kind, .where = FAKE_AT_STEP, .skip = at, .count = 1};

		if (attempt(&fault, 0)) {
			connected++;
		} else {
			failed++;
			connected = 0;
		}
	}
	assert_int_equal(connected, 3);
	assert_true(failed > 10);
	expect_another_works();
}

static void
removal_at_any_step(void **state)
{
	sweep(FAKE_FAULT_REMOVE);
}

static void
removal_with_bus_errors_at_any_step(void **state)
{
	connect_once();
	driver_take_bus_errors();
	sweep(FAKE_FAULT_UNMAP);
}

static void
fatal_error_at_any_step(void **state)
{
	sweep(FAKE_FAULT_FATAL);
}

static void
silence_from_any_step(void **state)
{
	sweep(FAKE_FAULT_STOP);
}

static void
ready_that_does_not_come(void **state)
{
	const struct fake_fault fault = {
		.kind = FAKE_FAULT_STUCK, .where = FAKE_AT_ENABLE, .count = 1};
	uint64_t began = virtual_clock_us();

	assert_false(attempt(&fault, 0));
	/* CAP.TO is 2 s; some controllers need a little longer. */
	assert_true(virtual_clock_us() - began >= 2000000);
	assert_true(virtual_clock_us() - began < 30000000);
}

static void
shutdown_that_does_not_end(void **state)
{
	const struct fake_fault fault = {
		.kind = FAKE_FAULT_STUCK, .where = FAKE_AT_SHUTDOWN, .count = 1};
	uint64_t began = virtual_clock_us();

	assert_true(attempt(&fault, 0));
	assert_true(virtual_clock_us() - began < 60000000);
}

static void
disabling_that_does_not_end(void **state)
{
	driver_open(&g_host, &g_opts);
	fake_plant(g_host.fake,
		   &(struct fake_fault){.kind = FAKE_FAULT_STUCK, .where = FAKE_AT_DISABLE});
	assert_int_not_equal(spdk_nvme_ctrlr_reset(g_host.ctrlr), 0);
	assert_true(spdk_nvme_ctrlr_is_failed(g_host.ctrlr));
	driver_close(&g_host);
}

/* Each admin command that is sent meanwhile fails, or never completes, in turn. */
static void
sweep_commands(enum fake_fault_kind kind)
{
	uint32_t nth = 0, strikes = 1;

	for (; strikes != 0 && nth < 100; nth++) {
		const struct fake_fault fault = {
			.kind = kind,
			.where = FAKE_AT_ADMIN_COMMAND,
			.opcode = FAKE_ANY_OPCODE,
			.skip = nth,
			.count = 1,
			.status = {.sc = SPDK_NVME_SC_INTERNAL_DEVICE_ERROR, .dnr = 1},
		};
		uint32_t number;

		driver_make_fake(&g_host, &g_opts);
		number = fake_plant(g_host.fake, &fault);
		if (driver_connect(&g_host) != NULL) {
			use(&g_host);
		}
		strikes = fake_fault_strikes(g_host.fake, number);
		driver_close(&g_host);
	}
	assert_int_equal(strikes, 0);
	assert_true(nth > 10);
	expect_another_works();
}

static void
any_admin_command_fails(void **state)
{
	sweep_commands(FAKE_FAULT_STATUS);
}

static void
any_admin_command_never_completes(void **state)
{
	sweep_commands(FAKE_FAULT_NEVER);
}

static void
any_admin_command_completes_twice(void **state)
{
	sweep_commands(FAKE_FAULT_DUPLICATE);
}

/* What Identify tells is nonsense: `cns` of the command, or all of them. */
static void
spoil_identify(enum fake_fault_kind kind, uint32_t cns)
{
	const struct fake_fault fault = {
		.kind = kind,
		.where = FAKE_AT_ADMIN_COMMAND,
		.opcode = SPDK_NVME_OPC_IDENTIFY,
		.cdw10 = cns,
		.cdw10_mask = 0xff,
	};

	/* Who is told wrong limits may break the right ones. */
	(void)attempt(&fault, 1u << FAKE_RULE_COMMAND);
}

static const uint32_t g_cns[] = {
	SPDK_NVME_IDENTIFY_CTRLR,          SPDK_NVME_IDENTIFY_NS,
	SPDK_NVME_IDENTIFY_ACTIVE_NS_LIST, SPDK_NVME_IDENTIFY_NS_ID_DESCRIPTOR_LIST,
	SPDK_NVME_IDENTIFY_NS_IOCS,        SPDK_NVME_IDENTIFY_CTRLR_IOCS,
	SPDK_NVME_IDENTIFY_IOCS,
};

static void
identify_tells_ones_and_zeros(void **state)
{
	for (uint32_t i = 0; i < SPDK_COUNTOF(g_cns); i++) {
		spoil_identify(FAKE_FAULT_DATA_ONES, g_cns[i]);
		spoil_identify(FAKE_FAULT_DATA_ZEROS, g_cns[i]);
	}
	expect_another_works();
}

static void
identify_tells_garbage(void **state)
{
	for (uint32_t seed = 1; seed <= GARBAGE_SEEDS; seed++) {
		g_opts.seed = seed;
		spoil_identify(FAKE_FAULT_DATA_GARBAGE, g_cns[seed % SPDK_COUNTOF(g_cns)]);
	}
	expect_another_works();
}

/* A field of Identify at a time: enough that the rest is believed. */
static void
patch_identify(uint32_t cns, uint32_t offset, uint32_t size, uint32_t value)
{
	const struct fake_fault fault = {
		.kind = FAKE_FAULT_DATA_PATCH,
		.where = FAKE_AT_ADMIN_COMMAND,
		.opcode = SPDK_NVME_OPC_IDENTIFY,
		.cdw10 = cns,
		.cdw10_mask = 0xff,
		.offset = offset,
		.size = size,
		.value = value,
	};

	(void)attempt(&fault, 1u << FAKE_RULE_COMMAND);
}

#define CTRLR(field) SPDK_NVME_IDENTIFY_CTRLR, offsetof(struct spdk_nvme_ctrlr_data, field)
#define NS(field)    SPDK_NVME_IDENTIFY_NS, offsetof(struct spdk_nvme_ns_data, field)

static void
fields_are_out_of_bounds(void **state)
{
	static const struct {
		uint32_t cns;
		size_t offset;
		uint32_t size;
		uint32_t value;
	} patches[] = {
		{CTRLR(mdts), 1, 255},
		{CTRLR(mdts), 1, 31},
		{CTRLR(mdts), 1, 20},
		{CTRLR(nn), 4, 0},
		{CTRLR(nn), 4, UINT32_MAX},
		{CTRLR(sqes), 1, 0},
		{CTRLR(sqes), 1, 0x77},
		{CTRLR(cqes), 1, 0xff},
		{CTRLR(aerl), 1, 255},
		{CTRLR(acl), 1, 255},
		{CTRLR(kas), 2, 0xffff},
		{CTRLR(maxcmd), 2, 1},
		{CTRLR(sgls), 4, UINT32_MAX},
		{CTRLR(oacs), 2, 0xffff},
		{CTRLR(oncs), 2, 0xffff},
		{CTRLR(cntrltype), 1, 0xfe},
		{CTRLR(cmic), 1, 0xff},
		{CTRLR(nanagrpid), 4, UINT32_MAX},
		{CTRLR(lpa), 1, 0xff},
		{CTRLR(ctratt), 4, UINT32_MAX},
		{NS(nsze), 4, UINT32_MAX},
		{NS(nsze), 4, 0},
		{NS(flbas), 1, 0x0f},
		{NS(flbas), 1, 0xff},
		{NS(nlbaf), 1, 255},
		{NS(lbaf), 4, 0},
		{NS(lbaf), 4, 0x00080000},
		{NS(lbaf), 4, 0x003f0000},
		{NS(lbaf), 4, 0x00ff0000},
		{NS(lbaf), 4, 0x001f0000},
		{NS(lbaf), 4, 0x0009ffff},
		{NS(dps), 1, 0x07},
		{NS(dps), 1, 0xff},
		{NS(noiob), 2, 1},
		{NS(noiob), 2, 0xffff},
		{NS(nsfeat), 1, 0xff},
		{SPDK_NVME_IDENTIFY_ACTIVE_NS_LIST, 0, 4, UINT32_MAX},
		{SPDK_NVME_IDENTIFY_ACTIVE_NS_LIST, 0, 4, 17},
		{SPDK_NVME_IDENTIFY_ACTIVE_NS_LIST, 4, 4, 1},
		{SPDK_NVME_IDENTIFY_ACTIVE_NS_LIST, 0, 4, 2},
		{SPDK_NVME_IDENTIFY_NS_ID_DESCRIPTOR_LIST, 0, 4, 0x0000ff01},
		{SPDK_NVME_IDENTIFY_NS_ID_DESCRIPTOR_LIST, 0, 4, 0x00000001},
		{SPDK_NVME_IDENTIFY_NS_ID_DESCRIPTOR_LIST, 0, 4, 0x0000ffff},
		{SPDK_NVME_IDENTIFY_IOCS, 0, 4, 0},
		{SPDK_NVME_IDENTIFY_IOCS, 0, 4, UINT32_MAX},
	};

	for (uint32_t i = 0; i < SPDK_COUNTOF(patches); i++) {
		patch_identify(patches[i].cns, (uint32_t)patches[i].offset, patches[i].size,
			       patches[i].value);
	}
	expect_another_works();
}

static void
numbers_of_queues_are_nonsense(void **state)
{
	static const uint32_t values[] = {0, 0xffffffff, 0x0000ffff, 0xffff0000, 0x00010000};

	for (uint32_t i = 0; i < SPDK_COUNTOF(values); i++) {
		const struct fake_fault fault = {
			.kind = FAKE_FAULT_RESULT,
			.where = FAKE_AT_ADMIN_COMMAND,
			.opcode = SPDK_NVME_OPC_SET_FEATURES,
			.cdw10 = SPDK_NVME_FEAT_NUMBER_OF_QUEUES,
			.cdw10_mask = 0xff,
			.value = values[i],
		};

		(void)attempt(&fault, 0);
	}
}

static void
queues_are_refused(void **state)
{
	static const uint8_t opcodes[] = {SPDK_NVME_OPC_CREATE_IO_CQ, SPDK_NVME_OPC_CREATE_IO_SQ,
					  SPDK_NVME_OPC_DELETE_IO_SQ, SPDK_NVME_OPC_DELETE_IO_CQ};
	static const enum fake_fault_kind kinds[] = {FAKE_FAULT_STATUS, FAKE_FAULT_NEVER,
						     FAKE_FAULT_LOST, FAKE_FAULT_REMOVE,
						     FAKE_FAULT_FATAL};

	for (uint32_t i = 0; i < SPDK_COUNTOF(opcodes) * SPDK_COUNTOF(kinds); i++) {
		const struct fake_fault fault = {
			.kind = kinds[i / SPDK_COUNTOF(opcodes)],
			.where = FAKE_AT_ADMIN_COMMAND,
			.opcode = opcodes[i % SPDK_COUNTOF(opcodes)],
			.count = 1,
			.status = {.sct = SPDK_NVME_SCT_COMMAND_SPECIFIC,
				   .sc = SPDK_NVME_SC_INVALID_QUEUE_SIZE},
		};

		assert_true(attempt(&fault, 0));
	}
	expect_another_works();
}

static bool
refuse(void *ctx, const struct spdk_nvme_transport_id *trid, struct spdk_nvme_ctrlr_opts *opts)
{
	(*(uint32_t *)ctx)++;
	return false;
}

/* What is there and not wanted is no error, what is not there is one, when it is named. */
static void
a_named_controller_is_refused(void **state)
{
	uint32_t asked = 0;

	driver_make_fake(&g_host, &g_opts);
	assert_int_equal(spdk_nvme_probe(&g_host.trid, &asked, refuse, NULL, NULL), 0);
	assert_int_equal(asked, 1);
	snprintf(g_host.trid.traddr, sizeof(g_host.trid.traddr), "fffe:00:00.0");
	assert_int_not_equal(spdk_nvme_probe(&g_host.trid, &asked, refuse, NULL, NULL), 0);
	assert_int_equal(asked, 1);
	driver_close(&g_host);
}

static void
few_and_small_queues(void **state)
{
	g_opts.io_queues = 1;
	g_opts.queue_entries_max = 2;
	g_opts.aerl = 0;
	g_opts.acl = 0;
	g_opts.mdts = 0;
	g_opts.doorbell_stride = 4;
	expect_another_works();
	g_opts.mps_min = 2;
	g_opts.mps_max = 4;
	driver_make_fake(&g_host, &g_opts);
	if (driver_connect(&g_host) != NULL) {
		use(&g_host);
	}
	driver_close(&g_host);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_named_controller_is_refused, setup),
		cmocka_unit_test_setup(few_and_small_queues, setup),
		cmocka_unit_test_setup(ready_that_does_not_come, setup),
		cmocka_unit_test_setup(shutdown_that_does_not_end, setup),
		cmocka_unit_test_setup(disabling_that_does_not_end, setup),
		cmocka_unit_test_setup(numbers_of_queues_are_nonsense, setup),
		cmocka_unit_test_setup(queues_are_refused, setup),
		cmocka_unit_test_setup(any_admin_command_fails, setup),
		cmocka_unit_test_setup(any_admin_command_never_completes, setup),
		cmocka_unit_test_setup(any_admin_command_completes_twice, setup),
		cmocka_unit_test_setup(identify_tells_ones_and_zeros, setup),
		cmocka_unit_test_setup(identify_tells_garbage, setup),
		cmocka_unit_test_setup(fields_are_out_of_bounds, setup),
		cmocka_unit_test_setup(removal_at_any_step, setup),
		cmocka_unit_test_setup(removal_with_bus_errors_at_any_step, setup),
		cmocka_unit_test_setup(fatal_error_at_any_step, setup),
		cmocka_unit_test_setup(silence_from_any_step, setup),
	};

	return cmocka_run_group_tests(tests, driver_setup_env, driver_teardown_env);
}
