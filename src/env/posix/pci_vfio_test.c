/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Devices of vfio-pci with a kernel that is made up: groups, what is refused and how that is
 * explained, BARs, configuration space, interrupts, and the way back.
 */
#include "env/posix/fake_kernel_fixture.h"
#include "env/posix/pci_own.h"

#include <setjmp.h>

#include <cmocka.h>
#include <linux/vfio.h>
#include <sys/eventfd.h>

#include "base/log_capture.h"

#define ONE   "0000:01:00.0"
#define TWO   "0000:01:00.1"
#define OTHER "0000:02:00.0"
#define TOKEN "14d63f20-8445-11ea-8900-1f9ce7d5650d"
#define PIECE (2u << 20)

/* What the driver got of each. */
struct taken {
	struct spdk_pci_device *dev;
	volatile uint8_t *bar;
	uint64_t phys_addr;
	uint64_t size;
};

static void
start(const char *vf_token)
{
	struct spdk_env_opts opts = {.opts_size = sizeof(opts)};

	spdk_env_opts_init(&opts);
	opts.no_huge = true;
	opts.vf_token = vf_token;
	assert_int_equal(spdk_env_init(&opts), 0);
	log_capture_start();
}

static void
restart(const char *vf_token)
{
	log_capture_start();
	spdk_env_fini();
	assert_int_equal(g_fake.open_count, 0);
	start(vf_token);
}

static int
setup(void **state)
{
	fake_kernel_start(state);
	fake_kernel_device(ONE, "7", "vfio-pci");
	fake_kernel_device(TWO, "7", "vfio-pci");
	fake_kernel_device(OTHER, "8", "vfio-pci");
	start(NULL);
	return 0;
}

static int
teardown(void **state)
{
	spdk_env_fini();
	log_capture_stop();
	assert_int_equal(g_fake.open_count, 0);
	assert_int_equal(g_fake.mapping_count, 0);
	return fake_kernel_stop(state);
}

static int
map_bar(void *ctx, struct spdk_pci_device *dev)
{
	struct taken *taken = ctx;
	void *addr;

	taken->dev = dev;
	if (spdk_pci_device_map_bar(dev, 0, &addr, &taken->phys_addr, &taken->size) != 0) {
		return -1;
	}
	taken->bar = addr;
	return 0;
}

static int
attach(const char *address, struct taken *taken)
{
	struct spdk_pci_addr addr;

	assert_int_equal(spdk_pci_addr_parse(&addr, address), 0);
	return spdk_pci_device_attach(spdk_pci_nvme_get_driver(), map_bar, taken, &addr);
}

static int
refuse(void *ctx, struct spdk_pci_device *dev)
{
	(*(int *)ctx)++;
	return 1;
}

static void
refused_device_notices_nothing(void **state)
{
	int count = 0;

	assert_int_equal(spdk_pci_enumerate(spdk_pci_nvme_get_driver(), refuse, &count), 0);
	assert_int_equal(count, 3);
	assert_int_equal(g_fake.call_count, 0);
	assert_nothing_logged();
}

