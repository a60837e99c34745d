/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * \file
 * Numbers and structures of SCSI, as the T10 standards lay them down: SPC (all devices), SBC
 * (disks), MMC (optical media), SSC (tapes) and SCC (arrays).
 *
 * Numbers of more than one byte are big endian; endian.h has what reads and writes them. Bit fields
 * are in the order of little endian machines, the lowest bit first. `reserved` and `obsolete` are
 * 0.
 */
#ifndef SPDK_SCSI_SPEC_H
#define SPDK_SCSI_SPEC_H

#include "spdk/assert.h"
#include "spdk/stdinc.h"

#ifdef __cplusplus
extern "C" {
#endif

/* An operation code: a group, which tells the length of the command, and a number in it. */
#define SPDK_SCSI_GROUP_MASK  0xe0
#define SPDK_SCSI_OPCODE_MASK 0x1f

/** Groups of operation codes. */
enum spdk_scsi_group_code {
	SPDK_SCSI_6BYTE_CMD = 0x00,
	SPDK_SCSI_10BYTE_CMD = 0x20,
	SPDK_SCSI_10BYTE_CMD2 = 0x40,
	SPDK_SCSI_16BYTE_CMD = 0x80,
	SPDK_SCSI_12BYTE_CMD = 0xa0,
};

/** How a command ended (SAM). After CHECK_CONDITION there is sense data. */
enum spdk_scsi_status {
	SPDK_SCSI_STATUS_GOOD = 0x00,
	SPDK_SCSI_STATUS_CHECK_CONDITION = 0x02,
	SPDK_SCSI_STATUS_CONDITION_MET = 0x04,
	SPDK_SCSI_STATUS_BUSY = 0x08,
	SPDK_SCSI_STATUS_INTERMEDIATE = 0x10,
	SPDK_SCSI_STATUS_INTERMEDIATE_CONDITION_MET = 0x14,
	SPDK_SCSI_STATUS_RESERVATION_CONFLICT = 0x18,
	SPDK_SCSI_STATUS_Obsolete = 0x22,
	SPDK_SCSI_STATUS_TASK_SET_FULL = 0x28,
	SPDK_SCSI_STATUS_ACA_ACTIVE = 0x30,
	SPDK_SCSI_STATUS_TASK_ABORTED = 0x40,
};

/** Sense keys: what went wrong, roughly. */
enum spdk_scsi_sense {
	SPDK_SCSI_SENSE_NO_SENSE = 0x00,
	SPDK_SCSI_SENSE_RECOVERED_ERROR = 0x01,
	SPDK_SCSI_SENSE_NOT_READY = 0x02,
	SPDK_SCSI_SENSE_MEDIUM_ERROR = 0x03,
	SPDK_SCSI_SENSE_HARDWARE_ERROR = 0x04,
	SPDK_SCSI_SENSE_ILLEGAL_REQUEST = 0x05,
	SPDK_SCSI_SENSE_UNIT_ATTENTION = 0x06,
	SPDK_SCSI_SENSE_DATA_PROTECT = 0x07,
	SPDK_SCSI_SENSE_BLANK_CHECK = 0x08,
	SPDK_SCSI_SENSE_VENDOR_SPECIFIC = 0x09,
	SPDK_SCSI_SENSE_COPY_ABORTED = 0x0a,
	SPDK_SCSI_SENSE_ABORTED_COMMAND = 0x0b,
	SPDK_SCSI_SENSE_VOLUME_OVERFLOW = 0x0d,
	SPDK_SCSI_SENSE_MISCOMPARE = 0x0e,
};

/**
 * Additional sense codes. Together with a qualifier, they say what went wrong; some differ by that
 * only.
 */
enum spdk_scsi_asc {
	SPDK_SCSI_ASC_NO_ADDITIONAL_SENSE = 0x00,
	SPDK_SCSI_ASC_PERIPHERAL_DEVICE_WRITE_FAULT = 0x03,
	SPDK_SCSI_ASC_LOGICAL_UNIT_NOT_READY = 0x04,
	SPDK_SCSI_ASC_WARNING = 0x0b,
	SPDK_SCSI_ASC_LOGICAL_BLOCK_GUARD_CHECK_FAILED = 0x10,
	SPDK_SCSI_ASC_LOGICAL_BLOCK_APP_TAG_CHECK_FAILED = 0x10,
	SPDK_SCSI_ASC_LOGICAL_BLOCK_REF_TAG_CHECK_FAILED = 0x10,
	SPDK_SCSI_ASC_UNRECOVERED_READ_ERROR = 0x11,
	SPDK_SCSI_ASC_MISCOMPARE_DURING_VERIFY_OPERATION = 0x1d,
	SPDK_SCSI_ASC_INVALID_COMMAND_OPERATION_CODE = 0x20,
	SPDK_SCSI_ASC_ACCESS_DENIED = 0x20,
	SPDK_SCSI_ASC_LOGICAL_BLOCK_ADDRESS_OUT_OF_RANGE = 0x21,
	SPDK_SCSI_ASC_INVALID_FIELD_IN_CDB = 0x24,
	SPDK_SCSI_ASC_LOGICAL_UNIT_NOT_SUPPORTED = 0x25,
	SPDK_SCSI_ASC_WRITE_PROTECTED = 0x27,
	SPDK_SCSI_ASC_CAPACITY_DATA_HAS_CHANGED = 0x2a,
	SPDK_SCSI_ASC_FORMAT_COMMAND_FAILED = 0x31,
	SPDK_SCSI_ASC_SAVING_PARAMETERS_NOT_SUPPORTED = 0x39,
	SPDK_SCSI_ASC_INTERNAL_TARGET_FAILURE = 0x44,
};

/** Qualifiers, named for the code that each belongs to. */
enum spdk_scsi_ascq {
	SPDK_SCSI_ASCQ_CAUSE_NOT_REPORTABLE = 0x00,
	SPDK_SCSI_ASCQ_BECOMING_READY = 0x01,
	SPDK_SCSI_ASCQ_FORMAT_COMMAND_FAILED = 0x01,
	SPDK_SCSI_ASCQ_LOGICAL_BLOCK_GUARD_CHECK_FAILED = 0x01,
	SPDK_SCSI_ASCQ_LOGICAL_BLOCK_APP_TAG_CHECK_FAILED = 0x02,
	SPDK_SCSI_ASCQ_NO_ACCESS_RIGHTS = 0x02,
	SPDK_SCSI_ASCQ_LOGICAL_BLOCK_REF_TAG_CHECK_FAILED = 0x03,
	SPDK_SCSI_ASCQ_POWER_LOSS_EXPECTED = 0x08,
	SPDK_SCSI_ASCQ_INVALID_LU_IDENTIFIER = 0x09,
	SPDK_SCSI_ASCQ_CAPACITY_DATA_HAS_CHANGED = 0x09,
};

/** Commands of all devices. MO and MI: service actions of maintenance out and in. */
enum spdk_spc_opcode {
	/* SPC-3 */
	SPDK_SPC_ACCESS_CONTROL_IN = 0x86,
	SPDK_SPC_ACCESS_CONTROL_OUT = 0x87,
	SPDK_SPC_EXTENDED_COPY = 0x83,
	SPDK_SPC_INQUIRY = 0x12,
	SPDK_SPC_LOG_SELECT = 0x4c,
	SPDK_SPC_LOG_SENSE = 0x4d,
	SPDK_SPC_MODE_SELECT_6 = 0x15,
	SPDK_SPC_MODE_SELECT_10 = 0x55,
	SPDK_SPC_MODE_SENSE_6 = 0x1a,
	SPDK_SPC_MODE_SENSE_10 = 0x5a,
	SPDK_SPC_PERSISTENT_RESERVE_IN = 0x5e,
	SPDK_SPC_PERSISTENT_RESERVE_OUT = 0x5f,
	SPDK_SPC_PREVENT_ALLOW_MEDIUM_REMOVAL = 0x1e,
	SPDK_SPC_READ_ATTRIBUTE = 0x8c,
	SPDK_SPC_READ_BUFFER = 0x3c,
	SPDK_SPC_RECEIVE_COPY_RESULTS = 0x84,
	SPDK_SPC_RECEIVE_DIAGNOSTIC_RESULTS = 0x1c,
	SPDK_SPC_REPORT_LUNS = 0xa0,
	SPDK_SPC_REQUEST_SENSE = 0x03,
	SPDK_SPC_SEND_DIAGNOSTIC = 0x1d,
	SPDK_SPC_TEST_UNIT_READY = 0x00,
	SPDK_SPC_WRITE_ATTRIBUTE = 0x8d,
	SPDK_SPC_WRITE_BUFFER = 0x3b,
	SPDK_SPC_SERVICE_ACTION_IN_12 = 0xab,
	SPDK_SPC_SERVICE_ACTION_OUT_12 = 0xa9,
	SPDK_SPC_SERVICE_ACTION_IN_16 = 0x9e,
	SPDK_SPC_SERVICE_ACTION_OUT_16 = 0x9f,
	SPDK_SPC_VARIABLE_LENGTH = 0x7f,
	SPDK_SPC_MO_CHANGE_ALIASES = 0x0b,
	SPDK_SPC_MO_SET_DEVICE_IDENTIFIER = 0x06,
	SPDK_SPC_MO_SET_PRIORITY = 0x0e,
	SPDK_SPC_MO_SET_TARGET_PORT_GROUPS = 0x0a,
	SPDK_SPC_MO_SET_TIMESTAMP = 0x0f,
	SPDK_SPC_MI_REPORT_ALIASES = 0x0b,
	SPDK_SPC_MI_REPORT_DEVICE_IDENTIFIER = 0x05,
	SPDK_SPC_MI_REPORT_PRIORITY = 0x0e,
	SPDK_SPC_MI_REPORT_SUPPORTED_OPERATION_CODES = 0x0c,
	SPDK_SPC_MI_REPORT_SUPPORTED_TASK_MANAGEMENT_FUNCTIONS = 0x0d,
	SPDK_SPC_MI_REPORT_TARGET_PORT_GROUPS = 0x0a,
	SPDK_SPC_MI_REPORT_TIMESTAMP = 0x0f,

	/* SPC-2; obsolete since */
	SPDK_SPC2_RELEASE_6 = 0x17,
	SPDK_SPC2_RELEASE_10 = 0x57,
	SPDK_SPC2_RESERVE_6 = 0x16,
	SPDK_SPC2_RESERVE_10 = 0x56,
};

/** Commands of arrays, which carry the service actions MO and MI. */
enum spdk_scc_opcode {
	SPDK_SCC_MAINTENANCE_IN = 0xa3,
	SPDK_SCC_MAINTENANCE_OUT = 0xa4,
};

/**
 * Commands of disks. SAI and SAO: service actions in and out; VL: those of commands of variable
 * length.
 */
enum spdk_sbc_opcode {
	SPDK_SBC_COMPARE_AND_WRITE = 0x89,
	SPDK_SBC_FORMAT_UNIT = 0x04,
	SPDK_SBC_GET_LBA_STATUS = 0x0012009e, /**< The service action 0x12 of 0x9e. */
	SPDK_SBC_ORWRITE_16 = 0x8b,
	SPDK_SBC_PRE_FETCH_10 = 0x34,
	SPDK_SBC_PRE_FETCH_16 = 0x90,
	SPDK_SBC_READ_6 = 0x08,
	SPDK_SBC_READ_10 = 0x28,
	SPDK_SBC_READ_12 = 0xa8,
	SPDK_SBC_READ_16 = 0x88,
	SPDK_SBC_READ_ATTRIBUTE = 0x8c,
	SPDK_SBC_READ_BUFFER = 0x3c,
	SPDK_SBC_READ_CAPACITY_10 = 0x25,
	SPDK_SBC_READ_DEFECT_DATA_10 = 0x37,
	SPDK_SBC_READ_DEFECT_DATA_12 = 0xb7,
	SPDK_SBC_READ_LONG_10 = 0x3e,
	SPDK_SBC_REASSIGN_BLOCKS = 0x07,
	SPDK_SBC_SANITIZE = 0x48,
	SPDK_SBC_START_STOP_UNIT = 0x1b,
	SPDK_SBC_SYNCHRONIZE_CACHE_10 = 0x35,
	SPDK_SBC_SYNCHRONIZE_CACHE_16 = 0x91,
	SPDK_SBC_UNMAP = 0x42,
	SPDK_SBC_VERIFY_10 = 0x2f,
	SPDK_SBC_VERIFY_12 = 0xaf,
	SPDK_SBC_VERIFY_16 = 0x8f,
	SPDK_SBC_WRITE_6 = 0x0a,
	SPDK_SBC_WRITE_10 = 0x2a,
	SPDK_SBC_WRITE_12 = 0xaa,
	SPDK_SBC_WRITE_16 = 0x8a,
	SPDK_SBC_WRITE_AND_VERIFY_10 = 0x2e,
	SPDK_SBC_WRITE_AND_VERIFY_12 = 0xae,
	SPDK_SBC_WRITE_AND_VERIFY_16 = 0x8e,
	SPDK_SBC_WRITE_LONG_10 = 0x3f,
	SPDK_SBC_WRITE_SAME_10 = 0x41,
	SPDK_SBC_WRITE_SAME_16 = 0x93,
	SPDK_SBC_XDREAD_10 = 0x52,
	SPDK_SBC_XDWRITE_10 = 0x50,
	SPDK_SBC_XDWRITEREAD_10 = 0x53,
	SPDK_SBC_XPWRITE_10 = 0x51,
	SPDK_SBC_SAI_READ_CAPACITY_16 = 0x10,
	SPDK_SBC_SAI_READ_LONG_16 = 0x11,
	SPDK_SBC_SAO_WRITE_LONG_16 = 0x11,
	SPDK_SBC_VL_READ_32 = 0x0009,
	SPDK_SBC_VL_VERIFY_32 = 0x000a,
	SPDK_SBC_VL_WRITE_32 = 0x000b,
	SPDK_SBC_VL_WRITE_AND_VERIFY_32 = 0x000c,
	SPDK_SBC_VL_WRITE_SAME_32 = 0x000d,
	SPDK_SBC_VL_XDREAD_32 = 0x0003,
	SPDK_SBC_VL_XDWRITE_32 = 0x0004,
	SPDK_SBC_VL_XDWRITEREAD_32 = 0x0007,
	SPDK_SBC_VL_XPWRITE_32 = 0x0006,
};

/** Of a start stop unit command, byte 4. */
#define SPDK_SBC_START_STOP_UNIT_START_BIT (1 << 0)

/** Commands of optical media. */
enum spdk_mmc_opcode {
	/* MMC-6 */
	SPDK_MMC_READ_DISC_STRUCTURE = 0xad,

	/* MMC-4 */
	SPDK_MMC_BLANK = 0xa1,
	SPDK_MMC_CLOSE_TRACK_SESSION = 0x5b,
	SPDK_MMC_ERASE_10 = 0x2c,
	SPDK_MMC_FORMAT_UNIT = 0x04,
	SPDK_MMC_GET_CONFIGURATION = 0x46,
	SPDK_MMC_GET_EVENT_STATUS_NOTIFICATION = 0x4a,
	SPDK_MMC_GET_PERFORMANCE = 0xac,
	SPDK_MMC_INQUIRY = 0x12,
	SPDK_MMC_LOAD_UNLOAD_MEDIUM = 0xa6,
	SPDK_MMC_MECHANISM_STATUS = 0xbd,
	SPDK_MMC_MODE_SELECT_10 = 0x55,
	SPDK_MMC_MODE_SENSE_10 = 0x5a,
	SPDK_MMC_PAUSE_RESUME = 0x4b,
	SPDK_MMC_PLAY_AUDIO_10 = 0x45,
	SPDK_MMC_PLAY_AUDIO_12 = 0xa5,
	SPDK_MMC_PLAY_AUDIO_MSF = 0x47,
	SPDK_MMC_PREVENT_ALLOW_MEDIUM_REMOVAL = 0x1e,
	SPDK_MMC_READ_10 = 0x28,
	SPDK_MMC_READ_12 = 0xa8,
	SPDK_MMC_READ_BUFFER = 0x3c,
	SPDK_MMC_READ_BUFFER_CAPACITY = 0x5c,
	SPDK_MMC_READ_CAPACITY = 0x25,
	SPDK_MMC_READ_CD = 0xbe,
	SPDK_MMC_READ_CD_MSF = 0xb9,
	SPDK_MMC_READ_DISC_INFORMATION = 0x51,
	SPDK_MMC_READ_DVD_STRUCTURE = 0xad,
	SPDK_MMC_READ_FORMAT_CAPACITIES = 0x23,
	SPDK_MMC_READ_SUB_CHANNEL = 0x42,
	SPDK_MMC_READ_TOC_PMA_ATIP = 0x43,
	SPDK_MMC_READ_TRACK_INFORMATION = 0x52,
	SPDK_MMC_REPAIR_TRACK = 0x58,
	SPDK_MMC_REPORT_KEY = 0xa4,
	SPDK_MMC_REQUEST_SENSE = 0x03,
	SPDK_MMC_RESERVE_TRACK = 0x53,
	SPDK_MMC_SCAN = 0xba,
	SPDK_MMC_SEEK_10 = 0x2b,
	SPDK_MMC_SEND_CUE_SHEET = 0x5d,
	SPDK_MMC_SEND_DVD_STRUCTURE = 0xbf,
	SPDK_MMC_SEND_KEY = 0xa3,
	SPDK_MMC_SEND_OPC_INFORMATION = 0x54,
	SPDK_MMC_SET_CD_SPEED = 0xbb,
	SPDK_MMC_SET_READ_AHEAD = 0xa7,
	SPDK_MMC_SET_STREAMING = 0xb6,
	SPDK_MMC_START_STOP_UNIT = 0x1b,
	SPDK_MMC_STOP_PLAY_SCAN = 0x4e,
	SPDK_MMC_SYNCHRONIZE_CACHE = 0x35,
	SPDK_MMC_TEST_UNIT_READY = 0x00,
	SPDK_MMC_VERIFY_10 = 0x2f,
	SPDK_MMC_WRITE_10 = 0xa2,
	SPDK_MMC_WRITE_12 = 0xaa,
	SPDK_MMC_WRITE_AND_VERIFY_10 = 0x2e,
	SPDK_MMC_WRITE_BUFFER = 0x3b,
};

/** Commands of tapes. */
enum spdk_ssc_opcode {
	SPDK_SSC_ERASE_6 = 0x19,
	SPDK_SSC_FORMAT_MEDIUM = 0x04,
	SPDK_SSC_LOAD_UNLOAD = 0x1b,
	SPDK_SSC_LOCATE_10 = 0x2b,
	SPDK_SSC_LOCATE_16 = 0x92,
	SPDK_SSC_MOVE_MEDIUM_ATTACHED = 0xa7,
	SPDK_SSC_READ_6 = 0x08,
	SPDK_SSC_READ_BLOCK_LIMITS = 0x05,
	SPDK_SSC_READ_ELEMENT_STATUS_ATTACHED = 0xb4,
	SPDK_SSC_READ_POSITION = 0x34,
	SPDK_SSC_READ_REVERSE_6 = 0x0f,
	SPDK_SSC_RECOVER_BUFFERED_DATA = 0x14,
	SPDK_SSC_REPORT_DENSITY_SUPPORT = 0x44,
	SPDK_SSC_REWIND = 0x01,
	SPDK_SSC_SET_CAPACITY = 0x0b,
	SPDK_SSC_SPACE_6 = 0x11,
	SPDK_SSC_SPACE_16 = 0x91,
	SPDK_SSC_VERIFY_6 = 0x13,
	SPDK_SSC_WRITE_6 = 0x0a,
	SPDK_SSC_WRITE_FILEMARKS_6 = 0x10,
};

/** Pages of vital product data, which an inquiry with EVPD reads. */
enum spdk_spc_vpd {
	SPDK_SPC_VPD_DEVICE_IDENTIFICATION = 0x83,
	SPDK_SPC_VPD_EXTENDED_INQUIRY_DATA = 0x86,
	SPDK_SPC_VPD_MANAGEMENT_NETWORK_ADDRESSES = 0x85,
	SPDK_SPC_VPD_MODE_PAGE_POLICY = 0x87,
	SPDK_SPC_VPD_SCSI_PORTS = 0x88,
	SPDK_SPC_VPD_SOFTWARE_INTERFACE_IDENTIFICATION = 0x84,
	SPDK_SPC_VPD_SUPPORTED_VPD_PAGES = 0x00,
	SPDK_SPC_VPD_UNIT_SERIAL_NUMBER = 0x80,
	SPDK_SPC_VPD_BLOCK_LIMITS = 0xb0,
	SPDK_SPC_VPD_BLOCK_DEV_CHARS = 0xb1,
	SPDK_SPC_VPD_BLOCK_THIN_PROVISION = 0xb2,
};

/** Whether there is a device at a logical unit number. */
enum spdk_spc_peripheral_qualifier {
	SPDK_SPC_PERIPHERAL_QUALIFIER_CONNECTED = 0,
	SPDK_SPC_PERIPHERAL_QUALIFIER_NOT_CONNECTED = 1, /**< There could be. */
	SPDK_SPC_PERIPHERAL_QUALIFIER_NOT_CAPABLE = 3,   /**< There cannot be. */
};

/** Values of fields of inquiry data and of vital product data. */
enum {
	/* Types of devices */
	SPDK_SPC_PERIPHERAL_DEVICE_TYPE_DISK = 0x00,
	SPDK_SPC_PERIPHERAL_DEVICE_TYPE_TAPE = 0x01,
	SPDK_SPC_PERIPHERAL_DEVICE_TYPE_DVD = 0x05,
	SPDK_SPC_PERIPHERAL_DEVICE_TYPE_CHANGER = 0x08,

	/* Versions of SPC */
	SPDK_SPC_VERSION_NONE = 0x00,
	SPDK_SPC_VERSION_SPC = 0x03,
	SPDK_SPC_VERSION_SPC2 = 0x04,
	SPDK_SPC_VERSION_SPC3 = 0x05,
	SPDK_SPC_VERSION_SPC4 = 0x06,

	/* Transports */
	SPDK_SPC_PROTOCOL_IDENTIFIER_FC = 0x00,
	SPDK_SPC_PROTOCOL_IDENTIFIER_PSCSI = 0x01,
	SPDK_SPC_PROTOCOL_IDENTIFIER_SSA = 0x02,
	SPDK_SPC_PROTOCOL_IDENTIFIER_IEEE1394 = 0x03,
	SPDK_SPC_PROTOCOL_IDENTIFIER_RDMA = 0x04,
	SPDK_SPC_PROTOCOL_IDENTIFIER_ISCSI = 0x05,
	SPDK_SPC_PROTOCOL_IDENTIFIER_SAS = 0x06,
	SPDK_SPC_PROTOCOL_IDENTIFIER_ADT = 0x07,
	SPDK_SPC_PROTOCOL_IDENTIFIER_ATA = 0x08,

	/* What a designator is written in */
	SPDK_SPC_VPD_CODE_SET_BINARY = 0x01,
	SPDK_SPC_VPD_CODE_SET_ASCII = 0x02,
	SPDK_SPC_VPD_CODE_SET_UTF8 = 0x03,

	/* What a designator names */
	SPDK_SPC_VPD_ASSOCIATION_LOGICAL_UNIT = 0x00,
	SPDK_SPC_VPD_ASSOCIATION_TARGET_PORT = 0x01,
	SPDK_SPC_VPD_ASSOCIATION_TARGET_DEVICE = 0x02,

	/* What kind of name it is */
	SPDK_SPC_VPD_IDENTIFIER_TYPE_VENDOR_SPECIFIC = 0x00,
	SPDK_SPC_VPD_IDENTIFIER_TYPE_T10_VENDOR_ID = 0x01,
	SPDK_SPC_VPD_IDENTIFIER_TYPE_EUI64 = 0x02,
	SPDK_SPC_VPD_IDENTIFIER_TYPE_NAA = 0x03,
	SPDK_SPC_VPD_IDENTIFIER_TYPE_RELATIVE_TARGET_PORT = 0x04,
	SPDK_SPC_VPD_IDENTIFIER_TYPE_TARGET_PORT_GROUP = 0x05,
	SPDK_SPC_VPD_IDENTIFIER_TYPE_LOGICAL_UNIT_GROUP = 0x06,
	SPDK_SPC_VPD_IDENTIFIER_TYPE_MD5_LOGICAL_UNIT = 0x07,
	SPDK_SPC_VPD_IDENTIFIER_TYPE_SCSI_NAME = 0x08,
};

/** An inquiry command. */
struct spdk_scsi_cdb_inquiry {
	uint8_t opcode;
	/** Bit 0: a page of vital product data, `page_code`, instead of inquiry data. */
	uint8_t evpd;
	uint8_t page_code;
	/** Bytes that there is room for. */
	uint8_t alloc_len[2];
	uint8_t control;
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_scsi_cdb_inquiry) == 6, "fixed by the specification");

