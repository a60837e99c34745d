/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * \file
 * Log pages. Those of reservations and of flexible data placement are in reservation.h and
 * data_placement.h. Numbers of 128 bits are two of 64, the lower first.
 */
#ifndef SPDK_NVME_SPEC_LOG_PAGE_H
#define SPDK_NVME_SPEC_LOG_PAGE_H

#include "spdk/assert.h"
#include "spdk/nvme_spec/feature.h"
#include "spdk/nvme_spec/status.h"
#include "spdk/stdinc.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Namespaces in the page of changed ones. If there are more, it has 0xffffffff only. */
#define SPDK_NVME_MAX_CHANGED_NAMESPACES 1024

/** Log pages by number. */
enum spdk_nvme_log_page {
	/** struct spdk_nvme_supported_log_pages. */
	SPDK_NVME_LOG_SUPPORTED_LOG_PAGES = 0x00,
	/** Entries of struct spdk_nvme_error_information_entry, the newest first. */
	SPDK_NVME_LOG_ERROR = 0x01,
	/** struct spdk_nvme_health_information_page. */
	SPDK_NVME_LOG_HEALTH_INFORMATION = 0x02,
	/** struct spdk_nvme_firmware_page. */
	SPDK_NVME_LOG_FIRMWARE_SLOT = 0x03,
	/** struct spdk_nvme_ns_list. */
	SPDK_NVME_LOG_CHANGED_NS_LIST = 0x04,
	/** struct spdk_nvme_cmds_and_effect_log_page. */
	SPDK_NVME_LOG_COMMAND_EFFECTS_LOG = 0x05,
	SPDK_NVME_LOG_DEVICE_SELF_TEST = 0x06,
	/** struct spdk_nvme_telemetry_log_page_hdr. */
	SPDK_NVME_LOG_TELEMETRY_HOST_INITIATED = 0x07,
	/** struct spdk_nvme_telemetry_log_page_hdr. */
	SPDK_NVME_LOG_TELEMETRY_CTRLR_INITIATED = 0x08,
	SPDK_NVME_LOG_ENDURANCE_GROUP_INFORMATION = 0x09,
	SPDK_NVME_LOG_PREDICATBLE_LATENCY = 0x0A,
	SPDK_NVME_LOG_PREDICTABLE_LATENCY_EVENT = 0x0B,
	/** struct spdk_nvme_ana_page. */
	SPDK_NVME_LOG_ASYMMETRIC_NAMESPACE_ACCESS = 0x0C,
	SPDK_NVME_LOG_PERSISTENT_EVENT_LOG = 0x0D,
	SPDK_NVME_LOG_ENDURANCE_GROUP_EVENT = 0x0F,
	SPDK_NVME_LOG_MEDIA_UNIT_STATUS = 0x10,
	SPDK_NVME_LOG_CAPACITY_CONFIGURATION_LIST = 0x11,
	/** struct spdk_nvme_feature_ids_effects_log_page. */
	SPDK_NVME_LOG_FEATURE_IDS_EFFECTS = 0x12,
	SPDK_NVME_LOG_NVME_MI_COMMANDS_EFFECTS = 0x13,
	SPDK_NVME_LOG_COMMAND_FEATURE_LOCKDOWN = 0x14,
	SPDK_NVME_LOG_BOOT_PARTITION = 0x15,
	SPDK_NVME_LOG_ROTATIONAL_MEDIA_INFORMATION = 0x16,
	/** struct spdk_nvme_fdp_cfg_log_page. */
	SPDK_NVME_LOG_FDP_CONFIGURATIONS = 0x20,
	/** struct spdk_nvme_fdp_ruhu_log_page. */
	SPDK_NVME_LOG_RECLAIM_UNIT_HANDLE_USAGE = 0x21,
	/** struct spdk_nvme_fdp_stats_log_page. */
	SPDK_NVME_LOG_FDP_STATISTICS = 0x22,
	/** struct spdk_nvme_fdp_events_log_page. */
	SPDK_NVME_LOG_FDP_EVENTS = 0x23,
	/** Discovery controllers only. */
	SPDK_NVME_LOG_DISCOVERY = 0x70,
	/** struct spdk_nvme_reservation_notification_log. */
	SPDK_NVME_LOG_RESERVATION_NOTIFICATION = 0x80,
	/** struct spdk_nvme_sanitize_status_log_page. */
	SPDK_NVME_LOG_SANITIZE_STATUS = 0x81,
	SPDK_NVME_LOG_CHANGED_ZONE_LIST = 0xBF,
	SPDK_NVME_LOG_VENDOR_SPECIFIC_START = 0xc0,
	SPDK_NVME_LOG_VENDOR_SPECIFIC_END = 0xff,
};

