/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The hunt for lost wake-ups.
 *
 *     wake_hunt [MESSAGES [RECEIVERS [SPIN_US]]]
 *
 * Each receiver is the only thread of its reactor, and has one sender, which sends again only after
 * what it sent before has arrived, and after a random gap of 0 to 2 ms. So the receiver's reactor
 * is caught at every stage of going to sleep, and nothing else wakes it: a wake-up that is lost
 * stays lost, and is seen. There are far more reactors than CPUs.
 *
 *   sender     is
 *   reactor    a thread with a timed poller, on a reactor where no receiver lives
 *   plain      an OS thread of its own
 *   signal     a handler that interrupts the reactor of a receiver, or another, and sends a
 * critical message
 *
 * Fails when a message has not arrived after LOST_SEC, or arrived more than LATE_MS after it was
 * sent.
 */
#include "spdk/stdinc.h"

#include "spdk/cpuset.h"
#include "spdk/env.h"
#include "spdk/event.h"
#include "spdk/string.h"
#include "spdk/thread.h"
#include "spdk_internal/event.h"
#include "spindle/reactor.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>

#define RECEIVERS_MAX   96
#define SENDER_REACTORS 8
#define GAP_MAX_US      2000
#define LATE_MS         1000
#define LOST_SEC        10

enum sender {
	SENDER_REACTOR,
	SENDER_PLAIN,
	SENDER_SIGNAL,
	SENDER_COUNT,
};

static const char *const g_sender_names[] = {"reactor", "plain", "signal"};

struct pair {
	uint32_t number;
	enum sender kind;
	struct spdk_thread *receiver;
	struct spdk_thread *sender; /* SENDER_REACTOR */
	pthread_t os_sender;
	struct spdk_poller *poller;
	uint64_t random;
	uint64_t sent; /* the sender's */
	uint64_t sent_at;
	uint64_t late_max; /* the receiver's */
	uint64_t late_count;
	_Atomic uint64_t received;
	_Atomic uint64_t sending_at; /* ticks; written by the sender, or in its handler */
};

static struct pair g_pairs[RECEIVERS_MAX];
static uint32_t g_pair_count = 48;
static uint64_t g_messages = 100000; /* of all */
static uint64_t g_each;
static _Atomic uint32_t g_running;
static _Atomic bool g_is_lost;
static _Atomic bool g_is_hopeless; /* nobody waits any more */
/* By core, for signals. */
static pthread_t g_reactors[SPDK_CPUSET_SIZE];
static uint64_t g_hz;
static uint64_t g_first_id;

static uint32_t
random_gap_us(struct pair *pair)
{
	pair->random = pair->random * UINT64_C(6364136223846793005) + 1442695040888963407;
	return (uint32_t)((pair->random >> 33) % (GAP_MAX_US + 1));
}

static void
exit_thread(void *arg)
{
	spdk_thread_exit(spdk_get_thread());
}

static void
done(void *arg)
{
	uint32_t i;

	for (i = 0; i < g_pair_count; i++) {
		spdk_thread_send_msg(g_pairs[i].receiver, exit_thread, NULL);
		if (g_pairs[i].sender != NULL) {
			spdk_thread_send_msg(g_pairs[i].sender, exit_thread, NULL);
		}
	}
	spdk_app_stop(atomic_load(&g_is_lost) ? 1 : 0);
}

static void
pair_done(void)
{
	if (atomic_fetch_sub(&g_running, 1) == 1) {
		spdk_thread_send_msg(spdk_thread_get_app_thread(), done, NULL);
	}
}

static void
received(void *arg)
{
	struct pair *pair = arg;
	uint64_t late =
		spdk_get_ticks() - atomic_load_explicit(&pair->sending_at, memory_order_relaxed);

	pair->late_max = spdk_max(pair->late_max, late);
	pair->late_count += late > LATE_MS * g_hz / 1000;
	atomic_fetch_add_explicit(&pair->received, 1, memory_order_release);
}

/* A critical message has no argument. */
static void
received_critical(void *arg)
{
	received(&g_pairs[spdk_thread_get_id(spdk_get_thread()) - g_first_id]);
}

