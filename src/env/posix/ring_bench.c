/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a pointer through a ring, and an element from a memory pool, cost: median and spread of
 * several runs, in nanoseconds.
 */
#include "spdk/env.h"
#include "spdk/util.h"

#include <sched.h>

#define RUNS       9
#define BATCH_MAX  32
#define RING_SIZE  4096
#define POINTERS   400000
#define WARM_UP_US 20000

struct stream {
	struct spdk_ring *ring;
	size_t batch;
	size_t per_producer;
};

static double
nanoseconds(uint64_t ticks)
{
	return (double)ticks * 1e9 / (double)spdk_get_ticks_hz();
}

static int
compare(const void *left, const void *right)
{
	double first = *(const double *)left, second = *(const double *)right;

	return first < second ? -1 : first > second;
}

static void
report(const char *what, size_t batch, double *costs)
{
	qsort(costs, RUNS, sizeof(*costs), compare);
	printf("%-44s batch %2zu  %7.1f ns  (%.1f - %.1f)\n", what, batch, costs[RUNS / 2],
	       costs[0], costs[RUNS - 1]);
}

static void
enqueue_all(struct stream *stream, size_t count)
{
	void *objects[BATCH_MAX] = {NULL};
	size_t sent = 0;

	while (sent < count) {
		if (spdk_ring_enqueue(stream->ring, objects, stream->batch, NULL) == 0) {
			/* On one CPU, or when the consumer is not running, spinning helps nobody.
			 */
			sched_yield();
			continue;
		}
		sent += stream->batch;
	}
}

static void *
produce(void *arg)
{
	struct stream *stream = arg;

	enqueue_all(stream, stream->per_producer);
	return NULL;
}

static void
dequeue_all(struct stream *stream, size_t count)
{
	void *objects[BATCH_MAX];
	size_t taken = 0, some;

	while (taken < count) {
		some = spdk_ring_dequeue(stream->ring, objects, stream->batch);
		taken += some;
		if (some == 0) {
			sched_yield();
		}
	}
}

/* Enqueue and dequeue by one OS thread: no cache line moves. */
static double
run_alone(struct stream *stream)
{
	void *objects[BATCH_MAX] = {NULL};
	uint64_t start = spdk_get_ticks();
	size_t i;

	for (i = 0; i < POINTERS; i += stream->batch) {
		(void)spdk_ring_enqueue(stream->ring, objects, stream->batch, NULL);
		(void)spdk_ring_dequeue(stream->ring, objects, stream->batch);
	}
	return nanoseconds(spdk_get_ticks() - start) / POINTERS;
}

static double
run_producers(struct stream *stream, size_t producers)
{
	pthread_t threads[4];
	uint64_t start;
	size_t i;

	stream->per_producer = POINTERS / producers / BATCH_MAX * BATCH_MAX;
	start = spdk_get_ticks();
	for (i = 0; i < producers; i++) {
		if (pthread_create(&threads[i], NULL, produce, stream) != 0) {
			perror("pthread_create");
			exit(1);
		}
	}
	dequeue_all(stream, stream->per_producer * producers);
	for (i = 0; i < producers; i++) {
		pthread_join(threads[i], NULL);
	}
	return nanoseconds(spdk_get_ticks() - start) / (double)(stream->per_producer * producers);
}

static void
bench_ring(enum spdk_ring_type type, const char *name, size_t producers, size_t batch)
{
	struct stream stream = {.batch = batch};
	double costs[RUNS];
	char what[64];
	int run;

	stream.ring = spdk_ring_create(type, RING_SIZE, SPDK_ENV_NUMA_ID_ANY);
	if (stream.ring == NULL) {
		exit(1);
	}
	for (run = 0; run < RUNS; run++) {
		costs[run] =
			producers == 0 ? run_alone(&stream) : run_producers(&stream, producers);
	}
	if (producers == 0) {
		snprintf(what, sizeof(what), "ring %s, in and out on one OS thread", name);
	} else {
		snprintf(what, sizeof(what), "ring %s, %zu producer(s), 1 consumer", name,
			 producers);
	}
	report(what, batch, costs);
	spdk_ring_free(stream.ring);
}

static void
bench_pool(size_t cache_size, size_t batch)
{
	struct spdk_mempool *mp =
		spdk_mempool_create("bench", 4096, 512, cache_size, SPDK_ENV_NUMA_ID_ANY);
	void *elements[BATCH_MAX];
	double costs[RUNS];
	char what[64];
	uint64_t start;
	size_t i;
	int run;

	if (mp == NULL) {
		exit(1);
	}
	for (run = 0; run < RUNS; run++) {
		start = spdk_get_ticks();
		for (i = 0; i < POINTERS; i += batch) {
			(void)spdk_mempool_get_bulk(mp, elements, batch);
			spdk_mempool_put_bulk(mp, elements, batch);
		}
		costs[run] = nanoseconds(spdk_get_ticks() - start) / POINTERS;
	}
	snprintf(what, sizeof(what), "mempool get and put, cache %zu", cache_size);
	report(what, batch, costs);
	spdk_mempool_free(mp);
}

int
main(void)
{
	const size_t batches[] = {1, 8, BATCH_MAX};
	struct spdk_env_opts opts = {.opts_size = sizeof(opts)};
	size_t i;

	spdk_env_opts_init(&opts);
	opts.name = "ring_bench";
	opts.no_pci = true;
	if (spdk_env_init(&opts) != 0) {
		return 1;
	}
	spdk_delay_us(WARM_UP_US);
	for (i = 0; i < SPDK_COUNTOF(batches); i++) {
		bench_ring(SPDK_RING_TYPE_SP_SC, "SP_SC", 0, batches[i]);
		bench_ring(SPDK_RING_TYPE_MP_SC, "MP_SC", 0, batches[i]);
		bench_ring(SPDK_RING_TYPE_MP_MC, "MP_MC", 0, batches[i]);
		bench_ring(SPDK_RING_TYPE_SP_SC, "SP_SC", 1, batches[i]);
		bench_ring(SPDK_RING_TYPE_MP_SC, "MP_SC", 1, batches[i]);
		bench_ring(SPDK_RING_TYPE_MP_SC, "MP_SC", 2, batches[i]);
		bench_ring(SPDK_RING_TYPE_MP_MC, "MP_MC", 2, batches[i]);
		bench_pool(0, batches[i]);
		bench_pool(256, batches[i]);
	}
	spdk_env_fini();
	return 0;
}
