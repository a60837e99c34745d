/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What block devices add to what they are made of: 4 KiB random reads, 128 at a time.
 *
 *   null       against a loop of indirect calls that does nothing else
 *   passthru   each layer of it on null
 *   malloc     against memcpy of 4 KiB at random places of as much memory
 *   2 cores    null on two reactors against one, and the same of a bare loop: two CPUs of a virtual
 *              machine may be one core of its host, or one that has others to serve
 *
 * Both sides of a pair run in turn, so that what the machine does meanwhile meets both.
 */
#include "bench.h"

#include "spdk/bdev.h"
#include "spdk/bdev_module.h"
#include "spdk/event.h"
#include "spdk/rpc.h"

#define SAMPLES  25
#define DEPTH    128
#define IO_SIZE  4096
#define IOS      200000 /* of a sample */
#define DISK_MIB 256
#define LAYERS   4

static const char g_config[] =
	"{\"subsystems\": [{\"subsystem\": \"bdev\", \"config\": ["
	"{\"method\": \"bdev_null_create\", \"params\": {\"name\": \"Null0\","
	" \"num_blocks\": 65536, \"block_size\": 4096}},"
	"{\"method\": \"bdev_malloc_create\", \"params\": {\"name\": \"Malloc0\","
	" \"num_blocks\": 65536, \"block_size\": 4096}},"
	"{\"method\": \"bdev_passthru_create\", \"params\": {\"name\": \"P1\","
	" \"base_bdev_name\": \"Null1\"}},"
	"{\"method\": \"bdev_passthru_create\", \"params\": {\"name\": \"P2\","
	" \"base_bdev_name\": \"P1\"}},"
	"{\"method\": \"bdev_passthru_create\", \"params\": {\"name\": \"P3\","
	" \"base_bdev_name\": \"P2\"}},"
	"{\"method\": \"bdev_passthru_create\", \"params\": {\"name\": \"P4\","
	" \"base_bdev_name\": \"P3\"}},"
	"{\"method\": \"bdev_null_create\", \"params\": {\"name\": \"Null1\","
	" \"num_blocks\": 65536, \"block_size\": 4096}}"
	"]}]}";

/* ---- A load on one thread ---- */

struct load {
	const char *bdev_name;
	struct spdk_bdev_desc *desc;
	struct spdk_io_channel *ch;
	uint64_t blocks;
	uint8_t *buf; /* DEPTH times IO_SIZE */
	uint64_t random;
	uint64_t left;
	uint32_t outstanding;
	uint64_t started;
	double ns; /* of an I/O */
	spdk_msg_fn done;
	void *done_arg;
} __attribute__((aligned(128))); /* each on its core's cache lines */

struct slot {
	struct load *load;
	uint8_t *buf;
};

static struct slot g_slots[BENCH_REACTORS][DEPTH];

static inline uint64_t
next_random(uint64_t *state)
{
	*state = *state * 6364136223846793005ull + 1442695040888963407ull;
	return *state >> 33;
}

static void read_done(struct spdk_bdev_io *io, bool success, void *arg);

static void
read_one(struct slot *slot)
{
	struct load *load = slot->load;
	uint64_t block = next_random(&load->random) % load->blocks;
	int rc = spdk_bdev_read_blocks(load->desc, load->ch, slot->buf, block, 1, read_done, slot);

	if (rc != 0) {
		fprintf(stderr, "reading %s: %s\n", load->bdev_name, spdk_strerror(-rc));
		exit(1);
	}
}

static void
read_done(struct spdk_bdev_io *io, bool success, void *arg)
{
	struct slot *slot = arg;
	struct load *load = slot->load;

	spdk_bdev_free_io(io);
	if (!success) {
		fprintf(stderr, "reading %s failed\n", load->bdev_name);
		exit(1);
	}
	if (load->left > 0) {
		load->left--;
		read_one(slot);
	} else if (--load->outstanding == 0) {
		load->ns = bench_ns(spdk_get_ticks() - load->started) / IOS;
		load->done(load->done_arg);
	}
}

static void
load_start(struct load *load, struct slot *slots, spdk_msg_fn done, void *arg)
{
	uint32_t i;

	load->done = done;
	load->done_arg = arg;
	load->left = IOS - DEPTH;
	load->outstanding = DEPTH;
	load->started = spdk_get_ticks();
	for (i = 0; i < DEPTH; i++) {
		slots[i] = (struct slot){load, load->buf + (size_t)i * IO_SIZE};
		read_one(&slots[i]);
	}
}

