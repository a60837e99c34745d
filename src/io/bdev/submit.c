/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Reads and writes, and what every submit function does first: is the range on the device, may the
 * descriptor write, is there an I/O. Nothing has happened when one of them returns an error.
 */
#include "submit.h"
#include "bdev_internal.h"
#include "spdk/log.h"

void
bdev_io_init(struct spdk_bdev_io *io, struct spdk_bdev_desc *desc, spdk_bdev_io_completion_cb cb,
	     void *cb_arg)
{
	io->bdev = desc->bdev;
	io->num_retries = 0;
	io->internal.desc = desc;
	io->internal.cb = cb;
	io->internal.caller_ctx = cb_arg;
	io->internal.status = SPDK_BDEV_IO_STATUS_PENDING;
	io->internal.flags = 0;
	io->internal.buf = NULL;
	io->internal.bounce.orig_offset = 0;
	io->internal.error.nvme.cdw0 = 0;
}

bool
bdev_has_blocks(const struct spdk_bdev *bdev, uint64_t offset_blocks, uint64_t num_blocks)
{
	return offset_blocks <= bdev->blockcnt && num_blocks <= bdev->blockcnt - offset_blocks;
}

int
bdev_bytes_to_blocks(struct spdk_bdev_desc *desc, uint64_t offset_bytes, uint64_t num_bytes,
		     uint64_t *out_offset_blocks, uint64_t *out_num_blocks)
{
	uint32_t block = spdk_bdev_desc_get_block_size(desc);

	if ((block & (block - 1)) == 0) {
		uint32_t shift = spdk_u32log2(block);

		*out_offset_blocks = offset_bytes >> shift;
		*out_num_blocks = num_bytes >> shift;
		return ((offset_bytes | num_bytes) & (block - 1)) == 0 ? 0 : -EINVAL;
	}
	*out_offset_blocks = offset_bytes / block;
	*out_num_blocks = num_bytes / block;
	return offset_bytes % block == 0 && num_bytes % block == 0 ? 0 : -EINVAL;
}

int
bdev_submit_check(struct spdk_bdev_desc *desc, const struct bdev_blocks *blocks, bool writes)
{
	if (writes && !desc->write) {
		return -EBADF;
	}
	return bdev_has_blocks(desc->bdev, blocks->offset, blocks->count) ? 0 : -EINVAL;
}

/* ---- Data ---- */

/* What a caller of one of the many functions gave. */
struct transfer {
	enum spdk_bdev_io_type type;
	struct bdev_blocks blocks;
	/* Either of both. */
	void *buf;
	struct iovec *iovs;
	int iovcnt;
	void *md_buf;
	const struct spdk_bdev_ext_io_opts *opts;
};

static inline uint32_t
visible_block_size(const struct spdk_bdev_io *io)
{
	const struct spdk_bdev *bdev = io->bdev;

	return spdk_likely(!io->internal.desc->hide_metadata) ? bdev->blocklen :
								bdev->blocklen - bdev->md_len;
}

static void
fill_params(struct spdk_bdev_io *io, const struct transfer *transfer)
{
	struct spdk_bdev_io_block_params *params = &io->u.bdev;

	if (transfer->iovs != NULL) {
		params->iovs = transfer->iovs;
		params->iovcnt = transfer->iovcnt;
	} else {
		io->iov.iov_base = transfer->buf;
		io->iov.iov_len = transfer->blocks.count * visible_block_size(io);
		params->iovs = &io->iov;
		params->iovcnt = 1;
	}
	params->num_blocks = transfer->blocks.count;
	params->offset_blocks = transfer->blocks.offset;
	params->md_buf = transfer->md_buf;
	params->memory_domain = NULL;
	params->memory_domain_ctx = NULL;
	params->accel_sequence = NULL;
	params->dif_check_flags = io->bdev->dif_check_flags;
	params->nvme_cdw12.raw = 0;
	params->nvme_cdw13.raw = 0;
}

