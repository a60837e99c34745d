/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The base's I/O has ours as the argument of its callback, which is how an abort of ours finds it.
 */
#include "modules/bdev/forward.h"
#include "io/bdev_wait.h"
#include "spdk/bdev_zone.h"
#include "spdk/likely.h"
#include "spdk/log.h"
#include "spdk/string.h"

static struct bdev_forward *
forward_of(struct spdk_bdev_io *io)
{
	return (struct bdev_forward *)io->driver_ctx;
}

/* ---- Data ---- */

/* Whether a plain read or write says all. */
static inline bool
is_plain(const struct bdev_base *base, const struct spdk_bdev_io *io)
{
	const struct spdk_bdev_io_block_params *params = &io->u.bdev;

	return ((uintptr_t)params->memory_domain | (uintptr_t)params->accel_sequence |
		params->nvme_cdw12.raw | params->nvme_cdw13.raw |
		(params->dif_check_flags ^ base->dif_check_flags)) == 0;
}

static struct spdk_bdev_ext_io_opts
ext_opts(const struct spdk_bdev_io *io)
{
	const struct spdk_bdev_io_block_params *params = &io->u.bdev;

	return (struct spdk_bdev_ext_io_opts){
		.size = sizeof(struct spdk_bdev_ext_io_opts),
		.memory_domain = params->memory_domain,
		.memory_domain_ctx = params->memory_domain_ctx,
		.metadata = params->md_buf,
		.accel_sequence = params->accel_sequence,
		.dif_check_flags_exclude_mask = ~params->dif_check_flags,
		.nvme_cdw12 = params->nvme_cdw12,
		.nvme_cdw13 = params->nvme_cdw13,
	};
}

static inline int
submit_read(const struct bdev_base *base, struct spdk_bdev_io *io, const struct bdev_place *at,
	    spdk_bdev_io_completion_cb cb)
{
	struct spdk_bdev_io_block_params *params = &io->u.bdev;
	struct spdk_bdev_ext_io_opts opts;

	if (spdk_likely(is_plain(base, io))) {
		return spdk_bdev_readv_blocks_with_md(base->desc, base->ch, params->iovs,
						      params->iovcnt, params->md_buf, at->offset,
						      at->count, cb, io);
	}
	opts = ext_opts(io);
	return spdk_bdev_readv_blocks_ext(base->desc, base->ch, params->iovs, params->iovcnt,
					  at->offset, at->count, cb, io, &opts);
}

static inline int
submit_write(const struct bdev_base *base, struct spdk_bdev_io *io, const struct bdev_place *at,
	     spdk_bdev_io_completion_cb cb)
{
	struct spdk_bdev_io_block_params *params = &io->u.bdev;
	struct spdk_bdev_ext_io_opts opts;

	if (spdk_likely(is_plain(base, io))) {
		return spdk_bdev_writev_blocks_with_md(base->desc, base->ch, params->iovs,
						       params->iovcnt, params->md_buf, at->offset,
						       at->count, cb, io);
	}
	opts = ext_opts(io);
	return spdk_bdev_writev_blocks_ext(base->desc, base->ch, params->iovs, params->iovcnt,
					   at->offset, at->count, cb, io, &opts);
}

/* ---- The other types ---- */

static int
submit_zcopy(const struct bdev_base *base, struct spdk_bdev_io *io, spdk_bdev_io_completion_cb cb)
{
	struct spdk_bdev_io_block_params *params = &io->u.bdev;

	if (!params->zcopy.start) {
		return spdk_bdev_zcopy_end(forward_of(io)->zcopy, params->zcopy.commit, cb, io);
	}
	return spdk_bdev_zcopy_start(base->desc, base->ch, params->iovs, params->iovcnt,
				     params->offset_blocks, params->num_blocks,
				     params->zcopy.populate, cb, io);
}

