/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * States of initialisation that are about namespaces. init.nsid is the one that they are at. A
 * namespace that cannot be identified is inactive; the controller and the others can be used.
 */
#include "io/nvme/ctrlr_init.h"

#include "spdk/log.h"

#define IDS_PER_PAGE 1024

static int
list_append(struct nvme_init *init, uint32_t nsid)
{
	uint32_t capacity;
	uint32_t *list;

	if (init->ns_count == init->ns_capacity) {
		capacity = init->ns_capacity == 0 ? 16 : 2 * init->ns_capacity;
		list = realloc(init->ns_list, capacity * sizeof(*list));
		if (list == NULL) {
			return -ENOMEM;
		}
		init->ns_list = list;
		init->ns_capacity = capacity;
	}
	init->ns_list[init->ns_count++] = nsid;
	return 0;
}

/* The list is complete. */
static int
list_end(struct spdk_nvme_ctrlr *ctrlr)
{
	struct nvme_init *init = &ctrlr->init;
	int rc;

	rc = nvme_ns_take_list(ctrlr, init->ns_list, init->ns_count);
	if (rc != 0) {
		return rc;
	}
	init->ns_index = 0;
	init->nsid = init->ns_count > 0 ? init->ns_list[0] : 0;
	return init->nsid != 0 ? INIT_NEXT : nvme_init_goto(ctrlr, NVME_INIT_ANA);
}

/* Controllers of version 1.0 have no list: all identifiers up to NN may be there. */
static int
list_all(struct spdk_nvme_ctrlr *ctrlr)
{
	uint32_t count = ctrlr->cdata.nn;
	int rc;

	if (count > NVME_NAMESPACES_MAX) {
		SPDK_WARNLOG("NVMe controller %s says that it may have %u namespaces and does not "
			     "list them: only the first %u are looked at.\n",
			     nvme_ctrlr_name(ctrlr), count, NVME_NAMESPACES_MAX);
		count = NVME_NAMESPACES_MAX;
	}
	for (uint32_t nsid = 1; nsid <= count; nsid++) {
		rc = list_append(&ctrlr->init, nsid);
		if (rc != 0) {
			return rc;
		}
	}
	return list_end(ctrlr);
}

int
nvme_init_active_ns(struct spdk_nvme_ctrlr *ctrlr)
{
	struct nvme_init *init = &ctrlr->init;

	init->ns_count = 0;
	init->nsid = 0;
	if (ctrlr->cdata.cntrltype > SPDK_NVME_CTRLR_IO || ctrlr->cdata.nn == 0) {
		return list_end(ctrlr);
	}
	if (ctrlr->vs.raw < SPDK_NVME_VERSION(1, 1, 0)) {
		return list_all(ctrlr);
	}
	return nvme_init_identify(ctrlr, SPDK_NVME_IDENTIFY_ACTIVE_NS_LIST, 0, 0);
}

/* 1: the page was full, another one may follow; 0: the list is complete; -errno. */
static int
take_page(struct spdk_nvme_ctrlr *ctrlr)
{
	struct nvme_init *init = &ctrlr->init;
	uint32_t nsid;
	int rc;

	for (size_t i = 0; i < IDS_PER_PAGE; i++) {
		memcpy(&nsid, init->buffer + i * sizeof(nsid), sizeof(nsid));
		if (nsid == 0) {
			return 0;
		}
		/* Each is greater than the one before, so that the list ends. */
		if (nsid <= init->nsid || nsid >= SPDK_NVME_GLOBAL_NS_TAG - 1) {
			return nvme_init_fail(ctrlr, -EPROTO,
					      "the list is not in order: %u (0x%x) follows %u",
					      nsid, nsid, init->nsid);
		}
		if (init->ns_count == NVME_NAMESPACES_MAX) {
			SPDK_WARNLOG("NVMe controller %s has more than %u namespaces: the others "
				     "are left out.\n",
				     nvme_ctrlr_name(ctrlr), NVME_NAMESPACES_MAX);
			return 0;
		}
		rc = list_append(init, nsid);
		if (rc != 0) {
			return rc;
		}
		init->nsid = nsid;
	}
	return 1;
}

int
nvme_init_active_ns_check(struct spdk_nvme_ctrlr *ctrlr)
{
	int rc;

	if (nvme_init_command_failed(ctrlr)) {
		/* Some of 1.1 do not know the list either. */
		return ctrlr->init.ns_count == 0 ? list_all(ctrlr) : nvme_init_fail_command(ctrlr);
	}
	rc = take_page(ctrlr);
	if (rc == 0) {
		return list_end(ctrlr);
	}
	if (rc < 0) {
		return rc;
	}
	return nvme_init_identify(ctrlr, SPDK_NVME_IDENTIFY_ACTIVE_NS_LIST, ctrlr->init.nsid, 0);
}

