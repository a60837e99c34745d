/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Checksums: the test cases of SBC and NVMe, the check values that catalogues give, and every way
 * to compute each of them against one bit at a time.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/util/crc32c_machine.h"
#include "base/util/crc_portable.h"
#include "spdk/crc16.h"
#include "spdk/crc32.h"
#include "spdk/crc64.h"
#include "spdk/util.h"

#define CHECK_TEXT  "123456789"
#define CHECK_SIZE  (sizeof(CHECK_TEXT) - 1)
#define BLOCK_BYTES 4096

/* How the standards define them: the polynomials with the highest power first. */
static uint64_t
bit_by_bit(uint64_t crc, uint64_t polynomial, bool is_reflected, const uint8_t *data, size_t size)
{
	uint64_t reflected = 0;
	size_t i;
	int bit, width;

	if (!is_reflected) {
		for (i = 0; i < size * 8; i++) {
			bit = (int)(crc >> 15 & 1) ^ (data[i / 8] >> (7 - i % 8) & 1);
			crc = (crc << 1 & 0xffff) ^ (bit ? polynomial : 0);
		}
		return crc;
	}
	width = polynomial > UINT32_MAX ? 64 : 32;
	for (bit = 0; bit < width; bit++) {
		reflected |= (polynomial >> bit & 1) << (width - 1 - bit);
	}
	for (i = 0; i < size * 8; i++) {
		bit = (int)(crc & 1) ^ (data[i / 8] >> i % 8 & 1);
		crc = crc >> 1 ^ (bit ? reflected : 0);
	}
	return crc;
}

#define T10DIF_POLYNOMIAL 0x8bb7
#define IEEE_POLYNOMIAL   0x04c11db7
#define CASTAGNOLI        0x1edc6f41
#define NVME64_POLYNOMIAL 0xad93d23594c93659

static void
check_values_of_catalogues(void **state)
{
	assert_int_equal(spdk_crc16_t10dif(0, CHECK_TEXT, CHECK_SIZE), 0xd0db);
	assert_int_equal(~spdk_crc32_ieee_update(CHECK_TEXT, CHECK_SIZE, ~0U), 0xcbf43926);
	assert_int_equal(~spdk_crc32c_update(CHECK_TEXT, CHECK_SIZE, ~0U), 0xe3069283);
	assert_int_equal(spdk_crc32c_nvme(CHECK_TEXT, CHECK_SIZE, 0), 0xe3069283);
	assert_true(spdk_crc64_nvme(CHECK_TEXT, CHECK_SIZE, 0) == 0xae8b14860a799888);
}

static void
test_cases_of_sbc(void **state)
{
	static const uint8_t two_ones[32] = {0xff, 0xff};
	uint8_t zeros[32] = {0}, ones[32], up[32], down[32];
	size_t i;

	memset(ones, 0xff, sizeof(ones));
	for (i = 0; i < 32; i++) {
		up[i] = (uint8_t)i;
		down[i] = (uint8_t)(0xff - i);
	}
	assert_int_equal(spdk_crc16_t10dif(0, zeros, 32), 0x0000);
	assert_int_equal(spdk_crc16_t10dif(0, ones, 32), 0xa293);
	assert_int_equal(spdk_crc16_t10dif(0, up, 32), 0x0224);
	assert_int_equal(spdk_crc16_t10dif(0, two_ones, 32), 0x21b8);
	assert_int_equal(spdk_crc16_t10dif(0, down, 32), 0xa0b7);
}

static void
test_cases_of_nvme(void **state)
{
	static const struct {
		uint8_t first;
		int step;
		uint32_t guard32;
		uint64_t guard64;
	} cases[] = {
		{0x00, 0, 0x98f94189, 0x6482d367eb22b64e},
		{0xff, 0, 0x25c1fe13, 0xc0ddba7302eca3ac},
		{0x00, 1, 0x9c71fe32, 0x3e729f5f6750449c},
		{0xff, -1, 0x214941a8, 0x9a2df64b8e9e517e},
	};
	uint8_t block[BLOCK_BYTES];
	size_t i, j;

	for (i = 0; i < SPDK_COUNTOF(cases); i++) {
		for (j = 0; j < sizeof(block); j++) {
			block[j] = (uint8_t)(cases[i].first + (int)j * cases[i].step);
		}
		assert_int_equal(spdk_crc32c_nvme(block, sizeof(block), 0), cases[i].guard32);
		if (spdk_crc64_nvme(block, sizeof(block), 0) != cases[i].guard64) {
			fail_msg("case %zu: 0x%" PRIx64, i,
				 spdk_crc64_nvme(block, sizeof(block), 0));
		}
	}
}

