/* SPDX-License-Identifier: BSD-3-Clause */
/* Faults of the fake, as a host sees them that has no driver. */
#include "io/nvme/fake/raw_host_fixture.h"

#include <setjmp.h>

#include <cmocka.h>

#define PAGE 4096

static struct raw_host g_host;
static struct fake_opts g_opts;
static void *g_buffer;

static int
setup(void **state)
{
	fake_opts_init(&g_opts);
	g_opts.vectors = 4;
	raw_open(&g_host, &g_opts);
	raw_enable(&g_host, 32);
	raw_create_queues(&g_host, 1, 8);
	g_buffer = raw_memory(PAGE);
	return 0;
}

static int
teardown(void **state)
{
	raw_close(&g_host);
	return 0;
}

static uint32_t
plant(enum fake_fault_kind kind, uint32_t value)
{
	const struct fake_fault fault = {
		.kind = kind, .opcode = SPDK_NVME_OPC_READ, .count = 1, .value = value};

	return fake_plant(g_host.fake, &fault);
}

static uint16_t
submit_read(void)
{
	struct spdk_nvme_cmd cmd = raw_io(SPDK_NVME_OPC_READ, 0, 1, g_buffer);
	uint16_t cid = raw_put(&g_host, 1, &cmd);

	raw_ring(&g_host, 1);
	fake_settle(g_host.fake, RAW_STEPS_MAX);
	return cid;
}

static void
expect_completion(uint16_t cid)
{
	struct spdk_nvme_cpl cpl;

	assert_true(raw_take(&g_host, 1, &cpl));
	assert_int_equal(cpl.cid, cid);
	assert_int_equal(raw_status(&cpl), 0);
}

static void
expect_nothing(void)
{
	struct spdk_nvme_cpl cpl;

	assert_false(raw_take(&g_host, 1, &cpl));
}

static void
commands_are_never_completed_until_released(void **state)
{
	uint32_t number = plant(FAKE_FAULT_NEVER, 0);
	uint16_t first = submit_read();

	expect_nothing();
	assert_int_equal(fake_fault_strikes(g_host.fake, number), 1);
	/* The fault struck once. */
	expect_completion((uint16_t)(submit_read()));
	fake_release(g_host.fake);
	fake_settle(g_host.fake, RAW_STEPS_MAX);
	expect_completion(first);
}

static void
lost_commands_have_been_executed(void **state)
{
	const struct fake_fault lost = {
		.kind = FAKE_FAULT_LOST, .opcode = SPDK_NVME_OPC_WRITE, .count = 1};
	const struct fake_fault never = {
		.kind = FAKE_FAULT_NEVER, .opcode = SPDK_NVME_OPC_WRITE, .count = 1};
	struct spdk_nvme_cmd cmd = raw_io(SPDK_NVME_OPC_WRITE, 0, 1, g_buffer);

	memset(g_buffer, 7, PAGE);
	fake_plant(g_host.fake, &never);
	raw_put(&g_host, 1, &cmd);
	raw_ring(&g_host, 1);
	fake_settle(g_host.fake, RAW_STEPS_MAX);
	assert_int_equal(fake_ns_data(g_host.fake, 1)[0], 0);
	fake_plant(g_host.fake, &lost);
	raw_put(&g_host, 1, &cmd);
	raw_ring(&g_host, 1);
	fake_settle(g_host.fake, RAW_STEPS_MAX);
	assert_int_equal(fake_ns_data(g_host.fake, 1)[0], 7);
	expect_nothing();
}

static void
commands_complete_late(void **state)
{
	const struct fake_fault late = {
		.kind = FAKE_FAULT_LATE, .opcode = FAKE_ANY_OPCODE, .count = 1, .steps = 50};
	struct spdk_nvme_cmd cmd = raw_io(SPDK_NVME_OPC_READ, 0, 1, g_buffer);
	uint16_t cid = raw_put(&g_host, 1, &cmd);

	fake_plant(g_host.fake, &late);
	raw_ring(&g_host, 1);
	for (uint32_t i = 0; i < 50; i++) {
		fake_step(g_host.fake);
		expect_nothing();
	}
	fake_step(g_host.fake);
	expect_completion(cid);
}

