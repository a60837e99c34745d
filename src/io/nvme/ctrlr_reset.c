/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Resets.
 *
 *   attached -> resetting        spdk_nvme_ctrlr_disconnect(): the device is stopped, all that was
 *                                under way is aborted, the queue pairs are disconnected
 *   resetting -> initialising    spdk_nvme_ctrlr_reconnect_async()
 *   initialising -> attached     spdk_nvme_ctrlr_reconnect_poll_async(): the I/O queue pairs that
 *                                the reset has disconnected are connected again
 *   initialising -> failed       the same; what is wrong has been logged, another reset may follow
 *
 * The caller has stopped all other OS threads that use the controller or its queue pairs.
 */
#include "io/nvme/ctrlr.h"

#include "spdk/barrier.h"
#include "spdk/log.h"

#define REGISTER(field) offsetof(struct spdk_nvme_registers, field)

void
nvme_ctrlr_disconnect_admin(struct spdk_nvme_ctrlr *ctrlr)
{
	if (ctrlr->adminq == NULL) {
		return;
	}
	ctrlr->is_disconnecting = true;
	nvme_ctrlr_quiesce(ctrlr);
	nvme_transport_disconnect_qpair(ctrlr->adminq);
	nvme_abort_cancel_queued(ctrlr);
	ctrlr->is_disconnecting = false;
}

/* One that this reset has not come to yet: what it does to one has a reason. */
static struct spdk_nvme_qpair *
find_connected(struct spdk_nvme_ctrlr *ctrlr)
{
	struct spdk_nvme_qpair *qpair;

	TAILQ_FOREACH (qpair, &ctrlr->io_qpairs, ctrlr_link) {
		if (qpair->state != NVME_QPAIR_DISCONNECTED &&
		    qpair->failure_reason == SPDK_NVME_QPAIR_FAILURE_NONE) {
			break;
		}
	}
	return qpair;
}

/*
 * Without the lock, since callbacks of I/O run here. Nobody else uses the list: the caller of a
 * reset has stopped all others. The callbacks may free any queue pair: from the head each time.
 */
static void
disconnect_io(struct spdk_nvme_ctrlr *ctrlr)
{
	struct spdk_nvme_qpair *qpair;

	while ((qpair = find_connected(ctrlr)) != NULL) {
		if (qpair->state == NVME_QPAIR_DISCONNECTING) {
			/* By the application: it stays so. What it waited for has ended. */
			qpair->failure_reason = SPDK_NVME_QPAIR_FAILURE_LOCAL;
			(void)nvme_transport_process_completions(qpair, 0);
		} else {
			qpair->failure_reason = SPDK_NVME_QPAIR_FAILURE_RESET;
			nvme_transport_disconnect_qpair(qpair);
		}
	}
}

/* Ends all that is under way. 0, -ENXIO or -EBUSY. */
static int
begin(struct spdk_nvme_ctrlr *ctrlr)
{
	int rc = 0;

	nvme_ctrlr_lock(ctrlr);
	if (ctrlr->is_removed) {
		rc = -ENXIO;
	} else if (ctrlr->is_resetting) {
		rc = -EBUSY;
	} else {
		SPDK_NOTICELOG("NVMe controller %s is being reset.\n", nvme_ctrlr_name(ctrlr));
		ctrlr->is_resetting = true;
		/* Before the I/O queue pairs: nobody waits for a queue to be created or deleted. */
		nvme_ctrlr_disconnect_admin(ctrlr);
	}
	nvme_ctrlr_unlock(ctrlr);
	if (rc == 0) {
		disconnect_io(ctrlr);
	}
	return rc;
}

int
spdk_nvme_ctrlr_disconnect(struct spdk_nvme_ctrlr *ctrlr)
{
	int rc = begin(ctrlr);

	nvme_deliver(ctrlr);
	return rc;
}

