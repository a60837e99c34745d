/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * \file
 * Events that a controller reports by completing a request that waits for them.
 */
#ifndef SPDK_NVME_SPEC_ASYNC_EVENT_H
#define SPDK_NVME_SPEC_ASYNC_EVENT_H

#include "spdk/assert.h"
#include "spdk/stdinc.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Types of events; which of them the event is, the enum below of the type's name tells. */
enum spdk_nvme_async_event_type {
	SPDK_NVME_ASYNC_EVENT_TYPE_ERROR = 0x0,
	/** Health. */
	SPDK_NVME_ASYNC_EVENT_TYPE_SMART = 0x1,
	SPDK_NVME_ASYNC_EVENT_TYPE_NOTICE = 0x2,
	/** Of a command set, or of what the sets share. */
	SPDK_NVME_ASYNC_EVENT_TYPE_IO = 0x6,
	SPDK_NVME_ASYNC_EVENT_TYPE_VENDOR = 0x7,
};

/** Events of the type error. */
enum spdk_nvme_async_event_info_error {
	/** A doorbell was written that is not there. */
	SPDK_NVME_ASYNC_EVENT_WRITE_INVALID_DB = 0x0,
	/** A doorbell was given a value that cannot be. */
	SPDK_NVME_ASYNC_EVENT_INVALID_DB_WRITE = 0x1,
	SPDK_NVME_ASYNC_EVENT_DIAGNOSTIC_FAILURE = 0x2,
	SPDK_NVME_ASYNC_EVENT_PERSISTENT_INTERNAL = 0x3,
	SPDK_NVME_ASYNC_EVENT_TRANSIENT_INTERNAL = 0x4,
	/** A firmware image could not be loaded; another runs. */
	SPDK_NVME_ASYNC_EVENT_FW_IMAGE_LOAD = 0x5,
};

/** Events of the type health. */
enum spdk_nvme_async_event_info_smart {
	SPDK_NVME_ASYNC_EVENT_SUBSYSTEM_RELIABILITY = 0x0,
	SPDK_NVME_ASYNC_EVENT_TEMPERATURE_THRESHOLD = 0x1,
	SPDK_NVME_ASYNC_EVENT_SPARE_BELOW_THRESHOLD = 0x2,
};

/** Events of the type notice. */
enum spdk_nvme_async_event_info_notice {
	SPDK_NVME_ASYNC_EVENT_NS_ATTR_CHANGED = 0x0,
	SPDK_NVME_ASYNC_EVENT_FW_ACTIVATION_START = 0x1,
	SPDK_NVME_ASYNC_EVENT_TELEMETRY_LOG_CHANGED = 0x2,
	SPDK_NVME_ASYNC_EVENT_ANA_CHANGE = 0x3,
	SPDK_NVME_ASYNC_EVENT_DISCOVERY_LOG_CHANGE = 0xF0, /**< Discovery controllers only. */
};

/** Events of the I/O commands. */
enum spdk_nvme_async_event_info_nvm_command_set {
	SPDK_NVME_ASYNC_EVENT_RESERVATION_LOG_AVAIL = 0x0,
	SPDK_NVME_ASYNC_EVENT_SANITIZE_COMPLETED = 0x1,
};

/** Dword 0 of the completion of a request for events. */
union spdk_nvme_async_event_completion {
	uint32_t raw;
	struct {
		/** enum spdk_nvme_async_event_type. */
		uint32_t async_event_type : 3;
		uint32_t reserved1 : 5;
		/** enum spdk_nvme_async_event_info_*. */
		uint32_t async_event_info : 8;
		/** enum spdk_nvme_log_page. Reading it, without `rae`, lets the next one come. */
		uint32_t log_page_identifier : 8;
		uint32_t reserved2 : 8;
	} bits;
};
SPDK_STATIC_ASSERT(sizeof(union spdk_nvme_async_event_completion) == 4,
		   "fixed by the specification");

#ifdef __cplusplus
}
#endif

#endif /* SPDK_NVME_SPEC_ASYNC_EVENT_H */
