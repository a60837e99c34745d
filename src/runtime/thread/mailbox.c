/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The state word and the message queue; mailbox.h has the states and invariants.
 *
 * Which order pairs with which:
 *   M1  store_release of slot.fn            with load_acquire in mailbox_take(): the context
 *   M2  store_release of first or next      with load_acquire in mailbox_take(): the new segment
 *   M3  acq_rel on the word                 with itself: what one runner did to the thread, or a
 *                                           notifier before its notice, is seen by the next run,
 *                                           on whichever OS thread; and a cleared segment by
 *                                           every sender that claims a slot of it
 *
 * Calls that may run against each other on one mailbox:
 *   send, notify, woken        any number of OS threads
 *   begin .. take, renew .. end/close   one OS thread at a time, guarded by RUNNING
 *   claim                      the home only
 */
#include "runtime/thread/mailbox.h"
#include "env/prefetch.h"
#include "spdk/util.h"

#define SLOTS_OF_LINE (SPDK_CACHE_LINE_SIZE / sizeof(struct message_slot))

#define SLOT_ONE (UINT64_C(1) << MAILBOX_SLOT_SHIFT)

static uint64_t
with_life(uint64_t word, enum mailbox_life life)
{
	return (word & ~(MAILBOX_LIFE_MASK << MAILBOX_LIFE_SHIFT)) |
	       ((uint64_t)life << MAILBOX_LIFE_SHIFT);
}

static uint64_t
with_run(uint64_t word, enum mailbox_run run)
{
	return (word & ~MAILBOX_RUN_MASK) | run;
}

static uint64_t
with_home(uint64_t word, uint32_t home)
{
	uint64_t others = (UINT64_C(1) << MAILBOX_HOME_SHIFT) - 1;

	return (word & others) | ((uint64_t)home << MAILBOX_HOME_SHIFT);
}

static uint64_t
without_segment(uint64_t word)
{
	return word & ~(MAILBOX_SEGMENT_MASK | (MAILBOX_SLOT_MASK << MAILBOX_SLOT_SHIFT));
}

static bool
is_open(uint64_t word)
{
	enum mailbox_life life = mailbox_word_life(word);

	return life == MAILBOX_LIVE || life == MAILBOX_EXITING;
}

bool
mailbox_is_open(struct mailbox *mailbox)
{
	return is_open(load_relaxed(&mailbox->word));
}

bool
mailbox_is_closed(struct mailbox *mailbox)
{
	uint64_t word = load_acquire(&mailbox->word); /* M3: the last run */

	return mailbox_word_life(word) == MAILBOX_EXITED && mailbox_word_run(word) == MAILBOX_IDLE;
}

/* The word after a message or notice has come in, as far as `run` goes. */
static uint64_t
woken_word(uint64_t word)
{
	if (mailbox_word_run(word) != MAILBOX_IDLE) {
		return word;
	}
	if ((word & MAILBOX_FD) && mailbox_word_home(word) == 0) {
		return with_run(word, MAILBOX_WAKING);
	}
	return with_run(word, MAILBOX_READY);
}

static bool
is_run(uint64_t word)
{
	return mailbox_word_run(word) == MAILBOX_RUNNING ||
	       mailbox_word_run(word) == MAILBOX_NOTIFIED;
}

/* What falls to the one who changed the word from `before`, by woken_word(). */
static void
set_handoff(struct mailbox_handoff *handoff, uint64_t before)
{
	handoff->home = mailbox_word_home(before);
	if (mailbox_word_run(before) != MAILBOX_IDLE) {
		handoff->what = MAILBOX_NOTHING;
	} else if (handoff->home != 0) {
		handoff->what = MAILBOX_TO_HOME;
	} else {
		handoff->what = (before & MAILBOX_FD) ? MAILBOX_WRITE_FD : MAILBOX_NOTHING;
	}
}

void
mailbox_open(struct mailbox *mailbox, uint32_t home)
{
	store_release(&mailbox->word, with_home(with_life(0, MAILBOX_LIVE), home));
}

