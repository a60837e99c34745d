/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a message takes where many send: each of N threads to one receiver, and each of N to each
 * other, with 64 under way on each way. The threads lie on both reactors in turn; the receiver of
 * many is on the first, the first of its senders on the second.
 *
 * The rival's threads are as many OS threads, spread over the same two cores. They send as long as
 * there is room in the receiver's ring, of 2,047; they take what has come for them and give way to
 * each other where there is nothing else to do, since they may be more than there are cores. A
 * sample ends after a time, and what came by then counts.
 *
 * Where a thread is preempted in the midst of sending, those that send after it burn their time.
 * DPDK says so, and has the mode RTS for threads that share cores; four and more are compared with
 * that alone, since a message of the other mode then takes tens of microseconds.
 */
#include "sides.h"

#define SAMPLES     21
#define MESSAGES    200000 /* of a sample, about */
#define WINDOW      64
#define PART        (WINDOW / RIVAL_ACK_PART)
#define THREADS_MAX 8
#define TIME_MAX_US 50000 /* of the rival's sample */
#define LOOK_TURNS  64    /* the rival's threads look at the time once in so many turns */

/* ---- Ours ---- */

/* From one thread to another. */
struct way {
	struct spdk_thread *from, *to;
	/* The sender's. */
	uint32_t to_send __attribute__((aligned(128)));
	/* The receiver's. */
	uint32_t received __attribute__((aligned(128)));
	uint32_t count;
};

static struct {
	struct spdk_thread *receiver;
	struct spdk_thread *threads[THREADS_MAX];
	struct way ways[THREADS_MAX * THREADS_MAX];
	uint32_t way_count;
	uint32_t ways_left; /* the app thread's */
	uint64_t started;
	uint32_t messages;
} g_ours __attribute__((aligned(128)));

static void way_acked(void *arg);

static void
way_done(void *arg)
{
	if (--g_ours.ways_left == 0) {
		bench_side_done(bench_ns(spdk_get_ticks() - g_ours.started) / g_ours.messages);
	}
}

static void
way_receive(void *arg)
{
	struct way *way = arg;

	way->received++;
	if (way->received == way->count) {
		spdk_thread_send_msg(g_bench_threads[BENCH_HOME], way_done, NULL);
	} else if (way->received % PART == 0) {
		spdk_thread_send_msg(way->from, way_acked, way);
	}
}

static void
way_send(struct way *way, uint32_t count)
{
	count = spdk_min(count, way->to_send);
	way->to_send -= count;
	while (count-- > 0) {
		spdk_thread_send_msg(way->to, way_receive, way);
	}
}

static void
way_acked(void *arg)
{
	way_send(arg, PART);
}

static void
way_start(void *arg)
{
	way_send(arg, WINDOW);
}

static void
add_way(struct spdk_thread *from, struct spdk_thread *to)
{
	g_ours.ways[g_ours.way_count++] = (struct way){.from = from, .to = to};
}

/* To each other; the only one to itself. */
static void
add_ways_among(uint32_t threads)
{
	uint32_t i, j;

	for (i = 0; i < threads; i++) {
		for (j = 0; j < threads; j++) {
			if (i != j || threads == 1) {
				add_way(g_ours.threads[i], g_ours.threads[j]);
			}
		}
	}
}

static void
make_threads(void)
{
	uint32_t i;

	g_ours.receiver = bench_thread_create("receiver", 0);
	for (i = 0; i < THREADS_MAX; i++) {
		g_ours.threads[i] = bench_thread_create("sender", (i + 1) % BENCH_REACTORS);
	}
}

static void
start_ours(struct bench_side *side)
{
	uint32_t i, threads = side->window;

	if (g_ours.receiver == NULL) {
		make_threads();
	}
	g_ours.way_count = 0;
	if (side->place == BENCH_NEAR) {
		for (i = 0; i < threads; i++) {
			add_way(g_ours.threads[i], g_ours.receiver);
		}
	} else {
		add_ways_among(threads);
	}
	g_ours.messages = 0;
	for (i = 0; i < g_ours.way_count; i++) {
		g_ours.ways[i].to_send = g_ours.ways[i].count = MESSAGES / g_ours.way_count;
		g_ours.messages += g_ours.ways[i].count;
	}
	g_ours.ways_left = g_ours.way_count;
	g_ours.started = spdk_get_ticks();
	for (i = 0; i < g_ours.way_count; i++) {
		spdk_thread_send_msg(g_ours.ways[i].from, way_start, &g_ours.ways[i]);
	}
}

