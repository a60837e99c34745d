/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Which NVMe controllers the machine has, and who has them, by what the kernel tells in /sys. No
 * device is touched.
 */
#include "nvme.h"

#include "spdk/util.h"

#include <dirent.h>
#include <sys/stat.h>

#define PCI_CLASS_NVME 0x0108
#define SECTOR         512
#define PATH_SIZE      512
#define LINE_SIZE      256
#define DEVICES_FOLDER "/sys/bus/pci/devices"
#define BIND_ADVICE    "scripts/setup.sh config %s gives it to user space"

struct place {
	const char *root;
	/* Of the device. */
	char folder[PATH_SIZE];
};

/* Reads the first line of a file, without blanks at its end. NULL: there is none. */
static char *
read_line(const char *folder, const char *name)
{
	char path[2 * PATH_SIZE], line[LINE_SIZE];
	size_t length;
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "r");
	if (file == NULL) {
		return NULL;
	}
	if (fgets(line, sizeof(line), file) == NULL) {
		fclose(file);
		return NULL;
	}
	fclose(file);
	length = strlen(line);
	while (length > 0 && isspace((unsigned char)line[length - 1])) {
		line[--length] = '\0';
	}
	return nvme_text(line, length);
}

static uint64_t
read_number(const char *folder, const char *name, uint64_t otherwise)
{
	char *line = read_line(folder, name), *end;
	uint64_t number;

	if (line == NULL) {
		return otherwise;
	}
	errno = 0;
	number = strtoull(line, &end, 0);
	if (end == line || *end != '\0' || errno != 0) {
		number = otherwise;
	}
	free(line);
	return number;
}

/* The last part of what a link points to; "": there is no link. */
static void
read_link_name(const char *folder, const char *name, char *out_name, size_t size)
{
	char path[2 * PATH_SIZE], target[PATH_SIZE];
	const char *last;
	ssize_t length;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	length = readlink(path, target, sizeof(target) - 1);
	out_name[0] = '\0';
	if (length < 0) {
		return;
	}
	target[length] = '\0';
	last = strrchr(target, '/');
	snprintf(out_name, size, "%.*s", (int)size - 1, last != NULL ? last + 1 : target);
}

/* The first name in a folder that begins so; false: there is none. */
static bool
find_entry(const char *folder, const char *beginning, char *out_name, size_t size)
{
	struct dirent *entry;
	DIR *dir = opendir(folder);
	bool is_found = false;

	while (dir != NULL && !is_found && (entry = readdir(dir)) != NULL) {
		is_found = strncmp(entry->d_name, beginning, strlen(beginning)) == 0;
		if (is_found) {
			snprintf(out_name, size, "%.*s", (int)size - 1, entry->d_name);
		}
	}
	if (dir != NULL) {
		closedir(dir);
	}
	return is_found;
}

/* ---- What may be done with a device ---- */

static char *advise(const char *format, ...) __attribute__((format(printf, 1, 2)));

static char *
advise(const char *format, ...)
{
	struct text text = {.bytes = NULL};
	va_list args;

	va_start(args, format);
	text_vprintf(&text, format, args);
	va_end(args);
	return text.bytes;
}

/* What is missing for a file that is read and written; NULL: nothing. */
static char *
missing_right(const char *root, const char *path)
{
	char whole[2 * PATH_SIZE];

	snprintf(whole, sizeof(whole), "%s%s", root, path);
	if (access(whole, R_OK | W_OK) == 0) {
		return NULL;
	}
	if (errno == EACCES || errno == EPERM) {
		return advise("it needs the right to read and write %s: run as root, or let root "
			      "chown it",
			      path);
	}
	return advise("%s: %s", path, strerror(errno));
}

static char *
missing_for_vfio(const struct place *place)
{
	char group[32], path[64], *missing;

	read_link_name(place->folder, "iommu_group", group, sizeof(group));
	if (group[0] == '\0') {
		return advise("vfio-pci has it, but it is in no IOMMU group: switch the IOMMU on, "
			      "or give it to uio_pci_generic");
	}
	missing = missing_right(place->root, "/dev/vfio/vfio");
	if (missing == NULL) {
		snprintf(path, sizeof(path), "/dev/vfio/%s", group);
		missing = missing_right(place->root, path);
	}
	return missing;
}

static char *
missing_for_uio(const struct place *place, const char *driver)
{
	char folder[2 * PATH_SIZE], name[32], path[PATH_SIZE], *missing;

	snprintf(folder, sizeof(folder), "%s/uio", place->folder);
	if (!find_entry(folder, "uio", name, sizeof(name))) {
		return advise("%s has it, but there is no /dev/uio for it", driver);
	}
	snprintf(path, sizeof(path), "/dev/%s", name);
	missing = missing_right(place->root, path);
	if (missing == NULL) {
		snprintf(path, sizeof(path), "%s/resource0", place->folder + strlen(place->root));
		missing = missing_right(place->root, path);
	}
	return missing;
}

static void
judge(struct nvme_device *device, const struct place *place)
{
	char *missing;

	if (strcmp(device->driver, "vfio-pci") == 0) {
		missing = missing_for_vfio(place);
	} else if (strcmp(device->driver, "uio_pci_generic") == 0 ||
		   strcmp(device->driver, "igb_uio") == 0) {
		missing = missing_for_uio(place, device->driver);
	} else {
		device->state = strcmp(device->driver, "nvme") == 0 ? NVME_KERNEL : NVME_UNBOUND;
		device->advice = advise(BIND_ADVICE, device->address);
		return;
	}
	device->state = missing == NULL ? NVME_USABLE : NVME_NO_RIGHTS;
	device->advice = missing;
}

