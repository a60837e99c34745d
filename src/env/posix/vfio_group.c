/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Groups and the container of vfio, see vfio_group.h.
 *
 * 1. The container is open while there is a group, and each group while a device of it is used. So
 *    nothing is entered into an IOMMU, and nothing locked, when no device of vfio is used.
 * 2. A container has no IOMMU before it has a group; so the first group comes, then the IOMMU, then
 *    the memory, and back in reverse.
 */
#include "env/posix/vfio_group.h"

#include "env/posix/pci_internal.h"
#include "env/posix/pci_kernel.h"
#include "env/posix/sysfs.h"
#include "env/posix/vfio_dma.h"
#include "spdk/log.h"

#include <linux/vfio.h>

#define CONTAINER_PATH "/dev/vfio/vfio"
#define PATH_SIZE      64
/* Who else is in a group, for a message. */
#define OTHERS_SIZE 1024

struct vfio_group {
	int fd;
	uint32_t references;
	char number[PCI_NAME_SIZE];
	char path[PATH_SIZE];
	LIST_ENTRY(vfio_group) link;
};

static LIST_HEAD(, vfio_group) g_groups = LIST_HEAD_INITIALIZER(g_groups);
static int g_container = -1;

int
vfio_group_fd(const struct vfio_group *group)
{
	return group->fd;
}

const char *
vfio_group_path(const struct vfio_group *group)
{
	return group->path;
}

/* Whether a driver of that name leaves a group to user space. */
static bool
is_harmless(const char *driver)
{
	return strcmp(driver, "vfio-pci") == 0 || strcmp(driver, "pci-stub") == 0 ||
	       strcmp(driver, "pcieport") == 0;
}

/* Appends "ADDRESS (DRIVER)" for a device that keeps its group from being given away. */
static void
append_other(char *text, size_t size, const char *address)
{
	char path[SYSFS_PATH_MAX], driver[PCI_NAME_SIZE];
	size_t len = strlen(text);

	if (sysfs_path(path, sizeof(path), "bus/pci/devices/%s/driver", address) != 0 ||
	    sysfs_read_link_name(path, driver, sizeof(driver)) != 0 || is_harmless(driver)) {
		return;
	}
	snprintf(text + len, size - len, "%s%s (%s)", len > 0 ? ", " : "", address, driver);
}

static void
explain_not_viable(const struct spdk_pci_device *dev, const struct vfio_group *group)
{
	char path[SYSFS_PATH_MAX], text[PCI_ADDR_TEXT_SIZE], others[OTHERS_SIZE] = "";
	struct dirent *entry;
	DIR *dir = NULL;

	if (sysfs_path(path, sizeof(path), "kernel/iommu_groups/%s/devices", group->number) == 0) {
		dir = opendir(path);
	}
	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] != '.') {
			append_other(others, sizeof(others), entry->d_name);
		}
	}
	if (dir != NULL) {
		closedir(dir);
	}
	SPDK_ERRLOG(
		"PCI device %s cannot be used: the kernel still uses others of its IOMMU group "
		"%s: %s. The IOMMU does not keep these apart, so bind them to vfio-pci as well, "
		"or to no driver, or put the device into another slot.\n",
		pci_addr_text(&dev->addr, text), group->number,
		others[0] != '\0' ? others : "which ones is not told");
}

static void
explain_group_open(const struct spdk_pci_device *dev, const struct vfio_group *group, int error)
{
	char text[PCI_ADDR_TEXT_SIZE];

	pci_addr_text(&dev->addr, text);
	if (error == EACCES || error == EPERM) {
		SPDK_ERRLOG("PCI device %s: this user may not open %s. As root: 'chown USER %s', "
			    "or, for good, a file in /etc/udev/rules.d/ with SUBSYSTEM==\"vfio\", "
			    "GROUP=\"vfio\", MODE=\"0660\" and the user in that group.\n",
			    text, group->path, group->path);
	} else if (error == EBUSY) {
		SPDK_ERRLOG("PCI device %s: %s is open already: another process, or a virtual "
			    "machine, uses a device of IOMMU group %s. 'fuser %s' names it.\n",
			    text, group->path, group->number, group->path);
	} else if (error == ENOENT) {
		SPDK_ERRLOG("PCI device %s: there is no %s. In a container, hand it in (docker: "
			    "--device=%s --device=" CONTAINER_PATH "); where the kernel has vfio "
			    "without an IOMMU only, bind the device to uio_pci_generic.\n",
			    text, group->path, group->path);
	} else {
		SPDK_ERRLOG("PCI device %s: %s cannot be opened: %s.\n", text, group->path,
			    strerror(error));
	}
}

