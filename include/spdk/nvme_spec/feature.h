/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * \file
 * Features: what a host sets and gets by number, as dwords of commands or as data.
 */
#ifndef SPDK_NVME_SPEC_FEATURE_H
#define SPDK_NVME_SPEC_FEATURE_H

#include "spdk/assert.h"
#include "spdk/stdinc.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Features. Where dword 11 or the data have fields, a type of the feature's name has them. */
enum spdk_nvme_feat {
	SPDK_NVME_FEAT_ARBITRATION = 0x01,
	SPDK_NVME_FEAT_POWER_MANAGEMENT = 0x02,
	SPDK_NVME_FEAT_LBA_RANGE_TYPE = 0x03,
	SPDK_NVME_FEAT_TEMPERATURE_THRESHOLD = 0x04,
	SPDK_NVME_FEAT_ERROR_RECOVERY = 0x05,
	SPDK_NVME_FEAT_VOLATILE_WRITE_CACHE = 0x06,
	SPDK_NVME_FEAT_NUMBER_OF_QUEUES = 0x07,
	SPDK_NVME_FEAT_INTERRUPT_COALESCING = 0x08,
	SPDK_NVME_FEAT_INTERRUPT_VECTOR_CONFIGURATION = 0x09,
	SPDK_NVME_FEAT_WRITE_ATOMICITY = 0x0A,
	SPDK_NVME_FEAT_ASYNC_EVENT_CONFIGURATION = 0x0B,
	SPDK_NVME_FEAT_AUTONOMOUS_POWER_STATE_TRANSITION = 0x0C,
	SPDK_NVME_FEAT_HOST_MEM_BUFFER = 0x0D,
	SPDK_NVME_FEAT_TIMESTAMP = 0x0E,
	SPDK_NVME_FEAT_KEEP_ALIVE_TIMER = 0x0F,
	SPDK_NVME_FEAT_HOST_CONTROLLED_THERMAL_MANAGEMENT = 0x10,
	SPDK_NVME_FEAT_NON_OPERATIONAL_POWER_STATE_CONFIG = 0x11,
	SPDK_NVME_FEAT_READ_RECOVERY_LEVEL_CONFIG = 0x12,
	SPDK_NVME_FEAT_PREDICTABLE_LATENCY_MODE_CONFIG = 0x13,
	SPDK_NVME_FEAT_PREDICTABLE_LATENCY_MODE_WINDOW = 0x14,
	SPDK_NVME_FEAT_LBA_STATUS_INFORMATION_ATTRIBUTES = 0x15,
	/** The data are a struct spdk_nvme_host_behavior. */
	SPDK_NVME_FEAT_HOST_BEHAVIOR_SUPPORT = 0x16,
	SPDK_NVME_FEAT_SANITIZE_CONFIG = 0x17,
	SPDK_NVME_FEAT_ENDURANCE_GROUP_EVENT = 0x18,
	SPDK_NVME_FEAT_IO_COMMAND_SET_PROFILE = 0x19,
	SPDK_NVME_FEAT_SPINUP_CONTROL = 0x1A,
	/** Dwords 11 and 12 are a union spdk_nvme_feat_fdp_cdw11 and _cdw12. */
	SPDK_NVME_FEAT_FDP = 0x1D,
	/**
	 * Dwords 11 and 12 are a union spdk_nvme_feat_fdp_events_cdw11 and _cdw12; the data, struct
	 * spdk_nvme_fdp_event_desc.
	 */
	SPDK_NVME_FEAT_FDP_EVENTS = 0x1E,
	SPDK_NVME_FEAT_ENHANCED_CONTROLLER_METADATA = 0x7D,
	SPDK_NVME_FEAT_CONTROLLER_METADATA = 0x7E,
	SPDK_NVME_FEAT_NAMESPACE_METADATA = 0x7F,
	SPDK_NVME_FEAT_SOFTWARE_PROGRESS_MARKER = 0x80,
	SPDK_NVME_FEAT_HOST_IDENTIFIER = 0x81,
	/** Dword 11 is a union spdk_nvme_feat_reservation_notification_mask. */
	SPDK_NVME_FEAT_HOST_RESERVE_MASK = 0x82,
	/** Dword 11 is a union spdk_nvme_feat_reservation_persistence. */
	SPDK_NVME_FEAT_HOST_RESERVE_PERSIST = 0x83,
	SPDK_NVME_FEAT_NAMESPACE_WRITE_PROTECTION_CONFIG = 0x84,
};

