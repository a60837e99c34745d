/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Data of memory domains, and accel buffers: that it comes to where it is worked on and back, that
 * memory is waited for, and that what fails on the way ends the sequence with all of it given back.
 */
#include "io/accel_fixture.h"
#include "spdk/crc32.h"

#define SIZE 512
/* What the addresses of the domain are away from where the data is. */
#define DISTANCE ((uintptr_t)1 << 62)

static struct spdk_memory_domain *g_domain;
static uint8_t g_far[2][SIZE];
static uint8_t g_near[2][SIZE];
static struct iovec g_far_iov[2], g_near_iov[2];

/* How the domain behaves. */
static struct {
	bool is_later; /* it calls back by a message */
	bool is_stuck; /* or when the test calls call_later() */
	int rc;        /* what the functions return */
	int status;    /* what they call back with */
	int pulls;
	int pushes;
} g_how;

struct later {
	spdk_memory_domain_data_cpl_cb cb_fn;
	void *cb_arg;
};
static struct later g_later;

static void
call_later(void *arg)
{
	g_later.cb_fn(g_later.cb_arg, g_how.status);
}

static int
move(struct iovec *src, uint32_t src_count, struct iovec *dst, uint32_t dst_count,
     struct later later)
{
	if (g_how.rc != 0) {
		return g_how.rc;
	}
	if (g_how.status == 0) {
		(void)spdk_iovcpy(src, src_count, dst, dst_count);
	}
	if (!g_how.is_later) {
		later.cb_fn(later.cb_arg, g_how.status);
		return 0;
	}
	g_later = later;
	if (g_how.is_stuck) {
		return 0;
	}
	return spdk_thread_send_msg(g_thread, call_later, NULL);
}

static void
bring_near(struct iovec *near, const struct iovec *far, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		near[i].iov_base = (void *)((uintptr_t)far[i].iov_base - DISTANCE);
		near[i].iov_len = far[i].iov_len;
	}
}

static int
pull(struct spdk_memory_domain *domain, void *ctx, struct iovec *src, uint32_t src_count,
     struct iovec *dst, uint32_t dst_count, spdk_memory_domain_data_cpl_cb cb_fn, void *cb_arg)
{
	struct iovec near[4];

	assert_ptr_equal(domain, g_domain);
	assert_ptr_equal(ctx, &g_how);
	g_how.pulls++;
	bring_near(near, src, src_count);
	return move(near, src_count, dst, dst_count, (struct later){cb_fn, cb_arg});
}

static int
push(struct spdk_memory_domain *domain, void *ctx, struct iovec *dst, uint32_t dst_count,
     struct iovec *src, uint32_t src_count, spdk_memory_domain_data_cpl_cb cb_fn, void *cb_arg)
{
	struct iovec near[4];

	assert_ptr_equal(domain, g_domain);
	assert_ptr_equal(ctx, &g_how);
	g_how.pushes++;
	bring_near(near, dst, dst_count);
	return move(src, src_count, near, dst_count, (struct later){cb_fn, cb_arg});
}

static int
set_up(void **state)
{
	(void)accel_set_up(state);
	assert_int_equal(
		spdk_memory_domain_create(&g_domain, SPDK_DMA_DEVICE_TYPE_DMA, NULL, "far"), 0);
	spdk_memory_domain_set_pull(g_domain, pull);
	spdk_memory_domain_set_push(g_domain, push);
	memset(&g_how, 0, sizeof(g_how));
	for (int i = 0; i < 2; i++) {
		fill_bytes(g_far[i], SIZE, (uint64_t)i + 1);
		fill_bytes(g_near[i], SIZE, (uint64_t)i + 3);
		g_far_iov[i] = (struct iovec){(void *)((uintptr_t)g_far[i] + DISTANCE), SIZE};
		g_near_iov[i] = (struct iovec){g_near[i], SIZE};
	}
	return 0;
}

static int
tear_down(void **state)
{
	spdk_memory_domain_destroy(g_domain);
	return accel_tear_down(state);
}

