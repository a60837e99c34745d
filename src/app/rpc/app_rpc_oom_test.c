/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * All methods of this folder: they are there, in the states in which they are allowed, and one
 * allocation that fails, whichever it is, leads to one answer, which is a result or says so.
 */
#include "base/failing_malloc.h"

#include "app/rpc/app_rpc_fixture.h"

#define STARTUP SPDK_RPC_STARTUP
#define RUNTIME SPDK_RPC_RUNTIME
#define BOTH    (STARTUP | RUNTIME)

/* `params` are for the sweep; NULL: none. `part` is in each result, or there is no result. */
static const struct {
	const char *name;
	uint32_t state_mask;
	bool is_swept;
	const char *params;
	const char *part;
} g_methods[] = {
	{"accel_assign_opc", STARTUP, false, NULL},
	{"accel_crypto_key_create", RUNTIME, false, NULL},
	{"accel_crypto_key_destroy", RUNTIME, true, "{\"key_name\": \"none\"}"},
	{"accel_crypto_keys_get", RUNTIME, true, NULL},
	{"accel_get_module_info", RUNTIME, true, NULL, "software"},
	{"accel_get_opc_assignments", RUNTIME, true, NULL, "dix_verify"},
	{"accel_get_stats", RUNTIME, true, NULL, "sequence_executed"},
	{"accel_set_driver", STARTUP, false, NULL},
	{"accel_set_options", STARTUP, false, NULL},
	{"framework_disable_cpumask_locks", BOTH, true, NULL},
	{"framework_enable_cpumask_locks", BOTH, false, NULL},
	{"framework_get_governor", RUNTIME, true, NULL},
	{"framework_get_pci_devices", RUNTIME, true, NULL},
	{"framework_get_reactors", RUNTIME, true, NULL, "app_thread"},
	{"framework_get_scheduler", BOTH, true, NULL},
	{"framework_monitor_context_switch", RUNTIME, true, "{\"enabled\": false}"},
	{"framework_set_scheduler", BOTH, true,
	 "{\"name\": \"dynamic\", \"period\": 0, \"core_limit\": 50}"},
	{"iobuf_get_stats", RUNTIME, true, NULL},
	{"iobuf_set_options", STARTUP, false, NULL},
	{"log_clear_flag", BOTH, true, "{\"flag\": \"reactor\"}"},
	{"log_enable_timestamps", RUNTIME, true, "{\"enabled\": true}"},
	{"log_get_flags", BOTH, true, NULL},
	{"log_get_level", BOTH, true, NULL},
	{"log_get_print_level", BOTH, true, NULL},
	{"log_set_flag", BOTH, true, "{\"flag\": \"no such flag\"}"},
	{"log_set_level", BOTH, true, "{\"level\": \"NOTICE\"}"},
	{"log_set_print_level", BOTH, true, "{\"level\": \"NOTICE\"}"},
	{"notify_get_notifications", RUNTIME, true, NULL},
	{"notify_get_types", RUNTIME, true, NULL},
	{"scheduler_set_options", STARTUP, false, NULL},
	{"spdk_kill_instance", RUNTIME, false, NULL},
	{"spindle_get_scheduler_moves", RUNTIME, true, NULL, "moves_total"},
	{"thread_get_io_channels", RUNTIME, true, NULL, "app_thread"},
	{"thread_get_pollers", RUNTIME, true, NULL, "app_thread"},
	{"thread_get_stats", RUNTIME, true, NULL, "app_thread"},
	{"thread_set_cpumask", RUNTIME, true, "{\"id\": 1, \"cpumask\": \"0x1\"}"},
	{"trace_clear", RUNTIME, true, NULL},
	{"trace_clear_tpoint_mask", BOTH, true, "{\"name\": \"thread\", \"tpoint_mask\": 1}"},
	{"trace_disable_tpoint_group", BOTH, true, "{\"name\": \"thread\"}"},
	{"trace_enable_tpoint_group", BOTH, true, "{\"name\": \"thread\"}"},
	{"trace_get_info", BOTH, true, NULL},
	{"trace_get_tpoint_group_mask", BOTH, true, NULL},
	{"trace_set_tpoint_mask", BOTH, true, "{\"name\": \"thread\", \"tpoint_mask\": 1}"},
};

static void
each_method_is_there_in_its_states_and_described(void **state)
{
	const struct spindle_rpc_method *method;
	uint32_t mask;
	size_t i, j;

	for (i = 0; i < SPDK_COUNTOF(g_methods); i++) {
		assert_int_equal(spdk_rpc_get_method_state_mask(g_methods[i].name, &mask), 0);
		if (mask != g_methods[i].state_mask) {
			fail_msg("%s: states %u, expected %u", g_methods[i].name, mask,
				 g_methods[i].state_mask);
		}
		method = rpc_find(g_methods[i].name);
		assert_non_null(method->summary);
		for (j = 0; method->params != NULL && j < method->params->members_count; j++) {
			assert_non_null(method->params->members[j].doc);
		}
	}
}

#ifndef HAS_OWN_ALLOCATOR

static long g_allowed;
static bool g_has_failed;

static void
answered(void *arg, const struct jsonrpc_local_reply *reply)
{
	g_has_failed = t_allocations_left < 0;
	t_allocations_left = -1;
	g_test.answers++;
	g_test.error_code = reply->error_code;
	g_test.text = reply->text != NULL ? strdup(reply->text) : NULL;
	sem_post(&g_test.done);
}

static void
send_starved(void *arg)
{
	struct jsonrpc_local_call local_call = {
		.handle_fn = rpc_handle,
		.method = &g_test.method,
		.params = g_test.has_params ? g_test.params : NULL,
		.done_fn = answered,
	};

	t_allocations_left = g_allowed;
	if (jsonrpc_call_local(&local_call) != 0) {
		/* There was no request to be answered. */
		g_has_failed = true;
		t_allocations_left = -1;
		g_test.answers = 1;
		sem_post(&g_test.done);
	}
}

/* Whether it is an answer to the question, or an error. */
static void
check_answer(const char *method, const char *part)
{
	if (g_test.text != NULL && part != NULL && strstr(g_test.text, part) == NULL) {
		fail_msg("%s has lost '%s': %s", method, part, g_test.text);
	}
}

static void
any_allocation_that_fails_leads_to_one_answer(void **state)
{
	size_t i;

	log_capture_start();
	for (i = 0; i < SPDK_COUNTOF(g_methods); i++) {
		if (!g_methods[i].is_swept) {
			continue;
		}
		g_allowed = 0;
		do {
			app_prepare_call(g_methods[i].name, g_methods[i].params);
			assert_int_equal(
				spdk_thread_send_msg(g_test.app_thread, send_starved, NULL), 0);
			app_wait(&g_test.done);
			assert_int_equal(g_test.answers, 1);
			check_answer(g_methods[i].name, g_methods[i].part);
			g_allowed++;
			assert_true(g_allowed < 10000);
		} while (g_has_failed);
	}
	log_capture_stop();
}

#else

static void
any_allocation_that_fails_leads_to_one_answer(void **state)
{
	skip();
}

#endif

static int
start(void **state)
{
	app_up("0x3");
	app_init();
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_method_is_there_in_its_states_and_described),
		cmocka_unit_test(any_allocation_that_fails_leads_to_one_answer),
	};

	return cmocka_run_group_tests(tests, start, app_tear_down);
}
