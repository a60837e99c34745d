/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Block devices of ours as ends of a copy.
 *
 * A request is a few I/Os, one after the other; request->step submits the one that is next, again
 * when the thread had none free:
 *
 *   read    whole blocks: one I/O. Else: the blocks it touches into the bounce buffer, and a copy.
 *   write   whole blocks: one I/O. Else: the first block, if it is partial, and the last, into the
 *           bounce buffer; the data between; then a write of it all. See P1 for why nobody else
 *           changes these blocks meanwhile.
 */
#include "dd_end.h"
#include "spindle.h"

#include "spdk/env.h"
#include "spdk/thread.h"
#include "spdk/util.h"

struct dd_bdev {
	struct dd_end end;
	struct spdk_bdev_desc *desc;
	struct spdk_io_channel *channel;
	uint32_t block_size;
	dd_removed_fn removed_fn;
	void *removed_arg;
};

static struct dd_bdev *
bdev_of(struct dd_end *end)
{
	return SPDK_CONTAINEROF(end, struct dd_bdev, end);
}

static void
run_step(void *arg)
{
	struct dd_request *request = arg;

	request->step(request);
}

/* What a step's submission has returned. */
static void
check(struct dd_request *request, int rc)
{
	struct dd_bdev *bdev = bdev_of(request->end);

	if (rc == -ENOMEM) {
		request->wait.bdev = spdk_bdev_desc_get_bdev(bdev->desc);
		request->wait.cb_fn = run_step;
		request->wait.cb_arg = request;
		rc = spdk_bdev_queue_io_wait(request->wait.bdev, bdev->channel, &request->wait);
	}
	if (rc != 0) {
		dd_request_done(request, rc);
	}
}

/* Of an I/O that is over: 0 or -errno. */
static int
end_io(struct spdk_bdev_io *io, bool success)
{
	int rc = 0;

	if (!success) {
		spdk_bdev_io_get_aio_status(io, &rc);
		rc = rc < 0 ? rc : -EIO;
	}
	spdk_bdev_free_io(io);
	return rc;
}

static void
io_done(struct spdk_bdev_io *io, bool success, void *arg)
{
	dd_request_done(arg, end_io(io, success));
}

static void
finish(void *arg)
{
	dd_request_done(arg, 0);
}

/* There is nothing to do, which is not to be said inside the call. */
static void
finish_later(struct dd_request *request)
{
	spdk_thread_send_msg(spdk_get_thread(), finish, request);
}

static bool
has_bounce(struct dd_request *request, uint64_t size)
{
	if (request->bounce_size < size) {
		dd_request_fini(request);
		request->bounce = spdk_dma_malloc(size, request->end->alignment, NULL);
		request->bounce_size = request->bounce != NULL ? size : 0;
	}
	return request->bounce != NULL;
}

/* ---- Reading ---- */

static void
bounce_read_done(struct spdk_bdev_io *io, bool success, void *arg)
{
	struct dd_request *request = arg;
	int rc = end_io(io, success);

	if (rc == 0) {
		memcpy(request->bytes, request->bounce + request->cover.head, request->size);
	}
	dd_request_done(request, rc);
}

static void
read_step(struct dd_request *request)
{
	struct dd_bdev *bdev = bdev_of(request->end);
	const struct dd_cover *cover = &request->cover;
	bool is_whole = cover->size == request->size;

	check(request, spdk_bdev_read(bdev->desc, bdev->channel,
				      is_whole ? request->bytes : request->bounce, cover->offset,
				      cover->size, is_whole ? io_done : bounce_read_done, request));
}

/* ---- Writing ---- */

static void
write_step(struct dd_request *request)
{
	struct dd_bdev *bdev = bdev_of(request->end);
	const struct dd_cover *cover = &request->cover;
	uint8_t *bytes = request->bytes;

	if (cover->size != request->size) {
		bytes = request->bounce;
		memcpy(bytes + cover->head, request->bytes, request->size);
	}
	check(request, spdk_bdev_write(bdev->desc, bdev->channel, bytes, cover->offset, cover->size,
				       io_done, request));
}

static void tail_step(struct dd_request *request);

