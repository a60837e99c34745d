/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Controllers, as all transports have them. A transport puts this struct first into its own.
 *
 * Who may touch what
 *   lock         recursive. Guards the admin queue pair and all that is not marked otherwise; taken
 *                by every public function of a controller. Callbacks of the driver's own admin
 *                commands run under it. Callbacks of applications never do: what they wait for is
 *                put on `deliveries`, and runs when the lock is free again (deliver.c).
 *   queue pairs  read what is marked 'I/O' without the lock; it changes only while the caller has
 *                stopped them (initialisation, reset).
 *
 * ctrlr_init.c has the states of initialisation, driver.h the list of those that are attached.
 */
#ifndef SPINDLE_NVME_CTRLR_H
#define SPINDLE_NVME_CTRLR_H

#include "io/nvme/ns.h"
#include "io/nvme/qpair.h"
#include "io/nvme/quirks.h"
#include "io/nvme/transport.h"
#include "spdk/bit_array.h"
#include "spdk/nvme.h"
#include "spdk/nvme_zns.h"
#include "spdk/string.h"
#include "spdk/util.h"

#define NVME_ADMIN_QUEUE_ID 0
/* Requests for the driver's own use that an application cannot use up. */
#define NVME_ADMIN_REQUESTS_RESERVED 16
#define NVME_ASYNC_EVENTS_MAX        8
#define NVME_INIT_NEVER              UINT64_MAX

/*
 * Something that an application is to be told; deliver.c. `run` is called once, without the lock,
 * and owns the delivery from then on.
 */
struct nvme_delivery {
	void (*run)(struct spdk_nvme_ctrlr *ctrlr, struct nvme_delivery *delivery);
	STAILQ_ENTRY(nvme_delivery) link;
};

/*
 * A request for events, aer.c. The controller gets it again when its event has been delivered,
 * which bounds what a flood of events can cost.
 */
struct nvme_async_event {
	struct nvme_delivery delivery;
	struct spdk_nvme_cpl cpl;
	struct spdk_nvme_ctrlr *ctrlr;
	enum {
		NVME_EVENT_FREE,
		NVME_EVENT_SUBMITTED,
		NVME_EVENT_TOLD,
	} state;
};

/* How far initialisation is; ctrlr_init.h. */
struct nvme_init {
	uint32_t state;
	/* Where to go instead of what the table says; 0: as the table says. */
	uint32_t next_state;
	bool has_begun;
	bool is_command_pending;
	/* Of the command of this state. */
	struct spdk_nvme_cpl cpl;
	/* Ticks; NVME_INIT_NEVER. */
	uint64_t deadline;
	uint64_t sleep_until;
	int rc;
	/* What is asked for. */
	uint8_t buffer[4096];
	/* The namespace that is looked at, and which of the active ones it is. */
	uint32_t nsid;
	uint32_t ns_index;
	/* Only the namespaces are read again. */
	bool is_refresh;
	void *ana_page;
	/* It cannot be used. */
	bool is_ns_left_out;
	/* Those that the controller says are active, while they are read. */
	uint32_t *ns_list;
	uint32_t ns_count;
	uint32_t ns_capacity;
	char cause[160];
};

struct spdk_nvme_ctrlr {
	/* I/O. */
	const struct nvme_transport *transport;
	uint64_t flags;
	/* CC.MPS is CAP.MPSMIN: also the unit of limits, such as MDTS. */
	uint32_t page_size;
	/* Bytes of one command; a multiple of page_size. */
	uint32_t max_xfer_size;
	uint16_t max_sges;
	/* All commands fail: spdk_nvme_ctrlr_fail(), or a reset that did not work. */
	bool is_failed;
	/* The device has been pulled out: registers read as ones. */
	bool is_removed;
	bool is_resetting;
	bool is_disconnecting;
	/* Timeouts are looked for; ticks, 0: never. */
	bool timeout_enabled;
	uint64_t timeout_io_ticks;
	uint64_t timeout_admin_ticks;
	spdk_nvme_timeout_cb timeout_cb_fn;
	void *timeout_cb_arg;

	pthread_mutex_t lock;
	struct spdk_nvme_qpair *adminq;
	/* Those that applications hold; guarded by the lock. */
	TAILQ_HEAD(, spdk_nvme_qpair) io_qpairs;
	/* Ids that no queue pair has: set bits. */
	struct spdk_bit_array *free_qids;

	struct spdk_nvme_transport_id trid;
	struct spdk_nvme_ctrlr_opts opts;
	struct spdk_pci_device *pci_device;
	int32_t numa_id;
	uint32_t quirks;
	/* Read when the controller was initialised. */
	union spdk_nvme_cap_register cap;
	union spdk_nvme_vs_register vs;