/** Inquiry data. */
struct spdk_scsi_cdb_inquiry_data {
	/** SPDK_SPC_PERIPHERAL_DEVICE_TYPE_*. */
	uint8_t peripheral_device_type : 5;
	/** enum spdk_spc_peripheral_qualifier. */
	uint8_t peripheral_qualifier : 3;
	/** Bit 7: the medium can be removed. */
	uint8_t rmb;
	/** SPDK_SPC_VERSION_*. */
	uint8_t version;
	/** Bits 3:0: format of this, 2. */
	uint8_t response;
	/** Bytes that follow this one. */
	uint8_t add_len;
	uint8_t flags;
	uint8_t flags2;
	uint8_t flags3;
	/** Text, filled up with blanks. */
	uint8_t t10_vendor_id[8];
	/** Text, filled up with blanks. */
	uint8_t product_id[16];
	/** Text, filled up with blanks. */
	uint8_t product_rev[4];
	uint8_t vendor[20];
	/** Parallel SCSI only. */
	uint8_t ius;
	uint8_t reserved;
	/** Standards that the device follows, two bytes each. */
	uint8_t desc[];
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_scsi_cdb_inquiry_data) == 58, "fixed by the specification");

/** A page of vital product data. */
struct spdk_scsi_vpd_page {
	uint8_t peripheral_device_type : 5; /**< SPDK_SPC_PERIPHERAL_DEVICE_TYPE_*. */
	uint8_t peripheral_qualifier : 3;   /**< enum spdk_spc_peripheral_qualifier. */
	uint8_t page_code;                  /**< enum spdk_spc_vpd. */
	uint8_t alloc_len[2];               /**< Bytes that follow. */
	uint8_t params[];
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_scsi_vpd_page) == 4, "fixed by the specification");

