/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The application: everything brought up in order, and taken down in the reverse order.
 *
 *   state      holds                                            left by
 *   IDLE       nothing                                          spdk_app_start()
 *   PREPARING  a copy of the options                            spdk_app_start()
 *   STARTING   environment, core locks, reactors, trace file    the subsystems' report: RUNNING, or
 *                                                               spdk_app_stop(): STOPPING
 *   RUNNING    start_fn has been called                         spdk_app_stop()
 *   STOPPING   subsystems end, then the reactors                the reactors' end
 *   STOPPED    spdk_app_start() has returned; what it brought   spdk_app_fini()
 *              up is still there, for whoever wants to look
 *
 * A start that fails before there are reactors takes back what it has done and leaves IDLE. From
 * the reactors' start on, g_app belongs to the app thread, but for `state`.
 *
 * Signals are taken before anything is made that outlives the process, such as a lock file, and
 * given back after the last of it is gone. What was set for the process on the way, the level of
 * the log and interrupt mode, is set back: the next start has options of its own.
 */
#include "app/app/app_internal.h"
#include "app/app/app_opts.h"
#include "app/app/core_lock.h"
#include "control/subsystem.h"
#include "runtime/reactors.h"
#include "spdk/env.h"
#include "spdk/log.h"
#include "spdk/string.h"
#include "spdk/thread.h"
#include "spdk/trace.h"
#include "spdk_internal/event.h"

#include <stdatomic.h>
#include <sys/resource.h>

/* A signal that comes so long after shutdown_cb was called ends what that has begun. */
#define SHUTDOWN_PATIENCE_SEC 5

enum app_state {
	IDLE,
	PREPARING,
	STARTING,
	RUNNING,
	STOPPING,
	STOPPED,
};

static struct {
	_Atomic enum app_state state;
	struct spdk_app_opts *opts;
	bool mask_is_explicit;
	bool rpc_is_explicit;
	spdk_msg_fn start_fn;
	void *start_arg;
	int rc;
	uint32_t shutdown_requests;  /* that shutdown_cb, or what it began, has not answered yet */
	uint64_t shutdown_began;     /* ticks */
	bool has_set_interrupt_mode; /* it was not set before */
	enum spdk_log_level old_print_level;
	struct spdk_cpuset core_mask;
} g_app;

static enum app_state
state(void)
{
	return atomic_load_explicit(&g_app.state, memory_order_acquire);
}

static void
set_state(enum app_state next)
{
	atomic_store_explicit(&g_app.state, next, memory_order_release);
}

/* There is, or is about to be, an app thread that hears. */
static bool
is_up(void)
{
	enum app_state now = state();

	return now == STARTING || now == RUNNING || now == STOPPING;
}

static void
subsystems_have_ended(void *arg)
{
	app_boot_end();
	spdk_reactors_stop(NULL);
}

static void
stop_here(void *arg)
{
	int rc = (int)(intptr_t)arg;

	if (g_app.rc == 0) {
		g_app.rc = rc;
	}
	if (state() == STOPPING) {
		SPDK_NOTICELOG("spdk_app_stop(%d): the application is stopping already\n", rc);
		return;
	}
	if (rc != 0) {
		SPDK_WARNLOG("spdk_app_stop(%d): the application stops with an error\n", rc);
	}
	app_boot_stop();
	set_state(STOPPING);
	spdk_subsystem_fini(subsystems_have_ended, NULL);
}

void
spdk_app_stop(int rc)
{
	struct spdk_thread *app_thread = spdk_thread_get_app_thread();

	if (!is_up() || app_thread == NULL) {
		SPDK_ERRLOG("spdk_app_stop(%d): no application is running; spdk_app_start() must "
			    "come before\n",
			    rc);
		return;
	}
	(void)spdk_thread_send_msg(app_thread, stop_here, (void *)(intptr_t)rc);
}

/* shutdown_cb was called, and nobody has called spdk_app_stop() since. */
static void
insist(void)
{
	uint64_t patience = SHUTDOWN_PATIENCE_SEC * spdk_get_ticks_hz();

	/* Somebody has been told, by the second request, what the third one does. */
	if (g_app.shutdown_requests > 2 && spdk_get_ticks() - g_app.shutdown_began >= patience) {
		SPDK_ERRLOG("The application has not called spdk_app_stop() after its shutdown_cb "
			    "was called; it is stopped now, and what it was about to finish is "
			    "not waited for\n");
		stop_here((void *)(intptr_t)-ECANCELED);
		return;
	}
	SPDK_NOTICELOG("The application was asked to shut down before. It goes on until its "
		       "shutdown_cb, or what that began, calls spdk_app_stop(). A further signal "
		       "stops it without, %d s after the first one.\n",
		       SHUTDOWN_PATIENCE_SEC);
}

