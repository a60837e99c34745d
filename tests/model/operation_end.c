/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The end of an operation: that it is one, the first, in its place, and that status and data are
 * what the model allows.
 */
#include "content.h"
#include "io/bdev/bdev_internal.h"
#include "memory.h"
#include "operation.h"
#include "random.h"
#include "report.h"
#include "spdk/bdev_module.h"
#include "spdk/thread.h"
#include "trouble.h"

/* ---- Status ---- */

static bool
is_excused(const struct operation *operation, int status)
{
	/* A reset may share the result of another. */
	moment_t begin = operation->type == OPERATION_RESET ? operation->subject->resets_since :
							      operation->begin;

	/* A buffer, a lock or a channel could not be had: of those there are no other outcomes. */
	if (trouble_since(TROUBLE_MEMORY, begin) &&
	    (status == SPDK_BDEV_IO_STATUS_FAILED || status == SPDK_BDEV_IO_STATUS_NOMEM)) {
		return true;
	}
	if (operation->type == OPERATION_ABORT) {
		return status == SPDK_BDEV_IO_STATUS_FAILED;
	}
	if (status == SPDK_BDEV_IO_STATUS_ABORTED) {
		return operation->abort_asked || trouble_since(TROUBLE_RESET, begin);
	}
	if (status == SPDK_BDEV_IO_STATUS_MISCOMPARE) {
		return operation->type == OPERATION_COMPARE ||
		       operation->type == OPERATION_COMPARE_AND_WRITE;
	}
	return trouble_since(TROUBLE_DEVICE, begin) && status != SPDK_BDEV_IO_STATUS_NOMEM;
}

static void
check_status(const struct operation *operation, const struct spdk_bdev_io *io, bool success)
{
	int status = io->internal.status;

	if (success != (status == SPDK_BDEV_IO_STATUS_SUCCESS)) {
		report_found(FOUND_STATUS, "operation %" PRIu64 ": success is %d, the status %d",
			     operation->id, success, status);
	}
	if (!success && !is_excused(operation, status)) {
		report_found(FOUND_STATUS,
			     "operation %" PRIu64 " ends with status %d, for no reason",
			     operation->id, status);
	}
}

/* ---- Data ---- */

static void
wrong_data(const struct operation *operation, uint64_t index, uint64_t value, const char *why)
{
	uint64_t block = operation->offset + index;

	history_print(operation->subject->history, block);
	report_found(FOUND_DATA,
		     "operation %" PRIu64 " finds %#" PRIx64 " (write %" PRIu64 ", block %" PRIu64
		     ") in block %" PRIu64 " of %s: %s",
		     operation->id, value, content_write_of(value), content_block_of(value), block,
		     operation->subject->name, why);
}

static void
see(const struct operation *operation, uint64_t index, uint64_t value)
{
	struct history *history = operation->subject->history;
	uint64_t block = operation->offset + index;
	/* Members may differ in what has failed, or was written at once: each read is of any. */
	bool is_mirror = operation->subject->bottom.kind == BOTTOM_RAID1;
	const char *why;

	if (value == CONTENT_TORN) {
		wrong_data(operation, index, value, "it is no block that was written");
	}
	if (!history_allows(history, block, value, operation->begin)) {
		wrong_data(operation, index, value, "that is not there any more, or not yet");
	}
	why = history_see(history, block, value, operation->begin,
			  operation->type != OPERATION_COMPARE_AND_WRITE && !is_mirror);
	if (why != NULL) {
		wrong_data(operation, index, value, why);
	}
}

/* What is in the image was found in the blocks. */
static void
see_image(const struct operation *operation, const uint8_t *md)
{
	uint32_t size = operation->subject->block_size, md_size = operation->subject->md_size;
	uint64_t i, value;

	for (i = 0; i < operation->count; i++) {
		value = content_read(operation->lane->image + i * size, size, CONTENT_DATA);
		see(operation, i, value);
		if (md != NULL && content_read(md + i * md_size, md_size, CONTENT_MD) != value) {
			wrong_data(operation, i, value, "its metadata is another's");
		}
	}
}

static void
get_io_data(const struct operation *operation, struct spdk_bdev_io *io)
{
	struct iovec *iovs;
	int count;

	spdk_bdev_io_get_iovec(io, &iovs, &count);
	if (!vectors_get(iovs, count, operation->lane->image, operation_size(operation))) {
		report_found(FOUND_DATA, "operation %" PRIu64 " has got too small a buffer",
			     operation->id);
	}
}

static void
see_read(const struct operation *operation, struct spdk_bdev_io *io)
{
	struct lane *lane = operation->lane;

	if (operation->library_buffer) {
		get_io_data(operation, io);
	} else {
		scatter_get(&lane->data, lane->image);
	}
	see_image(operation, operation_has_md(operation) ? lane->md : NULL);
}

static void
see_zcopy(const struct operation *operation, struct spdk_bdev_io *io)
{
	get_io_data(operation, io);
	see_image(operation, operation_has_md(operation) ? spdk_bdev_io_get_md_buf(io) : NULL);
}

