/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Memory that devices of vfio reach, see vfio_dma.h.
 *
 * States:
 *   STOPPED  `container` is -1: nothing is entered, nothing is locked.
 *            -> STARTED  vfio_dma_start()
 *   STARTED  all registered memory is entered, by the map `iovas`.
 *            -> STOPPED  vfio_dma_stop()
 *
 * 1. A region keeps its address where the IOMMU translates that, and it is free; else it gets one
 *    of vfio_iova.c. Many IOMMUs have 39 or 48 bits and a hole, so both happen.
 * 2. A region of the BAR of a device has its bus address: a controller knows its own memory by
 *    that, and bridges that do not ask the IOMMU lead there. It is entered, so that other devices
 *    reach it where the IOMMU is asked. Some kernels refuse that, which is no error: the device
 *    itself needs it not. vfio_iova.c gives no such address to anything else, see
 *    exclude_window().
 * 3. A region that cannot be entered is refused (its owner hears of it), except at the start, where
 *    memory that cannot be locked (EFAULT: read-only, or gone) has been there before and may be for
 *    something else: it has no IOVA, and a warning says so.
 * 4. The map is told under the lock of mem_register.c; `dma_lock` is taken below that and guards
 *    the rest. The map object stays until vfio_dma_fini(), because lookups take no lock.
 */
#include "env/posix/vfio_dma.h"

#include "env/posix/dma.h"
#include "env/posix/pci_bars.h"
#include "env/posix/pci_kernel.h"
#include "env/posix/pci_own.h"
#include "env/posix/vfio_info.h"
#include "env/posix/vfio_iova.h"
#include "spdk/log.h"
#include "spdk/tree.h"

#include <linux/vfio.h>

/* What old kernels, which do not tell, translate on any machine: 39 bits without the part that
 * interrupts use. */
#define DEFAULT_FIRST (UINT64_C(1) << 32)
#define DEFAULT_LAST  ((UINT64_C(1) << 39) - 1)
#define MIB_SHIFT     20

struct mapping {
	uintptr_t start;
	size_t size;
	uint64_t iova;
	/* Not those of BARs, which `addresses` does not have. */
	bool is_taken;
	bool is_entered;
	RB_ENTRY(mapping) link;
};

static int
compare(struct mapping *one, struct mapping *other)
{
	return one->start < other->start ? -1 : one->start > other->start;
}

RB_HEAD(mappings, mapping);
RB_GENERATE_STATIC(mappings, mapping, link, compare)

static pthread_mutex_t dma_lock = PTHREAD_MUTEX_INITIALIZER;
static struct mappings entered = RB_INITIALIZER(entered);
static struct vfio_iova addresses;
static struct spdk_mem_map *iovas;
static int container = -1;
static bool is_virtual_wanted;
/* The container ends, and with it what could not be taken out of the IOMMU. */
static bool is_stopping;
/* All registered memory at the start, while that goes on; then 0. */
static size_t starting_size;

static size_t
to_mib(size_t size)
{
	return (size + (1 << MIB_SHIFT) - 1) >> MIB_SHIFT;
}

static void
explain_locked(size_t needed, size_t limit)
{
	SPDK_ERRLOG("Devices of vfio need their memory locked: %zu MiB in all, but this process "
		    "may lock %zu KiB (RLIMIT_MEMLOCK). Grant it: 'ulimit -l %zu' as root in the "
		    "shell that starts the program; or, for every login, 'USER hard memlock %zu' "
		    "and the same with soft in /etc/security/limits.d/; or LimitMEMLOCK=%zuM in "
		    "the unit of systemd.\n",
		    to_mib(needed), limit >> 10, needed >> 10, needed >> 10, to_mib(needed));
}

static void
explain_entries(void)
{
	SPDK_ERRLOG("The IOMMU takes no more pieces of memory: the kernel limits them for each "
		    "process (65535 by default). Register fewer, larger ones, or raise it: "
		    "'modprobe vfio_iommu_type1 dma_entry_limit=N', or vfio_iommu_type1."
		    "dma_entry_limit=N on the kernel's command line.\n");
}

