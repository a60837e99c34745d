/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Requests that are answered by other OS threads than the server's, while connections come and go,
 * and after the server has ended.
 */
#include "control/jsonrpc/jsonrpc_fixture.h"

#define WORKERS  3
#define ROUNDS   200
#define PIPELINE 64

/* What the workers take from; requests go in at the server's thread. */
static pthread_mutex_t g_lock = PTHREAD_MUTEX_INITIALIZER;
static struct spdk_jsonrpc_request *g_queue[4096];
static uint32_t g_queued;
static bool g_is_over;

static void
hand_over(struct spdk_jsonrpc_request *request, const struct spdk_json_val *method,
	  const struct spdk_json_val *params)
{
	pthread_mutex_lock(&g_lock);
	assert_true(g_queued < SPDK_COUNTOF(g_queue));
	g_queue[g_queued++] = request;
	pthread_mutex_unlock(&g_lock);
}

static void
answer(struct spdk_jsonrpc_request *request)
{
	struct spdk_json_write_ctx *w = spdk_jsonrpc_begin_result(request);

	spdk_json_write_array_begin(w);
	spdk_json_write_string(w, "from elsewhere");
	spdk_json_write_array_end(w);
	spdk_jsonrpc_end_result(request, w);
}

static void *
work(void *arg)
{
	struct spdk_jsonrpc_request *request;
	bool is_over = false;

	while (!is_over) {
		pthread_mutex_lock(&g_lock);
		request = g_queued > 0 ? g_queue[--g_queued] : NULL;
		is_over = request == NULL && g_is_over;
		pthread_mutex_unlock(&g_lock);
		if (request != NULL) {
			answer(request);
		} else {
			sched_yield();
		}
	}
	return NULL;
}

static void
start_workers(pthread_t workers[WORKERS])
{
	g_queued = 0;
	g_is_over = false;
	for (int i = 0; i < WORKERS; i++) {
		assert_int_equal(pthread_create(&workers[i], NULL, work, NULL), 0);
	}
}

static void
join_workers(pthread_t workers[WORKERS])
{
	pthread_mutex_lock(&g_lock);
	g_is_over = true;
	pthread_mutex_unlock(&g_lock);
	for (int i = 0; i < WORKERS; i++) {
		assert_int_equal(pthread_join(workers[i], NULL), 0);
	}
}

/* Waits for the server's descriptor, as a thread that rests does, so that a lost wake-up hangs. */
static void
wait_and_poll(void)
{
	struct pollfd wake = {.fd = jsonrpc_server_get_wake_fd(g_server), .events = POLLIN};

	assert_int_equal(poll(&wake, 1, 20000), 1);
	assert_int_equal(spdk_jsonrpc_server_poll(g_server), 0);
}

static int
set_up_elsewhere(void **state)
{
	char path[64];

	log_capture_start();
	snprintf(path, sizeof(path), "/tmp/spindle_jsonrpc_concurrent.%d", getpid());
	g_address.sun_family = AF_UNIX;
	snprintf(g_address.sun_path, sizeof(g_address.sun_path), "%s", path);
	unlink(path);
	g_server = spdk_jsonrpc_server_listen(AF_UNIX, 0, (struct sockaddr *)&g_address,
					      sizeof(g_address), hand_over);
	assert_non_null(g_server);
	return 0;
}

static const char g_call[] = "{\"method\":\"a\",\"id\":1}";
static const char g_batch[] =
	"[{\"method\":\"a\",\"id\":1},{\"method\":\"b\"},{\"method\":\"c\",\"id\":2}]";

static void
every_answer_from_elsewhere_arrives(void **state)
{
	static char text[1 << 16];
	pthread_t workers[WORKERS];
	uint32_t lines = 0;
	ssize_t size;
	int fd = client();

	start_workers(workers);
	for (int round = 0; round < ROUNDS; round++) {
		for (int i = 0; i < PIPELINE; i++) {
			send_text(fd, i % 8 == 0 ? g_batch : g_call);
		}
		for (lines = 0; lines < PIPELINE;) {
			size = recv(fd, text, sizeof(text), MSG_DONTWAIT);
			for (ssize_t at = 0; at < size; at++) {
				lines += text[at] == '\n';
			}
			if (size < 0) {
				wait_and_poll();
			}
		}
		assert_int_equal(lines, PIPELINE);
	}
	join_workers(workers);
	close(fd);
	settle();
}

static void
connections_come_and_go_while_others_answer(void **state)
{
	pthread_t workers[WORKERS];
	int fd;

	start_workers(workers);
	for (int round = 0; round < ROUNDS; round++) {
		fd = client();
		for (int i = 0; i < 8; i++) {
			send_text(fd, i % 2 == 0 ? g_batch : g_call);
		}
		for (int i = 0; i < round % 5; i++) {
			assert_int_equal(spdk_jsonrpc_server_poll(g_server), 0);
		}
		close(fd);
	}
	settle();
	join_workers(workers);
	settle();
	assert_int_equal(stats().connections, 0);
}

static void
servers_end_while_others_answer(void **state)
{
	pthread_t workers[WORKERS];
	int fd;

	start_workers(workers);
	for (int round = 0; round < ROUNDS; round++) {
		fd = client();
		for (int i = 0; i < 8; i++) {
			send_text(fd, i % 2 == 0 ? g_batch : g_call);
		}
		for (int i = 0; i < 3; i++) {
			assert_int_equal(spdk_jsonrpc_server_poll(g_server), 0);
		}
		spdk_jsonrpc_server_shutdown(g_server);
		close(fd);
		assert_int_equal(set_up_elsewhere(NULL), 0);
	}
	join_workers(workers);
}

static uint32_t g_done;

static void
local_done(void *arg, const struct jsonrpc_local_reply *reply)
{
	assert_int_equal(reply->error_code, 0);
	assert_string_equal(reply->text, "[\"from elsewhere\"]");
	__atomic_fetch_add(&g_done, 1, __ATOMIC_RELEASE);
}

static void
local_calls_are_answered_while_the_handler_returns(void **state)
{
	static char name[] = "a";
	struct spdk_json_val method = {name, 1, SPDK_JSON_VAL_STRING};
	struct jsonrpc_local_call call = {
		.handle_fn = hand_over, .method = &method, .done_fn = local_done};
	pthread_t workers[WORKERS];

	g_done = 0;
	start_workers(workers);
	for (int i = 0; i < ROUNDS * 5; i++) {
		assert_int_equal(jsonrpc_call_local(&call), 0);
	}
	join_workers(workers);
	assert_int_equal(__atomic_load_n(&g_done, __ATOMIC_ACQUIRE), ROUNDS * 5);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up_elsewhere, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_answer_from_elsewhere_arrives),
		TEST(connections_come_and_go_while_others_answer),
		TEST(servers_end_while_others_answer),
		TEST(local_calls_are_answered_while_the_handler_returns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
