/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * PCI drivers: a name and a table of the devices it supports. Those the API names are here from the
 * start; programs add theirs by SPDK_PCI_DRIVER_REGISTER().
 *
 * Invariants:
 *  1. Registration happens in constructors, so it writes to a static table and does nothing else;
 *     what went wrong there is reported at the first start of the environment.
 *  2. Entries never move and never go away; the first of a name stays.
 */
#include "env/posix/pci_internal.h"
#include "spdk/log.h"

#define DRIVERS_MAX 64
#define ANY_CLASS   SPDK_PCI_CLASS_ANY_ID
#define ANY         SPDK_PCI_ANY_ID

#define INTEL(device)                                       \
	{                                                   \
		SPDK_PCI_DEVICE(SPDK_PCI_VID_INTEL, device) \
	}
#define VIRTIO(device)                                       \
	{                                                    \
		SPDK_PCI_DEVICE(SPDK_PCI_VID_VIRTIO, device) \
	}
#define AMD(device)                                       \
	{                                                 \
		SPDK_PCI_DEVICE(SPDK_PCI_VID_AMD, device) \
	}
#define END                    \
	{                      \
		.vendor_id = 0 \
	}

static const struct spdk_pci_id g_nvme_ids[] = {
	{
		.class_id = SPDK_PCI_CLASS_NVME,
		.vendor_id = ANY,
		.device_id = ANY,
		.subvendor_id = ANY,
		.subdevice_id = ANY,
	},
	END,
};

static const struct spdk_pci_id g_vmd_ids[] = {
	INTEL(PCI_DEVICE_ID_INTEL_VMD_SKX),
	INTEL(PCI_DEVICE_ID_INTEL_VMD_ICX),
	END,
};

static const struct spdk_pci_id g_idxd_ids[] = {
	INTEL(PCI_DEVICE_ID_INTEL_DSA),
	INTEL(PCI_DEVICE_ID_INTEL_DSA3),
	INTEL(PCI_DEVICE_ID_INTEL_IAA),
	INTEL(PCI_DEVICE_ID_INTEL_IAA3),
	END,
};

static const struct spdk_pci_id g_ae4dma_ids[] = {
	AMD(PCI_DEVICE_ID_AMD_AE4DMA_3E),
	AMD(PCI_DEVICE_ID_AMD_AE4DMA_4E),
	END,
};

static const struct spdk_pci_id g_virtio_ids[] = {
	VIRTIO(PCI_DEVICE_ID_VIRTIO_BLK_LEGACY),
	VIRTIO(PCI_DEVICE_ID_VIRTIO_SCSI_LEGACY),
	VIRTIO(PCI_DEVICE_ID_VIRTIO_BLK_MODERN),
	VIRTIO(PCI_DEVICE_ID_VIRTIO_SCSI_MODERN),
	VIRTIO(PCI_DEVICE_ID_VIRTIO_FS),
	VIRTIO(PCI_DEVICE_ID_VIRTIO_VHOST_USER),
	END,
};

