/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An application with every module of the library, and nothing of its own: what it has to do comes
 * from a configuration (-c) or from clients ('spindle rpc').
 */
#include "spdk/event.h"
#include "spdk/log.h"
#include "spdk/stdinc.h"
#include "spdk/string.h"

static const char *g_pid_path;

static int
write_pid(const char *path)
{
	FILE *file = fopen(path, "w");
	int rc = 0;

	if (file == NULL) {
		return -errno;
	}
	if (fprintf(file, "%d\n", getpid()) < 0) {
		rc = -EIO;
	}
	if (fclose(file) != 0 && rc == 0) {
		rc = -errno;
	}
	return rc;
}

static void
start(void *arg)
{
	int rc;

	if (g_pid_path == NULL) {
		return;
	}
	rc = write_pid(g_pid_path);
	if (rc != 0) {
		SPDK_ERRLOG("Cannot write the process id to %s (-f): %s\n", g_pid_path,
			    spdk_strerror(-rc));
		spdk_app_stop(rc);
	}
}

static int
parse_option(int option, char *value)
{
	if (option != 'f') {
		return -EINVAL;
	}
	g_pid_path = value;
	return 0;
}

static void
print_options(void)
{
	printf(" -f PATH                   write the process id to this file\n");
}

int
main(int argc, char **argv)
{
	struct spdk_app_opts opts = {};
	int rc;

	spdk_app_opts_init(&opts, sizeof(opts));
	opts.name = "spdk_tgt";
	rc = spdk_app_parse_args(argc, argv, &opts, "f:", NULL, parse_option, print_options);
	if (rc != SPDK_APP_PARSE_ARGS_SUCCESS) {
		return rc == SPDK_APP_PARSE_ARGS_HELP ? 0 : 1;
	}
	rc = spdk_app_start(&opts, start, NULL);
	spdk_app_fini();
	return rc != 0;
}
