/* SPDX-License-Identifier: BSD-3-Clause */
/* What log pages say. Pages come from a device: no number in them is trusted. */
#include "nvme.h"
#include "size.h"

#include "spdk/util.h"

#define NUMBER            NVME_FIELD_NUMBER
#define HEX               NVME_FIELD_HEX
#define DATA_UNIT         UINT64_C(512000)
#define SELF_TEST_RESULTS 20
#define SELF_TEST_SIZE    28
#define SANITIZE_WHOLE    65536.0
#define ANA_MAX_DESCS     1024
#define DUMP_LINE         16

/* ---- Errors ---- */

static void
write_error(struct nvme_record *record, const struct spdk_nvme_error_information_entry *entry)
{
	struct spdk_nvme_status status = entry->status;
	uint16_t raw;

	memcpy(&raw, &entry->status, sizeof(raw));
	nvme_record_object(record, NULL, "error %" PRIu64, entry->error_count);
	nvme_record_number(record, "error_count", entry->error_count, "number of the error");
	nvme_record_number(record, "sqid", entry->sqid,
			   entry->sqid == UINT16_MAX ? "no command's" : "submission queue");
	nvme_record_hex(record, "cmdid", entry->cid, 4,
			entry->cid == UINT16_MAX ? "no command's" : "command identifier");
	nvme_record_hex(record, "status_field", raw >> 1, 4,
			spdk_nvme_cpl_get_status_string(&status));
	nvme_record_hex(record, "parm_error_location", entry->error_location, 4,
			entry->error_location == UINT16_MAX ? "no parameter's" :
							      "byte and bit of the parameter");
	nvme_record_number(record, "lba", entry->lba, "first block");
	nvme_record_number(record, "nsid", entry->nsid, "namespace");
	nvme_record_number(record, "vs", entry->vendor_specific, "vendor's log page about it");
	nvme_record_number(record, "trtype", entry->trtype, "transport");
	nvme_record_hex(record, "cs", entry->command_specific, 16, "command specific");
	nvme_record_object_end(record);
}

static void
write_errors(struct nvme_record *record, const void *data, size_t size)
{
	const struct spdk_nvme_error_information_entry *entries = data;
	size_t i, found = 0;

	nvme_record_list(record, "errors");
	for (i = 0; i < size / sizeof(*entries); i++) {
		if (entries[i].error_count != 0) {
			write_error(record, &entries[i]);
			found++;
		}
	}
	nvme_record_list_end(record);
	if (found == 0) {
		nvme_record_note(record, "no errors");
	}
}

/* ---- Health ---- */

static const struct nvme_bits warning_bits[] = {
	{0, 1, "spare below threshold", NULL},
	{1, 1, "temperature", NULL},
	{2, 1, "reliability degraded", NULL},
	{3, 1, "read only", NULL},
	{4, 1, "volatile memory backup failed", NULL},
	{5, 1, "persistent memory region", NULL},
	{0, 0, NULL, NULL},
};

static void
explain_data_units(struct text *text, uint64_t value)
{
	if (value > UINT64_MAX / DATA_UNIT) {
		text_add_string(text, "more than 16 EiB");
	} else {
		text_add_string(text, size_text(value * DATA_UNIT).text);
	}
}

static const struct nvme_field health_fields[] = {
	{"critical_warning", 0, 1, HEX, "", warning_bits, NULL},
	{"temperature", 1, 2, NUMBER, "composite, in K", NULL, nvme_explain_kelvin},
	{"avail_spare", 3, 1, NUMBER, "available spare in %", NULL, NULL},
	{"spare_thresh", 4, 1, NUMBER, "available spare threshold in %", NULL, NULL},
	{"percent_used", 5, 1, NUMBER, "life that is over in %", NULL, NULL},
	{"endurance_grp_critical_warning_summary", 6, 1, HEX, "of endurance groups", NULL, NULL},
	{"data_units_read", 32, 16, NVME_FIELD_NUMBER128, "in units of 512,000 bytes", NULL,
	 explain_data_units},
	{"data_units_written", 48, 16, NVME_FIELD_NUMBER128, "in units of 512,000 bytes", NULL,
	 explain_data_units},
	{"host_read_commands", 64, 16, NVME_FIELD_NUMBER128, "", NULL, NULL},
	{"host_write_commands", 80, 16, NVME_FIELD_NUMBER128, "", NULL, NULL},
	{"controller_busy_time", 96, 16, NVME_FIELD_NUMBER128, "in minutes", NULL, NULL},
	{"power_cycles", 112, 16, NVME_FIELD_NUMBER128, "", NULL, NULL},
	{"power_on_hours", 128, 16, NVME_FIELD_NUMBER128, "", NULL, NULL},
	{"unsafe_shutdowns", 144, 16, NVME_FIELD_NUMBER128, "", NULL, NULL},
	{"media_errors", 160, 16, NVME_FIELD_NUMBER128, "data integrity errors", NULL, NULL},
	{"num_err_log_entries", 176, 16, NVME_FIELD_NUMBER128, "errors in all", NULL, NULL},
	{"warning_temp_time", 192, 4, NUMBER, "minutes above the warning temperature", NULL, NULL},
	{"critical_comp_time", 196, 4, NUMBER, "minutes above the critical temperature", NULL,
	 NULL},
	{"thm_temp1_trans_count", 216, 4, NUMBER, "times it cooled where that costs little", NULL,
	 NULL},
	{"thm_temp2_trans_count", 220, 4, NUMBER, "times it cooled at any price", NULL, NULL},
	{"thm_temp1_total_time", 224, 4, NUMBER, "seconds of the first", NULL, NULL},
	{"thm_temp2_total_time", 228, 4, NUMBER, "seconds of the second", NULL, NULL},
};

