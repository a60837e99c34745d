/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The trees of spdk/tree.h against an array of what should be in them; after each change of a
 * red-black tree its invariants are checked element by element.
 */
#define item_count(item) ((item) == NULL ? 0 : (item)->subtree_count)
#define RB_AUGMENT(item) \
	((item)->subtree_count = 1 + item_count(RB_LEFT(item, rb)) + item_count(RB_RIGHT(item, rb)))

#include "spdk/tree.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#define KEY_COUNT 200

struct item {
	int key;
	int subtree_count;
	RB_ENTRY(item) rb;
	SPLAY_ENTRY(item) splay;
};

static int
compare_items(struct item *a, struct item *b)
{
	return (a->key > b->key) - (a->key < b->key);
}

RB_HEAD(rb_tree, item);
RB_PROTOTYPE_STATIC(rb_tree, item, rb, compare_items);
RB_GENERATE_STATIC(rb_tree, item, rb, compare_items)

SPLAY_HEAD(splay_tree, item);
SPLAY_PROTOTYPE(splay_tree, item, splay, compare_items)
SPLAY_GENERATE(splay_tree, item, splay, compare_items)

/* A tree whose elements hold nothing about subtrees, with functions that are not static. */
#undef RB_AUGMENT
#define RB_AUGMENT(item) break
RB_HEAD(plain_tree, item);
RB_PROTOTYPE(plain_tree, item, rb, compare_items);
RB_GENERATE(plain_tree, item, rb, compare_items)

static struct item g_items[KEY_COUNT];
static bool g_is_in[KEY_COUNT];
static uint64_t g_random;

static uint32_t
random_below(uint32_t limit)
{
	g_random ^= g_random << 13;
	g_random ^= g_random >> 7;
	g_random ^= g_random << 17;
	return (uint32_t)((g_random >> 32) % limit);
}

static int
set_up(void **state)
{
	const char *text = getenv("TREE_TEST_SEED");
	int key;

	g_random = text != NULL ? strtoull(text, NULL, 0) : (uint64_t)time(NULL) * 2654435761u;
	g_random |= 1;
	printf("TREE_TEST_SEED=%llu\n", (unsigned long long)g_random);
	memset(g_items, 0xa5, sizeof(g_items));
	memset(g_is_in, 0, sizeof(g_is_in));
	for (key = 0; key < KEY_COUNT; key++) {
		g_items[key].key = key;
	}
	return 0;
}

/* The item with the least key from `key` on, or the greatest up to it, that is in; NULL for none.
 */
static struct item *
model_from(int key, int step)
{
	for (; key >= 0 && key < KEY_COUNT; key += step) {
		if (g_is_in[key]) {
			return &g_items[key];
		}
	}
	return NULL;
}

/* Returns the number of black links on every way down, which must be the same. */
static int
check_subtree(struct item *item, bool is_below_red)
{
	bool is_left_red, is_right_red;
	int left_count, right_count;

	if (item == NULL) {
		return 0;
	}
	is_left_red = RB_RED_LEFT(item, rb);
	is_right_red = RB_RED_RIGHT(item, rb);
	assert_false(is_below_red && (is_left_red || is_right_red));
	if (RB_LEFT(item, rb) == NULL) {
		assert_false(is_left_red);
	} else {
		assert_ptr_equal(RB_PARENT(RB_LEFT(item, rb), rb), item);
		assert_int_equal(RB_COLOR(RB_LEFT(item, rb), rb), is_left_red);
		assert_true(compare_items(RB_LEFT(item, rb), item) < 0);
	}
	if (RB_RIGHT(item, rb) == NULL) {
		assert_false(is_right_red);
	} else {
		assert_ptr_equal(RB_PARENT(RB_RIGHT(item, rb), rb), item);
		assert_int_equal(RB_COLOR(RB_RIGHT(item, rb), rb), is_right_red);
		assert_true(compare_items(RB_RIGHT(item, rb), item) > 0);
	}
	left_count = check_subtree(RB_LEFT(item, rb), is_left_red) + !is_left_red;
	right_count = check_subtree(RB_RIGHT(item, rb), is_right_red) + !is_right_red;
	assert_int_equal(left_count, right_count);
	return left_count;
}

static void
check_counts(struct item *item)
{
	if (item != NULL) {
		assert_int_equal(item->subtree_count, 1 + item_count(RB_LEFT(item, rb)) +
							      item_count(RB_RIGHT(item, rb)));
		check_counts(RB_LEFT(item, rb));
		check_counts(RB_RIGHT(item, rb));
	}
}

