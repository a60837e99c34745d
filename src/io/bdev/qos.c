/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Limits of how much is read and written in a second. No thread does what others submit: each
 * channel takes from the device's rates (qos_rate.h) and keeps what goes beyond in queues of its
 * own, which a poller looks at each slice, while they are not empty.
 *
 * Q1  Reads and writes have a queue each, in order of submission, so that a limit of one does not
 *     stop the other. An I/O queues if one of its limits is waited for, as one is for each kind
 *     that is queued.
 * Q2  An I/O pays all its limits at once, or none; then it is BDEV_IO_RATED and passes for good.
 * Q3  qos->limits and is_changing: bdev_lock. A channel keeps a copy, which a round sets; one that
 *     is made after the change began has the new limits already.
 */
#include "bdev_internal.h"
#include "qos_rate.h"
#include "runtime/io_devices.h"
#include "spdk/env.h"
#include "spdk/log.h"

#define LIMITS    SPDK_BDEV_QOS_NUM_RATE_LIMIT_TYPES
#define SLICE_US  1000
#define MIB       (UINT64_C(1024) * 1024)
#define IOPS_STEP UINT64_C(1000)
#define UNCHANGED UINT64_MAX
/* No limit that is blocked. */
#define NONE LIMITS

enum kind {
	KIND_READ,
	KIND_WRITE,
	KINDS,
};

struct spdk_bdev_qos {
	struct rate_bucket buckets[LIMITS];
	uint64_t limits[LIMITS]; /* tokens a second; 0: none */
	bool is_changing;
};

struct bdev_qos_channel {
	struct spdk_bdev_qos *qos;
	struct rate_share shares[LIMITS];
	bdev_io_tailq_t queues[KINDS];
	/* What the next I/O that queues gets: ticks do not tell those of one tick apart. */
	uint32_t next_turn;
	struct spdk_poller *poller;
};

/* ---- What an I/O costs ---- */

/* False: it moves no data, and is not limited. */
static bool
get_price(const struct spdk_bdev_io *io, enum kind *out_kind, uint64_t *out_bytes)
{
	*out_kind = KIND_WRITE;
	*out_bytes = io->u.bdev.num_blocks * io->bdev->blocklen;
	switch (io->type) {
	case SPDK_BDEV_IO_TYPE_READ:
	case SPDK_BDEV_IO_TYPE_COMPARE:
		*out_kind = KIND_READ;
		return true;
	case SPDK_BDEV_IO_TYPE_WRITE:
	case SPDK_BDEV_IO_TYPE_ZONE_APPEND:
	case SPDK_BDEV_IO_TYPE_COMPARE_AND_WRITE:
		return true;
	case SPDK_BDEV_IO_TYPE_ZCOPY:
		/* Both ends are one I/O. */
		*out_kind = io->u.bdev.zcopy.populate ? KIND_READ : KIND_WRITE;
		return io->u.bdev.zcopy.start;
	case SPDK_BDEV_IO_TYPE_NVME_IO:
	case SPDK_BDEV_IO_TYPE_NVME_IO_MD:
	case SPDK_BDEV_IO_TYPE_NVME_IOV_MD:
		*out_bytes = io->u.nvme_passthru.nbytes;
		if ((io->u.nvme_passthru.cmd.opc & SPDK_NVME_OPC_READ) == SPDK_NVME_OPC_READ) {
			*out_kind = KIND_READ;
		}
		return true;
	default:
		return false;
	}
}

static bool
is_iops(int limit)
{
	return limit == SPDK_BDEV_QOS_RW_IOPS_RATE_LIMIT;
}

static bool
applies(const struct bdev_qos_channel *qos_ch, int limit, enum kind kind)
{
	if (qos_ch->shares[limit].cost_q32 == 0) {
		return false;
	}
	switch (limit) {
	case SPDK_BDEV_QOS_R_BPS_RATE_LIMIT:
		return kind == KIND_READ;
	case SPDK_BDEV_QOS_W_BPS_RATE_LIMIT:
		return kind == KIND_WRITE;
	default:
		return true;
	}
}

/* Pays for it; returns NONE, or the limit that does not let it pass. */
static int
pay(struct bdev_qos_channel *qos_ch, enum kind kind, uint64_t bytes, uint64_t now)
{
	int limit;

	for (limit = 0; limit < LIMITS; limit++) {
		if (applies(qos_ch, limit, kind) &&
		    !rate_take(&qos_ch->qos->buckets[limit], &qos_ch->shares[limit],
			       is_iops(limit) ? 1 : bytes, now)) {
			return limit;
		}
	}
	for (limit = 0; limit < LIMITS; limit++) {
		if (applies(qos_ch, limit, kind)) {
			rate_spend(&qos_ch->shares[limit], is_iops(limit) ? 1 : bytes);
		}
	}
	return NONE;
}

