/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the methods of modules for files have in common. Their tables of parameters are for
 * struct file_bdev_opts, and for struct file_rpc_name.
 */
#ifndef SPINDLE_FILE_RPC_H
#define SPINDLE_FILE_RPC_H

#include "modules/bdev/file/file_bdev.h"
#include "spindle/rpc.h"

struct spdk_jsonrpc_request;

struct file_rpc_name {
	char *name;
};

extern const struct spindle_rpc_object file_rpc_name_params;

/* Each carries out one method, and answers. */
void file_rpc_create(struct file_module *module, struct spdk_jsonrpc_request *request,
		     const struct file_bdev_opts *opts);
void file_rpc_rescan(struct file_module *module, struct spdk_jsonrpc_request *request,
		     const struct file_rpc_name *params);

#endif
