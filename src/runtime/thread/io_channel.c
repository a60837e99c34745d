/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Channels: what a thread holds to a device.
 *
 * Only its thread touches a channel. The last put does not destroy it at once: it sends the thread
 * a message, because the caller may be inside a function of the device; got again in between, the
 * channel stays. Each such message is counted in destroy_ref, so that the last of them decides.
 */
#include "runtime/thread/io_device.h"
#include "spdk/string.h"
#include "spdk/trace.h"
#include "spdk/util.h"
#include "spdk_internal/trace_defs.h"

#define DEPTH_MAX 255

static int
compare_devices(struct spdk_io_channel *a, struct spdk_io_channel *b)
{
	return a->dev < b->dev ? -1 : a->dev > b->dev;
}

RB_GENERATE_STATIC(thread_channel_tree, spdk_io_channel, by_device, compare_devices)

struct spdk_io_channel *
io_channel_find(struct spdk_thread *thread, struct io_device *dev)
{
	struct spdk_io_channel key = {.dev = dev};

	return RB_FIND(thread_channel_tree, &thread->channels, &key);
}

bool
thread_has_channels(const struct spdk_thread *thread)
{
	return !RB_EMPTY(&thread->channels);
}

static struct spdk_io_channel *
make_channel(struct spdk_thread *thread, struct io_device *dev, const void *created_at)
{
	/* The context may hold anything, so it is aligned as malloc() aligns. */
	struct spdk_io_channel *channel = calloc(1, SPDK_IO_CHANNEL_STRUCT_SIZE + dev->ctx_size);

	if (channel != NULL) {
		channel->thread = thread;
		channel->dev = dev;
		channel->ref = 1;
		channel->depth = spdk_min(thread->create_depth, DEPTH_MAX);
		channel->created_at = created_at;
	}
	return channel;
}

/* Off both lists before its destroy_cb runs: that may get the device's channel anew. */
static void
destroy(struct spdk_io_channel *channel, bool has_to_be_told)
{
	struct io_device *dev = channel->dev;

	(void)RB_REMOVE(thread_channel_tree, &channel->thread->channels, channel);
	io_device_unlist_channel(dev, channel);
	if (has_to_be_told) {
		dev->destroy_cb(dev->io_device, spdk_io_channel_get_ctx(channel));
	}
	io_device_put(dev);
	free(channel);
}

/* The thread's existing channel, or a new one whose create_cb has still to run. */
static struct spdk_io_channel *
get(struct spdk_thread *thread, void *io_device, const void *created_at, bool *out_is_new)
{
	struct spdk_io_channel *channel = NULL;
	struct io_device *dev;

	*out_is_new = false;
	io_device_lock();
	dev = io_device_find(io_device);
	if (dev == NULL) {
		io_device_unlock();
		SPDK_ERRLOG("spdk_get_io_channel(): %p is not a registered I/O device\n",
			    io_device);
		return NULL;
	}
	channel = io_channel_find(thread, dev);
	if (channel != NULL) {
		channel->ref++;
		channel->depth =
			spdk_max(channel->depth, spdk_min(thread->create_depth, DEPTH_MAX));
	} else {
		channel = make_channel(thread, dev, created_at);
		if (channel != NULL) {
			(void)RB_INSERT(thread_channel_tree, &thread->channels, channel);
			io_device_add_channel(dev, channel);
			*out_is_new = true;
		}
	}
	io_device_unlock();
	if (channel == NULL) {
		SPDK_ERRLOG("No memory for a channel of I/O device %p\n", io_device);
	}
	return channel;
}

static void
trace_channels(void)
{
	const struct spdk_trace_tpoint_opts opts[] = {
		{
			.name = "THREAD_IOCH_GET",
			.tpoint_id = TRACE_THREAD_IOCH_GET,
			.args = {{"refcnt", SPDK_TRACE_ARG_TYPE_INT, 4}},
		},
		{
			.name = "THREAD_IOCH_PUT",
			.tpoint_id = TRACE_THREAD_IOCH_PUT,
			.args = {{"refcnt", SPDK_TRACE_ARG_TYPE_INT, 4}},
		},
	};

	spdk_trace_register_description_ext(opts, SPDK_COUNTOF(opts));
}

SPDK_TRACE_REGISTER_FN(trace_channels, "thread", TRACE_GROUP_THREAD)

/* With how often it is held now. The object is what the device knows the channel by. */
#define trace_channel(tpoint_id, channel)                                               \
	spdk_trace_record(tpoint_id, 0, 0, (uintptr_t)spdk_io_channel_get_ctx(channel), \
			  (channel)->ref)

