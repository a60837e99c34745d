/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * \file
 * The machine as a program sees it: memory that devices may reach, named memory, pools, rings,
 * cores and the OS threads on them, time, PCI devices, and the tables that translate addresses.
 *
 * Unless a declaration says otherwise:
 *   - spdk_env_init() must have returned 0 and spdk_env_fini() must not have been called. What is
 *     called outside of that span fails (NULL or -errno) with a message that names
 *     spdk_env_init().
 *   - any OS thread may call it, also one that the environment did not start.
 *   - numa_id is a NUMA node, or SPDK_ENV_NUMA_ID_ANY. On a machine without NUMA it is accepted
 *     and has no effect. A node that does not exist is an error.
 */
#ifndef SPDK_ENV_H
#define SPDK_ENV_H

#include "spdk/stdinc.h"

#include "spdk/assert.h"
#include "spdk/pci_ids.h"
#include "spdk/queue.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Any NUMA node will do. The name with SOCKET is the older one of the two; both mean the same. */
#define SPDK_ENV_NUMA_ID_ANY   (-1)
#define SPDK_ENV_SOCKET_ID_ANY (-1)

/** The core number of an OS thread that runs on no core of this environment. */
#define SPDK_ENV_LCORE_ID_ANY (UINT32_MAX)

/** Memory that a device may read and write. */
#define SPDK_MALLOC_DMA 0x01
/** Memory that another process may be given, see spdk_mem_get_fd_and_offset(). */
#define SPDK_MALLOC_SHARE 0x02

/** Lengths of names, with the terminating zero. */
#define SPDK_MAX_MEMZONE_NAME_LEN 32
#define SPDK_MAX_MEMPOOL_NAME_LEN 29

/** The memory zone may lie in pieces for a device that sees physical addresses. */
#define SPDK_MEMZONE_NO_IOVA_CONTIG 0x00100000

/**
 * How the environment is to be set up. Fill it with spdk_env_opts_init(), then change what you
 * need. What is set by name and cannot be had is an error; what is left at its default gives way
 * with a NOTICE.
 */
struct spdk_env_opts {
	/** Name of the program, in messages and file names. */
	const char *name;
	/**
	 * Cores to use: hexadecimal mask ("0x3") or list ("[0,2-3]"). NULL: core 0. Not with
	 * lcore_map.
	 */
	const char *core_mask;
	/** Mapping of lcores to CPUs, such as "0@0,1@(2-3)". NULL: none. */
	const char *lcore_map;
	/** Accepted and stored; processes share nothing. -1: none. */
	int shm_id;
	/** Number of memory channels; accepted, has no effect. -1: default. */
	int mem_channel;
	/** The core of the calling OS thread. -1: the lowest one. */
	int main_core;
	/**
	 * MiB to set aside at the start and keep; memory grows beyond that as needed. 0 or -1:
	 * nothing is set aside.
	 */
	int mem_size;
	/** Leave PCI devices alone. */
	bool no_pci;
	/**
	 * All huge pages shall lie in one file. They always do, and all ordinary pages in a second
	 * one, so this changes nothing.
	 */
	bool hugepage_single_segments;
	/** No file shall stay in hugedir. None ever does, so this changes nothing. */
	bool unlink_hugepage;
	/** Do not use huge pages, even where the machine has them. */
	bool no_huge;
	uint32_t reserved;
	/** Number of entries in pci_blocked or pci_allowed; only one of the two may be set. */
	size_t num_pci_addr;
	/** A hugetlbfs mount that huge pages shall come from. NULL: from anonymous files. */
	const char *hugedir;
	struct spdk_pci_addr *pci_blocked;
	struct spdk_pci_addr *pci_allowed;
	/**
	 * "pa" or "va": whether devices see physical or virtual addresses. NULL: what the machine
	 * can do. "pa" needs huge pages and the right to see physical addresses, and is for UIO;
	 * "va" is for VFIO, and needs an IOMMU that translates addresses of this process.
	 */
	const char *iova_mode;
	/** Where memory is placed if that place is free. 0: anywhere. */
	uint64_t base_virtaddr;
	/** For the environment's own use: a string of further options, or NULL. */
	void *env_context;
	/** UUID by which VFIO hands out virtual functions. NULL: none. */
	const char *vf_token;
	/**
	 * sizeof(struct spdk_env_opts) as the caller was compiled; fields behind it are not looked
	 * at.
	 */
	size_t opts_size;
	/**
	 * An allocation that names a NUMA node gets memory of that node or fails. Otherwise the
	 * other nodes are tried too.
	 */
	bool enforce_numa;
	uint8_t reserved2[7];
	/* New fields come here. */
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_env_opts) == 128, "the size is part of the API");

