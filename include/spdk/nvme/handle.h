/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * \file
 * What a program holds: controllers, their queue pairs and namespaces, and groups of queue pairs;
 * and the callbacks of commands. A part of spdk/nvme.h.
 */
#ifndef SPDK_NVME_HANDLE_H
#define SPDK_NVME_HANDLE_H

#include "spdk/stdinc.h"

#include "spdk/nvme_spec.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * A controller that the driver is attached to. From spdk_nvme_connect() or an attach_cb, until
 * spdk_nvme_detach().
 */
struct spdk_nvme_ctrlr;

/**
 * A command is through.
 *
 * Owner: cpl lasts until the callback returns.
 * Callback: exactly once for each submission that returned 0, from the call that polls the queue
 *   pair (spdk_nvme_qpair_process_completions() and its kin,
 *   spdk_nvme_ctrlr_process_admin_completions()), from one that disconnects or frees it, or from
 *   a reset; never from within the call that submitted. Buffers and requests of the command are
 *   free again: it may submit anew at once.
 * Errors: cpl has the status, of the controller or of the driver. Those of the driver: ABORTED -
 *   SQ DELETION (generic 08h): the queue pair was disconnected; ABORTED BY REQUEST (generic 07h):
 *   spdk_nvme_ctrlr_cmd_abort_ext() took it back before it was sent. spdk/nvme/text.h puts them
 *   into words.
 */
typedef void (*spdk_nvme_cmd_cb)(void *ctx, const struct spdk_nvme_cpl *cpl);

/** A submission queue and a completion queue. From spdk_nvme_ctrlr_alloc_io_qpair(). */
struct spdk_nvme_qpair;

/**
 * Data in pieces: goes to byte `offset` of the data, from which spdk_nvme_req_next_sge_cb goes
 * on. cb_arg is that of the command.
 *
 * Callback: within the call that submits, and again whenever the command is sent: from calls that
 *   poll. It may run any number of times until the command's callback.
 */
typedef void (*spdk_nvme_req_reset_sgl_cb)(void *cb_arg, uint32_t offset);

/**
 * Data in pieces: tells the piece at the present place, and moves on behind it.
 *
 * Shape: *address and *length of the piece, not empty; pieces in all as long as the data, more is
 *   not asked for. UINT64_MAX as the address, for reads: this part is not wanted (a bit bucket);
 *   the controller must have SGLs with that descriptor.
 * Errors: other than 0 ends it, and the submission fails with -EFAULT.
 */
typedef int (*spdk_nvme_req_next_sge_cb)(void *cb_arg, void **address, uint32_t *length);

/**
 * A namespace of a controller. From spdk_nvme_ctrlr_get_ns(); valid as long as its controller is
 * attached, also while it is not active.
 */
struct spdk_nvme_ns;

/** Queue pairs that are polled together. From spdk_nvme_poll_group_create(). */
struct spdk_nvme_poll_group;

#ifdef __cplusplus
}
#endif

#endif /* SPDK_NVME_HANDLE_H */
