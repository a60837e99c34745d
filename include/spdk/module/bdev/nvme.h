/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * \file
 * The bdev module `nvme`: namespaces of NVMe controllers as block devices.
 *
 * A controller group has a name and one NVM subsystem behind it, reached by one controller or,
 * with multipath, by several. Each active namespace becomes a block device: namespace 1 of group
 * `Nvme0` is `Nvme0n1`. A namespace that goes takes its device along, one that comes brings one.
 *
 * Thread: the application's, unless a function says otherwise. Callbacks run there too.
 *
 * Over fabrics: until there is a transport for them, what names one is answered with -ENOTSUP.
 * Source: the module of SPDK and its JSON-RPC methods, whose names for the options are these.
 */
#ifndef SPDK_MODULE_BDEV_NVME_H_
#define SPDK_MODULE_BDEV_NVME_H_

#include "spdk/nvme.h"

#ifdef __cplusplus
extern "C" {
#endif

/** A controller group. Valid until it is deleted; do not keep it beyond a turn of the thread. */
struct spdk_bdev_nvme_ctrlr;

/**
 * How spdk_bdev_nvme_create() ended.
 *
 * Shape: bdev_count names have been written to `names`: those of all devices of the controller,
 *   as far as there was room; where `names` is NULL, it is how many devices there are. With rc
 *   other than 0 it is 0.
 * Errors: rc is 0 or -errno: -ENODEV: there is no such controller; -ENXIO: it has gone meanwhile;
 *   -ETIMEDOUT: it did not become ready; -ECANCELED: the application ends; -EEXIST: a device has
 *   the name already; -ENOMEM; others as the driver gave them.
 */
typedef void (*spdk_bdev_nvme_create_cb)(void *ctx, size_t bdev_count, int rc);

/** rc is 0 or -errno: -ENODEV: there is no such device; -ENOMEM. */
typedef void (*spdk_bdev_nvme_set_multipath_policy_cb)(void *cb_arg, int rc);

/** The group or path has gone: rc is 0. Else -errno, and it is as it was. */
typedef void (*spdk_bdev_nvme_delete_cb)(void *ctx, int rc);

/** Which of several paths an I/O takes. */
enum spdk_bdev_nvme_multipath_policy {
	/** One path, as long as it works. */
	SPDK_BDEV_NVME_MULTIPATH_POLICY_ACTIVE_PASSIVE,
	/** All of those that are equally good, by the selector. */
	SPDK_BDEV_NVME_MULTIPATH_POLICY_ACTIVE_ACTIVE,
};

/** How ACTIVE_ACTIVE chooses. */
enum spdk_bdev_nvme_multipath_selector {
	/** The next path after each multipath_min_io I/Os. */
	SPDK_BDEV_NVME_MULTIPATH_SELECTOR_ROUND_ROBIN = 1,
	/** The path with the fewest I/Os under way. */
	SPDK_BDEV_NVME_MULTIPATH_SELECTOR_QUEUE_DEPTH,
};

/** Older names of the same values. */
#define BDEV_NVME_MP_POLICY_ACTIVE_PASSIVE SPDK_BDEV_NVME_MULTIPATH_POLICY_ACTIVE_PASSIVE
#define BDEV_NVME_MP_POLICY_ACTIVE_ACTIVE  SPDK_BDEV_NVME_MULTIPATH_POLICY_ACTIVE_ACTIVE
#define BDEV_NVME_MP_SELECTOR_ROUND_ROBIN  SPDK_BDEV_NVME_MULTIPATH_SELECTOR_ROUND_ROBIN
#define BDEV_NVME_MP_SELECTOR_QUEUE_DEPTH  SPDK_BDEV_NVME_MULTIPATH_SELECTOR_QUEUE_DEPTH

/**
 * What a controller of a group is like. Fill it with spdk_bdev_nvme_get_default_ctrlr_opts(),
 * then change what you need.
 *
 * Owner: the strings are the caller's again when spdk_bdev_nvme_create() returns.
 */
struct spdk_bdev_nvme_ctrlr_opts {
	/**
	 * What of protection information is checked: SPDK_NVME_IO_FLAGS_PRCHK_REFTAG and _GUARD.
	 * 0: nothing.
	 */
	uint32_t prchk_flags;
	/**
	 * How long to try to get a lost controller back before it is deleted. -1: for ever. 0:
	 * not at all; then reconnect_delay_sec is 0 too.
	 */
	int32_t ctrlr_loss_timeout_sec;
	/**
	 * From one attempt to the next; not 0 if ctrlr_loss_timeout_sec is not, and not more than
	 * it.
	 */
	uint32_t reconnect_delay_sec;
	/**
	 * After this time of attempts, I/Os fail instead of waiting. 0: they wait until the end.
	 * Else it is between reconnect_delay_sec and ctrlr_loss_timeout_sec.
	 */
	uint32_t fast_io_fail_timeout_sec;
	/**
	 * A discovery service has found it, and it goes when that no longer reports it. Fabrics.
	 */
	bool from_discovery_service;
	/**
	 * Names of keys in the keyring (spdk/keyring.h), or NULL. Fabrics: for TLS, and for
	 * in-band authentication of the host and of the controller.
	 */
	const char *psk;
	const char *dhchap_key;
	const char *dhchap_ctrlr_key;
	/**
	 * Namespaces of a command set that nobody here knows become devices, too, which take NVMe
	 * passthrough only.
	 */
	bool allow_unrecognized_csi;
	/**
	 * A group of this name that is there already gets another path. False: a second
	 * controller is only for when the first fails (failover).
	 */
	bool multipath;
	/** enum spdk_bdev_nvme_multipath_policy. */
	uint8_t multipath_policy;
	/** enum spdk_bdev_nvme_multipath_selector; 0: round robin. */
	uint8_t multipath_selector;
	/** I/Os on a path before the next one is taken, for the round robin. 0: 1. */
	uint32_t multipath_min_io;
};

/**
 * One way to a controller: a struct spdk_nvme_transport_id and a struct spdk_nvme_host_id. The
 * JSON-RPC methods make them.
 */
struct spdk_nvme_path_id;

/** What happens to a command that takes longer than timeout_us. */
enum spdk_bdev_timeout_action {
	/** Nothing. */
	SPDK_BDEV_NVME_TIMEOUT_ACTION_NONE = 0,
	/** The controller is reset. */
	SPDK_BDEV_NVME_TIMEOUT_ACTION_RESET,
	/**
	 * The command is aborted; the controller is reset if that fails or it has a fatal status.
	 */
	SPDK_BDEV_NVME_TIMEOUT_ACTION_ABORT,
};

/**
 * Options of the module, for all controllers attached from then on. Get them with
 * spdk_bdev_nvme_get_opts(), change what you need, set them with spdk_bdev_nvme_set_opts().
 */
struct spdk_bdev_nvme_opts {
	/**
	 * sizeof(struct spdk_bdev_nvme_opts) as the caller was compiled; fields beyond keep their
	 * defaults.
	 */
	size_t opts_size;
	enum spdk_bdev_timeout_action action_on_timeout;
	/**
	 * The controller gives the host up if it does not hear of it for so long. Default: 10000.
	 * 0: never.
	 */
	uint32_t keep_alive_timeout_ms;
	/** Of a command, until action_on_timeout. 0, the default: not watched. */
	uint64_t timeout_us;
	/** The same for admin commands. 0: as timeout_us. */
	uint64_t timeout_admin_us;
	/** How often the driver itself tries a command again. Default: 4. */
	uint32_t transport_retry_count;
	/**
	 * How many commands of one queue the controller takes at a time, as a power of 2; 7: no
	 * limit.
	 */
	uint32_t arbitration_burst;
	/** Commands of each round for the priorities of weighted round robin, less one. */
	uint32_t low_priority_weight;
	uint32_t medium_priority_weight;
	uint32_t high_priority_weight;
	/**
	 * Requests of each I/O queue pair, which is what a channel can have under way. 0: as the
	 * driver has it.
	 */
	uint32_t io_queue_requests;
	/**
	 * How often admin queues are looked at, for events, answers, and whether the controller is
	 * still there. Default: 10000. A thread with nothing to do is woken so often for each.
	 */
	uint64_t nvme_adminq_poll_period_us;
	/**
	 * How often I/O queues are. 0, the default: all the time, as long as there is something
	 * to wait for.
	 */
	uint64_t nvme_ioq_poll_period_us;
	/** The doorbell rings once for all I/Os of a poll, not for each. Default: true. */
	bool delay_cmd_submit;
	uint8_t reserved73[3];
	/** How often the module tries an I/O again. Default: 3. -1: without limit. */
	int32_t bdev_retry_count;
	/**
	 * Defaults of the fields of this name in struct spdk_bdev_nvme_ctrlr_opts, and the two
	 * that follow.
	 */
	int32_t ctrlr_loss_timeout_sec;
	uint32_t reconnect_delay_sec;
	uint32_t fast_io_fail_timeout_sec;
	/** Fabrics, see struct spdk_nvme_ctrlr_opts. 0 to 31; 0: the driver's default. */
	uint8_t transport_ack_timeout;
	/** A path that works again is not returned to by itself. */
	bool disable_auto_failback;
	/**
	 * A namespace that has no UUID gets one, made of its controller's serial number and its
	 * id, so that it is always the same.
	 */
	bool generate_uuids;
	/** Type of service of RDMA connections. 0: none. */
	uint8_t transport_tos;
	/** Errors are counted by status, and are in the driver-specific part of bdev_get_bdevs. */
	bool nvme_error_stat;
	/** I/Os are counted by path. */
	bool io_path_stat;
	/**
	 * Devices may take accel sequences where their controller does
	 * (SPDK_NVME_CTRLR_ACCEL_SEQUENCE_SUPPORTED).
	 */
	bool allow_accel_sequence;
	uint8_t reserved99[1];
	/** Fabrics, see struct spdk_nvme_transport_opts; and the two that follow. */
	uint32_t rdma_srq_size;
	uint32_t rdma_max_cq_size;
	uint16_t rdma_cm_event_timeout_ms;
	uint8_t reserved110[2];
	/**
	 * Digests that in-band authentication may use: bit N is enum spdk_nvmf_dhchap_hash N.
	 * Fabrics.
	 */
	uint32_t dhchap_digests;
	/** Groups of Diffie-Hellman: bit N is enum spdk_nvmf_dhchap_dhgroup N. Fabrics. */
	uint32_t dhchap_dhgroups;
	/** Fabrics, see struct spdk_nvme_transport_opts; and tcp_connect_timeout_ms. */
	bool rdma_umr_per_io;
	uint8_t reserved121[3];
	uint32_t tcp_connect_timeout_ms;
	/**
	 * A flush goes to the controller where that has a volatile cache. False, the default: it
	 * succeeds at once, and a device without such a cache has nothing to flush.
	 */
	bool enable_flush;
	/**
	 * Defaults of the fields of this name in struct spdk_bdev_nvme_ctrlr_opts, and the two
	 * that follow.
	 */
	uint8_t multipath_policy;
	uint8_t multipath_selector;
	uint8_t reserved131[1];
	uint32_t multipath_min_io;
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_bdev_nvme_opts) == 136, "Incorrect size");

