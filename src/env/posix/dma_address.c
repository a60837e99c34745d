/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Which addresses devices are told, see env/dma_address.h and dma.h.
 *
 * All of the machine's devices that this process uses are told the same kind: those of vfio and of
 * uio exclude each other (check_way() of pci_own.c). So there is one answer of spdk_vtophys().
 */
#include "env/posix/dma.h"

#include "env/posix/pci_internal.h"
#include "env/posix/vtophys.h"

static const struct env_dma g_virtual = {.is_virtual = true, .name = "virtual"};
static const struct env_dma g_none = {.name = "none"};
static struct env_dma g_physical = {.name = "physical"};
static struct env_dma g_iova = {.name = "IOVA"};
/* What the machine's devices are told. */
static _Atomic(const struct env_dma *) g_machine = &g_none;

static void
choose(bool is_iova)
{
	const struct env_dma *dma = &g_none;

	if (is_iova) {
		dma = &g_iova;
	} else if (g_physical.table != NULL) {
		dma = &g_physical;
	}
	/* D1: pairs with machine(). */
	atomic_store_explicit(&g_machine, dma, memory_order_release);
}

static const struct env_dma *
machine(void)
{
	/* D1: pairs with choose(). */
	return atomic_load_explicit(&g_machine, memory_order_acquire);
}

void
dma_set_physical(const struct spdk_mem_map *map)
{
	g_physical.table = map != NULL ? map->leaves : NULL;
	choose(false);
}

void
dma_set_iova(const struct spdk_mem_map *map, bool is_used)
{
	g_iova.table = map != NULL ? map->leaves : NULL;
	choose(is_used);
}

const struct env_dma *
env_dma_of_device(const struct spdk_pci_device *dev)
{
	const struct env_pci_hook *hook = pci_hook_find(dev);

	return hook != NULL && hook->has_virtual_addresses ? &g_virtual : machine();
}

const char *
env_dma_explain(const struct env_dma *dma, const void *addr)
{
	if (env_dma_address(dma, addr) != ENV_DMA_ERROR) {
		return "it can be reached";
	}
	if (dma == &g_iova) {
		return "it is memory that devices have not been told of: take it from "
		       "spdk_dma_malloc(), or spdk_mem_register() it";
	}
	if (dma == &g_physical) {
		return "it is no memory of spdk_dma_malloc(), or lies in ordinary pages, which the "
		       "kernel may move: reserve huge pages (HUGEMEM=MIB scripts/setup.sh), or "
		       "give the device to vfio-pci, which needs none";
	}
	return "the kernel shows no physical addresses to this user: run as root, or give the "
	       "device to vfio-pci, which needs neither";
}

uint64_t
spdk_vtophys(const void *buf, uint64_t *size)
{
	const struct env_dma *dma = machine();

	if (dma == &g_none && !vtophys_is_up(__func__)) {
		return SPDK_VTOPHYS_ERROR;
	}
	return size != NULL ? env_dma_address_run(dma, buf, size) : env_dma_address(dma, buf);
}

bool
spdk_iommu_is_enabled(void)
{
	return machine() == &g_iova;
}
