/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Devices of a machine made up in a folder, and hooked ones: which are found, who may have them,
 * and what becomes of them when they go.
 */
#include "env/posix/pci_internal.h"
#include "env/posix/pci_kernel.h"

#include <setjmp.h>

#include <cmocka.h>

#include "base/log_capture.h"
#include "env/posix/fake_sysfs.h"

#define BAR_SIZE     8192
#define CONFIG_SIZE  4096
#define DEVICES_MAX  16
#define NVME_ADDRESS "0000:01:00.0"

/* What enum_cb was called with. */
struct visits {
	struct spdk_pci_device *devices[DEVICES_MAX];
	size_t count;
	int answer;
};

static struct spdk_pci_id g_test_ids[] = {
	{SPDK_PCI_DEVICE(0x1234, 0x5678)},
	{.vendor_id = 0},
};
SPDK_PCI_DRIVER_REGISTER(bus_test, g_test_ids, SPDK_PCI_DRIVER_NEED_MAPPING)
SPDK_PCI_DRIVER_REGISTER(ioat, g_test_ids, 0)

static void
make_file(const char *address, const char *file, const char *text)
{
	char name[128];

	snprintf(name, sizeof(name), "bus/pci/devices/%s/%s", address, file);
	fake_sysfs_write(name, text);
}

static void
bind_driver(const char *address, const char *driver)
{
	char name[128], target[128];

	snprintf(name, sizeof(name), "bus/pci/devices/%s/driver", address);
	snprintf(target, sizeof(target), "../../../../bus/pci/drivers/%s", driver);
	fake_sysfs_link(name, target);
}

static void
make_device(const char *address, const char *class_id, const char *vendor, const char *device)
{
	make_file(address, "class", class_id);
	make_file(address, "vendor", vendor);
	make_file(address, "device", device);
	make_file(address, "subsystem_vendor", "0x0001\n");
	make_file(address, "subsystem_device", "0x0002\n");
	make_file(address, "numa_node", "-1\n");
}

/* Given to user space, with two BARs and a serial number. */
static void
make_nvme(void)
{
	static unsigned char config[CONFIG_SIZE], bar[BAR_SIZE];
	const uint32_t ids = 0x00101b36, first = 0x14810001, serial = 0x00010003,
		       words[] = {0x89abcdef, 0x01234567};

	make_device(NVME_ADDRESS, "0x010802\n", "0x1b36\n", "0x0010\n");
	bind_driver(NVME_ADDRESS, "uio_pci_generic");
	make_file(NVME_ADDRESS, "resource",
		  "0x00000000fe000000 0x00000000fe001fff 0x0000000000140204\n"
		  "0x0000000000000000 0x0000000000000000 0x0000000000000000\n"
		  "0x000000000000c000 0x000000000000c01f 0x0000000000040101\n");
	memcpy(config, &ids, sizeof(ids));
	memcpy(config + 0x100, &first, sizeof(first));
	memcpy(config + 0x148, &serial, sizeof(serial));
	memcpy(config + 0x14c, words, sizeof(words));
	fake_sysfs_write_bytes("bus/pci/devices/" NVME_ADDRESS "/config", config, sizeof(config));
	make_file(NVME_ADDRESS, "uio/uio7/name", "uio_pci_generic\n");
	memset(bar, 'b', sizeof(bar));
	fake_sysfs_write_bytes("bus/pci/devices/" NVME_ADDRESS "/resource0", bar, sizeof(bar));
}

static void
make_machine(void)
{
	make_nvme();
	make_device("0000:00:00.0", "0x060000\n", "0x8086\n", "0x0d57\n");
	make_device("0000:02:00.0", "0x010802\n", "0x144d\n", "0xa808\n");
	bind_driver("0000:02:00.0", "nvme");
	make_device("0000:03:00.0", "0x010802\n", "0x144d\n", "0xa808\n");
	bind_driver("0000:03:00.0", "pci-stub");
	make_device("10000:04:00.0", "0x010802\n", "0x144d\n", "0xa808\n");
	/* A folder that has no ids, as of a device that goes at this moment, and one that is none.
	 */
	make_file("0000:05:00.0", "numa_node", "0\n");
	make_file("not_an_address", "class", "0x010802\n");
}

static int (*g_real_open)(const char *path, int flags);

