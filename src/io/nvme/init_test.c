/* SPDX-License-Identifier: BSD-3-Clause */
/* Initialisation: what is known of a controller afterwards, and that every way to fail ends. */
#include "io/nvme/ctrlr_fixture.h"

#include "base/log_capture.h"
#include "spdk/nvme_kv.h"

/* Commands of an initialisation, at most; a fault is planted at each of them. */
#define COMMANDS_MAX 60
#define TIMEOUT_MS   20

static struct ctrlr_host g_host;

static void
a_controller_is_attached_identified_and_left(void **state)
{
	const struct spdk_nvme_ctrlr_data *cdata;
	struct fake_stats stats;
	struct fake_opts opts;
	struct spdk_nvme_ns *ns;

	fake_opts_init(&opts);
	opts.ns[1] = (struct fake_ns_opts){.blocks = 1024, .block_size = 4096, .md_size = 8};
	ctrlr_open(&g_host, &opts);
	cdata = spdk_nvme_ctrlr_get_data(g_host.ctrlr);
	assert_int_equal(cdata->vid, FAKE_VENDOR_ID);
	assert_int_equal(spdk_nvme_ctrlr_get_max_xfer_size(g_host.ctrlr), 128 * 1024);
	assert_int_equal(spdk_nvme_ctrlr_get_first_active_ns(g_host.ctrlr), 1);
	assert_int_equal(spdk_nvme_ctrlr_get_next_active_ns(g_host.ctrlr, 1), 2);
	assert_int_equal(spdk_nvme_ctrlr_get_next_active_ns(g_host.ctrlr, 2), 0);
	ns = spdk_nvme_ctrlr_get_ns(g_host.ctrlr, 1);
	assert_int_equal(spdk_nvme_ns_get_sector_size(ns), 512);
	assert_int_equal(spdk_nvme_ns_get_num_sectors(ns), 8192);
	ns = spdk_nvme_ctrlr_get_ns(g_host.ctrlr, 2);
	assert_int_equal(spdk_nvme_ns_get_sector_size(ns), 4096);
	assert_int_equal(spdk_nvme_ns_get_md_size(ns), 8);
	assert_false(spdk_nvme_ns_is_active(spdk_nvme_ctrlr_get_ns(g_host.ctrlr, 3)));
	ctrlr_detach(&g_host);
	fake_get_stats(g_host.fake, &stats);
	assert_int_equal(stats.shutdowns, 1);
	ctrlr_close(&g_host);
}

static void
fewer_queues_than_wanted_are_taken(void **state)
{
	struct spdk_nvme_qpair *qpairs[3];
	struct fake_opts opts;

	fake_opts_init(&opts);
	opts.io_queues = 2;
	ctrlr_open(&g_host, &opts);
	assert_int_equal(spdk_nvme_ctrlr_get_opts(g_host.ctrlr)->num_io_queues, 2);
	for (int i = 0; i < 3; i++) {
		qpairs[i] = ctrlr_alloc_qpair(&g_host);
	}
	assert_non_null(qpairs[0]);
	assert_non_null(qpairs[1]);
	assert_null(qpairs[2]);
	ctrlr_free_qpair(&g_host, qpairs[0]);
	qpairs[0] = ctrlr_alloc_qpair(&g_host);
	assert_non_null(qpairs[0]);
	ctrlr_close(&g_host);
}

static void
want_no_command_set(struct spdk_nvme_ctrlr_opts *opts)
{
	opts->command_set = SPDK_NVME_CC_CSS_NOIO - 2;
}

static void
want_vendor_arbitration(struct spdk_nvme_ctrlr_opts *opts)
{
	opts->arb_mechanism = SPDK_NVME_CC_AMS_VS;
}

static void
options_that_cannot_be_had_are_refused(void **state)
{
	ctrlr_host_init(&g_host, NULL);
	g_host.change_opts = want_no_command_set;
	ctrlr_attach(&g_host);
	assert_int_equal(g_host.rc, -EINVAL);
	g_host.change_opts = want_vendor_arbitration;
	ctrlr_attach(&g_host);
	assert_int_equal(g_host.rc, -EINVAL);
	g_host.change_opts = NULL;
	ctrlr_attach(&g_host);
	assert_int_equal(g_host.rc, 0);
	ctrlr_close(&g_host);
}

