/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Gaps: how long a reactor has been without work, the last times, and how long it should look for
 * work the next time before it sleeps. Pure functions; times are in ticks.
 *
 * A gap of length g costs g when it was spent looking, and S + P when the reactor looked for S and
 * then slept, where P is the price of a wake-up. Of three ways (look for the whole bound, for a
 * part of it, not at all) the one is taken that would have cost least over the last gaps. P is the
 * bound itself: whoever sets one says what sleeping is worth, and as long as all gaps are within
 * it, looking for the whole of it is never dearer than sleeping.
 *
 * A gap that was slept through ends later than its work came, by the time that a wake-up takes.
 * That differs from machine to machine, and with the load, so it is learnt:
 *   - where gaps are taken for short that turn out to be long, it was taken for too long a time;
 *   - with each gap that was slept through it grows a little, so that a reactor on a slow machine
 *     does not sleep for ever between short gaps, which only seem long because of it.
 */
#ifndef SPINDLE_GAPS_H
#define SPINDLE_GAPS_H

#include "spdk/stdinc.h"

#define GAPS_KEPT 8

struct gaps {
	uint64_t length[GAPS_KEPT];
	/* It was slept through, and its length is what is left without the wake-up. */
	bool is_estimate[GAPS_KEPT];
	uint32_t count; /* of those that are kept */
	uint32_t next;  /* to be written */
	uint64_t wake_up;
	uint64_t wake_up_max;
};

/* `wake_up`: how long one takes, as long as nothing is known. */
void gaps_init(struct gaps *gaps, uint64_t wake_up);

/* How long to look for work at the beginning of a gap: 0 to `bound`. */
uint64_t gaps_choose(const struct gaps *gaps, uint64_t bound);

/* Work was found while looking for it. */
void gaps_note_spun(struct gaps *gaps, uint64_t length);

/* It had looked for `spun`, then slept; the whole took `length`. */
void gaps_note_slept(struct gaps *gaps, uint64_t length, uint64_t spun, uint64_t bound);

#endif
