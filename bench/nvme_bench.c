/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the driver takes of a CPU: reads of 4 KiB on one queue pair, 128 at a time, of a fake
 * controller that moves no data, less what the fake takes by itself. For that, the barest host
 * there can be drives the fake on a second queue pair: it copies a command that was made before,
 * and counts completions.
 */
#include "figure.h"

#include "io/nvme/fake/fake.h"
#include "spdk/env.h"
#include "spdk/mmio.h"
#include "spdk/nvme.h"
#include "spdk/util.h"

#define SAMPLES  31
#define DEPTH    128
#define IO_SIZE  4096
#define IOS      200000 /* of a sample */
#define BLOCK    512
#define ENTRIES  256
#define LIMIT_NS 60

static struct fake *g_fake;
static struct spdk_nvme_ctrlr *g_ctrlr;
static struct spdk_nvme_ns *g_ns;
static struct spdk_nvme_qpair *g_qpair;
static uint64_t g_blocks;
static uint64_t g_random = 1;
static uint32_t g_left;
static uint32_t g_done;

struct slot {
	uint8_t *buffer;
};

static struct slot g_slots[DEPTH];

static void
check(bool is_true, const char *what)
{
	if (!is_true) {
		fprintf(stderr, "nvme_bench: %s\n", what);
		exit(1);
	}
}

static inline uint64_t
next_lba(void)
{
	g_random = g_random * 6364136223846793005ull + 1442695040888963407ull;
	return (g_random >> 33) & (g_blocks - 1) & ~(uint64_t)(IO_SIZE / BLOCK - 1);
}

/* Of this OS thread: what others have of the CPU meanwhile is not the driver's. */
static uint64_t
cpu_time_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (uint64_t)now.tv_sec * 1000000000ull + (uint64_t)now.tv_nsec;
}

static void read_done(void *arg, const struct spdk_nvme_cpl *cpl);

static inline void
read_one(struct slot *slot)
{
	check(spdk_nvme_ns_cmd_read(g_ns, g_qpair, slot->buffer, next_lba(), IO_SIZE / BLOCK,
				    read_done, slot, 0) == 0,
	      "a read was refused");
}

static void
read_done(void *arg, const struct spdk_nvme_cpl *cpl)
{
	check(spdk_nvme_cpl_is_success(cpl), "a read failed");
	g_done++;
	if (g_left > 0) {
		g_left--;
		read_one(arg);
	}
}

static double
sample_driver(void)
{
	uint64_t start = cpu_time_ns();

	g_left = IOS - DEPTH;
	g_done = 0;
	for (uint32_t i = 0; i < DEPTH; i++) {
		read_one(&g_slots[i]);
	}
	while (g_done < IOS) {
		fake_step(g_fake);
		spdk_nvme_qpair_process_completions(g_qpair, 0);
	}
	return (double)(cpu_time_ns() - start) / IOS;
}

/* The barest host. */
struct bare {
	struct spdk_nvme_qpair *qpair;
	struct spdk_nvme_cmd *sq;
	struct spdk_nvme_cpl *cq;
	volatile uint32_t *sq_doorbell;
	volatile uint32_t *cq_doorbell;
	struct spdk_nvme_cmd cmd;
	uint32_t tail;
	uint32_t head;
	uint16_t phase;
};

static struct bare g_bare;

static inline void
bare_submit(struct bare *bare, uint16_t cid)
{
	bare->cmd.cid = cid;
	bare->sq[bare->tail] = bare->cmd;
	bare->tail = (bare->tail + 1) & (ENTRIES - 1);
	spdk_mmio_write_4(bare->sq_doorbell, bare->tail);
}

/* Completes what has come, each with a command that follows. */
static uint32_t
bare_turn(struct bare *bare, uint32_t left)
{
	uint32_t done = 0;

	while ((__atomic_load_n(&bare->cq[bare->head].status_raw, __ATOMIC_ACQUIRE) & 1) ==
	       bare->phase) {
		uint16_t cid = bare->cq[bare->head].cid;

		bare->head = (bare->head + 1) & (ENTRIES - 1);
		bare->phase ^= bare->head == 0;
		if (done++ < left) {
			bare_submit(bare, cid);
		}
	}
	spdk_mmio_write_4(bare->cq_doorbell, bare->head);
	return done;
}

static double
sample_fake(void)
{
	uint64_t start = cpu_time_ns();
	uint32_t left = IOS - DEPTH, done = 0;

	for (uint16_t i = 0; i < DEPTH; i++) {
		bare_submit(&g_bare, i);
	}
	while (done < IOS) {
		uint32_t count;

		fake_step(g_fake);
		count = bare_turn(&g_bare, left);
		done += count;
		left -= spdk_min(left, count);
	}
	return (double)(cpu_time_ns() - start) / IOS;
}

