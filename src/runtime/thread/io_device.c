/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Registration of devices.
 *
 *   state               holds                                        left by
 *   registered          channels can be got                          spdk_io_device_unregister()
 *   pending unregister  as registered; a for_each is under way       its end: unregistered
 *   unregistered        out of the tree; no new channels             last channel gone: freed
 *   freed               its callback has been sent to the thread     -
 *                       that asked for it
 */
#include "runtime/thread/io_device.h"
#include "runtime/io_devices.h"
#include "spdk/string.h"

RB_HEAD(device_tree, io_device);
static struct device_tree g_devices = RB_INITIALIZER(g_devices);
/* Unregistered and not freed yet. */
static TAILQ_HEAD(, io_device) g_leaving = TAILQ_HEAD_INITIALIZER(g_leaving);
static pthread_mutex_t g_lock = PTHREAD_MUTEX_INITIALIZER;

static int
compare_devices(struct io_device *a, struct io_device *b)
{
	return a->io_device < b->io_device ? -1 : a->io_device > b->io_device;
}

RB_GENERATE_STATIC(device_tree, io_device, node, compare_devices)

static int
compare_threads(struct spdk_io_channel *a, struct spdk_io_channel *b)
{
	return a->thread->id < b->thread->id ? -1 : a->thread->id > b->thread->id;
}

RB_GENERATE_STATIC(device_channel_tree, spdk_io_channel, by_thread, compare_threads)

void
io_device_lock(void)
{
	pthread_mutex_lock(&g_lock);
}

void
io_device_unlock(void)
{
	pthread_mutex_unlock(&g_lock);
}

struct io_device *
io_device_find(const void *io_device)
{
	struct io_device key = {.io_device = (void *)(uintptr_t)io_device};

	return RB_FIND(device_tree, &g_devices, &key);
}

bool
io_devices_have(const void *io_device)
{
	bool is_there;

	io_device_lock();
	is_there = io_device_find(io_device) != NULL;
	io_device_unlock();
	return is_there;
}

void
io_devices_ask_before_end(void *io_device, bool (*may_end)(void *ctx))
{
	struct io_device *dev;

	io_device_lock();
	dev = io_device_find(io_device);
	if (dev != NULL) {
		dev->may_end = may_end;
	}
	io_device_unlock();
}

struct spdk_io_channel *
io_device_channel_from(struct io_device *dev, uint64_t id)
{
	struct spdk_thread thread = {.id = id};
	struct spdk_io_channel key = {.thread = &thread};

	return RB_NFIND(device_channel_tree, &dev->channels, &key);
}

void
io_device_add_channel(struct io_device *dev, struct spdk_io_channel *channel)
{
	(void)RB_INSERT(device_channel_tree, &dev->channels, channel);
	dev->channel_count++;
}

static struct io_device *
make_device(void *io_device, uint32_t ctx_size, const char *name)
{
	struct io_device *dev = calloc(1, sizeof(*dev));

	if (dev == NULL) {
		return NULL;
	}
	dev->name = name != NULL ? strdup(name) : spdk_sprintf_alloc("%p", io_device);
	if (dev->name == NULL) {
		free(dev);
		return NULL;
	}
	dev->io_device = io_device;
	dev->ctx_size = ctx_size;
	RB_INIT(&dev->channels);
	return dev;
}

static void
free_device(struct io_device *dev)
{
	io_device_lock();
	if (dev->unregistered) {
		TAILQ_REMOVE(&g_leaving, dev, leaving);
	}
	io_device_unlock();
	free(dev->name);
	free(dev);
}

void
spdk_io_device_register(void *io_device, spdk_io_channel_create_cb create_cb,
			spdk_io_channel_destroy_cb destroy_cb, uint32_t ctx_size, const char *name)
{
	char place[EXPLAIN_PLACE_SIZE], other_name[64];
	struct io_device *dev, *other;
	const void *created_at = NULL;

	if (io_device == NULL || create_cb == NULL || destroy_cb == NULL) {
		SPDK_ERRLOG(
			"spdk_io_device_register(): '%s': the device and both callbacks must not "
			"be NULL\n",
			name != NULL ? name : "");
		return;
	}
	if (!explain_has_thread("spdk_io_device_register")) {
		return;
	}
	dev = make_device(io_device, ctx_size, name);
	if (dev == NULL) {
		SPDK_ERRLOG("No memory to register I/O device '%s'\n", name != NULL ? name : "");
		return;
	}
	dev->create_cb = create_cb;
	dev->destroy_cb = destroy_cb;
	dev->created_at = __builtin_return_address(0);
	io_device_lock();
	other = RB_INSERT(device_tree, &g_devices, dev);
	if (other != NULL) {
		snprintf(other_name, sizeof(other_name), "%s", other->name);
		created_at = other->created_at;
	}
	io_device_unlock();
	if (other != NULL) {
		SPDK_ERRLOG("I/O device %p is registered already, as '%s' (at %s); '%s' is not "
			    "registered\n",
			    io_device, other_name, explain_place(created_at, place, sizeof(place)),
			    dev->name);
		free_device(dev);
	}
}

