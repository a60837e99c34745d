/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A controller that is attached.
 *
 * States of a device
 *   ENABLED    links have queue pairs, I/O goes to the controller.
 *   RESETTING  reset.c has the steps. I/O waits in the links.
 *   DISABLED   by bdev_nvme_disable_controller. I/O fails.
 *   LOST       the last reset did not bring it back. I/O waits while it will be tried again, and
 *              fails otherwise.
 *   LEAVING    it is being detached, or was pulled out; its disks are unregistered. detach.c.
 *
 *   ENABLED | DISABLED | LOST -> RESETTING    begin() of reset.c
 *   RESETTING -> ENABLED | DISABLED | LOST    end() of reset.c
 *   ENABLED | DISABLED | LOST -> LEAVING      leave(), at once or when the reset is over
 *
 * Invariants
 *
 * D1  All that changes a device, or a list of its disks, happens on the app thread. Links and paths
 *     belong to their threads; the app thread reaches them by rounds (spdk_for_each_channel).
 *
 * D2  link_mode is what a new link begins with. It is set before the round that tells the links
 *     that are there, and a link is on the list before it reads it, so none misses a change.
 *
 * D3  An I/O is in one place: with the driver, in a link's `waiting`, in a link's `retrying`, or
 *     with the app thread (admin commands, resets). It leaves by bdev_nvme_io_end(), once.
 *
 * D4  The driver's controller is there as long as a link is.
 */
#ifndef SPINDLE_BDEV_NVME_DEVICE_H
#define SPINDLE_BDEV_NVME_DEVICE_H

#include "bdev_nvme.h"
#include "nvme_link.h"

struct nvme_disk;

enum nvme_dev_state {
	NVME_DEV_ENABLED,
	NVME_DEV_RESETTING,
	NVME_DEV_DISABLED,
	NVME_DEV_LOST,
	NVME_DEV_LEAVING,
};

/* Somebody who waits for what happens to a device. */
struct nvme_waiter {
	nvme_done_fn fn;
	void *arg;
	TAILQ_ENTRY(nvme_waiter) link;
};
TAILQ_HEAD(nvme_waiters, nvme_waiter);

/* An error that I/O commands of one opcode meet. */
struct nvme_injection {
	uint8_t opc;
	bool do_not_submit;
	uint8_t sct;
	uint8_t sc;
	uint32_t count;
	uint64_t timeout_us;
	TAILQ_ENTRY(nvme_injection) link;
};

struct nvme_injection_round {
	struct nvme_injection injection;
	nvme_done_fn fn;
	void *arg;
};

struct nvme_dev {
	char *name;
	struct spdk_nvme_ctrlr *ctrlr;
	struct spdk_nvme_transport_id trid;
	struct spdk_bdev_nvme_ctrlr_opts opts;
	/* As it was attached: what is not the default is saved. */
	uint32_t num_io_queues;
	char hostnqn[SPDK_NVMF_NQN_MAX_LEN + 1];
	/* Found by hot plug: not saved. */
	bool is_hot;
	/* Its hardware is gone. */
	bool is_removed;

	enum nvme_dev_state state;
	/* enum nvme_link_mode. Atomic, see D2. */
	uint32_t link_mode;

	/* reset.c. One round at a time each. */
	struct nvme_round reset_round;
	struct nvme_round fail_round;
	bool wants_disable;
	bool wants_leave;
	/* Links get queue pairs, and submit what has waited. */
	bool is_raising;
	/* It is to be reset again then; late_waiters want so, or something does not work. */
	bool wants_again;
	uint64_t leave_since; /* ticks; when it was wished in the middle of a reset */
	/* The driver has disconnected it, and was not asked to connect it again. */
	bool is_stopped;
	int reset_rc;
	struct spdk_poller *reset_poller;
	struct spdk_poller *reconnect_timer;
	struct spdk_poller *fast_fail_timer;
	/* When the controller was lost, in ticks. */
	uint64_t lost_at;
	bool fast_io_failed;
	struct nvme_waiters reset_waiters;
	struct nvme_waiters late_waiters;

	/* detach.c */
	struct nvme_waiters leave_waiters;
	struct spdk_nvme_detach_ctx *detach_ctx;
	/* Paused until the links are gone: nothing has to be allocated then. */
	struct spdk_poller *detach_poller;
	/* Who has a link of their own, besides the disks: bdev_nvme_send_cmd. */
	uint32_t holders;
	bool is_abandoned;
	bool is_unregistered;

