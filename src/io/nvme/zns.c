/* SPDX-License-Identifier: BSD-3-Clause */
/* Commands of zoned namespaces. */
#include "spdk/nvme_zns.h"

#include "io/nvme/io.h"
#include "spdk/log.h"

/* An append is one command: where its data went is told by its completion. */
static int
append(const struct nvme_io *io)
{
	uint32_t max = spdk_nvme_zns_ctrlr_get_max_zone_append_size(io->ns->ctrlr);

	if (io->lba_count * (uint64_t)nvme_io_block_size(io) > max) {
		SPDK_ERRLOG(
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

/* An action on one zone, or on all that it applies to. */
static int
manage(struct spdk_nvme_qpair *qpair, struct nvme_request *req, uint64_t slba, uint32_t action)
{
	if (req == NULL) {
		return -ENOMEM;
	}
	nvme_cmd_set_lba(&req->cmd, slba);
	req->cmd.cdw13 = action;
	return nvme_qpair_submit(qpair, req);
}

static inline uint32_t
action_of(enum spdk_nvme_zns_zone_send_action action, bool select_all)
{
	return (uint32_t)action | (uint32_t)select_all << 8;
}

int
spdk_nvme_zns_close_zone(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair, uint64_t slba,
			 bool select_all, spdk_nvme_cmd_cb cb_fn, void *cb_arg)
{
	return manage(qpair, nvme_io_plain(ns, qpair, cb_fn, cb_arg, SPDK_NVME_OPC_ZONE_MGMT_SEND),
		      select_all ? 0 : slba, action_of(SPDK_NVME_ZONE_CLOSE, select_all));
}

int
spdk_nvme_zns_finish_zone(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair, uint64_t slba,
			  bool select_all, spdk_nvme_cmd_cb cb_fn, void *cb_arg)
{
	return manage(qpair, nvme_io_plain(ns, qpair, cb_fn, cb_arg, SPDK_NVME_OPC_ZONE_MGMT_SEND),
		      select_all ? 0 : slba, action_of(SPDK_NVME_ZONE_FINISH, select_all));
}

int
spdk_nvme_zns_open_zone(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair, uint64_t slba,
			bool select_all, spdk_nvme_cmd_cb cb_fn, void *cb_arg)
{
	return manage(qpair, nvme_io_plain(ns, qpair, cb_fn, cb_arg, SPDK_NVME_OPC_ZONE_MGMT_SEND),
		      select_all ? 0 : slba, action_of(SPDK_NVME_ZONE_OPEN, select_all));
}

int
spdk_nvme_zns_reset_zone(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair, uint64_t slba,
			 bool select_all, spdk_nvme_cmd_cb cb_fn, void *cb_arg)
{
	return manage(qpair, nvme_io_plain(ns, qpair, cb_fn, cb_arg, SPDK_NVME_OPC_ZONE_MGMT_SEND),
		      select_all ? 0 : slba, action_of(SPDK_NVME_ZONE_RESET, select_all));
}

int
spdk_nvme_zns_offline_zone(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair, uint64_t slba,
			   bool select_all, spdk_nvme_cmd_cb cb_fn, void *cb_arg)
{
	return manage(qpair, nvme_io_plain(ns, qpair, cb_fn, cb_arg, SPDK_NVME_OPC_ZONE_MGMT_SEND),
		      select_all ? 0 : slba, action_of(SPDK_NVME_ZONE_OFFLINE, select_all));
}

int
spdk_nvme_zns_set_zone_desc_ext(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair,
				uint64_t slba, void *buffer, uint32_t payload_size,
				spdk_nvme_cmd_cb cb_fn, void *cb_arg)
{
	struct nvme_request *req;

	if (buffer == NULL || payload_size == 0) {
		return -EINVAL;
	}
	req = nvme_io_plain(ns, qpair, cb_fn, cb_arg, SPDK_NVME_OPC_ZONE_MGMT_SEND);
	if (req != NULL) {
		nvme_request_set_contiguous(req, buffer, payload_size, NULL, 0);
	}
	return manage(qpair, req, slba, action_of(SPDK_NVME_ZONE_SET_ZDE, false));
}

static int
report(struct spdk_nvme_qpair *qpair, struct nvme_request *req, uint64_t slba, uint32_t cdw13)
{
	if (req == NULL) {
		return -ENOMEM;
	}
	nvme_cmd_set_lba(&req->cmd, slba);
	req->cmd.cdw12 = spdk_nvme_bytes_to_numd(req->payload_size);
	req->cmd.cdw13 = cdw13;
	return nvme_qpair_submit(qpair, req);
}

/* Dword 13: what to read, which zones, and whether to count only those that fit. */
static inline uint32_t
report_of(enum spdk_nvme_zns_zone_receive_action action,
	  enum spdk_nvme_zns_zra_report_opts report_opts, bool is_partial)
{
	return (uint32_t)action | (uint32_t)report_opts << 8 | (uint32_t)is_partial << 16;
}

static struct nvme_request *
make_report(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair, const struct iovec *payload,
	    spdk_nvme_cmd_cb cb_fn, void *cb_arg)
{
	struct nvme_request *req;

	req = nvme_io_plain(ns, qpair, cb_fn, cb_arg, SPDK_NVME_OPC_ZONE_MGMT_RECV);
	if (req != NULL) {
		nvme_request_set_contiguous(req, payload->iov_base, (uint32_t)payload->iov_len,
					    NULL, 0);
	}
	return req;
}

static bool
is_report_size(const struct spdk_nvme_ns *ns, const void *payload, uint32_t size)
{
	return payload != NULL && size != 0 && size % 4 == 0 && size <= ns->ctrlr->max_xfer_size;
}

int
spdk_nvme_zns_report_zones(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair, void *payload,
			   uint32_t payload_size, uint64_t slba,
			   enum spdk_nvme_zns_zra_report_opts report_opts, bool partial_report,
			   spdk_nvme_cmd_cb cb_fn, void *cb_arg)
{
	const struct iovec iov = {.iov_base = payload, .iov_len = payload_size};

	if (!is_report_size(ns, payload, payload_size)) {
		return -EINVAL;
	}
	return report(qpair, make_report(ns, qpair, &iov, cb_fn, cb_arg), slba,
		      report_of(SPDK_NVME_ZONE_REPORT, report_opts, partial_report));
}

int
spdk_nvme_zns_ext_report_zones(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair,
			       void *payload, uint32_t payload_size, uint64_t slba,
			       enum spdk_nvme_zns_zra_report_opts report_opts, bool partial_report,
			       spdk_nvme_cmd_cb cb_fn, void *cb_arg)
{
	const struct iovec iov = {.iov_base = payload, .iov_len = payload_size};

	if (!is_report_size(ns, payload, payload_size)) {
		return -EINVAL;
	}
	return report(qpair, make_report(ns, qpair, &iov, cb_fn, cb_arg), slba,
		      report_of(SPDK_NVME_ZONE_EXTENDED_REPORT, report_opts, partial_report));
}
