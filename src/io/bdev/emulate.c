/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a device does not know, made of what it does: zeroes of writes, a copy and a comparison of
 * reads and writes, compare-and-write of both with the blocks locked.
 *
 * The I/O is in state SPLIT and goes on a piece at a time, so that it needs one buffer and one
 * child, however long it is. A piece is a child, or two after one another; the first that fails
 * ends it all.
 */
#include "bdev_internal.h"
#include "spdk/env.h"
#include "spdk/log.h"
#include "spdk/string.h"

#define ZEROES_SIZE (64 * 1024)

static void step(void *arg);

/* Bytes of nothing, the same for everybody; from the first device on. */
static void *g_zeroes;

int
bdev_emulate_prepare(void)
{
	if (g_zeroes != NULL) {
		return 0;
	}
	g_zeroes = spdk_zmalloc(ZEROES_SIZE, 4096, NULL, SPDK_ENV_NUMA_ID_ANY, SPDK_MALLOC_DMA);
	return g_zeroes != NULL ? 0 : -ENOMEM;
}

void
bdev_emulate_fini(void)
{
	spdk_free(g_zeroes);
	g_zeroes = NULL;
}

/* ---- What there is ---- */

static bool
knows(struct spdk_bdev *bdev, enum spdk_bdev_io_type type)
{
	return bdev->fn_table->io_type_supported(bdev->ctxt, type);
}

bool
bdev_can_emulate(struct spdk_bdev *bdev, enum spdk_bdev_io_type type)
{
	bool reads = knows(bdev, SPDK_BDEV_IO_TYPE_READ);
	bool writes = knows(bdev, SPDK_BDEV_IO_TYPE_WRITE);

	switch (type) {
	case SPDK_BDEV_IO_TYPE_WRITE_ZEROES:
		return writes;
	case SPDK_BDEV_IO_TYPE_COMPARE:
		return reads;
	case SPDK_BDEV_IO_TYPE_COPY:
	case SPDK_BDEV_IO_TYPE_COMPARE_AND_WRITE:
	case SPDK_BDEV_IO_TYPE_ZCOPY:
		return reads && writes;
	default:
		return false;
	}
}

uint32_t
bdev_emulated_types(struct spdk_bdev *bdev)
{
	static const enum spdk_bdev_io_type types[] = {
		SPDK_BDEV_IO_TYPE_WRITE_ZEROES, SPDK_BDEV_IO_TYPE_COMPARE,
		SPDK_BDEV_IO_TYPE_COPY,         SPDK_BDEV_IO_TYPE_COMPARE_AND_WRITE,
		SPDK_BDEV_IO_TYPE_ZCOPY,
	};
	uint32_t mask = 0;
	size_t i;

	for (i = 0; i < SPDK_COUNTOF(types); i++) {
		if (!knows(bdev, types[i])) {
			mask |= 1u << types[i];
		}
	}
	return mask;
}

/* ---- Pieces ---- */

static void
end(struct spdk_bdev_io *io)
{
	if (io->type == SPDK_BDEV_IO_TYPE_COMPARE_AND_WRITE) {
		bdev_compare_and_write_end(io);
	} else {
		bdev_io_split_done(io);
	}
}

static void
fail(struct spdk_bdev_io *io, enum spdk_bdev_io_status status)
{
	io->internal.status = (int8_t)status;
	end(io);
}

/* Fails the I/O as its child failed, which is freed. */
static void
fail_as(struct spdk_bdev_io *io, struct spdk_bdev_io *child)
{
	spdk_bdev_io_set_base_io_status(io, child);
	io->internal.status = child->internal.status;
	spdk_bdev_free_io(child);
	end(io);
}

/* Blocks of the next piece, whose data is in one buffer of the library's. */
static uint64_t
piece(const struct spdk_bdev_io *io)
{
	return spdk_min(io->internal.split_remaining, bdev_bounce_blocks_max(io));
}

static uint64_t
done_blocks(const struct spdk_bdev_io *io)
{
	return io->internal.split_offset - io->u.bdev.offset_blocks;
}

static void
piece_done(struct spdk_bdev_io *io, struct spdk_bdev_io *child)
{
	uint64_t blocks = child->u.bdev.num_blocks;

	spdk_bdev_free_io(child);
	io->internal.split_offset += blocks;
	io->internal.split_remaining -= blocks;
	step(io);
}

/* A child with no data yet, or NULL: the I/O's next step comes when there is one. */
static struct spdk_bdev_io *
make_child(struct spdk_bdev_io *io, enum spdk_bdev_io_type type, spdk_bdev_io_completion_cb cb)
{
	struct spdk_bdev_io *child = bdev_io_get_child(io);

	if (child == NULL) {
		bdev_io_wait_for_child(io, step);
		return NULL;
	}
	child->type = (uint8_t)type;
	bdev_io_init(child, io->internal.desc, cb, io);
	child->internal.flags |= BDEV_IO_CHILD;
	child->u.bdev = (struct spdk_bdev_io_block_params){
		.iovs = &child->iov,
		.iovcnt = 1,
		.offset_blocks = io->internal.split_offset,
		.num_blocks = piece(io),
		.dif_check_flags = io->u.bdev.dif_check_flags,
	};
	child->iov = (struct iovec){NULL, child->u.bdev.num_blocks * io->bdev->blocklen};
	return child;
}