static struct spdk_nvme_ns *
current_ns(struct spdk_nvme_ctrlr *ctrlr)
{
	return nvme_ns_find(ctrlr, ctrlr->init.nsid);
}

static void
leave_out(struct spdk_nvme_ctrlr *ctrlr, struct spdk_nvme_ns *ns)
{
	nvme_ns_clear(ns);
	ctrlr->init.is_ns_left_out = true;
}

int
nvme_init_ns(struct spdk_nvme_ctrlr *ctrlr)
{
	ctrlr->init.is_ns_left_out = false;
	return nvme_init_identify(ctrlr, SPDK_NVME_IDENTIFY_NS, ctrlr->init.nsid, 0);
}

int
nvme_init_ns_check(struct spdk_nvme_ctrlr *ctrlr)
{
	struct spdk_nvme_ns *ns = current_ns(ctrlr);

	ns->csi = SPDK_NVME_CSI_NVM;
	memset(ns->id_descs, 0, sizeof(ns->id_descs));
	if (nvme_init_command_failed(ctrlr) && ctrlr->cdata_kv != NULL) {
		/* Those of keys do not answer it. The descriptors will tell. */
		memset(&ns->nsdata, 0, sizeof(ns->nsdata));
		return INIT_NEXT;
	}
	if (nvme_init_command_failed(ctrlr)) {
		SPDK_WARNLOG("Namespace %u of NVMe controller %s cannot be identified (%s): it is "
			     "left out.\n",
			     ns->id, nvme_ctrlr_name(ctrlr),
			     spdk_nvme_cpl_get_status_string(&ctrlr->init.cpl.status));
		leave_out(ctrlr, ns);
		return nvme_init_goto(ctrlr, NVME_INIT_NS_NEXT);
	}
	memcpy(&ns->nsdata, ctrlr->init.buffer, sizeof(ns->nsdata));
	if (ns->nsdata.ncap == 0) {
		/* So say controllers of an identifier that has no namespace. */
		leave_out(ctrlr, ns);
		return nvme_init_goto(ctrlr, NVME_INIT_NS_NEXT);
	}
	return INIT_NEXT;
}

int
nvme_init_ns_descriptors(struct spdk_nvme_ctrlr *ctrlr)
{
	if ((ctrlr->vs.raw < SPDK_NVME_VERSION(1, 3, 0) &&
	     ctrlr->opts.command_set != SPDK_NVME_CC_CSS_IOCS) ||
	    (ctrlr->quirks & NVME_QUIRK_NO_IDENTIFY_DESCRIPTORS)) {
		return INIT_NEXT;
	}
	return nvme_init_identify(ctrlr, SPDK_NVME_IDENTIFY_NS_ID_DESCRIPTOR_LIST, ctrlr->init.nsid,
				  0);
}

int
nvme_init_ns_descriptors_check(struct spdk_nvme_ctrlr *ctrlr)
{
	struct spdk_nvme_ns *ns = current_ns(ctrlr);

	if (!nvme_init_command_failed(ctrlr)) {
		memcpy(ns->id_descs, ctrlr->init.buffer, sizeof(ns->id_descs));
		nvme_ns_take_csi(ns);
	}
	return INIT_NEXT;
}

int
nvme_init_ns_nvm(struct spdk_nvme_ctrlr *ctrlr)
{
	nvme_ns_drop_others(current_ns(ctrlr));
	/* Nothing there that counts, unless formats can have more than 16 bits of guard. */
	if (current_ns(ctrlr)->csi == SPDK_NVME_CSI_KV || !ctrlr->cdata.ctratt.elbas ||
	    ctrlr->cdata_nvm == NULL) {
		return INIT_NEXT;
	}
	return nvme_init_identify(ctrlr, SPDK_NVME_IDENTIFY_NS_IOCS, ctrlr->init.nsid,
				  SPDK_NVME_CSI_NVM);
}

int
nvme_init_ns_nvm_check(struct spdk_nvme_ctrlr *ctrlr)
{
	struct spdk_nvme_ns *ns = current_ns(ctrlr);
	int rc;

	if (nvme_init_command_failed(ctrlr)) {
		return INIT_NEXT;
	}
	rc = nvme_init_keep_copy(ctrlr, &ns->kept.nvm);
	if (rc == INIT_NEXT) {
		/* For readers of any thread: pairs with the loads in ns_info.c. */
		__atomic_store_n(&ns->nsdata_nvm, ns->kept.nvm, __ATOMIC_RELEASE);
	}
	return rc;
}

