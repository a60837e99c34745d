/* SPDX-License-Identifier: BSD-3-Clause */
/* Methods for keys that are in files. */
#include "spdk/jsonrpc.h"
#include "spdk/module/keyring/file.h"
#include "spdk/rpc.h"
#include "spdk/string.h"
#include "spindle/rpc.h"

struct key_params {
	char *name;
	char *path;
};

static const struct spindle_rpc_param add_members[] = {
	{.name = "name",
	 .kind = SPINDLE_RPC_STRING,
	 .is_required = true,
	 .offset = offsetof(struct key_params, name),
	 .doc = "Name of the key"},
	{.name = "path",
	 .kind = SPINDLE_RPC_STRING,
	 .is_required = true,
	 .offset = offsetof(struct key_params, path),
	 .doc = "File that has the key, an absolute path; of this user, mode 0600"},
};

static const struct spindle_rpc_object add_params =
	SPINDLE_RPC_OBJECT(struct key_params, add_members);

static void
answer(struct spdk_jsonrpc_request *request, int rc, const char *what, const char *name)
{
	if (rc == 0) {
		spdk_jsonrpc_send_bool_response(request, true);
	} else {
		spdk_jsonrpc_send_error_response_fmt(request, rc, "%s '%s': %s", what, name,
						     spdk_strerror(-rc));
	}
}

static void
add_key(struct spdk_jsonrpc_request *request, void *ctx)
{
	const struct key_params *params = ctx;
	int rc = spdk_keyring_file_add_key(params->name, params->path);

	/* Two things may be the matter, of which each has errors of its own. */
	if (rc == -EEXIST) {
		answer(request, rc, "Key", params->name);
	} else if (rc == -EPERM) {
		spdk_jsonrpc_send_error_response_fmt(
			request, rc,
			"Key file '%s' must be an ordinary file of at most 4096 bytes that belongs "
			"to user %u, with mode 0600",
			params->path, (unsigned)geteuid());
	} else if (rc == -EINVAL) {
		spdk_jsonrpc_send_error_response_fmt(
			request, rc, "Key '%s': %s", params->name,
			params->path[0] != '/' ?
				"path must begin with '/'" :
				"there is only the global keyring: want 'name', or "
				"':name' for a name with a colon");
	} else {
		answer(request, rc, "Key file", params->path);
	}
}

SPINDLE_RPC_REGISTER("keyring_file_add_key", add_key, SPDK_RPC_RUNTIME, &add_params,
		     "Adds the key that is in a file")

static const struct spindle_rpc_param remove_members[] = {
	{.name = "name",
	 .kind = SPINDLE_RPC_STRING,
	 .is_required = true,
	 .offset = offsetof(struct key_params, name),
	 .doc = "Name of the key"},
};

static const struct spindle_rpc_object remove_params =
	SPINDLE_RPC_OBJECT(struct key_params, remove_members);

static void
remove_key(struct spdk_jsonrpc_request *request, void *ctx)
{
	const struct key_params *params = ctx;

	answer(request, spdk_keyring_file_remove_key(params->name), "Key", params->name);
}

SPINDLE_RPC_REGISTER("keyring_file_remove_key", remove_key, SPDK_RPC_RUNTIME, &remove_params,
		     "Removes a key that is in a file; the file stays")
