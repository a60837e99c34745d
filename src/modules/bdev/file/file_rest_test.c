/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Completions reach threads that sleep, that are driven by descriptors alone, and that move from
 * one OS thread to another.
 */
#include "modules/bdev/file/file_fixture.h"

#include <poll.h>

#include "runtime/reactors.h"
#include "spindle/run_queue.h"

#define ROUNDS       50
#define FEW_TURNS    1000
#define DEADLINE_S   20
#define READ_SIZE    (64u * 1024)
#define FILE_SIZE    (4u * MIB)
#define IOS_OF_ROUND 4

/* A thread with a channel of its own. */
struct client {
	struct spdk_thread *thread;
	struct opened opened;
	struct outcome outcome;
	uint32_t round;
};

static void
open_client(void *arg)
{
	struct client *client = arg;

	client->opened = open_disk(true);
}

static void
close_client(void *arg)
{
	struct client *client = arg;

	spdk_put_io_channel(client->opened.ch);
	spdk_bdev_close(client->opened.desc);
	spdk_thread_exit(spdk_get_thread());
}

/* Reads, and a flush, which takes its time on every medium. */
static void
submit_round(void *arg)
{
	struct client *client = arg;
	uint32_t i;

	for (i = 0; i < IOS_OF_ROUND - 1; i++) {
		uint64_t offset = (client->round * 3 + i) * READ_SIZE % FILE_SIZE;

		assert_int_equal(spdk_bdev_read(client->opened.desc, client->opened.ch,
						g_buf + (size_t)i * READ_SIZE, offset, READ_SIZE,
						note_outcome, &client->outcome),
				 0);
	}
	assert_int_equal(spdk_bdev_flush(client->opened.desc, client->opened.ch, 0, FILE_SIZE,
					 note_outcome, &client->outcome),
			 0);
	client->round++;
}

static int
calls_after(uint32_t rounds)
{
	return (int)(rounds * IOS_OF_ROUND);
}

/* ---- Rest ---- */

/* Until all is done; it may only sleep when it has nothing to do, and is woken in time. */
static void
rest_until_done(struct spindle_run_queue *queue, const struct client *client, int calls)
{
	uint32_t turns = 0;

	while (client->outcome.calls < calls) {
		uint64_t deadline = spdk_get_ticks() + DEADLINE_S * spdk_get_ticks_hz();

		spindle_run_queue_turn(queue);
		if (spindle_run_queue_next_deadline(queue) == 0) {
			/* It has something to do, but not for ever. */
			assert_true(++turns < FEW_TURNS);
			continue;
		}
		if (client->outcome.calls < calls) {
			assert_true(spindle_run_queue_next_deadline(queue) == UINT64_MAX);
			(void)spindle_run_queue_park(queue, deadline);
			assert_true(spdk_get_ticks() < deadline);
			turns = 0;
		}
	}
}

static void
end_resting(struct spindle_run_queue *queue, struct client *client)
{
	assert_int_equal(spdk_thread_send_msg(client->thread, close_client, client), 0);
	while (spdk_thread_get_count() > 1) {
		spindle_run_queue_turn(queue);
		settle_bdev();
	}
	assert_int_equal(spindle_run_queue_destroy(queue), 0);
	delete_disk();
}

/* One that the test polls. */
static void
end_polled(struct client *client)
{
	spdk_set_thread(client->thread);
	close_client(client);
	spdk_set_thread(NULL);
	while (!spdk_thread_is_exited(client->thread)) {
		spdk_thread_poll(client->thread, 0, 0);
		settle_bdev();
	}
	spdk_thread_destroy(client->thread);
	settle_bdev();
	delete_disk();
}

/* A client on a run queue that has come to rest. */
static struct spindle_run_queue *
begin_resting(struct client *client)
{
	uint64_t deadline = spdk_get_ticks() + DEADLINE_S * spdk_get_ticks_hz();
	struct spindle_run_queue *queue;

	make_file("a", FILE_SIZE);
	create_disk("a", "");
	assert_int_equal(spindle_run_queue_create(&queue), 0);
	client->thread = make_thread("client");
	assert_int_equal(spindle_run_queue_add(queue, client->thread), 0);
	assert_int_equal(spdk_thread_send_msg(client->thread, open_client, client), 0);
	spindle_run_queue_turn(queue);
	while (spindle_run_queue_next_deadline(queue) != UINT64_MAX) {
		(void)spindle_run_queue_park(queue, spindle_run_queue_next_deadline(queue));
		assert_true(spdk_get_ticks() < deadline);
		spindle_run_queue_turn(queue);
	}
	return queue;
}

static void
a_completion_wakes_a_resting_reactor(void **state)
{
	struct client client = {0};
	struct spindle_run_queue *queue = begin_resting(&client);
	uint32_t i;

	for (i = 0; i < ROUNDS; i++) {
		assert_int_equal(spdk_thread_send_msg(client.thread, submit_round, &client), 0);
		rest_until_done(queue, &client, calls_after(i + 1));
	}
	assert_true(client.outcome.success);
	end_resting(queue, &client);
}

