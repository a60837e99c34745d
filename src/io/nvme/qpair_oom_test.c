/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Whichever allocation fails: there is no queue pair, or no group, nothing leaks, and the next
 * attempt works. Where all memory is gone, commands still go and come back.
 */
#include "base/failing_malloc.h"
#include "io/nvme/io_fixture.h"

#define SWEEP_MAX 200

#ifndef HAS_OWN_ALLOCATOR

static struct io_host g_host;

static void
queue_pairs_fail_without_a_trace(void **state)
{
	struct spdk_nvme_qpair *qpair = NULL;
	long nth, live;

	io_open(&g_host, NULL, NULL);
	fake_start(g_host.fake);
	log_capture_start();
	for (nth = 0; nth < SWEEP_MAX; nth++) {
		live = t_live;
		g_failures = 0;
		t_allocations_left = nth;
		qpair = spdk_nvme_ctrlr_alloc_io_qpair(g_host.ctrlr, NULL, 0);
		t_allocations_left = -1;
		if (g_failures == 0) {
			break;
		}
		assert_null(qpair);
		assert_int_equal(t_live, live);
	}
	log_capture_stop();
	/* Requests, trackers, free slots, addresses of lists, the struct itself. */
	assert_true(nth >= 5 && nth < SWEEP_MAX);
	assert_non_null(qpair);
	assert_int_equal(spdk_nvme_ctrlr_free_io_qpair(qpair), 0);
	fake_stop(g_host.fake);
	io_close(&g_host);
}

static bool
use_group(struct spdk_nvme_qpair *qpair)
{
	struct spdk_nvme_poll_group *group = spdk_nvme_poll_group_create(NULL, NULL);
	struct spdk_nvme_poll_group_stat *stat;
	bool is_whole;

	if (group == NULL) {
		return false;
	}
	is_whole = spdk_nvme_poll_group_add(group, qpair) == 0;
	if (spdk_nvme_poll_group_get_stats(group, &stat) == 0) {
		spdk_nvme_poll_group_free_stats(group, stat);
	} else {
		is_whole = false;
	}
	if (qpair->poll_group != NULL) {
		assert_int_equal(spdk_nvme_poll_group_remove(group, qpair), 0);
	}
	assert_int_equal(spdk_nvme_poll_group_destroy(group), 0);
	return is_whole;
}

static void
groups_fail_without_a_trace(void **state)
{
	bool is_whole = false;
	long nth, live;

	io_open(&g_host, NULL, NULL);
	fake_start(g_host.fake);
	spdk_nvme_ctrlr_disconnect_io_qpair(g_host.qpair);
	fake_stop(g_host.fake);
	log_capture_start();
	for (nth = 0; nth < SWEEP_MAX; nth++) {
		live = t_live;
		g_failures = 0;
		t_allocations_left = nth;
		is_whole = use_group(g_host.qpair);
		t_allocations_left = -1;
		assert_int_equal(t_live, live);
		if (g_failures == 0) {
			break;
		}
		assert_false(is_whole);
	}
	log_capture_stop();
	assert_true(is_whole && nth >= 5 && nth < SWEEP_MAX);
	io_close(&g_host);
}

static void
hold_three_reads(struct ctrlr_result *result, void *buffer)
{
	io_hold_reads(&g_host);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(spdk_nvme_ns_cmd_read(g_host.ns, g_host.qpair, buffer, 0, 8,
						       ctrlr_done, result, 0),
				 0);
	}
	io_turn(&g_host, 2);
}

/* Three commands of one argument, of which some abort may lack memory; < 0: none does. */
static int
abort_three(long allocations, void *buffer, struct ctrlr_result *aborted)
{
	struct ctrlr_result result = {0};
	int rc;

	memset(aborted, 0, sizeof(*aborted));
	hold_three_reads(&result, buffer);
	g_failures = 0;
	t_allocations_left = allocations;
	rc = spdk_nvme_ctrlr_cmd_abort_ext(g_host.ctrlr, g_host.qpair, &result, ctrlr_done,
					   aborted);
	t_allocations_left = -1;
	for (int i = 0; i < 5; i++) {
		fake_step(g_host.fake);
		assert_true(spdk_nvme_ctrlr_process_admin_completions(g_host.ctrlr) >= 0);
	}
	fake_clear_faults(g_host.fake);
	fake_release(g_host.fake);
	io_turn(&g_host, 5);
	assert_int_equal(result.count, 3);
	assert_int_equal(aborted->count, rc == 0);
	return rc;
}

/* What could not be asked for is an error, or told of when the others are over. */
static void
aborts_that_lack_memory_are_told_of(void **state)
{
	void *buffer = io_memory(4096);
	struct ctrlr_result aborted;
	long nth, live, partial = 0;
	int rc;

	io_open(&g_host, NULL, NULL);
	/* The fake keeps what it has allocated for later commands. */
	assert_int_equal(abort_three(-1, buffer, &aborted), 0);
	for (nth = 0; nth < SWEEP_MAX; nth++) {
		live = t_live;
		rc = abort_three(nth, buffer, &aborted);
		assert_int_equal(t_live, live);
		if (g_failures == 0) {
			break;
		}
		assert_true(rc == 0 || rc == -ENOMEM);
		assert_true(rc != 0 || !spdk_nvme_cpl_is_abort_success(&aborted.cpl));
		partial += rc == 0;
	}
	/* Those of the call itself, and of the first of its aborts, fail it. */
	assert_int_equal(partial, 2);
	assert_int_equal(rc, 0);
	assert_true(spdk_nvme_cpl_is_abort_success(&aborted.cpl));
	io_close(&g_host);
	spdk_free(buffer);
}

static void
commands_need_no_memory(void **state)
{
	struct ctrlr_result result = {0};
	void *buffer = io_memory(4096);

	io_open(&g_host, NULL, NULL);
	g_failures = 0;
	t_allocations_left = 0;
	g_are_all_failing = true;
	for (uint32_t i = 0; i < 50; i++) {
		assert_int_equal(spdk_nvme_ns_cmd_read(g_host.ns, g_host.qpair, buffer, 0, 8,
						       ctrlr_done, &result, 0),
				 0);
	}
	for (uint32_t i = 0; i < 10; i++) {
		t_allocations_left = -1;
		fake_step(g_host.fake);
		t_allocations_left = 0;
		spdk_nvme_qpair_process_completions(g_host.qpair, 0);
	}
	t_allocations_left = -1;
	g_are_all_failing = false;
	assert_int_equal(g_failures, 0);
	assert_int_equal(result.count, 50);
	io_close(&g_host);
	spdk_free(buffer);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(queue_pairs_fail_without_a_trace),
		cmocka_unit_test(groups_fail_without_a_trace),
		cmocka_unit_test(aborts_that_lack_memory_are_told_of),
		cmocka_unit_test(commands_need_no_memory),
	};

	return cmocka_run_group_tests(tests, ctrlr_setup_env, ctrlr_teardown_env);
}

#else

int
main(void)
{
	/* A sanitizer has replaced the allocator already. */
	return 77;
}

#endif
