/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Data that changes its place or its form on the way: it lies in a memory domain that the module
 * does not know, operations are to be done with it, or the caller does not want to see its
 * metadata.
 *
 * All three become one sequence of accel: the caller's, if there is one, and between it and the
 * module a copy from or to a buffer of the library's (BDEV_IO_LOCAL), which makes or checks
 * protection information as it goes. What is written passes it before the module gets the I/O; what
 * is read, after.
 *
 * T1  internal.memory_domain and accel_sequence are the caller's, as long as they are not used;
 *     u.bdev has what the module is given.
 */
#include "bdev_internal.h"
#include "spdk/accel.h"
#include "spdk/dif.h"
#include "spdk/log.h"
#include "spdk/string.h"

static bool
is_read(const struct spdk_bdev_io *io)
{
	return io->type == SPDK_BDEV_IO_TYPE_READ;
}

static bool
hides_md(const struct spdk_bdev_io *io)
{
	return io->internal.desc->hide_metadata;
}

static bool
module_runs_sequence(const struct spdk_bdev_io *io)
{
	const struct spdk_bdev *bdev = io->bdev;

	return bdev->fn_table->accel_sequence_supported != NULL &&
	       bdev->fn_table->accel_sequence_supported(bdev->ctxt, io->type);
}

/* ---- Ends ---- */

static void
fail(struct spdk_bdev_io *io, const char *what, int rc)
{
	SPDK_ERRLOG("%s of bdev %s: %s: %s\n", spdk_bdev_get_io_type_name(io->type),
		    spdk_bdev_get_name(io->bdev), what, spdk_strerror(-rc));
	io->internal.status = SPDK_BDEV_IO_STATUS_FAILED;
}

/* The caller's vectors are back in their place. */
static void
drop_local(struct spdk_bdev_io *io)
{
	if ((io->internal.flags & BDEV_IO_LOCAL) != 0) {
		io->internal.flags &= ~BDEV_IO_LOCAL;
		io->u.bdev.iovs = io->internal.bounce.orig_iovs;
		io->u.bdev.iovcnt = io->internal.bounce.orig_iovcnt;
		bdev_io_put_buf(io);
	}
}

void
bdev_io_transfer_drop(struct spdk_bdev_io *io)
{
	if (io->internal.accel_sequence != NULL) {
		spdk_accel_sequence_abort(io->internal.accel_sequence);
		io->internal.accel_sequence = NULL;
	}
	drop_local(io);
}

/* ---- The copy between the caller and the library's buffer ---- */

static int
init_dif(struct spdk_bdev_io *io)
{
	const struct spdk_bdev *bdev = io->bdev;
	struct spdk_dif_ctx_init_ext_opts opts = {
		.size = sizeof(opts),
		.dif_pi_format = bdev->dif_pi_format,
	};

	return spdk_dif_ctx_init(&io->u.bdev.dif_ctx, bdev->blocklen, bdev->md_len, true,
				 bdev->dif_is_head_of_md, bdev->dif_type,
				 io->u.bdev.dif_check_flags, (uint32_t)io->u.bdev.offset_blocks,
				 0xFFFF, 0, 0, 0, &opts);
}

static int
append_write(struct spdk_bdev_io *io, struct spdk_io_channel *accel)
{
	struct spdk_accel_sequence **sequence = &io->internal.accel_sequence;
	struct iovec *local = &io->internal.bounce.iov;
	struct iovec *iovs = io->internal.bounce.orig_iovs;
	uint32_t iovcnt = (uint32_t)io->internal.bounce.orig_iovcnt;

	if (!hides_md(io)) {
		return spdk_accel_append_copy(sequence, accel, local, 1, NULL, NULL, iovs, iovcnt,
					      io->internal.memory_domain,
					      io->internal.memory_domain_ctx, NULL, NULL);
	}
	return spdk_accel_append_dif_generate_copy(
		sequence, accel, local, 1, NULL, NULL, iovs, iovcnt, io->internal.memory_domain,
		io->internal.memory_domain_ctx, (uint32_t)io->u.bdev.num_blocks,
		&io->u.bdev.dif_ctx, NULL, NULL);
}

static int
append_read(struct spdk_bdev_io *io, struct spdk_io_channel *accel)
{
	struct spdk_accel_sequence **sequence = &io->internal.accel_sequence;
	struct iovec *local = &io->internal.bounce.iov;
	struct iovec *iovs = io->internal.bounce.orig_iovs;
	uint32_t iovcnt = (uint32_t)io->internal.bounce.orig_iovcnt;

	if (!hides_md(io)) {
		return spdk_accel_append_copy(
			sequence, accel, iovs, iovcnt, io->internal.memory_domain,
			io->internal.memory_domain_ctx, local, 1, NULL, NULL, NULL, NULL);
	}
	return spdk_accel_append_dif_verify_copy(
		sequence, accel, iovs, iovcnt, io->internal.memory_domain,
		io->internal.memory_domain_ctx, local, 1, NULL, NULL,
		(uint32_t)io->u.bdev.num_blocks, &io->u.bdev.dif_ctx, &io->u.bdev.dif_err, NULL,
		NULL);
}

