/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Turning the threads of one home; run_queue.h has the invariants.
 */
#include "runtime/thread/run_queue.h"
#include "spdk/env.h"
#include "spdk/likely.h"
#include "spdk/util.h"

/* So many queues a turn looks at in vain; each costs it about a nanosecond. */
#define KEPT_IDLE_MAX 8
/* When all places are taken, one that was looked at so often in vain gives up its. */
#define PATIENCE 64

/* Set once and kept: a sender may look up a home at any time. */
static struct run_queue *_Atomic g_run_queues[MAILBOX_HOME_MAX + 1];

static struct runnable *
runnable_of(struct mailbox *mailbox)
{
	return SPDK_CONTAINEROF(mailbox, struct runnable, mailbox);
}

static struct runnable *
runnable_of_deadline(struct timer_node *node)
{
	return SPDK_CONTAINEROF(node, struct runnable, deadline);
}

struct run_queue *
run_queue_of(uint32_t id)
{
	return load_acquire(&g_run_queues[id]); /* Q1: pairs with run_queue_make() */
}

static void
append_ready(struct run_queue *queue, struct mailbox *mailbox)
{
	mailbox->next = NULL;
	if (queue->ready == NULL) {
		queue->ready = mailbox;
	} else {
		queue->ready_last->next = mailbox;
	}
	queue->ready_last = mailbox;
	queue->ready_count++;
}

static struct mailbox *
pop_ready(struct run_queue *queue)
{
	struct mailbox *mailbox = queue->ready;

	queue->ready = mailbox->next;
	queue->ready_count--;
	return mailbox;
}

static void
take_inbox(struct run_queue *queue)
{
	struct mailbox *mailbox = inbox_take(&queue->inbox);

	while (mailbox != NULL) {
		struct mailbox *next = mailbox->next;

		append_ready(queue, mailbox);
		mailbox = next;
	}
}

static void
set_deadline(struct run_queue *queue, struct runnable *runnable, uint64_t deadline)
{
	struct timer_node *node = &runnable->deadline;

	if (timer_node_is_queued(node)) {
		if (node->deadline == deadline) {
			return;
		}
		timer_queue_remove(&queue->timers, node);
	}
	if (deadline != UINT64_MAX) {
		timer_queue_insert(&queue->timers, node, deadline);
	}
}

/*
 * Has a thread visited in this turn. One that is no longer IDLE is on its way here anyway, and will
 * look at its timers and descriptors.
 */
static void
make_ready(struct run_queue *queue, struct runnable *runnable)
{
	if (runnable->is_kept) {
		runnable->is_due = true;
	} else if (mailbox_claim(&runnable->mailbox)) {
		append_ready(queue, &runnable->mailbox);
	}
}

static void
take_due(struct run_queue *queue, uint64_t now)
{
	struct timer_node *node;

	while ((node = timer_queue_first(&queue->timers)) != NULL && node->deadline <= now) {
		struct runnable *runnable = runnable_of_deadline(node);

		timer_queue_remove(&queue->timers, node);
		make_ready(queue, runnable);
	}
}

static void
take_watched(struct run_queue *queue)
{
	struct mailbox *mailbox;

	for (mailbox = queue->watched; mailbox != NULL; mailbox = mailbox->watched_next) {
		make_ready(queue, runnable_of(mailbox));
	}
}

/* Those that were told something: kept ones, as the others come by the inbox. */
static void
take_noticed(struct run_queue *queue)
{
	struct mailbox *mailbox = queue->ready;
	uint32_t count;

	if (spdk_likely(!inbox_was_asked(&queue->inbox))) {
		return;
	}
	queue->asks++;
	for (count = queue->ready_count; count > 0; count--, mailbox = mailbox->next) {
		if (runnable_of(mailbox)->is_kept && mailbox_renew(mailbox)) {
			runnable_of(mailbox)->is_due = true;
		}
	}
}