/* ---- Waiting ---- */

static void
set_waiting(struct bdev_qos_channel *qos_ch, int limit, bool is_waiting)
{
	rate_set_waiting(&qos_ch->qos->buckets[limit], &qos_ch->shares[limit], is_waiting);
}

static bool
must_queue(const struct bdev_qos_channel *qos_ch, enum kind kind)
{
	int limit;

	for (limit = 0; limit < LIMITS; limit++) {
		if (qos_ch->shares[limit].is_waiting && applies(qos_ch, limit, kind)) {
			return true;
		}
	}
	return false;
}

/* Turns go round. */
static bool
is_before(const struct spdk_bdev_io *io, const struct spdk_bdev_io *other)
{
	return (int32_t)(io->internal.turn - other->internal.turn) < 0;
}

/* The next of a kind that is not blocked, the older of both. */
static struct spdk_bdev_io *
next_queued(struct bdev_qos_channel *qos_ch, const bool *is_blocked, enum kind *out_kind)
{
	struct spdk_bdev_io *io, *first = NULL;
	int kind;

	for (kind = 0; kind < KINDS; kind++) {
		io = is_blocked[kind] ? NULL : TAILQ_FIRST(&qos_ch->queues[kind]);
		if (io != NULL && (first == NULL || is_before(io, first))) {
			first = io;
			*out_kind = (enum kind)kind;
		}
	}
	return first;
}

static bool
is_empty(const struct bdev_qos_channel *qos_ch)
{
	return TAILQ_EMPTY(&qos_ch->queues[KIND_READ]) && TAILQ_EMPTY(&qos_ch->queues[KIND_WRITE]);
}

static void
send_queued(struct bdev_qos_channel *qos_ch, uint64_t now)
{
	bool is_blocked[KINDS] = {false}, is_waited_for[LIMITS] = {false};
	enum kind kind = KIND_READ;
	struct spdk_bdev_io *io;
	uint64_t bytes;
	int limit;

	while ((io = next_queued(qos_ch, is_blocked, &kind)) != NULL) {
		(void)get_price(io, &kind, &bytes);
		limit = pay(qos_ch, kind, bytes, now);
		if (limit == NONE) {
			TAILQ_REMOVE(&qos_ch->queues[kind], io, internal.link);
			io->internal.flags |= BDEV_IO_RATED;
			bdev_io_resubmit(io);
			continue;
		}
		is_waited_for[limit] = true;
		is_blocked[KIND_READ] |= applies(qos_ch, limit, KIND_READ);
		is_blocked[KIND_WRITE] |= applies(qos_ch, limit, KIND_WRITE);
	}
	for (limit = 0; limit < LIMITS; limit++) {
		set_waiting(qos_ch, limit, is_waited_for[limit]);
	}
	if (is_empty(qos_ch)) {
		spdk_poller_unregister(&qos_ch->poller);
	}
}

static int
slice(void *arg)
{
	send_queued(arg, spdk_get_ticks());
	return SPDK_POLLER_BUSY;
}

bool
bdev_qos_gate(struct spdk_bdev_io *io)
{
	struct bdev_qos_channel *qos_ch = io->internal.ch->qos;
	uint64_t bytes;
	enum kind kind;
	int limit = NONE;

	if ((io->internal.flags & BDEV_IO_RATED) != 0 || !get_price(io, &kind, &bytes)) {
		return true;
	}
	if (!must_queue(qos_ch, kind)) {
		limit = pay(qos_ch, kind, bytes, spdk_get_ticks());
		if (limit == NONE) {
			io->internal.flags |= BDEV_IO_RATED;
			return true;
		}
	}
	if (qos_ch->poller == NULL) {
		qos_ch->poller = SPDK_POLLER_REGISTER(slice, qos_ch, SLICE_US);
		if (qos_ch->poller == NULL) {
			return true; /* Better too fast than never. */
		}
	}
	if (limit != NONE) {
		set_waiting(qos_ch, limit, true);
	}
	io->internal.state = BDEV_IO_LIMITED;
	io->internal.turn = qos_ch->next_turn++;
	TAILQ_INSERT_TAIL(&qos_ch->queues[kind], io, internal.link);
	return false;
}

