/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * When pollers run, in which order, and what they may do to each other meanwhile.
 *
 * Periods of an hour and polls with a given `now` keep the real clock out of it.
 */
#include "runtime/thread/thread_fixture.h"
#include "spdk_internal/thread.h"

#define HOUR_US UINT64_C(3600000000)

/* A poller that leaves its letter and then does `act` to `other`. */
struct actor {
	char letter;
	int rc;
	struct spdk_poller *poller;
	struct actor *other;
	void (*act)(struct actor *self);
};

static int
act(void *arg)
{
	struct actor *actor = arg;

	trace_add(actor->letter);
	if (actor->act != NULL) {
		actor->act(actor);
	}
	return actor->rc;
}

static void
start(struct actor *actor, char letter, uint64_t period_us)
{
	actor->letter = letter;
	actor->poller = spdk_poller_register(act, actor, period_us);
	assert_non_null(actor->poller);
}

static void
unregister_other(struct actor *self)
{
	spdk_poller_unregister(&self->other->poller);
	assert_null(self->other->poller);
}

static void
unregister_self(struct actor *self)
{
	spdk_poller_unregister(&self->poller);
	assert_null(self->poller);
}

static void
pause_self(struct actor *self)
{
	spdk_poller_pause(self->poller);
}

static void
pause_other(struct actor *self)
{
	spdk_poller_pause(self->other->poller);
}

static void
pause_and_resume_self(struct actor *self)
{
	spdk_poller_pause(self->poller);
	spdk_poller_resume(self->poller);
}

static void
start_other(struct actor *self)
{
	if (self->other->poller == NULL) {
		start(self->other, self->other->letter, 0);
	}
}

static void
start_other_in_an_hour(struct actor *self)
{
	if (self->other->poller == NULL) {
		start(self->other, self->other->letter, HOUR_US);
	}
}

static struct spdk_thread *g_thread;

static int
open_thread(void **state)
{
	int rc = open_library(state);

	if (rc == 0) {
		g_thread = make_thread("turned");
		spdk_set_thread(g_thread);
		trace_clear();
	}
	return rc;
}

static int
close_thread(void **state)
{
	spdk_set_thread(g_thread);
	end_thread(g_thread);
	return close_library(state);
}

#define POLLER_TEST(name) cmocka_unit_test_setup_teardown(name, open_thread, close_thread)

static int
turn(uint64_t now)
{
	return spdk_thread_poll(g_thread, 0, now);
}

static void
stop(struct actor *actors, int count)
{
	int i;

	for (i = 0; i < count; i++) {
		spdk_poller_unregister(&actors[i].poller);
	}
}

/* ---- Active pollers ---- */

static void
active_pollers_run_once_a_round_newest_first(void **state)
{
	struct actor actors[12] = {0};
	int i;

	for (i = 0; i < 12; i++) {
		start(&actors[i], (char)('a' + i), 0);
	}
	turn(0);
	assert_trace("lkjihgfedcba");
	turn(0);
	assert_trace("lkjihgfedcba");
	spdk_poller_unregister(&actors[5].poller);
	turn(0);
	assert_trace("lkjihgedcba");
	start(&actors[5], 'F', 0);
	turn(0);
	assert_trace("Flkjihgedcba");
	stop(actors, 12);
	turn(0);
	assert_trace("");
}

static void
active_poller_registered_during_a_round_runs_in_the_next(void **state)
{
	struct actor actors[3] = {{.other = &actors[2], .act = start_other}, {0}, {.letter = 'c'}};

	start(&actors[0], 'a', 0);
	start(&actors[1], 'b', 0);
	turn(0);
	assert_trace("ba");
	turn(0);
	assert_trace("cba");
	stop(actors, 3);
}

static void
unregister_one_from_another(int from, int to)
{
	struct actor actors[3] = {0};
	char expected[4] = "", *out = expected;
	int i;

	actors[from].other = &actors[to];
	actors[from].act = unregister_other;
	for (i = 0; i < 3; i++) {
		start(&actors[i], (char)('a' + i), 0);
	}
	/* All run but the one that is unregistered before its turn. */
	for (i = 2; i >= 0; i--) {
		if (i != to || i >= from) {
			*out++ = (char)('a' + i);
		}
	}
	turn(0);
	assert_trace(expected);
	assert_null(actors[to].poller);
	stop(actors, 3);
	assert_false(spdk_thread_has_pollers(g_thread));
}

