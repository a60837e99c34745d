/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * \file
 * Flexible data placement (FDP): the host says which data belong together. A *placement handle* of
 * a namespace leads to a *reclaim unit handle*, and that to a *reclaim unit* in each *reclaim
 * group*: the media that are erased together.
 */
#ifndef SPDK_NVME_SPEC_DATA_PLACEMENT_H
#define SPDK_NVME_SPEC_DATA_PLACEMENT_H

#include "spdk/assert.h"
#include "spdk/stdinc.h"

#ifdef __cplusplus
extern "C" {
#endif

/** What an I/O management receive command reads. */
enum spdk_nvme_fdp_mgmt_recv_mo {
	SPDK_NVME_FDP_IO_MGMT_RECV_NA = 0x00,   /**< Nothing. */
	SPDK_NVME_FDP_IO_MGMT_RECV_RUHS = 0x01, /**< struct spdk_nvme_fdp_ruhs. */
	SPDK_NVME_FDP_IO_MGMT_RECV_VS = 0xFF,   /**< The vendor's own. */
};

/** What an I/O management send command does. */
enum spdk_nvme_fdp_mgmt_send_mo {
	SPDK_NVME_FDP_IO_MGMT_SEND_NA = 0x00,   /**< Nothing. */
	SPDK_NVME_FDP_IO_MGMT_SEND_RUHU = 0x01, /**< Go on with another reclaim unit. */
	SPDK_NVME_FDP_IO_MGMT_SEND_VS = 0xFF,   /**< The vendor's own. */
};

/** A reclaim unit handle in a reclaim group. */
struct spdk_nvme_fdp_ruhs_desc {
	uint16_t pid;    /**< Placement identifier. */
	uint16_t ruhid;  /**< Reclaim unit handle. */
	uint32_t earutr; /**< Seconds that its unit is going to be used yet. 0: not told. */
	uint64_t ruamw;  /**< Logical blocks that can still be written to its unit. */
	uint8_t reserved[16];
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_nvme_fdp_ruhs_desc) == 32, "fixed by the specification");

/** The reclaim unit handles of a namespace. */
struct spdk_nvme_fdp_ruhs {
	uint8_t reserved[14];
	uint16_t nruhsd; /**< Entries of `ruhs_desc`. */
	struct spdk_nvme_fdp_ruhs_desc ruhs_desc[];
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_nvme_fdp_ruhs) == 16, "fixed by the specification");

/** How far handles keep data apart when the media are reorganised. */
enum spdk_nvme_fdp_ruh_type {
	/** They may be mixed with those of other handles then. */
	SPDK_NVME_FDP_RUHT_INITIALLY_ISOLATED = 0x1,
	/** They stay apart. */
	SPDK_NVME_FDP_RUHT_PERSISTENTLY_ISOLATED = 0x2,
};

/** A handle of a configuration. */
struct spdk_nvme_fdp_ruh_descriptor {
	uint8_t ruht; /**< enum spdk_nvme_fdp_ruh_type. */
	uint8_t reserved[3];
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_nvme_fdp_ruh_descriptor) == 4, "fixed by the specification");

/** A configuration. */
struct spdk_nvme_fdp_cfg_descriptor {
	/** Bytes of this descriptor, with what follows. */
	uint16_t ds;
	/** Attributes. */
	union {
		uint8_t raw;
		struct {
			/** Bits of a placement identifier that tell the reclaim group. */
			uint8_t rgif : 4;
			/** It has a volatile write cache. */
			uint8_t fdpvwc : 1;
			uint8_t rsvd1 : 2;
			/** It is valid. */
			uint8_t fdpcv : 1;
		} bits;
	} fdpa;
	/** Bytes of the vendor's own at the end. */
	uint8_t vss;
	/** Reclaim groups. */
	uint32_t nrg;
	/** Entries of `ruh_desc`. */
	uint16_t nruh;
	/** Placement identifiers of a namespace, less one. */
	uint16_t maxpids;
	/** Namespaces, at most. */
	uint32_t nns;
	/** Bytes of a reclaim unit, about. */
	uint64_t runs;
	/** Seconds that a reclaim unit stays in use, at most. 0: not told. */
	uint32_t erutl;
	uint8_t rsvd28[36];
	struct spdk_nvme_fdp_ruh_descriptor ruh_desc[];
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_nvme_fdp_cfg_descriptor) == 64, "fixed by the specification");

/** The log page of configurations. */
struct spdk_nvme_fdp_cfg_log_page {
	/** Configurations, less one. Each begins after the `ds` bytes of the one before. */
	uint16_t ncfg;
	uint8_t version;
	uint8_t reserved1;
	/** Bytes of the page. */
	uint32_t size;
	uint8_t reserved2[8];
	struct spdk_nvme_fdp_cfg_descriptor cfg_desc[];
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_nvme_fdp_cfg_log_page) == 16, "fixed by the specification");

/** Who chose a handle. */
enum spdk_nvme_fdp_ruh_attributes {
	SPDK_NVME_FDP_RUHA_UNUSED = 0x0,          /**< No namespace has it. */
	SPDK_NVME_FDP_RUHA_HOST_SPECIFIED = 0x1,  /**< The host, when it created a namespace. */
	SPDK_NVME_FDP_RUHA_CTRLR_SPECIFIED = 0x2, /**< The controller. */
};

