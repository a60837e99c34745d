/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The driver and the fake in OS threads of their own, in the time of the machine: calls that wait,
 * two queue pairs in two threads, events and removal meanwhile. What is shared is found by
 * ThreadSanitizer.
 */
#include "io/nvme/fake/fake.h"
#include "io/nvme/pcie.h"
#include "spdk/env.h"
#include "spdk/nvme.h"

#include <pthread.h>
#include <sched.h>
#include <setjmp.h>

#include <cmocka.h>

#define PAGE    4096
#define THREADS 2
#define READS   200
#define DEPTH   8
#define VISITS  20

/* How long a command takes that is waited for, and what of that the wait may compute. */
#define SLOW_US     800000
#define SLOW_CPU_US 300000

struct worker {
	pthread_t thread;
	struct spdk_nvme_ctrlr *ctrlr;
	/* Asked for once: that takes the controller's lock, which others wait for. */
	struct spdk_nvme_ns *ns;
	struct spdk_nvme_qpair *qpair;
	uint8_t *buffers;
	uint32_t submitted;
	uint32_t succeeded;
	uint32_t failed;
	/* Nothing can be submitted any more. */
	bool is_over;
};

static struct fake *g_fake;
static struct fake_opts g_opts;
static struct spdk_nvme_ctrlr *g_ctrlr;
static struct worker g_workers[THREADS];

static int
setup_env(void **state)
{
	struct spdk_env_opts opts = {.opts_size = sizeof(opts)};

	spdk_env_opts_init(&opts);
	return spdk_env_init(&opts);
}

static int
teardown_env(void **state)
{
	spdk_env_fini();
	return 0;
}

/* What the fake has besides the usual; the initial state of a test points to one. */
struct variant {
	bool has_shadow_doorbells;
	uint32_t cmb_mib;
};

static int
setup(void **state)
{
	static const struct variant plain;
	const struct variant *variant = *state != NULL ? *state : &plain;
	struct spdk_nvme_transport_id trid = {0};
	struct spdk_nvme_ctrlr_opts ctrlr_opts;

	fake_opts_init(&g_opts);
	g_opts.has_shadow_doorbells = variant->has_shadow_doorbells;
	g_opts.cmb_mib = variant->cmb_mib;
	g_opts.shadow_sleeps = true;
	g_opts.ns[1] =
		(struct fake_ns_opts){.blocks = 1024, .block_size = 512, .is_detached = true};
	g_fake = fake_create(&g_opts);
	assert_non_null(g_fake);
	memset(fake_ns_data(g_fake, 1), 0x6d, (size_t)g_opts.ns[0].blocks * 512);
	fake_start(g_fake);
	spdk_nvme_trid_populate_transport(&trid, SPDK_NVME_TRANSPORT_PCIE);
	snprintf(trid.traddr, sizeof(trid.traddr), "%s", fake_address(g_fake));
	spdk_nvme_ctrlr_get_default_ctrlr_opts(&ctrlr_opts, sizeof(ctrlr_opts));
	ctrlr_opts.use_cmb_sqs = variant->cmb_mib != 0;
	g_ctrlr = spdk_nvme_connect(&trid, &ctrlr_opts, sizeof(ctrlr_opts));
	assert_non_null(g_ctrlr);
	return 0;
}

static int
teardown(void **state)
{
	assert_int_equal(spdk_nvme_detach(g_ctrlr), 0);
	fake_stop(g_fake);
	assert_int_equal(fake_violations(g_fake), 0);
	fake_destroy(g_fake);
	return 0;
}

static void
read_done(void *arg, const struct spdk_nvme_cpl *cpl)
{
	struct worker *worker = arg;

	if (spdk_nvme_cpl_is_success(cpl)) {
		worker->succeeded++;
	} else {
		worker->failed++;
	}
}

