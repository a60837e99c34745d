/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * I1: acq_rel on the head pairs with itself: the pusher's store of `next`, and all that it did
 * before, is seen by the owner that takes the thread.
 */
#include "runtime/thread/inbox.h"

#define PARKED  ((struct mailbox *)(uintptr_t)1)
#define NOTICED ((struct mailbox *)(uintptr_t)2)

bool
inbox_is_thread(const struct mailbox *head)
{
	return head != NULL && head != PARKED && head != NOTICED;
}

bool
inbox_push(struct inbox *inbox, struct mailbox *mailbox)
{
	struct mailbox *head = load_relaxed(&inbox->head);

	do {
		mailbox->next = inbox_is_thread(head) ? head : NULL;
	} while (!cas_weak_acq_rel(&inbox->head, &head, mailbox)); /* I1 */
	return head == PARKED;
}

bool
inbox_wake(struct inbox *inbox)
{
	struct mailbox *head = load_relaxed(&inbox->head);

	do {
		if (inbox_is_thread(head)) {
			return false;
		}
		/* NOTICED again too: the write orders what the caller did before (I1). */
	} while (!cas_weak_acq_rel(&inbox->head, &head, NOTICED));
	return head == PARKED;
}

struct mailbox *
inbox_take(struct inbox *inbox)
{
	struct mailbox *newest, *oldest = NULL;

	/* Looking first keeps the line shared while there is nothing; a busy owner polls this. */
	if (load_relaxed(&inbox->head) == NULL) {
		return NULL;
	}
	newest = exchange_acq_rel(&inbox->head, NULL); /* I1 */
	assert(newest != PARKED);
	if (newest == NOTICED) {
		return NULL;
	}
	while (newest != NULL) {
		struct mailbox *next = newest->next;

		newest->next = oldest;
		oldest = newest;
		newest = next;
	}
	return oldest;
}

bool
inbox_park(struct inbox *inbox)
{
	struct mailbox *head = NULL;

	return cas_acq_rel(&inbox->head, &head, PARKED);
}

void
inbox_unpark(struct inbox *inbox)
{
	struct mailbox *head = PARKED;

	/* Fails when somebody has put a thread there, or woke us: both are what we came for. */
	(void)cas_acq_rel(&inbox->head, &head, NULL);
}