/**
 * Attaches a controller and makes block devices of its namespaces. With the name of a group that
 * is there already, adds a path.
 *
 * Owner: all arguments but `names` are the caller's again when it returns; `names` when cb_fn has
 *   run. What is written to `names` belongs to the devices.
 * Shape: `names` has room for `count` strings; more devices than that are made all the same.
 *   drv_opts and bdev_opts may be NULL: defaults. base_name is not empty and not longer than 1023
 *   bytes.
 * Callback: once, if 0 was returned; on the application's thread.
 * Errors: -EINVAL: an argument or option is wrong, explained; -EEXIST: the controller is attached
 *   already, by this name without multipath or by another; -EALREADY: it is, by this very path;
 *   -ENODEV: there is no such controller; -ENOTSUP: there is no such transport; -ENOMEM.
 */
int spdk_bdev_nvme_create(struct spdk_nvme_transport_id *trid, const char *base_name,
			  const char **names, uint32_t count, spdk_bdev_nvme_create_cb cb_fn,
			  void *cb_ctx, struct spdk_nvme_ctrlr_opts *drv_opts,
			  struct spdk_bdev_nvme_ctrlr_opts *bdev_opts);

/**
 * Deletes a controller group with its devices, or one path of it; with the last path goes the
 * group.
 *
 * Shape: path_id NULL: all of it. delete_cb may be NULL.
 * Callback: once, if 0 was returned, when all devices have gone: those that have them open are
 *   told first. A group that is being deleted already is success.
 * Errors: -EINVAL: name is NULL; -ENODEV: there is no such group or path; -ENOMEM.
 */