static void
explain_container_open(int error)
{
	if (error == EACCES || error == EPERM) {
		SPDK_ERRLOG(CONTAINER_PATH
			    " may not be opened by this user. As root: 'chmod 0666 " CONTAINER_PATH
			    "', which gives no rights to any "
			    "device.\n");
	} else if (error == ENOENT || error == ENODEV) {
		SPDK_ERRLOG(CONTAINER_PATH " cannot be opened: %s. As root: 'modprobe vfio-pci'.\n",
			    strerror(error));
	} else {
		SPDK_ERRLOG(CONTAINER_PATH " cannot be opened: %s.\n", strerror(error));
	}
}

static int
open_container(void)
{
	int version, extension = 0;

	g_container = pci_kernel()->open(CONTAINER_PATH, O_RDWR);
	if (g_container < 0) {
		int rc = g_container;

		g_container = -1;
		explain_container_open(-rc);
		return rc;
	}
	version = pci_kernel()->ioctl(g_container, VFIO_GET_API_VERSION, NULL);
	if (version == VFIO_API_VERSION) {
		extension = pci_kernel()->ioctl(g_container, VFIO_CHECK_EXTENSION,
						(void *)(uintptr_t)VFIO_TYPE1v2_IOMMU);
	}
	if (extension == 1) {
		return 0;
	}
	SPDK_ERRLOG("The kernel's vfio (version %d) has no IOMMU of type 1. As root: 'modprobe "
		    "vfio_iommu_type1'; without an IOMMU, bind the device to uio_pci_generic.\n",
		    version);
	pci_kernel()->close(g_container);
	g_container = -1;
	return -ENOTSUP;
}

static void
close_container(void)
{
	pci_kernel()->close(g_container);
	g_container = -1;
}

/* The group is the first one: the container gets its IOMMU, and that all memory. */
static int
start_container(const struct vfio_group *group, bool must_be_virtual)
{
	int rc;

	rc = pci_kernel()->ioctl(g_container, VFIO_SET_IOMMU,
				 (void *)(uintptr_t)VFIO_TYPE1v2_IOMMU);
	if (rc < 0) {
		SPDK_ERRLOG("%s: the kernel does not set the IOMMU up: %s. Where it cannot remap "
			    "interrupts, vfio_iommu_type1 wants allow_unsafe_interrupts=1; see the "
			    "kernel's log.\n",
			    group->path, strerror(-rc));
		return rc;
	}
	return vfio_dma_start(g_container, must_be_virtual);
}

/* 0 or -errno, explained. */
static int
attach(struct vfio_group *group, bool must_be_virtual)
{
	bool is_first = g_container < 0;
	int rc = is_first ? open_container() : 0;

	if (rc != 0) {
		return rc;
	}
	rc = pci_kernel()->ioctl(group->fd, VFIO_GROUP_SET_CONTAINER, &g_container);
	if (rc < 0) {
		SPDK_ERRLOG("%s cannot share addresses with the other devices of this process: "
			    "%s.\n",
			    group->path, strerror(-rc));
		goto close_container;
	}
	rc = is_first ? start_container(group, must_be_virtual) : vfio_dma_update();
	if (rc != 0) {
		goto unset_container;
	}
	return 0;

unset_container:
	(void)pci_kernel()->ioctl(group->fd, VFIO_GROUP_UNSET_CONTAINER, NULL);
close_container:
	if (is_first) {
		close_container();
	}
	return rc;
}

