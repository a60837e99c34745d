/* SPDX-License-Identifier: BSD-3-Clause */
/* spindle bdev: its options, and what is asked for by them. */
#include "bdev.h"
#include "size.h"

#include "spdk/util.h"

#include <getopt.h>
#include <langinfo.h>
#include <locale.h>

#define INTERVAL_DEFAULT_S 1.0
#define INTERVAL_MIN_S     0.01
/* A shell waits for it. */
#define COMPLETION_TIMEOUT_S 1.0

enum long_option {
	OPTION_WAIT = 256,
	OPTION_JSON,
};

static const struct option long_options[] = {
	{"socket", required_argument, NULL, 's'},
	{"timeout", required_argument, NULL, 't'},
	{"wait", required_argument, NULL, OPTION_WAIT},
	{"interval", required_argument, NULL, 'i'},
	{"count", required_argument, NULL, 'n'},
	{"json", no_argument, NULL, OPTION_JSON},
	{"help", no_argument, NULL, 'h'},
	{NULL, 0, NULL, 0},
};

static const char short_options[] = "s:t:i:n:h";

static void
print_usage(FILE *file)
{
	fprintf(file,
		"usage: spindle bdev [OPTION...] [list]\n"
		"       spindle bdev [OPTION...] show NAME\n"
		"       spindle bdev [OPTION...] tree\n"
		"       spindle bdev [OPTION...] iostat [NAME...]\n"
		"\n"
		"  list    the block devices of a running application\n"
		"  show    all that it tells of one\n"
		"  tree    which of them lie on which\n"
		"  iostat  what they do, once in an interval, until it is interrupted\n"
		"\n"
		"  -s, --socket ADDRESS    path or HOST:PORT of the application; without it, that\n"
		"                          of SPINDLE_RPC_ADDR, or " RPC_DEFAULT_ADDRESS "\n"
		"  -t, --timeout SECONDS   how long to wait for an answer (60)\n"
		"      --wait SECONDS      how long to wait until the application is there (0)\n"
		"  -i, --interval SECONDS  of iostat (1)\n"
		"  -n, --count N           iostat ends after so many\n"
		"      --json              JSON; of iostat, a line for each interval\n"
		"  -h, --help              this text\n"
		"\n"
		"iostat: reads, writes, and other I/Os (unmap, copy) a second; MB a second;\n"
		"microseconds that a read and a write took; depth of the queue and how much of\n"
		"the time there was any I/O, where bdev_set_qd_sampling_period is on; I/Os that\n"
		"failed.\n"
		"\n"
		"examples:\n"
		"  spindle bdev tree\n"
		"  spindle bdev iostat -i 0.5 Malloc0 Nvme0n1\n"
		"  spindle bdev iostat -n 10 --json > rates.jsonl\n"
		"\n"
		"exit status: 0 done, 1 refused by the server or no such device, 2 wrong usage,\n"
		"3 no connection, 4 no answer in time or connection lost\n");
}

static int
parse_interval(struct bdev_options *options, const char *text)
{
	int rc = parse_seconds("--interval", text, &options->interval_s);

	if (rc == STATUS_OK && options->interval_s < INTERVAL_MIN_S) {
		return usage_error("--interval: %s is too short: %g at least", text,
				   INTERVAL_MIN_S);
	}
	return rc;
}

static int
parse_count(struct bdev_options *options, const char *text)
{
	if (size_parse(text, &options->count, NULL) != 0 || options->count == 0) {
		return usage_error("--count: '%s' is no number of intervals: 1 or more", text);
	}
	return STATUS_OK;
}

/* One option, other than -h. */
static int
parse_option(int option, struct bdev_options *options)
{
	switch (option) {
	case 's':
		options->rpc.address = optarg;
		return STATUS_OK;
	case 't':
		return parse_seconds("--timeout", optarg, &options->rpc.timeout_s);
	case OPTION_WAIT:
		return parse_seconds("--wait", optarg, &options->rpc.wait_s);
	case 'i':
		return parse_interval(options, optarg);
	case 'n':
		return parse_count(options, optarg);
	case OPTION_JSON:
		options->is_json = true;
		return STATUS_OK;
	default:
		fprintf(stderr, "spindle bdev -h tells what there is\n");
		return STATUS_USAGE;
	}
}

/* ---- What is asked for ---- */

