/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Methods about the ways from threads to controllers, and what went by them. Each disk has one.
 */
#include "nvme_device.h"
#include "nvme_disk.h"
#include "nvme_link.h"
#include "nvme_rpc.h"
#include "spdk/rpc.h"
#include "spdk/string.h"

/*
 * A round over all threads that have a group or a path. Rounds visit one thread at a time, so that
 * what they gather needs no lock.
 */
struct gathering {
	struct spdk_jsonrpc_request *request;
	struct spdk_json_write_ctx *w;
	/* NULL: of all disks. */
	const struct nvme_disk *disk;
	struct spdk_bdev_io_stat stat;
	struct spdk_nvme_transport_id trid;
	char *name;
};

static struct gathering *
start_gathering(struct spdk_jsonrpc_request *request)
{
	struct gathering *gathering = calloc(1, sizeof(*gathering));

	if (gathering == NULL) {
		bdev_answer_refusal(request, -ENOMEM, NULL);
		return NULL;
	}
	gathering->request = request;
	return gathering;
}

static void
begin_groups(struct gathering *gathering)
{
	gathering->w = spdk_jsonrpc_begin_result(gathering->request);
	spdk_json_write_object_begin(gathering->w);
	spdk_json_write_named_array_begin(gathering->w, "poll_groups");
}

static void
groups_visited(struct spdk_io_channel_iter *i, int status)
{
	struct gathering *gathering = spdk_io_channel_iter_get_ctx(i);

	spdk_json_write_array_end(gathering->w);
	spdk_json_write_object_end(gathering->w);
	spdk_jsonrpc_end_result(gathering->request, gathering->w);
	free(gathering);
}

/* ---- bdev_nvme_get_io_paths ---- */

static void
write_path(struct spdk_json_write_ctx *w, const struct nvme_path *path)
{
	const struct nvme_dev *dev = path->disk->dev;
	const struct nvme_link *link = path->link;
	bool is_connected = link->qpair != NULL && !link->is_connecting && !link->is_broken;

	spdk_json_write_object_begin(w);
	spdk_json_write_named_string(w, "bdev_name", path->disk->bdev.name);
	spdk_json_write_named_uint16(w, "cntlid", spdk_nvme_ctrlr_get_id(dev->ctrlr));
	spdk_json_write_named_bool(w, "current", link->mode != NVME_LINK_DOWN);
	spdk_json_write_named_bool(w, "connected", is_connected);
	spdk_json_write_named_bool(w, "accessible", true);
	spdk_json_write_named_object_begin(w, "transport");
	bdev_nvme_write_trid(w, &dev->trid);
	spdk_json_write_object_end(w);
	spdk_json_write_object_end(w);
}

static void
visit_paths(struct spdk_io_channel_iter *i)
{
	struct nvme_group *group = spdk_io_channel_get_ctx(spdk_io_channel_iter_get_channel(i));
	struct gathering *gathering = spdk_io_channel_iter_get_ctx(i);
	struct spdk_json_write_ctx *w = gathering->w;
	const struct nvme_link *link;
	const struct nvme_path *path;

	spdk_json_write_object_begin(w);
	spdk_json_write_named_string(w, "thread", spdk_thread_get_name(group->thread));
	spdk_json_write_named_array_begin(w, "io_paths");
	TAILQ_FOREACH (link, &group->members, member_link) {
		TAILQ_FOREACH (path, &link->paths, node) {
			if (gathering->disk == NULL || gathering->disk == path->disk) {
				write_path(w, path);
			}
		}
	}
	spdk_json_write_array_end(w);
	spdk_json_write_object_end(w);
	spdk_for_each_channel_continue(i, 0);
}

static void
get_io_paths(struct spdk_jsonrpc_request *request, void *ctx)
{
	const struct nvme_name_params *params = ctx;
	const struct nvme_disk *disk = NULL;
	struct gathering *gathering;

	if (params->name != NULL) {
		disk = nvme_rpc_find_disk(request, params->name);
		if (disk == NULL) {
			return;
		}
	}
	gathering = start_gathering(request);
	if (gathering == NULL) {
		return;
	}
	gathering->disk = disk;
	begin_groups(gathering);
	spdk_for_each_channel(bdev_nvme_groups_device(), visit_paths, gathering, groups_visited);
}

SPINDLE_RPC_REGISTER("bdev_nvme_get_io_paths", get_io_paths, SPDK_RPC_RUNTIME,
		     &g_nvme_any_name_params,
		     "Lists the ways that I/Os of NVMe bdevs go, for each thread that has one")

/* ---- bdev_nvme_get_transport_statistics ---- */

