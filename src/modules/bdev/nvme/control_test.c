/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Controllers coming, going, told of and saved; options; what is refused, and in which words.
 */
#include "nvme_fixture.h"
#include "pci_reason.h"

static void
namespaces_become_bdevs_named_for_their_controller(void **state)
{
	struct fake_opts opts;
	struct fake *fake;

	fake_opts_init(&opts);
	opts.ns[1] = (struct fake_ns_opts){.blocks = 1024, .block_size = 4096};
	opts.ns[4] = (struct fake_ns_opts){.blocks = 2048, .block_size = 512};
	fake = new_fake(&opts);
	attach(fake, "[\"Nvme0n1\",\"Nvme0n2\",\"Nvme0n5\"]");
	expect_part("bdev_get_bdevs", "{\"name\": \"Nvme0n2\"}", "\"block_size\":4096");
	expect_part("bdev_get_bdevs", "{\"name\": \"Nvme0n2\"}", "\"num_blocks\":1024");
	expect_part("bdev_get_bdevs", "{\"name\": \"Nvme0n2\"}", "\"product_name\":\"NVMe disk\"");
	detach("Nvme0");
	assert_null(spdk_bdev_get_by_name("Nvme0n1"));
	assert_null(spdk_bdev_get_by_name("Nvme0n5"));
	expect("bdev_nvme_get_controllers", NULL, "[]");
}

static void
driver_specific_is_what_scripts_look_for(void **state)
{
	struct fake *fake = new_fake(NULL);
	char part[128];

	attach(fake, "[\"Nvme0n1\"]");
	(void)snprintf(part, sizeof(part), "\"driver_specific\":{\"nvme\":[{\"pci_address\":\"%s\"",
		       fake_address(fake));
	expect_part("bdev_get_bdevs", "{\"name\": \"Nvme0n1\"}", part);
	expect_part("bdev_get_bdevs", "{\"name\": \"Nvme0n1\"}", "\"ctrlr_data\":{\"cntlid\":");
	expect_part("bdev_get_bdevs", "{\"name\": \"Nvme0n1\"}", "\"ns_data\":{\"id\":1,");
	expect_part("bdev_get_bdevs", "{\"name\": \"Nvme0n1\"}",
		    "}],\"mp_policy\":\"active_passive\"");
	(void)snprintf(part, sizeof(part),
		       "\"ctrlrs\":[{\"state\":\"enabled\",\"trid\":{\"trtype\":\"PCIe\","
		       "\"traddr\":\"%s\"}",
		       fake_address(fake));
	expect_part("bdev_nvme_get_controllers", "{\"name\": \"Nvme0\"}", part);
}

static void
what_is_attached_is_saved_and_comes_again(void **state)
{
	struct fake *fake = new_fake(NULL);
	char *saved;

	attach_as("Nvme0", fake,
		  ", \"ctrlr_loss_timeout_sec\": 30, \"reconnect_delay_sec\": 5, "
		  "\"fast_io_fail_timeout_sec\": 10, \"prchk_guard\": true, \"num_io_queues\": 3",
		  "[\"Nvme0n1\"]");
	expect("bdev_nvme_set_hotplug", "{\"enable\": false, \"period_us\": 200000}", "true");
	saved = save_config();
	assert_non_null(strstr(saved, "\"prchk_guard\":true"));
	assert_non_null(strstr(saved, "\"num_io_queues\":3"));
	assert_non_null(strstr(saved, "\"ctrlr_loss_timeout_sec\":30,\"reconnect_delay_sec\":5,"
				      "\"fast_io_fail_timeout_sec\":10"));
	assert_non_null(strstr(saved, "\"method\":\"bdev_nvme_set_hotplug\",\"params\":{"
				      "\"period_us\":200000,\"enable\":false}"));
	detach("Nvme0");
	load_saved(saved);
	wait_for_bdev("Nvme0n1");
	free(saved);
}

