/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Signals, and what asks for the end as they do: at any time, from anywhere, more than once, and to
 * programs that do not listen. Each in a process of its own.
 */
#include "app/app/child_fixture.h"
#include "app/app/lock_folder_fixture.h"
#include "spdk/env.h"
#include "spdk/init.h"
#include "spdk/log.h"
#include "spdk/string.h"
#include "spdk/thread.h"

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define PATIENCE 8.0

static struct spdk_app_opts
child_opts(void)
{
	struct spdk_app_opts opts;

	spdk_app_opts_init(&opts, sizeof(opts));
	opts.name = "app_signal_test";
	opts.rpc_addr = NULL;
	opts.reactor_mask = "0x3";
	return opts;
}

static int
run(struct spdk_app_opts *opts, spdk_msg_fn fn)
{
	int rc = spdk_app_start(opts, fn, NULL);

	spdk_app_fini();
	return rc;
}

static void
say_started(void *arg)
{
	fprintf(stderr, "started\n");
}

/* A subsystem that is asked to end, and meanwhile somebody is impatient. */
static bool g_fini_is_slow;
static struct spdk_poller *g_reporter;

static int
report(void *arg)
{
	spdk_poller_unregister(&g_reporter);
	spdk_subsystem_fini_next();
	return SPDK_POLLER_BUSY;
}

static void
init_subsystem(void)
{
	spdk_subsystem_init_next(0);
}

static void
fini_subsystem(void)
{
	if (g_fini_is_slow) {
		raise(SIGTERM);
		g_reporter = SPDK_POLLER_REGISTER(report, NULL, 100000);
		return;
	}
	spdk_subsystem_fini_next();
}

static struct spdk_subsystem g_test_subsystem = {
	.name = "unhurried",
	.init = init_subsystem,
	.fini = fini_subsystem,
};

SPDK_SUBSYSTEM_REGISTER(g_test_subsystem);

static struct child g_child;

static void
check_child(int (*main_fn)(void *), int status)
{
	child_start(&g_child, main_fn, NULL);
	child_wait(&g_child, PATIENCE);
	if (g_child.status != status) {
		fprintf(stderr, "%s\n", g_child.output);
	}
	assert_int_equal(g_child.status, status);
}

/* A log that raises a signal at its first message, which comes while the environment starts. */
static void
log_and_raise(int level, const char *file, const int line, const char *func, const char *format,
	      va_list args)
{
	static bool has_raised;

	vfprintf(stderr, format, args);
	if (!has_raised) {
		has_raised = true;
		fprintf(stderr, "raised\n");
		raise(SIGTERM);
	}
}

static int
signal_while_starting(void *arg)
{
	struct spdk_app_opts opts = child_opts();
	char mask[32];

	/* More cores than CPUs, so that there is something to log. */
	snprintf(mask, sizeof(mask), "[0-%ld]", sysconf(_SC_NPROCESSORS_ONLN));
	opts.reactor_mask = mask;
	opts.log = log_and_raise;
	return run(&opts, say_started);
}

static void
a_signal_during_the_start_ends_it_before_the_first_function(void **state)
{
	check_child(signal_while_starting, 0);
	assert_true(child_said(&g_child, "raised", NULL));
	assert_null(strstr(g_child.output, "started"));
}

static void
own_critical(void *arg)
{
	fprintf(stderr, "own critical message\n");
}

static void
take_the_slot(void *arg)
{
	if (spdk_thread_send_critical_msg(spdk_get_thread(), own_critical) != 0) {
		_exit(8);
	}
	raise(SIGTERM);
}

static int
signal_finds_slot_taken(void *arg)
{
	struct spdk_app_opts opts = child_opts();

	return run(&opts, take_the_slot);
}

static void
a_signal_that_finds_the_critical_message_taken_is_not_lost(void **state)
{
	check_child(signal_finds_slot_taken, 0);
	assert_true(child_said(&g_child, "own critical message", NULL));
}

static void
own_handler(int number)
{
	spdk_app_start_shutdown();
}

static void
raise_term(void *arg)
{
	raise(SIGTERM);
}

static int
own_handlers(void *arg)
{
	struct spdk_app_opts opts = child_opts();

	signal(SIGTERM, own_handler);
	/* Nothing is running yet, so nothing comes of it. */
	raise(SIGTERM);
	opts.disable_signal_handlers = true;
	return run(&opts, raise_term);
}

static void
hang_up_pipe(void *arg)
{
	int pipe_fds[2];

	if (pipe(pipe_fds) != 0) {
		_exit(9);
	}
	close(pipe_fds[0]);
	(void)!write(pipe_fds[1], "x", 1);
	raise(SIGTERM);
}

static int
no_handlers(void *arg)
{
	struct spdk_app_opts opts = child_opts();

	opts.disable_signal_handlers = true;
	return run(&opts, hang_up_pipe);
}

static int
our_handlers(void *arg)
{
	struct spdk_app_opts opts = child_opts();

	return run(&opts, hang_up_pipe);
}

