/* SPDX-License-Identifier: BSD-3-Clause */
/* Lists of buffers: walking side by side, and copying, against a plain copy byte by byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "spdk/util.h"

#define BYTE_COUNT  64
#define IOV_COUNT   12
#define ROUND_COUNT 2000

/* Cuts `bytes` at random into IOV_COUNT pieces or fewer, some empty; returns how many bytes it
 * took. */
static size_t
cut(uint8_t *bytes, struct iovec *iov, size_t *out_count, uint64_t *seed)
{
	size_t i, used = 0, len;

	*out_count = spdk_rand_xorshift64(seed) % (IOV_COUNT + 1);
	for (i = 0; i < *out_count; i++) {
		len = spdk_rand_xorshift64(seed) % 9;
		len = spdk_min(len, BYTE_COUNT - used);
		iov[i].iov_base = len > 0 ? bytes + used : NULL;
		iov[i].iov_len = len;
		used += len;
	}
	return used;
}

static void
fill(uint8_t *bytes, uint64_t *seed)
{
	size_t i;

	for (i = 0; i < BYTE_COUNT; i++) {
		bytes[i] = (uint8_t)spdk_rand_xorshift64(seed);
	}
}

static void
copies_are_as_byte_by_byte(void **state)
{
	uint8_t from[BYTE_COUNT], to[BYTE_COUNT], expected[BYTE_COUNT];
	struct iovec siov[IOV_COUNT], diov[IOV_COUNT];
	size_t scount, dcount, slen, dlen, len;
	uint64_t seed = 12345;
	int round;

	for (round = 0; round < ROUND_COUNT; round++) {
		fill(from, &seed);
		fill(to, &seed);
		memcpy(expected, to, sizeof(to));
		slen = cut(from, siov, &scount, &seed);
		dlen = cut(to, diov, &dcount, &seed);
		len = spdk_min(slen, dlen);
		memcpy(expected, from, len);
		if (round % 2 == 0) {
			assert_int_equal(spdk_iovcpy(siov, scount, diov, dcount), len);
		} else {
			assert_int_equal(spdk_iovmove(siov, scount, diov, dcount), len);
		}
		assert_memory_equal(to, expected, sizeof(to));
	}
}

static void
moving_allows_overlap(void **state)
{
	char text[] = "0123456789";
	struct iovec from = {text, 8}, to = {text + 2, 8};

	assert_int_equal(spdk_iovmove(&from, 1, &to, 1), 8);
	assert_string_equal(text, "0101234567");
}

static void
buffers_are_copied_in_pieces(void **state)
{
	uint8_t bytes[BYTE_COUNT], buf[BYTE_COUNT], expected[BYTE_COUNT];
	size_t count, len, piece, done;
	struct iovec iov[IOV_COUNT];
	struct spdk_iov_xfer ix;
	uint64_t seed = 777;
	int round;

	for (round = 0; round < ROUND_COUNT; round++) {
		fill(bytes, &seed);
		fill(buf, &seed);
		memcpy(expected, buf, sizeof(buf));
		len = cut(bytes, iov, &count, &seed);
		memcpy(expected, bytes, len);
		spdk_iov_xfer_init(&ix, iov, (int)count);
		for (done = 0; done < len; done += piece) {
			piece = spdk_iov_xfer_to_buf(&ix, buf + done, 5);
			assert_int_equal(piece, spdk_min(len - done, 5U));
		}
		assert_int_equal(spdk_iov_xfer_to_buf(&ix, buf, 5), 0);
		assert_memory_equal(buf, expected, sizeof(buf));

		fill(buf, &seed);
		memcpy(expected, bytes, sizeof(bytes));
		memcpy(expected, buf, len);
		spdk_iov_xfer_init(&ix, iov, (int)count);
		for (done = 0; done < len; done += piece) {
			piece = spdk_iov_xfer_from_buf(&ix, buf + done, 7);
			assert_int_equal(piece, spdk_min(len - done, 7U));
		}
		assert_int_equal(spdk_iov_xfer_from_buf(&ix, buf, 5), 0);
		assert_memory_equal(bytes, expected, sizeof(bytes));
	}
}

