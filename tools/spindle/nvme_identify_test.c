/* SPDX-License-Identifier: BSD-3-Clause */
/* What is told of a controller and a namespace: each field once, where the specification has it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "nvme_told.h"
#include "spdk/util.h"

static struct told *
tell_ctrlr(const struct spdk_nvme_ctrlr_data *data)
{
	static struct told told;

	told_begin(&told);
	nvme_ctrlr_data_write(&told.record, data);
	told_end(&told);
	return &told;
}

static void
fields_of_a_controller_are_where_they_belong(void **state)
{
	struct spdk_nvme_ctrlr_data data = {.vid = 0x1b36, .ssvid = 0x1af4, .mdts = 7};
	const struct spdk_json_val *root;
	struct told *told;

	memcpy(data.sn, "deadbeef            ", sizeof(data.sn));
	memcpy(data.mn, "QEMU NVMe Ctrl                          ", sizeof(data.mn));
	memcpy(data.fr, "7.2.0   ", sizeof(data.fr));
	data.ver.raw = SPDK_NVME_VERSION(1, 4, 0);
	data.oacs.fnvms = data.oacs.nms = data.oacs.dbcs = 1;
	data.frmw.num_slots = 1;
	data.frmw.slot1_ro = 1;
	data.lpa.cses = data.lpa.lpeds = 1;
	data.wctemp = 343;
	data.tnvmcap[0] = 1 << 30;
	data.crdt[1] = 5;
	data.sqes.min = data.sqes.max = 6;
	data.nn = 256;
	data.domain_identifier = 12;
	data.oncs.nvmcmps = data.oncs.nvmcpys = 1;
	data.vwc.present = 1;
	data.vwc.flush_broadcast = SPDK_NVME_FLUSH_BROADCAST_SUPPORTED;
	data.sgls.supported = SPDK_NVME_SGLS_SUPPORTED;
	data.nvscc = 1;
	snprintf((char *)data.subnqn, sizeof(data.subnqn), "nqn.2019-08.org.qemu:deadbeef");
	told = tell_ctrlr(&data);
	root = told->document.values;
	want_number(root, "vid", 0x1b36);
	want_number(root, "ssvid", 0x1af4);
	want_string(root, "sn", "deadbeef");
	want_string(root, "mn", "QEMU NVMe Ctrl");
	want_string(root, "fr", "7.2.0");
	want_number(root, "mdts", 7);
	want_number(root, "ver", 0x10400);
	want_number(root, "oacs", 0x10a);
	want_words(root, "oacs", "format, namespace management, doorbell buffers");
	want_words(root, "frmw", "slots 1, first slot read only");
	want_words(root, "lpa", "commands and effects, extended offsets");
	want_number(root, "wctemp", 343);
	want_number(root, "tnvmcap", 1 << 30);
	want_number(root, "crdt1", 0);
	want_number(root, "crdt2", 5);
	want_number(root, "sqes", 0x66);
	want_number(root, "nn", 256);
	want_number(root, "domainid", 12);
	want_words(root, "oncs", "compare, copy");
	want_words(root, "vwc", "present, flush of all namespaces supported");
	want_words(root, "sgls", "data any alignment");
	want_words(root, "icsvscc", "standard format");
	want_words(root, "cntrltype", "not told");
	want_string(root, "subnqn", "nqn.2019-08.org.qemu:deadbeef");
	document_fini(&told->document);
}

static void
numbers_of_a_controller_that_are_no_amounts_are_named(void **state)
{
	static const struct {
		const char *name, *of_zero;
	} fields[] = {
		{"mtfa", ": not told"},   {"fwug", ": not told"},      {"hmmaxd", ": no limit"},
		{"maxcmd", ": not told"}, {"mnan", ": as nn"},         {"maxdna", ": no limit"},
		{"maxcna", ": no limit"}, {"max_power", ": not told"},
	};
	struct spdk_nvme_ctrlr_data data = {.vid = 1};
	struct nvme_record record;
	struct text lines;
	size_t i;

	nvme_record_init(&record, false);
	nvme_ctrlr_data_write(&record, &data);
	lines = nvme_record_end(&record);
	for (i = 0; i < SPDK_COUNTOF(fields); i++) {
		want_meaning(&lines, fields[i].name, fields[i].of_zero);
	}
	text_fini(&lines);
	data.mtfa = 5;
	data.fwug = 255;
	data.hmmaxd = 7;
	data.maxdna[15] = 1;
	nvme_record_init(&record, false);
	nvme_ctrlr_data_write(&record, &data);
	lines = nvme_record_end(&record);
	want_meaning(&lines, "mtfa", ": 0.5 s");
	want_meaning(&lines, "fwug", ": any");
	want_meaning(&lines, "hmmaxd", "descriptors");
	want_meaning(&lines, "maxdna", "attachments");
	text_fini(&lines);
}

static void
power_states_are_as_many_as_there_are(void **state)
{
	struct spdk_nvme_ctrlr_data data = {.npss = 1};
	const struct spdk_json_val *root;
	struct told *told;

	data.psd[0].mp = 2500;
	data.psd[1].nops = 1;
	data.psd[1].exlat = 1234;
	data.psd[1].apw = 2;
	told = tell_ctrlr(&data);
	root = told->document.values;
	want_number(element_of(root, "psds", 0), "max_power", 2500);
	want_number(element_of(root, "psds", 1), "exit_lat", 1234);
	want_words(element_of(root, "psds", 1), "flags", "non-operational");
	want_words(element_of(root, "psds", 1), "active_work", "workload 2, not told");
	assert_null(element_of(root, "psds", 2));
	document_fini(&told->document);
	/* More than there is room for. */
	data.npss = 255;
	told = tell_ctrlr(&data);
	assert_non_null(element_of(told->document.values, "psds", 31));
	assert_null(element_of(told->document.values, "psds", 32));
	document_fini(&told->document);
}

