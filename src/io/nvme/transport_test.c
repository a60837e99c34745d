/* SPDX-License-Identifier: BSD-3-Clause */
/* Transports of the program's own, how they are found, and the options of all of them. */
#include "io/nvme/transport.h"

#include "spdk/env.h"
#include "spdk/nvme.h"

#include <setjmp.h>

#include <cmocka.h>

#include "base/log_capture.h"

/* More than there may be. */
#define TOO_MANY (NVME_TRANSPORTS_MAX + 1)

static uint32_t g_scans;
static uint32_t g_direct_scans;
static uint32_t g_attached_scans;
static int g_rc;

static int
scan(struct spdk_nvme_probe_ctx *probe_ctx, bool direct_connect)
{
	g_scans++;
	g_direct_scans += direct_connect;
	return g_rc;
}

static int
scan_attached(struct spdk_nvme_probe_ctx *probe_ctx)
{
	g_attached_scans++;
	return g_rc;
}

static int
scan_of_another(struct spdk_nvme_probe_ctx *probe_ctx, bool direct_connect)
{
	fail_msg("another transport was asked");
	return -EIO;
}

static struct spdk_nvme_transport_ops g_ops = {
	.name = "LOOP",
	.type = SPDK_NVME_TRANSPORT_CUSTOM,
	.ctrlr_scan = scan,
	.ctrlr_scan_attached = scan_attached,
};

SPDK_NVME_TRANSPORT_REGISTER(loop, &g_ops)

static struct spdk_nvme_transport_id
trid_of(const char *trstring, const char *traddr)
{
	struct spdk_nvme_transport_id trid = {.trtype = SPDK_NVME_TRANSPORT_CUSTOM};

	assert_int_equal(spdk_nvme_transport_id_populate_trstring(&trid, trstring), 0);
	(void)snprintf(trid.traddr, sizeof(trid.traddr), "%s", traddr);
	return trid;
}

static int
setup(void **state)
{
	g_scans = 0;
	g_direct_scans = 0;
	g_attached_scans = 0;
	g_rc = 0;
	log_capture_start();
	return 0;
}

static int
teardown(void **state)
{
	log_capture_stop();
	return 0;
}

static void
what_is_there_is_told_by_type_and_by_name(void **state)
{
	assert_true(spdk_nvme_transport_available(SPDK_NVME_TRANSPORT_PCIE));
	assert_false(spdk_nvme_transport_available(SPDK_NVME_TRANSPORT_TCP));
	assert_false(spdk_nvme_transport_available(SPDK_NVME_TRANSPORT_RDMA));
	assert_true(spdk_nvme_transport_available_by_name("PCIE"));
	assert_true(spdk_nvme_transport_available_by_name("pcie"));
	assert_false(spdk_nvme_transport_available_by_name("PCI"));
	assert_false(spdk_nvme_transport_available_by_name("TCP"));
	assert_false(spdk_nvme_transport_available_by_name(""));
	/* Of those that share a type, the name tells. */
	assert_true(spdk_nvme_transport_available_by_name("Loop"));
	assert_false(spdk_nvme_transport_available(SPDK_NVME_TRANSPORT_CUSTOM));
}

static void
a_transport_is_asked_by_its_name(void **state)
{
	struct spdk_nvme_transport_id all = trid_of("loop", ""), one = trid_of("loop", "1");
	struct spdk_nvme_transport_id none = trid_of("pool", "1");

	/* It was copied when it was registered. */
	g_ops.ctrlr_scan = scan_of_another;
	assert_int_equal(spdk_nvme_probe(&all, NULL, NULL, NULL, NULL), 0);
	assert_int_equal(g_scans, 1);
	assert_int_equal(g_direct_scans, 0);
	assert_nothing_logged();
	assert_null(spdk_nvme_connect(&one, NULL, 0));
	assert_int_equal(g_scans, 2);
	assert_int_equal(g_direct_scans, 1);
	log_capture_start();
	g_rc = -ENODEV;
	assert_true(spdk_nvme_probe(&all, NULL, NULL, NULL, NULL) < 0);
	assert_one_error("transport LOOP could not be searched");
	assert_int_equal(g_scans, 3);
	assert_int_equal(spdk_nvme_scan_attached(&all), -ENODEV);
	assert_int_equal(g_attached_scans, 1);
	assert_nothing_logged();

	assert_null(spdk_nvme_connect(&none, NULL, 0));
	assert_one_error("no NVMe transport \"POOL\"");
	assert_int_equal(spdk_nvme_scan_attached(&none), -ENOTSUP);
	assert_one_error("no NVMe transport \"POOL\"");
	assert_int_equal(g_scans, 3);
}

static void
a_name_that_is_taken_or_none_is_left_out(void **state)
{
	struct spdk_nvme_transport_ops ops = {.name = "loop", .ctrlr_scan = scan_of_another};
	struct spdk_nvme_transport_id trid = trid_of("LOOP", "");

	spdk_nvme_transport_register(&ops);
	assert_one_error("loop is registered twice: the first one stays");
	assert_int_equal(spdk_nvme_probe(&trid, NULL, NULL, NULL, NULL), 0);
	assert_int_equal(g_scans, 1);
	ops.name[0] = '\0';
	spdk_nvme_transport_register(&ops);
	assert_one_error("cannot be registered: its name is empty, or too long");
	assert_false(spdk_nvme_transport_available_by_name(""));
	memset(ops.name, 'X', sizeof(ops.name));
	spdk_nvme_transport_register(&ops);
	assert_one_error("cannot be registered: its name is empty, or too long");
}

