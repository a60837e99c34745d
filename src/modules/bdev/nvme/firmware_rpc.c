/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * bdev_nvme_apply_firmware: an image goes to the controller in pieces, is committed, and becomes
 * active with a reset.
 */
#include "io/nvme/firmware.h"
#include "nvme_device.h"
#include "nvme_disk.h"
#include "nvme_rpc.h"
#include "spdk/file.h"
#include "spdk/rpc.h"
#include "spdk/string.h"

#define DWORD_SIZE     4u
#define IMAGE_SIZE_MAX (256u * 1024 * 1024)

struct update {
	struct spdk_jsonrpc_request *request;
	struct nvme_dev *dev;
	/* Keeps the controller from being detached meanwhile. NULL: nothing has begun. */
	struct spdk_bdev_desc *desc;
	char *image;
	size_t size, sent, piece_size;
};

static void send_piece(struct update *update);

static void
free_update(struct update *update)
{
	if (update->desc != NULL) {
		update->dev->is_updating = false;
		spdk_bdev_close(update->desc);
	}
	free(update->image);
	free(update);
}

static void
fail(struct update *update, int rc, const char *step, const struct spdk_nvme_cpl *cpl)
{
	struct bdev_reason reason = {""};

	(void)bdev_refuse(&reason, rc, "%s%s%s", step, cpl != NULL ? ": " : "",
			  cpl != NULL ? spdk_nvme_cpl_get_status_string(&cpl->status) : "");
	bdev_answer_refusal(update->request, rc, &reason);
	free_update(update);
}

static void
reset_done(void *arg, int rc)
{
	struct update *update = arg;

	if (rc != 0) {
		fail(update, rc,
		     "the firmware is committed, and the controller does not come back "
		     "from its reset",
		     NULL);
		return;
	}
	bdev_answer_name(update->request, "firmware commit succeeded. NVMe has been reset.");
	free_update(update);
}

static void
committed(void *arg, const struct spdk_nvme_cpl *cpl)
{
	struct update *update = arg;
	int rc;

	if (spdk_nvme_cpl_is_error(cpl) && !nvme_firmware_only_needs_reset(&cpl->status)) {
		fail(update, -EIO, "the controller does not commit the firmware", cpl);
		return;
	}
	rc = bdev_nvme_reset(update->dev, reset_done, update);
	if (rc != 0) {
		fail(update, rc, "the firmware is committed, and the controller is not reset",
		     NULL);
	}
}

static void
commit(struct update *update)
{
	struct spdk_nvme_cmd cmd = {.opc = SPDK_NVME_OPC_FIRMWARE_COMMIT};
	const struct spdk_nvme_fw_commit action = {
		.ca = SPDK_NVME_FW_COMMIT_REPLACE_AND_ENABLE_IMG};
	int rc;

	memcpy(&cmd.cdw10, &action, sizeof(cmd.cdw10));
	rc = spdk_nvme_ctrlr_cmd_admin_raw(update->dev->ctrlr, &cmd, NULL, 0, committed, update);
	if (rc != 0) {
		fail(update, rc, "the firmware cannot be committed", NULL);
	}
}

static void
piece_sent(void *arg, const struct spdk_nvme_cpl *cpl)
{
	struct update *update = arg;

	if (spdk_nvme_cpl_is_error(cpl)) {
		fail(update, -EIO, "the controller does not take the firmware", cpl);
		return;
	}
	update->sent += update->piece_size;
	if (update->sent < update->size) {
		send_piece(update);
	} else {
		commit(update);
	}
}

