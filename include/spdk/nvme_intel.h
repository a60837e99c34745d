/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * \file
 * What Intel's drives have besides the specification: features, log pages and their data.
 *
 * Source: the product specifications of the drives. Numbers are little endian.
 */
#ifndef SPDK_NVME_INTEL_H
#define SPDK_NVME_INTEL_H

#include "spdk/stdinc.h"

#include "spdk/assert.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Features. */
enum spdk_nvme_intel_feat {
	/** The greatest block that the drive shows. */
	SPDK_NVME_INTEL_FEAT_MAX_LBA = 0xC1,
	/** The greatest block that it has. */
	SPDK_NVME_INTEL_FEAT_NATIVE_MAX_LBA = 0xC2,
	SPDK_NVME_INTEL_FEAT_POWER_GOVERNOR_SETTING = 0xC6,
	SPDK_NVME_INTEL_FEAT_SMBUS_ADDRESS = 0xC8,
	SPDK_NVME_INTEL_FEAT_LED_PATTERN = 0xC9,
	SPDK_NVME_INTEL_FEAT_RESET_TIMED_WORKLOAD_COUNTERS = 0xD5,
	SPDK_NVME_INTEL_FEAT_LATENCY_TRACKING = 0xE2,
};

/** Command specific codes of setting SPDK_NVME_INTEL_FEAT_MAX_LBA. */
enum spdk_nvme_intel_set_max_lba_command_status_code {
	SPDK_NVME_INTEL_EXCEEDS_AVAILABLE_CAPACITY = 0xC0,
	SPDK_NVME_INTEL_SMALLER_THAN_MIN_LIMIT = 0xC1,
	SPDK_NVME_INTEL_SMALLER_THAN_NS_REQUIREMENTS = 0xC2,
};

/** Log pages. */
enum spdk_nvme_intel_log_page {
	SPDK_NVME_INTEL_LOG_PAGE_DIRECTORY = 0xC0,
	SPDK_NVME_INTEL_LOG_READ_CMD_LATENCY = 0xC1,
	SPDK_NVME_INTEL_LOG_WRITE_CMD_LATENCY = 0xC2,
	SPDK_NVME_INTEL_LOG_TEMPERATURE = 0xC5,
	SPDK_NVME_INTEL_LOG_SMART = 0xCA,
	SPDK_NVME_INTEL_MARKETING_DESCRIPTION = 0xDD,
};

/** Codes of struct spdk_nvme_intel_smart_attribute. */
enum spdk_nvme_intel_smart_attribute_code {
	SPDK_NVME_INTEL_SMART_PROGRAM_FAIL_COUNT = 0xAB,
	SPDK_NVME_INTEL_SMART_ERASE_FAIL_COUNT = 0xAC,
	SPDK_NVME_INTEL_SMART_WEAR_LEVELING_COUNT = 0xAD,
	SPDK_NVME_INTEL_SMART_E2E_ERROR_COUNT = 0xB8,
	SPDK_NVME_INTEL_SMART_CRC_ERROR_COUNT = 0xC7,
	SPDK_NVME_INTEL_SMART_MEDIA_WEAR = 0xE2,
	SPDK_NVME_INTEL_SMART_HOST_READ_PERCENTAGE = 0xE3,
	SPDK_NVME_INTEL_SMART_TIMER = 0xE4,
	SPDK_NVME_INTEL_SMART_THERMAL_THROTTLE_STATUS = 0xEA,
	SPDK_NVME_INTEL_SMART_RETRY_BUFFER_OVERFLOW_COUNTER = 0xF0,
	SPDK_NVME_INTEL_SMART_PLL_LOCK_LOSS_COUNT = 0xF3,
	SPDK_NVME_INTEL_SMART_NAND_BYTES_WRITTEN = 0xF4,
	SPDK_NVME_INTEL_SMART_HOST_BYTES_WRITTEN = 0xF5,
};

/**
 * Which log pages there are: their lengths in units of 512 bytes, each at the place of its
 * number. 0: not there.
 */
struct spdk_nvme_intel_log_page_directory {
	uint8_t version[2];
	uint8_t reserved[384];
	uint8_t read_latency_log_len;
	uint8_t reserved2;
	uint8_t write_latency_log_len;
	uint8_t reserved3[5];
	uint8_t temperature_statistics_log_len;
	uint8_t reserved4[9];
	uint8_t smart_log_len;
	uint8_t reserved5[37];
	uint8_t marketing_description_log_len;
	uint8_t reserved6[69];
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_nvme_intel_log_page_directory) == 512, "Incorrect size");

