/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Which of the machine's devices spdk_pci_enumerate() may offer: by default all, or only those of
 * pci_allowed, or all but those of pci_blocked.
 *
 * Invariant: guarded by the lock of pci_bus.c.
 */
#include "env/posix/pci_internal.h"

static struct {
	/* Whether `addresses` are those to offer, or those not to offer. */
	bool is_allow_list;
	struct spdk_pci_addr *addresses;
	size_t count;
} g_permit;

int
pci_permit_init(const struct spdk_env_opts *opts)
{
	const struct spdk_pci_addr *addresses;

	addresses = opts->pci_allowed != NULL ? opts->pci_allowed : opts->pci_blocked;
	g_permit.is_allow_list = opts->num_pci_addr > 0 && opts->pci_allowed != NULL;
	if (opts->num_pci_addr == 0) {
		return 0;
	}
	g_permit.addresses = calloc(opts->num_pci_addr, sizeof(*addresses));
	if (g_permit.addresses == NULL) {
		return -ENOMEM;
	}
	memcpy(g_permit.addresses, addresses, opts->num_pci_addr * sizeof(*addresses));
	g_permit.count = opts->num_pci_addr;
	return 0;
}

void
pci_permit_fini(void)
{
	free(g_permit.addresses);
	memset(&g_permit, 0, sizeof(g_permit));
}

static bool
is_listed(const struct spdk_pci_addr *addr)
{
	for (size_t i = 0; i < g_permit.count; i++) {
		if (spdk_pci_addr_compare(&g_permit.addresses[i], addr) == 0) {
			return true;
		}
	}
	return false;
}

bool
pci_permit_has(const struct spdk_pci_addr *addr)
{
	return is_listed(addr) == g_permit.is_allow_list;
}

static void
unlist(const struct spdk_pci_addr *addr)
{
	size_t kept = 0;

	for (size_t i = 0; i < g_permit.count; i++) {
		if (spdk_pci_addr_compare(&g_permit.addresses[i], addr) != 0) {
			g_permit.addresses[kept++] = g_permit.addresses[i];
		}
	}
	g_permit.count = kept;
}

int
pci_permit_add(const struct spdk_pci_addr *addr)
{
	struct spdk_pci_addr *addresses;

	if (!g_permit.is_allow_list) {
		unlist(addr);
		return 0;
	}
	if (is_listed(addr)) {
		return 0;
	}
	addresses = realloc(g_permit.addresses, (g_permit.count + 1) * sizeof(*addresses));
	if (addresses == NULL) {
		return -ENOMEM;
	}
	addresses[g_permit.count++] = *addr;
	g_permit.addresses = addresses;
	return 0;
}
