/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Examination: each device that is new is shown to the modules, which may build on it.
 *
 * First each module sees what it is (examine_config); it claims the device there, or does not. Then
 * those look at what is on it (examine_disk): who has claimed it, or all when nobody has.
 *
 * By themselves devices are examined when bdev_auto_examine is set; else those are whose name or
 * alias spdk_bdev_examine() was called with, before or after they came.
 */
#include "device.h"
#include "spdk/json.h"
#include "spdk/log.h"

struct allowed_name {
	char *name;
	TAILQ_ENTRY(allowed_name) link;
};

/* Belongs to the app thread, as devices are registered there. */
static TAILQ_HEAD(, allowed_name) g_allowed = TAILQ_HEAD_INITIALIZER(g_allowed);

/* ---- The names that may be examined ---- */

static bool
is_allowed_name(const char *name)
{
	struct allowed_name *allowed;

	TAILQ_FOREACH (allowed, &g_allowed, link) {
		if (strcmp(allowed->name, name) == 0) {
			return true;
		}
	}
	return false;
}

static bool
is_allowed(struct spdk_bdev *bdev)
{
	struct spdk_bdev_alias *alias;

	if (g_bdev_manager.opts.bdev_auto_examine || is_allowed_name(bdev->name)) {
		return true;
	}
	TAILQ_FOREACH (alias, &bdev->aliases, tailq) {
		if (is_allowed_name(alias->alias.name)) {
			return true;
		}
	}
	return false;
}

static int
allow(const char *name)
{
	struct allowed_name *allowed = calloc(1, sizeof(*allowed));

	if (allowed == NULL) {
		return -ENOMEM;
	}
	allowed->name = strdup(name);
	if (allowed->name == NULL) {
		free(allowed);
		return -ENOMEM;
	}
	TAILQ_INSERT_TAIL(&g_allowed, allowed, link);
	return 0;
}

void
bdev_examine_forget(void)
{
	struct allowed_name *allowed;

	while ((allowed = TAILQ_FIRST(&g_allowed)) != NULL) {
		TAILQ_REMOVE(&g_allowed, allowed, link);
		free(allowed->name);
		free(allowed);
	}
}

static void
write_call(struct spdk_json_write_ctx *w, const char *name)
{
	spdk_json_write_object_begin(w);
	spdk_json_write_named_string(w, "method", "bdev_examine");
	spdk_json_write_named_object_begin(w, "params");
	spdk_json_write_named_string(w, "name", name);
	spdk_json_write_object_end(w);
	spdk_json_write_object_end(w);
}

/* What was built on a device when that was there already is found by an examination the next time,
 * since modules are configured before devices. */
static int
write_if_claimed(void *w, struct spdk_bdev *bdev)
{
	bool is_claimed;

	bdev_lock();
	is_claimed = bdev->internal.claim_type != SPDK_BDEV_CLAIM_NONE;
	bdev_unlock();
	if (is_claimed && !is_allowed(bdev)) {
		write_call(w, bdev->name);
	}
	return 0;
}

void
bdev_examine_write_config(struct spdk_json_write_ctx *w)
{
	struct allowed_name *allowed;

	TAILQ_FOREACH (allowed, &g_allowed, link) {
		write_call(w, allowed->name);
	}
	(void)spdk_for_each_bdev(w, write_if_claimed); /* It returns 0. */
}

/* ---- The examination ---- */

/* One that is on its way out is of no use to anybody. */
static bool
is_ready(struct spdk_bdev *bdev)
{
	bool ready;

	bdev_lock();
	ready = bdev->internal.status == SPDK_BDEV_STATUS_READY;
	bdev_unlock();
	return ready;
}

static void
show_config(struct spdk_bdev *bdev)
{
	struct spdk_bdev_module *module;

	for (module = bdev_module_first(); module != NULL; module = bdev_module_next(module)) {
		if (module->examine_config != NULL && is_ready(bdev)) {
			bdev_action_begin(module);
			module->examine_config(bdev);
		}
	}
}

static void
show_disk(struct spdk_bdev *bdev)
{
	struct spdk_bdev_module *module;
	bool was_claimed, is_wanted;

	bdev_lock();
	was_claimed = bdev->internal.claim_type != SPDK_BDEV_CLAIM_NONE;
	bdev_unlock();
	for (module = bdev_module_first(); module != NULL; module = bdev_module_next(module)) {
		bdev_lock();
		is_wanted = !was_claimed || bdev_is_claimed_by_locked(bdev, module);
		bdev_unlock();
		if (module->examine_disk != NULL && is_wanted && is_ready(bdev)) {
			bdev_action_begin(module);
			module->examine_disk(bdev);
		}
	}
}

void
bdev_examine(struct spdk_bdev *bdev)
{
	if (!is_allowed(bdev)) {
		return;
	}
	/* Nobody is told that all is examined between two modules. */
	bdev_action_begin(NULL);
	show_config(bdev);
	show_disk(bdev);
	bdev_action_end(NULL);
}

/* ---- By hand ---- */

int
spdk_bdev_examine(const char *name)
{
	struct spdk_bdev *bdev;
	int rc;

	if (!spdk_thread_is_app_thread(NULL)) {
		SPDK_ERRLOG("Bdev %s is examined on the app thread only: send it a message "
			    "(spdk_thread_get_app_thread()).\n",
			    name);
		return -EINVAL;
	}
	if (g_bdev_manager.opts.bdev_auto_examine) {
		SPDK_ERRLOG("Bdev %s is examined by itself: only without bdev_auto_examine "
			    "(bdev_set_options) can it be asked for.\n",
			    name);
		return -EINVAL;
	}
	bdev = bdev_get_held(name);
	rc = is_allowed_name(name) || (bdev != NULL && is_allowed(bdev)) ? -EEXIST : allow(name);
	if (rc == -EEXIST) {
		SPDK_ERRLOG("The examination of bdev %s was asked for before.\n", name);
	}
	if (bdev != NULL) {
		if (rc == 0) {
			bdev_examine(bdev);
		}
		bdev_release(bdev);
	}
	return rc;
}

/* ---- Who waits for its end ---- */

struct examine_wait {
	struct bdev_idle_wait idle;
	spdk_bdev_wait_for_examine_cb cb_fn;
	void *cb_arg;
};

static void
examined(void *arg)
{
	struct examine_wait *wait = arg;
	spdk_bdev_wait_for_examine_cb cb_fn = wait->cb_fn;
	void *cb_arg = wait->cb_arg;

	free(wait);
	cb_fn(cb_arg);
}

int
spdk_bdev_wait_for_examine(spdk_bdev_wait_for_examine_cb cb_fn, void *cb_arg)
{
	struct examine_wait *wait;

	if (cb_fn == NULL || spdk_get_thread() == NULL) {
		SPDK_ERRLOG("spdk_bdev_wait_for_examine(): there is no %s.\n",
			    cb_fn == NULL ? "callback" : "spdk_thread that would be told");
		return -EINVAL;
	}
	wait = calloc(1, sizeof(*wait));
	if (wait == NULL) {
		return -ENOMEM;
	}
	wait->cb_fn = cb_fn;
	wait->cb_arg = cb_arg;
	wait->idle.cb_fn = examined;
	wait->idle.cb_arg = wait;
	bdev_wait_until_idle(&wait->idle);
	return 0;
}
