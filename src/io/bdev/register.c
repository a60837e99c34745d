/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Registration of devices.
 *
 *   state          holds                              left by
 *   INVALID        nobody can find it                 spdk_bdev_register(): READY
 *   READY          its names find it, it can be       spdk_bdev_unregister(): UNREGISTERING
 *                  opened
 *   UNREGISTERING  its descriptors are told REMOVE,   bdev_may_go_locked(), for whoever takes the
 *                  there are no new ones              last descriptor or hold: REMOVING
 *   REMOVING       no names, not in the list; first   nothing: its memory is the module's again,
 *                  its channels go, then destruct()   which may register it anew
 *                  runs
 *
 * What leads out of READY is in unregister.c.
 *
 * R1  READY and UNREGISTERING devices are in g_bdev_manager.bdevs, in the order of registration.
 */
#include "device.h"
#include "runtime/io_devices.h"
#include "spdk/log.h"
#include "spdk/notify.h"

static int
check_caller(const struct spdk_bdev *bdev)
{
	struct spdk_thread *thread = spdk_get_thread();

	if (thread == NULL || !spdk_thread_is_app_thread(thread)) {
		SPDK_ERRLOG("Bdev %s cannot be registered on %s%s: send a message to the app "
			    "thread (spdk_thread_get_app_thread()), and call spdk_bdev_register() "
			    "there.\n",
			    bdev->name, thread == NULL ? "no spdk_thread" : "thread ",
			    thread == NULL ? "" : spdk_thread_get_name(thread));
		return -EINVAL;
	}
	if (io_devices_have(&bdev->internal)) {
		SPDK_ERRLOG("Bdev %s is registered already.\n", bdev->name);
		return -EEXIST;
	}
	if (!bdev_manager_takes_devices()) {
		SPDK_ERRLOG("Bdev %s cannot be registered: block devices are being shut down.\n",
			    bdev->name);
		return -ESHUTDOWN;
	}
	return 0;
}

static int
init_internal(struct spdk_bdev *bdev)
{
	int rc;

	memset(&bdev->internal, 0, sizeof(bdev->internal));
	TAILQ_INIT(&bdev->aliases);
	TAILQ_INIT(&bdev->internal.open_descs);
	TAILQ_INIT(&bdev->internal.queued_resets);
	TAILQ_INIT(&bdev->internal.shared_resets);
	bdev_height_init(bdev);
	TAILQ_INIT(&bdev->internal.locked_ranges);
	TAILQ_INIT(&bdev->internal.pending_locked_ranges);
	bdev->internal.end = bdev_end_create(bdev);
	if (bdev->internal.end == NULL) {
		return -ENOMEM;
	}
	rc = bdev_stat_init(bdev);
	if (rc != 0) {
		free(bdev->internal.end);
	}
	return rc;
}

void
bdev_free_internal(struct spdk_bdev *bdev)
{
	bdev_trace_remove_device(bdev);
	bdev_qos_free(bdev);
	bdev_histogram_free(bdev);
	bdev_range_free(bdev);
	bdev_reset_free(bdev);
	bdev_height_fini(bdev);
	bdev_stat_free(bdev);
}

static int
add_names(struct spdk_bdev *bdev)
{
	char uuid[SPDK_UUID_STRING_LEN];
	int rc = bdev_name_add(&bdev->internal.bdev_name, bdev, bdev->name);

	if (rc != 0) {
		return rc;
	}
	spdk_uuid_fmt_lower(uuid, sizeof(uuid), &bdev->uuid);
	if (strcmp(uuid, bdev->name) == 0) {
		return 0;
	}
	rc = bdev_alias_add_unchecked(bdev, uuid);
	if (rc != 0) {
		bdev_lock();
		bdev_name_remove_locked(&bdev->internal.bdev_name);
		bdev_unlock();
	}
	return rc;
}

static void
remove_names(struct spdk_bdev *bdev)
{
	bdev_lock();
	bdev_aliases_remove_locked(bdev);
	bdev_name_remove_locked(&bdev->internal.bdev_name);
	bdev_unlock();
}

/* All that can fail. */
static int
prepare(struct spdk_bdev *bdev)
{
	int rc = bdev_emulate_prepare();

	if (rc == 0) {
		rc = init_internal(bdev);
	}
	if (rc != 0) {
		return rc;
	}
	rc = add_names(bdev);
	if (rc == -EEXIST) {
		SPDK_ERRLOG("Bdev %s cannot be registered: there is one with its name or uuid "
			    "already.\n",
			    bdev->name);
	}
	if (rc != 0) {
		goto free_internal;
	}
	bdev_channel_device_register(bdev);
	if (!io_devices_have(bdev_io_device(bdev))) {
		rc = -ENOMEM;
		goto remove_names;
	}
	bdev_trace_add_device(bdev);
	return 0;

remove_names:
	remove_names(bdev);
free_internal:
	free(bdev->internal.end);
	bdev_free_internal(bdev);
	return rc;
}

static void
make_ready(struct spdk_bdev *bdev)
{
	bdev_lock();
	bdev->internal.status = SPDK_BDEV_STATUS_READY;
	TAILQ_INSERT_TAIL(&g_bdev_manager.bdevs, bdev, internal.link);
	bdev_hold_locked(bdev);
	bdev_unlock();
	bdev_manager_device_added();
	(void)spdk_notify_send("bdev_register", bdev->name);
}

static void
wake_who_waits_for(struct spdk_bdev *bdev)
{
	char uuid[SPDK_UUID_STRING_LEN];

	spdk_uuid_fmt_lower(uuid, sizeof(uuid), &bdev->uuid);
	bdev_open_async_wake(bdev->name);
	bdev_open_async_wake(uuid);
}

int
spdk_bdev_register(struct spdk_bdev *bdev)
{
	int rc;

	if (bdev->name == NULL || bdev->name[0] == '\0') {
		SPDK_ERRLOG("A bdev cannot be registered without a name: set its member 'name'.\n");
		return -EINVAL;
	}
	rc = check_caller(bdev);
	if (rc == 0) {
		rc = bdev_check(bdev);
	}
	if (rc != 0) {
		return rc;
	}
	bdev_set_defaults(bdev);
	rc = prepare(bdev);
	if (rc != 0) {
		return rc;
	}
	make_ready(bdev);
	bdev_examine(bdev);
	wake_who_waits_for(bdev);
	bdev_release(bdev);
	return 0;
}