/* ---- What the kernel's driver tells ---- */

/* "nvme0n2", and "nvme0c0n2" where there are several paths to it. */
static bool
is_block_device(const char *name)
{
	unsigned int a, b, c;
	int end = -1;

	if (sscanf(name, "nvme%un%u%n", &a, &b, &end) == 2 && end == (int)strlen(name)) {
		return true;
	}
	end = -1;
	return sscanf(name, "nvme%uc%un%u%n", &a, &b, &c, &end) == 3 && end == (int)strlen(name);
}

static void
read_block_device(struct nvme_device *device, const char *folder, const char *name)
{
	struct nvme_block_device *block;
	uint64_t used;
	char path[4 * PATH_SIZE];

	device->namespaces = grow(device->namespaces, device->namespace_count, sizeof(*block));
	block = &device->namespaces[device->namespace_count++];
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	snprintf(block->name, sizeof(block->name), "%.*s", (int)sizeof(block->name) - 1, name);
	block->nsid = (uint32_t)read_number(path, "nsid", 0);
	block->size = read_number(path, "size", 0) * SECTOR;
	block->block_size = (uint32_t)read_number(path, "queue/logical_block_size", 0);
	block->md_size = (uint32_t)read_number(path, "metadata_bytes", 0);
	/* Newer kernels only, in blocks. */
	used = read_number(path, "nuse", UINT64_MAX);
	block->used = used == UINT64_MAX ? UINT64_MAX : used * block->block_size;
}

static int
compare_blocks(const void *left, const void *right)
{
	const struct nvme_block_device *a = left, *b = right;

	return a->nsid < b->nsid ? -1 : a->nsid > b->nsid;
}

static void
read_kernel_view(struct nvme_device *device, const struct place *place)
{
	char folder[2 * PATH_SIZE], name[32];
	struct dirent *entry;
	DIR *dir;

	snprintf(folder, sizeof(folder), "%s/nvme", place->folder);
	if (!find_entry(folder, "nvme", name, sizeof(name))) {
		return;
	}
	snprintf(folder, sizeof(folder), "%s/nvme/%s", place->folder, name);
	device->model = read_line(folder, "model");
	device->serial = read_line(folder, "serial");
	device->firmware = read_line(folder, "firmware_rev");
	dir = opendir(folder);
	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		if (is_block_device(entry->d_name)) {
			read_block_device(device, folder, entry->d_name);
		}
	}
	if (dir != NULL) {
		closedir(dir);
	}
	if (device->namespace_count > 0) {
		qsort(device->namespaces, device->namespace_count, sizeof(*device->namespaces),
		      compare_blocks);
	}
}

/* ---- The machine ---- */

static void
read_device(struct nvme_machine *machine, const struct place *place, const char *address)
{
	struct nvme_device *device;

	machine->of = grow(machine->of, machine->count, sizeof(*device));
	device = &machine->of[machine->count++];
	snprintf(device->address, sizeof(device->address), "%.*s", (int)sizeof(device->address) - 1,
		 address);
	read_link_name(place->folder, "driver", device->driver, sizeof(device->driver));
	device->numa_node = (int32_t)read_number(place->folder, "numa_node", UINT64_MAX);
	judge(device, place);
	read_kernel_view(device, place);
}

static int
compare_devices(const void *left, const void *right)
{
	const struct nvme_device *a = left, *b = right;

	return strcmp(a->address, b->address);
}

void
nvme_machine_read(struct nvme_machine *machine, const char *root)
{
	struct place place = {.root = root};
	char folder[PATH_SIZE];
	struct dirent *entry;
	DIR *dir;

	*machine = (struct nvme_machine){.count = 0};
	snprintf(folder, sizeof(folder), "%s" DEVICES_FOLDER, root);
	dir = opendir(folder);
	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.') {
			continue;
		}
		snprintf(place.folder, sizeof(place.folder), "%s" DEVICES_FOLDER "/%.*s", root, 64,
			 entry->d_name);
		if (read_number(place.folder, "class", 0) >> 8 == PCI_CLASS_NVME) {
			read_device(machine, &place, entry->d_name);
		}
	}
	if (dir != NULL) {
		closedir(dir);
	}
	if (machine->count > 0) {
		qsort(machine->of, machine->count, sizeof(*machine->of), compare_devices);
	}
}

void
nvme_machine_fini(struct nvme_machine *machine)
{
	struct nvme_device *device;
	size_t i;

	for (i = 0; i < machine->count; i++) {
		device = &machine->of[i];
		free(device->advice);
		free(device->model);
		free(device->serial);
		free(device->firmware);
		free(device->namespaces);
	}
	free(machine->of);
	*machine = (struct nvme_machine){.count = 0};
}

const struct nvme_device *
nvme_machine_find(const struct nvme_machine *machine, const char *address)
{
	size_t i;

	for (i = 0; i < machine->count; i++) {
		if (strcmp(machine->of[i].address, address) == 0) {
			return &machine->of[i];
		}
	}
	return NULL;
}
