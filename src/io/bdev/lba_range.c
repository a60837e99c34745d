/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Ranges of blocks that are locked: I/Os that touch one wait in ch->held until it is unlocked.
 * Compare-and-write locks what it compares against writes of others; a module quiesces its device,
 * or a part of it, against everything.
 *
 * State of a range        in                             left by
 *   WAITING   overlaps    pending_locked_ranges          start_waiting(); bdev_range_cancel():
 *             others                                       freed
 *   LOCKING   two rounds  locked_ranges; a channel that  lock_done()
 *             of channels is made now knows it
 *   LOCKED    granted     locked_ranges                  unlock()
 *   UNLOCKING one round   no list                        unlock_done(): freed
 *
 * R1  A range is LOCKING or LOCKED only if it overlaps no other such, and none that waited before
 *     it. So of ranges that overlap the first comes first.
 * R2  The first round makes all channels hold what is new, the second waits for what was under
 *     way: so all channels drain at the same time.
 * R3  Awaited are I/Os behind the gates that are neither children (their parent is there) nor own
 *     a range (that range overlaps, so by R1 either waits as well or is unlocked).
 *     BDEV_IO_AWAITED marks them; one that is marked and overlaps is counted in `awaited` of each
 *     range that waits in its channel.
 * R4  Lists of the device, and states: bdev_lock. What a channel knows: its thread.
 * R5  A range that is LOCKING holds its device, and so does who unlocks it, until its round has
 *     begun: rounds find their channels. With the device goes what is LOCKED, and who is WAITING
 *     is told.
 */
#include "device.h"
#include "runtime/io_devices.h"
#include "spdk/log.h"
#include "spdk/string.h"

/* Blocks of a range that is the whole device, whatever its size. */
#define WHOLE UINT64_MAX

enum range_state {
	RANGE_WAITING,
	RANGE_LOCKING,
	RANGE_LOCKED,
	RANGE_UNLOCKING,
};

struct lba_range {
	struct spdk_bdev *bdev;
	uint64_t offset;
	uint64_t length;
	/* As it was given, by which it is unlocked: the device may have grown meanwhile. */
	uint64_t given_length;
	/* Who quiesces; NULL: a lock against writing by all I/Os but those with `caller_ctx`. */
	const struct spdk_bdev_module *module;
	void *caller_ctx;
	enum range_state state;
	/* Why it could not be locked, while its traces are removed. */
	int status;
	/* Where its steps are done and the callback runs. */
	struct spdk_thread *thread;
	bdev_range_cb cb_fn;
	void *cb_arg;
	/* All of its rounds. */
	struct spdk_io_channel_iter *round;
	TAILQ_ENTRY(lba_range) link;
};

struct bdev_channel_range {
	struct lba_range *range;
	/* The round that waits here for `awaited` I/Os, or NULL. */
	struct spdk_io_channel_iter *round;
	uint64_t awaited;
	TAILQ_ENTRY(bdev_channel_range) link;
};

static void
free_range(struct lba_range *range)
{
	io_devices_round_destroy(range->round);
	free(range);
}

static void
begin_round(struct lba_range *range, spdk_channel_msg fn, spdk_channel_for_each_cpl cpl)
{
	io_devices_round_begin(range->round, bdev_io_device(range->bdev), fn, range, cpl);
}

/* ---- What touches what ---- */

static bool
is_in(const struct lba_range *range, uint64_t offset, uint64_t length)
{
	return offset < range->offset + range->length && range->offset < offset + length;
}

static bool
overlap(const struct lba_range *a, const struct lba_range *b)
{
	return is_in(a, b->offset, b->length);
}

static bool
is_zone_in(const struct lba_range *range, uint64_t block, uint64_t zones)
{
	uint64_t size = range->bdev->zone_size;

	return size == 0 || is_in(range, block - block % size, zones * size);
}

