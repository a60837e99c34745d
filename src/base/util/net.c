/* SPDX-License-Identifier: BSD-3-Clause */
/* Addresses of sockets and network interfaces as text. */
#include "spdk/net.h"

/* An address, as a socket or an interface has it. */
union address {
	struct sockaddr any;
	struct sockaddr_in ip4;
	struct sockaddr_in6 ip6;
	struct sockaddr_storage room;
};

#define LOOPBACK_NET 127

static socklen_t
address_size(int family)
{
	return family == AF_INET6 ? sizeof(struct in6_addr) : sizeof(struct in_addr);
}

/* The bytes of the IP address itself, or NULL when it is of another family. */
static const void *
address_bytes(const struct sockaddr *address)
{
	switch (address->sa_family) {
	case AF_INET:
		return &((const union address *)address)->ip4.sin_addr;
	case AF_INET6:
		return &((const union address *)address)->ip6.sin6_addr;
	default:
		return NULL;
	}
}

/* Both are of the same family or not; only IP addresses are ever equal. */
static bool
is_same_address(const struct sockaddr *left, int family, const void *right_bytes)
{
	return left != NULL && left->sa_family == family &&
	       memcmp(address_bytes(left), right_bytes, address_size(family)) == 0;
}

/* The family of a text, whose bytes it writes. Behind an IPv6 address, '%' and the name of an
 * interface may stand, which is pointed out. */
static int
parse_address(const char *text, uint8_t bytes[sizeof(struct in6_addr)], const char **out_scope)
{
	const char *scope = strchr(text, '%');
	char plain[INET6_ADDRSTRLEN];

	if (scope == NULL) {
		*out_scope = NULL;
		if (inet_pton(AF_INET, text, bytes) == 1) {
			return AF_INET;
		}
		return inet_pton(AF_INET6, text, bytes) == 1 ? AF_INET6 : AF_UNSPEC;
	}
	if ((size_t)(scope - text) >= sizeof(plain)) {
		return AF_UNSPEC;
	}
	memcpy(plain, text, scope - text);
	plain[scope - text] = '\0';
	*out_scope = scope + 1;
	return inet_pton(AF_INET6, plain, bytes) == 1 ? AF_INET6 : AF_UNSPEC;
}

/* The first interface of the list that has the address, and the name `scope` unless that is NULL.
 */
static const struct ifaddrs *
find_interface(const struct ifaddrs *list, int family, const void *bytes, const char *scope)
{
	for (; list != NULL; list = list->ifa_next) {
		if (is_same_address(list->ifa_addr, family, bytes) &&
		    (scope == NULL || strcmp(scope, list->ifa_name) == 0)) {
			return list;
		}
	}
	return NULL;
}

int
spdk_net_get_interface_name(const char *ip, char *ifc, size_t len)
{
	uint8_t bytes[sizeof(struct in6_addr)];
	const struct ifaddrs *found;
	struct ifaddrs *interfaces;
	const char *scope;
	int family, rc = 0;

	if (ip == NULL || ifc == NULL) {
		return -EINVAL;
	}
	family = parse_address(ip, bytes, &scope);
	if (family == AF_UNSPEC) {
		return -ENODEV;
	}
	if (getifaddrs(&interfaces) != 0) {
		return -errno;
	}
	found = find_interface(interfaces, family, bytes, scope);
	if (found == NULL) {
		rc = -ENODEV;
	} else if (strlen(found->ifa_name) >= len) {
		rc = -ENOMEM;
	} else {
		(void)snprintf(ifc, len, "%s", found->ifa_name);
	}
	freeifaddrs(interfaces);
	return rc;
}

int
spdk_net_get_address_string(struct sockaddr *sa, char *addr, size_t len)
{
	char text[INET6_ADDRSTRLEN];

	if (sa == NULL || addr == NULL) {
		return -EINVAL;
	}
	if (address_bytes(sa) == NULL) {
		return -EAFNOSUPPORT;
	}
	if (inet_ntop(sa->sa_family, address_bytes(sa), text, sizeof(text)) == NULL) {
		return -errno;
	}
	if (strlen(text) >= len) {
		return -ENOSPC;
	}
	memcpy(addr, text, strlen(text) + 1);
	return 0;
}

