/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Call stacks of other OS threads: that they are right, that the other thread does not notice, and
 * that nothing comes of an answer that comes too late.
 */
#include "base/log/symbolize.h"
#include "env/env_internal.h"
#include "spdk/env.h"

#include <stdatomic.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>

#include <setjmp.h>

#include <cmocka.h>

/* ThreadSanitizer runs handlers not before a system call ends, and from a function of its own. */
#if defined(__SANITIZE_THREAD__)
#define HANDLERS_RUN_AT_ONCE false
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define HANDLERS_RUN_AT_ONCE false
#endif
#endif
#ifndef HANDLERS_RUN_AT_ONCE
#define HANDLERS_RUN_AT_ONCE true
#endif

#define LOAD_THREADS 2
#define LOAD_ROUNDS  1000
/* Of those, what a machine that is busy with other things may fail to answer in time. */
#define LOAD_UNANSWERED_MAX 50
#define SLEEP_US            300000
#define LONG_NOTE_US        300000
#define SPIN_ERRNO          4711

struct target {
	pthread_t thread;
	struct env_thread_ref ref;
	atomic_bool is_ready;
	atomic_bool must_stop;
	pthread_mutex_t mutex;
	int fds[2];
	/* What the thread found out, for after its end. */
	bool has_noticed;
};

static void
target_ready(struct target *target)
{
	env_thread_ref_self(&target->ref);
	atomic_store(&target->is_ready, true);
}

static void
target_start(struct target *target, void *(*fn)(void *))
{
	memset(target, 0, sizeof(*target));
	pthread_mutex_init(&target->mutex, NULL);
	pthread_mutex_lock(&target->mutex);
	assert_int_equal(pipe(target->fds), 0);
	assert_int_equal(pthread_create(&target->thread, NULL, fn, target), 0);
	while (!atomic_load(&target->is_ready)) {
		usleep(1000);
	}
}

static void
target_stop(struct target *target)
{
	atomic_store(&target->must_stop, true);
	pthread_mutex_unlock(&target->mutex);
	close(target->fds[1]);
	assert_int_equal(pthread_join(target->thread, NULL), 0);
	pthread_mutex_destroy(&target->mutex);
	close(target->fds[0]);
	assert_false(target->has_noticed);
}

/* Each ends in more than the call, so that neither disappears into the other. */
static void __attribute__((noinline)) spin_inside(struct target *target)
{
	errno = SPIN_ERRNO;
	while (!atomic_load(&target->must_stop)) {
		target->has_noticed |= errno != SPIN_ERRNO;
	}
	__asm__ volatile("" ::: "memory");
}

static void __attribute__((noinline)) spin_outside(struct target *target)
{
	spin_inside(target);
	__asm__ volatile("" ::: "memory");
}

static void *
spin(void *arg)
{
	target_ready(arg);
	spin_outside(arg);
	return NULL;
}

static void __attribute__((noinline)) wait_for_mutex(struct target *target)
{
	target->has_noticed |= pthread_mutex_lock(&target->mutex) != 0;
	/* Had the lock come before its time, must_stop would not be there yet. */
	target->has_noticed |= !atomic_load(&target->must_stop);
	pthread_mutex_unlock(&target->mutex);
}

static void *
lock(void *arg)
{
	target_ready(arg);
	wait_for_mutex(arg);
	return NULL;
}

static void *
sleep_its_time(void *arg)
{
	struct target *target = arg;
	uint64_t start = spdk_get_ticks(), hz = spdk_get_ticks_hz();

	target_ready(target);
	target->has_noticed |= usleep(SLEEP_US) != 0;
	target->has_noticed |= (spdk_get_ticks() - start) * 1000000 / hz < SLEEP_US;
	return NULL;
}

static void __attribute__((noinline)) wait_for_byte(struct target *target)
{
	char byte;

	/* 0: the other end was closed. */
	target->has_noticed |= read(target->fds[0], &byte, 1) != 0;
}

static void *
read_pipe(void *arg)
{
	target_ready(arg);
	wait_for_byte(arg);
	return NULL;
}

