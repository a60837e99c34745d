/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * I/O buffers: what is cached and what is shared, who waits and who is served, what is counted, and
 * what is explained. Threads that wait on several OS threads are in iobuf_concurrent_test.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "runtime/thread/iobuf_internal.h"
#include "spdk/log.h"

#define THREADS     3
#define SMALL_COUNT 64
#define LARGE_COUNT 8
#define SMALL_LEN   8192
#define LARGE_LEN   (132 * 1024)
#define TEXT_SIZE   4096
/* Touching one page of each buffer that is kept would take 13 MiB. */
#define COST_MAX (4 * 1024 * 1024)

static struct spdk_thread *g_threads[THREADS];
static char g_text[TEXT_SIZE];
static uint32_t g_messages; /* at WARN or ERROR */
static uint32_t g_finished;

static void
keep_text(int level, const char *file, const int line, const char *func, const char *format,
	  va_list args)
{
	if (level <= SPDK_LOG_WARN) {
		(void)vsnprintf(g_text, sizeof(g_text), format, args);
		g_messages++;
	}
}

static void
forget_text(void)
{
	g_text[0] = '\0';
	g_messages = 0;
}

/* One message since the last call, with these words. */
static void
expect_message(const char *first, const char *second)
{
	if (g_messages != 1 || strstr(g_text, first) == NULL || strstr(g_text, second) == NULL) {
		fail_msg("%u messages, the last: %s", g_messages, g_text);
	}
	forget_text();
}

static void
on(int thread)
{
	spdk_set_thread(g_threads[thread]);
}

static void
poll_all(void)
{
	struct spdk_thread *before = spdk_get_thread();
	bool is_busy;
	int i;

	spdk_set_thread(NULL);
	do {
		is_busy = false;
		for (i = 0; i < THREADS; i++) {
			is_busy |= spdk_thread_poll(g_threads[i], 0, 0) > 0;
		}
	} while (is_busy);
	spdk_set_thread(before);
}

static void
count_finish(void *arg)
{
	assert_ptr_equal(arg, &g_finished);
	assert_ptr_equal(spdk_get_thread(), g_threads[0]);
	g_finished++;
}

static void
set_counts(uint64_t small, uint64_t large)
{
	struct spdk_iobuf_opts opts;

	spdk_iobuf_get_opts(&opts, sizeof(opts));
	opts.small_pool_count = small;
	opts.large_pool_count = large;
	assert_int_equal(spdk_iobuf_set_opts(&opts), 0);
}

static void
open_threads(void)
{
	char name[] = "thread0";
	int i;

	assert_int_equal(spdk_thread_lib_init(NULL, 0), 0);
	for (i = 0; i < THREADS; i++) {
		name[6] = (char)('0' + i);
		g_threads[i] = spdk_thread_create(name, NULL);
		assert_non_null(g_threads[i]);
	}
	spdk_log_open(keep_text);
	forget_text();
}

static void
close_threads(void)
{
	int i;

	spdk_log_close();
	for (i = THREADS - 1; i >= 0; i--) {
		on(i);
		(void)spdk_thread_exit(g_threads[i]);
		while (!spdk_thread_is_exited(g_threads[i])) {
			(void)spdk_thread_poll(g_threads[i], 0, 0);
		}
		spdk_set_thread(NULL);
		spdk_thread_destroy(g_threads[i]);
	}
	spdk_thread_lib_fini();
}

/* Small pools, and the modules "apple" and "pear"; on thread 0. */
static int
set_up(void **state)
{
	open_threads();
	on(0);
	set_counts(SMALL_COUNT, LARGE_COUNT);
	assert_int_equal(spdk_iobuf_initialize(), 0);
	assert_int_equal(spdk_iobuf_register_module("apple"), 0);
	assert_int_equal(spdk_iobuf_register_module("pear"), 0);
	return 0;
}

static void
finish(void)
{
	on(0);
	g_finished = 0;
	spdk_iobuf_finish(count_finish, &g_finished);
	poll_all();
	assert_int_equal(g_finished, 1);
}

static int
tear_down(void **state)
{
	finish();
	if (g_messages != 0) {
		fail_msg("%s", g_text);
	}
	close_threads();
	return 0;
}

