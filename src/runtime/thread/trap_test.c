/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What people run into, and what they are to be told: the object, where it was made, what is wrong,
 * what to do.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/log_capture.h"
#include "spdk/env.h"
#include "spdk/stdinc.h"
#include "spdk/thread.h"
#include "spindle/thread.h"

static int g_ran;

static void
count_run(void *arg)
{
	g_ran++;
}

static int
count_poll(void *arg)
{
	g_ran++;
	return SPDK_POLLER_BUSY;
}

static void
exit_self(void *arg)
{
	spdk_thread_exit(spdk_get_thread());
}

static void
end_thread(struct spdk_thread *thread)
{
	spdk_thread_send_msg(thread, exit_self, NULL);
	while (!spdk_thread_is_exited(thread)) {
		spdk_thread_poll(thread, 0, 0);
	}
	spdk_thread_destroy(thread);
}

static int
set_up(void **state)
{
	g_ran = 0;
	log_capture_start();
	return 0;
}

static int
tear_down(void **state)
{
	spdk_thread_lib_fini();
	spdk_log_close();
	return 0;
}

/* The watchdog says so within seconds, where it gets a CPU. */
#define PATIENCE_MS 20000

static bool
is_logged_in_time(const char *word)
{
	for (int ms = 0; ms < PATIENCE_MS; ms += 10) {
		bool found;

		pthread_mutex_lock(&g_log_capture.lock);
		found = strstr(g_log_capture.text, word) != NULL;
		pthread_mutex_unlock(&g_log_capture.lock);
		if (found) {
			return true;
		}
		usleep(10000);
	}
	return false;
}

/* S2: no environment is needed for a thread, its messages and its pollers. */
static void
thread_works_before_the_environment_is_up(void **state)
{
	struct spdk_thread *thread;
	struct spdk_poller *poller;

	assert_int_equal(spdk_thread_lib_init(NULL, 0), 0);
	thread = spdk_thread_create("early", NULL);
	assert_non_null(thread);
	assert_int_equal(spdk_thread_send_msg(thread, count_run, NULL), 0);
	spdk_set_thread(thread);
	poller = spdk_poller_register(count_poll, NULL, 0);
	spdk_set_thread(NULL);
	spdk_thread_poll(thread, 0, 0);
	assert_int_equal(g_ran, 2);
	spdk_set_thread(thread);
	spdk_poller_unregister(&poller);
	spdk_set_thread(NULL);
	end_thread(thread);
	assert_true(log_captured_nothing());
}

static void
create_without_library_names_the_call_that_is_missing(void **state)
{
	assert_null(spdk_thread_create("orphan", NULL));
	assert_true(log_captured("spdk_thread_lib_init_ext()", "spdk_app_start()", NULL));
}

static int
new_thread_does_nothing(struct spdk_thread *thread, enum spdk_thread_op op)
{
	return 0;
}

static bool
supports_new(enum spdk_thread_op op)
{
	return op == SPDK_THREAD_OP_NEW;
}

/* S6, S7: while no code of ours runs. */
static void
thread_that_nobody_polls_is_reported(void **state)
{
	struct spdk_thread *thread;

	assert_int_equal(spdk_thread_lib_init_ext(new_thread_does_nothing, supports_new, 0, 0), 0);
	thread = spdk_thread_create("forgotten", NULL);
	spdk_thread_send_msg(thread, count_run, NULL);
	spdk_thread_send_msg(thread, count_run, NULL);

	assert_true(is_logged_in_time("never been polled"));
	assert_true(log_captured("'forgotten'", "2 messages waiting", "thread_that_nobody_polls_is",
				 "SPDK_THREAD_OP_NEW", "spdk_thread_poll()", "no OS thread", NULL));
	/* Once is enough. */
	log_capture_clear();
	usleep(2000000);
	assert_true(log_captured_nothing());
	end_thread(thread);
	assert_int_equal(g_ran, 2);
}

static void
thread_that_is_polled_is_not_reported(void **state)
{
	struct spdk_thread *thread;
	uint64_t end;
	int i;

	assert_int_equal(spdk_thread_lib_init(NULL, 0), 0);
	thread = spdk_thread_create("polled", NULL);
	/* There is always a message waiting, so that only the polls tell. */
	for (i = 0; i < 300000; i++) {
		spdk_thread_send_msg(thread, count_run, NULL);
		/* All of them take seconds where it is instrumented. */
		if (i % 1000 == 0) {
			spdk_thread_poll(thread, 0, 0);
		}
	}
	end = spdk_get_ticks() + 3 * spdk_get_ticks_hz();
	while (spdk_get_ticks() < end) {
		spdk_thread_poll(thread, 0, 0);
		usleep(100);
	}
	assert_true(g_ran < 300000);
	end_thread(thread);
	assert_true(log_captured_nothing());
}

