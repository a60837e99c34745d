/* SPDX-License-Identifier: BSD-3-Clause */
/* Which controllers there are, and what is to be done before they can be used: a folder stands for
 * the machine. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "nvme.h"
#include "spdk/util.h"

#include <ftw.h>
#include <sys/stat.h>

#define BUS "/sys/bus/pci/devices"

static char g_root[64];

static int
remove_entry(const char *path, const struct stat *status, int type, struct FTW *where)
{
	return remove(path);
}

static void
make_parents(const char *path)
{
	char parent[512];
	const char *slash;

	for (slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
		snprintf(parent, sizeof(parent), "%.*s", (int)(slash - path), path);
		(void)mkdir(parent, 0755); /* it may be there */
	}
}

static void
put(const char *name, const char *text)
{
	char path[512];
	FILE *file;

	snprintf(path, sizeof(path), "%s%s", g_root, name);
	make_parents(path);
	file = fopen(path, "w");
	assert_non_null(file);
	fprintf(file, "%s\n", text);
	fclose(file);
}

static void
put_link(const char *name, const char *target)
{
	char path[512];

	snprintf(path, sizeof(path), "%s%s", g_root, name);
	make_parents(path);
	assert_int_equal(symlink(target, path), 0);
}

/* A controller, with a driver or "". */
static void
put_device(const char *address, const char *driver)
{
	char name[256], target[256];

	snprintf(name, sizeof(name), BUS "/%s/class", address);
	put(name, "0x010802");
	snprintf(name, sizeof(name), BUS "/%s/numa_node", address);
	put(name, "-1");
	if (driver[0] != '\0') {
		snprintf(name, sizeof(name), BUS "/%s/driver", address);
		snprintf(target, sizeof(target), "../../../bus/pci/drivers/%s", driver);
		put_link(name, target);
	}
}

static int
set_up(void **state)
{
	snprintf(g_root, sizeof(g_root), "/tmp/nvme_machine_test_XXXXXX");
	return mkdtemp(g_root) != NULL ? 0 : -1;
}

