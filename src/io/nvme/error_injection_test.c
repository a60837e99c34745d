/* SPDX-License-Identifier: BSD-3-Clause */
/* Errors that applications have put in the place of answers: which commands get them, how often,
 * when, and whether the controller has the command. */
#include "io/nvme/io_fixture.h"

#define PAGE    4096
#define ENTRIES 16

static struct io_host g_host;
static struct ctrlr_result g_result;
static uint8_t *g_buffer;

static void
open_all(void)
{
	g_buffer = io_memory(PAGE);
	memset(&g_result, 0, sizeof(g_result));
	io_open(&g_host, NULL, NULL);
	log_capture_start();
}

static void
close_all(void)
{
	log_capture_stop();
	io_close(&g_host);
	spdk_free(g_buffer);
}

static void
inject(uint8_t opc, bool do_not_submit, uint64_t timeout_us, uint32_t count, uint8_t sc)
{
	assert_int_equal(spdk_nvme_qpair_add_cmd_error_injection(g_host.ctrlr, g_host.qpair, opc,
								 do_not_submit, timeout_us, count,
								 SPDK_NVME_SCT_MEDIA_ERROR, sc),
			 0);
}

static void
read_one(void)
{
	assert_int_equal(spdk_nvme_ns_cmd_read(g_host.ns, g_host.qpair, g_buffer, 0, 1, ctrlr_done,
					       &g_result, 0),
			 0);
	/* Never from within the call. */
	assert_int_equal(g_result.count, 0);
}

static void
write_one(void)
{
	assert_int_equal(spdk_nvme_ns_cmd_write(g_host.ns, g_host.qpair, g_buffer, 0, 1, ctrlr_done,
						&g_result, 0),
			 0);
}

/* What is put off by milliseconds takes more turns than io_expect() has. */
static void
turn_until_done(void)
{
	uint64_t deadline = spdk_get_ticks() + 10 * spdk_get_ticks_hz();

	while (g_result.count == 0 && spdk_get_ticks() < deadline) {
		io_turn(&g_host, 1);
	}
}

static void
they_come_as_often_as_asked_for(void **state)
{
	open_all();
	inject(SPDK_NVME_OPC_READ, true, 0, 2, SPDK_NVME_SC_ACCESS_DENIED);
	for (uint32_t i = 0; i < 2; i++) {
		read_one();
		io_expect(&g_host, &g_result, SPDK_NVME_SCT_MEDIA_ERROR,
			  SPDK_NVME_SC_ACCESS_DENIED);
		/* Other opcodes are not meant. */
		write_one();
		io_expect(&g_host, &g_result, 0, 0);
	}
	assert_int_equal(io_commands(&g_host, SPDK_NVME_OPC_READ), 0);
	read_one();
	io_expect(&g_host, &g_result, 0, 0);
	assert_int_equal(io_commands(&g_host, SPDK_NVME_OPC_READ), 1);
	close_all();
}

static void
the_controller_has_what_is_submitted(void **state)
{
	open_all();
	inject(SPDK_NVME_OPC_READ, false, 0, 1, SPDK_NVME_SC_WRITE_FAULTS);
	read_one();
	io_expect(&g_host, &g_result, SPDK_NVME_SCT_MEDIA_ERROR, SPDK_NVME_SC_WRITE_FAULTS);
	assert_int_equal(io_commands(&g_host, SPDK_NVME_OPC_READ), 1);
	read_one();
	io_expect(&g_host, &g_result, 0, 0);
	close_all();
}

static void
the_newest_of_an_opcode_counts(void **state)
{
	open_all();
	inject(SPDK_NVME_OPC_READ, true, 0, 100, SPDK_NVME_SC_ACCESS_DENIED);
	inject(SPDK_NVME_OPC_READ, false, 0, 1, SPDK_NVME_SC_GUARD_CHECK_ERROR);
	read_one();
	io_expect(&g_host, &g_result, SPDK_NVME_SCT_MEDIA_ERROR, SPDK_NVME_SC_GUARD_CHECK_ERROR);
	read_one();
	io_expect(&g_host, &g_result, 0, 0);
	assert_int_equal(io_commands(&g_host, SPDK_NVME_OPC_READ), 2);
	/* There are eight types. */
	assert_int_equal(spdk_nvme_qpair_add_cmd_error_injection(g_host.ctrlr, g_host.qpair,
								 SPDK_NVME_OPC_READ, true, 0, 1, 8,
								 SPDK_NVME_SC_ACCESS_DENIED),
			 -EINVAL);
	close_all();
}

static void
what_is_not_submitted_ends_in_its_time(void **state)
{
	uint64_t begin;

	open_all();
	inject(SPDK_NVME_OPC_READ, true, 30000, 1, SPDK_NVME_SC_ACCESS_DENIED);
	begin = spdk_get_ticks();
	read_one();
	/* The others do not wait for it. */
	write_one();
	io_expect(&g_host, &g_result, 0, 0);
	turn_until_done();
	io_expect(&g_host, &g_result, SPDK_NVME_SCT_MEDIA_ERROR, SPDK_NVME_SC_ACCESS_DENIED);
	assert_true(spdk_get_ticks() - begin >= spdk_get_ticks_hz() * 3 / 100);
	assert_int_equal(io_commands(&g_host, SPDK_NVME_OPC_READ), 0);
	close_all();
}

