/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Options, start and end of the environment: what is refused and how that is explained, and that
 * everything can be started again.
 */
#include "spdk/env.h"

#include <setjmp.h>

#include <cmocka.h>

#include "base/log_capture.h"

#define MASK_ROUNDS 5

static struct spdk_env_opts
default_opts(void)
{
	struct spdk_env_opts opts;

	memset(&opts, 0xa5, sizeof(opts));
	opts.opts_size = sizeof(opts);
	spdk_env_opts_init(&opts);
	opts.no_pci = true;
	return opts;
}

static int
setup(void **state)
{
	log_capture_start();
	return 0;
}

static int
teardown(void **state)
{
	log_capture_stop();
	return 0;
}

/* The first test: nothing may have been started in this process before it. */
static void
reinit_needs_an_earlier_start(void **state)
{
	assert_int_equal(spdk_env_init(NULL), -EINVAL);
	assert_one_error("spdk_env_opts_init()");
	spdk_env_fini();
	assert_one_error("without a spdk_env_init()");
}

static void
defaults_are_those_of_the_reference(void **state)
{
	struct spdk_env_opts opts;

	memset(&opts, 0xa5, sizeof(opts));
	opts.opts_size = sizeof(opts);
	spdk_env_opts_init(&opts);
	assert_string_equal(opts.name, "spdk");
	assert_string_equal(opts.core_mask, "0x1");
	assert_null(opts.lcore_map);
	assert_int_equal(opts.shm_id, -1);
	assert_int_equal(opts.mem_channel, -1);
	assert_int_equal(opts.main_core, -1);
	assert_int_equal(opts.mem_size, -1);
	assert_false(opts.no_pci);
	assert_false(opts.no_huge);
	assert_false(opts.enforce_numa);
	assert_int_equal(opts.num_pci_addr, 0);
	assert_null(opts.pci_allowed);
	assert_null(opts.pci_blocked);
	assert_null(opts.env_context);
	assert_int_equal(opts.base_virtaddr, 0x200000000000);
	assert_int_equal(opts.opts_size, sizeof(opts));
	assert_nothing_logged();
}

static void
only_as_much_is_written_as_the_caller_knows(void **state)
{
	static const size_t sizes[] = {
		sizeof(struct spdk_env_opts),
		offsetof(struct spdk_env_opts, enforce_numa),
		offsetof(struct spdk_env_opts, env_context),
		offsetof(struct spdk_env_opts, lcore_map),
		1,
	};
	union {
		struct spdk_env_opts opts;
		unsigned char bytes[sizeof(struct spdk_env_opts) + 64];
	} area;

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		memset(area.bytes, 0xa5, sizeof(area.bytes));
		area.opts.opts_size = sizes[i];
		spdk_env_opts_init(&area.opts);
		assert_int_equal(area.opts.opts_size, sizes[i]);
		for (size_t at = sizes[i]; at < sizeof(area.bytes); at++) {
			if (at < offsetof(struct spdk_env_opts, opts_size) ||
			    at >= offsetof(struct spdk_env_opts, enforce_numa)) {
				assert_int_equal(area.bytes[at], 0xa5);
			}
		}
	}
	memset(area.bytes, 0xa5, sizeof(area.bytes));
	area.opts.opts_size = sizeof(area.bytes);
	spdk_env_opts_init(&area.opts);
	assert_int_equal(area.bytes[sizeof(struct spdk_env_opts)], 0xa5);
	assert_string_equal(area.opts.name, "spdk");
	assert_nothing_logged();
}

static void
size_of_options_must_be_given(void **state)
{
	struct spdk_env_opts opts;

	memset(&opts, 0, sizeof(opts));
	spdk_env_opts_init(&opts);
	assert_null(opts.name);
	assert_one_error("opts.opts_size = sizeof(opts)");
	assert_int_equal(spdk_env_init(&opts), -EINVAL);
	assert_one_error("opts.opts_size = sizeof(opts)");
	spdk_env_opts_init(NULL);
	assert_one_error("NULL");
}

