/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What is recorded of I/Os and channels: an I/O from its submission to its end, with the device as
 * the owner and the I/O as the object; a channel from its creation to its end. Parts of an I/O and
 * the I/Os of the devices below it are I/Os of their own.
 */
#include "trace.h"
#include "bdev_internal.h"
#include "spdk/util.h"

static void
trace_bdev(void)
{
	const struct spdk_trace_tpoint_opts opts[] = {
		{
			.name = "BDEV_IO_START",
			.tpoint_id = TRACE_BDEV_IO_START,
			.owner_type = OWNER_TYPE_BDEV,
			.object_type = OBJECT_BDEV_IO,
			.new_object = 1,
			.args = {{"type", SPDK_TRACE_ARG_TYPE_STR, 16},
				 {"ctx", SPDK_TRACE_ARG_TYPE_PTR, 8},
				 {"offset", SPDK_TRACE_ARG_TYPE_INT, 8},
				 {"qd", SPDK_TRACE_ARG_TYPE_INT, 4}},
		},
		{
			.name = "BDEV_IO_DONE",
			.tpoint_id = TRACE_BDEV_IO_DONE,
			.owner_type = OWNER_TYPE_BDEV,
			.object_type = OBJECT_BDEV_IO,
			.args = {{"ctx", SPDK_TRACE_ARG_TYPE_PTR, 8},
				 {"status", SPDK_TRACE_ARG_TYPE_INT, 4},
				 {"qd", SPDK_TRACE_ARG_TYPE_INT, 4}},
		},
		{
			.name = "BDEV_IOCH_CREATE",
			.tpoint_id = TRACE_BDEV_IOCH_CREATE,
			.owner_type = OWNER_TYPE_BDEV,
			.args = {{"thread", SPDK_TRACE_ARG_TYPE_INT, 8}},
		},
		{
			.name = "BDEV_IOCH_DESTROY",
			.tpoint_id = TRACE_BDEV_IOCH_DESTROY,
			.owner_type = OWNER_TYPE_BDEV,
			.args = {{"thread", SPDK_TRACE_ARG_TYPE_INT, 8}},
		},
	};

	spdk_trace_register_owner_type(OWNER_TYPE_BDEV, 'b');
	spdk_trace_register_object(OBJECT_BDEV_IO, 'i');
	spdk_trace_register_description_ext(opts, SPDK_COUNTOF(opts));
}

SPDK_TRACE_REGISTER_FN(trace_bdev, "bdev", TRACE_GROUP_BDEV)

void
bdev_trace_add_device(struct spdk_bdev *bdev)
{
	bdev->internal.trace_id = spdk_trace_register_owner(OWNER_TYPE_BDEV, bdev->name);
}

void
bdev_trace_remove_device(struct spdk_bdev *bdev)
{
	spdk_trace_unregister_owner(bdev->internal.trace_id);
	bdev->internal.trace_id = OWNER_ID_NONE;
}

/* Whether u.bdev of such an I/O names blocks. */
static bool
has_blocks(const struct spdk_bdev_io *io)
{
	switch (io->type) {
	case SPDK_BDEV_IO_TYPE_READ:
	case SPDK_BDEV_IO_TYPE_WRITE:
	case SPDK_BDEV_IO_TYPE_UNMAP:
	case SPDK_BDEV_IO_TYPE_FLUSH:
	case SPDK_BDEV_IO_TYPE_WRITE_ZEROES:
	case SPDK_BDEV_IO_TYPE_WRITE_UNCORRECTABLE:
	case SPDK_BDEV_IO_TYPE_ZCOPY:
	case SPDK_BDEV_IO_TYPE_ZONE_APPEND:
	case SPDK_BDEV_IO_TYPE_COMPARE:
	case SPDK_BDEV_IO_TYPE_COMPARE_AND_WRITE:
	case SPDK_BDEV_IO_TYPE_COPY:
	case SPDK_BDEV_IO_TYPE_SEEK_DATA:
	case SPDK_BDEV_IO_TYPE_SEEK_HOLE:
		return true;
	default:
		return false;
	}
}

void
bdev_trace_record_start(const struct spdk_bdev_io *io)
{
	bool blocks = has_blocks(io);
	uint32_t size = blocks ? (uint32_t)(io->u.bdev.num_blocks * io->bdev->blocklen) : 0;
	uint64_t offset = blocks ? io->u.bdev.offset_blocks : 0;

	spdk_trace_record_tsc(io->internal.submit_tsc, TRACE_BDEV_IO_START,
			      io->bdev->internal.trace_id, size, (uintptr_t)io,
			      spdk_bdev_get_io_type_name(io->type), io->internal.caller_ctx, offset,
			      io->internal.ch->outstanding);
}

void
bdev_trace_record_done(const struct spdk_bdev_io *io, uint64_t now)
{
	spdk_trace_record_tsc(now, TRACE_BDEV_IO_DONE, io->bdev->internal.trace_id, 0,
			      (uintptr_t)io, io->internal.caller_ctx, (int)io->internal.status,
			      io->internal.ch->outstanding);
}

void
bdev_trace_record_channel(uint16_t tpoint_id, const struct spdk_bdev_channel *ch)
{
	spdk_trace_record(tpoint_id, ch->bdev->internal.trace_id, 0, 0,
			  spdk_thread_get_id(ch->thread->thread));
}
