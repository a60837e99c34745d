/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * \file
 * Transports of a program's own, and options of those that are here. A part of spdk/nvme.h.
 *
 * Nothing of struct nvme_request is public, so that a transport is not written with this header
 * alone; it is for those that wrap what is here.
 */
#ifndef SPDK_NVME_TRANSPORT_H
#define SPDK_NVME_TRANSPORT_H

#include "spdk/stdinc.h"

#include "spdk/nvme/controller_options.h"
#include "spdk/nvme/poll_group.h"
#include "spdk/nvme/probe.h"
#include "spdk/nvme/qpair.h"
#include "spdk/nvme/statistics.h"
#include "spdk/nvme/transport_id.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Whether there is a transport of this type. SPDK_NVME_TRANSPORT_CUSTOM: false, several may have
 * it. Here, that of PCIe is there.
 *
 * Thread: any.
 */
bool spdk_nvme_transport_available(enum spdk_nvme_transport_type trtype);

/**
 * Whether there is a transport of this name, in small or capital letters.
 *
 * Thread: any.
 */
bool spdk_nvme_transport_available_by_name(const char *transport_name);

/** A transport's part of a group. */
struct spdk_nvme_transport_poll_group;

/** A register has been read or written: cpl tells, and value is that of the register. */
typedef void (*spdk_nvme_reg_cb)(void *ctx, uint64_t value, const struct spdk_nvme_cpl *cpl);

/** A command on its way: the driver's own. */
struct nvme_request;

/** A transport that was registered: the driver's own. */
struct spdk_nvme_transport;

/**
 * What a transport does. Functions that it does not have are NULL.
 *
 * Thread: as that of the public function which leads to it; those of a controller are called with
 *   its lock.
 * Errors: 0 or -errno; -ENXIO: the device is gone. Pointers: NULL.
 */