static struct told *
tell_ns(const struct spdk_nvme_ns_data *data)
{
	static struct told told;

	told_begin(&told);
	nvme_ns_data_write(&told.record, data);
	told_end(&told);
	return &told;
}

static void
fields_of_a_namespace_are_where_they_belong(void **state)
{
	struct spdk_nvme_ns_data data = {.nsze = 131072, .ncap = 131072, .nuse = 99, .nlbaf = 3};
	const struct spdk_json_val *root, *format;
	struct told *told;

	data.nsfeat.optperf = 1;
	data.flbas.format = 2;
	data.flbas.extended = 1;
	data.dpc.pit1 = data.dpc.md_end = 1;
	data.dps.pit = 1;
	data.nsrescap.rescap.wes = 1;
	data.dlfeat.bits.read_value = SPDK_NVME_DEALLOC_READ_00;
	data.noiob = 8;
	data.msrc = 127;
	/* Fields that came with later versions. */
	((uint8_t *)&data)[81] = 3;
	((uint8_t *)&data)[82] = 1;
	data.nguid[0] = 0xfe;
	data.nguid[15] = 0x01;
	data.lbaf[0].lbads = 9;
	data.lbaf[2].lbads = 12;
	data.lbaf[2].ms = 8;
	data.lbaf[2].rp = 1;
	told = tell_ns(&data);
	root = told->document.values;
	want_number(root, "nsze", 131072);
	want_number(root, "nuse", 99);
	want_words(root, "nsfeat", "preferred sizes are told");
	want_words(root, "flbas", "format 2, metadata after each block, upper bits 0");
	want_words(root, "dpc", "type 1, last bytes of the metadata");
	want_words(root, "dps", "type 1");
	want_words(root, "rescap", "write exclusive");
	want_words(root, "dlfeat", "read as zeroes");
	want_number(root, "noiob", 8);
	want_number(root, "msrc", 127);
	want_words(root, "kpios", "on, supported");
	want_number(root, "nulbaf", 1);
	want_string(root, "nguid", "fe000000000000000000000000000001");
	format = element_of(root, "lbafs", 2);
	want_number(format, "ms", 8);
	want_number(format, "ds", 12);
	want_number(format, "rp", 1);
	want_number(format, "in_use", 1);
	want_number(element_of(root, "lbafs", 0), "in_use", 0);
	/* One more than nlbaf has: that with attributes of its own. */
	assert_non_null(element_of(root, "lbafs", 4));
	assert_null(element_of(root, "lbafs", 5));
	assert_int_equal(nvme_ns_block_size(&data), 4096);
	document_fini(&told->document);
}

