/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a device has to be told instead of an address of this process. Three kinds:
 *   virtual   the address itself: the device is a program (see env/pci_device.h).
 *   physical  devices of uio. Only memory in huge pages has one that lasts.
 *   IOVA      devices of vfio: what the IOMMU translates back. All memory of this environment, and
 *             what spdk_mem_register() was told of, has one.
 * A driver asks once for the kind of its device, and then, for each buffer, for the address. That
 * takes no lock and makes no call: none at all for the first kind, two loads for the others.
 */
#ifndef SPINDLE_ENV_DMA_ADDRESS_H
#define SPINDLE_ENV_DMA_ADDRESS_H

#include "spdk/stdinc.h"

#ifdef __cplusplus
#error "This header is for C: it has atomics of C11."
#endif

#include <stdatomic.h>

struct spdk_pci_device;

/* The same value as SPDK_VTOPHYS_ERROR. */
#define ENV_DMA_ERROR UINT64_MAX

/* Mem maps are tables of two levels: see env/posix/mem_map.c, which fills them. */
#define ENV_DMA_ADDRESS_BITS 48
#define ENV_DMA_PAGE_SHIFT   21
#define ENV_DMA_PAGE_SIZE    (UINT64_C(1) << ENV_DMA_PAGE_SHIFT)
#define ENV_DMA_LEAF_BITS    13
#define ENV_DMA_LEAF_PAGES   (UINT64_C(1) << ENV_DMA_LEAF_BITS)
#define ENV_DMA_PAGES        (UINT64_C(1) << (ENV_DMA_ADDRESS_BITS - ENV_DMA_PAGE_SHIFT))

struct env_dma_leaf {
	struct env_dma_leaf *made_before;
	/* The translation XOR that of addresses which have none. */
	_Atomic uint64_t entries[ENV_DMA_LEAF_PAGES];
};

struct env_dma {
	/* NULL: there is none, either because none is needed or because none can be had. */
	struct env_dma_leaf *_Atomic *table;
	bool is_virtual;
	/* For messages: "virtual", "physical", "IOVA", or "none". */
	const char *name;
};

/*
 * How `dev` sees memory. Any OS thread; not for the data path, as it takes a lock.
 * Owner: the environment; it is the same until the device is detached. Ask when a BAR of the device
 *   has been mapped: only then is it known how the machine reaches memory.
 * Errors: never NULL. Where nothing can be had, every address is ENV_DMA_ERROR.
 */
const struct env_dma *env_dma_of_device(const struct spdk_pci_device *dev);

/*
 * Why env_dma_address() gave ENV_DMA_ERROR for this address, and the cure, as a sentence for the
 * driver's message. A constant string.
 */
const char *env_dma_explain(const struct env_dma *dma, const void *addr);

/*
 * The address to tell the device, or ENV_DMA_ERROR: the memory is not registered, or has no
 * lasting physical address. It holds up to the next multiple of ENV_DMA_PAGE_SIZE.
 */
static inline uint64_t
env_dma_address(const struct env_dma *dma, const void *addr)
{
	uint64_t page = (uintptr_t)addr >> ENV_DMA_PAGE_SHIFT, entry;
	const struct env_dma_leaf *leaf;

	if (dma->table == NULL) {
		return dma->is_virtual ? (uintptr_t)addr : ENV_DMA_ERROR;
	}
	if (page >= ENV_DMA_PAGES) {
		return ENV_DMA_ERROR;
	}
	/* M2: pairs with make_leaf() of mem_map.c. */
	leaf = atomic_load_explicit(&dma->table[page >> ENV_DMA_LEAF_BITS], memory_order_acquire);
	if (leaf == NULL) {
		return ENV_DMA_ERROR;
	}
	/* M1: pairs with fill() of mem_map.c. */
	entry = atomic_load_explicit(&leaf->entries[page & (ENV_DMA_LEAF_PAGES - 1)],
				     memory_order_acquire);
	return entry == 0 ? ENV_DMA_ERROR :
			    (entry ^ ENV_DMA_ERROR) + ((uintptr_t)addr & (ENV_DMA_PAGE_SIZE - 1));
}

/*
 * The same for a buffer of *size bytes: *size becomes how much of it, from its start on, lies
 * together for the device, and may be told by this one address. Not changed on failure.
 */
static inline uint64_t
env_dma_address_run(const struct env_dma *dma, const void *addr, uint64_t *size)
{
	uint64_t first = env_dma_address(dma, addr);
	uint64_t length = ENV_DMA_PAGE_SIZE - ((uintptr_t)addr & (ENV_DMA_PAGE_SIZE - 1));

	if (first == ENV_DMA_ERROR || dma->is_virtual) {
		return first;
	}
	while (length < *size &&
	       env_dma_address(dma, (const char *)addr + length) == first + length) {
		length += ENV_DMA_PAGE_SIZE;
	}
	*size = length < *size ? length : *size;
	return first;
}

#endif
