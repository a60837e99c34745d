/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Descriptors of a thread: for foreign loops that sleep until a thread has something to do, and for
 * interrupt mode.
 *
 * A thread gets them when first asked for, or at its creation in interrupt mode: an fd_group that
 * holds an event (there is a message, or more work), an alarm (the earliest timed poller), and what
 * the application registers. The group's wrapper makes the thread current and RUNNING around each
 * handler, so that the group may also be nested in that of a foreign loop, where nobody calls
 * spdk_thread_poll(). The handlers of event and alarm then run the pass themselves.
 *
 * The event is read only while RUNNING: a waker holds the thread in WAKING until it has written,
 * and a read before that would swallow the wake-up of a thread that may not be run yet.
 */
#include "env/env_internal.h"
#include "runtime/reactors.h"
#include "runtime/thread/thread_internal.h"
#include "spdk/fd_group.h"

struct thread_interrupts {
	struct spdk_fd_group *group;
	int event_fd;
	int alarm_fd;
	uint64_t alarm;
	LIST_HEAD(, spdk_interrupt) registered; /* by the application */
	int found; /* the greatest that a handler has returned, in this pass */
};

struct spdk_interrupt {
	struct spdk_thread *thread; /* NULL: destroyed, with this still registered */
	LIST_ENTRY(spdk_interrupt) link;
	struct spdk_fd_group *nested; /* or efd */
	int efd;
	const void *created_at;
	char name[];
};

static bool g_interrupt_mode;

int
spdk_interrupt_mode_enable(void)
{
	if (g_thread_lib.is_open) {
		SPDK_ERRLOG("spdk_interrupt_mode_enable(): too late; call it before "
			    "spdk_thread_lib_init() or spdk_app_start()\n");
		return -EBUSY;
	}
	g_interrupt_mode = true;
	return 0;
}

void
interrupt_mode_disable(void)
{
	assert(!g_thread_lib.is_open);
	g_interrupt_mode = false;
}

bool
spdk_interrupt_mode_is_enabled(void)
{
	return g_interrupt_mode;
}

static int
call(spdk_fd_fn fn, void *arg)
{
	const void *outer = activity_set_function((const void *)(uintptr_t)fn);
	int rc = fn(arg);

	(void)activity_set_function(outer);
	return rc;
}

/* A handler that runs outside of spdk_thread_poll(), in a group nested elsewhere. */
static int
run_in_thread(void *arg, spdk_fd_fn fn, void *fn_arg)
{
	struct spdk_thread *thread = arg;
	struct spdk_thread *outer = t_tls.thread;
	struct activity_outer outer_activity;
	uint64_t start;
	int rc;

	if (load_relaxed(&thread->runner) == &t_tls) {
		rc = call(fn, fn_arg);
		thread->interrupts->found = spdk_max(thread->interrupts->found, rc);
		return rc;
	}
	if (!thread_poll_begin(thread)) {
		return 0;
	}
	start = spdk_get_ticks();
	t_tls.thread = thread;
	outer_activity = activity_begin(thread);
	rc = call(fn, fn_arg);
	thread_run_post_pollers(thread);
	activity_end(outer_activity);
	thread_poll_end(thread, rc, start);
	t_tls.thread = outer;
	return rc;
}

static void
drain(int fd)
{
	uint64_t count;

	/* Not ready any more is as good as drained. */
	if (read(fd, &count, sizeof(count)) < 0) {
		return;
	}
}

static int
run_rest(struct spdk_thread *thread)
{
	if (thread->is_in_pass) {
		return 0;
	}
	(void)thread_run_critical(thread);
	return thread_run_rest(thread, 8, spdk_get_ticks());
}

static int
on_event(void *arg)
{
	struct spdk_thread *thread = arg;

	drain(thread->interrupts->event_fd);
	return run_rest(thread);
}

static int
on_alarm(void *arg)
{
	struct spdk_thread *thread = arg;

	drain(thread->interrupts->alarm_fd);
	thread->interrupts->alarm = UINT64_MAX;
	return run_rest(thread);
}

