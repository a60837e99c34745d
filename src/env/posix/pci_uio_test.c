/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Devices of uio with a kernel that is made up: what they need, what is said where it is missing,
 * what the kernel says of them, and the interrupt line. The asynchronous I/O that signals it is the
 * real one.
 */
#include "env/dma_address.h"
#include "env/posix/fake_kernel_fixture.h"
#include "env/posix/pci_own.h"

#include <setjmp.h>

#include <cmocka.h>
#include <poll.h>

#include "base/log_capture.h"

#define ADDRESS    "0000:01:00.0"
#define RAISED_MS  5000
#define NOTHING_MS 20

static struct spdk_pci_device *g_dev;
static volatile uint8_t *g_bar;
static struct spdk_pci_event g_event;

static int
setup_mode(void **state, const char *iova_mode)
{
	struct spdk_env_opts opts = {.opts_size = sizeof(opts)};

	fake_kernel_start(state);
	g_fake.has_physical_memory = true;
	fake_kernel_device(ADDRESS, "7", "uio_pci_generic");
	spdk_env_opts_init(&opts);
	opts.no_huge = true;
	opts.iova_mode = iova_mode;
	log_capture_start();
	return spdk_env_init(&opts);
}

static int
setup(void **state)
{
	return setup_mode(state, NULL);
}

static int
setup_va(void **state)
{
	return setup_mode(state, "va");
}

static int
teardown(void **state)
{
	spdk_env_fini();
	log_capture_stop();
	assert_int_equal(g_fake.open_count, 0);
	return fake_kernel_stop(state);
}

static int
map_bar(void *ctx, struct spdk_pci_device *dev)
{
	uint64_t phys_addr, size;
	void *addr;

	g_dev = dev;
	if (spdk_pci_device_map_bar(dev, 0, &addr, &phys_addr, &size) != 0) {
		return -1;
	}
	g_bar = addr;
	assert_int_equal(phys_addr, FAKE_BAR_ADDR);
	assert_int_equal(size, FAKE_BAR_SIZE);
	return 0;
}

static int
attach(void)
{
	struct spdk_pci_addr addr;

	assert_int_equal(spdk_pci_addr_parse(&addr, ADDRESS), 0);
	return spdk_pci_device_attach(spdk_pci_nvme_get_driver(), map_bar, NULL, &addr);
}

static uint16_t
command(void)
{
	uint16_t word;

	assert_int_equal(spdk_pci_device_cfg_read16(g_dev, &word, PCI_COMMAND), 0);
	return word;
}

static void
opened_device_may_master_the_bus_and_is_quiet(void **state)
{
	assert_int_equal(attach(), 0);
	assert_int_equal(command(),
			 PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER | PCI_COMMAND_INTX_DISABLE);
	/* Only /dev/uioN, whose end takes bus mastering away, stays open. */
	assert_int_equal(g_fake.open_count, 1);
	g_bar[FAKE_BAR_SIZE - 1] = 1;
	assert_false(spdk_iommu_is_enabled());
	spdk_pci_device_detach(g_dev);
	assert_int_equal(g_fake.open_count, 0);
	assert_nothing_logged();
}

static void
what_is_missing_is_explained(void **state)
{
	g_fake.has_physical_memory = false;
	assert_int_equal(attach(), -1);
	assert_one_error("it needs physical addresses: ");
	g_fake.has_physical_memory = true;
	g_fake.group_type = "DMA-FQ\n";
	fake_kernel_device(ADDRESS, "7", "uio_pci_generic");
	assert_int_equal(attach(), -1);
	assert_one_error("an IOMMU is on");
	g_fake.group_type = "identity\n";
	fake_kernel_device(ADDRESS, "7", "uio_pci_generic");
	g_fake.uio_error = -EACCES;
	assert_int_equal(attach(), -1);
	assert_one_error("/dev/uio5 cannot be opened: Permission denied. Run as root");
	g_fake.uio_error = 0;
	fake_kernel_remove("bus/pci/devices/" ADDRESS "/config");
	assert_int_equal(attach(), -1);
	assert_one_error("Configuration space of PCI device " ADDRESS " cannot be read");
	assert_int_equal(g_fake.open_count, 0);
	fake_kernel_device(ADDRESS, "7", "uio_pci_generic");
	assert_int_equal(attach(), 0);
	spdk_pci_device_detach(g_dev);
	assert_nothing_logged();
}

/* Such a BAR shares its first page with that of another device, which would be mapped. */
static void
bar_that_begins_within_a_page_is_not_mapped(void **state)
{
	char text[64];

	snprintf(text, sizeof(text), "0x%" PRIx64 " 0x%" PRIx64 " 0x140204\n",
		 FAKE_BAR_ADDR + 0x800, FAKE_BAR_ADDR + 0xfff);
	fake_kernel_write("bus/pci/devices/" ADDRESS "/resource", text);
	assert_int_equal(attach(), -1);
	assert_one_error("too small for a page of its own");
	assert_int_equal(g_fake.open_count, 0);
}