static void
check_rb(struct rb_tree *tree)
{
	struct item *item, *expected, key_item = {0};
	int key;

	if (!RB_EMPTY(tree)) {
		assert_null(RB_PARENT(_RB_ROOT(tree), rb));
		assert_int_equal(RB_COLOR(_RB_ROOT(tree), rb), 0);
	}
	check_subtree(_RB_ROOT(tree), false);
	check_counts(_RB_ROOT(tree));
	assert_ptr_equal(RB_MIN(rb_tree, tree), model_from(0, 1));
	assert_ptr_equal(RB_MAX(rb_tree, tree), model_from(KEY_COUNT - 1, -1));
	expected = model_from(0, 1);
	RB_FOREACH (item, rb_tree, tree) {
		assert_ptr_equal(item, expected);
		expected = model_from(item->key + 1, 1);
	}
	assert_null(expected);
	expected = model_from(KEY_COUNT - 1, -1);
	RB_FOREACH_REVERSE(item, rb_tree, tree)
	{
		assert_ptr_equal(item, expected);
		expected = model_from(item->key - 1, -1);
	}
	assert_null(expected);
	for (key = -1; key <= KEY_COUNT; key += 7) {
		key_item.key = key;
		item = key >= 0 && key < KEY_COUNT && g_is_in[key] ? &g_items[key] : NULL;
		assert_ptr_equal(RB_FIND(rb_tree, tree, &key_item), item);
		assert_ptr_equal(RB_NFIND(rb_tree, tree, &key_item),
				 model_from(key < 0 ? 0 : key, 1));
	}
}

static void
red_black_invariants_hold_after_each_change(void **state)
{
	struct rb_tree tree = RB_INITIALIZER(&tree);
	struct item twin = {0};
	uint32_t step, fill = 100;
	int key;

	check_rb(&tree);
	for (step = 0; step < 20000; step++) {
		if (step % 2000 == 0) {
			fill = random_below(100);
		}
		key = (int)random_below(KEY_COUNT);
		if (g_is_in[key] && random_below(100) >= fill) {
			assert_ptr_equal(RB_REMOVE(rb_tree, &tree, &g_items[key]), &g_items[key]);
			memset(&g_items[key].rb, 0xa5, sizeof(g_items[key].rb));
			g_is_in[key] = false;
		} else if (g_is_in[key]) {
			twin.key = key;
			assert_ptr_equal(RB_INSERT(rb_tree, &tree, &twin), &g_items[key]);
		} else if (random_below(100) < fill) {
			assert_null(RB_INSERT(rb_tree, &tree, &g_items[key]));
			g_is_in[key] = true;
		}
		check_rb(&tree);
	}
}

static void
ordered_insertions_and_removals_keep_the_invariants(void **state)
{
	struct rb_tree tree;
	int key, from_low;

	RB_INIT(&tree);
	for (from_low = 0; from_low < 2; from_low++) {
		for (key = 0; key < KEY_COUNT; key++) {
			assert_null(RB_INSERT(rb_tree, &tree, &g_items[key]));
			g_is_in[key] = true;
			check_rb(&tree);
		}
		while (!RB_EMPTY(&tree)) {
			key = (from_low ? RB_MIN(rb_tree, &tree) : RB_MAX(rb_tree, &tree))->key;
			(void)RB_REMOVE(rb_tree, &tree, &g_items[key]);
			g_is_in[key] = false;
			check_rb(&tree);
		}
	}
}

static void
safe_walks_allow_removal(void **state)
{
	struct rb_tree tree = RB_INITIALIZER(&tree);
	struct item *item, *next;
	int round, key, seen;

	for (round = 0; round < 4; round++) {
		for (key = 0; key < KEY_COUNT; key++) {
			(void)RB_INSERT(rb_tree, &tree, &g_items[key]);
		}
		seen = 0;
		switch (round) {
		case 0:
			RB_FOREACH_SAFE (item, rb_tree, &tree, next) {
				assert_int_equal(item->key, seen++);
				(void)RB_REMOVE(rb_tree, &tree, item);
			}
			break;
		case 1:
			RB_FOREACH_REVERSE_SAFE(item, rb_tree, &tree, next)
			{
				assert_int_equal(item->key, KEY_COUNT - 1 - seen++);
				(void)RB_REMOVE(rb_tree, &tree, item);
			}
			break;
		case 2:
			next = &g_items[50];
			RB_FOREACH_FROM(item, rb_tree, next)
			{
				assert_int_equal(item->key, 50 + seen++);
				(void)RB_REMOVE(rb_tree, &tree, item);
			}
			seen += 50;
			break;
		default:
			/* Round 2 left the first 50; these were refused as equal, or are new. */
			next = &g_items[49];
			RB_FOREACH_REVERSE_FROM(item, rb_tree, next)
			{
				assert_int_equal(item->key, 49 - seen++);
				(void)RB_REMOVE(rb_tree, &tree, item);
			}
			seen += KEY_COUNT - 50;
			break;
		}
		assert_int_equal(seen, KEY_COUNT);
	}
	assert_ptr_equal(RB_MIN(rb_tree, &tree), &g_items[50]);
	assert_ptr_equal(RB_NEXT(rb_tree, &tree, &g_items[50]), &g_items[51]);
	assert_null(RB_PREV(rb_tree, &tree, &g_items[50]));
}

