/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Block devices: what the files of this folder share.
 *
 * Who owns what
 *   bdev_lock()        one lock for all that is rarely changed: the list of devices, names,
 * descriptors, claims, the status of a device. Taken by control calls only, never while another
 *                      function's code is called, never on the way of an I/O.
 *   bdev_thread        per thread: free I/Os, buffers, completions that wait for their turn.
 *   bdev_target        per thread and channel of a module: what that channel holds and what it
 * refused. Devices with one module channel share it, since the resource is shared.
 *   spdk_bdev_channel  per thread and device. Owned by its thread, so that an I/O takes no lock.
 *
 * States of an I/O (internal.state)
 *   FREE       in a pool. spdk_bdev_free_io() brings it there.
 *   NEW        a submit function fills it, or bdev_io_start() looks what it needs.
 *   HELD       waits for a range of blocks that somebody locked (lba_range.c), in ch->held.
 *   LIMITED    waits for its share of a rate (qos.c), in ch->qos.
 *   SPLIT      its children do the work (split.c), or it waits for an I/O to be free for the next.
 *   BUFFER     waits for a buffer, in the queue of iobuf (buffer.c) and of its level (reserve.c).
 *   PULLING    data comes from a memory domain, or a sequence of operations runs (transfer.c).
 *   SUBMITTED  the module has it. spdk_bdev_io_complete() takes it back.
 *   RETRY      the module had no memory for it (nomem.c), in target->nomem.
 *   PUSHING    the module is done, data goes to where the caller wants it (buffer.c, transfer.c).
 *   DONE       has its status; in thread->deferred, or its callback runs or has run.
 *   LOST       its thread had to exit by force (channel.c). Nobody touches it any more.
 *
 *   NEW -> (HELD | LIMITED)* -> SPLIT -> DONE
 *                            -> BUFFER? -> PULLING? -> SUBMITTED <-> RETRY
 *                                                      SUBMITTED -> PUSHING? -> DONE -> FREE
 *
 * Invariants
 *   I1  From bdev_io_submit() to the callback an I/O is in ch->submitted, in order of submission,
 *       and its channel holds it. What looks for I/Os (abort, timeouts, for_each_bdev_io) looks
 *       there.
 *   I2  It is in at most one queue besides, by internal.link, and its state tells which.
 *   I3  ch->outstanding counts those that the module has, and so does target->outstanding, but for
 *       those for which the module waits (N2 in nomem.c).
 *   I4  Each I/O that was submitted without an error gets its callback once, on its thread, and
 *       never inside the call that submitted it.
 *   I5  RESET, ABORT and the children of a split pass no gate.
 */
#ifndef SPINDLE_BDEV_INTERNAL_H
#define SPINDLE_BDEV_INTERNAL_H

#include "io/soon.h"
#include "spdk/bdev.h"
#include "spdk/bdev_module.h"
#include "spdk/likely.h"
#include "spdk/stdinc.h"
#include "spdk/thread.h"
#include "trace.h"

enum bdev_io_state {
	BDEV_IO_FREE,
	BDEV_IO_NEW,
	BDEV_IO_HELD,
	BDEV_IO_LIMITED,
	BDEV_IO_SPLIT,
	BDEV_IO_BUFFER,
	BDEV_IO_PULLING,
	BDEV_IO_SUBMITTED,
	BDEV_IO_RETRY,
	BDEV_IO_PUSHING,
	BDEV_IO_DONE,
	BDEV_IO_LOST,
};

enum bdev_io_flag {
	/* The module's submit_request() has not returned: a completion must wait. */
	BDEV_IO_IN_SUBMIT = 1 << 0,
	/* Made by the library for a part of another I/O. */
	BDEV_IO_CHILD = 1 << 1,
	/* Data goes through internal.buf, and the caller's vectors are in internal.bounce. */
	BDEV_IO_BOUNCED = 1 << 2,
	/* Something happens to the data before or after the module has it (transfer.c). */
	BDEV_IO_TRANSFERS = 1 << 3,
	/* Passes ranges that are locked, since it works for the one who locked. */
	BDEV_IO_OWNS_RANGE = 1 << 4,
	/* Counted already by the limits of a rate. */
	BDEV_IO_RATED = 1 << 5,
	/* internal.bounce as with BOUNCED, but transfer.c moves the data. */
	BDEV_IO_LOCAL = 1 << 8,
	/* In state BUFFER: the module asked for it by spdk_bdev_io_get_buf(), so ch->outstanding
	   still counts it. */
	BDEV_IO_AT_MODULE = 1 << 7,
	/* abort found it where it could not be taken away: it fails at its next step. */
	BDEV_IO_ABORTING = 1 << 6,
	/* A range that is to be locked waits for its end. */
	BDEV_IO_AWAITED = 1 << 9,
	/* In state SUBMITTED: it waits for an I/O of the device below (bdev_io_wait_below()). */
	BDEV_IO_WAITS_BELOW = 1 << 10,
};

