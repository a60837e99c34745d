/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An I/O that the device cannot take as a whole, for its size, its place or the number of its
 * vectors, becomes children that it can take, CHILDREN_MAX at a time. The parent completes with the
 * last of them, and with the status of the first that failed, after which no more are made.
 *
 * Data stays where it is: a child has vectors of its own that name parts of the parent's. Only what
 * has more vectors in one block than the device takes goes through a buffer.
 */
#include "bdev_internal.h"
#include "spdk/env.h"

#define CHILDREN_MAX 8

static void make_children(void *arg);

/* ---- How much fits ---- */

static uint64_t
boundary(const struct spdk_bdev_io *io)
{
	const struct spdk_bdev *bdev = io->bdev;

	if (io->type == SPDK_BDEV_IO_TYPE_WRITE && bdev->split_on_write_unit) {
		return bdev->write_unit_size;
	}
	return bdev->split_on_optimal_io_boundary ? bdev->optimal_io_boundary : 0;
}

static uint64_t
min_if_set(uint64_t value, uint64_t limit)
{
	return limit != 0 ? spdk_min(value, limit) : value;
}

/* Blocks from `offset` on that one I/O of this type may have, whatever its vectors. */
static uint64_t
blocks_max(struct spdk_bdev_io *io, uint64_t offset, uint64_t count)
{
	const struct spdk_bdev *bdev = io->bdev;
	uint64_t unit;

	switch (io->type) {
	case SPDK_BDEV_IO_TYPE_READ:
	case SPDK_BDEV_IO_TYPE_WRITE:
		unit = boundary(io);
		if (unit != 0) {
			count = spdk_min(count, unit - offset % unit);
		}
		count = min_if_set(count, bdev->max_rw_size);
		if (!bdev_io_is_aligned(io)) {
			count = spdk_min(count, bdev_bounce_blocks_max(io));
		}
		return count;
	case SPDK_BDEV_IO_TYPE_UNMAP:
		return min_if_set(count, (uint64_t)bdev->max_unmap *
						 spdk_max(bdev->max_unmap_segments, 1));
	case SPDK_BDEV_IO_TYPE_WRITE_ZEROES:
		return min_if_set(count, bdev->max_write_zeroes);
	case SPDK_BDEV_IO_TYPE_COPY:
		return min_if_set(count, bdev->max_copy);
	default:
		return count;
	}
}

static bool
has_vectors(const struct spdk_bdev_io *io)
{
	return io->type == SPDK_BDEV_IO_TYPE_READ || io->type == SPDK_BDEV_IO_TYPE_WRITE;
}

static int
segments_max(const struct spdk_bdev *bdev)
{
	return (int)min_if_set(SPDK_BDEV_IO_NUM_CHILD_IOV, bdev->max_num_segments);
}

static bool
has_unfit_vectors(const struct spdk_bdev_io *io)
{
	const struct spdk_bdev *bdev = io->bdev;
	int i;

	if (bdev->max_num_segments != 0 && io->u.bdev.iovcnt > (int)bdev->max_num_segments) {
		return true;
	}
	for (i = 0; bdev->max_segment_size != 0 && i < io->u.bdev.iovcnt; i++) {
		if (io->u.bdev.iovs[i].iov_len > bdev->max_segment_size) {
			return true;
		}
	}
	return false;
}

uint32_t
bdev_split_types(const struct spdk_bdev *bdev)
{
	uint32_t types = 0;

	/* What is large and badly aligned is split as well: no buffer holds it whole. */
	if (bdev->split_on_write_unit || bdev->split_on_optimal_io_boundary ||
	    bdev->max_segment_size != 0 || bdev->max_num_segments != 0 || bdev->max_rw_size != 0 ||
	    bdev->required_alignment > 0) {
		types |= 1u << SPDK_BDEV_IO_TYPE_READ | 1u << SPDK_BDEV_IO_TYPE_WRITE;
	}
	if (bdev->max_unmap != 0) {
		types |= 1u << SPDK_BDEV_IO_TYPE_UNMAP;
	}
	if (bdev->max_write_zeroes != 0) {
		types |= 1u << SPDK_BDEV_IO_TYPE_WRITE_ZEROES;
	}
	if (bdev->max_copy != 0) {
		types |= 1u << SPDK_BDEV_IO_TYPE_COPY;
	}
	return types;
}

