/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Ending I/Os before their time.
 *
 * What still waits in the library is taken out of its queue and ends. What is on its way where
 * nobody can stop it gets BDEV_IO_ABORTING and ends at its next step. What the module has only the
 * module can end: it gets an I/O of type ABORT that names the other one.
 *
 * spdk_bdev_abort() is an I/O of type ABORT itself, the parent; it ends when its last child does.
 *
 *   state of the parent   children  waits for
 *   NEW                   0         nothing: collect() looks for I/Os to be aborted
 *   SPLIT                 > 0       the module's answers
 *   SPLIT                 >= 0      in thread->waiters: an I/O that can be a child
 */
#include "bdev_internal.h"
#include "spdk/env.h"
#include "spdk/log.h"

/* ---- What waits in the library ---- */

/* At its next step, or now if that is far away: it waits for an I/O, or for what others locked. */
static void
abort_steps(struct spdk_bdev_io *io)
{
	io->internal.flags |= BDEV_IO_ABORTING;
	if (io->type != SPDK_BDEV_IO_TYPE_COMPARE_AND_WRITE ||
	    !bdev_range_cancel(io->internal.ch, io)) {
		bdev_io_wake(io);
	}
}

bool
bdev_io_abort_waiting(struct spdk_bdev_io *io)
{
	struct spdk_bdev_channel *ch = io->internal.ch;

	if (bdev_io_must_arrive(io)) {
		return false;
	}
	switch (io->internal.state) {
	case BDEV_IO_HELD:
		TAILQ_REMOVE(&ch->held, io, internal.link);
		break;
	case BDEV_IO_LIMITED:
		bdev_qos_remove(io);
		break;
	case BDEV_IO_RETRY:
		TAILQ_REMOVE(&ch->target->nomem, io, internal.link);
		break;
	case BDEV_IO_BUFFER:
		bdev_io_abort_buf(io);
		break;
	case BDEV_IO_SPLIT:
		abort_steps(io);
		return true;
	case BDEV_IO_SUBMITTED:
		if ((io->internal.flags & BDEV_IO_WAITS_BELOW) == 0) {
			return false;
		}
		bdev_io_leave_below(io);
		bdev_io_take_back(io);
		break;
	case BDEV_IO_NEW:
	case BDEV_IO_PULLING:
		io->internal.flags |= BDEV_IO_ABORTING;
		return true;
	default:
		return false;
	}
	bdev_io_end(io, SPDK_BDEV_IO_STATUS_ABORTED);
	return true;
}

/* ---- What the module has ---- */

static void collect(struct spdk_bdev_io *parent);

static void
collect_late(void *arg)
{
	collect(arg);
}

static void
child_done(struct spdk_bdev_io *child, bool success, void *arg)
{
	struct spdk_bdev_io *parent = arg;

	if (!success) {
		parent->internal.status = SPDK_BDEV_IO_STATUS_FAILED;
	}
	spdk_bdev_free_io(child);
	parent->internal.children--;
	/* With split_remaining it waits for an I/O, which this may have been: see collect(). */
	if (parent->internal.children == 0 && parent->internal.split_remaining == 0) {
		bdev_io_end(parent, (enum spdk_bdev_io_status)parent->internal.status);
	}
}

/* Whether this parent has asked the module about it already. */
static bool
is_asked(const struct spdk_bdev_io *parent, const struct spdk_bdev_io *target)
{
	const struct spdk_bdev_io *io;

	TAILQ_FOREACH (io, &parent->internal.ch->submitted, internal.ch_link) {
		if (io->type == SPDK_BDEV_IO_TYPE_ABORT && io->internal.caller_ctx == parent &&
		    io->u.abort.bio_to_abort == target) {
			return true;
		}
	}
	return false;
}