static bool
submit(struct worker *worker, uint32_t limit)
{
	uint32_t done = worker->succeeded + worker->failed;
	int rc;

	while (worker->submitted < limit && worker->submitted - done < DEPTH) {
		rc = spdk_nvme_ns_cmd_read(worker->ns, worker->qpair,
					   worker->buffers + worker->submitted % DEPTH * PAGE,
					   worker->submitted, 8, read_done, worker, 0);
		if (rc != 0) {
			return false;
		}
		worker->submitted++;
	}
	return true;
}

/* Reads all there is to be read, or until the controller fails. */
static void *
work(void *arg)
{
	struct worker *worker = arg;

	worker->qpair = spdk_nvme_ctrlr_alloc_io_qpair(worker->ctrlr, NULL, 0);
	while (worker->qpair != NULL && !worker->is_over &&
	       worker->succeeded + worker->failed < READS) {
		worker->is_over = !submit(worker, READS) ||
				  spdk_nvme_qpair_process_completions(worker->qpair, 0) < 0;
	}
	if (worker->qpair != NULL) {
		spdk_nvme_ctrlr_free_io_qpair(worker->qpair);
	}
	return NULL;
}

/* Comes and goes by polls, with a read under way as it goes. */
static void *
come_and_go(void *arg)
{
	struct worker *worker = arg;
	struct spdk_nvme_io_qpair_opts opts;

	spdk_nvme_ctrlr_get_default_io_qpair_opts(worker->ctrlr, &opts, sizeof(opts));
	opts.async_mode = true;
	for (uint32_t i = 0; i < VISITS; i++) {
		worker->qpair = spdk_nvme_ctrlr_alloc_io_qpair(worker->ctrlr, &opts, sizeof(opts));
		while (!spdk_nvme_qpair_is_connected(worker->qpair)) {
			(void)spdk_nvme_qpair_process_completions(worker->qpair, 0);
		}
		(void)submit(worker, worker->submitted + 1);
		spdk_nvme_ctrlr_disconnect_io_qpair(worker->qpair);
		while (spdk_nvme_qpair_process_completions(worker->qpair, 0) >= 0) {
		}
		spdk_nvme_ctrlr_free_io_qpair(worker->qpair);
	}
	__atomic_store_n(&worker->is_over, true, __ATOMIC_RELEASE);
	return NULL;
}

static void
start_workers(void *(*fn)(void *arg))
{
	for (uint32_t i = 0; i < THREADS; i++) {
		g_workers[i] =
			(struct worker){.ctrlr = g_ctrlr, .ns = spdk_nvme_ctrlr_get_ns(g_ctrlr, 1)};
		g_workers[i].buffers = spdk_dma_zmalloc(DEPTH * PAGE, PAGE, NULL);
		assert_int_equal(pthread_create(&g_workers[i].thread, NULL, fn, &g_workers[i]), 0);
	}
}

/* Each request has ended once. */
static void
join_workers(void)
{
	for (uint32_t i = 0; i < THREADS; i++) {
		struct worker *worker = &g_workers[i];

		pthread_join(worker->thread, NULL);
		assert_int_equal(worker->succeeded + worker->failed, worker->submitted);
	}
}

static void
free_workers(void)
{
	for (uint32_t i = 0; i < THREADS; i++) {
		spdk_dma_free(g_workers[i].buffers);
	}
}

static void
queue_pairs_do_not_disturb_one_another(void **state)
{
	start_workers(work);
	for (uint32_t i = 0; i < 20; i++) {
		spdk_nvme_ctrlr_process_admin_completions(g_ctrlr);
		fake_event(g_fake, 0x00020101);
		spdk_delay_us(500);
	}
	join_workers();
	for (uint32_t i = 0; i < THREADS; i++) {
		assert_int_equal(g_workers[i].succeeded, READS);
		for (uint32_t k = 0; k < DEPTH * PAGE; k++) {
			assert_int_equal(g_workers[i].buffers[k], 0x6d);
		}
	}
	free_workers();
}