int spdk_bdev_nvme_delete(const char *name, const struct spdk_nvme_path_id *path_id,
			  spdk_bdev_nvme_delete_cb delete_cb, void *cb_ctx);

/**
 * Changes how a device chooses among its paths. Older than the options of
 * spdk_bdev_nvme_create(), which are to be preferred. One call at a time for a device.
 *
 * Shape: name is that of a device. rr_min_io: as multipath_min_io; UINT32_MAX leaves it as it is.
 * Callback: always, once, before this returns: 0; -ENODEV: there is no such device; -EINVAL: no
 * such policy or selector, explained.
 */
void
spdk_bdev_nvme_set_multipath_policy(const char *name, enum spdk_bdev_nvme_multipath_policy policy,
				    enum spdk_bdev_nvme_multipath_selector selector,
				    uint32_t rr_min_io,
				    spdk_bdev_nvme_set_multipath_policy_cb cb_fn, void *cb_arg);

/** Fills opts with defaults: nothing is checked, and a lost controller is not waited for. */
void spdk_bdev_nvme_get_default_ctrlr_opts(struct spdk_bdev_nvme_ctrlr_opts *opts);

/**
 * Copies the options that hold now.
 *
 * Shape: opts_size is sizeof(struct spdk_bdev_nvme_opts) as the caller was compiled. No more than
 *   that is written; opts->opts_size is set to it.
 */
