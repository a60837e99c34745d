/* SPDX-License-Identifier: BSD-3-Clause */
/* Jobs: what files and the command line make of them, and what is refused in which words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "perf.h"
#include "spdk/log.h"
#include "spdk/util.h"

#define NAME "/tmp/perf_job_test.XXXXXX"

struct fixture {
	struct perf_options options;
	struct perf_jobs jobs;
	char path[sizeof(NAME)];
	char said[512];
};

/* Loads the jobs of a file of this text; without one, those of the command line. */
static int
load(struct fixture *fixture, const char *text)
{
	int file, saved = dup(STDERR_FILENO), rc;
	FILE *said = tmpfile();
	size_t size;

	assert_non_null(said);
	if (text != NULL) {
		memcpy(fixture->path, NAME, sizeof(NAME));
		file = mkstemp(fixture->path);
		assert_true(file >= 0);
		assert_int_equal(write(file, text, strlen(text)), strlen(text));
		close(file);
		fixture->options.job_file = fixture->path;
	}
	fflush(stderr);
	dup2(fileno(said), STDERR_FILENO);
	rc = perf_jobs_load(&fixture->jobs, &fixture->options);
	fflush(stderr);
	dup2(saved, STDERR_FILENO);
	close(saved);
	rewind(said);
	size = fread(fixture->said, 1, sizeof(fixture->said) - 1, said);
	fixture->said[size] = '\0';
	fclose(said);
	if (text != NULL) {
		unlink(fixture->path);
	}
	return rc;
}

static void
set(struct fixture *fixture, const char *option, const char *key, const char *value)
{
	fixture->options.settings[fixture->options.settings_count++] =
		(struct perf_setting){option, key, value};
}

static void
a_file_has_jobs_that_inherit_from_the_last_global(void **state)
{
	struct fixture fixture = {.said = ""};
	const struct perf_job *jobs;

	assert_int_equal(load(&fixture, "[global]\n"
					"filename=A:B\n"
					"rw=randrw\n"
					"rwmixread=90\n"
					"iodepth=7\n"
					"# a comment\n"
					"[one]\n"
					"cpumask=[0, 2]\n"
					"[two]\n"
					"filename = B\n"
					"bs=4k/70, 64k/30\n"
					"offset=1M\n"
					"[global]\n"
					"rw=write\n"
					"filename=C\n"
					"[three]\n"
					"length=1000\n"
					"number=1M\n"
					"flush=8\n"),
			 STATUS_OK);
	assert_int_equal(fixture.jobs.count, 3);
	jobs = fixture.jobs.of;
	assert_string_equal(jobs[0].name, "one");
	assert_string_equal(jobs[0].devices[0], "A");
	assert_string_equal(jobs[0].devices[1], "B");
	assert_null(jobs[0].devices[2]);
	assert_string_equal(jobs[0].workload->name, "randrw");
	assert_int_equal(jobs[0].read_percent, 90);
	assert_int_equal(jobs[0].depth, 7);
	assert_int_equal(spdk_cpuset_count(&jobs[0].cores), 2);
	assert_true(spdk_cpuset_get_cpu(&jobs[0].cores, 2));
	assert_string_equal(jobs[1].devices[0], "B");
	assert_null(jobs[1].devices[1]);
	assert_int_equal(jobs[1].sizes.count, 2);
	assert_int_equal(jobs[1].sizes.of[1].bytes, 65536);
	assert_true(jobs[1].offset.is_bytes);
	assert_int_equal(jobs[1].offset.value, 1048576);
	assert_int_equal(spdk_cpuset_count(&jobs[1].cores), 0);
	/* Nothing of the first [global] is left. */
	assert_string_equal(jobs[2].workload->name, "write");
	assert_int_equal(jobs[2].read_percent, -1);
	assert_int_equal(jobs[2].depth, 32);
	assert_false(jobs[2].length.is_bytes);
	assert_int_equal(jobs[2].length.value, 1000);
	assert_true(jobs[2].number.is_bytes);
	assert_int_equal(jobs[2].flush_every, 8);
	assert_int_equal(jobs[0].seed, jobs[2].seed);
	perf_jobs_fini(&fixture.jobs);
}

static void
the_command_line_goes_before_global_and_behind_the_job(void **state)
{
	struct fixture fixture = {.said = ""};

	set(&fixture, "-q", "iodepth", "3");
	set(&fixture, "-w", "rw", "randread");
	set(&fixture, "--seed", "seed", "18446744073709551615");
	assert_int_equal(load(&fixture, "[first]\n[global]\niodepth=7\n[one]\n[two]\niodepth=9\n"),
			 STATUS_OK);
	assert_int_equal(fixture.jobs.count, 3);
	assert_int_equal(fixture.jobs.of[0].depth, 3);
	assert_int_equal(fixture.jobs.of[1].depth, 3);
	assert_int_equal(fixture.jobs.of[2].depth, 9);
	assert_true(fixture.jobs.of[2].seed == UINT64_MAX);
	perf_jobs_fini(&fixture.jobs);
}

