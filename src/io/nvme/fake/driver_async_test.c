/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Queue pairs in async_mode, which are on their way while the controller is reset or fails: what
 * has begun ends, and takes no other queue pair along.
 */
#include "io/nvme/fake/driver_fixture.h"
#include "spdk/env.h"
#include "spdk/util.h"

#include <setjmp.h>

#include <cmocka.h>

#define PAGE      4096
#define READS     4
#define POLLS_MAX 5000
/* Less than admin commands may take. */
#define RESET_US_MAX 400000

static struct driver_host g_host;
static struct spdk_nvme_poll_group *g_group;
static struct spdk_nvme_qpair *g_async;
/* One that has nothing to do with it. */
static struct spdk_nvme_qpair *g_other;
static struct driver_done g_done[READS];
static uint32_t g_disconnected;
static uint8_t *g_buffer;

static void
note_disconnected(struct spdk_nvme_qpair *qpair, void *ctx)
{
	assert_ptr_equal(qpair, g_async);
	g_disconnected++;
}

static int
setup(void **state)
{
	struct spdk_nvme_io_qpair_opts opts;
	struct fake_opts fake_opts;

	memset(g_done, 0, sizeof(g_done));
	fake_opts_init(&fake_opts);
	driver_open(&g_host, &fake_opts);
	g_buffer = spdk_dma_zmalloc(PAGE, PAGE, NULL);
	g_other = spdk_nvme_ctrlr_alloc_io_qpair(g_host.ctrlr, NULL, 0);
	assert_non_null(g_other);
	spdk_nvme_ctrlr_get_default_io_qpair_opts(g_host.ctrlr, &opts, sizeof(opts));
	opts.async_mode = true;
	opts.create_only = true;
	g_async = spdk_nvme_ctrlr_alloc_io_qpair(g_host.ctrlr, &opts, sizeof(opts));
	assert_non_null(g_async);
	g_group = spdk_nvme_poll_group_create(NULL, NULL);
	assert_non_null(g_group);
	assert_int_equal(spdk_nvme_poll_group_add(g_group, g_async), 0);
	return 0;
}

static int
teardown(void **state)
{
	assert_int_equal(spdk_nvme_ctrlr_free_io_qpair(g_async), 0);
	assert_int_equal(spdk_nvme_ctrlr_free_io_qpair(g_other), 0);
	assert_int_equal(spdk_nvme_poll_group_destroy(g_group), 0);
	driver_close(&g_host);
	spdk_dma_free(g_buffer);
	return 0;
}

static void
never_complete(enum fake_fault_where where, uint16_t opcode, uint32_t count)
{
	const struct fake_fault fault = {
		.kind = FAKE_FAULT_NEVER, .where = where, .opcode = opcode, .count = count};

	fake_plant(g_host.fake, &fault);
}

/* Nobody polls the admin queue but who has to. */
static void
poll_group(void)
{
	(void)spdk_get_ticks(); /* For the step. */
	assert_true(spdk_nvme_poll_group_process_completions(g_group, 0, note_disconnected) >= 0);
}

static void
poll_until_connected(void)
{
	for (uint32_t i = 0; i < POLLS_MAX && !spdk_nvme_qpair_is_connected(g_async); i++) {
		poll_group();
	}
	assert_true(spdk_nvme_qpair_is_connected(g_async));
}

static void
connect_async(void)
{
	assert_int_equal(spdk_nvme_ctrlr_connect_io_qpair(g_host.ctrlr, g_async), 0);
	assert_false(spdk_nvme_qpair_is_connected(g_async));
}

static void
submit_read(struct spdk_nvme_qpair *qpair, struct driver_done *done)
{
	struct spdk_nvme_ns *ns = spdk_nvme_ctrlr_get_ns(g_host.ctrlr, 1);

	memset(done, 0, sizeof(*done));
	assert_int_equal(spdk_nvme_ns_cmd_read(ns, qpair, g_buffer, 0, 1, driver_done, done, 0), 0);
}

static void
read_works(struct spdk_nvme_qpair *qpair)
{
	submit_read(qpair, &g_done[0]);
	driver_expect(&g_host, qpair, &g_done[0], 0);
}

