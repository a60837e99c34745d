/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Block devices: numbered blocks of one size that are read and written, whatever is behind them.
 *
 * A device (struct spdk_bdev) has a name and belongs to a module; spdk/bdev_module.h is for those
 * who write one. To use it: open it by name (spdk_bdev_open_ext()), get a channel on each thread
 * that works with it (spdk_bdev_get_io_channel()), submit I/Os. The end goes the other way: wait
 * for the callbacks, spdk_put_io_channel() on each thread, spdk_bdev_close().
 *
 * In the comments:
 * - All calls are made on SPDK threads. "Thread: any" is any of them; "Thread: of ch" is the one
 *   that has got the channel.
 * - `bdev` must stay registered during the call. An open descriptor holds it; so does a callback
 *   that is given it, while it runs. A pointer from a lookup is held by nobody: use it on the app
 *   thread before something else runs there, or open the device.
 * - Blocks are numbered from 0. Offsets and lengths are blocks or bytes, as the name says, and a
 *   block has the size that the descriptor sees: spdk_bdev_desc_get_block_size().
 * - Callbacks run on the thread that made the call, later: never inside it. A function that has
 *   no result always calls back; one that returns an error never does.
 */
#ifndef SPDK_BDEV_H_
#define SPDK_BDEV_H_

#include "spdk/stdinc.h"

#include "spdk/accel.h"
#include "spdk/dif.h"
#include "spdk/histogram_data.h"
#include "spdk/json.h"
#include "spdk/nvme_spec.h"
#include "spdk/queue.h"
#include "spdk/scsi_spec.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Bytes of data that a buffer of either size holds by default. What holds is in the options of
 * iobuf, where the buffers come from: spdk_iobuf_get_opts().
 */
#define SPDK_BDEV_SMALL_BUF_MAX_SIZE 8192
#define SPDK_BDEV_LARGE_BUF_MAX_SIZE (64 * 1024)

/* Most bytes of metadata in a block of 512 bytes that SPDK_BDEV_BUF_SIZE_WITH_MD() reckons with. */
#define SPDK_BDEV_MAX_INTERLEAVED_MD_SIZE (64)

/** Bytes that `x` bytes of data take when each 512 of them are followed by metadata. */
#define SPDK_BDEV_BUF_SIZE_WITH_MD(x) (((x) / 512) * (512 + SPDK_BDEV_MAX_INTERLEAVED_MD_SIZE))

/* What is told to those who have the device open. */
enum spdk_bdev_event_type {
	/* It goes away, and waits for this descriptor to be closed. */
	SPDK_BDEV_EVENT_REMOVE,
	/* Its number of blocks has changed. */
	SPDK_BDEV_EVENT_RESIZE,
	/* There are media events: spdk_bdev_get_media_events(). */
	SPDK_BDEV_EVENT_MEDIA_MANAGEMENT,
};

/* Blocks of raw flash that the device wants to have rewritten elsewhere. */
struct spdk_bdev_media_event {
	uint64_t offset; /* blocks */
	uint64_t num_blocks;
};

/* A device. Its fields are for modules: spdk/bdev_module.h. */
struct spdk_bdev;

/** Told to the owner of a part base (spdk/bdev_module.h) that the device below goes away. */
typedef void (*spdk_bdev_remove_cb_t)(void *remove_ctx);

/**
 * An event of an open device.
 *
 * Runs on the thread that opened the descriptor, and not after spdk_bdev_close(). It may close the
 * descriptor. SPDK_BDEV_EVENT_REMOVE comes once; I/Os may still be submitted, and fail, until the
 * descriptor is closed. The other events come as often as they happen.
 */
typedef void (*spdk_bdev_event_cb_t)(enum spdk_bdev_event_type type, struct spdk_bdev *bdev,
				     void *event_ctx);

/* A request to a device. The library's until its callback, then the caller's until it is freed. */
struct spdk_bdev_io;

struct spdk_bdev_fn_table;
struct spdk_io_channel;
struct spdk_json_write_ctx;
struct spdk_uuid;

/* Where a device is in its life; docs/bdev.md has the moves. */
enum spdk_bdev_status {
	/* Not registered yet, or no more. */
	SPDK_BDEV_STATUS_INVALID,
	/* May be opened. */
	SPDK_BDEV_STATUS_READY,
	/* Is to go, and the events about it are on their way. */
	SPDK_BDEV_STATUS_UNREGISTERING,
	/* Waits for its last descriptor to be closed, or for its module. */
	SPDK_BDEV_STATUS_REMOVING,
};

/* An open device: who uses it, and whether he may write. */
struct spdk_bdev_desc;

/* What an I/O does. Which a device can do: spdk_bdev_io_type_supported(). */
enum spdk_bdev_io_type {
	SPDK_BDEV_IO_TYPE_INVALID = 0,
	SPDK_BDEV_IO_TYPE_READ,
	SPDK_BDEV_IO_TYPE_WRITE,
	/* The data of the blocks is not needed any more. */
	SPDK_BDEV_IO_TYPE_UNMAP,
	/* Makes writes durable that have completed before. */
	SPDK_BDEV_IO_TYPE_FLUSH,
	/* Gives all outstanding I/Os back and brings the device to order. */
	SPDK_BDEV_IO_TYPE_RESET,
	/* A raw NVMe command: of the admin set, with data, with data and metadata. */
	SPDK_BDEV_IO_TYPE_NVME_ADMIN,
	SPDK_BDEV_IO_TYPE_NVME_IO,
	SPDK_BDEV_IO_TYPE_NVME_IO_MD,
	SPDK_BDEV_IO_TYPE_WRITE_ZEROES,
	/* Lends memory of the device, instead of copying from or to the caller's. */
	SPDK_BDEV_IO_TYPE_ZCOPY,
	/* Zoned devices: spdk/bdev_zone.h. */
	SPDK_BDEV_IO_TYPE_GET_ZONE_INFO,
	SPDK_BDEV_IO_TYPE_ZONE_MANAGEMENT,
	SPDK_BDEV_IO_TYPE_ZONE_APPEND,
	SPDK_BDEV_IO_TYPE_COMPARE,
	/* Writes if what is there is what was expected, and nobody comes between. */
	SPDK_BDEV_IO_TYPE_COMPARE_AND_WRITE,
	/* Asks the module to give one I/O back early. */
	SPDK_BDEV_IO_TYPE_ABORT,
	/* The next block that holds nothing, or something. */
	SPDK_BDEV_IO_TYPE_SEEK_HOLE,
	SPDK_BDEV_IO_TYPE_SEEK_DATA,
	/* Copies blocks within the device. */
	SPDK_BDEV_IO_TYPE_COPY,
	/* As NVME_IO_MD, with vectors. */
	SPDK_BDEV_IO_TYPE_NVME_IOV_MD,
	/* Resets the whole NVMe subsystem. */
	SPDK_BDEV_IO_TYPE_NVME_NSSR,
	/* Makes blocks fail to be read until they are written again. */
	SPDK_BDEV_IO_TYPE_WRITE_UNCORRECTABLE,
	SPDK_BDEV_NUM_IO_TYPES
};

/**
 * The end of an I/O.
 *
 * Thread: of the channel that it was submitted on.
 * Owner: `bdev_io` is the callback's now: spdk_bdev_free_io(), here or later. Until then its
 * status can be asked for; a buffer that the library has lent it lives as long.
 * Callback: once for each I/O that was submitted without an error, never inside the function that
 * submitted it. It may submit others, put the channel and close the descriptor.
 * Errors: `success` is false; spdk_bdev_io_get_nvme_status() and its kin tell why.
 */
