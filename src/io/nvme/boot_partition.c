/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Boot partitions. Reading goes by registers: the controller copies a part of one to memory.
 * Writing goes by commands, one after the other:
 *
 *   DOWNLOAD, for each piece -> REPLACE -> ACTIVATE -> the callback
 *   any -> the callback, with the status of the command that failed
 */
#include "io/nvme/firmware.h"

#include "io/nvme/pcie_address.h"
#include "spdk/log.h"

#define REGISTER(field) offsetof(struct spdk_nvme_registers, field)
#define UNIT            4096u

struct partition_write {
	struct nvme_delivery delivery;
	struct spdk_nvme_ctrlr *ctrlr;
	uint8_t *payload;
	uint32_t size;
	uint32_t offset;
	uint32_t piece;
	uint32_t bpid;
	/* What has been submitted. */
	enum spdk_nvme_fw_commit_action action;
	bool is_download;
	spdk_nvme_cmd_cb cb_fn;
	void *cb_arg;
	struct spdk_nvme_cpl cpl;
};

static int
read_info(struct spdk_nvme_ctrlr *ctrlr, union spdk_nvme_bpinfo_register *out_info)
{
	if (!ctrlr->cap.bits.bps) {
		SPDK_ERRLOG("NVMe controller %s has no boot partitions (CAP.BPS = 0).\n",
			    nvme_ctrlr_name(ctrlr));
		return -ENOTSUP;
	}
	return nvme_transport_read_4(ctrlr, REGISTER(bpinfo), &out_info->raw) == 0 ? 0 : -EIO;
}

static int
start_read(struct spdk_nvme_ctrlr *ctrlr, uint64_t address,
	   const union spdk_nvme_bprsel_register *select)
{
	union spdk_nvme_bpinfo_register info;
	int rc;

	rc = read_info(ctrlr, &info);
	if (rc != 0) {
		return rc;
	}
	if (info.bits.brs == SPDK_NVME_BRS_READ_IN_PROGRESS) {
		return -EALREADY;
	}
	if (nvme_transport_write_8(ctrlr, REGISTER(bpmbl), address) != 0 ||
	    nvme_transport_write_4(ctrlr, REGISTER(bprsel), select->raw) != 0) {
		return -EIO;
	}
	return 0;
}

int
spdk_nvme_ctrlr_read_boot_partition_start(struct spdk_nvme_ctrlr *ctrlr, void *payload,
					  uint32_t bprsz, uint32_t bprof, uint32_t bpid)
{
	union spdk_nvme_bprsel_register select = {.raw = 0};
	uint64_t address;
	int rc;

	select.bits.bprsz = bprsz;
	select.bits.bprof = bprof;
	select.bits.bpid = bpid;
	if (bprsz == 0 || select.bits.bprsz != bprsz || select.bits.bprof != bprof || bpid > 1 ||
	    payload == NULL || ((uintptr_t)payload & (UNIT - 1)) != 0) {
		SPDK_ERRLOG("NVMe controller %s: boot partition %u, %u x 4 KiB from %u on, to %p: "
			    "the number is 0 or 1, the size 1 to 1023, and the memory a multiple "
			    "of %u.\n",
			    nvme_ctrlr_name(ctrlr), bpid, bprsz, bprof, payload, UNIT);
		return -EINVAL;
	}
	if (ctrlr->pci_device == NULL) {
		return -ENOTSUP;
	}
	/* The controller is told where it begins, and writes on from there. */
	address = pcie_address_of_whole(env_dma_of_device(ctrlr->pci_device), payload,
					(uint64_t)bprsz * UNIT);
	if (address == ENV_DMA_ERROR) {
		return -EFAULT;
	}
	nvme_ctrlr_lock(ctrlr);
	rc = start_read(ctrlr, address, &select);
	nvme_ctrlr_unlock(ctrlr);
	return rc;
}

int
spdk_nvme_ctrlr_read_boot_partition_poll(struct spdk_nvme_ctrlr *ctrlr)
{
	union spdk_nvme_bpinfo_register info;
	int rc;

	nvme_ctrlr_lock(ctrlr);
	rc = read_info(ctrlr, &info);
	nvme_ctrlr_unlock(ctrlr);
	if (rc != 0) {
		return rc == -ENOTSUP ? -EINVAL : rc;
	}
	switch (info.bits.brs) {
	case SPDK_NVME_BRS_READ_SUCCESS:
		return 0;
	case SPDK_NVME_BRS_READ_IN_PROGRESS:
		return -EAGAIN;
	default:
		/* SPDK_NVME_BRS_READ_ERROR, or none was begun. */
		return -EINVAL;
	}
}

