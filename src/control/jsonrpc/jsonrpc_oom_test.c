/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A sweep over failing allocations: whichever one fails, alone or with all after it, each request
 * that was started is answered or its connection is closed, nothing leaks, and the next client is
 * served.
 *
 * The allocator of the C library is replaced for the whole program, so this is skipped where a
 * sanitizer has done the same.
 */
#include "base/failing_malloc.h"

#include "control/jsonrpc/jsonrpc_fixture.h"

#define SWEEP_MAX 400

#ifndef HAS_OWN_ALLOCATOR

/* Three single requests and a batch, with an answer of several pieces. */
static const char g_sent[] =
	CALL_ECHO("\"first\"") "{\"method\":\"unknown\",\"id\":2}"
			       "{\"method\":\"big\",\"id\":3,\"params\":[20000]}"
			       "[" CALL_ECHO("4") ",{\"method\":\"true\"}," CALL_ECHO("5") "]";

/* What has come of it; the server is polled to its end. */
static size_t
exchange(long nth, bool are_all_failing, bool *is_end)
{
	static char text[1 << 16];
	int fd = connect_to((struct sockaddr *)&g_address, sizeof(g_address));
	size_t at = 0;
	ssize_t size;

	send_text(fd, g_sent);
	g_failures = 0;
	g_are_all_failing = are_all_failing;
	t_allocations_left = nth;
	settle();
	while ((size = recv(fd, text + at, sizeof(text) - 1 - at, MSG_DONTWAIT)) > 0) {
		at += (size_t)size;
		settle();
	}
	*is_end = size == 0 || errno == ECONNRESET;
	t_allocations_left = -1;
	g_are_all_failing = false;
	text[at] = '\0';
	/* All that was sent is whole. */
	assert_true(at == 0 || text[at - 1] == '\n');
	for (char *line = text; *line != '\0'; line = strchr(line, '\n') + 1) {
		assert_true(spdk_json_parse(line, strcspn(line, "\n"), NULL, 0, NULL, 0) > 0);
	}
	close(fd);
	settle();
	assert_int_equal(stats().connections, 0);
	return at;
}

static void
sweep(bool are_all_failing)
{
	size_t whole, size;
	bool is_end;
	long nth, live;

	whole = exchange(-1, false, &is_end);
	assert_false(is_end);
	assert_true(whole > 20000);
	live = t_live;
	for (nth = 0; nth < SWEEP_MAX; nth++) {
		log_capture_clear();
		size = exchange(nth, are_all_failing, &is_end);
		if (g_failures == 0) {
			assert_int_equal(size, whole);
			break;
		}
		/* Not all was answered as it should be: an error says so, or the end does. */
		assert_true(is_end || size > 0);
		assert_int_equal(t_live, live);
		assert_int_equal(exchange(-1, false, &is_end), whole);
	}
	/* Connection, stream, text, values; for each request itself, two writers and the reply. */
	assert_in_range(nth, 20, SWEEP_MAX - 1);
	assert_int_equal(t_live, live);
}

static void
a_failing_allocation_costs_a_request_or_a_connection(void **state)
{
	sweep(false);
}

static void
no_memory_at_all_costs_a_connection(void **state)
{
	sweep(true);
}

static void
a_server_that_cannot_be_made_leaves_nothing_behind(void **state)
{
	struct spdk_jsonrpc_server *server = NULL;
	long nth, live = t_live;

	spdk_jsonrpc_server_shutdown(g_server);
	g_server = NULL;
	live = t_live;
	for (nth = 0; nth < SWEEP_MAX && server == NULL; nth++) {
		unlink(g_address.sun_path);
		t_allocations_left = nth;
		server = spdk_jsonrpc_server_listen(AF_UNIX, 0, (struct sockaddr *)&g_address,
						    sizeof(g_address), handle);
		t_allocations_left = -1;
		if (server == NULL) {
			assert_int_equal(errno, ENOMEM);
			assert_int_equal(t_live, live);
		}
	}
	assert_in_range(nth, 5, SWEEP_MAX - 1);
	spdk_jsonrpc_server_shutdown(server);
	assert_int_equal(t_live, live);
}

/* A batch of which two are answered, one is not and one is not started; an answer that is not sent;
 * half a request. */
static void
a_server_that_ends_early_leaves_nothing_behind(void **state)
{
	char path[sizeof(g_address.sun_path)];
	long live;
	int fd;

	snprintf(path, sizeof(path), "%s", g_address.sun_path);
	for (int round = 0; round < 2; round++) {
		spdk_jsonrpc_server_shutdown(g_server);
		live = t_live;
		g_server = listen_at(path);
		assert_non_null(g_server);
		g_limits.under_way_max = 2;
		jsonrpc_server_set_limits(g_server, &g_limits);
		g_later_count = 0;
		fd = client();
		send_text(fd, "{\"method\":\"big\",\"id\":3,\"params\":[3000000]}"
			      "[" CALL_LATER("1") "," CALL_LATER("2") "," CALL_LATER("3") "]");
		settle();
		assert_int_equal(g_later_count, 0);
		while (g_later_count < 2) {
			static char bytes[65536];

			(void)recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT);
			settle();
		}
		spdk_jsonrpc_send_bool_response(g_later[0], true);
		if (round == 0) {
			settle();
		}
		spdk_jsonrpc_server_shutdown(g_server);
		g_server = NULL;
		close(fd);
		for (uint32_t i = 1; i < g_later_count; i++) {
			spdk_jsonrpc_send_bool_response(g_later[i], true);
		}
		assert_int_equal(t_live, live);
	}
}

static uint32_t g_done;

static void
done(void *arg, const struct jsonrpc_local_reply *reply)
{
	assert_true(reply->error_code == 0 || reply->error_message != NULL);
	g_done++;
}

static void
a_local_call_is_refused_or_ends_once(void **state)
{
	static char name[] = "true";
	struct spdk_json_val method = {name, 4, SPDK_JSON_VAL_STRING};
	struct jsonrpc_local_call call = {.handle_fn = handle, .method = &method, .done_fn = done};
	long nth, live = t_live;
	int rc;

	for (nth = 0; nth < SWEEP_MAX; nth++) {
		g_done = 0;
		g_failures = 0;
		t_allocations_left = nth;
		rc = jsonrpc_call_local(&call);
		t_allocations_left = -1;
		assert_true(rc == 0 || rc == -ENOMEM);
		assert_int_equal(g_done, rc == 0);
		assert_int_equal(t_live, live);
		if (g_failures == 0) {
			break;
		}
	}
	assert_in_range(nth, 7, SWEEP_MAX - 1);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
#endif

int
main(void)
{
#ifdef HAS_OWN_ALLOCATOR
	puts("skipped: a sanitizer has replaced the allocator");
	return 77;
#else
	const struct CMUnitTest tests[] = {
		TEST(a_failing_allocation_costs_a_request_or_a_connection),
		TEST(no_memory_at_all_costs_a_connection),
		TEST(a_server_that_cannot_be_made_leaves_nothing_behind),
		TEST(a_server_that_ends_early_leaves_nothing_behind),
		TEST(a_local_call_is_refused_or_ends_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
#endif
}
