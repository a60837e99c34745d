/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the call of an active poller costs, by how many there are, and what it costs to register and
 * unregister one.
 *
 *   run queue   what a reactor turns; this one is judged
 *   poll        spdk_thread_poll() by a loop of one's own
 *   bare        a loop of indirect calls over as many contexts
 *   libuv       idle handles (HAVE_LIBUV)
 *   DPDK        service cores (HAVE_DPDK), which take 64 services at most
 *
 * A pass calls each poller once, and a sample is made of whole passes. Contexts have a cache line
 * each, and each side its own.
 */
#include "bench.h"

#include "spdk/log.h"

#ifdef HAVE_LIBUV
#include <uv.h>
#endif
#ifdef HAVE_DPDK
#include <rte_eal.h>
#include <rte_launch.h>
#include <rte_service.h>
#include <rte_service_component.h>
#endif

#define SAMPLES         21
#define CALLS           500000 /* of a sample, at least */
#define LIMIT_NS        3.0
#define LIMIT_COUNT     1000
#define REGISTER_COUNT  1000
#define SERVICES        64
#define SERVICE_SECONDS 0.01

struct context {
	uint64_t calls;
	uint8_t pad[56];
};

struct bare_call {
	int (*fn)(void *arg);
	void *arg;
};

/* One size: what each side calls. */
static struct {
	uint32_t count;
	struct spdk_thread *homed, *polled;
	struct spdk_poller **homed_pollers, **polled_pollers;
	struct bare_call *bare_calls;
	struct context *homed_contexts, *polled_contexts, *bare_contexts;
	struct bench_spread homed_ns, polled_ns, bare_ns;
} g_set;

static int
count_call(void *arg)
{
	struct context *context = arg;

	context->calls++;
	return SPDK_POLLER_BUSY;
}

static struct spdk_poller **
register_pollers(struct spdk_thread *thread, struct context *contexts, uint32_t count)
{
	struct spdk_poller **pollers = bench_alloc(count, sizeof(pollers[0]));
	uint32_t i;

	spdk_set_thread(thread);
	for (i = 0; i < count; i++) {
		pollers[i] = SPDK_POLLER_REGISTER(count_call, &contexts[i], 0);
		if (pollers[i] == NULL) {
			exit(1);
		}
	}
	spdk_set_thread(NULL);
	return pollers;
}

/* In another order than they were registered in: 7919 is a prime, and divides no count here. */
static void
unregister_pollers(struct spdk_thread *thread, struct spdk_poller **pollers, uint32_t count)
{
	uint32_t i;

	spdk_set_thread(thread);
	for (i = 0; i < count; i++) {
		spdk_poller_unregister(&pollers[(uint64_t)i * 7919 % count]);
	}
	spdk_set_thread(NULL);
}

/* ---- The sides ---- */

static uint32_t
pass_count(void)
{
	return SPDK_CEIL_DIV(CALLS, g_set.count);
}

static void
turn_queue(void)
{
	(void)spindle_run_queue_turn(g_reactors[0].queue);
}

static void
poll_thread(void)
{
	(void)spdk_thread_poll(g_set.polled, 0, 0);
}

static void
call_all(void)
{
	uint32_t i;

	for (i = 0; i < g_set.count; i++) {
		(void)g_set.bare_calls[i].fn(g_set.bare_calls[i].arg);
	}
}

/* The calls are counted: a pass that misses some would look cheap. */
static double
measure(void (*pass)(void), struct context *contexts)
{
	uint32_t passes = pass_count(), i;
	uint64_t start = spdk_get_ticks(), end, calls = contexts[g_set.count - 1].calls;

	for (i = 0; i < passes; i++) {
		pass();
	}
	end = spdk_get_ticks();
	if (contexts[g_set.count - 1].calls - calls != passes) {
		fprintf(stderr, "%" PRIu64 " calls in %u passes\n",
			contexts[g_set.count - 1].calls - calls, passes);
		exit(1);
	}
	return bench_ns(end - start) / passes / g_set.count;
}

