/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The life of a run. All of this file runs on the app thread, but for what says otherwise.
 *
 *     start() --plan made--> OPENING --each worker has answered--> RUNNING (or RAMP before it)
 *     RUNNING --time, number, failure, signal, device lost--> workers end, each by itself
 *     the last worker has ended --> report, threads exit, the application stops
 *
 * 1. A worker is spoken to by messages, in order: open, begin, measure, stop. Those that come after
 *    its end change nothing.
 * 2. A device is closed when its last worker has put its channel.
 * 3. The report is made when nothing counts any more.
 */
#include "perf.h"
#include "size.h"

#include "spdk/env.h"
#include "spdk/event.h"
#include "spdk/log.h"
#include "spdk/string.h"
#include "spdk/util.h"
#include "spindle/reactor.h"

#define TIME_DEFAULT_S     10.0
#define PROGRESS_PERIOD_US SPDK_SEC_TO_USEC

/* A signal brings no argument. NULL: nothing runs. */
static struct perf_run *g_run;

static void
exit_thread(void *arg)
{
	spdk_thread_exit(spdk_get_thread());
}

static void
close_device(struct perf_device *device)
{
	if (device->is_open) {
		device->is_open = false;
		device->run->options->path->close(device);
	}
}

static void
finish(struct perf_run *run, int status)
{
	struct perf_device *device;
	uint32_t i;

	g_run = NULL;
	run->status = spdk_max(run->status, status);
	spdk_poller_unregister(&run->timer);
	spdk_poller_unregister(&run->progress_poller);
	progress_clear(&run->progress);
	TAILQ_FOREACH (device, &run->devices, link) {
		close_device(device);
	}
	if (run->options->path->end != NULL) {
		run->options->path->end();
	}
	for (i = 0; i < run->cores_count; i++) {
		if (run->cores[i].thread != NULL) {
			spdk_thread_send_msg(run->cores[i].thread, exit_thread, NULL);
		}
	}
	spdk_app_stop(0);
}

static void
tell_workers(struct perf_run *run, spdk_msg_fn fn)
{
	struct perf_worker *worker;

	TAILQ_FOREACH (worker, &run->workers, link) {
		spdk_thread_send_msg(worker->core->thread, fn, worker);
	}
}

/* ---- Messages to workers, on their threads ---- */

static void
stop_in_time(void *worker)
{
	perf_worker_stop(worker, PERF_END_FINISHED);
}

static void
stop_unbounded(void *arg)
{
	struct perf_worker *worker = arg;

	if (!worker->is_bounded) {
		perf_worker_stop(worker, PERF_END_FINISHED);
	}
}

static void
stop_interrupted(void *worker)
{
	perf_worker_stop(worker, PERF_END_INTERRUPTED);
}

static void
stop_removed(void *worker)
{
	perf_worker_stop(worker, PERF_END_REMOVED);
}

static void
stop_resized(void *worker)
{
	perf_worker_stop(worker, PERF_END_RESIZED);
}

static void
measure_worker(void *worker)
{
	perf_worker_measure(worker);
}

static void
begin_worker(void *worker)
{
	perf_worker_begin(worker);
}

/* ---- Progress ---- */

static double
seconds_of(uint64_t ticks)
{
	return (double)ticks / (double)spdk_get_ticks_hz();
}

static double
time_limit(const struct perf_run *run)
{
	return run->options->time_s >= 0 ? run->options->time_s : TIME_DEFAULT_S;
}

static int
show_progress(void *arg)
{
	struct perf_run *run = arg;
	const struct perf_worker *worker;
	struct perf_state state = {.ios = 0};
	uint64_t now = spdk_get_ticks(), ios, ticks;
	double interval = seconds_of(now - run->shown_ticks), elapsed, left, us;

	TAILQ_FOREACH (worker, &run->workers, link) {
		perf_worker_look(worker, &state);
	}
	ios = state.ios - run->shown.ios;
	ticks = state.ticks - run->shown.ticks;
	us = ios > 0 ? seconds_of(ticks) / (double)ios * SPDK_SEC_TO_USEC : 0;
	elapsed = seconds_of(now - (run->is_ramp ? run->begin_ticks : run->measure_ticks));
	left = run->ios_wanted > 0 ?
		       progress_seconds_left(state.ios, run->ios_wanted, elapsed) :
		       (run->is_ramp ? run->options->ramp_s : time_limit(run)) - elapsed;
	progress_show(&run->progress, "%s %s, %s left: %s IOPS, %s, %.1f us",
		      run->is_ramp ? "ramp" : "running", duration_text(elapsed).text,
		      duration_text(left).text, count_text((double)ios / interval).text,
		      rate_text((double)(state.bytes - run->shown.bytes) / interval).text, us);
	run->shown = state;
	run->shown_ticks = now;
	return SPDK_POLLER_BUSY;
}

