/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The list macros that spdk/queue.h adds to those of the C library.
 */
#include "spdk/queue.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define ITEM_COUNT 5

struct item {
	int number;
	SLIST_ENTRY(item) slink;
	LIST_ENTRY(item) link;
	STAILQ_ENTRY(item) stlink;
	TAILQ_ENTRY(item) tlink;
};

SLIST_HEAD(slist, item);
LIST_HEAD(list, item);
STAILQ_HEAD(stailq, item);
TAILQ_HEAD(tailq, item);

static struct item g_items[ITEM_COUNT];

static int
set_up(void **state)
{
	int index;

	memset(g_items, 0, sizeof(g_items));
	for (index = 0; index < ITEM_COUNT; index++) {
		g_items[index].number = index;
	}
	return 0;
}

/* Walks the rest of `walk_macro`'s arguments and checks that it meets first, first + step, ... */
#define expect_walk(var, first, step, count, walk)                  \
	do {                                                        \
		int _expected = (first), _count = 0;                \
		walk                                                \
		{                                                   \
			assert_int_equal((var)->number, _expected); \
			_expected += (step);                        \
			_count++;                                   \
		}                                                   \
		assert_int_equal(_count, count);                    \
	} while (0)

static void
slist_swaps_and_is_emptied_while_walked(void **state)
{
	struct slist one = SLIST_HEAD_INITIALIZER(one), two = SLIST_HEAD_INITIALIZER(two);
	struct item *item, *next;
	int index;

	for (index = ITEM_COUNT - 1; index >= 0; index--) {
		SLIST_INSERT_HEAD(&one, &g_items[index], slink);
	}
	SLIST_SWAP(&one, &two, item);
	assert_true(SLIST_EMPTY(&one));
	index = 0;
	SLIST_FOREACH_SAFE (item, &two, slink, next) {
		assert_int_equal(item->number, index++);
		SLIST_REMOVE_HEAD(&two, slink);
		memset(item, 0xa5, sizeof(*item));
	}
	assert_int_equal(index, ITEM_COUNT);
	assert_true(SLIST_EMPTY(&two));
}

static void
list_knows_the_element_before(void **state)
{
	struct list one = LIST_HEAD_INITIALIZER(one), two = LIST_HEAD_INITIALIZER(two);
	struct item *item, *next;
	int index;

	for (index = ITEM_COUNT - 1; index >= 0; index--) {
		LIST_INSERT_HEAD(&one, &g_items[index], link);
	}
	assert_null(LIST_PREV(&g_items[0], &one, item, link));
	assert_ptr_equal(LIST_PREV(&g_items[3], &one, item, link), &g_items[2]);
	item = NULL;
	expect_walk(item, 0, 1, ITEM_COUNT, LIST_FOREACH_FROM(item, &one, link));
	item = &g_items[3];
	expect_walk(item, 3, 1, 2, LIST_FOREACH_FROM(item, &one, link));
	LIST_SWAP(&one, &two, item, link);
	assert_true(LIST_EMPTY(&one));
	assert_null(LIST_PREV(LIST_FIRST(&two), &two, item, link));
	LIST_INSERT_HEAD(&one, LIST_FIRST(&two), link);
	LIST_FIRST(&two) = &g_items[1];
	g_items[1].link.le_prev = &LIST_FIRST(&two);
	g_items[0].link.le_next = NULL;
	LIST_SWAP(&one, &two, item, link);
	expect_walk(item, 1, 1, ITEM_COUNT - 1, LIST_FOREACH (item, &one, link));
	assert_null(LIST_PREV(&g_items[1], &one, item, link));
	assert_null(LIST_PREV(&g_items[0], &two, item, link));
	index = 1;
	LIST_FOREACH_SAFE (item, &one, link, next) {
		assert_int_equal(item->number, index++);
		LIST_REMOVE(item, link);
	}
	assert_true(LIST_EMPTY(&one));
	item = &g_items[0];
	LIST_FOREACH_FROM_SAFE(item, &two, link, next)
	{
		LIST_REMOVE(item, link);
	}
	assert_true(LIST_EMPTY(&two));
}

