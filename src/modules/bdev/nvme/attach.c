/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Attaching a controller: the driver initialises it a step at a time, from a poller; then its
 * namespaces become disks, and whoever asked is told.
 */
#include "bdev_nvme.h"
#include "io/nvme/probe.h"
#include "nvme_device.h"
#include "pci_reason.h"
#include "spdk/env.h"
#include "spdk/string.h"
#include "spdk/thread.h"
#include "spindle/reactor.h"

#define POLL_US 500u

struct attachment {
	struct nvme_attach_spec spec;
	char *name;
	struct spdk_nvme_probe_ctx *probe;
	struct spdk_poller *poller;
	struct spdk_nvme_ctrlr *ctrlr;
	/* Of the driver, when it could not. */
	int rc;
	bool is_found;
	bool is_canceled;
	nvme_attach_fn fn;
	void *arg;
	TAILQ_ENTRY(attachment) link;
};

static TAILQ_HEAD(, attachment) g_attachments = TAILQ_HEAD_INITIALIZER(g_attachments);

bool
bdev_nvme_is_attaching(void)
{
	return !TAILQ_EMPTY(&g_attachments);
}

/* ---- Options of the driver ---- */

void
bdev_nvme_drv_opts_init(struct spdk_nvme_ctrlr_opts *opts)
{
	memset(opts, 0, sizeof(*opts));
	spdk_nvme_ctrlr_get_default_ctrlr_opts(opts, sizeof(*opts));
}

/*
 * So that reactors rest while devices work; devices that have none are polled. They cost the kernel
 * and the CPU something for each completion, also where nobody waits for them: reactors that never
 * rest do without.
 */
static bool
wants_interrupts(void)
{
	struct spindle_rest_opts rest = {.size = sizeof(rest)};

	if (spdk_interrupt_mode_is_enabled()) {
		return true;
	}
	spindle_reactors_get_rest(&rest);
	return !rest.never_rest && g_bdev_nvme_opts.nvme_ioq_poll_period_us == 0;
}

void
bdev_nvme_drv_opts_apply(struct spdk_nvme_ctrlr_opts *opts)
{
	const struct spdk_bdev_nvme_opts *all = &g_bdev_nvme_opts;

	opts->transport_retry_count = (uint8_t)all->transport_retry_count;
	opts->transport_ack_timeout = all->transport_ack_timeout;
	opts->keep_alive_timeout_ms = all->keep_alive_timeout_ms;
	opts->transport_tos = all->transport_tos;
	opts->dhchap_digests = all->dhchap_digests;
	opts->dhchap_dhgroups = all->dhchap_dhgroups;
	opts->arbitration_burst = (uint8_t)all->arbitration_burst;
	opts->low_priority_weight = (uint8_t)all->low_priority_weight;
	opts->medium_priority_weight = (uint8_t)all->medium_priority_weight;
	opts->high_priority_weight = (uint8_t)all->high_priority_weight;
	if (all->io_queue_requests != 0) {
		opts->io_queue_requests = all->io_queue_requests;
	}
	opts->enable_interrupts = wants_interrupts();
	/* Namespaces are looked through as a whole; the list would have to be read for the driver.
	 */
	opts->disable_read_changed_ns_list_log_page = false;
}

/* ---- Finding it ---- */

static bool
probe_cb(void *ctx, const struct spdk_nvme_transport_id *trid, struct spdk_nvme_ctrlr_opts *opts)
{
	struct attachment *attachment = ctx;

	if (attachment->is_canceled ||
	    spdk_nvme_transport_id_compare(trid, &attachment->spec.trid) != 0) {
		return false;
	}
	attachment->is_found = true;
	*opts = attachment->spec.drv_opts;
	return true;
}

static void
attach_cb(void *ctx, const struct spdk_nvme_transport_id *trid, struct spdk_nvme_ctrlr *ctrlr,
	  const struct spdk_nvme_ctrlr_opts *opts)
{
	struct attachment *attachment = ctx;

	attachment->ctrlr = ctrlr;
}

static void
attach_fail_cb(void *ctx, const struct spdk_nvme_transport_id *trid, int rc)
{
	struct attachment *attachment = ctx;

	if (spdk_nvme_transport_id_compare(trid, &attachment->spec.trid) == 0) {
		/* -ENODEV: there is nothing, or nothing for user space. */
		attachment->is_found = rc != -ENODEV;
		attachment->rc = rc;
	}
}

/* ---- The end ---- */

static void
end(struct attachment *attachment, struct nvme_dev *dev, int rc, const struct bdev_reason *reason)
{
	TAILQ_REMOVE(&g_attachments, attachment, link);
	attachment->fn(attachment->arg, dev, rc, reason);
	free(attachment->name);
	free(attachment);
	bdev_nvme_module_go_on();
}

static void
explain(const struct attachment *attachment, int rc, struct bdev_reason *reason)
{
	if (attachment->is_canceled) {
		(void)bdev_refuse(reason, rc, "the application ends");
	} else if (attachment->is_found) {
		(void)bdev_refuse(reason, rc,
				  "NVMe controller %s is there, and could not be initialised; the "
				  "log says at which step",
				  attachment->spec.trid.traddr);
	} else {
		bdev_nvme_explain_absent(&attachment->spec.trid, reason);
	}
}

