/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Methods of the delay module.
 */
#include "bdev_delay.h"
#include "modules/bdev/name_rpc.h"
#include "spdk/rpc.h"
#include "spindle/rpc.h"

/* ---- bdev_delay_create ---- */

struct create_params {
	char *name;
	char *base_bdev_name;
	struct spdk_uuid uuid;
	uint64_t latency_us[DELAY_TYPES];
};

#define LATENCY_OFFSET(type) \
	(offsetof(struct create_params, latency_us) + (type) * sizeof(uint64_t))

static const struct spindle_rpc_param create_members[] = {
	{.name = "name",
	 .kind = SPINDLE_RPC_STRING,
	 .is_required = true,
	 .offset = offsetof(struct create_params, name),
	 .doc = "Name of the new bdev"},
	{.name = "base_bdev_name",
	 .kind = SPINDLE_RPC_STRING,
	 .is_required = true,
	 .offset = offsetof(struct create_params, base_bdev_name),
	 .doc = "Name of the bdev below it, which may come later"},
	{.name = "avg_read_latency",
	 .kind = SPINDLE_RPC_UINT64,
	 .is_required = true,
	 .offset = LATENCY_OFFSET(SPDK_BDEV_DELAY_IO_TYPE_AVG_READ),
	 .doc = "What most reads take longer, in us"},
	{.name = "p99_read_latency",
	 .kind = SPINDLE_RPC_UINT64,
	 .is_required = true,
	 .offset = LATENCY_OFFSET(SPDK_BDEV_DELAY_IO_TYPE_P99_READ),
	 .doc = "What one of 100 reads takes longer, in us"},
	{.name = "avg_write_latency",
	 .kind = SPINDLE_RPC_UINT64,
	 .is_required = true,
	 .offset = LATENCY_OFFSET(SPDK_BDEV_DELAY_IO_TYPE_AVG_WRITE),
	 .doc = "What most writes take longer, in us"},
	{.name = "p99_write_latency",
	 .kind = SPINDLE_RPC_UINT64,
	 .is_required = true,
	 .offset = LATENCY_OFFSET(SPDK_BDEV_DELAY_IO_TYPE_P99_WRITE),
	 .doc = "What one of 100 writes takes longer, in us"},
	{.name = "uuid",
	 .kind = SPINDLE_RPC_UUID,
	 .offset = offsetof(struct create_params, uuid),
	 .doc = "UUID of the new bdev (default: one made from that of the bdev below)"},
};

static const struct spindle_rpc_object create_params =
	SPINDLE_RPC_OBJECT(struct create_params, create_members);

static void
create(struct spdk_jsonrpc_request *request, void *ctx)
{
	const struct create_params *params = ctx;
	struct delay_opts opts = {
		.name = params->name,
		.base_name = params->base_bdev_name,
		.uuid = params->uuid,
	};
	struct bdev_reason reason = {""};
	int rc;

	memcpy(opts.latency_us, params->latency_us, sizeof(opts.latency_us));
	rc = delay_bdev_create(&opts, &reason);
	if (rc == 0) {
		bdev_answer_name(request, params->name);
	} else {
		bdev_answer_refusal(request, rc, &reason);
	}
}

SPINDLE_RPC_REGISTER("bdev_delay_create", create, SPDK_RPC_RUNTIME, &create_params,
		     "Makes a bdev on another that is slower")

/* ---- bdev_delay_delete ---- */

static void
delete_bdev(struct spdk_jsonrpc_request *request, void *ctx)
{
	const struct bdev_name_params *params = ctx;

	layered_answer_delete(request, &g_delay_type, params->name);
}

SPINDLE_RPC_REGISTER("bdev_delay_delete", delete_bdev, SPDK_RPC_RUNTIME, &g_bdev_name_params,
		     "Removes a delay bdev")

/* ---- bdev_delay_update_latency ---- */

struct update_params {
	char *delay_bdev_name;
	int latency_type;
	uint64_t latency_us;
};

static const struct spindle_rpc_choice latency_types[] = {
	{"avg_read", SPDK_BDEV_DELAY_IO_TYPE_AVG_READ},
	{"p99_read", SPDK_BDEV_DELAY_IO_TYPE_P99_READ},
	{"avg_write", SPDK_BDEV_DELAY_IO_TYPE_AVG_WRITE},
	{"p99_write", SPDK_BDEV_DELAY_IO_TYPE_P99_WRITE},
	{NULL, 0},
};

static const struct spindle_rpc_param update_members[] = {
	{.name = "delay_bdev_name",
	 .kind = SPINDLE_RPC_STRING,
	 .is_required = true,
	 .offset = offsetof(struct update_params, delay_bdev_name),
	 .doc = "Name of the bdev"},
	{.name = "latency_type",
	 .kind = SPINDLE_RPC_ENUM,
	 .is_required = true,
	 .offset = offsetof(struct update_params, latency_type),
	 .choices = latency_types,
	 .doc = "Which of its latencies"},
	{.name = "latency_us",
	 .kind = SPINDLE_RPC_UINT64,
	 .is_required = true,
	 .offset = offsetof(struct update_params, latency_us),
	 .doc = "The new latency, in us"},
};

static const struct spindle_rpc_object update_params =
	SPINDLE_RPC_OBJECT(struct update_params, update_members);

static void
update_latency(struct spdk_jsonrpc_request *request, void *ctx)
{
	const struct update_params *params = ctx;
	struct layered *layered = layered_find(&g_delay_type, params->delay_bdev_name);
	struct bdev_reason reason = {""};
	int rc;

	if (layered != NULL) {
		rc = delay_check_latency(params->latency_us, &reason);
	} else {
		rc = bdev_refuse(&reason, -ENODEV, "there is no delay bdev '%s'",
				 params->delay_bdev_name);
	}
	if (rc == 0) {
		rc = delay_bdev_set_latency(layered,
					    (enum spdk_bdev_delay_io_type)params->latency_type,
					    params->latency_us, bdev_answer_done, request);
	}
	if (rc != 0) {
		bdev_answer_refusal(request, rc, &reason);
	}
}

SPINDLE_RPC_REGISTER("bdev_delay_update_latency", update_latency, SPDK_RPC_RUNTIME, &update_params,
		     "Changes one of the latencies of a delay bdev, for I/Os from now on")