static void *
poll_pipe(void *arg)
{
	struct target *target = arg;
	struct pollfd fd = {.fd = target->fds[0], .events = POLLIN};

	target_ready(target);
	target->has_noticed |= poll(&fd, 1, -1) != 1;
	return NULL;
}

static void *
block_signals_and_spin(void *arg)
{
	struct target *target = arg;
	sigset_t all, pending;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, NULL);
	spin(arg);
	sigpending(&pending);
	for (int number = SIGRTMIN; number <= SIGRTMAX; number++) {
		target->has_noticed |= sigismember(&pending, number) != 0;
	}
	return NULL;
}

static bool
has_function(const struct env_backtrace *backtrace, const char *name)
{
	char text[SYMBOLIZE_SIZE];

	for (uint32_t i = 0; i < backtrace->frame_count; i++) {
		if (i == 0) {
			(void)symbolize_exactly(backtrace->frames[i], text, sizeof(text));
		} else {
			(void)symbolize(backtrace->frames[i], text, sizeof(text));
		}
		if (strncmp(text, name, strlen(name)) == 0) {
			return true;
		}
	}
	return false;
}

static void
assert_function(const struct env_backtrace *backtrace, const char *name)
{
	char text[SYMBOLIZE_SIZE];

	if (has_function(backtrace, name)) {
		return;
	}
	for (uint32_t i = 0; i < backtrace->frame_count; i++) {
		(void)symbolize(backtrace->frames[i], text, sizeof(text));
		fprintf(stderr, "%u: %s\n", i, text);
	}
	fail_msg("%s is not among the %u frames", name, backtrace->frame_count);
}

static int
count_signals_in_use(void)
{
	struct sigaction action;
	int count = 0;

	for (int number = SIGRTMIN; number <= SIGRTMAX; number++) {
		assert_int_equal(sigaction(number, NULL, &action), 0);
		count += (action.sa_flags & SA_SIGINFO) != 0 || action.sa_handler != SIG_DFL;
	}
	return count;
}

static void
set_all_real_time_signals(sighandler_t handler)
{
	for (int number = SIGRTMIN; number <= SIGRTMAX; number++) {
		assert_true(signal(number, handler) != SIG_ERR);
	}
}

static void
a_spinning_thread_shows_its_functions(void **state)
{
	struct env_backtrace backtrace;
	struct target target;
	char text[SYMBOLIZE_SIZE];

	target_start(&target, spin);
	assert_int_equal(env_backtrace_of(&target.ref, &backtrace), 0);
	assert_function(&backtrace, "spin_inside");
	assert_function(&backtrace, "spin_outside");
	assert_false(backtrace.is_sleeping);
	assert_string_equal(backtrace.syscall_name, "");
	if (HANDLERS_RUN_AT_ONCE) {
		/* No frame of the handler's is left; atomic_load() may be a call without
		 * optimization, so it need not be the function itself. */
		(void)symbolize(backtrace.frames[1], text, sizeof(text));
		assert_memory_equal(text, "spin_", strlen("spin_"));
	}
	assert_int_equal(count_signals_in_use(), 0);
	target_stop(&target);
}

static void
a_thread_in_a_mutex_shows_where_and_waits_on(void **state)
{
	struct env_backtrace backtrace;
	struct target target;

	if (!HANDLERS_RUN_AT_ONCE) {
		skip();
	}
	target_start(&target, lock);
	for (int i = 0; i < 3; i++) {
		/* It takes a moment to fall asleep again. */
		usleep(20000);
		assert_int_equal(env_backtrace_of(&target.ref, &backtrace), 0);
		assert_function(&backtrace, "wait_for_mutex");
		assert_true(backtrace.is_sleeping);
		assert_string_equal(backtrace.syscall_name, "futex");
	}
	target_stop(&target);
}

static void
a_thread_that_reads_shows_where_and_reads_on(void **state)
{
	struct env_backtrace backtrace;
	struct target target;

	if (!HANDLERS_RUN_AT_ONCE) {
		skip();
	}
	target_start(&target, read_pipe);
	usleep(20000);
	assert_int_equal(env_backtrace_of(&target.ref, &backtrace), 0);
	assert_function(&backtrace, "wait_for_byte");
	assert_string_equal(backtrace.syscall_name, "read");
	target_stop(&target);
}

