/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What is on the wire: requests in all their forms, batches, errors, and in which order answers
 * come.
 */
#include "control/jsonrpc/jsonrpc_fixture.h"

#include "spdk/histogram_data.h"

struct exchange {
	const char *sent;
	const char *answered;
};

/* clang-format off */
#define INVALID(id, reason) ERROR(id, "-32600", "Invalid request: " reason)
#define INTERNAL(id, reason) ERROR(id, "-32603", reason)
#define NO_REQUEST INVALID("null", "it must be an object, or an array of them")
#define UNKNOWN(id, name) INVALID(id, "member '" name "' is unknown: " \
	"there are 'jsonrpc', 'id', 'method', 'params'")
#define NO_METHOD ERROR("null", "-32601", "it is 1")

static const struct exchange exchanges[] = {
	{"{\"method\":\"echo\",\"id\":1,\"params\":[1,2]}", RESULT("1", "[1,2]") "\n"},
	{"{\"jsonrpc\":\"2.0\",\"method\":\"true\",\"id\":\"a\\u00e9\\\"\"}",
	 RESULT("\"a\\u00E9\\\"\"", "true") "\n"},
	{"{\"method\":\"echo\",\"id\":123456789012345678901234567890.5e-7,\"params\":{\"a\":null}}",
	 RESULT("123456789012345678901234567890.5e-7", "{\"a\":null}") "\n"},
	{" {\n \"id\" : -0 ,\n \"method\" : \"echo\" ,\n \"params\" : null }\n",
	 RESULT("-0", "null") "\n"},
	{"{\"method\":\"true\"}", ""},
	{"{\"method\":\"true\",\"id\":null}", ""},
	{"{\"method\":\"unknown\"}", NO_METHOD "\n"},
	{"{\"method\":\"unknown\",\"id\":\"\"}", ERROR("\"\"", "-32601", "it is 1") "\n"},
	{"{}", INVALID("null", "member 'method' is missing") "\n"},
	{"{\"id\":5}", INVALID("5", "member 'method' is missing") "\n"},
	{"{\"id\":5,\"method\":null}", INVALID("5", "member 'method' must be a string") "\n"},
	{"{\"id\":{},\"method\":\"echo\"}",
	 INVALID("null", "member 'id' must be a string, a number or null") "\n"},
	{"{\"id\":1,\"jsonrpc\":\"42\",\"method\":\"echo\"}",
	 INVALID("1", "member 'jsonrpc' must be \\\"2.0\\\"") "\n"},
	{"{\"id\":1,\"jsonrpc\":2.0,\"method\":\"echo\"}",
	 INVALID("1", "member 'jsonrpc' must be \\\"2.0\\\"") "\n"},
	{"{\"id\":1,\"method\":\"echo\",\"params\":\"bar\"}",
	 INVALID("1", "member 'params' must be an object, an array or null") "\n"},
	{"{\"id\":1,\"method\":\"echo\",\"parms\":[]}", UNKNOWN("1", "parms") "\n"},
	{"{\"id\":1,\"method\":\"echo\",\"id\":2}",
	 INVALID("1", "member 'id' stands there twice") "\n"},
	{"5 ", NO_REQUEST "\n"},
	{"[]", INVALID("null", "the batch is empty") "\n"},
	{"[{\"method\":\"echo\",\"id\":1,\"params\":[1]}]", "[" RESULT("1", "[1]") "]\n"},
	{"[{\"method\":\"true\",\"id\":1},7,{\"method\":\"true\"},{\"foo\":0},"
	 "{\"method\":\"unknown\"},{\"method\":\"echo\",\"id\":\"2\"}]",
	 "[" RESULT("1", "true") "," NO_REQUEST "," UNKNOWN("null", "foo") "," NO_METHOD ","
	 RESULT("\"2\"", "null") "]\n"},
	{"[{\"method\":\"true\"},{\"method\":\"echo\",\"id\":null}]", ""},
	{"[[]]", "[" NO_REQUEST "]\n"},
	{"{\"method\":\"open\",\"id\":1}",
	 INTERNAL("1", "the method has written no complete value") "\n"},
	{"{\"method\":\"nothing\",\"id\":1}",
	 INTERNAL("1", "the method has written no result") "\n"},
	{"{\"method\":\"not utf-8\",\"id\":\"i\"}",
	 INTERNAL("\"i\"", "the answer has a string that is not UTF-8") "\n"},
	{"{\"method\":\"change\",\"id\":1}", ERROR("1", "7", "no?") "\n"},
	{"[{\"method\":\"open\",\"id\":1}]",
	 "[" INTERNAL("1", "the method has written no complete value") "]\n"},
};
/* clang-format on */

