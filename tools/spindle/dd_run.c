/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The life of a copy, on the app thread. Files are open before the application runs, since opening
 * may wait (a fifo, a network), and nothing should be started for a name that is wrong.
 *
 *   state       what is under way                                   goes on by
 *   STARTING    bdevs are opened, what cannot work is refused       start()
 *   SAMPLING    of a copy that goes on: samples are compared        sampled()
 *   PREPARING   the target file is cut; the state file is written   cut_done(), prepared()
 *   COPYING     a pass, with checkpoints                            copied()
 *   FINISHING   the last checkpoint                                 finished()
 *   VERIFYING   a pass that compares                                verified()
 *   ENDED       all is closed, the application stops                end()
 *
 * An interruption ends the pass, if there is one, and goes the same way from there.
 */
#include "dd.h"
#include "dd_checkpoint.h"

#include "spdk/env.h"
#include "spdk/event.h"
#include "spdk/log.h"
#include "spdk/thread.h"
#include "spdk/util.h"

#define LOOK_PERIOD_US 100000
#define FILE_THREADS   8
#define SAMPLES        64

struct dd_run {
	const struct dd_options *options;
	struct dd_end *source;
	struct dd_end *target;
	/* Bytes to copy; DD_UNLIMITED: to the end of a source of which nobody knows where it is. */
	uint64_t total;
	/* What a process before this one has copied. */
	uint64_t resumed;
	struct dd_pass pass;
	struct dd_checkpoint checkpoint;
	struct dd_request cut;
	struct dd_report report;
	struct spdk_poller *poller;
	/* Of the next pass: one piece of so many. */
	uint64_t step;
	bool is_in_pass;
	bool is_interrupted;
	bool has_begun;
	int status;
};

/* For the shutdown callback, which has no argument. */
static struct dd_run *g_run;

static void
end(struct dd_run *run, int status)
{
	run->status = status;
	spdk_poller_unregister(&run->poller);
	progress_clear(&run->report.progress);
	dd_pass_fini(&run->pass);
	dd_checkpoint_fini(&run->checkpoint);
	dd_request_fini(&run->cut);
	dd_end_close(run->source);
	dd_end_close(run->target);
	run->source = NULL;
	run->target = NULL;
	g_run = NULL;
	spdk_app_stop(0);
}

static void
stop_pass(struct dd_run *run)
{
	if (run->is_in_pass) {
		dd_pass_stop(&run->pass);
		dd_end_interrupt(run->source);
		dd_end_interrupt(run->target);
	}
}

static void
shut_down(void)
{
	if (g_run == NULL) {
		spdk_app_stop(0);
		return;
	}
	g_run->is_interrupted = true;
	stop_pass(g_run);
}

static void
removed(struct dd_end *removed_end, void *arg)
{
	struct dd_run *run = arg;

	(void)dd_refuse("%s has been removed", removed_end->name);
	stop_pass(run);
}

/* ---- Passes ---- */

static int
look(void *arg)
{
	struct dd_run *run = arg;
	uint64_t reached = dd_pass_reached(&run->pass);

	if (progress_is_on(&run->report.progress)) {
		dd_report_progress(&run->report, reached, run->total);
	}
	if (!run->pass.is_compare) {
		dd_checkpoint_maybe(&run->checkpoint, reached);
	}
	return SPDK_POLLER_BUSY;
}

static struct dd_plan
plan_of(const struct dd_run *run)
{
	return dd_plan_make(run->options->seek, run->target->block,
			    spdk_min(run->options->block_size, DD_PIECE_BYTES_MAX));
}

static void
begin_pass(struct dd_run *run, bool is_compare, uint64_t first, uint64_t last,
	   void (*done)(struct dd_pass *pass, void *arg))
{
	const struct dd_options *options = run->options;
	struct dd_pass *pass = &run->pass;

	dd_pass_fini(pass);
	*pass = (struct dd_pass){
		.source = run->source,
		.target = run->target,
		.plan = plan_of(run),
		.skip = options->skip,
		.begin = first,
		.end = last,
		.step = run->step,
		.depth = options->depth,
		.is_compare = is_compare,
		/* What is written in order has no holes. */
		.is_sparse = options->is_sparse && !is_compare && !run->target->is_ordered,
		.done = done,
		.arg = run,
	};
	if (run->is_interrupted) {
		end(run, DD_STATUS_INTERRUPTED);
		return;
	}
	run->is_in_pass = true;
	if (dd_pass_start(pass) != 0) {
		end(run, dd_refuse("there is no memory for %u buffers of %" PRIu64
				   " bytes: smaller --bs or --qd",
				   options->depth, pass->plan.piece));
	}
}

static void
begin_looking(struct dd_run *run)
{
	if (run->checkpoint.path != NULL || progress_is_on(&run->report.progress)) {
		run->poller = SPDK_POLLER_REGISTER(look, run, LOOK_PERIOD_US);
	}
}

