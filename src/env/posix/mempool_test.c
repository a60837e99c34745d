/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Memory pools: all elements come out once, on whatever layout; bulk is all or nothing; contents
 * stay; caches of cores; and no element in two hands among many OS threads.
 */
#include "env/posix/memory_test_support.h"

#include "env/posix/mempool_stack.h"

#include <sched.h>

#define FOREIGN 2

static int
start_two_cores(void **state)
{
	struct spdk_env_opts opts;

	log_capture_start();
	test_opts(&opts);
	opts.core_mask = "0x3";
	assert_int_equal(spdk_env_init(&opts), 0);
	log_capture_start();
	return 0;
}

static void
count_object(struct spdk_mempool *mp, void *opaque, void *object, unsigned index)
{
	unsigned *count = opaque;

	assert_int_equal(index, *count);
	*(uint64_t *)object = 1000 + index;
	(*count)++;
}

struct pieces {
	char *next;
	size_t size;
	unsigned count;
};

static void
count_piece(struct spdk_mempool *mp, void *opaque, void *addr, uint64_t iova, size_t len,
	    unsigned index)
{
	struct pieces *pieces = opaque;
	uint64_t size = len;

	assert_int_equal(index, pieces->count++);
	assert_int_equal(iova, spdk_vtophys(addr, &size));
	if (pieces->next != NULL) {
		assert_ptr_equal(addr, pieces->next);
	}
	pieces->next = (char *)addr + len;
	pieces->size += len;
}

static int
compare_pointers(const void *left, const void *right)
{
	uintptr_t first = *(const uintptr_t *)left, second = *(const uintptr_t *)right;

	return first < second ? -1 : first > second;
}

/* Takes all there is, and looks at what it got. */
static void
check_layout(size_t count, size_t ele_size, size_t cache_size)
{
	struct pieces pieces = {0};
	unsigned seen = 0;
	struct spdk_mempool *mp = spdk_mempool_create_ctor(
		"layout", count, ele_size, cache_size, SPDK_ENV_NUMA_ID_ANY, count_object, &seen);
	void **elements = calloc(count + 1, sizeof(void *));
	size_t i;

	assert_non_null(mp);
	assert_non_null(elements);
	assert_int_equal(seen, count);
	assert_int_equal(spdk_mempool_count(mp), count);
	for (i = 0; i < count; i++) {
		elements[i] = spdk_mempool_get(mp);
		assert_non_null(elements[i]);
		assert_int_equal((uintptr_t)elements[i] % 64, 0);
	}
	assert_null(spdk_mempool_get(mp));
	assert_int_equal(spdk_mempool_count(mp), 0);
	qsort(elements, count, sizeof(void *), compare_pointers);
	for (i = 0; i < count; i++) {
		/* The constructor counted in the order of addresses, and what it wrote is there. */
		assert_int_equal(*(uint64_t *)elements[i], 1000 + i);
		memset(elements[i], i, ele_size);
		if (i > 0) {
			assert_true((char *)elements[i] >= (char *)elements[i - 1] + ele_size);
		}
		if (ele_size <= 2 << 20 && count * ele_size > 2 << 20) {
			assert_int_equal((uintptr_t)elements[i] >> 21,
					 ((uintptr_t)elements[i] + ele_size - 1) >> 21);
		}
	}
	for (i = 0; i < count; i++) {
		assert_int_equal(*((unsigned char *)elements[i] + ele_size - 1), i & 0xff);
		spdk_mempool_put(mp, elements[i]);
	}
	assert_int_equal(spdk_mempool_count(mp), count);
	seen = spdk_mempool_mem_iter(mp, count_piece, &pieces);
	assert_int_equal(seen, pieces.count);
	assert_true(pieces.count >= 1);
	assert_true(pieces.size >= count * ele_size);
	free(elements);
	spdk_mempool_free(mp);
	assert_not_logged();
}

static void
test_layouts(void **state)
{
	const size_t caches[] = {0, 1, 32, SPDK_MEMPOOL_DEFAULT_CACHE_SIZE};

	for (size_t i = 0; i < SPDK_COUNTOF(caches); i++) {
		check_layout(1, 8, caches[i]);
		check_layout(2, 64, caches[i]);
		check_layout(1000, 8, caches[i]);
		check_layout(1023, 192, caches[i]);
		check_layout(40000, 200, caches[i]);
		check_layout(700, 8192 + 64, caches[i]);
		check_layout(5, (1 << 20) + (1 << 19), caches[i]);
		check_layout(3, 5 << 20, caches[i]);
		check_layout(4, 2 << 20, caches[i]);
	}
}

