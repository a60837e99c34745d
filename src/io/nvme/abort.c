/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Abort commands. A controller takes ACL + 1 of them at a time; others wait here for their turn,
 * and the driver never hands in more than it keeps requests for.
 *
 *   WAITING -> SUBMITTED -> TOLD     TOLD: the application's callback is about to run
 */
#include "io/nvme/ctrlr.h"

#include "spdk/log.h"

#define ABORTS_MAX 8u

/* The callback of one call of the application, which may have aborts for several commands. */
struct nvme_abort_group {
	struct nvme_delivery delivery;
	struct spdk_nvme_ctrlr *ctrlr;
	spdk_nvme_cmd_cb cb_fn;
	void *cb_arg;
	/* Of the first that did not abort its command, else of the last. */
	struct spdk_nvme_cpl cpl;
	/* Aborts that have not completed, and one for the call while it makes them. */
	uint32_t left;
};

struct nvme_abort {
	struct nvme_abort_group *group;
	uint16_t sqid;
	uint16_t cid;
	STAILQ_ENTRY(nvme_abort) link;
};

static void submit_waiting(struct spdk_nvme_ctrlr *ctrlr);

static void
deliver(struct spdk_nvme_ctrlr *ctrlr, struct nvme_delivery *delivery)
{
	struct nvme_abort_group *group =
		SPDK_CONTAINEROF(delivery, struct nvme_abort_group, delivery);
	struct nvme_abort_group copy = *group;

	free(group);
	if (copy.cb_fn != NULL) {
		copy.cb_fn(copy.cb_arg, &copy.cpl);
	}
}

static struct nvme_abort_group *
group_create(struct spdk_nvme_ctrlr *ctrlr, spdk_nvme_cmd_cb cb_fn, void *cb_arg)
{
	struct nvme_abort_group *group = calloc(1, sizeof(*group));

	if (group != NULL) {
		*group = (struct nvme_abort_group){
			.delivery.run = deliver,
			.ctrlr = ctrlr,
			.cb_fn = cb_fn,
			.cb_arg = cb_arg,
			.left = 1,
		};
	}
	return group;
}

static void
group_put(struct nvme_abort_group *group)
{
	if (--group->left == 0) {
		nvme_deliver_later(group->ctrlr, &group->delivery);
	}
}

/* One is over; the list of those that wait is not looked at. */
static void
finish(struct nvme_abort *abort, const struct spdk_nvme_cpl *cpl)
{
	struct nvme_abort_group *group = abort->group;

	if (spdk_nvme_cpl_is_abort_success(&group->cpl)) {
		group->cpl = *cpl;
	}
	free(abort);
	group_put(group);
}

static void
done(void *arg, const struct spdk_nvme_cpl *cpl)
{
	struct nvme_abort *abort = arg;
	struct spdk_nvme_ctrlr *ctrlr = abort->group->ctrlr;

	ctrlr->aborts_outstanding--;
	finish(abort, cpl);
	submit_waiting(ctrlr);
}

static void
finish_aborted(struct nvme_abort *abort)
{
	struct spdk_nvme_cpl cpl = {0};

	cpl.status.sct = SPDK_NVME_SCT_GENERIC;
	cpl.status.sc = SPDK_NVME_SC_ABORTED_SQ_DELETION;
	/* Nothing was aborted. */
	cpl.cdw0 = 1;
	finish(abort, &cpl);
}

static int
submit(struct spdk_nvme_ctrlr *ctrlr, struct nvme_abort *abort)
{
	struct nvme_admin_command command = {.cb_fn = done, .cb_arg = abort};
	int rc;

	command.cmd.opc = SPDK_NVME_OPC_ABORT;
	command.cmd.cdw10_bits.abort.sqid = abort->sqid;
	command.cmd.cdw10_bits.abort.cid = abort->cid;
	ctrlr->aborts_outstanding++;
	rc = nvme_admin_submit(ctrlr, &command);
	if (rc != 0) {
		ctrlr->aborts_outstanding--;
	}
	return rc;
}

static bool
has_room(const struct spdk_nvme_ctrlr *ctrlr)
{
	return ctrlr->aborts_outstanding < spdk_min(ctrlr->cdata.acl + 1u, ABORTS_MAX);
}

static void
submit_waiting(struct spdk_nvme_ctrlr *ctrlr)
{
	struct nvme_abort *abort;

	while (has_room(ctrlr) && (abort = STAILQ_FIRST(&ctrlr->queued_aborts)) != NULL) {
		STAILQ_REMOVE_HEAD(&ctrlr->queued_aborts, link);
		if (submit(ctrlr, abort) != 0) {
			finish_aborted(abort);
		}
	}
}