static void
explain_map(const struct mapping *mapping, int rc)
{
	size_t limit = pci_kernel()->locked_limit();
	size_t needed = pci_kernel()->locked_size() + mapping->size;

	if (rc == -ENOMEM && needed > limit) {
		explain_locked(needed > starting_size ? needed : starting_size, limit);
	} else if (rc == -ENOSPC) {
		explain_entries();
	} else if (rc == -EFAULT) {
		SPDK_ERRLOG("Memory at %p (%zu bytes) cannot be given to devices of vfio: it is "
			    "not there, or may not be written to.\n",
			    (void *)mapping->start, mapping->size);
	} else {
		SPDK_ERRLOG(
			"Memory at %p (%zu bytes) cannot be entered into the IOMMU at 0x%" PRIx64
			": %s.\n",
			(void *)mapping->start, mapping->size, mapping->iova, strerror(-rc));
	}
}

/* 0 or -errno, explained. */
static int
choose_address(struct mapping *mapping)
{
	int rc = vfio_iova_take_at(&addresses, mapping->start, mapping->size);

	if ((rc == -ERANGE || rc == -EBUSY) && is_virtual_wanted) {
		SPDK_ERRLOG("iova_mode 'va': the IOMMU does not translate the addresses of memory "
			    "at %p (%zu bytes). Leave the option out: devices then get other "
			    "addresses.\n",
			    (void *)mapping->start, mapping->size);
		return rc;
	}
	mapping->iova = mapping->start;
	if (rc == -ERANGE || rc == -EBUSY) {
		rc = vfio_iova_take(&addresses, mapping->size, &mapping->iova);
	}
	if (rc != 0) {
		SPDK_ERRLOG("Memory at %p (%zu bytes) gets no address for devices: %s.\n",
			    (void *)mapping->start, mapping->size,
			    rc == -ENOSPC ? "those that the IOMMU translates are all taken" :
					    strerror(-rc));
		return rc;
	}
	mapping->is_taken = true;
	return 0;
}

static int
enter(struct mapping *mapping)
{
	struct vfio_iommu_type1_dma_map map = {
		.argsz = sizeof(map),
		.flags = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE,
		.vaddr = mapping->start,
		.iova = mapping->iova,
		.size = mapping->size,
	};
	int rc = pci_kernel()->ioctl(container, VFIO_IOMMU_MAP_DMA, &map);

	mapping->is_entered = rc >= 0;
	return rc >= 0 ? 0 : rc;
}

static int
leave(struct mapping *mapping)
{
	struct vfio_iommu_type1_dma_unmap unmap = {
		.argsz = sizeof(unmap),
		.iova = mapping->iova,
		.size = mapping->size,
	};
	int rc;

	if (!mapping->is_entered) {
		return 0;
	}
	rc = pci_kernel()->ioctl(container, VFIO_IOMMU_UNMAP_DMA, &unmap);
	/* A device that was pulled out takes its group and the IOMMU from the container. */
	if (rc < 0 && !is_stopping) {
		SPDK_ERRLOG("Memory at %p (%zu bytes) cannot be taken out of the IOMMU: %s.\n",
			    (void *)mapping->start, mapping->size, strerror(-rc));
		return rc;
	}
	mapping->is_entered = false;
	return 0;
}

static void
forget(struct mapping *mapping)
{
	if (mapping->is_taken) {
		vfio_iova_give(&addresses, mapping->iova);
	}
	free(mapping);
}

/* 2. */
static void
enter_bar(struct mapping *mapping)
{
	int rc = enter(mapping);

	if (rc != 0) {
		SPDK_NOTICELOG("Memory of a PCI device at 0x%" PRIx64 " (%zu bytes) is not entered "
			       "into the IOMMU: %s. The device itself can use it for data, others "
			       "cannot.\n",
			       mapping->iova, mapping->size, strerror(-rc));
	}
}