/* Somewhere there must be something else than what was compared with. */
static void
see_difference(const struct operation *operation)
{
	uint32_t size = operation->subject->block_size;
	uint64_t i, value;

	for (i = 0; i < operation->count; i++) {
		value = content_read(operation->lane->image + i * size, size, CONTENT_DATA);
		if (history_allows_other(operation->subject->history, operation->offset + i, value,
					 operation->begin)) {
			return;
		}
	}
	report_found(FOUND_STATUS, "operation %" PRIu64 " says miscompare, and all is equal",
		     operation->id);
}

/* The caller's memory: nothing but what was read has changed. */
static void
check_scatter(const struct operation *operation, const struct scatter *scatter,
	      const uint8_t *image)
{
	const char *why = scatter_check(scatter);

	if (why == NULL && image != NULL && !scatter_holds(scatter, image)) {
		why = "data that was given was changed";
	}
	if (why != NULL) {
		report_found(FOUND_BUFFER, "operation %" PRIu64 ": %s", operation->id, why);
	}
}

static void
check_memory(const struct operation *operation)
{
	const struct lane *lane = operation->lane;

	switch (operation->type) {
	case OPERATION_READ:
		if (!operation->library_buffer) {
			check_scatter(operation, &lane->data, NULL);
		}
		break;
	case OPERATION_COMPARE_AND_WRITE:
		check_scatter(operation, &lane->fused, lane->other_image);
		check_scatter(operation, &lane->data, lane->image);
		break;
	case OPERATION_WRITE:
	case OPERATION_COMPARE:
		check_scatter(operation, &lane->data, lane->image);
		break;
	default:
		break;
	}
}

/* ---- The end ---- */

static void
check_turn(const struct operation *operation)
{
	if (operation->is_inside_submit) {
		report_found(FOUND_EARLY, "operation %" PRIu64, operation->id);
	}
	if (operation->state != OPERATION_SUBMITTED) {
		report_found(FOUND_DOUBLE, "operation %" PRIu64 ", in state %d", operation->id,
			     operation->state);
	}
	if (spdk_get_thread() != g_world.threads[operation->thread]) {
		report_found(FOUND_STATUS, "operation %" PRIu64 " ends on another thread",
			     operation->id);
	}
}

/* What was submitted before a reset has ended when that has. */
static void
check_reset(const struct operation *operation, const struct spdk_bdev_io *reset)
{
	const struct spdk_bdev_channel *ch;
	const struct spdk_bdev_io *io;
	uint32_t i;

	for (i = 0; i < g_world.count; i++) {
		if (operation->subject->users[i].ch == NULL) {
			continue;
		}
		ch = bdev_channel_of(operation->subject->users[i].ch);
		TAILQ_FOREACH (io, &ch->submitted, internal.ch_link) {
			if (io->internal.submit_tsc < reset->internal.submit_tsc &&
			    io->type != SPDK_BDEV_IO_TYPE_RESET &&
			    io->type != SPDK_BDEV_IO_TYPE_ABORT && !bdev_io_must_arrive(io)) {
				report_found(FOUND_LOST,
					     "a %s that began before reset %" PRIu64
					     " has not ended with it, in state %d",
					     spdk_bdev_get_io_type_name(io->type), operation->id,
					     io->internal.state);
			}
		}
	}
}

/* Compared with what the model says. */
static void
check_result(struct operation *operation, struct spdk_bdev_io *io, bool success)
{
	bool is_unequal = io->internal.status == SPDK_BDEV_IO_STATUS_MISCOMPARE;

	switch (operation->type) {
	case OPERATION_READ:
		if (success) {
			see_read(operation, io);
		}
		break;
	case OPERATION_COMPARE:
	case OPERATION_COMPARE_AND_WRITE:
		if (success) {
			/* What is still in the image, and was not read back. */
			see_image(operation, NULL);
		} else if (is_unequal) {
			see_difference(operation);
		}
		break;
	case OPERATION_RESET:
		if (success) {
			check_reset(operation, io);
			operations_check_reset(operation);
		}
		break;
	case OPERATION_ZCOPY:
		if (success && operation->zcopy == NULL && operation->way != 0) {
			see_zcopy(operation, io);
		}
		break;
	default:
		break;
	}
}

void
operation_done(struct spdk_bdev_io *io, bool success, void *arg)
{
	struct operation *operation = arg;
	bool is_unequal;

	memory_pause();
	history_tick();
	world_note_memory();
	check_turn(operation);
	report_note("%" PRIu64 ": operation %" PRIu64 " ends with status %d", history_now(),
		    operation->id, io->internal.status);
	is_unequal = io->internal.status == SPDK_BDEV_IO_STATUS_MISCOMPARE;
	check_status(operation, io, success);
	check_memory(operation);
	check_result(operation, io, success);
	if (operation->type == OPERATION_RESET) {
		trouble_end(TROUBLE_RESET);
		operation->subject->resets--;
	}
	if (success && operation->type == OPERATION_ZCOPY && operation->zcopy == NULL) {
		operation->zcopy = io;
		operation->state = OPERATION_HOLDING;
		memory_resume();
		return;
	}
	operation_end_writing(operation, success    ? WRITE_DONE :
					 is_unequal ? WRITE_NOT_STARTED :
						      WRITE_FAILED);
	operation_finish(operation);
	memory_resume();
	spdk_bdev_free_io(io);
}