/** How commands are taken from the queues. */
union spdk_nvme_feat_arbitration {
	uint32_t raw;
	struct {
		/**
		 * Commands taken from a queue in one go, 1 << this;
		 * SPDK_NVME_ARBITRATION_BURST_UNLIMITED.
		 */
		uint32_t ab : 3;
		uint32_t reserved : 5;
		/** Weight of the low class, less one. */
		uint32_t lpw : 8;
		/** Weight of the medium class, less one. */
		uint32_t mpw : 8;
		/** Weight of the high class, less one. */
		uint32_t hpw : 8;
	} bits;
};
SPDK_STATIC_ASSERT(sizeof(union spdk_nvme_feat_arbitration) == 4, "fixed by the specification");

#define SPDK_NVME_ARBITRATION_BURST_UNLIMITED 0x7

/** The power state. */
union spdk_nvme_feat_power_management {
	uint32_t raw;
	struct {
		uint32_t ps : 5; /**< Power state, an index of `psd` of the controller. */
		uint32_t wh : 3; /**< Hint on the work to come. */
		uint32_t reserved : 24;
	} bits;
};
SPDK_STATIC_ASSERT(sizeof(union spdk_nvme_feat_power_management) == 4,
		   "fixed by the specification");

/** Kinds of data in ranges of a namespace. */
union spdk_nvme_feat_lba_range_type {
	uint32_t raw;
	struct {
		uint32_t num : 6; /**< Ranges in the data, less one. */
		uint32_t reserved : 26;
	} bits;
};
SPDK_STATIC_ASSERT(sizeof(union spdk_nvme_feat_lba_range_type) == 4, "fixed by the specification");

/** Temperatures that cause an event. */
union spdk_nvme_feat_temperature_threshold {
	uint32_t raw;
	struct {
		uint32_t tmpth : 16; /**< Kelvin. */
		uint32_t tmpsel : 4; /**< 0: composite; 1 to 8: that sensor; 15: all. */
		uint32_t thsel : 2;  /**< 0: when above; 1: when below. */
		uint32_t reserved : 10;
	} bits;
};
SPDK_STATIC_ASSERT(sizeof(union spdk_nvme_feat_temperature_threshold) == 4,
		   "fixed by the specification");

/** How hard to try. */
union spdk_nvme_feat_error_recovery {
	uint32_t raw;
	struct {
		/** Time for trying again, in units of 100 ms. 0: no limit. */
		uint32_t tler : 16;
		/** Reading what is deallocated or never written is an error. */
		uint32_t dulbe : 1;
		uint32_t reserved : 15;
	} bits;
};
SPDK_STATIC_ASSERT(sizeof(union spdk_nvme_feat_error_recovery) == 4, "fixed by the specification");

/** The write cache that loses its data without power. */
union spdk_nvme_feat_volatile_write_cache {
	uint32_t raw;
	struct {
		uint32_t wce : 1; /**< On. */
		uint32_t reserved : 31;
	} bits;
};
SPDK_STATIC_ASSERT(sizeof(union spdk_nvme_feat_volatile_write_cache) == 4,
		   "fixed by the specification");

/**
 * I/O queues: how many the host asks for. The completion has those that it gets in the same places.
 */
union spdk_nvme_feat_number_of_queues {
	uint32_t raw;
	struct {
		uint32_t nsqr : 16; /**< Submission queues, less one. */
		uint32_t ncqr : 16; /**< Completion queues, less one. */
	} bits;
};
SPDK_STATIC_ASSERT(sizeof(union spdk_nvme_feat_number_of_queues) == 4,
		   "fixed by the specification");

/** When an interrupt stands for several completions. */
union spdk_nvme_feat_interrupt_coalescing {
	uint32_t raw;
	struct {
		uint32_t thr : 8;  /**< Completions, less one. */
		uint32_t time : 8; /**< How long to wait for them, in units of 100 us. */
		uint32_t reserved : 16;
	} bits;
};
SPDK_STATIC_ASSERT(sizeof(union spdk_nvme_feat_interrupt_coalescing) == 4,
		   "fixed by the specification");

