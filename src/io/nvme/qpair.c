/* SPDX-License-Identifier: BSD-3-Clause */
/* Queue pairs: how requests get to the transport, and what becomes of those that come back. */
#include "io/nvme/qpair.h"

#include "io/nvme/ctrlr.h"
#include "io/nvme/transport.h"
#include "spdk/env.h"
#include "spdk/likely.h"
#include "spdk/log.h"

/* CRDT of a controller counts in this. */
#define RETRY_DELAY_UNIT_MS 100

int
nvme_qpair_init(struct spdk_nvme_qpair *qpair, struct spdk_nvme_ctrlr *ctrlr, uint16_t id,
		const struct spdk_nvme_io_qpair_opts *opts)
{
	qpair->ctrlr = ctrlr;
	qpair->transport = ctrlr->transport;
	qpair->id = id;
	qpair->state = NVME_QPAIR_DISCONNECTED;
	qpair->opts = *opts;
	qpair->qprio = (uint8_t)opts->qprio;
	qpair->is_async = opts->async_mode;
	STAILQ_INIT(&qpair->queued_requests);
	STAILQ_INIT(&qpair->delayed_requests);
	TAILQ_INIT(&qpair->injections);
	return nvme_requests_create(qpair, opts->io_queue_requests);
}

void
nvme_qpair_fini(struct spdk_nvme_qpair *qpair)
{
	nvme_injections_free(qpair);
	nvme_requests_destroy(qpair);
}

bool
nvme_qpair_check_enabled(struct spdk_nvme_qpair *qpair)
{
	if (qpair->state == NVME_QPAIR_CONNECTED && !nvme_ctrlr_has_failed(qpair->ctrlr) &&
	    (nvme_qpair_is_admin(qpair) || !qpair->ctrlr->is_resetting)) {
		qpair->state = NVME_QPAIR_ENABLED;
		nvme_qpair_submit_queued(qpair);
	}
	return qpair->state == NVME_QPAIR_ENABLED;
}

static void
enqueue(struct spdk_nvme_qpair *qpair, struct nvme_request *req)
{
	STAILQ_INSERT_TAIL(&qpair->queued_requests, req, link);
	qpair->chores |= NVME_CHORE_QUEUED;
}

void
nvme_qpair_delay(struct spdk_nvme_qpair *qpair, struct nvme_request *req, uint64_t ticks)
{
	req->delayed_until = spdk_get_ticks() + ticks;
	STAILQ_INSERT_TAIL(&qpair->delayed_requests, req, link);
	qpair->chores |= NVME_CHORE_DELAYED;
}

void
nvme_qpair_fail_later(struct nvme_request *req, uint32_t sc)
{
	struct spdk_nvme_qpair *qpair = req->qpair;

	req->is_retry = false;
	req->delayed_cpl = (struct spdk_nvme_cpl){
		.sqid = qpair->id,
		.cid = req->cmd.cid,
		.status = {.sct = SPDK_NVME_SCT_GENERIC, .sc = sc, .dnr = 1},
	};
	nvme_qpair_delay(qpair, req, 0);
}

/* To the transport now. -EAGAIN: it has no room. */
static int
hand_over(struct spdk_nvme_qpair *qpair, struct nvme_request *req)
{
	if (spdk_unlikely(qpair->chores & NVME_CHORE_INJECT) && !req->is_altered &&
	    nvme_injection_take(qpair, req)) {
		return 0;
	}
	return qpair->transport->ops.qpair_submit_request(qpair, req);
}

/* One that has no children. It is not freed when it is refused. */
static int
submit_one(struct spdk_nvme_qpair *qpair, struct nvme_request *req)
{
	int rc;

	if (spdk_unlikely(qpair->state != NVME_QPAIR_ENABLED) && !nvme_qpair_check_enabled(qpair)) {
		if (qpair->state != NVME_QPAIR_CONNECTING && qpair->state != NVME_QPAIR_CONNECTED) {
			return -ENXIO;
		}
		enqueue(qpair, req);
		return 0;
	}
	if (spdk_unlikely(nvme_ctrlr_has_failed(qpair->ctrlr))) {
		return -ENXIO;
	}
	if (spdk_unlikely(qpair->chores & NVME_CHORE_QUEUED)) {
		enqueue(qpair, req);
		return 0;
	}
	rc = hand_over(qpair, req);
	if (spdk_unlikely(rc == -EAGAIN)) {
		enqueue(qpair, req);
		return 0;
	}
	return rc;
}