static void
write_health(struct nvme_record *record, const void *data, size_t size)
{
	const struct spdk_nvme_health_information_page *page = data;
	struct text text = {.bytes = NULL};
	char name[32];
	size_t i;

	assert(size >= sizeof(*page));
	nvme_record_fields(record, health_fields, SPDK_COUNTOF(health_fields), page);
	for (i = 0; i < SPDK_COUNTOF(page->temp_sensor); i++) {
		if (page->temp_sensor[i] != 0) {
			snprintf(name, sizeof(name), "temperature_sensor_%zu", i + 1);
			nvme_explain_kelvin(&text, page->temp_sensor[i]);
			nvme_record_number(record, name, page->temp_sensor[i], text.bytes);
			text_fini(&text);
		}
	}
}

/* ---- Firmware ---- */

static void
write_firmware(struct nvme_record *record, const void *data, size_t size)
{
	static const struct nvme_bits afi_bits[] = {
		{0, 3, "active slot", NULL},
		{4, 3, "slot after the next reset", NULL, .zero = "the same after the next reset"},
		{0, 0, NULL, NULL},
	};
	const struct spdk_nvme_firmware_page *page = data;
	char name[8], *revision;
	size_t i;

	assert(size >= sizeof(*page));
	nvme_record_bits(record, "afi", nvme_bytes_number(&page->afi, 1), 2, afi_bits);
	for (i = 0; i < SPDK_COUNTOF(page->revision); i++) {
		revision = nvme_text(page->revision[i], sizeof(page->revision[i]));
		if (revision[0] != '\0') {
			snprintf(name, sizeof(name), "frs%zu", i + 1);
			nvme_record_string(record, name, revision, "firmware revision of the slot");
		}
		free(revision);
	}
}

/* ---- Namespaces ---- */

static void
write_changed(struct nvme_record *record, const void *data, size_t size)
{
	const struct spdk_nvme_ns_list *list = data;
	size_t i;

	assert(size >= sizeof(*list));
	nvme_record_list(record, "changed_namespaces");
	for (i = 0; i < SPDK_COUNTOF(list->ns_list) && list->ns_list[i] != 0; i++) {
		nvme_record_number(record, NULL, list->ns_list[i],
				   list->ns_list[i] == UINT32_MAX ?
					   "more than the page has room for" :
					   "changed");
	}
	nvme_record_list_end(record);
	if (list->ns_list[0] == 0) {
		nvme_record_note(record, "no namespace has changed since the page was last read");
	}
}

static void
write_ana(struct nvme_record *record, const void *data, size_t size)
{
	static const char *const states[16] = {
		[1] = "optimized",       [2] = "non-optimized", [3] = "inaccessible",
		[4] = "persistent loss", [15] = "change",
	};
	const struct spdk_nvme_ana_page *page = data;
	const uint8_t *bytes = data;
	size_t offset = sizeof(*page), group, i;
	struct spdk_nvme_ana_group_descriptor desc;

	nvme_record_number(record, "change_count", page->change_count, NULL);
	nvme_record_list(record, "groups");
	for (group = 0; group < page->num_ana_group_desc && group < ANA_MAX_DESCS; group++) {
		if (size - offset < sizeof(desc)) {
			break;
		}
		memcpy(&desc, bytes + offset, sizeof(desc));
		offset += sizeof(desc);
		nvme_record_object(record, NULL, "ANA group %u", desc.ana_group_id);
		nvme_record_number(record, "grpid", desc.ana_group_id, NULL);
		nvme_record_number(record, "state", desc.ana_state,
				   states[desc.ana_state] != NULL ? states[desc.ana_state] :
								    "reserved");
		nvme_record_list(record, "nsids");
		for (i = 0; i < desc.num_of_nsid && size - offset >= sizeof(uint32_t); i++) {
			nvme_record_number(record, NULL,
					   nvme_bytes_number(bytes + offset, sizeof(uint32_t)),
					   "namespace");
			offset += sizeof(uint32_t);
		}
		nvme_record_list_end(record);
		nvme_record_object_end(record);
	}
	nvme_record_list_end(record);
}

