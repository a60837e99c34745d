/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The functions of spdk/module/bdev/nvme.h for programs.
 */
#include "bdev_nvme.h"
#include "nvme_device.h"
#include "nvme_disk.h"
#include "spdk/string.h"

/* ---- Creating ---- */

struct creation {
	const char **names;
	uint32_t count;
	spdk_bdev_nvme_create_cb cb_fn;
	void *cb_ctx;
};

static void
created(void *arg, struct nvme_dev *dev, int rc, const struct bdev_reason *reason)
{
	struct creation *creation = arg;
	const struct nvme_disk *disk;
	size_t count = 0;

	if (rc != 0) {
		SPDK_ERRLOG("NVMe controller is not attached: %s%s%s\n", spdk_strerror(-rc),
			    reason->text[0] != '\0' ? ": " : "", reason->text);
	} else {
		TAILQ_FOREACH (disk, &dev->disks, link) {
			if (creation->names != NULL && count == creation->count) {
				break; /* No room: who reads the names reads so many. */
			}
			if (creation->names != NULL) {
				creation->names[count] = disk->bdev.name;
			}
			count++;
		}
	}
	if (creation->cb_fn != NULL) {
		creation->cb_fn(creation->cb_ctx, count, rc);
	}
	free(creation);
}

/* 0 is for what is usual. */
static void
fill_multipath(struct spdk_bdev_nvme_ctrlr_opts *opts)
{
	if (opts->multipath_selector == 0) {
		opts->multipath_selector = SPDK_BDEV_NVME_MULTIPATH_SELECTOR_ROUND_ROBIN;
	}
	if (opts->multipath_min_io == 0) {
		opts->multipath_min_io = 1;
	}
}

int
spdk_bdev_nvme_create(struct spdk_nvme_transport_id *trid, const char *base_name,
		      const char **names, uint32_t count, spdk_bdev_nvme_create_cb cb_fn,
		      void *cb_ctx, struct spdk_nvme_ctrlr_opts *drv_opts,
		      struct spdk_bdev_nvme_ctrlr_opts *bdev_opts)
{
	struct nvme_attach_spec spec = {.name = base_name};
	struct bdev_reason reason = {""};
	struct creation *creation;
	int rc;

	if (trid == NULL || base_name == NULL) {
		SPDK_ERRLOG("spdk_bdev_nvme_create() needs a transport id and a name.\n");
		return -EINVAL;
	}
	creation = calloc(1, sizeof(*creation));
	if (creation == NULL) {
		return -ENOMEM;
	}
	*creation = (struct creation){names, count, cb_fn, cb_ctx};
	spec.trid = *trid;
	if (drv_opts != NULL) {
		spec.drv_opts = *drv_opts;
	} else {
		bdev_nvme_drv_opts_init(&spec.drv_opts);
	}
	bdev_nvme_drv_opts_apply(&spec.drv_opts);
	if (bdev_opts != NULL) {
		spec.bdev_opts = *bdev_opts;
		fill_multipath(&spec.bdev_opts);
	} else {
		spdk_bdev_nvme_get_default_ctrlr_opts(&spec.bdev_opts);
	}
	rc = bdev_nvme_attach(&spec, &reason, created, creation);
	if (rc != 0) {
		SPDK_ERRLOG("NVMe controller %s is not attached: %s%s%s\n", trid->traddr,
			    spdk_strerror(-rc), reason.text[0] != '\0' ? ": " : "", reason.text);
		free(creation);
	}
	return rc;
}

/* ---- Deleting ---- */

struct deletion {
	struct spdk_thread *thread;
	spdk_bdev_nvme_delete_cb cb_fn;
	void *cb_ctx;
	int rc;
};

static void
tell_deleted(void *arg)
{
	struct deletion *deletion = arg;

	deletion->cb_fn(deletion->cb_ctx, deletion->rc);
	free(deletion);
}

static void
deleted(void *arg, int rc)
{
	struct deletion *deletion = arg;

	deletion->rc = rc;
	if (deletion->thread == spdk_get_thread() ||
	    spdk_thread_send_msg(deletion->thread, tell_deleted, deletion) != 0) {
		tell_deleted(deletion);
	}
}

static bool
is_its_path(const struct nvme_dev *dev, const struct spdk_nvme_path_id *path_id)
{
	return path_id == NULL || spdk_nvme_transport_id_compare(&dev->trid, &path_id->trid) == 0;
}