#define spdk_nvme_log_page_is_vendor_specific(lid) ((lid) >= SPDK_NVME_LOG_VENDOR_SPECIFIC_START)

/** The log pages that there are. */
struct spdk_nvme_supported_log_pages {
	/** By number. */
	struct {
		uint32_t lsupp : 1; /**< It is there. */
		uint32_t ios : 1;   /**< Its offset can be an index. */
		uint32_t reserved : 14;
		uint32_t lidsp : 16; /**< Specific to the page. */
	} lids[256];
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_nvme_supported_log_pages) == 1024,
		   "fixed by the specification");

/** The features that there are, and what setting them does. */
struct spdk_nvme_feature_ids_effects_log_page {
	/** By number. */
	struct {
		uint32_t fsupp : 1; /**< It is there. */
		uint32_t udcc : 1;  /**< Data of users may change. */
		uint32_t ncc : 1;   /**< What namespaces are capable of may change. */
		uint32_t nic : 1;   /**< Which namespaces there are may change. */
		uint32_t ccc : 1;   /**< What the controller is capable of may change. */
		uint32_t reserved : 14;
		uint32_t uss : 1;      /**< Chosen by a UUID. */
		uint32_t nscpe : 1;    /**< It is a namespace's. */
		uint32_t cscpe : 1;    /**< It is a controller's. */
		uint32_t nsetscpe : 1; /**< It is an NVM set's. */
		uint32_t egscpe : 1;   /**< It is an endurance group's. */
		uint32_t dscpe : 1;    /**< It is a domain's. */
		uint32_t nsscpe : 1;   /**< It is a subsystem's. */
		uint32_t cdqscpe : 1;  /**< It is a controller data queue's. */
		uint32_t fsp_reserved : 5;
	} fis[256];
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_nvme_feature_ids_effects_log_page) == 1024,
		   "fixed by the specification");

/** An error. */
struct spdk_nvme_error_information_entry {
	/** Counts errors. 0: the entry is not valid. */
	uint64_t error_count;
	/** Submission queue of the command. 0xffff: it was none's. */
	uint16_t sqid;
	/** Identifier of the command. */
	uint16_t cid;
	/** As it was completed. */
	struct spdk_nvme_status status;
	/** Where the wrong parameter is. Bits 7:0: byte of the command; 10:8: its bit. */
	uint16_t error_location;
	/** First logical block with the error. */
	uint64_t lba;
	/** Namespace. */
	uint32_t nsid;
	/** A log page of the vendor with more about it. 0: none. */
	uint8_t vendor_specific;
	/** Transport. */
	uint8_t trtype;
	uint8_t reserved30[2];
	/** Specific to the command. */
	uint64_t command_specific;
	/** Specific to the transport. */
	uint16_t trtype_specific;
	uint8_t reserved42[22];
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_nvme_error_information_entry) == 64,
		   "fixed by the specification");

#pragma pack(push, 1)

