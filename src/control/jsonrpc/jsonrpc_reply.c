/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The text of an answer, in pieces that are written once and sent from where they are.
 *
 * Invariants:
 *  1. The size is the sum of those of the chunks, less what was sent.
 *  2. Only the last chunk has room, or the first two while the second is empty.
 *  3. Once something was swallowed, all that follows is, until the text is truncated.
 */
#include "control/jsonrpc/jsonrpc_internal.h"

#include "spdk/util.h"

#define CHUNK_SIZE_MIN 4096
#define CHUNK_SIZE_MAX 65536

void
jsonrpc_reply_init(struct jsonrpc_reply *reply, size_t size_max)
{
	memset(reply, 0, sizeof(*reply));
	STAILQ_INIT(&reply->chunks);
	reply->size_max = size_max;
}

static struct jsonrpc_chunk *
add_chunk(struct jsonrpc_reply *reply, size_t capacity)
{
	struct jsonrpc_chunk *chunk = malloc(sizeof(*chunk) + capacity);

	if (chunk != NULL) {
		chunk->size = 0;
		chunk->capacity = capacity;
		STAILQ_INSERT_TAIL(&reply->chunks, chunk, link);
	}
	return chunk;
}

int
jsonrpc_reply_reserve(struct jsonrpc_reply *reply, size_t size)
{
	assert(STAILQ_EMPTY(&reply->chunks));
	return add_chunk(reply, size) != NULL ? 0 : -ENOMEM;
}

void
jsonrpc_reply_append(struct jsonrpc_reply *reply, const void *data, size_t size)
{
	struct jsonrpc_chunk *chunk = STAILQ_LAST(&reply->chunks, jsonrpc_chunk, link);
	const char *bytes = data;
	size_t part;

	if (reply->error == 0 && reply->size_max > 0 && size > reply->size_max - reply->size) {
		reply->error = -EFBIG;
	}
	while (reply->error == 0 && size > 0) {
		if (chunk == NULL || chunk->size == chunk->capacity) {
			chunk = add_chunk(reply, spdk_min(spdk_max(reply->size, CHUNK_SIZE_MIN),
							  CHUNK_SIZE_MAX));
		}
		if (chunk == NULL) {
			reply->error = -ENOMEM;
			break;
		}
		part = spdk_min(size, chunk->capacity - chunk->size);
		memcpy(chunk->bytes + chunk->size, bytes, part);
		chunk->size += part;
		reply->size += part;
		bytes += part;
		size -= part;
	}
}

static void
remove_first(struct jsonrpc_reply *reply)
{
	struct jsonrpc_chunk *chunk = STAILQ_FIRST(&reply->chunks);

	STAILQ_REMOVE_HEAD(&reply->chunks, link);
	free(chunk);
}

void
jsonrpc_reply_truncate(struct jsonrpc_reply *reply, size_t size)
{
	struct jsonrpc_chunk *first = STAILQ_FIRST(&reply->chunks);
	struct jsonrpc_chunk *chunk;

	assert(first != NULL && size <= first->size);
	while ((chunk = STAILQ_NEXT(first, link)) != NULL) {
		STAILQ_REMOVE_AFTER(&reply->chunks, first, link);
		free(chunk);
	}
	first->size = size;
	reply->size = size;
	reply->error = 0;
}

void
jsonrpc_reply_move(struct jsonrpc_reply *to, struct jsonrpc_reply *from)
{
	STAILQ_CONCAT(&to->chunks, &from->chunks);
	to->size += from->size;
	from->size = 0;
}

void
jsonrpc_reply_drop(struct jsonrpc_reply *reply, size_t *offset, size_t size)
{
	struct jsonrpc_chunk *chunk;

	assert(size <= reply->size);
	reply->size -= size;
	*offset += size;
	while ((chunk = STAILQ_FIRST(&reply->chunks)) != NULL && *offset >= chunk->size) {
		*offset -= chunk->size;
		remove_first(reply);
	}
}

int
jsonrpc_reply_peek(const struct jsonrpc_reply *reply, size_t offset, struct iovec *iov,
		   int iov_count)
{
	size_t room = JSONRPC_WRITE_SIZE;
	struct jsonrpc_chunk *chunk;
	int used = 0;

	STAILQ_FOREACH (chunk, &reply->chunks, link) {
		if (used == iov_count || room == 0) {
			break;
		}
		iov[used].iov_base = chunk->bytes + offset;
		iov[used].iov_len = spdk_min(chunk->size - offset, room);
		room -= iov[used].iov_len;
		offset = 0;
		used++;
	}
	return used;
}

char *
jsonrpc_reply_flatten(const struct jsonrpc_reply *reply)
{
	char *text = malloc(reply->size + 1);
	struct jsonrpc_chunk *chunk;
	size_t at = 0;

	if (text == NULL) {
		return NULL;
	}
	STAILQ_FOREACH (chunk, &reply->chunks, link) {
		memcpy(text + at, chunk->bytes, chunk->size);
		at += chunk->size;
	}
	text[at] = '\0';
	return text;
}

void
jsonrpc_reply_release(struct jsonrpc_reply *reply)
{
	while (!STAILQ_EMPTY(&reply->chunks)) {
		remove_first(reply);
	}
	reply->size = 0;
}
