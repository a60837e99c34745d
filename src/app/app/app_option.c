/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The options that every application has: what each one accepts, what it sets, and its line in the
 * help text.
 *
 * The struct that is set is packed and may be shorter than ours: a field is reached by its offset
 * and memcpy(), after app_args.c has seen that the caller knows it.
 */
#include "app/app/app_args.h"
#include "app/rest.h"
#include "spdk/string.h"
#include "spdk/uuid.h"
#include "spdk/version.h"

#define MIB             UINT64_C(0x100000)
#define OPTION_TEXT_MAX 64

const char *
app_option_text(const struct app_option *option, char *text, size_t size)
{
	if (option->letter != 0) {
		snprintf(text, size, "-%c/--%s", option->letter, option->name);
	} else {
		snprintf(text, size, "--%s", option->name);
	}
	return text;
}

static int
refuse(const struct app_option *option, const char *value, const char *accepted)
{
	char text[OPTION_TEXT_MAX];

	SPDK_ERRLOG("%s \"%s\": %s\n", app_option_text(option, text, sizeof(text)), value,
		    accepted);
	return -EINVAL;
}

static void
set_field(struct app_args *args, const struct app_option *option, const void *value)
{
	memcpy((char *)args->opts + option->offset, value, option->size);
}

static int
set_true(struct app_args *args, const struct app_option *option, const char *value)
{
	bool is_set = true;

	set_field(args, option, &is_set);
	return 0;
}

static int
set_false(struct app_args *args, const struct app_option *option, const char *value)
{
	bool is_set = false;

	set_field(args, option, &is_set);
	return 0;
}

static int
set_text(struct app_args *args, const struct app_option *option, const char *value)
{
	if (value[0] == '\0') {
		return refuse(option, value, "it wants a value that is not empty.");
	}
	set_field(args, option, &value);
	return 0;
}

/* A whole number that is not negative, decimal or with 0x, and fits the field. */
static int
set_number(struct app_args *args, const struct app_option *option, const char *value)
{
	long long number = spdk_strtoll(value, 0);
	int small;

	if (option->size == sizeof(int)) {
		if (number < 0 || number > INT_MAX) {
			return refuse(option, value,
				      "it wants a whole number from 0 to 2147483647.");
		}
		small = (int)number;
		set_field(args, option, &small);
		return 0;
	}
	if (number < 0) {
		return refuse(option, value, "it wants a whole number that is not negative.");
	}
	set_field(args, option, &number);
	return 0;
}

static int
set_mask(struct app_args *args, const struct app_option *option, const char *value)
{
	if (args->lcore_map != NULL) {
		return refuse(option, value,
			      "the cores are said already, by --lcores. Use one of the two.");
	}
	if (set_text(args, option, value) != 0) {
		return -EINVAL;
	}
	args->mask = value;
	return 0;
}

static int
set_lcore_map(struct app_args *args, const struct app_option *option, const char *value)
{
	if (args->mask != NULL) {
		return refuse(option, value,
			      "the cores are said already, by -m/--cpumask. Use one of the two.");
	}
	if (set_text(args, option, value) != 0) {
		return -EINVAL;
	}
	args->lcore_map = value;
	/* A mask that the program had set for itself gives way to what its user says. */
	args->opts->reactor_mask = NULL;
	return 0;
}

static int
set_mem_size(struct app_args *args, const struct app_option *option, const char *value)
{
	uint64_t size;
	bool has_unit;
	int mib;

	if (spdk_parse_capacity(value, &size, &has_unit) != 0) {
		return refuse(option, value,
			      "it wants a number of MiB, or one with a unit: 512, 512M, 2G.");
	}
	if (has_unit && size % MIB != 0) {
		return refuse(option, value, "it wants whole MiB.");
	}
	size = has_unit ? size / MIB : size;
	if (size > INT_MAX) {
		return refuse(option, value, "it wants at most 2147483647 MiB.");
	}
	mib = (int)size;
	set_field(args, option, &mib);
	return 0;
}