void
spdk_nvme_ctrlr_reconnect_async(struct spdk_nvme_ctrlr *ctrlr)
{
	nvme_ctrlr_lock(ctrlr);
	__atomic_store_n(&ctrlr->is_failed, ctrlr->is_removed, __ATOMIC_RELAXED);
	nvme_ctrlr_begin_init(ctrlr);
	nvme_ctrlr_unlock(ctrlr);
}

static void
connect_again(struct spdk_nvme_ctrlr *ctrlr)
{
	struct spdk_nvme_qpair *qpair;
	int rc;

	TAILQ_FOREACH (qpair, &ctrlr->io_qpairs, ctrlr_link) {
		if (qpair->failure_reason != SPDK_NVME_QPAIR_FAILURE_RESET) {
			continue;
		}
		rc = nvme_transport_connect_qpair(qpair);
		if (rc != 0) {
			SPDK_ERRLOG("NVMe controller %s: I/O queue pair %u could not be connected "
				    "again after the reset: %s.\n",
				    nvme_ctrlr_name(ctrlr), qpair->id, spdk_strerror(-rc));
		}
	}
}

static int
reconnect_poll(struct spdk_nvme_ctrlr *ctrlr)
{
	int rc;

	rc = nvme_ctrlr_process_init(ctrlr);
	if (rc != 0) {
		ctrlr->is_resetting = false;
		nvme_ctrlr_fail(ctrlr);
		nvme_ctrlr_disconnect_admin(ctrlr);
		return rc;
	}
	if (!nvme_ctrlr_is_ready(ctrlr)) {
		return -EAGAIN;
	}
	connect_again(ctrlr);
	ctrlr->is_resetting = false;
	/* What did not answer for too long, or was pulled out meanwhile. */
	return nvme_ctrlr_has_failed(ctrlr) ? -ENXIO : 0;
}

int
spdk_nvme_ctrlr_reconnect_poll_async(struct spdk_nvme_ctrlr *ctrlr)
{
	int rc;

	nvme_ctrlr_lock(ctrlr);
	rc = reconnect_poll(ctrlr);
	nvme_ctrlr_unlock(ctrlr);
	nvme_deliver(ctrlr);
	return rc;
}

int
spdk_nvme_ctrlr_reset(struct spdk_nvme_ctrlr *ctrlr)
{
	struct nvme_rest rest = {0};
	int rc;

	rc = spdk_nvme_ctrlr_disconnect(ctrlr);
	if (rc != 0) {
		return rc;
	}
	spdk_nvme_ctrlr_reconnect_async(ctrlr);
	while ((rc = spdk_nvme_ctrlr_reconnect_poll_async(ctrlr)) == -EAGAIN) {
		nvme_rest(&rest);
	}
	return rc;
}

int
spdk_nvme_ctrlr_reset_subsystem(struct spdk_nvme_ctrlr *ctrlr)
{
	int rc;

	if (ctrlr->cap.bits.nssrs == 0) {
		SPDK_WARNLOG("NVMe controller %s cannot reset its subsystem (CAP.NSSRS = 0).\n",
			     nvme_ctrlr_name(ctrlr));
		return -ENOTSUP;
	}
	rc = begin(ctrlr);
	if (rc == 0) {
		nvme_ctrlr_lock(ctrlr);
		rc = nvme_transport_write_4(ctrlr, REGISTER(nssr), SPDK_NVME_NSSR_VALUE);
		/* What was there before is gone. What comes is found by a probe, or a reset. */
		ctrlr->is_resetting = false;
		nvme_ctrlr_fail(ctrlr);
		nvme_ctrlr_unlock(ctrlr);
	}
	nvme_deliver(ctrlr);
	return rc;
}

void
spdk_nvme_ctrlr_fail(struct spdk_nvme_ctrlr *ctrlr)
{
	nvme_ctrlr_lock(ctrlr);
	if (!__atomic_exchange_n(&ctrlr->is_failed, true, __ATOMIC_RELAXED)) {
		SPDK_NOTICELOG(
			"NVMe controller %s takes no commands until it is reset, as asked.\n",
			nvme_ctrlr_name(ctrlr));
	}
	nvme_ctrlr_unlock(ctrlr);
}
