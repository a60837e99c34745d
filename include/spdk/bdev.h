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
 *   no result always calls back, and at once when it cannot even begin; one that returns an error
 *   never does.
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
	/* Is to go: waits for its descriptors to be closed. */
	SPDK_BDEV_STATUS_UNREGISTERING,
	/* Is found no more: waits for its channels to be put, then for its module. */
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
 * Brings up the layer and its modules: first those that look at the devices of others, so that
 * they are ready for them.
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
	 * checks and takes it off a read. Comparing, zero copy and zone append are -ENOTSUP.
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
 * options. hide_metadata means nothing for a device without interleaved metadata.
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
 * time. -ESHUTDOWN: the layer has ended meanwhile.
 * Errors: -EINVAL: no name, `event_cb` or `open_cb`, or an unknown size of the options. -ENOMEM.
 */
int spdk_bdev_open_async(const char *bdev_name, bool write, spdk_bdev_event_cb_t event_cb,
			 void *event_ctx, struct spdk_bdev_open_async_opts *opts,
			 spdk_bdev_open_async_cb_t open_cb, void *open_cb_arg);

/**
 * Closes a descriptor, and releases what was claimed by it.
 *
 * Thread: the one that opened it; also inside its event callback. On another one the call is
 * explained, and carried out on the right one.
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

/* ---- What a device is ---- */

/**
 * Whether the device takes I/Os of this type. Those that the library carries out by others count:
 * WRITE_ZEROES where there is WRITE, COMPARE where there is READ, and COPY, COMPARE_AND_WRITE and
 * ZCOPY where there are both.
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

/** What the device offers beyond blocks; all 0 for most. */
union spdk_bdev_nvme_ctratt spdk_bdev_get_nvme_ctratt(struct spdk_bdev *bdev);

/** The namespace; 0: none. */
uint32_t spdk_bdev_get_nvme_nsid(struct spdk_bdev *bdev);

/** The command set; SPDK_NVME_CSI_NVM for devices without a namespace. */
enum spdk_nvme_csi spdk_bdev_get_nvme_csi(const struct spdk_bdev *bdev);

#ifdef __cplusplus
}
#endif

#include "spdk/bdev/io.h"
#include "spdk/bdev/watch.h"

#endif
