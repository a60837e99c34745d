/* SPDX-License-Identifier: BSD-3-Clause */
/* The way of spindle perf to block devices. */
#include "perf.h"

#include "spdk/likely.h"
#include "spdk/string.h"

#define NAMES_SHOWN_MAX 16

/* ---- Devices ---- */

static int
explain_open(const char *name, int rc)
{
	struct text names = {.bytes = NULL};
	struct spdk_bdev *bdev;
	uint32_t count = 0;

	if (rc != -ENODEV) {
		return usage_error("%s cannot be opened: %s%s", name, spdk_strerror(-rc),
				   rc == -EPERM ? "; another device or module has claimed it" : "");
	}
	for (bdev = spdk_bdev_first(); bdev != NULL; bdev = spdk_bdev_next(bdev)) {
		if (count++ < NAMES_SHOWN_MAX) {
			text_printf(&names, "%s%s", count > 1 ? ", " : "",
				    spdk_bdev_get_name(bdev));
		}
	}
	usage_error("there is no device '%s'; there %s %s%s", name, count == 1 ? "is" : "are",
		    count > 0 ? names.bytes : "none", count > NAMES_SHOWN_MAX ? ", ..." : "");
	text_fini(&names);
	return STATUS_USAGE;
}

static int
open_bdev(struct perf_device *device, bool is_changed)
{
	struct spdk_bdev_open_opts opts;
	struct spdk_bdev *bdev;
	int rc;

	/* Metadata within blocks, such as protection information, is the library's to make. */
	spdk_bdev_open_opts_init(&opts, sizeof(opts));
	opts.hide_metadata = true;
	rc = spdk_bdev_open_ext_v2(device->name, is_changed, perf_run_event, device, &opts,
				   &device->desc);
	if (rc != 0) {
		return explain_open(device->name, rc);
	}
	bdev = spdk_bdev_desc_get_bdev(device->desc);
	device->block_size = spdk_bdev_desc_get_block_size(device->desc);
	device->num_blocks = spdk_bdev_get_num_blocks(bdev);
	device->align = spdk_bdev_get_buf_align(bdev);
	return STATUS_OK;
}

static void
close_bdev(struct perf_device *device)
{
	spdk_bdev_close(device->desc);
	device->desc = NULL;
}

static uint32_t
write_unit(const struct perf_device *device)
{
	return spdk_bdev_get_write_unit_size(spdk_bdev_desc_get_bdev(device->desc));
}

static bool
takes(const struct perf_device *device, enum perf_op op)
{
	static const enum spdk_bdev_io_type types[] = {
		[PERF_OP_READ] = SPDK_BDEV_IO_TYPE_READ,
		[PERF_OP_WRITE] = SPDK_BDEV_IO_TYPE_WRITE,
		[PERF_OP_FLUSH] = SPDK_BDEV_IO_TYPE_FLUSH,
		[PERF_OP_UNMAP] = SPDK_BDEV_IO_TYPE_UNMAP,
		[PERF_OP_WRITE_ZEROES] = SPDK_BDEV_IO_TYPE_WRITE_ZEROES,
		[PERF_OP_COPY] = SPDK_BDEV_IO_TYPE_COPY,
		[PERF_OP_RESET] = SPDK_BDEV_IO_TYPE_RESET,
	};

	return spdk_bdev_io_type_supported(spdk_bdev_desc_get_bdev(device->desc), types[op]);
}

static char *
name_of(const struct perf_options *options, uint32_t index)
{
	struct spdk_bdev *bdev;

	if (options->sources.count > 0 && options->config == NULL) {
		return index < options->sources.count ? duplicate(options->sources.of[index].name) :
							NULL;
	}
	bdev = spdk_bdev_first_leaf();
	while (bdev != NULL && index-- > 0) {
		bdev = spdk_bdev_next_leaf(bdev);
	}
	return bdev != NULL ? duplicate(spdk_bdev_get_name(bdev)) : NULL;
}

/* ---- Workers ---- */

static int
open_worker(struct perf_worker *worker)
{
	worker->channel = spdk_bdev_get_io_channel(worker->desc);
	return worker->channel != NULL ? 0 : -ENOMEM;
}

static void
close_worker(struct perf_worker *worker)
{
	if (worker->channel != NULL) {
		spdk_put_io_channel(worker->channel);
		worker->channel = NULL;
	}
}

