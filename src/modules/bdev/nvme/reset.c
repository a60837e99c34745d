/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Resets, and what becomes of a controller that does not come back. All on the app thread.
 *
 *   step      what it does                                             next
 *   hold      a round: links drop their queue pairs, I/O waits          stop
 *   stop      the driver disconnects the controller                     poll, or settle
 *   poll      the driver initialises it again                           raise, or settle
 *   raise     a round: links get queue pairs, and submit what waited    end, or settle
 *   settle    a round, when it has not come back: I/O waits on, or fails  end
 *
 * Several who want a reset meanwhile get this one. From `raise` on I/O may be with the controller
 * again: then another reset follows, for those who want one, and for what does not work. While the
 * controller is lost, it is tried again every reconnect_delay_sec; after fast_io_fail_timeout_sec
 * I/O does not wait any more, and after ctrlr_loss_timeout_sec the controller is detached. Both
 * count from the beginning of the reset that failed first.
 *
 * A controller that is to leave meanwhile has LEAVE_MS to come back, so that it can be told of its
 * shutdown; then it is given up as it is.
 */
#include "bdev_nvme.h"
#include "nvme_device.h"
#include "nvme_link.h"
#include "spdk/env.h"
#include "spdk/string.h"

#define POLL_US   1000u
#define SECOND_US 1000000u
#define LEAVE_MS  2000u

static void begin(struct nvme_dev *dev);

const char *
bdev_nvme_state_name(const struct nvme_dev *dev)
{
	switch (dev->state) {
	case NVME_DEV_ENABLED:
		return "enabled";
	case NVME_DEV_RESETTING:
		return dev->lost_at != 0 && dev->opts.reconnect_delay_sec != 0 ?
			       "reconnect_is_delayed" :
			       "resetting";
	case NVME_DEV_DISABLED:
		return "disabled";
	case NVME_DEV_LOST:
		return dev->reconnect_timer != NULL ? "reconnect_is_delayed" : "failed";
	case NVME_DEV_LEAVING:
		return "deleting";
	}
	return "unknown";
}

static uint64_t
lost_for_sec(const struct nvme_dev *dev)
{
	return (spdk_get_ticks() - dev->lost_at) / spdk_get_ticks_hz();
}

/* ---- The end ---- */

static void
end(struct nvme_dev *dev, enum nvme_dev_state state, int rc)
{
	dev->state = state;
	if (state != NVME_DEV_LOST) {
		dev->lost_at = 0;
		dev->fast_io_failed = false;
		spdk_poller_unregister(&dev->fast_fail_timer);
	}
	if (state == NVME_DEV_ENABLED && !dev->wants_leave) {
		bdev_nvme_dev_update_disks(dev);
	}
	bdev_nvme_waiters_end(&dev->reset_waiters, rc);
	if (dev->wants_leave || state != NVME_DEV_ENABLED) {
		bdev_nvme_waiters_end(&dev->late_waiters, rc != 0 ? rc : -ENODEV);
	}
	if (dev->wants_leave) {
		bdev_nvme_leave(dev);
	} else if (dev->wants_again && dev->state == NVME_DEV_ENABLED) {
		begin(dev);
	}
}

static int
reconnect(void *arg)
{
	struct nvme_dev *dev = arg;

	spdk_poller_unregister(&dev->reconnect_timer);
	begin(dev);
	return SPDK_POLLER_BUSY;
}

static bool
is_given_up(const struct nvme_dev *dev)
{
	return dev->is_removed || (dev->opts.ctrlr_loss_timeout_sec > 0 &&
				   lost_for_sec(dev) >= (uint64_t)dev->opts.ctrlr_loss_timeout_sec);
}

static void
settled(struct nvme_dev *dev)
{
	int rc = dev->reset_rc;

	if (rc != 0 && !dev->is_stopped) {
		/* One that had been raised may have admin commands, which end now. */
		dev->is_stopped = spdk_nvme_ctrlr_disconnect(dev->ctrlr) == 0;
	}
	if (dev->wants_disable && rc == 0) {
		dev->wants_disable = false;
		end(dev, NVME_DEV_DISABLED, 0);
		return;
	}
	dev->wants_disable = false;
	if (is_given_up(dev)) {
		SPDK_ERRLOG("NVMe controller %s (%s) %s: it is detached.\n", dev->name,
			    dev->trid.traddr,
			    dev->is_removed ? "is not there any more" :
					      "has not come back in time");
		dev->wants_leave = true;
	} else if (dev->opts.reconnect_delay_sec != 0) {
		dev->reconnect_timer = SPDK_POLLER_REGISTER(
			reconnect, dev, (uint64_t)dev->opts.reconnect_delay_sec * SECOND_US);
	}
	end(dev, NVME_DEV_LOST, rc);
}

