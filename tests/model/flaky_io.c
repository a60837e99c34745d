/* SPDX-License-Identifier: BSD-3-Clause */
#include "flaky_io.h"
#include "random.h"
#include "report.h"
#include "spdk/util.h"
#include "world.h"

#define DATA_MAX (512 * 1024)

/* ---- What it is like ---- */

static void
choose_block(struct spdk_bdev *bdev)
{
	static const uint32_t sizes[] = {512, 512, 512, 1024, 4096};
	static const uint32_t md_sizes[] = {8, 16, 64};

	bdev->blocklen = random_pick(sizes);
	if (random_permille(250)) {
		bdev->md_len = random_pick(md_sizes);
		bdev->md_interleave = random_permille(500);
		bdev->blocklen += bdev->md_interleave ? bdev->md_len : 0;
	}
}

static void
choose_geometry(struct spdk_bdev *bdev, const struct flaky *like)
{
	if (like != NULL) {
		bdev->blocklen = like->bdev.blocklen;
		bdev->md_len = like->bdev.md_len;
		bdev->md_interleave = like->bdev.md_interleave;
	} else {
		choose_block(bdev);
	}
	bdev->blockcnt = random_between(40, DATA_MAX / 2 / bdev->blocklen);
	bdev->phys_blocklen = bdev->blocklen;
}

static void
choose_limits(struct spdk_bdev *bdev, bool is_member)
{
	static const uint8_t alignments[] = {2, 3, 6, 9, 12};

	if (random_permille(400)) {
		bdev->required_alignment = random_pick(alignments);
	}
	if (random_permille(300)) {
		bdev->max_rw_size = (uint32_t)random_between(1, 16);
	}
	if (random_permille(300)) {
		bdev->max_num_segments = (uint32_t)random_between(1, 8);
		bdev->max_segment_size = bdev->blocklen << random_below(8);
	}
	if (random_permille(400)) {
		bdev->optimal_io_boundary = 1u << random_between(1, 4);
		bdev->split_on_optimal_io_boundary = random_permille(800);
	}
	if (random_permille(150)) {
		/* A strip of an array is of whole units, and has a power of 2 blocks. */
		bdev->write_unit_size =
			is_member ? 1u << random_below(4) : (uint32_t)random_between(1, 8);
		bdev->split_on_write_unit = true;
	}
	if (random_permille(300)) {
		bdev->max_unmap = (uint32_t)random_between(1, 8);
		bdev->max_unmap_segments = (uint32_t)random_below(3);
	}
	if (random_permille(300)) {
		bdev->max_write_zeroes = (uint32_t)random_between(1, 8);
	}
	if (random_permille(300)) {
		bdev->max_copy = (uint32_t)random_between(1, 8);
	}
	bdev->reset_io_drain_timeout = (uint16_t)random_below(2);
	bdev->acwu = (uint16_t)random_between(1, 8);
}

static uint32_t
choose_types(void)
{
	static const enum spdk_bdev_io_type sometimes[] = {
		SPDK_BDEV_IO_TYPE_UNMAP, SPDK_BDEV_IO_TYPE_WRITE_ZEROES,
		SPDK_BDEV_IO_TYPE_COPY,  SPDK_BDEV_IO_TYPE_COMPARE,
		SPDK_BDEV_IO_TYPE_FLUSH, SPDK_BDEV_IO_TYPE_COMPARE_AND_WRITE,
		SPDK_BDEV_IO_TYPE_ABORT, SPDK_BDEV_IO_TYPE_RESET,
	};
	uint32_t types = 1u << SPDK_BDEV_IO_TYPE_READ | 1u << SPDK_BDEV_IO_TYPE_WRITE;
	size_t i;

	for (i = 0; i < SPDK_COUNTOF(sometimes); i++) {
		types |= random_permille(650) ? 1u << sometimes[i] : 0;
	}
	return types;
}

static void
choose_temper(struct flaky_temper *temper)
{
	/* What is refused keeps its buffer. */
	temper->refused = random_permille(400) ?
				  (uint32_t)random_below(g_world.is_short_of_buffers ? 700 : 200) :
				  0;
	temper->failed = random_permille(300) ? (uint32_t)random_below(60) : 0;
	temper->at_once = random_permille(700) ? (uint32_t)random_below(1000) : 1000;
	temper->early = (uint32_t)random_below(1000);
	temper->outstanding_max = random_permille(300) ? (uint32_t)random_between(1, 20) : 0;
	temper->delay_us_max = (uint32_t)random_between(1, 1u << random_below(10));
	temper->destructs_late = random_permille(500);
}

