/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The descriptors of a poll group: one for each interrupt that its queue pairs have, which several
 * may share, and one of its own.
 */
#include "env/env_internal.h"
#include "io/nvme/ctrlr.h"
#include "io/nvme/poll_group.h"
#include "spdk/log.h"

/* An interrupt, and how many queue pairs of the group come by it. */
struct nvme_group_fd {
	struct spdk_nvme_poll_group *group;
	int fd;
	uint32_t users;
	TAILQ_ENTRY(nvme_group_fd) link;
};

static int
on_event(void *arg)
{
	struct spdk_nvme_poll_group *group = arg;

	if (group->interrupt_cb_fn != NULL) {
		group->interrupt_cb_fn(group, group->interrupt_cb_arg);
	}
	return 0;
}

int
nvme_group_interrupts_init(struct spdk_nvme_poll_group *group)
{
	struct spdk_event_handler_opts opts = {0};
	int rc;

	TAILQ_INIT(&group->shared_fds);
	rc = spdk_fd_group_create(&group->fds);
	if (rc != 0) {
		return rc;
	}
	group->event_fd = env_event_create();
	if (group->event_fd < 0) {
		spdk_fd_group_destroy(group->fds);
		return group->event_fd;
	}
	spdk_fd_group_get_default_event_handler_opts(&opts, sizeof(opts));
	opts.fd_type = SPDK_FD_TYPE_EVENTFD;
	rc = SPDK_FD_GROUP_ADD_EXT(group->fds, group->event_fd, on_event, group, &opts);
	if (rc != 0) {
		close(group->event_fd);
		spdk_fd_group_destroy(group->fds);
	}
	return rc;
}

void
nvme_group_interrupts_fini(struct spdk_nvme_poll_group *group)
{
	assert(TAILQ_EMPTY(&group->shared_fds));
	spdk_fd_group_remove(group->fds, group->event_fd);
	close(group->event_fd);
	spdk_fd_group_destroy(group->fds);
}

void
nvme_group_signal(struct spdk_nvme_poll_group *group)
{
	if (group->interrupt_cb_fn != NULL) {
		env_event_signal(group->event_fd);
	}
}

static int
on_interrupt(void *arg)
{
	/* It may go in a callback, and is only compared after that. */
	struct nvme_group_fd *entry = arg;
	struct spdk_nvme_transport_poll_group *tgroup;
	struct spdk_nvme_poll_group *group = entry->group;
	struct spdk_nvme_qpair *qpair;
	bool was_processing = group->is_processing;
	int32_t count;
	int total = 0;

	group->is_processing = true;
	STAILQ_FOREACH (tgroup, &group->transport_groups, link) {
		for (qpair = STAILQ_FIRST(&tgroup->connected_qpairs); qpair != NULL;
		     qpair = tgroup->next_qpair) {
			tgroup->next_qpair = STAILQ_NEXT(qpair, poll_group_link);
			count = qpair->group_fd == entry ?
					spdk_nvme_qpair_process_completions(qpair, 0) :
					0;
			total += count > 0 ? count : 0;
		}
	}
	group->is_processing = was_processing;
	return total;
}

static struct nvme_group_fd *
find_fd(struct spdk_nvme_poll_group *group, int fd)
{
	struct nvme_group_fd *entry;

	TAILQ_FOREACH (entry, &group->shared_fds, link) {
		if (entry->fd == fd) {
			break;
		}
	}
	return entry;
}

/* NULL and *out_rc, if there is no memory, or the descriptor cannot be waited for. */
static struct nvme_group_fd *
make_fd(struct spdk_nvme_poll_group *group, int fd, struct spdk_event_handler_opts *opts,
	int *out_rc)
{
	struct nvme_group_fd *entry = calloc(1, sizeof(*entry));

	if (entry == NULL) {
		*out_rc = -ENOMEM;
		return NULL;
	}
	entry->group = group;
	entry->fd = fd;
	*out_rc = SPDK_FD_GROUP_ADD_EXT(group->fds, fd, on_interrupt, entry, opts);
	if (*out_rc != 0) {
		free(entry);
		return NULL;
	}
	TAILQ_INSERT_TAIL(&group->shared_fds, entry, link);
	return entry;
}

