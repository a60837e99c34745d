/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The least of a driver: it writes registers and queue entries as a test tells it to, and is
 * allowed to be wrong. It steps the fake itself, and has no threads.
 */
#ifndef SPINDLE_NVME_RAW_HOST_FIXTURE_H
#define SPINDLE_NVME_RAW_HOST_FIXTURE_H

#include "io/nvme/fake/fake.h"
#include "spdk/env.h"

#define RAW_QUEUES_MAX 5
#define RAW_STEPS_MAX  2000

struct raw_queue {
	struct spdk_nvme_cmd *sq;
	struct spdk_nvme_cpl *cq;
	uint32_t sq_size;
	uint32_t cq_size;
	uint32_t tail;
	uint32_t head;
	bool phase;
	uint16_t next_cid;
};

struct raw_host {
	struct fake *fake;
	volatile struct spdk_nvme_registers *registers;
	void *bar;
	uint32_t doorbell_stride;
	struct raw_queue queues[RAW_QUEUES_MAX];
};

/* Environment, log capture and so on; for cmocka. The process has one environment for all tests. */
int raw_setup_env(void **state);
int raw_teardown_env(void **state);

/* Makes a fake and maps it. Registers are as after power on. */
void raw_open(struct raw_host *host, const struct fake_opts *opts);
/* Also asserts that there were no violations, unless rules were allowed. */
void raw_close(struct raw_host *host);
/* Asserts that there was one violation whose text has `part` in it, and forgets it. */
void raw_expect_violation(struct raw_host *host, const char *part);
/* Enables it with admin queues of so many entries; asserts that it becomes ready. */
void raw_enable(struct raw_host *host, uint32_t entries);
void raw_disable(struct raw_host *host);

/* Puts a command into queue `id` with an identifier of its own, which it returns; no doorbell. */
uint16_t raw_put(struct raw_host *host, uint32_t id, const struct spdk_nvme_cmd *cmd);
void raw_ring(struct raw_host *host, uint32_t id);
volatile uint32_t *raw_sq_doorbell(struct raw_host *host, uint32_t id);
volatile uint32_t *raw_cq_doorbell(struct raw_host *host, uint32_t id);
/* Takes the next completion without looking at what it is; false: there is none. */
bool raw_take(struct raw_host *host, uint32_t id, struct spdk_nvme_cpl *out_cpl);
/* Steps until there is one; asserts that it comes. */
struct spdk_nvme_cpl raw_wait(struct raw_host *host, uint32_t id);
/* Submits, rings, waits; asserts that the completion is that of the command. */
struct spdk_nvme_cpl raw_run(struct raw_host *host, uint32_t id, struct spdk_nvme_cmd cmd);
/* The status as one number: SCT << 8 | SC. */
uint16_t raw_status(const struct spdk_nvme_cpl *cpl);
uint16_t raw_run_status(struct raw_host *host, uint32_t id, struct spdk_nvme_cmd cmd);

/* A pair of I/O queues; asserts success. */
void raw_create_queues(struct raw_host *host, uint16_t id, uint32_t entries);
/* Identify into a page of the host's, which the next call overwrites. */
void *raw_identify(struct raw_host *host, uint32_t cns, uint32_t nsid, uint8_t csi);
/* Memory that the fake may reach, zeroed, page aligned; never freed before the environment. */
void *raw_memory(size_t size);

/* A command for blocks of 512 bytes in page aligned, contiguous memory: two pages at most. */
struct spdk_nvme_cmd raw_io(uint8_t opc, uint64_t lba, uint32_t blocks, void *buffer);

#endif