/* A file of uio for each device, on any machine. */
static int
open_any_uio(const char *path, int flags)
{
	return g_real_open(strncmp(path, "/dev/uio", 8) == 0 ? "/dev/null" : path, flags);
}

static bool
has_physical_memory(void)
{
	return true;
}

static void
make_kernel(void)
{
	static struct pci_kernel kernel;

	kernel = *pci_kernel();
	g_real_open = kernel.open;
	kernel.open = open_any_uio;
	kernel.has_physical_memory = has_physical_memory;
	pci_kernel_set(&kernel);
}

static struct spdk_env_opts
make_opts(void)
{
	struct spdk_env_opts opts = {.opts_size = sizeof(opts)};

	spdk_env_opts_init(&opts);
	return opts;
}

static int
setup(void **state)
{
	struct spdk_env_opts opts = make_opts();

	fake_sysfs_setup(state);
	make_machine();
	make_kernel();
	pci_claim_set_dir(g_fake_sysfs);
	log_capture_start();
	return spdk_env_init(&opts);
}

static int
teardown(void **state)
{
	spdk_env_fini();
	log_capture_stop();
	pci_claim_set_dir(NULL);
	pci_kernel_set(NULL);
	return fake_sysfs_teardown(state);
}

static int
visit(void *ctx, struct spdk_pci_device *dev)
{
	struct visits *visits = ctx;

	assert_true(visits->count < DEVICES_MAX);
	visits->devices[visits->count++] = dev;
	return visits->answer;
}

static void
visit_each(void *ctx, struct spdk_pci_device *dev)
{
	(void)visit(ctx, dev); /* Nobody asks here. */
}

static struct spdk_pci_addr
address_of(const char *text)
{
	struct spdk_pci_addr addr;

	assert_int_equal(spdk_pci_addr_parse(&addr, text), 0);
	return addr;
}

static struct spdk_pci_device *
known_device(const char *text)
{
	struct spdk_pci_addr addr = address_of(text);
	struct visits visits = {.count = 0};

	spdk_pci_for_each_device(&visits, visit_each);
	for (size_t i = 0; i < visits.count; i++) {
		if (spdk_pci_addr_compare(&visits.devices[i]->addr, &addr) == 0) {
			return visits.devices[i];
		}
	}
	return NULL;
}

static size_t
enumerate(const char *driver, int answer, struct spdk_pci_device **out_last)
{
	struct visits visits = {.answer = answer};

	assert_int_equal(spdk_pci_enumerate(spdk_pci_get_driver(driver), visit, &visits),
			 answer < 0 ? -1 : 0);
	if (out_last != NULL) {
		*out_last = visits.count > 0 ? visits.devices[visits.count - 1] : NULL;
	}
	return visits.count;
}

static int
attach(const char *driver, const char *text, int answer)
{
	struct spdk_pci_addr addr = address_of(text);
	struct visits visits = {.answer = answer};

	return spdk_pci_device_attach(spdk_pci_get_driver(driver), visit, &visits, &addr);
}

static void
devices_are_known_with_what_they_are(void **state)
{
	struct visits visits = {.count = 0};
	struct spdk_pci_device *dev;
	struct spdk_pci_id id;

	spdk_pci_for_each_device(&visits, visit_each);
	assert_int_equal(visits.count, 5);
	dev = known_device("0000:00:00.0");
	assert_non_null(dev);
	id = spdk_pci_device_get_id(dev);
	assert_int_equal(id.class_id, 0x060000);
	assert_int_equal(spdk_pci_device_get_vendor_id(dev), 0x8086);
	assert_int_equal(spdk_pci_device_get_device_id(dev), 0x0d57);
	assert_int_equal(spdk_pci_device_get_subvendor_id(dev), 1);
	assert_int_equal(spdk_pci_device_get_subdevice_id(dev), 2);
	assert_int_equal(spdk_pci_device_get_numa_id(dev), 0);
	assert_string_equal(spdk_pci_device_get_type(dev), "pci");
	assert_false(spdk_pci_device_is_removed(dev));
	dev = known_device("10000:04:00.0");
	assert_int_equal(spdk_pci_device_get_domain(dev), 0x10000);
	assert_int_equal(spdk_pci_device_get_bus(dev), 4);
	assert_int_equal(spdk_pci_device_get_dev(dev), 0);
	assert_int_equal(spdk_pci_device_get_func(dev), 0);
	assert_nothing_logged();
}

