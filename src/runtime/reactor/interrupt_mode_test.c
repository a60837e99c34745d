/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Reactors in interrupt mode. The mode is the process's for good, so the first test is the only one
 * without it.
 */
#include "base/log_capture.h"
#include "runtime/reactor/reactor_fixture.h"

#include <stdatomic.h>

#define LOOK_US 100000

/* What the poller on core 1 was told, and how often it was called. */
static char g_told[16];
static _Atomic uint32_t g_polls;
static struct spdk_thread *g_driven;
static struct spdk_poller *g_driven_poller;
static struct spdk_poller *g_poller;
static uint32_t g_callbacks;
static uint32_t g_changes;
static uint32_t g_step;

static int
setup(void **state)
{
	memset(g_told, 0, sizeof(g_told));
	g_polls = 0;
	g_callbacks = g_changes = g_step = 0;
	log_capture_start();
	return 0;
}

static int
teardown(void **state)
{
	log_capture_stop();
	return 0;
}

static void
never(void *cb_arg1, void *cb_arg2)
{
	fail();
}

/* ---- Errors ---- */

static void
ask_without_the_mode(void *arg)
{
	assert_false(spdk_reactor_get(0)->in_interrupt);
	assert_int_equal(spdk_reactor_set_interrupt_mode(0, true, never, NULL), -ENOTSUP);
	assert_one_error("spdk_interrupt_mode_enable()");
	spdk_reactors_stop(NULL);
}

static void
a_process_without_the_mode_cannot_have_it(void **state)
{
	reactors_run_once("0x1", ask_without_the_mode, NULL);
	assert_int_equal(spdk_interrupt_mode_enable(), 0);
}

static void
ask_elsewhere(void *arg)
{
	assert_int_equal(spdk_reactor_set_interrupt_mode(0, false, never, NULL), -EPERM);
	assert_one_error("must be called on the app thread");
	spdk_thread_exit(spdk_get_thread());
	spdk_reactors_stop(NULL);
}

static void
ask_wrongly(void *arg)
{
	assert_int_equal(spdk_reactor_set_interrupt_mode(2, false, never, NULL), -EINVAL);
	assert_one_error("core 2 has no reactor");
	assert_int_equal(spdk_reactor_set_interrupt_mode(0, false, NULL, NULL), -EINVAL);
	assert_one_error("the callback is NULL");
	assert_int_equal(spdk_thread_send_msg(thread_on("other", "0x2"), ask_elsewhere, NULL), 0);
}

static void
what_is_wrong_with_a_call_is_explained(void **state)
{
	reactors_run_once("0x3", ask_wrongly, NULL);
}

/* ---- There and back ---- */

static int
count_poll(void *arg)
{
	g_polls++;
	return SPDK_POLLER_IDLE;
}

static void
note_told(struct spdk_poller *poller, void *arg, bool interrupt)
{
	size_t used = strlen(g_told);

	assert_ptr_equal(spdk_get_thread(), g_driven);
	snprintf(g_told + used, sizeof(g_told) - used, "%s", interrupt ? "i" : "p");
}

static void
start_driven(void *arg)
{
	g_driven_poller = SPDK_POLLER_REGISTER(count_poll, NULL, 0);
	spdk_poller_register_interrupt(g_driven_poller, note_told, NULL);
}

static void
stop_driven(void *arg)
{
	spdk_poller_unregister(&g_driven_poller);
	spdk_thread_exit(spdk_get_thread());
}

static void
make_driven(void)
{
	g_driven = thread_on("driven", "0x2");
	assert_int_equal(spdk_thread_send_msg(g_driven, start_driven, NULL), 0);
}

static void
end(void)
{
	assert_int_equal(spdk_thread_send_msg(g_driven, stop_driven, NULL), 0);
	spdk_reactors_stop(NULL);
}

static void
note_changed(void *cb_arg1, void *cb_arg2)
{
	assert_true(spdk_thread_is_app_thread(NULL));
	assert_ptr_equal(cb_arg1, &g_callbacks);
	assert_null(cb_arg2);
	g_callbacks++;
}

static void
set_mode(bool in_interrupt)
{
	assert_int_equal(
		spdk_reactor_set_interrupt_mode(1, in_interrupt, note_changed, &g_callbacks), 0);
	assert_int_equal(spdk_reactor_set_interrupt_mode(1, in_interrupt, never, NULL), -EBUSY);
	g_changes++;
}

/*
 * One step each LOOK_US, on the app thread: long enough for a poller that is polled, and should not
 * be, to show.
 */