static enum nvme_link_mode
mode_while_lost(const struct nvme_dev *dev)
{
	bool is_waiting = dev->opts.reconnect_delay_sec != 0 && !dev->fast_io_failed &&
			  !dev->wants_disable && !dev->wants_leave && !is_given_up(dev);

	return is_waiting ? NVME_LINK_HELD : NVME_LINK_DOWN;
}

/* It is disabled, or has not come back. */
static void
settle(struct nvme_dev *dev, int rc)
{
	dev->reset_rc = rc;
	if (rc != 0 && rc != -ECANCELED) {
		SPDK_ERRLOG("NVMe controller %s (%s) has not come back from its reset: %s\n",
			    dev->name, dev->trid.traddr, spdk_strerror(-rc));
	}
	bdev_nvme_links_set(dev, mode_while_lost(dev), settled);
}

/* ---- Steps ---- */

static bool
is_out_of_patience(const struct nvme_dev *dev)
{
	return dev->wants_leave && spdk_get_ticks() - dev->leave_since >=
					   LEAVE_MS * spdk_get_ticks_hz() / SPDK_SEC_TO_MSEC;
}

static void
raised(struct nvme_dev *dev)
{
	dev->is_raising = false;
	spdk_poller_unregister(&dev->reset_poller);
	if (spdk_nvme_ctrlr_is_failed(dev->ctrlr)) {
		settle(dev, dev->is_removed ? -ENXIO : is_out_of_patience(dev) ? -ECANCELED : -EIO);
		return;
	}
	/* A link that got no queue pair has said so, and fails its I/O; the others work. */
	end(dev, NVME_DEV_ENABLED, 0);
}

static void
lose_patience(struct nvme_dev *dev)
{
	SPDK_ERRLOG("NVMe controller %s (%s) is detached in the middle of a reset, since it has "
		    "not become ready within %u ms; it is not told of a shutdown.\n",
		    dev->name, dev->trid.traddr, LEAVE_MS);
	spdk_nvme_ctrlr_fail(dev->ctrlr);
}

static int
poll_reconnect(void *arg)
{
	struct nvme_dev *dev = arg;
	int rc;

	if (dev->is_raising) {
		/* Links see that it has failed, and wait no longer. */
		if (is_out_of_patience(dev) && !spdk_nvme_ctrlr_is_failed(dev->ctrlr)) {
			lose_patience(dev);
		}
		return SPDK_POLLER_IDLE;
	}
	rc = spdk_nvme_ctrlr_reconnect_poll_async(dev->ctrlr);
	if (rc == -EAGAIN && is_out_of_patience(dev)) {
		lose_patience(dev);
		rc = -ECANCELED;
	}
	if (rc == -EAGAIN) {
		return SPDK_POLLER_BUSY;
	}
	if (rc == 0 && !dev->is_removed) {
		dev->is_raising = true;
		bdev_nvme_links_set(dev, NVME_LINK_UP, raised);
	} else {
		spdk_poller_unregister(&dev->reset_poller);
		settle(dev, rc != 0 ? rc : -ENXIO);
	}
	return SPDK_POLLER_BUSY;
}

static void
held(struct nvme_dev *dev)
{
	int rc = 0;

	if (!dev->is_stopped) {
		rc = spdk_nvme_ctrlr_disconnect(dev->ctrlr);
	}
	if (rc != 0 || dev->is_removed) {
		settle(dev, rc != 0 ? rc : -ENXIO);
		return;
	}
	dev->is_stopped = dev->wants_disable;
	if (dev->wants_disable) {
		settle(dev, 0);
		return;
	}
	dev->reset_poller = SPDK_POLLER_REGISTER(poll_reconnect, dev, POLL_US);
	if (dev->reset_poller == NULL) {
		dev->is_stopped = true;
		settle(dev, -ENOMEM);
		return;
	}
	spdk_nvme_ctrlr_reconnect_async(dev->ctrlr);
}

