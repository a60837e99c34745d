/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * All threads by id, and the watch over those that nobody runs.
 *
 * The watchdog's OS thread looks once a second, so that code that never gets to run can be reported
 * all the same:
 *
 *   - a thread that has never been run and had messages waiting at two looks
 *   - a thread without a home that was READY at two looks and that nobody has polled between them
 *
 * It looks at a bounded number of threads each time, so that a million of them cost no more.
 *
 * Invariants
 *  1. A thread is on the unpolled list from its creation until the watchdog finds that it has run,
 * or reports it. The first run takes no lock, so what is read of a listed thread is atomic.
 */
#include "runtime/thread/thread_internal.h"

#define LOOKS_MAX 1024
/* Taking a thread that has run off the list is cheap. */
#define DROPS_MAX   65536
#define REPORTS_MAX 16

static pthread_mutex_t g_lock = PTHREAD_MUTEX_INITIALIZER;

RB_HEAD(thread_tree, spdk_thread);
static struct thread_tree g_threads = RB_INITIALIZER(g_threads);
static TAILQ_HEAD(, spdk_thread) g_unpolled = TAILQ_HEAD_INITIALIZER(g_unpolled);
static uint32_t g_unpolled_count;
static uint64_t g_next_look; /* id where the next round over all threads begins */

static int
compare_ids(struct spdk_thread *a, struct spdk_thread *b)
{
	return a->id < b->id ? -1 : a->id > b->id;
}

RB_GENERATE_STATIC(thread_tree, spdk_thread, by_id, compare_ids)

void
thread_registry_lock(void)
{
	pthread_mutex_lock(&g_lock);
}

void
thread_registry_unlock(void)
{
	pthread_mutex_unlock(&g_lock);
}

static void
add_unpolled(struct spdk_thread *thread)
{
	TAILQ_INSERT_TAIL(&g_unpolled, thread, unpolled_link);
	thread->is_unpolled = true;
	g_unpolled_count++;
}

static void
drop_unpolled(struct spdk_thread *thread)
{
	if (thread->is_unpolled) {
		TAILQ_REMOVE(&g_unpolled, thread, unpolled_link);
		thread->is_unpolled = false;
		g_unpolled_count--;
	}
}

void
thread_registry_add(struct spdk_thread *thread)
{
	(void)RB_INSERT(thread_tree, &g_threads, thread);
	add_unpolled(thread);
}

void
thread_registry_remove(struct spdk_thread *thread)
{
	(void)RB_REMOVE(thread_tree, &g_threads, thread);
	drop_unpolled(thread);
}

struct spdk_thread *
thread_registry_from(uint64_t id)
{
	struct spdk_thread key = {.id = id};

	return RB_NFIND(thread_tree, &g_threads, &key);
}

bool
thread_registry_has(const struct spdk_thread *thread)
{
	/* A thread leaves the registry in the same hold of the lock in which its life becomes NONE.
	 */
	return thread_slab_holds(thread) && thread_life(thread) != MAILBOX_NONE;
}

/* What has been found, to be told without the lock: a log of the application's may call us. */
struct report {
	char name[64];
	uint64_t id;
	const void *created_at;
	size_t messages; /* 0: it has been polled before */
	bool has_home;
};

struct reports {
	struct report found[REPORTS_MAX];
	uint32_t count;
};

static void
add_report(struct reports *reports, struct spdk_thread *thread, size_t messages)
{
	struct report *report = &reports->found[reports->count++];

	snprintf(report->name, sizeof(report->name), "%s", thread->name);
	report->id = thread->id;
	report->created_at = thread->created_at;
	report->messages = messages;
	report->has_home = mailbox_word_home(thread_word(thread)) != 0;
	thread->is_reported = true;
}

static void
tell(const struct report *report)
{
	char place[EXPLAIN_PLACE_SIZE];

	explain_place(report->created_at, place, sizeof(place));
	if (report->messages == 0) {
		SPDK_WARNLOG(
			"Thread '%s' (id %" PRIu64 ", created at %s) has messages waiting and has "
			"not been polled for a second. A reactor that takes a thread from a "
			"queue must queue it again after each spdk_thread_poll(), until it has "
			"exited.\n",
			report->name, report->id, place);
		return;
	}
	SPDK_ERRLOG("Thread '%s' (id %" PRIu64 ", created at %s) has %zu message%s waiting and has "
		    "never been polled since it was created. An spdk_thread is no OS thread: %s\n",
		    report->name, report->id, place, report->messages,
		    report->messages == 1 ? "" : "s",
		    report->has_home ?
			    "the run queue that it lives on must be turned by an OS thread." :
			    "the SPDK_THREAD_OP_NEW operation given to "
			    "spdk_thread_lib_init_ext() (or the function given to "
			    "spdk_thread_lib_init()) must hand it to something that calls "
			    "spdk_thread_poll() on it, again and again.");
}

static void
look_at_unpolled(struct reports *reports)
{
	uint32_t left = g_unpolled_count, looks = 0, drops = 0;

	for (; left > 0 && looks < LOOKS_MAX && drops < DROPS_MAX; left--) {
		struct spdk_thread *thread = TAILQ_FIRST(&g_unpolled);
		bool was_waiting = thread->last_look != 0;
		size_t messages;

		drop_unpolled(thread);
		thread->last_look = 0;
		if (load_relaxed(&thread->has_run)) {
			drops++;
			continue;
		}
		looks++;
		messages = mailbox_count_untaken(thread_mailbox(thread));
		if (messages != 0 && was_waiting && reports->count < REPORTS_MAX) {
			add_report(reports, thread, messages);
			continue;
		}
		thread->last_look = messages != 0;
		add_unpolled(thread);
	}
}

static void
look_at(struct reports *reports, struct spdk_thread *thread)
{
	uint64_t word = thread_word(thread);
	uint64_t last_run = load_relaxed(&thread->last_tsc);

	if (mailbox_word_run(word) != MAILBOX_READY || mailbox_word_home(word) != 0 ||
	    thread->is_reported) {
		thread->last_look = 0;
	} else if (thread->last_look != last_run) {
		thread->last_look = last_run;
	} else if (reports->count < REPORTS_MAX) {
		add_report(reports, thread, 0);
	}
}

static void
look_at_polled(struct reports *reports)
{
	struct spdk_thread *thread = thread_registry_from(g_next_look);
	uint32_t looks;

	for (looks = 0; looks < LOOKS_MAX && thread != NULL; looks++) {
		if (!thread->is_unpolled) {
			look_at(reports, thread);
		}
		thread = RB_NEXT(thread_tree, &g_threads, thread);
	}
	g_next_look = thread != NULL ? thread->id : 0;
}

static void
look(void *arg, uint64_t now)
{
	struct reports reports = {.count = 0};
	uint32_t i;

	thread_registry_lock();
	look_at_unpolled(&reports);
	look_at_polled(&reports);
	thread_registry_unlock();
	for (i = 0; i < reports.count; i++) {
		tell(&reports.found[i]);
	}
}

static struct env_watch g_watch = {.check = look};

int
thread_registry_open(void)
{
	return env_watch_add(&g_watch);
}

void
thread_registry_close(void)
{
	env_watch_remove(&g_watch);
	g_next_look = 0;
}
