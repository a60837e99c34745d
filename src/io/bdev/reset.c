/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Resets. A reset is an I/O that stops all others of its device, in all channels: when it
 * completes, what was submitted before has ended.
 *
 *   state     what it does                                              left by
 *   QUEUED    in bdev->internal.queued_resets: another is under way     start()
 *   FREEZING  goes round the channels: each ends what has not reached   frozen()
 *             the module, and from then on what is submitted
 *   DRAINING  waits reset_io_drain_timeout seconds at most for the      drained()
 *             module to end the rest by itself: then it needs no reset
 *   GIVEN     the module has it                                         bdev_reset_done()
 *   SETTLING  goes round the channels, and waits in each until all that settled()
 *             was submitted has ended and its callback has run, and says
 *             so after a while; not after a failure, which promises nothing
 *   THAWING   goes round the channels, which let I/Os pass again        thawed()
 *
 * Z1  bdev->internal.reset_in_progress is the one that is FREEZING or later, or NULL; bdev_lock
 *     guards it, queued_resets and reset_is_thawing. All steps of a reset are made by the thread
 *     that submitted it.
 * Z2  A channel has BDEV_GATE_RESET from when it is frozen, or made while a reset is under way and
 *     not THAWING, until it is thawed. A round sees each channel that was made before it began.
 * Z3  What is queued before the module is done shares the result: no I/O has come in between. What
 *     is queued while THAWING is another reset.
 */
#include "device.h"
#include "runtime/io_devices.h"
#include "spdk/env.h"
#include "spdk/log.h"

/* Between looks whether the module is done. */
#define DRAIN_PERIOD_US 10000

static void start(void *arg);

/* The rounds of a reset follow one another, and so do resets: one iterator serves them all. */
static void
begin_round(struct spdk_bdev_io *io, spdk_channel_msg fn, spdk_channel_for_each_cpl cpl)
{
	struct spdk_bdev *bdev = io->bdev;

	io_devices_round_begin(bdev->internal.reset_round, bdev_io_device(bdev), fn, io, cpl);
}

/* ---- Channels ---- */

bool
bdev_reset_gate(struct spdk_bdev_io *io)
{
	bdev_io_end(io, SPDK_BDEV_IO_STATUS_ABORTED);
	return false;
}

static int
end_waiting(void *ctx, struct spdk_bdev_io *io)
{
	switch (io->type) {
	case SPDK_BDEV_IO_TYPE_RESET:
	case SPDK_BDEV_IO_TYPE_NVME_NSSR:
	case SPDK_BDEV_IO_TYPE_ABORT:
		break;
	default:
		(void)bdev_io_abort_waiting(io); /* What it cannot end the module has. */
		break;
	}
	return 0;
}

static void
freeze_visit(struct spdk_io_channel_iter *i)
{
	struct spdk_bdev_channel *ch = bdev_channel_of(spdk_io_channel_iter_get_channel(i));

	ch->gates |= BDEV_GATE_RESET;
	(void)bdev_channel_for_each_io(ch, end_waiting, NULL);
	spdk_for_each_channel_continue(i, 0);
}

static void
thaw_visit(struct spdk_io_channel_iter *i)
{
	struct spdk_bdev_channel *ch = bdev_channel_of(spdk_io_channel_iter_get_channel(i));

	ch->gates &= ~BDEV_GATE_RESET;
	spdk_for_each_channel_continue(i, 0);
}

void
bdev_reset_channel_init(struct spdk_bdev_channel *ch)
{
	struct spdk_bdev *bdev = ch->bdev;

	bdev_lock();
	if (bdev->internal.reset_in_progress != NULL && !bdev->internal.reset_is_thawing) {
		ch->gates |= BDEV_GATE_RESET;
	}
	bdev_unlock();
}

/* ---- The end ---- */

