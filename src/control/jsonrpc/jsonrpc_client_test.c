/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The client against a peer of the test's own: a listening socket in the same OS thread, as nothing
 * in the client blocks but what is told to wait.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/failing_malloc.h"
#include "base/log_capture.h"
#include "spdk/jsonrpc.h"
#include "spdk/util.h"

#include <dlfcn.h>
#include <netdb.h>
#include <netinet/in.h>

#define LISTEN_BACKLOG 4
#define WAIT_MS        5000

static char g_folder[] = "/tmp/spindle_client_test.XXXXXX";
static char g_path[64];

/* What getaddrinfo() below was asked for, and the ports that it gives for the name "two". */
static char g_asked_host[64], g_asked_port[16];
static in_port_t g_two_ports[2];

/* Takes the place of the C library's, which answers for all other names. */
int
getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
	    struct addrinfo **out_addresses)
{
	int (*resolve)(const char *, const char *, const struct addrinfo *, struct addrinfo **);
	struct addrinfo *first, *second;

	snprintf(g_asked_host, sizeof(g_asked_host), "%s", node);
	snprintf(g_asked_port, sizeof(g_asked_port), "%s", service);
	*(void **)&resolve = dlsym(RTLD_NEXT, "getaddrinfo");
	if (strcmp(node, "two") != 0) {
		return resolve(node, service, hints, out_addresses);
	}
	assert_int_equal(resolve("127.0.0.1", "1", hints, &first), 0);
	assert_int_equal(resolve("127.0.0.1", "1", hints, &second), 0);
	((struct sockaddr_in *)first->ai_addr)->sin_port = g_two_ports[0];
	((struct sockaddr_in *)second->ai_addr)->sin_port = g_two_ports[1];
	first->ai_next = second;
	*out_addresses = first;
	return 0;
}

struct peer {
	int listener;
	int fd;
	struct spdk_jsonrpc_client *client;
};

static int
make_folder(void **state)
{
	if (mkdtemp(g_folder) == NULL) {
		return -errno;
	}
	snprintf(g_path, sizeof(g_path), "%s/sock", g_folder);
	return 0;
}

static int
remove_folder(void **state)
{
	(void)unlink(g_path);
	return rmdir(g_folder);
}

static int
listen_at_path(int backlog)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)unlink(g_path);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", g_path);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(fd, backlog), 0);
	return fd;
}

static void
peer_init(struct peer *peer)
{
	peer->listener = listen_at_path(LISTEN_BACKLOG);
	peer->client = spdk_jsonrpc_client_connect(g_path, AF_UNIX);
	assert_non_null(peer->client);
	peer->fd = accept(peer->listener, NULL, NULL);
	assert_true(peer->fd >= 0);
}

static void
peer_hang_up(struct peer *peer)
{
	close(peer->fd);
	peer->fd = -1;
}

static void
peer_fini(struct peer *peer)
{
	if (peer->fd >= 0) {
		close(peer->fd);
	}
	close(peer->listener);
	spdk_jsonrpc_client_close(peer->client);
}

static void
peer_say(struct peer *peer, const char *text)
{
	assert_int_equal(send(peer->fd, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT),
			 strlen(text));
}

/* What the client has sent, up to a line end. */
static const char *
peer_hear(struct peer *peer)
{
	static char text[4096];
	size_t size = 0;

	do {
		assert_int_equal(recv(peer->fd, text + size, 1, MSG_DONTWAIT), 1);
		size++;
	} while (text[size - 1] != '\n');
	text[size] = '\0';
	return text;
}

static struct spdk_jsonrpc_client_request *
request_of(int32_t id, const char *method)
{
	struct spdk_jsonrpc_client_request *request = spdk_jsonrpc_client_create_request();
	struct spdk_json_write_ctx *w;

	assert_non_null(request);
	w = spdk_jsonrpc_begin_request(request, id, method);
	assert_non_null(w);
	spdk_jsonrpc_end_request(request, w);
	return request;
}

static void
assert_result(struct spdk_jsonrpc_client *client, const char *id, const char *result)
{
	struct spdk_jsonrpc_client_response *response = spdk_jsonrpc_client_get_response(client);

	assert_non_null(response);
	assert_true(spdk_json_strequal(response->version, "2.0"));
	assert_memory_equal(response->id->start, id, response->id->len);
	assert_non_null(response->result);
	assert_null(response->error);
	assert_true(spdk_json_strequal(response->result, result));
	spdk_jsonrpc_client_free_response(response);
}

