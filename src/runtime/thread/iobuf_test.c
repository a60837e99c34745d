/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * I/O buffers: options, beginning and end, modules, channels, what is cached and what is shared,
 * what is counted, and what is explained. Waiting is in iobuf_wait_test.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "runtime/thread/iobuf_fixture.h"

/* Touching one page of each buffer that is kept would take 13 MiB. */
#define COST_MAX (4 * 1024 * 1024)

/* ---- Beginning and end ---- */

static void
test_initialize_without_environment(void **state)
{
	open_threads();
	on(0);
	assert_int_equal(spdk_iobuf_initialize(), -ENOMEM);
	expect_words("iobuf", "spdk_env_init()");
	/* An application that failed there ends like any other. */
	finish();
	close_threads();
}

static void
test_defaults(void **state)
{
	struct spdk_iobuf_opts opts;

	memset(&opts, 0xff, sizeof(opts));
	spdk_iobuf_get_opts(&opts, sizeof(opts));
	assert_int_equal(opts.small_pool_count, 8192);
	assert_int_equal(opts.large_pool_count, 1024);
	assert_int_equal(opts.small_bufsize, 8 * 1024);
	assert_int_equal(opts.large_bufsize, 132 * 1024);
	assert_int_equal(opts.opts_size, sizeof(opts));
	assert_int_equal(opts.enable_numa, 0);
}

static void
expect_refused(struct spdk_iobuf_opts *opts, const char *field, const char *value)
{
	struct spdk_iobuf_opts now;

	assert_int_equal(spdk_iobuf_set_opts(opts), -EINVAL);
	expect_message(field, value);
	spdk_iobuf_get_opts(&now, sizeof(now));
	assert_int_equal(now.small_pool_count, 8192);
	assert_int_equal(now.large_bufsize, 132 * 1024);
}

static void
test_options_are_checked(void **state)
{
	struct spdk_iobuf_opts opts, good;

	open_threads();
	spdk_iobuf_get_opts(&good, sizeof(good));
	assert_int_equal(spdk_iobuf_set_opts(NULL), -EINVAL);
	expect_message("spdk_iobuf_set_opts()", "NULL");
	opts = good;
	opts.opts_size = 0;
	expect_refused(&opts, "opts_size is 0", "sizeof(struct spdk_iobuf_opts)");
	opts.opts_size = sizeof(opts) + 1;
	expect_refused(&opts, "opts_size is 41", "sizeof(struct spdk_iobuf_opts)");
	opts = good;
	opts.small_pool_count = 63;
	expect_refused(&opts, "small_pool_count is 63", "at least 64");
	opts = good;
	opts.large_pool_count = 7;
	expect_refused(&opts, "large_pool_count is 7", "at least 8");
	opts = good;
	opts.small_bufsize = 4095;
	expect_refused(&opts, "small_bufsize is 4095", "at least 4096");
	opts = good;
	opts.large_bufsize = 8191;
	expect_refused(&opts, "large_bufsize is 8191", "at least 8192");
	opts = good;
	opts.small_bufsize = opts.large_bufsize + 1;
	expect_refused(&opts, "small_bufsize is 135169", "large_bufsize is 135168");
	spdk_iobuf_get_opts(NULL, sizeof(opts));
	expect_message("spdk_iobuf_get_opts()", "NULL");
	spdk_iobuf_get_opts(&opts, 0);
	expect_message("spdk_iobuf_get_opts()", "opts_size is 0");
	close_threads();
}

