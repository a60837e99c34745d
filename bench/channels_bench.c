/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What channels cost: to get one that the thread has already, against a thread-local pointer with a
 * count; to get the first and put the last, which create and destroy it; and
 * spdk_for_each_channel() over many threads on two reactors, against a message to each of them that
 * is answered by the last.
 */
#include "bench.h"

#include "spdk/log.h"

#define SAMPLES      21
#define GETS         1000000 /* of a sample */
#define FIRSTS       100000
#define DEVICES      16 /* that the thread has channels of, beside the one that is asked for */
#define THREAD_COUNT 10000

static char g_device, g_others[DEVICES];

static int
create(void *io_device, void *ctx)
{
	return 0;
}

static void
destroy(void *io_device, void *ctx)
{
}

/* ---- Get and put ---- */

/* What is the least that a channel can be: found without looking for it. */
struct bare_channel {
	uint32_t refs;
};
static __thread struct bare_channel *t_bare;

static struct bare_channel *__attribute__((noinline)) bare_get(void)
{
	t_bare->refs++;
	return t_bare;
}

static void __attribute__((noinline)) bare_put(struct bare_channel *channel)
{
	channel->refs--;
	__asm__ volatile("" ::: "memory");
}

static double
bare_ns(void)
{
	static struct bare_channel channel;
	uint64_t start;
	uint32_t i;

	t_bare = &channel;
	start = spdk_get_ticks();
	for (i = 0; i < GETS; i++) {
		bare_put(bare_get());
	}
	return bench_ns(spdk_get_ticks() - start) / GETS;
}

static double
get_ns(uint32_t count)
{
	uint64_t start = spdk_get_ticks();
	uint32_t i;

	for (i = 0; i < count; i++) {
		spdk_put_io_channel(spdk_get_io_channel(&g_device));
	}
	return bench_ns(spdk_get_ticks() - start) / count;
}

/* The last put is carried out by a message, so each needs a turn. */
static double
first_ns(struct spdk_thread *thread)
{
	uint64_t start = spdk_get_ticks();
	uint32_t i;

	for (i = 0; i < FIRSTS; i++) {
		spdk_set_thread(thread);
		spdk_put_io_channel(spdk_get_io_channel(&g_device));
		spdk_set_thread(NULL);
		spindle_run_queue_turn(g_reactors[0].queue);
	}
	return bench_ns(spdk_get_ticks() - start) / FIRSTS;
}

static void
nothing(void *arg)
{
}

/* A message and a turn, without any channel. */
static double
turn_ns(struct spdk_thread *thread)
{
	uint64_t start = spdk_get_ticks();
	uint32_t i;

	for (i = 0; i < FIRSTS; i++) {
		spdk_set_thread(thread);
		spdk_thread_send_msg(thread, nothing, NULL);
		spdk_set_thread(NULL);
		spindle_run_queue_turn(g_reactors[0].queue);
	}
	return bench_ns(spdk_get_ticks() - start) / FIRSTS;
}

static void
measure_get(void)
{
	struct bench_spread hit = {.count = 0}, bare = {.count = 0};
	struct bench_spread first = {.count = 0}, turn = {.count = 0};
	struct spdk_io_channel *held, *others[DEVICES];
	struct spdk_thread *thread;
	uint32_t samples = bench_samples(SAMPLES), i;

	bench_place(0);
	thread = spdk_thread_create("channels", NULL);
	spdk_set_thread(thread);
	spdk_io_device_register(&g_device, create, destroy, 64, "device");
	for (i = 0; i < DEVICES; i++) {
		spdk_io_device_register(&g_others[i], create, destroy, 64, "other");
		others[i] = spdk_get_io_channel(&g_others[i]);
	}
	for (i = 0; i < samples; i++) {
		spdk_set_thread(thread);
		held = spdk_get_io_channel(&g_device);
		bench_spread_add(&hit, get_ns(GETS));
		spdk_put_io_channel(held);
		spdk_set_thread(NULL);
		spindle_run_queue_turn(g_reactors[0].queue);
		bench_spread_add(&bare, bare_ns());
		bench_spread_add(&first, first_ns(thread));
		bench_spread_add(&turn, turn_ns(thread));
	}
	bench_question("Channels: get and put");
	bench_side(&hit, "one that is there, among 17", "ns");
	bench_side(&bare, "a thread-local pointer and a count", "ns");
	(void)bench_ratio("channel to pointer", &hit, &bare, BENCH_AT_MOST, 0);
	bench_side(&first, "the first, the last and a turn", "ns");
	bench_side(&turn, "a message and a turn", "ns");
	(void)bench_ratio("first and last to message", &first, &turn, BENCH_AT_MOST, 0);

	spdk_set_thread(thread);
	spdk_io_device_unregister(&g_device, NULL);
	for (i = 0; i < DEVICES; i++) {
		spdk_put_io_channel(others[i]);
		spdk_io_device_unregister(&g_others[i], NULL);
	}
	spdk_thread_exit(thread);
	spdk_set_thread(NULL);
	while (spdk_thread_get_count() != 0) {
		bench_turn();
	}
}