/** Health. */
struct spdk_nvme_health_information_page {
	union spdk_nvme_critical_warning_state critical_warning;
	/** Kelvin. */
	uint16_t temperature;
	/** Spare blocks that are left, percent. */
	uint8_t available_spare;
	/** Below this, it warns. */
	uint8_t available_spare_threshold;
	/** Life that is over; may go beyond 100 and stops at 255. */
	uint8_t percentage_used;
	uint8_t reserved[26];
	/** In units of 1000 times 512 bytes. */
	uint64_t data_units_read[2];
	/** In units of 1000 times 512 bytes. */
	uint64_t data_units_written[2];
	/** Reads, and compares. */
	uint64_t host_read_commands[2];
	/** Writes. */
	uint64_t host_write_commands[2];
	/** Minutes. */
	uint64_t controller_busy_time[2];
	uint64_t power_cycles[2];
	uint64_t power_on_hours[2];
	/** Times that power went without notice. */
	uint64_t unsafe_shutdowns[2];
	/** Times that data were found to be lost. */
	uint64_t media_errors[2];
	/** Errors in all, as the error log counts them. */
	uint64_t num_error_info_log_entries[2];
	/** Minutes from `wctemp` of the controller on. */
	uint32_t warning_temp_time;
	/** Minutes from `cctemp` on. */
	uint32_t critical_temp_time;
	/** Kelvin. 0: there is no such sensor. */
	uint16_t temp_sensor[8];
	uint8_t reserved2[296];
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_nvme_health_information_page) == 512,
		   "fixed by the specification");

#pragma pack(pop)

/** A command and what it does. */
struct spdk_nvme_cmds_and_effect_entry {
	/** It is there. */
	uint16_t csupp : 1;
	/** Logical blocks may change. */
	uint16_t lbcc : 1;
	/** What namespaces are capable of may change. */
	uint16_t ncc : 1;
	/** Which namespaces there are may change. */
	uint16_t nic : 1;
	/** What the controller is capable of may change. */
	uint16_t ccc : 1;
	uint16_t reserved1 : 11;
	/** May go along with others: 0: yes; 1: not of the namespace; 2: none. */
	uint16_t cse : 3;
	/** Chosen by a UUID. */
	uint16_t uss : 1;
	/** For a namespace. */
	uint16_t nscpe : 1;
	/** For a controller. */
	uint16_t cscpe : 1;
	/** For an NVM set. */
	uint16_t nsetscpe : 1;
	/** For an endurance group. */
	uint16_t egscpe : 1;
	/** For a domain. */
	uint16_t dscpe : 1;
	/** For a subsystem. */
	uint16_t nsscpe : 1;
	uint16_t csp_reserved : 6;
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_nvme_cmds_and_effect_entry) == 4,
		   "fixed by the specification");

/** The commands that there are, and what they do, by opcode. */
struct spdk_nvme_cmds_and_effect_log_page {
	struct spdk_nvme_cmds_and_effect_entry admin_cmds_supported[256];
	struct spdk_nvme_cmds_and_effect_entry io_cmds_supported[256];
	uint8_t reserved0[2048];
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_nvme_cmds_and_effect_log_page) == 4096,
		   "fixed by the specification");

/**
 * What telemetry begins with. Its areas consist of blocks of 512 bytes, and all begin with block 1.
 */
struct spdk_nvme_telemetry_log_page_hdr {
	uint8_t lpi; /**< enum spdk_nvme_log_page. */
	uint8_t rsvd[4];
	uint8_t ieee_oui[3];
	uint16_t dalb1; /**< Last block of area 1. */
	uint16_t dalb2; /**< Last block of area 2. */
	uint16_t dalb3; /**< Last block of area 3. */
	uint8_t rsvd1[368];
	uint8_t ctrlr_avail;   /**< 1: the controller has collected telemetry by itself. */
	uint8_t ctrlr_gen;     /**< Counts those collections. */
	uint8_t rsnident[128]; /**< Why it was collected; the vendor's own. */
	uint8_t telemetry_datablock[0];
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_nvme_telemetry_log_page_hdr) == 512,
		   "fixed by the specification");

