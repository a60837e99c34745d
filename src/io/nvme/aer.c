/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Asynchronous events. Each slot of ctrlr->async_events goes round:
 *
 *   FREE -> SUBMITTED    the controller has a request for events
 *   SUBMITTED -> TOLD    it has completed it: an event, which waits for its delivery
 *   TOLD -> SUBMITTED    what the driver does about it has been done, the application has been told
 *   any -> FREE          the queue was disconnected, or the controller takes no such request
 *
 * A controller that sends events as fast as it can therefore waits for the application.
 */
#include "io/nvme/ctrlr.h"

#include "spdk/log.h"

#define CRITICAL_WARNINGS 0x1f
#define CHANGED_ALL       UINT32_MAX

static void deliver(struct spdk_nvme_ctrlr *ctrlr, struct nvme_delivery *delivery);

uint32_t
nvme_aer_config(const struct spdk_nvme_ctrlr *ctrlr)
{
	const struct spdk_nvme_cdata_oaes *oaes = &ctrlr->cdata.oaes;
	union spdk_nvme_feat_async_event_configuration config = {.raw = 0};

	if (ctrlr->cdata.cntrltype == SPDK_NVME_CTRLR_DISCOVERY) {
		config.bits.discovery_log_change_notice = oaes->discovery_log_change_notices;
		return config.raw;
	}
	config.bits.crit_warn.raw = CRITICAL_WARNINGS;
	config.bits.ns_attr_notice = oaes->ns_attribute_notices;
	config.bits.fw_activation_notice = oaes->fw_activation_notices;
	config.bits.ana_change_notice = oaes->ana_change_notices;
	if (ctrlr->vs.raw >= SPDK_NVME_VERSION(1, 3, 0)) {
		config.bits.telemetry_log_notice = ctrlr->cdata.lpa.ts;
	}
	return config.raw;
}

static void
done(void *arg, const struct spdk_nvme_cpl *cpl)
{
	struct nvme_async_event *event = arg;

	if (spdk_nvme_cpl_is_success(cpl)) {
		event->cpl = *cpl;
		event->state = NVME_EVENT_TOLD;
		event->delivery.run = deliver;
		nvme_deliver_later(event->ctrlr, &event->delivery);
		return;
	}
	event->state = NVME_EVENT_FREE;
	if (!spdk_nvme_cpl_is_aborted_sq_deletion(cpl) &&
	    !spdk_nvme_cpl_is_aborted_by_request(cpl)) {
		SPDK_WARNLOG("NVMe controller %s refuses a request for events (%s): fewer are used "
			     "from now on.\n",
			     nvme_ctrlr_name(event->ctrlr),
			     spdk_nvme_cpl_get_status_string(&cpl->status));
	}
}

static int
submit(struct spdk_nvme_ctrlr *ctrlr, struct nvme_async_event *event)
{
	struct nvme_admin_command command = {.cb_fn = done, .cb_arg = event, .is_quiet = true};
	int rc;

	event->ctrlr = ctrlr;
	event->state = NVME_EVENT_SUBMITTED;
	command.cmd.opc = SPDK_NVME_OPC_ASYNC_EVENT_REQUEST;
	rc = nvme_admin_submit(ctrlr, &command);
	if (rc != 0) {
		event->state = NVME_EVENT_FREE;
	}
	return rc;
}

int
nvme_aer_start(struct spdk_nvme_ctrlr *ctrlr)
{
	int rc;

	ctrlr->async_event_count =
		spdk_min(ctrlr->cdata.aerl + 1u, (uint32_t)NVME_ASYNC_EVENTS_MAX);
	for (uint32_t i = 0; i < ctrlr->async_event_count; i++) {
		/* One that has been told but not delivered goes on by itself. */
		if (ctrlr->async_events[i].state != NVME_EVENT_FREE) {
			continue;
		}
		rc = submit(ctrlr, &ctrlr->async_events[i]);
		if (rc != 0) {
			return rc;
		}
	}
	return 0;
}

/* The identifiers of namespaces that have changed; 0 of them: any may have. */
static uint32_t
read_changed(struct spdk_nvme_ctrlr *ctrlr, uint32_t *list)
{
	struct nvme_admin_command command;
	uint32_t count = 0;

	if (ctrlr->opts.disable_read_changed_ns_list_log_page) {
		return 0;
	}
	nvme_admin_build_log_page(&command, SPDK_NVME_LOG_CHANGED_NS_LIST, SPDK_NVME_GLOBAL_NS_TAG,
				  list, SPDK_NVME_MAX_CHANGED_NAMESPACES * sizeof(*list));
	if (nvme_admin_run(ctrlr, &command, NULL) != 0 || list[0] == CHANGED_ALL) {
		return 0;
	}
	while (count < SPDK_NVME_MAX_CHANGED_NAMESPACES && list[count] != 0) {
		count++;
	}
	return count;
}

