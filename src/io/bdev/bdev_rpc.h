/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the methods of block devices share. They run on the app thread.
 */
#ifndef SPINDLE_BDEV_RPC_H
#define SPINDLE_BDEV_RPC_H

#include "device.h"
#include "spdk/json.h"
#include "spdk/jsonrpc.h"
#include "spindle/rpc.h"

/* Ends the request with the error `rc`, a negative errno, as its code, and with what it says of a
 * device; `name` NULL: of none in particular. */
void bdev_rpc_error(struct spdk_jsonrpc_request *request, const char *name, int rc);

/* The device of the name, with a hold; NULL: the request has ended, since there is none. */
struct spdk_bdev *bdev_rpc_get(struct spdk_jsonrpc_request *request, const char *name);

/*
 * An answer that is true when something has been done to a device, which is held until then:
 * bdev_rpc_done() is a callback for it, whose argument is what bdev_rpc_begin() returned. NULL: the
 * request has ended.
 */
struct bdev_rpc_deed;
struct bdev_rpc_deed *bdev_rpc_begin(struct spdk_jsonrpc_request *request, const char *name);
struct spdk_bdev *bdev_rpc_deed_bdev(struct bdev_rpc_deed *deed);
void bdev_rpc_done(void *deed, int status);

#endif
