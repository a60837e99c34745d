/* SPDX-License-Identifier: BSD-3-Clause */
/* Admin commands of applications that go to the controller as they are. */
#include "io/nvme/ctrlr.h"

#include "spdk/log.h"

static bool
goes_to_controller(uint8_t opc)
{
	return (spdk_nvme_opc_get_data_transfer(opc) & SPDK_NVME_DATA_HOST_TO_CONTROLLER) != 0;
}

static bool
is_bidirectional(uint8_t opc)
{
	return spdk_nvme_opc_get_data_transfer(opc) == SPDK_NVME_DATA_BIDIRECTIONAL;
}

int
spdk_nvme_ctrlr_cmd_admin_raw(struct spdk_nvme_ctrlr *ctrlr, struct spdk_nvme_cmd *cmd, void *buf,
			      uint32_t len, spdk_nvme_cmd_cb cb_fn, void *cb_arg)
{
	struct nvme_admin_command command = {
		.cmd = *cmd,
		.payload = buf,
		.payload_size = len,
		.host_to_controller = goes_to_controller(cmd->opc),
		.is_bidirectional = is_bidirectional(cmd->opc),
		.cb_fn = cb_fn,
		.cb_arg = cb_arg,
	};

	return nvme_admin_submit_user(ctrlr, &command);
}

int
spdk_nvme_ctrlr_cmd_get_log_page_ext(struct spdk_nvme_ctrlr *ctrlr, uint8_t log_page, uint32_t nsid,
				     void *payload, uint32_t payload_size, uint64_t offset,
				     uint32_t cdw10, uint32_t cdw11, uint32_t cdw14,
				     spdk_nvme_cmd_cb cb_fn, void *cb_arg)
{
	union spdk_nvme_cmd_cdw10 low = {.raw = cdw10};
	union spdk_nvme_cmd_cdw11 high = {.raw = cdw11};
	struct nvme_admin_command command;

	if (payload_size == 0 || (payload_size & 3) != 0 || (offset & 3) != 0) {
		SPDK_ERRLOG("NVMe controller %s: log page 0x%x: length %u and offset %" PRIu64
			    " must be multiples of 4, and the length not 0.\n",
			    nvme_ctrlr_name(ctrlr), log_page, payload_size, offset);
		return -EINVAL;
	}
	if (low.get_log_page.lid != 0 || low.get_log_page.numdl != 0 ||
	    high.get_log_page.numdu != 0) {
		SPDK_ERRLOG("NVMe controller %s: log page 0x%x: number and length are set by the "
			    "driver, not in cdw10 0x%x and cdw11 0x%x.\n",
			    nvme_ctrlr_name(ctrlr), log_page, cdw10, cdw11);
		return -EINVAL;
	}
	if (offset != 0 && !ctrlr->cdata.lpa.lpeds) {
		SPDK_ERRLOG("NVMe controller %s cannot read log pages from an offset on "
			    "(LPA.LPEDS = 0).\n",
			    nvme_ctrlr_name(ctrlr));
		return -EINVAL;
	}
	nvme_admin_build_log_page(&command, log_page, nsid, payload, payload_size);
	command.cmd.cdw10 |= cdw10;
	command.cmd.cdw11 |= cdw11;
	command.cmd.cdw12 = (uint32_t)offset;
	command.cmd.cdw13 = (uint32_t)(offset >> 32);
	command.cmd.cdw14 = cdw14;
	command.cb_fn = cb_fn;
	command.cb_arg = cb_arg;
	return nvme_admin_submit_user(ctrlr, &command);
}

int
spdk_nvme_ctrlr_cmd_get_log_page(struct spdk_nvme_ctrlr *ctrlr, uint8_t log_page, uint32_t nsid,
				 void *payload, uint32_t payload_size, uint64_t offset,
				 spdk_nvme_cmd_cb cb_fn, void *cb_arg)
{
	return spdk_nvme_ctrlr_cmd_get_log_page_ext(ctrlr, log_page, nsid, payload, payload_size,
						    offset, 0, 0, 0, cb_fn, cb_arg);
}

