/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a job is: keys and values, whether they come from the command line or from a job file. A key
 * is one line of the table and one function.
 */
#include "perf.h"
#include "size.h"

#include "spdk/string.h"
#include "spdk/util.h"

#include <math.h>

#define DEPTH_DEFAULT 32
#define DEPTH_MAX     65536
#define VECTORS_MAX   1024
#define SIZE_MAX_MIB  1024
#define RATE_MAX      100000000

static const struct perf_workload workloads[] = {
	{.name = "read", .op = PERF_OP_READ},
	{.name = "write", .op = PERF_OP_WRITE, .is_destructive = true},
	{.name = "randread", .op = PERF_OP_READ, .is_random = true},
	{.name = "randwrite", .op = PERF_OP_WRITE, .is_random = true, .is_destructive = true},
	{.name = "rw", .op = PERF_OP_WRITE, .is_mix = true, .is_destructive = true},
	{.name = "randrw",
	 .op = PERF_OP_WRITE,
	 .is_random = true,
	 .is_mix = true,
	 .is_destructive = true},
	{.name = "verify", .op = PERF_OP_WRITE, .is_verify = true, .is_destructive = true},
	{.name = "flush", .op = PERF_OP_FLUSH},
	{.name = "unmap", .op = PERF_OP_UNMAP, .is_destructive = true},
	{.name = "write_zeroes", .op = PERF_OP_WRITE_ZEROES, .is_destructive = true},
	{.name = "copy", .op = PERF_OP_COPY, .is_destructive = true},
	{.name = "reset", .op = PERF_OP_RESET},
};

/* ---- Values ---- */

static int
set_devices(struct perf_job *job, const char *where, const char *value)
{
	char **devices = spdk_strarray_from_string(value, ":");
	size_t i;

	if (devices == NULL) {
		return usage_error("%s: out of memory", where);
	}
	for (i = 0; devices[i] != NULL; i++) {
		if (devices[i][0] == '\0') {
			spdk_strarray_free(devices);
			return usage_error("%s: '%s' names a device without a name", where, value);
		}
	}
	spdk_strarray_free(job->devices);
	job->devices = devices;
	return STATUS_OK;
}

static int
set_workload(struct perf_job *job, const char *where, const char *value)
{
	struct text names = {.bytes = NULL};
	size_t i;

	for (i = 0; i < SPDK_COUNTOF(workloads); i++) {
		if (strcmp(value, workloads[i].name) == 0) {
			job->workload = &workloads[i];
			return STATUS_OK;
		}
	}
	for (i = 0; i < SPDK_COUNTOF(workloads); i++) {
		text_printf(&names, "%s%s", i > 0 ? ", " : "", workloads[i].name);
	}
	usage_error("%s: there is no workload '%s'; there are %s", where, value, names.bytes);
	text_fini(&names);
	return STATUS_USAGE;
}

static int
set_sizes(struct perf_job *job, const char *where, const char *value)
{
	struct perf_sizes sizes;

	if (perf_sizes_parse(value, &sizes) != 0) {
		return usage_error("%s: '%s' is no size; give 4k, or sizes with percentages: "
				   "4k/70,64k/30",
				   where, value);
	}
	if (perf_sizes_max(&sizes) > (uint64_t)SIZE_MAX_MIB << 20) {
		return usage_error("%s: '%s' is more than %d MiB", where, value, SIZE_MAX_MIB);
	}
	job->sizes = sizes;
	return STATUS_OK;
}

/* A whole number within bounds. */
static int
parse_number(const char *where, const char *value, uint64_t min, uint64_t max, uint64_t *out_number)
{
	uint64_t number = 0;
	bool has_unit;

	if (size_parse(value, &number, &has_unit) != 0 || has_unit || number < min ||
	    number > max) {
		return usage_error("%s: '%s' is no number from %" PRIu64 " to %" PRIu64, where,
				   value, min, max);
	}
	*out_number = number;
	return STATUS_OK;
}

static int
parse_uint32(const char *where, const char *value, uint64_t min, uint64_t max, uint32_t *out_number)
{
	uint64_t number = 0;
	int rc = parse_number(where, value, min, max, &number);

	if (rc == STATUS_OK) {
		*out_number = (uint32_t)number;
	}
	return rc;
}