/* On its own thread. */
static void
finish(void *arg)
{
	struct spdk_bdev_io *io = arg;
	struct spdk_io_channel *ch_ref = io->u.reset.ch_ref;

	bdev_io_end(io, (enum spdk_bdev_io_status)io->internal.status);
	/* After the callback, which bdev_io_end() has put on its way. */
	spdk_put_io_channel(ch_ref);
}

static void
run_on_own_thread(struct spdk_bdev_io *io, spdk_msg_fn fn)
{
	struct spdk_thread *thread = io->internal.ch->thread->thread;

	if (thread == spdk_get_thread()) {
		fn(io);
	} else if (spdk_thread_send_msg(thread, fn, io) != 0) {
		SPDK_ERRLOG(
			"Thread %s, which submitted a reset of bdev %s, cannot be told how it goes "
			"on.\n",
			spdk_thread_get_name(thread), spdk_bdev_get_name(io->bdev));
		abort(); /* All that is submitted from now on would wait for it. */
	}
}

static void
share_result(bdev_io_tailq_t *shared, const struct spdk_bdev_io *io)
{
	struct spdk_bdev_io *other;

	while ((other = TAILQ_FIRST(shared)) != NULL) {
		TAILQ_REMOVE(shared, other, internal.link);
		other->internal.status = io->internal.status;
		other->internal.error = io->internal.error;
		run_on_own_thread(other, finish);
	}
}

static void
thawed(struct spdk_io_channel_iter *i, int status)
{
	struct spdk_bdev_io *io = spdk_io_channel_iter_get_ctx(i), *next;
	struct spdk_bdev *bdev = io->bdev;
	bdev_io_tailq_t shared = TAILQ_HEAD_INITIALIZER(shared);

	bdev_lock();
	TAILQ_CONCAT(&shared, &bdev->internal.shared_resets, internal.link);
	next = TAILQ_FIRST(&bdev->internal.queued_resets);
	if (next != NULL) {
		TAILQ_REMOVE(&bdev->internal.queued_resets, next, internal.link);
	}
	bdev->internal.reset_in_progress = next;
	bdev->internal.reset_is_thawing = false;
	bdev_unlock();
	share_result(&shared, io);
	finish(io);
	if (next != NULL) {
		run_on_own_thread(next, start);
	}
}

/* Lock held: those that this one has done as well. A reset of the subsystem is more than one of the
 * device. */
static void
take_shared(struct spdk_bdev *bdev, const struct spdk_bdev_io *io)
{
	struct spdk_bdev_io *other, *next;

	TAILQ_FOREACH_SAFE (other, &bdev->internal.queued_resets, internal.link, next) {
		if (other->type == io->type) {
			TAILQ_REMOVE(&bdev->internal.queued_resets, other, internal.link);
			TAILQ_INSERT_TAIL(&bdev->internal.shared_resets, other, internal.link);
		}
	}
}

static void
thaw(struct spdk_bdev_io *io)
{
	struct spdk_bdev *bdev = io->bdev;

	io->internal.state = BDEV_IO_PUSHING;
	bdev_lock();
	bdev->internal.reset_is_thawing = true;
	take_shared(bdev, io);
	bdev_unlock();
	begin_round(io, thaw_visit, thawed);
}

/* ---- Settling ---- */

/*
 * What is at its last step when the reset reaches its channel: it waits for its children or its
 * data, or gives a lock back. None of them waits for the reset; what is submitted now is ended by
 * the gate, and is not here. The end of a zero copy passes it, and may come later.
 */
static bool
is_awaited(const struct spdk_bdev_io *io)
{
	switch (io->type) {
	case SPDK_BDEV_IO_TYPE_RESET:
	case SPDK_BDEV_IO_TYPE_NVME_NSSR:
	case SPDK_BDEV_IO_TYPE_ABORT:
	case SPDK_BDEV_IO_TYPE_INVALID: /* for_each.c */
		return false;
	default:
		return !bdev_io_must_arrive(io);
	}
}

