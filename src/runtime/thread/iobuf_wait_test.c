/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Waiting for I/O buffers: who is served, when, and in which order, on one thread and between
 * threads. Threads on several OS threads are in iobuf_concurrent_test.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "runtime/thread/iobuf_fixture.h"

/* ---- Waiting ---- */

static void
test_waiters_are_served_in_order(void **state)
{
	struct spdk_iobuf_channel apple, pear;
	struct waiter waiters[3], newcomer;
	void *bufs[LARGE_COUNT];

	open_channel(&apple, 0, "apple", 0, 2);
	open_channel(&pear, 0, "pear", 0, 0);
	take_all(&apple, bufs);
	wait_for(&waiters[0], &apple, LARGE_LEN);
	wait_for(&waiters[1], &pear, LARGE_LEN);
	wait_for(&waiters[2], &apple, LARGE_LEN);
	assert_int_equal(apple.cache[0].large.stats.retry, 2);
	assert_int_equal(pear.cache[0].large.stats.retry, 1);

	/* At once, whichever channel it came back by, and not into the cache. */
	spdk_iobuf_put(&apple, bufs[0], LARGE_LEN);
	assert_int_equal(waiters[0].turn, 1);
	assert_ptr_equal(waiters[0].buf, bufs[0]);
	spdk_iobuf_put(&apple, bufs[1], LARGE_LEN);
	assert_int_equal(waiters[1].turn, 2);
	assert_int_equal(waiters[2].turn, 0);
	assert_int_equal(apple.cache[0].large.cache_count, 0);
	/* Nobody overtakes. */
	wait_for(&newcomer, &pear, LARGE_LEN);
	give_back(&waiters[1]);
	assert_int_equal(waiters[2].turn, 3);
	assert_int_equal(newcomer.turn, 0);
	give_back(&waiters[2]);
	assert_int_equal(newcomer.turn, 4);
	/* The other size was not concerned. */
	assert_non_null(bufs[1] = spdk_iobuf_get(&pear, SMALL_LEN, NULL, NULL));
	spdk_iobuf_put(&pear, bufs[1], SMALL_LEN);
	give_back(&newcomer);
	give_back(&waiters[0]);
	assert_int_equal(apple.cache[0].large.cache_count, 1);
	put_all(&apple, bufs, 2);
	close_channel(&pear, 0);
	close_channel(&apple, 0);
}

/* 100,000 waiters that give their buffer back in the callback do not use up the stack. */
static void
test_callbacks_do_not_nest(void **state)
{
	const uint32_t count = 100000;
	struct spdk_iobuf_channel channel;
	struct waiter *waiters = calloc(count, sizeof(*waiters));
	void *bufs[LARGE_COUNT];
	uint32_t i;

	assert_non_null(waiters);
	open_channel(&channel, 0, "apple", 0, 2);
	take_all(&channel, bufs);
	for (i = 0; i < count; i++) {
		wait_for(&waiters[i], &channel, LARGE_LEN);
		waiters[i].gives_back = true;
	}
	spdk_iobuf_put(&channel, bufs[0], LARGE_LEN);
	for (i = 0; i < count; i++) {
		assert_int_equal(waiters[i].turn, i + 1);
	}
	put_all(&channel, bufs, 1);
	assert_int_equal(channel.cache[0].large.cache_count, 2);
	close_channel(&channel, 0);
	free(waiters);
}

static void
test_abort(void **state)
{
	struct spdk_iobuf_channel channel;
	struct waiter waiters[3];
	void *bufs[LARGE_COUNT];

	open_channel(&channel, 0, "apple", 0, 1);
	take_all(&channel, bufs);
	wait_for(&waiters[0], &channel, LARGE_LEN);
	wait_for(&waiters[1], &channel, LARGE_LEN);
	wait_for(&waiters[2], &channel, LARGE_LEN);
	spdk_iobuf_entry_abort(&channel, &waiters[1].entry, SMALL_LEN);
	expect_message("module 'apple' does not wait", "length");
	spdk_iobuf_entry_abort(&channel, &waiters[1].entry, LARGE_LEN);
	spdk_iobuf_entry_abort(&channel, &waiters[1].entry, LARGE_LEN);
	expect_message("module 'apple' does not wait", "before the callback");
	spdk_iobuf_put(&channel, bufs[0], LARGE_LEN);
	spdk_iobuf_put(&channel, bufs[1], LARGE_LEN);
	assert_int_equal(waiters[0].turn, 1);
	assert_int_equal(waiters[2].turn, 2);
	give_back(&waiters[0]);
	give_back(&waiters[2]);
	put_all(&channel, bufs, 2);

	/* The last one, too: then nobody waits, and the cache fills again. */
	take_all(&channel, bufs);
	wait_for(&waiters[0], &channel, LARGE_LEN);
	spdk_iobuf_entry_abort(&channel, &waiters[0].entry, LARGE_LEN);
	put_all(&channel, bufs, 0);
	assert_int_equal(channel.cache[0].large.cache_count, 1);
	poll_all();
	assert_int_equal(waiters[0].turn, 0);
	close_channel(&channel, 0);
}

