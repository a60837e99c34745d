/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Commands that take too long: what is done about them, by action_on_timeout.
 *
 *   none    a message, once for each command
 *   abort   the command is aborted; where that does not work, as with reset. So with admin
 * commands. reset   the controller is reset; what was under way is tried again
 *
 * A controller that says that it is in a fatal state is reset in any case.
 */
#include "bdev_nvme.h"
#include "nvme_device.h"
#include "spdk/string.h"

/* On the app thread, which polls the admin queue. */
static void
abort_done(void *arg, const struct spdk_nvme_cpl *cpl)
{
	struct nvme_dev *dev = arg;

	/* Bit 0 of dword 0: it was not aborted. */
	if (spdk_nvme_cpl_is_error(cpl) || (cpl->cdw0 & 1) != 0) {
		bdev_nvme_reset_soon(dev);
	}
}

static const char *
action_name(bool is_fatal, bool is_admin)
{
	if (is_fatal) {
		return "it is in a fatal state and is reset";
	}
	switch (g_bdev_nvme_opts.action_on_timeout) {
	case SPDK_BDEV_NVME_TIMEOUT_ACTION_RESET:
		return "the controller is reset";
	case SPDK_BDEV_NVME_TIMEOUT_ACTION_ABORT:
		return is_admin ? "the controller is reset" : "it is aborted";
	default:
		return "it goes on (action_on_timeout is none)";
	}
}

static void
timed_out(void *arg, struct spdk_nvme_ctrlr *ctrlr, struct spdk_nvme_qpair *qpair, uint16_t cid)
{
	union spdk_nvme_csts_register csts = spdk_nvme_ctrlr_get_regs_csts(ctrlr);
	struct nvme_dev *dev = arg;
	/* All ones: it is not there any more, which others see. */
	bool is_fatal = csts.bits.cfs != 0 && csts.raw != UINT32_MAX;
	enum spdk_bdev_timeout_action action = g_bdev_nvme_opts.action_on_timeout;

	SPDK_WARNLOG("NVMe controller %s (%s): command %u of %s queue takes longer than its "
		     "timeout: %s.\n",
		     dev->name, dev->trid.traddr, cid, qpair == NULL ? "the admin" : "an I/O",
		     action_name(is_fatal, qpair == NULL));
	if (!is_fatal && action == SPDK_BDEV_NVME_TIMEOUT_ACTION_NONE) {
		return;
	}
	if (!is_fatal && action == SPDK_BDEV_NVME_TIMEOUT_ACTION_ABORT && qpair != NULL &&
	    spdk_nvme_ctrlr_cmd_abort(ctrlr, qpair, cid, abort_done, dev) == 0) {
		return;
	}
	bdev_nvme_reset_soon(dev);
}

void
bdev_nvme_timeouts_start(struct nvme_dev *dev)
{
	const struct spdk_bdev_nvme_opts *opts = &g_bdev_nvme_opts;
	uint64_t admin_us = opts->timeout_admin_us != 0 ? opts->timeout_admin_us : opts->timeout_us;

	if (opts->timeout_us == 0 && admin_us == 0) {
		return;
	}
	spdk_nvme_ctrlr_register_timeout_callback(dev->ctrlr, opts->timeout_us, admin_us, timed_out,
						  dev);
}