static void
each_request_has_the_answer_of_the_specification(void **state)
{
	int fd = client();

	for (size_t i = 0; i < SPDK_COUNTOF(exchanges); i++) {
		send_text(fd, exchanges[i].sent);
		assert_received(fd, exchanges[i].answered);
	}
	close(fd);
}

static void
requests_may_come_byte_by_byte(void **state)
{
	int fd = client();

	for (size_t i = 0; i < SPDK_COUNTOF(exchanges); i++) {
		for (const char *at = exchanges[i].sent; *at != '\0'; at++) {
			send_bytes(fd, at, 1);
			settle();
		}
		assert_received(fd, exchanges[i].answered);
	}
	close(fd);
}

static void
take_total(void *ctx, uint64_t start, uint64_t end, uint64_t count, uint64_t total, uint64_t so_far)
{
	*(uint64_t *)ctx = total;
}

static void
requests_in_one_packet_are_all_answered_in_their_order(void **state)
{
	char sent[16384] = "", expected[32768] = "";
	int fd = client();
	uint64_t turns = 0;

	for (size_t i = 0; i < SPDK_COUNTOF(exchanges); i++) {
		snprintf(sent + strlen(sent), sizeof(sent) - strlen(sent), "%s", exchanges[i].sent);
		snprintf(expected + strlen(expected), sizeof(expected) - strlen(expected), "%s",
			 exchanges[i].answered);
	}
	send_text(fd, sent);
	assert_received(fd, expected);
	assert_int_equal(stats().connections, 1);
	close(fd);
	settle();
	assert_int_equal(stats().connections, 0);
	assert_int_equal(stats().bytes_in, strlen(sent));
	assert_int_equal(stats().bytes_out, strlen(expected));
	assert_true(stats().requests > SPDK_COUNTOF(exchanges));
	spdk_histogram_data_iterate(stats().turn_ticks, take_total, &turns);
	assert_int_equal(turns, stats().turns);
}

static void
what_is_no_json_is_told_where_and_ends_the_connection(void **state)
{
	int fd = client();

	send_text(fd, "{\"method\":\"echo\",\"id\":1}\n{\"method\": oops");
	assert_received_and_end(fd, RESULT("1", "null") "\n" ERROR(
					    "null", "-32700",
					    "Parse error: line 1, column 12: a value is expected "
					    "here") "\n");
	assert_int_equal(stats().connections, 0);
	close(fd);
}

static void
what_is_no_json_is_told_before_its_end(void **state)
{
	int fd = client();

	send_text(fd, "\n[1,\n 2 3");
	assert_received_and_end(fd, ERROR("null", "-32700",
					  "Parse error: line 2, column 4: a ',' or ']' is expected "
					  "here") "\n");
	close(fd);
}

/* The kernel resets a connection that is closed with bytes in it that nobody has read. */
static void
what_follows_a_parse_error_does_not_reset_the_connection(void **state)
{
	static char garbage[40000];
	int fd = client();
	char byte;

	memset(garbage, '?', sizeof(garbage));
	send_bytes(fd, garbage, sizeof(garbage));
	assert_received_and_end(fd, ERROR("null", "-32700",
					  "Parse error: line 1, column 1: a value is expected "
					  "here") "\n");
	assert_int_equal(recv(fd, &byte, 1, MSG_DONTWAIT), 0);
	close(fd);
}

