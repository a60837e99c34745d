/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A channel: the tasks, sequences and accel buffers that its thread can have at work, and where
 * each operation goes. All memory is taken here, none when something is submitted.
 */
#include "io/accel/accel_internal.h"

static int
submit_to_nobody(struct spdk_io_channel *ch, struct spdk_accel_task *task)
{
	return -ENOTSUP;
}

static int
open_lanes(struct accel_io_channel *channel)
{
	for (int i = 0; i < SPDK_ACCEL_OPC_LAST; i++) {
		struct spdk_accel_module_if *module = g_accel.assignments[i].module;
		struct accel_lane *lane = &channel->lanes[i];

		if (module == NULL) {
			lane->submit = submit_to_nobody;
			continue;
		}
		lane->ch = module->get_io_channel();
		if (lane->ch == NULL) {
			SPDK_ERRLOG("accel: the module '%s' has no channel for the thread %s\n",
				    module->name, spdk_thread_get_name(spdk_get_thread()));
			return -ENOMEM;
		}
		lane->submit = module->submit_tasks;
	}
	return 0;
}

static void
close_lanes(struct accel_io_channel *channel)
{
	for (int i = 0; i < SPDK_ACCEL_OPC_LAST; i++) {
		if (channel->lanes[i].ch != NULL) {
			spdk_put_io_channel(channel->lanes[i].ch);
		}
	}
}

static int
make_pools(struct accel_io_channel *channel)
{
	int rc;

	rc = accel_pool_init(&channel->tasks, g_accel.opts.task_count,
			     sizeof(struct accel_task_slot) + g_accel.module_ctx_size);
	if (rc == 0) {
		rc = accel_pool_init(&channel->sequences, g_accel.opts.sequence_count,
				     sizeof(struct spdk_accel_sequence));
	}
	if (rc == 0) {
		rc = accel_pool_init(&channel->bufs, g_accel.opts.buf_count,
				     sizeof(struct accel_buf));
	}
	return rc;
}

static void
free_pools(struct accel_io_channel *channel)
{
	accel_pool_fini(&channel->tasks);
	accel_pool_fini(&channel->sequences);
	accel_pool_fini(&channel->bufs);
}

static int
open_driver(struct accel_io_channel *channel)
{
	if (g_accel.driver == NULL) {
		return 0;
	}
	channel->driver_ch = g_accel.driver->get_io_channel();
	if (channel->driver_ch == NULL) {
		SPDK_ERRLOG("accel: the driver '%s' has no channel for the thread %s\n",
			    g_accel.driver->name, spdk_thread_get_name(spdk_get_thread()));
		return -ENOMEM;
	}
	return 0;
}

int
accel_channel_create(void *io_device, void *ctx)
{
	struct accel_io_channel *channel = ctx;
	int rc;

	rc = make_pools(channel);
	if (rc != 0) {
		goto free_pools;
	}
	rc = spdk_iobuf_channel_init(&channel->iobuf, "accel", g_accel.opts.small_cache_size,
				     g_accel.opts.large_cache_size);
	if (rc != 0) {
		goto free_pools;
	}
	rc = accel_memory_open(channel);
	if (rc != 0) {
		goto fini_iobuf;
	}
	rc = open_lanes(channel);
	if (rc != 0) {
		goto close_lanes;
	}
	rc = open_driver(channel);
	if (rc != 0) {
		goto close_lanes;
	}
	return 0;

close_lanes:
	close_lanes(channel);
	accel_memory_close(channel);
fini_iobuf:
	spdk_iobuf_channel_fini(&channel->iobuf);
free_pools:
	free_pools(channel);
	return rc;
}

void
accel_channel_destroy(void *io_device, void *ctx)
{
	struct accel_io_channel *channel = ctx;

	pthread_mutex_lock(&g_accel.lock);
	accel_stats_add(&g_accel.gone, &channel->stats);
	pthread_mutex_unlock(&g_accel.lock);
	if (channel->driver_ch != NULL) {
		spdk_put_io_channel(channel->driver_ch);
	}
	close_lanes(channel);
	accel_memory_close(channel);
	spdk_iobuf_channel_fini(&channel->iobuf);
	free_pools(channel);
}
