/* SPDX-License-Identifier: BSD-3-Clause */
/* Commands that bring images to a controller: firmware, and boot partitions. */
#ifndef SPINDLE_NVME_FIRMWARE_H
#define SPINDLE_NVME_FIRMWARE_H

#include "io/nvme/ctrlr.h"

/* How much of what is left goes with the next download. */
uint32_t nvme_firmware_piece(const struct spdk_nvme_ctrlr *ctrlr, uint32_t left);
void nvme_firmware_build_download(struct nvme_admin_command *command, void *payload,
				  uint32_t offset, uint32_t size);
void nvme_firmware_build_commit(struct nvme_admin_command *command,
				const struct spdk_nvme_fw_commit *commit);
/* Whether the status of a commit tells that all is well, and what it takes to run the image. */
bool nvme_firmware_only_needs_reset(const struct spdk_nvme_status *status);

#endif
