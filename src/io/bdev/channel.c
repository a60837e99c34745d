/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Channels: of a thread to the layer (struct bdev_thread), of a thread to a device (struct
 * spdk_bdev_channel), and between them what the devices of one module channel share (struct
 * bdev_target).
 */
#include "bdev_internal.h"
#include "runtime/io_devices.h"
#include "spdk/accel.h"
#include "spdk/log.h"

/* ---- A thread ---- */

static int
thread_create(void *io_device, void *ctx)
{
	struct bdev_thread *thread = ctx;

	*thread = (struct bdev_thread){.thread = spdk_get_thread()};
	TAILQ_INIT(&thread->deferred);
	soon_init(&thread->drain, bdev_io_drain, thread);
	TAILQ_INIT(&thread->targets);
	TAILQ_INIT(&thread->channels);
	return bdev_thread_pool_init(thread);
}

static void
thread_destroy(void *io_device, void *ctx)
{
	struct bdev_thread *thread = ctx;

	if (thread->accel != NULL) {
		spdk_put_io_channel(thread->accel);
	}
	if (thread->has_iobuf) {
		spdk_iobuf_channel_fini(&thread->iobuf);
	}
	bdev_reserve_free(thread);
	soon_fini(&thread->drain);
	bdev_thread_pool_fini(thread);
}

struct spdk_io_channel *
bdev_thread_accel(struct bdev_thread *thread)
{
	if (thread->accel == NULL) {
		thread->accel = spdk_accel_get_io_channel();
	}
	return thread->accel;
}

void
bdev_channels_init(void)
{
	spdk_io_device_register(&g_bdev_manager, thread_create, thread_destroy,
				sizeof(struct bdev_thread), "bdev");
}

void
bdev_channels_fini(spdk_io_device_unregister_cb cb_fn)
{
	spdk_io_device_unregister(&g_bdev_manager, cb_fn);
}

/* ---- A module's channel ---- */

static struct bdev_target *
target_get(struct bdev_thread *thread, struct spdk_io_channel *module_channel, uint32_t height)
{
	struct bdev_target *target;

	TAILQ_FOREACH (target, &thread->targets, link) {
		if (target->module_channel == module_channel) {
			target->refs++;
			return target;
		}
	}
	target = calloc(1, sizeof(*target));
	if (target != NULL) {
		target->module_channel = module_channel;
		target->thread = thread;
		target->refs = 1;
		target->height = height;
		TAILQ_INIT(&target->nomem);
		TAILQ_INSERT_HEAD(&thread->targets, target, link);
	}
	return target;
}

static void
target_put(struct bdev_target *target)
{
	if (--target->refs > 0) {
		return;
	}
	spdk_poller_unregister(&target->nomem_poller);
	TAILQ_REMOVE(&target->thread->targets, target, link);
	free(target);
}

/* ---- A device ---- */

static struct spdk_bdev *
bdev_of(void *io_device)
{
	return SPDK_CONTAINEROF(io_device, struct spdk_bdev, internal);
}

/* What users of the channel see of it, which may fail for lack of memory. */
static int
init_users(struct spdk_bdev_channel *ch)
{
	int rc;

	bdev_reset_channel_init(ch);
	bdev_stat_channel_init(ch);
	rc = bdev_histogram_channel_init(ch);
	if (rc != 0) {
		return rc;
	}
	rc = bdev_qos_channel_init(ch);
	if (rc != 0) {
		goto fini_histogram;
	}
	rc = bdev_range_channel_init(ch);
	if (rc != 0) {
		goto fini_qos;
	}
	return 0;

fini_qos:
	bdev_qos_channel_fini(ch);
fini_histogram:
	bdev_histogram_channel_fini(ch);
	return rc;
}

static int
channel_create(void *io_device, void *ctx)
{
	struct spdk_bdev *bdev = bdev_of(io_device);
	struct spdk_bdev_channel *ch = ctx;
	struct spdk_io_channel *thread_channel;
	struct spdk_bdev *outer;
	int rc = -ENOMEM;

	*ch = (struct spdk_bdev_channel){
		.bdev = bdev,
		.submit_request = bdev->fn_table->submit_request,
		.takes_memory_domains = spdk_bdev_get_memory_domain_types(bdev, NULL, 0) > 0,
		.emulated = bdev_emulated_types(bdev),
	};
	ch->special = ch->emulated | bdev_split_types(bdev) | bdev_aligned_types(bdev);
	TAILQ_INIT(&ch->submitted);
	TAILQ_INIT(&ch->held);
	TAILQ_INIT(&ch->ranges);
	thread_channel = spdk_get_io_channel(&g_bdev_manager);
	if (thread_channel == NULL) {
		return rc;
	}
	ch->thread = spdk_io_channel_get_ctx(thread_channel);
	outer = ch->thread->making;
	ch->thread->making = bdev;
	ch->module_channel = bdev->fn_table->get_io_channel(bdev->ctxt);
	ch->thread->making = outer;
	if (ch->module_channel != NULL) {
		ch->target = target_get(ch->thread, ch->module_channel, bdev_height_of(bdev));
	}
	if (ch->module_channel == NULL) {
		SPDK_ERRLOG("Module %s has no channel for bdev %s on thread %s.\n",
			    spdk_bdev_get_module_name(bdev), spdk_bdev_get_name(bdev),
			    spdk_thread_get_name(ch->thread->thread));
		goto put_thread;
	}
	if (ch->target == NULL) {
		goto put_module;
	}
	/* Of a channel that others have as well, the highest counts. */
	bdev_height_at_least(bdev, ch->target->height);
	ch->rank = bdev_io_rank(ch->target->height);
	rc = bdev_thread_fit(ch->thread, ch->target->height);
	if (rc == 0) {
		rc = init_users(ch);
	}
	if (rc == 0) {
		TAILQ_INSERT_TAIL(&ch->thread->channels, ch, thread_link);
		bdev_trace_channel(TRACE_BDEV_IOCH_CREATE, ch);
		return 0;
	}
	target_put(ch->target);
put_module:
	spdk_put_io_channel(ch->module_channel);
put_thread:
	spdk_put_io_channel(thread_channel);
	return rc;
}