static void
a_handler_that_polls_its_server_finds_it_busy(void **state)
{
	int fd = client(), other = client();

	send_text(fd, "{\"method\":\"poll\",\"id\":1}" CALL_ECHO("2"));
	send_text(other, CALL_ECHO("3"));
	assert_received(fd, RESULT("1", "true") "\n" RESULT("2", "null") "\n");
	assert_received(other, RESULT("3", "null") "\n");
	assert_int_equal(strncmp(g_called, "poll ", 5), 0);
	close(fd);
	close(other);
}

static void
answers_are_awaited_before_a_parse_error_ends_the_connection(void **state)
{
	int fd = client();

	send_text(fd, "{\"method\":\"later\",\"id\":1}}");
	assert_received(fd, ERROR("null", "-32700",
				  "Parse error: line 1, column 1: a value is expected here") "\n");
	spdk_jsonrpc_send_bool_response(g_later[0], true);
	assert_received_and_end(fd, RESULT("1", "true") "\n");
	close(fd);
}

static void
answers_come_when_they_are_there(void **state)
{
	int fd = client();

	send_text(fd, "{\"method\":\"later\",\"id\":1}{\"method\":\"later\",\"id\":2}"
		      "{\"method\":\"true\",\"id\":3}");
	assert_received(fd, RESULT("3", "true") "\n");
	spdk_jsonrpc_send_bool_response(g_later[1], false);
	assert_received(fd, RESULT("2", "false") "\n");
	spdk_jsonrpc_send_bool_response(g_later[0], true);
	assert_received(fd, RESULT("1", "true") "\n");
	assert_string_equal(g_called, "later later true ");
	close(fd);
}

static void
a_batch_waits_for_all_its_answers_and_keeps_their_order(void **state)
{
	int fd = client();

	send_text(fd, "[{\"method\":\"later\",\"id\":1},{\"method\":\"later\"},"
		      "{\"method\":\"later\",\"id\":3},{\"method\":\"true\",\"id\":4}]"
		      "{\"method\":\"true\",\"id\":5}");
	assert_received(fd, RESULT("5", "true") "\n");
	spdk_jsonrpc_send_bool_response(g_later[2], true);
	spdk_jsonrpc_send_error_response(g_later[1], 9, "nine");
	assert_received(fd, "");
	spdk_jsonrpc_send_bool_response(g_later[0], true);
	assert_received(fd, "[" RESULT("1", "true") "," ERROR("null", "9", "nine") "," RESULT(
				    "3", "true") "," RESULT("4", "true") "]\n");
	close(fd);
}

static void
a_request_that_is_answered_twice_is_named(void **state)
{
	int fd = client();

	send_text(fd, "{\"method\":\"twice\",\"id\":1}");
	assert_received(fd, RESULT("1", "true") "\n");
	assert_true(log_captured("spdk_jsonrpc_send_bool_response()", "spdk_jsonrpc_end_result()",
				 "method 'twice' has answered this request already", NULL));
	assert_int_equal(log_capture_count(SPDK_LOG_ERROR), 3);
	close(fd);
}

static void
requests_and_answers_are_logged_on_a_line_each(void **state)
{
	char text[1024] = "";
	FILE *file = tmpfile();
	int fd = client();

	assert_non_null(file);
	spdk_jsonrpc_set_log_level(SPDK_LOG_NOTICE);
	spdk_jsonrpc_set_log_file(file);
	send_text(fd, "[ {\"method\" : \"true\",\n\"id\": 1}, {\"method\":\"true\"} ]");
	assert_received(fd, "[" RESULT("1", "true") "]\n");
	spdk_jsonrpc_set_log_level(SPDK_LOG_DISABLED);
	spdk_jsonrpc_set_log_file(NULL);
	assert_string_equal(g_log_capture.text,
			    "request: [{\"method\":\"true\",\"id\":1},{\"method\":\"true\"}]\n"
			    "response: [" RESULT("1", "true") "]\n");
	rewind(file);
	assert_true(fread(text, 1, sizeof(text) - 1, file) > 0);
	fclose(file);
	assert_non_null(strstr(text, "request: [{\"method\":\"true\",\"id\":1}"));
	assert_non_null(strstr(text, "response: [{\"jsonrpc\""));
	close(fd);
}