/* For each signal and each spdk_app_start_shutdown(), on the app thread. */
static void
shut_down(void)
{
	if (state() == STOPPING) {
		SPDK_NOTICELOG("The application is stopping already. A subsystem that does not "
			       "report back within %d s is not waited for any more.\n",
			       SUBSYSTEM_PATIENCE_SEC);
		subsystem_give_up();
		return;
	}
	if (g_app.opts->shutdown_cb == NULL || state() == STARTING) {
		stop_here(NULL);
		return;
	}
	g_app.shutdown_requests++;
	if (g_app.shutdown_requests > 1) {
		insist();
		return;
	}
	g_app.shutdown_began = spdk_get_ticks();
	g_app.opts->shutdown_cb();
}

void
spdk_app_start_shutdown(void)
{
	/* Not explained when nothing is running: a signal handler must not use the log. */
	if (is_up()) {
		app_signal_request();
	}
}

static void
everything_has_started(int rc, void *arg)
{
	if (rc != 0) {
		/* What it was has been said by whoever failed. */
		stop_here((void *)(intptr_t)rc);
		return;
	}
	set_state(RUNNING);
	g_app.start_fn(g_app.start_arg);
}

/* The first message of the app thread. */
static void
bootstrap(void *arg)
{
	/* Reactors that could not all be launched run what was sent to them and end. */
	if (state() == STARTING && reactors_are_running()) {
		app_boot_begin(g_app.rpc_is_explicit, everything_has_started);
	}
}