/* ---- Commands, features, pages that there are ---- */

static const char *const excluded_values[] = {"no restriction", "one in the namespace at a time",
					      "one at a time", NULL};

static const struct nvme_bits effect_bits[] = {
	{0, 1, "supported", NULL},
	{1, 1, "changes blocks", NULL},
	{2, 1, "changes namespace capabilities", NULL},
	{3, 1, "changes the inventory of namespaces", NULL},
	{4, 1, "changes controller capabilities", NULL},
	{16, 3, "", excluded_values},
	{19, 1, "chosen by UUID", NULL},
	{0, 0, NULL, NULL},
};

static void
write_effects_of(struct nvme_record *record, const char *name,
		 const struct spdk_nvme_cmds_and_effect_entry *entries,
		 const char *(*name_of)(uint8_t opc))
{
	char opcode[8];
	uint32_t raw, opc;

	nvme_record_object(record, name, "%s commands",
			   strcmp(name, "admin_cmd_set") == 0 ? "admin" : "I/O");
	for (opc = 0; opc < 256; opc++) {
		memcpy(&raw, &entries[opc], sizeof(raw));
		if (entries[opc].csupp) {
			snprintf(opcode, sizeof(opcode), "0x%02x", opc);
			nvme_record_bits(record, opcode, raw, 8, effect_bits);
			nvme_record_note(record, "%*s%s", 2, "", name_of((uint8_t)opc));
		}
	}
	nvme_record_object_end(record);
}

static void
write_effects(struct nvme_record *record, const void *data, size_t size)
{
	const struct spdk_nvme_cmds_and_effect_log_page *page = data;

	assert(size >= sizeof(*page));
	write_effects_of(record, "admin_cmd_set", page->admin_cmds_supported,
			 nvme_admin_command_name);
	write_effects_of(record, "io_cmd_set", page->io_cmds_supported, nvme_io_command_name);
}

static void
write_supported(struct nvme_record *record, const void *data, size_t size)
{
	const struct spdk_nvme_supported_log_pages *page = data;
	const struct nvme_log_page *known;
	uint32_t lid;

	assert(size >= sizeof(*page));
	nvme_record_list(record, "supported");
	for (lid = 0; lid < SPDK_COUNTOF(page->lids); lid++) {
		if (page->lids[lid].lsupp) {
			known = nvme_log_page_of((uint8_t)lid);
			nvme_record_hex(record, NULL, lid, 2, known != NULL ? known->title : NULL);
		}
	}
	nvme_record_list_end(record);
}

static void
write_feature_effects(struct nvme_record *record, const void *data, size_t size)
{
	static const struct nvme_bits bits[] = {
		{0, 1, "supported", NULL},
		{1, 1, "changes user data", NULL},
		{2, 1, "changes namespace capabilities", NULL},
		{3, 1, "changes the inventory of namespaces", NULL},
		{4, 1, "changes controller capabilities", NULL},
		{20, 1, "of namespaces", NULL},
		{21, 1, "of controllers", NULL},
		{0, 0, NULL, NULL},
	};
	const struct spdk_nvme_feature_ids_effects_log_page *page = data;
	uint32_t fid, raw;
	char name[8];

	assert(size >= sizeof(*page));
	for (fid = 0; fid < SPDK_COUNTOF(page->fis); fid++) {
		memcpy(&raw, &page->fis[fid], sizeof(raw));
		if (page->fis[fid].fsupp) {
			snprintf(name, sizeof(name), "0x%02x", fid);
			nvme_record_bits(record, name, raw, 8, bits);
		}
	}
}

/* ---- Self-tests, sanitize ---- */

