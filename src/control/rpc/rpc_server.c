/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A server at an address: the socket, made so that only who may can reach it, and the requests of
 * all who do, handed to rpc_handle().
 *
 * A path is served by who has its lock. With the lock, what is found at the path is what a process
 * has left that was killed; but programs that know nothing of the lock may serve it all the same,
 * so it is asked first whether somebody answers there.
 *
 * A socket's permissions are set before it is bound: at no time can somebody else connect.
 */
#include "control/jsonrpc.h"
#include "control/rpc/rpc_internal.h"
#include "spdk/string.h"

#define LISTEN_BACKLOG      512
#define SOCKET_MODE_DEFAULT 0600
#define SOCKET_MODE_BITS    0777

struct spdk_rpc_server {
	struct spdk_jsonrpc_server *jsonrpc;
	struct rpc_address address;
	/* Of a path; fd is -1 for an IP address. */
	struct rpc_lock lock;
	/* The socket in the file system, so that no other one is removed. */
	dev_t device;
	ino_t inode;
	char *text;
	bool is_asked_for;
};

static struct {
	uint32_t socket_mode;
	bool allow_remote;
} g_opts = {.socket_mode = SOCKET_MODE_DEFAULT};

#define KNOWS(opts, field) \
	((opts)->size >= offsetof(struct spindle_rpc_server_opts, field) + sizeof((opts)->field))

void
spindle_rpc_get_server_opts(struct spindle_rpc_server_opts *opts)
{
	if (KNOWS(opts, socket_mode)) {
		opts->socket_mode = g_opts.socket_mode;
	}
	if (KNOWS(opts, allow_remote)) {
		opts->allow_remote = g_opts.allow_remote;
	}
}

int
spindle_rpc_set_server_opts(const struct spindle_rpc_server_opts *opts)
{
	if (opts->size == 0) {
		SPDK_ERRLOG("spindle_rpc_set_server_opts(): opts->size is 0. Set it to "
			    "sizeof(*opts).\n");
		return -EINVAL;
	}
	if (KNOWS(opts, socket_mode)) {
		if ((opts->socket_mode & ~SOCKET_MODE_BITS) != 0) {
			SPDK_ERRLOG("spindle_rpc_set_server_opts(): %#o is no mode of a socket. "
				    "Give one from 0 to 0777.\n",
				    opts->socket_mode);
			return -EINVAL;
		}
		g_opts.socket_mode = opts->socket_mode;
	}
	if (KNOWS(opts, allow_remote)) {
		g_opts.allow_remote = opts->allow_remote;
	}
	return 0;
}

static int
check_reach(const struct spdk_rpc_server *server)
{
	if (server->address.is_local) {
		return 0;
	}
	if (!g_opts.allow_remote) {
		SPDK_ERRLOG("RPC address '%s' can be reached by other machines, and whoever can "
			    "connect may do anything: there is no password. Use 127.0.0.1, or say "
			    "that you mean it by --rpc-allow-remote.\n",
			    server->text);
		return -EPERM;
	}
	SPDK_WARNLOG("RPC address '%s' can be reached by other machines: whoever can connect may "
		     "do anything\n",
		     server->text);
	return 0;
}

/*
 * Whether somebody who knows nothing of the lock serves the path, in whatever way: the kernel
 * refuses a connection to a socket that nobody has any more. A socket that we may not write to
 * tells nothing, as one that was left by a process with a socket_mode like 0400.
 */
static bool
is_answered(const struct rpc_address *address, int fd)
{
	/* Non-blocking: a full backlog is an answer, too. */
	if (connect(fd, &address->u.any, address->len) == 0) {
		return true;
	}
	return errno != ECONNREFUSED && errno != EACCES && errno != ENOENT;
}

/* What is at the path goes, if it is a socket that nobody serves. */
static int
clear_path(const struct spdk_rpc_server *server)
{
	struct stat status;
	bool has_owner;
	int fd, rc;

	if (lstat(server->text, &status) != 0) {
		return 0;
	}
	if (!S_ISSOCK(status.st_mode)) {
		RPC_EXPLAIN(server->is_asked_for,
			    "'%s' is there, and is no socket, so that it is left alone",
			    server->text);
		return -EEXIST;
	}
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0) {
		rc = -errno;
		SPDK_ERRLOG("RPC address '%s': no descriptor for it: %s\n", server->text,
			    spdk_strerror(-rc));
		return rc;
	}
	has_owner = is_answered(&server->address, fd);
	close(fd);
	if (has_owner) {
		RPC_EXPLAIN(server->is_asked_for,
			    "RPC address '%s' is served by another process, which holds no lock on "
			    "'%s'",
			    server->text, server->lock.path);
		return -EADDRINUSE;
	}
	if (unlink(server->text) != 0 && errno != ENOENT) {
		rc = -errno;
		RPC_EXPLAIN(server->is_asked_for,
			    "The socket '%s' was left by a process that has ended, and cannot be "
			    "removed: %s",
			    server->text, spdk_strerror(-rc));
		return rc;
	}
	SPDK_NOTICELOG("The socket '%s' was left by a process that has ended; it is replaced\n",
		       server->text);
	return 0;
}