/**
 * Allocates memory that devices may reach.
 * Owner: the caller, until spdk_free(). What is left at spdk_env_fini() is released and reported
 *   there.
 * Shape: align is a power of two or 0; the buffer is aligned to a cache line at least. `unused`
 *   must be NULL. flags has one or both of SPDK_MALLOC_DMA and SPDK_MALLOC_SHARE.
 * Units: size in bytes, not 0.
 * Errors: NULL on bad arguments (explained) and when there is no memory.
 */
void *spdk_malloc(size_t size, size_t align, uint64_t *unused, int numa_id, uint32_t flags);

/** spdk_malloc() with the contents set to zero. */
void *spdk_zmalloc(size_t size, size_t align, uint64_t *unused, int numa_id, uint32_t flags);

/**
 * Changes the size or alignment of a buffer; contents are kept up to the smaller of the two sizes.
 * Owner: on success `buf` belongs to the environment again, and the result to the caller.
 * Shape: buf may be NULL, then it allocates; size 0 frees buf and returns NULL. align as in
 *   spdk_malloc(). The NUMA node of buf is kept.
 * Errors: NULL when there is no memory or buf is not from here; then buf is as it was.
 */
void *spdk_realloc(void *buf, size_t size, size_t align);

/**
 * Gives back a buffer of any of the allocating functions here. Not for the data path.
 * Shape: NULL is allowed. A pointer that is not the start of a live buffer is explained and left
 *   alone.
 */
void spdk_free(void *buf);

/**
 * Fills `opts` with defaults.
 * Shape: opts->opts_size must be set by the caller; 0 is explained and nothing is written. Only as
 *   much as opts_size says is written.
 */
void spdk_env_opts_init(struct spdk_env_opts *opts);

/**
 * Brings the environment up. The calling OS thread becomes the one of the main core.
 * Owner: opts and what it points to are the caller's again when this returns.
 * Shape: opts may be NULL only after an earlier spdk_env_fini(): the same options are used again.
 * Errors: -EINVAL: an option is wrong, or NULL without an earlier start; -EALREADY: it is up;
 *   -ENOMEM: mem_size asks for more than there is; other values as the kernel gave them.
 * Source: needs no root, no huge pages and no set-up; may be called again after spdk_env_fini()
 *   any number of times.
 */
int spdk_env_init(const struct spdk_env_opts *opts);

/**
 * Takes the environment down and releases all its memory. Memory that is still allocated is
 * reported in one line and goes too. Without a successful spdk_env_init() it does nothing.
 */
void spdk_env_fini(void);

/**
 * spdk_malloc() and spdk_zmalloc() with SPDK_MALLOC_DMA | SPDK_MALLOC_SHARE, with and without a
 * NUMA node.
 */
void *spdk_dma_malloc(size_t size, size_t align, uint64_t *unused);
void *spdk_dma_malloc_socket(size_t size, size_t align, uint64_t *unused, int numa_id);
void *spdk_dma_zmalloc(size_t size, size_t align, uint64_t *unused);
void *spdk_dma_zmalloc_socket(size_t size, size_t align, uint64_t *unused, int numa_id);
/** spdk_realloc(); `unused` must be NULL. */
void *spdk_dma_realloc(void *buf, size_t size, size_t align, uint64_t *unused);
/** spdk_free(). */
void spdk_dma_free(void *buf);

/**
 * Reserves memory that can be found by its name, set to zero.
 * Owner: the environment, until spdk_memzone_free() or spdk_env_fini().
 * Shape: name is not empty, below SPDK_MAX_MEMZONE_NAME_LEN, and not taken. len may not be 0.
 *   flags is 0 or SPDK_MEMZONE_NO_IOVA_CONTIG. Without that flag, where the kernel tells
 *   physical addresses, the zone is refused unless it lies in one piece there; a zone of up to
 *   2 MiB does so always, a larger one by luck.
 * Errors: NULL, explained.
 */
void *spdk_memzone_reserve(const char *name, size_t len, int numa_id, unsigned flags);

/** spdk_memzone_reserve() with an alignment, which is a power of two. */
void *spdk_memzone_reserve_aligned(const char *name, size_t len, int numa_id, unsigned flags,
				   unsigned align);

/** The start of the zone with that name in this process, or NULL. */
void *spdk_memzone_lookup(const char *name);

/** Releases the zone with that name. 0, or -1 when there is none. */
int spdk_memzone_free(const char *name);

/** Writes one line for each zone to `f`. */
void spdk_memzone_dump(FILE *f);

/** A fixed number of elements of one size, handed out and taken back in any order. */
struct spdk_mempool;

#define SPDK_MEMPOOL_DEFAULT_CACHE_SIZE SIZE_MAX

