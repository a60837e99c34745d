/* SPDX-License-Identifier: BSD-3-Clause */
/* Admin commands of applications, events, aborts, timeouts, and who may do what in a callback. */
#include "io/nvme/ctrlr_fixture.h"

#include "base/log_capture.h"

#define FEATURE_QUEUES SPDK_NVME_FEAT_NUMBER_OF_QUEUES
#define STUCK          10
#define NOTICE_NS      (SPDK_NVME_ASYNC_EVENT_TYPE_NOTICE | SPDK_NVME_LOG_CHANGED_NS_LIST << 16)
#define EVENT_SMART    (SPDK_NVME_ASYNC_EVENT_TYPE_SMART | 1 << 8 | 2 << 16)

static struct ctrlr_host g_host;

static int
get_feature(struct ctrlr_result *result)
{
	return spdk_nvme_ctrlr_cmd_get_feature(g_host.ctrlr, FEATURE_QUEUES, 0, NULL, 0, ctrlr_done,
					       result);
}

static void *
ask_for_namespace(void *arg)
{
	return spdk_nvme_ctrlr_get_ns(g_host.ctrlr, 1);
}

/* Another OS thread gets at the controller meanwhile, and so does this one. */
static void
use_controller(void *arg, const struct spdk_nvme_cpl *cpl)
{
	pthread_t thread;
	void *ns = NULL;

	assert_int_equal(pthread_create(&thread, NULL, ask_for_namespace, NULL), 0);
	assert_int_equal(pthread_join(thread, &ns), 0);
	assert_non_null(ns);
	assert_int_equal(spdk_nvme_detach(g_host.ctrlr), -EBUSY);
	ctrlr_done(arg, cpl);
}

static void
callbacks_run_without_the_lock(void **state)
{
	struct ctrlr_result result = {0};

	ctrlr_open(&g_host, NULL);
	assert_int_equal(spdk_nvme_ctrlr_cmd_get_feature(g_host.ctrlr, FEATURE_QUEUES, 0, NULL, 0,
							 use_controller, &result),
			 0);
	ctrlr_wait(&g_host, &result);
	ctrlr_close(&g_host);
}

static void
applications_leave_requests_to_the_driver(void **state)
{
	struct ctrlr_result results[512] = {{.count = 0}};
	struct spdk_nvme_format format = {0};
	uint32_t count = 0, done = 0;

	ctrlr_open(&g_host, NULL);
	ctrlr_plant(&g_host, FAKE_FAULT_NEVER, SPDK_NVME_OPC_GET_FEATURES, 0, 0);
	while (count < SPDK_COUNTOF(results) && get_feature(&results[count]) == 0) {
		count++;
	}
	assert_in_range(count, 16, SPDK_COUNTOF(results) - 1);
	assert_int_equal(get_feature(&results[count]), -ENOMEM);
	fake_clear_faults(g_host.fake);
	fake_start(g_host.fake);
	fake_release(g_host.fake);
	assert_int_equal(spdk_nvme_ctrlr_format(g_host.ctrlr, 1, &format), 0);
	fake_stop(g_host.fake);
	ctrlr_turn(&g_host, 100);
	for (uint32_t i = 0; i < count; i++) {
		assert_int_equal(results[i].count, 1);
		done++;
	}
	assert_int_equal(done, count);
	ctrlr_close(&g_host);
}

/* Nobody resets a device that is gone, and it answers nothing. */
static void
what_a_removed_device_has_not_answered_ends(void **state)
{
	struct ctrlr_result result = {0};

	ctrlr_open(&g_host, NULL);
	ctrlr_plant(&g_host, FAKE_FAULT_NEVER, SPDK_NVME_OPC_GET_FEATURES, 0, 0);
	assert_int_equal(get_feature(&result), 0);
	ctrlr_turn(&g_host, 10);
	fake_remove(g_host.fake, false);
	assert_int_equal(spdk_nvme_scan_attached(NULL), 0);
	assert_int_equal(result.count, 0);
	assert_int_equal(spdk_nvme_ctrlr_process_admin_completions(g_host.ctrlr), -ENXIO);
	assert_int_equal(result.count, 1);
	assert_true(spdk_nvme_cpl_is_aborted_sq_deletion(&result.cpl));
	assert_int_equal(spdk_nvme_ctrlr_process_admin_completions(g_host.ctrlr), -ENXIO);
	assert_int_equal(get_feature(&result), -ENXIO);
	ctrlr_close(&g_host);
}

