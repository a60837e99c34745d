/* SPDX-License-Identifier: BSD-3-Clause */
#include "modules/bdev/part_forward.h"
#include "io/bdev_wait.h"
#include "spdk/likely.h"

static void forward(struct spdk_bdev_io *io);

static struct bdev_part_io *
io_ctx(struct spdk_bdev_io *io)
{
	return (struct bdev_part_io *)io->driver_ctx;
}

static void
forward_again(void *io)
{
	forward(io);
}

static void
forward(struct spdk_bdev_io *io)
{
	int rc = spdk_bdev_part_submit_request(io_ctx(io)->ch, io);

	if (spdk_likely(rc == 0)) {
		return;
	}
	if (rc != -ENOMEM || !bdev_io_wait_below(io, io_ctx(io)->ch->base_ch, forward_again)) {
		spdk_bdev_io_complete(io, SPDK_BDEV_IO_STATUS_FAILED);
	}
}

static void
read_into_buf(struct spdk_io_channel *ch, struct spdk_bdev_io *io, bool success)
{
	if (success) {
		forward(io);
	} else {
		spdk_bdev_io_complete(io, SPDK_BDEV_IO_STATUS_FAILED);
	}
}

void
bdev_part_forward(struct spdk_io_channel *ch, struct spdk_bdev_io *io)
{
	io_ctx(io)->ch = spdk_io_channel_get_ctx(ch);
	if (io->type == SPDK_BDEV_IO_TYPE_READ && io->u.bdev.iovs[0].iov_base == NULL) {
		/* Or else the base would get a buffer, and give it back before we have read it. */
		spdk_bdev_io_get_buf(io, read_into_buf, io->u.bdev.num_blocks * io->bdev->blocklen);
	} else {
		forward(io);
	}
}

int
bdev_part_destruct(void *part)
{
	return spdk_bdev_part_free(part);
}
