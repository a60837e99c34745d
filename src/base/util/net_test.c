/* SPDX-License-Identifier: BSD-3-Clause */
/* Addresses: of the loopback interface, which every machine has, of sockets, and compared. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "spdk/net.h"
#include "spdk/util.h"

static void
the_interface_of_an_address(void **state)
{
	char name[IFNAMSIZ] = "before";

	assert_int_equal(spdk_net_get_interface_name("127.0.0.1", name, sizeof(name)), 0);
	assert_string_equal(name, "lo");
	memset(name, 'x', sizeof(name));
	assert_int_equal(spdk_net_get_interface_name("127.0.0.1", name, 3), 0);
	assert_string_equal(name, "lo");
}

static void
no_interface(void **state)
{
	/* The last two are set aside for documentation: no machine has them. */
	static const char *const cases[] = {"",
					    "lo",
					    "127.0.0",
					    "127.0.0.1%lo",
					    "::1%none",
					    "%lo",
					    "192.0.2.77",
					    "2001:db8::77",
					    "::ffff:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0%lo"};
	char name[IFNAMSIZ] = "before";
	size_t i;

	for (i = 0; i < SPDK_COUNTOF(cases); i++) {
		assert_int_equal(spdk_net_get_interface_name(cases[i], name, sizeof(name)),
				 -ENODEV);
	}
	assert_int_equal(spdk_net_get_interface_name("127.0.0.1", name, 2), -ENOMEM);
	assert_int_equal(spdk_net_get_interface_name("127.0.0.1", name, 0), -ENOMEM);
	assert_int_equal(spdk_net_get_interface_name(NULL, name, sizeof(name)), -EINVAL);
	assert_int_equal(spdk_net_get_interface_name("127.0.0.1", NULL, 0), -EINVAL);
	assert_string_equal(name, "before");
}

static void
addresses_as_text(void **state)
{
	struct sockaddr_in ip4 = {.sin_family = AF_INET};
	struct sockaddr_in6 ip6 = {.sin6_family = AF_INET6};
	struct sockaddr_un local = {.sun_family = AF_UNIX};
	char text[INET6_ADDRSTRLEN] = "before";

	assert_int_equal(inet_pton(AF_INET, "192.0.2.1", &ip4.sin_addr), 1);
	assert_int_equal(inet_pton(AF_INET6, "2001:db8::1", &ip6.sin6_addr), 1);
	assert_int_equal(spdk_net_get_address_string((struct sockaddr *)&local, text, 46),
			 -EAFNOSUPPORT);
	assert_int_equal(spdk_net_get_address_string((struct sockaddr *)&ip4, text, 9), -ENOSPC);
	assert_int_equal(spdk_net_get_address_string((struct sockaddr *)&ip4, text, 0), -ENOSPC);
	assert_int_equal(spdk_net_get_address_string(NULL, text, 46), -EINVAL);
	assert_int_equal(spdk_net_get_address_string((struct sockaddr *)&ip4, NULL, 46), -EINVAL);
	assert_string_equal(text, "before");
	assert_int_equal(spdk_net_get_address_string((struct sockaddr *)&ip4, text, 10), 0);
	assert_string_equal(text, "192.0.2.1");
	assert_int_equal(spdk_net_get_address_string((struct sockaddr *)&ip6, text, 46), 0);
	assert_string_equal(text, "2001:db8::1");
}

/* A listening socket on this address, with a port of the kernel's choice. */
static int
listen_on(const char *ip, struct sockaddr_in *out_address)
{
	socklen_t length = sizeof(*out_address);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_true(fd >= 0);
	memset(out_address, 0, sizeof(*out_address));
	out_address->sin_family = AF_INET;
	assert_int_equal(inet_pton(AF_INET, ip, &out_address->sin_addr), 1);
	assert_int_equal(bind(fd, (struct sockaddr *)out_address, length), 0);
	assert_int_equal(listen(fd, 1), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)out_address, &length), 0);
	return fd;
}

