/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The accel framework: start and end.
 *
 *   state      what holds                          left by
 *   DOWN       assignments and options may change  spdk_accel_initialize(): STARTING
 *   STARTING   within that call                    UP, or ENDING when something did not start
 *   UP         there may be channels               spdk_accel_finish(): ENDING
 *   ENDING     channels are gone; the driver and   the last spdk_accel_module_finish(): DOWN
 *              the modules finish in turn
 *
 * A start that fails stops what was started, which may take longer than the call; until then a
 * second start is refused, and a finish waits for it.
 */
#include "io/accel/accel_internal.h"
#include "runtime/io_devices.h"
#include "spdk/string.h"

struct accel g_accel = {
	.opts =
		{
			.opts_size = sizeof(struct spdk_accel_opts),
			.small_cache_size = 128,
			.large_cache_size = 16,
			.task_count = 2048,
			.sequence_count = 2048,
			.buf_count = 2048,
		},
	.lock = PTHREAD_MUTEX_INITIALIZER,
};

static void
down(void)
{
	spdk_accel_fini_cb cb_fn = g_accel.fini_cb;

	accel_forget_assignments();
	g_accel.driver = NULL;
	g_accel.state = ACCEL_DOWN;
	g_accel.fini_cb = NULL;
	if (cb_fn != NULL) {
		cb_fn(g_accel.fini_arg);
	}
}

void
spdk_accel_module_finish(void)
{
	if (g_accel.state != ACCEL_ENDING) {
		SPDK_ERRLOG("spdk_accel_module_finish() was called by a module that was not asked "
			    "to finish: it is to be called once for each module_fini()\n");
		return;
	}
	if (!accel_stop_next_module()) {
		down();
	}
}

static void
stop_modules(void)
{
	accel_destroy_keys();
	if (!accel_stop_next_module()) {
		down();
	}
}

static void
stop_driver(void)
{
	if (g_accel.driver != NULL && g_accel.driver->fini != NULL) {
		g_accel.driver->fini();
	}
}

static void
stop_all(void *io_device)
{
	stop_driver();
	(void)spdk_iobuf_unregister_module("accel"); /* It was registered by the start. */
	stop_modules();
}

static int
start_driver(void)
{
	int rc;

	if (g_accel.driver == NULL || g_accel.driver->init == NULL) {
		return 0;
	}
	rc = g_accel.driver->init();
	if (rc != 0) {
		SPDK_ERRLOG("accel: the driver '%s' did not start: %s\n", g_accel.driver->name,
			    spdk_strerror(-rc));
	}
	return rc;
}

static bool
may_start(int *out_rc)
{
	if (spdk_get_thread() == NULL) {
		SPDK_ERRLOG("spdk_accel_initialize() was not called on an SPDK thread\n");
		*out_rc = -EINVAL;
		return false;
	}
	if (g_accel.state != ACCEL_DOWN) {
		SPDK_ERRLOG("spdk_accel_initialize(): %s\n",
			    g_accel.state == ACCEL_UP ?
				    "the framework has been started; an application does so by "
				    "itself" :
				    "the framework is not down yet: wait for what "
				    "spdk_accel_finish() calls back");
		*out_rc = -EALREADY;
		return false;
	}
	return true;
}

int
spdk_accel_initialize(void)
{
	int rc;

	if (!may_start(&rc)) {
		return rc;
	}
	g_accel.state = ACCEL_STARTING;
	memset(&g_accel.gone, 0, sizeof(g_accel.gone));
	rc = accel_make_domain();
	if (rc != 0) {
		goto stop;
	}
	rc = accel_start_modules();
	if (rc != 0) {
		goto stop;
	}
	rc = accel_assign_modules();
	if (rc != 0) {
		goto stop;
	}
	rc = spdk_iobuf_register_module("accel");
	if (rc != 0) {
		SPDK_ERRLOG("accel: no buffers of iobuf: %s\n", spdk_strerror(-rc));
		goto stop;
	}
	rc = start_driver();
	if (rc != 0) {
		goto unregister_module;
	}
	spdk_io_device_register(&g_accel, accel_channel_create, accel_channel_destroy,
				sizeof(struct accel_io_channel), "accel");
	if (!io_devices_have(&g_accel)) {
		rc = -ENOMEM;
		goto stop_driver;
	}
	g_accel.state = ACCEL_UP;
	return 0;

stop_driver:
	stop_driver();
unregister_module:
	(void)spdk_iobuf_unregister_module("accel"); /* It has just been registered. */
stop:
	g_accel.state = ACCEL_ENDING;
	stop_modules();
	return rc;
}

void
spdk_accel_finish(spdk_accel_fini_cb cb_fn, void *cb_arg)
{
	switch (g_accel.state) {
	case ACCEL_UP:
		g_accel.fini_cb = cb_fn;
		g_accel.fini_arg = cb_arg;
		g_accel.state = ACCEL_ENDING;
		spdk_io_device_unregister(&g_accel, stop_all);
		break;
	case ACCEL_ENDING:
		if (g_accel.fini_cb != NULL) {
			SPDK_ERRLOG("spdk_accel_finish() was called a second time: only the first "
				    "is called back\n");
			break;
		}
		g_accel.fini_cb = cb_fn;
		g_accel.fini_arg = cb_arg;
		break;
	default:
		if (cb_fn != NULL) {
			cb_fn(cb_arg);
		}
		break;
	}
}

struct spdk_io_channel *
spdk_accel_get_io_channel(void)
{
	if (g_accel.state != ACCEL_UP) {
		SPDK_ERRLOG("spdk_accel_get_io_channel(): the accel framework is not started: "
			    "call spdk_accel_initialize(), or link its subsystem 'accel'\n");
		return NULL;
	}
	return spdk_get_io_channel(&g_accel);
}