static void
one_buffer_and_a_list(void **state)
{
	char a[] = "abc", b[] = "defg", buf[8] = "#######", digits[] = "123456789";
	struct iovec iov[3] = {{a, 3}, {NULL, 0}, {b, 4}};

	spdk_copy_iovs_to_buf(buf, 5, iov, 3);
	assert_string_equal(buf, "abcde##");
	spdk_copy_iovs_to_buf(buf, 8, iov, 3);
	assert_string_equal(buf, "abcdefg");
	spdk_copy_buf_to_iovs(iov, 3, digits, 9);
	assert_string_equal(a, "123");
	assert_string_equal(b, "4567");
	spdk_iov_memset(iov, 3, 'x');
	assert_string_equal(a, "xxx");
	assert_string_equal(b, "xxxx");
}

static void
a_walk_of_two_gives_common_stretches(void **state)
{
	char a[8], b[8];
	struct iovec siov[] = {{a, 4}, {a + 4, 4}}, diov[] = {{NULL, 0}, {b, 3}, {b + 3, 4}};
	struct spdk_ioviter iter;
	void *src, *dst;

	assert_int_equal(spdk_ioviter_first(&iter, siov, 2, diov, 3, &src, &dst), 3);
	assert_ptr_equal(src, a);
	assert_ptr_equal(dst, b);
	assert_int_equal(spdk_ioviter_next(&iter, &src, &dst), 1);
	assert_ptr_equal(src, a + 3);
	assert_ptr_equal(dst, b + 3);
	assert_int_equal(spdk_ioviter_next(&iter, &src, &dst), 3);
	assert_ptr_equal(src, a + 4);
	assert_ptr_equal(dst, b + 4);
	/* `siov` has one byte left, `diov` none. */
	assert_int_equal(spdk_ioviter_next(&iter, &src, &dst), 0);
	assert_int_equal(spdk_ioviter_next(&iter, &src, &dst), 0);
	assert_ptr_equal(src, a + 4);
	assert_int_equal(spdk_ioviter_first(&iter, NULL, 0, diov, 3, &src, &dst), 0);
}

static void
a_walk_of_three_needs_the_larger_iterator(void **state)
{
	struct spdk_ioviter *iter = (struct spdk_ioviter *)malloc(SPDK_IOVITER_SIZE(3));
	char a[4], b[4], c[4];
	struct iovec aiov[] = {{a, 4}}, biov[] = {{b, 1}, {b + 1, 3}},
		     ciov[] = {{c, 2}, {c + 2, 2}};
	struct iovec *iov[] = {aiov, biov, ciov};
	size_t counts[] = {1, 2, 2};
	void *out[3];

	assert_non_null(iter);
	assert_int_equal(spdk_ioviter_firstv(iter, 3, iov, counts, out), 1);
	assert_int_equal(spdk_ioviter_nextv(iter, out), 1);
	assert_ptr_equal(out[0], a + 1);
	assert_ptr_equal(out[1], b + 1);
	assert_ptr_equal(out[2], c + 1);
	assert_int_equal(spdk_ioviter_nextv(iter, out), 2);
	assert_ptr_equal(out[2], c + 2);
	assert_int_equal(spdk_ioviter_nextv(iter, out), 0);
	free(iter);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(copies_are_as_byte_by_byte),
		cmocka_unit_test(moving_allows_overlap),
		cmocka_unit_test(buffers_are_copied_in_pieces),
		cmocka_unit_test(one_buffer_and_a_list),
		cmocka_unit_test(a_walk_of_two_gives_common_stretches),
		cmocka_unit_test(a_walk_of_three_needs_the_larger_iterator),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
