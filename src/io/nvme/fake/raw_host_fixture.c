/* SPDX-License-Identifier: BSD-3-Clause */
#include "io/nvme/fake/raw_host_fixture.h"

#include <setjmp.h>

#include <cmocka.h>

#define PAGE 4096
/* Also of pages that are larger. */
#define ALIGNMENT 16384
#define POOL_SIZE (8 * 1024 * 1024)

/* Memory is handed out from one buffer, and comes back when a fake is closed. */
static uint8_t *g_pool;
static size_t g_pool_used;

int
raw_setup_env(void **state)
{
	struct spdk_env_opts opts = {.opts_size = sizeof(opts)};

	spdk_env_opts_init(&opts);
	if (spdk_env_init(&opts) != 0) {
		return -EIO;
	}
	g_pool = spdk_dma_malloc(POOL_SIZE, ALIGNMENT, NULL);
	return g_pool != NULL ? 0 : -ENOMEM;
}

int
raw_teardown_env(void **state)
{
	spdk_dma_free(g_pool);
	spdk_env_fini();
	return 0;
}

void *
raw_memory(size_t size)
{
	void *memory = g_pool + g_pool_used;

	size = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
	assert_true(g_pool_used + size <= POOL_SIZE);
	g_pool_used += size;
	memset(memory, 0, size);
	return memory;
}

void
raw_open(struct raw_host *host, const struct fake_opts *opts)
{
	uint64_t physical, size;
	struct spdk_pci_device *dev;

	memset(host, 0, sizeof(*host));
	g_pool_used = 0;
	host->fake = fake_create(opts);
	assert_non_null(host->fake);
	dev = fake_pci_device(host->fake);
	assert_int_equal(spdk_pci_device_map_bar(dev, 0, &host->bar, &physical, &size), 0);
	assert_true(size >= 0x1000 + 8 * (opts->io_queues + 1));
	host->registers = host->bar;
	host->doorbell_stride = 4u << host->registers->cap.bits.dstrd;
}

void
raw_close(struct raw_host *host)
{
	assert_int_equal(fake_violations(host->fake), 0);
	spdk_pci_device_unmap_bar(fake_pci_device(host->fake), 0, host->bar);
	fake_destroy(host->fake);
}

void
raw_expect_violation(struct raw_host *host, const char *part)
{
	assert_int_equal(fake_violations(host->fake), 1);
	if (strstr(fake_last_violation(host->fake), part) == NULL) {
		fail_msg("'%s' has no '%s'", fake_last_violation(host->fake), part);
	}
	fake_forget_violations(host->fake);
}

volatile uint32_t *
raw_sq_doorbell(struct raw_host *host, uint32_t id)
{
	return (volatile uint32_t *)((uint8_t *)host->bar + 0x1000 +
				     2 * id * host->doorbell_stride);
}

volatile uint32_t *
raw_cq_doorbell(struct raw_host *host, uint32_t id)
{
	return (volatile uint32_t *)((uint8_t *)host->bar + 0x1000 +
				     (2 * id + 1) * host->doorbell_stride);
}

static void
make_queue(struct raw_host *host, uint32_t id, uint32_t entries)
{
	struct raw_queue *queue = &host->queues[id];

	*queue = (struct raw_queue){
		.sq = raw_memory(entries * sizeof(struct spdk_nvme_cmd)),
		.cq = raw_memory(entries * sizeof(struct spdk_nvme_cpl)),
		.sq_size = entries,
		.cq_size = entries,
		.phase = true,
		.next_cid = (uint16_t)(id << 12),
	};
}

void
raw_enable(struct raw_host *host, uint32_t entries)
{
	union spdk_nvme_aqa_register aqa = {.bits = {.asqs = entries - 1, .acqs = entries - 1}};
	union spdk_nvme_cc_register cc = {.bits = {.en = 1,
						   .iosqes = 6,
						   .iocqes = 4,
						   .mps = host->registers->cap.bits.mpsmin}};

	make_queue(host, 0, entries);
	host->registers->aqa.raw = aqa.raw;
	host->registers->asq = (uintptr_t)host->queues[0].sq;
	host->registers->acq = (uintptr_t)host->queues[0].cq;
	host->registers->cc.raw = cc.raw;
	for (uint32_t i = 0; i < RAW_STEPS_MAX && !host->registers->csts.bits.rdy; i++) {
		fake_step(host->fake);
	}
	assert_int_equal(host->registers->csts.raw, 1);
}

void
raw_disable(struct raw_host *host)
{
	host->registers->cc.raw = 0;
	for (uint32_t i = 0; i < RAW_STEPS_MAX && host->registers->csts.bits.rdy; i++) {
		fake_step(host->fake);
	}
	assert_int_equal(host->registers->csts.raw, 0);
}

