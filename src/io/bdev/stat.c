/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Statistics of I/Os. bdev_stat.h counts them; this file adds up, resets and shows what was
 * counted.
 *
 * T1  What a device did is the sum over its channels, and of bdev->internal.stat (bdev_lock), to
 *     which a channel adds its own when it goes.
 * T2  A minimum of nothing is UINT64_MAX, shown as 0.
 */
#include "bdev_internal.h"
#include "spdk/env.h"
#include "spdk/json.h"
#include "spdk/util.h"

#define STATUS_COUNT (-SPDK_MIN_BDEV_IO_STATUS)

/* ---- Errors ---- */

static const char *const status_names[STATUS_COUNT] = {
	[-SPDK_BDEV_IO_STATUS_FAILED - 1] = "failed",
	[-SPDK_BDEV_IO_STATUS_NVME_ERROR - 1] = "nvme_error",
	[-SPDK_BDEV_IO_STATUS_SCSI_ERROR - 1] = "scsi_error",
	[-SPDK_BDEV_IO_STATUS_NOMEM - 1] = "nomem",
	[-SPDK_BDEV_IO_STATUS_MISCOMPARE - 1] = "miscompare",
	[-SPDK_BDEV_IO_STATUS_FIRST_FUSED_FAILED - 1] = "first_fused_failed",
	[-SPDK_BDEV_IO_STATUS_ABORTED - 1] = "aborted",
	[-SPDK_BDEV_IO_STATUS_AIO_ERROR - 1] = "aio_error",
};

void
bdev_stat_count_error(struct spdk_bdev *bdev, int status)
{
	if (status < 0 && status >= SPDK_MIN_BDEV_IO_STATUS) {
		__atomic_fetch_add(&bdev->internal.stat->io_error->error_status[-status - 1], 1,
				   __ATOMIC_RELAXED);
	}
}

struct stat_with_errors {
	struct spdk_bdev_io_stat stat;
	struct spdk_bdev_io_error_stat io_error;
};

/* Only what bdev_io_stat_create() made has a place for errors: elsewhere the member may be
 * anything. */
static bool
has_errors(const struct spdk_bdev_io_stat *stat)
{
	return stat->io_error == &((const struct stat_with_errors *)stat)->io_error;
}

static uint32_t
errors(const struct spdk_bdev_io_stat *stat, int index)
{
	return __atomic_load_n(&stat->io_error->error_status[index], __ATOMIC_RELAXED);
}

static void
add_errors(struct spdk_bdev_io_stat *total, const struct spdk_bdev_io_stat *add)
{
	int i;

	if (!has_errors(total) || !has_errors(add)) {
		return;
	}
	for (i = 0; i < STATUS_COUNT; i++) {
		total->io_error->error_status[i] += errors(add, i);
	}
}

static void
reset_errors(struct spdk_bdev_io_stat *stat)
{
	int i;

	for (i = 0; has_errors(stat) && i < STATUS_COUNT; i++) {
		__atomic_store_n(&stat->io_error->error_status[i], 0, __ATOMIC_RELAXED);
	}
}

/* ---- Sums ---- */

static void
add_minimum(uint64_t *total, uint64_t add)
{
	*total = spdk_min(*total, add);
}

static void
add_maximum(uint64_t *total, uint64_t add)
{
	*total = spdk_max(*total, add);
}

void
spdk_bdev_add_io_stat(struct spdk_bdev_io_stat *total, struct spdk_bdev_io_stat *add)
{
	total->bytes_read += add->bytes_read;
	total->num_read_ops += add->num_read_ops;
	total->bytes_written += add->bytes_written;
	total->num_write_ops += add->num_write_ops;
	total->bytes_unmapped += add->bytes_unmapped;
	total->num_unmap_ops += add->num_unmap_ops;
	total->bytes_copied += add->bytes_copied;
	total->num_copy_ops += add->num_copy_ops;
	total->read_latency_ticks += add->read_latency_ticks;
	total->write_latency_ticks += add->write_latency_ticks;
	total->unmap_latency_ticks += add->unmap_latency_ticks;
	total->copy_latency_ticks += add->copy_latency_ticks;
	add_maximum(&total->max_read_latency_ticks, add->max_read_latency_ticks);
	add_maximum(&total->max_write_latency_ticks, add->max_write_latency_ticks);
	add_maximum(&total->max_unmap_latency_ticks, add->max_unmap_latency_ticks);
	add_maximum(&total->max_copy_latency_ticks, add->max_copy_latency_ticks);
	add_minimum(&total->min_read_latency_ticks, add->min_read_latency_ticks);
	add_minimum(&total->min_write_latency_ticks, add->min_write_latency_ticks);
	add_minimum(&total->min_unmap_latency_ticks, add->min_unmap_latency_ticks);
	add_minimum(&total->min_copy_latency_ticks, add->min_copy_latency_ticks);
	add_errors(total, add);
}

