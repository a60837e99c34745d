/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * \file
 * How a program has the RDMA transport use what it has registered itself. A part of spdk/nvme.h.
 * There is no such transport yet.
 */
#ifndef SPDK_NVME_RDMA_HOOKS_H
#define SPDK_NVME_RDMA_HOOKS_H

#include "spdk/stdinc.h"

#include "spdk/nvme/transport_id.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Of libibverbs. */
struct ibv_context;

struct ibv_pd;

struct ibv_mr;

/** What is asked instead of libibverbs. */
struct spdk_nvme_rdma_hooks {
	/** The protection domain for a controller. NULL: one is made. */
	struct ibv_pd *(*get_ibv_pd)(const struct spdk_nvme_transport_id *trid,
				     struct ibv_context *verbs);
	/** The remote key of a buffer. */
	uint64_t (*get_rkey)(struct ibv_pd *pd, void *buf, size_t size);
	/** The key is no longer used. */
	void (*put_rkey)(uint64_t key);
};

/**
 * Sets them, once, before any controller is probed.
 *
 * Owner: kept; they must stay.
 */
void spdk_nvme_rdma_init_hooks(struct spdk_nvme_rdma_hooks *hooks);

#ifdef __cplusplus
}
#endif

#endif /* SPDK_NVME_RDMA_HOOKS_H */
