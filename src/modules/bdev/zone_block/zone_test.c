/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a zone allows in each of its states, and that it holds while many write and reset it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "spdk/nvme_spec.h"
#include "spdk/util.h"
#include "zone.h"

#define CAPACITY 100

#define EMPTY  SPDK_BDEV_ZONE_STATE_EMPTY
#define OPEN_I SPDK_BDEV_ZONE_STATE_IMP_OPEN
#define OPEN_E SPDK_BDEV_ZONE_STATE_EXP_OPEN
#define CLOSED SPDK_BDEV_ZONE_STATE_CLOSED
#define FULL   SPDK_BDEV_ZONE_STATE_FULL

#define IS_FULL     SPDK_NVME_SC_ZONE_IS_FULL
#define BOUNDARY    SPDK_NVME_SC_ZONED_BOUNDARY_ERROR
#define INVALID     SPDK_NVME_SC_ZONE_INVALID_WRITE
#define NO_WAY      SPDK_NVME_SC_INVALID_ZONE_STATE_TRANSITION
#define INTERRUPTED SPDK_NVME_SC_COMMAND_INTERRUPTED

static void
expect_zone(const struct zone *zone, enum spdk_bdev_zone_state state, uint64_t written)
{
	uint64_t found;

	assert_int_equal(zone_get(zone, &found), state);
	assert_int_equal(found, written);
}

static int
do_reset(struct zone *zone)
{
	enum zone_reset reset = zone_begin_reset(zone, zone);

	if (reset == ZONE_RESET_BEGINS) {
		zone_end_reset(zone, true);
	}
	return reset == ZONE_RESET_REFUSED ? INTERRUPTED : 0;
}

static int
do_write(struct zone *zone, uint64_t offset, uint64_t count)
{
	int sc = zone_begin_write(zone, CAPACITY, offset, count);

	if (sc == 0) {
		assert_false(zone_end_write(zone));
	}
	return sc;
}

/* A zone in a state, with 10 blocks written where that is possible. */
static void
make(struct zone *zone, enum spdk_bdev_zone_state state)
{
	zone_init(zone, CAPACITY);
	if (state == FULL) {
		return;
	}
	assert_int_equal(do_reset(zone), 0);
	if (state == EMPTY) {
		return;
	}
	assert_int_equal(do_write(zone, 0, 10), 0);
	if (state == OPEN_E) {
		assert_int_equal(zone_open(zone), 0);
	} else if (state == CLOSED) {
		assert_int_equal(zone_close(zone), 0);
	}
	expect_zone(zone, state, 10);
}

/* What is done, the result, and the state and write pointer after it. */
struct step {
	enum spdk_bdev_zone_state from;
	char action; /* w, the last write W, a, o, c, f, r */
	int sc;
	enum spdk_bdev_zone_state to;
	uint64_t written;
};

static const struct step g_steps[] = {
	{EMPTY, 'w', 0, OPEN_I, 1},
	{EMPTY, 'W', 0, FULL, CAPACITY},
	{EMPTY, 'a', 0, OPEN_I, 1},
	{EMPTY, 'o', 0, OPEN_E, 0},
	{EMPTY, 'c', NO_WAY, EMPTY, 0},
	{EMPTY, 'f', 0, FULL, CAPACITY},
	{EMPTY, 'r', 0, EMPTY, 0},
	{OPEN_I, 'w', 0, OPEN_I, 11},
	{OPEN_I, 'W', 0, FULL, CAPACITY},
	{OPEN_I, 'a', 0, OPEN_I, 11},
	{OPEN_I, 'o', 0, OPEN_E, 10},
	{OPEN_I, 'c', 0, CLOSED, 10},
	{OPEN_I, 'f', 0, FULL, CAPACITY},
	{OPEN_I, 'r', 0, EMPTY, 0},
	{OPEN_E, 'w', 0, OPEN_E, 11},
	{OPEN_E, 'W', 0, FULL, CAPACITY},
	{OPEN_E, 'a', 0, OPEN_E, 11},
	{OPEN_E, 'o', 0, OPEN_E, 10},
	{OPEN_E, 'c', 0, CLOSED, 10},
	{OPEN_E, 'f', 0, FULL, CAPACITY},
	{OPEN_E, 'r', 0, EMPTY, 0},
	{CLOSED, 'w', 0, OPEN_I, 11},
	{CLOSED, 'W', 0, FULL, CAPACITY},
	{CLOSED, 'a', 0, OPEN_I, 11},
	{CLOSED, 'o', 0, OPEN_E, 10},
	{CLOSED, 'c', 0, CLOSED, 10},
	{CLOSED, 'f', 0, FULL, CAPACITY},
	{CLOSED, 'r', 0, EMPTY, 0},
	{FULL, 'w', BOUNDARY, FULL, CAPACITY}, /* there is no block at the write pointer */
	{FULL, 'a', IS_FULL, FULL, CAPACITY},
	{FULL, 'o', NO_WAY, FULL, CAPACITY},
	{FULL, 'c', NO_WAY, FULL, CAPACITY},
	{FULL, 'f', 0, FULL, CAPACITY},
	{FULL, 'r', 0, EMPTY, 0},
};

