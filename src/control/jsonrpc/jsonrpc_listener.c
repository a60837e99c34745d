/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The listening socket of a server, and who comes in.
 *
 * States:
 *   listening   the group waits for newcomers. pause_listening() leads on.
 *   paused      there was no descriptor or memory for a newcomer, who waits in the kernel. Taking
 *               him is tried again after PAUSE_SEC or when a connection has been closed, rather
 *               than over and over; resume() leads back.
 *   closed      at first, and after jsonrpc_listener_close().
 *
 * Invariant: the group has the socket exactly while listening, and the alarm while it is not
 * closed.
 */
#include "control/jsonrpc/jsonrpc_internal.h"

#include "env/env_internal.h"
#include "spdk/env.h"
#include "spdk/fd_group.h"
#include "spdk/net.h"
#include "spdk/string.h"
#include "spdk/util.h"

#include <netinet/tcp.h>
#include <sys/un.h>

#define BACKLOG      512
#define PAUSE_SEC    1
#define ADDRESS_SIZE 160

static int
newcomers_wait(void *arg)
{
	struct spdk_jsonrpc_server *server = arg;

	server->has_newcomers = true;
	return 1;
}

static int
resume(struct spdk_jsonrpc_server *server)
{
	int rc = spdk_fd_group_add(server->group, server->fd, newcomers_wait, server,
				   "jsonrpc listener");

	server->is_paused = rc != 0;
	return rc;
}

static void
set_alarm(struct spdk_jsonrpc_server *server)
{
	env_alarm_set(server->alarm_fd, spdk_get_ticks() + PAUSE_SEC * spdk_get_ticks_hz());
}

static int
alarm_rings(void *arg)
{
	struct spdk_jsonrpc_server *server = arg;

	if (server->is_paused && resume(server) != 0) {
		set_alarm(server);
	}
	return 1;
}

static void
pause_listening(struct spdk_jsonrpc_server *server, int error)
{
	SPDK_ERRLOG_RATELIMIT("a JSON-RPC connection waits, since it cannot be taken: %s. It is "
			      "tried again each second; raise 'ulimit -n' or close connections\n",
			      spdk_strerror(error));
	spdk_fd_group_remove(server->group, server->fd);
	server->has_newcomers = false;
	server->is_paused = true;
	set_alarm(server);
}

void
jsonrpc_listener_conn_closed(struct spdk_jsonrpc_server *server)
{
	server->stats.connections--;
	if (server->is_paused) {
		/* The alarm tries again otherwise. */
		(void)resume(server);
	}
}

/*
 * The connection whose peer has gone, while a limit keeps what it has sent from being started; else
 * the one that has been silent longest. NULL: all have something under way.
 */
static struct spdk_jsonrpc_server_conn *
find_unneeded(struct spdk_jsonrpc_server *server)
{
	struct spdk_jsonrpc_server_conn *conn, *oldest = NULL;

	TAILQ_FOREACH (conn, &server->conns, link) {
		if (conn->is_queued) {
			continue;
		}
		if (conn->is_hung_up) {
			return conn;
		}
		/* One that does not read its answers is no better than one that asks nothing. */
		if (conn->under_way > 0) {
			continue;
		}
		if (oldest == NULL || conn->last_progress < oldest->last_progress) {
			oldest = conn;
		}
	}
	return oldest;
}

/* Closes a connection that is not needed, or has not been for long. */
static bool
make_room(struct spdk_jsonrpc_server *server)
{
	uint64_t silence = server->limits.silence_sec * spdk_get_ticks_hz();
	struct spdk_jsonrpc_server_conn *conn = find_unneeded(server);
	uint64_t now = spdk_get_ticks();

	if (conn == NULL || (!conn->is_hung_up && now - conn->last_progress < silence)) {
		return false;
	}
	if (conn->is_hung_up) {
		SPDK_NOTICELOG("a JSON-RPC connection whose client has gone is closed to make room "
			       "for another: %u of its requests are not answered, and what else "
			       "it has sent is not carried out\n",
			       conn->under_way);
	} else {
		SPDK_NOTICELOG("a JSON-RPC connection that has been silent for %" PRIu64
			       " s is closed to make room for another: there are at most %u\n",
			       (now - conn->last_progress) / spdk_get_ticks_hz(),
			       server->limits.connections_max);
	}
	jsonrpc_conn_close(conn);
	return true;
}

static void
refuse(struct spdk_jsonrpc_server *server, int fd)
{
	char text[192];
	int length;

	length = snprintf(text, sizeof(text),
			  "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":%d,\"message\":"
			  "\"there are %u connections already, which is the limit\"}}\n",
			  SPDK_JSONRPC_ERROR_INTERNAL_ERROR, server->limits.connections_max);
	/* A socket that is new has room for it; whoever does not get it sees the end. */
	(void)send(fd, text, (size_t)length, MSG_DONTWAIT | MSG_NOSIGNAL);
	close(fd);
	server->stats.connections_refused++;
	server->stats.errors++;
}

