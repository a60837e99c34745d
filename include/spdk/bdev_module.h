/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * For modules: how a kind of block device is made, and how devices are built on others.
 *
 * A module is a struct spdk_bdev_module, made known by SPDK_BDEV_MODULE_REGISTER(). It registers
 * devices (struct spdk_bdev with a struct spdk_bdev_fn_table), is given their I/Os, and says of
 * each by spdk_bdev_io_complete() how it went. docs/bdev.md leads through one.
 *
 * In the comments, as in spdk/bdev.h:
 * - "App thread": devices come, go and change their size there, and modules are called there,
 *   except for I/O. "Thread: of the I/O" is the one that submitted it, the thread of its channel.
 *   All that a module does with an I/O it does there, completing it included.
 * - `internal` fields are the library's: a module neither reads nor writes them.
 */
#ifndef SPDK_BDEV_MODULE_H
#define SPDK_BDEV_MODULE_H

#include "spdk/stdinc.h"

#include "spdk/bdev.h"
#include "spdk/bdev_zone.h"
#include "spdk/log.h"
#include "spdk/queue.h"
#include "spdk/scsi_spec.h"
#include "spdk/thread.h"
#include "spdk/tree.h"
#include "spdk/util.h"
#include "spdk/uuid.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Bytes of the name of a claim, with the '\0'. */
#define SPDK_BDEV_CLAIM_NAME_LEN 32

/*
 * Seconds for reset_io_drain_timeout of devices that share one below them: a reset of one does
 * not disturb the others then, when its own I/Os end within that time.
 */
#define SPDK_BDEV_RESET_IO_DRAIN_RECOMMENDED_VALUE 5

/* ---- A module ---- */

/* The module's memory, which stays as long as the program. NULL where it has nothing to do. */
struct spdk_bdev_module {
	/*
	 * Begins. 0, or -errno to make the start of the layer fail. Devices may be registered from
	 * here on. Obligatory. With async_init, it is over with spdk_bdev_module_init_done().
	 */
	int (*module_init)(void);

	/* All modules are initialised. */
	void (*init_complete)(void);

	/*
	 * The end begins; devices are still there. What was claimed without devices on top of it is
	 * to be released here. With async_fini_start, it is over with
	 * spdk_bdev_module_fini_start_done().
	 */
	void (*fini_start)(void);

	/*
	 * Ends; all devices are gone. With async_fini, it is over with
	 * spdk_bdev_module_fini_done().
	 */
	void (*module_fini)(void);

	/*
	 * Writes the methods that lead to the module's present state, each an object in the array
	 * that is open: options, and devices that are not written by their write_config_json().
	 * 0 or -errno.
	 */
	int (*config_json)(struct spdk_json_write_ctx *w);

	/* Unique. */
	const char *name;

	/* Bytes of driver_ctx that the module needs in an I/O; asked once, after module_init(). */
	int (*get_ctx_size)(void);

	/*
	 * Looks at a device that is new, by what it knows and without I/O, to claim it, build on it
	 * or leave it. Calls spdk_bdev_module_examine_done() before it returns.
	 */
	void (*examine_config)(struct spdk_bdev *bdev);

	/*
	 * Looks at it again, now with I/O, and may take its time until
	 * spdk_bdev_module_examine_done(). When the device was claimed in examine_config(), only
	 * those who have claimed it are called.
	 */
	void (*examine_disk)(struct spdk_bdev *bdev);

	/* Whether the three are over only when the module says so. */
	bool async_init;
	bool async_fini;
	bool async_fini_start;

	/** The library's. */
	struct __bdev_module_internal_fields {
		/* Examinations, and an initialisation, that have not reported back. */
		uint32_t action_in_progress;
		bool is_initializing;
		bool is_up;
		TAILQ_ENTRY(spdk_bdev_module) tailq;
	} internal;
};

/* ---- Claims: who else may use a device that others are built on ---- */

enum spdk_bdev_claim_type {
	/* Nobody has claimed it. Cannot be asked for. */
	SPDK_BDEV_CLAIM_NONE = 0,

	/*
	 * One module writes. That of spdk_bdev_module_claim_bdev(), which does not mind those who
	 * have the device open for writing already.
	 */
	SPDK_BDEV_CLAIM_EXCL_WRITE,

	/* This descriptor writes and no other; anybody may read. */
	SPDK_BDEV_CLAIM_READ_MANY_WRITE_ONE,

	/* Nobody writes; anybody may read, with a claim like this one or without. */
	SPDK_BDEV_CLAIM_READ_MANY_WRITE_NONE,

	/* Descriptors with claims of the same key write; anybody may read. */
	SPDK_BDEV_CLAIM_READ_MANY_WRITE_SHARED
};

