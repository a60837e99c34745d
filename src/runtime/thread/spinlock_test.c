/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Spinlocks exclude, notice each kind of misuse and explain it before they abort, and do not burn
 * the CPU that the holder needs.
 *
 * Misuse is committed in a child process, whose error output is looked at. The child brings its own
 * thread library: OS threads do not survive a fork.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "env/env_internal.h"
#include "runtime/thread/spinlock.h"

#define OUTPUT_SIZE 8192

static struct spdk_spinlock g_lock;

static void
open_library(void)
{
	assert_int_equal(spdk_thread_lib_init(NULL, 0), 0);
}

static void
close_thread(struct spdk_thread *thread)
{
	spdk_set_thread(thread);
	(void)spdk_thread_exit(thread);
	while (!spdk_thread_is_exited(thread)) {
		(void)spdk_thread_poll(thread, 0, 0);
	}
	spdk_set_thread(NULL);
	spdk_thread_destroy(thread);
}

/* Kept out of line, and returned to, so that messages can name them. */
static void __attribute__((noinline)) make_the_lock(void)
{
	spdk_spin_init(&g_lock);
	__asm__ volatile("");
}

static void __attribute__((noinline)) take_the_lock(void)
{
	spdk_spin_lock(&g_lock);
	__asm__ volatile("");
}

static void __attribute__((noinline)) drop_the_lock(void)
{
	spdk_spin_unlock(&g_lock);
	__asm__ volatile("");
}

static void __attribute__((noinline)) end_the_lock(void)
{
	spdk_spin_destroy(&g_lock);
	__asm__ volatile("");
}