void spdk_bdev_nvme_get_opts(struct spdk_bdev_nvme_opts *opts, size_t opts_size);

/**
 * Sets the options; all of them or, on an error, none.
 *
 * Errors: -EPERM: there are controllers already; -EINVAL: an option is wrong or does not fit the
 *   others, explained, or opts_size is 0.
 */
int spdk_bdev_nvme_set_opts(const struct spdk_bdev_nvme_opts *opts);

/** The first group, and the one after `prev`, in no order that is promised. NULL: none. */
struct spdk_bdev_nvme_ctrlr *spdk_bdev_nvme_first_bdev_ctrlr(void);
struct spdk_bdev_nvme_ctrlr *spdk_bdev_nvme_next_bdev_ctrlr(struct spdk_bdev_nvme_ctrlr *prev);

/** The name of a group. It lives as long as the group. */
const char *spdk_bdev_nvme_ctrlr_get_name(struct spdk_bdev_nvme_ctrlr *nbdev_ctrlr);

/**
 * The first controller of a group, and the one after `prev`. NULL: none. Each is valid as long as
 * it is attached; it belongs to the module, which resets and detaches it.
 */
struct spdk_nvme_ctrlr *spdk_bdev_nvme_ctrlr_first_ctrlr(struct spdk_bdev_nvme_ctrlr *nbdev_ctrlr);
struct spdk_nvme_ctrlr *spdk_bdev_nvme_ctrlr_next_ctrlr(struct spdk_bdev_nvme_ctrlr *nbdev_ctrlr,
							struct spdk_nvme_ctrlr *prev);

/**
 * The options that a controller was attached with; ctrlr NULL: the first. The names of keys are
 * among them, keys are not. NULL: the group has no such controller.
 */
const struct spdk_bdev_nvme_ctrlr_opts *
spdk_bdev_nvme_ctrlr_get_opts(struct spdk_bdev_nvme_ctrlr *nbdev_ctrlr,
			      struct spdk_nvme_ctrlr *ctrlr);

#ifdef __cplusplus
}
#endif

#endif /* SPDK_MODULE_BDEV_NVME_H_ */