static int
open_fds(struct spdk_thread *thread, struct thread_interrupts *interrupts)
{
	int rc;

	interrupts->event_fd = env_event_create();
	if (interrupts->event_fd < 0) {
		return interrupts->event_fd;
	}
	interrupts->alarm_fd = env_alarm_create();
	if (interrupts->alarm_fd < 0) {
		rc = interrupts->alarm_fd;
		goto close_event;
	}
	rc = spdk_fd_group_add(interrupts->group, interrupts->event_fd, on_event, thread, "event");
	if (rc != 0) {
		goto close_alarm;
	}
	rc = spdk_fd_group_add(interrupts->group, interrupts->alarm_fd, on_alarm, thread, "alarm");
	if (rc != 0) {
		goto remove_event;
	}
	return 0;

remove_event:
	spdk_fd_group_remove(interrupts->group, interrupts->event_fd);
close_alarm:
	close(interrupts->alarm_fd);
close_event:
	close(interrupts->event_fd);
	return rc;
}

int
thread_interrupts_open(struct spdk_thread *thread)
{
	struct thread_interrupts *interrupts = calloc(1, sizeof(*interrupts));
	int rc;

	if (interrupts == NULL) {
		return -ENOMEM;
	}
	interrupts->alarm = UINT64_MAX;
	rc = spdk_fd_group_create(&interrupts->group);
	if (rc != 0) {
		goto free_interrupts;
	}
	rc = open_fds(thread, interrupts);
	if (rc != 0) {
		goto destroy_group;
	}
	rc = spdk_fd_group_set_wrapper(interrupts->group, run_in_thread, thread);
	assert(rc == 0);
	thread->interrupts = interrupts;
	wake_watch_group(thread);
	return 0;

destroy_group:
	spdk_fd_group_destroy(interrupts->group);
free_interrupts:
	free(interrupts);
	return rc;
}

static void
detach(struct thread_interrupts *interrupts, struct spdk_interrupt *intr)
{
	LIST_REMOVE(intr, link);
	if (intr->nested != NULL) {
		(void)spdk_fd_group_unnest(interrupts->group, intr->nested);
	} else {
		spdk_fd_group_remove(interrupts->group, intr->efd);
	}
}

void
thread_interrupts_close(struct spdk_thread *thread)
{
	struct thread_interrupts *interrupts = thread->interrupts;
	char place[EXPLAIN_PLACE_SIZE];
	struct spdk_interrupt *intr;

	if (interrupts == NULL) {
		return;
	}
	wake_unwatch_group(thread);
	/* Whoever holds them may still unregister them, which then only frees them. */
	while ((intr = LIST_FIRST(&interrupts->registered)) != NULL) {
		SPDK_WARNLOG("Thread '%s' is destroyed with interrupt '%s' registered, at %s\n",
			     thread->name, intr->name,
			     explain_place(intr->created_at, place, sizeof(place)));
		detach(interrupts, intr);
		intr->thread = NULL;
	}
	spdk_fd_group_remove(interrupts->group, interrupts->alarm_fd);
	spdk_fd_group_remove(interrupts->group, interrupts->event_fd);
	spdk_fd_group_destroy(interrupts->group);
	close(interrupts->alarm_fd);
	close(interrupts->event_fd);
	free(interrupts);
	thread->interrupts = NULL;
}

void
thread_interrupts_signal(struct spdk_thread *thread)
{
	env_event_signal(thread->interrupts->event_fd);
}

int
thread_interrupts_run(struct spdk_thread *thread)
{
	/* Event and alarm return 0: they are no work by themselves. */
	thread->interrupts->found = 0;
	(void)spdk_fd_group_wait(thread->interrupts->group, 0);
	return thread->interrupts->found;
}

void
thread_interrupts_rearm(struct spdk_thread *thread)
{
	struct thread_interrupts *interrupts = thread->interrupts;
	uint64_t deadline = thread_next_deadline(thread);

	if (deadline != interrupts->alarm) {
		env_alarm_set(interrupts->alarm_fd, deadline);
		interrupts->alarm = deadline;
	}
}

