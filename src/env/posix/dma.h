/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Which addresses the machine's devices are told: see env/dma_address.h.
 */
#ifndef SPINDLE_POSIX_DMA_H
#define SPINDLE_POSIX_DMA_H

#include "env/posix/mem_map.h"

/* The map of physical addresses, or of IOVAs, is there; NULL: no longer, and nobody looks there. */
void dma_set_physical(const struct spdk_mem_map *map);
/* Devices are told IOVAs while is_used, and physical addresses otherwise. */
void dma_set_iova(const struct spdk_mem_map *map, bool is_used);

#endif