/* On the thread that asked for it. */
static void
unregister_done(void *arg)
{
	struct io_device *dev = arg;

	dev->unregister_thread->unregister_count--;
	if (dev->unregister_cb != NULL) {
		dev->unregister_cb(dev->io_device);
	}
	free_device(dev);
}

static void
finish_unregister(struct io_device *dev)
{
	/* Its unregister_count keeps the thread from exiting before, unless it is forced to. */
	if (dev->unregister_cb == NULL ||
	    !thread_try_send(dev->unregister_thread, unregister_done, dev)) {
		free_device(dev);
	}
}

/* Lock held. True: nothing holds the device any more, finish_unregister() without the lock. */
static bool
leave_tree(struct io_device *dev)
{
	RB_REMOVE(device_tree, &g_devices, dev);
	dev->pending_unregister = false;
	dev->unregistered = true;
	TAILQ_INSERT_TAIL(&g_leaving, dev, leaving);
	return dev->channel_count == 0;
}

void
spdk_io_device_unregister(void *io_device, spdk_io_device_unregister_cb unregister_cb)
{
	struct spdk_thread *thread = t_tls.thread;
	bool is_free = false;
	struct io_device *dev;

	if (!explain_has_thread("spdk_io_device_unregister")) {
		return;
	}
	io_device_lock();
	dev = io_device_find(io_device);
	if (dev == NULL || dev->pending_unregister) {
		io_device_unlock();
		SPDK_ERRLOG("spdk_io_device_unregister(): %p is %s\n", io_device,
			    dev == NULL ? "not registered" : "being unregistered already");
		return;
	}
	dev->unregister_cb = unregister_cb;
	dev->unregister_thread = thread;
	if (unregister_cb != NULL) {
		thread->unregister_count++;
	}
	if (dev->for_each_count != 0) {
		dev->pending_unregister = true;
	} else {
		is_free = leave_tree(dev);
	}
	io_device_unlock();
	if (is_free) {
		finish_unregister(dev);
	}
}

void
io_device_for_each_ended(struct io_device *dev)
{
	bool is_free = false;

	io_device_lock();
	dev->for_each_count--;
	if (dev->for_each_count == 0 && dev->pending_unregister) {
		is_free = leave_tree(dev);
	}
	io_device_unlock();
	if (is_free) {
		finish_unregister(dev);
	}
}

void
io_device_unlist_channel(struct io_device *dev, struct spdk_io_channel *channel)
{
	io_device_lock();
	(void)RB_REMOVE(device_channel_tree, &dev->channels, channel);
	io_device_unlock();
}

void
io_device_put(struct io_device *dev)
{
	bool is_free;

	io_device_lock();
	dev->channel_count--;
	is_free = dev->unregistered && dev->channel_count == 0;
	io_device_unlock();
	if (is_free) {
		finish_unregister(dev);
	}
}

const char *
spdk_io_device_get_name(struct io_device *dev)
{
	return dev->name;
}

void
io_device_lib_close(void)
{
	char place[EXPLAIN_PLACE_SIZE];
	struct io_device *dev;

	while ((dev = RB_MIN(device_tree, &g_devices)) != NULL) {
		SPDK_ERRLOG("spdk_thread_lib_fini(): I/O device '%s' (registered at %s) was never "
			    "unregistered\n",
			    dev->name, explain_place(dev->created_at, place, sizeof(place)));
		RB_REMOVE(device_tree, &g_devices, dev);
		free_device(dev);
	}
	/* Their callbacks were messages to threads that were left over, which have been named. */
	while ((dev = TAILQ_FIRST(&g_leaving)) != NULL) {
		free_device(dev);
	}
}
