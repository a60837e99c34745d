/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Buffers of the library's for an I/O: because the caller gave none, or one that the device cannot
 * take. They come from iobuf, and from the thread's reserve when that has none (reserve.c); an I/O
 * waits for either (state BUFFER).
 *
 * B1  internal.buf is what was given, internal.buf_len what was asked for, internal.buf_from tells
 *     by whom.
 * B2  While BDEV_IO_BOUNCED is set, u.bdev.iovs is internal.bounce.iov, and the caller's vectors
 * are in internal.bounce. unbounce() brings them back, with the data that was read.
 */
#include "bdev_internal.h"
#include "spdk/env.h"
#include "spdk/log.h"

static size_t
alignment(const struct spdk_bdev *bdev)
{
	return (size_t)1 << bdev->required_alignment;
}

static bool
has_separate_md(const struct spdk_bdev *bdev)
{
	return bdev->md_len != 0 && !bdev->md_interleave;
}

/* The thread's, made when first needed; NULL: no memory, or no iobuf. */
static struct spdk_iobuf_channel *
iobuf_of(struct bdev_thread *thread)
{
	const struct spdk_bdev_opts *opts = &g_bdev_manager.opts;

	if (spdk_unlikely(!thread->has_iobuf)) {
		/* The reserve comes with it; what of that cannot be had is made the next time. */
		if (bdev_reserve_fit(thread) != 0 ||
		    spdk_iobuf_channel_init(&thread->iobuf, "bdev", opts->iobuf_small_cache_size,
					    opts->iobuf_large_cache_size) != 0) {
			return NULL;
		}
		thread->has_iobuf = true;
	}
	return &thread->iobuf;
}

uint64_t
bdev_bounce_blocks_max(const struct spdk_bdev_io *io)
{
	const struct spdk_bdev *bdev = io->bdev;
	uint64_t size = g_bdev_manager.buf_size_max - (alignment(bdev) - 1);
	/* Metadata of its own lies behind the data. */
	uint64_t blocks = size / (bdev->blocklen + (bdev->md_interleave ? 0 : bdev->md_len));

	/* A buffer is one segment. */
	if (bdev->max_segment_size != 0) {
		blocks = spdk_min(blocks, bdev->max_segment_size / bdev->blocklen);
	}
	return spdk_max(blocks, 1);
}

/* ---- Copies between vectors and a buffer ---- */

enum direction {
	FROM_VECTORS,
	TO_VECTORS,
};

static void
copy(struct iovec *iovs, size_t iov_offset, struct iovec *buf, enum direction direction)
{
	uint8_t *place = buf->iov_base;
	size_t left = buf->iov_len, length;

	for (; left > 0; iovs++, iov_offset = 0) {
		length = spdk_min(left, iovs->iov_len - iov_offset);
		if (direction == FROM_VECTORS) {
			memcpy(place, (uint8_t *)iovs->iov_base + iov_offset, length);
		} else {
			memcpy((uint8_t *)iovs->iov_base + iov_offset, place, length);
		}
		place += length;
		left -= length;
	}
}

static bool
reads(const struct spdk_bdev_io *io)
{
	return io->type == SPDK_BDEV_IO_TYPE_READ;
}

static bool
has_data(const struct spdk_bdev_io *io)
{
	return io->u.bdev.iovs != NULL && io->u.bdev.iovcnt > 0 &&
	       io->u.bdev.iovs[0].iov_base != NULL;
}

uint32_t
bdev_aligned_types(const struct spdk_bdev *bdev)
{
	return bdev->required_alignment == 0 ?
		       0 :
		       1u << SPDK_BDEV_IO_TYPE_READ | 1u << SPDK_BDEV_IO_TYPE_WRITE |
			       1u << SPDK_BDEV_IO_TYPE_COMPARE |
			       1u << SPDK_BDEV_IO_TYPE_COMPARE_AND_WRITE |
			       1u << SPDK_BDEV_IO_TYPE_ZONE_APPEND;
}

static bool
are_aligned(const struct iovec *iovs, int iovcnt, size_t mask)
{
	int i;

	for (i = 0; i < iovcnt; i++) {
		if (((uintptr_t)iovs[i].iov_base & mask) != 0) {
			return false;
		}
	}
	/* Vectors but the last must not end where the next cannot begin. */
	for (i = 0; i + 1 < iovcnt; i++) {
		if ((iovs[i].iov_len & mask) != 0) {
			return false;
		}
	}
	return true;
}