static void
a_thread_that_sleeps_is_left_alone(void **state)
{
	struct env_backtrace backtrace;
	struct target target;

	target_start(&target, sleep_its_time);
	usleep(20000);
	for (int i = 0; i < 20; i++) {
		memset(&backtrace, 0xff, sizeof(backtrace));
		assert_int_equal(env_backtrace_of(&target.ref, &backtrace), 0);
		assert_int_equal(backtrace.frame_count, 0);
		assert_true(backtrace.is_sleeping);
		assert_string_equal(backtrace.syscall_name, "clock_nanosleep");
	}
	target_stop(&target);
}

static void
a_thread_that_polls_is_left_alone(void **state)
{
	struct env_backtrace backtrace;
	struct target target;

	target_start(&target, poll_pipe);
	usleep(20000);
	assert_int_equal(env_backtrace_of(&target.ref, &backtrace), 0);
	assert_int_equal(backtrace.frame_count, 0);
	assert_non_null(strstr(backtrace.syscall_name, "poll"));
	target_stop(&target);
}

static void
a_thread_that_blocks_signals_is_left_alone(void **state)
{
	struct env_backtrace backtrace, untouched;
	struct target target;

	target_start(&target, block_signals_and_spin);
	usleep(20000);
	memset(&backtrace, 0x5a, sizeof(backtrace));
	untouched = backtrace;
	assert_int_equal(env_backtrace_of(&target.ref, &backtrace), -ETIMEDOUT);
	assert_memory_equal(&backtrace, &untouched, sizeof(backtrace));
	target_stop(&target);
}

static void
a_thread_that_has_ended_is_an_error(void **state)
{
	struct env_backtrace backtrace;
	struct target target;

	target_start(&target, spin);
	target_stop(&target);
	assert_int_equal(env_backtrace_of(&target.ref, &backtrace), -ESRCH);
}

static void
signals_of_the_program_are_not_touched(void **state)
{
	struct env_backtrace backtrace;
	struct target target;

	target_start(&target, spin);
	set_all_real_time_signals(SIG_IGN);
	assert_int_equal(env_backtrace_of(&target.ref, &backtrace), -EBUSY);
	/* One is enough, wherever it is. */
	assert_true(signal(SIGRTMIN + 3, SIG_DFL) != SIG_ERR);
	assert_int_equal(env_backtrace_of(&target.ref, &backtrace), 0);
	assert_int_equal(count_signals_in_use(), SIGRTMAX - SIGRTMIN);
	set_all_real_time_signals(SIG_DFL);
	target_stop(&target);
}

struct note {
	atomic_int calls;
	pid_t tid;
	uint64_t duration_us;
	bool is_complete;
};

static void
take_note(void *arg)
{
	struct note *note = arg;
	struct timespec duration = {.tv_nsec = (long)note->duration_us * 1000};

	atomic_fetch_add(&note->calls, 1);
	note->tid = spdk_get_tid();
	if (duration.tv_nsec > 0) {
		nanosleep(&duration, NULL);
	}
	errno = EIO;
	note->is_complete = true;
}

static void
a_note_is_taken_on_the_other_thread_and_waited_for(void **state)
{
	struct note note = {.duration_us = LONG_NOTE_US};
	struct env_backtrace_request request = {.note = take_note, .arg = &note};
	struct env_backtrace backtrace;
	struct target target;

	target_start(&target, spin);
	request.thread = target.ref;
	assert_int_equal(env_backtrace_with_note(&request, &backtrace), 0);
	assert_int_equal(atomic_load(&note.calls), 1);
	assert_true(note.is_complete);
	assert_int_equal(note.tid, target.ref.tid);
	assert_function(&backtrace, "spin_inside");
	target_stop(&target);
}

/* Holds the thread of another process when a byte comes, and lets it go at the next. */
static void
hold_thread(pid_t tid, int commands, int answers)
{
	char byte = 0;
	int status;

	if (read(commands, &byte, 1) != 1 || ptrace(PTRACE_SEIZE, tid, NULL, NULL) != 0 ||
	    ptrace(PTRACE_INTERRUPT, tid, NULL, NULL) != 0 ||
	    waitpid(tid, &status, __WALL) != tid) {
		_exit(1);
	}
	if (write(answers, &byte, 1) != 1 || read(commands, &byte, 1) != 1 ||
	    ptrace(PTRACE_DETACH, tid, NULL, NULL) != 0) {
		_exit(2);
	}
	_exit(0);
}