typedef void (*spdk_bdev_io_completion_cb)(struct spdk_bdev_io *bdev_io, bool success,
					   void *cb_arg);

struct spdk_bdev_opts {
	/* Most I/Os that all threads together may have beyond the few each has of its own. */
	uint32_t bdev_io_pool_size;
	/* Most free I/Os that a thread keeps for itself. */
	uint32_t bdev_io_cache_size;
	/* Whether modules look at each new device; if not, at those of spdk_bdev_examine(). */
	bool bdev_auto_examine;
	uint8_t reserved9[7];
	/* sizeof(struct spdk_bdev_opts) as the caller knows it; fields beyond keep their values. */
	size_t opts_size;
	/* Buffers of iobuf that each thread keeps for itself. */
	uint32_t iobuf_small_cache_size;
	uint32_t iobuf_large_cache_size;
} __attribute__((packed));
SPDK_STATIC_ASSERT(sizeof(struct spdk_bdev_opts) == 32, "Incorrect size");

/*
 * What a device offers beyond blocks, as in the controller attributes (CTRATT) of NVMe. A device
 * need not be NVMe to say so.
 */
union spdk_bdev_nvme_ctratt {
	uint32_t raw;
	struct {
		uint32_t reserved : 16;
		/* Limits of the size of a transfer do not count metadata. */
		uint32_t mem : 1;
		uint32_t reserved1 : 2;
		/* Flexible Data Placement: the directive of a write has a meaning. */
		uint32_t fdps : 1;
		uint32_t reserved2 : 12;
	} bits;
};
SPDK_STATIC_ASSERT(sizeof(union spdk_bdev_nvme_ctratt) == 4, "Incorrect size");

/* Dword 12 of an NVMe command, of which a device takes what its attributes offer. */
union spdk_bdev_nvme_cdw12 {
	uint32_t raw;
	struct {
		uint32_t reserved : 20;
		/* Kind of directive. */
		uint32_t dtype : 4;
		uint32_t reserved2 : 8;
	} write;
};
SPDK_STATIC_ASSERT(sizeof(union spdk_bdev_nvme_cdw12) == 4, "Incorrect size");

/* Dword 13, in the same way. */
union spdk_bdev_nvme_cdw13 {
	uint32_t raw;
	struct {
		uint32_t reserved : 16;
		/* What the directive says: with FDP, where to place the data. */
		uint32_t dspec : 16;
	} write;
};
SPDK_STATIC_ASSERT(sizeof(union spdk_bdev_nvme_cdw13) == 4, "Incorrect size");

/* What else a read or a write may say. Read during the call; what it points to, until the end. */
struct spdk_bdev_ext_io_opts {
	/* sizeof(struct spdk_bdev_ext_io_opts) as the caller knows it; fields beyond are 0. */
	size_t size;
	/*
	 * Where the data is, if the CPU cannot reach it: the vectors then hold addresses of this
	 * domain. NULL: ordinary memory. A device that cannot work with the domain gets the data
	 * through a buffer.
	 */
	struct spdk_memory_domain *memory_domain;
	/* For the operations of the domain. */
	void *memory_domain_ctx;
	/* A buffer for separate metadata, in ordinary memory; NULL: none. */
	void *metadata;
	/*
	 * Operations on the data: before a write, after a read. The sequence is the I/O's once
	 * the function has returned 0; after an error it is still the caller's.
	 */
	struct spdk_accel_sequence *accel_sequence;
	/* SPDK_DIF_FLAGS_*_CHECK bits that this I/O leaves out of those of the device. */
	uint32_t dif_check_flags_exclude_mask;
	union spdk_bdev_nvme_cdw12 nvme_cdw12;
	union spdk_bdev_nvme_cdw13 nvme_cdw13;
} __attribute__((packed));
SPDK_STATIC_ASSERT(sizeof(struct spdk_bdev_ext_io_opts) == 52, "Incorrect size");

/* ---- The layer ---- */

/** Copies the options that hold, as far as `opts_size` reaches. Explained and ignored: NULL, 0. */
void spdk_bdev_get_opts(struct spdk_bdev_opts *opts, size_t opts_size);

/**
 * Sets the options of the next spdk_bdev_initialize(). Fill them by spdk_bdev_get_opts() first.
 *
 * Errors: -EINVAL, the log names the field: `opts` is NULL, `opts_size` is 0 or unknown, or a
 * value is one that cannot work. The options of before hold then.
 */
int spdk_bdev_set_opts(struct spdk_bdev_opts *opts);

/** No examination is under way. */
typedef void (*spdk_bdev_wait_for_examine_cb)(void *arg);

/**
 * Tells once when modules have looked at all devices there are, so that those built on top of them
 * are there as well.
 *
 * Errors: -ENOMEM.
 */
int spdk_bdev_wait_for_examine(spdk_bdev_wait_for_examine_cb cb_fn, void *cb_arg);

/**
 * Lets modules look at one device now, or, when there is none of that name, as soon as there is.
 * For programs that have set bdev_auto_examine to false.
 *
 * Thread: app thread.
 * Shape: a name or an alias (copied).
 * Errors: -EINVAL: all devices are looked at anyway. -EEXIST: it was named before. -ENOMEM.
 */
int spdk_bdev_examine(const char *name);

/** The layer is ready, or -errno: of a module's module_init(), or -ENOMEM. */
typedef void (*spdk_bdev_init_cb)(void *cb_arg, int rc);

/** The layer is gone. */
typedef void (*spdk_bdev_fini_cb)(void *cb_arg);

/**
 * Brings up the layer and its modules, in the order in which they registered themselves.
 *
 * An application does not call it: the subsystem `bdev` does, which needs `accel` and `iobuf`.
 *
 * Thread: app thread, after spdk_iobuf_initialize().
 */
void spdk_bdev_initialize(spdk_bdev_init_cb cb_fn, void *cb_arg);

/**
 * Takes all devices away, those on top of others first, then the modules in the reverse order.
 *
 * A device that somebody has open is waited for; after a while it and who opened it are named in
 * the log.
 *
 * Thread: app thread.
 */
void spdk_bdev_finish(spdk_bdev_fini_cb cb_fn, void *cb_arg);

/**
 * Writes an array of the methods that lead to what is there: options, modules, devices.
 */
void spdk_bdev_subsystem_config_json(struct spdk_json_write_ctx *w);

/* ---- Which devices there are ---- */

/** The name of the module that the device belongs to. Owner: the module. */
const char *spdk_bdev_get_module_name(const struct spdk_bdev *bdev);

/** The device of a name, an alias or, as text, a UUID; NULL: none. */
struct spdk_bdev *spdk_bdev_get_by_name(const char *bdev_name);

/**
 * The device that was registered first; NULL: there is none.
 *
 * Thread: app thread, where devices come and go. Others use spdk_for_each_bdev().
 */
struct spdk_bdev *spdk_bdev_first(void);

/** The one registered after `prev`; NULL: `prev` is the last. Thread: app thread. */
struct spdk_bdev *spdk_bdev_next(struct spdk_bdev *prev);

/** As spdk_bdev_first(), of those that no module has claimed. Thread: app thread. */
struct spdk_bdev *spdk_bdev_first_leaf(void);

/** As spdk_bdev_next(), of those that no module has claimed. Thread: app thread. */
struct spdk_bdev *spdk_bdev_next_leaf(struct spdk_bdev *prev);

/* ---- Opening ---- */

struct spdk_bdev_open_opts {
	/* sizeof(struct spdk_bdev_open_opts) as the caller knows it. */
	size_t size;
	/*
	 * See blocks without their interleaved metadata. The library makes it for a write and
	 * checks and takes it off a read.
	 */
	bool hide_metadata;
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_bdev_open_opts) == 16, "Incorrect size");

