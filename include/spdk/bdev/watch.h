/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Watching and limiting the I/Os of block devices: rates, counts, queue depth, latencies, and those
 * that take too long. A part of spdk/bdev.h, which has what all comments take for granted. All but
 * the counts costs an I/O nothing while it is off.
 */
#ifndef SPDK_BDEV_WATCH_H
#define SPDK_BDEV_WATCH_H

#include "spdk/bdev.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Limits of rates ---- */

/* Index of a limit in the arrays of spdk_bdev_set_qos_rate_limits(). */
enum spdk_bdev_qos_rate_limit_type {
	/* Reads and writes together, in I/Os a second. */
	SPDK_BDEV_QOS_RW_IOPS_RATE_LIMIT = 0,
	/* Reads and writes together, in bytes. */
	SPDK_BDEV_QOS_RW_BPS_RATE_LIMIT,
	/* Bytes read. */
	SPDK_BDEV_QOS_R_BPS_RATE_LIMIT,
	/* Bytes written. */
	SPDK_BDEV_QOS_W_BPS_RATE_LIMIT,
	SPDK_BDEV_QOS_NUM_RATE_LIMIT_TYPES
};

/** The name of a limit in JSON-RPC ("rw_ios_per_sec"); NULL: there is no such limit. */
const char *spdk_bdev_get_qos_rpc_type(enum spdk_bdev_qos_rate_limit_type type);

/**
 * Fills `limits`, an array of SPDK_BDEV_QOS_NUM_RATE_LIMIT_TYPES. 0: no limit.
 *
 * Units: I/Os a second, and MiB a second.
 */
void spdk_bdev_get_qos_rate_limits(struct spdk_bdev *bdev, uint64_t *limits);

/**
 * Limits the reads and writes of a device by all threads together; what is too fast waits.
 *
 * Threads work on without each other: each has its share, and takes more as it needs it.
 *
 * Owner: `limits`, an array as above, is read during the call and may be rounded up in place: to
 * 1000 I/Os a second, to whole MiB.
 * Units: as spdk_bdev_get_qos_rate_limits(); 0 takes a limit away, UINT64_MAX leaves it as it is.
 * Callback: `cb_fn(cb_arg, status)` when all threads heed it. -EAGAIN: another change is under
 * way. -ENOMEM. The limits of before hold then.
 */
void spdk_bdev_set_qos_rate_limits(struct spdk_bdev *bdev, uint64_t *limits,
				   void (*cb_fn)(void *cb_arg, int status), void *cb_arg);

/* ---- Counts ---- */

struct spdk_bdev_io_error_stat;

/*
 * What I/Os have done since the channel or the device was there, or since the last reset of the
 * counts. Latencies are from submission to completion, in ticks; the three of each kind are the
 * sum, the longest and the shortest.
 */
struct spdk_bdev_io_stat {
	uint64_t bytes_read;
	uint64_t num_read_ops;
	uint64_t bytes_written;
	uint64_t num_write_ops;
	uint64_t bytes_unmapped;
	uint64_t num_unmap_ops;
	uint64_t bytes_copied;
	uint64_t num_copy_ops;
	uint64_t read_latency_ticks;
	uint64_t max_read_latency_ticks;
	uint64_t min_read_latency_ticks;
	uint64_t write_latency_ticks;
	uint64_t max_write_latency_ticks;
	uint64_t min_write_latency_ticks;
	uint64_t unmap_latency_ticks;
	uint64_t max_unmap_latency_ticks;
	uint64_t min_unmap_latency_ticks;
	uint64_t copy_latency_ticks;
	uint64_t max_copy_latency_ticks;
	uint64_t min_copy_latency_ticks;
	/* Ticks in a second. */
	uint64_t ticks_rate;
	/* The library's: I/Os that failed, by status. NULL in a struct of the caller's. */
	struct spdk_bdev_io_error_stat *io_error;
};

/* Which counts to begin anew. */
enum spdk_bdev_reset_stat_mode {
	SPDK_BDEV_RESET_STAT_ALL,
	/* The longest and shortest latencies. */
	SPDK_BDEV_RESET_STAT_MAXMIN,
	/* The counts of failed I/Os. */
	SPDK_BDEV_RESET_STAT_ERROR,
	SPDK_BDEV_RESET_STAT_NONE,
};

/** Counts of a device; `stat` is what was given. `rc`: 0 or -ENOMEM. */
typedef void (*spdk_bdev_get_device_stat_cb)(struct spdk_bdev *bdev, struct spdk_bdev_io_stat *stat,
					     void *cb_arg, int rc);

/** Copies the counts of one channel, then begins those of `reset_mode` anew. Thread: of ch. */
void
spdk_bdev_get_io_stat(struct spdk_bdev *bdev, struct spdk_io_channel *ch,
		      struct spdk_bdev_io_stat *stat, enum spdk_bdev_reset_stat_mode reset_mode);

/**
 * Sums the counts of all channels, also of those that are gone, then begins those of `reset_mode`
 * anew.
 *
 * Thread: any; each thread is asked for its own.
 * Owner: `stat` is filled, and must stay, until the callback.
 */
