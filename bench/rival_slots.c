/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The bare limit of a stream: an array of slots as large as a message of ours (what to call, and
 * with what), each with the lap that it was last written in. The receiver writes nothing, the
 * sender looks at nothing: the acknowledgements of the stream keep it from lapping.
 */
#include "rival_loops.h"

struct slot {
	uint64_t lap; /* with release: the message is there */
	void *message;
};

struct rival_way {
	uint64_t sent __attribute__((aligned(128)));
	uint64_t received __attribute__((aligned(128)));
	struct slot slots[RIVAL_CAPACITY] __attribute__((aligned(128)));
};

static struct rival_way *
slots_open(void)
{
	struct rival_way *way = aligned_alloc(128, sizeof(*way));

	if (way != NULL) {
		memset(way, 0, sizeof(*way));
	}
	return way;
}

static void
slots_close(struct rival_way *way)
{
	free(way);
}

RIVAL_INLINE uint32_t
slots_send(struct rival_way *way, void **messages, uint32_t count)
{
	struct slot *slot = &way->slots[way->sent % RIVAL_CAPACITY];

	slot->message = messages[0];
	__atomic_store_n(&slot->lap, way->sent++ / RIVAL_CAPACITY + 1, __ATOMIC_RELEASE);
	return 1;
}

RIVAL_INLINE uint32_t
slots_receive(struct rival_way *way, void **messages, uint32_t max)
{
	struct slot *slot = &way->slots[way->received % RIVAL_CAPACITY];

	if (__atomic_load_n(&slot->lap, __ATOMIC_ACQUIRE) != way->received / RIVAL_CAPACITY + 1) {
		return 0;
	}
	messages[0] = slot->message;
	way->received++;
	return 1;
}

RIVAL_LOOPS(slots, slots_send, slots_receive, 1, 1)

const struct rival rival_slots = {
	.name = "a bare array of slots",
	.open = slots_open,
	.close = slots_close,
	RIVAL_MEMBERS(slots),
};