static void
a_request_is_sent_as_it_was_written_and_answered(void **state)
{
	struct spdk_jsonrpc_client_request *request = spdk_jsonrpc_client_create_request();
	struct spdk_json_write_ctx *w;
	struct peer peer;

	peer_init(&peer);
	w = spdk_jsonrpc_begin_request(request, 7, "bdev_get");
	spdk_json_write_named_object_begin(w, "params");
	spdk_json_write_named_string(w, "name", "Null0");
	spdk_json_write_object_end(w);
	spdk_jsonrpc_end_request(request, w);
	assert_int_equal(spdk_jsonrpc_client_send_request(peer.client, request), 0);
	assert_int_equal(spdk_jsonrpc_client_poll(peer.client, 0), 0);
	assert_string_equal(peer_hear(&peer), "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"bdev_get"
					      "\",\"params\":{\"name\":\"Null0\"}}\n");
	peer_say(&peer, "{\"jsonrpc\":\"2.0\",\"id\":7,\"result\":\"a\\u00e9\"}\n");
	assert_int_equal(spdk_jsonrpc_client_poll(peer.client, WAIT_MS), 1);
	assert_result(peer.client, "7", "a\xc3\xa9");
	assert_null(spdk_jsonrpc_client_get_response(peer.client));
	peer_fini(&peer);
}

static void
an_id_and_a_method_may_be_left_out(void **state)
{
	struct spdk_jsonrpc_client_request *request = spdk_jsonrpc_client_create_request();
	struct spdk_json_write_ctx *w;
	struct peer peer;

	peer_init(&peer);
	w = spdk_jsonrpc_begin_request(request, -1, NULL);
	spdk_json_write_named_string(w, "method", "own");
	spdk_jsonrpc_end_request(request, w);
	assert_int_equal(spdk_jsonrpc_client_send_request(peer.client, request), 0);
	assert_int_equal(spdk_jsonrpc_client_poll(peer.client, 0), 0);
	assert_string_equal(peer_hear(&peer), "{\"jsonrpc\":\"2.0\",\"method\":\"own\"}\n");
	peer_fini(&peer);
}

static void
requests_before_answers_and_answers_in_any_pieces(void **state)
{
	static const char text[] = " {\"jsonrpc\":\"2.0\",\"id\":1,\"result\":\"one\"}"
				   "{\"jsonrpc\":\"2.0\",\"id\":2,\n\"result\":\"two\"}";
	struct peer peer;
	size_t i;

	peer_init(&peer);
	for (i = 1; i <= 3; i++) {
		assert_int_equal(
			spdk_jsonrpc_client_send_request(peer.client, request_of((int32_t)i, "m")),
			0);
	}
	assert_int_equal(spdk_jsonrpc_client_poll(peer.client, 0), 0);
	for (i = 1; i <= 3; i++) {
		assert_true(strstr(peer_hear(&peer), "\"method\":\"m\"") != NULL);
	}
	/* All in one piece. */
	peer_say(&peer, text);
	assert_int_equal(spdk_jsonrpc_client_poll(peer.client, WAIT_MS), 2);
	assert_int_equal(spdk_jsonrpc_client_poll(peer.client, 0), 2);
	assert_result(peer.client, "1", "one");
	assert_int_equal(spdk_jsonrpc_client_poll(peer.client, 0), 1);
	assert_result(peer.client, "2", "two");
	/* Byte by byte. */
	for (i = 0; text[i] != '\0'; i++) {
		char byte[2] = {text[i], '\0'};

		peer_say(&peer, byte);
		if (i + 1 == strlen(text)) {
			break;
		}
		if (spdk_jsonrpc_client_poll(peer.client, 0) == 1) {
			assert_result(peer.client, "1", "one");
		}
	}
	assert_int_equal(spdk_jsonrpc_client_poll(peer.client, WAIT_MS), 1);
	assert_result(peer.client, "2", "two");
	peer_fini(&peer);
}

static void
an_error_has_no_result(void **state)
{
	struct spdk_jsonrpc_client_response *response;
	struct peer peer;

	peer_init(&peer);
	peer_say(&peer, "{\"id\":null,\"error\":{\"code\":-32601}}"
			"{\"id\":1,\"error\":{\"code\":1},\"result\":null}"
			"{\"id\":1,\"error\":null,\"result\":null}");
	assert_int_equal(spdk_jsonrpc_client_poll(peer.client, WAIT_MS), 3);
	response = spdk_jsonrpc_client_get_response(peer.client);
	assert_null(response->result);
	assert_null(response->version);
	assert_int_equal(response->id->type, SPDK_JSON_VAL_NULL);
	assert_int_equal(response->error->type, SPDK_JSON_VAL_OBJECT_BEGIN);
	spdk_jsonrpc_client_free_response(response);
	response = spdk_jsonrpc_client_get_response(peer.client);
	assert_null(response->result);
	assert_non_null(response->error);
	spdk_jsonrpc_client_free_response(response);
	response = spdk_jsonrpc_client_get_response(peer.client);
	assert_null(response->error);
	assert_int_equal(response->result->type, SPDK_JSON_VAL_NULL);
	spdk_jsonrpc_client_free_response(response);
	peer_fini(&peer);
}