int
spdk_nvme_ctrlr_cmd_set_feature_ns(struct spdk_nvme_ctrlr *ctrlr, uint8_t feature, uint32_t cdw11,
				   uint32_t cdw12, void *payload, uint32_t payload_size,
				   spdk_nvme_cmd_cb cb_fn, void *cb_arg, uint32_t ns_id)
{
	struct nvme_admin_command command = {
		.payload = payload,
		.payload_size = payload_size,
		.host_to_controller = true,
		.cb_fn = cb_fn,
		.cb_arg = cb_arg,
	};

	command.cmd.opc = SPDK_NVME_OPC_SET_FEATURES;
	command.cmd.nsid = ns_id;
	command.cmd.cdw10_bits.set_features.fid = feature;
	command.cmd.cdw11 = cdw11;
	command.cmd.cdw12 = cdw12;
	return nvme_admin_submit_user(ctrlr, &command);
}

int
spdk_nvme_ctrlr_cmd_set_feature(struct spdk_nvme_ctrlr *ctrlr, uint8_t feature, uint32_t cdw11,
				uint32_t cdw12, void *payload, uint32_t payload_size,
				spdk_nvme_cmd_cb cb_fn, void *cb_arg)
{
	return spdk_nvme_ctrlr_cmd_set_feature_ns(ctrlr, feature, cdw11, cdw12, payload,
						  payload_size, cb_fn, cb_arg, 0);
}

int
spdk_nvme_ctrlr_cmd_get_feature_ns(struct spdk_nvme_ctrlr *ctrlr, uint8_t feature, uint32_t cdw11,
				   void *payload, uint32_t payload_size, spdk_nvme_cmd_cb cb_fn,
				   void *cb_arg, uint32_t ns_id)
{
	struct nvme_admin_command command = {
		.payload = payload,
		.payload_size = payload_size,
		.cb_fn = cb_fn,
		.cb_arg = cb_arg,
	};

	command.cmd.opc = SPDK_NVME_OPC_GET_FEATURES;
	command.cmd.nsid = ns_id;
	command.cmd.cdw10_bits.get_features.fid = feature;
	command.cmd.cdw11 = cdw11;
	return nvme_admin_submit_user(ctrlr, &command);
}

int
spdk_nvme_ctrlr_cmd_get_feature(struct spdk_nvme_ctrlr *ctrlr, uint8_t feature, uint32_t cdw11,
				void *payload, uint32_t payload_size, spdk_nvme_cmd_cb cb_fn,
				void *cb_arg)
{
	return spdk_nvme_ctrlr_cmd_get_feature_ns(ctrlr, feature, cdw11, payload, payload_size,
						  cb_fn, cb_arg, 0);
}

/* Both security commands have the same dwords. */
static void
build_security(struct nvme_admin_command *command, uint8_t opc, uint8_t secp, uint16_t spsp,
	       uint8_t nssf)
{
	command->host_to_controller = goes_to_controller(opc);
	command->cmd.opc = opc;
	command->cmd.cdw10_bits.sec_send_recv.nssf = nssf;
	command->cmd.cdw10_bits.sec_send_recv.spsp0 = spsp & 0xff;
	command->cmd.cdw10_bits.sec_send_recv.spsp1 = spsp >> 8;
	command->cmd.cdw10_bits.sec_send_recv.secp = secp;
	command->cmd.cdw11 = command->payload_size;
}

int
spdk_nvme_ctrlr_cmd_security_receive(struct spdk_nvme_ctrlr *ctrlr, uint8_t secp, uint16_t spsp,
				     uint8_t nssf, void *payload, uint32_t payload_size,
				     spdk_nvme_cmd_cb cb_fn, void *cb_arg)
{
	struct nvme_admin_command command = {
		.payload = payload,
		.payload_size = payload_size,
		.cb_fn = cb_fn,
		.cb_arg = cb_arg,
	};

	build_security(&command, SPDK_NVME_OPC_SECURITY_RECEIVE, secp, spsp, nssf);
	return nvme_admin_submit_user(ctrlr, &command);
}