struct events {
	uint32_t count;
	uint32_t last;
	uint32_t ns_count;
	uint32_t nsid;
};

static void
event_cb(void *arg, const struct spdk_nvme_cpl *cpl)
{
	struct events *events = arg;

	events->count++;
	events->last = cpl->cdw0;
}

static void
ns_changed_cb(void *arg, const uint32_t *list, uint32_t count)
{
	struct events *events = arg;

	events->ns_count++;
	events->nsid = list != NULL && count > 0 ? list[0] : 0;
}

/* Which lets the next event of the kind come. */
static void
read_health(void)
{
	struct spdk_nvme_health_information_page page;
	struct ctrlr_result result = {0};

	assert_int_equal(spdk_nvme_ctrlr_cmd_get_log_page(g_host.ctrlr,
							  SPDK_NVME_LOG_HEALTH_INFORMATION,
							  SPDK_NVME_GLOBAL_NS_TAG, &page,
							  sizeof(page), 0, ctrlr_done, &result),
			 0);
	ctrlr_wait(&g_host, &result);
	assert_true(spdk_nvme_cpl_is_success(&result.cpl));
}

static void
events_are_told_and_asked_for_again(void **state)
{
	struct events events = {0};

	ctrlr_open(&g_host, NULL);
	spdk_nvme_ctrlr_register_aer_callback(g_host.ctrlr, event_cb, &events);
	for (uint32_t i = 1; i <= 20; i++) {
		fake_event(g_host.fake, EVENT_SMART);
		ctrlr_turn(&g_host, 10);
		assert_int_equal(events.count, i);
		assert_int_equal(events.last, EVENT_SMART);
		read_health();
	}
	/* The same after a reset. */
	assert_int_equal(ctrlr_reset(&g_host), 0);
	fake_event(g_host.fake, EVENT_SMART);
	ctrlr_turn(&g_host, 10);
	assert_int_equal(events.count, 21);
	ctrlr_close(&g_host);
}

static void
a_storm_of_events_waits_for_the_application(void **state)
{
	struct fake_fault fault = {
		.kind = FAKE_FAULT_EVENT_STORM,
		.where = FAKE_AT_STEP,
		.count = 1,
		.value = EVENT_SMART,
		.size = 10000,
	};
	struct ctrlr_result result = {0};
	struct events events = {0};

	ctrlr_open(&g_host, NULL);
	spdk_nvme_ctrlr_register_aer_callback(g_host.ctrlr, event_cb, &events);
	fake_plant(g_host.fake, &fault);
	for (int i = 0; i < 1000; i++) {
		fake_step(g_host.fake);
		nvme_ctrlr_lock(g_host.ctrlr);
		(void)spdk_nvme_qpair_process_completions(g_host.ctrlr->adminq, 0);
		nvme_ctrlr_unlock(g_host.ctrlr);
	}
	/* Nobody has delivered them yet, so that no more were asked for. */
	assert_int_equal(events.count, 0);
	ctrlr_turn(&g_host, 1);
	assert_in_range(events.count, 1, NVME_ASYNC_EVENTS_MAX);
	assert_int_equal(get_feature(&result), 0);
	ctrlr_wait(&g_host, &result);
	ctrlr_close(&g_host);
}

