/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What owners of hooked devices have said about them beyond struct spdk_pci_device, which has no
 * room for it: its layout is the API's.
 *
 * Invariants:
 *  1. An entry is there from before the device is in the list of pci_bus.c until after it has left
 *     it.
 *  2. g_lock is a leaf, so that any function may look for an entry.
 */
#include "env/posix/pci_internal.h"

struct hooked {
	const struct spdk_pci_device *dev;
	const struct env_pci_hook *hook;
	LIST_ENTRY(hooked) link;
};

static pthread_mutex_t g_lock = PTHREAD_MUTEX_INITIALIZER;
static LIST_HEAD(, hooked) g_hooks = LIST_HEAD_INITIALIZER(g_hooks);

const struct env_pci_hook *
pci_hook_find(const struct spdk_pci_device *dev)
{
	const struct env_pci_hook *hook = NULL;
	struct hooked *entry;

	pthread_mutex_lock(&g_lock);
	LIST_FOREACH (entry, &g_hooks, link) {
		if (entry->dev == dev) {
			hook = entry->hook;
			break;
		}
	}
	pthread_mutex_unlock(&g_lock);
	return hook;
}

int
pci_hook_add(const struct spdk_pci_device *dev, const struct env_pci_hook *hook)
{
	struct hooked *entry;

	if (hook == NULL) {
		return 0;
	}
	entry = malloc(sizeof(*entry));
	if (entry == NULL) {
		return -ENOMEM;
	}
	entry->dev = dev;
	entry->hook = hook;
	pthread_mutex_lock(&g_lock);
	LIST_INSERT_HEAD(&g_hooks, entry, link);
	pthread_mutex_unlock(&g_lock);
	return 0;
}

void
pci_hook_remove(const struct spdk_pci_device *dev)
{
	struct hooked *entry;

	pthread_mutex_lock(&g_lock);
	LIST_FOREACH (entry, &g_hooks, link) {
		if (entry->dev == dev) {
			LIST_REMOVE(entry, link);
			free(entry);
			break;
		}
	}
	pthread_mutex_unlock(&g_lock);
}
