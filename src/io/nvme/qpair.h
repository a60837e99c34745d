/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Queue pairs, as all transports have them. A transport puts this struct first into its own.
 *
 * States
 *   DISCONNECTED   nothing is with the controller. Submissions fail with -ENXIO.
 *   CONNECTING     the transport creates the queues; requests are queued.
 *   CONNECTED      the controller has the queues; the next use enables the queue pair.
 *   ENABLED        requests go to the controller.
 *   DISCONNECTING  the transport takes it back; what was with the controller is aborted.
 *   DESTROYING     spdk_nvme_ctrlr_free_io_qpair() has been called.
 *
 *   DISCONNECTED -> CONNECTING   nvme_transport_connect_qpair()
 *   CONNECTING   -> CONNECTED    the transport
 *   CONNECTED    -> ENABLED      nvme_qpair_check_enabled()
 *   any          -> DISCONNECTING -> DISCONNECTED   nvme_transport_disconnect_qpair()
 *
 * An I/O queue pair belongs to one OS thread at a time, whose caller sees to that; the admin queue
 * to who holds ctrlr->lock. Only disconnecting, in a reset of the controller, comes from elsewhere,
 * and the caller of the reset has stopped the others (spdk_nvme_ctrlr_reset()).
 */
#ifndef SPINDLE_NVME_QPAIR_H
#define SPINDLE_NVME_QPAIR_H

#include "io/nvme/request.h"
#include "spdk/likely.h"
#include "spdk/nvme.h"
#include "spdk/queue.h"

struct nvme_transport;

enum nvme_qpair_state {
	NVME_QPAIR_DISCONNECTED,
	NVME_QPAIR_DISCONNECTING,
	NVME_QPAIR_CONNECTING,
	NVME_QPAIR_CONNECTED,
	NVME_QPAIR_ENABLED,
	NVME_QPAIR_DESTROYING,
};

/* An error that commands of one opcode get; error_injection.c. */
struct nvme_error_injection {
	struct spdk_nvme_status status;
	uint64_t timeout_ticks;
	uint32_t err_count;
	uint8_t opc;
	bool do_not_submit;
	TAILQ_ENTRY(nvme_error_injection) link;
};

/* What is to be looked after besides completions; bits of spdk_nvme_qpair::chores. */
#define NVME_CHORE_INJECT  (1u << 0) /* There are injections. */
#define NVME_CHORE_DELAYED (1u << 1) /* delayed_requests has some. */
#define NVME_CHORE_QUEUED  (1u << 2) /* queued_requests has some. */
#define NVME_CHORE_FUSED   (1u << 3) /* fused_first waits for the second. */

struct spdk_nvme_qpair {
	/* What each command touches comes first. */
	struct spdk_nvme_ctrlr *ctrlr;
	const struct nvme_transport *transport;
	/* The free request to be used next is the one that was used last: it is in the cache. */
	struct nvme_request_list free_requests;
	/* Requests that are not free. */
	uint32_t outstanding;
	uint16_t id;
	uint8_t state;
	uint8_t chores;
	/* Callbacks of completions run: the queue pair must not go away under them. */
	bool is_completing;
	bool free_when_completed;
	/* What a disconnect has left ends: slots are taken, and it cannot be connected yet. */
	bool is_aborting;
	bool is_async;
	/* Requests aborted by a disconnect shall not be retried. */
	bool abort_dnr;
	/* spdk_nvme_qp_failure_reason. */
	uint8_t failure_reason;
	uint8_t qprio;
	bool is_in_disconnected_list;

	struct nvme_request_list queued_requests;
	struct nvme_request_list delayed_requests;
	TAILQ_HEAD(, nvme_error_injection) injections;
	/* The first half of a fused pair is kept here until the second comes. */
	struct nvme_request *fused_first;

	struct nvme_request *requests;
	uint32_t request_count;
	/* When requests were last looked through for timeouts, in ticks. */
	uint64_t timeouts_checked_at;

	struct spdk_nvme_poll_group *poll_group;
	struct spdk_nvme_transport_poll_group *transport_group;
	STAILQ_ENTRY(spdk_nvme_qpair) poll_group_link;
	/* The interrupt that it comes by in its group; NULL: it is not connected, or has none. */
	struct nvme_group_fd *group_fd;
	/* In ctrlr->io_qpairs. */
	TAILQ_ENTRY(spdk_nvme_qpair) ctrlr_link;
	struct spdk_nvme_io_qpair_opts opts;
};

static inline bool
nvme_qpair_is_admin(const struct spdk_nvme_qpair *qpair)
{
	return qpair->id == 0;
}

