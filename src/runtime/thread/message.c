/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Sending to a thread and running what was sent. The queue itself is mailbox.c.
 */
#include "env/prefetch.h"
#include "runtime/thread/spinlock.h"
#include "runtime/thread/thread_internal.h"

void
thread_hand_over(struct spdk_thread *thread, const struct mailbox_handoff *handoff)
{
	switch (handoff->what) {
	case MAILBOX_NOTHING:
		break;
	case MAILBOX_TO_HOME:
		run_queue_hand_over(handoff->home, &thread->runnable, t_tls.run_queue);
		break;
	case MAILBOX_ASK_HOME:
		run_queue_ask(handoff->home);
		break;
	case MAILBOX_WRITE_FD:
		/* Nobody runs the thread until mailbox_woken(), so its descriptor stays open. */
		thread_interrupts_signal(thread);
		mailbox_woken(thread_mailbox(thread));
		break;
	}
}

/*
 * Where this OS thread sent its last message, and where the next one there will lie. Both lines
 * that a message changes are asked for at once, before either is needed.
 */
static __thread struct {
	const struct mailbox *mailbox;
	const void *next_slot;
} t_last_send;

static int
deliver(const struct spdk_thread *thread, spdk_msg_fn fn, void *ctx)
{
	struct mailbox *mailbox = thread_mailbox(thread);
	struct mailbox_handoff handoff;
	int rc;

	env_prefetch_to_write(mailbox);
	if (t_last_send.mailbox == mailbox) {
		env_prefetch_to_write(t_last_send.next_slot);
	}
	if (t_tls.batch_of == mailbox && t_tls.batch_end == MAILBOX_NO_MARK) {
		t_tls.batch_end = mailbox_mark(mailbox);
	}
	rc = mailbox_send(mailbox, fn, ctx, &handoff);

	if (spdk_unlikely(rc == -ENOMEM)) {
		SPDK_ERRLOG("Out of memory for messages. Callers of spdk_thread_send_msg() rely on "
			    "what they send being run, so the process ends here.\n");
		abort();
	}
	if (rc == 0) {
		t_last_send.mailbox = mailbox;
		t_last_send.next_slot = handoff.next_slot;
		if (handoff.what != MAILBOX_NOTHING) {
			thread_hand_over((struct spdk_thread *)(uintptr_t)thread, &handoff);
		}
	}
	return rc;
}

int
spdk_thread_send_msg(const struct spdk_thread *thread, spdk_msg_fn fn, void *ctx)
{
	int rc;

	if (spdk_unlikely(thread == NULL || fn == NULL)) {
		char place[EXPLAIN_PLACE_SIZE];

		SPDK_ERRLOG("spdk_thread_send_msg() was called with a NULL %s at %s\n",
			    thread == NULL ? "thread" : "function",
			    explain_place(__builtin_return_address(0), place, sizeof(place)));
		return -EINVAL;
	}
	if (spdk_unlikely(mailbox_is_full(thread_mailbox(thread)))) {
		/* The limit was asked for, and so is the answer: no message. */
		return -ENOMEM;
	}
	rc = deliver(thread, fn, ctx);
	if (spdk_unlikely(rc != 0)) {
		explain_refused_send("spdk_thread_send_msg", thread, (const void *)(uintptr_t)fn);
	}
	return rc;
}

bool
thread_try_send(struct spdk_thread *thread, spdk_msg_fn fn, void *ctx)
{
	return deliver(thread, fn, ctx) == 0;
}

/* Signal-safe: atomics and at most one write(2). */
int
spdk_thread_send_critical_msg(struct spdk_thread *thread, spdk_msg_fn fn)
{
	struct mailbox *mailbox;
	struct mailbox_handoff handoff;
	message_fn none = NULL;

	if (thread == NULL || fn == NULL) {
		return -EINVAL;
	}
	mailbox = thread_mailbox(thread);
	if (!mailbox_is_open(mailbox)) {
		return -EIO;
	}
	/* C1: the slot is written before the notice, and read after a run has begun. */
	if (!cas_acq_rel(&mailbox->critical, &none, fn)) {
		return -EBUSY;
	}
	if (mailbox_notify(mailbox, &handoff) != 0) {
		/* It has exited since. Its last run may have taken the function, which then counts.
		 */
		none = fn;
		return cas_acq_rel(&mailbox->critical, &none, NULL) ? -EIO : 0;
	}
	if (handoff.what == MAILBOX_TO_HOME) {
		/* Not the ready list: this may have interrupted the code that changes it. */
		run_queue_hand_over(handoff.home, &thread->runnable, NULL);
	} else {
		thread_hand_over(thread, &handoff);
	}
	return 0;
}

void
thread_notify(struct spdk_thread *thread)
{
	struct mailbox_handoff handoff;

	if (mailbox_notify(thread_mailbox(thread), &handoff) == 0) {
		thread_hand_over(thread, &handoff);
	}
}

void
thread_tell_home(struct spdk_thread *thread)
{
	if (load_relaxed(&thread->runner) != &t_tls) {
		thread_notify(thread);
	}
}

bool
thread_run_critical(struct spdk_thread *thread)
{
	struct mailbox *mailbox = thread_mailbox(thread);
	const void *outer;
	message_fn fn;

	if (spdk_likely(load_relaxed(&mailbox->critical) == NULL)) {
		return false;
	}
	fn = exchange_acq_rel(&mailbox->critical, NULL); /* C1 */
	outer = activity_set_function((const void *)(uintptr_t)fn);
	fn(NULL);
	(void)activity_set_function(outer);
	return true;
}

uint32_t
thread_run_messages(struct spdk_thread *thread, uint32_t max)
{
	struct mailbox *mailbox = thread_mailbox(thread);
	struct mailbox *outer_batch_of = t_tls.batch_of;
	uint64_t outer_batch_end = t_tls.batch_end;
	uint32_t nested_polls = thread->nested_polls;
	const void *outer = load_relaxed(&t_activity.function);
	struct message message;
	uint32_t count = 0;

	/*
	 * What they send to their own thread runs in a later batch: the first such message sets the
	 * end. To read the end of the queue at the start would take its line from who sends.
	 */
	t_tls.batch_of = mailbox;
	t_tls.batch_end = MAILBOX_NO_MARK;
	/* A poll from inside a message may have gone beyond the end: this batch ends there. */
	while (count < max && thread->nested_polls == nested_polls &&
	       mailbox_take(mailbox, t_tls.batch_end, &message)) {
		(void)activity_set_function((const void *)(uintptr_t)message.fn);
		message.fn(message.ctx);
		spinlock_check_released(thread);
		count++;
	}
	(void)activity_set_function(outer);
	t_tls.batch_of = outer_batch_of;
	t_tls.batch_end = outer_batch_end;
	t_tls.message_count += count;
	return count;
}
