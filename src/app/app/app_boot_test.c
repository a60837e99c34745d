/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How an application starts: its configuration, its subsystems and its RPC server, in their order;
 * who is told what when that fails or is given up; and that all answers go out before the end.
 *
 * Applications run in processes of their own; a client of JSON-RPC asks them.
 */
#include "app/app/app_internal.h"
#include "app/app/child_fixture.h"
#include "app/app/lock_folder_fixture.h"
#include "base/log_capture.h"
#include "spdk/env.h"
#include "spdk/init.h"
#include "spdk/jsonrpc.h"
#include "spdk/rpc.h"
#include "spdk/thread.h"
#include "spdk/util.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/un.h>

#include <cmocka.h>

/* Nothing here takes so long, but what waits for the patience of subsystems. */
#define SOON_SEC 4

static char g_addr[sizeof(g_lock_folder) + sizeof("/app.sock")];
static char g_file[sizeof(g_lock_folder) + sizeof("/app.json")];

/* What an application is to do; the same for all that a process starts. */
static struct {
	/* A subsystem that reports this, or never; and how long it takes to end. */
	int init_rc;
	bool never_reports;
	uint64_t fini_us;
	/* start_fn ends it. */
	bool stops;
	/* NULL: those of the process that asks. */
	const char *json;
	const char *json_file;
	bool waits_for_rpc;
	bool ignores_errors;
	bool is_interrupt_mode;
	const char *addr;
} g_plan;

/* What has happened, in order, each with a blank behind it. */
static char g_events[512];
static struct spdk_poller *g_fini_timer;

static void
note(const char *event)
{
	size_t used = strlen(g_events);

	snprintf(g_events + used, sizeof(g_events) - used, "%s ", event);
}

static void
init_subsystem(void)
{
	note("init");
	if (!g_plan.never_reports) {
		spdk_subsystem_init_next(g_plan.init_rc);
	}
}

static int
end_fini(void *arg)
{
	spdk_poller_unregister(&g_fini_timer);
	spdk_subsystem_fini_next();
	return 1;
}

static void
fini_subsystem(void)
{
	note("fini");
	if (g_plan.fini_us == 0) {
		spdk_subsystem_fini_next();
		return;
	}
	fprintf(stderr, "fini begins\n");
	g_fini_timer = spdk_poller_register(end_fini, NULL, g_plan.fini_us);
}

static struct spdk_subsystem g_subsystem = {
	.name = "store",
	.init = init_subsystem,
	.fini = fini_subsystem,
};
SPDK_SUBSYSTEM_REGISTER(g_subsystem)

static void
early(struct spdk_jsonrpc_request *request, void *params)
{
	note("early");
	spdk_jsonrpc_send_bool_response(request, true);
}

SPINDLE_RPC_REGISTER("store_early", early, SPDK_RPC_STARTUP, NULL, "Before subsystems")

static void
late(struct spdk_jsonrpc_request *request, void *params)
{
	note("late");
	spdk_jsonrpc_send_bool_response(request, true);
}

SPINDLE_RPC_REGISTER("store_late", late, SPDK_RPC_RUNTIME, NULL, "After subsystems")

static void
both(struct spdk_jsonrpc_request *request, void *params)
{
	note("both");
	spdk_jsonrpc_send_bool_response(request, true);
}

SPINDLE_RPC_REGISTER("store_both", both, SPDK_RPC_STARTUP | SPDK_RPC_RUNTIME, NULL, "At any time")

static void
refuse(struct spdk_jsonrpc_request *request, void *params)
{
	note("refuse");
	spdk_jsonrpc_send_error_response(request, -ENOSPC, "it is full");
}

SPINDLE_RPC_REGISTER("store_refuse", refuse, SPDK_RPC_RUNTIME, NULL, "Fails")

/* No request of an application that ends is answered by it. */
static void
keep(struct spdk_jsonrpc_request *request, void *params)
{
	fprintf(stderr, "never answered\n");
}

SPINDLE_RPC_REGISTER("store_keep_early", keep, SPDK_RPC_STARTUP, NULL, "Does not answer")

static void
keep_late(struct spdk_jsonrpc_request *request, void *params)
{
	keep(request, params);
}

SPINDLE_RPC_REGISTER("store_keep_late", keep_late, SPDK_RPC_RUNTIME, NULL, "Does not answer")