static void
want_two_entries(struct spdk_nvme_ctrlr_opts *opts)
{
	opts->admin_queue_size = 2;
}

/* Requests for events stay in the queue. */
static void
an_admin_queue_has_room_beside_the_requests_for_events(void **state)
{
	struct fake_opts opts;

	fake_opts_init(&opts);
	opts.aerl = NVME_ASYNC_EVENTS_MAX - 1;
	ctrlr_host_init(&g_host, &opts);
	g_host.admin_timeout_ms = 5000;
	g_host.change_opts = want_two_entries;
	log_capture_start();
	ctrlr_attach(&g_host);
	assert_int_equal(g_host.rc, 0);
	assert_true(log_captured("16 entries instead of admin_queue_size = 2", NULL));
	log_capture_stop();
	assert_int_equal(spdk_nvme_ctrlr_get_opts(g_host.ctrlr)->admin_queue_size, 16);
	ctrlr_close(&g_host);
}

/* Where the fake's list of descriptors says the command set. */
#define OFFSET_OF_CSI 56

/* Namespace 1 is of this command set from now on; what Identify says of it is zeros. */
static void
change_command_set(enum spdk_nvme_csi csi)
{
	struct fake_fault descriptors = {
		.kind = FAKE_FAULT_DATA_PATCH,
		.where = FAKE_AT_ADMIN_COMMAND,
		.opcode = SPDK_NVME_OPC_IDENTIFY,
		.cdw10 = SPDK_NVME_IDENTIFY_NS_ID_DESCRIPTOR_LIST,
		.cdw10_mask = 0xff,
		.offset = OFFSET_OF_CSI,
		.size = 1,
		.value = csi,
	};
	struct fake_fault data = {
		.kind = FAKE_FAULT_STATUS,
		.where = FAKE_AT_ADMIN_COMMAND,
		.opcode = SPDK_NVME_OPC_IDENTIFY,
		.cdw10 = SPDK_NVME_IDENTIFY_NS_IOCS,
		.cdw10_mask = 0xff,
	};

	fake_clear_faults(g_host.fake);
	fake_plant(g_host.fake, &descriptors);
	fake_plant(g_host.fake, &data);
	fake_start(g_host.fake);
	assert_int_equal(nvme_ns_refresh(g_host.ctrlr), 0);
	fake_stop(g_host.fake);
}

/* Deleted and made anew between two looks at the list. */
static void
an_id_that_comes_back_with_another_command_set_is_of_that_one(void **state)
{
	struct spdk_nvme_ns *ns;

	ctrlr_open(&g_host, NULL);
	ns = spdk_nvme_ctrlr_get_ns(g_host.ctrlr, 1);
	assert_int_equal(spdk_nvme_ns_get_sector_size(ns), 512);
	change_command_set(SPDK_NVME_CSI_KV);
	assert_int_equal(spdk_nvme_ns_get_csi(ns), SPDK_NVME_CSI_KV);
	assert_non_null(spdk_nvme_kv_ns_get_data(ns));
	assert_int_equal(spdk_nvme_ns_get_sector_size(ns), 0);
	assert_true(spdk_nvme_ns_is_active(ns));
	change_command_set(SPDK_NVME_CSI_ZNS);
	assert_int_equal(spdk_nvme_ns_get_csi(ns), SPDK_NVME_CSI_ZNS);
	assert_null(spdk_nvme_kv_ns_get_data(ns));
	assert_non_null(spdk_nvme_zns_ns_get_data(ns));
	assert_int_equal(spdk_nvme_ns_get_sector_size(ns), 512);
	change_command_set(SPDK_NVME_CSI_NVM);
	assert_int_equal(spdk_nvme_ns_get_csi(ns), SPDK_NVME_CSI_NVM);
	assert_null(spdk_nvme_zns_ns_get_data(ns));
	assert_int_equal(spdk_nvme_ns_get_sector_size(ns), 512);
	ctrlr_close(&g_host);
}

static void
stuck_at(enum fake_fault_where where, uint64_t ms_least)
{
	struct fake_fault fault = {.kind = FAKE_FAULT_STUCK, .where = where, .count = 1};
	uint64_t begin, ms;
	struct fake_opts opts;

	fake_opts_init(&opts);
	opts.timeout = 1;
	ctrlr_host_init(&g_host, &opts);
	fake_plant(g_host.fake, &fault);
	begin = spdk_get_ticks();
	ctrlr_attach(&g_host);
	ms = (spdk_get_ticks() - begin) * 1000 / spdk_get_ticks_hz();
	assert_int_equal(g_host.rc, -ETIMEDOUT);
	if (ms < ms_least) {
		fail_msg("%" PRIu64 " ms passed instead of %" PRIu64 "\n", ms, ms_least);
	}
	ctrlr_close(&g_host);
}

