/* SPDX-License-Identifier: BSD-3-Clause */
/* Reservations, alone and against another host. */
#include "io/nvme/ctrlr.h"
#include "io/nvme/io_fixture.h"

#define BLOCK 512
#define PAGE  4096
#define KEY   0x1122334455667788
#define OTHER 0x8877665544332211

static struct io_host g_host;
static struct ctrlr_result g_result;
static uint8_t *g_buffer;

/* As a host that has not the long identifiers gets it. */
struct report {
	struct spdk_nvme_reservation_status_data head;
	struct spdk_nvme_registered_ctrlr_data ctrlrs[4];
};

struct long_report {
	struct spdk_nvme_reservation_status_extended_data head;
	struct spdk_nvme_registered_ctrlr_extended_data ctrlrs[4];
};

static void
open_all(void)
{
	g_buffer = io_memory(PAGE);
	memset(&g_result, 0, sizeof(g_result));
	io_open(&g_host, NULL, NULL);
	/* Conflicts are meant. */
	log_capture_start();
}

static void
close_all(void)
{
	log_capture_stop();
	io_close(&g_host);
	spdk_free(g_buffer);
}

/* Keys are any memory, which may go when the call returns. */
static void
send_register(uint64_t current, uint64_t new, bool ignore_key,
	      enum spdk_nvme_reservation_register_action action,
	      enum spdk_nvme_reservation_register_cptpl cptpl)
{
	struct spdk_nvme_reservation_register_data *data = malloc(sizeof(*data));

	*data = (struct spdk_nvme_reservation_register_data){.crkey = current, .nrkey = new};
	assert_int_equal(spdk_nvme_ns_cmd_reservation_register(g_host.ns, g_host.qpair, data,
							       ignore_key, action, cptpl,
							       ctrlr_done, &g_result),
			 0);
	memset(data, 0xff, sizeof(*data));
	free(data);
}

static void
send_acquire(uint64_t current, uint64_t preempted, bool ignore_key,
	     enum spdk_nvme_reservation_acquire_action action, enum spdk_nvme_reservation_type type)
{
	struct spdk_nvme_reservation_acquire_data *data = malloc(sizeof(*data));

	*data = (struct spdk_nvme_reservation_acquire_data){.crkey = current, .prkey = preempted};
	assert_int_equal(spdk_nvme_ns_cmd_reservation_acquire(g_host.ns, g_host.qpair, data,
							      ignore_key, action, type, ctrlr_done,
							      &g_result),
			 0);
	memset(data, 0xff, sizeof(*data));
	free(data);
}

static void
send_release(uint64_t current, bool ignore_key, enum spdk_nvme_reservation_release_action action,
	     enum spdk_nvme_reservation_type type)
{
	struct spdk_nvme_reservation_key_data *data = malloc(sizeof(*data));

	*data = (struct spdk_nvme_reservation_key_data){.crkey = current};
	assert_int_equal(spdk_nvme_ns_cmd_reservation_release(g_host.ns, g_host.qpair, data,
							      ignore_key, action, type, ctrlr_done,
							      &g_result),
			 0);
	memset(data, 0xff, sizeof(*data));
	free(data);
}

static void
expect(uint32_t sc)
{
	io_expect(&g_host, &g_result, SPDK_NVME_SCT_GENERIC, sc);
}

static const struct report *
report(void)
{
	memset(g_buffer, 0xff, PAGE);
	assert_int_equal(spdk_nvme_ns_cmd_reservation_report(g_host.ns, g_host.qpair, g_buffer,
							     sizeof(struct report), ctrlr_done,
							     &g_result),
			 0);
	expect(0);
	return (void *)g_buffer;
}

