/* SPDX-License-Identifier: BSD-3-Clause */
/* Commands of the NVM command set that carry no blocks of data, and I/O management. */
#include "io/nvme/io.h"

#include "spdk/log.h"

/* NLB has 16 bits, one less than the number. */
#define BLOCKS_MAX 65536

static int
submit_or_nomem(struct spdk_nvme_qpair *qpair, struct nvme_request *req)
{
	return req == NULL ? -ENOMEM : nvme_qpair_submit(qpair, req);
}

static int
submit_range(const struct nvme_io *io)
{
	struct nvme_request *req;

	if (io->lba_count == 0 || io->lba_count > BLOCKS_MAX ||
	    (io->io_flags & ~SPDK_NVME_IO_FLAGS_VALID_MASK)) {
		return -EINVAL;
	}
	req = nvme_io_plain(io->ns, io->qpair, io->cb_fn, io->cb_arg, io->opc);
	if (req == NULL) {
		return -ENOMEM;
	}
	req->cmd.fuse = io->io_flags & SPDK_NVME_IO_FLAGS_FUSE_MASK;
	nvme_cmd_set_lba(&req->cmd, io->lba);
	req->cmd.cdw12 = (io->lba_count - 1) | (io->io_flags & SPDK_NVME_IO_FLAGS_CDW12_MASK);
	nvme_io_set_pi(io, &req->cmd);
	return nvme_qpair_submit(io->qpair, req);
}

int
spdk_nvme_ns_cmd_write_zeroes(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair, uint64_t lba,
			      uint32_t lba_count, spdk_nvme_cmd_cb cb_fn, void *cb_arg,
			      uint32_t io_flags)
{
	const struct nvme_io io = {
		.ns = ns,
		.qpair = qpair,
		.cb_fn = cb_fn,
		.cb_arg = cb_arg,
		.lba = lba,
		.lba_count = lba_count,
		.io_flags = io_flags,
		.opc = SPDK_NVME_OPC_WRITE_ZEROES,
	};

	return submit_range(&io);
}

int
spdk_nvme_ns_cmd_verify(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair, uint64_t lba,
			uint32_t lba_count, spdk_nvme_cmd_cb cb_fn, void *cb_arg, uint32_t io_flags)
{
	const struct nvme_io io = {
		.ns = ns,
		.qpair = qpair,
		.cb_fn = cb_fn,
		.cb_arg = cb_arg,
		.lba = lba,
		.lba_count = lba_count,
		.io_flags = io_flags,
		.opc = SPDK_NVME_OPC_VERIFY,
	};

	return submit_range(&io);
}

int
spdk_nvme_ns_cmd_write_uncorrectable(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair,
				     uint64_t lba, uint32_t lba_count, spdk_nvme_cmd_cb cb_fn,
				     void *cb_arg)
{
	struct nvme_request *req;

	if (lba_count == 0 || lba_count > BLOCKS_MAX) {
		return -EINVAL;
	}
	req = nvme_io_plain(ns, qpair, cb_fn, cb_arg, SPDK_NVME_OPC_WRITE_UNCORRECTABLE);
	if (req == NULL) {
		return -ENOMEM;
	}
	nvme_cmd_set_lba(&req->cmd, lba);
	req->cmd.cdw12 = lba_count - 1;
	return nvme_qpair_submit(qpair, req);
}

int
spdk_nvme_ns_cmd_flush(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair,
		       spdk_nvme_cmd_cb cb_fn, void *cb_arg)
{
	return submit_or_nomem(qpair, nvme_io_plain(ns, qpair, cb_fn, cb_arg, SPDK_NVME_OPC_FLUSH));
}