static int
submit_nvme(const struct bdev_base *base, struct spdk_bdev_io *io, spdk_bdev_io_completion_cb cb)
{
	struct spdk_bdev_io_nvme_passthru_params *params = &io->u.nvme_passthru;

	switch (io->type) {
	case SPDK_BDEV_IO_TYPE_NVME_ADMIN:
		return spdk_bdev_nvme_admin_passthru(base->desc, base->ch, &params->cmd,
						     params->buf, params->nbytes, cb, io);
	case SPDK_BDEV_IO_TYPE_NVME_IO:
		return spdk_bdev_nvme_io_passthru(base->desc, base->ch, &params->cmd, params->buf,
						  params->nbytes, cb, io);
	case SPDK_BDEV_IO_TYPE_NVME_IO_MD:
		return spdk_bdev_nvme_io_passthru_md(base->desc, base->ch, &params->cmd,
						     params->buf, params->nbytes, params->md_buf,
						     params->md_len, cb, io);
	default:
		return spdk_bdev_nvme_iov_passthru_md(base->desc, base->ch, &params->cmd,
						      params->iovs, params->iovcnt, params->nbytes,
						      params->md_buf, params->md_len, cb, io);
	}
}

static int
submit_zone(const struct bdev_base *base, struct spdk_bdev_io *io, spdk_bdev_io_completion_cb cb)
{
	struct spdk_bdev_io_zone_mgmt_params *zone = &io->u.zone_mgmt;
	struct spdk_bdev_io_block_params *params = &io->u.bdev;

	switch (io->type) {
	case SPDK_BDEV_IO_TYPE_GET_ZONE_INFO:
		return spdk_bdev_get_zone_info(base->desc, base->ch, zone->zone_id, zone->num_zones,
					       zone->buf, cb, io);
	case SPDK_BDEV_IO_TYPE_ZONE_MANAGEMENT:
		return spdk_bdev_zone_management(base->desc, base->ch, zone->zone_id,
						 zone->zone_action, cb, io);
	default:
		return spdk_bdev_zone_appendv_with_md(
			base->desc, base->ch, params->iovs, params->iovcnt, params->md_buf,
			params->offset_blocks, params->num_blocks, cb, io);
	}
}

static int
submit_compare(const struct bdev_base *base, struct spdk_bdev_io *io, spdk_bdev_io_completion_cb cb)
{
	struct spdk_bdev_io_block_params *params = &io->u.bdev;

	if (io->type == SPDK_BDEV_IO_TYPE_COMPARE) {
		return spdk_bdev_comparev_blocks_with_md(
			base->desc, base->ch, params->iovs, params->iovcnt, params->md_buf,
			params->offset_blocks, params->num_blocks, cb, io);
	}
	return spdk_bdev_comparev_and_writev_blocks(
		base->desc, base->ch, params->iovs, params->iovcnt, params->fused_iovs,
		params->fused_iovcnt, params->offset_blocks, params->num_blocks, cb, io);
}

/* Types that have blocks and no data. */
static int
submit_blocks(const struct bdev_base *base, struct spdk_bdev_io *io, const struct bdev_place *at,
	      spdk_bdev_io_completion_cb cb)
{
	struct spdk_bdev_io_block_params *params = &io->u.bdev;
	uint64_t offset = at->offset, count = at->count;

	switch (io->type) {
	case SPDK_BDEV_IO_TYPE_UNMAP:
		return spdk_bdev_unmap_blocks(base->desc, base->ch, offset, count, cb, io);
	case SPDK_BDEV_IO_TYPE_FLUSH:
		return spdk_bdev_flush_blocks(base->desc, base->ch, offset, count, cb, io);
	case SPDK_BDEV_IO_TYPE_WRITE_ZEROES:
		return spdk_bdev_write_zeroes_blocks(base->desc, base->ch, offset, count, cb, io);
	case SPDK_BDEV_IO_TYPE_WRITE_UNCORRECTABLE:
		return spdk_bdev_write_uncorrectable_blocks(base->desc, base->ch, offset, count, cb,
							    io);
	case SPDK_BDEV_IO_TYPE_COPY:
		return spdk_bdev_copy_blocks(base->desc, base->ch, offset,
					     params->copy.src_offset_blocks, count, cb, io);
	case SPDK_BDEV_IO_TYPE_SEEK_HOLE:
		return spdk_bdev_seek_hole(base->desc, base->ch, offset, cb, io);
	default:
		return spdk_bdev_seek_data(base->desc, base->ch, offset, cb, io);
	}
}

