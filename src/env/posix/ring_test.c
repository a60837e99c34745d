/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Rings: order, limits and counts on one OS thread; nothing lost, doubled or reordered among many.
 */
#include "env/posix/memory_test_support.h"

#include <sched.h>

#define THREADS_MAX 4

static const enum spdk_ring_type all_types[] = {SPDK_RING_TYPE_SP_SC, SPDK_RING_TYPE_MP_SC,
						SPDK_RING_TYPE_MP_MC};

static void *
pointer(size_t value)
{
	return (void *)(uintptr_t)value;
}

static void
test_works_without_environment(void **state)
{
	struct spdk_ring *ring = spdk_ring_create(SPDK_RING_TYPE_MP_SC, 8, SPDK_ENV_NUMA_ID_ANY);
	void *object = pointer(7), *got = NULL;

	assert_non_null(ring);
	assert_int_equal(spdk_ring_enqueue(ring, &object, 1, NULL), 1);
	assert_int_equal(spdk_ring_dequeue(ring, &got, 1), 1);
	assert_ptr_equal(got, object);
	spdk_ring_free(ring);
	spdk_ring_free(NULL);
}

static void
test_bad_arguments_are_explained(void **state)
{
	log_capture_start();
	assert_null(spdk_ring_create((enum spdk_ring_type)9, 8, SPDK_ENV_NUMA_ID_ANY));
	assert_logged_once(SPDK_LOG_ERROR, "type 9");
	assert_null(spdk_ring_create(SPDK_RING_TYPE_SP_SC, 0, SPDK_ENV_NUMA_ID_ANY));
	assert_logged_once(SPDK_LOG_ERROR, "not 0");
	assert_null(spdk_ring_create(SPDK_RING_TYPE_SP_SC, SIZE_MAX, SPDK_ENV_NUMA_ID_ANY));
	assert_logged_once(SPDK_LOG_ERROR, "holds between");
	log_capture_stop();
}

/* The capacity: `count` rounded up to a power of two, all of it usable, whatever the position. */
static void
check_capacity(enum spdk_ring_type type, size_t count, size_t capacity)
{
	struct spdk_ring *ring = spdk_ring_create(type, count, SPDK_ENV_NUMA_ID_ANY);
	void *object, *got;
	size_t free_space, round, i;

	assert_non_null(ring);
	for (round = 0; round < 3 * capacity + 1; round++) {
		for (i = 0; i < capacity; i++) {
			object = pointer(round * capacity + i + 1);
			assert_int_equal(spdk_ring_enqueue(ring, &object, 1, &free_space), 1);
			assert_int_equal(free_space, capacity - i - 1);
			assert_int_equal(spdk_ring_count(ring), i + 1);
		}
		assert_int_equal(spdk_ring_enqueue(ring, &object, 1, &free_space), 0);
		assert_int_equal(free_space, 0);
		for (i = 0; i < capacity; i++) {
			assert_int_equal(spdk_ring_dequeue(ring, &got, 1), 1);
			assert_ptr_equal(got, pointer(round * capacity + i + 1));
		}
		assert_int_equal(spdk_ring_dequeue(ring, &got, 1), 0);
		/* One more turn, so that the next round starts elsewhere. */
		assert_int_equal(spdk_ring_enqueue(ring, &object, 1, NULL), 1);
		assert_int_equal(spdk_ring_dequeue(ring, &got, 1), 1);
	}
	spdk_ring_free(ring);
}

static void
test_capacity(void **state)
{
	for (size_t i = 0; i < SPDK_COUNTOF(all_types); i++) {
		check_capacity(all_types[i], 1, 2);
		check_capacity(all_types[i], 2, 2);
		check_capacity(all_types[i], 5, 8);
		check_capacity(all_types[i], 64, 64);
	}
}

/* Enqueue takes all or nothing; dequeue takes what there is. */
static void
check_bulk(enum spdk_ring_type type)
{
	struct spdk_ring *ring = spdk_ring_create(type, 8, SPDK_ENV_NUMA_ID_ANY);
	void *in[16], *out[16];
	size_t free_space, round, i;

	for (i = 0; i < 16; i++) {
		in[i] = pointer(i + 1);
	}
	for (round = 0; round < 20; round++) {
		assert_int_equal(spdk_ring_enqueue(ring, in, 9, &free_space), 0);
		assert_int_equal(free_space, 8);
		assert_int_equal(spdk_ring_enqueue(ring, in, 5, &free_space), 5);
		assert_int_equal(free_space, 3);
		assert_int_equal(spdk_ring_enqueue(ring, in + 5, 4, &free_space), 0);
		assert_int_equal(free_space, 3);
		assert_int_equal(spdk_ring_enqueue(ring, in + 5, 3, &free_space), 3);
		assert_int_equal(spdk_ring_enqueue(ring, in, 0, &free_space), 0);
		assert_int_equal(free_space, 0);
		assert_int_equal(spdk_ring_dequeue(ring, out, 0), 0);
		assert_int_equal(spdk_ring_dequeue(ring, out, 3), 3);
		assert_int_equal(spdk_ring_dequeue(ring, out + 3, 16), 5);
		assert_memory_equal(out, in, 8 * sizeof(in[0]));
	}
	spdk_ring_free(ring);
}

