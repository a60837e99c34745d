/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What an application costs that does nothing, from fork to wait, and how much memory: against a
 * program that only links the library, and one that links nothing but the C library (true, which
 * coreutils bring).
 *
 * Each run is this program again, executed anew, on two reactors. What it takes of a CPU while it
 * waits is the matter of cpu_bench.
 */
#include "bench.h"

#include "spdk/event.h"

#include <sys/wait.h>

#define MASK      "0x3"
#define SAMPLES   41
#define LIMIT_MS  5.0
#define LIMIT_MIB 5.0

/* The application. */

static void
stop(void *arg)
{
	spdk_app_stop(0);
}

static int
run_app(spdk_msg_fn fn)
{
	struct spdk_app_opts opts;
	int rc;

	spdk_app_opts_init(&opts, sizeof(opts));
	opts.name = "app_start_bench";
	opts.reactor_mask = MASK;
	opts.rpc_addr = NULL;
	rc = spdk_app_start(&opts, fn, NULL);
	spdk_app_fini();
	return rc;
}

static uint64_t
peak_kib(void)
{
	FILE *file = fopen("/proc/self/status", "r");
	uint64_t kib = 0;
	char line[256];

	while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
		if (sscanf(line, "VmHWM: %" SCNu64, &kib) == 1) {
			break;
		}
	}
	if (file != NULL) {
		fclose(file);
	}
	return kib;
}

/* What the caller is told: a number on stdout. */
static int
be_application(const char *kind)
{
	int rc;

	if (strcmp(kind, "--linked") == 0) {
		return 0;
	}
	rc = run_app(stop);
	if (strcmp(kind, "--memory") == 0) {
		printf("%" PRIu64 "\n", peak_kib());
	}
	return rc;
}

/* The measurement. */

/* From fork to wait, in ms; *out_number is what it printed, if it did. */
static double
execute(const char *program, const char *kind, double *out_number)
{
	uint64_t start, end;
	int pipe_fds[2], status;
	char text[128];
	ssize_t length;
	pid_t child;

	if (pipe(pipe_fds) != 0) {
		perror("pipe");
		exit(1);
	}
	start = spdk_get_ticks();
	child = fork();
	if (child == 0) {
		dup2(pipe_fds[1], STDOUT_FILENO);
		close(pipe_fds[0]);
		close(pipe_fds[1]);
		execlp(program, "app_start_bench", kind, NULL);
		_exit(127);
	}
	if (child < 0 || waitpid(child, &status, 0) != child || status != 0) {
		fprintf(stderr, "%s %s did not start or did not end well\n", program, kind);
		exit(1);
	}
	end = spdk_get_ticks();
	close(pipe_fds[1]);
	length = read(pipe_fds[0], text, sizeof(text) - 1);
	close(pipe_fds[0]);
	text[length > 0 ? length : 0] = '\0';
	if (out_number != NULL && sscanf(text, "%lf", out_number) != 1) {
		fprintf(stderr, "%s %s printed no number\n", program, kind);
		exit(1);
	}
	return bench_ns(end - start) / 1e6;
}

int
main(int argc, char **argv)
{
	static const char self[] = "/proc/self/exe";
	struct bench_spread app = {.count = 0}, linked = {.count = 0}, empty = {.count = 0};
	struct bench_spread mib = {.count = 0};
	uint32_t samples = bench_samples(SAMPLES), i;
	double kib;
	int missed = 0;

	if (argc > 1) {
		return be_application(argv[1]);
	}
	/* The first one reads the files. */
	(void)execute(self, "--empty", NULL);
	for (i = 0; i < samples; i++) {
		bench_spread_add(&app, execute(self, "--empty", NULL));
		bench_spread_add(&linked, execute(self, "--linked", NULL));
		bench_spread_add(&empty, execute("true", "--empty", NULL));
		(void)execute(self, "--memory", &kib);
		bench_spread_add(&mib, kib / 1024);
	}
	bench_question("Start to stop of an application that does nothing, fork to wait");
	bench_side(&app, "application", "ms");
	bench_side(&linked, "links the library, and ends", "ms");
	bench_side(&empty, "links the C library only", "ms");
	missed += !bench_limit("application", &app, "ms", BENCH_AT_MOST, LIMIT_MS);
	(void)bench_ratio("application to one that links the library", &app, &linked, BENCH_AT_MOST,
			  0);
	(void)bench_ratio("application to an empty program", &app, &empty, BENCH_AT_MOST, 0);
	missed += !bench_limit("peak of resident memory", &mib, "MiB", BENCH_AT_MOST, LIMIT_MIB);
	return missed != 0;
}
