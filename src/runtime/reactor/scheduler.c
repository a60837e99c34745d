/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Rounds of the scheduler. One at a time, begun by the scheduling reactor each period:
 *
 *   gather   on each reactor in turn: what it and its threads did since the last round
 *   balance  on the scheduling reactor: the module writes other lcores into the threads' fields
 *   apply    on each reactor in turn: threads that are to live elsewhere are told to move
 *
 * A round belongs to the scheduling reactor; each element of `cores` to its reactor during gather
 * and apply. When another reactor becomes the scheduling one in the middle of a round, what is left
 * of the round follows it there, and the next round does not begin before (S1: the end of a round
 * releases all of it to whoever begins the next one).
 *
 * Schedulers and options are set from the thread of whoever asks, seldom the scheduling reactor.
 * So what they change is under one lock, which is also held while a module's functions run: none of
 * them runs while another does, and a module that is told to end is not in the middle of balance().
 */
#include "runtime/reactor/reactor_internal.h"
#include "runtime/schedulers.h"
#include "spdk/string.h"

bool g_scheduling_in_progress;

static void
set_in_round(bool is_in_round)
{
	/* S1. The name and type are the API's. */
	__atomic_store_n(&g_scheduling_in_progress, is_in_round, __ATOMIC_RELEASE);
}

bool
scheduler_is_in_round(void)
{
	return __atomic_load_n(&g_scheduling_in_progress, __ATOMIC_ACQUIRE); /* S1 */
}

static TAILQ_HEAD(, spdk_scheduler) g_schedulers = TAILQ_HEAD_INITIALIZER(g_schedulers);

/* A module may set another scheduler, or none, from its own functions. */
static pthread_mutex_t g_lock = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;

static struct {
	_Atomic(struct spdk_scheduler *) current; /* changed under the lock */
	_Atomic uint64_t period_us;
	_Atomic uint32_t lcore; /* UINT32_MAX: the main core */
	_Atomic uint32_t told;  /* has look_again() on its way; UINT32_MAX: none */
	/* Under the lock. */
	struct spdk_cpuset isolated;
	bool has_options;
	uint64_t next_round;

	struct spdk_scheduler_core_info *cores; /* by lcore */
	uint32_t *capacities;                   /* of their thread_infos */
	uint32_t cores_end;
} g_scheduling = {.lcore = UINT32_MAX, .told = UINT32_MAX};

void
scheduler_lock(void)
{
	pthread_mutex_lock(&g_lock);
}

void
scheduler_unlock(void)
{
	pthread_mutex_unlock(&g_lock);
}

void
spdk_scheduler_register(struct spdk_scheduler *scheduler)
{
	/* Before main: no looking, no logging. The first of a name is found, see scheduler_find().
	 */
	TAILQ_INSERT_TAIL(&g_schedulers, scheduler, link);
}

struct spdk_scheduler *
scheduler_after(const struct spdk_scheduler *scheduler)
{
	return scheduler != NULL ? TAILQ_NEXT(scheduler, link) : TAILQ_FIRST(&g_schedulers);
}

struct spdk_scheduler *
scheduler_find(const char *name)
{
	struct spdk_scheduler *scheduler;

	TAILQ_FOREACH (scheduler, &g_schedulers, link) {
		if (strcmp(scheduler->name, name) == 0) {
			return scheduler;
		}
	}
	return NULL;
}

static void
explain_unknown(const char *name)
{
	struct spdk_scheduler *scheduler;
	char names[256] = "";

	TAILQ_FOREACH (scheduler, &g_schedulers, link) {
		size_t used = strlen(names);

		snprintf(names + used, sizeof(names) - used, "%s%s", used != 0 ? ", " : "",
			 scheduler->name);
	}
	SPDK_ERRLOG("spdk_scheduler_set(): there is no scheduler '%s'; there are: %s\n", name,
		    names);
}

/* A failed change leaves the one of before. */
static int
change(struct spdk_scheduler *next)
{
	struct spdk_scheduler *before = g_scheduling.current;
	int rc;

	if (before != NULL && before->deinit != NULL) {
		before->deinit();
	}
	g_scheduling.current = NULL;
	rc = next != NULL && next->init != NULL ? next->init() : 0;
	if (rc == 0) {
		g_scheduling.current = next;
	} else {
		SPDK_ERRLOG("spdk_scheduler_set(): scheduler '%s' failed to start: %s\n",
			    next->name, spdk_strerror(-rc));
		if (before != NULL && (before->init == NULL || before->init() == 0)) {
			g_scheduling.current = before;
		}
	}
	return rc;
}

