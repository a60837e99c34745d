/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Managing namespaces: each call waits for its command, then reads the namespaces anew, so that
 * what it has changed is known when it returns.
 */
#include "io/nvme/ctrlr.h"

#include "spdk/log.h"

/* 0 or -errno; an error is logged, with what was tried. */
static int
run(struct spdk_nvme_ctrlr *ctrlr, struct nvme_admin_command *command, const char *what,
    struct spdk_nvme_cpl *out_cpl)
{
	struct spdk_nvme_cpl cpl = {0};
	int rc;

	rc = nvme_admin_run(ctrlr, command, &cpl);
	if (rc != 0) {
		SPDK_ERRLOG("NVMe controller %s: namespace %u: %s failed: %s.\n",
			    nvme_ctrlr_name(ctrlr), command->cmd.nsid, what,
			    rc == -EIO ? spdk_nvme_cpl_get_status_string(&cpl.status) :
					 spdk_strerror(-rc));
		return rc;
	}
	if (out_cpl != NULL) {
		*out_cpl = cpl;
	}
	return nvme_ns_refresh(ctrlr);
}

static int
attachment(struct spdk_nvme_ctrlr *ctrlr, uint32_t nsid, struct spdk_nvme_ctrlr_list *payload,
	   enum spdk_nvme_ns_attach_type type)
{
	struct nvme_admin_command command = {
		.payload = payload,
		.payload_size = sizeof(*payload),
		.host_to_controller = true,
	};

	command.cmd.opc = SPDK_NVME_OPC_NS_ATTACHMENT;
	command.cmd.nsid = nsid;
	command.cmd.cdw10_bits.ns_attach.sel = type;
	return run(ctrlr, &command, type == SPDK_NVME_NS_CTRLR_ATTACH ? "attaching" : "detaching",
		   NULL);
}

int
spdk_nvme_ctrlr_attach_ns(struct spdk_nvme_ctrlr *ctrlr, uint32_t nsid,
			  struct spdk_nvme_ctrlr_list *payload)
{
	if (nsid == 0) {
		return -EINVAL;
	}
	return attachment(ctrlr, nsid, payload, SPDK_NVME_NS_CTRLR_ATTACH);
}

int
spdk_nvme_ctrlr_detach_ns(struct spdk_nvme_ctrlr *ctrlr, uint32_t nsid,
			  struct spdk_nvme_ctrlr_list *payload)
{
	if (nsid == 0) {
		return -EINVAL;
	}
	return attachment(ctrlr, nsid, payload, SPDK_NVME_NS_CTRLR_DETACH);
}

uint32_t
spdk_nvme_ctrlr_create_ns(struct spdk_nvme_ctrlr *ctrlr, struct spdk_nvme_ns_data *payload)
{
	struct nvme_admin_command command = {
		.payload = payload,
		.payload_size = sizeof(*payload),
		.host_to_controller = true,
	};
	struct spdk_nvme_cpl cpl = {0};

	command.cmd.opc = SPDK_NVME_OPC_NS_MANAGEMENT;
	command.cmd.cdw10_bits.ns_manage.sel = SPDK_NVME_NS_MANAGEMENT_CREATE;
	/* It exists, also when the namespaces could not be read afterwards. */
	(void)run(ctrlr, &command, "creating one", &cpl);
	return cpl.cdw0;
}

int
spdk_nvme_ctrlr_delete_ns(struct spdk_nvme_ctrlr *ctrlr, uint32_t nsid)
{
	struct nvme_admin_command command = {0};

	if (nsid == 0) {
		return -EINVAL;
	}
	command.cmd.opc = SPDK_NVME_OPC_NS_MANAGEMENT;
	command.cmd.nsid = nsid;
	command.cmd.cdw10_bits.ns_manage.sel = SPDK_NVME_NS_MANAGEMENT_DELETE;
	return run(ctrlr, &command, "deleting", NULL);
}

int
spdk_nvme_ctrlr_format(struct spdk_nvme_ctrlr *ctrlr, uint32_t nsid,
		       struct spdk_nvme_format *format)
{
	struct nvme_admin_command command = {0};

	if (nsid == 0 || format == NULL) {
		return -EINVAL;
	}
	command.cmd.opc = SPDK_NVME_OPC_FORMAT_NVM;
	command.cmd.nsid = nsid;
	memcpy(&command.cmd.cdw10, format, sizeof(command.cmd.cdw10));
	return run(ctrlr, &command, "formatting", NULL);
}