void
bdev_qos_remove(struct spdk_bdev_io *io)
{
	struct bdev_qos_channel *qos_ch = io->internal.ch->qos;
	uint64_t bytes;
	enum kind kind;
	int limit;

	(void)get_price(io, &kind, &bytes);
	TAILQ_REMOVE(&qos_ch->queues[kind], io, internal.link);
	if (is_empty(qos_ch)) {
		for (limit = 0; limit < LIMITS; limit++) {
			set_waiting(qos_ch, limit, false);
		}
		spdk_poller_unregister(&qos_ch->poller);
	}
}

/* ---- Channels ---- */

static bool
has_limit(const uint64_t *limits)
{
	int limit;

	for (limit = 0; limit < LIMITS; limit++) {
		if (limits[limit] != 0) {
			return true;
		}
	}
	return false;
}

static struct bdev_qos_channel *
make_channel(struct spdk_bdev_qos *qos)
{
	struct bdev_qos_channel *qos_ch = calloc(1, sizeof(*qos_ch));

	if (qos_ch != NULL) {
		qos_ch->qos = qos;
		TAILQ_INIT(&qos_ch->queues[KIND_READ]);
		TAILQ_INIT(&qos_ch->queues[KIND_WRITE]);
	}
	return qos_ch;
}

/* What has waited by the old limits is looked at by the new ones. */
static int
set_channel(struct spdk_bdev_channel *ch, struct spdk_bdev_qos *qos)
{
	uint64_t limits[LIMITS], now = spdk_get_ticks();
	int limit;

	bdev_lock();
	memcpy(limits, qos->limits, sizeof(limits));
	bdev_unlock();
	if (ch->qos == NULL) {
		if (!has_limit(limits)) {
			return 0;
		}
		ch->qos = make_channel(qos);
		if (ch->qos == NULL) {
			return -ENOMEM;
		}
	}
	for (limit = 0; limit < LIMITS; limit++) {
		set_waiting(ch->qos, limit, false);
		rate_share_set(&ch->qos->shares[limit], limits[limit], spdk_get_ticks_hz(), now);
	}
	send_queued(ch->qos, now);
	if (has_limit(limits)) {
		ch->gates |= BDEV_GATE_QOS;
	} else {
		bdev_qos_channel_fini(ch);
	}
	return 0;
}

int
bdev_qos_channel_init(struct spdk_bdev_channel *ch)
{
	struct spdk_bdev_qos *qos;

	bdev_lock();
	qos = ch->bdev->internal.qos;
	bdev_unlock();
	return qos != NULL ? set_channel(ch, qos) : 0;
}

void
bdev_qos_channel_fini(struct spdk_bdev_channel *ch)
{
	ch->gates &= ~BDEV_GATE_QOS;
	if (ch->qos != NULL) {
		spdk_poller_unregister(&ch->qos->poller);
		free(ch->qos);
		ch->qos = NULL;
	}
}

/* ---- Setting limits ---- */

struct change {
	struct spdk_bdev *bdev;
	uint64_t before[LIMITS];
	int status;
	void (*cb_fn)(void *cb_arg, int status);
	void *cb_arg;
};

static void
set_visit(struct spdk_io_channel_iter *i)
{
	struct change *change = spdk_io_channel_iter_get_ctx(i);
	struct spdk_bdev_channel *ch = bdev_channel_of(spdk_io_channel_iter_get_channel(i));

	spdk_for_each_channel_continue(i, set_channel(ch, change->bdev->internal.qos));
}

static void
set_done(struct spdk_io_channel_iter *i, int status)
{
	struct change change = *(struct change *)spdk_io_channel_iter_get_ctx(i);

	free(spdk_io_channel_iter_get_ctx(i));
	io_devices_round_destroy(i);
	bdev_lock();
	change.bdev->internal.qos->is_changing = false;
	bdev_unlock();
	change.cb_fn(change.cb_arg, change.status);
}

/* Back to what was, where a channel had no memory. Those that have some need no more. */
static void
set_or_restore(struct spdk_io_channel_iter *i, int status)
{
	struct change *change = spdk_io_channel_iter_get_ctx(i);
	struct spdk_bdev *bdev = change->bdev;

	if (status != -ENOMEM) {
		change->status = 0; /* Without channels it is done as well. */
		set_done(i, 0);
		return;
	}
	change->status = status;
	bdev_lock();
	memcpy(bdev->internal.qos->limits, change->before, sizeof(change->before));
	bdev_unlock();
	io_devices_round_begin(i, bdev_io_device(bdev), set_visit, change, set_done);
}

