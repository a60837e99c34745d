/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * I/Os that are done by the thread that submits them: a copy of some KiB takes less time than to
 * ask somebody else for it.
 */
#include "malloc_disk.h"
#include "spdk/likely.h"
#include "spdk/util.h"

static void
complete(struct spdk_bdev_io *io, bool success)
{
	spdk_bdev_io_complete(io,
			      success ? SPDK_BDEV_IO_STATUS_SUCCESS : SPDK_BDEV_IO_STATUS_FAILED);
}

static void
complete_pi(struct spdk_bdev_io *io, int rc, const struct spdk_dif_error *error)
{
	if (rc == -EIO) {
		bdev_complete_dif_error(io, error);
	} else {
		complete(io, rc == 0);
	}
}

static uint64_t
data_size(const struct malloc_disk *disk, const struct spdk_bdev_io *io)
{
	return io->u.bdev.num_blocks * disk->bdev.blocklen;
}

static size_t
md_size(const struct malloc_disk *disk, const struct spdk_bdev_io *io)
{
	return (size_t)io->u.bdev.num_blocks * disk->bdev.md_len;
}

/* ---- Vectors: false when they end before the blocks do ---- */

static bool
copy_to_vectors(const struct iovec *iovs, int iovcnt, const uint8_t *place, uint64_t size)
{
	size_t part;

	for (; size > 0 && iovcnt > 0; iovs++, iovcnt--) {
		part = spdk_min(size, iovs->iov_len);
		memcpy(iovs->iov_base, place, part);
		place += part;
		size -= part;
	}
	return size == 0;
}

static bool
copy_from_vectors(const struct iovec *iovs, int iovcnt, uint8_t *place, uint64_t size)
{
	size_t part;

	for (; size > 0 && iovcnt > 0; iovs++, iovcnt--) {
		part = spdk_min(size, iovs->iov_len);
		memcpy(place, iovs->iov_base, part);
		place += part;
		size -= part;
	}
	return size == 0;
}

static bool
is_equal(const struct iovec *iovs, int iovcnt, const uint8_t *place, uint64_t size)
{
	size_t part;

	for (; size > 0 && iovcnt > 0; iovs++, iovcnt--) {
		part = spdk_min(size, iovs->iov_len);
		if (memcmp(place, iovs->iov_base, part) != 0) {
			return false;
		}
		place += part;
		size -= part;
	}
	return true;
}

static uint64_t
vectors_size(const struct iovec *iovs, int iovcnt)
{
	uint64_t size = 0;

	for (; iovcnt > 0; iovs++, iovcnt--) {
		size += iovs->iov_len;
	}
	return size;
}

/* ---- Metadata ---- */

void
malloc_read_md(const struct malloc_disk *disk, struct spdk_bdev_io *io)
{
	if (disk->md != NULL && io->u.bdev.md_buf != NULL) {
		memcpy(io->u.bdev.md_buf, malloc_md_place(disk, io->u.bdev.offset_blocks),
		       md_size(disk, io));
	}
}

void
malloc_write_md(const struct malloc_disk *disk, struct spdk_bdev_io *io)
{
	if (disk->md != NULL && io->u.bdev.md_buf != NULL) {
		memcpy(malloc_md_place(disk, io->u.bdev.offset_blocks), io->u.bdev.md_buf,
		       md_size(disk, io));
	}
}

/* ---- Reads and writes ---- */

static void
do_read(const struct malloc_disk *disk, struct spdk_bdev_io *io)
{
	struct spdk_bdev_io_block_params *params = &io->u.bdev;
	struct spdk_dif_error error = {0};
	int rc;

	if (spdk_unlikely(malloc_has_pi(disk))) {
		rc = malloc_pi_verify(disk, io, &error);
		if (rc != 0) {
			complete_pi(io, rc, &error);
			return;
		}
	}
	malloc_read_md(disk, io);
	complete(io,
		 copy_to_vectors(params->iovs, params->iovcnt,
				 malloc_place(disk, params->offset_blocks), data_size(disk, io)));
}

/* M2: whoever writes no metadata gets his blocks protected. */
static void
write_protected(const struct malloc_disk *disk, struct spdk_bdev_io *io)
{
	struct spdk_bdev_io_block_params *params = &io->u.bdev;
	bool has_pi = disk->md == NULL || params->md_buf != NULL;
	struct spdk_dif_error error = {0};
	int rc = 0;

	if (vectors_size(params->iovs, params->iovcnt) < data_size(disk, io)) {
		complete(io, false);
		return;
	}
	if (has_pi) {
		rc = malloc_pi_verify_new(disk, io, &error);
	}
	if (rc == 0) {
		(void)copy_from_vectors(params->iovs, params->iovcnt,
					malloc_place(disk, params->offset_blocks),
					data_size(disk, io));
		malloc_write_md(disk, io);
	}
	if (rc == 0 && !has_pi) {
		rc = malloc_pi_generate(disk, params->offset_blocks, params->num_blocks);
	}
	complete_pi(io, rc, &error);
}

