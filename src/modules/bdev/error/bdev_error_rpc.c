/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Methods of the error module.
 */
#include "bdev_error.h"
#include "spdk/jsonrpc.h"
#include "spdk/rpc.h"
#include "spindle/rpc.h"

/* ---- bdev_error_create ---- */

struct create_params {
	char *base_name;
	struct spdk_uuid uuid;
};

static const struct spindle_rpc_param create_members[] = {
	{.name = "base_name",
	 .kind = SPINDLE_RPC_STRING,
	 .is_required = true,
	 .offset = offsetof(struct create_params, base_name),
	 .doc = "Name of the bdev below it, which may come later; EE_ before it is that of the new "
		"bdev"},
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
	struct bdev_reason reason = {""};
	int rc = error_bdev_create(params->base_name, &params->uuid, &reason);

	if (rc == 0) {
		spdk_jsonrpc_send_bool_response(request, true);
	} else {
		bdev_answer_refusal(request, rc, &reason);
	}
}

SPINDLE_RPC_REGISTER("bdev_error_create", create, SPDK_RPC_RUNTIME, &create_params,
		     "Makes a bdev on another whose I/Os can be made to fail")

/* ---- bdev_error_delete ---- */

struct name_params {
	char *name;
};

static const struct spindle_rpc_param name_members[] = {
	{.name = "name",
	 .kind = SPINDLE_RPC_STRING,
	 .is_required = true,
	 .offset = offsetof(struct name_params, name),
	 .doc = "Name of the bdev, with its EE_"},
};

static const struct spindle_rpc_object name_params =
	SPINDLE_RPC_OBJECT(struct name_params, name_members);

static void
delete_bdev(struct spdk_jsonrpc_request *request, void *ctx)
{
	const struct name_params *params = ctx;

	layered_answer_delete(request, &g_error_type, params->name);
}

SPINDLE_RPC_REGISTER("bdev_error_delete", delete_bdev, SPDK_RPC_RUNTIME, &name_params,
		     "Removes an error bdev")

/* ---- bdev_error_inject_error ---- */

struct inject_params {
	char *name;
	int io_type;
	int error_type;
	uint32_t nvme_sct;
	uint32_t nvme_sc;
	uint32_t num;
	uint64_t queue_depth;
	uint64_t corrupt_offset;
	uint8_t corrupt_value;
};

static const struct spindle_rpc_choice io_types[] = {
	{"clear", ERROR_IO_TYPE_CLEAR},
	{"read", SPDK_BDEV_IO_TYPE_READ},
	{"write", SPDK_BDEV_IO_TYPE_WRITE},
	{"unmap", SPDK_BDEV_IO_TYPE_UNMAP},
	{"flush", SPDK_BDEV_IO_TYPE_FLUSH},
	{"all", ERROR_IO_TYPE_ALL},
	{NULL, 0},
};

static const struct spindle_rpc_choice error_types[] = {
	{"failure", SPDK_BDEV_ERROR_TYPE_FAILURE},
	{"pending", SPDK_BDEV_ERROR_TYPE_PENDING},
	{"corrupt_data", SPDK_BDEV_ERROR_TYPE_CORRUPT_DATA},
	{"nomem", SPDK_BDEV_ERROR_TYPE_NOMEM},
	{"nvme_failure", SPDK_BDEV_ERROR_TYPE_NVME_FAILURE},
	{NULL, 0},
};

