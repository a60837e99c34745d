/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The end of a controller: asked for, given up after a reset, or its hardware is gone.
 *
 *   LEAVING   disks are unregistered, and wait for those who have them open
 *             -> the last disk and holder are gone: the device is unregistered, and waits for
 *                links, which have nothing under way
 *             -> the last link is gone: the driver detaches the controller, a bit at a time
 *             -> it is gone, and who waited is told
 *
 * What is waited for works on as long as the controller does. When it does not, it is not reset but
 * given up: all that it has ends as it is.
 */
#include "bdev_nvme.h"
#include "nvme_device.h"
#include "nvme_disk.h"
#include "nvme_link.h"
#include "spdk/env.h"
#include "spdk/string.h"

#define POLL_US 1000u

static void
gone(struct nvme_dev *dev)
{
	struct nvme_waiters waiters = TAILQ_HEAD_INITIALIZER(waiters);

	TAILQ_CONCAT(&waiters, &dev->leave_waiters, link);
	bdev_nvme_dev_free(dev);
	bdev_nvme_waiters_end(&waiters, 0);
	bdev_nvme_module_go_on();
}

static int
poll_detach(void *arg)
{
	struct nvme_dev *dev = arg;

	if (dev->detach_ctx == NULL && spdk_nvme_detach_async(dev->ctrlr, &dev->detach_ctx) != 0) {
		return SPDK_POLLER_BUSY; /* There may be memory the next time. */
	}
	/* None: a program has the controller as well, and keeps it. */
	if (dev->detach_ctx != NULL && spdk_nvme_detach_poll_async(dev->detach_ctx) == -EAGAIN) {
		return SPDK_POLLER_BUSY;
	}
	spdk_poller_unregister(&dev->detach_poller);
	gone(dev);
	return SPDK_POLLER_BUSY;
}

int
bdev_nvme_detach_prepare(struct nvme_dev *dev)
{
	dev->detach_poller = SPDK_POLLER_REGISTER(poll_detach, dev, POLL_US);
	if (dev->detach_poller == NULL) {
		return -ENOMEM;
	}
	spdk_poller_pause(dev->detach_poller);
	return 0;
}

static void
links_gone(void *io_device)
{
	struct nvme_dev *dev = io_device;

	bdev_nvme_admin_stop(dev);
	/* The controller may stay, with a program that has attached it as well. */
	spdk_nvme_ctrlr_set_remove_cb(dev->ctrlr, NULL, NULL);
	spdk_nvme_ctrlr_register_aer_callback(dev->ctrlr, NULL, NULL);
	spdk_nvme_ctrlr_register_timeout_callback(dev->ctrlr, 0, 0, NULL, NULL);
	spdk_poller_resume(dev->detach_poller);
}

static void
unregister_if_free(struct nvme_dev *dev)
{
	if (dev->state == NVME_DEV_LEAVING && TAILQ_EMPTY(&dev->disks) && dev->holders == 0 &&
	    !dev->is_unregistered) {
		dev->is_unregistered = true;
		spdk_io_device_unregister(dev, links_gone);
	}
}

void
bdev_nvme_dev_hold(struct nvme_dev *dev)
{
	dev->holders++;
}

void
bdev_nvme_dev_let_go(struct nvme_dev *dev)
{
	dev->holders--;
	unregister_if_free(dev);
}

void
bdev_nvme_detach_go_on(struct nvme_dev *dev)
{
	unregister_if_free(dev);
	if (dev->state == NVME_DEV_ENABLED) {
		/* One that was formatted anew can come again now. */
		bdev_nvme_dev_update_disks(dev);
	}
}

/* No link has a queue pair, or gets one. */
static void
end_admin_commands(struct nvme_dev *dev)
{
	(void)spdk_nvme_ctrlr_disconnect(dev->ctrlr); /* If it cannot, that has been done. */
}

void
bdev_nvme_give_up(struct nvme_dev *dev)
{
	/* Without links it has admin commands at most, and they end with it. */
	if (dev->is_abandoned || dev->is_unregistered) {
		return;
	}
	dev->is_abandoned = true;
	if (!dev->is_removed) {
		SPDK_ERRLOG("NVMe controller %s (%s) does not work any more, and is being "
			    "detached: what it has ends now; it is not told of a shutdown.\n",
			    dev->name, dev->trid.traddr);
	}
	/* Queues are not deleted by commands then, which it may never answer. */
	spdk_nvme_ctrlr_fail(dev->ctrlr);
	bdev_nvme_links_fail(dev, end_admin_commands);
}

void
bdev_nvme_leave(struct nvme_dev *dev)
{
	bool was_enabled = dev->state == NVME_DEV_ENABLED;
	struct nvme_disk *disk, *next;

	assert(dev->state != NVME_DEV_RESETTING && dev->state != NVME_DEV_LEAVING);
	dev->state = NVME_DEV_LEAVING;
	bdev_nvme_reset_stop_timers(dev);
	if (dev->is_removed || dev->wants_again) {
		bdev_nvme_give_up(dev);
	} else if (!was_enabled) {
		bdev_nvme_links_fail(dev, NULL);
	}
	TAILQ_FOREACH_SAFE (disk, &dev->disks, link, next) {
		bdev_nvme_disk_remove(disk);
	}
	bdev_nvme_detach_go_on(dev);
}

static void
leave_when_possible(struct nvme_dev *dev)
{
	if (dev->state == NVME_DEV_LEAVING || dev->wants_leave) {
		return;
	}
	if (dev->state == NVME_DEV_RESETTING) {
		dev->wants_leave = true;
		dev->leave_since = spdk_get_ticks();
	} else {
		bdev_nvme_leave(dev);
	}
}

int
bdev_nvme_detach(struct nvme_dev *dev, nvme_done_fn fn, void *arg)
{
	int rc = bdev_nvme_waiter_add(&dev->leave_waiters, fn, arg);

	if (rc == 0) {
		leave_when_possible(dev);
	}
	return rc;
}

void
bdev_nvme_dev_removed(struct nvme_dev *dev)
{
	if (dev->is_removed) {
		return;
	}
	dev->is_removed = true;
	SPDK_ERRLOG("NVMe controller %s (%s) was pulled out: its bdevs are removed.\n", dev->name,
		    dev->trid.traddr);
	if (dev->state == NVME_DEV_LEAVING) {
		/* Those who are being waited for have I/O that would never end. */
		bdev_nvme_give_up(dev);
		return;
	}
	leave_when_possible(dev);
}
