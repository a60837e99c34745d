/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The BARs that are mapped, see pci_bars.h. Its lock is a leaf: mem maps look here while memory is
 * registered.
 */
#include "env/posix/pci_bars.h"

#include "spdk/queue.h"

struct bar {
	uintptr_t start;
	uint64_t size;
	uint64_t bus_addr;
	LIST_ENTRY(bar) link;
};

static pthread_mutex_t g_lock = PTHREAD_MUTEX_INITIALIZER;
static LIST_HEAD(, bar) g_bars = LIST_HEAD_INITIALIZER(g_bars);

int
pci_bars_add(const void *addr, uint64_t size, uint64_t bus_addr)
{
	struct bar *bar = malloc(sizeof(*bar));

	if (bar == NULL) {
		return -ENOMEM;
	}
	bar->start = (uintptr_t)addr;
	bar->size = size;
	bar->bus_addr = bus_addr;
	pthread_mutex_lock(&g_lock);
	LIST_INSERT_HEAD(&g_bars, bar, link);
	pthread_mutex_unlock(&g_lock);
	return 0;
}

void
pci_bars_remove(const void *addr)
{
	struct bar *bar;

	pthread_mutex_lock(&g_lock);
	LIST_FOREACH (bar, &g_bars, link) {
		if (bar->start == (uintptr_t)addr) {
			LIST_REMOVE(bar, link);
			free(bar);
			break;
		}
	}
	pthread_mutex_unlock(&g_lock);
}

bool
pci_bars_find(const void *addr, uint64_t size, uint64_t *out_bus_addr)
{
	uint64_t offset;
	bool is_found = false;
	struct bar *bar;

	pthread_mutex_lock(&g_lock);
	LIST_FOREACH (bar, &g_bars, link) {
		offset = (uintptr_t)addr - bar->start;
		if (offset < bar->size && size <= bar->size - offset) {
			*out_bus_addr = bar->bus_addr + offset;
			is_found = true;
			break;
		}
	}
	pthread_mutex_unlock(&g_lock);
	return is_found;
}
