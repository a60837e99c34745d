/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What is kept of the moves of a scheduler, and of those that were not made. The scheduler is the
 * test's own, and says reasons or does not.
 */
#include "base/log_capture.h"
#include "runtime/reactor/reactor_fixture.h"
#include "runtime/scheduler_moves.h"
#include "spdk/log.h"

#include <stdatomic.h>

#define PERIOD_US 2000
#define LIMIT_SEC 20

static struct {
	uint64_t subject_id, bound_id;
	uint32_t wanted_moves;
	bool explains;
	/* To a core without a reactor. */
	bool sends_astray;
	/* The first thing only. */
	bool says_once;
	/* About more threads than there is room for. */
	bool is_talkative;
	_Atomic uint32_t rounds;
} g_mover;

static struct scheduler_moves g_moves;
static struct spdk_thread *g_subject, *g_bound;
static struct spdk_poller *g_watch;
static uint64_t g_deadline;

static void
talk(void)
{
	const struct scheduler_reason reason = {"many", "stays: too many"};

	for (uint64_t id = 1; id <= SCHEDULER_STAYS_MAX * 2; id++) {
		scheduler_explain_stay(id << 40, 0, &reason);
		scheduler_explain_move(id << 40, &reason);
	}
}

static void
explain_stay(const struct spdk_scheduler_thread_info *info)
{
	static const struct scheduler_reason reason = {"tired", "stays: it has moved enough"};

	if (g_mover.explains) {
		scheduler_explain_stay(info->thread_id, info->lcore, &reason);
		g_mover.explains = !g_mover.says_once;
	}
}

static void
move_subject(struct spdk_scheduler_thread_info *info)
{
	char sentence[64];

	scheduler_copy_moves(&g_moves);
	if (g_moves.moves_total >= g_mover.wanted_moves) {
		explain_stay(info);
		return;
	}
	info->lcore = g_mover.sends_astray ? 7 : !info->lcore;
	if (g_mover.explains) {
		snprintf(sentence, sizeof(sentence), "core %u has a better view", info->lcore);
		scheduler_explain_move(info->thread_id,
				       &(struct scheduler_reason){"view", sentence});
		g_mover.explains = !g_mover.says_once;
	}
}

/* On a full core, while the other does next to nothing. */
static void
take_turn(struct spdk_scheduler_core_info *core, struct spdk_scheduler_core_info *other,
	  struct spdk_scheduler_thread_info *info)
{
	assert_true(info->thread_id != g_mover.bound_id);
	if (info->thread_id != g_mover.subject_id) {
		return;
	}
	core->current_busy_tsc = 97;
	core->current_idle_tsc = 3;
	info->current_stats.busy_tsc = 40;
	other->current_busy_tsc = 1;
	other->current_idle_tsc = 3;
	if (g_mover.is_talkative && g_mover.wanted_moves > 0) {
		talk();
	}
	move_subject(info);
	if (g_mover.is_talkative && g_mover.wanted_moves == 0) {
		talk();
	}
}

static void
move_to_and_fro(struct spdk_scheduler_core_info *cores, uint32_t count)
{
	uint32_t i, j;

	for (i = 0; i < count; i++) {
		for (j = 0; j < cores[i].threads_count; j++) {
			take_turn(&cores[i], &cores[!i], &cores[i].thread_infos[j]);
		}
	}
	assert_true(scheduler_has_bound(0));
	assert_false(scheduler_has_bound(1));
	atomic_fetch_add(&g_mover.rounds, 1);
}

static struct spdk_scheduler g_scheduler = {.name = "mover", .balance = move_to_and_fro};
SPDK_SCHEDULER_REGISTER(g_scheduler)

/* Two rounds after the last move, so that the last one has ended. */
static int
watch(void *arg)
{
	static uint32_t enough;

	scheduler_copy_moves(&g_moves);
	if (g_moves.moves_total < g_mover.wanted_moves && !g_mover.sends_astray) {
		enough = atomic_load(&g_mover.rounds) + 2;
	}
	if (atomic_load(&g_mover.rounds) < spdk_max(enough, 3u) && spdk_get_ticks() < g_deadline) {
		return SPDK_POLLER_BUSY;
	}
	spdk_poller_unregister(&g_watch);
	assert_int_equal(spdk_thread_send_msg(g_subject, exit_current, NULL), 0);
	assert_int_equal(spdk_thread_send_msg(g_bound, exit_current, NULL), 0);
	spdk_reactors_stop(NULL);
	return SPDK_POLLER_BUSY;
}

static void
begin(void *arg)
{
	g_subject = thread_on("subject", NULL);
	g_bound = thread_on("tied", "0x1");
	spdk_thread_bind(g_bound, true);
	g_mover.subject_id = spdk_thread_get_id(g_subject);
	g_mover.bound_id = spdk_thread_get_id(g_bound);
	g_deadline = spdk_get_ticks() + LIMIT_SEC * spdk_get_ticks_hz();
	assert_int_equal(spdk_scheduler_set("mover"), 0);
	spdk_scheduler_set_period(PERIOD_US);
	g_watch = SPDK_POLLER_REGISTER(watch, NULL, 1000);
}

static void
run(uint32_t moves, bool explains)
{
	memset(&g_mover, 0, sizeof(g_mover));
	g_mover.wanted_moves = moves;
	g_mover.explains = explains;
	reactors_run_once("0x3", begin, NULL);
}

static const struct scheduler_stay *
stay_of(uint64_t thread_id)
{
	for (uint32_t i = 0; i < g_moves.stays_count; i++) {
		if (g_moves.stays[i].thread_id == thread_id) {
			return &g_moves.stays[i];
		}
	}
	return NULL;
}

