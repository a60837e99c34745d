/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The life of an application: what runs where, what it returns, what comes back when it is over,
 * and what is said to a program that calls things at the wrong time.
 */
#include "app/app/lock_folder_fixture.h"
#include "base/log_capture.h"
#include "spdk/env.h"
#include "spdk/event.h"
#include "spdk/init.h"
#include "spdk/string.h"
#include "spdk/thread.h"
#include "spdk_internal/event.h"

#include <dirent.h>
#include <dlfcn.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static int g_started;

/* How many OS threads there will be before the kernel gives no more; -1: it always does. */
static int g_os_threads_left = -1;
/* Called while an OS thread is being made: in the middle of a start. */
static void (*g_meanwhile)(void);

int
pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*fn)(void *), void *arg)
{
	int (*real)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);

	if (g_os_threads_left == 0) {
		return EAGAIN;
	}
	if (g_meanwhile != NULL) {
		g_meanwhile();
	}
	if (g_os_threads_left > 0) {
		g_os_threads_left--;
	}
	*(void **)&real = dlsym(RTLD_NEXT, "pthread_create");
	return real(thread, attr, fn, arg);
}

/* A subsystem that does as a test wants: reports this, from inside or from another OS thread. */
static int g_subsystem_rc;
static bool g_subsystem_is_slow;
static pthread_t g_reporter;

static void *
report_later(void *arg)
{
	usleep(50000);
	spdk_subsystem_init_next(g_subsystem_rc);
	return NULL;
}

static void
init_subsystem(void)
{
	if (!g_subsystem_is_slow) {
		spdk_subsystem_init_next(g_subsystem_rc);
		return;
	}
	spdk_app_stop(4);
	(void)pthread_create(&g_reporter, NULL, report_later, NULL);
}

static int g_subsystem_finis;

static void
fini_subsystem(void)
{
	g_subsystem_finis++;
	spdk_subsystem_fini_next();
}

static struct spdk_subsystem g_test_subsystem = {
	.name = "obedient",
	.init = init_subsystem,
	.fini = fini_subsystem,
};

SPDK_SUBSYSTEM_REGISTER(g_test_subsystem);

static struct spdk_app_opts
quiet_opts(const char *mask)
{
	struct spdk_app_opts opts;

	spdk_app_opts_init(&opts, sizeof(opts));
	opts.name = "app_test";
	opts.rpc_addr = NULL;
	opts.reactor_mask = mask;
	opts.log = log_capture_keep;
	g_started = 0;
	log_capture_clear();
	return opts;
}

/* Starts and ends one that begins with `fn`. */
static int
run_app(spdk_msg_fn fn, void *arg)
{
	struct spdk_app_opts opts = quiet_opts("0x3");
	int rc = spdk_app_start(&opts, fn, arg);

	spdk_app_fini();
	return rc;
}

static void
stop_with(void *arg)
{
	g_started++;
	spdk_app_stop((int)(intptr_t)arg);
}

static void
look_where_it_runs(void *arg)
{
	bool is_app_thread = spdk_get_thread() == spdk_thread_get_app_thread() &&
			     strcmp(spdk_thread_get_name(spdk_get_thread()), "app_thread") == 0;
	bool is_main_core = spdk_env_get_current_core() == spdk_env_get_main_core();

	g_started++;
	spdk_app_stop(is_app_thread && is_main_core && arg == &g_started ? 0 : 9);
}

static void
the_first_function_runs_on_the_app_thread(void **state)
{
	assert_int_equal(run_app(look_where_it_runs, &g_started), 0);
	assert_int_equal(g_started, 1);
	assert_int_equal(log_capture_count(SPDK_LOG_ERROR), 0);
	assert_int_equal(log_capture_count(SPDK_LOG_WARN), 0);
}

static void
stop_three_times(void *arg)
{
	spdk_app_stop(0);
	spdk_app_stop(5);
	spdk_app_stop(6);
}

static void
the_first_code_that_is_not_zero_counts(void **state)
{
	assert_int_equal(run_app(stop_three_times, NULL), 5);
	assert_true(log_captured("spdk_app_stop(5): the application is stopping already",
				 "spdk_app_stop(6): the application is stopping already", NULL));
	assert_int_equal(run_app(stop_with, (void *)(intptr_t)-EIO), -EIO);
	assert_true(log_captured("spdk_app_stop(-5)", NULL));
	assert_int_equal(log_capture_count(SPDK_LOG_WARN), 1);
}

static void *
stop_from_outside(void *arg)
{
	spdk_app_stop(21);
	return NULL;
}

