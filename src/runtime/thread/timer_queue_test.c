/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Timer queues against a sorted array, which is too simple to be wrong.
 */
#include "runtime/thread/timer_queue.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "spdk/env.h"
#include "spdk/util.h"

#define NODE_COUNT_MAX 4096u
#define SECOND         UINT64_C(2600000000)

/* Makes the queue's allocations fail; sees aligned_alloc() of the whole program. */
static bool g_is_memory_short;
static uint32_t g_failed_allocations;

void *aligned_alloc(size_t alignment, size_t size);

void *
aligned_alloc(size_t alignment, size_t size)
{
	void *memory = NULL;

	if (g_is_memory_short) {
		g_failed_allocations++;
		return NULL;
	}
	return posix_memalign(&memory, alignment, size) == 0 ? memory : NULL;
}

/* The seed is TIMER_QUEUE_TEST_SEED when that is set, and printed in any case. */
static uint64_t g_random;

static uint64_t
next_random(void)
{
	g_random ^= g_random << 13;
	g_random ^= g_random >> 7;
	g_random ^= g_random << 17;
	return g_random;
}

static void
seed_random(const char *test)
{
	const char *text = getenv("TIMER_QUEUE_TEST_SEED");

	g_random = text != NULL ? strtoull(text, NULL, 0) : spdk_get_ticks() * 2654435761u;
	g_random |= 1;
	printf("%s: TIMER_QUEUE_TEST_SEED=%" PRIu64 "\n", test, g_random);
}

struct model {
	struct timer_queue queue;
	struct timer_node nodes[NODE_COUNT_MAX];
	struct timer_node *free_nodes[NODE_COUNT_MAX];
	uint32_t free_count;
	struct timer_node *sorted[NODE_COUNT_MAX];
	uint32_t count;
	uint64_t now;
};

static struct model *
model_create(void)
{
	struct model *model = calloc(1, sizeof(*model));

	assert_non_null(model);
	while (model->free_count < NODE_COUNT_MAX) {
		model->free_nodes[model->free_count] = &model->nodes[model->free_count];
		model->free_count++;
	}
	return model;
}

static void
model_check_first(struct model *model)
{
	assert_ptr_equal(timer_queue_first(&model->queue),
			 model->count > 0 ? model->sorted[0] : NULL);
	assert_int_equal(model->queue.count, model->count);
}

/* The place of the first element that is later than `deadline`: equals are in order of insertion.
 */
static uint32_t
model_place(const struct model *model, uint64_t deadline)
{
	uint32_t low = 0, high = model->count, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (model->sorted[middle]->deadline <= deadline) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return low;
}

static void
model_insert(struct model *model, uint64_t deadline)
{
	uint32_t place = model_place(model, deadline);
	struct timer_node *node = model->free_nodes[--model->free_count];

	memmove(&model->sorted[place + 1], &model->sorted[place],
		(model->count - place) * sizeof(model->sorted[0]));
	model->sorted[place] = node;
	model->count++;
	assert_false(timer_node_is_queued(node));
	timer_queue_insert(&model->queue, node, deadline);
	assert_true(timer_node_is_queued(node));
	assert_true(node->deadline == deadline);
	model_check_first(model);
}

static void
model_remove(struct model *model, uint32_t place)
{
	struct timer_node *node = model->sorted[place];

	model->count--;
	memmove(&model->sorted[place], &model->sorted[place + 1],
		(model->count - place) * sizeof(model->sorted[0]));
	model->free_nodes[model->free_count++] = node;
	timer_queue_remove(&model->queue, node);
	assert_false(timer_node_is_queued(node));
	/* A node that is free may be anything; the queue must not look at it any more. */
	memset(node, 0, sizeof(*node));
	model_check_first(model);
}

static void
model_check_walk(struct model *model)
{
	struct timer_node *node = timer_queue_first(&model->queue);
	uint32_t place;

	for (place = 0; place < model->count; place++) {
		assert_ptr_equal(node, model->sorted[place]);
		node = timer_queue_after(&model->queue, node);
	}
	assert_null(node);
}

static void
model_destroy(struct model *model)
{
	while (model->count > 0) {
		model->now = model->sorted[0]->deadline;
		model_remove(model, 0);
	}
	timer_queue_fini(&model->queue);
	free(model);
}

static uint64_t
choose_deadline(struct model *model)
{
	uint64_t spread = UINT64_MAX >> (next_random() % 64);

	switch (next_random() % 16) {
	case 0:
		return 0;
	case 1:
		return UINT64_MAX - next_random() % 3;
	case 2:
		return next_random() & spread;
	case 3:
		return model->now - (next_random() & spread);
	case 4:
	case 5:
		return model->now + 1000 * (next_random() % 4);
	case 6:
		return model->count > 0 ? model->sorted[next_random() % model->count]->deadline : 7;
	case 7:
		/* About the ends of slots. */
		return ((model->now >> 16) + next_random() % 1024) << 16;
	case 8:
		return (((model->now >> 24) + next_random() % 1024) << 24) - 1;
	case 9:
	case 10:
		return model->now + (next_random() & spread);
	default:
		return model->now + next_random() % SECOND;
	}
}