static void
ignore_event(enum spdk_bdev_event_type type, struct spdk_bdev *bdev, void *arg)
{
}

static void
load_open(struct load *load, const char *name)
{
	*load = (struct load){.bdev_name = name, .random = 1};
	if (spdk_bdev_open_ext(name, false, ignore_event, NULL, &load->desc) != 0) {
		fprintf(stderr, "there is no bdev %s\n", name);
		exit(1);
	}
	load->ch = spdk_bdev_get_io_channel(load->desc);
	load->blocks = spdk_bdev_get_num_blocks(spdk_bdev_desc_get_bdev(load->desc));
	load->buf = spdk_dma_zmalloc(DEPTH * IO_SIZE, 4096, NULL);
	memset(load->buf, 1, DEPTH * IO_SIZE);
}

static void
load_close(struct load *load)
{
	spdk_put_io_channel(load->ch);
	spdk_bdev_close(load->desc);
	spdk_dma_free(load->buf);
}

/* ---- The bare side of a pair ---- */

static uint64_t g_sink;

static void __attribute__((noinline)) bare_submit(struct slot *slot, uint64_t block)
{
	g_sink += block;
}

static void (*volatile g_bare_submit)(struct slot *slot, uint64_t block) = bare_submit;

/* What the load does besides: a random number, and a call through a pointer there and back. */
static double
bare_calls_ns(void)
{
	uint64_t random = 1, start = spdk_get_ticks(), i;

	for (i = 0; i < IOS; i++) {
		g_bare_submit(&g_slots[0][i % DEPTH], next_random(&random) % 65536);
		g_bare_submit(&g_slots[0][i % DEPTH], i);
	}
	return bench_ns(spdk_get_ticks() - start) / IOS;
}

/* About what an I/O does, in the memory of one core: fill in a structure, call, look at it. */
#define BARE_IO_SIZE 512

struct bare_ring {
	uint8_t ios[DEPTH][BARE_IO_SIZE];
	uint64_t sum;
} __attribute__((aligned(128)));

static struct bare_ring g_bare_rings[BENCH_REACTORS];

static void __attribute__((noinline)) bare_complete(struct bare_ring *ring, uint8_t *io)
{
	for (uint32_t at = 0; at < BARE_IO_SIZE; at += sizeof(uint64_t)) {
		ring->sum += io[at];
	}
}

static void (*volatile g_bare_complete)(struct bare_ring *ring, uint8_t *io) = bare_complete;

static double
bare_ios_ns(struct bare_ring *ring)
{
	uint64_t random = 1, start = spdk_get_ticks(), i;

	for (i = 0; i < IOS; i++) {
		memset(ring->ios[i % DEPTH], (int)next_random(&random), BARE_IO_SIZE);
		g_bare_complete(ring, ring->ios[i % DEPTH]);
	}
	return bench_ns(spdk_get_ticks() - start) / IOS;
}

static uint8_t *g_memory;

static double
bare_memcpy_ns(void)
{
	static uint8_t *buf;
	uint64_t random = 1, start, i;

	if (buf == NULL) {
		buf = spdk_dma_zmalloc(DEPTH * IO_SIZE, 4096, NULL);
		memset(buf, 1, DEPTH * IO_SIZE);
	}
	start = spdk_get_ticks();
	for (i = 0; i < IOS; i++) {
		memcpy(buf + i % DEPTH * IO_SIZE, g_memory + next_random(&random) % 65536 * IO_SIZE,
		       IO_SIZE);
		__asm__ volatile("" ::: "memory");
	}
	return bench_ns(spdk_get_ticks() - start) / IOS;
}

/* ---- Pairs ---- */

enum stage {
	STAGE_NULL,
	STAGE_LAYERS,
	STAGE_MALLOC,
	STAGE_CORES,
	STAGE_END,
};

static struct {
	enum stage stage;
	int missed;
	struct load null, passthru, malloc;
	struct bench_spread bare, one, other, bare_two;
} g_run;

static void next_sample(void *arg);
static void run_sample(void *arg);

/* ---- Two cores ---- */

static struct {
	struct spdk_thread *threads[BENCH_REACTORS];
	struct load loads[BENCH_REACTORS];
	double bare_ns[BENCH_REACTORS];
	_Atomic uint32_t left;
	/* On the app thread, when all cores are done. */
	spdk_msg_fn next;
} g_cores;