/* ---- One after the other ---- */

static struct {
	struct spdk_thread *home;
	struct spdk_thread *threads[THREAD_COUNT];
	struct spdk_io_channel *channels[THREAD_COUNT];
	uint32_t visited;
	bool is_done;
	_Atomic uint32_t ready;
} g_round;

static void
open_channel(void *arg)
{
	uint32_t i = (uint32_t)(uintptr_t)arg;

	g_round.channels[i] = spdk_get_io_channel(&g_device);
	__atomic_fetch_add(&g_round.ready, 1, __ATOMIC_RELEASE);
}

static void
close_channel(void *arg)
{
	spdk_put_io_channel(g_round.channels[(uintptr_t)arg]);
	spdk_thread_exit(spdk_get_thread());
}

static void
visit(struct spdk_io_channel_iter *iter)
{
	g_round.visited++;
	spdk_for_each_channel_continue(iter, 0);
}

static void
visited_all(struct spdk_io_channel_iter *iter, int status)
{
	g_round.is_done = true;
}

static void
finish(void *arg)
{
	g_round.is_done = true;
}

/* The bare way round: each hands on to the next, and the last to where it began. */
static void
hand_on(void *arg)
{
	uintptr_t next = (uintptr_t)arg + 1;

	g_round.visited++;
	if (next < THREAD_COUNT) {
		spdk_thread_send_msg(g_round.threads[next], hand_on, (void *)next);
	} else {
		spdk_thread_send_msg(g_round.home, finish, NULL);
	}
}

static double
round_ns(bool by_channels)
{
	uint64_t start;

	g_round.visited = 0;
	g_round.is_done = false;
	spdk_set_thread(g_round.home);
	start = spdk_get_ticks();
	if (by_channels) {
		spdk_for_each_channel(&g_device, visit, NULL, visited_all);
	} else {
		spdk_thread_send_msg(g_round.threads[0], hand_on, NULL);
	}
	spdk_set_thread(NULL);
	while (!g_round.is_done) {
		spindle_run_queue_turn(g_reactors[0].queue);
	}
	if (g_round.visited != THREAD_COUNT) {
		fprintf(stderr, "%u of %u threads visited\n", g_round.visited, THREAD_COUNT);
		exit(1);
	}
	return bench_ns(spdk_get_ticks() - start) / THREAD_COUNT;
}

static void
measure_rounds(void)
{
	struct bench_spread ours = {.count = 0}, bare = {.count = 0};
	uint32_t samples = bench_samples(SAMPLES), i;

	bench_place(0);
	g_round.home = spdk_thread_create("home", NULL);
	spdk_set_thread(g_round.home);
	spdk_io_device_register(&g_device, create, destroy, 64, "device");
	spdk_set_thread(NULL);
	bench_place(-1);
	bench_start();
	for (i = 0; i < THREAD_COUNT; i++) {
		g_round.threads[i] = spdk_thread_create(NULL, NULL);
		spdk_thread_send_msg(g_round.threads[i], open_channel, (void *)(uintptr_t)i);
	}
	while (__atomic_load_n(&g_round.ready, __ATOMIC_ACQUIRE) != THREAD_COUNT) {
		bench_turn();
	}
	for (i = 0; i < samples; i++) {
		bench_spread_add(&ours, round_ns(true));
		bench_spread_add(&bare, round_ns(false));
	}
	bench_question("spdk_for_each_channel() over 10,000 threads on two reactors");
	bench_side(&ours, "a channel", "ns");
	bench_side(&bare, "a message to the next thread", "ns");
	(void)bench_ratio("channel to message", &ours, &bare, BENCH_AT_MOST, 0);

	for (i = 0; i < THREAD_COUNT; i++) {
		spdk_thread_send_msg(g_round.threads[i], close_channel, (void *)(uintptr_t)i);
	}
	while (spdk_thread_get_count() != 1) {
		bench_turn();
	}
	bench_stop();
	spdk_set_thread(g_round.home);
	spdk_io_device_unregister(&g_device, NULL);
	spdk_thread_exit(g_round.home);
	spdk_set_thread(NULL);
	while (spdk_thread_get_count() != 0) {
		bench_turn();
	}
}

int
main(void)
{
	spdk_log_set_print_level(SPDK_LOG_WARN);
	bench_open("channels_bench", 0);
	measure_get();
	measure_rounds();
	bench_close();
	return 0;
}