#ifdef HAVE_LIBUV
static struct {
	uv_loop_t loop;
	uv_idle_t *handles;
	struct context *contexts;
	struct bench_spread ns;
} g_uv;

static void
uv_call(uv_idle_t *handle)
{
	(void)count_call(handle->data);
}

static void
uv_open(void)
{
	uint32_t i;

	g_uv.ns.count = 0;
	g_uv.handles = bench_alloc(g_set.count, sizeof(g_uv.handles[0]));
	g_uv.contexts = bench_alloc(g_set.count, sizeof(struct context));
	uv_loop_init(&g_uv.loop);
	for (i = 0; i < g_set.count; i++) {
		uv_idle_init(&g_uv.loop, &g_uv.handles[i]);
		g_uv.handles[i].data = &g_uv.contexts[i];
		uv_idle_start(&g_uv.handles[i], uv_call);
	}
}

static void
uv_pass(void)
{
	uv_run(&g_uv.loop, UV_RUN_NOWAIT);
}

static void
uv_end(void)
{
	uint32_t i;

	for (i = 0; i < g_set.count; i++) {
		uv_close((uv_handle_t *)&g_uv.handles[i], NULL);
	}
	uv_run(&g_uv.loop, UV_RUN_DEFAULT);
	uv_loop_close(&g_uv.loop);
	free(g_uv.handles);
	free(g_uv.contexts);
}
#endif

#ifdef HAVE_DPDK
static struct {
	struct context contexts[SERVICES];
	uint32_t ids[SERVICES];
	struct bench_spread one_ns, all_ns;
} g_dpdk __attribute__((aligned(64)));

static int32_t
service_call(void *arg)
{
	return count_call(arg) - SPDK_POLLER_BUSY;
}

static void
check(const char *what, int rc)
{
	if (rc < 0) {
		fprintf(stderr, "%s: %d\n", what, rc);
		exit(1);
	}
}

static void
dpdk_open(char *name)
{
	char *args[] = {name,
			"--no-huge",
			"--no-shconf",
			"--no-pci",
			"--no-telemetry",
			"-l",
			"0,1",
			"--log-level=lib.eal:error",
			NULL};
	struct rte_service_spec spec;
	cpu_set_t cpus;
	uint32_t i;

	/* The EAL binds its caller to a CPU; the environment of the others is to have them all. */
	sched_getaffinity(0, sizeof(cpus), &cpus);
	check("rte_eal_init", rte_eal_init(SPDK_COUNTOF(args) - 1, args));
	sched_setaffinity(0, sizeof(cpus), &cpus);
	check("rte_service_lcore_add", rte_service_lcore_add(1));
	for (i = 0; i < SERVICES; i++) {
		memset(&spec, 0, sizeof(spec));
		snprintf(spec.name, sizeof(spec.name), "service%u", i);
		spec.callback = service_call;
		spec.callback_userdata = &g_dpdk.contexts[i];
		check("rte_service_component_register",
		      rte_service_component_register(&spec, &g_dpdk.ids[i]));
		check("rte_service_component_runstate_set",
		      rte_service_component_runstate_set(g_dpdk.ids[i], 1));
		check("rte_service_runstate_set", rte_service_runstate_set(g_dpdk.ids[i], 1));
	}
}

static uint64_t
services_called(uint32_t count)
{
	uint64_t calls = 0;
	uint32_t i;

	for (i = 0; i < count; i++) {
		calls += __atomic_load_n(&g_dpdk.contexts[i].calls, __ATOMIC_RELAXED);
	}
	return calls;
}