static void
reinsertion_moves_only_what_must(void **state)
{
	struct rb_tree tree = RB_INITIALIZER(&tree);
	struct item items[5];
	int index;

	for (index = 0; index < 5; index++) {
		items[index].key = index * 10;
		assert_null(RB_INSERT(rb_tree, &tree, &items[index]));
	}
	items[2].key = 25;
	assert_null(RB_REINSERT(rb_tree, &tree, &items[2]));
	assert_ptr_equal(RB_NEXT(rb_tree, &tree, &items[1]), &items[2]);
	items[0].key = 35;
	assert_null(RB_REINSERT(rb_tree, &tree, &items[0]));
	assert_ptr_equal(RB_NEXT(rb_tree, &tree, &items[3]), &items[0]);
	assert_ptr_equal(RB_MIN(rb_tree, &tree), &items[1]);
	check_subtree(_RB_ROOT(&tree), false);
	check_counts(_RB_ROOT(&tree));
	items[0].key = 40;
	assert_ptr_equal(RB_REINSERT(rb_tree, &tree, &items[0]), &items[4]);
	assert_int_equal(_RB_ROOT(&tree)->subtree_count, 4);
}

static void
a_tree_without_augmentation_works_alike(void **state)
{
	struct plain_tree tree = RB_INITIALIZER(&tree);
	int index, key;

	for (index = 0; index < KEY_COUNT; index++) {
		key = index * 37 % KEY_COUNT;
		assert_null(RB_INSERT(plain_tree, &tree, &g_items[key]));
		check_subtree(_RB_ROOT(&tree), false);
	}
	/* Nothing was written beside the links. */
	assert_int_equal((unsigned int)g_items[0].subtree_count, 0xa5a5a5a5);
	for (index = 0; index < KEY_COUNT; index++) {
		key = index * 73 % KEY_COUNT;
		assert_ptr_equal(RB_REMOVE(plain_tree, &tree, &g_items[key]), &g_items[key]);
		check_subtree(_RB_ROOT(&tree), false);
	}
	assert_true(RB_EMPTY(&tree));
}

/* In-order walk that does not splay: keys ascend and all are in the model. Returns how many. */
static int
check_splay_subtree(struct item *item, int low, int high)
{
	if (item == NULL) {
		return 0;
	}
	assert_in_range(item->key, low, high);
	assert_true(g_is_in[item->key]);
	return 1 + check_splay_subtree(SPLAY_LEFT(item, splay), low, item->key - 1) +
	       check_splay_subtree(SPLAY_RIGHT(item, splay), item->key + 1, high);
}

static void
check_splay(struct splay_tree *tree)
{
	int key, count = 0;

	for (key = 0; key < KEY_COUNT; key++) {
		count += g_is_in[key];
	}
	assert_int_equal(SPLAY_EMPTY(tree), count == 0);
	assert_int_equal(check_splay_subtree(SPLAY_ROOT(tree), 0, KEY_COUNT), count);
}

static void
splay_trees_hold_what_was_put_in(void **state)
{
	struct splay_tree tree = SPLAY_INITIALIZER(&tree);
	struct item key_item = {0}, *item, *expected;
	uint32_t step, fill = 100;
	int key;

	for (step = 0; step < 20000; step++) {
		fill = step % 2000 == 0 ? random_below(100) : fill;
		key = (int)random_below(KEY_COUNT);
		key_item.key = key;
		expected = g_is_in[key] ? &g_items[key] : NULL;
		if (random_below(100) < fill) {
			assert_ptr_equal(SPLAY_INSERT(splay_tree, &tree, &g_items[key]), expected);
			g_is_in[key] = true;
			assert_ptr_equal(SPLAY_ROOT(&tree), &g_items[key]);
		} else {
			item = SPLAY_REMOVE(splay_tree, &tree, &key_item);
			assert_ptr_equal(item, expected != NULL ? &key_item : NULL);
			g_is_in[key] = false;
		}
		check_splay(&tree);
		key_item.key = (int)random_below(KEY_COUNT);
		item = g_is_in[key_item.key] ? &g_items[key_item.key] : NULL;
		assert_ptr_equal(SPLAY_FIND(splay_tree, &tree, &key_item), item);
		assert_true(item == NULL || SPLAY_ROOT(&tree) == item);
		check_splay(&tree);
		assert_ptr_equal(SPLAY_MIN(splay_tree, &tree), model_from(0, 1));
		assert_ptr_equal(SPLAY_MAX(splay_tree, &tree), model_from(KEY_COUNT - 1, -1));
		check_splay(&tree);
		if (step % 100 == 0) {
			expected = model_from(0, 1);
			SPLAY_FOREACH(item, splay_tree, &tree)
			{
				assert_ptr_equal(item, expected);
				expected = model_from(item->key + 1, 1);
			}
			assert_null(expected);
			check_splay(&tree);
		}
	}
}

