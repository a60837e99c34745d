/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Timer queues: a heap of what is near in time and, once a queue is large, a wheel of what is not.
 *
 * The heap is in exact order; its root is queue->first. Without a wheel it holds all nodes. The
 * wheel is made of levels of 512 slots; a slot of level l is 2^(8 + 8 l) ticks wide, and holds its
 * nodes in no order. When the heap becomes empty, the slot that starts first is opened: a few nodes
 * are sorted and become the heap, many go to the narrower slots of the level below. So a node is
 * moved once or twice, by list operations, before it is compared with a few others, and the cost of
 * a timer does not depend on how many there are.
 *
 * Invariants, where there is a wheel:
 * 1. Nodes of the heap have deadlines up to near_last, nodes of the wheel later ones. So whatever a
 *    clock does, a deadline alone decides where a node is.
 * 2. The heap is empty only when the queue is.
 * 3. With base = near_last + 1, every slot in use on a level is one of the 512 from base's slot on,
 *    so that 512 places hold them all, and their order, from base's place round, is that of time.
 *    near_last only rises while the wheel holds nodes; rebuild() empties the wheel first.
 * 4. A slot that holds nodes has its bit set, and first_start[] of its level is not later than its
 *    start. The reverse need not be so: removing a node leaves both, and opening an empty slot is
 *    what corrects them.
 * 5. Slots with bits start after near_last, but that one of level 0 may hold base: what is in
 * base's slot on a wider level is within reach of the level below, and put there.
 *
 * Rejected: hashed wheels with a fixed tick (they round deadlines), a balanced tree (75 ns with
 * 1,000 timers), one calendar sized to the number of nodes (one dense millisecond among timers of
 * hours fills one slot), and wheels whose slots are aligned blocks (all timers of a period near the
 * length of a block are moved at the same instant).
 */
#include "runtime/thread/timer_queue.h"
#include "runtime/thread/timer_heap.h"

#include "spdk/assert.h"
#include "spdk/likely.h"

#define LEVEL_COUNT       7
#define SLOT_COUNT        512u
#define SLOT_MASK         (SLOT_COUNT - 1)
#define LEVEL_SHIFT_FIRST 8u /* 2^8 ticks are about 0.1 us */
#define LEVEL_SHIFT_STEP  8u
#define WORD_BITS         64u
#define WORD_COUNT        (SLOT_COUNT / WORD_BITS)
/* A slot has several lists, filled in turn, so that opening it waits for several nodes at once. */
#define LIST_COUNT 8u
/* Up to so many nodes of a slot are sorted at once; more are spread over the level below. */
#define SORT_COUNT_MAX 24u
/* A queue of so many nodes gets a wheel; beside one, so many may pile up in the heap. */
#define HEAP_COUNT_MAX 128u
#define NEVER          UINT64_MAX

SPDK_STATIC_ASSERT(sizeof(struct timer_node) <= 48, "embedded in every poller");
SPDK_STATIC_ASSERT(sizeof(struct timer_queue) <= 32, "embedded in every thread");
/* The widest level must reach every deadline, and each level the whole of a slot above. */
SPDK_STATIC_ASSERT(LEVEL_SHIFT_FIRST + (LEVEL_COUNT - 1) * LEVEL_SHIFT_STEP + 9 >= 64, "levels");
SPDK_STATIC_ASSERT((1u << LEVEL_SHIFT_STEP) < SLOT_COUNT, "a slot fits into the level below");

struct timer_slot {
	struct timer_node *lists[LIST_COUNT];
};

struct timer_wheel {
	uint64_t near_last;
	uint64_t rebuild_order; /* next_order as of the last rebuild() */
	uint32_t near_count;
	/* A bit for each level whose slots have been zeroed; untouched ones cost no memory. */
	uint32_t zeroed_levels;
	/* The first tick of the first slot with a bit, or NEVER, which no slot starts with. */
	uint64_t first_start[LEVEL_COUNT];
	/* The level whose first slot starts first; among equals the widest, which may hold all. */
	uint32_t next_level;
	/* Stands for a node where there is none, for code without branches; `next` is NULL. */
	struct timer_node nobody;
	uint64_t bits[LEVEL_COUNT][WORD_COUNT];
	struct timer_slot slots[LEVEL_COUNT][SLOT_COUNT] __attribute__((aligned(64)));
};