struct spdk_bdev_claim_opts {
	/* sizeof(struct spdk_bdev_claim_opts) as the caller knows it. */
	size_t opts_size;
	/* For people: what the claim is for. May be empty. */
	char name[SPDK_BDEV_CLAIM_NAME_LEN];
	/* What writers of a shared claim have in common, not 0. For the other types it is 0. */
	uint64_t shared_claim_key;
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_bdev_claim_opts) == 48, "Incorrect size");

/** The name of a type, as bdev_get_bdevs has it ("read_many_write_one"); never NULL. */
const char *spdk_bdev_claim_get_name(enum spdk_bdev_claim_type claim_type);

/** Sets the defaults, as far as `size` reaches. Explained and ignored: NULL, 0. */
void spdk_bdev_claim_opts_init(struct spdk_bdev_claim_opts *opts, size_t size);

/**
 * Claims the device of a descriptor, until that is closed. A type that writes makes a descriptor
 * that was opened for reading one for writing.
 *
 * Thread: the one that opened it.
 * Shape: `opts` NULL: no name, no key.
 * Errors: -EINVAL: a type that cannot be asked for here, a descriptor for writing that claims
 * WRITE_NONE, a key that is missing or of no use, an unknown size of the options. -EPERM: another
 * claim is in the way, or somebody else has the device open for writing. -ENOMEM.
 * Source: observed; the reference's header names -EBUSY where -EPERM comes.
 */
int spdk_bdev_module_claim_bdev_desc(struct spdk_bdev_desc *desc, enum spdk_bdev_claim_type type,
				     struct spdk_bdev_claim_opts *opts,
				     struct spdk_bdev_module *module);

/**
 * Claims a device for a module, until spdk_bdev_module_release_bdev(). Superseded by
 * spdk_bdev_module_claim_bdev_desc().
 *
 * Shape: a descriptor in `desc` may write from now on; NULL: none.
 * Errors: -EPERM: it is claimed.
 */
int spdk_bdev_module_claim_bdev(struct spdk_bdev *bdev, struct spdk_bdev_desc *desc,
				struct spdk_bdev_module *module);

/**
 * Gives a claim of spdk_bdev_module_claim_bdev() back. Without one, explained and ignored.
 */
void spdk_bdev_module_release_bdev(struct spdk_bdev *bdev);

/* A source that defines it needs no more than the module and claims, and none of the structs. */
#ifndef __SPDK_BDEV_MODULE_ONLY

/* ---- A device ---- */

/** The device is gone: 0, or what its destruct() returned. */
typedef void (*spdk_bdev_unregister_cb)(void *cb_arg, int rc);

/* What a module does for a device. `ctx` is spdk_bdev.ctxt. "Optional": may be NULL. */
struct spdk_bdev_fn_table {
	/*
	 * Ends the device: nobody has it open, and no channel is left. 0: it is gone, and may have
	 * been freed here. 1: spdk_bdev_destruct_done() will follow, or has been called here.
	 * -errno: it has failed; the device is forgotten all the same.
	 * Thread: of spdk_bdev_unregister().
	 */
	int (*destruct)(void *ctx);

	/*
	 * Takes an I/O, and calls spdk_bdev_io_complete() once: here or later. Called inside, it
	 * has its effect after this has returned.
	 * Thread: of the I/O; `ch` is what get_io_channel() returned there.
	 */
	void (*submit_request)(struct spdk_io_channel *ch, struct spdk_bdev_io *);

	/* Whether I/Os of the type are taken. The answer must not change without a good reason. */
	bool (*io_type_supported)(void *ctx, enum spdk_bdev_io_type);

	/*
	 * Gets the current thread's channel of the module; the library puts it. Devices that return
	 * the same channel share its room: one that is out of memory holds up the others.
	 */
	struct spdk_io_channel *(*get_io_channel)(void *ctx);

	/* Writes a member, named for the module, into the object of bdev_get_bdevs. Optional. */
	int (*dump_info_json)(void *ctx, struct spdk_json_write_ctx *w);

	/*
	 * Writes the method that makes the device, as an object, and what else it needs. Optional:
	 * a module whose config_json() does it leaves it out.
	 */
	void (*write_config_json)(struct spdk_bdev *bdev, struct spdk_json_write_ctx *w);

	/* Microseconds that a channel has spent looking for completions. Optional. */
	uint64_t (*get_spin_time)(struct spdk_io_channel *ch);

	/* What spdk_bdev_get_module_ctx() returns. Optional. */
	void *(*get_module_ctx)(void *ctx);

