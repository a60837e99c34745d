/* SPDX-License-Identifier: BSD-3-Clause */
/* New firmware: downloaded in pieces of the size that the controller wants, then committed. */
#include "io/nvme/firmware.h"

#include "spdk/log.h"

/* FWUG counts in this; 0 and 255 mean that it does not matter, and this is used. */
#define GRANULARITY_UNIT 4096u
#define FWUG_ANY         0xff
#define SLOT_MAX         7

static uint32_t
piece_size(const struct spdk_nvme_ctrlr *ctrlr)
{
	uint32_t unit = GRANULARITY_UNIT;

	if (ctrlr->cdata.fwug != 0 && ctrlr->cdata.fwug != FWUG_ANY) {
		unit = ctrlr->cdata.fwug * GRANULARITY_UNIT;
	}
	/* One that exceeds a transfer cannot be met; a piece of the largest size is what is left.
	 */
	return spdk_min(unit, ctrlr->max_xfer_size);
}

void
nvme_firmware_build_download(struct nvme_admin_command *command, void *payload, uint32_t offset,
			     uint32_t size)
{
	*command = (struct nvme_admin_command){
		.payload = (uint8_t *)payload + offset,
		.payload_size = size,
		.host_to_controller = true,
	};
	command->cmd.opc = SPDK_NVME_OPC_FIRMWARE_IMAGE_DOWNLOAD;
	command->cmd.cdw10 = spdk_nvme_bytes_to_numd(size);
	command->cmd.cdw11 = offset / 4;
}

uint32_t
nvme_firmware_piece(const struct spdk_nvme_ctrlr *ctrlr, uint32_t left)
{
	return spdk_min(left, piece_size(ctrlr));
}

void
nvme_firmware_build_commit(struct nvme_admin_command *command,
			   const struct spdk_nvme_fw_commit *commit)
{
	*command = (struct nvme_admin_command){0};
	command->cmd.opc = SPDK_NVME_OPC_FIRMWARE_COMMIT;
	memcpy(&command->cmd.cdw10, commit, sizeof(command->cmd.cdw10));
}

static int
download(struct spdk_nvme_ctrlr *ctrlr, void *payload, uint32_t size,
	 struct spdk_nvme_status *out_status)
{
	struct nvme_admin_command command;
	struct spdk_nvme_cpl cpl = {0};
	uint32_t piece;
	int rc;

	for (uint32_t offset = 0; offset < size; offset += piece) {
		piece = nvme_firmware_piece(ctrlr, size - offset);
		nvme_firmware_build_download(&command, payload, offset, piece);
		rc = nvme_admin_run(ctrlr, &command, &cpl);
		*out_status = cpl.status;
		if (rc != 0) {
			SPDK_ERRLOG("NVMe controller %s: firmware could not be downloaded, from "
				    "byte %u of %u on: %s.\n",
				    nvme_ctrlr_name(ctrlr), offset, size,
				    rc == -EIO ? spdk_nvme_cpl_get_status_string(&cpl.status) :
						 spdk_strerror(-rc));
			return rc;
		}
	}
	return 0;
}

bool
nvme_firmware_only_needs_reset(const struct spdk_nvme_status *status)
{
	return status->sct == SPDK_NVME_SCT_COMMAND_SPECIFIC &&
	       (status->sc == SPDK_NVME_SC_FIRMWARE_REQ_CONVENTIONAL_RESET ||
		status->sc == SPDK_NVME_SC_FIRMWARE_REQ_NVM_RESET ||
		status->sc == SPDK_NVME_SC_FIRMWARE_REQ_RESET);
}

int
spdk_nvme_ctrlr_update_firmware(struct spdk_nvme_ctrlr *ctrlr, void *payload, uint32_t size,
				int slot, enum spdk_nvme_fw_commit_action commit_action,
				struct spdk_nvme_status *completion_status)
{
	struct spdk_nvme_fw_commit commit = {0};
	struct nvme_admin_command command;
	struct spdk_nvme_cpl cpl = {0};
	int rc;

	if (size == 0 || (size & 3) != 0 || slot < 0 || slot > SLOT_MAX ||
	    completion_status == NULL || commit_action > SPDK_NVME_FW_COMMIT_RUN_IMG) {
		SPDK_ERRLOG("NVMe controller %s: firmware of %u bytes for slot %d, action %u: the "
			    "size must be a multiple of 4, the slot 0 to %d, the action one for "
			    "firmware, and there must be room for a status.\n",
			    nvme_ctrlr_name(ctrlr), size, slot, (unsigned)commit_action, SLOT_MAX);
		return -EINVAL;
	}
	rc = download(ctrlr, payload, size, completion_status);
	if (rc != 0) {
		return rc;
	}
	commit.fs = (uint32_t)slot;
	commit.ca = commit_action;
	nvme_firmware_build_commit(&command, &commit);
	command.is_quiet = true;
	rc = nvme_admin_run(ctrlr, &command, &cpl);
	*completion_status = cpl.status;
	if (rc == -EIO && !nvme_firmware_only_needs_reset(&cpl.status)) {
		SPDK_ERRLOG("NVMe controller %s: firmware was not committed: %s.\n",
			    nvme_ctrlr_name(ctrlr), spdk_nvme_cpl_get_status_string(&cpl.status));
		return rc;
	}
	if (rc != 0 && rc != -EIO) {
		return rc;
	}
	return spdk_nvme_ctrlr_reset(ctrlr);
}