/* Whether opts has the member, by the size that its maker knew. */
#define HAS(opts, member) \
	((opts)->size >= offsetof(struct spdk_bdev_ext_io_opts, member) + sizeof((opts)->member))

static void
fill_opts(struct spdk_bdev_io *io, const struct spdk_bdev_ext_io_opts *opts)
{
	struct spdk_bdev_io_block_params *params = &io->u.bdev;

	if (HAS(opts, memory_domain_ctx)) {
		params->memory_domain = opts->memory_domain;
		params->memory_domain_ctx = opts->memory_domain_ctx;
	}
	if (HAS(opts, accel_sequence)) {
		params->accel_sequence = opts->accel_sequence;
	}
	if (HAS(opts, dif_check_flags_exclude_mask)) {
		params->dif_check_flags &= ~opts->dif_check_flags_exclude_mask;
	}
	if (HAS(opts, nvme_cdw12)) {
		params->nvme_cdw12 = opts->nvme_cdw12;
	}
	if (HAS(opts, nvme_cdw13)) {
		params->nvme_cdw13 = opts->nvme_cdw13;
	}
}

static inline int
submit(struct spdk_bdev_desc *desc, struct spdk_io_channel *io_ch, const struct transfer *transfer,
       spdk_bdev_io_completion_cb cb, void *cb_arg)
{
	struct spdk_bdev_io *io;
	int rc;

	rc = bdev_submit_check(desc, &transfer->blocks, transfer->type != SPDK_BDEV_IO_TYPE_READ);
	if (spdk_unlikely(rc != 0)) {
		return rc;
	}
	io = bdev_io_get(bdev_channel_of(io_ch));
	if (spdk_unlikely(io == NULL)) {
		return -ENOMEM;
	}
	io->type = transfer->type;
	bdev_io_init(io, desc, cb, cb_arg);
	fill_params(io, transfer);
	if (spdk_unlikely(transfer->opts != NULL)) {
		fill_opts(io, transfer->opts);
	}
	if (spdk_unlikely(bdev_io_wants_transfer(io))) {
		io->internal.flags |= BDEV_IO_TRANSFERS;
	}
	bdev_io_submit(io);
	return 0;
}

static int
submit_with_md(struct spdk_bdev_desc *desc, struct spdk_io_channel *io_ch,
	       const struct transfer *transfer, spdk_bdev_io_completion_cb cb, void *cb_arg)
{
	if (transfer->md_buf != NULL && !spdk_bdev_desc_is_md_separate(desc)) {
		return -EINVAL;
	}
	return submit(desc, io_ch, transfer, cb, cb_arg);
}

static int
submit_ext(struct spdk_bdev_desc *desc, struct spdk_io_channel *io_ch, struct transfer *transfer,
	   spdk_bdev_io_completion_cb cb, void *cb_arg)
{
	const struct spdk_bdev_ext_io_opts *opts = transfer->opts;

	if (opts != NULL) {
		if (opts->size == 0 || opts->size > sizeof(*opts)) {
			return -EINVAL;
		}
		/* The context of a memory domain means nothing without vectors of it. */
		if (HAS(opts, memory_domain) && opts->memory_domain != NULL &&
		    (transfer->iovs == NULL || transfer->iovs[0].iov_base == NULL)) {
			return -EINVAL;
		}
		transfer->md_buf = HAS(opts, metadata) ? opts->metadata : NULL;
	}
	return submit_with_md(desc, io_ch, transfer, cb, cb_arg);
}

int
spdk_bdev_read_blocks(struct spdk_bdev_desc *desc, struct spdk_io_channel *ch, void *buf,
		      uint64_t offset_blocks, uint64_t num_blocks, spdk_bdev_io_completion_cb cb,
		      void *cb_arg)
{
	const struct transfer transfer = {
		.type = SPDK_BDEV_IO_TYPE_READ, .blocks = {offset_blocks, num_blocks}, .buf = buf};

	return submit(desc, ch, &transfer, cb, cb_arg);
}