/* Extended inquiry data: `check`, which protection information is checked. */
#define SPDK_SCSI_VEXT_REF_CHK 0x01
#define SPDK_SCSI_VEXT_APP_CHK 0x02
#define SPDK_SCSI_VEXT_GRD_CHK 0x04

/* `sup`: task attributes, priorities, groups and unit attention by sense key. */
#define SPDK_SCSI_VEXT_SIMPSUP   0x01
#define SPDK_SCSI_VEXT_ORDSUP    0x02
#define SPDK_SCSI_VEXT_HEADSUP   0x04
#define SPDK_SCSI_VEXT_PRIOR_SUP 0x08
#define SPDK_SCSI_VEXT_GROUP_SUP 0x10
#define SPDK_SCSI_VEXT_UASK_SUP  0x20

/* `sup2`: caches that are volatile and that are not, correction disabled, write uncorrectable. */
#define SPDK_SCSI_VEXT_V_SUP   0x01
#define SPDK_SCSI_VEXT_NV_SUP  0x02
#define SPDK_SCSI_VEXT_CRD_SUP 0x04
#define SPDK_SCSI_VEXT_WU_SUP  0x08

/** Extended inquiry data, a page of vital product data. */
struct spdk_scsi_vpd_ext_inquiry {
	uint8_t peripheral;
	uint8_t page_code;
	uint8_t alloc_len[2];
	uint8_t check;    /**< SPDK_SCSI_VEXT_*_CHK. */
	uint8_t sup;      /**< SPDK_SCSI_VEXT_SIMPSUP to SPDK_SCSI_VEXT_UASK_SUP. */
	uint8_t sup2;     /**< SPDK_SCSI_VEXT_V_SUP to SPDK_SCSI_VEXT_WU_SUP. */
	uint8_t luiclr;   /**< Bit 0: unit attentions of all initiators are cleared together. */
	uint8_t cbcs;     /**< Capability based command security. */
	uint8_t micro_dl; /**< How microcode is downloaded. */
	uint8_t reserved[54];
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_scsi_vpd_ext_inquiry) == 64, "fixed by the specification");

