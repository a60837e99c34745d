/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The ways in which people get stuck with an application, and what they get here. Each runs in a
 * process of its own; the numbers are those of the list of traps.
 */
#include "app/app/child_fixture.h"
#include "app/app/lock_folder_fixture.h"
#include "spdk/env.h"
#include "spdk/init.h"
#include "spdk/log.h"
#include "spdk/string.h"
#include "spdk/thread.h"
#include "spdk_internal/event.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/prctl.h>

#include <cmocka.h>

/* Instrumented builds are slow; what is promised in seconds then gets some more. */
#define PATIENCE 8.0

static bool g_subsystem_hangs;

static void
init_subsystem(void)
{
	if (!g_subsystem_hangs) {
		spdk_subsystem_init_next(0);
	}
}

static void
fini_subsystem(void)
{
	spdk_subsystem_fini_next();
}

static struct spdk_subsystem g_test_subsystem = {
	.name = "sleepyhead",
	.init = init_subsystem,
	.fini = fini_subsystem,
};

SPDK_SUBSYSTEM_REGISTER(g_test_subsystem);

struct setup {
	const char *mask;
	spdk_msg_fn start_fn;
	spdk_app_shutdown_cb shutdown_cb;
};

static int
run_app(void *arg)
{
	const struct setup *setup = arg;
	struct spdk_app_opts opts;
	int rc;

	spdk_app_opts_init(&opts, sizeof(opts));
	opts.name = "app_trap_test";
	opts.rpc_addr = NULL;
	opts.reactor_mask = setup->mask != NULL ? setup->mask : opts.reactor_mask;
	opts.shutdown_cb = setup->shutdown_cb;
	rc = spdk_app_start(&opts, setup->start_fn, NULL);
	spdk_app_fini();
	return rc;
}

/* S3 */

static void
say_started(void *arg)
{
	fprintf(stderr, "started\n");
}

static void
say_shutdown(void)
{
	fprintf(stderr, "shutdown_cb\n");
	spdk_app_stop(5);
}

static void
check_signal_ends(int signal, spdk_app_shutdown_cb shutdown_cb, int status)
{
	struct setup setup = {.mask = "0x3", .start_fn = say_started, .shutdown_cb = shutdown_cb};
	static struct child child;

	child_start(&child, run_app, &setup);
	assert_true(child_says(&child, "started", PATIENCE));
	usleep(500000);
	kill(child.pid, signal);
	child_wait(&child, PATIENCE);
	assert_int_equal(child.status, status);
	/* It waited for half a second, and slept meanwhile. */
	assert_true(child.seconds >= 0.5);
	assert_true(child.cpu_seconds < child.seconds / 2);
}

static void
an_application_that_nobody_stops_sleeps_until_a_signal(void **state)
{
	check_signal_ends(SIGINT, NULL, 0);
	check_signal_ends(SIGTERM, NULL, 0);
}

static void
a_signal_asks_the_application_first(void **state)
{
	check_signal_ends(SIGTERM, say_shutdown, 5);
}

/* S4, F3 */

static int g_device;

static int
make_channel(void *io_device, void *ctx)
{
	return 0;
}

static void
free_channel(void *io_device, void *ctx)
{
}

static int
idle_poller(void *arg)
{
	return SPDK_POLLER_IDLE;
}

/* Nobody looks at it; without it the compiler jumps, and this function is in no backtrace. */
static struct spdk_poller *volatile g_held;

static void
hold_poller(void *arg)
{
	g_held = SPDK_POLLER_REGISTER(idle_poller, NULL, 1000);
}

static void
stop_inside_the_first_callback(void *arg)
{
	struct spdk_thread *thread = spdk_thread_create("reader", NULL);

	spdk_thread_send_msg(thread, hold_poller, NULL);
	hold_poller(NULL);
	spdk_app_stop(7);
}

static void
stopping_inside_the_first_callback_ends_what_is_left(void **state)
{
	struct setup setup = {.mask = "0x3", .start_fn = stop_inside_the_first_callback};
	static struct child child;

	child_start(&child, run_app, &setup);
	child_wait(&child, PATIENCE);
	assert_int_equal(child.status, 7);
	/* What exits by itself would have 5 s. */
	assert_true(child.seconds < 4.5);
	assert_true(child_said(&child, "'reader'", "spdk_thread_exit()", "idle_poller",
			       "hold_poller", "'app_thread'", NULL));
}

static void
hold_channel(void *arg)
{
	(void)spdk_get_io_channel(&g_device);
	spdk_app_stop(3);
}

