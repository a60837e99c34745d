/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The delay module: an I/O that the base has completed waits for its time, in its channel.
 *
 * D1  A channel has a queue for each kind of latency, in the order in which their time comes. One
 *     of a kind is nearly always after the one before, so that it is put in at the end.
 * D2  One poller looks at all queues, as often as the shortest latency makes worth while. It is
 *     paused while they are empty, so that the reactor rests.
 */
#include "bdev_delay.h"
#include "runtime/io_devices.h"
#include "spdk/env.h"
#include "spdk/json.h"
#include "spdk/likely.h"

#include <stdatomic.h>

/* The poller looks so many times during the shortest latency, but within these bounds. */
#define LOOKS_PER_LATENCY 16
#define PERIOD_US_MIN     1u
#define PERIOD_US_MAX     1000u
/* One in so many I/Os has the latency of p99. */
#define P99_RATIO 100

struct delay {
	struct layered layered;
	/* Written by the app thread, read by all. */
	_Atomic uint64_t latency_us[DELAY_TYPES];
	/* So that the channels' random numbers differ, and are the same in the next run. */
	_Atomic uint32_t channels;
};

struct delay_io {
	struct bdev_forward forward;
	uint8_t type; /* enum spdk_bdev_delay_io_type */
	int8_t status;
	bool is_delayed;
	uint64_t latency_ticks;
	uint64_t due_ticks;
	TAILQ_ENTRY(delay_io) link;
};

TAILQ_HEAD(delay_queue, delay_io);

struct delay_channel {
	struct layered_channel layered;
	/* For a reset, of which there is one at a time. */
	struct spdk_io_channel_iter *round;
	struct delay_queue queues[DELAY_TYPES];
	uint32_t count;
	struct spdk_poller *poller;
	bool is_paused;
	uint32_t random;
};

static struct delay *
delay_of(struct layered *layered)
{
	return (struct delay *)layered;
}

static struct delay_io *
io_ctx(struct spdk_bdev_io *io)
{
	return (struct delay_io *)io->driver_ctx;
}

static struct delay_channel *
channel_of(struct spdk_bdev_io *io)
{
	return spdk_io_channel_get_ctx(spdk_bdev_io_get_io_channel(io));
}

/* ---- Latencies ---- */

static uint64_t
get_latency_us(const struct delay *delay, enum spdk_bdev_delay_io_type type)
{
	return atomic_load_explicit(&delay->latency_us[type], memory_order_relaxed);
}

static uint64_t
to_ticks(uint64_t us)
{
	uint64_t hz = spdk_get_ticks_hz();

	return us / SPDK_SEC_TO_USEC * hz + us % SPDK_SEC_TO_USEC * hz / SPDK_SEC_TO_USEC;
}

/* One of P99_RATIO, by a xorshift generator. */
static bool
is_unlucky(struct delay_channel *ch)
{
	ch->random ^= ch->random << 13;
	ch->random ^= ch->random >> 17;
	ch->random ^= ch->random << 5;
	return ch->random % P99_RATIO == 0;
}

static enum spdk_bdev_delay_io_type
choose_type(struct delay_channel *ch, const struct spdk_bdev_io *io)
{
	switch (io->type) {
	case SPDK_BDEV_IO_TYPE_READ:
		return is_unlucky(ch) ? SPDK_BDEV_DELAY_IO_TYPE_P99_READ :
					SPDK_BDEV_DELAY_IO_TYPE_AVG_READ;
	case SPDK_BDEV_IO_TYPE_WRITE:
		return is_unlucky(ch) ? SPDK_BDEV_DELAY_IO_TYPE_P99_WRITE :
					SPDK_BDEV_DELAY_IO_TYPE_AVG_WRITE;
	default:
		return SPDK_BDEV_DELAY_IO_TYPE_NONE;
	}
}

/* ---- Waiting ---- */

