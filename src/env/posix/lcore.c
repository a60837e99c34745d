/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The table of lcores.
 *
 * Invariants:
 *  1. An lcore runs on those of its CPUs that this process may use; if there are none of them, on
 *     the one CPU that the process may use and that the fewest lcores run on. So every list of
 *     lcores works on every machine.
 *  2. An OS thread is on the lcore in t_place only while the generation noted there is the present
 *     one. So whoever is on an lcore has left it after lcore_table_fini(), wherever that was
 *     called.
 *  3. Affinity is a favour: if the kernel refuses it, all goes on as before, only slower.
 *  4. After lcore_table_fini() there are no lcores, but `first`, `last` and `next` still lead over
 *     those there were: programs go over them to print what each core has done.
 */
#include "env/posix/lcore.h"
#include "env/env_internal.h"
#include "env/posix/numa.h"
#include "env/posix/sysfs.h"
#include "spdk/cpuset.h"
#include "spdk/env.h"
#include "spdk/log.h"
#include "spdk/util.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/prctl.h>

#define LIST_TEXT_SIZE   4096
#define NOTICE_LIST_SIZE 80
/* A mask for this many CPUs is as large as any kernel asks for. */
#define AFFINITY_CPUS_MAX 8192
/* A sleep of an lcore may end this late; the kernel's default of 50 us would be most of a short
 * one. */
#define LCORE_TIMERSLACK_NS 1000

struct affinity {
	unsigned long bits[AFFINITY_CPUS_MAX / (8 * sizeof(unsigned long))];
};

struct lcore {
	/* Empty if it is not pinned. */
	struct core_set cpus;
	int32_t numa_id;
};

static struct {
	struct core_set lcores;
	uint32_t count;
	uint32_t first;
	uint32_t last;
	uint32_t main;
	/* For each number, in use or not, the lcore that comes after it. */
	uint32_t next[CORE_LIMIT];
	/* Only those of `lcores` are written, so that an application of a few touches little. */
	struct lcore table[CORE_LIMIT];

	/* Of the OS thread of the main core, before it was that. */
	pid_t main_tid;
	int main_timerslack_ns;
	/* Written under the lock: OS threads that are no lcores may be started before the
	 * environment is, as the watchdog is, and read it at that very time. */
	pthread_mutex_t affinity_lock;
	struct affinity affinity;
	bool has_affinity;
} g_lcores = {.affinity_lock = PTHREAD_MUTEX_INITIALIZER,
	      .first = UINT32_MAX,
	      .last = UINT32_MAX,
	      .main = UINT32_MAX};

/* Counts lcore_table_init() and lcore_table_fini(); 0 is no generation of any OS thread. */
static _Atomic uint32_t g_generation = 1;
/* Generation in the upper half, lcore in the lower. */
static __thread uint64_t t_place;

static bool
affinity_get(struct affinity *affinity)
{
	return sched_getaffinity(0, sizeof(*affinity), (cpu_set_t *)affinity) == 0;
}

static bool
affinity_set(pid_t tid, const struct affinity *affinity)
{
	return sched_setaffinity(tid, sizeof(*affinity), (const cpu_set_t *)affinity) == 0;
}

static bool
affinity_has(const struct affinity *affinity, uint32_t cpu)
{
	const uint32_t word_bits = 8 * sizeof(unsigned long);

	return affinity->bits[cpu / word_bits] >> (cpu % word_bits) & 1;
}

/* The CPUs this process may use; none when the kernel does not tell. */
static void
allowed_cpus(struct core_set *out_cpus)
{
	memset(out_cpus, 0, sizeof(*out_cpus));
	if (!g_lcores.has_affinity) {
		return;
	}
	for (uint32_t cpu = 0; cpu < CORE_LIMIT; cpu++) {
		if (affinity_has(&g_lcores.affinity, cpu)) {
			core_set_add(out_cpus, cpu);
		}
	}
}

static uint32_t
least_used_cpu(const struct core_set *allowed, const uint32_t *users)
{
	uint32_t cpu, best = CORE_NONE;

	for (cpu = core_set_next(allowed, 0); cpu != CORE_NONE;
	     cpu = core_set_next(allowed, cpu + 1)) {
		if (best == CORE_NONE || users[cpu] < users[best]) {
			best = cpu;
		}
	}
	return best;
}