static void
removal_is_seen_by_all(void **state)
{
	const uint64_t deadline = spdk_get_ticks() + 60 * spdk_get_ticks_hz();
	int32_t rc = 0;

	/* So that nobody is through before. */
	fake_plant(g_fake, &(struct fake_fault){.kind = FAKE_FAULT_NEVER,
						.opcode = SPDK_NVME_OPC_READ,
						.skip = READS});
	start_workers(work);
	spdk_delay_us(2000);
	fake_remove(g_fake, false);
	while (rc >= 0 && spdk_get_ticks() < deadline) {
		rc = spdk_nvme_ctrlr_process_admin_completions(g_ctrlr);
	}
	assert_int_equal(rc, -ENXIO);
	join_workers();
	free_workers();
}

static pthread_t g_poller;
static uint32_t g_events, g_strangers;

static void
note_event(void *arg, const struct spdk_nvme_cpl *cpl)
{
	if (pthread_equal(pthread_self(), g_poller)) {
		g_events++;
	} else {
		(void)__atomic_add_fetch(&g_strangers, 1, __ATOMIC_RELAXED);
	}
}

static void
events_wait_for_the_thread_that_polls_for_them(void **state)
{
	const uint64_t deadline = spdk_get_ticks() + 60 * spdk_get_ticks_hz();

	g_poller = pthread_self();
	spdk_nvme_ctrlr_register_aer_callback(g_ctrlr, note_event, NULL);
	fake_event(g_fake, 0x00020101);
	/* They poll the admin queue for what they wait for, and so take the event from it. */
	start_workers(come_and_go);
	join_workers();
	free_workers();
	assert_int_equal(__atomic_load_n(&g_strangers, __ATOMIC_RELAXED), 0);
	assert_int_equal(g_events, 0);
	while (g_events == 0 && spdk_get_ticks() < deadline) {
		spdk_nvme_ctrlr_process_admin_completions(g_ctrlr);
	}
	assert_int_equal(g_events, 1);
}