/* ---- The end ---- */

static void
leave_pass(struct dd_run *run)
{
	run->is_in_pass = false;
	spdk_poller_unregister(&run->poller);
	progress_clear(&run->report.progress);
}

static void
verified(struct dd_pass *pass, void *arg)
{
	struct dd_run *run = arg;

	leave_pass(run);
	if (pass->rc != 0) {
		dd_report_failure(pass);
		end(run, STATUS_REFUSED);
	} else if (dd_pass_reached(pass) < run->total) {
		(void)dd_refuse("interrupted while it was verified");
		end(run, run->is_interrupted ? DD_STATUS_INTERRUPTED : STATUS_REFUSED);
	} else {
		dd_report_summary(&run->report, pass, run->total);
		end(run, STATUS_OK);
	}
}

static void
begin_verifying(struct dd_run *run)
{
	dd_report_begin(&run->report, "verified", 0);
	begin_looking(run);
	begin_pass(run, true, 0, run->total, verified);
}

/* What has been copied is whole and durable. */
static void
finish_well(struct dd_run *run)
{
	const struct dd_options *options = run->options;

	dd_report_summary(&run->report, &run->pass, dd_pass_reached(&run->pass) - run->resumed);
	if (options->count != DD_UNLIMITED && run->total < options->count && !options->is_quiet) {
		fprintf(stderr, "spindle: %s ended before --count\n", run->source->name);
	}
	if (options->state_file != NULL && unlink(options->state_file) != 0) {
		(void)dd_refuse("cannot remove %s, which is of no use any more: %s",
				options->state_file, strerror(errno));
	}
	if (options->is_verified) {
		begin_verifying(run);
	} else {
		end(run, STATUS_OK);
	}
}

static bool
is_complete(const struct dd_run *run)
{
	const struct dd_pass *pass = &run->pass;

	if (pass->rc != 0 || pass->is_short) {
		return pass->rc == 0 && run->source->is_ordered;
	}
	return dd_pass_reached(pass) == run->total;
}

static void
finished(void *arg)
{
	struct dd_run *run = arg;
	const struct dd_checkpoint *checkpoint = &run->checkpoint;
	uint64_t reached = dd_pass_reached(&run->pass);

	if (checkpoint->rc != 0) {
		(void)dd_refuse("%s %s: %s", checkpoint->is_file ? "writing" : "flushing",
				checkpoint->is_file ? checkpoint->path : run->target->name,
				strerror(-checkpoint->rc));
	} else if (is_complete(run)) {
		if (run->total == DD_UNLIMITED || run->pass.is_short) {
			run->total = reached;
		}
		finish_well(run);
		return;
	}
	dd_report_rest(run->options, reached, run->total);
	end(run, run->is_interrupted ? DD_STATUS_INTERRUPTED : STATUS_REFUSED);
}

static void
copied(struct dd_pass *pass, void *arg)
{
	struct dd_run *run = arg;

	leave_pass(run);
	if (pass->rc != 0) {
		dd_report_failure(pass);
	} else if (pass->is_short && !run->source->is_ordered) {
		(void)dd_refuse("%s has become shorter while it was copied", run->source->name);
	} else if (run->is_interrupted && !is_complete(run)) {
		(void)dd_refuse("interrupted");
	}
	dd_checkpoint_last(&run->checkpoint, dd_pass_reached(pass));
}

/* ---- The beginning ---- */

static void
begin_copying(struct dd_run *run)
{
	dd_report_begin(&run->report, "copied", run->resumed);
	begin_looking(run);
	begin_pass(run, false, run->resumed, run->total, copied);
}

/* The state file can be written. */
static void
prepared(void *arg)
{
	struct dd_run *run = arg;

	if (run->checkpoint.rc != 0) {
		end(run,
		    dd_refuse("%s %s: %s", run->checkpoint.is_file ? "writing" : "flushing",
			      run->checkpoint.is_file ? run->checkpoint.path : run->target->name,
			      strerror(-run->checkpoint.rc)));
		return;
	}
	run->checkpoint.done = finished;
	begin_copying(run);
}

static void
prepare_checkpoints(struct dd_run *run)
{
	if (run->checkpoint.path == NULL) {
		run->checkpoint.done = finished;
		begin_copying(run);
		return;
	}
	run->checkpoint.done = prepared;
	dd_checkpoint_last(&run->checkpoint, run->resumed);
}

static void
cut_done(struct dd_request *request)
{
	struct dd_run *run = request->arg;

	if (request->rc != 0) {
		end(run, dd_refuse("changing the size of %s: %s", run->target->name,
				   strerror(-request->rc)));
		return;
	}
	prepare_checkpoints(run);
}

