/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The machine's own PCI devices, as the kernel shows them in /sys/bus/pci/devices.
 *
 * Invariants:
 *  1. Looking at a device changes nothing about it: files are opened for each access, and what the
 * kernel's drivers use is not touched. Only mapped BARs are held, and pci_sysfs_unmap_all() gives
 * them up.
 *  2. A BAR is mapped once; who maps it again gets the same address.
 */
#include "env/posix/numa.h"
#include "env/posix/pci_internal.h"
#include "env/posix/sysfs.h"
#include "spdk/log.h"

#define DEVICES_DIR        "bus/pci/devices"
#define RESOURCE_TEXT_SIZE 2048
/* Flags of the kernel in the third column of `resource`. */
#define RESOURCE_MEMORY 0x200

struct sysfs_bar {
	void *addr;
	uint64_t size;
};

struct sysfs_device {
	struct spdk_pci_device pci;
	uint64_t identity;
	struct sysfs_bar bars[PCI_BAR_COUNT];
};

/* What the kernel knows of a BAR. */
struct sysfs_resource {
	uint64_t start;
	uint64_t size;
	bool is_memory;
};

static const char g_type[] = "pci";

static int
device_path(const struct spdk_pci_device *dev, const char *file, char path[SYSFS_PATH_MAX])
{
	char text[PCI_ADDR_TEXT_SIZE];

	return sysfs_path(path, SYSFS_PATH_MAX, DEVICES_DIR "/%s/%s",
			  pci_addr_text(&dev->addr, text), file);
}

static int
read_device_number(const struct spdk_pci_device *dev, const char *file, int64_t *out_number)
{
	char path[SYSFS_PATH_MAX];
	int rc;

	rc = device_path(dev, file, path);
	return rc != 0 ? rc : sysfs_read_number(path, out_number);
}

static int
config_read(struct spdk_pci_device *dev, void *value, uint32_t len, uint32_t offset)
{
	char path[SYSFS_PATH_MAX];
	ssize_t done;
	int fd, rc;

	rc = device_path(dev, "config", path);
	if (rc != 0) {
		return rc;
	}
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		return -errno;
	}
	done = pread(fd, value, len, offset);
	rc = done < 0 ? -errno : done == (ssize_t)len ? 0 : -EIO;
	close(fd);
	return rc;
}

static int
config_write(struct spdk_pci_device *dev, void *value, uint32_t len, uint32_t offset)
{
	char path[SYSFS_PATH_MAX], text[PCI_ADDR_TEXT_SIZE];
	ssize_t done = -1;
	int fd, rc;

	rc = device_path(dev, "config", path);
	if (rc != 0) {
		return rc;
	}
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd >= 0) {
		done = pwrite(fd, value, len, offset);
	}
	rc = done < 0 ? -errno : done == (ssize_t)len ? 0 : -EIO;
	if (rc != 0) {
		SPDK_ERRLOG("Configuration space of PCI device %s, byte %u, cannot be written: %s. "
			    "That needs root, or write access to %s.\n",
			    pci_addr_text(&dev->addr, text), offset, strerror(-rc), path);
	}
	if (fd >= 0) {
		close(fd);
	}
	return rc;
}

/* Reads the line of a BAR: first and last address, and flags. */
static int
read_resource(const struct spdk_pci_device *dev, uint32_t bar, struct sysfs_resource *out_resource)
{
	char path[SYSFS_PATH_MAX], text[RESOURCE_TEXT_SIZE];
	uint64_t first, last, flags;
	const char *line = text;
	int rc;

	rc = device_path(dev, "resource", path);
	if (rc == 0) {
		rc = sysfs_read_text(path, text, sizeof(text));
	}
	if (rc < 0) {
		return rc;
	}
	for (uint32_t i = 0; i < bar && line != NULL; i++) {
		line = strchr(line, '\n');
		line = line != NULL ? line + 1 : NULL;
	}
	if (line == NULL ||
	    sscanf(line, "%" SCNx64 " %" SCNx64 " %" SCNx64, &first, &last, &flags) != 3) {
		return -EIO;
	}
	if (last <= first) {
		return -ENOENT;
	}
	out_resource->start = first;
	out_resource->size = last - first + 1;
	out_resource->is_memory = flags & RESOURCE_MEMORY;
	return 0;
}

