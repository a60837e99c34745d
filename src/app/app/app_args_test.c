/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The command line of an application: what each option sets, what is refused and how that is said,
 * and options of the program beside those that every application has.
 */
#include "app/app/app_args.h"
#include "app/app/app_opts.h"
#include "base/log_capture.h"
#include "spdk/string.h"
#include "spdk/version.h"
#include "spindle/rpc.h"

#include <setjmp.h>

#include <cmocka.h>

#define WORDS_MAX 16

SPDK_LOG_REGISTER_COMPONENT(args_test)

static struct spdk_app_opts g_opts;
/* Options point into the lines that were read, so all are kept until the end. */
static char *g_lines[256];
static int g_lines_count;
static char *g_argv[WORDS_MAX + 2];
static int g_argc;
/* What the program's parse function was given. */
static int g_found[WORDS_MAX];
static char *g_values[WORDS_MAX];
static int g_found_count;
static int g_parse_result;

static int
note_option(int ch, char *arg)
{
	g_found[g_found_count] = ch;
	g_values[g_found_count++] = arg;
	return g_parse_result;
}

static void
own_usage(void)
{
	printf("own usage\n");
}

/* Reads a command line, its words between blanks, as a program with these options does. */
static spdk_app_parse_args_rvals_t
parse_with(const char *line, const char *letters, const struct option *names)
{
	char *rest;

	assert_true(g_lines_count < 256);
	rest = spdk_sprintf_alloc("program %s", line);
	g_lines[g_lines_count++] = rest;
	for (g_argc = 0; rest != NULL && g_argc < WORDS_MAX; g_argc++) {
		g_argv[g_argc] = strsep(&rest, " ");
	}
	g_argc -= g_argv[g_argc - 1][0] == '\0';
	g_argv[g_argc] = NULL;
	g_found_count = 0;
	return spdk_app_parse_args(g_argc, g_argv, &g_opts, letters, names, note_option, own_usage);
}

static spdk_app_parse_args_rvals_t
parse_line(const char *line)
{
	spdk_app_opts_init(&g_opts, sizeof(g_opts));
	return parse_with(line, NULL, NULL);
}

static void
good(const char *line)
{
	if (parse_line(line) != SPDK_APP_PARSE_ARGS_SUCCESS) {
		fail_msg("\"%s\" was refused: %s", line, g_log_capture.text);
	}
	assert_nothing_logged();
}

static void
bad(const char *line, const char *part)
{
	if (parse_line(line) != SPDK_APP_PARSE_ARGS_FAIL) {
		fail_msg("\"%s\" was not refused", line);
	}
	assert_one_error(part);
}

static int
start_capture(void **state)
{
	struct spindle_rest_opts rest = {.size = sizeof(rest), .spin_us = 50};

	spindle_reactors_set_rest(&rest);
	log_capture_start();
	return 0;
}

static int
stop_capture(void **state)
{
	log_capture_stop();
	while (g_lines_count > 0) {
		free(g_lines[--g_lines_count]);
	}
	(void)spdk_log_clear_flag("all");
	return 0;
}

static void
texts_go_where_they_belong(void **state)
{
	good("-c a -e b -r c --huge-dir d --env-context e --iova-mode pa");
	assert_string_equal(g_opts.json_config_file, "a");
	assert_string_equal(g_opts.tpoint_group_mask, "b");
	assert_string_equal(g_opts.rpc_addr, "c");
	assert_string_equal(g_opts.hugedir, "d");
	assert_string_equal(g_opts.env_context, "e");
	assert_string_equal(g_opts.iova_mode, "pa");
	good("--json=a --tpoint-group=b --rpc-socket=c --cpumask=[0-1]");
	assert_string_equal(g_opts.json_config_file, "a");
	assert_string_equal(g_opts.tpoint_group_mask, "b");
	assert_string_equal(g_opts.rpc_addr, "c");
	assert_string_equal(g_opts.reactor_mask, "[0-1]");
	good("--config a -m 0x3 --vfio-vf-token 2a9b24c9-7d61-4c04-8f6c-9d4dd5e3a1f0");
	assert_string_equal(g_opts.json_config_file, "a");
	assert_string_equal(g_opts.reactor_mask, "0x3");
	assert_string_equal(g_opts.vf_token, "2a9b24c9-7d61-4c04-8f6c-9d4dd5e3a1f0");
}

