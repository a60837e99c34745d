/* SPDX-License-Identifier: BSD-3-Clause */
#include "flaky.h"
#include "flaky_io.h"
#include "memory.h"
#include "random.h"
#include "report.h"
#include "spdk/env.h"
#include "spdk/thread.h"
#include "spdk/util.h"
#include "trouble.h"

struct flaky_io {
	uint64_t due;
	bool is_moved;
	TAILQ_ENTRY(flaky_io) link;
};

struct flaky_port {
	/* Devices that use it. */
	uint32_t refs;
	/* The last of them, which waits for its end. */
	struct flaky *last;
};

struct flaky_channel {
	TAILQ_HEAD(, flaky_io) waiting;
	struct spdk_poller *poller;
};

static int
init(void)
{
	return 0;
}

static int
get_ctx_size(void)
{
	return sizeof(struct flaky_io);
}

struct spdk_bdev_module g_flaky_module = {
	.name = "flaky",
	.module_init = init,
	.get_ctx_size = get_ctx_size,
};
SPDK_BDEV_MODULE_REGISTER(flaky, &g_flaky_module)

static struct flaky *
flaky_of(const struct spdk_bdev_io *io)
{
	return io->bdev->ctxt;
}

/* ---- Completion ---- */

static void
complete(struct spdk_bdev_io *io, enum spdk_bdev_io_status status)
{
	flaky_of(io)->outstanding--;
	spdk_bdev_io_complete(io, status);
}

static void
fail(struct spdk_bdev_io *io)
{
	trouble_note(TROUBLE_DEVICE);
	flaky_of(io)->outstanding--;
	switch (random_below(4)) {
	case 0:
		spdk_bdev_io_complete_nvme_status(io, 0, SPDK_NVME_SCT_GENERIC,
						  SPDK_NVME_SC_INTERNAL_DEVICE_ERROR);
		break;
	case 1:
		spdk_bdev_io_complete_scsi_status(io, SPDK_SCSI_STATUS_CHECK_CONDITION,
						  SPDK_SCSI_SENSE_MEDIUM_ERROR, 0, 0);
		break;
	case 2:
		spdk_bdev_io_complete_aio_status(io, -EIO);
		break;
	default:
		spdk_bdev_io_complete(io, SPDK_BDEV_IO_STATUS_FAILED);
		break;
	}
}

static void
end(struct spdk_bdev_io *io)
{
	struct flaky *flaky = flaky_of(io);
	struct flaky_io *own = (struct flaky_io *)io->driver_ctx;
	bool is_equal = true;

	if (random_permille(flaky->temper.failed)) {
		if (!own->is_moved && random_permille(500)) {
			(void)flaky_move(flaky, io, random_below(io->u.bdev.num_blocks + 1));
		}
		fail(io);
		return;
	}
	if (!own->is_moved) {
		is_equal = flaky_move(flaky, io, io->u.bdev.num_blocks);
	}
	complete(io, is_equal ? SPDK_BDEV_IO_STATUS_SUCCESS : SPDK_BDEV_IO_STATUS_MISCOMPARE);
}

static int
poll_channel(void *arg)
{
	struct flaky_channel *channel = arg;
	uint64_t now = spdk_get_ticks();
	struct flaky_io *own, *next;
	int done = 0;

	TAILQ_FOREACH_SAFE (own, &channel->waiting, link, next) {
		if (own->due <= now) {
			TAILQ_REMOVE(&channel->waiting, own, link);
			end(spdk_bdev_io_from_ctx(own));
			done++;
			/* A callback may have ended others, and so `next`. */
			next = TAILQ_FIRST(&channel->waiting);
			if (done > 64) {
				break;
			}
		}
	}
	return done > 0 ? SPDK_POLLER_BUSY : SPDK_POLLER_IDLE;
}

/* ---- Submission ---- */

/* Compare-and-write must find out and act in one moment. */
static bool
may_be_early(const struct spdk_bdev_io *io)
{
	return io->type == SPDK_BDEV_IO_TYPE_READ || io->type == SPDK_BDEV_IO_TYPE_WRITE ||
	       io->type == SPDK_BDEV_IO_TYPE_WRITE_ZEROES || io->type == SPDK_BDEV_IO_TYPE_UNMAP;
}