static bool
has_arrived(struct pair *pair)
{
	if (atomic_load_explicit(&pair->received, memory_order_acquire) == pair->sent) {
		return true;
	}
	if (spdk_get_ticks() > pair->sent_at + LOST_SEC * g_hz &&
	    !atomic_exchange(&g_is_lost, true)) {
		fprintf(stderr, "message %" PRIu64 " of pair %u (%s) has not arrived after %d s\n",
			pair->sent, pair->number, g_sender_names[pair->kind], LOST_SEC);
		atomic_store(&g_is_hopeless, true);
	}
	return false;
}

static void
about_to_send(struct pair *pair)
{
	pair->sent++;
	pair->sent_at = spdk_get_ticks();
	atomic_store_explicit(&pair->sending_at, pair->sent_at, memory_order_relaxed);
}

static int send_next(void *arg);

static void
arm(struct pair *pair)
{
	spdk_poller_unregister(&pair->poller);
	pair->poller = SPDK_POLLER_REGISTER(send_next, pair, random_gap_us(pair));
}

static int
send_next(void *arg)
{
	struct pair *pair = arg;

	if (atomic_load(&g_is_hopeless) || (pair->sent == g_each && has_arrived(pair))) {
		spdk_poller_unregister(&pair->poller);
		pair_done();
		return SPDK_POLLER_BUSY;
	}
	if (has_arrived(pair)) {
		about_to_send(pair);
		spdk_thread_send_msg(pair->receiver, received, pair);
	}
	arm(pair);
	return SPDK_POLLER_BUSY;
}

static void
start_reactor_sender(void *arg)
{
	arm(arg);
}

/* What the handler is to do, for the OS thread that it interrupts. */
static _Atomic(struct pair *) g_signalled;

static void
on_signal(int number)
{
	int saved_errno = errno;
	struct pair *pair = atomic_exchange(&g_signalled, NULL);

	if (pair != NULL) {
		/* How long the kernel took for the signal is not what is looked for. */
		atomic_store_explicit(&pair->sending_at, spdk_get_ticks(), memory_order_relaxed);
		if (spdk_thread_send_critical_msg(pair->receiver, received_critical) != 0) {
			atomic_store(&g_is_lost, true);
		}
	}
	errno = saved_errno;
}

/* One signal at a time: the handler has no other way to be told for whom it is. */
static void
send_by_signal(struct pair *pair)
{
	struct pair *none = NULL;
	uint32_t core = (uint32_t)(pair->random >> 40) % (g_pair_count + SENDER_REACTORS);

	while (!atomic_compare_exchange_weak(&g_signalled, &none, pair)) {
		none = NULL;
		sched_yield();
	}
	/* Every other time the receiver's own reactor. */
	if (pair->sent % 2 == 0) {
		core = SENDER_REACTORS + pair->number;
	}
	pthread_kill(g_reactors[core], SIGUSR1);
}

static void *
os_sender(void *arg)
{
	struct pair *pair = arg;
	struct timespec gap = {0};

	while (!atomic_load(&g_is_hopeless)) {
		gap.tv_nsec = random_gap_us(pair) * 1000;
		nanosleep(&gap, NULL);
		if (!has_arrived(pair)) {
			continue;
		}
		if (pair->sent == g_each) {
			break;
		}
		about_to_send(pair);
		if (pair->kind == SENDER_SIGNAL) {
			send_by_signal(pair);
		} else {
			spdk_thread_send_msg(pair->receiver, received, pair);
		}
	}
	pair_done();
	return NULL;
}

static struct spdk_thread *
make_thread(const char *kind, uint32_t number, uint32_t core)
{
	struct spdk_cpuset cpumask;
	char name[32];

	snprintf(name, sizeof(name), "%s_%u", kind, number);
	spdk_cpuset_zero(&cpumask);
	spdk_cpuset_set_cpu(&cpumask, core, true);
	return spdk_thread_create(name, &cpumask);
}

