/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What an application costs that does nothing: how long from fork to wait, how much memory, and how
 * much of a CPU while it waits.
 *
 *     app_start_bench [RUNS [IDLE_SECONDS]]
 *
 * Each run is this program again, executed anew, on two reactors.
 */
#include "bench.h"

#include "spdk/event.h"

#include <sys/resource.h>
#include <sys/wait.h>

#define MASK           "0x3"
#define IDLE_PERIOD_US 100000

static uint32_t g_runs = 100;
static uint32_t g_idle_seconds = 10;

/* The application. */

static struct {
	struct spdk_poller *poller;
	uint64_t calls;
	uint64_t calls_end;
	double cpu_seconds; /* at the first call, then between that and the last */
	uint64_t begun;
	double seconds;
} g_idle;

static double
cpu_seconds(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
	       (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static int
tick(void *arg)
{
	if (g_idle.calls++ == 0) {
		g_idle.cpu_seconds = cpu_seconds();
		g_idle.begun = spdk_get_ticks();
	} else if (g_idle.calls > g_idle.calls_end) {
		g_idle.cpu_seconds = cpu_seconds() - g_idle.cpu_seconds;
		g_idle.seconds = bench_seconds(spdk_get_ticks() - g_idle.begun);
		spdk_poller_unregister(&g_idle.poller);
		spdk_app_stop(0);
	}
	return SPDK_POLLER_BUSY;
}

static void
start_idle(void *arg)
{
	g_idle.poller = SPDK_POLLER_REGISTER(tick, NULL, IDLE_PERIOD_US);
}

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

/* What the caller is told: up to two numbers on stdout. */
static int
be_application(const char *kind)
{
	int rc;

	if (strcmp(kind, "--empty") == 0) {
		return run_app(stop);
	}
	if (strcmp(kind, "--memory") == 0) {
		rc = run_app(stop);
		printf("%" PRIu64 "\n", peak_kib());
		return rc;
	}
	g_idle.calls_end = (uint64_t)g_idle_seconds * SPDK_SEC_TO_USEC / IDLE_PERIOD_US;
	rc = run_app(start_idle);
	printf("%f %f\n", g_idle.cpu_seconds, g_idle.seconds);
	return rc;
}

/* The measurement. */

struct result {
	uint64_t ticks; /* from fork to wait */
	double numbers[2];
};

static struct result
execute(const char *kind)
{
	struct result result = {0};
	uint64_t start;
	int pipe_fds[2], status;
	char text[128], seconds[16];
	ssize_t length;
	pid_t child;

	if (pipe(pipe_fds) != 0) {
		perror("pipe");
		exit(1);
	}
	snprintf(seconds, sizeof(seconds), "%u", g_idle_seconds);
	start = spdk_get_ticks();
	child = fork();
	if (child == 0) {
		dup2(pipe_fds[1], STDOUT_FILENO);
		close(pipe_fds[0]);
		close(pipe_fds[1]);
		execl("/proc/self/exe", "app_start_bench", kind, seconds, NULL);
		_exit(127);
	}
	if (child < 0 || wait4(child, &status, 0, NULL) != child || status != 0) {
		fprintf(stderr, "the application did not start or did not end well\n");
		exit(1);
	}
	result.ticks = spdk_get_ticks() - start;
	close(pipe_fds[1]);
	length = read(pipe_fds[0], text, sizeof(text) - 1);
	close(pipe_fds[0]);
	text[length > 0 ? length : 0] = '\0';
	(void)sscanf(text, "%lf %lf", &result.numbers[0], &result.numbers[1]);
	return result;
}

static int
measure_start(void)
{
	uint64_t *samples = calloc(g_runs, sizeof(samples[0]));
	double median_ms;
	uint32_t i;

	if (samples == NULL) {
		exit(1);
	}
	/* The first one reads the files. */
	(void)execute("--empty");
	for (i = 0; i < g_runs; i++) {
		samples[i] = execute("--empty").ticks;
	}
	bench_sort(samples, g_runs);
	median_ms = bench_ns(samples[g_runs / 2]) / 1e6;
	printf("    fork to wait: median %.2f ms (%.2f to %.2f), %u runs\n", median_ms,
	       bench_ns(samples[0]) / 1e6, bench_ns(samples[g_runs - 1]) / 1e6, g_runs);
	free(samples);
	return !bench_value("fork to wait of an empty application, median", median_ms, "ms",
			    BENCH_AT_MOST, 10);
}

static int
measure_memory(void)
{
	return !bench_value("VmHWM of an empty application", execute("--memory").numbers[0] / 1024,
			    "MiB", BENCH_AT_MOST, 8);
}

static int
measure_idle(void)
{
	struct result result = execute("--idle");

	printf("    idle: %.1f ms of CPU in %.2f s\n", result.numbers[0] * 1e3, result.numbers[1]);
	return !bench_value("a core's time with one poller of 100 ms",
			    result.numbers[0] / result.numbers[1] * 100, "%", BENCH_AT_MOST, 1);
}

int
main(int argc, char **argv)
{
	int missed = 0;

	if (argc > 2) {
		g_idle_seconds = (uint32_t)spdk_strtol(argv[2], 10);
	}
	if (argc > 1 && argv[1][0] == '-') {
		return be_application(argv[1]);
	}
	if (argc > 1) {
		g_runs = (uint32_t)spdk_strtol(argv[1], 10);
	}
	bench_question("What an application costs that does nothing");
	missed += measure_start();
	missed += measure_memory();
	missed += measure_idle();
	return missed != 0;
}
