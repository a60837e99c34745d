/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Operations that are submitted alone: what they do, when whoever asked is told, and what is
 * refused. Those with keys and codecs are tested with the module that has them.
 */
#include "base/failing_malloc.h"

#include "io/accel_fixture.h"
#include "spdk/crc32.h"

#define SIZE 4096

static uint8_t g_src[4][SIZE] __attribute__((aligned(4096)));
static uint8_t g_dst[2][SIZE] __attribute__((aligned(4096)));

static void
renew_bytes(void)
{
	for (size_t i = 0; i < SPDK_COUNTOF(g_src); i++) {
		fill_bytes(g_src[i], SIZE, i + 1);
	}
	memset(g_dst, 0, sizeof(g_dst));
}

static void
copies(void **state)
{
	renew_bytes();
	expect_status(spdk_accel_submit_copy(g_ch, g_dst[0], g_src[0], SIZE - 1, count_done, ended),
		      0);
	assert_memory_equal(g_dst[0], g_src[0], SIZE - 1);
	assert_int_equal(g_dst[0][SIZE - 1], 0);
	expect_status(spdk_accel_submit_copy(g_ch, g_dst[1], g_src[1], 0, count_done, ended), 0);
	assert_int_equal(g_dst[1][0], 0);
}

static void
fills(void **state)
{
	renew_bytes();
	expect_status(spdk_accel_submit_fill(g_ch, g_dst[0], 0xa5, SIZE - 1, count_done, ended), 0);
	for (int i = 0; i < SIZE - 1; i++) {
		assert_int_equal(g_dst[0][i], 0xa5);
	}
	assert_int_equal(g_dst[0][SIZE - 1], 0);
}

static void
copies_to_two_places_that_are_aligned(void **state)
{
	struct done done = {0};

	renew_bytes();
	assert_int_equal(spdk_accel_submit_dualcast(g_ch, g_dst[0] + 512, g_dst[1], g_src[0], 512,
						    count_done, &done),
			 -EINVAL);
	assert_int_equal(spdk_accel_submit_dualcast(g_ch, g_dst[0], g_dst[1] + 512, g_src[0], 512,
						    count_done, &done),
			 -EINVAL);
	poll_all();
	assert_int_equal(done.count, 0);
	expect_status(spdk_accel_submit_dualcast(g_ch, g_dst[0], g_dst[1], g_src[0], SIZE,
						 count_done, ended),
		      0);
	assert_memory_equal(g_dst[0], g_src[0], SIZE);
	assert_memory_equal(g_dst[1], g_src[0], SIZE);
}

static void
compares_up_to_the_last_byte(void **state)
{
	renew_bytes();
	memcpy(g_dst[0], g_src[0], SIZE);
	expect_status(spdk_accel_submit_compare(g_ch, g_dst[0], g_src[0], SIZE, count_done, ended),
		      0);
	g_dst[0][SIZE - 1] ^= 1;
	expect_status(spdk_accel_submit_compare(g_ch, g_dst[0], g_src[0], SIZE, count_done, ended),
		      -EILSEQ);
	expect_status(
		spdk_accel_submit_compare(g_ch, g_dst[0], g_src[0], SIZE - 1, count_done, ended),
		0);
}

/* The check value of the polynomial, and pieces that go on where the one before has ended. */
static void
computes_checksums(void **state)
{
	char digits[] = "123456789";
	struct iovec iovs[2] = {{digits, 4}, {digits + 4, 5}};
	uint32_t crc = 0;

	expect_status(spdk_accel_submit_crc32c(g_ch, &crc, digits, 0, 9, count_done, ended), 0);
	assert_int_equal(~crc, 0xe3069283);
	expect_status(spdk_accel_submit_crc32cv(g_ch, &crc, iovs, 2, 0, count_done, ended), 0);
	assert_int_equal(~crc, 0xe3069283);
	expect_status(spdk_accel_submit_crc32c(g_ch, &crc, digits, 0, 4, count_done, ended), 0);
	expect_status(spdk_accel_submit_crc32c(g_ch, &crc, digits + 4, ~crc, 5, count_done, ended),
		      0);
	assert_int_equal(~crc, 0xe3069283);
}

