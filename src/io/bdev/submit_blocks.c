/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Submit functions of I/Os that name blocks, and move no data of the caller's or let the library
 * move it: unmap, flush, zeroes, copy, compare and the like.
 */
#include "bdev_internal.h"
#include "spdk/log.h"
#include "submit.h"

/* What a caller gave; unset members are 0. */
struct request {
	enum spdk_bdev_io_type type;
	bool writes;
	struct bdev_blocks blocks;
	struct spdk_bdev_io_block_params params;
};

static int
submit(struct spdk_bdev_desc *desc, struct spdk_io_channel *io_ch, const struct request *request,
       spdk_bdev_io_completion_cb cb, void *cb_arg)
{
	struct spdk_bdev_io *io;
	int rc;

	rc = bdev_submit_check(desc, &request->blocks, request->writes);
	if (rc != 0) {
		return rc;
	}
	if (!bdev_submit_takes(desc, request->type)) {
		return -ENOTSUP;
	}
	io = bdev_io_get(bdev_channel_of(io_ch));
	if (io == NULL) {
		return -ENOMEM;
	}
	io->type = request->type;
	bdev_io_init(io, desc, cb, cb_arg);
	io->u.bdev = request->params;
	io->u.bdev.offset_blocks = request->blocks.offset;
	io->u.bdev.num_blocks = request->blocks.count;
	io->u.bdev.dif_check_flags = desc->bdev->dif_check_flags;
	bdev_io_submit(io);
	return 0;
}

/* For those that would mean nothing, or everything, with no blocks. */
static int
submit_some(struct spdk_bdev_desc *desc, struct spdk_io_channel *io_ch,
	    const struct request *request, spdk_bdev_io_completion_cb cb, void *cb_arg)
{
	if (request->blocks.count == 0) {
		return -EINVAL;
	}
	return submit(desc, io_ch, request, cb, cb_arg);
}

int
spdk_bdev_unmap_blocks(struct spdk_bdev_desc *desc, struct spdk_io_channel *ch,
		       uint64_t offset_blocks, uint64_t num_blocks, spdk_bdev_io_completion_cb cb,
		       void *cb_arg)
{
	const struct request request = {.type = SPDK_BDEV_IO_TYPE_UNMAP,
					.writes = true,
					.blocks = {offset_blocks, num_blocks}};

	return submit_some(desc, ch, &request, cb, cb_arg);
}

int
spdk_bdev_flush_blocks(struct spdk_bdev_desc *desc, struct spdk_io_channel *ch,
		       uint64_t offset_blocks, uint64_t num_blocks, spdk_bdev_io_completion_cb cb,
		       void *cb_arg)
{
	const struct request request = {.type = SPDK_BDEV_IO_TYPE_FLUSH,
					.writes = true,
					.blocks = {offset_blocks, num_blocks}};

	return submit(desc, ch, &request, cb, cb_arg);
}

int
spdk_bdev_write_zeroes_blocks(struct spdk_bdev_desc *desc, struct spdk_io_channel *ch,
			      uint64_t offset_blocks, uint64_t num_blocks,
			      spdk_bdev_io_completion_cb cb, void *cb_arg)
{
	const struct request request = {.type = SPDK_BDEV_IO_TYPE_WRITE_ZEROES,
					.writes = true,
					.blocks = {offset_blocks, num_blocks}};

	return submit(desc, ch, &request, cb, cb_arg);
}

int
spdk_bdev_write_uncorrectable_blocks(struct spdk_bdev_desc *desc, struct spdk_io_channel *ch,
				     uint64_t offset_blocks, uint64_t num_blocks,
				     spdk_bdev_io_completion_cb cb, void *cb_arg)
{
	const struct request request = {.type = SPDK_BDEV_IO_TYPE_WRITE_UNCORRECTABLE,
					.writes = true,
					.blocks = {offset_blocks, num_blocks}};

	return submit(desc, ch, &request, cb, cb_arg);
}

int
spdk_bdev_copy_blocks(struct spdk_bdev_desc *desc, struct spdk_io_channel *ch,
		      uint64_t dst_offset_blocks, uint64_t src_offset_blocks, uint64_t num_blocks,
		      spdk_bdev_io_completion_cb cb, void *cb_arg)
{
	const struct request request = {.type = SPDK_BDEV_IO_TYPE_COPY,
					.writes = true,
					.blocks = {dst_offset_blocks, num_blocks},
					.params.copy.src_offset_blocks = src_offset_blocks};

	if (!bdev_has_blocks(desc->bdev, src_offset_blocks, num_blocks)) {
		return -EINVAL;
	}
	return submit(desc, ch, &request, cb, cb_arg);
}