static void
an_answer_that_comes_too_late_is_harmless(void **state)
{
	struct note note = {0};
	struct env_backtrace_request request = {.note = take_note, .arg = &note};
	struct env_backtrace backtrace;
	int commands[2], answers[2], status;
	struct target target;
	char byte = 0;
	pid_t child;

	target_start(&target, spin);
	request.thread = target.ref;
	assert_int_equal(pipe(commands), 0);
	assert_int_equal(pipe(answers), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		close(answers[0]);
		close(commands[1]);
		hold_thread(target.ref.tid, commands[0], answers[1]);
	}
	close(answers[1]);
	(void)prctl(PR_SET_PTRACER, child, 0, 0, 0); /* Unknown where it is not needed. */
	assert_int_equal(write(commands[1], &byte, 1), 1);
	if (read(answers[0], &byte, 1) != 1) {
		/* This machine lets nobody hold a thread. */
		assert_int_equal(waitpid(child, &status, 0), child);
		target_stop(&target);
		skip();
	}
	assert_int_equal(env_backtrace_with_note(&request, &backtrace), -ETIMEDOUT);
	if (HANDLERS_RUN_AT_ONCE) {
		/* The next one is not mistaken for it. ThreadSanitizer would lose one of two. */
		assert_int_equal(env_backtrace_with_note(&request, &backtrace), -ETIMEDOUT);
	}
	assert_int_equal(count_signals_in_use(), 1);
	assert_int_equal(write(commands[1], &byte, 1), 1);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_int_equal(env_backtrace_of(&target.ref, &backtrace), 0);
	assert_int_equal(atomic_load(&note.calls), 0);
	assert_int_equal(count_signals_in_use(), 0);
	target_stop(&target);
	close(commands[0]);
	close(commands[1]);
	close(answers[0]);
}

static void
a_thousand_times_under_load(void **state)
{
	struct target target, load[LOAD_THREADS];
	struct env_backtrace backtrace = {0};
	struct env_backtrace_request request = {.note = take_note};
	struct note note;
	int rc, unanswered = 0;

	for (int i = 0; i < LOAD_THREADS; i++) {
		target_start(&load[i], spin);
	}
	target_start(&target, spin);
	request.thread = target.ref;
	for (int i = 0; i < LOAD_ROUNDS; i++) {
		memset(&note, 0, sizeof(note));
		request.arg = &note;
		rc = env_backtrace_with_note(&request, &backtrace);
		if (rc == -ETIMEDOUT) {
			unanswered++;
			continue;
		}
		assert_int_equal(rc, 0);
		assert_true(backtrace.frame_count > 1);
		assert_int_equal(note.tid, target.ref.tid);
	}
	assert_in_range(unanswered, 0, LOAD_UNANSWERED_MAX);
	assert_function(&backtrace, "spin_inside");
	target_stop(&target);
	for (int i = 0; i < LOAD_THREADS; i++) {
		target_stop(&load[i]);
	}
	symbolize_release();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_spinning_thread_shows_its_functions),
		cmocka_unit_test(a_thread_in_a_mutex_shows_where_and_waits_on),
		cmocka_unit_test(a_thread_that_reads_shows_where_and_reads_on),
		cmocka_unit_test(a_thread_that_sleeps_is_left_alone),
		cmocka_unit_test(a_thread_that_polls_is_left_alone),
		cmocka_unit_test(a_thread_that_blocks_signals_is_left_alone),
		cmocka_unit_test(a_thread_that_has_ended_is_an_error),
		cmocka_unit_test(signals_of_the_program_are_not_touched),
		cmocka_unit_test(a_note_is_taken_on_the_other_thread_and_waited_for),
		cmocka_unit_test(an_answer_that_comes_too_late_is_harmless),
		cmocka_unit_test(a_thousand_times_under_load),
	};

	return cmocka_run_group_tests_name("backtrace", tests, NULL, NULL);
}
