/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A thread's queue pair to a controller.
 *
 *   mode UP     qpair is there, works or is being connected
 *   mode HELD   I/O waits for a reset; qpair is there until the round of the reset drops it
 *   mode DOWN   I/O fails; no qpair
 *
 * L1  A queue pair that does not work asks for a reset of its controller, once (is_broken). One
 *     that a controller which works has refused does not: another reset would end the same way.
 *     Its link goes DOWN.
 *
 * L2  Commands end when their queue pair is dropped, on the link's thread.
 *
 * L3  A queue pair is connected for a while at most: till the controller has answered, has failed,
 *     or an admin command would have taken too long. The round that waits for it goes on in any
 *     case, also when the link goes, or another round drops the queue pair.
 */
#include "bdev_nvme.h"
#include "nvme_device.h"
#include "nvme_disk.h"
#include "nvme_io.h"
#include "nvme_link.h"
#include "runtime/io_devices.h"
#include "spdk/likely.h"
#include "spdk/string.h"

struct nvme_link *
bdev_nvme_link_of(struct spdk_io_channel *ch)
{
	return spdk_io_channel_get_ctx(ch);
}

/* ---- Connecting ---- */

static struct spdk_nvme_qpair *
alloc_qpair(struct nvme_dev *dev)
{
	struct spdk_nvme_io_qpair_opts opts;

	spdk_nvme_ctrlr_get_default_io_qpair_opts(dev->ctrlr, &opts, sizeof(opts));
	opts.delay_cmd_submit = g_bdev_nvme_opts.delay_cmd_submit;
	opts.create_only = true;
	opts.async_mode = true;
	if (g_bdev_nvme_opts.io_queue_requests != 0) {
		opts.io_queue_requests =
			spdk_max(g_bdev_nvme_opts.io_queue_requests, opts.io_queue_requests);
	}
	return spdk_nvme_ctrlr_alloc_io_qpair(dev->ctrlr, &opts, sizeof(opts));
}

/* The round goes on in any case: the other links have nothing to do with this one. */
static void
stop_connecting(struct nvme_link *link)
{
	struct spdk_io_channel_iter *round = link->round;

	if (!link->is_connecting) {
		return;
	}
	link->is_connecting = false;
	link->group->connecting--;
	if (round != NULL) {
		link->round = NULL;
		spdk_for_each_channel_continue(round, 0);
	}
}

/* Ticks; as long as the driver waits where it waits itself. */
static uint64_t
connect_deadline(struct nvme_dev *dev)
{
	uint64_t ms = spdk_nvme_ctrlr_get_opts(dev->ctrlr)->admin_timeout_ms;

	return ms == 0 ? UINT64_MAX :
			 spdk_get_ticks() + ms * spdk_get_ticks_hz() / SPDK_SEC_TO_MSEC;
}

int
bdev_nvme_link_connect(struct nvme_link *link)
{
	struct nvme_dev *dev = link->dev;
	int rc;

	assert(link->qpair == NULL);
	link->qpair = alloc_qpair(dev);
	if (link->qpair == NULL) {
		return -ENOMEM;
	}
	link->has_fd = spdk_nvme_qpair_get_fd(link->qpair, NULL) >= 0;
	link->is_broken = false;
	rc = bdev_nvme_injections_apply(link);
	if (rc == 0) {
		rc = spdk_nvme_poll_group_add(link->group->group, link->qpair);
	}
	if (rc != 0) {
		goto free_qpair;
	}
	rc = spdk_nvme_ctrlr_connect_io_qpair(dev->ctrlr, link->qpair);
	if (rc != 0) {
		goto leave_group;
	}
	bdev_nvme_group_add(link->group, link);
	link->is_connecting = true;
	link->connect_until = connect_deadline(dev);
	link->group->connecting++;
	bdev_nvme_group_wake(link->group);
	return 0;

leave_group:
	(void)spdk_nvme_poll_group_remove(link->group->group, link->qpair); /* As it goes. */
free_qpair:
	(void)spdk_nvme_ctrlr_free_io_qpair(link->qpair); /* Always 0. */
	link->qpair = NULL;
	return rc;
}