/* From now on, once a second: what was counted before is forgotten. */
static void
begin_progress(struct perf_run *run)
{
	spdk_poller_unregister(&run->progress_poller);
	run->shown = (struct perf_state){.ios = 0};
	run->shown_ticks = spdk_get_ticks();
	if (progress_is_on(&run->progress)) {
		run->progress_poller = SPDK_POLLER_REGISTER(show_progress, run, PROGRESS_PERIOD_US);
	}
}

/* ---- Time ---- */

static int
time_is_over(void *arg)
{
	struct perf_run *run = arg;

	spdk_poller_unregister(&run->timer);
	tell_workers(run, run->options->time_s >= 0 ? stop_in_time : stop_unbounded);
	return SPDK_POLLER_BUSY;
}

static void
set_timer(struct perf_run *run, spdk_poller_fn fn, double seconds)
{
	run->timer = SPDK_POLLER_REGISTER(fn, run, (uint64_t)(seconds * SPDK_SEC_TO_USEC) + 1);
	if (run->timer == NULL) {
		usage_error("out of memory");
		run->status = STATUS_REFUSED;
		tell_workers(run, stop_interrupted);
	}
}

static int
ramp_is_over(void *arg)
{
	struct perf_run *run = arg;

	spdk_poller_unregister(&run->timer);
	run->is_ramp = false;
	run->measure_ticks = spdk_get_ticks();
	tell_workers(run, measure_worker);
	begin_progress(run);
	set_timer(run, time_is_over, time_limit(run));
	return SPDK_POLLER_BUSY;
}

/* ---- The ends ---- */

static void
worker_has_ended(void *arg)
{
	struct perf_worker *worker = arg;
	struct perf_device *device = worker->device;
	struct perf_run *run = worker->run;

	if (--device->workers == 0) {
		close_device(device);
	}
	if (worker->failure.is_set) {
		progress_clear(&run->progress);
		fprintf(stderr, "spindle: %s\n", worker->failure.text);
	}
	if (--run->working == 0) {
		run->end_ticks = spdk_get_ticks();
		finish(run, STATUS_OK);
	}
}

void
perf_run_worker_ended(struct perf_worker *worker)
{
	spdk_thread_send_msg(spdk_thread_get_app_thread(), worker_has_ended, worker);
}

static void
end_workers_of(struct perf_device *device, spdk_msg_fn fn)
{
	struct perf_worker *worker;

	TAILQ_FOREACH (worker, &device->run->workers, link) {
		if (worker->device == device) {
			spdk_thread_send_msg(worker->core->thread, fn, worker);
		}
	}
}

void
perf_run_event(enum spdk_bdev_event_type type, struct spdk_bdev *bdev, void *arg)
{
	struct perf_device *device = arg;

	progress_clear(&device->run->progress);
	if (type == SPDK_BDEV_EVENT_REMOVE) {
		fprintf(stderr, "spindle: %s was removed; its jobs end\n", device->name);
		end_workers_of(device, stop_removed);
	} else if (type == SPDK_BDEV_EVENT_RESIZE) {
		fprintf(stderr,
			"spindle: %s had %" PRIu64 " blocks and has %" PRIu64
			" now; its jobs end\n",
			device->name, device->num_blocks, spdk_bdev_get_num_blocks(bdev));
		end_workers_of(device, stop_resized);
	}
}

static void
interrupt(void)
{
	if (g_run == NULL) {
		spdk_app_stop(0);
		return;
	}
	g_run->is_interrupted = true;
	tell_workers(g_run, stop_interrupted);
}

/* ---- The beginning ---- */

/* How many I/Os there will be, as far as that is known; for progress. */
static void
sum_up_wishes(struct perf_run *run)
{
	const struct perf_worker *worker;

	TAILQ_FOREACH (worker, &run->workers, link) {
		if (!worker->is_bounded || worker->left_bytes != UINT64_MAX) {
			run->ios_wanted = 0;
			return;
		}
		run->ios_wanted += worker->verify == NULL     ? worker->left :
				   worker->verify->only_reads ? worker->verify->left :
								2 * worker->verify->left;
	}
}

