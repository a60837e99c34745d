/* SPDX-License-Identifier: BSD-3-Clause */
/* Log pages and features in words, and pages that are not as they should be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "nvme_told.h"
#include "spdk/util.h"

static struct told *
tell(const char *name, const void *data, size_t size)
{
	static struct told told;

	told_begin(&told);
	nvme_log_page_find(name)->write(&told.record, data, size);
	told_end(&told);
	return &told;
}

static void
errors_that_are_not_valid_are_left_out(void **state)
{
	struct spdk_nvme_error_information_entry entries[4] = {{.error_count = 0}};
	const struct spdk_json_val *error;
	struct told *told;

	entries[0].error_count = 9;
	entries[0].sqid = 1;
	entries[0].cid = 0x77;
	entries[0].status.sct = SPDK_NVME_SCT_MEDIA_ERROR;
	entries[0].status.sc = SPDK_NVME_SC_UNRECOVERED_READ_ERROR;
	entries[0].lba = 1234;
	entries[0].nsid = 1;
	entries[2].error_count = 7;
	entries[2].status.p = 1;
	told = tell("error", entries, sizeof(entries));
	error = element_of(told->document.values, "errors", 0);
	want_number(error, "error_count", 9);
	want_number(error, "sqid", 1);
	want_number(error, "cmdid", 0x77);
	want_number(error, "status_field", 0x281);
	want_number(error, "lba", 1234);
	error = element_of(told->document.values, "errors", 1);
	want_number(error, "error_count", 7);
	/* The phase is no part of it. */
	want_number(error, "status_field", 0);
	assert_null(element_of(told->document.values, "errors", 2));
	document_fini(&told->document);
}

static void
health_has_all_fields(void **state)
{
	struct spdk_nvme_health_information_page page = {
		.temperature = 323, .available_spare = 100, .percentage_used = 3};
	const struct spdk_json_val *root;
	struct told *told;

	page.critical_warning.bits.temperature = 1;
	page.data_units_read[0] = 12;
	page.host_write_commands[0] = 5;
	page.power_on_hours[0] = 17;
	page.num_error_info_log_entries[0] = 2;
	page.critical_temp_time = 44;
	page.temp_sensor[1] = 300;
	/* Fields that came with later versions. */
	((uint8_t *)&page)[6] = 4;
	((uint8_t *)&page)[216] = 21;
	((uint8_t *)&page)[220] = 22;
	((uint8_t *)&page)[224] = 23;
	((uint8_t *)&page)[228] = 24;
	told = tell("smart", &page, sizeof(page));
	root = told->document.values;
	want_number(root, "critical_warning", 2);
	want_words(root, "critical_warning", "temperature");
	want_number(root, "temperature", 323);
	want_number(root, "avail_spare", 100);
	want_number(root, "percent_used", 3);
	want_number(root, "data_units_read", 12);
	want_number(root, "host_write_commands", 5);
	want_number(root, "power_on_hours", 17);
	want_number(root, "num_err_log_entries", 2);
	want_number(root, "critical_comp_time", 44);
	want_number(root, "temperature_sensor_2", 300);
	want_number(root, "endurance_grp_critical_warning_summary", 4);
	want_number(root, "thm_temp1_trans_count", 21);
	want_number(root, "thm_temp2_trans_count", 22);
	want_number(root, "thm_temp1_total_time", 23);
	want_number(root, "thm_temp2_total_time", 24);
	assert_null(member_of(root, "temperature_sensor_1"));
	document_fini(&told->document);
}

/* Lines for people. */
static struct text
lines_of(const char *name, const void *data, size_t size)
{
	struct nvme_record record;

	nvme_record_init(&record, false);
	nvme_log_page_find(name)->write(&record, data, size);
	return nvme_record_end(&record);
}

static void
data_units_have_128_bits(void **state)
{
	struct spdk_nvme_health_information_page page = {.data_units_read = {5, 1},
							 .data_units_written = {2, 0}};
	struct told *told = tell("smart", &page, sizeof(page));
	struct text lines;

	want_string(told->document.values, "data_units_read", "18446744073709551621");
	want_number(told->document.values, "data_units_written", 2);
	document_fini(&told->document);
	lines = lines_of("smart", &page, sizeof(page));
	want_meaning(&lines, "data_units_read", "512,000 bytes: more than 16 EiB");
	want_meaning(&lines, "data_units_written", "512,000 bytes: 1000 KiB");
	text_fini(&lines);
	/* More bytes than a number of 64 bits has. */
	page.data_units_read[0] = page.data_units_read[1] = 0;
	page.data_units_written[0] = UINT64_MAX;
	lines = lines_of("smart", &page, sizeof(page));
	want_meaning(&lines, "data_units_read", "512,000 bytes: 0 B");
	want_meaning(&lines, "data_units_written", "512,000 bytes: more than 16 EiB");
	text_fini(&lines);
}

