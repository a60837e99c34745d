/* SPDX-License-Identifier: BSD-3-Clause */
/* The address of a buffer for the device, as this transport asks for it. */
#ifndef SPINDLE_NVME_PCIE_ADDRESS_H
#define SPINDLE_NVME_PCIE_ADDRESS_H

#include "env/dma_address.h"

/* Whether the whole buffer lies together for the device; its address, or ENV_DMA_ERROR. */
static inline uint64_t
pcie_address_of_whole(const struct env_dma *dma, const void *addr, uint64_t size)
{
	uint64_t length = size;
	uint64_t address = env_dma_address_run(dma, addr, &length);

	return length == size ? address : ENV_DMA_ERROR;
}

#endif