/* It waits to be tried again when the injection comes, and is not tried again after it. */
static void
a_retry_gets_them_too(void **state)
{
	struct fake_fault fault = {
		.kind = FAKE_FAULT_STATUS,
		.where = FAKE_AT_IO_COMMAND,
		.opcode = SPDK_NVME_OPC_READ,
		.count = 1,
		.status = {.sct = SPDK_NVME_SCT_GENERIC,
			   .sc = SPDK_NVME_SC_NAMESPACE_NOT_READY,
			   .crd = 1},
	};

	open_all();
	fake_plant(g_host.fake, &fault);
	read_one();
	while (io_commands(&g_host, SPDK_NVME_OPC_READ) == 0) {
		io_turn(&g_host, 1);
	}
	inject(SPDK_NVME_OPC_READ, true, 0, 1, SPDK_NVME_SC_ACCESS_DENIED);
	turn_until_done();
	io_expect(&g_host, &g_result, SPDK_NVME_SCT_MEDIA_ERROR, SPDK_NVME_SC_ACCESS_DENIED);
	assert_int_equal(io_commands(&g_host, SPDK_NVME_OPC_READ), 1);
	close_all();
}

/* However often it is tried to hand it in. */
static void
a_command_that_waits_for_room_takes_one(void **state)
{
	struct ctrlr_result others = {0};

	g_buffer = io_memory(PAGE);
	memset(&g_result, 0, sizeof(g_result));
	io_open_small(&g_host, NULL, ENTRIES);
	log_capture_start();
	for (uint32_t i = 0; i < ENTRIES - 1; i++) {
		assert_int_equal(spdk_nvme_ns_cmd_write(g_host.ns, g_host.qpair, g_buffer, 0, 1,
							ctrlr_done, &others, 0),
				 0);
	}
	inject(SPDK_NVME_OPC_READ, false, 0, 2, SPDK_NVME_SC_ACCESS_DENIED);
	read_one();
	for (uint32_t i = 0; i < 3; i++) {
		assert_int_equal(spdk_nvme_qpair_process_completions(g_host.qpair, 0), 0);
	}
	io_expect(&g_host, &g_result, SPDK_NVME_SCT_MEDIA_ERROR, SPDK_NVME_SC_ACCESS_DENIED);
	read_one();
	io_expect(&g_host, &g_result, SPDK_NVME_SCT_MEDIA_ERROR, SPDK_NVME_SC_ACCESS_DENIED);
	assert_int_equal(others.count, ENTRIES - 1);
	close_all();
}

static void
those_that_are_removed_do_not_come(void **state)
{
	open_all();
	inject(SPDK_NVME_OPC_READ, true, 0, 100, SPDK_NVME_SC_ACCESS_DENIED);
	inject(SPDK_NVME_OPC_WRITE, true, 0, 100, SPDK_NVME_SC_WRITE_FAULTS);
	spdk_nvme_qpair_remove_cmd_error_injection(g_host.ctrlr, g_host.qpair, SPDK_NVME_OPC_READ);
	/* There is none. */
	spdk_nvme_qpair_remove_cmd_error_injection(g_host.ctrlr, g_host.qpair, SPDK_NVME_OPC_READ);
	read_one();
	io_expect(&g_host, &g_result, 0, 0);
	write_one();
	io_expect(&g_host, &g_result, SPDK_NVME_SCT_MEDIA_ERROR, SPDK_NVME_SC_WRITE_FAULTS);
	spdk_nvme_qpair_remove_cmd_error_injection(g_host.ctrlr, g_host.qpair, SPDK_NVME_OPC_WRITE);
	write_one();
	io_expect(&g_host, &g_result, 0, 0);
	/* I/O takes the short way again. */
	assert_int_equal(g_host.qpair->chores, 0);
	close_all();
}

static void
get_feature(void)
{
	assert_int_equal(spdk_nvme_ctrlr_cmd_get_feature(g_host.ctrlr,
							 SPDK_NVME_FEAT_NUMBER_OF_QUEUES, 0, NULL,
							 0, ctrlr_done, &g_result),
			 0);
	for (uint32_t i = 0; i < 10 && g_result.count == 0; i++) {
		fake_step(g_host.fake);
		assert_true(spdk_nvme_ctrlr_process_admin_completions(g_host.ctrlr) >= 0);
	}
}

static void
admin_commands_get_those_of_no_queue_pair(void **state)
{
	open_all();
	assert_int_equal(spdk_nvme_qpair_add_cmd_error_injection(
				 g_host.ctrlr, NULL, SPDK_NVME_OPC_GET_FEATURES, true, 0, 1,
				 SPDK_NVME_SCT_MEDIA_ERROR, SPDK_NVME_SC_ACCESS_DENIED),
			 0);
	get_feature();
	io_expect(&g_host, &g_result, SPDK_NVME_SCT_MEDIA_ERROR, SPDK_NVME_SC_ACCESS_DENIED);
	get_feature();
	io_expect(&g_host, &g_result, 0, 0);
	spdk_nvme_qpair_remove_cmd_error_injection(g_host.ctrlr, NULL, SPDK_NVME_OPC_GET_FEATURES);
	assert_int_equal(g_host.ctrlr->adminq->chores, 0);
	close_all();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(they_come_as_often_as_asked_for),
		cmocka_unit_test(the_controller_has_what_is_submitted),
		cmocka_unit_test(the_newest_of_an_opcode_counts),
		cmocka_unit_test(what_is_not_submitted_ends_in_its_time),
		cmocka_unit_test(a_retry_gets_them_too),
		cmocka_unit_test(a_command_that_waits_for_room_takes_one),
		cmocka_unit_test(those_that_are_removed_do_not_come),
		cmocka_unit_test(admin_commands_get_those_of_no_queue_pair),
	};

	return cmocka_run_group_tests(tests, ctrlr_setup_env, ctrlr_teardown_env);
}