static void
statuses_are_as_planted(void **state)
{
	const struct fake_fault fault = {
		.kind = FAKE_FAULT_STATUS,
		.opcode = SPDK_NVME_OPC_READ,
		.skip = 1,
		.count = 2,
		.status = {.sct = SPDK_NVME_SCT_MEDIA_ERROR,
			   .sc = SPDK_NVME_SC_UNRECOVERED_READ_ERROR,
			   .dnr = 1},
	};
	struct spdk_nvme_cmd cmd = raw_io(SPDK_NVME_OPC_READ, 0, 1, g_buffer);

	fake_plant(g_host.fake, &fault);
	for (uint32_t i = 0; i < 5; i++) {
		struct spdk_nvme_cpl cpl = raw_run(&g_host, 1, cmd);
		bool strikes = i == 1 || i == 2;

		assert_int_equal(raw_status(&cpl), strikes ? 0x281 : 0);
		assert_int_equal(cpl.status.dnr, strikes);
	}
}

static void
phases_are_wrong(void **state)
{
	plant(FAKE_FAULT_WRONG_PHASE, 0);
	submit_read();
	expect_nothing();
}

static void
identifiers_are_wrong(void **state)
{
	struct spdk_nvme_cpl cpl;
	uint16_t cid;

	plant(FAKE_FAULT_DUPLICATE, 0);
	cid = submit_read();
	expect_completion(cid);
	expect_completion(cid);
	fake_settle(g_host.fake, RAW_STEPS_MAX);
	plant(FAKE_FAULT_UNKNOWN_CID, 0xbeef);
	cid = submit_read();
	assert_true(raw_take(&g_host, 1, &cpl));
	assert_int_equal(cpl.cid, 0xbeef);
	expect_completion(cid);
	fake_settle(g_host.fake, RAW_STEPS_MAX);
	plant(FAKE_FAULT_CHANGED_CID, 0x1234);
	submit_read();
	expect_completion(0x1234);
	expect_nothing();
	plant(FAKE_FAULT_WRONG_SQID, 9);
	submit_read();
	assert_true(raw_take(&g_host, 1, &cpl));
	assert_int_equal(cpl.sqid, 9);
	plant(FAKE_FAULT_WRONG_SQHD, 99);
	submit_read();
	assert_true(raw_take(&g_host, 1, &cpl));
	assert_int_equal(cpl.sqhd, 99);
}

static void
completion_queues_are_overrun(void **state)
{
	struct spdk_nvme_cpl cpl;
	uint32_t taken = 0;

	plant(FAKE_FAULT_CQ_OVERRUN, 6);
	submit_read();
	while (taken < 20 && raw_take(&g_host, 1, &cpl)) {
		taken++;
	}
	assert_int_equal(taken, 7);
}

static void
data_are_spoilt(void **state)
{
	uint32_t *words = g_buffer;

	plant(FAKE_FAULT_DATA_ONES, 0);
	submit_read();
	assert_int_equal(words[0], UINT32_MAX);
	assert_int_equal(words[127], UINT32_MAX);
	plant(FAKE_FAULT_DATA_ZEROS, 0);
	memset(fake_ns_data(g_host.fake, 1), 5, 512);
	submit_read();
	assert_int_equal(words[127], 0);
	plant(FAKE_FAULT_DATA_GARBAGE, 0);
	submit_read();
	assert_int_not_equal(words[127], 0x05050505);
	submit_read();
	assert_int_equal(words[127], 0x05050505);
}