static void
a_batch_is_one_text_and_has_one_response(void **state)
{
	struct spdk_jsonrpc_client_request *batch = spdk_jsonrpc_client_create_request();
	struct spdk_jsonrpc_client_response *response;
	struct spdk_json_write_ctx *w;
	struct peer peer;

	peer_init(&peer);
	assert_int_equal(spdk_jsonrpc_begin_batch(batch), 0);
	assert_int_equal(spdk_jsonrpc_begin_batch(batch), -EINVAL);
	w = spdk_jsonrpc_begin_request(batch, -1, "a");
	assert_null(spdk_jsonrpc_begin_request(batch, -1, "nested"));
	spdk_jsonrpc_end_request(batch, w);
	spdk_jsonrpc_end_request(batch, spdk_jsonrpc_begin_request(batch, 99, "b"));
	spdk_jsonrpc_end_request(batch, spdk_jsonrpc_begin_request(batch, -1, "c"));
	spdk_jsonrpc_end_batch(batch);
	assert_null(spdk_jsonrpc_begin_request(batch, 1, "after the end"));
	assert_int_equal(spdk_jsonrpc_client_send_request(peer.client, batch), 0);
	assert_int_equal(spdk_jsonrpc_client_poll(peer.client, 0), 0);
	assert_string_equal(peer_hear(&peer), "[{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"a\"},"
					      "{\"jsonrpc\":\"2.0\",\"id\":99,\"method\":\"b\"},"
					      "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"c\"}]\n");
	peer_say(&peer, "[{\"id\":0,\"result\":1},{\"id\":99,\"error\":{\"code\":5}},"
			"{\"id\":1,\"error\":{\"code\":6}}][{\"id\":0,\"result\":1}]");
	assert_int_equal(spdk_jsonrpc_client_poll(peer.client, WAIT_MS), 2);
	response = spdk_jsonrpc_client_get_response(peer.client);
	assert_int_equal(spdk_json_array_count(response->result), 3);
	assert_memory_equal(spdk_json_object_first(response->error)[1].start, "5", 1);
	spdk_jsonrpc_client_free_response(response);
	response = spdk_jsonrpc_client_get_response(peer.client);
	assert_int_equal(spdk_json_array_count(response->result), 1);
	assert_null(response->error);
	spdk_jsonrpc_client_free_response(response);
	peer_fini(&peer);
}

static void
what_is_no_response_ends_the_connection(void **state)
{
	static const char *const bad[] = {
		"{\"id\":1,]",
		"hello\n",
		"\"just a string\" ",
		"{\"id\":1}",
		"{\"jsonrpc\":\"1.0\",\"id\":1,\"result\":1}",
		"{\"id\":1,\"result\":1,\"error\":{}}",
		"[1]",
		"[{\"id\":1,\"result\":1},{\"id\":2}]",
	};
	struct peer peer;
	size_t i;

	for (i = 0; i < SPDK_COUNTOF(bad); i++) {
		peer_init(&peer);
		peer_say(&peer, "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":\"good\"}");
		peer_say(&peer, bad[i]);
		/* What came before it is told of first. */
		assert_int_equal(spdk_jsonrpc_client_poll(peer.client, WAIT_MS), 1);
		assert_result(peer.client, "1", "good");
		errno = 0;
		assert_int_equal(spdk_jsonrpc_client_poll(peer.client, WAIT_MS), -EINVAL);
		assert_int_equal(errno, EBADMSG);
		assert_int_equal(spdk_jsonrpc_client_poll(peer.client, WAIT_MS), -EINVAL);
		peer_fini(&peer);
	}
}

static void
the_end_of_the_connection_is_told_and_whether_within_a_response(void **state)
{
	struct spdk_jsonrpc_client_request *request = request_of(1, "late");
	struct peer peer;

	peer_init(&peer);
	peer_hang_up(&peer);
	assert_int_equal(spdk_jsonrpc_client_poll(peer.client, WAIT_MS), -EIO);
	assert_int_equal(errno, EPIPE);
	assert_int_equal(spdk_jsonrpc_client_send_request(peer.client, request), -EIO);
	spdk_jsonrpc_client_free_request(request);
	peer_fini(&peer);

	peer_init(&peer);
	peer_say(&peer, "{\"id\":1");
	peer_hang_up(&peer);
	assert_int_equal(spdk_jsonrpc_client_poll(peer.client, WAIT_MS), -EIO);
	assert_int_equal(errno, EBADMSG);
	peer_fini(&peer);
}