static void
active_poller_may_unregister_itself_or_any_other(void **state)
{
	int from, to;

	for (from = 0; from < 3; from++) {
		for (to = 0; to < 3; to++) {
			unregister_one_from_another(from, to);
		}
	}
}

static void
replace_self(struct actor *self)
{
	spdk_poller_unregister(&self->poller);
	start(self, self->letter, 0);
}

static void
active_poller_may_replace_itself_each_time(void **state)
{
	struct actor actors[9] = {0};
	int i;

	for (i = 0; i < 9; i++) {
		actors[i].act = replace_self;
		start(&actors[i], (char)('a' + i), 0);
	}
	/* Each goes behind those that replaced themselves before it in the same round. */
	for (i = 0; i < 50; i++) {
		turn(0);
		assert_trace(i % 2 == 0 ? "ihgfedcba" : "abcdefghi");
	}
	stop(actors, 9);
}

/* ---- Pause and resume ---- */

static void
pause_takes_effect_at_the_next_visit(void **state)
{
	struct actor actors[2] = {0};

	start(&actors[0], 'a', 0);
	start(&actors[1], 'b', HOUR_US);
	assert_string_equal(spdk_poller_get_state_str(actors[0].poller), "waiting");
	spdk_poller_pause(actors[0].poller);
	spdk_poller_pause(actors[1].poller);
	assert_string_equal(spdk_poller_get_state_str(actors[0].poller), "pausing");
	assert_string_equal(spdk_poller_get_state_str(actors[1].poller), "pausing");
	turn(0);
	assert_trace("");
	assert_string_equal(spdk_poller_get_state_str(actors[0].poller), "paused");
	assert_string_equal(spdk_poller_get_state_str(actors[1].poller), "pausing");
	turn(spdk_thread_next_poller_expiration(g_thread));
	assert_trace("");
	assert_string_equal(spdk_poller_get_state_str(actors[1].poller), "paused");
	assert_int_equal(spdk_thread_next_poller_expiration(g_thread), 0);

	/* Again, in any state, nothing. */
	spdk_poller_pause(actors[0].poller);
	turn(0);
	assert_string_equal(spdk_poller_get_state_str(actors[0].poller), "paused");
	spdk_poller_resume(actors[0].poller);
	spdk_poller_resume(actors[0].poller);
	turn(0);
	assert_trace("a");
	stop(actors, 2);
}

static void
resume_before_the_visit_takes_the_pause_back(void **state)
{
	struct actor actors[2] = {0};
	uint64_t due;

	start(&actors[0], 'a', 0);
	start(&actors[1], 'b', HOUR_US);
	due = spdk_thread_next_poller_expiration(g_thread);
	spdk_poller_pause(actors[0].poller);
	spdk_poller_pause(actors[1].poller);
	spdk_poller_resume(actors[0].poller);
	spdk_poller_resume(actors[1].poller);
	/* The time that has passed counts. */
	assert_int_equal(spdk_thread_next_poller_expiration(g_thread), due);
	turn(due);
	assert_trace("ab");
	stop(actors, 2);
}

static void
resumed_timed_poller_waits_a_full_period(void **state)
{
	struct actor actor = {0};
	uint64_t due, before, after;

	start(&actor, 'a', HOUR_US);
	due = spdk_thread_next_poller_expiration(g_thread);
	spdk_poller_pause(actor.poller);
	turn(due);
	assert_string_equal(spdk_poller_get_state_str(actor.poller), "paused");
	before = spdk_get_ticks() + 3600 * spdk_get_ticks_hz();
	spdk_poller_resume(actor.poller);
	after = spdk_get_ticks() + 3600 * spdk_get_ticks_hz();
	due = spdk_thread_next_poller_expiration(g_thread);
	assert_in_range(due, before, after);
	turn(due - 1);
	assert_trace("");
	turn(due);
	assert_trace("a");
	spdk_poller_unregister(&actor.poller);
}

