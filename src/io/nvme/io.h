/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Commands on ranges of logical blocks: what they are made of, and how they are cut into several
 * where one command cannot carry them.
 *
 *   io.c          one command, or several; what callers may pass
 *   io_split.c    where to cut
 *   io_rw.c       read, write, compare
 *   io_other.c    those that carry no blocks of data, and management
 *   io_reservation.c  io_raw.c  zns.c  kv.c  ocssd.c
 */
#ifndef SPINDLE_NVME_IO_H
#define SPINDLE_NVME_IO_H

#include "io/nvme/ctrlr.h"
#include "io/nvme/payload.h"
#include "spdk/likely.h"

struct nvme_io {
	struct spdk_nvme_ns *ns;
	struct spdk_nvme_qpair *qpair;
	spdk_nvme_cmd_cb cb_fn;
	void *cb_arg;
	struct nvme_payload payload;
	/* Where in the payload it begins, if that is in pieces. */
	uint64_t payload_offset;
	void *md;
	uint64_t lba;
	uint32_t lba_count;
	uint32_t io_flags;
	uint32_t cdw13;
	uint16_t apptag_mask;
	uint16_t apptag;
	uint8_t opc;
};

/*
 * 0, or -EINVAL: the arguments; -ENOMEM: requests; and as nvme_qpair_submit(). The payload is
 * contiguous, an iovec or callbacks; `io` is not kept.
 */
int nvme_io_submit(const struct nvme_io *io);
/* The same for what must be one command: -EINVAL where it cannot. */
int nvme_io_submit_whole(const struct nvme_io *io);

/*
 * Options of the _ext calls into `io`, as far as the caller's struct has them. -EINVAL: size or
 * flags; -ENOTSUP: what the transport does not have.
 */
int nvme_io_set_opts(struct nvme_io *io, const struct spdk_nvme_ns_cmd_ext_io_opts *opts);

/* Bytes of a block in the data buffer. */
uint32_t nvme_io_block_size(const struct nvme_io *io);

/*
 * How many of the blocks one command can carry, from the first on: lba_count, if all. 0: not even
 * one, also because the namespace has no blocks; or -EFAULT: the payload is shorter than that.
 */
int64_t nvme_io_blocks_of_one(const struct nvme_io *io);

/* A command without blocks of data, for a submit function to fill; the payload is one buffer. */
struct nvme_request *nvme_io_plain(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair,
				   spdk_nvme_cmd_cb cb_fn, void *cb_arg, uint8_t opc);

/*
 * The same, with a copy of a list: the caller's may be any memory, and may go when the call
 * returns.
 */
struct nvme_request *nvme_io_copied(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair,
				    const struct nvme_request_copy *copy, uint8_t opc);

/*
 * Dwords 2 * index and 2 * index + 1 in one store: the transport reads commands in such pieces, and
 * a load that spans two stores waits until both are in the cache.
 */
static inline void
nvme_cmd_set_dwords(struct spdk_nvme_cmd *cmd, uint32_t index, uint32_t low, uint32_t high)
{
	uint64_t both = low | (uint64_t)high << 32;

	memcpy((char *)cmd + index * sizeof(both), &both, sizeof(both));
}

static inline void
nvme_cmd_set_lba(struct spdk_nvme_cmd *cmd, uint64_t lba)
{
	nvme_cmd_set_dwords(cmd, 5, (uint32_t)lba, (uint32_t)(lba >> 32));
}

/* Reference tags follow the address, but for type 3. */
void nvme_io_set_pi(const struct nvme_io *io, struct spdk_nvme_cmd *cmd);

static inline uint32_t
nvme_io_block_size_of(const struct nvme_io *io)
{
	if (spdk_unlikely(io->ns->flags & SPDK_NVME_NS_EXTENDED_LBA_SUPPORTED)) {
		return nvme_io_block_size(io);
	}
	return io->ns->sector_size;
}

/* The request of the part that `io` describes, or NULL. */
static inline struct nvme_request *
nvme_io_make(const struct nvme_io *io)
{
	struct nvme_request *req = nvme_request_get(io->qpair, io->cb_fn, io->cb_arg);
	struct spdk_nvme_cmd *cmd;

	if (spdk_unlikely(req == NULL)) {
		return NULL;
	}
	cmd = &req->cmd;
	/* The opcode, with the flags for fusing behind it. */
	nvme_cmd_set_dwords(cmd, 0,
			    io->opc | (io->io_flags & SPDK_NVME_IO_FLAGS_FUSE_MASK) << CHAR_BIT,
			    io->ns->id);
	nvme_cmd_set_lba(cmd, io->lba);
	nvme_cmd_set_dwords(cmd, 6,
			    (io->lba_count - 1) | (io->io_flags & SPDK_NVME_IO_FLAGS_CDW12_MASK),
			    io->cdw13);
	nvme_cmd_set_dwords(cmd, 7, 0, (uint32_t)io->apptag_mask << 16 | io->apptag);
	if (spdk_unlikely(io->ns->flags & SPDK_NVME_NS_DPS_PI_SUPPORTED)) {
		nvme_io_set_pi(io, cmd);
	}
	req->payload_kind = io->payload.kind;
	req->payload = io->payload.data;
	req->payload_size = io->lba_count * nvme_io_block_size_of(io);
	if (spdk_unlikely(io->payload.kind != NVME_PAYLOAD_CONTIGUOUS)) {
		req->payload_offset = (uint32_t)io->payload_offset;
		req->iov_count = io->payload.iov_count;
		req->reset_sgl_fn = io->payload.reset_sgl_fn;
		req->next_sge_fn = io->payload.next_sge_fn;
	}
	if (spdk_unlikely(io->md != NULL)) {
		req->md = io->md;
		req->md_size = io->lba_count * io->ns->md_size;
	}
	return req;
}

/* Whether size or stripes alone say that it takes more than one command. */
static inline bool
nvme_io_exceeds_one(const struct nvme_io *io)
{
	const struct spdk_nvme_ns *ns = io->ns;
	/* Once: an event may clear the namespace at any time. */
	uint32_t stripe = __atomic_load_n(&ns->sectors_per_stripe, __ATOMIC_RELAXED);

	if (spdk_unlikely(io->lba_count > ns->sectors_per_max_io)) {
		return true;
	}
	return spdk_unlikely(stripe != 0) && io->lba % stripe + io->lba_count > stripe;
}

/*
 * nvme_io_submit() for one buffer. The plain case is inlined, and `io` never becomes memory then:
 * only a copy of it is passed on.
 */
static inline int
nvme_io_submit_buffer(const struct nvme_io *io)
{
	struct nvme_request *req;
	struct nvme_io copy;

	if (spdk_unlikely((io->io_flags & ~SPDK_NVME_IO_FLAGS_VALID_MASK) != 0 ||
			  io->lba_count == 0 || io->payload.data == NULL || io->ns->md_size != 0 ||
			  nvme_io_exceeds_one(io))) {
		copy = *io;
		return nvme_io_submit(&copy);
	}
	req = nvme_io_make(io);
	return spdk_unlikely(req == NULL) ? -ENOMEM : nvme_qpair_submit(io->qpair, req);
}

#endif
