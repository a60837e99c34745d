/* SPDX-License-Identifier: BSD-3-Clause */
/* What is told of namespaces: that it is what the controller said, also once that has changed. */
#include "io/nvme/ctrlr_fixture.h"

#include "spdk/nvme_zns.h"

static struct ctrlr_host g_host;
static struct fake_opts g_opts;

/* Bytes of an answer to Identify that are not as the fake has them: that of Identify Controller. */
static const struct fake_fault g_patch = {
	.kind = FAKE_FAULT_DATA_PATCH,
	.where = FAKE_AT_ADMIN_COMMAND,
	.opcode = SPDK_NVME_OPC_IDENTIFY,
	.cdw10 = SPDK_NVME_IDENTIFY_CTRLR,
	.cdw10_mask = 0xff,
};

static int
setup(void **state)
{
	fake_opts_init(&g_opts);
	return 0;
}

/* Returns namespace 1. */
static struct spdk_nvme_ns *
open_with(const struct fake_fault *faults, uint32_t count)
{
	ctrlr_host_init(&g_host, &g_opts);
	for (uint32_t i = 0; i < count; i++) {
		fake_plant(g_host.fake, &faults[i]);
	}
	ctrlr_attach(&g_host);
	assert_non_null(g_host.ctrlr);
	return spdk_nvme_ctrlr_get_ns(g_host.ctrlr, 1);
}

static void
sizes_follow_the_format(void **state)
{
	const struct fake_ns_opts other = {.blocks = 100, .block_size = 4096};
	const struct spdk_nvme_ns_data *data;
	struct spdk_nvme_ns *ns;

	g_opts.ns[2] = (struct fake_ns_opts){.blocks = 77, .block_size = 512, .md_size = 8};
	(void)open_with(NULL, 0);
	ns = spdk_nvme_ctrlr_get_ns(g_host.ctrlr, 3);
	assert_int_equal(spdk_nvme_ns_get_id(ns), 3);
	assert_ptr_equal(spdk_nvme_ns_get_ctrlr(ns), g_host.ctrlr);
	/* Metadata do not count. */
	assert_int_equal(spdk_nvme_ns_get_size(ns), 77 * 512);
	data = spdk_nvme_ns_get_data(ns);
	assert_int_equal(data->nsze, 77);
	assert_int_equal(data->lbaf[spdk_nvme_ns_get_format_index(data)].ms, 8);
	fake_format_namespace(g_host.fake, 3, &other);
	ctrlr_wait_for_event(&g_host);
	assert_int_equal(spdk_nvme_ns_get_size(ns), 100 * 4096);
	assert_ptr_equal(spdk_nvme_ns_get_data(ns), data);
	assert_int_equal(data->nsze, 100);
	assert_int_equal(data->lbaf[spdk_nvme_ns_get_format_index(data)].lbads, 12);
	ctrlr_close(&g_host);
}

/* More than 32 bits of it. */
static void
large_namespaces_have_their_size(void **state)
{
	struct fake_fault patch = g_patch;
	struct spdk_nvme_ns *ns;

	patch.cdw10 = SPDK_NVME_IDENTIFY_NS;
	patch.offset = offsetof(struct spdk_nvme_ns_data, nsze) + 4;
	patch.size = 1;
	patch.value = 2;
	ns = open_with(&patch, 1);
	assert_int_equal(spdk_nvme_ns_get_num_sectors(ns), (UINT64_C(2) << 32) + 8192);
	assert_int_equal(spdk_nvme_ns_get_size(ns), ((UINT64_C(2) << 32) + 8192) * 512);
	ctrlr_close(&g_host);
}

/* The upper bits were reserved when there were no more than 16 formats. */
static void
the_format_has_two_more_bits_with_many_formats(void **state)
{
	struct spdk_nvme_ns_data data = {.nlbaf = 15, .flbas = {.format = 5, .msb_format = 3}};

	assert_int_equal(spdk_nvme_ns_get_format_index(&data), 5);
	data.nlbaf = 63;
	assert_int_equal(spdk_nvme_ns_get_format_index(&data), 0x35);
	data.flbas.msb_format = 0;
	assert_int_equal(spdk_nvme_ns_get_format_index(&data), 5);
}

