/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The way of an I/O: through the gates, into the module, back, and to its callback. bdev_internal.h
 * has the states; this file makes the moves NEW, SUBMITTED, DONE, and calls what makes the others.
 */
#include "bdev_internal.h"
#include "spdk/env.h"
#include "spdk/log.h"

/* Completions in one message, so that those of a deep queue do not hold up all else of a thread. */
#define DRAIN_MAX 128

/* ---- There ---- */

void
bdev_io_dispatch(struct spdk_bdev_io *io)
{
	struct spdk_bdev_channel *ch = io->internal.ch;
	struct bdev_target *target = ch->target;

	if (spdk_unlikely(!TAILQ_EMPTY(&target->nomem)) && io->type != SPDK_BDEV_IO_TYPE_RESET) {
		bdev_nomem_queue(io);
		return;
	}
	bdev_io_give(io);
}

void
bdev_io_give(struct spdk_bdev_io *io)
{
	struct spdk_bdev_channel *ch = io->internal.ch;

	ch->outstanding++;
	ch->target->outstanding++;
	io->internal.state = BDEV_IO_SUBMITTED;
	io->internal.flags |= BDEV_IO_IN_SUBMIT;
	ch->submit_request(ch->module_channel, io);
	/* If it has completed, it waits for this, and for its turn: nobody has freed it. */
	io->internal.flags &= ~BDEV_IO_IN_SUBMIT;
}

/*
 * What no buffer makes fit is made of reads and writes: a comparison that is too large, where what
 * is read or written would have been split; and a compare-and-write, which has two buffers. Where
 * its data fit, a device that knows it does so as one, for other hosts too.
 */
static bool
can_be_bounced(const struct spdk_bdev_io *io)
{
	return io->type == SPDK_BDEV_IO_TYPE_COMPARE ?
		       io->u.bdev.num_blocks <= bdev_bounce_blocks_max(io) :
		       io->type != SPDK_BDEV_IO_TYPE_COMPARE_AND_WRITE;
}

static void
start_special(struct spdk_bdev_io *io)
{
	if ((io->internal.ch->emulated & (1u << io->type)) != 0) {
		bdev_io_emulate(io);
	} else if (bdev_io_needs_split(io)) {
		bdev_io_split(io);
	} else if ((bdev_aligned_types(io->bdev) & (1u << io->type)) != 0 &&
		   !bdev_io_is_aligned(io)) {
		if (can_be_bounced(io)) {
			bdev_io_bounce(io);
		} else {
			bdev_io_emulate(io);
		}
	} else {
		bdev_io_dispatch(io);
	}
}

void
bdev_io_start(struct spdk_bdev_io *io)
{
	if (spdk_unlikely((io->internal.ch->special & (1u << io->type)) != 0)) {
		start_special(io);
	} else {
		bdev_io_dispatch(io);
	}
}

/* Behind the gates. */
static void
go(struct spdk_bdev_io *io)
{
	if (spdk_unlikely((io->internal.flags & BDEV_IO_TRANSFERS) != 0)) {
		bdev_io_transfer(io);
	} else {
		bdev_io_start(io);
	}
}

static void
pass_gates(struct spdk_bdev_io *io)
{
	uint32_t gates = io->internal.ch->gates;

	if ((io->internal.flags & BDEV_IO_CHILD) != 0) {
		gates &= BDEV_GATE_RESET;
	}
	if ((gates & BDEV_GATE_RESET) != 0 && !bdev_io_must_arrive(io) && !bdev_reset_gate(io)) {
		return;
	}
	if ((gates & BDEV_GATE_RANGE) != 0 && !bdev_range_gate(io)) {
		return;
	}
	if ((gates & BDEV_GATE_QOS) != 0 && !bdev_qos_gate(io)) {
		return;
	}
	go(io);
}

void
bdev_io_resubmit(struct spdk_bdev_io *io)
{
	io->internal.state = BDEV_IO_NEW;
	pass_gates(io);
}