/* A caller that was compiled with fewer fields. */
static void
test_short_options(void **state)
{
	struct spdk_iobuf_opts opts, now;
	size_t size = offsetof(struct spdk_iobuf_opts, enable_numa);

	spdk_iobuf_get_opts(&opts, sizeof(opts));
	opts.small_pool_count = 100;
	opts.enable_numa = 1;
	opts.opts_size = size;
	assert_int_equal(spdk_iobuf_set_opts(&opts), 0);
	memset(&now, 0xff, sizeof(now));
	spdk_iobuf_get_opts(&now, size);
	assert_int_equal(now.small_pool_count, 100);
	assert_int_equal(now.opts_size, size);
	assert_int_equal(now.enable_numa, 0xff);
	spdk_iobuf_get_opts(&now, sizeof(now));
	assert_int_equal(now.enable_numa, 0);
	opts.enable_numa = 1;
	opts.opts_size = sizeof(opts);
	opts.small_pool_count = 8192;
	assert_int_equal(spdk_iobuf_set_opts(&opts), 0);
	spdk_iobuf_get_opts(&now, sizeof(now));
	assert_int_equal(now.enable_numa, 1);
	opts.enable_numa = 0;
	assert_int_equal(spdk_iobuf_set_opts(&opts), 0);
}

static void
test_initialize_twice_and_again(void **state)
{
	assert_int_equal(spdk_iobuf_initialize(), -EALREADY);
	expect_message("spdk_iobuf_initialize()", "there already");
	spdk_set_thread(NULL);
	spdk_iobuf_finish(count_finish, &g_finished);
	expect_message("spdk_iobuf_finish()", "not on an SPDK thread");
	finish();
	spdk_set_thread(NULL);
	assert_int_equal(spdk_iobuf_initialize(), -EINVAL);
	expect_message("spdk_iobuf_initialize()", "not on an SPDK thread");
	on(0);
	/* The modules are forgotten with the pools, and the pools can be had again. */
	assert_int_equal(spdk_iobuf_unregister_module("apple"), -ENOENT);
	expect_message("spdk_iobuf_unregister_module()", "'apple'");
	assert_int_equal(spdk_iobuf_initialize(), 0);
	finish();
	/* For tear_down(). */
	assert_int_equal(spdk_iobuf_initialize(), 0);
}

static void
test_no_memory_for_pools(void **state)
{
	finish();
	set_counts(SMALL_COUNT, UINT64_MAX / LARGE_LEN);
	assert_int_equal(spdk_iobuf_initialize(), -ENOMEM);
	expect_words("no memory for", "large_pool_count");
	/* Their size overflows to that of a small pool. */
	set_counts((UINT64_C(1) << 51) + SMALL_COUNT, LARGE_COUNT);
	assert_int_equal(spdk_iobuf_initialize(), -ENOMEM);
	expect_message("more than can be addressed", "small_pool_count");
	set_counts(SMALL_COUNT, LARGE_COUNT);
	assert_int_equal(spdk_iobuf_initialize(), 0);
}

static void
test_finish_waits_for_channels(void **state)
{
	struct spdk_iobuf_channel channel, late;

	open_channel(&channel, 1, "apple", 2, 2);
	on(0);
	g_finished = 0;
	spdk_iobuf_finish(count_finish, &g_finished);
	poll_all();
	assert_int_equal(g_finished, 0);
	spdk_iobuf_finish(count_finish, &g_finished);
	expect_message("spdk_iobuf_finish()", "second time");
	assert_int_equal(spdk_iobuf_channel_init(&late, "apple", 0, 0), -ENODEV);
	expect_message("'apple'", "being closed");
	assert_int_equal(spdk_iobuf_initialize(), -EALREADY);
	expect_message("spdk_iobuf_initialize()", "being closed");
	close_channel(&channel, 1);
	poll_all();
	assert_int_equal(g_finished, 1);
	on(0);
	assert_int_equal(spdk_iobuf_initialize(), 0);
}