static void
attaching_what_cannot_be_says_why(void **state)
{
	struct fake *fake = new_fake(NULL);
	char params[256];

	expect_error("bdev_nvme_attach_controller",
		     "{\"name\": \"N\", \"trtype\": \"PCIe\", \"traddr\": \"0000:ee:1f.7\"}",
		     -ENODEV, "there is no PCI device 0000:ee:1f.7 on this machine");
	expect_error("bdev_nvme_attach_controller",
		     "{\"name\": \"N\", \"trtype\": \"PCIe\", \"traddr\": \"elsewhere\"}", -EINVAL,
		     "'elsewhere' is no PCI address");
	expect_error("bdev_nvme_attach_controller",
		     "{\"name\": \"N\", \"trtype\": \"TCP\", \"traddr\": \"127.0.0.1\", "
		     "\"trsvcid\": \"4420\", \"adrfam\": \"ipv4\", \"subnqn\": \"nqn.a:b\"}",
		     -ENOTSUP, "there is no transport TCP");
	expect_error("bdev_nvme_attach_controller",
		     "{\"name\": \"N\", \"trtype\": \"pcie\", \"traddr\": \"0000:01:00.0\", "
		     "\"ctrlr_loss_timeout_sec\": 10}",
		     -EINVAL, "reconnect_delay_sec is 0");
	expect_error("bdev_nvme_attach_controller",
		     "{\"name\": \"N\", \"trtype\": \"pcie\", \"traddr\": \"0000:01:00.0\", "
		     "\"psk\": \"key\"}",
		     -EINVAL, "psk is for controllers over a network");
	attach(fake, "[\"Nvme0n1\"]");
	(void)snprintf(params, sizeof(params),
		       "{\"name\": \"Nvme1\", \"trtype\": \"PCIe\", \"traddr\": \"%s\"}",
		       fake_address(fake));
	expect_error("bdev_nvme_attach_controller", params, -EALREADY, "is attached, as Nvme0");
	expect_error("bdev_nvme_attach_controller",
		     "{\"name\": \"Nvme0\", \"trtype\": \"PCIe\", \"traddr\": \"0000:01:00.0\"}",
		     -EEXIST, "there is a controller Nvme0");
	expect_error("bdev_nvme_detach_controller", "{\"name\": \"Nvme7\"}", -ENODEV,
		     "there is no NVMe controller 'Nvme7'");
	expect_error("bdev_nvme_detach_controller",
		     "{\"name\": \"Nvme0\", \"trtype\": \"PCIe\", \"traddr\": \"0000:01:00.0\"}",
		     -ENODEV, "and not there");
}

static void
a_controller_that_does_not_become_ready_is_refused(void **state)
{
	struct fake *fake = new_fake(NULL);
	char params[256];

	(void)fake_plant(fake, &(struct fake_fault){.kind = FAKE_FAULT_STATUS,
						    .where = FAKE_AT_ADMIN_COMMAND,
						    .opcode = SPDK_NVME_OPC_IDENTIFY,
						    .status = {.sct = 0, .sc = 6, .dnr = 1}});
	(void)snprintf(params, sizeof(params),
		       "{\"name\": \"Nvme0\", \"trtype\": \"PCIe\", \"traddr\": \"%s\"}",
		       fake_address(fake));
	expect_error("bdev_nvme_attach_controller", params, -EIO, "could not be initialised");
	fake_clear_faults(fake);
	attach(fake, "[\"Nvme0n1\"]");
}

/* ---- Reasons ---- */

static void
expect_reason(const char *uevent, const char *part)
{
	struct bdev_reason reason = {""};

	bdev_nvme_explain_device("0000:01:00.0", uevent, &reason);
	if (strstr(reason.text, part) == NULL) {
		fail_msg("\"%s\" is not in \"%s\"", part, reason.text);
	}
}

static void
an_absent_controller_is_explained_by_its_driver(void **state)
{
	expect_reason(NULL, "there is no PCI device 0000:01:00.0");
	expect_reason("DRIVER=nvme\nPCI_CLASS=10802\n", "held by the kernel's driver nvme: "
							"scripts/setup.sh config 0000:01:00.0");
	expect_reason("PCI_CLASS=10802\nPCI_ID=1B36:0010\n", "has no driver");
	expect_reason("DRIVER=vfio-pci\nPCI_CLASS=10802", "another one may hold it");
	expect_reason("DRIVER=e1000\nPCI_CLASS=20000\n", "is no NVMe controller");
	/* A key is a whole word at the beginning of its line. */
	expect_reason("XDRIVER=nvme\nDRIVERS=nvme\nPCI_CLASS=10802\n", "has no driver");
}

/* ---- Options ---- */