/* All children, in order. Once one has been accepted, the others end with an error instead. */
static int
submit_children(struct spdk_nvme_qpair *qpair, struct nvme_request *parent)
{
	struct nvme_request *child, *next;
	bool is_accepted = false;
	int rc;

	TAILQ_FOREACH_SAFE (child, &parent->children, child_link, next) {
		child->submitted_at = parent->submitted_at;
		rc = submit_one(qpair, child);
		if (rc != 0 && !is_accepted) {
			nvme_request_free(parent);
			return rc;
		}
		if (rc != 0) {
			nvme_request_complete_with(child, SPDK_NVME_SCT_GENERIC,
						   rc == -ENXIO ? SPDK_NVME_SC_ABORTED_SQ_DELETION :
								  SPDK_NVME_SC_INVALID_FIELD,
						   true);
		}
		is_accepted = true;
	}
	return 0;
}

/* The first half waits here; the second takes it along. */
static int
submit_fused(struct spdk_nvme_qpair *qpair, struct nvme_request *req)
{
	struct nvme_request *first = qpair->fused_first;
	int rc;

	if ((req->cmd.fuse == SPDK_NVME_CMD_FUSE_FIRST) != (first == NULL)) {
		SPDK_ERRLOG("%s, queue pair %u: %s\n", nvme_ctrlr_name(qpair->ctrlr), qpair->id,
			    first == NULL ?
				    "the second command of a fused pair was submitted without "
				    "the first: submit both, one right after the other" :
				    "the first command of a fused pair was submitted, and then "
				    "another first one: submit the second of the pair before");
		nvme_request_free(req);
		return -EINVAL;
	}
	if (first == NULL) {
		if (qpair->state != NVME_QPAIR_ENABLED && !nvme_qpair_check_enabled(qpair)) {
			nvme_request_free(req);
			return -ENXIO;
		}
		qpair->fused_first = req;
		qpair->chores |= NVME_CHORE_FUSED;
		return 0;
	}
	qpair->fused_first = NULL;
	qpair->chores &= ~NVME_CHORE_FUSED;
	rc = submit_one(qpair, first);
	if (rc != 0) {
		nvme_qpair_fail_later(first, SPDK_NVME_SC_ABORTED_FAILED_FUSED);
		nvme_request_free(req);
		return rc;
	}
	rc = submit_one(qpair, req);
	if (rc != 0) {
		nvme_request_free(req);
	}
	return rc;
}

static int
submit_special(struct spdk_nvme_qpair *qpair, struct nvme_request *req)
{
	int rc;

	if (req->is_parent) {
		return submit_children(qpair, req);
	}
	if (req->cmd.fuse != SPDK_NVME_CMD_FUSE_NONE) {
		return submit_fused(qpair, req);
	}
	rc = submit_one(qpair, req);
	if (rc != 0) {
		nvme_request_free(req);
	}
	return rc;
}

int
nvme_qpair_submit(struct spdk_nvme_qpair *qpair, struct nvme_request *req)
{
	struct spdk_nvme_ctrlr *ctrlr = qpair->ctrlr;
	int rc;

	if (spdk_unlikely(ctrlr->timeout_enabled)) {
		req->submitted_at = spdk_get_ticks();
	}
	if (spdk_unlikely(qpair->state != NVME_QPAIR_ENABLED || qpair->chores != 0 ||
			  nvme_ctrlr_has_failed(ctrlr) || req->special != 0 ||
			  req->cmd.fuse != 0)) {
		return submit_special(qpair, req);
	}
	rc = qpair->transport->ops.qpair_submit_request(qpair, req);
	if (spdk_likely(rc == 0)) {
		return 0;
	}
	if (rc == -EAGAIN) {
		enqueue(qpair, req);
		return 0;
	}
	nvme_request_free(req);
	return rc;
}

void
nvme_qpair_submit_queued(struct spdk_nvme_qpair *qpair)
{
	struct nvme_request *req;
	int rc;

	while (qpair->state == NVME_QPAIR_ENABLED &&
	       (req = STAILQ_FIRST(&qpair->queued_requests)) != NULL) {
		STAILQ_REMOVE_HEAD(&qpair->queued_requests, link);
		rc = hand_over(qpair, req);
		if (rc == -EAGAIN) {
			STAILQ_INSERT_HEAD(&qpair->queued_requests, req, link);
			return;
		}
		if (rc != 0) {
			nvme_qpair_fail_later(req, SPDK_NVME_SC_INVALID_FIELD);
		}
	}
	if (STAILQ_EMPTY(&qpair->queued_requests)) {
		qpair->chores &= ~NVME_CHORE_QUEUED;
	}
}

