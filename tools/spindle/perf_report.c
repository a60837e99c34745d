/* SPDX-License-Identifier: BSD-3-Clause */
/* Tables for people, and what they, JSON and the exit status have in common. */
#include "perf_histogram.h"
#include "perf_result.h"
#include "size.h"

#include "spdk/env.h"
#include "spdk/util.h"

#include <langinfo.h>
#include <locale.h>
#include <sys/ioctl.h>

#define COLUMNS_DEFAULT 80

static const char *const kind_names[PERF_KINDS] = {"read", "write", "other"};

const char *
perf_end_name(enum perf_end end)
{
	static const char *const names[] = {
		[PERF_END_NOT_YET] = "unfinished",     [PERF_END_FINISHED] = "finished",
		[PERF_END_INTERRUPTED] = "terminated", [PERF_END_RESIZED] = "resized",
		[PERF_END_FAILED] = "failed",          [PERF_END_REMOVED] = "removed",
	};

	return names[end];
}

const char *
perf_kind_name(enum perf_kind kind)
{
	return kind_names[kind];
}

static double
seconds_of(uint64_t ticks)
{
	return (double)ticks / (double)spdk_get_ticks_hz();
}

/* ---- Sums ---- */

static void
figures_take(struct perf_figures *figures, const struct perf_counts *counts, double seconds)
{
	uint64_t ticks[PERF_PERCENTILES];
	double us_per_tick = SPDK_SEC_TO_USEC / (double)spdk_get_ticks_hz();
	uint32_t i;

	*figures = (struct perf_figures){
		.ios = perf_counter_get(&counts->ios),
		.bytes = perf_counter_get(&counts->bytes),
		.failed = counts->failed,
		.seconds = seconds,
	};
	if (figures->ios == 0) {
		return;
	}
	if (seconds > 0) {
		figures->iops = (double)figures->ios / seconds;
		figures->bytes_per_second = (double)figures->bytes / seconds;
	}
	figures->average_us =
		(double)perf_counter_get(&counts->ticks) / (double)figures->ios * us_per_tick;
	figures->min_us = (double)counts->ticks_min * us_per_tick;
	figures->max_us = (double)counts->ticks_max * us_per_tick;
	perf_counts_percentiles(counts, ticks);
	for (i = 0; i < PERF_PERCENTILES; i++) {
		figures->percentile_us[i] = (double)ticks[i] * us_per_tick;
	}
}

void
perf_sum_init(struct perf_sum *sum)
{
	uint32_t i;

	*sum = (struct perf_sum){.start_ticks = UINT64_MAX};
	for (i = 0; i <= PERF_KINDS; i++) {
		if (perf_counts_init(&sum->counts[i]) != 0) {
			usage_error("out of memory");
			exit(STATUS_REFUSED);
		}
	}
}

void
perf_sum_fini(struct perf_sum *sum)
{
	uint32_t i;

	for (i = 0; i <= PERF_KINDS; i++) {
		perf_counts_fini(&sum->counts[i]);
	}
}

void
perf_sum_add(struct perf_sum *sum, const struct perf_worker *worker)
{
	uint32_t i;

	for (i = 0; i < PERF_KINDS; i++) {
		if (worker->counts[i].histogram != NULL) {
			perf_counts_add(&sum->counts[i], &worker->counts[i]);
			perf_counts_add(&sum->counts[PERF_KINDS], &worker->counts[i]);
		}
	}
	sum->start_ticks = spdk_min(sum->start_ticks, worker->start_ticks);
	sum->end_ticks = spdk_max(sum->end_ticks, worker->end_ticks);
}

void
perf_sum_figures(const struct perf_sum *sum, uint32_t kind, struct perf_figures *figures)
{
	double seconds = sum->end_ticks > sum->start_ticks ?
				 seconds_of(sum->end_ticks - sum->start_ticks) :
				 0;

	figures_take(figures, &sum->counts[kind], seconds);
}

int
perf_run_status(const struct perf_run *run)
{
	const struct perf_worker *worker;
	bool is_good = true;
	uint32_t i;

	TAILQ_FOREACH (worker, &run->workers, link) {
		is_good = is_good && worker->end <= PERF_END_INTERRUPTED;
		/* What was written and not read back is not known to be right. */
		is_good = is_good && (worker->end == PERF_END_FINISHED || worker->verify == NULL);
		for (i = 0; i < PERF_KINDS; i++) {
			is_good = is_good && worker->counts[i].failed == 0;
		}
	}
	return is_good ? STATUS_OK : STATUS_REFUSED;
}

/* ---- Tables ---- */

struct widths {
	int job;
	int device;
};

static void
print_row(const struct widths *widths, const char *const names[3], const char *kind,
	  const struct perf_figures *figures)
{
	printf("%-*s  %-*s  %4s  %-5s %8s %10s %9.1f %9.1f %9.1f %9.1f %9.1f", widths->job,
	       names[0], widths->device, names[1], names[2], kind, count_text(figures->iops).text,
	       rate_text(figures->bytes_per_second).text, figures->average_us,
	       figures->percentile_us[0], figures->percentile_us[4], figures->percentile_us[6],
	       figures->max_us);
	if (figures->failed > 0) {
		printf("  %" PRIu64 " failed", figures->failed);
	}
	printf("\n");
}

static void
print_rows(const struct widths *widths, const char *const names[3], const struct perf_sum *sum)
{
	struct perf_figures figures;
	uint32_t kinds = 0, i;

	for (i = 0; i < PERF_KINDS; i++) {
		perf_sum_figures(sum, i, &figures);
		if (figures.ios > 0 || figures.failed > 0) {
			print_row(widths, names, kind_names[i], &figures);
			kinds++;
		}
	}
	if (kinds != 1) {
		perf_sum_figures(sum, PERF_KINDS, &figures);
		print_row(widths, names, "all", &figures);
	}
}

