/* SPDX-License-Identifier: BSD-3-Clause */
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

#define SPDK_BDEV_CLAIM_NAME_LEN 32

#define SPDK_BDEV_RESET_IO_DRAIN_RECOMMENDED_VALUE 5

struct spdk_bdev_module {
	int (*module_init)(void);

	void (*init_complete)(void);

	void (*fini_start)(void);

	void (*module_fini)(void);

	int (*config_json)(struct spdk_json_write_ctx *w);

	const char *name;

	int (*get_ctx_size)(void);

	void (*examine_config)(struct spdk_bdev *bdev);

	void (*examine_disk)(struct spdk_bdev *bdev);

	bool async_init;

	bool async_fini;

	bool async_fini_start;

	/** The library's. */
	struct __bdev_module_internal_fields {
		/** Examinations and an initialisation that have not reported back. */
		uint32_t action_in_progress;
		TAILQ_ENTRY(spdk_bdev_module) tailq;
	} internal;
};

enum spdk_bdev_claim_type {

	SPDK_BDEV_CLAIM_NONE = 0,

	SPDK_BDEV_CLAIM_EXCL_WRITE,

	SPDK_BDEV_CLAIM_READ_MANY_WRITE_ONE,

	SPDK_BDEV_CLAIM_READ_MANY_WRITE_NONE,

	SPDK_BDEV_CLAIM_READ_MANY_WRITE_SHARED
};

struct spdk_bdev_claim_opts {
	size_t opts_size;

	char name[SPDK_BDEV_CLAIM_NAME_LEN];

	uint64_t shared_claim_key;
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_bdev_claim_opts) == 48, "Incorrect size");

const char *spdk_bdev_claim_get_name(enum spdk_bdev_claim_type claim_type);

void spdk_bdev_claim_opts_init(struct spdk_bdev_claim_opts *opts, size_t size);

int spdk_bdev_module_claim_bdev_desc(struct spdk_bdev_desc *desc, enum spdk_bdev_claim_type type,
				     struct spdk_bdev_claim_opts *opts,
				     struct spdk_bdev_module *module);

int spdk_bdev_module_claim_bdev(struct spdk_bdev *bdev, struct spdk_bdev_desc *desc,
				struct spdk_bdev_module *module);

void spdk_bdev_module_release_bdev(struct spdk_bdev *bdev);

#ifndef __SPDK_BDEV_MODULE_ONLY

typedef void (*spdk_bdev_unregister_cb)(void *cb_arg, int rc);

struct spdk_bdev_fn_table {
	int (*destruct)(void *ctx);

	void (*submit_request)(struct spdk_io_channel *ch, struct spdk_bdev_io *);

	bool (*io_type_supported)(void *ctx, enum spdk_bdev_io_type);

	struct spdk_io_channel *(*get_io_channel)(void *ctx);

	int (*dump_info_json)(void *ctx, struct spdk_json_write_ctx *w);

	void (*write_config_json)(struct spdk_bdev *bdev, struct spdk_json_write_ctx *w);

	uint64_t (*get_spin_time)(struct spdk_io_channel *ch);

	void *(*get_module_ctx)(void *ctx);

	int (*get_memory_domains)(void *ctx, struct spdk_memory_domain **domains, int array_size);

	int (*get_memory_domain_types)(void *ctx, enum spdk_dma_device_type *types,
				       uint32_t array_size);

	void (*reset_device_stat)(void *ctx);

	void (*dump_device_stat_json)(void *ctx, struct spdk_json_write_ctx *w);

	bool (*accel_sequence_supported)(void *ctx, enum spdk_bdev_io_type type);
};

enum spdk_bdev_io_status {
	SPDK_BDEV_IO_STATUS_AIO_ERROR = -8,
	SPDK_BDEV_IO_STATUS_ABORTED = -7,
	SPDK_BDEV_IO_STATUS_FIRST_FUSED_FAILED = -6,
	SPDK_BDEV_IO_STATUS_MISCOMPARE = -5,

