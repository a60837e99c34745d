/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a timer costs, by how many there are and how their periods lie: the first node is removed
 * and inserted again one period later, as a thread does with a poller that has run.
 */
#include "runtime/thread/timer_queue.h"

#include "spdk/env.h"
#include "spdk/util.h"

#define TICKS_PER_SECOND UINT64_C(2600000000)
#define REPEAT_COUNT     3

enum distribution {
	PERIODS_1_TO_2_S,
	PERIODS_EQUAL,
	PERIODS_10_US_TO_10_S,
	PERIODS_FAST_AND_IDLE,
	DISTRIBUTION_COUNT,
};

static const char *const g_distribution_names[] = {
	[PERIODS_1_TO_2_S] = "1-2 s",
	[PERIODS_EQUAL] = "1 s, all equal",
	[PERIODS_10_US_TO_10_S] = "10 us-10 s",
	[PERIODS_FAST_AND_IDLE] = "1 % 100 us, 99 % 30 s",
};

struct poller {
	struct timer_node node;
	uint64_t period;
	uint64_t calls;
};

static uint64_t g_random = 88172645463325252;

static uint64_t
next_random(void)
{
	g_random ^= g_random << 13;
	g_random ^= g_random >> 7;
	g_random ^= g_random << 17;
	return g_random;
}

static uint64_t
choose_period(enum distribution distribution, uint32_t index)
{
	uint64_t period = TICKS_PER_SECOND / 100000;

	switch (distribution) {
	case PERIODS_1_TO_2_S:
		return TICKS_PER_SECOND + next_random() % TICKS_PER_SECOND;
	case PERIODS_EQUAL:
		return TICKS_PER_SECOND;
	case PERIODS_10_US_TO_10_S:
		period <<= next_random() % 20;
		return period + next_random() % period;
	default:
		return index % 100 == 0 ? TICKS_PER_SECOND / 10000 : TICKS_PER_SECOND * 30;
	}
}

static double
seconds_now(void)
{
	return (double)spdk_get_ticks() / (double)spdk_get_ticks_hz();
}

/* ns for one removal of the first node and its insertion. */
static double
turn_over(struct timer_queue *queue, uint32_t turn_count)
{
	double start = seconds_now();
	struct poller *poller;
	uint32_t turn;

	for (turn = 0; turn < turn_count; turn++) {
		poller = SPDK_CONTAINEROF(timer_queue_first(queue), struct poller, node);
		timer_queue_remove(queue, &poller->node);
		poller->calls++;
		timer_queue_insert(queue, &poller->node, poller->node.deadline + poller->period);
	}
	return (seconds_now() - start) * 1e9 / turn_count;
}

static int
measure(enum distribution distribution, uint32_t count)
{
	struct poller *pollers = calloc(count, sizeof(*pollers));
	struct timer_queue queue = {0};
	uint32_t index, repeat, turn_count = count < 1000000 ? 2000000 : count * 2;
	double start, ns, insert_ns, remove_ns, best_ns = INFINITY, worst_ns = 0;

	if (pollers == NULL) {
		return 1;
	}
	for (index = 0; index < count; index++) {
		pollers[index].period = choose_period(distribution, index);
	}
	start = seconds_now();
	for (index = 0; index < count; index++) {
		timer_queue_insert(&queue, &pollers[index].node, pollers[index].period);
	}
	insert_ns = (seconds_now() - start) * 1e9 / count;
	/* The first rounds bring the nodes to the order in memory that they will have for long. */
	(void)turn_over(&queue, turn_count);
	for (repeat = 0; repeat < REPEAT_COUNT; repeat++) {
		ns = turn_over(&queue, turn_count);
		best_ns = ns < best_ns ? ns : best_ns;
		worst_ns = ns > worst_ns ? ns : worst_ns;
	}
	start = seconds_now();
	for (index = 0; index < count; index++) {
		timer_queue_remove(&queue, &pollers[index].node);
	}
	remove_ns = (seconds_now() - start) * 1e9 / count;
	printf("%-22s %8" PRIu32
	       " timers: first insert %6.1f ns, turn %6.1f-%.1f ns, remove %6.1f ns\n",
	       g_distribution_names[distribution], count, insert_ns, best_ns, worst_ns, remove_ns);
	timer_queue_fini(&queue);
	free(pollers);
	return 0;
}

int
main(void)
{
	static const uint32_t counts[] = {1, 10, 100, 1000, 10000, 100000, 1000000};
	unsigned int distribution, index;
	int rc = 0;

	for (distribution = 0; distribution < DISTRIBUTION_COUNT; distribution++) {
		for (index = 0; index < SPDK_COUNTOF(counts); index++) {
			rc |= measure(distribution, counts[index]);
		}
	}
	return rc;
}
