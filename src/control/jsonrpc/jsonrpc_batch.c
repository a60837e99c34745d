/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A batch: an array of requests that is answered by one array, in their order.
 *
 * States, by what is left to do:
 *   starting    `next` is the request that is made next, by the connection; jsonrpc_batch_add()
 *   waiting     all were started, some are not answered; jsonrpc_batch_collect()
 *   complete    all are answered; jsonrpc_batch_join() and jsonrpc_batch_put()
 *   abandoned   the connection is gone; each request that ends lets go of the batch
 *
 * Invariants:
 *  1. The text lives as long as a request of it.
 *  2. The answer of each request begins with a byte that is left free for '[' or ','. So joining
 *     them needs no memory, and cannot fail.
 */
#include "control/jsonrpc/jsonrpc_internal.h"

uint32_t
jsonrpc_batch_count(struct spdk_json_val *array, uint32_t count_max)
{
	struct spdk_json_val *at = spdk_json_array_first(array);
	uint32_t count = 0;

	while (at != NULL && count <= count_max) {
		at = spdk_json_next(at);
		count++;
	}
	return count;
}

int
jsonrpc_batch_create(const struct json_text *text, size_t size_max,
		     struct jsonrpc_batch **out_batch)
{
	struct jsonrpc_batch *batch = calloc(1, sizeof(*batch));

	if (batch == NULL) {
		return -ENOMEM;
	}
	jsonrpc_reply_init(&batch->tail, 0);
	if (jsonrpc_reply_reserve(&batch->tail, 2) != 0) {
		free(batch);
		return -ENOMEM;
	}
	jsonrpc_reply_append(&batch->tail, "]\n", 2);
	batch->text = *text;
	batch->next = spdk_json_array_first(text->values);
	batch->size_max = size_max;
	batch->references = 1;
	TAILQ_INIT(&batch->requests);
	*out_batch = batch;
	return 0;
}

void
jsonrpc_batch_add(struct jsonrpc_batch *batch, struct spdk_jsonrpc_request *request)
{
	TAILQ_INSERT_TAIL(&batch->requests, request, batch_link);
	batch->waiting++;
	batch->references++;
}

void
jsonrpc_batch_put(struct jsonrpc_batch *batch)
{
	assert(batch->references > 0);
	if (--batch->references == 0) {
		jsonrpc_reply_release(&batch->tail);
		json_text_release(&batch->text);
		free(batch);
	}
}

void
jsonrpc_batch_collect(struct jsonrpc_batch *batch, struct spdk_jsonrpc_request *request)
{
	request->is_collected = true;
	batch->waiting--;
	if (request->is_notification && !request->is_error) {
		return;
	}
	if (batch->size + request->reply.size > batch->size_max) {
		jsonrpc_request_refuse(request, "the answers of this batch have too many bytes");
	}
	/* The errors put in their place may exceed the limit: they are short, and not many. */
	batch->size += request->reply.size;
}

bool
jsonrpc_batch_is_complete(const struct jsonrpc_batch *batch)
{
	return batch->next == NULL && batch->waiting == 0;
}

void
jsonrpc_batch_join(struct jsonrpc_batch *batch, struct jsonrpc_reply *reply)
{
	struct spdk_jsonrpc_request *request;
	char separator = '[';

	TAILQ_FOREACH (request, &batch->requests, batch_link) {
		if (request->is_notification && !request->is_error) {
			continue;
		}
		STAILQ_FIRST(&request->reply.chunks)->bytes[0] = separator;
		separator = ',';
		jsonrpc_reply_move(reply, &request->reply);
	}
	if (separator == ',') {
		jsonrpc_reply_move(reply, &batch->tail);
	}
}