	/*
	 * The domains whose data is taken as it is: as spdk_bdev_get_memory_domains(). One who
	 * builds on another device asks that one, and returns what he can pass on. Optional,
	 * superseded by the next one.
	 */
	int (*get_memory_domains)(void *ctx, struct spdk_memory_domain **domains, int array_size);

	/* The same of spdk_bdev_get_memory_domain_types(). Optional. */
	int (*get_memory_domain_types)(void *ctx, enum spdk_dma_device_type *types,
				       uint32_t array_size);

	/* Begins the module's own counts anew, when those of the device are. Optional. */
	void (*reset_device_stat)(void *ctx);

	/* Writes them into the object of bdev_get_iostat. Optional. */
	void (*dump_device_stat_json)(void *ctx, struct spdk_json_write_ctx *w);

	/*
	 * Whether I/Os of the type may come with a sequence of operations; if not, the library
	 * carries it out. Optional.
	 */
	bool (*accel_sequence_supported)(void *ctx, enum spdk_bdev_io_type type);
};

/* How an I/O has gone. */
enum spdk_bdev_io_status {
	/* An errno, by spdk_bdev_io_complete_aio_status(). */
	SPDK_BDEV_IO_STATUS_AIO_ERROR = -8,
	SPDK_BDEV_IO_STATUS_ABORTED = -7,
	/* Compare-and-write: the comparison failed, and nothing was written. */
	SPDK_BDEV_IO_STATUS_FIRST_FUSED_FAILED = -6,
	/* What was compared differs. */
	SPDK_BDEV_IO_STATUS_MISCOMPARE = -5,
	/*
	 * The module has no room for it now: the library submits it again when others of the same
	 * channel have completed, or a little later. Not for RESET.
	 */
	SPDK_BDEV_IO_STATUS_NOMEM = -4,
	/* By spdk_bdev_io_complete_scsi_status(), with its values. */
	SPDK_BDEV_IO_STATUS_SCSI_ERROR = -3,
	/* By spdk_bdev_io_complete_nvme_status(). */
	SPDK_BDEV_IO_STATUS_NVME_ERROR = -2,
	/* Nothing is known but that. */
	SPDK_BDEV_IO_STATUS_FAILED = -1,
	/* It is not over. */
	SPDK_BDEV_IO_STATUS_PENDING = 0,
	SPDK_BDEV_IO_STATUS_SUCCESS = 1,

	/* The lowest: arrays of errors are indexed by the negated status. */
	SPDK_MIN_BDEV_IO_STATUS = SPDK_BDEV_IO_STATUS_AIO_ERROR,
};

typedef enum spdk_bdev_io_status spdk_bdev_io_status_t;

/* What a device is found by. The fields are the library's, but for reading `name`. */
struct spdk_bdev_name {
	char *name;
	struct spdk_bdev *bdev;
	RB_ENTRY(spdk_bdev_name) node;
};

/* One in the list of spdk_bdev_get_aliases(). */
struct spdk_bdev_alias {
	struct spdk_bdev_name alias;
	TAILQ_ENTRY(spdk_bdev_alias) tailq;
};

/* The library's. */
struct spdk_bdev_module_claim {
	struct spdk_bdev_module *module;
	struct spdk_bdev_desc *desc;
	char name[SPDK_BDEV_CLAIM_NAME_LEN];
	TAILQ_ENTRY(spdk_bdev_module_claim) link;
};

typedef TAILQ_HEAD(, spdk_bdev_io) bdev_io_tailq_t;
typedef STAILQ_HEAD(, spdk_bdev_io) bdev_io_stailq_t;
typedef TAILQ_HEAD(, lba_range) lba_range_tailq_t;

/*
 * A device: the module's memory, zeroed, with what it says of itself. The fields are set before
 * spdk_bdev_register() and then stay, but for blockcnt, which spdk_bdev_notify_blockcnt_change()
 * sets. 0 means "nothing to say" where no other meaning is given. Counts are blocks of `blocklen`
 * bytes unless said otherwise.
 */
struct spdk_bdev {
	/* The module's, passed to its functions. */
	void *ctxt;

	/* Unique. The module's memory, until the device is gone. */
	char *name;

	/* By spdk_bdev_alias_add(). */
	TAILQ_HEAD(spdk_bdev_aliases_list, spdk_bdev_alias) aliases;

	/* What kind of device it is, for people. The module's memory. */
	char *product_name;

	/* Not 0: writes may be lost with the power until a flush. */
	int write_cache;

	/* Bytes of a block, with interleaved metadata. Obligatory. */
	uint32_t blocklen;

	/* Bytes of a physical block; set to those of a block without metadata if 0. */
	uint32_t phys_blocklen;

	/* Set by the library: bit N for type N. */
	uint32_t io_type_supported;

	/* Number of blocks. */
	uint64_t blockcnt;