/* Whether the I/O must not run while the range is locked by somebody else. */
static bool
touches(const struct spdk_bdev_io *io, const struct lba_range *range)
{
	const struct spdk_bdev_io_block_params *params = &io->u.bdev;
	bool is_quiesced = range->module != NULL;

	switch (io->type) {
	case SPDK_BDEV_IO_TYPE_READ:
	case SPDK_BDEV_IO_TYPE_COMPARE:
	case SPDK_BDEV_IO_TYPE_FLUSH:
		return is_quiesced && is_in(range, params->offset_blocks, params->num_blocks);
	case SPDK_BDEV_IO_TYPE_WRITE:
	case SPDK_BDEV_IO_TYPE_COMPARE_AND_WRITE:
	case SPDK_BDEV_IO_TYPE_UNMAP:
	case SPDK_BDEV_IO_TYPE_WRITE_ZEROES:
	case SPDK_BDEV_IO_TYPE_WRITE_UNCORRECTABLE:
	case SPDK_BDEV_IO_TYPE_ZCOPY:
		return is_in(range, params->offset_blocks, params->num_blocks);
	case SPDK_BDEV_IO_TYPE_COPY:
		return is_in(range, params->offset_blocks, params->num_blocks) ||
		       (is_quiesced &&
			is_in(range, params->copy.src_offset_blocks, params->num_blocks));
	case SPDK_BDEV_IO_TYPE_ZONE_APPEND:
		return is_zone_in(range, params->offset_blocks, 1);
	case SPDK_BDEV_IO_TYPE_ZONE_MANAGEMENT:
		return is_zone_in(range, io->u.zone_mgmt.zone_id,
				  spdk_max(io->u.zone_mgmt.num_zones, 1));
	case SPDK_BDEV_IO_TYPE_NVME_IO:
	case SPDK_BDEV_IO_TYPE_NVME_IO_MD:
	case SPDK_BDEV_IO_TYPE_NVME_IOV_MD:
		return true; /* Who knows which blocks. */
	case SPDK_BDEV_IO_TYPE_SEEK_DATA:
	case SPDK_BDEV_IO_TYPE_SEEK_HOLE:
	case SPDK_BDEV_IO_TYPE_GET_ZONE_INFO:
		return is_quiesced;
	default:
		return false;
	}
}

/* ---- In a channel ---- */

static bool
is_held_by(const struct spdk_bdev_io *io, const struct lba_range *range)
{
	if (range->module == NULL && range->caller_ctx == io->internal.caller_ctx) {
		return false;
	}
	return touches(io, range);
}

bool
bdev_range_gate(struct spdk_bdev_io *io)
{
	struct spdk_bdev_channel *ch = io->internal.ch;
	struct bdev_channel_range *known;

	if ((io->internal.flags & BDEV_IO_OWNS_RANGE) != 0) {
		return true;
	}
	TAILQ_FOREACH (known, &ch->ranges, link) {
		if (is_held_by(io, known->range)) {
			io->internal.state = BDEV_IO_HELD;
			TAILQ_INSERT_TAIL(&ch->held, io, internal.link);
			return false;
		}
	}
	return true;
}

static struct bdev_channel_range *
find_known(struct spdk_bdev_channel *ch, const struct lba_range *range)
{
	struct bdev_channel_range *known;

	TAILQ_FOREACH (known, &ch->ranges, link) {
		if (known->range == range) {
			return known;
		}
	}
	return NULL;
}

static int
make_known(struct spdk_bdev_channel *ch, struct lba_range *range)
{
	struct bdev_channel_range *known = calloc(1, sizeof(*known));

	if (known == NULL) {
		return -ENOMEM;
	}
	known->range = range;
	TAILQ_INSERT_TAIL(&ch->ranges, known, link);
	ch->gates |= BDEV_GATE_RANGE;
	return 0;
}

static void
forget(struct spdk_bdev_channel *ch, struct bdev_channel_range *known)
{
	TAILQ_REMOVE(&ch->ranges, known, link);
	free(known);
	if (TAILQ_EMPTY(&ch->ranges)) {
		ch->gates &= ~BDEV_GATE_RANGE;
	}
}

