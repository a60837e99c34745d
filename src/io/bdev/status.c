/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What an I/O says of its end, in the words of NVMe, SCSI and the kernel. A module sets it in its
 * own words; whoever asks for another gets a translation.
 *
 * internal.status tells which member of internal.error holds: nvme with NVME_ERROR,
 * FIRST_FUSED_FAILED and (its cdw0 alone) SUCCESS, scsi with SCSI_ERROR, aio_result with AIO_ERROR.
 */
#include "bdev_internal.h"

/* ---- Setting, by modules ---- */

enum spdk_bdev_io_status
spdk_bdev_io_set_nvme_status(struct spdk_bdev_io *io, uint32_t cdw0, int sct, int sc)
{
	io->internal.error.nvme.cdw0 = cdw0;
	io->internal.error.nvme.sct = (uint8_t)sct;
	io->internal.error.nvme.sc = (uint8_t)sc;
	if (spdk_likely(sct == SPDK_NVME_SCT_GENERIC && sc == SPDK_NVME_SC_SUCCESS)) {
		return SPDK_BDEV_IO_STATUS_SUCCESS;
	}
	if (sct == SPDK_NVME_SCT_GENERIC && sc == SPDK_NVME_SC_ABORTED_BY_REQUEST) {
		return SPDK_BDEV_IO_STATUS_ABORTED;
	}
	return SPDK_BDEV_IO_STATUS_NVME_ERROR;
}

void
spdk_bdev_io_complete_nvme_status(struct spdk_bdev_io *io, uint32_t cdw0, int sct, int sc)
{
	spdk_bdev_io_complete(io, spdk_bdev_io_set_nvme_status(io, cdw0, sct, sc));
}

enum spdk_bdev_io_status
spdk_bdev_io_set_scsi_status(struct spdk_bdev_io *io, enum spdk_scsi_status sc,
			     enum spdk_scsi_sense sk, uint8_t asc, uint8_t ascq)
{
	if (sc == SPDK_SCSI_STATUS_GOOD) {
		memset(&io->internal.error, 0, sizeof(io->internal.error));
		return SPDK_BDEV_IO_STATUS_SUCCESS;
	}
	io->internal.error.scsi.sc = (uint8_t)sc;
	io->internal.error.scsi.sk = (uint8_t)sk;
	io->internal.error.scsi.asc = asc;
	io->internal.error.scsi.ascq = ascq;
	return SPDK_BDEV_IO_STATUS_SCSI_ERROR;
}

void
spdk_bdev_io_complete_scsi_status(struct spdk_bdev_io *io, enum spdk_scsi_status sc,
				  enum spdk_scsi_sense sk, uint8_t asc, uint8_t ascq)
{
	spdk_bdev_io_complete(io, spdk_bdev_io_set_scsi_status(io, sc, sk, asc, ascq));
}

enum spdk_bdev_io_status
spdk_bdev_io_set_aio_status(struct spdk_bdev_io *io, int aio_result)
{
	if (spdk_likely(aio_result == 0)) {
		memset(&io->internal.error, 0, sizeof(io->internal.error));
		return SPDK_BDEV_IO_STATUS_SUCCESS;
	}
	io->internal.error.aio_result = aio_result;
	return SPDK_BDEV_IO_STATUS_AIO_ERROR;
}

void
spdk_bdev_io_complete_aio_status(struct spdk_bdev_io *io, int aio_result)
{
	spdk_bdev_io_complete(io, spdk_bdev_io_set_aio_status(io, aio_result));
}

enum spdk_bdev_io_status
spdk_bdev_io_set_base_io_status(struct spdk_bdev_io *io, const struct spdk_bdev_io *base_io)
{
	io->internal.error = base_io->internal.error;
	return (enum spdk_bdev_io_status)base_io->internal.status;
}

void
spdk_bdev_io_complete_base_io_status(struct spdk_bdev_io *io, const struct spdk_bdev_io *base_io)
{
	spdk_bdev_io_complete(io, spdk_bdev_io_set_base_io_status(io, base_io));
}

/* ---- Asking, by those who submitted ---- */

struct nvme_status {
	int sct;
	int sc;
};

static const struct nvme_status nvme_success = {SPDK_NVME_SCT_GENERIC, SPDK_NVME_SC_SUCCESS};
static const struct nvme_status nvme_internal_error = {SPDK_NVME_SCT_GENERIC,
						       SPDK_NVME_SC_INTERNAL_DEVICE_ERROR};
static const struct nvme_status nvme_aborted = {SPDK_NVME_SCT_GENERIC,
						SPDK_NVME_SC_ABORTED_BY_REQUEST};
static const struct nvme_status nvme_miscompare = {SPDK_NVME_SCT_MEDIA_ERROR,
						   SPDK_NVME_SC_COMPARE_FAILURE};
static const struct nvme_status nvme_failed_fused = {SPDK_NVME_SCT_GENERIC,
						     SPDK_NVME_SC_ABORTED_FAILED_FUSED};

static struct nvme_status
told_by_module(const struct spdk_bdev_io *io)
{
	return (struct nvme_status){io->internal.error.nvme.sct, io->internal.error.nvme.sc};
}

