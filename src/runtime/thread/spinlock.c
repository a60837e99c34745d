/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Spinlocks that know who holds them, and that cannot be misused in silence.
 *
 * States of a lock, and who makes each move:
 *
 *   not made   `initialized` false        -> free       spdk_spin_init()
 *   free       `thread` NULL              -> held       spdk_spin_lock()
 *                                         -> destroyed  spdk_spin_destroy()
 *   held       `thread` is the holder     -> free       spdk_spin_unlock(), by the holder
 *   destroyed  `destroyed` true           -> free       spdk_spin_init()
 *
 * Invariants
 *  1. `thread` is written only by the holder of the pthread lock. Others read it, to wait and to
 *     find misuse, so it is accessed atomically; a thread that reads itself there is the holder,
 *     since nobody else can write that value.
 *  2. A lock is held only while its thread stays on its OS thread. So the locks that a thread holds
 *     are on the list of that OS thread, and lock_count of the thread needs no atomics.
 *  3. What is only for explaining (`internal`) may be missing, for lack of memory.
 *
 * A waiter does not burn its time slice: reactors may outnumber CPUs, and then the holder may be
 * waiting for the very CPU that the waiter spins on.
 */
#include "runtime/thread/spinlock.h"

#include "base/log/symbolize.h"
#include "env/env_internal.h"
#include <stdatomic.h>

/* Some microseconds: longer than a sane critical section, much shorter than a time slice. */
#define SPINS_BEFORE_YIELD 128
#define PLACE_SIZE         192
#define HELD_SHOWN_MAX     4

struct spdk_spinlock_internal {
	struct spdk_spinlock *lock;
	/* The list of invariant 2. */
	struct spdk_spinlock_internal *next_held;
	const void *made_at;
	/* Written by the holder, read by whoever explains. */
	_Atomic(const void *) locked_at;
};

/* The numbers are those that the reference prints. */
enum spin_error {
	SPIN_NOT_ON_THREAD = 1,
	SPIN_LOCKED_TWICE = 2,
	SPIN_WRONG_THREAD = 3,
	SPIN_NO_PTHREAD_LOCK = 4,
	SPIN_DESTROYED_HELD = 5,
	SPIN_NOT_RELEASED = 7,
	SPIN_DESTROYED = 8,
	SPIN_NOT_MADE = 9,
};

static const struct {
	const char *what;
	const char *cure;
} g_errors[] = {
	[SPIN_NOT_ON_THREAD] = {"called outside of any SPDK thread",
				"call it from code that runs inside spdk_thread_poll(): send a "
				"message with spdk_thread_send_msg()"},
	[SPIN_LOCKED_TWICE] = {"locked by a thread that holds it already",
			       "unlock it first, or ask spdk_spin_held()"},
	[SPIN_WRONG_THREAD] = {"unlocked by a thread that does not hold it",
			       "unlock it on the thread that locked it, inside the same message "
			       "or poller"},
	[SPIN_NO_PTHREAD_LOCK] = {"pthread_spin_init() failed", "free system resources"},
	[SPIN_DESTROYED_HELD] = {"destroyed while it is held", "unlock it before"},
	[SPIN_NOT_RELEASED] = {"held while its thread leaves the CPU",
			       "unlock it before the message or poller returns"},
	[SPIN_DESTROYED] = {"used after it was destroyed", "destroy it after its last use, once"},
	[SPIN_NOT_MADE] = {"used before it was made", "call spdk_spin_init() first"},
};

static __thread struct spdk_spinlock_internal *t_held;

static struct spdk_thread *
holder_of(const struct spdk_spinlock *lock)
{
	/* The struct is public, so no C11 atomics. Relaxed: see invariant 1. */
	return __atomic_load_n(&lock->thread, __ATOMIC_RELAXED);
}

static void
set_holder(struct spdk_spinlock *lock, struct spdk_thread *thread)
{
	__atomic_store_n(&lock->thread, thread, __ATOMIC_RELAXED);
}

static const char *
describe_place(const void *address, char *out, size_t size)
{
	if (address == NULL || symbolize(address, out, size) == 0) {
		snprintf(out, size, "an unknown place");
	}
	return out;
}