int
spdk_nvme_ctrlr_cmd_security_send(struct spdk_nvme_ctrlr *ctrlr, uint8_t secp, uint16_t spsp,
				  uint8_t nssf, void *payload, uint32_t payload_size,
				  spdk_nvme_cmd_cb cb_fn, void *cb_arg)
{
	struct nvme_admin_command command = {
		.payload = payload,
		.payload_size = payload_size,
		.cb_fn = cb_fn,
		.cb_arg = cb_arg,
	};

	build_security(&command, SPDK_NVME_OPC_SECURITY_SEND, secp, spsp, nssf);
	return nvme_admin_submit_user(ctrlr, &command);
}

static int
run_security(struct spdk_nvme_ctrlr *ctrlr, struct nvme_admin_command *command, size_t size)
{
	if (size > UINT32_MAX) {
		return -EINVAL;
	}
	return nvme_admin_run(ctrlr, command, NULL);
}

int
spdk_nvme_ctrlr_security_receive(struct spdk_nvme_ctrlr *ctrlr, uint8_t secp, uint16_t spsp,
				 uint8_t nssf, void *payload, size_t size)
{
	struct nvme_admin_command command = {.payload = payload, .payload_size = (uint32_t)size};

	build_security(&command, SPDK_NVME_OPC_SECURITY_RECEIVE, secp, spsp, nssf);
	return run_security(ctrlr, &command, size);
}

int
spdk_nvme_ctrlr_security_send(struct spdk_nvme_ctrlr *ctrlr, uint8_t secp, uint16_t spsp,
			      uint8_t nssf, void *payload, size_t size)
{
	struct nvme_admin_command command = {.payload = payload, .payload_size = (uint32_t)size};

	build_security(&command, SPDK_NVME_OPC_SECURITY_SEND, secp, spsp, nssf);
	return run_security(ctrlr, &command, size);
}

static void
build_directive(struct nvme_admin_command *command, uint8_t opc, uint32_t doper, uint32_t dtype,
		uint32_t dspec)
{
	command->host_to_controller = goes_to_controller(opc);
	command->cmd.opc = opc;
	if (command->payload != NULL && command->payload_size >= 4) {
		command->cmd.cdw10 = spdk_nvme_bytes_to_numd(command->payload_size);
	}
	command->cmd.cdw11_bits.directive.doper = doper;
	command->cmd.cdw11_bits.directive.dtype = dtype;
	command->cmd.cdw11_bits.directive.dspec = dspec;
}

int
spdk_nvme_ctrlr_cmd_directive_receive(struct spdk_nvme_ctrlr *ctrlr, uint32_t nsid, uint32_t doper,
				      uint32_t dtype, uint32_t dspec, void *payload,
				      uint32_t payload_size, uint32_t cdw12, uint32_t cdw13,
				      spdk_nvme_cmd_cb cb_fn, void *cb_arg)
{
	struct nvme_admin_command command = {
		.cmd = {.nsid = nsid, .cdw12 = cdw12, .cdw13 = cdw13},
		.payload = payload,
		.payload_size = payload_size,
		.cb_fn = cb_fn,
		.cb_arg = cb_arg,
	};

	build_directive(&command, SPDK_NVME_OPC_DIRECTIVE_RECEIVE, doper, dtype, dspec);
	return nvme_admin_submit_user(ctrlr, &command);
}

int
spdk_nvme_ctrlr_cmd_directive_send(struct spdk_nvme_ctrlr *ctrlr, uint32_t nsid, uint32_t doper,
				   uint32_t dtype, uint32_t dspec, void *payload,
				   uint32_t payload_size, uint32_t cdw12, uint32_t cdw13,
				   spdk_nvme_cmd_cb cb_fn, void *cb_arg)
{
	struct nvme_admin_command command = {
		.cmd = {.nsid = nsid, .cdw12 = cdw12, .cdw13 = cdw13},
		.payload = payload,
		.payload_size = payload_size,
		.cb_fn = cb_fn,
		.cb_arg = cb_arg,
	};

	build_directive(&command, SPDK_NVME_OPC_DIRECTIVE_SEND, doper, dtype, dspec);
	return nvme_admin_submit_user(ctrlr, &command);
}