/* Both kinds of addresses share the field that counts them. */
static int
add_address(struct app_args *args, const struct app_option *option, const char *value)
{
	struct spdk_app_opts *opts = args->opts;
	bool is_blocked = option->letter == 'B';
	struct spdk_pci_addr *list = is_blocked ? opts->pci_blocked : opts->pci_allowed;
	struct spdk_pci_addr *longer, addr;
	size_t count = list != NULL ? opts->num_pci_addr : 0;

	if ((is_blocked ? opts->pci_allowed : opts->pci_blocked) != NULL) {
		return refuse(option, value,
			      "blocked (-B) and allowed (-A) PCI devices exclude each other. Use "
			      "one of the two.");
	}
	if (spdk_pci_addr_parse(&addr, value) != 0) {
		return refuse(option, value, "it wants a PCI address such as 0000:03:00.0.");
	}
	longer = calloc(count + 1, sizeof(*longer));
	if (longer == NULL) {
		return refuse(option, value, "no memory for one more address.");
	}
	if (count > 0) {
		memcpy(longer, list, count * sizeof(*longer));
	}
	longer[count] = addr;
	if (args->addresses == NULL) {
		args->addresses_before = list;
		args->addresses_before_count = count;
	}
	free(args->addresses);
	args->addresses = longer;
	set_field(args, option, &longer);
	opts->num_pci_addr = count + 1;
	return 0;
}

static int
set_iova_mode(struct app_args *args, const struct app_option *option, const char *value)
{
	if (strcmp(value, "pa") != 0 && strcmp(value, "va") != 0) {
		return refuse(option, value, "it wants \"pa\" or \"va\".");
	}
	return set_text(args, option, value);
}

static int
set_vf_token(struct app_args *args, const struct app_option *option, const char *value)
{
	struct spdk_uuid uuid;

	if (spdk_uuid_parse(&uuid, value) != 0) {
		return refuse(option, value,
			      "it wants a UUID such as 2a9b24c9-7d61-4c04-8f6c-9d4dd5e3a1f0.");
	}
	return set_text(args, option, value);
}

static int
set_trace_entries(struct app_args *args, const struct app_option *option, const char *value)
{
	long long number = spdk_strtoll(value, 0);

	if (number < 0 || (number & (number - 1)) != 0) {
		return refuse(option, value, "it wants a power of two, or 0 for no tracing.");
	}
	set_field(args, option, &number);
	return 0;
}

static int
set_base_virtaddr(struct app_args *args, const struct app_option *option, const char *value)
{
	long long number = spdk_strtoll(value, 0);

	if (number < 0) {
		return refuse(option, value, "it wants an address such as 0x200000000000.");
	}
	set_field(args, option, &number);
	return 0;
}

static int
set_rpcs_allowed(struct app_args *args, const struct app_option *option, const char *value)
{
	char **names = spdk_strarray_from_string(value, ",");

	if (names == NULL) {
		return refuse(option, value, "no memory for the names.");
	}
	for (char **name = names; *name != NULL; name++) {
		if ((*name)[0] == '\0') {
			spdk_strarray_free(names);
			return refuse(option, value,
				      "it wants names of RPCs with commas between them.");
		}
	}
	if (args->rpc_allowlist == NULL) {
		args->rpc_allowlist_before = (char **)args->opts->rpc_allowlist;
	}
	spdk_strarray_free(args->rpc_allowlist);
	args->rpc_allowlist = names;
	set_field(args, option, &names);
	return 0;
}

static int
set_rpc_addr(struct app_args *args, const struct app_option *option, const char *value)
{
	if (set_text(args, option, value) != 0) {
		return -EINVAL;
	}
	args->rpc_addr = value;
	return 0;
}

static int
set_rpc_socket_mode(struct app_args *args, const struct app_option *option, const char *value)
{
	long long number = spdk_strtoll(value, 8);

	if (number < 0 || number > 0777) {
		return refuse(option, value, "it wants permissions such as 0600 or 0660.");
	}
	args->rpc_server.socket_mode = (uint32_t)number;
	args->has_rpc_server = true;
	return 0;
}

static int
set_rpc_allow_remote(struct app_args *args, const struct app_option *option, const char *value)
{
	args->rpc_server.allow_remote = true;
	args->has_rpc_server = true;
	return 0;
}

static int
set_wait_for_rpc(struct app_args *args, const struct app_option *option, const char *value)
{
	args->has_wait_for_rpc = true;
	return set_true(args, option, value);
}

