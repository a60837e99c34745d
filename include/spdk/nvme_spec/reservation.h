/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * \file
 * Reservations: which hosts may write to, or read, a namespace that several share.
 */
#ifndef SPDK_NVME_SPEC_RESERVATION_H
#define SPDK_NVME_SPEC_RESERVATION_H

#include "spdk/assert.h"
#include "spdk/stdinc.h"

#ifdef __cplusplus
extern "C" {
#endif

/** RESCAP, what reservations of a namespace are capable of. */
struct spdk_nvme_rescap {
	uint8_t ptpls : 1; /**< They may outlast loss of power. */
	uint8_t wes : 1;   /**< Write exclusive. */
	uint8_t eas : 1;   /**< Exclusive access. */
	uint8_t weros : 1; /**< Write exclusive, registrants only. */
	uint8_t earos : 1; /**< Exclusive access, registrants only. */
	uint8_t wears : 1; /**< Write exclusive, all registrants. */
	uint8_t eaars : 1; /**< Exclusive access, all registrants. */
	uint8_t ieks : 1;  /**< `iekey` is as versions from 1.3 on have it. */
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_nvme_rescap) == 1, "fixed by the specification");

/** Types of reservations: what others than the holder may not do. */
enum spdk_nvme_reservation_type {
	/** Write. */
	SPDK_NVME_RESERVE_WRITE_EXCLUSIVE = 0x1,
	/** Read or write. */
	SPDK_NVME_RESERVE_EXCLUSIVE_ACCESS = 0x2,
	/** Write, unless they are registered. */
	SPDK_NVME_RESERVE_WRITE_EXCLUSIVE_REG_ONLY = 0x3,
	/** Read or write, unless they are registered. */
	SPDK_NVME_RESERVE_EXCLUSIVE_ACCESS_REG_ONLY = 0x4,
	/** Write; all who are registered are holders. */
	SPDK_NVME_RESERVE_WRITE_EXCLUSIVE_ALL_REGS = 0x5,
	/** Read or write; all who are registered are holders. */
	SPDK_NVME_RESERVE_EXCLUSIVE_ACCESS_ALL_REGS = 0x6,
};

/** What a reservation register command does. */
enum spdk_nvme_reservation_register_action {
	SPDK_NVME_RESERVE_REGISTER_KEY = 0x0,
	SPDK_NVME_RESERVE_UNREGISTER_KEY = 0x1,
	SPDK_NVME_RESERVE_REPLACE_KEY = 0x2,
};

/** Whether registrations and the reservation outlast loss of power. */
enum spdk_nvme_reservation_register_cptpl {
	SPDK_NVME_RESERVE_PTPL_NO_CHANGES = 0x0,         /**< As before. */
	SPDK_NVME_RESERVE_PTPL_CLEAR_POWER_ON = 0x2,     /**< No. */
	SPDK_NVME_RESERVE_PTPL_PERSIST_POWER_LOSS = 0x3, /**< Yes. */
};

/** Data of a reservation register command. */
struct spdk_nvme_reservation_register_data {
	uint64_t crkey; /**< Key so far. */
	uint64_t nrkey; /**< Key from now on. */
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_nvme_reservation_register_data) == 16,
		   "fixed by the specification");

/** What a reservation acquire command does. */
enum spdk_nvme_reservation_acquire_action {
	SPDK_NVME_RESERVE_ACQUIRE = 0x0,
	SPDK_NVME_RESERVE_PREEMPT = 0x1,
	/** Preempt, and abort commands of those who lose theirs. */
	SPDK_NVME_RESERVE_PREEMPT_ABORT = 0x2,
};

/** Data of a reservation acquire command. */
struct spdk_nvme_reservation_acquire_data {
	uint64_t crkey; /**< Key of the host. */
	uint64_t prkey; /**< Key of those to preempt. */
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_nvme_reservation_acquire_data) == 16,
		   "fixed by the specification");