static int
finish(struct spdk_accel_sequence *seq)
{
	struct done end = {0};

	spdk_accel_sequence_finish(seq, count_done, &end);
	assert_int_equal(end.count, 0);
	poll_all();
	assert_int_equal(end.count, 1);
	return end.status;
}

static void
expect_free(struct spdk_iobuf_channel *channel, uint64_t length, uint32_t count)
{
	void *bufs[ACCEL_SMALL_COUNT];

	for (uint32_t i = 0; i < count; i++) {
		bufs[i] = spdk_iobuf_get(channel, length, NULL, NULL);
		assert_non_null(bufs[i]);
	}
	for (uint32_t i = 0; i < count; i++) {
		spdk_iobuf_put(channel, bufs[i], length);
	}
}

/* All buffers are where they were: none was lost on the way. */
static void
expect_all_buffers(void)
{
	struct spdk_iobuf_channel channel;

	assert_int_equal(spdk_iobuf_register_module("auditor"), 0);
	assert_int_equal(spdk_iobuf_channel_init(&channel, "auditor", 0, 0), 0);
	expect_free(&channel, SIZE, ACCEL_SMALL_COUNT);
	expect_free(&channel, ACCEL_LARGE_SIZE, ACCEL_LARGE_COUNT);
	spdk_iobuf_channel_fini(&channel);
	assert_int_equal(spdk_iobuf_unregister_module("auditor"), 0);
}

/* ---- Domains ---- */

static void
copies_need_no_buffer(void **state)
{
	struct spdk_accel_sequence *seq = NULL;

	for (int later = 0; later < 2; later++) {
		g_how.is_later = later;
		seq = NULL;
		assert_int_equal(spdk_accel_append_copy(&seq, g_ch, &g_near_iov[0], 1, NULL, NULL,
							&g_far_iov[0], 1, g_domain, &g_how, NULL,
							NULL),
				 0);
		assert_int_equal(finish(seq), 0);
		assert_memory_equal(g_near[0], g_far[0], SIZE);
		seq = NULL;
		assert_int_equal(spdk_accel_append_copy(&seq, g_ch, &g_far_iov[1], 1, g_domain,
							&g_how, &g_near_iov[1], 1, NULL, NULL, NULL,
							NULL),
				 0);
		assert_int_equal(finish(seq), 0);
		assert_memory_equal(g_far[1], g_near[1], SIZE);
		fill_bytes(g_near[0], SIZE, 9);
		fill_bytes(g_near[1], SIZE, 10);
	}
	assert_int_equal(g_how.pulls, 2);
	assert_int_equal(g_how.pushes, 2);
	assert_int_equal(executed(SPDK_ACCEL_OPC_COPY), 4);
}

static void
a_copy_within_a_domain_goes_through_a_buffer(void **state)
{
	struct spdk_accel_sequence *seq = NULL;

	g_how.is_later = true;
	assert_int_equal(spdk_accel_append_copy(&seq, g_ch, &g_far_iov[0], 1, g_domain, &g_how,
						&g_far_iov[1], 1, g_domain, &g_how, NULL, NULL),
			 0);
	assert_int_equal(finish(seq), 0);
	assert_memory_equal(g_far[0], g_far[1], SIZE);
	assert_int_equal(g_how.pulls, 1);
	assert_int_equal(g_how.pushes, 1);
	expect_all_buffers();
}

static void
what_is_read_is_pulled_and_what_is_written_pushed(void **state)
{
	struct spdk_accel_sequence *seq = NULL;
	uint32_t crc = 0;

	for (int later = 0; later < 2; later++) {
		g_how.is_later = later;
		seq = NULL;
		memcpy(g_near[0], g_far[0], SIZE);
		assert_int_equal(spdk_accel_append_crc32c(&seq, g_ch, &crc, &g_far_iov[0], 1,
							  g_domain, &g_how, 0, NULL, NULL),
				 0);
		assert_int_equal(spdk_accel_append_compare(&seq, g_ch, &g_near_iov[0], 1, NULL,
							   NULL, &g_far_iov[0], 1, g_domain, &g_how,
							   NULL, NULL),
				 0);
		assert_int_equal(spdk_accel_append_fill(&seq, g_ch, g_far_iov[0].iov_base, SIZE,
							g_domain, &g_how, 0x77, NULL, NULL),
				 0);
		assert_int_equal(finish(seq), 0);
		assert_int_equal(crc, spdk_crc32c_update(g_near[0], SIZE, ~0U));
		assert_int_equal(g_far[0][0], 0x77);
		assert_int_equal(g_far[0][SIZE - 1], 0x77);
	}
	assert_int_equal(g_how.pulls, 4);
	assert_int_equal(g_how.pushes, 2);
	expect_all_buffers();
}

