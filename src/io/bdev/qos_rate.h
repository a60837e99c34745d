/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A rate that several threads share, in tokens a second (an I/O, or a byte), without a thread that
 * hands them out and without an atomic operation for each I/O.
 *
 * The bucket is one number, the time at which all tokens that were taken are paid for. Taking some
 * moves it by what they cost; it may be done whenever that time is not in the future. So one large
 * I/O may go into debt, and the rate holds whatever the sizes. Time that passes unused is lost,
 * but for RATE_BURST_US: that much may be taken at once after a rest, or by a poll that is late.
 *
 * Each thread takes a batch into its share and spends from there. While threads wait, each is held
 * to its part of the rate by a clock of its own, on which tokens cost as often as there are threads
 * that wait; so the one that looks first does not get it all.
 */
#ifndef SPINDLE_BDEV_QOS_RATE_H
#define SPINDLE_BDEV_QOS_RATE_H

#include "spdk/likely.h"
#include "spdk/stdinc.h"
#include "spdk/util.h"

#define RATE_BURST_US 4000
/* What a batch costs. */
#define RATE_BATCH_US 125

/* Shared, atomic. */
struct rate_bucket {
	uint64_t paid_until; /* ticks */
	uint32_t waiters;    /* shares whose rate_set_waiting() is true */
} __attribute__((aligned(SPDK_CACHE_LINE_SIZE)));

/* A thread's. */
struct rate_share {
	/* Ticks that a token costs, in units of 2^-32; 0: there is no limit. */
	uint64_t cost_q32;
	uint64_t burst_ticks;
	uint64_t batch;
	uint64_t tokens;
	uint64_t paid_until;
	bool is_waiting;
};

/* Sets what the share's rate is from `now` on; 0: no limit. The share does not wait. */
void
rate_share_set(struct rate_share *share, uint64_t tokens_per_sec, uint64_t ticks_hz, uint64_t now);
void rate_bucket_init(struct rate_bucket *bucket, uint64_t now);

/* Whether the share has `count` tokens, or could take them. */
bool rate_take(struct rate_bucket *bucket, struct rate_share *share, uint64_t count, uint64_t now);

/* Spends what rate_take() took. */
static inline void
rate_spend(struct rate_share *share, uint64_t count)
{
	share->tokens -= count;
}

/* Whether somebody waits for the share to have tokens. */
void rate_set_waiting(struct rate_bucket *bucket, struct rate_share *share, bool is_waiting);

#endif
