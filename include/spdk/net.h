/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * \file
 * Addresses of sockets and network interfaces as text.
 */
#ifndef SPDK_NET_H
#define SPDK_NET_H

#include "spdk/stdinc.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Names the interface of this machine that has the address `ip`.
 *
 * Shape: IPv4 or IPv6 as numbers; behind an IPv6 address, '%' and an interface may stand, which is
 * then the only one looked at. `len` counts the terminating NUL.
 * Errors: -ENODEV: no interface has it, or it is no address; -ENOMEM: the name does not fit into
 * `len`; -EINVAL: an argument is NULL; what getifaddrs(3) said. `ifc` is then as it was.
 */
int spdk_net_get_interface_name(const char *ip, char *ifc, size_t len);

/**
 * Writes the IP address of `sa`, without its port, as text.
 *
 * Shape: INET6_ADDRSTRLEN bytes are always enough.
 * Errors: -EINVAL: an argument is NULL; -EAFNOSUPPORT: neither AF_INET nor AF_INET6; -ENOSPC: it
 * does not fit into `len`.
 */
int spdk_net_get_address_string(struct sockaddr *sa, char *addr, size_t len);

/**
 * Whether the own address of a socket is one of the loopback interface.
 *
 * Shape: false also for what is no IP socket, or bound to no address.
 */
bool spdk_net_is_loopback(int fd);

/**
 * Writes the own address of a socket and that of its peer as text, and their ports.
 *
 * Shape: any of the outputs may be NULL; with both `paddr` and `pport` NULL the socket needs no
 * peer. A UNIX socket has no IP address: the texts are then empty, and the ports 0.
 * Units: ports in the machine's order of bytes.
 * Errors: -EBADF, -ENOTSOCK, -ENOTCONN and others of getsockname(2) and getpeername(2);
 * -EAFNOSUPPORT: neither IP nor UNIX; -ENOSPC: an address does not fit into its length. Outputs
 * are then as they were.
 */
int spdk_net_getaddr(int fd, char *laddr, int llen, uint16_t *lport, char *paddr, int plen,
		     uint16_t *pport);

/**
 * Compares two IP addresses as numbers, so that different spellings of one address are equal.
 *
 * Shape: `*cmp` is below, equal to or above 0, as strcmp(3) says it. `adrfam` is AF_INET or
 * AF_INET6.
 * Errors: -EAFNOSUPPORT: another `adrfam`; -EINVAL: an argument is NULL or no address of that
 * family. `*cmp` is then as it was.
 */
int spdk_net_compare_address(int adrfam, const char *addr1, const char *addr2, int *cmp);

#ifdef __cplusplus
}
#endif

#endif /* SPDK_NET_H */
