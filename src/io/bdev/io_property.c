/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the owner of an I/O may ask about it: its user after the callback, its module before.
 */
#include "bdev_internal.h"

struct spdk_thread *
spdk_bdev_io_get_thread(struct spdk_bdev_io *io)
{
	return io->internal.ch->thread->thread;
}

struct spdk_io_channel *
spdk_bdev_io_get_io_channel(struct spdk_bdev_io *io)
{
	return io->internal.ch->module_channel;
}

uint64_t
spdk_bdev_io_get_submit_tsc(struct spdk_bdev_io *io)
{
	return io->internal.submit_tsc;
}

void *
spdk_bdev_io_get_cb_arg(struct spdk_bdev_io *io)
{
	return io->internal.caller_ctx;
}

bool
spdk_bdev_io_hide_metadata(struct spdk_bdev_io *io)
{
	return io->internal.desc->hide_metadata;
}

uint32_t
spdk_bdev_io_get_block_size(struct spdk_bdev_io *io)
{
	return spdk_bdev_desc_get_block_size(io->internal.desc);
}

void
spdk_bdev_io_get_iovec(struct spdk_bdev_io *io, struct iovec **iovp, int *iovcntp)
{
	struct iovec *iovs = NULL;
	int iovcnt = 0;

	switch (io->type) {
	case SPDK_BDEV_IO_TYPE_READ:
	case SPDK_BDEV_IO_TYPE_WRITE:
	case SPDK_BDEV_IO_TYPE_ZCOPY:
	case SPDK_BDEV_IO_TYPE_ZONE_APPEND:
	case SPDK_BDEV_IO_TYPE_COMPARE:
	case SPDK_BDEV_IO_TYPE_COMPARE_AND_WRITE:
		iovs = io->u.bdev.iovs;
		iovcnt = io->u.bdev.iovcnt;
		break;
	case SPDK_BDEV_IO_TYPE_NVME_IOV_MD:
		iovs = io->u.nvme_passthru.iovs;
		iovcnt = io->u.nvme_passthru.iovcnt;
		break;
	default:
		break;
	}
	if (iovp != NULL) {
		*iovp = iovs;
	}
	if (iovcntp != NULL) {
		*iovcntp = iovcnt;
	}
}

void *
spdk_bdev_io_get_md_buf(struct spdk_bdev_io *io)
{
	switch (io->type) {
	case SPDK_BDEV_IO_TYPE_READ:
	case SPDK_BDEV_IO_TYPE_WRITE:
	case SPDK_BDEV_IO_TYPE_ZCOPY:
	case SPDK_BDEV_IO_TYPE_ZONE_APPEND:
	case SPDK_BDEV_IO_TYPE_COMPARE:
		return io->u.bdev.md_buf;
	default:
		return NULL;
	}
}
