/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Poll groups: which of their queue pairs they poll and tell of, whatever callbacks do to the
 * lists, and what wakes who waits for them.
 */
#include "io/nvme/io_fixture.h"
#include "spdk/fd_group.h"

#include <poll.h>

#define PAGE   4096
#define QPAIRS 3

static struct io_host g_host;
static struct ctrlr_result g_results[QPAIRS];
static struct spdk_nvme_qpair *g_qpairs[QPAIRS];
static struct spdk_nvme_poll_group *g_group;
static uint8_t *g_buffer;
/* What the group has told of. */
static uint32_t g_disconnected, g_wanted;

static void
note_disconnected(struct spdk_nvme_qpair *qpair, void *ctx)
{
	assert_ptr_equal(ctx, &g_disconnected);
	g_disconnected++;
}

static void
note_wanted(struct spdk_nvme_poll_group *group, void *ctx)
{
	assert_ptr_equal(ctx, &g_wanted);
	g_wanted++;
}

/* A group, and queue pairs that are in it and not connected. */
static void
open_apart(uint32_t vectors, bool is_async)
{
	struct spdk_nvme_io_qpair_opts opts;
	struct fake_opts fake_opts;

	g_buffer = io_memory(PAGE);
	memset(g_results, 0, sizeof(g_results));
	g_disconnected = 0;
	g_wanted = 0;
	fake_opts_init(&fake_opts);
	fake_opts.vectors = vectors;
	io_open(&g_host, &fake_opts, NULL);
	io_free_qpair(&g_host, g_host.qpair);
	g_host.qpair = NULL;
	g_group = spdk_nvme_poll_group_create(&g_disconnected, NULL);
	assert_non_null(g_group);
	spdk_nvme_ctrlr_get_default_io_qpair_opts(g_host.ctrlr, &opts, sizeof(opts));
	opts.create_only = true;
	opts.async_mode = is_async;
	for (uint32_t i = 0; i < QPAIRS; i++) {
		g_qpairs[i] = io_alloc_qpair(&g_host, &opts);
		assert_non_null(g_qpairs[i]);
		assert_int_equal(spdk_nvme_poll_group_add(g_group, g_qpairs[i]), 0);
	}
}

static void
connect_one(uint32_t i)
{
	fake_start(g_host.fake);
	assert_int_equal(spdk_nvme_ctrlr_connect_io_qpair(g_host.ctrlr, g_qpairs[i]), 0);
	fake_stop(g_host.fake);
}

static void
disconnect_one(uint32_t i)
{
	fake_start(g_host.fake);
	spdk_nvme_ctrlr_disconnect_io_qpair(g_qpairs[i]);
	fake_stop(g_host.fake);
}

static void
open_connected(uint32_t vectors)
{
	open_apart(vectors, false);
	for (uint32_t i = 0; i < QPAIRS; i++) {
		connect_one(i);
	}
}

/* A queue pair that is freed leaves its group. */
static void
close_all(void)
{
	assert_int_equal(spdk_nvme_poll_group_destroy(g_group), -EBUSY);
	for (uint32_t i = 0; i < QPAIRS; i++) {
		if (g_qpairs[i] != NULL) {
			io_free_qpair(&g_host, g_qpairs[i]);
		}
	}
	assert_int_equal(spdk_nvme_poll_group_destroy(g_group), 0);
	io_close(&g_host);
	spdk_free(g_buffer);
}

static void
read_with(uint32_t i, spdk_nvme_cmd_cb cb_fn)
{
	assert_int_equal(spdk_nvme_ns_cmd_read(g_host.ns, g_qpairs[i], g_buffer, 0, 1, cb_fn,
					       &g_results[i], 0),
			 0);
}

static int64_t
poll_group(void)
{
	return spdk_nvme_poll_group_process_completions(g_group, 0, note_disconnected);
}