/* Ends the process by a signal, as spdk_kill_instance does. */
static void
kill_self(struct spdk_jsonrpc_request *request, void *params)
{
	(void)kill(getpid(), SIGTERM);
	spdk_jsonrpc_send_bool_response(request, true);
}

SPINDLE_RPC_REGISTER("store_kill", kill_self, SPDK_RPC_RUNTIME, NULL, "Ends the application")

static void
stop_self(struct spdk_jsonrpc_request *request, void *params)
{
	spdk_app_stop(7);
	spdk_jsonrpc_send_bool_response(request, true);
}

SPINDLE_RPC_REGISTER("store_stop", stop_self, SPDK_RPC_RUNTIME, NULL, "Ends the application")

#define STORE(entries) "{\"subsystems\":[{\"subsystem\":\"store\",\"config\":[" entries "]}]}"
#define CALL(name)     "{\"method\":\"" name "\"}"

static void
start(void *arg)
{
	note("start");
	fprintf(stderr, "started\n");
	if (g_plan.stops) {
		spdk_app_stop(0);
	}
}

/* Starts an application by the plan, and returns what that has given. */
static int
run_app(spdk_log_cb *log)
{
	struct spdk_app_opts opts;
	int rc;

	spdk_app_opts_init(&opts, sizeof(opts));
	opts.name = "app_boot_test";
	opts.log = log;
	opts.rpc_addr = g_plan.addr;
	opts.json_config_file = g_plan.json_file;
	opts.json_data = (void *)(uintptr_t)g_plan.json;
	opts.json_data_size = g_plan.json != NULL ? strlen(g_plan.json) : 0;
	opts.json_config_ignore_errors = g_plan.ignores_errors;
	opts.delay_subsystem_init = g_plan.waits_for_rpc;
	opts.interrupt_mode = g_plan.is_interrupt_mode;
	rc = spdk_app_start(&opts, start, NULL);
	spdk_app_fini();
	return rc;
}

/* In this process: what happened, what was logged. */
static int
run_here(void)
{
	g_events[0] = '\0';
	log_capture_clear();
	return run_app(log_capture_keep);
}

static int
app_main(void *arg)
{
	int rc;

	g_events[0] = '\0';
	rc = run_app(NULL);
	fprintf(stderr, "events: %s\n", g_events);
	return rc < 0 ? -rc : rc;
}

static struct child g_child;

static void
start_child(void)
{
	child_start(&g_child, app_main, NULL);
}

/* It ends by itself, with this status. */
static void
end_child(int status)
{
	child_wait(&g_child, 30);
	if (g_child.status != status) {
		fail_msg("status %d, not %d; said was:\n%s", g_child.status, status,
			 g_child.output);
	}
	assert_int_not_equal(access(g_addr, F_OK), 0);
}

static void
stop_child(void)
{
	assert_int_equal(kill(g_child.pid, SIGTERM), 0);
}

static struct spdk_jsonrpc_client *
dial(void)
{
	struct spdk_jsonrpc_client *client = NULL;

	for (int i = 0; i < SOON_SEC * 200 && client == NULL; i++) {
		client = spdk_jsonrpc_client_connect(g_addr, AF_UNIX);
		if (client == NULL) {
			usleep(5000);
		}
	}
	assert_non_null(client);
	return client;
}

static void
ask(struct spdk_jsonrpc_client *client, const char *method)
{
	struct spdk_jsonrpc_client_request *request = spdk_jsonrpc_client_create_request();

	assert_non_null(request);
	spdk_jsonrpc_end_request(request, spdk_jsonrpc_begin_request(request, 1, method));
	assert_int_equal(spdk_jsonrpc_client_send_request(client, request), 0);
	(void)spdk_jsonrpc_client_poll(client, 0);
}

/* 0: `true`; the code of an error, whose text is there then; 1: the connection has ended. */
static char g_text[512];

static int
answer(struct spdk_jsonrpc_client *client)
{
	uint64_t end = child_now_ns() + (uint64_t)SOON_SEC * 1000000000;
	struct spdk_jsonrpc_client_response *response;
	struct spdk_json_val *message;
	int32_t code = 0;
	int rc;

	do {
		rc = spdk_jsonrpc_client_poll(client, 100);
		if (child_now_ns() > end) {
			fail_msg("no answer");
		}
	} while (rc == 0 || rc == -ENOTCONN);
	if (rc < 0) {
		return 1;
	}
	response = spdk_jsonrpc_client_get_response(client);
	assert_non_null(response);
	g_text[0] = '\0';
	if (response->error != NULL) {
		assert_int_equal(spdk_json_find(response->error, "code", NULL, &message,
						SPDK_JSON_VAL_NUMBER),
				 0);
		assert_int_equal(spdk_json_number_to_int32(message, &code), 0);
		assert_int_equal(spdk_json_find_string(response->error, "message", NULL, &message),
				 0);
		snprintf(g_text, sizeof(g_text), "%.*s", (int)message->len, (char *)message->start);
	}
	spdk_jsonrpc_client_free_response(response);
	return code;
}