static int
act(struct zone *zone, char action)
{
	uint64_t written, offset;
	int sc;

	(void)zone_get(zone, &written);
	switch (action) {
	case 'w':
		return do_write(zone, written, 1);
	case 'W':
		return do_write(zone, written, CAPACITY - written);
	case 'a':
		sc = zone_begin_append(zone, CAPACITY, 1, &offset);
		if (sc == 0) {
			assert_int_equal(offset, written);
			assert_false(zone_end_write(zone));
		}
		return sc;
	case 'o':
		return zone_open(zone);
	case 'c':
		return zone_close(zone);
	case 'f':
		return zone_finish(zone, CAPACITY);
	default:
		return do_reset(zone);
	}
}

static void
each_state_has_its_ways_out(void **state)
{
	struct zone zone;

	for (size_t i = 0; i < SPDK_COUNTOF(g_steps); i++) {
		const struct step *step = &g_steps[i];
		int sc;

		make(&zone, step->from);
		sc = act(&zone, step->action);
		if (sc != step->sc) {
			fail_msg("step %zu: 0x%x, and 0x%x is expected", i, sc, step->sc);
		}
		expect_zone(&zone, step->to, step->written);
	}
}

static void
a_write_is_at_the_write_pointer_and_within_the_zone(void **state)
{
	uint64_t offset = 7;
	struct zone zone;

	make(&zone, OPEN_I);
	assert_int_equal(do_write(&zone, 11, 1), INVALID);
	assert_int_equal(do_write(&zone, 9, 1), INVALID);
	assert_int_equal(do_write(&zone, 10, 91), BOUNDARY);
	assert_int_equal(do_write(&zone, 10, UINT64_MAX), BOUNDARY);
	assert_int_equal(do_write(&zone, CAPACITY + 1, 1), BOUNDARY);
	assert_int_equal(zone_begin_append(&zone, CAPACITY, 91, &offset), BOUNDARY);
	assert_int_equal(zone_begin_append(&zone, CAPACITY, UINT64_MAX, &offset), BOUNDARY);
	assert_int_equal(offset, 7);
	expect_zone(&zone, OPEN_I, 10);
	make(&zone, FULL);
	assert_int_equal(do_write(&zone, 0, 1), IS_FULL);
	assert_int_equal(zone_status_type(IS_FULL), SPDK_NVME_SCT_COMMAND_SPECIFIC);
	assert_int_equal(zone_status_type(BOUNDARY), SPDK_NVME_SCT_COMMAND_SPECIFIC);
	assert_int_equal(zone_status_type(NO_WAY), SPDK_NVME_SCT_COMMAND_SPECIFIC);
	assert_int_equal(zone_status_type(INTERRUPTED), SPDK_NVME_SCT_GENERIC);
	assert_int_equal(zone_status_type(SPDK_NVME_SC_LBA_OUT_OF_RANGE), SPDK_NVME_SCT_GENERIC);
}

static void
writes_may_follow_before_the_first_has_ended(void **state)
{
	struct zone zone;

	make(&zone, EMPTY);
	for (uint64_t i = 0; i < CAPACITY; i++) {
		assert_int_equal(zone_begin_write(&zone, CAPACITY, i, 1), 0);
	}
	/* A full one may still be written. */
	expect_zone(&zone, FULL, CAPACITY);
	for (uint64_t i = 0; i < CAPACITY; i++) {
		assert_false(zone_end_write(&zone));
	}
	expect_zone(&zone, FULL, CAPACITY);
}

static void
a_zone_with_the_largest_capacity_counts_to_its_end(void **state)
{
	const uint64_t capacity = ZONE_CAPACITY_END - 1;
	struct zone zone;
	uint64_t offset;

	zone_init(&zone, capacity);
	expect_zone(&zone, FULL, capacity);
	assert_int_equal(do_reset(&zone), 0);
	assert_int_equal(zone_begin_append(&zone, capacity, capacity - 1, &offset), 0);
	assert_int_equal(zone_begin_append(&zone, capacity, 2, &offset), BOUNDARY);
	assert_int_equal(zone_begin_append(&zone, capacity, 1, &offset), 0);
	assert_int_equal(offset, capacity - 1);
	expect_zone(&zone, FULL, capacity);
	assert_false(zone_end_write(&zone));
	assert_false(zone_end_write(&zone));
}