static void
both_sides_of_a_connection(void **state)
{
	char local[INET_ADDRSTRLEN], peer[INET_ADDRSTRLEN];
	uint16_t local_port, peer_port, client_port;
	struct sockaddr_in address;
	int listener = listen_on("127.0.0.5", &address), client, server;

	client = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(connect(client, (struct sockaddr *)&address, sizeof(address)), 0);
	server = accept(listener, NULL, NULL);
	assert_true(server >= 0);
	assert_int_equal(spdk_net_getaddr(client, local, sizeof(local), &client_port, peer,
					  sizeof(peer), &peer_port),
			 0);
	assert_string_equal(peer, "127.0.0.5");
	assert_int_equal(peer_port, ntohs(address.sin_port));
	assert_int_equal(
		spdk_net_getaddr(server, local, 10, &local_port, peer, sizeof(peer), &peer_port),
		0);
	assert_string_equal(local, "127.0.0.5");
	assert_int_equal(local_port, ntohs(address.sin_port));
	assert_int_equal(peer_port, client_port);
	assert_true(spdk_net_is_loopback(server) && spdk_net_is_loopback(client));
	/* What does not fit leaves all as it was. */
	local_port = peer_port = 77;
	memset(local, 'x', sizeof(local));
	assert_int_equal(
		spdk_net_getaddr(server, local, 9, &local_port, peer, sizeof(peer), &peer_port),
		-ENOSPC);
	assert_int_equal(
		spdk_net_getaddr(server, local, sizeof(local), &local_port, peer, 9, &peer_port),
		-ENOSPC);
	assert_int_equal(spdk_net_getaddr(server, local, -1, &local_port, NULL, 0, NULL), -ENOSPC);
	assert_int_equal(local_port, 77);
	assert_int_equal(peer_port, 77);
	assert_int_equal(local[0], 'x');
	assert_int_equal(spdk_net_getaddr(server, NULL, 0, NULL, NULL, 0, NULL), 0);
	close(server);
	close(client);
	close(listener);
}

static void
a_socket_without_a_peer(void **state)
{
	struct sockaddr_in address;
	int fd = listen_on("127.0.0.1", &address);
	char text[INET_ADDRSTRLEN];
	uint16_t port = 77;

	assert_int_equal(spdk_net_getaddr(fd, text, sizeof(text), &port, NULL, 0, NULL), 0);
	assert_string_equal(text, "127.0.0.1");
	assert_int_equal(port, ntohs(address.sin_port));
	port = 77;
	assert_int_equal(spdk_net_getaddr(fd, text, sizeof(text), NULL, NULL, 0, &port), -ENOTCONN);
	assert_int_equal(port, 77);
	close(fd);
	fd = socket(AF_INET, SOCK_STREAM, 0);
	assert_false(spdk_net_is_loopback(fd));
	close(fd);
}

static void
sockets_of_other_kinds(void **state)
{
	char text[8] = "before", peer[8] = "before";
	uint16_t port = 77;
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	assert_int_equal(
		spdk_net_getaddr(fds[0], text, sizeof(text), &port, peer, sizeof(peer), NULL), 0);
	assert_string_equal(text, "");
	assert_string_equal(peer, "");
	assert_int_equal(port, 0);
	assert_false(spdk_net_is_loopback(fds[0]));
	close(fds[0]);
	close(fds[1]);
	assert_int_equal(spdk_net_getaddr(-1, text, sizeof(text), NULL, NULL, 0, NULL), -EBADF);
	assert_false(spdk_net_is_loopback(-1));
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(spdk_net_getaddr(fds[0], text, sizeof(text), NULL, NULL, 0, NULL),
			 -ENOTSOCK);
	assert_false(spdk_net_is_loopback(fds[0]));
	close(fds[0]);
	close(fds[1]);
}

