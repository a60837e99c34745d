/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How a command tells the device where its data are. Pure functions of addresses and lengths.
 *
 * PRPs: the first entry may begin anywhere in a page at a multiple of 4, all others begin at the
 * start of one, and all but the last reach to the end of theirs. Two entries are in the command;
 * from three on, all but the first are in a list, whose address takes the place of the second. A
 * list of ours never crosses a page, so that it has no pointer to a next one.
 *
 * SGLs: pieces of any length, at any address (or multiple of 4). One is in the command; more are in
 * one segment, which the command points to.
 */
#ifndef SPINDLE_NVME_PCIE_PRP_H
#define SPINDLE_NVME_PCIE_PRP_H

#include "io/nvme/payload.h"
#include "io/nvme/pcie_address.h"
#include "spdk/nvme_spec.h"

/* PRPs of one command, piece by piece. Zero but for `dma`, `page_size` and the list. */
struct pcie_prp {
	const struct env_dma *dma;
	/* Where entries from the second on go. */
	uint64_t *list;
	uint32_t list_max;
	uint32_t page_size;
	uint64_t first;
	uint32_t count;
	/* The last entry ends within a page: nothing can follow. */
	bool is_closed;
};

/*
 * 0; -EINVAL: PRPs cannot express it (or its first address is no multiple of 4); -EFAULT: no memory
 * that the device may use; -E2BIG: the list is full.
 */
int pcie_prp_append(struct pcie_prp *prp, const void *addr, uint64_t length);
/* Into the command. `list_address` is that of the list, for the device. */
void pcie_prp_finish(const struct pcie_prp *prp, uint64_t list_address, struct spdk_nvme_cmd *cmd);

/* An SGL of one command, piece by piece. */
struct pcie_sgl {
	const struct env_dma *dma;
	struct spdk_nvme_sgl_descriptor *list;
	uint32_t list_max;
	uint32_t count;
	/* Addresses and lengths must be multiples of 4. */
	bool needs_dwords;
	/* Pieces that are adjacent for the device become one. */
	bool merges;
};

/* As pcie_prp_append(); `addr` may be NVME_BIT_BUCKET. -EINVAL: not in dwords. */
int pcie_sgl_append(struct pcie_sgl *sgl, void *addr, uint64_t length);
void pcie_sgl_finish(const struct pcie_sgl *sgl, uint64_t list_address, struct spdk_nvme_cmd *cmd);

#endif