static void
a_controller_that_never_is_ready_is_given_up(void **state)
{
	stuck_at(FAKE_AT_ENABLE, 500);
}

/* One fault at every `stride`th command in turn. Returns how many of the attempts failed. */
static uint32_t
sweep(enum fake_fault_kind kind, int rc, uint32_t stride)
{
	uint32_t failures = 0, number;

	for (uint32_t skip = 0; skip < COMMANDS_MAX; skip += stride) {
		ctrlr_host_init(&g_host, NULL);
		/* Who has to wait for its end waits for a short one; the others wait for none. */
		g_host.admin_timeout_ms = kind == FAKE_FAULT_NEVER ? TIMEOUT_MS : 0;
		number = ctrlr_plant(&g_host, kind, FAKE_ANY_OPCODE, skip, 1);
		ctrlr_attach(&g_host);
		if (fake_fault_strikes(g_host.fake, number) == 0) {
			assert_int_equal(g_host.rc, 0);
			ctrlr_close(&g_host);
			return failures;
		}
		if (g_host.rc != 0) {
			failures++;
			if (rc != 0) {
				assert_int_equal(g_host.rc, rc);
			}
		}
		ctrlr_close(&g_host);
	}
	fail_msg("an initialisation has more than %d commands", COMMANDS_MAX);
	return 0;
}

static void
a_removal_at_any_command_ends(void **state)
{
	/* Requests for events are the only commands that nobody waits for. */
	assert_in_range(sweep(FAKE_FAULT_REMOVE, -ENXIO, 1), 8, COMMANDS_MAX);
}

/* Each of these takes half a second: fake/driver_init_test.c has all, on a clock of its own. */
static void
a_fatal_error_at_a_command_ends(void **state)
{
	assert_in_range(sweep(FAKE_FAULT_FATAL, -EIO, 4), 2, COMMANDS_MAX);
}

static void
a_command_that_never_completes_ends(void **state)
{
	assert_in_range(sweep(FAKE_FAULT_NEVER, -ETIMEDOUT, 4), 2, COMMANDS_MAX);
}

static void
an_error_at_any_command_ends(void **state)
{
	/* Only the identification cannot be done without. */
	assert_in_range(sweep(FAKE_FAULT_STATUS, -EIO, 1), 1, 2);
}

static void
garbage_at_any_command_ends(void **state)
{
	(void)sweep(FAKE_FAULT_DATA_GARBAGE, 0, 1);
	(void)sweep(FAKE_FAULT_DATA_ONES, 0, 1);
	(void)sweep(FAKE_FAULT_DATA_ZEROS, 0, 1);
}

static void
identify_with(uint32_t offset, uint32_t size, uint32_t value)
{
	struct fake_fault fault = {
		.kind = FAKE_FAULT_DATA_PATCH,
		.where = FAKE_AT_ADMIN_COMMAND,
		.opcode = SPDK_NVME_OPC_IDENTIFY,
		.cdw10 = SPDK_NVME_IDENTIFY_CTRLR,
		.cdw10_mask = 0xff,
		.count = 1,
		.offset = offset,
		.size = size,
		.value = value,
	};

	ctrlr_host_init(&g_host, NULL);
	fake_plant(g_host.fake, &fault);
	ctrlr_attach(&g_host);
}

