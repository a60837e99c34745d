/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Block devices of NVMe controllers.
 *
 *   device   struct nvme_dev: a controller that is attached, by a name. Belongs to the app thread.
 *   disk     struct nvme_disk: a namespace as a block device, NAMEn1, NAMEn2...
 *   group    struct nvme_group: what all queue pairs of a thread are polled by.
 *   link     struct nvme_link: a thread's queue pair to a device: the channel of the device.
 *   path     struct nvme_path: a disk through a link: the channel of the disk.
 *   I/O      struct nvme_io: what the module keeps of an I/O.
 *
 * Each has its header, nvme_device.h, nvme_disk.h, nvme_link.h (with groups and paths) and
 * nvme_io.h. This one is about the module as a whole: options, attaching, hot plug, its end.
 */
#ifndef SPINDLE_BDEV_NVME_H
#define SPINDLE_BDEV_NVME_H

#include "modules/bdev/answer.h"
#include "spdk/bdev_module.h"
#include "spdk/module/bdev/nvme.h"
#include "spdk/nvme.h"

struct nvme_dev;

typedef void (*nvme_done_fn)(void *arg, int rc);

/* What spdk_bdev_nvme_delete() takes: which way to a controller is meant. */
struct spdk_nvme_path_id {
	struct spdk_nvme_transport_id trid;
	struct spdk_nvme_host_id hostid;
};

extern struct spdk_bdev_module g_bdev_nvme_module;

/* ---- opts.c: what holds for all ---- */

extern struct spdk_bdev_nvme_opts g_bdev_nvme_opts;

int bdev_nvme_opts_set(const struct spdk_bdev_nvme_opts *opts, struct bdev_reason *reason);
/* Of one controller. */
int bdev_nvme_ctrlr_opts_check(const struct spdk_bdev_nvme_ctrlr_opts *opts,
			       struct bdev_reason *reason);
void bdev_nvme_opts_config_json(struct spdk_json_write_ctx *w);
const char *bdev_nvme_policy_name(uint8_t policy);
const char *bdev_nvme_selector_name(uint8_t selector);

/* ---- attach.c ---- */

struct nvme_attach_spec {
	const char *name;
	struct spdk_nvme_transport_id trid;
	struct spdk_nvme_ctrlr_opts drv_opts;
	struct spdk_bdev_nvme_ctrlr_opts bdev_opts;
	bool is_hot;
};

typedef void (*nvme_attach_fn)(void *arg, struct nvme_dev *dev, int rc,
			       const struct bdev_reason *reason);

/* The options that the driver gets, before an application changes any. */
void bdev_nvme_drv_opts_init(struct spdk_nvme_ctrlr_opts *opts);
/* Those of the module that the driver's options have as well. */
void bdev_nvme_drv_opts_apply(struct spdk_nvme_ctrlr_opts *opts);
/* 0, and fn runs later; or -errno, with a reason. */
int bdev_nvme_attach(const struct nvme_attach_spec *spec, struct bdev_reason *reason,
		     nvme_attach_fn fn, void *arg);
/* Whether one is under way. */
bool bdev_nvme_is_attaching(void);
/* Those under way end as soon as they can, with -ECANCELED. */
void bdev_nvme_attach_stop(void);

/* ---- hotplug.c ---- */

void bdev_nvme_hotplug_start(void);
/* Nothing new is taken any more. */
void bdev_nvme_hotplug_stop(void);
void bdev_nvme_hotplug_fini(void);
/* It looks through the bus at this moment. */
bool bdev_nvme_hotplug_is_busy(void);
int bdev_nvme_hotplug_set(bool is_enabled, uint64_t period_us);
void bdev_nvme_hotplug_config_json(struct spdk_json_write_ctx *w);
/* An address that was detached by hand is not taken again by itself. */
void bdev_nvme_hotplug_skip(const struct spdk_nvme_transport_id *trid);
void bdev_nvme_hotplug_unskip(const struct spdk_nvme_transport_id *trid);

/* ---- info.c ---- */

/* A field of fixed size, filled with blanks. */
void bdev_nvme_write_field(struct spdk_json_write_ctx *w, const char *key, const void *field,
			   size_t size);
void bdev_nvme_write_trid(struct spdk_json_write_ctx *w, const struct spdk_nvme_transport_id *trid);
int bdev_nvme_config_json(struct spdk_json_write_ctx *w);

/* ---- module.c ---- */

bool bdev_nvme_is_finishing(void);
/* A device is gone, or an attachment is over: the module may be waiting for it to end. */
void bdev_nvme_module_go_on(void);

#endif