void
bdev_io_submit(struct spdk_bdev_io *io)
{
	struct spdk_bdev_channel *ch = io->internal.ch;
	struct bdev_thread *thread = ch->thread;
	uint64_t outer = thread->submit_ticks;

	/* Inside the submission of another, for which a module makes this one, it is as late as
	 * that. */
	thread->submit_ticks = outer != 0 ? outer : spdk_get_ticks();
	bdev_io_enlist(io, thread->submit_ticks);
	if (spdk_likely(ch->gates == 0)) {
		go(io);
	} else {
		pass_gates(io);
	}
	thread->submit_ticks = outer;
}

bool
bdev_io_submit_child(struct spdk_bdev_io *io)
{
	struct spdk_bdev_channel *ch = io->internal.ch;

	bdev_io_enlist(io, spdk_get_ticks());
	return (ch->gates & BDEV_GATE_RESET) == 0 || bdev_reset_gate(io);
}

/* ---- Back ---- */

static void
call_back(struct spdk_bdev_io *io)
{
	io->internal.cb(io, io->internal.status == SPDK_BDEV_IO_STATUS_SUCCESS,
			io->internal.caller_ctx);
}

/* What the callbacks complete inside a submit_request() has its turn in the next message. */
void
bdev_io_drain(void *arg)
{
	struct bdev_thread *thread = arg;
	struct spdk_bdev_io *io;
	uint32_t count = spdk_min(thread->deferred_count, DRAIN_MAX);

	while (count-- > 0) {
		io = TAILQ_FIRST(&thread->deferred);
		TAILQ_REMOVE(&thread->deferred, io, internal.link);
		thread->deferred_count--;
		call_back(io);
	}
	if (thread->deferred_count > 0) {
		soon_set(&thread->drain);
	}
}

void
bdev_io_defer(struct spdk_bdev_io *io)
{
	struct bdev_thread *thread = io->internal.ch->thread;

	TAILQ_INSERT_TAIL(&thread->deferred, io, internal.link);
	thread->deferred_count++;
	thread->deferred_total++;
	soon_set(&thread->drain);
}

/* The I/O is over, at `now`, for all but its caller. */
static inline void
set_done(struct spdk_bdev_io *io, uint64_t now)
{
	struct spdk_bdev_channel *ch = io->internal.ch;
	uint64_t ticks = now - io->internal.submit_tsc;

	io->internal.state = BDEV_IO_DONE;
	TAILQ_REMOVE(&ch->submitted, io, internal.ch_link);
	bdev_trace_done(io, now);
	if ((io->internal.flags & BDEV_IO_CHILD) == 0) {
		bdev_stat_count(ch, io, ticks);
	}
	if (spdk_unlikely(ch->histogram != NULL)) {
		bdev_histogram_count(ch, io, ticks);
	}
	if (spdk_unlikely(ch->locks != 0)) {
		bdev_range_io_done(ch, io);
		bdev_reset_io_done(ch);
		bdev_channel_io_done(ch);
	}
}

void
bdev_io_finish(struct spdk_bdev_io *io)
{
	struct bdev_thread *thread = io->internal.ch->thread;
	uint64_t outer = thread->done_ticks;
	/* In the callback of another, which a module made for this one, it is as late as that. */
	uint64_t now = outer != 0 ? outer : spdk_get_ticks();

	set_done(io, now);
	if ((io->internal.flags & BDEV_IO_IN_SUBMIT) != 0) {
		bdev_io_defer(io);
		return;
	}
	thread->done_ticks = now;
	call_back(io);
	thread->done_ticks = outer;
}

void
bdev_io_end(struct spdk_bdev_io *io, enum spdk_bdev_io_status status)
{
	io->internal.status = (int8_t)status;
	if ((io->internal.flags & BDEV_IO_BOUNCED) != 0) {
		bdev_io_unbounce(io);
	}
	if ((io->internal.flags & BDEV_IO_TRANSFERS) != 0) {
		bdev_io_transfer_drop(io);
	}
	set_done(io, spdk_get_ticks());
	bdev_io_defer(io);
}