static void
set_watched(struct run_queue *queue, struct runnable *runnable, bool watch)
{
	struct mailbox **link = &queue->watched;

	if (runnable->is_watched == watch) {
		return;
	}
	runnable->is_watched = watch;
	if (watch) {
		runnable->mailbox.watched_next = queue->watched;
		queue->watched = &runnable->mailbox;
		return;
	}
	while (*link != &runnable->mailbox) {
		link = &(*link)->watched_next;
	}
	*link = runnable->mailbox.watched_next;
}

static void
leave(struct run_queue *queue, struct runnable *runnable)
{
	if (timer_node_is_queued(&runnable->deadline)) {
		timer_queue_remove(&queue->timers, &runnable->deadline);
	}
	set_watched(queue, runnable, false);
	runnable->is_counted = false;
	queue->runnable_count--;
}

static void
keep(struct run_queue *queue, struct runnable *runnable, bool has_work)
{
	runnable->is_kept = true;
	runnable->has_work = has_work;
	runnable->is_due = false;
	runnable->vain_looks = 0;
	if (!has_work) {
		queue->kept_idle_count++;
	}
	append_ready(queue, &runnable->mailbox);
}

/* It has been taken off the ready list. */
static void
stop_keeping(struct run_queue *queue, struct runnable *runnable)
{
	runnable->is_kept = false;
	if (!runnable->has_work) {
		queue->kept_idle_count--;
	}
}

static void
end_run(struct run_queue *queue, struct runnable *runnable, bool again)
{
	if (!again && mailbox_rest(&runnable->mailbox)) {
		return;
	}
	if (mailbox_end(&runnable->mailbox, again, queue->id) == MAILBOX_READY) {
		append_ready(queue, &runnable->mailbox);
	}
}

/* Whether a kept thread is to be visited. */
static bool
has_news(const struct run_queue *queue, const struct runnable *runnable, uint64_t now)
{
	return runnable->has_work || runnable->is_due ||
	       (!pace_is_early(&runnable->pace, now, queue->busy_visits) &&
		mailbox_has_message(&runnable->mailbox));
}

/* A kept thread that there is nothing for. */
static void
pass_over(struct run_queue *queue, struct runnable *runnable)
{
	if (queue->kept_idle_count == KEPT_IDLE_MAX && runnable->vain_looks >= PATIENCE) {
		stop_keeping(queue, runnable);
		end_run(queue, runnable, false);
		return;
	}
	runnable->vain_looks += runnable->vain_looks < PATIENCE;
	append_ready(queue, &runnable->mailbox);
}

/* After a visit: where the thread goes from here. */
static void
settle(struct run_queue *queue, struct runnable *runnable, const struct run_outcome *outcome,
       uint32_t asks)
{
	if (outcome->exited) {
		leave(queue, runnable);
		queue->ops->exited(queue, runnable);
		return;
	}
	if (outcome->home != queue->id) {
		leave(queue, runnable);
		(void)mailbox_end(&runnable->mailbox, true, outcome->home);
		run_queue_hand_over(outcome->home, runnable, queue);
		return;
	}
	/* Before the end of the run: after it, the thread may be told to come again. */
	set_deadline(queue, runnable, outcome->deadline);
	set_watched(queue, runnable, outcome->watch);
	if (outcome->again || queue->kept_idle_count < KEPT_IDLE_MAX) {
		keep(queue, runnable, outcome->again);
		/* It turned this queue, and what it was told meanwhile was looked for in vain. */
		if (spdk_unlikely(queue->asks != asks)) {
			runnable->is_due = mailbox_renew(&runnable->mailbox);
		}
	} else {
		end_run(queue, runnable, false);
	}
}