static void
numbers_that_are_no_amounts_are_named(void **state)
{
	struct spdk_nvme_sanitize_status_log_page sanitize = {.et_overwrite = UINT32_MAX,
							      .et_block_erase = 4};
	struct spdk_nvme_error_information_entry error = {.error_count = 1,
							  .sqid = UINT16_MAX,
							  .cid = UINT16_MAX,
							  .error_location = UINT16_MAX};
	struct spdk_nvme_firmware_page firmware = {.afi = {.active_slot = 2}};
	struct text lines = lines_of("sanitize", &sanitize, sizeof(sanitize));

	want_meaning(&lines, "eto", "seconds an overwrite takes: not told");
	want_meaning(&lines, "etbe", "seconds a block erase takes");
	text_fini(&lines);
	lines = lines_of("error", &error, sizeof(error));
	want_meaning(&lines, "sqid", "no command's");
	want_meaning(&lines, "cmdid", "no command's");
	want_meaning(&lines, "parm_error_location", "no parameter's");
	text_fini(&lines);
	lines = lines_of("firmware", &firmware, sizeof(firmware));
	want_meaning(&lines, "afi", "active slot 2, the same after the next reset");
	text_fini(&lines);
}

static void
firmware_has_the_slots_that_are_not_empty(void **state)
{
	struct spdk_nvme_firmware_page page = {.afi = {.active_slot = 1, .next_reset_slot = 2}};
	const struct spdk_json_val *root;
	struct told *told;

	memcpy(page.revision[0], "1.0     ", sizeof(page.revision[0]));
	memcpy(page.revision[1], "12345678", sizeof(page.revision[1]));
	told = tell("firmware", &page, sizeof(page));
	root = told->document.values;
	want_number(root, "afi", 0x21);
	want_words(root, "afi", "active slot 1, slot after the next reset 2");
	want_string(root, "frs1", "1.0");
	want_string(root, "frs2", "12345678");
	assert_null(member_of(root, "frs3"));
	document_fini(&told->document);
}

static void
effects_name_the_commands_that_there_are(void **state)
{
	struct spdk_nvme_cmds_and_effect_log_page page = {0};
	const struct spdk_json_val *set;
	struct told *told;

	page.admin_cmds_supported[SPDK_NVME_OPC_FORMAT_NVM] =
		(struct spdk_nvme_cmds_and_effect_entry){.csupp = 1, .lbcc = 1, .cse = 2};
	page.io_cmds_supported[SPDK_NVME_OPC_READ].csupp = 1;
	/* Effects of one that is not there. */
	page.io_cmds_supported[SPDK_NVME_OPC_WRITE].lbcc = 1;
	told = tell("effects", &page, sizeof(page));
	set = member_of(told->document.values, "admin_cmd_set");
	want_number(set, "0x80", 0x20003);
	want_words(set, "0x80", "supported, changes blocks, one at a time");
	set = member_of(told->document.values, "io_cmd_set");
	want_words(set, "0x02", "supported, no restriction");
	assert_null(member_of(set, "0x01"));
	document_fini(&told->document);
	assert_string_equal(nvme_admin_command_name(SPDK_NVME_OPC_FORMAT_NVM), "Format NVM");
	assert_string_equal(nvme_io_command_name(SPDK_NVME_OPC_READ), "Read");
	assert_string_equal(nvme_io_command_name(0x80), "vendor specific");
	assert_string_equal(nvme_admin_command_name(0x70), "unknown");
}

