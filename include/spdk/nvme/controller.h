/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * \file
 * A controller: what it is, what it can do, and how it is reset. A part of spdk/nvme.h.
 *
 * Thread: any OS thread, at any time while it is attached, unless a function says otherwise.
 * Source: registers and identify data are those of the NVM Express base specification, see
 *   spdk/nvme_spec.h.
 */
#ifndef SPDK_NVME_CONTROLLER_H
#define SPDK_NVME_CONTROLLER_H

#include "spdk/stdinc.h"

#include "spdk/dma.h"
#include "spdk/env.h"
#include "spdk/nvme/handle.h"
#include "spdk/nvme/transport_id.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Whether it is a discovery controller. */
bool spdk_nvme_ctrlr_is_discovery(struct spdk_nvme_ctrlr *ctrlr);

/** Whether its transport goes over fabrics. */
bool spdk_nvme_ctrlr_is_fabrics(struct spdk_nvme_ctrlr *ctrlr);

/** What a controller can do. */
enum spdk_nvme_ctrlr_flags {
	/** Takes SGLs; else, PRPs only. */
	SPDK_NVME_CTRLR_SGL_SUPPORTED = 1 << 0,
	/** Has Security Send and Receive. */
	SPDK_NVME_CTRLR_SECURITY_SEND_RECV_SUPPORTED = 1 << 1,
	/** Has weighted round robin. */
	SPDK_NVME_CTRLR_WRR_SUPPORTED = 1 << 2,
	/** Takes a compare and a write as one (fused). */
	SPDK_NVME_CTRLR_COMPARE_AND_WRITE_SUPPORTED = 1 << 3,
	/** Pieces of an SGL are multiples of 4 bytes, in address and length. */
	SPDK_NVME_CTRLR_SGL_REQUIRES_DWORD_ALIGNMENT = 1 << 4,
	/** Has Zone Append. */
	SPDK_NVME_CTRLR_ZONE_APPEND_SUPPORTED = 1 << 5,
	/** Has directives. */
	SPDK_NVME_CTRLR_DIRECTIVES_SUPPORTED = 1 << 6,
	/** Takes separate metadata by SGL. */
	SPDK_NVME_CTRLR_MPTR_SGL_SUPPORTED = 1 << 7,
	/** Its transport takes accel sequences. Never on PCIe. */
	SPDK_NVME_CTRLR_ACCEL_SEQUENCE_SUPPORTED = 1 << 8,
};

/**
 * Changes where a failed controller is looked for at its next reset.
 *
 * Shape: trstring may be empty: the transport stays the same.
 * Errors: -EPERM: it is not failed; -EINVAL: another transport or subsystem than that of before.
 */
int spdk_nvme_ctrlr_set_trid(struct spdk_nvme_ctrlr *ctrlr, struct spdk_nvme_transport_id *trid);

/**
 * Resets the controller and initialises it anew; waits until it is ready. All that was submitted
 * is aborted first: callbacks run from within this call. I/O queue pairs come back when it is
 * done, with no more to do than to go on polling them.
 *
 * Thread: any, but no other OS thread may use the controller or a queue pair of it meanwhile. Not
 *   from within a callback of one of its commands.
 * Owner: what spdk_nvme_ctrlr_get_ns(), spdk_nvme_ns_get_data() and their kin returned may be
 *   gone or different. So may be the number of namespaces.
 * Errors: -EBUSY: a reset is under way; -ENXIO: the device has been pulled out; others as the
 *   initialisation had them. The controller is failed then, and may be reset again.
 */
int spdk_nvme_ctrlr_reset(struct spdk_nvme_ctrlr *ctrlr);

/**
 * The first half of a reset: stops the controller (CC.EN), waits for that at most half a second,
 * aborts everything and disconnects the queues; nothing can be submitted until it is reconnected. A
 * controller that does not stop is cut off from memory, so that no buffer that a callback gives
 * back is written to.
 *
 * Thread: as spdk_nvme_ctrlr_reset().
 * Errors: -EBUSY: a reset is under way; -ENXIO: the device has been pulled out.
 */