bool
bdev_io_is_aligned(struct spdk_bdev_io *io)
{
	struct spdk_bdev_io_block_params *params = &io->u.bdev;
	size_t mask = alignment(io->bdev) - 1;

	if (mask == 0 || !has_data(io)) {
		return true; /* What get_buf() will give is. */
	}
	if (io->type == SPDK_BDEV_IO_TYPE_COMPARE_AND_WRITE &&
	    (params->iovcnt != 1 || params->fused_iovcnt != 1 ||
	     !are_aligned(params->fused_iovs, 1, mask))) {
		/* Of several vectors a device may have to make several commands, which are not one
		 * to others. */
		return false;
	}
	return are_aligned(params->iovs, params->iovcnt, mask);
}

/* ---- Setting ---- */

static void
set_bounced(struct spdk_bdev_io *io, void *buf, size_t len)
{
	struct spdk_bdev_io_block_params *params = &io->u.bdev;

	io->internal.bounce.iov = (struct iovec){.iov_base = buf, .iov_len = len};
	if ((io->internal.flags & BDEV_IO_BOUNCED) == 0) {
		io->internal.bounce.orig_iovs = params->iovs;
		io->internal.bounce.orig_iovcnt = params->iovcnt;
		io->internal.flags |= BDEV_IO_BOUNCED;
	}
	params->iovs = &io->internal.bounce.iov;
	params->iovcnt = 1;
	if (!reads(io)) {
		copy(io->internal.bounce.orig_iovs, io->internal.bounce.orig_offset,
		     &io->internal.bounce.iov, FROM_VECTORS);
	}
}

/* As set_bounced(), but somebody else moves the data. */
static void
set_local(struct spdk_bdev_io *io, void *buf, size_t len)
{
	struct spdk_bdev_io_block_params *params = &io->u.bdev;

	io->internal.bounce.iov = (struct iovec){
		.iov_base = (void *)SPDK_ALIGN_CEIL((uintptr_t)buf, alignment(io->bdev)),
		.iov_len = len,
	};
	io->internal.bounce.orig_iovs = params->iovs;
	io->internal.bounce.orig_iovcnt = params->iovcnt;
	params->iovs = &io->internal.bounce.iov;
	params->iovcnt = 1;
}

void
spdk_bdev_io_set_buf(struct spdk_bdev_io *io, void *buf, size_t len)
{
	struct spdk_bdev_io_block_params *params = &io->u.bdev;

	buf = (void *)SPDK_ALIGN_CEIL((uintptr_t)buf, alignment(io->bdev));
	if (has_data(io)) {
		set_bounced(io, buf, len);
		return;
	}
	if (params->iovs == NULL || params->iovcnt == 0) {
		params->iovs = &io->iov;
	}
	params->iovcnt = 1;
	params->iovs[0] = (struct iovec){.iov_base = buf, .iov_len = len};
}

void
spdk_bdev_io_set_md_buf(struct spdk_bdev_io *io, void *md_buf, size_t len)
{
	if (len < (size_t)io->u.bdev.num_blocks * io->bdev->md_len) {
		SPDK_ERRLOG("A metadata buffer of %zu bytes is too small for %" PRIu64
			    " blocks of bdev %s.\n",
			    len, io->u.bdev.num_blocks, spdk_bdev_get_name(io->bdev));
		return;
	}
	io->u.bdev.md_buf = md_buf;
}

/* ---- Getting ---- */

static void
use_buf(struct spdk_bdev_io *io, void *buf, uint64_t len)
{
	bool had_data = has_data(io);

	io->internal.buf = buf;
	if ((io->internal.flags & BDEV_IO_LOCAL) != 0) {
		set_local(io, buf, len);
		return;
	}
	spdk_bdev_io_set_buf(io, buf, len);
	if (!had_data && has_separate_md(io->bdev) && io->u.bdev.md_buf == NULL) {
		spdk_bdev_io_set_md_buf(io, (uint8_t *)io->u.bdev.iovs[0].iov_base + len,
					(size_t)io->u.bdev.num_blocks * io->bdev->md_len);
	}
}