static void
test_finish_names_what_is_out(void **state)
{
	struct spdk_iobuf_channel apple, pear;
	void *bufs[LARGE_COUNT], *small;
	struct waiter waiter;

	open_channel(&apple, 0, "apple", 2, 0);
	open_channel(&pear, 0, "pear", 0, 0);
	/* Pear gives one to apple, which waits and keeps it, and the others back. */
	take_all(&pear, bufs);
	wait_for(&waiter, &apple, LARGE_LEN);
	put_all(&pear, bufs, 0);
	assert_int_equal(waiter.turn, 1);
	small = spdk_iobuf_get(&apple, SMALL_LEN, NULL, NULL);
	spdk_iobuf_put(&apple, small, SMALL_LEN);
	assert_non_null(spdk_iobuf_get(&apple, SMALL_LEN, NULL, NULL));
	assert_non_null(spdk_iobuf_get(&apple, SMALL_LEN, NULL, NULL));
	assert_non_null(spdk_iobuf_get(&apple, SMALL_LEN, NULL, NULL));
	assert_non_null(spdk_iobuf_get(&pear, LARGE_LEN, NULL, NULL));
	close_channel(&apple, 0);
	close_channel(&pear, 0);
	assert_int_equal(spdk_iobuf_unregister_module("pear"), 0);
	finish();
	expect_message("3 small and 2 large buffers were not given back",
		       "module 'apple' 3 small and 1 large, others 0 and 1");
	assert_int_equal(spdk_iobuf_initialize(), 0);
}

/* ---- Modules and channels ---- */

static void
test_modules(void **state)
{
	struct spdk_iobuf_channel channel;

	assert_int_equal(spdk_iobuf_register_module("apple"), -EEXIST);
	expect_message("'apple'", "already");
	assert_int_equal(spdk_iobuf_register_module(NULL), -EINVAL);
	expect_message("spdk_iobuf_register_module()", "name");
	assert_int_equal(spdk_iobuf_unregister_module("plum"), -ENOENT);
	expect_message("spdk_iobuf_unregister_module()", "'plum'");
	assert_int_equal(spdk_iobuf_channel_init(&channel, "plum", 0, 0), -ENODEV);
	expect_message("'plum'", "spdk_iobuf_register_module()");
	spdk_set_thread(NULL);
	assert_int_equal(spdk_iobuf_channel_init(&channel, "apple", 0, 0), -EINVAL);
	expect_message("spdk_iobuf_channel_init()", "not on an SPDK thread");

	/* A module may leave before its channels do. */
	open_channel(&channel, 0, "apple", 1, 1);
	assert_int_equal(spdk_iobuf_unregister_module("apple"), 0);
	assert_int_equal(spdk_iobuf_register_module("apple"), 0);
	close_channel(&channel, 0);
}

static void
test_pool_too_small_for_caches(void **state)
{
	struct spdk_iobuf_channel first, second;
	void *bufs[LARGE_COUNT];

	open_channel(&first, 0, "apple", 0, 5);
	assert_int_equal(spdk_iobuf_channel_init(&second, "pear", 4, 4), -ENOMEM);
	expect_message("module 'pear' wants to keep 4 large buffers on thread 'thread0', and the "
		       "pool of 8 has only 3 left",
		       "raise large_pool_count to 9");
	close_channel(&first, 0);
	poll_all();
	/* Nothing was lost on the way. */
	open_channel(&first, 0, "apple", SMALL_COUNT, LARGE_COUNT);
	take_all(&first, bufs);
	put_all(&first, bufs, 0);
	close_channel(&first, 0);
}

static void
test_channel_that_is_not_open(void **state)
{
	struct spdk_iobuf_channel channel;

	open_channel(&channel, 0, "apple", 0, 0);
	close_channel(&channel, 0);
	assert_null(spdk_iobuf_get(&channel, SMALL_LEN, NULL, NULL));
	expect_message("spdk_iobuf_get()", "is not open");
	spdk_iobuf_channel_fini(&channel);
	expect_message("spdk_iobuf_channel_fini()", "is not open");
}

/* ---- Getting and putting ---- */