/** In the byte of a designator's type: its `protocol_id` is valid. */
#define SPDK_SPC_VPD_DESIG_PIV 0x80

/** A designator: a name of the logical unit, of its port or of its device. */
struct spdk_scsi_desig_desc {
	uint8_t code_set : 4;    /**< SPDK_SPC_VPD_CODE_SET_*. */
	uint8_t protocol_id : 4; /**< SPDK_SPC_PROTOCOL_IDENTIFIER_*, if `piv` is set. */
	uint8_t type : 4;        /**< SPDK_SPC_VPD_IDENTIFIER_TYPE_*. */
	uint8_t association : 2; /**< SPDK_SPC_VPD_ASSOCIATION_*. */
	uint8_t reserved0 : 1;
	uint8_t piv : 1;
	uint8_t reserved1;
	uint8_t len; /**< Bytes of `desig`. */
	uint8_t desig[];
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_scsi_desig_desc) == 4, "fixed by the specification");

/** Whether a mode page is shared. */
struct spdk_scsi_mpage_policy_desc {
	uint8_t page_code;
	uint8_t sub_page_code;
	/** Bits 1:0: 0: shared; 1: for each target port; 3: for each I_T nexus. */
	uint8_t policy;
	uint8_t reserved;
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_scsi_mpage_policy_desc) == 4, "fixed by the specification");