static void
flags_tell_what_the_controller_and_the_format_have(void **state)
{
	const uint32_t plain =
		SPDK_NVME_NS_DEALLOCATE_SUPPORTED | SPDK_NVME_NS_RESERVATION_SUPPORTED |
		SPDK_NVME_NS_WRITE_ZEROES_SUPPORTED | SPDK_NVME_NS_WRITE_UNCORRECTABLE_SUPPORTED |
		SPDK_NVME_NS_COMPARE_SUPPORTED;
	struct spdk_nvme_ns *ns;

	g_opts.has_write_cache = true;
	g_opts.ns[1] = (struct fake_ns_opts){
		.blocks = 64, .block_size = 512, .md_size = 8, .md_is_extended = true};
	g_opts.ns[2] =
		(struct fake_ns_opts){.blocks = 64, .block_size = 512, .md_size = 8, .pi_type = 1};
	ns = open_with(NULL, 0);
	assert_int_equal(spdk_nvme_ns_get_flags(ns), plain | SPDK_NVME_NS_FLUSH_SUPPORTED);
	ns = spdk_nvme_ctrlr_get_ns(g_host.ctrlr, 2);
	assert_int_equal(spdk_nvme_ns_get_flags(ns), plain | SPDK_NVME_NS_FLUSH_SUPPORTED |
							     SPDK_NVME_NS_EXTENDED_LBA_SUPPORTED);
	ns = spdk_nvme_ctrlr_get_ns(g_host.ctrlr, 3);
	assert_int_equal(spdk_nvme_ns_get_flags(ns),
			 plain | SPDK_NVME_NS_FLUSH_SUPPORTED | SPDK_NVME_NS_DPS_PI_SUPPORTED);
	assert_int_equal(spdk_nvme_ns_get_pi_format(ns), SPDK_NVME_16B_GUARD_PI);
	ctrlr_close(&g_host);
	g_opts.has_write_cache = false;
	ns = open_with(NULL, 0);
	assert_int_equal(spdk_nvme_ns_get_flags(ns), plain);
	ctrlr_close(&g_host);
}

/* The bits of ONCS, one at a time. */
static void
each_command_has_its_flag(void **state)
{
	const struct {
		uint32_t bit;
		uint32_t flag;
	} commands[] = {
		{0, SPDK_NVME_NS_COMPARE_SUPPORTED},
		{1, SPDK_NVME_NS_WRITE_UNCORRECTABLE_SUPPORTED},
		{2, SPDK_NVME_NS_DEALLOCATE_SUPPORTED},
		{3, SPDK_NVME_NS_WRITE_ZEROES_SUPPORTED},
	};
	struct fake_fault patch = g_patch;
	struct spdk_nvme_ns *ns;

	g_opts.has_write_cache = false;
	patch.offset = offsetof(struct spdk_nvme_ctrlr_data, oncs);
	patch.size = 1;
	for (uint32_t i = 0; i < SPDK_COUNTOF(commands); i++) {
		patch.value = 1u << commands[i].bit;
		ns = open_with(&patch, 1);
		assert_int_equal(spdk_nvme_ns_get_flags(ns),
				 commands[i].flag | SPDK_NVME_NS_RESERVATION_SUPPORTED);
		assert_int_equal(spdk_nvme_ns_supports_compare(ns), commands[i].bit == 0);
		assert_int_equal(spdk_nvme_ns_supports_write_uncorrectable(ns),
				 commands[i].bit == 1);
		ctrlr_close(&g_host);
	}
}

