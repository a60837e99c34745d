/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * \file
 * TCG Storage: what a drive that encrypts itself says of itself, and how it is spoken to. All
 * numbers of more than a byte are big-endian.
 *
 * Source: TCG Storage Architecture Core Specification 2.01 (Core below), TCG Storage Security
 * Subsystem Class: Opal 1.00 and 2.01 (Opal below), and its feature sets.
 */
#ifndef SPDK_OPAL_SPEC_H
#define SPDK_OPAL_SPEC_H

#include "spdk/stdinc.h"

#include "spdk/assert.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Atoms, which data go in: the greatest first byte of each size. Core, 3.2.2.3. */
#define SPDK_TINY_ATOM_TYPE_MAX   0x7F
#define SPDK_SHORT_ATOM_TYPE_MAX  0xBF
#define SPDK_MEDIUM_ATOM_TYPE_MAX 0xDF
#define SPDK_LONG_ATOM_TYPE_MAX   0xE3

/** What the bits of that byte are. */
#define SPDK_TINY_ATOM_SIGN_FLAG         0x40
#define SPDK_TINY_ATOM_DATA_MASK         0x3F
#define SPDK_SHORT_ATOM_ID               0x80
#define SPDK_SHORT_ATOM_BYTESTRING_FLAG  0x20
#define SPDK_SHORT_ATOM_SIGN_FLAG        0x10
#define SPDK_SHORT_ATOM_LEN_MASK         0x0F
#define SPDK_MEDIUM_ATOM_ID              0xC0
#define SPDK_MEDIUM_ATOM_BYTESTRING_FLAG 0x10
#define SPDK_MEDIUM_ATOM_SIGN_FLAG       0x08
#define SPDK_MEDIUM_ATOM_LEN_MASK        0x07
#define SPDK_LONG_ATOM_ID                0xE0
#define SPDK_LONG_ATOM_BYTESTRING_FLAG   0x02
#define SPDK_LONG_ATOM_SIGN_FLAG         0x01

/** The ComID of level 0 discovery. */
#define LV0_DISCOVERY_COMID 0x01
/** The life cycle of a security provider that has not been activated. Opal, 5.2.3. */
#define OPAL_MANUFACTURED_INACTIVE 0x08
#define LOCKING_RANGE_NON_GLOBAL   0x03
/** Units: bytes. */
#define SPDK_OPAL_MAX_PASSWORD_SIZE 32
/** Ranges besides the global one. */
#define SPDK_OPAL_MAX_LOCKING_RANGE 8

/** Which descriptor of level 0 discovery it is. */
enum spdk_lv0_discovery_feature_code {
	FEATURECODE_TPER = 0x0001,
	FEATURECODE_LOCKING = 0x0002,
	FEATURECODE_OPALV100 = 0x0200,
	FEATURECODE_OPALV200 = 0x0203,
	FEATURECODE_GEOMETRY = 0x0003,
	FEATURECODE_SINGLEUSER = 0x0201,
	FEATURECODE_DATASTORE = 0x0202,
};

/** Columns of tables, and control tokens. Core, 5.1.4 and the tables that it names. */
enum spdk_opal_token {
	SPDK_OPAL_TRUE = 0x01,
	SPDK_OPAL_FALSE = 0x00,
	SPDK_OPAL_TABLE = 0x00,
	SPDK_OPAL_STARTROW = 0x01,
	SPDK_OPAL_ENDROW = 0x02,
	SPDK_OPAL_STARTCOLUMN = 0x03,
	SPDK_OPAL_ENDCOLUMN = 0x04,
	SPDK_OPAL_VALUES = 0x01,
	SPDK_OPAL_PIN = 0x03,
	SPDK_OPAL_RANGESTART = 0x03,
	SPDK_OPAL_RANGELENGTH = 0x04,
	SPDK_OPAL_READLOCKENABLED = 0x05,
	SPDK_OPAL_WRITELOCKENABLED = 0x06,
	SPDK_OPAL_READLOCKED = 0x07,
	SPDK_OPAL_WRITELOCKED = 0x08,
	SPDK_OPAL_ACTIVEKEY = 0x0A,
	SPDK_OPAL_MAXRANGES = 0x04,
	SPDK_OPAL_MBRENABLE = 0x01,
	SPDK_OPAL_MBRDONE = 0x02,
	SPDK_OPAL_HOSTPROPERTIES = 0x00,
	SPDK_OPAL_STARTLIST = 0xF0,
	SPDK_OPAL_ENDLIST = 0xF1,
	SPDK_OPAL_STARTNAME = 0xF2,
	SPDK_OPAL_ENDNAME = 0xF3,
	SPDK_OPAL_CALL = 0xF8,
	SPDK_OPAL_ENDOFDATA = 0xF9,
	SPDK_OPAL_ENDOFSESSION = 0xFA,
	SPDK_OPAL_STARTTRANSACTON = 0xFB,
	SPDK_OPAL_ENDTRANSACTON = 0xFC,
	SPDK_OPAL_EMPTYATOM = 0xFF,
	SPDK_OPAL_WHERE = 0x00,
	SPDK_OPAL_LIFECYCLE = 0x06,
	SPDK_OPAL_AUTH_ENABLE = 0x05,
	SPDK_OPAL_BOOLEAN_EXPR = 0x03,
};