static void
send_piece(struct update *update)
{
	struct spdk_nvme_cmd cmd = {.opc = SPDK_NVME_OPC_FIRMWARE_IMAGE_DOWNLOAD};
	int rc;

	update->piece_size =
		nvme_firmware_piece(update->dev->ctrlr, (uint32_t)(update->size - update->sent));
	cmd.cdw10 = (uint32_t)(update->piece_size / DWORD_SIZE - 1);
	cmd.cdw11 = (uint32_t)(update->sent / DWORD_SIZE);
	rc = spdk_nvme_ctrlr_cmd_admin_raw(update->dev->ctrlr, &cmd, update->image + update->sent,
					   (uint32_t)update->piece_size, piece_sent, update);
	if (rc != 0) {
		fail(update, rc, "the firmware cannot be sent", NULL);
	}
}

/* ---- The method ---- */

struct firmware_params {
	char *filename;
	char *bdev_name;
};

static const struct spindle_rpc_param firmware_members[] = {
	{.name = "filename",
	 .kind = SPINDLE_RPC_STRING,
	 .is_required = true,
	 .offset = offsetof(struct firmware_params, filename),
	 .doc = "File with the image, a multiple of 4 bytes"},
	{.name = "bdev_name",
	 .kind = SPINDLE_RPC_STRING,
	 .is_required = true,
	 .offset = offsetof(struct firmware_params, bdev_name),
	 .doc = "Name of a bdev of the controller"},
};

static const struct spindle_rpc_object firmware_params =
	SPINDLE_RPC_OBJECT(struct firmware_params, firmware_members);

/* Whoever else has it open is not disturbed more than by any reset. */
static void
note_event(enum spdk_bdev_event_type type, struct spdk_bdev *bdev, void *ctx)
{
}

static int
load_image(struct update *update, const char *filename, struct bdev_reason *reason)
{
	update->image = spdk_posix_file_load_from_name(filename, &update->size);
	if (update->image == NULL) {
		return bdev_refuse(reason, -errno, "%s cannot be read", filename);
	}
	if (update->size == 0 || update->size % DWORD_SIZE != 0 || update->size > IMAGE_SIZE_MAX) {
		return bdev_refuse(reason, -EINVAL,
				   "%s has %zu bytes: an image has a multiple of 4, and not more "
				   "than %u",
				   filename, update->size, IMAGE_SIZE_MAX);
	}
	return 0;
}

static int
prepare(struct update *update, const struct firmware_params *params, struct bdev_reason *reason)
{
	int rc;

	if (!spdk_nvme_ctrlr_get_data(update->dev->ctrlr)->oacs.fwds) {
		return bdev_refuse(reason, -ENOTSUP, "the controller of bdev %s takes no firmware",
				   params->bdev_name);
	}
	if (update->dev->is_updating) {
		return bdev_refuse(reason, -EBUSY,
				   "the controller of bdev %s is getting a firmware already",
				   params->bdev_name);
	}
	rc = load_image(update, params->filename, reason);
	if (rc != 0) {
		return rc;
	}
	rc = spdk_bdev_open_ext(params->bdev_name, false, note_event, NULL, &update->desc);
	if (rc != 0) {
		return bdev_refuse(reason, rc, "bdev %s cannot be opened", params->bdev_name);
	}
	update->dev->is_updating = true;
	return 0;
}

static void
apply_firmware(struct spdk_jsonrpc_request *request, void *ctx)
{
	const struct firmware_params *params = ctx;
	struct nvme_disk *disk = nvme_rpc_find_disk(request, params->bdev_name);
	struct bdev_reason reason = {""};
	struct update *update;
	int rc = -ENOMEM;

	if (disk == NULL) {
		return;
	}
	update = calloc(1, sizeof(*update));
	if (update != NULL) {
		update->request = request;
		update->dev = disk->dev;
		rc = prepare(update, params, &reason);
	}
	if (rc == 0) {
		send_piece(update);
		return;
	}
	bdev_answer_refusal(request, rc, &reason);
	if (update != NULL) {
		free_update(update);
	}
}

SPINDLE_RPC_REGISTER("bdev_nvme_apply_firmware", apply_firmware, SPDK_RPC_RUNTIME, &firmware_params,
		     "Gives an NVMe controller a new firmware, and resets it")