static void
notice_displaced(const struct core_set *displaced, const struct core_set *allowed)
{
	char lcores[NOTICE_LIST_SIZE], cpus[NOTICE_LIST_SIZE];

	SPDK_NOTICELOG(
		"Core(s) %s: this process may not use the CPU(s) of that number, only %s. They "
		"run there: %u core(s) on %u CPU(s) in all.\n",
		core_set_format(displaced, lcores, sizeof(lcores)),
		core_set_format(allowed, cpus, sizeof(cpus)), g_lcores.count,
		core_set_count(allowed));
}

/* Gives each lcore its CPUs (invariant 1). */
static void
place(const struct core_list *list)
{
	uint32_t users[CORE_LIMIT] = {0};
	struct core_set allowed, displaced = {0};
	uint32_t core, cpu;

	allowed_cpus(&allowed);
	if (core_set_count(&allowed) == 0) {
		/* All CPUs have numbers beyond our range, or the kernel does not tell: nobody is
		 * pinned. */
		return;
	}
	SPDK_ENV_FOREACH_CORE (core) {
		struct core_set *cpus = &g_lcores.table[core].cpus;

		for (size_t i = 0; i < CORE_LIMIT / 64; i++) {
			cpus->words[i] = list->cpus[core].words[i] & allowed.words[i];
		}
		cpu = core_set_next(cpus, 0);
		if (cpu == CORE_NONE) {
			core_set_add(&displaced, core);
		} else {
			users[cpu]++;
		}
	}
	for (core = core_set_next(&displaced, 0); core != CORE_NONE;
	     core = core_set_next(&displaced, core + 1)) {
		cpu = least_used_cpu(&allowed, users);
		core_set_add(&g_lcores.table[core].cpus, cpu);
		users[cpu]++;
	}
	if (core_set_count(&displaced) > 0) {
		notice_displaced(&displaced, &allowed);
	}
}

static void
number_lcores(const struct core_list *list, uint32_t main_core)
{
	uint32_t next = UINT32_MAX;

	g_lcores.lcores = list->lcores;
	g_lcores.count = core_set_count(&list->lcores);
	g_lcores.first = core_set_next(&list->lcores, 0);
	g_lcores.main = main_core;
	g_lcores.last = UINT32_MAX;
	for (uint32_t core = CORE_LIMIT; core-- > 0;) {
		g_lcores.next[core] = next;
		if (core_set_has(&list->lcores, core)) {
			next = core;
			if (g_lcores.last == UINT32_MAX) {
				g_lcores.last = core;
			}
		}
	}
}

void
lcore_table_init(const struct core_list *list, uint32_t main_core)
{
	uint32_t core, cpu;

	assert(core_set_has(&list->lcores, main_core));
	numa_init();
	pthread_mutex_lock(&g_lcores.affinity_lock);
	g_lcores.has_affinity = affinity_get(&g_lcores.affinity);
	pthread_mutex_unlock(&g_lcores.affinity_lock);
	g_lcores.main_tid = spdk_get_tid();
	g_lcores.main_timerslack_ns = prctl(PR_GET_TIMERSLACK);
	number_lcores(list, main_core);
	SPDK_ENV_FOREACH_CORE (core) {
		g_lcores.table[core] = (struct lcore){0};
	}
	place(list);
	SPDK_ENV_FOREACH_CORE (core) {
		cpu = core_set_next(&g_lcores.table[core].cpus, 0);
		g_lcores.table[core].numa_id =
			cpu == CORE_NONE ? SPDK_ENV_NUMA_ID_ANY : numa_of_cpu(cpu);
	}
	atomic_fetch_add_explicit(&g_generation, 1, memory_order_relaxed);
	lcore_enter(main_core);
}