static void
more_writes_than_are_counted_are_refused(void **state)
{
	const uint64_t capacity = ZONE_CAPACITY_END - 1;
	struct zone zone;
	uint64_t offset;

	zone_init(&zone, capacity);
	assert_int_equal(do_reset(&zone), 0);
	for (uint32_t i = 0; i < ZONE_WRITES_MAX; i++) {
		assert_int_equal(zone_begin_append(&zone, capacity, 1, &offset), 0);
	}
	assert_int_equal(zone_begin_append(&zone, capacity, 1, &offset), INTERRUPTED);
	assert_int_equal(zone_begin_reset(&zone, &zone), ZONE_RESET_REFUSED);
	expect_zone(&zone, OPEN_I, ZONE_WRITES_MAX);
	assert_false(zone_end_write(&zone));
	assert_int_equal(zone_begin_append(&zone, capacity, 1, &offset), 0);
	assert_int_equal(offset, ZONE_WRITES_MAX);
}

static void
a_reset_waits_for_writes_and_lets_nobody_in(void **state)
{
	struct zone zone;
	int reset;

	make(&zone, OPEN_E);
	assert_int_equal(zone_begin_write(&zone, CAPACITY, 10, 1), 0);
	assert_int_equal(zone_begin_write(&zone, CAPACITY, 11, 1), 0);
	assert_int_equal(zone_begin_reset(&zone, &reset), ZONE_RESET_WAITS);
	for (const char *action = "waocfr"; *action != '\0'; action++) {
		assert_int_equal(act(&zone, *action), INTERRUPTED);
	}
	assert_false(zone_end_write(&zone));
	assert_true(zone_end_write(&zone));
	assert_ptr_equal(zone.reset, &reset);
	assert_int_equal(act(&zone, 'w'), INTERRUPTED);
	expect_zone(&zone, OPEN_E, 12);
	/* It has failed. */
	zone_end_reset(&zone, false);
	expect_zone(&zone, OPEN_E, 12);
	assert_int_equal(act(&zone, 'w'), 0);
	assert_int_equal(zone_begin_reset(&zone, &reset), ZONE_RESET_BEGINS);
	zone_end_reset(&zone, true);
	expect_zone(&zone, EMPTY, 0);
	assert_int_equal(zone_begin_reset(&zone, &reset), ZONE_RESET_NEEDLESS);
}

/* ---- Many at once ---- */

#define WRITERS 3
#define RESETS  3000

static struct zone g_zone;
/* Who has written it since the last reset; no atomics: the zone orders what is done to it. */
static uint8_t g_writer_of[CAPACITY];
static _Atomic bool g_is_over;
static _Atomic uint32_t g_clashes;
static _Atomic uint32_t g_resets;

static void
carry_out_reset(void)
{
	atomic_fetch_add(&g_clashes, g_zone.reset != &g_zone);
	memset(g_writer_of, 0, sizeof(g_writer_of));
	atomic_fetch_add(&g_resets, 1);
	zone_end_reset(&g_zone, true);
}

static void *
write_on(void *arg)
{
	uint8_t number = (uint8_t)(uintptr_t)arg;
	uint64_t count = number, offset;

	while (!atomic_load(&g_is_over)) {
		if (zone_begin_append(&g_zone, CAPACITY, count, &offset) != 0) {
			sched_yield();
			continue;
		}
		for (uint64_t i = offset; i < offset + count; i++) {
			atomic_fetch_add(&g_clashes, g_writer_of[i] != 0);
			g_writer_of[i] = number;
		}
		for (uint64_t i = offset; i < offset + count; i++) {
			atomic_fetch_add(&g_clashes, g_writer_of[i] != number);
		}
		if (zone_end_write(&g_zone)) {
			carry_out_reset();
		}
	}
	return NULL;
}

/* No block is written twice without a reset in between, and no reset meets a write. */
static void
a_block_has_one_writer_between_two_resets(void **state)
{
	pthread_t writers[WRITERS];
	uint32_t before;

	make(&g_zone, EMPTY);
	for (uintptr_t i = 0; i < WRITERS; i++) {
		assert_int_equal(pthread_create(&writers[i], NULL, write_on, (void *)(i + 1)), 0);
	}
	for (before = 0; before < RESETS; before = atomic_load(&g_resets)) {
		if (zone_begin_reset(&g_zone, &g_zone) == ZONE_RESET_BEGINS) {
			carry_out_reset();
		} else {
			sched_yield();
		}
	}
	atomic_store(&g_is_over, true);
	for (int i = 0; i < WRITERS; i++) {
		assert_int_equal(pthread_join(writers[i], NULL), 0);
	}
	assert_int_equal(atomic_load(&g_clashes), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_state_has_its_ways_out),
		cmocka_unit_test(a_write_is_at_the_write_pointer_and_within_the_zone),
		cmocka_unit_test(writes_may_follow_before_the_first_has_ended),
		cmocka_unit_test(a_zone_with_the_largest_capacity_counts_to_its_end),
		cmocka_unit_test(more_writes_than_are_counted_are_refused),
		cmocka_unit_test(a_reset_waits_for_writes_and_lets_nobody_in),
		cmocka_unit_test(a_block_has_one_writer_between_two_resets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