/* Mapped addresses and those of IPv6, on machines that have it. */
static void
loopback_of_ip6(void **state)
{
	struct sockaddr_in6 address = {.sin6_family = AF_INET6};
	static const char *const texts[] = {"::1", "::ffff:127.0.0.9"};
	int fd = socket(AF_INET6, SOCK_STREAM, 0), no = 0;
	char text[INET6_ADDRSTRLEN], name[IFNAMSIZ];
	uint16_t port;
	size_t i;

	if (fd < 0) {
		skip();
	}
	close(fd);
	for (i = 0; i < SPDK_COUNTOF(texts); i++) {
		fd = socket(AF_INET6, SOCK_STREAM, 0);
		assert_int_equal(setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof(no)), 0);
		assert_int_equal(inet_pton(AF_INET6, texts[i], &address.sin6_addr), 1);
		if (bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0) {
			assert_int_equal(errno, EADDRNOTAVAIL);
			close(fd);
			skip();
		}
		assert_true(spdk_net_is_loopback(fd));
		assert_int_equal(spdk_net_getaddr(fd, text, sizeof(text), &port, NULL, 0, NULL), 0);
		assert_string_equal(text, texts[i]);
		assert_int_not_equal(port, 0);
		close(fd);
	}
	assert_int_equal(spdk_net_get_interface_name("0:0::1", name, sizeof(name)), 0);
	assert_string_equal(name, "lo");
	assert_int_equal(spdk_net_get_interface_name("::1%lo", name, sizeof(name)), 0);
}

static void
addresses_are_compared_as_numbers(void **state)
{
	static const struct {
		int family;
		const char *left;
		const char *right;
		int order;
	} cases[] = {
		{AF_INET, "10.0.0.1", "10.0.0.1", 0},
		{AF_INET, "9.0.0.1", "10.0.0.1", -1},
		{AF_INET, "10.0.0.1", "9.0.0.1", 1},
		{AF_INET, "10.0.0.200", "10.0.0.3", 1},
		{AF_INET6, "::1", "0:0:0:0:0:0:0:1", 0},
		{AF_INET6, "2001:DB8::a", "2001:db8:0::A", 0},
		{AF_INET6, "fe80::1", "fe80::2", -1},
		{AF_INET6, "::1:0", "::ffff", 1},
	};
	size_t i;
	int order;

	for (i = 0; i < SPDK_COUNTOF(cases); i++) {
		order = 77;
		assert_int_equal(spdk_net_compare_address(cases[i].family, cases[i].left,
							  cases[i].right, &order),
				 0);
		assert_int_equal((order > 0) - (order < 0), cases[i].order);
	}
}

static void
what_cannot_be_compared(void **state)
{
	int order = 77;

	assert_int_equal(spdk_net_compare_address(AF_UNIX, "a", "a", &order), -EAFNOSUPPORT);
	assert_int_equal(spdk_net_compare_address(AF_INET, "::1", "::1", &order), -EINVAL);
	assert_int_equal(spdk_net_compare_address(AF_INET, "10.0.0.1", "10.0.0", &order), -EINVAL);
	assert_int_equal(spdk_net_compare_address(AF_INET6, "1.2.3.4", "::1", &order), -EINVAL);
	assert_int_equal(spdk_net_compare_address(AF_INET, NULL, "10.0.0.1", &order), -EINVAL);
	assert_int_equal(spdk_net_compare_address(AF_INET, "10.0.0.1", NULL, &order), -EINVAL);
	assert_int_equal(spdk_net_compare_address(AF_INET, "10.0.0.1", "10.0.0.1", NULL), -EINVAL);
	assert_int_equal(order, 77);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_interface_of_an_address),
		cmocka_unit_test(no_interface),
		cmocka_unit_test(addresses_as_text),
		cmocka_unit_test(both_sides_of_a_connection),
		cmocka_unit_test(a_socket_without_a_peer),
		cmocka_unit_test(sockets_of_other_kinds),
		cmocka_unit_test(loopback_of_ip6),
		cmocka_unit_test(addresses_are_compared_as_numbers),
		cmocka_unit_test(what_cannot_be_compared),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
