/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * On which reactor a thread lives: round-robin over the cores of its cpumask. One that changes its
 * cpumask stays where it is, if it may.
 */
#include "runtime/reactor/reactor_internal.h"
#include "spdk/cpuset.h"

/* The core that was given out last. Approximate is good enough. */
static _Atomic uint32_t g_last_core = UINT32_MAX;

static uint32_t
core_after(uint32_t core)
{
	uint32_t next = core != UINT32_MAX ? spdk_env_get_next_core(core) : UINT32_MAX;

	return next != UINT32_MAX ? next : spdk_env_get_first_core();
}

/* UINT32_MAX: the cpumask has none of ours. */
static uint32_t
choose_core(const struct spdk_cpuset *cpumask)
{
	uint32_t core = atomic_load_explicit(&g_last_core, memory_order_relaxed);
	uint32_t left;

	for (left = spdk_env_get_core_count(); left > 0; left--) {
		core = core_after(core);
		if (spdk_cpuset_get_cpu(cpumask, core)) {
			atomic_store_explicit(&g_last_core, core, memory_order_relaxed);
			return core;
		}
	}
	return UINT32_MAX;
}

static uint32_t
choose_or_explain(struct spdk_thread *thread)
{
	uint32_t core = choose_core(spdk_thread_get_cpumask(thread));
	struct spdk_cpuset cores;

	if (spdk_unlikely(core == UINT32_MAX)) {
		spdk_env_get_cpuset(&cores);
		core = core_after(atomic_load_explicit(&g_last_core, memory_order_relaxed));
		SPDK_WARNLOG("Thread '%s': none of the cores in its cpumask %s has a reactor, so "
			     "it runs on core %u. The application's cores are %s (option -m).\n",
			     spdk_thread_get_name(thread),
			     spdk_cpuset_fmt(spdk_thread_get_cpumask(thread)), core,
			     spdk_cpuset_fmt(&cores));
	}
	return core;
}

static int
place(struct spdk_thread *thread)
{
	int rc = spindle_run_queue_add(reactor_of(choose_or_explain(thread))->queue, thread);

	if (rc == 0) {
		interrupt_mode_greet(thread);
	}
	return rc;
}

static int
replace(struct spdk_thread *thread)
{
	uint32_t core = spdk_env_get_current_core();

	if (t_reactor != NULL && spdk_cpuset_get_cpu(spdk_thread_get_cpumask(thread), core)) {
		/* The scheduler may have sent it to a core of the cpumask before. One that is bound
		 * was not, and need not be told. */
		(void)spindle_run_queue_move(t_reactor->queue);
		return 0;
	}
	return spindle_run_queue_move(reactor_of(choose_or_explain(thread))->queue);
}

int
placement_thread_op(struct spdk_thread *thread, enum spdk_thread_op op)
{
	switch (op) {
	case SPDK_THREAD_OP_NEW:
		return place(thread);
	case SPDK_THREAD_OP_RESCHED:
		return replace(thread);
	default:
		return -ENOTSUP;
	}
}

bool
placement_thread_op_supported(enum spdk_thread_op op)
{
	return op == SPDK_THREAD_OP_NEW || op == SPDK_THREAD_OP_RESCHED;
}
