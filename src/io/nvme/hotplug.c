/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the kernel tells of PCI devices that come and go. There is no thread of ours: probes and
 * spdk_nvme_scan_attached() read what has come in since the last one.
 *
 * Where events cannot be had (a container with its own network), devices are still found, since a
 * probe enumerates the bus, and those that are gone are noticed by their registers.
 */
#include "io/nvme/driver.h"
#include "spdk/log.h"

/* Events that one call takes in; what is left waits in the socket. */
#define EVENTS_MAX 256
#define FD_NONE    (-1)
#define FD_REFUSED (-2)

static pthread_mutex_t g_lock = PTHREAD_MUTEX_INITIALIZER;
static int g_fd = FD_NONE;
static spdk_nvme_pcie_hotplug_filter_cb g_filter;

void
spdk_nvme_pcie_set_hotplug_filter(spdk_nvme_pcie_hotplug_filter_cb filter_cb)
{
	pthread_mutex_lock(&g_lock);
	g_filter = filter_cb;
	pthread_mutex_unlock(&g_lock);
}

/* 1: there is an event; 0: none, or none can be had. */
static int
next_event(struct spdk_pci_event *event, spdk_nvme_pcie_hotplug_filter_cb *out_filter)
{
	int rc = 0;

	pthread_mutex_lock(&g_lock);
	if (g_fd == FD_NONE) {
		g_fd = spdk_pci_event_listen();
		/* The environment has said why. It will not be another time. */
		g_fd = g_fd < 0 ? FD_REFUSED : g_fd;
	}
	if (g_fd >= 0) {
		rc = spdk_pci_get_event(g_fd, event);
	}
	*out_filter = g_filter;
	pthread_mutex_unlock(&g_lock);
	return rc;
}

void
nvme_hotplug_poll(void)
{
	spdk_nvme_pcie_hotplug_filter_cb filter;
	struct spdk_pci_event event;

	for (int i = 0; i < EVENTS_MAX && next_event(&event, &filter) == 1; i++) {
		if (event.action == SPDK_UEVENT_REMOVE) {
			nvme_driver_look_at(&event.traddr);
		} else if (filter == NULL || filter(&event.traddr)) {
			/* An address that came from the kernel is valid; without memory, the
			 * device stays hidden if it was. */
			(void)spdk_pci_device_allow(&event.traddr);
		}
	}
}
