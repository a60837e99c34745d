/* SPDX-License-Identifier: BSD-3-Clause */
#include "io/nvme/ctrlr_fixture.h"

#define TURNS_MAX 200000
/* Later than any test. */
#define LATE_STEPS (1u << 30)

int
ctrlr_setup_env(void **state)
{
	struct spdk_env_opts opts = {.opts_size = sizeof(opts)};

	spdk_env_opts_init(&opts);
	opts.name = "nvme_ctrlr_test";
	opts.core_mask = "0x1";
	opts.no_pci = true;
	return spdk_env_init(&opts);
}

int
ctrlr_teardown_env(void **state)
{
	spdk_env_fini();
	return 0;
}

void
ctrlr_host_init(struct ctrlr_host *host, const struct fake_opts *opts)
{
	struct fake_opts defaults;

	memset(host, 0, sizeof(*host));
	if (opts == NULL) {
		fake_opts_init(&defaults);
		opts = &defaults;
	}
	host->fake = fake_create(opts);
	assert_non_null(host->fake);
}

static bool
probe_cb(void *cb_ctx, const struct spdk_nvme_transport_id *trid, struct spdk_nvme_ctrlr_opts *opts)
{
	struct ctrlr_host *host = cb_ctx;

	if (host->admin_timeout_ms != 0) {
		opts->admin_timeout_ms = host->admin_timeout_ms;
	}
	if (host->change_opts != NULL) {
		host->change_opts(opts);
	}
	return strcmp(trid->traddr, fake_address(host->fake)) == 0;
}

static void
attach_cb(void *cb_ctx, const struct spdk_nvme_transport_id *trid, struct spdk_nvme_ctrlr *ctrlr,
	  const struct spdk_nvme_ctrlr_opts *opts)
{
	struct ctrlr_host *host = cb_ctx;

	assert_null(host->ctrlr);
	host->ctrlr = ctrlr;
}

static void
attach_fail_cb(void *cb_ctx, const struct spdk_nvme_transport_id *trid, int rc)
{
	struct ctrlr_host *host = cb_ctx;

	assert_true(rc < 0);
	assert_int_equal(host->rc, 0);
	host->rc = rc;
}

static void
remove_cb(void *cb_ctx, struct spdk_nvme_ctrlr *ctrlr)
{
	struct ctrlr_host *host = cb_ctx;

	assert_ptr_equal(host->ctrlr, ctrlr);
	host->removed++;
}

void
ctrlr_attach(struct ctrlr_host *host)
{
	struct spdk_nvme_probe_ctx *probe_ctx;

	host->rc = 0;
	host->ctrlr = NULL;
	probe_ctx = spdk_nvme_probe_async_ext(NULL, host, probe_cb, attach_cb, attach_fail_cb,
					      remove_cb);
	assert_non_null(probe_ctx);
	while (spdk_nvme_probe_poll_async(probe_ctx) == -EAGAIN) {
		fake_step(host->fake);
	}
	assert_true(host->ctrlr != NULL || host->rc < 0);
}

void
ctrlr_open(struct ctrlr_host *host, const struct fake_opts *opts)
{
	ctrlr_host_init(host, opts);
	ctrlr_attach(host);
	assert_non_null(host->ctrlr);
}

void
ctrlr_detach(struct ctrlr_host *host)
{
	fake_start(host->fake);
	assert_int_equal(spdk_nvme_detach(host->ctrlr), 0);
	fake_stop(host->fake);
	host->ctrlr = NULL;
}

void
ctrlr_close(struct ctrlr_host *host)
{
	if (host->ctrlr != NULL) {
		ctrlr_detach(host);
	}
	if (fake_violations(host->fake) != 0) {
		fail_msg("the driver broke a rule: %s", fake_last_violation(host->fake));
	}
	fake_destroy(host->fake);
}

uint32_t
ctrlr_plant(struct ctrlr_host *host, enum fake_fault_kind kind, uint16_t opcode, uint32_t skip,
	    uint32_t count)
{
	struct fake_fault fault = {
		.kind = kind,
		.steps = LATE_STEPS,
		.where = FAKE_AT_ADMIN_COMMAND,
		.opcode = opcode,
		.skip = skip,
		.count = count,
		.status = {.sct = SPDK_NVME_SCT_GENERIC,
			   .sc = SPDK_NVME_SC_INTERNAL_DEVICE_ERROR,
			   .dnr = 1},
	};

	return fake_plant(host->fake, &fault);
}

void
ctrlr_done(void *arg, const struct spdk_nvme_cpl *cpl)
{
	struct ctrlr_result *result = arg;

	result->cpl = *cpl;
	result->count++;
}

void
ctrlr_turn(struct ctrlr_host *host, uint32_t times)
{
	for (uint32_t i = 0; i < times; i++) {
		fake_step(host->fake);
		(void)spdk_nvme_ctrlr_process_admin_completions(host->ctrlr);
	}
}

void
ctrlr_wait(struct ctrlr_host *host, const struct ctrlr_result *result)
{
	for (uint32_t i = 0; i < TURNS_MAX && result->count == 0; i++) {
		ctrlr_turn(host, 1);
	}
	assert_int_equal(result->count, 1);
}

static void
count_event(void *arg, const struct spdk_nvme_cpl *cpl)
{
	(*(uint32_t *)arg)++;
}

void
ctrlr_wait_for_event(struct ctrlr_host *host)
{
	uint32_t events = 0;

	spdk_nvme_ctrlr_register_aer_callback(host->ctrlr, count_event, &events);
	fake_start(host->fake);
	while (events == 0) {
		assert_true(spdk_nvme_ctrlr_process_admin_completions(host->ctrlr) >= 0);
	}
	fake_stop(host->fake);
	spdk_nvme_ctrlr_register_aer_callback(host->ctrlr, NULL, NULL);
}

int
ctrlr_reset(struct ctrlr_host *host)
{
	int rc;

	fake_start(host->fake);
	rc = spdk_nvme_ctrlr_reset(host->ctrlr);
	fake_stop(host->fake);
	return rc;
}

struct spdk_nvme_qpair *
ctrlr_alloc_qpair(struct ctrlr_host *host)
{
	struct spdk_nvme_qpair *qpair;

	fake_start(host->fake);
	qpair = spdk_nvme_ctrlr_alloc_io_qpair(host->ctrlr, NULL, 0);
	fake_stop(host->fake);
	return qpair;
}

void
ctrlr_free_qpair(struct ctrlr_host *host, struct spdk_nvme_qpair *qpair)
{
	fake_start(host->fake);
	assert_int_equal(spdk_nvme_ctrlr_free_io_qpair(qpair), 0);
	fake_stop(host->fake);
}
