/* SPDX-License-Identifier: BSD-3-Clause */
/* Memory of a queue pair: its two rings, what is in flight, and the lists of PRPs and SGLs. */
#include "io/nvme/pcie.h"
#include "spdk/env.h"
#include "spdk/log.h"

#define LIST_SIZE_MIN 64
#define LIST_SIZE_MAX 4096

struct ring {
	const char *name;
	void *own;
	void *addr;
	uint64_t address;
};

static int
find_address(struct pcie_ctrlr *pctrlr, struct ring *ring, uint64_t size)
{
	ring->address = pcie_address_of_whole(pctrlr->dma, ring->addr, size);
	if (ring->address != ENV_DMA_ERROR) {
		return 0;
	}
	SPDK_ERRLOG(
		"NVMe controller %s: the %s queue, %" PRIu64 " bytes at %p, has no address for it: "
		"%s\n",
		nvme_ctrlr_name(&pctrlr->base), ring->name, size, ring->addr,
		env_dma_address(pctrlr->dma, ring->addr) == ENV_DMA_ERROR ?
			env_dma_explain(pctrlr->dma, ring->addr) :
			"it does not lie in one piece, which huge pages or an IOMMU would give; or "
			"ask for a smaller queue");
	return -EFAULT;
}

static int
make_ring(struct pcie_ctrlr *pctrlr, struct ring *ring, uint64_t size)
{
	/* A power of two, so that it crosses no more boundaries of larger pages than it must. */
	uint64_t align = spdk_max(spdk_align64pow2(size), (uint64_t)pctrlr->base.page_size);

	if (align > ENV_DMA_PAGE_SIZE) {
		align = ENV_DMA_PAGE_SIZE;
	}
	ring->own = spdk_zmalloc(size, align, NULL, pctrlr->base.numa_id,
				 SPDK_MALLOC_DMA | SPDK_MALLOC_SHARE);
	if (ring->own == NULL) {
		SPDK_ERRLOG("NVMe controller %s: no memory for a %s queue of %" PRIu64 " bytes\n",
			    nvme_ctrlr_name(&pctrlr->base), ring->name, size);
		return -ENOMEM;
	}
	ring->addr = ring->own;
	return find_address(pctrlr, ring, size);
}

/* What the application has given, or memory of ours. */
static int
find_ring(struct pcie_ctrlr *pctrlr, struct ring *ring, uint64_t size, uint64_t given_size)
{
	if (ring->addr == NULL) {
		return make_ring(pctrlr, ring, size);
	}
	/* spdk_nvme_ctrlr_alloc_io_qpair() has looked. */
	assert(given_size >= size);
	if (ring->address != 0) {
		return 0;
	}
	return find_address(pctrlr, ring, size);
}

static int
make_sq(struct pcie_ctrlr *pctrlr, struct pcie_qpair *queue)
{
	const struct spdk_nvme_io_qpair_opts *opts = &queue->base.opts;
	uint64_t size = queue->entries * sizeof(*queue->sq);
	struct ring ring = {
		.name = "submission",
		.addr = opts->sq.vaddr,
		.address = opts->sq.paddr,
	};
	int rc = 0;

	if (opts->sq.vaddr == NULL && !nvme_qpair_is_admin(&queue->base) &&
	    pctrlr->base.opts.use_cmb_sqs) {
		ring.addr = pcie_cmb_take_queue(pctrlr, size, &ring.address);
		queue->sq_is_in_cmb = ring.addr != NULL;
	}
	if (!queue->sq_is_in_cmb) {
		rc = find_ring(pctrlr, &ring, size, opts->sq.buffer_size);
	}
	queue->own_sq = ring.own;
	queue->sq = ring.addr;
	queue->sq_address = ring.address;
	return rc;
}

static int
make_cq(struct pcie_ctrlr *pctrlr, struct pcie_qpair *queue)
{
	const struct spdk_nvme_io_qpair_opts *opts = &queue->base.opts;
	struct ring ring = {
		.name = "completion",
		.addr = opts->cq.vaddr,
		.address = opts->cq.paddr,
	};
	int rc;

	rc = find_ring(pctrlr, &ring, queue->entries * sizeof(*queue->cq), opts->cq.buffer_size);
	queue->own_cq = ring.own;
	queue->cq = ring.addr;
	queue->cq_address = ring.address;
	return rc;
}