static pthread_t g_os_thread;

static void
start_os_thread(void *arg)
{
	(void)pthread_create(&g_os_thread, NULL, stop_from_outside, NULL);
}

static struct spdk_poller *g_poller;

static int
stop_and_leave(void *arg)
{
	spdk_poller_unregister(&g_poller);
	spdk_app_stop(22);
	spdk_thread_exit(spdk_get_thread());
	return SPDK_POLLER_BUSY;
}

static void
register_stopper(void *arg)
{
	g_poller = SPDK_POLLER_REGISTER(stop_and_leave, NULL, 1000);
}

static void
start_stopper(void *arg)
{
	struct spdk_cpuset core;

	spdk_cpuset_zero(&core);
	spdk_cpuset_set_cpu(&core, 1, true);
	spdk_thread_send_msg(spdk_thread_create("stopper", &core), register_stopper, NULL);
}

static void
ask_for_shutdown(void *arg)
{
	spdk_app_start_shutdown();
}

static void
anybody_may_stop_it(void **state)
{
	/* It ends this one, and not the next one as well. */
	assert_int_equal(run_app(ask_for_shutdown, NULL), 0);
	assert_int_equal(run_app(start_os_thread, NULL), 21);
	pthread_join(g_os_thread, NULL);
	assert_int_equal(run_app(start_stopper, NULL), 22);
	assert_int_equal(log_capture_count(SPDK_LOG_ERROR), 0);
}

static void
what_comes_without_an_application_is_explained(void **state)
{
	log_capture_start();
	spdk_app_stop(1);
	assert_one_error("spdk_app_stop(1): no application is running");
	spdk_app_fini();
	spdk_app_start_shutdown();
	assert_nothing_logged();
	assert_int_equal(spdk_app_get_shm_id(), -1);
	/* Neither is kept for the next one. */
	assert_int_equal(run_app(stop_with, NULL), 0);
	assert_int_equal(g_started, 1);
	spdk_app_fini();
	log_capture_start();
	spdk_app_stop(1);
	assert_one_error("spdk_app_start() must come before");
	log_capture_stop();
}

static void
check_options_are_refused(struct spdk_app_opts *opts, spdk_msg_fn fn)
{
	assert_int_equal(spdk_app_start(opts, fn, NULL), 1);
	assert_int_equal(g_started, 0);
	assert_int_equal(log_capture_count(SPDK_LOG_ERROR), 1);
	log_capture_start();
}

static void
a_start_that_cannot_be_gives_one_and_may_be_tried_again(void **state)
{
	struct spdk_app_opts opts = quiet_opts("0x1");

	log_capture_start();
	check_options_are_refused(&opts, NULL);
	check_options_are_refused(NULL, stop_with);
	opts.name = NULL;
	check_options_are_refused(&opts, stop_with);
	opts.opts_size = 0;
	check_options_are_refused(&opts, stop_with);
	/* What the environment refuses is known when there is a log already. */
	opts = quiet_opts("nonsense");
	assert_int_equal(spdk_app_start(&opts, stop_with, NULL), 1);
	assert_int_equal(g_started, 0);
	assert_true(log_captured("nonsense", "'app_test' does not start: see above", NULL));
	spdk_app_fini();
	assert_int_equal(run_app(stop_with, NULL), 0);
	assert_int_equal(g_started, 1);
}

static void
start_inside_start(void *arg)
{
	struct spdk_app_opts opts;
	int rc;

	spdk_app_opts_init(&opts, sizeof(opts));
	opts.name = "inner";
	rc = spdk_app_start(&opts, stop_with, NULL);
	spdk_app_fini();
	spdk_app_stop(rc == 1 && g_started == 0 ? 0 : 9);
}

static void
one_application_runs_at_a_time(void **state)
{
	assert_int_equal(run_app(start_inside_start, NULL), 0);
	assert_true(log_captured("spdk_app_start(): the application is running already",
				 "spdk_app_fini(): the application is running", NULL));
	assert_int_equal(log_capture_count(SPDK_LOG_ERROR), 2);
}

static int g_inner_rc;

static void
start_meanwhile(void)
{
	struct spdk_app_opts opts;

	g_meanwhile = NULL;
	spdk_app_opts_init(&opts, sizeof(opts));
	opts.name = "inner";
	g_inner_rc = spdk_app_start(&opts, stop_with, NULL);
}

