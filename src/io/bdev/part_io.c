/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * I/O of a part: the same I/O of its base, further on.
 *
 * Protection information of types 1 and 2 has the number of its block in it, as the part's user
 * counts. Before data is written it is remapped to the base's count, and back when that is done, so
 * that the user's buffer is as it was, also for whoever tries again; what was read is remapped to
 * the part's.
 *
 * I/Os that are remapped, and seeks, come back through passed_back(); all others go straight to the
 * callback of whoever forwards them.
 */
#include "part.h"
#include "spdk/dif.h"
#include "spdk/log.h"

bool
bdev_part_remaps(const struct spdk_bdev *bdev)
{
	enum spdk_dif_type type = spdk_bdev_get_dif_type(bdev);

	return (type == SPDK_DIF_TYPE1 || type == SPDK_DIF_TYPE2) &&
	       (bdev->dif_check_flags & SPDK_DIF_FLAGS_REFTAG_CHECK) != 0;
}

bool
bdev_part_supports(struct spdk_bdev *base, enum spdk_bdev_io_type type)
{
	switch (type) {
	case SPDK_BDEV_IO_TYPE_READ:
	case SPDK_BDEV_IO_TYPE_WRITE:
	case SPDK_BDEV_IO_TYPE_UNMAP:
	case SPDK_BDEV_IO_TYPE_FLUSH:
	case SPDK_BDEV_IO_TYPE_RESET:
	case SPDK_BDEV_IO_TYPE_WRITE_ZEROES:
	case SPDK_BDEV_IO_TYPE_COMPARE:
	case SPDK_BDEV_IO_TYPE_ABORT:
	case SPDK_BDEV_IO_TYPE_SEEK_HOLE:
	case SPDK_BDEV_IO_TYPE_SEEK_DATA:
	case SPDK_BDEV_IO_TYPE_COPY:
	case SPDK_BDEV_IO_TYPE_WRITE_UNCORRECTABLE:
		return spdk_bdev_io_type_supported(base, type);
	case SPDK_BDEV_IO_TYPE_COMPARE_AND_WRITE:
		/* The library makes it of the two, and each is remapped. */
		return !bdev_part_remaps(base) && spdk_bdev_io_type_supported(base, type);
	default:
		/* Commands of NVMe name blocks of the base, zones may lie across the ends, and what
		 * is borrowed by ZCOPY is not the base's to give: the library does that itself. */
		return false;
	}
}

/* ---- Protection information ---- */

static int
remap_data(struct spdk_bdev_io *io, const struct spdk_dif_ctx *ctx)
{
	struct spdk_bdev *bdev = io->bdev;
	struct spdk_dif_error error = {};
	struct iovec md;

	if (bdev->md_interleave) {
		return spdk_dif_remap_ref_tag(io->u.bdev.iovs, io->u.bdev.iovcnt,
					      (uint32_t)io->u.bdev.num_blocks, ctx, &error, true);
	}
	md.iov_base = io->u.bdev.md_buf;
	md.iov_len = io->u.bdev.num_blocks * bdev->md_len;
	return spdk_dix_remap_ref_tag(&md, (uint32_t)io->u.bdev.num_blocks, ctx, &error, true);
}

/* Whether the I/O carries what must be remapped. */
static bool
is_remapped(const struct spdk_bdev_io *io)
{
	if (!bdev_part_remaps(io->bdev) ||
	    (!io->bdev->md_interleave && io->u.bdev.md_buf == NULL)) {
		return false;
	}
	return io->type == SPDK_BDEV_IO_TYPE_READ || io->type == SPDK_BDEV_IO_TYPE_WRITE ||
	       io->type == SPDK_BDEV_IO_TYPE_COMPARE;
}

