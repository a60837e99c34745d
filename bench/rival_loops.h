/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The loops of struct rival over two functions of a file, which has defined before:
 *
 *   uint32_t way_send(struct rival_way *way, void **messages, uint32_t count)
 *     how many there was room for
 *   uint32_t way_receive(struct rival_way *way, void **messages, uint32_t max)
 *     how many came; it may sleep until there is one, or find none
 *
 * and defines here, by RIVAL_LOOPS(prefix, way_send, way_receive, batch), a `const struct rival`'s
 * members. `batch` is how many are given at once where that many are there to send.
 */
#ifndef BENCH_RIVAL_LOOPS_H
#define BENCH_RIVAL_LOOPS_H

#include "rival.h"

#include "spdk/env.h"
#include "spdk/util.h"

#define RIVAL_INLINE static inline __attribute__((always_inline))

struct rival_ops {
	uint32_t (*send)(struct rival_way *way, void **messages, uint32_t count);
	uint32_t (*receive)(struct rival_way *way, void **messages, uint32_t max);
	uint32_t batch;
	uint32_t receive_max;
};

RIVAL_INLINE void
rival_send_one(const struct rival_ops *ops, struct rival_way *way, void *message)
{
	while (ops->send(way, &message, 1) == 0) {
		continue;
	}
}

RIVAL_INLINE void *
rival_receive_one(const struct rival_ops *ops, struct rival_way *way)
{
	void *message = NULL;

	while (ops->receive(way, &message, 1) == 0) {
		continue;
	}
	return message;
}

RIVAL_INLINE void
rival_send_many(const struct rival_ops *ops, struct rival_way *way, uint32_t count)
{
	void *messages[RIVAL_CAPACITY];
	uint32_t i;

	for (i = 0; i < ops->batch; i++) {
		messages[i] = way;
	}
	while (count > 0) {
		count -= ops->send(way, messages, spdk_min(count, ops->batch));
	}
}

RIVAL_INLINE void
rival_trip_near(const struct rival_ops *ops, const struct rival_pair *pair, uint64_t *ticks,
		uint32_t count)
{
	uint64_t sent = spdk_get_ticks(), now;
	uint32_t i;

	for (i = 0; i < count; i++) {
		rival_send_one(ops, pair->there, pair->back);
		(void)rival_receive_one(ops, pair->back);
		now = spdk_get_ticks();
		ticks[i] = now - sent;
		sent = now;
	}
}

RIVAL_INLINE void
rival_trip_far(const struct rival_ops *ops, const struct rival_pair *pair, uint32_t count)
{
	while (count-- > 0) {
		rival_send_one(ops, pair->back, rival_receive_one(ops, pair->there));
	}
}

RIVAL_INLINE void
rival_trip_alone(const struct rival_ops *ops, const struct rival_pair *pair, uint64_t *ticks,
		 uint32_t count)
{
	uint64_t sent = spdk_get_ticks(), now;
	uint32_t i;

	for (i = 0; i < count; i++) {
		rival_send_one(ops, pair->there, pair->back);
		rival_send_one(ops, pair->back, rival_receive_one(ops, pair->there));
		(void)rival_receive_one(ops, pair->back);
		now = spdk_get_ticks();
		ticks[i] = now - sent;
		sent = now;
	}
}

RIVAL_INLINE void
rival_stream_near(const struct rival_ops *ops, const struct rival_pair *pair, uint32_t window,
		  uint32_t count)
{
	uint32_t part = spdk_max(window / RIVAL_ACK_PART, 1u), to_send = count - window, sent;

	rival_send_many(ops, pair->there, window);
	while ((uintptr_t)rival_receive_one(ops, pair->back) < count) {
		sent = spdk_min(part, to_send);
		to_send -= sent;
		rival_send_many(ops, pair->there, sent);
	}
}

RIVAL_INLINE void
rival_stream_far(const struct rival_ops *ops, const struct rival_pair *pair, uint32_t window,
		 uint32_t count)
{
	uint32_t part = spdk_max(window / RIVAL_ACK_PART, 1u), received = 0, unreported = 0, i, n;
	void *messages[RIVAL_CAPACITY];

	while (received < count) {
		n = ops->receive(pair->there, messages, ops->receive_max);
		for (i = 0; i < n; i++) {
			received++;
			if (++unreported == part || received == count) {
				unreported = 0;
				rival_send_one(ops, pair->back, (void *)(uintptr_t)received);
			}
		}
	}
}

RIVAL_INLINE void
rival_stream_alone(const struct rival_ops *ops, const struct rival_pair *pair, uint32_t window,
		   uint32_t count)
{
	void *messages[RIVAL_CAPACITY];
	uint32_t received, sent;

	for (; count > 0; count -= sent) {
		sent = spdk_min(count, window);
		rival_send_many(ops, pair->there, sent);
		for (received = 0; received < sent;) {
			received += ops->receive(pair->there, messages, ops->receive_max);
		}
	}
}

#define RIVAL_LOOPS(prefix, way_send, way_receive, batch_size, receive_size)              \
	static const struct rival_ops prefix##_ops = {way_send, way_receive, batch_size,  \
						      receive_size};                      \
	static void prefix##_trip_near(const struct rival_pair *pair, uint64_t *ticks,    \
				       uint32_t count)                                    \
	{                                                                                 \
		rival_trip_near(&prefix##_ops, pair, ticks, count);                       \
	}                                                                                 \
	static void prefix##_trip_far(const struct rival_pair *pair, uint32_t count)      \
	{                                                                                 \
		rival_trip_far(&prefix##_ops, pair, count);                               \
	}                                                                                 \
	static void prefix##_trip_alone(const struct rival_pair *pair, uint64_t *ticks,   \
					uint32_t count)                                   \
	{                                                                                 \
		rival_trip_alone(&prefix##_ops, pair, ticks, count);                      \
	}                                                                                 \
	static void prefix##_stream_near(const struct rival_pair *pair, uint32_t window,  \
					 uint32_t count)                                  \
	{                                                                                 \
		rival_stream_near(&prefix##_ops, pair, window, count);                    \
	}                                                                                 \
	static void prefix##_stream_far(const struct rival_pair *pair, uint32_t window,   \
					uint32_t count)                                   \
	{                                                                                 \
		rival_stream_far(&prefix##_ops, pair, window, count);                     \
	}                                                                                 \
	static void prefix##_stream_alone(const struct rival_pair *pair, uint32_t window, \
					  uint32_t count)                                 \
	{                                                                                 \
		rival_stream_alone(&prefix##_ops, pair, window, count);                   \
	}                                                                                 \
	static bool prefix##_try_send(struct rival_way *way, void *message)               \
	{                                                                                 \
		return prefix##_ops.send(way, &message, 1) != 0;                          \
	}                                                                                 \
	static bool prefix##_try_receive(struct rival_way *way, void **message)           \
	{                                                                                 \
		return prefix##_ops.receive(way, message, 1) != 0;                        \
	}

#define RIVAL_MEMBERS(prefix)                                                     \
	.trip_near = prefix##_trip_near, .trip_far = prefix##_trip_far,           \
	.trip_alone = prefix##_trip_alone, .stream_near = prefix##_stream_near,   \
	.stream_far = prefix##_stream_far, .stream_alone = prefix##_stream_alone, \
	.try_send = prefix##_try_send, .try_receive = prefix##_try_receive

#endif
