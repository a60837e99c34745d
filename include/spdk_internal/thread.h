/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Looking into threads: what RPCs and the scheduler report of pollers, channels and devices.
 *
 * Nothing here changes anything. All of it is to be called on the thread that is looked at, or
 * while nothing polls it: the objects come and go with its rounds. Strings belong to their objects.
 */
#ifndef SPDK_INTERNAL_THREAD_H
#define SPDK_INTERNAL_THREAD_H

#include "spdk/stdinc.h"
#include "spdk/thread.h"

#ifdef __cplusplus
extern "C" {
#endif

struct io_device;

struct spdk_poller_stats {
	uint64_t run_count;  /* calls */
	uint64_t busy_count; /* calls that returned > 0 */
};

/** The name that was given at registration, or the function's address as text. */
const char *spdk_poller_get_name(struct spdk_poller *poller);

/** The number of the poller; unique in its thread, in order of registration. */
uint64_t spdk_poller_get_id(struct spdk_poller *poller);

/**
 * The state in words: "waiting", "running", "unregistered", "pausing" or "paused".
 *
 * Source: the words of the thread_get_pollers RPC. NULL when the state is none of these.
 */
const char *spdk_poller_get_state_str(struct spdk_poller *poller);

/** The period in ticks; 0 for an active poller. */
uint64_t spdk_poller_get_period_ticks(struct spdk_poller *poller);

/** Copies the counts of the poller. */
void spdk_poller_get_stats(struct spdk_poller *poller, struct spdk_poller_stats *stats);

/** The name of the channel's device. */
const char *spdk_io_channel_get_io_device_name(struct spdk_io_channel *ch);

/** References that are held: spdk_get_io_channel() less spdk_put_io_channel(). */
int spdk_io_channel_get_ref_count(struct spdk_io_channel *ch);

/** The name that was given at registration, or the device's address as text. */
const char *spdk_io_device_get_name(struct io_device *dev);

/*
 * Pollers and channels of a thread, one by one; NULL after the last. Active pollers in the order in
 * which they were registered, timed ones in the order in which they are due. The object that was
 * returned must still be there when the next one is asked for.
 */
struct spdk_poller *spdk_thread_get_first_active_poller(struct spdk_thread *thread);
struct spdk_poller *spdk_thread_get_next_active_poller(struct spdk_poller *prev);
struct spdk_poller *spdk_thread_get_first_timed_poller(struct spdk_thread *thread);
struct spdk_poller *spdk_thread_get_next_timed_poller(struct spdk_poller *prev);
struct spdk_poller *spdk_thread_get_first_paused_poller(struct spdk_thread *thread);
struct spdk_poller *spdk_thread_get_next_paused_poller(struct spdk_poller *prev);

struct spdk_io_channel *spdk_thread_get_first_io_channel(struct spdk_thread *thread);
struct spdk_io_channel *spdk_thread_get_next_io_channel(struct spdk_io_channel *prev);

#ifdef __cplusplus
}
#endif

#endif