static int
set_no_rpc_server(struct app_args *args, const struct app_option *option, const char *value)
{
	const char *none = NULL;

	args->has_no_rpc_server = true;
	set_field(args, option, &none);
	return 0;
}

static int
silence_notices(struct app_args *args, const struct app_option *option, const char *value)
{
	enum spdk_log_level level = SPDK_LOG_WARN;

	set_field(args, option, &level);
	return 0;
}

static int
set_log_flag(struct app_args *args, const struct app_option *option, const char *value)
{
	enum spdk_log_level level = SPDK_LOG_DEBUG;
	struct spdk_log_flag *flag;
	char *names = NULL;

	if (spdk_log_set_flag(value) == 0) {
		set_field(args, option, &level);
		return 0;
	}
	for (flag = spdk_log_get_first_flag(); flag != NULL; flag = spdk_log_get_next_flag(flag)) {
		names = spdk_sprintf_append_realloc(names, " %s", flag->name);
	}
	SPDK_ERRLOG("-L/--logflag \"%s\": there is no such flag. Use \"all\", or one of:%s\n",
		    value, names != NULL ? names : " (none)");
	free(names);
	return -EINVAL;
}

static int
refuse_old_name(struct app_args *args, const struct app_option *option, const char *value)
{
	return refuse(option, value, "that name is no longer there. Use -A/--pci-allowed.");
}

static int
answer_help(struct app_args *args, const struct app_option *option, const char *value)
{
	app_args_answer_help();
	args->is_answered = true;
	return 0;
}

static int
answer_version(struct app_args *args, const struct app_option *option, const char *value)
{
	fprintf(stdout, "%s\n", SPDK_VERSION_STRING);
	args->is_answered = true;
	return 0;
}

static int
set_never_rest(struct app_args *args, const struct app_option *option, const char *value)
{
	args->rest.never_rest = true;
	args->has_rest = true;
	return 0;
}

static int
set_spin_us(struct app_args *args, const struct app_option *option, const char *value)
{
	long long number = spdk_strtoll(value, 10);

	if (number < 0 || number > REST_SPIN_US_MAX) {
		return refuse(option, value, "it wants microseconds from 0 to 1000000.");
	}
	args->rest.spin_us = (uint32_t)number;
	args->has_rest = true;
	return 0;
}

bool
app_option_is_addition(const struct app_option *option)
{
	return option->apply == set_never_rest || option->apply == set_spin_us ||
	       option->apply == set_rpc_socket_mode || option->apply == set_rpc_allow_remote;
}

const struct app_option *
app_option_by_letter(int letter)
{
	for (size_t i = 0; letter != 0 && i < app_options_count; i++) {
		if (app_options[i].letter == letter) {
			return &app_options[i];
		}
	}
	return NULL;
}

/* One row for each option; the formatter would make a column of each. */
/* clang-format off */
#define FIELD(member) \
	offsetof(struct spdk_app_opts, member), sizeof(((struct spdk_app_opts *)NULL)->member)
#define NO_FIELD 0, 0

