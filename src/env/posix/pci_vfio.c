/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Devices by vfio-pci: BARs and configuration space are regions of the device's descriptor.
 *
 * Opening resets the device where it can, so that nothing that a process before has left (it may
 * have been killed) does any harm; closing it, also by the end of the process, has the kernel reset
 * it and take bus mastering away.
 */
#include "env/posix/pci_kernel.h"
#include "env/posix/pci_own.h"
#include "env/posix/vfio_group.h"
#include "env/posix/vfio_info.h"
#include "spdk/log.h"
#include "spdk/util.h"

#include <linux/vfio.h>

SPDK_LOG_REGISTER_COMPONENT(env_vfio)

/* The name of a device for its group, with the token of a virtual function. */
#define NAME_SIZE 96

static int
check_mode(const struct spdk_pci_device *dev)
{
	char text[PCI_ADDR_TEXT_SIZE];

	if (pci_own_iova_mode() == NULL || strcmp(pci_own_iova_mode(), "pa") != 0) {
		return 0;
	}
	SPDK_ERRLOG(
		"PCI device %s is bound to vfio-pci, where an IOMMU translates what devices are "
		"told, but iova_mode is 'pa'. Leave the option out, or bind the device to "
		"uio_pci_generic.\n",
		pci_addr_text(&dev->addr, text));
	return -EINVAL;
}

static void
explain_device(const struct pci_own *own, int error)
{
	char text[PCI_ADDR_TEXT_SIZE];

	pci_addr_text(&own->pci.addr, text);
	if (error == EACCES) {
		SPDK_ERRLOG("PCI device %s is a virtual function (or has some) and wants the token "
			    "that was set for it: give it by vf_token (--vfio-vf-token UUID).\n",
			    text);
	} else {
		SPDK_ERRLOG("PCI device %s cannot be opened by %s: %s. See the kernel's log.\n",
			    text, vfio_group_path(own->group), strerror(error));
	}
}

/* The descriptor of the device. */
static int
get_device(struct pci_own *own)
{
	char text[PCI_ADDR_TEXT_SIZE], name[NAME_SIZE];
	const char *token = pci_own_vf_token();
	int fd;

	pci_addr_text(&own->pci.addr, text);
	snprintf(name, sizeof(name), "%s%s%s", text, token != NULL ? " vf_token=" : "",
		 token != NULL ? token : "");
	fd = pci_kernel()->ioctl(vfio_group_fd(own->group), VFIO_GROUP_GET_DEVICE_FD, name);
	if (fd == -EINVAL && token != NULL) {
		/* It is none that wants a token. */
		fd = pci_kernel()->ioctl(vfio_group_fd(own->group), VFIO_GROUP_GET_DEVICE_FD, text);
	}
	if (fd < 0) {
		explain_device(own, -fd);
		return fd;
	}
	own->fd = fd;
	return 0;
}

static void
reset(const struct pci_own *own)
{
	struct vfio_device_info info = {.argsz = sizeof(info)};
	char text[PCI_ADDR_TEXT_SIZE];
	int rc;

	rc = pci_kernel()->ioctl(own->fd, VFIO_DEVICE_GET_INFO, &info);
	if (rc < 0 || (info.flags & VFIO_DEVICE_FLAGS_RESET) == 0) {
		SPDK_INFOLOG(env_vfio, "PCI device %s cannot be reset by the kernel.\n",
			     pci_addr_text(&own->pci.addr, text));
		return;
	}
	rc = pci_kernel()->ioctl(own->fd, VFIO_DEVICE_RESET, NULL);
	if (rc < 0) {
		SPDK_WARNLOG("PCI device %s was not reset: %s. Its driver has to bring it into a "
			     "known state.\n",
			     pci_addr_text(&own->pci.addr, text), strerror(-rc));
	}
}

static int
find_config(struct pci_own *own)
{
	struct vfio_region_info info = {.argsz = sizeof(info),
					.index = VFIO_PCI_CONFIG_REGION_INDEX};
	char text[PCI_ADDR_TEXT_SIZE];
	int rc = pci_kernel()->ioctl(own->fd, VFIO_DEVICE_GET_REGION_INFO, &info);

	if (rc < 0) {
		SPDK_ERRLOG("PCI device %s: vfio does not show its configuration space: %s.\n",
			    pci_addr_text(&own->pci.addr, text), strerror(-rc));
		return rc;
	}
	own->config_offset = info.offset;
	own->config_size = info.size;
	return 0;
}

static int
vfio_open(struct pci_own *own)
{
	const char *mode = pci_own_iova_mode();
	int rc = check_mode(&own->pci);

	if (rc != 0) {
		return rc;
	}
	rc = vfio_group_get(&own->pci, mode != NULL && strcmp(mode, "va") == 0, &own->group);
	if (rc != 0) {
		return rc;
	}
	rc = get_device(own);
	if (rc != 0) {
		goto put_group;
	}
	reset(own);
	rc = find_config(own);
	if (rc == 0) {
		rc = pci_own_change_command(own, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER, 0);
	}
	if (rc != 0) {
		goto close_device;
	}
	pci_vfio_watch(own);
	return 0;

close_device:
	pci_kernel()->close(own->fd);
put_group:
	vfio_group_put(own->group);
	return rc;
}

static void
vfio_close(struct pci_own *own)
{
	pci_vfio_unwatch(own);
	pci_kernel()->close(own->fd);
	vfio_group_put(own->group);
}

/* Whether [offset, offset + len) is in configuration space: 0 or -EIO. */
static int
check_config(const struct pci_own *own, uint32_t len, uint32_t offset)
{
	return offset <= own->config_size && len <= own->config_size - offset ? 0 : -EIO;
}