static void
look_again(void *arg1, void *arg2)
{
	uint32_t lcore = t_reactor->public.lcore;

	/* Before it looks: of what changes from now on it is told again. */
	(void)atomic_compare_exchange_strong(&g_scheduling.told, &lcore, UINT32_MAX);
	reactor_set_chore(t_reactor, 0);
}

/*
 * The scheduling reactor is to look when its next round is due. It is told once, however many
 * changes come before it gets to it. Under the lock: it looks under it, after this, or has been
 * told of all before.
 */
static void
tell_scheduling_reactor(void)
{
	uint32_t lcore = spdk_scheduler_get_scheduling_lcore();
	struct spdk_event *event;

	scheduler_lock();
	g_scheduling.next_round = 0;
	if (reactors_are_running() && g_scheduling.told != lcore) {
		event = spdk_event_allocate(lcore, look_again, NULL, NULL);
		if (event != NULL) {
			g_scheduling.told = lcore;
			spdk_event_call(event);
		}
	}
	scheduler_unlock();
}

int
spdk_scheduler_set(const char *name)
{
	struct spdk_scheduler *scheduler = NULL;
	int rc = 0;

	if (name != NULL) {
		scheduler = scheduler_find(name);
		if (scheduler == NULL) {
			explain_unknown(name);
			return -EINVAL;
		}
	}
	scheduler_lock();
	if (scheduler != g_scheduling.current) {
		rc = change(scheduler);
		tell_scheduling_reactor();
	}
	scheduler_unlock();
	return rc;
}

struct spdk_scheduler *
spdk_scheduler_get(void)
{
	return g_scheduling.current;
}

void
spdk_scheduler_set_period(uint64_t period)
{
	atomic_store_explicit(&g_scheduling.period_us, period, memory_order_relaxed);
	tell_scheduling_reactor();
}

uint64_t
spdk_scheduler_get_period(void)
{
	return atomic_load_explicit(&g_scheduling.period_us, memory_order_relaxed);
}

uint32_t
spdk_scheduler_get_scheduling_lcore(void)
{
	uint32_t lcore = atomic_load_explicit(&g_scheduling.lcore, memory_order_relaxed);

	return lcore != UINT32_MAX ? lcore : spdk_env_get_main_core();
}

bool
spdk_scheduler_set_scheduling_lcore(uint32_t lcore)
{
	if (reactor_of(lcore) == NULL) {
		SPDK_ERRLOG("spdk_scheduler_set_scheduling_lcore(): core %u has no reactor\n",
			    lcore);
		return false;
	}
	atomic_store_explicit(&g_scheduling.lcore, lcore, memory_order_relaxed);
	tell_scheduling_reactor();
	return true;
}

int
scheduler_set_options(const struct scheduler_options *options)
{
	int rc = 0;

	scheduler_lock();
	if (g_scheduling.has_options) {
		rc = -EALREADY;
	} else if (!spdk_scheduler_set_scheduling_lcore(options->lcore)) {
		rc = -EINVAL;
	} else {
		spdk_cpuset_copy(&g_scheduling.isolated, &options->isolated);
		g_scheduling.has_options = true;
	}
	scheduler_unlock();
	return rc;
}

bool
scheduler_get_options(struct scheduler_options *out_options)
{
	bool has_options;

	scheduler_lock();
	out_options->lcore = spdk_scheduler_get_scheduling_lcore();
	spdk_cpuset_copy(&out_options->isolated, &g_scheduling.isolated);
	has_options = g_scheduling.has_options;
	scheduler_unlock();
	return has_options;
}

static void
free_infos(void)
{
	uint32_t i;

	for (i = 0; i < g_scheduling.cores_end; i++) {
		free(g_scheduling.cores[i].thread_infos);
	}
	free(g_scheduling.cores);
	free(g_scheduling.capacities);
	g_scheduling.cores = NULL;
	g_scheduling.capacities = NULL;
	g_scheduling.cores_end = 0;
}

