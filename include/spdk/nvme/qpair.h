/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * \file
 * I/O queue pairs: made, connected, polled. A part of spdk/nvme.h.
 *
 * A queue pair is used by one OS thread at a time; who moves it from one to another sees to that.
 * Nothing of it is locked. Different queue pairs know nothing of each other.
 *
 * Thread: that of the queue pair, unless a function says otherwise.
 */
#ifndef SPDK_NVME_QPAIR_H
#define SPDK_NVME_QPAIR_H

#include "spdk/stdinc.h"

#include "spdk/assert.h"
#include "spdk/nvme/handle.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Why a queue pair is not connected. */
enum spdk_nvme_qp_failure_reason {
	/** It is. */
	SPDK_NVME_QPAIR_FAILURE_NONE = 0,
	/** Here: it was disconnected or has not been connected. */
	SPDK_NVME_QPAIR_FAILURE_LOCAL,
	/** The controller's end. */
	SPDK_NVME_QPAIR_FAILURE_REMOTE,
	/** The device does not answer, and nobody knows why. */
	SPDK_NVME_QPAIR_FAILURE_UNKNOWN,
	/** By a reset of the controller. */
	SPDK_NVME_QPAIR_FAILURE_RESET,
};

typedef enum spdk_nvme_qp_failure_reason spdk_nvme_qp_failure_reason;

/**
 * Options of a queue pair. Fill them with spdk_nvme_ctrlr_get_default_io_qpair_opts(), then
 * change what you need.
 */
struct spdk_nvme_io_qpair_opts {
	/**
	 * Priority, where the controller arbitrates by weighted round robin. Else,
	 * SPDK_NVME_QPRIO_URGENT, which is 0.
	 */
	enum spdk_nvme_qprio qprio;
	/**
	 * Entries, one of which is always free. Default: io_queue_size of the controller's
	 * options.
	 */
	uint32_t io_queue_size;
	/** Requests. Default: io_queue_requests of the controller's options. */
	uint32_t io_queue_requests;
	union {
		/**
		 * The doorbell rings at the next poll for all that was submitted, not for each:
		 * cheaper, and a little later. The second name is the older one.
		 */
		bool delay_cmd_submit;
		bool delay_pcie_doorbell;
	};
	uint8_t reserved13[3];
	/**
	 * Memory for the queues. vaddr NULL: the driver's own. Else buffer_size bytes, enough for
	 * all entries, aligned to a page and in one piece for the device; paddr is where the device
	 * sees it, or 0 if it is memory of the environment or registered. The caller's, until the
	 * queue pair has been freed. PCIe.
	 */
	struct {
		struct spdk_nvme_cmd *vaddr;
		uint64_t paddr;
		uint64_t buffer_size;
	} sq;
	struct {
		struct spdk_nvme_cpl *vaddr;
		uint64_t paddr;
		uint64_t buffer_size;
	} cq;
	/**
	 * spdk_nvme_ctrlr_connect_io_qpair() is called later, which leaves time to put it into a
	 * group.
	 */
	bool create_only;
	/**
	 * Connecting does not wait: polling brings it on, and spdk_nvme_qpair_is_connected()
	 * tells when it is done.
	 */
	bool async_mode;
	/** Pieces of data that lie one behind the other stay pieces. */
	bool disable_pcie_sgl_merge;
	uint8_t reserved67[5];
	/**
	 * sizeof(struct spdk_nvme_io_qpair_opts) as the caller was compiled; fields beyond keep
	 * their defaults.
	 */
	size_t opts_size;
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_nvme_io_qpair_opts) == 80, "Incorrect size");

/**
 * Fills opts with defaults.
 *
 * Thread: any.
 * Shape: opts_size is sizeof(struct spdk_nvme_io_qpair_opts) as the caller was compiled; no more
 *   than that is written, and opts->opts_size is set to it.
 */
void
spdk_nvme_ctrlr_get_default_io_qpair_opts(struct spdk_nvme_ctrlr *ctrlr,
					  struct spdk_nvme_io_qpair_opts *opts, size_t opts_size);

/**
 * Makes a queue pair and, unless its options say otherwise, connects it.
 *
 * Thread: any; the queue pair is that of the caller.
 * Shape: opts NULL: defaults; opts_size is sizeof(struct spdk_nvme_io_qpair_opts) as the caller
 *   was compiled, or 0 with NULL.
 * Errors: NULL, explained: an option is wrong, all queue pairs of the controller are taken, it is
 *   failed, or there is no memory.
 */
struct spdk_nvme_qpair *
spdk_nvme_ctrlr_alloc_io_qpair(struct spdk_nvme_ctrlr *ctrlr,
			       const struct spdk_nvme_io_qpair_opts *opts, size_t opts_size);

/**
 * Connects it: the controller creates the queues. Waits for that, unless async_mode is set.
 *
 * Errors: -EISCONN: it is connected; -EBUSY: from within a callback of what its disconnect aborts,
 *   explained; -ENXIO: the controller is failed; -EINVAL: it is one of another controller; -EIO:
 *   the controller refused; -ETIMEDOUT.
 */
