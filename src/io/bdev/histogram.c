/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Histograms of how long I/Os take: one in each channel, which its thread alone writes, and one of
 * the device for what channels that are gone have counted.
 *
 * H1  bdev->internal.histogram is made when first enabled and stays; bdev_lock guards it.
 * H2  The histograms of a device and its channels have the same buckets, those of `opts`. Enabling
 *     with other options begins anew.
 */
#include "bdev_internal.h"
#include "runtime/io_devices.h"
#include "spdk/env.h"
#include "spdk/log.h"

#define NS_PER_SEC UINT64_C(1000000000)
/* 2 MiB of buckets for each channel. */
#define GRANULARITY_MAX 12

struct bdev_histogram {
	bool is_enabled;
	/* A round makes or frees the channels' histograms. */
	bool is_changing;
	struct spdk_bdev_enable_histogram_opts opts;
	/* Of channels that are gone; NULL: not enabled. */
	struct spdk_histogram_data *gone;
};

/* ---- Options ---- */

#define HAS(size, member)                                                     \
	((size) >= offsetof(struct spdk_bdev_enable_histogram_opts, member) + \
			   sizeof(((struct spdk_bdev_enable_histogram_opts *)0)->member))

void
spdk_bdev_enable_histogram_opts_init(struct spdk_bdev_enable_histogram_opts *opts, size_t size)
{
	const struct spdk_bdev_enable_histogram_opts defaults = {
		.size = size,
		.max_nsec = UINT64_MAX,
		.granularity = SPDK_HISTOGRAM_GRANULARITY_DEFAULT,
	};

	if (opts == NULL || !HAS(size, size)) {
		SPDK_ERRLOG("spdk_bdev_enable_histogram_opts_init(): give it the options and their "
			    "size.\n");
		return;
	}
	memcpy(opts, &defaults, spdk_min(size, sizeof(defaults)));
}

/* The caller's as far as they go, and the usual ones. */
static int
take_opts(const struct spdk_bdev_enable_histogram_opts *given,
	  struct spdk_bdev_enable_histogram_opts *out_opts)
{
	struct spdk_bdev_enable_histogram_opts opts;

	spdk_bdev_enable_histogram_opts_init(&opts, sizeof(opts));
	if (given != NULL) {
		if (!HAS(given->size, size)) {
			return -EINVAL;
		}
		memcpy(&opts, given, spdk_min(given->size, sizeof(opts)));
		opts.size = sizeof(opts);
	}
	if (opts.granularity > GRANULARITY_MAX || opts.io_type >= SPDK_BDEV_NUM_IO_TYPES ||
	    opts.min_nsec >= opts.max_nsec) {
		return -EINVAL;
	}
	*out_opts = opts;
	return 0;
}

static uint64_t
ticks_of(uint64_t nsec)
{
	unsigned __int128 ticks = (unsigned __int128)nsec * spdk_get_ticks_hz() / NS_PER_SEC;

	return ticks > UINT64_MAX ? UINT64_MAX : (uint64_t)ticks;
}

static struct spdk_histogram_data *
make_data(const struct spdk_bdev_enable_histogram_opts *opts)
{
	uint64_t min = ticks_of(opts->min_nsec), max = ticks_of(opts->max_nsec);

	return spdk_histogram_data_alloc_sized_ext(opts->granularity, min, spdk_max(max, min + 1));
}

static bool
is_alike(const struct spdk_histogram_data *a, const struct spdk_histogram_data *b)
{
	return a->granularity == b->granularity && a->min_range == b->min_range &&
	       a->max_range == b->max_range;
}

/* ---- Channels ---- */

/* The I/O is over, and no child. */
void
bdev_histogram_count(struct spdk_bdev_channel *ch, struct spdk_bdev_io *io, uint64_t ticks)
{
	uint8_t type = ch->histogram_io_type;

	if ((io->internal.flags & BDEV_IO_CHILD) == 0 &&
	    (type == SPDK_BDEV_IO_TYPE_INVALID || type == io->type)) {
		spdk_histogram_data_tally(ch->histogram, ticks);
	}
}

/* Makes the channel's histogram what the device's options say. */
static int
set_channel(struct spdk_bdev_channel *ch)
{
	struct spdk_bdev_enable_histogram_opts opts;
	struct bdev_histogram *histogram;
	struct spdk_histogram_data *data;
	bool is_enabled;

	bdev_lock();
	histogram = ch->bdev->internal.histogram;
	is_enabled = histogram != NULL && histogram->is_enabled;
	if (is_enabled) {
		opts = histogram->opts;
	}
	bdev_unlock();
	if (!is_enabled) {
		spdk_histogram_data_free(ch->histogram);
		ch->histogram = NULL;
		return 0;
	}
	data = make_data(&opts);
	if (data == NULL) {
		return -ENOMEM;
	}
	if (ch->histogram != NULL && is_alike(ch->histogram, data) &&
	    ch->histogram_io_type == opts.io_type) {
		spdk_histogram_data_free(data);
		return 0;
	}
	spdk_histogram_data_free(ch->histogram);
	ch->histogram = data;
	ch->histogram_io_type = opts.io_type;
	return 0;
}