static int
go_there_and_back(void *arg)
{
	uint32_t polls;

	/* Of 100 ms, a busy machine may give core 1 none. */
	if (g_callbacks < g_changes || (g_step == 1 && g_polls < 10)) {
		return SPDK_POLLER_IDLE;
	}
	polls = atomic_exchange(&g_polls, 0);
	switch (g_step++) {
	case 0:
		assert_int_equal(polls, 0);
		set_mode(false);
		break;
	case 1:
		set_mode(true);
		break;
	case 2:
		/* What was polled before the change. */
		break;
	case 3:
		assert_int_equal(polls, 0);
		assert_int_equal(g_callbacks, 2);
		spdk_poller_unregister(&g_poller);
		end();
		break;
	default:
		fail();
	}
	return SPDK_POLLER_BUSY;
}

static void
start_there_and_back(void *arg)
{
	assert_true(spdk_reactor_get(0)->in_interrupt);
	make_driven();
	g_poller = SPDK_POLLER_REGISTER(go_there_and_back, NULL, LOOK_US);
}

static void
a_reactor_is_brought_out_of_the_mode_and_back(void **state)
{
	reactors_run_once("0x3", start_there_and_back, NULL);
	assert_int_equal(g_step, 4);
	assert_string_equal(g_told, "ipi");
	assert_int_equal(log_capture_count(SPDK_LOG_ERROR), 0);
}

/* ---- Threads that come later ---- */

static int
look_at_late(void *arg)
{
	if (g_polls < 10) {
		return SPDK_POLLER_IDLE;
	}
	spdk_poller_unregister(&g_poller);
	end();
	return SPDK_POLLER_BUSY;
}

static void
make_late(void *cb_arg1, void *cb_arg2)
{
	make_driven();
	g_poller = SPDK_POLLER_REGISTER(look_at_late, NULL, LOOK_US);
}

static void
leave_then_make(void *arg)
{
	assert_int_equal(spdk_reactor_set_interrupt_mode(1, false, make_late, NULL), 0);
}

static void
a_new_thread_is_in_the_mode_of_its_reactor(void **state)
{
	reactors_run_once("0x3", leave_then_make, NULL);
	assert_string_equal(g_told, "");
}

/* ---- By a scheduler ---- */

static void
wake_core_1(struct spdk_scheduler_core_info *cores, uint32_t count)
{
	assert_true(cores[0].interrupt_mode);
	cores[1].interrupt_mode = false;
}

static struct spdk_scheduler g_waker = {.name = "waker", .balance = wake_core_1};
SPDK_SCHEDULER_REGISTER(g_waker)

static void
note_modes(void *arg1, void *arg2)
{
	bool *modes = arg1;

	modes[spdk_env_get_current_core()] =
		spdk_reactor_get(spdk_env_get_current_core())->in_interrupt;
}

static void
stop_noted(void *arg1, void *arg2)
{
	spdk_reactors_stop(NULL);
}

static int
look_at_modes(void *arg)
{
	if (g_polls < 10) {
		return SPDK_POLLER_IDLE;
	}
	spdk_poller_unregister(&g_poller);
	assert_int_equal(spdk_thread_send_msg(g_driven, stop_driven, NULL), 0);
	spdk_for_each_reactor(note_modes, arg, NULL, stop_noted);
	return SPDK_POLLER_BUSY;
}

static void
schedule(void *arg)
{
	make_driven();
	assert_int_equal(spdk_scheduler_set("waker"), 0);
	spdk_scheduler_set_period(1000);
	g_poller = SPDK_POLLER_REGISTER(look_at_modes, arg, 10000);
}

static void
a_scheduler_says_which_reactors_are_in_the_mode(void **state)
{
	bool modes[2] = {false, true};

	reactors_run_once("0x3", schedule, modes);
	assert_true(modes[0]);
	assert_false(modes[1]);
	assert_string_equal(g_told, "ip");
}

/* ---- The end ---- */

static void
change_and_stop(void *arg)
{
	assert_int_equal(spdk_reactor_set_interrupt_mode(1, false, note_changed, &g_callbacks), 0);
	spdk_reactors_stop(NULL);
	spdk_thread_exit(spdk_get_thread());
}

static void
a_change_that_the_end_overtakes_does_no_harm(void **state)
{
	uint32_t i;

	for (i = 0; i < 20; i++) {
		g_callbacks = 0;
		reactors_run_once("0x3", change_and_stop, NULL);
		assert_in_range(g_callbacks, 0, 1);
	}
}

#define MODE_TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		MODE_TEST(a_process_without_the_mode_cannot_have_it),
		MODE_TEST(what_is_wrong_with_a_call_is_explained),
		MODE_TEST(a_reactor_is_brought_out_of_the_mode_and_back),
		MODE_TEST(a_new_thread_is_in_the_mode_of_its_reactor),
		MODE_TEST(a_scheduler_says_which_reactors_are_in_the_mode),
		MODE_TEST(a_change_that_the_end_overtakes_does_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