/* One phase of a run: how full the queue is kept, and whether clocks jump. */
static void
run_phase(struct model *model, uint32_t target, uint32_t step_count)
{
	uint32_t step, choice;

	for (step = 0; step < step_count; step++) {
		choice = (uint32_t)(next_random() % 100);
		if (choice == 0) {
			model->now = next_random() >> (next_random() % 64);
		}
		if (model->count == 0 || (choice < 50 && model->count < target)) {
			model_insert(model, choose_deadline(model));
		} else if (choice < 70) {
			model_remove(model, (uint32_t)(next_random() % model->count));
		} else {
			model->now = model->sorted[0]->deadline;
			model_remove(model, 0);
			if (choice < 95) {
				model_insert(model, model->now + next_random() % (SECOND / 1000));
			}
		}
	}
}

static void
order_is_that_of_a_sorted_array(void **state)
{
	static const uint32_t targets[] = {10, 300, 100, 2000, 4000, 150, 20, 4000, 200, 3000};
	struct model *model = model_create();
	uint32_t round;

	seed_random(__func__);
	for (round = 0; round < SPDK_COUNTOF(targets); round++) {
		while (model->count < targets[round]) {
			model_insert(model, choose_deadline(model));
		}
		run_phase(model, targets[round], 10000);
		model_check_walk(model);
	}
	model_destroy(model);
}

/* Only deadlines ahead of a clock that advances, as the pollers of a thread have them. */
static void
order_holds_for_periods(void **state)
{
	struct model *model = model_create();
	uint64_t unit;
	uint32_t step;

	seed_random(__func__);
	for (unit = 16; unit < SECOND * 1000; unit *= 5) {
		while (model->count < 1500) {
			model_insert(model, model->now + unit + next_random() % (unit * 3));
		}
		for (step = 0; step < 6000; step++) {
			model->now = model->sorted[0]->deadline;
			model_remove(model, 0);
			model_insert(model, model->now + unit + next_random() % (unit * 3));
		}
		model_check_walk(model);
	}
	model_destroy(model);
}

/*
 * Idle timers bring the horizon far out; then more come before it than a heap should hold, which is
 * what makes the queue sort itself anew.
 */
static void
order_holds_when_many_come_before_idle_ones(void **state)
{
	struct model *model = model_create();
	uint32_t round, step;

	seed_random(__func__);
	for (round = 0; round < 4; round++) {
		for (step = 0; step < 300; step++) {
			model_insert(model, model->now + 3600 * SECOND + next_random() % SECOND);
		}
		for (step = 0; step < 10; step++) {
			model_remove(model, 0);
		}
		for (step = 0; step < 2000; step++) {
			model_insert(model, model->now + next_random() % SECOND);
			if (model->count > 1000) {
				model->now = model->sorted[0]->deadline;
				model_remove(model, 0);
			}
		}
		model_check_walk(model);
		model->now /= 2;
	}
	model_destroy(model);
}

/* Removing nodes by hand leaves marks in the wheel, which must not outlive the last node. */
static void
a_queue_emptied_from_its_end_starts_anew(void **state)
{
	struct model *model = model_create();
	uint32_t round, step;

	seed_random(__func__);
	for (round = 0; round < 40; round++) {
		model->now = next_random() >> (next_random() % 64);
		for (step = 0; step < 400; step++) {
			model_insert(model, model->now + next_random() % SECOND);
		}
		while (model->count > 200) {
			model_remove(model, 0);
		}
		while (model->count > 0) {
			model_remove(model, model->count - 1);
		}
	}
	model_destroy(model);
}

/*
 * Periods from nanoseconds to hours beside each other, and deadlines on the round ticks at which
 * slots of several widths start: what was put into a wide slot long ago comes before, among and
 * after what goes to narrow ones now.
 */
static void
order_holds_where_wide_and_narrow_slots_meet(void **state)
{
	struct model *model = model_create();
	uint64_t period;
	uint32_t step;

	seed_random(__func__);
	for (step = 0; step < 60000; step++) {
		if (model->count >= 600) {
			model->now = model->sorted[0]->deadline;
			model_remove(model, 0);
		}
		period = UINT64_C(256) << (next_random() % 36);
		period += next_random() % period;
		model_insert(model, (model->now + period) & ~UINT64_C(0)
								    << (next_random() % 4 * 8));
	}
	model_check_walk(model);
	model_destroy(model);
}

/* A queue that has a wheel, and is empty. */
static struct model *
model_create_with_wheel(void)
{
	struct model *model = model_create();

	while (model->count < 200) {
		model_insert(model, 5);
	}
	assert_non_null(model->queue.wheel);
	while (model->count > 0) {
		model_remove(model, 0);
	}
	return model;
}

/* The wide slot was filled when its start was far away; it holds what fires first. */
static void
a_wide_slot_is_opened_before_a_narrow_one_at_the_same_tick(void **state)
{
	struct model *model = model_create_with_wheel();
	uint32_t index;

	model_insert(model, 0x3fff0);
	model_insert(model, 0x50000);
	model_insert(model, 0x60000);
	model_insert(model, 0x70005);
	model_remove(model, 0);
	for (index = 0; index < 60; index++) {
		model_insert(model, 0x70010 + index);
	}
	model_destroy(model);
}

