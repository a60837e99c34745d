/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The monitor of context switches: once a second each reactor says how often its OS thread was
 * taken off its CPU. Involuntary ones tell that somebody else wants that CPU; voluntary ones are,
 * for the most part, reactors that sleep.
 */
#include "runtime/reactor/reactor_internal.h"

static _Atomic bool g_is_enabled;

static void
look_now(void *arg1, void *arg2)
{
	reactor_set_chore(t_reactor, 0);
}

static void
have_looked(void *arg1, void *arg2)
{
}

void
spdk_framework_enable_context_switch_monitor(bool enabled)
{
	struct reactors_round round = {.fn = look_now, .done_fn = have_looked};
	bool before = atomic_exchange_explicit(&g_is_enabled, enabled, memory_order_relaxed);

	if (reactors_are_running() && reactors_for_each(&round) != 0) {
		SPDK_ERRLOG("spdk_framework_enable_context_switch_monitor(): no memory, so the "
			    "monitor stays as it is\n");
		atomic_store_explicit(&g_is_enabled, before, memory_order_relaxed);
	}
}

bool
spdk_framework_context_switch_monitor_enabled(void)
{
	return atomic_load_explicit(&g_is_enabled, memory_order_relaxed);
}

static void
report(const struct reactor *reactor, const struct rusage *now)
{
	const struct rusage *before = &reactor->public.rusage;

	if (now->ru_nvcsw != before->ru_nvcsw || now->ru_nivcsw != before->ru_nivcsw) {
		SPDK_INFOLOG(reactor,
			     "Reactor %u: %ld voluntary context switches and %ld involuntary "
			     "context switches in the last second.\n",
			     reactor->public.lcore, now->ru_nvcsw - before->ru_nvcsw,
			     now->ru_nivcsw - before->ru_nivcsw);
	}
}

uint64_t
context_switch_look(struct reactor *reactor, uint64_t now)
{
	uint64_t second = spdk_get_ticks_hz();
	struct rusage usage;

	if (!spdk_framework_context_switch_monitor_enabled()) {
		reactor->public.last_rusage = 0;
		return UINT64_MAX;
	}
	if (reactor->public.last_rusage != 0 && now < reactor->public.last_rusage + second) {
		return reactor->public.last_rusage + second;
	}
	env_get_rusage(&usage);
	if (reactor->public.last_rusage != 0) {
		report(reactor, &usage);
	}
	reactor->public.rusage = usage;
	reactor->public.last_rusage = now;
	return now + second;
}
