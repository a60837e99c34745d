/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The kernel of fake_kernel_fixture.h. A device is one file in memory: BAR 0 at offset 0, and its
 * configuration space behind that.
 */
#include "env/posix/fake_kernel_fixture.h"

#include "env/posix/pci_kernel.h"
#include "env/posix/pci_own.h"
#include "env/posix/sysfs.h"

#include <setjmp.h>

#include <cmocka.h>
#include <linux/vfio.h>
#include <sys/eventfd.h>

#include "env/posix/fake_sysfs.h"

#define FILES_MAX     32
#define MAPPINGS_MAX  1024
#define CONFIG_OFFSET ((uint64_t)FAKE_BAR_SIZE)
#define CONFIG_SIZE   4096
#define NAME_SIZE     64
#define EVENTS_MAX    16
#define EVENT_SIZE    256

enum kind {
	NOTHING,
	CONTAINER,
	GROUP,
	DEVICE,
	UIO,
	RESOURCE,
};

struct file {
	enum kind kind;
	int fd;
	/* Of a group, or of the group of a device. */
	char group[NAME_SIZE];
	/* A group: it is in the container. */
	bool is_contained;
};

struct mapping {
	uint64_t vaddr;
	uint64_t iova;
	uint64_t size;
};

struct event {
	char message[EVENT_SIZE];
	size_t size;
};

struct fake_kernel g_fake;
/* Those from g_event_first on have not been received. */
static struct event g_events[EVENTS_MAX];
static size_t g_event_count;
static size_t g_event_first;
static struct file g_files[FILES_MAX];
static struct mapping g_mappings[MAPPINGS_MAX];
static bool g_has_iommu;

static struct file *
file_of(int fd, enum kind kind)
{
	for (size_t i = 0; i < FILES_MAX; i++) {
		if (g_files[i].kind != NOTHING && g_files[i].fd == fd) {
			assert_int_equal(g_files[i].kind, kind);
			return &g_files[i];
		}
	}
	fail_msg("descriptor %d is not open", fd);
	return NULL;
}

static struct file *
find_kind(enum kind kind, const char *group)
{
	for (size_t i = 0; i < FILES_MAX; i++) {
		if (g_files[i].kind == kind &&
		    (group == NULL || strcmp(g_files[i].group, group) == 0)) {
			return &g_files[i];
		}
	}
	return NULL;
}

static bool
is_contained(void)
{
	for (size_t i = 0; i < FILES_MAX; i++) {
		if (g_files[i].kind == GROUP && g_files[i].is_contained) {
			return true;
		}
	}
	return false;
}

/* Whether this call shall fail. */
static bool
is_failing(void)
{
	return ++g_fake.call_count == g_fake.fail_at;
}

static int
add_file(enum kind kind, const char *group)
{
	struct file *file = find_kind(NOTHING, NULL);
	uint16_t zero = 0;

	assert_non_null(file);
	if (kind == UIO) {
		/* Readable when its line was raised, see g_fake.uio_fd. */
		file->fd = eventfd(0, EFD_NONBLOCK);
		g_fake.uio_fd = file->fd;
	} else {
		file->fd = (int)syscall(SYS_memfd_create, "fake", 0);
		assert_int_equal(ftruncate(file->fd, CONFIG_OFFSET + CONFIG_SIZE), 0);
		assert_int_equal(pwrite(file->fd, &zero, sizeof(zero), CONFIG_OFFSET + PCI_COMMAND),
				 2);
	}
	assert_true(file->fd >= 0);
	file->kind = kind;
	file->is_contained = false;
	snprintf(file->group, sizeof(file->group), "%s", group);
	g_fake.open_count++;
	return file->fd;
}

static int
fake_open(const char *path, int flags)
{
	if (is_failing()) {
		return g_fake.fail_error;
	}
	if (strcmp(path, "/dev/vfio/vfio") == 0) {
		return g_fake.container_error != 0 ? g_fake.container_error :
						     add_file(CONTAINER, "");
	}
	if (strncmp(path, "/dev/vfio/", 10) == 0) {
		if (find_kind(GROUP, path + 10) != NULL) {
			return -EBUSY;
		}
		return g_fake.group_error != 0 ? g_fake.group_error : add_file(GROUP, path + 10);
	}
	if (strncmp(path, "/dev/uio", 8) == 0) {
		assert_true(flags & O_NONBLOCK);
		return g_fake.uio_error != 0 ? g_fake.uio_error : add_file(UIO, "");
	}
	return strstr(path, "_wc") == NULL ? add_file(RESOURCE, "") : -ENOENT;
}