static void
a_reservation_is_made_told_of_and_ended(void **state)
{
	const struct report *told;
	uint32_t gen;

	open_all();
	send_register(0, KEY, false, SPDK_NVME_RESERVE_REGISTER_KEY,
		      SPDK_NVME_RESERVE_PTPL_PERSIST_POWER_LOSS);
	expect(0);
	told = report();
	gen = told->head.gen;
	assert_int_equal(told->head.rtype, 0);
	assert_int_equal(told->head.regctl, 1);
	assert_int_equal(told->head.ptpls, 1);
	assert_int_equal(told->ctrlrs[0].cntlid, g_host.ctrlr->cdata.cntlid);
	assert_int_equal(told->ctrlrs[0].rcsts.status, 0);
	assert_memory_equal(&told->ctrlrs[0].hostid, g_host.ctrlr->opts.host_id, 8);
	assert_true(told->ctrlrs[0].rkey == KEY);

	send_acquire(OTHER, 0, false, SPDK_NVME_RESERVE_ACQUIRE,
		     SPDK_NVME_RESERVE_EXCLUSIVE_ACCESS);
	expect(SPDK_NVME_SC_RESERVATION_CONFLICT);
	send_acquire(KEY, 0, false, SPDK_NVME_RESERVE_ACQUIRE, SPDK_NVME_RESERVE_EXCLUSIVE_ACCESS);
	expect(0);
	told = report();
	assert_int_equal(told->head.rtype, SPDK_NVME_RESERVE_EXCLUSIVE_ACCESS);
	assert_int_equal(told->ctrlrs[0].rcsts.status, 1);

	send_release(KEY, false, SPDK_NVME_RESERVE_RELEASE, SPDK_NVME_RESERVE_WRITE_EXCLUSIVE);
	expect(SPDK_NVME_SC_INVALID_FIELD);
	send_release(KEY, false, SPDK_NVME_RESERVE_RELEASE, SPDK_NVME_RESERVE_EXCLUSIVE_ACCESS);
	expect(0);
	told = report();
	assert_int_equal(told->head.rtype, 0);
	assert_int_equal(told->head.regctl, 1);

	send_register(KEY, OTHER, false, SPDK_NVME_RESERVE_REPLACE_KEY,
		      SPDK_NVME_RESERVE_PTPL_CLEAR_POWER_ON);
	expect(0);
	told = report();
	assert_true(told->ctrlrs[0].rkey == OTHER);
	assert_int_equal(told->head.ptpls, 0);
	/* The old key is no key any more, which does not matter to who ignores it. */
	send_register(KEY, 0, false, SPDK_NVME_RESERVE_UNREGISTER_KEY,
		      SPDK_NVME_RESERVE_PTPL_NO_CHANGES);
	expect(SPDK_NVME_SC_RESERVATION_CONFLICT);
	send_register(KEY, 0, true, SPDK_NVME_RESERVE_UNREGISTER_KEY,
		      SPDK_NVME_RESERVE_PTPL_NO_CHANGES);
	expect(0);
	told = report();
	assert_int_equal(told->head.regctl, 0);
	assert_int_equal(told->head.gen, gen + 2);
	close_all();
}