static void
test_bulk(void **state)
{
	for (size_t i = 0; i < SPDK_COUNTOF(all_types); i++) {
		check_bulk(all_types[i]);
	}
}

struct traffic {
	struct spdk_ring *ring;
	size_t producer_count;
	size_t per_producer;
	/* How often each value came out; value = producer * per_producer + sequence. */
	unsigned char *seen;
	size_t taken;
};

struct worker {
	struct traffic *traffic;
	size_t index;
	pthread_t os_thread;
};

static void *
produce(void *arg)
{
	struct worker *worker = arg;
	struct traffic *traffic = worker->traffic;
	void *objects[7];
	size_t sent = 0, count, i;

	while (sent < traffic->per_producer) {
		count = sent % 7 + 1;
		count = count < traffic->per_producer - sent ? count : traffic->per_producer - sent;
		for (i = 0; i < count; i++) {
			objects[i] = pointer(worker->index * traffic->per_producer + sent + i + 1);
		}
		if (spdk_ring_enqueue(traffic->ring, objects, count, NULL) == count) {
			sent += count;
		} else {
			sched_yield();
		}
	}
	return NULL;
}

static void *
consume(void *arg)
{
	struct worker *worker = arg;
	struct traffic *traffic = worker->traffic;
	size_t last[THREADS_MAX] = {0}, total = traffic->producer_count * traffic->per_producer;
	size_t count, i, value, producer;
	void *objects[16];

	while (__atomic_load_n(&traffic->taken, __ATOMIC_RELAXED) < total) {
		count = spdk_ring_dequeue(traffic->ring, objects, worker->index % 2 ? 16 : 3);
		for (i = 0; i < count; i++) {
			value = (size_t)(uintptr_t)objects[i] - 1;
			producer = value / traffic->per_producer;
			/* What one producer sent comes in order, as far as one consumer sees it. */
			assert_true(producer < traffic->producer_count);
			assert_true(value + 1 > last[producer]);
			last[producer] = value + 1;
			__atomic_add_fetch(&traffic->seen[value], 1, __ATOMIC_RELAXED);
		}
		if (count == 0) {
			sched_yield();
		}
		__atomic_add_fetch(&traffic->taken, count, __ATOMIC_RELAXED);
	}
	return NULL;
}

static void
run_traffic(enum spdk_ring_type type, size_t producer_count, size_t consumer_count, size_t capacity)
{
	struct traffic traffic = {.producer_count = producer_count, .per_producer = 20000};
	struct worker workers[2 * THREADS_MAX];
	size_t total = producer_count * traffic.per_producer, i;

	traffic.ring = spdk_ring_create(type, capacity, SPDK_ENV_NUMA_ID_ANY);
	traffic.seen = calloc(total, 1);
	assert_non_null(traffic.ring);
	assert_non_null(traffic.seen);
	for (i = 0; i < producer_count + consumer_count; i++) {
		bool is_producer = i < producer_count;

		workers[i].traffic = &traffic;
		workers[i].index = is_producer ? i : i - producer_count;
		assert_int_equal(pthread_create(&workers[i].os_thread, NULL,
						is_producer ? produce : consume, &workers[i]),
				 0);
	}
	for (i = 0; i < producer_count + consumer_count; i++) {
		pthread_join(workers[i].os_thread, NULL);
	}
	for (i = 0; i < total; i++) {
		assert_int_equal(traffic.seen[i], 1);
	}
	assert_int_equal(spdk_ring_count(traffic.ring), 0);
	spdk_ring_free(traffic.ring);
	free(traffic.seen);
}

static void
test_traffic(void **state)
{
	/* Small rings are full and empty all the time; with more OS threads than CPUs some rest. */
	run_traffic(SPDK_RING_TYPE_SP_SC, 1, 1, 8);
	run_traffic(SPDK_RING_TYPE_SP_SC, 1, 1, 1024);
	run_traffic(SPDK_RING_TYPE_MP_SC, 4, 1, 8);
	run_traffic(SPDK_RING_TYPE_MP_SC, 3, 1, 256);
	run_traffic(SPDK_RING_TYPE_MP_MC, 4, 4, 8);
	run_traffic(SPDK_RING_TYPE_MP_MC, 3, 2, 256);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_works_without_environment),
		cmocka_unit_test(test_bad_arguments_are_explained),
		cmocka_unit_test(test_capacity),
		cmocka_unit_test(test_bulk),
		cmocka_unit_test(test_traffic),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