static void
drivers_are_known_by_name(void **state)
{
	assert_ptr_equal(spdk_pci_get_driver("nvme"), spdk_pci_nvme_get_driver());
	assert_ptr_equal(spdk_pci_get_driver("vmd"), spdk_pci_vmd_get_driver());
	assert_ptr_equal(spdk_pci_get_driver("ioat"), spdk_pci_ioat_get_driver());
	assert_ptr_equal(spdk_pci_get_driver("idxd"), spdk_pci_idxd_get_driver());
	assert_ptr_equal(spdk_pci_get_driver("ae4dma"), spdk_pci_ae4dma_get_driver());
	assert_ptr_equal(spdk_pci_get_driver("virtio"), spdk_pci_virtio_get_driver());
	assert_non_null(spdk_pci_nvme_get_driver());
	assert_non_null(spdk_pci_get_driver("bus_test"));
	assert_null(spdk_pci_get_driver("unknown"));
}

/* The first test: it is at the first start that this is said. */
static void
driver_registered_twice_is_reported(void **state)
{
	struct spdk_pci_id id = {.vendor_id = SPDK_PCI_VID_INTEL,
				 .device_id = PCI_DEVICE_ID_INTEL_IOAT_SKX};

	assert_one_error("\"ioat\" is registered twice");
	assert_true(pci_driver_supports(spdk_pci_ioat_get_driver(), &id));
	spdk_env_fini();
	assert_int_equal(spdk_env_init(NULL), 0);
	assert_nothing_logged();
}

static void
only_what_was_given_to_user_space_is_offered(void **state)
{
	struct spdk_pci_device *dev;

	assert_int_equal(enumerate("nvme", 1, &dev), 1);
	assert_ptr_equal(dev, known_device(NVME_ADDRESS));
	/* It was refused, so it is offered again; then attached, so it is not. */
	assert_int_equal(enumerate("nvme", 0, &dev), 1);
	assert_int_equal(enumerate("nvme", 0, NULL), 0);
	assert_int_equal(enumerate("vmd", 0, NULL), 0);
	spdk_pci_device_detach(dev);
	assert_int_equal(enumerate("nvme", -1, NULL), 1);
	assert_int_equal(enumerate("nvme", 1, NULL), 1);
	assert_nothing_logged();
}

static void
who_finds_nothing_is_told_what_the_kernel_keeps(void **state)
{
	/* The device for user space is not there any more. */
	bind_driver(NVME_ADDRESS, "nvme");
	assert_int_equal(enumerate("nvme", 0, NULL), 0);
	assert_true(log_captured(
		"PCI device 0000:01:00.0 is left alone: the kernel driver nvme has it",
		"'scripts/setup.sh config 0000:01:00.0'",
		"PCI device 0000:03:00.0 is left alone: the kernel driver pci-stub has it",
		"PCI device 10000:04:00.0 is left alone: no kernel driver", NULL));
	assert_int_equal(log_capture_count(SPDK_LOG_NOTICE), 4);
	log_capture_clear();
	/* Once. */
	assert_int_equal(enumerate("nvme", 0, NULL), 0);
	assert_nothing_logged();
}

static void
attach_explains_what_it_leaves_alone(void **state)
{
	assert_int_equal(attach("nvme", "0000:02:00.0", 0), -1);
	assert_one_error("0000:02:00.0 is not attached: the kernel driver nvme has it");
	assert_int_equal(attach("nvme", "0000:03:00.0", 0), -1);
	assert_one_error("the kernel driver pci-stub has it");
	assert_int_equal(attach("nvme", "10000:04:00.0", 0), -1);
	assert_one_error("no kernel driver gives it to user space");
	assert_int_equal(attach("nvme", "0000:77:00.0", 0), -1);
	assert_one_error("There is no PCI device at 0000:77:00.0");
	assert_int_equal(attach("vmd", NVME_ADDRESS, 0), -1);
	assert_one_error("is none that driver \"vmd\" supports");
	assert_int_equal(attach("unknown", NVME_ADDRESS, 0), -1);
	assert_one_error("driver is NULL");
	assert_int_equal(attach("nvme", NVME_ADDRESS, 1), -1);
	assert_int_equal(attach("nvme", NVME_ADDRESS, -1), -1);
	assert_nothing_logged();
	assert_int_equal(attach("nvme", NVME_ADDRESS, 0), 0);
	assert_int_equal(attach("nvme", NVME_ADDRESS, 0), -1);
	assert_one_error("attached already");
	spdk_pci_device_detach(known_device(NVME_ADDRESS));
	spdk_pci_device_detach(known_device(NVME_ADDRESS));
	assert_one_error("is not attached");
	assert_int_equal(attach("nvme", NVME_ADDRESS, 0), 0);
}