static int
submit_rare(const struct bdev_base *base, struct spdk_bdev_io *io, const struct bdev_place *at,
	    spdk_bdev_io_completion_cb cb)
{
	switch (io->type) {
	case SPDK_BDEV_IO_TYPE_UNMAP:
	case SPDK_BDEV_IO_TYPE_FLUSH:
	case SPDK_BDEV_IO_TYPE_WRITE_ZEROES:
	case SPDK_BDEV_IO_TYPE_WRITE_UNCORRECTABLE:
	case SPDK_BDEV_IO_TYPE_COPY:
	case SPDK_BDEV_IO_TYPE_SEEK_HOLE:
	case SPDK_BDEV_IO_TYPE_SEEK_DATA:
		return submit_blocks(base, io, at, cb);
	case SPDK_BDEV_IO_TYPE_COMPARE:
	case SPDK_BDEV_IO_TYPE_COMPARE_AND_WRITE:
		return submit_compare(base, io, cb);
	case SPDK_BDEV_IO_TYPE_ZCOPY:
		return submit_zcopy(base, io, cb);
	case SPDK_BDEV_IO_TYPE_RESET:
		return spdk_bdev_reset(base->desc, base->ch, cb, io);
	case SPDK_BDEV_IO_TYPE_NVME_NSSR:
		return spdk_bdev_nvme_nssr(base->desc, base->ch, cb, io);
	case SPDK_BDEV_IO_TYPE_ABORT:
		return spdk_bdev_abort(base->desc, base->ch, io->u.abort.bio_to_abort, cb, io);
	case SPDK_BDEV_IO_TYPE_NVME_ADMIN:
	case SPDK_BDEV_IO_TYPE_NVME_IO:
	case SPDK_BDEV_IO_TYPE_NVME_IO_MD:
	case SPDK_BDEV_IO_TYPE_NVME_IOV_MD:
		return submit_nvme(base, io, cb);
	case SPDK_BDEV_IO_TYPE_GET_ZONE_INFO:
	case SPDK_BDEV_IO_TYPE_ZONE_MANAGEMENT:
	case SPDK_BDEV_IO_TYPE_ZONE_APPEND:
		return submit_zone(base, io, cb);
	default:
		return -ENOTSUP;
	}
}

/* ---- Submission ---- */

static void
refuse(struct spdk_bdev_io *io, int rc)
{
	SPDK_DEBUGLOG(bdev_module, "%s of bdev %s was refused by the one below: %s\n",
		      spdk_bdev_get_io_type_name(io->type), io->bdev->name, spdk_strerror(-rc));
	forward_of(io)->cb(NULL, false, io);
}

static inline int
submit_at(const struct bdev_base *base, struct spdk_bdev_io *io, const struct bdev_place *at,
	  spdk_bdev_io_completion_cb cb)
{
	switch (io->type) {
	case SPDK_BDEV_IO_TYPE_READ:
		return submit_read(base, io, at, cb);
	case SPDK_BDEV_IO_TYPE_WRITE:
		return submit_write(base, io, at, cb);
	default:
		return submit_rare(base, io, at, cb);
	}
}

int
bdev_submit_at(const struct bdev_base *base, struct spdk_bdev_io *io, const struct bdev_place *at,
	       spdk_bdev_io_completion_cb cb)
{
	return submit_at(base, io, at, cb);
}

static inline int
try_submit(struct spdk_bdev_io *io)
{
	const struct bdev_forward *forward = forward_of(io);
	const struct bdev_place at = {io->u.bdev.offset_blocks, io->u.bdev.num_blocks};

	return submit_at(forward->base, io, &at, forward->cb);
}

static void handle_refusal(struct spdk_bdev_io *io, int rc);

