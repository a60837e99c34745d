/* SPDX-License-Identifier: BSD-3-Clause */
/* What a controller tells of itself: flags, registers, where it is, and ids of its queue pairs. */
#include "io/nvme/ctrlr_fixture.h"

#include "base/log_capture.h"

#define QUEUES    4
#define CMB_MIB   2
#define PIECE     512
#define TURNS_MAX 10000

static struct ctrlr_host g_host;
static struct fake_opts g_opts;

static int
setup(void **state)
{
	fake_opts_init(&g_opts);
	g_opts.has_fused = false;
	g_opts.io_queues = QUEUES;
	log_capture_start();
	return 0;
}

static int
teardown(void **state)
{
	log_capture_stop();
	ctrlr_close(&g_host);
	return 0;
}

static void
open_it(void)
{
	ctrlr_open(&g_host, &g_opts);
	log_capture_start();
}

/* ---- Flags, and what goes with them ---- */

/* What every fake has. */
#define FLAGS                                                                                  \
	(SPDK_NVME_CTRLR_SECURITY_SEND_RECV_SUPPORTED | SPDK_NVME_CTRLR_DIRECTIVES_SUPPORTED | \
	 SPDK_NVME_CTRLR_ZONE_APPEND_SUPPORTED)

static void
one_that_has_prps_only_sets_no_limit_to_pieces(void **state)
{
	open_it();
	assert_int_equal(spdk_nvme_ctrlr_get_flags(g_host.ctrlr), FLAGS);
	assert_int_equal(spdk_nvme_ctrlr_get_max_sges(g_host.ctrlr), UINT16_MAX);
}

static void
flags_are_what_it_says_of_itself(void **state)
{
	const uint64_t flags = FLAGS | SPDK_NVME_CTRLR_SGL_SUPPORTED |
			       SPDK_NVME_CTRLR_MPTR_SGL_SUPPORTED | SPDK_NVME_CTRLR_WRR_SUPPORTED |
			       SPDK_NVME_CTRLR_COMPARE_AND_WRITE_SUPPORTED;

	g_opts.has_sgl = true;
	g_opts.has_wrr = true;
	g_opts.has_fused = true;
	open_it();
	assert_int_equal(spdk_nvme_ctrlr_get_flags(g_host.ctrlr), flags);
	assert_int_equal(ctrlr_reset(&g_host), 0);
	assert_int_equal(spdk_nvme_ctrlr_get_flags(g_host.ctrlr), flags);
}

static void
pieces_of_dwords_are_asked_for(void **state)
{
	const union {
		struct spdk_nvme_ctrlr_data data;
		uint8_t bytes[sizeof(struct spdk_nvme_ctrlr_data)];
	} identified = {.data.sgls.supported = SPDK_NVME_SGLS_SUPPORTED_DWORD_ALIGNED};
	struct fake_fault fault = {
		.kind = FAKE_FAULT_DATA_PATCH,
		.where = FAKE_AT_ADMIN_COMMAND,
		.opcode = SPDK_NVME_OPC_IDENTIFY,
		.cdw10 = SPDK_NVME_IDENTIFY_CTRLR,
		.cdw10_mask = 0xff,
		.offset = offsetof(struct spdk_nvme_ctrlr_data, sgls),
		.size = 1,
		.value = identified.bytes[offsetof(struct spdk_nvme_ctrlr_data, sgls)],
	};

	ctrlr_host_init(&g_host, &g_opts);
	fake_plant(g_host.fake, &fault);
	ctrlr_attach(&g_host);
	assert_int_equal(spdk_nvme_ctrlr_get_flags(g_host.ctrlr),
			 FLAGS | SPDK_NVME_CTRLR_SGL_SUPPORTED |
				 SPDK_NVME_CTRLR_SGL_REQUIRES_DWORD_ALIGNMENT);
}

struct pieces {
	struct ctrlr_result result;
	uint8_t *next;
};

static void
reset_pieces(void *arg, uint32_t offset)
{
	/* Each piece has a gap after it, so that no two are one. */
	struct pieces *pieces = arg;

	pieces->next += 2 * (size_t)offset;
}

static int
next_piece(void *arg, void **address, uint32_t *length)
{
	struct pieces *pieces = arg;

	*address = pieces->next;
	*length = PIECE;
	pieces->next += 2 * (size_t)PIECE;
	return 0;
}

