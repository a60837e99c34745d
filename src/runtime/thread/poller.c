/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Pollers. They belong to one thread and are touched only by who runs it.
 *
 *   state         where it is linked             left by
 *   WAITING       active array or timer queue    pause, unregister
 *   PAUSING       as WAITING, until its visit    resume: WAITING; visit: PAUSED
 *   PAUSED        list of paused pollers         resume: WAITING, a full period from then
 *   UNREGISTERED  nowhere; its function runs     that function's return: freed
 *
 * A poller whose function is on the stack has is_running set; a timed one is in no queue then.
 *
 * The active array is walked from its end: the newest poller first, and one that is registered
 * during the walk is not met. Taking a poller out leaves a hole, so that the order stays and the
 * walk is not disturbed. Holes are closed, not during a walk, when they are more than a quarter of
 * the array: to unregister many, one after the other, costs each the same.
 */
#include "runtime/thread/spinlock.h"
#include "runtime/thread/thread_internal.h"

#define POST_POLLERS_MAX 4
#define NAME_MAX_LENGTH  255
#define HOLES_ONE_IN     4

struct post_poller {
	uint32_t count;
	struct {
		spdk_post_poller_fn fn;
		void *arg;
	} handler[POST_POLLERS_MAX];
};

static struct spdk_poller *
poller_of_timer(struct timer_node *node)
{
	return node != NULL ? SPDK_CONTAINEROF(node, struct spdk_poller, timer) : NULL;
}

static bool
is_active_kind(const struct spdk_poller *poller)
{
	return poller->period_ticks == 0;
}

bool
poller_is_driven_elsewhere(const struct spdk_poller *poller)
{
	return poller->flags.has_interrupt_cb && poller->thread->in_interrupt;
}

/*
 * Resuming cannot fail, so registration makes the room for it: during one walk each poller of this
 * kind can be paused at its visit, and so be linked again, once. A walk that begins with all of
 * them linked, and as many holes as are left open, needs one place more for each; within one, there
 * may be more places in use.
 */
static int
make_room(struct spdk_thread *thread)
{
	uint32_t kind_count = thread->active_kind_count + 1;
	uint32_t with_holes = kind_count + kind_count / (HOLES_ONE_IN - 1);
	uint32_t needed = spdk_max(thread->active_count + 1, with_holes) + kind_count;
	uint32_t capacity = spdk_max(thread->active_capacity, 4);
	struct spdk_poller **active;

	if (needed <= thread->active_capacity) {
		return 0;
	}
	while (capacity < needed) {
		capacity *= 2;
	}
	active = realloc(thread->active, capacity * sizeof(active[0]));
	if (active == NULL) {
		return -ENOMEM;
	}
	thread->active = active;
	thread->active_capacity = capacity;
	return 0;
}

static void
link_active(struct spdk_poller *poller)
{
	struct spdk_thread *thread = poller->thread;

	assert(thread->active_count < thread->active_capacity);
	poller->index = thread->active_count;
	thread->active[thread->active_count++] = poller;
	if (spdk_unlikely(poller->wake_fd >= 0)) {
		wake_watch_poller(poller);
	}
}

static void
unlink_active(struct spdk_poller *poller)
{
	struct spdk_thread *thread = poller->thread;

	thread->active[poller->index] = NULL;
	thread->active_holes++;
	wake_unwatch_poller(poller);
}

static void
close_holes(struct spdk_thread *thread)
{
	uint32_t from, to = 0;

	if (thread->active_holes <= thread->active_count / HOLES_ONE_IN || thread->is_walking) {
		return;
	}
	for (from = 0; from < thread->active_count; from++) {
		struct spdk_poller *poller = thread->active[from];

		if (poller != NULL) {
			thread->active[to] = poller;
			poller->index = to++;
		}
	}
	thread->active_count = to;
	thread->active_holes = 0;
}

/* UINT64_MAX is never: no given `now` makes a poller run over and over. */
static uint64_t
deadline_after(uint64_t now, uint64_t period_ticks)
{
	return now < UINT64_MAX - period_ticks ? now + period_ticks : UINT64_MAX;
}

static void
start(struct spdk_poller *poller, uint64_t now)
{
	poller->flags.state = POLLER_WAITING;
	if (is_active_kind(poller)) {
		link_active(poller);
	} else {
		timer_queue_insert(&poller->thread->timers, &poller->timer,
				   deadline_after(now, poller->period_ticks));
	}
}

