/* SPDX-License-Identifier: BSD-3-Clause */
/* What is asked of volume management devices is refused, and explained once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/log_capture.h"
#include "spdk/vmd.h"

static void
all_of_it_is_refused_and_explained_once(void **state)
{
	enum spdk_vmd_led_state led = SPDK_VMD_LED_STATE_FAULT;
	struct spdk_pci_addr addr = {0};

	log_capture_start();
	assert_int_equal(spdk_vmd_init(), -ENOTSUP);
	assert_one_error("modprobe vmd");
	assert_int_equal(spdk_vmd_pci_device_list(addr, NULL), -ENOTSUP);
	assert_int_equal(spdk_vmd_set_led_state(NULL, led), -ENOTSUP);
	assert_int_equal(spdk_vmd_get_led_state(NULL, &led), -ENOTSUP);
	assert_int_equal(led, SPDK_VMD_LED_STATE_FAULT);
	assert_int_equal(spdk_vmd_hotplug_monitor(), -ENOTSUP);
	assert_int_equal(spdk_vmd_remove_device(&addr), -ENOTSUP);
	assert_int_equal(spdk_vmd_rescan(), -ENOTSUP);
	spdk_vmd_fini();
	assert_true(log_captured_nothing());
	log_capture_stop();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_of_it_is_refused_and_explained_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
