/* SPDX-License-Identifier: BSD-3-Clause */
#include "world.h"
#include "far.h"
#include "io/bdev/device.h"
#include "memory.h"
#include "random.h"
#include "report.h"
#include "spdk/accel.h"
#include "spdk/bdev.h"
#include "spdk/env.h"
#include "trouble.h"

#define HZ UINT64_C(1000000000)
/* Nothing takes as long; queued resets of a device that drains for a second each are the longest.
 */
#define PATIENCE_TICKS (HZ * 300)
/* A turn takes up to that; more of it while there is nothing to do. */
#define TURN_TICKS      UINT64_C(20000)
#define TURN_TICKS_IDLE UINT64_C(4000000)

struct world g_world;

/* The library's watch looks at it as well, on a thread of its own. */
static _Atomic uint64_t g_ticks;
static uint64_t g_idle_ticks;
static uint32_t g_idle_turns;
static long g_failures_noted;

/* ---- The clock, by --wrap of the linker ---- */

uint64_t __wrap_spdk_get_ticks(void);
uint64_t __wrap_spdk_get_ticks_hz(void);

uint64_t
__wrap_spdk_get_ticks(void)
{
	return g_ticks;
}

uint64_t
__wrap_spdk_get_ticks_hz(void)
{
	return HZ;
}

/* ---- Turns ---- */

void
world_on(uint32_t thread)
{
	spdk_set_thread(g_world.threads[thread]);
}

void
world_note_memory(void)
{
	if (memory_failures() != g_failures_noted) {
		g_failures_noted = memory_failures();
		trouble_note(TROUBLE_MEMORY);
	}
}

void
world_enter_library(void)
{
	memory_resume();
}

void
world_leave_library(void)
{
	memory_pause();
	world_note_memory();
}

void
world_turn(void)
{
	uint32_t thread = (uint32_t)random_below(g_world.count);
	uint32_t messages = random_permille(500) ? (uint32_t)random_between(1, 4) : 0;
	int rc;

	history_tick();
	world_enter_library();
	rc = spdk_thread_poll(g_world.threads[thread], messages, g_ticks);
	world_leave_library();
	far_step();
	if (rc > 0) {
		g_idle_turns = 0;
		g_idle_ticks = TURN_TICKS;
	} else if (++g_idle_turns > 2 * g_world.count && g_idle_ticks < TURN_TICKS_IDLE) {
		g_idle_ticks *= 2;
	}
	g_ticks += random_below(g_idle_ticks + 1);
}

void
world_wait_until(bool (*is_so)(void *arg), void *arg, const char *what, void (*print)(void))
{
	uint64_t deadline = g_ticks + PATIENCE_TICKS;

	while (!is_so(arg)) {
		world_turn();
		if (g_ticks > deadline) {
			if (print != NULL) {
				print();
			}
			report_found(FOUND_LOST, "waiting for %s", what);
		}
	}
}

/* ---- The layer ---- */

static bool g_is_done;

static void
note_done(void *arg)
{
	g_is_done = true;
}

static void
note_initialized(void *arg, int rc)
{
	if (rc != 0) {
		report_found(FOUND_RC, "spdk_bdev_initialize() tells %d", rc);
	}
	g_is_done = true;
}

static bool
is_done(void *arg)
{
	return g_is_done;
}

static void
wait_until_done(const char *what)
{
	world_wait_until(is_done, NULL, what, NULL);
	g_is_done = false;
	world_on(0);
}

void
world_setup(void)
{
	struct spdk_env_opts opts = {.opts_size = sizeof(opts)};

	spdk_env_opts_init(&opts);
	opts.name = "bdev_model";
	g_bdev_patience_us = UINT64_MAX / HZ; /* The test has its own. */
	if (spdk_env_init(&opts) != 0) {
		report_found(FOUND_RC, "spdk_env_init() fails");
	}
	far_setup();
}

/* ---- Buffers that somebody else has ---- */

#define TAKEN_MAX (64 + 24)

static struct spdk_iobuf_channel g_taker;
static struct {
	void *buf;
	uint32_t size;
} g_taken[TAKEN_MAX];
static uint32_t g_taken_count;