/* By figures 'Command Dword 10' and 11 of the specification; what comes of them does not matter. */
static void
what_is_asked_for_is_where_the_specification_has_it(void **state)
{
	struct spdk_nvme_cmd cmd;

	open_all();
	send_register(1, 2, true, SPDK_NVME_RESERVE_REPLACE_KEY,
		      SPDK_NVME_RESERVE_PTPL_PERSIST_POWER_LOSS);
	cmd = io_last_command(&g_host);
	assert_int_equal(cmd.opc, 0x0d);
	assert_int_equal(cmd.nsid, 1);
	assert_int_equal(cmd.cdw10, 0xc000000a);
	expect(SPDK_NVME_SC_RESERVATION_CONFLICT);
	send_acquire(1, 2, true, SPDK_NVME_RESERVE_PREEMPT_ABORT,
		     SPDK_NVME_RESERVE_EXCLUSIVE_ACCESS_ALL_REGS);
	cmd = io_last_command(&g_host);
	assert_int_equal(cmd.opc, 0x11);
	assert_int_equal(cmd.nsid, 1);
	assert_int_equal(cmd.cdw10, 0x60a);
	expect(SPDK_NVME_SC_RESERVATION_CONFLICT);
	send_release(1, true, SPDK_NVME_RESERVE_CLEAR, SPDK_NVME_RESERVE_WRITE_EXCLUSIVE_REG_ONLY);
	cmd = io_last_command(&g_host);
	assert_int_equal(cmd.opc, 0x15);
	assert_int_equal(cmd.nsid, 1);
	assert_int_equal(cmd.cdw10, 0x309);
	expect(SPDK_NVME_SC_RESERVATION_CONFLICT);
	(void)report();
	cmd = io_last_command(&g_host);
	assert_int_equal(cmd.opc, 0x0e);
	assert_int_equal(cmd.nsid, 1);
	/* Dwords, less one. */
	assert_int_equal(cmd.cdw10, sizeof(struct report) / 4 - 1);
	assert_int_equal(cmd.cdw11, 0);
	close_all();
}

static void
try_io(uint32_t sc_of_read, uint32_t sc_of_write)
{
	assert_int_equal(spdk_nvme_ns_cmd_read(g_host.ns, g_host.qpair, g_buffer, 0, 1, ctrlr_done,
					       &g_result, 0),
			 0);
	expect(sc_of_read);
	assert_int_equal(spdk_nvme_ns_cmd_write(g_host.ns, g_host.qpair, g_buffer, 0, 1, ctrlr_done,
						&g_result, 0),
			 0);
	expect(sc_of_write);
}

static void
what_another_host_holds_is_kept_from_us_until_we_take_it(void **state)
{
	const struct report *told;

	open_all();
	fake_reserve(g_host.fake, 1, OTHER, SPDK_NVME_RESERVE_EXCLUSIVE_ACCESS);
	try_io(SPDK_NVME_SC_RESERVATION_CONFLICT, SPDK_NVME_SC_RESERVATION_CONFLICT);
	fake_reserve(g_host.fake, 1, OTHER, SPDK_NVME_RESERVE_WRITE_EXCLUSIVE);
	try_io(0, SPDK_NVME_SC_RESERVATION_CONFLICT);
	send_register(0, KEY, false, SPDK_NVME_RESERVE_REGISTER_KEY,
		      SPDK_NVME_RESERVE_PTPL_NO_CHANGES);
	expect(0);
	try_io(0, SPDK_NVME_SC_RESERVATION_CONFLICT);
	send_acquire(KEY, 0, false, SPDK_NVME_RESERVE_ACQUIRE, SPDK_NVME_RESERVE_WRITE_EXCLUSIVE);
	expect(SPDK_NVME_SC_RESERVATION_CONFLICT);
	told = report();
	assert_int_equal(told->head.regctl, 2);
	assert_int_equal(told->ctrlrs[0].rcsts.status, 0);
	assert_int_equal(told->ctrlrs[1].rcsts.status, 1);
	assert_true(told->ctrlrs[1].rkey == OTHER);

	/* Only who knows the key of the other preempts it. */
	send_acquire(KEY, OTHER + 1, false, SPDK_NVME_RESERVE_PREEMPT,
		     SPDK_NVME_RESERVE_WRITE_EXCLUSIVE);
	expect(SPDK_NVME_SC_RESERVATION_CONFLICT);
	send_acquire(KEY, OTHER, false, SPDK_NVME_RESERVE_PREEMPT,
		     SPDK_NVME_RESERVE_WRITE_EXCLUSIVE_REG_ONLY);
	expect(0);
	try_io(0, 0);
	told = report();
	assert_int_equal(told->head.rtype, SPDK_NVME_RESERVE_WRITE_EXCLUSIVE_REG_ONLY);
	assert_int_equal(told->head.regctl, 1);
	assert_int_equal(told->ctrlrs[0].rcsts.status, 1);
	assert_true(told->ctrlrs[0].rkey == KEY);
	close_all();
}

