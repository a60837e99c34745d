/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Sequences: their order, how they end, and what a driver does with them. Copies that are left out
 * are accel_elide_test.c's, memory domains accel_bounce_test.c's.
 */
#include "base/failing_malloc.h"

#include "io/accel_fixture.h"
#include "spdk/crc32.h"

#define SIZE 512

static uint8_t g_bytes[4][SIZE];
static struct iovec g_iov[4];

static void
renew_bytes(void)
{
	for (size_t i = 0; i < SPDK_COUNTOF(g_bytes); i++) {
		fill_bytes(g_bytes[i], SIZE, i + 1);
		g_iov[i].iov_base = g_bytes[i];
		g_iov[i].iov_len = SIZE;
	}
}

static int
append_fill(struct spdk_accel_sequence **seq, int to, uint8_t pattern, struct done *done)
{
	return spdk_accel_append_fill(seq, g_ch, g_bytes[to], SIZE, NULL, NULL, pattern, count_step,
				      done);
}

static int
append_copy(struct spdk_accel_sequence **seq, int to, int from, struct done *done)
{
	return spdk_accel_append_copy(seq, g_ch, &g_iov[to], 1, NULL, NULL, &g_iov[from], 1, NULL,
				      NULL, count_step, done);
}

static int
append_compare(struct spdk_accel_sequence **seq, int left, int right, struct done *done)
{
	return spdk_accel_append_compare(seq, g_ch, &g_iov[left], 1, NULL, NULL, &g_iov[right], 1,
					 NULL, NULL, count_step, done);
}

static int
append_crc(struct spdk_accel_sequence **seq, int of, uint32_t *crc, struct done *done)
{
	return spdk_accel_append_crc32c(seq, g_ch, crc, &g_iov[of], 1, NULL, NULL, 0, count_step,
					done);
}

static void
steps_run_in_order_and_then_the_sequence_ends(void **state)
{
	struct spdk_accel_sequence *seq = NULL;
	struct done steps[3] = {{0}}, end = {0};
	uint32_t crc = 0;

	renew_bytes();
	assert_int_equal(append_fill(&seq, 0, 0x11, &steps[0]), 0);
	assert_int_equal(append_crc(&seq, 0, &crc, &steps[1]), 0);
	assert_int_equal(append_fill(&seq, 0, 0x22, &steps[2]), 0);
	/* Nothing happens until it is finished. */
	poll_all();
	assert_int_not_equal(g_bytes[0][0], 0x11);
	spdk_accel_sequence_finish(seq, count_done, &end);
	assert_int_equal(steps[0].count, 0);
	expect_done(&end, 0);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(steps[i].count, 1);
		assert_int_equal(steps[i].turn, i + 1);
	}
	assert_int_equal(end.turn, 4);
	/* The checksum is of what was there in between. */
	assert_int_equal(g_bytes[0][SIZE - 1], 0x22);
	memset(g_bytes[1], 0x11, SIZE);
	assert_int_equal(crc, spdk_crc32c_update(g_bytes[1], SIZE, ~0U));
	assert_int_equal(executed(SPDK_ACCEL_OPC_FILL), 2);
	assert_int_equal(executed(SPDK_ACCEL_OPC_CRC32C), 1);
}

static void
a_step_may_have_no_callback(void **state)
{
	struct spdk_accel_sequence *seq = NULL;
	struct done end = {0};

	renew_bytes();
	assert_int_equal(
		spdk_accel_append_fill(&seq, g_ch, g_bytes[0], SIZE, NULL, NULL, 7, NULL, NULL), 0);
	spdk_accel_sequence_finish(seq, count_done, &end);
	expect_done(&end, 0);
	assert_int_equal(g_bytes[0][0], 7);
}

static void
the_first_that_fails_ends_it(void **state)
{
	struct spdk_accel_sequence *seq = NULL;
	struct done steps[3] = {{0}}, end = {0};

	renew_bytes();
	assert_int_equal(append_fill(&seq, 0, 0x11, &steps[0]), 0);
	assert_int_equal(append_compare(&seq, 0, 1, &steps[1]), 0);
	assert_int_equal(append_fill(&seq, 0, 0x22, &steps[2]), 0);
	spdk_accel_sequence_finish(seq, count_done, &end);
	expect_done(&end, -EILSEQ);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(steps[i].turn, i + 1);
	}
	assert_int_equal(g_bytes[0][0], 0x11);
	assert_int_equal(executed(SPDK_ACCEL_OPC_FILL), 1);
}