static void
write_pcie(struct spdk_json_write_ctx *w, const struct spdk_nvme_pcie_stat *stat)
{
	spdk_json_write_named_uint64(w, "polls", stat->polls);
	spdk_json_write_named_uint64(w, "idle_polls", stat->idle_polls);
	spdk_json_write_named_uint64(w, "completions", stat->completions);
	spdk_json_write_named_uint64(w, "cq_mmio_doorbell_updates", stat->cq_mmio_doorbell_updates);
	spdk_json_write_named_uint64(w, "cq_shadow_doorbell_updates",
				     stat->cq_shadow_doorbell_updates);
	spdk_json_write_named_uint64(w, "queued_requests", stat->queued_requests);
	spdk_json_write_named_uint64(w, "submitted_requests", stat->submitted_requests);
	spdk_json_write_named_uint64(w, "sq_mmio_doorbell_updates", stat->sq_mmio_doorbell_updates);
	spdk_json_write_named_uint64(w, "sq_shadow_doorbell_updates",
				     stat->sq_shadow_doorbell_updates);
}

static void
write_transport(struct spdk_json_write_ctx *w,
		const struct spdk_nvme_transport_poll_group_stat *stat)
{
	spdk_json_write_object_begin(w);
	spdk_json_write_named_string(w, "trname", spdk_nvme_transport_id_trtype_str(stat->trtype));
	if (stat->trtype == SPDK_NVME_TRANSPORT_PCIE ||
	    stat->trtype == SPDK_NVME_TRANSPORT_VFIOUSER) {
		write_pcie(w, &stat->pcie);
	}
	spdk_json_write_object_end(w);
}

static void
visit_statistics(struct spdk_io_channel_iter *i)
{
	struct nvme_group *group = spdk_io_channel_get_ctx(spdk_io_channel_iter_get_channel(i));
	struct gathering *gathering = spdk_io_channel_iter_get_ctx(i);
	struct spdk_json_write_ctx *w = gathering->w;
	struct spdk_nvme_poll_group_stat *stat;
	uint32_t k;

	spdk_json_write_object_begin(w);
	spdk_json_write_named_string(w, "thread", spdk_thread_get_name(group->thread));
	spdk_json_write_named_array_begin(w, "transports");
	if (spdk_nvme_poll_group_get_stats(group->group, &stat) == 0) {
		for (k = 0; k < stat->num_transports; k++) {
			write_transport(w, stat->transport_stat[k]);
		}
		spdk_nvme_poll_group_free_stats(group->group, stat);
	}
	spdk_json_write_array_end(w);
	spdk_json_write_object_end(w);
	spdk_for_each_channel_continue(i, 0);
}

static void
get_transport_statistics(struct spdk_jsonrpc_request *request, void *ctx)
{
	struct gathering *gathering = start_gathering(request);

	if (gathering != NULL) {
		begin_groups(gathering);
		spdk_for_each_channel(bdev_nvme_groups_device(), visit_statistics, gathering,
				      groups_visited);
	}
}

SPINDLE_RPC_REGISTER("bdev_nvme_get_transport_statistics", get_transport_statistics,
		     SPDK_RPC_RUNTIME, NULL, "Tells what each thread's NVMe queue pairs have done")

/* ---- bdev_nvme_get_path_iostat ---- */

static void
visit_iostat(struct spdk_io_channel_iter *i)
{
	struct nvme_path *path = spdk_io_channel_get_ctx(spdk_io_channel_iter_get_channel(i));
	struct gathering *gathering = spdk_io_channel_iter_get_ctx(i);

	if (path->stat != NULL) {
		spdk_bdev_add_io_stat(&gathering->stat, path->stat);
	}
	spdk_for_each_channel_continue(i, 0);
}

static void
iostat_gathered(struct spdk_io_channel_iter *i, int status)
{
	struct gathering *gathering = spdk_io_channel_iter_get_ctx(i);
	struct spdk_json_write_ctx *w = spdk_jsonrpc_begin_result(gathering->request);

	spdk_json_write_object_begin(w);
	spdk_json_write_named_string(w, "name", gathering->name);
	spdk_json_write_named_array_begin(w, "stats");
	spdk_json_write_object_begin(w);
	spdk_json_write_named_object_begin(w, "trid");
	bdev_nvme_write_trid(w, &gathering->trid);
	spdk_json_write_object_end(w);
	spdk_json_write_named_object_begin(w, "stat");
	spdk_bdev_dump_io_stat_json(&gathering->stat, w);
	spdk_json_write_object_end(w);
	spdk_json_write_object_end(w);
	spdk_json_write_array_end(w);
	spdk_json_write_object_end(w);
	spdk_jsonrpc_end_result(gathering->request, w);
	free(gathering->name);
	free(gathering);
}

static void
get_path_iostat(struct spdk_jsonrpc_request *request, void *ctx)
{
	struct nvme_name_params *params = ctx;
	struct nvme_disk *disk = nvme_rpc_find_disk(request, params->name);
	struct bdev_reason reason = {""};
	struct gathering *gathering;

	if (disk == NULL) {
		return;
	}
	if (!g_bdev_nvme_opts.io_path_stat) {
		(void)bdev_refuse(&reason, -EPERM,
				  "paths are not counted: bdev_nvme_set_options with io_path_stat, "
				  "before controllers are attached, makes it so");
		bdev_answer_refusal(request, -EPERM, &reason);
		return;
	}
	gathering = start_gathering(request);
	if (gathering == NULL) {
		return;
	}
	gathering->name = params->name;
	params->name = NULL;
	gathering->trid = disk->dev->trid;
	spdk_bdev_reset_io_stat(&gathering->stat, SPDK_BDEV_RESET_STAT_ALL);
	spdk_for_each_channel(disk, visit_iostat, gathering, iostat_gathered);
}

