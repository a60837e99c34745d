/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Handing in admin commands: the driver's own, and those of applications.
 *
 * Applications may use all requests of the admin queue but NVME_ADMIN_REQUESTS_RESERVED, so that a
 * program that has used up its share can still be reset, aborted and detached.
 */
#include "io/nvme/ctrlr.h"

#include "spdk/log.h"

struct user_call {
	struct nvme_delivery delivery;
	struct spdk_nvme_ctrlr *ctrlr;
	spdk_nvme_cmd_cb cb_fn;
	void *cb_arg;
	struct spdk_nvme_cpl cpl;
};

static struct nvme_request *
request_for(struct spdk_nvme_ctrlr *ctrlr, const struct nvme_admin_command *command)
{
	struct nvme_request_copy copy = {
		.buffer = command->payload,
		.size = command->payload_size,
		.host_to_controller = command->host_to_controller,
		.is_bidirectional = command->is_bidirectional,
		.cb_fn = command->cb_fn,
		.cb_arg = command->cb_arg,
	};

	if (command->payload_size == 0) {
		return nvme_request_get(ctrlr->adminq, command->cb_fn, command->cb_arg);
	}
	return nvme_request_get_copied(ctrlr->adminq, &copy);
}

/*
 * Of a command that an application has made: where the data are is the transport's to say, and it
 * fills in no more than it needs. Admin commands are never fused, and half of a pair would wait for
 * ever.
 */
static void
clear_pointers(struct spdk_nvme_cmd *cmd)
{
	cmd->fuse = SPDK_NVME_CMD_FUSE_NONE;
	cmd->psdt = SPDK_NVME_PSDT_PRP;
	cmd->mptr = 0;
	cmd->dptr.prp.prp1 = 0;
	cmd->dptr.prp.prp2 = 0;
}

int
nvme_admin_submit(struct spdk_nvme_ctrlr *ctrlr, const struct nvme_admin_command *command)
{
	struct nvme_request *req;
	int rc = -ENOMEM;

	/* Without a pointer, the device would write to address 0, or read there. */
	if (command->payload == NULL && command->payload_size != 0) {
		SPDK_ERRLOG("NVMe controller %s: admin command %#x: the payload is NULL, but its "
			    "size is %u\n",
			    nvme_ctrlr_name(ctrlr), command->cmd.opc, command->payload_size);
		return -EINVAL;
	}
	nvme_ctrlr_lock(ctrlr);
	req = request_for(ctrlr, command);
	if (req != NULL) {
		req->cmd = command->cmd;
		if (!command->is_raw) {
			clear_pointers(&req->cmd);
		}
		req->is_quiet = command->is_quiet;
		req->is_raw = command->is_raw;
		rc = nvme_qpair_submit(ctrlr->adminq, req);
	}
	nvme_ctrlr_unlock(ctrlr);
	return rc;
}

static void
user_deliver(struct spdk_nvme_ctrlr *ctrlr, struct nvme_delivery *delivery)
{
	struct user_call *call = SPDK_CONTAINEROF(delivery, struct user_call, delivery);
	struct user_call copy = *call;

	free(call);
	copy.cb_fn(copy.cb_arg, &copy.cpl);
}

static void
user_done(void *arg, const struct spdk_nvme_cpl *cpl)
{
	struct user_call *call = arg;

	call->ctrlr->user_requests--;
	if (call->cb_fn == NULL) {
		free(call);
		return;
	}
	call->cpl = *cpl;
	nvme_deliver_later(call->ctrlr, &call->delivery);
}

void *
nvme_admin_user_arg(const struct nvme_request *req)
{
	return req->cb_fn == user_done ? ((const struct user_call *)req->cb_arg)->cb_arg :
					 req->cb_arg;
}

static bool
user_may(const struct spdk_nvme_ctrlr *ctrlr)
{
	uint32_t all = ctrlr->adminq->request_count;

	return all > NVME_ADMIN_REQUESTS_RESERVED &&
	       ctrlr->user_requests < all - NVME_ADMIN_REQUESTS_RESERVED;
}

int
nvme_admin_submit_user(struct spdk_nvme_ctrlr *ctrlr, const struct nvme_admin_command *command)
{
	struct nvme_admin_command inner = *command;
	struct user_call *call;
	int rc = -ENOMEM;

	call = calloc(1, sizeof(*call));
	if (call == NULL) {
		return -ENOMEM;
	}
	*call = (struct user_call){
		.delivery.run = user_deliver,
		.ctrlr = ctrlr,
		.cb_fn = command->cb_fn,
		.cb_arg = command->cb_arg,
	};
	inner.cb_fn = user_done;
	inner.cb_arg = call;
	nvme_ctrlr_lock(ctrlr);
	if (user_may(ctrlr)) {
		/* Before, since what completes it may run at any time from then on. */
		ctrlr->user_requests++;
		rc = nvme_admin_submit(ctrlr, &inner);
		if (rc != 0) {
			ctrlr->user_requests--;
		}
	}
	nvme_ctrlr_unlock(ctrlr);
	if (rc != 0) {
		free(call);
	}
	return rc;
}

int
nvme_admin_run(struct spdk_nvme_ctrlr *ctrlr, struct nvme_admin_command *command,
	       struct spdk_nvme_cpl *out_cpl)
{
	struct nvme_wait wait = {0};
	int rc;

	command->cb_fn = nvme_wait_done;
	command->cb_arg = &wait;
	rc = nvme_admin_submit(ctrlr, command);
	if (rc != 0) {
		return rc;
	}
	rc = nvme_wait_for(ctrlr, &wait);
	if (out_cpl != NULL) {
		*out_cpl = wait.cpl;
	}
	return rc;
}

void
nvme_admin_build_log_page(struct nvme_admin_command *command, uint8_t log_page, uint32_t nsid,
			  void *payload, uint32_t payload_size)
{
	uint32_t numd = spdk_nvme_bytes_to_numd(payload_size);

	*command = (struct nvme_admin_command){.payload = payload, .payload_size = payload_size};
	command->cmd.opc = SPDK_NVME_OPC_GET_LOG_PAGE;
	command->cmd.nsid = nsid;
	command->cmd.cdw10_bits.get_log_page.lid = log_page;
	command->cmd.cdw10_bits.get_log_page.numdl = numd & 0xffff;
	command->cmd.cdw11_bits.get_log_page.numdu = numd >> 16;
}

void
nvme_admin_build_identify(struct nvme_admin_command *command, uint8_t cns, uint32_t nsid,
			  uint8_t csi, void *payload)
{
	*command = (struct nvme_admin_command){
		.payload = payload,
		.payload_size = SPDK_NVME_IDENTIFY_BUFLEN,
	};
	command->cmd.opc = SPDK_NVME_OPC_IDENTIFY;
	command->cmd.nsid = nsid;
	command->cmd.cdw10_bits.identify.cns = cns;
	command->cmd.cdw11_bits.identify.csi = csi;
}