/* Each once, in their order; what another range holds goes to the end of the queue again. */
static void
release_held(struct spdk_bdev_channel *ch)
{
	struct spdk_bdev_io *io;
	uint64_t count = 0;

	TAILQ_FOREACH (io, &ch->held, internal.link) {
		count++;
	}
	for (; count > 0 && (io = TAILQ_FIRST(&ch->held)) != NULL; count--) {
		TAILQ_REMOVE(&ch->held, io, internal.link);
		bdev_io_resubmit(io);
	}
}

static int
await(void *ctx, struct spdk_bdev_io *io)
{
	struct bdev_channel_range *known = ctx;

	if ((io->internal.flags & (BDEV_IO_CHILD | BDEV_IO_OWNS_RANGE)) == 0 &&
	    io->internal.state != BDEV_IO_HELD && io->internal.state != BDEV_IO_LIMITED &&
	    is_held_by(io, known->range)) {
		io->internal.flags |= BDEV_IO_AWAITED;
		known->awaited++;
	}
	return 0;
}

void
bdev_range_io_done(struct spdk_bdev_channel *ch, struct spdk_bdev_io *io)
{
	struct bdev_channel_range *known, *next;

	if ((io->internal.flags & BDEV_IO_AWAITED) == 0) {
		return;
	}
	io->internal.flags &= ~BDEV_IO_AWAITED;
	TAILQ_FOREACH_SAFE (known, &ch->ranges, link, next) {
		if (known->round != NULL && is_held_by(io, known->range) && --known->awaited == 0) {
			struct spdk_io_channel_iter *round = known->round;

			known->round = NULL;
			ch->locks--;
			spdk_for_each_channel_continue(round, 0);
		}
	}
}

int
bdev_range_channel_init(struct spdk_bdev_channel *ch)
{
	struct lba_range *range;
	int rc = 0;

	bdev_lock();
	TAILQ_FOREACH (range, &ch->bdev->internal.locked_ranges, link) {
		rc = make_known(ch, range);
		if (rc != 0) {
			break;
		}
	}
	bdev_unlock();
	if (rc != 0) {
		bdev_range_channel_fini(ch);
	}
	return rc;
}

void
bdev_range_channel_fini(struct spdk_bdev_channel *ch)
{
	struct bdev_channel_range *known;

	while ((known = TAILQ_FIRST(&ch->ranges)) != NULL) {
		forget(ch, known);
	}
}

/* ---- Unlocking ---- */

static void start_waiting(struct spdk_bdev *bdev);

static void
unlock_visit(struct spdk_io_channel_iter *i)
{
	struct spdk_bdev_channel *ch = bdev_channel_of(spdk_io_channel_iter_get_channel(i));
	struct bdev_channel_range *known = find_known(ch, spdk_io_channel_iter_get_ctx(i));

	if (known != NULL) {
		forget(ch, known);
		release_held(ch);
	}
	spdk_for_each_channel_continue(i, 0);
}

static void
unlock_done(struct spdk_io_channel_iter *i, int status)
{
	struct lba_range *range = spdk_io_channel_iter_get_ctx(i);

	if (range->cb_fn != NULL) {
		range->cb_fn(range->cb_arg, range->status);
	}
	free_range(range);
}

/* It is in `locked_ranges`, nobody else ends it, and the device is held; not so afterwards. */
static void
unlock(struct lba_range *range)
{
	struct spdk_bdev *bdev = range->bdev;

	bdev_lock();
	range->state = RANGE_UNLOCKING;
	TAILQ_REMOVE(&bdev->internal.locked_ranges, range, link);
	bdev_unlock();
	begin_round(range, unlock_visit, unlock_done);
	start_waiting(bdev);
	bdev_release(bdev);
}

/* ---- Locking ---- */

static void
lock_done(struct spdk_io_channel_iter *i, int status)
{
	struct lba_range *range = spdk_io_channel_iter_get_ctx(i);
	struct spdk_bdev *bdev = range->bdev;

	range->status = status;
	if (status != 0) {
		unlock(range);
		return;
	}
	bdev_lock();
	range->state = RANGE_LOCKED;
	bdev_unlock();
	/* Which may unlock it. */
	if (range->cb_fn != NULL) {
		range->cb_fn(range->cb_arg, 0);
	}
	bdev_release(bdev);
}