static void
numbers_of_a_namespace_that_are_no_amounts_are_named(void **state)
{
	static const struct {
		const char *name, *of_zero, *of_seven;
	} fields[] = {
		{"nawun", ": as the controller's", ": 8"},
		{"nawupf", ": as the controller's", ": 8"},
		{"nacwu", ": as the controller's", ": 8"},
		{"nabsn", ": none", ": 8"},
		{"nabspf", ": none", ": 8"},
		{"noiob", ": not told", "in blocks"},
	};
	struct spdk_nvme_ns_data data = {.nsze = 1};
	struct nvme_record record;
	struct text lines;
	size_t i, round;

	for (round = 0; round < 2; round++) {
		nvme_record_init(&record, false);
		nvme_ns_data_write(&record, &data);
		lines = nvme_record_end(&record);
		for (i = 0; i < SPDK_COUNTOF(fields); i++) {
			want_meaning(&lines, fields[i].name,
				     round == 0 ? fields[i].of_zero : fields[i].of_seven);
		}
		text_fini(&lines);
		data.nawun = data.nawupf = data.nacwu = 7;
		data.nabsn = data.nabspf = data.noiob = 7;
	}
}

static void
upper_bits_of_a_format_count_only_with_many_formats(void **state)
{
	struct spdk_nvme_ns_data data = {.nlbaf = 15};

	data.flbas.format = 3;
	data.flbas.msb_format = 1;
	assert_int_equal(nvme_ns_format(&data), 3);
	data.nlbaf = 16;
	assert_int_equal(nvme_ns_format(&data), 0x13);
}

static void
sizes_that_cannot_be_are_none(void **state)
{
	struct spdk_nvme_ns_data data = {.nlbaf = 255};
	struct told *told;

	assert_int_equal(nvme_ns_block_size(&data), 0);
	data.lbaf[0].lbads = 200;
	assert_int_equal(nvme_ns_block_size(&data), 0);
	told = tell_ns(&data);
	assert_non_null(element_of(told->document.values, "lbafs", 63));
	assert_null(element_of(told->document.values, "lbafs", 64));
	document_fini(&told->document);
}

static void
descriptors_end_where_the_list_ends(void **state)
{
	uint8_t list[64] = {SPDK_NVME_NIDT_UUID,
			    16,
			    0,
			    0,
			    0x11,
			    0x22,
			    0x33,
			    0x44,
			    0x55,
			    0x66,
			    0x77,
			    0x88,
			    9,
			    9,
			    9,
			    9,
			    9,
			    9,
			    9,
			    9,
			    SPDK_NVME_NIDT_CSI,
			    1,
			    0,
			    0,
			    2};
	const struct spdk_json_val *root;
	struct told told;

	told_begin(&told);
	nvme_ns_descs_write(&told.record, list, sizeof(list));
	told_end(&told);
	root = told.document.values;
	want_string(element_of(root, "descriptors", 0), "uuid",
		    "11223344-5566-7788-0909-090909090909");
	want_string(element_of(root, "descriptors", 1), "csi", "02");
	assert_null(element_of(root, "descriptors", 2));
	document_fini(&told.document);
	/* One that says it goes on behind the end. */
	list[21] = 200;
	told_begin(&told);
	nvme_ns_descs_write(&told.record, list, sizeof(list));
	told_end(&told);
	assert_null(element_of(told.document.values, "descriptors", 1));
	document_fini(&told.document);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_of_a_controller_are_where_they_belong),
		cmocka_unit_test(numbers_of_a_controller_that_are_no_amounts_are_named),
		cmocka_unit_test(power_states_are_as_many_as_there_are),
		cmocka_unit_test(fields_of_a_namespace_are_where_they_belong),
		cmocka_unit_test(numbers_of_a_namespace_that_are_no_amounts_are_named),
		cmocka_unit_test(upper_bits_of_a_format_count_only_with_many_formats),
		cmocka_unit_test(sizes_that_cannot_be_are_none),
		cmocka_unit_test(descriptors_end_where_the_list_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