/* The next event, from a kernel that is made up. */
static int
next_event(void)
{
	return spdk_pci_get_event(-1, &g_event);
}

static void
assert_event(enum spdk_pci_event_type action)
{
	assert_int_equal(next_event(), 1);
	assert_int_equal(g_event.action, action);
	assert_int_equal(spdk_pci_addr_compare(&g_event.traddr, &g_dev->addr), 0);
}

/* The device is taken from user space and given to it again, and nobody reads of it meanwhile. */
static void
removal_before_the_device_was_attached_is_stale(void **state)
{
	assert_int_equal(attach(), 0);
	spdk_pci_device_detach(g_dev);
	fake_kernel_event("uio", "remove", ADDRESS);
	fake_kernel_event("uio", "add", ADDRESS);
	assert_int_equal(attach(), 0);
	assert_event(SPDK_UEVENT_ADD);
	assert_false(spdk_pci_device_is_removed(g_dev));
	assert_int_equal(next_event(), 0);
	spdk_pci_device_detach(g_dev);
	assert_nothing_logged();
}

static void
removal_of_a_free_device_leaves_no_mark(void **state)
{
	assert_int_equal(attach(), 0);
	spdk_pci_device_detach(g_dev);
	fake_kernel_event("uio", "remove", ADDRESS);
	assert_event(SPDK_UEVENT_REMOVE);
	assert_int_equal(attach(), 0);
	assert_false(spdk_pci_device_is_removed(g_dev));
	spdk_pci_device_detach(g_dev);
	assert_nothing_logged();
}

/* All of sysfs is still there when the kernel says it. */
static void
removal_of_an_attached_device_is_reported_at_once(void **state)
{
	assert_int_equal(attach(), 0);
	fake_kernel_event("uio", "remove", ADDRESS);
	assert_event(SPDK_UEVENT_REMOVE);
	assert_true(spdk_pci_device_is_removed(g_dev));
	fake_kernel_event("pci", "remove", ADDRESS);
	spdk_pci_device_detach(g_dev);
	/* Another comes into the slot. */
	assert_int_equal(attach(), 0);
	assert_int_equal(next_event(), 0);
	assert_false(spdk_pci_device_is_removed(g_dev));
	fake_kernel_event("pci", "remove", ADDRESS);
	assert_event(SPDK_UEVENT_REMOVE);
	assert_true(spdk_pci_device_is_removed(g_dev));
	spdk_pci_device_detach(g_dev);
	assert_nothing_logged();
}

static void
virtual_addresses_are_refused(void **state)
{
	assert_int_equal(attach(), -1);
	assert_one_error("iova_mode is 'va'");
}

static void
failure_at_any_call_leaves_nothing(void **state)
{
	uint32_t refused_count = 0, at = 0;

	g_fake.fail_error = -EIO;
	do {
		g_fake.fail_at = ++at;
		g_fake.call_count = 0;
		log_capture_start();
		if (attach() == 0) {
			spdk_pci_device_detach(g_dev);
		} else {
			refused_count++;
			assert_int_equal(log_capture_count(SPDK_LOG_ERROR), 1);
		}
		assert_int_equal(g_fake.open_count, 0);
	} while (g_fake.call_count >= at);
	/* The uio file, the BAR's file and its map. That with write combining may fail. */
	assert_int_equal(refused_count, 3);
}

static void
bar_as_memory_has_its_bus_address(void **state)
{
	const struct env_dma *dma;

	assert_int_equal(attach(), 0);
	dma = env_dma_of_device(g_dev);
	assert_int_equal(spdk_mem_register((void *)(uintptr_t)g_bar, FAKE_BAR_SIZE), 0);
	/* Where the kernel tells no physical addresses, there is no map of them. */
	if (dma->table != NULL) {
		assert_int_equal(spdk_vtophys((void *)(uintptr_t)(g_bar + 7), NULL),
				 FAKE_BAR_ADDR + 7);
	}
	assert_int_equal(spdk_mem_unregister((void *)(uintptr_t)g_bar, FAKE_BAR_SIZE), 0);
	spdk_pci_device_detach(g_dev);
	assert_nothing_logged();
}

static bool
is_raised(int fd, int timeout_ms)
{
	struct pollfd one = {.fd = fd, .events = POLLIN};

	return poll(&one, 1, timeout_ms) == 1;
}

