/* SPDX-License-Identifier: BSD-3-Clause */
/* Poll groups of this transport. */
#include "io/nvme/pcie.h"
#include "io/nvme/poll_group.h"

struct pcie_group {
	struct spdk_nvme_transport_poll_group base;
	/* Of all queue pairs that are or were in it. */
	struct spdk_nvme_pcie_stat stat;
};

static struct pcie_group *
pcie_group(struct spdk_nvme_transport_poll_group *group)
{
	return SPDK_CONTAINEROF(group, struct pcie_group, base);
}

struct spdk_nvme_pcie_stat *
pcie_stat_of(struct pcie_qpair *queue)
{
	return queue->base.transport_group == NULL ? &queue->own_stat :
						     &pcie_group(queue->base.transport_group)->stat;
}

struct spdk_nvme_transport_poll_group *
pcie_group_create(void)
{
	struct pcie_group *group = calloc(1, sizeof(*group));

	return group == NULL ? NULL : &group->base;
}

int
pcie_group_destroy(struct spdk_nvme_transport_poll_group *group)
{
	free(pcie_group(group));
	return 0;
}

int64_t
pcie_group_process(struct spdk_nvme_transport_poll_group *group, uint32_t max_per_qpair,
		   spdk_nvme_disconnected_qpair_cb disconnected_cb)
{
	struct spdk_nvme_qpair *qpair;
	int64_t total = 0;
	int32_t count;

	for (qpair = STAILQ_FIRST(&group->connected_qpairs); qpair != NULL;
	     qpair = group->next_qpair) {
		group->next_qpair = STAILQ_NEXT(qpair, poll_group_link);
		count = spdk_nvme_qpair_process_completions(qpair, max_per_qpair);
		/* Those that have failed are in the other list now, or wait for a reset. */
		total += count > 0 ? count : 0;
	}
	pcie_group_check_disconnected(group, disconnected_cb);
	return total;
}

void
pcie_group_check_disconnected(struct spdk_nvme_transport_poll_group *group,
			      spdk_nvme_disconnected_qpair_cb disconnected_cb)
{
	struct spdk_nvme_qpair *qpair;

	for (qpair = STAILQ_FIRST(&group->disconnected_qpairs); qpair != NULL;
	     qpair = group->next_qpair) {
		group->next_qpair = STAILQ_NEXT(qpair, poll_group_link);
		disconnected_cb(qpair, spdk_nvme_poll_group_get_ctx(group->group));
	}
}

int
pcie_group_get_stats(struct spdk_nvme_transport_poll_group *group,
		     struct spdk_nvme_transport_poll_group_stat **out_stats)
{
	struct spdk_nvme_transport_poll_group_stat *stats = calloc(1, sizeof(*stats));

	if (stats == NULL) {
		return -ENOMEM;
	}
	stats->trtype = SPDK_NVME_TRANSPORT_PCIE;
	stats->pcie = pcie_group(group)->stat;
	*out_stats = stats;
	return 0;
}

void
pcie_group_free_stats(struct spdk_nvme_transport_poll_group *group,
		      struct spdk_nvme_transport_poll_group_stat *stats)
{
	free(stats);
}