/* An answer of zeros: a list of descriptors with nothing in it. */
static void
identifiers_are_those_that_the_controller_has(void **state)
{
	struct fake_fault none = g_patch;
	const struct spdk_uuid *uuid;
	const uint8_t *nguid;
	struct spdk_nvme_ns *ns;

	g_opts.ns[1] = g_opts.ns[0];
	ns = open_with(NULL, 0);
	nguid = spdk_nvme_ns_get_nguid(ns);
	uuid = spdk_nvme_ns_get_uuid(ns);
	assert_non_null(nguid);
	assert_non_null(uuid);
	/* Identify Namespace has it as well; the fake's UUID differs from it in the last byte. */
	assert_memory_equal(nguid, spdk_nvme_ns_get_data(ns)->nguid, 16);
	assert_memory_equal(uuid, nguid, 15);
	assert_int_equal(uuid->u.raw[15], nguid[15] ^ 0xa5);
	ns = spdk_nvme_ctrlr_get_ns(g_host.ctrlr, 2);
	assert_memory_not_equal(spdk_nvme_ns_get_uuid(ns), uuid, sizeof(*uuid));
	ctrlr_close(&g_host);
	none.kind = FAKE_FAULT_DATA_ZEROS;
	none.cdw10 = SPDK_NVME_IDENTIFY_NS_ID_DESCRIPTOR_LIST;
	ns = open_with(&none, 1);
	assert_true(spdk_nvme_ns_is_active(ns));
	assert_null(spdk_nvme_ns_get_nguid(ns));
	assert_null(spdk_nvme_ns_get_uuid(ns));
	ctrlr_close(&g_host);
}

static void
what_is_special_to_the_nvm_command_set_is_there_when_asked_for(void **state)
{
	struct fake_fault patches[2] = {g_patch, g_patch};
	const struct spdk_nvme_nvm_ns_data *data;
	struct spdk_nvme_ns *ns;

	g_opts.ns[0] =
		(struct fake_ns_opts){.blocks = 64, .block_size = 512, .md_size = 16, .pi_type = 1};
	/* Nothing of it counts without extended formats. */
	ns = open_with(NULL, 0);
	assert_null(spdk_nvme_nvm_ns_get_data(ns));
	assert_int_equal(spdk_nvme_ns_get_pi_format(ns), SPDK_NVME_16B_GUARD_PI);
	assert_non_null(spdk_nvme_nvm_ctrlr_get_data(g_host.ctrlr));
	assert_int_equal(spdk_nvme_nvm_ctrlr_get_data(g_host.ctrlr)->dmrl, 64);
	ctrlr_close(&g_host);
	/* CTRATT.ELBAS; guards of 32 bits in the format that is in use. */
	patches[0].offset = offsetof(struct spdk_nvme_ctrlr_data, ctratt) + 1;
	patches[0].size = 1;
	patches[0].value = 1u << 7;
	patches[1].cdw10 = SPDK_NVME_IDENTIFY_NS_IOCS;
	patches[1].offset = offsetof(struct spdk_nvme_nvm_ns_data, elbaf);
	patches[1].size = 2;
	patches[1].value = SPDK_NVME_32B_GUARD_PI << 7 | 16;
	ns = open_with(patches, 2);
	data = spdk_nvme_nvm_ns_get_data(ns);
	assert_non_null(data);
	assert_int_equal(data->elbaf[0].sts, 16);
	assert_int_equal(data->elbaf[0].pif, SPDK_NVME_32B_GUARD_PI);
	assert_int_equal(spdk_nvme_ns_get_pi_format(ns), SPDK_NVME_32B_GUARD_PI);
	ctrlr_close(&g_host);
}

static void
want_nvm_alone(struct spdk_nvme_ctrlr_opts *opts)
{
	opts->command_set = SPDK_NVME_CC_CSS_NVM;
}

/* Version 1.4 without command sets to choose from. */
static void
controllers_without_command_sets_say_nothing_of_them(void **state)
{
	ctrlr_host_init(&g_host, &g_opts);
	g_host.change_opts = want_nvm_alone;
	ctrlr_attach(&g_host);
	assert_non_null(g_host.ctrlr);
	assert_null(spdk_nvme_nvm_ctrlr_get_data(g_host.ctrlr));
	assert_null(spdk_nvme_zns_ctrlr_get_data(g_host.ctrlr));
	assert_int_equal(spdk_nvme_zns_ctrlr_get_max_zone_append_size(g_host.ctrlr), 0);
	ctrlr_close(&g_host);
}