static void
restart_with(struct spdk_env_opts *opts)
{
	spdk_env_fini();
	assert_int_equal(spdk_env_init(opts), 0);
	log_capture_start();
}

static void
lists_say_what_may_be_offered(void **state)
{
	struct spdk_pci_addr nvme = address_of(NVME_ADDRESS), other = address_of("0000:02:00.0");
	struct spdk_pci_addr wrong = {.func = 8};
	struct spdk_env_opts opts = make_opts();

	opts.num_pci_addr = 1;
	opts.pci_blocked = &nvme;
	restart_with(&opts);
	assert_int_equal(enumerate("nvme", 1, NULL), 0);
	assert_int_equal(log_capture_count(SPDK_LOG_NOTICE), 3);
	log_capture_clear();
	/* Asked for by its address, it is not hidden. */
	assert_int_equal(attach("nvme", NVME_ADDRESS, 0), 0);
	spdk_pci_device_detach(known_device(NVME_ADDRESS));
	assert_int_equal(spdk_pci_device_allow(&nvme), 0);
	assert_int_equal(enumerate("nvme", 1, NULL), 1);

	opts.pci_blocked = &other;
	restart_with(&opts);
	assert_int_equal(enumerate("nvme", 1, NULL), 1);

	opts.pci_blocked = NULL;
	opts.pci_allowed = &other;
	restart_with(&opts);
	assert_int_equal(enumerate("nvme", 1, NULL), 0);
	/* Of those that are not allowed nothing is said. */
	assert_one_notice("PCI device 0000:02:00.0 is left alone");
	assert_int_equal(spdk_pci_device_allow(&nvme), 0);
	assert_int_equal(spdk_pci_device_allow(&nvme), 0);
	assert_int_equal(enumerate("nvme", 1, NULL), 1);
	assert_nothing_logged();

	assert_int_equal(spdk_pci_device_allow(&wrong), -EINVAL);
	assert_one_error("no PCI address");
	assert_int_equal(spdk_pci_device_allow(NULL), -EINVAL);
	assert_one_error("no PCI address");
}

static void
without_bus_only_hooked_devices_are_there(void **state)
{
	struct spdk_env_opts opts = make_opts();
	struct visits visits = {.count = 0};

	opts.no_pci = true;
	restart_with(&opts);
	spdk_pci_for_each_device(&visits, visit_each);
	assert_int_equal(visits.count, 0);
	assert_int_equal(enumerate("nvme", 1, NULL), 0);
	assert_nothing_logged();
	assert_int_equal(attach("nvme", NVME_ADDRESS, 0), -1);
	assert_one_error("no_pci");
}

static void
machine_without_pci_has_no_devices(void **state)
{
	struct visits visits = {.count = 0};

	fake_sysfs_remove("bus");
	spdk_pci_for_each_device(&visits, visit_each);
	assert_int_equal(visits.count, 0);
	assert_int_equal(enumerate("nvme", 1, NULL), 0);
	assert_nothing_logged();
}

static void
before_the_start_there_is_no_enumeration(void **state)
{
	struct visits visits = {.count = 0};

	spdk_env_fini();
	assert_int_equal(spdk_pci_enumerate(spdk_pci_nvme_get_driver(), visit, &visits), -1);
	assert_one_error("spdk_env_init()");
	assert_int_equal(attach("nvme", NVME_ADDRESS, 0), -1);
	assert_one_error("spdk_env_init()");
	spdk_pci_for_each_device(&visits, visit_each);
	assert_int_equal(visits.count, 0);
	assert_int_equal(spdk_env_init(NULL), 0);
}

