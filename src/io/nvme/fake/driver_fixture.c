/* SPDX-License-Identifier: BSD-3-Clause */
#include "io/nvme/fake/driver_fixture.h"

#include <setjmp.h>

#include <cmocka.h>

#include "spdk/env.h"

#define POLLS_MAX        20000
#define ADMIN_TIMEOUT_MS 500

int
driver_setup_env(void **state)
{
	struct spdk_env_opts opts = {.opts_size = sizeof(opts)};

	spdk_env_opts_init(&opts);
	opts.name = "nvme_fake";
	return spdk_env_init(&opts);
}

int
driver_teardown_env(void **state)
{
	spdk_env_fini();
	return 0;
}

void
driver_make_fake(struct driver_host *host, const struct fake_opts *opts)
{
	memset(host, 0, sizeof(*host));
	host->fake = fake_create(opts);
	assert_non_null(host->fake);
	spdk_nvme_trid_populate_transport(&host->trid, SPDK_NVME_TRANSPORT_PCIE);
	snprintf(host->trid.traddr, sizeof(host->trid.traddr), "%s", fake_address(host->fake));
	spdk_nvme_ctrlr_get_default_ctrlr_opts(&host->opts, sizeof(host->opts));
	/* What waits for a device that hangs shall not take long. */
	host->opts.admin_timeout_ms = ADMIN_TIMEOUT_MS;
	host->opts.num_io_queues = 4;
	virtual_clock_step(host->fake);
}

static struct sigaction g_bus_errors;

void
driver_take_bus_errors(void)
{
	sigaction(SIGBUS, &g_bus_errors, NULL);
}

struct spdk_nvme_ctrlr *
driver_connect(struct driver_host *host)
{
	host->ctrlr = spdk_nvme_connect(&host->trid, &host->opts, sizeof(host->opts));
	sigaction(SIGBUS, NULL, &g_bus_errors);
	return host->ctrlr;
}

void
driver_open(struct driver_host *host, const struct fake_opts *opts)
{
	driver_make_fake(host, opts);
	assert_non_null(driver_connect(host));
}

void
driver_close(struct driver_host *host)
{
	if (host->ctrlr != NULL) {
		assert_int_equal(spdk_nvme_detach(host->ctrlr), 0);
	}
	assert_int_equal(fake_violations(host->fake), 0);
	virtual_clock_drop(host->fake);
	fake_destroy(host->fake);
}

void
driver_done(void *arg, const struct spdk_nvme_cpl *cpl)
{
	struct driver_done *done = arg;

	done->cpl = *cpl;
	done->count++;
}

bool
driver_poll(struct driver_host *host, struct spdk_nvme_qpair *qpair, const struct driver_done *done,
	    uint32_t polls_max)
{
	for (uint32_t i = 0; i < polls_max && done->count == 0; i++) {
		(void)spdk_get_ticks(); /* For the step. */
		if (qpair != NULL) {
			spdk_nvme_qpair_process_completions(qpair, 0);
		} else {
			spdk_nvme_ctrlr_process_admin_completions(host->ctrlr);
		}
	}
	return done->count != 0;
}

void
driver_expect(struct driver_host *host, struct spdk_nvme_qpair *qpair,
	      const struct driver_done *done, uint16_t status)
{
	assert_true(driver_poll(host, qpair, done, POLLS_MAX));
	assert_int_equal(done->count, 1);
	assert_int_equal(done->cpl.status.sct << 8 | done->cpl.status.sc, status);
}