static int
fail_fast(void *arg)
{
	struct nvme_dev *dev = arg;

	spdk_poller_unregister(&dev->fast_fail_timer);
	dev->fast_io_failed = true;
	SPDK_ERRLOG("NVMe controller %s (%s) has been away for fast_io_fail_timeout_sec, %u s: I/O "
		    "to it fails from now on, until it comes back.\n",
		    dev->name, dev->trid.traddr, dev->opts.fast_io_fail_timeout_sec);
	/* The round that lets I/O go on must be the last; if that does not help, it fails then. */
	if (!dev->is_raising) {
		bdev_nvme_links_fail(dev, NULL);
	}
	return SPDK_POLLER_BUSY;
}

static void
begin(struct nvme_dev *dev)
{
	assert(dev->state != NVME_DEV_RESETTING && dev->state != NVME_DEV_LEAVING);
	spdk_poller_unregister(&dev->reconnect_timer);
	if (dev->lost_at == 0) {
		dev->lost_at = spdk_get_ticks();
		if (dev->opts.fast_io_fail_timeout_sec != 0) {
			dev->fast_fail_timer = SPDK_POLLER_REGISTER(
				fail_fast, dev,
				(uint64_t)dev->opts.fast_io_fail_timeout_sec * SECOND_US);
		}
	}
	dev->state = NVME_DEV_RESETTING;
	dev->wants_again = false;
	if (!dev->is_stopped) {
		/* Queues go with the reset. Deleted by commands, they may never be answered. */
		spdk_nvme_ctrlr_fail(dev->ctrlr);
	}
	TAILQ_CONCAT(&dev->reset_waiters, &dev->late_waiters, link);
	bdev_nvme_links_set(dev, dev->fast_io_failed ? NVME_LINK_DOWN : NVME_LINK_HELD, held);
}

void
bdev_nvme_reset_stop_timers(struct nvme_dev *dev)
{
	spdk_poller_unregister(&dev->reconnect_timer);
	spdk_poller_unregister(&dev->fast_fail_timer);
}

/* ---- Wishes ---- */

static int
begin_for(struct nvme_dev *dev, nvme_done_fn fn, void *arg)
{
	int rc = bdev_nvme_waiter_add(&dev->reset_waiters, fn, arg);

	if (rc == 0 && dev->state != NVME_DEV_RESETTING) {
		begin(dev);
	}
	return rc;
}

int
bdev_nvme_reset(struct nvme_dev *dev, nvme_done_fn fn, void *arg)
{
	int rc;

	if (dev->state == NVME_DEV_LEAVING || dev->wants_leave || dev->is_removed) {
		return -ENODEV;
	}
	if (dev->state == NVME_DEV_DISABLED || dev->wants_disable) {
		return -EPERM;
	}
	if (dev->is_raising) {
		rc = bdev_nvme_waiter_add(&dev->late_waiters, fn, arg);
		dev->wants_again |= rc == 0;
		return rc;
	}
	return begin_for(dev, fn, arg);
}

int
bdev_nvme_enable(struct nvme_dev *dev, nvme_done_fn fn, void *arg)
{
	if (dev->state == NVME_DEV_LEAVING || dev->wants_leave || dev->is_removed) {
		return -ENODEV;
	}
	if (dev->wants_disable) {
		return -EBUSY;
	}
	if (dev->state == NVME_DEV_ENABLED) {
		fn(arg, 0);
		return 0;
	}
	return begin_for(dev, fn, arg);
}

int
bdev_nvme_disable(struct nvme_dev *dev, nvme_done_fn fn, void *arg)
{
	int rc;

	if (dev->state == NVME_DEV_LEAVING || dev->wants_leave || dev->is_removed) {
		return -ENODEV;
	}
	if (dev->state == NVME_DEV_RESETTING) {
		return -EBUSY;
	}
	if (dev->state == NVME_DEV_DISABLED) {
		fn(arg, 0);
		return 0;
	}
	rc = begin_for(dev, fn, arg);
	/* Its steps come later. */
	dev->wants_disable = rc == 0;
	return rc;
}

static void
look_after(void *arg)
{
	struct nvme_dev *dev = arg;

	if (dev->is_removed) {
		return;
	}
	if (dev->state == NVME_DEV_ENABLED) {
		SPDK_WARNLOG("NVMe controller %s (%s) is reset, because a queue pair or a command "
			     "does not work any more.\n",
			     dev->name, dev->trid.traddr);
		begin(dev);
	} else if (dev->state == NVME_DEV_LEAVING) {
		bdev_nvme_give_up(dev);
	} else {
		/* Before it is raised, it is about what the reset mends. */
		dev->wants_again |= dev->is_raising;
	}
}

void
bdev_nvme_reset_soon(struct nvme_dev *dev)
{
	bdev_nvme_on_app_thread(look_after, dev);
}