static int
append_copy(struct spdk_bdev_io *io)
{
	struct spdk_io_channel *accel = bdev_thread_accel(io->internal.ch->thread);
	int rc;

	if (accel == NULL) {
		return -ENOMEM;
	}
	if (hides_md(io)) {
		rc = init_dif(io);
		if (rc != 0) {
			return rc;
		}
	}
	return is_read(io) ? append_read(io, accel) : append_write(io, accel);
}

/* Takes the sequence from the I/O and runs it. */
static void
run(struct spdk_bdev_io *io, spdk_accel_completion_cb cb)
{
	struct spdk_accel_sequence *sequence = io->internal.accel_sequence;

	io->internal.accel_sequence = NULL;
	spdk_accel_sequence_finish(sequence, cb, io);
}

/* ---- Before the module ---- */

static void
written(void *arg, int status)
{
	struct spdk_bdev_io *io = arg;

	if (status == 0 && (io->internal.flags & BDEV_IO_ABORTING) == 0) {
		io->internal.state = BDEV_IO_NEW;
		bdev_io_start(io);
		return;
	}
	if (status != 0) {
		fail(io, "an operation on its data before it is written failed", status);
	} else {
		io->internal.status = SPDK_BDEV_IO_STATUS_ABORTED;
	}
	bdev_io_end(io, io->internal.status);
}

static void
with_local(struct spdk_io_channel *module_channel, struct spdk_bdev_io *io, bool success)
{
	int rc;

	if (!success) {
		io->internal.flags &= ~BDEV_IO_LOCAL;
		fail(io, "no memory for a buffer of the library's", -ENOMEM);
		bdev_io_end(io, io->internal.status);
		return;
	}
	if (is_read(io)) {
		bdev_io_start(io);
		return;
	}
	rc = append_copy(io);
	if (rc != 0) {
		fail(io, "cannot copy its data", rc);
		bdev_io_end(io, io->internal.status);
		return;
	}
	io->internal.state = BDEV_IO_PULLING;
	run(io, written);
}

void
bdev_io_transfer(struct spdk_bdev_io *io)
{
	struct spdk_bdev_io_block_params *params = &io->u.bdev;
	bool runs = params->accel_sequence != NULL &&
		    (!module_runs_sequence(io) || bdev_io_needs_split(io));
	bool moves = hides_md(io) || (params->memory_domain != NULL &&
				      (runs || !io->internal.ch->takes_memory_domains));

	io->internal.accel_sequence = NULL;
	io->internal.memory_domain = params->memory_domain;
	io->internal.memory_domain_ctx = params->memory_domain_ctx;
	if (!runs && !moves) {
		io->internal.flags &= ~BDEV_IO_TRANSFERS;
		bdev_io_start(io);
		return;
	}
	io->internal.accel_sequence = params->accel_sequence;
	params->accel_sequence = NULL;
	if (moves) {
		params->memory_domain = NULL;
		params->memory_domain_ctx = NULL;
		io->internal.flags |= BDEV_IO_LOCAL;
		bdev_io_get_local(io, with_local);
	} else if (is_read(io)) {
		bdev_io_start(io);
	} else {
		io->internal.state = BDEV_IO_PULLING;
		run(io, written);
	}
}

/* ---- After it ---- */

static void
read_done(void *arg, int status)
{
	struct spdk_bdev_io *io = arg;

	if (status != 0) {
		fail(io, "an operation on what was read failed", status);
	}
	drop_local(io);
	bdev_io_finish(io);
}

void
bdev_io_transfer_back(struct spdk_bdev_io *io)
{
	int rc = 0;

	if (io->internal.status != SPDK_BDEV_IO_STATUS_SUCCESS || !is_read(io)) {
		bdev_io_transfer_drop(io);
		bdev_io_finish(io);
		return;
	}
	if ((io->internal.flags & BDEV_IO_LOCAL) != 0) {
		rc = append_copy(io);
	}
	if (rc != 0) {
		fail(io, "cannot copy what was read", rc);
		bdev_io_transfer_drop(io);
		bdev_io_finish(io);
		return;
	}
	io->internal.state = BDEV_IO_PUSHING;
	/* The caller added its operations before: the last of a sequence is the nearest to the
	 * device. */
	spdk_accel_sequence_reverse(io->internal.accel_sequence);
	run(io, read_done);
}