static int
remap(struct spdk_bdev_io *io, uint64_t from_block, uint64_t to_block)
{
	struct spdk_bdev *bdev = io->bdev;
	struct spdk_dif_ctx_init_ext_opts opts = {
		.size = sizeof(opts),
		.dif_pi_format = bdev->dif_pi_format,
	};
	struct spdk_dif_ctx ctx;
	int rc;

	rc = spdk_dif_ctx_init(&ctx, bdev->blocklen, bdev->md_len, bdev->md_interleave,
			       bdev->dif_is_head_of_md, bdev->dif_type, bdev->dif_check_flags,
			       (uint32_t)from_block, 0, 0, 0, 0, &opts);
	if (rc == 0) {
		spdk_dif_ctx_set_remapped_init_ref_tag(&ctx, (uint32_t)to_block);
		rc = remap_data(io, &ctx);
	}
	if (rc != 0) {
		SPDK_ERRLOG("Protection information of bdev %s at block %" PRIu64
			    " is not what it must be: it cannot be remapped to block %" PRIu64
			    " of the bdev below.\n",
			    bdev->name, from_block, to_block);
	}
	return rc;
}

static uint64_t
offset_of(const struct spdk_bdev_io *io)
{
	const struct spdk_bdev_part *part = io->bdev->ctxt;

	return part->internal.offset_blocks;
}

static int
remap_to_base(struct spdk_bdev_io *io)
{
	uint64_t block = io->u.bdev.offset_blocks;

	return remap(io, block, block + offset_of(io));
}

static int
remap_to_part(struct spdk_bdev_io *io)
{
	uint64_t block = io->u.bdev.offset_blocks;

	return remap(io, block + offset_of(io), block);
}

/* ---- The way back ---- */

static void
pass_on(struct spdk_bdev_io *base_io, bool success, void *arg)
{
	spdk_bdev_io_complete_base_io_status(arg, base_io);
	spdk_bdev_free_io(base_io);
}

/* Where the base found it, as the part counts; beyond its end there is nothing. */
static void
take_seek(struct spdk_bdev_io *io, const struct spdk_bdev_io *base_io)
{
	uint64_t found = spdk_bdev_io_get_seek_offset(base_io);
	uint64_t first = offset_of(io);

	io->u.bdev.seek.offset =
		found >= first && found - first < io->bdev->blockcnt ? found - first : UINT64_MAX;
}

static void
passed_back(struct spdk_bdev_io *base_io, bool success, void *arg)
{
	struct spdk_bdev_io *io = arg;
	spdk_bdev_io_completion_cb cb = io->internal.forward_cb;

	if (io->type == SPDK_BDEV_IO_TYPE_SEEK_DATA || io->type == SPDK_BDEV_IO_TYPE_SEEK_HOLE) {
		take_seek(io, base_io);
	} else if ((success || io->type != SPDK_BDEV_IO_TYPE_READ) && remap_to_part(io) != 0 &&
		   io->type == SPDK_BDEV_IO_TYPE_READ) {
		spdk_bdev_free_io(base_io);
		spdk_bdev_io_complete(io, SPDK_BDEV_IO_STATUS_FAILED);
		return;
	}
	cb(base_io, success, io);
}

/* ---- The way there ---- */

static void
fill_opts(const struct spdk_bdev_io *io, struct spdk_bdev_ext_io_opts *opts)
{
	const struct spdk_bdev_io_block_params *params = &io->u.bdev;

	memset(opts, 0, sizeof(*opts));
	opts->size = sizeof(*opts);
	opts->memory_domain = params->memory_domain;
	opts->memory_domain_ctx = params->memory_domain_ctx;
	opts->metadata = params->md_buf;
	opts->accel_sequence = params->accel_sequence;
	opts->dif_check_flags_exclude_mask = io->bdev->dif_check_flags & ~params->dif_check_flags;
	opts->nvme_cdw12 = params->nvme_cdw12;
	opts->nvme_cdw13 = params->nvme_cdw13;
}