static void
take_newcomer(struct spdk_jsonrpc_server *server, int fd)
{
	int on = 1;

	if (server->stats.connections >= server->limits.connections_max && !make_room(server)) {
		refuse(server, fd);
		return;
	}
	if (server->domain != AF_UNIX) {
		/* Without it, answers are only slower. */
		(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	}
	if (jsonrpc_conn_create(server, fd) != 0) {
		SPDK_ERRLOG("a JSON-RPC connection is closed, since there is no memory for it\n");
		server->stats.connections_refused++;
		return;
	}
	server->stats.connections++;
	server->stats.connections_total++;
}

void
jsonrpc_listener_accept(struct spdk_jsonrpc_server *server)
{
	int fd = accept4(server->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd >= 0) {
		take_newcomer(server, fd);
		return;
	}
	switch (errno) {
	case EMFILE:
	case ENFILE:
	case ENOBUFS:
	case ENOMEM:
		pause_listening(server, errno);
		break;
	default:
		/* Nobody is there, or somebody has left again; the group tells of others. */
		server->has_newcomers = false;
		break;
	}
}

static void
describe_address(const struct sockaddr *address, socklen_t size, char text[ADDRESS_SIZE])
{
	const struct sockaddr_un *path = (const struct sockaddr_un *)address;
	char host[INET6_ADDRSTRLEN];
	struct sockaddr_storage copy = {0};

	memcpy(&copy, address, spdk_min(size, sizeof(copy)));
	if (address->sa_family == AF_UNIX) {
		snprintf(text, ADDRESS_SIZE, "%.*s",
			 (int)(spdk_min(size, sizeof(*path)) -
			       offsetof(struct sockaddr_un, sun_path)),
			 path->sun_path);
	} else if (spdk_net_get_address_string((struct sockaddr *)&copy, host, sizeof(host)) == 0) {
		/* Both families have the port in the same place. */
		snprintf(text, ADDRESS_SIZE, "%s, port %u", host,
			 ntohs(((struct sockaddr_in *)&copy)->sin_port));
	} else {
		snprintf(text, ADDRESS_SIZE, "(an address of family %d)", address->sa_family);
	}
}

int
jsonrpc_address_listen(const struct jsonrpc_address *at)
{
	int fd = socket(at->domain, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, at->protocol);
	int on = 1;
	int rc;

	if (fd < 0) {
		return -errno;
	}
	if (at->domain != AF_UNIX) {
		/* Or a server that is started again waits for connections of the one before. */
		(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	}
	if (bind(fd, at->address, at->size) != 0 || listen(fd, BACKLOG) != 0) {
		rc = -errno;
		close(fd);
		return rc;
	}
	return fd;
}

void
jsonrpc_address_explain(const struct jsonrpc_address *at, int rc)
{
	char text[ADDRESS_SIZE];

	describe_address(at->address, at->size, text);
	SPDK_ERRLOG("cannot listen for JSON-RPC at %s: %s\n", text, spdk_strerror(-rc));
}

/* The alarm, which is set when it is needed. */
static int
open_alarm(struct spdk_jsonrpc_server *server)
{
	struct spdk_event_handler_opts opts;
	int rc;

	server->alarm_fd = env_alarm_create();
	if (server->alarm_fd < 0) {
		return server->alarm_fd;
	}
	spdk_fd_group_get_default_event_handler_opts(&opts, sizeof(opts));
	opts.fd_type = SPDK_FD_TYPE_EVENTFD;
	rc = spdk_fd_group_add_ext(server->group, server->alarm_fd, alarm_rings, server,
				   "jsonrpc alarm", &opts);
	if (rc != 0) {
		close(server->alarm_fd);
		server->alarm_fd = -1;
	}
	return rc;
}

int
jsonrpc_listener_open(struct spdk_jsonrpc_server *server, int fd)
{
	socklen_t size = sizeof(server->domain);
	int rc;

	/* Without an answer it is as any socket of the network. */
	(void)getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &server->domain, &size);
	server->is_paused = true;
	server->fd = fd;
	rc = open_alarm(server);
	rc = rc != 0 ? rc : resume(server);
	if (rc != 0) {
		server->fd = -1; /* It stays the caller's. */
		jsonrpc_listener_close(server);
	}
	return rc;
}

void
jsonrpc_listener_close(struct spdk_jsonrpc_server *server)
{
	if (!server->is_paused) {
		spdk_fd_group_remove(server->group, server->fd);
		server->is_paused = true;
	}
	if (server->alarm_fd >= 0) {
		spdk_fd_group_remove(server->group, server->alarm_fd);
		close(server->alarm_fd);
		server->alarm_fd = -1;
	}
	server->has_newcomers = false;
	if (server->fd >= 0) {
		close(server->fd);
		server->fd = -1;
	}
}