static void
write_self_tests(struct nvme_record *record, const void *data, size_t size)
{
	static const char *const results[] = {"passed",
					      "aborted by a command",
					      "aborted by a reset",
					      "aborted: namespace removed",
					      "aborted by a format",
					      "fatal error, not completed",
					      "failed, segment unknown",
					      "failed segments",
					      "aborted for unknown reason",
					      "aborted by a sanitize"};
	const uint8_t *bytes = data, *result;
	uint32_t i, code;

	assert(size >= 4 + SELF_TEST_RESULTS * SELF_TEST_SIZE);
	nvme_record_number(record, "current_operation", bytes[0] & 0xf,
			   (bytes[0] & 0xf) == 0 ? "none" : "under way");
	nvme_record_number(record, "completion", bytes[1] & 0x7f, "% done");
	nvme_record_list(record, "results");
	for (i = 0; i < SELF_TEST_RESULTS; i++) {
		result = bytes + 4 + (size_t)i * SELF_TEST_SIZE;
		code = result[0] & 0xf;
		if (code == 0xf) {
			continue;
		}
		nvme_record_object(record, NULL, "self-test, %u before the last", i);
		nvme_record_number(record, "code", result[0] >> 4,
				   result[0] >> 4 == 1 ? "short" :
				   result[0] >> 4 == 2 ? "extended" :
							 "vendor's");
		nvme_record_number(record, "result", code,
				   code < SPDK_COUNTOF(results) ? results[code] : "reserved");
		nvme_record_number(record, "poh", nvme_bytes_number(result + 4, 8),
				   "power on hours");
		nvme_record_object_end(record);
	}
	nvme_record_list_end(record);
}

static void
write_seconds(struct nvme_record *record, const char *name, uint32_t value, const char *meaning)
{
	struct text text = {.bytes = NULL};

	text_printf(&text, "%s%s", meaning, value == UINT32_MAX ? ": not told" : "");
	nvme_record_number(record, name, value, text.bytes);
	text_fini(&text);
}

static void
write_sanitize(struct nvme_record *record, const void *data, size_t size)
{
	static const char *const values[] = {"never sanitized",
					     "successful",
					     "in progress",
					     "failed",
					     "successful, not deallocated",
					     NULL};
	static const struct nvme_bits bits[] = {
		{0, 3, "", values},
		{3, 5, "passes", NULL},
		{8, 1, "nothing written since", NULL},
		{0, 0, NULL, NULL},
	};
	const struct spdk_nvme_sanitize_status_log_page *page = data;
	char percent[24];

	assert(size >= sizeof(*page));
	snprintf(percent, sizeof(percent), "%.1f %%", page->sprog / SANITIZE_WHOLE * 100);
	nvme_record_number(record, "sprog", page->sprog, percent);
	nvme_record_bits(record, "sstat", nvme_bytes_number(&page->sstat, 2), 4, bits);
	nvme_record_hex(record, "scdw10", page->scdw10, 8, "dword 10 of the command");
	write_seconds(record, "eto", page->et_overwrite, "seconds an overwrite takes");
	write_seconds(record, "etbe", page->et_block_erase, "seconds a block erase takes");
	write_seconds(record, "etce", page->et_crypto_erase, "seconds a crypto erase takes");
}

/* ---- All of them ---- */

static const struct nvme_log_page pages[] = {
	{"supported", 0x00, 1024, "log pages that there are", write_supported},
	{"error", 0x01, 0, "errors, the newest first", write_errors},
	{"smart", 0x02, 512, "health", write_health},
	{"firmware", 0x03, 512, "firmware slots", write_firmware},
	{"changed-ns", 0x04, 4096, "namespaces that have changed", write_changed},
	{"effects", 0x05, 4096, "commands, and what they change", write_effects},
	{"self-test", 0x06, 564, "self-tests", write_self_tests},
	{"ana", 0x0c, 4096, "asymmetric namespace access", write_ana},
	{"feature-effects", 0x12, 1024, "features, and what they change", write_feature_effects},
	{"sanitize", 0x81, 512, "how sanitizing goes", write_sanitize},
};

const struct nvme_log_page *
nvme_log_page_at(size_t index)
{
	return index < SPDK_COUNTOF(pages) ? &pages[index] : NULL;
}

const struct nvme_log_page *
nvme_log_page_of(uint8_t lid)
{
	size_t i;

	for (i = 0; i < SPDK_COUNTOF(pages); i++) {
		if (pages[i].lid == lid) {
			return &pages[i];
		}
	}
	return NULL;
}

const struct nvme_log_page *
nvme_log_page_find(const char *name)
{
	size_t i;

	for (i = 0; i < SPDK_COUNTOF(pages); i++) {
		if (strcmp(pages[i].name, name) == 0) {
			return &pages[i];
		}
	}
	return NULL;
}

void
nvme_dump_write(struct nvme_record *record, const void *data, size_t size)
{
	const uint8_t *bytes = data;
	struct text text = {.bytes = NULL};
	char offset[16];
	size_t i, line = record->json != NULL ? SIZE_MAX : DUMP_LINE;

	for (i = 0; i < size; i++) {
		text_printf(&text, i % line == line / 2 ? " %02x" : "%02x", bytes[i]);
		if (i + 1 == size || i % line == line - 1) {
			snprintf(offset, sizeof(offset), "%08zx", i / line * line);
			nvme_record_string(record, record->json != NULL ? "data" : offset,
					   text.bytes, NULL);
			text_fini(&text);
		}
	}
}
