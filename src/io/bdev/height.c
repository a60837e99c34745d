/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How many devices lie below another, one on the other: what the ranks of its I/Os are made of (P4
 * in io_pool.c).
 *
 * G1  A device is higher than each on which it lies. It never becomes lower.
 * G2  A module gets the channels of the devices below while it makes its own: whatever channel is
 *     got while one of a device is made, it lies on that device. A module that gets one at another
 *     time says so: bdev_lies_on().
 * G3  A target is as high as the devices that have a channel of it. Where devices have become
 *     higher since, that is so again before the first I/O for the one below that is new: on each
 *     thread the module says so.
 *
 * Devices and what lies on what: bdev_lock. Targets: their thread.
 */
#include "bdev_internal.h"
#include "io/bdev_wait.h"
#include "spdk/log.h"
#include "spdk/util.h"

struct bdev_edge {
	struct spdk_bdev *upper;
	struct spdk_bdev *base;
	TAILQ_ENTRY(bdev_edge) of_upper;
	TAILQ_ENTRY(bdev_edge) of_base;
};

void
bdev_height_init(struct spdk_bdev *bdev)
{
	TAILQ_INIT(&bdev->internal.bases);
	TAILQ_INIT(&bdev->internal.uppers);
}

static void
remove_edge(struct bdev_edge *edge)
{
	TAILQ_REMOVE(&edge->upper->internal.bases, edge, of_upper);
	TAILQ_REMOVE(&edge->base->internal.uppers, edge, of_base);
	free(edge);
}

void
bdev_height_fini(struct spdk_bdev *bdev)
{
	struct bdev_edge *edge;

	bdev_lock();
	while ((edge = TAILQ_FIRST(&bdev->internal.bases)) != NULL) {
		remove_edge(edge);
	}
	while ((edge = TAILQ_FIRST(&bdev->internal.uppers)) != NULL) {
		remove_edge(edge);
	}
	bdev_unlock();
}

static bool
lies_on_locked(const struct spdk_bdev *upper, const struct spdk_bdev *base)
{
	const struct bdev_edge *edge;

	TAILQ_FOREACH (edge, &upper->internal.bases, of_upper) {
		if (edge->base == base) {
			return true;
		}
	}
	return false;
}

/* The highest that there would be, if the device were that high. */
static uint32_t
highest_with_locked(const struct spdk_bdev *bdev, uint32_t height)
{
	uint32_t highest = spdk_max(height, bdev->internal.height), above;
	const struct bdev_edge *edge;

	if (height <= bdev->internal.height || height >= BDEV_HEIGHTS) {
		return highest;
	}
	TAILQ_FOREACH (edge, &bdev->internal.uppers, of_base) {
		above = highest_with_locked(edge->upper, height + 1);
		highest = spdk_max(highest, above);
	}
	return highest;
}

/* With all that lies on it. */
static void
lift_locked(struct spdk_bdev *bdev, uint32_t height)
{
	const struct bdev_edge *edge;

	if (height <= bdev->internal.height) {
		return;
	}
	bdev->internal.height = height;
	TAILQ_FOREACH (edge, &bdev->internal.uppers, of_base) {
		lift_locked(edge->upper, height + 1);
	}
}

static int
too_high(const struct spdk_bdev *bdev, uint32_t highest)
{
	SPDK_ERRLOG("Bdev %s, or one that lies on it, lies on %u others, one on another, and %d is "
		    "the most: use one of those below.\n",
		    spdk_bdev_get_name(bdev), highest, BDEV_HEIGHTS - 1);
	return -ENOTSUP;
}

int
bdev_height_note(struct spdk_bdev *upper, struct spdk_bdev *base)
{
	struct bdev_edge *edge;
	uint32_t highest;
	bool is_known;

	bdev_lock();
	is_known = lies_on_locked(upper, base);
	bdev_unlock();
	if (is_known) {
		return 0;
	}
	edge = malloc(sizeof(*edge));
	if (edge == NULL) {
		return -ENOMEM;
	}
	*edge = (struct bdev_edge){.upper = upper, .base = base};
	bdev_lock();
	is_known = lies_on_locked(upper, base);
	highest = highest_with_locked(upper, base->internal.height + 1);
	if (!is_known && highest < BDEV_HEIGHTS) {
		TAILQ_INSERT_TAIL(&upper->internal.bases, edge, of_upper);
		TAILQ_INSERT_TAIL(&base->internal.uppers, edge, of_base);
		lift_locked(upper, base->internal.height + 1);
		edge = NULL;
	}
	bdev_unlock();
	free(edge);
	return is_known || highest < BDEV_HEIGHTS ? 0 : too_high(upper, highest);
}

void
bdev_height_at_least(struct spdk_bdev *bdev, uint32_t height)
{
	bdev_lock();
	lift_locked(bdev, height);
	bdev_unlock();
}

uint32_t
bdev_height_of(struct spdk_bdev *bdev)
{
	uint32_t height;

	bdev_lock();
	height = bdev->internal.height;
	bdev_unlock();
	return height;
}

/* By G3, on this thread. */
static int
follow_devices(struct bdev_thread *thread)
{
	struct spdk_bdev_channel *ch;
	uint32_t height;
	int rc;

	TAILQ_FOREACH (ch, &thread->channels, thread_link) {
		height = bdev_height_of(ch->bdev);
		if (height <= ch->target->height) {
			continue;
		}
		rc = bdev_thread_fit(thread, height);
		if (rc != 0) {
			return rc;
		}
		ch->target->height = height;
	}
	TAILQ_FOREACH (ch, &thread->channels, thread_link) {
		ch->rank = bdev_io_rank(ch->target->height);
	}
	return 0;
}

int
bdev_lies_on(struct spdk_bdev *bdev, struct spdk_io_channel *base_ch)
{
	struct spdk_bdev_channel *base = bdev_channel_of(base_ch);
	int rc = bdev_height_note(bdev, base->bdev);

	return rc == 0 ? follow_devices(base->thread) : rc;
}