static void
options_that_make_no_sense_are_refused(void **state)
{
	static const struct {
		const char *params, *part;
	} cases[] = {
		{"{\"bdev_retry_count\": -2}", "bdev_retry_count is -2"},
		{"{\"transport_retry_count\": 256}", "255 is the most"},
		{"{\"arbitration_burst\": 8}", "7 is the most"},
		{"{\"low_priority_weight\": 256}", "low_priority_weight is 256"},
		{"{\"transport_ack_timeout\": 32}", "31 is the most"},
		{"{\"ctrlr_loss_timeout_sec\": -2, \"reconnect_delay_sec\": 1}", "never give up"},
		{"{\"ctrlr_loss_timeout_sec\": -1}", "reconnect_delay_sec is 0"},
		{"{\"reconnect_delay_sec\": 1}", "ctrlr_loss_timeout_sec is 0"},
		{"{\"reconnect_delay_sec\": 5, \"ctrlr_loss_timeout_sec\": 4}", "no attempt"},
		{"{\"reconnect_delay_sec\": 5, \"ctrlr_loss_timeout_sec\": 9, "
		 "\"fast_io_fail_timeout_sec\": 4}",
		 "less than reconnect_delay_sec"},
		{"{\"reconnect_delay_sec\": 5, \"ctrlr_loss_timeout_sec\": 9, "
		 "\"fast_io_fail_timeout_sec\": 9}",
		 "it never comes"},
		{"{\"fast_io_fail_timeout_sec\": 3}", "must not be 0"},
		{"{\"dhchap_digests\": [\"md5\"]}", "'md5'"},
	};
	size_t i;

	for (i = 0; i < SPDK_COUNTOF(cases); i++) {
		expect_error("bdev_nvme_set_options", cases[i].params, -EINVAL, cases[i].part);
	}
}

static void
options_stay_until_they_are_set_and_are_saved(void **state)
{
	struct spdk_bdev_nvme_opts before, after;

	spdk_bdev_nvme_get_opts(&before, sizeof(before));
	expect("bdev_nvme_set_options",
	       "{\"timeout_us\": 5000000, \"action_on_timeout\": \"abort\", \"bdev_retry_count\": "
	       "-1, \"rdma_cm_event_timeout_ms\": 1234, \"transport_tos\": 7, "
	       "\"reconnect_delay_sec\": 5, \"ctrlr_loss_timeout_sec\": -1, \"enable_flush\": "
	       "true, \"dhchap_digests\": [\"sha384\"]}",
	       "true");
	expect("bdev_nvme_set_options", "{\"transport_retry_count\": 9}", "true");
	spdk_bdev_nvme_get_opts(&after, sizeof(after));
	assert_int_equal(after.timeout_us, 5000000);
	assert_int_equal(after.action_on_timeout, SPDK_BDEV_NVME_TIMEOUT_ACTION_ABORT);
	assert_int_equal(after.bdev_retry_count, -1);
	assert_int_equal(after.rdma_cm_event_timeout_ms, 1234);
	assert_int_equal(after.transport_tos, 7);
	assert_true(after.enable_flush);
	assert_int_equal(after.ctrlr_loss_timeout_sec, -1);
	assert_int_equal(after.dhchap_digests, SPDK_BIT(2));
	assert_int_equal(after.transport_retry_count, 9);
	assert_int_equal(after.nvme_adminq_poll_period_us, before.nvme_adminq_poll_period_us);
	assert_int_equal(spdk_bdev_nvme_set_opts(&before), 0);
}

static void
options_are_for_controllers_that_come(void **state)
{
	struct fake *fake = new_fake(NULL);

	attach(fake, "[\"Nvme0n1\"]");
	expect_error("bdev_nvme_set_options", "{\"timeout_us\": 1000000}", -EPERM,
		     "there are controllers already");
}

/* ---- Programs ---- */

struct creation {
	bool is_done;
	size_t count;
	int rc;
};

static void
created(void *ctx, size_t count, int rc)
{
	*(struct creation *)ctx = (struct creation){true, count, rc};
}

static void
deleted(void *ctx, int rc)
{
	*(struct creation *)ctx = (struct creation){true, 0, rc};
}

static bool
is_done(const void *arg)
{
	return ((const struct creation *)arg)->is_done;
}