/* By D1. */
static void
queue(struct delay_channel *ch, struct delay_io *ctx)
{
	struct delay_queue *queue = &ch->queues[ctx->type];
	struct delay_io *before;

	TAILQ_FOREACH_REVERSE (before, queue, delay_queue, link) {
		if (before->due_ticks <= ctx->due_ticks) {
			break;
		}
	}
	if (before != NULL) {
		TAILQ_INSERT_AFTER(queue, before, ctx, link);
	} else {
		TAILQ_INSERT_HEAD(queue, ctx, link);
	}
	ctx->is_delayed = true;
	ch->count++;
	if (ch->is_paused) {
		ch->is_paused = false;
		spdk_poller_resume(ch->poller);
	}
}

static void
unqueue(struct delay_channel *ch, struct delay_io *ctx)
{
	TAILQ_REMOVE(&ch->queues[ctx->type], ctx, link);
	ctx->is_delayed = false;
	ch->count--;
}

static void
complete(struct delay_io *ctx)
{
	spdk_bdev_io_complete(spdk_bdev_io_from_ctx(ctx), ctx->status);
}

static uint32_t
complete_due(struct delay_channel *ch, struct delay_queue *queue, uint64_t now)
{
	struct delay_io *ctx;
	uint32_t count = 0;

	while ((ctx = TAILQ_FIRST(queue)) != NULL && ctx->due_ticks <= now) {
		unqueue(ch, ctx);
		complete(ctx);
		count++;
	}
	return count;
}

static int
look(void *arg)
{
	struct delay_channel *ch = arg;
	uint64_t now = spdk_get_ticks();
	uint32_t count = 0;

	for (size_t i = 0; i < DELAY_TYPES; i++) {
		count += complete_due(ch, &ch->queues[i], now);
	}
	if (ch->count == 0 && !ch->is_paused) {
		ch->is_paused = true;
		spdk_poller_pause(ch->poller);
	}
	return count > 0 ? SPDK_POLLER_BUSY : SPDK_POLLER_IDLE;
}

static uint64_t
choose_period_us(const struct delay *delay)
{
	uint64_t shortest = UINT64_MAX, latency;

	for (int type = SPDK_BDEV_DELAY_IO_TYPE_AVG_READ; type < DELAY_TYPES; type++) {
		latency = get_latency_us(delay, type);
		if (latency != 0) {
			shortest = spdk_min(shortest, latency);
		}
	}
	return spdk_min(spdk_max(shortest / LOOKS_PER_LATENCY, PERIOD_US_MIN), PERIOD_US_MAX);
}

/* NULL: no memory; a poller that was there stays. */
static struct spdk_poller *
start_poller(struct delay_channel *ch)
{
	uint64_t period_us = choose_period_us(delay_of(ch->layered.layered));
	struct spdk_poller *poller;

	poller = spdk_poller_register_named(look, ch, period_us, "bdev_delay");
	if (poller != NULL) {
		spdk_poller_unregister(&ch->poller);
		ch->poller = poller;
		ch->is_paused = false;
	}
	return poller;
}

/* ---- I/O ---- */

static void
base_done(struct spdk_bdev_io *base_io, bool success, void *arg)
{
	struct spdk_bdev_io *io = arg;
	struct delay_io *ctx = io_ctx(io);

	if (base_io == NULL || ctx->latency_ticks == 0) {
		bdev_forward_done(base_io, success, io);
		return;
	}
	ctx->status = (int8_t)spdk_bdev_io_set_base_io_status(io, base_io);
	spdk_bdev_free_io(base_io);
	ctx->due_ticks = spdk_get_ticks() + ctx->latency_ticks;
	queue(channel_of(io), ctx);
}

/* Nothing is held back any more: it is the device that was reset. */
static void
release_all(struct spdk_io_channel_iter *i)
{
	struct delay_channel *ch = spdk_io_channel_get_ctx(spdk_io_channel_iter_get_channel(i));

	for (size_t type = 0; type < DELAY_TYPES; type++) {
		(void)complete_due(ch, &ch->queues[type], UINT64_MAX);
	}
	spdk_for_each_channel_continue(i, 0);
}

