/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The way to a connection. A name may have several addresses; they are tried in the order of the
 * resolver until one answers. Only resolving a name may block.
 *
 * Invariant: while a connection is on its way, dial->fd is its socket, and dial->next the address
 * that comes after it.
 */
#include "control/jsonrpc/jsonrpc_client.h"

#include "spdk/string.h"

#include <netdb.h>
#include <netinet/tcp.h>

#define DEFAULT_PORT "5260"

static int
init_path(struct client_dial *dial, const char *path)
{
	size_t length = strlen(path);

	if (length == 0) {
		return -EINVAL;
	}
	if (length >= sizeof(dial->path.sun_path)) {
		return -ENAMETOOLONG;
	}
	dial->path.sun_family = AF_UNIX;
	memcpy(dial->path.sun_path, path, length + 1);
	return 0;
}

static int
error_of_resolver(int rc)
{
	switch (rc) {
	case EAI_SYSTEM:
		return errno != 0 ? -errno : -EIO;
	case EAI_MEMORY:
		return -ENOMEM;
	case EAI_AGAIN:
		return -EAGAIN;
	case EAI_SERVICE:
		return -EINVAL;
	default:
		return -ENXIO;
	}
}

/* An IPv6 address without a port may do without brackets. */
static int
split(char *text, char **out_host, char **out_port)
{
	struct in6_addr address;

	if (inet_pton(AF_INET6, text, &address) == 1) {
		*out_host = text;
		*out_port = NULL;
		return 0;
	}
	return spdk_parse_ip_addr(text, out_host, out_port);
}

static int
init_host(struct client_dial *dial, const char *address, int family)
{
	struct addrinfo hints = {.ai_family = family, .ai_socktype = SOCK_STREAM};
	char *text = strdup(address), *host, *port;
	int rc;

	if (text == NULL) {
		return -ENOMEM;
	}
	rc = split(text, &host, &port);
	if (rc == 0) {
		errno = 0;
		rc = getaddrinfo(host, port != NULL ? port : DEFAULT_PORT, &hints,
				 &dial->addresses);
		rc = rc != 0 ? error_of_resolver(rc) : 0;
	}
	free(text);
	if (rc == 0) {
		dial->next = dial->addresses;
	}
	return rc;
}

int
client_dial_init(struct client_dial *dial, const char *address, int family)
{
	*dial = (struct client_dial){.fd = -1};
	switch (family) {
	case AF_UNIX:
		return init_path(dial, address);
	case AF_UNSPEC:
	case AF_INET:
	case AF_INET6:
		return init_host(dial, address, family);
	default:
		return -EAFNOSUPPORT;
	}
}

static void
hang_up(struct client_dial *dial)
{
	if (dial->fd >= 0) {
		close(dial->fd);
		dial->fd = -1;
	}
}

void
client_dial_fini(struct client_dial *dial)
{
	hang_up(dial);
	if (dial->addresses != NULL) {
		freeaddrinfo(dial->addresses);
	}
	dial->addresses = NULL;
	dial->next = NULL;
}

/* One call of connect(2). A full backlog of a UNIX domain socket is no error, but a matter of time.
 */
static int
call(struct client_dial *dial, const struct sockaddr *address, socklen_t size)
{
	const int on = 1;

	if (dial->fd < 0) {
		dial->fd =
			socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	}
	if (dial->fd < 0) {
		return -errno;
	}
	if (address->sa_family != AF_UNIX) {
		/* A request that waits for the answer to the one before is only slower. */
		(void)setsockopt(dial->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	}
	dial->is_to_retry = false;
	if (connect(dial->fd, address, size) == 0) {
		return 0;
	}
	if (errno == EAGAIN && address->sa_family == AF_UNIX) {
		dial->is_to_retry = true;
		return -EINPROGRESS;
	}
	return errno == EINTR ? -EINPROGRESS : -errno;
}

/* What has become of the connection that is on its way: while it has no peer, and no error, it
 * still is. */
static int
result_of(const struct client_dial *dial)
{
	struct sockaddr_storage peer;
	socklen_t size = sizeof(int);
	int error = 0;

	if (getsockopt(dial->fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0) {
		return -errno;
	}
	if (error != 0) {
		return -error;
	}
	size = sizeof(peer);
	if (getpeername(dial->fd, (struct sockaddr *)&peer, &size) == 0) {
		return 0;
	}
	return errno == ENOTCONN ? -EINPROGRESS : -errno;
}

int
client_dial_step(struct client_dial *dial)
{
	const struct addrinfo *address;
	int rc = -ENXIO;

	if (dial->path.sun_family == AF_UNIX) {
		return call(dial, (const struct sockaddr *)&dial->path, sizeof(dial->path));
	}
	if (dial->fd >= 0) {
		rc = result_of(dial);
	}
	while (rc != 0 && rc != -EINPROGRESS && dial->next != NULL) {
		hang_up(dial);
		address = dial->next;
		dial->next = address->ai_next;
		rc = call(dial, address->ai_addr, address->ai_addrlen);
	}
	return rc;
}