void
flaky_choose(struct flaky *flaky, const struct flaky_opts *opts)
{
	choose_geometry(&flaky->bdev, opts->like);
	choose_limits(&flaky->bdev, opts->is_member);
	choose_temper(&flaky->temper);
	flaky->types = choose_types();
	flaky->blocks_max = flaky->bdev.blockcnt * 2;
}

/* ---- What it holds the library to ---- */

static void
check_vectors(const struct spdk_bdev *bdev, const struct iovec *iovs, int iovcnt, uint64_t blocks)
{
	size_t mask = ((size_t)1 << bdev->required_alignment) - 1;
	uint64_t size = 0;
	int i;

	if (bdev->max_num_segments != 0 && iovcnt > (int)bdev->max_num_segments) {
		report_found(FOUND_LIMIT, "%d vectors, not %u", iovcnt, bdev->max_num_segments);
	}
	for (i = 0; i < iovcnt; i++) {
		size += iovs[i].iov_len;
		if (((uintptr_t)iovs[i].iov_base & mask) != 0) {
			report_found(FOUND_LIMIT, "a vector at %p", iovs[i].iov_base);
		}
		if (bdev->max_segment_size != 0 && iovs[i].iov_len > bdev->max_segment_size) {
			report_found(FOUND_LIMIT, "a vector of %zu bytes", iovs[i].iov_len);
		}
	}
	if (size != blocks * bdev->blocklen) {
		report_found(FOUND_LIMIT, "vectors of %" PRIu64 " bytes for %" PRIu64 " blocks",
			     size, blocks);
	}
}

static void
check_boundary(const struct spdk_bdev_io *io, uint64_t unit)
{
	uint64_t first = io->u.bdev.offset_blocks, last = first + io->u.bdev.num_blocks - 1;

	if (first / unit != last / unit) {
		report_found(FOUND_LIMIT,
			     "%s of blocks %" PRIu64 " to %" PRIu64
			     " crosses a boundary of %" PRIu64,
			     spdk_bdev_get_io_type_name(io->type), first, last, unit);
	}
}

static void
check_quiet(const struct flaky *flaky, const struct spdk_bdev_io *io)
{
	if (flaky->quiet_count > 0 &&
	    io->u.bdev.offset_blocks < flaky->quiet_offset + flaky->quiet_count &&
	    flaky->quiet_offset < io->u.bdev.offset_blocks + io->u.bdev.num_blocks) {
		report_found(FOUND_LIMIT, "%s comes for blocks that are quiesced",
			     spdk_bdev_get_io_type_name(io->type));
	}
}

static uint64_t
size_limit(const struct spdk_bdev_io *io)
{
	const struct spdk_bdev *bdev = io->bdev;

	switch (io->type) {
	case SPDK_BDEV_IO_TYPE_READ:
	case SPDK_BDEV_IO_TYPE_WRITE:
		return bdev->max_rw_size;
	case SPDK_BDEV_IO_TYPE_UNMAP:
		return (uint64_t)bdev->max_unmap * spdk_max(bdev->max_unmap_segments, 1);
	case SPDK_BDEV_IO_TYPE_WRITE_ZEROES:
		return bdev->max_write_zeroes;
	case SPDK_BDEV_IO_TYPE_COPY:
		return bdev->max_copy;
	default:
		return 0;
	}
}

void
flaky_check_limits(const struct flaky *flaky, const struct spdk_bdev_io *io)
{
	const struct spdk_bdev_io_block_params *params = &io->u.bdev;
	const struct spdk_bdev *bdev = &flaky->bdev;
	uint64_t limit = size_limit(io);

	if ((flaky->types & (1u << io->type)) == 0) {
		report_found(FOUND_LIMIT, "%s comes to a device that does not know it",
			     spdk_bdev_get_io_type_name(io->type));
	}
	if (limit != 0 && params->num_blocks > limit) {
		report_found(FOUND_LIMIT, "%s of %" PRIu64 " blocks, not %" PRIu64,
			     spdk_bdev_get_io_type_name(io->type), params->num_blocks, limit);
	}
	if (params->offset_blocks + params->num_blocks > flaky->blocks_max) {
		report_found(FOUND_LIMIT, "blocks beyond the end");
	}
	check_quiet(flaky, io);
	if (flaky->is_resetting) {
		report_found(FOUND_LIMIT, "%s comes while there is a reset",
			     spdk_bdev_get_io_type_name(io->type));
	}
	if (io->type != SPDK_BDEV_IO_TYPE_READ && io->type != SPDK_BDEV_IO_TYPE_WRITE) {
		return;
	}
	check_vectors(bdev, params->iovs, params->iovcnt, params->num_blocks);
	if (bdev->split_on_write_unit && io->type == SPDK_BDEV_IO_TYPE_WRITE) {
		check_boundary(io, bdev->write_unit_size);
	} else if (bdev->split_on_optimal_io_boundary) {
		check_boundary(io, bdev->optimal_io_boundary);
	}
}

