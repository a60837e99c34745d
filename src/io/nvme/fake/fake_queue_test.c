/* SPDX-License-Identifier: BSD-3-Clause */
/* The fake's queues and registers, and what it holds against a host that misuses them. */
#include "io/nvme/fake/raw_host_fixture.h"

#include <setjmp.h>

#include <cmocka.h>

#define PAGE           4096
#define GENERIC(name)  (SPDK_NVME_SCT_GENERIC << 8 | SPDK_NVME_SC_##name)
#define SPECIFIC(name) (SPDK_NVME_SCT_COMMAND_SPECIFIC << 8 | SPDK_NVME_SC_##name)
#define ENTRIES        8

static struct raw_host g_host;
static struct fake_opts g_opts;
static void *g_buffer;

/* Enabled, with one pair of I/O queues of ENTRIES entries. */
static void
open_ready(void)
{
	raw_open(&g_host, &g_opts);
	raw_enable(&g_host, 32);
	raw_create_queues(&g_host, 1, ENTRIES);
	g_buffer = raw_memory(PAGE);
}

static int
setup(void **state)
{
	fake_opts_init(&g_opts);
	return 0;
}

static int
teardown(void **state)
{
	raw_close(&g_host);
	return 0;
}

static struct spdk_nvme_cmd
read_block(uint64_t lba)
{
	return raw_io(SPDK_NVME_OPC_READ, lba, 1, g_buffer);
}

static void
put_reads(uint32_t count)
{
	struct spdk_nvme_cmd cmd = read_block(0);

	for (uint32_t i = 0; i < count; i++) {
		raw_put(&g_host, 1, &cmd);
	}
	raw_ring(&g_host, 1);
}

static void
registers_tell_what_was_asked_for(void **state)
{
	g_opts.queue_entries_max = 77;
	g_opts.timeout = 9;
	g_opts.doorbell_stride = 3;
	g_opts.mps_min = 1;
	g_opts.mps_max = 4;
	raw_open(&g_host, &g_opts);
	assert_int_equal(g_host.registers->cap.bits.mqes, 76);
	assert_int_equal(g_host.registers->cap.bits.to, 9);
	assert_int_equal(g_host.registers->cap.bits.dstrd, 3);
	assert_int_equal(g_host.registers->cap.bits.mpsmin, 1);
	assert_int_equal(g_host.registers->cap.bits.mpsmax, 4);
	assert_int_equal(g_host.registers->vs.raw, g_opts.version);
	assert_int_equal(g_host.registers->csts.raw, 0);
	raw_enable(&g_host, 4);
	raw_create_queues(&g_host, 3, 4);
	g_buffer = raw_memory(2 * PAGE);
	assert_int_equal(raw_run_status(&g_host, 3, read_block(1)), 0);
}

static void
shutdown_is_told_of(void **state)
{
	open_ready();
	g_host.registers->cc.bits.shn = SPDK_NVME_SHN_NORMAL;
	for (uint32_t i = 0; i < RAW_STEPS_MAX && g_host.registers->csts.bits.shst != 2; i++) {
		fake_step(g_host.fake);
	}
	assert_int_equal(g_host.registers->csts.bits.shst, SPDK_NVME_SHST_COMPLETE);
	put_reads(1);
	fake_settle(g_host.fake, RAW_STEPS_MAX);
	raw_expect_violation(&g_host, "after the shutdown");
	raw_disable(&g_host);
	raw_enable(&g_host, 4);
}

/* Rung before the notice, and both seen by the same step: that is no violation. */
static void
commands_before_a_shutdown_are_taken(void **state)
{
	struct spdk_nvme_cpl cpl;

	open_ready();
	put_reads(1);
	g_host.registers->cc.bits.shn = SPDK_NVME_SHN_NORMAL;
	fake_settle(g_host.fake, RAW_STEPS_MAX);
	assert_true(raw_take(&g_host, 1, &cpl));
}