static void
line_signals_an_eventfd_once_until_it_is_rearmed(void **state)
{
	uint64_t count;
	int fd;

	assert_int_equal(attach(), 0);
	assert_int_equal(env_pci_interrupt_count_max(g_dev), 1);
	assert_int_equal(spdk_pci_device_enable_interrupts(g_dev, 2), -ERANGE);
	assert_one_error("has one interrupt by uio, not 2");
	if (spdk_pci_device_enable_interrupts(g_dev, 1) != 0) {
		/* A sandbox without asynchronous I/O. */
		assert_one_error("has no interrupt by uio");
		skip();
	}
	assert_int_equal(command() & PCI_COMMAND_INTX_DISABLE, 0);
	fd = spdk_pci_device_get_interrupt_efd(g_dev);
	assert_true(fd >= 0 && fd != g_fake.uio_fd);
	assert_false(is_raised(fd, NOTHING_MS));
	fake_kernel_signal(g_fake.uio_fd);
	assert_true(is_raised(fd, RAISED_MS));
	assert_int_equal(read(fd, &count, sizeof(count)), sizeof(count));
	assert_int_equal(count, 1);
	assert_int_equal(read(fd, &count, sizeof(count)), -1);
	/* It storms, and nobody hears of it. */
	fake_kernel_signal(g_fake.uio_fd);
	assert_false(is_raised(fd, NOTHING_MS));
	/* The kernel has closed the line meanwhile. */
	assert_int_equal(spdk_pci_device_cfg_write16(g_dev, PCI_COMMAND_INTX_DISABLE, PCI_COMMAND),
			 0);
	assert_int_equal(env_pci_rearm_interrupts(g_dev), 0);
	assert_int_equal(command() & PCI_COMMAND_INTX_DISABLE, 0);
	assert_false(is_raised(fd, NOTHING_MS));
	/* Armed already: nothing happens, also not twice. */
	assert_int_equal(env_pci_rearm_interrupts(g_dev), 0);
	fake_kernel_signal(g_fake.uio_fd);
	assert_true(is_raised(fd, RAISED_MS));
	assert_int_equal(read(fd, &count, sizeof(count)), sizeof(count));
	assert_int_equal(count, 1);
	assert_int_equal(spdk_pci_device_enable_interrupt(g_dev), 0);
	assert_int_equal(spdk_pci_device_disable_interrupt(g_dev), 0);
	assert_int_equal(fcntl(fd, F_GETFD), -1);
	assert_true(command() & PCI_COMMAND_INTX_DISABLE);
	assert_int_equal(spdk_pci_device_enable_interrupt(g_dev), 0);
	spdk_pci_device_detach(g_dev);
	assert_nothing_logged();
}

static void
line_of_a_device_that_is_gone_stays_silent(void **state)
{
	uint64_t count;
	int fd;

	assert_int_equal(attach(), 0);
	if (spdk_pci_device_enable_interrupts(g_dev, 1) != 0) {
		assert_one_error("has no interrupt by uio");
		skip();
	}
	fd = spdk_pci_device_get_interrupt_efd(g_dev);
	fake_kernel_remove("bus/pci/devices/" ADDRESS "/config");
	fake_kernel_signal(g_fake.uio_fd);
	assert_true(is_raised(fd, RAISED_MS));
	assert_int_equal(read(fd, &count, sizeof(count)), sizeof(count));
	assert_int_equal(env_pci_rearm_interrupts(g_dev), -ENODEV);
	fake_kernel_signal(g_fake.uio_fd);
	assert_false(is_raised(fd, NOTHING_MS));
	spdk_pci_device_detach(g_dev);
	assert_nothing_logged();
}

static void
driver_without_lines_is_explained(void **state)
{
	fake_kernel_device(ADDRESS, "7", "igb_uio");
	assert_int_equal(attach(), 0);
	assert_int_equal(env_pci_interrupt_count_max(g_dev), 0);
	assert_int_equal(spdk_pci_device_enable_interrupt(g_dev), -ENOTSUP);
	assert_one_error("has no interrupt line");
	spdk_pci_device_detach(g_dev);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(opened_device_may_master_the_bus_and_is_quiet,
						setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_missing_is_explained, setup, teardown),
		cmocka_unit_test_setup_teardown(bar_that_begins_within_a_page_is_not_mapped, setup,
						teardown),
		cmocka_unit_test_setup_teardown(removal_before_the_device_was_attached_is_stale,
						setup, teardown),
		cmocka_unit_test_setup_teardown(removal_of_a_free_device_leaves_no_mark, setup,
						teardown),
		cmocka_unit_test_setup_teardown(removal_of_an_attached_device_is_reported_at_once,
						setup, teardown),
		cmocka_unit_test_setup_teardown(virtual_addresses_are_refused, setup_va, teardown),
		cmocka_unit_test_setup_teardown(failure_at_any_call_leaves_nothing, setup,
						teardown),
		cmocka_unit_test_setup_teardown(bar_as_memory_has_its_bus_address, setup, teardown),
		cmocka_unit_test_setup_teardown(line_signals_an_eventfd_once_until_it_is_rearmed,
						setup, teardown),
		cmocka_unit_test_setup_teardown(line_of_a_device_that_is_gone_stays_silent, setup,
						teardown),
		cmocka_unit_test_setup_teardown(driver_without_lines_is_explained, setup, teardown),
	};

	return cmocka_run_group_tests_name("pci_uio", tests, NULL, NULL);
}
