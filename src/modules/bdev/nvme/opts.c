/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What holds for all controllers, and what may be said of one; which combinations make sense.
 */
#include "bdev_nvme.h"
#include "nvme_device.h"
#include "spdk/json.h"
#include "spdk/string.h"

#define RETRY_COUNT_MAX UINT8_MAX
#define BURST_MAX       7u
#define WEIGHT_MAX      UINT8_MAX
#define ACK_TIMEOUT_MAX 31u
/* The ids of what authentication may use, as bits: none of them is forbidden. */
#define ALL_DIGESTS (SPDK_BIT(1) | SPDK_BIT(2) | SPDK_BIT(3))
#define ALL_DHGROUPS \
	(SPDK_BIT(0) | SPDK_BIT(1) | SPDK_BIT(2) | SPDK_BIT(3) | SPDK_BIT(4) | SPDK_BIT(5))

struct spdk_bdev_nvme_opts g_bdev_nvme_opts = {
	.opts_size = sizeof(struct spdk_bdev_nvme_opts),
	.action_on_timeout = SPDK_BDEV_NVME_TIMEOUT_ACTION_NONE,
	.keep_alive_timeout_ms = 10000,
	.transport_retry_count = 4,
	.nvme_adminq_poll_period_us = 10000,
	.delay_cmd_submit = true,
	.bdev_retry_count = 3,
	.dhchap_digests = ALL_DIGESTS,
	.dhchap_dhgroups = ALL_DHGROUPS,
	.multipath_policy = SPDK_BDEV_NVME_MULTIPATH_POLICY_ACTIVE_PASSIVE,
	.multipath_selector = SPDK_BDEV_NVME_MULTIPATH_SELECTOR_ROUND_ROBIN,
	.multipath_min_io = UINT32_MAX,
};
/* Somebody has set them: what is as it was from the beginning is not saved. */
static bool g_is_set;

/* ---- Checks ---- */

struct reconnect_times {
	int32_t loss_sec;
	uint32_t delay_sec;
	uint32_t fast_fail_sec;
};

/* The rules are those of bdev_nvme_attach_controller. */
static int
check_times(const struct reconnect_times *times, struct bdev_reason *reason)
{
	if (times->loss_sec < -1) {
		return bdev_refuse(reason, -EINVAL,
				   "ctrlr_loss_timeout_sec is %d: it is -1 (never give up), 0 (do "
				   "not try), or seconds",
				   times->loss_sec);
	}
	if (times->delay_sec == 0 && times->loss_sec != 0) {
		return bdev_refuse(
			reason, -EINVAL,
			"ctrlr_loss_timeout_sec is %d, and reconnect_delay_sec is 0: say "
			"how many seconds to wait between attempts",
			times->loss_sec);
	}
	if (times->delay_sec != 0 && times->loss_sec == 0) {
		return bdev_refuse(
			reason, -EINVAL,
			"reconnect_delay_sec is %u, and ctrlr_loss_timeout_sec is 0: say "
			"for how long to try, or -1 for ever",
			times->delay_sec);
	}
	if (times->loss_sec > 0 && times->delay_sec > (uint32_t)times->loss_sec) {
		return bdev_refuse(reason, -EINVAL,
				   "reconnect_delay_sec is %u, more than ctrlr_loss_timeout_sec, "
				   "which is %d: there would be no attempt",
				   times->delay_sec, times->loss_sec);
	}
	if (times->fast_fail_sec == 0) {
		return 0;
	}
	if (times->delay_sec == 0 || times->fast_fail_sec < times->delay_sec) {
		return bdev_refuse(reason, -EINVAL,
				   "fast_io_fail_timeout_sec is %u, less than reconnect_delay_sec, "
				   "which is %u and must not be 0 then",
				   times->fast_fail_sec, times->delay_sec);
	}
	if (times->loss_sec > 0 && times->fast_fail_sec >= (uint32_t)times->loss_sec) {
		return bdev_refuse(reason, -EINVAL,
				   "fast_io_fail_timeout_sec is %u: it must be less than "
				   "ctrlr_loss_timeout_sec, which is %d, or it never comes",
				   times->fast_fail_sec, times->loss_sec);
	}
	return 0;
}