/* Whether trying again may help, as far as the status alone can tell. */
static bool
is_worth_a_retry(const struct spdk_nvme_status *status)
{
	if (status->dnr) {
		return false;
	}
	if (status->sct == SPDK_NVME_SCT_PATH) {
		return status->sc == SPDK_NVME_SC_INTERNAL_PATH_ERROR;
	}
	if (status->sct != SPDK_NVME_SCT_GENERIC) {
		return false;
	}
	switch (status->sc) {
	case SPDK_NVME_SC_NAMESPACE_NOT_READY:
	case SPDK_NVME_SC_FORMAT_IN_PROGRESS:
	case SPDK_NVME_SC_COMMAND_INTERRUPTED:
	case SPDK_NVME_SC_COMMAND_TRANSIENT_TRANSPORT_ERROR:
	case SPDK_NVME_SC_COMMAND_ID_CONFLICT:
		return true;
	default:
		return false;
	}
}

/* True: it has been taken, and its callback comes later. */
static bool
retry(struct nvme_request *req, const struct spdk_nvme_cpl *cpl)
{
	struct spdk_nvme_qpair *qpair = req->qpair;
	struct spdk_nvme_ctrlr *ctrlr = qpair->ctrlr;
	uint64_t delay_ms = 0;

	if (!is_worth_a_retry(&cpl->status) || req->retries >= ctrlr->opts.transport_retry_count ||
	    req->cmd.fuse != 0 || qpair->state != NVME_QPAIR_ENABLED ||
	    nvme_ctrlr_has_failed(ctrlr)) {
		return false;
	}
	req->retries++;
	if (cpl->status.crd != 0) {
		delay_ms = ctrlr->cdata.crdt[cpl->status.crd - 1] * (uint64_t)RETRY_DELAY_UNIT_MS;
	}
	if (delay_ms == 0) {
		enqueue(qpair, req);
		return true;
	}
	req->is_retry = true;
	nvme_qpair_delay(qpair, req, delay_ms * spdk_get_ticks_hz() / SPDK_SEC_TO_MSEC);
	return true;
}

void
nvme_qpair_request_done(struct nvme_request *req, const struct spdk_nvme_cpl *cpl)
{
	struct spdk_nvme_cpl altered;

	if (spdk_unlikely(req->is_altered)) {
		altered = *cpl;
		altered.status.sct = req->delayed_cpl.status.sct;
		altered.status.sc = req->delayed_cpl.status.sc;
		altered.status.dnr = req->delayed_cpl.status.dnr;
		req->is_altered = false;
		cpl = &altered;
	}
	if (spdk_unlikely(spdk_nvme_cpl_is_error(cpl)) && retry(req, cpl)) {
		return;
	}
	nvme_request_complete(req, cpl);
}

/* Those whose time has come. What callbacks add waits for the next poll. */
static void
poll_delayed(struct spdk_nvme_qpair *qpair)
{
	struct nvme_request_list list = STAILQ_HEAD_INITIALIZER(list);
	uint64_t now = spdk_get_ticks();
	struct nvme_request *req;

	STAILQ_SWAP(&qpair->delayed_requests, &list, nvme_request);
	qpair->chores &= ~NVME_CHORE_DELAYED;
	while ((req = STAILQ_FIRST(&list)) != NULL) {
		STAILQ_REMOVE_HEAD(&list, link);
		if (req->delayed_until > now && qpair->state == NVME_QPAIR_ENABLED) {
			STAILQ_INSERT_TAIL(&qpair->delayed_requests, req, link);
			qpair->chores |= NVME_CHORE_DELAYED;
		} else if (!req->is_retry) {
			nvme_qpair_request_done(req, &req->delayed_cpl);
		} else if (qpair->state == NVME_QPAIR_ENABLED) {
			enqueue(qpair, req);
		} else {
			nvme_request_complete_with(req, SPDK_NVME_SCT_GENERIC,
						   SPDK_NVME_SC_ABORTED_SQ_DELETION,
						   qpair->abort_dnr);
		}
	}
}

void
nvme_qpair_abort_queued(struct spdk_nvme_qpair *qpair, bool dnr)
{
	struct nvme_request_list list = STAILQ_HEAD_INITIALIZER(list);
	struct nvme_request *req;

	/* Taken off first: callbacks may queue new ones, which are not meant. */
	STAILQ_SWAP(&qpair->queued_requests, &list, nvme_request);
	STAILQ_CONCAT(&list, &qpair->delayed_requests);
	if (qpair->fused_first != NULL) {
		STAILQ_INSERT_HEAD(&list, qpair->fused_first, link);
		qpair->fused_first = NULL;
	}
	qpair->chores &= NVME_CHORE_INJECT;
	while ((req = STAILQ_FIRST(&list)) != NULL) {
		STAILQ_REMOVE_HEAD(&list, link);
		nvme_request_complete_with(req, SPDK_NVME_SCT_GENERIC,
					   SPDK_NVME_SC_ABORTED_SQ_DELETION, dnr);
	}
}