/** What level 0 discovery begins with. Core, 3.3.6. */
struct spdk_opal_d0_hdr {
	uint32_t length;
	uint32_t revision;
	uint32_t reserved_0;
	uint32_t reserved_1;
	uint8_t vendor_specfic[32];
};

/** What each descriptor begins with. Units: length: bytes that follow. */
struct spdk_opal_d0_feat_hdr {
	uint16_t code;
	uint8_t reserved : 4;
	uint8_t version : 4;
	uint8_t length;
};

/** What the trusted peripheral can do. Core, 3.3.6.4. */
struct __attribute__((packed)) spdk_opal_d0_tper_feat {
	struct spdk_opal_d0_feat_hdr hdr;
	uint8_t sync : 1;
	uint8_t async : 1;
	uint8_t acknack : 1;
	uint8_t buffer_management : 1;
	uint8_t streaming : 1;
	uint8_t reserved_1 : 1;
	uint8_t comid_management : 1;
	uint8_t reserved_2 : 1;
	uint8_t reserved_3[3];
	uint32_t reserved_4;
	uint32_t reserved_5;
};

/** Whether it locks, and is locked. Core, 3.3.6.5. */
struct __attribute__((packed)) spdk_opal_d0_locking_feat {
	struct spdk_opal_d0_feat_hdr hdr;
	uint8_t locking_supported : 1;
	uint8_t locking_enabled : 1;
	uint8_t locked : 1;
	uint8_t media_encryption : 1;
	uint8_t mbr_enabled : 1;
	uint8_t mbr_done : 1;
	uint8_t reserved_1 : 1;
	uint8_t reserved_2 : 1;
	uint8_t reserved_3[3];
	uint32_t reserved_4;
	uint32_t reserved_5;
};

/** Ranges of one user each. */
struct __attribute__((packed)) spdk_opal_d0_single_user_mode_feat {
	struct spdk_opal_d0_feat_hdr hdr;
	uint32_t num_locking_objects;
	uint8_t any : 1;
	uint8_t all : 1;
	uint8_t policy : 1;
	uint8_t reserved_1 : 5;
	uint8_t reserved_2;
	uint16_t reserved_3;
	uint32_t reserved_4;
};

/** How ranges are to be aligned. Opal 2.01, 3.1.1.4. */
struct __attribute__((packed)) spdk_opal_d0_geo_feat {
	struct spdk_opal_d0_feat_hdr hdr;
	uint8_t align : 1;
	uint8_t reserved_1 : 7;
	uint8_t reserved_2[7];
	uint32_t logical_block_size;
	uint64_t alignment_granularity;
	uint64_t lowest_aligned_lba;
};

/** Tables for data of the host. */
struct __attribute__((packed)) spdk_opal_d0_datastore_feat {
	struct spdk_opal_d0_feat_hdr hdr;
	uint16_t reserved_1;
	uint16_t max_tables;
	uint32_t max_table_size;
	uint32_t alignment;
};

/** Opal 1.00. */
struct __attribute__((packed)) spdk_opal_d0_v100_feat {
	struct spdk_opal_d0_feat_hdr hdr;
	uint16_t base_comid;
	uint16_t number_comids;
	uint8_t range_crossing : 1;
	uint8_t reserved_1 : 7;
	uint8_t reserved_2;
	uint16_t reserved_3;
	uint32_t reserved_4;
	uint32_t reserved_5;
};

/** Opal 2.00 and later. */
struct __attribute__((packed)) spdk_opal_d0_v200_feat {
	struct spdk_opal_d0_feat_hdr hdr;
	uint16_t base_comid;
	uint16_t num_comids;
	uint8_t range_crossing : 1;
	uint8_t reserved_1 : 7;
	uint16_t num_locking_admin_auth;
	uint16_t num_locking_user_auth;
	uint8_t initial_pin;
	uint8_t reverted_pin;
	uint8_t reserved_2;
	uint32_t reserved_3;
};

/** The outermost header. Core, 3.2.3. */
struct __attribute__((packed)) spdk_opal_compacket {
	uint32_t reserved;
	uint8_t comid[2];
	uint8_t extended_comid[2];
	uint32_t outstanding_data;
	uint32_t min_transfer;
	uint32_t length;
};

/** The one of a session. */
struct __attribute__((packed)) spdk_opal_packet {
	uint32_t session_tsn;
	uint32_t session_hsn;
	uint32_t seq_number;
	uint16_t reserved;
	uint16_t ack_type;
	uint32_t acknowledgment;
	uint32_t length;
};

/** The one of data. */
struct __attribute__((packed)) spdk_opal_data_subpacket {
	uint8_t reserved[6];
	uint16_t kind;
	uint32_t length;
};

#ifdef __cplusplus
}
#endif

#endif