static void
lists_end_at_zero_or_at_their_end(void **state)
{
	static struct spdk_nvme_ns_list list;
	struct told *told;
	size_t i;

	list.ns_list[0] = 3;
	list.ns_list[1] = 5;
	list.ns_list[3] = 9;
	told = tell("changed-ns", &list, sizeof(list));
	assert_non_null(element_of(told->document.values, "changed_namespaces", 1));
	assert_null(element_of(told->document.values, "changed_namespaces", 2));
	document_fini(&told->document);
	for (i = 0; i < SPDK_COUNTOF(list.ns_list); i++) {
		list.ns_list[i] = (uint32_t)i + 1;
	}
	told = tell("changed-ns", &list, sizeof(list));
	assert_non_null(element_of(told->document.values, "changed_namespaces", 1023));
	document_fini(&told->document);
}

static void
ana_groups_do_not_go_beyond_the_page(void **state)
{
	static _Alignas(8) uint8_t page[4096];
	struct spdk_nvme_ana_page *head = (void *)page;
	struct spdk_nvme_ana_group_descriptor *desc = (void *)(page + sizeof(*head));
	const struct spdk_json_val *group;
	struct told *told;
	size_t count = 0;

	head->num_ana_group_desc = UINT16_MAX;
	desc->ana_group_id = 1;
	desc->num_of_nsid = UINT32_MAX;
	desc->ana_state = SPDK_NVME_ANA_INACCESSIBLE_STATE;
	desc->nsid[0] = 8;
	told = tell("ana", page, sizeof(page));
	group = element_of(told->document.values, "groups", 0);
	want_number(group, "grpid", 1);
	want_number(group, "state", 3);
	while (element_of(group, "nsids", count) != NULL) {
		count++;
	}
	assert_int_equal(count, (sizeof(page) - sizeof(*head) - sizeof(*desc)) / 4);
	assert_null(element_of(told->document.values, "groups", 1));
	document_fini(&told->document);
}

static void
self_tests_that_were_not_made_are_left_out(void **state)
{
	uint8_t page[564];
	const struct spdk_json_val *result;
	struct told *told;

	memset(page, 0xff, sizeof(page));
	page[0] = 0xf1;
	page[1] = 0x80 | 42;
	page[4] = 0x17;
	memset(page + 8, 0, 8);
	page[8] = 99;
	told = tell("self-test", page, sizeof(page));
	want_number(told->document.values, "current_operation", 1);
	want_number(told->document.values, "completion", 42);
	result = element_of(told->document.values, "results", 0);
	want_number(result, "code", 1);
	want_number(result, "result", 7);
	want_number(result, "poh", 99);
	assert_null(element_of(told->document.values, "results", 1));
	document_fini(&told->document);
}

static void
sanitizing_and_what_there_is_are_told(void **state)
{
	struct spdk_nvme_sanitize_status_log_page page = {.sprog = 32768, .et_overwrite = 60};
	struct spdk_nvme_supported_log_pages supported = {0};
	struct spdk_nvme_feature_ids_effects_log_page features = {0};
	struct told *told;

	page.sstat.status = SPDK_NVME_SANITIZE_IN_PROGRESS;
	page.sstat.global_data_erase = 1;
	told = tell("sanitize", &page, sizeof(page));
	want_number(told->document.values, "sprog", 32768);
	want_words(told->document.values, "sstat", "in progress, passes 0, nothing written since");
	want_number(told->document.values, "eto", 60);
	document_fini(&told->document);
	supported.lids[2].lsupp = 1;
	supported.lids[0xc1].lsupp = 1;
	told = tell("supported", &supported, sizeof(supported));
	assert_non_null(element_of(told->document.values, "supported", 1));
	assert_null(element_of(told->document.values, "supported", 2));
	document_fini(&told->document);
	features.fis[6].fsupp = 1;
	features.fis[6].cscpe = 1;
	told = tell("feature-effects", &features, sizeof(features));
	want_words(told->document.values, "0x06", "supported, of controllers");
	assert_null(member_of(told->document.values, "0x07"));
	document_fini(&told->document);
}