/* Moves those of the application's `cb_arg` from `from` to `to`. How many they are. */
static uint32_t
take_with_arg(struct nvme_request_list *from, void *cb_arg, struct nvme_request_list *to)
{
	struct nvme_request *req, *next;
	uint32_t count = 0;

	STAILQ_FOREACH_SAFE (req, from, link, next) {
		if (nvme_admin_user_arg(req->is_child ? req->parent : req) == cb_arg) {
			STAILQ_REMOVE(from, req, nvme_request, link);
			STAILQ_INSERT_TAIL(to, req, link);
			count++;
		}
	}
	return count;
}

uint32_t
nvme_qpair_abort_queued_with_arg(struct spdk_nvme_qpair *qpair, void *cb_arg)
{
	struct nvme_request_list list = STAILQ_HEAD_INITIALIZER(list);
	struct nvme_request *req;
	bool was_completing;
	uint32_t count;

	count = take_with_arg(&qpair->queued_requests, cb_arg, &list);
	count += take_with_arg(&qpair->delayed_requests, cb_arg, &list);
	/* One of the callbacks may free the queue pair. */
	was_completing = nvme_qpair_enter(qpair);
	while ((req = STAILQ_FIRST(&list)) != NULL) {
		STAILQ_REMOVE_HEAD(&list, link);
		nvme_request_complete_with(req, SPDK_NVME_SCT_GENERIC,
					   SPDK_NVME_SC_ABORTED_BY_REQUEST, true);
	}
	(void)nvme_qpair_leave(qpair, was_completing);
	return count;
}

void
nvme_qpair_abort_all(struct spdk_nvme_qpair *qpair, bool dnr)
{
	if (qpair->transport->ops.qpair_abort_reqs != NULL) {
		qpair->transport->ops.qpair_abort_reqs(qpair, dnr);
	}
	nvme_qpair_abort_queued(qpair, dnr);
}

bool
nvme_qpair_leave(struct spdk_nvme_qpair *qpair, bool was_completing)
{
	qpair->is_completing = was_completing;
	if (spdk_likely(was_completing || !qpair->free_when_completed)) {
		return false;
	}
	qpair->free_when_completed = false;
	spdk_nvme_ctrlr_free_io_qpair(qpair);
	return true;
}

/* A poll of one that does not have its queues, or whose controller has failed. */
static int32_t
poll_disabled(struct spdk_nvme_qpair *qpair)
{
	/* What a disconnect has begun ends in any case; the transport sees what can be done. */
	bool is_leaving = qpair->state == NVME_QPAIR_DISCONNECTING;
	bool was_completing;
	int32_t rc = 0;

	if (nvme_ctrlr_has_failed(qpair->ctrlr) && !nvme_ctrlr_has_gone(qpair->ctrlr) &&
	    !is_leaving) {
		return -ENXIO;
	}
	was_completing = nvme_qpair_enter(qpair);
	if (nvme_ctrlr_has_gone(qpair->ctrlr) && !nvme_qpair_is_admin(qpair) && !is_leaving) {
		/* Nothing comes back from a device that is gone. */
		nvme_transport_disconnect_qpair(qpair);
		rc = -ENXIO;
	} else if (is_leaving || qpair->state == NVME_QPAIR_CONNECTING) {
		rc = nvme_transport_process_completions(qpair, 0);
	} else if (qpair->state != NVME_QPAIR_CONNECTED || nvme_ctrlr_has_failed(qpair->ctrlr)) {
		rc = -ENXIO;
	}
	nvme_qpair_leave(qpair, was_completing);
	return rc;
}

static void
do_chores(struct spdk_nvme_qpair *qpair)
{
	if (qpair->chores & NVME_CHORE_DELAYED) {
		poll_delayed(qpair);
	}
	if (qpair->chores & NVME_CHORE_QUEUED) {
		nvme_qpair_submit_queued(qpair);
	}
}

int32_t
spdk_nvme_qpair_process_completions(struct spdk_nvme_qpair *qpair, uint32_t max_completions)
{
	struct spdk_nvme_ctrlr *ctrlr = qpair->ctrlr;
	bool was_completing;
	int32_t count;

	if (spdk_unlikely(nvme_ctrlr_has_failed(ctrlr) || (qpair->state != NVME_QPAIR_ENABLED &&
							   !nvme_qpair_check_enabled(qpair)))) {
		return poll_disabled(qpair);
	}
	was_completing = nvme_qpair_enter(qpair);
	count = qpair->transport->ops.qpair_process_completions(qpair, max_completions);
	if (spdk_unlikely(qpair->chores != 0)) {
		do_chores(qpair);
	}
	if (spdk_unlikely(ctrlr->timeout_enabled)) {
		nvme_timeout_check(qpair);
	}
	nvme_qpair_leave(qpair, was_completing);
	return count;
}