	struct nvme_init init;
	/* How long CSTS.RDY may take to follow CC.EN, in units of 500 ms. */
	uint32_t ready_units;
	/* CC.EN has been cleared, or the device can reach no memory: nothing of ours is written to.
	 */
	bool is_quiesced;
	/* Bus mastering was turned off for that. */
	bool is_bus_master_off;
	/* Nothing is handed in any more. */
	bool is_detaching;
	/* Callbacks of the application run: by whom, and how deep. */
	pthread_t deliverer;
	uint32_t delivery_depth;
	/* When the state of the controller is looked at again by who polls the admin queue; ticks.
	 */
	uint64_t health_check_next;

	struct spdk_nvme_ctrlr_data cdata;
	struct spdk_nvme_nvm_ctrlr_data *cdata_nvm;
	struct spdk_nvme_zns_ctrlr_data *cdata_zns;
	struct spdk_nvme_kv_ctrlr_data *cdata_kv;
	struct spdk_nvme_cmds_and_effect_log_page *zns_effects;
	/* Active namespaces, and those that somebody has asked for, by id. */
	RB_HEAD(nvme_ns_tree, spdk_nvme_ns) ns;
	bool log_page_supported[256];
	bool feature_supported[256];

	STAILQ_HEAD(, nvme_delivery) deliveries;
	/* Requests of applications that are under way, so that they leave some to the driver. */
	uint32_t user_requests;

	struct nvme_async_event async_events[NVME_ASYNC_EVENTS_MAX];
	uint32_t async_event_count;
	spdk_nvme_aer_cb aer_cb_fn;
	void *aer_cb_arg;
	spdk_nvme_ns_attr_changed_cb ns_changed_cb_fn;
	void *ns_changed_cb_arg;

	/* Aborts beyond what the controller takes at once (ACL). */
	uint32_t aborts_outstanding;
	STAILQ_HEAD(, nvme_abort) queued_aborts;

	uint64_t keep_alive_ticks;
	uint64_t keep_alive_next;
	bool is_keep_alive_pending;

	struct nvme_host_memory *host_memory;
	/* One page each, in memory of devices; NULL: there are none. In the order of doorbells. */
	uint32_t *shadow_doorbells;
	uint32_t *shadow_eventidx;
	/* That memory, which lasts over resets. */
	void *shadow_memory;

	spdk_nvme_remove_cb remove_cb_fn;
	void *remove_cb_arg;
	bool is_removal_reported;
	/* spdk_nvme_detach() frees it with the last. */
	uint32_t attach_count;
	TAILQ_ENTRY(spdk_nvme_ctrlr) driver_link;
};

static inline void
nvme_ctrlr_lock(struct spdk_nvme_ctrlr *ctrlr)
{
	pthread_mutex_lock(&ctrlr->lock);
}

static inline void
nvme_ctrlr_unlock(struct spdk_nvme_ctrlr *ctrlr)
{
	pthread_mutex_unlock(&ctrlr->lock);
}

/* As I/O queue pairs read them: whoever finds out writes them in a thread of its own. */
static inline bool
nvme_ctrlr_has_failed(const struct spdk_nvme_ctrlr *ctrlr)
{
	return __atomic_load_n(&ctrlr->is_failed, __ATOMIC_RELAXED);
}

static inline bool
nvme_ctrlr_has_gone(const struct spdk_nvme_ctrlr *ctrlr)
{
	return __atomic_load_n(&ctrlr->is_removed, __ATOMIC_RELAXED);
}

/* Names it in messages: the address of its transport. */
static inline const char *
nvme_ctrlr_name(const struct spdk_nvme_ctrlr *ctrlr)
{
	return ctrlr->trid.traddr;
}

/* ctrlr.c: prepares the generic part; by the transport that constructs it. 0 or -errno. */
int nvme_ctrlr_init(struct spdk_nvme_ctrlr *ctrlr, const struct spdk_nvme_transport_id *trid,
		    const struct spdk_nvme_ctrlr_opts *opts);
/* All queue pairs are gone. Also for one whose nvme_ctrlr_init() has failed. */
void nvme_ctrlr_fini(struct spdk_nvme_ctrlr *ctrlr);
/* Also marks its queue pairs; with the lock or from the poller of a queue pair. */
void nvme_ctrlr_fail(struct spdk_nvme_ctrlr *ctrlr);
/*
 * The device answers no more (all ones, or the environment said so): I/O ends, remove_cb runs once
 * from the next probe. Any thread, with the lock or without.
 */
void nvme_ctrlr_mark_removed(struct spdk_nvme_ctrlr *ctrlr);
/*
 * The device stops reading and writing memory: CC.EN is cleared, and where the device does not
 * follow within NVME_QUIESCE_MS, it is cut off by its bus mastering bit. Before requests are
 * aborted that the device still has. Does nothing when it has been done since the last
 * initialisation. Other OS threads may ring doorbells until they see that the controller has
 * failed; a disabled one takes no notice of them.
 */