/* A device that does not know of holes has none: data begins at once, and no hole follows. */
static int
seek_without_holes(struct spdk_bdev_desc *desc, struct spdk_io_channel *io_ch,
		   const struct request *request, spdk_bdev_io_completion_cb cb, void *cb_arg)
{
	struct spdk_bdev_io *io = bdev_io_get(bdev_channel_of(io_ch));

	if (io == NULL) {
		return -ENOMEM;
	}
	io->type = request->type;
	bdev_io_init(io, desc, cb, cb_arg);
	io->u.bdev = request->params;
	io->u.bdev.offset_blocks = request->blocks.offset;
	io->u.bdev.seek.offset =
		request->type == SPDK_BDEV_IO_TYPE_SEEK_DATA ? request->blocks.offset : UINT64_MAX;
	bdev_io_end_new(io, SPDK_BDEV_IO_STATUS_SUCCESS);
	return 0;
}

static int
seek(struct spdk_bdev_desc *desc, struct spdk_io_channel *ch, const struct request *request,
     spdk_bdev_io_completion_cb cb, void *cb_arg)
{
	if (request->blocks.offset >= desc->bdev->blockcnt) {
		return -EINVAL;
	}
	if (!spdk_bdev_io_type_supported(desc->bdev, request->type)) {
		return seek_without_holes(desc, ch, request, cb, cb_arg);
	}
	return submit(desc, ch, request, cb, cb_arg);
}

int
spdk_bdev_seek_data(struct spdk_bdev_desc *desc, struct spdk_io_channel *ch, uint64_t offset_blocks,
		    spdk_bdev_io_completion_cb cb, void *cb_arg)
{
	const struct request request = {.type = SPDK_BDEV_IO_TYPE_SEEK_DATA,
					.blocks = {offset_blocks, 0}};

	return seek(desc, ch, &request, cb, cb_arg);
}

int
spdk_bdev_seek_hole(struct spdk_bdev_desc *desc, struct spdk_io_channel *ch, uint64_t offset_blocks,
		    spdk_bdev_io_completion_cb cb, void *cb_arg)
{
	const struct request request = {.type = SPDK_BDEV_IO_TYPE_SEEK_HOLE,
					.blocks = {offset_blocks, 0}};

	return seek(desc, ch, &request, cb, cb_arg);
}

uint64_t
spdk_bdev_io_get_seek_offset(const struct spdk_bdev_io *io)
{
	return io->u.bdev.seek.offset;
}

/* ---- By bytes ---- */

int
spdk_bdev_unmap(struct spdk_bdev_desc *desc, struct spdk_io_channel *ch, uint64_t offset,
		uint64_t nbytes, spdk_bdev_io_completion_cb cb, void *cb_arg)
{
	uint64_t offset_blocks, num_blocks;

	if (bdev_bytes_to_blocks(desc, offset, nbytes, &offset_blocks, &num_blocks) != 0) {
		return -EINVAL;
	}
	return spdk_bdev_unmap_blocks(desc, ch, offset_blocks, num_blocks, cb, cb_arg);
}

int
spdk_bdev_flush(struct spdk_bdev_desc *desc, struct spdk_io_channel *ch, uint64_t offset,
		uint64_t length, spdk_bdev_io_completion_cb cb, void *cb_arg)
{
	uint64_t offset_blocks, num_blocks;

	if (bdev_bytes_to_blocks(desc, offset, length, &offset_blocks, &num_blocks) != 0) {
		return -EINVAL;
	}
	return spdk_bdev_flush_blocks(desc, ch, offset_blocks, num_blocks, cb, cb_arg);
}

int
spdk_bdev_write_zeroes(struct spdk_bdev_desc *desc, struct spdk_io_channel *ch, uint64_t offset,
		       uint64_t len, spdk_bdev_io_completion_cb cb, void *cb_arg)
{
	uint64_t offset_blocks, num_blocks;

	if (bdev_bytes_to_blocks(desc, offset, len, &offset_blocks, &num_blocks) != 0) {
		return -EINVAL;
	}
	return spdk_bdev_write_zeroes_blocks(desc, ch, offset_blocks, num_blocks, cb, cb_arg);
}

