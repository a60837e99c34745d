/* SPDX-License-Identifier: BSD-3-Clause */
/* What comes back from the device. Nothing in an entry is trusted before it has been checked. */
#include "env/prefetch.h"
#include "io/nvme/pcie.h"
#include "spdk/log.h"

/* P2: true: an entry has come, and is copied, since the device may write to the ring again. */
static inline bool
take_entry(struct pcie_qpair *queue, struct spdk_nvme_cpl *out_cpl)
{
	const struct spdk_nvme_cpl *entry = &queue->cq[queue->cq_head];
	uint16_t status = __atomic_load_n(&entry->status_raw, __ATOMIC_RELAXED);
	uint32_t next;

	if ((status & 1) != queue->phase) {
		return false;
	}
	env_dma_rmb();
	*out_cpl = *entry;
	next = queue->cq_head + 1u;
	if (spdk_unlikely(next == queue->entries)) {
		next = 0;
		queue->phase ^= 1;
	}
	queue->cq_head = (uint16_t)next;
	return true;
}

/* Fetches what the entry after this will need, if it is there already. */
static inline void
prefetch_next(const struct pcie_qpair *queue)
{
	uint16_t slot = queue->cq[queue->cq_head].cid & queue->slot_mask;
	uintptr_t req;

	if (spdk_likely(slot < queue->tracker_count)) {
		/* By number: there may be no request, and a hint does not mind. */
		req = (uintptr_t)queue->trackers[slot].req;
		env_prefetch_to_write((void *)(req + offsetof(struct nvme_request, link)));
	}
}

/* An entry that belongs to no command in flight. It is dropped; the rest goes on. */
static void
explain_bogus(struct pcie_qpair *queue, const struct spdk_nvme_cpl *cpl)
{
	const char *name = nvme_ctrlr_name(queue->base.ctrlr);
	uint16_t slot = cpl->cid & queue->slot_mask, id = queue->base.id;
	const struct pcie_tracker *tracker = &queue->trackers[slot];

	if (cpl->sqid != id) {
		SPDK_ERRLOG_RATELIMIT(
			"NVMe controller %s, queue pair %u: a completion of queue %u came, "
			"CID %u; it is dropped\n",
			name, id, cpl->sqid, cpl->cid);
	} else if (slot >= queue->tracker_count) {
		SPDK_ERRLOG_RATELIMIT(
			"NVMe controller %s, queue pair %u: a completion of CID %u came, "
			"which no command has had; it is dropped\n",
			name, id, cpl->cid);
	} else if (tracker->req == NULL &&
		   (uint16_t)(tracker->cid - queue->generation_step) == cpl->cid) {
		SPDK_ERRLOG_RATELIMIT(
			"NVMe controller %s, queue pair %u: a completion of CID %u came, "
			"which has been completed before; it is dropped\n",
			name, id, cpl->cid);
	} else if (tracker->req == NULL) {
		SPDK_ERRLOG_RATELIMIT(
			"NVMe controller %s, queue pair %u: a completion of CID %u came, "
			"which no command in flight has; it is dropped\n",
			name, id, cpl->cid);
	} else {
		SPDK_ERRLOG_RATELIMIT(
			"NVMe controller %s, queue pair %u: a completion of CID %u came too "
			"late: that command has been completed, and CID %u has taken its "
			"place; it is dropped\n",
			name, id, cpl->cid, tracker->cid);
	}
}

/* Nothing depends on it, but a device that errs here may err elsewhere. */
static void
explain_sqhd(struct pcie_qpair *queue, const struct spdk_nvme_cpl *cpl)
{
	SPDK_ERRLOG_RATELIMIT(
		"NVMe controller %s, queue pair %u: the completion of CID %u says that the "
		"head of the submission queue is %u, but it has %u entries; ignored\n",
		nvme_ctrlr_name(queue->base.ctrlr), queue->base.id, cpl->cid, cpl->sqhd,
		queue->entries);
}

/* The request that an entry belongs to, which is no longer in flight; NULL: none. */
static inline struct nvme_request *
claim_request(struct pcie_qpair *queue, const struct spdk_nvme_cpl *cpl)
{
	uint16_t slot = cpl->cid & queue->slot_mask;
	struct pcie_tracker *tracker = &queue->trackers[slot];
	struct nvme_request *req;

	if (spdk_unlikely(slot >= queue->tracker_count || tracker->req == NULL ||
			  tracker->cid != cpl->cid || cpl->sqid != queue->base.id)) {
		explain_bogus(queue, cpl);
		return NULL;
	}
	if (spdk_unlikely(cpl->sqhd >= queue->entries)) {
		explain_sqhd(queue, cpl);
	}
	req = tracker->req;
	pcie_tracker_put(queue, tracker);
	return req;
}