static void
reset_forgets_queues_and_commands(void **state)
{
	const struct fake_fault never = {.kind = FAKE_FAULT_NEVER, .opcode = SPDK_NVME_OPC_READ};
	struct fake_stats stats;

	open_ready();
	fake_plant(g_host.fake, &never);
	put_reads(3);
	fake_settle(g_host.fake, RAW_STEPS_MAX);
	fake_get_stats(g_host.fake, &stats);
	assert_int_equal(stats.pending, 3);
	assert_int_equal(stats.io_submission_queues, 1);
	raw_disable(&g_host);
	fake_get_stats(g_host.fake, &stats);
	assert_int_equal(stats.pending, 0);
	assert_int_equal(stats.io_submission_queues, 0);
	assert_int_equal(stats.io_completion_queues, 0);
	assert_int_equal(stats.resets, 1);
}

/* What a host must not write to registers, while it is enabled. */
static void
registers_are_judged(void **state)
{
	open_ready();
	g_host.registers->cc.bits.mps = 1;
	fake_step(g_host.fake);
	raw_expect_violation(&g_host, "while enabled");
	g_host.registers->cc.bits.mps = 0;
	fake_step(g_host.fake);
	fake_forget_violations(g_host.fake);
	g_host.registers->asq += PAGE;
	fake_step(g_host.fake);
	raw_expect_violation(&g_host, "ASQ or ACQ");
	g_host.registers->vs.raw++;
	fake_step(g_host.fake);
	raw_expect_violation(&g_host, "CSTS was written");
	assert_int_equal(g_host.registers->vs.raw, g_opts.version);
}

static void
enabling_is_judged(void **state)
{
	raw_open(&g_host, &g_opts);
	g_host.registers->aqa.raw = 0x000f000f;
	g_host.registers->asq = (uintptr_t)raw_memory(PAGE) + 64;
	g_host.registers->acq = (uintptr_t)raw_memory(PAGE);
	g_host.registers->cc.raw = 1;
	fake_step(g_host.fake);
	raw_expect_violation(&g_host, "ASQ is");
	/* It is not ready yet. */
	g_host.registers->cc.raw = 0;
	fake_step(g_host.fake);
	raw_expect_violation(&g_host, "before CSTS.RDY");
	fake_settle(g_host.fake, RAW_STEPS_MAX);
	g_host.registers->asq -= 64;
	g_host.registers->cc.raw = 1u << 7 | 1;
	fake_step(g_host.fake);
	raw_expect_violation(&g_host, "CC.MPS is 1");
}

static void
doorbells_are_judged(void **state)
{
	open_ready();
	*raw_sq_doorbell(&g_host, 1) = ENTRIES;
	fake_step(g_host.fake);
	raw_expect_violation(&g_host, "has 8 entries");
	*raw_cq_doorbell(&g_host, 1) = 3;
	fake_step(g_host.fake);
	raw_expect_violation(&g_host, "beyond the tail");
	*raw_cq_doorbell(&g_host, 1) = 0;
	fake_step(g_host.fake);
	fake_forget_violations(g_host.fake);
	*raw_sq_doorbell(&g_host, 2) = 1;
	fake_step(g_host.fake);
	raw_expect_violation(&g_host, "which is not there");
}

static void
doorbells_of_a_disabled_controller_tell_it_nothing(void **state)
{
	open_ready();
	raw_disable(&g_host);
	*raw_sq_doorbell(&g_host, 1) = 3;
	*raw_cq_doorbell(&g_host, 1) = 3;
	raw_enable(&g_host, 32);
	fake_step(g_host.fake);
	assert_int_equal(fake_violations(g_host.fake), 0);
}