static void
drain_visit(struct spdk_io_channel_iter *i)
{
	struct spdk_bdev_channel *ch = bdev_channel_of(spdk_io_channel_iter_get_channel(i));
	struct bdev_channel_range *known = find_known(ch, spdk_io_channel_iter_get_ctx(i));

	assert(known != NULL);
	known->awaited = 0;
	(void)bdev_channel_for_each_io(ch, await, known);
	if (known->awaited == 0) {
		spdk_for_each_channel_continue(i, 0);
		return;
	}
	known->round = i;
	ch->locks++;
}

static void
hold_visit(struct spdk_io_channel_iter *i)
{
	struct spdk_bdev_channel *ch = bdev_channel_of(spdk_io_channel_iter_get_channel(i));
	struct lba_range *range = spdk_io_channel_iter_get_ctx(i);
	int rc = 0;

	if (find_known(ch, range) == NULL) {
		rc = make_known(ch, range);
	}
	spdk_for_each_channel_continue(i, rc);
}

static void
hold_done(struct spdk_io_channel_iter *i, int status)
{
	struct lba_range *range = spdk_io_channel_iter_get_ctx(i);

	if (status != 0) {
		lock_done(i, status);
		return;
	}
	begin_round(range, drain_visit, lock_done);
}

static void
start(void *arg)
{
	begin_round(arg, hold_visit, hold_done);
}

static bool
overlaps_any(const struct lba_range *range, const lba_range_tailq_t *list)
{
	const struct lba_range *other;

	TAILQ_FOREACH (other, list, link) {
		if (other == range) {
			return false; /* Those behind it do not matter. */
		}
		if (overlap(range, other)) {
			return true;
		}
	}
	return false;
}

static bool
is_going(const struct spdk_bdev *bdev)
{
	return bdev->internal.status == SPDK_BDEV_STATUS_REMOVING;
}

/* The first that may start, moved among those that are locked; NULL: none may. */
static struct lba_range *
take_waiting(struct spdk_bdev *bdev)
{
	struct lba_range *range = NULL;

	bdev_lock();
	if (is_going(bdev)) {
		bdev_unlock();
		return NULL;
	}
	TAILQ_FOREACH (range, &bdev->internal.pending_locked_ranges, link) {
		if (!overlaps_any(range, &bdev->internal.locked_ranges) &&
		    !overlaps_any(range, &bdev->internal.pending_locked_ranges)) {
			TAILQ_REMOVE(&bdev->internal.pending_locked_ranges, range, link);
			TAILQ_INSERT_TAIL(&bdev->internal.locked_ranges, range, link);
			range->state = RANGE_LOCKING;
			bdev_hold_locked(bdev);
			break;
		}
	}
	bdev_unlock();
	return range;
}

/* Its thread has exited, or takes no messages: nobody would unlock it. */
static void
drop(struct lba_range *range, int rc)
{
	SPDK_ERRLOG("Thread %s cannot be told that it may lock blocks of bdev %s: %s\n",
		    spdk_thread_get_name(range->thread), spdk_bdev_get_name(range->bdev),
		    spdk_strerror(-rc));
	bdev_lock();
	TAILQ_REMOVE(&range->bdev->internal.locked_ranges, range, link);
	bdev_unlock();
	bdev_release(range->bdev);
	free_range(range);
}

static void
start_waiting(struct spdk_bdev *bdev)
{
	struct lba_range *range;
	int rc;

	while ((range = take_waiting(bdev)) != NULL) {
		if (range->thread == spdk_get_thread()) {
			start(range);
			continue;
		}
		rc = spdk_thread_send_msg(range->thread, start, range);
		if (rc != 0) {
			drop(range, rc);
		}
	}
}