static const struct spdk_pci_id g_ioat_ids[] = {
	INTEL(PCI_DEVICE_ID_INTEL_IOAT_SNB0),
	INTEL(PCI_DEVICE_ID_INTEL_IOAT_SNB1),
	INTEL(PCI_DEVICE_ID_INTEL_IOAT_SNB2),
	INTEL(PCI_DEVICE_ID_INTEL_IOAT_SNB3),
	INTEL(PCI_DEVICE_ID_INTEL_IOAT_SNB4),
	INTEL(PCI_DEVICE_ID_INTEL_IOAT_SNB5),
	INTEL(PCI_DEVICE_ID_INTEL_IOAT_SNB6),
	INTEL(PCI_DEVICE_ID_INTEL_IOAT_SNB7),
	INTEL(PCI_DEVICE_ID_INTEL_IOAT_SNB8),
	INTEL(PCI_DEVICE_ID_INTEL_IOAT_SNB9),
	INTEL(PCI_DEVICE_ID_INTEL_IOAT_IVB0),
	INTEL(PCI_DEVICE_ID_INTEL_IOAT_IVB1),
	INTEL(PCI_DEVICE_ID_INTEL_IOAT_IVB2),
	INTEL(PCI_DEVICE_ID_INTEL_IOAT_IVB3),
	INTEL(PCI_DEVICE_ID_INTEL_IOAT_IVB4),
	INTEL(PCI_DEVICE_ID_INTEL_IOAT_IVB5),
	INTEL(PCI_DEVICE_ID_INTEL_IOAT_IVB6),
	INTEL(PCI_DEVICE_ID_INTEL_IOAT_IVB7),
	INTEL(PCI_DEVICE_ID_INTEL_IOAT_IVB8),
	INTEL(PCI_DEVICE_ID_INTEL_IOAT_IVB9),
	INTEL(PCI_DEVICE_ID_INTEL_IOAT_HSW0),
	INTEL(PCI_DEVICE_ID_INTEL_IOAT_HSW1),
	INTEL(PCI_DEVICE_ID_INTEL_IOAT_HSW2),
	INTEL(PCI_DEVICE_ID_INTEL_IOAT_HSW3),
	INTEL(PCI_DEVICE_ID_INTEL_IOAT_HSW4),
	INTEL(PCI_DEVICE_ID_INTEL_IOAT_HSW5),
	INTEL(PCI_DEVICE_ID_INTEL_IOAT_HSW6),
	INTEL(PCI_DEVICE_ID_INTEL_IOAT_HSW7),
	INTEL(PCI_DEVICE_ID_INTEL_IOAT_HSW8),
	INTEL(PCI_DEVICE_ID_INTEL_IOAT_HSW9),
	INTEL(PCI_DEVICE_ID_INTEL_IOAT_BWD0),
	INTEL(PCI_DEVICE_ID_INTEL_IOAT_BWD1),
	INTEL(PCI_DEVICE_ID_INTEL_IOAT_BWD2),
	INTEL(PCI_DEVICE_ID_INTEL_IOAT_BWD3),
	INTEL(PCI_DEVICE_ID_INTEL_IOAT_BDXDE0),
	INTEL(PCI_DEVICE_ID_INTEL_IOAT_BDXDE1),
	INTEL(PCI_DEVICE_ID_INTEL_IOAT_BDXDE2),
	INTEL(PCI_DEVICE_ID_INTEL_IOAT_BDXDE3),
	INTEL(PCI_DEVICE_ID_INTEL_IOAT_BDX0),
	INTEL(PCI_DEVICE_ID_INTEL_IOAT_BDX1),
	INTEL(PCI_DEVICE_ID_INTEL_IOAT_BDX2),
	INTEL(PCI_DEVICE_ID_INTEL_IOAT_BDX3),
	INTEL(PCI_DEVICE_ID_INTEL_IOAT_BDX4),
	INTEL(PCI_DEVICE_ID_INTEL_IOAT_BDX5),
	INTEL(PCI_DEVICE_ID_INTEL_IOAT_BDX6),
	INTEL(PCI_DEVICE_ID_INTEL_IOAT_BDX7),
	INTEL(PCI_DEVICE_ID_INTEL_IOAT_BDX8),
	INTEL(PCI_DEVICE_ID_INTEL_IOAT_BDX9),
	INTEL(PCI_DEVICE_ID_INTEL_IOAT_SKX),
	INTEL(PCI_DEVICE_ID_INTEL_IOAT_ICX),
	END,
};