/* The descriptors of a thread that may have none yet; NULL with one ERROR. */
static struct thread_interrupts *
interrupts_of(struct spdk_thread *thread, const char *what)
{
	int rc;

	if (thread->interrupts == NULL) {
		rc = thread_interrupts_open(thread);
		if (rc != 0) {
			SPDK_ERRLOG("%s(): no descriptors for thread '%s': %s\n", what,
				    thread->name, strerror(-rc));
			return NULL;
		}
		thread_interrupts_rearm(thread);
		/* Whoever sends from now on writes to it; what is there already has to show, too.
		 */
		mailbox_set_fd(thread_mailbox(thread), true);
		env_event_signal(thread->interrupts->event_fd);
		/* A home visits it for its descriptors only after a run that had them. */
		thread_tell_home(thread);
	}
	return thread->interrupts;
}

struct spdk_fd_group *
spdk_thread_get_interrupt_fd_group(struct spdk_thread *thread)
{
	struct thread_interrupts *interrupts =
		interrupts_of(thread, "spdk_thread_get_interrupt_fd_group");

	return interrupts != NULL ? interrupts->group : NULL;
}

int
spdk_thread_get_interrupt_fd(struct spdk_thread *thread)
{
	struct thread_interrupts *interrupts =
		interrupts_of(thread, "spdk_thread_get_interrupt_fd");

	return interrupts != NULL ? spdk_fd_group_get_fd(interrupts->group) : -EMFILE;
}

void
spdk_thread_set_interrupt_mode(bool enable_interrupt)
{
	struct spdk_thread *thread = t_tls.thread;

	if (!explain_has_thread("spdk_thread_set_interrupt_mode")) {
		return;
	}
	if (!g_interrupt_mode) {
		SPDK_ERRLOG("spdk_thread_set_interrupt_mode(): call spdk_interrupt_mode_enable() "
			    "before the thread library is initialised\n");
		return;
	}
	if (thread->in_interrupt != enable_interrupt) {
		thread->in_interrupt = enable_interrupt;
		thread_pollers_set_interrupt(thread, enable_interrupt);
	}
}

int
thread_interrupts_get_fd(const struct spdk_thread *thread)
{
	return spdk_fd_group_get_fd(thread->interrupts->group);
}

static struct spdk_interrupt *
make_interrupt(struct spdk_thread *thread, const char *name, const void *address,
	       const void *created_at)
{
	struct spdk_interrupt *intr;
	char plain[20];

	if (name == NULL) {
		snprintf(plain, sizeof(plain), "%p", address);
		name = plain;
	}
	intr = calloc(1, sizeof(*intr) + strlen(name) + 1);
	if (intr != NULL) {
		memcpy(intr->name, name, strlen(name));
		intr->thread = thread;
		intr->efd = -1;
		intr->created_at = created_at;
	}
	return intr;
}

struct efd_request {
	int efd;
	spdk_interrupt_fn fn;
	void *arg;
	const char *name;
	const void *created_at;
};

static struct spdk_interrupt *
register_efd(const struct efd_request *request, struct spdk_event_handler_opts *opts)
{
	struct spdk_thread *thread = t_tls.thread;
	struct thread_interrupts *interrupts;
	struct spdk_interrupt *intr;
	int rc;

	if (!explain_has_thread("spdk_interrupt_register")) {
		return NULL;
	}
	interrupts = interrupts_of(thread, "spdk_interrupt_register");
	if (interrupts == NULL) {
		return NULL;
	}
	intr = make_interrupt(thread, request->name, (const void *)(uintptr_t)request->fn,
			      request->created_at);
	if (intr == NULL) {
		SPDK_ERRLOG("No memory for an interrupt of thread '%s'\n", thread->name);
		return NULL;
	}
	intr->efd = request->efd;
	rc = spdk_fd_group_add_ext(interrupts->group, intr->efd, request->fn, request->arg,
				   intr->name, opts);
	if (rc != 0) {
		SPDK_ERRLOG("spdk_interrupt_register(): descriptor %d of interrupt '%s' on thread "
			    "'%s': %s\n",
			    intr->efd, intr->name, thread->name, strerror(-rc));
		free(intr);
		return NULL;
	}
	LIST_INSERT_HEAD(&interrupts->registered, intr, link);
	return intr;
}