/* Gives a region an address and enters it; *out_rc is for the owner. False: it stays without. */
static bool
enter_region(struct mapping *mapping, int *out_rc)
{
	int rc = 0;

	if (pci_bars_find((void *)mapping->start, mapping->size, &mapping->iova)) {
		enter_bar(mapping);
		return true;
	}
	rc = choose_address(mapping);
	if (rc == 0) {
		rc = enter(mapping);
		if (rc == -EFAULT && starting_size > 0) {
			SPDK_WARNLOG("Registered memory at %p (%zu bytes) cannot be reached by "
				     "devices: it is not there, or may not be written to.\n",
				     (void *)mapping->start, mapping->size);
			*out_rc = 0;
			return false;
		}
		if (rc != 0) {
			explain_map(mapping, rc);
		}
	}
	*out_rc = rc;
	return rc == 0;
}

static int
add_region(struct spdk_mem_map *map, uintptr_t start, size_t size)
{
	struct mapping *mapping = calloc(1, sizeof(*mapping));
	int rc = 0;

	if (mapping == NULL) {
		return -ENOMEM;
	}
	mapping->start = start;
	mapping->size = size;
	if (!enter_region(mapping, &rc)) {
		goto forget;
	}
	for (size_t offset = 0; offset < size && rc == 0; offset += ENV_DMA_PAGE_SIZE) {
		rc = spdk_mem_map_set_translation(map, start + offset, ENV_DMA_PAGE_SIZE,
						  mapping->iova + offset);
	}
	if (rc != 0) {
		goto leave;
	}
	RB_INSERT(mappings, &entered, mapping);
	return 0;

leave:
	(void)spdk_mem_map_clear_translation(map, start, size);
	(void)leave(mapping); /* Explained, and the container ends what it has. */
forget:
	forget(mapping);
	return rc;
}

static int
remove_region(struct spdk_mem_map *map, uintptr_t start, size_t size)
{
	struct mapping wanted = {.start = start};
	struct mapping *mapping = RB_FIND(mappings, &entered, &wanted);
	int rc;

	if (mapping == NULL) {
		return 0;
	}
	rc = leave(mapping);
	if (rc != 0) {
		return rc;
	}
	(void)spdk_mem_map_clear_translation(map, start, size); /* It has been set. */
	RB_REMOVE(mappings, &entered, mapping);
	forget(mapping);
	return 0;
}

static int
notify(void *cb_ctx, struct spdk_mem_map *map, enum spdk_mem_map_notify_action action, void *vaddr,
       size_t size)
{
	int rc;

	pthread_mutex_lock(&dma_lock);
	rc = action == SPDK_MEM_MAP_NOTIFY_REGISTER ? add_region(map, (uintptr_t)vaddr, size) :
						      remove_region(map, (uintptr_t)vaddr, size);
	pthread_mutex_unlock(&dma_lock);
	return rc;
}

static int
are_contiguous(uint64_t addr_1, uint64_t addr_2)
{
	return addr_1 + ENV_DMA_PAGE_SIZE == addr_2;
}

static int
set_ranges(const struct vfio_iommu_type1_info *info)
{
	const struct iova_range guess = {.first = DEFAULT_FIRST, .last = DEFAULT_LAST};
	const struct vfio_iommu_type1_info_cap_iova_range *cap = NULL;
	struct iova_range *ranges;
	uint32_t room;
	int rc;

	if ((info->flags & VFIO_IOMMU_INFO_CAPS) != 0) {
		cap = vfio_info_find(info, info->cap_offset, VFIO_IOMMU_TYPE1_INFO_CAP_IOVA_RANGE,
				     sizeof(*cap), &room);
	}
	if (cap == NULL) {
		return vfio_iova_set_ranges(&addresses, &guess, 1);
	}
	if (cap->nr_iovas > room / sizeof(cap->iova_ranges[0])) {
		return -EIO;
	}
	ranges = calloc(cap->nr_iovas + 1, sizeof(*ranges));
	if (ranges == NULL) {
		return -ENOMEM;
	}
	for (uint32_t i = 0; i < cap->nr_iovas; i++) {
		ranges[i].first = cap->iova_ranges[i].start;
		ranges[i].last = cap->iova_ranges[i].end;
	}
	rc = vfio_iova_set_ranges(&addresses, ranges, cap->nr_iovas);
	free(ranges);
	return rc;
}