/* The wheel */

static inline unsigned int
level_shift(unsigned int level)
{
	return LEVEL_SHIFT_FIRST + level * LEVEL_SHIFT_STEP;
}

/* The lowest level that reaches `deadline`, which is later than near_last. */
static inline unsigned int
level_of(const struct timer_wheel *wheel, uint64_t deadline)
{
	uint64_t base = wheel->near_last + 1;
	unsigned int bit_count = WORD_BITS - (unsigned int)__builtin_clzll((deadline - base) | 1);
	unsigned int level = 0, shift;

	/* Distances below 2^(shift + 9) span up to 513 slots: perhaps one too many. */
	if (bit_count > LEVEL_SHIFT_FIRST + 9) {
		level = (bit_count - LEVEL_SHIFT_FIRST - 9 + LEVEL_SHIFT_STEP - 1) /
			LEVEL_SHIFT_STEP;
	}
	shift = level_shift(level);
	if ((deadline >> shift) - (base >> shift) >= SLOT_COUNT) {
		level++;
	}
	return level;
}

static void __attribute__((noinline, cold))
zero_level(struct timer_wheel *wheel, unsigned int level)
{
	memset(wheel->slots[level], 0, sizeof(wheel->slots[level]));
	wheel->zeroed_levels |= 1u << level;
}

static inline void
wheel_insert(struct timer_wheel *wheel, struct timer_node *node)
{
	unsigned int level = level_of(wheel, node->deadline);
	uint64_t number = node->deadline >> level_shift(level);
	uint64_t start = number << level_shift(level);
	unsigned int place = number & SLOT_MASK;
	struct timer_node **list = &wheel->slots[level][place].lists[node->order % LIST_COUNT];
	struct timer_node *next;

	if (spdk_unlikely((wheel->zeroed_levels & (1u << level)) == 0)) {
		zero_level(wheel, level);
	}
	next = *list;
	node->link = list;
	node->next = next;
	next = next != NULL ? next : &wheel->nobody;
	next->link = &node->next;
	*list = node;
	wheel->bits[level][place / WORD_BITS] |= UINT64_C(1) << (place % WORD_BITS);
	if (start < wheel->first_start[level]) {
		wheel->first_start[level] = start;
		if (start < wheel->first_start[wheel->next_level] ||
		    (start == wheel->first_start[wheel->next_level] && level > wheel->next_level)) {
			wheel->next_level = level;
		}
	}
}

static inline void
wheel_remove(struct timer_node *node)
{
	*node->link = node->next;
	if (node->next != NULL) {
		node->next->link = node->link;
	}
}

/* Only when no slot holds a node. */
static void
wheel_reset(struct timer_wheel *wheel, uint64_t near_last)
{
	unsigned int level;

	wheel->near_last = near_last;
	for (level = 0; level < LEVEL_COUNT; level++) {
		if (wheel->first_start[level] != NEVER) {
			wheel->first_start[level] = NEVER;
			memset(wheel->bits[level], 0, sizeof(wheel->bits[level]));
		}
	}
}

/* How many slots after `number` the next bit is; SLOT_COUNT when there is none but its own. */
static unsigned int
distance_to_bit(const uint64_t *bits, uint64_t number)
{
	unsigned int from = (number + 1) & SLOT_MASK;
	unsigned int word = from / WORD_BITS, count;
	uint64_t found = bits[word] & (UINT64_MAX << (from % WORD_BITS));

	for (count = 0; found == 0 && count < WORD_COUNT; count++) {
		word = (word + 1) % WORD_COUNT;
		found = bits[word];
	}
	if (found == 0) {
		return SLOT_COUNT;
	}
	return ((word * WORD_BITS + (unsigned int)__builtin_ctzll(found) - from) & SLOT_MASK) + 1;
}

static inline unsigned int
find_next_level(const struct timer_wheel *wheel)
{
	unsigned int level, next = 0;

	for (level = 1; level < LEVEL_COUNT; level++) {
		next = wheel->first_start[level] <= wheel->first_start[next] ? level : next;
	}
	return next;
}