/* ---- Data ---- */

enum move {
	MOVE_IN,  /* from vectors to the device */
	MOVE_OUT, /* to vectors */
	MOVE_COMPARE,
};

static bool
move_bytes(uint8_t *place, uint8_t *other, size_t size, enum move move)
{
	switch (move) {
	case MOVE_IN:
		memcpy(place, other, size);
		return true;
	case MOVE_OUT:
		memcpy(other, place, size);
		return true;
	default:
		return memcmp(place, other, size) == 0;
	}
}

static bool
move_vectors(uint8_t *place, size_t left, const struct iovec *iovs, enum move move)
{
	bool is_equal = true;
	size_t part;

	for (; left > 0; iovs++) {
		part = spdk_min(left, iovs->iov_len);
		is_equal &= move_bytes(place, iovs->iov_base, part, move);
		place += part;
		left -= part;
	}
	return is_equal;
}

static bool
move_all(struct flaky *flaky, struct spdk_bdev_io *io, uint64_t blocks, enum move move)
{
	struct spdk_bdev_io_block_params *params = &io->u.bdev;
	const struct spdk_bdev *bdev = &flaky->bdev;
	bool is_equal;

	is_equal = move_vectors(flaky->data + params->offset_blocks * bdev->blocklen,
				blocks * bdev->blocklen, params->iovs, move);
	if (params->md_buf != NULL && !bdev->md_interleave) {
		is_equal &= move_bytes(flaky->md + params->offset_blocks * bdev->md_len,
				       params->md_buf, blocks * bdev->md_len, move);
	}
	return is_equal;
}

static void
copy_blocks(struct flaky *flaky, const struct spdk_bdev_io *io, uint64_t blocks)
{
	uint64_t to = io->u.bdev.offset_blocks, from = io->u.bdev.copy.src_offset_blocks;
	const struct spdk_bdev *bdev = &flaky->bdev;

	memmove(flaky->data + to * bdev->blocklen, flaky->data + from * bdev->blocklen,
		blocks * bdev->blocklen);
	if (!bdev->md_interleave) {
		memmove(flaky->md + to * bdev->md_len, flaky->md + from * bdev->md_len,
			blocks * bdev->md_len);
	}
}

static void
zero_blocks(struct flaky *flaky, const struct spdk_bdev_io *io, uint64_t blocks)
{
	const struct spdk_bdev *bdev = &flaky->bdev;

	memset(flaky->data + io->u.bdev.offset_blocks * bdev->blocklen, 0, blocks * bdev->blocklen);
	memset(flaky->md + io->u.bdev.offset_blocks * bdev->md_len, 0, blocks * bdev->md_len);
}

static bool
compare_and_write(struct flaky *flaky, struct spdk_bdev_io *io, uint64_t blocks)
{
	const struct spdk_bdev_io_block_params *params = &io->u.bdev;
	uint8_t *place = flaky->data + params->offset_blocks * flaky->bdev.blocklen;
	size_t size = blocks * flaky->bdev.blocklen;

	return move_vectors(place, size, params->iovs, MOVE_COMPARE) &&
	       move_vectors(place, size, params->fused_iovs, MOVE_IN);
}

bool
flaky_move(struct flaky *flaky, struct spdk_bdev_io *io, uint64_t blocks)
{
	switch (io->type) {
	case SPDK_BDEV_IO_TYPE_READ:
		return move_all(flaky, io, blocks, MOVE_OUT);
	case SPDK_BDEV_IO_TYPE_WRITE:
		return move_all(flaky, io, blocks, MOVE_IN);
	case SPDK_BDEV_IO_TYPE_COMPARE:
		return move_all(flaky, io, blocks, MOVE_COMPARE);
	case SPDK_BDEV_IO_TYPE_COMPARE_AND_WRITE:
		return compare_and_write(flaky, io, blocks);
	case SPDK_BDEV_IO_TYPE_WRITE_ZEROES:
	case SPDK_BDEV_IO_TYPE_UNMAP:
		zero_blocks(flaky, io, blocks);
		return true;
	case SPDK_BDEV_IO_TYPE_COPY:
		copy_blocks(flaky, io, blocks);
		return true;
	default:
		return true;
	}
}
