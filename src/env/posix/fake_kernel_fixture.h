/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * For tests: a machine with PCI devices in a folder, and a kernel that has vfio and uio for them.
 * It keeps the rules that the real one has (what must come before what, what is in the way of
 * what), counts what is held, and fails where a test wants it to.
 */
#ifndef SPINDLE_ENV_FAKE_KERNEL_FIXTURE_H
#define SPINDLE_ENV_FAKE_KERNEL_FIXTURE_H

#include "env/pci_device.h"

#define FAKE_BAR_SIZE  (4u << 20)
#define FAKE_BAR_ADDR  UINT64_C(0x100000000)
#define FAKE_VECTORS   8
#define FAKE_RANGE_MAX 4

struct fake_range {
	uint64_t first;
	uint64_t last;
};

struct fake_kernel {
	/* What it is like; fake_kernel_start() sets defaults. */
	struct fake_range ranges[FAKE_RANGE_MAX];
	/* 0: it does not tell. */
	uint32_t range_count;
	size_t locked_limit;
	uint32_t entry_limit;
	bool has_physical_memory;
	bool is_viable;
	bool has_reset;
	bool has_request;
	/* The last device is gone, and with it the group and the IOMMU of the container. */
	bool is_pulled_out;
	/* Only the second and the fourth page of BAR 0 may be mapped. */
	bool is_sparse;
	uint32_t msix_count;
	uint32_t msi_count;
	uint32_t intx_count;
	/* MAP_DMA of this address is answered by -EFAULT. */
	const void *bad_memory;
	/* What opening of a file is answered by, or 0. */
	int group_error;
	int container_error;
	int uio_error;
	/* The token that devices want, or NULL. */
	const char *token;
	/* Of the groups that are made from now on, as sysfs says it. */
	const char *group_type;
	/* The call of this number, counted from 1, fails by fail_error. */
	uint32_t fail_at;
	int fail_error;

	/* What has become of it. */
	uint32_t call_count;
	uint32_t open_count;
	uint32_t mapping_count;
	size_t locked_size;
	uint32_t reset_count;
	uint32_t unmask_count;
	/* Of the kind that is enabled last. */
	uint32_t irq_index;
	uint32_t irq_count;
	int irq_fds[FAKE_VECTORS];
	int request_fd;
	/* What stands for /dev/uioN: signal it to raise the line. */
	int uio_fd;
	/* The command register of the device of vfio that was written to last. */
	uint16_t command;
};

extern struct fake_kernel g_fake;

/* A folder for /sys, and this kernel. */
int fake_kernel_start(void **state);
int fake_kernel_stop(void **state);
/* A device of an IOMMU group (NULL: none), bound to a driver of the kernel (NULL: none). */
void fake_kernel_device(const char *address, const char *group, const char *driver);
/* Where memory has been entered into the IOMMU; UINT64_MAX: it has not, or not all of it. */
uint64_t fake_kernel_iova(const void *addr, size_t size);
/* Writes a file of sysfs, and takes one away. */
void fake_kernel_write(const char *name, const char *text);
void fake_kernel_remove(const char *name);
/*
 * Broadcasts that something has been done with the device at `address`, or with its uio device, and
 * counts it: spdk_pci_get_event() of any descriptor has it, and others before it, in order.
 */
void fake_kernel_event(const char *subsystem, const char *action, const char *address);
/* Signals the descriptor of an interrupt. */
void fake_kernel_signal(int fd);

#endif