static void
who_is_registered_may_clear_all(void **state)
{
	open_all();
	fake_reserve(g_host.fake, 1, OTHER, SPDK_NVME_RESERVE_EXCLUSIVE_ACCESS);
	send_register(0, KEY, false, SPDK_NVME_RESERVE_REGISTER_KEY,
		      SPDK_NVME_RESERVE_PTPL_NO_CHANGES);
	expect(0);
	/* To release what another holds is no error, and has no effect. */
	send_release(KEY, false, SPDK_NVME_RESERVE_RELEASE, SPDK_NVME_RESERVE_EXCLUSIVE_ACCESS);
	expect(0);
	try_io(SPDK_NVME_SC_RESERVATION_CONFLICT, SPDK_NVME_SC_RESERVATION_CONFLICT);
	send_release(OTHER, false, SPDK_NVME_RESERVE_CLEAR, 0);
	expect(SPDK_NVME_SC_RESERVATION_CONFLICT);
	send_release(KEY, false, SPDK_NVME_RESERVE_CLEAR, 0);
	expect(0);
	try_io(0, 0);
	assert_int_equal(report()->head.regctl, 0);
	close_all();
}

/* A controller that has them gets the long one, and reports in the long form. */
static void
hosts_with_long_identifiers_get_the_long_report(void **state)
{
	const struct fake_fault has_long = {
		.kind = FAKE_FAULT_DATA_PATCH,
		.where = FAKE_AT_ADMIN_COMMAND,
		.opcode = SPDK_NVME_OPC_IDENTIFY,
		.cdw10 = SPDK_NVME_IDENTIFY_CTRLR,
		.cdw10_mask = 0xff,
		.value = 1,
		.offset = offsetof(struct spdk_nvme_ctrlr_data, ctratt),
		.size = 4,
	};
	struct ctrlr_host ctrlr_host;
	struct long_report *told;

	g_buffer = io_memory(PAGE);
	memset(&g_result, 0, sizeof(g_result));
	ctrlr_host_init(&ctrlr_host, NULL);
	fake_plant(ctrlr_host.fake, &has_long);
	ctrlr_attach(&ctrlr_host);
	assert_non_null(ctrlr_host.ctrlr);
	g_host = (struct io_host){
		.fake = ctrlr_host.fake,
		.ctrlr = ctrlr_host.ctrlr,
		.ns = spdk_nvme_ctrlr_get_ns(ctrlr_host.ctrlr, 1),
		.qpair = ctrlr_alloc_qpair(&ctrlr_host),
	};
	log_capture_start();
	fake_reserve(g_host.fake, 1, OTHER, 0);
	send_register(0, KEY, false, SPDK_NVME_RESERVE_REGISTER_KEY,
		      SPDK_NVME_RESERVE_PTPL_NO_CHANGES);
	expect(0);
	told = (void *)g_buffer;
	assert_int_equal(spdk_nvme_ns_cmd_reservation_report(g_host.ns, g_host.qpair, told,
							     sizeof(*told), ctrlr_done, &g_result),
			 0);
	assert_int_equal(io_last_command(&g_host).cdw11, 1);
	expect(0);
	assert_int_equal(told->head.data.regctl, 2);
	assert_memory_equal(told->ctrlrs[0].hostid, g_host.ctrlr->opts.extended_host_id, 16);
	assert_true(told->ctrlrs[0].rkey == KEY);
	assert_true(told->ctrlrs[1].rkey == OTHER);
	close_all();
}

