/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Read, write and compare, in each of the shapes that spdk/nvme.h has: one buffer, callbacks or an
 * iovec, with metadata or not, with a struct of options or not.
 */
#include "io/nvme/io.h"

#define CONTIGUOUS(buffer)                                        \
	{                                                         \
		.kind = NVME_PAYLOAD_CONTIGUOUS, .data = (buffer) \
	}
#define SCATTERED(arg, reset_fn, next_fn)                                            \
	{                                                                            \
		.kind = NVME_PAYLOAD_SGL, .data = (arg), .reset_sgl_fn = (reset_fn), \
		.next_sge_fn = (next_fn)                                             \
	}
#define VECTOR(iov, count)                                                    \
	{                                                                     \
		.kind = NVME_PAYLOAD_IOV, .data = (iov), .iov_count = (count) \
	}

/* The struct of options comes last, and may be refused. */
static int
submit_ext(struct nvme_io *io, const struct spdk_nvme_ns_cmd_ext_io_opts *opts)
{
	int rc = nvme_io_set_opts(io, opts);

	return rc != 0 ? rc : nvme_io_submit(io);
}

int
spdk_nvme_ns_cmd_read(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair, void *payload,
		      uint64_t lba, uint32_t lba_count, spdk_nvme_cmd_cb cb_fn, void *cb_arg,
		      uint32_t io_flags)
{
	const struct nvme_io io = {
		.ns = ns,
		.qpair = qpair,
		.cb_fn = cb_fn,
		.cb_arg = cb_arg,
		.payload = CONTIGUOUS(payload),
		.lba = lba,
		.lba_count = lba_count,
		.io_flags = io_flags,
		.opc = SPDK_NVME_OPC_READ,
	};

	return nvme_io_submit_buffer(&io);
}

int
spdk_nvme_ns_cmd_read_with_md(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair, void *payload,
			      void *metadata, uint64_t lba, uint32_t lba_count,
			      spdk_nvme_cmd_cb cb_fn, void *cb_arg, uint32_t io_flags,
			      uint16_t apptag_mask, uint16_t apptag)
{
	const struct nvme_io io = {
		.ns = ns,
		.qpair = qpair,
		.cb_fn = cb_fn,
		.cb_arg = cb_arg,
		.payload = CONTIGUOUS(payload),
		.lba = lba,
		.lba_count = lba_count,
		.md = metadata,
		.io_flags = io_flags,
		.apptag_mask = apptag_mask,
		.apptag = apptag,
		.opc = SPDK_NVME_OPC_READ,
	};

	return nvme_io_submit_buffer(&io);
}

int
spdk_nvme_ns_cmd_readv(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair, uint64_t lba,
		       uint32_t lba_count, spdk_nvme_cmd_cb cb_fn, void *cb_arg, uint32_t io_flags,
		       spdk_nvme_req_reset_sgl_cb reset_sgl_fn,
		       spdk_nvme_req_next_sge_cb next_sge_fn)
{
	const struct nvme_io io = {
		.ns = ns,
		.qpair = qpair,
		.cb_fn = cb_fn,
		.cb_arg = cb_arg,
		.payload = SCATTERED(cb_arg, reset_sgl_fn, next_sge_fn),
		.lba = lba,
		.lba_count = lba_count,
		.io_flags = io_flags,
		.opc = SPDK_NVME_OPC_READ,
	};

	return nvme_io_submit(&io);
}

int
spdk_nvme_ns_cmd_readv_with_md(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair, uint64_t lba,
			       uint32_t lba_count, spdk_nvme_cmd_cb cb_fn, void *cb_arg,
			       uint32_t io_flags, spdk_nvme_req_reset_sgl_cb reset_sgl_fn,
			       spdk_nvme_req_next_sge_cb next_sge_fn, void *metadata,
			       uint16_t apptag_mask, uint16_t apptag)
{
	const struct nvme_io io = {
		.ns = ns,
		.qpair = qpair,
		.cb_fn = cb_fn,
		.cb_arg = cb_arg,
		.payload = SCATTERED(cb_arg, reset_sgl_fn, next_sge_fn),
		.lba = lba,
		.lba_count = lba_count,
		.md = metadata,
		.io_flags = io_flags,
		.apptag_mask = apptag_mask,
		.apptag = apptag,
		.opc = SPDK_NVME_OPC_READ,
	};

	return nvme_io_submit(&io);
}

int
spdk_nvme_ns_cmd_read_ext(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair, void *payload,
			  uint64_t lba, uint32_t lba_count, spdk_nvme_cmd_cb cb_fn, void *cb_arg,
			  struct spdk_nvme_ns_cmd_ext_io_opts *opts)
{
	struct nvme_io io = {
		.ns = ns,
		.qpair = qpair,
		.cb_fn = cb_fn,
		.cb_arg = cb_arg,
		.payload = CONTIGUOUS(payload),
		.lba = lba,
		.lba_count = lba_count,
		.opc = SPDK_NVME_OPC_READ,
	};