static void
namespaces_that_change_are_read_again(void **state)
{
	struct events events = {0};
	struct spdk_nvme_ns *ns;

	ctrlr_open(&g_host, NULL);
	ns = spdk_nvme_ctrlr_get_ns(g_host.ctrlr, 1);
	spdk_nvme_ctrlr_register_aer_callback(g_host.ctrlr, event_cb, &events);
	spdk_nvme_ctrlr_register_ns_attr_changed_callback(g_host.ctrlr, ns_changed_cb, &events);
	fake_change_namespace(g_host.fake, 1, 4096);
	fake_start(g_host.fake);
	while (events.ns_count == 0) {
		assert_true(spdk_nvme_ctrlr_process_admin_completions(g_host.ctrlr) >= 0);
	}
	fake_stop(g_host.fake);
	assert_int_equal(events.nsid, 1);
	assert_int_equal(events.count, 0);
	assert_int_equal(spdk_nvme_ns_get_num_sectors(ns), 4096);
	/* Gone, and back. */
	fake_change_namespace(g_host.fake, 1, 0);
	fake_start(g_host.fake);
	while (events.ns_count == 1) {
		assert_true(spdk_nvme_ctrlr_process_admin_completions(g_host.ctrlr) >= 0);
	}
	assert_false(spdk_nvme_ns_is_active(ns));
	assert_int_equal(spdk_nvme_ctrlr_get_first_active_ns(g_host.ctrlr), 0);
	fake_change_namespace(g_host.fake, 1, 1024);
	while (events.ns_count == 2) {
		assert_true(spdk_nvme_ctrlr_process_admin_completions(g_host.ctrlr) >= 0);
	}
	fake_stop(g_host.fake);
	assert_true(spdk_nvme_ns_is_active(ns));
	assert_ptr_equal(spdk_nvme_ctrlr_get_ns(g_host.ctrlr, 1), ns);
	assert_int_equal(spdk_nvme_ns_get_num_sectors(ns), 1024);
	ctrlr_close(&g_host);
}

static void
find_stuck(void *arg, struct spdk_nvme_ctrlr *ctrlr, struct spdk_nvme_qpair *qpair, uint16_t cid)
{
	uint16_t *cids = arg;

	assert_null(qpair);
	for (int i = 0; i < STUCK; i++) {
		if (cids[i] == UINT16_MAX) {
			cids[i] = cid;
			return;
		}
	}
	fail_msg("more commands took too long than there are");
}

static void
late_commands_are_told_of_once_and_aborted_in_turn(void **state)
{
	struct ctrlr_result stuck[STUCK] = {{.count = 0}}, aborts[STUCK] = {{.count = 0}};
	uint16_t cids[STUCK];
	struct fake_stats stats;
	struct fake_opts opts;
	uint64_t deadline;

	fake_opts_init(&opts);
	opts.acl = 1;
	ctrlr_open(&g_host, &opts);
	memset(cids, 0xff, sizeof(cids));
	spdk_nvme_ctrlr_register_timeout_callback(g_host.ctrlr, 0, 20000, find_stuck, cids);
	ctrlr_plant(&g_host, FAKE_FAULT_LATE, SPDK_NVME_OPC_GET_FEATURES, 0, 0);
	for (int i = 0; i < STUCK; i++) {
		assert_int_equal(get_feature(&stuck[i]), 0);
	}
	deadline = spdk_get_ticks() + spdk_get_ticks_hz() / 5;
	while (spdk_get_ticks() < deadline) {
		ctrlr_turn(&g_host, 1);
	}
	for (int i = 0; i < STUCK; i++) {
		assert_int_not_equal(cids[i], UINT16_MAX);
		assert_int_equal(spdk_nvme_ctrlr_cmd_abort(g_host.ctrlr, NULL, cids[i], ctrlr_done,
							   &aborts[i]),
				 0);
	}
	assert_int_equal(g_host.ctrlr->aborts_outstanding, 2);
	ctrlr_wait(&g_host, &aborts[STUCK - 1]);
	ctrlr_turn(&g_host, 10);
	for (int i = 0; i < STUCK; i++) {
		assert_int_equal(aborts[i].count, 1);
		assert_true(spdk_nvme_cpl_is_abort_success(&aborts[i].cpl));
		assert_int_equal(stuck[i].count, 1);
		assert_true(spdk_nvme_cpl_is_aborted_by_request(&stuck[i].cpl));
	}
	fake_get_stats(g_host.fake, &stats);
	assert_int_equal(stats.aborts, STUCK);
	ctrlr_close(&g_host);
}

static void
commands_are_aborted_by_their_argument(void **state)
{
	struct ctrlr_result stuck = {0}, other = {0}, aborted = {0}, unused = {0};

	ctrlr_open(&g_host, NULL);
	ctrlr_plant(&g_host, FAKE_FAULT_LATE, SPDK_NVME_OPC_GET_FEATURES, 0, 0);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(get_feature(&stuck), 0);
	}
	assert_int_equal(get_feature(&other), 0);
	ctrlr_turn(&g_host, 5);
	assert_int_equal(
		spdk_nvme_ctrlr_cmd_abort_ext(g_host.ctrlr, NULL, &unused, ctrlr_done, &aborted),
		-ENOENT);
	assert_int_equal(
		spdk_nvme_ctrlr_cmd_abort_ext(g_host.ctrlr, NULL, &stuck, ctrlr_done, &aborted), 0);
	ctrlr_wait(&g_host, &aborted);
	ctrlr_turn(&g_host, 5);
	assert_true(spdk_nvme_cpl_is_abort_success(&aborted.cpl));
	assert_int_equal(stuck.count, 3);
	assert_int_equal(other.count, 0);
	ctrlr_close(&g_host);
	assert_int_equal(other.count, 1);
}

