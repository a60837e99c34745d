/* SPDX-License-Identifier: BSD-3-Clause */
#include "modules/bdev/name_rpc.h"

static const struct spindle_rpc_param members[] = {
	{.name = "name",
	 .kind = SPINDLE_RPC_STRING,
	 .is_required = true,
	 .offset = offsetof(struct bdev_name_params, name),
	 .doc = "Name of the bdev"},
};

const struct spindle_rpc_object g_bdev_name_params =
	SPINDLE_RPC_OBJECT(struct bdev_name_params, members);
