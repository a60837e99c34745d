/* SPDX-License-Identifier: BSD-3-Clause */
/* Numbers in memory: each order, width and address, and registers and pages beside them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "spdk/endian.h"
#include "spdk/memory.h"
#include "spdk/mmio.h"

static const uint8_t bytes[] = {0xee, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0xee};

static void
numbers_are_read_at_any_address(void **state)
{
	assert_int_equal(from_be16(bytes + 1), 0x8182);
	assert_int_equal(from_le16(bytes + 1), 0x8281);
	assert_int_equal(from_be32(bytes + 1), 0x81828384);
	assert_int_equal(from_le32(bytes + 1), 0x84838281);
	assert_true(from_be64(bytes + 1) == 0x8182838485868788);
	assert_true(from_le64(bytes + 1) == 0x8887868584838281);
}

static void
check_written(const uint8_t *written, size_t size, bool is_big_endian)
{
	size_t i;

	assert_int_equal(written[0], 0x5a);
	assert_int_equal(written[size + 1], 0x5a);
	for (i = 0; i < size; i++) {
		assert_int_equal(written[1 + i], 0x81 + (is_big_endian ? i : size - 1 - i));
	}
}

static void
numbers_are_written_in_their_bytes_only(void **state)
{
	uint8_t written[10];

	memset(written, 0x5a, sizeof(written));
	to_be16(written + 1, 0x8182);
	check_written(written, 2, true);
	to_le16(written + 1, 0x8182);
	check_written(written, 2, false);
	to_be32(written + 1, 0x81828384);
	check_written(written, 4, true);
	to_le32(written + 1, 0x81828384);
	check_written(written, 4, false);
	to_be64(written + 1, 0x8182838485868788);
	check_written(written, 8, true);
	to_le64(written + 1, 0x8182838485868788);
	check_written(written, 8, false);
}

static void
registers_have_their_width(void **state)
{
	volatile uint64_t registers[3] = {UINT64_MAX, UINT64_MAX, UINT64_MAX};
	volatile uint64_t *middle = &registers[1];

	spdk_mmio_write_8(middle, 0x0123456789abcdef);
	assert_true(registers[1] == 0x0123456789abcdef);
	assert_true(spdk_mmio_read_8(middle) == 0x0123456789abcdef);
	spdk_mmio_write_4((volatile uint32_t *)middle, 0x11223344);
	assert_int_equal(spdk_mmio_read_4((volatile uint32_t *)middle), 0x11223344);
	spdk_mmio_write_2((volatile uint16_t *)middle, 0x5566);
	assert_int_equal(spdk_mmio_read_2((volatile uint16_t *)middle), 0x5566);
	spdk_mmio_write_1((volatile uint8_t *)middle, 0x77);
	assert_int_equal(spdk_mmio_read_1((volatile uint8_t *)middle), 0x77);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	assert_true(registers[1] == 0x0123456711225577);
#endif
	assert_true(registers[0] == UINT64_MAX && registers[2] == UINT64_MAX);
}

static void
pages_of_addresses(void **state)
{
	char *address = (char *)(uintptr_t)0x7f0000323456;

	assert_true(VALUE_2MB == 2 * 1024 * 1024 && VALUE_4KB == 4096);
	assert_true(MASK_2MB == 0x1fffff && MASK_4KB == 0xfff);
	assert_true(_4KB_OFFSET(address) == 0x456);
	assert_true(_2MB_OFFSET(address) == 0x123456);
	assert_true(_2MB_PAGE(address) == 0x7f0000200000);
	assert_true(FLOOR_2MB(address) == 0x7f0000200000);
	assert_true(CEIL_2MB(address) == 0x7f0000400000);
	assert_true(CEIL_2MB(0x400000) == 0x400000 && FLOOR_2MB(0x400000) == 0x400000);
	assert_true(CEIL_2MB(0x400000 + 1) == 0x600000 && FLOOR_2MB(0x400000 - 1) == 0x200000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_read_at_any_address),
		cmocka_unit_test(numbers_are_written_in_their_bytes_only),
		cmocka_unit_test(registers_have_their_width),
		cmocka_unit_test(pages_of_addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
