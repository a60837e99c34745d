/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * \file
 * What an identify command asks for, and the answers that are neither about a controller (see
 * identify_controller.h) nor about a namespace (identify_namespace.h).
 */
#ifndef SPDK_NVME_SPEC_IDENTIFY_H
#define SPDK_NVME_SPEC_IDENTIFY_H

#include "spdk/assert.h"
#include "spdk/stdinc.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Bytes of an answer. */
#define SPDK_NVME_IDENTIFY_BUFLEN 4096

/**
 * What to tell. Lists have namespaces after the one of the command, in order; some answers are for
 * the command set in dword 11.
 */
enum spdk_nvme_identify_cns {
	/** struct spdk_nvme_ns_data. */
	SPDK_NVME_IDENTIFY_NS = 0x00,
	/** struct spdk_nvme_ctrlr_data. */
	SPDK_NVME_IDENTIFY_CTRLR = 0x01,
	/** Active namespaces, struct spdk_nvme_ns_list. */
	SPDK_NVME_IDENTIFY_ACTIVE_NS_LIST = 0x02,
	/** Identifiers of the namespace, each a struct spdk_nvme_ns_id_desc. */
	SPDK_NVME_IDENTIFY_NS_ID_DESCRIPTOR_LIST = 0x03,
	/** The namespace, for a command set. */
	SPDK_NVME_IDENTIFY_NS_IOCS = 0x05,
	/** The controller, for a command set. */
	SPDK_NVME_IDENTIFY_CTRLR_IOCS = 0x06,
	/** Active namespaces of a command set. */
	SPDK_NVME_IDENTIFY_ACTIVE_NS_LIST_IOCS = 0x07,
	/** struct spdk_nvme_ns_iocs_independent_data. */
	SPDK_NVME_IDENTIFY_NS_IOCS_INDEPENDENT = 0x08,
	/** Namespaces of the subsystem, active or not. */
	SPDK_NVME_IDENTIFY_ALLOCATED_NS_LIST = 0x10,
	/** struct spdk_nvme_ns_data, of a namespace that need not be active. */
	SPDK_NVME_IDENTIFY_NS_ALLOCATED = 0x11,
	/** Controllers of the namespace from `cntid` on, struct spdk_nvme_ctrlr_list. */
	SPDK_NVME_IDENTIFY_NS_ATTACHED_CTRLR_LIST = 0x12,
	/** Controllers from `cntid` on, struct spdk_nvme_ctrlr_list. */
	SPDK_NVME_IDENTIFY_CTRLR_LIST = 0x13,
	/** struct spdk_nvme_primary_ctrl_capabilities. */
	SPDK_NVME_IDENTIFY_PRIMARY_CTRLR_CAP = 0x14,
	/** struct spdk_nvme_secondary_ctrl_list. */
	SPDK_NVME_IDENTIFY_SECONDARY_CTRLR_LIST = 0x15,
	/** UUIDs that vendor specific pages and features are chosen by. */
	SPDK_NVME_IDENTIFY_UUID_LIST = 0x17,
	/** Namespaces of the subsystem of a command set. */
	SPDK_NVME_IDENTIFY_ALLOCATED_NS_LIST_IOCS = 0x1a,
	/** A namespace that need not be active, for a command set. */
	SPDK_NVME_IDENTIFY_NS_ALLOCATED_IOCS = 0x1b,
	/** Combinations of command sets, each a struct spdk_nvme_iocs_vector. */
	SPDK_NVME_IDENTIFY_IOCS = 0x1c,
};

/** Command sets. */
enum spdk_nvme_csi {
	SPDK_NVME_CSI_NVM = 0x0, /**< Logical blocks. */
	SPDK_NVME_CSI_KV = 0x1,  /**< Keys and values. */
	SPDK_NVME_CSI_ZNS = 0x2, /**< Zones of logical blocks. */
};

/** Command sets that can be used at the same time. */
struct spdk_nvme_iocs_vector {
	uint8_t nvm : 1;
	uint8_t kv : 1;
	uint8_t zns : 1;
	uint8_t rsvd : 5;
	uint8_t rsvd2[7];
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_nvme_iocs_vector) == 8, "fixed by the specification");

/** Namespaces, in order. 0 ends the list, if it is not full. */
struct spdk_nvme_ns_list {
	uint32_t ns_list[1024];
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_nvme_ns_list) == 4096, "fixed by the specification");

/** Controllers, in order. */
struct spdk_nvme_ctrlr_list {
	uint16_t ctrlr_count;
	uint16_t ctrlr_list[2047];
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_nvme_ctrlr_list) == 4096, "fixed by the specification");

/** What a namespace is known by all over the world. */
enum spdk_nvme_nidt {
	/** 8 bytes. */
	SPDK_NVME_NIDT_EUI64 = 0x01,
	/** 16 bytes. */
	SPDK_NVME_NIDT_NGUID = 0x02,
	/** 16 bytes. */
	SPDK_NVME_NIDT_UUID = 0x03,
	/** Not that, but its command set, 1 byte: enum spdk_nvme_csi. */
	SPDK_NVME_NIDT_CSI = 0x04,
};

/** A head and an identifier. One with `nidl` 0 ends the list. */
struct spdk_nvme_ns_id_desc {
	uint8_t nidt; /**< enum spdk_nvme_nidt. */
	uint8_t nidl; /**< Bytes of `nid`. */
	uint8_t reserved2;
	uint8_t reserved3;
	uint8_t nid[];
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_nvme_ns_id_desc) == 4, "fixed by the specification");

#ifdef __cplusplus
}
#endif

#endif /* SPDK_NVME_SPEC_IDENTIFY_H */
