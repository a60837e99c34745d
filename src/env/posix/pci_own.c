/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The machine's own devices, as drivers use them: BARs, configuration space and interrupts, by vfio
 * or by uio, whichever kernel driver the device is bound to.
 *
 * States of a device:
 *   CLOSED  own->way is NULL; configuration space is that of sysfs. Nobody notices that we look.
 *           -> OPEN  open_device(), with the first BAR, write or interrupt that its driver asks for
 *   OPEN    the kernel has given it to this process.
 *           -> CLOSED  pci_own_close(), at detach, and when its driver does not want it
 *
 * Invariants:
 *  1. Opening is late, because a device that is offered and refused must not notice: another
 *     process may be using it.
 *  2. All open devices go the same way: those of uio are told physical addresses and those of vfio
 *     IOVAs, and spdk_vtophys() has one answer.
 *  3. A BAR is mapped once; who maps it again gets the same address.
 *  4. g_lock guards opening and closing. Interrupts and BARs of a device belong to its driver.
 *  5. A BAR begins with a page. The kernel maps whole pages, so that the start of one that does not
 *     would be the registers of another device.
 */
#include "env/posix/pci_own.h"

#include "env/env_internal.h"
#include "env/posix/pages.h"
#include "env/posix/pci_bars.h"
#include "spdk/log.h"
#include "spdk/util.h"

static pthread_mutex_t g_lock = PTHREAD_MUTEX_INITIALIZER;
static const struct pci_way *g_way;
static size_t g_open_count;
static char *g_iova_mode;
static char *g_vf_token;

static struct pci_own *
own_of(struct spdk_pci_device *dev)
{
	return SPDK_CONTAINEROF(dev, struct pci_own, pci);
}

int
pci_own_init(const struct spdk_env_opts *opts)
{
	if (opts->iova_mode != NULL) {
		g_iova_mode = strdup(opts->iova_mode);
	}
	if (opts->vf_token != NULL) {
		g_vf_token = strdup(opts->vf_token);
	}
	if ((opts->iova_mode != NULL && g_iova_mode == NULL) ||
	    (opts->vf_token != NULL && g_vf_token == NULL)) {
		pci_own_fini();
		return -ENOMEM;
	}
	return 0;
}

void
pci_own_fini(void)
{
	free(g_iova_mode);
	free(g_vf_token);
	g_iova_mode = NULL;
	g_vf_token = NULL;
}

const char *
pci_own_iova_mode(void)
{
	return g_iova_mode;
}

const char *
pci_own_vf_token(void)
{
	return g_vf_token;
}

/* Which way leads to a device that is bound to this driver of the kernel; NULL: none. */
static const struct pci_way *
way_of_driver(const char *driver)
{
	if (strcmp(driver, "vfio-pci") == 0) {
		return &pci_vfio_way;
	}
	if (strcmp(driver, "uio_pci_generic") == 0 || strcmp(driver, "igb_uio") == 0) {
		return &pci_uio_way;
	}
	return NULL;
}

bool
pci_own_is_usable(const struct spdk_pci_device *dev, char *reason, size_t size)
{
	char driver[PCI_NAME_SIZE];

	if (pci_sysfs_driver(dev, driver) != 0) {
		snprintf(reason, size, "no kernel driver gives it to user space");
		return false;
	}
	if (way_of_driver(driver) == NULL) {
		snprintf(reason, size, "the kernel driver %s has it", driver);
		return false;
	}
	return true;
}

void
pci_own_begin(struct spdk_pci_device *dev)
{
	own_of(dev)->begin_number = pci_sysfs_message_count();
	dev->internal.pending_removal = false;
}

bool
pci_own_is_news(const struct spdk_pci_device *dev, uint64_t number)
{
	return number > ((const struct pci_own *)dev)->begin_number;
}

/* 2. */
static int
check_way(const struct pci_own *own, const struct pci_way *way)
{
	char text[PCI_ADDR_TEXT_SIZE];

	if (g_open_count == 0 || g_way == way) {
		return 0;
	}
	SPDK_ERRLOG("PCI device %s is given to user space by %s, but this process uses devices by "
		    "%s: one memory cannot have addresses for both. Bind all devices of a process "
		    "to vfio-pci, or all to uio_pci_generic.\n",
		    pci_addr_text(&own->pci.addr, text), way->name, g_way->name);
	return -EXDEV;
}