/* ---- Waiters ---- */

struct waiter {
	struct spdk_iobuf_entry entry;
	struct spdk_iobuf_channel *channel;
	uint64_t len;
	void *buf;
	uint32_t turn; /* from 1; 0: not yet */
	bool gives_back;
};

static uint32_t g_turns;

static void
served(struct spdk_iobuf_entry *entry, void *buf)
{
	struct waiter *waiter = SPDK_CONTAINEROF(entry, struct waiter, entry);

	assert_int_equal(waiter->turn, 0);
	waiter->turn = ++g_turns;
	waiter->buf = buf;
	if (waiter->gives_back) {
		spdk_iobuf_put(waiter->channel, buf, waiter->len);
	}
}

static void
wait_for(struct waiter *waiter, struct spdk_iobuf_channel *channel, uint64_t len)
{
	*waiter = (struct waiter){.channel = channel, .len = len};
	assert_null(spdk_iobuf_get(channel, len, &waiter->entry, served));
}

static void
give_back(struct waiter *waiter)
{
	spdk_iobuf_put(waiter->channel, waiter->buf, waiter->len);
}

/* Takes all large buffers that there are. */
static void
take_all(struct spdk_iobuf_channel *channel, void **bufs)
{
	int i;

	for (i = 0; i < LARGE_COUNT; i++) {
		bufs[i] = spdk_iobuf_get(channel, LARGE_LEN, NULL, NULL);
		assert_non_null(bufs[i]);
	}
	g_turns = 0;
}

static void
put_all(struct spdk_iobuf_channel *channel, void **bufs, int first)
{
	for (; first < LARGE_COUNT; first++) {
		spdk_iobuf_put(channel, bufs[first], LARGE_LEN);
	}
}

static void
open_channel(struct spdk_iobuf_channel *channel, int thread, const char *name, uint32_t small,
	     uint32_t large)
{
	on(thread);
	assert_int_equal(spdk_iobuf_channel_init(channel, name, small, large), 0);
}

static void
close_channel(struct spdk_iobuf_channel *channel, int thread)
{
	on(thread);
	spdk_iobuf_channel_fini(channel);
}

/* ---- Beginning and end ---- */

static void
test_initialize_without_environment(void **state)
{
	open_threads();
	on(0);
	assert_int_equal(spdk_iobuf_initialize(), -ENOMEM);
	assert_non_null(strstr(g_text, "spdk_env_init()"));
	forget_text();
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

	spdk_log_open(keep_text);
	forget_text();
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
	spdk_log_close();
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
	forget_text();
	assert_int_equal(spdk_iobuf_initialize(), 0);
	finish();
	/* For tear_down(). */
	assert_int_equal(spdk_iobuf_initialize(), 0);
}

static void
test_no_memory_for_pools(void **state)
{
	struct spdk_iobuf_opts opts;

	finish();
	set_counts(SMALL_COUNT, UINT64_MAX / LARGE_LEN);
	assert_int_equal(spdk_iobuf_initialize(), -ENOMEM);
	assert_non_null(strstr(g_text, "large_pool_count"));
	/* Their size overflows to that of a small pool. */
	set_counts((UINT64_C(1) << 51) + SMALL_COUNT, LARGE_COUNT);
	assert_int_equal(spdk_iobuf_initialize(), -ENOMEM);
	assert_non_null(strstr(g_text, "small_pool_count"));
	forget_text();
	set_counts(SMALL_COUNT, LARGE_COUNT);
	spdk_iobuf_get_opts(&opts, sizeof(opts));
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

static int
start_environment(void **state)
{
	struct spdk_env_opts opts;

	opts.opts_size = sizeof(opts);
	spdk_env_opts_init(&opts);
	opts.name = "iobuf_test";
	return spdk_env_init(&opts);
}

static int
stop_environment(void **state)
{
	spdk_env_fini();
	return 0;
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
		TEST(test_stats),
		TEST(test_unused_buffers_cost_nothing),
	};
	int failed;

	failed = cmocka_run_group_tests(before, NULL, NULL);
	return failed + cmocka_run_group_tests(tests, start_environment, stop_environment);
}