/* S9: polled once, then not queued again. */
static void
thread_that_is_polled_no_more_is_reported(void **state)
{
	struct spdk_thread *thread;

	assert_int_equal(spdk_thread_lib_init(NULL, 0), 0);
	thread = spdk_thread_create("dropped", NULL);
	spdk_thread_send_msg(thread, count_run, NULL);
	spdk_thread_poll(thread, 0, 0);
	spdk_thread_send_msg(thread, count_run, NULL);
	assert_true(is_logged_in_time("has not been polled for a second"));
	assert_true(
		log_captured("'dropped'", "queue it again after each spdk_thread_poll()", NULL));
	end_thread(thread);
}

static int
refuses_all(struct spdk_thread *thread, enum spdk_thread_op op)
{
	return -ENOTSUP;
}

static bool
supports_all(enum spdk_thread_op op)
{
	return true;
}

static bool
supports_nothing(enum spdk_thread_op op)
{
	return false;
}

/* S8 */
static void
unsupported_operation_declared_as_supported_is_named(void **state)
{
	assert_int_equal(spdk_thread_lib_init_ext(refuses_all, supports_all, 0, 0), 0);
	assert_null(spdk_thread_create("refused", NULL));
	assert_true(log_captured("SPDK_THREAD_OP_NEW", "refuses_all", "supports_all", "-ENOTSUP",
				 NULL));
	assert_int_equal(spdk_thread_get_count(), 0);
}

static void
operation_declared_as_unsupported_is_named(void **state)
{
	struct spdk_thread *thread;
	struct spdk_cpuset cpuset;

	assert_int_equal(spdk_thread_lib_init_ext(new_thread_does_nothing, supports_nothing, 0, 0),
			 0);
	thread = spdk_thread_create("unannounced", NULL);
	assert_non_null(thread);
	assert_true(log_captured("SPDK_THREAD_OP_NEW", "supports_nothing", NULL));

	spdk_set_thread(thread);
	spdk_cpuset_zero(&cpuset);
	spdk_cpuset_set_cpu(&cpuset, 0, true);
	assert_int_equal(spdk_thread_set_cpumask(&cpuset), -ENOTSUP);
	spdk_set_thread(NULL);
	assert_true(log_captured("SPDK_THREAD_OP_RESCHED", "supports_nothing", NULL));
	end_thread(thread);
}

/* F1: the reference stops at 992. */
static void
many_threads_fit(void **state)
{
	/* More than one region of thread memory holds. */
	enum { COUNT = 60000 };
	struct spdk_thread **threads = calloc(COUNT, sizeof(threads[0]));
	int i;

	assert_int_equal(spdk_thread_lib_init(NULL, 0), 0);
	for (i = 0; i < COUNT; i++) {
		threads[i] = spdk_thread_create(NULL, NULL);
		assert_non_null(threads[i]);
		assert_int_equal(spdk_thread_send_msg(threads[i], count_run, NULL), 0);
	}
	for (i = 0; i < COUNT; i++) {
		spdk_thread_poll(threads[i], 0, 0);
	}
	assert_int_equal(g_ran, COUNT);
	for (i = COUNT - 1; i >= 0; i--) {
		end_thread(threads[i]);
	}
	free(threads);
}

/* F2 */
static void
queue_grows_far_beyond_the_reference(void **state)
{
	enum { COUNT = 1000000 };
	struct spdk_thread *thread;
	int i;

	assert_int_equal(spdk_thread_lib_init(NULL, 0), 0);
	thread = spdk_thread_create("deep", NULL);
	for (i = 0; i < COUNT; i++) {
		assert_int_equal(spdk_thread_send_msg(thread, count_run, NULL), 0);
	}
	while (g_ran < COUNT) {
		assert_int_equal(spdk_thread_poll(thread, 0, 0), 1);
	}
	end_thread(thread);
}

static void
send_to_an_exited_thread_is_refused_and_explained(void **state)
{
	struct spdk_thread *thread;

	assert_int_equal(spdk_thread_lib_init(NULL, 0), 0);
	thread = spdk_thread_create("gone", NULL);
	spdk_thread_send_msg(thread, exit_self, NULL);
	while (!spdk_thread_is_exited(thread)) {
		spdk_thread_poll(thread, 0, 0);
	}
	assert_int_equal(spdk_thread_send_msg(thread, count_run, NULL), -EIO);
	assert_true(log_captured("'gone'", "has exited", "count_run",
				 "send_to_an_exited_thread_is_refused", NULL));
	assert_int_equal(spdk_thread_send_critical_msg(thread, count_run), -EIO);
	spdk_thread_destroy(thread);
	assert_int_equal(g_ran, 0);
}