static void
test_buffers_are_apart_and_aligned(void **state)
{
	struct spdk_iobuf_channel channel;
	char *small[SMALL_COUNT], *large[LARGE_COUNT];
	int i, at;

	open_channel(&channel, 0, "apple", 3, 3);
	for (i = 0; i < SMALL_COUNT; i++) {
		small[i] = spdk_iobuf_get(&channel, i == 0 ? 1 : SMALL_LEN, NULL, NULL);
		assert_non_null(small[i]);
		assert_int_equal((uintptr_t)small[i] % 4096, 0);
		memset(small[i], i, SMALL_LEN);
	}
	assert_null(spdk_iobuf_get(&channel, SMALL_LEN, NULL, NULL));
	for (i = 0; i < LARGE_COUNT; i++) {
		large[i] = spdk_iobuf_get(&channel, i == 0 ? SMALL_LEN + 1 : LARGE_LEN, NULL, NULL);
		assert_non_null(large[i]);
		assert_int_equal((uintptr_t)large[i] % 4096, 0);
		memset(large[i], 0x80 + i, LARGE_LEN);
	}
	assert_null(spdk_iobuf_get(&channel, LARGE_LEN, NULL, NULL));
	for (i = 0; i < SMALL_COUNT; i++) {
		for (at = 0; at < SMALL_LEN; at++) {
			assert_int_equal((uint8_t)small[i][at], i);
		}
		spdk_iobuf_put(&channel, small[i], SMALL_LEN);
	}
	for (i = 0; i < LARGE_COUNT; i++) {
		for (at = 0; at < LARGE_LEN; at++) {
			if ((uint8_t)large[i][at] != 0x80 + i) {
				fail_msg("buffer %d, byte %d", i, at);
			}
		}
		spdk_iobuf_put(&channel, large[i], LARGE_LEN);
	}
	close_channel(&channel, 0);
}

/* Sizes that are no multiple of a page are rounded up, and the buffer can be used up to there. */
static void
test_odd_sizes_are_rounded_up(void **state)
{
	struct spdk_iobuf_channel channel;
	struct spdk_iobuf_opts opts, before;
	void *buf;

	finish();
	spdk_iobuf_get_opts(&before, sizeof(before));
	opts = before;
	opts.small_bufsize = 5000;
	opts.large_bufsize = 70000;
	assert_int_equal(spdk_iobuf_set_opts(&opts), 0);
	assert_int_equal(spdk_iobuf_initialize(), 0);
	assert_int_equal(spdk_iobuf_register_module("apple"), 0);
	spdk_iobuf_get_opts(&opts, sizeof(opts));
	assert_int_equal(opts.small_bufsize, 8192);
	assert_int_equal(opts.large_bufsize, 73728);
	open_channel(&channel, 0, "apple", 0, 0);
	assert_int_equal(channel.cache[0].small.bufsize, 8192);
	buf = spdk_iobuf_get(&channel, 73728, NULL, NULL);
	assert_non_null(buf);
	spdk_iobuf_put(&channel, buf, 73728);
	close_channel(&channel, 0);
	finish();
	assert_int_equal(spdk_iobuf_set_opts(&before), 0);
	assert_int_equal(spdk_iobuf_initialize(), 0);
}

