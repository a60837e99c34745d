/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Data that the acceleration framework moves: because it lies in a memory domain, because
 * operations are to be done with it on the way, or because there is an engine for copies. The copy
 * to or from the disk becomes the last step of the caller's sequence, or one of its own.
 */
#include "malloc_disk.h"
#include "spdk/accel.h"

static void
moved(void *arg, int status)
{
	struct spdk_bdev_io *io = arg;

	/* Not NOMEM, even if it is that: the sequence is gone, and cannot be tried again. */
	spdk_bdev_io_complete(io, status == 0 ? SPDK_BDEV_IO_STATUS_SUCCESS :
						SPDK_BDEV_IO_STATUS_FAILED);
}

static int
append(struct spdk_bdev_io *io, struct spdk_accel_sequence **sequence,
       struct spdk_io_channel *accel)
{
	struct spdk_bdev_io_block_params *params = &io->u.bdev;
	struct iovec *place = &malloc_io_ctx(io)->place;
	int rc;

	if (io->type == SPDK_BDEV_IO_TYPE_WRITE) {
		return spdk_accel_append_copy(sequence, accel, place, 1, NULL, NULL, params->iovs,
					      (uint32_t)params->iovcnt, params->memory_domain,
					      params->memory_domain_ctx, NULL, NULL);
	}
	rc = spdk_accel_append_copy(sequence, accel, params->iovs, (uint32_t)params->iovcnt,
				    params->memory_domain, params->memory_domain_ctx, place, 1,
				    NULL, NULL, NULL, NULL);
	if (rc == 0) {
		/* The caller's steps come after what is read. */
		spdk_accel_sequence_reverse(*sequence);
	}
	return rc;
}

void
malloc_accel_move(const struct malloc_disk *disk, struct malloc_channel *ch,
		  struct spdk_bdev_io *io)
{
	struct spdk_bdev_io_block_params *params = &io->u.bdev;
	struct spdk_accel_sequence *sequence = params->accel_sequence;
	int rc;

	malloc_io_ctx(io)->place = (struct iovec){malloc_place(disk, params->offset_blocks),
						  params->num_blocks * disk->bdev.blocklen};
	rc = append(io, &sequence, ch->accel);
	if (rc == -ENOMEM) {
		spdk_bdev_io_complete(io, SPDK_BDEV_IO_STATUS_NOMEM);
		return;
	}
	params->accel_sequence = NULL;
	if (rc != 0) {
		spdk_accel_sequence_abort(sequence);
		spdk_bdev_io_complete(io, SPDK_BDEV_IO_STATUS_FAILED);
		return;
	}
	if (io->type == SPDK_BDEV_IO_TYPE_WRITE) {
		malloc_write_md(disk, io);
	} else {
		malloc_read_md(disk, io);
	}
	spdk_accel_sequence_finish(sequence, moved, io);
}