static void
expect_results(uint32_t first, uint32_t second, uint32_t third)
{
	assert_int_equal(g_results[0].count, first);
	assert_int_equal(g_results[1].count, second);
	assert_int_equal(g_results[2].count, third);
}

static void
a_group_polls_those_that_are_connected(void **state)
{
	open_apart(0, false);
	assert_int_equal(poll_group(), 0);
	assert_int_equal(g_disconnected, 3);
	assert_int_equal(spdk_nvme_poll_group_all_connected(g_group), -EIO);
	connect_one(0);
	connect_one(1);
	assert_int_equal(spdk_nvme_poll_group_all_connected(g_group), -EIO);
	read_with(0, ctrlr_done);
	read_with(1, ctrlr_done);
	read_with(1, ctrlr_done);
	fake_step(g_host.fake);
	assert_int_equal(poll_group(), 3);
	expect_results(1, 2, 0);
	assert_int_equal(g_disconnected, 4);
	connect_one(2);
	assert_int_equal(spdk_nvme_poll_group_all_connected(g_group), 0);
	assert_int_equal(poll_group(), 0);
	assert_int_equal(g_disconnected, 4);
	assert_int_equal(spdk_nvme_poll_group_process_completions(g_group, 0, NULL), -EINVAL);
	close_all();
}

static void
what_is_on_its_way_is_not_connected(void **state)
{
	open_apart(0, true);
	for (uint32_t i = 0; i < QPAIRS; i++) {
		assert_int_equal(spdk_nvme_ctrlr_connect_io_qpair(g_host.ctrlr, g_qpairs[i]), 0);
	}
	assert_int_equal(spdk_nvme_poll_group_all_connected(g_group), -EAGAIN);
	for (uint32_t i = 0; i < 20; i++) {
		fake_step(g_host.fake);
		assert_int_equal(poll_group(), 0);
	}
	assert_int_equal(spdk_nvme_poll_group_all_connected(g_group), 0);
	assert_int_equal(g_disconnected, 0);
	/* It leaves by polls as well. */
	spdk_nvme_ctrlr_disconnect_io_qpair(g_qpairs[1]);
	assert_int_equal(spdk_nvme_poll_group_all_connected(g_group), -EIO);
	assert_int_equal(spdk_nvme_poll_group_remove(g_group, g_qpairs[1]), -EINVAL);
	for (uint32_t i = 0; i < 20 && g_disconnected == 0; i++) {
		fake_step(g_host.fake);
		assert_int_equal(poll_group(), 0);
	}
	assert_int_equal(g_disconnected, 1);
	close_all();
}

static void
only_what_is_apart_joins_and_leaves(void **state)
{
	struct spdk_nvme_poll_group *other = spdk_nvme_poll_group_create(&g_disconnected, NULL);

	open_connected(0);
	assert_ptr_equal(spdk_nvme_poll_group_get_ctx(g_group), &g_disconnected);
	assert_int_equal(spdk_nvme_poll_group_remove(g_group, g_qpairs[0]), -EINVAL);
	disconnect_one(0);
	assert_int_equal(spdk_nvme_poll_group_remove(other, g_qpairs[0]), -ENOENT);
	assert_int_equal(spdk_nvme_poll_group_add(other, g_qpairs[0]), -EINVAL);
	assert_int_equal(spdk_nvme_poll_group_remove(g_group, g_qpairs[0]), 0);
	assert_int_equal(poll_group(), 0);
	assert_int_equal(g_disconnected, 0);
	/* Connected, and in no group. */
	connect_one(0);
	assert_int_equal(spdk_nvme_poll_group_add(other, g_qpairs[0]), -EINVAL);
	disconnect_one(0);
	assert_int_equal(spdk_nvme_poll_group_add(other, g_qpairs[0]), 0);
	assert_int_equal(spdk_nvme_poll_group_process_completions(other, 0, note_disconnected), 0);
	assert_int_equal(g_disconnected, 1);
	io_free_qpair(&g_host, g_qpairs[0]);
	g_qpairs[0] = NULL;
	assert_int_equal(spdk_nvme_poll_group_destroy(other), 0);
	close_all();
}

