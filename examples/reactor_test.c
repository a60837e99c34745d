/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A program that brings its own reactors.
 *
 * What runs where:
 *
 *   core      one OS thread per core of `-m`, started by spdk_env_thread_launch_pinned(); the main
 *             core is the OS thread that called main()
 *   reactor   the loop on a core. It owns a ring of lightweight threads and polls them in turn
 *   thread    an spdk_thread: a queue of messages and some pollers. It is no OS thread and has no
 *             stack; it runs only while a reactor is inside spdk_thread_poll() for it
 *   message   a function and a pointer, sent to a thread from anywhere; runs once, on that thread
 *   poller    a function that a thread runs again and again, here every `-p` seconds
 *
 * The story: the first thread greets, then every period sends a baton from thread to thread, one on
 * each core, until it comes back. One more thread, the wanderer, changes its core after each round.
 * After `-t` seconds, or Ctrl-C, every thread leaves in order and everything is freed.
 */
#include "spdk/env.h"
#include "spdk/log.h"
#include "spdk/stdinc.h"
#include "spdk/string.h"
#include "spdk/thread.h"
#include "spdk/util.h"

#define THREADS_MAX 1024

/* The scheduler's part of a thread. The library keeps room for it behind each spdk_thread. */
struct lw_thread {
	bool reschedule;
};

struct reactor {
	uint32_t core;
	struct spdk_ring *threads; /* of struct lw_thread * */
};

static struct {
	const char *name;
	const char *core_mask;
	uint64_t period_sec;
	uint64_t run_sec; /* 0: until Ctrl-C */
} g_opts = {.name = "hello", .core_mask = "0x3", .period_sec = 5};

static struct reactor g_reactors[SPDK_CPUSET_SIZE];
static uint32_t g_turn;
static volatile sig_atomic_t g_signalled;
/* Set by the last thread when it has gone: nothing is left to poll. */
static bool g_done;

/* The members of the baton's ring, in order; written before the first round. */
static struct spdk_thread *g_members[THREADS_MAX];
static uint32_t g_member_count;
static struct spdk_thread *g_wanderer;
static uint64_t g_round; /* the last member's */
/* The first thread's: what belongs to one thread needs no lock. */
static struct spdk_poller *g_poller;
static bool g_round_runs;
static bool g_stopping;

/* Which reactor a thread goes to: those that its cpumask allows, in turn. */
static struct reactor *
choose_reactor(struct spdk_thread *thread)
{
	struct spdk_cpuset *allowed = spdk_thread_get_cpumask(thread);
	struct reactor *candidates[SPDK_CPUSET_SIZE];
	uint32_t core, count = 0;

	SPDK_ENV_FOREACH_CORE (core) {
		if (spdk_cpuset_get_cpu(allowed, core)) {
			candidates[count++] = &g_reactors[core];
		}
	}
	if (count == 0) {
		return &g_reactors[spdk_env_get_main_core()];
	}
	/* Threads are created and moved on any core. */
	return candidates[__atomic_fetch_add(&g_turn, 1, __ATOMIC_RELAXED) % count];
}

static int
schedule(struct spdk_thread *thread)
{
	struct lw_thread *lw_thread = spdk_thread_get_ctx(thread);
	struct reactor *reactor = choose_reactor(thread);

	lw_thread->reschedule = false;
	if (spdk_ring_enqueue(reactor->threads, (void **)&lw_thread, 1, NULL) != 1) {
		return -ENOSPC;
	}
	return 0;
}

/*
 * The library tells us what happens to threads. NEW: nobody runs this thread yet; if we did not put
 * it on a ring here, no message to it would ever run. RESCHED: the thread has got another cpumask.
 * We are inside its poll at this moment, so we only make a note of it.
 */
static int
thread_op(struct spdk_thread *thread, enum spdk_thread_op op)
{
	struct lw_thread *lw_thread = spdk_thread_get_ctx(thread);

	switch (op) {
	case SPDK_THREAD_OP_NEW:
		return schedule(thread);
	case SPDK_THREAD_OP_RESCHED:
		lw_thread->reschedule = true;
		return 0;
	default:
		return -ENOTSUP;
	}
}

/* It must say yes to exactly the operations that thread_op() handles. */
static bool
thread_op_supported(enum spdk_thread_op op)
{
	return op == SPDK_THREAD_OP_NEW || op == SPDK_THREAD_OP_RESCHED;
}

/* Polls the next thread of the ring. Returns > 0 when it found work. */
static int
reactor_poll_one(struct reactor *reactor)
{
	struct lw_thread *lw_thread;
	struct spdk_thread *thread;
	int rc;

	if (spdk_ring_dequeue(reactor->threads, (void **)&lw_thread, 1) != 1) {
		return 0;
	}
	thread = spdk_thread_get_from_ctx(lw_thread);
	rc = spdk_thread_poll(thread, 0, 0);

	if (spdk_thread_is_exited(thread) && spdk_thread_is_idle(thread)) {
		spdk_thread_destroy(thread);
		if (spdk_thread_get_count() == 0) {
			__atomic_store_n(&g_done, true, __ATOMIC_RELEASE);
		}
	} else if (lw_thread->reschedule) {
		/* Onto the ring of another reactor, which polls it from now on. */
		schedule(thread);
	} else {
		/*
		 * Back onto our own ring. spdk_thread_poll() runs a thread once, not for ever: what
		 * is not queued again after each poll is never run again.
		 */
		spdk_ring_enqueue(reactor->threads, (void **)&lw_thread, 1, NULL);
	}
	return rc;
}