static void
reversed_it_runs_from_the_end(void **state)
{
	struct spdk_accel_sequence *seq = NULL;
	struct done steps[3] = {{0}}, end = {0};

	renew_bytes();
	for (int i = 0; i < 3; i++) {
		assert_int_equal(append_fill(&seq, 0, (uint8_t)(i + 1), &steps[i]), 0);
	}
	spdk_accel_sequence_reverse(seq);
	spdk_accel_sequence_finish(seq, count_done, &end);
	expect_done(&end, 0);
	assert_int_equal(g_bytes[0][0], 1);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(steps[i].turn, 3 - i);
	}
}

static void
aborted_it_calls_back_and_does_nothing(void **state)
{
	struct spdk_accel_sequence *seq = NULL;
	struct done steps[2] = {{0}};

	renew_bytes();
	spdk_accel_sequence_abort(NULL);
	assert_int_equal(append_fill(&seq, 0, 0x11, &steps[0]), 0);
	assert_int_equal(append_fill(&seq, 1, 0x11, &steps[1]), 0);
	spdk_accel_sequence_abort(seq);
	assert_int_equal(steps[0].turn, 1);
	assert_int_equal(steps[1].turn, 2);
	poll_all();
	assert_int_not_equal(g_bytes[0][0], 0x11);
	assert_int_equal(executed(SPDK_ACCEL_OPC_FILL), 0);
}

/* As many as the options say, and one that cannot be had leaves everything as it was. */
static void
tasks_and_sequences_run_out_and_come_back(void **state)
{
	struct spdk_accel_sequence *seqs[9] = {NULL};
	struct done step = {0}, end = {0};
	int i, count = 0;

	renew_bytes();
	for (i = 0; i < 8; i++) {
		assert_int_equal(append_fill(&seqs[i], 0, 1, &step), 0);
	}
	assert_int_equal(append_fill(&seqs[8], 0, 1, &step), -ENOMEM);
	assert_null(seqs[8]);
	while (append_fill(&seqs[0], 0, 1, &step) == 0) {
		count++;
	}
	assert_int_equal(count, 64 - 8);
	for (i = 1; i < 8; i++) {
		spdk_accel_sequence_abort(seqs[i]);
	}
	assert_int_equal(step.count, 7);
	assert_int_equal(append_fill(&seqs[8], 0, 2, &step), 0);
	spdk_accel_sequence_abort(seqs[8]);
	spdk_accel_sequence_finish(seqs[0], count_done, &end);
	expect_done(&end, 0);
	assert_int_equal(step.count, 8 + 57);
	/* All of them are there again. */
	for (i = 0; i < 8; i++) {
		seqs[i] = NULL;
		for (int j = 0; j < 8; j++) {
			assert_int_equal(append_fill(&seqs[i], 0, 1, &step), 0);
		}
	}
	for (i = 0; i < 8; i++) {
		spdk_accel_sequence_abort(seqs[i]);
	}
}

static void
what_is_wrong_is_refused_and_the_rest_stays(void **state)
{
	struct spdk_accel_sequence *seq = NULL;
	struct done step = {0}, end = {0};
	struct iovec shorter = {g_bytes[1], SIZE - 1};
	uint32_t crc;

	renew_bytes();
	assert_int_equal(spdk_accel_append_copy(&seq, g_ch, NULL, 0, NULL, NULL, &g_iov[0], 1, NULL,
						NULL, count_step, &step),
			 -EINVAL);
	assert_null(seq);
	assert_int_equal(append_fill(&seq, 0, 0x11, &step), 0);
	assert_int_equal(spdk_accel_append_copy(&seq, g_ch, &shorter, 1, NULL, NULL, &g_iov[0], 1,
						NULL, NULL, count_step, &step),
			 -EINVAL);
	assert_int_equal(spdk_accel_append_compare(&seq, g_ch, &shorter, 1, NULL, NULL, &g_iov[0],
						   1, NULL, NULL, count_step, &step),
			 -EINVAL);
	assert_int_equal(spdk_accel_append_crc32c(&seq, g_ch, NULL, &g_iov[0], 1, NULL, NULL, 0,
						  count_step, &step),
			 -EINVAL);
	assert_int_equal(spdk_accel_append_crc32c(&seq, g_ch, &crc, NULL, 1, NULL, NULL, 0,
						  count_step, &step),
			 -EINVAL);
	assert_int_equal(spdk_accel_append_encrypt(&seq, g_ch, NULL, &g_iov[0], 1, NULL, NULL,
						   &g_iov[1], 1, NULL, NULL, 0, SIZE, count_step,
						   &step),
			 -EINVAL);
	assert_int_equal(spdk_accel_append_dif_verify(&seq, g_ch, &g_iov[0], 1, NULL, NULL, 1, NULL,
						      NULL, count_step, &step),
			 -EINVAL);
	spdk_accel_sequence_finish(seq, count_done, &end);
	expect_done(&end, 0);
	assert_int_equal(step.count, 1);
	assert_int_equal(g_bytes[0][0], 0x11);
}