static void
refused(const struct spdk_env_opts *opts, const char *part)
{
	assert_int_equal(spdk_env_init(opts), -EINVAL);
	assert_one_error(part);
	assert_int_equal(spdk_env_get_core_count(), 0);
	assert_int_equal(spdk_env_get_current_core(), SPDK_ENV_LCORE_ID_ANY);
}

static void
wrong_core_options_are_explained(void **state)
{
	struct spdk_env_opts opts = default_opts();

	opts.core_mask = "0x3,4";
	refused(&opts, "core_mask \"0x3,4\" is wrong at \",4\" (character 4)");
	opts.core_mask = "0";
	refused(&opts, "it names no lcore");
	opts.core_mask = "[0,1024]";
	refused(&opts, "below 1024");
	opts.core_mask = "0x5";
	opts.main_core = 1;
	refused(&opts, "main_core 1 is not one of the cores 0,2");
	opts.main_core = -2;
	refused(&opts, "main_core -2");
	opts.main_core = 4711;
	refused(&opts, "main_core 4711");
	opts.main_core = -1;
	opts.lcore_map = "0@0";
	refused(&opts, "core_mask \"0x5\" and lcore_map \"0@0\" are both set");
	opts.core_mask = NULL;
	opts.lcore_map = "0@";
	refused(&opts, "lcore_map \"0@\" is wrong");
}

static void
wrong_other_options_are_explained(void **state)
{
	struct spdk_pci_addr address = {.dev = 32};
	struct spdk_env_opts opts = default_opts();

	opts.iova_mode = "dc";
	refused(&opts, "iova_mode \"dc\"");
	opts.iova_mode = "va";
	opts.vf_token = "14d63f20-8445-11ea-8900-1f9ce7d5650";
	refused(&opts, "vf_token");
	opts.vf_token = "14d63f20-8445-11ea-8900-1f9ce7d5650d";
	opts.num_pci_addr = 1;
	refused(&opts, "none of pci_allowed and pci_blocked");
	opts.pci_allowed = &address;
	refused(&opts, "pci_allowed[0] is no PCI address");
	opts.pci_blocked = &address;
	refused(&opts, "each of pci_allowed and pci_blocked");
}

static void
good_options_are_accepted(void **state)
{
	struct spdk_pci_addr address = {.dev = 31, .func = 7};
	struct spdk_env_opts opts = default_opts();
	char no_context[] = "", context[] = "--log-level=lib.eal:8";

	opts.core_mask = "";
	opts.iova_mode = "";
	opts.vf_token = "";
	opts.env_context = no_context;
	opts.shm_id = 7;
	assert_int_equal(spdk_env_init(&opts), 0);
	assert_true(spdk_process_is_primary());
	assert_int_equal(spdk_env_get_core_count(), 1);
	spdk_env_fini();
	assert_nothing_logged();

	opts.iova_mode = "va";
	opts.vf_token = "14D63f20-8445-11ea-8900-1f9ce7d5650d";
	opts.num_pci_addr = 1;
	opts.pci_blocked = &address;
	opts.env_context = context;
	assert_int_equal(spdk_env_init(&opts), 0);
	spdk_env_fini();
	assert_one_notice("\"--log-level=lib.eal:8\" is ignored");
}

static void
map_takes_the_place_of_the_default_mask(void **state)
{
	struct spdk_env_opts opts = default_opts();

	opts.lcore_map = "3@0,7@0";
	assert_int_equal(spdk_env_init(&opts), 0);
	assert_int_equal(spdk_env_get_core_count(), 2);
	assert_int_equal(spdk_env_get_first_core(), 3);
	spdk_env_fini();
	assert_nothing_logged();
}

static void
second_start_is_refused_until_the_end(void **state)
{
	struct spdk_env_opts opts = default_opts();

	assert_int_equal(spdk_env_init(&opts), 0);
	opts.core_mask = "0x3";
	assert_int_equal(spdk_env_init(&opts), -EALREADY);
	assert_one_error("spdk_env_fini()");
	assert_int_equal(spdk_env_init(NULL), -EALREADY);
	assert_one_error("spdk_env_fini()");
	assert_int_equal(spdk_env_get_core_count(), 1);
	spdk_env_fini();
	assert_nothing_logged();
	spdk_env_fini();
	assert_one_error("without a spdk_env_init()");
}

