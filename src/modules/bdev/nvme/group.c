/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the queue pairs of a thread are polled by, and when the thread may rest.
 *
 * G1  With nothing outstanding and no queue pair being connected, a group costs nothing: its
 *     pollers are paused, or see at once that there is nothing.
 * G2  Where all queue pairs have descriptors for their interrupts, the poller is woken by them
 *     (has_wake), and the reactor rests while the device works. Otherwise the poller keeps it
 *     awake as long as something is outstanding.
 * G3  Commands that were submitted outside of the group's turn are given to the device by a message
 *     (kick), before the reactor may rest: the driver may keep doorbells back until it is polled.
 * G4  While something is outstanding, `watch` looks now and then: for interrupts that got lost, and
 *     for commands that take too long, for which nobody else looks while the reactor rests.
 */
#include <sys/epoll.h>

#include "bdev_nvme.h"
#include "nvme_link.h"
#include "runtime/io_devices.h"
#include "spdk/fd_group.h"
#include "spdk/likely.h"
#include "spdk/string.h"
#include "spindle/thread.h"

#define WATCH_PERIOD_US     100000u
#define WATCH_PERIOD_US_MIN 1000u

/* Its address is the device of which groups are the channels. */
static int g_groups;

void *
bdev_nvme_groups_device(void)
{
	return &g_groups;
}

struct spdk_io_channel *
bdev_nvme_group_get(void)
{
	return spdk_get_io_channel(&g_groups);
}

/* ---- Turns ---- */

static void
qpair_lost(struct spdk_nvme_qpair *qpair, void *ctx)
{
	struct nvme_group *group = ctx;
	struct nvme_link *link;

	TAILQ_FOREACH (link, &group->links, group_link) {
		if (link->qpair == qpair) {
			bdev_nvme_link_broken(link);
			return;
		}
	}
}

static bool
is_idle(const struct nvme_group *group)
{
	return group->outstanding == 0 && group->connecting == 0;
}

static void
fall_asleep(struct nvme_group *group)
{
	if (!group->is_awake || !is_idle(group)) {
		return;
	}
	group->is_awake = false;
	spdk_poller_pause(group->watch);
	if (!group->has_wake) {
		spdk_poller_pause(group->poller);
	}
}

void
bdev_nvme_group_wake(struct nvme_group *group)
{
	if (group->is_awake) {
		return;
	}
	group->is_awake = true;
	spdk_poller_resume(group->watch);
	if (!group->has_wake) {
		spdk_poller_resume(group->poller);
	}
}

static void
look_for_connected(struct nvme_group *group)
{
	struct nvme_link *link, *next;

	TAILQ_FOREACH_SAFE (link, &group->links, group_link, next) {
		bdev_nvme_link_look(link);
	}
}

static int64_t
process(struct nvme_group *group)
{
	int64_t count;

	group->is_in_turn = true;
	count = spdk_nvme_poll_group_process_completions(group->group, 0, qpair_lost);
	if (spdk_unlikely(group->connecting > 0)) {
		look_for_connected(group);
	}
	group->is_in_turn = false;
	return count;
}

/* Takes away what makes the descriptors ready, and lets interrupt lines come again. */
static void
drain(struct nvme_group *group)
{
	group->is_in_turn = true;
	/*
	 * Without waiting: completions may be seen before their interrupt has come, and one that
	 * came has perhaps been taken already. The watch sees what fails.
	 */
	(void)spdk_fd_group_wait(spdk_nvme_poll_group_get_fd_group(group->group), 0);
	group->is_in_turn = false;
}

static int
turn(void *arg)
{
	struct nvme_group *group = arg;
	int64_t count;

	if (is_idle(group)) {
		return SPDK_POLLER_IDLE;
	}
	count = process(group);
	if (group->has_wake) {
		/* Once when there is no more: a call of the kernel for each burst. */
		if (count == 0 && group->was_busy) {
			drain(group);
		}
		group->was_busy = count > 0;
	}
	fall_asleep(group);
	return count > 0 ? SPDK_POLLER_BUSY : SPDK_POLLER_IDLE;
}

static int
watch(void *arg)
{
	struct nvme_group *group = arg;
	int64_t count = process(group);

	fall_asleep(group);
	return count > 0 ? SPDK_POLLER_BUSY : SPDK_POLLER_IDLE;
}

static int
interrupted(void *arg)
{
	struct nvme_group *group = arg;

	drain(group);
	(void)process(group); /* What the driver kept back, and what came meanwhile. */
	fall_asleep(group);
	return SPDK_POLLER_BUSY;
}

static void
kick(void *arg)
{
	struct nvme_group *group = arg;

	group->is_kick_sent = false;
	if (!is_idle(group)) {
		(void)process(group); /* It was for the doorbells. */
		fall_asleep(group);
	}
}

void
bdev_nvme_group_begin(struct nvme_group *group)
{
	group->outstanding++;
	bdev_nvme_group_wake(group);
	if (!group->has_wake || group->is_in_turn || group->is_kick_sent) {
		return;
	}
	/* With no message to be had, the watch comes. */
	group->is_kick_sent = spdk_thread_send_msg(group->thread, kick, group) == 0;
}

