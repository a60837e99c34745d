/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The layout that programs are compiled against: sizes of public structs, place and type of each
 * field, and values of enumerators, in the order of the headers. The numbers are those of 64-bit
 * machines and were measured on the reference, not read from the headers of this tree. Constants
 * that are macros are in names.txt.
 *
 * Everything is compared when the program runs, so that one run names all that differs.
 */
#include "spdk/cpuset.h"
#include "spdk/env.h"
#include "spdk/fd_group.h"
#include "spdk/histogram_data.h"
#include "spdk/log.h"
#include "spdk/md5.h"
#include "spdk/thread.h"
#include "spdk/util.h"
#include "spdk/uuid.h"
#include "spdk_internal/thread.h"

struct expectation {
	const char *what;
	long long actual;
	long long expected;
	bool is_type_right;
};

#define MEMBER(type, member) (((type *)NULL)->member)

/* One row for each fact, and its macro in one piece, read better than what the formatter makes. */
/* clang-format off */
#define SIZE(type, bytes) {"sizeof(" #type ")", sizeof(type), bytes, true}
#define ENUMERATOR(name, value) {#name, (long long)(name), value, true}
/* A field, its offset and its type; the type decides the size. */
#define FIELD(type, member, offset, ...) \
	{#type "." #member, offsetof(type, member), offset, \
	 __builtin_types_compatible_p(__typeof__(MEMBER(type, member)), __typeof__(__VA_ARGS__))}
/* A field whose type has no name, such as the link of a list. */
#define PLACE(type, member, offset, bytes) \
	{#type "." #member, offsetof(type, member), offset, \
	 sizeof(MEMBER(type, member)) == (bytes)}