/**
 * Creates a pool of `count` elements of `ele_size` bytes.
 * Owner: the caller, until spdk_mempool_free() or spdk_env_fini().
 * Shape: name is not empty, below SPDK_MAX_MEMPOOL_NAME_LEN and not taken. Elements are aligned to
 *   a cache line. cache_size elements are kept by each core for itself: 0 for none,
 *   SPDK_MEMPOOL_DEFAULT_CACHE_SIZE for a fair share. What lies in the cache of one core is not
 *   seen by another. OS threads that run on no core use the common part.
 * Errors: NULL, explained.
 */
struct spdk_mempool *spdk_mempool_create(const char *name, size_t count, size_t ele_size,
					 size_t cache_size, int numa_id);

/** Called for each element; obj_idx counts from 0 in the order of addresses. */
typedef void(spdk_mempool_obj_cb_t)(struct spdk_mempool *mp, void *opaque, void *obj,
				    unsigned obj_idx);

/**
 * Called for each piece of memory of a pool; iova is its address for devices or
 * SPDK_VTOPHYS_ERROR.
 */
typedef void(spdk_mempool_mem_cb_t)(struct spdk_mempool *mp, void *opaque, void *addr,
				    uint64_t iova, size_t len, unsigned mem_idx);

/**
 * spdk_mempool_create(), and obj_init is called once for each element before it returns.
 * Shape: obj_init may be NULL. What it writes stays: get and put do not touch the contents of
 *   elements.
 */
struct spdk_mempool *
spdk_mempool_create_ctor(const char *name, size_t count, size_t ele_size, size_t cache_size,
			 int numa_id, spdk_mempool_obj_cb_t *obj_init, void *obj_init_arg);

/** The name the pool was created with; it lives as long as the pool. */
char *spdk_mempool_get_name(struct spdk_mempool *mp);

/**
 * Destroys the pool and all its elements.
 * Shape: NULL is allowed. Elements that are out are reported in one line; nobody may touch them
 *   any more.
 */
void spdk_mempool_free(struct spdk_mempool *mp);

/** Takes an element; NULL when there is none for this core. Never blocks. */
void *spdk_mempool_get(struct spdk_mempool *mp);

/**
 * Takes `count` elements, or none at all. 0, or -ENOMEM when there are not so many for this core.
 */
int spdk_mempool_get_bulk(struct spdk_mempool *mp, void **ele_arr, size_t count);

/**
 * Gives elements back, on any OS thread.
 * Shape: an address that is no element of this pool is explained and dropped.
 */
void spdk_mempool_put(struct spdk_mempool *mp, void *ele);
void spdk_mempool_put_bulk(struct spdk_mempool *mp, void **ele_arr, size_t count);

/** How many elements are in the pool, those in the caches of cores included. A snapshot. */
size_t spdk_mempool_count(const struct spdk_mempool *pool);

/** Calls obj_cb for each element, in or out of the pool. Returns how many there were. */
uint32_t
spdk_mempool_obj_iter(struct spdk_mempool *mp, spdk_mempool_obj_cb_t obj_cb, void *obj_cb_arg);

/**
 * Calls mem_cb for each piece of the memory that the elements lie in; a piece is contiguous for
 * devices.
 * Returns how many there were.
 */
uint32_t
spdk_mempool_mem_iter(struct spdk_mempool *mp, spdk_mempool_mem_cb_t mem_cb, void *mem_cb_arg);

/** The pool with that name in this process, or NULL. */
struct spdk_mempool *spdk_mempool_lookup(const char *name);

/**
 * Cores are numbered by lcore; there may be more of them than CPUs. The number of them in use
 * here:
 */
uint32_t spdk_env_get_core_count(void);

/**
 * The core of the calling OS thread; SPDK_ENV_LCORE_ID_ANY when the environment did not place it
 * on one.
 */
uint32_t spdk_env_get_current_core(void);

/** The core of the OS thread that called spdk_env_init(). */
uint32_t spdk_env_get_main_core(void);

/**
 * The lowest and the highest core in use. These two, spdk_env_get_next_core() and
 * SPDK_ENV_FOREACH_CORE() still go over the same cores after spdk_env_fini(), for programs that
 * print what each core has done, until the next spdk_env_init(); there are no cores then, and
 * spdk_env_get_core_count() is 0. Before the first spdk_env_init() they are UINT32_MAX.
 */
uint32_t spdk_env_get_first_core(void);
uint32_t spdk_env_get_last_core(void);

/** The core in use that follows prev_core, in ascending order; UINT32_MAX after the last. */
uint32_t spdk_env_get_next_core(uint32_t prev_core);

/** for loop over all cores in use; `i` is a uint32_t. */
#define SPDK_ENV_FOREACH_CORE(i) \
	for (i = spdk_env_get_first_core(); i < UINT32_MAX; i = spdk_env_get_next_core(i))