static void
stailq_knows_its_last_element(void **state)
{
	struct stailq one = STAILQ_HEAD_INITIALIZER(one), two = STAILQ_HEAD_INITIALIZER(two);
	struct item *item, *next;
	int index;

	assert_null(STAILQ_LAST(&one, item, stlink));
	for (index = 0; index < ITEM_COUNT; index++) {
		STAILQ_INSERT_TAIL(&one, &g_items[index], stlink);
		assert_ptr_equal(STAILQ_LAST(&one, item, stlink), &g_items[index]);
	}
	item = NULL;
	expect_walk(item, 0, 1, ITEM_COUNT, STAILQ_FOREACH_FROM(item, &one, stlink));
	item = &g_items[2];
	expect_walk(item, 2, 1, 3, STAILQ_FOREACH_FROM(item, &one, stlink));
	STAILQ_REMOVE_AFTER(&one, &g_items[3], stlink);
	assert_ptr_equal(STAILQ_LAST(&one, item, stlink), &g_items[3]);
	STAILQ_REMOVE_AFTER(&one, &g_items[0], stlink);
	assert_ptr_equal(STAILQ_NEXT(&g_items[0], stlink), &g_items[2]);
	/* With an empty one, whose end must be its own again, and back. */
	STAILQ_SWAP(&one, &two, item);
	assert_true(STAILQ_EMPTY(&one));
	STAILQ_INSERT_TAIL(&one, &g_items[4], stlink);
	assert_ptr_equal(STAILQ_FIRST(&one), &g_items[4]);
	STAILQ_SWAP(&one, &two, item);
	STAILQ_INSERT_TAIL(&one, &g_items[1], stlink);
	assert_ptr_equal(STAILQ_LAST(&one, item, stlink), &g_items[1]);
	assert_ptr_equal(STAILQ_LAST(&two, item, stlink), &g_items[4]);
	index = 0;
	STAILQ_FOREACH_SAFE (item, &one, stlink, next) {
		STAILQ_REMOVE_HEAD(&one, stlink);
		memset(&item->stlink, 0xa5, sizeof(item->stlink));
		index++;
	}
	assert_int_equal(index, 4);
	item = &g_items[4];
	STAILQ_FOREACH_FROM_SAFE(item, &two, stlink, next)
	{
		STAILQ_REMOVE_HEAD(&two, stlink);
	}
	assert_true(STAILQ_EMPTY(&two));
	STAILQ_INSERT_TAIL(&two, &g_items[0], stlink);
	STAILQ_SWAP(&one, &two, item);
	STAILQ_INSERT_TAIL(&two, &g_items[1], stlink);
	assert_ptr_equal(STAILQ_FIRST(&two), &g_items[1]);
	assert_ptr_equal(STAILQ_LAST(&one, item, stlink), &g_items[0]);
}

static void
tailq_walks_both_ways_from_anywhere(void **state)
{
	struct tailq queue = TAILQ_HEAD_INITIALIZER(queue);
	struct item *item, *next;
	int index;

	for (index = 0; index < ITEM_COUNT; index++) {
		TAILQ_INSERT_TAIL(&queue, &g_items[index], tlink);
	}
	assert_ptr_equal(TAILQ_LAST(&queue, tailq), &g_items[4]);
	assert_ptr_equal(TAILQ_PREV(&g_items[2], tailq, tlink), &g_items[1]);
	assert_null(TAILQ_PREV(&g_items[0], tailq, tlink));
	item = NULL;
	expect_walk(item, 0, 1, 5, TAILQ_FOREACH_FROM(item, &queue, tlink));
	item = &g_items[3];
	expect_walk(item, 3, 1, 2, TAILQ_FOREACH_FROM(item, &queue, tlink));
	item = NULL;
	expect_walk(item, 4, -1, 5, TAILQ_FOREACH_REVERSE_FROM(item, &queue, tailq, tlink));
	item = &g_items[1];
	expect_walk(item, 1, -1, 2, TAILQ_FOREACH_REVERSE_FROM(item, &queue, tailq, tlink));
	item = &g_items[3];
	TAILQ_FOREACH_FROM_SAFE(item, &queue, tlink, next)
	{
		TAILQ_REMOVE(&queue, item, tlink);
		memset(&item->tlink, 0xa5, sizeof(item->tlink));
	}
	assert_ptr_equal(TAILQ_LAST(&queue, tailq), &g_items[2]);
	item = &g_items[1];
	TAILQ_FOREACH_REVERSE_FROM_SAFE(item, &queue, tailq, tlink, next)
	{
		TAILQ_REMOVE(&queue, item, tlink);
		memset(&item->tlink, 0xa5, sizeof(item->tlink));
	}
	assert_ptr_equal(TAILQ_FIRST(&queue), &g_items[2]);
	TAILQ_INSERT_TAIL(&queue, &g_items[3], tlink);
	index = 3;
	TAILQ_FOREACH_REVERSE_SAFE(item, &queue, tailq, tlink, next)
	{
		assert_int_equal(item->number, index--);
		TAILQ_REMOVE(&queue, item, tlink);
		memset(&item->tlink, 0xa5, sizeof(item->tlink));
	}
	assert_true(TAILQ_EMPTY(&queue));
	TAILQ_INSERT_TAIL(&queue, &g_items[0], tlink);
	TAILQ_FOREACH_SAFE (item, &queue, tlink, next) {
		TAILQ_REMOVE(&queue, item, tlink);
	}
	assert_true(TAILQ_EMPTY(&queue));
}