/* In how many commands so many pieces are read. */
static uint64_t
commands_for_pieces(struct spdk_nvme_qpair *qpair, uint32_t count)
{
	struct pieces pieces = {{.count = 0}};
	struct fake_stats before, after;
	uint8_t *buffer;

	buffer = spdk_zmalloc(2 * (size_t)PIECE * count, 4096, NULL, SPDK_ENV_NUMA_ID_ANY,
			      SPDK_MALLOC_DMA);
	assert_non_null(buffer);
	pieces.next = buffer;
	fake_get_stats(g_host.fake, &before);
	assert_int_equal(spdk_nvme_ns_cmd_readv(spdk_nvme_ctrlr_get_ns(g_host.ctrlr, 1), qpair, 0,
						count, ctrlr_done, &pieces.result, 0, reset_pieces,
						next_piece),
			 0);
	for (uint32_t i = 0; i < TURNS_MAX && pieces.result.count == 0; i++) {
		fake_step(g_host.fake);
		(void)spdk_nvme_qpair_process_completions(qpair, 0);
	}
	assert_int_equal(pieces.result.count, 1);
	assert_false(spdk_nvme_cpl_is_error(&pieces.result.cpl));
	fake_get_stats(g_host.fake, &after);
	spdk_free(buffer);
	return after.io_opcodes[SPDK_NVME_OPC_READ] - before.io_opcodes[SPDK_NVME_OPC_READ];
}

static void
one_command_takes_as_many_pieces_as_is_told(void **state)
{
	struct spdk_nvme_qpair *qpair;
	uint16_t max;

	g_opts.has_sgl = true;
	open_it();
	max = spdk_nvme_ctrlr_get_max_sges(g_host.ctrlr);
	assert_in_range(max, 2, 1024);
	assert_true((uint32_t)max * PIECE < spdk_nvme_ctrlr_get_max_xfer_size(g_host.ctrlr));
	qpair = ctrlr_alloc_qpair(&g_host);
	assert_int_equal(commands_for_pieces(qpair, max), 1);
	assert_int_equal(commands_for_pieces(qpair, max + 1u), 2);
	ctrlr_free_qpair(&g_host, qpair);
}

/* ---- Registers ---- */

static void
registers_are_read_from_the_device(void **state)
{
	g_opts.cmb_mib = CMB_MIB;
	g_opts.pmr_mib = 1;
	g_opts.queue_entries_max = 128;
	g_opts.timeout = 9;
	open_it();
	assert_int_equal(spdk_nvme_ctrlr_get_regs_cap(g_host.ctrlr).bits.mqes, 127);
	assert_int_equal(spdk_nvme_ctrlr_get_regs_cap(g_host.ctrlr).bits.to, 9);
	assert_int_equal(spdk_nvme_ctrlr_get_regs_vs(g_host.ctrlr).raw, g_opts.version);
	/* In units of 64 KiB, or 16 times that for each SZU. */
	assert_int_equal(spdk_nvme_ctrlr_get_regs_cmbsz(g_host.ctrlr).bits.sz, CMB_MIB);
	assert_int_equal(spdk_nvme_ctrlr_get_regs_cmbsz(g_host.ctrlr).bits.rds, 1);
	assert_int_equal(spdk_nvme_ctrlr_get_regs_pmrcap(g_host.ctrlr).bits.wds, 1);
	assert_int_equal(spdk_nvme_ctrlr_get_regs_pmrcap(g_host.ctrlr).bits.cmss, 1);

	fake_remove(g_host.fake, false);
	assert_int_equal(spdk_nvme_ctrlr_get_regs_pmrcap(g_host.ctrlr).raw, UINT32_MAX);
	assert_int_equal(spdk_nvme_ctrlr_get_regs_cmbsz(g_host.ctrlr).raw, UINT32_MAX);
	/* Who reads ones finds out why. */
	assert_true(spdk_nvme_ctrlr_is_failed(g_host.ctrlr));
	assert_true(log_captured("has been removed from the machine", NULL));
	assert_int_equal(spdk_nvme_ctrlr_get_regs_cap(g_host.ctrlr).bits.mqes, 127);
	assert_int_equal(spdk_nvme_ctrlr_get_regs_vs(g_host.ctrlr).raw, g_opts.version);
}

static void
a_device_without_memory_has_nothing_in_its_registers(void **state)
{
	open_it();
	assert_int_equal(spdk_nvme_ctrlr_get_regs_cmbsz(g_host.ctrlr).raw, 0);
	assert_int_equal(spdk_nvme_ctrlr_get_regs_pmrcap(g_host.ctrlr).raw, 0);
	assert_false(spdk_nvme_ctrlr_is_failed(g_host.ctrlr));
}

