/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the files of the rpc component share.
 *
 *   rpc_registry   which methods there are, and which may be called now
 *   rpc_params     parameters, by tables
 *   rpc_call       from a request to its method
 *   rpc_address    the text of an address
 *   rpc_lock       the file that says which process serves a path
 *   rpc_server     a server at an address
 *   rpc_rpc        the methods about methods
 */
#ifndef SPINDLE_RPC_INTERNAL_H
#define SPINDLE_RPC_INTERNAL_H

#include "control/rpc.h"
#include "spdk/log.h"

#include <sys/un.h>

/* Of an address without a port. */
#define RPC_PORT_DEFAULT 5260

/*
 * Says what stands in the way of an address, and what can be done: an error where it was asked for
 * by name, a notice where the program goes on without.
 */
#define RPC_EXPLAIN(is_asked_for, format, ...)                                                    \
	spdk_log((is_asked_for) ? SPDK_LOG_ERROR : SPDK_LOG_NOTICE, __FILE__, __LINE__, __func__, \
		 format ". %s\n", __VA_ARGS__,                                                    \
		 (is_asked_for) ? "Take another address (-r)." :                                  \
				  "This process takes no RPCs; give it an address of its "        \
				  "own (-r) to have them.")

/* An address that has been understood. */
struct rpc_address {
	union {
		struct sockaddr any;
		struct sockaddr_un local;
		struct sockaddr_in ip4;
		struct sockaddr_in6 ip6;
	} u;
	socklen_t len;
	/* Whether only this machine can reach it. */
	bool is_local;
};

/* Answers that there is no such method, with the one that may have been meant. */
void rpc_answer_unknown(struct spdk_jsonrpc_request *request, const char *name);
/* Answers that the method is there, but not for anybody. */
void rpc_answer_not_allowed(struct spdk_jsonrpc_request *request, const char *name);

/* Errors: -EINVAL and -ENAMETOOLONG, explained in the log. */
int rpc_address_parse(const char *text, struct rpc_address *out_address);

/*
 * The lock on a socket's path; held until the process ends or rpc_lock_drop(), which removes the
 * file.
 *
 * Errors: -EADDRINUSE: another process has it, and is named in the log; -EPERM: the file is no
 * plain file of this user; what the kernel gives otherwise. Explained in the log.
 */
struct rpc_lock {
	int fd;
	char path[sizeof(((struct sockaddr_un *)NULL)->sun_path) + sizeof(".lock")];
};
int rpc_lock_take(const char *socket_path, bool is_asked_for, struct rpc_lock *out_lock);
void rpc_lock_drop(struct rpc_lock *lock);

#endif
