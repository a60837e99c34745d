/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Devices by uio (uio_pci_generic, igb_uio): BARs are the files resourceN of sysfs, configuration
 * space is that of sysfs, and memory has physical addresses, which only root may know and only huge
 * pages keep.
 *
 * Invariant: /dev/uioN is open while the device is. When it is closed, also by the end of the
 * process, the kernel takes bus mastering from the device, so that it writes to nobody's memory.
 */
#include "env/posix/pci_kernel.h"
#include "env/posix/pci_own.h"
#include "env/posix/sysfs.h"
#include "env/posix/vtophys.h"
#include "spdk/log.h"

#define UIO_PATH_SIZE 64

/* Whether an IOMMU translates what the device does; then physical addresses lead nowhere. */
static bool
is_translated(const struct spdk_pci_device *dev)
{
	char path[SYSFS_PATH_MAX], type[PCI_NAME_SIZE];

	return pci_sysfs_path(dev, "iommu_group/type", path, sizeof(path)) == 0 &&
	       sysfs_read_text(path, type, sizeof(type)) > 0 && strncmp(type, "DMA", 3) == 0;
}

static int
check_memory(const struct spdk_pci_device *dev)
{
	char text[PCI_ADDR_TEXT_SIZE];

	pci_addr_text(&dev->addr, text);
	if (pci_own_iova_mode() != NULL && strcmp(pci_own_iova_mode(), "va") == 0) {
		SPDK_ERRLOG("PCI device %s is bound to a driver of uio, which knows physical "
			    "addresses only, but iova_mode is 'va'. Leave the option out, or bind "
			    "the device to vfio-pci.\n",
			    text);
		return -EINVAL;
	}
	if (is_translated(dev)) {
		SPDK_ERRLOG(
			"PCI device %s is bound to a driver of uio, but an IOMMU is on: what the "
			"device would read and write by physical addresses is refused there. "
			"Bind it to vfio-pci, or boot with 'iommu=pt'.\n",
			text);
		return -ENOTSUP;
	}
	if (pci_kernel()->has_physical_memory()) {
		return 0;
	}
	SPDK_ERRLOG(
		"PCI device %s is bound to a driver of uio, so it needs physical addresses: %s, "
		"or bind the device to vfio-pci, which needs neither huge pages nor root.\n",
		text,
		vtophys_is_known() ?
			"there are no huge pages (or not for this program). Reserve some: "
			"'HUGEMEM=512 scripts/setup.sh', and leave no_huge out" :
			"the kernel does not show them to this user. Run as root, or with "
			"CAP_SYS_ADMIN");
	return -EPERM;
}

/* Finds N of /dev/uioN. 0 or -errno. */
static int
find_file(const struct spdk_pci_device *dev, char file[UIO_PATH_SIZE])
{
	char path[SYSFS_PATH_MAX];
	struct dirent *entry;
	int rc = pci_sysfs_path(dev, "uio", path, sizeof(path));
	DIR *dir;

	if (rc != 0) {
		return rc;
	}
	dir = opendir(path);
	if (dir == NULL) {
		return -errno;
	}
	rc = -ENODEV;
	while (rc != 0 && (entry = readdir(dir)) != NULL) {
		if (strncmp(entry->d_name, "uio", 3) == 0) {
			snprintf(file, UIO_PATH_SIZE, "/dev/%.32s", entry->d_name);
			rc = 0;
		}
	}
	closedir(dir);
	return rc;
}

static int
open_file(struct pci_own *own)
{
	char text[PCI_ADDR_TEXT_SIZE], file[UIO_PATH_SIZE] = "/dev/uioN";
	int rc = find_file(&own->pci, file);

	if (rc == 0) {
		rc = pci_kernel()->open(file, O_RDWR | O_NONBLOCK);
	}
	if (rc >= 0) {
		own->fd = rc;
		return 0;
	}
	SPDK_ERRLOG("PCI device %s: %s cannot be opened: %s.%s\n",
		    pci_addr_text(&own->pci.addr, text), file, strerror(-rc),
		    rc == -EACCES || rc == -EPERM ?
			    " Run as root, or bind the device to vfio-pci, which needs no root." :
			    "");
	return rc;
}

static int
uio_open(struct pci_own *own)
{
	int rc = check_memory(&own->pci);

	if (rc == 0) {
		rc = open_file(own);
	}
	if (rc != 0) {
		return rc;
	}
	/* Its interrupt line stays quiet until it is asked for. */
	rc = pci_own_change_command(
		own, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER | PCI_COMMAND_INTX_DISABLE, 0);
	if (rc != 0) {
		pci_kernel()->close(own->fd);
	}
	return rc;
}

static void
uio_close(struct pci_own *own)
{
	pci_kernel()->close(own->fd);
}

/* Opens the file that a BAR is mapped from; with write combining if the driver wants it and the CPU
 * can. */
static int
open_bar(const struct spdk_pci_device *dev, uint32_t bar)
{
	const struct spdk_pci_driver *driver = dev->internal.driver;
	char path[SYSFS_PATH_MAX], name[32];
	int fd = -ENOENT, rc;

	if (driver->flags & SPDK_PCI_DRIVER_WC_ACTIVATE) {
		snprintf(name, sizeof(name), "resource%u_wc", bar);
		rc = pci_sysfs_path(dev, name, path, sizeof(path));
		fd = rc == 0 ? pci_kernel()->open(path, O_RDWR) : rc;
	}
	if (fd < 0) {
		snprintf(name, sizeof(name), "resource%u", bar);
		rc = pci_sysfs_path(dev, name, path, sizeof(path));
		fd = rc == 0 ? pci_kernel()->open(path, O_RDWR) : rc;
	}
	return fd;
}

static int
uio_map_bar(struct pci_own *own, uint32_t bar, struct pci_bar *place)
{
	int fd = open_bar(&own->pci, bar), rc;

	if (fd < 0) {
		return fd;
	}
	rc = pci_kernel()->map(place->addr, place->size, fd, 0, &place->addr);
	pci_kernel()->close(fd);
	return rc;
}

const struct pci_way pci_uio_way = {
	.name = "uio",
	.open = uio_open,
	.close = uio_close,
	.map_bar = uio_map_bar,
	.config_read = pci_sysfs_config_read,
	.config_write = pci_sysfs_config_write,
	.irq_enable = pci_uio_irq_enable,
	.irq_disable = pci_uio_irq_disable,
	.irq_rearm = pci_uio_irq_rearm,
	.irq_count_max = pci_uio_irq_count_max,
};
