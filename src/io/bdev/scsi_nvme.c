/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a status of NVMe is in SCSI: the tables of "NVM Express: SCSI Translation Reference",
 * revision 1.5, section 7. A code that they leave out is an illegal request without further sense.
 */
#include "bdev_internal.h"

struct scsi_status {
	uint8_t sc;
	uint8_t sk;
	uint8_t asc;
	uint8_t ascq;
};

struct translation {
	uint8_t sct;
	uint8_t sc;
	struct scsi_status scsi;
};

#define ROW(nvme_sct, nvme_sc, scsi_sc, sense_key, code, qualifier)              \
	{                                                                        \
		SPDK_NVME_SCT_##nvme_sct, SPDK_NVME_SC_##nvme_sc,                \
		{                                                                \
			SPDK_SCSI_STATUS_##scsi_sc, SPDK_SCSI_SENSE_##sense_key, \
				SPDK_SCSI_ASC_##code, SPDK_SCSI_ASCQ_##qualifier \
		}                                                                \
	}
/* An aborted task. */
#define ABORTED(nvme_sc, code, qualifier) \
	ROW(GENERIC, nvme_sc, TASK_ABORTED, ABORTED_COMMAND, code, qualifier)
/* A check condition. */
#define CHECK(nvme_sct, nvme_sc, sense_key, code, qualifier) \
	ROW(nvme_sct, nvme_sc, CHECK_CONDITION, sense_key, code, qualifier)

static const struct translation translations[] = {
	ROW(GENERIC, SUCCESS, GOOD, NO_SENSE, NO_ADDITIONAL_SENSE, CAUSE_NOT_REPORTABLE),
	ROW(GENERIC, RESERVATION_CONFLICT, RESERVATION_CONFLICT, NO_SENSE, NO_ADDITIONAL_SENSE,
	    CAUSE_NOT_REPORTABLE),

	ABORTED(ABORTED_POWER_LOSS, WARNING, POWER_LOSS_EXPECTED),
	ABORTED(ABORTED_BY_REQUEST, NO_ADDITIONAL_SENSE, CAUSE_NOT_REPORTABLE),
	ABORTED(ABORTED_SQ_DELETION, NO_ADDITIONAL_SENSE, CAUSE_NOT_REPORTABLE),
	ABORTED(ABORTED_FAILED_FUSED, NO_ADDITIONAL_SENSE, CAUSE_NOT_REPORTABLE),
	ABORTED(ABORTED_MISSING_FUSED, NO_ADDITIONAL_SENSE, CAUSE_NOT_REPORTABLE),

	CHECK(GENERIC, INVALID_OPCODE, ILLEGAL_REQUEST, INVALID_COMMAND_OPERATION_CODE,
	      CAUSE_NOT_REPORTABLE),
	CHECK(GENERIC, INVALID_FIELD, ILLEGAL_REQUEST, INVALID_FIELD_IN_CDB, CAUSE_NOT_REPORTABLE),
	CHECK(GENERIC, DATA_TRANSFER_ERROR, MEDIUM_ERROR, NO_ADDITIONAL_SENSE,
	      CAUSE_NOT_REPORTABLE),
	CHECK(GENERIC, INTERNAL_DEVICE_ERROR, HARDWARE_ERROR, INTERNAL_TARGET_FAILURE,
	      CAUSE_NOT_REPORTABLE),
	CHECK(GENERIC, INVALID_NAMESPACE_OR_FORMAT, ILLEGAL_REQUEST, ACCESS_DENIED,
	      INVALID_LU_IDENTIFIER),
	CHECK(GENERIC, LBA_OUT_OF_RANGE, ILLEGAL_REQUEST, LOGICAL_BLOCK_ADDRESS_OUT_OF_RANGE,
	      CAUSE_NOT_REPORTABLE),
	CHECK(GENERIC, CAPACITY_EXCEEDED, MEDIUM_ERROR, NO_ADDITIONAL_SENSE, CAUSE_NOT_REPORTABLE),
	CHECK(GENERIC, NAMESPACE_NOT_READY, NOT_READY, LOGICAL_UNIT_NOT_READY,
	      CAUSE_NOT_REPORTABLE),

	CHECK(COMMAND_SPECIFIC, INVALID_FORMAT, ILLEGAL_REQUEST, FORMAT_COMMAND_FAILED,
	      FORMAT_COMMAND_FAILED),
	CHECK(COMMAND_SPECIFIC, CONFLICTING_ATTRIBUTES, ILLEGAL_REQUEST, INVALID_FIELD_IN_CDB,
	      CAUSE_NOT_REPORTABLE),
	CHECK(COMMAND_SPECIFIC, ATTEMPTED_WRITE_TO_RO_RANGE, DATA_PROTECT, WRITE_PROTECTED,
	      CAUSE_NOT_REPORTABLE),

	CHECK(MEDIA_ERROR, WRITE_FAULTS, MEDIUM_ERROR, PERIPHERAL_DEVICE_WRITE_FAULT,
	      CAUSE_NOT_REPORTABLE),
	CHECK(MEDIA_ERROR, UNRECOVERED_READ_ERROR, MEDIUM_ERROR, UNRECOVERED_READ_ERROR,
	      CAUSE_NOT_REPORTABLE),
	CHECK(MEDIA_ERROR, GUARD_CHECK_ERROR, MEDIUM_ERROR, LOGICAL_BLOCK_GUARD_CHECK_FAILED,
	      LOGICAL_BLOCK_GUARD_CHECK_FAILED),
	CHECK(MEDIA_ERROR, APPLICATION_TAG_CHECK_ERROR, MEDIUM_ERROR,
	      LOGICAL_BLOCK_APP_TAG_CHECK_FAILED, LOGICAL_BLOCK_APP_TAG_CHECK_FAILED),
	CHECK(MEDIA_ERROR, REFERENCE_TAG_CHECK_ERROR, MEDIUM_ERROR,
	      LOGICAL_BLOCK_REF_TAG_CHECK_FAILED, LOGICAL_BLOCK_REF_TAG_CHECK_FAILED),
	CHECK(MEDIA_ERROR, COMPARE_FAILURE, MISCOMPARE, MISCOMPARE_DURING_VERIFY_OPERATION,
	      CAUSE_NOT_REPORTABLE),
	CHECK(MEDIA_ERROR, ACCESS_DENIED, DATA_PROTECT, ACCESS_DENIED, NO_ACCESS_RIGHTS),
};

static const struct scsi_status unknown = {
	SPDK_SCSI_STATUS_CHECK_CONDITION,
	SPDK_SCSI_SENSE_ILLEGAL_REQUEST,
	SPDK_SCSI_ASC_NO_ADDITIONAL_SENSE,
	SPDK_SCSI_ASCQ_CAUSE_NOT_REPORTABLE,
};

static const struct scsi_status *
translate(uint8_t sct, uint8_t sc)
{
	size_t i;

	for (i = 0; i < SPDK_COUNTOF(translations); i++) {
		if (translations[i].sct == sct && translations[i].sc == sc) {
			return &translations[i].scsi;
		}
	}
	return &unknown;
}

void
spdk_scsi_nvme_translate(const struct spdk_bdev_io *io, int *sc, int *sk, int *asc, int *ascq)
{
	const struct scsi_status *scsi =
		translate(io->internal.error.nvme.sct, io->internal.error.nvme.sc);

	*sc = scsi->sc;
	*sk = scsi->sk;
	*asc = scsi->asc;
	*ascq = scsi->ascq;
}
