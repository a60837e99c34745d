/* SPDX-License-Identifier: BSD-3-Clause */
/* Runs of the model: a controller, its queue pairs, what befalls them, and the end. */
#include "io/nvme/fake/model_fixture.h"

#define PAGE       4096
#define BLOCKS     700
#define TIMEOUT_US 100000
/* A request that is older has been lost. */
#define AGE_MAX_US       400000
#define END_ROUNDS       20000
#define RESETS_AT_A_TIME 5

/* All memory that devices see; one for the process. */
static uint8_t *g_areas;
static uint8_t *g_md;

void
model_abort(void)
{
	fflush(NULL);
	abort();
}

uint32_t
model_random(struct model *model, uint32_t below)
{
	uint64_t x = model->random;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	model->random = x;
	return below == 0 ? 0 : (uint32_t)((x >> 32) * below >> 32);
}

bool
model_chance(struct model *model, uint32_t percent)
{
	return model_random(model, 100) < percent;
}

static const struct fake_ns_opts g_formats[] = {
	{.blocks = BLOCKS, .block_size = 512},
	{.blocks = BLOCKS, .block_size = 4096},
	{.blocks = BLOCKS, .block_size = 512, .md_size = 8},
	{.blocks = BLOCKS, .block_size = 512, .md_size = 16, .md_is_extended = true},
	{.blocks = BLOCKS, .block_size = 512, .md_size = 8, .pi_type = 1},
	{.blocks = BLOCKS,
	 .block_size = 512,
	 .md_size = 16,
	 .md_is_extended = true,
	 .pi_type = 2,
	 .pi_is_at_head = true},
	{.blocks = BLOCKS, .block_size = 4096, .md_size = 64},
};

static void
choose_opts(struct model *model)
{
	struct fake_opts *opts = &model->opts;

	fake_opts_init(opts);
	opts->seed = model->seed;
	opts->queue_entries_max = 3 + model_random(model, 70);
	opts->doorbell_stride = model_chance(model, 20) ? 2 : 0;
	opts->io_queues = 1 + model_random(model, 5);
	opts->mdts = 1 + model_random(model, 5);
	opts->burst = model_random(model, 4);
	opts->shuffle_steps = model_chance(model, 60) ? model_random(model, 30) : 0;
	opts->has_sgl = model_chance(model, 40);
	opts->has_shadow_doorbells = model_chance(model, 40);
	opts->shadow_sleeps = model_chance(model, 70);
	opts->acl = (uint8_t)model_random(model, 4);
	opts->aerl = (uint8_t)model_random(model, 4);
	model->ns_count = 1 + model_random(model, MODEL_NAMESPACES);
	for (uint32_t i = 0; i < model->ns_count; i++) {
		opts->ns[i] = g_formats[model_random(model, SPDK_COUNTOF(g_formats))];
		model_ns_init(&model->ns[i], i + 1, &opts->ns[i]);
	}
}

static void
plant(struct model *model, enum fake_fault_kind kind, uint32_t rate, uint32_t value)
{
	const struct fake_fault fault = {
		.kind = kind,
		.opcode = FAKE_ANY_OPCODE,
		.rate = rate,
		.value = value,
		.steps = 1 + model_random(model, 2000),
		.status = {.sc = SPDK_NVME_SC_NAMESPACE_NOT_READY},
	};

	fake_plant(model->host.fake, &fault);
}

/* Rates of 65536. Those that stop a whole queue are rare, or there is nothing else to be seen. */
static void
plant_faults(struct model *model)
{
	struct fake_fault fatal = {.kind = FAKE_FAULT_FATAL, .where = FAKE_AT_STEP, .rate = 3};
	struct fake_fault status = {
		.kind = FAKE_FAULT_STATUS,
		.opcode = FAKE_ANY_OPCODE,
		.rate = 500,
		.status = {.sc = SPDK_NVME_SC_INTERNAL_DEVICE_ERROR, .dnr = 1},
	};

	fake_clear_faults(model->host.fake);
	if (!model->has_faults) {
		return;
	}
	plant(model, FAKE_FAULT_STATUS, 1500, 0);
	fake_plant(model->host.fake, &status);
	plant(model, FAKE_FAULT_LATE, 500, 0);
	plant(model, FAKE_FAULT_NEVER, 60, 0);
	plant(model, FAKE_FAULT_LOST, 40, 0);
	plant(model, FAKE_FAULT_DUPLICATE, 400, 0);
	/* Of a slot that no queue here has. */
	plant(model, FAKE_FAULT_UNKNOWN_CID, 200, 0xffff);
	plant(model, FAKE_FAULT_CHANGED_CID, 20, 0xffff);
	plant(model, FAKE_FAULT_WRONG_SQID, 20, 0x1234);
	plant(model, FAKE_FAULT_WRONG_SQHD, 300, model_random(model, 65536));
	plant(model, FAKE_FAULT_WRONG_PHASE, 10, 0);
	if (model_chance(model, 20)) {
		plant(model, FAKE_FAULT_CQ_OVERRUN, 20, 2);
	}
	if (model_chance(model, 20)) {
		fake_plant(model->host.fake, &fatal);
	}
}

