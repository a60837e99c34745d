/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The data path of spindle nvme perf: a queue pair for each worker, polled on its thread.
 *
 * A queue pair that fails is disconnected: what was under way comes back with a status, so that the
 * worker ends in the usual way.
 */
#include "nvme_perf.h"

#include "spdk/likely.h"
#include "spdk/string.h"
#include "spdk/util.h"

/* An I/O that is split takes a request for each part, and one for the whole. */
#define REQUESTS_PER_IO 4
#define QUEUE_SIZE_MIN  64

static void
io_done(void *arg, const struct spdk_nvme_cpl *cpl)
{
	char text[128];

	if (spdk_likely(spdk_nvme_cpl_is_success(cpl))) {
		perf_slot_done(arg, NULL);
		return;
	}
	snprintf(text, sizeof(text), "%s (NVMe status %u/0x%02x)",
		 spdk_nvme_cpl_get_status_string(&cpl->status), cpl->status.sct, cpl->status.sc);
	perf_slot_done(arg, text);
}

/* ---- Vectors ---- */

static void
reset_vectors(void *arg, uint32_t offset)
{
	struct perf_slot *slot = arg;

	slot->vector = 0;
	while (offset >= slot->vectors[slot->vector].iov_len) {
		offset -= (uint32_t)slot->vectors[slot->vector++].iov_len;
	}
	slot->vector_offset = offset;
}

static int
next_vector(void *arg, void **address, uint32_t *length)
{
	struct perf_slot *slot = arg;
	const struct iovec *vector = &slot->vectors[slot->vector++];

	*address = (uint8_t *)vector->iov_base + slot->vector_offset;
	*length = (uint32_t)vector->iov_len - slot->vector_offset;
	slot->vector_offset = 0;
	return 0;
}

/* ---- Operations ---- */

static inline int
submit_data(struct perf_slot *slot)
{
	const struct perf_worker *worker = slot->worker;
	const struct perf_step *step = &slot->step;
	uint32_t blocks = (uint32_t)step->blocks;

	if (spdk_likely(worker->vectors == NULL)) {
		return step->op == PERF_OP_READ ?
			       spdk_nvme_ns_cmd_read(worker->ns, worker->qpair, slot->buffer,
						     step->block, blocks, io_done, slot, 0) :
			       spdk_nvme_ns_cmd_write(worker->ns, worker->qpair, slot->buffer,
						      step->block, blocks, io_done, slot, 0);
	}
	(void)perf_slot_lay_out_vectors(slot); /* as many as the job has: the sum is the size */
	return step->op == PERF_OP_READ ?
		       spdk_nvme_ns_cmd_readv(worker->ns, worker->qpair, step->block, blocks,
					      io_done, slot, 0, reset_vectors, next_vector) :
		       spdk_nvme_ns_cmd_writev(worker->ns, worker->qpair, step->block, blocks,
					       io_done, slot, 0, reset_vectors, next_vector);
}

static int
submit_other(struct perf_slot *slot)
{
	const struct perf_worker *worker = slot->worker;
	const struct perf_step *step = &slot->step;
	struct spdk_nvme_dsm_range range = {.starting_lba = step->block,
					    .length = (uint32_t)step->blocks};
	struct spdk_nvme_scc_source_range source = {.nlb = (uint16_t)(step->blocks - 1)};

	switch (step->op) {
	case PERF_OP_FLUSH:
		return spdk_nvme_ns_cmd_flush(worker->ns, worker->qpair, io_done, slot);
	case PERF_OP_UNMAP:
		return spdk_nvme_ns_cmd_dataset_management(worker->ns, worker->qpair,
							   SPDK_NVME_DSM_ATTR_DEALLOCATE, &range, 1,
							   io_done, slot);
	case PERF_OP_WRITE_ZEROES:
		return spdk_nvme_ns_cmd_write_zeroes(worker->ns, worker->qpair, step->block,
						     (uint32_t)step->blocks, io_done, slot, 0);
	default:
		assert(step->op == PERF_OP_COPY);
		source.slba = perf_slot_copy_source(slot);
		return spdk_nvme_ns_cmd_copy(worker->ns, worker->qpair, &source, 1, step->block,
					     io_done, slot);
	}
}

