/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The list of controllers that are attached, and what becomes of their namespaces.
 */
#include "bdev_nvme.h"
#include "nvme_device.h"
#include "nvme_disk.h"
#include "nvme_link.h"
#include "spdk/string.h"

static TAILQ_HEAD(, nvme_dev) g_devs = TAILQ_HEAD_INITIALIZER(g_devs);

/* ---- The list ---- */

struct nvme_dev *
bdev_nvme_first(void)
{
	return TAILQ_FIRST(&g_devs);
}

struct nvme_dev *
bdev_nvme_next(struct nvme_dev *dev)
{
	return TAILQ_NEXT(dev, link);
}

struct nvme_dev *
bdev_nvme_find(const char *name)
{
	struct nvme_dev *dev;

	TAILQ_FOREACH (dev, &g_devs, link) {
		if (strcmp(dev->name, name) == 0) {
			return dev;
		}
	}
	return NULL;
}

struct nvme_dev *
bdev_nvme_find_trid(const struct spdk_nvme_transport_id *trid)
{
	struct nvme_dev *dev;

	TAILQ_FOREACH (dev, &g_devs, link) {
		if (spdk_nvme_transport_id_compare(&dev->trid, trid) == 0) {
			return dev;
		}
	}
	return NULL;
}

/* ---- Those who wait ---- */

int
bdev_nvme_waiter_add(struct nvme_waiters *waiters, nvme_done_fn fn, void *arg)
{
	struct nvme_waiter *waiter;

	if (fn == NULL) {
		return 0;
	}
	waiter = calloc(1, sizeof(*waiter));
	if (waiter == NULL) {
		return -ENOMEM;
	}
	waiter->fn = fn;
	waiter->arg = arg;
	TAILQ_INSERT_TAIL(waiters, waiter, link);
	return 0;
}

void
bdev_nvme_waiters_end(struct nvme_waiters *waiters, int rc)
{
	struct nvme_waiters ending = TAILQ_HEAD_INITIALIZER(ending);
	struct nvme_waiter *waiter;

	/* Who is called may wait for the next time. */
	TAILQ_CONCAT(&ending, waiters, link);
	while ((waiter = TAILQ_FIRST(&ending)) != NULL) {
		TAILQ_REMOVE(&ending, waiter, link);
		waiter->fn(waiter->arg, rc);
		free(waiter);
	}
}

void
bdev_nvme_on_app_thread(spdk_msg_fn fn, void *arg)
{
	struct spdk_thread *app = spdk_thread_get_app_thread();

	if (spdk_get_thread() == app) {
		fn(arg);
	} else if (spdk_thread_send_msg(app, fn, arg) != 0) {
		SPDK_ERRLOG("The app thread takes no messages: NVMe controllers cannot be looked "
			    "after.\n");
		abort(); /* What waits for the answer would wait for ever. */
	}
}

/* ---- Namespaces ---- */

static bool
is_usable(const struct nvme_dev *dev, uint32_t nsid)
{
	return dev->state != NVME_DEV_LEAVING && spdk_nvme_ctrlr_is_active_ns(dev->ctrlr, nsid);
}

void
bdev_nvme_dev_update_disks(struct nvme_dev *dev)
{
	struct nvme_disk *disk, *next;
	uint32_t nsid;
	int rc;

	TAILQ_FOREACH_SAFE (disk, &dev->disks, link, next) {
		if (is_usable(dev, disk->nsid)) {
			bdev_nvme_disk_update(disk);
		} else {
			bdev_nvme_disk_remove(disk);
		}
	}
	if (dev->state == NVME_DEV_LEAVING || bdev_nvme_is_finishing()) {
		return; /* A disk that went with the application must not come again. */
	}
	for (nsid = spdk_nvme_ctrlr_get_first_active_ns(dev->ctrlr); nsid != 0;
	     nsid = spdk_nvme_ctrlr_get_next_active_ns(dev->ctrlr, nsid)) {
		if (bdev_nvme_disk_find(dev, nsid) != NULL) {
			continue;
		}
		rc = bdev_nvme_disk_create(dev, nsid);
		if (rc != 0) {
			SPDK_ERRLOG("Namespace %u of NVMe controller %s (%s) does not become a "
				    "bdev: %s\n",
				    nsid, dev->name, dev->trid.traddr, spdk_strerror(-rc));
		}
	}
}