static int
ask_module(struct spdk_bdev_io *parent, struct spdk_bdev_io *target)
{
	struct spdk_bdev_io *child;

	if (is_asked(parent, target)) {
		return 0;
	}
	child = bdev_io_get_child(parent);
	if (child == NULL) {
		return -ENOMEM;
	}
	child->type = SPDK_BDEV_IO_TYPE_ABORT;
	bdev_io_init(child, parent->internal.desc, child_done, parent);
	child->internal.flags |= BDEV_IO_CHILD;
	child->u.abort.bio_to_abort = target;
	bdev_io_enlist(child, spdk_get_ticks());
	parent->internal.children++;
	/* Not behind what waits for the module's memory. */
	bdev_io_give(child);
	return 0;
}

/* ---- The parent ---- */

/* What was submitted with that argument, and the parts of it. */
static bool
is_wanted(const struct spdk_bdev_io *parent, const struct spdk_bdev_io *io)
{
	void *wanted = parent->u.bdev.abort.bio_cb_arg;
	const struct spdk_bdev_io *whole;

	if (io->type == SPDK_BDEV_IO_TYPE_ABORT) {
		return false;
	}
	while ((io->internal.flags & BDEV_IO_CHILD) != 0) {
		whole = io->internal.caller_ctx;
		io = whole;
	}
	return io->internal.caller_ctx == wanted;
}

/* -ENOMEM: the module has to be asked, and there is no I/O for that. */
static int
abort_one(void *ctx, struct spdk_bdev_io *io)
{
	struct spdk_bdev_io *parent = ctx;

	if (io == parent) {
		return 1; /* What was submitted later is another one. */
	}
	if (!is_wanted(parent, io)) {
		return 0;
	}
	if (parent->internal.status == SPDK_BDEV_IO_STATUS_PENDING) {
		parent->internal.status = SPDK_BDEV_IO_STATUS_SUCCESS;
	}
	if (io->type == SPDK_BDEV_IO_TYPE_RESET || io->type == SPDK_BDEV_IO_TYPE_NVME_NSSR) {
		parent->internal.status = SPDK_BDEV_IO_STATUS_FAILED; /* Others wait for it. */
		return 0;
	}
	if (bdev_io_abort_waiting(io)) {
		return 0;
	}
	if (io->internal.state == BDEV_IO_SUBMITTED) {
		return ask_module(parent, io);
	}
	parent->internal.status = SPDK_BDEV_IO_STATUS_FAILED; /* It is all but done. */
	return 0;
}

static void
collect(struct spdk_bdev_io *parent)
{
	struct spdk_bdev_channel *ch = parent->internal.ch;

	parent->internal.state = BDEV_IO_SPLIT;
	if (bdev_channel_for_each_io(ch, abort_one, parent) == -ENOMEM) {
		parent->internal.split_remaining = 1;
		bdev_io_wait_for_child(parent, collect_late);
		return;
	}
	parent->internal.split_remaining = 0;
	if (parent->internal.status == SPDK_BDEV_IO_STATUS_PENDING) {
		parent->internal.status = SPDK_BDEV_IO_STATUS_FAILED; /* There is none. */
	}
	if (parent->internal.children == 0) {
		bdev_io_end(parent, (enum spdk_bdev_io_status)parent->internal.status);
	}
}

int
spdk_bdev_abort(struct spdk_bdev_desc *desc, struct spdk_io_channel *io_ch, void *bio_cb_arg,
		spdk_bdev_io_completion_cb cb, void *cb_arg)
{
	struct spdk_bdev_channel *ch = bdev_channel_of(io_ch);
	struct spdk_bdev_io *io;

	if (bio_cb_arg == NULL) {
		return -EINVAL;
	}
	if (!spdk_bdev_io_type_supported(desc->bdev, SPDK_BDEV_IO_TYPE_ABORT)) {
		return -ENOTSUP;
	}
	io = bdev_io_get(ch);
	if (io == NULL) {
		return -ENOMEM;
	}
	io->type = SPDK_BDEV_IO_TYPE_ABORT;
	bdev_io_init(io, desc, cb, cb_arg);
	io->u.bdev.abort.bio_cb_arg = bio_cb_arg;
	io->internal.children = 0;
	bdev_io_enlist(io, spdk_get_ticks());
	collect(io);
	return 0;
}