static void
head_done(struct spdk_bdev_io *io, bool success, void *arg)
{
	struct dd_request *request = arg;
	int rc = end_io(io, success);
	/* One block may be both. */
	bool is_all = request->cover.tail == 0 || request->cover.size == request->end->block;

	if (rc != 0) {
		dd_request_done(request, rc);
		return;
	}
	request->step = is_all ? write_step : tail_step;
	request->step(request);
}

static void
head_step(struct dd_request *request)
{
	struct dd_bdev *bdev = bdev_of(request->end);

	check(request,
	      spdk_bdev_read(bdev->desc, bdev->channel, request->bounce, request->cover.offset,
			     request->end->block, head_done, request));
}

static void
tail_done(struct spdk_bdev_io *io, bool success, void *arg)
{
	struct dd_request *request = arg;
	int rc = end_io(io, success);

	if (rc != 0) {
		dd_request_done(request, rc);
		return;
	}
	request->step = write_step;
	write_step(request);
}

static void
tail_step(struct dd_request *request)
{
	struct dd_bdev *bdev = bdev_of(request->end);
	uint64_t at = request->cover.size - request->end->block;

	check(request,
	      spdk_bdev_read(bdev->desc, bdev->channel, request->bounce + at,
			     request->cover.offset + at, request->end->block, tail_done, request));
}

/* ---- The rest ---- */

static void
zero_step(struct dd_request *request)
{
	struct dd_bdev *bdev = bdev_of(request->end);

	check(request, spdk_bdev_write_zeroes(bdev->desc, bdev->channel, request->offset,
					      request->size, io_done, request));
}

static void
flush_step(struct dd_request *request)
{
	struct dd_bdev *bdev = bdev_of(request->end);
	struct spdk_bdev *device = spdk_bdev_desc_get_bdev(bdev->desc);

	if (!spdk_bdev_io_type_supported(device, SPDK_BDEV_IO_TYPE_FLUSH)) {
		finish_later(request);
		return;
	}
	check(request,
	      spdk_bdev_flush(bdev->desc, bdev->channel, 0, request->end->size, io_done, request));
}

static uint64_t
found(struct dd_bdev *bdev, struct spdk_bdev_io *io)
{
	uint64_t block = spdk_bdev_io_get_seek_offset(io);

	return block == UINT64_MAX ? bdev->end.size : block * bdev->block_size;
}

static void
hole_done(struct spdk_bdev_io *io, bool success, void *arg)
{
	struct dd_request *request = arg;

	request->result_end = success ? found(bdev_of(request->end), io) : DD_UNLIMITED;
	spdk_bdev_free_io(io);
	dd_request_done(request, 0);
}

static void
hole_step(struct dd_request *request)
{
	struct dd_bdev *bdev = bdev_of(request->end);

	check(request, spdk_bdev_seek_hole(bdev->desc, bdev->channel,
					   request->result / bdev->block_size, hole_done, request));
}

/* A device that cannot tell is read. */
static void
data_done(struct spdk_bdev_io *io, bool success, void *arg)
{
	struct dd_request *request = arg;
	uint64_t data = success ? found(bdev_of(request->end), io) : request->offset;

	spdk_bdev_free_io(io);
	request->result = spdk_max(data, request->offset);
	request->result_end = DD_UNLIMITED;
	if (!success || data >= request->end->size) {
		dd_request_done(request, 0);
		return;
	}
	request->step = hole_step;
	hole_step(request);
}

static void
data_step(struct dd_request *request)
{
	struct dd_bdev *bdev = bdev_of(request->end);

	check(request, spdk_bdev_seek_data(bdev->desc, bdev->channel,
					   request->offset / bdev->block_size, data_done, request));
}

/* ---- The functions of an end ---- */

static void
submit_read_or_write(struct dd_request *request)
{
	/* Reads need no more than blocks; writes may need several at once. */
	uint64_t block =
		request->op == DD_READ ? bdev_of(request->end)->block_size : request->end->block;

	request->cover = dd_cover(request->offset, request->size, block);
	request->result = request->size;
	if (request->cover.size != request->size && !has_bounce(request, request->cover.size)) {
		dd_request_done(request, -ENOMEM);
		return;
	}
	if (request->op == DD_READ) {
		request->step = read_step;
	} else if (request->cover.head > 0) {
		request->step = head_step;
	} else {
		request->step = request->cover.tail > 0 ? tail_step : write_step;
	}
	request->step(request);
}