/* What bdev_io_submit() must ask before an I/O may start, as bits of ch->gates, asked in this
 * order. */
enum bdev_gate {
	BDEV_GATE_RESET = 1 << 0,
	BDEV_GATE_RANGE = 1 << 1,
	BDEV_GATE_QOS = 1 << 2,
};

SLIST_HEAD(bdev_io_slist, spdk_bdev_io);

/*
 * The rank of an I/O is how many more may be needed, one after the other and each by the one
 * before, until it is done: its child, the child's child, and those of the devices below. See P4 in
 * io_pool.c.
 */
/* Those of one device: the user's, a child of it, a part of that child. */
#define BDEV_IO_RANKS_OF_DEVICE 3
/* Devices on one another, at most. */
#define BDEV_HEIGHTS  42
#define BDEV_IO_RANKS (BDEV_HEIGHTS * BDEV_IO_RANKS_OF_DEVICE)

/* Where internal.buf comes from: internal.buf_from. */
enum bdev_buf_from {
	BDEV_BUF_IOBUF,
	/* And those above: a level of the thread's reserve (reserve.c). */
	BDEV_BUF_RESERVE,
	BDEV_BUF_MALLOC = UINT8_MAX,
};

struct bdev_thread {
	struct spdk_thread *thread;
	/* While an I/O is being submitted, or completed: when that began (io.c). */
	uint64_t submit_ticks;
	uint64_t done_ticks;
	/* Completions from inside a submit_request(), by internal.link. */
	bdev_io_tailq_t deferred;
	uint32_t deferred_count;
	uint64_t deferred_total; /* ever */
	struct soon drain;

	/* Of its I/Os, used or free, and how many it owns at least (io_pool.c). */
	uint32_t owned;
	uint32_t reserved;
	uint32_t free_count;
	struct bdev_io_slist free_ios;

	/* How many wait for a free I/O, and who they are, by rank. */
	uint32_t waiting;
	TAILQ_HEAD(, spdk_bdev_io_wait_entry) waiters[BDEV_IO_RANKS];
	/* The device whose channel is being made; NULL: none is. */
	struct spdk_bdev *making;
	/* Of the highest stack that has had a channel here: how many devices it has. */
	uint32_t heights;

	TAILQ_HEAD(, bdev_target) targets;
	TAILQ_HEAD(, spdk_bdev_channel) channels;
	struct spdk_iobuf_channel iobuf; /* when first needed */
	bool has_iobuf;
	struct bdev_reserve *reserves[BDEV_HEIGHTS]; /* reserve.c; with iobuf */
	struct spdk_io_channel *accel;               /* when first needed */
};

struct bdev_target {
	struct spdk_io_channel *module_channel;
	struct bdev_thread *thread;
	uint32_t refs;
	/* How many devices there are below one with this channel. */
	uint32_t height;
	/* How few must be outstanding before the first of `nomem` is tried again. */
	uint32_t nomem_threshold;
	bool is_retrying;
	bool retry_is_sent;
	uint64_t outstanding;
	bdev_io_tailq_t nomem;
	/* For a module that refuses with nothing outstanding, so that no completion will come. */
	struct spdk_poller *nomem_poller;
	TAILQ_ENTRY(bdev_target) link;
};

struct spdk_bdev_channel {
	struct spdk_bdev *bdev;
	struct spdk_io_channel *module_channel;
	void (*submit_request)(struct spdk_io_channel *ch, struct spdk_bdev_io *io);
	struct bdev_target *target;
	struct bdev_thread *thread;
	uint32_t gates;
	bool takes_memory_domains;
	bool is_kept; /* it was put, and stays for the I/Os that are under way (channel.c) */
	uint8_t rank; /* of a user's I/O */
	/*
	 * Types of I/Os, as bits, fixed when the channel is made: those that the module does not
	 * know (emulate.c), and with them those that may have to be split or aligned.
	 */
	uint32_t emulated;
	uint32_t special;
	uint64_t outstanding;
	bdev_io_tailq_t submitted;