	SPDK_BDEV_IO_STATUS_NOMEM = -4,
	SPDK_BDEV_IO_STATUS_SCSI_ERROR = -3,
	SPDK_BDEV_IO_STATUS_NVME_ERROR = -2,
	SPDK_BDEV_IO_STATUS_FAILED = -1,
	SPDK_BDEV_IO_STATUS_PENDING = 0,
	SPDK_BDEV_IO_STATUS_SUCCESS = 1,

	SPDK_MIN_BDEV_IO_STATUS = SPDK_BDEV_IO_STATUS_AIO_ERROR,
};

typedef enum spdk_bdev_io_status spdk_bdev_io_status_t;

struct spdk_bdev_name {
	char *name;
	struct spdk_bdev *bdev;
	RB_ENTRY(spdk_bdev_name) node;
};

struct spdk_bdev_alias {
	struct spdk_bdev_name alias;
	TAILQ_ENTRY(spdk_bdev_alias) tailq;
};

struct spdk_bdev_module_claim {
	struct spdk_bdev_module *module;
	struct spdk_bdev_desc *desc;
	char name[SPDK_BDEV_CLAIM_NAME_LEN];
	TAILQ_ENTRY(spdk_bdev_module_claim) link;
};

typedef TAILQ_HEAD(, spdk_bdev_io) bdev_io_tailq_t;
typedef STAILQ_HEAD(, spdk_bdev_io) bdev_io_stailq_t;
typedef TAILQ_HEAD(, lba_range) lba_range_tailq_t;

struct spdk_bdev {
	void *ctxt;

	char *name;

	TAILQ_HEAD(spdk_bdev_aliases_list, spdk_bdev_alias) aliases;

	char *product_name;

	int write_cache;

	uint32_t blocklen;

	uint32_t phys_blocklen;

	uint32_t io_type_supported;

	uint64_t blockcnt;

	struct {
		uint32_t split_on_write_unit : 1;

		uint32_t split_on_optimal_io_boundary : 1;

		uint32_t md_interleave : 1;

		uint32_t dif_is_head_of_md : 1;

		uint32_t zoned : 1;

		uint32_t media_events : 1;

		uint32_t memory_domains_supported : 1;

		uint32_t reserved : 25;
	};

	uint32_t write_unit_size;

	uint16_t acwu;

	uint8_t required_alignment;

	uint8_t reserved1;

	uint32_t optimal_io_boundary;

	uint32_t preferred_write_alignment;

	uint32_t preferred_write_granularity;

	uint32_t optimal_write_size;

	uint32_t preferred_unmap_alignment;

	uint32_t preferred_unmap_granularity;

	uint32_t max_segment_size;

	uint32_t max_num_segments;

	uint32_t max_unmap;

	uint32_t max_unmap_segments;

	uint32_t max_write_zeroes;

	uint32_t max_copy;

	uint32_t max_rw_size;

	struct spdk_uuid uuid;

	uint32_t md_len;

	uint8_t reserved2[4];

	enum spdk_dif_type dif_type;

	enum spdk_dif_pi_format dif_pi_format;

	uint8_t reserved3[4];

	uint32_t dif_check_flags;

	uint8_t reserved4[8];

	uint64_t zone_size;

	uint32_t max_zone_append_size;

	uint32_t max_open_zones;

	uint32_t max_active_zones;

	uint32_t optimal_open_zones;

	uint8_t reserved6[4];

	union spdk_bdev_nvme_ctratt ctratt;

	uint32_t nsid;

	enum spdk_nvme_csi csi;

	uint16_t reset_io_drain_timeout;

	uint8_t reserved7[2];

	struct {
		uint32_t id_valid : 1;

		int32_t id : 31;
	} numa;

	uint32_t accel_sequence_supported;

	struct spdk_bdev_module *module;

	const struct spdk_bdev_fn_table *fn_table;

	/** The library's; src/io/bdev/bdev_internal.h says which file keeps which. */
	struct __bdev_internal_fields {
		enum spdk_bdev_status status;
		TAILQ_ENTRY(spdk_bdev) link;
		struct spdk_bdev_name bdev_name;
		TAILQ_HEAD(, spdk_bdev_desc) open_descs;

