/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One PCI device: what it is, its configuration space, its BARs. Every access goes through the
 * functions in the struct, so that hooked devices and the machine's own look the same from outside.
 */
#include "env/posix/pci_internal.h"
#include "spdk/log.h"

/* PCI Express: extended capabilities are a list that starts here, up to the end of the space. */
#define EXTENDED_START      0x100
#define EXTENDED_END        0x1000
#define CAPABILITY_SIZE_MIN 8
#define CAPABILITY_SERIAL   0x0003
#define SERIAL_TEXT_SIZE    17

int
spdk_pci_device_map_bar(struct spdk_pci_device *dev, uint32_t bar, void **mapped_addr,
			uint64_t *phys_addr, uint64_t *size)
{
	return dev->map_bar(dev, bar, mapped_addr, phys_addr, size);
}

int
spdk_pci_device_unmap_bar(struct spdk_pci_device *dev, uint32_t bar, void *mapped_addr)
{
	return dev->unmap_bar(dev, bar, mapped_addr);
}

uint32_t
spdk_pci_device_get_domain(struct spdk_pci_device *dev)
{
	return dev->addr.domain;
}

uint8_t
spdk_pci_device_get_bus(struct spdk_pci_device *dev)
{
	return dev->addr.bus;
}

uint8_t
spdk_pci_device_get_dev(struct spdk_pci_device *dev)
{
	return dev->addr.dev;
}

uint8_t
spdk_pci_device_get_func(struct spdk_pci_device *dev)
{
	return dev->addr.func;
}

struct spdk_pci_addr
spdk_pci_device_get_addr(struct spdk_pci_device *dev)
{
	return dev->addr;
}

uint16_t
spdk_pci_device_get_vendor_id(struct spdk_pci_device *dev)
{
	return dev->id.vendor_id;
}

uint16_t
spdk_pci_device_get_device_id(struct spdk_pci_device *dev)
{
	return dev->id.device_id;
}

uint16_t
spdk_pci_device_get_subvendor_id(struct spdk_pci_device *dev)
{
	return dev->id.subvendor_id;
}

uint16_t
spdk_pci_device_get_subdevice_id(struct spdk_pci_device *dev)
{
	return dev->id.subdevice_id;
}

struct spdk_pci_id
spdk_pci_device_get_id(struct spdk_pci_device *dev)
{
	return dev->id;
}

int
spdk_pci_device_get_numa_id(struct spdk_pci_device *dev)
{
	return dev->numa_id;
}

const char *
spdk_pci_device_get_type(const struct spdk_pci_device *dev)
{
	return dev->type;
}

bool
spdk_pci_device_is_removed(struct spdk_pci_device *dev)
{
	if (!dev->internal.pending_removal && pci_sysfs_owns(dev) && pci_own_is_requested(dev)) {
		dev->internal.pending_removal = true;
	}
	return dev->internal.pending_removal;
}

int
spdk_pci_device_cfg_read(struct spdk_pci_device *dev, void *buf, uint32_t len, uint32_t offset)
{
	return dev->cfg_read(dev, buf, len, offset) == 0 ? 0 : -1;
}

int
spdk_pci_device_cfg_write(struct spdk_pci_device *dev, void *buf, uint32_t len, uint32_t offset)
{
	return dev->cfg_write(dev, buf, len, offset) == 0 ? 0 : -1;
}

int
spdk_pci_device_cfg_read8(struct spdk_pci_device *dev, uint8_t *value, uint32_t offset)
{
	return spdk_pci_device_cfg_read(dev, value, sizeof(*value), offset);
}

int
spdk_pci_device_cfg_write8(struct spdk_pci_device *dev, uint8_t value, uint32_t offset)
{
	return spdk_pci_device_cfg_write(dev, &value, sizeof(value), offset);
}

int
spdk_pci_device_cfg_read16(struct spdk_pci_device *dev, uint16_t *value, uint32_t offset)
{
	return spdk_pci_device_cfg_read(dev, value, sizeof(*value), offset);
}

int
spdk_pci_device_cfg_write16(struct spdk_pci_device *dev, uint16_t value, uint32_t offset)
{
	return spdk_pci_device_cfg_write(dev, &value, sizeof(value), offset);
}

int
spdk_pci_device_cfg_read32(struct spdk_pci_device *dev, uint32_t *value, uint32_t offset)
{
	return spdk_pci_device_cfg_read(dev, value, sizeof(*value), offset);
}

int
spdk_pci_device_cfg_write32(struct spdk_pci_device *dev, uint32_t value, uint32_t offset)
{
	return spdk_pci_device_cfg_write(dev, &value, sizeof(value), offset);
}

/* Where a capability is; 0 when the device has none of that kind, or cannot be read. */
static uint32_t
extended_capability_find(struct spdk_pci_device *dev, uint16_t wanted)
{
	/* A list that leads in a circle ends when it is longer than the space. */
	const int hops_max = (EXTENDED_END - EXTENDED_START) / CAPABILITY_SIZE_MIN;
	uint32_t offset = EXTENDED_START, header;

	for (int i = 0; i < hops_max; i++) {
		if (offset < EXTENDED_START || offset > EXTENDED_END - CAPABILITY_SIZE_MIN ||
		    spdk_pci_device_cfg_read32(dev, &header, offset) != 0 || header == 0 ||
		    header == UINT32_MAX) {
			return 0;
		}
		if ((header & 0xffff) == wanted) {
			return offset;
		}
		offset = header >> 20 & ~3u;
	}
	return 0;
}

static int
read_serial_number(struct spdk_pci_device *dev, char *sn, size_t len)
{
	uint32_t offset, low, high;

	if (sn == NULL || len < SERIAL_TEXT_SIZE) {
		return -EINVAL;
	}
	offset = extended_capability_find(dev, CAPABILITY_SERIAL);
	if (offset == 0 || offset > EXTENDED_END - 12 ||
	    spdk_pci_device_cfg_read32(dev, &low, offset + 4) != 0 ||
	    spdk_pci_device_cfg_read32(dev, &high, offset + 8) != 0) {
		return -ENOENT;
	}
	snprintf(sn, len, "%08x%08x", high, low);
	return 0;
}

int
spdk_pci_device_get_serial_number(struct spdk_pci_device *dev, char *sn, size_t len)
{
	return read_serial_number(dev, sn, len) == 0 ? 0 : -1;
}
