/* SPDX-License-Identifier: BSD-3-Clause */
/* SHA-1: the examples of FIPS 180, and lengths around the ends of blocks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/util/sha1.h"
#include "spdk/hexlify.h"
#include "spdk/util.h"

static void
check_sha1(const void *data, size_t size, size_t portion, const char *expected)
{
	const uint8_t *bytes = data;
	uint8_t digest[SHA1_BYTES];
	struct block_hash hash;
	size_t take;
	char *text;

	sha1_init(&hash);
	for (; size > 0; bytes += take, size -= take) {
		take = spdk_min(size, portion);
		block_hash_update(&hash, bytes, take);
	}
	sha1_finish(&hash, digest);
	text = spdk_hexlify((const char *)digest, sizeof(digest));
	assert_non_null(text);
	assert_string_equal(text, expected);
	free(text);
}

static void
examples_of_the_standard(void **state)
{
	static const char two_blocks[] = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
	char *many = malloc(1000000);

	check_sha1("abc", 3, SIZE_MAX, "a9993e364706816aba3e25717850c26c9cd0d89d");
	check_sha1(two_blocks, strlen(two_blocks), SIZE_MAX,
		   "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
	assert_non_null(many);
	memset(many, 'a', 1000000);
	check_sha1(many, 1000000, 12345, "34aa973cd4c4daa4f61eeb2bdbad27316534016f");
	free(many);
}

/* Of the bytes 3, 10, 17 and so on; computed by another implementation. */
static const struct {
	size_t size;
	const char *digest;
} lengths[] = {
	{0, "da39a3ee5e6b4b0d3255bfef95601890afd80709"},
	{1, "9842926af7ca0a8cca12604f945414f07b01e13d"},
	{3, "4201de9f98cb0a9b8cf52398be7802b55d45266a"},
	{54, "0617d0e2db51b03d5d09c217b3fe0643ed6d152f"},
	{55, "ddf57317ef34bfee3b6df83d359098930eb278bc"},
	{56, "a0d492bb0fc889d0eca3bc137066ab6f4f74f369"},
	{57, "11a02dcf95859677a62e75024067c22b165d890f"},
	{63, "c55856749bef509bdfe6bfebfc7bf4e793e82132"},
	{64, "bede92be29c3874e1b54ddc77988d606fc857a8e"},
	{65, "b05a80522b053d6dc7e0a517d0e70212c7dad11f"},
	{118, "55bfbde27c9acb13670a70e765a687b2da3435fc"},
	{119, "504e27376a6e0f0dba8295b85cb25dc4dfa17d23"},
	{120, "82134b02fb3f702491be9bed581eeab59334acb2"},
	{121, "f004a54c50aa3705ccc2f03f21016ca6a25755cb"},
	{127, "34d5e582029e9b9b85b2febe31da3db7cdabaaea"},
	{128, "a09133e6730ffe899efb70204cb5646cd5dc24ee"},
	{129, "808aea332ce367541d37adae7f94e59c5c1a934e"},
	{200, "892b673ca3c696ab13ab8aab3cf3abfbc3aaeb3b"},
	{256, "6aa0e62cd373dc2eb2bd8d9d9ed6e6ef196cc931"},
	{300, "2b498a2177b181ad0e5eddbd5cb58b8d52cf6941"},
};

static void
lengths_around_blocks_in_any_portions(void **state)
{
	static const size_t portions[] = {1, 3, 55, 63, 64, 65, 100, 300};
	uint8_t bytes[300];
	size_t i, j;

	for (i = 0; i < sizeof(bytes); i++) {
		bytes[i] = (uint8_t)(7 * i + 3);
	}
	for (i = 0; i < SPDK_COUNTOF(lengths); i++) {
		for (j = 0; j < SPDK_COUNTOF(portions); j++) {
			check_sha1(bytes, lengths[i].size, portions[j], lengths[i].digest);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(examples_of_the_standard),
		cmocka_unit_test(lengths_around_blocks_in_any_portions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
