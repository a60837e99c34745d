/* SPDX-License-Identifier: BSD-3-Clause */
#include "bdev_fixture.h"
#include "io/examine_fixture.h"

#define BLOCK 512

struct spdk_thread *g_bdev_thread;
static bool g_is_done;

static int
fake_init(void)
{
	return 0;
}

static int
fake_ctx_size(void)
{
	return sizeof(struct fake_io);
}

static struct spdk_bdev_module g_fake_module = {
	.name = "fake",
	.module_init = fake_init,
	.get_ctx_size = fake_ctx_size,
};
SPDK_BDEV_MODULE_REGISTER(fake, &g_fake_module)

/* ---- The device ---- */

static void
move_data(struct fake_bdev *fake, struct spdk_bdev_io *io)
{
	struct spdk_bdev_io_block_params *params = &io->u.bdev;
	uint8_t *place = fake->data + params->offset_blocks * fake->bdev.blocklen;
	size_t left = params->num_blocks * fake->bdev.blocklen, part;
	int i;

	for (i = 0; i < params->iovcnt; i++) {
		part = spdk_min(left, params->iovs[i].iov_len);
		if (io->type == SPDK_BDEV_IO_TYPE_READ) {
			memcpy(params->iovs[i].iov_base, place, part);
		} else {
			memcpy(place, params->iovs[i].iov_base, part);
		}
		place += part;
		left -= part;
	}
	assert_int_equal(left, 0);
	if (params->md_buf != NULL) {
		uint8_t *md = fake->md + params->offset_blocks * fake->bdev.md_len;
		size_t length = params->num_blocks * fake->bdev.md_len;

		assert_false(fake->bdev.md_interleave);
		if (io->type == SPDK_BDEV_IO_TYPE_READ) {
			memcpy(params->md_buf, md, length);
		} else {
			memcpy(md, params->md_buf, length);
		}
	}
}

static void
check_limits(struct fake_bdev *fake, struct spdk_bdev_io *io)
{
	struct spdk_bdev *bdev = &fake->bdev;
	size_t mask = ((size_t)1 << bdev->required_alignment) - 1;
	int i;

	if (bdev->max_rw_size != 0) {
		assert_in_range(io->u.bdev.num_blocks, 1, bdev->max_rw_size);
	}
	if (bdev->max_num_segments != 0) {
		assert_in_range(io->u.bdev.iovcnt, 1, bdev->max_num_segments);
	}
	for (i = 0; i < io->u.bdev.iovcnt; i++) {
		assert_int_equal((uintptr_t)io->u.bdev.iovs[i].iov_base & mask, 0);
		if (bdev->max_segment_size != 0) {
			assert_in_range(io->u.bdev.iovs[i].iov_len, 1, bdev->max_segment_size);
		}
	}
	if (bdev->split_on_optimal_io_boundary) {
		uint64_t unit = bdev->optimal_io_boundary, first = io->u.bdev.offset_blocks;

		assert_int_equal(first / unit, (first + io->u.bdev.num_blocks - 1) / unit);
	}
}

static void
carry_out(struct spdk_bdev_io *io)
{
	struct fake_bdev *fake = io->bdev->ctxt;
	enum spdk_bdev_io_status status = fake->status;

	if (status == SPDK_BDEV_IO_STATUS_SUCCESS) {
		switch (io->type) {
		case SPDK_BDEV_IO_TYPE_READ:
		case SPDK_BDEV_IO_TYPE_WRITE:
			check_limits(fake, io);
			move_data(fake, io);
			break;
		case SPDK_BDEV_IO_TYPE_UNMAP:
			memset(fake->data + io->u.bdev.offset_blocks * fake->bdev.blocklen, 0,
			       io->u.bdev.num_blocks * fake->bdev.blocklen);
			break;
		default:
			break;
		}
	}
	spdk_bdev_io_complete(io, status);
}

static void
with_buf(struct spdk_io_channel *ch, struct spdk_bdev_io *io, bool success)
{
	if (success) {
		carry_out(io);
	} else {
		spdk_bdev_io_complete(io, SPDK_BDEV_IO_STATUS_FAILED);
	}
}

static void
act(struct spdk_bdev_io *io)
{
	if (io->type == SPDK_BDEV_IO_TYPE_READ) {
		spdk_bdev_io_get_buf(io, with_buf, io->u.bdev.num_blocks * io->bdev->blocklen);
	} else {
		carry_out(io);
	}
}

static void
fake_submit(struct spdk_io_channel *ch, struct spdk_bdev_io *io)
{
	struct fake_bdev *fake = io->bdev->ctxt;

	fake->submitted++;
	if (fake->refusals > 0) {
		fake->refusals--;
		spdk_bdev_io_complete(io, SPDK_BDEV_IO_STATUS_NOMEM);
	} else if (fake->holds) {
		TAILQ_INSERT_TAIL(&fake->held, (struct fake_io *)io->driver_ctx, link);
	} else {
		act(io);
	}
}

void
fake_release(struct fake_bdev *fake)
{
	struct fake_io *first = TAILQ_FIRST(&fake->held);

	assert_non_null(first);
	TAILQ_REMOVE(&fake->held, first, link);
	act(spdk_bdev_io_from_ctx(first));
}

void
fake_release_all(struct fake_bdev *fake)
{
	while (!TAILQ_EMPTY(&fake->held)) {
		fake_release(fake);
	}
}

static bool
fake_supports(void *ctx, enum spdk_bdev_io_type type)
{
	struct fake_bdev *fake = ctx;

	return (fake->types & (1u << type)) != 0;
}