static void
test_cache_comes_first(void **state)
{
	struct spdk_iobuf_channel channel, other;
	struct spdk_iobuf_pool_cache *cache = &channel.cache[0].large;
	void *bufs[LARGE_COUNT], *again;

	open_channel(&channel, 0, "apple", 0, 4);
	open_channel(&other, 1, "apple", 0, 0);
	assert_int_equal(cache->cache_count, 4);

	/* What a channel keeps, others do not get. */
	on(1);
	bufs[4] = spdk_iobuf_get(&other, LARGE_LEN, NULL, NULL);
	bufs[5] = spdk_iobuf_get(&other, LARGE_LEN, NULL, NULL);
	bufs[6] = spdk_iobuf_get(&other, LARGE_LEN, NULL, NULL);
	bufs[7] = spdk_iobuf_get(&other, LARGE_LEN, NULL, NULL);
	assert_non_null(bufs[7]);
	assert_null(spdk_iobuf_get(&other, LARGE_LEN, NULL, NULL));
	spdk_iobuf_put(&other, bufs[7], LARGE_LEN);

	on(0);
	bufs[0] = spdk_iobuf_get(&channel, LARGE_LEN, NULL, NULL);
	bufs[1] = spdk_iobuf_get(&channel, LARGE_LEN, NULL, NULL);
	bufs[2] = spdk_iobuf_get(&channel, LARGE_LEN, NULL, NULL);
	bufs[3] = spdk_iobuf_get(&channel, LARGE_LEN, NULL, NULL);
	assert_int_equal(cache->cache_count, 0);
	assert_int_equal(cache->stats.cache, 4);
	assert_int_equal(cache->stats.main, 0);
	bufs[7] = spdk_iobuf_get(&channel, LARGE_LEN, NULL, NULL);
	assert_non_null(bufs[7]);
	assert_int_equal(cache->stats.cache, 4);
	assert_int_equal(cache->stats.main, 1);

	/* The one that was put last is the warm one. */
	spdk_iobuf_put(&channel, bufs[3], LARGE_LEN);
	spdk_iobuf_put(&channel, bufs[7], LARGE_LEN);
	assert_int_equal(cache->cache_count, 2);
	again = spdk_iobuf_get(&channel, LARGE_LEN, NULL, NULL);
	assert_ptr_equal(again, bufs[7]);
	bufs[3] = spdk_iobuf_get(&channel, LARGE_LEN, NULL, NULL);
	spdk_iobuf_put(&channel, again, LARGE_LEN);

	/* The cache takes what it may hold, and not more. */
	put_all(&channel, (void *[LARGE_COUNT]){[4] = bufs[0], bufs[1], bufs[2], bufs[3]}, 4);
	assert_int_equal(cache->cache_count, 4);
	on(1);
	bufs[0] = spdk_iobuf_get(&other, LARGE_LEN, NULL, NULL);
	assert_non_null(bufs[0]);
	assert_null(spdk_iobuf_get(&other, LARGE_LEN, NULL, NULL));
	spdk_iobuf_put(&other, bufs[0], LARGE_LEN);
	put_all(&other, (void *[LARGE_COUNT]){[5] = bufs[4], bufs[5], bufs[6]}, 5);
	close_channel(&other, 1);
	close_channel(&channel, 0);
}

static void
test_wrong_lengths_are_explained(void **state)
{
	struct spdk_iobuf_channel channel;
	struct waiter waiter = {.turn = 0};
	void *bufs[LARGE_COUNT], *small;

	open_channel(&channel, 0, "apple", 2, 2);
	assert_null(spdk_iobuf_get(&channel, LARGE_LEN + 1, &waiter.entry, served));
	expect_message("135169", "large_bufsize");
	small = spdk_iobuf_get(&channel, 100, NULL, NULL);
	spdk_iobuf_put(&channel, small, LARGE_LEN);
	expect_message("module 'apple'", "spdk_iobuf_get()");
	spdk_iobuf_put(&channel, &waiter, 100);
	expect_message("module 'apple'", "spdk_iobuf_get()");
	spdk_iobuf_put(&channel, small, LARGE_LEN + 1);
	expect_message("module 'apple'", "spdk_iobuf_get()");
	spdk_iobuf_put(&channel, small, 100);

	take_all(&channel, bufs);
	assert_null(spdk_iobuf_get(&channel, LARGE_LEN, &waiter.entry, NULL));
	expect_message("module 'apple'", "no function to call");
	put_all(&channel, bufs, 0);
	assert_int_equal(waiter.turn, 0);
	close_channel(&channel, 0);
}

static int
stop_at_once(struct spdk_iobuf_channel *ch, struct spdk_iobuf_entry *entry, void *ctx)
{
	return 1;
}