void
lcore_table_fini(void)
{
	/* Another OS thread than the main one may call this; the main one may even be gone by then.
	 */
	if (g_lcores.main_tid == spdk_get_tid() && g_lcores.main_timerslack_ns > 0) {
		(void)prctl(PR_SET_TIMERSLACK, g_lcores.main_timerslack_ns); /* Takes any value. */
	}
	if (g_lcores.has_affinity && syscall(SYS_tgkill, getpid(), g_lcores.main_tid, 0) == 0) {
		/* It was in effect before, so it is refused only if those CPUs are gone meanwhile.
		 */
		(void)affinity_set(g_lcores.main_tid, &g_lcores.affinity);
	}
	atomic_fetch_add_explicit(&g_generation, 1, memory_order_relaxed);
	pthread_mutex_lock(&g_lcores.affinity_lock);
	g_lcores.has_affinity = false;
	pthread_mutex_unlock(&g_lcores.affinity_lock);
	memset(&g_lcores.lcores, 0, sizeof(g_lcores.lcores));
	g_lcores.count = 0;
	g_lcores.main = UINT32_MAX;
}

void
lcore_table_forget(void)
{
	g_lcores.first = g_lcores.last = UINT32_MAX;
}

bool
lcore_exists(uint32_t core)
{
	return core_set_has(&g_lcores.lcores, core);
}

void
lcore_enter(uint32_t core)
{
	struct affinity affinity = {{0}};
	const struct core_set *cpus = &g_lcores.table[core].cpus;

	t_place = (uint64_t)atomic_load_explicit(&g_generation, memory_order_relaxed) << 32 | core;
	(void)prctl(PR_SET_TIMERSLACK, LCORE_TIMERSLACK_NS); /* Takes any value. */
	if (core_set_count(cpus) == 0) {
		return;
	}
	for (uint32_t cpu = core_set_next(cpus, 0); cpu != CORE_NONE;
	     cpu = core_set_next(cpus, cpu + 1)) {
		const uint32_t word_bits = 8 * sizeof(unsigned long);

		affinity.bits[cpu / word_bits] |= 1ul << (cpu % word_bits);
	}
	if (!affinity_set(0, &affinity)) {
		SPDK_NOTICELOG("Core %u is not pinned to its CPU: %s. It runs wherever the kernel "
			       "puts it.\n",
			       core, strerror(errno));
		/* An OS thread starts where its maker was; that would be the CPU of another core.
		 */
		spdk_unaffinitize_thread();
	}
}

void
spdk_unaffinitize_thread(void)
{
	struct affinity everywhere, before;
	bool has_affinity;

	pthread_mutex_lock(&g_lcores.affinity_lock);
	has_affinity = g_lcores.has_affinity;
	before = g_lcores.affinity;
	pthread_mutex_unlock(&g_lcores.affinity_lock);
	if (has_affinity && affinity_set(0, &before)) {
		return;
	}
	/* The kernel leaves out what does not exist or is not for this process. */
	memset(&everywhere, 0xff, sizeof(everywhere));
	(void)affinity_set(0, &everywhere); /* If it is refused, there is nothing else to try. */
}

void *
spdk_call_unaffinitized(void *cb(void *arg), void *arg)
{
	struct affinity saved;
	bool has_saved = affinity_get(&saved);
	void *result;

	spdk_unaffinitize_thread();
	result = cb(arg);
	if (has_saved) {
		(void)affinity_set(0, &saved); /* It was in effect before. */
	}
	return result;
}

bool
env_core_is_shared(uint32_t core)
{
	uint32_t other;

	if (!lcore_exists(core) || core_set_next(&g_lcores.table[core].cpus, 0) == CORE_NONE) {
		return true;
	}
	SPDK_ENV_FOREACH_CORE (other) {
		for (size_t i = 0; i < CORE_LIMIT / 64; i++) {
			if (other != core && (g_lcores.table[core].cpus.words[i] &
					      g_lcores.table[other].cpus.words[i]) != 0) {
				return true;
			}
		}
	}
	return false;
}

uint32_t
env_core_only_cpu(uint32_t core)
{
	uint32_t cpu;

	if (!lcore_exists(core)) {
		return CORE_NONE;
	}
	cpu = core_set_next(&g_lcores.table[core].cpus, 0);
	if (cpu == CORE_NONE || core_set_next(&g_lcores.table[core].cpus, cpu + 1) != CORE_NONE) {
		return CORE_NONE;
	}
	return cpu;
}

void
env_get_rusage(struct rusage *out_usage)
{
	(void)getrusage(RUSAGE_THREAD, out_usage); /* It takes any thread that calls it. */
}

