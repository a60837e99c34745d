/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Transports: how commands get to a controller. What the rest of the driver asks of one goes
 * through these functions; where a transport has no function for something optional, they say
 * -ENOTSUP.
 */
#ifndef SPINDLE_NVME_TRANSPORT_H
#define SPINDLE_NVME_TRANSPORT_H

#include "spdk/nvme.h"
#include "spdk/queue.h"

struct nvme_transport {
	struct spdk_nvme_transport_ops ops;
};

/* How many there can be in a program. */
#define NVME_TRANSPORTS_MAX 16

/* By the name in trid->trstring, or that of its type. NULL: there is none. */
const struct nvme_transport *nvme_transport_find(const char *trstring);

struct spdk_nvme_transport_poll_group {
	struct spdk_nvme_poll_group *group;
	const struct nvme_transport *transport;
	STAILQ_HEAD(, spdk_nvme_qpair) connected_qpairs;
	STAILQ_HEAD(, spdk_nvme_qpair) disconnected_qpairs;
	/* What a walk through one of the lists visits next: a callback may take any out. */
	struct spdk_nvme_qpair *next_qpair;
	STAILQ_ENTRY(spdk_nvme_transport_poll_group) link;
};

/*
 * Registers. 0 or -errno; -ENXIO: the controller is gone, which is marked: where CSTS reads as
 * ones, no register can be believed.
 */
int nvme_transport_read_4(struct spdk_nvme_ctrlr *ctrlr, uint32_t offset, uint32_t *out_value);
int nvme_transport_read_8(struct spdk_nvme_ctrlr *ctrlr, uint32_t offset, uint64_t *out_value);
int nvme_transport_write_4(struct spdk_nvme_ctrlr *ctrlr, uint32_t offset, uint32_t value);
int nvme_transport_write_8(struct spdk_nvme_ctrlr *ctrlr, uint32_t offset, uint64_t value);
/*
 * Controllers. `devhandle` of PCIe: the struct spdk_pci_device. 0, or -errno as the transport has
 * left it, -ENODEV if it has not.
 */
int nvme_transport_construct(const struct spdk_nvme_transport_id *trid,
			     const struct spdk_nvme_ctrlr_opts *opts, void *devhandle,
			     struct spdk_nvme_ctrlr **out_ctrlr);
int nvme_transport_scan(struct spdk_nvme_probe_ctx *probe_ctx, bool direct_connect);
int nvme_transport_destruct(struct spdk_nvme_ctrlr *ctrlr);
/* What the controller must know before it is enabled (AQA, ASQ, ACQ for PCIe). */
int nvme_transport_enable(struct spdk_nvme_ctrlr *ctrlr);
int nvme_transport_enable_interrupts(struct spdk_nvme_ctrlr *ctrlr);
int nvme_transport_ready(struct spdk_nvme_ctrlr *ctrlr);
uint32_t nvme_transport_max_xfer_size(struct spdk_nvme_ctrlr *ctrlr);
uint16_t nvme_transport_max_sges(struct spdk_nvme_ctrlr *ctrlr);

/* Controller memory buffer and persistent memory region; what they return is as spdk/nvme.h says.
 */
int nvme_transport_reserve_cmb(struct spdk_nvme_ctrlr *ctrlr);
void *nvme_transport_map_cmb(struct spdk_nvme_ctrlr *ctrlr, size_t *out_size);
int nvme_transport_unmap_cmb(struct spdk_nvme_ctrlr *ctrlr);
int nvme_transport_enable_pmr(struct spdk_nvme_ctrlr *ctrlr);
int nvme_transport_disable_pmr(struct spdk_nvme_ctrlr *ctrlr);
void *nvme_transport_map_pmr(struct spdk_nvme_ctrlr *ctrlr, size_t *out_size);
int nvme_transport_unmap_pmr(struct spdk_nvme_ctrlr *ctrlr);
/* NULL: the transport has none that could be mapped. */
volatile struct spdk_nvme_registers *nvme_transport_registers(struct spdk_nvme_ctrlr *ctrlr);
int nvme_transport_process_events(struct spdk_nvme_ctrlr *ctrlr);
int nvme_transport_memory_domains(const struct spdk_nvme_ctrlr *ctrlr,
				  struct spdk_memory_domain **domains, int array_size);

/* Queue pairs. */
struct spdk_nvme_qpair *nvme_transport_create_qpair(struct spdk_nvme_ctrlr *ctrlr, uint16_t id,
						    const struct spdk_nvme_io_qpair_opts *opts);
/* Before it is deleted, which is only then possible; waits, and all callbacks run. */
void nvme_transport_disconnect_for_good(struct spdk_nvme_qpair *qpair);
/* The queue pair and its memory are gone after it. */
void nvme_transport_delete_qpair(struct spdk_nvme_qpair *qpair);
/* Begins (qpair->is_async) or does it all. */
int nvme_transport_connect_qpair(struct spdk_nvme_qpair *qpair);
void nvme_transport_disconnect_qpair(struct spdk_nvme_qpair *qpair);
/* By the transport, when what disconnect began is over: state, aborts, poll groups. */
void nvme_transport_disconnect_qpair_done(struct spdk_nvme_qpair *qpair);
int32_t nvme_transport_process_completions(struct spdk_nvme_qpair *qpair, uint32_t max);
int nvme_transport_qpair_fd(struct spdk_nvme_qpair *qpair, struct spdk_event_handler_opts *opts);
/* For each request that the transport has; stops at the first that iter_fn does not return 0 for.
 */
int nvme_transport_iterate_requests(struct spdk_nvme_qpair *qpair,
				    int (*iter_fn)(struct nvme_request *req, void *arg), void *arg);

#endif
