/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Lists of buffers: walking several side by side, and copying.
 *
 * Invariants of a struct spdk_single_ioviter between calls:
 * 1. iov_len > 0, and iov_base points to that many bytes within *iov; or
 * 2. iov_len == 0 and idx == iovcnt: the list is at its end.
 * So elements of length 0 are skipped when they are reached, never seen by a walk, and one list at
 * its end ends the walk whatever the others hold.
 */
#include "spdk/util.h"

/* Takes up elements until one has bytes (1) or there are no more (2). */
static void
settle(struct spdk_single_ioviter *list)
{
	while (list->iov_len == 0 && list->idx < list->iovcnt) {
		list->idx++;
		if (list->idx == list->iovcnt) {
			break;
		}
		list->iov++;
		list->iov_len = list->iov->iov_len;
		list->iov_base = (uint8_t *)list->iov->iov_base;
	}
}

static void
begin(struct spdk_single_ioviter *list, struct iovec *iov, size_t iovcnt)
{
	list->iov = iov;
	list->iovcnt = iovcnt;
	list->idx = 0;
	list->iov_len = iovcnt > 0 ? iov->iov_len : 0;
	list->iov_base = iovcnt > 0 ? (uint8_t *)iov->iov_base : NULL;
	settle(list);
}

static void
advance(struct spdk_single_ioviter *list, size_t len)
{
	list->iov_len -= len;
	list->iov_base += len;
	settle(list);
}

size_t
spdk_ioviter_firstv(struct spdk_ioviter *iter, uint32_t count, struct iovec **iov, size_t *iovcnt,
		    void **out)
{
	uint32_t i;

	iter->count = count;
	for (i = 0; i < count; i++) {
		begin(&iter->iters[i], iov[i], iovcnt[i]);
	}
	return spdk_ioviter_nextv(iter, out);
}

size_t
spdk_ioviter_nextv(struct spdk_ioviter *iter, void **out)
{
	size_t len = iter->count > 0 ? SIZE_MAX : 0;
	uint32_t i;

	for (i = 0; i < iter->count; i++) {
		len = spdk_min(len, iter->iters[i].iov_len);
	}
	if (len == 0) {
		return 0;
	}
	for (i = 0; i < iter->count; i++) {
		out[i] = iter->iters[i].iov_base;
		advance(&iter->iters[i], len);
	}
	return len;
}

size_t
spdk_ioviter_first(struct spdk_ioviter *iter, struct iovec *siov, size_t siovcnt,
		   struct iovec *diov, size_t diovcnt, void **src, void **dst)
{
	iter->count = 2;
	begin(&iter->iters_compat[0], siov, siovcnt);
	begin(&iter->iters_compat[1], diov, diovcnt);
	return spdk_ioviter_next(iter, src, dst);
}

size_t
spdk_ioviter_next(struct spdk_ioviter *iter, void **src, void **dst)
{
	struct spdk_single_ioviter *from = &iter->iters_compat[0];
	struct spdk_single_ioviter *to = &iter->iters_compat[1];
	size_t len = spdk_min(from->iov_len, to->iov_len);

	if (len == 0) {
		return 0;
	}
	*src = from->iov_base;
	*dst = to->iov_base;
	advance(from, len);
	advance(to, len);
	return len;
}

void
spdk_iov_memset(struct iovec *iovs, int iovcnt, int c)
{
	int i;

	for (i = 0; i < iovcnt; i++) {
		/* memset() must not be given the NULL that an empty element may have. */
		if (iovs[i].iov_len > 0) {
			memset(iovs[i].iov_base, c, iovs[i].iov_len);
		}
	}
}

size_t
spdk_iovcpy(struct iovec *siov, size_t siovcnt, struct iovec *diov, size_t diovcnt)
{
	struct spdk_ioviter iter;
	size_t len, total = 0;
	void *src, *dst;

	for (len = spdk_ioviter_first(&iter, siov, siovcnt, diov, diovcnt, &src, &dst); len != 0;
	     len = spdk_ioviter_next(&iter, &src, &dst)) {
		memcpy(dst, src, len);
		total += len;
	}
	return total;
}

size_t
spdk_iovmove(struct iovec *siov, size_t siovcnt, struct iovec *diov, size_t diovcnt)
{
	struct spdk_ioviter iter;
	size_t len, total = 0;
	void *src, *dst;

	for (len = spdk_ioviter_first(&iter, siov, siovcnt, diov, diovcnt, &src, &dst); len != 0;
	     len = spdk_ioviter_next(&iter, &src, &dst)) {
		memmove(dst, src, len);
		total += len;
	}
	return total;
}

void
spdk_iov_xfer_init(struct spdk_iov_xfer *ix, struct iovec *iovs, int iovcnt)
{
	ix->iovs = iovs;
	ix->iovcnt = iovcnt;
	ix->cur_iov_idx = 0;
	ix->cur_iov_offset = 0;
}

/* Gives the next piece of the list, at most `len_max` bytes, and moves past it; 0 at the end. */
static size_t
take_piece(struct spdk_iov_xfer *ix, size_t len_max, uint8_t **out_piece)
{
	struct iovec *iov;
	size_t len;

	while (ix->cur_iov_idx < ix->iovcnt) {
		iov = &ix->iovs[ix->cur_iov_idx];
		len = spdk_min(iov->iov_len - ix->cur_iov_offset, len_max);
		*out_piece = (uint8_t *)iov->iov_base + ix->cur_iov_offset;
		ix->cur_iov_offset += len;
		if (ix->cur_iov_offset == iov->iov_len) {
			ix->cur_iov_idx++;
			ix->cur_iov_offset = 0;
		}
		if (len > 0) {
			return len;
		}
	}
	return 0;
}

size_t
spdk_iov_xfer_from_buf(struct spdk_iov_xfer *ix, const void *buf, size_t buf_len)
{
	size_t len, done = 0;
	uint8_t *piece;

	while (done < buf_len && (len = take_piece(ix, buf_len - done, &piece)) > 0) {
		memcpy(piece, (const uint8_t *)buf + done, len);
		done += len;
	}
	return done;
}

size_t
spdk_iov_xfer_to_buf(struct spdk_iov_xfer *ix, const void *buf, size_t buf_len)
{
	size_t len, done = 0;
	uint8_t *piece;

	while (done < buf_len && (len = take_piece(ix, buf_len - done, &piece)) > 0) {
		/* SPDK's prototype calls the destination const; it is written all the same. */
		memcpy((uint8_t *)(uintptr_t)buf + done, piece, len);
		done += len;
	}
	return done;
}

void
spdk_copy_iovs_to_buf(void *buf, size_t buf_len, struct iovec *iovs, int iovcnt)
{
	struct spdk_iov_xfer ix;

	spdk_iov_xfer_init(&ix, iovs, iovcnt);
	(void)spdk_iov_xfer_to_buf(&ix, buf,
				   buf_len); /* A short copy is what the caller asked for. */
}

void
spdk_copy_buf_to_iovs(struct iovec *iovs, int iovcnt, void *buf, size_t buf_len)
{
	struct spdk_iov_xfer ix;

	spdk_iov_xfer_init(&ix, iovs, iovcnt);
	(void)spdk_iov_xfer_from_buf(&ix, buf,
				     buf_len); /* A short copy is what the caller asked for. */
}