static void
open_bare(void)
{
	volatile uint32_t *doorbells = &spdk_nvme_ctrlr_get_registers(g_ctrlr)->doorbell[0].sq_tdbl;
	struct spdk_nvme_io_qpair_opts opts;

	spdk_nvme_ctrlr_get_default_io_qpair_opts(g_ctrlr, &opts, sizeof(opts));
	opts.io_queue_size = ENTRIES;
	opts.sq.buffer_size = ENTRIES * sizeof(*opts.sq.vaddr);
	opts.sq.vaddr = spdk_zmalloc(opts.sq.buffer_size, IO_SIZE, NULL, SPDK_ENV_NUMA_ID_ANY,
				     SPDK_MALLOC_DMA);
	opts.cq.buffer_size = ENTRIES * sizeof(*opts.cq.vaddr);
	opts.cq.vaddr = spdk_zmalloc(opts.cq.buffer_size, IO_SIZE, NULL, SPDK_ENV_NUMA_ID_ANY,
				     SPDK_MALLOC_DMA);
	check(opts.sq.vaddr != NULL && opts.cq.vaddr != NULL, "no memory");
	g_bare.qpair = spdk_nvme_ctrlr_alloc_io_qpair(g_ctrlr, &opts, sizeof(opts));
	check(g_bare.qpair != NULL, "no second queue pair");
	g_bare.sq = opts.sq.vaddr;
	g_bare.cq = opts.cq.vaddr;
	g_bare.sq_doorbell = doorbells + 2u * spdk_nvme_qpair_get_id(g_bare.qpair);
	g_bare.cq_doorbell = g_bare.sq_doorbell + 1;
	g_bare.phase = 1;
	g_bare.cmd = (struct spdk_nvme_cmd){
		.opc = SPDK_NVME_OPC_READ,
		.nsid = 1,
		.dptr.prp.prp1 = (uintptr_t)g_slots[0].buffer,
		.cdw12 = IO_SIZE / BLOCK - 1,
	};
}

static void
open_driver(void)
{
	struct spdk_nvme_transport_id trid = {0};
	struct fake_opts opts;
	char address[32];
	uint8_t *memory;

	fake_opts_init(&opts);
	opts.is_cheap = true;
	/* Claims are the machine's. */
	snprintf(address, sizeof(address), "%x:00:00.0", 0x10000u + (uint32_t)getpid());
	opts.address = address;
	g_fake = fake_create(&opts);
	check(g_fake != NULL, "no fake controller");
	spdk_nvme_trid_populate_transport(&trid, SPDK_NVME_TRANSPORT_PCIE);
	snprintf(trid.traddr, sizeof(trid.traddr), "%s", fake_address(g_fake));
	memory = spdk_zmalloc((size_t)DEPTH * IO_SIZE, IO_SIZE, NULL, SPDK_ENV_NUMA_ID_ANY,
			      SPDK_MALLOC_DMA);
	check(memory != NULL, "no memory");
	for (uint32_t i = 0; i < DEPTH; i++) {
		g_slots[i].buffer = memory + (size_t)i * IO_SIZE;
	}
	fake_start(g_fake);
	g_ctrlr = spdk_nvme_connect(&trid, NULL, 0);
	check(g_ctrlr != NULL, "the fake controller could not be attached");
	g_ns = spdk_nvme_ctrlr_get_ns(g_ctrlr, 1);
	g_blocks = spdk_nvme_ns_get_num_sectors(g_ns);
	open_bare();
	fake_stop(g_fake);
}

static void
make_qpair(bool delays)
{
	struct spdk_nvme_io_qpair_opts opts;

	fake_start(g_fake);
	if (g_qpair != NULL) {
		spdk_nvme_ctrlr_free_io_qpair(g_qpair);
	}
	spdk_nvme_ctrlr_get_default_io_qpair_opts(g_ctrlr, &opts, sizeof(opts));
	opts.io_queue_size = ENTRIES;
	opts.delay_cmd_submit = delays;
	g_qpair = spdk_nvme_ctrlr_alloc_io_qpair(g_ctrlr, &opts, sizeof(opts));
	check(g_qpair != NULL, "no queue pair");
	fake_stop(g_fake);
}

static bool
measure(const char *title, bool delays)
{
	struct bench_spread driver = {0}, fake = {0}, difference = {0};
	uint32_t samples = bench_samples(SAMPLES);

	make_qpair(delays);
	(void)sample_driver();
	(void)sample_fake();
	for (uint32_t i = 0; i < samples; i++) {
		double with = sample_driver(), without = sample_fake();

		bench_spread_add(&driver, with);
		bench_spread_add(&fake, without);
		bench_spread_add(&difference, with - without);
	}
	bench_question(title);
	bench_side(&driver, "driver and fake", "ns");
	bench_side(&fake, "fake, barest host", "ns");
	return bench_limit("driver", &difference, "ns", BENCH_AT_MOST, LIMIT_NS);
}

int
main(void)
{
	struct spdk_env_opts opts = {.opts_size = sizeof(opts)};
	bool is_kept;

	spdk_env_opts_init(&opts);
	opts.name = "nvme_bench";
	opts.core_mask = "0x1";
	check(spdk_env_init(&opts) == 0, "no environment");
	open_driver();
	is_kept = measure("NVMe: a read of 4 KiB, 128 at a time, a doorbell for each", false);
	is_kept &= measure("NVMe: the same, doorbells at the next poll (delay_cmd_submit)", true);
	fake_start(g_fake);
	spdk_nvme_ctrlr_free_io_qpair(g_qpair);
	/* The driver knows nothing of what has come here. */
	memset(g_bare.cq, 0, ENTRIES * sizeof(*g_bare.cq));
	spdk_nvme_ctrlr_free_io_qpair(g_bare.qpair);
	spdk_free(g_bare.sq);
	spdk_free(g_bare.cq);
	spdk_free(g_slots[0].buffer);
	spdk_nvme_detach(g_ctrlr);
	fake_destroy(g_fake);
	spdk_env_fini();
	return is_kept ? 0 : 1;
}