static int
forward_data(struct spdk_bdev_desc *desc, struct spdk_io_channel *ch, struct spdk_bdev_io *io,
	     spdk_bdev_io_completion_cb cb)
{
	struct spdk_bdev_io_block_params *params = &io->u.bdev;
	uint64_t offset = params->offset_blocks + offset_of(io);
	struct spdk_bdev_ext_io_opts opts;

	fill_opts(io, &opts);
	switch (io->type) {
	case SPDK_BDEV_IO_TYPE_READ:
		return spdk_bdev_readv_blocks_ext(desc, ch, params->iovs, params->iovcnt, offset,
						  params->num_blocks, cb, io, &opts);
	case SPDK_BDEV_IO_TYPE_WRITE:
		return spdk_bdev_writev_blocks_ext(desc, ch, params->iovs, params->iovcnt, offset,
						   params->num_blocks, cb, io, &opts);
	case SPDK_BDEV_IO_TYPE_COMPARE:
		if (params->md_buf != NULL) {
			return spdk_bdev_comparev_blocks_with_md(
				desc, ch, params->iovs, params->iovcnt, params->md_buf, offset,
				params->num_blocks, cb, io);
		}
		return spdk_bdev_comparev_blocks(desc, ch, params->iovs, params->iovcnt, offset,
						 params->num_blocks, cb, io);
	case SPDK_BDEV_IO_TYPE_COMPARE_AND_WRITE:
		return spdk_bdev_comparev_and_writev_blocks(
			desc, ch, params->iovs, params->iovcnt, params->fused_iovs,
			params->fused_iovcnt, offset, params->num_blocks, cb, io);
	default:
		return -ENOTSUP;
	}
}

static int
forward(struct spdk_bdev_desc *desc, struct spdk_io_channel *ch, struct spdk_bdev_io *io,
	spdk_bdev_io_completion_cb cb)
{
	uint64_t offset = io->u.bdev.offset_blocks + offset_of(io);
	uint64_t count = io->u.bdev.num_blocks;

	switch (io->type) {
	case SPDK_BDEV_IO_TYPE_UNMAP:
		return spdk_bdev_unmap_blocks(desc, ch, offset, count, cb, io);
	case SPDK_BDEV_IO_TYPE_FLUSH:
		return spdk_bdev_flush_blocks(desc, ch, offset, count, cb, io);
	case SPDK_BDEV_IO_TYPE_WRITE_ZEROES:
		return spdk_bdev_write_zeroes_blocks(desc, ch, offset, count, cb, io);
	case SPDK_BDEV_IO_TYPE_WRITE_UNCORRECTABLE:
		return spdk_bdev_write_uncorrectable_blocks(desc, ch, offset, count, cb, io);
	case SPDK_BDEV_IO_TYPE_COPY:
		return spdk_bdev_copy_blocks(desc, ch, offset,
					     io->u.bdev.copy.src_offset_blocks + offset_of(io),
					     count, cb, io);
	case SPDK_BDEV_IO_TYPE_SEEK_DATA:
		return spdk_bdev_seek_data(desc, ch, offset, cb, io);
	case SPDK_BDEV_IO_TYPE_SEEK_HOLE:
		return spdk_bdev_seek_hole(desc, ch, offset, cb, io);
	case SPDK_BDEV_IO_TYPE_RESET:
		return spdk_bdev_reset(desc, ch, cb, io);
	case SPDK_BDEV_IO_TYPE_ABORT:
		/* What was forwarded has the part's I/O as its argument. */
		return spdk_bdev_abort(desc, ch, io->u.abort.bio_to_abort, cb, io);
	default:
		return forward_data(desc, ch, io, cb);
	}
}

int
spdk_bdev_part_submit_request_ext(struct spdk_bdev_part_channel *ch, struct spdk_bdev_io *io,
				  spdk_bdev_io_completion_cb cb)
{
	struct spdk_bdev_desc *desc = ch->part->internal.base->desc;
	bool remaps = is_remapped(io);
	bool writes = remaps && io->type != SPDK_BDEV_IO_TYPE_READ;
	int rc;

	io->internal.forward_cb = cb;
	if (remaps || io->type == SPDK_BDEV_IO_TYPE_SEEK_DATA ||
	    io->type == SPDK_BDEV_IO_TYPE_SEEK_HOLE) {
		cb = passed_back;
	}
	if (writes && remap_to_base(io) != 0) {
		return -EIO;
	}
	rc = forward(desc, ch->base_ch, io, cb);
	if (rc != 0 && writes) {
		(void)remap_to_part(io); /* It was remapped from there just now. */
	}
	return rc;
}

int
spdk_bdev_part_submit_request(struct spdk_bdev_part_channel *ch, struct spdk_bdev_io *io)
{
	return spdk_bdev_part_submit_request_ext(ch, io, pass_on);
}
