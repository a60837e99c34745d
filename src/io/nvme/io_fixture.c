/* SPDX-License-Identifier: BSD-3-Clause */
#include "io/nvme/io_fixture.h"

#include "io/nvme/pcie.h"

#define PAGE      4096
#define TURNS_MAX 100000

static void
attach(struct io_host *host, bool has_interrupts)
{
	struct spdk_nvme_transport_id trid = {0};
	struct spdk_nvme_ctrlr_opts opts;

	spdk_nvme_ctrlr_get_default_ctrlr_opts(&opts, sizeof(opts));
	opts.enable_interrupts = has_interrupts;

	spdk_nvme_trid_populate_transport(&trid, SPDK_NVME_TRANSPORT_PCIE);
	snprintf(trid.traddr, sizeof(trid.traddr), "%s", fake_address(host->fake));
	host->ctrlr = spdk_nvme_connect(&trid, &opts, sizeof(opts));
	assert_non_null(host->ctrlr);
	host->ns = spdk_nvme_ctrlr_get_ns(host->ctrlr, 1);
	assert_non_null(host->ns);
}

struct spdk_nvme_qpair *
io_alloc_qpair(struct io_host *host, const struct spdk_nvme_io_qpair_opts *opts)
{
	struct spdk_nvme_qpair *qpair;

	fake_start(host->fake);
	qpair = spdk_nvme_ctrlr_alloc_io_qpair(host->ctrlr, opts, opts == NULL ? 0 : sizeof(*opts));
	fake_stop(host->fake);
	return qpair;
}

void
io_free_qpair(struct io_host *host, struct spdk_nvme_qpair *qpair)
{
	fake_start(host->fake);
	assert_int_equal(spdk_nvme_ctrlr_free_io_qpair(qpair), 0);
	fake_stop(host->fake);
}

void
io_open(struct io_host *host, const struct fake_opts *opts,
	const struct spdk_nvme_io_qpair_opts *qpair_opts)
{
	struct fake_opts own;
	char address[32];

	memset(host, 0, sizeof(*host));
	if (opts == NULL) {
		fake_opts_init(&own);
	} else {
		own = *opts;
	}
	/* Claims are the machine's: tests that run at the same time need addresses of their own. */
	snprintf(address, sizeof(address), "%x:00:00.0", 0x10000u + (uint32_t)getpid());
	own.address = address;
	host->fake = fake_create(&own);
	assert_non_null(host->fake);
	fake_start(host->fake);
	attach(host, own.vectors > 0);
	fake_stop(host->fake);
	host->qpair = io_alloc_qpair(host, qpair_opts);
	assert_non_null(host->qpair);
}

void
io_open_small(struct io_host *host, const struct fake_opts *opts, uint32_t entries)
{
	struct spdk_nvme_io_qpair_opts qpair_opts;

	io_open(host, opts, NULL);
	spdk_nvme_ctrlr_get_default_io_qpair_opts(host->ctrlr, &qpair_opts, sizeof(qpair_opts));
	qpair_opts.io_queue_size = entries;
	io_free_qpair(host, host->qpair);
	host->qpair = io_alloc_qpair(host, &qpair_opts);
	assert_non_null(host->qpair);
}

void
io_hold_reads(struct io_host *host)
{
	struct fake_fault fault = {
		.kind = FAKE_FAULT_LATE,
		.steps = UINT32_MAX,
		.where = FAKE_AT_IO_COMMAND,
		.opcode = SPDK_NVME_OPC_READ,
	};

	fake_plant(host->fake, &fault);
}

void
io_close(struct io_host *host)
{
	fake_start(host->fake);
	if (host->qpair != NULL) {
		assert_int_equal(host->qpair->outstanding, 0);
		assert_int_equal(spdk_nvme_ctrlr_free_io_qpair(host->qpair), 0);
	}
	assert_int_equal(spdk_nvme_detach(host->ctrlr), 0);
	fake_stop(host->fake);
	if (fake_violations(host->fake) != 0) {
		fail_msg("the driver broke a rule: %s", fake_last_violation(host->fake));
	}
	fake_destroy(host->fake);
}

void
io_turn(struct io_host *host, uint32_t times)
{
	for (uint32_t i = 0; i < times; i++) {
		fake_step(host->fake);
		(void)spdk_nvme_qpair_process_completions(host->qpair, 0);
	}
}

void
io_wait(struct io_host *host, const struct ctrlr_result *result)
{
	for (uint32_t i = 0; i < TURNS_MAX && result->count == 0; i++) {
		io_turn(host, 1);
	}
	assert_int_equal(result->count, 1);
}

void
io_expect(struct io_host *host, struct ctrlr_result *result, uint32_t sct, uint32_t sc)
{
	io_wait(host, result);
	if (result->cpl.status.sct != sct || result->cpl.status.sc != sc) {
		fail_msg("status %#x/%#x instead of %#x/%#x", result->cpl.status.sct,
			 result->cpl.status.sc, sct, sc);
	}
	memset(result, 0, sizeof(*result));
}

int
io_read_block(struct io_host *host, void *buffer, struct ctrlr_result *result)
{
	return spdk_nvme_ns_cmd_read(host->ns, host->qpair, buffer, 0, 1, ctrlr_done, result, 0);
}

const struct spdk_nvme_cmd *
io_command_before(const struct io_host *host, uint32_t back)
{
	const struct pcie_qpair *queue = pcie_qpair(host->qpair);

	return &queue->sq[(queue->sq_tail + queue->entries - back) % queue->entries];
}

struct spdk_nvme_cmd
io_last_command(const struct io_host *host)
{
	return *io_command_before(host, 1);
}

uint64_t
io_commands(const struct io_host *host, uint8_t opcode)
{
	struct fake_stats stats;

	fake_get_stats(host->fake, &stats);
	return stats.io_opcodes[opcode];
}

void *
io_memory(size_t size)
{
	void *memory = spdk_zmalloc(size, PAGE, NULL, SPDK_ENV_NUMA_ID_ANY, SPDK_MALLOC_DMA);

	assert_non_null(memory);
	return memory;
}

void
io_fill(void *buffer, size_t size, uint32_t seed)
{
	uint32_t value = seed * 2654435761u + 1;

	for (size_t i = 0; i < size; i++) {
		value = value * 1664525u + 1013904223u;
		((uint8_t *)buffer)[i] = (uint8_t)(value >> 24);
	}
}
