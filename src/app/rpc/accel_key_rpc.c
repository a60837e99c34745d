/* SPDX-License-Identifier: BSD-3-Clause */
/* Methods for keys of the accel framework. Whoever may call them sees the keys. */
#include "app/rpc/app_rpc.h"
#include "io/accel.h"
#include "spdk/rpc.h"

struct create_params {
	int cipher;
	char *key;
	char *key2;
	int tweak_mode;
	char *name;
};

static const struct spindle_rpc_choice ciphers[] = {
	{"AES_CBC", SPDK_ACCEL_CIPHER_AES_CBC},
	{"AES_XTS", SPDK_ACCEL_CIPHER_AES_XTS},
	{NULL, 0},
};

static const struct spindle_rpc_choice tweak_modes[] = {
	{"SIMPLE_LBA", SPDK_ACCEL_CRYPTO_TWEAK_MODE_SIMPLE_LBA},
	{"JOIN_NEG_LBA_WITH_LBA", SPDK_ACCEL_CRYPTO_TWEAK_MODE_JOIN_NEG_LBA_WITH_LBA},
	{"INCR_512_FULL_LBA", SPDK_ACCEL_CRYPTO_TWEAK_MODE_INCR_512_FULL_LBA},
	{"INCR_512_UPPER_LBA", SPDK_ACCEL_CRYPTO_TWEAK_MODE_INCR_512_UPPER_LBA},
	{NULL, 0},
};

static const struct spindle_rpc_param create_members[] = {
	{.name = "cipher",
	 .kind = SPINDLE_RPC_ENUM,
	 .is_required = true,
	 .offset = offsetof(struct create_params, cipher),
	 .choices = ciphers,
	 .doc = "What it is a key of"},
	{.name = "key",
	 .kind = SPINDLE_RPC_STRING,
	 .is_required = true,
	 .offset = offsetof(struct create_params, key),
	 .doc = "The key, two hexadecimal digits a byte"},
	{.name = "key2",
	 .kind = SPINDLE_RPC_STRING,
	 .offset = offsetof(struct create_params, key2),
	 .doc = "The key of the tweak, as long, which AES_XTS needs (default: none)"},
	{.name = "tweak_mode",
	 .kind = SPINDLE_RPC_ENUM,
	 .offset = offsetof(struct create_params, tweak_mode),
	 .choices = tweak_modes,
	 .doc = "How the number of a block becomes its tweak (default: SIMPLE_LBA)"},
	{.name = "name",
	 .kind = SPINDLE_RPC_STRING,
	 .is_required = true,
	 .offset = offsetof(struct create_params, name),
	 .doc = "Name of the key"},
};

static const struct spindle_rpc_object create_params =
	SPINDLE_RPC_OBJECT(struct create_params, create_members);

/* The strings of the interface are not const, and only read. */
static char *
text_of(const char *text)
{
	return (char *)(uintptr_t)text;
}

static void
create_key(struct spdk_jsonrpc_request *request, void *ctx)
{
	const struct create_params *params = ctx;
	struct spdk_accel_crypto_key_create_param param = {
		.cipher = text_of(accel_cipher_name(params->cipher)),
		.hex_key = params->key,
		.hex_key2 = params->key2,
		.tweak_mode = text_of(accel_tweak_mode_name(params->tweak_mode)),
		.key_name = params->name,
	};
	char reason[ACCEL_REASON_SIZE] = "";
	int rc = accel_key_create(&param, reason, sizeof(reason));

	if (rc == -ENOMEM) {
		answer_no_memory(request);
	} else if (rc != 0) {
		spdk_jsonrpc_send_error_response(request, SPDK_JSONRPC_ERROR_INVALID_PARAMS,
						 reason);
	} else {
		spdk_jsonrpc_send_bool_response(request, true);
	}
}

SPINDLE_RPC_REGISTER("accel_crypto_key_create", create_key, SPDK_RPC_RUNTIME, &create_params,
		     "Makes a key for encryption")

struct name_params {
	char *key_name;
};

static const struct spindle_rpc_param destroy_members[] = {
	{.name = "key_name",
	 .kind = SPINDLE_RPC_STRING,
	 .is_required = true,
	 .offset = offsetof(struct name_params, key_name),
	 .doc = "Name of the key, which nobody may be using"},
};

static const struct spindle_rpc_object destroy_params =
	SPINDLE_RPC_OBJECT(struct name_params, destroy_members);

static void
refuse_key(struct spdk_jsonrpc_request *request, const char *name)
{
	spdk_jsonrpc_send_error_response_fmt(request, SPDK_JSONRPC_ERROR_INVALID_PARAMS,
					     "There is no key '%s': accel_crypto_keys_get tells "
					     "those there are",
					     name);
}

static void
destroy_key(struct spdk_jsonrpc_request *request, void *ctx)
{
	const struct name_params *params = ctx;
	struct spdk_accel_crypto_key *key = spdk_accel_crypto_key_get(params->key_name);

	if (key == NULL) {
		refuse_key(request, params->key_name);
		return;
	}
	(void)spdk_accel_crypto_key_destroy(key); /* It has just been found. */
	spdk_jsonrpc_send_bool_response(request, true);
}

SPINDLE_RPC_REGISTER("accel_crypto_key_destroy", destroy_key, SPDK_RPC_RUNTIME, &destroy_params,
		     "Wipes a key")

static const struct spindle_rpc_param get_members[] = {
	{.name = "key_name",
	 .kind = SPINDLE_RPC_STRING,
	 .offset = offsetof(struct name_params, key_name),
	 .doc = "Name of the only key to tell of (default: all)"},
};

static const struct spindle_rpc_object get_params =
	SPINDLE_RPC_OBJECT(struct name_params, get_members);

static void
write_key(const struct spdk_accel_crypto_key *key, void *arg)
{
	struct spdk_json_write_ctx *w = arg;

	spdk_json_write_object_begin(w);
	spdk_json_write_named_string(w, "name", key->param.key_name);
	spdk_json_write_named_string(w, "cipher", key->param.cipher);
	spdk_json_write_named_string(w, "key", key->param.hex_key);
	if (key->param.hex_key2 != NULL) {
		spdk_json_write_named_string(w, "key2", key->param.hex_key2);
	}
	spdk_json_write_named_string(w, "tweak_mode", accel_tweak_mode_name(key->tweak_mode));
	spdk_json_write_object_end(w);
}

static void
get_keys(struct spdk_jsonrpc_request *request, void *ctx)
{
	const struct name_params *params = ctx;
	struct spdk_accel_crypto_key *key = NULL;
	struct spdk_json_write_ctx *w;

	if (params->key_name != NULL) {
		key = spdk_accel_crypto_key_get(params->key_name);
		if (key == NULL) {
			refuse_key(request, params->key_name);
			return;
		}
	}
	w = spdk_jsonrpc_begin_result(request);
	spdk_json_write_array_begin(w);
	if (key != NULL) {
		write_key(key, w);
	} else {
		accel_for_each_key(write_key, w);
	}
	spdk_json_write_array_end(w);
	spdk_jsonrpc_end_result(request, w);
}

SPINDLE_RPC_REGISTER("accel_crypto_keys_get", get_keys, SPDK_RPC_RUNTIME, &get_params,
		     "The keys there are, with their bytes")
