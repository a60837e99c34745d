/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How long reactors look for work before they sleep: by what they have learnt, and by what threads
 * ask for. The reactors run beside the test, which looks at core 1 from outside. Times are long, so
 * that a machine that is busy with other things does not matter: what counts is their order.
 */
#include "base/log_capture.h"
#include "runtime/reactor/beside_fixture.h"
#include "spindle/reactor.h"
#include "spindle/thread.h"

#define OBSERVE_US 60000

static struct spdk_thread *g_subject;
static struct spdk_poller *g_poller;

static void
set_spin_us(uint32_t spin_us)
{
	struct spindle_rest_opts opts = {.size = sizeof(opts), .spin_us = spin_us};

	spindle_reactors_set_rest(&opts);
}

/* ---- What a reactor has done ---- */

struct look {
	uint64_t idle;
	uint64_t asleep;
	uint64_t sleeps;
};

static void
take_look(void *arg1, void *arg2)
{
	struct reactor_rest rest;
	struct look *look = arg1;

	reactors_get_own_rest(&rest);
	look->idle = spdk_reactor_get(spdk_env_get_current_core())->idle_tsc;
	look->asleep = rest.asleep;
	look->sleeps = rest.sleeps;
}

static void
look_and_tell(void *arg1, void *arg2)
{
	take_look(arg1, NULL);
	sem_post(&g_beside.done);
}

static struct look
look_at(uint32_t core)
{
	struct look look;

	spdk_event_call(spdk_event_allocate(core, look_and_tell, &look, NULL));
	beside_wait();
	return look;
}

static struct look
minus(struct look after, struct look before)
{
	after.idle -= before.idle;
	after.asleep -= before.asleep;
	after.sleeps -= before.sleeps;
	return after;
}

/* While nobody asks. The sleep that the second look ends is counted. */
static struct look
observe(uint32_t core)
{
	struct look before = look_at(core);

	usleep(OBSERVE_US);
	return minus(look_at(core), before);
}

static void
assert_awake(uint32_t core)
{
	assert_int_equal(observe(core).sleeps, 0);
}

static void
assert_asleep(uint32_t core)
{
	struct look look;
	uint32_t tries = 0;

	/* It may have been late to sleep, for want of a CPU. */
	do {
		look = observe(core);
	} while (look.asleep < look.idle / 2 && ++tries < 20);
	assert_true(look.sleeps > 0);
	assert_true(look.asleep >= look.idle / 2);
	assert_true(look.asleep <= look.idle);
}

/* ---- Work with gaps between ---- */

#define GAPS 60

static struct look g_looks[GAPS + 1];
static uint32_t g_look_count;

static int
work(void *arg)
{
	take_look(&g_looks[g_look_count++], NULL);
	if (g_look_count == GAPS + 1) {
		spdk_poller_unregister(&g_poller);
		sem_post(&g_beside.done);
	}
	return SPDK_POLLER_BUSY;
}

static void
begin_work(void *arg)
{
	g_look_count = 0;
	g_poller = SPDK_POLLER_REGISTER(work, NULL, (uint64_t)(uintptr_t)arg);
}

/* Work on core 1 with a gap of `gap_us` each time. */
static void
work_with_gaps(uint64_t gap_us)
{
	assert_int_equal(spdk_thread_send_msg(g_subject, begin_work, (void *)(uintptr_t)gap_us), 0);
	beside_wait();
}

static int
compare(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

	return a < b ? -1 : a > b;
}

/* How long it was looked for work in the middle one of the last two thirds, in us. */
static uint64_t
median_spin_us(void)
{
	uint64_t spins[GAPS];
	struct look look;
	uint32_t i, count = 0;

	for (i = GAPS / 3; i < GAPS; i++) {
		look = minus(g_looks[i + 1], g_looks[i]);
		spins[count++] = look.idle - spdk_min(look.idle, look.asleep);
	}
	qsort(spins, count, sizeof(spins[0]), compare);
	return spins[count / 2] * SPDK_SEC_TO_USEC / spdk_get_ticks_hz();
}

static uint64_t
sleeps_in_the_end(void)
{
	return g_looks[GAPS].sleeps - g_looks[GAPS / 3].sleeps;
}

#define TRIES 5

/*
 * Core 1 sleeps in gaps of 10 ms, once it has looked for work for `min_us` to `max_us`. While the
 * machine is busy with other things, each try may be off.
 */
static void
assert_spins(uint64_t min_us, uint64_t max_us)
{
	uint64_t spin_us, sleeps;
	uint32_t tries = 0;

	do {
		work_with_gaps(10000);
		spin_us = median_spin_us();
		sleeps = sleeps_in_the_end();
	} while ((spin_us < min_us || spin_us > max_us || sleeps < GAPS / 2) && ++tries < TRIES);
	assert_in_range(spin_us, min_us, max_us);
	assert_true(sleeps >= GAPS / 2);
}

/* It seldom sleeps in gaps that are so short. */
static void
assert_seldom_sleeps(uint64_t gap_us)
{
	uint32_t tries = 0;

	do {
		work_with_gaps(gap_us);
	} while (sleeps_in_the_end() > GAPS / 4 && ++tries < TRIES);
	assert_in_range(sleeps_in_the_end(), 0, GAPS / 4);
}

static void
make_subject(void)
{
	g_subject = thread_on("subject", "0x2");
}

static void
nothing(void *arg)
{
}

