/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The end of a controller: asked for, given up after a reset, or its hardware is gone.
 *
 *   LEAVING   disks are unregistered, and wait for those who have them open
 *             -> the last disk is gone: the device is unregistered, and waits for links
 *             -> the last link is gone: the driver detaches the controller, a bit at a time
 *             -> it is gone, and who waited is told
 */
#include "bdev_nvme.h"
#include "nvme_device.h"
#include "nvme_disk.h"
#include "nvme_link.h"
#include "spdk/env.h"
#include "spdk/string.h"

#define POLL_US 1000u

static void
gone(struct nvme_dev *dev, int rc)
{
	struct nvme_waiters waiters = TAILQ_HEAD_INITIALIZER(waiters);

	TAILQ_CONCAT(&waiters, &dev->leave_waiters, link);
	bdev_nvme_dev_free(dev);
	bdev_nvme_waiters_end(&waiters, rc);
	bdev_nvme_module_go_on();
}

static int
poll_detach(void *arg)
{
	struct nvme_dev *dev = arg;

	if (spdk_nvme_detach_poll_async(dev->detach_ctx) == -EAGAIN) {
		return SPDK_POLLER_BUSY;
	}
	spdk_poller_unregister(&dev->detach_poller);
	gone(dev, 0);
	return SPDK_POLLER_BUSY;
}

static void
links_gone(void *io_device)
{
	struct nvme_dev *dev = io_device;
	int rc;

	bdev_nvme_admin_stop(dev);
	dev->detach_poller = SPDK_POLLER_REGISTER(poll_detach, dev, POLL_US);
	if (dev->detach_poller == NULL) {
		/* At once, then: it waits for the controller to shut down. */
		gone(dev, spdk_nvme_detach(dev->ctrlr));
		return;
	}
	rc = spdk_nvme_detach_async(dev->ctrlr, &dev->detach_ctx);
	if (rc != 0 || dev->detach_ctx == NULL) {
		spdk_poller_unregister(&dev->detach_poller);
		gone(dev, rc);
	}
}

void
bdev_nvme_detach_go_on(struct nvme_dev *dev)
{
	if (dev->state == NVME_DEV_LEAVING) {
		if (TAILQ_EMPTY(&dev->disks) && !dev->is_unregistered) {
			dev->is_unregistered = true;
			spdk_io_device_unregister(dev, links_gone);
		}
	} else if (dev->state == NVME_DEV_ENABLED) {
		/* One that was formatted anew can come again now. */
		bdev_nvme_dev_update_disks(dev);
	}
}

void
bdev_nvme_leave(struct nvme_dev *dev)
{
	bool is_dead = dev->is_removed || dev->state != NVME_DEV_ENABLED;
	struct nvme_disk *disk, *next;

	assert(dev->state != NVME_DEV_RESETTING && dev->state != NVME_DEV_LEAVING);
	dev->state = NVME_DEV_LEAVING;
	bdev_nvme_reset_stop_timers(dev);
	if (is_dead) {
		bdev_nvme_links_fail(dev);
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
		bdev_nvme_links_fail(dev);
		return;
	}
	leave_when_possible(dev);
}
