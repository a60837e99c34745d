/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Creating the queues of an I/O queue pair at the controller, and deleting them. The steps, of
 * which one is under way at a time; `step` is written under the controller's lock, where the
 * callbacks of admin commands run, and read by the thread of the queue pair.
 *
 *   NONE -> CREATE_CQ -> CREATE_SQ -> READY            pcie_qpair_connect(), advance()
 *   CREATE_CQ: failed -> FAILED
 *   CREATE_SQ: failed -> DELETE_CQ -> NONE             what was created is undone
 *   READY -> DELETE_SQ -> DELETE_CQ -> NONE            pcie_qpair_disconnect()
 *   DELETE_SQ: failed -> FAILED                        the controller still has the queue
 *   CREATE_CQ, CREATE_SQ: left meanwhile -> DELETE_*   is_leaving
 *
 * Where no admin request is free, the first step of either way begins with a later poll
 * (is_due()); each further step has the request of the one before.
 *
 * When the admin queue ends, so do its commands, and a step with them: a controller that has been
 * disabled has forgotten all queues.
 */
#include "io/nvme/pcie.h"
#include "spdk/log.h"

static void advance(void *arg, const struct spdk_nvme_cpl *cpl);

static uint8_t
step_of(struct pcie_qpair *queue)
{
	/* S2: pairs with S1 in set_step(). */
	return atomic_load_explicit(&queue->step, memory_order_acquire);
}

/* Nothing is under way. */
static bool
is_final(uint8_t step)
{
	return step == PCIE_STEP_NONE || step == PCIE_STEP_READY || step == PCIE_STEP_FAILED;
}

/* With the lock, where a step is under way. */
static void
set_step(struct pcie_qpair *queue, uint8_t step)
{
	queue->settled.is_done = is_final(step);
	/* S1: pairs with S2 in step_of(). */
	atomic_store_explicit(&queue->step, step, memory_order_release);
}

static void
build_create(struct pcie_qpair *queue, bool is_sq, struct spdk_nvme_cmd *cmd)
{
	cmd->opc = is_sq ? SPDK_NVME_OPC_CREATE_IO_SQ : SPDK_NVME_OPC_CREATE_IO_CQ;
	cmd->cdw10_bits.create_io_q.qid = queue->base.id;
	cmd->cdw10_bits.create_io_q.qsize = (uint16_t)(queue->entries - 1);
	cmd->dptr.prp.prp1 = is_sq ? queue->sq_address : queue->cq_address;
	if (is_sq) {
		cmd->cdw11_bits.create_io_sq.pc = 1;
		cmd->cdw11_bits.create_io_sq.qprio = queue->base.qprio;
		cmd->cdw11_bits.create_io_sq.cqid = queue->base.id;
	} else {
		cmd->cdw11_bits.create_io_cq.pc = 1;
		cmd->cdw11_bits.create_io_cq.ien = pcie_ctrlr(queue->base.ctrlr)->vector_count > 0;
		cmd->cdw11_bits.create_io_cq.iv = queue->vector;
	}
}

/* Submits the command of a step. Where no request is free, nothing changes. With the lock. */
static void
begin_step(struct pcie_qpair *queue, uint8_t step)
{
	struct spdk_nvme_ctrlr *ctrlr = queue->base.ctrlr;
	struct nvme_request *req = nvme_request_get(ctrlr->adminq, advance, queue);

	if (req == NULL) {
		return;
	}
	if (step == PCIE_STEP_CREATE_CQ || step == PCIE_STEP_CREATE_SQ) {
		build_create(queue, step == PCIE_STEP_CREATE_SQ, &req->cmd);
	} else {
		req->cmd.opc = step == PCIE_STEP_DELETE_SQ ? SPDK_NVME_OPC_DELETE_IO_SQ :
							     SPDK_NVME_OPC_DELETE_IO_CQ;
		req->cmd.cdw10_bits.delete_io_q.qid = queue->base.id;
	}
	set_step(queue, step);
	if (nvme_qpair_submit(ctrlr->adminq, req) != 0) {
		set_step(queue, PCIE_STEP_FAILED);
	}
}

/* The first step of connecting or leaving could not begin yet. */
static bool
is_due(const struct pcie_qpair *queue, uint8_t step)
{
	/* The step comes first: as long as one is under way, is_leaving is the lock's. */
	if (step == PCIE_STEP_NONE) {
		return queue->base.state == NVME_QPAIR_CONNECTING && !queue->is_leaving;
	}
	return step == PCIE_STEP_READY && queue->is_leaving;
}

/* With the lock. */
static void
begin_due(struct pcie_qpair *queue)
{
	if (is_due(queue, step_of(queue))) {
		begin_step(queue, queue->is_leaving ? PCIE_STEP_DELETE_SQ : PCIE_STEP_CREATE_CQ);
	}
}

