/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How connections and servers end while there is something under way.
 */
#include "control/jsonrpc/jsonrpc_fixture.h"
#include "control/jsonrpc/jsonrpc_internal.h"

static uint32_t g_closed;

static void
closed(struct spdk_jsonrpc_server_conn *conn, void *arg)
{
	assert_non_null(conn);
	assert_ptr_equal(arg, &g_closed);
	assert_int_equal(spdk_jsonrpc_conn_add_close_cb(conn, closed, arg), -ENOTCONN);
	g_closed++;
}

static int
set_up_leave(void **state)
{
	g_closed = 0;
	return set_up(state);
}

static void
a_client_that_has_ended_writing_gets_its_answers(void **state)
{
	int fd = client();

	send_text(fd, CALL_ECHO("1") CALL_LATER("2") "17");
	shutdown(fd, SHUT_WR);
	assert_received(fd, RESULT("1", "null") "\n" ERROR(
				    "null", "-32600",
				    "Invalid request: it must be an object, or an array of "
				    "them") "\n");
	spdk_jsonrpc_send_bool_response(g_later[0], true);
	assert_received_and_end(fd, RESULT("2", "true") "\n");
	assert_int_equal(stats().connections, 0);
	close(fd);
}

static void
a_client_that_ends_within_a_request_is_told_so(void **state)
{
	int fd = client();

	send_text(fd, "{\"method\":\"ec");
	shutdown(fd, SHUT_WR);
	assert_received_and_end(fd, ERROR("null", "-32700",
					  "Parse error: line 1, column 11: the text ends within "
					  "this string") "\n");
	close(fd);
}

static void
what_a_client_has_sent_is_done_though_it_is_gone(void **state)
{
	int fd = client();

	send_text(fd, "{\"method\":\"true\"}{\"method\":\"true\"}{\"method\":\"true\"}");
	close(fd);
	settle();
	assert_int_equal(g_calls, 3);
	assert_int_equal(stats().connections, 0);
	assert_true(log_captured_nothing());
}

static void
a_request_outlives_its_connection(void **state)
{
	int fd = client();

	send_text(fd, CALL_LATER("1") "[" CALL_LATER("2") "," CALL_ECHO("3") "," CALL_LATER(
			      "4") "]" CALL_LATER("5"));
	settle();
	assert_int_equal(g_later_count, 4);
	assert_non_null(spdk_jsonrpc_get_conn(g_later[0]));
	close(fd);
	settle();
	assert_int_equal(stats().connections, 0);
	for (uint32_t i = 0; i < g_later_count; i++) {
		assert_null(spdk_jsonrpc_get_conn(g_later[i]));
		spdk_jsonrpc_send_bool_response(g_later[i], true);
		settle();
	}
	assert_int_equal(stats().bytes_out, 0);
	assert_true(log_captured_nothing());
}

/* One that waits for its limit is not read, but the kernel tells of the hang-up for ever. */
static void
a_client_that_hangs_up_while_it_waits_costs_nothing(void **state)
{
	int fd;

	g_limits.under_way_max = 1;
	jsonrpc_server_set_limits(g_server, &g_limits);
	fd = client();
	send_text(fd, CALL_LATER("1") CALL_LATER("2") "{\"method\":\"true\"}");
	close(fd);
	settle();
	assert_int_equal(g_later_count, 1);
	assert_false(is_readable(jsonrpc_server_get_wake_fd(g_server)));
	spdk_jsonrpc_send_bool_response(g_later[0], true);
	settle();
	if (g_later_count == 2) {
		spdk_jsonrpc_send_bool_response(g_later[1], true);
		settle();
	}
	assert_int_equal(stats().connections, 0);
}

static void
a_half_closed_client_that_dies_is_noticed(void **state)
{
	int fd = client();

	send_text(fd, CALL_LATER("1"));
	shutdown(fd, SHUT_WR);
	settle();
	assert_int_equal(stats().connections, 1);
	close(fd);
	settle();
	assert_int_equal(stats().connections, 0);
	spdk_jsonrpc_send_bool_response(g_later[0], true);
	settle();
}

