/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * SIGINT and SIGTERM become a request to shut down, which the app thread hears as its critical
 * message.
 *
 * Invariants
 *  1. A request is counted before it is sent. The app thread takes all that have been counted, so
 *     one message is enough for many, and a request that finds the slot of the critical message
 *     taken, or no app thread yet, is not lost: it is sent when there is a thread, and by the
 *     watchdog.
 *  2. g_thread is cleared before the app thread's memory may go, and nobody is inside of
 *     send_request() after that.
 *  3. Handlers of before are put back by app_signal_end(): until then a signal does not kill a
 *     process that still has something to take back. But nobody hears it either, once the app
 *     thread has ended, and a program may never come to spdk_app_fini(): so of those that come
 *     then, the first is taken for a late one, and the second goes to the handler of before.
 *
 * R1: whoever asks counts, then looks for a thread; whoever sets a thread does so, then looks at
 * the count. Both are sequentially consistent, so one of them sees the other.
 */
#include "app/app/app_internal.h"
#include "env/env_internal.h"
#include "spdk/env.h"
#include "spdk/log.h"
#include "spdk/thread.h"

#include <signal.h>
#include <stdatomic.h>

static struct {
	void (*fn)(void);
	_Atomic uint32_t asked;
	_Atomic uint32_t answered; /* the app thread's */
	_Atomic(struct spdk_thread *) thread;
	_Atomic uint32_t senders;
	_Atomic bool has_ended;
	_Atomic uint32_t late_signals; /* since it has ended */
	bool takes_signals;
	bool is_watched;
	struct sigaction old_int;
	struct sigaction old_term;
	struct sigaction old_pipe;
} g_signal;

static void
hear(void *arg)
{
	uint32_t asked = atomic_load_explicit(&g_signal.asked, memory_order_acquire);

	while (atomic_load_explicit(&g_signal.answered, memory_order_relaxed) != asked) {
		atomic_fetch_add_explicit(&g_signal.answered, 1, memory_order_relaxed);
		g_signal.fn();
	}
}

/* Signal-safe. */
static void
send_request(void)
{
	struct spdk_thread *thread;

	atomic_fetch_add_explicit(&g_signal.senders, 1, memory_order_seq_cst);
	thread = atomic_load_explicit(&g_signal.thread, memory_order_seq_cst); /* R1 */
	if (thread != NULL) {
		(void)spdk_thread_send_critical_msg(thread, hear); /* Else: invariant 1. */
	}
	atomic_fetch_sub_explicit(&g_signal.senders, 1, memory_order_seq_cst);
}

void
app_signal_request(void)
{
	atomic_fetch_add_explicit(&g_signal.asked, 1, memory_order_seq_cst); /* R1 */
	send_request();
}

static void
on_late_signal(int number)
{
	if (atomic_fetch_add_explicit(&g_signal.late_signals, 1, memory_order_relaxed) > 0) {
		sigaction(number, number == SIGINT ? &g_signal.old_int : &g_signal.old_term, NULL);
		/* Blocked here, so it comes when this returns. */
		raise(number);
	}
}

static void
on_signal(int number)
{
	int saved_errno = errno;

	if (atomic_load_explicit(&g_signal.has_ended, memory_order_acquire)) {
		on_late_signal(number);
	} else {
		app_signal_request();
	}
	errno = saved_errno;
}

/* The slot of the critical message may have been somebody else's. */
static void
look(void *arg, uint64_t now)
{
	if (atomic_load_explicit(&g_signal.asked, memory_order_acquire) !=
	    atomic_load_explicit(&g_signal.answered, memory_order_relaxed)) {
		send_request();
	}
}

static struct env_watch g_watch = {.check = look};

static void
take_signals(void)
{
	struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
	struct sigaction ignore = {.sa_handler = SIG_IGN};

	sigemptyset(&action.sa_mask);
	sigemptyset(&ignore.sa_mask);
	sigaction(SIGINT, &action, &g_signal.old_int);
	sigaction(SIGTERM, &action, &g_signal.old_term);
	sigaction(SIGPIPE, &ignore, &g_signal.old_pipe);
}

void
app_signal_begin(void (*fn)(void), bool takes_signals)
{
	g_signal.fn = fn;
	atomic_store_explicit(&g_signal.answered, 0, memory_order_relaxed);
	atomic_store_explicit(&g_signal.asked, 0, memory_order_relaxed);
	atomic_store_explicit(&g_signal.late_signals, 0, memory_order_relaxed);
	atomic_store_explicit(&g_signal.has_ended, false, memory_order_relaxed);
	g_signal.takes_signals = takes_signals;
	if (takes_signals) {
		take_signals();
	}
	g_signal.is_watched = env_watch_add(&g_watch) == 0;
}

void
app_signal_set_thread(struct spdk_thread *app_thread)
{
	atomic_store_explicit(&g_signal.thread, app_thread, memory_order_seq_cst); /* R1 */
	if (app_thread == NULL) {
		atomic_store_explicit(&g_signal.has_ended, true, memory_order_release);
		/* Those who saw the thread are short, and none of them is this OS thread. */
		while (atomic_load_explicit(&g_signal.senders, memory_order_seq_cst) != 0) {
			env_yield();
		}
	} else if (atomic_load_explicit(&g_signal.asked, memory_order_seq_cst) != 0) { /* R1 */
		send_request();
	}
}

void
app_signal_end(void)
{
	if (g_signal.is_watched) {
		env_watch_remove(&g_watch);
	}
	if (g_signal.takes_signals) {
		sigaction(SIGINT, &g_signal.old_int, NULL);
		sigaction(SIGTERM, &g_signal.old_term, NULL);
		sigaction(SIGPIPE, &g_signal.old_pipe, NULL);
	}
}