bool
bdev_io_needs_split(struct spdk_bdev_io *io)
{
	struct spdk_bdev_io_block_params *params = &io->u.bdev;

	switch (io->type) {
	case SPDK_BDEV_IO_TYPE_READ:
	case SPDK_BDEV_IO_TYPE_WRITE:
	case SPDK_BDEV_IO_TYPE_UNMAP:
	case SPDK_BDEV_IO_TYPE_WRITE_ZEROES:
	case SPDK_BDEV_IO_TYPE_COPY:
		break;
	default:
		return false;
	}
	return blocks_max(io, params->offset_blocks, params->num_blocks) < params->num_blocks ||
	       (has_vectors(io) && has_unfit_vectors(io));
}

/* ---- Children ---- */

static void
note_failure(struct spdk_bdev_io *parent, const struct spdk_bdev_io *child)
{
	if (parent->internal.status == SPDK_BDEV_IO_STATUS_SUCCESS) {
		spdk_bdev_io_set_base_io_status(parent, child);
		parent->internal.status = child->internal.status;
	}
	parent->internal.split_remaining = 0;
}

static void
child_done(struct spdk_bdev_io *child, bool success, void *arg)
{
	struct spdk_bdev_io *parent = arg;

	if (!success) {
		note_failure(parent, child);
	}
	spdk_bdev_free_io(child);
	parent->internal.children--;
	if (parent->internal.split_remaining > 0) {
		make_children(parent);
	} else if (parent->internal.children == 0) {
		bdev_io_split_done(parent);
	}
}

/*
 * Names up to `length` bytes of the parent's data, from where the last child ended, in the child's
 * vectors. Returns how many bytes the vectors had room for.
 */
static size_t
name_vectors(struct spdk_bdev_io *child, const struct spdk_bdev_io *parent, size_t length)
{
	const struct iovec *iov = &parent->u.bdev.iovs[parent->internal.split_iov];
	size_t offset = parent->internal.split_iov_offset, named = 0, part;
	size_t part_max = min_if_set(SIZE_MAX, child->bdev->max_segment_size);
	int i, count = segments_max(child->bdev);

	for (i = 0; i < count && named < length; i++) {
		while (offset == iov->iov_len) {
			iov++;
			offset = 0;
		}
		part = spdk_min(spdk_min(iov->iov_len - offset, length - named), part_max);
		child->child_iov[i] = (struct iovec){(uint8_t *)iov->iov_base + offset, part};
		offset += part;
		named += part;
	}
	child->u.bdev.iovs = child->child_iov;
	child->u.bdev.iovcnt = i;
	return named;
}

/* Takes bytes off the end of the child's vectors. */
static void
shorten_vectors(struct spdk_bdev_io *child, size_t excess)
{
	struct iovec *last;

	while (excess > 0) {
		last = &child->u.bdev.iovs[child->u.bdev.iovcnt - 1];
		if (last->iov_len > excess) {
			last->iov_len -= excess;
			return;
		}
		excess -= last->iov_len;
		child->u.bdev.iovcnt--;
	}
}

static void
move_cursor(struct spdk_bdev_io *parent, size_t length)
{
	size_t left;

	while (length > 0) {
		left = parent->u.bdev.iovs[parent->internal.split_iov].iov_len -
		       parent->internal.split_iov_offset;
		if (length < left) {
			parent->internal.split_iov_offset += length;
			return;
		}
		length -= left;
		parent->internal.split_iov++;
		parent->internal.split_iov_offset = 0;
	}
}

/* Parts of vectors may begin where no vector may, and then all of them go through one buffer. */
static uint64_t
shorten_to_buffer(struct spdk_bdev_io *child, uint64_t blocks)
{
	uint64_t blocks_max = bdev_bounce_blocks_max(child);

	if (blocks <= blocks_max || bdev_io_is_aligned(child)) {
		return blocks;
	}
	shorten_vectors(child, (blocks - blocks_max) * child->bdev->blocklen);
	return blocks_max;
}

/* The child's data; returns how many blocks it has. `out_bounces`: no vectors hold even one. */
static uint64_t
give_data(struct spdk_bdev_io *child, struct spdk_bdev_io *parent, uint64_t blocks,
	  bool *out_bounces)
{
	uint32_t blocklen = child->bdev->blocklen;
	size_t named = name_vectors(child, parent, blocks * blocklen);

	*out_bounces = named < blocklen;
	if (*out_bounces) {
		blocks = spdk_min(blocks, bdev_bounce_blocks_max(child));
	} else {
		shorten_vectors(child, named % blocklen);
		blocks = shorten_to_buffer(child, named / blocklen);
	}
	if (parent->u.bdev.md_buf != NULL) {
		child->u.bdev.md_buf =
			(uint8_t *)parent->u.bdev.md_buf +
			(parent->internal.split_offset - parent->u.bdev.offset_blocks) *
				child->bdev->md_len;
	}
	return blocks;
}