	struct {
		/*
		 * Writes are split at multiples of write_unit_size, rather than at
		 * optimal_io_boundary; and are to be whole units.
		 */
		uint32_t split_on_write_unit : 1;

		/* Reads and writes are split at multiples of optimal_io_boundary. */
		uint32_t split_on_optimal_io_boundary : 1;

		/* Metadata follows the data of each block, and is counted in blocklen. */
		uint32_t md_interleave : 1;

		/* Protection information is at the beginning of metadata, not at its end. */
		uint32_t dif_is_head_of_md : 1;

		/* Has zones: spdk/bdev_zone.h. */
		uint32_t zoned : 1;

		/* Tells of media events. */
		uint32_t media_events : 1;

		/* Set by the library: there is a get_memory_domain_types() or its predecessor. */
		uint32_t memory_domains_supported : 1;

		uint32_t reserved : 25;
	};

	/* Blocks that a write must be a multiple of; set to 1 if 0. */
	uint32_t write_unit_size;

	/* Most blocks of a compare-and-write; set to write_unit_size if 0. */
	uint16_t acwu;

	/* log2, at most 12, of what addresses of data must be multiples of; others are copied. */
	uint8_t required_alignment;

	uint8_t reserved1;

	/* A wish, or with split_on_optimal_io_boundary more than that. */
	uint32_t optimal_io_boundary;

	/* Wishes: nothing enforces them. */
	uint32_t preferred_write_alignment;
	uint32_t preferred_write_granularity;
	uint32_t optimal_write_size;
	uint32_t preferred_unmap_alignment;
	uint32_t preferred_unmap_granularity;

	/* Most bytes of a vector, and vectors of a read or write; both 0: any. Larger are split. */
	uint32_t max_segment_size;
	uint32_t max_num_segments;

	/* Most blocks of an unmap in one segment, and most segments; 0: any. Larger are split. */
	uint32_t max_unmap;
	uint32_t max_unmap_segments;

	/* Most blocks at once; 0: any. Larger are split. max_copy is set where there is no COPY. */
	uint32_t max_write_zeroes;
	uint32_t max_copy;
	uint32_t max_rw_size;

	/* Made by the library if it is all 0; another one each time then. */
	struct spdk_uuid uuid;

	/* Bytes of metadata of a block. */
	uint32_t md_len;

	uint8_t reserved2[4];

	/* Kind and format of protection information; means nothing without metadata. */
	enum spdk_dif_type dif_type;
	enum spdk_dif_pi_format dif_pi_format;

	uint8_t reserved3[4];

	/* SPDK_DIF_FLAGS_*_CHECK bits of what is checked. */
	uint32_t dif_check_flags;

	uint8_t reserved4[8];

	/* Of devices with zones, see spdk/bdev_zone.h; zone_size is obligatory. max_: 0: any. */
	uint64_t zone_size;
	uint32_t max_zone_append_size;
	uint32_t max_open_zones; /* zones */
	uint32_t max_active_zones;
	uint32_t optimal_open_zones;

	uint8_t reserved6[4];

	/* Of devices that are NVMe, or behave alike. nsid 0: none. */
	union spdk_bdev_nvme_ctratt ctratt;
	uint32_t nsid;
	enum spdk_nvme_csi csi;

	/*
	 * Seconds that a reset leaves I/Os to complete. When all have, the module is not asked to
	 * reset. 0: it is asked at once.
	 */
	uint16_t reset_io_drain_timeout;

	uint8_t reserved7[2];

	struct {
		/* Whether `id` says something: a node 0 that nobody has set does not. */
		uint32_t id_valid : 1;
		int32_t id : 31;
	} numa;

	/* Set by the library: bit N for type N. */
	uint32_t accel_sequence_supported;

	/* Obligatory, both. */
	struct spdk_bdev_module *module;
	const struct spdk_bdev_fn_table *fn_table;

	/** The library's; src/io/bdev/bdev_internal.h says which file keeps which. */
	struct __bdev_internal_fields {
		enum spdk_bdev_status status;
		TAILQ_ENTRY(spdk_bdev) link;
		struct spdk_bdev_name bdev_name;
		TAILQ_HEAD(, spdk_bdev_desc) open_descs;

		/* Who keeps it from going besides descriptors: whoever walks or examines devices.
		 */
		uint32_t holds;
		/* How many devices lie below, one on the other; those on which this one lies, and
		   those that lie on it. */
		uint32_t height;
		TAILQ_HEAD(bdev_edges, bdev_edge) bases;
		struct bdev_edges uppers;

