/* SPDX-License-Identifier: BSD-3-Clause */
#include "io/nvme/poll_group.h"

#include "io/nvme/ctrlr.h"
#include "spdk/log.h"

struct spdk_nvme_poll_group *
spdk_nvme_poll_group_create(void *ctx, struct spdk_nvme_accel_fn_table *table)
{
	struct spdk_nvme_poll_group *group = calloc(1, sizeof(*group));

	if (group == NULL) {
		return NULL;
	}
	group->ctx = ctx;
	STAILQ_INIT(&group->transport_groups);
	if (nvme_group_interrupts_init(group) != 0) {
		free(group);
		return NULL;
	}
	return group;
}

int
spdk_nvme_poll_group_destroy(struct spdk_nvme_poll_group *group)
{
	struct spdk_nvme_transport_poll_group *tgroup;

	STAILQ_FOREACH (tgroup, &group->transport_groups, link) {
		if (!STAILQ_EMPTY(&tgroup->connected_qpairs) ||
		    !STAILQ_EMPTY(&tgroup->disconnected_qpairs)) {
			return -EBUSY;
		}
	}
	while ((tgroup = STAILQ_FIRST(&group->transport_groups)) != NULL) {
		STAILQ_REMOVE_HEAD(&group->transport_groups, link);
		tgroup->transport->ops.poll_group_destroy(tgroup);
	}
	nvme_group_interrupts_fini(group);
	free(group);
	return 0;
}

void *
spdk_nvme_poll_group_get_ctx(struct spdk_nvme_poll_group *group)
{
	return group->ctx;
}

static struct spdk_nvme_transport_poll_group *
find_transport_group(struct spdk_nvme_poll_group *group, const struct nvme_transport *transport)
{
	struct spdk_nvme_transport_poll_group *tgroup;

	STAILQ_FOREACH (tgroup, &group->transport_groups, link) {
		if (tgroup->transport == transport) {
			break;
		}
	}
	return tgroup;
}

static struct spdk_nvme_transport_poll_group *
make_transport_group(struct spdk_nvme_poll_group *group, const struct nvme_transport *transport)
{
	struct spdk_nvme_transport_poll_group *tgroup;

	tgroup = transport->ops.poll_group_create();
	if (tgroup == NULL) {
		return NULL;
	}
	tgroup->group = group;
	tgroup->transport = transport;
	STAILQ_INIT(&tgroup->connected_qpairs);
	STAILQ_INIT(&tgroup->disconnected_qpairs);
	STAILQ_INSERT_TAIL(&group->transport_groups, tgroup, link);
	return tgroup;
}

int
spdk_nvme_poll_group_add(struct spdk_nvme_poll_group *group, struct spdk_nvme_qpair *qpair)
{
	struct spdk_nvme_transport_poll_group *tgroup;

	if (qpair->state != NVME_QPAIR_DISCONNECTED || qpair->poll_group != NULL) {
		return -EINVAL;
	}
	if (qpair->transport->ops.poll_group_create == NULL) {
		return -ENODEV;
	}
	tgroup = find_transport_group(group, qpair->transport);
	if (tgroup == NULL) {
		tgroup = make_transport_group(group, qpair->transport);
	}
	if (tgroup == NULL) {
		return -ENOMEM;
	}
	qpair->poll_group = group;
	qpair->transport_group = tgroup;
	qpair->is_in_disconnected_list = true;
	STAILQ_INSERT_TAIL(&tgroup->disconnected_qpairs, qpair, poll_group_link);
	return 0;
}

/* Out of the list that it is in; a walk that would come to it goes past it. */
static void
take_out(struct spdk_nvme_qpair *qpair)
{
	struct spdk_nvme_transport_poll_group *tgroup = qpair->transport_group;

	if (tgroup->next_qpair == qpair) {
		tgroup->next_qpair = STAILQ_NEXT(qpair, poll_group_link);
	}
	if (qpair->is_in_disconnected_list) {
		STAILQ_REMOVE(&tgroup->disconnected_qpairs, qpair, spdk_nvme_qpair,
			      poll_group_link);
		return;
	}
	STAILQ_REMOVE(&tgroup->connected_qpairs, qpair, spdk_nvme_qpair, poll_group_link);
}

int
spdk_nvme_poll_group_remove(struct spdk_nvme_poll_group *group, struct spdk_nvme_qpair *qpair)
{
	if (qpair->poll_group != group) {
		return -ENOENT;
	}
	if (!qpair->is_in_disconnected_list) {
		return -EINVAL;
	}
	nvme_poll_group_forget(qpair);
	return 0;
}

void
nvme_poll_group_forget(struct spdk_nvme_qpair *qpair)
{
	if (qpair->poll_group == NULL) {
		return;
	}
	/* Disconnecting it came first, and took its interrupt out. */
	assert(qpair->is_in_disconnected_list && qpair->group_fd == NULL);
	take_out(qpair);
	qpair->poll_group = NULL;
	qpair->transport_group = NULL;
	qpair->is_in_disconnected_list = false;
}

