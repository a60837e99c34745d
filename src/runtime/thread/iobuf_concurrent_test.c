/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * I/O buffers with several OS threads: no waiter is forgotten, no buffer is lost or handed out
 * twice, whatever the threads do at the same time.
 *
 * Each OS thread polls one thread, which keeps several requests under way: each asks for a buffer
 * of a pool that is far too small, holds it for a while, gives it back and asks again. A forgotten
 * waiter means that the test does not end. The configurations differ in who has a cache, because
 * a thread without one depends on what the others put.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "env/env_internal.h"
#include "runtime/thread/iobuf_internal.h"
#include "spdk/log.h"

#define THREADS     4
#define REQUESTS    6
#define ROUNDS      10000
#define LARGE_COUNT 8
#define LEN         (64 * 1024)

struct worker;

struct request {
	struct spdk_iobuf_entry entry;
	struct worker *worker;
	uint32_t *buf;
	uint32_t rounds;
	uint32_t hold; /* polls left before it is given back */
	bool is_waiting;
};

struct worker {
	pthread_t os_thread;
	struct spdk_thread *thread;
	struct spdk_iobuf_channel channel;
	struct request requests[REQUESTS];
	uint32_t number;
	uint32_t cache_size;
	uint32_t requests_done;
	uint32_t aborts;
	uint32_t random;
};

static struct worker g_workers[THREADS];

static uint32_t
next_random(struct worker *worker)
{
	worker->random = worker->random * 1103515245 + 12345;
	return worker->random >> 16;
}

/* A buffer that is handed out twice is written by two. */
static void
take(struct request *request, void *buf)
{
	request->buf = buf;
	request->hold = next_random(request->worker) % 4;
	request->buf[0] = request->worker->number;
	request->buf[LEN / sizeof(uint32_t) - 1] = request->rounds;
}

static void
served(struct spdk_iobuf_entry *entry, void *buf)
{
	struct request *request = SPDK_CONTAINEROF(entry, struct request, entry);

	assert_true(request->is_waiting);
	assert_ptr_equal(spdk_get_thread(), request->worker->thread);
	request->is_waiting = false;
	take(request, buf);
}

static void
ask(struct request *request)
{
	void *buf;

	request->is_waiting = true;
	buf = spdk_iobuf_get(&request->worker->channel, LEN, &request->entry, served);
	if (buf != NULL) {
		request->is_waiting = false;
		take(request, buf);
	}
}

static void
step(struct request *request)
{
	struct worker *worker = request->worker;
	uint32_t *buf = request->buf;

	if (request->is_waiting) {
		if (next_random(worker) % 64 == 0) {
			spdk_iobuf_entry_abort(&worker->channel, &request->entry, LEN);
			request->is_waiting = false;
			worker->aborts++;
			ask(request);
		}
		return;
	}
	if (buf == NULL) {
		if (request->rounds < ROUNDS) {
			ask(request);
		}
		return;
	}
	if (request->hold > 0) {
		request->hold--;
		return;
	}
	assert_int_equal(buf[0], worker->number);
	assert_int_equal(buf[LEN / sizeof(uint32_t) - 1], request->rounds);
	request->buf = NULL;
	request->rounds++;
	if (request->rounds == ROUNDS) {
		worker->requests_done++;
	}
	spdk_iobuf_put(&worker->channel, buf, LEN);
}

static int
work(void *arg)
{
	struct worker *worker = arg;
	int i;

	for (i = 0; i < REQUESTS; i++) {
		step(&worker->requests[i]);
	}
	return SPDK_POLLER_BUSY;
}

static void *
run(void *arg)
{
	struct worker *worker = arg;
	struct spdk_poller *poller;

	spdk_set_thread(worker->thread);
	poller = SPDK_POLLER_REGISTER(work, worker, 0);
	spdk_set_thread(NULL);
	while (worker->requests_done < REQUESTS) {
		(void)spdk_thread_poll(worker->thread, 0, 0);
		if (next_random(worker) % 8 == 0) {
			env_yield();
		}
	}
	spdk_set_thread(worker->thread);
	spdk_poller_unregister(&poller);
	spdk_iobuf_channel_fini(&worker->channel);
	(void)spdk_thread_exit(worker->thread);
	spdk_set_thread(NULL);
	/* Also until what is on its way to it has come, and is passed on. */
	while (!spdk_thread_is_exited(worker->thread)) {
		(void)spdk_thread_poll(worker->thread, 0, 0);
	}
	return NULL;
}