static void
signals_are_left_alone_when_the_program_wants_them(void **state)
{
	check_child(own_handlers, 0);
	check_child(no_handlers, 128 + SIGPIPE);
	check_child(our_handlers, 0);
}

static void *
ask_from_outside(void *arg)
{
	spdk_app_start_shutdown();
	return NULL;
}

static void
start_asker(void *arg)
{
	pthread_t os_thread;

	if (pthread_create(&os_thread, NULL, ask_from_outside, NULL) == 0) {
		pthread_detach(os_thread);
	}
}

static void
stop_with_six(void)
{
	fprintf(stderr, "%s\n",
		spdk_get_thread() == spdk_thread_get_app_thread() ? "on the app thread" : "lost");
	spdk_app_stop(6);
	/* As a signal that comes meanwhile: it must not be called again. */
	raise(SIGINT);
	raise(SIGINT);
}

static int
ask_os_thread(void *arg)
{
	struct spdk_app_opts opts = child_opts();

	opts.shutdown_cb = stop_with_six;
	return run(&opts, start_asker);
}

static void
the_end_may_be_asked_for_from_an_os_thread(void **state)
{
	char *first;

	check_child(ask_os_thread, 6);
	first = strstr(g_child.output, "on the app thread");
	assert_non_null(first);
	assert_null(strstr(first + 1, "on the app thread"));
}

static void
say_shutdown(void)
{
	fprintf(stderr, "shutdown_cb\n");
}

static int
never_stops(void *arg)
{
	struct spdk_app_opts opts = child_opts();

	opts.shutdown_cb = say_shutdown;
	return run(&opts, say_started);
}

static void
a_program_that_never_stops_is_stopped_by_those_who_insist(void **state)
{
	child_start(&g_child, never_stops, NULL);
	assert_true(child_says(&g_child, "started", PATIENCE));
	kill(g_child.pid, SIGTERM);
	assert_true(child_says(&g_child, "shutdown_cb", PATIENCE));
	/* Three in a hurry are one who is in a hurry: what was begun goes on. */
	kill(g_child.pid, SIGTERM);
	usleep(100000);
	kill(g_child.pid, SIGINT);
	assert_true(child_says(&g_child, "was asked to shut down before", PATIENCE));
	usleep(5100000);
	assert_int_equal(waitpid(g_child.pid, NULL, WNOHANG), 0);
	kill(g_child.pid, SIGTERM);
	child_wait(&g_child, 6 + PATIENCE);
	assert_int_equal(g_child.status, (uint8_t)-ECANCELED);
	assert_true(
		child_said(&g_child, "has not called spdk_app_stop() after its shutdown_cb", NULL));
}

static void
stop_at_once(void *arg)
{
	spdk_app_stop(0);
}

static void
stop_with_seven(void *arg)
{
	spdk_app_stop(7);
}

static int
ends_slowly(void *arg)
{
	struct spdk_app_opts opts = child_opts();

	g_fini_is_slow = true;
	opts.shutdown_cb = say_shutdown;
	return run(&opts, stop_with_seven);
}

static void
a_signal_during_the_end_changes_nothing(void **state)
{
	check_child(ends_slowly, 7);
	assert_true(child_said(&g_child, "The application is stopping already", NULL));
	assert_null(strstr(g_child.output, "shutdown_cb"));
	assert_null(strstr(g_child.output, "did not report back"));
}

static int
never_ends(void *arg)
{
	struct spdk_app_opts opts = child_opts();

	(void)spdk_app_start(&opts, stop_at_once, NULL);
	/* A signal that meant the application comes late, and does not kill the program. */
	raise(SIGTERM);
	fprintf(stderr, "returned\n");
	raise(SIGTERM);
	fprintf(stderr, "deaf\n");
	return 0;
}

static void
a_program_without_fini_can_be_killed(void **state)
{
	check_child(never_ends, 128 + SIGTERM);
	assert_true(child_said(&g_child, "returned", NULL));
	assert_null(strstr(g_child.output, "deaf"));
}

/* Those that were killed may have left their locks. */
static int
remove_folder(void **state)
{
	char path[64];

	for (int core = 0; core < 2; core++) {
		snprintf(path, sizeof(path), "%s/spdk_cpu_lock_%03d", g_lock_folder, core);
		(void)unlink(path);
	}
	return remove_lock_folder(state);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_signal_during_the_start_ends_it_before_the_first_function),
		cmocka_unit_test(a_signal_that_finds_the_critical_message_taken_is_not_lost),
		cmocka_unit_test(signals_are_left_alone_when_the_program_wants_them),
		cmocka_unit_test(the_end_may_be_asked_for_from_an_os_thread),
		cmocka_unit_test(a_program_that_never_stops_is_stopped_by_those_who_insist),
		cmocka_unit_test(a_signal_during_the_end_changes_nothing),
		cmocka_unit_test(a_program_without_fini_can_be_killed),
	};

	return cmocka_run_group_tests(tests, make_lock_folder, remove_folder);
}