/* With nothing under way that could bring it back. */
static void
a_resting_reactor_comes_back_to_what_the_kernel_refused(void **state)
{
	struct client client = {0};
	struct spindle_run_queue *queue = begin_resting(&client);
	uint64_t deadline = spdk_get_ticks() + DEADLINE_S * spdk_get_ticks_hz();

	g_kernel.refusals = 20;
	g_kernel.refusal = -EAGAIN;
	assert_int_equal(spdk_thread_send_msg(client.thread, submit_round, &client), 0);
	spindle_run_queue_turn(queue);
	while (client.outcome.calls < IOS_OF_ROUND) {
		(void)spindle_run_queue_park(
			queue, spdk_min(deadline, spindle_run_queue_next_deadline(queue)));
		assert_true(spdk_get_ticks() < deadline);
		spindle_run_queue_turn(queue);
	}
	assert_true(client.outcome.success);
	end_resting(queue, &client);
}

/* ---- Two OS threads ---- */

struct turner {
	struct client *client;
	int calls;
};

static void *
turn_elsewhere(void *arg)
{
	struct turner *turner = arg;
	uint64_t deadline = spdk_get_ticks() + DEADLINE_S * spdk_get_ticks_hz();

	while (turner->client->outcome.calls < turner->calls && spdk_get_ticks() < deadline) {
		spdk_thread_poll(turner->client->thread, 0, 0);
	}
	return NULL;
}

/* I/Os that one OS thread has submitted are completed by another. */
static void
a_thread_moves_with_its_ios(void **state)
{
	struct turner turner;
	struct client client = {0};
	pthread_t other;
	uint32_t i;

	make_file("a", FILE_SIZE);
	create_disk("a", "");
	client.thread = make_thread("client");
	spdk_set_thread(client.thread);
	open_client(&client);
	turner.client = &client;
	for (i = 0; i < ROUNDS; i++) {
		spdk_set_thread(client.thread);
		submit_round(&client);
		spdk_thread_poll(client.thread, 0, 0);
		spdk_set_thread(NULL);
		turner.calls = calls_after(i + 1);
		assert_int_equal(pthread_create(&other, NULL, turn_elsewhere, &turner), 0);
		assert_int_equal(pthread_join(other, NULL), 0);
		assert_int_equal(client.outcome.calls, turner.calls);
	}
	assert_true(client.outcome.success);
	end_polled(&client);
}

/* ---- Interrupt mode ---- */

static int
interrupt_setup(void **state)
{
	assert_int_equal(spdk_interrupt_mode_enable(), 0);
	return file_setup(state);
}

static int
interrupt_teardown(void **state)
{
	int rc = file_teardown(state);

	interrupt_mode_disable();
	return rc;
}

static void
sleep_until_done(struct client *client, int calls)
{
	struct pollfd fd = {.fd = spdk_thread_get_interrupt_fd(client->thread), .events = POLLIN};

	while (client->outcome.calls < calls) {
		int rc = poll(&fd, 1, DEADLINE_S * 1000);

		assert_true(rc == 1 || (rc < 0 && errno == EINTR));
		spdk_thread_poll(client->thread, 0, 0);
	}
}

/* With nothing under way the descriptor comes to rest. */
static bool
is_at_rest(const struct client *client)
{
	struct pollfd fd = {.fd = spdk_thread_get_interrupt_fd(client->thread), .events = POLLIN};
	uint64_t deadline = spdk_get_ticks() + DEADLINE_S * spdk_get_ticks_hz();

	while (poll(&fd, 1, 0) != 0) {
		if (spdk_get_ticks() > deadline) {
			return false;
		}
		spdk_thread_poll(client->thread, 0, 0);
	}
	return true;
}

static void
in_interrupt_mode_the_descriptor_is_enough(void **state)
{
	struct client client = {0};
	uint32_t i;

	make_file("a", FILE_SIZE);
	create_disk("a", "");
	client.thread = make_thread("client");
	spdk_set_thread(client.thread);
	spdk_thread_set_interrupt_mode(true);
	open_client(&client);
	for (i = 0; i < ROUNDS; i++) {
		spdk_set_thread(client.thread);
		submit_round(&client);
		spdk_set_thread(NULL);
		sleep_until_done(&client, calls_after(i + 1));
	}
	assert_true(client.outcome.success);
	assert_true(is_at_rest(&client));
	end_polled(&client);
}

/* More answers than a turn takes, and nobody comes again for the rest by himself. */
static void
in_interrupt_mode_a_deep_queue_is_completed(void **state)
{
	enum { COUNT = 3 * FILE_QUEUE_DEPTH };
	struct client client = {0};
	uint32_t i;

	make_file("a", FILE_SIZE);
	create_disk("a", "");
	client.thread = make_thread("client");
	spdk_set_thread(client.thread);
	spdk_thread_set_interrupt_mode(true);
	open_client(&client);
	for (i = 0; i < COUNT; i++) {
		assert_int_equal(spdk_bdev_read_blocks(client.opened.desc, client.opened.ch, g_buf,
						       i % (FILE_SIZE / FILE_BLOCK), 1,
						       note_outcome, &client.outcome),
				 0);
	}
	spdk_set_thread(NULL);
	sleep_until_done(&client, COUNT);
	end_polled(&client);
}

int
file_run_rest_tests(void)
{
	const struct CMUnitTest tests[] = {
		FILE_TEST(a_completion_wakes_a_resting_reactor),
		FILE_TEST(a_resting_reactor_comes_back_to_what_the_kernel_refused),
		FILE_TEST(a_thread_moves_with_its_ios),
		cmocka_unit_test_setup_teardown(in_interrupt_mode_the_descriptor_is_enough,
						interrupt_setup, interrupt_teardown),
		cmocka_unit_test_setup_teardown(in_interrupt_mode_a_deep_queue_is_completed,
						interrupt_setup, interrupt_teardown),
	};

	return cmocka_run_group_tests_name("rest", tests, NULL, NULL);
}
