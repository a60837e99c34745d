/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Groups and the container of vfio. An IOMMU keeps groups of devices apart, not devices: a group is
 * given to one process as a whole. All groups of this process are in one container, which is one
 * table of addresses.
 */
#ifndef SPINDLE_ENV_VFIO_GROUP_H
#define SPINDLE_ENV_VFIO_GROUP_H

#include "spdk/env.h"

struct vfio_group;

/*
 * The group of a device, opened and in the container; with the first one all memory is entered. Not
 * thread-safe: the lock of pci_own.c. must_be_virtual: see vfio_dma_start(). 0 or -errno,
 * explained; then all is as it was.
 */
int vfio_group_get(const struct spdk_pci_device *dev, bool must_be_virtual,
		   struct vfio_group **out_group);
/* No device of it that was opened for this reference is open any more. */
void vfio_group_put(struct vfio_group *group);
/* For ioctl(VFIO_GROUP_GET_DEVICE_FD). */
int vfio_group_fd(const struct vfio_group *group);
/* The file of the group, for messages. */
const char *vfio_group_path(const struct vfio_group *group);

#endif
