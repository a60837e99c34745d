/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * I/O from threads that OS threads of their own poll, while the controller is reset, or pulled out
 * and plugged in again: each I/O ends once. What is shared is found by ThreadSanitizer.
 */
#include "nvme_fixture.h"

#include <pthread.h>
#include <stdatomic.h>

#define WORKERS 3
#define DEPTH   8

struct worker {
	pthread_t id;
	struct spdk_thread *thread;
	struct spdk_io_channel *ch;
	uint8_t *buf;
	uint32_t under_way;
	uint64_t number;
	/* For the other OS thread. */
	_Atomic uint64_t done;
	_Atomic uint64_t failed;
	atomic_bool is_ending;
};

static struct disk g_disk;
static struct worker g_workers[WORKERS];

static void submit(struct worker *worker);

static void
io_done(struct spdk_bdev_io *io, bool success, void *arg)
{
	struct worker *worker = arg;

	worker->under_way--;
	atomic_fetch_add(success ? &worker->done : &worker->failed, 1);
	spdk_bdev_free_io(io);
	/* What is gone is not asked again. */
	if (success && !atomic_load(&worker->is_ending)) {
		submit(worker);
	}
}

static void
submit(struct worker *worker)
{
	uint64_t block = worker->number % 500 * 8;
	bool is_write = worker->number++ % 2 == 0;
	int rc;

	rc = is_write ? spdk_bdev_write_blocks(g_disk.desc, worker->ch, worker->buf, block, 8,
					       io_done, worker) :
			spdk_bdev_read_blocks(g_disk.desc, worker->ch, worker->buf, block, 8,
					      io_done, worker);
	if (rc == 0) {
		worker->under_way++;
	} else {
		atomic_fetch_add(&worker->failed, 1);
	}
}

static void *
work(void *arg)
{
	struct worker *worker = arg;

	spdk_set_thread(worker->thread);
	worker->ch = spdk_bdev_get_io_channel(g_disk.desc);
	if (worker->ch == NULL) {
		abort();
	}
	for (uint32_t i = 0; i < DEPTH; i++) {
		submit(worker);
	}
	while (worker->under_way > 0 || !atomic_load(&worker->is_ending)) {
		spdk_thread_poll(worker->thread, 0, 0);
	}
	spdk_set_thread(worker->thread);
	spdk_put_io_channel(worker->ch);
	spdk_thread_exit(worker->thread);
	spdk_set_thread(NULL);
	while (!spdk_thread_is_exited(worker->thread)) {
		spdk_thread_poll(worker->thread, 0, 0);
	}
	spdk_thread_destroy(worker->thread);
	atomic_store(&worker->done, UINT64_MAX);
	return NULL;
}

static void
workers_begin(void)
{
	memset(g_workers, 0, sizeof(g_workers));
	for (size_t i = 0; i < WORKERS; i++) {
		struct worker *worker = &g_workers[i];

		worker->buf = dma_buf(4096);
		worker->thread = spdk_thread_create("worker", NULL);
		assert_non_null(worker->thread);
		assert_int_equal(pthread_create(&worker->id, NULL, work, worker), 0);
	}
}

static bool
workers_are_over(const void *arg)
{
	for (size_t i = 0; i < WORKERS; i++) {
		if (atomic_load(&g_workers[i].done) != UINT64_MAX) {
			return false;
		}
	}
	return true;
}

static void
workers_end(void)
{
	for (size_t i = 0; i < WORKERS; i++) {
		atomic_store(&g_workers[i].is_ending, true);
	}
	/* They need the app thread. */
	wait_until(workers_are_over, NULL);
	for (size_t i = 0; i < WORKERS; i++) {
		pthread_join(g_workers[i].id, NULL);
		spdk_dma_free(g_workers[i].buf);
	}
}

static bool
all_have_done(const void *counts)
{
	for (size_t i = 0; i < WORKERS; i++) {
		if (atomic_load(&g_workers[i].done) < ((const uint64_t *)counts)[i]) {
			return false;
		}
	}
	return true;
}

static void
workers_do_more(uint64_t count)
{
	uint64_t counts[WORKERS];

	for (size_t i = 0; i < WORKERS; i++) {
		counts[i] = atomic_load(&g_workers[i].done) + count;
	}
	wait_until(all_have_done, counts);
}

static bool
all_have_failed(const void *arg)
{
	for (size_t i = 0; i < WORKERS; i++) {
		if (atomic_load(&g_workers[i].failed) < DEPTH) {
			return false;
		}
	}
	return true;
}

/* Whether it has interrupts is the test's state. */
static struct fake *
open_fake(void **state, const char *address)
{
	struct fake_opts opts;
	struct fake *fake;

	fake_opts_init(&opts);
	opts.address = address;
	opts.vectors = *state != NULL ? opts.io_queues + 1 : 0;
	fake = new_fake(&opts);
	attach(fake, "[\"Nvme0n1\"]");
	disk_open(&g_disk, "Nvme0n1");
	return fake;
}

static void
resets_under_load_of_threads_lose_nothing(void **state)
{
	(void)open_fake(state, NULL);
	workers_begin();
	workers_do_more(50);
	for (int i = 0; i < 5; i++) {
		expect_named("bdev_nvme_reset_controller", "Nvme0", "true");
		workers_do_more(20);
	}
	workers_end();
	for (size_t i = 0; i < WORKERS; i++) {
		assert_int_equal(g_workers[i].failed, 0);
	}
	disk_close(&g_disk);
}

static bool
is_told_to_go(const void *arg)
{
	return g_disk.events[SPDK_BDEV_EVENT_REMOVE] > 0;
}

static void
what_is_pulled_out_under_load_of_threads_can_be_plugged_in_again(void **state)
{
	struct fake *fake = open_fake(state, NULL);
	char address[64];

	(void)snprintf(address, sizeof(address), "%s", fake_address(fake));
	for (int i = 0; i < 3; i++) {
		workers_begin();
		workers_do_more(50);
		fake_announce_removal(fake);
		fake_remove(fake, false);
		wait_until(is_told_to_go, NULL);
		wait_until(all_have_failed, NULL);
		workers_end();
		for (size_t j = 0; j < WORKERS; j++) {
			assert_int_equal(g_workers[j].failed, DEPTH);
		}
		disk_close(&g_disk);
		wait_for_no_controller();
		end_fake(fake);
		fake = open_fake(state, address);
	}
	workers_begin();
	workers_do_more(50);
	workers_end();
	disk_close(&g_disk);
}

static void
a_controller_is_detached_under_load_of_threads(void **state)
{
	(void)open_fake(state, NULL);
	workers_begin();
	workers_do_more(50);
	assert_int_equal(spdk_bdev_nvme_delete("Nvme0", NULL, NULL, NULL), 0);
	wait_until(is_told_to_go, NULL);
	workers_do_more(20);
	workers_end();
	for (size_t i = 0; i < WORKERS; i++) {
		assert_int_equal(g_workers[i].failed, 0);
	}
	disk_close(&g_disk);
	wait_for_no_controller();
}

static bool g_has_interrupts = true;

#define THREAD_TEST(name)                                                                      \
	{#name, name, nvme_set_up, nvme_tear_down, NULL},                                      \
	{                                                                                      \
#name " with interrupts", name, nvme_set_up, nvme_tear_down, &g_has_interrupts \
	}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		THREAD_TEST(resets_under_load_of_threads_lose_nothing),
		THREAD_TEST(what_is_pulled_out_under_load_of_threads_can_be_plugged_in_again),
		THREAD_TEST(a_controller_is_detached_under_load_of_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