/** The NUMA node of a core; SPDK_ENV_NUMA_ID_ANY when it is not known. */
int32_t spdk_env_get_numa_id(uint32_t core);

/** The lowest and the highest NUMA node of this machine; 0 where there is no NUMA. */
int32_t spdk_env_get_first_numa_id(void);
int32_t spdk_env_get_last_numa_id(void);

/**
 * The node that follows, in ascending order; INT32_MAX after the last or when prev_numa_id is no
 * node.
 */
int32_t spdk_env_get_next_numa_id(int32_t prev_numa_id);

/** for loop over all NUMA nodes; `i` is an int32_t. */
#define SPDK_ENV_FOREACH_NUMA_ID(i) \
	for (i = spdk_env_get_first_numa_id(); i < INT32_MAX; i = spdk_env_get_next_numa_id(i))

struct spdk_cpuset;

/** Sets cpuset to exactly the cores in use. */
void spdk_env_get_cpuset(struct spdk_cpuset *cpuset);

/**
 * Sets cpuset to `core` and the hardware threads that share its physical core, whether they are in
 * use here or not; UINT32_MAX does so for all cores in use.
 * Returns false where the machine does not tell; then the contents of cpuset mean nothing.
 */
bool spdk_env_core_get_smt_cpuset(struct spdk_cpuset *cpuset, uint32_t core);

typedef int (*thread_start_fn)(void *);

/**
 * Starts an OS thread on a core.
 * Callback: fn(arg) runs once, there; what it returns is ignored.
 * Errors: -EINVAL: `core` is not in use or is the main core; -EBUSY: an OS thread runs there
 *   already; -EAGAIN or -ENOMEM: the kernel gives none.
 */
int spdk_env_thread_launch_pinned(uint32_t core, thread_start_fn fn, void *arg);

/**
 * Waits until all OS threads of spdk_env_thread_launch_pinned() have ended. Called on the main
 * core.
 */
void spdk_env_thread_wait_all(void);

/** Whether this process owns the shared state. There is one process for one program, so: true. */
bool spdk_process_is_primary(void);

/**
 * A clock that never goes back, the same on all cores. Works at any time, also without
 * spdk_env_init().
 */
uint64_t spdk_get_ticks(void);

/** How many ticks of spdk_get_ticks() make a second. Works at any time, and is always the same. */
uint64_t spdk_get_ticks_hz(void);

/** Keeps the CPU busy for `us` microseconds. */
void spdk_delay_us(unsigned int us);

/** Tells the CPU that this is a loop that waits. */
void spdk_pause(void);

/** A bounded first-in first-out queue of pointers. */
struct spdk_ring;

enum spdk_ring_type {
	/** One producer and one consumer at a time. */
	SPDK_RING_TYPE_SP_SC,
	/** Any number of producers, one consumer at a time. */
	SPDK_RING_TYPE_MP_SC,
	/** Any number of each. */
	SPDK_RING_TYPE_MP_MC,
};

/**
 * Creates a ring that holds `count` pointers at least: count is rounded up to a power of two, and
 * all of them can be filled. Works at any time, also without spdk_env_init().
 * Owner: the caller, until spdk_ring_free().
 * Thread: nobody ever waits for another in a ring. While one producer (consumer) is suspended in
 *   the middle of its call, what stands behind it is not seen (not filled again) until it goes on;
 *   all calls still return at once.
 * Errors: NULL, explained.
 */
struct spdk_ring *spdk_ring_create(enum spdk_ring_type type, size_t count, int numa_id);

/** Destroys the ring, not what the pointers in it point to. NULL is allowed. */
void spdk_ring_free(struct spdk_ring *ring);

/** How many pointers are in the ring. A snapshot. */
size_t spdk_ring_count(struct spdk_ring *ring);

/**
 * Appends `count` pointers, or none when there is not space for all of them. Returns count or 0.
 * Shape: free_space may be NULL; otherwise it is set to the space that is left, also when 0 is
 *   returned.
 * Source: all or nothing, as the reference.
 */
size_t spdk_ring_enqueue(struct spdk_ring *ring, void **objs, size_t count, size_t *free_space);

/** Takes up to `count` pointers from the front; returns how many. */
size_t spdk_ring_dequeue(struct spdk_ring *ring, void **objs, size_t count);

/**
 * Whether devices reach memory through an IOMMU that this process controls: while a device of VFIO
 * is in use.
 */
bool spdk_iommu_is_enabled(void);

#define SPDK_VTOPHYS_ERROR (0xFFFFFFFFFFFFFFFFULL)

/**
 * The address of `buf` for devices.
 * Shape: size may be NULL. Otherwise it is the length of buf, and becomes how much of it, from buf
 *   on, lies together for devices; it is not changed on failure.
 * Errors: SPDK_VTOPHYS_ERROR: buf is not registered memory, or, where no device of VFIO is in use,
 *   the kernel does not tell physical addresses to this user, or buf lies in ordinary pages.
 * Source: while devices of VFIO are in use, what the IOMMU translates; else physical addresses.
 */
