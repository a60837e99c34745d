/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Events of the PCI bus: a netlink socket on which the kernel broadcasts what happens to devices.
 * Any user may listen. In a container with a network of its own there are no broadcasts, and so no
 * events but those of vfio, which has descriptors of its own.
 *
 * Messages wait in the socket until somebody reads them, and the device may have been detached and
 * attached again meanwhile. What the removal of before says of it is not true any more, and sysfs
 * cannot tell: of one that really goes it still shows files when the message comes, and one that
 * was bound anew may have the same number of uio. But the kernel counts its messages (SEQNUM), and
 * tells the count (/sys/kernel/uevent_seqnum):
 *
 *  1. The count is read before a device is offered, and so before it is opened.
 *  2. A removal with a number up to that was announced before. By then the kernel lets nobody open
 *     what goes (the driver is unbound, and uio has forgotten the device, before it is announced);
 *     so what was opened later is another, or has come again: the message is stale, and is skipped.
 *  3. A removal with a higher number is that of the device as it is attached now, and is reported
 *     whatever sysfs says. So none is lost. So it is where the kernel does not tell the count.
 *  4. Of a device that nobody here has, all removals are reported, and none is remembered.
 */
#include "env/posix/pci_internal.h"
#include "env/posix/pci_kernel.h"
#include "spdk/log.h"

#include <linux/netlink.h>

/* The kernel's own messages are at most 2 KiB and a path. */
#define MESSAGE_SIZE        8192
#define KERNEL_GROUP        1
#define RECEIVE_BUFFER_SIZE (1024 * 1024)
/* Messages about other things that one call reads past, before it gives the caller a turn. */
#define MESSAGES_MAX 1024

int
spdk_pci_event_listen(void)
{
	struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = KERNEL_GROUP};
	int size = RECEIVE_BUFFER_SIZE;
	int fd, rc;

	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_KOBJECT_UEVENT);
	if (fd < 0) {
		rc = -errno;
		SPDK_ERRLOG("PCI events cannot be listened to: no netlink socket: %s.\n",
			    strerror(-rc));
		return rc;
	}
	/* A larger buffer loses fewer messages; a smaller one than asked for still works. */
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0) {
		rc = -errno;
		SPDK_ERRLOG("PCI events cannot be listened to: %s.\n", strerror(-rc));
		close(fd);
		return rc;
	}
	return fd;
}

/* What the kernel asks the owner of a device of vfio for is not broadcast. */
static int
get_request(struct spdk_pci_event *event)
{
	if (!pci_bus_take_request(&event->traddr)) {
		return 0;
	}
	event->action = SPDK_UEVENT_REMOVE;
	return 1;
}

int
spdk_pci_get_event(int fd, struct spdk_pci_event *event)
{
	char message[MESSAGE_SIZE];
	uint64_t number;
	ssize_t len;

	for (int i = 0; i < MESSAGES_MAX; i++) {
		len = pci_kernel()->receive_event(fd, message, sizeof(message));
		if (len == -EAGAIN) {
			return get_request(event);
		}
		if (len == -ENOBUFS) {
			SPDK_WARNLOG("PCI events were lost: more came than were read.\n");
			continue;
		}
		if (len < 0 && len != -EINTR) {
			return (int)len;
		}
		/* One that makes no sense is passed over like those about other things. */
		if (len > 0 && pci_uevent_parse(message, (size_t)len, event, &number) == 1 &&
		    (event->action != SPDK_UEVENT_REMOVE ||
		     pci_bus_take_removal(&event->traddr, number))) {
			return 1;
		}
	}
	return 0;
}
