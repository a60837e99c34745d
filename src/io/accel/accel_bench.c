/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the framework adds to the work itself: copies of 4 KiB, at a depth of 1 and of 32, against
 * memcpy() of the same buffers, in turns so that the machine's moods meet both; and an operation of
 * no bytes, which is all overhead.
 */
#include "spdk/accel.h"
#include "spdk/env.h"
#include "spdk/thread.h"
#include "spdk/util.h"

#define ROUNDS     15
#define OPERATIONS 200000
#define DEPTH_MAX  32
#define SIZE       4096

static struct spdk_thread *g_thread;
static struct spdk_io_channel *g_ch;
static uint8_t g_src[DEPTH_MAX][SIZE] __attribute__((aligned(4096)));
static uint8_t g_dst[DEPTH_MAX][SIZE] __attribute__((aligned(4096)));
static uint32_t g_left, g_done;
static size_t g_size;

static void
copied(void *arg, int status)
{
	uint32_t i = (uint32_t)(uintptr_t)arg;

	g_done++;
	if (g_left > 0) {
		g_left--;
		(void)spdk_accel_submit_copy(g_ch, g_dst[i], g_src[i], g_size, copied, arg);
	}
}

static double
ns_since(uint64_t start)
{
	return (double)(spdk_get_ticks() - start) * 1e9 / (double)spdk_get_ticks_hz() / OPERATIONS;
}

static double
time_accel(uint32_t depth, size_t size)
{
	uint64_t start = spdk_get_ticks();

	g_size = size;
	g_left = OPERATIONS;
	g_done = 0;
	for (uint32_t i = 0; i < depth; i++) {
		g_left--;
		(void)spdk_accel_submit_copy(g_ch, g_dst[i], g_src[i], size, copied,
					     (void *)(uintptr_t)i);
	}
	while (g_done < OPERATIONS) {
		(void)spdk_thread_poll(g_thread, 0, 0);
	}
	return ns_since(start);
}

static double
time_memcpy(uint32_t depth, size_t size)
{
	uint64_t start = spdk_get_ticks();

	for (uint32_t i = 0; i < OPERATIONS; i++) {
		memcpy(g_dst[i % depth], g_src[i % depth], size);
		__asm__ volatile("" ::: "memory");
	}
	return ns_since(start);
}

static int
compare_doubles(const void *left, const void *right)
{
	double a = *(const double *)left, b = *(const double *)right;

	return a < b ? -1 : a > b;
}

static void
measure(const char *what, uint32_t depth, size_t size)
{
	double accel[ROUNDS], plain[ROUNDS], extra[ROUNDS];

	for (int i = 0; i < ROUNDS; i++) {
		accel[i] = time_accel(depth, size);
		plain[i] = time_memcpy(depth, size);
		extra[i] = accel[i] - plain[i];
	}
	qsort(accel, ROUNDS, sizeof(double), compare_doubles);
	qsort(plain, ROUNDS, sizeof(double), compare_doubles);
	qsort(extra, ROUNDS, sizeof(double), compare_doubles);
	printf("%-22s depth %2u: accel %6.1f ns, memcpy %6.1f ns, extra %6.1f ns "
	       "(quartiles %.1f, %.1f)\n",
	       what, depth, accel[ROUNDS / 2], plain[ROUNDS / 2], extra[ROUNDS / 2],
	       extra[ROUNDS / 4], extra[ROUNDS * 3 / 4]);
}

static void
down(void *arg)
{
	*(bool *)arg = true;
}

int
main(void)
{
	struct spdk_env_opts opts = {.opts_size = sizeof(opts)};
	bool is_down = false;

	spdk_env_opts_init(&opts);
	opts.core_mask = "0x1";
	if (spdk_env_init(&opts) != 0 || spdk_thread_lib_init(NULL, 0) != 0) {
		return 1;
	}
	g_thread = spdk_thread_create("bench", NULL);
	spdk_set_thread(g_thread);
	if (spdk_iobuf_initialize() != 0 || spdk_accel_initialize() != 0) {
		return 1;
	}
	g_ch = spdk_accel_get_io_channel();
	measure("no bytes", 1, 0);
	measure("no bytes", DEPTH_MAX, 0);
	measure("copy of 4 KiB", 1, SIZE);
	measure("copy of 4 KiB", DEPTH_MAX, SIZE);
	spdk_put_io_channel(g_ch);
	spdk_accel_finish(down, &is_down);
	while (!is_down) {
		(void)spdk_thread_poll(g_thread, 0, 0);
	}
	return 0;
}
