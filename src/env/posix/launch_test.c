/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * OS threads on cores: that they run where they should, once each, and what is said to those who
 * ask for something else.
 */
#include "spdk/env.h"

#include <stdatomic.h>
#include <sys/prctl.h>

#include <setjmp.h>

#include <cmocka.h>

#include "base/log_capture.h"

#define MANY_CORES 64
#define ROUNDS     20

struct job {
	uint32_t core;
	atomic_int runs;
	char name[32];
	pid_t tid;
	/* Where the job waits, when it is not NULL. */
	sem_t *gate;
};

static int
run_job(void *arg)
{
	struct job *job = arg;

	job->core = spdk_env_get_current_core();
	job->tid = spdk_get_tid();
	(void)prctl(PR_GET_NAME, job->name);
	if (job->gate != NULL) {
		sem_wait(job->gate);
	}
	atomic_fetch_add(&job->runs, 1);
	return -1;
}

static void
start(const char *mask)
{
	struct spdk_env_opts opts;

	memset(&opts, 0, sizeof(opts));
	opts.opts_size = sizeof(opts);
	spdk_env_opts_init(&opts);
	opts.core_mask = mask;
	opts.no_pci = true;
	assert_int_equal(spdk_env_init(&opts), 0);
	log_capture_start();
}

static int
setup(void **state)
{
	log_capture_start();
	return 0;
}

static int
teardown(void **state)
{
	log_capture_stop();
	return 0;
}

static void
before_the_start_nothing_can_be_launched(void **state)
{
	struct job job = {0};

	assert_int_equal(spdk_env_thread_launch_pinned(0, run_job, &job), -EINVAL);
	assert_one_error("spdk_env_init()");
	spdk_env_thread_wait_all();
	assert_nothing_logged();
}

static void
every_core_runs_what_it_is_given(void **state)
{
	static struct job jobs[MANY_CORES];
	char name[32];

	memset(jobs, 0, sizeof(jobs));
	start("[0-63]");
	for (uint32_t core = 1; core < MANY_CORES; core++) {
		assert_int_equal(spdk_env_thread_launch_pinned(core, run_job, &jobs[core]), 0);
	}
	spdk_env_thread_wait_all();
	for (uint32_t core = 1; core < MANY_CORES; core++) {
		snprintf(name, sizeof(name), "lcore_%u", core);
		assert_int_equal(atomic_load(&jobs[core].runs), 1);
		assert_int_equal(jobs[core].core, core);
		assert_string_equal(jobs[core].name, name);
		assert_int_not_equal(jobs[core].tid, spdk_get_tid());
	}
	assert_int_equal(spdk_env_get_current_core(), 0);
	spdk_env_fini();
	assert_nothing_logged();
}

static void
os_thread_has_the_name_of_its_core(void **state)
{
	struct job job = {0};

	start("0x3");
	assert_int_equal(spdk_env_thread_launch_pinned(1, run_job, &job), 0);
	spdk_env_thread_wait_all();
	assert_string_equal(job.name, "lcore_1");
	spdk_env_fini();
}

static void
core_can_be_used_again_when_its_thread_has_ended(void **state)
{
	struct job job = {0};

	start("0x3");
	for (int i = 0; i < ROUNDS; i++) {
		assert_int_equal(spdk_env_thread_launch_pinned(1, run_job, &job), 0);
		spdk_env_thread_wait_all();
		assert_int_equal(atomic_load(&job.runs), i + 1);
	}
	spdk_env_thread_wait_all();
	spdk_env_fini();
	assert_nothing_logged();
}

/* ThreadSanitizer would tell of those that nobody has joined. */
static void
ended_threads_need_not_be_waited_for(void **state)
{
	struct job job = {0};
	int rc, launches = 0;

	start("0x3");
	while (launches < ROUNDS) {
		rc = spdk_env_thread_launch_pinned(1, run_job, &job);
		assert_true(rc == 0 || rc == -EBUSY);
		launches += rc == 0;
	}
	spdk_env_thread_wait_all();
	assert_int_equal(atomic_load(&job.runs), ROUNDS);
	spdk_env_fini();
	log_capture_start();
}

static void
wrong_cores_are_explained(void **state)
{
	struct job job = {0};
	sem_t gate;

	sem_init(&gate, 0, 0);
	job.gate = &gate;
	start("0x3");
	assert_int_equal(spdk_env_thread_launch_pinned(2, run_job, &job), -EINVAL);
	assert_one_error("core 2: it is not in the core mask");
	assert_int_equal(spdk_env_thread_launch_pinned(UINT32_MAX, run_job, &job), -EINVAL);
	assert_one_error("not in the core mask");
	assert_int_equal(spdk_env_thread_launch_pinned(0, run_job, &job), -EINVAL);
	assert_one_error("core 0: it is the main core");
	assert_int_equal(spdk_env_thread_launch_pinned(1, NULL, &job), -EINVAL);
	assert_one_error("NULL");
	assert_int_equal(spdk_env_thread_launch_pinned(1, run_job, &job), 0);
	assert_int_equal(spdk_env_thread_launch_pinned(1, run_job, &job), -EBUSY);
	assert_one_error("core 1: the OS thread launched there before has not ended");
	sem_post(&gate);
	spdk_env_thread_wait_all();
	assert_int_equal(atomic_load(&job.runs), 1);
	spdk_env_fini();
	sem_destroy(&gate);
	assert_nothing_logged();
}