static const struct expectation expectations[] = {
	/* spdk/cpuset.h */
	SIZE(struct spdk_cpuset, 385),
	FIELD(struct spdk_cpuset, str, 0, char[257]),
	FIELD(struct spdk_cpuset, cpus, 257, uint8_t[128]),
	/* spdk/env.h */
	ENUMERATOR(SPDK_RING_TYPE_SP_SC, 0),
	ENUMERATOR(SPDK_RING_TYPE_MP_SC, 1),
	ENUMERATOR(SPDK_RING_TYPE_MP_MC, 2),
	ENUMERATOR(SPDK_MEM_MAP_NOTIFY_REGISTER, 0),
	ENUMERATOR(SPDK_MEM_MAP_NOTIFY_UNREGISTER, 1),
	ENUMERATOR(SPDK_UEVENT_ADD, 0),
	ENUMERATOR(SPDK_UEVENT_REMOVE, 1),
	SIZE(struct spdk_env_opts, 128),
	FIELD(struct spdk_env_opts, name, 0, const char *),
	FIELD(struct spdk_env_opts, core_mask, 8, const char *),
	FIELD(struct spdk_env_opts, lcore_map, 16, const char *),
	FIELD(struct spdk_env_opts, shm_id, 24, int),
	FIELD(struct spdk_env_opts, mem_channel, 28, int),
	FIELD(struct spdk_env_opts, main_core, 32, int),
	FIELD(struct spdk_env_opts, mem_size, 36, int),
	FIELD(struct spdk_env_opts, no_pci, 40, bool),
	FIELD(struct spdk_env_opts, hugepage_single_segments, 41, bool),
	FIELD(struct spdk_env_opts, unlink_hugepage, 42, bool),
	FIELD(struct spdk_env_opts, no_huge, 43, bool),
	FIELD(struct spdk_env_opts, reserved, 44, uint32_t),
	FIELD(struct spdk_env_opts, num_pci_addr, 48, size_t),
	FIELD(struct spdk_env_opts, hugedir, 56, const char *),
	FIELD(struct spdk_env_opts, pci_blocked, 64, struct spdk_pci_addr *),
	FIELD(struct spdk_env_opts, pci_allowed, 72, struct spdk_pci_addr *),
	FIELD(struct spdk_env_opts, iova_mode, 80, const char *),
	FIELD(struct spdk_env_opts, base_virtaddr, 88, uint64_t),
	FIELD(struct spdk_env_opts, env_context, 96, void *),
	FIELD(struct spdk_env_opts, vf_token, 104, const char *),
	FIELD(struct spdk_env_opts, opts_size, 112, size_t),
	FIELD(struct spdk_env_opts, enforce_numa, 120, bool),
	FIELD(struct spdk_env_opts, reserved2, 121, uint8_t[7]),
	SIZE(struct spdk_pci_addr, 8),
	FIELD(struct spdk_pci_addr, domain, 0, uint32_t),
	FIELD(struct spdk_pci_addr, bus, 4, uint8_t),
	FIELD(struct spdk_pci_addr, dev, 5, uint8_t),
	FIELD(struct spdk_pci_addr, func, 6, uint8_t),
	SIZE(struct spdk_pci_id, 12),
	FIELD(struct spdk_pci_id, class_id, 0, uint32_t),
	FIELD(struct spdk_pci_id, vendor_id, 4, uint16_t),
	FIELD(struct spdk_pci_id, device_id, 6, uint16_t),
	FIELD(struct spdk_pci_id, subvendor_id, 8, uint16_t),
	FIELD(struct spdk_pci_id, subdevice_id, 10, uint16_t),
	SIZE(struct spdk_pci_device, 120),
	FIELD(struct spdk_pci_device, parent, 0, struct spdk_pci_device *),
	FIELD(struct spdk_pci_device, dev_handle, 8, void *),
	FIELD(struct spdk_pci_device, addr, 16, struct spdk_pci_addr),
	FIELD(struct spdk_pci_device, id, 24, struct spdk_pci_id),
	FIELD(struct spdk_pci_device, numa_id, 36, int),
	FIELD(struct spdk_pci_device, socket_id, 36, int),
	FIELD(struct spdk_pci_device, type, 40, const char *),
	FIELD(struct spdk_pci_device, map_bar, 48,
	      int (*)(struct spdk_pci_device *, uint32_t, void **, uint64_t *, uint64_t *)),
	FIELD(struct spdk_pci_device, unmap_bar, 56,
	      int (*)(struct spdk_pci_device *, uint32_t, void *)),
	FIELD(struct spdk_pci_device, cfg_read, 64,
	      int (*)(struct spdk_pci_device *, void *, uint32_t, uint32_t)),
	FIELD(struct spdk_pci_device, cfg_write, 72,
	      int (*)(struct spdk_pci_device *, void *, uint32_t, uint32_t)),
	FIELD(struct spdk_pci_device, internal, 80, struct _spdk_pci_device_internal),
	FIELD(struct spdk_pci_device, internal.driver, 80, struct spdk_pci_driver *),
	FIELD(struct spdk_pci_device, internal.attached, 88, bool),
	FIELD(struct spdk_pci_device, internal.claim_fd, 92, int),
	FIELD(struct spdk_pci_device, internal.pending_removal, 96, bool),
	FIELD(struct spdk_pci_device, internal.removed, 97, bool),
	PLACE(struct spdk_pci_device, internal.tailq, 104, 16),
	SIZE(struct spdk_pci_device_provider, 40),
	FIELD(struct spdk_pci_device_provider, name, 0, const char *),
	FIELD(struct spdk_pci_device_provider, attach_cb, 8, int (*)(const struct spdk_pci_addr *)),
	FIELD(struct spdk_pci_device_provider, detach_cb, 16, void (*)(struct spdk_pci_device *)),
	PLACE(struct spdk_pci_device_provider, tailq, 24, 16),
	SIZE(struct spdk_mem_map_ops, 16),
	FIELD(struct spdk_mem_map_ops, notify_cb, 0, spdk_mem_map_notify_cb),
	FIELD(struct spdk_mem_map_ops, are_contiguous, 8, spdk_mem_map_contiguous_translations),
	SIZE(struct spdk_pci_event, 12),
	FIELD(struct spdk_pci_event, action, 0, enum spdk_pci_event_type),
	FIELD(struct spdk_pci_event, traddr, 4, struct spdk_pci_addr),
	/* spdk/fd_group.h */
	ENUMERATOR(SPDK_FD_TYPE_DEFAULT, 0),
	ENUMERATOR(SPDK_FD_TYPE_EVENTFD, 1),
	SIZE(struct spdk_event_handler_opts, 16),
	FIELD(struct spdk_event_handler_opts, opts_size, 0, size_t),
	FIELD(struct spdk_event_handler_opts, events, 8, uint32_t),
	FIELD(struct spdk_event_handler_opts, fd_type, 12, uint32_t),
	/* spdk/histogram_data.h */
	SIZE(struct spdk_histogram_data, 24),
	FIELD(struct spdk_histogram_data, granularity, 0, uint32_t),
	FIELD(struct spdk_histogram_data, min_range, 4, uint32_t),
	FIELD(struct spdk_histogram_data, max_range, 8, uint32_t),
	FIELD(struct spdk_histogram_data, bucket, 16, uint64_t *),
	SIZE(struct spdk_histogram_borders, 24),
	FIELD(struct spdk_histogram_borders, borders, 0, uint64_t *),
	FIELD(struct spdk_histogram_borders, index, 8, size_t),
	FIELD(struct spdk_histogram_borders, num_borders_count, 16, size_t),
	FIELD(struct spdk_histogram_borders, border_count, 24, uint64_t[0]),
	/* spdk/log.h */
	ENUMERATOR(SPDK_LOG_DISABLED, -1),
	ENUMERATOR(SPDK_LOG_ERROR, 0),
	ENUMERATOR(SPDK_LOG_WARN, 1),
	ENUMERATOR(SPDK_LOG_NOTICE, 2),
	ENUMERATOR(SPDK_LOG_INFO, 3),
	ENUMERATOR(SPDK_LOG_DEBUG, 4),
	SIZE(struct spdk_log_opts, 40),
	FIELD(struct spdk_log_opts, size, 0, size_t),
	FIELD(struct spdk_log_opts, log, 8, spdk_log_cb *),
	FIELD(struct spdk_log_opts, open, 16, spdk_log_open_cb *),
	FIELD(struct spdk_log_opts, close, 24, spdk_log_close_cb *),
	FIELD(struct spdk_log_opts, user_ctx, 32, void *),
	SIZE(struct spdk_log_flag, 32),
	PLACE(struct spdk_log_flag, tailq, 0, 16),
	FIELD(struct spdk_log_flag, name, 16, const char *),
	FIELD(struct spdk_log_flag, enabled, 24, bool),
	/* spdk/md5.h */
	SIZE(struct spdk_md5ctx, 8),
	PLACE(struct spdk_md5ctx, md5ctx, 0, 8),
	/* spdk/thread.h */
	ENUMERATOR(SPDK_POLLER_IDLE, 0),
	ENUMERATOR(SPDK_POLLER_BUSY, 1),
	ENUMERATOR(SPDK_THREAD_OP_NEW, 0),
	ENUMERATOR(SPDK_THREAD_OP_RESCHED, 1),
	ENUMERATOR(SPDK_INTERRUPT_EVENT_IN, 1),
	ENUMERATOR(SPDK_INTERRUPT_EVENT_OUT, 4),
	ENUMERATOR(SPDK_INTERRUPT_EVENT_ET, 2147483648),
	SIZE(struct spdk_thread_stats, 16),
	FIELD(struct spdk_thread_stats, busy_tsc, 0, uint64_t),
	FIELD(struct spdk_thread_stats, idle_tsc, 8, uint64_t),
	SIZE(struct spdk_spinlock, 32),
	FIELD(struct spdk_spinlock, spinlock, 0, pthread_spinlock_t),
	FIELD(struct spdk_spinlock, thread, 8, struct spdk_thread *),
	FIELD(struct spdk_spinlock, internal, 16, struct spdk_spinlock_internal *),
	FIELD(struct spdk_spinlock, initialized, 24, bool),
	FIELD(struct spdk_spinlock, destroyed, 25, bool),
	SIZE(struct spdk_iobuf_opts, 40),
	FIELD(struct spdk_iobuf_opts, small_pool_count, 0, uint64_t),
	FIELD(struct spdk_iobuf_opts, large_pool_count, 8, uint64_t),
	FIELD(struct spdk_iobuf_opts, small_bufsize, 16, uint32_t),
	FIELD(struct spdk_iobuf_opts, large_bufsize, 20, uint32_t),
	FIELD(struct spdk_iobuf_opts, opts_size, 24, size_t),
	FIELD(struct spdk_iobuf_opts, enable_numa, 32, uint8_t),
	SIZE(struct spdk_iobuf_pool_stats, 32),
	FIELD(struct spdk_iobuf_pool_stats, cache_size, 0, uint32_t),
	FIELD(struct spdk_iobuf_pool_stats, cache, 8, uint64_t),
	FIELD(struct spdk_iobuf_pool_stats, main, 16, uint64_t),
	FIELD(struct spdk_iobuf_pool_stats, retry, 24, uint64_t),
	SIZE(struct spdk_iobuf_module_stats, 72),
	FIELD(struct spdk_iobuf_module_stats, small_pool, 0, struct spdk_iobuf_pool_stats),
	FIELD(struct spdk_iobuf_module_stats, large_pool, 32, struct spdk_iobuf_pool_stats),
	FIELD(struct spdk_iobuf_module_stats, module, 64, const char *),
	SIZE(struct spdk_iobuf_entry, 24),
	FIELD(struct spdk_iobuf_entry, cb_fn, 0, spdk_iobuf_get_cb),
	FIELD(struct spdk_iobuf_entry, module, 8, const void *),
	PLACE(struct spdk_iobuf_entry, stailq, 16, 8),
	SIZE(struct spdk_iobuf_buffer, 8),
	PLACE(struct spdk_iobuf_buffer, stailq, 0, 8),
	SIZE(struct spdk_iobuf_pool_cache, 80),
	FIELD(struct spdk_iobuf_pool_cache, pool, 0, struct spdk_ring *),
	FIELD(struct spdk_iobuf_pool_cache, cache, 8, spdk_iobuf_buffer_stailq_t),
	FIELD(struct spdk_iobuf_pool_cache, cache_count, 24, uint32_t),
	FIELD(struct spdk_iobuf_pool_cache, cache_size, 28, uint32_t),
	FIELD(struct spdk_iobuf_pool_cache, queue, 32, spdk_iobuf_entry_stailq_t *),
	FIELD(struct spdk_iobuf_pool_cache, bufsize, 40, uint32_t),
	FIELD(struct spdk_iobuf_pool_cache, stats, 48, struct spdk_iobuf_pool_stats),
	SIZE(struct spdk_iobuf_node_cache, 160),
	FIELD(struct spdk_iobuf_node_cache, small, 0, struct spdk_iobuf_pool_cache),
	FIELD(struct spdk_iobuf_node_cache, large, 80, struct spdk_iobuf_pool_cache),
	SIZE(struct spdk_iobuf_channel, 176),
	FIELD(struct spdk_iobuf_channel, module, 0, const void *),
	FIELD(struct spdk_iobuf_channel, parent, 8, struct spdk_io_channel *),
	FIELD(struct spdk_iobuf_channel, cache, 16, struct spdk_iobuf_node_cache[1]),
	/* spdk/util.h */
	SIZE(struct spdk_single_ioviter, 40),
	FIELD(struct spdk_single_ioviter, iov, 0, struct iovec *),
	FIELD(struct spdk_single_ioviter, iovcnt, 8, size_t),
	FIELD(struct spdk_single_ioviter, idx, 16, size_t),
	FIELD(struct spdk_single_ioviter, iov_len, 24, size_t),
	FIELD(struct spdk_single_ioviter, iov_base, 32, uint8_t *),
	SIZE(struct spdk_ioviter, 88),
	FIELD(struct spdk_ioviter, count, 0, uint32_t),
	FIELD(struct spdk_ioviter, iters_compat, 8, struct spdk_single_ioviter[2]),
	FIELD(struct spdk_ioviter, iters, 8, struct spdk_single_ioviter[0]),
	SIZE(struct spdk_iov_xfer, 24),
	FIELD(struct spdk_iov_xfer, iovs, 0, struct iovec *),
	FIELD(struct spdk_iov_xfer, iovcnt, 8, int),
	FIELD(struct spdk_iov_xfer, cur_iov_idx, 12, int),
	FIELD(struct spdk_iov_xfer, cur_iov_offset, 16, size_t),
	/* spdk/uuid.h */
	SIZE(struct spdk_uuid, 16),
	FIELD(struct spdk_uuid, u.raw, 0, uint8_t[16]),
	/* spdk_internal/thread.h */
	SIZE(struct spdk_poller_stats, 16),
	FIELD(struct spdk_poller_stats, run_count, 0, uint64_t),
	FIELD(struct spdk_poller_stats, busy_count, 8, uint64_t),
};
/* clang-format on */

int
main(void)
{
	size_t rows_count = sizeof(expectations) / sizeof(expectations[0]);
	size_t wrong = 0;

	for (size_t i = 0; i < rows_count; i++) {
		const struct expectation *row = &expectations[i];

		if (row->actual == row->expected && row->is_type_right) {
			continue;
		}
		fprintf(stderr, "%s: is %lld, not %lld%s\n", row->what, row->actual, row->expected,
			row->is_type_right ? "" : ", and of another type");
		wrong++;
	}
	printf("layout: %zu of %zu\n", rows_count - wrong, rows_count);
	return wrong != 0;
}