/* Also those that the queue has no room for yet. */
static void
commands_that_wait_are_aborted_by_their_argument(void **state)
{
	struct ctrlr_result stuck = {0}, aborted = {0};
	const struct nvme_request *req;
	uint32_t count = 0;

	ctrlr_open(&g_host, NULL);
	ctrlr_plant(&g_host, FAKE_FAULT_LATE, SPDK_NVME_OPC_GET_FEATURES, 0, 0);
	while (get_feature(&stuck) == 0) {
		count++;
	}
	ctrlr_turn(&g_host, 5);
	assert_false(STAILQ_EMPTY(&g_host.ctrlr->adminq->queued_requests));
	assert_int_equal(
		spdk_nvme_ctrlr_cmd_abort_ext(g_host.ctrlr, NULL, &stuck, ctrlr_done, &aborted), 0);
	/* What waits now are the aborts of those that the controller has. */
	STAILQ_FOREACH (req, &g_host.ctrlr->adminq->queued_requests, link) {
		assert_int_equal(req->cmd.opc, SPDK_NVME_OPC_ABORT);
	}
	ctrlr_close(&g_host);
	assert_int_equal(stuck.count, count);
}

static void
aborts_that_wait_end_with_a_reset(void **state)
{
	struct ctrlr_result aborts[STUCK] = {{.count = 0}};
	struct fake_opts opts;

	fake_opts_init(&opts);
	opts.acl = 0;
	ctrlr_open(&g_host, &opts);
	ctrlr_plant(&g_host, FAKE_FAULT_NEVER, SPDK_NVME_OPC_ABORT, 0, 0);
	for (int i = 0; i < STUCK; i++) {
		assert_int_equal(
			spdk_nvme_ctrlr_cmd_abort(g_host.ctrlr, NULL, 99, ctrlr_done, &aborts[i]),
			0);
	}
	assert_int_equal(ctrlr_reset(&g_host), 0);
	for (int i = 0; i < STUCK; i++) {
		assert_int_equal(aborts[i].count, 1);
		assert_true(spdk_nvme_cpl_is_aborted_sq_deletion(&aborts[i].cpl));
	}
	assert_int_equal(g_host.ctrlr->aborts_outstanding, 0);
	ctrlr_close(&g_host);
}

static void
namespaces_are_made_attached_and_deleted(void **state)
{
	struct spdk_nvme_ctrlr_list list = {.ctrlr_count = 1};
	struct spdk_nvme_ns_data data = {.nsze = 2048, .ncap = 2048};
	struct spdk_nvme_ns *ns;
	uint32_t nsid;

	ctrlr_open(&g_host, NULL);
	list.ctrlr_list[0] = spdk_nvme_ctrlr_get_id(g_host.ctrlr);
	fake_start(g_host.fake);
	nsid = spdk_nvme_ctrlr_create_ns(g_host.ctrlr, &data);
	assert_int_not_equal(nsid, 0);
	assert_false(spdk_nvme_ctrlr_is_active_ns(g_host.ctrlr, nsid));
	assert_int_equal(spdk_nvme_ctrlr_attach_ns(g_host.ctrlr, nsid, &list), 0);
	assert_true(spdk_nvme_ctrlr_is_active_ns(g_host.ctrlr, nsid));
	ns = spdk_nvme_ctrlr_get_ns(g_host.ctrlr, nsid);
	assert_int_equal(spdk_nvme_ns_get_num_sectors(ns), 2048);
	assert_int_equal(spdk_nvme_ctrlr_attach_ns(g_host.ctrlr, nsid, &list), -EIO);
	assert_int_equal(spdk_nvme_ctrlr_detach_ns(g_host.ctrlr, nsid, &list), 0);
	assert_false(spdk_nvme_ns_is_active(ns));
	assert_int_equal(spdk_nvme_ctrlr_delete_ns(g_host.ctrlr, nsid), 0);
	assert_int_equal(spdk_nvme_ctrlr_delete_ns(g_host.ctrlr, nsid), -EIO);
	fake_stop(g_host.fake);
	ctrlr_close(&g_host);
}

