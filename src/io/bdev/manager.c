/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The layer as a whole: how it starts and ends.
 *
 *   state     holds                                            left by
 *   DOWN      no I/O is possible                               spdk_bdev_initialize()
 *   STARTING  modules are initialised, and report back         started(): UP; a module that fails:
 *                                                              FAILED; spdk_bdev_finish()
 *   UP        -                                                spdk_bdev_finish(): ENDING
 *   FAILED    some modules are up                              spdk_bdev_finish(): ENDING
 *   ENDING    the steps below, one after the other             channels_gone(): DOWN
 *
 * The steps of the end: examinations have reported back (not those of a start that was given up:
 * they may never); each module's fini_start(); all devices are unregistered, those on top before
 * those they stand on; each module's module_fini(); the channels of the layer.
 *
 * Everything here belongs to the thread that has called spdk_bdev_initialize() or
 * spdk_bdev_finish().
 */
#include "device.h"
#include "runtime/io_devices.h"
#include "spdk/log.h"
#include "spdk/notify.h"
#include "spdk/string.h"

enum manager_state {
	DOWN,
	STARTING,
	UP,
	FAILED,
	ENDING,
};

static struct {
	enum manager_state state;
	struct spdk_thread *thread;
	struct bdev_idle_wait idle;
	/* Says what the start or the end waits for. */
	struct spdk_poller *patience;
	spdk_bdev_init_cb init_fn;
	void *init_arg;
	spdk_bdev_fini_cb fini_fn;
	void *fini_arg;
	/* The last step of the end for devices: the one that is being unregistered, or any. */
	bool waits_for_device;
	bool takes_no_devices;
	/* Registered, and not told to be gone. Guarded by bdev_lock(). */
	uint32_t device_count;
} g_run;

/* Devices may be looked for before the layer is up. */
__attribute__((constructor)) static void
make_lock(void)
{
	spdk_spin_init(&g_bdev_manager.lock);
}

/* ---- What I/O needs ---- */

static int
make_resources(void)
{
	struct spdk_iobuf_opts iobuf;
	int rc;

	spdk_iobuf_get_opts(&iobuf, sizeof(iobuf));
	g_bdev_manager.ctx_size = bdev_modules_ctx_size();
	g_bdev_manager.buf_size_max = iobuf.large_bufsize;
	rc = spdk_iobuf_register_module("bdev");
	if (rc != 0) {
		return rc;
	}
	rc = bdev_io_pool_init();
	if (rc != 0) {
		goto unregister_iobuf;
	}
	bdev_channels_init();
	if (!io_devices_have(&g_bdev_manager)) {
		rc = -ENOMEM;
		goto fini_pool;
	}
	return 0;

fini_pool:
	bdev_io_pool_fini();
unregister_iobuf:
	(void)spdk_iobuf_unregister_module("bdev"); /* It was registered above. */
	return rc;
}

/* ---- The start ---- */

static int
lose_patience(void *arg)
{
	bdev_modules_explain_waiting();
	spdk_poller_unregister(&g_run.patience);
	return SPDK_POLLER_BUSY;
}

static void
watch(void)
{
	spdk_poller_unregister(&g_run.patience);
	g_run.patience = SPDK_POLLER_REGISTER(lose_patience, NULL, g_bdev_patience_us);
}

static void
start_ended(int rc)
{
	spdk_poller_unregister(&g_run.patience);
	g_run.state = rc == 0 ? UP : FAILED;
	if (rc == 0) {
		g_bdev_manager.is_initialized = true;
		bdev_modules_init_complete();
	}
	g_run.init_fn(g_run.init_arg, rc);
}

static void
started(void *arg)
{
	/* It may have been given up since. */
	if (g_run.state == STARTING) {
		start_ended(0);
	}
}

static int
begin_start(void)
{
	int rc = make_resources();

	if (rc != 0) {
		SPDK_ERRLOG("Block devices could not be started: %s.\n", spdk_strerror(-rc));
		return rc;
	}
	(void)spdk_notify_type_register("bdev_register");
	(void)spdk_notify_type_register("bdev_unregister");
	(void)spdk_notify_type_register("bdev_resize");
	g_run.state = STARTING;
	g_run.thread = spdk_get_thread();
	g_run.takes_no_devices = false;
	return 0;
}

void
spdk_bdev_initialize(spdk_bdev_init_cb cb_fn, void *cb_arg)
{
	int rc;

	if (spdk_get_thread() == NULL || g_run.state != DOWN) {
		SPDK_ERRLOG("spdk_bdev_initialize(): %s.\n",
			    g_run.state != DOWN ? "block devices are up already, or on their way" :
						  "it is called on an spdk_thread only");
		cb_fn(cb_arg, g_run.state != DOWN ? -EALREADY : -EINVAL);
		return;
	}
	rc = begin_start();
	if (rc != 0) {
		cb_fn(cb_arg, rc);
		return;
	}
	g_run.init_fn = cb_fn;
	g_run.init_arg = cb_arg;
	watch();
	rc = bdev_modules_init();
	if (rc != 0) {
		start_ended(rc);
		return;
	}
	g_run.idle.cb_fn = started;
	bdev_wait_until_idle(&g_run.idle);
}