int
spdk_bdev_nvme_delete(const char *name, const struct spdk_nvme_path_id *path_id,
		      spdk_bdev_nvme_delete_cb delete_cb, void *cb_ctx)
{
	struct deletion *deletion = NULL;
	struct nvme_dev *dev;
	int rc;

	if (name == NULL) {
		return -EINVAL;
	}
	dev = bdev_nvme_find(name);
	if (dev == NULL || !is_its_path(dev, path_id)) {
		return -ENODEV;
	}
	if (delete_cb != NULL) {
		deletion = calloc(1, sizeof(*deletion));
		if (deletion == NULL) {
			return -ENOMEM;
		}
		*deletion = (struct deletion){spdk_get_thread(), delete_cb, cb_ctx, 0};
	}
	bdev_nvme_hotplug_skip(&dev->trid);
	rc = bdev_nvme_detach(dev, deletion != NULL ? deleted : NULL, deletion);
	if (rc != 0) {
		free(deletion);
	}
	return rc;
}

/* ---- Paths ---- */

void
spdk_bdev_nvme_set_multipath_policy(const char *name, enum spdk_bdev_nvme_multipath_policy policy,
				    enum spdk_bdev_nvme_multipath_selector selector,
				    uint32_t rr_min_io,
				    spdk_bdev_nvme_set_multipath_policy_cb cb_fn, void *cb_arg)
{
	struct nvme_disk *disk = name != NULL ? bdev_nvme_disk_by_name(name) : NULL;
	struct spdk_bdev_nvme_ctrlr_opts opts;
	struct bdev_reason reason = {""};
	int rc = -ENODEV;

	if (disk != NULL) {
		opts = disk->dev->opts;
		opts.multipath_policy = (uint8_t)policy;
		if (policy == SPDK_BDEV_NVME_MULTIPATH_POLICY_ACTIVE_ACTIVE) {
			opts.multipath_selector = (uint8_t)selector;
			if (rr_min_io != UINT32_MAX) {
				opts.multipath_min_io = rr_min_io;
			}
			fill_multipath(&opts);
		}
		rc = bdev_nvme_ctrlr_opts_check(&opts, &reason);
	}
	if (rc == 0) {
		disk->dev->opts = opts;
	} else if (reason.text[0] != '\0') {
		SPDK_ERRLOG("The policy of bdev %s stays: %s.\n", name, reason.text);
	}
	cb_fn(cb_arg, rc);
}

/* ---- Looking around ---- */

static struct nvme_dev *
dev_of(struct spdk_bdev_nvme_ctrlr *handle)
{
	return (struct nvme_dev *)handle;
}

static struct spdk_bdev_nvme_ctrlr *
handle_of(struct nvme_dev *dev)
{
	return (struct spdk_bdev_nvme_ctrlr *)dev;
}

struct spdk_bdev_nvme_ctrlr *
spdk_bdev_nvme_first_bdev_ctrlr(void)
{
	return handle_of(bdev_nvme_first());
}

struct spdk_bdev_nvme_ctrlr *
spdk_bdev_nvme_next_bdev_ctrlr(struct spdk_bdev_nvme_ctrlr *prev)
{
	return handle_of(bdev_nvme_next(dev_of(prev)));
}

const char *
spdk_bdev_nvme_ctrlr_get_name(struct spdk_bdev_nvme_ctrlr *nbdev_ctrlr)
{
	return dev_of(nbdev_ctrlr)->name;
}

struct spdk_nvme_ctrlr *
spdk_bdev_nvme_ctrlr_first_ctrlr(struct spdk_bdev_nvme_ctrlr *nbdev_ctrlr)
{
	return dev_of(nbdev_ctrlr)->ctrlr;
}

struct spdk_nvme_ctrlr *
spdk_bdev_nvme_ctrlr_next_ctrlr(struct spdk_bdev_nvme_ctrlr *nbdev_ctrlr,
				struct spdk_nvme_ctrlr *prev)
{
	return NULL; /* Each has one. */
}

const struct spdk_bdev_nvme_ctrlr_opts *
spdk_bdev_nvme_ctrlr_get_opts(struct spdk_bdev_nvme_ctrlr *nbdev_ctrlr,
			      struct spdk_nvme_ctrlr *ctrlr)
{
	const struct nvme_dev *dev = dev_of(nbdev_ctrlr);

	return dev != NULL && (ctrlr == NULL || ctrlr == dev->ctrlr) ? &dev->opts : NULL;
}