struct spdk_nvme_transport_ops {
	/** What it is looked up by, in capital letters. Not empty, and nobody else's. */
	char name[SPDK_NVMF_TRSTRING_MAX_LEN + 1];
	enum spdk_nvme_transport_type type;
	/**
	 * Makes a controller for a device that was found. NULL, and errno is the reason, which
	 * attach_fail_cb is told.
	 */
	struct spdk_nvme_ctrlr *(*ctrlr_construct)(const struct spdk_nvme_transport_id *trid,
						   const struct spdk_nvme_ctrlr_opts *opts,
						   void *devhandle);
	/** Finds devices. direct_connect: only that of the identifier. */
	int (*ctrlr_scan)(struct spdk_nvme_probe_ctx *probe_ctx, bool direct_connect);
	int (*ctrlr_destruct)(struct spdk_nvme_ctrlr *ctrlr);
	/** Prepares for the initialisation of a controller; and its interrupts. */
	int (*ctrlr_enable)(struct spdk_nvme_ctrlr *ctrlr);
	int (*ctrlr_enable_interrupts)(struct spdk_nvme_ctrlr *ctrlr);
	/** Registers of 4 and 8 bytes; those with async end with their callback. */
	int (*ctrlr_set_reg_4)(struct spdk_nvme_ctrlr *ctrlr, uint32_t offset, uint32_t value);
	int (*ctrlr_set_reg_8)(struct spdk_nvme_ctrlr *ctrlr, uint32_t offset, uint64_t value);
	int (*ctrlr_get_reg_4)(struct spdk_nvme_ctrlr *ctrlr, uint32_t offset, uint32_t *value);
	int (*ctrlr_get_reg_8)(struct spdk_nvme_ctrlr *ctrlr, uint32_t offset, uint64_t *value);
	int (*ctrlr_set_reg_4_async)(struct spdk_nvme_ctrlr *ctrlr, uint32_t offset, uint32_t value,
				     spdk_nvme_reg_cb cb_fn, void *cb_arg);
	int (*ctrlr_set_reg_8_async)(struct spdk_nvme_ctrlr *ctrlr, uint32_t offset, uint64_t value,
				     spdk_nvme_reg_cb cb_fn, void *cb_arg);
	int (*ctrlr_get_reg_4_async)(struct spdk_nvme_ctrlr *ctrlr, uint32_t offset,
				     spdk_nvme_reg_cb cb_fn, void *cb_arg);
	int (*ctrlr_get_reg_8_async)(struct spdk_nvme_ctrlr *ctrlr, uint32_t offset,
				     spdk_nvme_reg_cb cb_fn, void *cb_arg);
	/** Bytes, and pieces, of one command that the transport takes. */
	uint32_t (*ctrlr_get_max_xfer_size)(struct spdk_nvme_ctrlr *ctrlr);
	uint16_t (*ctrlr_get_max_sges)(struct spdk_nvme_ctrlr *ctrlr);
	/** Optional: see spdk/nvme/device_memory.h. */
	int (*ctrlr_reserve_cmb)(struct spdk_nvme_ctrlr *ctrlr);
	void *(*ctrlr_map_cmb)(struct spdk_nvme_ctrlr *ctrlr, size_t *size);
	int (*ctrlr_unmap_cmb)(struct spdk_nvme_ctrlr *ctrlr);
	int (*ctrlr_enable_pmr)(struct spdk_nvme_ctrlr *ctrlr);
	int (*ctrlr_disable_pmr)(struct spdk_nvme_ctrlr *ctrlr);
	void *(*ctrlr_map_pmr)(struct spdk_nvme_ctrlr *ctrlr, size_t *size);
	int (*ctrlr_unmap_pmr)(struct spdk_nvme_ctrlr *ctrlr);
	/** Makes, frees, connects and disconnects a queue pair. */
	struct spdk_nvme_qpair *(*ctrlr_create_io_qpair)(
		struct spdk_nvme_ctrlr *ctrlr, uint16_t qid,
		const struct spdk_nvme_io_qpair_opts *opts);
	int (*ctrlr_delete_io_qpair)(struct spdk_nvme_ctrlr *ctrlr, struct spdk_nvme_qpair *qpair);
	int (*ctrlr_connect_qpair)(struct spdk_nvme_ctrlr *ctrlr, struct spdk_nvme_qpair *qpair);
	void (*ctrlr_disconnect_qpair)(struct spdk_nvme_ctrlr *ctrlr,
				       struct spdk_nvme_qpair *qpair);
	/** Completes all that was submitted with an error; dnr: it is not to be tried again. */
	void (*qpair_abort_reqs)(struct spdk_nvme_qpair *qpair, uint32_t dnr);
	int (*qpair_reset)(struct spdk_nvme_qpair *qpair);
	/** Sends a command. */
	int (*qpair_submit_request)(struct spdk_nvme_qpair *qpair, struct nvme_request *req);
	int (*qpair_authenticate)(struct spdk_nvme_qpair *qpair);
	int32_t (*qpair_process_completions)(struct spdk_nvme_qpair *qpair,
					     uint32_t max_completions);
	/** Calls iter_fn for each that was sent, until it returns other than 0. */
	int (*qpair_iterate_requests)(struct spdk_nvme_qpair *qpair,
				      int (*iter_fn)(struct nvme_request *req, void *arg),
				      void *arg);
	/** Optional: see spdk_nvme_qpair_get_fd(). */
	int (*qpair_get_fd)(struct spdk_nvme_qpair *qpair, struct spdk_event_handler_opts *opts);
	/** Completes requests for events. */
	void (*admin_qpair_abort_aers)(struct spdk_nvme_qpair *qpair);
	/** Groups: see spdk/nvme/poll_group.h. */
	struct spdk_nvme_transport_poll_group *(*poll_group_create)(void);
	int64_t (*poll_group_process_completions)(
		struct spdk_nvme_transport_poll_group *tgroup, uint32_t completions_per_qpair,
		spdk_nvme_disconnected_qpair_cb disconnected_qpair_cb);
	void (*poll_group_check_disconnected_qpairs)(
		struct spdk_nvme_transport_poll_group *tgroup,
		spdk_nvme_disconnected_qpair_cb disconnected_qpair_cb);
	int (*poll_group_destroy)(struct spdk_nvme_transport_poll_group *tgroup);
	int (*poll_group_get_stats)(struct spdk_nvme_transport_poll_group *tgroup,
				    struct spdk_nvme_transport_poll_group_stat **stats);
	void (*poll_group_free_stats)(struct spdk_nvme_transport_poll_group *tgroup,
				      struct spdk_nvme_transport_poll_group_stat *stats);
	/** Optional, as all that follows. */
	int (*ctrlr_get_memory_domains)(const struct spdk_nvme_ctrlr *ctrlr,
					struct spdk_memory_domain **domains, int array_size);
	/** The controller has been initialised. */
	int (*ctrlr_ready)(struct spdk_nvme_ctrlr *ctrlr);
	volatile struct spdk_nvme_registers *(*ctrlr_get_registers)(struct spdk_nvme_ctrlr *ctrlr);
	/** Looks for controllers that have been pulled out. */
	int (*ctrlr_scan_attached)(struct spdk_nvme_probe_ctx *probe_ctx);
	/** Called when the admin queue is polled. */
	int (*ctrlr_process_transport_events)(struct spdk_nvme_ctrlr *ctrlr);
};

