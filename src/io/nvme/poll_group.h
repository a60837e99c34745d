/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Poll groups: queue pairs of any transports that one thread polls together. Each transport has a
 * part, made when the first of its queue pairs is added; a queue pair is in one of its two lists.
 *
 *   spdk_nvme_poll_group_add()      -> disconnected
 *   nvme_poll_group_connecting()    disconnected -> connected
 *   nvme_poll_group_disconnected()  connected -> disconnected
 *   spdk_nvme_poll_group_remove(), nvme_poll_group_forget()  ->
 *
 * All of it belongs to the thread of the group. A walk through a list keeps what it visits next in
 * `next_qpair`, since callbacks may take out any queue pair.
 */
#ifndef SPINDLE_NVME_POLL_GROUP_H
#define SPINDLE_NVME_POLL_GROUP_H

#include "io/nvme/qpair.h"
#include "io/nvme/transport.h"
#include "spdk/fd_group.h"

struct spdk_nvme_poll_group {
	void *ctx;
	STAILQ_HEAD(, spdk_nvme_transport_poll_group) transport_groups;
	/* Callbacks run, and a walk through the lists is under way. */
	bool is_processing;

	/* Descriptors of queue pairs whose controllers have interrupts; poll_group_interrupt.c. */
	struct spdk_fd_group *fds;
	/* Signalled when something is to be looked after that no interrupt tells of. */
	int event_fd;
	spdk_nvme_poll_group_interrupt_cb interrupt_cb_fn;
	void *interrupt_cb_arg;
	TAILQ_HEAD(, nvme_group_fd) shared_fds;
};

/* No group: nothing to do. */
void nvme_poll_group_connecting(struct spdk_nvme_qpair *qpair);
void nvme_poll_group_disconnected(struct spdk_nvme_qpair *qpair);
void nvme_poll_group_forget(struct spdk_nvme_qpair *qpair);

/* poll_group_interrupt.c */
int nvme_group_interrupts_init(struct spdk_nvme_poll_group *group);
void nvme_group_interrupts_fini(struct spdk_nvme_poll_group *group);
/* Waits for the queue pair's interrupt too, if it has one; explains what goes wrong. */
void nvme_group_add_fd(struct spdk_nvme_poll_group *group, struct spdk_nvme_qpair *qpair);
void nvme_group_remove_fd(struct spdk_nvme_poll_group *group, struct spdk_nvme_qpair *qpair);
void nvme_group_signal(struct spdk_nvme_poll_group *group);

#endif
