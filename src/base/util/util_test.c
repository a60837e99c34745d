/* SPDX-License-Identifier: BSD-3-Clause */
/* Small arithmetic, macros over structs, versions, and facts of file descriptors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "spdk/assert.h"
#include "spdk/config.h"
#include "spdk/likely.h"
#include "spdk/string.h"
#include "spdk/util.h"
#include "spdk/version.h"

struct sized {
	size_t size;
	uint32_t early;
	uint32_t late;
	uint16_t array[5];
};

/* Used by the preprocessor and where a constant is needed: they must stay constants. */
#if SPDK_VERSION < SPDK_VERSION_NUM(26, 5, 0) || SPDK_VERSION >= SPDK_VERSION_NUM(26, 6, 0)
#error "the version does not compare"
#endif
typedef char sized_by_macro[spdk_max(SPDK_ALIGN_CEIL(5, 8), SPDK_CEIL_DIV(9, 2))];

SPDK_STATIC_ASSERT(SPDK_CONFIG_MAX_NUMA_NODES == 1, "the layout of iobuf channels hangs on it");
SPDK_STATIC_ASSERT(offsetof(struct spdk_ioviter, iters) ==
			   offsetof(struct spdk_ioviter, iters_compat),
		   "an iterator of two and one of many begin alike");
SPDK_STATIC_ASSERT(SPDK_IOVITER_SIZE(2) == sizeof(struct spdk_ioviter), "two fit as declared");

static void
logarithms_and_powers_of_two(void **state)
{
	uint32_t bit;

	assert_int_equal(spdk_u32log2(0), 0);
	assert_int_equal(spdk_u64log2(0), 0);
	for (bit = 0; bit < 64; bit++) {
		assert_int_equal(spdk_u64log2(SPDK_BIT(bit)), bit);
		assert_int_equal(spdk_u64log2(SPDK_BIT(bit) | 1), bit);
		assert_true(spdk_u64_is_pow2(SPDK_BIT(bit)));
		assert_true(spdk_align64pow2(SPDK_BIT(bit)) == SPDK_BIT(bit));
		if (bit > 1) {
			assert_false(spdk_u64_is_pow2(SPDK_BIT(bit) - 1));
			assert_true(spdk_align64pow2(SPDK_BIT(bit) - 1) == SPDK_BIT(bit));
		}
		if (bit < 32) {
			assert_int_equal(spdk_u32log2(UINT32_C(1) << bit), bit);
			assert_true(spdk_u32_is_pow2(UINT32_C(1) << bit));
			assert_int_equal(spdk_align32pow2(UINT32_C(1) << bit), UINT32_C(1) << bit);
		}
	}
	assert_false(spdk_u32_is_pow2(0));
	assert_false(spdk_u64_is_pow2(0));
	assert_false(spdk_u32_is_pow2(6));
	assert_int_equal(spdk_align32pow2(0), 1);
	assert_int_equal(spdk_align32pow2(5), 8);
	assert_int_equal(spdk_align32pow2(UINT32_MAX), 0);
	assert_int_equal(spdk_align64pow2(UINT64_MAX), 0);
}

static void
rounding(void **state)
{
	assert_int_equal(spdk_divide_round_up(0, 7), 0);
	assert_int_equal(spdk_divide_round_up(7, 7), 1);
	assert_int_equal(spdk_divide_round_up(8, 7), 2);
	assert_true(spdk_divide_round_up(UINT64_MAX, 2) == SPDK_BIT(63));
	assert_int_equal(spdk_round_up(8, 7), 14);
	assert_int_equal(spdk_round_up(14, 7), 14);
	assert_int_equal(SPDK_CEIL_DIV(10U, 4U), 3);
	assert_int_equal(SPDK_CEIL_DIV(8U, 4U), 2);
	assert_int_equal(SPDK_ALIGN_FLOOR(4097U, 4096), 4096);
	assert_int_equal(SPDK_ALIGN_CEIL(4097U, 4096), 8192);
	assert_int_equal(SPDK_ALIGN_CEIL(4096U, 4096), 4096);
	/* The type of the value, not of the alignment: the upper half must not be lost. */
	assert_true(SPDK_ALIGN_FLOOR(SPDK_BIT(40) + 5, 8U) == SPDK_BIT(40));
	assert_true(SPDK_ALIGN_CEIL(SPDK_BIT(40) + 5, 8U) == SPDK_BIT(40) + 8);
	assert_int_equal(sizeof(SPDK_ALIGN_CEIL((uint8_t)1, 4096)), 1);
	assert_int_equal(sizeof(sized_by_macro), 8);
	assert_int_equal(spdk_min(3, 2), 2);
	assert_int_equal(spdk_max(3, 2), 3);
}

