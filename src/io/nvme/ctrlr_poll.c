/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Polling the admin queue, and looking now and then whether the controller is well: one that has
 * been pulled out, or has had a fatal error, completes nothing that would tell.
 */
#include "io/nvme/ctrlr.h"

#include "spdk/log.h"

/* A read of a register costs a microsecond: not with each poll. */
#define HEALTH_CHECK_MS 100

int
nvme_ctrlr_check_health(struct spdk_nvme_ctrlr *ctrlr)
{
	union spdk_nvme_csts_register csts;

	if (ctrlr->pci_device != NULL && spdk_pci_device_is_removed(ctrlr->pci_device)) {
		nvme_ctrlr_mark_removed(ctrlr);
		return -ENXIO;
	}
	if (nvme_ctrlr_read_csts(ctrlr, &csts) != 0) {
		return nvme_ctrlr_has_gone(ctrlr) ? -ENXIO : 0;
	}
	if (csts.bits.cfs && !ctrlr->is_quiesced) {
		SPDK_ERRLOG("NVMe controller %s reports a fatal error (CSTS.CFS = 1).\n",
			    nvme_ctrlr_name(ctrlr));
		nvme_ctrlr_fail(ctrlr);
		return -ENXIO;
	}
	return 0;
}

static int32_t
poll_locked(struct spdk_nvme_ctrlr *ctrlr)
{
	int32_t rc;

	if (ctrlr->is_resetting) {
		/* Who resets it polls it. Programs that only disconnect it wait for the error. */
		return ctrlr->adminq->state == NVME_QPAIR_DISCONNECTED ? -ENXIO : 0;
	}
	if (spdk_get_ticks() >= ctrlr->health_check_next) {
		ctrlr->health_check_next = nvme_deadline_ms(HEALTH_CHECK_MS);
		/* What it marks is looked at below. */
		(void)nvme_ctrlr_check_health(ctrlr);
	}
	if (nvme_ctrlr_has_gone(ctrlr)) {
		/* Nothing comes back from a device that is gone, and no reset ends what it had. */
		nvme_ctrlr_disconnect_admin(ctrlr);
		return -ENXIO;
	}
	if (nvme_ctrlr_has_failed(ctrlr)) {
		return -ENXIO;
	}
	nvme_keep_alive_poll(ctrlr);
	rc = nvme_transport_process_events(ctrlr);
	if (rc != 0) {
		return rc;
	}
	rc = spdk_nvme_qpair_process_completions(ctrlr->adminq, 0);
	if (rc < 0) {
		nvme_ctrlr_fail(ctrlr);
	}
	return rc;
}

int32_t
spdk_nvme_ctrlr_process_admin_completions(struct spdk_nvme_ctrlr *ctrlr)
{
	int32_t rc;

	nvme_ctrlr_lock(ctrlr);
	rc = poll_locked(ctrlr);
	nvme_ctrlr_unlock(ctrlr);
	nvme_deliver(ctrlr);
	return rc;
}

int
spdk_nvme_ctrlr_get_admin_qp_fd(struct spdk_nvme_ctrlr *ctrlr, struct spdk_event_handler_opts *opts)
{
	return spdk_nvme_qpair_get_fd(ctrlr->adminq, opts);
}

spdk_nvme_qp_failure_reason
spdk_nvme_ctrlr_get_admin_qp_failure_reason(struct spdk_nvme_ctrlr *ctrlr)
{
	return spdk_nvme_qpair_get_failure_reason(ctrlr->adminq);
}
