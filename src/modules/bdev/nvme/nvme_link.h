/* SPDX-License-Identifier: BSD-3-Clause */
/* A thread's queue pairs: the group that polls them, each of them, and the disks behind one. */
#ifndef SPINDLE_BDEV_NVME_LINK_H
#define SPINDLE_BDEV_NVME_LINK_H

#include "bdev_nvme.h"

struct nvme_disk;
struct nvme_io;

/* What links do with I/Os. */
enum nvme_link_mode {
	/* Submit them. */
	NVME_LINK_UP,
	/* Keep them until the controller is back. */
	NVME_LINK_HELD,
	/* Fail them. */
	NVME_LINK_DOWN,
};

/* Tells all links of a device what to do from now on. */
struct nvme_round {
	struct spdk_io_channel_iter *iter;
	bool is_going;
	struct nvme_dev *dev;
	enum nvme_link_mode mode;
	void (*done)(struct nvme_dev *dev);
};

struct nvme_link {
	struct nvme_dev *dev;
	struct nvme_group *group;
	struct spdk_io_channel *group_channel;
	struct spdk_nvme_qpair *qpair;
	enum nvme_link_mode mode;
	/* The driver has said that the queue pair does not work; a reset has been asked for. */
	bool is_broken;
	/* Its queue pair is not there yet, and is given up at this time, in ticks. */
	bool is_connecting;
	uint64_t connect_until;
	/* Its interrupts have a descriptor. */
	bool has_fd;
	/* The round of a reset that waits while it is connecting. */
	struct spdk_io_channel_iter *round;
	/* Half of a fused pair is with the driver, the other half has found no room. */
	struct nvme_io *half_sent;
	/* Submitting what has waited. */
	bool is_flushing;
	struct spdk_thread *thread;
	TAILQ_HEAD(nvme_io_list, nvme_io) waiting;
	/* By the time when they are due. */
	struct nvme_io_list retrying;
	struct spdk_poller *retry_poller;
	TAILQ_HEAD(, nvme_path) paths;
	/* In group->links while there is a queue pair, in group->members always. */
	TAILQ_ENTRY(nvme_link) group_link;
	TAILQ_ENTRY(nvme_link) member_link;
};

struct nvme_path {
	struct nvme_disk *disk;
	struct nvme_link *link;
	struct spdk_io_channel *link_channel;
	/* NULL: io_path_stat is off. */
	struct spdk_bdev_io_stat *stat;
	TAILQ_ENTRY(nvme_path) node;
};

struct nvme_group {
	struct spdk_nvme_poll_group *group;
	struct spdk_thread *thread;
	/* Commands with the driver. */
	uint64_t outstanding;
	/* Links whose queue pair is not there yet. */
	uint32_t connecting;
	bool is_in_turn;
	bool is_kick_sent;
	/* The reactor is woken by the descriptors of its queue pairs. */
	bool has_wake;
	bool was_busy;
	/* While something is outstanding: the poller, and one that looks whether an interrupt or a
	 * command got lost. */
	bool is_awake;
	struct spdk_poller *poller;
	struct spdk_poller *watch;
	struct spdk_interrupt *interrupt;
	TAILQ_HEAD(, nvme_link) links;
	TAILQ_HEAD(, nvme_link) members;
};

/* ---- group.c ---- */

/* 0 or -ENOMEM. */
int bdev_nvme_groups_register(void);
struct spdk_io_channel *bdev_nvme_group_get(void);
/* Before a command is submitted, and when it is back. */
void bdev_nvme_group_begin(struct nvme_group *group);
static inline void
bdev_nvme_group_end(struct nvme_group *group)
{
	group->outstanding--;
}
/* A queue pair that does not work yet has been added. */
void bdev_nvme_group_wake(struct nvme_group *group);
void bdev_nvme_group_add(struct nvme_group *group, struct nvme_link *link);
void bdev_nvme_group_remove(struct nvme_group *group, struct nvme_link *link);
/* The device of all groups, for rounds. */
void *bdev_nvme_groups_device(void);

/* ---- link.c ---- */

/* 0 or -ENOMEM. */
int bdev_nvme_links_register(struct nvme_dev *dev);
/* What was made with it; the device is unregistered. */
void bdev_nvme_links_free(struct nvme_dev *dev);
/* Drops the queue pair; commands with it end. */
void bdev_nvme_link_disconnect(struct nvme_link *link);
/* 0 or -errno. */
int bdev_nvme_link_connect(struct nvme_link *link);
/* Submits, keeps or ends what waits, as the mode is. */
void bdev_nvme_link_flush(struct nvme_link *link);
void bdev_nvme_link_broken(struct nvme_link *link);
/* In the group's turn: whether what it waited for has come. */
void bdev_nvme_link_look(struct nvme_link *link);
struct nvme_link *bdev_nvme_link_of(struct spdk_io_channel *ch);
/* All links get this mode; done runs after it, on the app thread. By resets, one at a time. */
void bdev_nvme_links_set(struct nvme_dev *dev, enum nvme_link_mode mode,
			 void (*done)(struct nvme_dev *dev));
/* All links fail their I/O, besides whatever a reset does; done, unless NULL, runs after it. */
void bdev_nvme_links_fail(struct nvme_dev *dev, void (*done)(struct nvme_dev *dev));

#endif