static void
it_starts_again_with_other_cores(void **state)
{
	static const char *const masks[] = {"0x1", "0xf", "[5-9]", "0x2", "[1000,1023]"};
	static const uint32_t counts[] = {1, 4, 5, 1, 2};
	struct spdk_env_opts opts = default_opts();

	for (int round = 0; round < MASK_ROUNDS; round++) {
		for (size_t i = 0; i < sizeof(masks) / sizeof(masks[0]); i++) {
			opts.core_mask = masks[i];
			assert_int_equal(spdk_env_init(&opts), 0);
			assert_int_equal(spdk_env_get_core_count(), counts[i]);
			assert_int_equal(spdk_env_get_current_core(), spdk_env_get_first_core());
			spdk_env_fini();
			assert_int_equal(spdk_env_get_core_count(), 0);
			assert_int_equal(spdk_env_get_current_core(), SPDK_ENV_LCORE_ID_ANY);
		}
	}
	assert_int_equal(log_capture_count(SPDK_LOG_ERROR), 0);
	log_capture_start();
}

static void
reinit_uses_the_last_good_options(void **state)
{
	struct spdk_env_opts opts = default_opts();
	char mask[] = "0x6", name[] = "program";
	struct spdk_pci_addr address = {.bus = 1};

	opts.core_mask = mask;
	opts.name = name;
	opts.main_core = 2;
	opts.num_pci_addr = 1;
	opts.pci_allowed = &address;
	assert_int_equal(spdk_env_init(&opts), 0);
	spdk_env_fini();
	/* All of it is the caller's again. */
	memset(mask, 'x', sizeof(mask));
	memset(name, 'x', sizeof(name));
	memset(&address, 0xff, sizeof(address));
	memset(&opts, 0xff, sizeof(opts));
	assert_int_equal(spdk_env_init(NULL), 0);
	assert_int_equal(spdk_env_get_core_count(), 2);
	assert_int_equal(spdk_env_get_main_core(), 2);
	spdk_env_fini();

	log_capture_start();
	opts = default_opts();
	opts.core_mask = "bad";
	opts.main_core = 99;
	refused(&opts, "main_core 99");
	assert_int_equal(spdk_env_init(NULL), 0);
	assert_int_equal(spdk_env_get_main_core(), 2);
	spdk_env_fini();
	assert_int_equal(log_capture_count(SPDK_LOG_ERROR), 0);
	log_capture_start();
}

/* What a program compiled against a shorter struct passes has nothing behind its end. */
static void
short_options_are_read_no_further_than_they_go(void **state)
{
	/* Volatile, lest the compiler warn that the struct does not fit; so it is meant. */
	volatile size_t size = offsetof(struct spdk_env_opts, enforce_numa);
	struct spdk_env_opts *opts;

	opts = malloc(size);
	assert_non_null(opts);
	opts->opts_size = size;
	spdk_env_opts_init(opts);
	opts->no_pci = true;
	assert_int_equal(spdk_env_init(opts), 0);
	spdk_env_fini();
	free(opts);
	assert_nothing_logged();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reinit_needs_an_earlier_start),
		cmocka_unit_test(defaults_are_those_of_the_reference),
		cmocka_unit_test(only_as_much_is_written_as_the_caller_knows),
		cmocka_unit_test(size_of_options_must_be_given),
		cmocka_unit_test(wrong_core_options_are_explained),
		cmocka_unit_test(wrong_other_options_are_explained),
		cmocka_unit_test(good_options_are_accepted),
		cmocka_unit_test(map_takes_the_place_of_the_default_mask),
		cmocka_unit_test(second_start_is_refused_until_the_end),
		cmocka_unit_test(it_starts_again_with_other_cores),
		cmocka_unit_test(reinit_uses_the_last_good_options),
		cmocka_unit_test(short_options_are_read_no_further_than_they_go),
	};

	return cmocka_run_group_tests_name("env", tests, setup, teardown);
}
