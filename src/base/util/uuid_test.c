/* SPDX-License-Identifier: BSD-3-Clause */
/* Identifiers: their text, their order, and how they are made. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <sys/wait.h>

#include "spdk/util.h"
#include "spdk/uuid.h"

/* RFC 9562, appendix A.4. */
#define DNS_NAMESPACE    "6ba7b810-9dad-11d1-80b4-00c04fd430c8"
#define EXAMPLE_NAME     "www.example.com"
#define EXAMPLE_VERSION5 "2ed6657d-e927-568b-95e1-2665a8aea6a2"

static struct spdk_uuid
parse(const char *text)
{
	struct spdk_uuid uuid;

	assert_int_equal(spdk_uuid_parse(&uuid, text), 0);
	return uuid;
}

static void
check_text(const struct spdk_uuid *uuid, const char *expected)
{
	char text[SPDK_UUID_STRING_LEN];

	assert_int_equal(spdk_uuid_fmt_lower(text, sizeof(text), uuid), 0);
	assert_string_equal(text, expected);
}

static void
text_has_the_order_of_the_bytes(void **state)
{
	struct spdk_uuid uuid = parse("00112233-4455-6677-8899-AABBCCDDEEFF");
	int i;

	for (i = 0; i < 16; i++) {
		assert_int_equal(uuid.u.raw[i], i * 0x11);
	}
	check_text(&uuid, "00112233-4455-6677-8899-aabbccddeeff");
	uuid = parse("abcdefAB-CDEF-0123-4567-89abcdefABCD");
	check_text(&uuid, "abcdefab-cdef-0123-4567-89abcdefabcd");
}

static void
other_forms_are_refused(void **state)
{
	static const char *const bad[] = {
		"",
		"0",
		"00112233-4455-6677-8899-aabbccddeef",
		"00112233-4455-6677-8899-aabbccddeeff0",
		"00112233-4455-6677-8899-aabbccddeeff ",
		" 00112233-4455-6677-8899-aabbccddeeff",
		"{00112233-4455-6677-8899-aabbccddeeff}",
		"00112233445566778899aabbccddeeff",
		"00112233-4455-6677-8899aabbccddeeff",
		"00112233-4455-6677-8899-aabbccddeefg",
		"00112233-4455-6677-8899-aabbccddee-f",
		"00112233 4455 6677 8899 aabbccddeeff",
		"0011223-34455-6677-8899-aabbccddeeff",
		"0x112233-4455-6677-8899-aabbccddeeff",
		"+0112233-4455-6677-8899-aabbccddeeff",
		"00112233--455-6677-8899-aabbccddeeff",
	};
	struct spdk_uuid uuid, before;
	size_t i;

	memset(&before, 0x5a, sizeof(before));
	for (i = 0; i < SPDK_COUNTOF(bad); i++) {
		uuid = before;
		if (spdk_uuid_parse(&uuid, bad[i]) != -EINVAL) {
			fail_msg("'%s' was taken", bad[i]);
		}
		assert_memory_equal(&uuid, &before, sizeof(uuid));
	}
	assert_int_equal(spdk_uuid_parse(NULL, DNS_NAMESPACE), -EINVAL);
	assert_int_equal(spdk_uuid_parse(&uuid, NULL), -EINVAL);
}

static void
text_needs_its_room(void **state)
{
	struct spdk_uuid uuid = parse(DNS_NAMESPACE);
	char text[SPDK_UUID_STRING_LEN] = "x";

	assert_int_equal(spdk_uuid_fmt_lower(text, sizeof(text) - 1, &uuid), -EINVAL);
	assert_int_equal(spdk_uuid_fmt_lower(text, sizeof(text), NULL), -EINVAL);
	assert_int_equal(spdk_uuid_fmt_lower(NULL, sizeof(text), &uuid), -EINVAL);
	assert_string_equal(text, "x");
}

static void
order_is_that_of_the_texts(void **state)
{
	static const char *const ascending[] = {
		"00000000-0000-0000-0000-000000000000", "00000000-0000-0000-0000-000000000001",
		"00000000-0000-0000-8000-000000000000", "01000000-0000-0000-0000-000000000000",
		"80000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff",
	};
	struct spdk_uuid left, right;
	size_t i, j;
	int order;

	for (i = 0; i < SPDK_COUNTOF(ascending); i++) {
		for (j = 0; j < SPDK_COUNTOF(ascending); j++) {
			left = parse(ascending[i]);
			right = parse(ascending[j]);
			order = spdk_uuid_compare(&left, &right);
			assert_int_equal(order < 0, i < j);
			assert_int_equal(order > 0, i > j);
		}
	}
}