	struct spdk_histogram_data *histogram; /* histogram.c; NULL: none */
	uint8_t histogram_io_type;
	uint32_t locks; /* what waits for the end of I/Os: lba_range.c, reset.c, is_kept */
	/* reset.c: the round that waits here, and until how many callbacks have run */
	struct spdk_io_channel_iter *reset_round;
	uint64_t settled_at;
	bdev_io_tailq_t held;
	/* lba_range.c: what is locked, as this channel knows it */
	TAILQ_HEAD(, bdev_channel_range) ranges;
	struct bdev_qos_channel *qos;
	TAILQ_ENTRY(spdk_bdev_channel) thread_link;
	struct spdk_bdev_io_stat stat;
};

struct spdk_bdev_desc {
	struct spdk_bdev *bdev;
	struct spdk_thread *thread;
	spdk_bdev_event_cb_t event_cb;
	void *event_ctx;
	bool write;
	bool hide_metadata;
	bool closed;
	/* An exclusive claim of the first kind was made with it, and ends with it. */
	bool has_exclusive_claim;
	/* Messages on their way that name it: it is freed when closed and none is left. */
	uint32_t refs;
	/* Where it was opened, to say who holds a device; the thread may be gone then. */
	const void *opened_at;
	uint64_t thread_id;
	struct spdk_bdev_module_claim *claim;
	TAILQ_ENTRY(spdk_bdev_desc) link;

	struct bdev_media *media; /* media.c, when first needed */

	struct bdev_timeout *timeout; /* timeout.c; NULL: none */
};

/* What the whole layer has, once. */
struct bdev_manager {
	struct spdk_spinlock lock;
	bool is_initialized;
	TAILQ_HEAD(bdev_list, spdk_bdev) bdevs;
	struct spdk_bdev_opts opts;
	/* Bytes of the largest get_ctx_size(), and of a large buffer of iobuf; set at
	 * initialisation. */
	uint32_t ctx_size;
	uint32_t buf_size_max;
};

extern struct bdev_manager g_bdev_manager;

static inline void
bdev_lock(void)
{
	spdk_spin_lock(&g_bdev_manager.lock);
}

static inline void
bdev_unlock(void)
{
	spdk_spin_unlock(&g_bdev_manager.lock);
}

/* The key of a device among spdk_io_devices: its own address is the module's to use. */
static inline void *
bdev_io_device(struct spdk_bdev *bdev)
{
	return &bdev->internal;
}

static inline struct spdk_bdev_channel *
bdev_channel_of(struct spdk_io_channel *io_ch)
{
	return spdk_io_channel_get_ctx(io_ch);
}

/*
 * The end of a zero copy gives the module's buffer back: nobody ends it on its way there, or what
 * the module keeps for it would be lost.
 */
static inline bool
bdev_io_must_arrive(const struct spdk_bdev_io *io)
{
	return io->type == SPDK_BDEV_IO_TYPE_ZCOPY && !io->u.bdev.zcopy.start;
}

/* ---- height.c ---- */

void bdev_height_init(struct spdk_bdev *bdev);
/* It lies on none and none on it any more. */
void bdev_height_fini(struct spdk_bdev *bdev);
/* `upper` lies on `base` from now on. Errors: -ENOMEM; -ENOTSUP, something would be too high. */
int bdev_height_note(struct spdk_bdev *upper, struct spdk_bdev *base);
/* Of a target for a channel of the device that is being made. */
uint32_t bdev_height_of(struct spdk_bdev *bdev);
/* The device has a channel of that target, and is as high. */
void bdev_height_at_least(struct spdk_bdev *bdev, uint32_t height);

/* ---- io_pool.c ---- */

int bdev_io_pool_init(void);
void bdev_io_pool_fini(void);

/* Of a user's I/O for a device on so many others. */
uint8_t bdev_io_rank(uint32_t height);
/* The thread can have I/Os of a device that is so high. Errors: -ENOMEM. */
int bdev_thread_fit(struct bdev_thread *thread, uint32_t height);