/* All reactors have said which OS thread they are. */
static void
start_pairs(void *arg1, void *arg2)
{
	uint32_t i;

	for (i = 0; i < g_pair_count; i++) {
		struct pair *pair = &g_pairs[i];

		if (pair->kind == SENDER_REACTOR) {
			pair->sender = make_thread("sender", i, i % SENDER_REACTORS);
			spdk_thread_send_msg(pair->sender, start_reactor_sender, pair);
		} else if (pthread_create(&pair->os_sender, NULL, os_sender, pair) != 0) {
			fprintf(stderr, "no OS thread\n");
			exit(1);
		}
	}
}

static void
note_os_thread(void *arg1, void *arg2)
{
	g_reactors[spdk_env_get_current_core()] = pthread_self();
}

static void
start(void *arg)
{
	uint32_t i;

	g_hz = spdk_get_ticks_hz();
	g_each = g_messages / g_pair_count;
	atomic_store(&g_running, g_pair_count);
	for (i = 0; i < g_pair_count; i++) {
		struct pair *pair = &g_pairs[i];

		pair->number = i;
		pair->kind = (enum sender)(i % SENDER_COUNT);
		pair->random = i + 1;
		pair->receiver = make_thread("receiver", i, SENDER_REACTORS + i);
	}
	/* Made one after the other, before any other thread. */
	g_first_id = spdk_thread_get_id(g_pairs[0].receiver);
	spdk_for_each_reactor(note_os_thread, NULL, NULL, start_pairs);
}

static int
report(void)
{
	uint64_t late_max[SENDER_COUNT] = {0}, count[SENDER_COUNT] = {0}, late_count = 0;
	uint32_t i;

	for (i = 0; i < g_pair_count; i++) {
		struct pair *pair = &g_pairs[i];

		if (pair->kind != SENDER_REACTOR) {
			pthread_join(pair->os_sender, NULL);
		}
		late_max[pair->kind] = spdk_max(late_max[pair->kind], pair->late_max);
		count[pair->kind] += atomic_load(&pair->received);
		late_count += pair->late_count;
	}
	for (i = 0; i < SENDER_COUNT; i++) {
		printf("%-8s %9" PRIu64 " messages, latest after %7.3f ms\n", g_sender_names[i],
		       count[i], (double)late_max[i] * 1000 / (double)g_hz);
	}
	printf("%" PRIu64 " later than %d ms%s\n", late_count, LATE_MS,
	       atomic_load(&g_is_lost) ? ", and some lost" : "");
	return late_count == 0 && !atomic_load(&g_is_lost) ? 0 : 1;
}

/* SIGINT, SIGTERM: the senders end by this, and the last of them ends the application. */
static void
give_up(void)
{
	atomic_store(&g_is_lost, true);
	atomic_store(&g_is_hopeless, true);
}

static void
take_signals(void)
{
	struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};

	sigemptyset(&action.sa_mask);
	sigaction(SIGUSR1, &action, NULL);
}

int
main(int argc, char **argv)
{
	struct spindle_rest_opts rest = {.size = sizeof(rest)};
	struct spdk_app_opts opts;
	char mask[32];
	int rc;

	g_messages = argc > 1 ? strtoull(argv[1], NULL, 10) : g_messages;
	g_pair_count = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : g_pair_count;
	if (g_pair_count < SENDER_COUNT || g_pair_count > RECEIVERS_MAX) {
		fprintf(stderr, "RECEIVERS: %d to %d\n", SENDER_COUNT, RECEIVERS_MAX);
		return 1;
	}
	if (argc > 3) {
		spindle_reactors_get_rest(&rest);
		rest.spin_us = (uint32_t)strtoul(argv[3], NULL, 10);
		spindle_reactors_set_rest(&rest);
	}
	take_signals();
	snprintf(mask, sizeof(mask), "[0-%u]", SENDER_REACTORS + g_pair_count - 1);
	spdk_app_opts_init(&opts, sizeof(opts));
	opts.name = "wake_hunt";
	opts.reactor_mask = mask;
	opts.rpc_addr = NULL;
	opts.disable_cpumask_locks = true;
	opts.shutdown_cb = give_up;
	rc = spdk_app_start(&opts, start, NULL);
	spdk_app_fini();
	return rc != 0 ? 1 : report();
}