static void write_done(void *arg, const struct spdk_nvme_cpl *cpl);

static void
deliver(struct spdk_nvme_ctrlr *ctrlr, struct nvme_delivery *delivery)
{
	struct partition_write *write =
		SPDK_CONTAINEROF(delivery, struct partition_write, delivery);
	struct partition_write copy = *write;

	free(write);
	if (copy.cb_fn != NULL) {
		copy.cb_fn(copy.cb_arg, &copy.cpl);
	}
}

static int
submit_download(struct partition_write *write)
{
	struct nvme_admin_command command;

	write->is_download = true;
	write->piece = nvme_firmware_piece(write->ctrlr, write->size - write->offset);
	nvme_firmware_build_download(&command, write->payload, write->offset, write->piece);
	command.cb_fn = write_done;
	command.cb_arg = write;
	return nvme_admin_submit(write->ctrlr, &command);
}

static int
submit_commit(struct partition_write *write, enum spdk_nvme_fw_commit_action action)
{
	struct spdk_nvme_fw_commit commit = {.ca = action, .bpid = write->bpid};
	struct nvme_admin_command command;

	write->is_download = false;
	write->action = action;
	nvme_firmware_build_commit(&command, &commit);
	command.cb_fn = write_done;
	command.cb_arg = write;
	return nvme_admin_submit(write->ctrlr, &command);
}

/* 0: something has been submitted; 1: it is over; or -errno. */
static int
go_on(struct partition_write *write)
{
	if (write->is_download) {
		write->offset += write->piece;
		if (write->offset < write->size) {
			return submit_download(write);
		}
		return submit_commit(write, SPDK_NVME_FW_COMMIT_REPLACE_BOOT_PARTITION);
	}
	if (write->action == SPDK_NVME_FW_COMMIT_REPLACE_BOOT_PARTITION) {
		return submit_commit(write, SPDK_NVME_FW_COMMIT_ACTIVATE_BOOT_PARTITION);
	}
	return 1;
}

static void
write_done(void *arg, const struct spdk_nvme_cpl *cpl)
{
	struct partition_write *write = arg;
	int rc = 1;

	write->cpl = *cpl;
	if (spdk_nvme_cpl_is_success(cpl)) {
		rc = go_on(write);
	}
	if (rc < 0) {
		SPDK_ERRLOG("NVMe controller %s: boot partition %u could not be written further: "
			    "%s.\n",
			    nvme_ctrlr_name(write->ctrlr), write->bpid, spdk_strerror(-rc));
		write->cpl.status.sct = SPDK_NVME_SCT_GENERIC;
		write->cpl.status.sc = SPDK_NVME_SC_INTERNAL_DEVICE_ERROR;
	}
	if (rc != 0) {
		write->delivery.run = deliver;
		nvme_deliver_later(write->ctrlr, &write->delivery);
	}
}

int
spdk_nvme_ctrlr_write_boot_partition(struct spdk_nvme_ctrlr *ctrlr, void *payload, uint32_t size,
				     uint32_t bpid, spdk_nvme_cmd_cb cb_fn, void *cb_arg)
{
	struct partition_write *write;
	int rc;

	if (!ctrlr->cap.bits.bps) {
		return -ENOTSUP;
	}
	if (payload == NULL || size == 0 || (size & 3) != 0 || bpid > 1) {
		return -EINVAL;
	}
	write = calloc(1, sizeof(*write));
	if (write == NULL) {
		return -ENOMEM;
	}
	*write = (struct partition_write){
		.ctrlr = ctrlr,
		.payload = payload,
		.size = size,
		.bpid = bpid,
		.cb_fn = cb_fn,
		.cb_arg = cb_arg,
	};
	nvme_ctrlr_lock(ctrlr);
	rc = submit_download(write);
	nvme_ctrlr_unlock(ctrlr);
	if (rc != 0) {
		free(write);
	}
	return rc;
}
