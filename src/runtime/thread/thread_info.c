/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Asking about a thread, and choosing which one is current.
 */
#include "runtime/thread/thread_internal.h"
#include "runtime/thread_mask.h"

struct spdk_thread *
spdk_get_thread(void)
{
	return t_tls.thread;
}

void
spdk_set_thread(struct spdk_thread *thread)
{
	t_tls.thread = thread;
}

struct spdk_thread *
spdk_thread_get_app_thread(void)
{
	return load_acquire(&g_thread_lib.app_thread);
}

bool
spdk_thread_is_app_thread(struct spdk_thread *thread)
{
	if (thread == NULL) {
		thread = t_tls.thread;
	}
	return thread != NULL && thread == spdk_thread_get_app_thread();
}

bool
spdk_thread_is_exited(struct spdk_thread *thread)
{
	/* Destroyed is more than exited: of the app thread that may be asked until the end. */
	return mailbox_is_closed(thread_mailbox(thread)) || thread_life(thread) == MAILBOX_NONE;
}

bool
spdk_thread_is_running(struct spdk_thread *thread)
{
	return thread_life(thread) == MAILBOX_LIVE;
}

void *
spdk_thread_get_ctx(struct spdk_thread *thread)
{
	return g_thread_lib.ctx_size != 0 ? thread->ctx : NULL;
}

struct spdk_thread *
spdk_thread_get_from_ctx(void *ctx)
{
	return ctx != NULL ? SPDK_CONTAINEROF(ctx, struct spdk_thread, ctx) : NULL;
}

const char *
spdk_thread_get_name(const struct spdk_thread *thread)
{
	return thread->name;
}

uint64_t
spdk_thread_get_id(const struct spdk_thread *thread)
{
	return thread->id;
}

struct spdk_thread *
spdk_thread_get_by_id(uint64_t id)
{
	struct spdk_thread *thread;

	thread_registry_lock();
	thread = thread_registry_from(id);
	thread_registry_unlock();
	return thread != NULL && thread->id == id ? thread : NULL;
}

uint32_t
spdk_thread_get_count(void)
{
	return load_relaxed(&g_thread_lib.thread_count);
}

/* Tracing of threads is not there yet; 0 is the id that trace tools take for none. */
uint16_t
spdk_thread_get_trace_id(struct spdk_thread *thread)
{
	return 0;
}

bool
spdk_thread_is_idle(struct spdk_thread *thread)
{
	struct mailbox *mailbox = thread_mailbox(thread);

	return !mailbox_has_claims(mailbox) && load_relaxed(&mailbox->critical) == NULL &&
	       thread->poller_count == thread->paused_count;
}

struct spdk_cpuset *
spdk_thread_get_cpumask(struct spdk_thread *thread)
{
	return thread->cpumask != NULL ? &thread->cpumask->set : cpumask_all();
}

int
spdk_thread_set_cpumask(struct spdk_cpuset *cpumask)
{
	struct spdk_thread *thread = t_tls.thread;
	struct cpumask *mask, *before;
	int rc;

	if (!explain_has_thread("spdk_thread_set_cpumask")) {
		return -EINVAL;
	}
	if (cpumask != NULL && spdk_cpuset_count(cpumask) == 0) {
		SPDK_ERRLOG(
			"spdk_thread_set_cpumask(): thread '%s' could run nowhere: the cpumask is "
			"empty; give NULL for all CPUs\n",
			thread->name);
		return -EINVAL;
	}
	rc = thread_can_reschedule();
	if (rc != 0) {
		return rc;
	}
	rc = cpumask_get(cpumask, &mask);
	if (rc != 0) {
		return rc;
	}
	thread_registry_lock();
	before = thread->cpumask;
	thread->cpumask = mask;
	thread_registry_unlock();
	cpumask_put(before);
	return thread_reschedule(thread);
}

bool
thread_may_run_on(uint64_t id, uint32_t lcore)
{
	struct spdk_thread *thread;
	bool may = false;

	/* Under the lock a thread that is listed keeps its cpumask. */
	thread_registry_lock();
	thread = thread_registry_from(id);
	if (thread != NULL && thread->id == id) {
		may = thread->cpumask == NULL || spdk_cpuset_get_cpu(&thread->cpumask->set, lcore);
	}
	thread_registry_unlock();
	return may;
}

bool
thread_copy_name(uint64_t id, char *name, size_t size)
{
	struct spdk_thread *thread;
	bool is_there;

	thread_registry_lock();
	thread = thread_registry_from(id);
	is_there = thread != NULL && thread->id == id;
	if (is_there) {
		snprintf(name, size, "%s", thread->name);
	}
	thread_registry_unlock();
	return is_there;
}

void
spdk_thread_bind(struct spdk_thread *thread, bool bind)
{
	store_relaxed(&thread->is_bound, bind);
}

bool
spdk_thread_is_bound(struct spdk_thread *thread)
{
	return load_relaxed(&thread->is_bound);
}

int
spdk_thread_get_stats(struct spdk_thread_stats *stats)
{
	struct spdk_thread *thread = t_tls.thread;

	if (stats == NULL || !explain_has_thread("spdk_thread_get_stats")) {
		return -EINVAL;
	}
	thread_charge_idle(thread);
	stats->busy_tsc = thread->busy_tsc;
	stats->idle_tsc = thread->idle_tsc;
	return 0;
}

uint64_t
spdk_thread_get_last_tsc(struct spdk_thread *thread)
{
	if (thread == NULL) {
		thread = t_tls.thread;
	}
	return thread != NULL ? load_relaxed(&thread->last_tsc) : 0;
}
