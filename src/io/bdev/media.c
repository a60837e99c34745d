/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Media events: blocks that the device wants to be written elsewhere, kept for whoever opened it
 * for writing until they are fetched.
 */
#include "device.h"
#include "spdk/log.h"
#include "spdk/util.h"

/* As many are kept; the module keeps the rest, and pushes it again. */
#define EVENTS_MAX 64

/* A ring. Guarded by bdev_lock(): modules push from any thread. */
struct bdev_media {
	uint32_t first;
	uint32_t count;
	struct spdk_bdev_media_event events[EVENTS_MAX];
};

void
bdev_media_free(struct spdk_bdev_desc *desc)
{
	free(desc->media);
	desc->media = NULL;
}

/* One moves the data; for two it would be moved twice. */
static struct spdk_bdev_desc *
find_writer_locked(struct spdk_bdev *bdev)
{
	struct spdk_bdev_desc *desc;

	TAILQ_FOREACH (desc, &bdev->internal.open_descs, link) {
		if (desc->write) {
			return desc;
		}
	}
	return NULL;
}

static int
push_locked(struct spdk_bdev_desc *desc, const struct spdk_bdev_media_event *events, size_t count)
{
	struct bdev_media *media = desc->media;
	size_t i;

	for (i = 0; i < count && media->count < EVENTS_MAX; i++) {
		media->events[(media->first + media->count) % EVENTS_MAX] = events[i];
		media->count++;
	}
	return (int)i;
}

int
spdk_bdev_push_media_events(struct spdk_bdev *bdev, const struct spdk_bdev_media_event *events,
			    size_t num_events)
{
	struct bdev_media *spare = calloc(1, sizeof(*spare));
	struct spdk_bdev_desc *desc;
	int rc;

	bdev_lock();
	desc = find_writer_locked(bdev);
	if (desc != NULL && desc->media == NULL) {
		desc->media = spare;
		spare = NULL;
	}
	if (desc == NULL || !bdev->media_events) {
		rc = -ENODEV;
	} else {
		rc = desc->media != NULL ? push_locked(desc, events, num_events) : -ENOMEM;
	}
	bdev_unlock();
	free(spare);
	return rc;
}

void
spdk_bdev_notify_media_management(struct spdk_bdev *bdev)
{
	struct spdk_bdev_desc *desc;

	bdev_lock();
	TAILQ_FOREACH (desc, &bdev->internal.open_descs, link) {
		if (desc->media != NULL && desc->media->count > 0) {
			bdev_notify_desc_locked(desc, SPDK_BDEV_EVENT_MEDIA_MANAGEMENT);
		}
	}
	bdev_unlock();
}

size_t
spdk_bdev_get_media_events(struct spdk_bdev_desc *desc, struct spdk_bdev_media_event *events,
			   size_t max_events)
{
	struct bdev_media *media;
	size_t count = 0;

	bdev_lock();
	media = desc->media;
	while (media != NULL && media->count > 0 && count < max_events) {
		events[count++] = media->events[media->first];
		media->first = (media->first + 1) % EVENTS_MAX;
		media->count--;
	}
	bdev_unlock();
	return count;
}