static void
a_format_is_what_was_asked_for(void **state)
{
	struct spdk_nvme_format format = {.lbaf = 1};
	struct spdk_nvme_ns *ns;

	ctrlr_open(&g_host, NULL);
	ns = spdk_nvme_ctrlr_get_ns(g_host.ctrlr, 1);
	assert_int_equal(spdk_nvme_ns_get_sector_size(ns), 512);
	fake_start(g_host.fake);
	assert_int_equal(spdk_nvme_ctrlr_format(g_host.ctrlr, 1, &format), 0);
	fake_stop(g_host.fake);
	/* It is known at once. */
	assert_int_equal(spdk_nvme_ns_get_sector_size(ns), 4096);
	assert_int_equal(spdk_nvme_ns_get_num_sectors(ns), 1024);
	ctrlr_close(&g_host);
}

static void
what_cannot_be_managed_is_told_and_changes_nothing(void **state)
{
	struct spdk_nvme_ctrlr_list list = {.ctrlr_count = 1, .ctrlr_list = {77}};
	struct spdk_nvme_ns_data data = {0};
	struct spdk_nvme_format format = {0};
	struct fake_stats stats;

	ctrlr_open(&g_host, NULL);
	fake_start(g_host.fake);
	/* What has no sense does not get to the controller. */
	assert_int_equal(spdk_nvme_ctrlr_attach_ns(g_host.ctrlr, 0, &list), -EINVAL);
	assert_int_equal(spdk_nvme_ctrlr_detach_ns(g_host.ctrlr, 0, &list), -EINVAL);
	assert_int_equal(spdk_nvme_ctrlr_delete_ns(g_host.ctrlr, 0), -EINVAL);
	assert_int_equal(spdk_nvme_ctrlr_format(g_host.ctrlr, 0, &format), -EINVAL);
	assert_int_equal(spdk_nvme_ctrlr_format(g_host.ctrlr, 1, NULL), -EINVAL);
	fake_get_stats(g_host.fake, &stats);
	assert_int_equal(stats.admin_opcodes[SPDK_NVME_OPC_NS_ATTACHMENT], 0);
	assert_int_equal(stats.admin_opcodes[SPDK_NVME_OPC_NS_MANAGEMENT], 0);
	assert_int_equal(stats.admin_opcodes[SPDK_NVME_OPC_FORMAT_NVM], 0);
	/* What the controller refuses is told with its reason. */
	log_capture_start();
	assert_int_equal(spdk_nvme_ctrlr_create_ns(g_host.ctrlr, &data), 0);
	assert_true(log_captured("namespace 0: creating one failed: THIN PROVISIONING", NULL));
	assert_int_equal(spdk_nvme_ctrlr_detach_ns(g_host.ctrlr, 1, &list), -EIO);
	assert_true(log_captured("namespace 1: detaching failed: CONTROLLER LIST", NULL));
	assert_int_equal(spdk_nvme_ctrlr_attach_ns(g_host.ctrlr, 9, &list), -EIO);
	assert_true(log_captured("namespace 9: attaching failed: INVALID NAMESPACE", NULL));
	assert_int_equal(spdk_nvme_ctrlr_delete_ns(g_host.ctrlr, 9), -EIO);
	assert_true(log_captured("namespace 9: deleting failed: INVALID NAMESPACE", NULL));
	assert_int_equal(log_capture_count(SPDK_LOG_ERROR), 4);
	fake_stop(g_host.fake);
	log_capture_stop();
	assert_true(spdk_nvme_ctrlr_is_active_ns(g_host.ctrlr, 1));
	ctrlr_close(&g_host);
}

static void
keep_alive_is_sent_in_time(void **state)
{
	struct fake_stats stats;
	struct fake_opts opts;
	uint64_t deadline;

	fake_opts_init(&opts);
	opts.keep_alive_granularity = 1;
	ctrlr_open(&g_host, &opts);
	assert_int_equal(spdk_nvme_ctrlr_get_opts(g_host.ctrlr)->keep_alive_timeout_ms, 10000);
	g_host.ctrlr->keep_alive_ticks = spdk_get_ticks_hz() / 100;
	g_host.ctrlr->keep_alive_next = 0;
	deadline = spdk_get_ticks() + spdk_get_ticks_hz() / 10;
	while (spdk_get_ticks() < deadline) {
		ctrlr_turn(&g_host, 1);
	}
	fake_get_stats(g_host.fake, &stats);
	assert_in_range(stats.admin_opcodes[SPDK_NVME_OPC_KEEP_ALIVE], 2, 11);
	ctrlr_close(&g_host);
}