bool
mailbox_is_full(struct mailbox *mailbox)
{
	uint32_t limit = load_relaxed(&mailbox->segments_max);

	return limit != 0 &&
	       load_relaxed(&mailbox->segments) - load_relaxed(&mailbox->passed) >= limit &&
	       mailbox_word_slot(load_relaxed(&mailbox->word)) == SEGMENT_SLOTS;
}

/*
 * Claims the first slot of a segment of its own. The message is in place before the segment can be
 * seen; whoever loses the race for the word gives his segment back and looks again. The winner's
 * predecessor segment cannot go away, because the receiver does not pass it before it is linked.
 */
static int
send_in_new_segment(struct mailbox *mailbox, uint64_t word, struct message message,
		    uint64_t *out_before)
{
	struct segment *full = mailbox_word_segment(word);
	struct segment *segment;
	uint64_t next;

	segment = segment_alloc();
	if (segment == NULL) {
		return -ENOMEM;
	}
	assert(((uintptr_t)segment & ~MAILBOX_SEGMENT_MASK) == 0);
	segment->slot[0].ctx = message.ctx;
	store_relaxed(&segment->slot[0].fn, message.fn);

	next = without_segment(woken_word(word));
	next |= (uint64_t)(uintptr_t)segment | SLOT_ONE;
	if (!cas_acq_rel(&mailbox->word, &word, next)) { /* M3 */
		segment_free(segment);
		return -EAGAIN;
	}
	fetch_add_acq_rel(&mailbox->segments, 1);
	store_release(full != NULL ? &full->next : &mailbox->first, segment); /* M2 */
	*out_before = word;
	return 0;
}

int
mailbox_send(struct mailbox *mailbox, message_fn fn, void *ctx, struct mailbox_handoff *out_handoff)
{
	uint64_t word = load_relaxed(&mailbox->word);
	struct message_slot *slot;

	for (;;) {
		if (!is_open(word)) {
			return -EIO;
		}
		if ((word & MAILBOX_SEGMENT_MASK) == 0 ||
		    mailbox_word_slot(word) == SEGMENT_SLOTS) {
			struct message message = {.fn = fn, .ctx = ctx};
			int rc = send_in_new_segment(mailbox, word, message, &word);

			if (rc == -EAGAIN) {
				word = load_relaxed(&mailbox->word);
				continue;
			}
			if (rc == 0) {
				set_handoff(out_handoff, word);
				out_handoff->next_slot = NULL;
			}
			return rc;
		}
		if (cas_weak_acq_rel(&mailbox->word, &word, woken_word(word) + SLOT_ONE)) { /* M3 */
			break;
		}
	}
	/* Before the store the segment waits for us; after it, it may be gone. */
	set_handoff(out_handoff, word);
	slot = &mailbox_word_segment(word)->slot[mailbox_word_slot(word)];
	out_handoff->next_slot = slot + 1;
	slot->ctx = ctx;
	store_release(&slot->fn, fn); /* M1 */
	return 0;
}

int
mailbox_notify(struct mailbox *mailbox, struct mailbox_handoff *out_handoff)
{
	uint64_t word = load_relaxed(&mailbox->word);
	uint64_t next;

	do {
		if (!is_open(word)) {
			return -EIO;
		}
		next = woken_word(word);
		if (mailbox_word_run(word) == MAILBOX_RUNNING) {
			next = with_run(word, MAILBOX_NOTIFIED);
		}
		/*
		 * Also when nothing changes: the write orders what the notifier did before, for the
		 * run that is still to come (M3).
		 */
	} while (!cas_weak_acq_rel(&mailbox->word, &word, next)); /* M3 */
	set_handoff(out_handoff, word);
	if (is_run(word) && out_handoff->home != 0) {
		out_handoff->what = MAILBOX_ASK_HOME;
	}
	return 0;
}

void
mailbox_woken(struct mailbox *mailbox)
{
	/* Others may claim slots meanwhile; the bits of `run` are the waker's. */
	fetch_sub_acq_rel(&mailbox->word, (uint64_t)(MAILBOX_WAKING - MAILBOX_READY));
}

bool
mailbox_claim(struct mailbox *mailbox)
{
	uint64_t word = load_relaxed(&mailbox->word);

	do {
		if (mailbox_word_run(word) != MAILBOX_IDLE || !is_open(word)) {
			return false;
		}
	} while (!cas_weak_acq_rel(&mailbox->word, &word, with_run(word, MAILBOX_READY)));
	return true;
}