static void
a_client_that_dies_while_an_answer_is_sent_is_normal(void **state)
{
	int fd = client();

	send_text(fd, "{\"method\":\"big\",\"id\":1,\"params\":[5000000]}");
	settle();
	assert_int_equal(stats().connections, 1);
	close(fd);
	settle();
	assert_int_equal(stats().connections, 0);
	assert_true(log_captured_nothing());
}

static void
the_end_of_a_connection_is_told_once(void **state)
{
	struct spdk_jsonrpc_server_conn *conn;
	int fd = client();

	send_text(fd, CALL_LATER("1"));
	settle();
	conn = spdk_jsonrpc_get_conn(g_later[0]);
	assert_int_equal(spdk_jsonrpc_conn_add_close_cb(conn, NULL, NULL), -EINVAL);
	assert_int_equal(spdk_jsonrpc_conn_add_close_cb(NULL, closed, &g_closed), -ENOTCONN);
	assert_int_equal(spdk_jsonrpc_conn_del_close_cb(conn, closed, &g_closed), -ENOENT);
	assert_int_equal(spdk_jsonrpc_conn_add_close_cb(conn, closed, &g_closed), 0);
	assert_int_equal(spdk_jsonrpc_conn_add_close_cb(conn, closed, &g_closed), -EEXIST);
	assert_int_equal(spdk_jsonrpc_conn_add_close_cb(conn, closed, NULL), -ENOSPC);
	assert_int_equal(spdk_jsonrpc_conn_del_close_cb(conn, closed, NULL), -ENOENT);
	assert_int_equal(spdk_jsonrpc_conn_del_close_cb(conn, closed, &g_closed), 0);
	assert_int_equal(spdk_jsonrpc_conn_add_close_cb(conn, closed, &g_closed), 0);
	close(fd);
	settle();
	assert_int_equal(g_closed, 1);
	spdk_jsonrpc_send_bool_response(g_later[0], true);
	settle();
	assert_int_equal(g_closed, 1);
}

static void
a_server_ends_while_requests_are_under_way(void **state)
{
	int fd = client();

	send_text(fd,
		  CALL_LATER("1") "[" CALL_ECHO("2") "," CALL_LATER("3") "," CALL_LATER("4") "]");
	settle();
	assert_int_equal(spdk_jsonrpc_conn_add_close_cb(spdk_jsonrpc_get_conn(g_later[0]), closed,
							&g_closed),
			 0);
	/* Answered, but not seen by the server yet. */
	spdk_jsonrpc_send_bool_response(g_later[1], true);
	spdk_jsonrpc_server_shutdown(g_server);
	g_server = NULL;
	assert_int_equal(g_closed, 1);
	assert_one_notice("ends while 2 requests are not answered, such as 'later'");
	spdk_jsonrpc_send_error_response(g_later[2], 1, "too late");
	spdk_jsonrpc_send_bool_response(g_later[0], true);
	close(fd);
}

static void
a_handler_may_end_its_server(void **state)
{
	int fd = client();

	send_text(fd, "{\"method\":\"end\",\"id\":1}" CALL_ECHO("2"));
	settle();
	assert_null(g_server);
	close(fd);
}

static void
a_handler_may_end_its_server_within_a_batch(void **state)
{
	int fd = client();

	send_text(fd, "[" CALL_LATER("0") ",{\"method\":\"end\",\"id\":1}," CALL_ECHO("2") "]");
	settle();
	assert_null(g_server);
	spdk_jsonrpc_send_bool_response(g_later[0], true);
	assert_string_equal(g_called, "later end ");
	close(fd);
}

static void
a_server_ends_with_answers_that_were_not_sent(void **state)
{
	int fd = client();

	send_text(fd, "{\"method\":\"big\",\"id\":1,\"params\":[5000000]}{\"unfinished\":");
	settle();
	spdk_jsonrpc_server_shutdown(g_server);
	g_server = NULL;
	spdk_jsonrpc_server_shutdown(NULL);
	close(fd);
}

/* What comes until the end, from a server that is gone. */
static size_t
receive_rest(int fd, char *text, size_t size)
{
	size_t at = 0;
	ssize_t got;

	while ((got = recv(fd, text + at, size - 1 - at, 0)) > 0) {
		at += (size_t)got;
	}
	assert_int_equal(got, 0);
	text[at] = '\0';
	return at;
}