SPINDLE_RPC_REGISTER("bdev_nvme_get_path_iostat", get_path_iostat, SPDK_RPC_RUNTIME,
		     &g_nvme_bdev_name_params,
		     "Tells counts and latencies of I/Os of an NVMe bdev, by "
		     "path")

/* ---- bdev_nvme_set_multipath_policy ---- */

struct policy_params {
	char *name;
	int policy;
	int selector;
	uint32_t rr_min_io;
};

static const struct spindle_rpc_param policy_members[] = {
	{.name = "name",
	 .kind = SPINDLE_RPC_STRING,
	 .is_required = true,
	 .offset = offsetof(struct policy_params, name),
	 .doc = "Name of the bdev"},
	{.name = "policy",
	 .kind = SPINDLE_RPC_ENUM,
	 .is_required = true,
	 .offset = offsetof(struct policy_params, policy),
	 .choices = g_nvme_policies,
	 .doc = "Which paths are used"},
	{.name = "selector",
	 .kind = SPINDLE_RPC_ENUM,
	 .offset = offsetof(struct policy_params, selector),
	 .choices = g_nvme_selectors,
	 .doc = "How one of several is chosen, with active_active (default: round_robin)"},
	{.name = "rr_min_io",
	 .kind = SPINDLE_RPC_UINT32,
	 .offset = offsetof(struct policy_params, rr_min_io),
	 .doc = "I/Os by one path before the next is taken, with round_robin"},
};

static const struct policy_params policy_defaults = {
	.selector = SPDK_BDEV_NVME_MULTIPATH_SELECTOR_ROUND_ROBIN,
	.rr_min_io = UINT32_MAX,
};

static const struct spindle_rpc_object policy_params =
	SPINDLE_RPC_OBJECT_WITH(struct policy_params, policy_members, &policy_defaults);

static void
set_multipath_policy(struct spdk_jsonrpc_request *request, void *ctx)
{
	const struct policy_params *params = ctx;
	struct bdev_reason reason = {""};

	if (nvme_rpc_find_disk(request, params->name) == NULL) {
		return;
	}
	if (params->rr_min_io == 0) {
		(void)bdev_refuse(&reason, -EINVAL, "rr_min_io is 0, and must be 1 at least");
		bdev_answer_refusal(request, -EINVAL, &reason);
		return;
	}
	spdk_bdev_nvme_set_multipath_policy(
		params->name, (enum spdk_bdev_nvme_multipath_policy)params->policy,
		(enum spdk_bdev_nvme_multipath_selector)params->selector, params->rr_min_io,
		bdev_answer_done, request);
}

SPINDLE_RPC_REGISTER("bdev_nvme_set_multipath_policy", set_multipath_policy, SPDK_RPC_RUNTIME,
		     &policy_params, "Says which of several paths an NVMe bdev uses")

/* ---- bdev_nvme_set_preferred_path ---- */

struct preferred_params {
	char *name;
	uint16_t cntlid;
};

static const struct spindle_rpc_param preferred_members[] = {
	{.name = "name",
	 .kind = SPINDLE_RPC_STRING,
	 .is_required = true,
	 .offset = offsetof(struct preferred_params, name),
	 .doc = "Name of the bdev"},
	{.name = "cntlid",
	 .kind = SPINDLE_RPC_UINT16,
	 .is_required = true,
	 .offset = offsetof(struct preferred_params, cntlid),
	 .doc = "Number of the controller whose path is preferred"},
};

static const struct spindle_rpc_object preferred_params =
	SPINDLE_RPC_OBJECT(struct preferred_params, preferred_members);

static void
set_preferred_path(struct spdk_jsonrpc_request *request, void *ctx)
{
	const struct preferred_params *params = ctx;
	struct nvme_disk *disk = nvme_rpc_find_disk(request, params->name);
	struct bdev_reason reason = {""};
	uint16_t cntlid;

	if (disk == NULL) {
		return;
	}
	cntlid = spdk_nvme_ctrlr_get_id(disk->dev->ctrlr);
	if (params->cntlid == cntlid) {
		/* It is the only one. */
		spdk_jsonrpc_send_bool_response(request, true);
		return;
	}
	(void)bdev_refuse(&reason, -ENODEV, "bdev %s has a path by controller %u, and none by %u",
			  params->name, cntlid, params->cntlid);
	bdev_answer_refusal(request, -ENODEV, &reason);
}

SPINDLE_RPC_REGISTER("bdev_nvme_set_preferred_path", set_preferred_path, SPDK_RPC_RUNTIME,
		     &preferred_params, "Says which path an NVMe bdev uses where it can")
