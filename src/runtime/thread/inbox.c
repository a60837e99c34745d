/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * I1: acq_rel on the head pairs with itself: the pusher's store of `next`, and all that a pusher or
 * notifier did before, is seen by the owner that takes the thread or the notice.
 */
#include "runtime/thread/inbox.h"

#define PARKED ((struct mailbox *)(uintptr_t)1)
#define NOTICE ((uintptr_t)2)
#define ASKED  ((uintptr_t)4)
#define MARKS  (NOTICE | ASKED)

static struct mailbox *
newest_of(const struct mailbox *head)
{
	return head == PARKED ? NULL : (struct mailbox *)((uintptr_t)head & ~MARKS);
}

static uintptr_t
marks_of(const struct mailbox *head)
{
	return (uintptr_t)head & MARKS;
}

static struct mailbox *
with_marks(const struct mailbox *newest, uintptr_t marks)
{
	return (struct mailbox *)((uintptr_t)newest | marks);
}

bool
inbox_push(struct inbox *inbox, struct mailbox *mailbox)
{
	struct mailbox *head = load_relaxed(&inbox->head);

	do {
		mailbox->next = newest_of(head);
	} while (!cas_weak_acq_rel(&inbox->head, &head,
				   with_marks(mailbox, marks_of(head)))); /* I1 */
	return head == PARKED;
}

static bool
mark(struct inbox *inbox, uintptr_t mark)
{
	struct mailbox *head = load_relaxed(&inbox->head);

	/* Also where it is marked already: the write orders what the caller did before (I1). */
	while (!cas_weak_acq_rel(&inbox->head, &head,
				 with_marks(newest_of(head), marks_of(head) | mark))) {
	}
	return head == PARKED;
}

bool
inbox_wake(struct inbox *inbox)
{
	return mark(inbox, NOTICE);
}

bool
inbox_ask(struct inbox *inbox)
{
	return mark(inbox, ASKED);
}

struct mailbox *
inbox_take(struct inbox *inbox)
{
	struct mailbox *head, *newest, *oldest = NULL;

	/* Looking first keeps the line shared while there is nothing; a busy owner polls this. */
	if (load_relaxed(&inbox->head) == NULL) {
		return NULL;
	}
	head = exchange_acq_rel(&inbox->head, NULL); /* I1 */
	assert(head != PARKED);
	inbox->is_noticed |= (marks_of(head) & NOTICE) != 0;
	inbox->is_asked |= (marks_of(head) & ASKED) != 0;
	newest = newest_of(head);
	while (newest != NULL) {
		struct mailbox *next = newest->next;

		newest->next = oldest;
		oldest = newest;
		newest = next;
	}
	return oldest;
}

bool
inbox_was_asked(struct inbox *inbox)
{
	bool was_asked = inbox->is_asked;

	inbox->is_asked = false;
	return was_asked;
}

bool
inbox_park(struct inbox *inbox)
{
	struct mailbox *head = NULL;

	if (inbox->is_noticed) {
		inbox->is_noticed = false;
		return false;
	}
	return cas_acq_rel(&inbox->head, &head, PARKED);
}

void
inbox_unpark(struct inbox *inbox)
{
	struct mailbox *head = PARKED;

	/* Fails when somebody has put a thread there, or woke us: both are what we came for. */
	(void)cas_acq_rel(&inbox->head, &head, NULL);
}

bool
inbox_is_empty(const struct inbox *inbox)
{
	return newest_of(load_acquire(&((struct inbox *)(uintptr_t)inbox)->head)) == NULL;
}
