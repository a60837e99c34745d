/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Options of an application: defaults, callers with a shorter struct, copies that share nothing,
 * and what is refused.
 */
#include "app/app/app_args.h"
#include "app/app/app_opts.h"
#include "base/log_capture.h"

#include <setjmp.h>

#include <cmocka.h>

/* A caller that was compiled when disable_signal_handlers was the last field. */
#define OLD_SIZE (offsetof(struct spdk_app_opts, disable_signal_handlers) + 1)

static struct spdk_app_opts
good_opts(void)
{
	struct spdk_app_opts opts;

	spdk_app_opts_init(&opts, sizeof(opts));
	opts.name = "test";
	return opts;
}

static int
start_capture(void **state)
{
	log_capture_start();
	return 0;
}

static int
stop_capture(void **state)
{
	log_capture_stop();
	return 0;
}

static void
defaults_are_those_of_the_reference(void **state)
{
	struct spdk_app_opts opts;

	memset(&opts, 0xa5, sizeof(opts));
	spdk_app_opts_init(&opts, sizeof(opts));
	assert_int_equal(opts.opts_size, sizeof(opts));
	assert_null(opts.name);
	assert_null(opts.reactor_mask);
	assert_string_equal(opts.rpc_addr, SPDK_DEFAULT_RPC_ADDR);
	assert_int_equal(opts.shm_id, -1);
	assert_int_equal(opts.mem_channel, -1);
	assert_int_equal(opts.main_core, -1);
	assert_int_equal(opts.mem_size, -1);
	assert_true(opts.enable_coredump);
	assert_int_equal(opts.print_level, SPDK_LOG_INFO);
	assert_int_equal(opts.rpc_log_level, SPDK_LOG_DISABLED);
	assert_int_equal(opts.num_entries, 32768);
	assert_int_equal(opts.base_virtaddr, UINT64_C(0x200000000000));
	assert_int_equal(opts.msg_mempool_size, 262143);
	assert_false(opts.disable_cpumask_locks);
	assert_nothing_logged();
}

static void
a_shorter_struct_is_not_written_beyond_its_end(void **state)
{
	struct spdk_app_opts opts;
	const uint8_t *bytes = (const uint8_t *)&opts;

	memset(&opts, 0xa5, sizeof(opts));
	spdk_app_opts_init(&opts, OLD_SIZE);
	assert_int_equal(opts.opts_size, OLD_SIZE);
	assert_false(opts.disable_signal_handlers);
	for (size_t i = OLD_SIZE; i < sizeof(opts); i++) {
		assert_int_equal(bytes[i], 0xa5);
	}
	assert_nothing_logged();
}

static void
a_longer_struct_has_zeros_in_what_only_it_knows(void **state)
{
	struct {
		struct spdk_app_opts known;
		uint8_t more[16];
	} opts;

	memset(&opts, 0xa5, sizeof(opts));
	spdk_app_opts_init(&opts.known, sizeof(opts));
	assert_int_equal(opts.known.opts_size, sizeof(opts));
	for (size_t i = 0; i < sizeof(opts.more); i++) {
		assert_int_equal(opts.more[i], 0);
	}
}

static void
init_explains_what_it_cannot_fill(void **state)
{
	struct spdk_app_opts opts;

	memset(&opts, 0xa5, sizeof(opts));
	spdk_app_opts_init(NULL, sizeof(opts));
	assert_one_error("opts is NULL");
	spdk_app_opts_init(&opts, 0);
	assert_one_error("opts_size is 0");
	spdk_app_opts_init(&opts, offsetof(struct spdk_app_opts, opts_size));
	assert_one_error("is no size of struct spdk_app_opts");
	assert_int_equal(opts.shm_id, (int)0xa5a5a5a5);
}