static void
log_pages_are_read_with_sound_arguments_only(void **state)
{
	struct spdk_nvme_health_information_page page;
	struct ctrlr_result result = {0};

	ctrlr_open(&g_host, NULL);
	memset(&page, 0, sizeof(page));
	assert_int_equal(spdk_nvme_ctrlr_cmd_get_log_page(
				 g_host.ctrlr, SPDK_NVME_LOG_HEALTH_INFORMATION,
				 SPDK_NVME_GLOBAL_NS_TAG, &page, 6, 0, ctrlr_done, &result),
			 -EINVAL);
	assert_int_equal(spdk_nvme_ctrlr_cmd_get_log_page(g_host.ctrlr,
							  SPDK_NVME_LOG_HEALTH_INFORMATION,
							  SPDK_NVME_GLOBAL_NS_TAG, &page,
							  sizeof(page), 0, ctrlr_done, &result),
			 0);
	ctrlr_wait(&g_host, &result);
	assert_true(spdk_nvme_cpl_is_success(&result.cpl));
	assert_int_not_equal(page.temperature, 0);
	ctrlr_close(&g_host);
}

/* The first request of the admin queue that has this opcode. */
struct search {
	uint8_t opc;
	struct nvme_request *req;
};

static int
find_opcode(struct nvme_request *req, void *arg)
{
	struct search *search = arg;

	if (req->cmd.opc != search->opc) {
		return 0;
	}
	search->req = req;
	return 1;
}

static struct nvme_request *
request_of(uint8_t opc)
{
	struct search search = {.opc = opc};

	(void)nvme_transport_iterate_requests(g_host.ctrlr->adminq, find_opcode, &search);
	assert_non_null(search.req);
	return search.req;
}

static int
send_raw(struct spdk_nvme_cmd *cmd, void *buffer, uint32_t size, struct ctrlr_result *result)
{
	return spdk_nvme_ctrlr_cmd_admin_raw(g_host.ctrlr, cmd, buffer, size, ctrlr_done, result);
}

/* What a command says of its data from an earlier life does not reach the controller. */
static void
pointers_of_a_raw_command_are_the_drivers(void **state)
{
	struct spdk_nvme_cmd cmd = {
		.opc = SPDK_NVME_OPC_GET_FEATURES,
		.cdw10 = SPDK_NVME_FEAT_TIMESTAMP,
		.psdt = SPDK_NVME_PSDT_SGL_MPTR_CONTIG,
		.mptr = 0x1000,
		.dptr.prp = {.prp1 = 0x2000, .prp2 = 0x3000},
	};
	const struct spdk_nvme_cmd *sent;
	struct ctrlr_result result = {0};
	uint64_t timestamp = 0;

	ctrlr_open(&g_host, NULL);
	assert_int_equal(send_raw(&cmd, &timestamp, sizeof(timestamp), &result), 0);
	sent = &request_of(SPDK_NVME_OPC_GET_FEATURES)->cmd;
	assert_int_equal(sent->psdt, 0);
	assert_int_equal(sent->mptr, 0);
	assert_int_not_equal(sent->dptr.prp.prp1, 0x2000);
	assert_int_equal(sent->dptr.prp.prp2, 0);
	ctrlr_wait(&g_host, &result);
	assert_true(spdk_nvme_cpl_is_success(&result.cpl));
	/* Without data there are no pointers at all. Half of a fused pair would wait for ever. */
	result.count = 0;
	cmd.cdw10 = FEATURE_QUEUES;
	cmd.fuse = SPDK_NVME_CMD_FUSE_FIRST;
	assert_int_equal(send_raw(&cmd, NULL, 0, &result), 0);
	assert_int_equal(request_of(SPDK_NVME_OPC_GET_FEATURES)->cmd.dptr.prp.prp1, 0);
	ctrlr_wait(&g_host, &result);
	ctrlr_close(&g_host);
}