static struct spdk_io_channel *
fake_get_channel(void *ctx)
{
	return spdk_get_io_channel(ctx);
}

static int
fake_destruct(void *ctx)
{
	struct fake_bdev *fake = ctx;

	spdk_io_device_unregister(fake, NULL);
	fake->destructed = true;
	return 0;
}

static const struct spdk_bdev_fn_table g_fake_table = {
	.destruct = fake_destruct,
	.submit_request = fake_submit,
	.io_type_supported = fake_supports,
	.get_io_channel = fake_get_channel,
};

static int
fake_channel_create(void *io_device, void *ctx)
{
	return 0;
}

static void
fake_channel_destroy(void *io_device, void *ctx)
{
}

struct fake_bdev *
fake_new(const char *name, uint64_t blocks)
{
	struct fake_bdev *fake = calloc(1, sizeof(*fake));

	assert_non_null(fake);
	fake->data = calloc(blocks, BLOCK + 8);
	fake->md = calloc(blocks, 64);
	assert_non_null(fake->data);
	assert_non_null(fake->md);
	TAILQ_INIT(&fake->held);
	fake->status = SPDK_BDEV_IO_STATUS_SUCCESS;
	fake->types = 1u << SPDK_BDEV_IO_TYPE_READ | 1u << SPDK_BDEV_IO_TYPE_WRITE |
		      1u << SPDK_BDEV_IO_TYPE_FLUSH | 1u << SPDK_BDEV_IO_TYPE_UNMAP |
		      1u << SPDK_BDEV_IO_TYPE_RESET;
	fake->bdev.name = strdup(name);
	fake->bdev.product_name = (char *)"Fake";
	fake->bdev.blocklen = BLOCK;
	fake->bdev.blockcnt = blocks;
	fake->bdev.ctxt = fake;
	fake->bdev.fn_table = &g_fake_table;
	fake->bdev.module = &g_fake_module;
	return fake;
}

void
fake_register(struct fake_bdev *fake)
{
	spdk_io_device_register(fake, fake_channel_create, fake_channel_destroy, 1,
				fake->bdev.name);
	assert_int_equal(spdk_bdev_register(&fake->bdev), 0);
	settle_bdev();
}

static void
note_unregistered(void *arg, int rc)
{
	assert_int_equal(rc, 0);
	*(bool *)arg = true;
}

void
fake_free(struct fake_bdev *fake)
{
	free(fake->bdev.name);
	free(fake->data);
	free(fake->md);
	free(fake);
}

void
fake_delete(struct fake_bdev *fake)
{
	bool is_gone = false;

	spdk_bdev_unregister(&fake->bdev, note_unregistered, &is_gone);
	settle_bdev();
	assert_true(is_gone);
	assert_true(fake->destructed);
	fake_free(fake);
}

/* ---- Users ---- */

static void
ignore_event(enum spdk_bdev_event_type type, struct spdk_bdev *bdev, void *ctx)
{
}

struct opened
fake_open(struct fake_bdev *fake)
{
	struct opened opened;

	assert_int_equal(
		spdk_bdev_open_ext(fake->bdev.name, true, ignore_event, NULL, &opened.desc), 0);
	opened.ch = spdk_bdev_get_io_channel(opened.desc);
	assert_non_null(opened.ch);
	return opened;
}

void
fake_close(struct opened *opened)
{
	spdk_put_io_channel(opened->ch);
	spdk_bdev_close(opened->desc);
	settle_bdev();
}

void
note_outcome(struct spdk_bdev_io *io, bool success, void *arg)
{
	struct outcome *outcome = arg;

	outcome->calls++;
	outcome->success = success;
	outcome->status = io->internal.status;
	outcome->io = outcome->keeps ? io : NULL;
	if (!outcome->keeps) {
		spdk_bdev_free_io(io);
	}
}

void
settle_bdev(void)
{
	settle(g_bdev_thread);
	spdk_set_thread(g_bdev_thread);
}

void
fill_pattern(void *buf, size_t size, uint32_t seed)
{
	uint8_t *bytes = buf;
	size_t i;

	for (i = 0; i < size; i++) {
		bytes[i] = (uint8_t)(i * 31 + i / 251 + seed * 17);
	}
}

/* ---- The layer ---- */

static void
note_done(void *arg)
{
	g_is_done = true;
}

static void
note_initialized(void *arg, int rc)
{
	assert_int_equal(rc, 0);
	g_is_done = true;
}

/* False: what a failed test left over keeps it from ending. */
static bool
wait_until_done(void)
{
	uint64_t deadline = spdk_get_ticks() + 5 * spdk_get_ticks_hz();

	while (!g_is_done && spdk_get_ticks() < deadline) {
		spdk_thread_poll(g_bdev_thread, 0, 0);
		spdk_set_thread(g_bdev_thread);
	}
	if (!g_is_done) {
		return false;
	}
	g_is_done = false;
	return true;
}

bool
bdev_open_layer(void)
{
	g_bdev_thread = make_thread("bdev");
	spdk_set_thread(g_bdev_thread);
	if (spdk_iobuf_initialize() != 0 || spdk_accel_initialize() != 0) {
		return false;
	}
	let_modules_read(false);
	spdk_bdev_initialize(note_initialized, NULL);
	return wait_until_done();
}

bool
bdev_close_layer(void)
{
	spdk_bdev_finish(note_done, NULL);
	if (!wait_until_done()) {
		return false;
	}
	spdk_accel_finish(note_done, NULL);
	if (!wait_until_done()) {
		return false;
	}
	spdk_iobuf_finish(note_done, NULL);
	if (!wait_until_done()) {
		return false;
	}
	end_thread(g_bdev_thread);
	return true;
}
