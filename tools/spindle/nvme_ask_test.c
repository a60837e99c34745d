/* SPDX-License-Identifier: BSD-3-Clause */
/* Questions that are answered in time, too late, or not at all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "nvme.h"

#include "io/nvme/fake/driver_fixture.h"

/* In microseconds; the tool waits for a minute of them. */
#define LATE_US   (100 * UINT64_C(1000000))
#define LOOK_US   10000
#define UNTOUCHED 0xa5

static struct driver_host g_host;
static uint8_t g_page[SPDK_NVME_IDENTIFY_BUFLEN];

static int
set_up(void **state)
{
	struct fake_opts opts;

	fake_opts_init(&opts);
	driver_open(&g_host, &opts);
	virtual_clock_set_look_us(LOOK_US);
	memset(g_page, UNTOUCHED, sizeof(g_page));
	return 0;
}

static int
tear_down(void **state)
{
	driver_close(&g_host);
	return 0;
}

static void
want_untouched_page(void)
{
	for (size_t i = 0; i < sizeof(g_page); i++) {
		assert_int_equal(g_page[i], UNTOUCHED);
	}
}

static void
an_answer_in_time_is_the_callers(void **state)
{
	const struct spdk_nvme_ctrlr_data *data = (void *)g_page;

	assert_int_equal(nvme_ask_identify(g_host.ctrlr, SPDK_NVME_IDENTIFY_CTRLR, 0, g_page),
			 STATUS_OK);
	assert_int_equal(data->vid, FAKE_VENDOR_ID);
}

static void
a_refusal_brings_no_data(void **state)
{
	assert_int_equal(nvme_ask_identify(g_host.ctrlr, 0xc7, 0, g_page), STATUS_REFUSED);
	want_untouched_page();
}

static uint32_t
plant_at_identify(enum fake_fault_kind kind, uint64_t us)
{
	return fake_plant(g_host.fake, &(struct fake_fault){.kind = kind,
							    .where = FAKE_AT_ADMIN_COMMAND,
							    .opcode = SPDK_NVME_OPC_IDENTIFY,
							    .us = us});
}

/* The caller has its buffer again when it has been told, and may have freed it. */
static void
an_answer_that_comes_too_late_touches_nothing(void **state)
{
	uint64_t begun = virtual_clock_us();
	struct fake_stats stats;

	(void)plant_at_identify(FAKE_FAULT_LATE, LATE_US);
	assert_int_equal(nvme_ask_identify(g_host.ctrlr, SPDK_NVME_IDENTIFY_CTRLR, 0, g_page),
			 STATUS_REFUSED);
	assert_true(virtual_clock_us() - begun < LATE_US);
	while (virtual_clock_us() - begun < 2 * LATE_US) {
		(void)spdk_get_ticks(); /* For the step. */
		assert_true(spdk_nvme_ctrlr_process_admin_completions(g_host.ctrlr) >= 0);
	}
	fake_get_stats(g_host.fake, &stats);
	assert_int_equal(stats.pending, 0);
	want_untouched_page();
}

static void
an_answer_that_never_comes_ends_with_the_controller(void **state)
{
	(void)plant_at_identify(FAKE_FAULT_NEVER, 0);
	assert_int_equal(nvme_ask_identify(g_host.ctrlr, SPDK_NVME_IDENTIFY_CTRLR, 0, g_page),
			 STATUS_REFUSED);
	fake_clear_faults(g_host.fake);
	want_untouched_page();
}

#define ASK_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ASK_TEST(an_answer_in_time_is_the_callers),
		ASK_TEST(a_refusal_brings_no_data),
		ASK_TEST(an_answer_that_comes_too_late_touches_nothing),
		ASK_TEST(an_answer_that_never_comes_ends_with_the_controller),
	};

	return cmocka_run_group_tests(tests, driver_setup_env, driver_teardown_env);
}