int spdk_nvme_ctrlr_disconnect(struct spdk_nvme_ctrlr *ctrlr);

/** Begins the second half. Go on with spdk_nvme_ctrlr_reconnect_poll_async(). */
void spdk_nvme_ctrlr_reconnect_async(struct spdk_nvme_ctrlr *ctrlr);

/**
 * One step of it. The last one connects the I/O queue pairs again that the reset has disconnected,
 * and waits for that, unless they are in async_mode; the others do not wait. One that could not be
 * connected is explained, and left to spdk_nvme_ctrlr_reconnect_io_qpair().
 *
 * Errors: -EAGAIN: call again; others: it did not become ready, explained, and is failed.
 */
int spdk_nvme_ctrlr_reconnect_poll_async(struct spdk_nvme_ctrlr *ctrlr);

/**
 * Resets the whole NVM subsystem (NSSR), with all controllers that it has. The devices may vanish
 * from the bus and come again: their drivers see a removal. This controller is failed; reset or
 * detach it.
 *
 * Thread: as spdk_nvme_ctrlr_reset().
 * Errors: -ENOTSUP: it has no such register; -EBUSY: a reset is under way; -ENXIO.
 */
int spdk_nvme_ctrlr_reset_subsystem(struct spdk_nvme_ctrlr *ctrlr);

/**
 * Makes the controller fail: submissions and polls return -ENXIO from then on. What was submitted
 * is aborted when its queue pair is next disconnected, freed or reset. Only a reset ends it.
 */
void spdk_nvme_ctrlr_fail(struct spdk_nvme_ctrlr *ctrlr);

/**
 * Whether it is failed, by spdk_nvme_ctrlr_fail(), by a reset that did not work, or because it
 * was pulled out.
 */
bool spdk_nvme_ctrlr_is_failed(struct spdk_nvme_ctrlr *ctrlr);

/** What it says of itself (Identify Controller). Owner: the controller; read anew in a reset. */
const struct spdk_nvme_ctrlr_data *spdk_nvme_ctrlr_get_data(struct spdk_nvme_ctrlr *ctrlr);

/** What it says of the NVM command set. NULL: it has nothing to say of it. */
const struct spdk_nvme_nvm_ctrlr_data *spdk_nvme_nvm_ctrlr_get_data(struct spdk_nvme_ctrlr *ctrlr);

/**
 * Registers, read now, but for CAP and VS, which do not change. One that cannot be read (the device
 * has been pulled out) has all bits set.
 */
union spdk_nvme_csts_register spdk_nvme_ctrlr_get_regs_csts(struct spdk_nvme_ctrlr *ctrlr);

union spdk_nvme_cc_register spdk_nvme_ctrlr_get_regs_cc(struct spdk_nvme_ctrlr *ctrlr);

union spdk_nvme_cap_register spdk_nvme_ctrlr_get_regs_cap(struct spdk_nvme_ctrlr *ctrlr);

union spdk_nvme_vs_register spdk_nvme_ctrlr_get_regs_vs(struct spdk_nvme_ctrlr *ctrlr);

union spdk_nvme_cmbsz_register spdk_nvme_ctrlr_get_regs_cmbsz(struct spdk_nvme_ctrlr *ctrlr);

union spdk_nvme_pmrcap_register spdk_nvme_ctrlr_get_regs_pmrcap(struct spdk_nvme_ctrlr *ctrlr);

union spdk_nvme_bpinfo_register spdk_nvme_ctrlr_get_regs_bpinfo(struct spdk_nvme_ctrlr *ctrlr);

/**
 * The greatest namespace id that it may ever have, which may be huge. For those that are there,
 * use spdk_nvme_ctrlr_get_first_active_ns().
 */
uint32_t spdk_nvme_ctrlr_get_num_ns(struct spdk_nvme_ctrlr *ctrlr);