/* All but some, if there are so few that it matters. */
static void
take_buffers(void)
{
	uint32_t small = (uint32_t)random_between(60, 64), i;

	uint32_t large = g_world.large_buffers - (uint32_t)random_below(3);

	g_taken_count = 0;
	if (!g_world.is_short_of_buffers) {
		return;
	}
	if (spdk_iobuf_channel_init(&g_taker, "model", 0, 0) != 0) {
		report_found(FOUND_RC, "no channel of iobuf");
	}
	for (i = 0; i < small + large; i++) {
		g_taken[i].size = i < small ? 4096 : 8192;
		g_taken[i].buf = spdk_iobuf_get(&g_taker, g_taken[i].size, NULL, NULL);
		if (g_taken[i].buf == NULL) {
			break;
		}
		g_taken_count++;
	}
}

static void
give_back_buffers(void)
{
	uint32_t i;

	if (!g_world.is_short_of_buffers) {
		return;
	}
	world_on(0);
	for (i = 0; i < g_taken_count; i++) {
		spdk_iobuf_put(&g_taker, g_taken[i].buf, g_taken[i].size);
	}
	spdk_iobuf_channel_fini(&g_taker);
}

static void
choose_opts(void)
{
	static const uint32_t large[] = {16384, 32768, 65536};
	struct spdk_iobuf_opts iobuf;
	struct spdk_accel_opts accel = {0};
	struct spdk_bdev_opts bdev;

	spdk_iobuf_get_opts(&iobuf, sizeof(iobuf));
	g_world.is_short_of_buffers = random_permille(300);
	iobuf.small_pool_count = g_world.is_short_of_buffers ? 64 : 512;
	g_world.large_buffers = g_world.is_short_of_buffers ? (uint32_t)random_between(8, 24) : 512;
	iobuf.large_pool_count = g_world.large_buffers;
	iobuf.small_bufsize = 4096;
	iobuf.large_bufsize = random_pick(large);
	spdk_bdev_get_opts(&bdev, sizeof(bdev));
	bdev.bdev_io_pool_size = (uint32_t)random_size(256);
	bdev.bdev_io_cache_size = (uint32_t)random_below(bdev.bdev_io_pool_size + 1);
	bdev.iobuf_small_cache_size = (uint32_t)random_below(g_world.is_short_of_buffers ? 1 : 3);
	bdev.iobuf_large_cache_size = (uint32_t)random_below(g_world.is_short_of_buffers ? 1 : 3);
	spdk_accel_get_opts(&accel, sizeof(accel));
	accel.small_cache_size = accel.large_cache_size = 0;
	if (spdk_accel_set_opts(&accel) != 0 || spdk_iobuf_set_opts(&iobuf) != 0 ||
	    spdk_bdev_set_opts(&bdev) != 0) {
		report_found(FOUND_RC, "options are refused");
	}
}

void
world_open(void)
{
	uint32_t i;

	g_ticks = HZ;
	g_idle_ticks = TURN_TICKS;
	if (spdk_thread_lib_init(NULL, 0) != 0) {
		report_found(FOUND_RC, "spdk_thread_lib_init() fails");
	}
	g_world.count = (uint32_t)random_between(1, THREADS_MAX);
	for (i = 0; i < g_world.count; i++) {
		char name[32];

		(void)snprintf(name, sizeof(name), "thread%u", i);
		g_world.threads[i] = spdk_thread_create(name, NULL);
	}
	world_on(0);
	choose_opts();
	if (spdk_iobuf_register_module("model") != 0 || spdk_iobuf_initialize() != 0 ||
	    spdk_accel_initialize() != 0) {
		report_found(FOUND_RC, "the layers below do not begin");
	}
	spdk_bdev_initialize(note_initialized, NULL);
	wait_until_done("spdk_bdev_initialize()");
	take_buffers();
	far_open();
}

static bool
have_exited(void *arg)
{
	uint32_t i;

	for (i = 0; i < g_world.count; i++) {
		if (!spdk_thread_is_exited(g_world.threads[i])) {
			return false;
		}
	}
	return true;
}

void
world_close(void)
{
	uint32_t i;

	give_back_buffers();
	far_close();
	spdk_bdev_finish(note_done, NULL);
	wait_until_done("spdk_bdev_finish()");
	spdk_accel_finish(note_done, NULL);
	wait_until_done("spdk_accel_finish()");
	spdk_iobuf_finish(note_done, NULL);
	wait_until_done("spdk_iobuf_finish()");
	for (i = 0; i < g_world.count; i++) {
		world_on(i);
		spdk_thread_exit(g_world.threads[i]);
	}
	spdk_set_thread(NULL);
	world_wait_until(have_exited, NULL, "the end of the threads", NULL);
	for (i = 0; i < g_world.count; i++) {
		spdk_thread_destroy(g_world.threads[i]);
	}
	spdk_thread_lib_fini();
}
