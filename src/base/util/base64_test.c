/* SPDX-License-Identifier: BSD-3-Clause */
/* Base64: the vectors of RFC 4648, both alphabets, and what is no such text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "spdk/base64.h"
#include "spdk/util.h"

static const struct {
	const char *raw;
	const char *text;
} rfc_vectors[] = {
	{"f", "Zg=="},        {"fo", "Zm8="},        {"foo", "Zm9v"},
	{"foob", "Zm9vYg=="}, {"fooba", "Zm9vYmE="}, {"foobar", "Zm9vYmFy"},
};

static void
vectors_of_the_rfc_both_ways(void **state)
{
	char text[16], raw[16];
	size_t i, size;

	for (i = 0; i < SPDK_COUNTOF(rfc_vectors); i++) {
		size = strlen(rfc_vectors[i].raw);
		memset(text, 'x', sizeof(text));
		assert_int_equal(spdk_base64_encode(text, rfc_vectors[i].raw, size), 0);
		assert_string_equal(text, rfc_vectors[i].text);
		assert_int_equal(strlen(text), spdk_base64_get_encoded_strlen(size));
		size = 77;
		assert_int_equal(spdk_base64_decode(raw, &size, text), 0);
		assert_int_equal(size, strlen(rfc_vectors[i].raw));
		assert_memory_equal(raw, rfc_vectors[i].raw, size);
	}
}

static void
alphabets_differ_in_two_digits(void **state)
{
	static const uint8_t raw[] = {0xfb, 0xff, 0xbf};
	uint8_t decoded[3];
	char text[5];
	size_t size;

	assert_int_equal(spdk_base64_encode(text, raw, sizeof(raw)), 0);
	assert_string_equal(text, "+/+/");
	assert_int_equal(spdk_base64_urlsafe_encode(text, raw, sizeof(raw)), 0);
	assert_string_equal(text, "-_-_");
	assert_int_equal(spdk_base64_decode(decoded, &size, "+/+/"), 0);
	assert_memory_equal(decoded, raw, sizeof(raw));
	assert_int_equal(spdk_base64_urlsafe_decode(decoded, &size, "-_-_"), 0);
	assert_memory_equal(decoded, raw, sizeof(raw));
	assert_int_equal(spdk_base64_decode(decoded, &size, "-_-_"), -EINVAL);
	assert_int_equal(spdk_base64_urlsafe_decode(decoded, &size, "+/+/"), -EINVAL);
}

static void
every_byte_in_every_place_survives(void **state)
{
	uint8_t raw[7], decoded[sizeof(raw)];
	char text[16];
	size_t size, length;
	int byte;

	for (length = 1; length <= sizeof(raw); length++) {
		for (byte = 0; byte < 256; byte++) {
			memset(raw, 0xa5, sizeof(raw));
			raw[length - 1] = (uint8_t)byte;
			assert_int_equal(spdk_base64_encode(text, raw, length), 0);
			assert_int_equal(spdk_base64_decode(decoded, &size, text), 0);
			assert_int_equal(size, length);
			assert_memory_equal(decoded, raw, length);
			assert_int_equal(spdk_base64_urlsafe_encode(text, raw, length), 0);
			assert_null(strpbrk(text, "+/"));
			assert_int_equal(spdk_base64_urlsafe_decode(decoded, &size, text), 0);
			assert_memory_equal(decoded, raw, length);
		}
	}
}

static void
padding_may_be_left_out_but_not_be_wrong(void **state)
{
	static const char *const bad[] = {
		"",         "=",     "A",       "A===",     "Zg=",   "Zg===",  "Zm9v=",
		"Zm9v====", "Zm8==", "Zm=8",    "Zg==Zg==", "Z g=",  "Zg==\n", " Zg==",
		"Zm9vY",    "Zm9v!", "Z\x80g=", "====",     "Zm8=x",
	};
	uint8_t decoded[16];
	size_t i, size;

	assert_int_equal(spdk_base64_decode(decoded, &size, "Zg"), 0);
	assert_int_equal(size, 1);
	assert_memory_equal(decoded, "f", 1);
	assert_int_equal(spdk_base64_decode(decoded, &size, "Zm9vYmE"), 0);
	assert_int_equal(size, 5);
	assert_memory_equal(decoded, "fooba", 5);
	memset(decoded, 0x5a, sizeof(decoded));
	for (i = 0; i < SPDK_COUNTOF(bad); i++) {
		size = 77;
		if (spdk_base64_decode(decoded, &size, bad[i]) != -EINVAL) {
			fail_msg("'%s' was taken", bad[i]);
		}
		assert_int_equal(size, 77);
		assert_int_equal(decoded[0], 0x5a);
	}
}

static void
bits_of_no_byte_are_ignored(void **state)
{
	uint8_t decoded[2];
	size_t size;

	assert_int_equal(spdk_base64_decode(decoded, &size, "Zh=="), 0);
	assert_int_equal(size, 1);
	assert_int_equal(decoded[0], 'f');
}

static void
lengths_are_known_before(void **state)
{
	static const size_t encoded[] = {0, 4, 4, 4, 8, 8, 8, 12};
	static const size_t decoded[] = {0, 1, 1, 2, 3, 4, 4, 5, 6};
	size_t i, size = 0;

	for (i = 0; i < SPDK_COUNTOF(encoded); i++) {
		assert_int_equal(spdk_base64_get_encoded_strlen(i), encoded[i]);
	}
	for (i = 0; i < SPDK_COUNTOF(decoded); i++) {
		assert_int_equal(spdk_base64_get_decoded_len(i), decoded[i]);
	}
	assert_int_equal(spdk_base64_decode(NULL, &size, "Zm9vYg=="), 0);
	assert_int_equal(size, 4);
	assert_int_equal(spdk_base64_decode(NULL, NULL, "Zm9vYg=="), 0);
	assert_int_equal(spdk_base64_decode(NULL, &size, "Zm9vYg="), -EINVAL);
}

static void
missing_arguments_are_refused(void **state)
{
	char text[8] = "x";
	size_t size;

	assert_int_equal(spdk_base64_encode(NULL, "a", 1), -EINVAL);
	assert_int_equal(spdk_base64_encode(text, NULL, 1), -EINVAL);
	assert_int_equal(spdk_base64_encode(text, "a", 0), -EINVAL);
	assert_string_equal(text, "x");
	assert_int_equal(spdk_base64_urlsafe_encode(NULL, "a", 1), -EINVAL);
	assert_int_equal(spdk_base64_decode(text, &size, NULL), -EINVAL);
	assert_int_equal(spdk_base64_urlsafe_decode(text, &size, NULL), -EINVAL);
	assert_int_equal(spdk_base64_decode(text, NULL, "Zg=="), 0);
	assert_int_equal(text[0], 'f');
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(vectors_of_the_rfc_both_ways),
		cmocka_unit_test(alphabets_differ_in_two_digits),
		cmocka_unit_test(every_byte_in_every_place_survives),
		cmocka_unit_test(padding_may_be_left_out_but_not_be_wrong),
		cmocka_unit_test(bits_of_no_byte_are_ignored),
		cmocka_unit_test(lengths_are_known_before),
		cmocka_unit_test(missing_arguments_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
