/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The life of reactors: states, what they say about themselves, and how they leave.
 */
#include "base/log_capture.h"
#include "runtime/reactor/reactor_fixture.h"

#include <stdatomic.h>
#include <sys/resource.h>
#include <sys/wait.h>

/* Far more than anything here takes, but for what hangs. */
#define PATIENCE_SEC 2.0
#define RESTARTS     50
#define CORES_MAX    8

static uint32_t
count_logged(const char *text)
{
	const char *at = g_log_capture.text;
	uint32_t count = 0;

	while ((at = strstr(at, text)) != NULL) {
		at += strlen(text);
		count++;
	}
	return count;
}

static void
stop_now(void *arg)
{
	spdk_reactors_stop(NULL);
}

/* ---- States ---- */

static void *
run_elsewhere(void *arg)
{
	*(int *)arg = reactors_run();
	return NULL;
}

static void
what_is_called_at_the_wrong_time_is_explained(void **state)
{
	pthread_t os_thread;
	int rc = 0;

	log_capture_start();
	assert_int_equal(reactors_run(), -EINVAL);
	assert_one_error("not initialised");
	assert_int_equal(spdk_reactors_init(0), -EINVAL);
	assert_one_error("spdk_env_init()");
	spdk_reactors_stop(NULL);
	assert_one_error("not running");
	spdk_reactors_fini();
	assert_nothing_logged();

	reactors_up("0x1");
	log_capture_clear();
	assert_int_equal(spdk_reactors_init(0), -EALREADY);
	assert_one_error("spdk_reactors_fini()");
	assert_int_equal(pthread_create(&os_thread, NULL, run_elsewhere, &rc), 0);
	pthread_join(os_thread, NULL);
	assert_int_equal(rc, -EINVAL);
	assert_one_error("on the OS thread that called spdk_env_init()");
	/* Without a start in between. */
	reactors_down();
	assert_nothing_logged();
	log_capture_stop();
}

static void
try_to_end_from_inside(void *arg)
{
	log_capture_clear();
	spdk_reactors_fini();
	assert_int_equal(log_capture_count(SPDK_LOG_ERROR), 1);
	assert_true(log_captured("spdk_reactors_fini()", "are running", "spdk_app_stop()", NULL));
	assert_int_equal(reactors_run(), -EINVAL);
	assert_non_null(spdk_reactor_get(0));
	/* The second is one too many, and does no harm. */
	spdk_reactors_stop(NULL);
	spdk_reactors_stop(NULL);
}

static void
reactors_that_run_are_not_freed_and_run_once(void **state)
{
	log_capture_start();
	reactors_up("0x3");
	reactors_go(try_to_end_from_inside, NULL);
	log_capture_clear();
	assert_int_equal(reactors_run(), -EINVAL);
	assert_int_equal(log_capture_count(SPDK_LOG_ERROR), 1);
	reactors_down();
	log_capture_stop();
}

static bool g_late_has_run;

static void
note_late(void *arg)
{
	g_late_has_run = true;
}

static void
note_late_event(void *arg1, void *arg2)
{
	g_late_has_run = true;
}

static void
what_comes_after_the_stop_is_freed_and_does_not_run(void **state)
{
	g_late_has_run = false;
	log_capture_start();
	reactors_up("0x3");
	reactors_go(stop_now, NULL);
	log_capture_clear();
	assert_int_equal(spdk_thread_send_msg(thread_on("straggler", "0x2"), note_late, NULL), 0);
	spdk_event_call(spdk_event_allocate(1, note_late_event, NULL, NULL));
	spdk_for_each_reactor(note_late_event, NULL, NULL, note_late_event);
	reactors_down();
	assert_true(log_captured("straggler", "1 thread is left", NULL));
	/* Neither does the next start find it. */
	reactors_run_once("0x3", stop_now, NULL);
	assert_false(g_late_has_run);
	log_capture_stop();
}

/* ---- What a reactor says about itself ---- */

struct times {
	uint64_t busy_tsc;
	uint64_t idle_tsc;
	uint64_t tsc_last;
};

static struct times g_times[2];
static uint32_t g_thread_count;

static void
note_times(struct times *times)
{
	const struct spdk_reactor *reactor = spdk_reactor_get(spdk_env_get_current_core());

	*times = (struct times){reactor->busy_tsc, reactor->idle_tsc, reactor->tsc_last};
}