/* Of a thread from the ready list; whether it did something. */
static bool
visit(struct run_queue *queue, struct runnable *runnable, uint64_t *now)
{
	struct run_outcome outcome = {.deadline = UINT64_MAX, .now = *now, .home = queue->id};
	uint32_t asks = queue->asks;
	enum mailbox_run was;
	bool begun;

	if (runnable->is_kept) {
		if (!has_news(queue, runnable, *now)) {
			pass_over(queue, runnable);
			return false;
		}
		stop_keeping(queue, runnable);
	} else {
		begun = mailbox_begin(&runnable->mailbox, false, &was);
		assert(begun);
		(void)begun;
	}
	if (!runnable->is_counted) {
		runnable->is_counted = true;
		queue->runnable_count++;
	}
	queue->ops->run(queue, runnable, *now, &outcome);
	*now = outcome.now;
	queue->busy_visits += outcome.busy;
	if (outcome.messages != 0 && !outcome.exited) {
		pace_note(&runnable->pace, outcome.messages, outcome.messages >= RUN_BATCH,
			  outcome.now + queue->pace_ticks, queue->busy_visits);
	}
	settle(queue, runnable, &outcome, asks);
	return outcome.busy;
}

/* What of this turn was not spent in busy threads falls to all that live here, in equal parts. */
static void
account(struct run_queue *queue, uint64_t busy_ticks, uint64_t now)
{
	uint64_t all = now - queue->last_turn;
	uint64_t idle = all > busy_ticks ? all - busy_ticks : 0;

	if (queue->last_turn != 0) {
		queue->idle_ticks += idle;
		if (queue->runnable_count != 0) {
			queue->idle_share += idle / queue->runnable_count;
		}
	}
	queue->busy_ticks += busy_ticks;
	queue->last_turn = now;
}

uint32_t
run_queue_turn(struct run_queue *queue, uint64_t *now)
{
	uint64_t start, busy_ticks = 0;
	uint32_t visits, busy_count = 0;

	take_inbox(queue);
	take_noticed(queue);
	take_due(queue, *now);
	take_watched(queue);
	/*
	 * Bounded: a thread that becomes READY meanwhile, or again, waits for the next turn. One of
	 * them may turn the queue itself, and so leave fewer.
	 */
	for (visits = queue->ready_count; visits > 0 && queue->ready_count != 0; visits--) {
		start = *now;
		if (visit(queue, runnable_of(pop_ready(queue)), now)) {
			busy_count++;
			busy_ticks += *now - start;
		}
	}
	account(queue, busy_ticks, *now);
	return busy_count;
}

uint64_t
run_queue_next_deadline(const struct run_queue *queue)
{
	struct timer_node *first = timer_queue_first(&queue->timers);

	if (queue->ready_count != queue->kept_idle_count) {
		return 0;
	}
	return first != NULL ? first->deadline : UINT64_MAX;
}

static void
end_idle_runs(struct run_queue *queue)
{
	uint32_t count;

	for (count = queue->ready_count; count > 0; count--) {
		struct runnable *runnable = runnable_of(pop_ready(queue));

		if (!runnable->is_kept || runnable->has_work) {
			append_ready(queue, &runnable->mailbox);
			continue;
		}
		stop_keeping(queue, runnable);
		end_run(queue, runnable, runnable->is_due);
	}
}

bool
run_queue_park(struct run_queue *queue, uint64_t deadline)
{
	uint64_t due;

	end_idle_runs(queue);
	due = run_queue_next_deadline(queue);
	if (due == 0 || !inbox_park(&queue->inbox)) {
		return false;
	}
	env_waiter_wait(queue->waiter, spdk_min(due, deadline));
	inbox_unpark(&queue->inbox);
	return true;
}

void
run_queue_wake(struct run_queue *queue)
{
	if (inbox_wake(&queue->inbox)) {
		env_waiter_wake(queue->waiter);
	}
}

void
run_queue_ask(uint32_t home)
{
	struct run_queue *queue = run_queue_of(home);

	if (inbox_ask(&queue->inbox)) {
		env_waiter_wake(queue->waiter);
	}
}

void
run_queue_hand_over(uint32_t home, struct runnable *runnable, struct run_queue *local)
{
	struct run_queue *queue;

	if (local != NULL && local->id == home) {
		append_ready(local, &runnable->mailbox);
		return;
	}
	queue = run_queue_of(home);
	if (inbox_push(&queue->inbox, &runnable->mailbox)) {
		env_waiter_wake(queue->waiter);
	}
}