static void
begin(struct perf_run *run)
{
	const struct perf_worker *worker;
	bool has_failed = false;

	TAILQ_FOREACH (worker, &run->workers, link) {
		has_failed = has_failed || worker->end == PERF_END_FAILED;
	}
	sum_up_wishes(run);
	run->begin_ticks = run->measure_ticks = spdk_get_ticks();
	run->is_ramp = run->options->ramp_s > 0;
	if (has_failed) {
		tell_workers(run, stop_interrupted);
	} else {
		set_timer(run, run->is_ramp ? ramp_is_over : time_is_over,
			  run->is_ramp ? run->options->ramp_s : time_limit(run));
		begin_progress(run);
	}
	tell_workers(run, begin_worker);
}

static void
worker_is_open(void *arg)
{
	struct perf_run *run = arg;

	if (--run->awaited == 0) {
		begin(run);
	}
}

/* On the worker's thread. */
static void
open_worker(void *arg)
{
	struct perf_worker *worker = arg;

	perf_worker_open(worker);
	spdk_thread_send_msg(spdk_thread_get_app_thread(), worker_is_open, worker->run);
}

static int
make_threads(struct perf_run *run)
{
	struct spdk_cpuset mask;
	char name[32];
	uint32_t core, i = 0;

	run->cores = allocate(spdk_env_get_core_count(), sizeof(*run->cores));
	SPDK_ENV_FOREACH_CORE (core) {
		spdk_cpuset_zero(&mask);
		spdk_cpuset_set_cpu(&mask, core, true);
		snprintf(name, sizeof(name), "perf_%u", core);
		run->cores[i].number = core;
		run->cores[i].thread = spdk_thread_create(name, &mask);
		run->cores_count = ++i;
		if (run->cores[i - 1].thread == NULL) {
			return usage_error("there is no memory for a thread");
		}
	}
	return STATUS_OK;
}

static void
start(void *arg)
{
	struct perf_run *run = arg;
	int rc;

	g_run = run;
	rc = make_threads(run);
	if (rc == STATUS_OK && run->options->path->begin != NULL) {
		rc = run->options->path->begin(run);
	}
	if (rc == STATUS_OK) {
		rc = perf_plan_make(run);
	}
	if (rc != STATUS_OK) {
		finish(run, rc);
		return;
	}
	run->awaited = run->working;
	tell_workers(run, open_worker);
}

/* ---- The application ---- */

/* What options and jobs together may not be. */
static int
check_jobs(const struct perf_options *options, const struct perf_jobs *jobs, bool *out_writes)
{
	const struct perf_job *job;
	uint32_t i;

	*out_writes = false;
	for (i = 0; i < jobs->count; i++) {
		job = &jobs->of[i];
		if (options->ramp_s > 0 && (job->number.value != 0 || job->workload->is_verify)) {
			return usage_error("%s: a ramp (-R) is not for jobs with a number, nor for "
					   "verify",
					   job->name);
		}
		if (!perf_job_is_destructive(job)) {
			continue;
		}
		*out_writes = true;
		if (job->devices == NULL && options->config != NULL) {
			return usage_error("%s: %s destroys what is on its devices; name them: -b "
					   "NAME, or filename= in the job file",
					   job->name, job->workload->name);
		}
	}
	return STATUS_OK;
}

/* The cores of all jobs, when nobody said which. */
static void
default_cores(const struct perf_jobs *jobs, struct spdk_cpuset *cores)
{
	uint32_t i;

	spdk_cpuset_zero(cores);
	for (i = 0; i < jobs->count; i++) {
		if (spdk_cpuset_count(&jobs->of[i].cores) > 0) {
			spdk_cpuset_or(cores, &jobs->of[i].cores);
		}
	}
}