static void
configuration_space_is_read_and_written(void **state)
{
	struct spdk_pci_device *dev = known_device(NVME_ADDRESS);
	uint8_t byte;
	uint16_t half;
	uint32_t word;
	char serial[17];

	assert_int_equal(spdk_pci_device_cfg_read8(dev, &byte, 0), 0);
	assert_int_equal(byte, 0x36);
	assert_int_equal(spdk_pci_device_cfg_read16(dev, &half, 2), 0);
	assert_int_equal(half, 0x0010);
	assert_int_equal(spdk_pci_device_cfg_read32(dev, &word, 0), 0);
	assert_int_equal(word, 0x00101b36);
	assert_int_equal(spdk_pci_device_cfg_write8(dev, 0x11, 4), 0);
	assert_int_equal(spdk_pci_device_cfg_write16(dev, 0x2233, 5), 0);
	assert_int_equal(spdk_pci_device_cfg_write32(dev, 0x44556677, 7), 0);
	assert_int_equal(spdk_pci_device_cfg_read32(dev, &word, 4), 0);
	assert_int_equal(word, 0x77223311);
	assert_int_equal(spdk_pci_device_cfg_read32(dev, &word, CONFIG_SIZE - 2), -1);
	assert_int_equal(spdk_pci_device_cfg_read32(dev, &word, UINT32_MAX), -1);

	assert_int_equal(spdk_pci_device_get_serial_number(dev, serial, sizeof(serial)), 0);
	assert_string_equal(serial, "0123456789abcdef");
	assert_int_equal(spdk_pci_device_get_serial_number(dev, serial, 16), -1);
	assert_int_equal(spdk_pci_device_get_serial_number(dev, NULL, 17), -1);
	/* Capabilities in a circle, and then none. */
	assert_int_equal(spdk_pci_device_cfg_write32(dev, 0x10010001, 0x148), 0);
	assert_int_equal(spdk_pci_device_get_serial_number(dev, serial, sizeof(serial)), -1);
	assert_int_equal(spdk_pci_device_cfg_write32(dev, 0, 0x100), 0);
	assert_int_equal(spdk_pci_device_get_serial_number(dev, serial, sizeof(serial)), -1);
	assert_nothing_logged();

	dev = known_device("0000:02:00.0");
	assert_int_equal(spdk_pci_device_cfg_read8(dev, &byte, 0), -1);
	assert_int_equal(spdk_pci_device_cfg_write8(dev, 0, 0), -1);
	assert_one_error("0000:02:00.0");
}

static void
bars_are_mapped_once_and_unmapped_at_detach(void **state)
{
	struct spdk_pci_device *dev;
	uint64_t phys_addr, size;
	void *addr, *again;
	unsigned char resident;

	assert_int_equal(enumerate("nvme", 0, &dev), 1);
	assert_int_equal(spdk_pci_device_map_bar(dev, 0, &addr, &phys_addr, &size), 0);
	assert_int_equal(size, BAR_SIZE);
	assert_int_equal(phys_addr, 0xfe000000);
	assert_int_equal(*(volatile char *)addr, 'b');
	assert_int_equal(spdk_pci_device_map_bar(dev, 0, &again, &phys_addr, &size), 0);
	assert_ptr_equal(again, addr);
	assert_int_equal(spdk_pci_device_unmap_bar(dev, 0, addr), 0);
	assert_nothing_logged();
	assert_int_equal(spdk_pci_device_unmap_bar(dev, 0, addr), -EINVAL);
	assert_one_error("is not mapped at");
	assert_int_equal(spdk_pci_device_unmap_bar(dev, 6, addr), -EINVAL);
	assert_one_error("is not mapped at");
	assert_int_equal(spdk_pci_device_map_bar(dev, 1, &addr, &phys_addr, &size), -ENOENT);
	assert_one_error("no such BAR");
	assert_int_equal(spdk_pci_device_map_bar(dev, 5, &addr, &phys_addr, &size), -EIO);
	assert_one_error("BAR 5");
	assert_int_equal(spdk_pci_device_map_bar(dev, 6, &addr, &phys_addr, &size), -ENOENT);
	assert_one_error("no such BAR");
	assert_int_equal(spdk_pci_device_map_bar(dev, 2, &addr, &phys_addr, &size), -ENOTSUP);
	assert_one_error("I/O ports");

	assert_int_equal(spdk_pci_device_map_bar(dev, 0, &addr, &phys_addr, &size), 0);
	assert_int_equal(mincore(addr, 1, &resident), 0);
	spdk_pci_device_detach(dev);
	assert_int_equal(mincore(addr, 1, &resident), -1);
	assert_int_equal(errno, ENOMEM);
}