struct visit {
	uint32_t count;
	uint32_t stop_at;
	struct spdk_iobuf_entry *seen[8];
	bool aborts;
};

static int
visit(struct spdk_iobuf_channel *ch, struct spdk_iobuf_entry *entry, void *ctx)
{
	struct waiter *waiter = SPDK_CONTAINEROF(entry, struct waiter, entry);
	struct visit *visit = ctx;

	assert_ptr_equal(waiter->channel, ch);
	visit->seen[visit->count++] = entry;
	if (visit->aborts) {
		spdk_iobuf_entry_abort(ch, entry, waiter->len);
	}
	return visit->count == visit->stop_at ? 77 : 0;
}

static void
test_for_each_entry(void **state)
{
	struct spdk_iobuf_channel apple, pear;
	struct visit all = {0}, some = {.stop_at = 2}, last = {.aborts = true};
	struct waiter waiters[4], small;
	void *bufs[LARGE_COUNT], *smalls[SMALL_COUNT];
	int i;

	open_channel(&apple, 0, "apple", 0, 0);
	open_channel(&pear, 0, "pear", 0, 0);
	assert_int_equal(spdk_iobuf_for_each_entry(&apple, visit, &all), 0);
	assert_int_equal(all.count, 0);
	take_all(&apple, bufs);
	for (i = 0; i < SMALL_COUNT; i++) {
		smalls[i] = spdk_iobuf_get(&pear, 1, NULL, NULL);
	}
	wait_for(&waiters[0], &apple, LARGE_LEN);
	wait_for(&waiters[1], &pear, LARGE_LEN);
	wait_for(&waiters[2], &apple, LARGE_LEN);
	wait_for(&waiters[3], &pear, LARGE_LEN);
	wait_for(&small, &apple, 1);

	assert_int_equal(spdk_iobuf_for_each_entry(&apple, visit, &all), 0);
	assert_int_equal(all.count, 3);
	assert_ptr_equal(all.seen[0], &small.entry);
	assert_ptr_equal(all.seen[1], &waiters[0].entry);
	assert_ptr_equal(all.seen[2], &waiters[2].entry);
	assert_int_equal(spdk_iobuf_for_each_entry(&apple, visit, &some), 77);
	assert_int_equal(some.count, 2);
	assert_int_equal(spdk_iobuf_for_each_entry(&apple, visit, &last), 0);
	assert_int_equal(last.count, 3);

	put_all(&apple, bufs, 0);
	for (i = 0; i < SMALL_COUNT; i++) {
		spdk_iobuf_put(&pear, smalls[i], 1);
	}
	assert_int_equal(g_turns, 2);
	assert_int_equal(waiters[1].turn, 1);
	assert_int_equal(waiters[3].turn, 2);
	give_back(&waiters[1]);
	give_back(&waiters[3]);
	close_channel(&pear, 0);
	close_channel(&apple, 0);
}

static void
test_fini_with_waiters_is_explained(void **state)
{
	struct spdk_iobuf_channel apple, pear;
	struct waiter waiters[2];
	void *bufs[LARGE_COUNT];

	open_channel(&apple, 0, "apple", 0, 0);
	open_channel(&pear, 0, "pear", 0, 0);
	take_all(&apple, bufs);
	wait_for(&waiters[0], &pear, LARGE_LEN);
	wait_for(&waiters[1], &apple, LARGE_LEN);
	close_channel(&pear, 0);
	expect_message("1 requests of module 'pear'", "on thread 'thread0'");
	put_all(&apple, bufs, 0);
	assert_int_equal(waiters[0].turn, 0);
	assert_int_equal(waiters[1].turn, 1);
	give_back(&waiters[1]);
	close_channel(&apple, 0);
}