static void
tailq_swaps_with_full_and_empty_ones(void **state)
{
	struct tailq one = TAILQ_HEAD_INITIALIZER(one), two = TAILQ_HEAD_INITIALIZER(two);
	struct item *item;
	int index;

	for (index = 0; index < 3; index++) {
		TAILQ_INSERT_TAIL(&one, &g_items[index], tlink);
	}
	TAILQ_SWAP(&one, &two, item, tlink);
	assert_true(TAILQ_EMPTY(&one));
	TAILQ_INSERT_TAIL(&two, &g_items[3], tlink);
	expect_walk(item, 3, -1, 4, TAILQ_FOREACH_REVERSE (item, &two, tailq, tlink));
	TAILQ_INSERT_TAIL(&one, &g_items[4], tlink);
	TAILQ_SWAP(&one, &two, item, tlink);
	expect_walk(item, 0, 1, 4, TAILQ_FOREACH (item, &one, tlink));
	expect_walk(item, 4, 1, 1, TAILQ_FOREACH (item, &two, tlink));
	assert_ptr_equal(TAILQ_LAST(&two, tailq), &g_items[4]);
	TAILQ_REMOVE(&two, &g_items[4], tlink);
	TAILQ_SWAP(&one, &two, item, tlink);
	assert_true(TAILQ_EMPTY(&one));
	assert_ptr_equal(TAILQ_LAST(&two, tailq), &g_items[3]);
}

static void
tailq_elements_tell_whether_they_are_queued(void **state)
{
	struct tailq queue = TAILQ_HEAD_INITIALIZER(queue);

	assert_true(TAILQ_ENTRY_NOT_ENQUEUED(&g_items[0], tlink));
	TAILQ_INSERT_TAIL(&queue, &g_items[0], tlink);
	TAILQ_INSERT_TAIL(&queue, &g_items[1], tlink);
	assert_true(TAILQ_ENTRY_ENQUEUED(&g_items[0], tlink));
	assert_true(TAILQ_ENTRY_ENQUEUED(&g_items[1], tlink));
	TAILQ_REMOVE_CLEAR(&queue, &g_items[0], tlink);
	assert_false(TAILQ_ENTRY_ENQUEUED(&g_items[0], tlink));
	TAILQ_REMOVE(&queue, &g_items[1], tlink);
	TAILQ_ENTRY_CLEAR(&g_items[1], tlink);
	assert_true(TAILQ_ENTRY_NOT_ENQUEUED(&g_items[1], tlink));
	assert_true(TAILQ_EMPTY(&queue));
}

#define queue_unit_test(name) cmocka_unit_test_setup(name, set_up)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		queue_unit_test(slist_swaps_and_is_emptied_while_walked),
		queue_unit_test(list_knows_the_element_before),
		queue_unit_test(stailq_knows_its_last_element),
		queue_unit_test(tailq_walks_both_ways_from_anywhere),
		queue_unit_test(tailq_swaps_with_full_and_empty_ones),
		queue_unit_test(tailq_elements_tell_whether_they_are_queued),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
