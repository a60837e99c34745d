/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Leaving controllers.
 *
 *   attached -> leaving    the last attach is given back: off the list, I/O queue pairs that are
 *                          still there are freed, the controller is told of the shutdown
 *   leaving -> gone        it has acknowledged that, or its time is over: it is stopped, the admin
 *                          queue is aborted, callbacks run, the transport frees all
 */
#include "io/nvme/driver.h"
#include "spdk/log.h"

struct leaving {
	struct spdk_nvme_ctrlr *ctrlr;
	struct nvme_shutdown shutdown;
	TAILQ_ENTRY(leaving) link;
};

struct spdk_nvme_detach_ctx {
	TAILQ_HEAD(, leaving) leaving;
};

void
nvme_ctrlr_destroy(struct spdk_nvme_ctrlr *ctrlr)
{
	nvme_ctrlr_lock(ctrlr);
	ctrlr->is_detaching = true;
	nvme_ctrlr_disconnect_admin(ctrlr);
	nvme_ctrlr_unlock(ctrlr);
	nvme_deliver(ctrlr);
	(void)nvme_transport_destruct(ctrlr); /* Nobody is left who could act on an error. */
}

static void
free_io_qpairs(struct spdk_nvme_ctrlr *ctrlr)
{
	struct spdk_nvme_qpair *qpair;

	/* The first each time: a callback of what is aborted may free any of the others. */
	while ((qpair = TAILQ_FIRST(&ctrlr->io_qpairs)) != NULL) {
		SPDK_NOTICELOG("NVMe controller %s: I/O queue pair %u is freed with it.\n",
			       nvme_ctrlr_name(ctrlr), qpair->id);
		(void)spdk_nvme_ctrlr_free_io_qpair(qpair); /* Always 0. */
	}
}

/* Others have it as well: detaching it only counts down, and its I/O may be theirs. */
static bool
is_shared(struct spdk_nvme_ctrlr *ctrlr)
{
	bool stays;

	nvme_driver_lock();
	stays = ctrlr->attach_count > 1;
	nvme_driver_unlock();
	return stays;
}

/* Callbacks of I/O that run are the caller's: nobody else uses a controller that goes. */
static bool
is_in_own_callback(struct spdk_nvme_ctrlr *ctrlr)
{
	bool stays = is_shared(ctrlr), is_own;
	struct spdk_nvme_qpair *qpair;

	nvme_ctrlr_lock(ctrlr);
	is_own = ctrlr->delivery_depth > 0 && pthread_equal(ctrlr->deliverer, pthread_self());
	TAILQ_FOREACH (qpair, &ctrlr->io_qpairs, ctrlr_link) {
		is_own = is_own || (!stays && qpair->is_completing);
	}
	nvme_ctrlr_unlock(ctrlr);
	if (is_own) {
		SPDK_ERRLOG("NVMe controller %s cannot be detached within one of its own "
			    "callbacks: detach it later, for example by a message.\n",
			    nvme_ctrlr_name(ctrlr));
	}
	return is_own;
}

static int
detach_begin(struct spdk_nvme_ctrlr *ctrlr, struct leaving **out_leaving)
{
	struct leaving *leaving;

	if (is_in_own_callback(ctrlr)) {
		return -EBUSY;
	}
	leaving = calloc(1, sizeof(*leaving));
	if (leaving == NULL) {
		return -ENOMEM;
	}
	if (!nvme_driver_release(ctrlr)) {
		free(leaving);
		*out_leaving = NULL;
		return 0;
	}
	leaving->ctrlr = ctrlr;
	free_io_qpairs(ctrlr);
	nvme_ctrlr_lock(ctrlr);
	nvme_shutdown_begin(ctrlr, &leaving->shutdown);
	nvme_ctrlr_unlock(ctrlr);
	*out_leaving = leaving;
	return 0;
}

/* Whether the notice is over; nothing is freed yet. */
static bool
is_over(struct leaving *leaving)
{
	bool over;

	nvme_ctrlr_lock(leaving->ctrlr);
	over = nvme_shutdown_poll(leaving->ctrlr, &leaving->shutdown);
	nvme_ctrlr_unlock(leaving->ctrlr);
	return over;
}

static void
finish(struct leaving *leaving)
{
	nvme_ctrlr_destroy(leaving->ctrlr);
	free(leaving);
}

int
spdk_nvme_detach(struct spdk_nvme_ctrlr *ctrlr)
{
	struct nvme_rest rest = {0};
	struct leaving *leaving;
	int rc;

	if (ctrlr == NULL) {
		return -EINVAL;
	}
	rc = detach_begin(ctrlr, &leaving);
	if (rc != 0 || leaving == NULL) {
		return rc;
	}
	while (!is_over(leaving)) {
		nvme_rest(&rest);
	}
	finish(leaving);
	return 0;
}

int
spdk_nvme_detach_async(struct spdk_nvme_ctrlr *ctrlr, struct spdk_nvme_detach_ctx **detach_ctx)
{
	struct spdk_nvme_detach_ctx *ctx;
	struct leaving *leaving;
	int rc;

	if (ctrlr == NULL || detach_ctx == NULL) {
		return -EINVAL;
	}
	ctx = *detach_ctx;
	if (ctx == NULL) {
		ctx = calloc(1, sizeof(*ctx));
		if (ctx == NULL) {
			return -ENOMEM;
		}
		TAILQ_INIT(&ctx->leaving);
	}
	rc = detach_begin(ctrlr, &leaving);
	if (rc != 0 || leaving == NULL) {
		if (*detach_ctx == NULL) {
			free(ctx);
		}
		return rc;
	}
	TAILQ_INSERT_TAIL(&ctx->leaving, leaving, link);
	*detach_ctx = ctx;
	return 0;
}

int
spdk_nvme_detach_poll_async(struct spdk_nvme_detach_ctx *detach_ctx)
{
	struct leaving *leaving, *next;

	if (detach_ctx == NULL) {
		return -EINVAL;
	}
	TAILQ_FOREACH_SAFE (leaving, &detach_ctx->leaving, link, next) {
		if (is_over(leaving)) {
			TAILQ_REMOVE(&detach_ctx->leaving, leaving, link);
			finish(leaving);
		}
	}
	if (!TAILQ_EMPTY(&detach_ctx->leaving)) {
		return -EAGAIN;
	}
	free(detach_ctx);
	return 0;
}

void
spdk_nvme_detach_poll(struct spdk_nvme_detach_ctx *detach_ctx)
{
	struct nvme_rest rest = {0};

	while (detach_ctx != NULL && spdk_nvme_detach_poll_async(detach_ctx) == -EAGAIN) {
		nvme_rest(&rest);
	}
}
