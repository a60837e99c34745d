/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Events: functions that a core calls once, with no current thread.
 *
 * Invariants
 *  1. Whoever pushes onto an empty stack, and nobody else, wakes the reactor; it looks at the stack
 *     after the wake-up and before it sleeps, so nothing stays behind.
 *  2. A reactor takes the whole stack at once and turns it round: what one sender sends to one core
 *     runs in order. What it sends to itself needs no stack.
 *  3. An event that has been called belongs to the reactor, which frees it after its function.
 */
#include "runtime/reactor/reactor_internal.h"

/* So many in one turn, so that events that call for more events do not keep threads from running.
 */
#define EVENT_BATCH 32
/* Of each reactor, so that a steady flow allocates nothing. */
#define EVENT_CACHE_MAX 256

static __thread struct {
	struct reactor_event *first;
	uint32_t count;
} t_cache;

static struct reactor_event *
envelope(struct spdk_event *event)
{
	return (struct reactor_event *)event;
}

static struct reactor_event *
alloc_event(void)
{
	struct reactor_event *event = t_cache.first;

	if (event == NULL) {
		return malloc(sizeof(*event));
	}
	t_cache.first = event->next;
	t_cache.count--;
	return event;
}

static void
free_event(struct reactor_event *event)
{
	if (t_cache.count == EVENT_CACHE_MAX) {
		free(event);
		return;
	}
	event->next = t_cache.first;
	t_cache.first = event;
	t_cache.count++;
}

void
event_free_cache(void)
{
	struct reactor_event *event;

	while ((event = t_cache.first) != NULL) {
		t_cache.first = event->next;
		free(event);
	}
	t_cache.count = 0;
}

struct spdk_event *
spdk_event_allocate(uint32_t lcore, spdk_event_fn fn, void *arg1, void *arg2)
{
	struct reactor_event *event;

	if (spdk_unlikely(fn == NULL || reactor_of(lcore) == NULL)) {
		SPDK_ERRLOG("spdk_event_allocate(): %s\n",
			    fn == NULL ? "the function is NULL" :
					 "there is no reactor on that core: it must be one of the "
					 "application's core mask (SPDK_ENV_FOREACH_CORE), and "
					 "spdk_app_start() or spdk_reactors_init() must have run");
		return NULL;
	}
	event = alloc_event();
	if (spdk_unlikely(event == NULL)) {
		SPDK_ERRLOG("spdk_event_allocate(): no memory for an event to core %u\n", lcore);
		return NULL;
	}
	event->event.lcore = lcore;
	event->event.fn = fn;
	event->event.arg1 = arg1;
	event->event.arg2 = arg2;
	event->is_kept = false;
	return &event->event;
}

static void
append_pending(struct reactor *reactor, struct reactor_event *first, struct reactor_event *last)
{
	if (reactor->pending == NULL) {
		reactor->pending = first;
	} else {
		reactor->pending_last->next = first;
	}
	reactor->pending_last = last;
}

void
event_send(struct reactor_event *event)
{
	struct reactor *reactor = reactor_of(event->event.lcore);
	struct reactor_event *head;

	if (reactor == t_reactor) {
		event->next = NULL;
		append_pending(reactor, event, event);
		return;
	}
	head = atomic_load_explicit(&reactor->events, memory_order_relaxed);
	do {
		event->next = head;
		/* E1: release pairs with the exchange in take_events(). */
	} while (!atomic_compare_exchange_weak_explicit(
		&reactor->events, &head, event, memory_order_release, memory_order_relaxed));
	if (head == NULL) {
		reactor_wake(reactor);
	}
}

void
spdk_event_call(struct spdk_event *event)
{
	if (spdk_unlikely(event == NULL)) {
		SPDK_ERRLOG("spdk_event_call(): the event is NULL; see why spdk_event_allocate() "
			    "refused it\n");
		return;
	}
	if (spdk_unlikely(reactor_of(event->lcore) == NULL)) {
		SPDK_ERRLOG("spdk_event_call(): the reactors are gone, or core %u never had one; "
			    "the event is dropped\n",
			    event->lcore);
		free(envelope(event));
		return;
	}
	event_send(envelope(event));
}

static void
take_events(struct reactor *reactor)
{
	struct reactor_event *newest, *oldest = NULL, *last;

	if (atomic_load_explicit(&reactor->events, memory_order_relaxed) == NULL) {
		return;
	}
	newest = atomic_exchange_explicit(&reactor->events, NULL, memory_order_acquire); /* E1 */
	last = newest;
	while (newest != NULL) {
		struct reactor_event *next = newest->next;

		newest->next = oldest;
		oldest = newest;
		newest = next;
	}
	append_pending(reactor, oldest, last);
}

static void
run_event(struct reactor_event *event)
{
	struct activity_outer outer = activity_begin(NULL);
	bool is_kept = event->is_kept;

	(void)activity_set_function((const void *)(uintptr_t)event->event.fn);
	event->event.fn(event->event.arg1, event->event.arg2);
	activity_end(outer);
	if (spdk_unlikely(spdk_get_thread() != NULL)) {
		/* It has set one, and the next event is to find none. */
		spdk_set_thread(NULL);
	}
	if (!is_kept) {
		free_event(event);
	}
}

uint32_t
event_run_batch(struct reactor *reactor)
{
	struct reactor_event *event;
	uint64_t start;
	uint32_t count = 0;

	take_events(reactor);
	if (spdk_likely(reactor->pending == NULL)) {
		return 0;
	}
	start = spdk_get_ticks();
	while (count < EVENT_BATCH && (event = reactor->pending) != NULL) {
		reactor->pending = event->next;
		run_event(event);
		count++;
	}
	reactor->event_ticks += spdk_get_ticks() - start;
	return count;
}

bool
event_is_pending(const struct reactor *reactor)
{
	return reactor->pending != NULL ||
	       atomic_load_explicit(&reactor->events, memory_order_relaxed) != NULL;
}

uint32_t
event_drop_all(struct reactor *reactor)
{
	struct reactor_event *event;
	uint32_t count = 0;

	take_events(reactor);
	while ((event = reactor->pending) != NULL) {
		reactor->pending = event->next;
		free(event);
		count++;
	}
	return count;
}