/* ---- The end ---- */

static void
layer_gone(void *io_device)
{
	spdk_bdev_fini_cb fini_fn = g_run.fini_fn;
	void *fini_arg = g_run.fini_arg;

	spdk_poller_unregister(&g_run.patience);
	bdev_io_pool_fini();
	bdev_emulate_fini();
	(void)spdk_iobuf_unregister_module("bdev"); /* It was registered at the start. */
	bdev_examine_forget();
	symbolize_release();
	g_run.state = DOWN;
	fini_fn(fini_arg);
}

static void
modules_ended(void *arg)
{
	bdev_channels_fini(layer_gone);
}

static void unregister_next(void *arg);

static void
unregistered(void *arg, int rc)
{
	/* bdev_manager_device_gone() goes on; whether it went well is its module's affair. */
}

/* The last on top of all others; else, when nobody has it claimed for a device, the last. */
static struct spdk_bdev *
pick_locked(bool *out_is_claimed)
{
	struct spdk_bdev *bdev, *claimed = NULL;

	TAILQ_FOREACH_REVERSE (bdev, &g_bdev_manager.bdevs, bdev_list, internal.link) {
		if (bdev->internal.status != SPDK_BDEV_STATUS_READY) {
			continue;
		}
		if (bdev->internal.claim_type == SPDK_BDEV_CLAIM_NONE) {
			*out_is_claimed = false;
			return bdev;
		}
		if (claimed == NULL) {
			claimed = bdev;
		}
	}
	*out_is_claimed = claimed != NULL;
	return claimed;
}

/* The next one to unregister; NULL: none now. */
static struct spdk_bdev *
take_next(uint32_t *out_count)
{
	char claim[BDEV_CLAIM_TEXT_SIZE];
	struct spdk_bdev *bdev;
	bool is_claimed, is_alone;

	bdev_lock();
	bdev = pick_locked(&is_claimed);
	*out_count = g_run.device_count;
	/* Others that are on their way may be what claims it. */
	is_alone = !is_claimed || bdev_ends_are_empty_locked();
	if (bdev != NULL && is_claimed) {
		bdev_claim_text_locked(bdev, claim, sizeof(claim));
	}
	g_run.waits_for_device = *out_count > 0;
	g_run.takes_no_devices = *out_count == 0;
	bdev_unlock();
	if (bdev == NULL || !is_alone) {
		return NULL;
	}
	if (is_claimed) {
		SPDK_ERRLOG("Bdev %s is %s, and there is no bdev left that was built on it: it is "
			    "unregistered nevertheless. Release it in fini_start().\n",
			    bdev->name, claim);
	}
	return bdev;
}

static void
unregister_next(void *arg)
{
	uint32_t count;
	struct spdk_bdev *bdev = take_next(&count);

	if (bdev != NULL) {
		spdk_bdev_unregister(bdev, unregistered, NULL);
	} else if (count == 0) {
		watch();
		bdev_modules_fini(modules_ended);
	}
}

void
bdev_manager_device_added(void)
{
	bdev_lock();
	g_run.device_count++;
	bdev_unlock();
}

void
bdev_manager_device_gone(void)
{
	bdev_lock();
	g_run.device_count--;
	if (g_run.waits_for_device) {
		g_run.waits_for_device = false;
		(void)spdk_thread_send_msg(g_run.thread, unregister_next, NULL);
	}
	bdev_unlock();
}

bool
bdev_manager_takes_devices(void)
{
	return !g_run.takes_no_devices;
}

static void
examined(void *arg)
{
	bdev_modules_fini_start(unregister_next);
}

void
spdk_bdev_finish(spdk_bdev_fini_cb cb_fn, void *cb_arg)
{
	bool was_starting = g_run.state == STARTING;

	if (g_run.state == DOWN) {
		cb_fn(cb_arg);
		return;
	}
	if (spdk_get_thread() == NULL || g_run.state == ENDING) {
		SPDK_ERRLOG("spdk_bdev_finish(): %s.\n",
			    g_run.state == ENDING ? "it was called before" :
						    "it is called on an spdk_thread only");
		return;
	}
	g_run.state = ENDING;
	g_run.thread = spdk_get_thread();
	g_run.fini_fn = cb_fn;
	g_run.fini_arg = cb_arg;
	g_bdev_manager.is_initialized = false;
	bdev_open_async_cancel();
	watch();
	if (was_starting) {
		bdev_stop_waiting(&g_run.idle);
		examined(NULL);
		return;
	}
	g_run.idle.cb_fn = examined;
	bdev_wait_until_idle(&g_run.idle);
}