/* Where devices have registers and memory of their own, bridges may answer before the IOMMU. */
static int
exclude_window(void *ctx, const struct pci_resource *window)
{
	const struct iova_range hole = {.first = window->start,
					.last = window->start + window->size - 1};

	return window->is_memory ? vfio_iova_exclude(&addresses, hole) : 0;
}

/* Asks what the IOMMU translates. */
static int
read_ranges(int container_fd)
{
	const struct vfio_iommu_type1_info question = {0};
	void *info;
	int rc = vfio_info_read(container_fd, VFIO_IOMMU_GET_INFO, &question, sizeof(question),
				&info);

	if (rc != 0) {
		return rc;
	}
	rc = set_ranges(info);
	if (rc == 0) {
		rc = pci_sysfs_for_each_window(exclude_window, NULL);
	}
	free(info);
	return rc;
}

int
vfio_dma_update(void)
{
	int rc;

	pthread_mutex_lock(&dma_lock);
	rc = container >= 0 ? read_ranges(container) : 0;
	pthread_mutex_unlock(&dma_lock);
	return rc;
}

int
vfio_dma_start(int container_fd, bool must_be_virtual)
{
	static const struct spdk_mem_map_ops ops = {.notify_cb = notify,
						    .are_contiguous = are_contiguous};
	size_t size = mem_register_total_size();
	int rc;

	assert(container < 0);
	if (iovas == NULL) {
		iovas = mem_map_create(ENV_DMA_ERROR, &ops, NULL);
		if (iovas == NULL) {
			return -ENOMEM;
		}
	}
	pthread_mutex_lock(&dma_lock);
	rc = read_ranges(container_fd);
	container = container_fd;
	is_virtual_wanted = must_be_virtual;
	starting_size = size;
	pthread_mutex_unlock(&dma_lock);
	if (rc != 0) {
		SPDK_ERRLOG("vfio does not tell which addresses the IOMMU translates: %s.\n",
			    strerror(-rc));
	} else {
		rc = mem_register_add_map(iovas);
	}
	pthread_mutex_lock(&dma_lock);
	starting_size = 0;
	if (rc != 0) {
		container = -1;
		vfio_iova_fini(&addresses);
	}
	pthread_mutex_unlock(&dma_lock);
	if (rc == 0) {
		dma_set_iova(iovas, true);
	}
	return rc;
}

void
vfio_dma_stop(void)
{
	dma_set_iova(iovas, false);
	pthread_mutex_lock(&dma_lock);
	is_stopping = true;
	pthread_mutex_unlock(&dma_lock);
	mem_register_remove_map(iovas);
	pthread_mutex_lock(&dma_lock);
	assert(RB_EMPTY(&entered));
	is_stopping = false;
	container = -1;
	vfio_iova_fini(&addresses);
	pthread_mutex_unlock(&dma_lock);
}

void
vfio_dma_fini(void)
{
	assert(container < 0);
	if (iovas != NULL) {
		dma_set_iova(NULL, false);
		mem_map_destroy(iovas);
		iovas = NULL;
	}
}

size_t
vfio_dma_room(void)
{
	size_t limit, locked;
	bool is_started;

	pthread_mutex_lock(&dma_lock);
	is_started = container >= 0;
	pthread_mutex_unlock(&dma_lock);
	if (!is_started) {
		return SIZE_MAX;
	}
	limit = pci_kernel()->locked_limit();
	if (limit == SIZE_MAX) {
		return SIZE_MAX;
	}
	locked = pci_kernel()->locked_size();
	return limit > locked ? limit - locked : 0;
}

void
vfio_dma_explain_room(size_t size)
{
	explain_locked(pci_kernel()->locked_size() + size, pci_kernel()->locked_limit());
}