static void
what_a_peer_said_before_it_went_is_received(void **state)
{
	struct peer peer;

	peer_init(&peer);
	peer_say(&peer, "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":\"bye\"}");
	peer_hang_up(&peer);
	/* This cannot be sent any more. */
	assert_int_equal(spdk_jsonrpc_client_send_request(peer.client, request_of(1, "m")), 0);
	assert_int_equal(spdk_jsonrpc_client_poll(peer.client, WAIT_MS), 1);
	assert_result(peer.client, "1", "bye");
	assert_int_equal(spdk_jsonrpc_client_poll(peer.client, WAIT_MS), -EIO);
	peer_fini(&peer);
}

static void
a_peer_that_stops_reading_is_no_endless_wait(void **state)
{
	struct peer peer;

	peer_init(&peer);
	assert_int_equal(shutdown(peer.fd, SHUT_RD), 0);
	assert_int_equal(spdk_jsonrpc_client_send_request(peer.client, request_of(1, "m")), 0);
	assert_int_equal(spdk_jsonrpc_client_poll(peer.client, WAIT_MS), -EIO);
	assert_int_equal(errno, EPIPE);
	peer_fini(&peer);
}

static void
waiting_ends_with_the_time_given(void **state)
{
	struct timespec start, end;
	struct peer peer;

	peer_init(&peer);
	clock_gettime(CLOCK_MONOTONIC, &start);
	assert_int_equal(spdk_jsonrpc_client_poll(peer.client, 50), 0);
	clock_gettime(CLOCK_MONOTONIC, &end);
	assert_true((end.tv_sec - start.tv_sec) * 1000 + (end.tv_nsec - start.tv_nsec) / 1000000 >=
		    49);
	peer_fini(&peer);
}

static void
addresses_that_lead_nowhere_say_why(void **state)
{
	static const struct {
		const char *address;
		int family;
		int error;
	} bad[] = {
		{"/nowhere/at/all", AF_UNIX, ENOENT},
		{"", AF_UNIX, EINVAL},
		{"", AF_INET, EINVAL},
		{"127.0.0.1:port", AF_INET, EINVAL},
		{"1:2:3", AF_INET, EINVAL},
		{"no.such.name.invalid:1", AF_INET, 0},
		{"x", AF_PACKET, EAFNOSUPPORT},
		{NULL, AF_UNIX, EINVAL},
	};
	char deep[256];
	size_t i;

	for (i = 0; i < SPDK_COUNTOF(bad); i++) {
		errno = 0;
		assert_null(spdk_jsonrpc_client_connect(bad[i].address, bad[i].family));
		/* Without a network, a name is not known or cannot be asked for. */
		assert_true(bad[i].error == 0 ? errno == ENXIO || errno == EAGAIN :
						errno == bad[i].error);
	}
	memset(deep, 'd', sizeof(deep));
	deep[sizeof(deep) - 1] = '\0';
	assert_null(spdk_jsonrpc_client_connect(deep, AF_UNIX));
	assert_int_equal(errno, ENAMETOOLONG);
	close(listen_at_path(1));
	assert_null(spdk_jsonrpc_client_connect(g_path, AF_UNIX));
	assert_int_equal(errno, ECONNREFUSED);
	spdk_jsonrpc_client_close(NULL);
	spdk_jsonrpc_client_free_response(NULL);
	spdk_jsonrpc_client_free_request(NULL);
	assert_int_equal(spdk_jsonrpc_client_poll(NULL, 0), -EINVAL);
	assert_null(spdk_jsonrpc_client_get_response(NULL));
}

/* A listening socket on a port of the kernel's choice, and its address. */
static int
listen_at_port(int family, char *text, size_t size)
{
	struct sockaddr_in6 ip6 = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
	struct sockaddr_in ip4 = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct sockaddr *address =
		family == AF_INET ? (struct sockaddr *)&ip4 : (struct sockaddr *)&ip6;
	socklen_t address_size = family == AF_INET ? sizeof(ip4) : sizeof(ip6);
	int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, address, address_size) != 0) {
		close(fd);
		return -1;
	}
	assert_int_equal(listen(fd, 1), 0);
	assert_int_equal(getsockname(fd, address, &address_size), 0);
	snprintf(text, size, family == AF_INET ? "localhost:%u" : "[::1]:%u",
		 ntohs(family == AF_INET ? ip4.sin_port : ip6.sin6_port));
	return fd;
}