/* It has reads, and deleting its queue never ends. */
static void
begin_to_disconnect(void)
{
	connect_async();
	poll_until_connected();
	never_complete(FAKE_AT_IO_COMMAND, SPDK_NVME_OPC_READ, READS);
	never_complete(FAKE_AT_ADMIN_COMMAND, SPDK_NVME_OPC_DELETE_IO_SQ, 1);
	for (uint32_t i = 0; i < READS; i++) {
		submit_read(g_async, &g_done[i]);
	}
	poll_group();
	spdk_nvme_ctrlr_disconnect_io_qpair(g_async);
	poll_group();
	g_disconnected = 0;
	assert_int_equal(g_done[0].count, 0);
}

static void
expect_aborted(void)
{
	for (uint32_t i = 0; i < READS; i++) {
		assert_int_equal(g_done[i].count, 1);
		assert_int_equal(g_done[i].cpl.status.sc, SPDK_NVME_SC_ABORTED_SQ_DELETION);
	}
}

static void
a_reset_ends_a_disconnect_that_is_under_way(void **state)
{
	begin_to_disconnect();
	assert_int_equal(spdk_nvme_ctrlr_reset(g_host.ctrlr), 0);
	expect_aborted();
	/* It was the program that did not want it any more. */
	assert_int_equal(spdk_nvme_qpair_get_failure_reason(g_async),
			 SPDK_NVME_QPAIR_FAILURE_LOCAL);
	for (uint32_t i = 0; i < 20; i++) {
		poll_group();
	}
	assert_true(g_disconnected > 0);
	assert_false(spdk_nvme_ctrlr_is_failed(g_host.ctrlr));
	read_works(g_other);
	connect_async();
	poll_until_connected();
	read_works(g_async);
}

static void
a_reset_does_not_wait_for_a_queue_that_is_being_created(void **state)
{
	uint64_t begin;

	never_complete(FAKE_AT_ADMIN_COMMAND, SPDK_NVME_OPC_CREATE_IO_CQ, 1);
	connect_async();
	poll_group();
	begin = virtual_clock_us();
	assert_int_equal(spdk_nvme_ctrlr_reset(g_host.ctrlr), 0);
	assert_true(virtual_clock_us() - begin < RESET_US_MAX);
	/* The reset connects it again. */
	poll_until_connected();
	read_works(g_async);
	read_works(g_other);
}

static void
expect_end(void)
{
	for (uint32_t i = 0; i < POLLS_MAX && g_disconnected == 0; i++) {
		poll_group();
	}
	assert_true(g_disconnected > 0);
	expect_aborted();
	assert_true(spdk_nvme_ctrlr_is_failed(g_host.ctrlr));
}

static void
a_disconnect_ends_when_the_controller_is_failed(void **state)
{
	begin_to_disconnect();
	spdk_nvme_ctrlr_fail(g_host.ctrlr);
	expect_end();
	assert_int_equal(spdk_nvme_ctrlr_reset(g_host.ctrlr), 0);
	read_works(g_other);
}

static void
end_with(enum fake_fault_kind kind)
{
	const struct fake_fault fault = {.kind = kind, .where = FAKE_AT_STEP, .count = 1};

	begin_to_disconnect();
	fake_plant(g_host.fake, &fault);
	expect_end();
}

static void
a_disconnect_ends_with_a_fatal_error(void **state)
{
	end_with(FAKE_FAULT_FATAL);
	assert_int_equal(spdk_nvme_ctrlr_reset(g_host.ctrlr), 0);
	read_works(g_other);
}

static void
a_disconnect_ends_when_the_device_is_pulled_out(void **state)
{
	end_with(FAKE_FAULT_REMOVE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_reset_ends_a_disconnect_that_is_under_way),
		TEST(a_reset_does_not_wait_for_a_queue_that_is_being_created),
		TEST(a_disconnect_ends_when_the_controller_is_failed),
		TEST(a_disconnect_ends_with_a_fatal_error),
		TEST(a_disconnect_ends_when_the_device_is_pulled_out),
	};

	return cmocka_run_group_tests(tests, driver_setup_env, driver_teardown_env);
}