static void
stop(struct spdk_poller *poller)
{
	struct spdk_thread *thread = poller->thread;

	if (poller->flags.state == POLLER_PAUSED) {
		TAILQ_REMOVE(&thread->paused, poller, paused_link);
		thread->paused_count--;
	} else if (is_active_kind(poller)) {
		unlink_active(poller);
	} else if (timer_node_is_queued(&poller->timer)) {
		timer_queue_remove(&thread->timers, &poller->timer);
	}
}

static void
park(struct spdk_poller *poller)
{
	struct spdk_thread *thread = poller->thread;

	poller->flags.state = POLLER_PAUSED;
	TAILQ_INSERT_TAIL(&thread->paused, poller, paused_link);
	thread->paused_count++;
}

static uint64_t
period_to_ticks(uint64_t period_us)
{
	uint64_t hz = spdk_get_ticks_hz();

	if (period_us / SPDK_SEC_TO_USEC >= UINT64_MAX / hz) {
		return UINT64_MAX;
	}
	return period_us / SPDK_SEC_TO_USEC * hz +
	       period_us % SPDK_SEC_TO_USEC * hz / SPDK_SEC_TO_USEC;
}

static struct spdk_poller *
register_poller(spdk_poller_fn fn, void *arg, uint64_t period_us, const char *name,
		const void *created_at)
{
	static _Atomic uint64_t next_id;
	struct spdk_thread *thread = t_tls.thread;
	struct spdk_poller *poller;
	char address[20];
	size_t length;

	if (!explain_has_thread("spdk_poller_register")) {
		return NULL;
	}
	if (thread_life(thread) == MAILBOX_EXITED || fn == NULL) {
		char place[EXPLAIN_PLACE_SIZE];

		SPDK_ERRLOG("spdk_poller_register() at %s: %s\n",
			    explain_place(created_at, place, sizeof(place)),
			    fn == NULL ? "the function is NULL" : "the current thread has exited");
		return NULL;
	}
	if (name == NULL) {
		snprintf(address, sizeof(address), "%p", (void *)(uintptr_t)fn);
		name = address;
	}
	length = strnlen(name, NAME_MAX_LENGTH);
	poller = calloc(1, sizeof(*poller) + length + 1);
	if (poller == NULL) {
		goto no_memory;
	}
	poller->period_ticks = period_us != 0 ? period_to_ticks(period_us) : 0;
	if (is_active_kind(poller) && make_room(thread) != 0) {
		goto free_poller;
	}
	memcpy(poller->name, name, length);
	poller->fn = fn;
	poller->arg = arg;
	poller->thread = thread;
	poller->wake_fd = -1;
	poller->id = fetch_add_acq_rel(&next_id, 1) + 1;
	poller->created_at = created_at;
	thread->poller_count++;
	thread->active_kind_count += is_active_kind(poller);
	start(poller, spdk_get_ticks());
	thread_tell_home(thread);
	return poller;

free_poller:
	free(poller);
no_memory:
	SPDK_ERRLOG("No memory for poller '%s' of thread '%s'\n", name, thread->name);
	return NULL;
}

struct spdk_poller *
spdk_poller_register(spdk_poller_fn fn, void *arg, uint64_t period_microseconds)
{
	return register_poller(fn, arg, period_microseconds, NULL, __builtin_return_address(0));
}

struct spdk_poller *
spdk_poller_register_named(spdk_poller_fn fn, void *arg, uint64_t period_microseconds,
			   const char *name)
{
	return register_poller(fn, arg, period_microseconds, name, __builtin_return_address(0));
}

static void
free_poller(struct spdk_poller *poller)
{
	poller->thread->poller_count--;
	poller->thread->active_kind_count -= is_active_kind(poller);
	wake_close_poller(poller);
	free(poller);
}

void
spdk_poller_unregister(struct spdk_poller **ppoller)
{
	struct spdk_poller *poller = *ppoller;
	struct spdk_thread *thread;

	if (poller == NULL) {
		return;
	}
	thread = poller->thread;
	if (!explain_owner("spdk_poller_unregister", "poller", poller->name, poller->created_at,
			   thread)) {
		return;
	}
	*ppoller = NULL;
	stop(poller);
	close_holes(thread);
	if (poller->flags.is_running) {
		poller->flags.state = POLLER_UNREGISTERED;
	} else {
		free_poller(poller);
	}
	thread_tell_home(thread);
}

void
spdk_poller_pause(struct spdk_poller *poller)
{
	if (!explain_owner("spdk_poller_pause", "poller", poller->name, poller->created_at,
			   poller->thread)) {
		return;
	}
	if (poller->flags.state == POLLER_WAITING) {
		poller->flags.state = POLLER_PAUSING;
	}
}

