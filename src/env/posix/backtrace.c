/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The call stack of another OS thread, which is asked for it by a signal.
 *
 * A question has a slot and a ticket; the signal carries the ticket. Phases of a slot:
 *   IDLE      nobody uses it.                          -> ASKED     slot_prepare()
 *   ASKED     the signal is on its way.                -> NOTING    answer(), on the other thread
 *                                                      -> IDLE      wait_for_answer(), too late
 *   NOTING    the other thread runs the note.          -> TRACING   answer()
 *   TRACING   the other thread writes to the slot.     -> ANSWERED  answer()
 *   ANSWERED  the slot is the asker's again.           -> ASKED     slot_prepare()
 *
 * Invariants:
 *  1. g_lock is held by whoever asks, from start to end. The handler never takes a lock.
 *  2. Ticket and phase are one word. So a signal that comes when its question has been withdrawn
 *     finds another word and touches nothing, and the note of a withdrawn question never runs.
 *  3. Slots are static: what begins an answer and is held up writes to memory that is there, and
 *     its slot is not used before it is done.
 *  4. The handler stays in place while a signal is on its way (g_unanswered), as the default of a
 *     real-time signal is to end the process. Should the thread end before its signal comes, it
 *     stays for good; that costs the program one signal.
 */
#include "env/env_internal.h"
#include "env/posix/task_state.h"

#include <execinfo.h>
#include <linux/futex.h>
#include <stdatomic.h>
#include <ucontext.h>

#define NS_PER_SEC     UINT64_C(1000000000)
#define ANSWER_TIME_NS UINT64_C(200000000)
/* Between two looks at a thread that blocks signals. */
#define BLOCKED_PAUSE_NS 200000
/* One is used; others only after a thread has been held up in the middle of its answer. */
#define SLOT_COUNT 4
/* The handler's own frames, and those of a sanitizer, are taken as well. */
#define SLOT_FRAMES_MAX (ENV_BACKTRACE_FRAMES_MAX + 16)
#define PHASE_BITS      3
#define TICKETS         (UINT32_C(1) << (32 - PHASE_BITS))

enum phase {
	PHASE_IDLE,
	PHASE_ASKED,
	PHASE_NOTING,
	PHASE_TRACING,
	PHASE_ANSWERED,
};

struct slot {
	/*
	 * Ticket and phase (invariant 2).
	 * B1: ASKED is stored after the question is written, and loaded before it is read.
	 * B2: ANSWERED is stored after the answer is written, and loaded before it is read.
	 */
	_Atomic uint32_t word;

	void (*note)(void *arg);
	void *arg;

	void *pc;
	void *frames[SLOT_FRAMES_MAX];
	int frame_count;
};

static pthread_mutex_t g_lock = PTHREAD_MUTEX_INITIALIZER;
static struct slot g_slots[SLOT_COUNT];
/* Under g_lock. A slot's tickets are those that leave its index when divided by SLOT_COUNT. */
static uint32_t g_round;
/* Under g_lock; 0 when no handler is in place. */
static int g_signal;
/* Signals that were sent and have not come. Ordered by B2 where it matters. */
static atomic_int g_unanswered;

static uint32_t
make_word(uint32_t ticket, enum phase phase)
{
	return ticket << PHASE_BITS | phase;
}

static enum phase
phase_of(uint32_t word)
{
	return word & ((1u << PHASE_BITS) - 1);
}