void
nvme_poll_group_connecting(struct spdk_nvme_qpair *qpair)
{
	struct spdk_nvme_transport_poll_group *tgroup = qpair->transport_group;

	if (tgroup == NULL || !qpair->is_in_disconnected_list) {
		return;
	}
	take_out(qpair);
	qpair->is_in_disconnected_list = false;
	STAILQ_INSERT_TAIL(&tgroup->connected_qpairs, qpair, poll_group_link);
	nvme_group_add_fd(qpair->poll_group, qpair);
	/* What is begun goes on only when it is polled. */
	nvme_group_signal(qpair->poll_group);
}

void
nvme_poll_group_disconnected(struct spdk_nvme_qpair *qpair)
{
	struct spdk_nvme_transport_poll_group *tgroup = qpair->transport_group;

	if (tgroup == NULL || qpair->is_in_disconnected_list) {
		return;
	}
	nvme_group_remove_fd(qpair->poll_group, qpair);
	take_out(qpair);
	qpair->is_in_disconnected_list = true;
	STAILQ_INSERT_TAIL(&tgroup->disconnected_qpairs, qpair, poll_group_link);
	nvme_group_signal(qpair->poll_group);
}

int64_t
spdk_nvme_poll_group_process_completions(struct spdk_nvme_poll_group *group,
					 uint32_t completions_per_qpair,
					 spdk_nvme_disconnected_qpair_cb disconnected_qpair_cb)
{
	struct spdk_nvme_transport_poll_group *tgroup;
	int64_t count, total = 0;

	if (disconnected_qpair_cb == NULL) {
		return -EINVAL;
	}
	if (group->is_processing) {
		/* From a callback: whoever called that goes on with it. */
		return 0;
	}
	group->is_processing = true;
	STAILQ_FOREACH (tgroup, &group->transport_groups, link) {
		count = tgroup->transport->ops.poll_group_process_completions(
			tgroup, completions_per_qpair, disconnected_qpair_cb);
		if (count < 0 && total >= 0) {
			total = count;
		} else if (count > 0 && total >= 0) {
			total += count;
		}
	}
	group->is_processing = false;
	return total;
}

int
spdk_nvme_poll_group_all_connected(struct spdk_nvme_poll_group *group)
{
	struct spdk_nvme_transport_poll_group *tgroup;
	struct spdk_nvme_qpair *qpair;
	int rc = 0;

	STAILQ_FOREACH (tgroup, &group->transport_groups, link) {
		if (!STAILQ_EMPTY(&tgroup->disconnected_qpairs)) {
			return -EIO;
		}
		STAILQ_FOREACH (qpair, &tgroup->connected_qpairs, poll_group_link) {
			if (qpair->state == NVME_QPAIR_DISCONNECTING) {
				return -EIO;
			}
			if (qpair->state == NVME_QPAIR_CONNECTING) {
				rc = -EAGAIN;
			}
		}
	}
	return rc;
}

void
spdk_nvme_poll_group_free_stats(struct spdk_nvme_poll_group *group,
				struct spdk_nvme_poll_group_stat *stat)
{
	struct spdk_nvme_transport_poll_group *tgroup = STAILQ_FIRST(&group->transport_groups);

	if (stat == NULL) {
		return;
	}
	/* In the order in which they were gathered; groups are only ever added behind. */
	for (uint32_t i = 0; i < stat->num_transports; i++) {
		while (tgroup->transport->ops.poll_group_get_stats == NULL) {
			tgroup = STAILQ_NEXT(tgroup, link);
		}
		tgroup->transport->ops.poll_group_free_stats(tgroup, stat->transport_stat[i]);
		tgroup = STAILQ_NEXT(tgroup, link);
	}
	free(stat->transport_stat);
	free(stat);
}

int
spdk_nvme_poll_group_get_stats(struct spdk_nvme_poll_group *group,
			       struct spdk_nvme_poll_group_stat **stats)
{
	struct spdk_nvme_transport_poll_group *tgroup;
	struct spdk_nvme_poll_group_stat *stat = calloc(1, sizeof(*stat));
	size_t count = 0;
	int rc;

	if (stat == NULL) {
		return -ENOMEM;
	}
	STAILQ_FOREACH (tgroup, &group->transport_groups, link) {
		count++;
	}
	stat->transport_stat = calloc(spdk_max(count, 1u), sizeof(*stat->transport_stat));
	if (stat->transport_stat == NULL) {
		free(stat);
		return -ENOMEM;
	}
	STAILQ_FOREACH (tgroup, &group->transport_groups, link) {
		if (tgroup->transport->ops.poll_group_get_stats == NULL) {
			continue;
		}
		rc = tgroup->transport->ops.poll_group_get_stats(
			tgroup, &stat->transport_stat[stat->num_transports]);
		if (rc != 0) {
			spdk_nvme_poll_group_free_stats(group, stat);
			return rc;
		}
		stat->num_transports++;
	}
	*stats = stat;
	return 0;
}