static void
submit(void *arg)
{
	struct spdk_bdev_io *io = arg;
	const struct bdev_forward *forward = forward_of(io);
	int rc = forward->submit == NULL ? try_submit(io) :
					   forward->submit(forward->base, io, forward->cb);

	if (rc != 0) {
		handle_refusal(io, rc);
	}
}

static void
handle_refusal(struct spdk_bdev_io *io, int rc)
{
	if (rc != -ENOMEM || !bdev_io_wait_below(io, forward_of(io)->base->ch, submit)) {
		refuse(io, rc);
	}
}

static void
submit_with_buf(struct spdk_io_channel *ch, struct spdk_bdev_io *io, bool success)
{
	if (success) {
		submit(io);
	} else {
		refuse(io, -ENOMEM);
	}
}

void
bdev_forward(const struct bdev_base *base, struct spdk_bdev_io *io, spdk_bdev_io_completion_cb cb)
{
	struct bdev_forward *forward = forward_of(io);
	int rc;

	forward->base = base;
	forward->cb = cb;
	forward->submit = NULL;
	if (io->type == SPDK_BDEV_IO_TYPE_READ &&
	    spdk_unlikely(io->u.bdev.iovs[0].iov_base == NULL)) {
		/* Or else the base would get a buffer, and give it back before we have read it. */
		spdk_bdev_io_get_buf(io, submit_with_buf,
				     io->u.bdev.num_blocks * io->bdev->blocklen);
		return;
	}
	rc = try_submit(io);
	if (spdk_unlikely(rc != 0)) {
		handle_refusal(io, rc);
	}
}

void
bdev_forward_as(const struct bdev_base *base, struct spdk_bdev_io *io, bdev_submit_fn submit_fn,
		spdk_bdev_io_completion_cb cb)
{
	struct bdev_forward *forward = forward_of(io);

	forward->base = base;
	forward->cb = cb;
	forward->submit = submit_fn;
	submit(io);
}

/* ---- Completion ---- */

/* What a caller asks of the I/O besides its status. True: the base's I/O must stay. */
static bool
take_results(struct spdk_bdev_io *io, struct spdk_bdev_io *base_io)
{
	struct spdk_bdev_io_block_params *params = &io->u.bdev;

	switch (io->type) {
	case SPDK_BDEV_IO_TYPE_SEEK_HOLE:
	case SPDK_BDEV_IO_TYPE_SEEK_DATA:
		params->seek.offset = spdk_bdev_io_get_seek_offset(base_io);
		return false;
	case SPDK_BDEV_IO_TYPE_ZONE_APPEND:
		params->offset_blocks = spdk_bdev_io_get_append_location(base_io);
		return false;
	case SPDK_BDEV_IO_TYPE_ZCOPY:
		if (!params->zcopy.start) {
			return false;
		}
		spdk_bdev_io_get_iovec(base_io, &params->iovs, &params->iovcnt);
		params->md_buf = spdk_bdev_io_get_md_buf(base_io);
		forward_of(io)->zcopy = base_io;
		return true;
	default:
		return false;
	}
}

void
bdev_forward_done(struct spdk_bdev_io *base_io, bool success, void *arg)
{
	struct spdk_bdev_io *io = arg;
	enum spdk_bdev_io_status status;

	if (spdk_unlikely(base_io == NULL)) {
		spdk_bdev_io_complete(io, SPDK_BDEV_IO_STATUS_FAILED);
		return;
	}
	/* Of a success there is nothing more to say, but for some rare types. */
	if (spdk_likely(success && io->type <= SPDK_BDEV_IO_TYPE_WRITE)) {
		spdk_bdev_free_io(base_io);
		spdk_bdev_io_complete(io, SPDK_BDEV_IO_STATUS_SUCCESS);
		return;
	}
	status = spdk_bdev_io_set_base_io_status(io, base_io);
	if (!success || !take_results(io, base_io)) {
		spdk_bdev_free_io(base_io);
	}
	spdk_bdev_io_complete(io, status);
}

SPDK_LOG_REGISTER_COMPONENT(bdev_module)
