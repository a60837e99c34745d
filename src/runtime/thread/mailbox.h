/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A mailbox is the shared half of a lightweight thread: its queue of messages and the one word that
 * says what state it is in, where it lives, and where the next message goes.
 *
 *   63......52  51  50  49..48  47...............8  7  6...3  2.0
 *      home     fd   -   life   address of segment  -  slot   run
 *
 * home  run queue that the thread lives on; 0: none, somebody calls spdk_thread_poll()
 * fd    a foreign loop sleeps on the thread's descriptor: who wakes it writes to that
 * life  NONE: no thread here (also what discarded memory reads as), LIVE, EXITING, EXITED
 * slot  next free slot of the segment; SEGMENT_SLOTS: it is full
 *
 * No segment: none was ever needed, or the last one was given back.
 *
 * States of `run`, and who makes each move:
 *
 *   IDLE     nothing to do, on no list     -> READY     the first sender or notifier:
 * mailbox_send(), mailbox_notify(); it and nobody else hands the thread to its home
 *                                          -> READY     its home, for a due timer: mailbox_claim()
 *                                          -> RUNNING   spdk_thread_poll(): mailbox_begin()
 *                                          -> WAKING    as READY, when `fd` is set and there is no
 *                                                       home
 *   WAKING   the waker is writing to fd    -> READY     the same waker: mailbox_woken(); until
 *                                                       then nobody may run it, so that the fd
 *                                                       cannot be closed under the waker
 *   READY    on its home's inbox or list   -> RUNNING   its home or poller: mailbox_begin()
 *   RUNNING  one OS thread runs it, or     -> NOTIFIED  mailbox_notify()
 *            its home keeps it to run again
 *                                          -> READY, IDLE   that OS thread: mailbox_end()
 *                                          -> WAKING    as READY, when `fd` is set and there is no
 *                                                       home
 *                                          -> IDLE   its home: mailbox_rest()
 *                                          -> IDLE, life EXITED   that OS thread: mailbox_close()
 *   NOTIFIED running, and to run again     -> READY or WAKING     that OS thread: mailbox_end()
 *                                          -> RUNNING             that OS thread, which then runs
 *                                                                 it again: mailbox_renew()
 *
 * Invariants
 *  1. A message is accepted by one compare-and-swap of the word, which claims its slot. So an
 *     exited (or destroyed) thread can be told from a live one at the instant of acceptance, and
 *     what was accepted before EXITED is run: mailbox_close() succeeds only on an empty queue.
 *  2. Only RUNNING may change `home`, and only the OS thread that runs it does.
 *  3. Between its claim and the store of the slot's function, a sender holds up the receiver: the
 *     thread stays READY or RUNNING and cannot exit, so whatever the sender touches is alive. After
 *     that store (or after handing the thread over, if that fell to it) it touches nothing.
 *  4. One queue a thread, claimed in order: what one sender sends runs in order, wherever the
 *     thread runs.
 *  5. Memory of a mailbox is type-stable: a stale pointer reads a word of life NONE (or another
 *     thread's, once the memory is used again, which is delayed).
 */
#ifndef SPINDLE_MAILBOX_H
#define SPINDLE_MAILBOX_H

#include "runtime/thread/segment.h"

#define MAILBOX_HOME_MAX 4095

enum mailbox_run {
	MAILBOX_IDLE = 0,
	MAILBOX_READY = 1,
	MAILBOX_RUNNING = 2,
	MAILBOX_NOTIFIED = 3,
	MAILBOX_WAKING = 4,
};

enum mailbox_life {
	MAILBOX_NONE = 0,
	MAILBOX_LIVE = 1,
	MAILBOX_EXITING = 2,
	MAILBOX_EXITED = 3,
};

struct mailbox {
	/* Written by senders. */
	_Atomic uint64_t word;
	/* The first segment of a queue that had none; set by the sender that brought it, until it
	 * is the receiver's. */
	struct segment *_Atomic first;
	/* Link of the inbox or ready list; belongs to whoever made it READY, then to its home. */
	struct mailbox *next;
	/* Segments queued so far, and how many there may be that the receiver has not passed (0:
	 * any). */
	_Atomic uint32_t segments;
	_Atomic uint32_t segments_max;
	/* The one message that a signal handler may send; see message.c. */
	_Atomic(message_fn) critical;
	/* Link of the threads that its home looks at in every turn; the home's. */
	struct mailbox *watched_next;
	uint64_t reserved[2];

	/*
	 * Where the receiver reads, on a line of its own; belongs to whoever runs the thread. It
	 * finds messages without looking at the word, whose line so stays with a sender.
	 */
	struct segment *head;
	uint32_t head_slot;
	_Atomic uint32_t passed; /* segments, so far; others may ask */
};
SPDK_STATIC_ASSERT(offsetof(struct mailbox, head) == 64, "senders and receiver share no line");

/* What is left to do for the one who made a thread READY. */
struct mailbox_handoff {
	enum {
		MAILBOX_NOTHING,  /* somebody else sees to it, or it is polled anyway */
		MAILBOX_TO_HOME,  /* put it into the inbox of `home` */
		MAILBOX_ASK_HOME, /* it is run or kept: have `home` look at its word */
		MAILBOX_WRITE_FD, /* write to its descriptor, then mailbox_woken() */
	} what;
	uint32_t home;
	/* Of mailbox_send(): where the next message will lie, if nobody else sends meanwhile. */
	const void *next_slot;
};

struct message {
	message_fn fn;
	void *ctx;
};

/* The mailbox is all zeros, but for segments_max. From here on others may send. */
void mailbox_open(struct mailbox *mailbox, uint32_t home);

/*
 * Any OS thread. 0, or -EIO: the thread has exited (life EXITED) or is none; -ENOMEM: no memory.
 * On 0 the caller does what *out_handoff says. The limit is not asked.
 */
int mailbox_send(struct mailbox *mailbox, message_fn fn, void *ctx,
		 struct mailbox_handoff *out_handoff);

/* Any OS thread, signal handlers: has it run once more. -EIO as above. */
int mailbox_notify(struct mailbox *mailbox, struct mailbox_handoff *out_handoff);
void mailbox_woken(struct mailbox *mailbox);

/* For its home: makes an IDLE thread READY without handing it over. False: it is not IDLE. */
bool mailbox_claim(struct mailbox *mailbox);

/*
 * Makes it RUNNING. False, and nothing changed: it is running, being woken, has exited, or (unless
 * `from_idle`) is not READY. *out_run is what it was.
 */
bool mailbox_begin(struct mailbox *mailbox, bool from_idle, enum mailbox_run *out_run);

/* For who runs it: the end of the queue at this moment. */
uint64_t mailbox_mark(const struct mailbox *mailbox);
/* A mark that never comes. */
#define MAILBOX_NO_MARK UINT64_MAX
/* For who runs it: the next message, if there is one before `mark`. */
bool mailbox_take(struct mailbox *mailbox, uint64_t mark, struct message *out_message);

/* For who runs it, and only reads: whether mailbox_take() would find a message. */
bool mailbox_has_message(const struct mailbox *mailbox);

/* For who is to run it again without ending the run: takes a notice, if there is one. */
bool mailbox_renew(struct mailbox *mailbox);

/*
 * For who runs it: ends the run. READY when `again`, when it was notified, when a message waits, or
 * when `home` is another than before; else IDLE. The caller queues a READY thread at `home`.
 */
enum mailbox_run mailbox_end(struct mailbox *mailbox, bool again, uint32_t home);

/*
 * For the home that runs it: ends the run as IDLE and gives its last segment back, so that a thread
 * at rest takes no memory for messages. False, and nothing is changed: there is something for it,
 * or there is no segment.
 */
bool mailbox_rest(struct mailbox *mailbox);

/*
 * For who runs it: EXITING, then EXITED. False while there are messages or a notice came during
 * this run. Frees the last segment.
 */
void mailbox_exiting(struct mailbox *mailbox);
/*
 * For who runs it, when it is to go by force: refuses from now on, as EXITED does. What has been
 * accepted can still be taken, and has to be, for mailbox_close() to succeed.
 */
void mailbox_refuse(struct mailbox *mailbox);
bool mailbox_close(struct mailbox *mailbox);

/* After EXITED, or for a mailbox that nobody else knows of: life NONE. Frees all segments. */
void mailbox_destroy(struct mailbox *mailbox);

/* Any OS thread: whether one message more would go beyond the limit. */
bool mailbox_is_full(struct mailbox *mailbox);

/* Any OS thread: messages accepted, while none has ever been taken. */
size_t mailbox_count_untaken(struct mailbox *mailbox);

/* For who runs it: whether a sender has claimed a slot that was not taken yet. */
bool mailbox_has_claims(struct mailbox *mailbox);

void mailbox_set_fd(struct mailbox *mailbox, bool has_fd);

#define MAILBOX_RUN_MASK     UINT64_C(7)
#define MAILBOX_SLOT_SHIFT   3
#define MAILBOX_SLOT_MASK    UINT64_C(15)
#define MAILBOX_SEGMENT_MASK UINT64_C(0x0000ffffffffff00)
#define MAILBOX_LIFE_SHIFT   48
#define MAILBOX_LIFE_MASK    UINT64_C(3)
#define MAILBOX_FD           (UINT64_C(1) << 51)
#define MAILBOX_HOME_SHIFT   52

bool mailbox_is_open(struct mailbox *mailbox);
/* Closed, not merely refusing. */
bool mailbox_is_closed(struct mailbox *mailbox);

static inline enum mailbox_run
mailbox_word_run(uint64_t word)
{
	return (enum mailbox_run)(word & MAILBOX_RUN_MASK);
}

static inline enum mailbox_life
mailbox_word_life(uint64_t word)
{
	return (enum mailbox_life)((word >> MAILBOX_LIFE_SHIFT) & MAILBOX_LIFE_MASK);
}

static inline uint32_t
mailbox_word_home(uint64_t word)
{
	return (uint32_t)(word >> MAILBOX_HOME_SHIFT);
}

static inline uint32_t
mailbox_word_slot(uint64_t word)
{
	return (uint32_t)((word >> MAILBOX_SLOT_SHIFT) & MAILBOX_SLOT_MASK);
}

static inline struct segment *
mailbox_word_segment(uint64_t word)
{
	return (struct segment *)(uintptr_t)(word & MAILBOX_SEGMENT_MASK);
}

#endif