/** Sets the defaults, as far as `opts_size` reaches. Explained and ignored: NULL, 0. */
void spdk_bdev_open_opts_init(struct spdk_bdev_open_opts *opts, size_t opts_size);

/**
 * Opens a device.
 *
 * Thread: any; events come here, and spdk_bdev_close() must be called here. The descriptor may be
 * used on every thread.
 * Owner: `*desc` is the caller's until spdk_bdev_close(); unchanged on errors.
 * Shape: a name or an alias. `write` is needed for all that changes data. Any number may have a
 * device open, for writing too; claims of modules (spdk/bdev_module.h) are what excludes others.
 * Errors: -EINVAL: no name or no `event_cb`, without which a removal would wait for ever. -ENODEV:
 * there is no such device, or it is going away. -EPERM: a module has claimed it, so that nobody
 * else may write. -ENOMEM.
 */
int spdk_bdev_open_ext(const char *bdev_name, bool write, spdk_bdev_event_cb_t event_cb,
		       void *event_ctx, struct spdk_bdev_desc **desc);

/**
 * Opens a device with options; NULL: the defaults.
 *
 * Thread, Owner, Shape, Errors: as spdk_bdev_open_ext(); -EINVAL also for an unknown size of the
 * options. hide_metadata is ignored for a device without interleaved metadata.
 */
int spdk_bdev_open_ext_v2(const char *bdev_name, bool write, spdk_bdev_event_cb_t event_cb,
			  void *event_ctx, struct spdk_bdev_open_opts *opts,
			  struct spdk_bdev_desc **desc);

/** The end of spdk_bdev_open_async(): a descriptor and 0, or NULL and -errno. */
typedef void (*spdk_bdev_open_async_cb_t)(struct spdk_bdev_desc *desc, int rc, void *cb_arg);

struct spdk_bdev_open_async_opts {
	/* sizeof(struct spdk_bdev_open_async_opts) as the caller knows it. */
	size_t size;
	/* How long to wait for a device that is not there; 0: not at all. */
	uint64_t timeout_ms;
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_bdev_open_async_opts) == 16, "Incorrect size");

/**
 * Opens a device, and waits for it to appear.
 *
 * Thread, Shape: as spdk_bdev_open_ext().
 * Callback: once, with the results of spdk_bdev_open_ext(); -ETIMEDOUT: it has not appeared in
 * time. When the layer ends meanwhile, it is given up with -ENODEV.
 * Errors: -EINVAL: no name, `event_cb` or `open_cb`, or an unknown size of the options. -ENOMEM.
 */
int spdk_bdev_open_async(const char *bdev_name, bool write, spdk_bdev_event_cb_t event_cb,
			 void *event_ctx, struct spdk_bdev_open_async_opts *opts,
			 spdk_bdev_open_async_cb_t open_cb, void *open_cb_arg);

/**
 * Closes a descriptor, and releases what was claimed by it.
 *
 * Thread: the one that opened it; also inside its event callback. On another one the call is
 * explained and changes nothing.
 * Owner: `desc` is gone. Its channels are to be put, and its I/Os over, before.
 */
void spdk_bdev_close(struct spdk_bdev_desc *desc);

/** The NUMA node that the device is near; SPDK_ENV_NUMA_ID_ANY: none, or not known. */
int32_t spdk_bdev_get_numa_id(struct spdk_bdev *bdev);

/**
 * One step of spdk_for_each_bdev() and its kin; other than 0 ends it. The device is open for
 * reading meanwhile.
 */
typedef int (*spdk_for_each_bdev_fn)(void *ctx, struct spdk_bdev *bdev);

/**
 * Calls `fn` inside this call for each device, in order of registration; those that are going away
 * are left out. Returns what `fn` returned last, or 0.
 *
 * Thread: any.
 * Errors: -ENOMEM.
 */
int spdk_for_each_bdev(void *ctx, spdk_for_each_bdev_fn fn);

/** As spdk_for_each_bdev(), for devices that no module has claimed. */
int spdk_for_each_bdev_leaf(void *ctx, spdk_for_each_bdev_fn fn);

/**
 * As spdk_for_each_bdev(), for the devices of `count` names or aliases, in their order.
 *
 * Errors: -ENODEV: there is none of a name; those before it have been seen by `fn`. -ENOMEM.
 */
int
spdk_for_each_bdev_by_name(void *ctx, spdk_for_each_bdev_fn fn, const char **names, size_t count);

/* ---- What a descriptor sees: as the device, but for metadata that is hidden ---- */

/** The device. Owner: its module; it stays until the descriptor is closed. */
struct spdk_bdev *spdk_bdev_desc_get_bdev(struct spdk_bdev_desc *desc);

/** Bytes of a block, with interleaved metadata unless that is hidden. */
uint32_t spdk_bdev_desc_get_block_size(struct spdk_bdev_desc *desc);

/** Bytes of metadata of a block; 0: none, or hidden. */
uint32_t spdk_bdev_desc_get_md_size(struct spdk_bdev_desc *desc);

/** Whether metadata follows the data of each block. False when it is hidden. */
bool spdk_bdev_desc_is_md_interleaved(struct spdk_bdev_desc *desc);

/** Whether metadata has a buffer of its own. */
bool spdk_bdev_desc_is_md_separate(struct spdk_bdev_desc *desc);

/** Kind of protection information; SPDK_DIF_DISABLE: none, or hidden. */
enum spdk_dif_type spdk_bdev_desc_get_dif_type(struct spdk_bdev_desc *desc);

/** Format of protection information; without such, that has no meaning. */
enum spdk_dif_pi_format spdk_bdev_desc_get_dif_pi_format(struct spdk_bdev_desc *desc);

/** Whether protection information is at the beginning of metadata rather than at its end. */
bool spdk_bdev_desc_is_dif_head_of_md(struct spdk_bdev_desc *desc);

/** Whether the device checks that part of protection information. */
bool spdk_bdev_desc_is_dif_check_enabled(struct spdk_bdev_desc *desc,
					 enum spdk_dif_check_type check_type);

/** Whether this descriptor was opened with hide_metadata, and there is something to hide. */
bool spdk_bdev_desc_hide_metadata(struct spdk_bdev_desc *desc);

/** Whether the I/O was submitted by such a descriptor. */
bool spdk_bdev_io_hide_metadata(struct spdk_bdev_io *bdev_io);

/** Bytes of a block in the I/O's vectors: without metadata that is hidden, or made on the way. */
uint32_t spdk_bdev_io_get_block_size(struct spdk_bdev_io *bdev_io);

/** An I/O is slow; see spdk_bdev_set_timeout(). It is not the callback's, and may end meanwhile. */
typedef void (*spdk_bdev_io_timeout_cb)(void *cb_arg, struct spdk_bdev_io *bdev_io);

/**
 * Lets `cb_fn` know of I/Os of this descriptor that have not completed in time; it may abort them,
 * reset the device, or only say so. 0 seconds switches it off.
 *
 * Thread: the one that opened the descriptor.
 * Callback: on the thread of each such I/O, and again from time to time while it lasts; not for
 * those that the library makes itself. The clock runs from submission.
 * Errors: -EINVAL: a time without `cb_fn`, or the wrong thread. -ENOMEM.
 */
int spdk_bdev_set_timeout(struct spdk_bdev_desc *desc, uint64_t timeout_in_sec,
			  spdk_bdev_io_timeout_cb cb_fn, void *cb_arg);

/* ---- What a device is ---- */

/**
 * Whether the device takes I/Os of this type. Those that the library carries out by others count:
 * WRITE_ZEROES where there is WRITE, ZCOPY where there are both READ and WRITE.
 */