static int
check_viable(const struct spdk_pci_device *dev, const struct vfio_group *group)
{
	struct vfio_group_status status = {.argsz = sizeof(status)};
	int rc;

	rc = pci_kernel()->ioctl(group->fd, VFIO_GROUP_GET_STATUS, &status);
	if (rc < 0) {
		SPDK_ERRLOG("%s does not answer: %s.\n", group->path, strerror(-rc));
		return rc;
	}
	if ((status.flags & VFIO_GROUP_FLAGS_VIABLE) == 0) {
		explain_not_viable(dev, group);
		return -EPERM;
	}
	return 0;
}

/* The number of its group, as text. */
static int
read_number(const struct spdk_pci_device *dev, char number[PCI_NAME_SIZE])
{
	char path[SYSFS_PATH_MAX], text[PCI_ADDR_TEXT_SIZE];
	int rc;

	pci_addr_text(&dev->addr, text);
	rc = sysfs_path(path, sizeof(path), "bus/pci/devices/%s/iommu_group", text);
	if (rc == 0) {
		rc = sysfs_read_link_name(path, number, PCI_NAME_SIZE);
	}
	if (rc != 0) {
		SPDK_ERRLOG("PCI device %s is bound to vfio-pci, but this machine has no IOMMU "
			    "that is on. Switch it on in the firmware (VT-d, AMD-Vi, SMMU) and by "
			    "'intel_iommu=on' on the kernel's command line, or bind the device to "
			    "uio_pci_generic.\n",
			    text);
		return rc == -ENOENT ? -ENODEV : rc;
	}
	return 0;
}

static int
open_group(const struct spdk_pci_device *dev, const char *number, struct vfio_group **out_group)
{
	struct vfio_group *group = calloc(1, sizeof(*group));
	int rc;

	if (group == NULL) {
		return -ENOMEM;
	}
	snprintf(group->number, sizeof(group->number), "%s", number);
	snprintf(group->path, sizeof(group->path), "/dev/vfio/%.40s", number);
	group->fd = pci_kernel()->open(group->path, O_RDWR);
	if (group->fd < 0) {
		rc = group->fd;
		explain_group_open(dev, group, -rc);
		goto free_group;
	}
	rc = check_viable(dev, group);
	if (rc != 0) {
		goto close_group;
	}
	*out_group = group;
	return 0;

close_group:
	pci_kernel()->close(group->fd);
free_group:
	free(group);
	return rc;
}

int
vfio_group_get(const struct spdk_pci_device *dev, bool must_be_virtual,
	       struct vfio_group **out_group)
{
	char number[PCI_NAME_SIZE];
	struct vfio_group *group;
	int rc = read_number(dev, number);

	if (rc != 0) {
		return rc;
	}
	LIST_FOREACH (group, &g_groups, link) {
		if (strcmp(group->number, number) == 0) {
			group->references++;
			*out_group = group;
			return 0;
		}
	}
	rc = open_group(dev, number, &group);
	if (rc != 0) {
		return rc;
	}
	rc = attach(group, must_be_virtual);
	if (rc != 0) {
		pci_kernel()->close(group->fd);
		free(group);
		return rc;
	}
	group->references = 1;
	LIST_INSERT_HEAD(&g_groups, group, link);
	*out_group = group;
	return 0;
}

void
vfio_group_put(struct vfio_group *group)
{
	if (--group->references > 0) {
		return;
	}
	LIST_REMOVE(group, link);
	if (LIST_EMPTY(&g_groups)) {
		vfio_dma_stop();
	}
	/* Closing it does the same, should the kernel refuse. */
	(void)pci_kernel()->ioctl(group->fd, VFIO_GROUP_UNSET_CONTAINER, NULL);
	pci_kernel()->close(group->fd);
	free(group);
	if (LIST_EMPTY(&g_groups)) {
		close_container();
	}
}