static int
check_multipath(uint8_t policy, uint8_t selector, uint32_t min_io, struct bdev_reason *reason)
{
	if (policy > SPDK_BDEV_NVME_MULTIPATH_POLICY_ACTIVE_ACTIVE) {
		return bdev_refuse(reason, -EINVAL, "%u is no policy for several paths", policy);
	}
	if (selector < SPDK_BDEV_NVME_MULTIPATH_SELECTOR_ROUND_ROBIN ||
	    selector > SPDK_BDEV_NVME_MULTIPATH_SELECTOR_QUEUE_DEPTH) {
		return bdev_refuse(reason, -EINVAL, "%u is no selector of paths", selector);
	}
	if (min_io == 0) {
		return bdev_refuse(
			reason, -EINVAL,
			"min_io is 0: at least one I/O goes by a path before the next is "
			"taken");
	}
	return 0;
}

struct limit {
	const char *name;
	uint64_t value;
	uint64_t max;
};

static int
check_limits(const struct spdk_bdev_nvme_opts *opts, struct bdev_reason *reason)
{
	const struct limit limits[] = {
		{"transport_retry_count", opts->transport_retry_count, RETRY_COUNT_MAX},
		{"arbitration_burst", opts->arbitration_burst, BURST_MAX},
		{"low_priority_weight", opts->low_priority_weight, WEIGHT_MAX},
		{"medium_priority_weight", opts->medium_priority_weight, WEIGHT_MAX},
		{"high_priority_weight", opts->high_priority_weight, WEIGHT_MAX},
		{"transport_ack_timeout", opts->transport_ack_timeout, ACK_TIMEOUT_MAX},
	};
	size_t i;

	for (i = 0; i < SPDK_COUNTOF(limits); i++) {
		if (limits[i].value > limits[i].max) {
			return bdev_refuse(reason, -EINVAL,
					   "%s is %" PRIu64 "; %" PRIu64 " is the most",
					   limits[i].name, limits[i].value, limits[i].max);
		}
	}
	return 0;
}

static int
check_opts(const struct spdk_bdev_nvme_opts *opts, struct bdev_reason *reason)
{
	const struct reconnect_times times = {opts->ctrlr_loss_timeout_sec,
					      opts->reconnect_delay_sec,
					      opts->fast_io_fail_timeout_sec};
	int rc = check_limits(opts, reason);

	if (rc == 0 && opts->bdev_retry_count < -1) {
		rc = bdev_refuse(reason, -EINVAL,
				 "bdev_retry_count is %d: it is -1 (without end) or a number",
				 opts->bdev_retry_count);
	}
	if (rc == 0 &&
	    (unsigned int)opts->action_on_timeout > SPDK_BDEV_NVME_TIMEOUT_ACTION_ABORT) {
		rc = bdev_refuse(reason, -EINVAL, "%d is no action on a timeout",
				 (int)opts->action_on_timeout);
	}
	if (rc == 0) {
		rc = check_times(&times, reason);
	}
	if (rc == 0) {
		rc = check_multipath(opts->multipath_policy, opts->multipath_selector,
				     opts->multipath_min_io, reason);
	}
	return rc;
}

int
bdev_nvme_ctrlr_opts_check(const struct spdk_bdev_nvme_ctrlr_opts *opts, struct bdev_reason *reason)
{
	const struct reconnect_times times = {opts->ctrlr_loss_timeout_sec,
					      opts->reconnect_delay_sec,
					      opts->fast_io_fail_timeout_sec};
	int rc = check_times(&times, reason);

	if (rc == 0) {
		rc = check_multipath(opts->multipath_policy, opts->multipath_selector,
				     opts->multipath_min_io, reason);
	}
	return rc;
}

/* ---- What holds ---- */

