/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * \file
 * What is told of a namespace. Those of zones and of keys have more in zone.h and key_value.h.
 */
#ifndef SPDK_NVME_SPEC_IDENTIFY_NAMESPACE_H
#define SPDK_NVME_SPEC_IDENTIFY_NAMESPACE_H

#include "spdk/assert.h"
#include "spdk/nvme_spec/reservation.h"
#include "spdk/stdinc.h"

#ifdef __cplusplus
extern "C" {
#endif

/** FPI, how far formatting is. */
struct spdk_nvme_fpi {
	uint8_t rfnvm : 7; /**< Percent that remain. */
	uint8_t fpis : 1;  /**< It is told. */
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_nvme_fpi) == 1, "fixed by the specification");

/** NMIC, who else may have the namespace. */
struct spdk_nvme_nmic {
	uint8_t shrns : 1; /**< Several controllers at a time. */
	uint8_t disns : 1; /**< Several subsystems at a time. */
	uint8_t rsvd : 6;
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_nvme_nmic) == 1, "fixed by the specification");

/** NSATTR, attributes of a namespace. */
struct spdk_nvme_nsattr {
	uint8_t cwp : 1; /**< Write protected. */
	uint8_t rsvd : 7;
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_nvme_nsattr) == 1, "fixed by the specification");

/**
 * The answer to SPDK_NVME_IDENTIFY_NS. Units of granularity and alignment are logical blocks, less
 * one.
 */
struct spdk_nvme_ns_data {
	/** Logical blocks that can be addressed. */
	uint64_t nsze;
	/** Logical blocks that can be in use at a time. */
	uint64_t ncap;
	/** Logical blocks in use. */
	uint64_t nuse;
	/** Features. */
	struct {
		/** `ncap` may be less than `nsze`. */
		uint8_t thin_prov : 1;
		/** `nawun`, `nawupf` and `nacwu` replace those of the controller. */
		uint8_t ns_atomic_write_unit : 1;
		/** Reading what is deallocated can be made an error. */
		uint8_t dealloc_or_unwritten_error : 1;
		/** `nguid` and `eui64` never come back for another namespace. */
		uint8_t guid_never_reused : 1;
		/** `npwg`, `npwa`, `npdg`, `npda` and `nows` are valid. */
		uint8_t optperf : 1;
		uint8_t reserved1 : 3;
	} nsfeat;
	/** Entries of `lbaf`, less one. */
	uint8_t nlbaf;
	/** The format that it has. */
	struct {
		/** Index of `lbaf`, lower bits. */
		uint8_t format : 4;
		/** Metadata follow the data of each block; else they are apart. */
		uint8_t extended : 1;
		/** Index of `lbaf`, upper bits. To be ignored unless `nlbaf` is 16 or more. */
		uint8_t msb_format : 2;
		uint8_t reserved2 : 1;
	} flbas;
	/** Where metadata can be. */
	struct {
		uint8_t extended : 1; /**< After the data of each block. */
		uint8_t pointer : 1;  /**< Apart. */
		uint8_t reserved3 : 6;
	} mc;
	/** What protection information can be. */
	struct {
		uint8_t pit1 : 1;     /**< Type 1. */
		uint8_t pit2 : 1;     /**< Type 2. */
		uint8_t pit3 : 1;     /**< Type 3. */
		uint8_t md_start : 1; /**< In the first bytes of the metadata. */
		uint8_t md_end : 1;   /**< In the last bytes of the metadata. */
	} dpc;
	/** What protection information is. */
	struct {
		uint8_t pit : 3;      /**< enum spdk_nvme_pi_type. */
		uint8_t md_start : 1; /**< enum spdk_nvme_pi_location. */
		uint8_t reserved4 : 4;
	} dps;
	struct spdk_nvme_nmic nmic;
	/** Reservations. */
	union {
		struct spdk_nvme_rescap rescap;
		uint8_t raw;
	} nsrescap;
	struct spdk_nvme_fpi fpi;
	/** What deallocated blocks are like. */
	union {
		uint8_t raw;
		struct {
			/** enum spdk_nvme_dealloc_logical_block_read_value. */
			uint8_t read_value : 3;
			/** Write zeroes may deallocate. */
			uint8_t write_zero_deallocate : 1;
			/** 0: 0xffff; 1: the CRC of what is read. */
			uint8_t guard_value : 1;
			uint8_t reserved : 3;
		} bits;
	} dlfeat;
	/** Writes that are atomic for readers: logical blocks, less one. */
	uint16_t nawun;
	/** Writes that are atomic for loss of power: logical blocks, less one. */
	uint16_t nawupf;
	/** Compare and write that is atomic: logical blocks, less one. */
	uint16_t nacwu;
	/**
	 * Distance of boundaries that a write which is atomic for readers must not cross: logical
	 * blocks, less one. 0: there are none.
	 */
	uint16_t nabsn;
	/** Logical block of the first boundary. */
	uint16_t nabo;
	/** As `nabsn`, for loss of power. */
	uint16_t nabspf;
	/** I/O across multiples of this many logical blocks is slower. 0: not told. */
	uint16_t noiob;
	/** Bytes. */
	uint64_t nvmcap[2];
	/** Granularity of writes. */
	uint16_t npwg;
	/** Alignment of writes. */
	uint16_t npwa;
	/** Granularity of deallocation. */
	uint16_t npdg;
	/** Alignment of deallocation. */
	uint16_t npda;
	/** Best size of a write. */
	uint16_t nows;
	/** Logical blocks of a source range of a copy, at most. */
	uint16_t mssrl;
	/** Logical blocks of a copy, at most. */
	uint32_t mcl;
	/** Source ranges of a copy, less one. */
	uint8_t msrc;
	uint8_t reserved81[11];
	/** ANA group. */
	uint32_t anagrpid;
	uint8_t reserved96[3];
	struct spdk_nvme_nsattr nsattr;
	/** NVM set. */
	uint16_t nvmsetid;
	/** Endurance group. */
	uint16_t endgid;
	/** Globally unique identifier, highest byte first. */
	uint8_t nguid[16];
	/** IEEE EUI-64, highest byte first. */
	uint64_t eui64;
	/** Formats of logical blocks. */
	struct {
		/** Bytes of metadata. */
		uint32_t ms : 16;
		/** Bytes of data, 1 << this. 0: there is no such format. */
		uint32_t lbads : 8;
		/** Performance; 0 is the best. */
		uint32_t rp : 2;
		uint32_t reserved6 : 6;
	} lbaf[64];
	uint8_t vendor_specific[3712];
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_nvme_ns_data) == 4096, "fixed by the specification");