void
scheduler_fini(void)
{
	(void)spdk_scheduler_set(NULL); /* Taking it away cannot fail. */
	(void)spdk_governor_set(NULL);
	free_infos();
	scheduler_history_forget();
	set_in_round(false);
	g_scheduling.next_round = 0;
	g_scheduling.has_options = false;
	spdk_cpuset_zero(&g_scheduling.isolated);
	atomic_store_explicit(&g_scheduling.lcore, UINT32_MAX, memory_order_relaxed);
	g_scheduling.told = UINT32_MAX;
	atomic_store_explicit(&g_scheduling.period_us, 0, memory_order_relaxed);
}

static bool
have_infos(void)
{
	uint32_t core, end = spdk_env_get_last_core() + 1;

	if (g_scheduling.cores != NULL) {
		return true;
	}
	g_scheduling.cores = calloc(end, sizeof(g_scheduling.cores[0]));
	g_scheduling.capacities = calloc(end, sizeof(g_scheduling.capacities[0]));
	if (g_scheduling.cores == NULL || g_scheduling.capacities == NULL) {
		free_infos();
		return false;
	}
	g_scheduling.cores_end = end;
	for (core = 0; core < end; core++) {
		g_scheduling.cores[core].lcore = core;
		/* Only where there is no reactor will it stay so. */
		g_scheduling.cores[core].isolated = true;
	}
	return true;
}

static bool
make_room(struct spdk_scheduler_core_info *core, uint32_t count)
{
	uint32_t *capacity = &g_scheduling.capacities[core->lcore];
	struct spdk_scheduler_thread_info *infos;

	if (count > *capacity) {
		infos = realloc(core->thread_infos, count * sizeof(infos[0]));
		if (infos == NULL) {
			return false;
		}
		core->thread_infos = infos;
		*capacity = count;
	}
	return true;
}

static void
gather_thread(struct spdk_thread *thread, void *arg)
{
	struct spdk_scheduler_core_info *core = arg;
	struct spdk_lw_thread *lw_thread = spdk_thread_get_ctx(thread);
	struct spdk_scheduler_thread_info *info;
	struct spdk_thread_stats stats;

	if (spdk_thread_is_bound(thread)) {
		scheduler_history_bound(spdk_thread_get_id(thread), core->lcore);
		return;
	}
	if (!spdk_thread_is_running(thread) ||
	    core->threads_count == g_scheduling.capacities[core->lcore]) {
		return;
	}
	info = &core->thread_infos[core->threads_count++];
	spdk_set_thread(thread);
	(void)spdk_thread_get_stats(&stats); /* There is a current thread. */
	spdk_set_thread(NULL);
	info->lcore = core->lcore;
	info->thread_id = spdk_thread_get_id(thread);
	info->total_stats = stats;
	info->current_stats.busy_tsc = stats.busy_tsc - lw_thread->last_stats.busy_tsc;
	info->current_stats.idle_tsc = stats.idle_tsc - lw_thread->last_stats.idle_tsc;
	lw_thread->last_stats = stats;
}

static int
compare_ids(const void *left, const void *right)
{
	const struct spdk_scheduler_thread_info *a = left, *b = right;

	return a->thread_id < b->thread_id ? -1 : a->thread_id > b->thread_id;
}

static void
gather(void *arg1, void *arg2)
{
	const struct spdk_reactor *reactor = &t_reactor->public;
	struct spdk_scheduler_core_info *core = &g_scheduling.cores[reactor->lcore];

	core->lcore = reactor->lcore;
	core->current_busy_tsc = reactor->busy_tsc - core->total_busy_tsc;
	core->current_idle_tsc = reactor->idle_tsc - core->total_idle_tsc;
	core->total_busy_tsc = reactor->busy_tsc;
	core->total_idle_tsc = reactor->idle_tsc;
	core->interrupt_mode = reactor->in_interrupt;
	scheduler_lock();
	core->isolated = spdk_cpuset_get_cpu(&g_scheduling.isolated, reactor->lcore);
	scheduler_unlock();
	core->threads_count = 0;
	if (!make_room(core, reactor->thread_count)) {
		SPDK_ERRLOG("No memory for what the scheduler is to know of %u threads\n",
			    reactor->thread_count);
		return;
	}
	spindle_run_queue_for_each_thread(t_reactor->queue, gather_thread, core);
	/* By id: to be found when the round is applied, and in the same order each time. */
	if (core->threads_count > 1) {
		qsort(core->thread_infos, core->threads_count, sizeof(core->thread_infos[0]),
		      compare_ids);
	}
}