/** A designator of a target port. */
struct spdk_scsi_tgt_port_desc {
	/** Bits 3:0: SPDK_SPC_VPD_CODE_SET_*; 7:4: SPDK_SPC_PROTOCOL_IDENTIFIER_*. */
	uint8_t code_set;
	/** As the third byte of struct spdk_scsi_desig_desc. */
	uint8_t desig_type;
	uint8_t reserved;
	/** Bytes of `designator`. */
	uint8_t len;
	uint8_t designator[];
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_scsi_tgt_port_desc) == 4, "fixed by the specification");

/** A port, of the page SCSI ports. */
struct spdk_scsi_port_desc {
	uint16_t reserved;
	uint16_t rel_port_id; /**< Relative identifier. */
	uint16_t reserved2;
	uint16_t init_port_len; /**< Bytes of the initiator port's TransportID. */
	uint16_t init_port_id;
	uint16_t reserved3;
	uint16_t tgt_desc_len; /**< Bytes of `tgt_desc`. */
	uint8_t tgt_desc[];    /**< Each a struct spdk_scsi_tgt_port_desc. */
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_scsi_port_desc) == 14, "fixed by the specification");

/** TransportID of an iSCSI initiator. */
struct spdk_scsi_iscsi_transport_id {
	uint8_t protocol_id : 4; /**< SPDK_SPC_PROTOCOL_IDENTIFIER_ISCSI. */
	uint8_t reserved1 : 2;
	uint8_t format : 2; /**< 0: a node; 1: a port, with its ISID. */
	uint8_t reserved2;
	uint16_t additional_len; /**< Bytes of `name`, with its NUL. */
	uint8_t name[];
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_scsi_iscsi_transport_id) == 4, "fixed by the specification");