static void
start_holder(void *arg)
{
	spdk_io_device_register(&g_device, make_channel, free_channel, 8, "the_device");
	spdk_thread_send_msg(spdk_thread_create("holder", NULL), hold_channel, NULL);
}

static void
a_channel_that_is_never_put_is_named(void **state)
{
	struct setup setup = {.mask = "0x3", .start_fn = start_holder};
	static struct child child;

	child_start(&child, run_app, &setup);
	child_wait(&child, 6 + PATIENCE);
	assert_int_equal(child.status, 3);
	assert_true(
		child_said(&child, "'holder'", "the_device", "hold_channel", "start_holder", NULL));
}

/* F4 */

static void
a_subsystem_that_does_not_report_back_is_named(void **state)
{
	struct setup setup = {.start_fn = say_started};
	static struct child child;

	g_subsystem_hangs = true;
	child_start(&child, run_app, &setup);
	g_subsystem_hangs = false;
	assert_true(child_says(&child, "'sleepyhead' has not reported back", 7 + PATIENCE));
	kill(child.pid, SIGTERM);
	child_wait(&child, 10 + PATIENCE);
	assert_int_equal(child.status, 0);
	assert_null(strstr(child.output, "started"));
	assert_true(child_said(&child, "spdk_subsystem_init_next()", NULL));
}

/* F5 */

static struct spdk_poller *volatile g_stalling;
static bool g_stalls_in_kernel;

/* Not inlined: it is to be found in the backtrace. */
static void __attribute__((noinline)) compute_for_ever(clockid_t clock, uint64_t ns)
{
	uint64_t end = child_clock_ns(clock) + ns;
	static volatile uint64_t sum;

	while (child_clock_ns(clock) < end) {
		sum = sum + 1;
	}
}

static int
stall(void *arg)
{
	uint64_t start = child_now_ns();

	if (g_stalls_in_kernel) {
		usleep(2500000);
	} else {
		/* Of its own time: on a busy machine it is not to blame for the first second. */
		compute_for_ever(CLOCK_THREAD_CPUTIME_ID, UINT64_C(2500000000));
	}
	/* 8: the report has cut the sleep short. */
	spdk_app_stop(child_now_ns() - start >= UINT64_C(2500000000) ? 0 : 8);
	spdk_poller_unregister((struct spdk_poller **)(uintptr_t)&g_stalling);
	spdk_thread_exit(spdk_get_thread());
	return SPDK_POLLER_BUSY;
}

static void
begin_to_stall(void *arg)
{
	g_stalling = SPDK_POLLER_REGISTER(stall, NULL, 0);
}

static void
run_on_other_core(spdk_msg_fn fn)
{
	struct spdk_cpuset other_core;

	spdk_cpuset_zero(&other_core);
	spdk_cpuset_set_cpu(&other_core, 1, true);
	spdk_thread_send_msg(spdk_thread_create("slow", &other_core), fn, NULL);
}

static void
start_stalling(void *arg)
{
	run_on_other_core(begin_to_stall);
}

static void
a_poller_that_does_not_return_is_reported_with_a_backtrace(void **state)
{
	struct setup setup = {.mask = "0x3", .start_fn = start_stalling};
	static struct child child;

	g_stalls_in_kernel = false;
	child_start(&child, run_app, &setup);
	child_wait(&child, 20 + PATIENCE);
	assert_int_equal(child.status, 0);
	assert_true(child_said(&child, "Reactor 1 has been in poller 'stall'", "of thread 'slow'",
			       "compute_for_ever", "app_trap_test.c", NULL));
}

static void
a_poller_that_sleeps_is_reported_and_left_alone(void **state)
{
	struct setup setup = {.mask = "0x3", .start_fn = start_stalling};
	static struct child child;

	g_stalls_in_kernel = true;
	child_start(&child, run_app, &setup);
	child_wait(&child, 4 + PATIENCE);
	assert_int_equal(child.status, 0);
	assert_true(child_said(&child, "Reactor 1 has been in stall", "sleeps in clock_nanosleep",
			       NULL));
}

/* Two of a kind on a core, of which one gets what the other leaves. */

static void
run_until_killed(int cpu)
{
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(cpu, &cpus);
	(void)sched_setaffinity(0, sizeof(cpus), &cpus);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		continue;
	}
}