static void
opened_device_is_reset_and_may_master_the_bus(void **state)
{
	struct taken taken;
	uint16_t word;

	assert_int_equal(attach(ONE, &taken), 0);
	assert_int_equal(g_fake.reset_count, 1);
	assert_int_equal(g_fake.command, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
	/* Configuration space is the device's own, not that of sysfs. */
	assert_int_equal(spdk_pci_device_cfg_read16(taken.dev, &word, PCI_COMMAND), 0);
	assert_int_equal(word, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
	assert_int_equal(spdk_pci_device_cfg_write16(taken.dev, 0x1234, 0x80), 0);
	assert_int_equal(spdk_pci_device_cfg_read16(taken.dev, &word, 0x80), 0);
	assert_int_equal(word, 0x1234);
	assert_int_equal(spdk_pci_device_cfg_read16(taken.dev, &word, 4095), -1);
	assert_nothing_logged();
	assert_int_equal(spdk_pci_device_cfg_write16(taken.dev, 0, 4095), -1);
	assert_one_error("byte 4095, cannot be written");
	spdk_pci_device_detach(taken.dev);

	g_fake.has_reset = false;
	assert_int_equal(attach(ONE, &taken), 0);
	assert_int_equal(g_fake.reset_count, 1);
	spdk_pci_device_detach(taken.dev);
	assert_nothing_logged();
}

static void
devices_of_a_group_share_it(void **state)
{
	struct taken one, two, other;
	uint32_t open_count;

	assert_int_equal(attach(ONE, &one), 0);
	/* Container, group, device. */
	assert_int_equal(g_fake.open_count, 3);
	assert_int_equal(attach(TWO, &two), 0);
	assert_int_equal(g_fake.open_count, 4);
	assert_int_equal(attach(OTHER, &other), 0);
	open_count = g_fake.open_count;
	assert_int_equal(open_count, 6);
	spdk_pci_device_detach(one.dev);
	assert_int_equal(g_fake.open_count, 5);
	assert_true(spdk_iommu_is_enabled());
	spdk_pci_device_detach(two.dev);
	assert_int_equal(g_fake.open_count, 3);
	assert_true(spdk_iommu_is_enabled());
	assert_int_equal(attach(TWO, &two), 0);
	spdk_pci_device_detach(other.dev);
	assert_true(spdk_iommu_is_enabled());
	spdk_pci_device_detach(two.dev);
	assert_int_equal(g_fake.open_count, 0);
	assert_nothing_logged();
}

static void
group_that_the_kernel_uses_is_explained(void **state)
{
	struct taken taken;

	g_fake.is_viable = false;
	fake_kernel_device(TWO, "7", "e1000e");
	assert_int_equal(attach(ONE, &taken), -1);
	assert_one_error("others of its IOMMU group 7: " TWO " (e1000e).");
	assert_int_equal(g_fake.open_count, 0);
}

static void
missing_rights_are_explained(void **state)
{
	struct taken taken;

	g_fake.group_error = -EACCES;
	assert_int_equal(attach(ONE, &taken), -1);
	assert_one_error("chown USER /dev/vfio/7");
	g_fake.group_error = -EBUSY;
	assert_int_equal(attach(ONE, &taken), -1);
	assert_one_error("/dev/vfio/7 is open already");
	g_fake.group_error = -ENOENT;
	assert_int_equal(attach(ONE, &taken), -1);
	assert_one_error("there is no /dev/vfio/7");
	g_fake.group_error = 0;
	g_fake.container_error = -EACCES;
	assert_int_equal(attach(ONE, &taken), -1);
	assert_one_error("chmod 0666 /dev/vfio/vfio");
	g_fake.container_error = -ENODEV;
	assert_int_equal(attach(ONE, &taken), -1);
	assert_one_error("modprobe vfio-pci");
	g_fake.container_error = 0;
	fake_kernel_device("0000:03:00.0", NULL, "vfio-pci");
	assert_int_equal(attach("0000:03:00.0", &taken), -1);
	assert_one_error("no IOMMU that is on");
	assert_int_equal(attach(ONE, &taken), 0);
	spdk_pci_device_detach(taken.dev);
	assert_nothing_logged();
}

static void
virtual_function_is_opened_by_its_token(void **state)
{
	struct taken taken;

	g_fake.token = TOKEN;
	assert_int_equal(attach(ONE, &taken), -1);
	assert_one_error("wants the token");
	restart(TOKEN);
	assert_int_equal(attach(ONE, &taken), 0);
	spdk_pci_device_detach(taken.dev);
	/* One that wants none is opened, too. */
	g_fake.token = NULL;
	assert_int_equal(attach(ONE, &taken), 0);
	spdk_pci_device_detach(taken.dev);
	assert_nothing_logged();
}

static void
vfio_and_uio_exclude_each_other(void **state)
{
	struct taken one, other;

	g_fake.has_physical_memory = true;
	fake_kernel_device(OTHER, "8", "uio_pci_generic");
	assert_int_equal(attach(ONE, &one), 0);
	assert_int_equal(attach(OTHER, &other), -1);
	assert_one_error(OTHER
			 " is given to user space by uio, but this process uses devices by vfio");
	spdk_pci_device_detach(one.dev);
	assert_int_equal(attach(OTHER, &other), 0);
	assert_int_equal(attach(ONE, &one), -1);
	assert_one_error("by vfio, but this process uses devices by uio");
	spdk_pci_device_detach(other.dev);
	assert_int_equal(attach(ONE, &one), 0);
	spdk_pci_device_detach(one.dev);
	assert_nothing_logged();
}

static void
bar_is_mapped_once_and_named_by_its_bus_address(void **state)
{
	struct taken taken, again;
	unsigned char resident;
	uint64_t bus_addr;

	assert_int_equal(attach(ONE, &taken), 0);
	assert_int_equal(taken.phys_addr, FAKE_BAR_ADDR);
	assert_int_equal(taken.size, FAKE_BAR_SIZE);
	assert_int_equal((uintptr_t)taken.bar % PIECE, 0);
	taken.bar[FAKE_BAR_SIZE - 1] = 1;
	assert_int_equal(map_bar(&again, taken.dev), 0);
	assert_ptr_equal(again.bar, taken.bar);
	/* Memory of a controller, told to it by the address that it knows. */
	assert_int_equal(spdk_mem_register((void *)(uintptr_t)taken.bar, FAKE_BAR_SIZE), 0);
	bus_addr = spdk_vtophys((void *)(uintptr_t)(taken.bar + PIECE + 5), NULL);
	assert_int_equal(bus_addr, FAKE_BAR_ADDR + PIECE + 5);
	assert_int_equal(spdk_mem_unregister((void *)(uintptr_t)taken.bar, FAKE_BAR_SIZE), 0);
	spdk_pci_device_detach(taken.dev);
	assert_int_equal(mincore((void *)(uintptr_t)taken.bar, 1, &resident), -1);
	assert_nothing_logged();
}

static void
bar_that_may_not_be_mapped_is_explained(void **state)
{
	uint64_t phys_addr, size;
	struct taken taken;
	void *addr;

	assert_int_equal(attach(ONE, &taken), 0);
	assert_int_equal(spdk_pci_device_map_bar(taken.dev, 1, &addr, &phys_addr, &size), -ENOTSUP);
	assert_one_error("BAR 1 of PCI device " ONE " cannot be mapped");
	assert_int_equal(spdk_pci_device_map_bar(taken.dev, 2, &addr, &phys_addr, &size), -EIO);
	assert_one_error("BAR 2");
	spdk_pci_device_detach(taken.dev);
}

static jmp_buf g_fault;

static void
on_fault(int signal_number)
{
	longjmp(g_fault, 1);
}

static bool
faults(volatile uint8_t *addr)
{
	struct sigaction action = {.sa_handler = on_fault, .sa_flags = SA_NODEFER}, before;
	volatile bool is_faulting = true;

	assert_int_equal(sigaction(SIGSEGV, &action, &before), 0);
	if (setjmp(g_fault) == 0) {
		(void)*addr;
		is_faulting = false;
	}
	assert_int_equal(sigaction(SIGSEGV, &before, NULL), 0);
	return is_faulting;
}

static void
parts_that_may_not_be_mapped_fault(void **state)
{
	size_t page_size = sysconf(_SC_PAGESIZE);
	struct taken taken;

	g_fake.is_sparse = true;
	assert_int_equal(attach(ONE, &taken), 0);
	assert_true(faults(taken.bar));
	assert_false(faults(taken.bar + page_size));
	assert_true(faults(taken.bar + 2 * page_size));
	assert_false(faults(taken.bar + 4 * page_size - 1));
	assert_true(faults(taken.bar + FAKE_BAR_SIZE - 1));
	spdk_pci_device_detach(taken.dev);
}

static void
interrupts_are_of_the_best_kind_that_has_enough(void **state)
{
	struct taken taken;
	uint64_t count;
	int fd;

	g_fake.msix_count = 4;
	g_fake.msi_count = 8;
	g_fake.intx_count = 1;
	assert_int_equal(attach(ONE, &taken), 0);
	assert_int_equal(env_pci_interrupt_count_max(taken.dev), 8);
	assert_int_equal(spdk_pci_device_get_interrupt_efd_by_index(taken.dev, 0), -EINVAL);
	assert_one_error("has no interrupt 0: 0 are enabled");
	assert_int_equal(spdk_pci_device_enable_interrupts(taken.dev, 4), 0);
	assert_int_equal(g_fake.irq_index, VFIO_PCI_MSIX_IRQ_INDEX);
	assert_int_equal(g_fake.irq_count, 4);
	fd = spdk_pci_device_get_interrupt_efd_by_index(taken.dev, 3);
	assert_int_equal(fd, g_fake.irq_fds[3]);
	assert_int_equal(read(fd, &count, sizeof(count)), -1);
	assert_int_equal(errno, EAGAIN);
	fake_kernel_signal(fd);
	assert_int_equal(read(fd, &count, sizeof(count)), sizeof(count));
	assert_int_equal(spdk_pci_device_enable_interrupts(taken.dev, 4), 0);
	assert_int_equal(env_pci_rearm_interrupts(taken.dev), 0);
	assert_int_equal(g_fake.unmask_count, 0);
	assert_nothing_logged();
	assert_int_equal(spdk_pci_device_enable_interrupts(taken.dev, 5), -EBUSY);
	assert_one_error("has 4 interrupts enabled already");
	assert_int_equal(spdk_pci_device_disable_interrupts(taken.dev), 0);
	assert_int_equal(g_fake.irq_count, 0);
	assert_int_equal(fcntl(fd, F_GETFD), -1);
	assert_int_equal(env_pci_rearm_interrupts(taken.dev), -EINVAL);

	assert_int_equal(spdk_pci_device_enable_interrupts(taken.dev, 5), 0);
	assert_int_equal(g_fake.irq_index, VFIO_PCI_MSI_IRQ_INDEX);
	assert_int_equal(spdk_pci_device_disable_interrupts(taken.dev), 0);
	assert_int_equal(spdk_pci_device_enable_interrupts(taken.dev, 9), -ERANGE);
	assert_one_error("has 8 interrupts, not 9");
	/* Detaching disables. */
	assert_int_equal(spdk_pci_device_enable_interrupts(taken.dev, 1), 0);
	fd = spdk_pci_device_get_interrupt_efd(taken.dev);
	spdk_pci_device_detach(taken.dev);
	assert_int_equal(fcntl(fd, F_GETFD), -1);
	assert_int_equal(g_fake.irq_count, 0);
	assert_nothing_logged();
}

static void
line_is_masked_until_it_is_rearmed(void **state)
{
	struct taken taken;

	g_fake.msix_count = 0;
	g_fake.intx_count = 1;
	assert_int_equal(attach(ONE, &taken), 0);
	assert_int_equal(env_pci_interrupt_count_max(taken.dev), 1);
	assert_int_equal(spdk_pci_device_enable_interrupt(taken.dev), 0);
	assert_int_equal(g_fake.irq_index, VFIO_PCI_INTX_IRQ_INDEX);
	assert_int_equal(g_fake.unmask_count, 0);
	assert_int_equal(env_pci_rearm_interrupts(taken.dev), 0);
	assert_int_equal(g_fake.unmask_count, 1);
	assert_int_equal(spdk_pci_device_enable_interrupt(taken.dev), 0);
	assert_int_equal(g_fake.unmask_count, 2);
	assert_int_equal(spdk_pci_device_disable_interrupt(taken.dev), 0);
	assert_nothing_logged();
	assert_int_equal(spdk_pci_device_enable_interrupts(taken.dev, 2), -ERANGE);
	assert_one_error("has 1 interrupts, not 2");
	g_fake.intx_count = 0;
	assert_int_equal(spdk_pci_device_enable_interrupts(taken.dev, 1), -ENOTSUP);
	assert_one_error("has no interrupts");
	spdk_pci_device_detach(taken.dev);
}

static void
device_that_the_kernel_wants_back_is_removed(void **state)
{
	int listener = spdk_pci_event_listen();
	struct spdk_pci_event event;
	struct taken taken;

	if (listener < 0) {
		skip();
	}
	assert_int_equal(attach(ONE, &taken), 0);
	assert_false(spdk_pci_device_is_removed(taken.dev));
	fake_kernel_signal(g_fake.request_fd);
	/* Both ways to know of it tell, in any order. */
	assert_true(spdk_pci_device_is_removed(taken.dev));
	assert_int_equal(spdk_pci_get_event(listener, &event), 1);
	assert_int_equal(event.action, SPDK_UEVENT_REMOVE);
	assert_int_equal(spdk_pci_addr_compare(&event.traddr, &taken.dev->addr), 0);
	fake_kernel_signal(g_fake.request_fd);
	assert_int_equal(spdk_pci_get_event(listener, &event), 0);
	assert_true(spdk_pci_device_is_removed(taken.dev));
	assert_int_equal(log_capture_count(SPDK_LOG_NOTICE), 1);
	spdk_pci_device_detach(taken.dev);
	assert_int_equal(g_fake.open_count, 0);

	/* The same device may come again. */
	assert_int_equal(attach(ONE, &taken), 0);
	assert_false(spdk_pci_device_is_removed(taken.dev));
	fake_kernel_signal(g_fake.request_fd);
	assert_int_equal(spdk_pci_get_event(listener, &event), 1);
	assert_true(spdk_pci_device_is_removed(taken.dev));
	spdk_pci_device_detach(taken.dev);
	close(listener);
}

/* A device is pulled out when it has been given back, and put in again. */
static void
removal_before_the_device_was_attached_is_stale(void **state)
{
	struct spdk_pci_event event;
	struct taken taken;

	assert_int_equal(attach(ONE, &taken), 0);
	spdk_pci_device_detach(taken.dev);
	fake_kernel_event("pci", "remove", ONE);
	assert_int_equal(attach(ONE, &taken), 0);
	assert_int_equal(spdk_pci_get_event(-1, &event), 0);
	assert_false(spdk_pci_device_is_removed(taken.dev));
	fake_kernel_event("pci", "remove", ONE);
	assert_int_equal(spdk_pci_get_event(-1, &event), 1);
	assert_int_equal(event.action, SPDK_UEVENT_REMOVE);
	assert_true(spdk_pci_device_is_removed(taken.dev));
	spdk_pci_device_detach(taken.dev);
	assert_nothing_logged();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(refused_device_notices_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(opened_device_is_reset_and_may_master_the_bus,
						setup, teardown),
		cmocka_unit_test_setup_teardown(devices_of_a_group_share_it, setup, teardown),
		cmocka_unit_test_setup_teardown(group_that_the_kernel_uses_is_explained, setup,
						teardown),
		cmocka_unit_test_setup_teardown(missing_rights_are_explained, setup, teardown),
		cmocka_unit_test_setup_teardown(virtual_function_is_opened_by_its_token, setup,
						teardown),
		cmocka_unit_test_setup_teardown(vfio_and_uio_exclude_each_other, setup, teardown),
		cmocka_unit_test_setup_teardown(bar_is_mapped_once_and_named_by_its_bus_address,
						setup, teardown),
		cmocka_unit_test_setup_teardown(bar_that_may_not_be_mapped_is_explained, setup,
						teardown),
		cmocka_unit_test_setup_teardown(parts_that_may_not_be_mapped_fault, setup,
						teardown),
		cmocka_unit_test_setup_teardown(interrupts_are_of_the_best_kind_that_has_enough,
						setup, teardown),
		cmocka_unit_test_setup_teardown(line_is_masked_until_it_is_rearmed, setup,
						teardown),
		cmocka_unit_test_setup_teardown(removal_before_the_device_was_attached_is_stale,
						setup, teardown),
		cmocka_unit_test_setup_teardown(device_that_the_kernel_wants_back_is_removed, setup,
						teardown),
	};

	return cmocka_run_group_tests_name("pci_vfio", tests, NULL, NULL);
}