static void
fake_close(int fd)
{
	struct file *file = NULL;

	for (size_t i = 0; i < FILES_MAX; i++) {
		if (g_files[i].kind != NOTHING && g_files[i].fd == fd) {
			file = &g_files[i];
		}
	}
	assert_non_null(file);
	if (file->kind == GROUP) {
		/* The real one would wait. */
		assert_null(find_kind(DEVICE, file->group));
	}
	if (file->kind == CONTAINER) {
		g_has_iommu = false;
		memset(g_mappings, 0, sizeof(g_mappings));
		g_fake.mapping_count = 0;
		g_fake.locked_size = 0;
	}
	file->kind = NOTHING;
	close(fd);
	g_fake.open_count--;
}

static bool
is_translated(uint64_t first, uint64_t last)
{
	for (uint32_t i = 0; i < g_fake.range_count; i++) {
		if (first >= g_fake.ranges[i].first && last <= g_fake.ranges[i].last) {
			return true;
		}
	}
	return g_fake.range_count == 0;
}

static int
map_dma(const struct vfio_iommu_type1_dma_map *map)
{
	struct mapping *place = NULL;

	if (!g_has_iommu || !is_translated(map->iova, map->iova + map->size - 1)) {
		return -EINVAL;
	}
	if (map->vaddr == (uintptr_t)g_fake.bad_memory) {
		return -EFAULT;
	}
	for (size_t i = 0; i < MAPPINGS_MAX; i++) {
		if (g_mappings[i].size == 0) {
			place = place != NULL ? place : &g_mappings[i];
		} else if (g_mappings[i].iova < map->iova + map->size &&
			   map->iova < g_mappings[i].iova + g_mappings[i].size) {
			return -EEXIST;
		}
	}
	if (g_fake.mapping_count >= g_fake.entry_limit) {
		return -ENOSPC;
	}
	if (g_fake.locked_size + map->size > g_fake.locked_limit) {
		return -ENOMEM;
	}
	assert_non_null(place);
	*place = (struct mapping){.vaddr = map->vaddr, .iova = map->iova, .size = map->size};
	g_fake.mapping_count++;
	g_fake.locked_size += map->size;
	return 0;
}

static int
unmap_dma(const struct vfio_iommu_type1_dma_unmap *unmap)
{
	for (size_t i = 0; i < MAPPINGS_MAX; i++) {
		if (g_mappings[i].size == unmap->size && g_mappings[i].iova == unmap->iova) {
			g_fake.locked_size -= unmap->size;
			g_fake.mapping_count--;
			g_mappings[i].size = 0;
			return 0;
		}
	}
	fail_msg("0x%" PRIx64 " is not mapped", (uint64_t)unmap->iova);
	return -EINVAL;
}

static int
get_iommu_info(struct vfio_iommu_type1_info *info)
{
	const uint32_t count = g_fake.range_count;
	const uint32_t size = sizeof(*info) + sizeof(struct vfio_iommu_type1_info_cap_iova_range) +
			      count * sizeof(struct vfio_iova_range);
	struct vfio_iommu_type1_info_cap_iova_range *cap;

	if (count == 0) {
		info->flags = VFIO_IOMMU_INFO_PGSIZES;
		return 0;
	}
	info->flags = VFIO_IOMMU_INFO_PGSIZES | VFIO_IOMMU_INFO_CAPS;
	info->cap_offset = 0;
	if (info->argsz >= size) {
		info->cap_offset = sizeof(*info);
		cap = (void *)(info + 1);
		memset(cap, 0, sizeof(*cap));
		cap->header.id = VFIO_IOMMU_TYPE1_INFO_CAP_IOVA_RANGE;
		cap->nr_iovas = count;
		for (uint32_t i = 0; i < count; i++) {
			cap->iova_ranges[i].start = g_fake.ranges[i].first;
			cap->iova_ranges[i].end = g_fake.ranges[i].last;
		}
	}
	info->argsz = size;
	return 0;
}

static int
container_ioctl(unsigned long request, void *arg)
{
	if (g_fake.is_pulled_out) {
		return -EINVAL;
	}
	switch (request) {
	case VFIO_GET_API_VERSION:
		return VFIO_API_VERSION;
	case VFIO_CHECK_EXTENSION:
		return (uintptr_t)arg == VFIO_TYPE1v2_IOMMU;
	case VFIO_SET_IOMMU:
		if (!is_contained() || g_has_iommu) {
			return -EINVAL;
		}
		g_has_iommu = true;
		return 0;
	case VFIO_IOMMU_GET_INFO:
		return g_has_iommu ? get_iommu_info(arg) : -EINVAL;
	case VFIO_IOMMU_MAP_DMA:
		return map_dma(arg);
	case VFIO_IOMMU_UNMAP_DMA:
		return unmap_dma(arg);
	default:
		fail_msg("ioctl %lx of a container", request);
		return -ENOTTY;
	}
}

