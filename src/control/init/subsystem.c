/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Subsystems: what an application consists of, started in the order of what needs what, and ended
 * in the reverse order.
 *
 *   state      holds                                        left by
 *   DOWN       nothing is started                           spdk_subsystem_init()
 *   STARTING   g_run.current is to report back              spdk_subsystem_init_next(): the next
 *                                                           one, UP, or FAILED
 *   UP         all are started                              spdk_subsystem_fini()
 *   FAILED     all before g_run.current are started         spdk_subsystem_fini()
 *   ENDING     g_run.current is to report back              spdk_subsystem_fini_next(): the one
 *                                                           before, or DOWN
 *
 * Everything belongs to the app thread.
 *
 * Registration happens before main and only links static nodes; order, missing names and duplicates
 * are looked at when there is somebody to tell. What has been registered before stays as it is: a
 * program that registers by hand may do so at each start.
 */
#include "control/subsystem.h"
#include "control/init/step.h"
#include "spdk/env.h"
#include "spdk/string.h"
#include "spdk/thread.h"

/* How often somebody who wants the end looks at a step that may never report back. */
#define PATIENCE_LOOK_US 100000

enum run_state {
	DOWN,
	STARTING,
	UP,
	FAILED,
	ENDING,
};

static struct subsystem_list g_subsystems = TAILQ_HEAD_INITIALIZER(g_subsystems);
static struct subsystem_depend_list g_depends = TAILQ_HEAD_INITIALIZER(g_depends);

static struct {
	enum run_state state;
	struct spdk_subsystem *current;
	spdk_subsystem_init_fn init_fn;
	void *init_arg;
	spdk_subsystem_fini_fn fini_fn;
	void *fini_arg;
	bool fini_is_wanted;          /* called while STARTING */
	struct spdk_poller *patience; /* while fini_is_wanted */
} g_run;

void
spdk_add_subsystem(struct spdk_subsystem *subsystem)
{
	struct spdk_subsystem *other;

	TAILQ_FOREACH (other, &g_subsystems, tailq) {
		if (other == subsystem) {
			return;
		}
	}
	TAILQ_INSERT_TAIL(&g_subsystems, subsystem, tailq);
}

void
spdk_add_subsystem_depend(struct spdk_subsystem_depend *depend)
{
	struct spdk_subsystem_depend *other;

	TAILQ_FOREACH (other, &g_depends, tailq) {
		if (other == depend) {
			return;
		}
	}
	TAILQ_INSERT_TAIL(&g_depends, depend, tailq);
}

static struct spdk_subsystem *
find(const char *name)
{
	struct spdk_subsystem *subsystem;

	TAILQ_FOREACH (subsystem, &g_subsystems, tailq) {
		if (strcmp(subsystem->name, name) == 0) {
			return subsystem;
		}
	}
	return NULL;
}

bool
spdk_subsystem_exists(const char *name)
{
	return name != NULL && find(name) != NULL;
}

static int
check_names(void)
{
	struct spdk_subsystem_depend *depend;
	struct spdk_subsystem *subsystem;

	TAILQ_FOREACH (subsystem, &g_subsystems, tailq) {
		if (find(subsystem->name) != subsystem) {
			SPDK_ERRLOG("Two subsystems are named '%s'. Names given to "
				    "SPDK_SUBSYSTEM_REGISTER() must differ.\n",
				    subsystem->name);
			return -EINVAL;
		}
	}
	TAILQ_FOREACH (depend, &g_depends, tailq) {
		if (!spdk_subsystem_exists(depend->name)) {
			SPDK_ERRLOG("SPDK_SUBSYSTEM_DEPEND(%s, %s): there is no subsystem '%s'\n",
				    depend->name, depend->depends_on, depend->name);
			return -EINVAL;
		}
		if (!spdk_subsystem_exists(depend->depends_on)) {
			SPDK_ERRLOG("Subsystem '%s' needs subsystem '%s', which is not in this "
				    "program: link the library that has it\n",
				    depend->name, depend->depends_on);
			return -EINVAL;
		}
	}
	return 0;
}

/* One that it needs and that is among those that have no place yet, or NULL. */
static struct spdk_subsystem *
waits_for(const struct spdk_subsystem *subsystem, const struct subsystem_list *left)
{
	struct spdk_subsystem_depend *depend;
	struct spdk_subsystem *other;

	TAILQ_FOREACH (depend, &g_depends, tailq) {
		if (strcmp(depend->name, subsystem->name) != 0) {
			continue;
		}
		TAILQ_FOREACH (other, left, tailq) {
			if (strcmp(other->name, depend->depends_on) == 0) {
				return other;
			}
		}
	}
	return NULL;
}

static struct spdk_subsystem *
first_ready(const struct subsystem_list *left)
{
	struct spdk_subsystem *subsystem;

	TAILQ_FOREACH (subsystem, left, tailq) {
		if (waits_for(subsystem, left) == NULL) {
			return subsystem;
		}
	}
	return NULL;
}

