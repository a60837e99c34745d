/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The driver with a fake under it, for tests of both: the fake is stepped by the virtual clock, all
 * in one OS thread.
 */
#ifndef SPINDLE_NVME_DRIVER_FIXTURE_H
#define SPINDLE_NVME_DRIVER_FIXTURE_H

#include "io/nvme/fake/fake.h"
#include "io/nvme/fake/virtual_clock_fixture.h"
#include "spdk/nvme.h"

struct driver_host {
	struct fake *fake;
	struct spdk_nvme_ctrlr *ctrlr;
	struct spdk_nvme_transport_id trid;
	/* For driver_connect(); set by driver_make_fake(), for tests to change. */
	struct spdk_nvme_ctrlr_opts opts;
};

/* What became of a request. */
struct driver_done {
	struct spdk_nvme_cpl cpl;
	uint32_t count;
};

int driver_setup_env(void **state);
int driver_teardown_env(void **state);

/* Makes the fake. */
void driver_make_fake(struct driver_host *host, const struct fake_opts *opts);
/* spdk_nvme_connect(); NULL when it fails. */
struct spdk_nvme_ctrlr *driver_connect(struct driver_host *host);
/* Both; asserts that it is connected. */
void driver_open(struct driver_host *host, const struct fake_opts *opts);
/* Detaches what is attached; asserts that there were no violations; destroys the fake. */
void driver_close(struct driver_host *host);

/*
 * cmocka takes signals for itself, in each test and fixture: gives bus errors back to the
 * environment, which had them when the controller was connected.
 */
void driver_take_bus_errors(void);

void driver_done(void *arg, const struct spdk_nvme_cpl *cpl);
/* Polls the queue pair (NULL: the admin queue) until the request is done, or so many times. */
bool driver_poll(struct driver_host *host, struct spdk_nvme_qpair *qpair,
		 const struct driver_done *done, uint32_t polls_max);
/* The same, and asserts that it was done once, with this status (SCT << 8 | SC). */
void driver_expect(struct driver_host *host, struct spdk_nvme_qpair *qpair,
		   const struct driver_done *done, uint16_t status);

#endif