static void
macros_over_structs(void **state)
{
	struct sized s = {.size = offsetof(struct sized, late), .early = 1, .late = 2};

	assert_ptr_equal(SPDK_CONTAINEROF(&s.late, struct sized, late), &s);
	assert_int_equal(SPDK_SIZEOF(&s, early), offsetof(struct sized, early) + 4);
	assert_int_equal(SPDK_SIZEOF_MEMBER(struct sized, array), 10);
	assert_int_equal(SPDK_COUNTOF_MEMBER(struct sized, array), 5);
	assert_int_equal(SPDK_COUNTOF(s.array), 5);
	assert_true(SPDK_FIELD_VALID(&s, early));
	assert_false(SPDK_FIELD_VALID(&s, late));
	assert_true(SPDK_FIELD_VALID(&s, late, sizeof(s)));
	/* Half a field is none. */
	assert_false(SPDK_FIELD_VALID(&s, late, SPDK_SIZEOF(&s, late) - 1));
	assert_int_equal(SPDK_GET_FIELD(&s, early, 9), 1);
	assert_int_equal(SPDK_GET_FIELD(&s, late, 9), 9);
	assert_int_equal(SPDK_GET_FIELD(&s, late, 9, sizeof(s)), 2);
	assert_int_equal(spdk_likely(s.early == 1), 1);
	assert_int_equal(spdk_unlikely(4), 1);
	assert_string_equal(SPDK_STRINGIFY(SPDK_VERSION_MAJOR), "26");
	assert_string_equal(SPDK_VERSION_STRING, "Spindle (SPDK v26.05 API)");
}

static void
serial_numbers_go_round(void **state)
{
	assert_true(spdk_sn32_lt(1, 2));
	assert_false(spdk_sn32_lt(2, 1));
	assert_false(spdk_sn32_lt(2, 2));
	assert_true(spdk_sn32_gt(2, 1));
	assert_true(spdk_sn32_lt(UINT32_MAX, 0));
	assert_true(spdk_sn32_gt(0, UINT32_MAX));
	assert_int_equal(spdk_sn32_add(UINT32_MAX, 2), 1);
	assert_true(spdk_sn32_lt(0, SPDK_SN32_CMPMAX - 1));
	/* Half way round there is no order. */
	assert_false(spdk_sn32_lt(0, SPDK_SN32_CMPMAX));
	assert_false(spdk_sn32_gt(0, SPDK_SN32_CMPMAX));
	assert_true(spdk_sn32_gt(0, SPDK_SN32_CMPMAX + 1));
}

static void
pseudo_random_numbers(void **state)
{
	uint64_t number = 1;

	/* Worked out by hand: 1, then 1 ^ 1 << 13, then ^ >> 7, then ^ << 17. */
	assert_true(spdk_rand_xorshift64(&number) == UINT64_C(0x40822041));
	assert_true(number == UINT64_C(0x40822041));
	srand(7);
	number = spdk_rand_xorshift64_seed();
	assert_true(number != 0);
	srand(7);
	assert_true(spdk_rand_xorshift64_seed() == number);
	assert_true(spdk_rand_xorshift64_seed() != number);
}

static void
safe_memset_stays_inside(void **state)
{
	char text[] = "abcdef";

	spdk_memset_s(text, 4, 'x', 2);
	assert_string_equal(text, "xxcdef");
	spdk_memset_s(text, 4, 'y', 100);
	assert_string_equal(text, "yyyyef");
	spdk_memset_s(NULL, 4, 'y', 4);
}

static void
one_buffer_is_a_list(void **state)
{
	char *array[3], buf[4];
	struct iovec iov;
	int count = 0;

	SPDK_IOV_ONE(&iov, &count, buf, sizeof(buf));
	assert_int_equal(count, 1);
	assert_ptr_equal(iov.iov_base, buf);
	assert_int_equal(iov.iov_len, 4);
	SPDK_CLANG_ANALYZER_PREINIT_PTR_ARRAY(array, 3, 16);
	assert_non_null(array[0]);
	assert_non_null(array[2]);
}

static void
descriptors(void **state)
{
	int fds[2], fd = memfd_create("util_test", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, 12345), 0);
	assert_int_equal(spdk_fd_get_size(fd), 12345);
	assert_true(spdk_fd_get_blocklen(fd) > 0);
	assert_int_equal(spdk_fd_set_nonblock(fd), 0);
	assert_true(fcntl(fd, F_GETFL) & O_NONBLOCK);
	assert_int_equal(spdk_fd_set_nonblock(fd), 0);
	assert_int_equal(spdk_fd_clear_nonblock(fd), 0);
	assert_false(fcntl(fd, F_GETFL) & O_NONBLOCK);
	close(fd);
	assert_int_equal(spdk_fd_get_size(fd), 0);
	assert_int_equal(spdk_fd_get_blocklen(fd), 0);
	assert_int_equal(spdk_fd_set_nonblock(fd), -EBADF);
	assert_int_equal(spdk_fd_clear_nonblock(fd), -EBADF);
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(spdk_fd_get_size(fds[0]), 0);
	close(fds[0]);
	close(fds[1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(logarithms_and_powers_of_two),
		cmocka_unit_test(rounding),
		cmocka_unit_test(macros_over_structs),
		cmocka_unit_test(serial_numbers_go_round),
		cmocka_unit_test(pseudo_random_numbers),
		cmocka_unit_test(safe_memset_stays_inside),
		cmocka_unit_test(one_buffer_is_a_list),
		cmocka_unit_test(descriptors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