static void
talk_over(int family, int hint)
{
	struct peer peer;
	char address[64];

	peer.listener = listen_at_port(family, address, sizeof(address));
	if (peer.listener < 0) {
		print_message("no IPv6 here\n");
		return;
	}
	peer.client = spdk_jsonrpc_client_connect(address, hint);
	assert_non_null(peer.client);
	assert_int_equal(spdk_jsonrpc_client_send_request(peer.client, request_of(1, "m")), 0);
	assert_true(spdk_jsonrpc_client_poll(peer.client, 100) == 0);
	peer.fd = accept(peer.listener, NULL, NULL);
	assert_string_equal(peer_hear(&peer), "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"m\"}\n");
	peer_say(&peer, "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":\"tcp\"}\n");
	assert_int_equal(spdk_jsonrpc_client_poll(peer.client, WAIT_MS), 1);
	assert_result(peer.client, "1", "tcp");
	peer_fini(&peer);
}

static void
hosts_are_names_or_addresses(void **state)
{
	talk_over(AF_INET, AF_INET);
	/* localhost may be ::1 first, where nobody listens. */
	talk_over(AF_INET, AF_UNSPEC);
	talk_over(AF_INET6, AF_INET6);
}

static void
a_port_that_refuses_is_told_by_poll(void **state)
{
	struct spdk_jsonrpc_client *client;
	char address[64];
	int rc;

	close(listen_at_port(AF_INET, address, sizeof(address)));
	client = spdk_jsonrpc_client_connect(address, AF_INET);
	if (client == NULL) {
		assert_int_equal(errno, ECONNREFUSED);
		return;
	}
	rc = spdk_jsonrpc_client_poll(client, WAIT_MS);
	assert_int_equal(rc, -EIO);
	assert_int_equal(errno, ECONNREFUSED);
	spdk_jsonrpc_client_close(client);
}

static in_port_t
port_of(const char *address)
{
	return htons((in_port_t)strtoul(strrchr(address, ':') + 1, NULL, 10));
}

static void
all_addresses_of_a_name_are_tried(void **state)
{
	struct peer peer;
	char address[64];

	close(listen_at_port(AF_INET, address, sizeof(address)));
	g_two_ports[0] = port_of(address);
	peer.listener = listen_at_port(AF_INET, address, sizeof(address));
	g_two_ports[1] = port_of(address);
	peer.client = spdk_jsonrpc_client_connect("two:1", AF_INET);
	assert_non_null(peer.client);
	assert_int_equal(spdk_jsonrpc_client_send_request(peer.client, request_of(1, "m")), 0);
	assert_int_equal(spdk_jsonrpc_client_poll(peer.client, 100), 0);
	peer.fd = accept(peer.listener, NULL, NULL);
	assert_true(strstr(peer_hear(&peer), "\"m\"") != NULL);
	peer_fini(&peer);
}

static void
a_host_without_a_port_has_the_default_one(void **state)
{
	spdk_jsonrpc_client_close(spdk_jsonrpc_client_connect("127.0.0.1", AF_INET));
	assert_string_equal(g_asked_host, "127.0.0.1");
	assert_string_equal(g_asked_port, "5260");
	spdk_jsonrpc_client_close(spdk_jsonrpc_client_connect("::1", AF_INET6));
	assert_string_equal(g_asked_host, "::1");
	assert_string_equal(g_asked_port, "5260");
	spdk_jsonrpc_client_close(spdk_jsonrpc_client_connect("[::1]:7", AF_INET6));
	assert_string_equal(g_asked_host, "::1");
	assert_string_equal(g_asked_port, "7");
}

/* Takes three connections after a while, and answers on the last. */
static void *
accept_late(void *arg)
{
	static const char answer[] = "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":\"late\"}";
	const int *listener = arg;
	int fds[3], i;

	usleep(50000);
	for (i = 0; i < 3; i++) {
		fds[i] = accept(*listener, NULL, NULL);
	}
	(void)send(fds[2], answer, strlen(answer), MSG_NOSIGNAL);
	for (i = 0; i < 3; i++) {
		close(fds[i]);
	}
	return NULL;
}