/* Opens the file that a BAR is mapped from; with write combining if the driver wants it and the CPU
 * can. */
static int
open_bar(const struct spdk_pci_device *dev, uint32_t bar)
{
	const struct spdk_pci_driver *driver = dev->internal.driver;
	char path[SYSFS_PATH_MAX], name[32];
	int fd = -1, rc;

	if (driver != NULL && (driver->flags & SPDK_PCI_DRIVER_WC_ACTIVATE)) {
		snprintf(name, sizeof(name), "resource%u_wc", bar);
		rc = device_path(dev, name, path);
		fd = rc == 0 ? open(path, O_RDWR | O_CLOEXEC) : -1;
	}
	if (fd < 0) {
		snprintf(name, sizeof(name), "resource%u", bar);
		rc = device_path(dev, name, path);
		if (rc != 0) {
			return rc;
		}
		fd = open(path, O_RDWR | O_CLOEXEC);
	}
	return fd >= 0 ? fd : -errno;
}

static int
map_resource(const struct spdk_pci_device *dev, uint32_t bar, uint64_t size, void **out_addr)
{
	void *addr;
	int fd, rc = 0;

	fd = open_bar(dev, bar);
	if (fd < 0) {
		return fd;
	}
	addr = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (addr == MAP_FAILED) {
		rc = -errno;
	} else {
		*out_addr = addr;
	}
	close(fd);
	return rc;
}

static void
explain_map(const struct spdk_pci_device *dev, uint32_t bar, int error)
{
	char text[PCI_ADDR_TEXT_SIZE];
	const char *reason = strerror(error);

	if (error == EACCES || error == EPERM) {
		reason = "only root may map it this way";
	} else if (error == ENOENT) {
		reason = "the device has no such BAR";
	} else if (error == ENOTSUP) {
		reason = "it is made of I/O ports, not of memory";
	}
	SPDK_ERRLOG("BAR %u of PCI device %s cannot be mapped: %s.\n", bar,
		    pci_addr_text(&dev->addr, text), reason);
}

static int
bar_map(struct spdk_pci_device *dev, uint32_t bar, void **mapped_addr, uint64_t *phys_addr,
	uint64_t *size)
{
	struct sysfs_device *device = (struct sysfs_device *)dev;
	struct sysfs_resource resource = {0};
	int rc = -ENOENT;

	if (bar < PCI_BAR_COUNT) {
		rc = read_resource(dev, bar, &resource);
	}
	if (rc == 0 && !resource.is_memory) {
		rc = -ENOTSUP;
	}
	if (rc == 0 && device->bars[bar].addr == NULL) {
		rc = map_resource(dev, bar, resource.size, &device->bars[bar].addr);
		device->bars[bar].size = resource.size;
	}
	if (rc != 0) {
		explain_map(dev, bar, -rc);
		return rc;
	}
	*mapped_addr = device->bars[bar].addr;
	*phys_addr = resource.start;
	*size = device->bars[bar].size;
	return 0;
}

static int
bar_unmap(struct spdk_pci_device *dev, uint32_t bar, void *addr)
{
	struct sysfs_device *device = (struct sysfs_device *)dev;
	char text[PCI_ADDR_TEXT_SIZE];

	if (bar >= PCI_BAR_COUNT || addr == NULL || device->bars[bar].addr != addr) {
		SPDK_ERRLOG("BAR %u of PCI device %s is not mapped at %p.\n", bar,
			    pci_addr_text(&dev->addr, text), addr);
		return -EINVAL;
	}
	munmap(addr, device->bars[bar].size);
	device->bars[bar].addr = NULL;
	return 0;
}

void
pci_sysfs_unmap_all(struct spdk_pci_device *dev)
{
	struct sysfs_device *device = (struct sysfs_device *)dev;

	for (uint32_t bar = 0; bar < PCI_BAR_COUNT; bar++) {
		if (device->bars[bar].addr != NULL) {
			(void)bar_unmap(dev, bar, device->bars[bar].addr); /* It is mapped there. */
		}
	}
}