	return submit_ext(&io, opts);
}

int
spdk_nvme_ns_cmd_readv_ext(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair, uint64_t lba,
			   uint32_t lba_count, spdk_nvme_cmd_cb cb_fn, void *cb_arg,
			   spdk_nvme_req_reset_sgl_cb reset_sgl_fn,
			   spdk_nvme_req_next_sge_cb next_sge_fn,
			   struct spdk_nvme_ns_cmd_ext_io_opts *opts)
{
	struct nvme_io io = {
		.ns = ns,
		.qpair = qpair,
		.cb_fn = cb_fn,
		.cb_arg = cb_arg,
		.payload = SCATTERED(cb_arg, reset_sgl_fn, next_sge_fn),
		.lba = lba,
		.lba_count = lba_count,
		.opc = SPDK_NVME_OPC_READ,
	};

	return submit_ext(&io, opts);
}

int
spdk_nvme_ns_cmd_read_iov(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair, uint64_t lba,
			  uint32_t lba_count, spdk_nvme_cmd_cb cb_fn, void *cb_arg,
			  struct iovec *iov, uint32_t iov_count,
			  struct spdk_nvme_ns_cmd_ext_io_opts *opts)
{
	struct nvme_io io = {
		.ns = ns,
		.qpair = qpair,
		.cb_fn = cb_fn,
		.cb_arg = cb_arg,
		.payload = VECTOR(iov, iov_count),
		.lba = lba,
		.lba_count = lba_count,
		.opc = SPDK_NVME_OPC_READ,
	};

	return submit_ext(&io, opts);
}

int
spdk_nvme_ns_cmd_write(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair, void *payload,
		       uint64_t lba, uint32_t lba_count, spdk_nvme_cmd_cb cb_fn, void *cb_arg,
		       uint32_t io_flags)
{
	const struct nvme_io io = {
		.ns = ns,
		.qpair = qpair,
		.cb_fn = cb_fn,
		.cb_arg = cb_arg,
		.payload = CONTIGUOUS(payload),
		.lba = lba,
		.lba_count = lba_count,
		.io_flags = io_flags,
		.opc = SPDK_NVME_OPC_WRITE,
	};

	return nvme_io_submit_buffer(&io);
}

int
spdk_nvme_ns_cmd_write_with_md(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair,
			       void *payload, void *metadata, uint64_t lba, uint32_t lba_count,
			       spdk_nvme_cmd_cb cb_fn, void *cb_arg, uint32_t io_flags,
			       uint16_t apptag_mask, uint16_t apptag)
{
	const struct nvme_io io = {
		.ns = ns,
		.qpair = qpair,
		.cb_fn = cb_fn,
		.cb_arg = cb_arg,
		.payload = CONTIGUOUS(payload),
		.lba = lba,
		.lba_count = lba_count,
		.md = metadata,
		.io_flags = io_flags,
		.apptag_mask = apptag_mask,
		.apptag = apptag,
		.opc = SPDK_NVME_OPC_WRITE,
	};

	return nvme_io_submit_buffer(&io);
}

int
spdk_nvme_ns_cmd_writev(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair, uint64_t lba,
			uint32_t lba_count, spdk_nvme_cmd_cb cb_fn, void *cb_arg, uint32_t io_flags,
			spdk_nvme_req_reset_sgl_cb reset_sgl_fn,
			spdk_nvme_req_next_sge_cb next_sge_fn)
{
	const struct nvme_io io = {
		.ns = ns,
		.qpair = qpair,
		.cb_fn = cb_fn,
		.cb_arg = cb_arg,
		.payload = SCATTERED(cb_arg, reset_sgl_fn, next_sge_fn),
		.lba = lba,
		.lba_count = lba_count,
		.io_flags = io_flags,
		.opc = SPDK_NVME_OPC_WRITE,
	};

	return nvme_io_submit(&io);
}

int
spdk_nvme_ns_cmd_writev_with_md(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair,
				uint64_t lba, uint32_t lba_count, spdk_nvme_cmd_cb cb_fn,
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
		.payload = SCATTERED(cb_arg, reset_sgl_fn, next_sge_fn),
		.lba = lba,
		.lba_count = lba_count,
		.md = metadata,
		.io_flags = io_flags,
		.apptag_mask = apptag_mask,
		.apptag = apptag,
		.opc = SPDK_NVME_OPC_WRITE,
	};

	return nvme_io_submit(&io);
}