void
bdev_io_end_new(struct spdk_bdev_io *io, enum spdk_bdev_io_status status)
{
	bdev_io_enlist(io, spdk_get_ticks());
	bdev_io_end(io, status);
}

void
bdev_io_take_back(struct spdk_bdev_io *io)
{
	struct bdev_target *target = io->internal.ch->target;

	io->internal.ch->outstanding--;
	target->outstanding--;
	io->internal.flags &= ~BDEV_IO_AT_MODULE;
	if (spdk_unlikely(!TAILQ_EMPTY(&target->nomem))) {
		bdev_nomem_retry(target);
	}
}

struct forwarded {
	struct spdk_bdev_io *io;
	enum spdk_bdev_io_status status;
};

static void
complete_here(void *arg)
{
	struct forwarded forwarded = *(struct forwarded *)arg;

	free(arg);
	spdk_bdev_io_complete(forwarded.io, forwarded.status);
}

/* A module's mistakes. The I/O's own thread is the only one that may touch what follows. */
static void
explain_completion(struct spdk_bdev_io *io, enum spdk_bdev_io_status status)
{
	const char *module = spdk_bdev_get_module_name(io->bdev);
	const char *type = spdk_bdev_get_io_type_name(io->type);
	struct forwarded *forwarded;
	struct spdk_thread *thread;

	if (io->internal.state == BDEV_IO_LOST) {
		return; /* That it is has been said. */
	}
	if (io->internal.state != BDEV_IO_SUBMITTED && io->internal.state != BDEV_IO_BUFFER) {
		SPDK_ERRLOG(
			"Module %s completes %s of bdev %s a second time: the first status, %d, "
			"holds.\n",
			module, type, spdk_bdev_get_name(io->bdev), io->internal.status);
		return;
	}
	thread = io->internal.ch->thread->thread;
	SPDK_ERRLOG(
		"Module %s completes %s of bdev %s on thread %s: send a message to the thread that "
		"submitted it, %s, and call spdk_bdev_io_complete() there.\n",
		module, type, spdk_bdev_get_name(io->bdev),
		spdk_get_thread() != NULL ? spdk_thread_get_name(spdk_get_thread()) : "(none)",
		spdk_thread_get_name(thread));
	forwarded = malloc(sizeof(*forwarded));
	if (forwarded == NULL) {
		abort(); /* Or else the I/O is lost. */
	}
	*forwarded = (struct forwarded){.io = io, .status = status};
	if (spdk_thread_send_msg(thread, complete_here, forwarded) != 0) {
		free(forwarded);
	}
}

void
spdk_bdev_io_complete(struct spdk_bdev_io *io, enum spdk_bdev_io_status status)
{
	if (spdk_unlikely(io->internal.state != BDEV_IO_SUBMITTED ||
			  spdk_get_thread() != io->internal.ch->thread->thread)) {
		explain_completion(io, status);
		return;
	}
	if (spdk_unlikely(status == SPDK_BDEV_IO_STATUS_NOMEM) &&
	    io->type != SPDK_BDEV_IO_TYPE_ABORT) { /* It names an I/O that may be gone later. */
		bdev_nomem_refused(io);
		return;
	}
	io->internal.status = (int8_t)status;
	bdev_io_take_back(io);
	if (spdk_unlikely(io->type == SPDK_BDEV_IO_TYPE_RESET ||
			  io->type == SPDK_BDEV_IO_TYPE_NVME_NSSR)) {
		bdev_reset_done(io);
		return;
	}
	if (spdk_unlikely((io->internal.flags & BDEV_IO_BOUNCED) != 0)) {
		bdev_io_unbounce(io);
	}
	if (spdk_unlikely((io->internal.flags & BDEV_IO_TRANSFERS) != 0)) {
		bdev_io_transfer_back(io);
		return;
	}
	bdev_io_finish(io);
}