		/* Claims: v1.module with SPDK_BDEV_CLAIM_EXCL_WRITE, v2 with the others. */
		enum spdk_bdev_claim_type claim_type;
		union __bdev_internal_claim {
			struct __bdev_internal_claim_v1 {
				struct spdk_bdev_module *module;
			} v1;
			struct __bdev_internal_claim_v2 {
				TAILQ_HEAD(v2_claims, spdk_bdev_module_claim) claims;
				uint64_t key;
			} v2;
		} claim;

		/* Who is told of the end; made at registration, so that the end needs no memory. */
		struct bdev_end *end;

		/* Resets: the one that runs, those after it, and those that end with it. */
		struct spdk_bdev_io *reset_in_progress;
		bdev_io_tailq_t queued_resets;
		bdev_io_tailq_t shared_resets;
		bool reset_is_thawing;
		struct spdk_io_channel_iter *reset_round;

		/* What it is called in traces; 0 without one. */
		uint16_t trace_id;

		/* Made when first needed: rate limits, queue depth, histogram. */
		struct spdk_bdev_qos *qos;
		struct bdev_queue_depth *queue_depth;
		struct bdev_histogram *histogram;

		/* What channels that are gone have counted. */
		struct spdk_bdev_io_stat *stat;

		/* Ranges of blocks that nobody else may touch, and those that wait to become such.
		 */
		lba_range_tailq_t locked_ranges;
		lba_range_tailq_t pending_locked_ranges;
	} internal;
};

/* ---- An I/O ---- */

/**
 * There is a buffer, in u.bdev.iovs of the I/O; or `success` is false: it would have to be larger
 * than a buffer can be. `ch` is the module's channel.
 */
typedef void (*spdk_bdev_io_get_buf_cb)(struct spdk_io_channel *ch, struct spdk_bdev_io *bdev_io,
					bool success);

/** Shape of a function that is given a second buffer; NULL: there is none. Kept for programs. */
typedef void (*spdk_bdev_io_get_aux_buf_cb)(struct spdk_io_channel *ch,
					    struct spdk_bdev_io *bdev_io, void *aux_buf);

/* Most vectors of a part that the library splits off. */
#define SPDK_BDEV_IO_NUM_CHILD_IOV 32

/* What is to be done, for I/Os about blocks: all but those that have a struct of their own. */
struct spdk_bdev_io_block_params {
	/* The data. At address NULL, the module provides memory: spdk_bdev_io_get_buf(). */
	struct iovec *iovs;
	int iovcnt;

	uint64_t num_blocks;

	/* The first block. COPY: where to. ZONE_APPEND: the zone, and in the end the block. */
	uint64_t offset_blocks;

	/* Where the data is, if the device takes data of such domains; else NULL. */
	struct spdk_memory_domain *memory_domain;
	void *memory_domain_ctx;

	/* What is to be done with it, if the device takes that; else NULL. */
	struct spdk_accel_sequence *accel_sequence;

	/* Separate metadata; NULL: none. */
	void *md_buf;

	/* COMPARE_AND_WRITE: what to write. `iovs` is what to compare. */
	struct iovec *fused_iovs;
	int fused_iovcnt;

	/* SPDK_DIF_FLAGS_*_CHECK bits of what this I/O checks. */
	uint32_t dif_check_flags;

	union spdk_bdev_nvme_cdw12 nvme_cdw12;
	union spdk_bdev_nvme_cdw13 nvme_cdw13;

	/* ZCOPY: the half that takes (start) or gives back; whether data is read, or written. */
	struct {
		uint8_t populate : 1;
		uint8_t commit : 1;
		uint8_t start : 1;
	} zcopy;

	/* ABORT as a caller submits it; the module gets a struct spdk_bdev_io_abort_params. */
	struct {
		void *bio_cb_arg;
	} abort;

	/* SEEK_DATA, SEEK_HOLE: the block that the module has found; UINT64_MAX: none. */
	struct {
		uint64_t offset;
	} seek;

	/* COPY: where from. */
	struct {
		uint64_t src_offset_blocks;
	} copy;

	/* Where the library makes or checks protection information: how, and what was wrong. */
	struct spdk_dif_ctx dif_ctx;
	struct spdk_dif_error dif_err;
};

/* RESET. A module has nothing to read here. */
struct spdk_bdev_io_reset_params {
	struct spdk_io_channel *ch_ref;
	struct {
		struct spdk_poller *poller;
		uint64_t stop_time_tsc;
	} wait_poller;
};

struct spdk_bdev_io_abort_params {
	/* The one to be ended, of the same channel. The module has it still, or has just had it. */
	struct spdk_bdev_io *bio_to_abort;
};

/* NVME_ADMIN, NVME_IO, NVME_IO_MD, NVME_IOV_MD. */
struct spdk_bdev_io_nvme_passthru_params {
	/* As the caller gave it; the module fills in the addresses, and nsid. */
	struct spdk_nvme_cmd cmd;