static void
copies_with_a_checksum(void **state)
{
	struct iovec iovs[2] = {{g_src[0], 100}, {g_src[1], 200}};
	uint32_t crc = 0;

	renew_bytes();
	expect_status(spdk_accel_submit_copy_crc32c(g_ch, g_dst[0], g_src[0], &crc, 5, SIZE,
						    count_done, ended),
		      0);
	assert_memory_equal(g_dst[0], g_src[0], SIZE);
	assert_int_equal(crc, spdk_crc32c_update(g_src[0], SIZE, ~5U));
	expect_status(
		spdk_accel_submit_copy_crc32cv(g_ch, g_dst[1], iovs, 2, &crc, 5, count_done, ended),
		0);
	assert_memory_equal(g_dst[1], g_src[0], 100);
	assert_memory_equal(g_dst[1] + 100, g_src[1], 200);
	assert_int_equal(g_dst[1][300], 0);
	assert_int_equal(crc, spdk_crc32c_iov_update(iovs, 2, ~5U));
}

static void
computes_parity(void **state)
{
	void *sources[4] = {g_src[0], g_src[1], g_src[2], g_src[3]};
	struct done done = {0};

	renew_bytes();
	expect_status(spdk_accel_submit_xor(g_ch, g_dst[0], sources, 4, SIZE, count_done, ended),
		      0);
	for (int i = 0; i < SIZE; i++) {
		assert_int_equal(g_dst[0][i],
				 g_src[0][i] ^ g_src[1][i] ^ g_src[2][i] ^ g_src[3][i]);
	}
	assert_int_equal(spdk_accel_submit_xor(g_ch, g_dst[0], sources, 1, SIZE, count_done, &done),
			 -EINVAL);
	assert_int_equal(spdk_accel_submit_xor(g_ch, g_dst[0], NULL, 2, SIZE, count_done, &done),
			 -EINVAL);
	poll_all();
	assert_int_equal(done.count, 0);
}

static void
what_is_missing_is_refused(void **state)
{
	struct iovec iov = {g_src[0], SIZE};
	struct done done = {0};
	uint32_t crc;

	assert_int_equal(spdk_accel_submit_crc32c(g_ch, NULL, g_src[0], 0, SIZE, count_done, &done),
			 -EINVAL);
	assert_int_equal(spdk_accel_submit_crc32cv(g_ch, &crc, NULL, 1, 0, count_done, &done),
			 -EINVAL);
	assert_int_equal(spdk_accel_submit_crc32cv(g_ch, &crc, &iov, 0, 0, count_done, &done),
			 -EINVAL);
	assert_int_equal(spdk_accel_submit_copy_crc32c(g_ch, g_dst[0], g_src[0], NULL, 0, SIZE,
						       count_done, &done),
			 -EINVAL);
	assert_int_equal(
		spdk_accel_submit_copy_crc32cv(g_ch, g_dst[0], &iov, 0, &crc, 0, count_done, &done),
		-EINVAL);
	assert_int_equal(
		spdk_accel_submit_encrypt(g_ch, NULL, &iov, 1, &iov, 1, 0, 512, count_done, &done),
		-EINVAL);
	assert_int_equal(
		spdk_accel_submit_dif_verify(g_ch, &iov, 1, 1, NULL, NULL, count_done, &done),
		-EINVAL);
	assert_int_equal(
		spdk_accel_submit_compress(g_ch, NULL, SIZE, &iov, 1, NULL, count_done, &done),
		-EINVAL);
	assert_int_equal(
		spdk_accel_submit_decompress(g_ch, &iov, 1, NULL, 0, NULL, count_done, &done),
		-EINVAL);
	poll_all();
	assert_int_equal(done.count, 0);
}

/* ---- Tasks ---- */

static struct done g_many[65];

static void
tasks_are_as_many_as_the_options_say(void **state)
{
	int i;

	renew_bytes();
	memset(g_many, 0, sizeof(g_many));
	for (i = 0; i < 64; i++) {
		assert_int_equal(
			spdk_accel_submit_copy(g_ch, g_dst[0], g_src[0], 8, count_done, &g_many[i]),
			0);
	}
	assert_int_equal(
		spdk_accel_submit_copy(g_ch, g_dst[0], g_src[0], 8, count_done, &g_many[64]),
		-ENOMEM);
	poll_all();
	for (i = 0; i < 64; i++) {
		assert_int_equal(g_many[i].count, 1);
		assert_int_equal(g_many[i].turn, i + 1);
	}
	assert_int_equal(g_many[64].count, 0);
	expect_status(spdk_accel_submit_copy(g_ch, g_dst[0], g_src[0], 8, count_done, ended), 0);
}

struct chain {
	int left;
	int deepest;
	int depth;
	struct done done;
};

static void
go_on(void *arg, int status)
{
	struct chain *chain = arg;

	assert_int_equal(status, 0);
	chain->depth++;
	chain->deepest = spdk_max(chain->deepest, chain->depth);
	if (chain->left-- > 0) {
		assert_int_equal(spdk_accel_submit_copy(g_ch, g_dst[0], g_src[0], 8, go_on, chain),
				 0);
	}
	chain->depth--;
}