int
bdev_histogram_channel_init(struct spdk_bdev_channel *ch)
{
	ch->histogram = NULL;
	return set_channel(ch);
}

void
bdev_histogram_channel_fini(struct spdk_bdev_channel *ch)
{
	struct bdev_histogram *histogram;

	if (ch->histogram == NULL) {
		return;
	}
	bdev_lock();
	histogram = ch->bdev->internal.histogram;
	if (histogram->gone != NULL) {
		/* Not alike: enabled anew, and the round has not come here. */
		(void)spdk_histogram_data_merge(histogram->gone, ch->histogram);
	}
	bdev_unlock();
	spdk_histogram_data_free(ch->histogram);
	ch->histogram = NULL;
}

/* ---- Enabling ---- */

struct enabling {
	struct spdk_bdev *bdev;
	int status;
	spdk_bdev_histogram_status_cb cb_fn;
	void *cb_arg;
};

static void
set_visit(struct spdk_io_channel_iter *i)
{
	struct spdk_bdev_channel *ch = bdev_channel_of(spdk_io_channel_iter_get_channel(i));

	spdk_for_each_channel_continue(i, set_channel(ch));
}

static void
set_done(struct spdk_io_channel_iter *i, int status)
{
	struct enabling enabling = *(struct enabling *)spdk_io_channel_iter_get_ctx(i);

	free(spdk_io_channel_iter_get_ctx(i));
	io_devices_round_destroy(i);
	bdev_lock();
	enabling.bdev->internal.histogram->is_changing = false;
	bdev_unlock();
	enabling.cb_fn(enabling.cb_arg, enabling.status);
}

/* Lock held. */
static void
disable(struct bdev_histogram *histogram)
{
	histogram->is_enabled = false;
	spdk_histogram_data_free(histogram->gone);
	histogram->gone = NULL;
}

/* Nowhere, where a channel had no memory. */
static void
set_or_disable(struct spdk_io_channel_iter *i, int status)
{
	struct enabling *enabling = spdk_io_channel_iter_get_ctx(i);

	if (status != -ENOMEM) {
		set_done(i, 0);
		return;
	}
	enabling->status = status;
	bdev_lock();
	disable(enabling->bdev->internal.histogram);
	bdev_unlock();
	io_devices_round_begin(i, bdev_io_device(enabling->bdev), set_visit, enabling, set_done);
}

/* The device's, made when first asked for. */
static struct bdev_histogram *
get_histogram(struct spdk_bdev *bdev)
{
	struct bdev_histogram *histogram = calloc(1, sizeof(*histogram)), *other;

	if (histogram == NULL) {
		return NULL;
	}
	bdev_lock();
	other = bdev->internal.histogram;
	if (other == NULL) {
		bdev->internal.histogram = histogram;
	}
	bdev_unlock();
	if (other != NULL) {
		free(histogram);
		return other;
	}
	return histogram;
}

static int
begin_disabling(struct bdev_histogram *histogram)
{
	int rc = -EAGAIN;

	bdev_lock();
	if (!histogram->is_changing) {
		histogram->is_changing = true;
		disable(histogram);
		rc = 0;
	}
	bdev_unlock();
	return rc;
}

static int
begin_enabling(struct bdev_histogram *histogram, const struct spdk_bdev_enable_histogram_opts *opts)
{
	struct spdk_histogram_data *data = make_data(opts), *old = NULL;
	bool is_new;

	if (data == NULL) {
		return -ENOMEM;
	}
	bdev_lock();
	if (histogram->is_changing) {
		bdev_unlock();
		spdk_histogram_data_free(data);
		return -EAGAIN;
	}
	is_new = !histogram->is_enabled || histogram->opts.io_type != opts->io_type ||
		 !is_alike(histogram->gone, data);
	if (is_new) {
		old = histogram->gone;
		histogram->gone = data;
		histogram->opts = *opts;
		histogram->is_enabled = true;
	}
	histogram->is_changing = true;
	bdev_unlock();
	spdk_histogram_data_free(is_new ? old : data);
	return 0;
}

static int
begin(struct spdk_bdev *bdev, bool enable, const struct spdk_bdev_enable_histogram_opts *given)
{
	struct spdk_bdev_enable_histogram_opts opts;
	struct bdev_histogram *histogram;
	int rc;

	rc = enable ? take_opts(given, &opts) : 0;
	if (rc != 0) {
		return rc;
	}
	histogram = get_histogram(bdev);
	if (histogram == NULL) {
		return -ENOMEM;
	}
	return enable ? begin_enabling(histogram, &opts) : begin_disabling(histogram);
}

void
spdk_bdev_histogram_enable_ext(struct spdk_bdev *bdev, spdk_bdev_histogram_status_cb cb_fn,
			       void *cb_arg, bool enable,
			       struct spdk_bdev_enable_histogram_opts *opts)
{
	struct spdk_io_channel_iter *round = io_devices_round_create();
	struct enabling *enabling = calloc(1, sizeof(*enabling));
	int rc = enabling != NULL && round != NULL ? begin(bdev, enable, opts) : -ENOMEM;