/** Coalescing for one vector. */
union spdk_nvme_feat_interrupt_vector_configuration {
	uint32_t raw;
	struct {
		uint32_t iv : 16; /**< Vector. */
		uint32_t cd : 1;  /**< It does not coalesce. */
		uint32_t reserved : 15;
	} bits;
};
SPDK_STATIC_ASSERT(sizeof(union spdk_nvme_feat_interrupt_vector_configuration) == 4,
		   "fixed by the specification");

/** Whether writes are atomic for readers. */
union spdk_nvme_feat_write_atomicity {
	uint32_t raw;
	struct {
		/** Only for loss of power: `awun` and `nawun` mean nothing. */
		uint32_t dn : 1;
		uint32_t reserved : 31;
	} bits;
};
SPDK_STATIC_ASSERT(sizeof(union spdk_nvme_feat_write_atomicity) == 4, "fixed by the specification");

/** What is wrong with a controller. */
union spdk_nvme_critical_warning_state {
	uint8_t raw;
	struct {
		/** Fewer spare blocks than the threshold. */
		uint8_t available_spare : 1;
		/** Too hot or too cold. */
		uint8_t temperature : 1;
		/** Errors make it unreliable. */
		uint8_t device_reliability : 1;
		/** The media can only be read. */
		uint8_t read_only : 1;
		/** The backup of volatile memory has failed. */
		uint8_t volatile_memory_backup : 1;
		uint8_t reserved : 3;
	} bits;
};
SPDK_STATIC_ASSERT(sizeof(union spdk_nvme_critical_warning_state) == 1,
		   "fixed by the specification");

/** Which events are reported. */
union spdk_nvme_feat_async_event_configuration {
	uint32_t raw;
	struct {
		/** Warnings. */
		union spdk_nvme_critical_warning_state crit_warn;
		/** Namespaces came, went or changed. */
		uint8_t ns_attr_notice : 1;
		/** Firmware is being activated. */
		uint8_t fw_activation_notice : 1;
		/** The controller has new telemetry. */
		uint8_t telemetry_log_notice : 1;
		/** States of ANA groups changed. */
		uint8_t ana_change_notice : 1;
		uint8_t reserved1 : 4;
		uint16_t reserved2 : 15;
		/** The discovery log changed. Discovery controllers only. */
		uint16_t discovery_log_change_notice : 1;
	} bits;
};
SPDK_STATIC_ASSERT(sizeof(union spdk_nvme_feat_async_event_configuration) == 4,
		   "fixed by the specification");

/** Power states that the controller changes by itself. */
union spdk_nvme_feat_autonomous_power_state_transition {
	uint32_t raw;
	struct {
		uint32_t apste : 1; /**< On. */
		uint32_t reserved : 31;
	} bits;
};
SPDK_STATIC_ASSERT(sizeof(union spdk_nvme_feat_autonomous_power_state_transition) == 4,
		   "fixed by the specification");

/** Memory of the host that the controller may use. */
union spdk_nvme_feat_host_mem_buffer {
	uint32_t raw;
	struct {
		/** On. */
		uint32_t ehm : 1;
		/** It is memory that the controller had before, unchanged. */
		uint32_t mr : 1;
		uint32_t reserved : 30;
	} bits;
};
SPDK_STATIC_ASSERT(sizeof(union spdk_nvme_feat_host_mem_buffer) == 4, "fixed by the specification");

/** How long the host may be silent. */
union spdk_nvme_feat_keep_alive_timer {
	uint32_t raw;
	struct {
		uint32_t kato : 32; /**< Milliseconds. 0: for ever. */
	} bits;
};
SPDK_STATIC_ASSERT(sizeof(union spdk_nvme_feat_keep_alive_timer) == 4,
		   "fixed by the specification");

/** When the controller slows down to cool. */
union spdk_nvme_feat_host_controlled_thermal_management {
	uint32_t raw;
	struct {
		uint32_t tmt2 : 16; /**< Kelvin, from where on it cools at any price. */
		uint32_t tmt1 : 16; /**< Kelvin, from where on it cools where that costs little. */
	} bits;
};
SPDK_STATIC_ASSERT(sizeof(union spdk_nvme_feat_host_controlled_thermal_management) == 4,
		   "fixed by the specification");

/** What the controller may do while it rests. */
union spdk_nvme_feat_non_operational_power_state_config {
	uint32_t raw;
	struct {
		/** Work in the background, with more power than the state has. */
		uint32_t noppme : 1;
		uint32_t reserved : 31;
	} bits;
};
SPDK_STATIC_ASSERT(sizeof(union spdk_nvme_feat_non_operational_power_state_config) == 4,
		   "fixed by the specification");