		/** Claims: v1.module with SPDK_BDEV_CLAIM_EXCL_WRITE, v2 with the others. */
		enum spdk_bdev_claim_type claim_type;
		uint32_t examine_in_progress;
		union __bdev_internal_claim {
			struct __bdev_internal_claim_v1 {
				struct spdk_bdev_module *module;
			} v1;
			struct __bdev_internal_claim_v2 {
				TAILQ_HEAD(v2_claims, spdk_bdev_module_claim) claims;
				uint64_t key;
			} v2;
		} claim;

		/** Who is told of the end, and on which thread. */
		spdk_bdev_unregister_cb unregister_cb;
		void *unregister_ctx;
		struct spdk_thread *unregister_td;

		/** Resets: the one that runs, and those after it. */
		struct spdk_bdev_io *reset_in_progress;
		bdev_io_tailq_t queued_resets;

		/** Made when first needed: rate limits, queue depth, histogram. */
		struct spdk_bdev_qos *qos;
		struct bdev_queue_depth *queue_depth;
		struct bdev_histogram *histogram;

		/** What channels that are gone have counted. */
		struct spdk_bdev_io_stat *stat;

		/** Ranges of blocks that nobody else may touch, and those that wait to become such.
		 */
		lba_range_tailq_t locked_ranges;
		lba_range_tailq_t pending_locked_ranges;
	} internal;
};

typedef void (*spdk_bdev_io_get_buf_cb)(struct spdk_io_channel *ch, struct spdk_bdev_io *bdev_io,
					bool success);

typedef void (*spdk_bdev_io_get_aux_buf_cb)(struct spdk_io_channel *ch,
					    struct spdk_bdev_io *bdev_io, void *aux_buf);

#define SPDK_BDEV_IO_NUM_CHILD_IOV 32

struct spdk_bdev_io_block_params {
	struct iovec *iovs;

	int iovcnt;

	uint64_t num_blocks;

	uint64_t offset_blocks;

	struct spdk_memory_domain *memory_domain;
	void *memory_domain_ctx;

	struct spdk_accel_sequence *accel_sequence;

	void *md_buf;

	struct iovec *fused_iovs;

	int fused_iovcnt;

	uint32_t dif_check_flags;

	union spdk_bdev_nvme_cdw12 nvme_cdw12;

	union spdk_bdev_nvme_cdw13 nvme_cdw13;

	struct {
		uint8_t populate : 1;

		uint8_t commit : 1;

		uint8_t start : 1;
	} zcopy;

	struct {
		void *bio_cb_arg;
	} abort;

	struct {
		uint64_t offset;
	} seek;

	struct {
		uint64_t src_offset_blocks;
	} copy;

	struct spdk_dif_ctx dif_ctx;

	struct spdk_dif_error dif_err;
};

struct spdk_bdev_io_reset_params {
	struct spdk_io_channel *ch_ref;
	struct {
		struct spdk_poller *poller;

		uint64_t stop_time_tsc;
	} wait_poller;
};

struct spdk_bdev_io_abort_params {
	struct spdk_bdev_io *bio_to_abort;
};

struct spdk_bdev_io_nvme_passthru_params {
	struct spdk_nvme_cmd cmd;

	struct iovec *iovs;

	int iovcnt;

	void *buf;

	size_t nbytes;

	void *md_buf;

	size_t md_len;
};

struct spdk_bdev_io_zone_mgmt_params {
	uint64_t zone_id;

	uint32_t num_zones;

	enum spdk_bdev_zone_action zone_action;

	void *buf;
};

/** The library's; src/io/bdev/bdev_internal.h explains the states of an I/O. */
struct spdk_bdev_io_internal_fields {
	struct spdk_bdev_channel *ch;
	struct spdk_bdev_desc *desc;
	spdk_bdev_io_completion_cb cb;
	void *caller_ctx;

	/** Ticks when it was submitted, for its latency. */
	uint64_t submit_tsc;

	/** Among all that are in the channel's hands. */
	TAILQ_ENTRY(spdk_bdev_io) ch_link;

	/** enum spdk_bdev_io_status */
	int8_t status;
	/** enum bdev_io_state */
	uint8_t state;
	/** enum bdev_io_flag */
	uint16_t flags;

	/** Children of a split that are not done. */
	uint32_t children;

	/** What the device said of an error. */
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