static void
nonsense_in_the_identification_is_refused(void **state)
{
	identify_with(offsetof(struct spdk_nvme_ctrlr_data, sqes), 1, 0x77);
	assert_int_equal(g_host.rc, -EPROTO);
	ctrlr_close(&g_host);
	identify_with(offsetof(struct spdk_nvme_ctrlr_data, cntrltype), 1, 9);
	assert_int_equal(g_host.rc, -EPROTO);
	ctrlr_close(&g_host);
	identify_with(offsetof(struct spdk_nvme_ctrlr_data, nn), 4, UINT32_MAX);
	assert_int_equal(g_host.rc, -EPROTO);
	ctrlr_close(&g_host);
	/* No namespaces are no error. */
	identify_with(offsetof(struct spdk_nvme_ctrlr_data, nn), 4, 0);
	assert_int_equal(g_host.rc, 0);
	assert_int_equal(spdk_nvme_ctrlr_get_first_active_ns(g_host.ctrlr), 0);
	ctrlr_close(&g_host);
	/* An MDTS that no number of bytes can hold is no limit. */
	identify_with(offsetof(struct spdk_nvme_ctrlr_data, mdts), 1, 0xff);
	assert_int_equal(g_host.rc, 0);
	assert_in_range(spdk_nvme_ctrlr_get_max_xfer_size(g_host.ctrlr), 4096, UINT32_MAX);
	ctrlr_close(&g_host);
}

static void
connecting_twice_is_one_controller(void **state)
{
	struct spdk_nvme_transport_id trid;
	struct fake_stats stats;

	ctrlr_open(&g_host, NULL);
	trid = *spdk_nvme_ctrlr_get_transport_id(g_host.ctrlr);
	assert_ptr_equal(spdk_nvme_connect(&trid, NULL, 0), g_host.ctrlr);
	assert_int_equal(spdk_nvme_detach(g_host.ctrlr), 0);
	fake_get_stats(g_host.fake, &stats);
	assert_int_equal(stats.shutdowns, 0);
	ctrlr_detach(&g_host);
	fake_get_stats(g_host.fake, &stats);
	assert_int_equal(stats.shutdowns, 1);
	ctrlr_close(&g_host);
}

static void
want_interrupts(struct spdk_nvme_ctrlr_opts *opts)
{
	opts->enable_interrupts = true;
}

static void
attach_with_interrupts(uint32_t vectors)
{
	struct fake_opts opts;

	fake_opts_init(&opts);
	opts.vectors = vectors;
	ctrlr_host_init(&g_host, &opts);
	g_host.change_opts = want_interrupts;
	log_capture_start();
	ctrlr_attach(&g_host);
	assert_int_equal(g_host.rc, 0);
	assert_int_equal(spdk_nvme_ctrlr_get_opts(g_host.ctrlr)->enable_interrupts, vectors != 0);
}

static void
interrupts_can_be_done_without(void **state)
{
	attach_with_interrupts(0);
	assert_one_notice("has no interrupts");
	/* It is known by now, and not told again. */
	assert_int_equal(ctrlr_reset(&g_host), 0);
	assert_null(strstr(g_log_capture.text, "interrupts"));
	log_capture_stop();
	ctrlr_close(&g_host);
	attach_with_interrupts(2);
	assert_nothing_logged();
	log_capture_stop();
	ctrlr_close(&g_host);
}

static uint32_t g_fails;

static void
note_fail(void *cb_ctx, const struct spdk_nvme_transport_id *trid, int rc)
{
	assert_int_equal(rc, -ENODEV);
	g_fails++;
}

static void
an_address_without_a_device_is_one_error(void **state)
{
	struct spdk_nvme_transport_id trid = {0};

	spdk_nvme_trid_populate_transport(&trid, SPDK_NVME_TRANSPORT_PCIE);
	snprintf(trid.traddr, sizeof(trid.traddr), "0000:ee:1f.7");
	log_capture_start();
	assert_null(spdk_nvme_connect(&trid, NULL, 0));
	assert_one_error("There is no PCI device at 0000:ee:1f.7");
	assert_int_not_equal(spdk_nvme_probe(&trid, NULL, NULL, NULL, NULL), 0);
	assert_one_error("There is no PCI device at 0000:ee:1f.7");
	/* Who is told has it in his hands. */
	g_fails = 0;
	assert_int_not_equal(spdk_nvme_probe_ext(&trid, NULL, NULL, NULL, note_fail, NULL), 0);
	assert_int_equal(g_fails, 1);
	assert_nothing_logged();
	log_capture_stop();
}

static void
the_cause_is_told_before_initialisation_too(void **state)
{
	ctrlr_host_init(&g_host, NULL);
	fake_remove(g_host.fake, false);
	log_capture_start();
	ctrlr_attach(&g_host);
	assert_true(log_captured("cannot be used, see above", spdk_strerror(ENXIO), NULL));
	log_capture_stop();
	assert_int_equal(g_host.rc, -ENXIO);
	ctrlr_close(&g_host);
}