/* Signal handlers too. */
static void
set_word(struct slot *slot, uint32_t word)
{
	atomic_store_explicit(&slot->word, word, memory_order_release); /* B1, B2 */
	(void)syscall(SYS_futex, &slot->word, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
}

static void *
interrupted_pc(const ucontext_t *context)
{
#if defined(__x86_64__)
	return (void *)(uintptr_t)context->uc_mcontext.gregs[REG_RIP];
#elif defined(__aarch64__)
	return (void *)(uintptr_t)context->uc_mcontext.pc;
#else
	return NULL;
#endif
}

static void
answer_ticket(uint32_t ticket, const ucontext_t *context)
{
	struct slot *slot = &g_slots[ticket % SLOT_COUNT];
	uint32_t asked = make_word(ticket, PHASE_ASKED);

	if (!atomic_compare_exchange_strong_explicit(&slot->word, &asked,
						     make_word(ticket, PHASE_NOTING),
						     memory_order_acquire, /* B1 */
						     memory_order_relaxed)) {
		return;
	}
	if (slot->note != NULL) {
		slot->note(slot->arg);
	}
	set_word(slot, make_word(ticket, PHASE_TRACING));
	slot->pc = interrupted_pc(context);
	slot->frame_count = backtrace(slot->frames, SLOT_FRAMES_MAX);
	set_word(slot, make_word(ticket, PHASE_ANSWERED));
}

static void
answer(int signal_number, siginfo_t *info, void *context)
{
	int saved_errno = errno;

	/* What others send by this number is of no meaning to anybody. */
	if (info->si_code == SI_QUEUE && info->si_pid == getpid()) {
		atomic_fetch_sub_explicit(&g_unanswered, 1, memory_order_relaxed);
		answer_ticket((uint32_t)info->si_value.sival_int, context);
	}
	errno = saved_errno;
}

static bool
is_free(int signal_number)
{
	struct sigaction action;

	return sigaction(signal_number, NULL, &action) == 0 &&
	       (action.sa_flags & SA_SIGINFO) == 0 && action.sa_handler == SIG_DFL;
}

static bool
is_ours(int signal_number)
{
	struct sigaction action;

	return sigaction(signal_number, NULL, &action) == 0 &&
	       (action.sa_flags & SA_SIGINFO) != 0 && action.sa_sigaction == answer;
}

static bool
is_blocked(int signal_number, uint64_t blocked)
{
	return blocked >> (signal_number - 1) & 1;
}

/*
 * Sets g_signal to one that the program does not use and the thread does not block. -EINPROGRESS:
 * it blocks all of those now.
 */
static int
handler_install(uint64_t blocked)
{
	struct sigaction action = {.sa_sigaction = answer,
				   .sa_flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK};
	int rc = -EBUSY;

	if (g_signal != 0 && is_ours(g_signal)) {
		return is_blocked(g_signal, blocked) ? -EINPROGRESS : 0;
	}
	/* The program's own handlers come after it, and need not fear to be on top of it. */
	sigfillset(&action.sa_mask);
	/* From above, as programs take theirs from below; Valgrind and qemu keep the last ones. */
	for (int signal_number = SIGRTMAX - 2; signal_number >= SIGRTMIN; signal_number--) {
		if (!is_free(signal_number)) {
			continue;
		}
		if (is_blocked(signal_number, blocked)) {
			rc = -EINPROGRESS;
		} else if (sigaction(signal_number, &action, NULL) == 0) {
			g_signal = signal_number;
			return 0;
		}
	}
	return rc;
}

static void
handler_remove(void)
{
	struct sigaction action = {.sa_handler = SIG_DFL};

	if (atomic_load_explicit(&g_unanswered, memory_order_relaxed) > 0) {
		return; /* Invariant 4. */
	}
	/* The program may have taken it meanwhile. */
	if (is_ours(g_signal)) {
		(void)sigaction(g_signal, &action, NULL); /* Fails for bad numbers only. */
	}
	g_signal = 0;
}

/* A slot with a question that nobody has been sent to yet, or NULL. */
static struct slot *
slot_prepare(const struct env_backtrace_request *request, uint32_t *out_ticket)
{
	struct slot *slot;
	enum phase phase;

	for (uint32_t i = 0; i < SLOT_COUNT; i++) {
		slot = &g_slots[i];
		phase = phase_of(atomic_load_explicit(&slot->word, memory_order_acquire)); /* B2 */
		if (phase != PHASE_IDLE && phase != PHASE_ANSWERED) {
			continue;
		}
		slot->note = request->note;
		slot->arg = request->arg;
		*out_ticket = (g_round++ * SLOT_COUNT + i) % TICKETS;
		atomic_store_explicit(&slot->word, make_word(*out_ticket, PHASE_ASKED),
				      memory_order_release); /* B1 */
		return slot;
	}
	return NULL;
}

static int
send_ticket(pid_t tid, uint32_t ticket)
{
	siginfo_t info;
	int rc = 0;

	memset(&info, 0, sizeof(info));
	info.si_signo = g_signal;
	info.si_code = SI_QUEUE;
	info.si_pid = getpid();
	info.si_uid = getuid();
	info.si_value.sival_int = (int)ticket;
	atomic_fetch_add_explicit(&g_unanswered, 1, memory_order_relaxed);
	/* Not pthread_sigqueue(), for which a thread that has ended is a bad pointer. */
	if (syscall(SYS_rt_tgsigqueueinfo, getpid(), tid, g_signal, &info) != 0) {
		rc = -errno;
		atomic_fetch_sub_explicit(&g_unanswered, 1, memory_order_relaxed);
	}
	return rc;
}

static uint64_t
now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * NS_PER_SEC + (uint64_t)now.tv_nsec;
}

