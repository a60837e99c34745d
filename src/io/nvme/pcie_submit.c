/* SPDX-License-Identifier: BSD-3-Clause */
/* Requests to the device. */
#include "io/nvme/pcie.h"

#include "io/nvme/payload.h"
#include "spdk/log.h"

/* The first of each queue pair: an application that does it once does it often. */
static int
explain(struct pcie_qpair *queue, const struct nvme_request *req, const void *addr, int rc)
{
	const char *why = "a piece of it crosses pages where PRPs cannot";

	if (rc == -EFAULT) {
		why = env_dma_explain(queue->dma, addr);
	} else if (rc == -E2BIG) {
		why = "it is in more pieces than one command can have";
	} else if (rc == -EINVAL && ((uintptr_t)addr & 3) != 0) {
		why = "its address is no multiple of 4";
	}
	if (queue->has_explained) {
		return -EFAULT;
	}
	queue->has_explained = true;
	SPDK_ERRLOG("NVMe controller %s, queue pair %u: command %#x with %u bytes at %p: %s\n",
		    nvme_ctrlr_name(queue->base.ctrlr), queue->base.id, req->cmd.opc,
		    req->payload_size, addr, why);
	return -EFAULT;
}

static void
walk_begin(struct nvme_payload_walk *walk, const struct nvme_request *req)
{
	struct nvme_payload payload = {
		.kind = req->payload_kind,
		.iov_count = req->iov_count,
		.data = req->payload,
		.reset_sgl_fn = req->reset_sgl_fn,
		.next_sge_fn = req->next_sge_fn,
	};

	nvme_payload_walk_begin(walk, &payload, req->payload_offset, req->payload_size);
}

static int
build_prp_scattered(struct pcie_qpair *queue, struct nvme_request *req, uint16_t slot)
{
	struct pcie_prp prp = {
		.dma = queue->dma,
		.list = (uint64_t *)(queue->lists + (size_t)slot * queue->list_size),
		.list_max = queue->list_size / sizeof(uint64_t),
		.page_size = queue->page_size,
	};
	struct nvme_payload_walk walk;
	uint32_t length;
	void *addr = NULL;
	int rc;

	walk_begin(&walk, req);
	while (walk.left > 0) {
		rc = nvme_payload_walk_next(&walk, &addr, &length);
		if (rc == 0) {
			rc = pcie_prp_append(&prp, addr, length);
		}
		if (rc != 0) {
			return explain(queue, req, addr, rc);
		}
	}
	pcie_prp_finish(&prp, queue->list_addresses[slot], &req->cmd);
	return 0;
}

static int
build_sgl(struct pcie_qpair *queue, struct nvme_request *req, uint16_t slot)
{
	struct pcie_sgl sgl = {
		.dma = queue->dma,
		.list = (void *)(queue->lists + (size_t)slot * queue->list_size),
		.list_max = queue->md_list_offset / sizeof(*sgl.list),
		.needs_dwords = queue->sgl_needs_dwords,
		.merges = queue->sgl_merges,
	};
	struct nvme_payload_walk walk;
	uint32_t length;
	void *addr = NULL;
	int rc;

	walk_begin(&walk, req);
	while (walk.left > 0) {
		rc = nvme_payload_walk_next(&walk, &addr, &length);
		if (rc == 0) {
			rc = pcie_sgl_append(&sgl, addr, length);
		}
		if (rc != 0) {
			return explain(queue, req, addr, rc);
		}
	}
	pcie_sgl_finish(&sgl, queue->list_addresses[slot], &req->cmd);
	return 0;
}

/* More than two pages of one buffer. */
static int
build_prp_long(struct pcie_qpair *queue, struct nvme_request *req, uint16_t slot)
{
	struct pcie_prp prp = {
		.dma = queue->dma,
		.list = (uint64_t *)(queue->lists + (size_t)slot * queue->list_size),
		.list_max = queue->list_size / sizeof(uint64_t),
		.page_size = queue->page_size,
	};
	int rc;

	rc = pcie_prp_append(&prp, req->payload, req->payload_size);
	if (rc != 0) {
		return explain(queue, req, req->payload, rc);
	}
	pcie_prp_finish(&prp, queue->list_addresses[slot], &req->cmd);
	return 0;
}

/* One buffer: PRPs, which every device takes. */
static inline int
build_contiguous(struct pcie_qpair *queue, struct nvme_request *req, uint16_t slot)
{
	uint64_t address = env_dma_address(queue->dma, req->payload);
	uint32_t first = queue->page_size - (uint32_t)(address & (queue->page_size - 1));

	if (spdk_unlikely(address == ENV_DMA_ERROR || (address & 3) != 0 ||
			  req->payload_size > first)) {
		return build_prp_long(queue, req, slot);
	}
	req->cmd.dptr.prp.prp1 = address;
	return 0;
}

/* Metadata that do not lie together, by an SGL of their own. */
static int
build_md_sgl(struct pcie_qpair *queue, struct nvme_request *req, uint16_t slot)
{
	struct spdk_nvme_sgl_descriptor *list =
		(void *)(queue->lists + (size_t)slot * queue->list_size + queue->md_list_offset);
	uint64_t list_address = queue->list_addresses[slot] + queue->md_list_offset;
	struct pcie_sgl sgl = {
		.dma = queue->dma,
		.list = list + 1,
		.list_max = PCIE_MD_SGES_MAX - 1,
		.needs_dwords = queue->sgl_needs_dwords,
		.merges = true,
	};
	int rc;

	rc = pcie_sgl_append(&sgl, req->md, req->md_size);
	if (rc != 0) {
		return explain(queue, req, req->md, rc);
	}
	/* The first descriptor is what the command points to: it leads to the others. */
	*list = (struct spdk_nvme_sgl_descriptor){
		.address = list_address + sizeof(*list),
		.unkeyed = {.length = sgl.count * (uint32_t)sizeof(*list),
			    .type = SPDK_NVME_SGL_TYPE_LAST_SEGMENT},
	};
	req->cmd.psdt = SPDK_NVME_PSDT_SGL_MPTR_SGL;
	req->cmd.mptr = list_address;
	return 0;
}