struct ring {
	int left;
	struct done done;
};

static void
another_round(void *arg, int status)
{
	struct ring *ring = arg;
	struct spdk_accel_sequence *seq = NULL;

	assert_int_equal(status, 0);
	if (ring->left-- > 0) {
		assert_int_equal(append_fill(&seq, 0, (uint8_t)ring->left, &ring->done), 0);
		assert_int_equal(append_copy(&seq, 1, 0, &ring->done), 0);
		assert_int_equal(append_compare(&seq, 2, 2, &ring->done), 0);
		spdk_accel_sequence_finish(seq, another_round, ring);
	}
}

static void
a_callback_may_finish_the_next_without_any_memory(void **state)
{
	struct ring ring = {.left = 100};

	renew_bytes();
#ifndef HAS_OWN_ALLOCATOR
	expect_status(spdk_accel_submit_fill(g_ch, g_bytes[0], 0, 1, count_done, ended), 0);
	t_allocations_left = 0;
	g_are_all_failing = true;
#endif
	another_round(&ring, 0);
	poll_all();
#ifndef HAS_OWN_ALLOCATOR
	t_allocations_left = -1;
	g_are_all_failing = false;
#endif
	assert_int_equal(ring.left, -1);
	assert_int_equal(ring.done.count, 300);
}

static void
keep_stats(const struct accel_stats *stats, void *arg)
{
	*(struct accel_stats *)arg = *stats;
}

static void
all_channels_are_counted_also_those_that_are_gone(void **state)
{
	struct spdk_accel_sequence *seq = NULL;
	struct accel_stats stats;
	struct done done = {0};

	renew_bytes();
	assert_int_equal(append_compare(&seq, 0, 1, &done), 0);
	spdk_accel_sequence_finish(seq, count_done, &done);
	poll_all();
	spdk_put_io_channel(g_ch);
	poll_all();
	g_ch = spdk_accel_get_io_channel();
	assert_non_null(g_ch);
	seq = NULL;
	assert_int_equal(append_compare(&seq, 0, 0, &done), 0);
	spdk_accel_sequence_finish(seq, count_done, &done);
	poll_all();
	assert_int_equal(accel_get_stats(keep_stats, &stats), 0);
	poll_all();
	assert_int_equal(stats.sequence_executed, 2);
	assert_int_equal(stats.sequence_failed, 1);
	assert_int_equal(stats.operations[SPDK_ACCEL_OPC_COMPARE].executed, 2);
	assert_int_equal(stats.operations[SPDK_ACCEL_OPC_COMPARE].failed, 1);
	assert_int_equal(stats.operations[SPDK_ACCEL_OPC_COMPARE].num_bytes, 2 * SIZE);
	assert_int_equal(stats.retry.task, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, accel_set_up, accel_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(steps_run_in_order_and_then_the_sequence_ends),
		TEST(a_step_may_have_no_callback),
		TEST(the_first_that_fails_ends_it),
		TEST(reversed_it_runs_from_the_end),
		TEST(aborted_it_calls_back_and_does_nothing),
		TEST(tasks_and_sequences_run_out_and_come_back),
		TEST(what_is_wrong_is_refused_and_the_rest_stays),
		TEST(a_callback_may_finish_the_next_without_any_memory),
		TEST(all_channels_are_counted_also_those_that_are_gone),
	};

	return cmocka_run_group_tests(tests, accel_start_environment, accel_stop_environment);
}
