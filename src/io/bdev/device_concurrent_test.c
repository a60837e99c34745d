/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Threads of their own open and close a device, resize and claim it and walk over all of them,
 * while it is registered and unregistered over and over: each end is told once, after the last of
 * its descriptors was closed, and no event arrives at one that is closed.
 */
#include "bdev_fixture.h"
#include "device.h"

#include <sched.h>

#define OPENERS 3
#define ROUNDS  300
/* At least as often somebody must have had it open when it was removed. */
#define REMOVES 50

struct opener {
	pthread_t os_thread;
	struct spdk_thread *thread;
	struct spdk_bdev_desc *desc;
	unsigned int seed;
};

static struct opener g_openers[OPENERS];
/* How many descriptors of the device are open; it must not be destructed before they are closed. */
static int g_open_count;
static int g_removes;
static bool g_must_stop;
static bool g_was_early;
static uint64_t g_ends, g_destructs;

static int
load(const int *number)
{
	return __atomic_load_n(number, __ATOMIC_SEQ_CST);
}

static int
destruct(void *ctx)
{
	if (load(&g_open_count) != 0) {
		g_was_early = true;
	}
	g_destructs++;
	return 0;
}

static void
close_desc(struct opener *opener)
{
	struct spdk_bdev_desc *desc = opener->desc;

	opener->desc = NULL;
	(void)__atomic_sub_fetch(&g_open_count, 1, __ATOMIC_SEQ_CST);
	spdk_bdev_close(desc);
}

static void
take_event(enum spdk_bdev_event_type type, struct spdk_bdev *bdev, void *ctx)
{
	struct opener *opener = ctx;

	if (spdk_get_thread() != opener->thread || opener->desc == NULL) {
		abort();
	}
	if (type == SPDK_BDEV_EVENT_REMOVE) {
		(void)__atomic_add_fetch(&g_removes, 1, __ATOMIC_RELAXED);
		close_desc(opener);
	}
}

static int
look(void *ctx, struct spdk_bdev *bdev)
{
	*(uint64_t *)ctx += spdk_bdev_get_num_blocks(bdev);
	return 0;
}

static void
act(struct opener *opener)
{
	uint64_t sum = 0;

	switch (rand_r(&opener->seed) % 4) {
	case 0:
	case 1:
		if (opener->desc != NULL) {
			close_desc(opener);
			break;
		}
		/* What is counted is open: one that is tried is none yet, and may come too late. */
		if (spdk_bdev_open_ext("d", false, take_event, opener, &opener->desc) == 0) {
			(void)__atomic_add_fetch(&g_open_count, 1, __ATOMIC_SEQ_CST);
		}
		break;
	case 2:
		(void)spdk_for_each_bdev(&sum, look);
		break;
	case 3:
		if (opener->desc != NULL) {
			(void)spdk_bdev_notify_blockcnt_change(
				spdk_bdev_desc_get_bdev(opener->desc),
				8 + (uint64_t)rand_r(&opener->seed) % 8);
		}
		break;
	}
}

static void *
run_opener(void *arg)
{
	struct opener *opener = arg;

	while (!__atomic_load_n(&g_must_stop, __ATOMIC_ACQUIRE)) {
		spdk_set_thread(opener->thread);
		act(opener);
		spdk_thread_poll(opener->thread, 0, 0);
		sched_yield();
	}
	spdk_set_thread(opener->thread);
	if (opener->desc != NULL) {
		close_desc(opener);
	}
	spdk_thread_exit(opener->thread);
	spdk_set_thread(NULL);
	while (!spdk_thread_is_exited(opener->thread)) {
		spdk_thread_poll(opener->thread, 0, 0);
	}
	return NULL;
}

static void
note_end(void *arg, int rc)
{
	assert_int_equal(rc, 0);
	g_ends++;
}

static void
poll_until(const uint64_t *number, uint64_t value)
{
	while (*number < value) {
		spdk_thread_poll(g_bdev_thread, 0, 0);
		sched_yield();
	}
	spdk_set_thread(g_bdev_thread);
}

static void
devices_come_and_go_under_their_users(void **state)
{
	struct fake_bdev *fake = fake_new("d", 8);
	struct spdk_bdev_fn_table table = *fake->bdev.fn_table;
	uint64_t i;

	table.destruct = destruct;
	fake->bdev.fn_table = &table;
	for (i = 0; i < OPENERS; i++) {
		g_openers[i].thread = make_thread("opener");
		g_openers[i].seed = (unsigned int)i + 1;
		assert_int_equal(
			pthread_create(&g_openers[i].os_thread, NULL, run_opener, &g_openers[i]),
			0);
	}
	for (i = 1; i <= ROUNDS || load(&g_removes) < REMOVES; i++) {
		memset(&fake->bdev.uuid, 0, sizeof(fake->bdev.uuid));
		assert_int_equal(spdk_bdev_register(&fake->bdev), 0);
		/* Some find it. */
		spdk_thread_poll(g_bdev_thread, 0, 0);
		spdk_set_thread(g_bdev_thread);
		sched_yield();
		spdk_bdev_unregister(&fake->bdev, note_end, NULL);
		poll_until(&g_ends, i);
		assert_int_equal(g_destructs, i);
	}
	__atomic_store_n(&g_must_stop, true, __ATOMIC_RELEASE);
	for (i = 0; i < OPENERS; i++) {
		assert_int_equal(pthread_join(g_openers[i].os_thread, NULL), 0);
		spdk_thread_destroy(g_openers[i].thread);
	}
	assert_false(g_was_early);
	assert_int_equal(load(&g_open_count), 0);
	settle_bdev();
	fake_free(fake);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		BDEV_TEST(devices_come_and_go_under_their_users),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
