/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An inbox takes READY threads from anybody to the one OS thread that runs a run queue. Its head is
 * one word: empty, noticed (empty, but the owner is not to sleep), parked (empty, and the owner
 * sleeps or is about to), or the newest thread of a stack. So "is it empty, then sleep" is one
 * compare-and-swap, and whoever changes PARKED to something else, and nobody else, owes the owner a
 * wake-up.
 *
 *   EMPTY   -> thread   inbox_push()          PARKED  -> thread   inbox_push(): wake
 *           -> NOTICED  inbox_wake()                  -> NOTICED  inbox_wake(): wake
 *           -> PARKED   inbox_park(), owner           -> EMPTY    inbox_unpark(), owner
 *   NOTICED -> thread   inbox_push()          thread  -> thread   inbox_push()
 *           -> EMPTY    inbox_take(), owner           -> EMPTY    inbox_take(), owner
 */
#ifndef SPINDLE_INBOX_H
#define SPINDLE_INBOX_H

#include "runtime/thread/mailbox.h"

struct inbox {
	struct mailbox *_Atomic head;
};

/* Any OS thread, signal handlers. True: the owner was parked, wake it. */
bool inbox_push(struct inbox *inbox, struct mailbox *mailbox);
/* Any OS thread, signal handlers: the next inbox_park() fails. True: the owner was parked, wake it.
 */
bool inbox_wake(struct inbox *inbox);

/* Owner: all that has come, oldest first, linked by `next`; NULL when nothing has. */
struct mailbox *inbox_take(struct inbox *inbox);
/* Owner: false when there is something to take, or a notice; then it must not sleep. */
bool inbox_park(struct inbox *inbox);
void inbox_unpark(struct inbox *inbox);
/* Whether a value of `head` is a thread. */
bool inbox_is_thread(const struct mailbox *head);

#endif
