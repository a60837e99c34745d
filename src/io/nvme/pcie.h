/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * NVMe over PCIe: controllers whose registers are a BAR and whose queues are rings in memory.
 *
 *   pcie.c            the table of functions, registers, beginning and end of a controller
 *   pcie_scan.c       finding controllers on the bus
 *   pcie_error.c      accesses to a device that has been pulled out
 *   pcie_queue.c      memory of a queue pair, trackers
 *   pcie_connect.c    creating and deleting the queues at the controller
 *   pcie_submit.c     requests to the device       pcie_prp.c  where their data are
 *   pcie_complete.c   what comes back
 *   pcie_interrupt.c  interrupts and their descriptors
 *   pcie_memory.c     controller memory buffer, persistent memory region
 *   pcie_group.c      poll groups, statistics
 *
 * Order between CPU and device
 *
 * P1: An entry of a submission queue, and the lists and data that it points to, are written before
 * the doorbell (pcie_ring_sq()).
 *
 * P2: The phase of an entry of a completion queue is read before the rest of it, and before the
 * data that have come (take_entry()).
 *
 * P3: All of an entry has been read before the doorbell says so (pcie_ring_cq()).
 *
 * P4: A shadow doorbell is written before the event index is read (pcie_shadow_needs_ring()).
 *
 * The controller cannot overrun a completion queue: there are fewer trackers than entries, and each
 * command in flight has one.
 */
#ifndef SPINDLE_NVME_PCIE_H
#define SPINDLE_NVME_PCIE_H

#include "env/dma_barrier.h"
#include "io/nvme/ctrlr.h"
#include "io/nvme/pcie_prp.h"
#include "spdk/likely.h"
#include "spdk/mmio.h"

#include <stdatomic.h>

/* A list of PRPs fills a page at most: so much can one command carry. */
#define PCIE_PRP_LIST_MAX (4096 / sizeof(uint64_t))
#define PCIE_XFER_MAX     (PCIE_PRP_LIST_MAX * 4096)
/* Pieces of an SGL. */
#define PCIE_SGES_MAX 64
/* Descriptors for metadata that do not lie together. */
#define PCIE_MD_SGES_MAX 4

/* CIDs that are no command's: the error log means all by it. */
#define PCIE_CID_RESERVED 0xFFFF

struct pcie_mapping {
	void *addr;
	uint64_t bus_address;
	uint64_t size;
};

struct pcie_ctrlr {
	struct spdk_nvme_ctrlr base;
	const struct env_dma *dma;
	volatile struct spdk_nvme_registers *regs;
	struct pcie_mapping bar;
	/* Dwords between doorbells. */
	uint32_t doorbell_stride;
	/* 0: interrupts are not enabled; 1: all queue pairs share one. */
	uint32_t vector_count;

	/* Controller memory buffer, part of a BAR; pcie_memory.c. */
	struct pcie_mapping cmb;
	struct pcie_mapping cmb_bar;
	uint32_t cmb_bir;
	/* What submission queues have of it. */
	uint64_t cmb_used;
	uint32_t cmb_queues;
	bool cmb_takes_queues;
	bool cmb_takes_data;
	bool cmb_is_reserved;
	void *cmb_mapped;
	size_t cmb_mapped_size;
	/* Persistent memory region, all of a BAR. */
	struct pcie_mapping pmr;
	uint32_t pmr_bir;
	void *pmr_mapped;
	size_t pmr_mapped_size;
};

/*
 * A command in flight. The slot is the lower part of its CID; the upper part counts its uses, so
 * that a completion that comes a second time, or too late, is told from the one that is awaited.
 */
struct pcie_tracker {
	/* NULL: the slot is free. */
	struct nvme_request *req;
	/* Of the command in flight, or the next one. */
	uint16_t cid;
};

/* pcie_connect.c has the machine. */
enum pcie_step {
	PCIE_STEP_NONE,
	PCIE_STEP_CREATE_CQ,
	PCIE_STEP_CREATE_SQ,
	PCIE_STEP_READY,
	PCIE_STEP_DELETE_SQ,
	PCIE_STEP_DELETE_CQ,
	PCIE_STEP_FAILED,
};

struct pcie_qpair {
	struct spdk_nvme_qpair base;

	/* Submission. */
	struct spdk_nvme_cmd *sq __attribute__((aligned(SPDK_CACHE_LINE_SIZE)));
	struct pcie_tracker *trackers;
	/* A stack: the slot used last is in the cache. */
	uint16_t *free_slots;
	const struct env_dma *dma;
	volatile uint32_t *sq_doorbell;
	uint16_t free_count;
	uint16_t sq_tail;
	/* What the doorbell was told. */
	uint16_t sq_rung;
	uint16_t tracker_count;
	uint32_t entries;
	uint32_t page_size;
	struct spdk_nvme_pcie_stat *stat;