static void
end_server(void)
{
	struct spdk_jsonrpc_server *server = g_server;

	g_server = NULL;
	spdk_jsonrpc_server_shutdown(server);
}

static void
what_is_answered_is_sent_before_a_server_ends(void **state)
{
	int fd = client(), other = client();
	char text[512];

	send_text(fd, CALL_LATER("1") CALL_LATER("2") CALL_LATER("3"));
	settle();
	send_text(other, "[" CALL_LATER("4") "," CALL_ECHO("5") "]");
	settle();
	spdk_jsonrpc_send_bool_response(g_later[0], true);
	spdk_jsonrpc_send_bool_response(g_later[1], false);
	spdk_jsonrpc_send_bool_response(g_later[3], true);
	end_server();
	(void)receive_rest(fd, text, sizeof(text));
	assert_string_equal(text, RESULT("1", "true") "\n" RESULT("2", "false") "\n");
	(void)receive_rest(other, text, sizeof(text));
	assert_string_equal(text, "[" RESULT("4", "true") "," RESULT("5", "null") "]\n");
	spdk_jsonrpc_send_bool_response(g_later[2], true);
	close(fd);
	close(other);
}

static void
a_peer_that_does_not_read_holds_no_server_up(void **state)
{
	const struct sockaddr_un address = g_address;
	static char text[8 << 20];
	size_t size;
	int fd = client();

	send_text(fd, "{\"method\":\"big\",\"id\":1,\"params\":[6000000]}");
	end_server();
	/* It was not even started: nothing is begun any more. */
	assert_int_equal(g_calls, 0);
	close(fd);
	g_server = listen_at(address.sun_path);
	fd = client();
	send_text(fd, "{\"method\":\"big\",\"id\":1,\"params\":[6000000]}");
	settle();
	end_server();
	/* What the kernel had room for, and then the end. */
	size = receive_rest(fd, text, sizeof(text));
	assert_in_range(size, 1, 5000000);
	assert_memory_equal(text, "{\"jsonrpc\":", 11);
	close(fd);
}

static void
what_was_not_read_does_not_cost_a_peer_its_answer(void **state)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(address);
	char text[512];
	int fd;

	end_server();
	g_server =
		spdk_jsonrpc_server_listen(AF_INET, 0, (struct sockaddr *)&address, size, handle);
	assert_non_null(g_server);
	assert_int_equal(getsockname(g_server->fd, (struct sockaddr *)&address, &size), 0);
	fd = connect_to((struct sockaddr *)&address, size);
	send_text(fd, CALL_LATER("1"));
	settle();
	while (g_later_count == 0) {
		settle();
	}
	/* TCP takes back what it has, when it is closed with something unread. */
	send_text(fd, "{\"method\":\"never read\"}");
	usleep(20000);
	spdk_jsonrpc_send_bool_response(g_later[0], true);
	end_server();
	(void)receive_rest(fd, text, sizeof(text));
	assert_string_equal(text, RESULT("1", "true") "\n");
	close(fd);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up_leave, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_client_that_has_ended_writing_gets_its_answers),
		TEST(a_client_that_ends_within_a_request_is_told_so),
		TEST(what_a_client_has_sent_is_done_though_it_is_gone),
		TEST(a_request_outlives_its_connection),
		TEST(a_client_that_hangs_up_while_it_waits_costs_nothing),
		TEST(a_half_closed_client_that_dies_is_noticed),
		TEST(a_client_that_dies_while_an_answer_is_sent_is_normal),
		TEST(the_end_of_a_connection_is_told_once),
		TEST(a_server_ends_while_requests_are_under_way),
		TEST(a_handler_may_end_its_server),
		TEST(a_handler_may_end_its_server_within_a_batch),
		TEST(a_server_ends_with_answers_that_were_not_sent),
		TEST(what_is_answered_is_sent_before_a_server_ends),
		TEST(a_peer_that_does_not_read_holds_no_server_up),
		TEST(what_was_not_read_does_not_cost_a_peer_its_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