static void
exit_thread(void *arg)
{
	spdk_thread_exit(spdk_get_thread());
}

static void
end_threads(void)
{
	uint32_t i;

	spdk_thread_send_msg(g_ours.receiver, exit_thread, NULL);
	for (i = 0; i < THREADS_MAX; i++) {
		spdk_thread_send_msg(g_ours.threads[i], exit_thread, NULL);
	}
}

/* ---- The rival ---- */

struct os_thread {
	pthread_t id;
	uint32_t index;
	uint32_t to_send, to_receive, received;
} __attribute__((aligned(128)));

static struct {
	const struct rival *rival;
	struct rival_way *rings[THREADS_MAX + 1]; /* of each thread, and of the one receiver */
	struct os_thread threads[THREADS_MAX + 1];
	uint32_t senders;
	bool is_among;
	pthread_barrier_t begin;
	uint64_t deadline;
} g_os;

/* Where the thread's next message goes. */
static uint32_t
next_ring(const struct os_thread *self, uint32_t turn)
{
	uint32_t others = g_os.senders - 1;

	if (!g_os.is_among) {
		return THREADS_MAX;
	}
	return others == 0 ? 0 : (self->index + 1 + turn % others) % g_os.senders;
}

static bool
send_next(struct os_thread *self, uint32_t *turn)
{
	if (self->to_send == 0 || !g_os.rival->try_send(g_os.rings[next_ring(self, *turn)], self)) {
		return false;
	}
	(*turn)++;
	self->to_send--;
	return true;
}

static bool
receive_next(struct os_thread *self)
{
	void *message;

	if (self->to_receive == self->received ||
	    !g_os.rival->try_receive(g_os.rings[self->index], &message)) {
		return false;
	}
	self->received++;
	return true;
}

static void *
os_thread_run(void *arg)
{
	struct os_thread *self = arg;
	uint32_t turn = 0, looks = 0;
	bool has_sent, has_received;

	pthread_barrier_wait(&g_os.begin);
	while (self->to_send > 0 || self->to_receive > self->received) {
		has_sent = send_next(self, &turn);
		has_received = receive_next(self);
		if (!has_sent && !has_received) {
			sched_yield();
		}
		if (++looks % LOOK_TURNS == 0 && spdk_get_ticks() > g_os.deadline) {
			break;
		}
	}
	return NULL;
}

static void
os_thread_start(struct os_thread *thread, uint32_t core)
{
	pthread_attr_t attr;
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(core, &cpus);
	pthread_attr_init(&attr);
	pthread_attr_setaffinity_np(&attr, sizeof(cpus), &cpus);
	if (pthread_create(&thread->id, &attr, os_thread_run, thread) != 0) {
		fprintf(stderr, "pthread_create failed\n");
		exit(1);
	}
	pthread_attr_destroy(&attr);
}

static void
os_threads_plan(const struct bench_side *side)
{
	uint32_t i, each = MESSAGES / side->window;

	g_os.rival = side->rival;
	g_os.senders = side->window;
	g_os.is_among = side->place == BENCH_FAR;
	/* As many as come: each of the others sends to all in turn, so that shares must be whole.
	 */
	if (g_os.is_among && g_os.senders > 1) {
		each -= each % (g_os.senders - 1);
	}
	memset(g_os.threads, 0, sizeof(g_os.threads));
	for (i = 0; i < g_os.senders; i++) {
		g_os.threads[i] = (struct os_thread){.index = i, .to_send = each};
		g_os.threads[i].to_receive = g_os.is_among ? each : 0;
	}
	if (!g_os.is_among) {
		g_os.threads[THREADS_MAX] = (struct os_thread){
			.index = THREADS_MAX,
			.to_receive = each * g_os.senders,
		};
	}
}

/* How many messages came, after what did not has been taken out. */
static uint32_t
os_threads_finish(void)
{
	uint32_t i, received = 0;
	void *message;

	for (i = 0; i <= THREADS_MAX; i++) {
		received += g_os.threads[i].received;
		while (g_os.rival->try_receive(g_os.rings[i], &message)) {
			continue;
		}
	}
	return spdk_max(received, 1u);
}

static void
open_rings(const struct rival *rival)
{
	uint32_t i;

	for (i = 0; i <= THREADS_MAX; i++) {
		g_os.rings[i] = rival->open();
		if (g_os.rings[i] == NULL) {
			fprintf(stderr, "%s: %s\n", rival->name, spdk_strerror(errno));
			exit(1);
		}
	}
}