/* What nvme_qpair_request_done() does with a plain success, without its calls. */
static inline void
finish(struct nvme_request *req, const struct spdk_nvme_cpl *cpl)
{
	spdk_nvme_cmd_cb cb_fn = req->cb_fn;
	void *cb_arg = req->cb_arg;

	if (spdk_unlikely(req->special != 0 || spdk_nvme_cpl_is_error(cpl) || cb_fn == NULL)) {
		nvme_qpair_request_done(req, cpl);
		return;
	}
	nvme_request_put(req);
	cb_fn(cb_arg, cpl);
}

int32_t
pcie_qpair_process_completions(struct spdk_nvme_qpair *qpair, uint32_t max)
{
	struct pcie_qpair *queue = pcie_qpair(qpair);
	/* A device that never stops must not keep us here. */
	uint32_t left = max == 0 || max > queue->entries ? queue->entries : max;
	struct spdk_nvme_cpl cpl;
	struct nvme_request *req;
	int32_t count = 0;

	if (spdk_unlikely(qpair->state != NVME_QPAIR_ENABLED)) {
		return pcie_qpair_poll_connection(queue);
	}
	for (; left > 0 && take_entry(queue, &cpl); left--) {
		prefetch_next(queue);
		req = claim_request(queue, &cpl);
		if (spdk_unlikely(req == NULL)) {
			continue;
		}
		count++;
		finish(req, &cpl);
		if (spdk_unlikely(qpair->state != NVME_QPAIR_ENABLED)) {
			/* A callback has taken the queue pair from under us. */
			return count;
		}
	}
	queue->stat->polls++;
	queue->stat->idle_polls += count == 0;
	queue->stat->completions += (uint32_t)count;
	if (queue->cq_head != queue->cq_rung) {
		pcie_ring_cq(queue);
	}
	if (queue->sq_tail != queue->sq_rung) {
		pcie_ring_sq(queue);
	}
	if (spdk_unlikely(queue->rearms_interrupt)) {
		pcie_rearm_interrupt(queue);
	}
	return count;
}

void
pcie_qpair_drain(struct pcie_qpair *queue)
{
	uint32_t left = queue->entries;
	struct spdk_nvme_cpl cpl;
	struct nvme_request *req;
	bool was_completing;

	was_completing = nvme_qpair_enter(&queue->base);
	for (; left > 0 && take_entry(queue, &cpl); left--) {
		req = claim_request(queue, &cpl);
		if (req == NULL) {
			continue;
		}
		/* Whether the controller or the driver says so: it goes with its queue pair. */
		if (queue->base.abort_dnr && spdk_nvme_cpl_is_aborted_sq_deletion(&cpl)) {
			cpl.status.dnr = 1;
		}
		nvme_qpair_request_done(req, &cpl);
	}
	/* Not nvme_qpair_leave(): the aborts that follow need the queue pair. */
	queue->base.is_completing = was_completing;
}

void
pcie_qpair_abort(struct spdk_nvme_qpair *qpair, uint32_t dnr)
{
	struct pcie_qpair *queue = pcie_qpair(qpair);
	struct nvme_request *req;

	queue->fused_first = NULL;
	for (uint32_t i = 0; i < queue->tracker_count; i++) {
		req = queue->trackers[i].req;
		if (req != NULL) {
			pcie_tracker_put(queue, &queue->trackers[i]);
			nvme_request_complete_with(req, SPDK_NVME_SCT_GENERIC,
						   SPDK_NVME_SC_ABORTED_SQ_DELETION, dnr != 0);
		}
	}
}

int
pcie_qpair_iterate(struct spdk_nvme_qpair *qpair,
		   int (*iter_fn)(struct nvme_request *req, void *arg), void *arg)
{
	struct pcie_qpair *queue = pcie_qpair(qpair);
	int rc = 0;

	for (uint32_t i = 0; i < queue->tracker_count && rc == 0; i++) {
		if (queue->trackers[i].req != NULL) {
			rc = iter_fn(queue->trackers[i].req, arg);
		}
	}
	return rc;
}