static void
test_cases_of_iscsi(void **state)
{
	/* RFC 3720, B.4: an iSCSI read command. */
	static const uint8_t command[48] = {
		[0] = 0x01,  [1] = 0xc0,  [16] = 0x14, [22] = 0x04,
		[27] = 0x14, [31] = 0x18, [32] = 0x28, [40] = 0x02,
	};
	uint8_t bytes[32] = {0};
	size_t i;

	assert_int_equal(~spdk_crc32c_update(bytes, 32, ~0U), 0x8a9136aa);
	memset(bytes, 0xff, sizeof(bytes));
	assert_int_equal(~spdk_crc32c_update(bytes, 32, ~0U), 0x62a8ab43);
	for (i = 0; i < 32; i++) {
		bytes[i] = (uint8_t)i;
	}
	assert_int_equal(~spdk_crc32c_update(bytes, 32, ~0U), 0x46dd794e);
	assert_int_equal(~spdk_crc32c_update(command, sizeof(command), ~0U), 0xd9963a56);
}

static uint64_t g_random = 0x2545f4914f6cdd1d;

static void
fill_random(void *bytes, size_t size)
{
	uint8_t *byte = bytes;

	for (; size > 0; size--) {
		*byte++ = (uint8_t)(spdk_rand_xorshift64(&g_random) >> 32);
	}
}

static void
check_all_ways(const uint8_t *data, size_t size, uint64_t crc)
{
	uint16_t crc16 = (uint16_t)bit_by_bit(crc & 0xffff, T10DIF_POLYNOMIAL, false, data, size);
	uint32_t ieee = (uint32_t)bit_by_bit((uint32_t)crc, IEEE_POLYNOMIAL, true, data, size);
	uint32_t crc32c = (uint32_t)bit_by_bit((uint32_t)crc, CASTAGNOLI, true, data, size);
	uint64_t crc64 = bit_by_bit(crc, NVME64_POLYNOMIAL, true, data, size);
	crc32c_fn machine = crc32c_machine();

	assert_int_equal(crc16_t10dif_portable((uint16_t)crc, data, size), crc16);
	assert_int_equal(spdk_crc16_t10dif((uint16_t)crc, data, size), crc16);
	assert_int_equal(crc32_ieee_portable((uint32_t)crc, data, size), ieee);
	assert_int_equal(spdk_crc32_ieee_update(data, size, (uint32_t)crc), ieee);
	assert_int_equal(crc32c_portable((uint32_t)crc, data, size), crc32c);
	assert_int_equal(spdk_crc32c_update(data, size, (uint32_t)crc), crc32c);
	assert_int_equal(spdk_crc32c_nvme(data, size, ~(uint32_t)crc), ~crc32c);
	if (machine != NULL) {
		assert_int_equal(machine((uint32_t)crc, data, size), crc32c);
	}
	assert_true(crc64_nvme_portable(crc, data, size) == crc64);
	assert_true(spdk_crc64_nvme(data, size, ~crc) == ~crc64);
}

static void
every_way_agrees_for_any_size_and_address(void **state)
{
	uint8_t bytes[512];
	size_t size, offset;

	fill_random(bytes, sizeof(bytes));
	for (size = 0; size <= 300; size += size < 80 ? 1 : 13) {
		for (offset = 0; offset < 16; offset += 5) {
			check_all_ways(bytes + offset, size, spdk_rand_xorshift64(&g_random));
		}
	}
	check_all_ways(bytes, sizeof(bytes), 0);
	check_all_ways(bytes, sizeof(bytes), UINT64_MAX);
}