/* Bytes of data in the buffer that internal.buf_len was asked for. */
static uint64_t
data_len(const struct spdk_bdev_io *io)
{
	return io->internal.bounce.iov.iov_len;
}

static void
return_to_module(struct spdk_bdev_io *io)
{
	io->internal.state = BDEV_IO_SUBMITTED;
	io->internal.flags &= ~BDEV_IO_AT_MODULE;
	bdev_nomem_awaited(io->internal.ch->target);
}

static void
stop_waiting(struct spdk_bdev_io *io)
{
	bdev_reserve_leave(io);
	io->internal.state = BDEV_IO_NEW;
	if ((io->internal.flags & BDEV_IO_AT_MODULE) != 0) {
		return_to_module(io);
	}
}

static void
go_on(struct spdk_bdev_io *io, void *buf)
{
	use_buf(io, buf, data_len(io));
	io->internal.get_buf_cb(io->internal.ch->module_channel, io, true);
}

static void
got_buf(struct spdk_iobuf_entry *entry, void *buf)
{
	struct spdk_bdev_io *io = SPDK_CONTAINEROF(entry, struct spdk_bdev_io, internal.iobuf);

	stop_waiting(io);
	io->internal.buf_from = BDEV_BUF_IOBUF;
	go_on(io, buf);
}

/* The queue of iobuf is in the order of arrival: only those of other levels are before it. */
static void
leave_iobuf(struct spdk_bdev_io *io)
{
	spdk_iobuf_entry_abort(&io->internal.ch->thread->iobuf, &io->internal.iobuf,
			       io->internal.buf_len);
}

void
bdev_io_got_reserve(struct spdk_bdev_io *io, void *buf)
{
	leave_iobuf(io);
	stop_waiting(io);
	go_on(io, buf);
}

/* Of the reserve, or when there is one. */
static void
get_scarce_buf(struct spdk_bdev_io *io)
{
	void *buf = bdev_reserve_get(io);

	if (buf != NULL) {
		go_on(io, buf);
		return;
	}
	buf = spdk_iobuf_get(&io->internal.ch->thread->iobuf, io->internal.buf_len,
			     &io->internal.iobuf, got_buf);
	if (buf != NULL) {
		/* Another thread has just given it back. */
		io->internal.buf_from = BDEV_BUF_IOBUF;
		go_on(io, buf);
		return;
	}
	bdev_reserve_wait(io);
	if (io->internal.state == BDEV_IO_SUBMITTED) {
		io->internal.flags |= BDEV_IO_AT_MODULE;
		io->internal.state = BDEV_IO_BUFFER;
		bdev_nomem_await(io->internal.ch->target);
		return;
	}
	io->internal.state = BDEV_IO_BUFFER;
}

/* What to ask for: alignment, and metadata if the caller brought neither. */
static uint64_t
total_len(const struct spdk_bdev_io *io, uint64_t len)
{
	uint64_t total = len + alignment(io->bdev) - 1;

	if (!has_data(io) && has_separate_md(io->bdev)) {
		total += io->u.bdev.num_blocks * io->bdev->md_len;
	}
	return total;
}

/* Calls `cb` now, or when there is a buffer. */
static void
get_buf(struct spdk_bdev_io *io, spdk_bdev_io_get_buf_cb cb, uint64_t len)
{
	struct spdk_iobuf_channel *iobuf = iobuf_of(io->internal.ch->thread);
	uint64_t total = total_len(io, len);
	void *buf;

	if (iobuf == NULL || total > g_bdev_manager.buf_size_max || io->internal.buf != NULL) {
		cb(io->internal.ch->module_channel, io, false);
		return;
	}
	io->internal.buf_len = total;
	io->internal.bounce.iov.iov_len = len;
	io->internal.get_buf_cb = cb;
	buf = spdk_iobuf_get(iobuf, total, NULL, NULL);
	if (spdk_unlikely(buf == NULL)) {
		get_scarce_buf(io);
		return;
	}
	io->internal.buf_from = BDEV_BUF_IOBUF;
	go_on(io, buf);
}

void
spdk_bdev_io_get_buf(struct spdk_bdev_io *io, spdk_bdev_io_get_buf_cb cb, uint64_t len)
{
	if (has_data(io) && bdev_io_is_aligned(io)) {
		cb(io->internal.ch->module_channel, io, true);
		return;
	}
	get_buf(io, cb, len);
}

