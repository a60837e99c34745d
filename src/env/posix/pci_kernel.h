/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What devices need of the kernel, in one table, so that a test can be the kernel: vfio's calls,
 * the files of uio, messages about devices, and the limits that go with them. Functions return
 * -errno.
 */
#ifndef SPINDLE_ENV_PCI_KERNEL_H
#define SPINDLE_ENV_PCI_KERNEL_H

#include "spdk/stdinc.h"

struct pci_kernel {
	/* The descriptor is closed on exec. */
	int (*open)(const char *path, int flags);
	void (*close)(int fd);
	int (*ioctl)(int fd, unsigned long request, void *arg);
	/* Shared, for reading and writing. At `addr`, replacing what is there; NULL: anywhere. */
	int (*map)(void *addr, size_t size, int fd, uint64_t offset, void **out_addr);
	ssize_t (*pread)(int fd, void *buf, size_t len, uint64_t offset);
	ssize_t (*pwrite)(int fd, const void *buf, size_t len, uint64_t offset);
	/*
	 * A message of the kernel from a socket of uevents, without blocking: its length, or 0 for
	 * what is none: too long, or of somebody else.
	 */
	ssize_t (*receive_event)(int fd, char *message, size_t size);
	/* How much memory this process may lock, and has locked, in bytes; SIZE_MAX: no limit. */
	size_t (*locked_limit)(void);
	size_t (*locked_size)(void);
	/* Whether spdk_vtophys() tells addresses of memory that is allocated now. */
	bool (*has_physical_memory)(void);
};

const struct pci_kernel *pci_kernel(void);
/* For tests; NULL: the real one again. */
void pci_kernel_set(const struct pci_kernel *kernel);

#endif