static int
get_device(const struct file *group, const char *name)
{
	char wanted[NAME_SIZE * 2];
	size_t address_len = strcspn(name, " ");

	if (!group->is_contained || !g_has_iommu) {
		return -EINVAL;
	}
	snprintf(wanted, sizeof(wanted), "%.*s vf_token=%s", (int)address_len, name,
		 g_fake.token != NULL ? g_fake.token : "");
	if (g_fake.token != NULL && strcmp(name, wanted) != 0) {
		return -EACCES;
	}
	if (g_fake.token == NULL && name[address_len] != '\0') {
		return -EINVAL;
	}
	return add_file(DEVICE, group->group);
}

static int
group_ioctl(struct file *group, unsigned long request, void *arg)
{
	struct vfio_group_status *status = arg;

	switch (request) {
	case VFIO_GROUP_GET_STATUS:
		status->flags = g_fake.is_viable ? VFIO_GROUP_FLAGS_VIABLE : 0;
		return 0;
	case VFIO_GROUP_SET_CONTAINER:
		(void)file_of(*(int *)arg, CONTAINER);
		group->is_contained = true;
		return 0;
	case VFIO_GROUP_UNSET_CONTAINER:
		if (find_kind(DEVICE, group->group) != NULL) {
			return -EBUSY;
		}
		group->is_contained = false;
		return 0;
	case VFIO_GROUP_GET_DEVICE_FD:
		return get_device(group, arg);
	default:
		fail_msg("ioctl %lx of a group", request);
		return -ENOTTY;
	}
}

static int
get_region(struct vfio_region_info *info)
{
	struct vfio_region_info_cap_sparse_mmap *cap = (void *)(info + 1);
	const uint32_t size = sizeof(*info) + sizeof(*cap) + 2 * sizeof(cap->areas[0]);
	const size_t page_size = sysconf(_SC_PAGESIZE);

	info->flags = VFIO_REGION_INFO_FLAG_READ | VFIO_REGION_INFO_FLAG_WRITE;
	if (info->index == VFIO_PCI_CONFIG_REGION_INDEX) {
		info->offset = CONFIG_OFFSET;
		info->size = CONFIG_SIZE;
		return 0;
	}
	info->size = info->index == 0 ? FAKE_BAR_SIZE : 4096;
	info->offset = 0;
	if (info->index != 0) {
		return 0;
	}
	info->flags |= VFIO_REGION_INFO_FLAG_MMAP;
	if (g_fake.is_sparse) {
		info->flags |= VFIO_REGION_INFO_FLAG_CAPS;
		if (info->argsz >= size) {
			info->cap_offset = sizeof(*info);
			memset(cap, 0, sizeof(*cap));
			cap->header.id = VFIO_REGION_INFO_CAP_SPARSE_MMAP;
			cap->nr_areas = 2;
			cap->areas[0].offset = page_size;
			cap->areas[0].size = page_size;
			cap->areas[1].offset = 3 * page_size;
			cap->areas[1].size = page_size;
		}
		info->argsz = size;
	}
	return 0;
}

static uint32_t
irq_count(uint32_t index)
{
	switch (index) {
	case VFIO_PCI_MSIX_IRQ_INDEX:
		return g_fake.msix_count;
	case VFIO_PCI_MSI_IRQ_INDEX:
		return g_fake.msi_count;
	case VFIO_PCI_INTX_IRQ_INDEX:
		return g_fake.intx_count;
	case VFIO_PCI_REQ_IRQ_INDEX:
		return g_fake.has_request ? 1 : 0;
	default:
		return 0;
	}
}

static int
set_irqs(const struct vfio_irq_set *set)
{
	if (set->flags & VFIO_IRQ_SET_ACTION_UNMASK) {
		assert_int_equal(set->index, VFIO_PCI_INTX_IRQ_INDEX);
		g_fake.unmask_count++;
		return 0;
	}
	if (set->count > irq_count(set->index)) {
		return -EINVAL;
	}
	if (set->index == VFIO_PCI_REQ_IRQ_INDEX) {
		memcpy(&g_fake.request_fd, set->data, sizeof(int));
		return 0;
	}
	g_fake.irq_index = set->index;
	g_fake.irq_count = set->count;
	memcpy(g_fake.irq_fds, set->data, set->count * sizeof(int));
	return 0;
}

