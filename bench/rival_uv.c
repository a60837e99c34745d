/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * libuv: a loop for each receiver, woken by uv_async_send(). Several of those may become one
 * callback, so that messages wait in a queue under a mutex, all of which the callback takes.
 */
#include "rival_loops.h"
#include "rival_queue.h"

#include <uv.h>

struct rival_way {
	struct rival_queue queue;
	uv_loop_t loop;
	uv_async_t async;
	/* What the receiver that runs the loop waits for. */
	void **messages;
	uint32_t max, count;
};

static void
async_called(uv_async_t *async)
{
	struct rival_way *way = async->data;
	bool is_more;

	pthread_mutex_lock(&way->queue.lock);
	way->count +=
		rival_queue_take(&way->queue, way->messages + way->count, way->max - way->count);
	is_more = way->queue.sent != way->queue.received;
	pthread_mutex_unlock(&way->queue.lock);
	if (is_more) {
		/* Of reports, of which one is taken at a time; else all have been taken. */
		uv_async_send(async);
	}
}

static struct rival_way *
uv_open(void)
{
	struct rival_way *way = calloc(1, sizeof(*way));

	if (way == NULL || uv_loop_init(&way->loop) != 0) {
		free(way);
		return NULL;
	}
	pthread_mutex_init(&way->queue.lock, NULL);
	way->async.data = way;
	if (uv_async_init(&way->loop, &way->async, async_called) != 0) {
		uv_loop_close(&way->loop);
		free(way);
		return NULL;
	}
	return way;
}

static void
uv_end(struct rival_way *way)
{
	uv_close((uv_handle_t *)&way->async, NULL);
	uv_run(&way->loop, UV_RUN_DEFAULT);
	uv_loop_close(&way->loop);
	pthread_mutex_destroy(&way->queue.lock);
	free(way);
}

RIVAL_INLINE uint32_t
uv_send(struct rival_way *way, void **messages, uint32_t count)
{
	bool is_full;

	pthread_mutex_lock(&way->queue.lock);
	is_full = rival_queue_is_full(&way->queue);
	if (!is_full) {
		(void)rival_queue_put(&way->queue, messages[0]);
	}
	pthread_mutex_unlock(&way->queue.lock);
	uv_async_send(&way->async);
	return !is_full;
}

RIVAL_INLINE uint32_t
uv_receive(struct rival_way *way, void **messages, uint32_t max)
{
	way->messages = messages;
	way->max = max;
	way->count = 0;
	while (way->count == 0) {
		uv_run(&way->loop, UV_RUN_ONCE);
	}
	return way->count;
}

RIVAL_LOOPS(uv, uv_send, uv_receive, 1, RIVAL_CAPACITY)

const struct rival rival_uv = {
	.name = "libuv, uv_async_send",
	.open = uv_open,
	.close = uv_end,
	RIVAL_MEMBERS(uv),
};
