/* SPDX-License-Identifier: BSD-3-Clause */
#include "pci_reason.h"

#include "spdk/env.h"
#include "spdk/file.h"
#include "spdk/string.h"
#include "spdk/util.h"

#define SYSFS_UEVENT "/sys/bus/pci/devices/%s/uevent"
/* Mass storage, non-volatile memory, NVM Express. */
#define CLASS_NVME "10802"

/* The value of a line KEY=value; empty: there is none. */
static void
value_of(const char *uevent, const char *key, char *out_value, size_t size)
{
	const char *line = uevent, *end;
	size_t key_length = strlen(key), length;

	out_value[0] = '\0';
	while (line != NULL && *line != '\0') {
		end = strchr(line, '\n');
		length = end != NULL ? (size_t)(end - line) : strlen(line);
		if (length > key_length && strncmp(line, key, key_length) == 0 &&
		    line[key_length] == '=') {
			(void)snprintf(out_value, size, "%.*s", (int)(length - key_length - 1),
				       line + key_length + 1);
			return;
		}
		line = end != NULL ? end + 1 : NULL;
	}
}

static bool
is_for_user_space(const char *driver)
{
	return strcmp(driver, "vfio-pci") == 0 || strcmp(driver, "uio_pci_generic") == 0 ||
	       strcmp(driver, "igb_uio") == 0;
}

void
bdev_nvme_explain_device(const char *address, const char *uevent, struct bdev_reason *reason)
{
	char driver[64], class[16];

	if (uevent == NULL) {
		(void)bdev_refuse(reason, -ENODEV,
				  "there is no PCI device %s on this machine; scripts/setup.sh "
				  "status lists those that there are",
				  address);
		return;
	}
	value_of(uevent, "DRIVER", driver, sizeof(driver));
	value_of(uevent, "PCI_CLASS", class, sizeof(class));
	if (class[0] != '\0' && strcmp(class, CLASS_NVME) != 0) {
		(void)bdev_refuse(reason, -ENODEV,
				  "PCI device %s is no NVMe controller (its class is %s); "
				  "scripts/setup.sh status lists those that there are",
				  address, class);
	} else if (driver[0] == '\0') {
		(void)bdev_refuse(
			reason, -ENODEV,
			"PCI device %s has no driver: scripts/setup.sh config %s gives it "
			"to user space",
			address, address);
	} else if (!is_for_user_space(driver)) {
		(void)bdev_refuse(
			reason, -ENODEV,
			"PCI device %s is held by the kernel's driver %s: scripts/setup.sh "
			"config %s gives it to user space, if nothing there uses it",
			address, driver, address);
	} else {
		(void)bdev_refuse(
			reason, -ENODEV,
			"PCI device %s has driver %s, and this process cannot have it: "
			"another one may hold it, its permissions may not allow it, or it "
			"is not among the devices that were allowed on the command line; "
			"the log and scripts/setup.sh status say more",
			address, driver);
	}
}

void
bdev_nvme_explain_absent(const struct spdk_nvme_transport_id *trid, struct bdev_reason *reason)
{
	struct spdk_pci_addr pci;
	char address[32];
	char *uevent = NULL;
	int rc;

	if (trid->trtype != SPDK_NVME_TRANSPORT_PCIE ||
	    spdk_pci_addr_parse(&pci, trid->traddr) != 0 ||
	    spdk_pci_addr_fmt(address, sizeof(address), &pci) != 0) {
		(void)bdev_refuse(reason, -ENODEV, "there is no controller at %s", trid->traddr);
		return;
	}
	rc = spdk_read_sysfs_attribute(&uevent, SYSFS_UEVENT, address);
	bdev_nvme_explain_device(address, rc == 0 ? uevent : NULL, reason);
	free(uevent);
}