/* Sleeps while the word is as given, for `ns` at most. May return early. */
static void
wait_for_change(struct slot *slot, uint32_t word, uint64_t ns)
{
	struct timespec timeout = {.tv_sec = (time_t)(ns / NS_PER_SEC),
				   .tv_nsec = (long)(ns % NS_PER_SEC)};

	(void)syscall(SYS_futex, &slot->word, FUTEX_WAIT_PRIVATE, word, &timeout, NULL, 0);
}

static bool
wait_for_answer(struct slot *slot)
{
	uint64_t now, deadline = now_ns() + ANSWER_TIME_NS;
	uint32_t word;

	for (;;) {
		word = atomic_load_explicit(&slot->word, memory_order_acquire); /* B2 */
		if (phase_of(word) == PHASE_ANSWERED) {
			return true;
		}
		now = now_ns();
		if (phase_of(word) == PHASE_NOTING) {
			/* It may use the caller's memory, so there is no going away. */
			deadline = now + ANSWER_TIME_NS;
		} else if (now >= deadline) {
			if (phase_of(word) == PHASE_TRACING ||
			    atomic_compare_exchange_strong_explicit(&slot->word, &word, PHASE_IDLE,
								    memory_order_relaxed,
								    memory_order_relaxed)) {
				return false;
			}
			continue;
		}
		wait_for_change(slot, word, deadline - now);
	}
}

/* Leaves out the frames of the handler. */
static void
copy_frames(const struct slot *slot, struct env_backtrace *result)
{
	int first = 0;

	if (slot->frame_count <= 0) {
		/* There is no unwinder on this machine. */
		result->frames[0] = slot->pc;
		result->frame_count = slot->pc != NULL ? 1 : 0;
		return;
	}
	while (first < slot->frame_count && slot->frames[first] != slot->pc) {
		first++;
	}
	if (first == slot->frame_count) {
		/* ThreadSanitizer runs handlers later, from a frame of its own. */
		first = 0;
	}
	while (first < slot->frame_count && result->frame_count < ENV_BACKTRACE_FRAMES_MAX) {
		result->frames[result->frame_count++] = slot->frames[first++];
	}
}

/* Under g_lock. */
static int
interrupt(const struct env_backtrace_request *request, struct env_backtrace *result)
{
	struct slot *slot;
	uint32_t ticket;
	int rc;

	slot = slot_prepare(request, &ticket);
	if (slot == NULL) {
		return -EBUSY;
	}
	rc = send_ticket(request->thread.tid, ticket);
	if (rc != 0) {
		atomic_store_explicit(&slot->word, PHASE_IDLE, memory_order_relaxed);
		return rc;
	}
	if (!wait_for_answer(slot)) {
		return -ETIMEDOUT;
	}
	copy_frames(slot, result);
	return 0;
}

/* Under g_lock. -EINPROGRESS: it cannot be interrupted now, but perhaps a little later. */
static int
look_and_interrupt(const struct env_backtrace_request *request, struct env_backtrace *result)
{
	struct task_state state = {0};
	int rc;

	rc = task_state_get(request->thread.tid, &state);
	if (rc == 0 && state.may_be_interrupted) {
		rc = handler_install(state.blocked_signals);
		if (rc == 0) {
			rc = interrupt(request, result);
			handler_remove();
		}
	}
	result->is_sleeping = state.is_sleeping;
	memcpy(result->syscall_name, state.syscall_name, sizeof(result->syscall_name));
	return rc;
}

int
env_backtrace_with_note(const struct env_backtrace_request *request,
			struct env_backtrace *out_backtrace)
{
	const struct timespec pause = {.tv_nsec = BLOCKED_PAUSE_NS};
	struct env_backtrace result = {0};
	uint64_t deadline;
	void *frame;
	int rc;

	/* Its first call loads the unwinder, which a handler must not. */
	(void)backtrace(&frame, 1);
	pthread_mutex_lock(&g_lock);
	deadline = now_ns() + ANSWER_TIME_NS;
	rc = look_and_interrupt(request, &result);
	/* Signals are often blocked for a moment only: in handlers, the last one of ours among
	 * them, and in the C library. */
	while (rc == -EINPROGRESS && now_ns() < deadline) {
		nanosleep(&pause, NULL);
		rc = look_and_interrupt(request, &result);
	}
	pthread_mutex_unlock(&g_lock);
	if (rc == 0) {
		*out_backtrace = result;
	}
	return rc == -EINPROGRESS ? -ETIMEDOUT : rc;
}

int
env_backtrace_of(const struct env_thread_ref *ref, struct env_backtrace *out_backtrace)
{
	struct env_backtrace_request request = {.thread = *ref};

	return env_backtrace_with_note(&request, out_backtrace);
}
