/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Modules: who they are, in which order they start and end, and what of theirs is still under way.
 *
 * M1  A module that examines devices stands before all that do not, so that it is up when they
 *     register theirs; the last registered is first. The others are in the order of registration.
 *     They start in the order of the list, are asked to examine in it, and end in reverse.
 * M2  module->internal.action_in_progress counts what the module has to report: its initialisation
 *     (internal.is_initializing) and its examinations. g_actions is the sum over all, and what the
 *     library itself has under way.
 * M3  Only modules whose initialisation has been called without an error (is_up) are ended.
 */
#include "device.h"
#include "spdk/log.h"
#include "spdk/string.h"
#include "spdk/util.h"

TAILQ_HEAD(module_list, spdk_bdev_module);

static struct module_list g_modules = TAILQ_HEAD_INITIALIZER(g_modules);
static uint32_t g_actions;
static TAILQ_HEAD(, bdev_idle_wait) g_waits = TAILQ_HEAD_INITIALIZER(g_waits);

/* The end, a module after the other, on one thread. */
static struct {
	struct spdk_bdev_module *module; /* the one whose step is under way */
	struct spdk_thread *thread;
	spdk_msg_fn step_fn;
	spdk_msg_fn done_fn;
	bool is_waiting; /* for spdk_bdev_module_fini_done(), or ..._fini_start_done() */
} g_end;

/* ---- The list ---- */

static bool
examines(const struct spdk_bdev_module *module)
{
	return module->examine_config != NULL || module->examine_disk != NULL;
}

void
spdk_bdev_module_list_add(struct spdk_bdev_module *module)
{
	struct spdk_bdev_module *other;

	TAILQ_FOREACH (other, &g_modules, internal.tailq) {
		if (other == module) {
			return;
		}
		if (strcmp(other->name, module->name) == 0) {
			SPDK_ERRLOG("There are two bdev modules named '%s': the second is not "
				    "used. Give it another name.\n",
				    module->name);
			return;
		}
	}
	memset(&module->internal, 0, sizeof(module->internal));
	if (examines(module)) {
		TAILQ_INSERT_HEAD(&g_modules, module, internal.tailq);
	} else {
		TAILQ_INSERT_TAIL(&g_modules, module, internal.tailq);
	}
}

struct spdk_bdev_module *
spdk_bdev_module_list_find(const char *name)
{
	struct spdk_bdev_module *module;

	TAILQ_FOREACH (module, &g_modules, internal.tailq) {
		if (strcmp(module->name, name) == 0) {
			return module;
		}
	}
	return NULL;
}

struct spdk_bdev_module *
bdev_module_first(void)
{
	return TAILQ_FIRST(&g_modules);
}

struct spdk_bdev_module *
bdev_module_next(struct spdk_bdev_module *module)
{
	return TAILQ_NEXT(module, internal.tailq);
}

uint32_t
bdev_modules_ctx_size(void)
{
	struct spdk_bdev_module *module;
	int size, max = 0;

	TAILQ_FOREACH (module, &g_modules, internal.tailq) {
		size = module->get_ctx_size != NULL ? module->get_ctx_size() : 0;
		max = spdk_max(max, size);
	}
	return (uint32_t)max;
}

/* ---- What is under way ---- */

void
bdev_action_begin(struct spdk_bdev_module *module)
{
	bdev_lock();
	g_actions++;
	if (module != NULL) {
		module->internal.action_in_progress++;
	}
	bdev_unlock();
}

static void
tell_idle(void *arg)
{
	struct bdev_idle_wait *wait = arg;

	wait->cb_fn(wait->cb_arg);
}

static void
tell_all_idle_locked(void)
{
	struct bdev_idle_wait *wait;

	while (g_actions == 0 && (wait = TAILQ_FIRST(&g_waits)) != NULL) {
		TAILQ_REMOVE(&g_waits, wait, link);
		/* Of those whose thread has exited nobody is there to be told. */
		(void)spdk_thread_send_msg(wait->thread, tell_idle, wait);
	}
}

static void
end_action_locked(struct spdk_bdev_module *module)
{
	g_actions--;
	if (module != NULL) {
		module->internal.action_in_progress--;
	}
	tell_all_idle_locked();
}

void
bdev_action_end(struct spdk_bdev_module *module)
{
	bdev_lock();
	end_action_locked(module);
	bdev_unlock();
}

void
bdev_wait_until_idle(struct bdev_idle_wait *wait)
{
	wait->thread = spdk_get_thread();
	bdev_lock();
	TAILQ_INSERT_TAIL(&g_waits, wait, link);
	tell_all_idle_locked();
	bdev_unlock();
}

void
bdev_stop_waiting(struct bdev_idle_wait *wait)
{
	struct bdev_idle_wait *other;

	bdev_lock();
	TAILQ_FOREACH (other, &g_waits, link) {
		if (other == wait) {
			TAILQ_REMOVE(&g_waits, wait, link);
			break;
		}
	}
	bdev_unlock();
}

void
spdk_bdev_module_examine_done(struct spdk_bdev_module *module)
{
	bool is_too_many;

	bdev_lock();
	is_too_many = module->internal.action_in_progress == module->internal.is_initializing;
	if (!is_too_many) {
		end_action_locked(module);
	}
	bdev_unlock();
	if (is_too_many) {
		SPDK_ERRLOG("Module %s has called spdk_bdev_module_examine_done() more often than "
			    "it was asked to examine: call it once for each call of "
			    "examine_config() and of examine_disk().\n",
			    module->name);
	}
}