int
spdk_bdev_write_blocks(struct spdk_bdev_desc *desc, struct spdk_io_channel *ch, void *buf,
		       uint64_t offset_blocks, uint64_t num_blocks, spdk_bdev_io_completion_cb cb,
		       void *cb_arg)
{
	const struct transfer transfer = {
		.type = SPDK_BDEV_IO_TYPE_WRITE, .blocks = {offset_blocks, num_blocks}, .buf = buf};

	return submit(desc, ch, &transfer, cb, cb_arg);
}

int
spdk_bdev_read(struct spdk_bdev_desc *desc, struct spdk_io_channel *ch, void *buf, uint64_t offset,
	       uint64_t nbytes, spdk_bdev_io_completion_cb cb, void *cb_arg)
{
	uint64_t offset_blocks, num_blocks;

	if (bdev_bytes_to_blocks(desc, offset, nbytes, &offset_blocks, &num_blocks) != 0) {
		return -EINVAL;
	}
	return spdk_bdev_read_blocks(desc, ch, buf, offset_blocks, num_blocks, cb, cb_arg);
}

int
spdk_bdev_write(struct spdk_bdev_desc *desc, struct spdk_io_channel *ch, void *buf, uint64_t offset,
		uint64_t nbytes, spdk_bdev_io_completion_cb cb, void *cb_arg)
{
	uint64_t offset_blocks, num_blocks;

	if (bdev_bytes_to_blocks(desc, offset, nbytes, &offset_blocks, &num_blocks) != 0) {
		return -EINVAL;
	}
	return spdk_bdev_write_blocks(desc, ch, buf, offset_blocks, num_blocks, cb, cb_arg);
}

int
spdk_bdev_read_blocks_with_md(struct spdk_bdev_desc *desc, struct spdk_io_channel *ch, void *buf,
			      void *md, uint64_t offset_blocks, uint64_t num_blocks,
			      spdk_bdev_io_completion_cb cb, void *cb_arg)
{
	const struct transfer transfer = {.type = SPDK_BDEV_IO_TYPE_READ,
					  .blocks = {offset_blocks, num_blocks},
					  .buf = buf,
					  .md_buf = md};

	return submit_with_md(desc, ch, &transfer, cb, cb_arg);
}

int
spdk_bdev_write_blocks_with_md(struct spdk_bdev_desc *desc, struct spdk_io_channel *ch, void *buf,
			       void *md, uint64_t offset_blocks, uint64_t num_blocks,
			       spdk_bdev_io_completion_cb cb, void *cb_arg)
{
	const struct transfer transfer = {.type = SPDK_BDEV_IO_TYPE_WRITE,
					  .blocks = {offset_blocks, num_blocks},
					  .buf = buf,
					  .md_buf = md};

	return submit_with_md(desc, ch, &transfer, cb, cb_arg);
}

/* ---- Vectors ---- */

int
spdk_bdev_readv_blocks(struct spdk_bdev_desc *desc, struct spdk_io_channel *ch, struct iovec *iov,
		       int iovcnt, uint64_t offset_blocks, uint64_t num_blocks,
		       spdk_bdev_io_completion_cb cb, void *cb_arg)
{
	const struct transfer transfer = {.type = SPDK_BDEV_IO_TYPE_READ,
					  .blocks = {offset_blocks, num_blocks},
					  .iovs = iov,
					  .iovcnt = iovcnt};

	return submit(desc, ch, &transfer, cb, cb_arg);
}

int
spdk_bdev_writev_blocks(struct spdk_bdev_desc *desc, struct spdk_io_channel *ch, struct iovec *iov,
			int iovcnt, uint64_t offset_blocks, uint64_t num_blocks,
			spdk_bdev_io_completion_cb cb, void *cb_arg)
{
	const struct transfer transfer = {.type = SPDK_BDEV_IO_TYPE_WRITE,
					  .blocks = {offset_blocks, num_blocks},
					  .iovs = iov,
					  .iovcnt = iovcnt};

	return submit(desc, ch, &transfer, cb, cb_arg);
}

