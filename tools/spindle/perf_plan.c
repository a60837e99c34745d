/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Jobs on devices and cores: who works where.
 *
 * A job has a worker for each of its devices, on one core after the other; or, with -C, one for
 * each device on each core. Workers of one device that go in order, or whose places must not
 * overlap, have a part of its blocks each; the others have all.
 */
#include "perf.h"
#include "size.h"

#include "spdk/env.h"
#include "spdk/string.h"
#include "spdk/util.h"

/* What a job does on a device: as perf_job has it, in blocks, and checked. */
struct part_plan {
	const struct perf_job *job;
	struct perf_device *device;
	uint64_t first_block;
	uint64_t num_blocks;
	/* The size of an I/O, when it is only one; the largest. */
	uint64_t io_blocks;
	/* I/Os; 0: no limit. */
	uint64_t number;
	/* Bytes; 0: no limit. */
	uint64_t bytes;
	/* How many share it. */
	uint32_t workers;
};

/* ---- Devices ---- */

static bool
is_named(char **names, const char *name)
{
	for (; *names != NULL; names++) {
		if (strcmp(*names, name) == 0) {
			return true;
		}
	}
	return false;
}

/* Whether some job does more than read there. */
static bool
is_changed(const struct perf_run *run, const char *name)
{
	const struct perf_job *job;
	uint32_t i;

	for (i = 0; i < run->jobs->count; i++) {
		job = &run->jobs->of[i];
		if ((perf_job_is_destructive(job) || job->workload->op == PERF_OP_FLUSH ||
		     job->workload->op == PERF_OP_RESET) &&
		    (job->devices == NULL || is_named(job->devices, name))) {
			return true;
		}
	}
	return false;
}

static int
open_device(struct perf_run *run, const char *name, struct perf_device **out_device)
{
	struct perf_device *device;
	int rc;

	TAILQ_FOREACH (device, &run->devices, link) {
		if (strcmp(device->name, name) == 0) {
			*out_device = device;
			return STATUS_OK;
		}
	}
	device = allocate(1, sizeof(*device));
	device->run = run;
	device->name = duplicate(name);
	TAILQ_INSERT_TAIL(&run->devices, device, link);
	rc = run->options->path->open(device, is_changed(run, name));
	if (rc == STATUS_OK) {
		device->is_open = true;
		*out_device = device;
	}
	return rc;
}

/* ---- What a job may do on a device ---- */

static int
refuse(const struct part_plan *plan, const char *format, ...) __attribute__((format(printf, 2, 3)));

static int
refuse(const struct part_plan *plan, const char *format, ...)
{
	char *reason;
	va_list args;

	va_start(args, format);
	reason = spdk_vsprintf_alloc(format, args);
	va_end(args);
	usage_error("%s on %s: %s", plan->job->name, plan->device->name,
		    reason != NULL ? reason : "out of memory");
	free(reason);
	return STATUS_USAGE;
}

static int
check_sizes(struct part_plan *plan)
{
	const struct perf_sizes *sizes = &plan->job->sizes;
	uint64_t block_size = plan->device->block_size, bytes;
	uint32_t i;

	for (i = 0; i < sizes->count; i++) {
		bytes = sizes->of[i].bytes;
		if (bytes % block_size != 0) {
			return refuse(plan,
				      "I/Os of %" PRIu64 " bytes are no multiple of its blocks of "
				      "%" PRIu64 "; -o %" PRIu64 " would do",
				      bytes, block_size,
				      SPDK_CEIL_DIV(bytes, block_size) * block_size);
		}
		if (bytes / plan->job->vectors < sizeof(uint32_t)) {
			return refuse(plan, "%" PRIu64 " bytes are too few for %u vectors", bytes,
				      plan->job->vectors);
		}
	}
	plan->io_blocks = perf_sizes_max(sizes) / block_size;
	if (plan->job->workload->is_verify && block_size < PERF_STAMP_HEADER) {
		return refuse(plan, "blocks of %" PRIu64 " bytes are too small to be verified",
			      block_size);
	}
	return STATUS_OK;
}

