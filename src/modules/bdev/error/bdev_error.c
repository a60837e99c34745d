/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The error module: I/Os of some types may meet an error on their way to the base.
 *
 * E1  An I/O that got stuck is in its channel's queue until somebody resumes, aborts or resets.
 * E2  A byte of the caller's that is corrupted for a write is as it was when the write completes.
 * E3  Data has to be seen for that, so it comes in plain memory: no memory domains, no sequences.
 */
#include "bdev_error.h"
#include "runtime/io_devices.h"
#include "spdk/json.h"
#include "spdk/likely.h"
#include "spdk/string.h"

#define NAME_PREFIX "EE_"

/* For a table by enum spdk_bdev_io_type, of those that errors can be injected into. */
#define TYPES (SPDK_BDEV_IO_TYPE_FLUSH + 1)

struct error {
	struct layered layered;
	struct injector injectors[TYPES];
};

struct error_io {
	struct bdev_forward forward;
	bool is_stuck;
	/* What is xored with the byte; 0: nothing is corrupted. */
	uint8_t corrupt_value;
	uint64_t corrupt_offset;
	TAILQ_ENTRY(error_io) link;
};

struct error_channel {
	struct layered_channel layered;
	/* For a reset, of which there is one at a time. */
	struct spdk_io_channel_iter *round;
	/* At the base, by this module. */
	uint64_t in_flight;
	TAILQ_HEAD(, error_io) stuck;
};

static struct error *
error_of(struct layered *layered)
{
	return (struct error *)layered;
}

static struct error_io *
io_ctx(struct spdk_bdev_io *io)
{
	return (struct error_io *)io->driver_ctx;
}

static struct error_channel *
channel_of(struct spdk_bdev_io *io)
{
	return spdk_io_channel_get_ctx(spdk_bdev_io_get_io_channel(io));
}

/* ---- To the base and back ---- */

/* The byte is there: injector_take() has looked. */
static void
flip(struct spdk_bdev_io *io)
{
	uint64_t offset = io_ctx(io)->corrupt_offset;
	struct iovec *iov = io->u.bdev.iovs;

	while (offset >= iov->iov_len) {
		offset -= iov->iov_len;
		iov++;
	}
	((uint8_t *)iov->iov_base)[offset] ^= io_ctx(io)->corrupt_value;
}

static void
base_done(struct spdk_bdev_io *base_io, bool success, void *arg)
{
	struct spdk_bdev_io *io = arg;

	channel_of(io)->in_flight--;
	if (spdk_unlikely(io_ctx(io)->corrupt_value != 0)) {
		if (io->type == SPDK_BDEV_IO_TYPE_WRITE || success) {
			flip(io);
		}
	}
	bdev_forward_done(base_io, success, io);
}

static void
go_on(struct error_channel *ch, struct spdk_bdev_io *io)
{
	if (io_ctx(io)->corrupt_value != 0 && io->type == SPDK_BDEV_IO_TYPE_WRITE) {
		flip(io);
	}
	ch->in_flight++;
	bdev_forward(&ch->layered.base, io, base_done);
}

/* ---- Errors ---- */

static bool
meets_error(struct error_channel *ch, struct spdk_bdev_io *io, struct injection *out_injection)
{
	struct error *error = error_of(ch->layered.layered);

	return io->type < TYPES &&
	       injector_take(&error->injectors[io->type], ch->in_flight,
			     io->u.bdev.num_blocks * io->bdev->blocklen, out_injection);
}

static void
stick(struct error_channel *ch, struct spdk_bdev_io *io)
{
	io_ctx(io)->is_stuck = true;
	TAILQ_INSERT_TAIL(&ch->stuck, io_ctx(io), link);
}

static void
unstick(struct error_channel *ch, struct error_io *ctx)
{
	ctx->is_stuck = false;
	TAILQ_REMOVE(&ch->stuck, ctx, link);
}