/* What it returns is recorded by its caller. */
static struct spdk_io_channel *
get_or_make(void *io_device, const void *created_at)
{
	struct spdk_thread *thread = t_tls.thread;
	struct spdk_io_channel *channel;
	bool is_new;
	int rc;

	if (!explain_has_thread("spdk_get_io_channel")) {
		return NULL;
	}
	if (thread_life(thread) == MAILBOX_EXITED) {
		SPDK_ERRLOG("spdk_get_io_channel(): thread '%s' has exited\n", thread->name);
		return NULL;
	}
	channel = get(thread, io_device, created_at, &is_new);
	if (channel == NULL || !is_new) {
		return channel;
	}
	thread->create_depth++;
	rc = channel->dev->create_cb(io_device, spdk_io_channel_get_ctx(channel));
	thread->create_depth--;
	if (rc != 0) {
		SPDK_ERRLOG("I/O device '%s' could not make a channel on thread '%s': %s (%d)\n",
			    channel->dev->name, thread->name, spdk_strerror(abs(rc)), rc);
		destroy(channel, false);
		return NULL;
	}
	return channel;
}

struct spdk_io_channel *
spdk_get_io_channel(void *io_device)
{
	struct spdk_io_channel *channel = get_or_make(io_device, __builtin_return_address(0));

	if (channel != NULL) {
		trace_channel(TRACE_THREAD_IOCH_GET, channel);
	}
	return channel;
}

struct spdk_io_channel *
spdk_io_channel_ref(struct spdk_io_channel *ch)
{
	if (explain_owner("spdk_io_channel_ref", "channel of", ch->dev->name, ch->created_at,
			  ch->thread)) {
		ch->ref++;
	}
	return ch;
}

static void
put_last(void *arg)
{
	struct spdk_io_channel *channel = arg;

	channel->destroy_ref--;
	if (channel->ref > 0 || channel->destroy_ref > 0) {
		return;
	}
	if (channel->dev->may_end != NULL &&
	    !channel->dev->may_end(spdk_io_channel_get_ctx(channel))) {
		channel->ref = 1;
		return;
	}
	destroy(channel, true);
}

void
spdk_put_io_channel(struct spdk_io_channel *ch)
{
	char place[EXPLAIN_PLACE_SIZE];

	if (!explain_owner("spdk_put_io_channel", "channel of", ch->dev->name, ch->created_at,
			   ch->thread)) {
		return;
	}
	if (ch->ref == 0) {
		SPDK_ERRLOG(
			"spdk_put_io_channel(): the channel of '%s' on thread '%s' (got at %s) has "
			"been put as often as it was got\n",
			ch->dev->name, ch->thread->name,
			explain_place(ch->created_at, place, sizeof(place)));
		return;
	}
	ch->ref--;
	trace_channel(TRACE_THREAD_IOCH_PUT, ch);
	if (ch->ref == 0) {
		ch->destroy_ref++;
		(void)thread_try_send(ch->thread, put_last, ch);
	}
}

/*
 * What a channel holds of other devices was got in its create_cb, and is put in its destroy_cb. So
 * those that were got by others come after them, and all memory stays until the last has been told.
 */
void
thread_free_channels(struct spdk_thread *thread)
{
	struct spdk_io_channel *channel;
	uint32_t depth;

	for (depth = 0; depth <= DEPTH_MAX && !RB_EMPTY(&thread->channels); depth++) {
		RB_FOREACH (channel, thread_channel_tree, &thread->channels) {
			if (channel->depth == depth) {
				channel->dev->destroy_cb(channel->dev->io_device,
							 spdk_io_channel_get_ctx(channel));
			}
		}
	}
	while ((channel = RB_MIN(thread_channel_tree, &thread->channels)) != NULL) {
		destroy(channel, false);
	}
}

void
thread_explain_channels(struct spdk_thread *thread)
{
	char place[EXPLAIN_PLACE_SIZE];
	struct spdk_io_channel *channel;

	RB_FOREACH (channel, thread_channel_tree, &thread->channels) {
		SPDK_ERRLOG("  channel of I/O device '%s', %u reference%s, got at %s\n",
			    channel->dev->name, channel->ref, channel->ref == 1 ? "" : "s",
			    explain_place(channel->created_at, place, sizeof(place)));
	}
}

struct spdk_io_channel *
spdk_io_channel_from_ctx(void *ctx)
{
	return (struct spdk_io_channel *)((uint8_t *)ctx - SPDK_IO_CHANNEL_STRUCT_SIZE);
}

struct spdk_thread *
spdk_io_channel_get_thread(struct spdk_io_channel *ch)
{
	return ch->thread;
}

void *
spdk_io_channel_get_io_device(struct spdk_io_channel *ch)
{
	return ch->dev->io_device;
}

const char *
spdk_io_channel_get_io_device_name(struct spdk_io_channel *ch)
{
	return ch->dev->name;
}

int
spdk_io_channel_get_ref_count(struct spdk_io_channel *ch)
{
	return (int)ch->ref;
}

struct spdk_io_channel *
spdk_thread_get_first_io_channel(struct spdk_thread *thread)
{
	return RB_MIN(thread_channel_tree, &thread->channels);
}

struct spdk_io_channel *
spdk_thread_get_next_io_channel(struct spdk_io_channel *prev)
{
	return RB_NEXT(thread_channel_tree, &prev->thread->channels, prev);
}