static int
blocks_of(const struct part_plan *plan, const char *what, const struct perf_amount *amount,
	  uint64_t *out_blocks)
{
	uint64_t block_size = plan->device->block_size;

	if (amount->is_bytes && amount->value % block_size != 0) {
		return refuse(plan,
			      "%s: %" PRIu64 " bytes are no multiple of its blocks of %" PRIu64,
			      what, amount->value, block_size);
	}
	*out_blocks = amount->is_bytes ? amount->value / block_size : amount->value;
	return STATUS_OK;
}

static int
check_range(struct part_plan *plan)
{
	uint64_t total = plan->device->num_blocks;
	int rc = blocks_of(plan, "offset", &plan->job->offset, &plan->first_block);

	if (rc == STATUS_OK) {
		rc = blocks_of(plan, "length", &plan->job->length, &plan->num_blocks);
	}
	if (rc != STATUS_OK) {
		return rc;
	}
	if (plan->first_block >= total) {
		return refuse(plan, "offset: block %" PRIu64 " is behind its end: it has %" PRIu64,
			      plan->first_block, total);
	}
	if (plan->num_blocks == 0) {
		plan->num_blocks = total - plan->first_block;
	}
	if (plan->num_blocks > total - plan->first_block) {
		return refuse(plan,
			      "length: %" PRIu64 " blocks from block %" PRIu64
			      " on are too many: it has %" PRIu64,
			      plan->num_blocks, plan->first_block, total);
	}
	return STATUS_OK;
}

static int
check_number(struct part_plan *plan)
{
	const struct perf_amount *number = &plan->job->number;

	if (!number->is_bytes) {
		plan->number = number->value;
		return STATUS_OK;
	}
	if (number->value % plan->device->block_size != 0) {
		return refuse(plan, "-n: %" PRIu64 " bytes are no multiple of its blocks of %u",
			      number->value, plan->device->block_size);
	}
	plan->bytes = number->value;
	if (plan->job->workload->is_verify) {
		plan->number = SPDK_CEIL_DIV(plan->bytes, plan->job->sizes.of[0].bytes);
		plan->bytes = 0;
	}
	return STATUS_OK;
}

static int
check_operation(const struct part_plan *plan)
{
	const struct perf_path *path = plan->device->run->options->path;
	enum perf_op op = plan->job->only_verifies ? PERF_OP_READ : plan->job->workload->op;
	uint32_t unit = path->write_unit(plan->device);
	uint64_t most = path->blocks_max != NULL ? path->blocks_max(plan->device, op) : 0;

	if (!path->takes(plan->device, op)) {
		return refuse(plan, "it does not take this operation: %s", perf_op_name(op));
	}
	if (plan->job->flush_every != 0 && !path->takes(plan->device, PERF_OP_FLUSH)) {
		return refuse(plan, "it does not take this operation: flush");
	}
	if (most != 0 && plan->io_blocks > most) {
		return refuse(
			plan,
			"-o: a command of this operation, %s, has %" PRIu64 " blocks at most: %s",
			perf_op_name(op), most, size_text(most * plan->device->block_size).text);
	}
	if (op == PERF_OP_WRITE && plan->io_blocks % unit != 0) {
		return refuse(plan, "it is written to by multiples of %s; use -o",
			      size_text((uint64_t)unit * plan->device->block_size).text);
	}
	return STATUS_OK;
}

/* ---- Workers ---- */

static enum perf_order
order_of(const struct perf_job *job)
{
	return job->is_each_once        ? PERF_EACH_ONCE :
	       job->zipf_theta > 0      ? PERF_ZIPF :
	       job->zipf_theta == 0     ? PERF_UNIFORM :
	       job->workload->is_random ? PERF_UNIFORM :
					  PERF_SEQUENTIAL;
}

/* Whether each worker has blocks of its own. */
static bool
is_divided(const struct perf_job *job)
{
	enum perf_order order = order_of(job);

	return order == PERF_SEQUENTIAL || order == PERF_EACH_ONCE;
}

static uint64_t
share(uint64_t total, uint32_t parts, uint32_t index)
{
	return total / parts + (index < total % parts);
}

