/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * \file
 * Zoned namespaces: blocks of a zone are written in order.
 */
#ifndef SPDK_NVME_SPEC_ZONE_H
#define SPDK_NVME_SPEC_ZONE_H

#include "spdk/assert.h"
#include "spdk/stdinc.h"

#ifdef __cplusplus
extern "C" {
#endif

/** The answer to SPDK_NVME_IDENTIFY_CTRLR_IOCS for zones. */
struct spdk_nvme_zns_ctrlr_data {
	/** Data of a zone append, in pages of CAP.MPSMIN, 1 << this. 0: as MDTS. */
	uint8_t zasl;
	uint8_t reserved1[4095];
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_nvme_zns_ctrlr_data) == 4096, "fixed by the specification");

/** The answer to SPDK_NVME_IDENTIFY_NS_IOCS for zones. */
struct spdk_nvme_zns_ns_data {
	/** What zones are like. */
	struct {
		/** The capacity of a zone may change. */
		uint16_t variable_zone_capacity : 1;
		/** Zones may be finished by the controller. */
		uint16_t zone_active_excursions : 1;
		uint16_t reserved0 : 14;
	} zoc;
	/** What commands are like. */
	struct {
		/** Reads may cross from one zone to the next. */
		uint16_t read_across_zone_boundaries : 1;
		uint16_t reserved0 : 15;
	} ozcs;
	/** Active zones, less one. 0xffffffff: no limit. */
	uint32_t mar;
	/** Open zones, less one. 0xffffffff: no limit. */
	uint32_t mor;
	/** Seconds after which it recommends to reset a zone. 0: not told. */
	uint32_t rrl;
	/** Seconds after which it recommends to finish a zone. 0: not told. */
	uint32_t frl;
	uint32_t rrl1;
	uint32_t rrl2;
	uint32_t rrl3;
	uint32_t frl1;
	uint32_t frl2;
	uint32_t frl3;
	uint8_t reserved44[2772];
	/** What the format of the same index in `lbaf` has besides. */
	struct {
		/** Logical blocks of a zone. */
		uint64_t zsze;
		/** Bytes of the extension of a descriptor, in units of 64. */
		uint64_t zdes : 8;
		uint64_t reserved15 : 56;
	} lbafe[64];
	uint8_t vendor_specific[256];
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_nvme_zns_ns_data) == 4096, "fixed by the specification");

/** What a zone management send command does. */
enum spdk_nvme_zns_zone_send_action {
	SPDK_NVME_ZONE_CLOSE = 0x1,
	SPDK_NVME_ZONE_FINISH = 0x2,
	SPDK_NVME_ZONE_OPEN = 0x3,
	SPDK_NVME_ZONE_RESET = 0x4,
	SPDK_NVME_ZONE_OFFLINE = 0x5,
	SPDK_NVME_ZONE_SET_ZDE = 0x10, /**< Write the extension of the descriptor. */
};

/** What a zone management receive command reads. */
enum spdk_nvme_zns_zone_receive_action {
	SPDK_NVME_ZONE_REPORT = 0x0,          /**< struct spdk_nvme_zns_zone_report. */
	SPDK_NVME_ZONE_EXTENDED_REPORT = 0x1, /**< With the extensions of the descriptors. */
};

/** Which zones to report. */
enum spdk_nvme_zns_zra_report_opts {
	SPDK_NVME_ZRA_LIST_ALL = 0x0,  /**< All. */
	SPDK_NVME_ZRA_LIST_ZSE = 0x1,  /**< Empty. */
	SPDK_NVME_ZRA_LIST_ZSIO = 0x2, /**< Opened by writes. */
	SPDK_NVME_ZRA_LIST_ZSEO = 0x3, /**< Opened by commands. */
	SPDK_NVME_ZRA_LIST_ZSC = 0x4,  /**< Closed. */
	SPDK_NVME_ZRA_LIST_ZSF = 0x5,  /**< Full. */
	SPDK_NVME_ZRA_LIST_ZSRO = 0x6, /**< Read only. */
	SPDK_NVME_ZRA_LIST_ZSO = 0x7,  /**< Offline. */
};

/** Types of zones. */
enum spdk_nvme_zns_zone_type {
	SPDK_NVME_ZONE_TYPE_SEQWR = 0x2, /**< Writes must be in order. */
};

/** States of zones. */
enum spdk_nvme_zns_zone_state {
	SPDK_NVME_ZONE_STATE_EMPTY = 0x1,
	SPDK_NVME_ZONE_STATE_IOPEN = 0x2, /**< Opened by writes. */
	SPDK_NVME_ZONE_STATE_EOPEN = 0x3, /**< Opened by commands. */
	SPDK_NVME_ZONE_STATE_CLOSED = 0x4,
	SPDK_NVME_ZONE_STATE_RONLY = 0xD, /**< Read only. */
	SPDK_NVME_ZONE_STATE_FULL = 0xE,
	SPDK_NVME_ZONE_STATE_OFFLINE = 0xF,
};

/** A zone. */
struct spdk_nvme_zns_zone_desc {
	uint8_t zt : 4; /**< enum spdk_nvme_zns_zone_type. */
	uint8_t rsvd0 : 4;
	uint8_t rsvd1 : 4;
	uint8_t zs : 4; /**< enum spdk_nvme_zns_zone_state. */
	/** Attributes. */
	union {
		uint8_t raw;
		struct {
			uint8_t zfc : 1; /**< Finished by the controller. */
			uint8_t fzr : 1; /**< It recommends to finish it. */
			uint8_t rzr : 1; /**< It recommends to reset it. */
			uint8_t rsvd3 : 4;
			uint8_t zdev : 1; /**< It has an extension of its descriptor. */
		} bits;
	} za;
	uint8_t reserved[5];
	uint64_t zcap;  /**< Logical blocks that can be written. */
	uint64_t zslba; /**< First logical block. */
	uint64_t wp;    /**< Where the next write goes. */
	uint8_t reserved32[32];
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_nvme_zns_zone_desc) == 64, "fixed by the specification");

/** Zones, from the one that was asked for on. */
struct spdk_nvme_zns_zone_report {
	/** Zones that there are, which may be more than there was room for. */
	uint64_t nr_zones;
	uint8_t reserved8[56];
	struct spdk_nvme_zns_zone_desc descs[];
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_nvme_zns_zone_report) == 64, "fixed by the specification");

#ifdef __cplusplus
}
#endif

#endif /* SPDK_NVME_SPEC_ZONE_H */
