/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Where another OS thread is, whatever it is doing.
 */
#include "env/env_internal.h"
#include "spdk/env.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>

#include <cmocka.h>

#define ROUNDS 200

/* The OS thread that is looked at. */
struct subject {
	pthread_t handle;
	struct env_thread_ref ref;
	void (*fn)(struct subject *subject);
	_Atomic bool is_ready;
	_Atomic bool must_end;
	_Atomic uint32_t handled;
	pthread_mutex_t lock;
	uint64_t slept_ms;
};

/*
 * Functions that are looked for have sections of their own, whose bounds the linker tells by these
 * names.
 */
#define FOUND_BY_SECTION(name) __attribute__((noinline, section(#name)))
extern const char __start_spin_section[], __stop_spin_section[];
extern const char __start_lock_section[], __stop_lock_section[];
extern const char __start_main_section[], __stop_main_section[];
#define IS_IN(frame, section) \
	((const char *)(frame) >= __start_##section && (const char *)(frame) <= __stop_##section)
#define HAS_FRAME_IN(backtrace, section)                                     \
	({                                                                   \
		bool found_it = false;                                       \
		for (uint32_t at = 0; at < (backtrace)->count; at++) {       \
			found_it |= IS_IN((backtrace)->frames[at], section); \
		}                                                            \
		found_it;                                                    \
	})

static void *
FOUND_BY_SECTION(main_section) subject_main(void *arg)
{
	struct subject *subject = arg;

	env_thread_ref_self(&subject->ref);
	subject->fn(subject);
	return NULL;
}

static void
start(struct subject *subject, void (*fn)(struct subject *subject))
{
	memset(subject, 0, sizeof(*subject));
	pthread_mutex_init(&subject->lock, NULL);
	subject->fn = fn;
	assert_int_equal(pthread_create(&subject->handle, NULL, subject_main, subject), 0);
	while (!subject->is_ready) {
		usleep(100);
	}
}

static void
end(struct subject *subject)
{
	subject->must_end = true;
	pthread_join(subject->handle, NULL);
	pthread_mutex_destroy(&subject->lock);
}

static void
note_who(void *arg)
{
	*(int *)arg = spdk_get_tid();
}

static int
ask(struct subject *subject, struct env_backtrace *out_backtrace, int *out_tid)
{
	*out_tid = 0;
	return env_backtrace_of(&subject->ref, note_who, out_tid, out_backtrace);
}

static void
FOUND_BY_SECTION(spin_section) spin_here(struct subject *subject)
{
	subject->is_ready = true;
	while (!subject->must_end) {
	}
}

static void
one_that_spins_is_found_where_it_spins(void **state)
{
	struct env_backtrace backtrace;
	struct subject subject;
	int tid;

	start(&subject, spin_here);
	assert_int_equal(ask(&subject, &backtrace, &tid), 0);
	assert_null(backtrace.syscall_name);
	assert_in_range(backtrace.count, 2, ENV_BACKTRACE_MAX);
	/* Frames of the handler are left out. */
	assert_true(IS_IN(backtrace.frames[0], spin_section));
	assert_true(HAS_FRAME_IN(&backtrace, main_section));
	/* The function that notes is called on it. */
	assert_int_equal(tid, subject.ref.tid);
	assert_int_equal(env_backtrace_of(&subject.ref, NULL, NULL, &backtrace), 0);
	end(&subject);
}

static void
FOUND_BY_SECTION(lock_section) wait_for_lock(struct subject *subject)
{
	subject->is_ready = true;
	while (!subject->must_end) {
		pthread_mutex_lock(&subject->lock);
		pthread_mutex_unlock(&subject->lock);
		usleep(1000);
	}
}

static void
one_that_waits_for_a_lock_is_found_and_goes_on_waiting(void **state)
{
	struct env_backtrace backtrace;
	struct subject subject;
	uint32_t tries = 0;
	int tid;

	start(&subject, wait_for_lock);
	pthread_mutex_lock(&subject.lock);
	do {
		/* Until it has come to the lock. */
		usleep(10000);
		assert_int_equal(ask(&subject, &backtrace, &tid), 0);
	} while (backtrace.syscall_name != NULL && ++tries < 200);
	assert_null(backtrace.syscall_name);
	assert_true(HAS_FRAME_IN(&backtrace, lock_section));
	assert_int_equal(tid, subject.ref.tid);
	pthread_mutex_unlock(&subject.lock);
	end(&subject);
}

static void
sleep_long(struct subject *subject)
{
	const struct timespec nap = {.tv_nsec = 400000000};
	struct timespec rest = {0};
	uint64_t start_ticks = spdk_get_ticks();

	subject->is_ready = true;
	/* Unlike usleep(), it says whether it was cut short. */
	if (nanosleep(&nap, &rest) == 0) {
		subject->slept_ms = (spdk_get_ticks() - start_ticks) * 1000 / spdk_get_ticks_hz();
	}
}

static void
one_that_sleeps_is_named_and_not_woken(void **state)
{
	struct env_backtrace backtrace;
	struct subject subject;
	uint32_t i;
	int tid;

	start(&subject, sleep_long);
	usleep(100000);
	for (i = 0; i < 10; i++) {
		assert_int_equal(ask(&subject, &backtrace, &tid), 0);
		assert_non_null(backtrace.syscall_name);
		assert_non_null(strstr(backtrace.syscall_name, "nanosleep"));
		assert_int_equal(backtrace.count, 0);
		assert_int_equal(tid, 0);
	}
	end(&subject);
	assert_true(subject.slept_ms >= 400);
}

static void
spin_deaf(struct subject *subject)
{
	sigset_t all, before;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	spin_here(subject);
	/* Here what was asked too early comes, and finds that nobody waits for it any more. */
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	subject->must_end = false;
	subject->handled = 1;
	spin_here(subject);
}

static void
one_that_blocks_signals_is_given_up_and_harmless_later(void **state)
{
	struct env_backtrace backtrace = {.count = 77};
	struct subject subject, other;
	int tid;

	start(&subject, spin_deaf);
	assert_int_equal(ask(&subject, &backtrace, &tid), -ETIMEDOUT);
	assert_int_equal(backtrace.count, 77);
	assert_int_equal(tid, 0);
	/* Somebody else is asked in between, and is the one who answers. */
	start(&other, spin_here);
	assert_int_equal(ask(&other, &backtrace, &tid), 0);
	assert_int_equal(tid, other.ref.tid);
	subject.must_end = true;
	while (subject.handled == 0) {
		usleep(100);
	}
	assert_int_equal(ask(&subject, &backtrace, &tid), 0);
	assert_int_equal(tid, subject.ref.tid);
	end(&subject);
	end(&other);
}

static void *
unblock_later(void *arg)
{
	struct subject *subject = arg;

	usleep(50000);
	subject->must_end = true;
	return NULL;
}

static void
nobody_answers_for_another(void **state)
{
	struct env_backtrace backtrace;
	struct subject late, deaf;
	pthread_t unblocker;
	int tid;

	start(&late, spin_deaf);
	start(&deaf, spin_deaf);
	assert_int_equal(ask(&late, &backtrace, &tid), -ETIMEDOUT);
	/* It gets its signal while the other one is asked. */
	assert_int_equal(pthread_create(&unblocker, NULL, unblock_later, &late), 0);
	assert_int_equal(ask(&deaf, &backtrace, &tid), -ETIMEDOUT);
	assert_int_equal(tid, 0);
	pthread_join(unblocker, NULL);
	while (late.handled == 0) {
		usleep(100);
	}
	end(&late);
	deaf.must_end = true;
	while (deaf.handled == 0) {
		usleep(100);
	}
	end(&deaf);
}

static int __attribute__((noinline)) work(int depth)
{
	volatile int result = depth;

	return depth == 0 ? result : work(depth - 1) + result;
}

/* Deep and shallow, in calls of the library and out of them. */
static void
be_busy(struct subject *subject)
{
	uint32_t i = 0;

	subject->is_ready = true;
	while (!subject->must_end) {
		void *memory = malloc(i % 5000 + 1);

		memset(memory, 1, i % 5000 + 1);
		(void)work((int)(i++ % 100));
		free(memory);
	}
}

static void
asking_many_times_under_load_does_no_harm(void **state)
{
	struct env_backtrace backtrace;
	struct subject subjects[3];
	uint32_t i, answers = 0;
	int rc, tid;

	for (i = 0; i < 3; i++) {
		start(&subjects[i], be_busy);
	}
	for (i = 0; i < ROUNDS; i++) {
		rc = ask(&subjects[i % 3], &backtrace, &tid);
		/* On a machine that has no time for it, an answer may not come. */
		assert_true(rc == 0 || rc == -ETIMEDOUT);
		if (rc == 0 && backtrace.syscall_name == NULL) {
			assert_int_equal(tid, subjects[i % 3].ref.tid);
			assert_in_range(backtrace.count, 1, ENV_BACKTRACE_MAX);
			answers++;
		}
	}
	assert_true(answers > ROUNDS / 2);
	for (i = 0; i < 3; i++) {
		end(&subjects[i]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_that_spins_is_found_where_it_spins),
		cmocka_unit_test(one_that_waits_for_a_lock_is_found_and_goes_on_waiting),
		cmocka_unit_test(one_that_sleeps_is_named_and_not_woken),
		cmocka_unit_test(one_that_blocks_signals_is_given_up_and_harmless_later),
		cmocka_unit_test(nobody_answers_for_another),
		cmocka_unit_test(asking_many_times_under_load_does_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
