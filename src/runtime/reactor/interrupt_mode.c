/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Reactors in interrupt mode: their threads are told so, and from then on a poller that has said
 * how to is driven by its descriptor instead of being called in each turn. Sleeping itself is not
 * part of it: reactors of either mode rest.
 */
#include "runtime/reactor/reactor_internal.h"

struct change {
	bool in_interrupt;
	spdk_reactor_set_interrupt_mode_cb cb_fn;
	void *cb_arg;
};

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

	change->cb_fn(change->cb_arg, NULL);
	free(change);
}

static void
apply(void *arg1, void *arg2)
{
	struct change *change = arg1;

	interrupt_mode_apply(t_reactor, change->in_interrupt);
	t_reactor->public.set_interrupt_mode_in_progress = false;
	if (spdk_thread_send_msg(spdk_thread_get_app_thread(), changed, change) != 0) {
		/* The app thread is gone, and with it whoever waits. */
		free(change);
	}
}

static int
check(uint32_t lcore, const struct reactor *reactor)
{
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
	return reactor->public.set_interrupt_mode_in_progress ? -EBUSY : 0;
}

int
spdk_reactor_set_interrupt_mode(uint32_t lcore, bool new_in_interrupt,
				spdk_reactor_set_interrupt_mode_cb cb_fn, void *cb_arg)
{
	struct reactor *reactor = reactor_of(lcore);
	struct spdk_event *event;
	struct change *change;
	int rc = check(lcore, reactor);

	if (rc != 0) {
		return rc;
	}
	change = malloc(sizeof(*change));
	event = change != NULL ? spdk_event_allocate(lcore, apply, change, NULL) : NULL;
	if (event == NULL) {
		free(change);
		return -ENOMEM;
	}
	*change = (struct change){new_in_interrupt, cb_fn, cb_arg};
	reactor->public.set_interrupt_mode_in_progress = true;
	spdk_event_call(event);
	return 0;
}