/** A range of an unmap command. */
struct spdk_scsi_unmap_bdesc {
	uint64_t lba;         /**< First logical block. */
	uint32_t block_count; /**< Logical blocks. */
	uint32_t reserved;
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_scsi_unmap_bdesc) == 16, "fixed by the specification");

/** What persistent reserve in reads. */
enum spdk_scsi_pr_in_action_code {
	/** Keys of all that are registered. */
	SPDK_SCSI_PR_IN_READ_KEYS = 0x00,
	/** The reservation. */
	SPDK_SCSI_PR_IN_READ_RESERVATION = 0x01,
	/** What is possible. */
	SPDK_SCSI_PR_IN_REPORT_CAPABILITIES = 0x02,
	/** All that are registered, and what they hold. */
	SPDK_SCSI_PR_IN_READ_FULL_STATUS = 0x03,
};

/** What a persistent reservation is for. */
enum spdk_scsi_pr_scope_code {
	SPDK_SCSI_PR_LU_SCOPE = 0x00,
};

/** Types of persistent reservations: what others than the holder may not do. */
enum spdk_scsi_pr_type_code {
	/** Write. */
	SPDK_SCSI_PR_WRITE_EXCLUSIVE = 0x01,
	/** Read or write. */
	SPDK_SCSI_PR_EXCLUSIVE_ACCESS = 0x03,
	/** Write, unless they are registered. */
	SPDK_SCSI_PR_WRITE_EXCLUSIVE_REGS_ONLY = 0x05,
	/** Read or write, unless they are registered. */
	SPDK_SCSI_PR_EXCLUSIVE_ACCESS_REGS_ONLY = 0x06,
	/** Write; all who are registered are holders. */
	SPDK_SCSI_PR_WRITE_EXCLUSIVE_ALL_REGS = 0x07,
	/** Read or write; all who are registered are holders. */
	SPDK_SCSI_PR_EXCLUSIVE_ACCESS_ALL_REGS = 0x08,
};