bool spdk_bdev_io_type_supported(struct spdk_bdev *bdev, enum spdk_bdev_io_type io_type);

/** The name of a type, as JSON-RPC has it ("read"); NULL: there is no such type. */
const char *spdk_bdev_get_io_type_name(enum spdk_bdev_io_type io_type);

/** The type of a name, or -1. */
int spdk_bdev_get_io_type(const char *io_type_string);

/**
 * Lets the module write what it knows of the device into the JSON object that is open in `w`: a
 * member of its name. 0 when it has nothing to say, else what the module returned.
 */
int spdk_bdev_dump_info_json(struct spdk_bdev *bdev, struct spdk_json_write_ctx *w);

/** The name. Owner: the device. */
const char *spdk_bdev_get_name(const struct spdk_bdev *bdev);

/** What kind of device it is, for people ("Malloc disk"). Owner: the device. */
const char *spdk_bdev_get_product_name(const struct spdk_bdev *bdev);

/** Bytes of a block, with interleaved metadata. */
uint32_t spdk_bdev_get_block_size(const struct spdk_bdev *bdev);

/** Blocks that a write must be a multiple of; at least 1. */
uint32_t spdk_bdev_get_write_unit_size(const struct spdk_bdev *bdev);

/** The number of blocks. It may change: SPDK_BDEV_EVENT_RESIZE. */
uint64_t spdk_bdev_get_num_blocks(const struct spdk_bdev *bdev);

/**
 * What addresses of data should be multiples of, in bytes; 1: anything. What is not goes through
 * a buffer, which costs a copy.
 */
size_t spdk_bdev_get_buf_align(const struct spdk_bdev *bdev);

/** Blocks at whose multiples an I/O had better end, rather than cross them; 0: no matter. */
uint32_t spdk_bdev_get_optimal_io_boundary(const struct spdk_bdev *bdev);

/** Whether completed writes may be lost with the power, until a flush. */
bool spdk_bdev_has_write_cache(const struct spdk_bdev *bdev);

/** The UUID. Every device has one; whether it is the same next time, its module decides. */
const struct spdk_uuid *spdk_bdev_get_uuid(const struct spdk_bdev *bdev);

/** Most blocks of spdk_bdev_comparev_and_writev_blocks(); at least 1. */
uint16_t spdk_bdev_get_acwu(const struct spdk_bdev *bdev);

/** Bytes of metadata of a block; 0: none. */
uint32_t spdk_bdev_get_md_size(const struct spdk_bdev *bdev);

/** Whether metadata follows the data of each block. */
bool spdk_bdev_is_md_interleaved(const struct spdk_bdev *bdev);

/** Whether metadata has a buffer of its own. */
bool spdk_bdev_is_md_separate(const struct spdk_bdev *bdev);

/** Whether the device has zones: spdk/bdev_zone.h. */
bool spdk_bdev_is_zoned(const struct spdk_bdev *bdev);

/** Bytes of a block without metadata. */
uint32_t spdk_bdev_get_data_block_size(const struct spdk_bdev *bdev);

/** Bytes that the device really writes at once, and never by halves. */
uint32_t spdk_bdev_get_physical_block_size(const struct spdk_bdev *bdev);

/* Wishes of the device, in blocks; 0: none. Nothing enforces them. */

/** What the first block of a write should be a multiple of. */
uint32_t spdk_bdev_get_preferred_write_alignment(const struct spdk_bdev *bdev);

/** What the length of a write should be a multiple of. */
uint32_t spdk_bdev_get_preferred_write_granularity(const struct spdk_bdev *bdev);

/** How long a write should be. */
uint32_t spdk_bdev_get_optimal_write_size(const struct spdk_bdev *bdev);

/** What the first block of an unmap should be a multiple of. */
uint32_t spdk_bdev_get_preferred_unmap_alignment(const struct spdk_bdev *bdev);

/** What the length of an unmap should be a multiple of. */
uint32_t spdk_bdev_get_preferred_unmap_granularity(const struct spdk_bdev *bdev);

/** Kind of protection information; SPDK_DIF_DISABLE: none. */
enum spdk_dif_type spdk_bdev_get_dif_type(const struct spdk_bdev *bdev);

/** Format of protection information; without such, that has no meaning. */
enum spdk_dif_pi_format spdk_bdev_get_dif_pi_format(const struct spdk_bdev *bdev);

/** Whether protection information is at the beginning of metadata rather than at its end. */
bool spdk_bdev_is_dif_head_of_md(const struct spdk_bdev *bdev);

/** Whether the device checks that part of protection information. */
bool
spdk_bdev_is_dif_check_enabled(const struct spdk_bdev *bdev, enum spdk_dif_check_type check_type);

/** Most blocks that the device copies at once; 0: any number. Longer copies are split. */
uint32_t spdk_bdev_get_max_copy(const struct spdk_bdev *bdev);

/* ---- Limits of rates ---- */

/* Index of a limit in the arrays of spdk_bdev_set_qos_rate_limits(). */
enum spdk_bdev_qos_rate_limit_type {
	/* Reads and writes together, in I/Os a second. */
	SPDK_BDEV_QOS_RW_IOPS_RATE_LIMIT = 0,
	/* Reads and writes together, in bytes. */
	SPDK_BDEV_QOS_RW_BPS_RATE_LIMIT,
	/* Bytes read. */
	SPDK_BDEV_QOS_R_BPS_RATE_LIMIT,
	/* Bytes written. */
	SPDK_BDEV_QOS_W_BPS_RATE_LIMIT,
	SPDK_BDEV_QOS_NUM_RATE_LIMIT_TYPES
};

/** The name of a limit in JSON-RPC ("rw_ios_per_sec"); NULL: there is no such limit. */
const char *spdk_bdev_get_qos_rpc_type(enum spdk_bdev_qos_rate_limit_type type);

/**
 * Fills `limits`, an array of SPDK_BDEV_QOS_NUM_RATE_LIMIT_TYPES. 0: no limit.
 *
 * Units: I/Os a second, and MiB a second.
 */
void spdk_bdev_get_qos_rate_limits(struct spdk_bdev *bdev, uint64_t *limits);

/**
 * Limits the reads and writes of a device by all threads together; what is too fast waits.
 *
 * Threads work on without each other: each has its share, and takes more as it needs it.
 *
 * Owner: `limits`, an array as above, is read during the call and may be rounded up in place: to
 * 1000 I/Os a second, to whole MiB.
 * Units: as spdk_bdev_get_qos_rate_limits(); 0 takes a limit away, UINT64_MAX leaves it as it is.
 * Callback: `cb_fn(cb_arg, status)` when all threads heed it. -EAGAIN: another change is under
 * way. -ENODEV: the device is going away. -ENOMEM.
 */
void spdk_bdev_set_qos_rate_limits(struct spdk_bdev *bdev, uint64_t *limits,
				   void (*cb_fn)(void *cb_arg, int status), void *cb_arg);

/* ---- Queue depth ---- */

/**
 * The I/Os at the device, over all threads, when that was sampled last; UINT64_MAX: it was not yet,
 * or is not sampled.
 */
uint64_t spdk_bdev_get_qd(const struct spdk_bdev *bdev);

/** Microseconds from one sample to the next; 0: not sampled. */
uint64_t spdk_bdev_get_qd_sampling_period(const struct spdk_bdev *bdev);

/**
 * Samples the queue depth every `period` microseconds, or no more for 0.
 *
 * Thread: any. The sampling holds the device open, and ends when that goes away.
 */
void spdk_bdev_set_qd_sampling_period(struct spdk_bdev *bdev, uint64_t period);