static void
waiting_goes_on_over_a_full_backlog(void **state)
{
	int listener = listen_at_path(1), i;
	struct spdk_jsonrpc_client *clients[3];
	pthread_t thread;

	for (i = 0; i < 3; i++) {
		clients[i] = spdk_jsonrpc_client_connect(g_path, AF_UNIX);
		assert_non_null(clients[i]);
	}
	assert_int_equal(spdk_jsonrpc_client_poll(clients[2], 0), -ENOTCONN);
	assert_int_equal(pthread_create(&thread, NULL, accept_late, &listener), 0);
	assert_int_equal(spdk_jsonrpc_client_poll(clients[2], WAIT_MS), 1);
	assert_result(clients[2], "1", "late");
	assert_int_equal(pthread_join(thread, NULL), 0);
	for (i = 0; i < 3; i++) {
		spdk_jsonrpc_client_close(clients[i]);
	}
	close(listener);
}

static void
a_full_backlog_is_waited_for(void **state)
{
	struct spdk_jsonrpc_client *clients[3];
	int listener = listen_at_path(0), fds[3], i;

	for (i = 0; i < 3; i++) {
		clients[i] = spdk_jsonrpc_client_connect(g_path, AF_UNIX);
		assert_non_null(clients[i]);
	}
	assert_int_equal(spdk_jsonrpc_client_poll(clients[2], 0), -ENOTCONN);
	assert_int_equal(spdk_jsonrpc_client_poll(clients[2], 30), -ENOTCONN);
	for (i = 0; i < 3; i++) {
		fds[i] = accept(listener, NULL, NULL);
		assert_int_equal(spdk_jsonrpc_client_poll(clients[1], 30), 0);
		assert_int_equal(spdk_jsonrpc_client_poll(clients[2], 30), i == 0 ? -ENOTCONN : 0);
	}
	for (i = 0; i < 3; i++) {
		spdk_jsonrpc_client_close(clients[i]);
		close(fds[i]);
	}
	close(listener);
}

/* Has the client take all that the text of `size` bytes is, and `prefix` before it. */
static int
poll_while_saying(struct peer *peer, size_t size)
{
	static char zeros[1 << 20];
	size_t said = 0, length;
	int rc = 0;

	memset(zeros, '0', sizeof(zeros));
	peer_say(peer, "{\"id\":1,\"result\":\"");
	assert_int_equal(fcntl(peer->fd, F_SETFL, O_NONBLOCK), 0);
	while (said < size && rc == 0) {
		length = spdk_min(size - said, sizeof(zeros));
		ssize_t sent = send(peer->fd, zeros, length, MSG_NOSIGNAL);
		said += sent > 0 ? (size_t)sent : 0;
		rc = spdk_jsonrpc_client_poll(peer->client, 0);
	}
	return rc;
}

static void
a_response_may_have_64_mib_and_no_more(void **state)
{
	struct spdk_jsonrpc_client_response *response;
	struct peer peer;

	peer_init(&peer);
	assert_int_equal(poll_while_saying(&peer, (64 << 20) - 100), 0);
	peer_say(&peer, "\"}");
	assert_int_equal(spdk_jsonrpc_client_poll(peer.client, WAIT_MS), 1);
	response = spdk_jsonrpc_client_get_response(peer.client);
	assert_int_equal(response->result->len, (64 << 20) - 100);
	spdk_jsonrpc_client_free_response(response);
	assert_int_equal(poll_while_saying(&peer, 65 << 20), -EINVAL);
	assert_int_equal(spdk_jsonrpc_client_poll(peer.client, 0), -EINVAL);
	assert_int_equal(errno, EMSGSIZE);
	peer_fini(&peer);
}

static void
responses_that_nobody_takes_stop_it(void **state)
{
	static const char one[] = "{\"id\":1,\"result\":1}";
	struct spdk_jsonrpc_client_response *response;
	static char text[1030 * sizeof(one)];
	struct peer peer;
	int i;

	peer_init(&peer);
	for (i = 0; i < 1030; i++) {
		memcpy(text + strlen(text), one, sizeof(one));
	}
	peer_say(&peer, text);
	assert_int_equal(spdk_jsonrpc_client_poll(peer.client, WAIT_MS), 1024);
	assert_int_equal(spdk_jsonrpc_client_poll(peer.client, WAIT_MS), -ENOSPC);
	for (i = 0; i < 1030; i++) {
		response = spdk_jsonrpc_client_get_response(peer.client);
		if (response == NULL) {
			assert_int_equal(i, 1024);
			assert_int_equal(spdk_jsonrpc_client_poll(peer.client, WAIT_MS), 6);
			response = spdk_jsonrpc_client_get_response(peer.client);
		}
		spdk_jsonrpc_client_free_response(response);
	}
	peer_fini(&peer);
}