static void
prepare(struct dd_run *run)
{
	if (!run->target->is_regular || run->options->is_kept || run->resumed > 0) {
		prepare_checkpoints(run);
		return;
	}
	run->cut.op = DD_CUT;
	run->cut.offset = run->options->seek;
	run->cut.done = cut_done;
	run->cut.arg = run;
	dd_end_submit(run->target, &run->cut);
}

static void
sampled(struct dd_pass *pass, void *arg)
{
	struct dd_run *run = arg;

	run->is_in_pass = false;
	if (pass->rc != 0) {
		dd_report_failure(pass);
		end(run, dd_refuse("%s tells of a copy that %s does not hold: remove it to begin "
				   "anew",
				   run->options->state_file, run->target->name));
	} else if (run->is_interrupted) {
		end(run, DD_STATUS_INTERRUPTED);
	} else {
		prepare(run);
	}
}

/* Whether the target still holds what was copied: memory does not, for one. */
static void
begin_sampling(struct dd_run *run)
{
	run->step = spdk_max(run->resumed / plan_of(run).piece / SAMPLES, 1);
	begin_pass(run, true, 0, run->resumed, sampled);
	run->step = 1;
}

/* ---- What cannot work ---- */

static bool
is_same(const struct dd_end *one, const struct dd_end *other)
{
	if (one->is_bdev != other->is_bdev || one->is_ordered || other->is_ordered) {
		return false;
	}
	if (one->is_bdev) {
		return strcmp(one->identity, other->identity) == 0;
	}
	return one->device == other->device && one->inode == other->inode;
}

static int
check_same(const struct dd_run *run)
{
	const struct dd_options *options = run->options;
	uint64_t distance = options->skip > options->seek ? options->skip - options->seek :
							    options->seek - options->skip;

	if (!is_same(run->source, run->target)) {
		return STATUS_OK;
	}
	if (run->target->is_regular && !options->is_kept) {
		return dd_refuse("%s is source and target, and would be cut before it is read: "
				 "--notrunc keeps it",
				 run->source->name);
	}
	if (distance < run->total) {
		return dd_refuse("%s is source and target, and what is to be read would be "
				 "overwritten: the ranges overlap",
				 run->source->name);
	}
	return STATUS_OK;
}

static int
check_ordered(const struct dd_run *run)
{
	const struct dd_options *options = run->options;
	const struct dd_end *ordered = run->source->is_ordered ? run->source : run->target;

	if (run->target->is_ordered && options->seek > 0) {
		return dd_refuse("--seek: %s has no places to go to", run->target->name);
	}
	if (ordered->is_ordered && options->state_file != NULL) {
		return dd_refuse("--resume: %s cannot be read or written a second time",
				 ordered->name);
	}
	if (ordered->is_ordered && options->is_verified) {
		return dd_refuse("--verify: %s cannot be read a second time", ordered->name);
	}
	return STATUS_OK;
}

static int
check_range(struct dd_run *run)
{
	const struct dd_options *options = run->options;
	const struct dd_end *source = run->source, *target = run->target;

	run->total = options->count;
	if (source->size != DD_UNLIMITED) {
		if (options->skip > source->size) {
			return dd_refuse("--skip: %s ends at byte %" PRIu64 ", before %" PRIu64,
					 source->name, source->size, options->skip);
		}
		run->total = spdk_min(run->total, source->size - options->skip);
	}
	if (target->size == DD_UNLIMITED) {
		return STATUS_OK;
	}
	if (options->seek > target->size) {
		return dd_refuse("--seek: %s ends at byte %" PRIu64 ", before %" PRIu64,
				 target->name, target->size, options->seek);
	}
	if (run->total != DD_UNLIMITED && run->total > target->size - options->seek) {
		return dd_refuse("%s is too small: it has room for %" PRIu64
				 " bytes from byte %" PRIu64 " on, and %" PRIu64
				 " are to be copied; --count %" PRIu64 "B copies what fits",
				 target->name, target->size - options->seek, options->seek,
				 run->total, target->size - options->seek);
	}
	return STATUS_OK;
}

/* What was written down is taken over, if it is of this copy. */
static int
load_state(struct dd_run *run)
{
	const struct dd_options *options = run->options;
	struct dd_state *wanted = &run->checkpoint.state, found;
	char *difference;
	int rc;

	wanted->source = duplicate(run->source->identity);
	wanted->source_stamp = duplicate(run->source->stamp);
	wanted->target = duplicate(run->target->identity);
	wanted->target_stamp = duplicate(run->target->stamp);
	wanted->skip = options->skip;
	wanted->seek = options->seek;
	wanted->length = run->total;
	wanted->block_size = options->block_size;
	if (options->state_file == NULL) {
		return STATUS_OK;
	}
	rc = dd_state_load(options->state_file, &found);
	if (rc == -ENOENT) {
		return STATUS_OK;
	}
	if (rc != 0) {
		return dd_refuse("--resume: %s %s", options->state_file,
				 rc == -EINVAL ? "is no state file of spindle dd: name another" :
						 strerror(-rc));
	}
	difference = dd_state_difference(&found, wanted);
	if (difference != NULL) {
		rc = dd_refuse("--resume: %s does not fit: %s; remove it to begin anew",
			       options->state_file, difference);
	}
	run->resumed = found.done;
	wanted->done = found.done;
	free(difference);
	dd_state_fini(&found);
	return rc != 0 ? STATUS_REFUSED : STATUS_OK;
}