/* For who waits: begins what is due, as soon as polls of the admin queue have freed a request. */
static void
begin_at_last(struct pcie_qpair *queue)
{
	struct spdk_nvme_ctrlr *ctrlr = queue->base.ctrlr;
	uint64_t deadline = nvme_deadline_ms(ctrlr->opts.admin_timeout_ms);
	struct nvme_rest rest = {0};
	int rc = 0;

	while (is_due(queue, step_of(queue)) && rc == 0 && spdk_get_ticks() < deadline) {
		nvme_rest(&rest);
		nvme_ctrlr_lock(ctrlr);
		rc = nvme_ctrlr_poll_admin(ctrlr, &ctrlr->health_check_next);
		begin_due(queue);
		nvme_ctrlr_unlock(ctrlr);
	}
	if (is_due(queue, step_of(queue))) {
		SPDK_ERRLOG("NVMe controller %s: no admin request has become free for I/O queue "
			    "pair %u.\n",
			    nvme_ctrlr_name(ctrlr), queue->base.id);
	}
}

static void
created_cq(struct pcie_qpair *queue, bool is_success)
{
	if (!is_success) {
		set_step(queue, PCIE_STEP_FAILED);
	} else if (queue->is_leaving) {
		begin_step(queue, PCIE_STEP_DELETE_CQ);
	} else {
		begin_step(queue, PCIE_STEP_CREATE_SQ);
	}
}

static void
created_sq(struct pcie_qpair *queue, bool is_success)
{
	if (!is_success) {
		queue->is_leaving = true;
		begin_step(queue, PCIE_STEP_DELETE_CQ);
	} else if (queue->is_leaving) {
		begin_step(queue, PCIE_STEP_DELETE_SQ);
	} else {
		set_step(queue, PCIE_STEP_READY);
	}
}

/* Whether the controller has no such submission queue, any more or at all. */
static bool
is_deleted(const struct spdk_nvme_cpl *cpl)
{
	return spdk_nvme_cpl_is_success(cpl) ||
	       (cpl->status.sct == SPDK_NVME_SCT_COMMAND_SPECIFIC &&
		cpl->status.sc == SPDK_NVME_SC_INVALID_QUEUE_IDENTIFIER);
}

/* A step is over; under the lock. */
static void
advance(void *arg, const struct spdk_nvme_cpl *cpl)
{
	struct pcie_qpair *queue = arg;
	bool is_success = spdk_nvme_cpl_is_success(cpl);

	if (spdk_nvme_cpl_is_aborted_sq_deletion(cpl)) {
		/* The admin queue has ended, and with it every other queue. */
		set_step(queue, PCIE_STEP_FAILED);
		return;
	}
	switch (step_of(queue)) {
	case PCIE_STEP_CREATE_CQ:
		created_cq(queue, is_success);
		break;
	case PCIE_STEP_CREATE_SQ:
		created_sq(queue, is_success);
		break;
	case PCIE_STEP_DELETE_SQ:
		if (is_deleted(cpl)) {
			begin_step(queue, PCIE_STEP_DELETE_CQ);
		} else {
			set_step(queue, PCIE_STEP_FAILED);
		}
		break;
	case PCIE_STEP_DELETE_CQ:
		set_step(queue, PCIE_STEP_NONE);
		break;
	default:
		assert(false);
	}
}

void
pcie_qpair_settle(struct pcie_qpair *queue)
{
	if (is_final(step_of(queue))) {
		return;
	}
	/* Whatever comes of it, nothing is under way afterwards. */
	(void)nvme_wait_for(queue->base.ctrlr, &queue->settled);
}

static void
set_shadows(struct pcie_qpair *queue)
{
	struct spdk_nvme_ctrlr *ctrlr = queue->base.ctrlr;
	uint32_t stride = pcie_ctrlr(ctrlr)->doorbell_stride;
	uint32_t index = 2u * queue->base.id * stride;
	/* Of one page each, which is more than any queue pair needs but those of high numbers. */
	bool fits = (uint64_t)(index + stride + 1) * sizeof(uint32_t) <= ctrlr->page_size;

	queue->sq_shadow = NULL;
	queue->cq_shadow = NULL;
	if (ctrlr->shadow_doorbells == NULL || !fits || nvme_qpair_is_admin(&queue->base)) {
		return;
	}
	queue->sq_shadow = ctrlr->shadow_doorbells + index;
	queue->cq_shadow = queue->sq_shadow + stride;
	queue->sq_event = ctrlr->shadow_eventidx + index;
	queue->cq_event = queue->sq_event + stride;
	*queue->sq_shadow = 0;
	*queue->cq_shadow = 0;
	*queue->sq_event = 0;
	*queue->cq_event = 0;
}