int
spdk_nvme_ns_cmd_dataset_management(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair,
				    uint32_t type, const struct spdk_nvme_dsm_range *ranges,
				    uint16_t num_ranges, spdk_nvme_cmd_cb cb_fn, void *cb_arg)
{
	const struct nvme_request_copy copy = {
		.buffer = (void *)ranges,
		.size = num_ranges * (uint32_t)sizeof(*ranges),
		.host_to_controller = true,
		.cb_fn = cb_fn,
		.cb_arg = cb_arg,
	};
	struct nvme_request *req;

	if (num_ranges == 0 || num_ranges > SPDK_NVME_DATASET_MANAGEMENT_MAX_RANGES ||
	    ranges == NULL) {
		return -EINVAL;
	}
	req = nvme_io_copied(ns, qpair, &copy, SPDK_NVME_OPC_DATASET_MANAGEMENT);
	if (req == NULL) {
		return -ENOMEM;
	}
	req->cmd.cdw10_bits.dsm.nr = (uint8_t)(num_ranges - 1);
	req->cmd.cdw11 = type;
	return nvme_qpair_submit(qpair, req);
}

int
spdk_nvme_ns_cmd_copy(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair,
		      const struct spdk_nvme_scc_source_range *ranges, uint16_t num_ranges,
		      uint64_t dest_lba, spdk_nvme_cmd_cb cb_fn, void *cb_arg)
{
	const struct nvme_request_copy copy = {
		.buffer = (void *)ranges,
		.size = num_ranges * (uint32_t)sizeof(*ranges),
		.host_to_controller = true,
		.cb_fn = cb_fn,
		.cb_arg = cb_arg,
	};
	struct nvme_request *req;

	/* MSRC has 8 bits, one less than the number. */
	if (num_ranges == 0 || num_ranges > UINT8_MAX + 1 || ranges == NULL) {
		return -EINVAL;
	}
	req = nvme_io_copied(ns, qpair, &copy, SPDK_NVME_OPC_COPY);
	if (req == NULL) {
		return -ENOMEM;
	}
	nvme_cmd_set_lba(&req->cmd, dest_lba);
	req->cmd.cdw12_bits.copy.nr = (uint8_t)(num_ranges - 1);
	return nvme_qpair_submit(qpair, req);
}

static int
submit_management(struct spdk_nvme_qpair *qpair, struct nvme_request *req, uint32_t len,
		  uint32_t cdw10)
{
	if (req == NULL) {
		return -ENOMEM;
	}
	req->cmd.cdw10 = cdw10;
	req->cmd.cdw11 = spdk_nvme_bytes_to_numd(len);
	return nvme_qpair_submit(qpair, req);
}

int
spdk_nvme_ns_cmd_io_mgmt_recv(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair, void *payload,
			      uint32_t len, uint8_t mo, uint16_t mos, spdk_nvme_cmd_cb cb_fn,
			      void *cb_arg)
{
	const struct nvme_request_copy copy = {
		.buffer = payload,
		.size = len,
		.cb_fn = cb_fn,
		.cb_arg = cb_arg,
	};

	if (len == 0 || len % 4 != 0 || payload == NULL) {
		return -EINVAL;
	}
	return submit_management(
		qpair, nvme_io_copied(ns, qpair, &copy, SPDK_NVME_OPC_IO_MANAGEMENT_RECEIVE), len,
		mo | (uint32_t)mos << 16);
}

int
spdk_nvme_ns_cmd_io_mgmt_send(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair, void *payload,
			      uint32_t len, uint8_t mo, uint16_t mos, spdk_nvme_cmd_cb cb_fn,
			      void *cb_arg)
{
	const struct nvme_request_copy copy = {
		.buffer = payload,
		.size = len,
		.host_to_controller = true,
		.cb_fn = cb_fn,
		.cb_arg = cb_arg,
	};
	struct nvme_request *req;

	if (payload == NULL && len > 0) {
		return -EINVAL;
	}
	req = nvme_io_copied(ns, qpair, &copy, SPDK_NVME_OPC_IO_MANAGEMENT_SEND);
	if (req == NULL) {
		return -ENOMEM;
	}
	req->cmd.cdw10 = mo | (uint32_t)mos << 16;
	return nvme_qpair_submit(qpair, req);
}
