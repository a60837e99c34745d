/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The many functions that submit an I/O, of which an operation takes one.
 */
#include "operation.h"

/* With options, and data that may be anywhere. */
static int
call_ext(struct operation *operation, struct spdk_bdev_ext_io_opts *opts)
{
	struct io_user *user = &operation->subject->users[operation->thread];
	bool is_read = operation->type == OPERATION_READ;
	struct lane *lane = operation->lane;
	struct iovec *iovs = lane->data.iovs;
	int count = lane->data.count;

	if (operation->place != PLACE_NEAR &&
	    far_begin(&lane->far, operation->place, &lane->data, is_read, opts)) {
		iovs = lane->far.iovs;
		count = lane->far.count;
	}
	if (is_read) {
		return spdk_bdev_readv_blocks_ext(user->desc, user->ch, iovs, count,
						  operation->offset, operation->count,
						  operation_done, operation, opts);
	}
	return spdk_bdev_writev_blocks_ext(user->desc, user->ch, iovs, count, operation->offset,
					   operation->count, operation_done, operation, opts);
}

static int
call_read(struct operation *operation)
{
	struct io_user *user = &operation->subject->users[operation->thread];
	struct scatter *data = &operation->lane->data;
	void *md = operation_has_md(operation) ? operation->lane->md : NULL;
	struct spdk_bdev_ext_io_opts opts = {.size = sizeof(opts), .metadata = md};

	if (operation->way == 0 && md == NULL) {
		return spdk_bdev_read(user->desc, user->ch, data->iovs[0].iov_base,
				      operation->offset * operation->subject->block_size,
				      operation_size(operation), operation_done, operation);
	}
	if (operation->way == 0) {
		return spdk_bdev_read_blocks_with_md(user->desc, user->ch, data->iovs[0].iov_base,
						     md, operation->offset, operation->count,
						     operation_done, operation);
	}
	if (operation->way == 1) {
		return call_ext(operation, &opts);
	}
	return spdk_bdev_readv_blocks_with_md(user->desc, user->ch, data->iovs, data->count, md,
					      operation->offset, operation->count, operation_done,
					      operation);
}

static int
call_write(struct operation *operation)
{
	struct io_user *user = &operation->subject->users[operation->thread];
	struct scatter *data = &operation->lane->data;
	void *md = operation_has_md(operation) ? operation->lane->md : NULL;
	struct spdk_bdev_ext_io_opts opts = {.size = sizeof(opts), .metadata = md};

	if (operation->way == 0 && md == NULL) {
		return spdk_bdev_write(user->desc, user->ch, data->iovs[0].iov_base,
				       operation->offset * operation->subject->block_size,
				       operation_size(operation), operation_done, operation);
	}
	if (operation->way == 0) {
		return spdk_bdev_write_blocks_with_md(user->desc, user->ch, data->iovs[0].iov_base,
						      md, operation->offset, operation->count,
						      operation_done, operation);
	}
	if (operation->way == 1) {
		return call_ext(operation, &opts);
	}
	return spdk_bdev_writev_blocks_with_md(user->desc, user->ch, data->iovs, data->count, md,
					       operation->offset, operation->count, operation_done,
					       operation);
}

static int
call_compare(struct operation *operation)
{
	struct io_user *user = &operation->subject->users[operation->thread];
	struct lane *lane = operation->lane;
	void *md = operation_has_md(operation) ? lane->md : NULL;

	if (operation->type == OPERATION_COMPARE_AND_WRITE) {
		return spdk_bdev_comparev_and_writev_blocks(
			user->desc, user->ch, lane->data.iovs, lane->data.count, lane->fused.iovs,
			lane->fused.count, operation->offset, operation->count, operation_done,
			operation);
	}
	if (operation->way == 0) {
		return spdk_bdev_compare_blocks_with_md(
			user->desc, user->ch, lane->data.iovs[0].iov_base, md, operation->offset,
			operation->count, operation_done, operation);
	}
	return spdk_bdev_comparev_blocks_with_md(user->desc, user->ch, lane->data.iovs,
						 lane->data.count, md, operation->offset,
						 operation->count, operation_done, operation);
}

int
operation_call(struct operation *operation)
{
	struct io_user *user = &operation->subject->users[operation->thread];
	uint64_t offset = operation->offset, count = operation->count;

	switch (operation->type) {
	case OPERATION_READ:
		return call_read(operation);
	case OPERATION_WRITE:
		return call_write(operation);
	case OPERATION_COMPARE:
	case OPERATION_COMPARE_AND_WRITE:
		return call_compare(operation);
	case OPERATION_ZEROES:
		return spdk_bdev_write_zeroes_blocks(user->desc, user->ch, offset, count,
						     operation_done, operation);
	case OPERATION_UNMAP:
		return spdk_bdev_unmap_blocks(user->desc, user->ch, offset, count, operation_done,
					      operation);
	case OPERATION_COPY:
		return spdk_bdev_copy_blocks(user->desc, user->ch, offset, operation->source, count,
					     operation_done, operation);
	case OPERATION_ZCOPY:
		return spdk_bdev_zcopy_start(user->desc, user->ch, NULL, 0, offset, count,
					     operation->way != 0, operation_done, operation);
	case OPERATION_FLUSH:
		return spdk_bdev_flush_blocks(user->desc, user->ch, offset, count, operation_done,
					      operation);
	case OPERATION_RESET:
		return spdk_bdev_reset(user->desc, user->ch, operation_done, operation);
	default:
		return spdk_bdev_abort(user->desc, user->ch, operation->to_abort, operation_done,
				       operation);
	}
}

bool
operation_is_supported(const struct operation *operation)
{
	static const enum spdk_bdev_io_type types[] = {
		[OPERATION_READ] = SPDK_BDEV_IO_TYPE_READ,
		[OPERATION_WRITE] = SPDK_BDEV_IO_TYPE_WRITE,
		[OPERATION_ZEROES] = SPDK_BDEV_IO_TYPE_WRITE_ZEROES,
		[OPERATION_UNMAP] = SPDK_BDEV_IO_TYPE_UNMAP,
		[OPERATION_COPY] = SPDK_BDEV_IO_TYPE_COPY,
		[OPERATION_COMPARE] = SPDK_BDEV_IO_TYPE_COMPARE,
		[OPERATION_COMPARE_AND_WRITE] = SPDK_BDEV_IO_TYPE_COMPARE_AND_WRITE,
		[OPERATION_ZCOPY] = SPDK_BDEV_IO_TYPE_ZCOPY,
		[OPERATION_FLUSH] = SPDK_BDEV_IO_TYPE_FLUSH,
		[OPERATION_RESET] = SPDK_BDEV_IO_TYPE_RESET,
		[OPERATION_ABORT] = SPDK_BDEV_IO_TYPE_ABORT,
	};

	return spdk_bdev_io_type_supported(operation->subject->bdev, types[operation->type]);
}