static void
note_times_and_stop(void *arg1, void *arg2)
{
	note_times(&g_times[1]);
	g_thread_count = spdk_reactor_get(spdk_env_get_current_core())->thread_count;
	spdk_reactors_stop(NULL);
}

static int
wait_and_send(void *arg)
{
	spdk_event_call(spdk_event_allocate(1, note_times_and_stop, NULL, NULL));
	spdk_thread_exit(spdk_get_thread());
	spdk_poller_unregister(arg);
	return SPDK_POLLER_BUSY;
}

static struct spdk_poller *g_poller;

static void
compute(void *arg)
{
	spdk_delay_us(20000);
	g_poller = SPDK_POLLER_REGISTER(wait_and_send, &g_poller, 60000);
}

static void
note_and_compute(void *arg1, void *arg2)
{
	note_times(&g_times[0]);
	assert_int_equal(spdk_thread_send_msg(arg1, compute, NULL), 0);
}

static void
look_at_reactors(void *arg)
{
	struct spdk_reactor *reactor = spdk_reactor_get(1);

	assert_non_null(reactor);
	assert_int_equal(reactor->lcore, 1);
	assert_int_equal(reactor->flags.is_valid, 1);
	assert_false(reactor->in_interrupt);
	assert_false(reactor->set_interrupt_mode_in_progress);
	assert_true(TAILQ_EMPTY(&reactor->threads));
	assert_null(reactor->events);
	assert_null(spdk_reactor_get(2));
	assert_null(spdk_reactor_get(UINT32_MAX));
	(void)thread_on("sleeper", "0x2");
	spdk_event_call(
		spdk_event_allocate(1, note_and_compute, thread_on("computer", "0x2"), NULL));
}

static void
busy_and_idle_ticks_add_up(void **state)
{
	uint64_t ms = spdk_get_ticks_hz() / 1000, start = spdk_get_ticks();
	uint64_t busy, idle, all;

	reactors_run_once("0x3", look_at_reactors, NULL);
	busy = g_times[1].busy_tsc - g_times[0].busy_tsc;
	idle = g_times[1].idle_tsc - g_times[0].idle_tsc;
	all = g_times[1].tsc_last - g_times[0].tsc_last;
	assert_in_range(busy + idle, all - ms, all + ms);
	assert_true(busy >= 20 * ms);
	/* It slept for 60 ms before the last event, which knows that. */
	assert_true(idle >= 50 * ms);
	assert_in_range(g_times[1].tsc_last, start, spdk_get_ticks());
	/* The sleeper; the other one has exited. */
	assert_int_equal(g_thread_count, 1);
	assert_null(spdk_reactor_get(1));
}

/* ---- Leaving ---- */

static struct spdk_poller *g_app_poller, *g_other_poller;
static uint32_t g_count_when_told, g_calls_when_told;

static int
note_when_told(void *arg)
{
	if (!spdk_thread_is_running(spdk_get_thread())) {
		g_count_when_told = spdk_thread_get_count();
		spdk_poller_unregister(&g_app_poller);
	}
	return SPDK_POLLER_IDLE;
}

/* Takes a while to let go. */
static int
let_go_slowly(void *arg)
{
	if (!spdk_thread_is_running(spdk_get_thread()) && ++g_calls_when_told == 30) {
		spdk_poller_unregister(&g_other_poller);
	}
	return SPDK_POLLER_IDLE;
}

static void
hold_and_stop(void *arg)
{
	g_other_poller = SPDK_POLLER_REGISTER(let_go_slowly, NULL, 1000);
	spdk_reactors_stop(NULL);
}

static void
hold_on_both(void *arg)
{
	g_app_poller = SPDK_POLLER_REGISTER(note_when_told, NULL, 1000);
	assert_int_equal(spdk_thread_send_msg(thread_on("other", "0x2"), hold_and_stop, NULL), 0);
}

static void
the_app_thread_is_told_to_exit_when_it_is_the_last(void **state)
{
	g_count_when_told = g_calls_when_told = 0;
	log_capture_start();
	reactors_run_once("0x3", hold_on_both, NULL);
	assert_int_equal(g_calls_when_told, 30);
	assert_int_equal(g_count_when_told, 1);
	/* All let go in time. */
	assert_int_equal(log_capture_count(SPDK_LOG_ERROR), 0);
	log_capture_stop();
}

