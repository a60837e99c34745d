/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Zones of a zoned namespace: telling of them, managing, appending.
 *
 * A report comes in pieces, as many zones at a time as a buffer holds.
 */
#include "nvme_device.h"
#include "nvme_disk.h"
#include "nvme_io.h"
#include "nvme_link.h"
#include "spdk/env.h"
#include "spdk/nvme_zns.h"

/* Or what a command may transfer, if that is less. */
#define REPORT_SIZE_MAX 16384u

static int ask(struct nvme_io *nio, struct spdk_bdev_io *io);

/* ---- Reports ---- */

static uint32_t
report_size(const struct nvme_io *nio)
{
	return spdk_min(REPORT_SIZE_MAX, spdk_nvme_ns_get_max_io_xfer_size(nio->path->disk->ns));
}

static uint64_t
report_zones(const struct nvme_io *nio)
{
	return (report_size(nio) - sizeof(struct spdk_nvme_zns_zone_report)) /
	       sizeof(struct spdk_nvme_zns_zone_desc);
}

static bool
tell_state(uint8_t zs, enum spdk_bdev_zone_state *out_state)
{
	switch (zs) {
	case SPDK_NVME_ZONE_STATE_EMPTY:
		*out_state = SPDK_BDEV_ZONE_STATE_EMPTY;
		return true;
	case SPDK_NVME_ZONE_STATE_IOPEN:
		*out_state = SPDK_BDEV_ZONE_STATE_IMP_OPEN;
		return true;
	case SPDK_NVME_ZONE_STATE_EOPEN:
		*out_state = SPDK_BDEV_ZONE_STATE_EXP_OPEN;
		return true;
	case SPDK_NVME_ZONE_STATE_CLOSED:
		*out_state = SPDK_BDEV_ZONE_STATE_CLOSED;
		return true;
	case SPDK_NVME_ZONE_STATE_RONLY:
		*out_state = SPDK_BDEV_ZONE_STATE_READ_ONLY;
		return true;
	case SPDK_NVME_ZONE_STATE_FULL:
		*out_state = SPDK_BDEV_ZONE_STATE_FULL;
		return true;
	case SPDK_NVME_ZONE_STATE_OFFLINE:
		*out_state = SPDK_BDEV_ZONE_STATE_OFFLINE;
		return true;
	default:
		return false;
	}
}

static bool
tell_zone(const struct spdk_nvme_zns_zone_desc *desc, struct spdk_bdev_zone_info *info)
{
	if (desc->zt != SPDK_NVME_ZONE_TYPE_SEQWR) {
		return false;
	}
	info->type = SPDK_BDEV_ZONE_TYPE_SEQWR;
	info->zone_id = desc->zslba;
	info->write_pointer = desc->wp;
	info->capacity = desc->zcap;
	return tell_state(desc->zs, &info->state);
}

static int
take_report(struct nvme_io *nio, struct spdk_bdev_io *io)
{
	const struct spdk_nvme_zns_zone_report *report = nio->report;
	struct spdk_bdev_zone_info *info = io->u.zone_mgmt.buf;
	uint64_t wanted = io->u.zone_mgmt.num_zones - nio->zones_done;
	uint64_t count = spdk_min(spdk_min(report->nr_zones, report_zones(nio)), wanted), i;

	if (count == 0) {
		SPDK_ERRLOG("Bdev %s: the controller tells of no zone at block %" PRIu64 ".\n",
			    io->bdev->name,
			    io->u.zone_mgmt.zone_id + nio->zones_done * io->bdev->zone_size);
		return -EIO;
	}
	for (i = 0; i < count; i++) {
		if (!tell_zone(&report->descs[i], &info[nio->zones_done])) {
			SPDK_ERRLOG("Bdev %s: the controller tells of a zone of type %u in state "
				    "%u at block %" PRIu64 ", which do not exist.\n",
				    io->bdev->name, report->descs[i].zt, report->descs[i].zs,
				    report->descs[i].zslba);
			return -EIO;
		}
		nio->zones_done++;
	}
	return 0;
}

static void
report_done(void *arg, const struct spdk_nvme_cpl *cpl)
{
	struct nvme_io *nio = arg;
	struct spdk_bdev_io *io = bdev_io_of(nio);
	struct nvme_link *link = nio->path->link;
	int rc;

	if (spdk_nvme_cpl_is_error(cpl)) {
		bdev_nvme_io_done(nio, cpl);
		return;
	}
	rc = take_report(nio, io);
	if (rc == 0 && nio->zones_done == io->u.zone_mgmt.num_zones) {
		bdev_nvme_io_done(nio, cpl);
		return;
	}
	if (rc == 0) {
		rc = ask(nio, io);
	}
	if (rc != 0) {
		bdev_nvme_group_end(link->group);
		spdk_free(nio->report);
		nio->report = NULL;
		bdev_nvme_io_refused(nio, rc);
		bdev_nvme_link_has_room(link);
	}
}