static int
set_depth(struct perf_job *job, const char *where, const char *value)
{
	return parse_uint32(where, value, 1, DEPTH_MAX, &job->depth);
}

static int
set_read_percent(struct perf_job *job, const char *where, const char *value)
{
	uint32_t percent = 0;
	int rc = parse_uint32(where, value, 0, 100, &percent);

	if (rc == STATUS_OK) {
		job->read_percent = (int32_t)percent;
	}
	return rc;
}

static int
set_cores(struct perf_job *job, const char *where, const char *value)
{
	struct spdk_cpuset cores;

	if (spdk_cpuset_parse(&cores, value) != 0 || spdk_cpuset_count(&cores) == 0) {
		return usage_error("%s: '%s' names no cores; give a mask such as 0x3, or a list "
				   "such as [0,2-3]",
				   where, value);
	}
	job->cores = cores;
	return STATUS_OK;
}

static int
parse_amount(const char *where, const char *value, const char *unit, struct perf_amount *out_amount)
{
	struct perf_amount amount;

	if (size_parse(value, &amount.value, &amount.is_bytes) != 0) {
		return usage_error("%s: '%s' is neither a number of %s nor a size such as 64M",
				   where, value, unit);
	}
	*out_amount = amount;
	return STATUS_OK;
}

static int
set_offset(struct perf_job *job, const char *where, const char *value)
{
	return parse_amount(where, value, "blocks", &job->offset);
}

static int
set_length(struct perf_job *job, const char *where, const char *value)
{
	return parse_amount(where, value, "blocks", &job->length);
}

static int
set_number(struct perf_job *job, const char *where, const char *value)
{
	struct perf_amount number;
	int rc = parse_amount(where, value, "I/Os", &number);

	if (rc == STATUS_OK && number.value == 0) {
		return usage_error("%s: 0 is nothing to do", where);
	}
	if (rc == STATUS_OK) {
		job->number = number;
	}
	return rc;
}

static int
set_seed(struct perf_job *job, const char *where, const char *value)
{
	return parse_number(where, value, 0, UINT64_MAX, &job->seed);
}

static int
set_zipf(struct perf_job *job, const char *where, const char *value)
{
	char *end;
	double theta = strtod(value, &end);

	if (end == value || *end != '\0' || !(theta >= 0 && theta <= 100)) {
		return usage_error("%s: '%s' is no number from 0 to 100", where, value);
	}
	job->zipf_theta = theta;
	return STATUS_OK;
}

static int
set_each_once(struct perf_job *job, const char *where, const char *value)
{
	uint32_t is_each_once = 0;
	int rc = parse_uint32(where, value, 0, 1, &is_each_once);

	if (rc == STATUS_OK) {
		job->is_each_once = is_each_once == 1;
	}
	return rc;
}

static int
set_rate(struct perf_job *job, const char *where, const char *value)
{
	return parse_number(where, value, 1, RATE_MAX, &job->rate);
}

static int
set_vectors(struct perf_job *job, const char *where, const char *value)
{
	return parse_uint32(where, value, 1, VECTORS_MAX, &job->vectors);
}

static int
set_flush_every(struct perf_job *job, const char *where, const char *value)
{
	return parse_uint32(where, value, 0, INT32_MAX, &job->flush_every);
}

/* ---- Keys ---- */

static const struct {
	const char *name;
	int (*set)(struct perf_job *job, const char *where, const char *value);
} keys[] = {
	{"bs", set_sizes},
	{"bssplit", set_sizes},
	{"cpumask", set_cores},
	{"each_once", set_each_once},
	{"filename", set_devices},
	{"flush", set_flush_every},
	{"iodepth", set_depth},
	{"length", set_length},
	{"number", set_number},
	{"offset", set_offset},
	{"rate", set_rate},
	{"rw", set_workload},
	{"rwmixread", set_read_percent},
	{"seed", set_seed},
	{"vectors", set_vectors},
	{"zipf", set_zipf},
};

/* How many characters differ: replaced, left out or put in between; at most `limit`, or more. */
static size_t
distance(const char *a, size_t length, const char *b)
{
	size_t row[32], diagonal, above, i, j, size = strlen(b);

	if (size >= SPDK_COUNTOF(row)) {
		return SIZE_MAX;
	}
	for (j = 0; j <= size; j++) {
		row[j] = j;
	}
	for (i = 1; i <= length; i++) {
		diagonal = row[0];
		row[0] = i;
		for (j = 1; j <= size; j++) {
			above = row[j];
			row[j] = spdk_min(spdk_min(above, row[j - 1]) + 1,
					  diagonal + (a[i - 1] != b[j - 1]));
			diagonal = above;
		}
	}
	return row[size];
}