/* With the last task there is, and not deeper on the stack each time. */
static void
a_callback_may_submit_the_next(void **state)
{
	struct chain chain = {.left = 1000};
	struct done others[63];

	memset(others, 0, sizeof(others));
	/* It ends first, when all others are still at work. */
	go_on(&chain, 0);
	for (size_t i = 0; i < SPDK_COUNTOF(others); i++) {
		assert_int_equal(
			spdk_accel_submit_copy(g_ch, g_dst[0], g_src[0], 8, count_done, &others[i]),
			0);
	}
	poll_all();
	assert_int_equal(chain.left, -1);
	assert_int_equal(chain.deepest, 1);
}

/* A resting reactor stays asleep: without a task, nothing is to be done, and no poller is there. */
static void
a_channel_without_tasks_has_nothing_to_do(void **state)
{
	expect_status(spdk_accel_submit_copy(g_ch, g_dst[0], g_src[0], 8, count_done, ended), 0);
	assert_true(spdk_thread_is_idle(g_thread));
	assert_false(spdk_thread_has_pollers(g_thread));
}

static void
one_message_tells_of_all_that_are_done(void **state)
{
	struct done done = {0};

	for (int i = 0; i < 10; i++) {
		assert_int_equal(
			spdk_accel_submit_copy(g_ch, g_dst[0], g_src[0], 8, count_done, &done), 0);
	}
	(void)spdk_thread_poll(g_thread, 1, 0);
	assert_int_equal(done.count, 10);
	assert_true(spdk_thread_is_idle(g_thread));
}

static void
counts_are_kept_for_each_operation(void **state)
{
	struct spdk_accel_opcode_stats stats;

	renew_bytes();
	expect_status(spdk_accel_submit_compare(g_ch, g_src[0], g_src[1], 100, count_done, ended),
		      -EILSEQ);
	expect_status(spdk_accel_submit_compare(g_ch, g_src[0], g_src[0], 50, count_done, ended),
		      0);
	spdk_accel_get_opcode_stats(g_ch, SPDK_ACCEL_OPC_COMPARE, &stats, sizeof(stats));
	assert_int_equal(stats.executed, 2);
	assert_int_equal(stats.failed, 1);
	assert_int_equal(stats.num_bytes, 150);
	spdk_accel_get_opcode_stats(g_ch, SPDK_ACCEL_OPC_COPY, &stats, sizeof(stats));
	assert_int_equal(stats.executed, 0);
	/* Only as far as the caller knows them. */
	memset(&stats, 0xff, sizeof(stats));
	spdk_accel_get_opcode_stats(g_ch, SPDK_ACCEL_OPC_COMPARE, &stats, sizeof(uint64_t));
	assert_int_equal(stats.executed, 2);
	assert_int_equal(stats.failed, UINT64_MAX);
	spdk_accel_get_opcode_stats(g_ch, SPDK_ACCEL_OPC_LAST, &stats, sizeof(stats));
	assert_int_equal(stats.executed, 0);
}

static void
nothing_is_allocated_for_an_operation(void **state)
{
#ifdef HAS_OWN_ALLOCATOR
	skip();
#else
	struct done done = {0};

	/* Messages of the thread have their memory from the first on. */
	expect_status(spdk_accel_submit_copy(g_ch, g_dst[0], g_src[0], 8, count_done, ended), 0);
	t_allocations_left = 0;
	g_are_all_failing = true;
	for (int i = 0; i < 100; i++) {
		(void)spdk_accel_submit_copy(g_ch, g_dst[0], g_src[0], 8, count_done, &done);
		poll_all();
	}
	t_allocations_left = -1;
	g_are_all_failing = false;
	assert_int_equal(done.count, 100);
	assert_int_equal(done.status, 0);
#endif
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, accel_set_up, accel_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(copies),
		TEST(fills),
		TEST(copies_to_two_places_that_are_aligned),
		TEST(compares_up_to_the_last_byte),
		TEST(computes_checksums),
		TEST(copies_with_a_checksum),
		TEST(computes_parity),
		TEST(what_is_missing_is_refused),
		TEST(tasks_are_as_many_as_the_options_say),
		TEST(a_callback_may_submit_the_next),
		TEST(a_channel_without_tasks_has_nothing_to_do),
		TEST(one_message_tells_of_all_that_are_done),
		TEST(counts_are_kept_for_each_operation),
		TEST(nothing_is_allocated_for_an_operation),
	};

	return cmocka_run_group_tests(tests, accel_start_environment, accel_stop_environment);
}