static void
data_in_pieces_is_gathered(void **state)
{
	struct iovec pieces[2] = {{g_far_iov[0].iov_base, 100},
				  {(char *)g_far_iov[0].iov_base + 100, SIZE - 100}};
	struct spdk_accel_sequence *seq = NULL;
	uint32_t crc = 0;

	assert_int_equal(spdk_accel_append_crc32c(&seq, g_ch, &crc, pieces, 2, g_domain, &g_how, 0,
						  NULL, NULL),
			 0);
	assert_int_equal(finish(seq), 0);
	assert_int_equal(crc, spdk_crc32c_update(g_far[0], SIZE, ~0U));
}

static void
what_fails_on_the_way_ends_the_sequence(void **state)
{
	struct spdk_accel_sequence *seq;
	struct done step = {0};

	for (int i = 0; i < 6; i++) {
		g_how.is_later = i % 3 == 2;
		g_how.rc = i % 3 == 0 ? -EPERM : 0;
		g_how.status = i % 3 != 0 ? -EPERM : 0;
		seq = NULL;
		if (i < 3) {
			assert_int_equal(spdk_accel_append_fill(&seq, g_ch, g_far_iov[0].iov_base,
								SIZE, g_domain, &g_how, 0x77,
								count_step, &step),
					 0);
		} else {
			assert_int_equal(spdk_accel_append_compare(
						 &seq, g_ch, &g_far_iov[0], 1, g_domain, &g_how,
						 &g_near_iov[0], 1, NULL, NULL, count_step, &step),
					 0);
		}
		assert_int_equal(spdk_accel_append_fill(&seq, g_ch, g_near[1], SIZE, NULL, NULL,
							0x77, count_step, &step),
				 0);
		assert_int_equal(finish(seq), -EPERM);
		assert_int_equal(step.count, 2 * (i + 1));
		assert_int_not_equal(g_near[1][0], 0x77);
	}
	expect_all_buffers();
}

static void
data_that_no_buffer_holds_is_refused(void **state)
{
	struct spdk_accel_sequence *seq = NULL;
	struct iovec huge = {(void *)DISTANCE, ACCEL_LARGE_SIZE + 1};
	uint32_t crc;

	assert_int_equal(spdk_accel_append_crc32c(&seq, g_ch, &crc, &huge, 1, g_domain, &g_how, 0,
						  NULL, NULL),
			 0);
	assert_int_equal(finish(seq), -EFBIG);
}

/* ---- Accel buffers ---- */

static void
a_buffer_has_memory_while_it_is_used(void **state)
{
	struct spdk_accel_sequence *seq = NULL;
	struct spdk_memory_domain *domain;
	uint32_t crc[2] = {0};
	struct iovec half;
	void *buf, *ctx;

	assert_int_equal(spdk_accel_get_buf(g_ch, SIZE, &buf, &domain, &ctx), 0);
	assert_ptr_equal(domain, spdk_accel_get_memory_domain());
	assert_int_equal(spdk_memory_domain_get_dma_device_type(domain),
			 SPDK_DMA_DEVICE_TYPE_ACCEL);
	half = (struct iovec){(char *)buf + SIZE / 2, SIZE / 2};
	assert_int_equal(
		spdk_accel_append_fill(&seq, g_ch, buf, SIZE, domain, ctx, 0x10, NULL, NULL), 0);
	assert_int_equal(spdk_accel_append_fill(&seq, g_ch, half.iov_base, SIZE / 2, domain, ctx,
						0x20, NULL, NULL),
			 0);
	assert_int_equal(
		spdk_accel_append_crc32c(&seq, g_ch, &crc[0], &half, 1, domain, ctx, 0, NULL, NULL),
		0);
	half.iov_base = buf;
	/* The array must stay, so this is of the first half as well: both are of one place. */
	assert_int_equal(
		spdk_accel_append_crc32c(&seq, g_ch, &crc[1], &half, 1, domain, ctx, 0, NULL, NULL),
		0);
	assert_int_equal(finish(seq), 0);
	memset(g_near[0], 0x10, SIZE / 2);
	assert_int_equal(crc[1], spdk_crc32c_update(g_near[0], SIZE / 2, ~0U));
	spdk_accel_put_buf(g_ch, buf, domain, ctx);
	expect_all_buffers();
}