/**
 * Registers a transport. By SPDK_NVME_TRANSPORT_REGISTER(), before main.
 *
 * Owner: ops is copied.
 * Errors: a name that is taken, empty or has no end is explained, and left out; so is more than
 *   16 of them.
 */
void spdk_nvme_transport_register(const struct spdk_nvme_transport_ops *ops);

/** Registers a transport in a source file. `name` makes it unique there. */
#define SPDK_NVME_TRANSPORT_REGISTER(name, transport_ops)                                   \
	static void __attribute__((constructor)) _spdk_nvme_transport_register_##name(void) \
	{                                                                                   \
		spdk_nvme_transport_register(transport_ops);                                \
	}

/** Options of transports. All of them are for fabrics: kept, and of no effect yet. */
struct spdk_nvme_transport_opts {
	/** Entries of a shared receive queue. 0: none. */
	uint32_t rdma_srq_size;
	uint8_t reserved4[4];
	/**
	 * sizeof(struct spdk_nvme_transport_opts) as the caller was compiled; fields beyond keep
	 * what they have.
	 */
	size_t opts_size;
	/** Entries of a completion queue at most. 0: no limit. */
	uint32_t rdma_max_cq_size;
	/** Of events of the connection manager. */
	uint16_t rdma_cm_event_timeout_ms;
	/** Describe data in pieces as one, where the device can. */
	bool rdma_umr_per_io;
	uint8_t reserved23;
	/** Until a connection is made. 0: no limit. */
	uint32_t tcp_connect_timeout_ms;
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_nvme_transport_opts) == 32, "Incorrect size");

/**
 * Copies the options that hold now.
 *
 * Shape: opts_size as in opts->opts_size; no more than that is written. NULL or 0 is explained,
 *   and nothing is written.
 */
void spdk_nvme_transport_get_opts(struct spdk_nvme_transport_opts *opts, size_t opts_size);

/**
 * Sets the options.
 *
 * Shape: opts_size as above: fields beyond keep what they have, those that are not known here are
 *   left out.
 * Errors: -EINVAL: NULL, or opts_size is 0.
 */
int spdk_nvme_transport_set_opts(const struct spdk_nvme_transport_opts *opts, size_t opts_size);

#ifdef __cplusplus
}
#endif

#endif /* SPDK_NVME_TRANSPORT_H */
