/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A command line of any words, one for each piece of the input between zeros, is accepted, answered
 * or refused, and read the same when it is read again. What is refused gives nothing to be freed.
 */
#include "app/app/app_args.h"
#include "spdk/string.h"

#define WORDS_MAX 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct words {
	char *argv[WORDS_MAX + 2];
	int argc;
};

static void
check(bool condition)
{
	if (!condition) {
		abort();
	}
}

static void
no_log(int level, const char *file, const int line, const char *func, const char *format,
       va_list args)
{
}

static int
parse(int ch, char *arg)
{
	/* As a program does that wants its argument not to be empty. */
	return arg != NULL && arg[0] == '\0' ? -EINVAL : 0;
}

static void
make_words(struct words *words, const uint8_t *data, size_t size)
{
	size_t start = 0;

	memset(words, 0, sizeof(*words));
	words->argv[words->argc++] = strdup("program");
	for (size_t i = 0; i <= size && words->argc <= WORDS_MAX; i++) {
		if (i == size || data[i] == 0) {
			words->argv[words->argc++] = strndup((const char *)data + start, i - start);
			start = i + 1;
		}
	}
}

static spdk_app_parse_args_rvals_t
read_words(const uint8_t *data, size_t size)
{
	const struct option names[] = {
		{"own", required_argument, NULL, 1000},
		{"own-flag", optional_argument, NULL, 1001},
		{NULL, 0, NULL, 0},
	};
	struct spdk_app_opts opts;
	spdk_app_parse_args_rvals_t result;
	struct words words;

	make_words(&words, data, size);
	spdk_app_opts_init(&opts, sizeof(opts));
	result = spdk_app_parse_args(words.argc, words.argv, &opts, "zy:", names, parse, NULL);
	if (result == SPDK_APP_PARSE_ARGS_SUCCESS) {
		check(optind >= 1 && optind <= words.argc);
		check((opts.pci_allowed != NULL || opts.pci_blocked != NULL) ==
		      (opts.num_pci_addr != 0));
		free(opts.pci_allowed);
		free(opts.pci_blocked);
		spdk_strarray_free((char **)opts.rpc_allowlist);
	} else {
		check(opts.pci_allowed == NULL && opts.pci_blocked == NULL);
		check(opts.rpc_allowlist == NULL);
	}
	for (int i = 0; i < words.argc; i++) {
		free(words.argv[i]);
	}
	return result;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static FILE *nowhere;
	FILE *saved = stdout;
	spdk_app_parse_args_rvals_t result;

	if (nowhere == NULL) {
		nowhere = fopen("/dev/null", "w");
		check(nowhere != NULL);
		spdk_log_open(no_log);
	}
	stdout = nowhere;
	result = read_words(data, size);
	check(read_words(data, size) == result);
	stdout = saved;
	(void)spdk_log_clear_flag("all");
	return 0;
}