static void
bars_are_for_the_driver_that_has_the_device(void **state)
{
	struct spdk_pci_device *dev = known_device(NVME_ADDRESS);
	uint64_t phys_addr, size;
	void *addr;

	assert_int_equal(spdk_pci_device_map_bar(dev, 0, &addr, &phys_addr, &size), -EINVAL);
	assert_one_error("is for the driver that it has been offered to");
	assert_int_equal(enumerate("nvme", 0, &dev), 1);
	/* Somebody takes it from user space meanwhile. */
	bind_driver(NVME_ADDRESS, "nvme");
	assert_int_equal(spdk_pci_device_map_bar(dev, 0, &addr, &phys_addr, &size), -ENODEV);
	assert_one_error("no longer given to user space: its kernel driver is nvme");
}

static void
device_that_goes_leaves_the_list(void **state)
{
	struct spdk_pci_device *dev;

	assert_non_null(known_device("0000:02:00.0"));
	fake_sysfs_remove("bus/pci/devices/0000:02:00.0");
	assert_null(known_device("0000:02:00.0"));

	/* One that a driver has stays for it, marked, until it lets go. */
	assert_int_equal(enumerate("nvme", 0, &dev), 1);
	assert_int_equal(spdk_pci_device_claim(dev), 0);
	fake_sysfs_remove("bus/pci/devices/" NVME_ADDRESS);
	assert_int_equal(enumerate("nvme", 0, NULL), 0);
	assert_true(spdk_pci_device_is_removed(dev));
	assert_null(known_device(NVME_ADDRESS));
	/* Another one in the same slot waits until then. */
	make_nvme();
	assert_int_equal(enumerate("nvme", 0, NULL), 0);
	spdk_pci_device_detach(dev);
	assert_int_equal(enumerate("nvme", 0, &dev), 1);
	assert_false(spdk_pci_device_is_removed(dev));
	assert_int_equal(spdk_pci_device_claim(dev), 0);
	assert_nothing_logged();
}

/* Another device is at the address before anybody has seen that the old one is gone. */
static void
device_in_the_place_of_another_is_a_new_one(void **state)
{
	struct spdk_pci_device *dev;
	char old[SYSFS_PATH_MAX];

	assert_int_equal(spdk_pci_device_get_vendor_id(known_device("0000:02:00.0")), 0x144d);
	snprintf(old, sizeof(old), "%s", fake_sysfs_path("bus/pci/devices/0000:02:00.0"));
	assert_int_equal(rename(old, fake_sysfs_path("pulled_out")), 0);
	make_device("0000:02:00.0", "0x010802\n", "0x1c5f\n", "0x0003\n");
	assert_int_equal(spdk_pci_device_get_vendor_id(known_device("0000:02:00.0")), 0x1c5f);

	assert_int_equal(enumerate("nvme", 0, &dev), 1);
	snprintf(old, sizeof(old), "%s", fake_sysfs_path("bus/pci/devices/" NVME_ADDRESS));
	assert_int_equal(rename(old, fake_sysfs_path("pulled_out_too")), 0);
	make_nvme();
	assert_int_equal(enumerate("nvme", 0, NULL), 0);
	assert_true(spdk_pci_device_is_removed(dev));
	spdk_pci_device_detach(dev);
	assert_int_equal(enumerate("nvme", 0, NULL), 1);
	assert_nothing_logged();
}