static void
with_work_in_every_spin_time_there_is_no_sleep(void **state)
{
	struct look before;
	uint32_t i;

	set_spin_us(10000000);
	make_subject();
	beside_run(g_subject, nothing, NULL);
	before = look_at(1);
	for (i = 0; i < 300; i++) {
		usleep(i % 3 * 300);
		beside_run(g_subject, nothing, NULL);
	}
	assert_int_equal(minus(look_at(1), before).sleeps, 0);
	/* It would sleep, if it were allowed to. */
	set_spin_us(0);
	before = look_at(1);
	for (i = 0; i < 300; i++) {
		usleep(300);
		beside_run(g_subject, nothing, NULL);
	}
	assert_true(minus(look_at(1), before).sleeps > 100);
}

static void
gaps_beyond_the_bound_are_not_looked_for_until_they_are_short_again(void **state)
{
	set_spin_us(4000);
	make_subject();
	assert_spins(0, 1000);
	assert_seldom_sleeps(1500);
	assert_spins(0, 1000);
}

/* ---- What threads ask for ---- */

static void
ask(void *arg)
{
	assert_int_equal(spindle_thread_set_rest(spdk_get_thread(), (uint32_t)(uintptr_t)arg), 0);
}

static void
ask_for(uint32_t spin_us)
{
	beside_run(g_subject, ask, (void *)(uintptr_t)spin_us);
}

static void
a_thread_keeps_its_reactor_awake_and_lets_it_sleep_again(void **state)
{
	set_spin_us(50);
	make_subject();
	assert_asleep(1);
	ask_for(SPINDLE_REST_NEVER);
	assert_awake(1);
	assert_asleep(0);
	ask_for(SPINDLE_REST_USUAL);
	assert_asleep(1);
}

static void
a_thread_has_as_long_as_it_asks_for_looked_in_each_gap(void **state)
{
	set_spin_us(0);
	make_subject();
	ask_for(3000);
	assert_spins(2900, 6000);
	ask_for(0);
	assert_spins(0, 1000);
}

static void
the_most_eager_thread_is_heeded(void **state)
{
	struct spdk_thread *other = thread_on("other", "0x2");

	set_spin_us(0);
	make_subject();
	beside_run(other, ask, (void *)UINT64_C(1000));
	ask_for(10000000);
	assert_awake(1);
	ask_for(2000);
	assert_asleep(1);
	assert_spins(1900, 6000);
}

static void
who_has_not_asked_has_what_is_usual(void **state)
{
	/* So long that it would be awake. */
	set_spin_us(10000000);
	make_subject();
	ask_for(0);
	assert_asleep(1);
	beside_run(thread_on("other", "0x2"), nothing, NULL);
	assert_awake(1);
}

static void
a_reactor_where_nobody_lives_does_what_is_usual(void **state)
{
	set_spin_us(10000000);
	assert_awake(1);
	set_spin_us(50);
	assert_asleep(1);
}

static void
exit_thread(void *arg)
{
	spdk_thread_exit(spdk_get_thread());
}

static void
move_to_core_0(void *arg)
{
	struct spdk_cpuset cpumask;

	assert_int_equal(spdk_cpuset_parse(&cpumask, "0x1"), 0);
	assert_int_equal(spdk_thread_set_cpumask(&cpumask), 0);
}

static void
a_wish_goes_with_its_thread_and_ends_with_it(void **state)
{
	set_spin_us(50);
	make_subject();
	ask_for(SPINDLE_REST_NEVER);
	assert_awake(1);
	beside_run(g_subject, move_to_core_0, NULL);
	assert_awake(0);
	assert_asleep(1);
	beside_run(g_subject, exit_thread, NULL);
	assert_asleep(0);
}

static void
ask_for_another(void *arg)
{
	log_capture_start();
	*(int *)arg = spindle_thread_set_rest(g_subject, SPINDLE_REST_NEVER);
	log_capture_stop();
}

static void
only_the_thread_itself_may_ask(void **state)
{
	int rc;

	set_spin_us(50);
	make_subject();
	beside_run(g_beside.app_thread, ask_for_another, &rc);
	assert_int_equal(rc, -EPERM);
	assert_int_equal(log_capture_count(SPDK_LOG_ERROR), 1);
	assert_asleep(1);
}

/* ---- What is told ---- */

static void
what_a_reactor_does_is_told_from_outside(void **state)
{
	uint32_t i;

	set_spin_us(50);
	make_subject();
	for (i = 0; reactors_get_state(1) != REACTOR_ASLEEP && i < 1000; i++) {
		usleep(1000);
	}
	assert_int_equal(reactors_get_state(1), REACTOR_ASLEEP);
	ask_for(SPINDLE_REST_NEVER);
	for (i = 0; reactors_get_state(1) != REACTOR_IDLE && i < 1000; i++) {
		usleep(1000);
	}
	assert_int_equal(reactors_get_state(1), REACTOR_IDLE);
}

#define SPIN_TEST(fn) cmocka_unit_test_setup_teardown(fn, beside_up, beside_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SPIN_TEST(with_work_in_every_spin_time_there_is_no_sleep),
		SPIN_TEST(gaps_beyond_the_bound_are_not_looked_for_until_they_are_short_again),
		SPIN_TEST(a_thread_keeps_its_reactor_awake_and_lets_it_sleep_again),
		SPIN_TEST(a_thread_has_as_long_as_it_asks_for_looked_in_each_gap),
		SPIN_TEST(the_most_eager_thread_is_heeded),
		SPIN_TEST(who_has_not_asked_has_what_is_usual),
		SPIN_TEST(a_reactor_where_nobody_lives_does_what_is_usual),
		SPIN_TEST(a_wish_goes_with_its_thread_and_ends_with_it),
		SPIN_TEST(only_the_thread_itself_may_ask),
		SPIN_TEST(what_a_reactor_does_is_told_from_outside),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
