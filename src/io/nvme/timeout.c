/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Commands that take too long. Each is told of once. Who polls a queue pair looks through what is
 * under way on it, a few times within the limit, so that the callback is late by a fraction of it.
 */
#include "io/nvme/ctrlr.h"

#include "spdk/log.h"

/* Looks within one limit. */
#define LOOKS 16
/* Told of in one look; the others are found by the next. */
#define TELL_MAX 32

struct search {
	uint64_t now;
	uint64_t limit;
	uint32_t count;
	uint16_t cids[TELL_MAX];
};

struct late_admin {
	struct nvme_delivery delivery;
	uint16_t cid;
};

static int
find_late(struct nvme_request *req, void *arg)
{
	struct search *search = arg;

	/* Requests for events have all the time in the world. */
	if (req->timed_out || req->submitted_at == 0 ||
	    (nvme_qpair_is_admin(req->qpair) &&
	     req->cmd.opc == SPDK_NVME_OPC_ASYNC_EVENT_REQUEST) ||
	    search->now - req->submitted_at < search->limit || search->count == TELL_MAX) {
		return 0;
	}
	req->timed_out = true;
	search->cids[search->count++] = req->cmd.cid;
	return 0;
}

static void
deliver(struct spdk_nvme_ctrlr *ctrlr, struct nvme_delivery *delivery)
{
	struct late_admin *late = SPDK_CONTAINEROF(delivery, struct late_admin, delivery);
	uint16_t cid = late->cid;

	free(late);
	if (ctrlr->timeout_cb_fn != NULL) {
		ctrlr->timeout_cb_fn(ctrlr->timeout_cb_arg, ctrlr, NULL, cid);
	}
}

static void
tell_admin(struct spdk_nvme_ctrlr *ctrlr, const struct search *search)
{
	struct late_admin *late;

	for (uint32_t i = 0; i < search->count; i++) {
		late = calloc(1, sizeof(*late));
		if (late == NULL) {
			SPDK_ERRLOG("NVMe controller %s: no memory to tell that admin command %u "
				    "takes too long.\n",
				    nvme_ctrlr_name(ctrlr), search->cids[i]);
			continue;
		}
		late->delivery.run = deliver;
		late->cid = search->cids[i];
		nvme_deliver_later(ctrlr, &late->delivery);
	}
}

static void
tell_io(struct spdk_nvme_qpair *qpair, const struct search *search)
{
	struct spdk_nvme_ctrlr *ctrlr = qpair->ctrlr;

	for (uint32_t i = 0; i < search->count; i++) {
		/* A callback may have ended all of it. */
		if (qpair->state != NVME_QPAIR_ENABLED || ctrlr->timeout_cb_fn == NULL) {
			return;
		}
		ctrlr->timeout_cb_fn(ctrlr->timeout_cb_arg, ctrlr, qpair, search->cids[i]);
	}
}

void
nvme_timeout_check(struct spdk_nvme_qpair *qpair)
{
	struct spdk_nvme_ctrlr *ctrlr = qpair->ctrlr;
	struct search search = {0};

	if (!ctrlr->timeout_enabled) {
		return;
	}
	search.limit =
		nvme_qpair_is_admin(qpair) ? ctrlr->timeout_admin_ticks : ctrlr->timeout_io_ticks;
	search.now = spdk_get_ticks();
	if (search.limit == 0 || search.now - qpair->timeouts_checked_at < search.limit / LOOKS) {
		return;
	}
	qpair->timeouts_checked_at = search.now;
	(void)nvme_transport_iterate_requests(qpair, find_late, &search);
	if (nvme_qpair_is_admin(qpair)) {
		tell_admin(ctrlr, &search);
	} else {
		tell_io(qpair, &search);
	}
}

static uint64_t
ticks_of_us(uint64_t us)
{
	uint64_t hz = spdk_get_ticks_hz();

	return us / 1000000 * hz + us % 1000000 * hz / 1000000;
}

void
spdk_nvme_ctrlr_register_timeout_callback(struct spdk_nvme_ctrlr *ctrlr, uint64_t timeout_io_us,
					  uint64_t timeout_admin_us, spdk_nvme_timeout_cb cb_fn,
					  void *cb_arg)
{
	nvme_ctrlr_lock(ctrlr);
	ctrlr->timeout_io_ticks = ticks_of_us(timeout_io_us);
	ctrlr->timeout_admin_ticks = ticks_of_us(timeout_admin_us);
	ctrlr->timeout_cb_fn = cb_fn;
	ctrlr->timeout_cb_arg = cb_arg;
	ctrlr->timeout_enabled = cb_fn != NULL;
	nvme_ctrlr_unlock(ctrlr);
}