static void
check_bulk(size_t cache_size)
{
	struct spdk_mempool *mp =
		spdk_mempool_create("bulk", 100, 64, cache_size, SPDK_ENV_NUMA_ID_ANY);
	void *elements[101], *rest[101];

	assert_int_equal(spdk_mempool_get_bulk(mp, elements, 0), 0);
	for (size_t round = 0; round < 50; round++) {
		size_t first = round * 7 % 100 + 1;

		assert_int_equal(spdk_mempool_get_bulk(mp, elements, 101), -ENOMEM);
		assert_int_equal(spdk_mempool_count(mp), 100);
		assert_int_equal(spdk_mempool_get_bulk(mp, elements, first), 0);
		assert_int_equal(spdk_mempool_count(mp), 100 - first);
		assert_int_equal(spdk_mempool_get_bulk(mp, rest, 100 - first + 1), -ENOMEM);
		assert_int_equal(spdk_mempool_count(mp), 100 - first);
		assert_int_equal(spdk_mempool_get_bulk(mp, rest, 100 - first), 0);
		spdk_mempool_put_bulk(mp, rest, 100 - first);
		spdk_mempool_put_bulk(mp, elements, first);
		assert_int_equal(spdk_mempool_count(mp), 100);
	}
	spdk_mempool_free(mp);
}

static void
test_bulk(void **state)
{
	check_bulk(0);
	check_bulk(8);
	check_bulk(40);
	check_bulk(100);
	check_bulk(SPDK_MEMPOOL_DEFAULT_CACHE_SIZE);
}

static void
test_names(void **state)
{
	struct spdk_mempool *mp;
	char too_long[SPDK_MAX_MEMPOOL_NAME_LEN + 1];

	memset(too_long, 'x', sizeof(too_long) - 1);
	too_long[sizeof(too_long) - 1] = '\0';
	mp = spdk_mempool_create("named", 4, 64, 0, SPDK_ENV_NUMA_ID_ANY);
	assert_string_equal(spdk_mempool_get_name(mp), "named");
	assert_ptr_equal(spdk_mempool_lookup("named"), mp);
	assert_null(spdk_mempool_lookup("other"));
	assert_null(spdk_mempool_create("named", 4, 64, 0, SPDK_ENV_NUMA_ID_ANY));
	assert_logged_once(SPDK_LOG_ERROR, "already");
	assert_null(spdk_mempool_create(too_long, 4, 64, 0, SPDK_ENV_NUMA_ID_ANY));
	assert_logged_once(SPDK_LOG_ERROR, "longer than 28");
	assert_null(spdk_mempool_create(too_long + 1, 0, 64, 0, SPDK_ENV_NUMA_ID_ANY));
	assert_logged_once(SPDK_LOG_ERROR, "more than 0");
	assert_null(spdk_mempool_create("huge", SIZE_MAX / 4, 64, 0, SPDK_ENV_NUMA_ID_ANY));
	assert_logged_once(SPDK_LOG_ERROR, "No memory for the pool 'huge'");
	assert_null(spdk_mempool_create("huge", 4, SIZE_MAX - 8, 0, SPDK_ENV_NUMA_ID_ANY));
	assert_logged_once(SPDK_LOG_ERROR, "No memory for the pool 'huge'");
	spdk_mempool_free(mp);
	assert_null(spdk_mempool_lookup("named"));
	spdk_mempool_free(NULL);
	assert_not_logged();
}

static void
test_mistakes_are_explained(void **state)
{
	struct spdk_mempool *mp = spdk_mempool_create("mine", 10, 192, 0, SPDK_ENV_NUMA_ID_ANY);
	char *element = spdk_mempool_get(mp), *other = spdk_mempool_get(mp);
	void *mixed[3] = {element, element + 64, other};
	int on_stack;

	spdk_mempool_put(mp, &on_stack);
	assert_logged_once(SPDK_LOG_ERROR, "no element of the memory pool 'mine'");
	spdk_mempool_put(mp, element + 8);
	assert_logged_once(SPDK_LOG_ERROR, "no element of the memory pool 'mine'");
	spdk_mempool_put(mp, element - 10 * 192);
	assert_logged_once(SPDK_LOG_ERROR, "no element of the memory pool 'mine'");
	spdk_mempool_put(mp, element + 10 * 192);
	assert_logged_once(SPDK_LOG_ERROR, "no element of the memory pool 'mine'");
	assert_int_equal(spdk_mempool_count(mp), 8);
	spdk_mempool_put_bulk(mp, mixed, 3);
	assert_logged_once(SPDK_LOG_ERROR, "no element of the memory pool 'mine'");
	assert_int_equal(spdk_mempool_count(mp), 10);

	element = spdk_mempool_get(mp);
	spdk_mempool_free(mp);
	assert_logged_once(SPDK_LOG_WARN, "'mine' is freed while 1 of its 10");
	spdk_mempool_free(mp);
	assert_logged_once(SPDK_LOG_ERROR, "freed before");
}