/* Under g_lock. */
static int
open_locked(struct pci_own *own, const char *what)
{
	char text[PCI_ADDR_TEXT_SIZE], driver[PCI_NAME_SIZE] = "";
	const struct pci_way *way;
	int rc;

	if (own->way != NULL) {
		return 0;
	}
	pci_addr_text(&own->pci.addr, text);
	if (own->pci.internal.driver == NULL) {
		SPDK_ERRLOG("PCI device %s: %s is for the driver that it has been offered to by "
			    "spdk_pci_enumerate() or spdk_pci_device_attach().\n",
			    text, what);
		return -EINVAL;
	}
	/* It may have been unbound since it was offered. */
	way = pci_sysfs_driver(&own->pci, driver) == 0 ? way_of_driver(driver) : NULL;
	if (way == NULL) {
		SPDK_ERRLOG("PCI device %s is no longer given to user space: its kernel driver is "
			    "%s.\n",
			    text, driver[0] != '\0' ? driver : "none");
		return -ENODEV;
	}
	rc = check_way(own, way);
	if (rc != 0) {
		return rc;
	}
	own->way = way;
	rc = way->open(own);
	if (rc != 0) {
		own->way = NULL;
		return rc;
	}
	g_way = way;
	g_open_count++;
	return 0;
}

static int
open_device(struct pci_own *own, const char *what)
{
	int rc;

	pthread_mutex_lock(&g_lock);
	rc = open_locked(own, what);
	pthread_mutex_unlock(&g_lock);
	return rc;
}

int
pci_own_unmap_bar(struct spdk_pci_device *dev, uint32_t bar, void *addr)
{
	struct pci_own *own = own_of(dev);
	char text[PCI_ADDR_TEXT_SIZE];

	if (bar >= PCI_BAR_COUNT || addr == NULL || own->bars[bar].addr != addr) {
		SPDK_ERRLOG("BAR %u of PCI device %s is not mapped at %p.\n", bar,
			    pci_addr_text(&dev->addr, text), addr);
		return -EINVAL;
	}
	pci_bars_remove(addr);
	munmap(addr, own->bars[bar].size);
	own->bars[bar].addr = NULL;
	return 0;
}

void
pci_own_close(struct spdk_pci_device *dev)
{
	struct pci_own *own = own_of(dev);

	pthread_mutex_lock(&g_lock);
	if (own->way != NULL) {
		if (own->irqs.count > 0) {
			(void)own->way->irq_disable(own); /* Explained; the device goes anyway. */
		}
		for (uint32_t bar = 0; bar < PCI_BAR_COUNT; bar++) {
			if (own->bars[bar].addr != NULL) {
				/* It is mapped there. */
				(void)pci_own_unmap_bar(dev, bar, own->bars[bar].addr);
			}
		}
		own->way->close(own);
		own->way = NULL;
		own->is_requested = false;
		own->is_request_reported = false;
		g_open_count--;
	}
	pthread_mutex_unlock(&g_lock);
}

static void
explain_map(const struct spdk_pci_device *dev, uint32_t bar, int error)
{
	char text[PCI_ADDR_TEXT_SIZE], path[PATH_MAX] = "";
	const char *reason = strerror(error);

	pci_addr_text(&dev->addr, text);
	if (error == EACCES || error == EPERM) {
		/* A path that is too long stays empty. */
		(void)pci_sysfs_path(dev, "resource", path, sizeof(path));
		SPDK_ERRLOG("BAR %u of PCI device %s cannot be mapped: this user may not open "
			    "%s%u. Run as root, or bind the device to vfio-pci, which needs no "
			    "root.\n",
			    bar, text, path, bar);
		return;
	}
	if (error == ENOENT) {
		reason = "the device has no such BAR";
	} else if (error == ENOTSUP) {
		reason = "it is made of I/O ports, not of memory, or too small for a page of its "
			 "own";
	}
	SPDK_ERRLOG("BAR %u of PCI device %s cannot be mapped: %s.\n", bar, text, reason);
}