/* The holder may be gone for long; a stale pointer is described, not followed. */
static const char *
describe_thread(struct spdk_thread *thread, char *out, size_t size)
{
	if (thread == NULL) {
		snprintf(out, size, "no thread");
		return out;
	}
	thread_registry_lock();
	if (thread_registry_has(thread)) {
		snprintf(out, size, "thread '%s'", spdk_thread_get_name(thread));
	} else {
		snprintf(out, size, "thread %p (destroyed)", (void *)thread);
	}
	thread_registry_unlock();
	return out;
}

/* 'lock 0x.. made at F, held by thread 'T' since it locked it at G' */
static void
describe_lock(const struct spdk_spinlock *lock, char *out, size_t size)
{
	char place[PLACE_SIZE], locked_place[PLACE_SIZE], name[PLACE_SIZE];
	const struct spdk_spinlock_internal *internal = lock->internal;
	struct spdk_thread *holder = holder_of(lock);

	if (lock->destroyed) {
		/* What spdk_spin_destroy() left there. */
		snprintf(out, size, "lock %p destroyed at %s", (const void *)lock,
			 describe_place(internal, place, sizeof(place)));
		return;
	}
	if (!lock->initialized) {
		snprintf(out, size, "lock %p never made", (const void *)lock);
		return;
	}
	describe_place(internal ? internal->made_at : NULL, place, sizeof(place));
	if (holder == NULL) {
		snprintf(out, size, "lock %p made at %s, not held", (const void *)lock, place);
		return;
	}
	describe_place(internal ? atomic_load_explicit(&internal->locked_at, memory_order_relaxed) :
				  NULL,
		       locked_place, sizeof(locked_place));
	snprintf(out, size, "lock %p made at %s, held by %s, which locked it at %s",
		 (const void *)lock, place, describe_thread(holder, name, sizeof(name)),
		 locked_place);
}

/* One message, then the end: the state that the lock protects can no longer be trusted. */
static void __attribute__((noreturn, cold, noinline))
die(enum spin_error error, const char *function, const struct spdk_spinlock *lock,
    const void *called_at)
{
	char about[1024], place[PLACE_SIZE], name[PLACE_SIZE];

	describe_lock(lock, about, sizeof(about));
	SPDK_ERRLOG("%s(): unrecoverable spinlock error %d (%s): %s; called on %s at %s. What to "
		    "do: %s.\n",
		    function, error, g_errors[error].what, about,
		    describe_thread(spdk_get_thread(), name, sizeof(name)),
		    describe_place(called_at, place, sizeof(place)), g_errors[error].cure);
	abort();
}

void
spinlock_die_held(struct spdk_thread *thread)
{
	char about[2048], name[PLACE_SIZE];
	const struct spdk_spinlock_internal *held;
	size_t length = 0;
	uint32_t shown = 0;

	about[0] = '\0';
	for (held = t_held; held != NULL && shown < HELD_SHOWN_MAX; held = held->next_held) {
		if (holder_of(held->lock) != thread) {
			continue;
		}
		if (shown++ > 0) {
			length += snprintf(about + length, sizeof(about) - length, "; ");
		}
		describe_lock(held->lock, about + length, sizeof(about) - length);
		length = strlen(about);
	}
	describe_thread(thread, name, sizeof(name));
	SPDK_ERRLOG("A message or poller of %s returned with %u spinlock(s) held: unrecoverable "
		    "spinlock error %d (%s): %s. What to do: %s.\n",
		    name, thread->lock_count, SPIN_NOT_RELEASED, g_errors[SPIN_NOT_RELEASED].what,
		    shown > 0 ? about : "which ones is not known",
		    g_errors[SPIN_NOT_RELEASED].cure);
	abort();
}

static inline void
check_is_made(const struct spdk_spinlock *lock, const char *function, const void *called_at)
{
	if (spdk_unlikely(lock->destroyed)) {
		die(SPIN_DESTROYED, function, lock, called_at);
	}
	if (spdk_unlikely(!lock->initialized)) {
		die(SPIN_NOT_MADE, function, lock, called_at);
	}
}