bool
run_queue_adopt(struct run_queue *queue, struct runnable *runnable)
{
	enum mailbox_run was;

	if (!mailbox_begin(&runnable->mailbox, true, &was)) {
		return false;
	}
	/* Run once at home, so that its timers and pollers, made without one, are seen there. */
	(void)mailbox_end(&runnable->mailbox, true, queue->id);
	run_queue_hand_over(queue->id, runnable, NULL);
	return true;
}

static void
remove_ready(struct run_queue *queue, struct mailbox *mailbox)
{
	struct mailbox *before = NULL, *at = queue->ready;

	while (at != NULL && at != mailbox) {
		before = at;
		at = at->next;
	}
	if (at == NULL) {
		return;
	}
	if (before == NULL) {
		queue->ready = mailbox->next;
	} else {
		before->next = mailbox->next;
	}
	if (queue->ready_last == mailbox) {
		queue->ready_last = before;
	}
	queue->ready_count--;
}

void
run_queue_evict(uint32_t home, struct runnable *runnable)
{
	struct run_queue *queue = run_queue_of(home);

	take_inbox(queue);
	remove_ready(queue, &runnable->mailbox);
	if (runnable->is_kept) {
		stop_keeping(queue, runnable);
	}
	if (runnable->is_counted) {
		leave(queue, runnable);
	}
}

bool
run_queue_is_deserted(const struct run_queue *queue)
{
	return queue->runnable_count == 0 && queue->ready_count == 0 &&
	       inbox_is_empty(&queue->inbox);
}

uint64_t
run_queue_idle_share(const struct run_queue *queue)
{
	return queue->idle_share;
}

static int
run_queue_make(uint32_t id, struct run_queue **out_queue)
{
	struct run_queue *queue = aligned_alloc(64, SPDK_ALIGN_CEIL(sizeof(*queue), 64));
	int rc;

	if (queue == NULL) {
		return -ENOMEM;
	}
	memset(queue, 0, sizeof(*queue));
	queue->id = id;
	queue->pace_ticks = spdk_get_ticks_hz() * PACE_WAIT_NS / SPDK_SEC_TO_NSEC;
	rc = env_waiter_create(&queue->waiter);
	if (rc != 0) {
		free(queue);
		return rc;
	}
	store_release(&g_run_queues[id], queue); /* Q1 */
	*out_queue = queue;
	return 0;
}

/* Making and releasing run queues is rare; one lock for it, held around nothing else. */
static pthread_mutex_t g_make_lock = PTHREAD_MUTEX_INITIALIZER;

int
run_queue_create(const struct run_queue_ops *ops, struct run_queue **out_queue)
{
	struct run_queue *queue = NULL;
	int rc = -ENOSPC;
	uint32_t id;

	pthread_mutex_lock(&g_make_lock);
	for (id = 1; id <= MAILBOX_HOME_MAX; id++) {
		queue = run_queue_of(id);
		if (queue == NULL) {
			rc = run_queue_make(id, &queue);
			break;
		}
		if (!queue->in_use) {
			rc = 0;
			break;
		}
	}
	if (rc == 0) {
		queue->in_use = true;
		queue->ops = ops;
		queue->busy_ticks = 0;
		queue->idle_ticks = 0;
		queue->idle_share = 0;
		queue->last_turn = 0;
		*out_queue = queue;
	}
	pthread_mutex_unlock(&g_make_lock);
	return rc;
}

void
run_queue_release(struct run_queue *queue)
{
	if (queue == NULL) {
		return;
	}
	pthread_mutex_lock(&g_make_lock);
	assert(queue->runnable_count == 0 && queue->ready_count == 0);
	timer_queue_fini(&queue->timers);
	queue->in_use = false;
	pthread_mutex_unlock(&g_make_lock);
}
