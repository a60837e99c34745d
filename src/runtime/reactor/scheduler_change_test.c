/* SPDX-License-Identifier: BSD-3-Clause */
/* Schedulers that come and go: what is chosen, changed from elsewhere, or ended between rounds. */
#include "runtime/reactor/scheduler_fixture.h"

#include <malloc.h>
#include <semaphore.h>
#include <stdatomic.h>

static struct spdk_poller *g_poller;

/* ---- Choosing one ---- */

static int
broken_init(void)
{
	return -ENODEV;
}

static struct spdk_scheduler g_broken = {
	.name = "broken",
	.init = broken_init,
	.balance = observer_balance,
};
SPDK_SCHEDULER_REGISTER(g_broken)

static void
choose(void *arg)
{
	set_observer(0);
	log_capture_clear();
	assert_int_equal(spdk_scheduler_set("nonesuch"), -EINVAL);
	assert_true(log_captured("'nonesuch'", "observer", "broken", NULL));
	assert_ptr_equal(spdk_scheduler_get(), &g_observer);
	assert_int_equal(g_deinits, 0);
	log_capture_clear();
	assert_int_equal(spdk_scheduler_set("broken"), -ENODEV);
	assert_one_error("'broken' failed to start");
	assert_ptr_equal(spdk_scheduler_get(), &g_observer);
	assert_int_equal(g_inits, 2);
	/* The same again is no change. */
	assert_int_equal(spdk_scheduler_set("observer"), 0);
	assert_int_equal(g_inits, 2);
	assert_int_equal(g_deinits, 1);
	spdk_reactors_stop(NULL);
}

static void
a_scheduler_that_cannot_start_leaves_the_one_before(void **state)
{
	reactors_run_once("0x1", choose, NULL);
	assert_int_equal(g_deinits, g_inits);
}

/* ---- Changes from elsewhere ---- */

#define CHANGES_MAX     2000
#define CHANGES_A_ROUND 200

static struct {
	_Atomic bool is_up;
	_Atomic bool is_balancing;
	_Atomic uint32_t rounds;
	_Atomic uint32_t overlaps;
	uint32_t changes;
} g_slow;

static int
slow_init(void)
{
	g_slow.overlaps += g_slow.is_balancing;
	g_slow.is_up = true;
	return 0;
}

static void
slow_deinit(void)
{
	g_slow.overlaps += g_slow.is_balancing;
	g_slow.is_up = false;
}

static void
slow_balance(struct spdk_scheduler_core_info *cores, uint32_t count)
{
	g_slow.overlaps += !g_slow.is_up;
	g_slow.is_balancing = true;
	spdk_delay_us(20);
	g_slow.is_balancing = false;
	g_slow.overlaps += !g_slow.is_up;
	g_slow.rounds++;
}

static struct spdk_scheduler g_slow_scheduler = {
	.name = "slow",
	.init = slow_init,
	.deinit = slow_deinit,
	.balance = slow_balance,
};
SPDK_SCHEDULER_REGISTER(g_slow_scheduler)

static int
change_again(void *arg)
{
	/* The lock is not fair: who sets schedulers all the time may leave rounds no gap. */
	if (g_slow.changes % 2 == 1 && g_slow.changes >= CHANGES_A_ROUND * (g_slow.rounds + 1)) {
		return SPDK_POLLER_IDLE;
	}
	assert_int_equal(spdk_scheduler_set(g_slow.changes % 2 == 0 ? "slow" : "observer"), 0);
	/* Until a round met a change, and for some more. */
	if (++g_slow.changes >= CHANGES_MAX && g_slow.rounds >= 10) {
		spdk_poller_unregister(&g_poller);
		spdk_reactors_stop(NULL);
	}
	return SPDK_POLLER_BUSY;
}

static void
change_beside_rounds(void *arg)
{
	spdk_scheduler_set_period(1);
	assert_true(spdk_scheduler_set_scheduling_lcore(1));
	g_poller = SPDK_POLLER_REGISTER(change_again, NULL, 0);
}

static void
schedulers_change_while_the_scheduling_reactor_is_another(void **state)
{
	reactors_run_once("0x3", change_beside_rounds, NULL);
	assert_int_equal(g_slow.overlaps, 0);
	assert_int_equal(g_inits, g_deinits);
}