static bool
has_page(uint8_t page)
{
	return spdk_nvme_ctrlr_is_log_page_supported(g_host.ctrlr, page);
}

static void
log_pages_are_known_by_the_identification(void **state)
{
	ctrlr_open(&g_host, NULL);
	assert_true(has_page(SPDK_NVME_LOG_ERROR));
	assert_true(has_page(SPDK_NVME_LOG_HEALTH_INFORMATION));
	assert_true(has_page(SPDK_NVME_LOG_FIRMWARE_SLOT));
	assert_true(has_page(SPDK_NVME_LOG_CHANGED_NS_LIST));
	assert_true(has_page(SPDK_NVME_LOG_COMMAND_EFFECTS_LOG));
	assert_true(has_page(SPDK_NVME_LOG_SANITIZE_STATUS));
	assert_true(has_page(SPDK_NVME_LOG_RESERVATION_NOTIFICATION));
	assert_false(has_page(SPDK_NVME_LOG_SUPPORTED_LOG_PAGES));
	assert_false(has_page(SPDK_NVME_LOG_TELEMETRY_HOST_INITIATED));
	assert_false(has_page(SPDK_NVME_LOG_ASYMMETRIC_NAMESPACE_ACCESS));
	assert_false(has_page(0xff));
	ctrlr_close(&g_host);
}

/* One that lists its pages (LPA.MLPS), and has telemetry; the fake lists page 0, but not that. */
static void
log_pages_are_known_by_their_list(void **state)
{
	const struct fake_fault fault = {
		.kind = FAKE_FAULT_DATA_PATCH,
		.where = FAKE_AT_ADMIN_COMMAND,
		.opcode = SPDK_NVME_OPC_IDENTIFY,
		.cdw10 = SPDK_NVME_IDENTIFY_CTRLR,
		.cdw10_mask = 0xff,
		.value = 0x2f,
		.offset = offsetof(struct spdk_nvme_ctrlr_data, lpa),
		.size = 1,
	};

	for (int list_fails = 0; list_fails < 2; list_fails++) {
		ctrlr_host_init(&g_host, NULL);
		fake_plant(g_host.fake, &fault);
		if (list_fails) {
			ctrlr_plant(&g_host, FAKE_FAULT_STATUS, SPDK_NVME_OPC_GET_LOG_PAGE, 0, 0);
		}
		ctrlr_attach(&g_host);
		assert_non_null(g_host.ctrlr);
		assert_int_equal(has_page(SPDK_NVME_LOG_SUPPORTED_LOG_PAGES), !list_fails);
		assert_true(has_page(SPDK_NVME_LOG_TELEMETRY_HOST_INITIATED));
		assert_true(has_page(SPDK_NVME_LOG_TELEMETRY_CTRLR_INITIATED));
		assert_true(has_page(SPDK_NVME_LOG_ERROR));
		assert_false(has_page(SPDK_NVME_LOG_PERSISTENT_EVENT_LOG));
		fake_clear_faults(g_host.fake);
		ctrlr_close(&g_host);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_controller_is_attached_identified_and_left),
		cmocka_unit_test(fewer_queues_than_wanted_are_taken),
		cmocka_unit_test(options_that_cannot_be_had_are_refused),
		cmocka_unit_test(an_admin_queue_has_room_beside_the_requests_for_events),
		cmocka_unit_test(an_id_that_comes_back_with_another_command_set_is_of_that_one),
		cmocka_unit_test(a_controller_that_never_is_ready_is_given_up),
		cmocka_unit_test(a_removal_at_any_command_ends),
		cmocka_unit_test(a_fatal_error_at_a_command_ends),
		cmocka_unit_test(a_command_that_never_completes_ends),
		cmocka_unit_test(an_error_at_any_command_ends),
		cmocka_unit_test(garbage_at_any_command_ends),
		cmocka_unit_test(nonsense_in_the_identification_is_refused),
		cmocka_unit_test(connecting_twice_is_one_controller),
		cmocka_unit_test(interrupts_can_be_done_without),
		cmocka_unit_test(an_address_without_a_device_is_one_error),
		cmocka_unit_test(the_cause_is_told_before_initialisation_too),
		cmocka_unit_test(log_pages_are_known_by_the_identification),
		cmocka_unit_test(log_pages_are_known_by_their_list),
	};

	return cmocka_run_group_tests(tests, ctrlr_setup_env, ctrlr_teardown_env);
}
