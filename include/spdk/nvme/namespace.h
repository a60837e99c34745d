/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * \file
 * What a namespace is like. A part of spdk/nvme.h.
 *
 * Thread: any OS thread, at any time while its controller is attached. What is told is as of when
 *   it was last identified: by a reset, a change that the controller told of, or a format. Of a
 *   namespace that is not active, all is 0 or NULL.
 */
#ifndef SPDK_NVME_NAMESPACE_H
#define SPDK_NVME_NAMESPACE_H

#include "spdk/stdinc.h"

#include "spdk/nvme/handle.h"
#include "spdk/uuid.h"

#ifdef __cplusplus
extern "C" {
#endif

/** What the controller says of it (Identify Namespace). Owner: the namespace. */
const struct spdk_nvme_ns_data *spdk_nvme_ns_get_data(struct spdk_nvme_ns *ns);

/** What the controller says of it that is special to the NVM command set. NULL: nothing. */
const struct spdk_nvme_nvm_ns_data *spdk_nvme_nvm_ns_get_data(struct spdk_nvme_ns *ns);

/** Its id. */
uint32_t spdk_nvme_ns_get_id(struct spdk_nvme_ns *ns);

/** Its controller. */
struct spdk_nvme_ctrlr *spdk_nvme_ns_get_ctrlr(struct spdk_nvme_ns *ns);

/** Whether it is active, so that it takes I/O. */
bool spdk_nvme_ns_is_active(struct spdk_nvme_ns *ns);

/** Bytes of the longest I/O that is not split. */
uint32_t spdk_nvme_ns_get_max_io_xfer_size(struct spdk_nvme_ns *ns);

/** Bytes of data of a block. */
uint32_t spdk_nvme_ns_get_sector_size(struct spdk_nvme_ns *ns);

/** Bytes of a block in a buffer: with its metadata, where that follows the data. */
uint32_t spdk_nvme_ns_get_extended_sector_size(struct spdk_nvme_ns *ns);

/** Blocks. */
uint64_t spdk_nvme_ns_get_num_sectors(struct spdk_nvme_ns *ns);

/** Bytes of data. */
uint64_t spdk_nvme_ns_get_size(struct spdk_nvme_ns *ns);

/** Protection information: its type, or SPDK_NVME_FMT_NVM_PROTECTION_DISABLE. */
enum spdk_nvme_pi_type spdk_nvme_ns_get_pi_type(struct spdk_nvme_ns *ns);

/** Protection information: its size. */
enum spdk_nvme_pi_format spdk_nvme_ns_get_pi_format(struct spdk_nvme_ns *ns);

/** Bytes of metadata of a block. 0: none. */
uint32_t spdk_nvme_ns_get_md_size(struct spdk_nvme_ns *ns);

/** Which of the formats in nsdata is the one in use. */
uint32_t spdk_nvme_ns_get_format_index(const struct spdk_nvme_ns_data *nsdata);

/** Whether metadata follows the data of each block; else it has a buffer of its own. */
bool spdk_nvme_ns_supports_extended_lba(struct spdk_nvme_ns *ns);

/** Whether it has this command. */
bool spdk_nvme_ns_supports_write_uncorrectable(struct spdk_nvme_ns *ns);

/** Whether it has this command. */
bool spdk_nvme_ns_supports_compare(struct spdk_nvme_ns *ns);

/**
 * What is read where blocks have been deallocated. SPDK_NVME_DEALLOC_READ_00: zeros, so that
 * deallocating is a cheap way of writing zeros.
 */
enum spdk_nvme_dealloc_logical_block_read_value
spdk_nvme_ns_get_dealloc_logical_block_read_value(struct spdk_nvme_ns *ns);

/**
 * I/Os that do not cross a multiple of this are faster; the driver splits those that do where the
 * controller wants that.
 *
 * Units: blocks. 0: there is no such boundary.
 */
uint32_t spdk_nvme_ns_get_optimal_io_boundary(struct spdk_nvme_ns *ns);

/** Its NGUID, 16 bytes. NULL: it has none. Owner: the namespace. */
const uint8_t *spdk_nvme_ns_get_nguid(const struct spdk_nvme_ns *ns);

/** Its UUID. NULL: it has none. Owner: the namespace. */
const struct spdk_uuid *spdk_nvme_ns_get_uuid(const struct spdk_nvme_ns *ns);

/** Its command set. */
enum spdk_nvme_csi spdk_nvme_ns_get_csi(const struct spdk_nvme_ns *ns);

/** What a namespace can do. */
enum spdk_nvme_ns_flags {
	/** Dataset Management, with deallocation. */
	SPDK_NVME_NS_DEALLOCATE_SUPPORTED = 1 << 0,
	/** Flush: the controller has a volatile cache. */
	SPDK_NVME_NS_FLUSH_SUPPORTED = 1 << 1,
	/** Reservations. */
	SPDK_NVME_NS_RESERVATION_SUPPORTED = 1 << 2,
	/** Write Zeroes. */
	SPDK_NVME_NS_WRITE_ZEROES_SUPPORTED = 1 << 3,
	/** It has protection information. */
	SPDK_NVME_NS_DPS_PI_SUPPORTED = 1 << 4,
	/** Metadata follows the data of each block. */
	SPDK_NVME_NS_EXTENDED_LBA_SUPPORTED = 1 << 5,
	/** Write Uncorrectable. */
	SPDK_NVME_NS_WRITE_UNCORRECTABLE_SUPPORTED = 1 << 6,
	/** Compare. */
	SPDK_NVME_NS_COMPARE_SUPPORTED = 1 << 7,
};

/** enum spdk_nvme_ns_flags, as a sum. */
uint32_t spdk_nvme_ns_get_flags(struct spdk_nvme_ns *ns);

/** Its ANA group. 0: the controller does not report groups. */
uint32_t spdk_nvme_ns_get_ana_group_id(const struct spdk_nvme_ns *ns);

/**
 * The state of its ANA group, as the log page had it when it was last read. Optimized, if the
 * controller does not report groups.
 */
enum spdk_nvme_ana_state spdk_nvme_ns_get_ana_state(const struct spdk_nvme_ns *ns);

#ifdef __cplusplus
}
#endif

#endif /* SPDK_NVME_NAMESPACE_H */
