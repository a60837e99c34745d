/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * I/Os: which there are, where they go, and how they end.
 */
#include "bdev_nvme.h"
#include "nvme_device.h"
#include "nvme_disk.h"
#include "nvme_io.h"
#include "nvme_link.h"
#include "spdk/env.h"
#include "spdk/likely.h"

/* ---- Which there are ---- */

static bool
has_oncs(const struct nvme_disk *disk, enum spdk_bdev_io_type type)
{
	const struct spdk_nvme_ctrlr_data *cdata = spdk_nvme_ctrlr_get_data(disk->dev->ctrlr);

	switch (type) {
	case SPDK_BDEV_IO_TYPE_COMPARE:
		/*
		 * The command compares metadata as well, and has no way to leave them out: where
		 * they are not with the data, the layer compares what it has read.
		 */
		return spdk_nvme_ns_supports_compare(disk->ns) && !disk->has_separate_md;
	case SPDK_BDEV_IO_TYPE_UNMAP:
		return cdata->oncs.nvmdsmsv;
	case SPDK_BDEV_IO_TYPE_WRITE_ZEROES:
		return cdata->oncs.nvmwzsv;
	case SPDK_BDEV_IO_TYPE_WRITE_UNCORRECTABLE:
		return cdata->oncs.nvmwusv;
	case SPDK_BDEV_IO_TYPE_COPY:
		return cdata->oncs.nvmcpys;
	default:
		return false;
	}
}

static bool
has_flag(const struct nvme_disk *disk, uint64_t flag)
{
	return (spdk_nvme_ctrlr_get_flags(disk->dev->ctrlr) & flag) != 0;
}

static bool
is_zoned(const struct nvme_disk *disk)
{
	return spdk_nvme_ns_get_csi(disk->ns) == SPDK_NVME_CSI_ZNS;
}

static bool
takes_passthru(const struct nvme_disk *disk, enum spdk_bdev_io_type type)
{
	switch (type) {
	case SPDK_BDEV_IO_TYPE_RESET:
	case SPDK_BDEV_IO_TYPE_ABORT:
	case SPDK_BDEV_IO_TYPE_NVME_ADMIN:
	case SPDK_BDEV_IO_TYPE_NVME_IO:
	case SPDK_BDEV_IO_TYPE_NVME_IOV_MD:
		return true;
	case SPDK_BDEV_IO_TYPE_NVME_IO_MD:
		return disk->has_separate_md;
	default:
		return false;
	}
}

bool
bdev_nvme_io_supported(void *ctx, enum spdk_bdev_io_type type)
{
	const struct nvme_disk *disk = ctx;

	if (takes_passthru(disk, type)) {
		return true;
	}
	if (disk->is_opaque) {
		return false;
	}
	switch (type) {
	case SPDK_BDEV_IO_TYPE_READ:
	case SPDK_BDEV_IO_TYPE_WRITE:
	case SPDK_BDEV_IO_TYPE_FLUSH:
		return true;
	case SPDK_BDEV_IO_TYPE_COMPARE_AND_WRITE:
		return has_flag(disk, SPDK_NVME_CTRLR_COMPARE_AND_WRITE_SUPPORTED) &&
		       !disk->has_separate_md;
	case SPDK_BDEV_IO_TYPE_GET_ZONE_INFO:
	case SPDK_BDEV_IO_TYPE_ZONE_MANAGEMENT:
		return is_zoned(disk);
	case SPDK_BDEV_IO_TYPE_ZONE_APPEND:
		return is_zoned(disk) && has_flag(disk, SPDK_NVME_CTRLR_ZONE_APPEND_SUPPORTED);
	default:
		return has_oncs(disk, type);
	}
}

/* ---- The end ---- */

/* Comparisons fail in the same way, whoever makes them. */
static bool
is_miscompare(const struct spdk_bdev_io *io, const struct spdk_nvme_status *status)
{
	return (io->type == SPDK_BDEV_IO_TYPE_COMPARE ||
		io->type == SPDK_BDEV_IO_TYPE_COMPARE_AND_WRITE) &&
	       status->sct == SPDK_NVME_SCT_MEDIA_ERROR &&
	       status->sc == SPDK_NVME_SC_COMPARE_FAILURE;
}

