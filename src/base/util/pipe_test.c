/* SPDX-License-Identifier: BSD-3-Clause */
/* Pipes: what is written comes out, in order and once, however it is divided up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "spdk/pipe.h"
#include "spdk/util.h"

static uint64_t g_random = 0x9e3779b97f4a7c15;

static uint32_t
draw(uint32_t below)
{
	return (uint32_t)(spdk_rand_xorshift64(&g_random) % below);
}

static void
fresh_pipes_are_empty(void **state)
{
	struct iovec iovs[2];
	uint8_t buffer[10];
	struct spdk_pipe *pipe = spdk_pipe_create(buffer, sizeof(buffer));

	assert_non_null(pipe);
	assert_int_equal(spdk_pipe_reader_bytes_available(pipe), 0);
	assert_int_equal(spdk_pipe_reader_get_buffer(pipe, 5, iovs), 0);
	assert_int_equal(iovs[0].iov_len + iovs[1].iov_len, 0);
	assert_null(iovs[0].iov_base);
	assert_null(iovs[1].iov_base);
	assert_int_equal(spdk_pipe_reader_advance(pipe, 1), -EINVAL);
	assert_int_equal(spdk_pipe_reader_advance(pipe, 0), 0);
	assert_ptr_equal(spdk_pipe_destroy(pipe), buffer);
}

static void
all_bytes_of_the_buffer_are_used(void **state)
{
	struct iovec iovs[2];
	uint8_t buffer[10];
	struct spdk_pipe *pipe = spdk_pipe_create(buffer, sizeof(buffer));

	assert_int_equal(spdk_pipe_writer_get_buffer(pipe, 4, iovs), 4);
	assert_ptr_equal(iovs[0].iov_base, buffer);
	assert_int_equal(iovs[0].iov_len, 4);
	assert_int_equal(iovs[1].iov_len, 0);
	/* The same again. */
	assert_int_equal(spdk_pipe_writer_get_buffer(pipe, 100, iovs), 10);
	assert_ptr_equal(iovs[0].iov_base, buffer);
	assert_int_equal(iovs[0].iov_len, 10);
	assert_int_equal(spdk_pipe_writer_advance(pipe, 11), -EINVAL);
	assert_int_equal(spdk_pipe_reader_bytes_available(pipe), 0);
	assert_int_equal(spdk_pipe_writer_advance(pipe, 10), 0);
	assert_int_equal(spdk_pipe_writer_get_buffer(pipe, 1, iovs), 0);
	assert_int_equal(iovs[0].iov_len + iovs[1].iov_len, 0);
	assert_int_equal(spdk_pipe_writer_advance(pipe, 1), -EINVAL);
	assert_int_equal(spdk_pipe_reader_bytes_available(pipe), 10);
	assert_int_equal(spdk_pipe_reader_get_buffer(pipe, 100, iovs), 10);
	assert_ptr_equal(iovs[0].iov_base, buffer);
	assert_int_equal(iovs[0].iov_len, 10);
	assert_int_equal(spdk_pipe_reader_advance(pipe, 11), -EINVAL);
	assert_int_equal(spdk_pipe_reader_bytes_available(pipe), 10);
	/* Read to its end, the ring begins anew. */
	assert_int_equal(spdk_pipe_reader_advance(pipe, 10), 0);
	assert_int_equal(spdk_pipe_writer_get_buffer(pipe, 10, iovs), 10);
	assert_ptr_equal(iovs[0].iov_base, buffer);
	assert_int_equal(iovs[0].iov_len, 10);
	assert_ptr_equal(spdk_pipe_destroy(pipe), buffer);
}

