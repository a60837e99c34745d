/* SPDX-License-Identifier: BSD-3-Clause */
/* spindle SUBCOMMAND: each subcommand is one line of the table. */
#include "spindle.h"

#include "spdk/log.h"
#include "spdk/util.h"
#include "spdk/version.h"

static const struct subcommand subcommands[] = {
	{"bdev", "show the block devices of a running application", bdev_main},
	{"dd", "copy between files and block devices", dd_main},
	{"nvme", "NVMe controllers in user space: list, ask, format, measure", nvme_main},
	{"perf", "put load on block devices, and tell how fast they are", perf_main},
	{"rpc", "ask a running application, and tell it what to do", rpc_main},
};

static void
print_usage(FILE *file)
{
	size_t i;

	fprintf(file, "usage: spindle SUBCOMMAND [ARGUMENT...]\n\nsubcommands:\n");
	for (i = 0; i < SPDK_COUNTOF(subcommands); i++) {
		fprintf(file, "  %-8s %s\n", subcommands[i].name, subcommands[i].summary);
	}
	fprintf(file, "\noptions:\n"
		      "  -h, --help     this text; of a subcommand: spindle SUBCOMMAND -h\n"
		      "  -V, --version  the version\n");
}

/* What a shell offers for the first word. */
static int
complete(void)
{
	size_t i;

	for (i = 0; i < SPDK_COUNTOF(subcommands); i++) {
		printf("%s\n", subcommands[i].name);
	}
	printf("--help\n--version\n");
	return STATUS_OK;
}

int
main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "";
	size_t i;

	/* What the library would say is said here, in one line. */
	spdk_log_set_print_level(SPDK_LOG_DISABLED);
	for (i = 0; i < SPDK_COUNTOF(subcommands); i++) {
		if (strcmp(name, subcommands[i].name) == 0) {
			return subcommands[i].run(argc - 1, argv + 1);
		}
	}
	if (strcmp(name, "-h") == 0 || strcmp(name, "--help") == 0) {
		print_usage(stdout);
		return STATUS_OK;
	}
	if (strcmp(name, "-V") == 0 || strcmp(name, "--version") == 0) {
		printf("%s\n", SPDK_VERSION_STRING);
		return STATUS_OK;
	}
	if (strcmp(name, "--complete") == 0) {
		return complete();
	}
	if (name[0] != '\0') {
		fprintf(stderr, "spindle: there is no subcommand '%s'\n", name);
	}
	print_usage(stderr);
	return STATUS_USAGE;
}