/* ---- Where it is ---- */

static void
a_node_that_is_not_known_is_any(void **state)
{
	open_it();
	assert_int_equal(spdk_nvme_ctrlr_get_numa_id(g_host.ctrlr), SPDK_ENV_NUMA_ID_ANY);
}

static void
it_is_known_where_and_what_it_is(void **state)
{
	struct spdk_memory_domain *domain = (void *)&g_host;

	ctrlr_host_init(&g_host, &g_opts);
	fake_pci_device(g_host.fake)->numa_id = 0;
	ctrlr_attach(&g_host);
	assert_int_equal(spdk_nvme_ctrlr_get_numa_id(g_host.ctrlr), 0);
	assert_ptr_equal(spdk_nvme_ctrlr_get_pci_device(g_host.ctrlr),
			 fake_pci_device(g_host.fake));
	/* NN, and not how many there are, which is one here. */
	assert_int_equal(spdk_nvme_ctrlr_get_num_ns(g_host.ctrlr), FAKE_NAMESPACES_MAX);
	assert_false(spdk_nvme_ctrlr_is_fabrics(g_host.ctrlr));
	assert_false(spdk_nvme_ctrlr_is_discovery(g_host.ctrlr));

	assert_int_equal(spdk_nvme_ctrlr_get_memory_domains(g_host.ctrlr, NULL, 0), 0);
	assert_int_equal(spdk_nvme_ctrlr_get_memory_domains(g_host.ctrlr, &domain, 1), 0);
	assert_ptr_equal(domain, &g_host);
	assert_int_equal(spdk_nvme_ctrlr_get_memory_domains(g_host.ctrlr, NULL, 1), -EINVAL);
}

static void
a_failed_one_may_be_looked_for_elsewhere(void **state)
{
	struct spdk_nvme_transport_id before, trid;

	open_it();
	before = *spdk_nvme_ctrlr_get_transport_id(g_host.ctrlr);
	trid = before;
	(void)snprintf(trid.traddr, sizeof(trid.traddr), "0000:ee:00.0");
	assert_int_equal(spdk_nvme_ctrlr_set_trid(g_host.ctrlr, &trid), -EPERM);
	assert_one_error("spdk_nvme_ctrlr_fail() comes first");
	spdk_nvme_ctrlr_fail(g_host.ctrlr);
	log_capture_start();
	(void)snprintf(trid.subnqn, sizeof(trid.subnqn), "nqn.2026-11.spindle:other");
	assert_int_equal(spdk_nvme_ctrlr_set_trid(g_host.ctrlr, &trid), -EINVAL);
	assert_one_error("subsystem NQN must stay the same");
	trid = before;
	spdk_nvme_trid_populate_transport(&trid, SPDK_NVME_TRANSPORT_TCP);
	assert_int_equal(spdk_nvme_ctrlr_set_trid(g_host.ctrlr, &trid), -EINVAL);
	assert_one_error("transport type");
	assert_int_equal(spdk_nvme_transport_id_compare(
				 spdk_nvme_ctrlr_get_transport_id(g_host.ctrlr), &before),
			 0);

	trid = before;
	(void)snprintf(trid.traddr, sizeof(trid.traddr), "0000:ee:00.0");
	assert_int_equal(spdk_nvme_ctrlr_set_trid(g_host.ctrlr, &trid), 0);
	assert_string_equal(spdk_nvme_ctrlr_get_transport_id(g_host.ctrlr)->traddr, "0000:ee:00.0");
	assert_int_equal(ctrlr_reset(&g_host), 0);
	assert_false(spdk_nvme_ctrlr_is_failed(g_host.ctrlr));
}

/* As in a program that fills in type and address, and nothing else. */
static void
a_transport_that_is_not_named_stays_that_of_before(void **state)
{
	struct spdk_nvme_transport_id trid;

	open_it();
	spdk_nvme_ctrlr_fail(g_host.ctrlr);
	trid = *spdk_nvme_ctrlr_get_transport_id(g_host.ctrlr);
	trid.trstring[0] = '\0';
	assert_int_equal(spdk_nvme_ctrlr_set_trid(g_host.ctrlr, &trid), 0);
	assert_string_equal(spdk_nvme_ctrlr_get_transport_id(g_host.ctrlr)->trstring, "PCIE");
	fake_remove(g_host.fake, false);
	assert_int_equal(spdk_nvme_scan_attached(NULL), 0);
	assert_int_equal(g_host.removed, 1);
}