static void
what_waits_to_be_sent_has_a_limit(void **state)
{
	struct spdk_jsonrpc_client_request *request;
	static char text[1 << 20];
	struct spdk_json_write_ctx *w;
	struct peer peer;
	int i, rc = 0;

	peer_init(&peer);
	memset(text, 't', sizeof(text) - 1);
	for (i = 0; i < 70 && rc == 0; i++) {
		request = spdk_jsonrpc_client_create_request();
		w = spdk_jsonrpc_begin_request(request, 1, "m");
		spdk_json_write_named_string(w, "params", text);
		spdk_jsonrpc_end_request(request, w);
		rc = spdk_jsonrpc_client_send_request(peer.client, request);
	}
	assert_int_equal(rc, -ENOSPC);
	assert_int_equal(i, 64);
	spdk_jsonrpc_client_free_request(request);
	assert_int_equal(spdk_jsonrpc_client_poll(peer.client, 0), 0);
	peer_fini(&peer);
}

static void
a_request_that_is_not_complete_is_refused(void **state)
{
	struct spdk_jsonrpc_client_request *request = spdk_jsonrpc_client_create_request();
	struct spdk_json_write_ctx *w;
	struct peer peer;

	peer_init(&peer);
	assert_int_equal(spdk_jsonrpc_client_send_request(peer.client, request), -EINVAL);
	assert_int_equal(spdk_jsonrpc_client_send_request(peer.client, NULL), -EINVAL);
	w = spdk_jsonrpc_begin_request(request, 1, "m");
	assert_int_equal(spdk_jsonrpc_client_send_request(peer.client, request), -EINVAL);
	log_capture_start();
	spdk_jsonrpc_end_batch(request);
	assert_one_error("there is no batch to end");
	spdk_jsonrpc_end_request(request, NULL);
	assert_one_error("there is no request to end");
	log_capture_stop();
	spdk_json_write_named_string(w, "params", "\xff");
	spdk_jsonrpc_end_request(request, w);
	assert_int_equal(spdk_jsonrpc_client_send_request(peer.client, request), -EINVAL);
	spdk_jsonrpc_client_free_request(request);
	/* Nor is one lost that is given up. */
	request = spdk_jsonrpc_client_create_request();
	assert_non_null(spdk_jsonrpc_begin_request(request, 1, "m"));
	spdk_jsonrpc_client_free_request(request);
	assert_null(spdk_jsonrpc_begin_request(NULL, 1, "m"));
	assert_int_equal(spdk_jsonrpc_begin_batch(NULL), -EINVAL);
	peer_fini(&peer);
}

static void
answer_with_params(struct spdk_jsonrpc_request *request, const struct spdk_json_val *method,
		   const struct spdk_json_val *params)
{
	struct spdk_json_write_ctx *w;

	if (params == NULL) {
		spdk_jsonrpc_send_error_response(request, SPDK_JSONRPC_ERROR_INVALID_PARAMS,
						 "none");
		return;
	}
	w = spdk_jsonrpc_begin_result(request);
	spdk_json_write_val(w, params);
	spdk_jsonrpc_end_result(request, w);
}

static struct spdk_jsonrpc_client_response *
response_from(struct spdk_jsonrpc_server *server, struct spdk_jsonrpc_client *client)
{
	int rc;

	do {
		assert_int_equal(spdk_jsonrpc_server_poll(server), 0);
		rc = spdk_jsonrpc_client_poll(client, 1);
	} while (rc == 0);
	assert_int_equal(rc, 1);
	return spdk_jsonrpc_client_get_response(client);
}

static void
it_talks_with_our_own_server(void **state)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct spdk_jsonrpc_client_response *response;
	struct spdk_jsonrpc_client_request *request = spdk_jsonrpc_client_create_request();
	struct spdk_jsonrpc_server *server;
	struct spdk_jsonrpc_client *client;
	struct spdk_json_write_ctx *w;

	(void)unlink(g_path);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", g_path);
	server = spdk_jsonrpc_server_listen(AF_UNIX, 0, (struct sockaddr *)&address,
					    sizeof(address), answer_with_params);
	assert_non_null(server);
	client = spdk_jsonrpc_client_connect(g_path, AF_UNIX);
	assert_non_null(client);
	w = spdk_jsonrpc_begin_request(request, 1, "echo");
	spdk_json_write_named_array_begin(w, "params");
	spdk_json_write_string(w, "\xc3\xa9");
	spdk_json_write_array_end(w);
	spdk_jsonrpc_end_request(request, w);
	assert_int_equal(spdk_jsonrpc_client_send_request(client, request), 0);
	response = response_from(server, client);
	assert_true(spdk_json_strequal(spdk_json_array_first(response->result), "\xc3\xa9"));
	spdk_jsonrpc_client_free_response(response);
	request = spdk_jsonrpc_client_create_request();
	assert_int_equal(spdk_jsonrpc_begin_batch(request), 0);
	spdk_jsonrpc_end_request(request, spdk_jsonrpc_begin_request(request, -1, "a"));
	spdk_jsonrpc_end_request(request, spdk_jsonrpc_begin_request(request, -1, "b"));
	spdk_jsonrpc_end_batch(request);
	assert_int_equal(spdk_jsonrpc_client_send_request(client, request), 0);
	response = response_from(server, client);
	assert_int_equal(spdk_json_array_count(response->result), 2);
	assert_non_null(response->error);
	spdk_jsonrpc_client_free_response(response);
	spdk_jsonrpc_client_close(client);
	spdk_jsonrpc_server_shutdown(server);
}