	/* Completion. */
	struct spdk_nvme_cpl *cq;
	volatile uint32_t *cq_doorbell;
	uint16_t slot_mask;
	uint16_t generation_step;
	uint16_t cq_head;
	uint16_t cq_rung;
	uint8_t phase;
	bool delays_doorbell;
	bool sq_is_in_cmb;
	bool uses_sgl;
	bool sgl_needs_dwords;
	bool sgl_merges;
	/* Interrupts come again only when asked for. */
	bool rearms_interrupt;
	/* What is wrong with a payload has been told. */
	bool has_explained;
	uint16_t vector;
	struct nvme_request *fused_first;

	/* Shadow doorbells and their event indexes; NULL: there are none. */
	volatile uint32_t *sq_shadow;
	volatile uint32_t *cq_shadow;
	volatile uint32_t *sq_event;
	volatile uint32_t *cq_event;

	/* Lists of PRPs or SGLs, one for each tracker, `list_size` bytes apart. */
	char *lists;
	uint64_t *list_addresses;
	uint32_t list_size;
	uint32_t md_list_offset;

	/* Memory of the queues, unless the application or the CMB has it. */
	uint64_t sq_address;
	uint64_t cq_address;
	void *own_sq;
	void *own_cq;
	struct spdk_nvme_pcie_stat own_stat;

	/* Written under the controller's lock, by whoever polls its admin queue. */
	_Atomic(uint8_t) step;
	/* The queues are to go as soon as their creation is over. */
	bool is_leaving;
	struct nvme_wait settled;
};

static inline struct pcie_ctrlr *
pcie_ctrlr(struct spdk_nvme_ctrlr *ctrlr)
{
	return SPDK_CONTAINEROF(ctrlr, struct pcie_ctrlr, base);
}

static inline struct pcie_qpair *
pcie_qpair(struct spdk_nvme_qpair *qpair)
{
	return SPDK_CONTAINEROF(qpair, struct pcie_qpair, base);
}

/* P4: whether the doorbell itself has to be rung, after its shadow has gone from `old` to `value`.
 */
static inline bool
pcie_shadow_needs_ring(volatile uint32_t *shadow, volatile uint32_t *event, uint16_t value)
{
	uint16_t old = (uint16_t)*shadow, wanted;

	/* P1: what the entry points to comes before the shadow as well. */
	env_dma_wmb();
	*shadow = value;
	spdk_mb();
	wanted = (uint16_t)*event;
	return (uint16_t)(value - wanted - 1) < (uint16_t)(value - old);
}

/* P1 */
static inline void
pcie_ring_sq(struct pcie_qpair *queue)
{
	queue->sq_rung = queue->sq_tail;
	if (spdk_unlikely(queue->sq_shadow != NULL)) {
		queue->stat->sq_shadow_doorbell_updates++;
		if (!pcie_shadow_needs_ring(queue->sq_shadow, queue->sq_event, queue->sq_tail)) {
			return;
		}
	}
	if (spdk_unlikely(queue->sq_is_in_cmb)) {
		spdk_wmb();
	} else {
		env_dma_wmb();
	}
	queue->stat->sq_mmio_doorbell_updates++;
	spdk_mmio_write_4(queue->sq_doorbell, queue->sq_tail);
}

/* P3 */
static inline void
pcie_ring_cq(struct pcie_qpair *queue)
{
	queue->cq_rung = queue->cq_head;
	if (spdk_unlikely(queue->cq_shadow != NULL)) {
		queue->stat->cq_shadow_doorbell_updates++;
		if (!pcie_shadow_needs_ring(queue->cq_shadow, queue->cq_event, queue->cq_head)) {
			return;
		}
	}
	env_dma_wmb();
	queue->stat->cq_mmio_doorbell_updates++;
	spdk_mmio_write_4(queue->cq_doorbell, queue->cq_head);
}

/* pcie_queue.c: also the admin queue, of id 0. NULL: no memory, explained. */
struct spdk_nvme_qpair *pcie_qpair_create(struct spdk_nvme_ctrlr *ctrlr, uint16_t id,
					  const struct spdk_nvme_io_qpair_opts *opts);
