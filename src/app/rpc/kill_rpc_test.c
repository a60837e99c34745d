/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The method that sends a signal.
 */
#include "app/rpc/app_rpc_fixture.h"

static sem_t g_signalled;

static void
note_signal(int number)
{
	sem_post(&g_signalled);
}

static void
the_process_is_sent_the_signal(void **state)
{
	struct sigaction action = {.sa_handler = note_signal}, before;

	sem_init(&g_signalled, 0, 0);
	assert_int_equal(sigaction(SIGUSR1, &action, &before), 0);
	expect("spdk_kill_instance", "{\"sig_name\": \"SIGUSR1\"}", "true");
	app_wait(&g_signalled);
	assert_int_equal(sigaction(SIGUSR1, &before, NULL), 0);
	sem_destroy(&g_signalled);
	expect_error("spdk_kill_instance", "{\"sig_name\": \"SIGSTOP\"}",
		     SPDK_JSONRPC_ERROR_INVALID_PARAMS, "SIGSTOP", "SIGINT", "SIGKILL", NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_process_is_sent_the_signal),
	};

	return cmocka_run_group_tests(tests, app_set_up, app_tear_down);
}