static void
removed_registers_read_as_ones(void **state)
{
	uint8_t config[4];

	plant(FAKE_FAULT_REMOVE, 0);
	submit_read();
	expect_nothing();
	assert_int_equal(g_host.registers->csts.raw, UINT32_MAX);
	assert_int_equal(*raw_sq_doorbell(&g_host, 1), UINT32_MAX);
	assert_int_equal(spdk_pci_device_cfg_read(fake_pci_device(g_host.fake), config, 4, 0), 0);
	assert_int_equal(config[0], 0xff);
	g_host.registers->cc.raw = 0;
	fake_step(g_host.fake);
	assert_int_equal(g_host.registers->cc.raw, UINT32_MAX);
}

static sigjmp_buf g_bus_error;

static void
jump(int number)
{
	siglongjmp(g_bus_error, 1);
}

static void
unmapped_registers_are_bus_errors(void **state)
{
	struct sigaction action = {.sa_handler = jump}, old;

	plant(FAKE_FAULT_UNMAP, 0);
	submit_read();
	sigaction(SIGBUS, &action, &old);
	if (sigsetjmp(g_bus_error, 1) == 0) {
		(void)g_host.registers->csts.raw;
		fail_msg("the BAR is still there");
	}
	sigaction(SIGBUS, &old, NULL);
	fake_settle(g_host.fake, RAW_STEPS_MAX);
}

static void
fatal_controllers_come_back_by_a_reset(void **state)
{
	plant(FAKE_FAULT_FATAL, 0);
	submit_read();
	expect_nothing();
	assert_int_equal(g_host.registers->csts.bits.cfs, 1);
	raw_disable(&g_host);
	raw_enable(&g_host, 8);
	raw_create_queues(&g_host, 1, 8);
	expect_completion((uint16_t)(submit_read()));
}

static void
moves_are_stuck(void **state)
{
	struct fake_fault fault = {.kind = FAKE_FAULT_STUCK, .where = FAKE_AT_SHUTDOWN, .count = 1};

	fake_plant(g_host.fake, &fault);
	g_host.registers->cc.bits.shn = 1;
	fake_settle(g_host.fake, RAW_STEPS_MAX);
	assert_int_equal(g_host.registers->csts.bits.shst, SPDK_NVME_SHST_OCCURRING);
	fault.where = FAKE_AT_DISABLE;
	fake_plant(g_host.fake, &fault);
	g_host.registers->cc.raw = 0;
	fake_settle(g_host.fake, RAW_STEPS_MAX);
	assert_int_equal(g_host.registers->csts.bits.rdy, 1);
}

static void
enabling_is_stuck(void **state)
{
	const struct fake_fault fault = {
		.kind = FAKE_FAULT_STUCK, .where = FAKE_AT_ENABLE, .count = 1};

	raw_disable(&g_host);
	fake_plant(g_host.fake, &fault);
	g_host.registers->cc.raw = 1;
	fake_settle(g_host.fake, RAW_STEPS_MAX);
	assert_int_equal(g_host.registers->csts.bits.rdy, 0);
	/* Giving up on it is no fault of the host. */
	g_host.registers->cc.raw = 0;
	fake_settle(g_host.fake, RAW_STEPS_MAX);
	raw_enable(&g_host, 8);
}

static void
interrupts_come_go_and_get_lost(void **state)
{
	struct spdk_pci_device *dev = fake_pci_device(g_host.fake);
	uint64_t count;
	int fd;

	assert_int_equal(spdk_pci_device_enable_interrupts(dev, 2), 0);
	fd = spdk_pci_device_get_interrupt_efd_by_index(dev, 0);
	assert_true(fd >= 0);
	(void)raw_identify(&g_host, SPDK_NVME_IDENTIFY_CTRLR, 0, 0);
	assert_int_equal(read(fd, &count, sizeof(count)), sizeof(count));
	fake_plant(g_host.fake, &(struct fake_fault){.kind = FAKE_FAULT_LOST_INTERRUPT,
						     .where = FAKE_AT_ADMIN_COMMAND,
						     .opcode = FAKE_ANY_OPCODE,
						     .count = 1});
	(void)raw_identify(&g_host, SPDK_NVME_IDENTIFY_CTRLR, 0, 0);
	assert_int_equal(read(fd, &count, sizeof(count)), -1);
	fake_plant(g_host.fake, &(struct fake_fault){.kind = FAKE_FAULT_SPURIOUS_INTERRUPT,
						     .where = FAKE_AT_STEP,
						     .count = 1});
	fake_step(g_host.fake);
	assert_int_equal(read(fd, &count, sizeof(count)), sizeof(count));
	assert_int_equal(spdk_pci_device_disable_interrupts(dev), 0);
}

