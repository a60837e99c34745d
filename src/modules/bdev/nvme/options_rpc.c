/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * bdev_nvme_set_options. What is left out stays as it is.
 */
#include "nvme_rpc.h"
#include "spdk/rpc.h"

#define IDS_MAX 16u

struct options_params {
	struct spdk_bdev_nvme_opts opts;
	int action;
	struct nvme_multipath_params multipath;
	char *digests[IDS_MAX];
	size_t digests_count;
	char *dhgroups[IDS_MAX];
	size_t dhgroups_count;
	bool has_action, has_digests, has_dhgroups;
	/* For each member of `opts`, by its offset there. */
	bool is_given[sizeof(struct spdk_bdev_nvme_opts)];
};

#define OPTION(key, what, text)                                             \
	{                                                                   \
		.name = #key, .kind = SPINDLE_RPC_##what,                   \
		.offset = offsetof(struct options_params, opts.key),        \
		.given_offset = offsetof(struct options_params, is_given) + \
				offsetof(struct spdk_bdev_nvme_opts, key),  \
		.doc = (text)                                               \
	}

static const struct spindle_rpc_choice actions[] = {
	{"none", SPDK_BDEV_NVME_TIMEOUT_ACTION_NONE},
	{"reset", SPDK_BDEV_NVME_TIMEOUT_ACTION_RESET},
	{"abort", SPDK_BDEV_NVME_TIMEOUT_ACTION_ABORT},
	{NULL, 0},
};

static const struct spindle_rpc_param multipath_members[] = {
	{.name = "policy",
	 .kind = SPINDLE_RPC_ENUM,
	 .offset = offsetof(struct nvme_multipath_params, policy),
	 .choices = g_nvme_policies,
	 .doc = "Which paths are used (default: active_passive)"},
	{.name = "selector",
	 .kind = SPINDLE_RPC_ENUM,
	 .offset = offsetof(struct nvme_multipath_params, selector),
	 .choices = g_nvme_selectors,
	 .doc = "How one of several is chosen (default: round_robin)"},
	{.name = "min_io",
	 .kind = SPINDLE_RPC_UINT32,
	 .offset = offsetof(struct nvme_multipath_params, min_io),
	 .doc = "I/Os by one path before the next is taken"},
};

static const struct nvme_multipath_params multipath_unset = {-1, -1, 0};

static const struct spindle_rpc_object multipath_params =
	SPINDLE_RPC_OBJECT_WITH(struct nvme_multipath_params, multipath_members, &multipath_unset);

static const struct spindle_rpc_param digest = {
	.name = "digest", .kind = SPINDLE_RPC_STRING, .doc = "sha256, sha384 or sha512"};
static const struct spindle_rpc_param dhgroup = {
	.name = "dhgroup", .kind = SPINDLE_RPC_STRING, .doc = "null, or ffdhe2048 to ffdhe8192"};