static void
a_copy_shares_nothing_with_its_source(void **state)
{
	struct spdk_pci_addr addresses[2] = {{.domain = 1, .bus = 2}, {.bus = 3, .dev = 4}};
	char name[] = "name", mask[] = "0x3", rpc[] = "/tmp/rpc", json[] = "{}", token[] = "token";
	char first[] = "one", second[] = "two", context[] = "context";
	const char *allowed[] = {first, second, NULL};
	struct spdk_app_opts opts = good_opts(), *copy = NULL;

	opts.name = name;
	opts.reactor_mask = mask;
	opts.rpc_addr = rpc;
	opts.vf_token = token;
	opts.env_context = context;
	opts.json_data = json;
	opts.json_data_size = strlen(json);
	opts.pci_allowed = addresses;
	opts.num_pci_addr = 2;
	opts.rpc_allowlist = allowed;
	opts.rpc_log_file = stderr;
	assert_int_equal(app_opts_copy(&opts, &copy), 0);
	name[0] = mask[2] = rpc[0] = json[0] = token[0] = first[0] = context[0] = '?';
	memset(addresses, 0xff, sizeof(addresses));
	allowed[1] = NULL;
	assert_string_equal(copy->name, "name");
	assert_string_equal(copy->reactor_mask, "0x3");
	assert_string_equal(copy->rpc_addr, "/tmp/rpc");
	assert_string_equal(copy->vf_token, "token");
	assert_string_equal(copy->env_context, "context");
	assert_memory_equal(copy->json_data, "{}", 2);
	assert_int_equal(copy->pci_allowed[0].domain, 1);
	assert_int_equal(copy->pci_allowed[1].dev, 4);
	assert_string_equal(copy->rpc_allowlist[0], "one");
	assert_string_equal(copy->rpc_allowlist[1], "two");
	assert_null(copy->rpc_allowlist[2]);
	assert_ptr_equal(copy->rpc_log_file, stderr);
	app_opts_free(copy);
	app_opts_free(NULL);
	assert_nothing_logged();
}

static void
a_copy_of_a_shorter_struct_has_defaults_beyond_it(void **state)
{
	struct spdk_app_opts opts, *copy = NULL;

	memset(&opts, 0xa5, sizeof(opts));
	spdk_app_opts_init(&opts, OLD_SIZE);
	opts.name = "old";
	opts.disable_signal_handlers = true;
	assert_false(app_opts_mask_is_explicit(&opts));
	assert_int_equal(app_opts_copy(&opts, &copy), 0);
	assert_int_equal(copy->opts_size, sizeof(*copy));
	assert_true(copy->disable_signal_handlers);
	assert_false(copy->interrupt_mode);
	assert_null(copy->rpc_allowlist);
	assert_null(copy->lcore_map);
	assert_int_equal(copy->msg_mempool_size, SPDK_DEFAULT_MSG_MEMPOOL_SIZE);
	assert_int_equal(copy->rpc_log_level, SPDK_LOG_DISABLED);
	assert_string_equal(copy->reactor_mask, "0x1");
	app_opts_free(copy);
}

static void
empty_strings_say_as_much_as_none(void **state)
{
	struct spdk_app_opts opts = good_opts(), *copy = NULL;

	opts.reactor_mask = "";
	opts.lcore_map = "";
	opts.rpc_addr = "";
	opts.hugedir = "";
	assert_false(app_opts_mask_is_explicit(&opts));
	assert_int_equal(app_opts_copy(&opts, &copy), 0);
	assert_string_equal(copy->reactor_mask, "0x1");
	assert_null(copy->lcore_map);
	assert_null(copy->rpc_addr);
	assert_null(copy->hugedir);
	app_opts_free(copy);
}

static void
refused(const struct spdk_app_opts *opts, const char *part)
{
	struct spdk_app_opts *copy = (struct spdk_app_opts *)0x10;

	assert_int_equal(app_opts_copy(opts, &copy), -EINVAL);
	assert_ptr_equal(copy, (struct spdk_app_opts *)0x10);
	assert_one_error(part);
}

static void
what_cannot_be_meant_is_refused(void **state)
{
	struct spdk_pci_addr address = {0};
	struct spdk_app_opts opts;

	refused(NULL, "opts is NULL");
	opts = good_opts();
	opts.opts_size = 0;
	refused(&opts, "opts_size is 0");
	opts = good_opts();
	opts.name = NULL;
	refused(&opts, "name is not set");
	opts = good_opts();
	opts.json_config_file = "file";
	opts.json_data = &opts;
	opts.json_data_size = 1;
	refused(&opts, "json_config_file (-c) and json_data are both set");
	opts = good_opts();
	opts.json_data = &opts;
	refused(&opts, "json_data_size");
	opts = good_opts();
	opts.lcore_map = "0@0";
	opts.reactor_mask = "0x3";
	refused(&opts, "--lcores");
	opts = good_opts();
	opts.pci_allowed = opts.pci_blocked = &address;
	opts.num_pci_addr = 1;
	refused(&opts, "pci_allowed (-A) are both set");
	opts = good_opts();
	opts.num_pci_addr = 1;
	refused(&opts, "num_pci_addr");
	opts.num_pci_addr = 0;
	opts.pci_allowed = &address;
	refused(&opts, "num_pci_addr");
	opts = good_opts();
	opts.print_level = (enum spdk_log_level)17;
	refused(&opts, "print_level");
	opts = good_opts();
	opts.rpc_addr = NULL;
	opts.delay_subsystem_init = true;
	refused(&opts, "rpc_addr is NULL");
}