/* For the greatest transfer there can be, a power of two, so that none crosses a page. */
static void
set_list_size(struct pcie_ctrlr *pctrlr, struct pcie_qpair *queue)
{
	struct spdk_nvme_ctrlr *ctrlr = &pctrlr->base;
	uint32_t size = ctrlr->max_xfer_size / ctrlr->page_size * (uint32_t)sizeof(uint64_t);

	if (nvme_qpair_is_admin(&queue->base)) {
		/* What the controller takes is known only when it has been asked. */
		size = LIST_SIZE_MAX;
	} else if (queue->uses_sgl) {
		size = spdk_max(size,
				ctrlr->max_sges * (uint32_t)sizeof(*(struct pcie_sgl){}.list));
	}
	queue->md_list_offset = size;
	if (queue->uses_sgl && (ctrlr->flags & SPDK_NVME_CTRLR_MPTR_SGL_SUPPORTED)) {
		queue->md_list_offset = SPDK_ALIGN_CEIL(size, sizeof(*(struct pcie_sgl){}.list));
		size = queue->md_list_offset +
		       PCIE_MD_SGES_MAX * (uint32_t)sizeof(struct spdk_nvme_sgl_descriptor);
	}
	size = spdk_min(spdk_max(size, LIST_SIZE_MIN), LIST_SIZE_MAX);
	queue->list_size = (uint32_t)spdk_align64pow2(size);
	queue->md_list_offset = spdk_min(queue->md_list_offset, queue->list_size);
}

static int
make_lists(struct pcie_ctrlr *pctrlr, struct pcie_qpair *queue)
{
	set_list_size(pctrlr, queue);
	queue->list_addresses = calloc(queue->tracker_count, sizeof(*queue->list_addresses));
	queue->lists =
		spdk_zmalloc((size_t)queue->tracker_count * queue->list_size, LIST_SIZE_MAX, NULL,
			     pctrlr->base.numa_id, SPDK_MALLOC_DMA | SPDK_MALLOC_SHARE);
	if (queue->list_addresses == NULL || queue->lists == NULL) {
		SPDK_ERRLOG("NVMe controller %s: no memory for the lists of %u commands\n",
			    nvme_ctrlr_name(&pctrlr->base), queue->tracker_count);
		return -ENOMEM;
	}
	for (uint32_t i = 0; i < queue->tracker_count; i++) {
		const void *list = queue->lists + (size_t)i * queue->list_size;

		queue->list_addresses[i] = env_dma_address(pctrlr->dma, list);
		if (queue->list_addresses[i] == ENV_DMA_ERROR) {
			SPDK_ERRLOG(
				"NVMe controller %s: memory for lists has no address for it: %s\n",
				nvme_ctrlr_name(&pctrlr->base), env_dma_explain(pctrlr->dma, list));
			return -EFAULT;
		}
	}
	return 0;
}

static int
make_trackers(struct pcie_qpair *queue)
{
	uint32_t slots;

	/* One less than entries: a full queue would look like an empty one. */
	queue->tracker_count = (uint16_t)(queue->entries - 1);
	slots = (uint32_t)spdk_align64pow2(queue->tracker_count);
	queue->slot_mask = (uint16_t)(slots - 1);
	/* 0 where the slots take all bits. */
	queue->generation_step = (uint16_t)slots;
	if (posix_memalign((void **)&queue->trackers, SPDK_CACHE_LINE_SIZE,
			   queue->tracker_count * sizeof(*queue->trackers)) != 0) {
		queue->trackers = NULL;
		return -ENOMEM;
	}
	queue->free_slots = calloc(queue->tracker_count, sizeof(*queue->free_slots));
	if (queue->free_slots == NULL) {
		return -ENOMEM;
	}
	for (uint16_t i = 0; i < queue->tracker_count; i++) {
		queue->trackers[i] = (struct pcie_tracker){.cid = i};
		/* The lowest is used first. */
		queue->free_slots[i] = (uint16_t)(queue->tracker_count - 1 - i);
	}
	queue->free_count = queue->tracker_count;
	return 0;
}

static void
set_doorbells(struct pcie_ctrlr *pctrlr, struct pcie_qpair *queue)
{
	volatile uint32_t *doorbells = &pctrlr->regs->doorbell[0].sq_tdbl;

	queue->sq_doorbell = doorbells + 2u * queue->base.id * pctrlr->doorbell_stride;
	queue->cq_doorbell = queue->sq_doorbell + pctrlr->doorbell_stride;
}