static void
poller_may_pause_itself_and_others(void **state)
{
	struct actor actors[4] = {{.other = &actors[3], .act = pause_other},
				  {.act = pause_self},
				  {.act = pause_and_resume_self},
				  {0}};

	start(&actors[0], 'a', 0);
	start(&actors[1], 'b', 0);
	start(&actors[2], 'c', 0);
	start(&actors[3], 'd', 0);
	turn(0);
	assert_trace("dcba");
	turn(0);
	assert_trace("ca");
	/* Resumed, it is the newest. */
	spdk_poller_resume(actors[1].poller);
	turn(0);
	assert_trace("bca");
	stop(actors, 4);
}

static void
timed_poller_may_pause_or_unregister_itself_and_others(void **state)
{
	struct actor actors[5] = {{.act = pause_self},
				  {.act = unregister_self},
				  {.other = &actors[3], .act = unregister_other},
				  {0},
				  {.act = pause_and_resume_self}};
	uint64_t due;
	int i;

	for (i = 0; i < 5; i++) {
		start(&actors[i], (char)('a' + i), HOUR_US + (uint64_t)i);
	}
	due = spdk_get_ticks() + 3601 * spdk_get_ticks_hz();
	turn(due);
	assert_trace("abce");
	assert_string_equal(spdk_poller_get_state_str(actors[0].poller), "paused");
	assert_null(actors[1].poller);
	turn(due + 3601 * spdk_get_ticks_hz());
	assert_trace("ce");
	stop(actors, 5);
}

static void
paused_and_pausing_pollers_can_be_unregistered(void **state)
{
	struct actor actors[4] = {0};

	start(&actors[0], 'a', 0);
	start(&actors[1], 'b', HOUR_US);
	start(&actors[2], 'c', 0);
	start(&actors[3], 'd', HOUR_US);
	spdk_poller_pause(actors[0].poller);
	spdk_poller_pause(actors[1].poller);
	turn(spdk_get_ticks() + 3601 * spdk_get_ticks_hz());
	spdk_poller_pause(actors[2].poller);
	spdk_poller_pause(actors[3].poller);
	stop(actors, 4);
	assert_false(spdk_thread_has_pollers(g_thread));
	trace_clear();
	turn(spdk_get_ticks() + 7300 * spdk_get_ticks_hz());
	assert_trace("");
}

static void
pause_self_and_resume_other(struct actor *self)
{
	spdk_poller_pause(self->poller);
	if (self->other != NULL) {
		spdk_poller_resume(self->other->poller);
	}
}

/* The place of one that was paused in this round is not used again before the round has ended. */
static void
many_pollers_may_be_resumed_in_the_round_that_paused_them(void **state)
{
	struct actor actors[64];
	int i, count;

	for (count = 1; count <= 64; count++) {
		memset(actors, 0, sizeof(actors));
		/* Registered one by one while the others are paused: few are active at a time. */
		for (i = 0; i < count; i++) {
			start(&actors[i], 'x', 0);
			spdk_poller_pause(actors[i].poller);
			turn(0);
		}
		for (i = 0; i < count; i++) {
			spdk_poller_resume(actors[i].poller);
			actors[i].act = pause_self_and_resume_other;
			actors[i].other = i + 1 < count ? &actors[i + 1] : NULL;
		}
		turn(0);
		assert_int_equal(strlen(g_trace), count);
		trace_clear();
		/* Only the last one to run has nobody who resumed it. */
		turn(0);
		assert_int_equal(strlen(g_trace), count - 1);
		stop(actors, count);
		trace_clear();
	}
}

/* Places of a few are left open for good; the room for the others must not be less. */
static void
many_pollers_may_be_resumed_where_places_are_open(void **state)
{
	struct actor actors[64];
	int i, count;

	for (count = 5; count <= 64; count++) {
		memset(actors, 0, sizeof(actors));
		for (i = 0; i < count; i++) {
			start(&actors[i], 'x', 0);
		}
		for (i = 0; i < count / 5; i++) {
			spdk_poller_pause(actors[i].poller);
		}
		turn(0);
		for (i = 0; i < count / 5; i++) {
			spdk_poller_resume(actors[i].poller);
		}
		for (i = 0; i < count; i++) {
			actors[i].act = pause_self_and_resume_other;
			actors[i].other = i + 1 < count ? &actors[i + 1] : NULL;
		}
		turn(0);
		trace_clear();
		for (i = 0; i < count; i++) {
			spdk_poller_resume(actors[i].poller);
			actors[i].act = NULL;
		}
		turn(0);
		assert_int_equal(strlen(g_trace), count);
		stop(actors, count);
		trace_clear();
	}
}