static void
act(struct spdk_io_channel *ch, struct spdk_bdev_io *io)
{
	struct flaky_channel *channel = spdk_io_channel_get_ctx(ch);
	struct flaky *flaky = flaky_of(io);
	struct flaky_io *own = (struct flaky_io *)io->driver_ctx;

	flaky_check_limits(flaky, io);
	own->is_moved = may_be_early(io) && random_permille(flaky->temper.early);
	if (own->is_moved) {
		(void)flaky_move(flaky, io, io->u.bdev.num_blocks);
	}
	if (random_permille(flaky->temper.at_once)) {
		end(io);
		return;
	}
	own->due = spdk_get_ticks() + random_below(flaky->temper.delay_us_max + 1) *
					      spdk_get_ticks_hz() / SPDK_SEC_TO_USEC;
	TAILQ_INSERT_TAIL(&channel->waiting, own, link);
}

static void
act_with_buf(struct spdk_io_channel *ch, struct spdk_bdev_io *io, bool success)
{
	flaky_of(io)->outstanding++;
	if (success) {
		act(ch, io);
	} else {
		complete(io, SPDK_BDEV_IO_STATUS_NOMEM);
	}
}

static void
abort_waiting(struct flaky_channel *channel, struct spdk_bdev_io *io)
{
	struct spdk_bdev_io *target = io->u.abort.bio_to_abort;
	struct flaky_io *own;

	TAILQ_FOREACH (own, &channel->waiting, link) {
		if (own == (struct flaky_io *)target->driver_ctx) {
			TAILQ_REMOVE(&channel->waiting, own, link);
			complete(target, SPDK_BDEV_IO_STATUS_ABORTED);
			complete(io, SPDK_BDEV_IO_STATUS_SUCCESS);
			return;
		}
	}
	complete(io, SPDK_BDEV_IO_STATUS_FAILED);
}

static void
reset_visit(struct spdk_io_channel_iter *i)
{
	struct flaky_channel *channel =
		spdk_io_channel_get_ctx(spdk_io_channel_iter_get_channel(i));
	struct spdk_bdev_io *reset = spdk_io_channel_iter_get_ctx(i), *io;
	struct flaky_io *own, *next;
	TAILQ_HEAD(, flaky_io) ending = TAILQ_HEAD_INITIALIZER(ending);

	TAILQ_FOREACH_SAFE (own, &channel->waiting, link, next) {
		if (spdk_bdev_io_from_ctx(own)->bdev == reset->bdev) {
			TAILQ_REMOVE(&channel->waiting, own, link);
			TAILQ_INSERT_TAIL(&ending, own, link);
		}
	}
	while ((own = TAILQ_FIRST(&ending)) != NULL) {
		TAILQ_REMOVE(&ending, own, link);
		io = spdk_bdev_io_from_ctx(own);
		complete(io, SPDK_BDEV_IO_STATUS_ABORTED);
	}
	spdk_for_each_channel_continue(i, 0);
}

static void
reset_done(struct spdk_io_channel_iter *i, int status)
{
	struct spdk_bdev_io *reset = spdk_io_channel_iter_get_ctx(i);

	trouble_end(TROUBLE_RESET);
	flaky_of(reset)->is_resetting = false;
	if (random_permille(flaky_of(reset)->temper.failed)) {
		fail(reset);
	} else {
		complete(reset, SPDK_BDEV_IO_STATUS_SUCCESS);
	}
}

static bool
is_refused(const struct flaky *flaky, const struct spdk_bdev_io *io)
{
	if (io->type == SPDK_BDEV_IO_TYPE_ABORT) {
		return false;
	}
	return random_permille(flaky->temper.refused) ||
	       (flaky->temper.outstanding_max != 0 && io->type != SPDK_BDEV_IO_TYPE_RESET &&
		flaky->outstanding > flaky->temper.outstanding_max);
}

static void
submit(struct spdk_io_channel *ch, struct spdk_bdev_io *io)
{
	struct flaky *flaky = flaky_of(io);

	flaky->outstanding++;
	if (is_refused(flaky, io)) {
		complete(io, SPDK_BDEV_IO_STATUS_NOMEM);
		return;
	}
	switch (io->type) {
	case SPDK_BDEV_IO_TYPE_READ:
		/* An abort may end it while it waits, without a word to the module. */
		flaky->outstanding--;
		spdk_bdev_io_get_buf(io, act_with_buf, io->u.bdev.num_blocks * io->bdev->blocklen);
		break;
	case SPDK_BDEV_IO_TYPE_ABORT:
		abort_waiting(spdk_io_channel_get_ctx(ch), io);
		break;
	case SPDK_BDEV_IO_TYPE_RESET:
		trouble_begin(TROUBLE_RESET);
		flaky->is_resetting = true;
		memory_pause(); /* Or else the process ends: it could tell nobody. */
		spdk_for_each_channel(flaky->port, reset_visit, io, reset_done);
		memory_resume();
		break;
	default:
		act(ch, io);
		break;
	}
}