static void
core_done(void *arg)
{
	if (--g_cores.left == 0) {
		spdk_thread_send_msg(spdk_thread_get_app_thread(), g_cores.next, NULL);
	}
}

/* Both run from the same message on: what they do in a second is the sum of both rates. */
static double
both_ns(double first, double second)
{
	return 1 / (1 / first + 1 / second);
}

static void
core_start(void *arg)
{
	uintptr_t i = (uintptr_t)arg;

	load_start(&g_cores.loads[i], g_slots[i], core_done, NULL);
}

static void
bare_start(void *arg)
{
	uintptr_t i = (uintptr_t)arg;

	g_cores.bare_ns[i] = bare_ios_ns(&g_bare_rings[i]);
	core_done(NULL);
}

static void
core_open(void *arg)
{
	uintptr_t i = (uintptr_t)arg;

	load_open(&g_cores.loads[i], "Null0");
	core_done(NULL);
}

static void
core_close(void *arg)
{
	uintptr_t i = (uintptr_t)arg;

	load_close(&g_cores.loads[i]);
	spdk_thread_exit(spdk_get_thread());
}

static void
cores_send(spdk_msg_fn fn, spdk_msg_fn next)
{
	uintptr_t i;

	g_cores.left = BENCH_REACTORS;
	g_cores.next = next;
	for (i = 0; i < BENCH_REACTORS; i++) {
		spdk_thread_send_msg(g_cores.threads[i], fn, (void *)i);
	}
}

/* A sample: null and the bare loop, each on one core, then on both. */
static void
both_bare_done(void *arg)
{
	bench_spread_add(&g_run.bare_two, both_ns(g_cores.bare_ns[0], g_cores.bare_ns[1]));
	next_sample(NULL);
}

static void
both_done(void *arg)
{
	bench_spread_add(&g_run.other, both_ns(g_cores.loads[0].ns, g_cores.loads[1].ns));
	cores_send(bare_start, both_bare_done);
}

static void
alone_done(void *arg)
{
	bench_spread_add(&g_run.one, g_cores.loads[1].ns);
	bench_spread_add(&g_run.bare, bare_ios_ns(&g_bare_rings[1]));
	cores_send(core_start, both_done);
}

static void
alone_start(void *arg)
{
	load_start(&g_cores.loads[1], g_slots[1], alone_done, NULL);
}

static void
cores_make(void)
{
	struct spdk_cpuset mask;
	uintptr_t i;

	for (i = 0; i < BENCH_REACTORS; i++) {
		spdk_cpuset_zero(&mask);
		spdk_cpuset_set_cpu(&mask, (uint32_t)i, true);
		g_cores.threads[i] = spdk_thread_create("load", &mask);
	}
	g_run.other.count = 0;
	cores_send(core_open, run_sample);
}

/* ---- The sequence ---- */

/* What one side takes more than the other, as so many parts. */
static struct bench_spread
difference(const struct bench_spread *more, const struct bench_spread *less, uint32_t parts)
{
	struct bench_spread spread = {.count = spdk_min(more->count, less->count)};
	uint32_t i;

	for (i = 0; i < spread.count; i++) {
		spread.values[i] = (more->values[i] - less->values[i]) / parts;
	}
	return spread;
}

/* How many times as much is done in the same time. */
static struct bench_spread
gain(const struct bench_spread *one, const struct bench_spread *two)
{
	struct bench_spread spread = {.count = spdk_min(one->count, two->count)};
	uint32_t i;

	for (i = 0; i < spread.count; i++) {
		spread.values[i] = one->values[i] / two->values[i];
	}
	return spread;
}

static void
report_null(void)
{
	struct bench_spread more = difference(&g_run.one, &g_run.bare, 1);

	bench_question("A 4 KiB read of the null device, to a loop of indirect calls");
	bench_side(&g_run.bare, "a loop of indirect calls", "ns");
	bench_side(&g_run.one, "null, each read", "ns");
	g_run.missed += !bench_limit("null: more than the loop", &more, "ns", BENCH_AT_MOST, 80);
}

static void
report_layers(void)
{
	struct bench_spread layer = difference(&g_run.other, &g_run.one, LAYERS);

	bench_question("A layer of passthru on the null device");
	bench_side(&g_run.one, "null", "ns");
	bench_side(&g_run.other, "four layers of passthru on null", "ns");
	g_run.missed += !bench_limit("passthru: each layer", &layer, "ns", BENCH_AT_MOST, 40);
}