static void
a_program_creates_looks_around_and_deletes(void **state)
{
	struct fake *fake = new_fake(NULL);
	struct spdk_nvme_transport_id trid = {.trtype = SPDK_NVME_TRANSPORT_PCIE};
	struct spdk_bdev_nvme_ctrlr *ctrlr;
	struct creation done = {.is_done = false};
	const char *names[2] = {NULL, NULL};

	spdk_nvme_trid_populate_transport(&trid, SPDK_NVME_TRANSPORT_PCIE);
	(void)snprintf(trid.traddr, sizeof(trid.traddr), "%s", fake_address(fake));
	assert_int_equal(
		spdk_bdev_nvme_create(&trid, "Nvme0", names, 2, created, &done, NULL, NULL), 0);
	wait_until(is_done, &done);
	assert_int_equal(done.rc, 0);
	assert_int_equal(done.count, 1);
	assert_string_equal(names[0], "Nvme0n1");
	ctrlr = spdk_bdev_nvme_first_bdev_ctrlr();
	assert_string_equal(spdk_bdev_nvme_ctrlr_get_name(ctrlr), "Nvme0");
	assert_non_null(spdk_bdev_nvme_ctrlr_first_ctrlr(ctrlr));
	assert_null(
		spdk_bdev_nvme_ctrlr_next_ctrlr(ctrlr, spdk_bdev_nvme_ctrlr_first_ctrlr(ctrlr)));
	assert_null(spdk_bdev_nvme_next_bdev_ctrlr(ctrlr));
	assert_int_equal(spdk_bdev_nvme_ctrlr_get_opts(ctrlr, NULL)->reconnect_delay_sec, 0);
	done.is_done = false;
	assert_int_equal(spdk_bdev_nvme_delete("Nvme0", NULL, deleted, &done), 0);
	wait_until(is_done, &done);
	assert_null(spdk_bdev_nvme_first_bdev_ctrlr());
	assert_int_equal(spdk_bdev_nvme_delete("Nvme0", NULL, NULL, NULL), -ENODEV);
}

/* Whoever reads as many names as it is told of must find them. */
static void
names_that_there_is_no_room_for_are_not_counted(void **state)
{
	struct spdk_nvme_transport_id trid = {.trtype = SPDK_NVME_TRANSPORT_PCIE};
	const char *names[3] = {NULL, NULL, NULL};
	struct fake_opts opts;
	struct fake *fake;

	fake_opts_init(&opts);
	opts.ns[1] = opts.ns[2] = opts.ns[0];
	fake = new_fake(&opts);
	(void)snprintf(trid.traddr, sizeof(trid.traddr), "%s", fake_address(fake));
	for (uint32_t count = 0; count <= SPDK_COUNTOF(names); count++) {
		struct creation done = {.is_done = false};

		assert_int_equal(spdk_bdev_nvme_create(&trid, "Nvme0", names, count, created, &done,
						       NULL, NULL),
				 0);
		wait_until(is_done, &done);
		assert_int_equal(done.rc, 0);
		assert_int_equal(done.count, count);
		assert_true(count == SPDK_COUNTOF(names) || names[count] == NULL);
		/* They are made all the same. */
		assert_non_null(spdk_bdev_get_by_name("Nvme0n3"));
		detach("Nvme0");
	}
}

struct answers {
	uint32_t count;
	int rc;
};

static void
policy_set(void *ctx, int rc)
{
	struct answers *answers = ctx;

	answers->count++;
	answers->rc = rc;
}

static int
set_policy(const char *name, int policy, int selector, uint32_t min_io)
{
	struct answers answers = {0};

	spdk_bdev_nvme_set_multipath_policy(name, (enum spdk_bdev_nvme_multipath_policy)policy,
					    (enum spdk_bdev_nvme_multipath_selector)selector,
					    min_io, policy_set, &answers);
	assert_int_equal(answers.count, 1);
	return answers.rc;
}

