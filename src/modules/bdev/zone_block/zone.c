/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The word of a zone, from its lowest bit on:
 *
 *   3 bits    enum spdk_bdev_zone_state
 *   1 bit     a reset waits or is carried out
 *   20 bits   writes under way; a reset that has yet to be filled in counts as one
 *   40 bits   the write pointer
 *
 * Order: W1, what a writer or a reset has done before it changes the word, is seen by who acts on
 * the changed word: all changes are acquire and release.
 */
#include "zone.h"
#include "spdk/nvme_spec.h"

#define STATE_MASK    UINT64_C(7)
#define RESETS        (UINT64_C(1) << 3)
#define WRITE_SHIFT   4
#define ONE_WRITE     (UINT64_C(1) << WRITE_SHIFT)
#define WRITES_MASK   ((uint64_t)ZONE_WRITES_MAX << WRITE_SHIFT)
#define WRITTEN_SHIFT 24

/* ---- The word ---- */

static uint64_t
load(const struct zone *zone)
{
	return atomic_load_explicit(&zone->word, memory_order_acquire);
}

/* Fails if it is not `*word` any more, and says what it is. W1 */
static bool
replace(struct zone *zone, uint64_t *word, uint64_t new_word)
{
	return atomic_compare_exchange_weak_explicit(&zone->word, word, new_word,
						     memory_order_acq_rel, memory_order_acquire);
}

static enum spdk_bdev_zone_state
state_of(uint64_t word)
{
	return (enum spdk_bdev_zone_state)(word & STATE_MASK);
}

static uint64_t
with_state(uint64_t word, enum spdk_bdev_zone_state state)
{
	return (word & ~STATE_MASK) | state;
}

static uint64_t
written_of(uint64_t word)
{
	return word >> WRITTEN_SHIFT;
}

static uint64_t
full(uint64_t word, uint64_t capacity)
{
	uint64_t writes = word & WRITES_MASK;

	return capacity << WRITTEN_SHIFT | writes | SPDK_BDEV_ZONE_STATE_FULL;
}

void
zone_init(struct zone *zone, uint64_t capacity)
{
	assert(capacity > 0 && capacity < ZONE_CAPACITY_END);
	zone->reset = NULL;
	atomic_init(&zone->word, full(0, capacity));
}

enum spdk_bdev_zone_state
zone_get(const struct zone *zone, uint64_t *out_written)
{
	uint64_t word = load(zone);

	*out_written = written_of(word);
	return state_of(word);
}

int
zone_status_type(int sc)
{
	return sc >= SPDK_NVME_SC_ZONED_BOUNDARY_ERROR ? SPDK_NVME_SCT_COMMAND_SPECIFIC :
							 SPDK_NVME_SCT_GENERIC;
}

/* ---- Writes ---- */

/* The word with `count` blocks more, and one write more. */
static uint64_t
taken(uint64_t word, uint64_t capacity, uint64_t count)
{
	enum spdk_bdev_zone_state state = state_of(word);

	if (written_of(word) + count == capacity) {
		state = SPDK_BDEV_ZONE_STATE_FULL;
	} else if (state != SPDK_BDEV_ZONE_STATE_EXP_OPEN) {
		state = SPDK_BDEV_ZONE_STATE_IMP_OPEN;
	}
	return with_state(word, state) + (count << WRITTEN_SHIFT) + ONE_WRITE;
}

static int
check_writable(uint64_t word)
{
	if ((word & RESETS) != 0 || (word & WRITES_MASK) == WRITES_MASK) {
		return SPDK_NVME_SC_COMMAND_INTERRUPTED;
	}
	return state_of(word) == SPDK_BDEV_ZONE_STATE_FULL ? SPDK_NVME_SC_ZONE_IS_FULL : 0;
}

int
zone_begin_write(struct zone *zone, uint64_t capacity, uint64_t offset, uint64_t count)
{
	uint64_t word = load(zone);
	int sc;

	if (offset > capacity || count > capacity - offset) {
		return SPDK_NVME_SC_ZONED_BOUNDARY_ERROR;
	}
	do {
		sc = check_writable(word);
		if (sc != 0) {
			return sc;
		}
		if (offset != written_of(word)) {
			return SPDK_NVME_SC_ZONE_INVALID_WRITE;
		}
	} while (!replace(zone, &word, taken(word, capacity, count)));
	return 0;
}