/** What the answers but report capabilities begin with. */
struct spdk_scsi_pr_in_read_header {
	uint32_t pr_generation;  /**< Counts changes of registrations. */
	uint32_t additional_len; /**< Bytes that follow. */
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_scsi_pr_in_read_header) == 8, "fixed by the specification");

/** The answer to read keys. */
struct spdk_scsi_pr_in_read_keys_data {
	struct spdk_scsi_pr_in_read_header header;
	uint64_t rkeys[];
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_scsi_pr_in_read_keys_data) == 8,
		   "fixed by the specification");

/** The answer to read reservation. */
struct spdk_scsi_pr_in_read_reservations_data {
	/** `additional_len` is 16, or 0 if there is no reservation. */
	struct spdk_scsi_pr_in_read_header header;
	/** Key of the holder. */
	uint64_t rkey;
	uint32_t obsolete1;
	uint8_t reserved;
	/** enum spdk_scsi_pr_type_code. */
	uint8_t type : 4;
	/** enum spdk_scsi_pr_scope_code. */
	uint8_t scope : 4;
	uint16_t obsolete2;
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_scsi_pr_in_read_reservations_data) == 24,
		   "fixed by the specification");

/** The answer to report capabilities. */
struct spdk_scsi_pr_in_report_capabilities_data {
	uint16_t length;    /**< 8. */
	uint8_t ptpl_c : 1; /**< May outlast loss of power. */
	uint8_t reserved1 : 1;
	uint8_t atp_c : 1; /**< Registers for all target ports. */
	uint8_t sip_c : 1; /**< Registers for given initiator ports. */
	uint8_t crh : 1;   /**< Reserve and release of SPC-2 are possible besides. */
	uint8_t reserved2 : 3;
	uint8_t ptpl_a : 1; /**< Outlasts loss of power. */
	uint8_t reserved3 : 6;
	uint8_t tmv : 1; /**< What follows is valid: the types that are possible. */
	uint8_t reserved4 : 1;
	uint8_t wr_ex : 1; /**< Write exclusive. */
	uint8_t reserved5 : 1;
	uint8_t ex_ac : 1; /**< Exclusive access. */
	uint8_t reserved6 : 1;
	uint8_t wr_ex_ro : 1; /**< Write exclusive, registrants only. */
	uint8_t ex_ac_ro : 1; /**< Exclusive access, registrants only. */
	uint8_t wr_ex_ar : 1; /**< Write exclusive, all registrants. */
	uint8_t ex_ac_ar : 1; /**< Exclusive access, all registrants. */
	uint8_t reserved7 : 7;
	uint8_t reserved8[2];
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_scsi_pr_in_report_capabilities_data) == 8,
		   "fixed by the specification");