/* An I/O in state NEW with its channel, descriptor and callback, or NULL: all are in use. */
struct spdk_bdev_io *bdev_io_get(struct spdk_bdev_channel *ch);
/* The same for a part of `parent`. */
struct spdk_bdev_io *bdev_io_get_child(struct spdk_bdev_io *parent);
/* Calls `cb_fn` with the parent when bdev_io_get_child() may be worth another try. */
void bdev_io_wait_for_child(struct spdk_bdev_io *parent, spdk_bdev_io_wait_cb cb_fn);
/* The same at once, if it waits. */
void bdev_io_wake(struct spdk_bdev_io *parent);
/* Ends what bdev_io_wait_below() has begun. */
void bdev_io_leave_below(struct spdk_bdev_io *io);

int bdev_thread_pool_init(struct bdev_thread *thread);
void bdev_thread_pool_fini(struct bdev_thread *thread);

/* ---- channel.c ---- */

/* The I/O devices of the layer, and of a device while it is registered. */
void bdev_channels_init(void);
void bdev_channels_fini(spdk_io_device_unregister_cb cb_fn);
void bdev_channel_device_register(struct spdk_bdev *bdev);
/* `cb_fn` runs, with the device's internal key, when the last channel is gone. */
void bdev_channel_device_unregister(struct spdk_bdev *bdev, spdk_io_device_unregister_cb cb_fn);

/* Every I/O that ends while ch->locks is not 0. */
void bdev_channel_io_done(struct spdk_bdev_channel *ch);

/* The thread's channel to accel, made when first needed; NULL: there is none. */
struct spdk_io_channel *bdev_thread_accel(struct bdev_thread *thread);

/* ---- io.c ---- */

/* I1 begins, at `now`. */
static inline void
bdev_io_enlist(struct spdk_bdev_io *io, uint64_t now)
{
	io->internal.submit_tsc = now;
	TAILQ_INSERT_TAIL(&io->internal.ch->submitted, io, internal.ch_link);
	bdev_trace_start(io);
}

/* Where each submit function ends. The I/O has its type, u, bdev and callback. */
void bdev_io_submit(struct spdk_bdev_io *io);

/*
 * The same for a part of another I/O, which then goes its own way. False: a reset is under way, and
 * it was ended.
 */
bool bdev_io_submit_child(struct spdk_bdev_io *io);

/* Goes on with an I/O that was HELD or LIMITED: through the gates again. */
void bdev_io_resubmit(struct spdk_bdev_io *io);

/* Behind the gates, and with the data as the module can take it. */
void bdev_io_start(struct spdk_bdev_io *io);

/* Into the module, as it is, or behind those that wait for the module's memory. */
void bdev_io_dispatch(struct spdk_bdev_io *io);

/* Into the module at once. */
void bdev_io_give(struct spdk_bdev_io *io);

/* The other way: it counts as outstanding no more. */
void bdev_io_take_back(struct spdk_bdev_io *io);

/*
 * Ends an I/O that is not at the module and in no queue. The callback runs later, from the thread's
 * deferred completions.
 */
void bdev_io_end(struct spdk_bdev_io *io, enum spdk_bdev_io_status status);

/* The same for one that was not submitted. */
void bdev_io_end_new(struct spdk_bdev_io *io, enum spdk_bdev_io_status status);

/* Data is where it belongs: statistics, callback. */
void bdev_io_finish(struct spdk_bdev_io *io);

/* The callback runs from a message to the thread. */
void bdev_io_defer(struct spdk_bdev_io *io);
/* For `drain` of the thread, which is its argument. */
void bdev_io_drain(void *arg);

/* ---- submit.c and its kin ---- */

/* The common part of an I/O, and whether blocks from..from + count exist. */
void bdev_io_init(struct spdk_bdev_io *io, struct spdk_bdev_desc *desc,
		  spdk_bdev_io_completion_cb cb, void *cb_arg);
bool bdev_has_blocks(const struct spdk_bdev *bdev, uint64_t offset_blocks, uint64_t num_blocks);
/* 0, or -EINVAL for bytes that are not whole blocks as the descriptor sees them. */
int bdev_bytes_to_blocks(struct spdk_bdev_desc *desc, uint64_t offset_bytes, uint64_t num_bytes,
			 uint64_t *out_offset_blocks, uint64_t *out_num_blocks);

/* ---- split.c ---- */

/* The types, as bits, that may have to be split. */
uint32_t bdev_split_types(const struct spdk_bdev *bdev);
bool bdev_io_needs_split(struct spdk_bdev_io *io);
void bdev_io_split(struct spdk_bdev_io *io);
/* The parent's, when all its children are done: an abort may have kept it from making any. */
void bdev_io_split_done(struct spdk_bdev_io *parent);