static int
read_ids(struct spdk_pci_device *dev)
{
	int64_t class_id, vendor, device, subvendor = 0, subdevice = 0, numa = -1;

	if (read_device_number(dev, "class", &class_id) != 0 ||
	    read_device_number(dev, "vendor", &vendor) != 0 ||
	    read_device_number(dev, "device", &device) != 0) {
		return -ENODEV;
	}
	/* Bridges have no subsystem, and old kernels no node. */
	(void)read_device_number(dev, "subsystem_vendor", &subvendor);
	(void)read_device_number(dev, "subsystem_device", &subdevice);
	(void)read_device_number(dev, "numa_node", &numa);
	dev->id.class_id = (uint32_t)class_id & 0xffffff;
	dev->id.vendor_id = (uint16_t)vendor;
	dev->id.device_id = (uint16_t)device;
	dev->id.subvendor_id = (uint16_t)subvendor;
	dev->id.subdevice_id = (uint16_t)subdevice;
	dev->numa_id = numa_of_device(numa);
	return 0;
}

struct spdk_pci_device *
pci_sysfs_create(const struct pci_found *found)
{
	struct sysfs_device *device;

	device = calloc(1, sizeof(*device));
	if (device == NULL) {
		return NULL;
	}
	device->identity = found->identity;
	device->pci.addr = found->addr;
	device->pci.type = g_type;
	device->pci.map_bar = bar_map;
	device->pci.unmap_bar = bar_unmap;
	device->pci.cfg_read = config_read;
	device->pci.cfg_write = config_write;
	device->pci.internal.claim_fd = -1;
	if (read_ids(&device->pci) != 0) {
		free(device);
		return NULL;
	}
	return &device->pci;
}

void
pci_sysfs_destroy(struct spdk_pci_device *dev)
{
	pci_sysfs_unmap_all(dev);
	free(dev);
}

bool
pci_sysfs_owns(const struct spdk_pci_device *dev)
{
	/* By address, as a hooked device may call itself "pci" too. */
	return dev->type == g_type;
}

uint64_t
pci_sysfs_identity(const struct spdk_pci_device *dev)
{
	return ((const struct sysfs_device *)dev)->identity;
}

bool
pci_sysfs_is_usable(const struct spdk_pci_device *dev, char *reason, size_t size)
{
	char path[SYSFS_PATH_MAX], driver[PCI_NAME_SIZE];

	if (device_path(dev, "driver", path) != 0 ||
	    sysfs_read_link_name(path, driver, sizeof(driver)) != 0) {
		snprintf(reason, size, "no kernel driver gives it to user space");
		return false;
	}
	if (strcmp(driver, "uio_pci_generic") == 0 || strcmp(driver, "igb_uio") == 0) {
		return true;
	}
	if (strcmp(driver, "vfio-pci") == 0) {
		snprintf(reason, size, "it is bound to vfio-pci, which is not supported yet");
	} else {
		snprintf(reason, size, "the kernel driver %s has it", driver);
	}
	return false;
}

/* Appends to an array that has room for a power of two of elements. */
static int
found_append(struct pci_found **found, size_t *count, const struct pci_found *next)
{
	struct pci_found *grown;

	if ((*count & (*count - 1)) == 0) {
		grown = realloc(*found, (*count > 0 ? *count * 2 : 1) * sizeof(*grown));
		if (grown == NULL) {
			return -ENOMEM;
		}
		*found = grown;
	}
	(*found)[(*count)++] = *next;
	return 0;
}

int
pci_sysfs_list(struct pci_found **out_found, size_t *out_count)
{
	char path[SYSFS_PATH_MAX];
	struct pci_found *found = NULL, next;
	struct dirent *entry;
	size_t count = 0;
	DIR *dir;
	int rc;

	rc = sysfs_path(path, sizeof(path), DEVICES_DIR);
	if (rc != 0) {
		return rc;
	}
	dir = opendir(path);
	if (dir == NULL && errno != ENOENT) {
		return -errno;
	}
	while (dir != NULL && rc == 0 && (entry = readdir(dir)) != NULL) {
		if (spdk_pci_addr_parse(&next.addr, entry->d_name) == 0) {
			next.identity = entry->d_ino;
			rc = found_append(&found, &count, &next);
		}
	}
	if (dir != NULL) {
		closedir(dir);
	}
	if (rc != 0) {
		free(found);
		return rc;
	}
	*out_found = found;
	*out_count = count;
	return 0;
}