/* ---- Ids of queue pairs ---- */

static void
ids_are_shared_with_queue_pairs_of_the_driver(void **state)
{
	struct spdk_nvme_qpair *qpairs[QUEUES - 1];
	int32_t qid;

	open_it();
	qid = spdk_nvme_ctrlr_alloc_qid(g_host.ctrlr);
	assert_in_range(qid, 1, QUEUES);
	for (size_t i = 0; i < SPDK_COUNTOF(qpairs); i++) {
		qpairs[i] = ctrlr_alloc_qpair(&g_host);
		assert_non_null(qpairs[i]);
		assert_in_range(spdk_nvme_qpair_get_id(qpairs[i]), 1, QUEUES);
		assert_int_not_equal(spdk_nvme_qpair_get_id(qpairs[i]), qid);
	}
	log_capture_start();
	assert_int_equal(spdk_nvme_ctrlr_alloc_qid(g_host.ctrlr), -ENOSPC);
	assert_one_error("it gives 4, and all are in use");
	assert_null(ctrlr_alloc_qpair(&g_host));
	/* Of the admin queue, and of none. */
	spdk_nvme_ctrlr_free_qid(g_host.ctrlr, 0);
	spdk_nvme_ctrlr_free_qid(g_host.ctrlr, QUEUES + 1);
	spdk_nvme_ctrlr_free_qid(g_host.ctrlr, UINT16_MAX);
	assert_int_equal(spdk_nvme_ctrlr_alloc_qid(g_host.ctrlr), -ENOSPC);
	spdk_nvme_ctrlr_free_qid(g_host.ctrlr, (uint16_t)qid);
	assert_int_equal(spdk_nvme_ctrlr_alloc_qid(g_host.ctrlr), qid);
	ctrlr_free_qpair(&g_host, qpairs[1]);
	qpairs[1] = ctrlr_alloc_qpair(&g_host);
	assert_non_null(qpairs[1]);
	for (size_t i = 0; i < SPDK_COUNTOF(qpairs); i++) {
		ctrlr_free_qpair(&g_host, qpairs[i]);
	}
}

/* Two that believe to have the same queue would be worse than one that is not used. */
static void
an_id_that_a_program_has_stays_its_own_over_a_reset(void **state)
{
	struct spdk_nvme_qpair *qpair;
	int32_t qid;

	open_it();
	qid = spdk_nvme_ctrlr_alloc_qid(g_host.ctrlr);
	qpair = ctrlr_alloc_qpair(&g_host);
	assert_int_equal(ctrlr_reset(&g_host), 0);
	for (uint32_t i = 0; i < QUEUES - 2; i++) {
		int32_t other = spdk_nvme_ctrlr_alloc_qid(g_host.ctrlr);

		assert_in_range(other, 1, QUEUES);
		assert_int_not_equal(other, qid);
		assert_int_not_equal(other, spdk_nvme_qpair_get_id(qpair));
	}
	assert_int_equal(spdk_nvme_ctrlr_alloc_qid(g_host.ctrlr), -ENOSPC);
	spdk_nvme_ctrlr_free_qid(g_host.ctrlr, (uint16_t)qid);
	assert_int_equal(spdk_nvme_ctrlr_alloc_qid(g_host.ctrlr), qid);
	ctrlr_free_qpair(&g_host, qpair);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(one_that_has_prps_only_sets_no_limit_to_pieces),
		TEST(flags_are_what_it_says_of_itself),
		TEST(pieces_of_dwords_are_asked_for),
		TEST(one_command_takes_as_many_pieces_as_is_told),
		TEST(registers_are_read_from_the_device),
		TEST(a_device_without_memory_has_nothing_in_its_registers),
		TEST(a_node_that_is_not_known_is_any),
		TEST(it_is_known_where_and_what_it_is),
		TEST(a_failed_one_may_be_looked_for_elsewhere),
		TEST(a_transport_that_is_not_named_stays_that_of_before),
		TEST(ids_are_shared_with_queue_pairs_of_the_driver),
		TEST(an_id_that_a_program_has_stays_its_own_over_a_reset),
	};

	return cmocka_run_group_tests(tests, ctrlr_setup_env, ctrlr_teardown_env);
}