int
spdk_bdev_readv(struct spdk_bdev_desc *desc, struct spdk_io_channel *ch, struct iovec *iov,
		int iovcnt, uint64_t offset, uint64_t nbytes, spdk_bdev_io_completion_cb cb,
		void *cb_arg)
{
	uint64_t offset_blocks, num_blocks;

	if (bdev_bytes_to_blocks(desc, offset, nbytes, &offset_blocks, &num_blocks) != 0) {
		return -EINVAL;
	}
	return spdk_bdev_readv_blocks(desc, ch, iov, iovcnt, offset_blocks, num_blocks, cb, cb_arg);
}

int
spdk_bdev_writev(struct spdk_bdev_desc *desc, struct spdk_io_channel *ch, struct iovec *iov,
		 int iovcnt, uint64_t offset, uint64_t len, spdk_bdev_io_completion_cb cb,
		 void *cb_arg)
{
	uint64_t offset_blocks, num_blocks;

	if (bdev_bytes_to_blocks(desc, offset, len, &offset_blocks, &num_blocks) != 0) {
		return -EINVAL;
	}
	return spdk_bdev_writev_blocks(desc, ch, iov, iovcnt, offset_blocks, num_blocks, cb,
				       cb_arg);
}

int
spdk_bdev_readv_blocks_with_md(struct spdk_bdev_desc *desc, struct spdk_io_channel *ch,
			       struct iovec *iov, int iovcnt, void *md, uint64_t offset_blocks,
			       uint64_t num_blocks, spdk_bdev_io_completion_cb cb, void *cb_arg)
{
	const struct transfer transfer = {.type = SPDK_BDEV_IO_TYPE_READ,
					  .blocks = {offset_blocks, num_blocks},
					  .iovs = iov,
					  .iovcnt = iovcnt,
					  .md_buf = md};

	return submit_with_md(desc, ch, &transfer, cb, cb_arg);
}

int
spdk_bdev_writev_blocks_with_md(struct spdk_bdev_desc *desc, struct spdk_io_channel *ch,
				struct iovec *iov, int iovcnt, void *md, uint64_t offset_blocks,
				uint64_t num_blocks, spdk_bdev_io_completion_cb cb, void *cb_arg)
{
	const struct transfer transfer = {.type = SPDK_BDEV_IO_TYPE_WRITE,
					  .blocks = {offset_blocks, num_blocks},
					  .iovs = iov,
					  .iovcnt = iovcnt,
					  .md_buf = md};

	return submit_with_md(desc, ch, &transfer, cb, cb_arg);
}

int
spdk_bdev_readv_blocks_ext(struct spdk_bdev_desc *desc, struct spdk_io_channel *ch,
			   struct iovec *iov, int iovcnt, uint64_t offset_blocks,
			   uint64_t num_blocks, spdk_bdev_io_completion_cb cb, void *cb_arg,
			   struct spdk_bdev_ext_io_opts *opts)
{
	struct transfer transfer = {.type = SPDK_BDEV_IO_TYPE_READ,
				    .blocks = {offset_blocks, num_blocks},
				    .iovs = iov,
				    .iovcnt = iovcnt,
				    .opts = opts};

	return submit_ext(desc, ch, &transfer, cb, cb_arg);
}

int
spdk_bdev_writev_blocks_ext(struct spdk_bdev_desc *desc, struct spdk_io_channel *ch,
			    struct iovec *iov, int iovcnt, uint64_t offset_blocks,
			    uint64_t num_blocks, spdk_bdev_io_completion_cb cb, void *cb_arg,
			    struct spdk_bdev_ext_io_opts *opts)
{
	struct transfer transfer = {.type = SPDK_BDEV_IO_TYPE_WRITE,
				    .blocks = {offset_blocks, num_blocks},
				    .iovs = iov,
				    .iovcnt = iovcnt,
				    .opts = opts};

	return submit_ext(desc, ch, &transfer, cb, cb_arg);
}