static void
a_start_during_the_start_is_refused(void **state)
{
	g_inner_rc = 0;
	g_meanwhile = start_meanwhile;
	assert_int_equal(run_app(stop_with, NULL), 0);
	assert_int_equal(g_inner_rc, 1);
	assert_int_equal(g_started, 1);
	assert_true(log_captured("spdk_app_start(): the application is running already", NULL));
}

static void
a_missing_fini_is_done_at_the_next_start(void **state)
{
	struct spdk_app_opts opts = quiet_opts("0x3");

	assert_int_equal(spdk_app_start(&opts, stop_with, NULL), 0);
	/* It is all there still, for whoever wants to look. */
	assert_int_equal(spdk_env_get_core_count(), 2);
	assert_true(core_lock_is_held(1));
	spdk_app_start_shutdown();
	spdk_app_stop(4);
	assert_true(log_captured("spdk_app_stop(4): no application is running", NULL));
	opts = quiet_opts("0x1");
	assert_int_equal(spdk_app_start(&opts, stop_with, (void *)3), 3);
	assert_true(core_lock_is_held(0));
	assert_false(core_lock_is_held(1));
	spdk_app_fini();
	spdk_app_fini();
	assert_int_equal(spdk_env_get_core_count(), 0);
	assert_false(core_lock_is_held(0));
	assert_int_equal(log_capture_count(SPDK_LOG_ERROR), 0);
}

static void
own_handler(int number)
{
}

static bool
handler_is(int number, void (*handler)(int))
{
	struct sigaction action;

	sigaction(number, NULL, &action);
	return action.sa_handler == handler;
}

static void
look_at_handlers(void *arg)
{
	bool are_ours = !handler_is(SIGINT, own_handler) && !handler_is(SIGTERM, SIG_DFL) &&
			handler_is(SIGPIPE, SIG_IGN);

	spdk_app_stop(are_ours ? 0 : 9);
}

static void
look_at_interrupt_mode(void *arg)
{
	spdk_app_stop(spdk_interrupt_mode_is_enabled() ? 0 : 9);
}

static void
what_was_set_for_the_process_is_set_back(void **state)
{
	struct spdk_app_opts opts;

	signal(SIGINT, own_handler);
	spdk_log_set_print_level(SPDK_LOG_ERROR);
	opts = quiet_opts("0x1");
	opts.print_level = SPDK_LOG_DEBUG;
	assert_int_equal(spdk_app_start(&opts, look_at_handlers, NULL), 0);
	spdk_app_fini();
	assert_int_equal(spdk_log_get_print_level(), SPDK_LOG_ERROR);
	assert_true(handler_is(SIGINT, own_handler));
	assert_true(handler_is(SIGTERM, SIG_DFL));
	assert_true(handler_is(SIGPIPE, SIG_DFL));
	/* Also after a start that failed. */
	opts.reactor_mask = "nonsense";
	assert_int_equal(spdk_app_start(&opts, look_at_handlers, NULL), 1);
	assert_int_equal(spdk_log_get_print_level(), SPDK_LOG_ERROR);
	assert_true(handler_is(SIGINT, own_handler));
	signal(SIGINT, SIG_DFL);
	spdk_log_set_print_level(SPDK_LOG_NOTICE);
}

static void
interrupt_mode_is_for_one_start(void **state)
{
	struct spdk_app_opts opts = quiet_opts("0x3");

	opts.interrupt_mode = true;
	assert_int_equal(spdk_app_start(&opts, look_at_interrupt_mode, NULL), 0);
	spdk_app_fini();
	assert_int_equal(run_app(look_at_interrupt_mode, NULL), 9);
	assert_false(spdk_interrupt_mode_is_enabled());
}

static void
reactors_that_get_no_os_thread_call_nothing(void **state)
{
	struct spdk_app_opts opts = quiet_opts("0x3");
	int rc;

	g_subsystem_finis = 0;
	/* One for the watchdog. */
	g_os_threads_left = 1;
	rc = spdk_app_start(&opts, stop_with, NULL);
	g_os_threads_left = -1;
	assert_int_equal(rc, 1);
	assert_int_equal(g_started, 0);
	assert_int_equal(g_subsystem_finis, 0);
	assert_true(log_captured("no OS thread for core 1", "'app_test' do not start", NULL));
	spdk_app_fini();
	assert_int_equal(run_app(stop_with, NULL), 0);
	assert_int_equal(g_started, 1);
	assert_int_equal(g_subsystem_finis, 1);
}

