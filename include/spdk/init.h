/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * \file
 * Subsystems, their order and their configuration, and the server for RPCs.
 *
 * A subsystem is a part of a program that has to be started and stopped: it registers itself
 * before main() and names those that must be up before it. spdk_app_start() does all of what is
 * declared here; programs without it call these functions themselves.
 *
 * Thread: the app thread, unless a comment says otherwise. From elsewhere it is explained, and
 * nothing is done.
 */
#ifndef SPDK_INIT_H
#define SPDK_INIT_H

#include "spdk/assert.h"
#include "spdk/log.h"
#include "spdk/queue.h"
#include "spdk/stdinc.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Where RPCs are taken when nothing else is said. */
#define SPDK_DEFAULT_RPC_ADDR "/var/tmp/spdk.sock"

/** How RPCs are served. */
struct spdk_rpc_opts {
	/** sizeof(struct spdk_rpc_opts) as the caller was compiled. */
	size_t size;
	/**
	 * Every request and response is written to it; NULL, the default: nowhere. Servers share
	 * the log of the one that was made last with a log of its own, as long as that is there.
	 */
	FILE *log_file;
	/** Requests and responses are logged at this level. Default: SPDK_LOG_DISABLED. */
	enum spdk_log_level log_level;
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_rpc_opts) == 24, "the size is part of the API");

/**
 * Begins to take RPCs at an address; several addresses may be served at once.
 *
 * It needs no subsystem: which methods are allowed depends on whether they are up already.
 *
 * Owner: both are copied. log_file stays open until the server has ended.
 * Shape: path of a UNIX domain socket, or "ADDRESS:PORT" with an IP address ("[...]" for IPv6);
 *   opts NULL: defaults. The socket that a killed process has left behind is replaced.
 * Errors: -EINVAL: NULL, opts of size 0, not an address; -EADDRINUSE: a live process serves there,
 *   and is named in the log; what the kernel gives otherwise.
 */
int spdk_rpc_initialize(const char *listen_addr, const struct spdk_rpc_opts *opts);

/** Ends the servers of all addresses; connections are closed. */
void spdk_rpc_finish(void);

/** Ends the server of one address; connections are closed. An unknown address is explained. */
void spdk_rpc_server_finish(const char *listen_addr);

/** End of spdk_subsystem_init() or spdk_subsystem_load_config(): 0 or -errno. */
typedef void (*spdk_subsystem_init_fn)(int rc, void *ctx);

/**
 * Initialises all subsystems, each after those that it depends on.
 *
 * Callback: once, on the app thread. It may come before this returns.
 * Errors, given to cb_fn: -EINVAL: a subsystem depends on one that is not in the program, or on
 *   itself by way of others, or two have the same name; what the first one that failed has given
 *   to spdk_subsystem_init_next(). A subsystem that does not answer for 5 s is named in the log.
 */
void spdk_subsystem_init(spdk_subsystem_init_fn cb_fn, void *cb_arg);

/**
 * Carries out the RPCs of a configuration, as far as they are for the present state: those that
 * are allowed before subsystems are initialised, or those after.
 *
 * Owner: `json` is copied.
 * Units: json_size in bytes.
 * Callback: once, on the app thread.
 * Errors, given to cb_fn: -EINVAL: not a configuration; -ENOMEM; with stop_on_error, what the
 *   first RPC that failed has given. Each failure is named in the log.
 */
void spdk_subsystem_load_config(void *json, ssize_t json_size, spdk_subsystem_init_fn cb_fn,
				void *cb_arg, bool stop_on_error);

/** End of spdk_subsystem_fini(). */
typedef void (*spdk_subsystem_fini_fn)(void *ctx);

/**
 * Takes all subsystems down, in reverse order of their initialisation.
 *
 * Callback: once, on the app thread. When subsystems are being initialised, those that are up by
 *   now are taken down. A subsystem that does not answer for 5 s is named in the log.
 */
void spdk_subsystem_fini(spdk_subsystem_fini_fn cb_fn, void *cb_arg);

/** Whether the program has a subsystem of that name, initialised or not. Thread: any. */
bool spdk_subsystem_exists(const char *name);

/**
 * Leaves the connections at an address alone until spdk_rpc_server_resume(): requests wait in the
 * sockets. An unknown address is explained.
 */
void spdk_rpc_server_pause(const char *listen_addr);

/** Serves again what spdk_rpc_server_pause() has left alone. An unknown address is explained. */
void spdk_rpc_server_resume(const char *listen_addr);

struct spdk_json_write_ctx;

/** A subsystem; register it by SPDK_SUBSYSTEM_REGISTER(). The functions run on the app thread. */
struct spdk_subsystem {
	/** Unique in the program. */
	const char *name;

	/**
	 * Begins to bring the subsystem up; spdk_subsystem_init_next() is called when that has
	 * ended, from inside or later. NULL: there is nothing to do.
	 */
	void (*init)(void);

	/**
	 * Begins to take the subsystem down; spdk_subsystem_fini_next() is called when that has
	 * ended, from inside or later. NULL: there is nothing to do.
	 */
	void (*fini)(void);

	/**
	 * Writes one value, an array of the RPCs that would bring the subsystem to its present
	 * state. NULL: a JSON null stands there.
	 */
	void (*write_config_json)(struct spdk_json_write_ctx *w);
	/** Belongs to the library. */
	TAILQ_ENTRY(spdk_subsystem) tailq;
};

/** Says that `depends_on` must be up before `name`; SPDK_SUBSYSTEM_DEPEND() makes it. */
struct spdk_subsystem_depend {
	const char *name;
	const char *depends_on;
	/** Belongs to the library. */
	TAILQ_ENTRY(spdk_subsystem_depend) tailq;
};

/**
 * Makes a subsystem known; SPDK_SUBSYSTEM_REGISTER() does so before main().
 *
 * Thread: any, before spdk_subsystem_init(). Owner: the caller, as long as the process lives.
 */
void spdk_add_subsystem(struct spdk_subsystem *subsystem);

/**
 * Makes a dependency known; SPDK_SUBSYSTEM_DEPEND() does so before main().
 *
 * Thread: any, before spdk_subsystem_init(). Owner: the caller, as long as the process lives.
 */
void spdk_add_subsystem_depend(struct spdk_subsystem_depend *depend);

/**
 * Says that the subsystem whose `init` was called last is up (0), or could not be brought up
 * (-errno). The latter ends the initialisation. To be called once for each call of `init`.
 */
void spdk_subsystem_init_next(int rc);

/** Says that the subsystem whose `fini` was called last is down. Once for each call of `fini`. */
void spdk_subsystem_fini_next(void);

/** Registers a subsystem, a variable of type struct spdk_subsystem, before main(). */
#define SPDK_SUBSYSTEM_REGISTER(_name)                                  \
	__attribute__((constructor)) static void _name##_register(void) \
	{                                                               \
		spdk_add_subsystem(&_name);                             \
	}

/** Says before main() that one subsystem depends on another; both are bare names. */
#define SPDK_SUBSYSTEM_DEPEND(_name, _depends_on)                                            \
	static struct spdk_subsystem_depend __subsystem_##_name##_depend_on##_depends_on = { \
		.name = #_name,                                                              \
		.depends_on = #_depends_on,                                                  \
		.tailq = {NULL, NULL},                                                       \
	};                                                                                   \
	__attribute__((constructor)) static void _name##_depend_on##_depends_on(void)        \
	{                                                                                    \
		spdk_add_subsystem_depend(&__subsystem_##_name##_depend_on##_depends_on);    \
	}

#ifdef __cplusplus
}
#endif

#endif