int
zone_begin_append(struct zone *zone, uint64_t capacity, uint64_t count, uint64_t *out_offset)
{
	uint64_t word = load(zone);
	int sc;

	do {
		sc = check_writable(word);
		if (sc != 0) {
			return sc;
		}
		if (count > capacity - written_of(word)) {
			return SPDK_NVME_SC_ZONED_BOUNDARY_ERROR;
		}
	} while (!replace(zone, &word, taken(word, capacity, count)));
	*out_offset = written_of(word);
	return 0;
}

bool
zone_end_write(struct zone *zone)
{
	uint64_t word = atomic_fetch_sub_explicit(&zone->word, ONE_WRITE, memory_order_acq_rel);

	assert((word & WRITES_MASK) != 0);
	return (word & (RESETS | WRITES_MASK)) == (RESETS | ONE_WRITE);
}

/* ---- Management ---- */

/* The state that follows, or -EPERM: there is no way. */
static int
after_open(enum spdk_bdev_zone_state state)
{
	return state == SPDK_BDEV_ZONE_STATE_FULL ? -EPERM : SPDK_BDEV_ZONE_STATE_EXP_OPEN;
}

static int
after_close(enum spdk_bdev_zone_state state)
{
	switch (state) {
	case SPDK_BDEV_ZONE_STATE_IMP_OPEN:
	case SPDK_BDEV_ZONE_STATE_EXP_OPEN:
	case SPDK_BDEV_ZONE_STATE_CLOSED:
		return SPDK_BDEV_ZONE_STATE_CLOSED;
	default:
		return -EPERM;
	}
}

static int
move(struct zone *zone, int (*after)(enum spdk_bdev_zone_state state))
{
	uint64_t word = load(zone);
	int state;

	do {
		state = after(state_of(word));
		if ((word & RESETS) != 0) {
			return SPDK_NVME_SC_COMMAND_INTERRUPTED;
		}
		if (state < 0) {
			return SPDK_NVME_SC_INVALID_ZONE_STATE_TRANSITION;
		}
	} while (!replace(zone, &word, with_state(word, (enum spdk_bdev_zone_state)state)));
	return 0;
}

int
zone_open(struct zone *zone)
{
	return move(zone, after_open);
}

int
zone_close(struct zone *zone)
{
	return move(zone, after_close);
}

/* From any state. */
int
zone_finish(struct zone *zone, uint64_t capacity)
{
	uint64_t word = load(zone);

	do {
		if ((word & RESETS) != 0) {
			return SPDK_NVME_SC_COMMAND_INTERRUPTED;
		}
	} while (!replace(zone, &word, full(word, capacity)));
	return 0;
}

enum zone_reset
zone_begin_reset(struct zone *zone, void *reset)
{
	uint64_t word = load(zone);

	do {
		if (state_of(word) == SPDK_BDEV_ZONE_STATE_EMPTY) {
			return ZONE_RESET_NEEDLESS;
		}
		if ((word & RESETS) != 0 || (word & WRITES_MASK) == WRITES_MASK) {
			return ZONE_RESET_REFUSED;
		}
	} while (!replace(zone, &word, (word | RESETS) + ONE_WRITE));
	/* Whoever makes the count 0 looks at it, and by now that is not before we are. */
	zone->reset = reset;
	return zone_end_write(zone) ? ZONE_RESET_BEGINS : ZONE_RESET_WAITS;
}

void
zone_end_reset(struct zone *zone, bool success)
{
	zone->reset = NULL;
	if (success) {
		/* Nobody changes the word meanwhile: Z3. */
		atomic_store_explicit(&zone->word, SPDK_BDEV_ZONE_STATE_EMPTY,
				      memory_order_release);
	} else {
		(void)atomic_fetch_and_explicit(&zone->word, ~RESETS, memory_order_release);
	}
}