static void
a_subsystem_that_fails_ends_the_start_with_its_error(void **state)
{
	g_subsystem_rc = -ENODEV;
	g_subsystem_finis = 0;
	assert_int_equal(run_app(stop_with, NULL), -ENODEV);
	g_subsystem_rc = 0;
	assert_int_equal(g_started, 0);
	assert_int_equal(g_subsystem_finis, 0);
	assert_true(log_captured("'obedient'", "No such device", NULL));
}

static void
a_stop_during_the_start_waits_for_the_subsystem_and_calls_nothing(void **state)
{
	g_subsystem_is_slow = true;
	g_subsystem_finis = 0;
	assert_int_equal(run_app(stop_with, NULL), 4);
	g_subsystem_is_slow = false;
	pthread_join(g_reporter, NULL);
	assert_int_equal(g_started, 0);
	assert_int_equal(g_subsystem_finis, 1);
}

static void
look_at_masks(void *arg)
{
	struct spdk_cpuset mask, before;

	spdk_cpuset_zero(&before);
	spdk_cpuset_set_cpu(&before, 7, true);
	spdk_cpuset_copy(&mask, &before);
	if (spdk_cpuset_count(spdk_app_get_core_mask()) != 2 || spdk_app_get_shm_id() != 5 ||
	    spdk_app_parse_core_mask("nonsense", &mask) != -EINVAL ||
	    spdk_app_parse_core_mask(NULL, &mask) != -EINVAL ||
	    !spdk_cpuset_equal(&mask, &before)) {
		spdk_app_stop(8);
		return;
	}
	/* Core 5 is not of the application. */
	if (spdk_app_parse_core_mask("[1,5]", &mask) != 0 || spdk_cpuset_count(&mask) != 1 ||
	    !spdk_cpuset_get_cpu(&mask, 1)) {
		spdk_app_stop(9);
		return;
	}
	spdk_app_stop(0);
}

static void
masks_are_read_within_the_cores_of_the_application(void **state)
{
	struct spdk_app_opts opts = quiet_opts("0x3");

	opts.shm_id = 5;
	assert_int_equal(spdk_app_start(&opts, look_at_masks, NULL), 0);
	spdk_app_fini();
	assert_int_equal(log_capture_count(SPDK_LOG_ERROR), 2);
	assert_true(log_captured("'nonsense' is no core mask", "'(null)' is no core mask", NULL));
	assert_int_equal(spdk_app_get_shm_id(), -1);
}

static int
count_descriptors(void)
{
	DIR *folder = opendir("/proc/self/fd");
	int count = 0;

	assert_non_null(folder);
	while (readdir(folder) != NULL) {
		count++;
	}
	closedir(folder);
	return count;
}

static void
no_descriptor_is_left_over(void **state)
{
	struct spdk_app_opts opts = quiet_opts("0x3");
	int before;

	assert_int_equal(run_app(stop_with, NULL), 0);
	before = count_descriptors();
	assert_int_equal(run_app(stop_three_times, NULL), 5);
	assert_int_equal(count_descriptors(), before);
	opts.reactor_mask = "nonsense";
	assert_int_equal(spdk_app_start(&opts, stop_with, NULL), 1);
	assert_int_equal(count_descriptors(), before);
	opts = quiet_opts("0x3");
	opts.interrupt_mode = true;
	assert_int_equal(spdk_app_start(&opts, stop_with, NULL), 0);
	spdk_app_fini();
	assert_int_equal(count_descriptors(), before);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_function_runs_on_the_app_thread),
		cmocka_unit_test(the_first_code_that_is_not_zero_counts),
		cmocka_unit_test(anybody_may_stop_it),
		cmocka_unit_test(what_comes_without_an_application_is_explained),
		cmocka_unit_test(a_start_that_cannot_be_gives_one_and_may_be_tried_again),
		cmocka_unit_test(one_application_runs_at_a_time),
		cmocka_unit_test(a_start_during_the_start_is_refused),
		cmocka_unit_test(a_missing_fini_is_done_at_the_next_start),
		cmocka_unit_test(what_was_set_for_the_process_is_set_back),
		cmocka_unit_test(interrupt_mode_is_for_one_start),
		cmocka_unit_test(reactors_that_get_no_os_thread_call_nothing),
		cmocka_unit_test(a_subsystem_that_fails_ends_the_start_with_its_error),
		cmocka_unit_test(a_stop_during_the_start_waits_for_the_subsystem_and_calls_nothing),
		cmocka_unit_test(masks_are_read_within_the_cores_of_the_application),
		cmocka_unit_test(no_descriptor_is_left_over),
	};

	return cmocka_run_group_tests(tests, make_lock_folder, remove_lock_folder);
}
