/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Memory of the host for controllers that have little of their own and say what they would prefer
 * (HMPRE). They work without it, but slowly. It is theirs until they are disabled.
 */
#include "io/nvme/ctrlr.h"

#include "env/dma_address.h"
#include "spdk/log.h"

/* HMPRE and its kin count in this. */
#define UNIT_SIZE 4096ULL
/* What a controller gets at most. */
#define SIZE_MAX_BYTES (128ULL * 1024 * 1024)
/* One piece lies together for devices within that much (env/dma_address.h). */
#define PIECE_SIZE   ENV_DMA_PAGE_SIZE
#define PIECES_MAX   (SIZE_MAX_BYTES / PIECE_SIZE)
#define LIST_ALIGN   4096
#define HIGH_HALF(x) ((uint32_t)((x) >> 32))

/* As the specification lays it out. */
struct piece_entry {
	uint64_t address;
	/* In pages of CC.MPS. */
	uint32_t size;
	uint32_t reserved;
};
SPDK_STATIC_ASSERT(sizeof(struct piece_entry) == 16, "fixed by the specification");

struct nvme_host_memory {
	struct piece_entry *list;
	uint64_t list_address;
	uint32_t count;
	uint64_t size;
	void *pieces[PIECES_MAX];
};

void
nvme_host_memory_destroy(struct nvme_host_memory *memory)
{
	if (memory == NULL) {
		return;
	}
	for (uint32_t i = 0; i < memory->count; i++) {
		spdk_free(memory->pieces[i]);
	}
	spdk_free(memory->list);
	free(memory);
}

/* As many pieces as there are, up to `wanted` bytes. */
static void
take_pieces(struct nvme_host_memory *memory, const struct spdk_nvme_ctrlr *ctrlr,
	    const struct env_dma *dma, uint64_t wanted)
{
	struct piece_entry *entry;
	void *piece;

	while (memory->size < wanted && memory->count < PIECES_MAX) {
		piece = spdk_zmalloc(PIECE_SIZE, PIECE_SIZE, NULL, ctrlr->numa_id, SPDK_MALLOC_DMA);
		if (piece == NULL) {
			return;
		}
		entry = &memory->list[memory->count];
		entry->address = env_dma_address(dma, piece);
		if (entry->address == ENV_DMA_ERROR) {
			spdk_free(piece);
			return;
		}
		entry->size = (uint32_t)(PIECE_SIZE / ctrlr->page_size);
		memory->pieces[memory->count++] = piece;
		memory->size += PIECE_SIZE;
	}
}

static bool
fill(struct nvme_host_memory *memory, struct spdk_nvme_ctrlr *ctrlr)
{
	const struct env_dma *dma = env_dma_of_device(ctrlr->pci_device);
	uint64_t wanted = ctrlr->cdata.hmpre * UNIT_SIZE;
	uint64_t least = spdk_max(ctrlr->cdata.hmmin * UNIT_SIZE, UNIT_SIZE);
	uint64_t limit = SIZE_MAX_BYTES;

	if (ctrlr->cdata.hmmaxd != 0) {
		limit = spdk_min(limit, ctrlr->cdata.hmmaxd * PIECE_SIZE);
	}
	if (least > limit || ctrlr->cdata.hmminds * UNIT_SIZE > PIECE_SIZE) {
		return false;
	}
	memory->list = spdk_zmalloc(PIECES_MAX * sizeof(*memory->list), LIST_ALIGN, NULL,
				    ctrlr->numa_id, SPDK_MALLOC_DMA);
	if (memory->list == NULL) {
		return false;
	}
	memory->list_address = env_dma_address(dma, memory->list);
	if (memory->list_address == ENV_DMA_ERROR) {
		return false;
	}
	take_pieces(memory, ctrlr, dma, spdk_min(wanted, limit));
	return memory->size >= least;
}

struct nvme_host_memory *
nvme_host_memory_create(struct spdk_nvme_ctrlr *ctrlr)
{
	struct nvme_host_memory *memory;

	if (ctrlr->cdata.hmpre == 0 || ctrlr->pci_device == NULL) {
		return NULL;
	}
	memory = calloc(1, sizeof(*memory));
	if (memory == NULL) {
		return NULL;
	}
	if (!fill(memory, ctrlr)) {
		SPDK_WARNLOG("NVMe controller %s prefers to have %llu KiB of host memory, and %llu "
			     "KiB at least, which it cannot get: it may be slow.\n",
			     nvme_ctrlr_name(ctrlr), ctrlr->cdata.hmpre * UNIT_SIZE / 1024,
			     ctrlr->cdata.hmmin * UNIT_SIZE / 1024);
		nvme_host_memory_destroy(memory);
		return NULL;
	}
	return memory;
}

void
nvme_host_memory_build(const struct nvme_host_memory *memory, const struct spdk_nvme_ctrlr *ctrlr,
		       struct spdk_nvme_cmd *cmd)
{
	union spdk_nvme_feat_host_mem_buffer feature = {.bits.ehm = 1};

	cmd->opc = SPDK_NVME_OPC_SET_FEATURES;
	cmd->cdw10_bits.set_features.fid = SPDK_NVME_FEAT_HOST_MEM_BUFFER;
	cmd->cdw11 = feature.raw;
	cmd->cdw12 = (uint32_t)(memory->size / ctrlr->page_size);
	cmd->cdw13 = (uint32_t)memory->list_address;
	cmd->cdw14 = HIGH_HALF(memory->list_address);
	cmd->cdw15 = memory->count;
}