void
bdev_nvme_io_end(struct nvme_io *nio, const struct spdk_nvme_cpl *cpl)
{
	struct spdk_bdev_io *io = bdev_io_of(nio);

	if (spdk_unlikely(nio->report != NULL)) {
		spdk_free(nio->report);
		nio->report = NULL;
	}
	if (spdk_unlikely(nio->bounce != NULL)) {
		bdev_nvme_bounce_end(nio, !spdk_nvme_cpl_is_error(cpl));
	}
	if (spdk_unlikely(is_miscompare(io, &cpl->status))) {
		spdk_bdev_io_complete(io, SPDK_BDEV_IO_STATUS_MISCOMPARE);
		return;
	}
	spdk_bdev_io_complete_nvme_status(io, cpl->cdw0, cpl->status.sct, cpl->status.sc);
}

void
bdev_nvme_io_end_no_path(struct nvme_io *nio)
{
	static const struct spdk_nvme_cpl no_path = {
		.status = {.sct = SPDK_NVME_SCT_PATH, .sc = SPDK_NVME_SC_INTERNAL_PATH_ERROR}};

	bdev_nvme_io_end(nio, &no_path);
}

/* A reset by I/O ends what was under way: it is not to be told from an abort. */
static void
end_dropped(struct nvme_io *nio, const struct spdk_nvme_cpl *cpl)
{
	struct spdk_nvme_cpl aborted = *cpl;

	if (cpl->status.sct == SPDK_NVME_SCT_GENERIC &&
	    cpl->status.sc == SPDK_NVME_SC_ABORTED_SQ_DELETION &&
	    __atomic_load_n(&nio->path->disk->resets, __ATOMIC_ACQUIRE) > 0) {
		aborted.status.sc = SPDK_NVME_SC_ABORTED_BY_REQUEST;
	}
	bdev_nvme_io_end(nio, &aborted);
}

static void
io_failed(struct nvme_io *nio, const struct spdk_nvme_cpl *cpl)
{
	bdev_nvme_count_error(nio->path->disk, cpl);
	if (!bdev_nvme_retry_take(nio, cpl)) {
		end_dropped(nio, cpl);
	}
}

void
bdev_nvme_io_done(void *arg, const struct spdk_nvme_cpl *cpl)
{
	struct nvme_io *nio = arg;
	struct nvme_link *link = nio->path->link;

	bdev_nvme_group_end(link->group);
	if (spdk_unlikely(spdk_nvme_cpl_is_error(cpl))) {
		io_failed(nio, cpl);
	} else {
		if (spdk_unlikely(nio->path->stat != NULL)) {
			bdev_nvme_count_io(nio);
		}
		bdev_nvme_io_end(nio, cpl);
	}
	bdev_nvme_link_has_room(link);
}

void
bdev_nvme_io_refused(struct nvme_io *nio, int rc)
{
	struct nvme_link *link = nio->path->link;

	if (nio->bounce != NULL && rc != -ENXIO) {
		bdev_nvme_bounce_end(nio, false);
	}
	switch (rc) {
	case -ENOMEM:
		spdk_bdev_io_complete(bdev_io_of(nio), SPDK_BDEV_IO_STATUS_NOMEM);
		break;
	case -ENXIO:
		/* The queue pair does not work yet, or any more. */
		if (!link->is_connecting) {
			bdev_nvme_link_broken(link);
		}
		if (link->is_connecting || link->mode == NVME_LINK_HELD) {
			bdev_nvme_wait(nio);
		} else {
			bdev_nvme_io_end_no_path(nio);
		}
		break;
	default:
		spdk_bdev_io_complete(bdev_io_of(nio), SPDK_BDEV_IO_STATUS_FAILED);
		break;
	}
}

/* ---- On its way ---- */

static int
submit_rare(struct nvme_io *nio, struct spdk_bdev_io *io)
{
	switch (io->type) {
	case SPDK_BDEV_IO_TYPE_COMPARE:
		return bdev_nvme_compare_submit(nio, io);
	case SPDK_BDEV_IO_TYPE_COMPARE_AND_WRITE:
		return bdev_nvme_fused_submit(nio, io);
	case SPDK_BDEV_IO_TYPE_UNMAP:
		return bdev_nvme_unmap_submit(nio, io);
	case SPDK_BDEV_IO_TYPE_WRITE_ZEROES:
		return bdev_nvme_write_zeroes_submit(nio, io);
	case SPDK_BDEV_IO_TYPE_WRITE_UNCORRECTABLE:
		return bdev_nvme_write_uncorrectable_submit(nio, io);
	case SPDK_BDEV_IO_TYPE_FLUSH:
		return bdev_nvme_flush_submit(nio, io);
	case SPDK_BDEV_IO_TYPE_COPY:
		return bdev_nvme_copy_submit(nio, io);
	case SPDK_BDEV_IO_TYPE_GET_ZONE_INFO:
		return bdev_nvme_zone_info_submit(nio, io);
	case SPDK_BDEV_IO_TYPE_ZONE_MANAGEMENT:
		return bdev_nvme_zone_management_submit(nio, io);
	case SPDK_BDEV_IO_TYPE_ZONE_APPEND:
		return bdev_nvme_zone_append_submit(nio, io);
	case SPDK_BDEV_IO_TYPE_NVME_IO:
	case SPDK_BDEV_IO_TYPE_NVME_IO_MD:
	case SPDK_BDEV_IO_TYPE_NVME_IOV_MD:
		return bdev_nvme_io_passthru_submit(nio, io);
	default:
		return -ENOTSUP;
	}
}