int
spdk_nvme_ns_cmd_write_ext(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair, void *payload,
			   uint64_t lba, uint32_t lba_count, spdk_nvme_cmd_cb cb_fn, void *cb_arg,
			   struct spdk_nvme_ns_cmd_ext_io_opts *opts)
{
	struct nvme_io io = {
		.ns = ns,
		.qpair = qpair,
		.cb_fn = cb_fn,
		.cb_arg = cb_arg,
		.payload = CONTIGUOUS(payload),
		.lba = lba,
		.lba_count = lba_count,
		.opc = SPDK_NVME_OPC_WRITE,
	};

	return submit_ext(&io, opts);
}

int
spdk_nvme_ns_cmd_writev_ext(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair, uint64_t lba,
			    uint32_t lba_count, spdk_nvme_cmd_cb cb_fn, void *cb_arg,
			    spdk_nvme_req_reset_sgl_cb reset_sgl_fn,
			    spdk_nvme_req_next_sge_cb next_sge_fn,
			    struct spdk_nvme_ns_cmd_ext_io_opts *opts)
{
	struct nvme_io io = {
		.ns = ns,
		.qpair = qpair,
		.cb_fn = cb_fn,
		.cb_arg = cb_arg,
		.payload = SCATTERED(cb_arg, reset_sgl_fn, next_sge_fn),
		.lba = lba,
		.lba_count = lba_count,
		.opc = SPDK_NVME_OPC_WRITE,
	};

	return submit_ext(&io, opts);
}

int
spdk_nvme_ns_cmd_write_iov(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair, uint64_t lba,
			   uint32_t lba_count, spdk_nvme_cmd_cb cb_fn, void *cb_arg,
			   struct iovec *iov, uint32_t iov_count,
			   struct spdk_nvme_ns_cmd_ext_io_opts *opts)
{
	struct nvme_io io = {
		.ns = ns,
		.qpair = qpair,
		.cb_fn = cb_fn,
		.cb_arg = cb_arg,
		.payload = VECTOR(iov, iov_count),
		.lba = lba,
		.lba_count = lba_count,
		.opc = SPDK_NVME_OPC_WRITE,
	};

	return submit_ext(&io, opts);
}

int
spdk_nvme_ns_cmd_compare(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair, void *payload,
			 uint64_t lba, uint32_t lba_count, spdk_nvme_cmd_cb cb_fn, void *cb_arg,
			 uint32_t io_flags)
{
	const struct nvme_io io = {
		.ns = ns,
		.qpair = qpair,
		.cb_fn = cb_fn,
		.cb_arg = cb_arg,
		.payload = CONTIGUOUS(payload),
		.lba = lba,
		.lba_count = lba_count,
		.io_flags = io_flags,
		.opc = SPDK_NVME_OPC_COMPARE,
	};

	return nvme_io_submit_buffer(&io);
}

int
spdk_nvme_ns_cmd_compare_with_md(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair,
				 void *payload, void *metadata, uint64_t lba, uint32_t lba_count,
				 spdk_nvme_cmd_cb cb_fn, void *cb_arg, uint32_t io_flags,
				 uint16_t apptag_mask, uint16_t apptag)
{
	const struct nvme_io io = {
		.ns = ns,
		.qpair = qpair,
		.cb_fn = cb_fn,
		.cb_arg = cb_arg,
		.payload = CONTIGUOUS(payload),
		.lba = lba,
		.lba_count = lba_count,
		.md = metadata,
		.io_flags = io_flags,
		.apptag_mask = apptag_mask,
		.apptag = apptag,
		.opc = SPDK_NVME_OPC_COMPARE,
	};

	return nvme_io_submit_buffer(&io);
}

int
spdk_nvme_ns_cmd_comparev(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair, uint64_t lba,
			  uint32_t lba_count, spdk_nvme_cmd_cb cb_fn, void *cb_arg,
			  uint32_t io_flags, spdk_nvme_req_reset_sgl_cb reset_sgl_fn,
			  spdk_nvme_req_next_sge_cb next_sge_fn)
{
	const struct nvme_io io = {
		.ns = ns,
		.qpair = qpair,
		.cb_fn = cb_fn,
		.cb_arg = cb_arg,
		.payload = SCATTERED(cb_arg, reset_sgl_fn, next_sge_fn),
		.lba = lba,
		.lba_count = lba_count,
		.io_flags = io_flags,
		.opc = SPDK_NVME_OPC_COMPARE,
	};

	return nvme_io_submit(&io);
}

int
spdk_nvme_ns_cmd_comparev_with_md(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair,
				  uint64_t lba, uint32_t lba_count, spdk_nvme_cmd_cb cb_fn,
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
		.payload = SCATTERED(cb_arg, reset_sgl_fn, next_sge_fn),
		.lba = lba,
		.lba_count = lba_count,
		.md = metadata,
		.io_flags = io_flags,
		.apptag_mask = apptag_mask,
		.apptag = apptag,
		.opc = SPDK_NVME_OPC_COMPARE,
	};

	return nvme_io_submit(&io);
}
