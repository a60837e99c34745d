/* SPDX-License-Identifier: BSD-3-Clause */
/* Poll groups of this transport. */
#include "io/nvme/pcie.h"
#include "io/nvme/poll_group.h"
#include "spdk/likely.h"

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

/*
 * Its controller takes no commands until a reset, and the queue pair waits for that: a poll would
 * only say -ENXIO. One that is gone is not meant: a poll disconnects the queue pair then.
 */
static inline bool
is_stranded(const struct spdk_nvme_qpair *qpair)
{
	return spdk_unlikely(nvme_ctrlr_has_failed(qpair->ctrlr)) &&
	       !nvme_ctrlr_has_gone(qpair->ctrlr) &&
	       (qpair->state == NVME_QPAIR_ENABLED || qpair->state == NVME_QPAIR_CONNECTED);
}

static void
tell(struct spdk_nvme_qpair *qpair, spdk_nvme_disconnected_qpair_cb disconnected_cb)
{
	disconnected_cb(qpair, spdk_nvme_poll_group_get_ctx(qpair->poll_group));
}

static void
tell_stranded(struct spdk_nvme_transport_poll_group *group,
	      spdk_nvme_disconnected_qpair_cb disconnected_cb)
{
	struct spdk_nvme_qpair *qpair;

	for (qpair = STAILQ_FIRST(&group->connected_qpairs); qpair != NULL;
	     qpair = group->next_qpair) {
		group->next_qpair = STAILQ_NEXT(qpair, poll_group_link);
		if (is_stranded(qpair)) {
			tell(qpair, disconnected_cb);
		}
	}
}

static void
tell_disconnected(struct spdk_nvme_transport_poll_group *group,
		  spdk_nvme_disconnected_qpair_cb disconnected_cb)
{
	struct spdk_nvme_qpair *qpair;
	uint32_t left = 0;

	/* Those that a callback connects in vain come back at the end of the list. */
	STAILQ_FOREACH (qpair, &group->disconnected_qpairs, poll_group_link) {
		left++;
	}
	for (qpair = STAILQ_FIRST(&group->disconnected_qpairs); qpair != NULL && left > 0;
	     qpair = group->next_qpair, left--) {
		group->next_qpair = STAILQ_NEXT(qpair, poll_group_link);
		tell(qpair, disconnected_cb);
	}
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
		if (is_stranded(qpair)) {
			tell(qpair, disconnected_cb);
			continue;
		}
		count = spdk_nvme_qpair_process_completions(qpair, max_per_qpair);
		/* Those that have failed are in the other list now, or the next poll tells. */
		total += count > 0 ? count : 0;
	}
	tell_disconnected(group, disconnected_cb);
	return total;
}

void
pcie_group_check_disconnected(struct spdk_nvme_transport_poll_group *group,
			      spdk_nvme_disconnected_qpair_cb disconnected_cb)
{
	tell_stranded(group, disconnected_cb);
	tell_disconnected(group, disconnected_cb);
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