uint64_t
env_get_cpu_time_ns(void)
{
	struct timespec time = {0};

	(void)clock_gettime(CLOCK_THREAD_CPUTIME_ID,
			    &time); /* It takes any thread that calls it. */
	return (uint64_t)time.tv_sec * SPDK_SEC_TO_NSEC + (uint64_t)time.tv_nsec;
}

uint32_t
spdk_env_get_core_count(void)
{
	return g_lcores.count;
}

uint32_t
spdk_env_get_current_core(void)
{
	uint64_t place_now = t_place;

	if (place_now >> 32 != atomic_load_explicit(&g_generation, memory_order_relaxed)) {
		return SPDK_ENV_LCORE_ID_ANY;
	}
	return (uint32_t)place_now;
}

uint32_t
spdk_env_get_main_core(void)
{
	return g_lcores.main;
}

uint32_t
spdk_env_get_first_core(void)
{
	return g_lcores.first;
}

uint32_t
spdk_env_get_last_core(void)
{
	return g_lcores.last;
}

uint32_t
spdk_env_get_next_core(uint32_t prev_core)
{
	return prev_core < CORE_LIMIT && g_lcores.first != UINT32_MAX ? g_lcores.next[prev_core] :
									UINT32_MAX;
}

int32_t
spdk_env_get_numa_id(uint32_t core)
{
	return lcore_exists(core) ? g_lcores.table[core].numa_id : SPDK_ENV_NUMA_ID_ANY;
}

void
spdk_env_get_cpuset(struct spdk_cpuset *cpuset)
{
	uint32_t core;

	spdk_cpuset_zero(cpuset);
	SPDK_ENV_FOREACH_CORE (core) {
		/* Also asked after the end, when there are none (invariant 4). */
		spdk_cpuset_set_cpu(cpuset, core, lcore_exists(core));
	}
}

/* The CPU that stands for an lcore; for a number that is no lcore, the CPU of that number. */
static uint32_t
cpu_of_lcore(uint32_t core)
{
	uint32_t cpu = lcore_exists(core) ? core_set_next(&g_lcores.table[core].cpus, 0) : core;

	return cpu == CORE_NONE ? core : cpu;
}

/*
 * Adds the lcores that run on `cpu`. A CPU without any stands for itself, unless its number is that
 * of an lcore which is elsewhere.
 */
static void
add_lcores_of_cpu(struct spdk_cpuset *cpuset, uint32_t cpu)
{
	bool has_lcore = false;
	uint32_t core;

	SPDK_ENV_FOREACH_CORE (core) {
		if (lcore_exists(core) && cpu_of_lcore(core) == cpu) {
			spdk_cpuset_set_cpu(cpuset, core, true);
			has_lcore = true;
		}
	}
	if (!has_lcore && !lcore_exists(cpu)) {
		spdk_cpuset_set_cpu(cpuset, cpu, true);
	}
}

static bool
add_siblings(struct spdk_cpuset *cpuset, uint32_t core)
{
	char path[SYSFS_PATH_MAX], text[LIST_TEXT_SIZE];
	struct core_set siblings;
	uint32_t cpu;

	if (sysfs_path(path, sizeof(path), "devices/system/cpu/cpu%u/topology/thread_siblings_list",
		       cpu_of_lcore(core)) != 0 ||
	    sysfs_read_text(path, text, sizeof(text)) < 0 || core_set_parse(text, &siblings) != 0) {
		return false;
	}
	spdk_cpuset_set_cpu(cpuset, core, true);
	for (cpu = core_set_next(&siblings, 0); cpu != CORE_NONE;
	     cpu = core_set_next(&siblings, cpu + 1)) {
		add_lcores_of_cpu(cpuset, cpu);
	}
	return true;
}

bool
spdk_env_core_get_smt_cpuset(struct spdk_cpuset *cpuset, uint32_t core)
{
	spdk_cpuset_zero(cpuset);
	if (core != UINT32_MAX) {
		return core < CORE_LIMIT && add_siblings(cpuset, core);
	}
	SPDK_ENV_FOREACH_CORE (core) {
		if (lcore_exists(core) && !add_siblings(cpuset, core)) {
			return false;
		}
	}
	return true;
}