static void
a_move_is_kept_with_its_reason(void **state)
{
	const struct scheduler_move *move = &g_moves.moves[0];
	char sentence[64];

	log_capture_start();
	spdk_log_set_flag("reactor");
	spdk_log_set_print_level(SPDK_LOG_INFO);
	run(1, true);
	spdk_log_clear_flag("reactor");
	assert_int_equal(g_moves.moves_total, 1);
	assert_int_equal(g_moves.moves_count, 1);
	assert_int_equal(move->thread_id, g_mover.subject_id);
	assert_string_equal(move->thread_name, "subject");
	assert_string_equal(move->scheduler, "mover");
	assert_int_equal(move->to, !move->from);
	assert_int_equal(move->from_load, 97);
	assert_int_equal(move->to_load, 25);
	assert_int_equal(move->thread_load, 40);
	assert_true(move->tick != 0 && move->tick <= spdk_get_ticks());
	assert_string_equal(move->word, "view");
	snprintf(sentence, sizeof(sentence), "core %u has a better view", move->to);
	assert_string_equal(move->sentence, sentence);
	assert_true(log_captured("'subject' moves", sentence, NULL));
	log_capture_stop();
}

static void
those_that_stay_are_told_with_their_reasons(void **state)
{
	run(1, true);
	assert_non_null(stay_of(g_mover.subject_id));
	assert_string_equal(stay_of(g_mover.subject_id)->word, "tired");
	assert_string_equal(stay_of(g_mover.subject_id)->thread_name, "subject");
	assert_string_equal(stay_of(g_mover.subject_id)->sentence, "stays: it has moved enough");
	assert_non_null(stay_of(g_mover.bound_id));
	assert_string_equal(stay_of(g_mover.bound_id)->word, "bound");
	assert_int_equal(stay_of(g_mover.bound_id)->lcore, 0);
	assert_int_equal(g_moves.stays_count, 2);
	/* All of it belongs to these reactors. */
	scheduler_copy_moves(&g_moves);
	assert_int_equal(g_moves.moves_total, 0);
	assert_int_equal(g_moves.stays_count, 0);
}

static void
a_scheduler_that_says_nothing_chose_so(void **state)
{
	run(2, false);
	assert_int_equal(g_moves.moves_count, 2);
	assert_string_equal(g_moves.moves[0].word, "chosen");
	assert_string_equal(g_moves.moves[1].sentence, "the scheduler mover chose so");
	/* The newest first. */
	assert_true(g_moves.moves[0].tick > g_moves.moves[1].tick);
	assert_null(stay_of(g_mover.subject_id));
}

static void
the_last_moves_are_kept(void **state)
{
	run(SCHEDULER_MOVES_MAX + 6, true);
	assert_int_equal(g_moves.moves_total, SCHEDULER_MOVES_MAX + 6);
	assert_int_equal(g_moves.moves_count, SCHEDULER_MOVES_MAX);
	for (uint32_t i = 1; i < SCHEDULER_MOVES_MAX; i++) {
		assert_true(g_moves.moves[i].tick < g_moves.moves[i - 1].tick);
		assert_int_equal(g_moves.moves[i].to, g_moves.moves[i - 1].from);
	}
}

static void
a_move_that_is_refused_is_none(void **state)
{
	memset(&g_mover, 0, sizeof(g_mover));
	g_mover.wanted_moves = 1;
	g_mover.sends_astray = true;
	log_capture_start();
	reactors_run_once("0x3", begin, NULL);
	log_capture_stop();
	assert_int_equal(g_moves.moves_total, 0);
	assert_int_equal(g_moves.moves_count, 0);
	assert_non_null(stay_of(g_mover.subject_id));
	assert_string_equal(stay_of(g_mover.subject_id)->word, "refused");
}

static void
what_was_said_in_a_round_before_does_not_count(void **state)
{
	memset(&g_mover, 0, sizeof(g_mover));
	g_mover.wanted_moves = 2;
	g_mover.explains = g_mover.says_once = true;
	reactors_run_once("0x3", begin, NULL);
	assert_int_equal(g_moves.moves_count, 2);
	assert_string_equal(g_moves.moves[1].word, "view");
	assert_string_equal(g_moves.moves[0].word, "chosen");
	memset(&g_mover, 0, sizeof(g_mover));
	g_mover.explains = g_mover.says_once = true;
	reactors_run_once("0x3", begin, NULL);
	assert_false(g_mover.explains);
	assert_null(stay_of(g_mover.subject_id));
}

static void
more_than_there_is_room_for_is_left_out(void **state)
{
	memset(&g_mover, 0, sizeof(g_mover));
	g_mover.explains = g_mover.is_talkative = true;
	reactors_run_once("0x3", begin, NULL);
	/* The others have no names, since they do not exist. */
	assert_int_equal(g_moves.stays_count, 2);
	assert_string_equal(stay_of(g_mover.subject_id)->word, "tired");
	/* One that comes behind them all moves nevertheless. */
	memset(&g_mover, 0, sizeof(g_mover));
	g_mover.wanted_moves = 1;
	g_mover.explains = g_mover.is_talkative = true;
	reactors_run_once("0x3", begin, NULL);
	assert_int_equal(g_moves.moves_total, 1);
	assert_int_equal(g_moves.moves_count, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_move_is_kept_with_its_reason),
		cmocka_unit_test(those_that_stay_are_told_with_their_reasons),
		cmocka_unit_test(a_scheduler_that_says_nothing_chose_so),
		cmocka_unit_test(the_last_moves_are_kept),
		cmocka_unit_test(a_move_that_is_refused_is_none),
		cmocka_unit_test(what_was_said_in_a_round_before_does_not_count),
		cmocka_unit_test(more_than_there_is_room_for_is_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