/* ---- One I/O ---- */

static void __attribute__((noinline)) io_failed(struct perf_slot *slot, struct spdk_bdev_io *io)
{
	char text[128];
	uint32_t cdw0;
	int rc, type, code;

	spdk_bdev_io_get_aio_status(io, &rc);
	spdk_bdev_io_get_nvme_status(io, &cdw0, &type, &code);
	snprintf(text, sizeof(text), "%s (NVMe status %d/0x%02x)", spdk_strerror(-rc), type, code);
	spdk_bdev_free_io(io);
	perf_slot_done(slot, text);
}

static void
io_done(struct spdk_bdev_io *io, bool success, void *arg)
{
	if (spdk_unlikely(!success)) {
		io_failed(arg, io);
		return;
	}
	spdk_bdev_free_io(io);
	perf_slot_done(arg, NULL);
}

static inline int
submit_data(struct perf_slot *slot)
{
	struct perf_worker *worker = slot->worker;
	struct spdk_bdev_desc *desc = worker->desc;
	const struct perf_step *step = &slot->step;
	int count;

	if (spdk_likely(worker->vectors == NULL)) {
		return step->op == PERF_OP_READ ?
			       spdk_bdev_read_blocks(desc, worker->channel, slot->buffer,
						     step->block, step->blocks, io_done, slot) :
			       spdk_bdev_write_blocks(desc, worker->channel, slot->buffer,
						      step->block, step->blocks, io_done, slot);
	}
	count = perf_slot_lay_out_vectors(slot);
	return step->op == PERF_OP_READ ?
		       spdk_bdev_readv_blocks(desc, worker->channel, slot->vectors, count,
					      step->block, step->blocks, io_done, slot) :
		       spdk_bdev_writev_blocks(desc, worker->channel, slot->vectors, count,
					       step->block, step->blocks, io_done, slot);
}

static int
submit_other(struct perf_slot *slot)
{
	struct perf_worker *worker = slot->worker;
	struct spdk_bdev_desc *desc = worker->desc;
	struct spdk_io_channel *channel = worker->channel;
	const struct perf_step *step = &slot->step;

	switch (step->op) {
	case PERF_OP_FLUSH:
		slot->step.block = worker->first_block;
		slot->step.blocks = worker->num_blocks;
		return spdk_bdev_flush_blocks(desc, channel, worker->first_block,
					      worker->num_blocks, io_done, slot);
	case PERF_OP_UNMAP:
		return spdk_bdev_unmap_blocks(desc, channel, step->block, step->blocks, io_done,
					      slot);
	case PERF_OP_WRITE_ZEROES:
		return spdk_bdev_write_zeroes_blocks(desc, channel, step->block, step->blocks,
						     io_done, slot);
	case PERF_OP_COPY:
		return spdk_bdev_copy_blocks(desc, channel, step->block,
					     perf_slot_copy_source(slot), step->blocks, io_done,
					     slot);
	default:
		return spdk_bdev_reset(desc, channel, io_done, slot);
	}
}

static void
submit_waiting(void *arg)
{
	perf_slot_submit(arg);
}

/* -EAGAIN: it will be submitted when an I/O is free. */
static int
wait_for_io(struct perf_slot *slot)
{
	int rc;

	slot->wait.bdev = spdk_bdev_desc_get_bdev(slot->worker->desc);
	slot->wait.cb_fn = submit_waiting;
	slot->wait.cb_arg = slot;
	rc = spdk_bdev_queue_io_wait(slot->wait.bdev, slot->worker->channel, &slot->wait);
	return rc == 0 ? -EAGAIN : rc;
}

static int
submit(struct perf_slot *slot)
{
	bool has_data = slot->step.op == PERF_OP_READ || slot->step.op == PERF_OP_WRITE;
	int rc = spdk_likely(has_data) ? submit_data(slot) : submit_other(slot);

	return spdk_unlikely(rc == -ENOMEM) ? wait_for_io(slot) : rc;
}

const struct perf_path perf_bdev_path = {
	.open = open_bdev,
	.close = close_bdev,
	.write_unit = write_unit,
	.takes = takes,
	.name_of = name_of,
	.open_worker = open_worker,
	.close_worker = close_worker,
	.submit = submit,
};