static void begin_stop(void *arg);

static int
reactor_run(void *arg)
{
	struct reactor *reactor = arg;
	uint64_t deadline = spdk_get_ticks() + g_opts.run_sec * spdk_get_ticks_hz();
	bool is_main = reactor->core == spdk_env_get_main_core();
	size_t i, count;
	int busy;

	while (!__atomic_load_n(&g_done, __ATOMIC_ACQUIRE)) {
		busy = 0;
		count = spdk_ring_count(reactor->threads);
		for (i = 0; i < count; i++) {
			busy += reactor_poll_one(reactor) > 0;
		}
		if (is_main &&
		    (g_signalled || (g_opts.run_sec != 0 && spdk_get_ticks() >= deadline))) {
			/* We are in no thread here, so we ask the first one to see to it. */
			is_main = false;
			spdk_thread_send_msg(spdk_thread_get_app_thread(), begin_stop, NULL);
		}
		if (busy == 0) {
			/* Nothing to do in a whole turn: leave the core to others for a moment. */
			usleep(200);
		}
	}
	return 0;
}

/* Messages: each runs on the thread that it was sent to. */

static void
leave(void *arg)
{
	struct spdk_thread *self = spdk_get_thread();

	printf("thread '%s' leaves from core %u\n", spdk_thread_get_name(self),
	       spdk_env_get_current_core());
	spdk_thread_exit(self);
}

/* On the first thread. It sends to itself last, so that it outlives the others. */
static void
all_leave(void)
{
	uint32_t i;

	for (i = g_member_count; i > 1; i--) {
		spdk_thread_send_msg(g_members[i - 1], leave, NULL);
	}
	spdk_thread_send_msg(g_wanderer, leave, NULL);
	spdk_thread_send_msg(spdk_get_thread(), leave, NULL);
}

/*
 * On the first thread. A message to a thread that has left is refused, so a round that is under way
 * comes to its end before anybody leaves.
 */
static void
begin_stop(void *arg)
{
	/* What a thread holds must go before it: its pollers, here, and its I/O channels. */
	spdk_poller_unregister(&g_poller);
	g_stopping = true;
	if (!g_round_runs) {
		all_leave();
	}
}

static void
round_done(void *arg)
{
	g_round_runs = false;
	if (g_stopping) {
		all_leave();
	}
}

static void
wander(void *arg)
{
	struct spdk_cpuset cpuset;
	uint32_t core = spdk_env_get_next_core(spdk_env_get_current_core());

	if (core == SPDK_ENV_LCORE_ID_ANY) {
		core = spdk_env_get_first_core();
	}
	printf("  wanderer is on core %u, asks for core %u\n", spdk_env_get_current_core(), core);
	spdk_cpuset_zero(&cpuset);
	spdk_cpuset_set_cpu(&cpuset, core, true);
	/* Works on the current thread, and calls thread_op() with RESCHED. */
	spdk_thread_set_cpumask(&cpuset);
}

static void
pass_baton(void *arg)
{
	uint32_t next = (uint32_t)(uintptr_t)arg;

	if (next < g_member_count) {
		spdk_thread_send_msg(g_members[next], pass_baton, (void *)(uintptr_t)(next + 1));
		return;
	}
	printf("round %" PRIu64 ": the baton has passed %u threads and ended on '%s', core %u\n",
	       ++g_round, g_member_count, spdk_thread_get_name(spdk_get_thread()),
	       spdk_env_get_current_core());
	spdk_thread_send_msg(g_wanderer, wander, NULL);
	spdk_thread_send_msg(g_members[0], round_done, NULL);
}

/* A poller returns whether it did something, so that busy time can be told from idle time. */
static int
start_round(void *arg)
{
	if (g_round_runs) {
		return SPDK_POLLER_IDLE;
	}
	g_round_runs = true;
	spdk_thread_send_msg(g_members[0], pass_baton, (void *)(uintptr_t)1);
	return SPDK_POLLER_BUSY;
}

static void
greet(void *arg)
{
	char name[32];
	struct spdk_cpuset cpuset;
	uint32_t core;

	printf("%s: first message, on thread '%s', core %u of %u\n", g_opts.name,
	       spdk_thread_get_name(spdk_get_thread()), spdk_env_get_current_core(),
	       spdk_env_get_core_count());
	g_members[g_member_count++] = spdk_get_thread();
	SPDK_ENV_FOREACH_CORE (core) {
		snprintf(name, sizeof(name), "member_%u", core);
		spdk_cpuset_zero(&cpuset);
		spdk_cpuset_set_cpu(&cpuset, core, true);
		g_members[g_member_count] = spdk_thread_create(name, &cpuset);
		g_member_count += g_members[g_member_count] != NULL;
	}
	g_wanderer = spdk_thread_create("wanderer", NULL);
	g_poller = SPDK_POLLER_REGISTER(start_round, NULL, g_opts.period_sec * SPDK_SEC_TO_USEC);
}