/* All of 127.0.0.0/8 loops back, though interfaces list only one address of it. */
static bool
is_loopback_address(const union address *address)
{
	const uint8_t *bytes = address_bytes(&address->any);

	if (address->any.sa_family == AF_INET) {
		return bytes[0] == LOOPBACK_NET;
	}
	if (IN6_IS_ADDR_V4MAPPED(&address->ip6.sin6_addr)) {
		return bytes[12] == LOOPBACK_NET;
	}
	return IN6_IS_ADDR_LOOPBACK(&address->ip6.sin6_addr);
}

bool
spdk_net_is_loopback(int fd)
{
	const struct ifaddrs *found;
	struct ifaddrs *interfaces;
	union address address;
	socklen_t length = sizeof(address);
	bool is_loopback;

	if (getsockname(fd, &address.any, &length) != 0 || address_bytes(&address.any) == NULL) {
		return false;
	}
	if (is_loopback_address(&address)) {
		return true;
	}
	if (getifaddrs(&interfaces) != 0) {
		return false;
	}
	/* The loopback interface may have been given other addresses. */
	found = find_interface(interfaces, address.any.sa_family, address_bytes(&address.any),
			       NULL);
	is_loopback = found != NULL && (found->ifa_flags & IFF_LOOPBACK) != 0;
	freeifaddrs(interfaces);
	return is_loopback;
}

/* One side of a connection as text, checked before anything is given to the caller. */
struct side {
	char text[INET6_ADDRSTRLEN];
	uint16_t port;
};

static int
describe_side(const union address *address, bool is_text_wanted, int text_size,
	      struct side *out_side)
{
	int rc;

	if (address->any.sa_family == AF_UNIX) {
		out_side->text[0] = '\0';
		out_side->port = 0;
	} else {
		rc = spdk_net_get_address_string((struct sockaddr *)(uintptr_t)&address->any,
						 out_side->text, sizeof(out_side->text));
		if (rc != 0) {
			return rc;
		}
		out_side->port = ntohs(address->any.sa_family == AF_INET6 ? address->ip6.sin6_port :
									    address->ip4.sin_port);
	}
	if (is_text_wanted && (text_size < 0 || strlen(out_side->text) >= (size_t)text_size)) {
		return -ENOSPC;
	}
	return 0;
}

static void
give_side(const struct side *side, char *text, uint16_t *port)
{
	if (text != NULL) {
		memcpy(text, side->text, strlen(side->text) + 1);
	}
	if (port != NULL) {
		*port = side->port;
	}
}

int
spdk_net_getaddr(int fd, char *laddr, int llen, uint16_t *lport, char *paddr, int plen,
		 uint16_t *pport)
{
	bool is_peer_wanted = paddr != NULL || pport != NULL;
	union address local, peer;
	socklen_t local_length = sizeof(local), peer_length = sizeof(peer);
	struct side local_side, peer_side;
	int rc;

	if (getsockname(fd, &local.any, &local_length) != 0) {
		return -errno;
	}
	rc = describe_side(&local, laddr != NULL, llen, &local_side);
	if (rc != 0) {
		return rc;
	}
	if (is_peer_wanted) {
		if (getpeername(fd, &peer.any, &peer_length) != 0) {
			return -errno;
		}
		rc = describe_side(&peer, paddr != NULL, plen, &peer_side);
		if (rc != 0) {
			return rc;
		}
		give_side(&peer_side, paddr, pport);
	}
	give_side(&local_side, laddr, lport);
	return 0;
}

int
spdk_net_compare_address(int adrfam, const char *addr1, const char *addr2, int *cmp)
{
	uint8_t bytes1[sizeof(struct in6_addr)], bytes2[sizeof(struct in6_addr)];

	if (adrfam != AF_INET && adrfam != AF_INET6) {
		return -EAFNOSUPPORT;
	}
	if (addr1 == NULL || addr2 == NULL || cmp == NULL ||
	    inet_pton(adrfam, addr1, bytes1) != 1 || inet_pton(adrfam, addr2, bytes2) != 1) {
		return -EINVAL;
	}
	*cmp = memcmp(bytes1, bytes2, address_size(adrfam));
	return 0;
}
