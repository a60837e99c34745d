/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * DPDK's rte_ring, which SPDK carries messages in. In memory of its own it needs no environment.
 */
#include "rival_loops.h"

#include <rte_ring.h>

#define BULK  32
#define SLOTS (2 * RIVAL_CAPACITY) /* a ring of n holds one less */

static struct rte_ring *
ring_of(struct rival_way *way)
{
	return (struct rte_ring *)way;
}

static struct rival_way *
ring_open(unsigned int flags)
{
	struct rte_ring *ring = aligned_alloc(128, (size_t)rte_ring_get_memsize(SLOTS));
	int rc;

	if (ring == NULL) {
		return NULL;
	}
	rc = rte_ring_init(ring, "rival", SLOTS, flags);
	if (rc != 0) {
		free(ring);
		errno = -rc;
		return NULL;
	}
	return (struct rival_way *)ring;
}

static struct rival_way *
single_open(void)
{
	return ring_open(RING_F_SP_ENQ | RING_F_SC_DEQ);
}

static struct rival_way *
senders_open(void)
{
	return ring_open(RING_F_SC_DEQ);
}

static struct rival_way *
rts_open(void)
{
	return ring_open(RING_F_MP_RTS_ENQ | RING_F_SC_DEQ);
}

static void
ring_close(struct rival_way *way)
{
	free(way);
}

RIVAL_INLINE uint32_t
single_send(struct rival_way *way, void **messages, uint32_t count)
{
	return rte_ring_sp_enqueue(ring_of(way), messages[0]) == 0;
}

RIVAL_INLINE uint32_t
senders_send(struct rival_way *way, void **messages, uint32_t count)
{
	return rte_ring_mp_enqueue(ring_of(way), messages[0]) == 0;
}

RIVAL_INLINE uint32_t
rts_send(struct rival_way *way, void **messages, uint32_t count)
{
	return rte_ring_mp_rts_enqueue_bulk(ring_of(way), messages, 1, NULL);
}

RIVAL_INLINE uint32_t
single_receive(struct rival_way *way, void **messages, uint32_t max)
{
	return rte_ring_sc_dequeue(ring_of(way), messages) == 0;
}

RIVAL_INLINE uint32_t
bulk_send(struct rival_way *way, void **messages, uint32_t count)
{
	return rte_ring_sp_enqueue_bulk(ring_of(way), messages, count, NULL);
}

RIVAL_INLINE uint32_t
bulk_receive(struct rival_way *way, void **messages, uint32_t max)
{
	return rte_ring_sc_dequeue_burst(ring_of(way), messages, max, NULL);
}

RIVAL_LOOPS(single, single_send, single_receive, 1, 1)
RIVAL_LOOPS(senders, senders_send, single_receive, 1, 1)
RIVAL_LOOPS(rts, rts_send, single_receive, 1, 1)
RIVAL_LOOPS(bulk, bulk_send, bulk_receive, BULK, BULK)

const struct rival rival_ring = {
	.name = "DPDK rte_ring, SP/SC",
	.open = single_open,
	.close = ring_close,
	RIVAL_MEMBERS(single),
};

const struct rival rival_ring_senders = {
	.name = "DPDK rte_ring, MP/SC",
	.open = senders_open,
	.close = ring_close,
	RIVAL_MEMBERS(senders),
};

const struct rival rival_ring_rts = {
	.name = "DPDK rte_ring, MP RTS/SC",
	.open = rts_open,
	.close = ring_close,
	RIVAL_MEMBERS(rts),
};

const struct rival rival_ring_bulk = {
	.name = "DPDK rte_ring, SP/SC, 32 at a time",
	.open = single_open,
	.close = ring_close,
	RIVAL_MEMBERS(bulk),
};