/* ---- Compare ---- */

int
spdk_bdev_comparev_blocks_with_md(struct spdk_bdev_desc *desc, struct spdk_io_channel *ch,
				  struct iovec *iov, int iovcnt, void *md, uint64_t offset_blocks,
				  uint64_t num_blocks, spdk_bdev_io_completion_cb cb, void *cb_arg)
{
	const struct request request = {
		.type = SPDK_BDEV_IO_TYPE_COMPARE,
		.blocks = {offset_blocks, num_blocks},
		.params = {.iovs = iov, .iovcnt = iovcnt, .md_buf = md},
	};

	if (md != NULL && !spdk_bdev_desc_is_md_separate(desc)) {
		return -EINVAL;
	}
	return submit(desc, ch, &request, cb, cb_arg);
}

int
spdk_bdev_comparev_blocks(struct spdk_bdev_desc *desc, struct spdk_io_channel *ch,
			  struct iovec *iov, int iovcnt, uint64_t offset_blocks,
			  uint64_t num_blocks, spdk_bdev_io_completion_cb cb, void *cb_arg)
{
	return spdk_bdev_comparev_blocks_with_md(desc, ch, iov, iovcnt, NULL, offset_blocks,
						 num_blocks, cb, cb_arg);
}

int
spdk_bdev_compare_blocks_with_md(struct spdk_bdev_desc *desc, struct spdk_io_channel *io_ch,
				 void *buf, void *md, uint64_t offset_blocks, uint64_t num_blocks,
				 spdk_bdev_io_completion_cb cb, void *cb_arg)
{
	const struct bdev_blocks blocks = {offset_blocks, num_blocks};
	struct spdk_bdev_io *io;
	int rc;

	rc = bdev_submit_check(desc, &blocks, false);
	if (rc == 0 && md != NULL && !spdk_bdev_desc_is_md_separate(desc)) {
		rc = -EINVAL;
	}
	if (rc == 0 && !bdev_submit_takes(desc, SPDK_BDEV_IO_TYPE_COMPARE)) {
		rc = -ENOTSUP;
	}
	if (rc != 0) {
		return rc;
	}
	io = bdev_io_get(bdev_channel_of(io_ch));
	if (io == NULL) {
		return -ENOMEM;
	}
	io->type = SPDK_BDEV_IO_TYPE_COMPARE;
	bdev_io_init(io, desc, cb, cb_arg);
	/* The I/O's own vector, which no caller can keep for it. */
	io->iov = (struct iovec){buf, num_blocks * spdk_bdev_desc_get_block_size(desc)};
	io->u.bdev = (struct spdk_bdev_io_block_params){
		.iovs = &io->iov,
		.iovcnt = 1,
		.md_buf = md,
		.offset_blocks = offset_blocks,
		.num_blocks = num_blocks,
		.dif_check_flags = desc->bdev->dif_check_flags,
	};
	bdev_io_submit(io);
	return 0;
}

int
spdk_bdev_compare_blocks(struct spdk_bdev_desc *desc, struct spdk_io_channel *ch, void *buf,
			 uint64_t offset_blocks, uint64_t num_blocks, spdk_bdev_io_completion_cb cb,
			 void *cb_arg)
{
	return spdk_bdev_compare_blocks_with_md(desc, ch, buf, NULL, offset_blocks, num_blocks, cb,
						cb_arg);
}

int
spdk_bdev_comparev_and_writev_blocks(struct spdk_bdev_desc *desc, struct spdk_io_channel *ch,
				     struct iovec *compare_iov, int compare_iovcnt,
				     struct iovec *write_iov, int write_iovcnt,
				     uint64_t offset_blocks, uint64_t num_blocks,
				     spdk_bdev_io_completion_cb cb, void *cb_arg)
{
	const struct request request = {
		.type = SPDK_BDEV_IO_TYPE_COMPARE_AND_WRITE,
		.writes = true,
		.blocks = {offset_blocks, num_blocks},
		.params = {.iovs = compare_iov,
			   .iovcnt = compare_iovcnt,
			   .fused_iovs = write_iov,
			   .fused_iovcnt = write_iovcnt},
	};

	if (num_blocks > desc->bdev->acwu) {
		return -EINVAL;
	}
	return submit(desc, ch, &request, cb, cb_arg);
}