/* The nodes of a slot that has been taken out of the wheel. */
struct opened {
	struct timer_node *lists[LIST_COUNT];
	struct timer_node *nobody; /* the wheel's */
};

/*
 * Takes the first nodes of all lists, up to LIST_COUNT; 0 when there are none left. Which lists
 * have one cannot be predicted, so no branch asks. (The compiler would put one in if it knew what
 * nobody's `next` is, as it does of a constant.)
 */
static inline unsigned int
take(struct opened *opened, struct timer_node **out_nodes)
{
	struct timer_node *node, *next;
	unsigned int index, count = 0;

	for (index = 0; index < LIST_COUNT; index++) {
		node = opened->lists[index];
		out_nodes[count] = node;
		count += node != NULL;
		next = (node != NULL ? node : opened->nobody)->next;
		/* Looked at when the nodes just taken have been dealt with. */
		__builtin_prefetch(next, 1);
		opened->lists[index] = next;
	}
	return count;
}

/* Takes the slot that starts first out of the wheel. */
static void
open_slot(struct timer_wheel *wheel, struct opened *opened)
{
	unsigned int level = wheel->next_level, index, distance;
	uint64_t number = wheel->first_start[level] >> level_shift(level);
	unsigned int place = number & SLOT_MASK;
	struct timer_slot *slot = &wheel->slots[level][place];

	opened->nobody = &wheel->nobody;
	for (index = 0; index < LIST_COUNT; index++) {
		opened->lists[index] = slot->lists[index];
		__builtin_prefetch(slot->lists[index], 1);
		slot->lists[index] = NULL;
	}
	wheel->bits[level][place / WORD_BITS] &= ~(UINT64_C(1) << (place % WORD_BITS));
	distance = distance_to_bit(wheel->bits[level], number);
	wheel->first_start[level] =
		distance == SLOT_COUNT ? NEVER : (number + distance) << level_shift(level);
	wheel->next_level = find_next_level(wheel);
}

/* Everything before the slot that now starts first is near (invariant 5). */
static inline void
advance(struct timer_wheel *wheel)
{
	uint64_t start = wheel->first_start[wheel->next_level];

	assert(start > wheel->near_last);
	wheel->near_last = start == NEVER ? UINT64_MAX : start - 1;
}

/*
 * Sorts up to SORT_COUNT_MAX nodes by counting, for each, those that fire before it: the outcome of
 * a comparison is as good as random, and more of them without branches are cheaper than fewer with.
 */
static inline void
sort(struct timer_node **nodes, unsigned int count, struct timer_node **out_sorted)
{
	__extension__ unsigned __int128 keys[SORT_COUNT_MAX], key;
	unsigned int ranks[SORT_COUNT_MAX];
	unsigned int a, b, rank, is_before;

	for (a = 0; a < count; a++) {
		key = nodes[a]->deadline;
		key = key << 64 | nodes[a]->order;
		keys[a] = key;
		rank = 0;
		for (b = 0; b < a; b++) {
			is_before = key < keys[b];
			ranks[b] += is_before;
			rank += 1 - is_before;
		}
		ranks[a] = rank;
	}
	for (a = 0; a < count; a++) {
		out_sorted[ranks[a]] = nodes[a];
	}
}

/*
 * Puts the few nodes of an opened slot into the empty heap. A wide slot may reach beyond the start
 * of others; its nodes that are there go to narrower ones (invariant 5).
 */
static void
bring_near(struct timer_queue *queue, struct timer_node **nodes, unsigned int node_count)
{
	struct timer_wheel *wheel = queue->wheel;
	struct timer_node *sorted[SORT_COUNT_MAX];
	unsigned int index, near_count = 0;

	advance(wheel);
	for (index = 0; index < node_count; index++) {
		if (spdk_likely(nodes[index]->deadline <= wheel->near_last)) {
			nodes[near_count++] = nodes[index];
		} else {
			wheel_insert(wheel, nodes[index]);
		}
	}
	if (near_count > 0) {
		sort(nodes, near_count, sorted);
		timer_heap_make(&queue->first, sorted, near_count);
		wheel->near_count = near_count;
	}
}