static void
report_malloc(void)
{
	bench_question("A 4 KiB read of the memory device, to memcpy");
	bench_side(&g_run.bare, "memcpy at random places", "ns");
	bench_side(&g_run.one, "malloc, each read", "ns");
	g_run.missed += !bench_ratio("malloc: a read, to a memcpy", &g_run.one, &g_run.bare,
				     BENCH_AT_MOST, 1 / 0.85);
}

static void
report_cores(void)
{
	struct bench_spread null = gain(&g_run.one, &g_run.other);
	struct bench_spread loop = gain(&g_run.bare, &g_run.bare_two);

	bench_question("What a second core gains: the null device, to a loop");
	bench_side(&g_run.one, "null on one core", "ns");
	bench_side(&g_run.other, "null on two", "ns");
	bench_side(&g_run.bare, "a loop on one core", "ns");
	bench_side(&g_run.bare_two, "a loop on two", "ns");
	bench_side(&null, "null: two cores per one", "times");
	bench_side(&loop, "the loop: two cores per one", "times");
	g_run.missed += !bench_ratio("null: gain of two cores, to that of the loop", &null, &loop,
				     BENCH_AT_LEAST, 0.9);
}

static void
stage_finish(void)
{
	static void (*const reports[STAGE_END])(void) = {
		[STAGE_NULL] = report_null,
		[STAGE_LAYERS] = report_layers,
		[STAGE_MALLOC] = report_malloc,
		[STAGE_CORES] = report_cores,
	};

	reports[g_run.stage++]();
	g_run.bare.count = g_run.one.count = g_run.other.count = g_run.bare_two.count = 0;
}

static void
passthru_done(void *arg)
{
	bench_spread_add(&g_run.other, g_run.passthru.ns);
	next_sample(NULL);
}

static void
one_done(void *arg)
{
	struct load *load = arg;

	bench_spread_add(&g_run.one, load->ns);
	if (g_run.stage == STAGE_LAYERS) {
		load_start(&g_run.passthru, g_slots[0], passthru_done, NULL);
	} else {
		next_sample(NULL);
	}
}

static void
finish(void)
{
	cores_send(core_close, NULL);
	load_close(&g_run.null);
	load_close(&g_run.passthru);
	load_close(&g_run.malloc);
	spdk_dma_free(g_memory);
	spdk_app_stop(g_run.missed);
}

static void
run_sample(void *arg)
{
	switch (g_run.stage) {
	case STAGE_NULL:
		bench_spread_add(&g_run.bare, bare_calls_ns());
		load_start(&g_run.null, g_slots[0], one_done, &g_run.null);
		break;
	case STAGE_LAYERS:
		load_start(&g_run.null, g_slots[0], one_done, &g_run.null);
		break;
	case STAGE_MALLOC:
		bench_spread_add(&g_run.bare, bare_memcpy_ns());
		load_start(&g_run.malloc, g_slots[0], one_done, &g_run.malloc);
		break;
	case STAGE_CORES:
		spdk_thread_send_msg(g_cores.threads[1], alone_start, NULL);
		break;
	case STAGE_END:
		finish();
		break;
	}
}

/* From a message, so that a load's last callback does not begin the next. */
static void
next_sample(void *arg)
{
	if (g_run.one.count == SAMPLES) {
		stage_finish();
	}
	spdk_thread_send_msg(spdk_thread_get_app_thread(), run_sample, NULL);
}

static void
start(void *arg)
{
	load_open(&g_run.null, "Null0");
	load_open(&g_run.passthru, "P4");
	load_open(&g_run.malloc, "Malloc0");
	g_memory = spdk_dma_zmalloc((size_t)DISK_MIB << 20, 4096, NULL);
	if (g_memory == NULL) {
		fprintf(stderr, "no memory\n");
		exit(1);
	}
	memset(g_memory, 1, (size_t)DISK_MIB << 20);
	cores_make();
}

int
main(void)
{
	struct spdk_app_opts opts = {};
	int rc;

	spdk_app_opts_init(&opts, sizeof(opts));
	opts.name = "bdev_bench";
	opts.reactor_mask = "0x3";
	opts.rpc_addr = NULL;
	opts.no_pci = true;
	opts.print_level = SPDK_LOG_WARN;
	opts.json_data = (void *)(uintptr_t)g_config;
	opts.json_data_size = sizeof(g_config) - 1;
	rc = spdk_app_start(&opts, start, NULL);
	spdk_app_fini();
	return rc != 0;
}