/* It may go at any time, and programs look at what they were given on threads of their own. */
static void
what_was_told_can_be_read_when_the_namespace_has_gone(void **state)
{
	const struct spdk_nvme_zns_ns_data *data;
	struct spdk_nvme_ns *ns;

	g_opts.ns[0] = (struct fake_ns_opts){
		.blocks = 64, .block_size = 512, .zone_blocks = 32, .zones_active_max = 5};
	ns = open_with(NULL, 0);
	data = spdk_nvme_zns_ns_get_data(ns);
	assert_int_equal(data->mar, 4);
	fake_change_namespace(g_host.fake, 1, 0);
	ctrlr_wait_for_event(&g_host);
	assert_null(spdk_nvme_zns_ns_get_data(ns));
	assert_int_equal(data->mar, 4);
	g_opts.ns[0].zones_active_max = 7;
	fake_format_namespace(g_host.fake, 1, &g_opts.ns[0]);
	ctrlr_wait_for_event(&g_host);
	assert_ptr_equal(spdk_nvme_zns_ns_get_data(ns), data);
	assert_int_equal(data->mar, 6);
	ctrlr_close(&g_host);
}

static void
zones_are_as_the_controller_has_them(void **state)
{
	struct spdk_nvme_ns *ns;

	g_opts.zasl = 2;
	g_opts.ns[1] = (struct fake_ns_opts){.blocks = 256,
					     .block_size = 512,
					     .zone_blocks = 32,
					     .zone_capacity = 24,
					     .zones_active_max = 5,
					     .zones_open_max = 3};
	g_opts.ns[2] = (struct fake_ns_opts){.blocks = 64, .block_size = 4096, .zone_blocks = 64};
	ns = open_with(NULL, 0);
	assert_null(spdk_nvme_zns_ns_get_data(ns));
	assert_int_equal(spdk_nvme_zns_ns_get_zone_size_sectors(ns), 0);
	assert_int_equal(spdk_nvme_zns_ns_get_zone_size(ns), 0);
	assert_int_equal(spdk_nvme_zns_ns_get_num_zones(ns), 0);
	assert_int_equal(spdk_nvme_zns_ns_get_max_open_zones(ns), 0);
	assert_int_equal(spdk_nvme_zns_ns_get_max_active_zones(ns), 0);

	ns = spdk_nvme_ctrlr_get_ns(g_host.ctrlr, 2);
	assert_int_equal(spdk_nvme_zns_ns_get_zone_size_sectors(ns), 32);
	assert_int_equal(spdk_nvme_zns_ns_get_zone_size(ns), 32 * 512);
	assert_int_equal(spdk_nvme_zns_ns_get_num_zones(ns), 8);
	assert_int_equal(spdk_nvme_zns_ns_get_max_open_zones(ns), 3);
	assert_int_equal(spdk_nvme_zns_ns_get_max_active_zones(ns), 5);
	assert_int_equal(spdk_nvme_zns_ns_get_data(ns)->mar, 4);

	/* No limits. */
	ns = spdk_nvme_ctrlr_get_ns(g_host.ctrlr, 3);
	assert_int_equal(spdk_nvme_zns_ns_get_zone_size(ns), 64 * 4096);
	assert_int_equal(spdk_nvme_zns_ns_get_num_zones(ns), 1);
	assert_int_equal(spdk_nvme_zns_ns_get_max_open_zones(ns), 0);
	assert_int_equal(spdk_nvme_zns_ns_get_max_active_zones(ns), 0);

	assert_int_equal(spdk_nvme_zns_ctrlr_get_data(g_host.ctrlr)->zasl, 2);
	assert_int_equal(spdk_nvme_zns_ctrlr_get_max_zone_append_size(g_host.ctrlr), 4 * 4096);
	ctrlr_close(&g_host);
}