	/** In the one queue that it waits in; its state says which. Or in the pool. */
	TAILQ_ENTRY(spdk_bdev_io) link;

	/** Blocks of a split that have no child yet, and the first of them. */
	uint64_t split_remaining;
	uint64_t split_offset;

	/** A buffer of the library's, its length, and what waits for it. */
	void *buf;
	uint64_t buf_len;
	spdk_bdev_io_get_buf_cb get_buf_cb;
	spdk_bdev_io_get_aux_buf_cb get_aux_buf_cb;
	struct spdk_iobuf_entry iobuf;

	/** While data goes through a buffer of the library's: where it comes from or goes to. */
	struct {
		struct iovec iov;
		struct iovec *orig_iovs;
		int orig_iovcnt;
		void *orig_md_buf;
	} bounce;

	/** For a parent that found no I/O for its next child. */
	struct spdk_bdev_io_wait_entry waitq_entry;

	/** As the caller gave them, where the module cannot take them. */
	struct spdk_memory_domain *memory_domain;
	void *memory_domain_ctx;
	struct spdk_accel_sequence *accel_sequence;
	void (*data_transfer_cpl)(void *ctx, int rc);
};

struct spdk_bdev_io {
	struct spdk_bdev *bdev;

	uint8_t type;

	uint8_t reserved0;

	uint16_t num_retries;

	uint32_t reserved1;

	struct iovec iov;

	struct iovec child_iov[SPDK_BDEV_IO_NUM_CHILD_IOV];

	uint8_t reserved2[32];

	union {
		struct spdk_bdev_io_block_params bdev;
		struct spdk_bdev_io_reset_params reset;
		struct spdk_bdev_io_abort_params abort;
		struct spdk_bdev_io_nvme_passthru_params nvme_passthru;
		struct spdk_bdev_io_zone_mgmt_params zone_mgmt;
	} u;

	/** The library's. */
	struct spdk_bdev_io_internal_fields internal __attribute__((aligned(64)));

	/** The module's own, of get_ctx_size() bytes. */
	uint8_t driver_ctx[0] __attribute__((aligned(64)));
};
SPDK_STATIC_ASSERT(offsetof(struct spdk_bdev_io, driver_ctx) % SPDK_CACHE_LINE_SIZE == 0,
		   "driver_ctx not cache line aligned");

int spdk_bdev_register(struct spdk_bdev *bdev);

void spdk_bdev_unregister(struct spdk_bdev *bdev, spdk_bdev_unregister_cb cb_fn, void *cb_arg);

int spdk_bdev_unregister_by_name(const char *bdev_name, struct spdk_bdev_module *module,
				 spdk_bdev_unregister_cb cb_fn, void *cb_arg);

void spdk_bdev_destruct_done(struct spdk_bdev *bdev, int bdeverrno);

void spdk_bdev_module_examine_done(struct spdk_bdev_module *module);

void spdk_bdev_module_init_done(struct spdk_bdev_module *module);

void spdk_bdev_module_fini_done(void);

void spdk_bdev_module_fini_start_done(void);

int spdk_bdev_alias_add(struct spdk_bdev *bdev, const char *alias);

int spdk_bdev_alias_del(struct spdk_bdev *bdev, const char *alias);

void spdk_bdev_alias_del_all(struct spdk_bdev *bdev);

const struct spdk_bdev_aliases_list *spdk_bdev_get_aliases(const struct spdk_bdev *bdev);

void spdk_bdev_io_get_buf(struct spdk_bdev_io *bdev_io, spdk_bdev_io_get_buf_cb cb, uint64_t len);

void spdk_bdev_io_set_buf(struct spdk_bdev_io *bdev_io, void *buf, size_t len);

void spdk_bdev_io_set_md_buf(struct spdk_bdev_io *bdev_io, void *md_buf, size_t len);

void spdk_bdev_io_complete(struct spdk_bdev_io *bdev_io, enum spdk_bdev_io_status status);

enum spdk_bdev_io_status
spdk_bdev_io_set_nvme_status(struct spdk_bdev_io *bdev_io, uint32_t cdw0, int sct, int sc);

void
spdk_bdev_io_complete_nvme_status(struct spdk_bdev_io *bdev_io, uint32_t cdw0, int sct, int sc);

