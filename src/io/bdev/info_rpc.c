/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * bdev_get_bdevs: all devices, or one, which may be waited for.
 */
#include "bdev_rpc.h"
#include "info_json.h"
#include "spdk/rpc.h"

struct get_params {
	char *name;
	uint64_t timeout;
};

static const struct spindle_rpc_param get_members[] = {
	{.name = "name",
	 .kind = SPINDLE_RPC_STRING,
	 .offset = offsetof(struct get_params, name),
	 .doc = "Name or alias of a bdev (default: all)"},
	{.name = "timeout",
	 .kind = SPINDLE_RPC_UINT64,
	 .offset = offsetof(struct get_params, timeout),
	 .doc = "How long to wait for a bdev of this name, in milliseconds (default: 0)"},
};

static const struct spindle_rpc_object get_params =
	SPINDLE_RPC_OBJECT(struct get_params, get_members);

static void
send_all(struct spdk_jsonrpc_request *request)
{
	struct spdk_json_write_ctx *w = spdk_jsonrpc_begin_result(request);

	spdk_json_write_array_begin(w);
	(void)spdk_for_each_bdev(w, bdev_write_info); /* It never fails. */
	spdk_json_write_array_end(w);
	spdk_jsonrpc_end_result(request, w);
}

static void
ignore_event(enum spdk_bdev_event_type type, struct spdk_bdev *bdev, void *ctx)
{
	/* The descriptor is closed before an event can arrive. */
}

/* One device, until it is there. */
struct search {
	struct spdk_jsonrpc_request *request;
	char name[];
};

static struct search *
search_create(struct spdk_jsonrpc_request *request, const char *name)
{
	size_t size = strlen(name) + 1;
	struct search *search = malloc(sizeof(*search) + size);

	if (search != NULL) {
		search->request = request;
		memcpy(search->name, name, size);
	}
	return search;
}

static void
found(struct spdk_bdev_desc *desc, int rc, void *arg)
{
	struct search *search = arg;
	struct spdk_json_write_ctx *w;

	if (rc != 0) {
		/* Whoever waited in vain is told the same as who did not wait. */
		bdev_rpc_error(search->request, search->name, rc == -ETIMEDOUT ? -ENODEV : rc);
		free(search);
		return;
	}
	w = spdk_jsonrpc_begin_result(search->request);
	spdk_json_write_array_begin(w);
	(void)bdev_write_info(w, spdk_bdev_desc_get_bdev(desc)); /* It never fails. */
	spdk_json_write_array_end(w);
	spdk_jsonrpc_end_result(search->request, w);
	spdk_bdev_close(desc);
	free(search);
}

static void
get_bdevs(struct spdk_jsonrpc_request *request, void *ctx)
{
	const struct get_params *params = ctx;
	struct spdk_bdev_open_async_opts opts = {
		.size = sizeof(opts),
		.timeout_ms = params->timeout,
	};
	struct search *search;
	int rc = -ENOMEM;

	if (params->name == NULL && params->timeout != 0) {
		spdk_jsonrpc_send_error_response(request, SPDK_JSONRPC_ERROR_INVALID_PARAMS,
						 "A timeout needs the name of what to wait for");
		return;
	}
	if (params->name == NULL) {
		send_all(request);
		return;
	}
	search = search_create(request, params->name);
	if (search != NULL) {
		rc = spdk_bdev_open_async(params->name, false, ignore_event, NULL, &opts, found,
					  search);
	}
	if (rc != 0) {
		bdev_rpc_error(request, params->name, rc);
		free(search);
	}
}

SPINDLE_RPC_REGISTER("bdev_get_bdevs", get_bdevs, SPDK_RPC_RUNTIME, &get_params,
		     "Block devices, with all that there is to know of them")