static void
features_are_told_in_words(void **state)
{
	uint8_t data[256] = {0x31, 0x02};
	struct told told;

	told_begin(&told);
	nvme_feature_write(&told.record, SPDK_NVME_FEAT_VOLATILE_WRITE_CACHE, 1, NULL, 0);
	told_end(&told);
	want_number(told.document.values, "fid", 6);
	want_string(told.document.values, "name", "volatile-write-cache");
	want_number(told.document.values, "value", 1);
	want_words(told.document.values, "value", "on");
	document_fini(&told.document);
	told_begin(&told);
	nvme_feature_write(&told.record, SPDK_NVME_FEAT_AUTONOMOUS_POWER_STATE_TRANSITION, 0, data,
			   sizeof(data));
	told_end(&told);
	want_words(told.document.values, "value", "off");
	want_string(told.document.values, "data", "3102000000000000");
	document_fini(&told.document);
	/* One that nobody knows. */
	told_begin(&told);
	nvme_feature_write(&told.record, 0xd7, 5, NULL, 0);
	told_end(&told);
	want_number(told.document.values, "value", 5);
	want_string(told.document.values, "name", "");
	document_fini(&told.document);
	assert_null(nvme_feature_find(0xd7));
}

static void
values_of_features_that_are_no_numbers_are_named(void **state)
{
	static const struct {
		uint8_t fid;
		uint32_t value;
		const char *words;
	} cases[] = {
		{SPDK_NVME_FEAT_ARBITRATION, 3,
		 "burst 8, low weight less one 0, medium weight less one 0, "
		 "high weight less one 0"},
		{SPDK_NVME_FEAT_ARBITRATION, 7,
		 "burst without limit, low weight less one 0, medium weight less one 0, "
		 "high weight less one 0"},
		{SPDK_NVME_FEAT_ERROR_RECOVERY, 0, "no limit"},
		{SPDK_NVME_FEAT_ERROR_RECOVERY, 9, "limit in 100 ms 9"},
		{SPDK_NVME_FEAT_KEEP_ALIVE_TIMER, 0, "off"},
		{SPDK_NVME_FEAT_KEEP_ALIVE_TIMER, 5000, "ms 5000"},
		{SPDK_NVME_FEAT_HOST_CONTROLLED_THERMAL_MANAGEMENT, 350,
		 "second threshold in K 350, first threshold off"},
	};
	struct told told;
	size_t i;

	for (i = 0; i < SPDK_COUNTOF(cases); i++) {
		told_begin(&told);
		nvme_feature_write(&told.record, cases[i].fid, cases[i].value, NULL, 0);
		told_end(&told);
		want_words(told.document.values, "value", cases[i].words);
		document_fini(&told.document);
	}
}

static void
pages_are_found_by_name_and_number(void **state)
{
	const struct nvme_log_page *page;
	size_t i;

	for (i = 0; (page = nvme_log_page_at(i)) != NULL; i++) {
		assert_ptr_equal(nvme_log_page_find(page->name), page);
		assert_ptr_equal(nvme_log_page_of(page->lid), page);
	}
	assert_int_equal(i, 10);
	assert_int_equal(nvme_log_page_find("smart")->lid, SPDK_NVME_LOG_HEALTH_INFORMATION);
	assert_null(nvme_log_page_find("smarter"));
	assert_null(nvme_log_page_of(0xc0));
}

static void
dumps_have_sixteen_bytes_a_line(void **state)
{
	const uint8_t bytes[18] = {0x00, 0x01, [8] = 0x88, [16] = 0xaa, [17] = 0xbb};
	struct nvme_record record;
	struct text text;

	nvme_record_init(&record, false);
	nvme_dump_write(&record, bytes, sizeof(bytes));
	text = nvme_record_end(&record);
	assert_string_equal(text.bytes, "00000000     0001000000000000 8800000000000000\n"
					"00000010     aabb\n");
	text_fini(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(errors_that_are_not_valid_are_left_out),
		cmocka_unit_test(health_has_all_fields),
		cmocka_unit_test(data_units_have_128_bits),
		cmocka_unit_test(numbers_that_are_no_amounts_are_named),
		cmocka_unit_test(firmware_has_the_slots_that_are_not_empty),
		cmocka_unit_test(effects_name_the_commands_that_there_are),
		cmocka_unit_test(lists_end_at_zero_or_at_their_end),
		cmocka_unit_test(ana_groups_do_not_go_beyond_the_page),
		cmocka_unit_test(self_tests_that_were_not_made_are_left_out),
		cmocka_unit_test(sanitizing_and_what_there_is_are_told),
		cmocka_unit_test(features_are_told_in_words),
		cmocka_unit_test(values_of_features_that_are_no_numbers_are_named),
		cmocka_unit_test(pages_are_found_by_name_and_number),
		cmocka_unit_test(dumps_have_sixteen_bytes_a_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
