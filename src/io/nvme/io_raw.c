/* SPDX-License-Identifier: BSD-3-Clause */
/* Commands that the application has made itself. */
#include "io/nvme/io.h"

static struct nvme_request *
make(struct spdk_nvme_qpair *qpair, const struct spdk_nvme_cmd *cmd, spdk_nvme_cmd_cb cb_fn,
     void *cb_arg)
{
	struct nvme_request *req = nvme_request_get(qpair, cb_fn, cb_arg);

	if (req != NULL) {
		req->cmd = *cmd;
	}
	return req;
}

/* Where the data are is ours to say. */
static void
clear_pointers(struct nvme_request *req)
{
	req->cmd.psdt = SPDK_NVME_PSDT_PRP;
	req->cmd.dptr.prp.prp1 = 0;
	req->cmd.dptr.prp.prp2 = 0;
	req->cmd.mptr = 0;
}

/* As much as the blocks of the command have, by their number in dword 12. */
static uint32_t
md_size_of(struct spdk_nvme_ctrlr *ctrlr, const struct spdk_nvme_cmd *cmd, const void *md)
{
	struct spdk_nvme_ns *ns = md == NULL ? NULL : spdk_nvme_ctrlr_get_ns(ctrlr, cmd->nsid);

	return ns == NULL ? 0 : ((cmd->cdw12 & UINT16_MAX) + 1) * ns->md_size;
}

int
spdk_nvme_ctrlr_io_cmd_raw_no_payload_build(struct spdk_nvme_ctrlr *ctrlr,
					    struct spdk_nvme_qpair *qpair,
					    struct spdk_nvme_cmd *cmd, spdk_nvme_cmd_cb cb_fn,
					    void *cb_arg)
{
	struct nvme_request *req;

	if (cmd == NULL) {
		return -EINVAL;
	}
	if (ctrlr->trid.trtype != SPDK_NVME_TRANSPORT_PCIE) {
		return -ENOTSUP;
	}
	req = make(qpair, cmd, cb_fn, cb_arg);
	if (req == NULL) {
		return -ENOMEM;
	}
	/* There is no payload that pointers would be made for: those of the caller stay. */
	return nvme_qpair_submit(qpair, req);
}

int
spdk_nvme_ctrlr_cmd_io_raw(struct spdk_nvme_ctrlr *ctrlr, struct spdk_nvme_qpair *qpair,
			   struct spdk_nvme_cmd *cmd, void *buf, uint32_t len,
			   spdk_nvme_cmd_cb cb_fn, void *cb_arg)
{
	return spdk_nvme_ctrlr_cmd_io_raw_with_md(ctrlr, qpair, cmd, buf, len, NULL, cb_fn, cb_arg);
}

int
spdk_nvme_ctrlr_cmd_io_raw_with_md(struct spdk_nvme_ctrlr *ctrlr, struct spdk_nvme_qpair *qpair,
				   struct spdk_nvme_cmd *cmd, void *buf, uint32_t len, void *md_buf,
				   spdk_nvme_cmd_cb cb_fn, void *cb_arg)
{
	struct nvme_request *req;

	if (cmd == NULL || len > ctrlr->max_xfer_size || (len > 0 && buf == NULL)) {
		return -EINVAL;
	}
	req = make(qpair, cmd, cb_fn, cb_arg);
	if (req == NULL) {
		return -ENOMEM;
	}
	clear_pointers(req);
	nvme_request_set_contiguous(req, buf, len, md_buf, md_size_of(ctrlr, cmd, md_buf));
	return nvme_qpair_submit(qpair, req);
}

int
spdk_nvme_ctrlr_cmd_iov_raw_with_md(struct spdk_nvme_ctrlr *ctrlr, struct spdk_nvme_qpair *qpair,
				    struct spdk_nvme_cmd *cmd, uint32_t len, void *md_buf,
				    spdk_nvme_cmd_cb cb_fn, void *cb_arg,
				    spdk_nvme_req_reset_sgl_cb reset_sgl_fn,
				    spdk_nvme_req_next_sge_cb next_sge_fn)
{
	struct nvme_request *req;

	if (cmd == NULL || len > ctrlr->max_xfer_size || reset_sgl_fn == NULL ||
	    next_sge_fn == NULL) {
		return -EINVAL;
	}
	req = make(qpair, cmd, cb_fn, cb_arg);
	if (req == NULL) {
		return -ENOMEM;
	}
	clear_pointers(req);
	req->payload_kind = len == 0 ? NVME_PAYLOAD_NONE : NVME_PAYLOAD_SGL;
	req->payload = cb_arg;
	req->payload_size = len;
	req->payload_offset = 0;
	req->reset_sgl_fn = reset_sgl_fn;
	req->next_sge_fn = next_sge_fn;
	req->md = md_buf;
	req->md_size = md_size_of(ctrlr, cmd, md_buf);
	return nvme_qpair_submit(qpair, req);
}