void
bdev_nvme_link_disconnect(struct nvme_link *link)
{
	struct spdk_nvme_qpair *qpair = link->qpair;

	if (qpair == NULL) {
		return;
	}
	stop_connecting(link);
	/* What ends because of it must not be given to it again. */
	if (link->mode == NVME_LINK_UP) {
		link->mode = NVME_LINK_HELD;
	}
	bdev_nvme_fused_drop(link);
	spdk_nvme_ctrlr_disconnect_io_qpair(qpair);
	(void)spdk_nvme_ctrlr_free_io_qpair(qpair); /* Always 0. */
	link->qpair = NULL;
	bdev_nvme_group_remove(link->group, link);
}

static void
connect_failed(struct nvme_link *link)
{
	bdev_nvme_link_disconnect(link);
	if (spdk_nvme_ctrlr_is_failed(link->dev->ctrlr)) {
		/* I/O waits for what becomes of the controller. */
		link->mode = NVME_LINK_HELD;
		bdev_nvme_reset_soon(link->dev);
		return;
	}
	SPDK_ERRLOG("NVMe controller %s (%s) gives thread %s no I/O queue; I/O of that thread "
		    "fails until the controller is reset.\n",
		    link->dev->name, link->dev->trid.traddr, spdk_thread_get_name(link->thread));
	link->mode = NVME_LINK_DOWN;
	bdev_nvme_link_flush(link);
}

void
bdev_nvme_link_broken(struct nvme_link *link)
{
	if (link->is_broken) {
		return;
	}
	link->is_broken = true;
	if (link->is_connecting) {
		return; /* bdev_nvme_link_look() sees it, outside of the driver. */
	}
	if (link->mode == NVME_LINK_UP) {
		link->mode = NVME_LINK_HELD;
		bdev_nvme_reset_soon(link->dev);
	}
}

/* Whether nothing is to be expected of the controller any more, which has failed then. */
static bool
is_hopeless(const struct nvme_link *link)
{
	struct spdk_nvme_ctrlr *ctrlr = link->dev->ctrlr;

	if (!spdk_nvme_ctrlr_is_failed(ctrlr) && spdk_get_ticks() >= link->connect_until) {
		SPDK_ERRLOG("NVMe controller %s (%s) does not answer thread %s, which wants an I/O "
			    "queue, within %u ms.\n",
			    link->dev->name, link->dev->trid.traddr,
			    spdk_thread_get_name(link->thread),
			    spdk_nvme_ctrlr_get_opts(ctrlr)->admin_timeout_ms);
		/* Or its queues would be deleted by commands, which are not answered either. */
		spdk_nvme_ctrlr_fail(ctrlr);
	}
	return spdk_nvme_ctrlr_is_failed(ctrlr);
}

void
bdev_nvme_link_look(struct nvme_link *link)
{
	if (!link->is_connecting) {
		return;
	}
	if (spdk_nvme_qpair_is_connected(link->qpair)) {
		stop_connecting(link);
		bdev_nvme_link_flush(link);
	} else if (link->is_broken || is_hopeless(link)) {
		connect_failed(link);
	}
}

/* ---- What waits ---- */

void
bdev_nvme_link_flush(struct nvme_link *link)
{
	struct nvme_io *nio;

	/* What could not be submitted while it was being connected can only then. */
	if (link->is_flushing || (link->mode == NVME_LINK_UP && link->is_connecting)) {
		return;
	}
	link->is_flushing = true;
	while (link->mode != NVME_LINK_HELD && link->half_sent == NULL &&
	       (nio = TAILQ_FIRST(&link->waiting)) != NULL) {
		TAILQ_REMOVE(&link->waiting, nio, link);
		nio->is_waiting = false;
		bdev_nvme_io_again(nio);
	}
	link->is_flushing = false;
	if (link->mode == NVME_LINK_DOWN) {
		bdev_nvme_retry_fail_all(link);
	}
}

/* ---- Rounds ---- */

static void
abort_of_resets(struct nvme_link *link)
{
	const struct nvme_path *path;

	TAILQ_FOREACH (path, &link->paths, node) {
		if (__atomic_load_n(&path->disk->resets, __ATOMIC_ACQUIRE) > 0) {
			bdev_nvme_retry_abort(link, path->disk);
		}
	}
}

static void
visit(struct spdk_io_channel_iter *i)
{
	struct nvme_link *link = bdev_nvme_link_of(spdk_io_channel_iter_get_channel(i));
	const struct nvme_round *round = spdk_io_channel_iter_get_ctx(i);
	int rc = 0;

	link->mode = round->mode;
	if (round->mode != NVME_LINK_UP) {
		bdev_nvme_link_disconnect(link);
	} else if (link->qpair == NULL) {
		rc = bdev_nvme_link_connect(link);
	}
	abort_of_resets(link);
	if (rc != 0) {
		connect_failed(link);
	} else {
		bdev_nvme_link_flush(link);
	}
	if (link->is_connecting) {
		link->round = i;
	} else {
		spdk_for_each_channel_continue(i, 0);
	}
}

