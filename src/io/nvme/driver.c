/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The list of attached controllers, and what the process is called.
 *
 * The lock guards the list and the counts of attaches. It is held for moments, never while a
 * callback of an application runs or a controller is waited for.
 */
#include "io/nvme/driver.h"

static pthread_mutex_t g_lock = PTHREAD_MUTEX_INITIALIZER;
static TAILQ_HEAD(, spdk_nvme_ctrlr) g_attached = TAILQ_HEAD_INITIALIZER(g_attached);
static pthread_once_t g_host_once = PTHREAD_ONCE_INIT;
static struct spdk_uuid g_host;

void
nvme_driver_lock(void)
{
	pthread_mutex_lock(&g_lock);
}

void
nvme_driver_unlock(void)
{
	pthread_mutex_unlock(&g_lock);
}

static void
make_host_id(void)
{
	spdk_uuid_generate(&g_host);
}

void
nvme_driver_host_id(struct spdk_uuid *out_id)
{
	(void)pthread_once(&g_host_once, make_host_id); /* Fails for no valid argument. */
	*out_id = g_host;
}

struct spdk_nvme_ctrlr *
nvme_driver_find(const struct spdk_nvme_transport_id *trid)
{
	struct spdk_nvme_ctrlr *ctrlr;

	TAILQ_FOREACH (ctrlr, &g_attached, driver_link) {
		if (spdk_nvme_transport_id_compare(&ctrlr->trid, trid) == 0) {
			return ctrlr;
		}
	}
	return NULL;
}

void
nvme_driver_add(struct spdk_nvme_ctrlr *ctrlr)
{
	nvme_driver_lock();
	ctrlr->attach_count = 1;
	TAILQ_INSERT_TAIL(&g_attached, ctrlr, driver_link);
	nvme_driver_unlock();
}

struct spdk_nvme_ctrlr *
nvme_driver_attach_again(const struct spdk_nvme_transport_id *trid)
{
	struct spdk_nvme_ctrlr *ctrlr;

	nvme_driver_lock();
	ctrlr = nvme_driver_find(trid);
	if (ctrlr != NULL) {
		ctrlr->attach_count++;
	}
	nvme_driver_unlock();
	return ctrlr;
}

bool
nvme_driver_release(struct spdk_nvme_ctrlr *ctrlr)
{
	bool is_last;

	nvme_driver_lock();
	assert(ctrlr->attach_count > 0);
	is_last = --ctrlr->attach_count == 0;
	if (is_last) {
		TAILQ_REMOVE(&g_attached, ctrlr, driver_link);
	}
	nvme_driver_unlock();
	return is_last;
}

/* Empty fields match all. */
static bool
matches(const struct spdk_nvme_ctrlr *ctrlr, const struct spdk_nvme_transport_id *trid)
{
	if (trid == NULL) {
		return true;
	}
	if (strcasecmp(trid->trstring, ctrlr->trid.trstring) != 0) {
		return false;
	}
	return trid->traddr[0] == '\0' || spdk_nvme_transport_id_compare(trid, &ctrlr->trid) == 0;
}

/* Asks the machine; costs a read of a register for each controller. */
static void
look(struct spdk_nvme_ctrlr *ctrlr)
{
	union spdk_nvme_csts_register csts;

	if (ctrlr->is_removed || ctrlr->pci_device == NULL) {
		return;
	}
	if (spdk_pci_device_is_removed(ctrlr->pci_device)) {
		nvme_ctrlr_mark_removed(ctrlr);
	} else {
		/* It marks the controller if need be, which is all that is wanted here. */
		(void)nvme_ctrlr_read_csts(ctrlr, &csts);
	}
}

/* The next controller whose application is to be told, and how. */
static struct spdk_nvme_ctrlr *
take_removed(const struct spdk_nvme_transport_id *trid, spdk_nvme_remove_cb *out_cb, void **out_arg)
{
	struct spdk_nvme_ctrlr *ctrlr;

	nvme_driver_lock();
	TAILQ_FOREACH (ctrlr, &g_attached, driver_link) {
		if (!matches(ctrlr, trid)) {
			continue;
		}
		look(ctrlr);
		if (ctrlr->is_removed && !ctrlr->is_removal_reported &&
		    ctrlr->remove_cb_fn != NULL) {
			ctrlr->is_removal_reported = true;
			*out_cb = ctrlr->remove_cb_fn;
			*out_arg = ctrlr->remove_cb_arg;
			break;
		}
	}
	nvme_driver_unlock();
	return ctrlr;
}

void
nvme_driver_report_removed(const struct spdk_nvme_transport_id *trid)
{
	struct spdk_nvme_ctrlr *ctrlr;
	spdk_nvme_remove_cb cb_fn;
	void *cb_arg;

	/* From the start each time: the callback may detach any of them. */
	while ((ctrlr = take_removed(trid, &cb_fn, &cb_arg)) != NULL) {
		cb_fn(cb_arg, ctrlr);
	}
}

void
nvme_driver_look_at(const struct spdk_pci_addr *addr)
{
	struct spdk_nvme_ctrlr *ctrlr;
	struct spdk_pci_addr own;

	nvme_driver_lock();
	TAILQ_FOREACH (ctrlr, &g_attached, driver_link) {
		if (ctrlr->pci_device == NULL) {
			continue;
		}
		own = spdk_pci_device_get_addr(ctrlr->pci_device);
		/* Another OS thread may have attached another one there since the event was read.
		 */
		if (spdk_pci_addr_compare(&own, addr) == 0) {
			look(ctrlr);
		}
	}
	nvme_driver_unlock();
}