	/* NVME_IOV_MD: the data. */
	struct iovec *iovs;
	int iovcnt;

	/* The others: the data. */
	void *buf;

	/* Bytes of data. */
	size_t nbytes;

	/* Separate metadata, in bytes. */
	void *md_buf;
	size_t md_len;
};

/* GET_ZONE_INFO, ZONE_MANAGEMENT. */
struct spdk_bdev_io_zone_mgmt_params {
	/* First block of the zone. */
	uint64_t zone_id;
	uint32_t num_zones;
	enum spdk_bdev_zone_action zone_action;
	/* GET_ZONE_INFO: an array of num_zones struct spdk_bdev_zone_info. */
	void *buf;
};

/** The library's; src/io/bdev/bdev_internal.h explains the states of an I/O. */
struct spdk_bdev_io_internal_fields {
	struct spdk_bdev_channel *ch;
	struct spdk_bdev_desc *desc;
	spdk_bdev_io_completion_cb cb;
	void *caller_ctx;

	/* Ticks when it was submitted, for its latency. */
	uint64_t submit_tsc;

	/* Among all that are in the channel's hands. */
	TAILQ_ENTRY(spdk_bdev_io) ch_link;

	/* enum spdk_bdev_io_status */
	int8_t status;
	/* enum bdev_io_state */
	uint8_t state;
	uint8_t rank;
	/* enum bdev_buf_from: of `buf`, or where it waits for one. */
	uint8_t buf_from;
	/* enum bdev_io_flag */
	uint16_t flags;

	union {
		/* Children of a split that are not done. */
		uint32_t children;
		/* While it is LIMITED, its place among those that wait. */
		uint32_t turn;
	};

	/* What the device said of an error. */
	union {
		struct {
			uint32_t cdw0;
			uint8_t sct;
			uint8_t sc;
		} nvme;
		struct {
			uint8_t sc;
			uint8_t sk;
			uint8_t asc;
			uint8_t ascq;
		} scsi;
		int aio_result;
	} error;

	/* In the one queue that it waits in; its state says which. Or in the pool. */
	union {
		TAILQ_ENTRY(spdk_bdev_io) link;
		SLIST_ENTRY(spdk_bdev_io) free_link;
		/** Of a part's, which has another of its base done: who is told of that. */
		spdk_bdev_io_completion_cb forward_cb;
		/* While the module waits for an I/O of the device below. */
		struct {
			spdk_bdev_io_wait_cb cb_fn;
			uint8_t rank;
		} below;
	};

	/* Of a split: blocks that have no child yet, the first of them, and where its data is. */
	uint64_t split_remaining;
	uint64_t split_offset;
	size_t split_iov_offset;
	int split_iov;

	/* A buffer of the library's, its length, and what waits for it. */
	void *buf;
	uint64_t buf_len;
	spdk_bdev_io_get_buf_cb get_buf_cb;
	struct spdk_iobuf_entry iobuf;

	/* While data goes through a buffer of the library's: where it comes from or goes to. */
	struct {
		struct iovec iov;
		struct iovec *orig_iovs;
		int orig_iovcnt;
		/* In the first vector. */
		size_t orig_offset;
	} bounce;

	/* For a parent that found no I/O for its next child. */
	struct spdk_bdev_io_wait_entry waitq_entry;

	/* As the caller gave them, where the module cannot take them. */
	struct spdk_memory_domain *memory_domain;
	void *memory_domain_ctx;
	struct spdk_accel_sequence *accel_sequence;
};

struct spdk_bdev_io {
	/* The device whose module has the I/O. */
	struct spdk_bdev *bdev;

	/* enum spdk_bdev_io_type */
	uint8_t type;

	uint8_t reserved0;

	/* How often it was submitted again for SPDK_BDEV_IO_STATUS_NOMEM. */
	uint16_t num_retries;

	uint32_t reserved1;

	/* For data in one piece: what u.bdev.iovs names then. */
	struct iovec iov;

	/* The vectors of a part that was split off. */
	struct iovec child_iov[SPDK_BDEV_IO_NUM_CHILD_IOV];

	uint8_t reserved2[32];

	/* What is to be done, as `type` says. */
	union {
		struct spdk_bdev_io_block_params bdev;
		struct spdk_bdev_io_reset_params reset;
		struct spdk_bdev_io_abort_params abort;
		struct spdk_bdev_io_nvme_passthru_params nvme_passthru;
		struct spdk_bdev_io_zone_mgmt_params zone_mgmt;
	} u;

	/** The library's. */
	struct spdk_bdev_io_internal_fields internal __attribute__((aligned(64)));

