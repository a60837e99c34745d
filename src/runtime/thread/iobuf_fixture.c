/* SPDX-License-Identifier: BSD-3-Clause */
/* See iobuf_fixture.h. Linked into the tests only. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/log_capture.h"
#include "runtime/thread/iobuf_fixture.h"

struct spdk_thread *g_threads[THREADS];
uint32_t g_finished;

void
expect_message(const char *first, const char *second)
{
	const char *end;

	assert_true(log_captured(first, second, NULL));
	end = strchr(g_log_capture.text, '\n');
	if (end == NULL || end[1] != '\0') {
		fail_msg("not one message, but: %s", g_log_capture.text);
	}
	log_capture_clear();
}

void
expect_words(const char *first, const char *second)
{
	assert_true(log_captured(first, second, NULL));
	log_capture_clear();
}

void
on(int thread)
{
	spdk_set_thread(g_threads[thread]);
}

void
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

void
count_finish(void *arg)
{
	assert_ptr_equal(arg, &g_finished);
	assert_ptr_equal(spdk_get_thread(), g_threads[0]);
	g_finished++;
}

void
set_counts(uint64_t small, uint64_t large)
{
	struct spdk_iobuf_opts opts;

	spdk_iobuf_get_opts(&opts, sizeof(opts));
	opts.small_pool_count = small;
	opts.large_pool_count = large;
	assert_int_equal(spdk_iobuf_set_opts(&opts), 0);
}

void
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
	log_capture_start();
}

void
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

int
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

void
finish(void)
{
	on(0);
	g_finished = 0;
	spdk_iobuf_finish(count_finish, &g_finished);
	poll_all();
	assert_int_equal(g_finished, 1);
}

int
tear_down(void **state)
{
	finish();
	assert_true(log_captured_nothing());
	close_threads();
	return 0;
}

uint32_t g_turns;

void
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

void
wait_for(struct waiter *waiter, struct spdk_iobuf_channel *channel, uint64_t len)
{
	*waiter = (struct waiter){.channel = channel, .len = len};
	assert_null(spdk_iobuf_get(channel, len, &waiter->entry, served));
}

void
give_back(struct waiter *waiter)
{
	spdk_iobuf_put(waiter->channel, waiter->buf, waiter->len);
}

void
take_all(struct spdk_iobuf_channel *channel, void **bufs)
{
	int i;

	for (i = 0; i < LARGE_COUNT; i++) {
		bufs[i] = spdk_iobuf_get(channel, LARGE_LEN, NULL, NULL);
		assert_non_null(bufs[i]);
	}
	g_turns = 0;
}

void
put_all(struct spdk_iobuf_channel *channel, void **bufs, int first)
{
	for (; first < LARGE_COUNT; first++) {
		spdk_iobuf_put(channel, bufs[first], LARGE_LEN);
	}
}

void
open_channel(struct spdk_iobuf_channel *channel, int thread, const char *name, uint32_t small,
	     uint32_t large)
{
	on(thread);
	assert_int_equal(spdk_iobuf_channel_init(channel, name, small, large), 0);
}

void
close_channel(struct spdk_iobuf_channel *channel, int thread)
{
	on(thread);
	spdk_iobuf_channel_fini(channel);
}

int
start_environment(void **state)
{
	struct spdk_env_opts opts;

	opts.opts_size = sizeof(opts);
	spdk_env_opts_init(&opts);
	opts.name = "iobuf_test";
	return spdk_env_init(&opts);
}

int
stop_environment(void **state)
{
	spdk_env_fini();
	return 0;
}