static void
flags_go_where_they_belong(void **state)
{
	good("");
	assert_true(g_opts.enable_coredump);
	assert_false(g_opts.no_pci || g_opts.no_huge || g_opts.interrupt_mode);
	good("-d -g -u -R --no-huge --enforce-numa --interrupt-mode --wait-for-rpc");
	assert_false(g_opts.enable_coredump);
	assert_true(g_opts.hugepage_single_segments);
	assert_true(g_opts.no_pci);
	assert_true(g_opts.unlink_hugepage);
	assert_true(g_opts.no_huge);
	assert_true(g_opts.enforce_numa);
	assert_true(g_opts.interrupt_mode);
	assert_true(g_opts.delay_subsystem_init);
	good("--limit-coredump --single-file-segments --no-pci --huge-unlink "
	     "--disable-cpumask-locks --json-ignore-init-errors --no-rpc-server");
	assert_false(g_opts.enable_coredump);
	assert_true(g_opts.hugepage_single_segments && g_opts.no_pci && g_opts.unlink_hugepage);
	assert_true(g_opts.disable_cpumask_locks);
	assert_true(g_opts.json_config_ignore_errors);
	assert_null(g_opts.rpc_addr);
	good("--silence-noticelog");
	assert_int_equal(g_opts.print_level, SPDK_LOG_WARN);
}

static void
numbers_go_where_they_belong(void **state)
{
	good("-i 3 -n 4 -p 5 --num-trace-entries 64 --base-virtaddr 0x100000000000");
	assert_int_equal(g_opts.shm_id, 3);
	assert_int_equal(g_opts.mem_channel, 4);
	assert_int_equal(g_opts.main_core, 5);
	assert_int_equal(g_opts.num_entries, 64);
	assert_int_equal(g_opts.base_virtaddr, UINT64_C(0x100000000000));
	good("--shm-id 0 --mem-channels 0x2 --main-core=0 --num-trace-entries 0 "
	     "--msg-mempool-size 1023");
	assert_int_equal(g_opts.shm_id, 0);
	assert_int_equal(g_opts.mem_channel, 2);
	assert_int_equal(g_opts.main_core, 0);
	assert_int_equal(g_opts.num_entries, 0);
	assert_int_equal(g_opts.msg_mempool_size, 1023);
	good("-p0");
	assert_int_equal(g_opts.main_core, 0);
}

static void
sizes_have_units(void **state)
{
	good("-s 0");
	assert_int_equal(g_opts.mem_size, 0);
	good("-s 1024");
	assert_int_equal(g_opts.mem_size, 1024);
	good("-s 64M");
	assert_int_equal(g_opts.mem_size, 64);
	good("--mem-size=2g");
	assert_int_equal(g_opts.mem_size, 2048);
	good("-s 2048k");
	assert_int_equal(g_opts.mem_size, 2);
	bad("-s 1k", "whole MiB");
	bad("-s many", "-s/--mem-size \"many\"");
	bad("-s -1", "-s/--mem-size \"-1\"");
	bad("-s 2147483648", "at most 2147483647 MiB");
	bad("-s 99999999999G", "-s/--mem-size");
}

static void
wrong_values_are_named_with_what_is_wanted(void **state)
{
	bad("-i x", "-i/--shm-id \"x\": it wants a whole number");
	bad("-n -2", "-n/--mem-channels \"-2\"");
	bad("-p 2147483648", "-p/--main-core \"2147483648\"");
	bad("-p 1x", "-p/--main-core \"1x\"");
	bad("--iova-mode xa", "--iova-mode \"xa\": it wants \"pa\" or \"va\"");
	bad("--vfio-vf-token 12", "a UUID");
	bad("--num-trace-entries 3", "a power of two");
	bad("--num-trace-entries -4", "a power of two");
	bad("--base-virtaddr here", "an address");
	bad("--msg-mempool-size -1", "not negative");
	bad("--config=", "-c/--config \"\": it wants a value that is not empty");
	bad("-A 1:2:3:4:5", "a PCI address such as");
	bad("-W 0000:01:00.0", "--pci-allowed");
	bad("--rpcs-allowed a,,b", "names of RPCs");
}