static uint64_t
watch_period_us(void)
{
	const struct spdk_bdev_nvme_opts *opts = &g_bdev_nvme_opts;
	uint64_t period = WATCH_PERIOD_US;

	if (opts->timeout_us != 0) {
		period = spdk_min(period, opts->timeout_us / 4);
	}
	return spdk_max(period, WATCH_PERIOD_US_MIN);
}

/* ---- Being woken ---- */

static bool
can_be_woken(const struct nvme_group *group)
{
	const struct nvme_link *link;

	TAILQ_FOREACH (link, &group->links, group_link) {
		if (!link->has_fd) {
			return false;
		}
	}
	return !TAILQ_EMPTY(&group->links) && g_bdev_nvme_opts.nvme_ioq_poll_period_us == 0 &&
	       spdk_nvme_poll_group_get_fd_group(group->group) != NULL;
}

static int
start_poller(struct nvme_group *group)
{
	group->poller = spdk_poller_register_named(
		turn, group, g_bdev_nvme_opts.nvme_ioq_poll_period_us, "bdev_nvme");
	if (group->poller == NULL) {
		return -ENOMEM;
	}
	if (!group->is_awake) {
		spdk_poller_pause(group->poller);
	}
	return 0;
}

/* In interrupt mode there is either a handler of the descriptor or a poller. */
static int
use_interrupt(struct nvme_group *group, int fd)
{
	if (fd < 0) {
		if (start_poller(group) != 0) {
			return -ENOMEM;
		}
		spdk_interrupt_unregister(&group->interrupt);
		return 0;
	}
	group->interrupt = spdk_interrupt_register(fd, interrupted, group, "bdev_nvme");
	if (group->interrupt == NULL) {
		return -ENOMEM;
	}
	spdk_poller_unregister(&group->poller);
	return 0;
}

static int
use_wake_fd(struct nvme_group *group, int fd)
{
	int rc = spindle_poller_set_wake_fd(group->poller, fd, EPOLLIN | EPOLLET);

	if (rc != 0) {
		return rc;
	}
	if (fd >= 0) {
		spdk_poller_resume(group->poller);
	} else if (!group->is_awake) {
		spdk_poller_pause(group->poller);
	}
	return 0;
}

/* Without memory for one way, things stay by the other where that works: the watch sees to the
 * rest. */
static void
choose_wake(struct nvme_group *group)
{
	bool has_wake = can_be_woken(group);
	int rc, fd = -1;

	if (has_wake == group->has_wake) {
		return;
	}
	if (has_wake) {
		fd = spdk_fd_group_get_fd(spdk_nvme_poll_group_get_fd_group(group->group));
	}
	rc = spdk_interrupt_mode_is_enabled() ? use_interrupt(group, fd) : use_wake_fd(group, fd);
	if (rc == 0) {
		group->has_wake = has_wake;
	} else if (!has_wake) {
		SPDK_ERRLOG("Thread %s is not told to poll NVMe queue pairs that have no "
			    "interrupts (%s): it looks at them every %u us only.\n",
			    spdk_thread_get_name(group->thread), spdk_strerror(-rc),
			    (unsigned int)watch_period_us());
	}
}

void
bdev_nvme_group_add(struct nvme_group *group, struct nvme_link *link)
{
	TAILQ_INSERT_TAIL(&group->links, link, group_link);
	choose_wake(group);
}

void
bdev_nvme_group_remove(struct nvme_group *group, struct nvme_link *link)
{
	TAILQ_REMOVE(&group->links, link, group_link);
	if (!TAILQ_EMPTY(&group->links)) {
		choose_wake(group);
	}
}

/* ---- A group ---- */

static int
start_pollers(struct nvme_group *group)
{
	group->watch =
		spdk_poller_register_named(watch, group, watch_period_us(), "bdev_nvme_watch");
	if (group->watch == NULL || start_poller(group) != 0) {
		spdk_poller_unregister(&group->watch);
		return -ENOMEM;
	}
	spdk_poller_pause(group->watch);
	return 0;
}

static int
create_group(void *io_device, void *ctx)
{
	struct nvme_group *group = ctx;

	memset(group, 0, sizeof(*group));
	TAILQ_INIT(&group->links);
	TAILQ_INIT(&group->members);
	group->thread = spdk_get_thread();
	group->group = spdk_nvme_poll_group_create(group, NULL);
	if (group->group == NULL) {
		return -ENOMEM;
	}
	if (start_pollers(group) != 0) {
		(void)spdk_nvme_poll_group_destroy(group->group); /* It is empty. */
		return -ENOMEM;
	}
	return 0;
}

static void
destroy_group(void *io_device, void *ctx)
{
	struct nvme_group *group = ctx;
	int rc;

	assert(TAILQ_EMPTY(&group->links) && group->outstanding == 0);
	spdk_interrupt_unregister(&group->interrupt);
	spdk_poller_unregister(&group->watch);
	spdk_poller_unregister(&group->poller);
	rc = spdk_nvme_poll_group_destroy(group->group);
	if (rc != 0) {
		SPDK_ERRLOG("The poll group of NVMe queue pairs of thread %s is not empty: %s\n",
			    spdk_thread_get_name(group->thread), spdk_strerror(-rc));
	}
}

int
bdev_nvme_groups_register(void)
{
	spdk_io_device_register(&g_groups, create_group, destroy_group, sizeof(struct nvme_group),
				"bdev_nvme_groups");
	return io_devices_have(&g_groups) ? 0 : -ENOMEM;
}