#define NVME_QUIESCE_MS 500
void nvme_ctrlr_quiesce(struct spdk_nvme_ctrlr *ctrlr);
/* Undoes what nvme_ctrlr_quiesce() did to the bus; before CC.EN is set. */
void nvme_ctrlr_unquiesce(struct spdk_nvme_ctrlr *ctrlr);
/* As nvme_transport_read_4(). */
int nvme_ctrlr_read_csts(struct spdk_nvme_ctrlr *ctrlr, union spdk_nvme_csts_register *out_csts);

/* ctrlr_init.c: begins anew. */
void nvme_ctrlr_begin_init(struct spdk_nvme_ctrlr *ctrlr);
/* One step. 0, also when it has to wait; < 0: it failed, explained. Takes the lock. */
int nvme_ctrlr_process_init(struct spdk_nvme_ctrlr *ctrlr);
bool nvme_ctrlr_is_ready(const struct spdk_nvme_ctrlr *ctrlr);

/* ctrlr_opts.c: all fields of *out_opts; those beyond size bytes of `opts` have their default. */
void nvme_ctrlr_opts_copy(struct spdk_nvme_ctrlr_opts *out_opts,
			  const struct spdk_nvme_ctrlr_opts *opts, size_t size);
void nvme_io_qpair_opts_copy(const struct spdk_nvme_ctrlr *ctrlr,
			     struct spdk_nvme_io_qpair_opts *out_opts,
			     const struct spdk_nvme_io_qpair_opts *opts, size_t size);
/* opts.command_set, when the application has not chosen: the best that the controller has. */
#define NVME_COMMAND_SET_BEST ((enum spdk_nvme_cc_css)CHAR_BIT)

/* ctrlr_reset.c: the device is stopped, all that the admin queue has is aborted. I/O queue pairs
 * are their threads'. With the lock. */
void nvme_ctrlr_disconnect_admin(struct spdk_nvme_ctrlr *ctrlr);

/* ctrlr_shutdown.c: tells the controller that the host leaves it. */
struct nvme_shutdown {
	uint64_t deadline;
	bool is_waiting;
};
void nvme_shutdown_begin(struct spdk_nvme_ctrlr *ctrlr, struct nvme_shutdown *shutdown);
/* True when it is over, well or not. */
bool nvme_shutdown_poll(struct spdk_nvme_ctrlr *ctrlr, struct nvme_shutdown *shutdown);

/* deliver.c: with the lock. */
void nvme_deliver_later(struct spdk_nvme_ctrlr *ctrlr, struct nvme_delivery *delivery);
/* Runs what has been put off; without the lock. */
void nvme_deliver(struct spdk_nvme_ctrlr *ctrlr);

/*
 * ctrlr_wait.c: between two looks of whoever waits, without locks: pauses first, then lets other
 * threads have the CPU, and after a while sleeps for moments. Begins as {0}.
 */
struct nvme_rest {
	uint32_t count;
	/* Ticks. */
	uint64_t sleep_from;
};
void nvme_rest(struct nvme_rest *rest);

/*
 * ctrlr_poll.c: asks the device whether it is there and well. 0, or -ENXIO: it is gone, or reports
 * a fatal error, and has been marked. With the lock.
 */
int nvme_ctrlr_check_health(struct spdk_nvme_ctrlr *ctrlr);

/*
 * ctrlr_wait.c: for the calls that wait. Polls the admin queue until *done, at most as long as
 * admin commands may take, and not at all for a controller that is gone or has had a fatal error;
 * takes the lock for each poll, and leaves it free in between. 0, -EIO (the command failed, cpl
 * tells how), -ENXIO (it was aborted, or the queue has failed) or -ETIMEDOUT (the controller has
 * been disconnected and is failed). Nothing of the call is under way any more, in any case.
 */
struct nvme_wait {
	struct spdk_nvme_cpl cpl;
	bool is_done;
};
void nvme_wait_done(void *arg, const struct spdk_nvme_cpl *cpl);
/*
 * One poll of that kind, with the lock: what programs are to be told of is left to who polls for
 * them. Also looks at the controller when *look_next (ticks) has come. 0, or < 0: nothing more will
 * complete.
 */
int nvme_ctrlr_poll_admin(struct spdk_nvme_ctrlr *ctrlr, uint64_t *look_next);
int nvme_wait_for(struct spdk_nvme_ctrlr *ctrlr, struct nvme_wait *wait);

