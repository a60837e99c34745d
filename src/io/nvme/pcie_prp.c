/* SPDX-License-Identifier: BSD-3-Clause */
#include "io/nvme/pcie_prp.h"

#include "spdk/util.h"

#define DWORD_MASK 3u

static int
append_entry(struct pcie_prp *prp, uint64_t address)
{
	if (prp->count == 0) {
		prp->first = address;
	} else if (prp->count - 1 < prp->list_max) {
		prp->list[prp->count - 1] = address;
	} else {
		return -E2BIG;
	}
	prp->count++;
	return 0;
}

/* What lies together for the device. */
static int
append_run(struct pcie_prp *prp, uint64_t address, uint64_t length)
{
	uint64_t offset = address & (prp->page_size - 1);
	uint64_t part;
	int rc;

	if ((prp->count == 0 ? offset & DWORD_MASK : offset) != 0) {
		return -EINVAL;
	}
	while (length > 0) {
		part = spdk_min(length, prp->page_size - offset);
		rc = append_entry(prp, address);
		if (rc != 0) {
			return rc;
		}
		prp->is_closed = offset + part != prp->page_size;
		address += part;
		length -= part;
		offset = 0;
	}
	return 0;
}

int
pcie_prp_append(struct pcie_prp *prp, const void *addr, uint64_t length)
{
	uint64_t address, run;
	int rc;

	while (length > 0) {
		run = length;
		address = env_dma_address_run(prp->dma, addr, &run);
		if (address == ENV_DMA_ERROR) {
			return -EFAULT;
		}
		if (prp->is_closed) {
			return -EINVAL;
		}
		rc = append_run(prp, address, run);
		if (rc != 0) {
			return rc;
		}
		addr = (const char *)addr + run;
		length -= run;
	}
	return 0;
}

void
pcie_prp_finish(const struct pcie_prp *prp, uint64_t list_address, struct spdk_nvme_cmd *cmd)
{
	cmd->psdt = SPDK_NVME_PSDT_PRP;
	cmd->dptr.prp.prp1 = prp->first;
	if (prp->count <= 1) {
		cmd->dptr.prp.prp2 = 0;
	} else {
		cmd->dptr.prp.prp2 = prp->count == 2 ? prp->list[0] : list_address;
	}
}

static int
append_descriptor(struct pcie_sgl *sgl, uint8_t type, uint64_t address, uint64_t length)
{
	struct spdk_nvme_sgl_descriptor *last = &sgl->list[sgl->count - 1];

	if (sgl->merges && sgl->count > 0 && type == SPDK_NVME_SGL_TYPE_DATA_BLOCK &&
	    last->unkeyed.type == type && last->address + last->unkeyed.length == address &&
	    last->unkeyed.length + length <= UINT32_MAX) {
		last->unkeyed.length += (uint32_t)length;
		return 0;
	}
	if (sgl->count == sgl->list_max) {
		return -E2BIG;
	}
	sgl->list[sgl->count++] = (struct spdk_nvme_sgl_descriptor){
		.address = address,
		.unkeyed = {.length = (uint32_t)length, .type = type},
	};
	return 0;
}

int
pcie_sgl_append(struct pcie_sgl *sgl, void *addr, uint64_t length)
{
	uint64_t address, run;
	int rc;

	if (addr == NVME_BIT_BUCKET) {
		return append_descriptor(sgl, SPDK_NVME_SGL_TYPE_BIT_BUCKET, 0, length);
	}
	if (sgl->needs_dwords && (((uintptr_t)addr | length) & DWORD_MASK) != 0) {
		return -EINVAL;
	}
	while (length > 0) {
		run = length;
		address = env_dma_address_run(sgl->dma, addr, &run);
		if (address == ENV_DMA_ERROR) {
			return -EFAULT;
		}
		rc = append_descriptor(sgl, SPDK_NVME_SGL_TYPE_DATA_BLOCK, address, run);
		if (rc != 0) {
			return rc;
		}
		addr = (char *)addr + run;
		length -= run;
	}
	return 0;
}

void
pcie_sgl_finish(const struct pcie_sgl *sgl, uint64_t list_address, struct spdk_nvme_cmd *cmd)
{
	cmd->psdt = SPDK_NVME_PSDT_SGL_MPTR_CONTIG;
	if (sgl->count == 1) {
		cmd->dptr.sgl1 = sgl->list[0];
		return;
	}
	cmd->dptr.sgl1 = (struct spdk_nvme_sgl_descriptor){
		.address = list_address,
		.unkeyed = {.length = sgl->count * (uint32_t)sizeof(*sgl->list),
			    .type = SPDK_NVME_SGL_TYPE_LAST_SEGMENT},
	};
}
