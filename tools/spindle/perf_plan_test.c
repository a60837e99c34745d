/* SPDX-License-Identifier: BSD-3-Clause */
/* What a job may do on a device, as far as the device's path has limits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "perf.h"
#include "spdk/util.h"

#define BLOCK      512u
#define BLOCKS     (1024u * 1024)
#define COPIES_MAX 100u

static int
open_device(struct perf_device *device, bool is_changed)
{
	device->block_size = BLOCK;
	device->num_blocks = BLOCKS;
	return STATUS_OK;
}

static uint32_t
write_unit(const struct perf_device *device)
{
	return 1;
}

static bool
takes(const struct perf_device *device, enum perf_op op)
{
	return true;
}

static uint64_t
blocks_max(const struct perf_device *device, enum perf_op op)
{
	return op == PERF_OP_COPY ? COPIES_MAX : 0;
}

static char *
name_of(const struct perf_options *options, uint32_t index)
{
	return index == 0 ? duplicate("device") : NULL;
}

static const struct perf_path path = {
	.open = open_device,
	.write_unit = write_unit,
	.takes = takes,
	.blocks_max = blocks_max,
	.name_of = name_of,
};

/* In the place of perf_worker.c: no worker has begun. */
void
perf_worker_free(struct perf_worker *worker)
{
	perf_pattern_fini(&worker->pattern);
	free(worker);
}

/* The status of a plan for one job. */
static int
plan(const char *workload, uint32_t blocks)
{
	struct perf_options options = {.path = &path, .time_s = -1};
	struct perf_jobs jobs = {.count = 0};
	struct perf_run run = {.options = &options, .jobs = &jobs, .cores_count = 1};
	char size[16];
	int rc;

	(void)snprintf(size, sizeof(size), "%u", blocks * BLOCK);
	options.settings[0] = (struct perf_setting){"-w", "rw", workload};
	options.settings[1] = (struct perf_setting){"-o", "bs", size};
	options.settings_count = 2;
	assert_int_equal(perf_jobs_load(&jobs, &options), STATUS_OK);
	TAILQ_INIT(&run.devices);
	TAILQ_INIT(&run.workers);
	run.cores = allocate(1, sizeof(*run.cores));
	rc = perf_plan_make(&run);
	perf_plan_free(&run);
	perf_jobs_fini(&jobs);
	return rc;
}

static void
an_io_is_as_long_as_its_path_takes(void **state)
{
	assert_int_equal(plan("copy", COPIES_MAX), STATUS_OK);
	assert_int_equal(plan("copy", COPIES_MAX + 1), STATUS_USAGE);
	assert_int_equal(plan("write", COPIES_MAX + 1), STATUS_OK);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_io_is_as_long_as_its_path_takes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
