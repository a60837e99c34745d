/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Errors that applications have put in the place of answers. A command that is not submitted waits
 * on qpair->delayed_requests for its error; one that is, gets the error in place of its own status
 * when it comes back.
 */
#include "io/nvme/ctrlr.h"
#include "spdk/env.h"
#include "spdk/log.h"

/* It has three bits. */
#define SCT_MAX 7

static struct nvme_error_injection *
find(struct spdk_nvme_qpair *qpair, uint8_t opc)
{
	struct nvme_error_injection *injection;

	TAILQ_FOREACH (injection, &qpair->injections, link) {
		if (injection->opc == opc) {
			break;
		}
	}
	return injection;
}

bool
nvme_injection_take(struct spdk_nvme_qpair *qpair, struct nvme_request *req)
{
	struct nvme_error_injection *injection = find(qpair, req->cmd.opc);

	if (injection == NULL || injection->err_count == 0) {
		return false;
	}
	injection->err_count--;
	req->delayed_cpl = (struct spdk_nvme_cpl){.sqid = qpair->id, .status = injection->status};
	if (!injection->do_not_submit) {
		req->is_altered = true;
		return false;
	}
	req->is_retry = false;
	nvme_qpair_delay(qpair, req, injection->timeout_ticks);
	return true;
}

void
nvme_injections_free(struct spdk_nvme_qpair *qpair)
{
	struct nvme_error_injection *injection;

	while ((injection = TAILQ_FIRST(&qpair->injections)) != NULL) {
		TAILQ_REMOVE(&qpair->injections, injection, link);
		free(injection);
	}
}

/* The queue pair that the caller means; its lock is the caller's for the admin queue. */
static struct spdk_nvme_qpair *
begin(struct spdk_nvme_ctrlr *ctrlr, struct spdk_nvme_qpair *qpair)
{
	if (qpair != NULL) {
		return qpair;
	}
	nvme_ctrlr_lock(ctrlr);
	return ctrlr->adminq;
}

static void
end(struct spdk_nvme_ctrlr *ctrlr, struct spdk_nvme_qpair *qpair)
{
	if (qpair == NULL) {
		nvme_ctrlr_unlock(ctrlr);
	}
}

int
spdk_nvme_qpair_add_cmd_error_injection(struct spdk_nvme_ctrlr *ctrlr,
					struct spdk_nvme_qpair *qpair, uint8_t opc,
					bool do_not_submit, uint64_t timeout_in_us,
					uint32_t err_count, uint8_t sct, uint8_t sc)
{
	struct nvme_error_injection *injection;
	struct spdk_nvme_qpair *target;

	if (sct > SCT_MAX) {
		return -EINVAL;
	}
	target = begin(ctrlr, qpair);
	injection = find(target, opc);
	if (injection == NULL) {
		injection = calloc(1, sizeof(*injection));
		if (injection == NULL) {
			end(ctrlr, qpair);
			return -ENOMEM;
		}
		TAILQ_INSERT_TAIL(&target->injections, injection, link);
	}
	injection->opc = opc;
	injection->do_not_submit = do_not_submit;
	injection->timeout_ticks = timeout_in_us * spdk_get_ticks_hz() / SPDK_SEC_TO_USEC;
	injection->err_count = err_count;
	injection->status = (struct spdk_nvme_status){.sct = sct, .sc = sc};
	target->chores |= NVME_CHORE_INJECT;
	end(ctrlr, qpair);
	return 0;
}

void
spdk_nvme_qpair_remove_cmd_error_injection(struct spdk_nvme_ctrlr *ctrlr,
					   struct spdk_nvme_qpair *qpair, uint8_t opc)
{
	struct spdk_nvme_qpair *target = begin(ctrlr, qpair);
	struct nvme_error_injection *injection = find(target, opc);

	if (injection != NULL) {
		TAILQ_REMOVE(&target->injections, injection, link);
		free(injection);
	}
	if (TAILQ_EMPTY(&target->injections)) {
		target->chores &= ~NVME_CHORE_INJECT;
	}
	end(ctrlr, qpair);
}
