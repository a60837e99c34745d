/* SPDX-License-Identifier: BSD-3-Clause */
#include "io/nvme/io.h"

#include "spdk/log.h"

#define PI_SIZE_16B_GUARD 8
#define PI_SIZE_OTHERS    16
#define NO_BLOCKS         "the namespace is not active, or has no blocks"

/* What the controller makes, or checks and takes away, does not come from the data buffer. */
static bool
is_pi_stripped(const struct nvme_io *io)
{
	const struct spdk_nvme_ns *ns = io->ns;
	uint32_t pi_size =
		ns->pi_format == SPDK_NVME_16B_GUARD_PI ? PI_SIZE_16B_GUARD : PI_SIZE_OTHERS;

	return (io->io_flags & SPDK_NVME_IO_FLAGS_PRACT) &&
	       (ns->flags & SPDK_NVME_NS_DPS_PI_SUPPORTED) && ns->md_size == pi_size;
}

uint32_t
nvme_io_block_size(const struct nvme_io *io)
{
	const struct spdk_nvme_ns *ns = io->ns;

	if (spdk_unlikely(ns->flags & SPDK_NVME_NS_EXTENDED_LBA_SUPPORTED) && !is_pi_stripped(io)) {
		return ns->extended_lba_size;
	}
	return ns->sector_size;
}

void
nvme_io_set_pi(const struct nvme_io *io, struct spdk_nvme_cmd *cmd)
{
	if (io->ns->pi_type == SPDK_NVME_FMT_NVM_PROTECTION_TYPE1 ||
	    io->ns->pi_type == SPDK_NVME_FMT_NVM_PROTECTION_TYPE2) {
		cmd->cdw14 = (uint32_t)io->lba;
	}
}

struct nvme_request *
nvme_io_copied(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair,
	       const struct nvme_request_copy *copy, uint8_t opc)
{
	struct nvme_request *req = nvme_request_get_copied(qpair, copy);

	if (req != NULL) {
		req->cmd.opc = opc;
		req->cmd.nsid = ns->id;
	}
	return req;
}

/* Namespaces that have gone, and those of keys, have none. */
static bool
has_blocks(const struct nvme_io *io)
{
	return io->ns->sectors_per_max_io != 0;
}

/* One sentence for what the numbers say is impossible. */
static int
refuse(const struct nvme_io *io, const char *why)
{
	SPDK_ERRLOG_RATELIMIT(
		"NVMe controller %s, namespace %u: command %#x of %u blocks from %" PRIu64 ": %s\n",
		nvme_ctrlr_name(io->ns->ctrlr), io->ns->id, io->opc, io->lba_count, io->lba, why);
	return -EINVAL;
}

static int
check_rare(const struct nvme_io *io)
{
	const struct spdk_nvme_ns *ns = io->ns;

	if (io->io_flags & ~SPDK_NVME_IO_FLAGS_VALID_MASK) {
		return refuse(io, "io_flags has bits that are no SPDK_NVME_IO_FLAGS_*");
	}
	if (io->lba_count == 0) {
		return refuse(io, "lba_count is 0");
	}
	if (io->payload.kind != NVME_PAYLOAD_SGL && io->payload.data == NULL) {
		return refuse(io, "the payload is NULL");
	}
	if (io->payload.kind == NVME_PAYLOAD_SGL &&
	    (io->payload.reset_sgl_fn == NULL || io->payload.next_sge_fn == NULL)) {
		return refuse(io, "a callback for the payload is NULL");
	}
	/* Without a buffer, the device would write metadata to address 0, or read them there. */
	if (ns->md_size != 0 && !(ns->flags & SPDK_NVME_NS_EXTENDED_LBA_SUPPORTED) &&
	    io->md == NULL && !is_pi_stripped(io)) {
		return refuse(
			io, "the namespace has separate metadata, but there is no buffer for them: "
			    "use a call with metadata");
	}
	return 0;
}

static inline int
check(const struct nvme_io *io)
{
	bool is_plain = (io->io_flags & ~SPDK_NVME_IO_FLAGS_VALID_MASK) == 0 &&
			io->lba_count != 0 && io->payload.kind == NVME_PAYLOAD_CONTIGUOUS &&
			io->payload.data != NULL && io->ns->md_size == 0;

	return spdk_likely(is_plain) ? 0 : check_rare(io);
}

/* Onwards by `blocks`. */
static void
advance(struct nvme_io *part, uint32_t blocks)
{
	uint64_t bytes = blocks * (uint64_t)nvme_io_block_size(part);

	part->lba += blocks;
	if (part->payload.kind == NVME_PAYLOAD_CONTIGUOUS) {
		part->payload.data = (char *)part->payload.data + bytes;
	} else {
		part->payload_offset += bytes;
	}
	if (part->md != NULL) {
		part->md = (char *)part->md + blocks * (uint64_t)part->ns->md_size;
	}
}

/* Pieces of a payload that no command can carry a block of. */
static int
refuse_pieces(const struct nvme_io *io, int64_t blocks)
{
	if (blocks < 0) {
		return refuse(io, "the payload is shorter than that");
	}
	if (!has_blocks(io)) {
		return refuse(io, NO_BLOCKS);
	}
	return refuse(io, "no command can carry a block of it: for PRPs, all pieces but the first "
			  "and the last must be whole pages; for SGLs, there are too many");
}

static int
refuse_children(const struct nvme_io *io, const struct nvme_request *parent)
{
	if (parent->children_left + 1 < io->qpair->request_count) {
		return -ENOMEM;
	}
	return refuse(io, "it takes more requests than the queue pair has: ask for more "
			  "io_queue_requests, or for fewer blocks");
}

