/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Messages for the person who has made a mistake: which object, made where, what is wrong, what to
 * do. None of them is on a path that is walked when all is well.
 */
#include "base/log/symbolize.h"
#include "runtime/thread/thread_internal.h"

const char *
explain_place(const void *address, char *out, size_t size)
{
	symbolize(address, out, size);
	return out;
}

const char *
explain_function(const void *function, char *out, size_t size)
{
	symbolize_exactly(function, out, size);
	return out;
}

/* Where we are, for a sentence: "thread 'name'", or that there is none. */
static const char *
describe_caller(char *out, size_t size)
{
	struct spdk_thread *caller = spdk_get_thread();

	if (caller == NULL) {
		snprintf(out, size, "an OS thread (tid %d) that is running no spdk_thread",
			 spdk_get_tid());
	} else {
		snprintf(out, size, "thread '%s' (id %" PRIu64 ")", caller->name, caller->id);
	}
	return out;
}

bool
explain_owner(const char *what, const char *object, const char *name, const void *created_at,
	      const struct spdk_thread *owner)
{
	char caller[128], place[EXPLAIN_PLACE_SIZE];

	if (spdk_likely(t_tls.thread == owner)) {
		return true;
	}
	SPDK_ERRLOG(
		"%s(): %s '%s' (created at %s) belongs to thread '%s' (id %" PRIu64
		"), but was called from %s. Nothing was done: send a message to thread '%s' with "
		"spdk_thread_send_msg() and call it there.\n",
		what, object, name, explain_place(created_at, place, sizeof(place)), owner->name,
		owner->id, describe_caller(caller, sizeof(caller)), owner->name);
	return false;
}

bool
explain_has_thread(const char *what)
{
	char caller[128];

	if (spdk_likely(t_tls.thread != NULL)) {
		return true;
	}
	SPDK_ERRLOG("%s() was called from %s. It works on the current spdk_thread: call it from a "
		    "message or poller, or after spdk_set_thread().\n",
		    what, describe_caller(caller, sizeof(caller)));
	return false;
}

void
explain_refused_send(const char *what, const struct spdk_thread *thread, const void *fn)
{
	char function[EXPLAIN_PLACE_SIZE], made[EXPLAIN_PLACE_SIZE], caller[128], name[64];
	const void *created_at = NULL;
	uint64_t id = 0;
	bool exists;

	explain_function(fn, function, sizeof(function));
	describe_caller(caller, sizeof(caller));
	/* Under the lock a listed thread is not destroyed; what is told of it is copied. */
	thread_registry_lock();
	exists = thread_registry_has(thread);
	if (exists) {
		snprintf(name, sizeof(name), "%s", thread->name);
		id = thread->id;
		created_at = thread->created_at;
	}
	thread_registry_unlock();
	if (exists) {
		SPDK_ERRLOG("%s(): thread '%s' (id %" PRIu64 ", created at %s) has exited; message "
			    "%s from %s is refused with -EIO. Send before spdk_thread_exit(), or "
			    "have the thread exit later.\n",
			    what, name, id, explain_place(created_at, made, sizeof(made)), function,
			    caller);
	} else {
		SPDK_ERRLOG(
			"%s(): %p is no thread any more: it was destroyed; message %s from %s is "
			"refused with -EIO. Whoever destroys a thread must first see to it that "
			"nobody keeps a pointer to it.\n",
			what, (const void *)thread, function, caller);
	}
}

void
explain_foreign_poll(const struct spdk_thread *thread, enum mailbox_run run)
{
	static _Atomic uint64_t last;
	uint64_t now = spdk_get_ticks();
	char caller[128];

	/* A second loop that polls it would say so millions of times. */
	if (now - load_relaxed(&last) < spdk_get_ticks_hz() && load_relaxed(&last) != 0) {
		return;
	}
	store_relaxed(&last, now);
	describe_caller(caller, sizeof(caller));
	if (run == MAILBOX_RUNNING || run == MAILBOX_NOTIFIED) {
		SPDK_ERRLOG("spdk_thread_poll(): thread '%s' (id %" PRIu64 ") is being polled by "
			    "another OS thread; the call from %s did nothing. One OS thread at a "
			    "time may poll a thread: hand it on through a ring.\n",
			    thread->name, thread->id, caller);
	} else {
		SPDK_ERRLOG("spdk_thread_poll(): thread '%s' (id %" PRIu64
			    ") lives on a run queue, "
			    "which runs it; the call from %s did nothing.\n",
			    thread->name, thread->id, caller);
	}
}

static void
explain_poller(struct spdk_poller *poller)
{
	char place[EXPLAIN_PLACE_SIZE];

	SPDK_ERRLOG("  poller '%s', %s, registered at %s\n", poller->name,
		    spdk_poller_get_state_str(poller),
		    explain_place(poller->created_at, place, sizeof(place)));
}

void
explain_holders(struct spdk_thread *thread, const char *why)
{
	char place[EXPLAIN_PLACE_SIZE];
	struct spdk_poller *poller;

	SPDK_ERRLOG("Thread '%s' (id %" PRIu64 ", created at %s) %s. It is held by:\n",
		    thread->name, thread->id,
		    explain_place(thread->created_at, place, sizeof(place)), why);
	for (poller = spdk_thread_get_first_active_poller(thread); poller != NULL;
	     poller = spdk_thread_get_next_active_poller(poller)) {
		explain_poller(poller);
	}
	for (poller = spdk_thread_get_first_timed_poller(thread); poller != NULL;
	     poller = spdk_thread_get_next_timed_poller(poller)) {
		explain_poller(poller);
	}
	for (poller = spdk_thread_get_first_paused_poller(thread); poller != NULL;
	     poller = spdk_thread_get_next_paused_poller(poller)) {
		explain_poller(poller);
	}
	thread_explain_channels(thread);
	if (thread->for_each_count != 0) {
		SPDK_ERRLOG(
			"  %u spdk_for_each_thread() or spdk_for_each_channel() that it began and "
			"that has not come back\n",
			thread->for_each_count);
	}
	if (thread->unregister_count != 0) {
		SPDK_ERRLOG(
			"  %u spdk_io_device_unregister() that it called and whose callback has "
			"not run\n",
			thread->unregister_count);
	}
}
