/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A sweep over failing allocations: whichever one fails, decoding and writing return an error, tell
 * it, leak nothing, and work the next time.
 *
 * The allocator of the C library is replaced for the whole program, so this is skipped where a
 * sanitizer has done the same.
 */
#include "base/failing_malloc.h"

#include "base/json/json_test_support.h"

#define SWEEP_MAX 100

#ifndef HAS_OWN_ALLOCATOR

struct names {
	char *first;
	char *second;
	char *list[2];
	size_t list_count;
};

static int
decode_list(const struct spdk_json_val *val, void *out)
{
	struct names *names = SPDK_CONTAINEROF(out, struct names, list);

	return spdk_json_decode_array(val, spdk_json_decode_string, names->list, 2,
				      &names->list_count, sizeof(names->list[0]));
}

static const struct spdk_json_object_decoder decoders[] = {
	{"first", offsetof(struct names, first), spdk_json_decode_string},
	{"second", offsetof(struct names, second), spdk_json_decode_string},
	{"list", offsetof(struct names, list), decode_list},
};

static int
count_bytes(void *cb_ctx, const void *data, size_t size)
{
	*(size_t *)cb_ctx += size;
	return 0;
}

/* -ENOMEM where it is not known; decoders have one answer for all that is wrong. */
static int
decode(struct names *names)
{
	return spdk_json_decode_object(
		parsed("{\"first\":\"a\",\"second\":\"b\",\"list\":[\"c\",\"d\"]}"), decoders,
		SPDK_COUNTOF(decoders), names);
}

static int
write_formatted(size_t *size)
{
	struct spdk_json_write_ctx *w = spdk_json_write_begin(count_bytes, size, 0);
	int rc;

	if (w == NULL) {
		return -ENOMEM;
	}
	rc = spdk_json_write_string_fmt(w, "%200d", 1);
	assert_int_equal(spdk_json_write_end(w), rc);
	return rc;
}

/* Everything once, with allocation number `nth` failing. Counts in *errors, and returns
 * whether none did. */
static bool
try_failing(long nth, int *errors)
{
	struct names names = {0};
	size_t size = 0;
	int decoded, written;
	bool has_failed;

	(void)log_start(NULL);
	g_failures = 0;
	t_allocations_left = nth;
	decoded = decode(&names);
	written = write_formatted(&size);
	t_allocations_left = -1;
	has_failed = g_failures > 0;
	if (decoded == 0) {
		assert_string_equal(names.second, "b");
		assert_string_equal(names.list[1], "d");
	} else {
		assert_true(decoded == -1 || decoded == -ENOMEM);
		assert_true(log_capture_count(SPDK_LOG_ERROR) > 0);
	}
	assert_true(written == 0 || written == -ENOMEM);
	assert_int_equal(size, written == 0 ? 202 : 0);
	/* The C library can do without one that only makes its text fit. */
	*errors += decoded != 0 || written != 0;
	assert_true(has_failed || (decoded == 0 && written == 0));
	spdk_json_free_object(decoders, SPDK_COUNTOF(decoders), &names);
	for (size_t i = 0; i < names.list_count; i++) {
		free(names.list[i]);
	}
	(void)log_stop(NULL);
	return !has_failed;
}

static void
a_failing_allocation_is_an_error_and_no_leak(void **state)
{
	long nth, live;
	int errors = 0;

	assert_true(try_failing(-1, &errors));
	live = t_live;
	for (nth = 0; !try_failing(nth, &errors); nth++) {
		assert_int_equal(t_live, live);
		assert_true(nth < SWEEP_MAX);
		assert_true(try_failing(-1, &errors));
	}
	/* The table, four strings, the writer, the formatted text. */
	assert_true(nth >= 7);
	assert_true(errors >= 7);
	assert_int_equal(t_live, live);
}
#endif

int
main(void)
{
#ifdef HAS_OWN_ALLOCATOR
	puts("skipped: a sanitizer has replaced the allocator");
	return 77;
#else
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_failing_allocation_is_an_error_and_no_leak),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
#endif
}