/* All children of `parent`. Whatever happens, the parent stays. */
static int
add_children(const struct nvme_io *io, struct nvme_request *parent)
{
	struct nvme_io part = *io;
	uint32_t left = io->lba_count;
	struct nvme_request *child;
	int64_t blocks;

	part.cb_fn = NULL;
	part.cb_arg = NULL;
	while (left > 0) {
		part.lba_count = left;
		blocks = nvme_io_blocks_of_one(&part);
		if (blocks <= 0) {
			return refuse_pieces(io, blocks);
		}
		part.lba_count = (uint32_t)blocks;
		child = nvme_io_make(&part);
		if (child == NULL) {
			return refuse_children(io, parent);
		}
		nvme_request_add_child(parent, child);
		advance(&part, (uint32_t)blocks);
		left -= (uint32_t)blocks;
	}
	return 0;
}

static int
submit_split(const struct nvme_io *io)
{
	struct nvme_request *parent;
	int rc;

	if (!has_blocks(io)) {
		return refuse(io, NO_BLOCKS);
	}
	if (io->io_flags & SPDK_NVME_IO_FLAGS_FUSE_MASK) {
		return refuse(io, "a fused command cannot be split, and one cannot carry this");
	}
	parent = nvme_request_get(io->qpair, io->cb_fn, io->cb_arg);
	if (parent == NULL) {
		return -ENOMEM;
	}
	/* For the log, should it end with an error. */
	parent->cmd.opc = io->opc;
	parent->cmd.nsid = io->ns->id;
	nvme_request_make_parent(parent);
	rc = add_children(io, parent);
	if (rc != 0) {
		nvme_request_free(parent);
		return rc;
	}
	return nvme_qpair_submit(io->qpair, parent);
}

static inline int
submit_request(const struct nvme_io *io)
{
	struct nvme_request *req = nvme_io_make(io);

	return spdk_unlikely(req == NULL) ? -ENOMEM : nvme_qpair_submit(io->qpair, req);
}

/* In pieces: 1: it fits one command; 0: it does not; or -errno. */
static int
fits_one(const struct nvme_io *io)
{
	int64_t blocks;

	blocks = nvme_io_blocks_of_one(io);
	if (blocks < 0) {
		return refuse(io, "the payload is shorter than that");
	}
	return blocks == io->lba_count;
}

int
nvme_io_submit(const struct nvme_io *io)
{
	int rc;

	rc = check(io);
	if (spdk_unlikely(rc != 0)) {
		return rc;
	}
	if (nvme_io_exceeds_one(io)) {
		return submit_split(io);
	}
	if (spdk_unlikely(io->payload.kind != NVME_PAYLOAD_CONTIGUOUS)) {
		rc = fits_one(io);
		if (rc <= 0) {
			return rc == 0 ? submit_split(io) : rc;
		}
	}
	return submit_request(io);
}

int
nvme_io_submit_whole(const struct nvme_io *io)
{
	int rc;

	rc = check(io);
	if (rc != 0) {
		return rc;
	}
	rc = fits_one(io);
	if (rc < 0) {
		return rc;
	}
	if (rc == 0) {
		return refuse(io, has_blocks(io) ? "one command cannot carry it, and it cannot be "
						   "split" :
						   NO_BLOCKS);
	}
	return submit_request(io);
}

int
nvme_io_set_opts(struct nvme_io *io, const struct spdk_nvme_ns_cmd_ext_io_opts *opts)
{
	if (opts == NULL) {
		return 0;
	}
	if (opts->size < SPDK_SIZEOF(opts, size) || opts->size > sizeof(*opts)) {
		SPDK_ERRLOG("size of struct spdk_nvme_ns_cmd_ext_io_opts is %zu, but must be "
			    "sizeof the struct\n",
			    opts->size);
		return -EINVAL;
	}
	if (SPDK_GET_FIELD(opts, memory_domain, NULL) != NULL) {
		SPDK_ERRLOG("NVMe controller %s: transport %s takes no memory domains\n",
			    nvme_ctrlr_name(io->ns->ctrlr), io->ns->ctrlr->transport->ops.name);
		return -ENOTSUP;
	}
	if (SPDK_GET_FIELD(opts, accel_sequence, NULL) != NULL) {
		SPDK_ERRLOG("NVMe controller %s: transport %s takes no accel sequences: look at "
			    "SPDK_NVME_CTRLR_ACCEL_SEQUENCE_SUPPORTED\n",
			    nvme_ctrlr_name(io->ns->ctrlr), io->ns->ctrlr->transport->ops.name);
		return -ENOTSUP;
	}
	io->io_flags = SPDK_GET_FIELD(opts, io_flags, 0);
	io->md = SPDK_GET_FIELD(opts, metadata, NULL);
	io->apptag_mask = SPDK_GET_FIELD(opts, apptag_mask, 0);
	io->apptag = SPDK_GET_FIELD(opts, apptag, 0);
	io->cdw13 = SPDK_GET_FIELD(opts, cdw13, 0);
	return 0;
}

struct nvme_request *
nvme_io_plain(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair, spdk_nvme_cmd_cb cb_fn,
	      void *cb_arg, uint8_t opc)
{
	struct nvme_request *req = nvme_request_get(qpair, cb_fn, cb_arg);

	if (req != NULL) {
		req->cmd.opc = opc;
		req->cmd.nsid = ns->id;
	}
	return req;
}