/* Runs in a child; what it wrote to stderr is in `output`, and the child must have aborted. */
static void
expect_abort(void (*misuse)(void), char *output)
{
	struct rlimit no_core = {0, 0};
	size_t length = 0;
	ssize_t got;
	int fds[2], status;
	pid_t pid;

	assert_int_equal(pipe(fds), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		(void)setrlimit(RLIMIT_CORE, &no_core);
		(void)signal(SIGABRT, SIG_DFL);
		(void)dup2(fds[1], STDERR_FILENO);
		(void)close(fds[0]);
		/* What is not noticed may well hang. */
		(void)alarm(20);
		misuse();
		_exit(0);
	}
	(void)close(fds[1]);
	while (length < OUTPUT_SIZE - 1 &&
	       (got = read(fds[0], output + length, OUTPUT_SIZE - 1 - length)) > 0) {
		length += (size_t)got;
	}
	output[length] = '\0';
	(void)close(fds[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGABRT) {
		fail_msg("no abort, status %#x; output: %s", status, output);
	}
}

static void
expect_in(const char *output, const char *text)
{
	if (strstr(output, text) == NULL) {
		fail_msg("'%s' is not in: %s", text, output);
	}
}

/* One message, and no more. */
static void
expect_one_error(const char *output)
{
	const char *first = strstr(output, "*ERROR*");

	assert_non_null(first);
	if (strstr(first + 1, "*ERROR*") != NULL) {
		fail_msg("more than one error: %s", output);
	}
}

static void
lock_without_thread(void)
{
	make_the_lock();
	take_the_lock();
}

static void
test_lock_without_thread(void **state)
{
	char output[OUTPUT_SIZE];

	expect_abort(lock_without_thread, output);
	expect_one_error(output);
	expect_in(output, "unrecoverable spinlock error 1 (");
	expect_in(output, "spdk_spin_lock()");
	expect_in(output, "made at make_the_lock");
	expect_in(output, "at take_the_lock");
	expect_in(output, "spdk_thread_send_msg()");
}

static void
be_on_a_thread(const char *name)
{
	open_library();
	spdk_set_thread(spdk_thread_create(name, NULL));
}

static void
lock_twice(void)
{
	be_on_a_thread("Carol");
	make_the_lock();
	take_the_lock();
	take_the_lock();
}

static void
test_lock_twice(void **state)
{
	char output[OUTPUT_SIZE];

	expect_abort(lock_twice, output);
	expect_one_error(output);
	expect_in(output, "unrecoverable spinlock error 2 (");
	expect_in(output, "made at make_the_lock");
	expect_in(output, "held by thread 'Carol', which locked it at take_the_lock");
	expect_in(output, "on thread 'Carol' at take_the_lock");
}

static void
unlock_by_other(void)
{
	be_on_a_thread("Dave");
	make_the_lock();
	take_the_lock();
	spdk_set_thread(spdk_thread_create("Erin", NULL));
	drop_the_lock();
}

static void
test_unlock_by_other(void **state)
{
	char output[OUTPUT_SIZE];

	expect_abort(unlock_by_other, output);
	expect_one_error(output);
	expect_in(output, "unrecoverable spinlock error 3 (");
	expect_in(output, "spdk_spin_unlock()");
	expect_in(output, "held by thread 'Dave', which locked it at take_the_lock");
	expect_in(output, "on thread 'Erin' at drop_the_lock");
}

static void
unlock_free(void)
{
	be_on_a_thread("Dave");
	make_the_lock();
	drop_the_lock();
}

static void
test_unlock_of_a_free_lock(void **state)
{
	char output[OUTPUT_SIZE];

	expect_abort(unlock_free, output);
	expect_one_error(output);
	expect_in(output, "unrecoverable spinlock error 3 (");
	expect_in(output, "not held");
}

static void
destroy_held(void)
{
	be_on_a_thread("Frank");
	make_the_lock();
	take_the_lock();
	end_the_lock();
}

static void
test_destroy_while_held(void **state)
{
	char output[OUTPUT_SIZE];

	expect_abort(destroy_held, output);
	expect_one_error(output);
	expect_in(output, "unrecoverable spinlock error 5 (");
	expect_in(output, "spdk_spin_destroy()");
	expect_in(output, "held by thread 'Frank', which locked it at take_the_lock");
	expect_in(output, "at end_the_lock");
}

static void
destroy_twice(void)
{
	make_the_lock();
	end_the_lock();
	end_the_lock();
}

static void
test_destroy_twice(void **state)
{
	char output[OUTPUT_SIZE];

	expect_abort(destroy_twice, output);
	expect_one_error(output);
	expect_in(output, "unrecoverable spinlock error 8 (");
	expect_in(output, "destroyed at end_the_lock");
	expect_in(output, "called on no thread at end_the_lock");
}

static void
lock_destroyed(void)
{
	be_on_a_thread("Grace");
	make_the_lock();
	end_the_lock();
	take_the_lock();
}

static void
test_lock_after_destroy(void **state)
{
	char output[OUTPUT_SIZE];

	expect_abort(lock_destroyed, output);
	expect_one_error(output);
	expect_in(output, "unrecoverable spinlock error 8 (");
	expect_in(output, "destroyed at end_the_lock");
	expect_in(output, "on thread 'Grace' at take_the_lock");
}

static void
lock_not_made(void)
{
	be_on_a_thread("Heidi");
	memset(&g_lock, 0, sizeof(g_lock));
	take_the_lock();
}

static void
test_lock_before_init(void **state)
{
	char output[OUTPUT_SIZE];

	expect_abort(lock_not_made, output);
	expect_one_error(output);
	expect_in(output, "unrecoverable spinlock error 9 (");
	expect_in(output, "spdk_spin_init()");
	expect_in(output, "at take_the_lock");
}

static void
keep_lock_in_message(void *ctx)
{
	take_the_lock();
}

/* Of three locks, the one that is kept is the one that is named. */
static void
keep_one_of_three(void *ctx)
{
	struct spdk_spinlock before, after;

	spdk_spin_init(&before);
	spdk_spin_init(&after);
	spdk_spin_lock(&before);
	take_the_lock();
	spdk_spin_lock(&after);
	spdk_spin_unlock(&before);
	spdk_spin_unlock(&after);
}

static int
keep_lock_in_poller(void *ctx)
{
	take_the_lock();
	return SPDK_POLLER_BUSY;
}

static void
return_from_message(void)
{
	struct spdk_thread *thread;

	open_library();
	thread = spdk_thread_create("Ivan", NULL);
	make_the_lock();
	(void)spdk_thread_send_msg(thread, keep_lock_in_message, NULL);
	(void)spdk_thread_poll(thread, 0, 0);
}

static void
return_with_one_of_three(void)
{
	struct spdk_thread *thread;

	open_library();
	thread = spdk_thread_create("Ivan", NULL);
	make_the_lock();
	(void)spdk_thread_send_msg(thread, keep_one_of_three, NULL);
	(void)spdk_thread_poll(thread, 0, 0);
}

static void
return_from_poller(void)
{
	struct spdk_thread *thread;

	be_on_a_thread("Judy");
	thread = spdk_get_thread();
	make_the_lock();
	(void)spdk_poller_register(keep_lock_in_poller, NULL, 0);
	spdk_set_thread(NULL);
	(void)spdk_thread_poll(thread, 0, 0);
}

static void
return_from_timed_poller(void)
{
	struct spdk_thread *thread;

	be_on_a_thread("Judy");
	thread = spdk_get_thread();
	make_the_lock();
	(void)spdk_poller_register(keep_lock_in_poller, NULL, 10);
	spdk_set_thread(NULL);
	spdk_delay_us(100);
	(void)spdk_thread_poll(thread, 0, 0);
}

static void
test_return_with_lock(void **state)
{
	char output[OUTPUT_SIZE];

	expect_abort(return_from_message, output);
	expect_one_error(output);
	expect_in(output, "unrecoverable spinlock error 7 (");
	expect_in(output, "thread 'Ivan' returned with 1 spinlock(s) held");
	expect_in(output, "made at make_the_lock");
	expect_in(output, "locked it at take_the_lock");

	expect_abort(return_with_one_of_three, output);
	expect_one_error(output);
	expect_in(output, "thread 'Ivan' returned with 1 spinlock(s) held");
	expect_in(output, "made at make_the_lock");
	assert_null(strstr(output, "made at keep_one_of_three"));

	expect_abort(return_from_poller, output);
	expect_one_error(output);
	expect_in(output, "unrecoverable spinlock error 7 (");
	expect_in(output, "thread 'Judy' returned with 1 spinlock(s) held");

	expect_abort(return_from_timed_poller, output);
	expect_one_error(output);
	expect_in(output, "unrecoverable spinlock error 7 (");
}

static void
test_lock_and_held(void **state)
{
	struct spdk_spinlock first, second, third;
	struct spdk_thread *thread, *other;

	open_library();
	thread = spdk_thread_create("one", NULL);
	other = spdk_thread_create("two", NULL);
	spdk_set_thread(thread);
	spdk_spin_init(&first);
	spdk_spin_init(&second);
	spdk_spin_init(&third);
	assert_false(spdk_spin_held(&first));

	spdk_spin_lock(&first);
	spdk_spin_lock(&second);
	spdk_spin_lock(&third);
	assert_int_equal(thread->lock_count, 3);
	assert_true(spdk_spin_held(&first));
	spdk_set_thread(other);
	assert_false(spdk_spin_held(&first));
	spdk_set_thread(thread);

	/* Not only in reverse order. */
	spdk_spin_unlock(&second);
	assert_true(spdk_spin_held(&first));
	assert_false(spdk_spin_held(&second));
	assert_true(spdk_spin_held(&third));
	spdk_spin_unlock(&first);
	spdk_spin_unlock(&third);
	assert_int_equal(thread->lock_count, 0);

	spdk_spin_destroy(&second);
	spdk_spin_init(&second);
	spdk_spin_lock(&second);
	spdk_spin_unlock(&second);

	spdk_spin_destroy(&first);
	spdk_spin_destroy(&second);
	spdk_spin_destroy(&third);
	close_thread(other);
	close_thread(thread);
	spdk_thread_lib_fini();
}

#define CONTENDERS 4
#define ROUNDS     5000

struct contender {
	pthread_t os_thread;
	struct spdk_thread *thread;
};

static uint64_t g_counter;

static void *
contend(void *arg)
{
	struct contender *contender = arg;
	int i;

	spdk_set_thread(contender->thread);
	for (i = 0; i < ROUNDS; i++) {
		spdk_spin_lock(&g_lock);
		g_counter++;
		spdk_spin_unlock(&g_lock);
	}
	spdk_set_thread(NULL);
	return NULL;
}

static void
test_locks_exclude(void **state)
{
	struct contender contenders[CONTENDERS];
	int i;

	open_library();
	spdk_spin_init(&g_lock);
	g_counter = 0;
	for (i = 0; i < CONTENDERS; i++) {
		contenders[i].thread = spdk_thread_create("contender", NULL);
		assert_non_null(contenders[i].thread);
		assert_int_equal(
			pthread_create(&contenders[i].os_thread, NULL, contend, &contenders[i]), 0);
	}
	for (i = 0; i < CONTENDERS; i++) {
		assert_int_equal(pthread_join(contenders[i].os_thread, NULL), 0);
	}
	assert_int_equal(g_counter, CONTENDERS * ROUNDS);
	spdk_spin_destroy(&g_lock);
	for (i = CONTENDERS - 1; i >= 0; i--) {
		close_thread(contenders[i].thread);
	}
	spdk_thread_lib_fini();
}

#define HANDOVERS 300
/* Waiting out the holder's time slices would take several hundred times as long. */
#define WAIT_CPU_MAX_US 300000

static _Atomic bool g_has_begun, g_is_over;
static uint64_t g_wait_cpu_us;

static uint64_t
thread_cpu_us(void)
{
	struct timespec now;

	assert_int_equal(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now), 0);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static void
stay_on_one_cpu(void)
{
	cpu_set_t all, one;
	int cpu = 0;

	assert_int_equal(sched_getaffinity(0, sizeof(all), &all), 0);
	while (!CPU_ISSET(cpu, &all)) {
		cpu++;
	}
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	assert_int_equal(sched_setaffinity(0, sizeof(one), &one), 0);
}

static void *
wait_again_and_again(void *arg)
{
	stay_on_one_cpu();
	spdk_set_thread(arg);
	g_has_begun = true;
	while (!g_is_over) {
		spdk_spin_lock(&g_lock);
		spdk_spin_unlock(&g_lock);
		env_yield();
	}
	spdk_set_thread(NULL);
	g_wait_cpu_us = thread_cpu_us();
	return NULL;
}

/* Both on one CPU, and the holder lets the waiter have it while it holds the lock. */
static void *
hold_again_and_again(void *arg)
{
	int i;

	stay_on_one_cpu();
	spdk_set_thread(arg);
	while (!g_has_begun) {
		env_yield();
	}
	for (i = 0; i < HANDOVERS; i++) {
		spdk_spin_lock(&g_lock);
		env_yield();
		spdk_spin_unlock(&g_lock);
		env_yield();
	}
	g_is_over = true;
	spdk_set_thread(NULL);
	return NULL;
}

static void
test_waiter_lets_the_holder_run(void **state)
{
	struct spdk_thread *holder, *waiter;
	pthread_t holder_os, waiter_os;

	open_library();
	spdk_spin_init(&g_lock);
	g_has_begun = false;
	g_is_over = false;
	holder = spdk_thread_create("holder", NULL);
	waiter = spdk_thread_create("waiter", NULL);
	assert_int_equal(pthread_create(&waiter_os, NULL, wait_again_and_again, waiter), 0);
	assert_int_equal(pthread_create(&holder_os, NULL, hold_again_and_again, holder), 0);
	assert_int_equal(pthread_join(holder_os, NULL), 0);
	assert_int_equal(pthread_join(waiter_os, NULL), 0);
	assert_in_range(g_wait_cpu_us, 0, WAIT_CPU_MAX_US);
	spdk_spin_destroy(&g_lock);
	close_thread(waiter);
	close_thread(holder);
	spdk_thread_lib_fini();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lock_without_thread),
		cmocka_unit_test(test_lock_twice),
		cmocka_unit_test(test_unlock_by_other),
		cmocka_unit_test(test_unlock_of_a_free_lock),
		cmocka_unit_test(test_destroy_while_held),
		cmocka_unit_test(test_destroy_twice),
		cmocka_unit_test(test_lock_after_destroy),
		cmocka_unit_test(test_lock_before_init),
		cmocka_unit_test(test_return_with_lock),
		cmocka_unit_test(test_lock_and_held),
		cmocka_unit_test(test_locks_exclude),
		cmocka_unit_test(test_waiter_lets_the_holder_run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