int pcie_qpair_destroy(struct spdk_nvme_ctrlr *ctrlr, struct spdk_nvme_qpair *qpair);
/* Empty rings; nothing may be in flight. */
void pcie_qpair_reset(struct pcie_qpair *queue);
/* Gives a slot back, after the request has been taken out of it. */
static inline void
pcie_tracker_put(struct pcie_qpair *queue, struct pcie_tracker *tracker)
{
	tracker->req = NULL;
	tracker->cid += queue->generation_step;
	if (spdk_unlikely(tracker->cid == PCIE_CID_RESERVED)) {
		tracker->cid += queue->generation_step;
	}
	queue->free_slots[queue->free_count++] = tracker->cid & queue->slot_mask;
}

/* pcie_submit.c */
int pcie_qpair_submit(struct spdk_nvme_qpair *qpair, struct nvme_request *req);

/* pcie_complete.c */
int32_t pcie_qpair_process_completions(struct spdk_nvme_qpair *qpair, uint32_t max);
/* What came before the queues went is as good as any: takes it, and rings no doorbell. */
void pcie_qpair_drain(struct pcie_qpair *queue);
void pcie_qpair_abort(struct spdk_nvme_qpair *qpair, uint32_t dnr);
int pcie_qpair_iterate(struct spdk_nvme_qpair *qpair,
		       int (*iter_fn)(struct nvme_request *req, void *arg), void *arg);

/* pcie_connect.c */
int pcie_qpair_connect(struct spdk_nvme_ctrlr *ctrlr, struct spdk_nvme_qpair *qpair);
void pcie_qpair_disconnect(struct spdk_nvme_ctrlr *ctrlr, struct spdk_nvme_qpair *qpair);
/* Of a queue pair that is CONNECTING or DISCONNECTING: looks how far that is. 0 or -ENXIO. */
int32_t pcie_qpair_poll_connection(struct pcie_qpair *queue);
/* Waits until no admin command of the queue pair is under way. */
void pcie_qpair_settle(struct pcie_qpair *queue);

/* pcie_interrupt.c */
int pcie_ctrlr_enable_interrupts(struct spdk_nvme_ctrlr *ctrlr);
void pcie_ctrlr_disable_interrupts(struct pcie_ctrlr *pctrlr);
int pcie_qpair_get_fd(struct spdk_nvme_qpair *qpair, struct spdk_event_handler_opts *opts);
void pcie_rearm_interrupt(struct pcie_qpair *queue);

/* pcie_scan.c */
int pcie_scan(struct spdk_nvme_probe_ctx *probe_ctx, bool direct_connect);

/* pcie_error.c: from here until the removal, faults in the mapping become reads of ones. */
int pcie_error_add(const struct pcie_mapping *mapping);
/* Does nothing for one that was not added. */
void pcie_error_remove(const struct pcie_mapping *mapping);

/* pcie_memory.c */
void pcie_cmb_init(struct pcie_ctrlr *pctrlr);
void pcie_memory_fini(struct pcie_ctrlr *pctrlr);
/* Memory of the CMB for a submission queue; NULL: there is none left. */
void *pcie_cmb_take_queue(struct pcie_ctrlr *pctrlr, uint64_t size, uint64_t *out_bus_address);
void pcie_cmb_give_queue(struct pcie_ctrlr *pctrlr);
int pcie_reserve_cmb(struct spdk_nvme_ctrlr *ctrlr);
void *pcie_map_cmb(struct spdk_nvme_ctrlr *ctrlr, size_t *out_size);
int pcie_unmap_cmb(struct spdk_nvme_ctrlr *ctrlr);
int pcie_enable_pmr(struct spdk_nvme_ctrlr *ctrlr);
int pcie_disable_pmr(struct spdk_nvme_ctrlr *ctrlr);
void *pcie_map_pmr(struct spdk_nvme_ctrlr *ctrlr, size_t *out_size);
int pcie_unmap_pmr(struct spdk_nvme_ctrlr *ctrlr);

/* pcie_group.c */
struct spdk_nvme_transport_poll_group *pcie_group_create(void);
int pcie_group_destroy(struct spdk_nvme_transport_poll_group *group);
int64_t pcie_group_process(struct spdk_nvme_transport_poll_group *group, uint32_t max_per_qpair,
			   spdk_nvme_disconnected_qpair_cb disconnected_cb);
void pcie_group_check_disconnected(struct spdk_nvme_transport_poll_group *group,
				   spdk_nvme_disconnected_qpair_cb disconnected_cb);
int pcie_group_get_stats(struct spdk_nvme_transport_poll_group *group,
			 struct spdk_nvme_transport_poll_group_stat **out_stats);
void pcie_group_free_stats(struct spdk_nvme_transport_poll_group *group,
			   struct spdk_nvme_transport_poll_group_stat *stats);
/* Where the statistics of a queue pair are counted. */
struct spdk_nvme_pcie_stat *pcie_stat_of(struct pcie_qpair *queue);

#endif