/* A doorbell must be in the BAR, however small that turns out to be. */
static bool
has_doorbells(const struct pcie_ctrlr *pctrlr, uint16_t id)
{
	uint64_t end = offsetof(struct spdk_nvme_registers, doorbell) +
		       (2u * id + 2) * (uint64_t)pctrlr->doorbell_stride * sizeof(uint32_t);

	if (end <= pctrlr->bar.size) {
		return true;
	}
	SPDK_ERRLOG("NVMe controller %s: BAR 0 has %" PRIu64
		    " bytes, and the doorbells of queue pair "
		    "%u would end at %" PRIu64 "\n",
		    nvme_ctrlr_name(&pctrlr->base), pctrlr->bar.size, id, end);
	return false;
}

static bool
is_valid_size(struct pcie_ctrlr *pctrlr, uint16_t id, uint32_t entries)
{
	uint32_t max = id == 0 ? SPDK_NVME_ADMIN_QUEUE_MAX_ENTRIES :
				 pctrlr->base.cap.bits.mqes + UINT32_C(1);

	if (entries >= SPDK_NVME_QUEUE_MIN_ENTRIES && entries <= max) {
		return true;
	}
	SPDK_ERRLOG("NVMe controller %s: a queue of %u entries is not possible: %u to %u\n",
		    nvme_ctrlr_name(&pctrlr->base), entries, SPDK_NVME_QUEUE_MIN_ENTRIES, max);
	return false;
}

static int
fill(struct pcie_ctrlr *pctrlr, struct pcie_qpair *queue)
{
	int rc;

	rc = make_trackers(queue);
	if (rc != 0) {
		return rc;
	}
	rc = make_sq(pctrlr, queue);
	if (rc != 0) {
		return rc;
	}
	rc = make_cq(pctrlr, queue);
	if (rc != 0) {
		return rc;
	}
	return make_lists(pctrlr, queue);
}

static void
empty(struct pcie_ctrlr *pctrlr, struct pcie_qpair *queue)
{
	if (queue->sq_is_in_cmb) {
		pcie_cmb_give_queue(pctrlr);
	}
	spdk_free(queue->lists);
	free(queue->list_addresses);
	spdk_free(queue->own_cq);
	spdk_free(queue->own_sq);
	free(queue->free_slots);
	free(queue->trackers);
	free(queue);
}

struct spdk_nvme_qpair *
pcie_qpair_create(struct spdk_nvme_ctrlr *ctrlr, uint16_t id,
		  const struct spdk_nvme_io_qpair_opts *opts)
{
	struct pcie_ctrlr *pctrlr = pcie_ctrlr(ctrlr);
	struct pcie_qpair *queue;

	if (!is_valid_size(pctrlr, id, opts->io_queue_size) || !has_doorbells(pctrlr, id)) {
		return NULL;
	}
	if (posix_memalign((void **)&queue, SPDK_CACHE_LINE_SIZE, sizeof(*queue)) != 0) {
		return NULL;
	}
	memset(queue, 0, sizeof(*queue));
	if (nvme_qpair_init(&queue->base, ctrlr, id, opts) != 0) {
		free(queue);
		return NULL;
	}
	queue->dma = pctrlr->dma;
	queue->entries = opts->io_queue_size;
	queue->page_size = ctrlr->page_size;
	queue->stat = &queue->own_stat;
	queue->delays_doorbell = opts->delay_cmd_submit;
	queue->uses_sgl = id != 0 && (ctrlr->flags & SPDK_NVME_CTRLR_SGL_SUPPORTED);
	queue->sgl_needs_dwords = ctrlr->flags & SPDK_NVME_CTRLR_SGL_REQUIRES_DWORD_ALIGNMENT;
	queue->sgl_merges = !opts->disable_pcie_sgl_merge;
	set_doorbells(pctrlr, queue);
	if (fill(pctrlr, queue) != 0) {
		nvme_qpair_fini(&queue->base);
		empty(pctrlr, queue);
		return NULL;
	}
	pcie_qpair_reset(queue);
	return &queue->base;
}

int
pcie_qpair_destroy(struct spdk_nvme_ctrlr *ctrlr, struct spdk_nvme_qpair *qpair)
{
	struct pcie_qpair *queue = pcie_qpair(qpair);

	pcie_qpair_settle(queue);
	nvme_qpair_fini(qpair);
	empty(pcie_ctrlr(ctrlr), queue);
	return 0;
}

void
pcie_qpair_reset(struct pcie_qpair *queue)
{
	assert(queue->free_count == queue->tracker_count);
	queue->sq_tail = 0;
	queue->sq_rung = 0;
	queue->cq_head = 0;
	queue->cq_rung = 0;
	queue->phase = 1;
	queue->fused_first = NULL;
	/* Old entries have phases, too. */
	memset(queue->cq, 0, queue->entries * sizeof(*queue->cq));
}
