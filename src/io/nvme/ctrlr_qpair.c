/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * I/O queue pairs, as their controller sees them: identifiers, options, the list. The transport
 * makes the queues.
 */
#include "io/nvme/ctrlr.h"

#include "spdk/log.h"

int32_t
spdk_nvme_ctrlr_alloc_qid(struct spdk_nvme_ctrlr *ctrlr)
{
	uint32_t qid;

	nvme_ctrlr_lock(ctrlr);
	qid = ctrlr->free_qids == NULL ? UINT32_MAX :
					 spdk_bit_array_find_first_set(ctrlr->free_qids, 1);
	if (qid != UINT32_MAX) {
		spdk_bit_array_clear(ctrlr->free_qids, qid);
	}
	nvme_ctrlr_unlock(ctrlr);
	if (qid == UINT32_MAX) {
		SPDK_ERRLOG("NVMe controller %s has no I/O queue left: it gives %u, and all are in "
			    "use.\n",
			    nvme_ctrlr_name(ctrlr), ctrlr->opts.num_io_queues);
		return -ENOSPC;
	}
	return (int32_t)qid;
}

void
spdk_nvme_ctrlr_free_qid(struct spdk_nvme_ctrlr *ctrlr, uint16_t qid)
{
	nvme_ctrlr_lock(ctrlr);
	if (qid != NVME_ADMIN_QUEUE_ID && ctrlr->free_qids != NULL &&
	    qid < spdk_bit_array_capacity(ctrlr->free_qids)) {
		(void)spdk_bit_array_set(ctrlr->free_qids, qid); /* Within the array. */
	}
	nvme_ctrlr_unlock(ctrlr);
}

static const char *
complain(const struct spdk_nvme_ctrlr *ctrlr, const struct spdk_nvme_io_qpair_opts *opts)
{
	if (nvme_ctrlr_has_gone(ctrlr)) {
		return "the controller has been removed";
	}
	if (opts->qprio > SPDK_NVME_QPRIO_LOW) {
		return "opts.qprio is none of enum spdk_nvme_qprio";
	}
	if (opts->qprio != SPDK_NVME_QPRIO_URGENT &&
	    ctrlr->opts.arb_mechanism != SPDK_NVME_CC_AMS_WRR) {
		return "opts.qprio must be 0 without weighted round robin (opts.arb_mechanism of "
		       "the controller)";
	}
	if (opts->io_queue_size < SPDK_NVME_IO_QUEUE_MIN_ENTRIES) {
		return "opts.io_queue_size must be 2 at least";
	}
	if (opts->sq.vaddr != NULL &&
	    opts->sq.buffer_size < (uint64_t)opts->io_queue_size * sizeof(struct spdk_nvme_cmd)) {
		return "opts.sq.buffer_size is too small for opts.io_queue_size";
	}
	if (opts->cq.vaddr != NULL &&
	    opts->cq.buffer_size < (uint64_t)opts->io_queue_size * sizeof(struct spdk_nvme_cpl)) {
		return "opts.cq.buffer_size is too small for opts.io_queue_size";
	}
	return NULL;
}

static struct spdk_nvme_qpair *
create(struct spdk_nvme_ctrlr *ctrlr, const struct spdk_nvme_io_qpair_opts *opts)
{
	struct spdk_nvme_qpair *qpair;
	int32_t qid;

	qid = spdk_nvme_ctrlr_alloc_qid(ctrlr);
	if (qid < 0) {
		return NULL;
	}
	qpair = nvme_transport_create_qpair(ctrlr, (uint16_t)qid, opts);
	if (qpair == NULL) {
		SPDK_ERRLOG("NVMe controller %s: I/O queue pair %d could not be made.\n",
			    nvme_ctrlr_name(ctrlr), qid);
		spdk_nvme_ctrlr_free_qid(ctrlr, (uint16_t)qid);
		return NULL;
	}
	qpair->is_async = opts->async_mode;
	qpair->qprio = opts->qprio;
	nvme_ctrlr_lock(ctrlr);
	TAILQ_INSERT_TAIL(&ctrlr->io_qpairs, qpair, ctrlr_link);
	nvme_ctrlr_unlock(ctrlr);
	return qpair;
}

/*
 * Callbacks of what is aborted run here, so that the lock is not held. The list has it until they
 * are over: it tells that the controller cannot be detached from within one.
 */
static void
destroy(struct spdk_nvme_qpair *qpair)
{
	struct spdk_nvme_ctrlr *ctrlr = qpair->ctrlr;
	uint16_t qid = qpair->id;

	nvme_transport_disconnect_for_good(qpair);
	nvme_ctrlr_lock(ctrlr);
	TAILQ_REMOVE(&ctrlr->io_qpairs, qpair, ctrlr_link);
	nvme_ctrlr_unlock(ctrlr);
	nvme_transport_delete_qpair(qpair);
	spdk_nvme_ctrlr_free_qid(ctrlr, qid);
}