static int
lock(struct spdk_bdev *bdev, const struct lba_range *wanted)
{
	struct lba_range *range;

	if (spdk_get_thread() == NULL || wanted->length == 0 ||
	    (wanted->length != WHOLE && !bdev_has_blocks(bdev, wanted->offset, wanted->length))) {
		return -EINVAL;
	}
	range = malloc(sizeof(*range));
	if (range == NULL) {
		return -ENOMEM;
	}
	*range = *wanted;
	range->round = io_devices_round_create();
	if (range->round == NULL) {
		free(range);
		return -ENOMEM;
	}
	range->bdev = bdev;
	range->state = RANGE_WAITING;
	range->thread = spdk_get_thread();
	bdev_lock();
	if (is_going(bdev)) {
		bdev_unlock();
		free_range(range);
		return -ENODEV;
	}
	TAILQ_INSERT_TAIL(&bdev->internal.pending_locked_ranges, range, link);
	bdev_unlock();
	start_waiting(bdev);
	return 0;
}

static bool
is_same(const struct lba_range *range, const struct lba_range *wanted)
{
	return range->offset == wanted->offset &&
	       (range->length == wanted->length || range->given_length == wanted->given_length) &&
	       range->module == wanted->module && range->caller_ctx == wanted->caller_ctx;
}

/* -EINVAL: nobody has locked just that. -EBUSY: it is not granted yet. -ENODEV: it has gone. */
static int
find_and_unlock(struct spdk_bdev *bdev, const struct lba_range *wanted)
{
	struct lba_range *range;
	int rc = -EINVAL;

	if (spdk_get_thread() == NULL) {
		return -EINVAL;
	}
	bdev_lock();
	if (is_going(bdev)) {
		bdev_unlock();
		return -ENODEV;
	}
	TAILQ_FOREACH (range, &bdev->internal.locked_ranges, link) {
		if (is_same(range, wanted)) {
			rc = range->state == RANGE_LOCKED ? 0 : -EBUSY;
			break;
		}
	}
	if (rc == 0) {
		range->state = RANGE_UNLOCKING; /* It is ours now. */
		bdev_hold_locked(bdev);
	}
	bdev_unlock();
	if (rc != 0) {
		return rc;
	}
	range->thread = spdk_get_thread();
	range->cb_fn = wanted->cb_fn;
	range->cb_arg = wanted->cb_arg;
	unlock(range);
	return 0;
}

static void
tell_gone(void *arg)
{
	struct lba_range *range = arg;

	range->cb_fn(range->cb_arg, -ENODEV);
	free_range(range);
}

/* By R5 there are no others. Nobody has its memory any more but those that wait to be told. */
void
bdev_range_free(struct spdk_bdev *bdev)
{
	struct lba_range *range;

	while ((range = TAILQ_FIRST(&bdev->internal.locked_ranges)) != NULL) {
		assert(range->state == RANGE_LOCKED);
		TAILQ_REMOVE(&bdev->internal.locked_ranges, range, link);
		free_range(range);
	}
	while ((range = TAILQ_FIRST(&bdev->internal.pending_locked_ranges)) != NULL) {
		TAILQ_REMOVE(&bdev->internal.pending_locked_ranges, range, link);
		/* One whose thread takes no messages has nobody to tell. */
		if (range->cb_fn == NULL ||
		    spdk_thread_send_msg(range->thread, tell_gone, range) != 0) {
			free_range(range);
		}
	}
}

/* ---- For compare-and-write and the like ---- */

int
bdev_range_lock(struct spdk_bdev_channel *ch, uint64_t offset, uint64_t length, bdev_range_cb cb_fn,
		void *caller_ctx)
{
	const struct lba_range wanted = {
		.offset = offset,
		.length = length,
		.given_length = length,
		.caller_ctx = caller_ctx,
		.cb_fn = cb_fn,
		.cb_arg = caller_ctx,
	};

	return lock(ch->bdev, &wanted);
}

int
bdev_range_unlock(struct spdk_bdev_channel *ch, uint64_t offset, uint64_t length,
		  bdev_range_cb cb_fn, void *caller_ctx)
{
	const struct lba_range wanted = {
		.offset = offset,
		.length = length,
		.given_length = length,
		.caller_ctx = caller_ctx,
		.cb_fn = cb_fn,
		.cb_arg = caller_ctx,
	};

	return find_and_unlock(ch->bdev, &wanted);
}