static bool
is_utf8(void)
{
	return setlocale(LC_CTYPE, "") != NULL && strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

static void
print_tree(const struct spdk_json_val *list, bool is_json)
{
	struct text text = {.bytes = NULL};
	struct bdev_infos infos;

	bdev_infos_read(list, &infos);
	if (is_json) {
		bdev_tree_write_json(&infos, &text);
	} else {
		bdev_tree_write(&infos, is_utf8(), &text);
	}
	fputs(text.bytes, stdout);
	text_fini(&text);
	bdev_infos_fini(&infos);
}

static void
print_error(struct session *session, const struct spdk_json_val *error, const char *name)
{
	struct spdk_json_val *value = member_of(error, "code");
	int32_t number = 0;

	if (name != NULL && value != NULL && spdk_json_number_to_int32(value, &number) == 0 &&
	    number == -ENODEV) {
		fprintf(stderr, "spindle: there is no bdev %s; spindle bdev list has all\n", name);
	} else {
		session_print_error(session, NULL, "bdev_get_bdevs", error);
	}
}

typedef void (*print_fn)(const struct spdk_json_val *list);

/* bdev_get_bdevs, of one device or all. */
static int
ask(struct session *session, const struct bdev_options *options, const char *name, print_fn print)
{
	struct spdk_jsonrpc_client_response *response;
	struct text params = {.bytes = NULL};
	int rc;

	if (name != NULL) {
		text_add_string(&params, "{\"name\":");
		text_add_quoted(&params, name);
		text_add_string(&params, "}");
	}
	rc = session_call(session, "bdev_get_bdevs", params.bytes, &response);
	text_fini(&params);
	if (response == NULL) {
		return rc;
	}
	if (response->error != NULL) {
		print_error(session, response->error, name);
		rc = STATUS_REFUSED;
	} else if (response->result->type != SPDK_JSON_VAL_ARRAY_BEGIN) {
		fprintf(stderr, "spindle: the answer of bdev_get_bdevs is no list\n");
		rc = STATUS_REFUSED;
	} else if (print == NULL) {
		print_tree(response->result, options->is_json);
	} else if (options->is_json) {
		output_result(response, OUTPUT_JSON);
	} else {
		print(response->result);
	}
	spdk_jsonrpc_client_free_response(response);
	return rc;
}

static int
run_words(struct session *session, const struct bdev_options *options, int count, char **words)
{
	if (count == 0 || strcmp(words[0], "list") == 0) {
		return ask(session, options, NULL, bdev_list_print);
	}
	if (strcmp(words[0], "show") == 0) {
		return ask(session, options, words[1], bdev_show_print);
	}
	if (strcmp(words[0], "tree") == 0) {
		return ask(session, options, NULL, NULL);
	}
	return bdev_iostat_run(session, options, count - 1, words + 1);
}

/* What can be wrong without a server. */
static int
check_usage(int count, char **words)
{
	if (count == 0 || strcmp(words[0], "iostat") == 0) {
		return STATUS_OK;
	}
	if (strcmp(words[0], "show") == 0) {
		return count == 2 ? STATUS_OK : usage_error("show takes the name of one device");
	}
	if (strcmp(words[0], "list") != 0 && strcmp(words[0], "tree") != 0) {
		return usage_error("bdev: there is no '%s': list, show, tree or iostat", words[0]);
	}
	return count == 1 ?
		       STATUS_OK :
		       usage_error("%s takes no '%s': show has one device", words[0], words[1]);
}

static int
run(const struct bdev_options *options, int count, char **words)
{
	struct session *session;
	int rc = check_usage(count, words);

	if (rc == STATUS_OK) {
		rc = session_open(&options->rpc, false, &session);
	}
	if (rc != STATUS_OK) {
		return rc;
	}
	rc = run_words(session, options, count, words);
	session_close(session);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		return usage_error("cannot write to standard output: %s", strerror(errno));
	}
	return rc;
}

/* ---- Completion ---- */

static void
offer_names(const struct bdev_options *options, const char *beginning)
{
	struct spdk_jsonrpc_client_response *response;
	struct bdev_infos infos;
	struct session *session;
	size_t i;

	if (session_open(&options->rpc, true, &session) != STATUS_OK) {
		return;
	}
	response = session_ask(session, "bdev_get_bdevs", NULL);
	if (response != NULL) {
		bdev_infos_read(response->result, &infos);
		for (i = 0; i < infos.count; i++) {
			offer(infos.of[i].name, beginning);
		}
		bdev_infos_fini(&infos);
		spdk_jsonrpc_client_free_response(response);
	}
	session_close(session);
}

static void
offer_options(void)
{
	const struct option *option;

	printf("-s\n-t\n-i\n-n\n-h\n");
	for (option = long_options; option->name != NULL; option++) {
		printf("--%s%s\n", option->name, option->has_arg == required_argument ? "=" : "");
	}
}

/* argv without the word that is completed, which is the last. Silent, whatever is wrong. */
static int
complete(int argc, char **argv, const char *word, struct bdev_options *options)
{
	static const char *const verbs[] = {"list", "show", "tree", "iostat"};
	int option;
	size_t i;

	opterr = 0;
	options->rpc.timeout_s = COMPLETION_TIMEOUT_S;
	while ((option = getopt_long(argc, argv, short_options, long_options, NULL)) != -1) {
		if (option == 's') {
			options->rpc.address = optarg;
		} else if (option == '?' || option == ':') {
			return STATUS_OK;
		}
	}
	if (word[0] == '-') {
		offer_options();
	} else if (optind == argc) {
		for (i = 0; i < SPDK_COUNTOF(verbs); i++) {
			offer(verbs[i], word);
		}
	} else if (strcmp(argv[optind], "show") == 0 || strcmp(argv[optind], "iostat") == 0) {
		offer_names(options, word);
	}
	return STATUS_OK;
}

int
bdev_main(int argc, char **argv)
{
	struct bdev_options options = {.interval_s = INTERVAL_DEFAULT_S};
	int option, rc = STATUS_OK;

	rpc_options_init(&options.rpc);
	if (argc > 2 && strcmp(argv[1], "--complete") == 0) {
		return complete(argc - 2, argv + 1, argv[argc - 1], &options);
	}
	while (rc == STATUS_OK &&
	       (option = getopt_long(argc, argv, short_options, long_options, NULL)) != -1) {
		if (option == 'h') {
			print_usage(stdout);
			return STATUS_OK;
		}
		rc = parse_option(option, &options);
	}
	return rc == STATUS_OK ? run(&options, argc - optind, argv + optind) : rc;
}