static void
words_that_are_no_option_are_named(void **state)
{
	bad("-z", "-z is no option");
	bad("-dz", "-z is no option");
	bad("--no-huge -zd", "-z is no option");
	bad("--nonsense", "\"--nonsense\" is no option");
	bad("-m", "-m wants a value");
	bad("-dm", "-m wants a value");
	bad("--mem-size", "--mem-size wants a value");
	bad("--no-pci=1", "\"--no-pci=1\": this option takes no value");
	bad("--no", "--no-rpc-server --no-pci --no-huge");
}

static void
options_that_exclude_each_other_are_refused(void **state)
{
	bad("-m 0x1 --lcores 0@0", "by -m/--cpumask");
	bad("--lcores 0@0 -m 0x1", "by --lcores");
	bad("-A 0000:01:00.0 -B 0000:02:00.0", "exclude each other");
	bad("-B 0000:01:00.0 -A 0000:02:00.0", "exclude each other");
	bad("--wait-for-rpc --no-rpc-server", "would wait for ever");
}

static void
lcores_take_the_place_of_the_programs_own_mask(void **state)
{
	spdk_app_opts_init(&g_opts, sizeof(g_opts));
	g_opts.reactor_mask = "0x3";
	assert_int_equal(parse_with("--lcores 0@0,1@0", NULL, NULL), SPDK_APP_PARSE_ARGS_SUCCESS);
	assert_string_equal(g_opts.lcore_map, "0@0,1@0");
	assert_null(g_opts.reactor_mask);
}

static void
addresses_add_up(void **state)
{
	struct spdk_pci_addr own = {.bus = 9};

	good("-A 0000:01:00.0 --pci-allowed 0001:02:03.4");
	assert_int_equal(g_opts.num_pci_addr, 2);
	assert_null(g_opts.pci_blocked);
	assert_int_equal(g_opts.pci_allowed[0].bus, 1);
	assert_int_equal(g_opts.pci_allowed[1].domain, 1);
	assert_int_equal(g_opts.pci_allowed[1].func, 4);
	/* The program frees them, and then reads anew. */
	free(g_opts.pci_allowed);
	good("-B 0000:06:00.0");
	assert_int_equal(g_opts.num_pci_addr, 1);
	assert_int_equal(g_opts.pci_blocked[0].bus, 6);
	free(g_opts.pci_blocked);

	spdk_app_opts_init(&g_opts, sizeof(g_opts));
	g_opts.pci_blocked = &own;
	g_opts.num_pci_addr = 1;
	assert_int_equal(parse_with("-B 0000:06:00.0 -z", NULL, NULL), SPDK_APP_PARSE_ARGS_FAIL);
	assert_ptr_equal(g_opts.pci_blocked, &own);
	assert_int_equal(g_opts.num_pci_addr, 1);
	assert_int_equal(parse_with("-B 0000:06:00.0", NULL, NULL), SPDK_APP_PARSE_ARGS_SUCCESS);
	assert_int_equal(g_opts.num_pci_addr, 2);
	assert_int_equal(g_opts.pci_blocked[0].bus, 9);
	assert_int_equal(g_opts.pci_blocked[1].bus, 6);
	free(g_opts.pci_blocked);
	log_capture_start();
}

static void
the_last_list_of_allowed_rpcs_counts(void **state)
{
	good("--rpcs-allowed one --rpcs-allowed two,three");
	assert_string_equal(g_opts.rpc_allowlist[0], "two");
	assert_string_equal(g_opts.rpc_allowlist[1], "three");
	assert_null(g_opts.rpc_allowlist[2]);
	spdk_strarray_free((char **)g_opts.rpc_allowlist);
	bad("--rpcs-allowed one --rpcs-allowed ,", "names of RPCs");
	assert_null(g_opts.rpc_allowlist);
}

static void
log_flags_are_set_or_listed(void **state)
{
	good("-L args_test");
	assert_true(spdk_log_get_flag("args_test"));
	assert_int_equal(g_opts.print_level, SPDK_LOG_DEBUG);
	(void)spdk_log_clear_flag("all");
	bad("-L nonsense", "-L/--logflag \"nonsense\": there is no such flag");
	assert_int_equal(parse_line("--logflag nonsense"), SPDK_APP_PARSE_ARGS_FAIL);
	assert_one_error(" args_test");
	assert_false(spdk_log_get_flag("args_test"));
	good("-L all");
	assert_true(spdk_log_get_flag("args_test"));
}