int
bdev_nvme_opts_set(const struct spdk_bdev_nvme_opts *opts, struct bdev_reason *reason)
{
	int rc;

	if (bdev_nvme_first() != NULL || bdev_nvme_is_attaching()) {
		return bdev_refuse(
			reason, -EPERM,
			"there are controllers already, to which other options would not "
			"apply: set them before, or detach all");
	}
	rc = check_opts(opts, reason);
	if (rc == 0) {
		g_bdev_nvme_opts = *opts;
		g_bdev_nvme_opts.opts_size = sizeof(g_bdev_nvme_opts);
		g_is_set = true;
	}
	return rc;
}

void
spdk_bdev_nvme_get_opts(struct spdk_bdev_nvme_opts *opts, size_t opts_size)
{
	size_t known = spdk_min(opts_size, sizeof(g_bdev_nvme_opts));

	if (opts == NULL || opts_size < sizeof(opts->opts_size)) {
		SPDK_ERRLOG("spdk_bdev_nvme_get_opts(%p, %zu) has no room for options.\n",
			    (void *)opts, opts_size);
		return;
	}
	memcpy(opts, &g_bdev_nvme_opts, known);
	opts->opts_size = opts_size;
}

int
spdk_bdev_nvme_set_opts(const struct spdk_bdev_nvme_opts *opts)
{
	struct spdk_bdev_nvme_opts all = g_bdev_nvme_opts;
	struct bdev_reason reason = {""};
	int rc;

	if (opts == NULL || opts->opts_size < sizeof(opts->opts_size)) {
		SPDK_ERRLOG("spdk_bdev_nvme_set_opts() is given no options, or opts_size is not "
			    "set.\n");
		return -EINVAL;
	}
	memcpy(&all, opts, spdk_min(opts->opts_size, sizeof(all)));
	rc = bdev_nvme_opts_set(&all, &reason);
	if (rc != 0) {
		SPDK_ERRLOG("The options of NVMe bdevs are not changed: %s.\n", reason.text);
	}
	return rc;
}

void
spdk_bdev_nvme_get_default_ctrlr_opts(struct spdk_bdev_nvme_ctrlr_opts *opts)
{
	*opts = (struct spdk_bdev_nvme_ctrlr_opts){
		.ctrlr_loss_timeout_sec = g_bdev_nvme_opts.ctrlr_loss_timeout_sec,
		.reconnect_delay_sec = g_bdev_nvme_opts.reconnect_delay_sec,
		.fast_io_fail_timeout_sec = g_bdev_nvme_opts.fast_io_fail_timeout_sec,
		.multipath = true,
		.multipath_policy = g_bdev_nvme_opts.multipath_policy,
		.multipath_selector = g_bdev_nvme_opts.multipath_selector,
		.multipath_min_io = g_bdev_nvme_opts.multipath_min_io,
	};
}

/* ---- Configuration ---- */

static const char *const action_names[] = {"none", "reset", "abort"};

const char *
bdev_nvme_policy_name(uint8_t policy)
{
	return policy == SPDK_BDEV_NVME_MULTIPATH_POLICY_ACTIVE_ACTIVE ? "active_active" :
									 "active_passive";
}

const char *
bdev_nvme_selector_name(uint8_t selector)
{
	return selector == SPDK_BDEV_NVME_MULTIPATH_SELECTOR_QUEUE_DEPTH ? "queue_depth" :
									   "round_robin";
}

static void
write_names(struct spdk_json_write_ctx *w, const char *key, uint32_t ids,
	    const char *(*name_of)(int id))
{
	const char *name;
	int id;

	spdk_json_write_named_array_begin(w, key);
	for (id = 0; id < 32; id++) {
		name = (ids & SPDK_BIT(id)) != 0 ? name_of(id) : NULL;
		if (name != NULL) {
			spdk_json_write_string(w, name);
		}
	}
	spdk_json_write_array_end(w);
}