static const struct spindle_rpc_param options_members[] = {
	{.name = "action_on_timeout",
	 .kind = SPINDLE_RPC_ENUM,
	 .offset = offsetof(struct options_params, action),
	 .given_offset = offsetof(struct options_params, has_action),
	 .choices = actions,
	 .doc = "What is done about commands that take too long (default: none)"},
	OPTION(timeout_us, UINT64,
	       "How long an I/O command may take, in us; 0: any time (default: "
	       "0)"),
	OPTION(timeout_admin_us, UINT64,
	       "How long an admin command may take, in us; 0: as "
	       "timeout_us (default: 0)"),
	OPTION(keep_alive_timeout_ms, UINT32,
	       "Between signs of life, for fabrics, in ms (default: "
	       "10000)"),
	OPTION(arbitration_burst, UINT32,
	       "Commands that a controller takes of a queue at a time, "
	       "as a power of 2; 7: any number (default: 0)"),
	OPTION(low_priority_weight, UINT32, "Of queues of low priority, 0 to 255 (default: 0)"),
	OPTION(medium_priority_weight, UINT32,
	       "Of queues of medium priority, 0 to 255 (default: "
	       "0)"),
	OPTION(high_priority_weight, UINT32, "Of queues of high priority, 0 to 255 (default: 0)"),
	OPTION(nvme_adminq_poll_period_us, UINT64,
	       "How often admin queues are looked at, in us "
	       "(default: 10000)"),
	OPTION(nvme_ioq_poll_period_us, UINT64,
	       "How often I/O queues are looked at, in us; 0: by "
	       "interrupts where there are any, else as often as "
	       "possible (default: 0)"),
	OPTION(io_queue_requests, UINT32,
	       "Requests of an I/O queue; 0: as the driver has it "
	       "(default: 0)"),
	OPTION(delay_cmd_submit, BOOL,
	       "Commands of a turn are given to the controller together "
	       "(default: true)"),
	OPTION(transport_retry_count, UINT32,
	       "How often the driver tries a command again, 0 to "
	       "255 (default: 4)"),
	OPTION(bdev_retry_count, INT32,
	       "How often an I/O is tried again, -1: without end "
	       "(default: 3)"),
	OPTION(transport_ack_timeout, UINT8, "For RDMA and TCP, 0 to 31 (default: 0)"),
	OPTION(ctrlr_loss_timeout_sec, INT32,
	       "For how long a controller is tried that does not "
	       "come back, in s; -1: for ever, 0: not (default: 0)"),
	OPTION(reconnect_delay_sec, UINT32,
	       "Time between attempts, in s; 0: there are none "
	       "(default: 0)"),
	OPTION(fast_io_fail_timeout_sec, UINT32,
	       "How long I/O waits for it, in s; 0: until it "
	       "comes or is given up (default: 0)"),
	OPTION(disable_auto_failback, BOOL,
	       "Do not go back to a preferred path by itself "
	       "(default: false)"),
	OPTION(generate_uuids, BOOL,
	       "Make UUIDs for namespaces that have none, the same each time "
	       "(default: false)"),
	OPTION(transport_tos, UINT8, "Type of service, for RDMA (default: 0)"),
	OPTION(nvme_error_stat, BOOL, "Count errors by their status (default: false)"),
	OPTION(rdma_srq_size, UINT32, "For RDMA (default: 0)"),
	OPTION(io_path_stat, BOOL, "Count I/Os by path (default: false)"),
	OPTION(allow_accel_sequence, BOOL,
	       "Hand sequences of accel through to controllers that "
	       "take them (default: false)"),
	OPTION(rdma_max_cq_size, UINT32, "For RDMA (default: 0)"),
	OPTION(rdma_cm_event_timeout_ms, UINT16, "For RDMA (default: 0)"),
	{.name = "dhchap_digests",
	 .kind = SPINDLE_RPC_ARRAY_OF,
	 .offset = offsetof(struct options_params, digests),
	 .given_offset = offsetof(struct options_params, has_digests),
	 .element = &digest,
	 .stride = sizeof(char *),
	 .max = IDS_MAX,
	 .count_offset = offsetof(struct options_params, digests_count),
	 .doc = "Digests that authentication may use (default: all)"},
	{.name = "dhchap_dhgroups",
	 .kind = SPINDLE_RPC_ARRAY_OF,
	 .offset = offsetof(struct options_params, dhgroups),
	 .given_offset = offsetof(struct options_params, has_dhgroups),
	 .element = &dhgroup,
	 .stride = sizeof(char *),
	 .max = IDS_MAX,
	 .count_offset = offsetof(struct options_params, dhgroups_count),
	 .doc = "Groups that authentication may use (default: all)"},
	OPTION(rdma_umr_per_io, BOOL, "For RDMA (default: false)"),
	OPTION(tcp_connect_timeout_ms, UINT32, "For TCP, in ms; 0: any time (default: 0)"),
	OPTION(enable_flush, BOOL,
	       "Hand flushes to controllers with a volatile write cache; "
	       "without it they end at once (default: false)"),
	{.name = "multipath_opts",
	 .kind = SPINDLE_RPC_OBJECT_OF,
	 .offset = offsetof(struct options_params, multipath),
	 .members = &multipath_params,
	 .doc = "Options for several paths"},
};