static void
test_wrong_thread_is_explained(void **state)
{
	struct spdk_iobuf_channel channel;
	struct waiter waiter;
	void *bufs[LARGE_COUNT];

	open_channel(&channel, 0, "apple", 2, 2);
	take_all(&channel, bufs);
	wait_for(&waiter, &channel, LARGE_LEN);
	on(1);
	assert_null(spdk_iobuf_get(&channel, LARGE_LEN, NULL, NULL));
	expect_message("module 'apple' belongs to thread 'thread0'", "used on thread 'thread1'");
	spdk_iobuf_entry_abort(&channel, &waiter.entry, LARGE_LEN);
	expect_message("spdk_iobuf_entry_abort()", "'thread1'");
	assert_int_equal(spdk_iobuf_for_each_entry(&channel, stop_at_once, NULL), -EINVAL);
	expect_message("spdk_iobuf_for_each_entry()", "'thread1'");
	spdk_iobuf_channel_fini(&channel);
	expect_message("spdk_iobuf_channel_fini()", "'thread1'");
	spdk_set_thread(NULL);
	/* The buffer gets home all the same, and to whoever waits. */
	spdk_iobuf_put(&channel, bufs[0], LARGE_LEN);
	expect_message("spdk_iobuf_put()", "thread 'none'");
	poll_all();
	assert_ptr_equal(waiter.buf, bufs[0]);
	on(0);
	put_all(&channel, bufs, 0);
	close_channel(&channel, 0);
}

/* ---- Counts ---- */

struct result {
	uint32_t calls;
	uint32_t count;
	struct spdk_iobuf_module_stats modules[4];
	char names[4][16];
};

static void
keep_result(struct spdk_iobuf_module_stats *modules, uint32_t num_modules, void *cb_arg)
{
	struct result *result = cb_arg;
	uint32_t i;

	assert_ptr_equal(spdk_get_thread(), g_threads[2]);
	assert_in_range(num_modules, 0, 4);
	result->calls++;
	result->count = num_modules;
	for (i = 0; i < num_modules; i++) {
		result->modules[i] = modules[i];
		(void)snprintf(result->names[i], sizeof(result->names[i]), "%s", modules[i].module);
	}
}

/* All but the one that the other thread keeps. */
static void
take_seven(struct spdk_iobuf_channel *channel, void **bufs)
{
	int i;

	for (i = 1; i < LARGE_COUNT; i++) {
		bufs[i] = spdk_iobuf_get(channel, LARGE_LEN, NULL, NULL);
		assert_non_null(bufs[i]);
	}
	g_turns = 0;
}

static void
test_stats(void **state)
{
	struct spdk_iobuf_channel channels[3];
	struct result result = {0};
	struct waiter waiter;
	void *bufs[LARGE_COUNT], *small;

	open_channel(&channels[0], 0, "apple", 2, 3);
	open_channel(&channels[1], 1, "apple", 4, 1);
	open_channel(&channels[2], 1, "pear", 0, 0);
	on(0);
	take_seven(&channels[0], bufs);
	wait_for(&waiter, &channels[0], LARGE_LEN);
	on(1);
	small = spdk_iobuf_get(&channels[2], SMALL_LEN, NULL, NULL);
	spdk_iobuf_put(&channels[2], small, SMALL_LEN);
	small = spdk_iobuf_get(&channels[1], SMALL_LEN, NULL, NULL);
	spdk_iobuf_put(&channels[1], small, SMALL_LEN);

	on(2);
	assert_int_equal(spdk_iobuf_get_stats(keep_result, &result), 0);
	assert_int_equal(result.calls, 0);
	/* A module may leave meanwhile. */
	assert_int_equal(spdk_iobuf_unregister_module("pear"), 0);
	poll_all();
	assert_int_equal(result.calls, 1);
	assert_int_equal(result.count, 2);
	assert_string_equal(result.names[0], "apple");
	assert_string_equal(result.names[1], "pear");
	assert_int_equal(result.modules[0].large_pool.cache_size, 4);
	/* 3 that were kept; then 3 at a time are fetched, of which the first counts as shared. */
	assert_int_equal(result.modules[0].large_pool.cache, 5);
	assert_int_equal(result.modules[0].large_pool.main, 2);
	assert_int_equal(result.modules[0].large_pool.retry, 1);
	assert_int_equal(result.modules[0].small_pool.cache_size, 6);
	assert_int_equal(result.modules[0].small_pool.cache, 1);
	assert_int_equal(result.modules[1].small_pool.main, 1);
	assert_int_equal(result.modules[1].large_pool.retry, 0);

	on(0);
	put_all(&channels[0], bufs, 1);
	give_back(&waiter);
	close_channel(&channels[0], 0);
	close_channel(&channels[1], 1);
	close_channel(&channels[2], 1);
	finish();
	on(2);
	assert_int_equal(spdk_iobuf_get_stats(keep_result, &result), -ENODEV);
	expect_message("spdk_iobuf_get_stats()", "spdk_iobuf_initialize()");
	on(0);
	assert_int_equal(spdk_iobuf_initialize(), 0);
	spdk_set_thread(NULL);
	assert_int_equal(spdk_iobuf_get_stats(keep_result, &result), -EINVAL);
	expect_message("spdk_iobuf_get_stats()", "not on an SPDK thread");
}