static void
send_to_a_destroyed_thread_is_refused_and_explained(void **state)
{
	struct spdk_thread *thread, *others[100];
	int i;

	assert_int_equal(spdk_thread_lib_init(NULL, 0), 0);
	thread = spdk_thread_create("app", NULL);
	others[0] = spdk_thread_create("stale", NULL);
	end_thread(others[0]);
	/* Threads made since do not take its place at once. */
	for (i = 1; i < 100; i++) {
		others[i] = spdk_thread_create(NULL, NULL);
	}
	assert_int_equal(spdk_thread_send_msg(others[0], count_run, NULL), -EIO);
	assert_true(log_captured("no thread any more", "destroyed", "count_run", NULL));
	for (i = 1; i < 100; i++) {
		spdk_thread_poll(others[i], 0, 0);
		end_thread(others[i]);
	}
	end_thread(thread);
	assert_int_equal(g_ran, 0);
}

static _Atomic int g_calls_back;

static void
call_back(int level, const char *file, const int line, const char *func, const char *format,
	  va_list args)
{
	g_calls_back++;
	assert_null(spdk_thread_get_by_id(12345));
}

/* A log of the application's may ask for threads: no lock is held while it runs. */
static void
log_may_call_back_into_the_library(void **state)
{
	struct spdk_thread *app, *gone;

	spdk_log_close();
	spdk_log_open(call_back);
	g_calls_back = 0;
	assert_int_equal(spdk_thread_lib_init_ext(new_thread_does_nothing, supports_new, 0, 0), 0);
	app = spdk_thread_create("forgotten", NULL);
	gone = spdk_thread_create("gone", NULL);
	end_thread(gone);
	assert_int_equal(spdk_thread_send_msg(gone, count_run, NULL), -EIO);
	assert_int_equal(g_calls_back, 1);
	/* And from the watchdog. */
	spdk_thread_send_msg(app, count_run, NULL);
	for (int ms = 0; g_calls_back < 2 && ms < PATIENCE_MS; ms += 10) {
		usleep(10000);
	}
	assert_int_equal(g_calls_back, 2);
	end_thread(app);
}

static void
limit_asked_for_is_kept(void **state)
{
	struct spdk_thread *thread;
	int accepted = 0;

	assert_int_equal(spdk_thread_lib_init(NULL, 0), 0);
	thread = spdk_thread_create("limited", NULL);
	spindle_thread_set_message_limit(thread, 100);
	while (accepted < 1000 && spdk_thread_send_msg(thread, count_run, NULL) == 0) {
		accepted++;
	}
	assert_in_range(accepted, 100, 130);
	assert_int_equal(spdk_thread_send_msg(thread, count_run, NULL), -ENOMEM);
	while (g_ran < accepted) {
		spdk_thread_poll(thread, 0, 0);
	}
	assert_int_equal(spdk_thread_send_msg(thread, count_run, NULL), 0);
	end_thread(thread);
	assert_int_equal(g_ran, accepted + 1);
}

/* F6: each call from a thread that does not own the object. */
static void
wrong_thread_is_explained(void **state)
{
	struct spdk_thread *owner, *other;
	struct spdk_poller *poller, *kept;

	assert_int_equal(spdk_thread_lib_init(NULL, 0), 0);
	owner = spdk_thread_create("owner", NULL);
	other = spdk_thread_create("other", NULL);
	spdk_set_thread(owner);
	poller = spdk_poller_register_named(count_poll, NULL, 0, "the_poller");
	kept = poller;

	spdk_set_thread(other);
	spdk_poller_unregister(&poller);
	assert_ptr_equal(poller, kept);
	assert_true(log_captured("spdk_poller_unregister()", "'the_poller'", "'owner'", "'other'",
				 "wrong_thread_is_explained", "spdk_thread_send_msg()", NULL));
	log_capture_clear();
	spdk_poller_pause(poller);
	assert_true(log_captured("spdk_poller_pause()", "'owner'", "'other'", NULL));
	log_capture_clear();
	spdk_set_thread(NULL);
	spdk_poller_unregister(&poller);
	assert_true(log_captured("OS thread", "running no spdk_thread", NULL));
	log_capture_clear();
	assert_null(spdk_poller_register(count_poll, NULL, 0));
	assert_true(log_captured("spdk_poller_register()", "spdk_set_thread()", NULL));
	log_capture_clear();
	spdk_thread_exit(owner);
	assert_true(log_captured("spdk_thread_exit()", "'owner'", NULL));

	spdk_set_thread(owner);
	spdk_poller_unregister(&poller);
	spdk_set_thread(NULL);
	while (!spdk_thread_is_exited(owner)) {
		spdk_thread_poll(owner, 0, 0);
	}
	spdk_thread_destroy(owner);
	end_thread(other);
}

static int
make_channel(void *device, void *ctx)
{
	return 0;
}

static void
free_channel(void *device, void *ctx)
{
}

