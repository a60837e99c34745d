/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a client cannot take from a server: each limit with its error, and turns that are shared.
 */
#include "control/jsonrpc/jsonrpc_fixture.h"

#include <sys/resource.h>

/* The limits of g_limits hold from now on. */
static void
limit(void)
{
	jsonrpc_server_set_limits(g_server, &g_limits);
}

static void
the_limits_are_those_of_the_documentation(void **state)
{
	const struct jsonrpc_limits *limits = &jsonrpc_default_limits;

	assert_int_equal(limits->connections_max, 64);
	assert_int_equal(limits->silence_sec, 60);
	assert_int_equal(limits->request_bytes_max, 1 << 20);
	assert_int_equal(limits->request_values_max, 65536);
	assert_int_equal(limits->request_depth_max, 64);
	assert_int_equal(limits->batch_max, 1024);
	assert_int_equal(limits->reply_bytes_max, 32 << 20);
	assert_int_equal(limits->under_way_max, 128);
	assert_int_equal(limits->unsent_bytes_max, 1 << 20);
	assert_int_equal(limits->turn_us, 25);
}

struct limit_case {
	const char *sent;
	const char *message;
	bool is_end;
};

static const struct limit_case limit_cases[] = {
	{"{\"method\":\"echo\",\"id\":1,\"params\":[\"0123456789012345678901234567890123456789\"]}",
	 "it has more than 70 bytes", true},
	{"{\"method\":\"echo\",\"id\":1,\"params\":[1,2,3,4,5,6]}", "it has more than 12 values",
	 true},
	{"{\"method\":\"echo\",\"id\":1,\"params\":[[[[1]]]]}",
	 "more than 4 arrays and objects stand within each other", true},
	{"[1,2,3,4]", "a batch has at most 3 requests", false},
};

static void
a_request_that_is_too_large_is_told_which_limit(void **state)
{
	bool is_end;
	int fd;

	g_limits.request_bytes_max = 70;
	g_limits.request_values_max = 12;
	g_limits.request_depth_max = 4;
	g_limits.batch_max = 3;
	limit();
	for (size_t i = 0; i < SPDK_COUNTOF(limit_cases); i++) {
		char expected[256];

		fd = client();
		snprintf(expected, sizeof(expected),
			 ERROR("null", "-32600", "Invalid request: %s") "\n",
			 limit_cases[i].message);
		send_text(fd, limit_cases[i].sent);
		assert_string_equal(receive(fd, &is_end), expected);
		assert_int_equal(is_end, limit_cases[i].is_end);
		close(fd);
	}
	fd = client();
	send_text(fd, "[1,2,3]");
	assert_answer_has(fd, "it must be an object");
	close(fd);
	assert_string_equal(g_called, "");
}

static void
an_answer_that_is_too_large_becomes_an_error(void **state)
{
	int fd;

	g_limits.reply_bytes_max = 5000;
	limit();
	fd = client();
	send_text(fd, "{\"method\":\"big\",\"id\":1,\"params\":[5000]}");
	assert_received(fd, ERROR("1", "-32603", "the answer has more than 5000 bytes") "\n");
	send_text(fd, "[{\"method\":\"big\",\"id\":1,\"params\":[1000]},"
		      "{\"method\":\"big\",\"id\":2,\"params\":[4000]}," CALL_ECHO("3") "]");
	assert_answer_has(fd, "," ERROR("2", "-32603",
					"the answers of this batch have too many "
					"bytes") "," RESULT("3", "null") "]\n");
	close(fd);
}

static void
one_connection_more_than_there_may_be_is_told_so(void **state)
{
	int fds[3], fd;

	g_limits.connections_max = 3;
	limit();
	for (int i = 0; i < 3; i++) {
		fds[i] = client();
	}
	fd = client();
	assert_received_and_end(fd, ERROR("null", "-32603",
					  "there are 3 connections already, which is the "
					  "limit") "\n");
	close(fd);
	assert_int_equal(stats().connections_refused, 1);
	assert_int_equal(stats().connections, 3);
	close(fds[1]);
	settle();
	fds[1] = client();
	send_text(fds[1], CALL_ECHO("1"));
	assert_received(fds[1], RESULT("1", "null") "\n");
	for (int i = 0; i < 3; i++) {
		close(fds[i]);
	}
}