/* The service core turns its loop, and is looked at from here at both ends of a while. */
static double
services_measure(uint32_t count)
{
	uint64_t start, end, calls;
	uint32_t i;

	for (i = 0; i < count; i++) {
		check("rte_service_map_lcore_set", rte_service_map_lcore_set(g_dpdk.ids[i], 1, 1));
	}
	check("rte_service_lcore_start", rte_service_lcore_start(1));
	while (services_called(count) == 0) {
	}
	usleep(1000);
	calls = services_called(count);
	start = spdk_get_ticks();
	usleep((useconds_t)(SERVICE_SECONDS * 1e6));
	calls = services_called(count) - calls;
	end = spdk_get_ticks();
	for (i = 0; i < count; i++) {
		check("rte_service_map_lcore_set", rte_service_map_lcore_set(g_dpdk.ids[i], 1, 0));
	}
	/* It does not stop as long as a service has no other core; now they have none at all. */
	check("rte_service_lcore_stop", rte_service_lcore_stop(1));
	rte_eal_wait_lcore(1);
	return bench_ns(end - start) / (double)calls;
}
#endif

/* ---- One size ---- */

static struct spdk_thread *
make_thread(const char *name)
{
	struct spdk_thread *thread = spdk_thread_create(name, NULL);

	if (thread == NULL) {
		exit(1);
	}
	return thread;
}

static void
open_set(uint32_t count)
{
	uint32_t i;

	memset(&g_set, 0, sizeof(g_set));
	g_set.count = count;
	bench_place(BENCH_NOWHERE);
	g_set.polled = make_thread("polled");
	bench_place(0);
	g_set.homed = make_thread("homed");
	g_set.homed_contexts = bench_alloc(count, sizeof(struct context));
	g_set.polled_contexts = bench_alloc(count, sizeof(struct context));
	g_set.bare_contexts = bench_alloc(count, sizeof(struct context));
	g_set.bare_calls = bench_alloc(count, sizeof(g_set.bare_calls[0]));
	for (i = 0; i < count; i++) {
		g_set.bare_calls[i].fn = count_call;
		g_set.bare_calls[i].arg = &g_set.bare_contexts[i];
	}
	g_set.homed_pollers = register_pollers(g_set.homed, g_set.homed_contexts, count);
	g_set.polled_pollers = register_pollers(g_set.polled, g_set.polled_contexts, count);
	turn_queue();
}

static void
close_set(void)
{
	unregister_pollers(g_set.homed, g_set.homed_pollers, g_set.count);
	unregister_pollers(g_set.polled, g_set.polled_pollers, g_set.count);
	spdk_set_thread(g_set.polled);
	spdk_thread_exit(g_set.polled);
	spdk_set_thread(g_set.homed);
	spdk_thread_exit(g_set.homed);
	spdk_set_thread(NULL);
	while (!spdk_thread_is_exited(g_set.polled)) {
		poll_thread();
	}
	spdk_thread_destroy(g_set.polled);
	while (spdk_thread_get_count() != 0) {
		turn_queue();
	}
	free(g_set.homed_pollers);
	free(g_set.polled_pollers);
	free(g_set.homed_contexts);
	free(g_set.polled_contexts);
	free(g_set.bare_contexts);
	free(g_set.bare_calls);
}

static void
sample_set(void)
{
	bench_spread_add(&g_set.homed_ns, measure(turn_queue, g_set.homed_contexts));
	bench_spread_add(&g_set.bare_ns, measure(call_all, g_set.bare_contexts));
	bench_spread_add(&g_set.polled_ns, measure(poll_thread, g_set.polled_contexts));
#ifdef HAVE_LIBUV
	bench_spread_add(&g_uv.ns, measure(uv_pass, g_uv.contexts));
#endif
#ifdef HAVE_DPDK
	if (g_set.count == 1) {
		bench_spread_add(&g_dpdk.one_ns, services_measure(1));
		bench_spread_add(&g_dpdk.all_ns, services_measure(SERVICES));
	}
#endif
}

