/* SPDX-License-Identifier: BSD-3-Clause */
#include "upper_fixture.h"

struct upper_io {
	struct spdk_io_channel *ch;
	struct spdk_bdev_io_wait_entry wait;
};

static int
upper_init(void)
{
	return 0;
}

static int
upper_ctx_size(void)
{
	return sizeof(struct upper_io);
}

static struct spdk_bdev_module g_upper_module = {
	.name = "upper",
	.module_init = upper_init,
	.get_ctx_size = upper_ctx_size,
};
SPDK_BDEV_MODULE_REGISTER(upper, &g_upper_module)

static void
upper_done(struct spdk_bdev_io *base_io, bool success, void *arg)
{
	struct spdk_bdev_io *io = arg;
	struct iovec *iovs;
	int iovcnt;

	if (success) {
		spdk_bdev_io_get_iovec(base_io, &iovs, &iovcnt);
		memcpy(io->u.bdev.iovs[0].iov_base, iovs[0].iov_base, iovs[0].iov_len);
	}
	spdk_bdev_free_io(base_io);
	spdk_bdev_io_complete(io,
			      success ? SPDK_BDEV_IO_STATUS_SUCCESS : SPDK_BDEV_IO_STATUS_FAILED);
}

static void
upper_read(void *arg)
{
	struct spdk_bdev_io *io = arg;
	struct upper_io *own = (struct upper_io *)io->driver_ctx;
	struct upper *upper = io->bdev->ctxt;
	struct upper_channel *ch = spdk_io_channel_get_ctx(own->ch);
	int rc;

	rc = spdk_bdev_read_blocks(upper->base, ch->base, NULL, io->u.bdev.offset_blocks,
				   io->u.bdev.num_blocks, upper_done, io);
	if (rc == -ENOMEM) {
		own->wait = (struct spdk_bdev_io_wait_entry){
			.bdev = spdk_bdev_desc_get_bdev(upper->base),
			.cb_fn = upper_read,
			.cb_arg = io,
		};
		rc = spdk_bdev_queue_io_wait(own->wait.bdev, ch->base, &own->wait);
	}
	assert_int_equal(rc, 0);
}

static void
upper_with_buf(struct spdk_io_channel *ch, struct spdk_bdev_io *io, bool success)
{
	assert_true(success);
	((struct upper_io *)io->driver_ctx)->ch = ch;
	upper_read(io);
}

static void
upper_submit(struct spdk_io_channel *ch, struct spdk_bdev_io *io)
{
	spdk_bdev_io_get_buf(io, upper_with_buf, io->u.bdev.num_blocks * io->bdev->blocklen);
}

static bool
upper_supports(void *ctx, enum spdk_bdev_io_type type)
{
	return type == SPDK_BDEV_IO_TYPE_READ;
}

static struct spdk_io_channel *
upper_get_channel(void *ctx)
{
	return spdk_get_io_channel(ctx);
}

static int
upper_create_channel(void *io_device, void *ctx)
{
	struct upper *upper = io_device;
	struct upper_channel *ch = ctx;

	ch->base = spdk_bdev_get_io_channel(upper->base);
	return ch->base != NULL ? 0 : -ENOMEM;
}

static void
upper_destroy_channel(void *io_device, void *ctx)
{
	struct upper_channel *ch = ctx;

	spdk_put_io_channel(ch->base);
}

static int
upper_destruct(void *ctx)
{
	struct upper *upper = ctx;

	spdk_io_device_unregister(upper, NULL);
	spdk_bdev_close(upper->base);
	return 0;
}

static const struct spdk_bdev_fn_table g_upper_table = {
	.destruct = upper_destruct,
	.submit_request = upper_submit,
	.io_type_supported = upper_supports,
	.get_io_channel = upper_get_channel,
};

static void
ignore(enum spdk_bdev_event_type type, struct spdk_bdev *bdev, void *ctx)
{
}

struct upper *
upper_new(const char *base, int number)
{
	struct upper *upper = calloc(1, sizeof(*upper));
	char name[32];

	assert_non_null(upper);
	(void)snprintf(name, sizeof(name), "upper%d", number);
	assert_int_equal(spdk_bdev_open_ext(base, false, ignore, NULL, &upper->base), 0);
	upper->bdev.name = strdup(name);
	upper->bdev.product_name = (char *)"Upper";
	upper->bdev.blocklen = UPPER_BLOCK;
	upper->bdev.blockcnt = UPPER_BLOCKS;
	upper->bdev.ctxt = upper;
	upper->bdev.fn_table = &g_upper_table;
	upper->bdev.module = &g_upper_module;
	spdk_io_device_register(upper, upper_create_channel, upper_destroy_channel,
				sizeof(struct upper_channel), name);
	assert_int_equal(spdk_bdev_register(&upper->bdev), 0);
	settle_bdev();
	return upper;
}

void
upper_delete(struct upper *upper)
{
	spdk_bdev_unregister(&upper->bdev, NULL, NULL);
	settle_bdev();
	free(upper->bdev.name);
	free(upper);
}

struct opened
open_name(const char *name)
{
	struct opened opened;

	assert_int_equal(spdk_bdev_open_ext(name, true, ignore, NULL, &opened.desc), 0);
	opened.ch = spdk_bdev_get_io_channel(opened.desc);
	return opened;
}

void
close_opened(struct opened *opened)
{
	if (opened->ch != NULL) {
		spdk_put_io_channel(opened->ch);
	}
	spdk_bdev_close(opened->desc);
	settle_bdev();
}