static int
device_ioctl(unsigned long request, void *arg)
{
	struct vfio_device_info *info = arg;
	struct vfio_irq_info *irq_info = arg;

	switch (request) {
	case VFIO_DEVICE_GET_INFO:
		info->flags =
			VFIO_DEVICE_FLAGS_PCI | (g_fake.has_reset ? VFIO_DEVICE_FLAGS_RESET : 0);
		return 0;
	case VFIO_DEVICE_RESET:
		g_fake.reset_count++;
		return 0;
	case VFIO_DEVICE_GET_REGION_INFO:
		return get_region(arg);
	case VFIO_DEVICE_GET_IRQ_INFO:
		irq_info->count = irq_count(irq_info->index);
		irq_info->flags = VFIO_IRQ_INFO_EVENTFD;
		return 0;
	case VFIO_DEVICE_SET_IRQS:
		return set_irqs(arg);
	default:
		fail_msg("ioctl %lx of a device", request);
		return -ENOTTY;
	}
}

static int
fake_ioctl(int fd, unsigned long request, void *arg)
{
	if (is_failing()) {
		return g_fake.fail_error;
	}
	for (size_t i = 0; i < FILES_MAX; i++) {
		if (g_files[i].kind == NOTHING || g_files[i].fd != fd) {
			continue;
		}
		if (g_files[i].kind == CONTAINER) {
			return container_ioctl(request, arg);
		}
		return g_files[i].kind == GROUP ? group_ioctl(&g_files[i], request, arg) :
						  device_ioctl(request, arg);
	}
	fail_msg("ioctl of %d, which is not open", fd);
	return -EBADF;
}

static int
fake_map(void *addr, size_t size, int fd, uint64_t offset, void **out_addr)
{
	if (is_failing()) {
		return g_fake.fail_error;
	}
	*out_addr = mmap(addr, size, PROT_READ | PROT_WRITE,
			 MAP_SHARED | (addr != NULL ? MAP_FIXED : 0), fd, (off_t)offset);
	assert_ptr_not_equal(*out_addr, MAP_FAILED);
	return 0;
}

static ssize_t
fake_pread(int fd, void *buf, size_t len, uint64_t offset)
{
	uint64_t count;

	if (find_kind(UIO, NULL) != NULL && find_kind(UIO, NULL)->fd == fd) {
		assert_int_equal(len, 4);
		return read(fd, &count, sizeof(count)) == sizeof(count) ? (ssize_t)len : -EAGAIN;
	}
	return is_failing() ? g_fake.fail_error : pread(fd, buf, len, (off_t)offset);
}

static ssize_t
fake_pwrite(int fd, const void *buf, size_t len, uint64_t offset)
{
	if (is_failing()) {
		return g_fake.fail_error;
	}
	if (offset == CONFIG_OFFSET + PCI_COMMAND && len == sizeof(g_fake.command)) {
		memcpy(&g_fake.command, buf, sizeof(g_fake.command));
	}
	return pwrite(fd, buf, len, (off_t)offset);
}

static ssize_t
fake_receive_event(int fd, char *message, size_t size)
{
	const struct event *event;

	if (g_event_first == g_event_count) {
		return -EAGAIN;
	}
	event = &g_events[g_event_first++];
	assert_true(event->size <= size);
	memcpy(message, event->message, event->size);
	return (ssize_t)event->size;
}

static size_t
fake_locked_limit(void)
{
	return g_fake.locked_limit;
}

static size_t
fake_locked_size(void)
{
	return g_fake.locked_size;
}

static bool
fake_has_physical_memory(void)
{
	return g_fake.has_physical_memory;
}

static const struct pci_kernel g_kernel = {
	.open = fake_open,
	.close = fake_close,
	.ioctl = fake_ioctl,
	.map = fake_map,
	.pread = fake_pread,
	.pwrite = fake_pwrite,
	.receive_event = fake_receive_event,
	.locked_limit = fake_locked_limit,
	.locked_size = fake_locked_size,
	.has_physical_memory = fake_has_physical_memory,
};