static void
the_connection_that_is_silent_longest_makes_room(void **state)
{
	int busy, silent, recent, fd;

	g_limits.connections_max = 3;
	g_limits.silence_sec = 0;
	limit();
	busy = client();
	send_text(busy, CALL_LATER("1"));
	settle();
	silent = client();
	recent = client();
	fd = client();
	assert_one_notice("has been silent for 0 s is closed to make room");
	assert_received_and_end(silent, "");
	assert_received(busy, "");
	send_text(fd, CALL_ECHO("1"));
	assert_received(fd, RESULT("1", "null") "\n");
	spdk_jsonrpc_send_bool_response(g_later[0], true);
	assert_received(busy, RESULT("1", "true") "\n");
	close(busy);
	close(silent);
	close(recent);
	close(fd);
}

/* What it has sent waits, and so does the end of it. */
static void
who_has_gone_while_requests_wait_makes_room(void **state)
{
	int fd, gone;

	g_limits.connections_max = 1;
	g_limits.under_way_max = 1;
	limit();
	gone = client();
	send_text(gone, CALL_LATER("1") CALL_LATER("2"));
	settle();
	close(gone);
	settle();
	assert_int_equal(stats().connections, 1);
	fd = client();
	send_text(fd, CALL_ECHO("3"));
	assert_received(fd, RESULT("3", "null") "\n");
	assert_one_notice("whose client has gone is closed to make room for another: 1 of its");
	assert_int_equal(g_later_count, 1);
	spdk_jsonrpc_send_bool_response(g_later[0], true);
	settle();
	close(fd);
}

static void
who_does_not_read_makes_room_too(void **state)
{
	int fd, deaf;

	g_limits.connections_max = 1;
	g_limits.silence_sec = 0;
	limit();
	deaf = client();
	send_text(deaf, "{\"method\":\"big\",\"id\":1,\"params\":[8000000]}");
	settle();
	fd = client();
	send_text(fd, CALL_ECHO("1"));
	assert_received(fd, RESULT("1", "null") "\n");
	assert_one_notice("has been silent for 0 s is closed to make room");
	close(deaf);
	close(fd);
}

static void
requests_wait_while_too_many_are_under_way(void **state)
{
	int fd;

	g_limits.under_way_max = 2;
	limit();
	fd = client();
	send_text(fd, CALL_LATER("1") "[" CALL_LATER("2") "," CALL_LATER("3") "," CALL_LATER(
			      "4") "]" CALL_ECHO("5"));
	settle();
	assert_int_equal(g_later_count, 2);
	assert_false(is_readable(jsonrpc_server_get_wake_fd(g_server)));
	spdk_jsonrpc_send_bool_response(g_later[1], true);
	settle();
	assert_int_equal(g_later_count, 3);
	spdk_jsonrpc_send_bool_response(g_later[2], true);
	spdk_jsonrpc_send_bool_response(g_later[0], true);
	assert_received(fd, RESULT("1", "true") "\n" RESULT("5", "null") "\n");
	spdk_jsonrpc_send_bool_response(g_later[3], true);
	assert_received(
		fd, "[" RESULT("2", "true") "," RESULT("3", "true") "," RESULT("4", "true") "]\n");
	close(fd);
}

