/* SPDX-License-Identifier: BSD-3-Clause */
/* Devices that are plugged in while the program runs, in a machine with a kernel that is made up.
 */
#include "env/posix/fake_kernel_fixture.h"
#include "spdk/env.h"
#include "spdk/nvme.h"

#include <setjmp.h>

#include <cmocka.h>

#define THERE   "0000:01:00.0"
#define PLUGGED "0000:02:00.0"

static char g_asked_about[SPDK_NVMF_TRADDR_MAX_LEN + 1];
static uint32_t g_asked;
static bool g_is_wanted;

/* In place of the environment's: this machine may give no events, and the fake kernel does. */
int
spdk_pci_event_listen(void)
{
	return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static bool
filter(const struct spdk_pci_addr *addr)
{
	g_asked++;
	assert_int_equal(spdk_pci_addr_fmt(g_asked_about, sizeof(g_asked_about), addr), 0);
	return g_is_wanted;
}

/* Only one device is this program's, unless the filter says otherwise. */
static int
setup(void **state)
{
	struct spdk_env_opts opts = {.opts_size = sizeof(opts)};
	struct spdk_pci_addr allowed;

	assert_int_equal(fake_kernel_start(state), 0);
	fake_kernel_device(THERE, NULL, "uio_pci_generic");
	assert_int_equal(spdk_pci_addr_parse(&allowed, THERE), 0);
	spdk_env_opts_init(&opts);
	opts.no_huge = true;
	opts.pci_allowed = &allowed;
	opts.num_pci_addr = 1;
	assert_int_equal(spdk_env_init(&opts), 0);
	g_asked = 0;
	return 0;
}

static int
teardown(void **state)
{
	spdk_nvme_pcie_set_hotplug_filter(NULL);
	spdk_env_fini();
	return fake_kernel_stop(state);
}

/* A device, which is given to user space at once. */
static void
plug_in(void)
{
	fake_kernel_device(PLUGGED, NULL, "uio_pci_generic");
	fake_kernel_event("uio", "add", PLUGGED);
}

/* Which of the two a probe has found: one bit each. */
static bool
note_found(void *cb_ctx, const struct spdk_nvme_transport_id *trid,
	   struct spdk_nvme_ctrlr_opts *opts)
{
	*(uint32_t *)cb_ctx |= strcmp(trid->traddr, THERE) == 0 ? 1 : 2;
	return false;
}

static uint32_t
probe(void)
{
	uint32_t found = 0;

	assert_int_equal(spdk_nvme_probe(NULL, &found, note_found, NULL, NULL), 0);
	return found;
}

static void
without_a_filter_all_are_wanted(void **state)
{
	assert_int_equal(probe(), 1);
	plug_in();
	assert_int_equal(probe(), 3);
}

static void
a_filter_is_asked_once_about_each_that_comes(void **state)
{
	g_is_wanted = true;
	spdk_nvme_pcie_set_hotplug_filter(filter);
	assert_int_equal(probe(), 1);
	/* That was there before. */
	assert_int_equal(g_asked, 0);
	plug_in();
	assert_int_equal(probe(), 3);
	assert_int_equal(g_asked, 1);
	assert_string_equal(g_asked_about, PLUGGED);
	assert_int_equal(probe(), 3);
	assert_int_equal(g_asked, 1);
}

static void
what_a_filter_refuses_stays_hidden(void **state)
{
	g_is_wanted = false;
	spdk_nvme_pcie_set_hotplug_filter(filter);
	plug_in();
	assert_int_equal(probe(), 1);
	assert_int_equal(g_asked, 1);
	assert_int_equal(probe(), 1);
	/* Nobody is asked about what goes. It comes another time, and is welcome. */
	fake_kernel_event("uio", "remove", PLUGGED);
	assert_int_equal(probe(), 1);
	spdk_nvme_pcie_set_hotplug_filter(NULL);
	fake_kernel_event("uio", "add", PLUGGED);
	assert_int_equal(probe(), 3);
	assert_int_equal(g_asked, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(without_a_filter_all_are_wanted),
		TEST(a_filter_is_asked_once_about_each_that_comes),
		TEST(what_a_filter_refuses_stays_hidden),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