static void
null_and_copies(void **state)
{
	struct spdk_uuid uuid = parse(DNS_NAMESPACE), copy;
	int i;

	spdk_uuid_copy(&copy, &uuid);
	assert_memory_equal(&copy, &uuid, sizeof(uuid));
	assert_false(spdk_uuid_is_null(&copy));
	spdk_uuid_set_null(&copy);
	assert_true(spdk_uuid_is_null(&copy));
	check_text(&copy, "00000000-0000-0000-0000-000000000000");
	for (i = 0; i < 16; i++) {
		spdk_uuid_set_null(&copy);
		copy.u.raw[i] = 1;
		assert_false(spdk_uuid_is_null(&copy));
	}
}

static void
generated_ones_are_random_and_say_so(void **state)
{
	enum { COUNT = 1000 };
	uint32_t ones[16] = {0}, i, j;
	struct spdk_uuid uuid, last;

	spdk_uuid_set_null(&last);
	for (i = 0; i < COUNT; i++) {
		spdk_uuid_generate(&uuid);
		assert_int_equal(uuid.u.raw[6] >> 4, 4);
		assert_int_equal(uuid.u.raw[8] >> 6, 2);
		assert_int_not_equal(spdk_uuid_compare(&uuid, &last), 0);
		last = uuid;
		for (j = 0; j < 16; j++) {
			ones[j] += uuid.u.raw[j] & 1;
		}
	}
	/* Half of them; the chance to be outside by accident is below 1 in 10^9. */
	for (j = 0; j < 16; j++) {
		assert_in_range(ones[j], 400, 600);
	}
}

static void
a_forked_process_generates_others(void **state)
{
	struct spdk_uuid mine, theirs;
	int fds[2], status;
	pid_t pid;

	spdk_uuid_generate(&mine);
	assert_int_equal(pipe(fds), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		spdk_uuid_generate(&theirs);
		_exit(write(fds[1], &theirs, sizeof(theirs)) != sizeof(theirs));
	}
	spdk_uuid_generate(&mine);
	assert_int_equal(read(fds[0], &theirs, sizeof(theirs)), sizeof(theirs));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_not_equal(spdk_uuid_compare(&mine, &theirs), 0);
	close(fds[0]);
	close(fds[1]);
}

static void
names_always_give_the_same(void **state)
{
	struct spdk_uuid space = parse(DNS_NAMESPACE), uuid, other;

	assert_int_equal(spdk_uuid_generate_sha1(&uuid, &space, EXAMPLE_NAME, strlen(EXAMPLE_NAME)),
			 0);
	check_text(&uuid, EXAMPLE_VERSION5);
	assert_int_equal(
		spdk_uuid_generate_sha1(&other, &space, EXAMPLE_NAME, strlen(EXAMPLE_NAME) - 1), 0);
	assert_int_not_equal(spdk_uuid_compare(&uuid, &other), 0);
	assert_int_equal(
		spdk_uuid_generate_sha1(&space, &space, EXAMPLE_NAME, strlen(EXAMPLE_NAME)), 0);
	check_text(&space, EXAMPLE_VERSION5);
	assert_int_equal(spdk_uuid_generate_sha1(&uuid, &space, NULL, 0), 0);
	assert_int_equal(spdk_uuid_generate_sha1(&other, &space, "", 0), 0);
	assert_int_equal(spdk_uuid_compare(&uuid, &other), 0);
	assert_int_equal(spdk_uuid_generate_sha1(&uuid, &space, NULL, 1), -EINVAL);
	assert_int_equal(spdk_uuid_generate_sha1(NULL, &space, "", 0), -EINVAL);
	assert_int_equal(spdk_uuid_generate_sha1(&uuid, NULL, "", 0), -EINVAL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_has_the_order_of_the_bytes),
		cmocka_unit_test(other_forms_are_refused),
		cmocka_unit_test(text_needs_its_room),
		cmocka_unit_test(order_is_that_of_the_texts),
		cmocka_unit_test(null_and_copies),
		cmocka_unit_test(generated_ones_are_random_and_say_so),
		cmocka_unit_test(a_forked_process_generates_others),
		cmocka_unit_test(names_always_give_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
