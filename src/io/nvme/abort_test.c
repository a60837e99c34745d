/* SPDX-License-Identifier: BSD-3-Clause */
/* Aborting the commands of a queue pair by their argument: those it has handed in, and those that
 * wait. */
#include "io/nvme/io_fixture.h"

#define PAGE    4096
#define ENTRIES 16
#define MANY    64

#define FOREVER_US 3600000000

static struct io_host g_host;
static struct ctrlr_result g_result, g_results[MANY];
static uint8_t *g_buffer;

static void
open_held(void)
{
	g_buffer = io_memory(MANY * PAGE);
	memset(&g_result, 0, sizeof(g_result));
	memset(g_results, 0, sizeof(g_results));
	io_open_small(&g_host, NULL, ENTRIES);
	io_hold_reads(&g_host);
}

static void
close_all(void)
{
	io_close(&g_host);
	spdk_free(g_buffer);
}

/* More than one command can carry. */
static int
read_in_two(struct ctrlr_result *result)
{
	return spdk_nvme_ns_cmd_read(g_host.ns, g_host.qpair, g_buffer, 0, MANY * PAGE / 512,
				     ctrlr_done, result, 0);
}

static int
abort_with(const struct ctrlr_result *wanted, struct ctrlr_result *result)
{
	return spdk_nvme_ctrlr_cmd_abort_ext(g_host.ctrlr, g_host.qpair, (void *)wanted, ctrlr_done,
					     result);
}

static void
turn_with_admin(uint32_t times)
{
	for (uint32_t i = 0; i < times; i++) {
		io_turn(&g_host, 1);
		assert_true(spdk_nvme_ctrlr_process_admin_completions(g_host.ctrlr) >= 0);
	}
}

static uint64_t
aborts(void)
{
	struct fake_stats stats;

	fake_get_stats(g_host.fake, &stats);
	return stats.aborts;
}

static void
release_reads(void)
{
	fake_clear_faults(g_host.fake);
	fake_release(g_host.fake);
	turn_with_admin(20);
}

static void
io_is_aborted_by_its_argument(void **state)
{
	struct ctrlr_result other = {0}, aborted = {0};

	open_held();
	assert_int_equal(io_read_block(&g_host, g_buffer, &other), 0);
	/* Two commands, which are one for the application. */
	assert_int_equal(read_in_two(&g_result), 0);
	turn_with_admin(2);
	assert_int_equal(abort_with(&aborted, &aborted), -ENOENT);
	assert_int_equal(abort_with(&g_result, &aborted), 0);
	turn_with_admin(5);
	assert_int_equal(aborted.count, 1);
	assert_true(spdk_nvme_cpl_is_abort_success(&aborted.cpl));
	assert_int_equal(aborts(), 2);
	assert_int_equal(g_result.count, 1);
	assert_true(spdk_nvme_cpl_is_aborted_by_request(&g_result.cpl));
	assert_int_equal(other.count, 0);
	release_reads();
	assert_int_equal(other.count, 1);
	close_all();
}

/* What waits on our side ends at once, and the controller has nothing to do with it. */
static void
expect_aborted_at_once(void)
{
	struct ctrlr_result aborted = {0};

	assert_int_equal(g_result.count, 0);
	assert_int_equal(abort_with(&g_result, &aborted), 0);
	assert_int_equal(g_result.count, 1);
	assert_true(spdk_nvme_cpl_is_aborted_by_request(&g_result.cpl));
	turn_with_admin(1);
	assert_int_equal(aborted.count, 1);
	assert_true(spdk_nvme_cpl_is_abort_success(&aborted.cpl));
	assert_int_equal(aborts(), 0);
}

/* As one that is to be tried again after a while does. */
static void
io_that_waits_for_its_time_is_aborted_at_once(void **state)
{
	open_held();
	assert_int_equal(spdk_nvme_qpair_add_cmd_error_injection(
				 g_host.ctrlr, g_host.qpair, SPDK_NVME_OPC_READ, true, FOREVER_US,
				 1, SPDK_NVME_SCT_GENERIC, SPDK_NVME_SC_INTERNAL_DEVICE_ERROR),
			 0);
	assert_int_equal(io_read_block(&g_host, g_buffer, &g_result), 0);
	turn_with_admin(2);
	expect_aborted_at_once();
	close_all();
}

