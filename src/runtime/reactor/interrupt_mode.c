/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Reactors in interrupt mode: their threads are told so, and from then on a poller that has said
 * how to is driven by its descriptor instead of being called in each turn. Sleeping itself is not
 * part of it: reactors of either mode rest.
 */
#include "runtime/reactor/reactor_internal.h"

struct change {
	struct reactor_event event; /* first: dropping it frees the whole */
	bool in_interrupt;
	spdk_reactor_set_interrupt_mode_cb cb_fn;
	void *cb_arg;
};
SPDK_STATIC_ASSERT(offsetof(struct change, event) == 0, "dropping the event frees the whole");

static void
enter_interrupt_mode(void *arg)
{
	spdk_thread_set_interrupt_mode(true);
}

static void
leave_interrupt_mode(void *arg)
{
	spdk_thread_set_interrupt_mode(false);
}

static void
tell(struct spdk_thread *thread, void *arg)
{
	const bool *in_interrupt = arg;

	/* One that has exited needs no telling. */
	if (!spdk_thread_is_exited(thread)) {
		(void)spdk_thread_send_msg(
			thread, *in_interrupt ? enter_interrupt_mode : leave_interrupt_mode, NULL);
	}
}

static void
take_mode_of_reactor(void *arg)
{
	if (t_reactor != NULL) {
		spdk_thread_set_interrupt_mode(t_reactor->public.in_interrupt);
	}
}

void
interrupt_mode_greet(struct spdk_thread *thread)
{
	/* Before that, no reactor can be in another mode than a thread begins with. */
	if (spdk_interrupt_mode_is_enabled() && reactors_are_running()) {
		(void)spdk_thread_send_msg(thread, take_mode_of_reactor, NULL); /* It is new. */
	}
}

void
interrupt_mode_apply(struct reactor *reactor, bool in_interrupt)
{
	reactor->public.in_interrupt = in_interrupt;
	spindle_run_queue_for_each_thread(reactor->queue, tell, &in_interrupt);
}

static void
changed(void *arg)
{
	struct change *change = arg;
	struct change done = *change;

	free(change);
	reactor_of(done.event.event.lcore)->public.set_interrupt_mode_in_progress = false;
	done.cb_fn(done.cb_arg, NULL);
}

static void
apply(void *arg1, void *arg2)
{
	struct change *change = arg1;

	interrupt_mode_apply(t_reactor, change->in_interrupt);
	if (spdk_thread_send_msg(spdk_thread_get_app_thread(), changed, change) != 0) {
		/* The app thread is gone, and with it whoever waits. */
		free(change);
	}
}

static int
check(uint32_t lcore, const struct reactor *reactor, spdk_reactor_set_interrupt_mode_cb cb_fn)
{
	if (cb_fn == NULL) {
		SPDK_ERRLOG("spdk_reactor_set_interrupt_mode(): the callback is NULL\n");
		return -EINVAL;
	}
	if (reactor == NULL) {
		SPDK_ERRLOG("spdk_reactor_set_interrupt_mode(): core %u has no reactor\n", lcore);
		return -EINVAL;
	}
	if (!spdk_interrupt_mode_is_enabled()) {
		SPDK_ERRLOG("spdk_reactor_set_interrupt_mode(): call spdk_interrupt_mode_enable() "
			    "before spdk_app_start(), or give --interrupt-mode\n");
		return -ENOTSUP;
	}
	if (!spdk_thread_is_app_thread(NULL)) {
		SPDK_ERRLOG("spdk_reactor_set_interrupt_mode() must be called on the app thread: "
			    "send it a message (spdk_thread_get_app_thread())\n");
		return -EPERM;
	}
	/* The app thread's own, so that it can tell. */
	return reactor->public.set_interrupt_mode_in_progress ? -EBUSY : 0;
}

int
spdk_reactor_set_interrupt_mode(uint32_t lcore, bool new_in_interrupt,
				spdk_reactor_set_interrupt_mode_cb cb_fn, void *cb_arg)
{
	struct reactor *reactor = reactor_of(lcore);
	struct change *change;
	int rc = check(lcore, reactor, cb_fn);

	if (rc != 0) {
		return rc;
	}
	change = calloc(1, sizeof(*change));
	if (change == NULL) {
		return -ENOMEM;
	}
	change->event.event.lcore = lcore;
	change->event.event.fn = apply;
	change->event.event.arg1 = change;
	change->event.is_kept = true;
	change->in_interrupt = new_in_interrupt;
	change->cb_fn = cb_fn;
	change->cb_arg = cb_arg;
	reactor->public.set_interrupt_mode_in_progress = true;
	event_send(&change->event);
	return 0;
}
