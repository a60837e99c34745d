/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The machine's own PCI devices, as the kernel shows them in /sys/bus/pci/devices.
 *
 * Invariant: looking at a device changes nothing about it: files are opened for each access, and
 * what the kernel's drivers use is not touched. Any user may look.
 */
#include "env/posix/numa.h"
#include "env/posix/pci_own.h"
#include "env/posix/sysfs.h"
#include "spdk/log.h"

#define DEVICES_DIR        "bus/pci/devices"
#define MESSAGE_COUNT_FILE "kernel/uevent_seqnum"
#define RESOURCE_TEXT_SIZE 2048
/* Flags of the kernel in the third column of `resource`. */
#define RESOURCE_MEMORY 0x200

static const char g_type[] = "pci";

int
pci_sysfs_path(const struct spdk_pci_device *dev, const char *file, char *path, size_t size)
{
	char text[PCI_ADDR_TEXT_SIZE];

	return sysfs_path(path, size, DEVICES_DIR "/%s/%s", pci_addr_text(&dev->addr, text), file);
}

static int
read_device_number(const struct spdk_pci_device *dev, const char *file, int64_t *out_number)
{
	char path[SYSFS_PATH_MAX];
	int rc;

	rc = pci_sysfs_path(dev, file, path, sizeof(path));
	return rc != 0 ? rc : sysfs_read_number(path, out_number);
}

int
pci_sysfs_config_read(struct spdk_pci_device *dev, void *value, uint32_t len, uint32_t offset)
{
	char path[SYSFS_PATH_MAX];
	ssize_t done;
	int fd, rc;

	rc = pci_sysfs_path(dev, "config", path, sizeof(path));
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

int
pci_sysfs_config_write(struct spdk_pci_device *dev, void *value, uint32_t len, uint32_t offset)
{
	char path[SYSFS_PATH_MAX], text[PCI_ADDR_TEXT_SIZE];
	ssize_t done = -1;
	int fd, rc;

	rc = pci_sysfs_path(dev, "config", path, sizeof(path));
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

/* Reads one line of `resource`: first and last address, and flags. */
static int
parse_resource(const char *line, struct pci_resource *out_resource)
{
	uint64_t first, last, flags;

	if (sscanf(line, "%" SCNx64 " %" SCNx64 " %" SCNx64, &first, &last, &flags) != 3) {
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

int
pci_sysfs_read_resource(const struct spdk_pci_device *dev, uint32_t bar,
			struct pci_resource *out_resource)
{
	char path[SYSFS_PATH_MAX], text[RESOURCE_TEXT_SIZE];
	const char *line = text;
	int rc;

	rc = pci_sysfs_path(dev, "resource", path, sizeof(path));
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
	return line != NULL ? parse_resource(line, out_resource) : -EIO;
}

/* All of one device. */
static int
for_each_resource(const char *address, int (*fn)(void *ctx, const struct pci_resource *window),
		  void *ctx)
{
	char path[SYSFS_PATH_MAX], text[RESOURCE_TEXT_SIZE];
	struct pci_resource resource;
	const char *line = text;
	int rc;

	rc = sysfs_path(path, sizeof(path), DEVICES_DIR "/%s/resource", address);
	if (rc != 0 || sysfs_read_text(path, text, sizeof(text)) < 0) {
		/* It goes at this moment. */
		return rc;
	}
	while (rc == 0 && line != NULL) {
		if (parse_resource(line, &resource) == 0) {
			rc = fn(ctx, &resource);
		}
		line = strchr(line, '\n');
		line = line != NULL ? line + 1 : NULL;
	}
	return rc;
}

int
pci_sysfs_for_each_window(int (*fn)(void *ctx, const struct pci_resource *window), void *ctx)
{
	char path[SYSFS_PATH_MAX];
	struct dirent *entry;
	int rc = sysfs_path(path, sizeof(path), DEVICES_DIR);
	DIR *dir;

	if (rc != 0) {
		return rc;
	}
	dir = opendir(path);
	if (dir == NULL) {
		return -errno;
	}
	while (rc == 0 && (entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] != '.') {
			rc = for_each_resource(entry->d_name, fn, ctx);
		}
	}
	closedir(dir);
	return rc;
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
	struct pci_own *device;

	device = calloc(1, sizeof(*device));
	if (device == NULL) {
		return NULL;
	}
	device->identity = found->identity;
	device->pci.addr = found->addr;
	device->pci.type = g_type;
	device->pci.map_bar = pci_own_map_bar;
	device->pci.unmap_bar = pci_own_unmap_bar;
	device->pci.cfg_read = pci_own_config_read;
	device->pci.cfg_write = pci_own_config_write;
	device->pci.internal.claim_fd = -1;
	device->request_fd = -1;
	device->error_fd = -1;
	if (read_ids(&device->pci) != 0) {
		free(device);
		return NULL;
	}
	return &device->pci;
}

void
pci_sysfs_destroy(struct spdk_pci_device *dev)
{
	pci_own_close(dev);
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
	return ((const struct pci_own *)dev)->identity;
}

uint64_t
pci_sysfs_message_count(void)
{
	char path[SYSFS_PATH_MAX];
	int64_t count;

	return sysfs_path(path, sizeof(path), MESSAGE_COUNT_FILE) == 0 &&
			       sysfs_read_number(path, &count) == 0 && count > 0 ?
		       (uint64_t)count :
		       0;
}

int
pci_sysfs_driver(const struct spdk_pci_device *dev, char name[PCI_NAME_SIZE])
{
	char path[SYSFS_PATH_MAX];
	int rc = pci_sysfs_path(dev, "driver", path, sizeof(path));

	return rc != 0 ? rc : sysfs_read_link_name(path, name, PCI_NAME_SIZE);
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