static void
tell(struct spdk_nvme_ctrlr *ctrlr, const struct spdk_nvme_cpl *cpl)
{
	spdk_nvme_aer_cb cb_fn;
	void *cb_arg;

	nvme_ctrlr_lock(ctrlr);
	cb_fn = ctrlr->aer_cb_fn;
	cb_arg = ctrlr->aer_cb_arg;
	nvme_ctrlr_unlock(ctrlr);
	if (cb_fn != NULL) {
		cb_fn(cb_arg, cpl);
	}
}

static void
namespaces_changed(struct spdk_nvme_ctrlr *ctrlr, const struct spdk_nvme_cpl *cpl)
{
	uint32_t list[SPDK_NVME_MAX_CHANGED_NAMESPACES];
	spdk_nvme_ns_attr_changed_cb cb_fn;
	uint32_t count;
	void *cb_arg;

	count = read_changed(ctrlr, list);
	(void)nvme_ns_refresh(
		ctrlr); /* It has said what is wrong; the application is told anyway. */
	nvme_ctrlr_lock(ctrlr);
	cb_fn = ctrlr->ns_changed_cb_fn;
	cb_arg = ctrlr->ns_changed_cb_arg;
	nvme_ctrlr_unlock(ctrlr);
	if (cb_fn != NULL) {
		cb_fn(cb_arg, count > 0 ? list : NULL, count);
	} else {
		tell(ctrlr, cpl);
	}
}

static void
ana_changed(struct spdk_nvme_ctrlr *ctrlr, const struct spdk_nvme_cpl *cpl)
{
	size_t size = nvme_ana_page_size(ctrlr);
	struct nvme_admin_command command;
	void *page;

	if (size != 0 && !ctrlr->opts.disable_read_ana_log_page) {
		page = calloc(1, size);
		nvme_admin_build_log_page(&command, SPDK_NVME_LOG_ASYMMETRIC_NAMESPACE_ACCESS,
					  SPDK_NVME_GLOBAL_NS_TAG, page, (uint32_t)size);
		if (page != NULL && nvme_admin_run(ctrlr, &command, NULL) == 0) {
			nvme_ctrlr_lock(ctrlr);
			nvme_ana_parse(ctrlr, page, size);
			nvme_ctrlr_unlock(ctrlr);
		}
		free(page);
	}
	tell(ctrlr, cpl);
}

static void
deliver(struct spdk_nvme_ctrlr *ctrlr, struct nvme_delivery *delivery)
{
	struct nvme_async_event *event =
		SPDK_CONTAINEROF(delivery, struct nvme_async_event, delivery);
	union spdk_nvme_async_event_completion what = {.raw = event->cpl.cdw0};
	bool is_notice = what.bits.async_event_type == SPDK_NVME_ASYNC_EVENT_TYPE_NOTICE;

	if (is_notice && what.bits.async_event_info == SPDK_NVME_ASYNC_EVENT_NS_ATTR_CHANGED) {
		namespaces_changed(ctrlr, &event->cpl);
	} else if (is_notice && what.bits.async_event_info == SPDK_NVME_ASYNC_EVENT_ANA_CHANGE) {
		ana_changed(ctrlr, &event->cpl);
	} else {
		tell(ctrlr, &event->cpl);
	}
	nvme_ctrlr_lock(ctrlr);
	event->state = NVME_EVENT_FREE;
	if (nvme_ctrlr_is_ready(ctrlr) && !ctrlr->is_failed && !ctrlr->is_detaching) {
		/* Refused in a queue that has just failed; a reset starts all anew. */
		(void)submit(ctrlr, event);
	}
	nvme_ctrlr_unlock(ctrlr);
}

void
spdk_nvme_ctrlr_register_aer_callback(struct spdk_nvme_ctrlr *ctrlr, spdk_nvme_aer_cb aer_cb_fn,
				      void *aer_cb_arg)
{
	nvme_ctrlr_lock(ctrlr);
	ctrlr->aer_cb_fn = aer_cb_fn;
	ctrlr->aer_cb_arg = aer_cb_arg;
	nvme_ctrlr_unlock(ctrlr);
}

void
spdk_nvme_ctrlr_register_ns_attr_changed_callback(struct spdk_nvme_ctrlr *ctrlr,
						  spdk_nvme_ns_attr_changed_cb cb_fn, void *cb_arg)
{
	nvme_ctrlr_lock(ctrlr);
	ctrlr->ns_changed_cb_fn = cb_fn;
	ctrlr->ns_changed_cb_arg = cb_arg;
	nvme_ctrlr_unlock(ctrlr);
}

void
spdk_nvme_ctrlr_disable_read_changed_ns_list_log_page(struct spdk_nvme_ctrlr *ctrlr)
{
	nvme_ctrlr_lock(ctrlr);
	ctrlr->opts.disable_read_changed_ns_list_log_page = true;
	nvme_ctrlr_unlock(ctrlr);
}