uint64_t spdk_vtophys(const void *buf, uint64_t *size);

struct spdk_pci_addr {
	uint32_t domain;
	uint8_t bus;
	uint8_t dev;
	uint8_t func;
};

/** Each field may be its ANY value (pci_ids.h) to match all. */
struct spdk_pci_id {
	uint32_t class_id;
	uint16_t vendor_id;
	uint16_t device_id;
	uint16_t subvendor_id;
	uint16_t subdevice_id;
};

/** The driver wants the BARs of its devices mapped. */
#define SPDK_PCI_DRIVER_NEED_MAPPING 0x0001
/** The driver wants its BARs mapped with write combining. */
#define SPDK_PCI_DRIVER_WC_ACTIVATE 0x0002

struct spdk_pci_driver;

/**
 * Makes a driver known. Called by the constructor of SPDK_PCI_DRIVER_REGISTER, before main; does
 * not allocate.
 * Owner: name and id_table must live as long as the process; id_table ends with a vendor_id of 0.
 */
void spdk_pci_driver_register(const char *name, struct spdk_pci_id *id_table, uint32_t flags);

/**
 * A PCI device. Those who provide devices of their own (spdk_pci_hook_device()) fill it; others
 * only read it.
 */
struct spdk_pci_device {
	struct spdk_pci_device *parent;
	void *dev_handle;
	struct spdk_pci_addr addr;
	struct spdk_pci_id id;
	union {
		int numa_id;
		/** The older name. */
		int socket_id;
	};
	const char *type;

	int (*map_bar)(struct spdk_pci_device *dev, uint32_t bar, void **mapped_addr,
		       uint64_t *phys_addr, uint64_t *size);
	int (*unmap_bar)(struct spdk_pci_device *dev, uint32_t bar, void *addr);
	int (*cfg_read)(struct spdk_pci_device *dev, void *value, uint32_t len, uint32_t offset);
	int (*cfg_write)(struct spdk_pci_device *dev, void *value, uint32_t len, uint32_t offset);

	/** Belongs to the environment. */
	struct _spdk_pci_device_internal {
		struct spdk_pci_driver *driver;
		bool attached;
		/** Holds the lock of spdk_pci_device_claim(), or -1. */
		int claim_fd;
		/** It was asked for its removal. */
		bool pending_removal;
		/** It is gone, and leaves the list when a PCI function is next called. */
		bool removed;
		TAILQ_ENTRY(spdk_pci_device) tailq;
	} internal;
};

/**
 * Decides about a device that was found: 0 attaches it, 1 leaves it alone, negative is an error
 * that ends the enumeration.
 */
typedef int (*spdk_pci_enum_cb)(void *enum_ctx, struct spdk_pci_device *dev);

/** Initialises a struct spdk_pci_id that matches one vendor and device. */
#define SPDK_PCI_DEVICE(vend, dev)                                                  \
	.class_id = SPDK_PCI_CLASS_ANY_ID, .vendor_id = (vend), .device_id = (dev), \
	.subvendor_id = SPDK_PCI_ANY_ID, .subdevice_id = SPDK_PCI_ANY_ID