struct spdk_nvme_qpair *
spdk_nvme_ctrlr_alloc_io_qpair(struct spdk_nvme_ctrlr *ctrlr,
			       const struct spdk_nvme_io_qpair_opts *user_opts, size_t opts_size)
{
	struct spdk_nvme_io_qpair_opts opts;
	struct spdk_nvme_qpair *qpair;
	const char *complaint;
	int rc;

	nvme_io_qpair_opts_copy(ctrlr, &opts, user_opts, opts_size);
	complaint = complain(ctrlr, &opts);
	if (complaint != NULL) {
		SPDK_ERRLOG("NVMe controller %s: no I/O queue pair: %s.\n", nvme_ctrlr_name(ctrlr),
			    complaint);
		return NULL;
	}
	/* CAP.MQES bounds what the controller takes; more was refused when it was initialised. */
	opts.io_queue_size = spdk_min(opts.io_queue_size, ctrlr->cap.bits.mqes + 1u);
	opts.io_queue_requests = spdk_max(opts.io_queue_requests, opts.io_queue_size);
	qpair = create(ctrlr, &opts);
	if (qpair == NULL || opts.create_only) {
		return qpair;
	}
	rc = spdk_nvme_ctrlr_connect_io_qpair(ctrlr, qpair);
	if (rc != 0) {
		SPDK_ERRLOG("NVMe controller %s: I/O queue pair %u could not be connected: %s.\n",
			    nvme_ctrlr_name(ctrlr), qpair->id, spdk_strerror(-rc));
		destroy(qpair);
		return NULL;
	}
	return qpair;
}

int
spdk_nvme_ctrlr_connect_io_qpair(struct spdk_nvme_ctrlr *ctrlr, struct spdk_nvme_qpair *qpair)
{
	bool is_resetting;

	if (qpair->ctrlr != ctrlr) {
		return -EINVAL;
	}
	if (qpair->state != NVME_QPAIR_DISCONNECTED) {
		return -EISCONN;
	}
	nvme_ctrlr_lock(ctrlr);
	is_resetting = ctrlr->is_resetting;
	nvme_ctrlr_unlock(ctrlr);
	if (nvme_ctrlr_has_failed(ctrlr) || is_resetting) {
		return -ENXIO;
	}
	/* Without the lock: it may wait for the controller, and others need the admin queue. */
	return nvme_transport_connect_qpair(qpair);
}

void
spdk_nvme_ctrlr_disconnect_io_qpair(struct spdk_nvme_qpair *qpair)
{
	/* One of the callbacks that run here may free it. */
	bool was_completing = nvme_qpair_enter(qpair);

	/* Callbacks of what is aborted run here, so that the lock is not held. */
	if (qpair->state != NVME_QPAIR_DISCONNECTED && qpair->state != NVME_QPAIR_DISCONNECTING) {
		nvme_transport_disconnect_qpair(qpair);
	}
	/* Also after a reset has done so: it is not to be connected behind the caller's back. */
	if (qpair->failure_reason == SPDK_NVME_QPAIR_FAILURE_RESET) {
		qpair->failure_reason = SPDK_NVME_QPAIR_FAILURE_LOCAL;
	}
	(void)nvme_qpair_leave(qpair, was_completing);
}

int
spdk_nvme_ctrlr_reconnect_io_qpair(struct spdk_nvme_qpair *qpair)
{
	struct spdk_nvme_ctrlr *ctrlr = qpair->ctrlr;
	bool is_resetting;

	nvme_ctrlr_lock(ctrlr);
	is_resetting = ctrlr->is_resetting;
	nvme_ctrlr_unlock(ctrlr);
	if (nvme_ctrlr_has_gone(ctrlr)) {
		return -ENODEV;
	}
	if (is_resetting || qpair->is_aborting || qpair->state == NVME_QPAIR_DISCONNECTING) {
		return -EAGAIN;
	}
	if (nvme_ctrlr_has_failed(ctrlr) || qpair->state == NVME_QPAIR_DESTROYING) {
		return -ENXIO;
	}
	if (qpair->state != NVME_QPAIR_DISCONNECTED) {
		return 0;
	}
	return spdk_nvme_ctrlr_connect_io_qpair(ctrlr, qpair) == 0 ? 0 : -EAGAIN;
}

int
spdk_nvme_ctrlr_free_io_qpair(struct spdk_nvme_qpair *qpair)
{
	if (qpair == NULL) {
		return 0;
	}
	if (qpair->is_completing) {
		/* Who runs the callbacks calls again when they are over. */
		qpair->free_when_completed = true;
		return 0;
	}
	/* For good: callbacks that run now must not free it a second time. */
	(void)nvme_qpair_enter(qpair);
	spdk_nvme_ctrlr_disconnect_io_qpair(qpair);
	if (qpair->poll_group != NULL) {
		/* It is in there, and disconnected. */
		(void)spdk_nvme_poll_group_remove(qpair->poll_group, qpair);
	}
	qpair->state = NVME_QPAIR_DESTROYING;
	destroy(qpair);
	return 0;
}
