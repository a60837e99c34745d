/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench.h"

#include "spdk/event.h"

struct bench_reactor g_reactors[BENCH_REACTORS];
static int g_place = -1;
static uint32_t g_turn;
static bool g_stop;

static int
thread_op(struct spdk_thread *thread, enum spdk_thread_op op)
{
	int reactor = g_place >= 0 ? g_place : (int)(g_turn++ % BENCH_REACTORS);

	if (g_place == BENCH_NOWHERE) {
		return 0;
	}
	return spindle_run_queue_add(g_reactors[reactor].queue, thread);
}

static bool
thread_op_supported(enum spdk_thread_op op)
{
	return op == SPDK_THREAD_OP_NEW;
}

static void
check(const char *what, int rc)
{
	if (rc != 0) {
		fprintf(stderr, "%s: %s\n", what, spdk_strerror(-rc));
		exit(1);
	}
}

static void
open_env(const char *name)
{
	struct spdk_env_opts opts;

	opts.opts_size = sizeof(opts);
	spdk_env_opts_init(&opts);
	opts.name = name;
	opts.core_mask = "0x3";
	opts.no_pci = true;
	check("spdk_env_init", spdk_env_init(&opts));
}

int
bench_app_main(const char *program, spdk_msg_fn start)
{
	struct spdk_app_opts opts = {};
	int rc;

	spdk_app_opts_init(&opts, sizeof(opts));
	opts.name = program;
	opts.reactor_mask = "0x3";
	opts.rpc_addr = NULL;
	opts.no_pci = true;
	opts.print_level = SPDK_LOG_ERROR;
	rc = spdk_app_start(&opts, start, NULL);
	spdk_app_fini();
	return rc != 0;
}

struct spdk_thread *
bench_thread_create(const char *name, uint32_t core)
{
	struct spdk_cpuset mask;

	spdk_cpuset_zero(&mask);
	spdk_cpuset_set_cpu(&mask, core, true);
	return spdk_thread_create(name, &mask);
}

void
bench_open(const char *name, size_t ctx_size)
{
	uint32_t i;

	open_env(name);
	check("spdk_thread_lib_init_ext",
	      spdk_thread_lib_init_ext(thread_op, thread_op_supported, ctx_size, 0));
	for (i = 0; i < BENCH_REACTORS; i++) {
		g_reactors[i].core = i;
		check("spindle_run_queue_create", spindle_run_queue_create(&g_reactors[i].queue));
	}
}

void
bench_close(void)
{
	uint32_t i;

	spdk_thread_lib_fini();
	for (i = 0; i < BENCH_REACTORS; i++) {
		check("spindle_run_queue_destroy", spindle_run_queue_destroy(g_reactors[i].queue));
	}
	spdk_env_fini();
}

void
bench_open_polled(const char *name)
{
	open_env(name);
	check("spdk_thread_lib_init", spdk_thread_lib_init(NULL, 0));
}

void
bench_close_polled(void)
{
	spdk_thread_lib_fini();
	spdk_env_fini();
}

void
bench_place(int reactor)
{
	g_place = reactor;
}

static int
second_reactor(void *arg)
{
	struct spindle_run_queue *queue = g_reactors[1].queue;
	uint32_t idle = 0;

	while (!__atomic_load_n(&g_stop, __ATOMIC_ACQUIRE)) {
		idle = spindle_run_queue_turn(queue) != 0 ? 0 : idle + 1;
		if (idle > 1000) {
			spindle_run_queue_park(queue, SPINDLE_PARK_FOREVER);
		}
	}
	return 0;
}

void
bench_start(void)
{
	g_stop = false;
	check("spdk_env_thread_launch_pinned",
	      spdk_env_thread_launch_pinned(1, second_reactor, NULL));
}

void
bench_stop(void)
{
	__atomic_store_n(&g_stop, true, __ATOMIC_RELEASE);
	spindle_run_queue_wake(g_reactors[1].queue);
	spdk_env_thread_wait_all();
}

void
bench_turn(void)
{
	if (spindle_run_queue_turn(g_reactors[0].queue) == 0) {
		spindle_run_queue_park(g_reactors[0].queue,
				       spdk_get_ticks() + spdk_get_ticks_hz() / 1000);
	}
}

void
bench_warm_memory(size_t size)
{
	uint8_t *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	if (memory != MAP_FAILED) {
		munmap(memory, size);
	}
}

void *
bench_alloc(size_t count, size_t size)
{
	void *memory = aligned_alloc(64, SPDK_ALIGN_CEIL(count * size, 64));

	if (memory == NULL) {
		perror("aligned_alloc");
		exit(1);
	}
	memset(memory, 0, count * size);
	return memory;
}

double
bench_seconds(uint64_t ticks)
{
	return (double)ticks / (double)spdk_get_ticks_hz();
}

double
bench_ns(uint64_t ticks)
{
	return bench_seconds(ticks) * 1e9;
}

uint64_t
bench_resident_bytes(void)
{
	FILE *file = fopen("/proc/self/status", "r");
	uint64_t kib, sum = 0;
	char line[256];

	if (file == NULL) {
		return 0;
	}
	while (fgets(line, sizeof(line), file) != NULL) {
		if (sscanf(line, "VmRSS: %" SCNu64, &kib) == 1 ||
		    sscanf(line, "HugetlbPages: %" SCNu64, &kib) == 1) {
			sum += kib * 1024;
		}
	}
	fclose(file);
	return sum;
}

static int
compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

void
bench_sort(uint64_t *values, size_t count)
{
	qsort(values, count, sizeof(values[0]), compare);
}