static void
what_is_no_place_in_the_buffer_is_refused(void **state)
{
	struct spdk_accel_sequence *seq = NULL, *other = NULL;
	struct spdk_memory_domain *domain;
	struct iovec two[2];
	void *buf, *ctx;

	assert_int_equal(spdk_accel_get_buf(g_ch, 0, &buf, &domain, &ctx), -EINVAL);
	assert_int_equal(spdk_accel_get_buf(g_ch, ACCEL_LARGE_SIZE + 1, &buf, &domain, &ctx),
			 -EINVAL);
	assert_int_equal(spdk_accel_get_buf(g_ch, SIZE, &buf, &domain, &ctx), 0);
	assert_int_equal(
		spdk_accel_append_fill(&seq, g_ch, buf, SIZE + 1, domain, ctx, 1, NULL, NULL),
		-EINVAL);
	assert_int_equal(
		spdk_accel_append_fill(&seq, g_ch, (char *)buf - 1, 2, domain, ctx, 1, NULL, NULL),
		-EINVAL);
	assert_int_equal(spdk_accel_append_fill(&seq, g_ch, buf, SIZE, domain, NULL, 1, NULL, NULL),
			 -EINVAL);
	assert_null(seq);
	assert_int_equal(spdk_accel_append_fill(&seq, g_ch, buf, SIZE, domain, ctx, 1, NULL, NULL),
			 0);
	/* It belongs to one sequence, and is described by one element. */
	assert_int_equal(spdk_accel_append_fill(&other, g_ch, buf, 1, domain, ctx, 1, NULL, NULL),
			 -EINVAL);
	two[0] = (struct iovec){buf, 1};
	two[1] = (struct iovec){(char *)buf + 1, 1};
	assert_int_equal(spdk_accel_append_copy(&seq, g_ch, two, 2, domain, ctx, &g_near_iov[0], 1,
						NULL, NULL, NULL, NULL),
			 -EINVAL);
	assert_int_equal(spdk_accel_append_copy(&seq, g_ch, &g_near_iov[0], 1, NULL, NULL, two, 2,
						domain, ctx, NULL, NULL),
			 -EINVAL);
	spdk_accel_sequence_abort(seq);
	/* And to another when that has ended. */
	assert_int_equal(
		spdk_accel_append_fill(&other, g_ch, buf, SIZE, domain, ctx, 1, NULL, NULL), 0);
	spdk_accel_sequence_abort(other);
	spdk_accel_put_buf(g_ch, buf, domain, ctx);
	spdk_accel_put_buf(g_ch, buf, domain, ctx);
	assert_true(log_captured("spdk_accel_put_buf()", NULL));
	expect_all_buffers();
}

static void
buffers_run_out_and_come_back(void **state)
{
	struct spdk_memory_domain *domain;
	void *buf[9], *ctx[9];
	int i;

	for (i = 0; i < 8; i++) {
		assert_int_equal(spdk_accel_get_buf(g_ch, SIZE, &buf[i], &domain, &ctx[i]), 0);
		for (int j = 0; j < i; j++) {
			assert_ptr_not_equal(buf[i], buf[j]);
		}
	}
	assert_int_equal(spdk_accel_get_buf(g_ch, SIZE, &buf[8], &domain, &ctx[8]), -ENOMEM);
	spdk_accel_put_buf(g_ch, buf[3], domain, ctx[3]);
	assert_int_equal(spdk_accel_get_buf(g_ch, SIZE, &buf[3], &domain, &ctx[3]), 0);
	for (i = 0; i < 8; i++) {
		spdk_accel_put_buf(g_ch, buf[i], domain, ctx[i]);
	}
}