static struct {
	struct spdk_pci_driver table[DRIVERS_MAX];
	size_t count;
	/* The last driver that was registered twice, and the last there was no room for; or NULL.
	 */
	const char *duplicate;
	const char *surplus;
} g_drivers = {
	.table =
		{
			{"nvme", g_nvme_ids,
			 SPDK_PCI_DRIVER_NEED_MAPPING | SPDK_PCI_DRIVER_WC_ACTIVATE},
			{"vmd", g_vmd_ids,
			 SPDK_PCI_DRIVER_NEED_MAPPING | SPDK_PCI_DRIVER_WC_ACTIVATE},
			{"ioat", g_ioat_ids, SPDK_PCI_DRIVER_NEED_MAPPING},
			{"idxd", g_idxd_ids, SPDK_PCI_DRIVER_NEED_MAPPING},
			{"ae4dma", g_ae4dma_ids, SPDK_PCI_DRIVER_NEED_MAPPING},
			{"virtio", g_virtio_ids,
			 SPDK_PCI_DRIVER_NEED_MAPPING | SPDK_PCI_DRIVER_WC_ACTIVATE},
		},
	.count = 6,
};

void
spdk_pci_driver_register(const char *name, struct spdk_pci_id *id_table, uint32_t flags)
{
	struct spdk_pci_driver *driver;

	if (spdk_pci_get_driver(name) != NULL) {
		g_drivers.duplicate = name;
		return;
	}
	if (g_drivers.count == DRIVERS_MAX) {
		g_drivers.surplus = name;
		return;
	}
	driver = &g_drivers.table[g_drivers.count++];
	driver->name = name;
	driver->id_table = id_table;
	driver->flags = flags;
}

void
pci_driver_report(void)
{
	if (g_drivers.duplicate != NULL) {
		SPDK_ERRLOG(
			"PCI driver \"%s\" is registered twice; only the first one is used. Give "
			"each SPDK_PCI_DRIVER_REGISTER() a name of its own.\n",
			g_drivers.duplicate);
		g_drivers.duplicate = NULL;
	}
	if (g_drivers.surplus != NULL) {
		SPDK_ERRLOG("PCI driver \"%s\" is not used: the program registers more than %d "
			    "drivers.\n",
			    g_drivers.surplus, DRIVERS_MAX);
		g_drivers.surplus = NULL;
	}
}

struct spdk_pci_driver *
spdk_pci_get_driver(const char *name)
{
	for (size_t i = 0; i < g_drivers.count; i++) {
		if (strcmp(g_drivers.table[i].name, name) == 0) {
			return &g_drivers.table[i];
		}
	}
	return NULL;
}

bool
pci_driver_supports(const struct spdk_pci_driver *driver, const struct spdk_pci_id *id)
{
	const struct spdk_pci_id *entry;

	for (entry = driver->id_table; entry->vendor_id != 0; entry++) {
		if ((entry->class_id == ANY_CLASS || entry->class_id == id->class_id) &&
		    (entry->vendor_id == ANY || entry->vendor_id == id->vendor_id) &&
		    (entry->device_id == ANY || entry->device_id == id->device_id) &&
		    (entry->subvendor_id == ANY || entry->subvendor_id == id->subvendor_id) &&
		    (entry->subdevice_id == ANY || entry->subdevice_id == id->subdevice_id)) {
			return true;
		}
	}
	return false;
}

struct spdk_pci_driver *
spdk_pci_nvme_get_driver(void)
{
	return spdk_pci_get_driver("nvme");
}

struct spdk_pci_driver *
spdk_pci_vmd_get_driver(void)
{
	return spdk_pci_get_driver("vmd");
}

struct spdk_pci_driver *
spdk_pci_ioat_get_driver(void)
{
	return spdk_pci_get_driver("ioat");
}

struct spdk_pci_driver *
spdk_pci_idxd_get_driver(void)
{
	return spdk_pci_get_driver("idxd");
}

struct spdk_pci_driver *
spdk_pci_ae4dma_get_driver(void)
{
	return spdk_pci_get_driver("ae4dma");
}

struct spdk_pci_driver *
spdk_pci_virtio_get_driver(void)
{
	return spdk_pci_get_driver("virtio");
}