static void
removal_by_event_is_seen_at_the_device(void **state)
{
	struct spdk_pci_addr addr = address_of(NVME_ADDRESS);
	struct spdk_pci_device *dev = known_device(NVME_ADDRESS);

	/* Nobody has it: of interest to others perhaps. */
	assert_true(pci_bus_take_removal(&addr, 1));
	assert_false(spdk_pci_device_is_removed(dev));
	/* This kernel does not tell the count of its messages: they may all be news. */
	assert_int_equal(enumerate("nvme", 0, &dev), 1);
	assert_false(spdk_pci_device_is_removed(dev));
	assert_true(pci_bus_take_removal(&addr, 1));
	assert_true(spdk_pci_device_is_removed(dev));
	spdk_pci_device_detach(dev);
	fake_sysfs_write("kernel/uevent_seqnum", "7\n");
	assert_int_equal(enumerate("nvme", 0, &dev), 1);
	assert_false(pci_bus_take_removal(&addr, 7));
	assert_false(spdk_pci_device_is_removed(dev));
	assert_true(pci_bus_take_removal(&addr, 8));
	assert_true(spdk_pci_device_is_removed(dev));
}

/* Hooked devices */

static int g_unhook_count;
static struct spdk_pci_device g_hooked;

static int
hooked_cfg_read(struct spdk_pci_device *dev, void *value, uint32_t len, uint32_t offset)
{
	memset(value, (int)offset, len);
	return offset < 64 ? 0 : -EIO;
}

static struct spdk_pci_device
make_hooked(const char *text)
{
	struct spdk_pci_device dev;

	memset(&dev, 0, sizeof(dev));
	dev.addr = address_of(text);
	dev.type = "imaginary";
	dev.cfg_read = hooked_cfg_read;
	return dev;
}

static void
hooked_device_is_like_any_other(void **state)
{
	struct spdk_pci_driver *driver = spdk_pci_get_driver("bus_test");
	struct spdk_pci_device dev = make_hooked("20000:00:00.0"), same = dev, *found;
	uint32_t word;

	assert_int_equal(spdk_pci_hook_device(driver, &dev), 0);
	assert_ptr_equal(known_device("20000:00:00.0"), &dev);
	assert_int_equal(dev.internal.claim_fd, -1);
	assert_int_equal(enumerate("nvme", 1, NULL), 1);
	assert_int_equal(enumerate("bus_test", 0, &found), 1);
	assert_ptr_equal(found, &dev);
	assert_int_equal(enumerate("bus_test", 0, NULL), 0);
	assert_int_equal(spdk_pci_device_cfg_read32(&dev, &word, 0x11), 0);
	assert_int_equal(word, 0x11111111);
	assert_int_equal(spdk_pci_device_cfg_read32(&dev, &word, 64), -1);
	assert_string_equal(spdk_pci_device_get_type(&dev), "imaginary");
	assert_int_equal(spdk_pci_device_claim(&dev), 0);
	assert_nothing_logged();

	assert_int_equal(spdk_pci_hook_device(driver, &same), -EEXIST);
	assert_one_error("20000:00:00.0");
	assert_int_equal(spdk_pci_hook_device(NULL, &same), -EINVAL);
	assert_one_error("drv is NULL");
	assert_int_equal(spdk_pci_hook_device(driver, NULL), -EINVAL);
	assert_one_error("dev is NULL");
	spdk_pci_unhook_device(&dev);
	assert_one_error("is attached");
	spdk_pci_device_detach(&dev);
	assert_int_equal(dev.internal.claim_fd, -1);
	assert_int_equal(attach("nvme", "20000:00:00.0", 0), -1);
	assert_one_error("supports");
	assert_int_equal(attach("bus_test", "20000:00:00.0", 0), 0);
	/* It is its owner's, also when the environment ends. */
	spdk_env_fini();
	assert_int_equal(spdk_env_init(NULL), 0);
	assert_ptr_equal(known_device("20000:00:00.0"), &dev);
	spdk_pci_device_detach(&dev);
	spdk_pci_unhook_device(&dev);
	assert_null(known_device("20000:00:00.0"));
	assert_nothing_logged();
	spdk_pci_unhook_device(&dev);
	assert_one_error("was not hooked");
	spdk_pci_unhook_device(known_device(NVME_ADDRESS));
	assert_one_error("was not hooked");
}

static int
provider_attach(const struct spdk_pci_addr *addr)
{
	if (addr->domain != 0x30000) {
		return -ENODEV;
	}
	g_hooked = make_hooked("30000:00:00.0");
	g_hooked.type = "provided";
	g_hooked.addr = *addr;
	return spdk_pci_hook_device(spdk_pci_get_driver("bus_test"), &g_hooked);
}

