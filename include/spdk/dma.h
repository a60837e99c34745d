/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * \file
 * Memory domains: memory that is not simply this process's. A request that carries a domain
 * beside its buffers says by it how those addresses are reached: through the functions that whoever
 * made the domain has set on it. A domain of NULL means ordinary memory.
 *
 * Thread: the functions that move, translate or invalidate data may be called from any thread, and
 * call straight through. Those that create, set, destroy or list may be called from any, too, but
 * a domain must not be changed or destroyed while somebody uses it.
 */
#ifndef SPDK_DMA_H
#define SPDK_DMA_H

#include "spdk/assert.h"
#include "spdk/queue.h"
#include "spdk/stdinc.h"

#ifdef __cplusplus
extern "C" {
#endif

/** The id of the RDMA device that belongs to the library itself. */
#define SPDK_RDMA_DMA_DEVICE "SPDK_RDMA_DMA_DEVICE"

/** What kind of device reaches a domain's memory. */
enum spdk_dma_device_type {
	/** By protection domain, key and address. */
	SPDK_DMA_DEVICE_TYPE_RDMA,
	/** By physical or I/O virtual address. */
	SPDK_DMA_DEVICE_TYPE_DMA,
	/** None: what the accel framework has not computed yet. */
	SPDK_DMA_DEVICE_TYPE_ACCEL,
	/** First and last of those that vendors may give their own meaning. */
	SPDK_DMA_DEVICE_VENDOR_SPECIFIC_TYPE_START = 1000,
	SPDK_DMA_DEVICE_VENDOR_SPECIFIC_TYPE_END = SPDK_DMA_DEVICE_VENDOR_SPECIFIC_TYPE_START + 999
};

struct spdk_memory_domain;

/** Data has been moved or filled; rc is 0 or -errno. */
typedef void (*spdk_memory_domain_data_cpl_cb)(void *ctx, int rc);

/**
 * Moves data from a domain into ordinary memory.
 *
 * Owner: the arrays and buffers are the caller's and stay until `cpl_cb`. `src_domain_ctx` is what
 * came with the request.
 * Shape: the destination is at least as long as the source.
 * Callback: `cpl_cb(cpl_cb_arg, rc)` once when 0 was returned, maybe within this call; never
 * otherwise.
 * Errors: -errno.
 */
typedef int (*spdk_memory_domain_pull_data_cb)(struct spdk_memory_domain *src_domain,
					       void *src_domain_ctx, struct iovec *src_iov,
					       uint32_t src_iovcnt, struct iovec *dst_iov,
					       uint32_t dst_iovcnt,
					       spdk_memory_domain_data_cpl_cb cpl_cb,
					       void *cpl_cb_arg);

/** Moves data from ordinary memory into a domain; otherwise as spdk_memory_domain_pull_data_cb. */
typedef int (*spdk_memory_domain_push_data_cb)(struct spdk_memory_domain *dst_domain,
					       void *dst_domain_ctx, struct iovec *dst_iov,
					       uint32_t dst_iovcnt, struct iovec *src_iov,
					       uint32_t src_iovcnt,
					       spdk_memory_domain_data_cpl_cb cpl_cb,
					       void *cpl_cb_arg);

/** Fills memory of a domain with zeroes. Callback and errors as when data is pulled. */
typedef int (*spdk_memory_domain_memzero_cb)(struct spdk_memory_domain *domain, void *domain_ctx,
					     struct iovec *iov, uint32_t iovcnt,
					     spdk_memory_domain_data_cpl_cb cpl_cb,
					     void *cpl_cb_arg);

/** How memory of one domain is reached from another. */
struct spdk_memory_domain_translation_result {
	/** sizeof(struct spdk_memory_domain_translation_result) as the caller was compiled. */
	size_t size;
	/** Number of pieces. */
	uint32_t iov_count;
	/** The piece, when there is one. */
	struct iovec iov;
	/** The pieces, when there are more; they belong to who translated, until the I/O ends. */
	struct iovec *iovs;
	/** From where they are reached: the domain that was given to the translation. */
	struct spdk_memory_domain *dst_domain;
	union {
		struct {
			uint32_t lkey;
			uint32_t rkey;
		} rdma;
	};
};

/** What a translation needs to know beside the domain it translates to. */
struct spdk_memory_domain_translation_ctx {
	/** sizeof(struct spdk_memory_domain_translation_ctx) as the caller was compiled. */
	size_t size;
	union {
		struct {
			/** struct ibv_qp *, the queue pair that will use the memory. */
			void *ibv_qp;
		} rdma;
	};
};

/**
 * Moves data from one domain to another. `src_translation`, which may be NULL, is how the
 * destination reaches the source. Callback and errors as when data is pulled.
 */
typedef int (*spdk_memory_domain_transfer_data_cb)(
	struct spdk_memory_domain *dst_domain, void *dst_domain_ctx, struct iovec *dst_iov,
	uint32_t dst_iovcnt, struct spdk_memory_domain *src_domain, void *src_domain_ctx,
	struct iovec *src_iov, uint32_t src_iovcnt,
	struct spdk_memory_domain_translation_result *src_translation,
	spdk_memory_domain_data_cpl_cb cpl_cb, void *cpl_cb_arg);

/**
 * Says how `len` bytes at `addr` of `src_domain` are reached from `dst_domain`; moves nothing.
 * 0, and `result` is filled in, or -errno.
 */
typedef int (*spdk_memory_domain_translate_memory_cb)(
	struct spdk_memory_domain *src_domain, void *src_domain_ctx,
	struct spdk_memory_domain *dst_domain,
	struct spdk_memory_domain_translation_ctx *dst_domain_ctx, void *addr, size_t len,
	struct spdk_memory_domain_translation_result *result);

/** Ends the validity of a translation of that memory. */
typedef void (*spdk_memory_domain_invalidate_data_cb)(struct spdk_memory_domain *domain,
						      void *domain_ctx, struct iovec *iov,
						      uint32_t iovcnt);

/** The user_ctx of a domain of RDMA type. */
struct spdk_memory_domain_rdma_ctx {
	/** sizeof(struct spdk_memory_domain_rdma_ctx) as the caller was compiled. */
	size_t size;
	/** struct ibv_pd *, the protection domain. */
	void *ibv_pd;
};

/** What its maker tells about a domain. */
struct spdk_memory_domain_ctx {
	/** sizeof(struct spdk_memory_domain_ctx) as the caller was compiled. */
	size_t size;
	/** Of the maker; its type follows from that of the domain, e.g. the struct above. May be
	 * NULL. */
	void *user_ctx;
	/** Of what user_ctx points to, in bytes; 0: only the pointer is kept. */
	size_t user_ctx_size;
};

/**
 * Makes a domain that is reached by devices of one type. It has no functions until they are set.
 *
 * Owner: the caller, until spdk_memory_domain_destroy(). `id` is copied; so is `ctx`, and with it
 * the user_ctx_size bytes that user_ctx points to.
 * Shape: `id` names the device and may be NULL, as may `ctx`.
 * Errors: -EINVAL: `domain` is NULL, the size of `ctx` is 0, or bytes of nowhere are to be
 * copied; -ENOMEM.
 */
int spdk_memory_domain_create(struct spdk_memory_domain **domain, enum spdk_dma_device_type type,
			      struct spdk_memory_domain_ctx *ctx, const char *id);

/** These set how the memory of a domain is translated, moved... in place of what was set before. */
void spdk_memory_domain_set_translation(struct spdk_memory_domain *domain,
					spdk_memory_domain_translate_memory_cb translate_cb);
void spdk_memory_domain_set_invalidate(struct spdk_memory_domain *domain,
				       spdk_memory_domain_invalidate_data_cb invalidate_cb);
void spdk_memory_domain_set_pull(struct spdk_memory_domain *domain,
				 spdk_memory_domain_pull_data_cb pull_cb);
void spdk_memory_domain_set_push(struct spdk_memory_domain *domain,
				 spdk_memory_domain_push_data_cb push_cb);
void spdk_memory_domain_set_data_transfer(struct spdk_memory_domain *domain,
					  spdk_memory_domain_transfer_data_cb transfer_cb);
void spdk_memory_domain_set_memzero(struct spdk_memory_domain *domain,
				    spdk_memory_domain_memzero_cb memzero_cb);

/** What was given to spdk_memory_domain_create(), or NULL. Owner: the domain. */
struct spdk_memory_domain_ctx *spdk_memory_domain_get_context(struct spdk_memory_domain *domain);

/** The user_ctx that was given, and at `ctx_size` its size; NULL and 0 when there is none. */
void *spdk_memory_domain_get_user_context(struct spdk_memory_domain *domain, size_t *ctx_size);

enum spdk_dma_device_type spdk_memory_domain_get_dma_device_type(struct spdk_memory_domain *domain);

/** The id that was given, or NULL. Owner: the domain. */
const char *spdk_memory_domain_get_dma_device_id(struct spdk_memory_domain *domain);

/** Frees a domain; NULL is ignored. The system domain stays, which is explained. */
void spdk_memory_domain_destroy(struct spdk_memory_domain *domain);

/**
 * Moves data from a domain into ordinary memory, by the function that was set.
 *
 * Callback: `cpl_cb(cpl_cb_arg, rc)` once when 0 is returned, maybe within this call; never
 * otherwise.
 * Errors: -ENOTSUP: none was set; what that function returns.
 */
int spdk_memory_domain_pull_data(struct spdk_memory_domain *src_domain, void *src_domain_ctx,
				 struct iovec *src_iov, uint32_t src_iov_cnt, struct iovec *dst_iov,
				 uint32_t dst_iov_cnt, spdk_memory_domain_data_cpl_cb cpl_cb,
				 void *cpl_cb_arg);

/** Moves data from ordinary memory into a domain; otherwise as spdk_memory_domain_pull_data(). */
int spdk_memory_domain_push_data(struct spdk_memory_domain *dst_domain, void *dst_domain_ctx,
				 struct iovec *dst_iov, uint32_t dst_iovcnt, struct iovec *src_iov,
				 uint32_t src_iovcnt, spdk_memory_domain_data_cpl_cb cpl_cb,
				 void *cpl_cb_arg);

/**
 * Moves data from one domain to another, by the function that was set on the destination;
 * `src_translation` may be NULL. Callback and errors as of spdk_memory_domain_pull_data().
 */
int spdk_memory_domain_transfer_data(struct spdk_memory_domain *dst_domain, void *dst_domain_ctx,
				     struct iovec *dst_iov, uint32_t dst_iovcnt,
				     struct spdk_memory_domain *src_domain, void *src_domain_ctx,
				     struct iovec *src_iov, uint32_t src_iovcnt,
				     struct spdk_memory_domain_translation_result *src_translation,
				     spdk_memory_domain_data_cpl_cb cpl_cb, void *cpl_cb_arg);

/**
 * Says how `len` bytes at `addr` of one domain are reached from another, by the function that was
 * set on the source. Both must describe the same memory; nothing is moved. What translates into
 * the system domain gives an address of this process.
 *
 * Shape: `result->size` is set by the caller. `dst_domain_ctx` may be NULL where the type of
 * `dst_domain` needs none.
 * Errors: -ENOTSUP: none was set; what that function returns. `result` holds nothing then.
 */
int spdk_memory_domain_translate_data(struct spdk_memory_domain *src_domain, void *src_domain_ctx,
				      struct spdk_memory_domain *dst_domain,
				      struct spdk_memory_domain_translation_ctx *dst_domain_ctx,
				      void *addr, size_t len,
				      struct spdk_memory_domain_translation_result *result);

/** Ends the validity of a translation. Does nothing when the domain has no function for it. */
void spdk_memory_domain_invalidate_data(struct spdk_memory_domain *domain, void *domain_ctx,
					struct iovec *iov, uint32_t iovcnt);

/** Fills memory of a domain with zeroes. Callback and errors as of spdk_memory_domain_pull_data().
 */
int spdk_memory_domain_memzero(struct spdk_memory_domain *domain, void *domain_ctx,
			       struct iovec *iov, uint32_t iovcnt,
			       spdk_memory_domain_data_cpl_cb cpl_cb, void *cpl_cb_arg);

/**
 * The first domain, or the first with this id when `id` is not NULL; NULL: there is none. The
 * system domain is one of them.
 */
struct spdk_memory_domain *spdk_memory_domain_get_first(const char *id);

/** The one after `prev`, which must still be there; otherwise as spdk_memory_domain_get_first(). */
struct spdk_memory_domain *
spdk_memory_domain_get_next(struct spdk_memory_domain *prev, const char *id);

/** Ordinary memory as a domain: that of this process. It is always there, and is of DMA type. */
struct spdk_memory_domain *spdk_memory_domain_get_system_domain(void);

/** A type in letters; all of vendors, and all that are unknown, have one name each. */
const char *spdk_dma_device_type_get_name(enum spdk_dma_device_type type);

#ifdef __cplusplus
}
#endif

#endif