static void
read_with_buf(struct spdk_io_channel *module_channel, struct spdk_bdev_io *child, bool success)
{
	if (success) {
		bdev_io_start(child);
	} else {
		bdev_io_end(child, SPDK_BDEV_IO_STATUS_FAILED);
	}
}

/* Reads a piece into a buffer that is the child's. It is submitted first: what waits for a buffer
 * is found by those who end it. */
static void
read_piece(struct spdk_bdev_io *child)
{
	if (bdev_io_submit_child(child)) {
		spdk_bdev_io_get_buf(child, read_with_buf,
				     child->u.bdev.num_blocks * child->bdev->blocklen);
	}
}

/* ---- Zeroes ---- */

static void
zeroes_written(struct spdk_bdev_io *child, bool success, void *arg)
{
	if (success) {
		piece_done(arg, child);
	} else {
		fail_as(arg, child);
	}
}

static void
write_zeroes_step(struct spdk_bdev_io *io)
{
	struct spdk_bdev_io *child = make_child(io, SPDK_BDEV_IO_TYPE_WRITE, zeroes_written);
	uint64_t left, blocks_max;
	int i;

	if (child == NULL) {
		return;
	}
	blocks_max = (uint64_t)SPDK_BDEV_IO_NUM_CHILD_IOV * ZEROES_SIZE / io->bdev->blocklen;
	child->u.bdev.num_blocks = spdk_min(io->internal.split_remaining, blocks_max);
	left = child->u.bdev.num_blocks * io->bdev->blocklen;
	for (i = 0; left > 0; i++) {
		child->child_iov[i] = (struct iovec){g_zeroes, spdk_min(left, ZEROES_SIZE)};
		left -= child->child_iov[i].iov_len;
	}
	child->u.bdev.iovs = child->child_iov;
	child->u.bdev.iovcnt = i;
	if (io->bdev->md_len != 0 && !io->bdev->md_interleave &&
	    child->u.bdev.num_blocks * io->bdev->md_len <= ZEROES_SIZE) {
		child->u.bdev.md_buf = g_zeroes;
	}
	bdev_io_submit(child);
}

/* ---- Copy ---- */

static void
copy_read(struct spdk_bdev_io *child, bool success, void *arg)
{
	struct spdk_bdev_io *io = arg;

	if (!success) {
		fail_as(io, child);
		return;
	}
	/* The same I/O, with what it has read, the other way. */
	child->type = SPDK_BDEV_IO_TYPE_WRITE;
	child->num_retries = 0;
	child->internal.cb = zeroes_written;
	child->internal.status = SPDK_BDEV_IO_STATUS_PENDING;
	child->internal.state = BDEV_IO_NEW;
	child->u.bdev.offset_blocks = io->internal.split_offset;
	bdev_io_submit(child);
}

static void
copy_step(struct spdk_bdev_io *io)
{
	struct spdk_bdev_io *child = make_child(io, SPDK_BDEV_IO_TYPE_READ, copy_read);

	if (child != NULL) {
		child->u.bdev.offset_blocks = io->u.bdev.copy.src_offset_blocks + done_blocks(io);
		read_piece(child);
	}
}

/* ---- Compare ---- */

/* Whether `length` bytes from byte `offset` of the vectors are those of `data`. */
static bool
is_equal(const struct iovec *iov, size_t offset, const uint8_t *data, size_t length)
{
	size_t part;

	for (; offset >= iov->iov_len && length > 0; iov++) {
		offset -= iov->iov_len;
	}
	for (; length > 0; iov++, offset = 0) {
		part = spdk_min(length, iov->iov_len - offset);
		if (memcmp((uint8_t *)iov->iov_base + offset, data, part) != 0) {
			return false;
		}
		data += part;
		length -= part;
	}
	return true;
}

static bool
is_md_equal(const struct spdk_bdev_io *io, const struct spdk_bdev_io *child)
{
	uint32_t md_len = io->bdev->md_len;

	return io->u.bdev.md_buf == NULL || child->u.bdev.md_buf == NULL ||
	       memcmp((uint8_t *)io->u.bdev.md_buf + done_blocks(io) * md_len, child->u.bdev.md_buf,
		      child->u.bdev.num_blocks * md_len) == 0;
}