/*
 * -ENOMEM: all requests are in use, by I/Os that are under way. One that comes back makes room, and
 * the poller tries again.
 */
int
nvme_perf_submit(struct perf_slot *slot)
{
	bool has_data = slot->step.op == PERF_OP_READ || slot->step.op == PERF_OP_WRITE;
	int rc = spdk_likely(has_data) ? submit_data(slot) : submit_other(slot);

	if (spdk_unlikely(rc == -ENOMEM)) {
		STAILQ_INSERT_TAIL(&slot->worker->waiting, slot, waiting_link);
		rc = -EAGAIN;
	}
	return rc;
}

/* ---- The queue pair ---- */

static void
submit_waiting(struct perf_worker *worker)
{
	STAILQ_HEAD(, perf_slot) waiting = STAILQ_HEAD_INITIALIZER(waiting);
	struct perf_slot *slot;

	STAILQ_SWAP(&worker->waiting, &waiting, perf_slot);
	while ((slot = STAILQ_FIRST(&waiting)) != NULL) {
		STAILQ_REMOVE_HEAD(&waiting, waiting_link);
		perf_slot_submit(slot);
	}
}

static int
poll_qpair(void *arg)
{
	struct perf_worker *worker = arg;
	int32_t count = spdk_nvme_qpair_process_completions(worker->qpair, 0);

	if (worker->qpair == NULL) {
		return SPDK_POLLER_BUSY; /* What came back was the last, and ended the worker. */
	}
	if (spdk_unlikely(count < 0)) {
		perf_worker_fail(worker, "%s: the queue pair has failed: %s", worker->device->name,
				 spdk_strerror(-count));
		/* Brings back what is under way, which may be the end of the worker. */
		spdk_nvme_ctrlr_disconnect_io_qpair(worker->qpair);
		submit_waiting(worker);
		return SPDK_POLLER_BUSY;
	}
	if (spdk_unlikely(!STAILQ_EMPTY(&worker->waiting))) {
		submit_waiting(worker);
	}
	return count > 0 ? SPDK_POLLER_BUSY : SPDK_POLLER_IDLE;
}

int
nvme_perf_open_worker(struct perf_worker *worker)
{
	struct spdk_nvme_ctrlr *ctrlr = spdk_nvme_ns_get_ctrlr(worker->ns);
	struct spdk_nvme_io_qpair_opts opts;

	STAILQ_INIT(&worker->waiting);
	spdk_nvme_ctrlr_get_default_io_qpair_opts(ctrlr, &opts, sizeof(opts));
	/* A queue has an entry less than its size. */
	opts.io_queue_size = spdk_max(worker->depth + 1, QUEUE_SIZE_MIN);
	opts.io_queue_requests = spdk_max(worker->depth * REQUESTS_PER_IO, opts.io_queue_requests);
	worker->qpair = spdk_nvme_ctrlr_alloc_io_qpair(ctrlr, &opts, sizeof(opts));
	if (worker->qpair == NULL) {
		perf_worker_fail(worker,
				 "%s: the controller has no more queue pairs; fewer with -P, or "
				 "fewer cores",
				 worker->device->name);
		return -ENXIO;
	}
	worker->qpair_poller = SPDK_POLLER_REGISTER(poll_qpair, worker, 0);
	return worker->qpair_poller != NULL ? 0 : -ENOMEM;
}

void
nvme_perf_close_worker(struct perf_worker *worker)
{
	spdk_poller_unregister(&worker->qpair_poller);
	if (worker->qpair != NULL) {
		(void)spdk_nvme_ctrlr_free_io_qpair(worker->qpair); /* nothing is under way */
		worker->qpair = NULL;
	}
}
