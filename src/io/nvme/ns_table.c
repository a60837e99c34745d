/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The namespaces of a controller. Handles last as long as the controller: one that is no longer
 * active stays in the tree, and becomes active again when the controller says so.
 */
#include "io/nvme/ctrlr.h"

static int
compare(struct spdk_nvme_ns *a, struct spdk_nvme_ns *b)
{
	return a->id < b->id ? -1 : a->id > b->id;
}

RB_GENERATE_STATIC(nvme_ns_tree, spdk_nvme_ns, node, compare)

struct spdk_nvme_ns *
nvme_ns_find(struct spdk_nvme_ctrlr *ctrlr, uint32_t nsid)
{
	struct spdk_nvme_ns key = {.id = nsid};

	return RB_FIND(nvme_ns_tree, &ctrlr->ns, &key);
}

struct spdk_nvme_ns *
nvme_ns_get(struct spdk_nvme_ctrlr *ctrlr, uint32_t nsid)
{
	struct spdk_nvme_ns *ns;

	if (nsid == 0 || nsid >= SPDK_NVME_GLOBAL_NS_TAG) {
		return NULL;
	}
	ns = nvme_ns_find(ctrlr, nsid);
	if (ns != NULL) {
		return ns;
	}
	ns = calloc(1, sizeof(*ns));
	if (ns != NULL) {
		ns->ctrlr = ctrlr;
		ns->id = nsid;
		(void)RB_INSERT(nvme_ns_tree, &ctrlr->ns, ns); /* It is not there yet. */
	}
	return ns;
}

static bool
is_listed(const uint32_t *list, uint32_t count, uint32_t nsid)
{
	uint32_t low = 0, high = count, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (list[middle] == nsid) {
			return true;
		}
		if (list[middle] < nsid) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return false;
}

int
nvme_ns_take_list(struct spdk_nvme_ctrlr *ctrlr, const uint32_t *list, uint32_t count)
{
	struct spdk_nvme_ns *ns;

	for (uint32_t i = 0; i < count; i++) {
		if (nvme_ns_get(ctrlr, list[i]) == NULL) {
			return -ENOMEM;
		}
	}
	RB_FOREACH (ns, nvme_ns_tree, &ctrlr->ns) {
		if (ns->is_active && !is_listed(list, count, ns->id)) {
			nvme_ns_clear(ns);
		}
	}
	return 0;
}

void
nvme_ns_free_all(struct spdk_nvme_ctrlr *ctrlr)
{
	struct spdk_nvme_ns *ns, *next;

	RB_FOREACH_SAFE (ns, nvme_ns_tree, &ctrlr->ns, next) {
		RB_REMOVE(nvme_ns_tree, &ctrlr->ns, ns);
		nvme_ns_free(ns);
	}
}

struct spdk_nvme_ns *
spdk_nvme_ctrlr_get_ns(struct spdk_nvme_ctrlr *ctrlr, uint32_t ns_id)
{
	struct spdk_nvme_ns *ns;

	nvme_ctrlr_lock(ctrlr);
	ns = nvme_ns_get(ctrlr, ns_id);
	nvme_ctrlr_unlock(ctrlr);
	return ns;
}

bool
spdk_nvme_ctrlr_is_active_ns(struct spdk_nvme_ctrlr *ctrlr, uint32_t nsid)
{
	struct spdk_nvme_ns *ns;
	bool is_active;

	nvme_ctrlr_lock(ctrlr);
	ns = nvme_ns_find(ctrlr, nsid);
	is_active = ns != NULL && ns->is_active;
	nvme_ctrlr_unlock(ctrlr);
	return is_active;
}

uint32_t
spdk_nvme_ctrlr_get_first_active_ns(struct spdk_nvme_ctrlr *ctrlr)
{
	return spdk_nvme_ctrlr_get_next_active_ns(ctrlr, 0);
}

uint32_t
spdk_nvme_ctrlr_get_next_active_ns(struct spdk_nvme_ctrlr *ctrlr, uint32_t prev_nsid)
{
	struct spdk_nvme_ns key = {.id = prev_nsid}, *ns;

	if (prev_nsid == UINT32_MAX) {
		return 0;
	}
	key.id = prev_nsid + 1;
	nvme_ctrlr_lock(ctrlr);
	ns = RB_NFIND(nvme_ns_tree, &ctrlr->ns, &key);
	while (ns != NULL && !ns->is_active) {
		ns = RB_NEXT(nvme_ns_tree, &ctrlr->ns, ns);
	}
	nvme_ctrlr_unlock(ctrlr);
	return ns != NULL ? ns->id : 0;
}