/** What a reservation release command does. */
enum spdk_nvme_reservation_release_action {
	SPDK_NVME_RESERVE_RELEASE = 0x0, /**< End the reservation. */
	SPDK_NVME_RESERVE_CLEAR = 0x1,   /**< End the reservation and all registrations. */
};

/** Data of a reservation release command. */
struct spdk_nvme_reservation_key_data {
	uint64_t crkey; /**< Key of the host. */
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_nvme_reservation_key_data) == 8,
		   "fixed by the specification");

#pragma pack(push, 1)

/** What a reservation report begins with. */
struct spdk_nvme_reservation_status_data {
	uint32_t gen;    /**< Counts registrations and what ends reservations. */
	uint8_t rtype;   /**< enum spdk_nvme_reservation_type. 0: there is no reservation. */
	uint16_t regctl; /**< Registered controllers, which follow. */
	uint16_t reserved1;
	uint8_t ptpls; /**< 1: outlasts loss of power. */
	uint8_t reserved[14];
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_nvme_reservation_status_data) == 24,
		   "fixed by the specification");

/** What a long reservation report begins with. */
struct spdk_nvme_reservation_status_extended_data {
	struct spdk_nvme_reservation_status_data data;
	uint8_t reserved[40];
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_nvme_reservation_status_extended_data) == 64,
		   "fixed by the specification");

/** A registered controller. */
struct spdk_nvme_registered_ctrlr_data {
	uint16_t cntlid; /**< Its identifier. 0xffff: its host is not connected. */
	struct {
		uint8_t status : 1; /**< Its host holds the reservation. */
		uint8_t reserved1 : 7;
	} rcsts;
	uint8_t reserved2[5];
	uint64_t hostid; /**< Identifier of its host. */
	uint64_t rkey;   /**< Key of its host. */
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_nvme_registered_ctrlr_data) == 24,
		   "fixed by the specification");

/** A registered controller of a long report. */
struct spdk_nvme_registered_ctrlr_extended_data {
	uint16_t cntlid; /**< Its identifier. 0xffff: its host is not connected. */
	struct {
		uint8_t status : 1; /**< Its host holds the reservation. */
		uint8_t reserved1 : 7;
	} rcsts;
	uint8_t reserved2[5];
	uint64_t rkey;      /**< Key of its host. */
	uint8_t hostid[16]; /**< Identifier of its host. */
	uint8_t reserved3[32];
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_nvme_registered_ctrlr_extended_data) == 64,
		   "fixed by the specification");

#pragma pack(pop)

/** What a notification is about. */
enum spdk_nvme_reservation_notification_log_page_type {
	SPDK_NVME_RESERVATION_LOG_PAGE_EMPTY = 0x0, /**< There is none. */
	SPDK_NVME_REGISTRATION_PREEMPTED = 0x1,
	SPDK_NVME_RESERVATION_RELEASED = 0x2,
	SPDK_NVME_RESERVATION_PREEMPTED = 0x3,
};

/** The log page of reservation notifications: the oldest one, which goes when it is read. */
struct spdk_nvme_reservation_notification_log {
	uint64_t log_page_count;     /**< Counts notifications. */
	uint8_t type;                /**< enum spdk_nvme_reservation_notification_log_page_type. */
	uint8_t num_avail_log_pages; /**< More that wait. 255: that or more. */
	uint8_t reserved[2];
	uint32_t nsid; /**< Namespace. */
	uint8_t reserved1[48];
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_nvme_reservation_notification_log) == 64,
		   "fixed by the specification");

/* Bits of the feature that keeps notifications back, as a number. */
#define SPDK_NVME_REGISTRATION_PREEMPTED_MASK (1U << 1)
#define SPDK_NVME_RESERVATION_RELEASED_MASK   (1U << 2)
#define SPDK_NVME_RESERVATION_PREEMPTED_MASK  (1U << 3)

#ifdef __cplusplus
}
#endif

#endif /* SPDK_NVME_SPEC_RESERVATION_H */
