/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Compression by the module `software`: streams of zlib, there and back at each level and in
 * pieces, rooms that are too small, and streams that are damaged.
 */
#include "io/accel_fixture.h"
#include "modules/accel/software/software_internal.h"

#define SIZE (64 * 1024)

static uint8_t g_plain[SIZE], g_packed[2 * SIZE], g_back[SIZE + 16];

/* zlib has made it of TEXT, at its level 9, without a header. */
#define TEXT "spindle, spindle, spindle and spindle\n"
static uint8_t g_of_zlib[] = {0x2b, 0x2e, 0xc8, 0xcc, 0x4b, 0xc9, 0x49, 0xd5, 0x51, 0x28,
			      0x46, 0x63, 0x28, 0x24, 0xe6, 0xa5, 0xc0, 0xd8, 0x5c, 0x00};

static int
set_up(void **state)
{
	(void)accel_set_up(state);
	/* Runs, words that come again, and noise. */
	fill_bytes(g_plain, SIZE, 5);
	memset(g_plain + SIZE / 4, 'x', SIZE / 4);
	for (size_t i = SIZE / 2; i < SIZE * 3 / 4; i++) {
		g_plain[i] = (uint8_t)TEXT[i % (sizeof(TEXT) - 1)];
	}
	memset(g_packed, 0, sizeof(g_packed));
	memset(g_back, 0, sizeof(g_back));
	return 0;
}

static void
need_compression(void)
{
	if (!software_has_compression()) {
		skip();
	}
}

static int
pack(struct iovec *src, uint32_t count, size_t room, uint32_t level, uint32_t *size)
{
	struct done done = {0};

	assert_int_equal(spdk_accel_submit_compress_ext(g_ch, g_packed, room, src, count,
							SPDK_ACCEL_COMP_ALGO_DEFLATE, level, size,
							count_done, &done),
			 0);
	assert_int_equal(done.count, 0);
	poll_all();
	assert_int_equal(done.count, 1);
	return done.status;
}

static int
unpack(struct iovec *src, uint32_t src_count, struct iovec *dst, uint32_t dst_count, uint32_t *size)
{
	struct done done = {0};

	assert_int_equal(spdk_accel_submit_decompress(g_ch, dst, dst_count, src, src_count, size,
						      count_done, &done),
			 0);
	assert_int_equal(done.count, 0);
	poll_all();
	assert_int_equal(done.count, 1);
	return done.status;
}

static int
unpack_one(void *src, size_t src_size, size_t room, uint32_t *size)
{
	struct iovec from = {src, src_size}, to = {g_back, room};

	return unpack(&from, 1, &to, 1, size);
}

static void
a_stream_of_zlib_is_read(void **state)
{
	uint32_t size = 0;

	need_compression();
	assert_int_equal(unpack_one(g_of_zlib, sizeof(g_of_zlib), SIZE, &size), 0);
	assert_int_equal(size, sizeof(TEXT) - 1);
	assert_memory_equal(g_back, TEXT, sizeof(TEXT) - 1);
	/* What comes after its end is not looked at; nobody must want the size. */
	memcpy(g_packed, g_of_zlib, sizeof(g_of_zlib));
	memset(g_packed + sizeof(g_of_zlib), 0xff, 100);
	assert_int_equal(unpack_one(g_packed, sizeof(g_of_zlib) + 100, SIZE, NULL), 0);
}

static void
what_is_packed_is_unpacked_at_each_level(void **state)
{
	struct iovec iov = {g_plain, SIZE};
	uint32_t min = 9, max = 9, size, back;

	need_compression();
	assert_int_equal(
		spdk_accel_get_compress_level_range(SPDK_ACCEL_COMP_ALGO_DEFLATE, &min, &max), 0);
	assert_int_equal(min, 0);
	assert_int_equal(max, 3);
	for (uint32_t level = min; level <= max; level++) {
		assert_int_equal(pack(&iov, 1, sizeof(g_packed), level, &size), 0);
		assert_in_range(size, SIZE / 2, SIZE * 3 / 4);
		memset(g_back, 0, SIZE);
		assert_int_equal(unpack_one(g_packed, size, SIZE, &back), 0);
		assert_int_equal(back, SIZE);
		assert_memory_equal(g_back, g_plain, SIZE);
	}
}

static void
what_nobody_can_do_is_refused(void **state)
{
	struct iovec iov = {g_plain, SIZE};
	struct done done = {0};
	uint32_t min, max;

	need_compression();
	assert_int_equal(spdk_accel_submit_compress_ext(g_ch, g_packed, SIZE, &iov, 1,
							SPDK_ACCEL_COMP_ALGO_DEFLATE, 4, NULL,
							count_done, &done),
			 -EINVAL);
	assert_int_equal(spdk_accel_submit_compress_ext(g_ch, g_packed, SIZE, &iov, 1,
							SPDK_ACCEL_COMP_ALGO_LZ4, 1, NULL,
							count_done, &done),
			 -ENOTSUP);
	assert_int_equal(spdk_accel_submit_decompress_ext(g_ch, &iov, 1, &iov, 1,
							  SPDK_ACCEL_COMP_ALGO_LZ4, NULL,
							  count_done, &done),
			 -ENOTSUP);
	assert_int_equal(spdk_accel_get_compress_level_range(SPDK_ACCEL_COMP_ALGO_LZ4, &min, &max),
			 -ENOTSUP);
	poll_all();
	assert_int_equal(done.count, 0);
}

