/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the methods of modules for files have in common. Their tables of parameters are for
 * struct file_bdev_opts, and that of modules/bdev/name_rpc.h.
 */
#ifndef SPINDLE_FILE_RPC_H
#define SPINDLE_FILE_RPC_H

#include "modules/bdev/file/file_bdev.h"
#include "modules/bdev/name_rpc.h"

struct spdk_jsonrpc_request;

/* Each carries out one method, and answers. */
void file_rpc_create(struct file_module *module, struct spdk_jsonrpc_request *request,
		     const struct file_bdev_opts *opts);
void file_rpc_rescan(struct file_module *module, struct spdk_jsonrpc_request *request,
		     const struct bdev_name_params *params);

#endif
