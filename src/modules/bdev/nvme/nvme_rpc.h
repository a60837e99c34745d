/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the methods of this module share.
 */
#ifndef SPINDLE_BDEV_NVME_RPC_H
#define SPINDLE_BDEV_NVME_RPC_H

#include "bdev_nvme.h"
#include "spdk/jsonrpc.h"
#include "spindle/rpc.h"

struct nvme_disk;

/* Parameters of methods that name a controller, and perhaps one of those it is made of; or a bdev.
 */
struct nvme_name_params {
	char *name;
	uint16_t cntlid;
	bool has_cntlid;
};

extern const struct spindle_rpc_object g_nvme_name_params;
extern const struct spindle_rpc_object g_nvme_name_cntlid_params;
/* Of a disk. */
extern const struct spindle_rpc_object g_nvme_bdev_name_params;
/* The name may be left out: all of them. */
extern const struct spindle_rpc_object g_nvme_any_name_params;

/* NULL: there is none, and the request is answered. */
struct nvme_dev *
nvme_rpc_find(struct spdk_jsonrpc_request *request, const struct nvme_name_params *params);
struct nvme_disk *nvme_rpc_find_disk(struct spdk_jsonrpc_request *request, const char *name);

/* Multipath options, as they are part of others. */
struct nvme_multipath_params {
	int policy;
	int selector;
	uint32_t min_io;
};

extern const struct spindle_rpc_choice g_nvme_policies[];
extern const struct spindle_rpc_choice g_nvme_selectors[];
extern const struct spindle_rpc_choice g_nvme_cmd_types[];

#endif