static bool
has_awaited(const struct spdk_bdev_channel *ch)
{
	const struct spdk_bdev_io *io;

	TAILQ_FOREACH (io, &ch->submitted, internal.ch_link) {
		if (is_awaited(io)) {
			return true;
		}
	}
	return false;
}

static void
leave_settled(struct spdk_bdev_channel *ch)
{
	struct spdk_io_channel_iter *round = ch->reset_round;

	ch->reset_round = NULL;
	spdk_for_each_channel_continue(round, 0);
}

/* Callbacks run in the order in which they were deferred. */
static void
await_callbacks(void *arg)
{
	struct spdk_bdev_channel *ch = arg;
	struct bdev_thread *thread = ch->thread;

	if (thread->deferred_total - thread->deferred_count >= ch->settled_at ||
	    spdk_thread_send_msg(thread->thread, await_callbacks, ch) != 0) {
		leave_settled(ch); /* Or nobody would: the thread takes no messages. */
	}
}

static void
all_ended(struct spdk_bdev_channel *ch)
{
	ch->settled_at = ch->thread->deferred_total;
	await_callbacks(ch);
}

void
bdev_reset_io_done(struct spdk_bdev_channel *ch)
{
	if (ch->reset_round != NULL && !has_awaited(ch)) {
		ch->locks--;
		all_ended(ch);
	}
}

static void
settle_visit(struct spdk_io_channel_iter *i)
{
	struct spdk_bdev_channel *ch = bdev_channel_of(spdk_io_channel_iter_get_channel(i));

	ch->reset_round = i;
	if (has_awaited(ch)) {
		ch->locks++;
	} else {
		all_ended(ch);
	}
}

static void
settled(struct spdk_io_channel_iter *i, int status)
{
	struct spdk_bdev_io *io = spdk_io_channel_iter_get_ctx(i);

	spdk_poller_unregister(&io->u.reset.wait_poller.poller);
	thaw(io);
}

/* Once; whoever has been told needs no second time. */
static int
lose_patience(void *arg)
{
	struct spdk_bdev_io *io = arg;

	SPDK_ERRLOG(
		"A reset of bdev %s waits for I/Os that were submitted before it: module %s has "
		"completed the reset and not them, which it must by spdk_bdev_io_complete(), "
		"with SPDK_BDEV_IO_STATUS_ABORTED if need be.\n",
		spdk_bdev_get_name(io->bdev), spdk_bdev_get_module_name(io->bdev));
	spdk_poller_unregister(&io->u.reset.wait_poller.poller);
	return SPDK_POLLER_BUSY;
}

static void
settle(struct spdk_bdev_io *io)
{
	io->internal.state = BDEV_IO_PUSHING;
	/* Without memory for it nothing is said. */
	io->u.reset.wait_poller.poller =
		SPDK_POLLER_REGISTER(lose_patience, io, g_bdev_patience_us);
	begin_round(io, settle_visit, settled);
}

void
bdev_reset_done(struct spdk_bdev_io *io)
{
	if (io->internal.status == SPDK_BDEV_IO_STATUS_SUCCESS) {
		settle(io);
	} else {
		thaw(io);
	}
}

/* ---- Draining ---- */

static void drain(struct spdk_bdev_io *io);

static int
drain_again(void *arg)
{
	struct spdk_bdev_io *io = arg;

	spdk_poller_unregister(&io->u.reset.wait_poller.poller);
	drain(io);
	return SPDK_POLLER_BUSY;
}

static void
drain_visit(struct spdk_io_channel_iter *i)
{
	struct spdk_bdev_channel *ch = bdev_channel_of(spdk_io_channel_iter_get_channel(i));

	/* The first that is not done ends the round. */
	spdk_for_each_channel_continue(i, ch->outstanding == 0 ? 0 : -EBUSY);
}