static int
build_md(struct pcie_qpair *queue, struct nvme_request *req, uint16_t slot)
{
	uint64_t address = pcie_address_of_whole(queue->dma, req->md, req->md_size);

	if (address != ENV_DMA_ERROR && (address & 3) == 0) {
		req->cmd.mptr = address;
		return 0;
	}
	if (address == ENV_DMA_ERROR && req->cmd.psdt == SPDK_NVME_PSDT_SGL_MPTR_CONTIG &&
	    queue->md_list_offset < queue->list_size &&
	    env_dma_address(queue->dma, req->md) != ENV_DMA_ERROR) {
		return build_md_sgl(queue, req, slot);
	}
	return explain(queue, req, req->md, address == ENV_DMA_ERROR ? -EFAULT : -EINVAL);
}

static int
build_special(struct pcie_qpair *queue, struct nvme_request *req, uint16_t slot)
{
	int rc = 0;

	switch (req->payload_kind) {
	case NVME_PAYLOAD_NONE:
		break;
	case NVME_PAYLOAD_CONTIGUOUS:
		rc = build_contiguous(queue, req, slot);
		break;
	default:
		rc = queue->uses_sgl ? build_sgl(queue, req, slot) :
				       build_prp_scattered(queue, req, slot);
	}
	if (rc == 0 && req->md != NULL) {
		rc = build_md(queue, req, slot);
	}
	return rc;
}

static inline int
build(struct pcie_qpair *queue, struct nvme_request *req, uint16_t slot)
{
	if (spdk_likely(req->payload_kind == NVME_PAYLOAD_CONTIGUOUS && req->md == NULL)) {
		return build_contiguous(queue, req, slot);
	}
	return req->is_raw ? 0 : build_special(queue, req, slot);
}

/*
 * The second of a fused pair cannot go: the first, which the device has not been told of yet, is
 * taken back.
 */
static void
take_back_fused(struct pcie_qpair *queue)
{
	struct nvme_request *first = queue->fused_first;

	queue->fused_first = NULL;
	queue->sq_tail = (uint16_t)((queue->sq_tail == 0 ? queue->entries : queue->sq_tail) - 1);
	pcie_tracker_put(queue, &queue->trackers[first->cmd.cid & queue->slot_mask]);
	nvme_qpair_fail_later(first, SPDK_NVME_SC_ABORTED_MISSING_FUSED);
}

static int
refuse(struct pcie_qpair *queue, const struct nvme_request *req, int rc)
{
	if (req->cmd.fuse == SPDK_NVME_CMD_FUSE_SECOND && queue->fused_first != NULL) {
		take_back_fused(queue);
	}
	return rc;
}

/* True: the doorbell waits for the second. */
static inline bool
begins_fused(struct pcie_qpair *queue, struct nvme_request *req)
{
	if (spdk_likely(req->cmd.fuse == SPDK_NVME_CMD_FUSE_NONE)) {
		return false;
	}
	queue->fused_first = req->cmd.fuse == SPDK_NVME_CMD_FUSE_FIRST ? req : NULL;
	return queue->fused_first != NULL;
}

/*
 * The command, with its CID, into the ring, in pieces of 8 bytes: it has just been written in such,
 * see nvme_cmd_set_dwords().
 */
static inline void
put_entry(struct spdk_nvme_cmd *entry, struct spdk_nvme_cmd *cmd, uint16_t cid)
{
	const uint64_t cid_mask = (uint64_t)UINT16_MAX << 16;
	uint64_t words[sizeof(*cmd) / sizeof(uint64_t)];

	memcpy(&words[0], cmd, sizeof(words[0]));
	words[0] = (words[0] & ~cid_mask) | (uint64_t)cid << 16;
	memcpy(cmd, &words[0], sizeof(words[0]));
	memcpy(entry, &words[0], sizeof(words[0]));
	for (size_t i = 1; i < SPDK_COUNTOF(words); i++) {
		memcpy(&words[i], (char *)cmd + i * sizeof(words[i]), sizeof(words[i]));
		memcpy((char *)entry + i * sizeof(words[i]), &words[i], sizeof(words[i]));
	}
}

int
pcie_qpair_submit(struct spdk_nvme_qpair *qpair, struct nvme_request *req)
{
	struct pcie_qpair *queue = pcie_qpair(qpair);
	/* Both halves of a fused pair, or none. */
	uint16_t needed = 1 + (req->cmd.fuse == SPDK_NVME_CMD_FUSE_FIRST);
	struct pcie_tracker *tracker;
	uint16_t slot;
	int rc;

	if (spdk_unlikely(queue->free_count < needed)) {
		queue->stat->queued_requests++;
		return -EAGAIN;
	}
	slot = queue->free_slots[queue->free_count - 1];
	tracker = &queue->trackers[slot];
	rc = build(queue, req, slot);
	if (spdk_unlikely(rc != 0)) {
		return refuse(queue, req, rc);
	}
	queue->free_count--;
	tracker->req = req;
	put_entry(&queue->sq[queue->sq_tail], &req->cmd, tracker->cid);
	if (spdk_unlikely(++queue->sq_tail == queue->entries)) {
		queue->sq_tail = 0;
	}
	queue->stat->submitted_requests++;
	if (!begins_fused(queue, req) && !queue->delays_doorbell) {
		pcie_ring_sq(queue);
	}
	return 0;
}
