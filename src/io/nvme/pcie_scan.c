/* SPDX-License-Identifier: BSD-3-Clause */
/* Finding controllers on the bus. */
#include "io/nvme/driver.h"
#include "io/nvme/pcie.h"
#include "spdk/env.h"
#include "spdk/log.h"

struct pcie_scan {
	struct spdk_nvme_probe_ctx *probe_ctx;
	/* The device that was named is there, whatever became of it. */
	bool is_found;
};

static int
found(void *enum_ctx, struct spdk_pci_device *dev)
{
	struct pcie_scan *scan = enum_ctx;
	struct spdk_nvme_transport_id trid = {0};
	struct spdk_pci_addr addr = spdk_pci_device_get_addr(dev);

	scan->is_found = true;
	spdk_nvme_trid_populate_transport(&trid, SPDK_NVME_TRANSPORT_PCIE);
	if (spdk_pci_addr_fmt(trid.traddr, sizeof(trid.traddr), &addr) != 0) {
		return -EINVAL;
	}
	return nvme_probe_found(scan->probe_ctx, &trid, dev);
}

int
pcie_scan(struct spdk_nvme_probe_ctx *probe_ctx, bool direct_connect)
{
	struct spdk_pci_driver *driver = spdk_pci_nvme_get_driver();
	const char *traddr = probe_ctx->trid.traddr;
	struct pcie_scan scan = {.probe_ctx = probe_ctx};
	struct spdk_pci_addr addr;
	int rc;

	if (traddr[0] == '\0') {
		return spdk_pci_enumerate(driver, found, &scan);
	}
	if (spdk_pci_addr_parse(&addr, traddr) != 0) {
		SPDK_ERRLOG("'%s' is no PCI address, such as 0000:01:00.0\n", traddr);
		return -EINVAL;
	}
	rc = env_pci_device_attach(driver, found, &scan, &addr, probe_ctx->reason);
	/*
	 * One that is not wanted, or cannot be used, is no error, as when all are searched: who
	 * refused it has told.
	 */
	return scan.is_found ? 0 : spdk_min(rc, 0);
}