static void
on_timeout(void *arg, struct spdk_nvme_ctrlr *ctrlr, struct spdk_nvme_qpair *qpair, uint16_t cid)
{
	struct model *model = arg;

	model->timeouts++;
	if (qpair == NULL || model_chance(model, 30)) {
		model->wants_reset = true;
	} else if (spdk_nvme_ctrlr_cmd_abort(ctrlr, qpair, cid, NULL, NULL) == 0) {
		model->aborts++;
	}
}

struct model *
model_create(uint64_t seed, bool has_faults)
{
	struct model *model = calloc(1, sizeof(*model));
	size_t md_size = MODEL_IO_SIZE_MAX / 512 * 64;

	if (model == NULL) {
		abort();
	}
	model->seed = seed;
	model->random = seed * 0x9e3779b97f4a7c15 + 0x1234567;
	model->has_faults = has_faults;
	choose_opts(model);
	if (g_areas == NULL) {
		g_areas = spdk_dma_zmalloc(MODEL_IOS_MAX * (MODEL_AREA_SIZE + PAGE), PAGE, NULL);
		g_md = spdk_dma_zmalloc(MODEL_IOS_MAX * md_size, PAGE, NULL);
	}
	for (uint32_t i = 0; i < MODEL_IOS_MAX; i++) {
		model->ios[i].model = model;
		model->ios[i].area = g_areas + i * (MODEL_AREA_SIZE + PAGE);
		model->ios[i].md = g_md + i * md_size;
		model->ios[i].linear = malloc(MODEL_IO_SIZE_MAX);
	}
	for (uint32_t i = 0; i < MODEL_ADMINS_MAX; i++) {
		model->admins[i].model = model;
	}
	driver_make_fake(&model->host, &model->opts);
	model->host.opts.num_io_queues = model->opts.io_queues;
	model->host.opts.io_queue_size = 2 + model_random(model, 64);
	model->host.opts.io_queue_requests = 40 + model_random(model, 200);
	model->host.opts.keep_alive_timeout_ms = 0;
	if (driver_connect(&model->host) == NULL) {
		model_fail(model, "it does not connect");
	}
	driver_take_bus_errors();
	model->qpair_max = spdk_min(model->opts.io_queues, MODEL_QPAIRS_MAX);
	if (has_faults) {
		spdk_nvme_ctrlr_register_timeout_callback(model->host.ctrlr, TIMEOUT_US, TIMEOUT_US,
							  on_timeout, model);
	}
	plant_faults(model);
	return model;
}

static void
check_all(struct model *model)
{
	for (uint32_t i = 0; i < MODEL_IOS_MAX; i++) {
		model_io_check(model, &model->ios[i]);
	}
	for (uint32_t i = 0; i < MODEL_ADMINS_MAX; i++) {
		if (model->admins[i].is_done) {
			model->admins[i].is_under_way = false;
		}
	}
}

static void
poll_qpair(struct model *model, uint32_t i)
{
	int32_t rc;

	if (model->qpairs[i] == NULL) {
		return;
	}
	rc = spdk_nvme_qpair_process_completions(model->qpairs[i], model_random(model, 5));
	if (rc < 0 && !model->is_broken && !model->has_faults) {
		model_fail(model, "queue pair %u: polling it says %d", i, rc);
	}
}

static void
poll_all(struct model *model)
{
	int32_t rc;

	(void)spdk_get_ticks(); /* For the step. */
	for (uint32_t i = 0; i < model->qpair_max; i++) {
		if (model_chance(model, 70)) {
			poll_qpair(model, i);
		}
	}
	rc = spdk_nvme_ctrlr_process_admin_completions(model->host.ctrlr);
	if (rc < 0) {
		if (!model->has_faults && !model->is_removed) {
			model_fail(model, "polling the admin queue says %d", rc);
		}
		model->is_broken = true;
		model->wants_reset = true;
	}
	check_all(model);
}