static void
test_stack_is_exact(void **state)
{
	struct mempool_stack *stack = mempool_stack_create(5);
	uint32_t first;

	assert_int_equal(mempool_stack_pop(stack, 0, 5, &first), 0);
	mempool_stack_link(stack, 4, 2);
	mempool_stack_link(stack, 2, 0);
	mempool_stack_push(stack, 4, 0, 3);
	mempool_stack_push(stack, 3, 3, 1);
	assert_int_equal(mempool_stack_count(stack), 4);
	assert_int_equal(mempool_stack_pop(stack, 5, 5, &first), 0);
	assert_int_equal(mempool_stack_pop(stack, 1, 2, &first), 2);
	assert_int_equal(first, 3);
	assert_int_equal(mempool_stack_next(stack, 3), 4);
	assert_int_equal(mempool_stack_count(stack), 2);
	assert_int_equal(mempool_stack_pop(stack, 1, 9, &first), 2);
	assert_int_equal(first, 2);
	assert_int_equal(mempool_stack_count(stack), 0);
	mempool_stack_destroy(stack);
	mempool_stack_destroy(NULL);
}

struct game {
	struct spdk_mempool *mp;
	size_t rounds;
};

/* Whoever holds an element writes its own name into it, and finds it there later. */
static int
play(void *arg)
{
	struct game *game = arg;
	void *held[64];
	size_t count, i;

	for (size_t round = 0; round < game->rounds; round++) {
		count = round % 2 ? round % 64 + 1 : 1;
		if (spdk_mempool_get_bulk(game->mp, held, count) != 0) {
			sched_yield();
			continue;
		}
		for (i = 0; i < count; i++) {
			*(pthread_t *)held[i] = pthread_self();
		}
		for (i = 0; i < count; i++) {
			assert_true(*(pthread_t *)held[i] == pthread_self());
		}
		if (round % 3) {
			spdk_mempool_put_bulk(game->mp, held, count);
		} else {
			for (i = 0; i < count; i++) {
				spdk_mempool_put(game->mp, held[i]);
			}
		}
	}
	return 0;
}

static void *
play_outside(void *arg)
{
	assert_int_equal(spdk_env_get_current_core(), SPDK_ENV_LCORE_ID_ANY);
	play(arg);
	return NULL;
}

static void
run_game(size_t cache_size)
{
	struct game game = {.rounds = 20000};
	pthread_t threads[FOREIGN];

	game.mp = spdk_mempool_create("game", 150, 200, cache_size, SPDK_ENV_NUMA_ID_ANY);
	assert_non_null(game.mp);
	assert_int_equal(spdk_env_thread_launch_pinned(1, play, &game), 0);
	for (size_t i = 0; i < FOREIGN; i++) {
		assert_int_equal(pthread_create(&threads[i], NULL, play_outside, &game), 0);
	}
	play(&game);
	for (size_t i = 0; i < FOREIGN; i++) {
		pthread_join(threads[i], NULL);
	}
	spdk_env_thread_wait_all();
	assert_int_equal(spdk_mempool_count(game.mp), 150);
	spdk_mempool_free(game.mp);
	assert_not_logged();
}

static void
test_many_threads(void **state)
{
	run_game(0);
	run_game(16);
	run_game(SPDK_MEMPOOL_DEFAULT_CACHE_SIZE);
}

/* What one core gets another may put: elements do not get stuck. */
struct stream {
	struct spdk_mempool *mp;
	struct spdk_ring *ring;
	size_t count;
};

static int
put_stream(void *arg)
{
	struct stream *stream = arg;
	void *element;

	for (size_t done = 0; done < stream->count;) {
		if (spdk_ring_dequeue(stream->ring, &element, 1) == 1) {
			spdk_mempool_put(stream->mp, element);
			done++;
		} else {
			sched_yield();
		}
	}
	return 0;
}

static void
test_from_core_to_core(void **state)
{
	struct stream stream = {.count = 30000};
	void *element;
	size_t done = 0;

	stream.mp = spdk_mempool_create("stream", 256, 64, 32, SPDK_ENV_NUMA_ID_ANY);
	stream.ring = spdk_ring_create(SPDK_RING_TYPE_SP_SC, 256, SPDK_ENV_NUMA_ID_ANY);
	assert_int_equal(spdk_env_thread_launch_pinned(1, put_stream, &stream), 0);
	while (done < stream.count) {
		element = spdk_mempool_get(stream.mp);
		if (element == NULL) {
			sched_yield();
			continue;
		}
		assert_int_equal(spdk_ring_enqueue(stream.ring, &element, 1, NULL), 1);
		done++;
	}
	spdk_env_thread_wait_all();
	assert_int_equal(spdk_mempool_count(stream.mp), 256);
	spdk_ring_free(stream.ring);
	spdk_mempool_free(stream.mp);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_layouts, test_setup, test_teardown),
		cmocka_unit_test_setup_teardown(test_bulk, test_setup, test_teardown),
		cmocka_unit_test_setup_teardown(test_names, test_setup, test_teardown),
		cmocka_unit_test_setup_teardown(test_mistakes_are_explained, test_setup,
						test_teardown),
		cmocka_unit_test(test_stack_is_exact),
		cmocka_unit_test_setup_teardown(test_many_threads, start_two_cores, test_teardown),
		cmocka_unit_test_setup_teardown(test_from_core_to_core, start_two_cores,
						test_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
