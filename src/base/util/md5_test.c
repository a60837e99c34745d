/* SPDX-License-Identifier: BSD-3-Clause */
/* MD5: the test suite of RFC 1321, lengths around the ends of blocks, and use in the wrong order.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "spdk/hexlify.h"
#include "spdk/md5.h"
#include "spdk/util.h"

static void
check_digest(const void *digest, const char *expected)
{
	char *text = spdk_hexlify(digest, SPDK_MD5DIGEST_LEN);

	assert_non_null(text);
	assert_string_equal(text, expected);
	free(text);
}

static void
check_md5(const void *data, size_t size, size_t portion, const char *expected)
{
	uint8_t digest[SPDK_MD5DIGEST_LEN];
	const uint8_t *bytes = data;
	struct spdk_md5ctx context;
	size_t take;

	assert_int_equal(spdk_md5init(&context), 0);
	for (; size > 0; bytes += take, size -= take) {
		take = spdk_min(size, portion);
		assert_int_equal(spdk_md5update(&context, bytes, take), 0);
	}
	assert_int_equal(spdk_md5final(digest, &context), 0);
	assert_null(context.md5ctx);
	check_digest(digest, expected);
}

static void
test_suite_of_the_rfc(void **state)
{
	static const char *const cases[][2] = {
		{"", "d41d8cd98f00b204e9800998ecf8427e"},
		{"a", "0cc175b9c0f1b6a831c399e269772661"},
		{"abc", "900150983cd24fb0d6963f7d28e17f72"},
		{"message digest", "f96b697d7cb7938d525a2f31aaf161d0"},
		{"abcdefghijklmnopqrstuvwxyz", "c3fcd3d76192e4007dfb496cca67e13b"},
		{"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
		 "d174ab98d277d9f5a5611c2c9f419d9f"},
		{"1234567890123456789012345678901234567890"
		 "1234567890123456789012345678901234567890",
		 "57edf4a22be3c955ac49da2e2107b67a"},
	};
	size_t i;

	for (i = 0; i < SPDK_COUNTOF(cases); i++) {
		check_md5(cases[i][0], strlen(cases[i][0]), SIZE_MAX, cases[i][1]);
	}
}

/* Of the bytes that fill() makes; computed by another implementation. */
static const struct {
	size_t size;
	const char *digest;
} lengths[] = {
	{0, "d41d8cd98f00b204e9800998ecf8427e"},   {1, "8666683506aacd900bbd5a74ac4edf68"},
	{3, "c9aee4810523ef8658121b8d492c6b41"},   {54, "eb5acae65a800805a13648f23dea0327"},
	{55, "52c0e574e1198de5fe3f8f11440dcb1b"},  {56, "46c9907fc908ee68b1e7b8e71286a518"},
	{57, "1c805dd236c35cab25fcb1bc73802c51"},  {63, "a62f6d59e837867693f042f5b8f5a236"},
	{64, "7160b8fb5e9e4023d549c3971fbaeead"},  {65, "70bd662e7aefbda85a0f7244167b7897"},
	{118, "f7ee9ac5422f3dde35ddca3d87bf365b"}, {119, "e84905d4214f4d1ca56c2cdcc152b143"},
	{120, "e3eb5a6c8669ea01a8c185b8abc8a5dc"}, {121, "82f02aff7c685d5ef5f6abdfc38fd04f"},
	{127, "acce2474d6cc8302120d09c818d17ef7"}, {128, "10b2da1a82f16d99a81a7203fe9f02cb"},
	{129, "03fefbbcebe2959cf2270241aafe0250"}, {200, "4c79b81ac94bad7a875519ce6b964c66"},
	{256, "d436d767fed83db89eacc70ed6cbd839"}, {300, "3ea74b65673e1390b90da3e462c02f9f"},
};

static void
fill(uint8_t *bytes, size_t size)
{
	size_t i;

	for (i = 0; i < size; i++) {
		bytes[i] = (uint8_t)(7 * i + 3);
	}
}

static void
lengths_around_blocks_in_any_portions(void **state)
{
	static const size_t portions[] = {1, 3, 55, 63, 64, 65, 100, 300};
	uint8_t bytes[300];
	size_t i, j;

	fill(bytes, sizeof(bytes));
	for (i = 0; i < SPDK_COUNTOF(lengths); i++) {
		for (j = 0; j < SPDK_COUNTOF(portions); j++) {
			check_md5(bytes, lengths[i].size, portions[j], lengths[i].digest);
		}
	}
}

static void
wrong_order_is_refused(void **state)
{
	uint8_t digest[SPDK_MD5DIGEST_LEN];
	struct spdk_md5ctx context = {NULL};

	assert_int_equal(spdk_md5update(&context, "a", 1), -EINVAL);
	assert_int_equal(spdk_md5final(digest, &context), -EINVAL);
	assert_int_equal(spdk_md5init(NULL), -EINVAL);
	assert_int_equal(spdk_md5update(NULL, "a", 1), -EINVAL);
	assert_int_equal(spdk_md5final(digest, NULL), -EINVAL);
	assert_int_equal(spdk_md5init(&context), 0);
	assert_int_equal(spdk_md5update(&context, NULL, 1), -EINVAL);
	assert_int_equal(spdk_md5update(&context, NULL, 0), 0);
	assert_int_equal(spdk_md5final(digest, &context), 0);
	check_digest(digest, "d41d8cd98f00b204e9800998ecf8427e");
	assert_int_equal(spdk_md5final(digest, &context), -EINVAL);
	/* Again, and ended without a place for the digest: nothing leaks. */
	assert_int_equal(spdk_md5init(&context), 0);
	assert_int_equal(spdk_md5final(NULL, &context), -EINVAL);
	assert_int_equal(spdk_md5update(&context, "a", 1), -EINVAL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_suite_of_the_rfc),
		cmocka_unit_test(lengths_around_blocks_in_any_portions),
		cmocka_unit_test(wrong_order_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