/* ---- Several threads ---- */

/* Everything is on thread 0, which has room in its cache; 1 and 2 have nothing to give back. */
static void
test_put_elsewhere_serves_waiters(void **state)
{
	struct spdk_iobuf_channel channels[3];
	struct waiter waiters[4];
	void *bufs[LARGE_COUNT];

	open_channel(&channels[0], 0, "apple", 0, LARGE_COUNT);
	open_channel(&channels[1], 1, "apple", 0, 0);
	open_channel(&channels[2], 2, "apple", 0, 0);
	on(0);
	take_all(&channels[0], bufs);
	on(2);
	wait_for(&waiters[0], &channels[2], LARGE_LEN);
	wait_for(&waiters[1], &channels[2], LARGE_LEN);
	on(1);
	wait_for(&waiters[2], &channels[1], LARGE_LEN);
	wait_for(&waiters[3], &channels[1], LARGE_LEN);

	/* One each in turn, beginning with the thread that has waited longest. */
	on(0);
	spdk_iobuf_put(&channels[0], bufs[0], LARGE_LEN);
	poll_all();
	assert_int_equal(waiters[0].turn, 1);
	spdk_iobuf_put(&channels[0], bufs[1], LARGE_LEN);
	poll_all();
	assert_int_equal(waiters[2].turn, 2);
	spdk_iobuf_put(&channels[0], bufs[2], LARGE_LEN);
	poll_all();
	assert_int_equal(waiters[1].turn, 3);
	/* A request of the thread that puts waits behind, too. */
	assert_null(spdk_iobuf_get(&channels[0], LARGE_LEN, NULL, NULL));
	spdk_iobuf_put(&channels[0], bufs[3], LARGE_LEN);
	poll_all();
	assert_int_equal(waiters[3].turn, 4);
	/* And when nobody waits any more, caches fill. */
	put_all(&channels[0], bufs, 4);
	assert_int_equal(channels[0].cache[0].large.cache_count, 4);
	on(1);
	give_back(&waiters[2]);
	give_back(&waiters[3]);
	on(2);
	give_back(&waiters[0]);
	give_back(&waiters[1]);
	close_channel(&channels[2], 2);
	close_channel(&channels[1], 1);
	close_channel(&channels[0], 0);
}

/* Several buffers are put before the thread that waits runs: none goes into a cache. */
static void
test_puts_before_the_waiter_runs(void **state)
{
	struct spdk_iobuf_channel first, second;
	struct waiter waiters[3];
	void *bufs[LARGE_COUNT];
	int i;

	open_channel(&first, 0, "apple", 0, LARGE_COUNT);
	open_channel(&second, 1, "apple", 0, 0);
	on(0);
	take_all(&first, bufs);
	on(1);
	for (i = 0; i < 3; i++) {
		wait_for(&waiters[i], &second, LARGE_LEN);
	}
	on(0);
	for (i = 0; i < 3; i++) {
		spdk_iobuf_put(&first, bufs[i], LARGE_LEN);
	}
	assert_int_equal(first.cache[0].large.cache_count, 0);
	/* Nor does a newcomer get what is there for them. */
	assert_null(spdk_iobuf_get(&first, LARGE_LEN, NULL, NULL));
	poll_all();
	on(1);
	for (i = 0; i < 3; i++) {
		assert_int_equal(waiters[i].turn, i + 1);
		give_back(&waiters[i]);
	}
	on(0);
	put_all(&first, bufs, 3);
	close_channel(&second, 1);
	close_channel(&first, 0);
}

/*
 * The steps of a race, one by one: a thread finds the pool empty, another one puts a buffer and
 * sees nobody waiting, and only then is the first one listed.
 */
