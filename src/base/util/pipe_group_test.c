/* SPDX-License-Identifier: BSD-3-Clause */
/* Pipes that share buffers: none is lost, none serves two pipes, and few serve many. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "spdk/log.h"
#include "spdk/pipe.h"
#include "spdk/util.h"

#define PIPES 8
#define BYTES 16

static void
write_bytes(struct spdk_pipe *pipe, uint8_t value, uint32_t count)
{
	struct iovec iovs[2];

	assert_int_equal(spdk_pipe_writer_get_buffer(pipe, count, iovs), count);
	memset(iovs[0].iov_base, value, iovs[0].iov_len);
	if (iovs[1].iov_len > 0) {
		memset(iovs[1].iov_base, value, iovs[1].iov_len);
	}
	assert_int_equal(spdk_pipe_writer_advance(pipe, count), 0);
}

static void
read_bytes(struct spdk_pipe *pipe, uint8_t value, uint32_t count)
{
	struct iovec iovs[2];
	uint32_t i;

	assert_int_equal(spdk_pipe_reader_get_buffer(pipe, count, iovs), count);
	for (i = 0; i < count; i++) {
		assert_int_equal(i < iovs[0].iov_len ?
					 ((uint8_t *)iovs[0].iov_base)[i] :
					 ((uint8_t *)iovs[1].iov_base)[i - iovs[0].iov_len],
				 value);
	}
	assert_int_equal(spdk_pipe_reader_advance(pipe, count), 0);
}

static void *
next_place(struct spdk_pipe *pipe)
{
	struct iovec iovs[2];
	void *place;

	assert_int_equal(spdk_pipe_writer_get_buffer(pipe, 1, iovs), 1);
	place = iovs[0].iov_base;
	assert_int_equal(spdk_pipe_writer_advance(pipe, 0), 0);
	return place;
}

static struct spdk_pipe *
make_pipe(struct spdk_pipe_group *group, uint32_t size)
{
	struct spdk_pipe *pipe = spdk_pipe_create(malloc(size), size);

	assert_non_null(pipe);
	assert_int_equal(spdk_pipe_group_add(group, pipe), 0);
	return pipe;
}

static void
one_buffer_serves_pipes_that_are_used_in_turn(void **state)
{
	struct spdk_pipe_group *group = spdk_pipe_group_create();
	struct spdk_pipe *pipes[PIPES];
	void *place;
	int i;

	assert_non_null(group);
	for (i = 0; i < PIPES; i++) {
		pipes[i] = make_pipe(group, BYTES);
	}
	/* Also by writers that wrote nothing. */
	place = next_place(pipes[0]);
	for (i = 1; i < PIPES; i++) {
		assert_ptr_equal(next_place(pipes[i]), place);
	}
	for (i = 0; i < 3 * PIPES; i++) {
		assert_ptr_equal(next_place(pipes[i % PIPES]), place);
		/* Also behind bytes that did not fill it. */
		write_bytes(pipes[i % PIPES], (uint8_t)i, 5);
		read_bytes(pipes[i % PIPES], (uint8_t)i, 5);
	}
	for (i = 0; i < PIPES; i++) {
		free(spdk_pipe_destroy(pipes[i]));
	}
	spdk_pipe_group_destroy(group);
}

static void
full_pipes_have_a_buffer_each(void **state)
{
	struct spdk_pipe_group *group = spdk_pipe_group_create();
	struct spdk_pipe *pipes[PIPES];
	int i;

	for (i = 0; i < PIPES; i++) {
		pipes[i] = make_pipe(group, BYTES);
	}
	for (i = 0; i < PIPES; i++) {
		write_bytes(pipes[i], (uint8_t)i, BYTES);
	}
	for (i = PIPES - 1; i >= 0; i--) {
		read_bytes(pipes[i], (uint8_t)i, BYTES);
	}
	for (i = 0; i < PIPES; i++) {
		free(spdk_pipe_destroy(pipes[i]));
	}
	spdk_pipe_group_destroy(group);
}

static void
bytes_outlast_entering_and_leaving(void **state)
{
	struct spdk_pipe_group *group = spdk_pipe_group_create();
	struct spdk_pipe *other = make_pipe(group, BYTES), *pipe;

	pipe = spdk_pipe_create(malloc(BYTES), BYTES);
	write_bytes(pipe, 7, 10);
	read_bytes(pipe, 7, 4);
	assert_int_equal(spdk_pipe_group_add(group, pipe), 0);
	write_bytes(other, 9, BYTES);
	write_bytes(pipe, 7, 10);
	assert_int_equal(spdk_pipe_group_remove(group, pipe), 0);
	read_bytes(pipe, 7, 16);
	/* Outside it keeps its buffer, empty or not. */
	read_bytes(other, 9, BYTES);
	write_bytes(pipe, 8, 3);
	write_bytes(other, 9, 3);
	read_bytes(pipe, 8, 3);
	read_bytes(other, 9, 3);
	free(spdk_pipe_destroy(pipe));
	free(spdk_pipe_destroy(other));
	spdk_pipe_group_destroy(group);
}