int
pcie_qpair_connect(struct spdk_nvme_ctrlr *ctrlr, struct spdk_nvme_qpair *qpair)
{
	struct pcie_qpair *queue = pcie_qpair(qpair);
	struct pcie_ctrlr *pctrlr = pcie_ctrlr(ctrlr);

	pcie_qpair_settle(queue);
	pcie_qpair_reset(queue);
	set_shadows(queue);
	queue->stat = pcie_stat_of(queue);
	queue->vector = pctrlr->vector_count > 1 ? qpair->id % pctrlr->vector_count : 0;
	queue->rearms_interrupt = pctrlr->vector_count == 1;
	if (nvme_qpair_is_admin(qpair)) {
		qpair->state = NVME_QPAIR_CONNECTED;
		return 0;
	}
	queue->is_leaving = false;
	nvme_ctrlr_lock(ctrlr);
	set_step(queue, PCIE_STEP_NONE);
	begin_due(queue);
	nvme_ctrlr_unlock(ctrlr);
	if (qpair->is_async) {
		return 0;
	}
	begin_at_last(queue);
	pcie_qpair_settle(queue);
	if (step_of(queue) != PCIE_STEP_READY) {
		return nvme_ctrlr_has_gone(ctrlr) ? -ENXIO : -EIO;
	}
	qpair->state = NVME_QPAIR_CONNECTED;
	return 0;
}

/* With the lock. Whether the controller has to be told, and can be. Otherwise it has forgotten its
 * queues. */
static bool
can_delete(struct spdk_nvme_ctrlr *ctrlr)
{
	uint8_t admin_state = ctrlr->adminq->state;

	return !nvme_ctrlr_has_gone(ctrlr) && !nvme_ctrlr_has_failed(ctrlr) &&
	       !ctrlr->is_resetting && !ctrlr->is_disconnecting &&
	       (admin_state == NVME_QPAIR_ENABLED || admin_state == NVME_QPAIR_CONNECTED);
}

/*
 * The queues are gone, or the controller is not to be talked to. What it still had of ours must not
 * be written to any more when the requests end.
 */
static void
disconnected(struct pcie_qpair *queue)
{
	struct spdk_nvme_ctrlr *ctrlr = queue->base.ctrlr;

	if (step_of(queue) != PCIE_STEP_NONE && queue->free_count != queue->tracker_count) {
		nvme_ctrlr_lock(ctrlr);
		if (!ctrlr->is_resetting && !nvme_ctrlr_has_failed(ctrlr)) {
			SPDK_ERRLOG("NVMe controller %s does not give I/O queue pair %u back, and "
				    "has commands of it: it is stopped.\n",
				    nvme_ctrlr_name(ctrlr), queue->base.id);
			nvme_ctrlr_fail(ctrlr);
		}
		nvme_ctrlr_quiesce(ctrlr);
		nvme_ctrlr_unlock(ctrlr);
	}
	set_step(queue, PCIE_STEP_NONE);
	pcie_qpair_drain(queue);
	nvme_transport_disconnect_qpair_done(&queue->base);
}

void
pcie_qpair_disconnect(struct spdk_nvme_ctrlr *ctrlr, struct spdk_nvme_qpair *qpair)
{
	struct pcie_qpair *queue = pcie_qpair(qpair);
	bool is_told;

	if (nvme_qpair_is_admin(qpair)) {
		pcie_qpair_drain(queue);
		nvme_transport_disconnect_qpair_done(qpair);
		return;
	}
	/* Under the lock: the admin queue may end in another thread. */
	nvme_ctrlr_lock(ctrlr);
	is_told = can_delete(ctrlr);
	if (is_told) {
		queue->is_leaving = true;
		begin_due(queue);
	}
	nvme_ctrlr_unlock(ctrlr);
	if (is_told && qpair->is_async) {
		return;
	}
	if (is_told) {
		begin_at_last(queue);
	}
	pcie_qpair_settle(queue);
	disconnected(queue);
}

/*
 * Not as a program polls the admin queue: its callbacks would run in a thread that is not theirs.
 * True: the controller cannot be told any more, and nothing is under way.
 */
static bool
go_on(struct pcie_qpair *queue)
{
	struct spdk_nvme_ctrlr *ctrlr = queue->base.ctrlr;
	bool is_lost;

	nvme_ctrlr_lock(ctrlr);
	is_lost = queue->base.state == NVME_QPAIR_DISCONNECTING && !can_delete(ctrlr);
	if (!is_lost && !ctrlr->is_resetting) {
		/* Errors show in the step, or in the state of the controller. */
		(void)nvme_ctrlr_poll_admin(ctrlr, &ctrlr->health_check_next);
		begin_due(queue);
	}
	nvme_ctrlr_unlock(ctrlr);
	if (is_lost) {
		/* The step will not end by itself, or not begin. */
		pcie_qpair_settle(queue);
	}
	return is_lost;
}

int32_t
pcie_qpair_poll_connection(struct pcie_qpair *queue)
{
	struct spdk_nvme_qpair *qpair = &queue->base;
	uint8_t step = step_of(queue);
	bool is_lost = false;

	if (qpair->state != NVME_QPAIR_CONNECTING && qpair->state != NVME_QPAIR_DISCONNECTING) {
		return -ENXIO;
	}
	if (!is_final(step) || is_due(queue, step)) {
		is_lost = go_on(queue);
		step = step_of(queue);
	}
	if (qpair->state == NVME_QPAIR_CONNECTING && step == PCIE_STEP_READY) {
		qpair->state = NVME_QPAIR_CONNECTED;
	} else if (is_lost || (is_final(step) && !is_due(queue, step))) {
		disconnected(queue);
		return -ENXIO;
	}
	return 0;
}