void
nvme_abort_cancel_queued(struct spdk_nvme_ctrlr *ctrlr)
{
	struct nvme_abort *abort;

	while ((abort = STAILQ_FIRST(&ctrlr->queued_aborts)) != NULL) {
		STAILQ_REMOVE_HEAD(&ctrlr->queued_aborts, link);
		finish_aborted(abort);
	}
}

/* 0 or -errno, and then the group does not know of it. */
static int
add(struct nvme_abort_group *group, uint16_t sqid, uint16_t cid)
{
	struct spdk_nvme_ctrlr *ctrlr = group->ctrlr;
	struct nvme_abort *abort = calloc(1, sizeof(*abort));
	int rc = 0;

	if (abort == NULL) {
		return -ENOMEM;
	}
	*abort = (struct nvme_abort){.group = group, .sqid = sqid, .cid = cid};
	group->left++;
	if (has_room(ctrlr)) {
		rc = submit(ctrlr, abort);
	} else {
		STAILQ_INSERT_TAIL(&ctrlr->queued_aborts, abort, link);
	}
	if (rc != 0) {
		group->left--;
		free(abort);
	}
	return rc;
}

static uint16_t
id_of(const struct spdk_nvme_qpair *qpair)
{
	return qpair == NULL ? NVME_ADMIN_QUEUE_ID : qpair->id;
}

int
spdk_nvme_ctrlr_cmd_abort(struct spdk_nvme_ctrlr *ctrlr, struct spdk_nvme_qpair *qpair,
			  uint16_t cid, spdk_nvme_cmd_cb cb_fn, void *cb_arg)
{
	struct nvme_abort_group *group = group_create(ctrlr, cb_fn, cb_arg);
	int rc;

	if (group == NULL) {
		return -ENOMEM;
	}
	nvme_ctrlr_lock(ctrlr);
	rc = add(group, id_of(qpair), cid);
	if (rc == 0) {
		group_put(group);
	} else {
		free(group);
	}
	nvme_ctrlr_unlock(ctrlr);
	return rc;
}

struct search {
	struct nvme_abort_group *group;
	void *cmd_cb_arg;
	uint32_t found;
	int rc;
};

static bool
is_wanted(const struct nvme_request *req, void *cmd_cb_arg)
{
	const struct nvme_request *whole = req->is_child ? req->parent : req;

	return nvme_admin_user_arg(whole) == cmd_cb_arg;
}

static int
abort_if_wanted(struct nvme_request *req, void *arg)
{
	struct search *search = arg;

	if (search->rc != 0 || !is_wanted(req, search->cmd_cb_arg)) {
		return 0;
	}
	search->rc = add(search->group, req->qpair->id, req->cmd.cid);
	if (search->rc == 0) {
		search->found++;
	}
	return 0;
}

int
spdk_nvme_ctrlr_cmd_abort_ext(struct spdk_nvme_ctrlr *ctrlr, struct spdk_nvme_qpair *qpair,
			      void *cmd_cb_arg, spdk_nvme_cmd_cb cb_fn, void *cb_arg)
{
	struct search search = {.cmd_cb_arg = cmd_cb_arg};
	struct spdk_nvme_qpair *where = qpair == NULL ? ctrlr->adminq : qpair;
	uint32_t queued;
	int rc = 0;

	search.group = group_create(ctrlr, cb_fn, cb_arg);
	if (search.group == NULL) {
		return -ENOMEM;
	}
	nvme_ctrlr_lock(ctrlr);
	(void)nvme_transport_iterate_requests(where, abort_if_wanted, &search);
	nvme_ctrlr_unlock(ctrlr);
	/* Those that wait on our side end at once. Callbacks of an I/O queue pair run here: without
	 * the lock. */
	if (qpair != NULL) {
		queued = nvme_qpair_abort_queued_with_arg(where, cmd_cb_arg);
	} else {
		nvme_ctrlr_lock(ctrlr);
		queued = nvme_qpair_abort_queued_with_arg(where, cmd_cb_arg);
		nvme_ctrlr_unlock(ctrlr);
	}
	nvme_ctrlr_lock(ctrlr);
	if (search.found == 0 && queued == 0) {
		rc = search.rc != 0 ? search.rc : -ENOENT;
		free(search.group);
	} else {
		if (search.rc != 0) {
			search.group->cpl.cdw0 = 1;
		}
		group_put(search.group);
	}
	nvme_ctrlr_unlock(ctrlr);
	return rc;
}