void spdk_bdev_get_device_stat(struct spdk_bdev *bdev, struct spdk_bdev_io_stat *stat,
			       enum spdk_bdev_reset_stat_mode reset_mode,
			       spdk_bdev_get_device_stat_cb cb, void *cb_arg);

/* ---- Queue depth ---- */

/**
 * The I/Os at the device, over all threads, when that was sampled last; UINT64_MAX: it was not yet,
 * or is not sampled.
 */
uint64_t spdk_bdev_get_qd(const struct spdk_bdev *bdev);

/** Microseconds from one sample to the next; 0: not sampled. */
uint64_t spdk_bdev_get_qd_sampling_period(const struct spdk_bdev *bdev);

/**
 * Samples the queue depth every `period` microseconds, or no more for 0.
 *
 * Thread: any. The sampling holds the device open, and ends when that goes away.
 */
void spdk_bdev_set_qd_sampling_period(struct spdk_bdev *bdev, uint64_t period);

/**
 * Microseconds in which the device had something to do, as far as samples tell. Its growth divided
 * by the time that has passed is how busy the device was.
 */
uint64_t spdk_bdev_get_io_time(const struct spdk_bdev *bdev);

/** The same, each period times its queue depth: divided by the time, the mean queue depth. */
uint64_t spdk_bdev_get_weighted_io_time(const struct spdk_bdev *bdev);

/* ---- Histograms of latencies, in ticks ---- */

/* What a histogram counts, and how finely. */
struct spdk_bdev_enable_histogram_opts {
	/* sizeof(struct spdk_bdev_enable_histogram_opts) as the caller knows it. */
	size_t size;
	/* Latencies between these, in nanoseconds, are told apart. 0: the default. */
	uint64_t min_nsec;
	uint64_t max_nsec;
	/* An enum spdk_bdev_io_type; 0 counts all types. */
	uint8_t io_type;
	/* log2 of the buckets into which each doubling is divided. */
	uint8_t granularity;
} __attribute__((packed));
SPDK_STATIC_ASSERT(sizeof(struct spdk_bdev_enable_histogram_opts) == 26, "Incorrect size");

/** A histogram is switched on or off: 0 or -errno. */
typedef void (*spdk_bdev_histogram_status_cb)(void *cb_arg, int status);

/** A histogram, or why there is none: -EFAULT: not switched on. -ENOMEM. */
typedef void (*spdk_bdev_histogram_data_cb)(void *cb_arg, int status,
					    struct spdk_histogram_data *histogram);

/**
 * Begins to count how long I/Os take, on all threads, or stops and forgets.
 *
 * Callback: when all threads do so. -EAGAIN: another change is under way. -ENOMEM.
 */
void spdk_bdev_histogram_enable(struct spdk_bdev *bdev, spdk_bdev_histogram_status_cb cb_fn,
				void *cb_arg, bool enable);

/**
 * As spdk_bdev_histogram_enable(), with options; NULL: the defaults.
 *
 * Owner: `opts` is read during the call.
 * Callback: also -EINVAL: an unknown size, or values that make no histogram.
 */
void spdk_bdev_histogram_enable_ext(struct spdk_bdev *bdev, spdk_bdev_histogram_status_cb cb_fn,
				    void *cb_arg, bool enable,
				    struct spdk_bdev_enable_histogram_opts *opts);

/** Sets the defaults, as far as `size` reaches. Explained and ignored: NULL, 0. */
void
spdk_bdev_enable_histogram_opts_init(struct spdk_bdev_enable_histogram_opts *opts, size_t size);

/**
 * Adds up the histograms of all threads in `histogram`.
 *
 * Owner: `histogram` is the caller's and must stay until the callback, which is given it.
 * Shape: one in which nothing is counted yet is made to fit what the device counts with. Of others
 * with another granularity or range the status is -EINVAL.
 */
void spdk_bdev_histogram_get(struct spdk_bdev *bdev, struct spdk_histogram_data *histogram,
			     spdk_bdev_histogram_data_cb cb_fn, void *cb_arg);

/**
 * The histogram of one channel.
 *
 * Thread: of ch.
 * Callback: inside this call, unlike others. The histogram is the channel's: copy what is needed.
 */
void spdk_bdev_channel_get_histogram(struct spdk_io_channel *ch, spdk_bdev_histogram_data_cb cb_fn,
				     void *cb_arg);

/* ---- I/Os that take too long ---- */

/** An I/O is slow; see spdk_bdev_set_timeout(). It is not the callback's, and may end meanwhile. */
typedef void (*spdk_bdev_io_timeout_cb)(void *cb_arg, struct spdk_bdev_io *bdev_io);

/**
 * Lets `cb_fn` know of I/Os of this descriptor that have not completed in time; it may abort them,
 * reset the device, or only say so. 0 seconds switches it off.
 *
 * Thread: the one that opened the descriptor.
 * Callback: on the thread of each such I/O, and again from time to time while it lasts; not for
 * those that the library makes itself. The clock runs from submission.
 * Errors: -EINVAL: a time without `cb_fn`, or the wrong thread. -ENOMEM.
 */
int spdk_bdev_set_timeout(struct spdk_bdev_desc *desc, uint64_t timeout_in_sec,
			  spdk_bdev_io_timeout_cb cb_fn, void *cb_arg);

#ifdef __cplusplus
}
#endif

#endif