static void
test_put_just_before_the_waiter_is_listed(void **state)
{
	struct spdk_iobuf_channel channel;
	struct iobuf_waiters *waiters;
	struct waiter waiter = {.channel = &channel, .len = LARGE_LEN};
	void *bufs[LARGE_COUNT];

	open_channel(&channel, 0, "apple", 0, 0);
	take_all(&channel, bufs);
	waiters = iobuf_waiters_of(&channel.cache[0].large);
	iobuf_pool_put(waiters->pool, bufs[0]);
	waiter.entry.cb_fn = served;
	waiter.entry.module = channel.module;
	STAILQ_INSERT_TAIL(&waiters->queue, &waiter.entry, stailq);
	iobuf_waiters_settle(waiters);
	poll_all();
	assert_ptr_equal(waiter.buf, bufs[0]);
	put_all(&channel, bufs, 0);
	close_channel(&channel, 0);
}

/* The entry, or the whole channel, goes while the buffer is on its way: somebody else gets it. */
static void
abort_on_the_way(bool with_channel)
{
	struct spdk_iobuf_channel first, second, third;
	struct waiter leaving, staying;
	void *bufs[LARGE_COUNT];

	open_channel(&first, 0, "apple", 0, LARGE_COUNT);
	open_channel(&second, 1, "apple", 0, 0);
	open_channel(&third, 2, "apple", 0, 0);
	on(0);
	take_all(&first, bufs);
	on(1);
	wait_for(&leaving, &second, LARGE_LEN);
	on(2);
	wait_for(&staying, &third, LARGE_LEN);
	on(0);
	spdk_iobuf_put(&first, bufs[0], LARGE_LEN);
	on(1);
	spdk_iobuf_entry_abort(&second, &leaving.entry, LARGE_LEN);
	if (with_channel) {
		close_channel(&second, 1);
	}
	poll_all();
	assert_int_equal(leaving.turn, 0);
	assert_int_equal(staying.turn, 1);
	on(2);
	give_back(&staying);
	if (!with_channel) {
		close_channel(&second, 1);
	}
	close_channel(&third, 2);
	on(0);
	put_all(&first, bufs, 1);
	assert_int_equal(first.cache[0].large.cache_count, LARGE_COUNT - 1);
	close_channel(&first, 0);
}

static void
test_abort_while_the_buffer_comes(void **state)
{
	abort_on_the_way(false);
}

static void
test_fini_while_the_buffer_comes(void **state)
{
	abort_on_the_way(true);
}

/* A thread that always has waiters of its own does not keep the others waiting for ever. */
static void
test_busy_thread_shares(void **state)
{
	struct spdk_iobuf_channel busy, other;
	struct waiter mine[200], theirs;
	void *bufs[LARGE_COUNT], *buf;
	int i;

	open_channel(&busy, 0, "apple", 0, 0);
	open_channel(&other, 1, "apple", 0, 0);
	on(0);
	take_all(&busy, bufs);
	for (i = 0; i < 200; i++) {
		wait_for(&mine[i], &busy, LARGE_LEN);
	}
	on(1);
	wait_for(&theirs, &other, LARGE_LEN);
	on(0);
	/* One buffer goes from hand to hand; it is the oldest waiter of the thread that gets it. */
	for (i = 0, buf = bufs[0]; i < 200 && theirs.turn == 0; i++) {
		spdk_iobuf_put(&busy, buf, LARGE_LEN);
		poll_all();
		buf = mine[i].buf;
	}
	assert_in_range(theirs.turn, 2, 100);
	on(1);
	give_back(&theirs);
	poll_all();
	on(0);
	for (i = 0; i < 200; i++) {
		if (mine[i].turn == 0) {
			spdk_iobuf_entry_abort(&busy, &mine[i].entry, LARGE_LEN);
		} else if (mine[i].turn == g_turns) {
			give_back(&mine[i]);
		}
	}
	poll_all();
	put_all(&busy, bufs, 1);
	close_channel(&other, 1);
	close_channel(&busy, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_waiters_are_served_in_order),
		TEST(test_callbacks_do_not_nest),
		TEST(test_abort),
		TEST(test_for_each_entry),
		TEST(test_fini_with_waiters_is_explained),
		TEST(test_put_elsewhere_serves_waiters),
		TEST(test_puts_before_the_waiter_runs),
		TEST(test_put_just_before_the_waiter_is_listed),
		TEST(test_abort_while_the_buffer_comes),
		TEST(test_fini_while_the_buffer_comes),
		TEST(test_busy_thread_shares),
	};

	return cmocka_run_group_tests(tests, start_environment, stop_environment);
}
