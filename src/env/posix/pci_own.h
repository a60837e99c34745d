/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The machine's own PCI devices: what pci_own.c, which is the same for all of them, and the two
 * ways to a device, vfio and uio, need of each other.
 */
#ifndef SPINDLE_ENV_PCI_OWN_H
#define SPINDLE_ENV_PCI_OWN_H

#include "env/posix/pci_internal.h"

#include <linux/aio_abi.h>

/* The command register of configuration space. */
#define PCI_COMMAND              0x04
#define PCI_COMMAND_MEMORY       0x0002
#define PCI_COMMAND_MASTER       0x0004
#define PCI_COMMAND_INTX_DISABLE 0x0400
#define PCI_INTERRUPT_PIN        0x3d

struct vfio_group;

struct pci_bar {
	void *addr;
	uint64_t size;
};

struct pci_irqs {
	/* 0: they are not enabled. */
	uint32_t count;
	/* Eventfds. */
	int *fds;
	/* It is masked when it has come, until irq_rearm(). */
	bool is_line;
	/* vfio: which of its kinds. */
	uint32_t vfio_index;
	/* uio: the context that turns readiness of the uio file into a signal, see pci_uio_irq.c.
	 */
	aio_context_t aio;
};

struct pci_own {
	struct spdk_pci_device pci;
	uint64_t identity;
	/* The number of the kernel's last message before it was offered. */
	uint64_t begin_number;
	/* NULL: it is not open, and all that follows is empty. */
	const struct pci_way *way;
	/* Of the device (vfio), or of /dev/uioN. */
	int fd;
	struct pci_bar bars[PCI_BAR_COUNT];
	struct pci_irqs irqs;
	/* vfio only */
	struct vfio_group *group;
	uint64_t config_offset;
	uint64_t config_size;
	/* Signalled when the kernel wants the device back, and when it has failed; or
	 * negative. */
	int request_fd;
	int error_fd;
	_Atomic bool is_requested;
	bool is_request_reported;
	/* That the kernel keeps it has been said. */
	bool is_kept_reported;
};

/* What the kernel knows of a BAR. */
struct pci_resource {
	uint64_t start;
	uint64_t size;
	bool is_memory;
};

/* A way to a device. All return 0 or -errno, explained. */
struct pci_way {
	const char *name;
	/* Whether it may be used, and all of the machine is there that it needs; then opens it. */
	int (*open)(struct pci_own *own);
	void (*close)(struct pci_own *own);
	/* Maps a BAR over reserved addresses; not explained. */
	int (*map_bar)(struct pci_own *own, uint32_t bar, struct pci_bar *place);
	int (*config_read)(struct spdk_pci_device *dev, void *value, uint32_t len, uint32_t offset);
	int (*config_write)(struct spdk_pci_device *dev, void *value, uint32_t len,
			    uint32_t offset);
	/* Fills own->irqs. They are not enabled, and count is 1 at least. */
	int (*irq_enable)(struct pci_own *own, uint32_t count);
	/* Empties own->irqs, whatever it says. */
	int (*irq_disable)(struct pci_own *own);
	int (*irq_rearm)(struct pci_own *own);
	uint32_t (*irq_count_max)(struct pci_own *own);
};

extern const struct pci_way pci_vfio_way;
extern const struct pci_way pci_uio_way;

/* pci_own.c */
/* NULL, "pa" or "va". */
const char *pci_own_iova_mode(void);
/* NULL or a UUID. */
const char *pci_own_vf_token(void);
/* Sets bits of the command register and clears others. */
int pci_own_change_command(struct pci_own *own, uint16_t set, uint16_t clear);
/* Makes own->irqs.fds for `count` interrupts, and undoes that. 0 or -errno, explained. */
int pci_own_make_fds(struct pci_own *own, uint32_t count);
void pci_own_free_fds(struct pci_own *own);
int pci_own_map_bar(struct spdk_pci_device *dev, uint32_t bar, void **mapped_addr,
		    uint64_t *phys_addr, uint64_t *size);
int pci_own_unmap_bar(struct spdk_pci_device *dev, uint32_t bar, void *addr);
int pci_own_config_read(struct spdk_pci_device *dev, void *value, uint32_t len, uint32_t offset);
int pci_own_config_write(struct spdk_pci_device *dev, void *value, uint32_t len, uint32_t offset);

/* pci_sysfs.c */
int pci_sysfs_path(const struct spdk_pci_device *dev, const char *file, char *path, size_t size);
/* How many messages about devices the kernel has sent; 0 if it does not tell. */
uint64_t pci_sysfs_message_count(void);
/* The name of the kernel's driver; 0 or -errno: none. */
int pci_sysfs_driver(const struct spdk_pci_device *dev, char name[PCI_NAME_SIZE]);
/*
 * Calls fn for each range of addresses at which something on the bus has registers, BARs and what
 * bridges lead to. 0, what fn returned, if it is not 0, or -errno.
 */
int pci_sysfs_for_each_window(int (*fn)(void *ctx, const struct pci_resource *window), void *ctx);
int pci_sysfs_read_resource(const struct spdk_pci_device *dev, uint32_t bar,
			    struct pci_resource *out_resource);
int pci_sysfs_config_read(struct spdk_pci_device *dev, void *value, uint32_t len, uint32_t offset);
int pci_sysfs_config_write(struct spdk_pci_device *dev, void *value, uint32_t len, uint32_t offset);

/* pci_vfio.c: whether the kernel wants the device back; a failure of the device is logged once. */
bool pci_vfio_is_requested(struct pci_own *own);
/* pci_vfio_irq.c: the eventfds of a device that has been opened; what cannot be had is left out. */
void pci_vfio_watch(struct pci_own *own);
void pci_vfio_unwatch(struct pci_own *own);
int pci_vfio_irq_enable(struct pci_own *own, uint32_t count);
int pci_vfio_irq_disable(struct pci_own *own);
int pci_vfio_irq_rearm(struct pci_own *own);
uint32_t pci_vfio_irq_count_max(struct pci_own *own);

/* pci_uio_irq.c */
int pci_uio_irq_enable(struct pci_own *own, uint32_t count);
int pci_uio_irq_disable(struct pci_own *own);
int pci_uio_irq_rearm(struct pci_own *own);
uint32_t pci_uio_irq_count_max(struct pci_own *own);

#endif