static void
order_stays_where_pollers_were_unregistered(void **state)
{
	struct actor actors[26] = {{0}};
	int i;

	for (i = 0; i < 26; i++) {
		start(&actors[i], (char)('a' + i), 0);
	}
	turn(0);
	assert_trace("zyxwvutsrqponmlkjihgfedcba");
	trace_clear();
	/* Few at first: their places stay open. Then more than are left open. */
	stop(&actors[3], 1);
	stop(&actors[25], 1);
	turn(0);
	assert_trace("yxwvutsrqponmlkjihgfecba");
	trace_clear();
	stop(&actors[4], 10);
	stop(&actors[20], 3);
	turn(0);
	assert_trace("yxtsrqpocba");
	trace_clear();
	start(&actors[3], 'D', 0);
	turn(0);
	assert_trace("Dyxtsrqpocba");
	stop(actors, 4);
	stop(&actors[14], 6);
	stop(&actors[23], 2);
	assert_null(spdk_thread_get_first_active_poller(g_thread));
}

/* ---- Timed pollers ---- */

static void
timed_pollers_run_in_exact_order_of_their_time(void **state)
{
	static const char letters[] = "gcfabed";
	struct actor actors[7] = {0};
	uint64_t start_tick = spdk_get_ticks();
	int i;

	for (i = 0; i < 7; i++) {
		start(&actors[i], letters[i],
		      HOUR_US + (uint64_t)(letters[i] - 'a') * 60 * SPDK_SEC_TO_USEC);
	}
	turn(start_tick + 3599 * spdk_get_ticks_hz());
	assert_trace("");
	turn(start_tick + (3600 + 30 + 120) * spdk_get_ticks_hz());
	assert_trace("abc");
	turn(start_tick + (3600 + 30 + 7 * 60) * spdk_get_ticks_hz());
	assert_trace("defg");
	stop(actors, 7);
}

static void
timed_pollers_due_at_the_same_tick_run_first_in_first_out(void **state)
{
	struct actor actors[20] = {0};
	char expected[21] = "";
	uint64_t now = spdk_get_ticks() + 7200 * spdk_get_ticks_hz();
	int i;

	for (i = 0; i < 20; i++) {
		start(&actors[i], (char)('a' + i), HOUR_US);
		expected[i] = (char)('a' + i);
	}
	/* After a common round all of them are due at one tick, armed in this order. */
	turn(now);
	assert_trace(expected);
	now += 3600 * spdk_get_ticks_hz();
	assert_int_equal(spdk_thread_next_poller_expiration(g_thread), now);
	turn(now - 1);
	assert_trace("");
	turn(now);
	assert_trace(expected);
	stop(actors, 20);
}

static void
late_timed_poller_runs_once_and_is_due_a_period_after_the_round(void **state)
{
	struct actor actor = {0};
	uint64_t hour = 3600 * spdk_get_ticks_hz(), now;

	start(&actor, 'a', HOUR_US);
	now = spdk_thread_next_poller_expiration(g_thread) + 10 * hour + 12345;
	turn(now);
	assert_trace("a");
	assert_int_equal(spdk_thread_next_poller_expiration(g_thread), now + hour);
	turn(now + hour - 1);
	assert_trace("");
	turn(now + hour);
	assert_trace("a");
	spdk_poller_unregister(&actor.poller);
}

static void
time_may_jump_both_ways(void **state)
{
	struct actor actors[2] = {0};
	uint64_t hour = 3600 * spdk_get_ticks_hz(), now = spdk_get_ticks();

	start(&actors[0], 'a', HOUR_US);
	start(&actors[1], 'b', 2 * HOUR_US);
	turn(now + 100 * hour);
	assert_trace("ab");
	turn(now);
	turn(1);
	turn(now + 3 * hour);
	assert_trace("");
	turn(now + 101 * hour);
	assert_trace("a");
	/* To the end of time and back. */
	turn(UINT64_MAX - 1);
	assert_trace("ba");
	turn(UINT64_MAX);
	trace_clear();
	turn(now);
	assert_trace("");
	stop(actors, 2);
	start(&actors[0], 'c', HOUR_US);
	turn(now + 2 * hour);
	assert_trace("c");
	stop(actors, 2);
}