enum spdk_bdev_io_status
spdk_bdev_io_set_scsi_status(struct spdk_bdev_io *bdev_io, enum spdk_scsi_status sc,
			     enum spdk_scsi_sense sk, uint8_t asc, uint8_t ascq);

void spdk_bdev_io_complete_scsi_status(struct spdk_bdev_io *bdev_io, enum spdk_scsi_status sc,
				       enum spdk_scsi_sense sk, uint8_t asc, uint8_t ascq);

enum spdk_bdev_io_status spdk_bdev_io_set_aio_status(struct spdk_bdev_io *bdev_io, int aio_result);

void spdk_bdev_io_complete_aio_status(struct spdk_bdev_io *bdev_io, int aio_result);

enum spdk_bdev_io_status
spdk_bdev_io_set_base_io_status(struct spdk_bdev_io *bdev_io, const struct spdk_bdev_io *base_io);

void spdk_bdev_io_complete_base_io_status(struct spdk_bdev_io *bdev_io,
					  const struct spdk_bdev_io *base_io);

struct spdk_thread *spdk_bdev_io_get_thread(struct spdk_bdev_io *bdev_io);

struct spdk_io_channel *spdk_bdev_io_get_io_channel(struct spdk_bdev_io *bdev_io);

uint64_t spdk_bdev_io_get_submit_tsc(struct spdk_bdev_io *bdev_io);

bool spdk_bdev_io_hide_metadata(struct spdk_bdev_io *bdev_io);

int spdk_bdev_notify_blockcnt_change(struct spdk_bdev *bdev, uint64_t size);

void
spdk_scsi_nvme_translate(const struct spdk_bdev_io *bdev_io, int *sc, int *sk, int *asc, int *ascq);

void spdk_bdev_module_list_add(struct spdk_bdev_module *bdev_module);

struct spdk_bdev_module *spdk_bdev_module_list_find(const char *name);

static inline struct spdk_bdev_io *
spdk_bdev_io_from_ctx(void *ctx)
{
	return SPDK_CONTAINEROF(ctx, struct spdk_bdev_io, driver_ctx);
}

struct spdk_bdev_part_base;

struct spdk_bdev *spdk_bdev_part_base_get_bdev(struct spdk_bdev_part_base *part_base);

const char *spdk_bdev_part_base_get_bdev_name(struct spdk_bdev_part_base *part_base);

struct spdk_bdev_desc *spdk_bdev_part_base_get_desc(struct spdk_bdev_part_base *part_base);

struct bdev_part_tailq *spdk_bdev_part_base_get_tailq(struct spdk_bdev_part_base *part_base);

void *spdk_bdev_part_base_get_ctx(struct spdk_bdev_part_base *part_base);

typedef void (*spdk_bdev_part_base_free_fn)(void *ctx);

struct spdk_bdev_part {
	TAILQ_ENTRY(spdk_bdev_part) tailq;

	struct bdev_part_internal_fields {
		struct spdk_bdev bdev;

		struct spdk_bdev_part_base *base;

		uint64_t offset_blocks;
	} internal;
};

struct spdk_bdev_part_channel {
	struct spdk_bdev_part *part;
	struct spdk_io_channel *base_ch;
};

typedef TAILQ_HEAD(bdev_part_tailq, spdk_bdev_part) SPDK_BDEV_PART_TAILQ;

void spdk_bdev_part_base_free(struct spdk_bdev_part_base *base);

int spdk_bdev_part_free(struct spdk_bdev_part *part);

void
spdk_bdev_part_base_hotremove(struct spdk_bdev_part_base *part_base, struct bdev_part_tailq *tailq);

int spdk_bdev_part_base_construct_ext(const char *bdev_name, spdk_bdev_remove_cb_t remove_cb,
				      struct spdk_bdev_module *module,
				      struct spdk_bdev_fn_table *fn_table,
				      struct bdev_part_tailq *tailq,
				      spdk_bdev_part_base_free_fn free_fn, void *ctx,
				      uint32_t channel_size, spdk_io_channel_create_cb ch_create_cb,
				      spdk_io_channel_destroy_cb ch_destroy_cb,
				      struct spdk_bdev_part_base **base);