static void
close_rings(const struct rival *rival)
{
	uint32_t i;

	for (i = 0; i <= THREADS_MAX; i++) {
		rival->close(g_os.rings[i]);
	}
}

/* Blocks the app thread; the other reactor sleeps meanwhile. */
static void
start_rival(struct bench_side *side)
{
	bool is_to_one = side->place == BENCH_NEAR;
	uint64_t start;
	double ns;
	uint32_t i;

	open_rings(side->rival);
	os_threads_plan(side);
	pthread_barrier_init(&g_os.begin, NULL, side->window + is_to_one + 1);
	g_os.deadline = spdk_get_ticks() + TIME_MAX_US * spdk_get_ticks_hz() / SPDK_SEC_TO_USEC;
	for (i = 0; i < side->window; i++) {
		os_thread_start(&g_os.threads[i], (i + 1) % BENCH_REACTORS);
	}
	if (is_to_one) {
		os_thread_start(&g_os.threads[THREADS_MAX], 0);
	}
	pthread_barrier_wait(&g_os.begin);
	start = spdk_get_ticks();
	for (i = 0; i < side->window; i++) {
		pthread_join(g_os.threads[i].id, NULL);
	}
	if (is_to_one) {
		pthread_join(g_os.threads[THREADS_MAX].id, NULL);
	}
	ns = bench_ns(spdk_get_ticks() - start);
	pthread_barrier_destroy(&g_os.begin);
	ns /= os_threads_finish();
	close_rings(side->rival);
	bench_side_done(ns);
}

/* ---- Figures ---- */

static const uint32_t g_counts[] = {1, 2, 4, 8};

#define COUNTS SPDK_COUNTOF(g_counts)

static const enum bench_place g_kinds[] = {
	BENCH_NEAR, /* to one */
	BENCH_FAR,  /* to each other */
};

/* Ours and the rivals, for each count of both kinds. The window is how many threads. */
static const struct rival *const g_rivals[] = {NULL, &rival_ring_senders, &rival_ring_rts};

#define PARTIES     SPDK_COUNTOF(g_rivals)
#define MP_MOST     2 /* senders of the mode that must not be preempted */
#define SIDES_COUNT (2 * COUNTS * PARTIES)

static struct bench_side g_sides[SIDES_COUNT];
static uint32_t g_count;

static void
add_sides(enum bench_place place, uint32_t threads)
{
	uint32_t i;

	for (i = 0; i < PARTIES; i++) {
		const struct rival *rival = g_rivals[i];

		if (rival == &rival_ring_senders && threads > MP_MOST) {
			continue;
		}
		g_sides[g_count++] = (struct bench_side){
			.name = rival == NULL ? "a message" : rival->name,
			.start = rival == NULL ? start_ours : start_rival,
			.rival = rival,
			.place = place,
			.window = threads,
		};
	}
}

/* Ours is followed by its rivals. */
static uint32_t
question_end(uint32_t first)
{
	uint32_t end = first + 1;

	while (end < g_count && g_sides[end].rival != NULL) {
		end++;
	}
	return end;
}

static void
report_question(uint32_t first, uint32_t end)
{
	const struct bench_side *ours = &g_sides[first];
	char title[80];
	uint32_t i;

	if (ours->place == BENCH_NEAR) {
		snprintf(title, sizeof(title), "Many senders, %u to one", ours->window);
	} else {
		snprintf(title, sizeof(title), "Many senders, %u to each other", ours->window);
	}
	bench_question(title);
	for (i = first; i < end; i++) {
		bench_side_report(&g_sides[i], "ns");
	}
	for (i = first + 1; i < end; i++) {
		bench_side_compare(ours, &g_sides[i]);
	}
}

static int
report(void)
{
	uint32_t first, end;

	for (first = 0; first < g_count; first = end) {
		end = question_end(first);
		report_question(first, end);
	}
	end_threads();
	return 0;
}

int
main(void)
{
	struct bench_sides sides = {
		.sides = g_sides,
		.samples = bench_samples(SAMPLES),
		.report = report,
	};
	uint32_t i, j;

	for (i = 0; i < SPDK_COUNTOF(g_kinds); i++) {
		for (j = 0; j < COUNTS; j++) {
			add_sides(g_kinds[i], g_counts[j]);
		}
	}
	sides.count = g_count;
	return bench_sides_main("senders_bench", &sides);
}