/**
 * How long reads or writes took: how many there were in each interval, of 32 us up to 1 ms, of 1
 * ms up to 32 ms, and of 32 ms up to 1 s.
 */
struct spdk_nvme_intel_rw_latency_page {
	uint16_t major_revison;
	uint16_t minor_revison;
	uint32_t buckets_32us[32];
	uint32_t buckets_1ms[31];
	uint32_t buckets_32ms[31];
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_nvme_intel_rw_latency_page) == 380, "Incorrect size");

/** Temperatures, in degrees Celsius. */
struct spdk_nvme_intel_temperature_page {
	uint64_t current_temperature;
	/** The drive was too hot and has shut down: since the last start, and ever. */
	uint64_t shutdown_flag_last;
	uint64_t shutdown_flag_life;
	uint64_t highest_temperature;
	uint64_t lowest_temperature;
	uint64_t reserved[5];
	/** What it may be operated at. */
	uint64_t specified_max_op_temperature;
	uint64_t reserved2;
	uint64_t specified_min_op_temperature;
	/** How much the case is colder, estimated. */
	uint64_t estimated_offset;
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_nvme_intel_temperature_page) == 112, "Incorrect size");

/** A value of the drive's health. */
struct spdk_nvme_intel_smart_attribute {
	uint8_t code;
	uint8_t reserved[2];
	/** 100 when new, falling. */
	uint8_t normalized_value;
	uint8_t reserved2;
	/** Little endian. */
	uint8_t raw_value[6];
	uint8_t reserved3;
};
#pragma pack(push, 1)

/** All of them. */
struct spdk_nvme_intel_smart_information_page {
	struct spdk_nvme_intel_smart_attribute attributes[13];
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_nvme_intel_smart_information_page) == 156, "Incorrect size");
#pragma pack(pop)

/** Dword 0 of SPDK_NVME_INTEL_FEAT_POWER_GOVERNOR_SETTING: 0: 25 W; 1: 20 W; 2: 10 W. */
union spdk_nvme_intel_feat_power_governor {
	uint32_t raw;
	struct {
		uint32_t power_governor_setting : 8;
		uint32_t reserved : 24;
	} bits;
};
SPDK_STATIC_ASSERT(sizeof(union spdk_nvme_intel_feat_power_governor) == 4, "Incorrect size");

/** Dword 0 of SPDK_NVME_INTEL_FEAT_SMBUS_ADDRESS. */
union spdk_nvme_intel_feat_smbus_address {
	uint32_t raw;
	struct {
		uint32_t reserved : 1;
		uint32_t smbus_controller_address : 8;
		uint32_t reserved2 : 23;
	} bits;
};
SPDK_STATIC_ASSERT(sizeof(union spdk_nvme_intel_feat_smbus_address) == 4, "Incorrect size");

/** Dword 0 of SPDK_NVME_INTEL_FEAT_LED_PATTERN. */
union spdk_nvme_intel_feat_led_pattern {
	uint32_t raw;
	struct {
		uint32_t feature_options : 24;
		uint32_t value : 8;
	} bits;
};
SPDK_STATIC_ASSERT(sizeof(union spdk_nvme_intel_feat_led_pattern) == 4, "Incorrect size");

/**
 * Dword 0 of SPDK_NVME_INTEL_FEAT_RESET_TIMED_WORKLOAD_COUNTERS, which is only set. 1: the
 * attributes E2h, E3h and E4h begin anew.
 */
union spdk_nvme_intel_feat_reset_timed_workload_counters {
	uint32_t raw;
	struct {
		uint32_t reset : 1;
		uint32_t reserved : 31;
	} bits;
};
SPDK_STATIC_ASSERT(sizeof(union spdk_nvme_intel_feat_reset_timed_workload_counters) == 4,
		   "Incorrect size");

/**
 * Dword 0 of SPDK_NVME_INTEL_FEAT_LATENCY_TRACKING. 1: latencies are recorded; 0, at first: they
 * are not.
 */
union spdk_nvme_intel_feat_latency_tracking {
	uint32_t raw;
	struct {
		uint32_t enable : 32;
	} bits;
};
SPDK_STATIC_ASSERT(sizeof(union spdk_nvme_intel_feat_latency_tracking) == 4, "Incorrect size");

/**
 * The name that the drive is sold by. Old firmware writes 4 bytes more than the name has, hence
 * the room behind it.
 */
struct spdk_nvme_intel_marketing_description_page {
	uint8_t marketing_product[512];
	uint8_t reserved[3584];
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_nvme_intel_marketing_description_page) == 4096,
		   "Incorrect size");

#ifdef __cplusplus
}
#endif

#endif /* SPDK_NVME_INTEL_H */