void
spdk_poller_resume(struct spdk_poller *poller)
{
	struct spdk_thread *thread = poller->thread;

	if (!explain_owner("spdk_poller_resume", "poller", poller->name, poller->created_at,
			   thread)) {
		return;
	}
	if (poller->flags.state == POLLER_PAUSED) {
		stop(poller);
		start(poller, spdk_get_ticks());
		thread_tell_home(thread);
	} else if (poller->flags.state == POLLER_PAUSING) {
		poller->flags.state = POLLER_WAITING;
	}
}

void
thread_run_post_pollers(struct spdk_thread *thread)
{
	struct post_poller *post = thread->post_poller;
	uint32_t i;

	if (spdk_likely(post == NULL || post->count == 0)) {
		return;
	}
	/* A handler may register again, for the next time. */
	struct post_poller now = *post;

	post->count = 0;
	for (i = 0; i < now.count; i++) {
		now.handler[i].fn(now.handler[i].arg);
	}
}

void
spdk_thread_register_post_poller_handler(spdk_post_poller_fn fn, void *fn_arg)
{
	struct spdk_thread *thread = t_tls.thread;

	if (!explain_has_thread("spdk_thread_register_post_poller_handler")) {
		return;
	}
	if (thread->post_poller == NULL) {
		thread->post_poller = calloc(1, sizeof(*thread->post_poller));
	}
	if (thread->post_poller == NULL || thread->post_poller->count == POST_POLLERS_MAX) {
		SPDK_ERRLOG("Thread '%s': a post-poller handler is dropped: %s\n", thread->name,
			    thread->post_poller == NULL ? "no memory" : "four are registered");
		return;
	}
	thread->post_poller->handler[thread->post_poller->count].fn = fn;
	thread->post_poller->handler[thread->post_poller->count++].arg = fn_arg;
}

/*
 * Its function, and the books. The caller looks at the state it comes back in, and puts back the
 * activity that was there before.
 */
static inline int
call(struct spdk_thread *thread, struct spdk_poller *poller)
{
	int rc;

	poller->flags.is_running = true;
	activity_set_call(poller, (const void *)(uintptr_t)poller->fn);
	rc = poller->fn(poller->arg);
	poller->flags.is_running = false;
	spinlock_check_released(thread);
	poller->run_count++;
	poller->busy_count += rc > 0;
	if (spdk_unlikely(thread->post_poller != NULL)) {
		activity_set_call(NULL, NULL);
		thread_run_post_pollers(thread);
	}
	return rc;
}

/* After its function, in which it was unregistered. */
static void
free_called(struct spdk_poller *poller)
{
	/* Who asks for the poller's name now, in a signal handler, is not to find this one. */
	activity_set_call(NULL, NULL);
	free_poller(poller);
}

/* Waiting, and not with an interrupt's callback: most, and found out by one comparison. */
static inline bool
is_plain(const struct spdk_poller *poller)
{
	static const struct poller_flags plain = {.state = POLLER_WAITING};

	return memcmp(&poller->flags, &plain, sizeof(plain)) == 0;
}

/* Not while its function is on the stack: thread_run_active_pollers() would have returned. */
static inline int
run_active(struct spdk_thread *thread, struct spdk_poller *poller)
{
	int rc = 0;

	if (spdk_likely(is_plain(poller)) ||
	    (poller->flags.state == POLLER_WAITING && !poller_is_driven_elsewhere(poller))) {
		rc = call(thread, poller);
	}
	if (spdk_likely(poller->flags.state == POLLER_WAITING)) {
		return rc;
	}
	if (poller->flags.state == POLLER_PAUSING) {
		unlink_active(poller);
		park(poller);
	} else if (poller->flags.state == POLLER_UNREGISTERED) {
		free_called(poller);
	}
	return rc;
}

int
thread_run_active_pollers(struct spdk_thread *thread)
{
	struct activity_outer outer = activity_get_call();
	uint32_t i = thread->active_count;
	int poller_rc, rc = 0;

	if (i == 0 || thread->is_walking) {
		return 0;
	}
	thread->is_walking = true;
	while (i-- > 0) {
		struct spdk_poller *poller = thread->active[i];

		if (poller != NULL) {
			poller_rc = run_active(thread, poller);
			rc = spdk_max(rc, poller_rc);
		}
	}
	thread->is_walking = false;
	activity_set_call(outer.poller, outer.function);
	close_holes(thread);
	return rc;
}