	/* The module's own, of get_ctx_size() bytes. What is in it at submission is not defined. */
	uint8_t driver_ctx[0] __attribute__((aligned(64)));
};
SPDK_STATIC_ASSERT(offsetof(struct spdk_bdev_io, driver_ctx) % SPDK_CACHE_LINE_SIZE == 0,
		   "driver_ctx not cache line aligned");

/* ---- Devices come and go ---- */

/**
 * Registers a device. It may be opened from now on, and modules look at it, inside this call as far
 * as they need no I/O.
 *
 * Thread: app thread.
 * Owner: `bdev` stays the module's, in its place until destruct().
 * Errors: -EINVAL, the log names the field: one that is obligatory is missing, or fields
 * contradict each other; or the thread is another. -EEXIST: a device has this name, alias or UUID,
 * or it is registered already. -ESHUTDOWN: the layer is ending. -ENOMEM.
 */
int spdk_bdev_register(struct spdk_bdev *bdev);

/**
 * Takes a device away: those who have it open are told, and it goes when they all have closed it.
 *
 * Thread: app thread.
 * Callback: `cb_fn(cb_arg, rc)` on this thread when destruct() is over; may be NULL. -EBUSY: the
 * device is on its way already.
 */
void spdk_bdev_unregister(struct spdk_bdev *bdev, spdk_bdev_unregister_cb cb_fn, void *cb_arg);

/**
 * As spdk_bdev_unregister(), by name: for those who cannot know that the device is still there.
 *
 * Errors, without a callback: -ENODEV: there is no such device of `module`. -ENOMEM.
 */
int spdk_bdev_unregister_by_name(const char *bdev_name, struct spdk_bdev_module *module,
				 spdk_bdev_unregister_cb cb_fn, void *cb_arg);

/**
 * The end of a destruct() that has returned 1. The device may be freed afterwards.
 *
 * Thread: any.
 */
void spdk_bdev_destruct_done(struct spdk_bdev *bdev, int bdeverrno);

/* ---- What modules report back: once for each call; more are explained and ignored ---- */

/** The end of an examine_config() or examine_disk(). Thread: app thread. */
void spdk_bdev_module_examine_done(struct spdk_bdev_module *module);

/** The end of module_init(), with async_init; also inside it. Thread: app thread. */
void spdk_bdev_module_init_done(struct spdk_bdev_module *module);

/** The end of module_fini(), with async_fini; also inside it. Thread: any. */
void spdk_bdev_module_fini_done(void);

/** The end of fini_start(), with async_fini_start; also inside it. Thread: any. */
void spdk_bdev_module_fini_start_done(void);

/* ---- Names ---- */

/**
 * Adds a name by which the device is found as well, until it goes.
 *
 * Errors: -EEXIST: a device has it. -EINVAL: it is NULL or empty. -ENOMEM.
 */
int spdk_bdev_alias_add(struct spdk_bdev *bdev, const char *alias);

/** Takes an alias away. Errors: -ENOENT: the device has no such alias. */
int spdk_bdev_alias_del(struct spdk_bdev *bdev, const char *alias);

/** Takes all aliases away; the device's name and UUID still find it. */
void spdk_bdev_alias_del_all(struct spdk_bdev *bdev);

/** The list of aliases. Owner: the device; it changes on the app thread. */
const struct spdk_bdev_aliases_list *spdk_bdev_get_aliases(const struct spdk_bdev *bdev);

/* ---- Buffers, for I/Os that come without one ---- */

/**
 * Provides data memory for a read whose caller has given none, or alignment for what the device
 * cannot take; where there is nothing to do, calls back at once.
 *
 * Thread: of the I/O.
 * Owner: the buffer goes with the I/O.
 * Shape: `len` bytes of data, aligned as the device needs; and metadata, where that is separate.
 * Callback: `cb` once, inside this call or, when no buffer is free, later.
 */
void spdk_bdev_io_get_buf(struct spdk_bdev_io *bdev_io, spdk_bdev_io_get_buf_cb cb, uint64_t len);

/**
 * Makes memory of the module's the data of the I/O, from the first aligned byte on.
 *
 * Owner: the module, at least until the I/O is freed.
 * Shape: at least the I/O's blocks, and what alignment costs.
 */
void spdk_bdev_io_set_buf(struct spdk_bdev_io *bdev_io, void *buf, size_t len);

/** The same for separate metadata. One that is too short is explained and ignored. */
void spdk_bdev_io_set_md_buf(struct spdk_bdev_io *bdev_io, void *md_buf, size_t len);

/* ---- The end of an I/O ---- */