static void
places_around_the_end_come_in_two_parts(void **state)
{
	struct iovec iovs[2];
	uint8_t buffer[10];
	struct spdk_pipe *pipe = spdk_pipe_create(buffer, sizeof(buffer));

	assert_int_equal(spdk_pipe_writer_advance(pipe, 8), 0);
	assert_int_equal(spdk_pipe_reader_advance(pipe, 5), 0);
	assert_int_equal(spdk_pipe_writer_get_buffer(pipe, 6, iovs), 6);
	assert_ptr_equal(iovs[0].iov_base, buffer + 8);
	assert_int_equal(iovs[0].iov_len, 2);
	assert_ptr_equal(iovs[1].iov_base, buffer);
	assert_int_equal(iovs[1].iov_len, 4);
	assert_int_equal(spdk_pipe_writer_get_buffer(pipe, 2, iovs), 2);
	assert_int_equal(iovs[0].iov_len, 2);
	assert_int_equal(iovs[1].iov_len, 0);
	assert_int_equal(spdk_pipe_writer_advance(pipe, 6), 0);
	assert_int_equal(spdk_pipe_reader_get_buffer(pipe, 100, iovs), 9);
	assert_ptr_equal(iovs[0].iov_base, buffer + 5);
	assert_int_equal(iovs[0].iov_len, 5);
	assert_ptr_equal(iovs[1].iov_base, buffer);
	assert_int_equal(iovs[1].iov_len, 4);
	assert_ptr_equal(spdk_pipe_destroy(pipe), buffer);
}

/* Places that a writer was given stay good while the reader goes on. */
static void
reading_does_not_move_the_writer(void **state)
{
	struct iovec before[2], after[2];
	uint8_t buffer[10];
	struct spdk_pipe *pipe = spdk_pipe_create(buffer, sizeof(buffer));

	assert_int_equal(spdk_pipe_writer_advance(pipe, 3), 0);
	assert_int_equal(spdk_pipe_writer_get_buffer(pipe, 2, before), 2);
	assert_int_equal(spdk_pipe_reader_advance(pipe, 3), 0);
	assert_int_equal(spdk_pipe_writer_get_buffer(pipe, 2, after), 2);
	assert_ptr_equal(before[0].iov_base, after[0].iov_base);
	assert_ptr_equal(spdk_pipe_destroy(pipe), buffer);
}

/* The bytes written are 0, 1, 2 and so on, so that the reader knows what is next. */
static uint32_t
write_some(struct spdk_pipe *pipe, uint32_t capacity, uint32_t *next)
{
	struct iovec iovs[2];
	uint32_t wanted = draw(capacity + 3), count, i;
	int given = spdk_pipe_writer_get_buffer(pipe, wanted, iovs);
	uint8_t *place;

	assert_int_equal((size_t)given, iovs[0].iov_len + iovs[1].iov_len);
	count = draw((uint32_t)given + 1);
	for (i = 0; i < count; i++) {
		place = i < iovs[0].iov_len ? (uint8_t *)iovs[0].iov_base + i :
					      (uint8_t *)iovs[1].iov_base + i - iovs[0].iov_len;
		*place = (uint8_t)(*next)++;
	}
	assert_int_equal(spdk_pipe_writer_advance(pipe, count), 0);
	return count;
}

static uint32_t
read_some(struct spdk_pipe *pipe, uint32_t capacity, uint32_t *next)
{
	struct iovec iovs[2];
	uint32_t count, i;
	int given = spdk_pipe_reader_get_buffer(pipe, draw(capacity + 3), iovs);
	uint8_t *place;

	assert_int_equal((size_t)given, iovs[0].iov_len + iovs[1].iov_len);
	count = draw((uint32_t)given + 1);
	for (i = 0; i < count; i++) {
		place = i < iovs[0].iov_len ? (uint8_t *)iovs[0].iov_base + i :
					      (uint8_t *)iovs[1].iov_base + i - iovs[0].iov_len;
		assert_int_equal(*place, (uint8_t)(*next)++);
	}
	assert_int_equal(spdk_pipe_reader_advance(pipe, count), 0);
	return count;
}

