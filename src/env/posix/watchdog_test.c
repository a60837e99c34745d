/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The watchdog: that checks run, where they run, and that they have ended when they were removed.
 */
#include "env/env_internal.h"
#include "spdk/env.h"
#include "spdk/util.h"

#include <stdatomic.h>

#include <setjmp.h>

#include <cmocka.h>

/* ThreadSanitizer does not let the child of a threaded process start threads. */
#if defined(__SANITIZE_THREAD__)
#define CHILD_MAY_START_THREADS false
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define CHILD_MAY_START_THREADS false
#endif
#endif
#ifndef CHILD_MAY_START_THREADS
#define CHILD_MAY_START_THREADS true
#endif

#define CHURN_THREADS 4
#define CHURN_ROUNDS  50

struct probe {
	struct env_watch watch;
	atomic_int calls;
	atomic_bool is_running;
	atomic_bool is_removed;
	atomic_int calls_after_removal;
	uint64_t now;
	pid_t tid;
	bool blocks_signals;
	bool is_on_all_cpus;
	uint64_t duration_us;
};

static bool
has_all_cpus_of(pid_t tid)
{
	cpu_set_t own, other;

	return sched_getaffinity(0, sizeof(own), &own) == 0 &&
	       sched_getaffinity(tid, sizeof(other), &other) == 0 && CPU_EQUAL(&own, &other);
}

static void
probe_check(void *arg, uint64_t now)
{
	struct probe *probe = arg;
	sigset_t mask;

	atomic_store(&probe->is_running, true);
	probe->now = now;
	probe->tid = spdk_get_tid();
	pthread_sigmask(SIG_SETMASK, NULL, &mask);
	probe->blocks_signals =
		sigismember(&mask, SIGTERM) == 1 && sigismember(&mask, SIGALRM) == 1;
	probe->is_on_all_cpus = has_all_cpus_of(getpid());
	if (probe->duration_us > 0) {
		usleep(probe->duration_us);
	}
	if (atomic_load(&probe->is_removed)) {
		atomic_fetch_add(&probe->calls_after_removal, 1);
	}
	atomic_store(&probe->is_running, false);
	atomic_fetch_add(&probe->calls, 1);
}

static void
probe_init(struct probe *probe)
{
	memset(probe, 0, sizeof(*probe));
	probe->watch.check = probe_check;
	probe->watch.arg = probe;
}

static void
probe_remove(struct probe *probe)
{
	env_watch_remove(&probe->watch);
	atomic_store(&probe->is_removed, true);
}

static void
wait_for(atomic_bool *flag)
{
	while (!atomic_load(flag)) {
		usleep(1000);
	}
}

static int
os_thread_count(void)
{
	struct dirent *entry;
	int count = 0;
	DIR *dir = opendir("/proc/self/task");

	assert_non_null(dir);
	while ((entry = readdir(dir)) != NULL) {
		count += entry->d_name[0] != '.';
	}
	closedir(dir);
	return count;
}

static void
checks_run_once_in_a_period_on_one_quiet_thread(void **state)
{
	struct probe first, second;
	uint64_t start = spdk_get_ticks();

	probe_init(&first);
	probe_init(&second);
	assert_int_equal(env_watch_add(&first.watch), 0);
	assert_int_equal(env_watch_add(&second.watch), 0);
	usleep(ENV_WATCH_PERIOD_MS * 1000 * 5 / 2);
	probe_remove(&first);
	probe_remove(&second);
	/* Twice, or once on a machine that is very busy; never more often. */
	assert_in_range(atomic_load(&first.calls), 1, 2);
	assert_in_range(atomic_load(&second.calls), 1, 2);
	assert_true(first.now > start && first.now <= spdk_get_ticks());
	assert_int_equal(first.tid, second.tid);
	assert_int_not_equal(first.tid, spdk_get_tid());
	assert_true(first.blocks_signals);
}

