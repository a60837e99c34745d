/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Going round: a message to each thread, or to each thread that holds a channel of a device, one
 * after the other, in order of thread ids, and back to where it began.
 *
 * The thread that began a round cannot exit before it has come back (for_each_count). A device
 * cannot be unregistered during a round over it. The next stop is looked for by id, not by pointer,
 * so that threads and channels may come and go meanwhile.
 */
#include "runtime/io_devices.h"
#include "runtime/thread/io_device.h"

struct thread_round {
	struct spdk_thread *origin;
	spdk_msg_fn fn;
	spdk_msg_fn cpl;
	void *ctx;
	uint64_t next_id;
};

struct spdk_io_channel_iter {
	void *io_device;
	struct io_device *dev; /* NULL: it is not registered */
	struct spdk_thread *origin;
	spdk_channel_msg fn;
	spdk_channel_for_each_cpl cpl;
	void *ctx;
	struct spdk_io_channel *channel;
	struct spdk_thread *current;
	uint64_t next_id;
	int status;
	/* Whoever made it frees it. */
	bool is_kept;
	const void *created_at;
};

static void
thread_round_done(void *arg)
{
	struct thread_round *round = arg;

	round->origin->for_each_count--;
	if (round->cpl != NULL) {
		round->cpl(round->ctx);
	}
	free(round);
}

static void thread_round_next(struct thread_round *round);

static void
thread_round_stop(void *arg)
{
	struct thread_round *round = arg;

	round->fn(round->ctx);
	thread_round_next(round);
}

static void
thread_round_next(struct thread_round *round)
{
	struct spdk_thread *thread;
	bool sent = false;

	/*
	 * Sent under the lock: a thread in the registry is not destroyed, and one that exits at
	 * this moment either accepts the message, and so runs it, or is passed over.
	 */
	thread_registry_lock();
	while (!sent && (thread = thread_registry_from(round->next_id)) != NULL) {
		round->next_id = thread->id + 1;
		sent = thread_life(thread) == MAILBOX_LIVE &&
		       thread_try_send(thread, thread_round_stop, round);
	}
	thread_registry_unlock();
	/* Nobody waits for it any more when its origin was made to exit. */
	if (!sent && !thread_try_send(round->origin, thread_round_done, round)) {
		free(round);
	}
}

void
spdk_for_each_thread(spdk_msg_fn fn, void *ctx, spdk_msg_fn cpl)
{
	struct thread_round *round;

	if (!explain_has_thread("spdk_for_each_thread")) {
		return;
	}
	round = calloc(1, sizeof(*round));
	if (round == NULL) {
		SPDK_ERRLOG("spdk_for_each_thread(): no memory, nothing is sent\n");
		/* As the API has it: the completion still runs, once, and from a caller's view
		 * late. */
		if (cpl != NULL) {
			(void)spdk_thread_send_msg(t_tls.thread, cpl, ctx);
		}
		return;
	}
	round->origin = t_tls.thread;
	round->fn = fn;
	round->cpl = cpl;
	round->ctx = ctx;
	round->origin->for_each_count++;
	thread_round_next(round);
}

static void
channel_round_done(void *arg)
{
	struct spdk_io_channel_iter *i = arg;
	bool is_kept = i->is_kept;

	i->origin->for_each_count--;
	if (i->dev != NULL) {
		io_device_for_each_ended(i->dev);
	}
	if (i->cpl != NULL) {
		i->cpl(i, i->status);
	}
	/* One that is kept may be on its way again, or gone. */
	if (!is_kept) {
		free(i);
	}
}

static void channel_round_next(struct spdk_io_channel_iter *i);

static void
channel_round_stop(void *arg)
{
	struct spdk_io_channel_iter *i = arg;
	struct spdk_io_channel *channel = io_channel_find(i->current, i->dev);

	/*
	 * Put, but it may be got again before the message comes that destroys it: whoever began the
	 * round must not miss it then. So the step comes again, behind that message.
	 */
	if (channel != NULL && channel->ref == 0 &&
	    thread_try_send(i->current, channel_round_stop, i)) {
		return;
	}
	/* Gone since the message was sent. */
	if (channel == NULL || channel->ref == 0) {
		channel_round_next(i);
		return;
	}
	i->channel = channel;
	i->fn(i);
}