	if (rc != 0) {
		free(enabling);
		io_devices_round_destroy(round);
		cb_fn(cb_arg, rc);
		return;
	}
	*enabling = (struct enabling){.bdev = bdev, .cb_fn = cb_fn, .cb_arg = cb_arg};
	io_devices_round_begin(round, bdev_io_device(bdev), set_visit, enabling, set_or_disable);
}

void
spdk_bdev_histogram_enable(struct spdk_bdev *bdev, spdk_bdev_histogram_status_cb cb_fn,
			   void *cb_arg, bool enable)
{
	spdk_bdev_histogram_enable_ext(bdev, cb_fn, cb_arg, enable, NULL);
}

void
bdev_histogram_free(struct spdk_bdev *bdev)
{
	if (bdev->internal.histogram != NULL) {
		disable(bdev->internal.histogram);
		free(bdev->internal.histogram);
		bdev->internal.histogram = NULL;
	}
}

bool
bdev_histogram_get_opts(struct spdk_bdev *bdev, struct spdk_bdev_enable_histogram_opts *out_opts)
{
	struct bdev_histogram *histogram;
	bool is_enabled;

	bdev_lock();
	histogram = bdev->internal.histogram;
	is_enabled = histogram != NULL && histogram->is_enabled;
	if (is_enabled) {
		*out_opts = histogram->opts;
	}
	bdev_unlock();
	return is_enabled;
}

/* ---- Asking ---- */

struct asking {
	struct spdk_histogram_data *histogram;
	spdk_bdev_histogram_data_cb cb_fn;
	void *cb_arg;
};

static bool
is_empty(const struct spdk_histogram_data *data)
{
	uint64_t i, buckets = SPDK_HISTOGRAM_NUM_BUCKETS(data);

	for (i = 0; i < buckets; i++) {
		if (data->bucket[i] != 0) {
			return false;
		}
	}
	return true;
}

/* Gives a histogram in which nothing is counted the buckets of another. */
static int
adapt(struct spdk_histogram_data *data, const struct spdk_histogram_data *model)
{
	uint64_t *bucket;

	if (is_alike(data, model)) {
		return 0;
	}
	if (!is_empty(data)) {
		return -EINVAL;
	}
	bucket = calloc(SPDK_HISTOGRAM_NUM_BUCKETS(model), sizeof(*bucket));
	if (bucket == NULL) {
		return -ENOMEM;
	}
	free(data->bucket);
	*data = *model;
	data->bucket = bucket;
	return 0;
}

static int
begin_asking(struct spdk_bdev *bdev, struct spdk_histogram_data *data)
{
	struct bdev_histogram *histogram;
	int rc = -EFAULT;

	bdev_lock();
	histogram = bdev->internal.histogram;
	if (histogram != NULL && histogram->is_enabled) {
		rc = adapt(data, histogram->gone);
		if (rc == 0) {
			rc = spdk_histogram_data_merge(data, histogram->gone);
		}
	}
	bdev_unlock();
	return rc;
}

static void
ask_visit(struct spdk_io_channel_iter *i)
{
	struct spdk_bdev_channel *ch = bdev_channel_of(spdk_io_channel_iter_get_channel(i));
	struct asking *asking = spdk_io_channel_iter_get_ctx(i);
	int rc = -EFAULT; /* Disabled meanwhile. */

	if (ch->histogram != NULL) {
		rc = spdk_histogram_data_merge(asking->histogram, ch->histogram);
	}
	spdk_for_each_channel_continue(i, rc);
}

static void
ask_done(struct spdk_io_channel_iter *i, int status)
{
	struct asking asking = *(struct asking *)spdk_io_channel_iter_get_ctx(i);

	free(spdk_io_channel_iter_get_ctx(i));
	io_devices_round_destroy(i);
	asking.cb_fn(asking.cb_arg, status, asking.histogram);
}

void
spdk_bdev_histogram_get(struct spdk_bdev *bdev, struct spdk_histogram_data *histogram,
			spdk_bdev_histogram_data_cb cb_fn, void *cb_arg)
{
	struct spdk_io_channel_iter *round = io_devices_round_create();
	struct asking *asking = calloc(1, sizeof(*asking));
	int rc = asking != NULL && round != NULL ? begin_asking(bdev, histogram) : -ENOMEM;

	if (rc != 0) {
		free(asking);
		io_devices_round_destroy(round);
		cb_fn(cb_arg, rc, histogram);
		return;
	}
	*asking = (struct asking){.histogram = histogram, .cb_fn = cb_fn, .cb_arg = cb_arg};
	io_devices_round_begin(round, bdev_io_device(bdev), ask_visit, asking, ask_done);
}

void
spdk_bdev_channel_get_histogram(struct spdk_io_channel *io_ch, spdk_bdev_histogram_data_cb cb_fn,
				void *cb_arg)
{
	struct spdk_bdev_channel *ch = bdev_channel_of(io_ch);

	cb_fn(cb_arg, ch->histogram != NULL ? 0 : -EFAULT, ch->histogram);
}
