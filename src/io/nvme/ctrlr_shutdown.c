/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Telling a controller that the host leaves it, so that it need not recover when it starts again.
 *
 * Over are: notices that the controller has acknowledged, those that took too long, and those that
 * were not given, since the application wished so, the controller has failed, or is gone.
 */
#include "io/nvme/ctrlr.h"

#include "spdk/log.h"

#define REGISTER(field) offsetof(struct spdk_nvme_registers, field)
/* RTD3E is in microseconds, and some controllers say 0 or next to nothing. */
#define SHUTDOWN_MS_MIN 10000
/* A controller that claims to need more is not believed. */
#define SHUTDOWN_MS_MAX 120000

static uint64_t
time_limit_ms(const struct spdk_nvme_ctrlr *ctrlr)
{
	uint64_t ms = (ctrlr->cdata.rtd3e + 999ULL) / 1000;

	if (ms < SHUTDOWN_MS_MIN) {
		return SHUTDOWN_MS_MIN;
	}
	return ms > SHUTDOWN_MS_MAX ? SHUTDOWN_MS_MAX : ms;
}

void
nvme_shutdown_begin(struct spdk_nvme_ctrlr *ctrlr, struct nvme_shutdown *shutdown)
{
	union spdk_nvme_cc_register cc;

	*shutdown = (struct nvme_shutdown){0};
	if (ctrlr->is_removed || ctrlr->is_failed || ctrlr->is_quiesced ||
	    ctrlr->opts.no_shn_notification ||
	    nvme_transport_read_4(ctrlr, REGISTER(cc), &cc.raw) != 0 || !cc.bits.en) {
		return;
	}
	cc.bits.shn = SPDK_NVME_SHN_NORMAL;
	if (nvme_transport_write_4(ctrlr, REGISTER(cc), cc.raw) != 0) {
		return;
	}
	shutdown->is_waiting = true;
	shutdown->deadline = nvme_deadline_ms(time_limit_ms(ctrlr));
}

bool
nvme_shutdown_poll(struct spdk_nvme_ctrlr *ctrlr, struct nvme_shutdown *shutdown)
{
	union spdk_nvme_csts_register csts;

	if (!shutdown->is_waiting) {
		return true;
	}
	if (nvme_ctrlr_read_csts(ctrlr, &csts) != 0) {
		return true;
	}
	if (csts.bits.shst == SPDK_NVME_SHST_COMPLETE) {
		/* It does nothing any more until it is enabled anew. */
		ctrlr->is_quiesced = true;
		return true;
	}
	if (!csts.bits.cfs && spdk_get_ticks() < shutdown->deadline) {
		return false;
	}
	SPDK_ERRLOG("NVMe controller %s has not shut down: %s (CSTS 0x%x). It may have to recover "
		    "when it starts again.\n",
		    nvme_ctrlr_name(ctrlr), csts.bits.cfs ? "it has failed" : "its time is over",
		    csts.raw);
	return true;
}
