/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Submit functions that hand an NVMe command through to the device as it is.
 */
#include "bdev_internal.h"

struct passthru {
	enum spdk_bdev_io_type type;
	struct spdk_bdev_io_nvme_passthru_params params;
};

static int
submit(struct spdk_bdev_desc *desc, struct spdk_io_channel *io_ch, const struct passthru *passthru,
       spdk_bdev_io_completion_cb cb, void *cb_arg)
{
	struct spdk_bdev_io *io;

	/* What the command does is the device's to know: it may write. */
	if (!desc->write) {
		return -EBADF;
	}
	if (!spdk_bdev_io_type_supported(desc->bdev, passthru->type)) {
		return -ENOTSUP;
	}
	io = bdev_io_get(bdev_channel_of(io_ch));
	if (io == NULL) {
		return -ENOMEM;
	}
	io->type = (uint8_t)passthru->type;
	bdev_io_init(io, desc, cb, cb_arg);
	io->u.nvme_passthru = passthru->params;
	bdev_io_submit(io);
	return 0;
}

int
spdk_bdev_nvme_admin_passthru(struct spdk_bdev_desc *desc, struct spdk_io_channel *ch,
			      const struct spdk_nvme_cmd *cmd, void *buf, size_t nbytes,
			      spdk_bdev_io_completion_cb cb, void *cb_arg)
{
	const struct passthru passthru = {
		.type = SPDK_BDEV_IO_TYPE_NVME_ADMIN,
		.params = {.cmd = *cmd, .buf = buf, .nbytes = nbytes},
	};

	return submit(desc, ch, &passthru, cb, cb_arg);
}

int
spdk_bdev_nvme_io_passthru(struct spdk_bdev_desc *desc, struct spdk_io_channel *ch,
			   const struct spdk_nvme_cmd *cmd, void *buf, size_t nbytes,
			   spdk_bdev_io_completion_cb cb, void *cb_arg)
{
	const struct passthru passthru = {
		.type = SPDK_BDEV_IO_TYPE_NVME_IO,
		.params = {.cmd = *cmd, .buf = buf, .nbytes = nbytes},
	};

	return submit(desc, ch, &passthru, cb, cb_arg);
}

int
spdk_bdev_nvme_io_passthru_md(struct spdk_bdev_desc *desc, struct spdk_io_channel *ch,
			      const struct spdk_nvme_cmd *cmd, void *buf, size_t nbytes,
			      void *md_buf, size_t md_len, spdk_bdev_io_completion_cb cb,
			      void *cb_arg)
{
	const struct passthru passthru = {
		.type = SPDK_BDEV_IO_TYPE_NVME_IO_MD,
		.params = {.cmd = *cmd,
			   .buf = buf,
			   .nbytes = nbytes,
			   .md_buf = md_buf,
			   .md_len = md_len},
	};

	return submit(desc, ch, &passthru, cb, cb_arg);
}

int
spdk_bdev_nvme_iov_passthru_md(struct spdk_bdev_desc *desc, struct spdk_io_channel *ch,
			       const struct spdk_nvme_cmd *cmd, struct iovec *iov, int iovcnt,
			       size_t nbytes, void *md_buf, size_t md_len,
			       spdk_bdev_io_completion_cb cb, void *cb_arg)
{
	const struct passthru passthru = {
		.type = SPDK_BDEV_IO_TYPE_NVME_IOV_MD,
		.params = {.cmd = *cmd,
			   .iovs = iov,
			   .iovcnt = iovcnt,
			   .nbytes = nbytes,
			   .md_buf = md_buf,
			   .md_len = md_len},
	};

	return submit(desc, ch, &passthru, cb, cb_arg);
}