static inline struct nvme_request *
nvme_request_get(struct spdk_nvme_qpair *qpair, spdk_nvme_cmd_cb cb_fn, void *cb_arg)
{
	struct nvme_request *req = STAILQ_FIRST(&qpair->free_requests);

	if (spdk_unlikely(req == NULL)) {
		return NULL;
	}
	STAILQ_REMOVE_HEAD(&qpair->free_requests, link);
	qpair->outstanding++;
	memset(&req->cmd, 0, sizeof(req->cmd));
	req->cb_fn = cb_fn;
	req->cb_arg = cb_arg;
	req->payload = NULL;
	req->md = NULL;
	req->submitted_at = 0;
	req->payload_size = 0;
	req->payload_kind = NVME_PAYLOAD_NONE;
	req->retries = 0;
	req->is_raw = false;
	req->special = 0;
	return req;
}

static inline void
nvme_request_put(struct nvme_request *req)
{
	struct spdk_nvme_qpair *qpair = req->qpair;

	assert(qpair->outstanding > 0);
	qpair->outstanding--;
	STAILQ_INSERT_HEAD(&qpair->free_requests, req, link);
}

/* Prepares the generic part; by the transport that creates it. 0 or -ENOMEM. */
int nvme_qpair_init(struct spdk_nvme_qpair *qpair, struct spdk_nvme_ctrlr *ctrlr, uint16_t id,
		    const struct spdk_nvme_io_qpair_opts *opts);
/* Nothing may be outstanding. */
void nvme_qpair_fini(struct spdk_nvme_qpair *qpair);
/* Whether requests may go to the controller now; moves CONNECTED to ENABLED. */
bool nvme_qpair_check_enabled(struct spdk_nvme_qpair *qpair);

/*
 * Hands the request, or all its children, to the transport, or queues it. On an error (-ENXIO: not
 * connected or failed; -EFAULT: the payload is no memory that the device may use, explained;
 * -EINVAL: half of a fused pair without the other) the request has been freed, and its callback
 * does not run.
 *
 * The first half of a fused pair goes to the transport together with the second, so that nothing
 * comes between them.
 */
int nvme_qpair_submit(struct spdk_nvme_qpair *qpair, struct nvme_request *req);
/*
 * The transport is done with a request: it is tried again if its status and retries allow that,
 * otherwise it completes.
 */
void nvme_qpair_request_done(struct nvme_request *req, const struct spdk_nvme_cpl *cpl);
/* Submits what was queued, as far as there is room. Cheap when nothing is. */
void nvme_qpair_submit_queued(struct spdk_nvme_qpair *qpair);
/* Completes all that is queued or delayed, with ABORTED - SQ DELETION. */
void nvme_qpair_abort_queued(struct spdk_nvme_qpair *qpair, bool dnr);
/*
 * Those of queued requests that have this cb_arg complete with ABORTED BY REQUEST; returns how
 * many.
 */
uint32_t nvme_qpair_abort_queued_with_arg(struct spdk_nvme_qpair *qpair, void *cb_arg);
/* All that the transport has or that is queued: their callbacks run, with this status. */
void nvme_qpair_abort_all(struct spdk_nvme_qpair *qpair, bool dnr);
/*
 * Ends a request that has been accepted already, with a generic error, from the next poll. Also by
 * a transport that refuses the second half of a fused pair, for the first.
 */
void nvme_qpair_fail_later(struct nvme_request *req, uint32_t sc);
/* Ends with req->delayed_cpl, or is submitted (req->is_retry), when `ticks` have passed. */
void nvme_qpair_delay(struct spdk_nvme_qpair *qpair, struct nvme_request *req, uint64_t ticks);

/* For who runs callbacks outside of spdk_nvme_qpair_process_completions(). */
static inline bool
nvme_qpair_enter(struct spdk_nvme_qpair *qpair)
{
	bool was_completing = qpair->is_completing;

	qpair->is_completing = true;
	return was_completing;
}
/* What nvme_qpair_enter() returned; the queue pair may be gone after it (true). */
bool nvme_qpair_leave(struct spdk_nvme_qpair *qpair, bool was_completing);

/* error_injection.c: true: the request has been taken and will complete with the error. */
bool nvme_injection_take(struct spdk_nvme_qpair *qpair, struct nvme_request *req);
void nvme_injections_free(struct spdk_nvme_qpair *qpair);

/* timeout.c: runs the callbacks of requests that have taken too long; cheap when none may have. */
void nvme_timeout_check(struct spdk_nvme_qpair *qpair);

#endif
