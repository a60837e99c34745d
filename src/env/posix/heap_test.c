/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The heap against a model: random buffers do not overlap and keep what was written to them, from
 * one OS thread and from several; and what is free goes back to the kernel.
 */
#include "env/posix/memory_test_support.h"

#define MIB     ((size_t)1 << 20)
#define BUFFERS 400
#define THREADS 4

struct buffer {
	unsigned char *addr;
	size_t size;
	unsigned char mark;
};

/* xorshift: the same sequence everywhere, for a given seed. */
static uint64_t
next_random(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

/* Writes and checks no more than the ends and some places between, to keep large buffers cheap. */
static void
mark_buffer(struct buffer *buffer, bool is_check)
{
	size_t step = buffer->size / 16 + 1, at;

	for (at = 0; at < buffer->size; at += step) {
		if (is_check) {
			assert_int_equal(buffer->addr[at], buffer->mark);
		}
		buffer->addr[at] = buffer->mark;
	}
	if (is_check) {
		assert_int_equal(buffer->addr[buffer->size - 1], buffer->mark);
	}
	buffer->addr[buffer->size - 1] = buffer->mark;
}

static size_t
random_size(uint64_t *seed)
{
	/* Each power of two as likely as any other. */
	unsigned power = next_random(seed) % 23;

	return (next_random(seed) & (((size_t)2 << power) - 1)) + 1;
}

static void
churn(uint64_t seed, size_t rounds)
{
	struct buffer buffers[BUFFERS] = {{0}};
	size_t i, at, align;

	for (i = 0; i < rounds; i++) {
		struct buffer *buffer;

		at = next_random(&seed) % BUFFERS;
		buffer = &buffers[at];
		if (buffer->addr != NULL) {
			mark_buffer(buffer, true);
			spdk_free(buffer->addr);
			buffer->addr = NULL;
			continue;
		}
		buffer->size = random_size(&seed);
		buffer->mark = next_random(&seed);
		align = (size_t)1 << next_random(&seed) % 16;
		buffer->addr = spdk_dma_malloc(buffer->size, align, NULL);
		assert_non_null(buffer->addr);
		assert_int_equal((uintptr_t)buffer->addr & (align - 1), 0);
		mark_buffer(buffer, false);
	}
	for (at = 0; at < BUFFERS; at++) {
		if (buffers[at].addr != NULL) {
			mark_buffer(&buffers[at], true);
			spdk_free(buffers[at].addr);
		}
	}
}

static void
test_random_buffers(void **state)
{
	for (uint64_t seed = 1; seed <= 5; seed++) {
		churn(seed * 0x9E3779B97F4A7C15ULL, 4000);
	}
	assert_not_logged();
}

static void *
churn_on_thread(void *arg)
{
	churn((uintptr_t)arg * 0x9E3779B97F4A7C15ULL, 2000);
	return NULL;
}

static void
test_threads(void **state)
{
	pthread_t threads[THREADS];
	size_t i;

	for (i = 0; i < THREADS; i++) {
		assert_int_equal(
			pthread_create(&threads[i], NULL, churn_on_thread, (void *)(i + 1)), 0);
	}
	for (i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
	}
	assert_not_logged();
}

struct watcher {
	size_t size;
	size_t arenas;
	size_t registrations;
	bool is_refusing;
};

static int
watch(void *cb_ctx, struct spdk_mem_map *map, enum spdk_mem_map_notify_action action, void *vaddr,
      size_t size)
{
	struct watcher *watcher = cb_ctx;

	if (watcher->is_refusing) {
		return -EPERM;
	}
	assert_int_equal((uintptr_t)vaddr % (2 * MIB), 0);
	assert_int_equal(size % (2 * MIB), 0);
	watcher->size += action == SPDK_MEM_MAP_NOTIFY_REGISTER ? size : -size;
	watcher->registrations += action == SPDK_MEM_MAP_NOTIFY_REGISTER;
	watcher->arenas += action == SPDK_MEM_MAP_NOTIFY_REGISTER ? 1 : -1;
	return 0;
}

static const struct spdk_mem_map_ops watch_ops = {.notify_cb = watch};

/* Every arena is announced; what is free again goes, but for one arena of the smallest size. */
static void
test_arenas_come_and_go(void **state)
{
	struct watcher watcher = {0};
	struct spdk_mem_map *map = spdk_mem_map_alloc(0, &watch_ops, &watcher);
	char *bufs[64], *large;
	size_t i;

	assert_non_null(map);
	assert_int_equal(watcher.size, 0);
	large = spdk_dma_malloc(10 * MIB, 0, NULL);
	assert_int_equal(watcher.size, 10 * MIB);
	for (i = 0; i < 64; i++) {
		bufs[i] = spdk_dma_malloc(MIB, MIB, NULL);
		assert_non_null(bufs[i]);
	}
	/* Arenas are filled: no more than a quarter is spare. */
	assert_true(watcher.size >= 74 * MIB);
	assert_true(watcher.size <= 100 * MIB);
	assert_true(watcher.arenas < 32);
	spdk_free(large);
	for (i = 0; i < 64; i++) {
		spdk_free(bufs[i * 37 % 64]);
	}
	assert_true(watcher.size <= 2 * MIB);
	/* A buffer that comes and goes does not make an arena come and go. */
	watcher.registrations = 0;
	for (i = 0; i < 10; i++) {
		spdk_free(spdk_dma_malloc(1000, 0, NULL));
	}
	assert_true(watcher.registrations <= 1);
	spdk_mem_map_free(&map);
	assert_null(map);
	assert_int_equal(watcher.size, 0);
}

/* Buffers that are freed in any order become one piece again. */
static void
test_free_neighbours_coalesce(void **state)
{
	char *bufs[32], *whole;
	size_t i;

	for (i = 0; i < 32; i++) {
		bufs[i] = spdk_dma_malloc(2 * MIB / 32, 0, NULL);
		assert_non_null(bufs[i]);
	}
	for (i = 0; i < 32; i++) {
		spdk_free(bufs[i * 11 % 32]);
	}
	whole = spdk_dma_malloc(2 * MIB, 2 * MIB, NULL);
	assert_ptr_equal(whole, bufs[0]);
	spdk_free(whole);
}

static void
test_refused_arena_is_no_memory(void **state)
{
	struct watcher watcher = {.is_refusing = true};
	struct spdk_mem_map *map = spdk_mem_map_alloc(0, &watch_ops, &watcher);
	char *buf;

	assert_non_null(map);
	assert_null(spdk_dma_malloc(MIB, 0, NULL));
	assert_non_null(strstr(g_log_capture.text, "a mem map refused"));
	assert_non_null(strstr(g_log_capture.text, "no memory for 1048576 bytes"));
	log_capture_start();

	/* One that is not let go is used again. */
	watcher.is_refusing = false;
	buf = spdk_dma_malloc(6 * MIB, 0, NULL);
	assert_non_null(buf);
	watcher.is_refusing = true;
	spdk_free(buf);
	assert_logged_once(SPDK_LOG_ERROR, "does not let go");
	assert_int_equal(watcher.size, 6 * MIB);
	assert_ptr_equal(spdk_dma_malloc(6 * MIB, 0, NULL), buf);
	watcher.is_refusing = false;
	spdk_free(buf);
	assert_int_equal(watcher.size, 0);
	assert_not_logged();
	spdk_mem_map_free(&map);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_random_buffers, test_setup, test_teardown),
		cmocka_unit_test_setup_teardown(test_threads, test_setup, test_teardown),
		cmocka_unit_test_setup_teardown(test_arenas_come_and_go, test_setup, test_teardown),
		cmocka_unit_test_setup_teardown(test_free_neighbours_coalesce, test_setup,
						test_teardown),
		cmocka_unit_test_setup_teardown(test_refused_arena_is_no_memory, test_setup,
						test_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