static void
without_a_file_there_is_one_job(void **state)
{
	struct fixture fixture = {.said = ""};

	assert_int_equal(load(&fixture, NULL), STATUS_OK);
	assert_int_equal(fixture.jobs.count, 1);
	assert_string_equal(fixture.jobs.of[0].workload->name, "randread");
	assert_null(fixture.jobs.of[0].devices);
	assert_int_equal(perf_sizes_max(&fixture.jobs.of[0].sizes), 4096);
	assert_false(perf_job_is_destructive(&fixture.jobs.of[0]));
	perf_jobs_fini(&fixture.jobs);
	fixture.options.only_verifies = true;
	assert_int_equal(load(&fixture, NULL), STATUS_OK);
	assert_string_equal(fixture.jobs.of[0].workload->name, "verify");
	assert_false(perf_job_is_destructive(&fixture.jobs.of[0]));
	perf_jobs_fini(&fixture.jobs);
	fixture.options.only_verifies = false;
	set(&fixture, "-w", "rw", "rw");
	set(&fixture, "-M", "rwmixread", "99");
	assert_int_equal(load(&fixture, NULL), STATUS_OK);
	assert_true(perf_job_is_destructive(&fixture.jobs.of[0]));
	perf_jobs_fini(&fixture.jobs);
}

/* The text is refused, in words that contain all of `said` behind the file's name. */
static void
expect_refused(const char *text, const char *said)
{
	struct fixture fixture = {.said = ""};

	assert_int_equal(load(&fixture, text), STATUS_USAGE);
	if (strstr(fixture.said, said) == NULL || strncmp(fixture.said, "spindle: ", 9) != 0) {
		fail_msg("'%s' is refused by '%s', not '%s'", text, fixture.said, said);
	}
	perf_jobs_fini(&fixture.jobs);
}

static void
what_is_wrong_is_named_with_its_place_and_the_cure(void **state)
{
	expect_refused("[a]\nrw=read\niodpeth=4\n", ":3: there is no 'iodpeth'; is it 'iodepth'?");
	expect_refused("[a]\nrw=read\noffst=4\n", ":3: there is no 'offst'; is it 'offset'?");
	expect_refused("[a]\nloops=4\n", ":2: there is no 'loops'");
	expect_refused("[a]\nrw=sideways\n", "[a] rw: there is no workload 'sideways'; there are");
	expect_refused("[a]\nrw=read\niodepth=0\n",
		       "[a] iodepth: '0' is no number from 1 to 65536");
	expect_refused("[a]\nrw=read\nbs=4x\n", "[a] bs: '4x' is no size");
	expect_refused("[a]\nrw=read\nbs=2G\n", "[a] bs: '2G' is more than 1024 MiB");
	expect_refused("[a]\nrw=read\ncpumask=zz\n", "[a] cpumask: 'zz' names no cores");
	expect_refused("[a]\nrw=read\nfilename=A::B\n", "[a] filename: 'A::B' names a device "
							"without");
	expect_refused("[a]\nrw=read\nnumber=0\n", "[a] number: 0 is nothing to do");
	expect_refused("[a]\nrw=read\nzipf=nan\n", "[a] zipf: 'nan' is no number from 0 to 100");
	expect_refused("[a]\nrw=read\noffset=-1\n", "[a] offset: '-1' is neither a number of "
						    "blocks");
	expect_refused("[global]\nrw=read\n", "there is no job in it");
}

static void
values_that_do_not_fit_together_are_refused(void **state)
{
	expect_refused("[a]\niodepth=4\n", "a: no workload; -w randread");
	expect_refused("[a]\nrw=read\nrwmixread=10\n", "is for rw and randrw, not for read");
	expect_refused("[a]\nrw=verify\nzipf=1\n", "leave out zipf for verify");
	expect_refused("[a]\nrw=randread\nzipf=1\neach_once=1\n", "leave out each_once");
	expect_refused("[a]\nrw=verify\nbs=4k,8k\n", "verify needs I/Os of one size");
	expect_refused("[a]\nrw=copy\nbs=4k,8k\n", "copy needs I/Os of one size");
	expect_refused("[a]\nrw=randread\nbs=4k,8k\nzipf=1\n", "zipf needs I/Os of one size");
	expect_refused("[a]\nrw=read\nflush=1\n", "flush=N is for workloads that write");
	expect_refused("[a]\nrw=reset\nnumber=1M\n", "reset has no bytes");
}

static void
a_file_that_cannot_be_read_is_named(void **state)
{
	struct fixture fixture = {.options = {.job_file = "/nonexistent/jobs"}};

	assert_int_equal(load(&fixture, NULL), STATUS_USAGE);
	assert_string_equal(fixture.said,
			    "spindle: cannot read /nonexistent/jobs: No such file or directory\n");
	perf_jobs_fini(&fixture.jobs);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_has_jobs_that_inherit_from_the_last_global),
		cmocka_unit_test(the_command_line_goes_before_global_and_behind_the_job),
		cmocka_unit_test(without_a_file_there_is_one_job),
		cmocka_unit_test(what_is_wrong_is_named_with_its_place_and_the_cure),
		cmocka_unit_test(values_that_do_not_fit_together_are_refused),
		cmocka_unit_test(a_file_that_cannot_be_read_is_named),
	};

	spdk_log_set_print_level(SPDK_LOG_DISABLED);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