static void
make_leftovers(void *arg)
{
	uint32_t i;
	char name[16];

	for (i = 0; i < 10; i++) {
		snprintf(name, sizeof(name), "left-%u", i);
		(void)thread_on(name, "0x2");
	}
	(void)thread_on("alone", "0x4");
	spdk_reactors_stop(NULL);
}

static void
leftovers_are_named_once_and_not_without_end(void **state)
{
	log_capture_start();
	reactors_run_once("0x7", make_leftovers, NULL);
	assert_true(log_captured("core 1 stops and 10 threads did not call spdk_thread_exit()",
				 "core 2 stops and 1 thread did not", "...", NULL));
	assert_int_equal(count_logged("'alone'"), 1);
	assert_int_equal(count_logged("'left-"), 8);
	assert_int_equal(count_logged("'app_thread'"), 0);
	assert_int_equal(log_capture_count(SPDK_LOG_ERROR), 0);
	log_capture_stop();
}

static _Atomic uint32_t g_late_count;
static _Atomic bool g_is_core_held, g_is_late_told;

static void
count_late(void *arg)
{
	g_late_count++;
}

static void
hold_core(void *arg1, void *arg2)
{
	g_is_core_held = true;
	while (!g_is_late_told) {
		sched_yield();
	}
}

/*
 * When it is told to exit, it makes another one, on the other core. That core would tell it to exit
 * at once, too, and is held until the new thread has its message.
 */
static int
make_late(void *arg)
{
	struct spdk_thread *late;

	if (spdk_thread_is_running(spdk_get_thread())) {
		return SPDK_POLLER_IDLE;
	}
	spdk_event_call(spdk_event_allocate(0, hold_core, NULL, NULL));
	while (!g_is_core_held) {
		sched_yield();
	}
	late = thread_on("late", "0x1");
	assert_int_equal(spdk_thread_send_msg(late, count_late, NULL), 0);
	g_is_late_told = true;
	spdk_poller_unregister(&g_other_poller);
	return SPDK_POLLER_IDLE;
}

static void
hold_until_told(void *arg)
{
	g_other_poller = SPDK_POLLER_REGISTER(make_late, NULL, 0);
	spdk_reactors_stop(NULL);
}

static void
start_late_maker(void *arg)
{
	assert_int_equal(spdk_thread_send_msg(thread_on("maker", "0x2"), hold_until_told, NULL), 0);
}

static double
seconds_since(uint64_t start)
{
	return (double)(spdk_get_ticks() - start) / (double)spdk_get_ticks_hz();
}

static void
a_thread_that_is_made_while_they_leave_runs_and_exits(void **state)
{
	g_late_count = 0;
	g_is_core_held = g_is_late_told = false;
	log_capture_start();
	reactors_run_once("0x3", start_late_maker, NULL);
	assert_int_equal(g_late_count, 1);
	/* Nobody had to be made to. */
	assert_int_equal(log_capture_count(SPDK_LOG_ERROR), 0);
	log_capture_stop();
}

/* ---- Again ---- */

static uint32_t
count_open_files(void)
{
	DIR *folder = opendir("/proc/self/fd");
	uint32_t count = 0;

	assert_non_null(folder);
	while (readdir(folder) != NULL) {
		count++;
	}
	closedir(folder);
	return count;
}

static _Atomic uint32_t g_arrived;
static uint32_t g_expected;

static void
arrive(void *arg)
{
	assert_int_equal(spdk_env_get_current_core(), (uint32_t)(uintptr_t)arg);
	spdk_thread_exit(spdk_get_thread());
	if (++g_arrived == g_expected) {
		spdk_reactors_stop(NULL);
	}
}

static void
arrive_event(void *arg1, void *arg2)
{
	assert_int_equal(spdk_thread_send_msg(arg2, arrive, arg1), 0);
}

static void
visit_all_cores(void *arg)
{
	uint32_t core;
	char mask[16];

	SPDK_ENV_FOREACH_CORE (core) {
		snprintf(mask, sizeof(mask), "[%u]", core);
		spdk_event_call(spdk_event_allocate(core, arrive_event, (void *)(uintptr_t)core,
						    thread_on("visitor", mask)));
	}
}