static void
bdev_submit(struct dd_request *request)
{
	switch (request->op) {
	case DD_READ:
	case DD_WRITE:
		submit_read_or_write(request);
		return;
	case DD_ZERO:
		request->step = zero_step;
		break;
	case DD_EXTENT:
		request->step = data_step;
		break;
	case DD_FLUSH:
		request->step = flush_step;
		break;
	default:
		/* Its size stays. */
		finish_later(request);
		return;
	}
	request->step(request);
}

static void
bdev_close(struct dd_end *end)
{
	struct dd_bdev *bdev = bdev_of(end);

	if (bdev->channel != NULL) {
		spdk_put_io_channel(bdev->channel);
	}
	if (bdev->desc != NULL) {
		spdk_bdev_close(bdev->desc);
	}
	free(bdev);
}

static const struct dd_end_functions bdev_functions = {
	.submit = bdev_submit,
	.close = bdev_close,
};

static void
note_event(enum spdk_bdev_event_type type, struct spdk_bdev *device, void *arg)
{
	struct dd_bdev *bdev = arg;

	if (type == SPDK_BDEV_EVENT_REMOVE) {
		bdev->removed_fn(&bdev->end, bdev->removed_arg);
	}
}

static void
describe(struct dd_bdev *bdev)
{
	struct spdk_bdev *device = spdk_bdev_desc_get_bdev(bdev->desc);
	struct text identity = {.bytes = NULL}, stamp = {.bytes = NULL};

	bdev->block_size = spdk_bdev_desc_get_block_size(bdev->desc);
	bdev->end.block = (uint64_t)bdev->block_size * spdk_bdev_get_write_unit_size(device);
	bdev->end.size = spdk_bdev_get_num_blocks(device) * bdev->block_size;
	bdev->end.alignment = spdk_max(spdk_bdev_get_buf_align(device), 4096);
	text_printf(&identity, "bdev %s", spdk_bdev_get_name(device));
	text_printf(&stamp, "%s, %" PRIu64 " blocks of %u bytes",
		    spdk_bdev_get_product_name(device), spdk_bdev_get_num_blocks(device),
		    bdev->block_size);
	bdev->end.identity = identity.bytes;
	bdev->end.stamp = stamp.bytes;
}

static const char *
reason_of(int rc)
{
	switch (rc) {
	case -ENODEV:
		return "there is no such bdev; -c or --with makes it";
	case -EPERM:
		return "another bdev lies on it and has claimed it: write to that one";
	default:
		return strerror(-rc);
	}
}

struct dd_end *
dd_bdev_open(const char *name, bool is_target, dd_removed_fn removed_fn, void *removed_arg)
{
	struct dd_bdev *bdev = allocate(1, sizeof(*bdev));
	struct spdk_bdev_open_opts opts;
	struct text text = {.bytes = NULL};
	int rc;

	text_printf(&text, "bdev %s", name);
	bdev->end.functions = &bdev_functions;
	bdev->end.name = text.bytes;
	bdev->end.is_bdev = true;
	bdev->removed_fn = removed_fn;
	bdev->removed_arg = removed_arg;
	spdk_bdev_open_opts_init(&opts, sizeof(opts));
	/* Metadata is the device's own; what is copied is data. */
	opts.hide_metadata = true;
	rc = spdk_bdev_open_ext_v2(name, is_target, note_event, bdev, &opts, &bdev->desc);
	if (rc == 0) {
		describe(bdev);
		bdev->channel = spdk_bdev_get_io_channel(bdev->desc);
		rc = bdev->channel != NULL ? 0 : -ENOMEM;
	}
	if (rc == 0 && is_target && spdk_bdev_is_zoned(spdk_bdev_desc_get_bdev(bdev->desc))) {
		rc = -ENOTSUP;
	}
	if (rc != 0) {
		fprintf(stderr, "spindle: cannot open %s for %s: %s\n", bdev->end.name,
			is_target ? "writing" : "reading",
			rc == -ENOTSUP ? "it is zoned, which is not offered" : reason_of(rc));
		dd_end_close(&bdev->end);
		return NULL;
	}
	return &bdev->end;
}