/* The first abort that fails is what the application is told of, not the last of all. */
static void
an_abort_that_fails_is_told_of(void **state)
{
	struct fake_fault fault = {
		.kind = FAKE_FAULT_STATUS,
		.where = FAKE_AT_ADMIN_COMMAND,
		.opcode = SPDK_NVME_OPC_ABORT,
		.skip = 1,
		.count = 1,
		.status = {.sct = SPDK_NVME_SCT_COMMAND_SPECIFIC,
			   .sc = SPDK_NVME_SC_ABORT_COMMAND_LIMIT_EXCEEDED,
			   .dnr = 1},
	};
	struct ctrlr_result aborted = {0};

	open_held();
	for (uint32_t i = 0; i < 3; i++) {
		assert_int_equal(io_read_block(&g_host, g_buffer, &g_result), 0);
	}
	turn_with_admin(2);
	fake_plant(g_host.fake, &fault);
	assert_int_equal(abort_with(&g_result, &aborted), 0);
	turn_with_admin(5);
	assert_int_equal(aborted.count, 1);
	assert_int_equal(aborted.cpl.status.sc, SPDK_NVME_SC_ABORT_COMMAND_LIMIT_EXCEEDED);
	assert_int_equal(g_result.count, 2);
	release_reads();
	assert_int_equal(g_result.count, 3);
	close_all();
}

static void *
try_lock(void *arg)
{
	int rc = pthread_mutex_trylock(&g_host.ctrlr->lock);

	if (rc == 0) {
		pthread_mutex_unlock(&g_host.ctrlr->lock);
	}
	return rc == 0 ? NULL : arg;
}

static void
free_without_the_lock(void *arg, const struct spdk_nvme_cpl *cpl)
{
	struct ctrlr_result *result = arg;
	void *is_locked = NULL;
	pthread_t thread;

	ctrlr_done(arg, cpl);
	assert_int_equal(pthread_create(&thread, NULL, try_lock, arg), 0);
	assert_int_equal(pthread_join(thread, &is_locked), 0);
	assert_null(is_locked);
	if (result->count == 1) {
		assert_int_equal(spdk_nvme_ctrlr_free_io_qpair(g_host.qpair), 0);
	}
}

/* They end within the call, which asks the controller for nothing. */
static void
io_that_waits_is_aborted_at_once(void **state)
{
	open_held();
	for (uint32_t i = 0; i < MANY; i++) {
		assert_int_equal(io_read_block(&g_host, g_buffer, &g_results[i]), 0);
	}
	assert_int_equal(read_in_two(&g_result), 0);
	turn_with_admin(2);
	expect_aborted_at_once();
	release_reads();
	for (uint32_t i = 0; i < MANY; i++) {
		assert_int_equal(g_results[i].count, 1);
	}
	close_all();
}

static void
a_callback_of_an_abort_may_free_the_queue_pair(void **state)
{
	open_held();
	for (uint32_t i = 0; i < ENTRIES; i++) {
		assert_int_equal(io_read_block(&g_host, g_buffer, &g_results[i]), 0);
	}
	for (uint32_t i = 0; i < 3; i++) {
		assert_int_equal(spdk_nvme_ns_cmd_read(g_host.ns, g_host.qpair, g_buffer, 0, 1,
						       free_without_the_lock, &g_result, 0),
				 0);
	}
	fake_start(g_host.fake);
	assert_int_equal(
		spdk_nvme_ctrlr_cmd_abort_ext(g_host.ctrlr, g_host.qpair, &g_result, NULL, NULL),
		0);
	fake_stop(g_host.fake);
	g_host.qpair = NULL;
	assert_int_equal(g_result.count, 3);
	for (uint32_t i = 0; i < ENTRIES; i++) {
		assert_int_equal(g_results[i].count, 1);
	}
	close_all();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(io_is_aborted_by_its_argument),
		cmocka_unit_test(io_that_waits_for_its_time_is_aborted_at_once),
		cmocka_unit_test(an_abort_that_fails_is_told_of),
		cmocka_unit_test(io_that_waits_is_aborted_at_once),
		cmocka_unit_test(a_callback_of_an_abort_may_free_the_queue_pair),
	};

	return cmocka_run_group_tests(tests, ctrlr_setup_env, ctrlr_teardown_env);
}