static void
period_is_floored_to_ticks_and_never_overflows(void **state)
{
	uint64_t hz = spdk_get_ticks_hz();
	static const uint64_t periods[] = {1, 3, 999999, 1000000, 1000001, 123456789};
	struct actor actor = {0};
	size_t i;

	for (i = 0; i < SPDK_COUNTOF(periods); i++) {
		start(&actor, 'a', periods[i]);
		assert_int_equal(spdk_poller_get_period_ticks(actor.poller),
				 periods[i] / 1000000 * hz + periods[i] % 1000000 * hz / 1000000);
		spdk_poller_unregister(&actor.poller);
	}
	/* The first that does not fit; what is left of it would be less than a second. */
	start(&actor, 'n', (UINT64_MAX / hz + 1) * 1000000);
	assert_true(spdk_poller_get_period_ticks(actor.poller) > 3600 * hz);
	spdk_poller_unregister(&actor.poller);
	/* "Never", as people write it. */
	start(&actor, 'n', UINT64_MAX);
	assert_true(spdk_poller_get_period_ticks(actor.poller) > 3600 * hz);
	turn(spdk_get_ticks() + 100 * hz);
	assert_trace("");
	assert_int_equal(spdk_thread_has_active_pollers(g_thread), 0);
	spdk_poller_unregister(&actor.poller);
}

static void
timed_poller_registered_by_another_is_due_a_period_from_now(void **state)
{
	struct actor actors[2] = {{.other = &actors[1], .act = start_other_in_an_hour},
				  {.letter = 'b'}};
	uint64_t hour = 3600 * spdk_get_ticks_hz(), now = spdk_get_ticks();

	start(&actors[0], 'a', HOUR_US);
	turn(now + 2 * hour);
	/* By the clock it is due in an hour, which this round is past: so in this round. */
	assert_trace("ab");
	stop(actors, 2);
}

/* ---- What is counted and returned ---- */

static void
poll_returns_the_greatest_of_what_ran(void **state)
{
	struct actor actors[3] = {{.rc = -5}, {.rc = 0}, {.rc = 7}};
	struct spdk_poller_stats stats;

	start(&actors[0], 'a', 0);
	assert_int_equal(turn(0), 0);
	start(&actors[1], 'b', 0);
	assert_int_equal(turn(0), 0);
	send_letter(g_thread, 'm');
	assert_int_equal(turn(0), 1);
	start(&actors[2], 'c', HOUR_US);
	assert_int_equal(turn(spdk_get_ticks() + 3601 * spdk_get_ticks_hz()), 7);
	send_letter(g_thread, 'm');
	assert_int_equal(turn(spdk_get_ticks() + 7300 * spdk_get_ticks_hz()), 7);
	assert_trace("abambabacmbac");

	/* Only calls that found work count as busy. */
	spdk_poller_get_stats(actors[0].poller, &stats);
	assert_int_equal(stats.run_count, 5);
	assert_int_equal(stats.busy_count, 0);
	spdk_poller_get_stats(actors[1].poller, &stats);
	assert_int_equal(stats.run_count, 4);
	assert_int_equal(stats.busy_count, 0);
	spdk_poller_get_stats(actors[2].poller, &stats);
	assert_int_equal(stats.run_count, 2);
	assert_int_equal(stats.busy_count, 2);
	stop(actors, 3);
}