static void
count_finish(void *arg)
{
	(*(uint32_t *)arg)++;
}

static void
count_messages(int level, const char *file, const int line, const char *func, const char *format,
	       va_list args)
{
	if (level <= SPDK_LOG_WARN) {
		(void)vfprintf(stderr, format, args);
		fail();
	}
}

static void
run_workers(const uint32_t *cache_sizes)
{
	struct spdk_thread *app;
	uint32_t finished = 0, aborts = 0;
	int i, k;

	assert_int_equal(spdk_thread_lib_init(NULL, 0), 0);
	app = spdk_thread_create("app", NULL);
	spdk_set_thread(app);
	assert_int_equal(spdk_iobuf_initialize(), 0);
	assert_int_equal(spdk_iobuf_register_module("work"), 0);
	memset(g_workers, 0, sizeof(g_workers));
	for (i = 0; i < THREADS; i++) {
		g_workers[i].number = (uint32_t)i;
		g_workers[i].random = (uint32_t)i + 1;
		g_workers[i].cache_size = cache_sizes[i];
		for (k = 0; k < REQUESTS; k++) {
			g_workers[i].requests[k].worker = &g_workers[i];
		}
		g_workers[i].thread = spdk_thread_create("worker", NULL);
		spdk_set_thread(g_workers[i].thread);
		assert_int_equal(
			spdk_iobuf_channel_init(&g_workers[i].channel, "work", 0, cache_sizes[i]),
			0);
	}
	spdk_set_thread(NULL);
	for (i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_create(&g_workers[i].os_thread, NULL, run, &g_workers[i]),
				 0);
	}
	for (i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(g_workers[i].os_thread, NULL), 0);
		aborts += g_workers[i].aborts;
		spdk_thread_destroy(g_workers[i].thread);
	}
	assert_true(aborts > 0);
	/* All is in the pool again, as the end would say otherwise. */
	assert_int_equal(iobuf_pool_free_count(&g_iobuf.pools[IOBUF_LARGE]), LARGE_COUNT);
	assert_int_equal(iobuf_pool_waiting(&g_iobuf.pools[IOBUF_LARGE]), 0);
	spdk_set_thread(app);
	spdk_iobuf_finish(count_finish, &finished);
	(void)spdk_thread_exit(app);
	while (!spdk_thread_is_exited(app)) {
		(void)spdk_thread_poll(app, 0, 0);
	}
	assert_int_equal(finished, 1);
	spdk_set_thread(NULL);
	spdk_thread_destroy(app);
	spdk_thread_lib_fini();
}

static void
test_without_caches(void **state)
{
	run_workers((uint32_t[THREADS]){0, 0, 0, 0});
}

static void
test_with_caches(void **state)
{
	run_workers((uint32_t[THREADS]){2, 2, 2, 2});
}

/* One has reserved all there is, the others live on what it puts. */
static void
test_with_one_cache(void **state)
{
	run_workers((uint32_t[THREADS]){LARGE_COUNT, 0, 0, 0});
}

static int
start_environment(void **state)
{
	struct spdk_env_opts env_opts;
	struct spdk_iobuf_opts opts;

	env_opts.opts_size = sizeof(env_opts);
	spdk_env_opts_init(&env_opts);
	env_opts.name = "iobuf_concurrent_test";
	spdk_iobuf_get_opts(&opts, sizeof(opts));
	opts.large_pool_count = LARGE_COUNT;
	assert_int_equal(spdk_iobuf_set_opts(&opts), 0);
	if (spdk_env_init(&env_opts) != 0) {
		return -1;
	}
	spdk_log_open(count_messages);
	return 0;
}

static int
stop_environment(void **state)
{
	spdk_log_close();
	spdk_env_fini();
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_without_caches),
		cmocka_unit_test(test_with_caches),
		cmocka_unit_test(test_with_one_cache),
	};

	return cmocka_run_group_tests(tests, start_environment, stop_environment);
}
