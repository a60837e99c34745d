/* SPDX-License-Identifier: BSD-3-Clause */
/* What applications may ask of a queue pair. */
#include "io/nvme/ctrlr.h"
#include "io/nvme/transport.h"
#include "spdk/log.h"

uint16_t
spdk_nvme_qpair_get_id(struct spdk_nvme_qpair *qpair)
{
	return qpair->id;
}

uint32_t
spdk_nvme_qpair_get_num_outstanding_reqs(struct spdk_nvme_qpair *qpair)
{
	return qpair->outstanding;
}

bool
spdk_nvme_qpair_is_admin_queue(struct spdk_nvme_qpair *qpair)
{
	return nvme_qpair_is_admin(qpair);
}

static int
count(struct nvme_request *req, void *arg)
{
	++*(uint16_t *)arg;
	return 0;
}

uint16_t
spdk_nvme_qpair_get_queue_depth(struct spdk_nvme_qpair *qpair)
{
	uint16_t depth = 0;

	(void)nvme_transport_iterate_requests(qpair, count, &depth);
	return depth;
}

bool
spdk_nvme_qpair_is_connected(struct spdk_nvme_qpair *qpair)
{
	return qpair->state == NVME_QPAIR_CONNECTED || qpair->state == NVME_QPAIR_ENABLED;
}

void
spdk_nvme_qpair_set_abort_dnr(struct spdk_nvme_qpair *qpair, bool dnr)
{
	qpair->abort_dnr = dnr;
}

spdk_nvme_qp_failure_reason
spdk_nvme_qpair_get_failure_reason(struct spdk_nvme_qpair *qpair)
{
	return (spdk_nvme_qp_failure_reason)qpair->failure_reason;
}

int
spdk_nvme_qpair_get_fd(struct spdk_nvme_qpair *qpair, struct spdk_event_handler_opts *opts)
{
	return nvme_transport_qpair_fd(qpair, opts);
}

int
spdk_nvme_qpair_authenticate(struct spdk_nvme_qpair *qpair, spdk_nvme_authenticate_cb cb_fn,
			     void *cb_ctx)
{
	SPDK_ERRLOG("NVMe controller %s: transport %s has no authentication\n",
		    nvme_ctrlr_name(qpair->ctrlr), qpair->transport->ops.name);
	return -ENOTSUP;
}

void
spdk_nvme_qpair_print_command(struct spdk_nvme_qpair *qpair, struct spdk_nvme_cmd *cmd)
{
	spdk_nvme_print_command(qpair->id, cmd);
}

void
spdk_nvme_qpair_print_completion(struct spdk_nvme_qpair *qpair, struct spdk_nvme_cpl *cpl)
{
	spdk_nvme_print_completion(qpair->id, cpl);
}

void
spdk_nvme_qpair_print_completion_ext(const struct spdk_nvme_qpair *qpair,
				     const struct spdk_nvme_cpl *cpl, uint8_t opc)
{
	spdk_nvme_print_completion_ext(qpair->id, cpl, opc);
}