bool
mailbox_begin(struct mailbox *mailbox, bool from_idle, enum mailbox_run *out_run)
{
	uint64_t word = load_relaxed(&mailbox->word);
	enum mailbox_run run;

	do {
		run = mailbox_word_run(word);
		*out_run = run;
		if (!is_open(word) ||
		    !(run == MAILBOX_READY || (run == MAILBOX_IDLE && from_idle))) {
			return false;
		}
	} while (
		!cas_weak_acq_rel(&mailbox->word, &word, with_run(word, MAILBOX_RUNNING))); /* M3 */
	return true;
}

static void
count_passed(struct mailbox *mailbox, int segments)
{
	uint32_t passed = load_relaxed(&mailbox->passed);

	store_relaxed(&mailbox->passed, passed + (uint32_t)segments);
}

static struct segment *
next_segment(struct mailbox *mailbox)
{
	struct segment *head = mailbox->head;
	struct segment *next = load_acquire(head != NULL ? &head->next : &mailbox->first); /* M2 */

	if (next == NULL) {
		return NULL;
	}
	if (head != NULL) {
		segment_free(head);
		count_passed(mailbox, 1);
	} else {
		/* For the day when all are given back, and a sender brings a first one again. */
		store_relaxed(&mailbox->first, NULL);
	}
	mailbox->head = next;
	mailbox->head_slot = 0;
	return next;
}

/* Whether every slot claimed up to `word` has been taken. */
static bool
is_drained(const struct mailbox *mailbox, uint64_t word)
{
	struct segment *segment = mailbox_word_segment(word);

	return segment == mailbox->head &&
	       (segment == NULL || mailbox_word_slot(word) == mailbox->head_slot);
}

uint64_t
mailbox_mark(const struct mailbox *mailbox)
{
	return load_relaxed(&mailbox->word);
}

/* At the first message of each line, fetches the one that comes after it. */
static void
fetch_next_line(const struct mailbox *mailbox, struct segment *head)
{
	uint32_t slot = mailbox->head_slot + SLOTS_OF_LINE;

	if (mailbox->head_slot % SLOTS_OF_LINE != 0) {
		return;
	}
	if (slot < SEGMENT_SLOTS) {
		env_prefetch_to_read(&head->slot[slot]);
	} else {
		env_prefetch_to_read(peek(&head->next));
	}
}

bool
mailbox_take(struct mailbox *mailbox, uint64_t mark, struct message *out_message)
{
	struct segment *head = mailbox->head;
	struct message_slot *slot;
	message_fn fn;

	if (is_drained(mailbox, mark)) {
		return false;
	}
	if (head == NULL || mailbox->head_slot == SEGMENT_SLOTS) {
		head = next_segment(mailbox);
		if (head == NULL) {
			return false;
		}
	}
	slot = &head->slot[mailbox->head_slot];
	fn = load_acquire(&slot->fn); /* M1 */
	if (fn == NULL) {
		return false;
	}
	fetch_next_line(mailbox, head);
	out_message->fn = fn;
	out_message->ctx = slot->ctx;
	mailbox->head_slot++;
	return true;
}

bool
mailbox_has_message(const struct mailbox *mailbox)
{
	/* Only the types of C11 want it so: a load takes no pointer to const. */
	struct mailbox *own = (struct mailbox *)(uintptr_t)mailbox;
	struct segment *head = own->head;

	if (head == NULL) {
		return load_relaxed(&own->first) != NULL;
	}
	if (own->head_slot == SEGMENT_SLOTS) {
		return load_relaxed(&head->next) != NULL;
	}
	return load_relaxed(&head->slot[own->head_slot].fn) != NULL;
}

bool
mailbox_renew(struct mailbox *mailbox)
{
	uint64_t word = load_relaxed(&mailbox->word);

	do {
		if (mailbox_word_run(word) != MAILBOX_NOTIFIED) {
			return false;
		}
	} while (
		!cas_weak_acq_rel(&mailbox->word, &word, with_run(word, MAILBOX_RUNNING))); /* M3 */
	return true;
}