int
nvme_init_ns_zns(struct spdk_nvme_ctrlr *ctrlr)
{
	if (current_ns(ctrlr)->csi != SPDK_NVME_CSI_ZNS) {
		return INIT_NEXT;
	}
	return nvme_init_identify(ctrlr, SPDK_NVME_IDENTIFY_NS_IOCS, ctrlr->init.nsid,
				  SPDK_NVME_CSI_ZNS);
}

int
nvme_init_ns_zns_check(struct spdk_nvme_ctrlr *ctrlr)
{
	struct spdk_nvme_ns *ns = current_ns(ctrlr);
	int rc;

	if (nvme_init_command_failed(ctrlr)) {
		SPDK_WARNLOG("Zoned namespace %u of NVMe controller %s does not tell of its zones "
			     "(%s): it is left out.\n",
			     ns->id, nvme_ctrlr_name(ctrlr),
			     spdk_nvme_cpl_get_status_string(&ctrlr->init.cpl.status));
		leave_out(ctrlr, ns);
		return INIT_NEXT;
	}
	rc = nvme_init_keep_copy(ctrlr, &ns->kept.zns);
	if (rc == INIT_NEXT) {
		/* For readers of any thread: pairs with the loads in ns_info.c. */
		__atomic_store_n(&ns->nsdata_zns, ns->kept.zns, __ATOMIC_RELEASE);
	}
	return rc;
}

int
nvme_init_ns_kv(struct spdk_nvme_ctrlr *ctrlr)
{
	if (current_ns(ctrlr)->csi != SPDK_NVME_CSI_KV) {
		return INIT_NEXT;
	}
	return nvme_init_identify(ctrlr, SPDK_NVME_IDENTIFY_NS_IOCS, ctrlr->init.nsid,
				  SPDK_NVME_CSI_KV);
}

int
nvme_init_ns_kv_check(struct spdk_nvme_ctrlr *ctrlr)
{
	struct spdk_nvme_ns *ns = current_ns(ctrlr);
	int rc;

	if (nvme_init_command_failed(ctrlr)) {
		SPDK_WARNLOG("Namespace %u of NVMe controller %s does not tell of its keys (%s): "
			     "it is left out.\n",
			     ns->id, nvme_ctrlr_name(ctrlr),
			     spdk_nvme_cpl_get_status_string(&ctrlr->init.cpl.status));
		leave_out(ctrlr, ns);
		return INIT_NEXT;
	}
	rc = nvme_init_keep_copy(ctrlr, &ns->kept.kv);
	if (rc == INIT_NEXT) {
		/* For readers of any thread: pairs with the loads in ns_info.c. */
		__atomic_store_n(&ns->nsdata_kv, ns->kept.kv, __ATOMIC_RELEASE);
	}
	return rc;
}

int
nvme_init_ns_next(struct spdk_nvme_ctrlr *ctrlr)
{
	struct nvme_init *init = &ctrlr->init;

	if (!init->is_ns_left_out) {
		nvme_ns_update(current_ns(ctrlr));
	}
	init->ns_index++;
	if (init->ns_index < init->ns_count) {
		init->nsid = init->ns_list[init->ns_index];
		return nvme_init_goto(ctrlr, NVME_INIT_NS);
	}
	return INIT_NEXT;
}

int
nvme_init_ana(struct spdk_nvme_ctrlr *ctrlr)
{
	struct nvme_admin_command command;
	size_t size = nvme_ana_page_size(ctrlr);

	if (size == 0 || ctrlr->opts.disable_read_ana_log_page) {
		return INIT_NEXT;
	}
	free(ctrlr->init.ana_page);
	ctrlr->init.ana_page = calloc(1, size);
	if (ctrlr->init.ana_page == NULL) {
		return -ENOMEM;
	}
	nvme_admin_build_log_page(&command, SPDK_NVME_LOG_ASYMMETRIC_NAMESPACE_ACCESS,
				  SPDK_NVME_GLOBAL_NS_TAG, ctrlr->init.ana_page, (uint32_t)size);
	return nvme_init_submit(ctrlr, &command);
}

int
nvme_init_ana_check(struct spdk_nvme_ctrlr *ctrlr)
{
	if (nvme_init_command_failed(ctrlr)) {
		SPDK_WARNLOG(
			"NVMe controller %s does not tell the states of its ANA groups (%s).\n",
			nvme_ctrlr_name(ctrlr),
			spdk_nvme_cpl_get_status_string(&ctrlr->init.cpl.status));
	} else {
		nvme_ana_parse(ctrlr, ctrlr->init.ana_page, nvme_ana_page_size(ctrlr));
	}
	free(ctrlr->init.ana_page);
	ctrlr->init.ana_page = NULL;
	return INIT_NEXT;
}
