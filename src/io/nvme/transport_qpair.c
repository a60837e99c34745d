/* SPDX-License-Identifier: BSD-3-Clause */
/* What transports do with queue pairs; the states are in qpair.h. */
#include "io/nvme/ctrlr.h"
#include "io/nvme/poll_group.h"
#include "io/nvme/transport.h"
#include "spdk/log.h"

struct spdk_nvme_qpair *
nvme_transport_create_qpair(struct spdk_nvme_ctrlr *ctrlr, uint16_t id,
			    const struct spdk_nvme_io_qpair_opts *opts)
{
	return ctrlr->transport->ops.ctrlr_create_io_qpair(ctrlr, id, opts);
}

int
nvme_transport_connect_qpair(struct spdk_nvme_qpair *qpair)
{
	struct spdk_nvme_ctrlr *ctrlr = qpair->ctrlr;
	int rc;

	if (qpair->state != NVME_QPAIR_DISCONNECTED) {
		return -EISCONN;
	}
	if (qpair->is_aborting) {
		SPDK_ERRLOG("NVMe controller %s: I/O queue pair %u cannot be connected within a "
			    "callback of what its disconnect aborts: connect it later, for example "
			    "by a message.\n",
			    nvme_ctrlr_name(ctrlr), qpair->id);
		return -EBUSY;
	}
	qpair->state = NVME_QPAIR_CONNECTING;
	qpair->failure_reason = SPDK_NVME_QPAIR_FAILURE_NONE;
	nvme_poll_group_connecting(qpair);
	rc = qpair->transport->ops.ctrlr_connect_qpair(ctrlr, qpair);
	if (rc != 0) {
		nvme_transport_disconnect_qpair_done(qpair);
	}
	return rc;
}

void
nvme_transport_disconnect_qpair(struct spdk_nvme_qpair *qpair)
{
	if (qpair->state == NVME_QPAIR_DISCONNECTED || qpair->state == NVME_QPAIR_DISCONNECTING) {
		return;
	}
	qpair->state = NVME_QPAIR_DISCONNECTING;
	qpair->transport->ops.ctrlr_disconnect_qpair(qpair->ctrlr, qpair);
}

void
nvme_transport_disconnect_qpair_done(struct spdk_nvme_qpair *qpair)
{
	bool was_completing;

	if (qpair->state == NVME_QPAIR_DISCONNECTED) {
		return;
	}
	qpair->state = NVME_QPAIR_DISCONNECTED;
	if (qpair->failure_reason == SPDK_NVME_QPAIR_FAILURE_NONE) {
		qpair->failure_reason = qpair->ctrlr->is_resetting ? SPDK_NVME_QPAIR_FAILURE_RESET :
								     SPDK_NVME_QPAIR_FAILURE_LOCAL;
	}
	nvme_poll_group_disconnected(qpair);
	was_completing = nvme_qpair_enter(qpair);
	qpair->is_aborting = true;
	nvme_qpair_abort_all(qpair, qpair->abort_dnr);
	qpair->is_aborting = false;
	nvme_qpair_leave(qpair, was_completing);
}

void
nvme_transport_disconnect_for_good(struct spdk_nvme_qpair *qpair)
{
	/* Callbacks that run now must not delete it a second time. */
	(void)nvme_qpair_enter(qpair);
	qpair->is_async = false;
	nvme_transport_disconnect_qpair(qpair);
	while (qpair->state == NVME_QPAIR_DISCONNECTING) {
		(void)nvme_transport_process_completions(qpair, 0);
	}
}

void
nvme_transport_delete_qpair(struct spdk_nvme_qpair *qpair)
{
	nvme_poll_group_forget(qpair);
	qpair->transport->ops.ctrlr_delete_io_qpair(qpair->ctrlr, qpair);
}

int32_t
nvme_transport_process_completions(struct spdk_nvme_qpair *qpair, uint32_t max)
{
	return qpair->transport->ops.qpair_process_completions(qpair, max);
}

int
nvme_transport_qpair_fd(struct spdk_nvme_qpair *qpair, struct spdk_event_handler_opts *opts)
{
	if (qpair->transport->ops.qpair_get_fd == NULL) {
		return -ENOTSUP;
	}
	return qpair->transport->ops.qpair_get_fd(qpair, opts);
}

int
nvme_transport_iterate_requests(struct spdk_nvme_qpair *qpair,
				int (*iter_fn)(struct nvme_request *req, void *arg), void *arg)
{
	if (qpair->transport->ops.qpair_iterate_requests == NULL) {
		return 0;
	}
	return qpair->transport->ops.qpair_iterate_requests(qpair, iter_fn, arg);
}