static void
write_timing(const struct spdk_bdev_nvme_opts *opts, struct spdk_json_write_ctx *w)
{
	spdk_json_write_named_string(w, "action_on_timeout", action_names[opts->action_on_timeout]);
	spdk_json_write_named_uint64(w, "timeout_us", opts->timeout_us);
	spdk_json_write_named_uint64(w, "timeout_admin_us", opts->timeout_admin_us);
	spdk_json_write_named_uint32(w, "keep_alive_timeout_ms", opts->keep_alive_timeout_ms);
	spdk_json_write_named_uint32(w, "arbitration_burst", opts->arbitration_burst);
	spdk_json_write_named_uint32(w, "low_priority_weight", opts->low_priority_weight);
	spdk_json_write_named_uint32(w, "medium_priority_weight", opts->medium_priority_weight);
	spdk_json_write_named_uint32(w, "high_priority_weight", opts->high_priority_weight);
	spdk_json_write_named_uint64(w, "nvme_adminq_poll_period_us",
				     opts->nvme_adminq_poll_period_us);
	spdk_json_write_named_uint64(w, "nvme_ioq_poll_period_us", opts->nvme_ioq_poll_period_us);
	spdk_json_write_named_uint32(w, "io_queue_requests", opts->io_queue_requests);
	spdk_json_write_named_bool(w, "delay_cmd_submit", opts->delay_cmd_submit);
	spdk_json_write_named_uint32(w, "transport_retry_count", opts->transport_retry_count);
	spdk_json_write_named_int32(w, "bdev_retry_count", opts->bdev_retry_count);
	spdk_json_write_named_uint8(w, "transport_ack_timeout", opts->transport_ack_timeout);
	spdk_json_write_named_int32(w, "ctrlr_loss_timeout_sec", opts->ctrlr_loss_timeout_sec);
	spdk_json_write_named_uint32(w, "reconnect_delay_sec", opts->reconnect_delay_sec);
	spdk_json_write_named_uint32(w, "fast_io_fail_timeout_sec", opts->fast_io_fail_timeout_sec);
}

static void
write_the_rest(const struct spdk_bdev_nvme_opts *opts, struct spdk_json_write_ctx *w)
{
	spdk_json_write_named_bool(w, "disable_auto_failback", opts->disable_auto_failback);
	spdk_json_write_named_bool(w, "generate_uuids", opts->generate_uuids);
	spdk_json_write_named_uint8(w, "transport_tos", opts->transport_tos);
	spdk_json_write_named_bool(w, "nvme_error_stat", opts->nvme_error_stat);
	spdk_json_write_named_bool(w, "io_path_stat", opts->io_path_stat);
	spdk_json_write_named_bool(w, "allow_accel_sequence", opts->allow_accel_sequence);
	spdk_json_write_named_uint32(w, "rdma_srq_size", opts->rdma_srq_size);
	spdk_json_write_named_uint32(w, "rdma_max_cq_size", opts->rdma_max_cq_size);
	spdk_json_write_named_uint16(w, "rdma_cm_event_timeout_ms", opts->rdma_cm_event_timeout_ms);
	write_names(w, "dhchap_digests", opts->dhchap_digests, spdk_nvme_dhchap_get_digest_name);
	write_names(w, "dhchap_dhgroups", opts->dhchap_dhgroups, spdk_nvme_dhchap_get_dhgroup_name);
	spdk_json_write_named_bool(w, "rdma_umr_per_io", opts->rdma_umr_per_io);
	spdk_json_write_named_uint32(w, "tcp_connect_timeout_ms", opts->tcp_connect_timeout_ms);
	spdk_json_write_named_bool(w, "enable_flush", opts->enable_flush);
	spdk_json_write_named_object_begin(w, "multipath_opts");
	spdk_json_write_named_string(w, "policy", bdev_nvme_policy_name(opts->multipath_policy));
	spdk_json_write_named_string(w, "selector",
				     bdev_nvme_selector_name(opts->multipath_selector));
	spdk_json_write_named_uint32(w, "min_io", opts->multipath_min_io);
	spdk_json_write_object_end(w);
}

void
bdev_nvme_opts_config_json(struct spdk_json_write_ctx *w)
{
	if (!g_is_set) {
		return;
	}
	spdk_json_write_object_begin(w);
	spdk_json_write_named_string(w, "method", "bdev_nvme_set_options");
	spdk_json_write_named_object_begin(w, "params");
	write_timing(&g_bdev_nvme_opts, w);
	write_the_rest(&g_bdev_nvme_opts, w);
	spdk_json_write_object_end(w);
	spdk_json_write_object_end(w);
}