/**
 * Microseconds in which the device had something to do, as far as samples tell. Its growth divided
 * by the time that has passed is how busy the device was.
 */
uint64_t spdk_bdev_get_io_time(const struct spdk_bdev *bdev);

/** The same, each period times its queue depth: divided by the time, the mean queue depth. */
uint64_t spdk_bdev_get_weighted_io_time(const struct spdk_bdev *bdev);

/* ---- I/O ---- */

/**
 * The current thread's channel to the device. Each call counts: spdk_put_io_channel() as often.
 *
 * Thread: any; the channel is used and put there. All descriptors of the device share it.
 * Errors: NULL, explained in the log: no memory, or the module has none.
 */
struct spdk_io_channel *spdk_bdev_get_io_channel(struct spdk_bdev_desc *desc);

/** What the module says is its context for the device; NULL: nothing. */
void *spdk_bdev_get_module_ctx(struct spdk_bdev_desc *desc);

/*
 * The functions from here to spdk_bdev_copy_blocks() submit one I/O each. For all of them:
 *
 * Thread: of ch.
 * Owner: data, metadata and arrays of vectors stay the caller's, unchanged and in their place,
 * until the callback.
 * Shape: vectors hold at least as many bytes as the blocks, and may begin at any address and be of
 * any length and number: what the device cannot take as it is, the library splits or copies
 * through a buffer (see spdk_bdev_get_buf_align()). A device of hardware needs memory of
 * spdk_dma_malloc(); the others take any.
 * Callback: see spdk_bdev_io_completion_cb. I/Os of one channel may complete in any order; only a
 * callback says that one is over.
 * Errors, all without a callback:
 * -ENOMEM: the thread has no free I/O; spdk_bdev_queue_io_wait() tells when it has.
 * -EINVAL: blocks that do not exist, or bytes that are not whole blocks.
 * -EBADF: what changes the device, through a descriptor that was not opened for writing.
 * -ENOTSUP: the device does not take the type, and the library cannot do it by others.
 * What their comments say holds besides.
 */

/**
 * Looks for the next block from `offset_blocks` on that holds data;
 * spdk_bdev_io_get_seek_offset() tells which.
 *
 * A device that does not know holds data everywhere: the answer is `offset_blocks`.
 */
int spdk_bdev_seek_data(struct spdk_bdev_desc *desc, struct spdk_io_channel *ch,
			uint64_t offset_blocks, spdk_bdev_io_completion_cb cb, void *cb_arg);

/**
 * Looks for the next block from `offset_blocks` on that holds none. A device that does not know has
 * no such block.
 */
int spdk_bdev_seek_hole(struct spdk_bdev_desc *desc, struct spdk_io_channel *ch,
			uint64_t offset_blocks, spdk_bdev_io_completion_cb cb, void *cb_arg);

/**
 * Reads `nbytes` bytes from byte `offset` on.
 *
 * Owner: for `buf` NULL the library lends a buffer, which spdk_bdev_io_get_iovec() names in the
 * callback and which goes with the I/O. It holds no more than a large buffer of iobuf.
 */
int spdk_bdev_read(struct spdk_bdev_desc *desc, struct spdk_io_channel *ch, void *buf,
		   uint64_t offset, uint64_t nbytes, spdk_bdev_io_completion_cb cb, void *cb_arg);

/** As spdk_bdev_read(), in blocks. */
int spdk_bdev_read_blocks(struct spdk_bdev_desc *desc, struct spdk_io_channel *ch, void *buf,
			  uint64_t offset_blocks, uint64_t num_blocks,
			  spdk_bdev_io_completion_cb cb, void *cb_arg);

/**
 * As spdk_bdev_read_blocks(), with separate metadata.
 *
 * Shape: `md` holds spdk_bdev_get_md_size() bytes for each block; NULL: without.
 * Errors: -EINVAL: `md` without `buf`, or without separate metadata of the device.
 */
int spdk_bdev_read_blocks_with_md(struct spdk_bdev_desc *desc, struct spdk_io_channel *ch,
				  void *buf, void *md, uint64_t offset_blocks, uint64_t num_blocks,
				  spdk_bdev_io_completion_cb cb, void *cb_arg);

/** As spdk_bdev_read(), into vectors. */
int spdk_bdev_readv(struct spdk_bdev_desc *desc, struct spdk_io_channel *ch, struct iovec *iov,
		    int iovcnt, uint64_t offset, uint64_t nbytes, spdk_bdev_io_completion_cb cb,
		    void *cb_arg);

/** As spdk_bdev_read_blocks(), into vectors. */
int spdk_bdev_readv_blocks(struct spdk_bdev_desc *desc, struct spdk_io_channel *ch,
			   struct iovec *iov, int iovcnt, uint64_t offset_blocks,
			   uint64_t num_blocks, spdk_bdev_io_completion_cb cb, void *cb_arg);

/** As spdk_bdev_read_blocks_with_md(), into vectors. */
int
spdk_bdev_readv_blocks_with_md(struct spdk_bdev_desc *desc, struct spdk_io_channel *ch,
			       struct iovec *iov, int iovcnt, void *md, uint64_t offset_blocks,
			       uint64_t num_blocks, spdk_bdev_io_completion_cb cb, void *cb_arg);

/**
 * As spdk_bdev_readv_blocks(), with options; NULL: none.
 *
 * Owner: `opts` is read during the call.
 * Errors: -EINVAL: an unknown size of the options, or metadata as for
 * spdk_bdev_read_blocks_with_md().
 */
int spdk_bdev_readv_blocks_ext(struct spdk_bdev_desc *desc, struct spdk_io_channel *ch,
			       struct iovec *iov, int iovcnt, uint64_t offset_blocks,
			       uint64_t num_blocks, spdk_bdev_io_completion_cb cb, void *cb_arg,
			       struct spdk_bdev_ext_io_opts *opts);

/** Writes `nbytes` bytes from byte `offset` on. Durable after spdk_bdev_flush(). */
int spdk_bdev_write(struct spdk_bdev_desc *desc, struct spdk_io_channel *ch, void *buf,
		    uint64_t offset, uint64_t nbytes, spdk_bdev_io_completion_cb cb, void *cb_arg);

/** As spdk_bdev_write(), in blocks. */
int spdk_bdev_write_blocks(struct spdk_bdev_desc *desc, struct spdk_io_channel *ch, void *buf,
			   uint64_t offset_blocks, uint64_t num_blocks,
			   spdk_bdev_io_completion_cb cb, void *cb_arg);

/** As spdk_bdev_write_blocks(), with metadata as in spdk_bdev_read_blocks_with_md(). */
int spdk_bdev_write_blocks_with_md(struct spdk_bdev_desc *desc, struct spdk_io_channel *ch,
				   void *buf, void *md, uint64_t offset_blocks, uint64_t num_blocks,
				   spdk_bdev_io_completion_cb cb, void *cb_arg);

/** As spdk_bdev_write(), from vectors. */
int spdk_bdev_writev(struct spdk_bdev_desc *desc, struct spdk_io_channel *ch, struct iovec *iov,
		     int iovcnt, uint64_t offset, uint64_t nbytes, spdk_bdev_io_completion_cb cb,
		     void *cb_arg);

/** As spdk_bdev_write_blocks(), from vectors. */
int spdk_bdev_writev_blocks(struct spdk_bdev_desc *desc, struct spdk_io_channel *ch,
			    struct iovec *iov, int iovcnt, uint64_t offset_blocks,
			    uint64_t num_blocks, spdk_bdev_io_completion_cb cb, void *cb_arg);