static const struct options_params options_defaults = {.multipath = {-1, -1, 0}};

static const struct spindle_rpc_object options_params =
	SPINDLE_RPC_OBJECT_WITH(struct options_params, options_members, &options_defaults);

static size_t
size_of(enum spindle_rpc_kind kind)
{
	switch (kind) {
	case SPINDLE_RPC_BOOL:
		return sizeof(bool);
	case SPINDLE_RPC_UINT8:
		return sizeof(uint8_t);
	case SPINDLE_RPC_UINT16:
		return sizeof(uint16_t);
	case SPINDLE_RPC_UINT64:
		return sizeof(uint64_t);
	default:
		return sizeof(uint32_t);
	}
}

static void
copy_given(const struct options_params *params, struct spdk_bdev_nvme_opts *opts)
{
	const struct spindle_rpc_param *member;
	size_t i;

	for (i = 0; i < SPDK_COUNTOF(options_members); i++) {
		member = &options_members[i];
		if (member->offset < sizeof(*opts) && params->is_given[member->offset]) {
			memcpy((char *)opts + member->offset,
			       (const char *)&params->opts + member->offset, size_of(member->kind));
		}
	}
}

static int
ids_of(char *const *names, size_t count, int (*id_of)(const char *name), uint32_t *out_ids,
       struct bdev_reason *reason)
{
	uint32_t ids = 0;
	size_t i;
	int id;

	for (i = 0; i < count; i++) {
		id = id_of(names[i]);
		if (id < 0 || id >= 32) {
			return bdev_refuse(reason, -EINVAL,
					   "'%s' is nothing that authentication can use", names[i]);
		}
		ids |= SPDK_BIT(id);
	}
	*out_ids = ids;
	return 0;
}

static int
apply(const struct options_params *params, struct bdev_reason *reason)
{
	struct spdk_bdev_nvme_opts opts = g_bdev_nvme_opts;
	int rc = 0;

	copy_given(params, &opts);
	if (params->has_action) {
		opts.action_on_timeout = (enum spdk_bdev_timeout_action)params->action;
	}
	if (params->multipath.policy >= 0) {
		opts.multipath_policy = (uint8_t)params->multipath.policy;
	}
	if (params->multipath.selector >= 0) {
		opts.multipath_selector = (uint8_t)params->multipath.selector;
	}
	if (params->multipath.min_io != 0) {
		opts.multipath_min_io = params->multipath.min_io;
	}
	if (params->has_digests) {
		rc = ids_of(params->digests, params->digests_count, spdk_nvme_dhchap_get_digest_id,
			    &opts.dhchap_digests, reason);
	}
	if (rc == 0 && params->has_dhgroups) {
		rc = ids_of(params->dhgroups, params->dhgroups_count,
			    spdk_nvme_dhchap_get_dhgroup_id, &opts.dhchap_dhgroups, reason);
	}
	return rc != 0 ? rc : bdev_nvme_opts_set(&opts, reason);
}

SPDK_STATIC_ASSERT(offsetof(struct options_params, opts) == 0,
		   "offsets in the table are those in the options");

static void
set_options(struct spdk_jsonrpc_request *request, void *ctx)
{
	struct bdev_reason reason = {""};
	int rc = apply(ctx, &reason);

	if (rc == 0) {
		spdk_jsonrpc_send_bool_response(request, true);
	} else {
		bdev_answer_refusal(request, rc, &reason);
	}
}

SPINDLE_RPC_REGISTER("bdev_nvme_set_options", set_options, SPDK_RPC_STARTUP | SPDK_RPC_RUNTIME,
		     &options_params,
		     "Sets options of all NVMe controllers that are attached later")