static void
wrong_thread_of_a_channel_is_explained(void **state)
{
	struct spdk_thread *owner, *other;
	struct spdk_io_channel *channel;
	int device;

	assert_int_equal(spdk_thread_lib_init(NULL, 0), 0);
	owner = spdk_thread_create("owner", NULL);
	other = spdk_thread_create("other", NULL);
	spdk_set_thread(owner);
	spdk_io_device_register(&device, make_channel, free_channel, 0, "the_device");
	channel = spdk_get_io_channel(&device);
	assert_non_null(channel);

	spdk_set_thread(other);
	spdk_put_io_channel(channel);
	assert_true(
		log_captured("spdk_put_io_channel()", "'the_device'", "'owner'", "'other'", NULL));

	spdk_set_thread(owner);
	spdk_put_io_channel(channel);
	spdk_io_device_unregister(&device, NULL);
	spdk_set_thread(NULL);
	end_thread(owner);
	end_thread(other);
}

static void *
poll_elsewhere(void *arg)
{
	return (void *)(intptr_t)spdk_thread_poll(arg, 0, 0);
}

static void
poll_from_another_os_thread(void *arg)
{
	pthread_t pthread;
	void *rc;

	assert_int_equal(pthread_create(&pthread, NULL, poll_elsewhere, arg), 0);
	pthread_join(pthread, &rc);
	assert_null(rc);
}

static void
two_os_threads_polling_one_thread_is_explained(void **state)
{
	struct spdk_thread *thread;

	assert_int_equal(spdk_thread_lib_init(NULL, 0), 0);
	thread = spdk_thread_create("shared", NULL);
	spdk_thread_send_msg(thread, poll_from_another_os_thread, thread);
	spdk_thread_poll(thread, 0, 0);
	assert_true(log_captured("'shared'", "being polled by another OS thread", NULL));
	end_thread(thread);
}

/* Destroying what has not exited would be memory corruption; it is refused. */
static void
destroy_before_exit_is_refused(void **state)
{
	struct spdk_thread *thread;

	assert_int_equal(spdk_thread_lib_init(NULL, 0), 0);
	thread = spdk_thread_create("alive", NULL);
	spdk_thread_destroy(thread);
	assert_true(log_captured("spdk_thread_destroy()", "'alive'", "spdk_thread_exit()", NULL));
	assert_int_equal(spdk_thread_send_msg(thread, count_run, NULL), 0);
	end_thread(thread);
	assert_int_equal(g_ran, 1);
}

/* After 5 s the thread is ended, and what held it is named. */
static void
thread_that_does_not_finish_exiting_is_ended_and_explained(void **state)
{
	struct spdk_thread *thread;
	uint64_t start;
	int device;

	assert_int_equal(spdk_thread_lib_init(NULL, 0), 0);
	thread = spdk_thread_create("stubborn", NULL);
	spdk_set_thread(thread);
	spdk_io_device_register(&device, make_channel, free_channel, 0, "held_device");
	assert_non_null(spdk_get_io_channel(&device));
	assert_non_null(spdk_poller_register_named(count_poll, NULL, 1000, "held_poller"));
	spdk_thread_exit(thread);
	start = spdk_get_ticks();
	while (!spdk_thread_is_exited(thread)) {
		spdk_thread_poll(thread, 0, 0);
		assert_true(spdk_get_ticks() - start < 6 * spdk_get_ticks_hz());
	}
	assert_true(spdk_get_ticks() - start >= 5 * spdk_get_ticks_hz());
	assert_true(log_captured("'stubborn'", "held_device", "held_poller",
				 "thread_that_does_not_finish", NULL));
	spdk_set_thread(NULL);
	spdk_thread_destroy(thread);
}

#define TRAP(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TRAP(thread_works_before_the_environment_is_up),
		TRAP(create_without_library_names_the_call_that_is_missing),
		TRAP(thread_that_nobody_polls_is_reported),
		TRAP(thread_that_is_polled_is_not_reported),
		TRAP(thread_that_is_polled_no_more_is_reported),
		TRAP(unsupported_operation_declared_as_supported_is_named),
		TRAP(operation_declared_as_unsupported_is_named),
		TRAP(many_threads_fit),
		TRAP(queue_grows_far_beyond_the_reference),
		TRAP(send_to_an_exited_thread_is_refused_and_explained),
		TRAP(send_to_a_destroyed_thread_is_refused_and_explained),
		TRAP(log_may_call_back_into_the_library),
		TRAP(limit_asked_for_is_kept),
		TRAP(wrong_thread_is_explained),
		TRAP(wrong_thread_of_a_channel_is_explained),
		TRAP(two_os_threads_polling_one_thread_is_explained),
		TRAP(destroy_before_exit_is_refused),
		TRAP(thread_that_does_not_finish_exiting_is_ended_and_explained),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