static void
watchdog_is_not_bound_to_the_cpu_of_its_maker(void **state)
{
	cpu_set_t saved, one;
	struct probe probe;
	int cpu = 0;

	assert_int_equal(sched_getaffinity(0, sizeof(saved), &saved), 0);
	if (CPU_COUNT(&saved) < 2) {
		skip();
	}
	while (!CPU_ISSET(cpu, &saved)) {
		cpu++;
	}
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	probe_init(&probe);
	probe.duration_us = 200000;
	assert_int_equal(sched_setaffinity(0, sizeof(one), &one), 0);
	assert_int_equal(env_watch_add(&probe.watch), 0);
	assert_int_equal(sched_setaffinity(0, sizeof(saved), &saved), 0);
	wait_for(&probe.is_running);
	probe_remove(&probe);
	assert_true(probe.is_on_all_cpus);
}

static void
removal_waits_for_the_check_that_runs(void **state)
{
	struct probe probe;

	probe_init(&probe);
	probe.duration_us = 300000;
	assert_int_equal(env_watch_add(&probe.watch), 0);
	wait_for(&probe.is_running);
	env_watch_remove(&probe.watch);
	assert_false(atomic_load(&probe.is_running));
	assert_int_equal(atomic_load(&probe.calls), 1);
}

/* One that was joined may be listed for a moment yet. */
static bool
os_threads_become(int count)
{
	for (int looks = 0; looks < 5000 && os_thread_count() != count; looks++) {
		usleep(1000);
	}
	return os_thread_count() == count;
}

static void
os_thread_is_there_only_while_it_is_needed(void **state)
{
	int count = os_thread_count();
	uint64_t start, shortest = UINT64_MAX;
	struct probe first, second;

	probe_init(&first);
	probe_init(&second);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(env_watch_add(&first.watch), 0);
		assert_int_equal(env_watch_add(&second.watch), 0);
		assert_int_equal(os_thread_count(), count + 1);
		env_watch_remove(&first.watch);
		assert_int_equal(os_thread_count(), count + 1);
		start = spdk_get_ticks();
		env_watch_remove(&second.watch);
		shortest = spdk_min(shortest, spdk_get_ticks() - start);
		assert_true(os_threads_become(count));
	}
	/* It does not sleep its second out. */
	assert_true(shortest < spdk_get_ticks_hz() / 2);
}

/* What stands for a failure; NULL stands for none. */
static int g_churn_failure;

static void *
churn(void *arg)
{
	struct probe probe;

	for (int i = 0; i < CHURN_ROUNDS; i++) {
		probe_init(&probe);
		if (env_watch_add(&probe.watch) != 0) {
			return arg;
		}
		env_watch_remove(&probe.watch);
	}
	return NULL;
}

static void
many_threads_may_add_and_remove(void **state)
{
	pthread_t threads[CHURN_THREADS];
	void *failure;
	int count = os_thread_count();

	for (int i = 0; i < CHURN_THREADS; i++) {
		assert_int_equal(pthread_create(&threads[i], NULL, churn, &g_churn_failure), 0);
	}
	for (int i = 0; i < CHURN_THREADS; i++) {
		pthread_join(threads[i], &failure);
		assert_null(failure);
	}
	assert_int_equal(os_thread_count(), count);
}

static void
child_of_a_fork_can_remove_and_add(void **state)
{
	struct probe probe;
	pid_t child;
	int status;

	if (!CHILD_MAY_START_THREADS) {
		skip();
	}
	probe_init(&probe);
	assert_int_equal(env_watch_add(&probe.watch), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		alarm(20);
		env_watch_remove(&probe.watch);
		if (env_watch_add(&probe.watch) != 0) {
			_exit(1);
		}
		while (atomic_load(&probe.calls) == 0) {
			usleep(1000);
		}
		env_watch_remove(&probe.watch);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	probe_remove(&probe);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(checks_run_once_in_a_period_on_one_quiet_thread),
		cmocka_unit_test(watchdog_is_not_bound_to_the_cpu_of_its_maker),
		cmocka_unit_test(removal_waits_for_the_check_that_runs),
		cmocka_unit_test(os_thread_is_there_only_while_it_is_needed),
		cmocka_unit_test(many_threads_may_add_and_remove),
		cmocka_unit_test(child_of_a_fork_can_remove_and_add),
	};

	return cmocka_run_group_tests_name("watchdog", tests, NULL, NULL);
}
