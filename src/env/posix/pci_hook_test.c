/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the owner of a hooked device says about it: which addresses it is told, and its interrupts.
 */
#include "env/dma_address.h"
#include "env/pci_device.h"

#include <setjmp.h>

#include <cmocka.h>
#include <sys/eventfd.h>

#include "base/log_capture.h"

#define VECTORS 3

static int g_fds[VECTORS] = {-1, -1, -1};
static uint32_t g_enabled_count;
static int g_rearm_count;

static int
fake_enable(struct spdk_pci_device *dev, uint32_t count)
{
	if (count > VECTORS) {
		return -ERANGE;
	}
	for (uint32_t i = 0; i < count; i++) {
		g_fds[i] = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
		assert_true(g_fds[i] >= 0);
	}
	g_enabled_count = count;
	return 0;
}

static int
fake_disable(struct spdk_pci_device *dev)
{
	for (uint32_t i = 0; i < g_enabled_count; i++) {
		close(g_fds[i]);
	}
	g_enabled_count = 0;
	return 0;
}

static int
fake_fd(struct spdk_pci_device *dev, uint32_t index)
{
	return index < g_enabled_count ? g_fds[index] : -EINVAL;
}

static int
fake_rearm(struct spdk_pci_device *dev)
{
	g_rearm_count++;
	return 0;
}

static uint32_t
fake_count_max(struct spdk_pci_device *dev)
{
	return VECTORS;
}

static const struct env_pci_hook g_hook = {
	.has_virtual_addresses = true,
	.enable_interrupts = fake_enable,
	.disable_interrupts = fake_disable,
	.get_interrupt_fd = fake_fd,
	.rearm_interrupts = fake_rearm,
	.interrupt_count_max = fake_count_max,
};

static struct spdk_pci_device
make_device(uint32_t domain)
{
	struct spdk_pci_device dev = {.addr = {.domain = domain}, .type = "fake"};

	return dev;
}

static int
setup(void **state)
{
	struct spdk_env_opts opts = {.opts_size = sizeof(opts)};

	spdk_env_opts_init(&opts);
	opts.no_pci = true;
	log_capture_start();
	return spdk_env_init(&opts);
}

static int
teardown(void **state)
{
	spdk_env_fini();
	log_capture_stop();
	return 0;
}

static void
interrupts_are_those_of_the_owner(void **state)
{
	struct spdk_pci_device dev = make_device(0x10001);
	uint64_t value;

	assert_int_equal(env_pci_hook_device(spdk_pci_nvme_get_driver(), &dev, &g_hook), 0);
	assert_int_equal(env_pci_interrupt_count_max(&dev), VECTORS);
	assert_int_equal(spdk_pci_device_enable_interrupts(&dev, VECTORS + 1), -ERANGE);
	assert_int_equal(spdk_pci_device_enable_interrupts(&dev, VECTORS), 0);
	for (uint32_t i = 0; i < VECTORS; i++) {
		assert_int_equal(spdk_pci_device_get_interrupt_efd_by_index(&dev, i), g_fds[i]);
	}
	assert_int_equal(spdk_pci_device_get_interrupt_efd_by_index(&dev, VECTORS), -EINVAL);
	assert_int_equal(spdk_pci_device_get_interrupt_efd(&dev), g_fds[0]);
	assert_int_equal(eventfd_write(g_fds[1], 1), 0);
	assert_int_equal(eventfd_read(spdk_pci_device_get_interrupt_efd_by_index(&dev, 1), &value),
			 0);
	g_rearm_count = 0;
	assert_int_equal(env_pci_rearm_interrupts(&dev), 0);
	assert_int_equal(g_rearm_count, 1);
	assert_int_equal(spdk_pci_device_disable_interrupts(&dev), 0);
	assert_int_equal(g_enabled_count, 0);
	assert_int_equal(spdk_pci_device_enable_interrupt(&dev), 0);
	assert_int_equal(g_enabled_count, 1);
	assert_int_equal(spdk_pci_device_disable_interrupt(&dev), 0);
	assert_nothing_logged();
	assert_int_equal(spdk_pci_device_enable_interrupts(&dev, 0), -EINVAL);
	assert_one_error("efd_count is 0");
	spdk_pci_unhook_device(&dev);
}

static void
device_without_hook_has_no_interrupts(void **state)
{
	struct spdk_pci_device dev = make_device(0x10002), other = make_device(0x10003);

	assert_int_equal(env_pci_hook_device(spdk_pci_nvme_get_driver(), &other, &g_hook), 0);
	assert_int_equal(spdk_pci_hook_device(spdk_pci_nvme_get_driver(), &dev), 0);
	assert_int_equal(env_pci_interrupt_count_max(&dev), 0);
	assert_int_equal(spdk_pci_device_enable_interrupts(&dev, 1), -ENOTSUP);
	assert_one_error("has given it no interrupts");
	assert_int_equal(spdk_pci_device_get_interrupt_efd_by_index(&dev, 0), -ENOTSUP);
	assert_one_error("has given it no interrupts");
	assert_int_equal(spdk_pci_device_disable_interrupts(&dev), -ENOTSUP);
	assert_one_error("has given it no interrupts");
	assert_int_equal(env_pci_rearm_interrupts(&dev), 0);
	spdk_pci_unhook_device(&dev);
	spdk_pci_unhook_device(&other);
	assert_nothing_logged();
}

/* Also of memory that no device of the machine could reach, such as this function's. */
static void
program_is_told_addresses_of_the_process(void **state)
{
	struct spdk_pci_device dev = make_device(0x10004);
	const struct env_dma *dma;
	uint64_t size = 64 << 20;
	char byte;

	assert_int_equal(env_pci_hook_device(spdk_pci_nvme_get_driver(), &dev, &g_hook), 0);
	dma = env_dma_of_device(&dev);
	assert_string_equal(dma->name, "virtual");
	assert_int_equal(env_dma_address(dma, &byte), (uintptr_t)&byte);
	assert_int_equal(env_dma_address_run(dma, &byte, &size), (uintptr_t)&byte);
	assert_int_equal(size, 64 << 20);
	assert_int_equal(spdk_vtophys(&byte, NULL), SPDK_VTOPHYS_ERROR);
	spdk_pci_unhook_device(&dev);

	/* What was said is forgotten with the device. */
	assert_int_equal(spdk_pci_hook_device(spdk_pci_nvme_get_driver(), &dev), 0);
	dma = env_dma_of_device(&dev);
	assert_false(dma->is_virtual);
	assert_int_equal(env_dma_address(dma, &byte), ENV_DMA_ERROR);
	assert_int_equal(env_dma_address_run(dma, &byte, &size), ENV_DMA_ERROR);
	assert_int_equal(size, 64 << 20);
	assert_true(strlen(env_dma_explain(dma, &byte)) > 20);
	spdk_pci_unhook_device(&dev);
	assert_nothing_logged();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(interrupts_are_those_of_the_owner, setup, teardown),
		cmocka_unit_test_setup_teardown(device_without_hook_has_no_interrupts, setup,
						teardown),
		cmocka_unit_test_setup_teardown(program_is_told_addresses_of_the_process, setup,
						teardown),
	};

	return cmocka_run_group_tests_name("pci_hook", tests, NULL, NULL);
}