/** As spdk_bdev_write_blocks_with_md(), from vectors. */
int
spdk_bdev_writev_blocks_with_md(struct spdk_bdev_desc *desc, struct spdk_io_channel *ch,
				struct iovec *iov, int iovcnt, void *md, uint64_t offset_blocks,
				uint64_t num_blocks, spdk_bdev_io_completion_cb cb, void *cb_arg);

/** As spdk_bdev_writev_blocks(), with options as in spdk_bdev_readv_blocks_ext(). */
int spdk_bdev_writev_blocks_ext(struct spdk_bdev_desc *desc, struct spdk_io_channel *ch,
				struct iovec *iov, int iovcnt, uint64_t offset_blocks,
				uint64_t num_blocks, spdk_bdev_io_completion_cb cb, void *cb_arg,
				struct spdk_bdev_ext_io_opts *opts);

/**
 * Compares blocks with `buf`. Where the device cannot, the library reads and compares.
 *
 * Callback: without success when they differ; spdk_bdev_io_get_nvme_status() then gives
 * SPDK_NVME_SCT_MEDIA_ERROR and SPDK_NVME_SC_COMPARE_FAILURE.
 */
int spdk_bdev_compare_blocks(struct spdk_bdev_desc *desc, struct spdk_io_channel *ch, void *buf,
			     uint64_t offset_blocks, uint64_t num_blocks,
			     spdk_bdev_io_completion_cb cb, void *cb_arg);

/** As spdk_bdev_compare_blocks(), with metadata as in spdk_bdev_read_blocks_with_md(). */
int
spdk_bdev_compare_blocks_with_md(struct spdk_bdev_desc *desc, struct spdk_io_channel *ch, void *buf,
				 void *md, uint64_t offset_blocks, uint64_t num_blocks,
				 spdk_bdev_io_completion_cb cb, void *cb_arg);

/** As spdk_bdev_compare_blocks(), with vectors. */
int spdk_bdev_comparev_blocks(struct spdk_bdev_desc *desc, struct spdk_io_channel *ch,
			      struct iovec *iov, int iovcnt, uint64_t offset_blocks,
			      uint64_t num_blocks, spdk_bdev_io_completion_cb cb, void *cb_arg);

/** As spdk_bdev_compare_blocks_with_md(), with vectors. */
int
spdk_bdev_comparev_blocks_with_md(struct spdk_bdev_desc *desc, struct spdk_io_channel *ch,
				  struct iovec *iov, int iovcnt, void *md, uint64_t offset_blocks,
				  uint64_t num_blocks, spdk_bdev_io_completion_cb cb, void *cb_arg);

/**
 * Writes blocks if they are what `compare_iov` holds, and no other I/O comes between. Where the
 * device cannot, the library holds up what others do with these blocks meanwhile.
 *
 * Shape: both arrays hold `num_blocks` blocks.
 * Callback: spdk_bdev_io_get_nvme_fused_status() tells which half failed.
 * Errors: -EINVAL: more blocks than spdk_bdev_get_acwu().
 */
int spdk_bdev_comparev_and_writev_blocks(struct spdk_bdev_desc *desc, struct spdk_io_channel *ch,
					 struct iovec *compare_iov, int compare_iovcnt,
					 struct iovec *write_iov, int write_iovcnt,
					 uint64_t offset_blocks, uint64_t num_blocks,
					 spdk_bdev_io_completion_cb cb, void *cb_arg);

/**
 * Borrows memory that stands for blocks: of the device where it can lend it, else a buffer of the
 * library's.
 *
 * Owner: the memory is lent until spdk_bdev_zcopy_end(), which every success needs; the I/O is not
 * freed before. After a failure it is freed as others are.
 * Shape: `populate` fills it with what the blocks hold; without, it has to be written as a whole.
 * `iov` may be NULL. spdk_bdev_io_get_iovec() names the memory in the callback.
 */
int
spdk_bdev_zcopy_start(struct spdk_bdev_desc *desc, struct spdk_io_channel *ch, struct iovec *iov,
		      int iovcnt, uint64_t offset_blocks, uint64_t num_blocks, bool populate,
		      spdk_bdev_io_completion_cb cb, void *cb_arg);

/**
 * Gives the memory back; with `commit` the blocks are what it holds.
 *
 * Owner: `bdev_io` is that of spdk_bdev_zcopy_start(). It comes to `cb`, to be freed there.
 * Errors: -EINVAL: it is none of those, or has not completed.
 */
int spdk_bdev_zcopy_end(struct spdk_bdev_io *bdev_io, bool commit, spdk_bdev_io_completion_cb cb,
			void *cb_arg);

/** Makes `nbytes` bytes zero from byte `offset` on. Where the device cannot, zeroes are written. */
int spdk_bdev_write_zeroes(struct spdk_bdev_desc *desc, struct spdk_io_channel *ch, uint64_t offset,
			   uint64_t nbytes, spdk_bdev_io_completion_cb cb, void *cb_arg);

/** As spdk_bdev_write_zeroes(), in blocks. */
int spdk_bdev_write_zeroes_blocks(struct spdk_bdev_desc *desc, struct spdk_io_channel *ch,
				  uint64_t offset_blocks, uint64_t num_blocks,
				  spdk_bdev_io_completion_cb cb, void *cb_arg);

/** Makes blocks fail to be read until they are written again. */
int spdk_bdev_write_uncorrectable_blocks(struct spdk_bdev_desc *desc, struct spdk_io_channel *ch,
					 uint64_t offset_blocks, uint64_t num_blocks,
					 spdk_bdev_io_completion_cb cb, void *cb_arg);

/** Tells the device that data is not needed any more. What is read there afterwards is anything. */
int spdk_bdev_unmap(struct spdk_bdev_desc *desc, struct spdk_io_channel *ch, uint64_t offset,
		    uint64_t nbytes, spdk_bdev_io_completion_cb cb, void *cb_arg);

/** As spdk_bdev_unmap(), in blocks. */
int spdk_bdev_unmap_blocks(struct spdk_bdev_desc *desc, struct spdk_io_channel *ch,
			   uint64_t offset_blocks, uint64_t num_blocks,
			   spdk_bdev_io_completion_cb cb, void *cb_arg);

/**
 * Makes durable what was written before; that is, what had called back before this call. Of use
 * where spdk_bdev_has_write_cache().
 */
int spdk_bdev_flush(struct spdk_bdev_desc *desc, struct spdk_io_channel *ch, uint64_t offset,
		    uint64_t length, spdk_bdev_io_completion_cb cb, void *cb_arg);

/** As spdk_bdev_flush(), in blocks. */
int spdk_bdev_flush_blocks(struct spdk_bdev_desc *desc, struct spdk_io_channel *ch,
			   uint64_t offset_blocks, uint64_t num_blocks,
			   spdk_bdev_io_completion_cb cb, void *cb_arg);

/**
 * Resets the device for all who use it: every I/O that was submitted before, on whatever thread,
 * is over when it has completed.
 *
 * What the library still holds is aborted (it waits for a buffer, a rate, or the module's memory),
 * and so is what is submitted until the reset is over; what the module has, the module ends. A
 * reset during another waits for it. A device may want I/Os to have some time first, and is left
 * alone when they all end within it (reset_io_drain_timeout of struct spdk_bdev).
 */
int spdk_bdev_reset(struct spdk_bdev_desc *desc, struct spdk_io_channel *ch,
		    spdk_bdev_io_completion_cb cb, void *cb_arg);

/** As spdk_bdev_reset(), for the whole NVMe subsystem that the device is a part of. */
int spdk_bdev_nvme_nssr(struct spdk_bdev_desc *desc, struct spdk_io_channel *ch,
			spdk_bdev_io_completion_cb cb, void *cb_arg);