/* Each of those that are left waits for another one of them: who follows that ends in a circle. */
static void
explain_circle(const struct subsystem_list *left)
{
	struct spdk_subsystem *subsystem, *first = TAILQ_FIRST(left);
	char text[512] = "";
	size_t used = 0;

	TAILQ_FOREACH (subsystem, left, tailq) {
		first = waits_for(first, left);
	}
	subsystem = first;
	do {
		subsystem = waits_for(subsystem, left);
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s needs '%s'",
					 used != 0 ? ", which" : "", subsystem->name);
	} while (subsystem != first && used < sizeof(text));
	SPDK_ERRLOG("Subsystem '%s'%s: none of them can be up first. Take one "
		    "SPDK_SUBSYSTEM_DEPEND() out of this circle.\n",
		    first->name, text);
}

/* In the order of registration as far as their needs allow. */
static int
sort(void)
{
	struct subsystem_list sorted = TAILQ_HEAD_INITIALIZER(sorted);
	struct spdk_subsystem *subsystem;
	int rc = 0;

	while (!TAILQ_EMPTY(&g_subsystems)) {
		subsystem = first_ready(&g_subsystems);
		if (subsystem == NULL) {
			explain_circle(&g_subsystems);
			rc = -EINVAL;
			break;
		}
		TAILQ_REMOVE(&g_subsystems, subsystem, tailq);
		TAILQ_INSERT_TAIL(&sorted, subsystem, tailq);
	}
	/* Also after an error none may be lost. */
	TAILQ_CONCAT(&sorted, &g_subsystems, tailq);
	TAILQ_SWAP(&sorted, &g_subsystems, spdk_subsystem, tailq);
	return rc;
}

const struct subsystem_list *
subsystem_get_all(void)
{
	return &g_subsystems;
}

const struct subsystem_depend_list *
subsystem_get_depends(void)
{
	return &g_depends;
}

static void
describe(const struct spdk_subsystem *subsystem, const char *what, char *text, size_t size)
{
	snprintf(text, size,
		 "Subsystem '%s' has not reported back for %d s: its %s function was called, and "
		 "everything waits for it to call spdk_subsystem_%s_next(). Ctrl-C or SIGTERM ends "
		 "the application without it.",
		 subsystem->name, SUBSYSTEM_PATIENCE_SEC, what, what);
}

static void
describe_init(const void *subsystem, char *text, size_t size)
{
	describe(subsystem, "init", text, size);
}

static void
describe_fini(const void *subsystem, char *text, size_t size)
{
	describe(subsystem, "fini", text, size);
}

static void
init_ended(int rc)
{
	g_run.state = rc == 0 ? UP : FAILED;
	step_watch_end();
	if (g_run.fini_is_wanted) {
		/* Whoever asked for the end has no use for the news of the start. */
		g_run.fini_is_wanted = false;
		spdk_poller_unregister(&g_run.patience);
		spdk_subsystem_fini(g_run.fini_fn, g_run.fini_arg);
		return;
	}
	g_run.init_fn(rc, g_run.init_arg);
}

/* Those without an init function are started by being reached. */
static void
init_from(struct spdk_subsystem *subsystem)
{
	while (subsystem != NULL && subsystem->init == NULL) {
		subsystem = TAILQ_NEXT(subsystem, tailq);
	}
	g_run.current = subsystem;
	if (subsystem == NULL || g_run.fini_is_wanted) {
		init_ended(0);
		return;
	}
	step_begin(describe_init, subsystem);
	subsystem->init();
}

/* Nothing here is for other threads; without a thread library there is only one. */
bool
subsystem_check_call(const char *function, bool has_callback)
{
	struct spdk_thread *app_thread = spdk_thread_get_app_thread();

	if (!has_callback) {
		SPDK_ERRLOG("%s(): the callback is NULL; nothing is done\n", function);
		return false;
	}
	if (app_thread != NULL && spdk_get_thread() != app_thread) {
		SPDK_ERRLOG("%s() must be called on the app thread; nothing is done. Send it a "
			    "message: spdk_thread_send_msg(spdk_thread_get_app_thread(), ...).\n",
			    function);
		return false;
	}
	return true;
}

static const char *
state_text(void)
{
	static const char *const texts[] = {
		[DOWN] = "down",
		[STARTING] = "being started",
		[UP] = "started already",
		[FAILED] = "as a failed start has left them; spdk_subsystem_fini() must come first",
		[ENDING] = "being ended",
	};

	return texts[g_run.state];
}