static int
depth(struct item *item)
{
	int left, right;

	if (item == NULL) {
		return 0;
	}
	left = depth(SPLAY_LEFT(item, splay));
	right = depth(SPLAY_RIGHT(item, splay));
	return 1 + (left > right ? left : right);
}

/* What tells a splay from moving to the root: a long way is about half as long afterwards. */
static void
splaying_halves_a_long_way(void **state)
{
	struct splay_tree tree;
	int key;

	SPLAY_INIT(&tree);
	for (key = 0; key < KEY_COUNT; key++) {
		(void)SPLAY_INSERT(splay_tree, &tree, &g_items[key]);
	}
	assert_int_equal(depth(SPLAY_ROOT(&tree)), KEY_COUNT);
	(void)SPLAY_FIND(splay_tree, &tree, &g_items[0]);
	assert_in_range(depth(SPLAY_ROOT(&tree)), KEY_COUNT / 4, KEY_COUNT / 2 + 2);
}

/* The pieces that a splay of one's own is made of, here of the root's left child. */
static void
splay_pieces_set_aside_and_assemble(void **state)
{
	struct splay_tree tree = SPLAY_INITIALIZER(&tree);
	struct item aside, *left = &aside, *right = &aside, *item;
	int key;

	for (key = 0; key < 5; key++) {
		(void)SPLAY_INSERT(splay_tree, &tree, &g_items[key]);
		g_is_in[key] = true;
	}
	/* A chain from 4 down to 0 on left links: rotate 4 under 3, set 3 aside as greater. */
	SPLAY_LEFT(&aside, splay) = NULL;
	SPLAY_RIGHT(&aside, splay) = NULL;
	item = SPLAY_LEFT(SPLAY_ROOT(&tree), splay);
	SPLAY_ROTATE_RIGHT(&tree, item, splay);
	assert_ptr_equal(SPLAY_ROOT(&tree), &g_items[3]);
	SPLAY_LINKLEFT(&tree, right, splay);
	assert_ptr_equal(SPLAY_ROOT(&tree), &g_items[2]);
	SPLAY_ASSEMBLE(&tree, &aside, left, right, splay);
	assert_ptr_equal(SPLAY_ROOT(&tree), &g_items[2]);
	check_splay(&tree);
	/* And to the right: 2 is set aside as lesser, 3 becomes the root. */
	left = &aside;
	right = &aside;
	SPLAY_LEFT(&aside, splay) = NULL;
	SPLAY_RIGHT(&aside, splay) = NULL;
	SPLAY_LINKRIGHT(&tree, left, splay);
	SPLAY_ASSEMBLE(&tree, &aside, left, right, splay);
	assert_ptr_equal(SPLAY_ROOT(&tree), &g_items[3]);
	check_splay(&tree);
	item = SPLAY_RIGHT(SPLAY_ROOT(&tree), splay);
	SPLAY_ROTATE_LEFT(&tree, item, splay);
	assert_ptr_equal(SPLAY_ROOT(&tree), &g_items[4]);
	check_splay(&tree);
}

#define tree_unit_test(name) cmocka_unit_test_setup(name, set_up)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		tree_unit_test(red_black_invariants_hold_after_each_change),
		tree_unit_test(ordered_insertions_and_removals_keep_the_invariants),
		tree_unit_test(safe_walks_allow_removal),
		tree_unit_test(reinsertion_moves_only_what_must),
		tree_unit_test(a_tree_without_augmentation_works_alike),
		tree_unit_test(splay_trees_hold_what_was_put_in),
		tree_unit_test(splaying_halves_a_long_way),
		tree_unit_test(splay_pieces_set_aside_and_assemble),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