uint16_t
raw_put(struct raw_host *host, uint32_t id, const struct spdk_nvme_cmd *cmd)
{
	struct raw_queue *queue = &host->queues[id];
	uint16_t cid = queue->next_cid++;

	queue->sq[queue->tail] = *cmd;
	queue->sq[queue->tail].cid = cid;
	queue->tail = (queue->tail + 1) % queue->sq_size;
	return cid;
}

void
raw_ring(struct raw_host *host, uint32_t id)
{
	*raw_sq_doorbell(host, id) = host->queues[id].tail;
}

bool
raw_take(struct raw_host *host, uint32_t id, struct spdk_nvme_cpl *out_cpl)
{
	struct raw_queue *queue = &host->queues[id];
	struct spdk_nvme_cpl cpl = queue->cq[queue->head];

	if (cpl.status.p != queue->phase) {
		return false;
	}
	queue->head++;
	if (queue->head == queue->cq_size) {
		queue->head = 0;
		queue->phase = !queue->phase;
	}
	*raw_cq_doorbell(host, id) = queue->head;
	*out_cpl = cpl;
	return true;
}

struct spdk_nvme_cpl
raw_wait(struct raw_host *host, uint32_t id)
{
	struct spdk_nvme_cpl cpl = {0};
	bool came = raw_take(host, id, &cpl);

	for (uint32_t i = 0; i < RAW_STEPS_MAX && !came; i++) {
		fake_step(host->fake);
		came = raw_take(host, id, &cpl);
	}
	assert_true(came);
	return cpl;
}

struct spdk_nvme_cpl
raw_run(struct raw_host *host, uint32_t id, struct spdk_nvme_cmd cmd)
{
	uint16_t cid = raw_put(host, id, &cmd);
	struct spdk_nvme_cpl cpl;

	raw_ring(host, id);
	cpl = raw_wait(host, id);
	assert_int_equal(cpl.cid, cid);
	assert_int_equal(cpl.sqid, id);
	return cpl;
}

uint16_t
raw_status(const struct spdk_nvme_cpl *cpl)
{
	return (uint16_t)(cpl->status.sct << 8 | cpl->status.sc);
}

uint16_t
raw_run_status(struct raw_host *host, uint32_t id, struct spdk_nvme_cmd cmd)
{
	struct spdk_nvme_cpl cpl = raw_run(host, id, cmd);

	return raw_status(&cpl);
}

void
raw_create_queues(struct raw_host *host, uint16_t id, uint32_t entries)
{
	struct spdk_nvme_cmd cq = {.opc = SPDK_NVME_OPC_CREATE_IO_CQ};
	struct spdk_nvme_cmd sq = {.opc = SPDK_NVME_OPC_CREATE_IO_SQ};

	assert_true(id < RAW_QUEUES_MAX);
	make_queue(host, id, entries);
	cq.dptr.prp.prp1 = (uintptr_t)host->queues[id].cq;
	cq.cdw10_bits.create_io_q.qid = id;
	cq.cdw10_bits.create_io_q.qsize = entries - 1;
	cq.cdw11_bits.create_io_cq.pc = 1;
	assert_int_equal(raw_run_status(host, 0, cq), 0);
	sq.dptr.prp.prp1 = (uintptr_t)host->queues[id].sq;
	sq.cdw10 = cq.cdw10;
	sq.cdw11_bits.create_io_sq.pc = 1;
	sq.cdw11_bits.create_io_sq.cqid = id;
	assert_int_equal(raw_run_status(host, 0, sq), 0);
}

void *
raw_identify(struct raw_host *host, uint32_t cns, uint32_t nsid, uint8_t csi)
{
	struct spdk_nvme_cmd cmd = {.opc = SPDK_NVME_OPC_IDENTIFY, .nsid = nsid, .cdw10 = cns};
	void *page = raw_memory(PAGE);

	cmd.dptr.prp.prp1 = (uintptr_t)page;
	cmd.cdw11_bits.identify.csi = csi;
	assert_int_equal(raw_run_status(host, 0, cmd), 0);
	return page;
}

struct spdk_nvme_cmd
raw_io(uint8_t opc, uint64_t lba, uint32_t blocks, void *buffer)
{
	struct spdk_nvme_cmd cmd = {
		.opc = opc,
		.nsid = 1,
		.cdw10 = (uint32_t)lba,
		.cdw11 = (uint32_t)(lba >> 32),
		.cdw12 = blocks - 1,
	};

	cmd.dptr.prp.prp1 = (uintptr_t)buffer;
	if (buffer != NULL && blocks * 512 > PAGE) {
		cmd.dptr.prp.prp2 = (uintptr_t)buffer + PAGE;
	}
	return cmd;
}
