/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A place in an iovec array, which goes on byte by byte, whatever the elements are. Elements may
 * be empty: they are passed when the next byte is asked for, never before, so that a cursor may
 * stand behind the last one.
 */
#include "io/dif/dif_internal.h"

bool
dif_iovs_hold(const struct iovec *iovs, int iovcnt, uint64_t size)
{
	uint64_t held = 0;
	int i;

	for (i = 0; i < iovcnt && held < size; i++) {
		/* Compared, not added: lengths may be any, and the sum must not wrap. */
		if (iovs[i].iov_len >= size - held) {
			return true;
		}
		held += iovs[i].iov_len;
	}
	return held >= size;
}

void
dif_cursor_init(struct dif_cursor *cursor, const struct iovec *iovs)
{
	cursor->iov = iovs;
	cursor->offset = 0;
}

void *
dif_cursor_take(struct dif_cursor *cursor, size_t size, size_t *out_size)
{
	uint8_t *bytes;

	assert(size > 0);
	while (cursor->offset == cursor->iov->iov_len) {
		cursor->iov++;
		cursor->offset = 0;
	}
	bytes = (uint8_t *)cursor->iov->iov_base + cursor->offset;
	if (size > cursor->iov->iov_len - cursor->offset) {
		size = cursor->iov->iov_len - cursor->offset;
	}
	cursor->offset += size;
	*out_size = size;
	return bytes;
}

void
dif_cursor_skip(struct dif_cursor *cursor, size_t size)
{
	size_t piece;

	for (; size > 0; size -= piece) {
		(void)dif_cursor_take(cursor, size, &piece);
	}
}

void
dif_cursor_peek(struct dif_cursor cursor, void *buffer, size_t size)
{
	uint8_t *target = buffer;
	const void *bytes;
	size_t piece;

	for (; size > 0; size -= piece, target += piece) {
		bytes = dif_cursor_take(&cursor, size, &piece);
		memcpy(target, bytes, piece);
	}
}

void
dif_cursor_poke(struct dif_cursor cursor, const void *buffer, size_t size)
{
	const uint8_t *from = buffer;
	void *bytes;
	size_t piece;

	for (; size > 0; size -= piece, from += piece) {
		bytes = dif_cursor_take(&cursor, size, &piece);
		memcpy(bytes, from, piece);
	}
}