static int
tear_down(void **state)
{
	return nftw(g_root, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

static void
only_controllers_are_found_in_order(void **state)
{
	struct nvme_machine machine;

	nvme_machine_read(&machine, g_root);
	assert_int_equal(machine.count, 0);
	nvme_machine_fini(&machine);
	/* Neither as they come, nor the other way round. */
	put_device("0000:04:00.0", "");
	put_device("0000:81:00.0", "");
	put_device("0000:02:00.0", "");
	put_device("0000:05:00.0", "");
	put(BUS "/0000:00:1f.2/class", "0x010601");
	put(BUS "/0000:00:02.0/class", "0x030000");
	nvme_machine_read(&machine, g_root);
	assert_int_equal(machine.count, 4);
	assert_string_equal(machine.of[0].address, "0000:02:00.0");
	assert_string_equal(machine.of[1].address, "0000:04:00.0");
	assert_string_equal(machine.of[2].address, "0000:05:00.0");
	assert_string_equal(machine.of[3].address, "0000:81:00.0");
	assert_ptr_equal(nvme_machine_find(&machine, "0000:81:00.0"), &machine.of[3]);
	assert_null(nvme_machine_find(&machine, "0000:00:1f.2"));
	nvme_machine_fini(&machine);
}

static void
the_kernels_controllers_are_described(void **state)
{
	const struct nvme_device *device;
	struct nvme_machine machine;

	put_device("0000:04:00.0", "nvme");
	put(BUS "/0000:04:00.0/numa_node", "1");
	put(BUS "/0000:04:00.0/nvme/nvme3/model", "QEMU NVMe Ctrl                    ");
	put(BUS "/0000:04:00.0/nvme/nvme3/serial", "dead\x1b[31m");
	put(BUS "/0000:04:00.0/nvme/nvme3/firmware_rev", "7.2.0");
	put(BUS "/0000:04:00.0/nvme/nvme3/nvme3n2/nsid", "2");
	put(BUS "/0000:04:00.0/nvme/nvme3/nvme3n2/size", "98304");
	put(BUS "/0000:04:00.0/nvme/nvme3/nvme3n2/queue/logical_block_size", "4096");
	put(BUS "/0000:04:00.0/nvme/nvme3/nvme3n2/nuse", "10");
	put(BUS "/0000:04:00.0/nvme/nvme3/nvme3n2/metadata_bytes", "8");
	put(BUS "/0000:04:00.0/nvme/nvme3/nvme3c3n1/nsid", "1");
	put(BUS "/0000:04:00.0/nvme/nvme3/nvme3c3n1/size", "2048");
	put(BUS "/0000:04:00.0/nvme/nvme3/nvme3n2p1/nsid", "7");
	nvme_machine_read(&machine, g_root);
	assert_int_equal(machine.count, 1);
	device = &machine.of[0];
	assert_int_equal(device->state, NVME_KERNEL);
	assert_string_equal(device->driver, "nvme");
	assert_string_equal(device->advice,
			    "scripts/setup.sh config 0000:04:00.0 gives it to user space");
	assert_int_equal(device->numa_node, 1);
	assert_string_equal(device->model, "QEMU NVMe Ctrl");
	assert_string_equal(device->serial, "dead?[31m");
	assert_string_equal(device->firmware, "7.2.0");
	assert_int_equal(device->namespace_count, 2);
	assert_string_equal(device->namespaces[0].name, "nvme3c3n1");
	assert_int_equal(device->namespaces[0].nsid, 1);
	assert_int_equal(device->namespaces[0].size, 1 << 20);
	assert_true(device->namespaces[0].used == UINT64_MAX);
	assert_string_equal(device->namespaces[1].name, "nvme3n2");
	assert_int_equal(device->namespaces[1].size, 48 << 20);
	assert_int_equal(device->namespaces[1].block_size, 4096);
	assert_int_equal(device->namespaces[1].used, 40960);
	assert_int_equal(device->namespaces[1].md_size, 8);
	nvme_machine_fini(&machine);
}

static void
want_state(const char *address, enum nvme_state expected, const char *advice)
{
	const struct nvme_device *device;
	struct nvme_machine machine;

	nvme_machine_read(&machine, g_root);
	device = nvme_machine_find(&machine, address);
	assert_non_null(device);
	if (device->state != expected || (device->advice == NULL) != (advice == NULL) ||
	    (advice != NULL && strstr(device->advice, advice) == NULL)) {
		fail_msg("%s is %d: '%s', and should be %d: '%s'", address, device->state,
			 device->advice != NULL ? device->advice : "", expected,
			 advice != NULL ? advice : "");
	}
	nvme_machine_fini(&machine);
}

static void
vfio_needs_a_group_and_its_files(void **state)
{
	put_device("0000:05:00.0", "vfio-pci");
	want_state("0000:05:00.0", NVME_NO_RIGHTS, "in no IOMMU group");
	put_link(BUS "/0000:05:00.0/iommu_group", "../../../kernel/iommu_groups/17");
	want_state("0000:05:00.0", NVME_NO_RIGHTS, "/dev/vfio/vfio: No such file");
	put("/dev/vfio/vfio", "");
	want_state("0000:05:00.0", NVME_NO_RIGHTS, "/dev/vfio/17: No such file");
	put("/dev/vfio/17", "");
	want_state("0000:05:00.0", NVME_USABLE, NULL);
}

static void
missing_rights_are_named(void **state)
{
	char path[128];

	if (geteuid() == 0) {
		/* Root may always. */
		skip();
	}
	put_device("0000:05:00.0", "vfio-pci");
	put_link(BUS "/0000:05:00.0/iommu_group", "../../../kernel/iommu_groups/17");
	put("/dev/vfio/vfio", "");
	put("/dev/vfio/17", "");
	snprintf(path, sizeof(path), "%s/dev/vfio/17", g_root);
	assert_int_equal(chmod(path, 0400), 0);
	want_state("0000:05:00.0", NVME_NO_RIGHTS, "the right to read and write /dev/vfio/17");
}

static void
uio_needs_its_device_and_its_bar(void **state)
{
	put_device("0000:06:00.0", "uio_pci_generic");
	want_state("0000:06:00.0", NVME_NO_RIGHTS, "there is no /dev/uio");
	put(BUS "/0000:06:00.0/uio/uio4/name", "uio_pci_generic");
	want_state("0000:06:00.0", NVME_NO_RIGHTS, "/dev/uio4: No such file");
	put("/dev/uio4", "");
	want_state("0000:06:00.0", NVME_NO_RIGHTS, BUS "/0000:06:00.0/resource0: No such file");
	put(BUS "/0000:06:00.0/resource0", "");
	want_state("0000:06:00.0", NVME_USABLE, NULL);
	put_device("0000:0a:00.0", "igb_uio");
	want_state("0000:0a:00.0", NVME_NO_RIGHTS, "igb_uio has it, but there is no /dev/uio");
}

static void
other_drivers_are_to_be_replaced(void **state)
{
	put_device("0000:07:00.0", "");
	put_device("0000:08:00.0", "pci-stub");
	want_state("0000:07:00.0", NVME_UNBOUND, "setup.sh config 0000:07:00.0");
	want_state("0000:08:00.0", NVME_UNBOUND, "setup.sh config 0000:08:00.0");
}

#define MACHINE_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		MACHINE_TEST(only_controllers_are_found_in_order),
		MACHINE_TEST(the_kernels_controllers_are_described),
		MACHINE_TEST(vfio_needs_a_group_and_its_files),
		MACHINE_TEST(missing_rights_are_named),
		MACHINE_TEST(uio_needs_its_device_and_its_bar),
		MACHINE_TEST(other_drivers_are_to_be_replaced),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