/** Registers a driver under an identifier `name` before main. */
#define SPDK_PCI_DRIVER_REGISTER(name, id_table, flags)                                 \
	static void __attribute__((constructor)) _spdk_pci_driver_register_##name(void) \
	{                                                                               \
		spdk_pci_driver_register(#name, id_table, flags);                       \
	}

/** Drivers by name, NULL when the program has none of that name. */
struct spdk_pci_driver *spdk_pci_get_driver(const char *name);
struct spdk_pci_driver *spdk_pci_vmd_get_driver(void);
struct spdk_pci_driver *spdk_pci_ioat_get_driver(void);
struct spdk_pci_driver *spdk_pci_idxd_get_driver(void);
struct spdk_pci_driver *spdk_pci_ae4dma_get_driver(void);
struct spdk_pci_driver *spdk_pci_virtio_get_driver(void);
struct spdk_pci_driver *spdk_pci_nvme_get_driver(void);

/**
 * Looks for devices that `driver` supports and nobody has attached yet.
 * Callback: enum_cb for each, before this returns.
 * Errors: -1: enum_cb returned a negative value, or the machine could not be searched. 0
 *   otherwise.
 */
int spdk_pci_enumerate(struct spdk_pci_driver *driver, spdk_pci_enum_cb enum_cb, void *enum_ctx);

/** Calls fn for each known device, before it returns. */
void spdk_pci_for_each_device(void *ctx, void (*fn)(void *ctx, struct spdk_pci_device *dev));

/** Maps a BAR; 0 or negative. Outputs: where it is, its bus address, its size in bytes. */
int spdk_pci_device_map_bar(struct spdk_pci_device *dev, uint32_t bar, void **mapped_addr,
			    uint64_t *phys_addr, uint64_t *size);

/** Undoes spdk_pci_device_map_bar(); detaching the device does that too. 0 or negative. */
int spdk_pci_device_unmap_bar(struct spdk_pci_device *dev, uint32_t bar, void *mapped_addr);

/**
 * One interrupt of a device and the eventfd that it signals. 0 (or the descriptor), or negative.
 * Owner: the descriptor is the environment's, does not block, and is closed when interrupts are
 *   disabled or the device is detached.
 * Errors: -ENOTSUP: the device has none; -EBUSY: another number is enabled; -EINVAL: asked for a
 *   descriptor before they were enabled; others as the kernel gave them. All are explained.
 * Source: MSI-X, MSI or an interrupt line by VFIO, a line by UIO. A line comes once and is masked
 *   then; enabling it again, when the device has been served, lets it come once more.
 */
int spdk_pci_device_enable_interrupt(struct spdk_pci_device *dev);
int spdk_pci_device_disable_interrupt(struct spdk_pci_device *dev);
int spdk_pci_device_get_interrupt_efd(struct spdk_pci_device *dev);

/**
 * The same for efd_count interrupts, each with its eventfd; more than one by VFIO only.
 * Errors: -ERANGE: the device has fewer.
 */
int spdk_pci_device_enable_interrupts(struct spdk_pci_device *dev, uint32_t efd_count);
int spdk_pci_device_disable_interrupts(struct spdk_pci_device *dev);
int spdk_pci_device_get_interrupt_efd_by_index(struct spdk_pci_device *dev, uint32_t index);

/** What a device is and where. */
uint32_t spdk_pci_device_get_domain(struct spdk_pci_device *dev);
uint8_t spdk_pci_device_get_bus(struct spdk_pci_device *dev);
uint8_t spdk_pci_device_get_dev(struct spdk_pci_device *dev);
uint8_t spdk_pci_device_get_func(struct spdk_pci_device *dev);
struct spdk_pci_addr spdk_pci_device_get_addr(struct spdk_pci_device *dev);
uint16_t spdk_pci_device_get_vendor_id(struct spdk_pci_device *dev);
uint16_t spdk_pci_device_get_device_id(struct spdk_pci_device *dev);
uint16_t spdk_pci_device_get_subvendor_id(struct spdk_pci_device *dev);
uint16_t spdk_pci_device_get_subdevice_id(struct spdk_pci_device *dev);
struct spdk_pci_id spdk_pci_device_get_id(struct spdk_pci_device *dev);
int spdk_pci_device_get_numa_id(struct spdk_pci_device *dev);

/**
 * Writes the serial number of the PCIe capability as 16 hexadecimal digits and a zero.
 * Units: len, the size of `sn`, is 17 at least.
 * Errors: -1: the buffer is too small, the device has no serial number or cannot be read.
 */
int spdk_pci_device_get_serial_number(struct spdk_pci_device *dev, char *sn, size_t len);

/**
 * Takes the device for this process alone, by a record lock on a file that carries its address.
 * Errors: -EACCES: another process holds it; other values as the kernel gave them.
 */
int spdk_pci_device_claim(struct spdk_pci_device *dev);

/** Undoes spdk_pci_device_claim(); detaching the device does that too. */
void spdk_pci_device_unclaim(struct spdk_pci_device *dev);

/** Releases everything that belongs to an attached device. It may be attached again. */
void spdk_pci_device_detach(struct spdk_pci_device *device);

/**
 * Attaches the one device at pci_address, blocked or not, if `driver` supports it and enum_cb
 * agrees.
 * Errors: -1: there is none, it could not be attached, or enum_cb did not return 0. 0 otherwise.
 */
int spdk_pci_device_attach(struct spdk_pci_driver *driver, spdk_pci_enum_cb enum_cb, void *enum_ctx,
			   struct spdk_pci_addr *pci_address);

/**
 * Lets spdk_pci_enumerate() see a device that the options of spdk_env_init() had hidden.
 * Errors: -EINVAL: no such address; -ENOMEM.
 */
int spdk_pci_device_allow(struct spdk_pci_addr *pci_addr);

/** Configuration space of a device. Units: len and offset in bytes. 0, or -1 on failure. */
int spdk_pci_device_cfg_read(struct spdk_pci_device *dev, void *buf, uint32_t len, uint32_t offset);
int
spdk_pci_device_cfg_write(struct spdk_pci_device *dev, void *buf, uint32_t len, uint32_t offset);
int spdk_pci_device_cfg_read8(struct spdk_pci_device *dev, uint8_t *value, uint32_t offset);
int spdk_pci_device_cfg_write8(struct spdk_pci_device *dev, uint8_t value, uint32_t offset);
int spdk_pci_device_cfg_read16(struct spdk_pci_device *dev, uint16_t *value, uint32_t offset);
int spdk_pci_device_cfg_write16(struct spdk_pci_device *dev, uint16_t value, uint32_t offset);
int spdk_pci_device_cfg_read32(struct spdk_pci_device *dev, uint32_t *value, uint32_t offset);
int spdk_pci_device_cfg_write32(struct spdk_pci_device *dev, uint32_t value, uint32_t offset);

/**
 * Whether the removal of the device was asked for; it may still answer. Its driver should detach
 * it.
 */
bool spdk_pci_device_is_removed(struct spdk_pci_device *dev);

/**
 * Orders addresses by domain, bus, device, function: negative, 0 or positive. Works at any time.
 */
int spdk_pci_addr_compare(const struct spdk_pci_addr *a1, const struct spdk_pci_addr *a2);

/**
 * Reads an address as in "0000:03:00.0"; a dot may stand for each colon, and domain and function
 * may be missing. Works at any time. 0, or -EINVAL.
 */
int spdk_pci_addr_parse(struct spdk_pci_addr *addr, const char *bdf);

/**
 * Writes an address as in "0000:03:00.0". Works at any time. 0, or -EINVAL when sz is too small
 * (below 14).
 */
int spdk_pci_addr_fmt(char *bdf, size_t sz, const struct spdk_pci_addr *addr);

/**
 * Adds a device that is no PCI device of the machine; its own functions are called for each
 * access.
 * Owner: the caller keeps `dev`, which is filled completely, until spdk_pci_unhook_device(). 0 or
 *   -errno.
 */
int spdk_pci_hook_device(struct spdk_pci_driver *drv, struct spdk_pci_device *dev);

/** Undoes spdk_pci_hook_device(). The device must not be attached. */
void spdk_pci_unhook_device(struct spdk_pci_device *dev);

/** The kind of device: "pci", or what its provider calls it. */
const char *spdk_pci_device_get_type(const struct spdk_pci_device *dev);

/** One who can attach and detach devices that are not the machine's own. */
struct spdk_pci_device_provider {
	/** The `type` of its devices. */
	const char *name;
	/** Attaches the device at `addr`. 0 or -errno. */
	int (*attach_cb)(const struct spdk_pci_addr *addr);
	void (*detach_cb)(struct spdk_pci_device *dev);
	TAILQ_ENTRY(spdk_pci_device_provider) tailq;
};

/**
 * Links `provider`, which must live as long as the process. Works at any time, also before main.
 */
void spdk_pci_register_device_provider(struct spdk_pci_device_provider *provider);

#define SPDK_PCI_REGISTER_DEVICE_PROVIDER(name, provider)                                        \
	static void __attribute__((constructor)) _spdk_pci_register_device_provider_##name(void) \
	{                                                                                        \
		spdk_pci_register_device_provider(provider);                                     \
	}

/** Lets the calling OS thread run on every CPU that the process may use. */
void spdk_unaffinitize_thread(void);

/**
 * Runs cb(arg) while the calling OS thread may run on every CPU, and returns what it returns. For
 * code that starts OS threads, which would otherwise inherit the one CPU of the caller.
 */
void *spdk_call_unaffinitized(void *cb(void *arg), void *arg);

/**
 * A table from virtual addresses, by pages of 2 MiB, to what its owner wants to know about them.
 * The functions of maps and of registration work at any time, also without spdk_env_init().
 */
struct spdk_mem_map;

enum spdk_mem_map_notify_action {
	SPDK_MEM_MAP_NOTIFY_REGISTER,
	SPDK_MEM_MAP_NOTIFY_UNREGISTER,
};

/**
 * Tells the owner of a map that memory has come or is about to go. Returns 0 or -errno. It
 * must not call spdk_mem_register(), spdk_mem_unregister(), spdk_mem_reserve(),
 * spdk_mem_map_alloc(), spdk_mem_map_free() or a function that allocates or frees memory of this
 * environment: they would wait for each other.
 */
typedef int (*spdk_mem_map_notify_cb)(void *cb_ctx, struct spdk_mem_map *map,
				      enum spdk_mem_map_notify_action action, void *vaddr,
				      size_t size);

/**
 * Whether two translations of neighbouring pages, the lower page first, belong together: 1 or 0.
 */
typedef int (*spdk_mem_map_contiguous_translations)(uint64_t addr_1, uint64_t addr_2);

struct spdk_mem_map_ops {
	spdk_mem_map_notify_cb notify_cb;
	/** NULL: no two pages belong together. */
	spdk_mem_map_contiguous_translations are_contiguous;
};

/**
 * Creates a map in which every address translates to default_translation.
 * Owner: the caller, until spdk_mem_map_free(). ops is copied.
 * Shape: ops may be NULL.
 * Callback: notify_cb for each region that is registered already, before this returns, and later
 *   from spdk_mem_register() and spdk_mem_unregister(), on their OS thread. When it refuses a
 *   region here, those before it are taken back, and there is no map.
 * Errors: NULL, explained.
 */
struct spdk_mem_map *
spdk_mem_map_alloc(uint64_t default_translation, const struct spdk_mem_map_ops *ops, void *cb_ctx);

/**
 * Destroys *pmap and sets it to NULL. No lookup in it may be running.
 * Callback: notify_cb takes back each region that is still registered, before this returns.
 */
void spdk_mem_map_free(struct spdk_mem_map **pmap);

/**
 * Sets and resets the translation of [vaddr, vaddr + size).
 * Shape: both are multiples of 2 MiB; the range lies in user address space.
 * Errors: -EINVAL: they are not; -ENOMEM.
 */
int spdk_mem_map_set_translation(struct spdk_mem_map *map, uint64_t vaddr, uint64_t size,
				 uint64_t translation);
int spdk_mem_map_clear_translation(struct spdk_mem_map *map, uint64_t vaddr, uint64_t size);

/**
 * The translation of the page that vaddr lies in. Takes no lock.
 * Shape: size may be NULL. Otherwise it is the length of the caller's buffer, and becomes how much
 *   of it, from vaddr on, has translations that belong together.
 */
uint64_t spdk_mem_map_translate(const struct spdk_mem_map *map, uint64_t vaddr, uint64_t *size);

/**
 * Tells all maps, present and future, of memory that did not come from here but that devices shall
 * reach.
 * Owner: the memory stays the caller's and stays mapped until spdk_mem_unregister().
 * Shape: vaddr and len are multiples of 2 MiB; len 0 does nothing.
 * Errors: -EINVAL: not aligned, or no user address; -EBUSY: some of it is registered already;
 *   -ENOMEM; or what a map returned: then no map keeps it.
 */
int spdk_mem_register(void *vaddr, size_t len);

/**
 * Takes back spdk_mem_register(). No device may use the memory any more.
 * Shape: the range is one or more whole regions as they were registered.
 * Errors: -EINVAL: not aligned, or some of it is not registered; -ERANGE: it starts or ends within
 *   a region; or what a map returned: then it stays registered.
 */
int spdk_mem_unregister(void *vaddr, size_t len);

/**
 * Makes room in all maps, so that a later spdk_mem_register() of the range does not allocate.
 * Errors: -EINVAL: not aligned, or no user address; -EBUSY: some of it is registered; -ENOMEM.
 */
int spdk_mem_reserve(void *vaddr, size_t len);

/**
 * The NUMA node that a buffer of this environment lies on, SPDK_ENV_NUMA_ID_ANY when it is not
 * known.
 * Shape: size as in spdk_vtophys().
 */
int32_t spdk_mem_get_numa_id(const void *buf, uint64_t *size);

/**
 * The file behind memory of this environment, and where in that file vaddr lies; for giving it to
 * another process.
 * Owner: the descriptor stays the environment's; do not close it.
 * Errors: -EINVAL: vaddr is not memory of this environment; -ENOTSUP: it lies in no file.
 */
int spdk_mem_get_fd_and_offset(void *vaddr, uint64_t *offset);

enum spdk_pci_event_type {
	SPDK_UEVENT_ADD = 0,
	SPDK_UEVENT_REMOVE = 1,
};

struct spdk_pci_event {
	enum spdk_pci_event_type action;
	struct spdk_pci_addr traddr;
};

typedef void (*spdk_pci_error_handler)(const void *failure_addr, void *ctx);

/**
 * Opens a descriptor on which the kernel tells of PCI devices that come and go; the caller closes
 * it. Or -errno.
 */
int spdk_pci_event_listen(void);

/**
 * Reads the next event from it without blocking: 1, 0 when there is none, or -errno. The removal of
 * a device that has been attached anew since then is passed over.
 */
int spdk_pci_get_event(int fd, struct spdk_pci_event *event);

/**
 * Has sighandler(address, ctx) called when an access to device memory ends in a bus error
 * (SIGBUS).
 * Errors: -EEXIST: it is registered already; -ENOMEM.
 */
int spdk_pci_register_error_handler(spdk_pci_error_handler sighandler, void *ctx);
void spdk_pci_unregister_error_handler(spdk_pci_error_handler sighandler);

/** The kernel's number of the calling OS thread. Works at any time. */
int spdk_get_tid(void);

#ifdef __cplusplus
}
#endif

#endif