static int
bind_socket(struct spdk_rpc_server *server, int fd)
{
	const struct sockaddr *any = &server->address.u.any;
	int is_set = 1;
	struct stat status;

	if (any->sa_family == AF_UNIX) {
		/* The kernel takes the permissions of the path from those of the socket. */
		if (fchmod(fd, g_opts.socket_mode) != 0) {
			return -errno;
		}
	} else if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &is_set, sizeof(is_set)) != 0) {
		return -errno;
	}
	if (bind(fd, any, server->address.len) != 0) {
		return -errno;
	}
	if (any->sa_family == AF_UNIX && lstat(server->text, &status) == 0) {
		server->device = status.st_dev;
		server->inode = status.st_ino;
		/* What umask has taken away was asked for by name. */
		if ((status.st_mode & SOCKET_MODE_BITS) != g_opts.socket_mode &&
		    chmod(server->text, g_opts.socket_mode) != 0) {
			return -errno;
		}
	}
	return listen(fd, LISTEN_BACKLOG) == 0 ? 0 : -errno;
}

static void
remove_socket(const struct spdk_rpc_server *server)
{
	struct stat status;

	if (server->inode != 0 && lstat(server->text, &status) == 0 &&
	    status.st_dev == server->device && status.st_ino == server->inode) {
		(void)unlink(server->text); /* One that stays is replaced by the next server. */
	}
}

/* Errors are explained. */
static int
open_socket(struct spdk_rpc_server *server)
{
	int family = server->address.u.any.sa_family;
	int fd, rc;

	if (family == AF_UNIX) {
		rc = clear_path(server);
		if (rc != 0) {
			return rc;
		}
	}
	fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	rc = fd < 0 ? -errno : bind_socket(server, fd);
	if (rc != 0) {
		RPC_EXPLAIN(server->is_asked_for, "Cannot listen on RPC address '%s': %s",
			    server->text, spdk_strerror(-rc));
		goto close_socket;
	}
	server->jsonrpc = jsonrpc_server_create(fd, rpc_handle);
	if (server->jsonrpc == NULL) {
		rc = -ENOMEM;
		SPDK_ERRLOG("RPC address '%s': out of memory or descriptors\n", server->text);
		goto close_socket;
	}
	return 0;

close_socket:
	remove_socket(server);
	if (fd >= 0) {
		close(fd);
	}
	return rc;
}

static void
free_server(struct spdk_rpc_server *server)
{
	if (server != NULL) {
		free(server->text);
		free(server);
	}
}

/* Errors are explained; everything is as before then. */
static int
open_server(struct spdk_rpc_server *server)
{
	int rc = rpc_address_parse(server->text, &server->address);

	if (rc == 0) {
		rc = check_reach(server);
	}
	if (rc == 0 && server->address.u.any.sa_family == AF_UNIX) {
		rc = rpc_lock_take(server->text, server->is_asked_for, &server->lock);
	}
	if (rc != 0) {
		return rc;
	}
	rc = open_socket(server);
	if (rc != 0) {
		rpc_lock_drop(&server->lock);
	}
	return rc;
}

struct spdk_rpc_server *
rpc_server_listen(const char *listen_addr, bool is_asked_for)
{
	struct spdk_rpc_server *server;
	int rc;

	if (!spdk_rpc_verify_methods()) {
		errno = EINVAL;
		return NULL;
	}
	server = calloc(1, sizeof(*server));
	if (server != NULL) {
		server->lock.fd = -1;
		server->is_asked_for = is_asked_for;
		server->text = strdup(listen_addr != NULL ? listen_addr : "");
	}
	if (server == NULL || server->text == NULL) {
		SPDK_ERRLOG("RPC address '%s': out of memory\n", listen_addr);
		free_server(server);
		errno = ENOMEM;
		return NULL;
	}
	rc = open_server(server);
	if (rc != 0) {
		free_server(server);
		errno = -rc;
		return NULL;
	}
	return server;
}

struct spdk_rpc_server *
spdk_rpc_server_listen(const char *listen_addr)
{
	return rpc_server_listen(listen_addr, true);
}

void
spdk_rpc_server_accept(struct spdk_rpc_server *server)
{
	(void)spdk_jsonrpc_server_poll(server->jsonrpc); /* It has no errors of its own. */
}

void
spdk_rpc_server_close(struct spdk_rpc_server *server)
{
	if (server == NULL) {
		return;
	}
	/* The path first: nobody is to find one that does not answer any more. */
	remove_socket(server);
	spdk_jsonrpc_server_shutdown(server->jsonrpc);
	rpc_lock_drop(&server->lock);
	free_server(server);
}

struct spdk_jsonrpc_server *
rpc_server_get_jsonrpc(const struct spdk_rpc_server *server)
{
	return server->jsonrpc;
}