/** What is read from deallocated blocks. */
enum spdk_nvme_dealloc_logical_block_read_value {
	SPDK_NVME_DEALLOC_NOT_REPORTED = 0, /**< Not told. */
	SPDK_NVME_DEALLOC_READ_00 = 1,      /**< Zeroes. */
	SPDK_NVME_DEALLOC_READ_FF = 2,      /**< Ones. */
};

/** Size of the guard of protection information. */
enum spdk_nvme_pi_format {
	SPDK_NVME_16B_GUARD_PI = 0,
	SPDK_NVME_32B_GUARD_PI = 1,
	SPDK_NVME_64B_GUARD_PI = 2,
};

/** The answer to SPDK_NVME_IDENTIFY_NS_IOCS for the NVM command set. */
struct spdk_nvme_nvm_ns_data {
	uint64_t lbstm; /**< Bits of the storage tag that are compared. */
	/** What protection information is capable of. */
	struct {
		/** Storage tags with 16 bit guards. */
		uint8_t _16bpists : 1;
		/** The mask of the storage tag, with 16 bit guards, is all ones. */
		uint8_t _16bpistm : 1;
		/** Reads can check storage tags. */
		uint8_t stcrs : 1;
		uint8_t reserved : 5;
	} pic;
	uint8_t reserved[3];
	/** What the format of the same index in `lbaf` has besides. */
	struct {
		uint32_t sts : 7; /**< Bits of the storage tag. */
		uint32_t pif : 2; /**< enum spdk_nvme_pi_format. */
		uint32_t reserved : 23;
	} elbaf[64];
	uint8_t reserved2[3828];
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_nvme_nvm_ns_data) == 4096, "fixed by the specification");

/**
 * The answer to SPDK_NVME_IDENTIFY_NS_IOCS_INDEPENDENT: what does not depend on the command set.
 */
struct spdk_nvme_ns_iocs_independent_data {
	/** Features. */
	struct {
		uint8_t reserved1 : 3;
		/** `nguid` and `eui64` may come back for another namespace. */
		uint8_t uidreuse : 1;
		/** The media rotate. */
		uint8_t rmedia : 1;
		/** It has no volatile write cache. */
		uint8_t vwcnp : 1;
		uint8_t reserved2 : 2;
	} nsfeat;
	struct spdk_nvme_nmic nmic;
	struct spdk_nvme_rescap rescap;
	struct spdk_nvme_fpi fpi;
	uint32_t anagrpid; /**< ANA group. */
	struct spdk_nvme_nsattr nsattr;
	uint8_t reserved1;
	uint16_t nvmsetid; /**< NVM set. */
	uint16_t endgid;   /**< Endurance group. */
	/** State. */
	struct {
		/** Ready. */
		uint8_t nrdy : 1;
		/** Whether I/O is slower than usual. 0: not told; 1: no; 2: yes. */
		uint8_t ioi : 2;
		uint8_t reserved : 5;
	} nstat;
	/** Keys for each I/O. */
	struct {
		uint8_t kpioens : 1; /**< On. */
		uint8_t kpiosns : 1; /**< It is capable of them. */
		uint8_t reserved : 6;
	} kpios;
	uint16_t maxkt; /**< Highest key tag. */
	uint16_t reserved2;
	uint32_t rgrpid; /**< Reachability group. */
	uint8_t reserved3[4072];
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_nvme_ns_iocs_independent_data) == 4096,
		   "fixed by the specification");

/** Where protection information is in the metadata. */
enum spdk_nvme_pi_location {
	SPDK_NVME_FMT_NVM_PROTECTION_AT_TAIL = 0x0,
	SPDK_NVME_FMT_NVM_PROTECTION_AT_HEAD = 0x1,
};

/**
 * Types of protection information. The reference tag counts in 1 and 2, and is not checked in 3.
 */
enum spdk_nvme_pi_type {
	SPDK_NVME_FMT_NVM_PROTECTION_DISABLE = 0x0,
	SPDK_NVME_FMT_NVM_PROTECTION_TYPE1 = 0x1,
	SPDK_NVME_FMT_NVM_PROTECTION_TYPE2 = 0x2,
	SPDK_NVME_FMT_NVM_PROTECTION_TYPE3 = 0x3,
};

/** Protection information with a 16 bit guard, highest bytes first. */
struct spdk_nvme_protection_info {
	uint16_t guard; /**< CRC-16/T10-DIF. */
	uint16_t app_tag;
	uint32_t ref_tag;
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_nvme_protection_info) == 8, "fixed by the specification");

#ifdef __cplusplus
}
#endif

#endif /* SPDK_NVME_SPEC_IDENTIFY_NAMESPACE_H */