const struct app_option app_options[] = {
	{"config", 'c', "FILE", "RPCs to carry out at start", FIELD(json_config_file), set_text},
	{"json", 0, "FILE", "the same as --config", FIELD(json_config_file), set_text},
	{"json-ignore-init-errors", 0, NULL, "go on when an RPC of --config fails",
	 FIELD(json_config_ignore_errors), set_true},
	{"limit-coredump", 'd', NULL, "do not raise the limit for core dumps",
	 FIELD(enable_coredump), set_false},
	{"tpoint-group", 'e', "GROUPS", "tracepoints to switch on, see below",
	 FIELD(tpoint_group_mask), set_text},
	{"single-file-segments", 'g', NULL, "accepted: all huge pages lie in one file anyway",
	 FIELD(hugepage_single_segments), set_true},
	{"help", 'h', NULL, "print this text", NO_FIELD, answer_help},
	{"shm-id", 'i', "ID", "number in the name of the trace file", FIELD(shm_id), set_number},
	{"cpumask", 'm', "MASK", "cores to run on: a mask (0x3) or a list ([0,2-3])",
	 FIELD(reactor_mask), set_mask},
	{"lcores", 0, "MAP", "cores to run on, with CPUs: 0@1,1@(2-3); instead of -m",
	 FIELD(lcore_map), set_lcore_map},
	{"mem-channels", 'n', "COUNT", "accepted, has no effect", FIELD(mem_channel), set_number},
	{"main-core", 'p', "CORE", "core of the app thread (default: the lowest)", FIELD(main_core),
	 set_number},
	{"rpc-socket", 'r', "ADDRESS", "where RPCs are taken: a path, or IP:PORT", FIELD(rpc_addr),
	 set_rpc_addr},
	{"rpc-socket-mode", 0, "MODE", "permissions of the RPC socket (default: 0600)", NO_FIELD,
	 set_rpc_socket_mode},
	{"rpc-allow-remote", 0, NULL, "let -r be an address that other machines reach", NO_FIELD,
	 set_rpc_allow_remote},
	{"no-rpc-server", 0, NULL, "take no RPCs", FIELD(rpc_addr), set_no_rpc_server},
	{"rpcs-allowed", 0, "NAMES", "the only RPCs that are allowed, with commas between them",
	 FIELD(rpc_allowlist), set_rpcs_allowed},
	{"wait-for-rpc", 0, NULL, "wait for the RPC framework_start_init before subsystems start",
	 FIELD(delay_subsystem_init), set_wait_for_rpc},
	{"mem-size", 's', "SIZE", "memory to set aside at the start, in MiB or with a unit",
	 FIELD(mem_size), set_mem_size},
	{"no-pci", 'u', NULL, "leave PCI devices alone", FIELD(no_pci), set_true},
	{"pci-allowed", 'A', "ADDRESS", "use this PCI device and no other; may be repeated",
	 FIELD(pci_allowed), add_address},
	{"pci-blocked", 'B', "ADDRESS", "do not use this PCI device; may be repeated",
	 FIELD(pci_blocked), add_address},
	{"pci-whitelist", 'W', "ADDRESS", "an old name; use --pci-allowed", NO_FIELD,
	 refuse_old_name},
	{"huge-unlink", 'R', NULL, "accepted: no file of huge pages ever stays",
	 FIELD(unlink_hugepage), set_true},
	{"huge-dir", 0, "FOLDER", "hugetlbfs mount that huge pages shall come from", FIELD(hugedir),
	 set_text},
	{"no-huge", 0, NULL, "do not use huge pages", FIELD(no_huge), set_true},
	{"enforce-numa", 0, NULL, "memory comes from the NUMA node that was asked for, or fails",
	 FIELD(enforce_numa), set_true},
	{"iova-mode", 0, "pa|va", "addresses that devices see", FIELD(iova_mode), set_iova_mode},
	{"base-virtaddr", 0, "ADDRESS", "where memory is placed", FIELD(base_virtaddr),
	 set_base_virtaddr},
	{"env-context", 0, "TEXT", "further options for the environment", FIELD(env_context),
	 set_text},
	{"vfio-vf-token", 0, "UUID", "token by which VFIO hands out virtual functions",
	 FIELD(vf_token), set_vf_token},
	{"msg-mempool-size", 0, "COUNT", "accepted: message queues have no common pool",
	 FIELD(msg_mempool_size), set_number},
	{"num-trace-entries", 0, "COUNT", "trace entries of each core, a power of two; 0: none",
	 FIELD(num_entries), set_trace_entries},
	{"disable-cpumask-locks", 0, NULL, "neither lock cores nor look whether others did",
	 FIELD(disable_cpumask_locks), set_true},
	{"interrupt-mode", 0, NULL, "run all threads in interrupt mode", FIELD(interrupt_mode),
	 set_true},
	{"poll", 0, NULL, "reactors never rest: each keeps its CPU busy", NO_FIELD, set_never_rest},
	{"spin-us", 0, "N", "how long reactors look for work at most before they rest", NO_FIELD,
	 set_spin_us},
	{"silence-noticelog", 0, NULL, "print warnings and errors only", FIELD(print_level),
	 silence_notices},
	{"logflag", 'L', "FLAG", "print details of a component, or of all; may be repeated",
	 FIELD(print_level), set_log_flag},
	{"version", 'v', NULL, "print the version", NO_FIELD, answer_version},
};
/* clang-format on */

const size_t app_options_count = sizeof(app_options) / sizeof(app_options[0]);
