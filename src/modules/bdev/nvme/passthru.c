/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Commands that go to the controller as they are; aborts and resets, which reach beyond the thread.
 *
 * Admin commands, aborts and resets are answered on the app thread; the answer goes back to the
 * thread of the I/O by a message. They are not counted in a group: nothing is outstanding there.
 */
#include "nvme_device.h"
#include "nvme_disk.h"
#include "nvme_io.h"
#include "nvme_link.h"
#include "spdk/env.h"

/* ---- Answers from the app thread ---- */

static void
answer_here(void *arg)
{
	struct nvme_io *nio = arg;

	bdev_nvme_io_end(nio, &nio->cpl);
}

static void
answer(struct nvme_io *nio, spdk_msg_fn fn)
{
	struct spdk_thread *thread = spdk_bdev_io_get_thread(bdev_io_of(nio));

	if (spdk_thread_send_msg(thread, fn, nio) != 0) {
		SPDK_ERRLOG("Thread %s takes no messages, so an I/O to an NVMe controller would "
			    "never end.\n",
			    spdk_thread_get_name(thread));
		abort();
	}
}

/* ---- Passthrough ---- */

static int
check_lengths(const struct nvme_disk *disk, const struct spdk_bdev_io_nvme_passthru_params *params)
{
	uint32_t md_size = spdk_nvme_ns_get_md_size(disk->ns);
	uint32_t sector = spdk_nvme_ns_get_sector_size(disk->ns);

	if (params->nbytes > spdk_nvme_ctrlr_get_max_xfer_size(disk->dev->ctrlr)) {
		SPDK_ERRLOG("A command of %zu bytes is handed through to bdev %s, whose controller "
			    "takes %u at a time.\n",
			    params->nbytes, disk->bdev.name,
			    spdk_nvme_ctrlr_get_max_xfer_size(disk->dev->ctrlr));
		return -EINVAL;
	}
	if (params->md_len != 0 &&
	    (sector == 0 || params->md_len != params->nbytes / sector * md_size)) {
		SPDK_ERRLOG("A command with %zu bytes of metadata for %zu bytes is handed through "
			    "to bdev %s, which has %u for each %u.\n",
			    params->md_len, params->nbytes, disk->bdev.name, md_size, sector);
		return -EINVAL;
	}
	return 0;
}

int
bdev_nvme_io_passthru_submit(struct nvme_io *nio, struct spdk_bdev_io *io)
{
	struct spdk_bdev_io_nvme_passthru_params *params = &io->u.nvme_passthru;
	struct spdk_nvme_ctrlr *ctrlr = nio->path->disk->dev->ctrlr;
	struct spdk_nvme_qpair *qpair = nio->path->link->qpair;
	int rc = check_lengths(nio->path->disk, params);

	if (rc != 0) {
		return rc;
	}
	/* What is asked of a device is for its namespace. */
	params->cmd.nsid = nio->path->disk->nsid;
	switch (io->type) {
	case SPDK_BDEV_IO_TYPE_NVME_IO:
		return spdk_nvme_ctrlr_cmd_io_raw(ctrlr, qpair, &params->cmd, params->buf,
						  (uint32_t)params->nbytes, bdev_nvme_io_done, nio);
	case SPDK_BDEV_IO_TYPE_NVME_IO_MD:
		return spdk_nvme_ctrlr_cmd_io_raw_with_md(ctrlr, qpair, &params->cmd, params->buf,
							  (uint32_t)params->nbytes, params->md_buf,
							  bdev_nvme_io_done, nio);
	default:
		bdev_nvme_vectors_set(nio, params->iovs, params->iovcnt);
		return spdk_nvme_ctrlr_cmd_iov_raw_with_md(
			ctrlr, qpair, &params->cmd, (uint32_t)params->nbytes, params->md_buf,
			bdev_nvme_io_done, nio, bdev_nvme_vectors_reset, bdev_nvme_vectors_next);
	}
}

static void
admin_done(void *arg, const struct spdk_nvme_cpl *cpl)
{
	struct nvme_io *nio = arg;

	nio->cpl = *cpl;
	answer(nio, answer_here);
}

