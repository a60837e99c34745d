/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Results for programs. Members that other load generators of this kind have too are called as
 * there
 * (`results`, `iops`, `mibps`, `io_failed`, `avg_latency_us`...). The manual lists them all; they
 * stay as they are.
 */
#include "perf_histogram.h"
#include "perf_result.h"

#include "spdk/env.h"
#include "spdk/util.h"

#define MIB (1024.0 * 1024.0)

static int
write_file(void *file, const void *data, size_t size)
{
	return fwrite(data, 1, size, file) == size ? 0 : -EIO;
}

static void
write_figures(struct spdk_json_write_ctx *w, const struct perf_figures *figures)
{
	char name[16];
	uint32_t i;

	spdk_json_write_named_uint64(w, "ios", figures->ios);
	spdk_json_write_named_uint64(w, "bytes", figures->bytes);
	spdk_json_write_named_uint64(w, "io_failed", figures->failed);
	spdk_json_write_named_double(w, "iops", figures->iops);
	spdk_json_write_named_double(w, "mibps", figures->bytes_per_second / MIB);
	spdk_json_write_named_double(w, "avg_latency_us", figures->average_us);
	spdk_json_write_named_double(w, "min_latency_us", figures->min_us);
	spdk_json_write_named_double(w, "max_latency_us", figures->max_us);
	spdk_json_write_named_object_begin(w, "percentiles_us");
	for (i = 0; i < PERF_PERCENTILES; i++) {
		snprintf(name, sizeof(name), "%g", perf_percentiles[i]);
		spdk_json_write_named_double(w, name, figures->percentile_us[i]);
	}
	spdk_json_write_object_end(w);
}

static void
write_bins(struct spdk_json_write_ctx *w, const struct perf_counts *counts)
{
	struct perf_bins bins;
	uint32_t i;

	perf_bins_fill(&bins, counts->histogram, spdk_get_ticks_hz());
	spdk_json_write_named_array_begin(w, "histogram");
	for (i = 0; i < bins.count; i++) {
		spdk_json_write_object_begin(w);
		spdk_json_write_named_double(w, "from_us", bins.of[i].from_ns / 1000);
		spdk_json_write_named_double(w, "to_us", bins.of[i].to_ns / 1000);
		spdk_json_write_named_uint64(w, "ios", bins.of[i].count);
		spdk_json_write_object_end(w);
	}
	spdk_json_write_array_end(w);
}

static void
write_sum(struct spdk_json_write_ctx *w, const struct perf_sum *sum, bool has_histogram)
{
	struct perf_figures figures;
	uint32_t kind;

	perf_sum_figures(sum, PERF_KINDS, &figures);
	spdk_json_write_named_double(w, "runtime", figures.seconds);
	write_figures(w, &figures);
	for (kind = 0; kind < PERF_KINDS; kind++) {
		perf_sum_figures(sum, kind, &figures);
		spdk_json_write_named_object_begin(w, perf_kind_name(kind));
		write_figures(w, &figures);
		if (has_histogram) {
			write_bins(w, &sum->counts[kind]);
		}
		spdk_json_write_object_end(w);
	}
}

static void
write_failure(struct spdk_json_write_ctx *w, const struct perf_failure *failure)
{
	spdk_json_write_named_object_begin(w, "failure");
	spdk_json_write_named_string(w, "operation", perf_op_name(failure->op));
	spdk_json_write_named_uint64(w, "block", failure->block);
	spdk_json_write_named_uint64(w, "blocks", failure->blocks);
	spdk_json_write_named_string(w, "message", failure->text);
	spdk_json_write_object_end(w);
}