static sem_t g_is_held, g_may_go;

static void
hold_reactor(void *arg1, void *arg2)
{
	sem_post(&g_is_held);
	sem_wait(&g_may_go);
}

static void
change_beside_held_reactor(void *arg)
{
	size_t used;

	assert_true(spdk_scheduler_set_scheduling_lcore(1));
	spdk_event_call(spdk_event_allocate(1, hold_reactor, NULL, NULL));
	sem_wait(&g_is_held);
	used = mallinfo2().uordblks;
	for (uint32_t i = 0; i < 10000; i++) {
		spdk_scheduler_set_period(i);
	}
	assert_true(mallinfo2().uordblks - used < 64 * 1024);
	g_observed.then = stop_after_ten_rounds;
	set_observer(1000);
	sem_post(&g_may_go);
}

static void
changes_that_a_reactor_has_not_heard_of_do_not_pile_up(void **state)
{
	sem_init(&g_is_held, 0, 0);
	sem_init(&g_may_go, 0, 0);
	reactors_run_once("0x3", change_beside_held_reactor, NULL);
	assert_int_equal(g_observed.rounds, 10);
	assert_int_equal(g_observed.ran_on, 1);
}

static void
give_up(void)
{
	assert_int_equal(spdk_scheduler_set(NULL), 0);
	spdk_reactors_stop(NULL);
}

static void
observe_until_it_gives_up(void *arg)
{
	g_observed.then = give_up;
	set_observer(1000);
}

static void
a_scheduler_may_take_itself_away(void **state)
{
	reactors_run_once("0x3", observe_until_it_gives_up, NULL);
	assert_int_equal(g_observed.rounds, 1);
	assert_int_equal(g_deinits, 1);
}

/* ---- The end ---- */

static void
stop_now(void *arg)
{
	spdk_reactors_stop(NULL);
}

static void
take_part_in_end(void)
{
	/* The app thread stops while this round is in the middle. */
	if (g_observed.rounds == 3) {
		(void)spdk_thread_send_msg(spdk_thread_get_app_thread(), stop_now, NULL);
		(void)spdk_scheduler_set_scheduling_lcore(1);
	}
}

static void
observe_until_stopped(void *arg)
{
	g_observed.then = take_part_in_end;
	set_observer(1);
}

static void
reactors_stop_in_the_middle_of_rounds(void **state)
{
	uint32_t i;

	for (i = 0; i < 50; i++) {
		(void)scheduler_setup(state);
		reactors_up("0x7");
		reactors_go(observe_until_stopped, NULL);
		assert_false(g_scheduling_in_progress);
		assert_true(g_observed.rounds >= 3);
		reactors_down();
	}
}

static int
stop_once_a_round_has_begun(void *arg)
{
	if (!g_scheduling_in_progress) {
		return SPDK_POLLER_IDLE;
	}
	spdk_poller_unregister(&g_poller);
	spdk_reactors_stop(NULL);
	(void)spdk_thread_send_msg(spdk_thread_get_by_id(g_observed.subject_id), let_go, NULL);
	return SPDK_POLLER_BUSY;
}

static void
stop_beside_slow_core(void *arg)
{
	g_poller = SPDK_POLLER_REGISTER(stop_once_a_round_has_begun, NULL, 0);
	observe_subject(compute_for_ever);
}

static void
a_round_that_has_begun_when_they_stop_ends_without_effect(void **state)
{
	reactors_up("0xb");
	reactors_go(stop_beside_slow_core, NULL);
	assert_int_equal(g_observed.rounds, 0);
	assert_false(g_scheduling_in_progress);
	reactors_down();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SCHEDULER_TEST(a_scheduler_that_cannot_start_leaves_the_one_before),
		SCHEDULER_TEST(schedulers_change_while_the_scheduling_reactor_is_another),
		SCHEDULER_TEST(changes_that_a_reactor_has_not_heard_of_do_not_pile_up),
		SCHEDULER_TEST(a_scheduler_may_take_itself_away),
		SCHEDULER_TEST(a_round_that_has_begun_when_they_stop_ends_without_effect),
		SCHEDULER_TEST(reactors_stop_in_the_middle_of_rounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