static void
channel_round_next(struct spdk_io_channel_iter *i)
{
	struct spdk_io_channel *channel;
	bool sent = false;

	i->channel = NULL;
	if (i->dev != NULL && i->status == 0) {
		/* Sent under the lock: a thread cannot exit while a channel of it is listed. */
		io_device_lock();
		while (!sent && (channel = io_device_channel_from(i->dev, i->next_id)) != NULL) {
			i->current = channel->thread;
			i->next_id = channel->thread->id + 1;
			sent = thread_try_send(channel->thread, channel_round_stop, i);
		}
		io_device_unlock();
	}
	if (sent) {
		return;
	}
	i->current = NULL;
	/* Where its origin was made to exit, nobody waits for it any more but the device. */
	if (!thread_try_send(i->origin, channel_round_done, i)) {
		if (i->dev != NULL) {
			io_device_for_each_ended(i->dev);
		}
		if (!i->is_kept) {
			free(i);
		}
	}
}

static void
begin(struct spdk_io_channel_iter *i, void *io_device, const struct channel_round *round)
{
	i->io_device = io_device;
	i->origin = t_tls.thread;
	i->fn = round->fn;
	i->cpl = round->cpl;
	i->ctx = round->ctx;
	i->created_at = round->created_at;
	i->next_id = 0;
	i->status = 0;
	i->origin->for_each_count++;
	io_device_lock();
	i->dev = io_device_find(io_device);
	if (i->dev != NULL) {
		i->dev->for_each_count++;
	} else {
		i->status = -ENODEV;
	}
	io_device_unlock();
	channel_round_next(i);
}

int
thread_for_each_channel(void *io_device, const struct channel_round *round)
{
	struct spdk_io_channel_iter *i = calloc(1, sizeof(*i));

	if (i == NULL) {
		return -ENOMEM;
	}
	begin(i, io_device, round);
	return 0;
}

struct spdk_io_channel_iter *
io_devices_round_create(void)
{
	struct spdk_io_channel_iter *i = calloc(1, sizeof(*i));

	if (i != NULL) {
		i->is_kept = true;
	}
	return i;
}

void
io_devices_round_destroy(struct spdk_io_channel_iter *round)
{
	free(round);
}

void
io_devices_round_begin(struct spdk_io_channel_iter *i, void *io_device, spdk_channel_msg fn,
		       void *ctx, spdk_channel_for_each_cpl cpl)
{
	const struct channel_round round = {
		.fn = fn,
		.cpl = cpl,
		.ctx = ctx,
		.created_at = __builtin_return_address(0),
	};

	assert(i->is_kept && t_tls.thread != NULL);
	begin(i, io_device, &round);
}

void
spdk_for_each_channel(void *io_device, spdk_channel_msg fn, void *ctx,
		      spdk_channel_for_each_cpl cpl)
{
	struct channel_round round = {
		.fn = fn,
		.cpl = cpl,
		.ctx = ctx,
		.created_at = __builtin_return_address(0),
	};

	if (!explain_has_thread("spdk_for_each_channel")) {
		return;
	}
	if (thread_for_each_channel(io_device, &round) != 0) {
		SPDK_ERRLOG(
			"spdk_for_each_channel(): no memory for an iteration over %p; its callers "
			"rely on the completion, so the process ends here\n",
			io_device);
		abort();
	}
}

void
spdk_for_each_channel_continue(struct spdk_io_channel_iter *i, int status)
{
	if (!explain_owner("spdk_for_each_channel_continue", "iteration over",
			   i->dev != NULL ? i->dev->name : "nothing", i->created_at,
			   i->current != NULL ? i->current : i->origin)) {
		return;
	}
	i->status = status;
	channel_round_next(i);
}

void *
spdk_io_channel_iter_get_io_device(struct spdk_io_channel_iter *i)
{
	return i->io_device;
}

struct spdk_io_channel *
spdk_io_channel_iter_get_channel(struct spdk_io_channel_iter *i)
{
	return i->channel;
}

void *
spdk_io_channel_iter_get_ctx(struct spdk_io_channel_iter *i)
{
	return i->ctx;
}