bool
perf_job_has_key(const char *key, size_t length, const char **out_nearest)
{
	size_t best = 3, differs, i;

	*out_nearest = NULL;
	for (i = 0; i < SPDK_COUNTOF(keys); i++) {
		differs = distance(key, length, keys[i].name);
		if (differs == 0) {
			return true;
		}
		if (differs < best) {
			best = differs;
			*out_nearest = keys[i].name;
		}
	}
	return false;
}

int
perf_job_set(struct perf_job *job, const char *where, const char *key, const char *value)
{
	size_t i;

	for (i = 0; i < SPDK_COUNTOF(keys); i++) {
		if (strcasecmp(key, keys[i].name) == 0) {
			return keys[i].set(job, where, value);
		}
	}
	assert(false);
	return STATUS_USAGE;
}

const char *
perf_job_key(size_t index)
{
	return index < SPDK_COUNTOF(keys) ? keys[index].name : NULL;
}

const char *
perf_workload_name(size_t index)
{
	return index < SPDK_COUNTOF(workloads) ? workloads[index].name : NULL;
}

/* ---- Jobs ---- */

void
perf_job_init(struct perf_job *job)
{
	*job = (struct perf_job){
		.sizes = {.count = 1, .of = {{4096, 100}}},
		.depth = DEPTH_DEFAULT,
		.read_percent = -1,
		.zipf_theta = -1,
		.vectors = 1,
	};
	spdk_cpuset_zero(&job->cores);
}

void
perf_job_copy(struct perf_job *job, const struct perf_job *from)
{
	*job = *from;
	job->name = from->name != NULL ? duplicate(from->name) : NULL;
	job->devices = NULL;
	if (from->devices != NULL) {
		job->devices = spdk_strarray_dup((const char **)(uintptr_t)from->devices);
	}
}

void
perf_job_fini(struct perf_job *job)
{
	free(job->name);
	spdk_strarray_free(job->devices);
}

bool
perf_job_is_destructive(const struct perf_job *job)
{
	return job->workload->is_destructive && !job->only_verifies &&
	       !(job->workload->is_mix && job->read_percent == 100);
}

/* Of orders, which have each their reason to be alone. */
static int
check_order(const struct perf_job *job)
{
	const char *name = job->name;
	bool is_zipf = job->zipf_theta >= 0;
	bool has_passes = job->is_each_once || job->workload->is_verify;

	if (is_zipf && has_passes) {
		return usage_error("%s: zipf visits places more than once; leave out %s", name,
				   job->is_each_once ? "each_once" : "zipf for verify");
	}
	if (job->sizes.count > 1 && (is_zipf || has_passes || job->workload->op == PERF_OP_COPY)) {
		return usage_error("%s: %s needs I/Os of one size", name,
				   is_zipf           ? "zipf" :
				   job->is_each_once ? "each_once" :
						       job->workload->name);
	}
	return STATUS_OK;
}

int
perf_job_check(const struct perf_job *job)
{
	const struct perf_workload *workload = job->workload;
	const char *name = job->name;

	if (workload == NULL) {
		return usage_error("%s: no workload; -w randread, or rw=randread in the job file",
				   name);
	}
	if (job->read_percent >= 0 && !workload->is_mix) {
		return usage_error(
			"%s: a percentage of reads (-M, rwmixread) is for rw and randrw, "
			"not for %s",
			name, workload->name);
	}
	if (job->only_verifies && !workload->is_verify) {
		return usage_error("%s: --verify-only is for the workload verify, not for %s", name,
				   workload->name);
	}
	if (job->flush_every != 0 && (workload->op != PERF_OP_WRITE || workload->is_verify)) {
		return usage_error("%s: flush=N is for workloads that write, not for %s", name,
				   workload->name);
	}
	if ((workload->op == PERF_OP_RESET || workload->op == PERF_OP_FLUSH) &&
	    job->number.is_bytes) {
		return usage_error("%s: %s has no bytes; give a number of I/Os without a unit",
				   name, workload->name);
	}
	return check_order(job);
}