/* The vendor's, so that the fake does not know it, but it completes all the same. */
static void
data_go_both_ways_where_the_opcode_says_so(void **state)
{
	const uint8_t opc = 0xc3;
	struct fake_fault fault = {
		.kind = FAKE_FAULT_STATUS,
		.where = FAKE_AT_ADMIN_COMMAND,
		.opcode = opc,
		.count = 1,
	};
	struct spdk_nvme_cmd cmd = {.opc = opc};
	struct ctrlr_result result = {0};
	char buffer[16] = "a question";
	char *on_its_way;

	ctrlr_open(&g_host, NULL);
	fake_plant(g_host.fake, &fault);
	assert_int_equal(send_raw(&cmd, buffer, sizeof(buffer), &result), 0);
	on_its_way = request_of(opc)->payload;
	assert_string_equal(on_its_way, "a question");
	snprintf(on_its_way, sizeof(buffer), "an answer");
	ctrlr_wait(&g_host, &result);
	assert_true(spdk_nvme_cpl_is_success(&result.cpl));
	assert_string_equal(buffer, "an answer");
	ctrlr_close(&g_host);
}

static void
a_payload_that_is_not_there_is_refused(void **state)
{
	struct spdk_nvme_cmd cmd = {.opc = SPDK_NVME_OPC_IDENTIFY,
				    .cdw10 = SPDK_NVME_IDENTIFY_CTRLR};
	struct ctrlr_result result = {0};
	struct spdk_nvme_ctrlr *ctrlr;

	ctrlr_open(&g_host, NULL);
	ctrlr = g_host.ctrlr;
	log_capture_start();
	assert_int_equal(send_raw(&cmd, NULL, 4096, &result), -EINVAL);
	assert_true(log_captured("payload is NULL, but its size is 4096", NULL));
	assert_int_equal(spdk_nvme_ctrlr_cmd_get_log_page(ctrlr, SPDK_NVME_LOG_HEALTH_INFORMATION,
							  SPDK_NVME_GLOBAL_NS_TAG, NULL, 512, 0,
							  ctrlr_done, &result),
			 -EINVAL);
	assert_int_equal(spdk_nvme_ctrlr_cmd_get_feature(ctrlr, SPDK_NVME_FEAT_TIMESTAMP, 0, NULL,
							 8, ctrlr_done, &result),
			 -EINVAL);
	assert_int_equal(spdk_nvme_ctrlr_cmd_security_receive(ctrlr, 0, 0, 0, NULL, 512, ctrlr_done,
							      &result),
			 -EINVAL);
	assert_int_equal(spdk_nvme_ctrlr_attach_ns(ctrlr, 1, NULL), -EINVAL);
	assert_int_equal(spdk_nvme_ctrlr_create_ns(ctrlr, NULL), 0);
	log_capture_stop();
	ctrlr_turn(&g_host, 10);
	assert_int_equal(result.count, 0);
	ctrlr_close(&g_host);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(callbacks_run_without_the_lock),
		cmocka_unit_test(applications_leave_requests_to_the_driver),
		cmocka_unit_test(what_a_removed_device_has_not_answered_ends),
		cmocka_unit_test(events_are_told_and_asked_for_again),
		cmocka_unit_test(a_storm_of_events_waits_for_the_application),
		cmocka_unit_test(namespaces_that_change_are_read_again),
		cmocka_unit_test(late_commands_are_told_of_once_and_aborted_in_turn),
		cmocka_unit_test(commands_are_aborted_by_their_argument),
		cmocka_unit_test(commands_that_wait_are_aborted_by_their_argument),
		cmocka_unit_test(aborts_that_wait_end_with_a_reset),
		cmocka_unit_test(namespaces_are_made_attached_and_deleted),
		cmocka_unit_test(a_format_is_what_was_asked_for),
		cmocka_unit_test(what_cannot_be_managed_is_told_and_changes_nothing),
		cmocka_unit_test(keep_alive_is_sent_in_time),
		cmocka_unit_test(log_pages_are_read_with_sound_arguments_only),
		cmocka_unit_test(pointers_of_a_raw_command_are_the_drivers),
		cmocka_unit_test(data_go_both_ways_where_the_opcode_says_so),
		cmocka_unit_test(a_payload_that_is_not_there_is_refused),
	};

	return cmocka_run_group_tests(tests, ctrlr_setup_env, ctrlr_teardown_env);
}