static void
drained(struct spdk_io_channel_iter *i, int status)
{
	struct spdk_bdev_io *io = spdk_io_channel_iter_get_ctx(i);

	if (status != -EBUSY) {
		io->internal.status = SPDK_BDEV_IO_STATUS_SUCCESS;
		settle(io);
		return;
	}
	if (spdk_get_ticks() < io->u.reset.wait_poller.stop_time_tsc) {
		io->u.reset.wait_poller.poller =
			SPDK_POLLER_REGISTER(drain_again, io, DRAIN_PERIOD_US);
		if (io->u.reset.wait_poller.poller != NULL) {
			return;
		}
	}
	bdev_io_give(io);
}

static void
drain(struct spdk_bdev_io *io)
{
	begin_round(io, drain_visit, drained);
}

/* ---- The beginning ---- */

static void
frozen(struct spdk_io_channel_iter *i, int status)
{
	struct spdk_bdev_io *io = spdk_io_channel_iter_get_ctx(i);
	uint16_t timeout_sec = io->bdev->reset_io_drain_timeout;

	if (timeout_sec == 0 || io->type == SPDK_BDEV_IO_TYPE_NVME_NSSR) {
		bdev_io_give(io);
		return;
	}
	io->u.reset.wait_poller.stop_time_tsc =
		spdk_get_ticks() + timeout_sec * spdk_get_ticks_hz();
	drain(io);
}

static void
start(void *arg)
{
	begin_round(arg, freeze_visit, frozen);
}

static bool
has_round(struct spdk_bdev *bdev)
{
	bdev_lock();
	if (bdev->internal.reset_round == NULL) {
		bdev->internal.reset_round = io_devices_round_create();
	}
	bdev_unlock();
	return bdev->internal.reset_round != NULL;
}

void
bdev_reset_free(struct spdk_bdev *bdev)
{
	io_devices_round_destroy(bdev->internal.reset_round);
}

static bool
queue_or_take(struct spdk_bdev_io *io)
{
	struct spdk_bdev *bdev = io->bdev;
	bool is_first;

	bdev_lock();
	is_first = bdev->internal.reset_in_progress == NULL;
	if (is_first) {
		bdev->internal.reset_in_progress = io;
	} else {
		TAILQ_INSERT_TAIL(&bdev->internal.queued_resets, io, internal.link);
	}
	bdev_unlock();
	return is_first;
}

static int
submit(struct spdk_bdev_desc *desc, struct spdk_io_channel *io_ch, enum spdk_bdev_io_type type,
       spdk_bdev_io_completion_cb cb, void *cb_arg)
{
	struct spdk_bdev_channel *ch = bdev_channel_of(io_ch);
	struct spdk_bdev_io *io;

	if (!has_round(desc->bdev)) {
		return -ENOMEM;
	}
	io = bdev_io_get(ch);
	if (io == NULL) {
		return -ENOMEM;
	}
	io->type = (uint8_t)type;
	bdev_io_init(io, desc, cb, cb_arg);
	io->u.reset = (struct spdk_bdev_io_reset_params){.ch_ref = spdk_io_channel_ref(io_ch)};
	bdev_io_enlist(io, spdk_get_ticks());
	if (queue_or_take(io)) {
		start(io);
	}
	return 0;
}

int
spdk_bdev_reset(struct spdk_bdev_desc *desc, struct spdk_io_channel *io_ch,
		spdk_bdev_io_completion_cb cb, void *cb_arg)
{
	return submit(desc, io_ch, SPDK_BDEV_IO_TYPE_RESET, cb, cb_arg);
}

int
spdk_bdev_nvme_nssr(struct spdk_bdev_desc *desc, struct spdk_io_channel *io_ch,
		    spdk_bdev_io_completion_cb cb, void *cb_arg)
{
	return submit(desc, io_ch, SPDK_BDEV_IO_TYPE_NVME_NSSR, cb, cb_arg);
}
