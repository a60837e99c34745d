/* SPDX-License-Identifier: BSD-3-Clause */
/* Memory of the controller for data of commands: its memory buffer, its persistent region. */
#include "io/nvme/fake/driver_fixture.h"

#include <setjmp.h>

#include <cmocka.h>

#include "base/log_capture.h"

#define SIZE   4096
#define BLOCKS 8

static struct driver_host g_host;
static struct spdk_nvme_ns *g_ns;
static struct spdk_nvme_qpair *g_qpair;

static void
open_with(uint32_t cmb_mib, uint32_t pmr_mib)
{
	struct fake_opts opts;

	fake_opts_init(&opts);
	opts.cmb_mib = cmb_mib;
	opts.pmr_mib = pmr_mib;
	log_capture_start();
	driver_open(&g_host, &opts);
	g_ns = spdk_nvme_ctrlr_get_ns(g_host.ctrlr, 1);
	g_qpair = spdk_nvme_ctrlr_alloc_io_qpair(g_host.ctrlr, NULL, 0);
	assert_non_null(g_qpair);
}

static void
close_all(void)
{
	assert_int_equal(spdk_nvme_ctrlr_free_io_qpair(g_qpair), 0);
	driver_close(&g_host);
	log_capture_stop();
}

static void
do_read(void *buffer, uint64_t block)
{
	struct driver_done done = {.count = 0};

	assert_int_equal(
		spdk_nvme_ns_cmd_read(g_ns, g_qpair, buffer, block, BLOCKS, driver_done, &done, 0),
		0);
	driver_expect(&g_host, g_qpair, &done, 0);
}

static void
do_write(void *buffer, uint64_t block)
{
	struct driver_done done = {.count = 0};

	assert_int_equal(
		spdk_nvme_ns_cmd_write(g_ns, g_qpair, buffer, block, BLOCKS, driver_done, &done, 0),
		0);
	driver_expect(&g_host, g_qpair, &done, 0);
}

/* Block 0 comes into the memory of the controller, and goes from there to block 100. */
static void
copy_through(uint8_t *mapped, const uint8_t *memory)
{
	uint8_t *data = fake_ns_data(g_host.fake, 1);

	memset(data, 0x5a, SIZE);
	memset(data + 100 * 512, 0, SIZE);
	do_read(mapped, 0);
	assert_memory_equal(memory, data, SIZE);
	do_write(mapped, 100);
	assert_memory_equal(data + 100 * 512, data, SIZE);
}

static void
a_memory_buffer_is_mapped_without_being_reserved(void **state)
{
	size_t size = 0;
	uint8_t *mapped;

	open_with(4, 0);
	mapped = spdk_nvme_ctrlr_map_cmb(g_host.ctrlr, &size);
	assert_non_null(mapped);
	assert_int_equal(size, 4 << 20);
	copy_through(mapped, fake_cmb(g_host.fake));
	/* Again, it is the same; and it may be said before as well. */
	assert_ptr_equal(spdk_nvme_ctrlr_map_cmb(g_host.ctrlr, &size), mapped);
	spdk_nvme_ctrlr_unmap_cmb(g_host.ctrlr);
	assert_int_equal(spdk_nvme_ctrlr_reserve_cmb(g_host.ctrlr), 4 << 20);
	assert_ptr_equal(spdk_nvme_ctrlr_map_cmb(g_host.ctrlr, &size), mapped);
	assert_int_equal(log_capture_count(SPDK_LOG_ERROR), 0);
	close_all();
}

static void
a_controller_without_memory_is_no_error(void **state)
{
	size_t size = 1;

	open_with(0, 0);
	assert_null(spdk_nvme_ctrlr_map_cmb(g_host.ctrlr, &size));
	assert_int_equal(size, 0);
	assert_int_equal(spdk_nvme_ctrlr_reserve_cmb(g_host.ctrlr), -ENOTSUP);
	assert_null(spdk_nvme_ctrlr_map_pmr(g_host.ctrlr, &size));
	assert_int_equal(spdk_nvme_ctrlr_enable_pmr(g_host.ctrlr), -ENOTSUP);
	assert_int_equal(log_capture_count(SPDK_LOG_ERROR), 0);
	close_all();
}

static uint8_t *
map_pmr(void)
{
	size_t size = 0;
	uint8_t *mapped = spdk_nvme_ctrlr_map_pmr(g_host.ctrlr, &size);

	assert_non_null(mapped);
	assert_int_equal(size, 2 << 20);
	return mapped;
}

static void
a_persistent_region_is_known_by_its_address_whenever_it_is_on(void **state)
{
	uint8_t *mapped;

	open_with(0, 2);
	assert_int_equal(spdk_nvme_ctrlr_enable_pmr(g_host.ctrlr), 0);
	copy_through(map_pmr(), fake_pmr(g_host.fake));
	/* Off and on again: once with another mapping, once with the same. */
	assert_int_equal(spdk_nvme_ctrlr_unmap_pmr(g_host.ctrlr), 0);
	assert_int_equal(spdk_nvme_ctrlr_disable_pmr(g_host.ctrlr), 0);
	assert_int_equal(spdk_nvme_ctrlr_enable_pmr(g_host.ctrlr), 0);
	mapped = map_pmr();
	copy_through(mapped, fake_pmr(g_host.fake));
	assert_int_equal(spdk_nvme_ctrlr_disable_pmr(g_host.ctrlr), 0);
	assert_int_equal(spdk_nvme_ctrlr_enable_pmr(g_host.ctrlr), 0);
	copy_through(mapped, fake_pmr(g_host.fake));
	assert_int_equal(log_capture_count(SPDK_LOG_ERROR), 0);
	close_all();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_memory_buffer_is_mapped_without_being_reserved),
		cmocka_unit_test(a_controller_without_memory_is_no_error),
		cmocka_unit_test(a_persistent_region_is_known_by_its_address_whenever_it_is_on),
	};

	return cmocka_run_group_tests(tests, driver_setup_env, driver_teardown_env);
}