static void
provider_detach(struct spdk_pci_device *dev)
{
	spdk_pci_unhook_device(dev);
	/* From here on the memory may be anything. */
	memset(dev, 0xa5, sizeof(*dev));
	g_unhook_count++;
}

static struct spdk_pci_device_provider g_provider = {
	.name = "provided",
	.attach_cb = provider_attach,
	.detach_cb = provider_detach,
};
SPDK_PCI_REGISTER_DEVICE_PROVIDER(bus_test, &g_provider)

static void
provider_makes_the_device_that_is_asked_for(void **state)
{
	assert_int_equal(attach("bus_test", "30000:01:02.3", 0), 0);
	assert_ptr_equal(known_device("30000:01:02.3"), &g_hooked);
	assert_int_equal(g_unhook_count, 0);
	spdk_pci_device_detach(&g_hooked);
	assert_int_equal(g_unhook_count, 1);
	assert_null(known_device("30000:01:02.3"));
	assert_nothing_logged();
	assert_int_equal(attach("bus_test", "40000:01:02.3", 0), -1);
	assert_one_error("There is no PCI device at 40000:01:02.3");
}

/* Takes the device after this one out of the list while the list is walked. */
static int
visit_and_unhook(void *ctx, struct spdk_pci_device *dev)
{
	struct spdk_pci_device *both = ctx;

	spdk_pci_unhook_device(dev == &both[0] ? &both[1] : &both[0]);
	return 1;
}

static void
callback_may_take_devices_away(void **state)
{
	struct spdk_pci_driver *driver = spdk_pci_get_driver("bus_test");
	struct spdk_pci_device both[2] = {make_hooked("50000:00:00.0"),
					  make_hooked("50000:00:01.0")};

	assert_int_equal(spdk_pci_hook_device(driver, &both[0]), 0);
	assert_int_equal(spdk_pci_hook_device(driver, &both[1]), 0);
	assert_int_equal(spdk_pci_enumerate(driver, visit_and_unhook, both), 0);
	assert_non_null(known_device("50000:00:00.0"));
	assert_null(known_device("50000:00:01.0"));
	spdk_pci_unhook_device(&both[0]);
	assert_nothing_logged();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(driver_registered_twice_is_reported, setup,
						teardown),
		cmocka_unit_test_setup_teardown(devices_are_known_with_what_they_are, setup,
						teardown),
		cmocka_unit_test_setup_teardown(drivers_are_known_by_name, setup, teardown),
		cmocka_unit_test_setup_teardown(only_what_was_given_to_user_space_is_offered, setup,
						teardown),
		cmocka_unit_test_setup_teardown(who_finds_nothing_is_told_what_the_kernel_keeps,
						setup, teardown),
		cmocka_unit_test_setup_teardown(attach_explains_what_it_leaves_alone, setup,
						teardown),
		cmocka_unit_test_setup_teardown(lists_say_what_may_be_offered, setup, teardown),
		cmocka_unit_test_setup_teardown(without_bus_only_hooked_devices_are_there, setup,
						teardown),
		cmocka_unit_test_setup_teardown(machine_without_pci_has_no_devices, setup,
						teardown),
		cmocka_unit_test_setup_teardown(before_the_start_there_is_no_enumeration, setup,
						teardown),
		cmocka_unit_test_setup_teardown(configuration_space_is_read_and_written, setup,
						teardown),
		cmocka_unit_test_setup_teardown(bars_are_mapped_once_and_unmapped_at_detach, setup,
						teardown),
		cmocka_unit_test_setup_teardown(bars_are_for_the_driver_that_has_the_device, setup,
						teardown),
		cmocka_unit_test_setup_teardown(device_that_goes_leaves_the_list, setup, teardown),
		cmocka_unit_test_setup_teardown(device_in_the_place_of_another_is_a_new_one, setup,
						teardown),
		cmocka_unit_test_setup_teardown(removal_by_event_is_seen_at_the_device, setup,
						teardown),
		cmocka_unit_test_setup_teardown(hooked_device_is_like_any_other, setup, teardown),
		cmocka_unit_test_setup_teardown(provider_makes_the_device_that_is_asked_for, setup,
						teardown),
		cmocka_unit_test_setup_teardown(callback_may_take_devices_away, setup, teardown),
	};

	return cmocka_run_group_tests_name("pci_bus", tests, NULL, NULL);
}
