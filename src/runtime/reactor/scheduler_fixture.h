/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * For tests: a scheduler that notes what it is told and says what it is to say, and a thread whose
 * load is known, the subject.
 */
#ifndef SPINDLE_SCHEDULER_FIXTURE_H
#define SPINDLE_SCHEDULER_FIXTURE_H

#include "base/log_capture.h"
#include "runtime/reactor/reactor_fixture.h"
#include "runtime/schedulers.h"

#define CORES      4
#define PERIOD_US  20000
#define ROUNDS_MAX 1000

/* What `observer` was told, and what it is to say. */
static struct {
	uint32_t rounds;
	uint64_t ticks[ROUNDS_MAX];
	uint32_t ran_on;
	uint32_t count;
	struct spdk_scheduler_core_info cores[CORES];
	struct spdk_scheduler_thread_info subject; /* the last seen of it */
	uint32_t subject_seen;
	uint64_t subject_id;
	uint64_t subject_busy;
	uint64_t subject_idle;
	uint64_t core_busy[CORES];
	uint64_t core_idle[CORES];
	uint32_t send_to; /* UINT32_MAX: nowhere */
	bool is_in_progress;
	bool ran_elsewhere; /* than on the scheduling reactor */
	void (*then)(void);
} g_observed;

static uint32_t g_inits, g_deinits;

static inline int
observer_init(void)
{
	g_inits++;
	return 0;
}

static inline void
observer_deinit(void)
{
	g_deinits++;
}

static inline void
observe_threads(struct spdk_scheduler_core_info *core)
{
	uint32_t i;

	for (i = 0; i < core->threads_count; i++) {
		struct spdk_scheduler_thread_info *info = &core->thread_infos[i];

		assert_int_equal(info->lcore, core->lcore);
		if (info->thread_id == g_observed.subject_id) {
			g_observed.subject = *info;
			g_observed.subject_seen++;
			g_observed.subject_busy += info->current_stats.busy_tsc;
			g_observed.subject_idle += info->current_stats.idle_tsc;
			if (g_observed.send_to != UINT32_MAX) {
				info->lcore = g_observed.send_to;
			}
		}
	}
}

static inline void
observer_balance(struct spdk_scheduler_core_info *cores, uint32_t count)
{
	uint32_t i;

	g_observed.ticks[g_observed.rounds % ROUNDS_MAX] = spdk_get_ticks();
	g_observed.rounds++;
	g_observed.ran_on = spdk_env_get_current_core();
	g_observed.ran_elsewhere |= g_observed.ran_on != spdk_scheduler_get_scheduling_lcore();
	g_observed.count = count;
	g_observed.is_in_progress = g_scheduling_in_progress;
	for (i = 0; i < count && i < CORES; i++) {
		g_observed.cores[i] = cores[i];
		g_observed.core_busy[i] += cores[i].current_busy_tsc;
		g_observed.core_idle[i] += cores[i].current_idle_tsc;
		observe_threads(&cores[i]);
	}
	if (g_observed.then != NULL) {
		g_observed.then();
	}
}

static struct spdk_scheduler g_observer = {
	.name = "observer",
	.init = observer_init,
	.deinit = observer_deinit,
	.balance = observer_balance,
};
SPDK_SCHEDULER_REGISTER(g_observer)

static inline int
scheduler_setup(void **state)
{
	memset(&g_observed, 0, sizeof(g_observed));
	g_observed.send_to = UINT32_MAX;
	g_inits = g_deinits = 0;
	log_capture_start();
	return 0;
}

static inline int
scheduler_teardown(void **state)
{
	log_capture_stop();
	return 0;
}

static inline void
set_observer(uint64_t period)
{
	assert_int_equal(spdk_scheduler_set("observer"), 0);
	assert_ptr_equal(spdk_scheduler_get(), &g_observer);
	spdk_scheduler_set_period(period);
	assert_int_equal(spdk_scheduler_get_period(), period);
}

static inline struct spdk_thread *
make_subject(const char *mask)
{
	struct spdk_thread *thread = thread_on("subject", mask);

	g_observed.subject_id = spdk_thread_get_id(thread);
	return thread;
}

static inline void
stop_after_ten_rounds(void)
{
	if (g_observed.rounds == 10) {
		spdk_reactors_stop(NULL);
	}
}

/* ---- The subject ---- */

#define COMPUTE_US 2000

static inline int
compute(void *arg)
{
	spdk_delay_us(COMPUTE_US);
	return SPDK_POLLER_BUSY;
}

static struct spdk_poller *g_subject_poller;

static inline void
compute_for_ever(void *arg)
{
	g_subject_poller = SPDK_POLLER_REGISTER(compute, NULL, 0);
}

static inline void
let_go(void *arg)
{
	spdk_poller_unregister(&g_subject_poller);
	spdk_thread_exit(spdk_get_thread());
}

static inline void
stop_and_end_subject(void)
{
	if (g_observed.rounds == 10) {
		spdk_reactors_stop(NULL);
		(void)spdk_thread_send_msg(spdk_thread_get_by_id(g_observed.subject_id), let_go,
					   NULL);
	}
}

/* `arg` is what the subject does on core 1; core 2 rests. */
static inline void
observe_subject(void *arg)
{
	struct spdk_thread *subject = make_subject("0x2");

	assert_int_equal(spdk_thread_send_msg(subject, (spdk_msg_fn)arg, NULL), 0);
	(void)thread_on("resting", "0x8");
	g_observed.then = stop_and_end_subject;
	set_observer(PERIOD_US);
}

#define SCHEDULER_TEST(fn) cmocka_unit_test_setup_teardown(fn, scheduler_setup, scheduler_teardown)

#endif /* SPINDLE_SCHEDULER_FIXTURE_H */
