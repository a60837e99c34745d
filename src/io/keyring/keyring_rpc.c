/* SPDX-License-Identifier: BSD-3-Clause */
/* Methods for keys, whichever module they come from. */
#include "keyring_internal.h"

#include "spdk/jsonrpc.h"
#include "spdk/rpc.h"
#include "spindle/rpc.h"

static void
write_key(void *ctx, struct spdk_key *key)
{
	keyring_dump_key(key, ctx);
}

static void
get_keys(struct spdk_jsonrpc_request *request, void *ctx)
{
	struct spdk_json_write_ctx *w = spdk_jsonrpc_begin_result(request);

	spdk_json_write_array_begin(w);
	spdk_keyring_for_each_key(NULL, w, write_key, SPDK_KEYRING_FOR_EACH_ALL);
	spdk_json_write_array_end(w);
	spdk_jsonrpc_end_result(request, w);
}

SPINDLE_RPC_REGISTER("keyring_get_keys", get_keys, SPDK_RPC_RUNTIME, NULL,
		     "The keys there are, and who is using them; never their bytes")