static void
the_program_has_options_of_its_own(void **state)
{
	int stored = 0;
	const struct option names[] = {
		{"size", required_argument, NULL, 1000}, {"stored", no_argument, &stored, 7},
		{"low", no_argument, NULL, 257},         {"main", required_argument, NULL, 'p'},
		{"nothing", no_argument, NULL, 0},       {NULL, 0, NULL, 0},
	};

	spdk_app_opts_init(&g_opts, sizeof(g_opts));
	assert_int_equal(parse_with("-z 1 -m 0x3 --size=2 --stored -y --low --main 4 --nothing",
				    "yz:", names),
			 SPDK_APP_PARSE_ARGS_SUCCESS);
	assert_string_equal(g_opts.reactor_mask, "0x3");
	assert_int_equal(g_opts.main_core, 4);
	assert_int_equal(stored, 7);
	assert_int_equal(g_found_count, 6);
	assert_int_equal(g_found[0], 'z');
	assert_string_equal(g_values[0], "1");
	assert_int_equal(g_found[1], 1000);
	assert_string_equal(g_values[1], "2");
	assert_int_equal(g_found[2], 0);
	assert_int_equal(g_found[3], 'y');
	assert_null(g_values[3]);
	assert_int_equal(g_found[4], 257);
	assert_int_equal(g_found[5], 0);
	assert_nothing_logged();
	assert_int_equal(parse_with("-z", ":z:", NULL), SPDK_APP_PARSE_ARGS_FAIL);
	assert_one_error("-z wants a value");
	assert_int_equal(parse_with("-W word", ":z:", NULL), SPDK_APP_PARSE_ARGS_FAIL);
	assert_one_error("\"word\"");
	assert_int_equal(parse_with("--main", "y", names), SPDK_APP_PARSE_ARGS_FAIL);
	assert_one_error("--main wants a value");
	assert_int_equal(parse_with("--low=1", "y", names), SPDK_APP_PARSE_ARGS_FAIL);
	assert_one_error("\"--low=1\": this option takes no value");
}

static void
what_the_program_refuses_is_named(void **state)
{
	const struct option names[] = {{"size", required_argument, NULL, 1000}, {NULL, 0, NULL, 0}};

	spdk_app_opts_init(&g_opts, sizeof(g_opts));
	g_parse_result = -EINVAL;
	assert_int_equal(parse_with("--size 2", "z", names), SPDK_APP_PARSE_ARGS_FAIL);
	assert_one_error("--size 2: the program does not accept that (-22)");
	assert_int_equal(parse_with("-z", "z", names), SPDK_APP_PARSE_ARGS_FAIL);
	assert_one_error("-z: the program does not accept that (-22)");
	g_parse_result = 0;
}

static void
options_of_the_program_that_clash_are_named(void **state)
{
	const struct option names[] = {{"no-pci", no_argument, NULL, 1000},
				       {"main", no_argument, NULL, 'p'},
				       {NULL, 0, NULL, 0}};

	spdk_app_opts_init(&g_opts, sizeof(g_opts));
	assert_int_equal(parse_with("", "zs:", NULL), SPDK_APP_PARSE_ARGS_FAIL);
	assert_one_error("option -s clashes");
	assert_int_equal(spdk_app_parse_args(g_argc, g_argv, &g_opts, "z", NULL, NULL, NULL),
			 SPDK_APP_PARSE_ARGS_FAIL);
	assert_one_error("no function for them");
	assert_int_equal(parse_with("--no-pci", "z", names), SPDK_APP_PARSE_ARGS_SUCCESS);
	assert_true(g_opts.no_pci);
	assert_int_equal(g_found_count, 0);
	assert_int_equal(log_capture_count(SPDK_LOG_WARN), 1);
	log_capture_start();
	assert_int_equal(parse_with("--main", "z", names), SPDK_APP_PARSE_ARGS_FAIL);
	assert_non_null(strstr(g_log_capture.text, "--main is another name for -p"));
	log_capture_start();
}

