/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * \file
 * What the queue pairs of a group have done. A part of spdk/nvme.h.
 *
 * Units: numbers since the group was made.
 */
#ifndef SPDK_NVME_STATISTICS_H
#define SPDK_NVME_STATISTICS_H

#include "spdk/stdinc.h"

#include "spdk/nvme/handle.h"
#include "spdk/nvme/transport_id.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Of one RDMA device. */
struct spdk_nvme_rdma_device_stat {
	const char *name;
	uint64_t polls;
	/** Polls that found nothing. */
	uint64_t idle_polls;
	uint64_t completions;
	/** Requests that had to wait. */
	uint64_t queued_requests;
	/** Work requests, and how often the device was told of new ones. */
	uint64_t total_send_wrs;
	uint64_t send_doorbell_updates;
	uint64_t total_recv_wrs;
	uint64_t recv_doorbell_updates;
};

/** Of PCIe. */
struct spdk_nvme_pcie_stat {
	/** Looks at a queue pair; idle_polls of them found nothing. */
	uint64_t polls;
	uint64_t idle_polls;
	uint64_t completions;
	/** Writes of a completion queue's doorbell, to the device and to shadow memory. */
	uint64_t cq_mmio_doorbell_updates;
	uint64_t cq_shadow_doorbell_updates;
	uint64_t submitted_requests;
	/** Those of submitted_requests that had to wait for room in the queue. */
	uint64_t queued_requests;
	/** Writes of a submission queue's doorbell, to the device and to shadow memory. */
	uint64_t sq_mmio_doorbell_updates;
	uint64_t sq_shadow_doorbell_updates;
};

/** Of TCP. */
struct spdk_nvme_tcp_stat {
	uint64_t polls;
	uint64_t idle_polls;
	uint64_t socket_completions;
	uint64_t nvme_completions;
	uint64_t submitted_requests;
	uint64_t queued_requests;
};

/** Of one transport: which member of the union, trtype says. */
struct spdk_nvme_transport_poll_group_stat {
	spdk_nvme_transport_type_t trtype;
	union {
		struct {
			uint32_t num_devices;
			struct spdk_nvme_rdma_device_stat *device_stats;
		} rdma;
		struct spdk_nvme_pcie_stat pcie;
		struct spdk_nvme_tcp_stat tcp;
	};
};

/** Of a group: an array of pointers. */
struct spdk_nvme_poll_group_stat {
	uint32_t num_transports;
	struct spdk_nvme_transport_poll_group_stat **transport_stat;
};

/**
 * Gets them.
 *
 * Thread: that of the group.
 * Owner: *stats is the caller's, until spdk_nvme_poll_group_free_stats().
 * Errors: -EINVAL: NULL, or no queue pair is or was in the group; -ENOMEM.
 */
int spdk_nvme_poll_group_get_stats(struct spdk_nvme_poll_group *group,
				   struct spdk_nvme_poll_group_stat **stats);

/** Frees them; before the group. */
void spdk_nvme_poll_group_free_stats(struct spdk_nvme_poll_group *group,
				     struct spdk_nvme_poll_group_stat *stat);

#ifdef __cplusplus
}
#endif

#endif /* SPDK_NVME_STATISTICS_H */