static int
ask(struct nvme_io *nio, struct spdk_bdev_io *io)
{
	uint64_t place = io->u.zone_mgmt.zone_id + nio->zones_done * io->bdev->zone_size;

	return spdk_nvme_zns_report_zones(nio->path->disk->ns, nio->path->link->qpair, nio->report,
					  report_size(nio), place, SPDK_NVME_ZRA_LIST_ALL, true,
					  report_done, nio);
}

int
bdev_nvme_zone_info_submit(struct nvme_io *nio, struct spdk_bdev_io *io)
{
	int rc;

	if (nio->report == NULL) {
		nio->zones_done = 0;
		nio->report = spdk_zmalloc(REPORT_SIZE_MAX, 4096, NULL, SPDK_ENV_NUMA_ID_ANY,
					   SPDK_MALLOC_DMA);
	}
	if (nio->report == NULL) {
		return -ENOMEM;
	}
	rc = ask(nio, io);
	if (rc != 0 && rc != -ENXIO) {
		spdk_free(nio->report);
		nio->report = NULL;
	}
	return rc;
}

/* ---- Management ---- */

int
bdev_nvme_zone_management_submit(struct nvme_io *nio, struct spdk_bdev_io *io)
{
	struct spdk_nvme_ns *ns = nio->path->disk->ns;
	struct spdk_nvme_qpair *qpair = nio->path->link->qpair;
	uint64_t zone = io->u.zone_mgmt.zone_id;

	switch (io->u.zone_mgmt.zone_action) {
	case SPDK_BDEV_ZONE_CLOSE:
		return spdk_nvme_zns_close_zone(ns, qpair, zone, false, bdev_nvme_io_done, nio);
	case SPDK_BDEV_ZONE_FINISH:
		return spdk_nvme_zns_finish_zone(ns, qpair, zone, false, bdev_nvme_io_done, nio);
	case SPDK_BDEV_ZONE_OPEN:
		return spdk_nvme_zns_open_zone(ns, qpair, zone, false, bdev_nvme_io_done, nio);
	case SPDK_BDEV_ZONE_RESET:
		return spdk_nvme_zns_reset_zone(ns, qpair, zone, false, bdev_nvme_io_done, nio);
	case SPDK_BDEV_ZONE_OFFLINE:
		return spdk_nvme_zns_offline_zone(ns, qpair, zone, false, bdev_nvme_io_done, nio);
	default:
		return -EINVAL;
	}
}

/* ---- Appending ---- */

static void
append_done(void *arg, const struct spdk_nvme_cpl *cpl)
{
	struct nvme_io *nio = arg;

	if (!spdk_nvme_cpl_is_error(cpl)) {
		/* Where the data went. */
		bdev_io_of(nio)->u.bdev.offset_blocks = (uint64_t)cpl->cdw1 << 32 | cpl->cdw0;
	}
	bdev_nvme_io_done(nio, cpl);
}

int
bdev_nvme_zone_append_submit(struct nvme_io *nio, struct spdk_bdev_io *io)
{
	struct spdk_nvme_ns *ns = nio->path->disk->ns;
	struct spdk_nvme_qpair *qpair = nio->path->link->qpair;
	struct spdk_bdev_io_block_params *blocks = &io->u.bdev;
	uint32_t flags = blocks->dif_check_flags;
	void *metadata = bdev_nvme_metadata(nio->path->disk, io, &flags);

	if (blocks->iovcnt == 1) {
		return spdk_nvme_zns_zone_append_with_md(
			ns, qpair, blocks->iovs[0].iov_base, metadata, blocks->offset_blocks,
			(uint32_t)blocks->num_blocks, append_done, nio, flags, 0, 0);
	}
	bdev_nvme_vectors_set(nio, blocks->iovs, blocks->iovcnt);
	return spdk_nvme_zns_zone_appendv_with_md(
		ns, qpair, blocks->offset_blocks, (uint32_t)blocks->num_blocks, append_done, nio,
		flags, bdev_nvme_vectors_reset, bdev_nvme_vectors_next, metadata, 0, 0);
}
