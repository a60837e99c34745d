/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Methods for histograms of how long I/Os take.
 */
#include "bdev_rpc.h"
#include "spdk/base64.h"
#include "spdk/env.h"
#include "spdk/histogram_data.h"
#include "spdk/rpc.h"
#include "spdk/util.h"

#define BORDERS_MAX    256
#define US_PER_SEC     UINT64_C(1000000)
#define MIN_NSEC_USUAL UINT64_C(1000)
#define MAX_NSEC_USUAL UINT64_C(120000000000)

/* ---- Enable ---- */

struct enable_params {
	char *name;
	bool enable;
	char *opc;
	uint8_t granularity;
	uint64_t min_nsec;
	uint64_t max_nsec;
};

static const struct enable_params enable_defaults = {
	.granularity = SPDK_HISTOGRAM_GRANULARITY_DEFAULT,
	.min_nsec = MIN_NSEC_USUAL,
	.max_nsec = MAX_NSEC_USUAL,
};

static const struct spindle_rpc_param enable_members[] = {
	{.name = "name",
	 .kind = SPINDLE_RPC_STRING,
	 .is_required = true,
	 .offset = offsetof(struct enable_params, name),
	 .doc = "Name or alias of a bdev"},
	{.name = "enable",
	 .kind = SPINDLE_RPC_BOOL,
	 .is_required = true,
	 .offset = offsetof(struct enable_params, enable),
	 .doc = "Whether times are counted"},
	{.name = "opc",
	 .kind = SPINDLE_RPC_STRING,
	 .offset = offsetof(struct enable_params, opc),
	 .doc = "Those of one type of I/O, such as read (default: of all)"},
	{.name = "granularity",
	 .kind = SPINDLE_RPC_UINT8,
	 .offset = offsetof(struct enable_params, granularity),
	 .doc = "Each power of 2 has 2 to the power of this buckets (default: 7)"},
	{.name = "min_nsec",
	 .kind = SPINDLE_RPC_UINT64,
	 .offset = offsetof(struct enable_params, min_nsec),
	 .doc = "The first bucket has what is shorter, in nanoseconds (default: 1000)"},
	{.name = "max_nsec",
	 .kind = SPINDLE_RPC_UINT64,
	 .offset = offsetof(struct enable_params, max_nsec),
	 .doc = "The last bucket has what is longer, in nanoseconds (default: 120 s)"},
};

static const struct spindle_rpc_object enable_params =
	SPINDLE_RPC_OBJECT_WITH(struct enable_params, enable_members, &enable_defaults);

static void
enable_histogram(struct spdk_jsonrpc_request *request, void *ctx)
{
	const struct enable_params *params = ctx;
	struct spdk_bdev_enable_histogram_opts opts;
	struct bdev_rpc_deed *deed;
	int type = SPDK_BDEV_IO_TYPE_INVALID;

	if (params->opc != NULL) {
		type = spdk_bdev_get_io_type(params->opc);
	}
	if (type < 0) {
		spdk_jsonrpc_send_error_response_fmt(
			request, SPDK_JSONRPC_ERROR_INVALID_PARAMS,
			"There is no type of I/O '%s'; supported_io_types of bdev_get_bdevs has "
			"all",
			params->opc);
		return;
	}
	spdk_bdev_enable_histogram_opts_init(&opts, sizeof(opts));
	opts.io_type = (uint8_t)type;
	opts.granularity = params->granularity;
	opts.min_nsec = params->min_nsec;
	opts.max_nsec = params->max_nsec;
	deed = bdev_rpc_begin(request, params->name);
	if (deed != NULL) {
		spdk_bdev_histogram_enable_ext(bdev_rpc_deed_bdev(deed), bdev_rpc_done, deed,
					       params->enable, &opts);
	}
}

SPINDLE_RPC_REGISTER("bdev_enable_histogram", enable_histogram, SPDK_RPC_RUNTIME, &enable_params,
		     "Counts how long I/Os of a bdev take, or ends that")

/* ---- Get ---- */

struct histogram_params {
	char *name;
	uint64_t borders[BORDERS_MAX];
	size_t borders_count;
};

/* One histogram on its way to who asked for it. */
struct fetch {
	struct spdk_jsonrpc_request *request;
	struct spdk_bdev *bdev;
	struct spdk_histogram_data *data;
	void (*send_fn)(struct fetch *fetch);
	size_t borders_count;
	uint64_t borders[BORDERS_MAX];
};

static void
free_fetch(struct fetch *fetch)
{
	if (fetch->bdev != NULL) {
		bdev_release(fetch->bdev);
	}
	spdk_histogram_data_free(fetch->data);
	free(fetch);
}

static void
fetched(void *arg, int status, struct spdk_histogram_data *data)
{
	struct fetch *fetch = arg;

	if (status == 0) {
		fetch->send_fn(fetch);
	} else if (status == -EFAULT) {
		spdk_jsonrpc_send_error_response_fmt(
			fetch->request, status,
			"bdev %s has no histogram: call bdev_enable_histogram first",
			fetch->bdev->name);
	} else {
		bdev_rpc_error(fetch->request, fetch->bdev->name, status);
	}
	free_fetch(fetch);
}