void
spdk_bdev_module_init_done(struct spdk_bdev_module *module)
{
	bool is_expected;

	bdev_lock();
	is_expected = module->internal.is_initializing;
	if (is_expected) {
		module->internal.is_initializing = false;
		end_action_locked(module);
	}
	bdev_unlock();
	if (!is_expected) {
		SPDK_ERRLOG("Module %s has called spdk_bdev_module_init_done(), %s.\n",
			    module->name,
			    module->async_init ?
				    "and its initialisation was reported or failed before" :
				    "which only those do that set async_init");
	}
}

void
bdev_modules_explain_waiting(void)
{
	struct spdk_bdev_module *module;
	uint32_t examinations;
	bool is_initializing;

	/* At the end nobody waits for what was never reported before. */
	if (g_end.is_waiting) {
		SPDK_ERRLOG("Block devices wait for the end of module %s: it has not called "
			    "spdk_bdev_module_fini_done() or spdk_bdev_module_fini_start_done().\n",
			    g_end.module->name);
		return;
	}
	TAILQ_FOREACH (module, &g_modules, internal.tailq) {
		bdev_lock();
		is_initializing = module->internal.is_initializing;
		examinations = module->internal.action_in_progress - is_initializing;
		bdev_unlock();
		if (is_initializing) {
			SPDK_ERRLOG("Block devices wait for the initialisation of module %s: it "
				    "set async_init, and has not called "
				    "spdk_bdev_module_init_done().\n",
				    module->name);
		}
		if (examinations > 0) {
			SPDK_ERRLOG("Block devices wait for %u examination(s) of module %s: it has "
				    "not called spdk_bdev_module_examine_done().\n",
				    examinations, module->name);
		}
	}
}

/* ---- The start ---- */

static int
init_module(struct spdk_bdev_module *module)
{
	int rc;

	bdev_lock();
	module->internal.is_initializing = true;
	module->internal.action_in_progress++;
	g_actions++;
	bdev_unlock();
	rc = module->module_init != NULL ? module->module_init() : 0;
	module->internal.is_up = rc == 0;
	bdev_lock();
	/* One that failed need not report; one that succeeded may have. */
	if (module->internal.is_initializing && (rc != 0 || !module->async_init)) {
		module->internal.is_initializing = false;
		end_action_locked(module);
	}
	bdev_unlock();
	return rc;
}

int
bdev_modules_init(void)
{
	struct spdk_bdev_module *module;
	int rc;

	TAILQ_FOREACH (module, &g_modules, internal.tailq) {
		rc = init_module(module);
		if (rc != 0) {
			SPDK_ERRLOG("Module %s could not be initialised: %s.\n", module->name,
				    spdk_strerror(abs(rc)));
			return rc;
		}
	}
	return 0;
}

void
bdev_modules_init_complete(void)
{
	struct spdk_bdev_module *module;

	TAILQ_FOREACH (module, &g_modules, internal.tailq) {
		if (module->init_complete != NULL) {
			module->init_complete();
		}
	}
}

/* ---- The end ---- */

static struct spdk_bdev_module *
previous_up(struct spdk_bdev_module *module)
{
	do {
		module = module == NULL ? TAILQ_LAST(&g_modules, module_list) :
					  TAILQ_PREV(module, module_list, internal.tailq);
	} while (module != NULL && !module->internal.is_up);
	return module;
}

/* Calls `fn` of the module; whether it reports by itself. */
static bool
begin_step(void (*fn)(void), bool is_async)
{
	if (fn == NULL) {
		return false;
	}
	bdev_lock();
	g_end.is_waiting = is_async;
	bdev_unlock();
	fn();
	return is_async;
}

static void
step_reported(const char *function)
{
	bool is_expected;

	bdev_lock();
	is_expected = g_end.is_waiting;
	g_end.is_waiting = false;
	if (is_expected) {
		(void)spdk_thread_send_msg(g_end.thread, g_end.step_fn, NULL);
	}
	bdev_unlock();
	if (!is_expected) {
		SPDK_ERRLOG("%s() was called, and no module's step waits for it: only modules call "
			    "it that have set the flag for it, once.\n",
			    function);
	}
}

void
spdk_bdev_module_fini_start_done(void)
{
	step_reported(__func__);
}

void
spdk_bdev_module_fini_done(void)
{
	step_reported(__func__);
}

static void
next_fini_start(void *arg)
{
	while ((g_end.module = previous_up(g_end.module)) != NULL) {
		if (begin_step(g_end.module->fini_start, g_end.module->async_fini_start)) {
			return;
		}
	}
	g_end.done_fn(NULL);
}

/* What was never reported must not keep the next start from its end. */
static void
forget_actions(void)
{
	struct spdk_bdev_module *module;

	bdev_lock();
	TAILQ_FOREACH (module, &g_modules, internal.tailq) {
		g_actions -= module->internal.action_in_progress;
		module->internal.action_in_progress = 0;
		module->internal.is_initializing = false;
	}
	bdev_unlock();
}

static void
next_fini(void *arg)
{
	while ((g_end.module = previous_up(g_end.module)) != NULL) {
		g_end.module->internal.is_up = false;
		if (begin_step(g_end.module->module_fini, g_end.module->async_fini)) {
			return;
		}
	}
	forget_actions();
	g_end.done_fn(NULL);
}

static void
begin_end(spdk_msg_fn step_fn, spdk_msg_fn done_fn)
{
	g_end.thread = spdk_get_thread();
	g_end.module = NULL;
	g_end.step_fn = step_fn;
	g_end.done_fn = done_fn;
	step_fn(NULL);
}

void
bdev_modules_fini_start(spdk_msg_fn done_fn)
{
	begin_end(next_fini_start, done_fn);
}

void
bdev_modules_fini(spdk_msg_fn done_fn)
{
	begin_end(next_fini, done_fn);
}