/** How the last sanitize went. */
enum spdk_nvme_sanitize_status_type {
	SPDK_NVME_NEVER_BEEN_SANITIZED = 0x0,
	SPDK_NVME_RECENT_SANITIZE_SUCCESSFUL = 0x1,
	SPDK_NVME_SANITIZE_IN_PROGRESS = 0x2,
	SPDK_NVME_SANITIZE_FAILED = 0x3,
};

/** SSTAT, how sanitizing goes or went. */
struct spdk_nvme_sanitize_status_sstat {
	uint16_t status : 3;            /**< enum spdk_nvme_sanitize_status_type. */
	uint16_t complete_pass : 5;     /**< Passes of an overwrite that are done. */
	uint16_t global_data_erase : 1; /**< Nothing was written since. */
	uint16_t reserved : 7;
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_nvme_sanitize_status_sstat) == 2,
		   "fixed by the specification");

/** The log page of sanitizing. */
struct spdk_nvme_sanitize_status_log_page {
	/** How far it is, of 65536. */
	uint16_t sprog;
	struct spdk_nvme_sanitize_status_sstat sstat;
	/** Dword 10 of the command. */
	uint32_t scdw10;
	/** Seconds an overwrite takes. 0xffffffff: not told. */
	uint32_t et_overwrite;
	/** Seconds a block erase takes. 0xffffffff: not told. */
	uint32_t et_block_erase;
	/** Seconds a crypto erase takes. 0xffffffff: not told. */
	uint32_t et_crypto_erase;
	uint8_t reserved[492];
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_nvme_sanitize_status_log_page) == 512,
		   "fixed by the specification");

/** The firmware in the slots. */
struct spdk_nvme_firmware_page {
	struct {
		uint8_t active_slot : 3; /**< The one that runs. */
		uint8_t reserved3 : 1;
		uint8_t next_reset_slot : 3; /**< The one after the next reset. 0: the same. */
		uint8_t reserved7 : 1;
	} afi;
	uint8_t reserved[7];
	/** Text without an end, of slot 1 and so on. Zeroes: there is none. */
	uint8_t revision[7][8];
	uint8_t reserved2[448];
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_nvme_firmware_page) == 512, "fixed by the specification");

/** How a controller reaches the namespaces of an ANA group. */
enum spdk_nvme_ana_state {
	SPDK_NVME_ANA_OPTIMIZED_STATE = 0x1,       /**< Well. */
	SPDK_NVME_ANA_NON_OPTIMIZED_STATE = 0x2,   /**< Not as well as another one. */
	SPDK_NVME_ANA_INACCESSIBLE_STATE = 0x3,    /**< Not now. */
	SPDK_NVME_ANA_PERSISTENT_LOSS_STATE = 0x4, /**< Never again. */
	SPDK_NVME_ANA_CHANGE_STATE = 0xF,          /**< About to change. */
};

/** What the page of ANA groups begins with. Descriptors follow. */
struct spdk_nvme_ana_page {
	uint64_t change_count; /**< Counts changes of the page. */
	uint16_t num_ana_group_desc;
	uint8_t reserved[6];
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_nvme_ana_page) == 16, "fixed by the specification");

/** An ANA group. */
struct spdk_nvme_ana_group_descriptor {
	uint32_t ana_group_id;
	uint32_t num_of_nsid;  /**< Entries of `nsid`. */
	uint64_t change_count; /**< `change_count` of the page, at the last change of the group. */
	uint8_t ana_state : 4; /**< enum spdk_nvme_ana_state. */
	uint8_t reserved0 : 4;
	uint8_t reserved1[15];
	uint32_t nsid[];
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_nvme_ana_group_descriptor) == 32,
		   "fixed by the specification");

#ifdef __cplusplus
}
#endif

#endif /* SPDK_NVME_SPEC_LOG_PAGE_H */