static void
a_map_takes_the_place_of_the_default_mask(void **state)
{
	struct spdk_app_opts opts = good_opts(), *copy = NULL;

	opts.reactor_mask = "0x1";
	opts.lcore_map = "0@0,1@0";
	assert_true(app_opts_mask_is_explicit(&opts));
	assert_int_equal(app_opts_copy(&opts, &copy), 0);
	assert_null(copy->reactor_mask);
	assert_string_equal(copy->lcore_map, "0@0,1@0");
	app_opts_free(copy);
}

static void
a_mask_that_is_not_the_default_is_explicit(void **state)
{
	struct spdk_app_opts opts = good_opts();

	assert_false(app_opts_mask_is_explicit(&opts));
	opts.reactor_mask = "0x1";
	assert_false(app_opts_mask_is_explicit(&opts));
	opts.reactor_mask = "0x2";
	assert_true(app_opts_mask_is_explicit(&opts));
}

static void
the_default_mask_is_explicit_when_it_was_typed(void **state)
{
	char program[] = "program", option[] = "-m", mask[] = "0x1";
	char *argv[] = {program, option, mask, NULL};
	struct spdk_app_opts opts = good_opts(), copy;

	assert_int_equal(spdk_app_parse_args(3, argv, &opts, NULL, NULL, NULL, NULL),
			 SPDK_APP_PARSE_ARGS_SUCCESS);
	copy = opts;
	assert_true(app_opts_mask_is_explicit(&copy));
	assert_int_equal(spdk_app_parse_args(1, argv, &opts, NULL, NULL, NULL, NULL),
			 SPDK_APP_PARSE_ARGS_SUCCESS);
	assert_false(app_opts_mask_is_explicit(&opts));
}

static void
the_environment_gets_its_part(void **state)
{
	struct spdk_pci_addr address = {.bus = 7};
	struct spdk_app_opts opts = good_opts(), *copy = NULL;
	struct spdk_env_opts env_opts;

	opts.reactor_mask = "0x6";
	opts.shm_id = 4;
	opts.mem_channel = 2;
	opts.main_core = 2;
	opts.mem_size = 64;
	opts.no_pci = opts.no_huge = opts.enforce_numa = true;
	opts.hugepage_single_segments = opts.unlink_hugepage = true;
	opts.hugedir = "/huge";
	opts.iova_mode = "va";
	opts.vf_token = "token";
	opts.base_virtaddr = 0x1000;
	opts.env_context = (void *)(uintptr_t) "context";
	opts.pci_blocked = &address;
	opts.num_pci_addr = 1;
	assert_int_equal(app_opts_copy(&opts, &copy), 0);
	app_opts_to_env(copy, &env_opts);
	assert_int_equal(env_opts.opts_size, sizeof(env_opts));
	assert_string_equal(env_opts.name, "test");
	assert_string_equal(env_opts.core_mask, "0x6");
	assert_null(env_opts.lcore_map);
	assert_int_equal(env_opts.shm_id, 4);
	assert_int_equal(env_opts.mem_channel, 2);
	assert_int_equal(env_opts.main_core, 2);
	assert_int_equal(env_opts.mem_size, 64);
	assert_true(env_opts.no_pci && env_opts.no_huge && env_opts.enforce_numa);
	assert_true(env_opts.hugepage_single_segments && env_opts.unlink_hugepage);
	assert_string_equal(env_opts.hugedir, "/huge");
	assert_string_equal(env_opts.iova_mode, "va");
	assert_string_equal(env_opts.vf_token, "token");
	assert_int_equal(env_opts.base_virtaddr, 0x1000);
	assert_string_equal(env_opts.env_context, "context");
	assert_int_equal(env_opts.pci_blocked[0].bus, 7);
	assert_null(env_opts.pci_allowed);
	assert_int_equal(env_opts.num_pci_addr, 1);
	app_opts_free(copy);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults_are_those_of_the_reference),
		cmocka_unit_test(a_shorter_struct_is_not_written_beyond_its_end),
		cmocka_unit_test(a_longer_struct_has_zeros_in_what_only_it_knows),
		cmocka_unit_test(init_explains_what_it_cannot_fill),
		cmocka_unit_test(a_copy_shares_nothing_with_its_source),
		cmocka_unit_test(a_copy_of_a_shorter_struct_has_defaults_beyond_it),
		cmocka_unit_test(empty_strings_say_as_much_as_none),
		cmocka_unit_test(what_cannot_be_meant_is_refused),
		cmocka_unit_test(a_map_takes_the_place_of_the_default_mask),
		cmocka_unit_test(a_mask_that_is_not_the_default_is_explicit),
		cmocka_unit_test(the_default_mask_is_explicit_when_it_was_typed),
		cmocka_unit_test(the_environment_gets_its_part),
	};

	return cmocka_run_group_tests(tests, start_capture, stop_capture);
}