void
nvme_group_add_fd(struct spdk_nvme_poll_group *group, struct spdk_nvme_qpair *qpair)
{
	struct spdk_event_handler_opts opts = {.opts_size = sizeof(opts)};
	struct nvme_group_fd *entry = NULL;
	int fd, rc;

	if (!qpair->ctrlr->opts.enable_interrupts) {
		return;
	}
	fd = rc = nvme_transport_qpair_fd(qpair, &opts);
	if (fd >= 0) {
		entry = find_fd(group, fd);
	}
	if (fd >= 0 && entry == NULL) {
		entry = make_fd(group, fd, &opts, &rc);
	}
	if (entry == NULL) {
		SPDK_ERRLOG("NVMe controller %s, queue pair %u: its interrupt cannot be waited for "
			    "in a poll group: %s\n",
			    nvme_ctrlr_name(qpair->ctrlr), qpair->id, spdk_strerror(-rc));
		return;
	}
	entry->users++;
	qpair->group_fd = entry;
}

void
nvme_group_remove_fd(struct spdk_nvme_poll_group *group, struct spdk_nvme_qpair *qpair)
{
	struct nvme_group_fd *entry = qpair->group_fd;

	qpair->group_fd = NULL;
	if (entry == NULL || --entry->users > 0) {
		return;
	}
	TAILQ_REMOVE(&group->shared_fds, entry, link);
	spdk_fd_group_remove(group->fds, entry->fd);
	free(entry);
}

/* Otherwise a wait might miss completions for ever. */
static bool
all_have_fds(struct spdk_nvme_poll_group *group)
{
	struct spdk_nvme_transport_poll_group *tgroup;
	struct spdk_nvme_qpair *qpair;

	STAILQ_FOREACH (tgroup, &group->transport_groups, link) {
		STAILQ_FOREACH (qpair, &tgroup->connected_qpairs, poll_group_link) {
			if (qpair->group_fd == NULL) {
				SPDK_ERRLOG(
					"NVMe controller %s, queue pair %u has no interrupt: set "
					"enable_interrupts in the options of its controller, or "
					"poll the group\n",
					nvme_ctrlr_name(qpair->ctrlr), qpair->id);
				return false;
			}
		}
	}
	return true;
}

static void
check_disconnected(struct spdk_nvme_poll_group *group,
		   spdk_nvme_disconnected_qpair_cb disconnected_qpair_cb)
{
	struct spdk_nvme_transport_poll_group *tgroup;

	group->is_processing = true;
	STAILQ_FOREACH (tgroup, &group->transport_groups, link) {
		if (tgroup->transport->ops.poll_group_check_disconnected_qpairs != NULL) {
			tgroup->transport->ops.poll_group_check_disconnected_qpairs(
				tgroup, disconnected_qpair_cb);
		}
	}
	group->is_processing = false;
}

int
spdk_nvme_poll_group_wait(struct spdk_nvme_poll_group *group,
			  spdk_nvme_disconnected_qpair_cb disconnected_qpair_cb)
{
	if (disconnected_qpair_cb == NULL) {
		return -EINVAL;
	}
	if (group->is_processing) {
		/* From a callback: whoever called that goes on with it. */
		return 0;
	}
	if (!all_have_fds(group)) {
		return -EINVAL;
	}
	check_disconnected(group, disconnected_qpair_cb);
	return spdk_fd_group_wait(group->fds, -1);
}

struct spdk_fd_group *
spdk_nvme_poll_group_get_fd_group(struct spdk_nvme_poll_group *group)
{
	return group->fds;
}

int
spdk_nvme_poll_group_set_interrupt_callback(struct spdk_nvme_poll_group *group,
					    spdk_nvme_poll_group_interrupt_cb cb_fn, void *cb_ctx)
{
	if (group->interrupt_cb_fn != NULL && cb_fn != NULL) {
		return -EEXIST;
	}
	group->interrupt_cb_fn = cb_fn;
	group->interrupt_cb_arg = cb_ctx;
	return 0;
}
