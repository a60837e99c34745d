/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The layer as a configuration: the calls of methods that bring another process to the same state.
 * Options are first, since they count before anything is started; what is built is in the order in
 * which it was built; and at the end all must have been examined, before anybody goes on.
 */
#include "device.h"
#include "spdk/json.h"
#include "spdk/log.h"
#include "spdk/string.h"

static void
begin_call(struct spdk_json_write_ctx *w, const char *method)
{
	spdk_json_write_object_begin(w);
	spdk_json_write_named_string(w, "method", method);
	spdk_json_write_named_object_begin(w, "params");
}

static void
end_call(struct spdk_json_write_ctx *w)
{
	spdk_json_write_object_end(w);
	spdk_json_write_object_end(w);
}

static void
write_options(struct spdk_json_write_ctx *w)
{
	const struct spdk_bdev_opts *opts = &g_bdev_manager.opts;

	begin_call(w, "bdev_set_options");
	spdk_json_write_named_uint32(w, "bdev_io_pool_size", opts->bdev_io_pool_size);
	spdk_json_write_named_uint32(w, "bdev_io_cache_size", opts->bdev_io_cache_size);
	spdk_json_write_named_bool(w, "bdev_auto_examine", opts->bdev_auto_examine);
	spdk_json_write_named_uint32(w, "iobuf_small_cache_size", opts->iobuf_small_cache_size);
	spdk_json_write_named_uint32(w, "iobuf_large_cache_size", opts->iobuf_large_cache_size);
	end_call(w);
}

static void
write_modules(struct spdk_json_write_ctx *w)
{
	struct spdk_bdev_module *module;
	int rc;

	for (module = bdev_module_first(); module != NULL; module = bdev_module_next(module)) {
		rc = module->config_json != NULL ? module->config_json(w) : 0;
		if (rc != 0) {
			SPDK_ERRLOG("The configuration of module %s is not complete: %s.\n",
				    module->name, spdk_strerror(abs(rc)));
		}
	}
}

/* Whether there is any. */
static bool
get_limits(struct spdk_bdev *bdev, uint64_t *out_limits)
{
	bool is_limited = false;
	int i;

	spdk_bdev_get_qos_rate_limits(bdev, out_limits);
	for (i = 0; i < SPDK_BDEV_QOS_NUM_RATE_LIMIT_TYPES; i++) {
		is_limited = is_limited || out_limits[i] != 0;
	}
	return is_limited;
}

static void
write_limits(struct spdk_bdev *bdev, struct spdk_json_write_ctx *w)
{
	uint64_t limits[SPDK_BDEV_QOS_NUM_RATE_LIMIT_TYPES];
	int i;

	if (!get_limits(bdev, limits)) {
		return;
	}
	begin_call(w, "bdev_set_qos_limit");
	spdk_json_write_named_string(w, "name", bdev->name);
	for (i = 0; i < SPDK_BDEV_QOS_NUM_RATE_LIMIT_TYPES; i++) {
		if (limits[i] != 0) {
			spdk_json_write_named_uint64(w, spdk_bdev_get_qos_rpc_type(i), limits[i]);
		}
	}
	end_call(w);
}

static void
write_histogram(struct spdk_bdev *bdev, struct spdk_json_write_ctx *w)
{
	struct spdk_bdev_enable_histogram_opts opts;

	if (!bdev_histogram_get_opts(bdev, &opts)) {
		return;
	}
	begin_call(w, "bdev_enable_histogram");
	spdk_json_write_named_string(w, "name", bdev->name);
	spdk_json_write_named_bool(w, "enable", true);
	if (opts.io_type != SPDK_BDEV_IO_TYPE_INVALID) {
		spdk_json_write_named_string(w, "opc", spdk_bdev_get_io_type_name(opts.io_type));
	}
	spdk_json_write_named_uint8(w, "granularity", opts.granularity);
	spdk_json_write_named_uint64(w, "min_nsec", opts.min_nsec);
	spdk_json_write_named_uint64(w, "max_nsec", opts.max_nsec);
	end_call(w);
}

static void
write_sampling(struct spdk_bdev *bdev, struct spdk_json_write_ctx *w)
{
	uint64_t period = spdk_bdev_get_qd_sampling_period(bdev);

	if (period == 0) {
		return;
	}
	begin_call(w, "bdev_set_qd_sampling_period");
	spdk_json_write_named_string(w, "name", bdev->name);
	spdk_json_write_named_uint64(w, "period", period);
	end_call(w);
}

struct devices {
	struct spdk_json_write_ctx *w;
	/* The module of the batch that is open, or NULL. */
	const struct spdk_bdev_module *module;
};

static void
end_batch(struct devices *devices)
{
	if (devices->module != NULL) {
		spdk_json_write_batch_end(devices->w);
		devices->module = NULL;
	}
}

/* Whether the calls for its devices may run at the same time: none of them needs another. */
static bool
stands_on_nothing(const struct spdk_bdev_module *module)
{
	return module->examine_config == NULL && module->examine_disk == NULL;
}

/* Devices of a module that come one after the other are a batch. */
static int
write_bdev(void *ctx, struct spdk_bdev *bdev)
{
	struct devices *devices = ctx;

	if (bdev->fn_table->write_config_json == NULL) {
		return 0;
	}
	if (bdev->module != devices->module) {
		end_batch(devices);
		if (stands_on_nothing(bdev->module)) {
			spdk_json_write_batch_begin(devices->w);
			devices->module = bdev->module;
		}
	}
	bdev->fn_table->write_config_json(bdev, devices->w);
	return 0;
}

static void
write_wait(struct spdk_json_write_ctx *w)
{
	spdk_json_write_object_begin(w);
	spdk_json_write_named_string(w, "method", "bdev_wait_for_examine");
	spdk_json_write_object_end(w);
}

static bool
has_settings(struct spdk_bdev *bdev)
{
	struct spdk_bdev_enable_histogram_opts opts;
	uint64_t limits[SPDK_BDEV_QOS_NUM_RATE_LIMIT_TYPES];

	return get_limits(bdev, limits) || bdev_histogram_get_opts(bdev, &opts) ||
	       spdk_bdev_get_qd_sampling_period(bdev) != 0;
}

struct settings {
	struct spdk_json_write_ctx *w;
	bool are_any;
};

/* What is built by an examination is there only when that has ended, so that the first device with
 * settings waits for all. */
static int
write_settings(void *ctx, struct spdk_bdev *bdev)
{
	struct settings *settings = ctx;

	if (!has_settings(bdev)) {
		return 0;
	}
	if (!settings->are_any) {
		settings->are_any = true;
		write_wait(settings->w);
	}
	write_limits(bdev, settings->w);
	write_histogram(bdev, settings->w);
	write_sampling(bdev, settings->w);
	return 0;
}

void
spdk_bdev_subsystem_config_json(struct spdk_json_write_ctx *w)
{
	struct settings settings = {.w = w};
	struct devices devices = {.w = w};

	if (w == NULL) {
		return;
	}
	spdk_json_write_array_begin(w);
	write_options(w);
	bdev_examine_write_config(w);
	write_modules(w);
	(void)spdk_for_each_bdev(&devices, write_bdev); /* These two return 0. */
	end_batch(&devices);
	(void)spdk_for_each_bdev(&settings, write_settings);
	write_wait(w);
	spdk_json_write_array_end(w);
}
