/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The text of an address: a path, or an IP address with a port. Names of hosts are no addresses
 * here: looking one up can take minutes, and where a server listens is not for others to say.
 */
#include "control/rpc/rpc_internal.h"
#include "spdk/log.h"
#include "spdk/string.h"

#include <arpa/inet.h>

#define PORT_MAX 65535

static int
parse_path(const char *text, struct rpc_address *out_address)
{
	struct sockaddr_un *local = &out_address->u.local;

	if (strlen(text) >= sizeof(local->sun_path)) {
		SPDK_ERRLOG("RPC address '%s': a socket's path has at most %zu bytes, this one has "
			    "%zu. Take a shorter one.\n",
			    text, sizeof(local->sun_path) - 1, strlen(text));
		return -ENAMETOOLONG;
	}
	local->sun_family = AF_UNIX;
	snprintf(local->sun_path, sizeof(local->sun_path), "%s", text);
	out_address->len = sizeof(*local);
	out_address->is_local = true;
	return 0;
}

static bool
is_loopback4(const struct sockaddr_in *ip4)
{
	return ntohl(ip4->sin_addr.s_addr) >> 24 == 127;
}

static bool
is_loopback6(const struct sockaddr_in6 *ip6)
{
	const uint8_t *bytes = ip6->sin6_addr.s6_addr;

	return IN6_IS_ADDR_LOOPBACK(&ip6->sin6_addr) ||
	       (IN6_IS_ADDR_V4MAPPED(&ip6->sin6_addr) && bytes[12] == 127);
}

static int
parse_ip(const char *host, uint16_t port, struct rpc_address *out_address)
{
	struct sockaddr_in *ip4 = &out_address->u.ip4;
	struct sockaddr_in6 *ip6 = &out_address->u.ip6;

	if (inet_pton(AF_INET, host, &ip4->sin_addr) == 1) {
		ip4->sin_family = AF_INET;
		ip4->sin_port = htons(port);
		out_address->len = sizeof(*ip4);
		out_address->is_local = is_loopback4(ip4);
		return 0;
	}
	if (inet_pton(AF_INET6, host, &ip6->sin6_addr) == 1) {
		ip6->sin6_family = AF_INET6;
		ip6->sin6_port = htons(port);
		out_address->len = sizeof(*ip6);
		out_address->is_local = is_loopback6(ip6);
		return 0;
	}
	return -EINVAL;
}

/* "HOST", "HOST:PORT", "[HOST]:PORT"; `text` is cut into pieces. */
static int
parse_host_and_port(char *text, struct rpc_address *out_address)
{
	char *host = NULL, *port_text = NULL;
	long port = RPC_PORT_DEFAULT;
	struct in6_addr unused;

	/* An IPv6 address without brackets has colons of its own. */
	if (inet_pton(AF_INET6, text, &unused) == 1) {
		host = text;
	} else if (text[strlen(text) - 1] == ':' ||
		   spdk_parse_ip_addr(text, &host, &port_text) != 0) {
		/* A colon, and then nothing, has lost its port. */
		return -EINVAL;
	}
	if (port_text != NULL) {
		port = spdk_strtol(port_text, 10);
	}
	if (port < 1 || port > PORT_MAX) {
		return -EINVAL;
	}
	return parse_ip(host, (uint16_t)port, out_address);
}

int
rpc_address_parse(const char *text, struct rpc_address *out_address)
{
	struct rpc_address address = {0};
	char *copy;
	int rc;

	if (text == NULL || text[0] == '\0') {
		SPDK_ERRLOG("The RPC address is empty. Give a path such as %s, or IP:PORT.\n",
			    "/var/tmp/spdk.sock");
		return -EINVAL;
	}
	if (strchr(text, '/') != NULL) {
		rc = parse_path(text, &address);
	} else {
		copy = strdup(text);
		if (copy == NULL) {
			SPDK_ERRLOG("RPC address '%s': out of memory\n", text);
			return -ENOMEM;
		}
		rc = parse_host_and_port(copy, &address);
		free(copy);
		if (rc != 0) {
			SPDK_ERRLOG("'%s' is no RPC address: it wants a path, with a '/' in it "
				    "(./%s), or an IP address with a port from 1 to %d "
				    "(127.0.0.1:%d)\n",
				    text, text, PORT_MAX, RPC_PORT_DEFAULT);
		}
	}
	if (rc == 0) {
		*out_address = address;
	}
	return rc;
}