static void
begin_fetch(struct spdk_jsonrpc_request *request, const struct histogram_params *params,
	    void (*send_fn)(struct fetch *fetch))
{
	struct fetch *fetch = calloc(1, sizeof(*fetch));

	if (fetch == NULL) {
		bdev_rpc_error(request, params->name, -ENOMEM);
		return;
	}
	fetch->request = request;
	fetch->send_fn = send_fn;
	fetch->borders_count = params->borders_count;
	memcpy(fetch->borders, params->borders, sizeof(fetch->borders));
	fetch->data = spdk_histogram_data_alloc();
	if (fetch->data == NULL) {
		bdev_rpc_error(request, params->name, -ENOMEM);
		free_fetch(fetch);
		return;
	}
	fetch->bdev = bdev_rpc_get(request, params->name);
	if (fetch->bdev == NULL) {
		free_fetch(fetch);
		return;
	}
	spdk_bdev_histogram_get(fetch->bdev, fetch->data, fetched, fetch);
}

static const struct spindle_rpc_param histogram_members[] = {
	{.name = "name",
	 .kind = SPINDLE_RPC_STRING,
	 .is_required = true,
	 .offset = offsetof(struct histogram_params, name),
	 .doc = "Name or alias of a bdev"},
};

static const struct spindle_rpc_object histogram_params =
	SPINDLE_RPC_OBJECT(struct histogram_params, histogram_members);

static void
send_histogram(struct fetch *fetch)
{
	const struct spdk_histogram_data *data = fetch->data;
	size_t size = SPDK_HISTOGRAM_NUM_BUCKETS(data) * sizeof(*data->bucket);
	char *text = malloc(spdk_base64_get_encoded_strlen(size) + 1);
	struct spdk_json_write_ctx *w;

	if (text == NULL) {
		bdev_rpc_error(fetch->request, fetch->bdev->name, -ENOMEM);
		return;
	}
	(void)spdk_base64_encode(text, data->bucket, size); /* There are always buckets. */
	w = spdk_jsonrpc_begin_result(fetch->request);
	spdk_json_write_object_begin(w);
	spdk_json_write_named_string(w, "histogram", text);
	spdk_json_write_named_uint32(w, "granularity", data->granularity);
	spdk_json_write_named_uint32(w, "min_range", data->min_range);
	spdk_json_write_named_uint32(w, "max_range", data->max_range);
	spdk_json_write_named_uint64(w, "tsc_rate", spdk_get_ticks_hz());
	spdk_json_write_object_end(w);
	spdk_jsonrpc_end_result(fetch->request, w);
	free(text);
}

static void
get_histogram(struct spdk_jsonrpc_request *request, void *params)
{
	begin_fetch(request, params, send_histogram);
}

SPINDLE_RPC_REGISTER("bdev_get_histogram", get_histogram, SPDK_RPC_RUNTIME, &histogram_params,
		     "How often I/Os of a bdev took how long")

/* ---- Get, in coarse steps ---- */

static const struct spindle_rpc_param border_element = {
	.name = "time in microseconds",
	.kind = SPINDLE_RPC_UINT64,
	.doc = "In microseconds",
};

static const struct spindle_rpc_param borders_members[] = {
	{.name = "name",
	 .kind = SPINDLE_RPC_STRING,
	 .is_required = true,
	 .offset = offsetof(struct histogram_params, name),
	 .doc = "Name or alias of a bdev"},
	{.name = "borders",
	 .kind = SPINDLE_RPC_ARRAY_OF,
	 .is_required = true,
	 .offset = offsetof(struct histogram_params, borders),
	 .doc = "Times in microseconds",
	 .element = &border_element,
	 .stride = sizeof(uint64_t),
	 .max = BORDERS_MAX,
	 .count_offset = offsetof(struct histogram_params, borders_count)},
};

static const struct spindle_rpc_object borders_params =
	SPINDLE_RPC_OBJECT(struct histogram_params, borders_members);

struct border_count {
	uint64_t border;
	uint64_t count;
	uint64_t total;
};

/* A bucket that lies across the border is not below it. */
static void
count_below(void *ctx, uint64_t start, uint64_t end, uint64_t count, uint64_t total,
	    uint64_t so_far)
{
	struct border_count *below = ctx;

	if (end <= below->border) {
		below->count = so_far;
	}
	below->total = total;
}

static uint64_t
ticks_of_us(uint64_t us)
{
	unsigned __int128 ticks = (unsigned __int128)us * spdk_get_ticks_hz() / US_PER_SEC;

	return ticks > UINT64_MAX ? UINT64_MAX : (uint64_t)ticks;
}

static void
send_borders(struct fetch *fetch)
{
	struct spdk_json_write_ctx *w = spdk_jsonrpc_begin_result(fetch->request);
	struct border_count below = {0};
	size_t i;

	spdk_json_write_object_begin(w);
	spdk_json_write_named_array_begin(w, "borders_count");
	for (i = 0; i < fetch->borders_count; i++) {
		below.border = ticks_of_us(fetch->borders[i]);
		below.count = 0;
		spdk_histogram_data_iterate(fetch->data, count_below, &below);
		spdk_json_write_uint64(w, below.count);
	}
	spdk_histogram_data_iterate(fetch->data, count_below, &below);
	spdk_json_write_uint64(w, below.total);
	spdk_json_write_array_end(w);
	spdk_json_write_object_end(w);
	spdk_jsonrpc_end_result(fetch->request, w);
}

static void
get_histogram_borders(struct spdk_jsonrpc_request *request, void *params)
{
	begin_fetch(request, params, send_borders);
}

SPINDLE_RPC_REGISTER("bdev_get_histogram_borders", get_histogram_borders, SPDK_RPC_RUNTIME,
		     &borders_params, "How many I/Os of a bdev took less than each of some times")
