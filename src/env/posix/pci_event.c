/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Events of the PCI bus: a netlink socket on which the kernel broadcasts what happens to devices.
 * Any user may listen. In a container with a network of its own there are no broadcasts, and so no
 * events but those of vfio, which has descriptors of its own.
 */
#include "env/posix/pci_internal.h"
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

/* The length of a message of the kernel, 0 for one of somebody else, or -errno. */
static ssize_t
receive(int fd, char *message, size_t size)
{
	struct sockaddr_nl sender = {0};
	struct iovec part = {.iov_base = message, .iov_len = size};
	struct msghdr header = {
		.msg_name = &sender,
		.msg_namelen = sizeof(sender),
		.msg_iov = &part,
		.msg_iovlen = 1,
	};
	ssize_t len;

	len = recvmsg(fd, &header, MSG_DONTWAIT);
	if (len < 0) {
		return -errno;
	}
	if (header.msg_namelen != sizeof(sender) || sender.nl_family != AF_NETLINK ||
	    sender.nl_pid != 0 || (header.msg_flags & MSG_TRUNC)) {
		return 0;
	}
	return len;
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
	ssize_t len;

	for (int i = 0; i < MESSAGES_MAX; i++) {
		len = receive(fd, message, sizeof(message));
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
		if (len > 0 && pci_uevent_parse(message, (size_t)len, event) == 1) {
			if (event->action == SPDK_UEVENT_REMOVE) {
				pci_bus_mark_removal(&event->traddr);
			}
			return 1;
		}
	}
	return 0;
}
