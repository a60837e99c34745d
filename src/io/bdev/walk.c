/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Walking over devices, in the order of their registration.
 *
 * spdk_for_each_bdev() and its kin hold the device whose function runs, so that it stays in the
 * list and the way on from it is there. spdk_bdev_first() and spdk_bdev_next() hold nothing: they
 * are for the app thread, where devices come and go.
 */
#include "device.h"

typedef bool (*wanted_fn)(const struct spdk_bdev *bdev);

static bool
is_any(const struct spdk_bdev *bdev)
{
	return true;
}

static bool
is_leaf(const struct spdk_bdev *bdev)
{
	return bdev->internal.claim_type == SPDK_BDEV_CLAIM_NONE;
}

static struct spdk_bdev *
after_locked(const struct spdk_bdev *prev, wanted_fn is_wanted)
{
	struct spdk_bdev *bdev;

	bdev = prev == NULL ? TAILQ_FIRST(&g_bdev_manager.bdevs) : TAILQ_NEXT(prev, internal.link);
	while (bdev != NULL &&
	       !(bdev->internal.status == SPDK_BDEV_STATUS_READY && is_wanted(bdev))) {
		bdev = TAILQ_NEXT(bdev, internal.link);
	}
	return bdev;
}

static struct spdk_bdev *
after(const struct spdk_bdev *prev, wanted_fn is_wanted)
{
	struct spdk_bdev *bdev;

	bdev_lock();
	bdev = after_locked(prev, is_wanted);
	bdev_unlock();
	return bdev;
}

struct spdk_bdev *
spdk_bdev_first(void)
{
	return after(NULL, is_any);
}

struct spdk_bdev *
spdk_bdev_next(struct spdk_bdev *prev)
{
	return after(prev, is_any);
}

struct spdk_bdev *
spdk_bdev_first_leaf(void)
{
	return after(NULL, is_leaf);
}

struct spdk_bdev *
spdk_bdev_next_leaf(struct spdk_bdev *prev)
{
	return after(prev, is_leaf);
}

/* The next one with a hold, and the hold of `prev` ends. */
static struct spdk_bdev *
step(struct spdk_bdev *prev, wanted_fn is_wanted)
{
	struct spdk_bdev *bdev;

	bdev_lock();
	bdev = after_locked(prev, is_wanted);
	if (bdev != NULL) {
		bdev_hold_locked(bdev);
	}
	bdev_unlock();
	if (prev != NULL) {
		bdev_release(prev);
	}
	return bdev;
}

static int
walk(void *ctx, spdk_for_each_bdev_fn fn, wanted_fn is_wanted)
{
	struct spdk_bdev *bdev;
	int rc;

	for (bdev = step(NULL, is_wanted); bdev != NULL; bdev = step(bdev, is_wanted)) {
		rc = fn(ctx, bdev);
		if (rc != 0) {
			bdev_release(bdev);
			return rc;
		}
	}
	return 0;
}

int
spdk_for_each_bdev(void *ctx, spdk_for_each_bdev_fn fn)
{
	return walk(ctx, fn, is_any);
}

int
spdk_for_each_bdev_leaf(void *ctx, spdk_for_each_bdev_fn fn)
{
	return walk(ctx, fn, is_leaf);
}

struct spdk_bdev *
bdev_get_held(const char *name)
{
	struct spdk_bdev *bdev;

	bdev_lock();
	bdev = bdev_find_locked(name);
	if (bdev != NULL && bdev->internal.status != SPDK_BDEV_STATUS_READY) {
		bdev = NULL;
	}
	if (bdev != NULL) {
		bdev_hold_locked(bdev);
	}
	bdev_unlock();
	return bdev;
}

int
spdk_for_each_bdev_by_name(void *ctx, spdk_for_each_bdev_fn fn, const char **names, size_t count)
{
	struct spdk_bdev *bdev;
	size_t i;
	int rc;

	for (i = 0; i < count; i++) {
		bdev = bdev_get_held(names[i]);
		if (bdev == NULL) {
			return -ENODEV;
		}
		rc = fn(ctx, bdev);
		bdev_release(bdev);
		if (rc != 0) {
			return rc;
		}
	}
	return 0;
}