static int
open_ends(struct dd_run *run)
{
	const struct dd_options *options = run->options;

	if (run->source == NULL) {
		run->source = dd_bdev_open(options->input_bdev, false, removed, run);
	} else if (dd_file_start(run->source, spdk_min(options->depth, FILE_THREADS)) != 0) {
		return dd_refuse("there are no threads for %s", run->source->name);
	}
	if (run->source == NULL) {
		return STATUS_REFUSED;
	}
	if (run->target == NULL) {
		run->target = dd_bdev_open(options->output_bdev, true, removed, run);
	} else if (dd_file_start(run->target, spdk_min(options->depth, FILE_THREADS)) != 0) {
		return dd_refuse("there are no threads for %s", run->target->name);
	}
	return run->target != NULL ? STATUS_OK : STATUS_REFUSED;
}

static void
start(void *arg)
{
	struct dd_run *run = arg;
	int status;

	g_run = run;
	run->has_begun = true;
	status = open_ends(run);
	if (status == STATUS_OK) {
		status = check_ordered(run);
	}
	if (status == STATUS_OK) {
		status = check_range(run);
	}
	if (status == STATUS_OK) {
		status = check_same(run);
	}
	if (status == STATUS_OK) {
		status = load_state(run);
	}
	run->checkpoint.target = run->target;
	run->checkpoint.path = run->options->state_file;
	run->checkpoint.is_flushed = run->options->is_flushed || run->checkpoint.path != NULL;
	run->checkpoint.arg = run;
	if (status == STATUS_OK && dd_checkpoint_init(&run->checkpoint) != 0) {
		status = dd_refuse("there is no thread for %s", run->checkpoint.path);
	}
	if (status != STATUS_OK) {
		end(run, status);
	} else if (run->resumed > 0) {
		begin_sampling(run);
	} else {
		prepare(run);
	}
}

/* ---- The application ---- */

/* Errors of the library, such as those of a configuration, as our own. */
static void
print_error(int level, const char *file, const int line, const char *func, const char *format,
	    va_list args)
{
	if (level == SPDK_LOG_ERROR) {
		fprintf(stderr, "spindle: ");
		vfprintf(stderr, format, args);
	}
}

static int
open_files(struct dd_run *run)
{
	const struct dd_options *options = run->options;
	bool is_read = options->is_verified || options->state_file != NULL;

	if (options->input_file != NULL) {
		run->source = dd_file_open_source(options->input_file, options->skip);
		if (run->source == NULL) {
			return STATUS_REFUSED;
		}
	}
	if (options->output_file != NULL) {
		run->target = dd_file_open_target(options->output_file, is_read);
		if (run->target == NULL) {
			return STATUS_REFUSED;
		}
	}
	return STATUS_OK;
}

static void
run_application(struct dd_run *run)
{
	const struct dd_options *options = run->options;
	struct spdk_app_opts opts = {};
	int rc;

	spdk_app_opts_init(&opts, sizeof(opts));
	opts.name = "spindle_dd";
	opts.rpc_addr = NULL;
	opts.print_level = SPDK_LOG_ERROR;
	opts.log = print_error;
	opts.shutdown_cb = shut_down;
	opts.disable_cpumask_locks = true;
	opts.json_config_file = options->config_file;
	opts.json_data = options->config_text;
	opts.json_data_size = options->config_text != NULL ? strlen(options->config_text) : 0;
	if (options->core_mask != NULL) {
		opts.reactor_mask = options->core_mask;
	}
	rc = spdk_app_start(&opts, start, run);
	spdk_app_fini();
	if (rc != 0) {
		run->status = STATUS_REFUSED;
	} else if (!run->has_begun) {
		run->status = DD_STATUS_INTERRUPTED;
	}
}

int
dd_run(const struct dd_options *options)
{
	struct dd_run run = {.options = options, .step = 1};

	dd_report_init(&run.report, options->is_quiet);
	run.status = open_files(&run);
	if (run.status == STATUS_OK) {
		run_application(&run);
	}
	/* Where the application has not come so far. */
	dd_end_close(run.source);
	dd_end_close(run.target);
	dd_state_fini(&run.checkpoint.state);
	return run.status;
}