/* The host may not fill entries whose commands have not been taken, as far as it was told. */
static void
overrun_of_a_submission_queue_is_judged(void **state)
{
	const struct fake_fault never = {.kind = FAKE_FAULT_NEVER, .opcode = SPDK_NVME_OPC_READ};

	open_ready();
	fake_plant(g_host.fake, &never);
	put_reads(ENTRIES - 1);
	fake_settle(g_host.fake, RAW_STEPS_MAX);
	assert_int_equal(fake_violations(g_host.fake), 0);
	put_reads(1);
	fake_settle(g_host.fake, RAW_STEPS_MAX);
	raw_expect_violation(&g_host, "runs over the head");
}

static void
identifiers_in_flight_are_judged(void **state)
{
	const struct fake_fault never = {
		.kind = FAKE_FAULT_NEVER, .opcode = SPDK_NVME_OPC_READ, .count = 1};
	struct spdk_nvme_cpl cpl;

	open_ready();
	fake_plant(g_host.fake, &never);
	put_reads(1);
	fake_settle(g_host.fake, RAW_STEPS_MAX);
	g_host.queues[1].next_cid--;
	cpl = raw_run(&g_host, 1, read_block(0));
	assert_int_equal(raw_status(&cpl), GENERIC(COMMAND_ID_CONFLICT));
	raw_expect_violation(&g_host, "is in flight");
}

static void
completions_wait_for_room(void **state)
{
	struct spdk_nvme_cpl cpl;
	uint32_t taken = 0;

	open_ready();
	/* More commands than the completion queue has entries; their heads are told by and by. */
	put_reads(ENTRIES - 1);
	fake_settle(g_host.fake, RAW_STEPS_MAX);
	put_reads(ENTRIES - 1);
	fake_settle(g_host.fake, RAW_STEPS_MAX);
	for (uint32_t i = 0; i < 4 * ENTRIES; i++) {
		taken += raw_take(&g_host, 1, &cpl);
		fake_settle(g_host.fake, RAW_STEPS_MAX);
	}
	assert_int_equal(taken, 2 * (ENTRIES - 1));
}

static void
commands_complete_out_of_order(void **state)
{
	uint16_t last = 0, went_back = 0;

	g_opts.shuffle_steps = 20;
	open_ready();
	for (uint32_t round = 0; round < 20; round++) {
		put_reads(ENTRIES - 1);
		for (uint32_t i = 0; i < ENTRIES - 1; i++) {
			struct spdk_nvme_cpl cpl = raw_wait(&g_host, 1);

			went_back += cpl.cid < last;
			last = cpl.cid;
		}
	}
	assert_true(went_back > 10);
}

static struct spdk_nvme_cmd
create_cq(uint16_t id, uint32_t entries)
{
	struct spdk_nvme_cmd cmd = {.opc = SPDK_NVME_OPC_CREATE_IO_CQ};

	cmd.dptr.prp.prp1 = (uintptr_t)raw_memory(PAGE);
	cmd.cdw10_bits.create_io_q.qid = id;
	cmd.cdw10_bits.create_io_q.qsize = entries - 1;
	cmd.cdw11_bits.create_io_cq.pc = 1;
	return cmd;
}

static struct spdk_nvme_cmd
create_sq(uint16_t id, uint16_t cqid, uint32_t entries)
{
	struct spdk_nvme_cmd cmd = create_cq(id, entries);

	cmd.opc = SPDK_NVME_OPC_CREATE_IO_SQ;
	cmd.cdw11_bits.create_io_sq.cqid = cqid;
	return cmd;
}

static struct spdk_nvme_cmd
delete_queue(uint8_t opc, uint16_t id)
{
	return (struct spdk_nvme_cmd){.opc = opc, .cdw10 = id};
}

