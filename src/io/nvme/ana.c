/* SPDX-License-Identifier: BSD-3-Clause */
/* Asymmetric namespace access: the log page that tells how well this controller reaches which. */
#include "io/nvme/ctrlr.h"

#include "spdk/log.h"

/* A controller that claims to need more has the rest left out. */
#define PAGE_SIZE_MAX (1024u * 1024u)

size_t
nvme_ana_page_size(const struct spdk_nvme_ctrlr *ctrlr)
{
	uint64_t size, namespaces;

	if (!ctrlr->cdata.cmic.anars) {
		return 0;
	}
	namespaces = ctrlr->cdata.mnan != 0 ? ctrlr->cdata.mnan : ctrlr->cdata.nn;
	size = sizeof(struct spdk_nvme_ana_page) +
	       (uint64_t)ctrlr->cdata.nanagrpid * sizeof(struct spdk_nvme_ana_group_descriptor) +
	       namespaces * sizeof(uint32_t);
	size = spdk_min(size, (uint64_t)PAGE_SIZE_MAX);
	return (size_t)spdk_min(size, (uint64_t)ctrlr->max_xfer_size);
}

/* The group at `offset`; returns where the next one is, or `size` when it does not fit. */
static size_t
parse_group(struct spdk_nvme_ctrlr *ctrlr, const uint8_t *page, size_t offset, size_t size)
{
	struct spdk_nvme_ana_group_descriptor group;
	struct spdk_nvme_ns *ns;
	uint32_t nsid;

	if (size - offset < sizeof(group)) {
		return size;
	}
	memcpy(&group, page + offset, sizeof(group));
	offset += sizeof(group);
	for (uint32_t i = 0; i < group.num_of_nsid; i++) {
		if (size - offset < sizeof(nsid)) {
			return size;
		}
		memcpy(&nsid, page + offset, sizeof(nsid));
		offset += sizeof(nsid);
		ns = nvme_ns_find(ctrlr, nsid);
		if (ns != NULL && ns->is_active) {
			ns->ana_group_id = group.ana_group_id;
			ns->ana_state = group.ana_state;
		}
	}
	return offset;
}

void
nvme_ana_parse(struct spdk_nvme_ctrlr *ctrlr, const void *page, size_t size)
{
	size_t offset = sizeof(struct spdk_nvme_ana_page);
	struct spdk_nvme_ana_page head;

	if (size < sizeof(head)) {
		return;
	}
	memcpy(&head, page, sizeof(head));
	for (uint32_t i = 0; i < head.num_ana_group_desc && offset < size; i++) {
		offset = parse_group(ctrlr, page, offset, size);
	}
}