static void
rest_is_said_by_options_that_the_program_may_have_itself(void **state)
{
	const struct option names[] = {{"poll", no_argument, NULL, 1000}, {NULL, 0, NULL, 0}};
	struct spindle_rest_opts rest = {.size = sizeof(rest)};

	good("--spin-us 7");
	spindle_reactors_get_rest(&rest);
	assert_int_equal(rest.spin_us, 7);
	assert_false(rest.never_rest);
	assert_int_equal(parse_with("--poll", "", names), SPDK_APP_PARSE_ARGS_SUCCESS);
	assert_int_equal(g_found_count, 1);
	spindle_reactors_get_rest(&rest);
	assert_false(rest.never_rest);
	bad("--poll -z", "-z");
	spindle_reactors_get_rest(&rest);
	assert_false(rest.never_rest);
	good("--poll");
	spindle_reactors_get_rest(&rest);
	assert_true(rest.never_rest);
	assert_int_equal(rest.spin_us, 7);
	bad("--spin-us 1000001", "--spin-us \"1000001\": it wants microseconds");
	bad("--spin-us x", "--spin-us \"x\"");
}

static void
a_server_is_reached_by_options_that_the_program_may_have_itself(void **state)
{
	const struct option names[] = {{"rpc-socket-mode", required_argument, NULL, 1000},
				       {"rpc-allow-remote", no_argument, NULL, 1001},
				       {NULL, 0, NULL, 0}};
	struct spindle_rpc_server_opts server = {.size = sizeof(server)};

	assert_int_equal(parse_with("--rpc-socket-mode plain --rpc-allow-remote", "", names),
			 SPDK_APP_PARSE_ARGS_SUCCESS);
	assert_int_equal(g_found_count, 2);
	assert_int_equal(g_found[0], 1000);
	assert_string_equal(g_values[0], "plain");
	spindle_rpc_get_server_opts(&server);
	assert_int_equal(server.socket_mode, 0600);
	assert_false(server.allow_remote);
	bad("--rpc-socket-mode 660 -z", "-z");
	spindle_rpc_get_server_opts(&server);
	assert_int_equal(server.socket_mode, 0600);
	good("--rpc-socket-mode 660");
	spindle_rpc_get_server_opts(&server);
	assert_int_equal(server.socket_mode, 0660);
	assert_false(server.allow_remote);
	good("--rpc-socket-mode 0 --rpc-allow-remote");
	spindle_rpc_get_server_opts(&server);
	assert_int_equal(server.socket_mode, 0);
	assert_true(server.allow_remote);
	bad("--rpc-socket-mode 1000", "--rpc-socket-mode \"1000\"");
	bad("--rpc-socket-mode -1", "--rpc-socket-mode \"-1\"");
	bad("--rpc-socket-mode 680", "--rpc-socket-mode \"680\"");
	bad("--rpc-socket-mode rw", "--rpc-socket-mode \"rw\"");
	bad("--rpc-socket-mode 0x1", "--rpc-socket-mode \"0x1\"");
	server.socket_mode = 0600;
	server.allow_remote = false;
	assert_int_equal(spindle_rpc_set_server_opts(&server), 0);
}

static void
other_arguments_are_the_programs(void **state)
{
	good("one -u two -- -z");
	assert_true(g_opts.no_pci);
	assert_int_equal(g_argc - optind, 3);
	assert_string_equal(g_argv[optind], "one");
	assert_string_equal(g_argv[optind + 1], "two");
	assert_string_equal(g_argv[optind + 2], "-z");
	/* It begins anew, wherever the last one ended. */
	good("-u");
	assert_true(g_opts.no_pci);
	bad("-d -z -u", "-z");
	good("-du");
	assert_true(g_opts.no_pci);
}

static void
an_option_that_the_caller_does_not_know_is_refused(void **state)
{
	size_t size = offsetof(struct spdk_app_opts, disable_signal_handlers) + 1;

	spdk_app_opts_init(&g_opts, size);
	g_opts.interrupt_mode = false;
	assert_int_equal(parse_with("-u", NULL, NULL), SPDK_APP_PARSE_ARGS_SUCCESS);
	assert_int_equal(parse_with("--interrupt-mode", NULL, NULL), SPDK_APP_PARSE_ARGS_FAIL);
	assert_one_error("--interrupt-mode is not known to this program");
	assert_false(g_opts.interrupt_mode);
	g_opts.opts_size = 0;
	assert_int_equal(parse_with("-u", NULL, NULL), SPDK_APP_PARSE_ARGS_FAIL);
	assert_one_error("opts_size is 0");
	assert_int_equal(spdk_app_parse_args(0, g_argv, NULL, NULL, NULL, NULL, NULL),
			 SPDK_APP_PARSE_ARGS_FAIL);
	assert_one_error("opts is NULL");
	spdk_app_opts_init(&g_opts, sizeof(g_opts));
	assert_int_equal(spdk_app_parse_args(0, g_argv, &g_opts, NULL, NULL, NULL, NULL),
			 SPDK_APP_PARSE_ARGS_FAIL);
	assert_one_error("no name of the program");
}