static int
call(struct spdk_jsonrpc_client *client, const char *method)
{
	ask(client, method);
	return answer(client);
}

static int
set_up(void **state)
{
	memset(&g_plan, 0, sizeof(g_plan));
	g_plan.addr = g_addr;
	return 0;
}

static void
a_configuration_runs_around_the_subsystems(void **state)
{
	g_plan.stops = true;
	g_plan.json = STORE(CALL("store_late") "," CALL("store_both") ",[" CALL(
		"store_early") "," CALL("store_late") "]");
	assert_int_equal(run_here(), 0);
	assert_string_equal(g_events, "both early init late late start fini ");
	assert_int_equal(log_capture_count(SPDK_LOG_ERROR), 0);
	assert_int_not_equal(access(g_addr, F_OK), 0);
}

static void
write_file(const char *text)
{
	FILE *file = fopen(g_file, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
	fclose(file);
	g_plan.json_file = g_file;
}

static void
a_configuration_may_be_a_file(void **state)
{
	g_plan.stops = true;
	write_file("// mine\n" STORE(CALL("store_late")));
	assert_int_equal(run_here(), 0);
	assert_string_equal(g_events, "init late start fini ");
	/* Twice in a process, at the same address. */
	assert_int_equal(run_here(), 0);
	assert_string_equal(g_events, "init late start fini ");
	unlink(g_file);
}

static void
nothing_starts(const char *why)
{
	assert_int_equal(run_here(), 1);
	assert_string_equal(g_events, "");
	assert_true(log_captured(why, "The application 'app_boot_test' does not start", NULL));
	assert_int_equal(log_capture_count(SPDK_LOG_ERROR), 2);
	assert_int_equal(spdk_env_get_core_count(), 0);
	assert_false(core_lock_is_held(0));
	assert_int_not_equal(access(g_addr, F_OK), 0);
}

static void
nothing_starts_with_a_bad_configuration(void **state)
{
	char why[128];

	write_file("{\n\"subsystems\": [\n{\"subsystem\": 1}]}");
	snprintf(why, sizeof(why), "%s:3:15: subsystems[0].subsystem: expected a string, found 1",
		 g_file);
	nothing_starts(why);
	write_file(STORE(CALL("store_late") ",\n{\"method\":\"store_latte\"}"));
	snprintf(why, sizeof(why), "%s:2:11: subsystems[0].config[1].method", g_file);
	nothing_starts(why);
	assert_true(log_captured("Did you mean \"store_late\"?", NULL));
	unlink(g_file);
	nothing_starts("Cannot read the configuration");
	g_plan.json_file = NULL;
	g_plan.json = "nonsense";
	nothing_starts("json_data:1:2: ");
	g_plan.json_file = g_file;
	log_capture_start();
	assert_int_equal(run_app(NULL), 1);
	assert_one_error("json_config_file (-c) and json_data are both set. Set one of them");
	log_capture_stop();
}

static void
a_method_that_fails_ends_the_start(void **state)
{
	g_plan.json = STORE(CALL("store_both") "," CALL("store_refuse") "," CALL("store_late"));
	assert_int_equal(run_here(), -ENOSPC);
	assert_string_equal(g_events, "both init refuse fini ");
	assert_true(log_captured("json_data:1:71: subsystems[0].config[1]: store_refuse failed: it "
				 "is full (-28)",
				 NULL));
	g_plan.ignores_errors = true;
	g_plan.stops = true;
	g_plan.json = STORE(CALL("store_nothing") "," CALL("store_refuse") "," CALL("store_late"));
	assert_int_equal(run_here(), 0);
	assert_string_equal(g_events, "init refuse late start fini ");
	assert_true(log_captured("store_nothing failed", "it is left out",
				 "store_refuse failed: it is full (-28); it is left out", NULL));
}

static void
a_subsystem_that_fails_ends_the_start(void **state)
{
	g_plan.init_rc = -EIO;
	g_plan.json = STORE(CALL("store_early") "," CALL("store_late"));
	assert_int_equal(run_here(), -EIO);
	assert_string_equal(g_events, "early init ");
}

static void
an_application_waits_for_an_rpc(void **state)
{
	struct spdk_jsonrpc_client *client, *waiter;

	g_plan.waits_for_rpc = true;
	g_plan.json = STORE(CALL("store_early") "," CALL("store_late"));
	start_child();
	client = dial();
	waiter = dial();
	assert_int_equal(call(client, "store_both"), 0);
	assert_int_equal(call(client, "store_early"), 0);
	assert_int_equal(call(client, "store_late"), -1);
	assert_non_null(strstr(g_text, "Call framework_start_init first"));
	ask(waiter, "framework_wait_init");
	assert_int_equal(call(client, "framework_start_init"), 0);
	assert_int_equal(answer(waiter), 0);
	assert_int_equal(call(client, "store_late"), 0);
	assert_int_equal(call(client, "store_early"), -1);
	assert_non_null(strstr(g_text, "only before the subsystems are initialised"));
	assert_int_equal(call(client, "framework_start_init"), -1);
	assert_int_equal(call(client, "framework_wait_init"), 0);
	stop_child();
	end_child(0);
	assert_true(child_said(&g_child,
			       "--wait-for-rpc: the subsystems start when framework_start_init is "
			       "called at '",
			       "events: early both early init late start late fini \n", NULL));
	assert_int_equal(answer(waiter), 1);
	spdk_jsonrpc_client_close(client);
	spdk_jsonrpc_client_close(waiter);
}

static void
one_that_starts_by_itself_says_so(void **state)
{
	struct spdk_jsonrpc_client *client;

	start_child();
	client = dial();
	assert_int_equal(call(client, "framework_wait_init"), 0);
	assert_int_equal(call(client, "framework_start_init"), -1);
	assert_non_null(strstr(g_text, "the subsystems are initialised already"));
	stop_child();
	end_child(0);
	spdk_jsonrpc_client_close(client);
}

/* The server is there, but its methods find all of what they need or are not called. */
static void
requests_wait_until_the_application_is_up(void **state)
{
	struct spdk_jsonrpc_client *client;

	g_plan.json = STORE(CALL("store_keep_late"));
	g_plan.fini_us = 500000;
	start_child();
	assert_true(child_says(&g_child, "never answered", SOON_SEC));
	client = dial();
	ask(client, "store_late");
	assert_int_equal(spdk_jsonrpc_client_poll(client, 200), 0);
	stop_child();
	/* Whoever waits is told. */
	assert_int_equal(answer(client), -1);
	assert_string_equal(g_text, "The application is stopping: no method is called any more");
	end_child(0);
	assert_true(child_said(&g_child, "The configuration is not loaded any further",
			       "events: init fini \n", NULL));
	spdk_jsonrpc_client_close(client);
}

static void
who_has_started_a_subsystem_in_vain_is_told(void **state)
{
	struct spdk_jsonrpc_client *client, *waiter;

	g_plan.waits_for_rpc = true;
	g_plan.init_rc = -EIO;
	start_child();
	client = dial();
	waiter = dial();
	assert_int_equal(call(waiter, "store_both"), 0);
	ask(waiter, "framework_wait_init");
	assert_int_equal(call(client, "framework_start_init"), SPDK_JSONRPC_ERROR_INTERNAL_ERROR);
	assert_string_equal(g_text, "The subsystems were not initialised: Input/output error. The "
				    "log of the application says which.");
	assert_int_equal(answer(waiter), SPDK_JSONRPC_ERROR_INTERNAL_ERROR);
	end_child(EIO);
	assert_true(child_said(&g_child, "events: both init \n", NULL));
	spdk_jsonrpc_client_close(client);
	spdk_jsonrpc_client_close(waiter);
}

static struct spdk_jsonrpc_client *
ask_until_refused(void)
{
	struct spdk_jsonrpc_client *client = dial();

	for (int i = 0, answers = 0; i < 100 && answers == 0; i++) {
		ask(client, "framework_wait_init");
		answers = spdk_jsonrpc_client_poll(client, 100);
	}
	assert_int_equal(answer(client), SPDK_JSONRPC_ERROR_INTERNAL_ERROR);
	return client;
}

/* The requests of clients that have gone stay until they are answered. */
static void
no_more_than_a_number_of_requests_wait(void **state)
{
	struct spdk_jsonrpc_client *client;

	g_plan.waits_for_rpc = true;
	start_child();
	for (int i = 0; i < 65; i++) {
		client = dial();
		for (int k = 0; k < 127; k++) {
			ask(client, "framework_wait_init");
		}
		/* Meanwhile they begin, or the last ones are refused. */
		(void)spdk_jsonrpc_client_poll(client, 20);
		spdk_jsonrpc_client_close(client);
	}
	/* Until the server has seen that those have gone. */
	for (int tries = 0;; tries++) {
		usleep(100000);
		client = ask_until_refused();
		if (strstr(g_text, "connections already") == NULL || tries == 100) {
			break;
		}
		spdk_jsonrpc_client_close(client);
	}
	assert_string_equal(g_text,
			    "Too many requests wait for the start already. Ask again later.");
	spdk_jsonrpc_client_close(client);
	client = dial();
	assert_int_equal(call(client, "framework_start_init"), 0);
	assert_int_equal(call(client, "framework_wait_init"), 0);
	stop_child();
	end_child(0);
	spdk_jsonrpc_client_close(client);
}

static void
an_end_while_it_waits_is_told(void **state)
{
	struct spdk_jsonrpc_client *client;

	g_plan.waits_for_rpc = true;
	start_child();
	client = dial();
	assert_int_equal(call(client, "store_both"), 0);
	ask(client, "framework_wait_init");
	assert_int_equal(spdk_jsonrpc_client_poll(client, 200), 0);
	stop_child();
	assert_int_equal(answer(client), SPDK_JSONRPC_ERROR_INTERNAL_ERROR);
	assert_non_null(strstr(g_text, "was told to stop before its subsystems were up"));
	end_child(0);
	assert_true(child_said(&g_child, "events: both \n", NULL));
	spdk_jsonrpc_client_close(client);
}

static void
an_end_while_the_configuration_runs_is_no_crash(void **state)
{
	g_plan.json = STORE(CALL("store_early") "," CALL("store_keep_early"));
	start_child();
	assert_true(child_says(&g_child, "never answered", SOON_SEC));
	stop_child();
	end_child(0);
	assert_true(g_child.seconds < SOON_SEC);
	assert_true(child_said(&g_child, "The configuration is not loaded any further",
			       "events: early \n", NULL));
}

static void
an_end_while_a_subsystem_never_reports_is_told_at_once(void **state)
{
	struct spdk_jsonrpc_client *client;

	g_plan.waits_for_rpc = true;
	g_plan.never_reports = true;
	start_child();
	client = dial();
	ask(client, "framework_start_init");
	assert_int_equal(spdk_jsonrpc_client_poll(client, 300), 0);
	stop_child();
	assert_int_equal(answer(client), SPDK_JSONRPC_ERROR_INTERNAL_ERROR);
	/* The subsystem has its time. */
	end_child(0);
	assert_true(g_child.seconds > 4);
	assert_true(child_said(&g_child, "'store'", "events: init \n", NULL));
	spdk_jsonrpc_client_close(client);
}

static void
no_method_is_called_while_subsystems_end(void **state)
{
	struct spdk_jsonrpc_client *client;

	g_plan.fini_us = 500000;
	start_child();
	client = dial();
	assert_int_equal(call(client, "store_late"), 0);
	stop_child();
	assert_true(child_says(&g_child, "fini begins", SOON_SEC));
	assert_int_equal(call(client, "store_late"), -1);
	assert_string_equal(g_text, "The application is stopping: no method is called any more");
	end_child(0);
	assert_true(child_said(&g_child, "events: init start late fini \n", NULL));
	spdk_jsonrpc_client_close(client);
}

static void
a_request_that_ends_the_application_is_answered(void **state)
{
	static const struct {
		const char *method;
		int status;
	} rows[] = {{"store_kill", 0}, {"store_stop", 7}};
	struct spdk_jsonrpc_client *client;

	for (size_t i = 0; i < 10; i++) {
		start_child();
		client = dial();
		assert_int_equal(call(client, rows[i % 2].method), 0);
		assert_int_equal(answer(client), 1);
		end_child(rows[i % 2].status);
		spdk_jsonrpc_client_close(client);
	}
}

static void
an_address_that_is_held_is_an_error_when_it_was_asked_for(void **state)
{
	struct spdk_rpc_server *holder = spdk_rpc_server_listen(g_addr);
	char served[128];

	assert_non_null(holder);
	g_plan.stops = true;
	assert_int_equal(run_here(), -EADDRINUSE);
	snprintf(served, sizeof(served), "RPC address '%s' is served by process %d (", g_addr,
		 getpid());
	assert_true(log_captured(served, "Take another address (-r)", NULL));
	assert_string_equal(g_events, "");
	assert_int_equal(log_capture_count(SPDK_LOG_ERROR), 1);
	assert_int_equal(access(g_addr, F_OK), 0);
	spdk_rpc_server_close(holder);
}

static void
the_default_address_is_yielded(void **state)
{
	struct spdk_rpc_server *holder = spdk_rpc_server_listen(g_default_rpc_addr);

	assert_non_null(holder);
	g_plan.stops = true;
	g_plan.addr = g_default_rpc_addr;
	assert_int_equal(run_here(), 0);
	assert_string_equal(g_events, "init start fini ");
	assert_int_equal(log_capture_count(SPDK_LOG_ERROR), 0);
	assert_true(log_captured("is served by process", "This process takes no RPCs", NULL));
	assert_int_equal(access(g_default_rpc_addr, F_OK), 0);
	/* Who waits for an RPC needs it. */
	g_plan.waits_for_rpc = true;
	assert_int_equal(run_here(), -EADDRINUSE);
	spdk_rpc_server_close(holder);
	assert_int_not_equal(access(g_default_rpc_addr, F_OK), 0);
	/* Free again, it is taken. */
	g_plan.waits_for_rpc = false;
	assert_int_equal(run_here(), 0);
	assert_false(strstr(g_log_capture.text, "RPC") != NULL);
}

static void
a_server_works_in_interrupt_mode(void **state)
{
	struct spdk_jsonrpc_client *client;

	g_plan.is_interrupt_mode = true;
	start_child();
	client = dial();
	for (int i = 0; i < 5; i++) {
		assert_int_equal(call(client, "store_late"), 0);
		usleep(20000);
	}
	assert_int_equal(call(client, "store_kill"), 0);
	end_child(0);
	spdk_jsonrpc_client_close(client);
}

static void
a_server_that_nobody_asks_costs_nothing(void **state)
{
	struct spdk_jsonrpc_client *client;

	for (int i = 0; i < 2; i++) {
		g_plan.is_interrupt_mode = i == 1;
		start_child();
		client = dial();
		assert_int_equal(call(client, "store_late"), 0);
		usleep(2000000);
		stop_child();
		end_child(0);
		/* A server that is polled all the time would take all of them. */
		if (g_child.cpu_seconds > 0.3) {
			fail_msg("mode %d: %f s of CPU", i, g_child.cpu_seconds);
		}
		spdk_jsonrpc_client_close(client);
	}
}

static int
make_paths(void **state)
{
	int rc = make_lock_folder(state);

	snprintf(g_addr, sizeof(g_addr), "%s/app.sock", g_lock_folder);
	snprintf(g_file, sizeof(g_file), "%s/app.json", g_lock_folder);
	return rc;
}

#define TEST(function) cmocka_unit_test_setup(function, set_up)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_configuration_runs_around_the_subsystems),
		TEST(a_configuration_may_be_a_file),
		TEST(nothing_starts_with_a_bad_configuration),
		TEST(a_method_that_fails_ends_the_start),
		TEST(a_subsystem_that_fails_ends_the_start),
		TEST(an_application_waits_for_an_rpc),
		TEST(one_that_starts_by_itself_says_so),
		TEST(requests_wait_until_the_application_is_up),
		TEST(who_has_started_a_subsystem_in_vain_is_told),
		TEST(no_more_than_a_number_of_requests_wait),
		TEST(an_end_while_it_waits_is_told),
		TEST(an_end_while_the_configuration_runs_is_no_crash),
		TEST(an_end_while_a_subsystem_never_reports_is_told_at_once),
		TEST(no_method_is_called_while_subsystems_end),
		TEST(a_request_that_ends_the_application_is_answered),
		TEST(an_address_that_is_held_is_an_error_when_it_was_asked_for),
		TEST(the_default_address_is_yielded),
		TEST(a_server_works_in_interrupt_mode),
		TEST(a_server_that_nobody_asks_costs_nothing),
	};

	return cmocka_run_group_tests(tests, make_paths, remove_lock_folder);
}