static void
pollers_can_be_looked_at(void **state)
{
	struct actor actors[5] = {0};
	struct spdk_poller *poller, *named;
	char name[400], address[32];

	start(&actors[0], 'a', 0);
	start(&actors[1], 'b', 0);
	start(&actors[2], 'c', 2 * HOUR_US);
	start(&actors[3], 'd', HOUR_US);
	start(&actors[4], 'e', 0);
	spdk_poller_pause(actors[4].poller);
	turn(0);

	poller = spdk_thread_get_first_active_poller(g_thread);
	assert_ptr_equal(poller, actors[0].poller);
	poller = spdk_thread_get_next_active_poller(poller);
	assert_ptr_equal(poller, actors[1].poller);
	assert_null(spdk_thread_get_next_active_poller(poller));
	poller = spdk_thread_get_first_timed_poller(g_thread);
	assert_ptr_equal(poller, actors[3].poller);
	poller = spdk_thread_get_next_timed_poller(poller);
	assert_ptr_equal(poller, actors[2].poller);
	assert_null(spdk_thread_get_next_timed_poller(poller));
	poller = spdk_thread_get_first_paused_poller(g_thread);
	assert_ptr_equal(poller, actors[4].poller);
	assert_null(spdk_thread_get_next_paused_poller(poller));
	assert_true(spdk_poller_get_id(actors[0].poller) < spdk_poller_get_id(actors[1].poller));
	assert_int_equal(spdk_poller_get_period_ticks(actors[0].poller), 0);
	assert_int_equal(spdk_poller_get_period_ticks(actors[3].poller),
			 3600 * spdk_get_ticks_hz());

	snprintf(address, sizeof(address), "%p", (void *)(uintptr_t)act);
	assert_string_equal(spdk_poller_get_name(actors[0].poller), address);
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	named = spdk_poller_register_named(act, &actors[0], HOUR_US, name);
	assert_int_equal(strspn(spdk_poller_get_name(named), "n"), 255);
	spdk_poller_unregister(&named);
	named = SPDK_POLLER_REGISTER(act, &actors[0], HOUR_US);
	assert_string_equal(spdk_poller_get_name(named), "act");
	spdk_poller_unregister(&named);
	spdk_poller_unregister(&named);
	stop(actors, 5);
}

static void
note_own_state(struct actor *self)
{
	assert_string_equal(spdk_poller_get_state_str(self->poller), "running");
}

static void
poller_is_running_inside_its_own_function(void **state)
{
	struct actor actors[2] = {{.act = note_own_state}, {.act = note_own_state}};

	start(&actors[0], 'a', 0);
	start(&actors[1], 'b', HOUR_US);
	turn(spdk_thread_next_poller_expiration(g_thread));
	assert_trace("ab");
	assert_string_equal(spdk_poller_get_state_str(actors[0].poller), "waiting");
	stop(actors, 2);
}

/* ---- Post-poller handlers ---- */

static void
leave_mark(void *arg)
{
	trace_add((char)(uintptr_t)arg);
}

static void
leave_mark_again(void *arg)
{
	trace_add((char)(uintptr_t)arg);
	if (strlen(g_trace) < 6) {
		spdk_thread_register_post_poller_handler(leave_mark_again, arg);
	}
}

static void
register_two(struct actor *self)
{
	spdk_thread_register_post_poller_handler(leave_mark, (void *)(uintptr_t)'1');
	spdk_thread_register_post_poller_handler(leave_mark, (void *)(uintptr_t)'2');
	self->act = NULL;
}

static void
post_poller_handlers_run_once_right_after_the_poller(void **state)
{
	struct actor actors[2] = {0};

	start(&actors[0], 'a', 0);
	start(&actors[1], 'b', 0);
	actors[1].act = register_two;
	turn(0);
	assert_trace("b12a");
	turn(0);
	assert_trace("ba");
	stop(actors, 2);
}

static void
register_five(struct actor *self)
{
	uintptr_t letter;

	for (letter = '1'; letter <= '5'; letter++) {
		spdk_thread_register_post_poller_handler(leave_mark, (void *)letter);
	}
	self->act = NULL;
}

static void
register_that_comes_again(void *arg)
{
	trace_add('m');
	spdk_thread_register_post_poller_handler(leave_mark_again, (void *)(uintptr_t)'h');
}

static void
post_poller_handlers_are_four_at_most_and_may_come_again(void **state)
{
	struct actor actor = {.act = register_five};

	start(&actor, 'a', 0);
	turn(0);
	assert_trace("a1234");
	assert_true(log_captured("'turned'", "four", NULL));
	log_capture_clear();
	spdk_poller_unregister(&actor.poller);

	/* From a message: after the batch. Once each time, not for ever. */
	spdk_thread_send_msg(g_thread, register_that_comes_again, NULL);
	send_letter(g_thread, 'n');
	turn(0);
	assert_trace("mnh");
	turn(0);
	assert_trace("h");
	start(&actor, 'a', 0);
	turn(0);
	assert_trace("hah");
	stop(&actor, 1);
	spdk_set_thread(NULL);
	spdk_thread_register_post_poller_handler(leave_mark, NULL);
	assert_true(log_captured("spdk_thread_register_post_poller_handler()", NULL));
	log_capture_clear();
}

