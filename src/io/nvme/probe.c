/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Finding controllers and initialising them, all that a scan has found side by side.
 *
 *   scan         the transport offers each controller to nvme_probe_found(); probe_cb says whether
 *                it is wanted. It is constructed, and waits on the context's list.
 *   poll         each of the list makes a step. One that is ready is attached, and attach_cb runs;
 *                one that has failed is destroyed, and attach_fail_cb runs.
 *   end          when the list is empty, the context is freed.
 *
 * Callbacks run without locks of the driver. That the PCI layer of the environment holds its own,
 * which the same OS thread may take again, during a scan is its part of the bargain (env.h).
 */
#include "io/nvme/probe.h"

#include "io/nvme/driver.h"
#include "spdk/log.h"

static void
make_pcie_id(struct spdk_nvme_transport_id *trid)
{
	*trid = (struct spdk_nvme_transport_id){0};
	spdk_nvme_trid_populate_transport(trid, SPDK_NVME_TRANSPORT_PCIE);
}

static struct spdk_nvme_probe_ctx *
context_create(const struct spdk_nvme_transport_id *trid)
{
	struct spdk_nvme_probe_ctx *probe_ctx;

	probe_ctx = calloc(1, sizeof(*probe_ctx));
	if (probe_ctx == NULL) {
		SPDK_ERRLOG("No memory for looking for NVMe controllers.\n");
		return NULL;
	}
	TAILQ_INIT(&probe_ctx->init_ctrlrs);
	if (trid == NULL) {
		make_pcie_id(&probe_ctx->trid);
	} else {
		probe_ctx->trid = *trid;
		if (trid->trstring[0] == '\0') {
			spdk_nvme_trid_populate_transport(&probe_ctx->trid, trid->trtype);
		}
	}
	return probe_ctx;
}

static bool
is_attached(const struct spdk_nvme_transport_id *trid)
{
	bool found;

	nvme_driver_lock();
	found = nvme_driver_find(trid) != NULL;
	nvme_driver_unlock();
	return found;
}

static void
tell_failure(struct spdk_nvme_probe_ctx *probe_ctx, const struct spdk_nvme_transport_id *trid,
	     int rc)
{
	if (probe_ctx->attach_fail_cb != NULL) {
		probe_ctx->attach_fail_cb(probe_ctx->cb_ctx, trid, rc);
	}
}

int
nvme_probe_found(struct spdk_nvme_probe_ctx *probe_ctx, const struct spdk_nvme_transport_id *trid,
		 void *devhandle)
{
	struct spdk_nvme_ctrlr_opts opts;
	struct spdk_nvme_ctrlr *ctrlr;
	int rc;

	if (is_attached(trid)) {
		return 1;
	}
	nvme_ctrlr_opts_copy(&opts, probe_ctx->opts, sizeof(opts));
	if (probe_ctx->probe_cb != NULL && !probe_ctx->probe_cb(probe_ctx->cb_ctx, trid, &opts)) {
		return 1;
	}
	rc = nvme_transport_construct(trid, &opts, devhandle, &ctrlr);
	if (rc != 0) {
		SPDK_ERRLOG("NVMe controller %s cannot be used, see above: %s.\n", trid->traddr,
			    spdk_strerror(-rc));
		tell_failure(probe_ctx, trid, rc);
		/* No reason to leave out those that the scan has not come to yet. */
		return 1;
	}
	ctrlr->remove_cb_fn = probe_ctx->remove_cb;
	ctrlr->remove_cb_arg = probe_ctx->cb_ctx;
	TAILQ_INSERT_TAIL(&probe_ctx->init_ctrlrs, ctrlr, driver_link);
	return 0;
}

/*
 * Whoever is told by attach_fail_cb tells it himself: an address where there is nothing is his
 * mistake, not one of the driver.
 */
static void
explain(struct spdk_nvme_probe_ctx *probe_ctx, int rc)
{
	if (probe_ctx->reason[0] == '\0') {
		SPDK_ERRLOG("NVMe controllers of transport %s could not be searched for: %s.\n",
			    probe_ctx->trid.trstring, spdk_strerror(-rc));
	} else if (probe_ctx->attach_fail_cb == NULL) {
		SPDK_ERRLOG("There is no NVMe controller to attach: %s\n", probe_ctx->reason);
	} else {
		tell_failure(probe_ctx, &probe_ctx->trid, rc);
	}
}

void
nvme_probe_abandon(struct spdk_nvme_probe_ctx *probe_ctx)
{
	struct spdk_nvme_ctrlr *ctrlr;

	while ((ctrlr = TAILQ_FIRST(&probe_ctx->init_ctrlrs)) != NULL) {
		TAILQ_REMOVE(&probe_ctx->init_ctrlrs, ctrlr, driver_link);
		nvme_ctrlr_destroy(ctrlr);
	}
	free(probe_ctx);
}