static uint32_t
cdw0_of(const struct spdk_bdev_io *io)
{
	switch (io->internal.status) {
	case SPDK_BDEV_IO_STATUS_SUCCESS:
	case SPDK_BDEV_IO_STATUS_NVME_ERROR:
	case SPDK_BDEV_IO_STATUS_FIRST_FUSED_FAILED:
		return io->internal.error.nvme.cdw0;
	default:
		return 0;
	}
}

static struct nvme_status
nvme_status_of(const struct spdk_bdev_io *io)
{
	switch (io->internal.status) {
	case SPDK_BDEV_IO_STATUS_SUCCESS:
		return nvme_success;
	case SPDK_BDEV_IO_STATUS_NVME_ERROR:
	case SPDK_BDEV_IO_STATUS_FIRST_FUSED_FAILED:
		return told_by_module(io);
	case SPDK_BDEV_IO_STATUS_MISCOMPARE:
		return nvme_miscompare;
	case SPDK_BDEV_IO_STATUS_ABORTED:
		return nvme_aborted;
	default:
		return nvme_internal_error;
	}
}

void
spdk_bdev_io_get_nvme_status(const struct spdk_bdev_io *io, uint32_t *cdw0, int *sct, int *sc)
{
	struct nvme_status status = nvme_status_of(io);

	*cdw0 = cdw0_of(io);
	*sct = status.sct;
	*sc = status.sc;
}

void
spdk_bdev_io_get_nvme_fused_status(const struct spdk_bdev_io *io, uint32_t *cdw0, int *first_sct,
				   int *first_sc, int *second_sct, int *second_sc)
{
	struct nvme_status first = nvme_status_of(io), second = first;

	switch (io->internal.status) {
	case SPDK_BDEV_IO_STATUS_FIRST_FUSED_FAILED:
	case SPDK_BDEV_IO_STATUS_MISCOMPARE:
		second = nvme_failed_fused;
		break;
	case SPDK_BDEV_IO_STATUS_NVME_ERROR:
		/* An error of the first has a status of its own. */
		first = nvme_success;
		break;
	default:
		break;
	}
	*cdw0 = cdw0_of(io);
	*first_sct = first.sct;
	*first_sc = first.sc;
	*second_sct = second.sct;
	*second_sc = second.sc;
}

static void
set_scsi(int *out, int sc, int sk, int asc)
{
	out[0] = sc;
	out[1] = sk;
	out[2] = asc;
	out[3] = SPDK_SCSI_ASCQ_CAUSE_NOT_REPORTABLE;
}

void
spdk_bdev_io_get_scsi_status(const struct spdk_bdev_io *io, int *sc, int *sk, int *asc, int *ascq)
{
	int status[4];

	switch (io->internal.status) {
	case SPDK_BDEV_IO_STATUS_NVME_ERROR:
	case SPDK_BDEV_IO_STATUS_FIRST_FUSED_FAILED:
		spdk_scsi_nvme_translate(io, sc, sk, asc, ascq);
		return;
	case SPDK_BDEV_IO_STATUS_SCSI_ERROR:
		*sc = io->internal.error.scsi.sc;
		*sk = io->internal.error.scsi.sk;
		*asc = io->internal.error.scsi.asc;
		*ascq = io->internal.error.scsi.ascq;
		return;
	case SPDK_BDEV_IO_STATUS_SUCCESS:
		set_scsi(status, SPDK_SCSI_STATUS_GOOD, SPDK_SCSI_SENSE_NO_SENSE,
			 SPDK_SCSI_ASC_NO_ADDITIONAL_SENSE);
		break;
	case SPDK_BDEV_IO_STATUS_MISCOMPARE:
		set_scsi(status, SPDK_SCSI_STATUS_CHECK_CONDITION, SPDK_SCSI_SENSE_MISCOMPARE,
			 SPDK_SCSI_ASC_MISCOMPARE_DURING_VERIFY_OPERATION);
		break;
	case SPDK_BDEV_IO_STATUS_ABORTED:
		set_scsi(status, SPDK_SCSI_STATUS_TASK_ABORTED, SPDK_SCSI_SENSE_ABORTED_COMMAND,
			 SPDK_SCSI_ASC_NO_ADDITIONAL_SENSE);
		break;
	default:
		set_scsi(status, SPDK_SCSI_STATUS_CHECK_CONDITION, SPDK_SCSI_SENSE_ABORTED_COMMAND,
			 SPDK_SCSI_ASC_NO_ADDITIONAL_SENSE);
		break;
	}
	*sc = status[0];
	*sk = status[1];
	*asc = status[2];
	*ascq = status[3];
}

void
spdk_bdev_io_get_aio_status(const struct spdk_bdev_io *io, int *aio_result)
{
	switch (io->internal.status) {
	case SPDK_BDEV_IO_STATUS_AIO_ERROR:
		*aio_result = io->internal.error.aio_result;
		break;
	case SPDK_BDEV_IO_STATUS_SUCCESS:
		*aio_result = 0;
		break;
	default:
		*aio_result = -EIO;
		break;
	}
}