/**
 * Tries to end all I/Os of this channel that were submitted with `bio_cb_arg` as their argument.
 *
 * Callback: success when each of them was ended early. Their own callbacks come before this one.
 * Errors: -EINVAL: `bio_cb_arg` is NULL. -ENOTSUP: the device cannot.
 */
int spdk_bdev_abort(struct spdk_bdev_desc *desc, struct spdk_io_channel *ch, void *bio_cb_arg,
		    spdk_bdev_io_completion_cb cb, void *cb_arg);

/**
 * Sends a raw NVMe command of the admin set, as it is but for the addresses of data, which the
 * module fills in.
 *
 * Owner: `cmd` is copied.
 * Shape: `buf` holds `nbytes` bytes; the command's opcode tells which way they go.
 * Errors: -EBADF: whatever the command does, the descriptor must be open for writing.
 */
int spdk_bdev_nvme_admin_passthru(struct spdk_bdev_desc *desc, struct spdk_io_channel *ch,
				  const struct spdk_nvme_cmd *cmd, void *buf, size_t nbytes,
				  spdk_bdev_io_completion_cb cb, void *cb_arg);

/** As spdk_bdev_nvme_admin_passthru(), of the I/O set; the module fills in nsid too. */
int spdk_bdev_nvme_io_passthru(struct spdk_bdev_desc *bdev_desc, struct spdk_io_channel *ch,
			       const struct spdk_nvme_cmd *cmd, void *buf, size_t nbytes,
			       spdk_bdev_io_completion_cb cb, void *cb_arg);

/** As spdk_bdev_nvme_io_passthru(), with `md_len` bytes of separate metadata. */
int spdk_bdev_nvme_io_passthru_md(struct spdk_bdev_desc *bdev_desc, struct spdk_io_channel *ch,
				  const struct spdk_nvme_cmd *cmd, void *buf, size_t nbytes,
				  void *md_buf, size_t md_len, spdk_bdev_io_completion_cb cb,
				  void *cb_arg);

/** As spdk_bdev_nvme_io_passthru_md(), with vectors. */
int spdk_bdev_nvme_iov_passthru_md(struct spdk_bdev_desc *desc, struct spdk_io_channel *ch,
				   const struct spdk_nvme_cmd *cmd, struct iovec *iov, int iovcnt,
				   size_t nbytes, void *md_buf, size_t md_len,
				   spdk_bdev_io_completion_cb cb, void *cb_arg);

/**
 * Copies blocks within the device. Where that cannot, the library reads and writes.
 *
 * Shape: the two ranges should not overlap; what overlaps may hold either.
 */
int spdk_bdev_copy_blocks(struct spdk_bdev_desc *desc, struct spdk_io_channel *ch,
			  uint64_t dst_offset_blocks, uint64_t src_offset_blocks,
			  uint64_t num_blocks, spdk_bdev_io_completion_cb cb, void *cb_arg);

/**
 * Gives an I/O back. Whoever waits for one on this thread may be called inside this.
 *
 * Thread: of the I/O's channel, after its callback has been called. Earlier or twice is explained
 * and changes nothing.
 */
void spdk_bdev_free_io(struct spdk_bdev_io *bdev_io);

/** There is a free I/O: submit now. */
typedef void (*spdk_bdev_io_wait_cb)(void *cb_arg);

/* A place in the queue for an I/O: the caller's memory, and his fields but for the last ones. */
struct spdk_bdev_io_wait_entry {
	struct spdk_bdev *bdev;
	spdk_bdev_io_wait_cb cb_fn;
	void *cb_arg;
	/* Go before those who wait: other I/Os are held up until this one is through. */
	bool dep_unblock;
	uint8_t pad[7];
	TAILQ_ENTRY(spdk_bdev_io_wait_entry) link;
};

/**
 * Waits for an I/O, after a function has returned -ENOMEM.
 *
 * Thread: of ch.
 * Owner: `entry` is the library's until `entry->cb_fn` is called, and must stay. It may be queued
 * again inside that.
 * Callback: once, on this thread. An I/O is free then, until the callback or others take it; one
 * that finds none waits again.
 * Errors: -EINVAL: `bdev` is not that of the entry, or there is a free I/O, so that none might ever
 * be freed.
 */
int spdk_bdev_queue_io_wait(struct spdk_bdev *bdev, struct spdk_io_channel *ch,
			    struct spdk_bdev_io_wait_entry *entry);

/* ---- Counts ---- */

struct spdk_bdev_io_error_stat;

/*
 * What I/Os have done since the channel or the device was there, or since the last reset of the
 * counts. Latencies are from submission to completion, in ticks; the three of each kind are the
 * sum, the longest and the shortest.
 */
struct spdk_bdev_io_stat {
	uint64_t bytes_read;
	uint64_t num_read_ops;
	uint64_t bytes_written;
	uint64_t num_write_ops;
	uint64_t bytes_unmapped;
	uint64_t num_unmap_ops;
	uint64_t bytes_copied;
	uint64_t num_copy_ops;
	uint64_t read_latency_ticks;
	uint64_t max_read_latency_ticks;
	uint64_t min_read_latency_ticks;
	uint64_t write_latency_ticks;
	uint64_t max_write_latency_ticks;
	uint64_t min_write_latency_ticks;
	uint64_t unmap_latency_ticks;
	uint64_t max_unmap_latency_ticks;
	uint64_t min_unmap_latency_ticks;
	uint64_t copy_latency_ticks;
	uint64_t max_copy_latency_ticks;
	uint64_t min_copy_latency_ticks;
	/* Ticks in a second. */
	uint64_t ticks_rate;
	/* The library's: I/Os that failed, by status. NULL in a struct of the caller's. */
	struct spdk_bdev_io_error_stat *io_error;
};

/* Which counts to begin anew. */
enum spdk_bdev_reset_stat_mode {
	SPDK_BDEV_RESET_STAT_ALL,
	/* The longest and shortest latencies. */
	SPDK_BDEV_RESET_STAT_MAXMIN,
	/* The counts of failed I/Os. */
	SPDK_BDEV_RESET_STAT_ERROR,
	SPDK_BDEV_RESET_STAT_NONE,
};

/** Counts of a device; `stat` is what was given. `rc`: 0 or -ENOMEM. */
typedef void (*spdk_bdev_get_device_stat_cb)(struct spdk_bdev *bdev, struct spdk_bdev_io_stat *stat,
					     void *cb_arg, int rc);

/** Copies the counts of one channel, then begins those of `reset_mode` anew. Thread: of ch. */
void
spdk_bdev_get_io_stat(struct spdk_bdev *bdev, struct spdk_io_channel *ch,
		      struct spdk_bdev_io_stat *stat, enum spdk_bdev_reset_stat_mode reset_mode);

/**
 * Sums the counts of all channels, also of those that are gone, then begins those of `reset_mode`
 * anew.
 *
 * Thread: any; each thread is asked for its own.
 * Owner: `stat` is filled, and must stay, until the callback.
 */
void spdk_bdev_get_device_stat(struct spdk_bdev *bdev, struct spdk_bdev_io_stat *stat,
			       enum spdk_bdev_reset_stat_mode reset_mode,
			       spdk_bdev_get_device_stat_cb cb, void *cb_arg);

/* ---- What has become of an I/O: after its callback was called, until it is freed ---- */

/**
 * The status in terms of NVMe, whatever the device has said. `*sct` and `*sc` are 0 after success.
 *
 * Shape: `cdw0` is dword 0 of the completion, 0 for devices that are not NVMe.
 */
void
spdk_bdev_io_get_nvme_status(const struct spdk_bdev_io *bdev_io, uint32_t *cdw0, int *sct, int *sc);