static void
do_write(const struct malloc_disk *disk, struct spdk_bdev_io *io)
{
	struct spdk_bdev_io_block_params *params = &io->u.bdev;

	if (spdk_unlikely(malloc_has_pi(disk))) {
		write_protected(disk, io);
		return;
	}
	malloc_write_md(disk, io);
	complete(io,
		 copy_from_vectors(params->iovs, params->iovcnt,
				   malloc_place(disk, params->offset_blocks), data_size(disk, io)));
}

/* ---- The rest ---- */

static void
do_zero(const struct malloc_disk *disk, struct spdk_bdev_io *io)
{
	uint64_t offset = io->u.bdev.offset_blocks;
	int rc = 0;

	memset(malloc_place(disk, offset), 0, data_size(disk, io));
	if (disk->md != NULL) {
		memset(malloc_md_place(disk, offset), 0, md_size(disk, io));
	}
	if (malloc_has_pi(disk)) {
		rc = malloc_pi_generate(disk, offset, io->u.bdev.num_blocks);
	}
	complete(io, rc == 0);
}

static void
do_copy(const struct malloc_disk *disk, struct spdk_bdev_io *io)
{
	uint64_t from = io->u.bdev.copy.src_offset_blocks, to = io->u.bdev.offset_blocks;
	struct spdk_dif_error error = {0};
	int rc = 0;

	memmove(malloc_place(disk, to), malloc_place(disk, from), data_size(disk, io));
	if (disk->md != NULL) {
		memmove(malloc_md_place(disk, to), malloc_md_place(disk, from), md_size(disk, io));
	}
	if (malloc_has_pi(disk)) {
		rc = malloc_pi_remap(disk, io, &error);
	}
	complete_pi(io, rc, &error);
}

static void
do_compare(const struct malloc_disk *disk, struct spdk_bdev_io *io)
{
	struct spdk_bdev_io_block_params *params = &io->u.bdev;
	bool equal;

	if (vectors_size(params->iovs, params->iovcnt) < data_size(disk, io)) {
		complete(io, false);
		return;
	}
	equal = is_equal(params->iovs, params->iovcnt, malloc_place(disk, params->offset_blocks),
			 data_size(disk, io));
	if (equal && disk->md != NULL && params->md_buf != NULL) {
		equal = memcmp(malloc_md_place(disk, params->offset_blocks), params->md_buf,
			       md_size(disk, io)) == 0;
	}
	spdk_bdev_io_complete(io,
			      equal ? SPDK_BDEV_IO_STATUS_SUCCESS : SPDK_BDEV_IO_STATUS_MISCOMPARE);
}

/* The caller works on the disk itself: nothing is to be done when he has finished. */
static void
do_zcopy(const struct malloc_disk *disk, struct spdk_bdev_io *io)
{
	struct spdk_bdev_io_block_params *params = &io->u.bdev;

	if (params->zcopy.start) {
		if (params->iovcnt > 0) {
			params->iovs[0].iov_base = NULL; /* It is there to be filled. */
		}
		spdk_bdev_io_set_buf(io, malloc_place(disk, params->offset_blocks),
				     data_size(disk, io));
		if (disk->md != NULL) {
			spdk_bdev_io_set_md_buf(io, malloc_md_place(disk, params->offset_blocks),
						md_size(disk, io));
		}
	}
	complete(io, true);
}

void
malloc_io_do(struct spdk_bdev_io *io)
{
	const struct malloc_disk *disk = io->bdev->ctxt;

	switch (io->type) {
	case SPDK_BDEV_IO_TYPE_READ:
		do_read(disk, io);
		break;
	case SPDK_BDEV_IO_TYPE_WRITE:
		do_write(disk, io);
		break;
	case SPDK_BDEV_IO_TYPE_UNMAP:
	case SPDK_BDEV_IO_TYPE_WRITE_ZEROES:
		do_zero(disk, io);
		break;
	case SPDK_BDEV_IO_TYPE_COMPARE:
		do_compare(disk, io);
		break;
	case SPDK_BDEV_IO_TYPE_COPY:
		do_copy(disk, io);
		break;
	case SPDK_BDEV_IO_TYPE_ZCOPY:
		do_zcopy(disk, io);
		break;
	case SPDK_BDEV_IO_TYPE_FLUSH:
	case SPDK_BDEV_IO_TYPE_RESET:
		complete(io, true);
		break;
	default:
		/* With ABORT: what has not completed is done in a moment, or in accel's hands. */
		complete(io, false);
		break;
	}
}