static void
err(struct error_channel *ch, struct spdk_bdev_io *io, const struct injection *injection)
{
	switch (injection->type) {
	case SPDK_BDEV_ERROR_TYPE_FAILURE:
		spdk_bdev_io_complete(io, SPDK_BDEV_IO_STATUS_FAILED);
		break;
	case SPDK_BDEV_ERROR_TYPE_NVME_FAILURE:
		spdk_bdev_io_complete_nvme_status(io, 0, injection->sct, injection->sc);
		break;
	case SPDK_BDEV_ERROR_TYPE_NOMEM:
		spdk_bdev_io_complete(io, SPDK_BDEV_IO_STATUS_NOMEM);
		break;
	case SPDK_BDEV_ERROR_TYPE_PENDING:
		stick(ch, io);
		break;
	case SPDK_BDEV_ERROR_TYPE_CORRUPT_DATA:
		io_ctx(io)->corrupt_value = injection->corrupt_value;
		io_ctx(io)->corrupt_offset = injection->corrupt_offset;
		go_on(ch, io);
		break;
	default:
		go_on(ch, io);
		break;
	}
}

static void
submit_abort(struct error_channel *ch, struct spdk_bdev_io *io)
{
	struct error_io *target = io_ctx(io->u.abort.bio_to_abort);

	if (!target->is_stuck) {
		bdev_forward(&ch->layered.base, io, bdev_forward_done);
		return;
	}
	unstick(ch, target);
	spdk_bdev_io_complete(io->u.abort.bio_to_abort, SPDK_BDEV_IO_STATUS_ABORTED);
	spdk_bdev_io_complete(io, SPDK_BDEV_IO_STATUS_SUCCESS);
}

static void
abort_stuck(struct spdk_io_channel_iter *i)
{
	struct error_channel *ch = spdk_io_channel_get_ctx(spdk_io_channel_iter_get_channel(i));
	struct error_io *ctx;

	while ((ctx = TAILQ_FIRST(&ch->stuck)) != NULL) {
		unstick(ch, ctx);
		spdk_bdev_io_complete(spdk_bdev_io_from_ctx(ctx), SPDK_BDEV_IO_STATUS_ABORTED);
	}
	spdk_for_each_channel_continue(i, 0);
}

static void
reset_base(struct spdk_io_channel_iter *i, int status)
{
	struct spdk_bdev_io *io = spdk_io_channel_iter_get_ctx(i);

	bdev_forward(&channel_of(io)->layered.base, io, bdev_forward_done);
}

static void
submit(struct spdk_io_channel *io_ch, struct spdk_bdev_io *io)
{
	struct error_channel *ch = spdk_io_channel_get_ctx(io_ch);
	struct injection injection;

	io_ctx(io)->is_stuck = false;
	io_ctx(io)->corrupt_value = 0;
	if (io->type == SPDK_BDEV_IO_TYPE_RESET) {
		io_devices_round_begin(ch->round, spdk_io_channel_get_io_device(io_ch), abort_stuck,
				       io, reset_base);
	} else if (io->type == SPDK_BDEV_IO_TYPE_ABORT) {
		submit_abort(ch, io);
	} else if (spdk_unlikely(meets_error(ch, io, &injection))) {
		err(ch, io, &injection);
	} else {
		go_on(ch, io);
	}
}

static int
init_channel(struct layered *layered, void *channel)
{
	struct error_channel *ch = channel;

	ch->in_flight = 0;
	TAILQ_INIT(&ch->stuck);
	ch->round = io_devices_round_create();
	return ch->round != NULL ? 0 : -ENOMEM;
}

static void
fini_channel(struct layered *layered, void *channel)
{
	struct error_channel *ch = channel;

	io_devices_round_destroy(ch->round);
}

/* ---- From outside ---- */

int
error_bdev_create(const char *base_name, const struct spdk_uuid *uuid,
		  struct bdev_reason *out_reason)
{
	char *name = spdk_sprintf_alloc(NAME_PREFIX "%s", base_name);
	struct layered *layered;

	if (name == NULL) {
		return -ENOMEM;
	}
	layered = layered_new(&g_error_type, name, base_name, uuid);
	free(name);
	return layered != NULL ? layered_add(layered, out_reason) : -ENOMEM;
}

static int
check_injection(int io_type, const struct injection *injection, struct bdev_reason *reason)
{
	if (injection->type != SPDK_BDEV_ERROR_TYPE_CORRUPT_DATA || injection->count == 0 ||
	    io_type == ERROR_IO_TYPE_CLEAR) {
		return 0;
	}
	if (injection->corrupt_value == 0) {
		return bdev_refuse(reason, -EINVAL,
				   "corrupt_value is 0, which changes nothing: give one of 1 to "
				   "255");
	}
	if (io_type != SPDK_BDEV_IO_TYPE_READ && io_type != SPDK_BDEV_IO_TYPE_WRITE &&
	    io_type != ERROR_IO_TYPE_ALL) {
		return bdev_refuse(reason, -EINVAL,
				   "corrupt_data is for reads and writes, %s has no data",
				   spdk_bdev_get_io_type_name(io_type));
	}
	return 0;
}