static void
a_program_says_how_paths_are_chosen(void **state)
{
	enum {
		PASSIVE = SPDK_BDEV_NVME_MULTIPATH_POLICY_ACTIVE_PASSIVE,
		ACTIVE = SPDK_BDEV_NVME_MULTIPATH_POLICY_ACTIVE_ACTIVE,
		ROUND_ROBIN = SPDK_BDEV_NVME_MULTIPATH_SELECTOR_ROUND_ROBIN,
		QUEUE_DEPTH = SPDK_BDEV_NVME_MULTIPATH_SELECTOR_QUEUE_DEPTH,
	};
	struct fake *fake = new_fake(NULL);

	attach(fake, "[\"Nvme0n1\"]");
	assert_int_equal(set_policy("Nvme0n1", ACTIVE, ROUND_ROBIN, 8), 0);
	expect_part("bdev_get_bdevs", "{\"name\": \"Nvme0n1\"}",
		    "\"active_active\",\"selector\":\"round_robin\",\"rr_min_io\":8");
	assert_int_equal(set_policy("Nvme0n1", ACTIVE, QUEUE_DEPTH, UINT32_MAX), 0);
	expect_part("bdev_get_bdevs", "{\"name\": \"Nvme0n1\"}",
		    "\"active_active\",\"selector\":\"queue_depth\",\"rr_min_io\":8");
	/* What it does not need stays as it was. */
	assert_int_equal(set_policy("Nvme0n1", PASSIVE, ROUND_ROBIN, 3), 0);
	expect_part("bdev_get_bdevs", "{\"name\": \"Nvme0n1\"}",
		    "\"mp_policy\":\"active_passive\"");
	assert_int_equal(set_policy("Nvme0n1", ACTIVE, QUEUE_DEPTH, UINT32_MAX), 0);
	expect_part("bdev_get_bdevs", "{\"name\": \"Nvme0n1\"}", "\"rr_min_io\":8");
	/* 0 is what is usual. */
	assert_int_equal(set_policy("Nvme0n1", ACTIVE, 0, 0), 0);
	expect_part("bdev_get_bdevs", "{\"name\": \"Nvme0n1\"}",
		    "\"active_active\",\"selector\":\"round_robin\",\"rr_min_io\":1");

	assert_int_equal(set_policy(NULL, ACTIVE, ROUND_ROBIN, 2), -ENODEV);
	assert_int_equal(set_policy("Nvme0", ACTIVE, ROUND_ROBIN, 2), -ENODEV);
	assert_int_equal(set_policy("Nvme0n1", ACTIVE + 1, ROUND_ROBIN, 2), -EINVAL);
	assert_int_equal(set_policy("Nvme0n1", ACTIVE, QUEUE_DEPTH + 1, 2), -EINVAL);
	expect_part("bdev_get_bdevs", "{\"name\": \"Nvme0n1\"}",
		    "\"active_active\",\"selector\":\"round_robin\",\"rr_min_io\":1");
	detach("Nvme0");
}

/* As of a program that fills in what it knows, and nothing else. */
static void
options_of_a_program_may_be_left_at_0(void **state)
{
	struct spdk_nvme_transport_id trid = {.trtype = SPDK_NVME_TRANSPORT_PCIE};
	struct spdk_bdev_nvme_ctrlr_opts opts = {0};
	struct creation done = {.is_done = false};
	const struct spdk_bdev_nvme_ctrlr_opts *effective;
	struct fake *fake = new_fake(NULL);

	(void)snprintf(trid.traddr, sizeof(trid.traddr), "%s", fake_address(fake));
	assert_int_equal(
		spdk_bdev_nvme_create(&trid, "Nvme0", NULL, 0, created, &done, NULL, &opts), 0);
	wait_until(is_done, &done);
	assert_int_equal(done.rc, 0);
	effective = spdk_bdev_nvme_ctrlr_get_opts(spdk_bdev_nvme_first_bdev_ctrlr(), NULL);
	assert_int_equal(effective->multipath_selector,
			 SPDK_BDEV_NVME_MULTIPATH_SELECTOR_ROUND_ROBIN);
	assert_int_equal(effective->multipath_min_io, 1);
	detach("Nvme0");
}

/* ---- The rest ---- */

/* The first bytes of the text at this place are no ASCII, and not the begin of UTF-8 either. */
static void
check_broken_text(struct fake *fake, uint32_t offset, const char *part)
{
	(void)fake_plant(fake, &(struct fake_fault){.kind = FAKE_FAULT_DATA_PATCH,
						    .where = FAKE_AT_ADMIN_COMMAND,
						    .opcode = SPDK_NVME_OPC_IDENTIFY,
						    .cdw10 = SPDK_NVME_IDENTIFY_CTRLR,
						    .cdw10_mask = 0xff,
						    .value = 0x1b80ff,
						    .offset = offset,
						    .size = 3});
	attach(fake, "[\"Nvme0n1\"]");
	expect_part("bdev_get_bdevs", NULL, part);
	expect_part("bdev_nvme_get_controller_health_info", "{\"name\": \"Nvme0\"}",
		    "\"available_spare_percentage\":");
	detach("Nvme0");
	fake_clear_faults(fake);
}