static int
report_set(void)
{
	char title[64];
	int missed = 0;

	snprintf(title, sizeof(title), "Active pollers: a call, with %u", g_set.count);
	bench_question(strdup(title));
	bench_side(&g_set.homed_ns, "run queue", "ns");
	bench_side(&g_set.polled_ns, "spdk_thread_poll()", "ns");
	bench_side(&g_set.bare_ns, "indirect calls", "ns");
	if (g_set.count == LIMIT_COUNT) {
		missed += !bench_limit("run queue, a call", &g_set.homed_ns, "ns", BENCH_AT_MOST,
				       LIMIT_NS);
	}
	(void)bench_ratio("run queue to indirect calls", &g_set.homed_ns, &g_set.bare_ns,
			  BENCH_AT_MOST, 0);
#ifdef HAVE_LIBUV
	bench_side(&g_uv.ns, "libuv idle handles", "ns");
	(void)bench_ratio("run queue to libuv", &g_set.homed_ns, &g_uv.ns, BENCH_AT_MOST, 0);
#endif
#ifdef HAVE_DPDK
	if (g_set.count == 1) {
		bench_side(&g_dpdk.one_ns, "DPDK service core, 1 service", "ns");
		bench_side(&g_dpdk.all_ns, "DPDK service core, 64 services", "ns");
		(void)bench_ratio("run queue to a DPDK service core of 1", &g_set.homed_ns,
				  &g_dpdk.one_ns, BENCH_AT_MOST, 0);
	}
#endif
	return missed;
}

static int
measure_size(uint32_t count)
{
	uint32_t samples = bench_samples(SAMPLES), i;
	int missed;

	open_set(count);
#ifdef HAVE_LIBUV
	uv_open();
#endif
	/* The first pass of each has the caches to fill. */
	sample_set();
	g_set.homed_ns.count = g_set.polled_ns.count = g_set.bare_ns.count = 0;
#ifdef HAVE_LIBUV
	g_uv.ns.count = 0;
#endif
#ifdef HAVE_DPDK
	g_dpdk.one_ns.count = g_dpdk.all_ns.count = 0;
#endif
	for (i = 0; i < samples; i++) {
		sample_set();
	}
	missed = report_set();
#ifdef HAVE_LIBUV
	uv_end();
#endif
	close_set();
	return missed;
}

/* ---- Registering ---- */

static void
measure_registering(uint32_t count)
{
	struct bench_spread in = {.count = 0}, out = {.count = 0};
	struct context *contexts = bench_alloc(count, sizeof(contexts[0]));
	struct spdk_poller **pollers;
	struct spdk_thread *thread;
	uint64_t start, middle, end;
	uint32_t samples = bench_samples(SAMPLES), i;
	char title[80];

	snprintf(title, sizeof(title), "Active pollers: register and unregister each of %u", count);
	bench_question(strdup(title));
	bench_place(BENCH_NOWHERE);
	thread = make_thread("polled");
	/* The first round has the memory to fetch. */
	for (i = 0; i <= samples; i++) {
		start = spdk_get_ticks();
		pollers = register_pollers(thread, contexts, count);
		middle = spdk_get_ticks();
		unregister_pollers(thread, pollers, count);
		end = spdk_get_ticks();
		free(pollers);
		(void)spdk_thread_poll(thread, 0, 0);
		if (i != 0) {
			bench_spread_add(&in, bench_ns(middle - start) / count);
			bench_spread_add(&out, bench_ns(end - middle) / count);
		}
	}
	bench_side(&in, "register", "ns");
	bench_side(&out, "unregister", "ns");
	spdk_set_thread(thread);
	spdk_thread_exit(thread);
	spdk_set_thread(NULL);
	while (!spdk_thread_is_exited(thread)) {
		(void)spdk_thread_poll(thread, 0, 0);
	}
	spdk_thread_destroy(thread);
	free(contexts);
}

int
main(int argc, char **argv)
{
	static const uint32_t counts[] = {1, LIMIT_COUNT, 1000000};
	uint32_t i;
	int missed = 0;

#ifdef HAVE_DPDK
	dpdk_open(argv[0]);
#endif
	spdk_log_set_print_level(SPDK_LOG_WARN);
	bench_warm_memory((size_t)1 << 30);
	bench_open("pollers_bench", 0);
	for (i = 0; i < SPDK_COUNTOF(counts); i++) {
		missed += measure_size(counts[i]);
	}
	measure_registering(1000);
	measure_registering(1000000);
	bench_close();
	return missed != 0;
}
