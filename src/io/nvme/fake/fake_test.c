/* SPDX-License-Identifier: BSD-3-Clause */
/* The fake by itself, with a host that has no driver: registers, queues, commands, pointers. */
#include "io/nvme/fake/raw_host_fixture.h"

#include <setjmp.h>

#include <cmocka.h>

#define PAGE           4096
#define GENERIC(name)  (SPDK_NVME_SCT_GENERIC << 8 | SPDK_NVME_SC_##name)
#define SPECIFIC(name) (SPDK_NVME_SCT_COMMAND_SPECIFIC << 8 | SPDK_NVME_SC_##name)
#define MEDIA(name)    (SPDK_NVME_SCT_MEDIA_ERROR << 8 | SPDK_NVME_SC_##name)

static struct raw_host g_host;

/* Enabled, with one pair of I/O queues of 8 entries. */
static void
open_ready(const struct fake_opts *opts)
{
	raw_open(&g_host, opts);
	raw_enable(&g_host, 32);
	raw_create_queues(&g_host, 1, 8);
}

static void
open_default(void)
{
	struct fake_opts opts;

	fake_opts_init(&opts);
	open_ready(&opts);
}

static void
ready_follows_enable(void **state)
{
	struct fake_opts opts;

	fake_opts_init(&opts);
	opts.ready_steps = 5;
	raw_open(&g_host, &opts);
	raw_enable(&g_host, 2);
	raw_disable(&g_host);
	raw_enable(&g_host, 2);
	raw_close(&g_host);
}

static void
identify_tells_controller_and_namespaces(void **state)
{
	struct spdk_nvme_ctrlr_data *ctrlr;
	struct spdk_nvme_ns_data *ns;
	uint32_t *list;

	open_default();
	ctrlr = raw_identify(&g_host, SPDK_NVME_IDENTIFY_CTRLR, 0, 0);
	assert_int_equal(ctrlr->vid, FAKE_VENDOR_ID);
	assert_int_equal(ctrlr->mdts, 5);
	list = raw_identify(&g_host, SPDK_NVME_IDENTIFY_ACTIVE_NS_LIST, 0, 0);
	assert_int_equal(list[0], 1);
	assert_int_equal(list[1], 0);
	ns = raw_identify(&g_host, SPDK_NVME_IDENTIFY_NS, 1, 0);
	assert_int_equal(ns->nsze, 8192);
	assert_int_equal(ns->lbaf[0].lbads, 9);
	raw_close(&g_host);
}

static void
what_is_written_is_read(void **state)
{
	uint8_t *out, *in;

	open_default();
	out = raw_memory(2 * PAGE);
	in = raw_memory(PAGE);
	memset(out, 0x5a, PAGE);
	assert_int_equal(raw_run_status(&g_host, 1, raw_io(SPDK_NVME_OPC_WRITE, 16, 8, out)), 0);
	assert_int_equal(raw_run_status(&g_host, 1, raw_io(SPDK_NVME_OPC_READ, 16, 8, in)), 0);
	assert_memory_equal(in, out, PAGE);
	assert_memory_equal(fake_ns_data(g_host.fake, 1) + 16 * 512, out, PAGE);
	/* Around the queues more than once. */
	for (uint32_t i = 0; i < 40; i++) {
		assert_int_equal(raw_run_status(&g_host, 1, raw_io(SPDK_NVME_OPC_READ, i, 1, in)),
				 0);
	}
	assert_int_equal(raw_run_status(&g_host, 1, raw_io(SPDK_NVME_OPC_READ, 8192, 1, in)),
			 GENERIC(LBA_OUT_OF_RANGE));
	raw_close(&g_host);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ready_follows_enable),
		cmocka_unit_test(identify_tells_controller_and_namespaces),
		cmocka_unit_test(what_is_written_is_read),
	};

	return cmocka_run_group_tests(tests, raw_setup_env, raw_teardown_env);
}