static int
init_pattern(struct perf_worker *worker)
{
	const struct perf_job *job = worker->job;
	struct perf_pattern_opts opts = {
		.op = job->workload->op,
		.read_percent = !job->workload->is_mix ? -1 :
				job->read_percent < 0  ? 50 :
							 job->read_percent,
		.order = order_of(job),
		.sizes = &job->sizes,
		.block_size = worker->device->block_size,
		.first_block = worker->first_block,
		.num_blocks = worker->num_blocks,
		.zipf_theta = job->zipf_theta,
		.seed = worker->seed,
	};

	if (perf_pattern_init(&worker->pattern, &opts) != 0) {
		return usage_error("out of memory");
	}
	return STATUS_OK;
}

static void
set_budget(struct perf_worker *worker, const struct part_plan *plan, uint32_t index)
{
	uint64_t number = share(plan->number, plan->workers, index), blocks;

	worker->is_bounded = plan->number != 0 || plan->bytes != 0;
	worker->left = plan->number != 0 ? number : UINT64_MAX;
	worker->left_bytes = UINT64_MAX;
	if (plan->bytes != 0) {
		blocks = share(plan->bytes / worker->block_size, plan->workers, index);
		worker->left_bytes = blocks * worker->block_size;
	}
	if (plan->job->rate != 0) {
		worker->rate = spdk_max(share(plan->job->rate, plan->workers, index), 1);
	}
}

static void
set_verify(struct perf_worker *worker, bool is_timed)
{
	worker->verify = allocate(1, sizeof(*worker->verify));
	worker->verify->seed = worker->job->seed;
	worker->verify->block_size = worker->device->block_size;
	worker->verify->only_reads = worker->job->only_verifies;
	perf_verify_init(worker->verify, &worker->pattern,
			 worker->is_bounded || is_timed ? worker->left : 0);
	worker->is_bounded = worker->is_bounded || !is_timed;
}

static int
add_worker(struct perf_run *run, const struct part_plan *plan, const struct perf_core *core,
	   uint32_t index)
{
	struct perf_worker *worker = allocate(1, sizeof(*worker));
	bool is_divided_up = plan->workers > 1 && is_divided(plan->job);
	uint64_t places = plan->num_blocks / plan->io_blocks, state, before;
	int rc;

	TAILQ_INSERT_TAIL(&run->workers, worker, link);
	worker->run = run;
	worker->job = plan->job;
	worker->device = plan->device;
	worker->core = core;
	worker->depth = plan->job->depth;
	worker->path = run->options->path;
	worker->desc = plan->device->desc;
	worker->ns = plan->device->ns;
	worker->block_size = plan->device->block_size;
	worker->first_block = plan->first_block;
	worker->num_blocks = plan->num_blocks;
	if (is_divided_up) {
		before = places / plan->workers * index + spdk_min(index, places % plan->workers);
		worker->first_block += before * plan->io_blocks;
		worker->num_blocks = share(places, plan->workers, index) * plan->io_blocks;
	}
	/* What was written is to be found again in the same order, by a run with other jobs too. */
	state = plan->job->seed;
	state = perf_random(&state) + worker->first_block;
	if (!plan->job->workload->is_verify) {
		state = perf_random(&state) + run->working;
	}
	worker->seed = perf_random(&state);
	set_budget(worker, plan, index);
	rc = init_pattern(worker);
	if (rc == STATUS_OK && plan->job->workload->is_verify) {
		set_verify(worker, run->options->time_s >= 0);
	}
	plan->device->workers++;
	run->working++;
	return rc;
}

/* Cores that the job may use; the caller frees them. */
static const struct perf_core **
cores_of(const struct perf_run *run, const struct perf_job *job, uint32_t *out_count)
{
	const struct perf_core **cores = allocate(run->cores_count, sizeof(*cores));
	bool may_all = spdk_cpuset_count(&job->cores) == 0;
	uint32_t i;

	*out_count = 0;
	for (i = 0; i < run->cores_count; i++) {
		if (may_all || spdk_cpuset_get_cpu(&job->cores, run->cores[i].number)) {
			cores[(*out_count)++] = &run->cores[i];
		}
	}
	return cores;
}