static uint32_t
cut(struct iovec *iovs, uint8_t *bytes, size_t size, uint64_t *seed)
{
	uint32_t count = 0;
	size_t done = 0;

	while (done < size) {
		size_t piece = spdk_rand_xorshift64(seed) % 5000;

		piece = spdk_min(piece, size - done);
		if (count == 63) {
			piece = size - done;
		}
		iovs[count++] = (struct iovec){bytes + done, piece};
		done += piece;
	}
	return count;
}

static void
data_in_pieces_is_as_in_one(void **state)
{
	struct iovec src[64], dst[64];
	uint32_t from, to, size, back;
	uint64_t seed = 99;

	need_compression();
	for (int round = 0; round < 100; round++) {
		from = cut(src, g_plain, SIZE, &seed);
		assert_int_equal(pack(src, from, sizeof(g_packed), (uint32_t)round % 4, &size), 0);
		memset(g_back, 0, SIZE);
		from = cut(src, g_packed, size, &seed);
		to = cut(dst, g_back, SIZE, &seed);
		assert_int_equal(unpack(src, from, dst, to, &back), 0);
		assert_int_equal(back, SIZE);
		assert_memory_equal(g_back, g_plain, SIZE);
	}
}

/* It fits into just so much, and not into one byte less, at either end. */
static void
room_that_is_too_small_is_told(void **state)
{
	struct iovec iov = {g_plain, SIZE};
	uint32_t size, again, back;

	need_compression();
	for (uint32_t level = 0; level < 4; level++) {
		assert_int_equal(pack(&iov, 1, sizeof(g_packed), level, &size), 0);
		assert_int_equal(unpack_one(g_packed, size, SIZE, &back), 0);
		assert_int_equal(unpack_one(g_packed, size, SIZE - 1, &back), -ENOMEM);
		assert_int_equal(unpack_one(g_packed, size, 1, &back), -ENOMEM);
		assert_int_equal(pack(&iov, 1, size, level, &again), 0);
		assert_int_equal(again, size);
		assert_int_equal(pack(&iov, 1, size - 1, level, &again), -ENOMEM);
		assert_int_equal(pack(&iov, 1, 1, level, &again), -ENOMEM);
	}
	assert_int_equal(g_back[SIZE], 0);
}

static void
a_stream_that_is_damaged_or_ends_too_early_is_told(void **state)
{
	static uint8_t wrong[] = {0x07, 0xff, 0xff}; /* a kind of block that there is not */
	struct iovec iov = {g_plain, SIZE};
	uint32_t size, back;

	need_compression();
	assert_int_equal(unpack_one(wrong, sizeof(wrong), SIZE, &back), -EILSEQ);
	for (size_t left = 0; left < sizeof(g_of_zlib) - 1; left++) {
		assert_int_equal(unpack_one(g_of_zlib, left, SIZE, &back), -EILSEQ);
	}
	assert_int_equal(pack(&iov, 1, sizeof(g_packed), 1, &size), 0);
	assert_int_equal(unpack_one(g_packed, size / 2, SIZE, &back), -EILSEQ);
	/* And the next is not hurt. */
	assert_int_equal(unpack_one(g_packed, size, SIZE, &back), 0);
	assert_memory_equal(g_back, g_plain, SIZE);
}

static void
a_sequence_unpacks_to_where_its_copy_goes(void **state)
{
	struct iovec packed = {g_of_zlib, sizeof(g_of_zlib)}, named;
	struct iovec back = {g_back, sizeof(TEXT) - 1};
	struct spdk_accel_sequence *seq = NULL;
	struct spdk_memory_domain *domain;
	struct done done = {0};
	void *buf, *ctx;

	need_compression();
	assert_int_equal(spdk_accel_get_buf(g_ch, back.iov_len, &buf, &domain, &ctx), 0);
	named = (struct iovec){buf, back.iov_len};
	assert_int_equal(spdk_accel_append_decompress(&seq, g_ch, &named, 1, domain, ctx, &packed,
						      1, NULL, NULL, NULL, NULL),
			 0);
	assert_int_equal(spdk_accel_append_copy(&seq, g_ch, &back, 1, NULL, NULL, &named, 1, domain,
						ctx, NULL, NULL),
			 0);
	spdk_accel_sequence_finish(seq, count_done, &done);
	expect_done(&done, 0);
	spdk_accel_put_buf(g_ch, buf, domain, ctx);
	assert_memory_equal(g_back, TEXT, sizeof(TEXT) - 1);
	assert_int_equal(executed(SPDK_ACCEL_OPC_COPY), 0);
}

static void
without_the_library_it_is_refused(void **state)
{
	struct iovec iov = {g_plain, SIZE};
	struct done done = {0};

	if (software_has_compression()) {
		skip();
	}
	assert_int_equal(
		spdk_accel_submit_compress(g_ch, g_packed, SIZE, &iov, 1, NULL, count_done, &done),
		-ENOTSUP);
	assert_int_equal(
		spdk_accel_submit_decompress(g_ch, &iov, 1, &iov, 1, NULL, count_done, &done),
		-ENOTSUP);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, accel_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_stream_of_zlib_is_read),
		TEST(what_is_packed_is_unpacked_at_each_level),
		TEST(what_nobody_can_do_is_refused),
		TEST(data_in_pieces_is_as_in_one),
		TEST(room_that_is_too_small_is_told),
		TEST(a_stream_that_is_damaged_or_ends_too_early_is_told),
		TEST(a_sequence_unpacks_to_where_its_copy_goes),
		TEST(without_the_library_it_is_refused),
	};

	return cmocka_run_group_tests(tests, accel_start_environment, accel_stop_environment);
}
