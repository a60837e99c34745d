/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Rings: bounded first-in first-out queues of pointers.
 *
 *              | producers | consumers | built as
 *   SP_SC      | one       | one       | array and two positions
 *   MP_SC      | many      | one       | slots with sequence numbers
 *   MP_MC      | many      | many      | slots with sequence numbers
 *
 * 1. Positions count up for ever; position p is in slot p modulo the capacity, a power of two.
 * 2. Nobody waits. A producer that is suspended between claiming its slots and filling them delays
 *    what comes behind it, but every call of others returns at once: a ring with a common head and
 *    tail (DPDK's) would have them spin until the kernel runs that one OS thread again.
 * 3. A slot with sequence p is free for position p; p + 1: it holds the pointer of position p;
 *    p + capacity: it is free for the next round. So the capacity is two at least.
 *
 * Pairs: R1 and R2 order the array of SP_SC rings, R3 and R4 the slots of the others; R5 keeps the
 * count from being negative.
 */
#include "spdk/env.h"
#include "spdk/log.h"

#include <stdatomic.h>

#define CACHE_LINE   64
#define CAPACITY_MIN 2
#define CAPACITY_MAX ((size_t)1 << 32)

struct slot {
	_Atomic size_t sequence;
	void *object;
};

struct spdk_ring {
	enum spdk_ring_type type;
	size_t capacity;
	union {
		void **objects;
		struct slot *slots;
	};

	/* Written by producers. */
	_Alignas(CACHE_LINE) _Atomic size_t tail;
	/* SP_SC: what the producer last saw of head. */
	size_t seen_head;

	/* Written by consumers. */
	_Alignas(CACHE_LINE) _Atomic size_t head;
	/* SP_SC: what the consumer last saw of tail. */
	size_t seen_tail;
};

_Static_assert(offsetof(struct spdk_ring, tail) % CACHE_LINE == 0, "producers have their line");
_Static_assert(offsetof(struct spdk_ring, head) - offsetof(struct spdk_ring, tail) >= CACHE_LINE,
	       "consumers have their line");

static size_t
element_size(enum spdk_ring_type type)
{
	return type == SPDK_RING_TYPE_SP_SC ? sizeof(void *) : sizeof(struct slot);
}

static void *
allocate_lines(size_t size)
{
	void *addr;

	return posix_memalign(&addr, CACHE_LINE, size) == 0 ? addr : NULL;
}

static void
init_slots(struct spdk_ring *ring)
{
	size_t i;

	for (i = 0; i < ring->capacity; i++) {
		atomic_init(&ring->slots[i].sequence, i);
		ring->slots[i].object = NULL;
	}
}

struct spdk_ring *
spdk_ring_create(enum spdk_ring_type type, size_t count, int numa_id)
{
	struct spdk_ring *ring;
	size_t capacity = CAPACITY_MIN;

	if ((unsigned)type > SPDK_RING_TYPE_MP_MC) {
		SPDK_ERRLOG("%s(): there is no type %d of rings.\n", __func__, (int)type);
		return NULL;
	}
	if (count == 0 || count > CAPACITY_MAX) {
		SPDK_ERRLOG("%s(): a ring holds between 1 and %zu pointers, not %zu.\n", __func__,
			    CAPACITY_MAX, count);
		return NULL;
	}
	while (capacity < count) {
		capacity *= 2;
	}
	ring = allocate_lines(sizeof(*ring));
	if (ring == NULL) {
		goto explain;
	}
	memset(ring, 0, sizeof(*ring));
	ring->type = type;
	ring->capacity = capacity;
	/* Memory comes from the node of the OS thread that touches it first; numa_id adds nothing.
	 */
	ring->objects = allocate_lines(capacity * element_size(type));
	if (ring->objects == NULL) {
		goto free_ring;
	}
	if (type != SPDK_RING_TYPE_SP_SC) {
		init_slots(ring);
	}
	return ring;

free_ring:
	free(ring);
explain:
	SPDK_ERRLOG("%s(): no memory for a ring of %zu pointers.\n", __func__, count);
	return NULL;
}

void
spdk_ring_free(struct spdk_ring *ring)
{
	if (ring != NULL) {
		free(ring->objects);
		free(ring);
	}
}

size_t
spdk_ring_count(struct spdk_ring *ring)
{
	/* R5: head first; the tail that is read after it is not behind it. */
	size_t head = atomic_load_explicit(&ring->head, memory_order_acquire);
	size_t tail = atomic_load_explicit(&ring->tail, memory_order_acquire);
	size_t count = tail - head;

	return count < ring->capacity ? count : ring->capacity;
}

/* A loop and not memcpy(): most calls are for one pointer, and the ring's array may wrap. */
static void
copy_in(struct spdk_ring *ring, size_t position, void **objs, size_t count)
{
	size_t mask = ring->capacity - 1, i;

	for (i = 0; i < count; i++) {
		ring->objects[(position + i) & mask] = objs[i];
	}
}

static void
copy_out(const struct spdk_ring *ring, size_t position, void **objs, size_t count)
{
	size_t mask = ring->capacity - 1, i;

	for (i = 0; i < count; i++) {
		objs[i] = ring->objects[(position + i) & mask];
	}
}

static size_t
enqueue_single(struct spdk_ring *ring, void **objs, size_t count)
{
	size_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);

	if (ring->capacity - (tail - ring->seen_head) < count) {
		/* R1: pairs with dequeue_single(): what was there has been copied out. */
		ring->seen_head = atomic_load_explicit(&ring->head, memory_order_acquire);
		if (ring->capacity - (tail - ring->seen_head) < count) {
			return 0;
		}
	}
	copy_in(ring, tail, objs, count);
	/* R2: pairs with dequeue_single(): the pointers are there before the position says so. */
	atomic_store_explicit(&ring->tail, tail + count, memory_order_release);
	return count;
}