/* Addresses that nobody else gets; large BARs lie so that they can be registered as memory. */
static int
reserve(struct pci_bar *place, uint64_t size)
{
	size_t page_size = sysconf(_SC_PAGESIZE);
	size_t align = size >= PAGES_ALIGN ? PAGES_ALIGN : page_size, extra = align - page_size;
	uintptr_t start, end;
	char *addr;

	place->size = SPDK_ALIGN_CEIL(size, page_size);
	addr = mmap(NULL, place->size + extra, PROT_NONE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (addr == MAP_FAILED) {
		return -errno;
	}
	start = SPDK_ALIGN_CEIL((uintptr_t)addr, align);
	end = (uintptr_t)addr + place->size + extra;
	if (start > (uintptr_t)addr) {
		munmap(addr, start - (uintptr_t)addr);
	}
	if (end > start + place->size) {
		munmap((void *)(start + place->size), end - start - place->size);
	}
	place->addr = (void *)start;
	return 0;
}

static int
map(struct pci_own *own, uint32_t bar, const struct pci_resource *resource)
{
	struct pci_bar place = {0};
	int rc = reserve(&place, resource->size);

	if (rc != 0) {
		return rc;
	}
	rc = own->way->map_bar(own, bar, &place);
	if (rc == 0) {
		rc = pci_bars_add(place.addr, resource->size, resource->start);
	}
	if (rc != 0) {
		munmap(place.addr, place.size);
		return rc;
	}
	own->bars[bar] = place;
	return 0;
}

int
pci_own_map_bar(struct spdk_pci_device *dev, uint32_t bar, void **mapped_addr, uint64_t *phys_addr,
		uint64_t *size)
{
	struct pci_own *own = own_of(dev);
	struct pci_resource resource = {0};
	int rc = -ENOENT;

	if (bar < PCI_BAR_COUNT) {
		rc = pci_sysfs_read_resource(dev, bar, &resource);
	}
	/* 5. */
	if (rc == 0 && (!resource.is_memory || resource.start % sysconf(_SC_PAGESIZE) != 0)) {
		rc = -ENOTSUP;
	}
	if (rc != 0) {
		explain_map(dev, bar, -rc);
		return rc;
	}
	rc = open_device(own, "mapping a BAR");
	if (rc != 0) {
		return rc;
	}
	if (own->bars[bar].addr == NULL) {
		rc = map(own, bar, &resource);
		if (rc != 0) {
			explain_map(dev, bar, -rc);
			return rc;
		}
	}
	*mapped_addr = own->bars[bar].addr;
	*phys_addr = resource.start;
	*size = resource.size;
	return 0;
}

int
pci_own_config_read(struct spdk_pci_device *dev, void *value, uint32_t len, uint32_t offset)
{
	struct pci_own *own = own_of(dev);

	return own->way != NULL ? own->way->config_read(dev, value, len, offset) :
				  pci_sysfs_config_read(dev, value, len, offset);
}

int
pci_own_config_write(struct spdk_pci_device *dev, void *value, uint32_t len, uint32_t offset)
{
	struct pci_own *own = own_of(dev);
	int rc;

	if (dev->internal.driver == NULL) {
		return pci_sysfs_config_write(dev, value, len, offset);
	}
	rc = open_device(own, "writing to its configuration space");
	return rc != 0 ? rc : own->way->config_write(dev, value, len, offset);
}

int
pci_own_change_command(struct pci_own *own, uint16_t set, uint16_t clear)
{
	const struct pci_way *way = own->way;
	char text[PCI_ADDR_TEXT_SIZE];
	uint16_t command, changed;
	int rc;

	rc = way->config_read(&own->pci, &command, sizeof(command), PCI_COMMAND);
	if (rc != 0) {
		SPDK_ERRLOG("Configuration space of PCI device %s cannot be read: %s.\n",
			    pci_addr_text(&own->pci.addr, text), strerror(-rc));
		return rc;
	}
	changed = (uint16_t)((command | set) & ~clear);
	return changed == command ?
		       0 :
		       way->config_write(&own->pci, &changed, sizeof(changed), PCI_COMMAND);
}

/* Interrupts */

int
pci_own_make_fds(struct pci_own *own, uint32_t count)
{
	int *fds = malloc(count * sizeof(*fds));
	char text[PCI_ADDR_TEXT_SIZE];
	int rc;

	own->irqs.fds = fds;
	if (fds == NULL) {
		return -ENOMEM;
	}
	for (own->irqs.count = 0; own->irqs.count < count; own->irqs.count++) {
		rc = env_event_create();
		if (rc < 0) {
			SPDK_ERRLOG("PCI device %s: no descriptors for %u interrupts: %s.\n",
				    pci_addr_text(&own->pci.addr, text), count, strerror(-rc));
			pci_own_free_fds(own);
			return rc;
		}
		fds[own->irqs.count] = rc;
	}
	return 0;
}

void
pci_own_free_fds(struct pci_own *own)
{
	while (own->irqs.count > 0) {
		close(own->irqs.fds[--own->irqs.count]);
	}
	free(own->irqs.fds);
	own->irqs.fds = NULL;
}

static int
irq_enable(struct spdk_pci_device *dev, uint32_t count)
{
	struct pci_own *own = own_of(dev);
	char text[PCI_ADDR_TEXT_SIZE];
	int rc;

	if (own->irqs.count == count) {
		return own->irqs.is_line ? own->way->irq_rearm(own) : 0;
	}
	if (own->irqs.count > 0) {
		SPDK_ERRLOG("PCI device %s has %u interrupts enabled already: disable them before "
			    "%u are.\n",
			    pci_addr_text(&dev->addr, text), own->irqs.count, count);
		return -EBUSY;
	}
	rc = open_device(own, "enabling interrupts");
	return rc != 0 ? rc : own->way->irq_enable(own, count);
}

static int
irq_disable(struct spdk_pci_device *dev)
{
	struct pci_own *own = own_of(dev);

	return own->irqs.count > 0 ? own->way->irq_disable(own) : 0;
}

static int
irq_get_fd(struct spdk_pci_device *dev, uint32_t index)
{
	const struct pci_own *own = own_of(dev);
	char text[PCI_ADDR_TEXT_SIZE];

	if (index >= own->irqs.count) {
		SPDK_ERRLOG("PCI device %s has no interrupt %u: %u are enabled. Call "
			    "spdk_pci_device_enable_interrupts() first.\n",
			    pci_addr_text(&dev->addr, text), index, own->irqs.count);
		return -EINVAL;
	}
	return own->irqs.fds[index];
}

static int
irq_rearm(struct spdk_pci_device *dev)
{
	struct pci_own *own = own_of(dev);

	if (own->irqs.count == 0) {
		return -EINVAL;
	}
	return own->irqs.is_line ? own->way->irq_rearm(own) : 0;
}

static uint32_t
irq_count_max(struct spdk_pci_device *dev)
{
	struct pci_own *own = own_of(dev);

	return open_device(own, "asking for its interrupts") == 0 ? own->way->irq_count_max(own) :
								    0;
}

const struct env_pci_hook *
pci_own_hook(void)
{
	static const struct env_pci_hook hook = {
		.enable_interrupts = irq_enable,
		.disable_interrupts = irq_disable,
		.get_interrupt_fd = irq_get_fd,
		.rearm_interrupts = irq_rearm,
		.interrupt_count_max = irq_count_max,
	};

	return &hook;
}

bool
pci_own_is_requested(struct spdk_pci_device *dev)
{
	struct pci_own *own = own_of(dev);

	return own->way == &pci_vfio_way && pci_vfio_is_requested(own);
}

bool
pci_own_take_request(struct spdk_pci_device *dev)
{
	struct pci_own *own = own_of(dev);

	if (own->is_request_reported || !pci_own_is_requested(dev)) {
		return false;
	}
	own->is_request_reported = true;
	return true;
}

bool
pci_own_take_kept(struct spdk_pci_device *dev, char *reason, size_t size)
{
	struct pci_own *own = own_of(dev);

	if (own->is_kept_reported || pci_own_is_usable(dev, reason, size)) {
		return false;
	}
	own->is_kept_reported = true;
	return true;
}