/* As it is kept: in tokens, and a multiple of the smallest limit there is. */
static uint64_t
tokens_of(const struct spdk_bdev *bdev, int limit, uint64_t value)
{
	uint64_t step = is_iops(limit) ? IOPS_STEP : MIB, tokens;

	if (!is_iops(limit)) {
		return value > UINT64_MAX / MIB ? UINT64_MAX / MIB * MIB : value * MIB;
	}
	tokens = value > UINT64_MAX - step ? UINT64_MAX / step * step :
					     (value + step - 1) / step * step;
	if (tokens != value) {
		SPDK_NOTICELOG(
			"%s of bdev %s is rounded from %" PRIu64 " to %" PRIu64
			", a multiple of %" PRIu64 ".\n",
			spdk_bdev_get_qos_rpc_type((enum spdk_bdev_qos_rate_limit_type)limit),
			spdk_bdev_get_name(bdev), value, tokens, step);
	}
	return tokens;
}

/* The device's, made when first asked for. */
static struct spdk_bdev_qos *
get_qos(struct spdk_bdev *bdev)
{
	struct spdk_bdev_qos *qos = NULL, *other;

	if (posix_memalign((void **)&qos, SPDK_CACHE_LINE_SIZE, sizeof(*qos)) != 0) {
		return NULL;
	}
	memset(qos, 0, sizeof(*qos));
	bdev_lock();
	other = bdev->internal.qos;
	if (other == NULL) {
		bdev->internal.qos = qos;
	}
	bdev_unlock();
	if (other != NULL) {
		free(qos);
		return other;
	}
	return qos;
}

static int
begin_change(struct change *change, const uint64_t *limits)
{
	struct spdk_bdev_qos *qos = get_qos(change->bdev);
	int limit;

	if (qos == NULL) {
		return -ENOMEM;
	}
	bdev_lock();
	if (qos->is_changing) {
		bdev_unlock();
		return -EAGAIN;
	}
	qos->is_changing = true;
	memcpy(change->before, qos->limits, sizeof(change->before));
	for (limit = 0; limit < LIMITS; limit++) {
		if (limits[limit] != UNCHANGED) {
			qos->limits[limit] = limits[limit];
		}
		if (change->before[limit] == 0) {
			rate_bucket_init(&qos->buckets[limit], spdk_get_ticks());
		}
	}
	bdev_unlock();
	return 0;
}

void
spdk_bdev_set_qos_rate_limits(struct spdk_bdev *bdev, uint64_t *limits,
			      void (*cb_fn)(void *cb_arg, int status), void *cb_arg)
{
	struct spdk_io_channel_iter *round = io_devices_round_create();
	struct change *change = calloc(1, sizeof(*change));
	uint64_t tokens[LIMITS];
	int limit, rc = -ENOMEM;

	for (limit = 0; limit < LIMITS; limit++) {
		tokens[limit] = limits[limit] != UNCHANGED ? tokens_of(bdev, limit, limits[limit]) :
							     UNCHANGED;
	}
	if (change != NULL && round != NULL) {
		*change = (struct change){.bdev = bdev, .cb_fn = cb_fn, .cb_arg = cb_arg};
		rc = begin_change(change, tokens);
	}
	if (rc != 0) {
		free(change);
		io_devices_round_destroy(round);
		cb_fn(cb_arg, rc);
		return;
	}
	io_devices_round_begin(round, bdev_io_device(bdev), set_visit, change, set_or_restore);
}

void
spdk_bdev_get_qos_rate_limits(struct spdk_bdev *bdev, uint64_t *limits)
{
	int limit;

	memset(limits, 0, LIMITS * sizeof(*limits));
	bdev_lock();
	for (limit = 0; bdev->internal.qos != NULL && limit < LIMITS; limit++) {
		limits[limit] = bdev->internal.qos->limits[limit] / (is_iops(limit) ? 1 : MIB);
	}
	bdev_unlock();
}

const char *
spdk_bdev_get_qos_rpc_type(enum spdk_bdev_qos_rate_limit_type type)
{
	static const char *const names[LIMITS] = {
		[SPDK_BDEV_QOS_RW_IOPS_RATE_LIMIT] = "rw_ios_per_sec",
		[SPDK_BDEV_QOS_RW_BPS_RATE_LIMIT] = "rw_mbytes_per_sec",
		[SPDK_BDEV_QOS_R_BPS_RATE_LIMIT] = "r_mbytes_per_sec",
		[SPDK_BDEV_QOS_W_BPS_RATE_LIMIT] = "w_mbytes_per_sec",
	};

	return (unsigned int)type < LIMITS ? names[type] : NULL;
}

void
bdev_qos_free(struct spdk_bdev *bdev)
{
	free(bdev->internal.qos);
	bdev->internal.qos = NULL;
}