static void
reset_extremes(struct spdk_bdev_io_stat *stat)
{
	stat->max_read_latency_ticks = 0;
	stat->max_write_latency_ticks = 0;
	stat->max_unmap_latency_ticks = 0;
	stat->max_copy_latency_ticks = 0;
	stat->min_read_latency_ticks = UINT64_MAX;
	stat->min_write_latency_ticks = UINT64_MAX;
	stat->min_unmap_latency_ticks = UINT64_MAX;
	stat->min_copy_latency_ticks = UINT64_MAX;
}

void
spdk_bdev_reset_io_stat(struct spdk_bdev_io_stat *stat, enum spdk_bdev_reset_stat_mode mode)
{
	struct spdk_bdev_io_error_stat *io_error = stat->io_error;

	switch (mode) {
	case SPDK_BDEV_RESET_STAT_NONE:
		break;
	case SPDK_BDEV_RESET_STAT_ERROR:
		reset_errors(stat);
		break;
	case SPDK_BDEV_RESET_STAT_MAXMIN:
		reset_extremes(stat);
		break;
	case SPDK_BDEV_RESET_STAT_ALL:
	default:
		*stat = (struct spdk_bdev_io_stat){
			.ticks_rate = spdk_get_ticks_hz(),
			.io_error = io_error,
		};
		reset_extremes(stat);
		reset_errors(stat);
		break;
	}
}

struct spdk_bdev_io_stat *
bdev_io_stat_create(void)
{
	struct stat_with_errors *both = calloc(1, sizeof(*both));

	if (both == NULL) {
		return NULL;
	}
	both->stat.io_error = &both->io_error;
	spdk_bdev_reset_io_stat(&both->stat, SPDK_BDEV_RESET_STAT_ALL);
	return &both->stat;
}

void
bdev_io_stat_destroy(struct spdk_bdev_io_stat *stat)
{
	free(stat);
}

/* ---- Of a device and its channels ---- */

int
bdev_stat_init(struct spdk_bdev *bdev)
{
	bdev->internal.stat = bdev_io_stat_create();
	return bdev->internal.stat != NULL ? 0 : -ENOMEM;
}

void
bdev_stat_free(struct spdk_bdev *bdev)
{
	bdev_io_stat_destroy(bdev->internal.stat);
	bdev->internal.stat = NULL;
}

void
bdev_stat_channel_init(struct spdk_bdev_channel *ch)
{
	ch->stat.io_error = NULL;
	spdk_bdev_reset_io_stat(&ch->stat, SPDK_BDEV_RESET_STAT_ALL);
}

void
bdev_stat_channel_fini(struct spdk_bdev_channel *ch)
{
	bdev_lock();
	spdk_bdev_add_io_stat(ch->bdev->internal.stat, &ch->stat);
	bdev_unlock();
}

/* But for errors, where the caller's structure may have no place for them. */
static void
copy_stat(struct spdk_bdev_io_stat *to, const struct spdk_bdev_io_stat *from)
{
	memcpy(to, from, offsetof(struct spdk_bdev_io_stat, io_error));
}

void
spdk_bdev_get_io_stat(struct spdk_bdev *bdev, struct spdk_io_channel *io_ch,
		      struct spdk_bdev_io_stat *stat, enum spdk_bdev_reset_stat_mode reset_mode)
{
	struct spdk_bdev_channel *ch = bdev_channel_of(io_ch);

	copy_stat(stat, &ch->stat);
	spdk_bdev_reset_io_stat(&ch->stat, reset_mode);
}

struct stat_round {
	/* NULL: nobody wants to know, it is about the reset. */
	struct spdk_bdev_io_stat *stat;
	enum spdk_bdev_reset_stat_mode reset_mode;
	spdk_bdev_get_device_stat_cb cb;
	void *cb_arg;
};

static void
collect(struct spdk_bdev_channel_iter *i, struct spdk_bdev *bdev, struct spdk_io_channel *io_ch,
	void *ctx)
{
	struct spdk_bdev_channel *ch = bdev_channel_of(io_ch);
	struct stat_round *round = ctx;

	if (round->stat != NULL) {
		spdk_bdev_add_io_stat(round->stat, &ch->stat);
	}
	spdk_bdev_reset_io_stat(&ch->stat, round->reset_mode);
	spdk_bdev_for_each_channel_continue(i, 0);
}