int
fake_kernel_start(void **state)
{
	memset(&g_fake, 0, sizeof(g_fake));
	/* That of x86: all but what interrupts use, and wide enough for addresses of processes. */
	g_fake.ranges[0] = (struct fake_range){.first = 0, .last = 0xfedfffff};
	g_fake.ranges[1] = (struct fake_range){.first = 0xfef00000, .last = UINT64_MAX >> 7};
	g_fake.range_count = 2;
	g_fake.locked_limit = SIZE_MAX;
	g_fake.entry_limit = MAPPINGS_MAX;
	g_fake.is_viable = true;
	g_fake.has_reset = true;
	g_fake.has_request = true;
	g_fake.msix_count = FAKE_VECTORS;
	g_fake.request_fd = -1;
	g_fake.uio_fd = -1;
	g_fake.group_type = "identity\n";
	memset(g_files, 0, sizeof(g_files));
	memset(g_mappings, 0, sizeof(g_mappings));
	g_has_iommu = false;
	g_event_count = 0;
	g_event_first = 0;
	pci_kernel_set(&g_kernel);
	return fake_sysfs_setup(state);
}

int
fake_kernel_stop(void **state)
{
	pci_kernel_set(NULL);
	return fake_sysfs_teardown(state);
}

static void
write_file(const char *address, const char *file, const char *text)
{
	char name[128];

	snprintf(name, sizeof(name), "bus/pci/devices/%s/%s", address, file);
	fake_sysfs_write(name, text);
}

static void
write_link(const char *address, const char *file, const char *target)
{
	char name[128], path[128];

	snprintf(name, sizeof(name), "bus/pci/devices/%s/%s", address, file);
	snprintf(path, sizeof(path), "../../../../%s", target);
	fake_sysfs_link(name, path);
}

void
fake_kernel_device(const char *address, const char *group, const char *driver)
{
	uint8_t config[CONFIG_SIZE] = {0x36, 0x1b, 0x10, [PCI_INTERRUPT_PIN] = 1};
	char text[128];

	write_file(address, "class", "0x010802\n");
	write_file(address, "vendor", "0x1b36\n");
	write_file(address, "device", "0x0010\n");
	snprintf(text, sizeof(text), "bus/pci/devices/%s/config", address);
	fake_sysfs_write_bytes(text, config, sizeof(config));
	write_file(address, "resource0", "");
	write_file(address, "uio/uio5/name", "uio_pci_generic\n");
	snprintf(text, sizeof(text),
		 "0x%016" PRIx64 " 0x%016" PRIx64 " 0x140204\n0x1000 0x1fff 0x200\n", FAKE_BAR_ADDR,
		 FAKE_BAR_ADDR + FAKE_BAR_SIZE - 1);
	write_file(address, "resource", text);
	if (driver != NULL) {
		snprintf(text, sizeof(text), "bus/pci/drivers/%s", driver);
		write_link(address, "driver", text);
	}
	if (group != NULL) {
		snprintf(text, sizeof(text), "kernel/iommu_groups/%s/type", group);
		fake_sysfs_write(text, g_fake.group_type);
		snprintf(text, sizeof(text), "kernel/iommu_groups/%s", group);
		write_link(address, "iommu_group", text);
		snprintf(text, sizeof(text), "kernel/iommu_groups/%s/devices/%s", group, address);
		fake_sysfs_write(text, "");
	}
}

uint64_t
fake_kernel_iova(const void *addr, size_t size)
{
	for (size_t i = 0; i < MAPPINGS_MAX; i++) {
		uint64_t offset = (uintptr_t)addr - g_mappings[i].vaddr;

		if (offset < g_mappings[i].size && size <= g_mappings[i].size - offset) {
			return g_mappings[i].iova + offset;
		}
	}
	return UINT64_MAX;
}

void
fake_kernel_write(const char *name, const char *text)
{
	fake_sysfs_write(name, text);
}

void
fake_kernel_remove(const char *name)
{
	fake_sysfs_remove(name);
}

void
fake_kernel_signal(int fd)
{
	assert_int_equal(eventfd_write(fd, 1), 0);
}

void
fake_kernel_event(const char *subsystem, const char *action, const char *address)
{
	struct event *event = &g_events[g_event_count];
	char number[32];

	assert_true(g_event_count < EVENTS_MAX);
	g_event_count++;
	event->size = (size_t)snprintf(event->message, sizeof(event->message),
				       "%s@/devices/pci0000:00/%s%cACTION=%s%c"
				       "DEVPATH=/devices/pci0000:00/%s%cSUBSYSTEM=%s%cSEQNUM=%zu",
				       action, address, 0, action, 0, address, 0, subsystem, 0,
				       g_event_count) +
		      1;
	assert_true(event->size <= sizeof(event->message));
	/* The kernel has counted it before anybody can receive it. */
	snprintf(number, sizeof(number), "%zu\n", g_event_count);
	fake_sysfs_write("kernel/uevent_seqnum", number);
}