static void
an_address_that_cannot_be_had_is_named(void **state)
{
	struct sockaddr_in port = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(0x01010101)};

	assert_null(spdk_jsonrpc_server_listen(AF_UNIX, 0, (struct sockaddr *)&g_address,
					       sizeof(g_address), handle));
	assert_int_equal(errno, EADDRINUSE);
	assert_one_error(g_address.sun_path);
	assert_null(spdk_jsonrpc_server_listen(AF_INET, 0, (struct sockaddr *)&port, sizeof(port),
					       handle));
	assert_int_equal(errno, EADDRNOTAVAIL);
	assert_one_error("1.1.1.1");
	assert_null(spdk_jsonrpc_server_listen(AF_UNIX, 0, NULL, 0, handle));
	assert_int_equal(errno, EINVAL);
	assert_null(spdk_jsonrpc_server_listen(AF_UNIX, 0, (struct sockaddr *)&g_address,
					       sizeof(g_address), NULL));
}

static void
what_is_null_is_told_and_does_no_harm(void **state)
{
	assert_int_equal(spdk_jsonrpc_server_poll(NULL), -EINVAL);
	assert_null(spdk_jsonrpc_get_conn(NULL));
	assert_null(spdk_jsonrpc_begin_result(NULL));
	assert_one_error("spdk_jsonrpc_begin_result(): there is no request to answer");
	spdk_jsonrpc_send_error_response(NULL, 1, "nobody");
	assert_one_error("spdk_jsonrpc_send_error_response(): there is no request to answer");
}

static void
tcp_is_served_as_well(void **state)
{
	struct sockaddr_in port = {.sin_family = AF_INET,
				   .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd;

	spdk_jsonrpc_server_shutdown(g_server);
	for (uint16_t number = (uint16_t)(20000 + getpid() % 10000);; number++) {
		port.sin_port = htons(number);
		g_server = spdk_jsonrpc_server_listen(AF_INET, 0, (struct sockaddr *)&port,
						      sizeof(port), handle);
		if (g_server != NULL) {
			break;
		}
		assert_int_equal(errno, EADDRINUSE);
	}
	fd = connect_to((struct sockaddr *)&port, sizeof(port));
	settle();
	send_text(fd, "{\"method\":\"true\",\"id\":1}{\"method\":\"echo\",\"id\":2}x");
	for (int i = 0; i < 100 && stats().bytes_out < 200; i++) {
		usleep(1000);
		settle();
	}
	assert_received_and_end(
		fd, RESULT("1", "true") "\n" RESULT("2", "null") "\n" ERROR(
			    "null", "-32700",
			    "Parse error: line 1, column 1: a value is expected here") "\n");
	close(fd);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_request_has_the_answer_of_the_specification),
		TEST(requests_may_come_byte_by_byte),
		TEST(requests_in_one_packet_are_all_answered_in_their_order),
		TEST(what_is_no_json_is_told_where_and_ends_the_connection),
		TEST(what_is_no_json_is_told_before_its_end),
		TEST(what_follows_a_parse_error_does_not_reset_the_connection),
		TEST(a_handler_that_polls_its_server_finds_it_busy),
		TEST(answers_are_awaited_before_a_parse_error_ends_the_connection),
		TEST(answers_come_when_they_are_there),
		TEST(a_batch_waits_for_all_its_answers_and_keeps_their_order),
		TEST(a_request_that_is_answered_twice_is_named),
		TEST(requests_and_answers_are_logged_on_a_line_each),
		TEST(an_address_that_cannot_be_had_is_named),
		TEST(what_is_null_is_told_and_does_no_harm),
		TEST(tcp_is_served_as_well),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