/*
 * Admin commands; admin.c. Each: 0, or -ENOMEM, -ENXIO or -EINVAL (NULL for a payload that has a
 * size, explained), and then the callback does not run. The payload may be any memory, and is kept
 * until the callback.
 */
struct nvme_admin_command {
	struct spdk_nvme_cmd cmd;
	void *payload;
	uint32_t payload_size;
	/* As the direction in the opcode says, but for the odd one. */
	bool host_to_controller;
	/* With host_to_controller: the answer comes in the same buffer. */
	bool is_bidirectional;
	/* An error is no surprise, and nobody logs it. */
	bool is_quiet;
	/* The pointers in `cmd` are addresses for the device; there is no payload. */
	bool is_raw;
	spdk_nvme_cmd_cb cb_fn;
	void *cb_arg;
};
/* The driver's own: cb_fn runs under the lock. */
int nvme_admin_submit(struct spdk_nvme_ctrlr *ctrlr, const struct nvme_admin_command *command);
/* An application's: cb_fn runs without the lock, and such commands leave some room. */
int nvme_admin_submit_user(struct spdk_nvme_ctrlr *ctrlr, const struct nvme_admin_command *command);
/* The argument that the one who submitted it gave. */
void *nvme_admin_user_arg(const struct nvme_request *req);
/* Submits it, waits, and logs nothing. As nvme_wait_for(), or as nvme_admin_submit(). */
int nvme_admin_run(struct spdk_nvme_ctrlr *ctrlr, struct nvme_admin_command *command,
		   struct spdk_nvme_cpl *out_cpl);
/* What reads a log page; payload_size is a multiple of 4. Callback and arguments are not set. */
void nvme_admin_build_log_page(struct nvme_admin_command *command, uint8_t log_page, uint32_t nsid,
			       void *payload, uint32_t payload_size);
/* What identifies, 4096 bytes. */
void nvme_admin_build_identify(struct nvme_admin_command *command, uint8_t cns, uint32_t nsid,
			       uint8_t csi, void *payload);

/* abort.c: those that wait for their turn end as aborted. With the lock. */
void nvme_abort_cancel_queued(struct spdk_nvme_ctrlr *ctrlr);

/* aer.c */
/* How many requests for events the controller takes, and hands them in. 0 or -errno. */
int nvme_aer_start(struct spdk_nvme_ctrlr *ctrlr);
/* Which events to ask for: dword 11 of the feature. */
uint32_t nvme_aer_config(const struct spdk_nvme_ctrlr *ctrlr);

/* keep_alive.c: sends one if it is time. With the lock. */
void nvme_keep_alive_poll(struct spdk_nvme_ctrlr *ctrlr);

/* ana.c: takes states of groups from a log page of `size` bytes into the namespaces. */
void nvme_ana_parse(struct spdk_nvme_ctrlr *ctrlr, const void *page, size_t size);
/* Bytes of the page, 0: the controller has none. */
size_t nvme_ana_page_size(const struct spdk_nvme_ctrlr *ctrlr);

/* ns_table.c */
/* Namespaces that are looked at, at most. */
#define NVME_NAMESPACES_MAX 65536u
/* The namespace, made if need be. NULL: no memory, or no valid id. With the lock. */
struct spdk_nvme_ns *nvme_ns_get(struct spdk_nvme_ctrlr *ctrlr, uint32_t nsid);
/* NULL: nobody has asked for it. With the lock. */
struct spdk_nvme_ns *nvme_ns_find(struct spdk_nvme_ctrlr *ctrlr, uint32_t nsid);
/*
 * Those that are not on the list, which is in order, become inactive; those that are, and are not
 * known yet, are made, and become active by nvme_ns_update(). 0 or -ENOMEM.
 */
int nvme_ns_take_list(struct spdk_nvme_ctrlr *ctrlr, const uint32_t *list, uint32_t count);
void nvme_ns_free_all(struct spdk_nvme_ctrlr *ctrlr);
/* ctrlr_init.c: reads the list of active namespaces and all of them anew; waits. 0 or -errno. */
int nvme_ns_refresh(struct spdk_nvme_ctrlr *ctrlr);

/* host_memory.c */
/* Memory that a controller prefers to have of the host (HMPRE). NULL: none is to be given. */
struct nvme_host_memory *nvme_host_memory_create(struct spdk_nvme_ctrlr *ctrlr);
void nvme_host_memory_destroy(struct nvme_host_memory *memory);
/* The command that hands it over. */
void nvme_host_memory_build(const struct nvme_host_memory *memory,
			    const struct spdk_nvme_ctrlr *ctrlr, struct spdk_nvme_cmd *cmd);

/* ctrlr_wait.c: the time in ticks, this long from now; NVME_INIT_NEVER for 0. */
uint64_t nvme_deadline_ms(uint64_t ms);

#endif