/* From here on, main(): what has to be set up before a thread can run, and taken down after. */

static void
on_signal(int signo)
{
	g_signalled = 1;
}

static int
usage(const char *program, int rc)
{
	printf("%s [options]\n"
	       "  -b NAME     what to be greeted as (default hello)\n"
	       "  -m MASK     cores to run reactors on: 0x3 or [0,1] (default 0x3); there may be\n"
	       "              more of them than the machine has CPUs\n"
	       "  -p SECONDS  period of the rounds (default 5)\n"
	       "  -t SECONDS  end after so long (default: at Ctrl-C)\n"
	       "  -h          this text\n",
	       program);
	return rc;
}

static int
parse_seconds(int option, const char *text, uint64_t *out_seconds)
{
	long long value = spdk_strtoll(text, 10);

	if (value <= 0 || value > INT32_MAX) {
		fprintf(stderr, "-%c %s: give a whole number of seconds, from 1\n", option, text);
		return -EINVAL;
	}
	*out_seconds = (uint64_t)value;
	return 0;
}

/* 1: go on; else main() returns at once, with *out_rc. */
static bool
parse_args(int argc, char **argv, int *out_rc)
{
	int option;

	*out_rc = 1;
	while ((option = getopt(argc, argv, "b:m:p:t:h")) != -1) {
		switch (option) {
		case 'b':
			g_opts.name = optarg;
			break;
		case 'm':
			g_opts.core_mask = optarg;
			break;
		case 'p':
			if (parse_seconds('p', optarg, &g_opts.period_sec) != 0) {
				return false;
			}
			break;
		case 't':
			if (parse_seconds('t', optarg, &g_opts.run_sec) != 0) {
				return false;
			}
			break;
		case 'h':
			*out_rc = usage(argv[0], 0);
			return false;
		default:
			usage(argv[0], 1);
			return false;
		}
	}
	if (optind != argc) {
		fprintf(stderr, "%s: what is '%s'?\n", argv[0], argv[optind]);
		return false;
	}
	return true;
}

static int
create_reactors(void)
{
	uint32_t core;

	SPDK_ENV_FOREACH_CORE (core) {
		g_reactors[core].core = core;
		/* Threads come from any core and are taken by one: many producers, one consumer. */
		g_reactors[core].threads =
			spdk_ring_create(SPDK_RING_TYPE_MP_SC, THREADS_MAX, SPDK_ENV_NUMA_ID_ANY);
		if (g_reactors[core].threads == NULL) {
			return -ENOMEM;
		}
	}
	return 0;
}

static void
free_reactors(void)
{
	uint32_t core;

	SPDK_ENV_FOREACH_CORE (core) {
		spdk_ring_free(g_reactors[core].threads);
	}
}

static int
run_reactors(void)
{
	struct spdk_thread *first;
	uint32_t core;
	int rc;

	/* thread_op() has put it on a ring before this returns. */
	first = spdk_thread_create("first_thread", NULL);
	if (first == NULL) {
		return -ENOMEM;
	}
	spdk_thread_send_msg(first, greet, NULL);

	SPDK_ENV_FOREACH_CORE (core) {
		if (core == spdk_env_get_main_core()) {
			continue;
		}
		rc = spdk_env_thread_launch_pinned(core, reactor_run, &g_reactors[core]);
		if (rc != 0) {
			fprintf(stderr, "no reactor on core %u: %s\n", core, spdk_strerror(-rc));
			g_signalled = 1;
		}
	}
	reactor_run(&g_reactors[spdk_env_get_main_core()]);
	spdk_env_thread_wait_all();
	return 0;
}

int
main(int argc, char **argv)
{
	struct spdk_env_opts opts;
	struct sigaction action = {.sa_handler = on_signal};
	int rc;

	if (!parse_args(argc, argv, &rc)) {
		return rc;
	}
	setlinebuf(stdout);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);

	opts.opts_size = sizeof(opts);
	spdk_env_opts_init(&opts);
	opts.name = "reactor_test";
	opts.core_mask = g_opts.core_mask;
	if (spdk_env_init(&opts) != 0) {
		return 1;
	}
	rc = spdk_thread_lib_init_ext(thread_op, thread_op_supported, sizeof(struct lw_thread),
				      SPDK_DEFAULT_MSG_MEMPOOL_SIZE);
	if (rc == 0) {
		rc = create_reactors();
		if (rc == 0) {
			rc = run_reactors();
		}
		free_reactors();
		spdk_thread_lib_fini();
	}
	spdk_env_fini();
	if (rc != 0) {
		fprintf(stderr, "reactor_test: %s\n", spdk_strerror(-rc));
		return 1;
	}
	printf("all threads have left; bye\n");
	return 0;
}