static void
take(struct attachment *attachment)
{
	struct bdev_reason reason = {""};
	struct nvme_dev *dev = NULL;
	int rc;

	if (attachment->ctrlr == NULL) {
		rc = attachment->is_canceled ? -ECANCELED :
		     attachment->rc != 0     ? attachment->rc :
		     attachment->is_found    ? -EIO :
					       -ENODEV;
		explain(attachment, rc, &reason);
		end(attachment, NULL, rc, &reason);
		return;
	}
	rc = attachment->is_canceled ?
		     -ECANCELED :
		     bdev_nvme_dev_create(&attachment->spec, attachment->ctrlr, &dev);
	if (rc != 0) {
		(void)spdk_nvme_detach(attachment->ctrlr); /* The other error is the one to tell. */
		end(attachment, NULL, rc, &reason);
		return;
	}
	bdev_nvme_dev_update_disks(dev);
	end(attachment, dev, 0, NULL);
}

static int
poll_probe(void *arg)
{
	struct attachment *attachment = arg;

	if (attachment->probe != NULL && spdk_nvme_probe_poll_async(attachment->probe) == -EAGAIN) {
		return SPDK_POLLER_BUSY;
	}
	spdk_poller_unregister(&attachment->poller);
	take(attachment);
	return SPDK_POLLER_BUSY;
}

/* ---- The beginning ---- */

static bool
is_being_attached(const struct nvme_attach_spec *spec)
{
	const struct attachment *other;

	TAILQ_FOREACH (other, &g_attachments, link) {
		if (strcmp(other->name, spec->name) == 0 ||
		    spdk_nvme_transport_id_compare(&other->spec.trid, &spec->trid) == 0) {
			return true;
		}
	}
	return false;
}

/* A type is no name for transports of the program's own. */
static bool
has_transport(const struct spdk_nvme_transport_id *trid)
{
	return trid->trstring[0] != '\0' ? spdk_nvme_transport_available_by_name(trid->trstring) :
					   spdk_nvme_transport_available(trid->trtype);
}

static int
check(const struct nvme_attach_spec *spec, struct bdev_reason *reason)
{
	const struct nvme_dev *same;

	if (spec->name[0] == '\0') {
		return bdev_refuse(reason, -EINVAL, "the name is empty");
	}
	if (bdev_nvme_is_finishing()) {
		return bdev_refuse(reason, -ECANCELED, "the application ends");
	}
	if (!has_transport(&spec->trid)) {
		return bdev_refuse(reason, -ENOTSUP,
				   "there is no transport %s in this program; PCIe is there",
				   spdk_nvme_transport_id_trtype_str(spec->trid.trtype));
	}
	same = bdev_nvme_find_trid(&spec->trid);
	if (same != NULL) {
		return bdev_refuse(reason, -EALREADY, "NVMe controller %s is attached, as %s",
				   spec->trid.traddr, same->name);
	}
	same = bdev_nvme_find(spec->name);
	if (same != NULL) {
		return bdev_refuse(reason, -EEXIST,
				   "there is a controller %s, which is %s; a second path to its "
				   "namespaces needs NVMe over Fabrics, which is not there yet: "
				   "take another name",
				   spec->name, same->trid.traddr);
	}
	if (is_being_attached(spec)) {
		return bdev_refuse(reason, -EALREADY,
				   "one of this name or at %s is being attached already",
				   spec->trid.traddr);
	}
	return bdev_nvme_ctrlr_opts_check(&spec->bdev_opts, reason);
}

static int
start(struct attachment *attachment)
{
	attachment->name = strdup(attachment->spec.name);
	if (attachment->name == NULL) {
		return -ENOMEM;
	}
	attachment->spec.name = attachment->name;
	attachment->poller = SPDK_POLLER_REGISTER(poll_probe, attachment, POLL_US);
	if (attachment->poller == NULL) {
		return -ENOMEM;
	}
	/* Where there is nothing, the poller finds no probe, and says so. */
	attachment->probe = spdk_nvme_probe_async_ext(&attachment->spec.trid, attachment, probe_cb,
						      attach_cb, attach_fail_cb, NULL);
	return 0;
}

int
bdev_nvme_attach(const struct nvme_attach_spec *spec, struct bdev_reason *reason, nvme_attach_fn fn,
		 void *arg)
{
	struct attachment *attachment;
	int rc = check(spec, reason);

	if (rc != 0) {
		return rc;
	}
	attachment = calloc(1, sizeof(*attachment));
	if (attachment == NULL) {
		return -ENOMEM;
	}
	attachment->spec = *spec;
	attachment->fn = fn;
	attachment->arg = arg;
	rc = start(attachment);
	if (rc != 0) {
		free(attachment->name);
		free(attachment);
		return rc;
	}
	TAILQ_INSERT_TAIL(&g_attachments, attachment, link);
	if (!spec->is_hot) {
		bdev_nvme_hotplug_unskip(&spec->trid);
	}
	return 0;
}

void
bdev_nvme_attach_stop(void)
{
	struct attachment *attachment;

	TAILQ_FOREACH (attachment, &g_attachments, link) {
		attachment->is_canceled = true;
		/* Each step of a controller may take two minutes: too long for an end. */
		if (attachment->probe != NULL) {
			nvme_probe_abandon(attachment->probe);
			attachment->probe = NULL;
		}
	}
}