/**
 * Says how an I/O has gone. It is not the module's any more, but for one with NOMEM, which comes
 * again.
 *
 * Thread: of the I/O. Elsewhere, or a second time, is explained; the first is carried out on the
 * right thread, the second ignored.
 * Callback: that of the caller runs inside this, unless submit_request() of the I/O runs: then
 * later.
 */
void spdk_bdev_io_complete(struct spdk_bdev_io *bdev_io, enum spdk_bdev_io_status status);

/*
 * The functions that set a status keep what the device has said and return the status to complete
 * the I/O with; those that complete do both.
 */

/** In terms of NVMe: dword 0 of the completion, or 0; status code type; status code. */
enum spdk_bdev_io_status
spdk_bdev_io_set_nvme_status(struct spdk_bdev_io *bdev_io, uint32_t cdw0, int sct, int sc);

void
spdk_bdev_io_complete_nvme_status(struct spdk_bdev_io *bdev_io, uint32_t cdw0, int sct, int sc);

/** In terms of SCSI: status, sense key, additional sense code and its qualifier. */
enum spdk_bdev_io_status
spdk_bdev_io_set_scsi_status(struct spdk_bdev_io *bdev_io, enum spdk_scsi_status sc,
			     enum spdk_scsi_sense sk, uint8_t asc, uint8_t ascq);

void spdk_bdev_io_complete_scsi_status(struct spdk_bdev_io *bdev_io, enum spdk_scsi_status sc,
				       enum spdk_scsi_sense sk, uint8_t asc, uint8_t ascq);

/** As 0 or -errno. */
enum spdk_bdev_io_status spdk_bdev_io_set_aio_status(struct spdk_bdev_io *bdev_io, int aio_result);

void spdk_bdev_io_complete_aio_status(struct spdk_bdev_io *bdev_io, int aio_result);

/** As an I/O to the device below has gone, which must not have been freed. */
enum spdk_bdev_io_status
spdk_bdev_io_set_base_io_status(struct spdk_bdev_io *bdev_io, const struct spdk_bdev_io *base_io);

void spdk_bdev_io_complete_base_io_status(struct spdk_bdev_io *bdev_io,
					  const struct spdk_bdev_io *base_io);

/** The thread of the I/O. */
struct spdk_thread *spdk_bdev_io_get_thread(struct spdk_bdev_io *bdev_io);

/** The module's channel on that thread. */
struct spdk_io_channel *spdk_bdev_io_get_io_channel(struct spdk_bdev_io *bdev_io);

/** When it was submitted, in ticks. */
uint64_t spdk_bdev_io_get_submit_tsc(struct spdk_bdev_io *bdev_io);

/** Also in spdk/bdev.h. */
bool spdk_bdev_io_hide_metadata(struct spdk_bdev_io *bdev_io);

/* ---- Changes of a device ---- */

/**
 * Changes the number of blocks, and tells those who have the device open.
 *
 * Thread: any.
 * Errors: -EBUSY: fewer blocks than before, while somebody has it open. -ENODEV: the device is not
 * registered, or is going away.
 */
int spdk_bdev_notify_blockcnt_change(struct spdk_bdev *bdev, uint64_t size);

/**
 * The NVMe status of an I/O in terms of SCSI, as spdk_bdev_io_get_scsi_status() gives it.
 *
 * Source: the NVM Express: SCSI Translation Reference.
 */
void
spdk_scsi_nvme_translate(const struct spdk_bdev_io *bdev_io, int *sc, int *sk, int *asc, int *ascq);

/**
 * Makes a module known. Not to be called: SPDK_BDEV_MODULE_REGISTER() does, before main(). One
 * whose name is taken is explained, and left out.
 */
void spdk_bdev_module_list_add(struct spdk_bdev_module *bdev_module);

/** The module of a name; NULL: none. Thread: any OS thread, also before the layer is there. */
struct spdk_bdev_module *spdk_bdev_module_list_find(const char *name);

/** The I/O whose driver_ctx this is. */
static inline struct spdk_bdev_io *
spdk_bdev_io_from_ctx(void *ctx)
{
	return SPDK_CONTAINEROF(ctx, struct spdk_bdev_io, driver_ctx);
}

/** Makes a module known when the program is loaded. `name` is a word of C that no other takes. */
#define SPDK_BDEV_MODULE_REGISTER(name, module)                                          \
	static void __attribute__((constructor)) _spdk_bdev_module_register_##name(void) \
	{                                                                                \
		spdk_bdev_module_list_add(module);                                       \
	}

#endif

#ifdef __cplusplus
}
#endif

#ifndef __SPDK_BDEV_MODULE_ONLY
#include "spdk/bdev_module/part.h"
#include "spdk/bdev_module/traffic.h"
#endif

#endif