/* So many that they are not sorted one by one, in a slot that shares its place with a later one. */
static void
slots_a_whole_turn_apart_do_not_mix(void **state)
{
	struct model *model = model_create_with_wheel();
	uint32_t index;

	model_insert(model, 0x1010);
	for (index = 0; index < 60; index++) {
		model_insert(model, 0x1020 + index);
	}
	model_insert(model, ((0x10 + 512) << 8) + 5);
	model_insert(model, 0x2000);
	model_destroy(model);
}

static void
equal_deadlines_fire_in_order_of_insertion(void **state)
{
	static const uint64_t deadlines[] = {0,         1, 255, 256, 12345678901, UINT64_MAX - 1,
					     UINT64_MAX};
	struct timer_queue queue = {0};
	static struct timer_node nodes[10000], other;
	uint32_t which, index;

	for (which = 0; which < SPDK_COUNTOF(deadlines); which++) {
		timer_queue_insert(&queue, &other, deadlines[which] / 2);
		for (index = 0; index < SPDK_COUNTOF(nodes); index++) {
			timer_queue_insert(&queue, &nodes[index], deadlines[which]);
		}
		timer_queue_remove(&queue, &other);
		for (index = 0; index < SPDK_COUNTOF(nodes); index++) {
			assert_ptr_equal(timer_queue_first(&queue), &nodes[index]);
			timer_queue_remove(&queue, &nodes[index]);
		}
		assert_null(timer_queue_first(&queue));
	}
	timer_queue_fini(&queue);
}

static double
cpu_seconds(void)
{
	return (double)clock() / CLOCKS_PER_SEC;
}

/* Quadratic cost would be 10^10 steps; the limit is what a slow machine under sanitizers needs. */
static void
many_equal_deadlines_cost_no_more_each(void **state)
{
	const uint32_t count = 200000;
	struct timer_node *nodes = calloc(count, sizeof(*nodes)), *node;
	struct timer_queue queue = {0};
	double start = cpu_seconds();
	uint32_t index, round;

	assert_non_null(nodes);
	for (index = 0; index < count; index++) {
		timer_queue_insert(&queue, &nodes[index], SECOND);
	}
	for (round = 0; round < 3; round++) {
		for (index = 0; index < count; index++) {
			node = timer_queue_first(&queue);
			assert_ptr_equal(node, &nodes[index]);
			timer_queue_remove(&queue, node);
			timer_queue_insert(&queue, node, node->deadline + SECOND);
		}
	}
	for (index = count; index > 0; index--) {
		timer_queue_remove(&queue, &nodes[index - 1]);
	}
	assert_true(cpu_seconds() - start < 5.0);
	timer_queue_fini(&queue);
	free(nodes);
}

static void
lack_of_memory_changes_only_the_speed(void **state)
{
	struct model *model = model_create();
	uint32_t step;

	seed_random(__func__);
	g_is_memory_short = true;
	g_failed_allocations = 0;
	while (model->count < 1000) {
		model_insert(model, choose_deadline(model));
	}
	run_phase(model, 1000, 5000);
	model_check_walk(model);
	assert_null(model->queue.wheel);
	/* Not at every insertion: a failing allocator may be slow. */
	assert_in_range(g_failed_allocations, 1, 1000);
	g_is_memory_short = false;
	while (model->count < 2100) {
		model_insert(model, choose_deadline(model));
	}
	assert_non_null(model->queue.wheel);
	for (step = 0; step < 10; step++) {
		run_phase(model, 2100, 500);
		model_check_walk(model);
	}
	model_destroy(model);
}

static void
zeros_are_an_empty_queue_and_a_free_node(void **state)
{
	struct timer_queue queue = {0};
	struct timer_node node = {0};

	assert_null(timer_queue_first(&queue));
	assert_false(timer_node_is_queued(&node));
	timer_queue_fini(&queue);
	timer_queue_insert(&queue, &node, 5);
	assert_true(timer_node_is_queued(&node));
	assert_null(timer_queue_after(&queue, &node));
	timer_queue_remove(&queue, &node);
	assert_false(timer_node_is_queued(&node));
	timer_queue_fini(&queue);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(zeros_are_an_empty_queue_and_a_free_node),
		cmocka_unit_test(order_is_that_of_a_sorted_array),
		cmocka_unit_test(order_holds_for_periods),
		cmocka_unit_test(order_holds_when_many_come_before_idle_ones),
		cmocka_unit_test(a_queue_emptied_from_its_end_starts_anew),
		cmocka_unit_test(order_holds_where_wide_and_narrow_slots_meet),
		cmocka_unit_test(a_wide_slot_is_opened_before_a_narrow_one_at_the_same_tick),
		cmocka_unit_test(slots_a_whole_turn_apart_do_not_mix),
		cmocka_unit_test(equal_deadlines_fire_in_order_of_insertion),
		cmocka_unit_test(many_equal_deadlines_cost_no_more_each),
		cmocka_unit_test(lack_of_memory_changes_only_the_speed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
