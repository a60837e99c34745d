/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The admin queue of a controller: events, answers to admin commands, and whether it is still
 * there.
 *
 * Its poller is the only one that wakes a thread which has nothing to do. Whether the controller is
 * there it looks every LOOK_US at most: that is a call of the kernel, for what it tells of devices
 * that go, and a read of a register.
 */
#include "bdev_nvme.h"
#include "nvme_device.h"
#include "spdk/env.h"
#include "spdk/string.h"

#define LOOK_US   100000u
#define SECOND_US 1000000u

/* In any state: what is lost or disabled may be pulled out as well. */
static void
look(struct nvme_dev *dev)
{
	uint64_t now = spdk_get_ticks();

	if (now >= dev->look_next) {
		dev->look_next = now + LOOK_US * spdk_get_ticks_hz() / SECOND_US;
		(void)spdk_nvme_scan_attached(
			&dev->trid); /* What it finds it tells by remove_cb. */
	}
}

static int
poll_admin(void *arg)
{
	struct nvme_dev *dev = arg;
	int32_t count;

	look(dev);
	/* While it is reset, reset.c asks the driver; what is lost or disabled has no admin queue.
	 */
	if (dev->state != NVME_DEV_ENABLED && dev->state != NVME_DEV_LEAVING) {
		return SPDK_POLLER_IDLE;
	}
	count = spdk_nvme_ctrlr_process_admin_completions(dev->ctrlr);
	if (count >= 0) {
		return count > 0 ? SPDK_POLLER_BUSY : SPDK_POLLER_IDLE;
	}
	/* A controller that was pulled out looks like this as well, and cannot be reset. */
	(void)spdk_nvme_scan_attached(&dev->trid);
	if (!dev->is_removed) {
		bdev_nvme_reset_soon(dev);
	}
	return SPDK_POLLER_BUSY;
}

int
bdev_nvme_admin_start(struct nvme_dev *dev)
{
	dev->admin_poller = spdk_poller_register_named(
		poll_admin, dev, g_bdev_nvme_opts.nvme_adminq_poll_period_us, "bdev_nvme_admin");
	return dev->admin_poller != NULL ? 0 : -ENOMEM;
}

void
bdev_nvme_admin_stop(struct nvme_dev *dev)
{
	spdk_poller_unregister(&dev->admin_poller);
}
