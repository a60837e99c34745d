/* SPDX-License-Identifier: BSD-3-Clause */
/* How long to look for work, from how long it took the last times: see gaps.h. */
#include "runtime/reactor/gaps.h"
#include "spdk/util.h"

/* The short way to look, as a part of the bound. */
#define SHORT_PART 8
/* The time of a wake-up shrinks by one in so many, and grows by one in so many of its maximum. */
#define SHRINK_PART 4
#define GROW_PART   256

void
gaps_init(struct gaps *gaps, uint64_t wake_up)
{
	memset(gaps, 0, sizeof(*gaps));
	gaps->wake_up = wake_up;
	gaps->wake_up_max = 2 * wake_up;
}

static uint64_t
cost(const struct gaps *gaps, uint64_t spin, uint64_t price)
{
	uint64_t sum = 0;
	uint32_t i;

	for (i = 0; i < gaps->count; i++) {
		sum += gaps->length[i] <= spin ? gaps->length[i] : spin + price;
	}
	return sum;
}

uint64_t
gaps_choose(const struct gaps *gaps, uint64_t bound)
{
	const uint64_t ways[] = {bound / SHORT_PART, 0};
	uint64_t best = bound, least = cost(gaps, bound, bound), sum;
	uint32_t i;

	for (i = 0; i < SPDK_COUNTOF(ways); i++) {
		sum = cost(gaps, ways[i], bound);
		/* Where it makes no difference, whoever sends is to find the reactor awake. */
		if (sum < least) {
			least = sum;
			best = ways[i];
		}
	}
	return best;
}

static void
keep(struct gaps *gaps, uint64_t length, bool is_estimate)
{
	gaps->length[gaps->next] = length;
	gaps->is_estimate[gaps->next] = is_estimate;
	gaps->next = (gaps->next + 1) % GAPS_KEPT;
	gaps->count = spdk_min(gaps->count + 1, GAPS_KEPT);
}

static bool
has_short_estimate(const struct gaps *gaps, uint64_t bound)
{
	uint32_t i;

	for (i = 0; i < gaps->count; i++) {
		if (gaps->is_estimate[i] && gaps->length[i] <= bound) {
			return true;
		}
	}
	return false;
}

void
gaps_note_spun(struct gaps *gaps, uint64_t length)
{
	keep(gaps, length, false);
}

void
gaps_note_slept(struct gaps *gaps, uint64_t length, uint64_t spun, uint64_t bound)
{
	if (spun >= bound) {
		/* Known to be long, and perhaps looked for because others seemed to be short. */
		if (has_short_estimate(gaps, bound)) {
			gaps->wake_up -= gaps->wake_up / SHRINK_PART;
		}
		keep(gaps, length, false);
		return;
	}
	length -= spdk_min(length, gaps->wake_up);
	/* It did not come while it was looked for, and a guess is no reason to look for so little
	 * as finds only what is very near. */
	keep(gaps, spdk_max(length, spdk_max(spun, bound / SHORT_PART) + 1), true);
	gaps->wake_up = spdk_min(gaps->wake_up + gaps->wake_up_max / GROW_PART, gaps->wake_up_max);
}