/* As of one that nobody has programmed. JSON is UTF-8, and one such text would take all of it. */
static void
text_of_a_device_that_is_no_text_breaks_no_answer(void **state)
{
	struct fake *fake = new_fake(NULL);

	check_broken_text(fake, offsetof(struct spdk_nvme_ctrlr_data, sn),
			  "\"serial_number\":\"???");
	check_broken_text(fake, offsetof(struct spdk_nvme_ctrlr_data, mn),
			  "\"model_number\":\"???ndle fake");
	check_broken_text(fake, offsetof(struct spdk_nvme_ctrlr_data, fr),
			  "\"firmware_revision\":\"???");
	check_broken_text(fake, offsetof(struct spdk_nvme_ctrlr_data, subnqn), "\"subnqn\":\"???");
}

static void
health_and_paths_are_told(void **state)
{
	struct fake *fake = new_fake(NULL);
	struct disk disk;
	char part[128];

	attach(fake, "[\"Nvme0n1\"]");
	(void)snprintf(part, sizeof(part), "\"traddr\":\"%s\"", fake_address(fake));
	expect_part("bdev_nvme_get_controller_health_info", "{\"name\": \"Nvme0\"}", part);
	expect_part("bdev_nvme_get_controller_health_info", "{\"name\": \"Nvme0\"}",
		    "\"available_spare_percentage\":");
	disk_open(&disk, "Nvme0n1");
	expect_part("bdev_nvme_get_io_paths", "{\"name\": \"Nvme0n1\"}",
		    "\"thread\":\"app\",\"io_paths\":[{\"bdev_name\":\"Nvme0n1\"");
	expect_part("bdev_nvme_get_transport_statistics", NULL, "\"trname\":\"PCIe\"");
	expect_error("bdev_nvme_get_path_iostat", "{\"name\": \"Nvme0n1\"}", -EPERM,
		     "io_path_stat");
	expect("bdev_nvme_set_multipath_policy",
	       "{\"name\": \"Nvme0n1\", \"policy\": \"active_active\", \"selector\": "
	       "\"queue_depth\", \"rr_min_io\": 8}",
	       "true");
	expect_part("bdev_get_bdevs", "{\"name\": \"Nvme0n1\"}",
		    "\"mp_policy\":\"active_active\",\"selector\":\"queue_depth\"");
	expect_error("bdev_nvme_set_preferred_path", "{\"name\": \"Nvme0n1\", \"cntlid\": 999}",
		     -ENODEV, "none by 999");
	disk_close(&disk);
}

static void
methods_without_groundwork_say_what_they_need(void **state)
{
	expect_error("bdev_nvme_start_discovery",
		     "{\"name\": \"D\", \"trtype\": \"tcp\", \"traddr\": \"10.0.0.1\"}", -ENOTSUP,
		     "NVMe over Fabrics");
	expect_error("bdev_nvme_set_keys", "{\"name\": \"Nvme0\"}", -ENOTSUP, "keys");
	expect_error("bdev_nvme_cuse_register", "{\"name\": \"Nvme0\"}", -ENOTSUP, "CUSE");
	expect_error("bdev_nvme_opal_init", "{\"nvme_ctrlr_name\": \"N\", \"password\": \"x\"}",
		     -ENOTSUP, "Opal");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		NVME_TEST(namespaces_become_bdevs_named_for_their_controller),
		NVME_TEST(driver_specific_is_what_scripts_look_for),
		NVME_TEST(what_is_attached_is_saved_and_comes_again),
		NVME_TEST(attaching_what_cannot_be_says_why),
		NVME_TEST(a_controller_that_does_not_become_ready_is_refused),
		NVME_TEST(an_absent_controller_is_explained_by_its_driver),
		NVME_TEST(options_that_make_no_sense_are_refused),
		NVME_TEST(options_stay_until_they_are_set_and_are_saved),
		NVME_TEST(options_are_for_controllers_that_come),
		NVME_TEST(a_program_creates_looks_around_and_deletes),
		NVME_TEST(names_that_there_is_no_room_for_are_not_counted),
		NVME_TEST(a_program_says_how_paths_are_chosen),
		NVME_TEST(options_of_a_program_may_be_left_at_0),
		NVME_TEST(text_of_a_device_that_is_no_text_breaks_no_answer),
		NVME_TEST(health_and_paths_are_told),
		NVME_TEST(methods_without_groundwork_say_what_they_need),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