static void
events_wait_for_requests_and_storms_do_not_end(void **state)
{
	const struct spdk_nvme_cmd request = {.opc = SPDK_NVME_OPC_ASYNC_EVENT_REQUEST};
	struct spdk_nvme_cpl cpl;

	fake_event(g_host.fake, 0x00020301);
	fake_event(g_host.fake, 0x00020301);
	cpl = raw_run(&g_host, 0, request);
	assert_int_equal(cpl.cdw0, 0x00020301);
	/* Told once; and the type is masked until its page has been read. */
	fake_event(g_host.fake, 0x00020101);
	raw_put(&g_host, 0, &request);
	raw_ring(&g_host, 0);
	fake_settle(g_host.fake, RAW_STEPS_MAX);
	assert_false(raw_take(&g_host, 0, &cpl));
	fake_plant(g_host.fake, &(struct fake_fault){.kind = FAKE_FAULT_EVENT_STORM,
						     .where = FAKE_AT_STEP,
						     .count = 1,
						     .value = 0x00ff0707,
						     .size = 3});
	for (uint32_t i = 0; i < 3; i++) {
		cpl = raw_wait(&g_host, 0);
		assert_int_equal(cpl.cdw0, 0x00ff0707);
		raw_put(&g_host, 0, &request);
		raw_ring(&g_host, 0);
	}
	fake_settle(g_host.fake, RAW_STEPS_MAX);
	assert_false(raw_take(&g_host, 0, &cpl));
}

static void
the_same_seed_gives_the_same_run(void **state)
{
	uint64_t sums[2] = {0};

	for (uint32_t run = 0; run < 2; run++) {
		struct fake_opts opts = g_opts;

		raw_close(&g_host);
		opts.seed = 77;
		opts.shuffle_steps = 30;
		raw_open(&g_host, &opts);
		raw_enable(&g_host, 32);
		raw_create_queues(&g_host, 1, 8);
		fake_plant(g_host.fake, &(struct fake_fault){.kind = FAKE_FAULT_STATUS,
							     .opcode = FAKE_ANY_OPCODE,
							     .rate = 20000,
							     .status = {.sc = 6}});
		for (uint32_t i = 0; i < 70; i++) {
			struct spdk_nvme_cpl cpl;

			submit_read();
			cpl = raw_wait(&g_host, 1);
			sums[run] = sums[run] * 31 + cpl.cid * 7 + cpl.status.sc;
		}
	}
	assert_int_equal(sums[0], sums[1]);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(commands_are_never_completed_until_released),
		TEST(lost_commands_have_been_executed),
		TEST(commands_complete_late),
		TEST(statuses_are_as_planted),
		TEST(phases_are_wrong),
		TEST(identifiers_are_wrong),
		TEST(completion_queues_are_overrun),
		TEST(data_are_spoilt),
		TEST(removed_registers_read_as_ones),
		TEST(unmapped_registers_are_bus_errors),
		TEST(fatal_controllers_come_back_by_a_reset),
		TEST(moves_are_stuck),
		TEST(enabling_is_stuck),
		TEST(interrupts_come_go_and_get_lost),
		TEST(events_wait_for_requests_and_storms_do_not_end),
		TEST(the_same_seed_gives_the_same_run),
	};

	return cmocka_run_group_tests(tests, raw_setup_env, raw_teardown_env);
}