static uint64_t
cpu_us(void)
{
	struct timespec now;

	assert_int_equal(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now), 0);
	return (uint64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void
waits_leave_the_cpu_to_others(void **state)
{
	uint64_t begin = spdk_get_ticks(), cpu_begin = cpu_us();
	struct spdk_nvme_qpair *qpair;

	fake_plant(g_fake, &(struct fake_fault){.kind = FAKE_FAULT_LATE,
						.where = FAKE_AT_ADMIN_COMMAND,
						.opcode = SPDK_NVME_OPC_CREATE_IO_CQ,
						.count = 1,
						.us = SLOW_US});
	qpair = spdk_nvme_ctrlr_alloc_io_qpair(g_ctrlr, NULL, 0);
	assert_non_null(qpair);
	assert_true(spdk_get_ticks() - begin >= SLOW_US * spdk_get_ticks_hz() / 1000000);
	assert_true(cpu_us() - cpu_begin < SLOW_CPU_US);
	assert_int_equal(spdk_nvme_ctrlr_free_io_qpair(qpair), 0);
}

/* A call that waits for a slow command, in a thread of its own. */
struct slow_call {
	pthread_t thread;
	int rc;
	uint64_t cpu_us;
};

/* From when the command is under way until the call has returned, or shortly before. */
static void
begin_slow_call(struct slow_call *call, void *(*fn)(void *), uint16_t opcode)
{
	const uint64_t deadline = spdk_get_ticks() + 60 * spdk_get_ticks_hz();
	uint32_t number;

	number = fake_plant(
		g_fake,
		&(struct fake_fault){.kind = FAKE_FAULT_LATE,
				     .where = FAKE_AT_ADMIN_COMMAND,
				     .opcode = opcode,
				     .cdw10_mask = opcode == SPDK_NVME_OPC_IDENTIFY ? 0xff : 0,
				     .cdw10 = SPDK_NVME_IDENTIFY_NS,
				     .count = 1,
				     .us = SLOW_US});
	assert_int_equal(pthread_create(&call->thread, NULL, fn, call), 0);
	while (fake_fault_strikes(g_fake, number) == 0 && spdk_get_ticks() < deadline) {
		spdk_delay_us(100);
	}
	assert_int_equal(fake_fault_strikes(g_fake, number), 1);
}

static void
end_slow_call(struct slow_call *call)
{
	assert_int_equal(pthread_join(call->thread, NULL), 0);
	assert_int_equal(call->rc, 0);
	assert_true(call->cpu_us < SLOW_CPU_US);
}

/* All that takes the controller's lock. */
static void
use_meanwhile(void)
{
	uint64_t begin = spdk_get_ticks();
	struct spdk_nvme_qpair *qpair;

	assert_int_equal(spdk_nvme_ctrlr_process_admin_completions(g_ctrlr), 0);
	qpair = spdk_nvme_ctrlr_alloc_io_qpair(g_ctrlr, NULL, 0);
	assert_non_null(qpair);
	assert_int_equal(spdk_nvme_ctrlr_free_io_qpair(qpair), 0);
	assert_true(spdk_get_ticks() - begin < SLOW_US / 4 * 3 * spdk_get_ticks_hz() / 1000000);
}

static void *
connect_slowly(void *arg)
{
	struct slow_call *call = arg;
	uint64_t cpu_begin = cpu_us();
	struct spdk_nvme_qpair *qpair;

	qpair = spdk_nvme_ctrlr_alloc_io_qpair(g_ctrlr, NULL, 0);
	call->cpu_us = cpu_us() - cpu_begin;
	call->rc = qpair == NULL ? -EIO : spdk_nvme_ctrlr_free_io_qpair(qpair);
	return NULL;
}

static void
a_queue_pair_that_connects_keeps_nobody_from_the_controller(void **state)
{
	struct slow_call call;

	begin_slow_call(&call, connect_slowly, SPDK_NVME_OPC_CREATE_IO_CQ);
	use_meanwhile();
	end_slow_call(&call);
}

static void *
attach_namespace(void *arg)
{
	struct slow_call *call = arg;
	struct spdk_nvme_ctrlr_list list = {.ctrlr_count = 1};
	uint64_t cpu_begin = cpu_us();

	list.ctrlr_list[0] = spdk_nvme_ctrlr_get_id(g_ctrlr);
	call->rc = spdk_nvme_ctrlr_attach_ns(g_ctrlr, 2, &list);
	call->cpu_us = cpu_us() - cpu_begin;
	return NULL;
}

static void
namespaces_are_read_anew_while_others_use_the_controller(void **state)
{
	uint64_t begin = spdk_get_ticks();
	struct spdk_nvme_format format = {0};
	struct slow_call call;

	begin_slow_call(&call, attach_namespace, SPDK_NVME_OPC_IDENTIFY);
	use_meanwhile();
	/* It is not there before all is known of it. */
	assert_false(spdk_nvme_ctrlr_is_active_ns(g_ctrlr, 2));
	/* Reads them, too: when the other is through. */
	assert_int_equal(spdk_nvme_ctrlr_format(g_ctrlr, 1, &format), 0);
	assert_true(spdk_get_ticks() - begin >= SLOW_US * spdk_get_ticks_hz() / 1000000);
	assert_true(spdk_nvme_ctrlr_is_active_ns(g_ctrlr, 2));
	assert_int_equal(spdk_nvme_ns_get_num_sectors(spdk_nvme_ctrlr_get_ns(g_ctrlr, 2)), 1024);
	end_slow_call(&call);
}

#define CMB_MIB    4
#define CMB_PIECE  4096
#define CMB_PIECES ((CMB_MIB << 20) / CMB_PIECE)
#define TAKES      (CMB_PIECES / THREADS)
#define ROUNDS     500
#define LOOKS      1000

/* Pieces of the memory buffer that have an owner. */
static uint8_t g_taken[CMB_PIECES];
/* Times that any of them came to a point where all wait for one another. */
static uint32_t g_arrivals;

/* One that takes queues from the memory buffer and gives them back, as making and freeing queue
 * pairs does. */
struct taker {
	pthread_t thread;
	uint32_t overlaps;
	uint32_t refusals;
};

/* Without leaving the CPU at once, so that they go on at the same time. */
static void
meet(uint32_t *meetings)
{
	uint32_t wanted = ++*meetings * THREADS, looks = 0;

	__atomic_fetch_add(&g_arrivals, 1, __ATOMIC_ACQ_REL);
	while (__atomic_load_n(&g_arrivals, __ATOMIC_ACQUIRE) < wanted) {
		if (++looks % LOOKS != 0) {
			spdk_pause();
		} else {
			sched_yield();
		}
	}
}

static uint32_t
take_piece(struct taker *taker)
{
	struct pcie_ctrlr *pctrlr = pcie_ctrlr(g_ctrlr);
	uint64_t bus_address;
	uint32_t piece;
	char *queue;

	queue = pcie_cmb_take_queue(pctrlr, CMB_PIECE, &bus_address);
	if (queue == NULL) {
		taker->refusals++;
		return CMB_PIECES;
	}
	piece = (uint32_t)((queue - (char *)pctrlr->cmb.addr) / CMB_PIECE);
	taker->overlaps += __atomic_exchange_n(&g_taken[piece], 1, __ATOMIC_RELAXED);
	return piece;
}

static void *
take_and_give(void *arg)
{
	struct taker *taker = arg;
	uint32_t pieces[TAKES], meetings = 0;

	spdk_unaffinitize_thread();
	for (uint32_t i = 0; i < ROUNDS; i++) {
		meet(&meetings);
		for (uint32_t k = 0; k < TAKES; k++) {
			pieces[k] = take_piece(taker);
		}
		meet(&meetings);
		for (uint32_t k = 0; k < TAKES; k++) {
			if (pieces[k] < CMB_PIECES) {
				__atomic_store_n(&g_taken[pieces[k]], 0, __ATOMIC_RELAXED);
				pcie_cmb_give_queue(pcie_ctrlr(g_ctrlr));
			}
		}
	}
	return NULL;
}

static void
queues_in_the_memory_buffer_do_not_overlap(void **state)
{
	struct taker takers[THREADS] = {{.overlaps = 0}};
	struct spdk_nvme_qpair *qpair;

	qpair = spdk_nvme_ctrlr_alloc_io_qpair(g_ctrlr, NULL, 0);
	assert_non_null(qpair);
	assert_true(pcie_qpair(qpair)->sq_is_in_cmb);
	assert_int_equal(spdk_nvme_ctrlr_free_io_qpair(qpair), 0);
	g_arrivals = 0;
	for (uint32_t i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_create(&takers[i].thread, NULL, take_and_give, &takers[i]),
				 0);
	}
	for (uint32_t i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(takers[i].thread, NULL), 0);
	}
	for (uint32_t i = 0; i < THREADS; i++) {
		assert_int_equal(takers[i].overlaps, 0);
		assert_int_equal(takers[i].refusals, 0);
	}
	assert_int_equal(pcie_ctrlr(g_ctrlr)->cmb_queues, 0);
	assert_int_equal(pcie_ctrlr(g_ctrlr)->cmb_used, 0);
}

int
main(void)
{
	static struct variant shadow = {.has_shadow_doorbells = true}, cmb = {.cmb_mib = CMB_MIB};
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(queue_pairs_do_not_disturb_one_another, setup,
						teardown),
		{"queue_pairs_with_shadow_doorbells_do_not_either",
		 queue_pairs_do_not_disturb_one_another, setup, teardown, &shadow},
		{"queues_in_the_memory_buffer_do_not_overlap",
		 queues_in_the_memory_buffer_do_not_overlap, setup, teardown, &cmb},
		cmocka_unit_test_setup_teardown(removal_is_seen_by_all, setup, teardown),
		cmocka_unit_test_setup_teardown(events_wait_for_the_thread_that_polls_for_them,
						setup, teardown),
		cmocka_unit_test_setup_teardown(waits_leave_the_cpu_to_others, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_queue_pair_that_connects_keeps_nobody_from_the_controller, setup,
			teardown),
		cmocka_unit_test_setup_teardown(
			namespaces_are_read_anew_while_others_use_the_controller, setup, teardown),
	};

	return cmocka_run_group_tests(tests, setup_env, teardown_env);
}