static void
reactors_start_again_and_again_and_leave_nothing(void **state)
{
	uint32_t i, files = 0;
	char mask[16];

	log_capture_start(); /* That there are fewer CPUs is said each time. */
	for (i = 0; i < RESTARTS; i++) {
		g_arrived = 0;
		g_expected = i % CORES_MAX + 1;
		snprintf(mask, sizeof(mask), "0x%x", (1u << g_expected) - 1);
		reactors_run_once(mask, visit_all_cores, NULL);
		assert_int_equal(g_arrived, g_expected);
		assert_int_equal(spdk_thread_get_count(), 0);
		/* Run queues are kept to be used again. */
		if (i == CORES_MAX) {
			files = count_open_files();
		}
	}
	assert_int_equal(count_open_files(), files);
	assert_int_equal(log_capture_count(SPDK_LOG_ERROR), 0);
	assert_int_equal(log_capture_count(SPDK_LOG_WARN), 0);
	log_capture_stop();
}

/* ---- No OS thread for a reactor ---- */

/* A plain user, so that the limit holds, and one that has no other processes. */
#define LONELY_UID 54321

static struct spdk_poller *g_orphan_poller;

static int
let_go_when_told(void *arg)
{
	if (!spdk_thread_is_running(spdk_get_thread())) {
		spdk_poller_unregister(&g_orphan_poller);
	}
	return SPDK_POLLER_IDLE;
}

static void
live_as_orphan(void *arg)
{
	g_arrived++;
	g_orphan_poller = SPDK_POLLER_REGISTER(let_go_when_told, NULL, 0);
}

static void
count_event(void *arg1, void *arg2)
{
	g_arrived++;
}

/* As many OS threads as there are, and one more. */
static bool
limit_os_threads(void)
{
	struct rlimit limit = {3, 3};

	if (getuid() == 0) {
		if (setresuid(LONELY_UID, LONELY_UID, LONELY_UID) != 0) {
			return false;
		}
	} else {
		limit = (struct rlimit){0, 0};
	}
	return setrlimit(RLIMIT_NPROC, &limit) == 0;
}

/* In a process of its own. What went wrong is its exit status. */
static int
run_short_of_os_threads(void)
{
	uint64_t start = spdk_get_ticks();
	struct spdk_thread *orphan;

	log_capture_start();
	reactors_up("0xf");
	if (!limit_os_threads()) {
		return 77;
	}
	(void)thread_on("app_thread", "0x1");
	(void)thread_on("unborn", "0x1");
	orphan = thread_on("orphan", "0x8");
	if (spdk_thread_send_msg(orphan, live_as_orphan, NULL) != 0) {
		return 1;
	}
	spdk_event_call(spdk_event_allocate(3, count_event, NULL, NULL));
	if (reactors_run() != -EAGAIN) {
		return 2;
	}
	if (!log_captured("no OS thread for core", "ulimit -u", "1 thread did not call", "'unborn'",
			  NULL)) {
		return 3;
	}
	if (g_arrived != 2 || spdk_thread_get_count() != 0) {
		return 4;
	}
	if (seconds_since(start) > PATIENCE_SEC) {
		return 5;
	}
	reactors_down();
	return count_logged("left") != 0 ? 6 : 0;
}

static void
without_an_os_thread_for_a_reactor_its_threads_exit_all_the_same(void **state)
{
	int status;
	pid_t pid;

	g_arrived = 0;
	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		alarm(60);
		_exit(run_short_of_os_threads());
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == 77) {
		skip();
	}
	assert_int_equal(WEXITSTATUS(status), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_called_at_the_wrong_time_is_explained),
		cmocka_unit_test(reactors_that_run_are_not_freed_and_run_once),
		cmocka_unit_test(what_comes_after_the_stop_is_freed_and_does_not_run),
		cmocka_unit_test(busy_and_idle_ticks_add_up),
		cmocka_unit_test(the_app_thread_is_told_to_exit_when_it_is_the_last),
		cmocka_unit_test(leftovers_are_named_once_and_not_without_end),
		cmocka_unit_test(a_thread_that_is_made_while_they_leave_runs_and_exits),
		cmocka_unit_test(reactors_start_again_and_again_and_leave_nothing),
		cmocka_unit_test(without_an_os_thread_for_a_reactor_its_threads_exit_all_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