static void
disconnect_next(void *arg, const struct spdk_nvme_cpl *cpl)
{
	ctrlr_done(arg, cpl);
	spdk_nvme_ctrlr_disconnect_io_qpair(g_qpairs[1]);
}

static void
free_next(void *arg, const struct spdk_nvme_cpl *cpl)
{
	ctrlr_done(arg, cpl);
	assert_int_equal(spdk_nvme_ctrlr_free_io_qpair(g_qpairs[1]), 0);
	g_qpairs[1] = NULL;
}

/* The walk goes past it, and to those behind it. */
static void
a_callback_may_take_out_the_next(void **state)
{
	open_connected(0);
	read_with(0, disconnect_next);
	read_with(1, ctrlr_done);
	read_with(2, ctrlr_done);
	fake_step(g_host.fake);
	fake_start(g_host.fake);
	assert_int_equal(poll_group(), 2);
	fake_stop(g_host.fake);
	expect_results(1, 1, 1);
	assert_int_equal(g_disconnected, 1);
	connect_one(1);
	/* Connected last, it is the last of the list. */
	read_with(0, ctrlr_done);
	read_with(1, ctrlr_done);
	read_with(2, free_next);
	fake_step(g_host.fake);
	fake_start(g_host.fake);
	assert_int_equal(poll_group(), 2);
	fake_stop(g_host.fake);
	expect_results(2, 2, 2);
	close_all();
}

static void
free_other(struct spdk_nvme_qpair *qpair, void *ctx)
{
	note_disconnected(qpair, ctx);
	if (g_qpairs[1] != NULL) {
		assert_int_equal(spdk_nvme_ctrlr_free_io_qpair(g_qpairs[1]), 0);
		g_qpairs[1] = NULL;
	}
}

static void
a_callback_may_free_what_is_apart(void **state)
{
	open_apart(0, false);
	assert_int_equal(spdk_nvme_poll_group_process_completions(g_group, 0, free_other), 0);
	/* The one in the middle went before its turn. */
	assert_int_equal(g_disconnected, 2);
	close_all();
}

static void
poll_again(void *arg, const struct spdk_nvme_cpl *cpl)
{
	ctrlr_done(arg, cpl);
	assert_int_equal(poll_group(), 0);
	assert_int_equal(spdk_nvme_poll_group_wait(g_group, note_disconnected), 0);
}

static void
a_poll_in_a_callback_leaves_the_rest_to_the_poll_outside(void **state)
{
	open_connected(0);
	for (uint32_t i = 0; i < QPAIRS; i++) {
		read_with(i, poll_again);
	}
	fake_step(g_host.fake);
	assert_int_equal(poll_group(), 3);
	expect_results(1, 1, 1);
	/* It is over, and the next one polls. */
	read_with(0, ctrlr_done);
	fake_step(g_host.fake);
	assert_int_equal(poll_group(), 1);
	close_all();
}

static void
statistics_are_those_of_all_that_were_in_the_group(void **state)
{
	struct spdk_nvme_poll_group_stat *stat;
	const struct spdk_nvme_pcie_stat *pcie;

	open_connected(0);
	read_with(0, ctrlr_done);
	read_with(1, ctrlr_done);
	read_with(1, ctrlr_done);
	fake_step(g_host.fake);
	assert_int_equal(poll_group(), 3);
	assert_int_equal(poll_group(), 0);
	io_free_qpair(&g_host, g_qpairs[1]);
	g_qpairs[1] = NULL;
	assert_int_equal(spdk_nvme_poll_group_get_stats(g_group, &stat), 0);
	assert_int_equal(stat->num_transports, 1);
	assert_int_equal(stat->transport_stat[0]->trtype, SPDK_NVME_TRANSPORT_PCIE);
	pcie = &stat->transport_stat[0]->pcie;
	assert_int_equal(pcie->completions, 3);
	assert_int_equal(pcie->submitted_requests, 3);
	assert_int_equal(pcie->sq_mmio_doorbell_updates, 3);
	assert_int_equal(pcie->cq_mmio_doorbell_updates, 2);
	assert_int_equal(pcie->polls, 6);
	assert_int_equal(pcie->idle_polls, 4);
	spdk_nvme_poll_group_free_stats(g_group, stat);
	spdk_nvme_poll_group_free_stats(g_group, NULL);
	close_all();
}