static void
pieces_make_the_same_as_the_whole(void **state)
{
	uint8_t bytes[200];
	uint32_t ieee, crc32c, nvme;
	uint16_t crc16;
	uint64_t crc64;
	size_t cut;

	fill_random(bytes, sizeof(bytes));
	for (cut = 0; cut <= sizeof(bytes); cut++) {
		crc16 = spdk_crc16_t10dif(0, bytes, cut);
		ieee = spdk_crc32_ieee_update(bytes, cut, ~0U);
		crc32c = spdk_crc32c_update(bytes, cut, ~0U);
		nvme = spdk_crc32c_nvme(bytes, cut, 0);
		crc64 = spdk_crc64_nvme(bytes, cut, 0);
		assert_int_equal(spdk_crc16_t10dif(crc16, bytes + cut, sizeof(bytes) - cut),
				 spdk_crc16_t10dif(0, bytes, sizeof(bytes)));
		assert_int_equal(spdk_crc32_ieee_update(bytes + cut, sizeof(bytes) - cut, ieee),
				 spdk_crc32_ieee_update(bytes, sizeof(bytes), ~0U));
		assert_int_equal(spdk_crc32c_update(bytes + cut, sizeof(bytes) - cut, crc32c),
				 spdk_crc32c_update(bytes, sizeof(bytes), ~0U));
		assert_int_equal(spdk_crc32c_nvme(bytes + cut, sizeof(bytes) - cut, nvme),
				 spdk_crc32c_nvme(bytes, sizeof(bytes), 0));
		assert_true(spdk_crc64_nvme(bytes + cut, sizeof(bytes) - cut, crc64) ==
			    spdk_crc64_nvme(bytes, sizeof(bytes), 0));
	}
}

static void
lists_of_buffers_make_the_same_as_the_whole(void **state)
{
	uint8_t bytes[100];
	struct iovec iovs[4];
	uint32_t whole;

	fill_random(bytes, sizeof(bytes));
	whole = spdk_crc32c_update(bytes, sizeof(bytes), 0x12345678);
	iovs[0].iov_base = bytes;
	iovs[0].iov_len = 7;
	iovs[1].iov_base = NULL;
	iovs[1].iov_len = 0;
	iovs[2].iov_base = bytes + 7;
	iovs[2].iov_len = 64;
	iovs[3].iov_base = bytes + 71;
	iovs[3].iov_len = 29;
	assert_int_equal(spdk_crc32c_iov_update(iovs, 4, 0x12345678), whole);
	assert_int_equal(spdk_crc32c_iov_update(iovs, 3, 0x12345678),
			 spdk_crc32c_update(bytes, 71, 0x12345678));
	assert_int_equal(spdk_crc32c_iov_update(iovs, 0, 0x12345678), 0x12345678);
	assert_int_equal(spdk_crc32c_iov_update(NULL, 4, 0x12345678), 0x12345678);
}

static void
a_copy_is_a_copy_and_has_its_checksum(void **state)
{
	static const size_t sizes[] = {0, 1, 15, 16, 31, 512, 4095, 4096, 4097, 10000};
	uint8_t *from = malloc(10000), *to = malloc(10001);
	size_t i;

	assert_non_null(from);
	assert_non_null(to);
	fill_random(from, 10000);
	for (i = 0; i < SPDK_COUNTOF(sizes); i++) {
		memset(to, 0x5a, 10001);
		assert_int_equal(spdk_crc16_t10dif_copy(0x1234, to, from, sizes[i]),
				 crc16_t10dif_portable(0x1234, from, sizes[i]));
		assert_memory_equal(to, from, sizes[i]);
		assert_int_equal(to[sizes[i]], 0x5a);
	}
	free(from);
	free(to);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(check_values_of_catalogues),
		cmocka_unit_test(test_cases_of_sbc),
		cmocka_unit_test(test_cases_of_nvme),
		cmocka_unit_test(test_cases_of_iscsi),
		cmocka_unit_test(every_way_agrees_for_any_size_and_address),
		cmocka_unit_test(pieces_make_the_same_as_the_whole),
		cmocka_unit_test(lists_of_buffers_make_the_same_as_the_whole),
		cmocka_unit_test(a_copy_is_a_copy_and_has_its_checksum),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