static void
compare_read(struct spdk_bdev_io *child, bool success, void *arg)
{
	struct spdk_bdev_io *io = arg;
	uint32_t blocklen = io->bdev->blocklen;

	if (!success) {
		fail_as(io, child);
		return;
	}
	if (is_equal(io->u.bdev.iovs, done_blocks(io) * blocklen, child->u.bdev.iovs[0].iov_base,
		     child->u.bdev.num_blocks * blocklen) &&
	    is_md_equal(io, child)) {
		piece_done(io, child);
		return;
	}
	spdk_bdev_free_io(child);
	fail(io, SPDK_BDEV_IO_STATUS_MISCOMPARE);
}

static void
compare_step(struct spdk_bdev_io *io)
{
	struct spdk_bdev_io *child = make_child(io, SPDK_BDEV_IO_TYPE_READ, compare_read);

	if (child != NULL) {
		read_piece(child);
	}
}

/* ---- Compare and write ---- */

static void
fused_written(struct spdk_bdev_io *child, bool success, void *arg)
{
	struct spdk_bdev_io *io = arg;

	if (success) {
		spdk_bdev_free_io(child);
		bdev_compare_and_write_end(io);
	} else {
		fail_as(io, child);
	}
}

/* All is compared: writes all at once, since it may be split but not half done and then found
 * unequal. */
static void
write_step(void *arg)
{
	struct spdk_bdev_io *io = arg;
	struct spdk_bdev_io *child = make_child(io, SPDK_BDEV_IO_TYPE_WRITE, fused_written);

	if (child == NULL) {
		return; /* step() finds nothing left to compare, and comes here again. */
	}
	child->u.bdev.iovs = io->u.bdev.fused_iovs;
	child->u.bdev.iovcnt = io->u.bdev.fused_iovcnt;
	child->u.bdev.offset_blocks = io->u.bdev.offset_blocks;
	child->u.bdev.num_blocks = io->u.bdev.num_blocks;
	bdev_io_submit(child);
}

static void
unlocked(void *ctx, int status)
{
	bdev_io_split_done(ctx);
}

void
bdev_compare_and_write_end(struct spdk_bdev_io *io)
{
	int rc = bdev_range_unlock(io->internal.ch, io->u.bdev.offset_blocks, io->u.bdev.num_blocks,
				   unlocked, io);

	if (rc != 0) {
		SPDK_ERRLOG("The lock of compare-and-write on bdev %s is not there: %s\n",
			    spdk_bdev_get_name(io->bdev), spdk_strerror(-rc));
		bdev_io_split_done(io);
	}
}

static void
locked(void *ctx, int status)
{
	struct spdk_bdev_io *io = ctx;

	if (status != 0) {
		io->internal.status = status == -ECANCELED ? SPDK_BDEV_IO_STATUS_ABORTED :
							     SPDK_BDEV_IO_STATUS_FAILED;
		bdev_io_split_done(io);
		return;
	}
	step(io);
}

static void
compare_and_write_start(struct spdk_bdev_io *io)
{
	int rc;

	io->internal.flags |= BDEV_IO_OWNS_RANGE;
	rc = bdev_range_lock(io->internal.ch, io->u.bdev.offset_blocks, io->u.bdev.num_blocks,
			     locked, io);
	if (rc != 0) {
		bdev_io_end(io,
			    rc == -ENOMEM ? SPDK_BDEV_IO_STATUS_NOMEM : SPDK_BDEV_IO_STATUS_FAILED);
	}
}

/* ---- All of them ---- */

static void
step(void *arg)
{
	struct spdk_bdev_io *io = arg;

	if ((io->internal.flags & BDEV_IO_ABORTING) != 0) {
		fail(io, SPDK_BDEV_IO_STATUS_ABORTED);
		return;
	}
	if (io->internal.split_remaining == 0) {
		if (io->type == SPDK_BDEV_IO_TYPE_COMPARE_AND_WRITE) {
			write_step(io);
		} else {
			end(io);
		}
		return;
	}
	switch (io->type) {
	case SPDK_BDEV_IO_TYPE_WRITE_ZEROES:
		write_zeroes_step(io);
		break;
	case SPDK_BDEV_IO_TYPE_COPY:
		copy_step(io);
		break;
	default:
		compare_step(io);
		break;
	}
}

void
bdev_io_emulate(struct spdk_bdev_io *io)
{
	io->internal.state = BDEV_IO_SPLIT;
	io->internal.status = SPDK_BDEV_IO_STATUS_SUCCESS;
	io->internal.children = 0;
	io->internal.split_offset = io->u.bdev.offset_blocks;
	io->internal.split_remaining = io->u.bdev.num_blocks;
	if (io->internal.split_remaining == 0) {
		bdev_io_end(io, SPDK_BDEV_IO_STATUS_SUCCESS);
	} else if (io->type == SPDK_BDEV_IO_TYPE_COMPARE_AND_WRITE) {
		compare_and_write_start(io);
	} else if (io->type == SPDK_BDEV_IO_TYPE_ZCOPY) {
		bdev_zcopy_emulate(io);
	} else {
		step(io);
	}
}