static int
add_workers(struct perf_run *run, struct part_plan *plan)
{
	uint32_t count, parts, i;
	const struct perf_core **cores = cores_of(run, plan->job, &count);
	uint64_t places = plan->num_blocks / plan->io_blocks, bytes_each;
	int rc = STATUS_OK;

	parts = run->options->workers != 0     ? run->options->workers :
		run->options->is_on_every_core ? count :
						 1;
	bytes_each = plan->bytes / plan->device->block_size;
	/* None shall have nothing to do. */
	parts = plan->number != 0 ? (uint32_t)spdk_min(plan->number, parts) : parts;
	parts = plan->bytes != 0 ? (uint32_t)spdk_min(bytes_each, parts) : parts;
	plan->workers = parts;
	if (count == 0) {
		rc = usage_error("%s: none of its cores is among those of -m", plan->job->name);
	} else if (places < (is_divided(plan->job) ? parts : 1) ||
		   (plan->job->workload->op == PERF_OP_COPY && places < 2 * (uint64_t)parts)) {
		rc = refuse(plan,
			    "%" PRIu64 " blocks have no room for I/Os of %" PRIu64
			    "; use -o, --length or fewer cores",
			    plan->num_blocks, plan->io_blocks);
	}
	for (i = 0; i < parts && rc == STATUS_OK; i++) {
		rc = add_worker(run, plan, cores[parts > 1 ? i % count : run->next_core++ % count],
				i);
	}
	free(cores);
	return rc;
}

static int
plan_device(struct perf_run *run, const struct perf_job *job, const char *name)
{
	struct part_plan plan = {.job = job};
	int rc = open_device(run, name, &plan.device);

	if (rc == STATUS_OK) {
		rc = check_sizes(&plan);
	}
	if (rc == STATUS_OK) {
		rc = check_range(&plan);
	}
	if (rc == STATUS_OK) {
		rc = check_number(&plan);
	}
	if (rc == STATUS_OK) {
		rc = check_operation(&plan);
	}
	return rc == STATUS_OK ? add_workers(run, &plan) : rc;
}

/* ---- The plan ---- */

static int
plan_all_devices(struct perf_run *run, const struct perf_job *job)
{
	const struct perf_options *options = run->options;
	uint32_t i;
	int rc = STATUS_OK;
	char *name;

	for (i = 0; rc == STATUS_OK && (name = options->path->name_of(options, i)) != NULL; i++) {
		rc = plan_device(run, job, name);
		free(name);
	}
	if (rc == STATUS_OK && i == 0) {
		return usage_error("%s: there are no devices", job->name);
	}
	return rc;
}

static int
plan_job(struct perf_run *run, const struct perf_job *job)
{
	int rc = STATUS_OK;
	size_t i;

	if (job->devices == NULL) {
		return plan_all_devices(run, job);
	}
	for (i = 0; job->devices[i] != NULL && rc == STATUS_OK; i++) {
		rc = plan_device(run, job, job->devices[i]);
	}
	return rc;
}

/* What somebody else writes to cannot be verified. */
static int
check_overlaps(const struct perf_run *run)
{
	const struct perf_worker *worker, *other;

	TAILQ_FOREACH (worker, &run->workers, link) {
		TAILQ_FOREACH (other, &run->workers, link) {
			if (worker == other || worker->verify == NULL ||
			    worker->device != other->device ||
			    !perf_job_is_destructive(other->job) ||
			    worker->first_block + worker->num_blocks <= other->first_block ||
			    other->first_block + other->num_blocks <= worker->first_block) {
				continue;
			}
			return usage_error("%s and %s write to the same blocks of %s, which cannot "
					   "be verified then; give them an offset and a length",
					   worker->job->name, other->job->name,
					   worker->device->name);
		}
	}
	return STATUS_OK;
}

int
perf_plan_make(struct perf_run *run)
{
	uint32_t i;
	int rc = STATUS_OK;

	for (i = 0; i < run->jobs->count && rc == STATUS_OK; i++) {
		rc = plan_job(run, &run->jobs->of[i]);
	}
	return rc == STATUS_OK ? check_overlaps(run) : rc;
}

void
perf_plan_free(struct perf_run *run)
{
	struct perf_worker *worker, *next_worker;
	struct perf_device *device, *next_device;

	TAILQ_FOREACH_SAFE (worker, &run->workers, link, next_worker) {
		perf_worker_free(worker);
	}
	TAILQ_FOREACH_SAFE (device, &run->devices, link, next_device) {
		free(device->name);
		free(device);
	}
	free(run->cores);
}