/* What the line makes the program print on stdout; freed by the caller. */
static char *
printed_by(const char *line, const char *mask)
{
	FILE *file = tmpfile();
	char *text = calloc(1, 65536);
	int saved = dup(STDOUT_FILENO);

	assert_true(file != NULL && text != NULL && saved >= 0);
	fflush(stdout);
	dup2(fileno(file), STDOUT_FILENO);
	spdk_app_opts_init(&g_opts, sizeof(g_opts));
	g_opts.reactor_mask = mask;
	assert_int_equal(parse_with(line, NULL, NULL), SPDK_APP_PARSE_ARGS_HELP);
	fflush(stdout);
	dup2(saved, STDOUT_FILENO);
	close(saved);
	rewind(file);
	assert_true(fread(text, 1, 65535, file) > 0);
	fclose(file);
	return text;
}

static void
help_names_every_option_and_flag(void **state)
{
	char *text = printed_by("-A 0000:01:00.0 -h -z", "0x6");
	char name[64];

	for (size_t i = 0; i < app_options_count; i++) {
		snprintf(name, sizeof(name), " --%s ", app_options[i].name);
		if (strstr(text, name) == NULL) {
			fail_msg("no%s in: %s", name, text);
		}
	}
	assert_non_null(strstr(text, "program [options]"));
	assert_non_null(strstr(text, "(default: 0x6)"));
	assert_non_null(strstr(text, "(default: " SPDK_DEFAULT_RPC_ADDR ")"));
	assert_non_null(strstr(text, "args_test"));
	assert_non_null(strstr(text, "own usage"));
	/* What was set before is not handed out. */
	assert_null(g_opts.pci_allowed);
	assert_int_equal(g_opts.num_pci_addr, 0);
	assert_nothing_logged();
	free(text);
}

static void
every_letter_of_the_interface_is_an_option(void **state)
{
	const struct app_option *option;
	const char *letter;

	for (letter = SPDK_APP_GETOPT_STRING; *letter != '\0'; letter++) {
		if (*letter == ':') {
			continue;
		}
		option = app_option_by_letter(*letter);
		if (option == NULL || (option->value_name != NULL) != (letter[1] == ':')) {
			fail_msg("-%c is not as SPDK_APP_GETOPT_STRING has it", *letter);
		}
	}
	assert_null(app_option_by_letter('z'));
	assert_null(app_option_by_letter(0));
}

static void
version_is_printed(void **state)
{
	char *text = printed_by("-v", NULL);

	assert_string_equal(text, SPDK_VERSION_STRING "\n");
	free(text);
	text = printed_by("--version", NULL);
	assert_string_equal(text, SPDK_VERSION_STRING "\n");
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_go_where_they_belong),
		cmocka_unit_test(flags_go_where_they_belong),
		cmocka_unit_test(numbers_go_where_they_belong),
		cmocka_unit_test(sizes_have_units),
		cmocka_unit_test(wrong_values_are_named_with_what_is_wanted),
		cmocka_unit_test(words_that_are_no_option_are_named),
		cmocka_unit_test(options_that_exclude_each_other_are_refused),
		cmocka_unit_test(lcores_take_the_place_of_the_programs_own_mask),
		cmocka_unit_test(addresses_add_up),
		cmocka_unit_test(the_last_list_of_allowed_rpcs_counts),
		cmocka_unit_test(log_flags_are_set_or_listed),
		cmocka_unit_test(the_program_has_options_of_its_own),
		cmocka_unit_test(what_the_program_refuses_is_named),
		cmocka_unit_test(options_of_the_program_that_clash_are_named),
		cmocka_unit_test(rest_is_said_by_options_that_the_program_may_have_itself),
		cmocka_unit_test(a_server_is_reached_by_options_that_the_program_may_have_itself),
		cmocka_unit_test(other_arguments_are_the_programs),
		cmocka_unit_test(an_option_that_the_caller_does_not_know_is_refused),
		cmocka_unit_test(help_names_every_option_and_flag),
		cmocka_unit_test(every_letter_of_the_interface_is_an_option),
		cmocka_unit_test(version_is_printed),
	};

	return cmocka_run_group_tests(tests, start_capture, stop_capture);
}