static void
submit_now(struct nvme_io *nio)
{
	struct spdk_bdev_io *io = bdev_io_of(nio);
	struct nvme_group *group = nio->path->link->group;
	int rc;

	bdev_nvme_group_begin(group);
	if (spdk_likely(io->type == SPDK_BDEV_IO_TYPE_READ ||
			io->type == SPDK_BDEV_IO_TYPE_WRITE)) {
		rc = bdev_nvme_rw_submit(nio, io);
	} else {
		rc = submit_rare(nio, io);
	}
	if (spdk_unlikely(rc != 0)) {
		bdev_nvme_group_end(group);
		bdev_nvme_io_refused(nio, rc);
	}
}

void
bdev_nvme_io_again(struct nvme_io *nio)
{
	struct spdk_bdev_io *io = bdev_io_of(nio);

	if (nio->path->link->mode == NVME_LINK_DOWN) {
		bdev_nvme_io_end_no_path(nio);
	} else if (io->type == SPDK_BDEV_IO_TYPE_NVME_ADMIN) {
		bdev_nvme_admin_passthru(nio, io);
	} else {
		submit_now(nio);
	}
}

static void
dispatch(struct nvme_io *nio)
{
	struct nvme_link *link = nio->path->link;

	if (spdk_unlikely(link->mode == NVME_LINK_HELD || !TAILQ_EMPTY(&link->waiting) ||
			  link->half_sent != NULL)) {
		/* Behind those that wait, for the sake of order. */
		bdev_nvme_wait(nio);
		if (link->mode != NVME_LINK_HELD && link->half_sent == NULL) {
			bdev_nvme_link_flush(link);
		}
		return;
	}
	bdev_nvme_io_again(nio);
}

static void
buf_got(struct spdk_io_channel *ch, struct spdk_bdev_io *io, bool success)
{
	if (success) {
		dispatch(nvme_io_of(io));
	} else {
		spdk_bdev_io_complete(io, SPDK_BDEV_IO_STATUS_FAILED);
	}
}

/* Without enable_flush, what was written is taken to be safe, as it is where there is no cache. */
static bool
is_flush_for_nothing(const struct spdk_bdev_io *io)
{
	return io->type == SPDK_BDEV_IO_TYPE_FLUSH &&
	       (!g_bdev_nvme_opts.enable_flush || !io->bdev->write_cache);
}

void
bdev_nvme_submit(struct spdk_io_channel *ch, struct spdk_bdev_io *io)
{
	struct nvme_path *path = spdk_io_channel_get_ctx(ch);
	struct nvme_io *nio = nvme_io_of(io);

	nio->path = path;
	nio->retries = 0;
	nio->is_waiting = nio->is_retrying = false;
	nio->report = NULL;
	nio->bounce = NULL;
	if (spdk_unlikely(path->stat != NULL)) {
		nio->submitted_at = spdk_get_ticks();
	}
	switch (io->type) {
	case SPDK_BDEV_IO_TYPE_READ:
		spdk_bdev_io_get_buf(io, buf_got, io->u.bdev.num_blocks * io->bdev->blocklen);
		break;
	case SPDK_BDEV_IO_TYPE_ABORT:
		bdev_nvme_abort(path, io);
		break;
	case SPDK_BDEV_IO_TYPE_RESET:
		bdev_nvme_reset_io(path, io);
		break;
	default:
		if (is_flush_for_nothing(io)) {
			spdk_bdev_io_complete(io, SPDK_BDEV_IO_STATUS_SUCCESS);
		} else {
			dispatch(nio);
		}
		break;
	}
}