static bool
is_readable(int fd)
{
	struct pollfd pollfd = {.fd = fd, .events = POLLIN};

	return poll(&pollfd, 1, 0) == 1;
}

/* Never sleeps: there is something. */
static void
wait_for_group(void)
{
	assert_true(is_readable(spdk_fd_group_get_fd(spdk_nvme_poll_group_get_fd_group(g_group))));
	assert_true(spdk_nvme_poll_group_wait(g_group, note_disconnected) > 0);
}

/* What is left of the creation. */
static void
settle(void)
{
	while (is_readable(spdk_fd_group_get_fd(spdk_nvme_poll_group_get_fd_group(g_group)))) {
		wait_for_group();
	}
}

static void
check_interrupts(uint32_t vectors)
{
	struct spdk_event_handler_opts event = {.opts_size = sizeof(event)};
	int fd;

	open_connected(vectors);
	fd = spdk_nvme_qpair_get_fd(g_qpairs[0], &event);
	assert_true(fd >= 0);
	assert_int_equal(event.fd_type, SPDK_FD_TYPE_EVENTFD);
	assert_int_equal(fd == spdk_nvme_ctrlr_get_admin_qp_fd(g_host.ctrlr, NULL), vectors == 1);
	event.opts_size = 1;
	log_capture_start();
	assert_int_equal(spdk_nvme_qpair_get_fd(g_qpairs[0], &event), -EINVAL);
	log_capture_stop();
	settle();
	read_with(0, ctrlr_done);
	assert_false(is_readable(fd));
	fake_step(g_host.fake);
	assert_true(is_readable(fd));
	wait_for_group();
	expect_results(1, 0, 0);
	assert_false(is_readable(fd));
	close_all();
}

static void
interrupts_wake_who_waits(void **state)
{
	check_interrupts(9);
	/* All share one. */
	check_interrupts(1);
}

static void
check_leaving(uint32_t vectors)
{
	open_connected(vectors);
	disconnect_one(0);
	settle();
	read_with(1, ctrlr_done);
	fake_step(g_host.fake);
	wait_for_group();
	expect_results(0, 1, 0);
	disconnect_one(1);
	settle();
	read_with(2, ctrlr_done);
	fake_step(g_host.fake);
	wait_for_group();
	expect_results(0, 1, 1);
	/* Nobody is left, and nobody is waited for. */
	disconnect_one(2);
	settle();
	assert_int_equal(spdk_nvme_poll_group_remove(g_group, g_qpairs[2]), 0);
	connect_one(2);
	read_with(2, ctrlr_done);
	fake_step(g_host.fake);
	assert_false(is_readable(spdk_fd_group_get_fd(spdk_nvme_poll_group_get_fd_group(g_group))));
	assert_int_equal(spdk_nvme_qpair_process_completions(g_qpairs[2], 0), 1);
	close_all();
}

static void
one_that_leaves_takes_no_interrupt_from_the_others(void **state)
{
	check_leaving(9);
	check_leaving(1);
}