/* Where the module wants it; where it is, when it was not asked about this one. */
static uint32_t
wanted_core(const struct spdk_scheduler_core_info *core, struct spdk_thread *thread)
{
	struct spdk_scheduler_thread_info key = {.thread_id = spdk_thread_get_id(thread)}, *info;

	info = core->threads_count == 0 ? NULL :
					  bsearch(&key, core->thread_infos, core->threads_count,
						  sizeof(core->thread_infos[0]), compare_ids);
	return info != NULL ? info->lcore : core->lcore;
}

static void
apply_thread(struct spdk_thread *thread, void *arg)
{
	const struct spdk_scheduler_core_info *core = arg;
	uint32_t wanted = wanted_core(core, thread);
	struct reactor *target = reactor_of(wanted);

	if (wanted == core->lcore) {
		return;
	}
	if (target == NULL || !spdk_cpuset_get_cpu(spdk_thread_get_cpumask(thread), wanted)) {
		SPDK_ERRLOG("The scheduler wants thread '%s' on core %u, which %s; it stays on "
			    "core %u\n",
			    spdk_thread_get_name(thread), wanted,
			    target == NULL ? "has no reactor" : "its cpumask does not have",
			    core->lcore);
		scheduler_history_refused(spdk_thread_get_id(thread), core->lcore);
		return;
	}
	/* One that was bound meanwhile stays. */
	if (spindle_run_queue_move_thread(t_reactor->queue, thread, target->queue) == 0) {
		scheduler_history_moved(spdk_thread_get_id(thread), spdk_thread_get_name(thread));
	}
}

static void
apply(void *arg1, void *arg2)
{
	struct spdk_scheduler_core_info *core = &g_scheduling.cores[t_reactor->public.lcore];

	spindle_run_queue_for_each_thread(t_reactor->queue, apply_thread, core);
	if (spdk_interrupt_mode_is_enabled() &&
	    core->interrupt_mode != t_reactor->public.in_interrupt) {
		interrupt_mode_apply(t_reactor, core->interrupt_mode);
	}
}

static void
applied(void *arg1, void *arg2)
{
	set_in_round(false);
}

static void
balance(void *arg1, void *arg2)
{
	uint32_t scheduling = spdk_scheduler_get_scheduling_lcore();
	struct spdk_scheduler *scheduler;
	struct spdk_event *event;
	bool goes_on;

	if (scheduling != t_reactor->public.lcore) {
		event = spdk_event_allocate(scheduling, balance, NULL, NULL);
		if (event != NULL) {
			spdk_event_call(event);
		} else {
			set_in_round(false);
		}
		return;
	}
	scheduler_lock();
	scheduler = g_scheduling.current;
	/* It may have been taken away, or the end may have come, while the round was gathered. */
	goes_on = scheduler != NULL && reactors_go_on();
	if (goes_on) {
		scheduler->balance(g_scheduling.cores, g_scheduling.cores_end);
	}
	scheduler_unlock();
	if (!goes_on) {
		set_in_round(false);
		return;
	}
	scheduler_history_balanced(g_scheduling.cores, g_scheduling.cores_end);
	spdk_for_each_reactor(apply, NULL, NULL, applied);
}

/* Under the lock: of two reactors that take each other for the scheduling one, one begins a round.
 */
static uint64_t
look(struct reactor *reactor, uint64_t now)
{
	uint64_t period = spdk_scheduler_get_period() * spdk_get_ticks_hz() / SPDK_SEC_TO_USEC;

	if (reactor->public.lcore != spdk_scheduler_get_scheduling_lcore() || period == 0 ||
	    g_scheduling.current == NULL) {
		return UINT64_MAX;
	}
	if (g_scheduling.next_round == 0) {
		g_scheduling.next_round = now + period;
	}
	if (now >= g_scheduling.next_round) {
		g_scheduling.next_round = now + period;
		if (!scheduler_is_in_round() && reactors_go_on() && have_infos()) {
			set_in_round(true);
			scheduler_history_begin_round();
			spdk_for_each_reactor(gather, NULL, NULL, balance);
		}
	}
	return g_scheduling.next_round;
}

uint64_t
scheduler_look(struct reactor *reactor, uint64_t now)
{
	uint64_t next;

	scheduler_lock();
	next = look(reactor, now);
	scheduler_unlock();
	return next;
}