/* Also tells of those that are gone; frees the context when the scan fails. */
static struct spdk_nvme_probe_ctx *
scan(struct spdk_nvme_probe_ctx *probe_ctx, bool direct_connect)
{
	int rc;

	if (nvme_transport_find(probe_ctx->trid.trstring) == NULL) {
		SPDK_ERRLOG("There is no NVMe transport \"%s\" in this program.\n",
			    probe_ctx->trid.trstring);
		free(probe_ctx);
		return NULL;
	}
	if (probe_ctx->trid.trtype == SPDK_NVME_TRANSPORT_PCIE && !direct_connect) {
		nvme_hotplug_poll();
	}
	nvme_driver_report_removed(&probe_ctx->trid);
	rc = nvme_transport_scan(probe_ctx, direct_connect);
	if (rc == 0) {
		return probe_ctx;
	}
	explain(probe_ctx, rc);
	nvme_probe_abandon(probe_ctx);
	return NULL;
}

struct spdk_nvme_probe_ctx *
spdk_nvme_probe_async_ext(const struct spdk_nvme_transport_id *trid, void *cb_ctx,
			  spdk_nvme_probe_cb probe_cb, spdk_nvme_attach_cb attach_cb,
			  spdk_nvme_attach_fail_cb attach_fail_cb, spdk_nvme_remove_cb remove_cb)
{
	struct spdk_nvme_probe_ctx *probe_ctx = context_create(trid);

	if (probe_ctx == NULL) {
		return NULL;
	}
	probe_ctx->cb_ctx = cb_ctx;
	probe_ctx->probe_cb = probe_cb;
	probe_ctx->attach_cb = attach_cb;
	probe_ctx->attach_fail_cb = attach_fail_cb;
	probe_ctx->remove_cb = remove_cb;
	return scan(probe_ctx, false);
}

struct spdk_nvme_probe_ctx *
spdk_nvme_probe_async(const struct spdk_nvme_transport_id *trid, void *cb_ctx,
		      spdk_nvme_probe_cb probe_cb, spdk_nvme_attach_cb attach_cb,
		      spdk_nvme_remove_cb remove_cb)
{
	return spdk_nvme_probe_async_ext(trid, cb_ctx, probe_cb, attach_cb, NULL, remove_cb);
}

static void
attach(struct spdk_nvme_probe_ctx *probe_ctx, struct spdk_nvme_ctrlr *ctrlr)
{
	if (probe_ctx->attach_cb != NULL) {
		probe_ctx->attach_cb(probe_ctx->cb_ctx, &ctrlr->trid, ctrlr, &ctrlr->opts);
	}
}

static void
poll_one(struct spdk_nvme_probe_ctx *probe_ctx, struct spdk_nvme_ctrlr *ctrlr)
{
	struct spdk_nvme_transport_id trid = ctrlr->trid;
	int rc;

	rc = nvme_ctrlr_process_init(ctrlr);
	if (rc == 0 && !nvme_ctrlr_is_ready(ctrlr)) {
		return;
	}
	TAILQ_REMOVE(&probe_ctx->init_ctrlrs, ctrlr, driver_link);
	if (rc == 0) {
		nvme_driver_add(ctrlr);
		attach(probe_ctx, ctrlr);
	} else {
		nvme_ctrlr_destroy(ctrlr);
		tell_failure(probe_ctx, &trid, rc);
	}
}

int
spdk_nvme_probe_poll_async(struct spdk_nvme_probe_ctx *probe_ctx)
{
	struct spdk_nvme_ctrlr *ctrlr, *next;

	if (probe_ctx->attached_before != NULL) {
		ctrlr = probe_ctx->attached_before;
		probe_ctx->attached_before = NULL;
		attach(probe_ctx, ctrlr);
	}
	TAILQ_FOREACH_SAFE (ctrlr, &probe_ctx->init_ctrlrs, driver_link, next) {
		poll_one(probe_ctx, ctrlr);
	}
	if (!TAILQ_EMPTY(&probe_ctx->init_ctrlrs)) {
		return -EAGAIN;
	}
	free(probe_ctx);
	return 0;
}

/* Each state of initialisation has a limit, so that this ends. */
static void
poll_to_end(struct spdk_nvme_probe_ctx *probe_ctx)
{
	struct nvme_rest rest = {0};

	while (spdk_nvme_probe_poll_async(probe_ctx) == -EAGAIN) {
		nvme_rest(&rest);
	}
}