static void
any_portions_through_any_size(void **state)
{
	static const uint32_t sizes[] = {1, 2, 3, 7, 8, 64, 255, 256, 1000};
	uint32_t i, round, used, written, read;
	struct spdk_pipe *pipe;
	uint8_t *buffer;

	for (i = 0; i < SPDK_COUNTOF(sizes); i++) {
		/* Exactly as large as is said, for the sanitizers. */
		buffer = malloc(sizes[i]);
		pipe = spdk_pipe_create(buffer, sizes[i]);
		assert_non_null(pipe);
		used = written = read = 0;
		for (round = 0; round < 3000; round++) {
			used += write_some(pipe, sizes[i], &written);
			assert_int_equal(spdk_pipe_reader_bytes_available(pipe), used);
			used -= read_some(pipe, sizes[i], &read);
			assert_int_equal(spdk_pipe_reader_bytes_available(pipe), used);
		}
		assert_true(written > 100);
		assert_ptr_equal(spdk_pipe_destroy(pipe), buffer);
		free(buffer);
	}
}

static void
a_pipe_of_nothing_is_full_and_empty(void **state)
{
	struct spdk_pipe *pipe = spdk_pipe_create(NULL, 0);
	struct iovec iovs[2];

	assert_non_null(pipe);
	assert_int_equal(spdk_pipe_writer_get_buffer(pipe, 1, iovs), 0);
	assert_int_equal(spdk_pipe_writer_advance(pipe, 0), 0);
	assert_int_equal(spdk_pipe_writer_advance(pipe, 1), -EINVAL);
	assert_int_equal(spdk_pipe_reader_get_buffer(pipe, 1, iovs), 0);
	assert_int_equal(spdk_pipe_reader_advance(pipe, 0), 0);
	assert_null(spdk_pipe_destroy(pipe));
	assert_null(spdk_pipe_destroy(NULL));
	assert_null(spdk_pipe_create(NULL, 1));
}

/* Sizes are told as an int; no memory of this size is touched. */
static void
sizes_beyond_int_are_given_in_parts(void **state)
{
	uint8_t byte;
	struct spdk_pipe *pipe = spdk_pipe_create(&byte, UINT32_MAX);
	struct iovec iovs[2];

	assert_int_equal(spdk_pipe_writer_get_buffer(pipe, UINT32_MAX, iovs), INT_MAX);
	assert_int_equal(iovs[0].iov_len, INT_MAX);
	assert_int_equal(spdk_pipe_writer_advance(pipe, UINT32_MAX), 0);
	assert_int_equal(spdk_pipe_reader_bytes_available(pipe), UINT32_MAX);
	assert_int_equal(spdk_pipe_reader_advance(pipe, UINT32_MAX - 1), 0);
	assert_int_equal(spdk_pipe_writer_advance(pipe, 5), 0);
	assert_int_equal(spdk_pipe_writer_get_buffer(pipe, 1, iovs), 1);
	assert_int_equal((uintptr_t)iovs[0].iov_base - (uintptr_t)&byte, 5);
	assert_int_equal(spdk_pipe_writer_advance(pipe, UINT32_MAX - 6), 0);
	assert_int_equal(spdk_pipe_reader_get_buffer(pipe, 2, iovs), 2);
	assert_int_equal((uintptr_t)iovs[0].iov_base - (uintptr_t)&byte, UINT32_MAX - 1);
	assert_ptr_equal(iovs[1].iov_base, &byte);
	assert_ptr_equal(spdk_pipe_destroy(pipe), &byte);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fresh_pipes_are_empty),
		cmocka_unit_test(all_bytes_of_the_buffer_are_used),
		cmocka_unit_test(places_around_the_end_come_in_two_parts),
		cmocka_unit_test(reading_does_not_move_the_writer),
		cmocka_unit_test(any_portions_through_any_size),
		cmocka_unit_test(a_pipe_of_nothing_is_full_and_empty),
		cmocka_unit_test(sizes_beyond_int_are_given_in_parts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
