/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * spindle rpc: options, and what is done by them. The options stand once for getopt and once for
 * people; a test holds the two, the manual and the completion against each other.
 */
#include "rpc.h"

#include <getopt.h>

enum long_option {
	OPTION_WAIT = 256,
	OPTION_BATCH,
	OPTION_KEEP_GOING,
	OPTION_RAW,
	OPTION_JSON,
	OPTION_TABLE,
	OPTION_LIST,
};

static const struct option long_options[] = {
	{"socket", required_argument, NULL, 's'},
	{"timeout", required_argument, NULL, 't'},
	{"wait", required_argument, NULL, OPTION_WAIT},
	{"file", required_argument, NULL, 'f'},
	{"batch", no_argument, NULL, OPTION_BATCH},
	{"keep-going", no_argument, NULL, OPTION_KEEP_GOING},
	{"raw", no_argument, NULL, OPTION_RAW},
	{"json", no_argument, NULL, OPTION_JSON},
	{"table", no_argument, NULL, OPTION_TABLE},
	{"list", no_argument, NULL, OPTION_LIST},
	{"help", no_argument, NULL, 'h'},
	{NULL, 0, NULL, 0},
};

/* clang-format off */
const char *const rpc_option_names[] = {
	"-s=", "--socket=", "-t=", "--timeout=", "--wait=", "-f=", "--file=", "--batch",
	"--keep-going", "--raw", "--json", "--table", "--list", "-h", "--help",
	NULL,
};
/* clang-format on */

static void
print_usage(FILE *file)
{
	fprintf(file,
		"usage: spindle rpc [OPTION...] METHOD [KEY=VALUE...]\n"
		"       spindle rpc [OPTION...] METHOD {JSON | -}\n"
		"       spindle rpc [OPTION...] -f FILE\n"
		"       spindle rpc [OPTION...] --list [METHOD]\n"
		"       spindle rpc [OPTION...] save-config [-f FILE]\n"
		"       spindle rpc [OPTION...] load-config [FILE]\n"
		"\n"
		"  -s, --socket ADDRESS   path or HOST:PORT of the server; without it, that of\n"
		"                         SPINDLE_RPC_ADDR, or " RPC_DEFAULT_ADDRESS "\n"
		"  -t, --timeout SECONDS  how long to wait for an answer (60)\n"
		"      --wait SECONDS     how long to wait until the server is there (0)\n"
		"  -f, --file FILE        calls from a file, a line each, or a JSON array;\n"
		"                         '-' is standard input\n"
		"      --batch            send the calls of the file as one JSON-RPC batch\n"
		"      --keep-going       go on with the next call of the file after an error\n"
		"      --raw              the whole reply, as it came, on one line\n"
		"      --json             JSON, also on a terminal\n"
		"      --table            a table where the result allows it, also in a pipe\n"
		"      --list             what methods there are, with their parameters\n"
		"  -h, --help             this text\n"
		"\n"
		"KEY=VALUE: the value is JSON if it is that as a whole, else a string; what is\n"
		"a string for the server is taken as it is. KEY:=JSON is always JSON, and\n"
		"A.B=VALUE belongs into an object A.\n"
		"\n"
		"exit status: 0 done, 1 refused by the server, 2 wrong usage, 3 no connection,\n"
		"4 no answer in time or connection lost\n");
}

/* One option, other than -h. */
static int
parse_option(int option, struct rpc_options *options)
{
	switch (option) {
	case 's':
		options->address = optarg;
		return STATUS_OK;
	case 'f':
		options->file = optarg;
		return STATUS_OK;
	case 't':
		return parse_seconds("--timeout", optarg, &options->timeout_s);
	case OPTION_WAIT:
		return parse_seconds("--wait", optarg, &options->wait_s);
	case OPTION_BATCH:
		options->is_batch = true;
		return STATUS_OK;
	case OPTION_KEEP_GOING:
		options->keeps_going = true;
		return STATUS_OK;
	case OPTION_RAW:
		options->form = OUTPUT_RAW;
		return STATUS_OK;
	case OPTION_JSON:
		options->form = OUTPUT_JSON;
		return STATUS_OK;
	case OPTION_TABLE:
		options->form = OUTPUT_TABLE;
		return STATUS_OK;
	case OPTION_LIST:
		options->is_list = true;
		return STATUS_OK;
	default:
		fprintf(stderr, "spindle rpc -h tells what there is\n");
		return STATUS_USAGE;
	}
}

