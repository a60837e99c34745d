/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * \file
 * Methods of JSON-RPC that say what parameters they take, and how a server is reached.
 *
 * One table per method decodes its parameters into a struct, checks a configuration before any of
 * it runs, explains what is wrong with them, and is what `spindle rpc --list` and the completion of
 * shells show:
 *
 *     struct grow_params {
 *             char *name;
 *             uint64_t size_mib;
 *     };
 *
 *     static const struct spindle_rpc_param grow_members[] = {
 *             {.name = "name", .kind = SPINDLE_RPC_STRING, .is_required = true,
 *              .offset = offsetof(struct grow_params, name), .doc = "Volume to grow"},
 *             {.name = "size_mib", .kind = SPINDLE_RPC_UINT64, .is_required = true,
 *              .offset = offsetof(struct grow_params, size_mib), .doc = "New size, in MiB"},
 *     };
 *     static const struct spindle_rpc_object grow_params =
 *             SPINDLE_RPC_OBJECT(struct grow_params, grow_members);
 *
 *     static void grow(struct spdk_jsonrpc_request *request, void *params) { ... }
 *     SPINDLE_RPC_REGISTER("volume_grow", grow, SPDK_RPC_RUNTIME, &grow_params,
 *                          "Makes a volume larger")
 */
#ifndef SPINDLE_RPC_H
#define SPINDLE_RPC_H

#include "spdk/json.h"
#include "spdk/stdinc.h"

#ifdef __cplusplus
extern "C" {
#endif

struct spdk_jsonrpc_request;
struct spindle_rpc_object;

/** What a parameter is, and the type of C at its offset. */
enum spindle_rpc_kind {
	/** bool */
	SPINDLE_RPC_BOOL = 1,
	/** The integers of their names. A number may have a fraction of zeros or an exponent. */
	SPINDLE_RPC_UINT8,
	SPINDLE_RPC_UINT16,
	SPINDLE_RPC_UINT32,
	SPINDLE_RPC_UINT64,
	SPINDLE_RPC_INT32,
	/** char *, on the heap; NULL, or a literal of the defaults, where it is left out. */
	SPINDLE_RPC_STRING,
	/** struct spdk_uuid */
	SPINDLE_RPC_UUID,
	/** int, from `choices` */
	SPINDLE_RPC_ENUM,
	/** The struct of `members`, in place. */
	SPINDLE_RPC_OBJECT_OF,
	/** At most `max` elements of `element`, in place, and a size_t at `count_offset`. */
	SPINDLE_RPC_ARRAY_OF,
	/** const struct spdk_json_val *, undecoded; it lives as long as the request. */
	SPINDLE_RPC_VALUE,
};

/** One of the words that an ENUM takes. */
struct spindle_rpc_choice {
	/** NULL ends the list. */
	const char *name;
	int value;
};

/** One parameter, or member of one. */
struct spindle_rpc_param {
	/** Of an array's element: what one is, for messages. */
	const char *name;
	enum spindle_rpc_kind kind;
	/** What is not required and left out stays as the defaults have it. */
	bool is_required;
	/** In bytes from the beginning of the struct; of an array's first element, too. */
	size_t offset;
	/** Of a bool that becomes true when it is given; 0: nobody asks. */
	size_t given_offset;
	/** One sentence without its full stop, with units and the default. */
	const char *doc;
	/** ENUM only. */
	const struct spindle_rpc_choice *choices;
	/** OBJECT_OF only. */
	const struct spindle_rpc_object *members;
	/** ARRAY_OF only; the rest as well. Offset 0, and no array itself. */
	const struct spindle_rpc_param *element;
	size_t stride;
	size_t max;
	size_t count_offset;
};

/** The parameters of a method, or an object within them. */
struct spindle_rpc_object {
	/** Of the struct, in bytes. */
	size_t size;
	/**
	 * A struct to begin with, that of an object within it as well; NULL: zeros. Its strings are
	 * not freed; the arrays in it have none.
	 */
	const void *defaults;
	const struct spindle_rpc_param *members;
	size_t members_count;
};

/** A table of members, an array, for a type. */
#define SPINDLE_RPC_OBJECT(type, array)                                         \
	{                                                                       \
		sizeof(type), NULL, (array), sizeof(array) / sizeof((array)[0]) \
	}

/** SPINDLE_RPC_OBJECT() with a struct of defaults. */
#define SPINDLE_RPC_OBJECT_WITH(type, array, defaults)                                \
	{                                                                             \
		sizeof(type), (defaults), (array), sizeof(array) / sizeof((array)[0]) \
	}

/**
 * Carries out a request whose parameters are as its table wants them.
 *
 * Thread: the one that polls the server: the app thread.
 * Owner: `request` is answered exactly once, during the call or later. `params` is the struct of
 *   the table, NULL without one. It and its strings are freed when this returns; who goes on later
 *   keeps copies, or takes a string by setting it to NULL.
 */
typedef void (*spindle_rpc_fn)(struct spdk_jsonrpc_request *request, void *params);

/** A method; SPINDLE_RPC_REGISTER() makes it. */
struct spindle_rpc_method {
	const char *name;
	spindle_rpc_fn fn;
	/** SPDK_RPC_STARTUP, SPDK_RPC_RUNTIME or both. */
	uint32_t state_mask;
	/** NULL: it takes none. */
	const struct spindle_rpc_object *params;
	/** One sentence without its full stop. */
	const char *summary;
	/** The rest belongs to the library. */
	void (*plain_fn)(struct spdk_jsonrpc_request *request, const struct spdk_json_val *params);
	const char *alias_of;
	size_t number;
	bool is_warned;
	struct spindle_rpc_method *next;
};

/**
 * Makes a method known.
 *
 * Thread: any, one at a time, before the first server is there.
 * Owner: the caller, as long as the process lives. A second time changes nothing.
 */
void spindle_rpc_add_method(struct spindle_rpc_method *method);

/** Registers a method before main(); `method_name` is a string, `func` a spindle_rpc_fn. */
#define SPINDLE_RPC_REGISTER(method_name, func, states, table, text)                     \
	static void __attribute__((constructor(1000))) spindle_rpc_register_##func(void) \
	{                                                                                \
		static struct spindle_rpc_method method = {                              \
			(method_name), (func), (states), (table), (text),                \
			NULL,          NULL,   0,        false,   NULL};                 \
		spindle_rpc_add_method(&method);                                         \
	}

/** How servers are reached that are made from now on. */
struct spindle_rpc_server_opts {
	/** sizeof(struct spindle_rpc_server_opts) as the caller was compiled. */
	size_t size;
	/** Permissions of a socket in the file system. Default: 0600, its owner only. */
	uint32_t socket_mode;
	/**
	 * Whether an IP address may be one that other machines reach. Who can connect can do
	 * anything, there is no password. Default: false, loopback only.
	 */
	bool allow_remote;
};

/** Fills in what holds; the caller has set opts->size. Thread: the app thread, or before it. */
void spindle_rpc_get_server_opts(struct spindle_rpc_server_opts *opts);

/**
 * Sets how servers are reached: --rpc-socket-mode and --rpc-allow-remote call it.
 *
 * Thread: the app thread, or before it is there.
 * Errors: -EINVAL: opts of size 0, or a mode with other bits than 0777.
 */
int spindle_rpc_set_server_opts(const struct spindle_rpc_server_opts *opts);

#ifdef __cplusplus
}
#endif

#endif