/* Memory of the machine's, with an end: the data path of what fits into a buffer has none of it. */
static bool
use_malloc(struct spdk_bdev_io *io, uint64_t total, uint64_t len)
{
	void *buf = spdk_malloc(total, 0, NULL, SPDK_ENV_NUMA_ID_ANY, SPDK_MALLOC_DMA);

	if (buf == NULL) {
		return false;
	}
	io->internal.buf_len = total;
	io->internal.buf_from = BDEV_BUF_MALLOC;
	use_buf(io, buf, len);
	return true;
}

void
bdev_io_get_local(struct spdk_bdev_io *io, spdk_bdev_io_get_buf_cb cb)
{
	uint64_t len = io->u.bdev.num_blocks * io->bdev->blocklen;
	uint64_t total = len + alignment(io->bdev) - 1;

	if (total <= g_bdev_manager.buf_size_max) {
		get_buf(io, cb, len);
		return;
	}
	cb(io->internal.ch->module_channel, io, use_malloc(io, total, len));
}

bool
bdev_io_get_kept(struct spdk_bdev_io *io)
{
	uint64_t len = io->u.bdev.num_blocks * io->bdev->blocklen, total = total_len(io, len);
	struct spdk_iobuf_channel *iobuf = iobuf_of(io->internal.ch->thread);
	void *buf = NULL;

	if (iobuf != NULL && total <= g_bdev_manager.buf_size_max) {
		buf = spdk_iobuf_get(iobuf, total, NULL, NULL);
	}
	if (buf == NULL) {
		return use_malloc(io, total, len);
	}
	io->internal.buf_len = total;
	io->internal.buf_from = BDEV_BUF_IOBUF;
	use_buf(io, buf, len);
	return true;
}

void
bdev_io_put_buf(struct spdk_bdev_io *io)
{
	void *buf = io->internal.buf;

	io->internal.buf = NULL;
	switch (io->internal.buf_from) {
	case BDEV_BUF_IOBUF:
		spdk_iobuf_put(&io->internal.ch->thread->iobuf, buf, io->internal.buf_len);
		break;
	case BDEV_BUF_MALLOC:
		spdk_free(buf);
		break;
	default:
		bdev_reserve_put(io, buf);
		break;
	}
}

void
bdev_io_abort_buf(struct spdk_bdev_io *io)
{
	leave_iobuf(io);
	stop_waiting(io);
	if (io->internal.state == BDEV_IO_SUBMITTED) {
		bdev_io_take_back(io);
	}
}

/* ---- Bouncing ---- */

static void
bounced(struct spdk_io_channel *module_channel, struct spdk_bdev_io *io, bool success)
{
	if (success) {
		bdev_io_dispatch(io);
		return;
	}
	SPDK_ERRLOG(
		"%s of %" PRIu64
		" blocks of bdev %s needs a buffer aligned to %zu bytes, and there is "
		"none of that size: align the data, or raise large_bufsize (iobuf_set_options).\n",
		spdk_bdev_get_io_type_name(io->type), io->u.bdev.num_blocks,
		spdk_bdev_get_name(io->bdev), alignment(io->bdev));
	bdev_io_end(io, SPDK_BDEV_IO_STATUS_FAILED);
}

void
bdev_io_bounce(struct spdk_bdev_io *io)
{
	get_buf(io, bounced, io->u.bdev.num_blocks * io->bdev->blocklen);
}

void
bdev_io_bounce_at(struct spdk_bdev_io *io, struct iovec *iovs, int iovcnt, size_t offset)
{
	io->u.bdev.iovs = iovs;
	io->u.bdev.iovcnt = iovcnt;
	io->internal.bounce.orig_offset = offset;
	bdev_io_bounce(io);
}

void
bdev_io_unbounce(struct spdk_bdev_io *io)
{
	struct spdk_bdev_io_block_params *params = &io->u.bdev;

	params->iovs = io->internal.bounce.orig_iovs;
	params->iovcnt = io->internal.bounce.orig_iovcnt;
	io->internal.flags &= ~BDEV_IO_BOUNCED;
	if (reads(io) && io->internal.status == SPDK_BDEV_IO_STATUS_SUCCESS) {
		copy(params->iovs, io->internal.bounce.orig_offset, &io->internal.bounce.iov,
		     TO_VECTORS);
	}
	bdev_io_put_buf(io);
}
