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
#include "spdk/event.h"
#include "spdk/fd_group.h"
#include "spdk/histogram_data.h"
#include "spdk/init.h"
#include "spdk/json.h"
#include "spdk/jsonrpc.h"
#include "spdk/log.h"
#include "spdk/md5.h"
#include "spdk/notify.h"
#include "spdk/scheduler.h"
#include "spdk/thread.h"
#include "spdk/util.h"
#include "spdk/uuid.h"
#include "spdk_internal/event.h"
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
	/* spdk/event.h */
	ENUMERATOR(SPDK_APP_PARSE_ARGS_HELP, 0),
	ENUMERATOR(SPDK_APP_PARSE_ARGS_SUCCESS, 1),
	ENUMERATOR(SPDK_APP_PARSE_ARGS_FAIL, 2),
	SIZE(struct spdk_app_opts, 253),
	FIELD(struct spdk_app_opts, name, 0, const char *),
	FIELD(struct spdk_app_opts, json_config_file, 8, const char *),
	FIELD(struct spdk_app_opts, json_config_ignore_errors, 16, bool),
	FIELD(struct spdk_app_opts, reserved17, 17, uint8_t[7]),
	FIELD(struct spdk_app_opts, rpc_addr, 24, const char *),
	FIELD(struct spdk_app_opts, reactor_mask, 32, const char *),
	FIELD(struct spdk_app_opts, tpoint_group_mask, 40, const char *),
	FIELD(struct spdk_app_opts, shm_id, 48, int),
	FIELD(struct spdk_app_opts, reserved52, 52, uint8_t[4]),
	FIELD(struct spdk_app_opts, shutdown_cb, 56, spdk_app_shutdown_cb),
	FIELD(struct spdk_app_opts, enable_coredump, 64, bool),
	FIELD(struct spdk_app_opts, reserved65, 65, uint8_t[3]),
	FIELD(struct spdk_app_opts, mem_channel, 68, int),
	FIELD(struct spdk_app_opts, main_core, 72, int),
	FIELD(struct spdk_app_opts, mem_size, 76, int),
	FIELD(struct spdk_app_opts, no_pci, 80, bool),
	FIELD(struct spdk_app_opts, hugepage_single_segments, 81, bool),
	FIELD(struct spdk_app_opts, unlink_hugepage, 82, bool),
	FIELD(struct spdk_app_opts, no_huge, 83, bool),
	FIELD(struct spdk_app_opts, reserved84, 84, uint8_t[4]),
	FIELD(struct spdk_app_opts, hugedir, 88, const char *),
	FIELD(struct spdk_app_opts, print_level, 96, enum spdk_log_level),
	FIELD(struct spdk_app_opts, reserved100, 100, uint8_t[4]),
	FIELD(struct spdk_app_opts, num_pci_addr, 104, size_t),
	FIELD(struct spdk_app_opts, pci_blocked, 112, struct spdk_pci_addr *),
	FIELD(struct spdk_app_opts, pci_allowed, 120, struct spdk_pci_addr *),
	FIELD(struct spdk_app_opts, iova_mode, 128, const char *),
	FIELD(struct spdk_app_opts, delay_subsystem_init, 136, bool),
	FIELD(struct spdk_app_opts, reserved137, 137, uint8_t[7]),
	FIELD(struct spdk_app_opts, num_entries, 144, uint64_t),
	FIELD(struct spdk_app_opts, env_context, 152, void *),
	FIELD(struct spdk_app_opts, log, 160, spdk_log_cb *),
	FIELD(struct spdk_app_opts, base_virtaddr, 168, uint64_t),
	FIELD(struct spdk_app_opts, opts_size, 176, size_t),
	FIELD(struct spdk_app_opts, disable_signal_handlers, 184, bool),
	FIELD(struct spdk_app_opts, interrupt_mode, 185, bool),
	FIELD(struct spdk_app_opts, enforce_numa, 186, bool),
	FIELD(struct spdk_app_opts, reserved187, 187, uint8_t[1]),
	FIELD(struct spdk_app_opts, num_trace_threads, 188, uint32_t),
	FIELD(struct spdk_app_opts, msg_mempool_size, 192, size_t),
	FIELD(struct spdk_app_opts, rpc_allowlist, 200, const char **),
	FIELD(struct spdk_app_opts, vf_token, 208, const char *),
	FIELD(struct spdk_app_opts, lcore_map, 216, const char *),
	FIELD(struct spdk_app_opts, rpc_log_level, 224, enum spdk_log_level),
	FIELD(struct spdk_app_opts, rpc_log_file, 228, FILE *),
	FIELD(struct spdk_app_opts, json_data, 236, void *),
	FIELD(struct spdk_app_opts, json_data_size, 244, size_t),
	FIELD(struct spdk_app_opts, disable_cpumask_locks, 252, bool),
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
	/* spdk/init.h */
	SIZE(struct spdk_rpc_opts, 24),
	FIELD(struct spdk_rpc_opts, size, 0, size_t),
	FIELD(struct spdk_rpc_opts, log_file, 8, FILE *),
	FIELD(struct spdk_rpc_opts, log_level, 16, enum spdk_log_level),
	SIZE(struct spdk_subsystem, 48),
	FIELD(struct spdk_subsystem, name, 0, const char *),
	FIELD(struct spdk_subsystem, init, 8, void (*)(void)),
	FIELD(struct spdk_subsystem, fini, 16, void (*)(void)),
	FIELD(struct spdk_subsystem, write_config_json, 24, void (*)(struct spdk_json_write_ctx *)),
	PLACE(struct spdk_subsystem, tailq, 32, 16),
	SIZE(struct spdk_subsystem_depend, 32),
	FIELD(struct spdk_subsystem_depend, name, 0, const char *),
	FIELD(struct spdk_subsystem_depend, depends_on, 8, const char *),
	PLACE(struct spdk_subsystem_depend, tailq, 16, 16),
	/* spdk/json.h */
	ENUMERATOR(SPDK_JSON_VAL_INVALID, 0),
	ENUMERATOR(SPDK_JSON_VAL_NULL, 2),
	ENUMERATOR(SPDK_JSON_VAL_TRUE, 4),
	ENUMERATOR(SPDK_JSON_VAL_FALSE, 8),
	ENUMERATOR(SPDK_JSON_VAL_NUMBER, 16),
	ENUMERATOR(SPDK_JSON_VAL_STRING, 32),
	ENUMERATOR(SPDK_JSON_VAL_ARRAY_BEGIN, 64),
	ENUMERATOR(SPDK_JSON_VAL_ARRAY_END, 128),
	ENUMERATOR(SPDK_JSON_VAL_OBJECT_BEGIN, 256),
	ENUMERATOR(SPDK_JSON_VAL_OBJECT_END, 512),
	ENUMERATOR(SPDK_JSON_VAL_NAME, 1024),
	SIZE(struct spdk_json_val, 16),
	FIELD(struct spdk_json_val, start, 0, void *),
	FIELD(struct spdk_json_val, len, 8, uint32_t),
	FIELD(struct spdk_json_val, type, 12, enum spdk_json_val_type),
	SIZE(struct spdk_json_object_decoder, 32),
	FIELD(struct spdk_json_object_decoder, name, 0, const char *),
	FIELD(struct spdk_json_object_decoder, offset, 8, size_t),
	FIELD(struct spdk_json_object_decoder, decode_func, 16, spdk_json_decode_fn),
	FIELD(struct spdk_json_object_decoder, optional, 24, bool),
	/* spdk/jsonrpc.h */
	SIZE(struct spdk_jsonrpc_client_response, 32),
	FIELD(struct spdk_jsonrpc_client_response, version, 0, struct spdk_json_val *),
	FIELD(struct spdk_jsonrpc_client_response, id, 8, struct spdk_json_val *),
	FIELD(struct spdk_jsonrpc_client_response, result, 16, struct spdk_json_val *),
	FIELD(struct spdk_jsonrpc_client_response, error, 24, struct spdk_json_val *),
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
	/* spdk/notify.h */
	SIZE(struct spdk_notify_event, 256),
	FIELD(struct spdk_notify_event, type, 0, char[128]),
	FIELD(struct spdk_notify_event, ctx, 128, char[128]),
	/* spdk/scheduler.h */
	SIZE(struct spdk_governor_capabilities, 1),
	FIELD(struct spdk_governor_capabilities, priority, 0, bool),
	SIZE(struct spdk_governor, 104),
	FIELD(struct spdk_governor, name, 0, const char *),
	FIELD(struct spdk_governor, get_core_avail_freqs, 8,
	      uint32_t (*)(uint32_t, uint32_t *, uint32_t)),
	FIELD(struct spdk_governor, get_core_curr_freq, 16, uint32_t (*)(uint32_t)),
	FIELD(struct spdk_governor, core_freq_up, 24, int (*)(uint32_t)),
	FIELD(struct spdk_governor, core_freq_down, 32, int (*)(uint32_t)),
	FIELD(struct spdk_governor, set_core_freq_max, 40, int (*)(uint32_t)),
	FIELD(struct spdk_governor, set_core_freq_min, 48, int (*)(uint32_t)),
	FIELD(struct spdk_governor, get_core_capabilities, 56,
	      int (*)(uint32_t, struct spdk_governor_capabilities *)),
	FIELD(struct spdk_governor, dump_info_json, 64, int (*)(struct spdk_json_write_ctx *)),
	FIELD(struct spdk_governor, init, 72, int (*)(void)),
	FIELD(struct spdk_governor, deinit, 80, void (*)(void)),
	PLACE(struct spdk_governor, link, 88, 16),
	SIZE(struct spdk_scheduler_thread_info, 48),
	FIELD(struct spdk_scheduler_thread_info, lcore, 0, uint32_t),
	FIELD(struct spdk_scheduler_thread_info, thread_id, 8, uint64_t),
	FIELD(struct spdk_scheduler_thread_info, total_stats, 16, struct spdk_thread_stats),
	FIELD(struct spdk_scheduler_thread_info, current_stats, 32, struct spdk_thread_stats),
	SIZE(struct spdk_scheduler_core_info, 64),
	FIELD(struct spdk_scheduler_core_info, total_idle_tsc, 0, uint64_t),
	FIELD(struct spdk_scheduler_core_info, total_busy_tsc, 8, uint64_t),
	FIELD(struct spdk_scheduler_core_info, current_idle_tsc, 16, uint64_t),
	FIELD(struct spdk_scheduler_core_info, current_busy_tsc, 24, uint64_t),
	FIELD(struct spdk_scheduler_core_info, lcore, 32, uint32_t),
	FIELD(struct spdk_scheduler_core_info, threads_count, 36, uint32_t),
	FIELD(struct spdk_scheduler_core_info, interrupt_mode, 40, bool),
	FIELD(struct spdk_scheduler_core_info, thread_infos, 48,
	      struct spdk_scheduler_thread_info *),
	FIELD(struct spdk_scheduler_core_info, isolated, 56, bool),
	SIZE(struct spdk_scheduler, 64),
	FIELD(struct spdk_scheduler, name, 0, const char *),
	FIELD(struct spdk_scheduler, init, 8, int (*)(void)),
	FIELD(struct spdk_scheduler, deinit, 16, void (*)(void)),
	FIELD(struct spdk_scheduler, balance, 24,
	      void (*)(struct spdk_scheduler_core_info *, uint32_t)),
	FIELD(struct spdk_scheduler, set_opts, 32, int (*)(const struct spdk_json_val *)),
	FIELD(struct spdk_scheduler, get_opts, 40, void (*)(struct spdk_json_write_ctx *)),
	PLACE(struct spdk_scheduler, link, 48, 16),
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
	/* spdk_internal/event.h */
	ENUMERATOR(SPDK_REACTOR_STATE_UNINITIALIZED, 0),
	ENUMERATOR(SPDK_REACTOR_STATE_INITIALIZED, 1),
	ENUMERATOR(SPDK_REACTOR_STATE_RUNNING, 2),
	ENUMERATOR(SPDK_REACTOR_STATE_EXITING, 3),
	ENUMERATOR(SPDK_REACTOR_STATE_SHUTDOWN, 4),
	SIZE(struct spdk_event, 32),
	FIELD(struct spdk_event, lcore, 0, uint32_t),
	FIELD(struct spdk_event, fn, 8, spdk_event_fn),
	FIELD(struct spdk_event, arg1, 16, void *),
	FIELD(struct spdk_event, arg2, 24, void *),
	SIZE(struct spdk_reactor, 704),
	PLACE(struct spdk_reactor, threads, 0, 16),
	FIELD(struct spdk_reactor, thread_count, 16, uint32_t),
	FIELD(struct spdk_reactor, lcore, 20, uint32_t),
	PLACE(struct spdk_reactor, flags, 24, 4),
	FIELD(struct spdk_reactor, tsc_last, 32, uint64_t),
	FIELD(struct spdk_reactor, events, 40, struct spdk_ring *),
	FIELD(struct spdk_reactor, events_fd, 48, int),
	FIELD(struct spdk_reactor, rusage, 56, struct rusage),
	FIELD(struct spdk_reactor, last_rusage, 200, uint64_t),
	FIELD(struct spdk_reactor, busy_tsc, 208, uint64_t),
	FIELD(struct spdk_reactor, idle_tsc, 216, uint64_t),
	FIELD(struct spdk_reactor, notify_cpuset, 224, struct spdk_cpuset),
	FIELD(struct spdk_reactor, in_interrupt, 609, bool),
	FIELD(struct spdk_reactor, set_interrupt_mode_in_progress, 610, bool),
	FIELD(struct spdk_reactor, new_in_interrupt, 611, bool),
	FIELD(struct spdk_reactor, set_interrupt_mode_cb_fn, 616,
	      spdk_reactor_set_interrupt_mode_cb),
	FIELD(struct spdk_reactor, set_interrupt_mode_cb_arg, 624, void *),
	FIELD(struct spdk_reactor, fgrp, 632, struct spdk_fd_group *),
	FIELD(struct spdk_reactor, resched_fd, 640, int),
	FIELD(struct spdk_reactor, trace_id, 644, uint16_t),
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