static void
what_does_not_fit_a_report_is_cut_off(void **state)
{
	struct spdk_nvme_reservation_status_data *head;

	open_all();
	fake_reserve(g_host.fake, 1, OTHER, SPDK_NVME_RESERVE_EXCLUSIVE_ACCESS);
	memset(g_buffer, 0xaa, PAGE);
	head = (void *)g_buffer;
	assert_int_equal(spdk_nvme_ns_cmd_reservation_report(g_host.ns, g_host.qpair, g_buffer,
							     sizeof(*head), ctrlr_done, &g_result),
			 0);
	expect(0);
	assert_int_equal(head->regctl, 1);
	assert_int_equal(g_buffer[sizeof(*head)], 0xaa);
	close_all();
}

static int
try_report(void *payload, uint32_t len)
{
	return spdk_nvme_ns_cmd_reservation_report(g_host.ns, g_host.qpair, payload, len,
						   ctrlr_done, &g_result);
}

/* Each of the four with a payload that is none; what they return. */
static void
try_all(struct spdk_nvme_reservation_register_data *keys,
	struct spdk_nvme_reservation_acquire_data *preempted,
	struct spdk_nvme_reservation_key_data *key, void *report_to, int rc)
{
	struct spdk_nvme_ns *ns = g_host.ns;
	struct spdk_nvme_qpair *qpair = g_host.qpair;

	assert_int_equal(spdk_nvme_ns_cmd_reservation_register(
				 ns, qpair, keys, false, SPDK_NVME_RESERVE_REGISTER_KEY,
				 SPDK_NVME_RESERVE_PTPL_NO_CHANGES, ctrlr_done, &g_result),
			 rc);
	assert_int_equal(spdk_nvme_ns_cmd_reservation_acquire(
				 ns, qpair, preempted, false, SPDK_NVME_RESERVE_ACQUIRE,
				 SPDK_NVME_RESERVE_WRITE_EXCLUSIVE, ctrlr_done, &g_result),
			 rc);
	assert_int_equal(spdk_nvme_ns_cmd_reservation_release(
				 ns, qpair, key, false, SPDK_NVME_RESERVE_RELEASE,
				 SPDK_NVME_RESERVE_WRITE_EXCLUSIVE, ctrlr_done, &g_result),
			 rc);
	assert_int_equal(try_report(report_to, 64), rc);
}

static void
what_is_refused_leaves_nothing_behind(void **state)
{
	struct spdk_nvme_reservation_register_data keys = {.nrkey = KEY};
	struct spdk_nvme_reservation_acquire_data preempted = {.crkey = KEY};
	struct spdk_nvme_reservation_key_data key = {.crkey = KEY};

	open_all();
	assert_int_equal(try_report(g_buffer, 0), -EINVAL);
	assert_int_equal(try_report(g_buffer, 26), -EINVAL);
	try_all(NULL, NULL, NULL, NULL, -EINVAL);
	io_hold_reads(&g_host);
	while (g_host.qpair->outstanding < g_host.qpair->request_count) {
		assert_int_equal(io_read_block(&g_host, g_buffer, &g_result), 0);
	}
	try_all(&keys, &preempted, &key, g_buffer, -ENOMEM);
	fake_start(g_host.fake);
	spdk_nvme_ctrlr_disconnect_io_qpair(g_host.qpair);
	fake_stop(g_host.fake);
	assert_int_equal(g_result.count, g_host.qpair->request_count);
	try_all(&keys, &preempted, &key, g_buffer, -ENXIO);
	assert_int_equal(g_host.qpair->outstanding, 0);
	close_all();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_reservation_is_made_told_of_and_ended),
		cmocka_unit_test(what_is_asked_for_is_where_the_specification_has_it),
		cmocka_unit_test(what_another_host_holds_is_kept_from_us_until_we_take_it),
		cmocka_unit_test(who_is_registered_may_clear_all),
		cmocka_unit_test(hosts_with_long_identifiers_get_the_long_report),
		cmocka_unit_test(what_does_not_fit_a_report_is_cut_off),
		cmocka_unit_test(what_is_refused_leaves_nothing_behind),
	};

	return cmocka_run_group_tests(tests, ctrlr_setup_env, ctrlr_teardown_env);
}
