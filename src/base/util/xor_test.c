/* SPDX-License-Identifier: BSD-3-Clause */
/* Parity of buffers: any number, size and address, by every way there is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/util/xor_portable.h"
#include "spdk/util.h"
#include "spdk/xor.h"

#define SOURCES_MAX    40
#define SIZE_MAX_BYTES 1000
#define GUARD          0x5a

typedef void (*xor_fn)(void *target, void **sources, uint32_t count, uint32_t size);

static void
by_public(void *target, void **sources, uint32_t count, uint32_t size)
{
	assert_int_equal(spdk_xor_gen(target, sources, count, size), 0);
}

static void
by_portable(void *target, void **sources, uint32_t count, uint32_t size)
{
	xor_portable(target, sources, count, size);
}

static uint8_t *g_sources[SOURCES_MAX];
static uint8_t *g_target;

static int
set_up(void **state)
{
	uint64_t random = 88172645463325252;
	size_t i, j;

	for (i = 0; i < SOURCES_MAX; i++) {
		g_sources[i] = aligned_alloc(64, 1088);
		assert_non_null(g_sources[i]);
		for (j = 0; j < 1088; j++) {
			g_sources[i][j] = (uint8_t)(spdk_rand_xorshift64(&random) >> 24);
		}
	}
	g_target = aligned_alloc(64, 1088);
	assert_non_null(g_target);
	return 0;
}

static int
tear_down(void **state)
{
	size_t i;

	for (i = 0; i < SOURCES_MAX; i++) {
		free(g_sources[i]);
	}
	free(g_target);
	return 0;
}

/* The last source lies `skew` bytes off, the target `target_skew`. */
static void
check(xor_fn xor, uint32_t count, uint32_t size, size_t skew, size_t target_skew)
{
	uint8_t *target = g_target + 32 + target_skew, byte;
	void *sources[SOURCES_MAX];
	uint32_t i, j;

	for (i = 0; i < count; i++) {
		sources[i] = g_sources[i];
	}
	sources[count - 1] = g_sources[count - 1] + skew;
	memset(g_target, GUARD, 1088);
	xor(target, sources, count, size);
	for (j = 0; j < size; j++) {
		byte = 0;
		for (i = 0; i < count; i++) {
			byte ^= ((uint8_t *)sources[i])[j];
		}
		if (target[j] != byte) {
			fail_msg("byte %u of %u, %u sources, skew %zu and %zu", j, size, count,
				 skew, target_skew);
		}
	}
	assert_int_equal(target[size], GUARD);
	assert_int_equal(target[-1], GUARD);
}

static void
any_number_and_size(void **state)
{
	static const xor_fn ways[] = {by_public, by_portable};
	uint32_t count, size;
	size_t way;

	for (way = 0; way < SPDK_COUNTOF(ways); way++) {
		for (count = 2; count <= SOURCES_MAX; count += count < 6 ? 1 : 9) {
			for (size = 0; size <= SIZE_MAX_BYTES; size += size < 140 ? 1 : 97) {
				check(ways[way], count, size, 0, 0);
			}
		}
		check(ways[way], 33, 1000, 0, 0);
		check(ways[way], 32, 1000, 0, 0);
	}
}

static void
any_address(void **state)
{
	size_t skew;

	for (skew = 0; skew < 33; skew++) {
		check(by_public, 3, 333, skew, 0);
		check(by_public, 3, 333, 0, skew);
		check(by_portable, 3, 333, skew, 32 - skew);
	}
}

static void
the_target_may_be_a_source(void **state)
{
	static const uint32_t sizes[] = {15, 64, 1000};
	void *sources[3];
	uint8_t expected[1000], before[1000];
	size_t place, i, j;

	for (i = 0; i < SPDK_COUNTOF(sizes) * 3; i++) {
		place = i % 3;
		memcpy(before, g_sources[place], sizeof(before));
		for (j = 0; j < 3; j++) {
			sources[j] = g_sources[j];
		}
		for (j = 0; j < sizeof(expected); j++) {
			expected[j] = g_sources[0][j] ^ g_sources[1][j] ^ g_sources[2][j];
		}
		assert_int_equal(spdk_xor_gen(sources[place], sources, 3, sizes[i / 3]), 0);
		assert_memory_equal(sources[place], expected, sizes[i / 3]);
		memcpy(g_sources[place], before, sizeof(before));
	}
}

static void
misuse_is_refused(void **state)
{
	void *sources[] = {g_sources[0], g_sources[1]};
	size_t alignment = spdk_xor_get_optimal_alignment();

	assert_int_equal(spdk_xor_gen(g_target, sources, 1, 16), -EINVAL);
	assert_int_equal(spdk_xor_gen(g_target, sources, 0, 16), -EINVAL);
	assert_int_equal(spdk_xor_gen(NULL, sources, 2, 16), -EINVAL);
	assert_int_equal(spdk_xor_gen(g_target, NULL, 2, 16), -EINVAL);
	assert_int_equal(spdk_xor_gen(g_target, sources, 2, 0), 0);
	assert_true(alignment >= sizeof(void *) && spdk_u64_is_pow2(alignment));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_number_and_size),
		cmocka_unit_test(any_address),
		cmocka_unit_test(the_target_may_be_a_source),
		cmocka_unit_test(misuse_is_refused),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