/* ---- Polls inside of pollers ---- */

static void
poll_again(struct actor *self)
{
	trace_add('(');
	spdk_thread_poll(g_thread, 0, spdk_get_ticks() + 7200 * spdk_get_ticks_hz());
	trace_add(')');
}

static void
poll_inside_a_poller_runs_neither_it_nor_the_round_again(void **state)
{
	struct actor actors[3] = {0};

	start(&actors[0], 'a', 0);
	start(&actors[1], 'b', 0);
	actors[1].act = poll_again;
	start(&actors[2], 't', HOUR_US);
	send_letter(g_thread, 'm');
	turn(0);
	assert_trace("mb(t)a");
	stop(actors, 3);

	memset(actors, 0, sizeof(actors));
	start(&actors[0], 'a', 0);
	start(&actors[1], 't', HOUR_US);
	start(&actors[2], 'u', HOUR_US);
	actors[1].act = poll_again;
	turn(spdk_get_ticks() + 3601 * spdk_get_ticks_hz());
	assert_trace("at(au)");
	stop(actors, 3);
}

static void
unregister_outer_from_inside(struct actor *self)
{
	unregister_other(self);
}

static void
running_poller_may_be_unregistered_by_one_that_it_polls(void **state)
{
	struct actor actors[2] = {{.act = unregister_outer_from_inside, .other = &actors[1]},
				  {.act = poll_again}};

	start(&actors[0], 'a', 2 * HOUR_US - 1);
	start(&actors[1], 't', HOUR_US);
	turn(spdk_get_ticks() + 3601 * spdk_get_ticks_hz());
	assert_trace("t(a)");
	assert_null(actors[1].poller);
	stop(actors, 1);
}

static void
poller_needs_a_function_and_a_thread(void **state)
{
	assert_null(spdk_poller_register(NULL, NULL, 0));
	assert_true(log_captured("spdk_poller_register()", "NULL", NULL));
	log_capture_clear();
	spdk_set_thread(NULL);
	assert_null(spdk_poller_register(act, NULL, 0));
	assert_true(log_captured("spdk_poller_register()", NULL));
	log_capture_clear();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		POLLER_TEST(active_pollers_run_once_a_round_newest_first),
		POLLER_TEST(active_poller_registered_during_a_round_runs_in_the_next),
		POLLER_TEST(active_poller_may_unregister_itself_or_any_other),
		POLLER_TEST(active_poller_may_replace_itself_each_time),
		POLLER_TEST(pause_takes_effect_at_the_next_visit),
		POLLER_TEST(resume_before_the_visit_takes_the_pause_back),
		POLLER_TEST(resumed_timed_poller_waits_a_full_period),
		POLLER_TEST(poller_may_pause_itself_and_others),
		POLLER_TEST(timed_poller_may_pause_or_unregister_itself_and_others),
		POLLER_TEST(paused_and_pausing_pollers_can_be_unregistered),
		POLLER_TEST(many_pollers_may_be_resumed_in_the_round_that_paused_them),
		POLLER_TEST(many_pollers_may_be_resumed_where_places_are_open),
		POLLER_TEST(order_stays_where_pollers_were_unregistered),
		POLLER_TEST(timed_pollers_run_in_exact_order_of_their_time),
		POLLER_TEST(timed_pollers_due_at_the_same_tick_run_first_in_first_out),
		POLLER_TEST(late_timed_poller_runs_once_and_is_due_a_period_after_the_round),
		POLLER_TEST(time_may_jump_both_ways),
		POLLER_TEST(period_is_floored_to_ticks_and_never_overflows),
		POLLER_TEST(timed_poller_registered_by_another_is_due_a_period_from_now),
		POLLER_TEST(poll_returns_the_greatest_of_what_ran),
		POLLER_TEST(pollers_can_be_looked_at),
		POLLER_TEST(poller_is_running_inside_its_own_function),
		POLLER_TEST(post_poller_handlers_run_once_right_after_the_poller),
		POLLER_TEST(post_poller_handlers_are_four_at_most_and_may_come_again),
		POLLER_TEST(poll_inside_a_poller_runs_neither_it_nor_the_round_again),
		POLLER_TEST(running_poller_may_be_unregistered_by_one_that_it_polls),
		POLLER_TEST(poller_needs_a_function_and_a_thread),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