void
bdev_nvme_admin_passthru(struct nvme_io *nio, struct spdk_bdev_io *io)
{
	struct spdk_bdev_io_nvme_passthru_params *params = &io->u.nvme_passthru;
	struct spdk_nvme_ctrlr *ctrlr = nio->path->disk->dev->ctrlr;
	int rc = -EINVAL;

	if (params->nbytes <= spdk_nvme_ctrlr_get_max_xfer_size(ctrlr)) {
		rc = spdk_nvme_ctrlr_cmd_admin_raw(ctrlr, &params->cmd, params->buf,
						   (uint32_t)params->nbytes, admin_done, nio);
	}
	if (rc == -ENOMEM) {
		spdk_bdev_io_complete(io, SPDK_BDEV_IO_STATUS_NOMEM);
	} else if (rc == -ENXIO) {
		bdev_nvme_io_end_no_path(nio);
	} else if (rc != 0) {
		spdk_bdev_io_complete(io, SPDK_BDEV_IO_STATUS_FAILED);
	}
}

/* ---- Aborts ---- */

static void
abort_answered(void *arg)
{
	struct nvme_io *nio = arg;
	/* Bit 0 of dword 0: it was not aborted. */
	bool is_aborted = !spdk_nvme_cpl_is_error(&nio->cpl) && (nio->cpl.cdw0 & 1) == 0;

	spdk_bdev_io_complete(bdev_io_of(nio), is_aborted ? SPDK_BDEV_IO_STATUS_SUCCESS :
							    SPDK_BDEV_IO_STATUS_FAILED);
}

static void
abort_done(void *arg, const struct spdk_nvme_cpl *cpl)
{
	struct nvme_io *nio = arg;

	nio->cpl = *cpl;
	answer(nio, abort_answered);
}

void
bdev_nvme_abort(struct nvme_path *path, struct spdk_bdev_io *io)
{
	static const struct spdk_nvme_cpl aborted = {
		.status = {.sct = SPDK_NVME_SCT_GENERIC, .sc = SPDK_NVME_SC_ABORTED_BY_REQUEST}};
	struct spdk_bdev_io *target = io->u.abort.bio_to_abort;
	struct nvme_io *nio = nvme_io_of(target);
	struct spdk_nvme_qpair *qpair = path->link->qpair;
	int rc;

	if (target->type != SPDK_BDEV_IO_TYPE_RESET && bdev_nvme_retry_remove(nio)) {
		bdev_nvme_io_end(nio, &aborted);
		spdk_bdev_io_complete(io, SPDK_BDEV_IO_STATUS_SUCCESS);
		return;
	}
	if (target->type == SPDK_BDEV_IO_TYPE_NVME_ADMIN) {
		qpair = NULL;
	} else if (target->type == SPDK_BDEV_IO_TYPE_RESET || qpair == NULL) {
		spdk_bdev_io_complete(io, SPDK_BDEV_IO_STATUS_FAILED);
		return;
	}
	rc = spdk_nvme_ctrlr_cmd_abort_ext(path->disk->dev->ctrlr, qpair, nio, abort_done,
					   nvme_io_of(io));
	if (rc != 0) {
		/* -ENOENT: it has ended meanwhile. */
		spdk_bdev_io_complete(io, SPDK_BDEV_IO_STATUS_FAILED);
	}
}

/* ---- Resets ---- */

static void
reset_answered(void *arg)
{
	struct nvme_io *nio = arg;

	spdk_bdev_io_complete(bdev_io_of(nio), nio->cpl.cdw0 == 0 ? SPDK_BDEV_IO_STATUS_SUCCESS :
								    SPDK_BDEV_IO_STATUS_FAILED);
}

static void
reset_done(void *arg, int rc)
{
	struct nvme_io *nio = arg;

	__atomic_fetch_sub(&nio->path->disk->resets, 1, __ATOMIC_ACQ_REL);
	nio->cpl.cdw0 = rc == 0 ? 0 : 1;
	answer(nio, reset_answered);
}

static void
reset_on_app_thread(void *arg)
{
	struct nvme_io *nio = arg;
	struct nvme_disk *disk = nio->path->disk;
	int rc;

	__atomic_fetch_add(&disk->resets, 1, __ATOMIC_ACQ_REL);
	rc = bdev_nvme_reset(disk->dev, reset_done, nio);
	if (rc != 0) {
		reset_done(nio, rc);
	}
}

void
bdev_nvme_reset_io(struct nvme_path *path, struct spdk_bdev_io *io)
{
	bdev_nvme_on_app_thread(reset_on_app_thread, nvme_io_of(io));
}