static size_t
dequeue_single(struct spdk_ring *ring, void **objs, size_t count)
{
	size_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);
	size_t ready = ring->seen_tail - head;

	if (ready < count) {
		/* R2: pairs with enqueue_single(). */
		ring->seen_tail = atomic_load_explicit(&ring->tail, memory_order_acquire);
		ready = ring->seen_tail - head;
	}
	count = ready < count ? ready : count;
	if (count > 0) {
		copy_out(ring, head, objs, count);
		/* R1: pairs with enqueue_single(). */
		atomic_store_explicit(&ring->head, head + count, memory_order_release);
	}
	return count;
}

static struct slot *
slot_of(struct spdk_ring *ring, size_t position)
{
	return &ring->slots[position & (ring->capacity - 1)];
}

/* Whether the slots of all positions from tail on are free for them. */
static bool
are_slots_free(struct spdk_ring *ring, size_t tail, size_t count)
{
	size_t position = tail + count;

	while (position-- != tail) {
		/* R4: pairs with release_slots(): the pointer of the last round has been read. */
		if (atomic_load_explicit(&slot_of(ring, position)->sequence,
					 memory_order_acquire) != position) {
			return false;
		}
		/* One consumer frees in order: behind the last free slot all are free. */
		if (ring->type == SPDK_RING_TYPE_MP_SC) {
			break;
		}
	}
	return true;
}

static size_t
enqueue_slots(struct spdk_ring *ring, void **objs, size_t count)
{
	size_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed), now, i;
	struct slot *slot;

	for (;;) {
		if (!are_slots_free(ring, tail, count)) {
			/* Either another producer was faster, or the ring is full. */
			now = atomic_load_explicit(&ring->tail, memory_order_relaxed);
			if (now == tail) {
				return 0;
			}
			tail = now;
			continue;
		}
		if (atomic_compare_exchange_weak_explicit(&ring->tail, &tail, tail + count,
							  memory_order_relaxed,
							  memory_order_relaxed)) {
			break;
		}
	}
	for (i = 0; i < count; i++) {
		slot = slot_of(ring, tail + i);
		slot->object = objs[i];
		/* R3: pairs with count_ready(). */
		atomic_store_explicit(&slot->sequence, tail + i + 1, memory_order_release);
	}
	return count;
}

/* How many positions from head on hold a pointer, `count` at most. */
static size_t
count_ready(struct spdk_ring *ring, size_t head, size_t count)
{
	size_t ready = 0;

	/* R3: pairs with enqueue_slots(). */
	while (ready < count && atomic_load_explicit(&slot_of(ring, head + ready)->sequence,
						     memory_order_acquire) == head + ready + 1) {
		ready++;
	}
	return ready;
}

static void
release_slots(struct spdk_ring *ring, size_t head, void **objs, size_t count)
{
	struct slot *slot;
	size_t i;

	for (i = 0; i < count; i++) {
		slot = slot_of(ring, head + i);
		objs[i] = slot->object;
		/* R4: pairs with are_slots_free(). */
		atomic_store_explicit(&slot->sequence, head + i + ring->capacity,
				      memory_order_release);
	}
}

static size_t
dequeue_slots_single(struct spdk_ring *ring, void **objs, size_t count)
{
	size_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);

	count = count_ready(ring, head, count);
	release_slots(ring, head, objs, count);
	/* R5: pairs with spdk_ring_count(); nobody else looks at it. */
	atomic_store_explicit(&ring->head, head + count, memory_order_release);
	return count;
}

static size_t
dequeue_slots(struct spdk_ring *ring, void **objs, size_t count)
{
	size_t head = atomic_load_explicit(&ring->head, memory_order_relaxed), now, ready;

	for (;;) {
		ready = count_ready(ring, head, count);
		if (ready == 0) {
			/* Either another consumer was faster, or the ring is empty. */
			now = atomic_load_explicit(&ring->head, memory_order_relaxed);
			if (now == head || count == 0) {
				return 0;
			}
			head = now;
			continue;
		}
		/*
		 * Success: the positions are ours, and their slots stay until we release them. R5:
		 * pairs with spdk_ring_count(), which shall not see a head before its tail.
		 */
		if (atomic_compare_exchange_weak_explicit(&ring->head, &head, head + ready,
							  memory_order_release,
							  memory_order_relaxed)) {
			break;
		}
	}
	release_slots(ring, head, objs, ready);
	return ready;
}

size_t
spdk_ring_enqueue(struct spdk_ring *ring, void **objs, size_t count, size_t *free_space)
{
	size_t done = 0;

	if (count > 0 && count <= ring->capacity) {
		done = ring->type == SPDK_RING_TYPE_SP_SC ? enqueue_single(ring, objs, count) :
							    enqueue_slots(ring, objs, count);
	}
	if (free_space != NULL) {
		*free_space = ring->capacity - spdk_ring_count(ring);
	}
	return done;
}

size_t
spdk_ring_dequeue(struct spdk_ring *ring, void **objs, size_t count)
{
	switch (ring->type) {
	case SPDK_RING_TYPE_SP_SC:
		return dequeue_single(ring, objs, count);
	case SPDK_RING_TYPE_MP_SC:
		return dequeue_slots_single(ring, objs, count);
	default:
		return dequeue_slots(ring, objs, count);
	}
}