	/* firmware_rpc.c: it is getting an image, which another one would be mixed with. */
	bool is_updating;

	/* injection.c; the list is read by links that come. */
	TAILQ_HEAD(, nvme_injection) injections;
	pthread_mutex_t injections_lock;

	/* admin.c */
	struct spdk_poller *admin_poller;
	/* When it is looked whether it is there, in ticks. */
	uint64_t look_next;

	TAILQ_HEAD(, nvme_disk) disks;
	TAILQ_ENTRY(nvme_dev) link;
};

/* ---- device.c ---- */

struct nvme_dev *bdev_nvme_find(const char *name);
struct nvme_dev *bdev_nvme_find_trid(const struct spdk_nvme_transport_id *trid);
struct nvme_dev *bdev_nvme_first(void);
struct nvme_dev *bdev_nvme_next(struct nvme_dev *dev);
/* Takes over the driver's controller: 0, or -errno and it is still the caller's. */
int bdev_nvme_dev_create(const struct nvme_attach_spec *spec, struct spdk_nvme_ctrlr *ctrlr,
			 struct nvme_dev **out_dev);
/* Frees it; it has no links, and no controller. */
void bdev_nvme_dev_free(struct nvme_dev *dev);
/* Devices as namespaces are: new ones registered, those that went unregistered, sizes told. */
void bdev_nvme_dev_update_disks(struct nvme_dev *dev);
int bdev_nvme_waiter_add(struct nvme_waiters *waiters, nvme_done_fn fn, void *arg);
/* Each is called and freed. */
void bdev_nvme_waiters_end(struct nvme_waiters *waiters, int rc);
/* Runs it on the app thread, now if that is this one. It cannot be refused. */
void bdev_nvme_on_app_thread(spdk_msg_fn fn, void *arg);

/* ---- detach.c ---- */

/* 0 or -ENOMEM: for its end. */
int bdev_nvme_detach_prepare(struct nvme_dev *dev);
/* It waits for a link of the caller's, which rounds reach; its end waits. */
void bdev_nvme_dev_hold(struct nvme_dev *dev);
void bdev_nvme_dev_let_go(struct nvme_dev *dev);
/* It is leaving, and does not work any more: what it has ends as it is. */
void bdev_nvme_give_up(struct nvme_dev *dev);
/* 0, and fn runs when it is gone; or -errno. */
int bdev_nvme_detach(struct nvme_dev *dev, nvme_done_fn fn, void *arg);
/* Its reset is over, and nothing but its end is to come. */
void bdev_nvme_leave(struct nvme_dev *dev);
/* Its hardware is not there any more. */
void bdev_nvme_dev_removed(struct nvme_dev *dev);
/* A disk has been freed: the device may be the next. */
void bdev_nvme_detach_go_on(struct nvme_dev *dev);

/* ---- reset.c ---- */

/* 0, and fn runs when it is over; or -errno: -ENODEV it is leaving, -EPERM it is disabled. */
int bdev_nvme_reset(struct nvme_dev *dev, nvme_done_fn fn, void *arg);
int bdev_nvme_enable(struct nvme_dev *dev, nvme_done_fn fn, void *arg);
int bdev_nvme_disable(struct nvme_dev *dev, nvme_done_fn fn, void *arg);
/* From any thread: something is wrong with it. */
void bdev_nvme_reset_soon(struct nvme_dev *dev);
void bdev_nvme_reset_stop_timers(struct nvme_dev *dev);
const char *bdev_nvme_state_name(const struct nvme_dev *dev);

/* ---- admin.c ---- */

int bdev_nvme_admin_start(struct nvme_dev *dev);
void bdev_nvme_admin_stop(struct nvme_dev *dev);

/* ---- injection.c ---- */

void bdev_nvme_injections_init(struct nvme_dev *dev);
void bdev_nvme_injections_fini(struct nvme_dev *dev);
/* 0, and fn runs later; or -errno: -ENOENT there is none. */
int bdev_nvme_injection_add(struct nvme_dev *dev, const struct nvme_injection *injection,
			    nvme_done_fn fn, void *arg);
int bdev_nvme_injection_remove(struct nvme_dev *dev, uint8_t opc, nvme_done_fn fn, void *arg);
/* To a queue pair that has come. */
int bdev_nvme_injections_apply(struct nvme_link *link);

/* ---- timeout.c ---- */

void bdev_nvme_timeouts_start(struct nvme_dev *dev);

#endif