/* Spreads nodes of an opened slot over the level below; those of level 0 go to the heap. */
static void
spread(struct timer_queue *queue, struct timer_node **nodes, unsigned int count, bool is_near)
{
	unsigned int index;

	for (index = 0; index < count; index++) {
		if (is_near) {
			timer_heap_insert(&queue->first, nodes[index]);
			queue->wheel->near_count++;
		} else {
			wheel_insert(queue->wheel, nodes[index]);
		}
	}
}

/* Fills the empty heap. The wheel holds a node. */
static void
refill(struct timer_queue *queue)
{
	struct timer_wheel *wheel = queue->wheel;
	struct timer_node *nodes[SORT_COUNT_MAX + LIST_COUNT];
	struct opened opened;
	unsigned int count, more;
	uint64_t start;
	bool is_near;

	while (queue->first == NULL) {
		is_near = wheel->next_level == 0;
		start = wheel->first_start[wheel->next_level];
		open_slot(wheel, &opened);
		count = 0;
		do {
			more = take(&opened, &nodes[count]);
			count += more;
		} while (more > 0 && count <= SORT_COUNT_MAX);
		if (count <= SORT_COUNT_MAX) {
			bring_near(queue, nodes, count);
			continue;
		}
		if (is_near) {
			advance(wheel);
		} else {
			assert(start > wheel->near_last);
			wheel->near_last = start - 1;
		}
		do {
			spread(queue, nodes, count, is_near);
			count = take(&opened, nodes);
		} while (count > 0);
	}
}

/* Takes every node out of the queue; returns them as a list over `next`. */
static struct timer_node *
empty_queue(struct timer_queue *queue)
{
	struct timer_wheel *wheel = queue->wheel;
	struct timer_node *list = NULL, *pending = queue->first, *node, *child, *next;
	struct timer_node *nodes[LIST_COUNT];
	struct opened opened;
	unsigned int count;

	while (pending != NULL) {
		node = pending;
		pending = node->next;
		for (child = node->child; child != NULL; child = next) {
			next = child->next;
			child->next = pending;
			pending = child;
		}
		node->next = list;
		list = node;
	}
	while (wheel->first_start[wheel->next_level] != NEVER) {
		open_slot(wheel, &opened);
		while ((count = take(&opened, nodes)) > 0) {
			while (count > 0) {
				nodes[--count]->next = list;
				list = nodes[count];
			}
		}
	}
	return list;
}

/*
 * Sorts all nodes into heap and wheel anew, with near_last as early as can be. This is for a heap
 * that has grown large since near_last was set late, when nothing else was due for long.
 */
static void
rebuild(struct timer_queue *queue)
{
	struct timer_wheel *wheel = queue->wheel;
	uint64_t near_last = queue->first->deadline;
	struct timer_node *list = empty_queue(queue), *node;

	wheel_reset(wheel, near_last);
	wheel->rebuild_order = queue->next_order;
	wheel->near_count = 0;
	queue->first = NULL;
	while (list != NULL) {
		node = list;
		list = node->next;
		if (node->deadline <= near_last) {
			timer_heap_insert(&queue->first, node);
			wheel->near_count++;
		} else {
			wheel_insert(wheel, node);
		}
	}
}

/*
 * Is tried again at each power of two, so that lack of memory costs no time either. Once made, the
 * wheel stays until timer_queue_fini(): a queue that was large will be.
 */
static void
make_wheel(struct timer_queue *queue)
{
	struct timer_wheel *wheel;

	wheel = aligned_alloc(__alignof__(struct timer_wheel), sizeof(*wheel));
	if (wheel == NULL) {
		return;
	}
	memset(wheel, 0, offsetof(struct timer_wheel, slots));
	memset(wheel->first_start, 0xff, sizeof(wheel->first_start)); /* NEVER */
	queue->wheel = wheel;
	rebuild(queue);
}

void
timer_queue_fini(struct timer_queue *queue)
{
	assert(queue->count == 0);
	free(queue->wheel);
	memset(queue, 0, sizeof(*queue));
}