/* The thread exits by force: what it submitted may still be the module's, and its memory stays. */
static void
lose_ios(struct spdk_bdev_channel *ch)
{
	struct spdk_bdev_io *io;
	uint32_t count = 0;

	while ((io = TAILQ_FIRST(&ch->submitted)) != NULL) {
		TAILQ_REMOVE(&ch->submitted, io, internal.ch_link);
		io->internal.state = BDEV_IO_LOST;
		count++;
	}
	SPDK_ERRLOG("Thread %s had to exit with %u I/Os of bdev %s under way, whose callbacks will "
		    "not run: wait for the last one before spdk_thread_exit().\n",
		    spdk_thread_get_name(ch->thread->thread), count, spdk_bdev_get_name(ch->bdev));
}

static void
channel_destroy(void *io_device, void *ctx)
{
	struct spdk_bdev_channel *ch = ctx;
	struct bdev_thread *thread = ch->thread;

	if (!TAILQ_EMPTY(&ch->submitted)) {
		lose_ios(ch);
	}
	bdev_trace_channel(TRACE_BDEV_IOCH_DESTROY, ch);
	bdev_range_channel_fini(ch);
	bdev_qos_channel_fini(ch);
	bdev_histogram_channel_fini(ch);
	bdev_stat_channel_fini(ch);
	TAILQ_REMOVE(&thread->channels, ch, thread_link);
	target_put(ch->target);
	spdk_put_io_channel(ch->module_channel);
	spdk_put_io_channel(spdk_io_channel_from_ctx(thread));
}

/* ---- Put with I/Os under way ---- */

static void
put_again(void *arg)
{
	spdk_put_io_channel(spdk_io_channel_from_ctx(arg));
}

static bool
has_ios(const struct spdk_bdev_channel *ch)
{
	const struct spdk_bdev_io *io;

	TAILQ_FOREACH (io, &ch->submitted, internal.ch_link) {
		if (io->type != SPDK_BDEV_IO_TYPE_INVALID) { /* for_each.c */
			return true;
		}
	}
	return false;
}

static bool
has_deferred(const struct spdk_bdev_channel *ch)
{
	const struct spdk_bdev_io *io;

	TAILQ_FOREACH (io, &ch->thread->deferred, internal.link) {
		if (io->internal.ch == ch) {
			return true;
		}
	}
	return false;
}

static bool
channel_may_end(void *ctx)
{
	struct spdk_bdev_channel *ch = ctx;

	if (has_ios(ch)) {
		SPDK_ERRLOG("The channel of bdev %s on thread %s was put while I/Os of it have not "
			    "completed: it stays until they have. Put it in the callback of the "
			    "last one.\n",
			    spdk_bdev_get_name(ch->bdev), spdk_thread_get_name(ch->thread->thread));
		ch->is_kept = true;
		ch->locks++;
		return false;
	}
	/* Callbacks, and the round of a reset, are a few messages away. */
	return (!has_deferred(ch) && ch->reset_round == NULL) ||
	       spdk_thread_send_msg(ch->thread->thread, put_again, ch) != 0;
}

void
bdev_channel_io_done(struct spdk_bdev_channel *ch)
{
	if (ch->is_kept && !has_ios(ch)) {
		ch->is_kept = false;
		ch->locks--;
		put_again(ch);
	}
}

void
bdev_channel_device_register(struct spdk_bdev *bdev)
{
	spdk_io_device_register(bdev_io_device(bdev), channel_create, channel_destroy,
				sizeof(struct spdk_bdev_channel), bdev->name);
	io_devices_ask_before_end(bdev_io_device(bdev), channel_may_end);
}

void
bdev_channel_device_unregister(struct spdk_bdev *bdev, spdk_io_device_unregister_cb cb_fn)
{
	spdk_io_device_unregister(bdev_io_device(bdev), cb_fn);
}

struct spdk_io_channel *
spdk_bdev_get_io_channel(struct spdk_bdev_desc *desc)
{
	struct spdk_io_channel *io_ch = spdk_get_io_channel(bdev_io_device(desc->bdev));
	struct spdk_bdev_channel *ch;

	if (io_ch == NULL) {
		return NULL;
	}
	ch = bdev_channel_of(io_ch);
	if (ch->thread->making != NULL && bdev_height_note(ch->thread->making, desc->bdev) != 0) {
		spdk_put_io_channel(io_ch);
		return NULL;
	}
	return io_ch;
}