static void
requests_wait_while_those_under_way_take_much_memory(void **state)
{
	int fd;

	g_limits.held_bytes_max = 1;
	limit();
	fd = client();
	send_text(fd, CALL_LATER("1") "[" CALL_LATER("2") "]" CALL_ECHO("3"));
	settle();
	assert_int_equal(g_later_count, 1);
	spdk_jsonrpc_send_bool_response(g_later[0], true);
	settle();
	assert_int_equal(g_later_count, 2);
	assert_int_equal(g_calls, 2);
	spdk_jsonrpc_send_bool_response(g_later[1], true);
	assert_received(
		fd, RESULT("1", "true") "\n[" RESULT("2", "true") "]\n" RESULT("3", "null") "\n");
	close(fd);
}

/* Reads all of `count` answers, which are lines. */
static size_t
read_lines(int fd, uint32_t count)
{
	static char text[1 << 16];
	uint32_t lines = 0;
	size_t total = 0;

	for (int i = 0; lines < count; i++) {
		ssize_t size = recv(fd, text, sizeof(text), MSG_DONTWAIT);

		assert_true(i < TURNS_MAX);
		if (size <= 0) {
			assert_int_equal(spdk_jsonrpc_server_poll(g_server), 0);
			continue;
		}
		total += (size_t)size;
		for (ssize_t at = 0; at < size; at++) {
			lines += text[at] == '\n';
		}
	}
	return total;
}

static void
a_client_that_does_not_read_is_not_read_either(void **state)
{
	int greedy, other;

	g_limits.unsent_bytes_max = 100000;
	limit();
	greedy = client();
	other = client();
	for (int i = 0; i < 100; i++) {
		send_text(greedy, "{\"method\":\"big\",\"id\":1,\"params\":[100000]}");
	}
	settle();
	/* What the socket holds, and what the limit lets pass. */
	assert_true(g_calls < 20);
	send_text(other, CALL_ECHO("1"));
	assert_received(other, RESULT("1", "null") "\n");
	assert_int_equal(read_lines(greedy, 100),
			 100 * (sizeof(RESULT("1", "[]")) - 1 + 1 + 100 * 1003 - 1));
	assert_int_equal(g_calls, 101);
	close(greedy);
	close(other);
}

static void
an_answer_of_many_megabytes_arrives_whole(void **state)
{
	int fd = client();

	send_text(fd, "{\"method\":\"big\",\"id\":1,\"params\":[20000000]}");
	assert_int_equal(read_lines(fd, 1), sizeof(RESULT("1", "[]")) + 20000 * 1003 - 1);
	send_text(fd, "{\"method\":\"big\",\"id\":1,\"params\":[40000000]}");
	assert_received(fd, ERROR("1", "-32603", "the answer has more than 33554432 bytes") "\n");
	close(fd);
}

/* With no time at all, a turn is one step. */
static void
a_turn_ends_and_the_next_goes_on_with_the_next_connection(void **state)
{
	static const char *const names[] = {"a", "b", "c"};
	char expected[256] = "", sent[256];
	int fds[3];
	uint64_t steps;

	for (int i = 0; i < 3; i++) {
		fds[i] = client();
	}
	for (int i = 0; i < 3; i++) {
		snprintf(sent, sizeof(sent),
			 "[{\"method\":\"%s\"},{\"method\":\"%s\"},{\"method\":\"%s\"}]", names[i],
			 names[i], names[i]);
		send_text(fds[i], sent);
	}
	g_limits.turn_us = 0;
	limit();
	for (int i = 0; i < 9; i++) {
		steps = stats().steps;
		assert_true(is_readable(jsonrpc_server_get_wake_fd(g_server)));
		assert_int_equal(spdk_jsonrpc_server_poll(g_server), 0);
		assert_int_equal(stats().steps, steps + 1);
		snprintf(expected + strlen(expected), sizeof(expected) - strlen(expected), "%s ",
			 names[i % 3]);
		assert_string_equal(g_called, expected);
	}
	settle();
	assert_int_equal(g_calls, 9);
	for (int i = 0; i < 3; i++) {
		close(fds[i]);
	}
}