struct spdk_interrupt *
spdk_interrupt_register(int efd, spdk_interrupt_fn fn, void *arg, const char *name)
{
	struct efd_request request = {efd, fn, arg, name, __builtin_return_address(0)};
	struct spdk_event_handler_opts opts;

	spdk_fd_group_get_default_event_handler_opts(&opts, sizeof(opts));
	return register_efd(&request, &opts);
}

struct spdk_interrupt *
spdk_interrupt_register_for_events(int efd, uint32_t events, spdk_interrupt_fn fn, void *arg,
				   const char *name)
{
	struct efd_request request = {efd, fn, arg, name, __builtin_return_address(0)};
	struct spdk_event_handler_opts opts;

	spdk_fd_group_get_default_event_handler_opts(&opts, sizeof(opts));
	opts.events = events;
	return register_efd(&request, &opts);
}

struct spdk_interrupt *
spdk_interrupt_register_ext(int efd, spdk_interrupt_fn fn, void *arg, const char *name,
			    struct spdk_event_handler_opts *opts)
{
	struct efd_request request = {efd, fn, arg, name, __builtin_return_address(0)};

	return register_efd(&request, opts);
}

struct spdk_interrupt *
spdk_interrupt_register_fd_group(struct spdk_fd_group *fgrp, const char *name)
{
	struct spdk_thread *thread = t_tls.thread;
	struct thread_interrupts *interrupts;
	struct spdk_interrupt *intr;
	int rc;

	if (!explain_has_thread("spdk_interrupt_register_fd_group")) {
		return NULL;
	}
	interrupts = interrupts_of(thread, "spdk_interrupt_register_fd_group");
	if (interrupts == NULL) {
		return NULL;
	}
	intr = make_interrupt(thread, name, fgrp, __builtin_return_address(0));
	if (intr == NULL) {
		SPDK_ERRLOG("No memory for an interrupt of thread '%s'\n", thread->name);
		return NULL;
	}
	intr->nested = fgrp;
	rc = spdk_fd_group_nest(interrupts->group, fgrp);
	if (rc != 0) {
		SPDK_ERRLOG("spdk_interrupt_register_fd_group(): '%s' on thread '%s': %s\n",
			    intr->name, thread->name, strerror(-rc));
		free(intr);
		return NULL;
	}
	LIST_INSERT_HEAD(&interrupts->registered, intr, link);
	return intr;
}

void
spdk_interrupt_unregister(struct spdk_interrupt **pintr)
{
	struct spdk_interrupt *intr = *pintr;

	if (intr == NULL) {
		return;
	}
	if (intr->thread != NULL) {
		if (!explain_owner("spdk_interrupt_unregister", "interrupt", intr->name,
				   intr->created_at, intr->thread)) {
			return;
		}
		detach(intr->thread->interrupts, intr);
	}
	*pintr = NULL;
	free(intr);
}

int
spdk_interrupt_set_event_types(struct spdk_interrupt *intr,
			       enum spdk_interrupt_event_types event_types)
{
	if (intr == NULL) {
		SPDK_ERRLOG("spdk_interrupt_set_event_types(): the interrupt is NULL\n");
		return -EINVAL;
	}
	if (intr->thread == NULL || !explain_owner("spdk_interrupt_set_event_types", "interrupt",
						   intr->name, intr->created_at, intr->thread)) {
		return -EINVAL;
	}
	if (intr->nested != NULL) {
		return -EINVAL;
	}
	return spdk_fd_group_event_modify(intr->thread->interrupts->group, intr->efd,
					  (int)event_types);
}