/** How far software came when the machine started. */
union spdk_nvme_feat_software_progress_marker {
	uint32_t raw;
	struct {
		uint32_t pbslc : 8; /**< Loads before the system's driver ran, up to 255. */
		uint32_t reserved : 24;
	} bits;
};
SPDK_STATIC_ASSERT(sizeof(union spdk_nvme_feat_software_progress_marker) == 4,
		   "fixed by the specification");

/** Who the host is. */
union spdk_nvme_feat_host_identifier {
	uint32_t raw;
	struct {
		uint32_t exhid : 1; /**< The identifier in the data has 128 bits, else 64. */
		uint32_t reserved : 31;
	} bits;
};
SPDK_STATIC_ASSERT(sizeof(union spdk_nvme_feat_host_identifier) == 4, "fixed by the specification");

/** Which notifications of reservations are kept back; see also the macros in reservation.h. */
union spdk_nvme_feat_reservation_notification_mask {
	uint32_t raw;
	struct {
		uint32_t reserved1 : 1;
		uint32_t regpre : 1; /**< A registration was preempted. */
		uint32_t resrel : 1; /**< A reservation was released. */
		uint32_t respre : 1; /**< A reservation was preempted. */
		uint32_t reserved2 : 28;
	} bits;
};
SPDK_STATIC_ASSERT(sizeof(union spdk_nvme_feat_reservation_notification_mask) == 4,
		   "fixed by the specification");

/** Whether reservations outlast loss of power. */
union spdk_nvme_feat_reservation_persistence {
	uint32_t raw;
	struct {
		uint32_t ptpl : 1; /**< They do. */
		uint32_t reserved : 31;
	} bits;
};
SPDK_STATIC_ASSERT(sizeof(union spdk_nvme_feat_reservation_persistence) == 4,
		   "fixed by the specification");

/** Flexible data placement, dword 11. */
union spdk_nvme_feat_fdp_cdw11 {
	uint32_t raw;
	struct {
		uint32_t endgid : 16; /**< Endurance group. */
		uint32_t reserved : 16;
	} bits;
};
SPDK_STATIC_ASSERT(sizeof(union spdk_nvme_feat_fdp_cdw11) == 4, "fixed by the specification");

/** Flexible data placement, dword 12. */
union spdk_nvme_feat_fdp_cdw12 {
	uint32_t raw;
	struct {
		uint32_t fdpe : 1; /**< On. */
		uint32_t reserved1 : 7;
		uint32_t fdpci : 8; /**< Configuration, an index of the log page. */
		uint32_t reserved2 : 16;
	} bits;
};
SPDK_STATIC_ASSERT(sizeof(union spdk_nvme_feat_fdp_cdw12) == 4, "fixed by the specification");

/** Events of flexible data placement, dword 11. */
union spdk_nvme_feat_fdp_events_cdw11 {
	uint32_t raw;
	struct {
		uint32_t phndl : 16; /**< Placement handle, whose reclaim unit handle is meant. */
		uint32_t noet : 8;   /**< Types of events in the data. */
		uint32_t reserved : 8;
	} bits;
};
SPDK_STATIC_ASSERT(sizeof(union spdk_nvme_feat_fdp_events_cdw11) == 4,
		   "fixed by the specification");

/** Events of flexible data placement, dword 12, when they are set. */
union spdk_nvme_feat_fdp_events_cdw12 {
	uint32_t raw;
	struct {
		uint32_t fdpee : 1; /**< Report them. */
		uint32_t reserved1 : 31;
	} bits;
};
SPDK_STATIC_ASSERT(sizeof(union spdk_nvme_feat_fdp_events_cdw12) == 4,
		   "fixed by the specification");

#pragma pack(push, 1)

/** What the host can cope with; 1 where it does. */
struct spdk_nvme_host_behavior {
	uint8_t acre;   /**< It tells from `crd` of a status when to try again. */
	uint8_t etdas;  /**< It knows that telemetry has a data area 4. */
	uint8_t lbafee; /**< It knows extended formats of logical blocks. */
	uint8_t reserved[509];
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_nvme_host_behavior) == 512, "fixed by the specification");

#pragma pack(pop)

#ifdef __cplusplus
}
#endif

#endif /* SPDK_NVME_SPEC_FEATURE_H */
