/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Accesses to a device that has been pulled out: the kernel answers them with SIGBUS, and the page
 * that was touched becomes one of ones, as those registers read that fail without a signal. Whoever
 * looks at CSTS next finds the controller removed.
 *
 * The signal handler walks through ranges of addresses, not through controllers, which might go
 * meanwhile. A range is in use while its `size` is not 0; that is written last, and cleared first.
 */
#include "env/pci_cover.h"
#include "io/nvme/pcie.h"
#include "spdk/log.h"

/* Three for a controller at most. */
#define RANGES_MAX 1024

struct range {
	_Atomic uintptr_t start;
	_Atomic uint64_t size;
};

static struct range g_ranges[RANGES_MAX];
static pthread_mutex_t g_lock = PTHREAD_MUTEX_INITIALIZER;
static uint32_t g_range_count;

static void
on_fault(const void *addr, void *ctx)
{
	uintptr_t start;
	uint64_t size;

	for (uint32_t i = 0; i < RANGES_MAX; i++) {
		/* F2: pairs with F1 in pcie_error_add(). */
		size = atomic_load_explicit(&g_ranges[i].size, memory_order_acquire);
		start = atomic_load_explicit(&g_ranges[i].start, memory_order_relaxed);
		if (size != 0 && (uintptr_t)addr - start < size) {
			/* If the kernel refuses, the second fault at this address ends the process.
			 */
			(void)env_pci_cover_page(addr);
			return;
		}
	}
}

/* With the lock. */
static struct range *
find_free(void)
{
	for (uint32_t i = 0; i < RANGES_MAX; i++) {
		if (atomic_load_explicit(&g_ranges[i].size, memory_order_relaxed) == 0) {
			return &g_ranges[i];
		}
	}
	return NULL;
}

/* With the lock. */
static int
take_handler(void)
{
	int rc = 0;

	if (g_range_count == 0) {
		rc = spdk_pci_register_error_handler(on_fault, NULL);
	}
	g_range_count += rc == 0;
	return rc;
}

int
pcie_error_add(const struct pcie_mapping *mapping)
{
	struct range *range;
	int rc;

	pthread_mutex_lock(&g_lock);
	range = find_free();
	rc = range == NULL ? -ENOSPC : take_handler();
	if (rc == 0) {
		atomic_store_explicit(&range->start, (uintptr_t)mapping->addr,
				      memory_order_relaxed);
		/* F1: pairs with F2 in on_fault(). */
		atomic_store_explicit(&range->size, mapping->size, memory_order_release);
	}
	pthread_mutex_unlock(&g_lock);
	if (rc != 0) {
		SPDK_ERRLOG("NVMe: accesses to a device that is pulled out cannot be caught: %s\n",
			    spdk_strerror(-rc));
	}
	return rc;
}

void
pcie_error_remove(const struct pcie_mapping *mapping)
{
	pthread_mutex_lock(&g_lock);
	for (uint32_t i = 0; i < RANGES_MAX; i++) {
		if (g_ranges[i].size != 0 && g_ranges[i].start == (uintptr_t)mapping->addr) {
			atomic_store_explicit(&g_ranges[i].size, 0, memory_order_release);
			g_range_count--;
			break;
		}
	}
	if (g_range_count == 0) {
		/* Does nothing when it was not registered. */
		spdk_pci_unregister_error_handler(on_fault);
	}
	pthread_mutex_unlock(&g_lock);
}