static void
print_workers(const struct perf_run *run, const struct widths *widths)
{
	const struct perf_worker *worker;
	struct perf_sum sum;
	char core[16];

	TAILQ_FOREACH (worker, &run->workers, link) {
		const char *const names[3] = {worker->job->name, worker->device->name, core};

		snprintf(core, sizeof(core), "%u", worker->core->number);
		perf_sum_init(&sum);
		perf_sum_add(&sum, worker);
		print_rows(widths, names, &sum);
		perf_sum_fini(&sum);
	}
}

static void
print_percentiles(const struct perf_sum *sum)
{
	struct perf_figures figures;
	uint32_t kind, i;

	printf("\nLatencies in us that so many percent do not exceed:\n      ");
	for (i = 0; i < PERF_PERCENTILES; i++) {
		printf(" %9g", perf_percentiles[i]);
	}
	printf("\n");
	for (kind = 0; kind < PERF_KINDS; kind++) {
		perf_sum_figures(sum, kind, &figures);
		if (figures.ios == 0) {
			continue;
		}
		printf("%-6s", kind_names[kind]);
		for (i = 0; i < PERF_PERCENTILES; i++) {
			printf(" %9.1f", figures.percentile_us[i]);
		}
		printf("\n");
	}
}

static bool
is_utf8(void)
{
	setlocale(LC_CTYPE, "");
	return strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

static uint32_t
columns_of_stdout(void)
{
	struct winsize size;

	return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col :
										 COLUMNS_DEFAULT;
}

static void
draw_histograms(const struct perf_sum *sum)
{
	struct perf_bins bins;
	uint32_t kind;

	for (kind = 0; kind < PERF_KINDS; kind++) {
		if (perf_counter_get(&sum->counts[kind].ios) > 0) {
			printf("\nLatencies, %s:\n", kind_names[kind]);
			perf_bins_fill(&bins, sum->counts[kind].histogram, spdk_get_ticks_hz());
			perf_bins_draw(&bins, stdout, columns_of_stdout(), is_utf8());
		}
	}
}

/* ---- Sentences ---- */

static void
print_verified(const struct perf_worker *worker)
{
	const struct perf_verify *verify = worker->verify;
	uint64_t unread = perf_verify_unread(verify);

	printf("%s on %s, core %u: %" PRIu64 " blocks read back are right", worker->job->name,
	       worker->device->name, worker->core->number, verify->blocks_right);
	if (verify->blocks_right > 0) {
		printf(", generation %" PRIu64 " to %" PRIu64, verify->generation_min,
		       verify->generation_max);
	}
	if (unread > 0) {
		printf("; %" PRIu64 " I/Os were written and not read back", unread);
	}
	printf("\n");
}

static void
print_ends(const struct perf_run *run)
{
	static const char *const reasons[] = {
		[PERF_END_INTERRUPTED] = "was interrupted",
		[PERF_END_RESIZED] = "ended when the device changed its size",
		[PERF_END_REMOVED] = "ended when the device was removed",
		[PERF_END_FAILED] = "failed",
	};
	const struct perf_worker *worker;

	TAILQ_FOREACH (worker, &run->workers, link) {
		if (worker->verify != NULL) {
			print_verified(worker);
		}
		if (worker->end > PERF_END_FINISHED) {
			printf("%s on %s, core %u: %s%s%s\n", worker->job->name,
			       worker->device->name, worker->core->number, reasons[worker->end],
			       worker->failure.is_set ? ": " : "",
			       worker->failure.is_set ? worker->failure.text : "");
		}
	}
}

static void
print_jobs(const struct perf_run *run)
{
	const struct perf_job *job;
	char sizes[256];
	uint32_t i;

	for (i = 0; i < run->jobs->count; i++) {
		job = &run->jobs->of[i];
		perf_sizes_print(&job->sizes, sizes, sizeof(sizes));
		printf("%s: %s", job->name, job->workload->name);
		if (job->workload->is_mix) {
			printf(", %d%% reads", job->read_percent < 0 ? 50 : job->read_percent);
		}
		printf(", %s, depth %u, seed %" PRIu64 "\n", sizes, job->depth, job->seed);
	}
}

void
perf_report(const struct perf_run *run)
{
	static const char *const total_names[3] = {"total", "", ""};
	const struct perf_worker *worker;
	struct widths widths = {5, 6};
	struct perf_sum sum;
	uint32_t workers = 0;

	perf_sum_init(&sum);
	TAILQ_FOREACH (worker, &run->workers, link) {
		widths.job = spdk_max(widths.job, (int)strlen(worker->job->name));
		widths.device = spdk_max(widths.device, (int)strlen(worker->device->name));
		perf_sum_add(&sum, worker);
		workers++;
	}
	print_jobs(run);
	printf("ran %.2f s on %u core%s\n\n", seconds_of(sum.end_ticks - sum.start_ticks),
	       run->cores_count, run->cores_count == 1 ? "" : "s");
	printf("%-*s  %-*s  %4s  %-5s %8s %10s %9s %9s %9s %9s %9s\n", widths.job, "job",
	       widths.device, "device", "core", "", "IOPS", "", "avg us", "50%", "99%", "99.9%",
	       "max");
	print_workers(run, &widths);
	if (workers > 1) {
		print_rows(&widths, total_names, &sum);
	}
	print_percentiles(&sum);
	if (run->options->draws_histogram) {
		draw_histograms(&sum);
	}
	printf("\n");
	print_ends(run);
	perf_sum_fini(&sum);
}