/** Its PCI device. Owner: the controller. NULL: it is on another transport. */
struct spdk_pci_device *spdk_nvme_ctrlr_get_pci_device(struct spdk_nvme_ctrlr *ctrlr);

/** Its NUMA node, or SPDK_ENV_NUMA_ID_ANY. */
int32_t spdk_nvme_ctrlr_get_numa_id(struct spdk_nvme_ctrlr *ctrlr);

/** Its id in the NVM subsystem (CNTLID). */
uint16_t spdk_nvme_ctrlr_get_id(struct spdk_nvme_ctrlr *ctrlr);

/**
 * Bytes of data that one command takes. The functions of a namespace split what is longer; raw
 * commands are the caller's to keep within.
 */
uint32_t spdk_nvme_ctrlr_get_max_xfer_size(const struct spdk_nvme_ctrlr *ctrlr);

/**
 * Pieces of data that one command takes. UINT16_MAX: it has PRPs only, and what counts is that
 * pieces begin and end at pages.
 */
uint16_t spdk_nvme_ctrlr_get_max_sges(const struct spdk_nvme_ctrlr *ctrlr);

/** Whether there is an active namespace of this id. */
bool spdk_nvme_ctrlr_is_active_ns(struct spdk_nvme_ctrlr *ctrlr, uint32_t nsid);

/**
 * Ids of active namespaces, in ascending order: the first, and the one after prev_nsid, which
 * need not be active any more. 0: there is none.
 */
uint32_t spdk_nvme_ctrlr_get_first_active_ns(struct spdk_nvme_ctrlr *ctrlr);

uint32_t spdk_nvme_ctrlr_get_next_active_ns(struct spdk_nvme_ctrlr *ctrlr, uint32_t prev_nsid);

/**
 * Whether the driver knows that it has this log page: by its identify data, and for pages of a
 * vendor by what it is. False may also mean: nobody knows.
 */
bool spdk_nvme_ctrlr_is_log_page_supported(struct spdk_nvme_ctrlr *ctrlr, uint8_t log_page);

/** The same for a feature. */
bool spdk_nvme_ctrlr_is_feature_supported(struct spdk_nvme_ctrlr *ctrlr, uint8_t feature_code);

/** Whether spdk_nvme_ctrlr_reset_subsystem() works. */
bool spdk_nvme_ctrlr_is_nssr_supported(struct spdk_nvme_ctrlr *ctrlr);

/** The namespace of this id, active or not. NULL: 0, or greater than any id may be. */
struct spdk_nvme_ns *spdk_nvme_ctrlr_get_ns(struct spdk_nvme_ctrlr *ctrlr, uint32_t ns_id);

/** enum spdk_nvme_ctrlr_flags, as a sum. */
uint64_t spdk_nvme_ctrlr_get_flags(struct spdk_nvme_ctrlr *ctrlr);

/**
 * The registers themselves, mapped. NULL: the transport has none, or the device has been pulled
 * out. For reading; what is written behind the driver's back is the caller's to answer for.
 */
volatile struct spdk_nvme_registers *spdk_nvme_ctrlr_get_registers(struct spdk_nvme_ctrlr *ctrlr);

/** Where it is. Owner: the controller. */
const struct spdk_nvme_transport_id *
spdk_nvme_ctrlr_get_transport_id(struct spdk_nvme_ctrlr *ctrlr);

/**
 * Memory domains that data of its I/O may be in, besides ordinary memory.
 *
 * Shape: as many as fit into `domains` are written. array_size 0 with NULL asks for the number
 *   only.
 * Errors: how many there are, which may be more than array_size; -EINVAL: NULL with another
 *   array_size, or one below 0. On PCIe: 0.
 */
int spdk_nvme_ctrlr_get_memory_domains(const struct spdk_nvme_ctrlr *ctrlr,
				       struct spdk_memory_domain **domains, int array_size);

#ifdef __cplusplus
}
#endif

#endif /* SPDK_NVME_CONTROLLER_H */