#ifndef HAS_OWN_ALLOCATOR
/* A connection, a request and a response, in which one allocation fails, or none: 0. */
static int
talk_with_failure(int listener, long failing)
{
	static const char answer[] = "{\"id\":1,\"result\":[1,2,3]}";
	struct spdk_jsonrpc_client_request *request = NULL;
	struct spdk_json_write_ctx *w = NULL;
	struct spdk_jsonrpc_client *client;
	int rc = -ENOMEM, fd;

	t_allocations_left = failing;
	client = spdk_jsonrpc_client_connect(g_path, AF_UNIX);
	request = client != NULL ? spdk_jsonrpc_client_create_request() : NULL;
	w = request != NULL ? spdk_jsonrpc_begin_request(request, 1, "m") : NULL;
	if (w != NULL) {
		spdk_jsonrpc_end_request(request, w);
		rc = spdk_jsonrpc_client_send_request(client, request);
	}
	if (rc != 0) {
		spdk_jsonrpc_client_free_request(request);
	}
	fd = client != NULL ? accept(listener, NULL, NULL) : -1;
	if (rc == 0) {
		assert_int_equal(send(fd, answer, strlen(answer), MSG_NOSIGNAL), strlen(answer));
		rc = spdk_jsonrpc_client_poll(client, WAIT_MS);
	}
	spdk_jsonrpc_client_close(client);
	if (fd >= 0) {
		close(fd);
	}
	return rc;
}
#endif

static void
out_of_memory_is_an_error_and_leaks_nothing(void **state)
{
#ifdef HAS_OWN_ALLOCATOR
	skip();
#else
	int listener = listen_at_path(LISTEN_BACKLOG), rc = -ENOMEM;
	long i, live;

	for (i = 0; rc == -ENOMEM; i++) {
		live = t_live;
		rc = talk_with_failure(listener, i);
		t_allocations_left = -1;
		assert_int_equal(t_live, live);
	}
	assert_int_equal(rc, 1);
	assert_true(i > 7);
	close(listener);
#endif
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_is_sent_as_it_was_written_and_answered),
		cmocka_unit_test(an_id_and_a_method_may_be_left_out),
		cmocka_unit_test(requests_before_answers_and_answers_in_any_pieces),
		cmocka_unit_test(an_error_has_no_result),
		cmocka_unit_test(a_batch_is_one_text_and_has_one_response),
		cmocka_unit_test(what_is_no_response_ends_the_connection),
		cmocka_unit_test(the_end_of_the_connection_is_told_and_whether_within_a_response),
		cmocka_unit_test(what_a_peer_said_before_it_went_is_received),
		cmocka_unit_test(a_peer_that_stops_reading_is_no_endless_wait),
		cmocka_unit_test(waiting_ends_with_the_time_given),
		cmocka_unit_test(addresses_that_lead_nowhere_say_why),
		cmocka_unit_test(hosts_are_names_or_addresses),
		cmocka_unit_test(a_port_that_refuses_is_told_by_poll),
		cmocka_unit_test(all_addresses_of_a_name_are_tried),
		cmocka_unit_test(a_host_without_a_port_has_the_default_one),
		cmocka_unit_test(a_full_backlog_is_waited_for),
		cmocka_unit_test(waiting_goes_on_over_a_full_backlog),
		cmocka_unit_test(a_response_may_have_64_mib_and_no_more),
		cmocka_unit_test(responses_that_nobody_takes_stop_it),
		cmocka_unit_test(what_waits_to_be_sent_has_a_limit),
		cmocka_unit_test(a_request_that_is_not_complete_is_refused),
		cmocka_unit_test(it_talks_with_our_own_server),
		cmocka_unit_test(out_of_memory_is_an_error_and_leaks_nothing),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