/** The use of a handle. */
struct spdk_nvme_fdp_ruhu_descriptor {
	uint8_t ruha; /**< enum spdk_nvme_fdp_ruh_attributes. */
	uint8_t reserved[7];
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_nvme_fdp_ruhu_descriptor) == 8, "fixed by the specification");

/** The log page of the use of handles. */
struct spdk_nvme_fdp_ruhu_log_page {
	uint16_t nruh; /**< Entries of `ruhu_desc`. */
	uint8_t reserved[6];
	struct spdk_nvme_fdp_ruhu_descriptor ruhu_desc[];
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_nvme_fdp_ruhu_log_page) == 8, "fixed by the specification");

/** The log page of statistics, numbers of 128 bits. */
struct spdk_nvme_fdp_stats_log_page {
	uint64_t hbmw[2]; /**< Bytes that hosts wrote, with metadata. */
	uint64_t mbmw[2]; /**< Bytes that were written to the media, with metadata. */
	uint64_t mbe[2];  /**< Bytes of the media that were erased. */
	uint8_t rsvd48[16];
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_nvme_fdp_stats_log_page) == 64, "fixed by the specification");

/** Which events the log page is to have: `lsp` of the command. */
enum spdk_nvme_fdp_report_event_type {
	SPDK_NVME_FDP_REPORT_CTRL_EVENTS = 0x0,
	SPDK_NVME_FDP_REPORT_HOST_EVENTS = 0x1,
};

/** Types of events: those that hosts cause, and, from 0x80 on, those of the controller. */
enum spdk_nvme_fdp_event_type {
	/** A reclaim unit was left before it was full. */
	SPDK_NVME_FDP_EVENT_RU_NOT_WRITTEN_CAPACITY = 0x0,
	/** A reclaim unit was used for too long. */
	SPDK_NVME_FDP_EVENT_RU_TIME_LIMIT_EXCEEDED = 0x1,
	/** A reset changed where handles lead. */
	SPDK_NVME_FDP_EVENT_CTRLR_RESET_MODIFY_RUH = 0x2,
	/** A write had a placement identifier that is not there. */
	SPDK_NVME_FDP_EVENT_INVALID_PLACEMENT_ID = 0x3,
	/** Data were moved. */
	SPDK_NVME_FDP_EVENT_MEDIA_REALLOCATED = 0x80,
	/** The controller changed where a handle leads. */
	SPDK_NVME_FDP_EVENT_IMPLICIT_MODIFIED_RUH = 0x81,
};

/** A type of events that a placement handle can report. */
struct spdk_nvme_fdp_event_desc {
	uint8_t fdp_etype; /**< enum spdk_nvme_fdp_event_type. */
	union {
		uint8_t raw;
		struct {
			uint8_t fdp_ee : 1; /**< Reported. */
			uint8_t reserved : 7;
		} bits;
	} fdpeta;
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_nvme_fdp_event_desc) == 2, "fixed by the specification");

#pragma pack(push, 1)

/** What an event says besides when data were moved. */
struct spdk_nvme_fdp_event_media_reallocated {
	union {
		uint8_t raw;
		struct {
			uint8_t lbav : 1; /**< `lba` is valid. */
			uint8_t reserved : 7;
		} bits;
	} sef;
	uint8_t reserved1;
	uint16_t nlbam; /**< Logical blocks that were moved. */
	uint64_t lba;   /**< One of them. */
	uint8_t reserved2[4];
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_nvme_fdp_event_media_reallocated) == 16,
		   "fixed by the specification");

/** An event. */
struct spdk_nvme_fdp_event {
	uint8_t etype; /**< enum spdk_nvme_fdp_event_type. */
	/** What is valid. */
	union {
		uint8_t raw;
		struct {
			uint8_t piv : 1;   /**< `pid`. */
			uint8_t nsidv : 1; /**< `nsid`. */
			uint8_t lv : 1;    /**< `rgid` and `ruhid`. */
			uint8_t reserved : 5;
		} bits;
	} fdpef;
	uint16_t pid;       /**< Placement identifier. */
	uint64_t timestamp; /**< As the feature timestamp. */
	uint32_t nsid;
	uint64_t event_type_specific[2];
	uint16_t rgid;  /**< Reclaim group. */
	uint16_t ruhid; /**< Reclaim unit handle. */
	uint8_t reserved[4];
	uint8_t vs[24]; /**< The vendor's own. */
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_nvme_fdp_event) == 64, "fixed by the specification");

#pragma pack(pop)

/** The log page of events, the oldest first. */
struct spdk_nvme_fdp_events_log_page {
	uint32_t nevents; /**< Entries of `event`. */
	uint8_t reserved[60];
	struct spdk_nvme_fdp_event event[];
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_nvme_fdp_events_log_page) == 64,
		   "fixed by the specification");

#ifdef __cplusplus
}
#endif

#endif /* SPDK_NVME_SPEC_DATA_PLACEMENT_H */
