/* SPDX-License-Identifier: BSD-3-Clause */
/* The arithmetic of qos_rate.h. Times are compared by their difference, so that they may wrap. */
#include "qos_rate.h"

#define US_PER_SEC 1000000

static uint64_t
cost_of(const struct rate_share *share, uint64_t tokens)
{
	return (uint64_t)(((unsigned __int128)share->cost_q32 * tokens) >> 32);
}

/* When something begins that is paid until then; false: in the future. */
static bool
begins(uint64_t paid_until, uint64_t burst_ticks, uint64_t now, uint64_t *out_start)
{
	int64_t unused = (int64_t)(now - paid_until);

	if (unused < 0) {
		return false;
	}
	*out_start = (uint64_t)unused > burst_ticks ? now - burst_ticks : paid_until;
	return true;
}

void
rate_bucket_init(struct rate_bucket *bucket, uint64_t now)
{
	__atomic_store_n(&bucket->paid_until, now, __ATOMIC_RELAXED);
}

void
rate_share_set(struct rate_share *share, uint64_t tokens_per_sec, uint64_t ticks_hz, uint64_t now)
{
	memset(share, 0, sizeof(*share));
	if (tokens_per_sec == 0) {
		return;
	}
	share->cost_q32 = (uint64_t)(((unsigned __int128)ticks_hz << 32) / tokens_per_sec);
	share->cost_q32 = spdk_max(share->cost_q32, 1);
	share->burst_ticks = ticks_hz / US_PER_SEC * RATE_BURST_US;
	share->batch = tokens_per_sec / US_PER_SEC * RATE_BATCH_US +
		       tokens_per_sec % US_PER_SEC * RATE_BATCH_US / US_PER_SEC;
	share->paid_until = now;
}

static bool
take_from_bucket(struct rate_bucket *bucket, const struct rate_share *share, uint64_t cost,
		 uint64_t now)
{
	uint64_t paid = __atomic_load_n(&bucket->paid_until, __ATOMIC_RELAXED), start;

	/* Only the number itself matters, so that nothing needs to be ordered with it. */
	do {
		if (!begins(paid, share->burst_ticks, now, &start)) {
			return false;
		}
	} while (!__atomic_compare_exchange_n(&bucket->paid_until, &paid, start + cost, true,
					      __ATOMIC_RELAXED, __ATOMIC_RELAXED));
	return true;
}

bool
rate_take(struct rate_bucket *bucket, struct rate_share *share, uint64_t count, uint64_t now)
{
	uint64_t wanted, cost, start;
	uint32_t waiters;

	if (spdk_likely(share->tokens >= count)) {
		return true;
	}
	if (!begins(share->paid_until, share->burst_ticks, now, &start)) {
		return false;
	}
	wanted = spdk_max(count - share->tokens, share->batch);
	cost = cost_of(share, wanted);
	if (!take_from_bucket(bucket, share, cost, now)) {
		return false;
	}
	waiters = __atomic_load_n(&bucket->waiters, __ATOMIC_RELAXED);
	share->paid_until = start + cost * spdk_max(waiters, 1);
	share->tokens += wanted;
	return true;
}

void
rate_set_waiting(struct rate_bucket *bucket, struct rate_share *share, bool is_waiting)
{
	if (share->is_waiting != is_waiting) {
		share->is_waiting = is_waiting;
		__atomic_fetch_add(&bucket->waiters, is_waiting ? 1 : -1, __ATOMIC_RELAXED);
	}
}