/** One that is registered. */
struct spdk_scsi_pr_in_full_status_desc {
	uint64_t rkey; /**< Its key. */
	uint8_t reserved1[4];
	uint8_t r_holder : 1;  /**< It holds the reservation. */
	uint8_t all_tg_pt : 1; /**< It is registered for all target ports. */
	uint8_t reserved2 : 6;
	uint8_t type : 4;  /**< enum spdk_scsi_pr_type_code. */
	uint8_t scope : 4; /**< enum spdk_scsi_pr_scope_code. */
	uint8_t reserved3[4];
	uint16_t relative_target_port_id;
	uint32_t desc_len; /**< Bytes of `transport_id`. */
	uint8_t transport_id[];
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_scsi_pr_in_full_status_desc) == 24,
		   "fixed by the specification");

/** The answer to read full status. */
struct spdk_scsi_pr_in_full_status_data {
	struct spdk_scsi_pr_in_read_header header;
	/** The first; how long each is, it says itself. */
	struct spdk_scsi_pr_in_full_status_desc desc_list[];
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_scsi_pr_in_full_status_data) == 8,
		   "fixed by the specification");

/** What persistent reserve out does. */
enum spdk_scsi_pr_out_service_action_code {
	/** Register, or end the registration. */
	SPDK_SCSI_PR_OUT_REGISTER = 0x00,
	/** Reserve. */
	SPDK_SCSI_PR_OUT_RESERVE = 0x01,
	/** End the reservation. */
	SPDK_SCSI_PR_OUT_RELEASE = 0x02,
	/** End the reservation and all registrations. */
	SPDK_SCSI_PR_OUT_CLEAR = 0x03,
	/** End the registrations of others, and take over what they hold. */
	SPDK_SCSI_PR_OUT_PREEMPT = 0x04,
	/** The same, and abort their commands. */
	SPDK_SCSI_PR_OUT_PREEMPT_AND_ABORT = 0x05,
	/** Register, whatever key there was before. */
	SPDK_SCSI_PR_OUT_REG_AND_IGNORE_KEY = 0x06,
	/** Register another I_T nexus, and give it the reservation. */
	SPDK_SCSI_PR_OUT_REG_AND_MOVE = 0x07,
};

/** Parameters of persistent reserve out, but for register and move. */
struct spdk_scsi_pr_out_param_list {
	uint64_t rkey;    /**< Key so far. */
	uint64_t sa_rkey; /**< Key from now on, or of those to preempt. */
	uint8_t obsolete1[4];
	uint8_t aptpl : 1; /**< It is to outlast loss of power. */
	uint8_t reserved1 : 1;
	uint8_t all_tg_pt : 1; /**< For all target ports. */
	uint8_t spec_i_pt : 1; /**< For the initiator ports in `param_data`. */
	uint8_t reserved2 : 4;
	uint8_t reserved3;
	uint16_t obsolete2;
	uint8_t param_data[];
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_scsi_pr_out_param_list) == 24, "fixed by the specification");

/** Parameters of register and move. */
struct spdk_scsi_pr_out_reg_and_move_param_list {
	uint64_t rkey;    /**< Key so far. */
	uint64_t sa_rkey; /**< Key of the other. */
	uint8_t reserved1;
	uint8_t aptpl : 1; /**< It is to outlast loss of power. */
	uint8_t unreg : 1; /**< End the registration of who asks. */
	uint8_t reserved2 : 6;
	uint16_t relative_target_port_id; /**< Target port of the other. */
	uint32_t transport_id_len;        /**< Bytes of `transport_id`. */
	uint8_t transport_id[];
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_scsi_pr_out_reg_and_move_param_list) == 24,
		   "fixed by the specification");

/* Security protocols of security protocol in (SPC-4). */
#define SPDK_SCSI_SECP_INFO 0x00
#define SPDK_SCSI_SECP_TCG  0x01

/* Logical block provisioning, byte 5: the commands that unmap. */
#define SPDK_SCSI_UNMAP_LBPU    (1 << 7)
#define SPDK_SCSI_UNMAP_LBPWS   (1 << 6)
#define SPDK_SCSI_UNMAP_LBPWS10 (1 << 5)

/* Logical block provisioning, byte 6: whether blocks are there before they are written. */
#define SPDK_SCSI_UNMAP_FULL_PROVISIONING     0x00
#define SPDK_SCSI_UNMAP_RESOURCE_PROVISIONING 0x01
#define SPDK_SCSI_UNMAP_THIN_PROVISIONING     0x02

#ifdef __cplusplus
}
#endif

#endif /* SPDK_SCSI_SPEC_H */