static void
async_event(void *arg, const struct spdk_nvme_cpl *cpl)
{
	union spdk_nvme_async_event_completion event;
	struct nvme_dev *dev = arg;

	if (spdk_nvme_cpl_is_error(cpl)) {
		return; /* Aborted with the admin queue; a reset asks anew. */
	}
	event.raw = cpl->cdw0;
	if (event.bits.async_event_type == SPDK_NVME_ASYNC_EVENT_TYPE_NOTICE &&
	    event.bits.async_event_info == SPDK_NVME_ASYNC_EVENT_NS_ATTR_CHANGED) {
		bdev_nvme_dev_update_disks(dev);
	}
}

/* ---- A device ---- */

static int
fill(struct nvme_dev *dev, const struct nvme_attach_spec *spec)
{
	dev->trid = spec->trid;
	dev->opts = spec->bdev_opts;
	/* Those were for the way there. */
	dev->opts.psk = dev->opts.dhchap_key = dev->opts.dhchap_ctrlr_key = NULL;
	dev->num_io_queues = spec->drv_opts.num_io_queues;
	dev->is_hot = spec->is_hot;
	spdk_strcpy_pad(dev->hostnqn, spec->drv_opts.hostnqn, sizeof(dev->hostnqn) - 1, '\0');
	TAILQ_INIT(&dev->disks);
	TAILQ_INIT(&dev->reset_waiters);
	TAILQ_INIT(&dev->late_waiters);
	TAILQ_INIT(&dev->leave_waiters);
	bdev_nvme_injections_init(dev);
	dev->name = strdup(spec->name);
	return dev->name != NULL ? 0 : -ENOMEM;
}

static void
remove_cb(void *arg, struct spdk_nvme_ctrlr *ctrlr)
{
	bdev_nvme_dev_removed(arg);
}

int
bdev_nvme_dev_create(const struct nvme_attach_spec *spec, struct spdk_nvme_ctrlr *ctrlr,
		     struct nvme_dev **out_dev)
{
	struct nvme_dev *dev = calloc(1, sizeof(*dev));
	int rc;

	if (dev == NULL) {
		return -ENOMEM;
	}
	rc = fill(dev, spec);
	if (rc != 0) {
		goto free_dev;
	}
	dev->ctrlr = ctrlr;
	rc = bdev_nvme_links_register(dev);
	if (rc != 0) {
		goto free_dev;
	}
	rc = bdev_nvme_admin_start(dev);
	if (rc != 0) {
		goto unregister;
	}
	rc = bdev_nvme_detach_prepare(dev);
	if (rc != 0) {
		goto stop_admin;
	}
	TAILQ_INSERT_TAIL(&g_devs, dev, link);
	spdk_nvme_ctrlr_set_remove_cb(ctrlr, remove_cb, dev);
	spdk_nvme_ctrlr_register_aer_callback(ctrlr, async_event, dev);
	bdev_nvme_timeouts_start(dev);
	*out_dev = dev;
	return 0;

stop_admin:
	bdev_nvme_admin_stop(dev);
unregister:
	spdk_io_device_unregister(dev, NULL);
	bdev_nvme_links_free(dev);
free_dev:
	bdev_nvme_injections_fini(dev);
	free(dev->name);
	free(dev);
	return rc;
}

void
bdev_nvme_dev_free(struct nvme_dev *dev)
{
	TAILQ_REMOVE(&g_devs, dev, link);
	bdev_nvme_links_free(dev);
	bdev_nvme_injections_fini(dev);
	free(dev->name);
	free(dev);
}
