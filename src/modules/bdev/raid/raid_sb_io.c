/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A superblock is in the data of the first blocks; between the data of two blocks may be their
 * metadata, which is left 0 and unchecked.
 */
#include "raid_sb_io.h"
#include "spdk/env.h"
#include "spdk/log.h"
#include "spdk/string.h"

/* So much is kept free before data. */
#define RESERVED_BYTES (1024u * 1024)

struct sb_io {
	struct spdk_bdev_desc *desc;
	struct spdk_io_channel *ch;
	/* Of reading, the descriptor is its own. */
	bool is_read;
	uint64_t blocks;
	struct iovec iov;
	uint8_t *packed;
	struct raid_sb *sb;
	raid_sb_read_cb read_fn;
	spdk_bdev_unregister_cb write_fn;
	void *cb_arg;
	struct spdk_bdev_io_wait_entry wait;
};

uint64_t
raid_sb_min_offset(const struct spdk_bdev *bdev)
{
	uint32_t data_size = spdk_bdev_get_data_block_size(bdev);

	return (RAID_SB_SIZE_MAX + data_size - 1) / data_size;
}

uint64_t
raid_sb_data_offset(const struct spdk_bdev *bdev)
{
	uint64_t blocks = RESERVED_BYTES / spdk_bdev_get_data_block_size(bdev);
	uint64_t boundary = spdk_max(bdev->optimal_io_boundary, 1);

	return (blocks + boundary - 1) / boundary * boundary;
}

/* ---- Its end ---- */

static void
sb_io_free(struct sb_io *io)
{
	if (io->ch != NULL) {
		spdk_put_io_channel(io->ch);
	}
	if (io->desc != NULL && io->is_read) {
		spdk_bdev_close(io->desc);
	}
	spdk_dma_free(io->iov.iov_base);
	free(io->packed);
	free(io->sb);
	free(io);
}

/* Between blocks as they are on the device, and data alone. */
static void
move_data(const struct sb_io *io, bool is_pack)
{
	const struct spdk_bdev *bdev = spdk_bdev_desc_get_bdev(io->desc);
	uint32_t data_size = spdk_bdev_get_data_block_size(bdev);

	for (uint64_t i = 0; i < io->blocks; i++) {
		uint8_t *block = (uint8_t *)io->iov.iov_base + i * bdev->blocklen;
		uint8_t *data = io->packed + i * data_size;

		memcpy(is_pack ? data : block, is_pack ? block : data, data_size);
	}
}

static void
end(struct sb_io *io, int rc)
{
	raid_sb_read_cb read_fn = io->read_fn;
	spdk_bdev_unregister_cb write_fn = io->write_fn;
	struct bdev_reason reason = {""};
	void *cb_arg = io->cb_arg;

	if (!io->is_read) {
		sb_io_free(io);
		write_fn(cb_arg, rc);
		return;
	}
	if (rc == 0) {
		move_data(io, true);
		rc = raid_sb_decode(io->packed, RAID_SB_SIZE_MAX, io->sb, &reason);
	}
	if (rc == -EINVAL) {
		SPDK_WARNLOG("The superblock of bdev %s is of no use: %s\n",
			     spdk_bdev_desc_get_bdev(io->desc)->name, reason.text);
	}
	read_fn(cb_arg, rc, rc == 0 ? io->sb : NULL, &reason);
	sb_io_free(io);
}

/* ---- On its way ---- */

static void
done(struct spdk_bdev_io *bdev_io, bool success, void *arg)
{
	spdk_bdev_free_io(bdev_io);
	end(arg, success ? 0 : -EIO);
}

static void
submit(void *arg)
{
	struct sb_io *io = arg;
	struct spdk_bdev_ext_io_opts opts = {
		.size = sizeof(opts),
		.dif_check_flags_exclude_mask = UINT32_MAX,
	};
	int rc;

	if (io->is_read) {
		rc = spdk_bdev_readv_blocks_ext(io->desc, io->ch, &io->iov, 1, 0, io->blocks, done,
						io, &opts);
	} else {
		rc = spdk_bdev_writev_blocks_ext(io->desc, io->ch, &io->iov, 1, 0, io->blocks, done,
						 io, &opts);
	}
	if (rc == -ENOMEM) {
		io->wait = (struct spdk_bdev_io_wait_entry){
			.bdev = spdk_bdev_desc_get_bdev(io->desc),
			.cb_fn = submit,
			.cb_arg = io,
		};
		rc = spdk_bdev_queue_io_wait(io->wait.bdev, io->ch, &io->wait);
	}
	if (rc != 0) {
		end(io, rc);
	}
}

static int
prepare(struct sb_io *io)
{
	const struct spdk_bdev *bdev = spdk_bdev_desc_get_bdev(io->desc);
	uint32_t data_size = spdk_bdev_get_data_block_size(bdev);

	io->blocks = raid_sb_min_offset(bdev);
	if (bdev->blockcnt <= raid_sb_data_offset(bdev)) {
		return -ENOENT;
	}
	io->iov.iov_len = io->blocks * bdev->blocklen;
	io->iov.iov_base = spdk_dma_zmalloc(io->iov.iov_len, spdk_bdev_get_buf_align(bdev), NULL);
	io->packed = calloc(io->blocks, data_size);
	io->sb = io->is_read ? malloc(sizeof(*io->sb)) : NULL;
	if (io->iov.iov_base == NULL || io->packed == NULL || (io->is_read && io->sb == NULL)) {
		return -ENOMEM;
	}
	io->ch = spdk_bdev_get_io_channel(io->desc);
	return io->ch != NULL ? 0 : -ENOMEM;
}

/* A device that goes is read to its end, which is soon. */
static void
ignore_event(enum spdk_bdev_event_type type, struct spdk_bdev *bdev, void *ctx)
{
}

void
raid_sb_read(const char *bdev_name, raid_sb_read_cb cb_fn, void *cb_arg)
{
	const struct bdev_reason none = {""};
	struct sb_io *io = calloc(1, sizeof(*io));
	int rc = -ENOMEM;

	if (io == NULL) {
		cb_fn(cb_arg, rc, NULL, &none);
		return;
	}
	io->is_read = true;
	io->read_fn = cb_fn;
	io->cb_arg = cb_arg;
	rc = spdk_bdev_open_ext(bdev_name, false, ignore_event, NULL, &io->desc);
	if (rc == 0) {
		rc = prepare(io);
	}
	if (rc != 0) {
		sb_io_free(io);
		cb_fn(cb_arg, rc, NULL, &none);
		return;
	}
	submit(io);
}

void
raid_sb_write(struct spdk_bdev_desc *desc, const struct raid_sb *sb, spdk_bdev_unregister_cb cb_fn,
	      void *cb_arg)
{
	struct sb_io *io = calloc(1, sizeof(*io));
	int rc = -ENOMEM;

	if (io == NULL) {
		cb_fn(cb_arg, rc);
		return;
	}
	io->desc = desc;
	io->write_fn = cb_fn;
	io->cb_arg = cb_arg;
	rc = prepare(io);
	if (rc != 0) {
		sb_io_free(io);
		cb_fn(cb_arg, rc);
		return;
	}
	if (sb != NULL) {
		(void)raid_sb_encode(sb, io->packed);
		move_data(io, false);
	}
	submit(io);
}