enum mailbox_run
mailbox_end(struct mailbox *mailbox, bool again, uint32_t home)
{
	uint64_t word = load_relaxed(&mailbox->word);
	enum mailbox_run run;

	do {
		assert(is_run(word));
		run = MAILBOX_READY;
		if (!again && mailbox_word_run(word) == MAILBOX_RUNNING &&
		    mailbox_word_home(word) == home && is_drained(mailbox, word)) {
			run = MAILBOX_IDLE;
		} else if ((word & MAILBOX_FD) && home == 0) {
			run = MAILBOX_WAKING;
		}
	} while (!cas_weak_acq_rel(&mailbox->word, &word, with_home(with_run(word, run), home)));
	return run;
}

bool
mailbox_rest(struct mailbox *mailbox)
{
	struct segment *last = mailbox->head;
	uint64_t word = load_relaxed(&mailbox->word);

	if (last == NULL) {
		return false;
	}
	/* Before others may run it. */
	mailbox->head = NULL;
	count_passed(mailbox, 1);
	do {
		uint32_t slot = mailbox_word_slot(word);

		if (mailbox_word_run(word) != MAILBOX_RUNNING ||
		    mailbox_word_segment(word) != last || slot != mailbox->head_slot) {
			mailbox->head = last;
			count_passed(mailbox, -1);
			return false;
		}
	} while (!cas_weak_acq_rel(&mailbox->word, &word,
				   without_segment(with_run(word, MAILBOX_IDLE))));
	segment_free(last);
	return true;
}

void
mailbox_exiting(struct mailbox *mailbox)
{
	uint64_t word = load_relaxed(&mailbox->word);

	do {
		if (mailbox_word_life(word) != MAILBOX_LIVE) {
			return;
		}
	} while (!cas_weak_acq_rel(&mailbox->word, &word, with_life(word, MAILBOX_EXITING)));
}

void
mailbox_refuse(struct mailbox *mailbox)
{
	uint64_t word = load_relaxed(&mailbox->word);
	uint64_t next;

	do {
		next = with_run(with_life(word, MAILBOX_EXITED), MAILBOX_RUNNING);
	} while (!cas_weak_acq_rel(&mailbox->word, &word, next));
}

bool
mailbox_close(struct mailbox *mailbox)
{
	uint64_t word = load_relaxed(&mailbox->word);

	do {
		if (!is_drained(mailbox, word) || mailbox_word_run(word) != MAILBOX_RUNNING) {
			return false;
		}
	} while (!cas_weak_acq_rel(&mailbox->word, &word, with_life(0, MAILBOX_EXITED)));
	if (mailbox->head != NULL) {
		segment_free(mailbox->head);
	}
	mailbox->head = NULL;
	return true;
}

void
mailbox_destroy(struct mailbox *mailbox)
{
	struct segment *segment = mailbox->head;

	store_release(&mailbox->word, 0);
	if (segment == NULL) {
		segment = load_acquire(&mailbox->first);
	}
	while (segment != NULL) {
		struct segment *next = load_acquire(&segment->next);

		segment_free(segment);
		segment = next;
	}
	mailbox->head = NULL;
	store_relaxed(&mailbox->first, NULL);
}

size_t
mailbox_count_untaken(struct mailbox *mailbox)
{
	uint32_t segments = load_relaxed(&mailbox->segments);
	uint64_t word = load_relaxed(&mailbox->word);

	/* The last segment is counted a moment after its first slot has been claimed. */
	return (segments > 1 ? (size_t)(segments - 1) * SEGMENT_SLOTS : 0) +
	       mailbox_word_slot(word);
}

bool
mailbox_has_claims(struct mailbox *mailbox)
{
	return !is_drained(mailbox, load_acquire(&mailbox->word));
}

void
mailbox_set_fd(struct mailbox *mailbox, bool has_fd)
{
	uint64_t word = load_relaxed(&mailbox->word);
	uint64_t next;

	do {
		next = has_fd ? word | MAILBOX_FD : word & ~MAILBOX_FD;
	} while (!cas_weak_acq_rel(&mailbox->word, &word, next));
}