/* ---- Memory ---- */

static uint64_t
resident_bytes(void)
{
	FILE *file = fopen("/proc/self/statm", "r");
	unsigned long size, resident;

	assert_non_null(file);
	assert_int_equal(fscanf(file, "%lu %lu", &size, &resident), 2);
	(void)fclose(file);
	return resident * (uint64_t)sysconf(_SC_PAGESIZE);
}

/* Pools of 196 MiB and caches of several MiB, and none of it is there before it is used. */
static void
test_unused_buffers_cost_nothing(void **state)
{
	struct spdk_iobuf_channel channels[THREADS];
	uint64_t before, after;
	int i;

	finish();
	set_counts(8192, 1024);
	before = resident_bytes();
	assert_int_equal(spdk_iobuf_initialize(), 0);
	assert_int_equal(spdk_iobuf_register_module("apple"), 0);
	for (i = 0; i < THREADS; i++) {
		open_channel(&channels[i], i, "apple", 1024, 128);
	}
	after = resident_bytes();
	if (after > before + COST_MAX) {
		fail_msg("%" PRIu64 " bytes", after - before);
	}
	for (i = 0; i < THREADS; i++) {
		close_channel(&channels[i], i);
	}
	finish();
	after = resident_bytes();
	if (after > before + COST_MAX) {
		fail_msg("%" PRIu64 " bytes after the end", after - before);
	}
	set_counts(SMALL_COUNT, LARGE_COUNT);
	assert_int_equal(spdk_iobuf_initialize(), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest before[] = {
		cmocka_unit_test(test_initialize_without_environment),
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_options_are_checked),
		cmocka_unit_test(test_short_options),
	};
	const struct CMUnitTest tests[] = {
		TEST(test_initialize_twice_and_again),
		TEST(test_no_memory_for_pools),
		TEST(test_finish_waits_for_channels),
		TEST(test_finish_names_what_is_out),
		TEST(test_modules),
		TEST(test_pool_too_small_for_caches),
		TEST(test_channel_that_is_not_open),
		TEST(test_buffers_are_apart_and_aligned),
		TEST(test_odd_sizes_are_rounded_up),
		TEST(test_cache_comes_first),
		TEST(test_wrong_lengths_are_explained),
		TEST(test_wrong_thread_is_explained),
		TEST(test_stats),
		TEST(test_unused_buffers_cost_nothing),
	};
	int failed;

	failed = cmocka_run_group_tests(before, NULL, NULL);
	return failed + cmocka_run_group_tests(tests, start_environment, stop_environment);
}
