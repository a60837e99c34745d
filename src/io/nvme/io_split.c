/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Where commands are cut: at what the controller takes at once, at stripes, and where the pieces of
 * a payload cannot be told in one command. Always between blocks.
 */
#include "env/dma_address.h"
#include "io/nvme/io.h"

/* What one command can express of a payload in pieces. */
struct fit {
	uint64_t page_mask;
	uint64_t bytes;
	uint32_t pieces;
	uint32_t pieces_max;
	bool uses_sgl;
	bool is_closed;
};

/* Pieces that the device may see of one: memory lies together within larger pages only. */
static uint32_t
count_pieces(const void *addr, uint64_t length)
{
	uint64_t offset = (uintptr_t)addr & (ENV_DMA_PAGE_SIZE - 1);

	if (addr == NVME_BIT_BUCKET) {
		return 1;
	}
	return (uint32_t)((offset + length - 1) / ENV_DMA_PAGE_SIZE) + 1;
}

/* False: the command ends before this piece. */
static bool
fit_piece(struct fit *fit, const void *addr, uint32_t length)
{
	if (fit->uses_sgl) {
		fit->pieces += count_pieces(addr, length);
		return fit->pieces <= fit->pieces_max;
	}
	if (addr == NVME_BIT_BUCKET || fit->is_closed ||
	    (fit->bytes > 0 && ((uintptr_t)addr & fit->page_mask) != 0)) {
		return false;
	}
	fit->is_closed = (((uintptr_t)addr + length) & fit->page_mask) != 0;
	return true;
}

/* Of the first `bytes` bytes, or -EFAULT. */
static int64_t
fit_payload(const struct nvme_io *io, uint64_t bytes)
{
	const struct spdk_nvme_ctrlr *ctrlr = io->ns->ctrlr;
	struct fit fit = {
		.page_mask = ctrlr->page_size - 1,
		.pieces_max = ctrlr->max_sges,
		.uses_sgl = ctrlr->flags & SPDK_NVME_CTRLR_SGL_SUPPORTED,
	};
	struct nvme_payload_walk walk;
	uint32_t length;
	void *addr;

	nvme_payload_walk_begin(&walk, &io->payload, io->payload_offset, bytes);
	while (walk.left > 0) {
		if (nvme_payload_walk_next(&walk, &addr, &length) != 0) {
			return -EFAULT;
		}
		if (length == 0) {
			continue;
		}
		if (!fit_piece(&fit, addr, length)) {
			break;
		}
		fit.bytes += length;
	}
	return (int64_t)fit.bytes;
}

static uint32_t
limit_by_size(const struct nvme_io *io, uint32_t block_size)
{
	const struct spdk_nvme_ns *ns = io->ns;
	uint32_t stripe = __atomic_load_n(&ns->sectors_per_stripe, __ATOMIC_RELAXED);
	uint32_t blocks = io->lba_count;
	uint32_t max = block_size == ns->sector_size ? ns->sectors_per_max_io_no_md :
						       ns->sectors_per_max_io;

	blocks = spdk_min(blocks, max);
	/* Appends go where only the controller knows, and cannot be cut; stripes are advice. */
	if (stripe != 0 && io->opc != SPDK_NVME_OPC_ZONE_APPEND) {
		blocks = (uint32_t)spdk_min((uint64_t)blocks, stripe - io->lba % stripe);
	}
	return blocks;
}

int64_t
nvme_io_blocks_of_one(const struct nvme_io *io)
{
	/* Once: an event may clear the namespace at any time, which makes it 0. */
	uint32_t block_size = nvme_io_block_size(io);
	uint32_t blocks;
	int64_t bytes;

	if (block_size == 0) {
		return 0;
	}
	blocks = limit_by_size(io, block_size);
	if (io->payload.kind == NVME_PAYLOAD_CONTIGUOUS || io->payload.kind == NVME_PAYLOAD_NONE) {
		return blocks;
	}
	bytes = fit_payload(io, blocks * (uint64_t)block_size);
	return bytes < 0 ? bytes : bytes / block_size;
}