/* The last test: nothing is taken back. */
static void
more_than_there_is_room_for_are_left_out(void **state)
{
	struct spdk_nvme_transport_ops ops = {.type = SPDK_NVME_TRANSPORT_CUSTOM};
	uint32_t registered = 0;

	for (uint32_t i = 0; i < TOO_MANY; i++) {
		(void)snprintf(ops.name, sizeof(ops.name), "OWN%u", i);
		spdk_nvme_transport_register(&ops);
		registered += spdk_nvme_transport_available_by_name(ops.name);
	}
	/* Besides that of PCIe, and the one above. */
	assert_int_equal(registered, NVME_TRANSPORTS_MAX - 2);
	assert_true(log_captured("OWN16 cannot be registered", NULL));
	assert_true(spdk_nvme_transport_available(SPDK_NVME_TRANSPORT_PCIE));
}

/* ---- Options ---- */

static void
options_are_kept_as_they_were_set(void **state)
{
	struct spdk_nvme_transport_opts before, opts;

	memset(&before, 0xff, sizeof(before));
	spdk_nvme_transport_get_opts(&before, sizeof(before));
	assert_int_equal(before.opts_size, sizeof(before));
	assert_int_equal(before.rdma_srq_size, 0);
	opts = before;
	opts.rdma_srq_size = 1024;
	opts.rdma_max_cq_size = 4096;
	opts.rdma_cm_event_timeout_ms = 7;
	opts.rdma_umr_per_io = true;
	opts.tcp_connect_timeout_ms = 8;
	assert_int_equal(spdk_nvme_transport_set_opts(&opts, sizeof(opts)), 0);
	memset(&opts, 0, sizeof(opts));
	spdk_nvme_transport_get_opts(&opts, sizeof(opts));
	assert_int_equal(opts.rdma_srq_size, 1024);
	assert_int_equal(opts.rdma_max_cq_size, 4096);
	assert_int_equal(opts.rdma_cm_event_timeout_ms, 7);
	assert_true(opts.rdma_umr_per_io);
	assert_int_equal(opts.tcp_connect_timeout_ms, 8);
	assert_int_equal(spdk_nvme_transport_set_opts(&before, sizeof(before)), 0);
}

/* As of a program that was compiled when there were fewer options, or when there will be more. */
static void
options_of_other_sizes_are_understood(void **state)
{
	struct {
		struct spdk_nvme_transport_opts known;
		uint64_t future;
	} larger;
	const size_t old_size = offsetof(struct spdk_nvme_transport_opts, rdma_max_cq_size);
	struct spdk_nvme_transport_opts before, opts;

	spdk_nvme_transport_get_opts(&before, sizeof(before));
	memset(&opts, 0xff, sizeof(opts));
	spdk_nvme_transport_get_opts(&opts, old_size);
	assert_int_equal(opts.rdma_srq_size, before.rdma_srq_size);
	assert_int_equal(opts.opts_size, old_size);
	assert_int_equal(opts.rdma_max_cq_size, UINT32_MAX);
	assert_int_equal(opts.tcp_connect_timeout_ms, UINT32_MAX);
	opts.rdma_srq_size = 5;
	assert_int_equal(spdk_nvme_transport_set_opts(&opts, old_size), 0);

	memset(&larger, 0xff, sizeof(larger));
	spdk_nvme_transport_get_opts(&larger.known, sizeof(larger));
	assert_int_equal(larger.known.opts_size, sizeof(larger));
	assert_int_equal(larger.future, UINT64_MAX);
	assert_int_equal(larger.known.rdma_srq_size, 5);
	assert_int_equal(larger.known.rdma_max_cq_size, before.rdma_max_cq_size);
	assert_int_equal(larger.known.tcp_connect_timeout_ms, before.tcp_connect_timeout_ms);
	larger.known.tcp_connect_timeout_ms = 6;
	assert_int_equal(spdk_nvme_transport_set_opts(&larger.known, sizeof(larger)), 0);
	spdk_nvme_transport_get_opts(&opts, sizeof(opts));
	assert_int_equal(opts.opts_size, sizeof(opts));
	assert_int_equal(opts.tcp_connect_timeout_ms, 6);
	assert_int_equal(spdk_nvme_transport_set_opts(&before, sizeof(before)), 0);
	assert_nothing_logged();
}

static void
no_options_are_refused(void **state)
{
	struct spdk_nvme_transport_opts opts;

	memset(&opts, 0x5a, sizeof(opts));
	assert_int_equal(spdk_nvme_transport_set_opts(NULL, sizeof(opts)), -EINVAL);
	assert_one_error("opts is NULL");
	assert_int_equal(spdk_nvme_transport_set_opts(&opts, 0), -EINVAL);
	assert_one_error("opts_size is 0");
	spdk_nvme_transport_get_opts(NULL, sizeof(opts));
	assert_one_error("opts is NULL");
	spdk_nvme_transport_get_opts(&opts, 0);
	assert_one_error("opts_size is 0");
	assert_int_equal(opts.rdma_srq_size, 0x5a5a5a5a);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_there_is_told_by_type_and_by_name),
		TEST(a_transport_is_asked_by_its_name),
		TEST(a_name_that_is_taken_or_none_is_left_out),
		TEST(options_are_kept_as_they_were_set),
		TEST(options_of_other_sizes_are_understood),
		TEST(no_options_are_refused),
		TEST(more_than_there_is_room_for_are_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