int spdk_nvme_ctrlr_connect_io_qpair(struct spdk_nvme_ctrlr *ctrlr, struct spdk_nvme_qpair *qpair);

/**
 * Disconnects it. All that was submitted is aborted, callbacks run from within this call or, in a
 * group, from its polls. It can be connected again.
 */
void spdk_nvme_ctrlr_disconnect_io_qpair(struct spdk_nvme_qpair *qpair);

/**
 * Connects it again after it has failed: what returned -ENXIO. Connected: does nothing.
 *
 * Errors: -EAGAIN: the controller is being reset, or the queue pair is still being disconnected:
 *   try again; -ENODEV: it has been pulled out: free the queue pair; -ENXIO: it is failed: reset
 *   it.
 */
int spdk_nvme_ctrlr_reconnect_io_qpair(struct spdk_nvme_qpair *qpair);

/** Whether it is that of admin commands. Thread: any. */
bool spdk_nvme_qpair_is_admin_queue(struct spdk_nvme_qpair *qpair);

/**
 * How many commands the transport has of it at the moment: of those that are outstanding, what does
 * not wait for room in its queue. Thread: that of the queue pair.
 */
uint16_t spdk_nvme_qpair_get_queue_depth(struct spdk_nvme_qpair *qpair);

/** Of spdk/thread.h. */
struct spdk_event_handler_opts;

/**
 * Disconnects and frees it. All that was submitted is aborted, callbacks run from within this
 * call. Within one of its callbacks, it goes when that poll ends. A group loses it.
 *
 * Errors: always 0. NULL does nothing.
 */
int spdk_nvme_ctrlr_free_io_qpair(struct spdk_nvme_qpair *qpair);

/**
 * A descriptor that becomes readable when commands are through, for event loops. Poll the queue
 * pair then: that also makes it ready for the next time.
 *
 * Owner: the driver; do not close it.
 * Shape: opts NULL, or its opts_size is set: how to register it is written there.
 * Errors: -ENOTSUP: the transport has none; -EINVAL: opts_size is wrong, or interrupts were not
 *   enabled by enable_interrupts of struct spdk_nvme_ctrlr_opts.
 */
int spdk_nvme_qpair_get_fd(struct spdk_nvme_qpair *qpair, struct spdk_event_handler_opts *opts);

/**
 * Runs the callbacks of commands that are through, rings doorbells that were put off, and looks
 * at time-outs. Never waits. How many commands are through.
 *
 * Shape: at most max_completions; 0: all that are there.
 * Errors: -ENXIO: it is not connected, or the controller is failed.
 */
int32_t
spdk_nvme_qpair_process_completions(struct spdk_nvme_qpair *qpair, uint32_t max_completions);

/** Why it is not connected. */
spdk_nvme_qp_failure_reason spdk_nvme_qpair_get_failure_reason(struct spdk_nvme_qpair *qpair);

/** Commands that are aborted with their queue pair have the bit 'do not retry'. Default: false. */
void spdk_nvme_qpair_set_abort_dnr(struct spdk_nvme_qpair *qpair, bool dnr);

/** Whether commands can be submitted. */
bool spdk_nvme_qpair_is_connected(struct spdk_nvme_qpair *qpair);

/** How authentication ended: 0 or -errno. Over fabrics. */
typedef void (*spdk_nvme_authenticate_cb)(void *ctx, int status);

/**
 * Authenticates a queue pair that is connected, with the keys of the controller. Over fabrics.
 *
 * Errors: -ENOTSUP: the controller is not on fabrics; there is no transport for those yet.
 */
int spdk_nvme_qpair_authenticate(struct spdk_nvme_qpair *qpair, spdk_nvme_authenticate_cb cb_fn,
				 void *cb_ctx);

/** The same for the admin queue. */
int spdk_nvme_ctrlr_authenticate(struct spdk_nvme_ctrlr *ctrlr, spdk_nvme_authenticate_cb cb_fn,
				 void *cb_ctx);

/**
 * An id of a queue pair, for programs that create queues by raw admin commands. Negative: all
 * are taken.
 *
 * Thread: any.
 */
int32_t spdk_nvme_ctrlr_alloc_qid(struct spdk_nvme_ctrlr *ctrlr);

/**
 * Gives such an id back.
 *
 * Thread: any.
 */
void spdk_nvme_ctrlr_free_qid(struct spdk_nvme_ctrlr *ctrlr, uint16_t qid);

/** Its id; 0: the admin queue. Thread: any. */
uint16_t spdk_nvme_qpair_get_id(struct spdk_nvme_qpair *qpair);

/**
 * Requests that are taken: all parts of an I/O that was split count, and an I/O until its
 * callback has returned.
 */
uint32_t spdk_nvme_qpair_get_num_outstanding_reqs(struct spdk_nvme_qpair *qpair);

#ifdef __cplusplus
}
#endif

#endif /* SPDK_NVME_QPAIR_H */
