/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Submit functions of zoned devices.
 */
#include "bdev_internal.h"
#include "submit.h"

/* An I/O of a type that only some devices know. */
static int
get_io(struct spdk_bdev_desc *desc, struct spdk_io_channel *io_ch, enum spdk_bdev_io_type type,
       struct spdk_bdev_io **out_io)
{
	struct spdk_bdev_io *io;

	if (!bdev_submit_takes(desc, type)) {
		return -ENOTSUP;
	}
	io = bdev_io_get(bdev_channel_of(io_ch));
	if (io == NULL) {
		return -ENOMEM;
	}
	io->type = (uint8_t)type;
	*out_io = io;
	return 0;
}

int
spdk_bdev_get_zone_info(struct spdk_bdev_desc *desc, struct spdk_io_channel *ch, uint64_t zone_id,
			size_t num_zones, struct spdk_bdev_zone_info *info,
			spdk_bdev_io_completion_cb cb, void *cb_arg)
{
	struct spdk_bdev_io *io;
	int rc;

	if (info == NULL || num_zones == 0 || num_zones > UINT32_MAX ||
	    !bdev_has_blocks(desc->bdev, zone_id, 1)) {
		return -EINVAL;
	}
	rc = get_io(desc, ch, SPDK_BDEV_IO_TYPE_GET_ZONE_INFO, &io);
	if (rc != 0) {
		return rc;
	}
	bdev_io_init(io, desc, cb, cb_arg);
	io->u.zone_mgmt = (struct spdk_bdev_io_zone_mgmt_params){
		.zone_id = zone_id,
		.num_zones = (uint32_t)num_zones,
		.buf = info,
	};
	bdev_io_submit(io);
	return 0;
}

int
spdk_bdev_zone_management(struct spdk_bdev_desc *desc, struct spdk_io_channel *ch, uint64_t zone_id,
			  enum spdk_bdev_zone_action action, spdk_bdev_io_completion_cb cb,
			  void *cb_arg)
{
	struct spdk_bdev_io *io;
	int rc;

	if (!desc->write) {
		return -EBADF;
	}
	if (!bdev_has_blocks(desc->bdev, zone_id, 1)) {
		return -EINVAL;
	}
	rc = get_io(desc, ch, SPDK_BDEV_IO_TYPE_ZONE_MANAGEMENT, &io);
	if (rc != 0) {
		return rc;
	}
	bdev_io_init(io, desc, cb, cb_arg);
	io->u.zone_mgmt = (struct spdk_bdev_io_zone_mgmt_params){
		.zone_id = zone_id,
		.num_zones = 1,
		.zone_action = action,
	};
	bdev_io_submit(io);
	return 0;
}

/* What a caller gave: a buffer, or vectors. */
struct append {
	void *buf;
	struct iovec *iovs;
	int iovcnt;
	void *md;
	struct bdev_blocks blocks;
};

static int
submit_append(struct spdk_bdev_desc *desc, struct spdk_io_channel *ch, const struct append *append,
	      spdk_bdev_io_completion_cb cb, void *cb_arg)
{
	struct spdk_bdev_io *io;
	int rc;

	rc = bdev_submit_check(desc, &append->blocks, true);
	if (rc != 0) {
		return rc;
	}
	if (append->md != NULL && !spdk_bdev_desc_is_md_separate(desc)) {
		return -EINVAL;
	}
	rc = get_io(desc, ch, SPDK_BDEV_IO_TYPE_ZONE_APPEND, &io);
	if (rc != 0) {
		return rc;
	}
	bdev_io_init(io, desc, cb, cb_arg);
	io->iov = (struct iovec){append->buf, append->blocks.count * desc->bdev->blocklen};
	io->u.bdev = (struct spdk_bdev_io_block_params){
		.iovs = append->iovs != NULL ? append->iovs : &io->iov,
		.iovcnt = append->iovs != NULL ? append->iovcnt : 1,
		.md_buf = append->md,
		.offset_blocks = append->blocks.offset,
		.num_blocks = append->blocks.count,
		.dif_check_flags = desc->bdev->dif_check_flags,
	};
	bdev_io_submit(io);
	return 0;
}

int
spdk_bdev_zone_append_with_md(struct spdk_bdev_desc *desc, struct spdk_io_channel *ch, void *buf,
			      void *md, uint64_t zone_id, uint64_t num_blocks,
			      spdk_bdev_io_completion_cb cb, void *cb_arg)
{
	const struct append append = {.buf = buf, .md = md, .blocks = {zone_id, num_blocks}};

	return submit_append(desc, ch, &append, cb, cb_arg);
}

int
spdk_bdev_zone_append(struct spdk_bdev_desc *desc, struct spdk_io_channel *ch, void *buf,
		      uint64_t zone_id, uint64_t num_blocks, spdk_bdev_io_completion_cb cb,
		      void *cb_arg)
{
	return spdk_bdev_zone_append_with_md(desc, ch, buf, NULL, zone_id, num_blocks, cb, cb_arg);
}

int
spdk_bdev_zone_appendv_with_md(struct spdk_bdev_desc *desc, struct spdk_io_channel *ch,
			       struct iovec *iov, int iovcnt, void *md, uint64_t zone_id,
			       uint64_t num_blocks, spdk_bdev_io_completion_cb cb, void *cb_arg)
{
	const struct append append = {
		.iovs = iov, .iovcnt = iovcnt, .md = md, .blocks = {zone_id, num_blocks}};

	return submit_append(desc, ch, &append, cb, cb_arg);
}

int
spdk_bdev_zone_appendv(struct spdk_bdev_desc *desc, struct spdk_io_channel *ch, struct iovec *iov,
		       int iovcnt, uint64_t zone_id, uint64_t num_blocks,
		       spdk_bdev_io_completion_cb cb, void *cb_arg)
{
	return spdk_bdev_zone_appendv_with_md(desc, ch, iov, iovcnt, NULL, zone_id, num_blocks, cb,
					      cb_arg);
}

uint64_t
spdk_bdev_io_get_append_location(struct spdk_bdev_io *io)
{
	/* The module writes there where the data went. */
	return io->u.bdev.offset_blocks;
}