static void
submit_child(struct spdk_bdev_io *child, struct spdk_bdev_io *parent, uint64_t blocks)
{
	int iov = parent->internal.split_iov;
	size_t iov_offset = parent->internal.split_iov_offset;
	bool bounces = false;

	if (has_vectors(child)) {
		blocks = give_data(child, parent, blocks, &bounces);
		move_cursor(parent, blocks * child->bdev->blocklen);
	}
	child->u.bdev.num_blocks = blocks;
	parent->internal.split_offset += blocks;
	parent->internal.split_remaining -= blocks;
	parent->internal.children++;

	if (!bdev_io_submit_child(child)) {
		return;
	}
	if (bounces) {
		bdev_io_bounce_at(child, &parent->u.bdev.iovs[iov], parent->u.bdev.iovcnt - iov,
				  iov_offset);
	} else if (has_vectors(child) && !bdev_io_is_aligned(child)) {
		bdev_io_bounce(child);
	} else {
		bdev_io_dispatch(child);
	}
}

static void
init_child(struct spdk_bdev_io *child, struct spdk_bdev_io *parent)
{
	struct spdk_bdev_io_block_params *params = &child->u.bdev;

	child->type = parent->type;
	bdev_io_init(child, parent->internal.desc, child_done, parent);
	child->internal.flags |= BDEV_IO_CHILD;
	*params = parent->u.bdev;
	params->accel_sequence = NULL;
	params->offset_blocks = parent->internal.split_offset;
	if (child->type == SPDK_BDEV_IO_TYPE_COPY) {
		params->copy.src_offset_blocks +=
			parent->internal.split_offset - parent->u.bdev.offset_blocks;
	}
}

/* One of the parent's children ends, or an I/O is free: goes on, or waits for that. */
static void
wait_for_io(struct spdk_bdev_io *parent)
{
	if (parent->internal.children == 0) {
		bdev_io_wait_for_child(parent, make_children);
	}
}

static void
make_children(void *arg)
{
	struct spdk_bdev_io *parent = arg, *child;
	uint64_t blocks;

	if ((parent->internal.flags & BDEV_IO_ABORTING) != 0) {
		parent->internal.status = SPDK_BDEV_IO_STATUS_ABORTED;
		parent->internal.split_remaining = 0;
	}
	while (parent->internal.split_remaining > 0 && parent->internal.children < CHILDREN_MAX) {
		child = bdev_io_get_child(parent);
		if (child == NULL) {
			wait_for_io(parent);
			return;
		}
		init_child(child, parent);
		blocks = blocks_max(parent, parent->internal.split_offset,
				    parent->internal.split_remaining);
		submit_child(child, parent, blocks);
	}
	if (parent->internal.split_remaining == 0 && parent->internal.children == 0) {
		bdev_io_split_done(parent);
	}
}

void
bdev_io_split_done(struct spdk_bdev_io *parent)
{
	if ((parent->internal.flags & BDEV_IO_TRANSFERS) != 0) {
		bdev_io_transfer_back(parent);
	} else {
		bdev_io_finish(parent);
	}
}

static void
split_with_buf(struct spdk_io_channel *module_channel, struct spdk_bdev_io *io, bool success)
{
	if (success) {
		io->internal.state = BDEV_IO_SPLIT;
		make_children(io);
	} else {
		bdev_io_end(io, SPDK_BDEV_IO_STATUS_FAILED);
	}
}

void
bdev_io_split(struct spdk_bdev_io *io)
{
	io->internal.status = SPDK_BDEV_IO_STATUS_SUCCESS;
	io->internal.split_offset = io->u.bdev.offset_blocks;
	io->internal.split_remaining = io->u.bdev.num_blocks;
	io->internal.split_iov = 0;
	io->internal.split_iov_offset = 0;
	io->internal.children = 0;
	if (io->type == SPDK_BDEV_IO_TYPE_READ && io->u.bdev.iovs[0].iov_base == NULL) {
		/* The children need to know where their parts go. */
		spdk_bdev_io_get_buf(io, split_with_buf,
				     io->u.bdev.num_blocks * io->bdev->blocklen);
		return;
	}
	io->internal.state = BDEV_IO_SPLIT;
	make_children(io);
}