static void
visited(struct spdk_io_channel_iter *i, int status)
{
	struct nvme_round *round = spdk_io_channel_iter_get_ctx(i);

	round->is_going = false;
	if (round->done != NULL) {
		round->done(round->dev);
	}
}

static void
go_round(struct nvme_dev *dev, struct nvme_round *round)
{
	assert(!round->is_going);
	round->is_going = true;
	round->dev = dev;
	__atomic_store_n(&dev->link_mode, round->mode, __ATOMIC_RELEASE);
	io_devices_round_begin(round->iter, dev, visit, round, visited);
}

void
bdev_nvme_links_set(struct nvme_dev *dev, enum nvme_link_mode mode,
		    void (*done)(struct nvme_dev *dev))
{
	dev->reset_round.mode = mode;
	dev->reset_round.done = done;
	go_round(dev, &dev->reset_round);
}

void
bdev_nvme_links_fail(struct nvme_dev *dev, void (*done)(struct nvme_dev *dev))
{
	dev->fail_round.done = done;
	/* One that is on its way does as well: nothing lets I/O go on before it is over. */
	if (!dev->fail_round.is_going) {
		dev->fail_round.mode = NVME_LINK_DOWN;
		go_round(dev, &dev->fail_round);
	}
}

/* ---- A link ---- */

static void
explain_no_queue(struct nvme_dev *dev, int rc)
{
	SPDK_ERRLOG("NVMe controller %s (%s) has no I/O queue for thread %s (%s): each thread that "
		    "uses it takes one; use it on fewer threads, or attach it with a larger "
		    "num_io_queues where that was set.\n",
		    dev->name, dev->trid.traddr, spdk_thread_get_name(spdk_get_thread()),
		    spdk_strerror(-rc));
}

static int
create_link(void *io_device, void *ctx)
{
	struct nvme_dev *dev = io_device;
	struct nvme_link *link = ctx;
	int rc = 0;

	memset(link, 0, sizeof(*link));
	link->dev = dev;
	link->thread = spdk_get_thread();
	TAILQ_INIT(&link->waiting);
	TAILQ_INIT(&link->retrying);
	TAILQ_INIT(&link->paths);
	link->group_channel = bdev_nvme_group_get();
	if (link->group_channel == NULL) {
		return -ENOMEM;
	}
	link->group = spdk_io_channel_get_ctx(link->group_channel);
	link->mode = (enum nvme_link_mode)__atomic_load_n(&dev->link_mode, __ATOMIC_ACQUIRE);
	if (link->mode == NVME_LINK_UP) {
		rc = bdev_nvme_link_connect(link);
	}
	if (rc != 0) {
		explain_no_queue(dev, rc);
		spdk_put_io_channel(link->group_channel);
		return rc;
	}
	TAILQ_INSERT_TAIL(&link->group->members, link, member_link);
	return 0;
}

static void
destroy_link(void *io_device, void *ctx)
{
	struct nvme_link *link = ctx;

	assert(TAILQ_EMPTY(&link->waiting) && TAILQ_EMPTY(&link->retrying));
	bdev_nvme_link_disconnect(link);
	spdk_poller_unregister(&link->retry_poller);
	TAILQ_REMOVE(&link->group->members, link, member_link);
	spdk_put_io_channel(link->group_channel);
}

int
bdev_nvme_links_register(struct nvme_dev *dev)
{
	dev->reset_round.iter = io_devices_round_create();
	dev->fail_round.iter = io_devices_round_create();
	if (dev->reset_round.iter != NULL && dev->fail_round.iter != NULL) {
		spdk_io_device_register(dev, create_link, destroy_link, sizeof(struct nvme_link),
					dev->name);
		if (io_devices_have(dev)) {
			return 0;
		}
	}
	bdev_nvme_links_free(dev);
	return -ENOMEM;
}

void
bdev_nvme_links_free(struct nvme_dev *dev)
{
	io_devices_round_destroy(dev->reset_round.iter);
	io_devices_round_destroy(dev->fail_round.iter);
}