static void
queues_are_refused_with_the_reason(void **state)
{
	struct spdk_nvme_cmd cmd;

	g_opts.queue_entries_max = 16;
	open_ready();
	assert_int_equal(raw_run_status(&g_host, 0, create_cq(2, 17)),
			 SPECIFIC(INVALID_QUEUE_SIZE));
	assert_int_equal(raw_run_status(&g_host, 0, create_cq(2, 1)), SPECIFIC(INVALID_QUEUE_SIZE));
	assert_int_equal(raw_run_status(&g_host, 0, create_cq(1, 8)),
			 SPECIFIC(INVALID_QUEUE_IDENTIFIER));
	assert_int_equal(raw_run_status(&g_host, 0, create_cq(0, 8)),
			 SPECIFIC(INVALID_QUEUE_IDENTIFIER));
	assert_int_equal(raw_run_status(&g_host, 0, create_cq(9, 8)),
			 SPECIFIC(INVALID_QUEUE_IDENTIFIER));
	assert_int_equal(raw_run_status(&g_host, 0, create_sq(2, 2, 8)),
			 SPECIFIC(COMPLETION_QUEUE_INVALID));
	assert_int_equal(raw_run_status(&g_host, 0, create_sq(1, 1, 8)),
			 SPECIFIC(INVALID_QUEUE_IDENTIFIER));
	cmd = create_cq(2, 8);
	cmd.cdw11_bits.create_io_cq.pc = 0;
	assert_int_equal(raw_run_status(&g_host, 0, cmd), GENERIC(INVALID_FIELD));
	cmd = create_cq(2, 8);
	cmd.cdw11_bits.create_io_cq.ien = 1;
	cmd.cdw11_bits.create_io_cq.iv = 1;
	assert_int_equal(raw_run_status(&g_host, 0, cmd), SPECIFIC(INVALID_INTERRUPT_VECTOR));
	cmd = create_cq(2, 8);
	cmd.dptr.prp.prp1 += 64;
	assert_int_equal(raw_run_status(&g_host, 0, cmd), GENERIC(INVALID_PRP_OFFSET));
	raw_expect_violation(&g_host, "it lies at");
}

static void
queues_are_deleted_in_order(void **state)
{
	open_ready();
	assert_int_equal(raw_run_status(&g_host, 0, delete_queue(SPDK_NVME_OPC_DELETE_IO_CQ, 1)),
			 SPECIFIC(INVALID_QUEUE_DELETION));
	assert_int_equal(raw_run_status(&g_host, 0, delete_queue(SPDK_NVME_OPC_DELETE_IO_SQ, 2)),
			 SPECIFIC(INVALID_QUEUE_IDENTIFIER));
	assert_int_equal(raw_run_status(&g_host, 0, delete_queue(SPDK_NVME_OPC_DELETE_IO_SQ, 1)),
			 0);
	assert_int_equal(raw_run_status(&g_host, 0, delete_queue(SPDK_NVME_OPC_DELETE_IO_CQ, 1)),
			 0);
	assert_int_equal(raw_run_status(&g_host, 0, delete_queue(SPDK_NVME_OPC_DELETE_IO_CQ, 1)),
			 SPECIFIC(INVALID_QUEUE_IDENTIFIER));
	raw_create_queues(&g_host, 1, ENTRIES);
	assert_int_equal(raw_run_status(&g_host, 1, read_block(0)), 0);
}

static void
fewer_queues_than_asked_are_granted(void **state)
{
	struct spdk_nvme_cmd cmd = {.opc = SPDK_NVME_OPC_SET_FEATURES,
				    .cdw10 = SPDK_NVME_FEAT_NUMBER_OF_QUEUES,
				    .cdw11 = 0x001f001f};
	struct spdk_nvme_cpl cpl;

	g_opts.io_queues = 2;
	raw_open(&g_host, &g_opts);
	raw_enable(&g_host, 32);
	cpl = raw_run(&g_host, 0, cmd);
	assert_int_equal(raw_status(&cpl), 0);
	assert_int_equal(cpl.cdw0, 0x00010001);
	assert_int_equal(raw_run_status(&g_host, 0, create_cq(3, 8)),
			 SPECIFIC(INVALID_QUEUE_IDENTIFIER));
	assert_int_equal(raw_run_status(&g_host, 0, create_cq(2, 8)), 0);
	/* Once there are queues, the number stays. */
	assert_int_equal(raw_run_status(&g_host, 0, cmd), GENERIC(COMMAND_SEQUENCE_ERROR));
	raw_expect_violation(&g_host, "while there are I/O queues");
}