/* What `all` means for an error that needs data. */
static bool
takes(int io_type, enum spdk_bdev_error_type type)
{
	return type != SPDK_BDEV_ERROR_TYPE_CORRUPT_DATA || io_type == SPDK_BDEV_IO_TYPE_READ ||
	       io_type == SPDK_BDEV_IO_TYPE_WRITE;
}

int
error_bdev_inject(struct layered *layered, int io_type, const struct injection *injection,
		  struct bdev_reason *out_reason)
{
	static const struct injection none = {.count = 0};
	int type, rc;

	rc = check_injection(io_type, injection, out_reason);
	if (rc != 0) {
		return rc;
	}
	for (type = SPDK_BDEV_IO_TYPE_READ; type < TYPES; type++) {
		struct injector *injector = &error_of(layered)->injectors[type];

		if (io_type == ERROR_IO_TYPE_CLEAR) {
			injector_arm(injector, &none);
		} else if (io_type == type ||
			   (io_type == ERROR_IO_TYPE_ALL && takes(type, injection->type))) {
			injector_arm(injector, injection);
		}
	}
	return 0;
}

static void
resume(void *channel)
{
	struct error_channel *ch = channel;
	struct error_io *ctx;

	while ((ctx = TAILQ_FIRST(&ch->stuck)) != NULL) {
		unstick(ch, ctx);
		go_on(ch, spdk_bdev_io_from_ctx(ctx));
	}
}

int
error_bdev_resume(struct layered *layered, spdk_bdev_unregister_cb cb_fn, void *cb_arg)
{
	return layered_visit_channels(layered, resume, cb_fn, cb_arg);
}

static void
write_params(const struct layered *layered, struct spdk_json_write_ctx *w)
{
	spdk_json_write_named_string(w, "base_name", layered->base_name);
	layered_write_uuid(layered, w);
}

static int
dump_info(void *ctx, struct spdk_json_write_ctx *w)
{
	spdk_json_write_named_object_begin(w, "error_disk");
	spdk_json_write_named_string(w, "base_bdev", layered_of(ctx)->base_name);
	spdk_json_write_object_end(w);
	return 0;
}

static const struct spdk_bdev_fn_table g_error_table = {
	.destruct = layered_destruct,
	.submit_request = submit,
	.io_type_supported = layered_supports,
	.get_io_channel = layered_get_channel,
	.dump_info_json = dump_info,
};

/* ---- The module ---- */

static int
init(void)
{
	return 0;
}

static void
fini(void)
{
	layered_free_all(&g_error_type);
}

static int
get_ctx_size(void)
{
	return sizeof(struct error_io);
}

static void
examine(struct spdk_bdev *bdev)
{
	layered_examine(&g_error_type, bdev);
}

static int
write_config(struct spdk_json_write_ctx *w)
{
	layered_write_config(&g_error_type, w);
	return 0;
}

static struct spdk_bdev_module g_error_module = {
	.name = "error",
	.module_init = init,
	.module_fini = fini,
	.get_ctx_size = get_ctx_size,
	.examine_config = examine,
	.config_json = write_config,
};
SPDK_BDEV_MODULE_REGISTER(error, &g_error_module)

struct layered_type g_error_type = {
	.module = &g_error_module,
	.product_name = "Error Injection Disk",
	.fn_table = &g_error_table,
	.name_space.u.raw = {0xc3, 0x91, 0x4a, 0x60, 0x7e, 0x12, 0x4d, 0x05, 0xa8, 0x4b, 0x66, 0x1f,
			     0x39, 0x8e, 0xd0, 0x03},
	.size = sizeof(struct error),
	.channel_size = sizeof(struct error_channel),
	.init_channel = init_channel,
	.fini_channel = fini_channel,
	.create_method = "bdev_error_create",
	.write_params = write_params,
	.list = TAILQ_HEAD_INITIALIZER(g_error_type.list),
};