/* The writer was given places and has not said yet how many it filled. */
static void
places_in_use_are_not_given_to_others(void **state)
{
	struct spdk_pipe_group *group = spdk_pipe_group_create();
	struct spdk_pipe *first = make_pipe(group, BYTES), *second = make_pipe(group, BYTES);
	struct iovec iovs[2];

	write_bytes(first, 1, 4);
	assert_int_equal(spdk_pipe_writer_get_buffer(first, 4, iovs), 4);
	read_bytes(first, 1, 4);
	write_bytes(second, 2, BYTES);
	memset(iovs[0].iov_base, 3, 4);
	assert_int_equal(spdk_pipe_writer_advance(first, 4), 0);
	read_bytes(second, 2, BYTES);
	read_bytes(first, 3, 4);
	/* The same for a pipe that enters in that state. */
	assert_int_equal(spdk_pipe_group_remove(group, first), 0);
	assert_int_equal(spdk_pipe_writer_get_buffer(first, 4, iovs), 4);
	assert_int_equal(spdk_pipe_group_add(group, first), 0);
	write_bytes(second, 2, BYTES);
	memset(iovs[0].iov_base, 4, 4);
	assert_int_equal(spdk_pipe_writer_advance(first, 4), 0);
	read_bytes(first, 4, 4);
	read_bytes(second, 2, BYTES);
	free(spdk_pipe_destroy(first));
	free(spdk_pipe_destroy(second));
	spdk_pipe_group_destroy(group);
}

static void
each_size_has_buffers_of_its_own(void **state)
{
	static const uint32_t sizes[] = {1, 7, 8, 16, 100, 16, 8, 7};
	struct spdk_pipe_group *group = spdk_pipe_group_create();
	struct spdk_pipe *pipes[SPDK_COUNTOF(sizes)];
	size_t i, round;

	for (i = 0; i < SPDK_COUNTOF(sizes); i++) {
		pipes[i] = make_pipe(group, sizes[i]);
	}
	for (round = 0; round < 3; round++) {
		for (i = 0; i < SPDK_COUNTOF(sizes); i++) {
			write_bytes(pipes[i], (uint8_t)i, sizes[i]);
		}
		for (i = 0; i < SPDK_COUNTOF(sizes); i++) {
			read_bytes(pipes[(i * 3) % 8], (uint8_t)((i * 3) % 8), sizes[(i * 3) % 8]);
		}
	}
	for (i = 0; i < SPDK_COUNTOF(sizes); i++) {
		free(spdk_pipe_destroy(pipes[i]));
	}
	spdk_pipe_group_destroy(group);
}

static int g_errors;

static void
count_errors(int level, const char *file, const int line, const char *func, const char *format,
	     va_list args)
{
	g_errors += level == SPDK_LOG_ERROR;
}

static void
misuse_is_refused(void **state)
{
	struct spdk_pipe_group *group = spdk_pipe_group_create(), *other = spdk_pipe_group_create();
	struct spdk_pipe *pipe = make_pipe(group, BYTES);

	assert_int_equal(spdk_pipe_group_add(group, pipe), -EBUSY);
	assert_int_equal(spdk_pipe_group_add(other, pipe), -EBUSY);
	assert_int_equal(spdk_pipe_group_add(NULL, pipe), -EINVAL);
	assert_int_equal(spdk_pipe_group_add(group, NULL), -EINVAL);
	assert_int_equal(spdk_pipe_group_remove(other, pipe), -EINVAL);
	assert_int_equal(spdk_pipe_group_remove(NULL, pipe), -EINVAL);
	assert_int_equal(spdk_pipe_group_remove(group, NULL), -EINVAL);
	assert_int_equal(spdk_pipe_group_remove(group, pipe), 0);
	assert_int_equal(spdk_pipe_group_remove(group, pipe), -EINVAL);
	assert_int_equal(spdk_pipe_group_add(group, pipe), 0);
	spdk_log_open(count_errors);
	spdk_pipe_group_destroy(other);
	spdk_pipe_group_destroy(NULL);
	assert_int_equal(g_errors, 0);
	spdk_pipe_group_destroy(group);
	assert_int_equal(g_errors, 1);
	spdk_log_close();
	/* The pipe goes on without. */
	write_bytes(pipe, 3, BYTES);
	read_bytes(pipe, 3, BYTES);
	free(spdk_pipe_destroy(pipe));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_buffer_serves_pipes_that_are_used_in_turn),
		cmocka_unit_test(full_pipes_have_a_buffer_each),
		cmocka_unit_test(bytes_outlast_entering_and_leaving),
		cmocka_unit_test(places_in_use_are_not_given_to_others),
		cmocka_unit_test(each_size_has_buffers_of_its_own),
		cmocka_unit_test(misuse_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