static inline struct spdk_thread *
check_caller(const struct spdk_spinlock *lock, const char *function, const void *called_at)
{
	struct spdk_thread *thread = spdk_get_thread();

	if (spdk_unlikely(thread == NULL)) {
		die(SPIN_NOT_ON_THREAD, function, lock, called_at);
	}
	check_is_made(lock, function, called_at);
	return thread;
}

static void __attribute__((noinline)) wait_for(struct spdk_spinlock *lock)
{
	uint32_t spins = 0;

	/* Looking at the holder first keeps waiters from pulling at the line that it writes. */
	while (holder_of(lock) != NULL || pthread_spin_trylock(&lock->spinlock) != 0) {
		if (spins < SPINS_BEFORE_YIELD) {
			spins++;
			spdk_pause();
		} else {
			env_yield();
		}
	}
}

static void
note_locked(struct spdk_spinlock_internal *internal, const void *called_at)
{
	if (internal != NULL) {
		atomic_store_explicit(&internal->locked_at, called_at, memory_order_relaxed);
		internal->next_held = t_held;
		t_held = internal;
	}
}

static void
note_unlocked(struct spdk_spinlock_internal *internal)
{
	struct spdk_spinlock_internal **link = &t_held;

	/* Locks are mostly given back in reverse order: the first look finds it. */
	while (*link != NULL && *link != internal) {
		link = &(*link)->next_held;
	}
	if (*link != NULL) {
		*link = internal->next_held;
	}
}

void
spdk_spin_init(struct spdk_spinlock *sspin)
{
	memset(sspin, 0, sizeof(*sspin));
	if (pthread_spin_init(&sspin->spinlock, PTHREAD_PROCESS_PRIVATE) != 0) {
		die(SPIN_NO_PTHREAD_LOCK, __func__, sspin, __builtin_return_address(0));
	}
	sspin->internal = calloc(1, sizeof(*sspin->internal));
	if (sspin->internal != NULL) {
		sspin->internal->lock = sspin;
		sspin->internal->made_at = __builtin_return_address(0);
	}
	sspin->initialized = true;
}

void
spdk_spin_destroy(struct spdk_spinlock *sspin)
{
	const void *called_at = __builtin_return_address(0);

	check_is_made(sspin, __func__, called_at);
	if (spdk_unlikely(holder_of(sspin) != NULL)) {
		die(SPIN_DESTROYED_HELD, __func__, sspin, called_at);
	}
	pthread_spin_destroy(&sspin->spinlock);
	free(sspin->internal);
	/* Not a pointer any more: the place, for the message that explains a later use. */
	sspin->internal = (struct spdk_spinlock_internal *)(uintptr_t)called_at;
	sspin->initialized = false;
	sspin->destroyed = true;
}

void
spdk_spin_lock(struct spdk_spinlock *sspin)
{
	const void *called_at = __builtin_return_address(0);
	struct spdk_thread *thread = check_caller(sspin, __func__, called_at);

	if (spdk_unlikely(holder_of(sspin) == thread)) {
		die(SPIN_LOCKED_TWICE, __func__, sspin, called_at);
	}
	if (spdk_unlikely(pthread_spin_trylock(&sspin->spinlock) != 0)) {
		wait_for(sspin);
	}
	set_holder(sspin, thread);
	thread->lock_count++;
	note_locked(sspin->internal, called_at);
}

void
spdk_spin_unlock(struct spdk_spinlock *sspin)
{
	const void *called_at = __builtin_return_address(0);
	struct spdk_thread *thread = check_caller(sspin, __func__, called_at);

	if (spdk_unlikely(holder_of(sspin) != thread)) {
		die(SPIN_WRONG_THREAD, __func__, sspin, called_at);
	}
	assert(thread->lock_count > 0);
	thread->lock_count--;
	note_unlocked(sspin->internal);
	set_holder(sspin, NULL);
	pthread_spin_unlock(&sspin->spinlock);
}

bool
spdk_spin_held(struct spdk_spinlock *sspin)
{
	struct spdk_thread *thread = check_caller(sspin, __func__, __builtin_return_address(0));

	return holder_of(sspin) == thread;
}