static void
write_verify(struct spdk_json_write_ctx *w, const struct perf_verify *verify)
{
	bool has_some = verify->blocks_right > 0;

	spdk_json_write_named_object_begin(w, "verify");
	spdk_json_write_named_uint64(w, "blocks_right", verify->blocks_right);
	spdk_json_write_named_uint64(w, "ios_not_read_back", perf_verify_unread(verify));
	spdk_json_write_named_uint64(w, "generation_min", has_some ? verify->generation_min : 0);
	spdk_json_write_named_uint64(w, "generation_max", verify->generation_max);
	spdk_json_write_object_end(w);
}

static void
write_sizes(struct spdk_json_write_ctx *w, const struct perf_sizes *sizes)
{
	uint32_t i;

	spdk_json_write_named_uint64(w, "io_size", perf_sizes_max(sizes));
	if (sizes->count == 1) {
		return;
	}
	spdk_json_write_named_array_begin(w, "io_sizes");
	for (i = 0; i < sizes->count; i++) {
		spdk_json_write_object_begin(w);
		spdk_json_write_named_uint64(w, "size", sizes->of[i].bytes);
		spdk_json_write_named_uint32(w, "percent", sizes->of[i].percent);
		spdk_json_write_object_end(w);
	}
	spdk_json_write_array_end(w);
}

static void
write_worker(struct spdk_json_write_ctx *w, const struct perf_worker *worker)
{
	const struct perf_job *job = worker->job;
	struct perf_sum sum;

	perf_sum_init(&sum);
	perf_sum_add(&sum, worker);
	spdk_json_write_object_begin(w);
	spdk_json_write_named_string(w, "job", job->name);
	spdk_json_write_named_string(w, "device", worker->device->name);
	spdk_json_write_named_uint32(w, "core", worker->core->number);
	spdk_json_write_named_string(w, "workload", job->workload->name);
	if (job->workload->is_mix) {
		spdk_json_write_named_uint32(
			w, "percentage", job->read_percent < 0 ? 50 : (uint32_t)job->read_percent);
	}
	spdk_json_write_named_string(w, "status", perf_end_name(worker->end));
	spdk_json_write_named_uint32(w, "queue_depth", worker->depth);
	write_sizes(w, &job->sizes);
	spdk_json_write_named_uint64(w, "seed", job->seed);
	spdk_json_write_named_uint64(w, "first_block", worker->first_block);
	spdk_json_write_named_uint64(w, "num_blocks", worker->num_blocks);
	spdk_json_write_named_uint64(w, "block_size", worker->block_size);
	write_sum(w, &sum, worker->run->options->draws_histogram);
	if (worker->verify != NULL) {
		write_verify(w, worker->verify);
	}
	if (worker->failure.is_set) {
		write_failure(w, &worker->failure);
	}
	spdk_json_write_object_end(w);
	perf_sum_fini(&sum);
}

int
perf_json_write(const struct perf_run *run, FILE *file)
{
	struct spdk_json_write_ctx *w =
		spdk_json_write_begin(write_file, file, SPDK_JSON_WRITE_FLAG_FORMATTED);
	const struct perf_worker *worker;
	struct perf_sum sum;
	int rc;

	if (w == NULL) {
		return -ENOMEM;
	}
	perf_sum_init(&sum);
	spdk_json_write_object_begin(w);
	spdk_json_write_named_array_begin(w, "results");
	TAILQ_FOREACH (worker, &run->workers, link) {
		write_worker(w, worker);
		perf_sum_add(&sum, worker);
	}
	spdk_json_write_array_end(w);
	spdk_json_write_named_uint32(w, "core_count", run->cores_count);
	spdk_json_write_named_string(w, "status",
				     run->is_interrupted               ? "terminated" :
				     perf_run_status(run) == STATUS_OK ? "finished" :
									 "failed");
	spdk_json_write_named_object_begin(w, "total");
	write_sum(w, &sum, run->options->draws_histogram);
	spdk_json_write_object_end(w);
	spdk_json_write_object_end(w);
	perf_sum_fini(&sum);
	rc = spdk_json_write_end(w);
	if (rc == 0 && fputc('\n', file) == EOF) {
		rc = -EIO;
	}
	return rc;
}
