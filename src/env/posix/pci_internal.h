/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the PCI files of the posix environment need of each other.
 *
 * A device is either the machine's own, made by pci_sysfs.c (type "pci"), or hooked by its owner.
 * One list, in pci_bus.c, has them all; its lock is held while devices are offered to drivers, as
 * in the reference, and may be taken again by the same OS thread.
 */
#ifndef SPINDLE_ENV_PCI_INTERNAL_H
#define SPINDLE_ENV_PCI_INTERNAL_H

#include "env/pci_device.h"

/* An address as text, also with a domain of eight digits. */
#define PCI_ADDR_TEXT_SIZE 20
#define PCI_BAR_COUNT      6
#define PCI_NAME_SIZE      64

struct spdk_pci_driver {
	const char *name;
	const struct spdk_pci_id *id_table;
	uint32_t flags;
};

/* One of the machine's devices, as a scan sees it. */
struct pci_found {
	struct spdk_pci_addr addr;
	/* Another number means another device, even at the same address. */
	uint64_t identity;
};

/* pci_bus.c. 0 or -errno, explained. */
int pci_init(const struct spdk_env_opts *opts);
void pci_fini(void);
/*
 * The kernel has said that the device at `addr` goes away, in the message of this number. False:
 * that was before the device was given to the driver that has it now.
 */
bool pci_bus_take_removal(const struct spdk_pci_addr *addr, uint64_t number);
/* The next of the devices that the kernel wants back, each once; false: none. */
bool pci_bus_take_request(struct spdk_pci_addr *out_addr);

/* pci_addr.c. Returns `text`. */
const char *pci_addr_text(const struct spdk_pci_addr *addr, char text[PCI_ADDR_TEXT_SIZE]);
/* Whether the fields are in the ranges that PCI has. */
bool pci_addr_is_valid(const struct spdk_pci_addr *addr);

/* pci_driver.c */
bool pci_driver_supports(const struct spdk_pci_driver *driver, const struct spdk_pci_id *id);
/* Logs what could not be logged when drivers were registered, before main. */
void pci_driver_report(void);

/* pci_permit.c: which devices spdk_pci_enumerate() may offer. */
int pci_permit_init(const struct spdk_env_opts *opts);
void pci_permit_fini(void);
bool pci_permit_has(const struct spdk_pci_addr *addr);
int pci_permit_add(const struct spdk_pci_addr *addr);

/* pci_sysfs.c */
/* The devices there are now; free(*out_found). 0, also without a PCI bus, or -errno. */
int pci_sysfs_list(struct pci_found **out_found, size_t *out_count);
/* NULL when it is gone already, or there is no memory. */
struct spdk_pci_device *pci_sysfs_create(const struct pci_found *found);
void pci_sysfs_destroy(struct spdk_pci_device *dev);
bool pci_sysfs_owns(const struct spdk_pci_device *dev);
uint64_t pci_sysfs_identity(const struct spdk_pci_device *dev);

/* pci_own.c: the machine's own devices, as drivers use them. Options are copied. 0 or -ENOMEM. */
int pci_own_init(const struct spdk_env_opts *opts);
void pci_own_fini(void);
/*
 * Whether the device has been given to user space in a way that this environment can use. Otherwise
 * `reason` says what it is instead.
 */
bool pci_own_is_usable(const struct spdk_pci_device *dev, char *reason, size_t size);
/* It is about to be offered: what the kernel has said of it up to now means nothing any more. */
void pci_own_begin(struct spdk_pci_device *dev);
/* Whether the message of this number came after that. */
bool pci_own_is_news(const struct spdk_pci_device *dev, uint64_t number);
/* Gives up whatever is held of a device. */
void pci_own_close(struct spdk_pci_device *dev);
/* Its functions for interrupts. */
const struct env_pci_hook *pci_own_hook(void);
/* Whether the kernel wants the device back; and the same, but true once only. */
bool pci_own_is_requested(struct spdk_pci_device *dev);
bool pci_own_take_request(struct spdk_pci_device *dev);
/*
 * Whether it is still to be said that the kernel keeps the device, and `reason`; true once only.
 * From then on it is not even looked at.
 */
bool pci_own_take_kept(struct spdk_pci_device *dev, char *reason, size_t size);

/* pci_hook.c: what is known of a hooked device, or NULL. */
const struct env_pci_hook *pci_hook_find(const struct spdk_pci_device *dev);
/* 0 or -ENOMEM. A hook that is NULL need not be kept. */
int pci_hook_add(const struct spdk_pci_device *dev, const struct env_pci_hook *hook);
void pci_hook_remove(const struct spdk_pci_device *dev);

/* pci_claim.c, for tests: the folder of the lock files, copied; NULL for the usual one. */
void pci_claim_set_dir(const char *path);

/*
 * pci_uevent.c: reads a message of the kernel about a device. 1, *out_event and *out_number, 0 when
 * it is of no concern here, or -EINVAL. A message without a number has UINT64_MAX.
 */
int pci_uevent_parse(const char *message, size_t len, struct spdk_pci_event *out_event,
		     uint64_t *out_number);

#endif