static void
admin_done(void *arg, const struct spdk_nvme_cpl *cpl)
{
	struct model_admin *admin = arg;

	if (!admin->is_under_way || admin->is_done) {
		model_fail(admin->model, "an admin command completed twice");
	}
	admin->is_done = true;
	admin->cpl = *cpl;
	if (spdk_nvme_cpl_is_error(cpl) && !admin->model->has_faults && !admin->model->is_broken) {
		model_fail(admin->model, "an admin command failed with %x/%x", cpl->status.sct,
			   cpl->status.sc);
	}
}

static void
submit_admin(struct model *model)
{
	struct spdk_nvme_cmd identify = {.opc = SPDK_NVME_OPC_IDENTIFY, .cdw10 = 1};
	struct spdk_nvme_ctrlr *ctrlr = model->host.ctrlr;
	struct model_admin *admin = &model->admins[model_random(model, MODEL_ADMINS_MAX)];
	int rc;

	if (admin->is_under_way) {
		return;
	}
	admin->is_under_way = true;
	admin->is_done = false;
	switch (model_random(model, 3)) {
	case 0:
		rc = spdk_nvme_ctrlr_cmd_get_log_page(ctrlr, SPDK_NVME_LOG_HEALTH_INFORMATION,
						      SPDK_NVME_GLOBAL_NS_TAG, admin->data, 512, 0,
						      admin_done, admin);
		break;
	case 1:
		rc = spdk_nvme_ctrlr_cmd_get_feature(ctrlr, SPDK_NVME_FEAT_ARBITRATION, 0, NULL, 0,
						     admin_done, admin);
		break;
	default:
		rc = spdk_nvme_ctrlr_cmd_admin_raw(ctrlr, &identify, admin->data,
						   sizeof(admin->data), admin_done, admin);
		break;
	}
	if (rc != 0) {
		admin->is_under_way = false;
		if (rc != -ENOMEM && !(rc == -ENXIO && model->is_broken)) {
			model_fail(model, "an admin command is refused with %d", rc);
		}
	}
}

static void
free_qpair(struct model *model, uint32_t i)
{
	bool was_broken = model->is_broken;

	model->is_broken = true;
	model->frees++;
	if (spdk_nvme_ctrlr_free_io_qpair(model->qpairs[i]) != 0) {
		model_fail(model, "queue pair %u cannot be freed", i);
	}
	model->qpairs[i] = NULL;
	for (uint32_t k = 0; k < MODEL_IOS_MAX; k++) {
		struct model_io *io = &model->ios[k];

		if (io->is_under_way && io->qpair == i && !io->is_done) {
			model_fail(model, "queue pair %u is gone, but not an I/O of it", i);
		}
	}
	check_all(model);
	model->is_broken = was_broken;
}

static void
alloc_qpair(struct model *model, uint32_t i)
{
	struct spdk_nvme_io_qpair_opts opts;

	spdk_nvme_ctrlr_get_default_io_qpair_opts(model->host.ctrlr, &opts, sizeof(opts));
	opts.delay_cmd_submit = model_chance(model, 50);
	opts.disable_pcie_sgl_merge = model_chance(model, 30);
	model->qpairs[i] = spdk_nvme_ctrlr_alloc_io_qpair(model->host.ctrlr, &opts, sizeof(opts));
	if (model->qpairs[i] == NULL && !model->has_faults && !model->is_broken) {
		model_fail(model, "queue pair %u cannot be made", i);
	}
}

/* Until it works: faults are over, and the device is there. */
static void
reset(struct model *model)
{
	int rc;

	model->is_broken = true;
	model->resets++;
	if (model_chance(model, 70)) {
		fake_clear_faults(model->host.fake);
	}
	rc = spdk_nvme_ctrlr_reset(model->host.ctrlr);
	for (uint32_t i = 0; rc != 0 && i < RESETS_AT_A_TIME; i++) {
		if (!model->has_faults) {
			model_fail(model, "reset: %d", rc);
		}
		fake_clear_faults(model->host.fake);
		rc = spdk_nvme_ctrlr_reset(model->host.ctrlr);
	}
	if (rc != 0) {
		model_fail(model, "%u resets in a row failed, the last with %d", RESETS_AT_A_TIME,
			   rc);
	}
	for (uint32_t i = 0; i < 3; i++) {
		poll_all(model);
	}
	for (uint32_t i = 0; i < MODEL_IOS_MAX; i++) {
		if (model->ios[i].is_under_way &&
		    model->ios[i].submitted_us + AGE_MAX_US < virtual_clock_us()) {
			model_fail(model, "kind %d has survived a reset", model->ios[i].kind);
		}
	}
	model->wants_reset = false;
	model->is_broken = false;
	plant_faults(model);
}