static void
an_interrupt_polls_those_that_come_by_it(void **state)
{
	struct fake_fault fault = {
		.kind = FAKE_FAULT_LOST_INTERRUPT,
		.where = FAKE_AT_IO_COMMAND,
		.opcode = SPDK_NVME_OPC_READ,
		.count = 1,
	};

	open_connected(9);
	settle();
	fake_plant(g_host.fake, &fault);
	read_with(0, ctrlr_done);
	fake_step(g_host.fake);
	read_with(1, ctrlr_done);
	fake_step(g_host.fake);
	wait_for_group();
	expect_results(0, 1, 0);
	assert_int_equal(poll_group(), 1);
	expect_results(1, 1, 0);
	close_all();
}

/* All come by one interrupt: what the callback does must not end the walk. */
static void
a_poll_in_a_callback_of_an_interrupt_leaves_the_rest(void **state)
{
	open_connected(1);
	settle();
	for (uint32_t i = 0; i < QPAIRS; i++) {
		read_with(i, poll_again);
	}
	fake_step(g_host.fake);
	wait_for_group();
	expect_results(1, 1, 1);
	close_all();
}

static void
a_change_wakes_who_waits(void **state)
{
	open_apart(9, false);
	assert_int_equal(
		spdk_nvme_poll_group_set_interrupt_callback(g_group, note_wanted, &g_wanted), 0);
	assert_int_equal(
		spdk_nvme_poll_group_set_interrupt_callback(g_group, note_wanted, &g_wanted),
		-EEXIST);
	assert_false(is_readable(spdk_fd_group_get_fd(spdk_nvme_poll_group_get_fd_group(g_group))));
	connect_one(0);
	settle();
	assert_int_equal(g_wanted, 1);
	disconnect_one(0);
	g_disconnected = 0;
	wait_for_group();
	assert_int_equal(g_wanted, 2);
	/* Who waits is told of those that are apart, as who polls. */
	assert_int_equal(g_disconnected, 3);
	assert_int_equal(spdk_nvme_poll_group_set_interrupt_callback(g_group, NULL, NULL), 0);
	connect_one(0);
	settle();
	assert_int_equal(g_wanted, 2);
	close_all();
}

static void
a_group_without_interrupts_cannot_wait(void **state)
{
	open_connected(0);
	assert_int_equal(spdk_nvme_qpair_get_fd(g_qpairs[0], NULL), -EINVAL);
	assert_int_equal(spdk_nvme_poll_group_wait(g_group, NULL), -EINVAL);
	log_capture_start();
	assert_int_equal(spdk_nvme_poll_group_wait(g_group, note_disconnected), -EINVAL);
	assert_one_error("enable_interrupts");
	log_capture_stop();
	close_all();
}

static void
reset_controller(void)
{
	fake_start(g_host.fake);
	assert_int_equal(spdk_nvme_ctrlr_reset(g_host.ctrlr), 0);
	fake_stop(g_host.fake);
}

/* Nothing else would tell of them: they stay connected, and polls of them only fail. */
static void
those_of_a_failed_controller_are_told_of(void **state)
{
	open_connected(0);
	spdk_nvme_ctrlr_fail(g_host.ctrlr);
	assert_int_equal(poll_group(), 0);
	assert_int_equal(g_disconnected, 3);
	assert_int_equal(poll_group(), 0);
	assert_int_equal(g_disconnected, 6);
	reset_controller();
	read_with(0, ctrlr_done);
	fake_step(g_host.fake);
	assert_int_equal(poll_group(), 1);
	assert_int_equal(g_disconnected, 6);
	close_all();
}

static void
who_waits_is_told_of_a_failed_controller(void **state)
{
	open_connected(9);
	settle();
	read_with(0, ctrlr_done);
	fake_step(g_host.fake);
	spdk_nvme_ctrlr_fail(g_host.ctrlr);
	wait_for_group();
	assert_int_equal(g_disconnected, 3);
	reset_controller();
	expect_results(1, 0, 0);
	close_all();
}