/* Put before it has ended: it is free when the last task that uses it is done. */
static void
a_buffer_may_be_put_while_it_is_used(void **state)
{
	struct spdk_accel_sequence *seq = NULL;
	struct spdk_memory_domain *domain;
	struct iovec iov;
	uint32_t crc = 0;
	void *buf, *ctx;

	assert_int_equal(spdk_accel_get_buf(g_ch, SIZE, &buf, &domain, &ctx), 0);
	iov = (struct iovec){buf, SIZE};
	assert_int_equal(spdk_accel_append_fill(&seq, g_ch, buf, SIZE, domain, ctx, 1, NULL, NULL),
			 0);
	assert_int_equal(
		spdk_accel_append_crc32c(&seq, g_ch, &crc, &iov, 1, domain, ctx, 0, NULL, NULL), 0);
	spdk_accel_put_buf(g_ch, buf, domain, ctx);
	assert_int_equal(finish(seq), 0);
	memset(g_near[0], 1, SIZE);
	assert_int_equal(crc, spdk_crc32c_update(g_near[0], SIZE, ~0U));
	expect_all_buffers();
	buffers_run_out_and_come_back(state);
}

/* ---- Memory that is waited for ---- */

static struct spdk_iobuf_channel g_other;
static void *g_taken[ACCEL_LARGE_COUNT];

static void
take_all_large(void)
{
	assert_int_equal(spdk_iobuf_register_module("other"), 0);
	assert_int_equal(spdk_iobuf_channel_init(&g_other, "other", 0, 0), 0);
	for (int i = 0; i < ACCEL_LARGE_COUNT; i++) {
		g_taken[i] = spdk_iobuf_get(&g_other, ACCEL_LARGE_SIZE, NULL, NULL);
		assert_non_null(g_taken[i]);
	}
}

static void
give_back(int i)
{
	spdk_iobuf_put(&g_other, g_taken[i], ACCEL_LARGE_SIZE);
	poll_all();
}

static void
close_other(void)
{
	spdk_iobuf_channel_fini(&g_other);
	assert_int_equal(spdk_iobuf_unregister_module("other"), 0);
}

static uint8_t g_large[3][2][ACCEL_LARGE_SIZE];

/* A comparison of large data in the domain, which needs two buffers. */
static void
compare_large(int which, struct done *end)
{
	struct spdk_accel_sequence *seq = NULL;
	static struct iovec far[3][2];

	for (int i = 0; i < 2; i++) {
		fill_bytes(g_large[which][i], ACCEL_LARGE_SIZE, (uint64_t)which);
		far[which][i] = (struct iovec){(void *)((uintptr_t)g_large[which][i] + DISTANCE),
					       ACCEL_LARGE_SIZE};
	}
	assert_int_equal(spdk_accel_append_compare(&seq, g_ch, &far[which][0], 1, g_domain, &g_how,
						   &far[which][1], 1, g_domain, &g_how, NULL, NULL),
			 0);
	spdk_accel_sequence_finish(seq, count_done, end);
}

/* The reserve is that of a sequence which does not end. */
static void
hold_reserve(struct done *end)
{
	g_how.is_later = g_how.is_stuck = true;
	compare_large(0, end);
	g_how.is_later = g_how.is_stuck = false;
	g_how.pulls = 0;
}

static void
release_reserve(const struct done *end)
{
	assert_int_equal(end->count, 0);
	call_later(NULL);
	poll_all();
	assert_int_equal(end->count, 1);
	assert_int_equal(end->status, 0);
}