void
spdk_subsystem_init(spdk_subsystem_init_fn cb_fn, void *cb_arg)
{
	int rc;

	if (!subsystem_check_call("spdk_subsystem_init", cb_fn != NULL)) {
		return;
	}
	if (g_run.state != DOWN) {
		SPDK_ERRLOG("spdk_subsystem_init(): the subsystems are %s\n", state_text());
		cb_fn(-EALREADY, cb_arg);
		return;
	}
	rc = check_names();
	if (rc == 0) {
		rc = sort();
	}
	if (rc != 0) {
		cb_fn(rc, cb_arg);
		return;
	}
	g_run.init_fn = cb_fn;
	g_run.init_arg = cb_arg;
	g_run.state = STARTING;
	step_watch_begin();
	init_from(TAILQ_FIRST(&g_subsystems));
}

/*
 * Reports may come from any thread; only the app thread goes on with them. True: it has been sent
 * there, or there is no app thread any more, which the sender is told.
 */
static bool
sent_to_app_thread(spdk_msg_fn fn, void *ctx)
{
	struct spdk_thread *app_thread = spdk_thread_get_app_thread();

	if (app_thread == NULL || spdk_get_thread() == app_thread) {
		return false;
	}
	(void)spdk_thread_send_msg(app_thread, fn, ctx); /* It has said what is wrong. */
	return true;
}

static void
init_next_here(void *arg)
{
	spdk_subsystem_init_next((int)(intptr_t)arg);
}

void
spdk_subsystem_init_next(int rc)
{
	if (sent_to_app_thread(init_next_here, (void *)(intptr_t)rc)) {
		return;
	}
	if (g_run.state != STARTING) {
		SPDK_ERRLOG(
			"spdk_subsystem_init_next(%d): no subsystem is being started. Each init "
			"function calls it once.\n",
			rc);
		return;
	}
	step_end();
	if (rc != 0) {
		SPDK_ERRLOG("Subsystem '%s' failed to start: %s\n", g_run.current->name,
			    spdk_strerror(abs(rc)));
		init_ended(rc);
		return;
	}
	init_from(TAILQ_NEXT(g_run.current, tailq));
}

static void
fini_from(struct spdk_subsystem *subsystem)
{
	while (subsystem != NULL && subsystem->fini == NULL) {
		subsystem = TAILQ_PREV(subsystem, subsystem_list, tailq);
	}
	g_run.current = subsystem;
	if (subsystem == NULL) {
		g_run.state = DOWN;
		step_watch_end();
		g_run.fini_fn(g_run.fini_arg);
		return;
	}
	step_begin(describe_fini, subsystem);
	subsystem->fini();
}

void
subsystem_give_up(void)
{
	if ((g_run.state != STARTING && g_run.state != ENDING) || !step_is_overdue()) {
		return;
	}
	SPDK_ERRLOG("Subsystem '%s' did not report back and is not waited for any more\n",
		    g_run.current->name);
	if (g_run.state == STARTING) {
		spdk_subsystem_init_next(-ECANCELED);
	} else {
		spdk_subsystem_fini_next();
	}
}

/* Somebody wants the end, and a subsystem that is being started may never report back. */
static int
lose_patience(void *arg)
{
	if (g_run.state != STARTING) {
		return SPDK_POLLER_IDLE;
	}
	subsystem_give_up();
	return SPDK_POLLER_BUSY;
}

/* The last one that has been started, wherever starting has come to. */
static struct spdk_subsystem *
last_started(void)
{
	return g_run.current == NULL ? TAILQ_LAST(&g_subsystems, subsystem_list) :
				       TAILQ_PREV(g_run.current, subsystem_list, tailq);
}

void
spdk_subsystem_fini(spdk_subsystem_fini_fn cb_fn, void *cb_arg)
{
	if (!subsystem_check_call("spdk_subsystem_fini", cb_fn != NULL)) {
		return;
	}
	if (g_run.state == ENDING || g_run.fini_is_wanted) {
		SPDK_ERRLOG("spdk_subsystem_fini(): the subsystems are being ended already; its "
			    "callback is called instead of that of the call before\n");
	}
	g_run.fini_fn = cb_fn;
	g_run.fini_arg = cb_arg;
	switch (g_run.state) {
	case DOWN:
		cb_fn(cb_arg);
		break;
	case STARTING:
		if (g_run.fini_is_wanted) {
			break;
		}
		g_run.fini_is_wanted = true;
		g_run.patience = SPDK_POLLER_REGISTER(lose_patience, NULL, PATIENCE_LOOK_US);
		break;
	case ENDING:
		break;
	default:
		g_run.state = ENDING;
		step_watch_begin();
		fini_from(last_started());
		break;
	}
}

static void
fini_next_here(void *arg)
{
	spdk_subsystem_fini_next();
}

void
spdk_subsystem_fini_next(void)
{
	if (sent_to_app_thread(fini_next_here, NULL)) {
		return;
	}
	if (g_run.state != ENDING) {
		SPDK_ERRLOG("spdk_subsystem_fini_next(): no subsystem is being ended. Each fini "
			    "function calls it once.\n");
		return;
	}
	step_end();
	fini_from(TAILQ_PREV(g_run.current, subsystem_list, tailq));
}