static void
collected(struct spdk_bdev *bdev, void *ctx, int status)
{
	struct stat_round round = *(struct stat_round *)ctx;

	free(ctx);
	round.cb(bdev, round.stat, round.cb_arg, status);
}

static void
collect_gone(struct spdk_bdev *bdev, const struct stat_round *round)
{
	struct spdk_bdev_io_stat *gone = bdev->internal.stat, *stat = round->stat;

	bdev_lock();
	if (stat != NULL) {
		copy_stat(stat, gone);
		stat->ticks_rate = spdk_get_ticks_hz();
		reset_errors(stat);
		add_errors(stat, gone);
	}
	spdk_bdev_reset_io_stat(gone, round->reset_mode);
	bdev_unlock();
}

void
spdk_bdev_get_device_stat(struct spdk_bdev *bdev, struct spdk_bdev_io_stat *stat,
			  enum spdk_bdev_reset_stat_mode reset_mode,
			  spdk_bdev_get_device_stat_cb cb, void *cb_arg)
{
	struct stat_round *round = calloc(1, sizeof(*round));

	if (round == NULL) {
		cb(bdev, stat, cb_arg, -ENOMEM);
		return;
	}
	*round = (struct stat_round){
		.stat = stat,
		.reset_mode = reset_mode,
		.cb = cb,
		.cb_arg = cb_arg,
	};
	collect_gone(bdev, round);
	spdk_bdev_for_each_channel(bdev, collect, round, collected);
}

void
bdev_reset_device_stat(struct spdk_bdev *bdev, enum spdk_bdev_reset_stat_mode mode,
		       spdk_bdev_get_device_stat_cb cb, void *cb_arg)
{
	if (mode != SPDK_BDEV_RESET_STAT_NONE && bdev->fn_table->reset_device_stat != NULL) {
		bdev->fn_table->reset_device_stat(bdev->ctxt);
	}
	spdk_bdev_get_device_stat(bdev, NULL, mode, cb, cb_arg);
}

/* ---- Showing ---- */

static void
dump_latency(struct spdk_json_write_ctx *w, const char *type, const uint64_t *ticks)
{
	char name[64];

	snprintf(name, sizeof(name), "%s_latency_ticks", type);
	spdk_json_write_named_uint64(w, name, ticks[0]);
	snprintf(name, sizeof(name), "max_%s_latency_ticks", type);
	spdk_json_write_named_uint64(w, name, ticks[1]);
	snprintf(name, sizeof(name), "min_%s_latency_ticks", type);
	spdk_json_write_named_uint64(w, name, ticks[2] != UINT64_MAX ? ticks[2] : 0);
}

static void
dump_errors(const struct spdk_bdev_io_stat *stat, struct spdk_json_write_ctx *w)
{
	int i;

	spdk_json_write_named_object_begin(w, "io_error");
	for (i = 0; i < STATUS_COUNT; i++) {
		if (errors(stat, i) != 0) {
			spdk_json_write_named_uint32(w, status_names[i], errors(stat, i));
		}
	}
	spdk_json_write_object_end(w);
}

void
spdk_bdev_dump_io_stat_json(struct spdk_bdev_io_stat *stat, struct spdk_json_write_ctx *w)
{
	const uint64_t read[] = {stat->read_latency_ticks, stat->max_read_latency_ticks,
				 stat->min_read_latency_ticks};
	const uint64_t write[] = {stat->write_latency_ticks, stat->max_write_latency_ticks,
				  stat->min_write_latency_ticks};
	const uint64_t unmap[] = {stat->unmap_latency_ticks, stat->max_unmap_latency_ticks,
				  stat->min_unmap_latency_ticks};
	const uint64_t copy[] = {stat->copy_latency_ticks, stat->max_copy_latency_ticks,
				 stat->min_copy_latency_ticks};

	spdk_json_write_named_uint64(w, "bytes_read", stat->bytes_read);
	spdk_json_write_named_uint64(w, "num_read_ops", stat->num_read_ops);
	spdk_json_write_named_uint64(w, "bytes_written", stat->bytes_written);
	spdk_json_write_named_uint64(w, "num_write_ops", stat->num_write_ops);
	spdk_json_write_named_uint64(w, "bytes_unmapped", stat->bytes_unmapped);
	spdk_json_write_named_uint64(w, "num_unmap_ops", stat->num_unmap_ops);
	spdk_json_write_named_uint64(w, "bytes_copied", stat->bytes_copied);
	spdk_json_write_named_uint64(w, "num_copy_ops", stat->num_copy_ops);
	dump_latency(w, "read", read);
	dump_latency(w, "write", write);
	dump_latency(w, "unmap", unmap);
	dump_latency(w, "copy", copy);
	if (has_errors(stat)) {
		dump_errors(stat, w);
	}
}