static void
sequences_do_not_wait_for_one_anothers_memory(void **state)
{
	struct done ends[3] = {{0}};

	take_all_large();
	/* It has one of two. */
	give_back(0);
	g_how.is_later = true;
	compare_large(0, &ends[0]);
	g_how.is_later = false;
	compare_large(1, &ends[1]);
	compare_large(2, &ends[2]);
	poll_all();
	for (int i = 0; i < 3; i++) {
		assert_int_equal(ends[i].count, 1);
		assert_int_equal(ends[i].status, 0);
	}
	for (int i = 1; i < ACCEL_LARGE_COUNT; i++) {
		give_back(i);
	}
	close_other();
	expect_all_buffers();
}

static void
an_accel_buffer_waits_for_memory(void **state)
{
	struct done other = {0};
	struct spdk_accel_sequence *seq = NULL;
	struct spdk_memory_domain *domain;
	struct done end = {0};
	void *buf, *ctx;

	assert_int_equal(spdk_accel_get_buf(g_ch, ACCEL_LARGE_SIZE, &buf, &domain, &ctx), 0);
	assert_int_equal(spdk_accel_append_fill(&seq, g_ch, buf, SIZE, domain, ctx, 1, NULL, NULL),
			 0);
	take_all_large();
	hold_reserve(&other);
	spdk_accel_sequence_finish(seq, count_done, &end);
	poll_all();
	assert_int_equal(end.count, 0);
	give_back(0);
	assert_int_equal(end.count, 1);
	assert_int_equal(end.status, 0);
	for (int i = 1; i < ACCEL_LARGE_COUNT; i++) {
		give_back(i);
	}
	spdk_accel_put_buf(g_ch, buf, domain, ctx);
	release_reserve(&other);
	close_other();
	expect_all_buffers();
}

/* Source and destination each wait for one; two sequences take turns. */
static void
bounce_buffers_wait_for_memory(void **state)
{
	static uint8_t large[2][ACCEL_LARGE_SIZE];
	struct iovec near = {large[0], ACCEL_LARGE_SIZE};
	struct iovec far = {(void *)((uintptr_t)large[1] + DISTANCE), ACCEL_LARGE_SIZE};
	struct spdk_accel_sequence *seq = NULL;
	struct done end = {0}, other = {0};

	assert_int_equal(spdk_accel_append_compare(&seq, g_ch, &far, 1, g_domain, &g_how, &far, 1,
						   g_domain, &g_how, NULL, NULL),
			 0);
	assert_int_equal(spdk_accel_append_copy(&seq, g_ch, &near, 1, NULL, NULL, &far, 1, g_domain,
						&g_how, NULL, NULL),
			 0);
	fill_bytes(large[1], ACCEL_LARGE_SIZE, 1);
	take_all_large();
	hold_reserve(&other);
	spdk_accel_sequence_finish(seq, count_done, &end);
	poll_all();
	give_back(0);
	assert_int_equal(end.count, 0);
	assert_int_equal(g_how.pulls, 0);
	give_back(1);
	assert_int_equal(end.count, 1);
	assert_int_equal(end.status, 0);
	assert_int_equal(g_how.pulls, 3);
	assert_memory_equal(large[0], large[1], ACCEL_LARGE_SIZE);
	for (int i = 2; i < ACCEL_LARGE_COUNT; i++) {
		give_back(i);
	}
	release_reserve(&other);
	close_other();
	expect_all_buffers();
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(copies_need_no_buffer),
		TEST(a_copy_within_a_domain_goes_through_a_buffer),
		TEST(what_is_read_is_pulled_and_what_is_written_pushed),
		TEST(data_in_pieces_is_gathered),
		TEST(what_fails_on_the_way_ends_the_sequence),
		TEST(data_that_no_buffer_holds_is_refused),
		TEST(a_buffer_has_memory_while_it_is_used),
		TEST(what_is_no_place_in_the_buffer_is_refused),
		TEST(buffers_run_out_and_come_back),
		TEST(a_buffer_may_be_put_while_it_is_used),
		TEST(sequences_do_not_wait_for_one_anothers_memory),
		TEST(an_accel_buffer_waits_for_memory),
		TEST(bounce_buffers_wait_for_memory),
	};

	return cmocka_run_group_tests(tests, accel_start_environment, accel_stop_environment);
}
