/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * For tests of controllers: a fake that the driver attaches, by steps of the test, or with the fake
 * in an OS thread of its own for the calls that wait.
 */
#ifndef SPINDLE_NVME_CTRLR_FIXTURE_H
#define SPINDLE_NVME_CTRLR_FIXTURE_H

#include "io/nvme/ctrlr.h"
#include "io/nvme/fake/fake.h"
#include "spdk/env.h"
#include "spdk/nvme.h"

#include <setjmp.h>

#include <cmocka.h>

struct ctrlr_host {
	struct fake *fake;
	/* NULL: it could not be attached, and rc tells why. */
	struct spdk_nvme_ctrlr *ctrlr;
	int rc;
	/* What probe_cb sets. */
	uint32_t admin_timeout_ms;
	void (*change_opts)(struct spdk_nvme_ctrlr_opts *opts);
	uint32_t removed;
};

/* What became of a command. */
struct ctrlr_result {
	struct spdk_nvme_cpl cpl;
	uint32_t count;
};

int ctrlr_setup_env(void **state);
int ctrlr_teardown_env(void **state);

/* A fake; NULL: the usual one. Nothing is attached. */
void ctrlr_host_init(struct ctrlr_host *host, const struct fake_opts *opts);
/* Probes, with steps in between. Ends, also when the controller does what it must not. */
void ctrlr_attach(struct ctrlr_host *host);
/* The same, and it has to work. */
void ctrlr_open(struct ctrlr_host *host, const struct fake_opts *opts);
void ctrlr_detach(struct ctrlr_host *host);
/* Detaches what is attached. The judge has found nothing. */
void ctrlr_close(struct ctrlr_host *host);
/* A fault at each command with this opcode, from the `skip`th on, `count` times. */
uint32_t ctrlr_plant(struct ctrlr_host *host, enum fake_fault_kind kind, uint16_t opcode,
		     uint32_t skip, uint32_t count);

void ctrlr_done(void *arg, const struct spdk_nvme_cpl *cpl);
/* Steps and polls, so many times. */
void ctrlr_turn(struct ctrlr_host *host, uint32_t times);
/* Until the result is there; it has to come. */
void ctrlr_wait(struct ctrlr_host *host, const struct ctrlr_result *result);
/* Until the driver has dealt with the event that is due, which it tells when it has. */
void ctrlr_wait_for_event(struct ctrlr_host *host);
/* With the fake in an OS thread. */
int ctrlr_reset(struct ctrlr_host *host);
struct spdk_nvme_qpair *ctrlr_alloc_qpair(struct ctrlr_host *host);
void ctrlr_free_qpair(struct ctrlr_host *host, struct spdk_nvme_qpair *qpair);

#endif
