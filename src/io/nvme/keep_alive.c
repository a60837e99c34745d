/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Keep alive commands: twice in the time that the controller gives the host, by who polls the admin
 * queue. One is under way at most.
 */
#include "io/nvme/ctrlr.h"

#include "spdk/log.h"

static void
done(void *arg, const struct spdk_nvme_cpl *cpl)
{
	struct spdk_nvme_ctrlr *ctrlr = arg;

	ctrlr->is_keep_alive_pending = false;
	if (spdk_nvme_cpl_is_error(cpl) && !spdk_nvme_cpl_is_aborted_sq_deletion(cpl)) {
		SPDK_ERRLOG("NVMe controller %s: keep alive failed (sct 0x%x, sc 0x%x).\n",
			    nvme_ctrlr_name(ctrlr), cpl->status.sct, cpl->status.sc);
	}
}

void
nvme_keep_alive_poll(struct spdk_nvme_ctrlr *ctrlr)
{
	struct nvme_admin_command command = {.cb_fn = done, .cb_arg = ctrlr};
	uint64_t now;

	if (ctrlr->keep_alive_ticks == 0 || ctrlr->is_keep_alive_pending) {
		return;
	}
	now = spdk_get_ticks();
	if (now < ctrlr->keep_alive_next) {
		return;
	}
	command.cmd.opc = SPDK_NVME_OPC_KEEP_ALIVE;
	ctrlr->is_keep_alive_pending = nvme_admin_submit(ctrlr, &command) == 0;
	ctrlr->keep_alive_next = now + ctrlr->keep_alive_ticks;
}
