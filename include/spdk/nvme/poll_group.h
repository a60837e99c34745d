/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * \file
 * Groups of queue pairs, which are polled together. A part of spdk/nvme.h.
 *
 * Thread: one OS thread uses a group and all its queue pairs.
 */
#ifndef SPDK_NVME_POLL_GROUP_H
#define SPDK_NVME_POLL_GROUP_H

#include "spdk/stdinc.h"

#include "spdk/dma.h"
#include "spdk/nvme/handle.h"
#include "spdk/nvme/statistics.h"

#ifdef __cplusplus
extern "C" {
#endif

/** A sequence is through: 0, or -errno. */
typedef void (*spdk_nvme_accel_completion_cb)(void *cb_arg, int status);

/** A step of a sequence is through. */
typedef void (*spdk_nvme_accel_step_cb)(void *cb_arg);

/**
 * How a transport has work done by the accel framework, for checksums of data (TCP). What it
 * passes to them are the program's own things: seq is an accel sequence, ctx that of
 * spdk_nvme_poll_group_create(). None of them is called on PCIe.
 */
struct spdk_nvme_accel_fn_table {
	/**
	 * sizeof(struct spdk_nvme_accel_fn_table) as the caller was compiled; functions beyond
	 * are NULL.
	 */
	size_t table_size;
	uint8_t reserved8[8];
	/** Carries a sequence out, then calls cb_fn. */
	void (*finish_sequence)(void *seq, spdk_nvme_accel_completion_cb cb_fn, void *cb_arg);
	/** Turns the order of the steps of a sequence around, for reads. */
	void (*reverse_sequence)(void *seq);
	/** Drops a sequence. NULL does nothing. */
	void (*abort_sequence)(void *seq);
	/**
	 * Adds a step: the CRC-32C of iovs, from `seed` on, to *dst. *seq NULL: begins a
	 * sequence. 0 or -errno.
	 */
	int (*append_crc32c)(void *ctx, void **seq, uint32_t *dst, struct iovec *iovs,
			     uint32_t iovcnt, struct spdk_memory_domain *memory_domain,
			     void *domain_ctx, uint32_t seed, spdk_nvme_accel_step_cb cb_fn,
			     void *cb_arg);
	/** Adds a step: copies. *seq NULL: begins a sequence. 0 or -errno. */
	int (*append_copy)(void *ctx, void **seq, struct iovec *dst_iovs, uint32_t dst_iovcnt,
			   struct spdk_memory_domain *dst_domain, void *dst_domain_ctx,
			   struct iovec *src_iovs, uint32_t src_iovcnt,
			   struct spdk_memory_domain *src_domain, void *src_domain_ctx,
			   spdk_nvme_accel_step_cb cb_fn, void *cb_arg);
};

/**
 * A queue pair of the group is not connected, or its controller is failed: connect it again, free
 * it, or reset the controller. poll_group_ctx is that of spdk_nvme_poll_group_create().
 *
 * Callback: in each poll, as long as it is so.
 */
typedef void (*spdk_nvme_disconnected_qpair_cb)(struct spdk_nvme_qpair *qpair,
						void *poll_group_ctx);

/**
 * Makes a group.
 *
 * Owner: table is not kept, as no transport here uses it. ctx is for the program, see
 * spdk_nvme_poll_group_get_ctx(). Shape: table NULL: none. Errors: NULL: no memory.
 */
struct spdk_nvme_poll_group *
spdk_nvme_poll_group_create(void *ctx, struct spdk_nvme_accel_fn_table *table);

/**
 * Puts a queue pair into the group: one that is not connected, see create_only of struct
 * spdk_nvme_io_qpair_opts.
 *
 * Errors: -EINVAL: it is connected, or in a group; -ENODEV: its transport has no groups; -ENOMEM.
 */
int spdk_nvme_poll_group_add(struct spdk_nvme_poll_group *group, struct spdk_nvme_qpair *qpair);

/**
 * Takes a queue pair out, which is not connected.
 *
 * Errors: -ENOENT: it is not in the group; -EINVAL: it is connected.
 */
int spdk_nvme_poll_group_remove(struct spdk_nvme_poll_group *group, struct spdk_nvme_qpair *qpair);

/**
 * Sleeps until a descriptor of the group is ready, then polls the queue pairs that have
 * something. How many events there were. For controllers with enable_interrupts.
 *
 * Errors: -EINVAL: disconnected_qpair_cb is NULL, or queue pairs of the group have no descriptor;
 *   others as the kernel gave them.
 */
int spdk_nvme_poll_group_wait(struct spdk_nvme_poll_group *group,
			      spdk_nvme_disconnected_qpair_cb disconnected_qpair_cb);

/**
 * The descriptors of the group's queue pairs (spdk/fd_group.h), so that one may be nested in
 * another. NULL: it has none.
 *
 * Owner: the group.
 */
struct spdk_fd_group *spdk_nvme_poll_group_get_fd_group(struct spdk_nvme_poll_group *group);

/** The group wants to be polled. */
typedef void (*spdk_nvme_poll_group_interrupt_cb)(struct spdk_nvme_poll_group *group, void *ctx);

/**
 * Sets what is called when the group wants to be polled for another reason than I/O that is
 * through: a queue pair has been disconnected. NULL: nothing. For programs that sleep.
 *
 * Errors: -EEXIST: one is set already.
 */
int
spdk_nvme_poll_group_set_interrupt_callback(struct spdk_nvme_poll_group *group,
					    spdk_nvme_poll_group_interrupt_cb cb_fn, void *cb_ctx);

/**
 * Frees a group.
 *
 * Errors: -EBUSY: there are queue pairs in it.
 */
int spdk_nvme_poll_group_destroy(struct spdk_nvme_poll_group *group);

/**
 * Polls all its queue pairs, and tells of those that are not connected. How many commands are
 * through.
 *
 * Shape: at most completions_per_qpair of each; 0: all that are there.
 * Errors: -EINVAL: disconnected_qpair_cb is NULL. What fails is told by disconnected_qpair_cb.
 */
int64_t
spdk_nvme_poll_group_process_completions(struct spdk_nvme_poll_group *group,
					 uint32_t completions_per_qpair,
					 spdk_nvme_disconnected_qpair_cb disconnected_qpair_cb);

/**
 * Whether all queue pairs are connected: 0.
 *
 * Errors: -EAGAIN: some are on their way; -EIO: one is not, and not on its way.
 */
int spdk_nvme_poll_group_all_connected(struct spdk_nvme_poll_group *group);

/** What spdk_nvme_poll_group_create() was given. */
void *spdk_nvme_poll_group_get_ctx(struct spdk_nvme_poll_group *group);

#ifdef __cplusplus
}
#endif

#endif /* SPDK_NVME_POLL_GROUP_H */
