/* SPDX-License-Identifier: BSD-3-Clause */
/* Commands of zoned namespaces. */
#include "spdk/nvme_zns.h"

#include "io/nvme/io.h"
#include "spdk/log.h"

/* Bytes: what the size of extensions of descriptors is told in. */
#define EXTENSION_UNIT 64

static bool
is_zoned(const struct spdk_nvme_ns *ns)
{
	if (__atomic_load_n(&ns->nsdata_zns, __ATOMIC_RELAXED) != NULL) {
		return true;
	}
	SPDK_ERRLOG_RATELIMIT("NVMe controller %s, namespace %u is not zoned, or not active: it "
			      "takes no commands for zones\n",
			      nvme_ctrlr_name(ns->ctrlr), ns->id);
	return false;
}

/* An append is one command: where its data went is told by its completion. */
static int
append(const struct nvme_io *io)
{
	uint32_t max = spdk_nvme_zns_ctrlr_get_max_zone_append_size(io->ns->ctrlr);

	if (!is_zoned(io->ns)) {
		return -EINVAL;
	}
	if (io->lba_count * (uint64_t)nvme_io_block_size(io) > max) {
		SPDK_ERRLOG_RATELIMIT(
			"NVMe controller %s, namespace %u: an append of %u blocks is more than %u "
			"bytes, which spdk_nvme_zns_ctrlr_get_max_zone_append_size() tells\n",
			nvme_ctrlr_name(io->ns->ctrlr), io->ns->id, io->lba_count, max);
		return -EINVAL;
	}
	return nvme_io_submit_whole(io);
}

int
spdk_nvme_zns_zone_append(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair, void *buffer,
			  uint64_t zslba, uint32_t lba_count, spdk_nvme_cmd_cb cb_fn, void *cb_arg,
			  uint32_t io_flags)
{
	return spdk_nvme_zns_zone_append_with_md(ns, qpair, buffer, NULL, zslba, lba_count, cb_fn,
						 cb_arg, io_flags, 0, 0);
}

int
spdk_nvme_zns_zone_append_with_md(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair,
				  void *buffer, void *metadata, uint64_t zslba, uint32_t lba_count,
				  spdk_nvme_cmd_cb cb_fn, void *cb_arg, uint32_t io_flags,
				  uint16_t apptag_mask, uint16_t apptag)
{
	const struct nvme_io io = {
		.ns = ns,
		.qpair = qpair,
		.cb_fn = cb_fn,
		.cb_arg = cb_arg,
		.payload = {.kind = NVME_PAYLOAD_CONTIGUOUS, .data = buffer},
		.md = metadata,
		.lba = zslba,
		.lba_count = lba_count,
		.io_flags = io_flags,
		.apptag_mask = apptag_mask,
		.apptag = apptag,
		.opc = SPDK_NVME_OPC_ZONE_APPEND,
	};

	return append(&io);
}

int
spdk_nvme_zns_zone_appendv(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair, uint64_t zslba,
			   uint32_t lba_count, spdk_nvme_cmd_cb cb_fn, void *cb_arg,
			   uint32_t io_flags, spdk_nvme_req_reset_sgl_cb reset_sgl_fn,
			   spdk_nvme_req_next_sge_cb next_sge_fn)
{
	return spdk_nvme_zns_zone_appendv_with_md(ns, qpair, zslba, lba_count, cb_fn, cb_arg,
						  io_flags, reset_sgl_fn, next_sge_fn, NULL, 0, 0);
}

int
spdk_nvme_zns_zone_appendv_with_md(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair,
				   uint64_t zslba, uint32_t lba_count, spdk_nvme_cmd_cb cb_fn,
				   void *cb_arg, uint32_t io_flags,
				   spdk_nvme_req_reset_sgl_cb reset_sgl_fn,
				   spdk_nvme_req_next_sge_cb next_sge_fn, void *metadata,
				   uint16_t apptag_mask, uint16_t apptag)
{
	const struct nvme_io io = {
		.ns = ns,
		.qpair = qpair,
		.cb_fn = cb_fn,
		.cb_arg = cb_arg,
		.payload = {.kind = NVME_PAYLOAD_SGL,
			    .data = cb_arg,
			    .reset_sgl_fn = reset_sgl_fn,
			    .next_sge_fn = next_sge_fn},
		.md = metadata,
		.lba = zslba,
		.lba_count = lba_count,
		.io_flags = io_flags,
		.apptag_mask = apptag_mask,
		.apptag = apptag,
		.opc = SPDK_NVME_OPC_ZONE_APPEND,
	};

	return append(&io);
}

/* Management: what all of its calls have. */
struct zone_command {
	struct spdk_nvme_ns *ns;
	struct spdk_nvme_qpair *qpair;
	spdk_nvme_cmd_cb cb_fn;
	void *cb_arg;
	uint64_t slba;
	/* NULL: none. */
	void *payload;
	uint32_t payload_size;
};

static int
submit(const struct zone_command *command, uint8_t opc, uint32_t cdw13)
{
	struct nvme_request *req;

	if (!is_zoned(command->ns)) {
		return -EINVAL;
	}
	req = nvme_io_plain(command->ns, command->qpair, command->cb_fn, command->cb_arg, opc);
	if (req == NULL) {
		return -ENOMEM;
	}
	if (command->payload != NULL) {
		nvme_request_set_contiguous(req, command->payload, command->payload_size, NULL, 0);
	}
	nvme_cmd_set_lba(&req->cmd, command->slba);
	if (opc == SPDK_NVME_OPC_ZONE_MGMT_RECV) {
		req->cmd.cdw12 = spdk_nvme_bytes_to_numd(command->payload_size);
	}
	req->cmd.cdw13 = cdw13;
	return nvme_qpair_submit(command->qpair, req);
}

