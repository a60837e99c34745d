/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An inbox takes READY threads from anybody to the one OS thread that runs a run queue. Its head is
 * one word: parked (empty, and the owner sleeps or is about to), or a stack of threads, newest
 * first and perhaps empty, with or without a notice and a question (bits of the pointer). So "is it
 * empty, then sleep" is one compare-and-swap, and whoever changes PARKED to something else, and
 * nobody else, owes the owner a wake-up.
 *
 *   stack   -> stack    inbox_push(): one more; inbox_wake(): a notice; inbox_ask(): a question
 *           -> empty    inbox_take(), owner
 *   empty   -> PARKED   inbox_park(), owner
 *   PARKED  -> stack    inbox_push(), inbox_wake(), inbox_ask(): wake
 *           -> empty    inbox_unpark(), owner
 *
 * A notice lasts until a park has failed for it, also when the owner takes the stack before: what
 * the notifier did before is then seen by whatever the owner looks at before it parks again. A
 * question is answered by the turn that takes it.
 */
#ifndef SPINDLE_INBOX_H
#define SPINDLE_INBOX_H

#include "runtime/thread/mailbox.h"

struct inbox {
	struct mailbox *_Atomic head;
	bool is_noticed; /* owner: a notice has been taken, and no park has failed for it yet */
	bool is_asked;   /* owner: a question has been taken, and not been answered yet */
};

/* Any OS thread, signal handlers. True: the owner was parked, wake it. */
bool inbox_push(struct inbox *inbox, struct mailbox *mailbox);
/* Any OS thread, signal handlers: the next inbox_park() fails. True: the owner was parked, wake it.
 */
bool inbox_wake(struct inbox *inbox);
/* The same, until inbox_was_asked(). */
bool inbox_ask(struct inbox *inbox);

/* Owner: all that has come, oldest first, linked by `next`; NULL when nothing has. */
struct mailbox *inbox_take(struct inbox *inbox);
/* Owner: whether a question came with what was taken since the last time. */
bool inbox_was_asked(struct inbox *inbox);
/* Owner: false when there is something to take, or a notice; then it must not sleep. */
bool inbox_park(struct inbox *inbox);
void inbox_unpark(struct inbox *inbox);
/* Any OS thread: whether no thread is in it; true only while nobody pushes. */
bool inbox_is_empty(const struct inbox *inbox);

#endif