bool
bdev_range_cancel(struct spdk_bdev_channel *ch, const void *caller_ctx)
{
	struct spdk_bdev *bdev = ch->bdev;
	struct lba_range *range;
	bdev_range_cb cb_fn;
	void *cb_arg;

	bdev_lock();
	TAILQ_FOREACH (range, &bdev->internal.pending_locked_ranges, link) {
		if (range->module == NULL && range->caller_ctx == caller_ctx) {
			TAILQ_REMOVE(&bdev->internal.pending_locked_ranges, range, link);
			break;
		}
	}
	bdev_unlock();
	if (range == NULL) {
		return false;
	}
	cb_fn = range->cb_fn;
	cb_arg = range->cb_arg;
	free_range(range);
	start_waiting(bdev); /* Those behind it. */
	cb_fn(cb_arg, -ECANCELED);
	return true;
}

/* ---- For modules ---- */

static bool
is_owner(struct spdk_bdev *bdev, struct spdk_bdev_module *module)
{
	if (module != NULL && bdev->module == module) {
		return true;
	}
	SPDK_ERRLOG(
		"Module %s wants to quiesce bdev %s, which is of module %s: only that one may.\n",
		module != NULL ? module->name : "(none)", spdk_bdev_get_name(bdev),
		bdev->module->name);
	return false;
}

/* All blocks stay all blocks when the device changes its size meanwhile. */
static bool
is_whole(const struct spdk_bdev *bdev, uint64_t offset, uint64_t length)
{
	return offset == 0 && (length == bdev->blockcnt || length == WHOLE);
}

int
spdk_bdev_quiesce_range(struct spdk_bdev *bdev, struct spdk_bdev_module *module, uint64_t offset,
			uint64_t length, spdk_bdev_quiesce_cb cb_fn, void *cb_arg)
{
	const struct lba_range wanted = {
		.offset = offset,
		.length = is_whole(bdev, offset, length) ? WHOLE : length,
		.given_length = length,
		.module = module,
		.cb_fn = cb_fn,
		.cb_arg = cb_arg,
	};

	return is_owner(bdev, module) ? lock(bdev, &wanted) : -EINVAL;
}

int
spdk_bdev_unquiesce_range(struct spdk_bdev *bdev, struct spdk_bdev_module *module, uint64_t offset,
			  uint64_t length, spdk_bdev_quiesce_cb cb_fn, void *cb_arg)
{
	const struct lba_range wanted = {
		.offset = offset,
		.length = is_whole(bdev, offset, length) ? WHOLE : length,
		.given_length = length,
		.module = module,
		.cb_fn = cb_fn,
		.cb_arg = cb_arg,
	};
	int rc;

	if (!is_owner(bdev, module)) {
		return -EINVAL;
	}
	rc = find_and_unlock(bdev, &wanted);
	if (rc != 0 && rc != -ENODEV) {
		SPDK_ERRLOG("%" PRIu64 " blocks from %" PRIu64 " of bdev %s %s.\n", length, offset,
			    spdk_bdev_get_name(bdev),
			    rc == -EBUSY ? "are not quiesced yet: wait for the callback" :
					   "were not quiesced as one range");
	}
	return rc;
}

int
spdk_bdev_quiesce(struct spdk_bdev *bdev, struct spdk_bdev_module *module,
		  spdk_bdev_quiesce_cb cb_fn, void *cb_arg)
{
	return spdk_bdev_quiesce_range(bdev, module, 0, WHOLE, cb_fn, cb_arg);
}

int
spdk_bdev_unquiesce(struct spdk_bdev *bdev, struct spdk_bdev_module *module,
		    spdk_bdev_quiesce_cb cb_fn, void *cb_arg)
{
	return spdk_bdev_unquiesce_range(bdev, module, 0, WHOLE, cb_fn, cb_arg);
}