static void
a_controller_without_zone_append_has_no_size_for_it(void **state)
{
	struct fake_fault effects = g_patch;

	g_opts.ns[0] = (struct fake_ns_opts){.blocks = 64, .block_size = 512, .zone_blocks = 64};
	effects.opcode = SPDK_NVME_OPC_GET_LOG_PAGE;
	effects.cdw10 = SPDK_NVME_LOG_COMMAND_EFFECTS_LOG;
	effects.kind = FAKE_FAULT_DATA_ZEROS;
	(void)open_with(&effects, 1);
	assert_non_null(spdk_nvme_zns_ctrlr_get_data(g_host.ctrlr));
	assert_int_equal(spdk_nvme_zns_ctrlr_get_max_zone_append_size(g_host.ctrlr), 0);
	ctrlr_close(&g_host);
	/* Without an answer, nobody knows that. */
	effects.kind = FAKE_FAULT_STATUS;
	effects.status.sct = SPDK_NVME_SCT_COMMAND_SPECIFIC;
	effects.status.sc = SPDK_NVME_SC_INVALID_LOG_PAGE;
	(void)open_with(&effects, 1);
	assert_int_equal(spdk_nvme_zns_ctrlr_get_max_zone_append_size(g_host.ctrlr),
			 spdk_nvme_ctrlr_get_max_xfer_size(g_host.ctrlr));
	ctrlr_close(&g_host);
}

/* The handle stays; all that was known of the namespace has gone. */
static void
a_namespace_that_has_gone_is_nothing(void **state)
{
	struct spdk_nvme_ns *ns;

	g_opts.has_ana = true;
	g_opts.ns[0] = (struct fake_ns_opts){
		.blocks = 64, .block_size = 512, .md_size = 8, .pi_type = 1, .zone_blocks = 32};
	ns = open_with(NULL, 0);
	assert_int_equal(spdk_nvme_zns_ns_get_num_zones(ns), 2);
	fake_change_namespace(g_host.fake, 1, 0);
	ctrlr_wait_for_event(&g_host);
	assert_int_equal(spdk_nvme_ns_get_id(ns), 1);
	assert_ptr_equal(spdk_nvme_ns_get_ctrlr(ns), g_host.ctrlr);
	assert_int_equal(spdk_nvme_ns_get_size(ns), 0);
	assert_int_equal(spdk_nvme_ns_get_flags(ns), 0);
	assert_int_equal(spdk_nvme_ns_get_data(ns)->nsze, 0);
	assert_int_equal(spdk_nvme_ns_get_ana_group_id(ns), 0);
	assert_int_equal(spdk_nvme_ns_get_ana_state(ns), 0);
	assert_null(spdk_nvme_ns_get_nguid(ns));
	assert_null(spdk_nvme_ns_get_uuid(ns));
	assert_null(spdk_nvme_nvm_ns_get_data(ns));
	assert_null(spdk_nvme_zns_ns_get_data(ns));
	assert_int_equal(spdk_nvme_zns_ns_get_num_zones(ns), 0);
	assert_int_equal(spdk_nvme_zns_ns_get_max_open_zones(ns), 0);
	ctrlr_close(&g_host);
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(sizes_follow_the_format),
		TEST(large_namespaces_have_their_size),
		TEST(the_format_has_two_more_bits_with_many_formats),
		TEST(flags_tell_what_the_controller_and_the_format_have),
		TEST(each_command_has_its_flag),
		TEST(identifiers_are_those_that_the_controller_has),
		TEST(what_is_special_to_the_nvm_command_set_is_there_when_asked_for),
		TEST(controllers_without_command_sets_say_nothing_of_them),
		TEST(zones_are_as_the_controller_has_them),
		TEST(a_controller_without_zone_append_has_no_size_for_it),
		TEST(a_namespace_that_has_gone_is_nothing),
		TEST(what_was_told_can_be_read_when_the_namespace_has_gone),
	};

	return cmocka_run_group_tests(tests, ctrlr_setup_env, ctrlr_teardown_env);
}