static void
a_step_reads_a_bounded_part_of_what_is_there(void **state)
{
	static char blanks[65536];
	uint64_t bytes;
	int fd = client();

	memset(blanks, ' ', sizeof(blanks));
	g_limits.turn_us = 0;
	limit();
	send_bytes(fd, blanks, sizeof(blanks));
	for (int i = 0; i < 4; i++) {
		bytes = stats().bytes_in;
		assert_int_equal(spdk_jsonrpc_server_poll(g_server), 0);
		assert_int_equal(stats().bytes_in - bytes, 16384);
	}
	close(fd);
}

static void
many_clients_are_served_at_once(void **state)
{
	int fds[JSONRPC_CONNECTIONS_MAX];
	char expected[16384] = "";

	for (int i = 0; i < JSONRPC_CONNECTIONS_MAX; i++) {
		fds[i] = client();
	}
	for (int round = 0; round < 100; round++) {
		for (int i = 0; i < JSONRPC_CONNECTIONS_MAX; i++) {
			send_text(fds[i], CALL_ECHO("7"));
		}
		snprintf(expected + strlen(expected), sizeof(expected) - strlen(expected), "%s\n",
			 RESULT("7", "null"));
	}
	for (int i = 0; i < JSONRPC_CONNECTIONS_MAX; i++) {
		assert_received(fds[i], expected);
	}
	assert_int_equal(stats().connections, JSONRPC_CONNECTIONS_MAX);
	for (int i = 0; i < JSONRPC_CONNECTIONS_MAX; i++) {
		close(fds[i]);
	}
	settle();
	assert_int_equal(stats().connections, 0);
	assert_int_equal(stats().connections_total, JSONRPC_CONNECTIONS_MAX);
}

/* Without a descriptor for it, a newcomer waits, and the server does not try over and over. */
static void
no_descriptor_is_left_for_a_newcomer(void **state)
{
	struct rlimit before, none;
	int first = client(), second;

	second = connect_to((struct sockaddr *)&g_address, sizeof(g_address));
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = before;
	none.rlim_cur = 3;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	settle();
	for (int i = 0; i < 10; i++) {
		assert_int_equal(spdk_jsonrpc_server_poll(g_server), 0);
	}
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_one_error("raise 'ulimit -n' or close connections");
	assert_int_equal(stats().connections, 1);
	close(first);
	settle();
	send_text(second, CALL_ECHO("1"));
	assert_received(second, RESULT("1", "null") "\n");
	close(second);
}

static void
a_newcomer_is_tried_again_after_a_while(void **state)
{
	struct pollfd wake = {.fd = jsonrpc_server_get_wake_fd(g_server), .events = POLLIN};
	struct rlimit before, none;
	int fd = connect_to((struct sockaddr *)&g_address, sizeof(g_address));

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = before;
	none.rlim_cur = 3;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	settle();
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_int_equal(stats().connections, 0);
	assert_int_equal(poll(&wake, 1, 10000), 1);
	settle();
	assert_int_equal(stats().connections, 1);
	close(fd);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_limits_are_those_of_the_documentation),
		TEST(a_request_that_is_too_large_is_told_which_limit),
		TEST(an_answer_that_is_too_large_becomes_an_error),
		TEST(one_connection_more_than_there_may_be_is_told_so),
		TEST(the_connection_that_is_silent_longest_makes_room),
		TEST(who_has_gone_while_requests_wait_makes_room),
		TEST(who_does_not_read_makes_room_too),
		TEST(requests_wait_while_too_many_are_under_way),
		TEST(requests_wait_while_those_under_way_take_much_memory),
		TEST(a_client_that_does_not_read_is_not_read_either),
		TEST(an_answer_of_many_megabytes_arrives_whole),
		TEST(a_turn_ends_and_the_next_goes_on_with_the_next_connection),
		TEST(a_step_reads_a_bounded_part_of_what_is_there),
		TEST(many_clients_are_served_at_once),
		TEST(no_descriptor_is_left_for_a_newcomer),
		TEST(a_newcomer_is_tried_again_after_a_while),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