static void
end_is_refused_while_something_runs(void **state)
{
	struct job job = {0};
	sem_t gate;

	sem_init(&gate, 0, 0);
	job.gate = &gate;
	start("0x7");
	assert_int_equal(spdk_env_thread_launch_pinned(2, run_job, &job), 0);
	spdk_env_fini();
	assert_one_error("core(s) 2");
	assert_int_equal(spdk_env_get_core_count(), 3);
	sem_post(&gate);
	spdk_env_thread_wait_all();
	spdk_env_fini();
	assert_int_equal(spdk_env_get_core_count(), 0);
	sem_destroy(&gate);
	assert_nothing_logged();
}

static void
end_needs_no_wait_once_all_have_ended(void **state)
{
	struct job job = {0};

	start("0x3");
	assert_int_equal(spdk_env_thread_launch_pinned(1, run_job, &job), 0);
	while (atomic_load(&job.runs) == 0 || spdk_env_get_core_count() > 0) {
		/* It may still be on its way out when it has counted. */
		usleep(1000);
		spdk_env_fini();
	}
	assert_int_equal(spdk_env_get_core_count(), 0);
	log_capture_start();
}

static int
wait_for_itself(void *arg)
{
	spdk_env_thread_wait_all();
	return 0;
}

static void
launched_thread_does_not_wait_for_itself(void **state)
{
	start("0x3");
	assert_int_equal(spdk_env_thread_launch_pinned(1, wait_for_itself, NULL), 0);
	spdk_env_thread_wait_all();
	assert_one_error("called on core 1");
	spdk_env_fini();
}

static int
launch_next(void *arg)
{
	return spdk_env_thread_launch_pinned(2, run_job, arg);
}

static void
launched_thread_may_launch_another(void **state)
{
	struct job job = {0};

	start("0x7");
	assert_int_equal(spdk_env_thread_launch_pinned(1, launch_next, &job), 0);
	spdk_env_thread_wait_all();
	assert_int_equal(atomic_load(&job.runs), 1);
	assert_int_equal(job.core, 2);
	spdk_env_fini();
	assert_nothing_logged();
}

static int
add_cpus(void *arg)
{
	cpu_set_t *out_cpus = arg;

	return sched_getaffinity(0, sizeof(*out_cpus), out_cpus);
}

static void
os_threads_are_on_the_cpus_of_their_core(void **state)
{
	cpu_set_t before, first, second;
	struct spdk_env_opts opts = {.opts_size = sizeof(opts)};
	char map[64];
	int low = 0, high;

	assert_int_equal(sched_getaffinity(0, sizeof(before), &before), 0);
	if (CPU_COUNT(&before) < 2) {
		skip();
	}
	while (!CPU_ISSET(low, &before)) {
		low++;
	}
	high = low + 1;
	while (!CPU_ISSET(high, &before)) {
		high++;
	}
	snprintf(map, sizeof(map), "0@%d,10@%d,11@(%d,%d)", low, high, low, high);
	spdk_env_opts_init(&opts);
	opts.lcore_map = map;
	opts.no_pci = true;
	assert_int_equal(spdk_env_init(&opts), 0);
	assert_int_equal(spdk_env_thread_launch_pinned(10, add_cpus, &first), 0);
	assert_int_equal(spdk_env_thread_launch_pinned(11, add_cpus, &second), 0);
	spdk_env_thread_wait_all();
	spdk_env_fini();
	assert_int_equal(CPU_COUNT(&first), 1);
	assert_true(CPU_ISSET(high, &first));
	assert_int_equal(CPU_COUNT(&second), 2);
	assert_true(CPU_ISSET(low, &second) && CPU_ISSET(high, &second));
	assert_nothing_logged();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(before_the_start_nothing_can_be_launched),
		cmocka_unit_test(every_core_runs_what_it_is_given),
		cmocka_unit_test(os_thread_has_the_name_of_its_core),
		cmocka_unit_test(core_can_be_used_again_when_its_thread_has_ended),
		cmocka_unit_test(ended_threads_need_not_be_waited_for),
		cmocka_unit_test(wrong_cores_are_explained),
		cmocka_unit_test(end_is_refused_while_something_runs),
		cmocka_unit_test(end_needs_no_wait_once_all_have_ended),
		cmocka_unit_test(launched_thread_does_not_wait_for_itself),
		cmocka_unit_test(launched_thread_may_launch_another),
		cmocka_unit_test(os_threads_are_on_the_cpus_of_their_core),
	};

	return cmocka_run_group_tests_name("launch", tests, setup, teardown);
}