static void
config_shadows(uint8_t **out_shadow, uint8_t **out_index)
{
	struct spdk_nvme_cmd cmd = {.opc = SPDK_NVME_OPC_DOORBELL_BUFFER_CONFIG};

	*out_shadow = raw_memory(PAGE);
	*out_index = raw_memory(PAGE);
	cmd.dptr.prp.prp1 = (uintptr_t)*out_shadow;
	cmd.dptr.prp.prp2 = (uintptr_t)*out_index;
	assert_int_equal(raw_run_status(&g_host, 0, cmd), 0);
}

/* One that is awake needs no doorbells; one that sleeps waits for them, and says from when on. */
static void
shadow_doorbells_are_read(void **state)
{
	uint32_t *tail, *index;
	uint8_t *shadow, *indexes;
	struct spdk_nvme_cpl cpl;
	struct spdk_nvme_cmd cmd;

	g_opts.has_shadow_doorbells = true;
	g_opts.shadow_sleeps = *state != NULL;
	open_ready();
	config_shadows(&shadow, &indexes);
	tail = (uint32_t *)(shadow + 8);
	index = (uint32_t *)(indexes + 8);
	fake_settle(g_host.fake, RAW_STEPS_MAX);
	cmd = read_block(3);
	raw_put(&g_host, 1, &cmd);
	*tail = 1;
	fake_settle(g_host.fake, RAW_STEPS_MAX);
	if (g_opts.shadow_sleeps) {
		assert_int_equal(*index, 0);
		assert_false(raw_take(&g_host, 1, &cpl));
		*raw_sq_doorbell(&g_host, 1) = 1;
		fake_settle(g_host.fake, RAW_STEPS_MAX);
		assert_int_equal(*index, 1);
	}
	assert_true(raw_take(&g_host, 1, &cpl));
	assert_int_equal(raw_status(&cpl), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(registers_tell_what_was_asked_for, setup, teardown),
		cmocka_unit_test_setup_teardown(shutdown_is_told_of, setup, teardown),
		cmocka_unit_test_setup_teardown(commands_before_a_shutdown_are_taken, setup,
						teardown),
		cmocka_unit_test_setup_teardown(reset_forgets_queues_and_commands, setup, teardown),
		cmocka_unit_test_setup_teardown(registers_are_judged, setup, teardown),
		cmocka_unit_test_setup_teardown(enabling_is_judged, setup, teardown),
		cmocka_unit_test_setup_teardown(doorbells_are_judged, setup, teardown),
		cmocka_unit_test_setup_teardown(doorbells_of_a_disabled_controller_tell_it_nothing,
						setup, teardown),
		cmocka_unit_test_setup_teardown(overrun_of_a_submission_queue_is_judged, setup,
						teardown),
		cmocka_unit_test_setup_teardown(identifiers_in_flight_are_judged, setup, teardown),
		cmocka_unit_test_setup_teardown(completions_wait_for_room, setup, teardown),
		cmocka_unit_test_setup_teardown(commands_complete_out_of_order, setup, teardown),
		cmocka_unit_test_setup_teardown(queues_are_refused_with_the_reason, setup,
						teardown),
		cmocka_unit_test_setup_teardown(queues_are_deleted_in_order, setup, teardown),
		cmocka_unit_test_setup_teardown(fewer_queues_than_asked_are_granted, setup,
						teardown),
		cmocka_unit_test_setup_teardown(shadow_doorbells_are_read, setup, teardown),
		{"shadow_doorbells_that_sleep_are_rung", shadow_doorbells_are_read, setup, teardown,
		 (void *)1},
	};

	return cmocka_run_group_tests(tests, raw_setup_env, raw_teardown_env);
}