static void
allow_core_dumps(void)
{
	struct rlimit unlimited = {.rlim_cur = RLIM_INFINITY, .rlim_max = RLIM_INFINITY};
	struct rlimit limit;

	/* Without the right to raise the limit, as far as it goes. */
	if (setrlimit(RLIMIT_CORE, &unlimited) != 0 && getrlimit(RLIMIT_CORE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		(void)setrlimit(RLIMIT_CORE, &limit);
	}
}

static void
open_log(const struct spdk_app_opts *opts)
{
	g_app.old_print_level = spdk_log_get_print_level();
	spdk_log_set_print_level(opts->print_level);
	spdk_log_open(opts->log);
}

static void
close_log(void)
{
	spdk_log_close();
	spdk_log_set_print_level(g_app.old_print_level);
}

static int
set_interrupt_mode(void)
{
	if (spdk_interrupt_mode_is_enabled()) {
		return 0;
	}
	g_app.has_set_interrupt_mode = spdk_interrupt_mode_enable() == 0;
	return g_app.has_set_interrupt_mode ? 0 : -EBUSY;
}

static int
start_env(const struct spdk_app_opts *opts)
{
	struct spdk_env_opts env_opts;

	app_opts_to_env(opts, &env_opts);
	return spdk_env_init(&env_opts);
}

static int
make_app_thread(void)
{
	struct spdk_cpuset main_core;
	struct spdk_thread *thread;
	int rc;

	spdk_cpuset_zero(&main_core);
	spdk_cpuset_set_cpu(&main_core, spdk_env_get_main_core(), true);
	thread = spdk_thread_create("app_thread", &main_core);
	if (thread == NULL) {
		return -ENOMEM;
	}
	rc = spdk_thread_send_msg(thread, bootstrap, NULL);
	if (rc == 0) {
		app_signal_set_thread(thread);
	}
	return rc;
}

/* 0, or everything is as before and has been explained. */
static int
bring_up(struct spdk_app_opts *opts)
{
	int rc = app_boot_prepare(opts);

	if (rc != 0) {
		return rc;
	}
	if (opts->enable_coredump) {
		allow_core_dumps();
	}
	if (opts->interrupt_mode) {
		rc = set_interrupt_mode();
		if (rc != 0) {
			return rc;
		}
	}
	rc = start_env(opts);
	if (rc != 0) {
		return rc;
	}
	if (!opts->disable_cpumask_locks) {
		rc = core_locks_take(g_app.mask_is_explicit);
		if (rc != 0) {
			goto stop_env;
		}
	}
	spdk_env_get_cpuset(&g_app.core_mask);
	rc = spdk_reactors_init(opts->msg_mempool_size);
	if (rc != 0) {
		goto drop_locks;
	}
	rc = spdk_app_setup_trace(opts);
	if (rc != 0) {
		goto stop_reactors;
	}
	rc = make_app_thread();
	if (rc != 0) {
		goto end_trace;
	}
	return 0;

end_trace:
	spdk_trace_cleanup();
stop_reactors:
	spdk_reactors_fini();
drop_locks:
	core_locks_drop();
stop_env:
	spdk_env_fini();
	return rc;
}

static void
take_down(void)
{
	spdk_trace_cleanup();
	spdk_reactors_fini();
	core_locks_drop();
	spdk_env_fini();
}

/* The log and the signals outlast everything else. */
static void
end(void)
{
	if (g_app.has_set_interrupt_mode) {
		interrupt_mode_disable();
		g_app.has_set_interrupt_mode = false;
	}
	app_signal_end();
	close_log();
	app_boot_release();
	app_opts_free(g_app.opts);
	g_app.opts = NULL;
	set_state(IDLE);
}

/* 0: nobody else starts one meanwhile. */
static int
claim_start(spdk_msg_fn start_fn)
{
	enum app_state idle = IDLE;

	if (start_fn == NULL) {
		SPDK_ERRLOG("spdk_app_start(): start_fn is NULL. It is what your application does "
			    "first.\n");
		return -EINVAL;
	}
	if (state() == STOPPED) {
		SPDK_WARNLOG("spdk_app_start(): spdk_app_fini() was not called after the start "
			     "before; it is done now\n");
		spdk_app_fini();
	}
	if (!atomic_compare_exchange_strong_explicit(&g_app.state, &idle, PREPARING,
						     memory_order_acq_rel, memory_order_acquire)) {
		SPDK_ERRLOG("spdk_app_start(): the application is running already; a process has "
			    "one at a time\n");
		return -EALREADY;
	}
	return 0;
}

/* The interface promises 1 for whatever is wrong before start_fn can be called. */
#define START_FAILED 1

int
spdk_app_start(struct spdk_app_opts *opts_user, spdk_msg_fn start_fn, void *ctx)
{
	int rc;

	if (claim_start(start_fn) != 0) {
		return START_FAILED;
	}
	if (app_opts_copy(opts_user, &g_app.opts) != 0) {
		set_state(IDLE);
		return START_FAILED;
	}
	g_app.mask_is_explicit = app_opts_mask_is_explicit(opts_user);
	g_app.rpc_is_explicit = app_opts_rpc_addr_is_explicit(opts_user);
	g_app.start_fn = start_fn;
	g_app.start_arg = ctx;
	g_app.rc = 0;
	g_app.shutdown_requests = 0;
	open_log(g_app.opts);
	app_signal_begin(shut_down, !g_app.opts->disable_signal_handlers);
	/* After that: a request is not to come before there is somebody to count it. */
	set_state(STARTING);
	if (bring_up(g_app.opts) != 0) {
		SPDK_ERRLOG("The application '%s' does not start: see above\n", g_app.opts->name);
		end();
		return START_FAILED;
	}
	rc = reactors_run();
	app_signal_set_thread(NULL);
	set_state(STOPPED);
	if (rc != 0) {
		SPDK_ERRLOG("The reactors of the application '%s' do not start: %s\n",
			    g_app.opts->name, spdk_strerror(-rc));
		return START_FAILED;
	}
	return g_app.rc;
}

void
spdk_app_fini(void)
{
	switch (state()) {
	case IDLE:
		return;
	case STOPPED:
		take_down();
		end();
		break;
	default:
		SPDK_ERRLOG("spdk_app_fini(): the application is running; call spdk_app_stop() and "
			    "wait for spdk_app_start() to return\n");
	}
}

int
spdk_app_get_shm_id(void)
{
	return g_app.opts != NULL ? g_app.opts->shm_id : -1;
}

const struct spdk_cpuset *
spdk_app_get_core_mask(void)
{
	return &g_app.core_mask;
}

int
spdk_app_parse_core_mask(const char *mask, struct spdk_cpuset *cpumask)
{
	struct spdk_cpuset parsed;

	if (mask == NULL || spdk_cpuset_parse(&parsed, mask) < 0) {
		SPDK_ERRLOG("'%s' is no core mask. Write, for example, 0x3 or [0,2-3].\n",
			    mask != NULL ? mask : "(null)");
		return -EINVAL;
	}
	spdk_cpuset_and(&parsed, &g_app.core_mask);
	spdk_cpuset_copy(cpumask, &parsed);
	return 0;
}