/* ---- emulate.c, zcopy.c ---- */

/* Before there is a device: an application without any needs no memory for I/O. 0 or -ENOMEM. */
int bdev_emulate_prepare(void);
void bdev_emulate_fini(void);
/* Whether the library can do it for a module that does not know the type. */
bool bdev_can_emulate(struct spdk_bdev *bdev, enum spdk_bdev_io_type type);
/* Those that the module does not know. */
uint32_t bdev_emulated_types(struct spdk_bdev *bdev);
void bdev_io_emulate(struct spdk_bdev_io *io);
void bdev_compare_and_write_end(struct spdk_bdev_io *io);
void bdev_zcopy_emulate(struct spdk_bdev_io *io);

/* ---- buffer.c ---- */

/* The types, as bits, whose data must be aligned; none if the device does not care. */
uint32_t bdev_aligned_types(const struct spdk_bdev *bdev);
/* Of a compare-and-write: both of its data, in one vector each. */
bool bdev_io_is_aligned(struct spdk_bdev_io *io);
/* Gives the I/O a buffer that fits the device, copies what is written, dispatches it. */
void bdev_io_bounce(struct spdk_bdev_io *io);
/* The same for data that begins at a byte of the first vector. */
void bdev_io_bounce_at(struct spdk_bdev_io *io, struct iovec *iovs, int iovcnt, size_t offset);
/* A buffer for all of the I/O, of any size; its flag is LOCAL. */
void bdev_io_get_local(struct spdk_bdev_io *io, spdk_bdev_io_get_buf_cb cb);
/* One that a user keeps, of any size: it does not wait. False: there is none. */
bool bdev_io_get_kept(struct spdk_bdev_io *io);
/* Blocks that one buffer can hold. */
uint64_t bdev_bounce_blocks_max(const struct spdk_bdev_io *io);
/* After the module: copies what was read, gives the buffer back. */
void bdev_io_unbounce(struct spdk_bdev_io *io);
void bdev_io_put_buf(struct spdk_bdev_io *io);
/* Takes an I/O in state BUFFER out of its queue. */
void bdev_io_abort_buf(struct spdk_bdev_io *io);

/* The one that waited longest at its level is given the buffer of that. */
void bdev_io_got_reserve(struct spdk_bdev_io *io, void *buf);

/* ---- reserve.c ---- */

/* Makes it as large as thread->heights wants. */
int bdev_reserve_fit(struct bdev_thread *thread);
void bdev_reserve_free(struct bdev_thread *thread);
/* NULL: it is taken. Sets internal.buf_from, also then, for the others. */
void *bdev_reserve_get(struct spdk_bdev_io *io);
void bdev_reserve_wait(struct spdk_bdev_io *io);
void bdev_reserve_leave(struct spdk_bdev_io *io);
void bdev_reserve_put(struct spdk_bdev_io *io, void *buf);

/* ---- transfer.c ---- */

/* Before the module: data from a memory domain, a sequence of operations, hidden metadata. */
void bdev_io_transfer(struct spdk_bdev_io *io);
/* After it; ends in bdev_io_finish(). */
void bdev_io_transfer_back(struct spdk_bdev_io *io);
/* Forgets what would have been done. */
void bdev_io_transfer_drop(struct spdk_bdev_io *io);

/* ---- nomem.c ---- */

/* Puts it behind all that wait. */
void bdev_nomem_queue(struct spdk_bdev_io *io);
/* The module has just given it back. */
void bdev_nomem_refused(struct spdk_bdev_io *io);
void bdev_nomem_retry(struct bdev_target *target);
/* One that the module has waits for the library: for a buffer, or for an I/O below. */
void bdev_nomem_await(struct bdev_target *target);
/* The wait is over, whatever comes of it. */
void bdev_nomem_awaited(struct bdev_target *target);
/* Ends what waits in the target, of one channel only. */
void bdev_nomem_abort(struct spdk_bdev_channel *ch);

/* ---- The gates: true lets the I/O go on; false: it waits there, or was ended. ---- */

bool bdev_reset_gate(struct spdk_bdev_io *io);
bool bdev_range_gate(struct spdk_bdev_io *io);
bool bdev_qos_gate(struct spdk_bdev_io *io);

/* ---- reset.c ---- */