/** The status of either half of a compare-and-write; of an ordinary I/O, twice the same. */
void
spdk_bdev_io_get_nvme_fused_status(const struct spdk_bdev_io *bdev_io, uint32_t *cdw0,
				   int *first_sct, int *first_sc, int *second_sct, int *second_sc);

/** The status in terms of SCSI: status, sense key, additional sense code and its qualifier. */
void spdk_bdev_io_get_scsi_status(const struct spdk_bdev_io *bdev_io, int *sc, int *sk, int *asc,
				  int *ascq);

/** The status as 0 or -errno: that of the system for modules that use files, else -EIO. */
void spdk_bdev_io_get_aio_status(const struct spdk_bdev_io *bdev_io, int *aio_result);

/** The vectors of the data. Owner: the caller who has given them, or the I/O. NULL, 0: none. */
void spdk_bdev_io_get_iovec(struct spdk_bdev_io *bdev_io, struct iovec **iovp, int *iovcntp);

/** The buffer of separate metadata; NULL: none. */
void *spdk_bdev_io_get_md_buf(struct spdk_bdev_io *bdev_io);

/** What the callback gets as cb_arg; for spdk_bdev_abort(). Also before the I/O has completed. */
void *spdk_bdev_io_get_cb_arg(struct spdk_bdev_io *bdev_io);

/** The block that was found by spdk_bdev_seek_data() or _hole(); UINT64_MAX: there is none. */
uint64_t spdk_bdev_io_get_seek_offset(const struct spdk_bdev_io *bdev_io);

/* ---- Histograms of latencies, in ticks ---- */

/* What a histogram counts, and how finely. */
struct spdk_bdev_enable_histogram_opts {
	/* sizeof(struct spdk_bdev_enable_histogram_opts) as the caller knows it. */
	size_t size;
	/* Latencies between these, in nanoseconds, are told apart. 0: the default. */
	uint64_t min_nsec;
	uint64_t max_nsec;
	/* An enum spdk_bdev_io_type; 0 counts all types. */
	uint8_t io_type;
	/* log2 of the buckets into which each doubling is divided. */
	uint8_t granularity;
} __attribute__((packed));
SPDK_STATIC_ASSERT(sizeof(struct spdk_bdev_enable_histogram_opts) == 26, "Incorrect size");

/** A histogram is switched on or off: 0 or -errno. */
typedef void (*spdk_bdev_histogram_status_cb)(void *cb_arg, int status);

/** A histogram, or why there is none: -EFAULT: not switched on. -ENOMEM. */
typedef void (*spdk_bdev_histogram_data_cb)(void *cb_arg, int status,
					    struct spdk_histogram_data *histogram);

/**
 * Begins to count how long I/Os take, on all threads, or stops and forgets.
 *
 * Callback: when all threads do so. -EAGAIN: another change is under way. -ENODEV: the device is
 * going away. -ENOMEM: it is off.
 */
void spdk_bdev_histogram_enable(struct spdk_bdev *bdev, spdk_bdev_histogram_status_cb cb_fn,
				void *cb_arg, bool enable);

/**
 * As spdk_bdev_histogram_enable(), with options; NULL: the defaults.
 *
 * Owner: `opts` is read during the call.
 * Callback: also -EINVAL: an unknown size, or values that make no histogram.
 */
void spdk_bdev_histogram_enable_ext(struct spdk_bdev *bdev, spdk_bdev_histogram_status_cb cb_fn,
				    void *cb_arg, bool enable,
				    struct spdk_bdev_enable_histogram_opts *opts);

/** Sets the defaults, as far as `size` reaches. Explained and ignored: NULL, 0. */
void
spdk_bdev_enable_histogram_opts_init(struct spdk_bdev_enable_histogram_opts *opts, size_t size);

/**
 * Adds up the histograms of all threads in `histogram`.
 *
 * Owner: `histogram` is the caller's and must stay until the callback, which is given it.
 * Shape: of the granularity and range that the device counts with, or -EINVAL.
 */
void spdk_bdev_histogram_get(struct spdk_bdev *bdev, struct spdk_histogram_data *histogram,
			     spdk_bdev_histogram_data_cb cb_fn, void *cb_arg);

/**
 * The histogram of one channel.
 *
 * Thread: of ch.
 * Callback: inside this call, unlike others. The histogram is the channel's: copy what is needed.
 */
void spdk_bdev_channel_get_histogram(struct spdk_io_channel *ch, spdk_bdev_histogram_data_cb cb_fn,
				     void *cb_arg);

/* ---- Other things ---- */

/**
 * Takes up to `max_events` media events of this descriptor; returns how many.
 *
 * Thread: the one that opened it, inside the callback of SPDK_BDEV_EVENT_MEDIA_MANAGEMENT. What is
 * left is told of again.
 */
size_t spdk_bdev_get_media_events(struct spdk_bdev_desc *bdev_desc,
				  struct spdk_bdev_media_event *events, size_t max_events);

/**
 * The memory domains whose data the device takes as it is. Superseded by
 * spdk_bdev_get_memory_domain_types().
 *
 * Shape: returns how many there are. When that is more than `array_size`, or `domains` is NULL,
 * nothing in the array counts.
 * Errors: -EINVAL: `bdev` is NULL. What the module returned.
 */
int spdk_bdev_get_memory_domains(struct spdk_bdev *bdev, struct spdk_memory_domain **domains,
				 int array_size);

/**
 * The kinds of memory domains whose data the device takes as it is.
 *
 * Shape: returns how many there are, and fills in as many as the array holds. NULL and 0 ask for
 * the number only.
 * Errors: -EINVAL: `bdev` is NULL, or only one of the others is nothing. What the module returned.
 */
int spdk_bdev_get_memory_domain_types(struct spdk_bdev *bdev, enum spdk_dma_device_type *types,
				      uint32_t array_size);

/* The state of a spdk_bdev_for_each_channel(). */
struct spdk_bdev_channel_iter;

/**
 * One step of spdk_bdev_for_each_channel(). It ends with spdk_bdev_for_each_channel_continue(),
 * now or later.
 */
typedef void (*spdk_bdev_for_each_channel_msg)(struct spdk_bdev_channel_iter *i,
					       struct spdk_bdev *bdev, struct spdk_io_channel *ch,
					       void *ctx);

/** End of spdk_bdev_for_each_channel(): `status` is the one that stopped it, or 0. */
typedef void (*spdk_bdev_for_each_channel_done)(struct spdk_bdev *bdev, void *ctx, int status);

/** Goes on to the next channel, or, when `status` is not 0, to the end. Thread: of the step. */
void spdk_bdev_for_each_channel_continue(struct spdk_bdev_channel_iter *i, int status);

/**
 * Runs `fn` for each channel of the device on its thread, one after the other, then `cpl` on this
 * one.
 */
void spdk_bdev_for_each_channel(struct spdk_bdev *bdev, spdk_bdev_for_each_channel_msg fn,
				void *ctx, spdk_bdev_for_each_channel_done cpl);

/* ---- Of devices that are NVMe, or behave alike ---- */

/** What the device offers beyond blocks; all 0 for most. */
union spdk_bdev_nvme_ctratt spdk_bdev_get_nvme_ctratt(struct spdk_bdev *bdev);

/** The namespace; 0: none. */
uint32_t spdk_bdev_get_nvme_nsid(struct spdk_bdev *bdev);

/** The command set; SPDK_NVME_CSI_NVM for devices without a namespace. */
enum spdk_nvme_csi spdk_bdev_get_nvme_csi(const struct spdk_bdev *bdev);

#ifdef __cplusplus
}
#endif

#endif