/* ---- The device ---- */

static bool
supports(void *ctx, enum spdk_bdev_io_type type)
{
	const struct flaky *flaky = ctx;

	return (flaky->types & (1u << type)) != 0;
}

static int
create_channel(void *io_device, void *ctx)
{
	struct flaky_channel *channel = ctx;

	TAILQ_INIT(&channel->waiting);
	channel->poller = SPDK_POLLER_REGISTER(poll_channel, channel, 0);
	return channel->poller != NULL ? 0 : -ENOMEM;
}

static void
destroy_channel(void *io_device, void *ctx)
{
	struct flaky_channel *channel = ctx;

	if (!TAILQ_EMPTY(&channel->waiting)) {
		report_found(FOUND_LOST, "a channel of the module goes with I/Os in it");
	}
	spdk_poller_unregister(&channel->poller);
}

static struct spdk_io_channel *
get_channel(void *ctx)
{
	struct flaky *flaky = ctx;

	return spdk_get_io_channel(flaky->port);
}

static void
note_gone(void *arg)
{
	struct flaky *flaky = arg;

	flaky->is_gone = true;
	if (flaky->temper.destructs_late) {
		spdk_bdev_destruct_done(&flaky->bdev, 0);
	}
}

static void
note_port_gone(void *io_device)
{
	struct flaky_port *port = io_device;

	note_gone(port->last);
	free(port);
}

/* After which the port is not used any more. */
static void
put_port(struct flaky *flaky)
{
	struct flaky_port *port = flaky->port;

	if (--port->refs == 0) {
		port->last = flaky;
		spdk_io_device_unregister(port, note_port_gone);
	} else if (!flaky->temper.destructs_late) {
		note_gone(flaky);
	} else if (spdk_thread_send_msg(spdk_get_thread(), note_gone, flaky) != 0) {
		flaky->temper.destructs_late = false;
		note_gone(flaky);
	}
}

static int
destruct(void *ctx)
{
	struct flaky *flaky = ctx;

	if (flaky->outstanding != 0) {
		report_found(FOUND_LOST, "%s is destructed with %u I/Os", flaky->bdev.name,
			     flaky->outstanding);
	}
	put_port(flaky);
	return flaky->temper.destructs_late ? 1 : 0;
}

static const struct spdk_bdev_fn_table g_table = {
	.destruct = destruct,
	.submit_request = submit,
	.io_type_supported = supports,
	.get_io_channel = get_channel,
};

static struct flaky_port *
make_port(const char *name)
{
	struct flaky_port *port = calloc(1, sizeof(*port));

	if (port == NULL) {
		abort();
	}
	spdk_io_device_register(port, create_channel, destroy_channel, sizeof(struct flaky_channel),
				name);
	return port;
}

struct flaky *
flaky_create(const struct flaky_opts *opts)
{
	struct flaky *flaky = calloc(1, sizeof(*flaky));
	int rc;

	if (flaky == NULL) {
		abort();
	}
	flaky->bdev.name = strdup(opts->name);
	flaky->bdev.product_name = (char *)"Flaky";
	flaky->bdev.ctxt = flaky;
	flaky->bdev.fn_table = &g_table;
	flaky->bdev.module = &g_flaky_module;
	flaky_choose(flaky, opts);
	flaky->data = calloc(flaky->blocks_max, flaky->bdev.blocklen);
	flaky->md = calloc(flaky->blocks_max, flaky->bdev.md_len + 1);
	if (flaky->data == NULL || flaky->md == NULL) {
		abort();
	}
	flaky->port = opts->twin != NULL ? opts->twin->port : make_port(opts->name);
	flaky->port->refs++;
	rc = spdk_bdev_register(&flaky->bdev);
	if (rc != 0) {
		report_found(FOUND_RC, "spdk_bdev_register() of %s returns %d", opts->name, rc);
	}
	return flaky;
}

void
flaky_destroy(struct flaky *flaky)
{
	free(flaky->bdev.name);
	free(flaky->data);
	free(flaky->md);
	free(flaky);
}

void
flaky_calm(struct flaky *flaky)
{
	flaky->temper.failed = flaky->temper.refused = 0;
}
