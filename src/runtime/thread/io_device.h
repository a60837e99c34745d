/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Devices, and the channels that threads hold to them.
 *
 * A channel belongs to its thread. The device knows its channels by the id of their threads, so
 * that spdk_for_each_channel() goes from one holder to the next without visiting other threads.
 */
#ifndef SPINDLE_IO_DEVICE_H
#define SPINDLE_IO_DEVICE_H

#include "runtime/thread/thread_internal.h"

struct spdk_io_channel {
	struct spdk_thread *thread;
	struct io_device *dev;
	uint32_t ref;
	/* Releases whose message is on its way; the channel goes with the last, unless got again.
	 */
	uint32_t destroy_ref : 24;
	uint32_t depth : 8;                  /* how many channels were being made when it was got */
	RB_ENTRY(spdk_io_channel) by_device; /* the thread's */
	RB_ENTRY(spdk_io_channel) by_thread; /* the device's; device lock */
	const void *created_at;
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_io_channel) <= SPDK_IO_CHANNEL_STRUCT_SIZE,
		   "the context follows at a fixed offset");

struct io_device {
	void *io_device;
	spdk_io_channel_create_cb create_cb;
	spdk_io_channel_destroy_cb destroy_cb;
	bool (*may_end)(void *ctx); /* io_devices_ask_before_end(); NULL: always */
	uint32_t ctx_size;
	char *name;
	const void *created_at;

	/* All below: device lock. */
	RB_ENTRY(io_device) node;
	RB_HEAD(device_channel_tree, spdk_io_channel) channels;
	uint32_t channel_count;
	uint32_t for_each_count;
	bool unregistered;
	bool pending_unregister; /* asked for while a for_each ran */
	TAILQ_ENTRY(io_device) leaving;
	struct spdk_thread *unregister_thread;
	spdk_io_device_unregister_cb unregister_cb;
};

void io_device_lock(void);
void io_device_unlock(void);

/* The caller holds the lock. NULL: not registered. */
struct io_device *io_device_find(const void *io_device);

/* The channel of the thread with the smallest id >= `id`. The caller holds the lock. */
struct spdk_io_channel *io_device_channel_from(struct io_device *dev, uint64_t id);
/* The caller holds the lock. */
void io_device_add_channel(struct io_device *dev, struct spdk_io_channel *channel);
/*
 * Leaving goes in two steps, each taking the lock: off the list, so that the thread may get a
 * channel anew, then, when the channel's destroy_cb has run, letting go of the device, which may be
 * freed.
 */
void io_device_unlist_channel(struct io_device *dev, struct spdk_io_channel *channel);
void io_device_put(struct io_device *dev);

/* After a for_each over the device has ended: what was postponed for it. */
void io_device_for_each_ended(struct io_device *dev);

struct spdk_io_channel *io_channel_find(struct spdk_thread *thread, struct io_device *dev);

#endif