static void
reset_base(struct spdk_io_channel_iter *i, int status)
{
	struct spdk_bdev_io *io = spdk_io_channel_iter_get_ctx(i);

	bdev_forward(&channel_of(io)->layered.base, io, bdev_forward_done);
}

static void
submit_abort(struct delay_channel *ch, struct spdk_bdev_io *io)
{
	struct delay_io *target = io_ctx(io->u.abort.bio_to_abort);

	if (!target->is_delayed) {
		bdev_forward(&ch->layered.base, io, bdev_forward_done);
		return;
	}
	unqueue(ch, target);
	target->status = SPDK_BDEV_IO_STATUS_ABORTED;
	complete(target);
	spdk_bdev_io_complete(io, SPDK_BDEV_IO_STATUS_SUCCESS);
}

static void
submit(struct spdk_io_channel *io_ch, struct spdk_bdev_io *io)
{
	struct delay_channel *ch = spdk_io_channel_get_ctx(io_ch);
	struct delay_io *ctx = io_ctx(io);

	ctx->is_delayed = false;
	switch (io->type) {
	case SPDK_BDEV_IO_TYPE_RESET:
		io_devices_round_begin(ch->round, spdk_io_channel_get_io_device(io_ch), release_all,
				       io, reset_base);
		break;
	case SPDK_BDEV_IO_TYPE_ABORT:
		submit_abort(ch, io);
		break;
	case SPDK_BDEV_IO_TYPE_READ:
	case SPDK_BDEV_IO_TYPE_WRITE:
		ctx->type = (uint8_t)choose_type(ch, io);
		ctx->latency_ticks =
			to_ticks(get_latency_us(delay_of(ch->layered.layered), ctx->type));
		bdev_forward(&ch->layered.base, io, base_done);
		break;
	default:
		bdev_forward(&ch->layered.base, io, bdev_forward_done);
		break;
	}
}

static int
init_channel(struct layered *layered, void *channel)
{
	struct delay *delay = delay_of(layered);
	struct delay_channel *ch = channel;

	for (size_t i = 0; i < DELAY_TYPES; i++) {
		TAILQ_INIT(&ch->queues[i]);
	}
	ch->count = 0;
	ch->poller = NULL;
	/* Any numbers but 0 that are far apart. */
	ch->random = 2654435761u *
		     (1 + atomic_fetch_add_explicit(&delay->channels, 1, memory_order_relaxed));
	ch->round = io_devices_round_create();
	if (ch->round == NULL) {
		return -ENOMEM;
	}
	if (start_poller(ch) == NULL) {
		io_devices_round_destroy(ch->round);
		return -ENOMEM;
	}
	return 0;
}

static void
fini_channel(struct layered *layered, void *channel)
{
	struct delay_channel *ch = channel;

	spdk_poller_unregister(&ch->poller);
	io_devices_round_destroy(ch->round);
}

/* ---- From outside ---- */

int
delay_check_latency(uint64_t latency_us, struct bdev_reason *reason)
{
	if (latency_us > DELAY_US_MAX) {
		return bdev_refuse(reason, -EINVAL,
				   "a latency of %" PRIu64 " us is more than a day, %llu us",
				   latency_us, DELAY_US_MAX);
	}
	return 0;
}

int
delay_bdev_create(const struct delay_opts *opts, struct bdev_reason *out_reason)
{
	struct layered *layered;
	int rc;

	for (int type = SPDK_BDEV_DELAY_IO_TYPE_AVG_READ; type < DELAY_TYPES; type++) {
		rc = delay_check_latency(opts->latency_us[type], out_reason);
		if (rc != 0) {
			return rc;
		}
	}
	layered = layered_new(&g_delay_type, opts->name, opts->base_name, &opts->uuid);
	if (layered == NULL) {
		return -ENOMEM;
	}
	for (int type = 0; type < DELAY_TYPES; type++) {
		atomic_init(&delay_of(layered)->latency_us[type], opts->latency_us[type]);
	}
	return layered_add(layered, out_reason);
}

/* Without memory for it the poller looks as often as it did: late, but not never. */
static void
retime(void *channel)
{
	(void)start_poller(channel);
}