static const struct spindle_rpc_param inject_members[] = {
	{.name = "name",
	 .kind = SPINDLE_RPC_STRING,
	 .is_required = true,
	 .offset = offsetof(struct inject_params, name),
	 .doc = "Name of the bdev, with its EE_"},
	{.name = "io_type",
	 .kind = SPINDLE_RPC_ENUM,
	 .is_required = true,
	 .offset = offsetof(struct inject_params, io_type),
	 .choices = io_types,
	 .doc = "Which I/Os meet the error; with clear none meets any"},
	{.name = "error_type",
	 .kind = SPINDLE_RPC_ENUM,
	 .is_required = true,
	 .offset = offsetof(struct inject_params, error_type),
	 .choices = error_types,
	 .doc = "What happens to them"},
	{.name = "nvme_sct",
	 .kind = SPINDLE_RPC_UINT32,
	 .offset = offsetof(struct inject_params, nvme_sct),
	 .doc = "Status code type of nvme_failure, 0 to 7 (default: 0)"},
	{.name = "nvme_sc",
	 .kind = SPINDLE_RPC_UINT32,
	 .offset = offsetof(struct inject_params, nvme_sc),
	 .doc = "Status code of nvme_failure, 0 to 255 (default: 0)"},
	{.name = "num",
	 .kind = SPINDLE_RPC_UINT32,
	 .offset = offsetof(struct inject_params, num),
	 .doc = "How many I/Os meet the error; 0 ends it (default: 1)"},
	{.name = "queue_depth",
	 .kind = SPINDLE_RPC_UINT64,
	 .offset = offsetof(struct inject_params, queue_depth),
	 .doc = "Only those meet it that find as many I/Os under way in their channel (default: "
		"0)"},
	{.name = "corrupt_offset",
	 .kind = SPINDLE_RPC_UINT64,
	 .offset = offsetof(struct inject_params, corrupt_offset),
	 .doc = "The byte of the I/O that corrupt_data changes (default: 0)"},
	{.name = "corrupt_value",
	 .kind = SPINDLE_RPC_UINT8,
	 .offset = offsetof(struct inject_params, corrupt_value),
	 .doc = "What corrupt_data xors with it, 1 to 255"},
};

static const struct inject_params inject_defaults = {.num = 1};

static const struct spindle_rpc_object inject_params =
	SPINDLE_RPC_OBJECT_WITH(struct inject_params, inject_members, &inject_defaults);

/* NULL: there is none, and the request is answered. */
static struct layered *
find_or_answer(struct spdk_jsonrpc_request *request, const char *name)
{
	struct layered *layered = layered_find(&g_error_type, name);
	struct bdev_reason reason = {""};

	if (layered == NULL) {
		(void)bdev_refuse(&reason, -ENODEV, "there is no error bdev '%s'", name);
		bdev_answer_refusal(request, -ENODEV, &reason);
	}
	return layered;
}

#define SCT_MAX 7u
#define SC_MAX  255u

static int
inject_from_params(struct layered *layered, const struct inject_params *params,
		   struct bdev_reason *reason)
{
	struct injection injection = {
		.type = (enum spdk_bdev_error_type)params->error_type,
		.count = params->num,
		.sct = (uint8_t)params->nvme_sct,
		.sc = (uint8_t)params->nvme_sc,
		.queue_depth = params->queue_depth,
		.corrupt_offset = params->corrupt_offset,
		.corrupt_value = params->corrupt_value,
	};

	if (params->nvme_sct > SCT_MAX || params->nvme_sc > SC_MAX) {
		return bdev_refuse(reason, -EINVAL,
				   "nvme_sct %u with nvme_sc %u is no status of NVMe: they are at "
				   "most %u and %u",
				   params->nvme_sct, params->nvme_sc, SCT_MAX, SC_MAX);
	}
	return error_bdev_inject(layered, params->io_type, &injection, reason);
}

static void
inject(struct spdk_jsonrpc_request *request, void *ctx)
{
	const struct inject_params *params = ctx;
	struct layered *layered = find_or_answer(request, params->name);
	struct bdev_reason reason = {""};
	int rc;

	if (layered == NULL) {
		return;
	}
	rc = inject_from_params(layered, params, &reason);
	if (rc == 0) {
		spdk_jsonrpc_send_bool_response(request, true);
	} else {
		bdev_answer_refusal(request, rc, &reason);
	}
}

SPINDLE_RPC_REGISTER("bdev_error_inject_error", inject, SPDK_RPC_RUNTIME, &inject_params,
		     "Lets the next I/Os of an error bdev meet an error")

/* ---- bdev_error_resume_pending ---- */

static void
resume_pending(struct spdk_jsonrpc_request *request, void *ctx)
{
	const struct name_params *params = ctx;
	struct layered *layered = find_or_answer(request, params->name);

	if (layered != NULL && error_bdev_resume(layered, bdev_answer_done, request) != 0) {
		bdev_answer_refusal(request, -ENOMEM, NULL);
	}
}

SPINDLE_RPC_REGISTER("bdev_error_resume_pending", resume_pending, SPDK_RPC_RUNTIME, &name_params,
		     "Lets I/Os go on that an error bdev keeps pending")