struct spdk_bdev_part_construct_opts {
	uint64_t opts_size;

	struct spdk_uuid uuid;
};

SPDK_STATIC_ASSERT(sizeof(struct spdk_bdev_part_construct_opts) == 24, "Incorrect size");

void spdk_bdev_part_construct_opts_init(struct spdk_bdev_part_construct_opts *opts, uint64_t size);

int
spdk_bdev_part_construct(struct spdk_bdev_part *part, struct spdk_bdev_part_base *base, char *name,
			 uint64_t offset_blocks, uint64_t num_blocks, char *product_name);

int
spdk_bdev_part_construct_ext(struct spdk_bdev_part *part, struct spdk_bdev_part_base *base,
			     char *name, uint64_t offset_blocks, uint64_t num_blocks,
			     char *product_name, const struct spdk_bdev_part_construct_opts *opts);

int spdk_bdev_part_submit_request(struct spdk_bdev_part_channel *ch, struct spdk_bdev_io *bdev_io);

int spdk_bdev_part_submit_request_ext(struct spdk_bdev_part_channel *ch,
				      struct spdk_bdev_io *bdev_io, spdk_bdev_io_completion_cb cb);

struct spdk_bdev *spdk_bdev_part_get_bdev(struct spdk_bdev_part *part);

struct spdk_bdev_part_base *spdk_bdev_part_get_base(struct spdk_bdev_part *part);

struct spdk_bdev *spdk_bdev_part_get_base_bdev(struct spdk_bdev_part *part);

uint64_t spdk_bdev_part_get_offset_blocks(struct spdk_bdev_part *part);

int spdk_bdev_push_media_events(struct spdk_bdev *bdev, const struct spdk_bdev_media_event *events,
				size_t num_events);

void spdk_bdev_notify_media_management(struct spdk_bdev *bdev);

typedef int (*spdk_bdev_io_fn)(void *ctx, struct spdk_bdev_io *bdev_io);
typedef void (*spdk_bdev_for_each_io_cb)(void *ctx, int rc);

void spdk_bdev_for_each_bdev_io(struct spdk_bdev *bdev, void *ctx, spdk_bdev_io_fn fn,
				spdk_bdev_for_each_io_cb cb);

typedef void (*spdk_bdev_get_current_qd_cb)(struct spdk_bdev *bdev, uint64_t current_qd,
					    void *cb_arg, int rc);

void
spdk_bdev_get_current_qd(struct spdk_bdev *bdev, spdk_bdev_get_current_qd_cb cb_fn, void *cb_arg);

void spdk_bdev_add_io_stat(struct spdk_bdev_io_stat *total, struct spdk_bdev_io_stat *add);

void spdk_bdev_dump_io_stat_json(struct spdk_bdev_io_stat *stat, struct spdk_json_write_ctx *w);

void spdk_bdev_reset_io_stat(struct spdk_bdev_io_stat *stat, enum spdk_bdev_reset_stat_mode mode);

typedef void (*spdk_bdev_quiesce_cb)(void *ctx, int status);

int spdk_bdev_quiesce(struct spdk_bdev *bdev, struct spdk_bdev_module *module,
		      spdk_bdev_quiesce_cb cb_fn, void *cb_arg);

int spdk_bdev_unquiesce(struct spdk_bdev *bdev, struct spdk_bdev_module *module,
			spdk_bdev_quiesce_cb cb_fn, void *cb_arg);

int
spdk_bdev_quiesce_range(struct spdk_bdev *bdev, struct spdk_bdev_module *module, uint64_t offset,
			uint64_t length, spdk_bdev_quiesce_cb cb_fn, void *cb_arg);

int
spdk_bdev_unquiesce_range(struct spdk_bdev *bdev, struct spdk_bdev_module *module, uint64_t offset,
			  uint64_t length, spdk_bdev_quiesce_cb cb_fn, void *cb_arg);

#define SPDK_BDEV_MODULE_REGISTER(name, module)                                          \
	static void __attribute__((constructor)) _spdk_bdev_module_register_##name(void) \
	{                                                                                \
		spdk_bdev_module_list_add(module);                                       \
	}

#endif

#ifdef __cplusplus
}
#endif

#endif