/*
 * Whether the heap has come to hold more than it should and can be split. A rebuild moves every
 * node, so as many insertions must lie between two.
 */
static inline bool
is_rebuild_due(const struct timer_queue *queue)
{
	const struct timer_wheel *wheel = queue->wheel;

	return wheel->near_count > HEAP_COUNT_MAX &&
	       queue->next_order - wheel->rebuild_order >= queue->count &&
	       queue->first->deadline != wheel->near_last;
}

void
timer_queue_insert(struct timer_queue *queue, struct timer_node *node, uint64_t deadline)
{
	struct timer_wheel *wheel = queue->wheel;

	assert(!timer_node_is_queued(node));
	node->deadline = deadline;
	node->order = queue->next_order++;
	queue->count++;
	if (spdk_unlikely(wheel == NULL)) {
		timer_heap_insert(&queue->first, node);
		if (queue->count >= HEAP_COUNT_MAX && (queue->count & (queue->count - 1)) == 0) {
			make_wheel(queue);
		}
		return;
	}
	if (spdk_unlikely(queue->first == NULL)) {
		wheel_reset(wheel, deadline);
	}
	if (deadline > wheel->near_last) {
		wheel_insert(wheel, node);
		return;
	}
	timer_heap_insert(&queue->first, node);
	wheel->near_count++;
	if (spdk_unlikely(is_rebuild_due(queue))) {
		rebuild(queue);
	}
}

void
timer_queue_remove(struct timer_queue *queue, struct timer_node *node)
{
	struct timer_wheel *wheel = queue->wheel;

	assert(timer_node_is_queued(node));
	queue->count--;
	if (wheel == NULL) {
		timer_heap_remove(&queue->first, node);
	} else if (node->deadline > wheel->near_last) {
		wheel_remove(node);
	} else {
		timer_heap_remove(&queue->first, node);
		wheel->near_count--;
		if (queue->first == NULL && queue->count > 0) {
			refill(queue);
		}
	}
	node->before = NULL;
}

bool
timer_node_is_queued(const struct timer_node *node)
{
	return node->before != NULL;
}

/* The better of `best`, which may be NULL, and `node`, if that fires after `after`. */
static inline struct timer_node *
earlier_after(struct timer_node *best, struct timer_node *node, const struct timer_node *after)
{
	return timer_fires_before(after, node) && (best == NULL || timer_fires_before(node, best)) ?
		       node :
		       best;
}

/* The first node of one level that fires after `after`. */
static struct timer_node *
level_after(const struct timer_wheel *wheel, unsigned int level, const struct timer_node *after)
{
	uint64_t number = wheel->first_start[level] >> level_shift(level);
	uint64_t last = number + SLOT_COUNT;
	const struct timer_slot *slot;
	struct timer_node *node, *best = NULL;
	unsigned int index;

	if (wheel->first_start[level] == NEVER) {
		return NULL;
	}
	if (number < after->deadline >> level_shift(level)) {
		number = after->deadline >> level_shift(level);
	}
	for (; number < last && best == NULL;
	     number += distance_to_bit(wheel->bits[level], number)) {
		slot = &wheel->slots[level][number & SLOT_MASK];
		for (index = 0; index < LIST_COUNT; index++) {
			for (node = slot->lists[index]; node != NULL; node = node->next) {
				best = earlier_after(best, node, after);
			}
		}
	}
	return best;
}

struct timer_node *
timer_queue_after(const struct timer_queue *queue, const struct timer_node *node)
{
	struct timer_node *at, *best = NULL, *candidate;
	unsigned int level;
	bool is_after;

	for (at = queue->first; at != NULL; at = timer_heap_walk(at, is_after)) {
		is_after = timer_fires_before(node, at);
		best = earlier_after(best, at, node);
	}
	if (best != NULL || queue->wheel == NULL) {
		return best;
	}
	for (level = 0; level < LEVEL_COUNT; level++) {
		candidate = level_after(queue->wheel, level, node);
		if (candidate != NULL) {
			best = earlier_after(best, candidate, node);
		}
	}
	return best;
}