static int
run_timed(struct spdk_thread *thread, struct spdk_poller *poller, uint64_t now)
{
	int rc = 0;

	timer_queue_remove(&thread->timers, &poller->timer);
	if (poller->flags.state == POLLER_WAITING && !poller_is_driven_elsewhere(poller)) {
		rc = call(thread, poller);
	}
	if (poller->flags.state == POLLER_WAITING) {
		start(poller, now);
	} else if (poller->flags.state == POLLER_PAUSING) {
		park(poller);
	} else if (poller->flags.state == POLLER_UNREGISTERED) {
		free_called(poller);
	}
	return rc;
}

int
thread_run_timed_pollers(struct spdk_thread *thread, uint64_t now)
{
	struct activity_outer outer = activity_get_call();
	struct timer_node *node;
	int poller_rc, rc = 0;

	/* Ends: each that has run is due a full period, of one tick at least, after `now`. */
	while ((node = timer_queue_first(&thread->timers)) != NULL && node->deadline <= now &&
	       node->deadline != UINT64_MAX) {
		poller_rc = run_timed(thread, poller_of_timer(node), now);
		rc = spdk_max(rc, poller_rc);
	}
	activity_set_call(outer.poller, outer.function);
	return rc;
}

void
thread_free_pollers(struct spdk_thread *thread)
{
	struct timer_node *node;
	struct spdk_poller *poller;
	uint32_t i;

	for (i = 0; i < thread->active_count; i++) {
		if (thread->active[i] != NULL) {
			free_poller(thread->active[i]);
		}
	}
	thread->active_count = 0;
	while ((node = timer_queue_first(&thread->timers)) != NULL) {
		timer_queue_remove(&thread->timers, node);
		free_poller(poller_of_timer(node));
	}
	while ((poller = TAILQ_FIRST(&thread->paused)) != NULL) {
		TAILQ_REMOVE(&thread->paused, poller, paused_link);
		free_poller(poller);
	}
	thread->paused_count = 0;
	timer_queue_fini(&thread->timers);
	free(thread->active);
	thread->active = NULL;
	thread->active_capacity = 0;
	thread->active_holes = 0;
	free(thread->post_poller);
	thread->post_poller = NULL;
}

static void
tell_interrupt(struct spdk_poller *poller, bool interrupt)
{
	if (poller->interrupt_cb != NULL) {
		poller->interrupt_cb(poller, poller->interrupt_arg, interrupt);
	}
}

void
thread_pollers_set_interrupt(struct spdk_thread *thread, bool interrupt)
{
	struct spdk_poller *poller, *next;

	/* Those that are driven elsewhere would not take away what makes theirs ready. */
	wake_unwatch_all(thread);
	wake_watch_all(thread);
	/* A callback may unregister its own poller, but no other. */
	for (poller = spdk_thread_get_first_active_poller(thread); poller != NULL; poller = next) {
		next = spdk_thread_get_next_active_poller(poller);
		tell_interrupt(poller, interrupt);
	}
	for (poller = spdk_thread_get_first_timed_poller(thread); poller != NULL; poller = next) {
		next = spdk_thread_get_next_timed_poller(poller);
		tell_interrupt(poller, interrupt);
	}
	for (poller = spdk_thread_get_first_paused_poller(thread); poller != NULL; poller = next) {
		next = spdk_thread_get_next_paused_poller(poller);
		tell_interrupt(poller, interrupt);
	}
}

void
spdk_poller_register_interrupt(struct spdk_poller *poller, spdk_poller_set_interrupt_mode_cb cb_fn,
			       void *cb_arg)
{
	if (!explain_owner("spdk_poller_register_interrupt", "poller", poller->name,
			   poller->created_at, poller->thread)) {
		return;
	}
	poller->flags.has_interrupt_cb = true;
	poller->interrupt_cb = cb_fn;
	poller->interrupt_arg = cb_arg;
	if (poller->thread->in_interrupt) {
		wake_unwatch_poller(poller);
		tell_interrupt(poller, true);
	}
}

bool
thread_has_awake_pollers(const struct spdk_thread *thread)
{
	uint32_t i;

	if (!thread->in_interrupt) {
		return thread->active_count != thread->active_holes + thread->active_watched;
	}
	for (i = 0; i < thread->active_count; i++) {
		if (thread->active[i] != NULL && !thread->active[i]->is_watched &&
		    !poller_is_driven_elsewhere(thread->active[i])) {
			return true;
		}
	}
	return false;
}
