/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The least that a controller can do for a driver that is to be measured: it takes what is in the
 * I/O queues and says that it is done.
 */
#include "io/nvme/fake/fake_internal.h"

static uint32_t
step_queue(struct fake_sq *sq)
{
	struct fake_cq *cq = sq->cq;
	uint32_t tail = __atomic_load_n(sq->doorbell, __ATOMIC_ACQUIRE);
	uint32_t head = sq->head, done = 0;
	uint32_t room;

	if (tail == head) {
		return 0;
	}
	cq->head = __atomic_load_n(cq->doorbell, __ATOMIC_ACQUIRE);
	room = (cq->head > cq->tail ? 0 : cq->size) + cq->head - cq->tail - 1;
	while (head != tail && done < room) {
		const uint32_t *cmd = (const uint32_t *)(sq->base + (size_t)head * 64);
		uint32_t *entry = (uint32_t *)(cq->base + (size_t)cq->tail * 16);
		uint32_t cid = cmd[0] >> 16;

		head = head + 1 == sq->size ? 0 : head + 1;
		entry[0] = 0;
		entry[1] = 0;
		entry[2] = (uint32_t)sq->id << 16 | head;
		__atomic_store_n(&entry[3], cid | (uint32_t)cq->phase << 16, __ATOMIC_RELEASE);
		cq->tail++;
		if (cq->tail == cq->size) {
			cq->tail = 0;
			cq->phase = !cq->phase;
		}
		done++;
	}
	sq->head = head;
	sq->tail = tail;
	sq->reported_head = head;
	return done;
}

uint32_t
fake_step_cheap(struct fake *fake)
{
	uint32_t done = 0;

	for (uint32_t i = 1; i <= fake->opts.io_queues; i++) {
		if (fake->sq[i].exists) {
			uint32_t taken = step_queue(&fake->sq[i]);

			done += taken;
			if (taken != 0 && fake->sq[i].cq->interrupts) {
				fake_interrupt(fake, fake->sq[i].cq->vector);
			}
		}
	}
	return done;
}