int
call_run(struct session *session, const char *where, const struct call *call, enum output_form form)
{
	struct spdk_jsonrpc_client_response *response;
	int rc = session_call(session, call->method, call->params, &response);

	if (response == NULL) {
		return rc;
	}
	if (response->error == NULL || form == OUTPUT_RAW) {
		output_result(response, form);
	}
	if (response->error != NULL) {
		session_print_error(session, where, call->method, response->error);
		rc = STATUS_REFUSED;
	}
	spdk_jsonrpc_client_free_response(response);
	return rc;
}

static int
run_words(struct session *session, const struct rpc_options *options, int count, char **words)
{
	struct call call = {.method = NULL};
	int rc;

	if (strcmp(words[0], "save-config") == 0) {
		return config_save(session, options->file);
	}
	if (strcmp(words[0], "load-config") == 0) {
		return config_load(session, count > 1 ? words[1] : options->file);
	}
	rc = call_from_words(session, NULL, count, words, &call);
	if (rc == STATUS_OK) {
		rc = call_run(session, NULL, &call, options->form);
	}
	call_fini(&call);
	return rc;
}

/* What can be wrong without a server. */
static int
check_usage(const struct rpc_options *options, int count, char **words)
{
	bool saves = count > 0 && strcmp(words[0], "save-config") == 0;
	bool loads = count > 0 && strcmp(words[0], "load-config") == 0;

	if (options->is_list) {
		return count <= 1 ? STATUS_OK : usage_error("--list takes one method, or none");
	}
	if (count == 0 && options->file == NULL) {
		print_usage(stderr);
		return STATUS_USAGE;
	}
	if (saves && count > 1) {
		return usage_error("save-config takes no '%s'; -f FILE names the file", words[1]);
	}
	if (loads && count + (options->file != NULL) > 2) {
		return usage_error("load-config takes one file");
	}
	if (count > 0 && options->file != NULL && !saves && !loads) {
		return usage_error("-f reads calls from a file: '%s' is one too many", words[0]);
	}
	return STATUS_OK;
}

static int
run(const struct rpc_options *options, int count, char **words)
{
	struct session *session;
	int rc = check_usage(options, count, words);

	if (rc == STATUS_OK) {
		rc = session_open(options, false, &session);
	}
	if (rc != STATUS_OK) {
		return rc;
	}
	if (options->is_list) {
		rc = methods_list(session, count > 0 ? words[0] : NULL);
	} else if (count > 0) {
		rc = run_words(session, options, count, words);
	} else {
		rc = batch_run(session, options);
	}
	session_close(session);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		return usage_error("cannot write to standard output: %s", strerror(errno));
	}
	return rc;
}

int
rpc_main(int argc, char **argv)
{
	struct rpc_options options;
	int option, rc = STATUS_OK;

	rpc_options_init(&options);
	if (argc > 1 && strcmp(argv[1], "--complete") == 0) {
		return complete_words(argc - 2, argv + 2);
	}
	while (rc == STATUS_OK &&
	       (option = getopt_long(argc, argv, "s:t:f:h", long_options, NULL)) != -1) {
		if (option == 'h') {
			print_usage(stdout);
			return STATUS_OK;
		}
		rc = parse_option(option, &options);
	}
	return rc == STATUS_OK ? run(&options, argc - optind, argv + optind) : rc;
}