/* From spdk_bdev_io_complete(), for RESET and NVME_NSSR, instead of bdev_io_finish(). */
void bdev_reset_done(struct spdk_bdev_io *io);
/* Every I/O that ends while ch->locks is not 0. */
void bdev_reset_io_done(struct spdk_bdev_channel *ch);
/* A channel that is made while others are frozen is as they are. */
void bdev_reset_channel_init(struct spdk_bdev_channel *ch);
void bdev_reset_free(struct spdk_bdev *bdev);

/* ---- abort.c ---- */

/*
 * Ends an I/O that waits in the library (ABORTED), or sees to it that it ends at its next step.
 * False: the module has it, or is done with it. The I/O's callback may have run.
 */
bool bdev_io_abort_waiting(struct spdk_bdev_io *io);

/* ---- for_each.c ---- */

/* Calls `fn` with each in ch->submitted, until it returns other than 0, which is returned. It may
 * end any of them. */
int bdev_channel_for_each_io(struct spdk_bdev_channel *ch, spdk_bdev_io_fn fn, void *ctx);

/* ---- lba_range.c ---- */

/* Every I/O that ends while ch->locks is not 0. */
void bdev_range_io_done(struct spdk_bdev_channel *ch, struct spdk_bdev_io *io);
/* A new channel takes over what is locked; one that goes has nothing held. */
int bdev_range_channel_init(struct spdk_bdev_channel *ch);
void bdev_range_channel_fini(struct spdk_bdev_channel *ch);

typedef void (*bdev_range_cb)(void *ctx, int status);

/* For compare-and-write and the like: blocks that only I/Os with `caller_ctx` may touch. */
int bdev_range_lock(struct spdk_bdev_channel *ch, uint64_t offset, uint64_t length,
		    bdev_range_cb cb_fn, void *caller_ctx);
int bdev_range_unlock(struct spdk_bdev_channel *ch, uint64_t offset, uint64_t length,
		      bdev_range_cb cb_fn, void *caller_ctx);
/*
 * Takes a lock back that waits for others to be unlocked, on the thread that asked for it; its
 * callback is told -ECANCELED. False: none of these waits.
 */
bool bdev_range_cancel(struct spdk_bdev_channel *ch, const void *caller_ctx);

/* Of a device without channels: what a module has left quiesced. */
void bdev_range_free(struct spdk_bdev *bdev);

/* ---- qos.c ---- */

int bdev_qos_channel_init(struct spdk_bdev_channel *ch);
void bdev_qos_channel_fini(struct spdk_bdev_channel *ch);
/* Takes an I/O that is LIMITED out of its queue. */
void bdev_qos_remove(struct spdk_bdev_io *io);
void bdev_qos_free(struct spdk_bdev *bdev);

/* ---- stat.c, histogram.c, queue_depth.c, timeout.c ---- */

int bdev_stat_init(struct spdk_bdev *bdev);
void bdev_stat_free(struct spdk_bdev *bdev);
void bdev_stat_channel_init(struct spdk_bdev_channel *ch);
void bdev_stat_channel_fini(struct spdk_bdev_channel *ch);
/* One that has a place for errors, with nothing counted. NULL: there is no memory. */
struct spdk_bdev_io_stat *bdev_io_stat_create(void);
void bdev_io_stat_destroy(struct spdk_bdev_io_stat *stat);
/* Resets all channels of a device, and what its module counts itself. The callback's stat is NULL.
 */
void bdev_reset_device_stat(struct spdk_bdev *bdev, enum spdk_bdev_reset_stat_mode mode,
			    spdk_bdev_get_device_stat_cb cb, void *cb_arg);

int bdev_histogram_channel_init(struct spdk_bdev_channel *ch);
void bdev_histogram_channel_fini(struct spdk_bdev_channel *ch);
void bdev_histogram_count(struct spdk_bdev_channel *ch, struct spdk_bdev_io *io, uint64_t ticks);
void bdev_histogram_free(struct spdk_bdev *bdev);
/* Whether it is enabled, and how. */
bool
bdev_histogram_get_opts(struct spdk_bdev *bdev, struct spdk_bdev_enable_histogram_opts *out_opts);

/* To be called before the device's channels go. */
void bdev_queue_depth_free(struct spdk_bdev *bdev);

/* On the descriptor's thread, when it is closed. */
void bdev_timeout_stop(struct spdk_bdev_desc *desc);

#include "bdev_stat.h"

#endif