static int
starve(void *arg)
{
	const struct sched_param none = {0};
	cpu_set_t cpus;
	pid_t other;
	int cpu = 0;

	if (sched_getaffinity(0, sizeof(cpus), &cpus) != 0) {
		_exit(9);
	}
	while (!CPU_ISSET(cpu, &cpus)) {
		cpu++;
	}
	other = fork();
	if (other == 0) {
		run_until_killed(cpu);
	}
	/* As good as nothing, while the other runs. */
	if (sched_setscheduler(0, SCHED_IDLE, &none) != 0) {
		_exit(9);
	}
	compute_for_ever(CLOCK_MONOTONIC, UINT64_C(3500000000));
	kill(other, SIGKILL);
	waitpid(other, NULL, 0);
	spdk_app_stop(0);
	spdk_poller_unregister((struct spdk_poller **)(uintptr_t)&g_stalling);
	spdk_thread_exit(spdk_get_thread());
	return SPDK_POLLER_BUSY;
}

static void
begin_to_starve(void *arg)
{
	g_stalling = SPDK_POLLER_REGISTER(starve, NULL, 0);
}

static void
start_starving(void *arg)
{
	run_on_other_core(begin_to_starve);
}

static void
a_poller_that_gets_no_cpu_is_not_blamed(void **state)
{
	struct setup setup = {.mask = "0x3", .start_fn = start_starving};
	static struct child child;

	if (access("/proc/self/schedstat", R_OK) != 0) {
		skip();
	}
	child_start(&child, run_app, &setup);
	child_wait(&child, 10 + PATIENCE);
	assert_int_equal(child.status, 0);
	/* It may be that it did not get to say that it is a poller. */
	assert_true(child_said(&child, "Reactor 1 has been in ", "starve",
			       "s for a CPU: others run on its core", NULL));
	assert_null(strstr(child.output, "should return within microseconds"));
}

/* F8 */

static uint32_t g_visits;

static void
count_visit(void *arg1, void *arg2)
{
	g_visits++;
}

static void
check_visits(void *arg1, void *arg2)
{
	spdk_app_stop(g_visits == spdk_env_get_core_count() ? 0 : 9);
}

static void
visit_all(void *arg)
{
	spdk_for_each_reactor(count_visit, NULL, NULL, check_visits);
}

static void
there_may_be_more_reactors_than_cpus(void **state)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	char mask[32];
	struct setup setup = {.mask = mask, .start_fn = visit_all};
	static struct child child;

	snprintf(mask, sizeof(mask), "[0-%ld]", cpus * 3);
	child_start(&child, run_app, &setup);
	child_wait(&child, PATIENCE);
	assert_int_equal(child.status, 0);
	assert_true(child_said(&child, "NOTICE", "core(s) on", NULL));
}

/* F10 */

static void
check_second(const char *mask, int status, const char *level)
{
	struct setup first_setup = {.mask = "0x1", .start_fn = say_started};
	struct setup setup = {.mask = mask, .start_fn = visit_all};
	static struct child first, second;
	char pid[32];

	child_start(&first, run_app, &first_setup);
	assert_true(child_says(&first, "started", PATIENCE));
	child_start(&second, run_app, &setup);
	child_wait(&second, PATIENCE);
	kill(first.pid, SIGTERM);
	child_wait(&first, PATIENCE);
	assert_int_equal(second.status, status);
	snprintf(pid, sizeof(pid), "%d (", (int)first.pid);
	assert_true(child_said(&second, level, pid, "app_trap_test", NULL));
}

static void
a_core_that_another_application_has_is_an_error_when_asked_for(void **state)
{
	check_second("[0,1]", 1, "ERROR");
}

static void
a_core_that_another_application_has_is_shared_by_default(void **state)
{
	check_second(NULL, 0, "NOTICE");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_application_that_nobody_stops_sleeps_until_a_signal),
		cmocka_unit_test(a_signal_asks_the_application_first),
		cmocka_unit_test(stopping_inside_the_first_callback_ends_what_is_left),
		cmocka_unit_test(a_channel_that_is_never_put_is_named),
		cmocka_unit_test(a_subsystem_that_does_not_report_back_is_named),
		cmocka_unit_test(a_poller_that_does_not_return_is_reported_with_a_backtrace),
		cmocka_unit_test(a_poller_that_sleeps_is_reported_and_left_alone),
		cmocka_unit_test(a_poller_that_gets_no_cpu_is_not_blamed),
		cmocka_unit_test(there_may_be_more_reactors_than_cpus),
		cmocka_unit_test(a_core_that_another_application_has_is_an_error_when_asked_for),
		cmocka_unit_test(a_core_that_another_application_has_is_shared_by_default),
	};

	return cmocka_run_group_tests(tests, make_lock_folder, remove_lock_folder);
}