int
spdk_nvme_probe_ext(const struct spdk_nvme_transport_id *trid, void *cb_ctx,
		    spdk_nvme_probe_cb probe_cb, spdk_nvme_attach_cb attach_cb,
		    spdk_nvme_attach_fail_cb attach_fail_cb, spdk_nvme_remove_cb remove_cb)
{
	struct spdk_nvme_probe_ctx *probe_ctx;

	probe_ctx = spdk_nvme_probe_async_ext(trid, cb_ctx, probe_cb, attach_cb, attach_fail_cb,
					      remove_cb);
	if (probe_ctx == NULL) {
		return -EIO;
	}
	poll_to_end(probe_ctx);
	return 0;
}

int
spdk_nvme_probe(const struct spdk_nvme_transport_id *trid, void *cb_ctx,
		spdk_nvme_probe_cb probe_cb, spdk_nvme_attach_cb attach_cb,
		spdk_nvme_remove_cb remove_cb)
{
	return spdk_nvme_probe_ext(trid, cb_ctx, probe_cb, attach_cb, NULL, remove_cb);
}

static struct spdk_nvme_probe_ctx *
connect_begin(const struct spdk_nvme_transport_id *trid, const struct spdk_nvme_ctrlr_opts *opts,
	      size_t opts_size)
{
	struct spdk_nvme_probe_ctx *probe_ctx;

	if (trid == NULL || trid->traddr[0] == '\0') {
		SPDK_ERRLOG("An NVMe controller can be connected to by its address only: the "
			    "transport id has none.\n");
		return NULL;
	}
	probe_ctx = context_create(trid);
	if (probe_ctx == NULL) {
		return NULL;
	}
	nvme_ctrlr_opts_copy(&probe_ctx->connect_opts, opts, opts_size);
	probe_ctx->opts = &probe_ctx->connect_opts;
	probe_ctx->attached_before = nvme_driver_attach_again(&probe_ctx->trid);
	return probe_ctx;
}

struct spdk_nvme_probe_ctx *
spdk_nvme_connect_async(const struct spdk_nvme_transport_id *trid,
			const struct spdk_nvme_ctrlr_opts *opts, spdk_nvme_attach_cb attach_cb)
{
	struct spdk_nvme_probe_ctx *probe_ctx;

	probe_ctx = connect_begin(trid, opts, opts == NULL ? 0 : opts->opts_size);
	if (probe_ctx == NULL) {
		return NULL;
	}
	/* Programs find their own structure by where the options lie in it. */
	probe_ctx->cb_ctx = (void *)(uintptr_t)opts;
	probe_ctx->attach_cb = attach_cb;
	return probe_ctx->attached_before != NULL ? probe_ctx : scan(probe_ctx, true);
}

static void
connect_attached(void *cb_ctx, const struct spdk_nvme_transport_id *trid,
		 struct spdk_nvme_ctrlr *ctrlr, const struct spdk_nvme_ctrlr_opts *opts)
{
	*(struct spdk_nvme_ctrlr **)cb_ctx = ctrlr;
}

struct spdk_nvme_ctrlr *
spdk_nvme_connect(const struct spdk_nvme_transport_id *trid,
		  const struct spdk_nvme_ctrlr_opts *opts, size_t opts_size)
{
	struct spdk_nvme_probe_ctx *probe_ctx;
	struct spdk_nvme_ctrlr *ctrlr = NULL;

	probe_ctx = connect_begin(trid, opts, opts_size);
	if (probe_ctx == NULL) {
		return NULL;
	}
	probe_ctx->cb_ctx = &ctrlr;
	probe_ctx->attach_cb = connect_attached;
	if (probe_ctx->attached_before == NULL) {
		probe_ctx = scan(probe_ctx, true);
		if (probe_ctx == NULL) {
			return NULL;
		}
	}
	poll_to_end(probe_ctx);
	if (ctrlr == NULL) {
		SPDK_ERRLOG("NVMe controller %s has not been attached.\n", trid->traddr);
	}
	return ctrlr;
}

int
spdk_nvme_scan_attached(const struct spdk_nvme_transport_id *trid)
{
	struct spdk_nvme_probe_ctx *probe_ctx = context_create(trid);
	const struct nvme_transport *transport;
	int rc = 0;

	if (probe_ctx == NULL) {
		return -ENOMEM;
	}
	transport = nvme_transport_find(probe_ctx->trid.trstring);
	if (transport == NULL) {
		SPDK_ERRLOG("There is no NVMe transport \"%s\" in this program.\n",
			    probe_ctx->trid.trstring);
		free(probe_ctx);
		return -ENOTSUP;
	}
	if (probe_ctx->trid.trtype == SPDK_NVME_TRANSPORT_PCIE) {
		nvme_hotplug_poll();
	}
	if (transport->ops.ctrlr_scan_attached != NULL) {
		rc = transport->ops.ctrlr_scan_attached(probe_ctx);
	}
	nvme_driver_report_removed(&probe_ctx->trid);
	free(probe_ctx);
	return rc;
}
