/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The method that shows PCI devices, with a device that is not the machine's.
 */
#include "app/rpc/app_rpc_fixture.h"

static struct spdk_pci_id g_ids[] = {{.class_id = SPDK_PCI_CLASS_ANY_ID,
				      .vendor_id = 0x1234,
				      .device_id = 0x5678,
				      .subvendor_id = SPDK_PCI_ANY_ID,
				      .subdevice_id = SPDK_PCI_ANY_ID},
				     {.vendor_id = 0}};

SPDK_PCI_DRIVER_REGISTER(pci_rpc_test, g_ids, 0)

static struct spdk_pci_device g_device;
static bool g_is_readable = true;
static int g_rc;

static int
read_config(struct spdk_pci_device *dev, void *value, uint32_t len, uint32_t offset)
{
	memset(value, 0xab, len);
	return g_is_readable ? 0 : -EIO;
}

static void
hook(void *arg)
{
	(void)spdk_pci_addr_parse(&g_device.addr, "20000:01:02.3");
	g_device.id = g_ids[0];
	g_device.type = "imaginary";
	g_device.cfg_read = read_config;
	g_rc = spdk_pci_hook_device(spdk_pci_get_driver("pci_rpc_test"), &g_device);
}

static int
take(void *ctx, struct spdk_pci_device *dev)
{
	return 0;
}

static void
attach(void *arg)
{
	g_rc = spdk_pci_enumerate(spdk_pci_get_driver("pci_rpc_test"), take, NULL);
}

static void
unhook(void *arg)
{
	spdk_pci_device_detach(&g_device);
	spdk_pci_unhook_device(&g_device);
}

static void
attached_devices_are_shown_with_their_configuration_space(void **state)
{
	struct spdk_json_val *device, *space;
	uint32_t i;

	expect("framework_get_pci_devices", NULL, "[]");
	run_on_app(hook, NULL);
	assert_int_equal(g_rc, 0);
	expect("framework_get_pci_devices", NULL, "[]");
	run_on_app(attach, NULL);
	assert_int_equal(g_rc, 0);
	call("framework_get_pci_devices", NULL);
	assert_int_equal(spdk_json_array_count(g_test.result), 1);
	device = g_test.result + 1;
	assert_int_equal(count_members(device), 2);
	assert_true(member_is(device, "address", "20000:01:02.3"));
	space = member(device, "config_space", SPDK_JSON_VAL_STRING);
	assert_int_equal(space->len, 512);
	for (i = 0; i < space->len; i++) {
		assert_int_equal(tolower(((const char *)space->start)[i]), i % 2 == 0 ? 'a' : 'b');
	}
	g_is_readable = false;
	expect("framework_get_pci_devices", NULL,
	       "[{\"address\":\"20000:01:02.3\",\"config_space\":\"\"}]");
	run_on_app(unhook, NULL);
	expect("framework_get_pci_devices", NULL, "[]");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(attached_devices_are_shown_with_their_configuration_space),
	};

	return cmocka_run_group_tests(tests, app_set_up, app_tear_down);
}
