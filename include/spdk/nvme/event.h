/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * \file
 * What a controller tells by itself, and commands that take too long. A part of spdk/nvme.h.
 *
 * Thread: registering, any; what was registered counts from then on. Callbacks run from within
 *   spdk_nvme_ctrlr_process_admin_completions() (timeouts of I/O: from within the poll of the
 *   queue pair), on the OS thread that calls it.
 */
#ifndef SPDK_NVME_EVENT_H
#define SPDK_NVME_EVENT_H

#include "spdk/stdinc.h"

#include "spdk/nvme/handle.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * An event. cpl lasts until it returns; its dword 0 is union spdk_nvme_async_event_completion.
 * The driver asks for another event when it has returned. It may use the controller, but not detach
 * it.
 */
typedef void (*spdk_nvme_aer_cb)(void *aer_cb_arg, const struct spdk_nvme_cpl *cpl);

/**
 * Sets what is told of events. NULL: none. The driver itself follows changes of namespaces, of
 * ANA states and of the firmware, before it tells.
 */
void spdk_nvme_ctrlr_register_aer_callback(struct spdk_nvme_ctrlr *ctrlr,
					   spdk_nvme_aer_cb aer_cb_fn, void *aer_cb_arg);

/**
 * Namespaces have changed, come or gone; the driver has identified them anew.
 *
 * Shape: `count` ids, valid until it returns. NULL and 0: any may have changed.
 */
typedef void (*spdk_nvme_ns_attr_changed_cb)(void *cb_arg, const uint32_t *changed_ns_list,
					     uint32_t count);

/**
 * Sets what is told of that event instead of the callback of
 * spdk_nvme_ctrlr_register_aer_callback(). NULL: nothing is told instead.
 */
void
spdk_nvme_ctrlr_register_ns_attr_changed_callback(struct spdk_nvme_ctrlr *ctrlr,
						  spdk_nvme_ns_attr_changed_cb cb_fn, void *cb_arg);

/**
 * The driver leaves the list of changed namespaces to the program, as with the option of that
 * name in struct spdk_nvme_ctrlr_opts.
 */
void spdk_nvme_ctrlr_disable_read_changed_ns_list_log_page(struct spdk_nvme_ctrlr *ctrlr);

/**
 * A command has not completed in its time. It goes on: abort it (spdk_nvme_ctrlr_cmd_abort()), or
 * reset the controller. Look at CSTS.CFS: a controller with a
 * fatal status aborts nothing.
 *
 * Shape: qpair NULL: a command of the admin queue. cid: by which to abort it.
 * Callback: once for each command that takes too long.
 */
typedef void (*spdk_nvme_timeout_cb)(void *cb_arg, struct spdk_nvme_ctrlr *ctrlr,
				     struct spdk_nvme_qpair *qpair, uint16_t cid);

/**
 * Sets how long commands may take.
 *
 * Units: microseconds, checked whenever the queue is polled. 0: never. cb_fn NULL: none is
 *   watched.
 */
void spdk_nvme_ctrlr_register_timeout_callback(struct spdk_nvme_ctrlr *ctrlr,
					       uint64_t timeout_io_us, uint64_t timeout_admin_us,
					       spdk_nvme_timeout_cb cb_fn, void *cb_arg);

#ifdef __cplusplus
}
#endif

#endif /* SPDK_NVME_EVENT_H */