int
delay_bdev_set_latency(struct layered *layered, enum spdk_bdev_delay_io_type type,
		       uint64_t latency_us, spdk_bdev_unregister_cb cb_fn, void *cb_arg)
{
	atomic_store_explicit(&delay_of(layered)->latency_us[type], latency_us,
			      memory_order_relaxed);
	return layered_visit_channels(layered, retime, cb_fn, cb_arg);
}

static void
write_latencies(const struct layered *layered, struct spdk_json_write_ctx *w)
{
	const struct delay *delay = (const struct delay *)layered;

	spdk_json_write_named_uint64(w, "avg_read_latency",
				     get_latency_us(delay, SPDK_BDEV_DELAY_IO_TYPE_AVG_READ));
	spdk_json_write_named_uint64(w, "p99_read_latency",
				     get_latency_us(delay, SPDK_BDEV_DELAY_IO_TYPE_P99_READ));
	spdk_json_write_named_uint64(w, "avg_write_latency",
				     get_latency_us(delay, SPDK_BDEV_DELAY_IO_TYPE_AVG_WRITE));
	spdk_json_write_named_uint64(w, "p99_write_latency",
				     get_latency_us(delay, SPDK_BDEV_DELAY_IO_TYPE_P99_WRITE));
}

static void
write_params(const struct layered *layered, struct spdk_json_write_ctx *w)
{
	spdk_json_write_named_string(w, "base_bdev_name", layered->base_name);
	spdk_json_write_named_string(w, "name", layered->name);
	layered_write_uuid(layered, w);
	write_latencies(layered, w);
}

static int
dump_info(void *ctx, struct spdk_json_write_ctx *w)
{
	const struct layered *layered = layered_of(ctx);

	spdk_json_write_named_object_begin(w, "delay");
	spdk_json_write_named_string(w, "name", layered->name);
	spdk_json_write_named_string(w, "base_bdev_name", layered->base_name);
	write_latencies(layered, w);
	spdk_json_write_object_end(w);
	return 0;
}

static const struct spdk_bdev_fn_table g_delay_table = {
	.destruct = layered_destruct,
	.submit_request = submit,
	.io_type_supported = layered_supports,
	.get_io_channel = layered_get_channel,
	.dump_info_json = dump_info,
	.get_memory_domains = layered_get_memory_domains,
	.get_memory_domain_types = layered_get_memory_domain_types,
	.accel_sequence_supported = layered_runs_sequences,
};

/* ---- The module ---- */

static int
init(void)
{
	return 0;
}

static void
fini(void)
{
	layered_free_all(&g_delay_type);
}

static int
get_ctx_size(void)
{
	return sizeof(struct delay_io);
}

static void
examine(struct spdk_bdev *bdev)
{
	layered_examine(&g_delay_type, bdev);
}

static int
write_config(struct spdk_json_write_ctx *w)
{
	layered_write_config(&g_delay_type, w);
	return 0;
}

static struct spdk_bdev_module g_delay_module = {
	.name = "delay",
	.module_init = init,
	.module_fini = fini,
	.get_ctx_size = get_ctx_size,
	.examine_config = examine,
	.config_json = write_config,
};
SPDK_BDEV_MODULE_REGISTER(delay, &g_delay_module)

struct layered_type g_delay_type = {
	.module = &g_delay_module,
	.product_name = "delay",
	.fn_table = &g_delay_table,
	.name_space.u.raw = {0x5f, 0x2d, 0x88, 0x11, 0x4c, 0x0b, 0x4e, 0x73, 0x92, 0xb6, 0x0e, 0x3c,
			     0xd1, 0x57, 0xa4, 0x02},
	.size = sizeof(struct delay),
	.channel_size = sizeof(struct delay_channel),
	.init_channel = init_channel,
	.fini_channel = fini_channel,
	.create_method = "bdev_delay_create",
	.write_params = write_params,
	.list = TAILQ_HEAD_INITIALIZER(g_delay_type.list),
};