static void
free_it(struct spdk_nvme_qpair *qpair, void *ctx)
{
	note_disconnected(qpair, ctx);
	for (uint32_t i = 0; i < QPAIRS; i++) {
		if (g_qpairs[i] == qpair) {
			g_qpairs[i] = NULL;
		}
	}
	assert_int_equal(spdk_nvme_ctrlr_free_io_qpair(qpair), 0);
}

static void
disconnect_it(struct spdk_nvme_qpair *qpair, void *ctx)
{
	note_disconnected(qpair, ctx);
	spdk_nvme_ctrlr_disconnect_io_qpair(qpair);
}

static void
a_callback_may_drop_those_of_a_failed_controller(void **state)
{
	open_connected(0);
	read_with(0, ctrlr_done);
	spdk_nvme_ctrlr_fail(g_host.ctrlr);
	fake_start(g_host.fake);
	assert_int_equal(spdk_nvme_poll_group_process_completions(g_group, 0, disconnect_it), 0);
	/* Once as connected, once as not. */
	assert_int_equal(g_disconnected, 6);
	expect_results(1, 0, 0);
	assert_int_equal(spdk_nvme_poll_group_process_completions(g_group, 0, free_it), 0);
	assert_int_equal(g_disconnected, 9);
	fake_stop(g_host.fake);
	assert_int_equal(spdk_nvme_poll_group_destroy(g_group), 0);
	io_close(&g_host);
	spdk_free(g_buffer);
}

static void
connect_in_vain(struct spdk_nvme_qpair *qpair, void *ctx)
{
	note_disconnected(qpair, ctx);
	assert_in_range(g_disconnected, 1, 100);
	assert_int_equal(spdk_nvme_ctrlr_reconnect_io_qpair(qpair), -EAGAIN);
}

static void
connecting_in_vain_ends(void **state)
{
	struct fake_fault fault = {
		.kind = FAKE_FAULT_STATUS,
		.where = FAKE_AT_ADMIN_COMMAND,
		.opcode = SPDK_NVME_OPC_CREATE_IO_CQ,
		.status = {.sct = SPDK_NVME_SCT_GENERIC,
			   .sc = SPDK_NVME_SC_INTERNAL_DEVICE_ERROR,
			   .dnr = 1},
	};

	open_apart(0, false);
	fake_plant(g_host.fake, &fault);
	log_capture_start();
	fake_start(g_host.fake);
	assert_int_equal(spdk_nvme_poll_group_process_completions(g_group, 0, connect_in_vain), 0);
	assert_int_equal(g_disconnected, 3);
	fake_stop(g_host.fake);
	log_capture_stop();
	close_all();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_group_polls_those_that_are_connected),
		cmocka_unit_test(what_is_on_its_way_is_not_connected),
		cmocka_unit_test(only_what_is_apart_joins_and_leaves),
		cmocka_unit_test(a_callback_may_take_out_the_next),
		cmocka_unit_test(a_callback_may_free_what_is_apart),
		cmocka_unit_test(a_poll_in_a_callback_leaves_the_rest_to_the_poll_outside),
		cmocka_unit_test(statistics_are_those_of_all_that_were_in_the_group),
		cmocka_unit_test(interrupts_wake_who_waits),
		cmocka_unit_test(one_that_leaves_takes_no_interrupt_from_the_others),
		cmocka_unit_test(an_interrupt_polls_those_that_come_by_it),
		cmocka_unit_test(a_poll_in_a_callback_of_an_interrupt_leaves_the_rest),
		cmocka_unit_test(a_change_wakes_who_waits),
		cmocka_unit_test(a_group_without_interrupts_cannot_wait),
		cmocka_unit_test(those_of_a_failed_controller_are_told_of),
		cmocka_unit_test(who_waits_is_told_of_a_failed_controller),
		cmocka_unit_test(a_callback_may_drop_those_of_a_failed_controller),
		cmocka_unit_test(connecting_in_vain_ends),
	};

	return cmocka_run_group_tests(tests, ctrlr_setup_env, ctrlr_teardown_env);
}
