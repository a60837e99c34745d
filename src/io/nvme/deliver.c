/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What applications are told: completions of their admin commands, events, timeouts.
 *
 * Invariants
 *   D1  No callback of an application runs while ctrlr->lock is held. A program that calls us with
 *       a lock of its own held, and takes that lock in a callback, would otherwise wait for itself
 *       by way of two threads.
 *   D2  What happens on the admin queue is told in the order in which it happened, if one OS thread
 *       at a time polls.
 *   D3  A delivery runs once, also when the controller is reset or detached.
 *
 * Calls that wait poll the admin queue, but leave deliveries to who polls it for the application.
 */
#include "io/nvme/ctrlr.h"

void
nvme_deliver_later(struct spdk_nvme_ctrlr *ctrlr, struct nvme_delivery *delivery)
{
	STAILQ_INSERT_TAIL(&ctrlr->deliveries, delivery, link);
}

/* The next one; takes it off, and remembers who runs it. */
static struct nvme_delivery *
take(struct spdk_nvme_ctrlr *ctrlr)
{
	struct nvme_delivery *delivery;

	nvme_ctrlr_lock(ctrlr);
	delivery = STAILQ_FIRST(&ctrlr->deliveries);
	if (delivery != NULL) {
		STAILQ_REMOVE_HEAD(&ctrlr->deliveries, link);
		ctrlr->deliverer = pthread_self();
		ctrlr->delivery_depth++;
	}
	nvme_ctrlr_unlock(ctrlr);
	return delivery;
}

void
nvme_deliver(struct spdk_nvme_ctrlr *ctrlr)
{
	struct nvme_delivery *delivery;

	while ((delivery = take(ctrlr)) != NULL) {
		delivery->run(ctrlr, delivery);
		nvme_ctrlr_lock(ctrlr);
		ctrlr->delivery_depth--;
		nvme_ctrlr_unlock(ctrlr);
	}
}
