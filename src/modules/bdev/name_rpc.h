/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The parameters of methods that take the name of a device and nothing else.
 */
#ifndef SPINDLE_MODULES_BDEV_NAME_RPC_H
#define SPINDLE_MODULES_BDEV_NAME_RPC_H

#include "spindle/rpc.h"

struct bdev_name_params {
	char *name;
};

extern const struct spindle_rpc_object g_bdev_name_params;

#endif
