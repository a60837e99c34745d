/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What is one for the process: the list of controllers that are attached, and looking for them.
 *
 * driver lock > ctrlr->lock, where both are held. No callback of an application runs under the
 * driver's lock.
 */
#ifndef SPINDLE_NVME_DRIVER_H
#define SPINDLE_NVME_DRIVER_H

#include "env/pci_device.h"
#include "io/nvme/ctrlr.h"
#include "spdk/uuid.h"

struct spdk_nvme_probe_ctx {
	struct spdk_nvme_transport_id trid;
	const struct spdk_nvme_ctrlr_opts *opts;
	void *cb_ctx;
	spdk_nvme_probe_cb probe_cb;
	spdk_nvme_attach_cb attach_cb;
	spdk_nvme_attach_fail_cb attach_fail_cb;
	spdk_nvme_remove_cb remove_cb;
	TAILQ_HEAD(, spdk_nvme_ctrlr) init_ctrlrs;
	/* Why there is nothing at the address; "": the scan offered it, or has explained itself. */
	char reason[ENV_PCI_REASON_SIZE];
	/* What `opts` points to, of a connect. */
	struct spdk_nvme_ctrlr_opts connect_opts;
	/* The controller of a connect, which somebody had attached already. */
	struct spdk_nvme_ctrlr *attached_before;
};

/*
 * By a transport's scan, for each controller that it finds. 0: it is taken, and its initialisation
 * begins; 1: it is not wanted; or -errno.
 */
int nvme_probe_found(struct spdk_nvme_probe_ctx *probe_ctx,
		     const struct spdk_nvme_transport_id *trid, void *devhandle);
/* The attached controller with this id, or NULL; the caller holds the driver's lock. */
struct spdk_nvme_ctrlr *nvme_driver_find(const struct spdk_nvme_transport_id *trid);
/* What this process calls itself, towards controllers. */
void nvme_driver_host_id(struct spdk_uuid *out_id);
void nvme_driver_add(struct spdk_nvme_ctrlr *ctrlr);
/* Attaches one that is attached once more. NULL: there is none. */
struct spdk_nvme_ctrlr *nvme_driver_attach_again(const struct spdk_nvme_transport_id *trid);
/* Gives back one attach. True: it was the last, and the controller is off the list. */
bool nvme_driver_release(struct spdk_nvme_ctrlr *ctrlr);
/* An event says that the device there is gone: asks it. */
void nvme_driver_look_at(const struct spdk_pci_addr *addr);
/* detach.c: stops it, ends all that is under way, frees it. It is on no list. */
void nvme_ctrlr_destroy(struct spdk_nvme_ctrlr *ctrlr);
/*
 * Looks at attached controllers with this id (empty fields match all; NULL: all) for ones that have
 * been removed, and tells their applications, once.
 */
void nvme_driver_report_removed(const struct spdk_nvme_transport_id *trid);
/* hotplug.c: takes in what the kernel has told of devices that came and went. */
void nvme_hotplug_poll(void);
void nvme_driver_lock(void);
void nvme_driver_unlock(void);

#endif
