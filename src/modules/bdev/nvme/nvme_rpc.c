/* SPDX-License-Identifier: BSD-3-Clause */
#include "nvme_rpc.h"
#include "nvme_device.h"
#include "nvme_disk.h"

#include "spdk/string.h"

#define NAME_MEMBER(required, text)                                                    \
	{                                                                              \
		.name = "name", .kind = SPINDLE_RPC_STRING, .is_required = (required), \
		.offset = offsetof(struct nvme_name_params, name), .doc = (text)       \
	}

static const struct spindle_rpc_param name_members[] = {
	NAME_MEMBER(true, "Name of the controller"),
};

static const struct spindle_rpc_param bdev_name_members[] = {
	NAME_MEMBER(true, "Name of the bdev"),
};

static const struct spindle_rpc_param any_name_members[] = {
	NAME_MEMBER(false, "Name of one of them (default: all)"),
};

static const struct spindle_rpc_param name_cntlid_members[] = {
	NAME_MEMBER(true, "Name of the controller"),
	{.name = "cntlid",
	 .kind = SPINDLE_RPC_UINT16,
	 .offset = offsetof(struct nvme_name_params, cntlid),
	 .given_offset = offsetof(struct nvme_name_params, has_cntlid),
	 .doc = "Number that the controller has in its subsystem, where it is one of several"},
};

const struct spindle_rpc_object g_nvme_name_params =
	SPINDLE_RPC_OBJECT(struct nvme_name_params, name_members);
const struct spindle_rpc_object g_nvme_bdev_name_params =
	SPINDLE_RPC_OBJECT(struct nvme_name_params, bdev_name_members);
const struct spindle_rpc_object g_nvme_any_name_params =
	SPINDLE_RPC_OBJECT(struct nvme_name_params, any_name_members);
const struct spindle_rpc_object g_nvme_name_cntlid_params =
	SPINDLE_RPC_OBJECT(struct nvme_name_params, name_cntlid_members);

const struct spindle_rpc_choice g_nvme_policies[] = {
	{"active_passive", SPDK_BDEV_NVME_MULTIPATH_POLICY_ACTIVE_PASSIVE},
	{"active_active", SPDK_BDEV_NVME_MULTIPATH_POLICY_ACTIVE_ACTIVE},
	{NULL, 0},
};

const struct spindle_rpc_choice g_nvme_selectors[] = {
	{"round_robin", SPDK_BDEV_NVME_MULTIPATH_SELECTOR_ROUND_ROBIN},
	{"queue_depth", SPDK_BDEV_NVME_MULTIPATH_SELECTOR_QUEUE_DEPTH},
	{NULL, 0},
};

const struct spindle_rpc_choice g_nvme_cmd_types[] = {
	{"admin", 0},
	{"io", 1},
	{NULL, 0},
};

struct nvme_dev *
nvme_rpc_find(struct spdk_jsonrpc_request *request, const struct nvme_name_params *params)
{
	struct nvme_dev *dev = bdev_nvme_find(params->name);
	struct bdev_reason reason = {""};
	uint16_t cntlid;

	if (dev == NULL) {
		(void)bdev_refuse(&reason, -ENODEV,
				  "there is no NVMe controller '%s'; bdev_nvme_get_controllers "
				  "lists all",
				  params->name);
		bdev_answer_refusal(request, -ENODEV, &reason);
		return NULL;
	}
	cntlid = spdk_nvme_ctrlr_get_id(dev->ctrlr);
	if (params->has_cntlid && params->cntlid != cntlid) {
		(void)bdev_refuse(&reason, -ENODEV, "%s has controller %u, and no controller %u",
				  params->name, cntlid, params->cntlid);
		bdev_answer_refusal(request, -ENODEV, &reason);
		return NULL;
	}
	return dev;
}

struct nvme_disk *
nvme_rpc_find_disk(struct spdk_jsonrpc_request *request, const char *name)
{
	struct nvme_disk *disk = bdev_nvme_disk_by_name(name);
	struct bdev_reason reason = {""};

	if (disk == NULL) {
		(void)bdev_refuse(&reason, -ENODEV, "there is no NVMe bdev '%s'", name);
		bdev_answer_refusal(request, -ENODEV, &reason);
	}
	return disk;
}