static int
run_app(struct perf_run *run, const struct text *config)
{
	const struct perf_options *options = run->options;
	struct spindle_rest_opts rest = {.size = sizeof(rest)};
	struct spdk_app_opts opts;
	struct spdk_cpuset cores;
	int rc;

	default_cores(run->jobs, &cores);
	spdk_app_opts_init(&opts, sizeof(opts));
	opts.name = "spindle_perf";
	opts.rpc_addr = options->rpc_address;
	opts.reactor_mask = options->cores != NULL        ? options->cores :
			    spdk_cpuset_count(&cores) > 0 ? spdk_cpuset_fmt(&cores) :
							    NULL;
	opts.shutdown_cb = interrupt;
	opts.print_level = SPDK_LOG_WARN;
	opts.num_entries = 0;
	opts.disable_cpumask_locks = options->ignores_core_locks;
	if (options->sources.count > 0) {
		opts.json_data = config->bytes;
		opts.json_data_size = config->size;
	} else {
		/* As it is: messages name its lines. */
		opts.json_config_file = options->config;
	}
	if (options->never_rests) {
		spindle_reactors_get_rest(&rest);
		rest.never_rest = true;
		spindle_reactors_set_rest(&rest);
	}
	rc = spdk_app_start(&opts, start, run);
	/* What it is that failed was said in the log. */
	return rc != 0 ? spdk_max(run->status, STATUS_REFUSED) : run->status;
}

static int
write_json(const struct perf_run *run, FILE *file)
{
	const char *path = run->options->json_output;
	int rc = perf_json_write(run, file);

	if (file != stdout && fclose(file) != 0 && rc == 0) {
		rc = -errno;
	}
	if (rc != 0) {
		usage_error("%s cannot be written: %s", path, spdk_strerror(-rc));
		return STATUS_REFUSED;
	}
	return STATUS_OK;
}

static int
show_results(const struct perf_run *run, FILE *json)
{
	bool has_report = run->options->json_output == NULL || json != stdout;
	int rc = perf_run_status(run), written = STATUS_OK;

	if (TAILQ_EMPTY(&run->workers) || run->begin_ticks == 0) {
		return STATUS_REFUSED;
	}
	if (has_report) {
		perf_report(run);
	}
	if (json != NULL) {
		written = write_json(run, json);
	}
	if (fflush(stdout) != 0 || ferror(stdout)) {
		usage_error("cannot write to standard output: %s", strerror(errno));
		written = STATUS_REFUSED;
	}
	return spdk_max(rc, written);
}

static int
run_jobs(const struct perf_options *options, const struct perf_jobs *jobs,
	 const struct text *config)
{
	struct perf_run run = {.options = options, .jobs = jobs};
	const char *path = options->json_output;
	FILE *json = NULL;
	int rc;

	if (path != NULL) {
		/* Before the run, so that nothing is lost when it cannot be written. */
		json = strcmp(path, "-") == 0 ? stdout : fopen(path, "w");
		if (json == NULL) {
			return usage_error("--json-output: '%s': %s", path, strerror(errno));
		}
	}
	TAILQ_INIT(&run.devices);
	TAILQ_INIT(&run.workers);
	progress_init(&run.progress, stderr, options->progress);
	rc = run_app(&run, config);
	if (rc == STATUS_OK) {
		rc = show_results(&run, json);
	} else if (json != NULL && json != stdout) {
		fclose(json);
	}
	perf_plan_free(&run);
	spdk_app_fini();
	return rc;
}

int
perf_run_options(struct perf_options *options)
{
	struct perf_jobs jobs = {.of = NULL};
	struct text config = {.bytes = NULL};
	bool writes;
	int rc;

	spdk_log_set_print_level(SPDK_LOG_ERROR);
	rc = perf_jobs_load(&jobs, options);
	if (rc == STATUS_OK) {
		rc = check_jobs(options, &jobs, &writes);
	}
	if (rc == STATUS_OK) {
		rc = device_sources_prepare(&options->sources, writes);
	}
	if (rc == STATUS_OK && options->sources.count > 0) {
		rc = device_sources_config(&options->sources, options->config, writes, &config);
	}
	if (rc == STATUS_OK) {
		rc = run_jobs(options, &jobs, &config);
	}
	text_fini(&config);
	perf_jobs_fini(&jobs);
	return rc;
}

int
perf_main(int argc, char **argv)
{
	struct perf_options options;
	bool is_over;
	int rc;

	if (argc > 1 && strcmp(argv[1], "--complete") == 0) {
		return perf_complete(argc - 2, argv + 2);
	}
	rc = perf_options_parse(&options, argc, argv, &is_over);
	return rc != STATUS_OK || is_over ? rc : perf_run_options(&options);
}