static int
config_read(struct spdk_pci_device *dev, void *value, uint32_t len, uint32_t offset)
{
	const struct pci_own *own = SPDK_CONTAINEROF(dev, struct pci_own, pci);
	int rc = check_config(own, len, offset);
	ssize_t done;

	if (rc != 0) {
		return rc;
	}
	done = pci_kernel()->pread(own->fd, value, len, own->config_offset + offset);
	return done < 0 ? (int)done : done == (ssize_t)len ? 0 : -EIO;
}

static int
config_write(struct spdk_pci_device *dev, void *value, uint32_t len, uint32_t offset)
{
	const struct pci_own *own = SPDK_CONTAINEROF(dev, struct pci_own, pci);
	int rc = check_config(own, len, offset);
	char text[PCI_ADDR_TEXT_SIZE];
	ssize_t done;

	if (rc == 0) {
		done = pci_kernel()->pwrite(own->fd, value, len, own->config_offset + offset);
		rc = done < 0 ? (int)done : done == (ssize_t)len ? 0 : -EIO;
	}
	if (rc != 0) {
		SPDK_ERRLOG("Configuration space of PCI device %s, byte %u, cannot be written: "
			    "%s.\n",
			    pci_addr_text(&dev->addr, text), offset, strerror(-rc));
	}
	return rc;
}

/* The list of parts that may be mapped, or NULL: all of it may. */
static const struct vfio_region_info_cap_sparse_mmap *
find_parts(const struct vfio_region_info *info)
{
	const struct vfio_region_info_cap_sparse_mmap *parts;
	uint32_t room;

	if ((info->flags & VFIO_REGION_INFO_FLAG_CAPS) == 0) {
		return NULL;
	}
	parts = vfio_info_find(info, info->cap_offset, VFIO_REGION_INFO_CAP_SPARSE_MMAP,
			       sizeof(*parts), &room);
	return parts != NULL && parts->nr_areas <= room / sizeof(parts->areas[0]) ? parts : NULL;
}

/*
 * Maps what may be mapped. What lies between (the table of MSI-X on some kernels) stays reserved:
 * an access there faults, instead of reading something else.
 */
static int
map_parts(const struct pci_own *own, const struct vfio_region_info *info,
	  const struct pci_bar *place)
{
	const struct vfio_region_info_cap_sparse_mmap *parts = find_parts(info);
	struct vfio_region_sparse_mmap_area all = {.size = info->size}, area;
	uint32_t count = parts != NULL ? parts->nr_areas : 1, mapped = 0;
	char text[PCI_ADDR_TEXT_SIZE];
	void *addr;
	int rc;

	for (uint32_t i = 0; i < count; i++) {
		area = parts != NULL ? parts->areas[i] : all;
		if (area.size == 0) {
			continue;
		}
		if (area.offset > place->size || area.size > place->size - area.offset) {
			return -EIO;
		}
		rc = pci_kernel()->map((char *)place->addr + area.offset, area.size, own->fd,
				       info->offset + area.offset, &addr);
		if (rc != 0) {
			return rc;
		}
		mapped++;
		if (parts != NULL) {
			SPDK_INFOLOG(env_vfio,
				     "PCI device %s: of BAR %u, the kernel lets 0x%" PRIx64
				     " bytes at 0x%" PRIx64 " be mapped.\n",
				     pci_addr_text(&own->pci.addr, text), info->index,
				     (uint64_t)area.size, (uint64_t)area.offset);
		}
	}
	return mapped > 0 ? 0 : -ENOTSUP;
}

static int
map_bar(struct pci_own *own, uint32_t bar, struct pci_bar *place)
{
	const struct vfio_region_info question = {.index = bar};
	struct vfio_region_info *info;
	void *answer;
	int rc = vfio_info_read(own->fd, VFIO_DEVICE_GET_REGION_INFO, &question, sizeof(question),
				&answer);

	if (rc != 0) {
		return rc;
	}
	info = answer;
	if (info->size == 0) {
		rc = -ENOENT;
	} else if ((info->flags & VFIO_REGION_INFO_FLAG_MMAP) == 0) {
		rc = -ENOTSUP;
	} else {
		rc = map_parts(own, info, place);
	}
	free(info);
	return rc;
}

static bool
is_signalled(int fd)
{
	uint64_t count;

	return fd >= 0 && read(fd, &count, sizeof(count)) == sizeof(count);
}

bool
pci_vfio_is_requested(struct pci_own *own)
{
	char text[PCI_ADDR_TEXT_SIZE];

	if (is_signalled(own->error_fd)) {
		SPDK_ERRLOG(
			"PCI device %s: the kernel reports an error of the device (AER). See the "
			"kernel's log; the device has to be reset.\n",
			pci_addr_text(&own->pci.addr, text));
	}
	if (is_signalled(own->request_fd) && !own->is_requested) {
		SPDK_NOTICELOG("PCI device %s: the kernel wants the device back.\n",
			       pci_addr_text(&own->pci.addr, text));
		own->is_requested = true;
	}
	return own->is_requested;
}

const struct pci_way pci_vfio_way = {
	.name = "vfio",
	.open = vfio_open,
	.close = vfio_close,
	.map_bar = map_bar,
	.config_read = config_read,
	.config_write = config_write,
	.irq_enable = pci_vfio_irq_enable,
	.irq_disable = pci_vfio_irq_disable,
	.irq_rearm = pci_vfio_irq_rearm,
	.irq_count_max = pci_vfio_irq_count_max,
};