static bool
is_payload_valid(const struct zone_command *command, uint32_t unit)
{
	return command->payload != NULL && command->payload_size != 0 &&
	       command->payload_size % unit == 0 &&
	       command->payload_size <= command->ns->ctrlr->max_xfer_size;
}

/* An action on one zone, or on all that it applies to: then, the field for the block is reserved.
 */
static int
act(struct zone_command *command, enum spdk_nvme_zns_zone_send_action action, bool select_all)
{
	if (select_all) {
		command->slba = 0;
	}
	return submit(command, SPDK_NVME_OPC_ZONE_MGMT_SEND,
		      (uint32_t)action | (uint32_t)select_all << 8);
}

int
spdk_nvme_zns_close_zone(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair, uint64_t slba,
			 bool select_all, spdk_nvme_cmd_cb cb_fn, void *cb_arg)
{
	struct zone_command command = {
		.ns = ns, .qpair = qpair, .cb_fn = cb_fn, .cb_arg = cb_arg, .slba = slba};

	return act(&command, SPDK_NVME_ZONE_CLOSE, select_all);
}

int
spdk_nvme_zns_finish_zone(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair, uint64_t slba,
			  bool select_all, spdk_nvme_cmd_cb cb_fn, void *cb_arg)
{
	struct zone_command command = {
		.ns = ns, .qpair = qpair, .cb_fn = cb_fn, .cb_arg = cb_arg, .slba = slba};

	return act(&command, SPDK_NVME_ZONE_FINISH, select_all);
}

int
spdk_nvme_zns_open_zone(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair, uint64_t slba,
			bool select_all, spdk_nvme_cmd_cb cb_fn, void *cb_arg)
{
	struct zone_command command = {
		.ns = ns, .qpair = qpair, .cb_fn = cb_fn, .cb_arg = cb_arg, .slba = slba};

	return act(&command, SPDK_NVME_ZONE_OPEN, select_all);
}

int
spdk_nvme_zns_reset_zone(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair, uint64_t slba,
			 bool select_all, spdk_nvme_cmd_cb cb_fn, void *cb_arg)
{
	struct zone_command command = {
		.ns = ns, .qpair = qpair, .cb_fn = cb_fn, .cb_arg = cb_arg, .slba = slba};

	return act(&command, SPDK_NVME_ZONE_RESET, select_all);
}

int
spdk_nvme_zns_offline_zone(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair, uint64_t slba,
			   bool select_all, spdk_nvme_cmd_cb cb_fn, void *cb_arg)
{
	struct zone_command command = {
		.ns = ns, .qpair = qpair, .cb_fn = cb_fn, .cb_arg = cb_arg, .slba = slba};

	return act(&command, SPDK_NVME_ZONE_OFFLINE, select_all);
}

int
spdk_nvme_zns_set_zone_desc_ext(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair,
				uint64_t slba, void *buffer, uint32_t payload_size,
				spdk_nvme_cmd_cb cb_fn, void *cb_arg)
{
	struct zone_command command = {
		.ns = ns,
		.qpair = qpair,
		.cb_fn = cb_fn,
		.cb_arg = cb_arg,
		.slba = slba,
		.payload = buffer,
		.payload_size = payload_size,
	};

	if (!is_payload_valid(&command, EXTENSION_UNIT)) {
		return -EINVAL;
	}
	return act(&command, SPDK_NVME_ZONE_SET_ZDE, false);
}

/* What to read, of which zones, and whether to count only those that fit. */
static int
report(const struct zone_command *command, enum spdk_nvme_zns_zone_receive_action action,
       enum spdk_nvme_zns_zra_report_opts report_opts, bool is_partial)
{
	if (!is_payload_valid(command, sizeof(uint32_t))) {
		return -EINVAL;
	}
	return submit(command, SPDK_NVME_OPC_ZONE_MGMT_RECV,
		      (uint32_t)action | (uint32_t)report_opts << 8 | (uint32_t)is_partial << 16);
}

int
spdk_nvme_zns_report_zones(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair, void *payload,
			   uint32_t payload_size, uint64_t slba,
			   enum spdk_nvme_zns_zra_report_opts report_opts, bool partial_report,
			   spdk_nvme_cmd_cb cb_fn, void *cb_arg)
{
	const struct zone_command command = {
		.ns = ns,
		.qpair = qpair,
		.cb_fn = cb_fn,
		.cb_arg = cb_arg,
		.slba = slba,
		.payload = payload,
		.payload_size = payload_size,
	};

	return report(&command, SPDK_NVME_ZONE_REPORT, report_opts, partial_report);
}

int
spdk_nvme_zns_ext_report_zones(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair,
			       void *payload, uint32_t payload_size, uint64_t slba,
			       enum spdk_nvme_zns_zra_report_opts report_opts, bool partial_report,
			       spdk_nvme_cmd_cb cb_fn, void *cb_arg)
{
	const struct zone_command command = {
		.ns = ns,
		.qpair = qpair,
		.cb_fn = cb_fn,
		.cb_arg = cb_arg,
		.slba = slba,
		.payload = payload,
		.payload_size = payload_size,
	};

	return report(&command, SPDK_NVME_ZONE_EXTENDED_REPORT, report_opts, partial_report);
}