static void
look_for_lost(struct model *model)
{
	for (uint32_t i = 0; i < MODEL_IOS_MAX; i++) {
		struct model_io *io = &model->ios[i];

		if (!io->is_under_way || io->submitted_us + AGE_MAX_US >= virtual_clock_us()) {
			continue;
		}
		if (!model->has_faults) {
			model_fail(model, "kind %d of block %" PRIu64 " does not complete",
				   io->kind, io->lba);
		}
		model->wants_reset = true;
	}
}

static void
run_round(struct model *model)
{
	uint32_t submits = model_random(model, 5);

	for (uint32_t i = 0; i < submits; i++) {
		(void)model_io_submit(model); /* As much as there is room for. */
	}
	if (model_chance(model, 5)) {
		submit_admin(model);
	}
	poll_all(model);
	for (uint32_t i = 0; i < model->qpair_max; i++) {
		if (model->qpairs[i] == NULL && model_chance(model, 50)) {
			alloc_qpair(model, i);
		} else if (model->qpairs[i] != NULL && model_random(model, 500) == 0) {
			free_qpair(model, i);
		}
	}
	look_for_lost(model);
	if (model->wants_reset || model_random(model, 700) == 0) {
		reset(model);
	}
}

void
model_run(struct model *model, uint32_t rounds)
{
	for (uint32_t i = 0; i < rounds; i++) {
		run_round(model);
	}
}

/* The device goes while commands are under way, and the driver finds out. */
static void
pull(struct model *model)
{
	int32_t rc = 0;

	model->is_broken = true;
	model->is_removed = true;
	fake_remove(model->host.fake, model_chance(model, 50));
	for (uint32_t i = 0; i < END_ROUNDS && rc >= 0; i++) {
		(void)spdk_get_ticks(); /* For the step. */
		if (model_chance(model, 30)) {
			(void)model_io_submit(model); /* Into the void. */
		}
		rc = spdk_nvme_ctrlr_process_admin_completions(model->host.ctrlr);
		check_all(model);
	}
	if (rc >= 0) {
		model_fail(model, "nobody notices that the device is gone");
	}
}

static void
finish_quietly(struct model *model)
{
	fake_clear_faults(model->host.fake);
	for (uint32_t i = 0; i < END_ROUNDS && model_io_under_way(model) != 0; i++) {
		poll_all(model);
		look_for_lost(model);
		if (model->wants_reset) {
			reset(model);
			fake_clear_faults(model->host.fake);
		}
	}
	if (model_io_under_way(model) != 0) {
		model_fail(model, "%u I/O do not end", model_io_under_way(model));
	}
}

static void
audit(struct model *model)
{
	for (uint32_t n = 0; n < model->ns_count; n++) {
		struct model_ns *ns = &model->ns[n];
		const uint8_t *data = fake_ns_data(model->host.fake, ns->nsid);
		const uint8_t *md = fake_ns_metadata(model->host.fake, ns->nsid);

		for (uint64_t i = 0; i < ns->opts.blocks; i++) {
			if (!model_may_be_bad(ns, i, 1) &&
			    !model_matches(ns, i, data + i * ns->opts.block_size,
					   ns->opts.md_size != 0 ? md + i * ns->opts.md_size :
								   NULL)) {
				model_fail(model,
					   "in the end, block %" PRIu64 " of namespace %u is "
					   "not what was written",
					   i, ns->nsid);
			}
		}
		model_ns_fini(ns);
	}
}

void
model_finish(struct model *model)
{
	if (model_chance(model, 30)) {
		pull(model);
	} else if (model_chance(model, 50)) {
		finish_quietly(model);
	}
	model->is_broken = true;
	for (uint32_t i = 0; i < model->qpair_max; i++) {
		if (model->qpairs[i] != NULL) {
			free_qpair(model, i);
		}
	}
	check_all(model);
	if (model_io_under_way(model) != 0) {
		model_fail(model, "%u I/O are left", model_io_under_way(model));
	}
	if (spdk_nvme_detach(model->host.ctrlr) != 0) {
		model_fail(model, "it cannot be detached");
	}
	for (uint32_t i = 0; i < MODEL_ADMINS_MAX; i++) {
		if (model->admins[i].is_under_way && !model->admins[i].is_done) {
			model_fail(model, "an admin command is left");
		}
	}
	if (fake_violations(model->host.fake) != 0) {
		model_fail(model, "%u violations", fake_violations(model->host.fake));
	}
	audit(model);
	virtual_clock_drop(model->host.fake);
	fake_destroy(model->host.fake);
	for (uint32_t i = 0; i < MODEL_IOS_MAX; i++) {
		free(model->ios[i].linear);
	}
	virtual_clock_advance_us(1000000);
}
