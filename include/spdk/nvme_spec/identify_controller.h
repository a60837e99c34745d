/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * \file
 * What a controller tells of itself.
 */
#ifndef SPDK_NVME_SPEC_IDENTIFY_CONTROLLER_H
#define SPDK_NVME_SPEC_IDENTIFY_CONTROLLER_H

#include "spdk/assert.h"
#include "spdk/nvme_spec/register.h"
#include "spdk/stdinc.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Bytes of text and of numbers that have more than eight. Text is filled up with blanks. */
#define SPDK_NVME_CTRLR_SN_LEN      20
#define SPDK_NVME_CTRLR_MN_LEN      40
#define SPDK_NVME_CTRLR_FR_LEN      8
#define SPDK_NVME_CTRLR_MEGCAP_LEN  16
#define SPDK_NVME_MAXDNA_FIELD_SIZE 16
/** Room for an NQN, which ends with NUL. */
#define SPDK_NVME_NQN_FIELD_SIZE 256

/** What a controller is for. */
enum spdk_nvme_ctrlr_type {
	SPDK_NVME_CTRLR_IO = 0x1,             /**< I/O. */
	SPDK_NVME_CTRLR_DISCOVERY = 0x2,      /**< Telling hosts where subsystems are. */
	SPDK_NVME_CTRLR_ADMINISTRATIVE = 0x3, /**< Managing a subsystem. */
};

/** A power state. */
struct spdk_nvme_power_state {
	/** Most power it takes, in units of 0.01 W, or of 0.0001 W where `mps` is set. */
	uint16_t mp;
	uint8_t reserved1;
	/** Unit of `mp`. */
	uint8_t mps : 1;
	/** No I/O in this state. */
	uint8_t nops : 1;
	uint8_t reserved2 : 6;
	/** Microseconds to enter it. */
	uint32_t enlat;
	/** Microseconds to leave it. */
	uint32_t exlat;
	/** Rank among the states by throughput of reads; 0 is the best. */
	uint8_t rrt : 5;
	uint8_t reserved3 : 3;
	/** Rank by latency of reads. */
	uint8_t rrl : 5;
	uint8_t reserved4 : 3;
	/** Rank by throughput of writes. */
	uint8_t rwt : 5;
	uint8_t reserved5 : 3;
	/** Rank by latency of writes. */
	uint8_t rwl : 5;
	uint8_t reserved6 : 3;
	/** Power when there is nothing to do, in the unit of `ips`. */
	uint16_t idlp;
	uint8_t reserved7 : 6;
	/** 0: not told; 1: 0.0001 W; 2: 0.01 W. */
	uint8_t ips : 2;
	uint8_t reserved8;
	/** Power at work, in the unit of `aps`. */
	uint16_t actp;
	/** The work that `actp` is measured with. */
	uint8_t apw : 3;
	uint8_t reserved9 : 3;
	/** As `ips`. */
	uint8_t aps : 2;
	uint8_t reserved10[9];
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_nvme_power_state) == 32, "fixed by the specification");

/** Where controllers of a fabric come from. */
enum spdk_nvmf_ctrlr_model {
	/** One is made for each host that connects. */
	SPDK_NVMF_CTRLR_MODEL_DYNAMIC = 0,
	/** They are there, and a host may ask for a certain one. */
	SPDK_NVMF_CTRLR_MODEL_STATIC = 1,
};

/** Whether SGLs can be used. */
enum spdk_nvme_sgls_supported {
	/** No. */
	SPDK_NVME_SGLS_NOT_SUPPORTED = 0,
	/** Yes. */
	SPDK_NVME_SGLS_SUPPORTED = 1,
	/** Where addresses and lengths are multiples of 4. */
	SPDK_NVME_SGLS_SUPPORTED_DWORD_ALIGNED = 2,
};

/** Whether a flush may be for all namespaces. */
enum spdk_nvme_flush_broadcast {
	SPDK_NVME_FLUSH_BROADCAST_NOT_INDICATED = 0, /**< Not told. */
	SPDK_NVME_FLUSH_BROADCAST_NOT_SUPPORTED = 2, /**< No. */
	SPDK_NVME_FLUSH_BROADCAST_SUPPORTED = 3,     /**< Yes. */
};

/** What only controllers of a fabric have. */
struct spdk_nvme_cdata_nvmf_specific {
	/** Command capsule of an I/O queue, in units of 16 bytes. */
	uint32_t ioccsz;
	/** Response capsule of an I/O queue, in units of 16 bytes. */
	uint32_t iorcsz;
	/** Where data begin in a capsule after the command, in units of 16 bytes. */
	uint16_t icdoff;
	struct {
		uint8_t ctrlr_model : 1; /**< enum spdk_nvmf_ctrlr_model. */
		uint8_t reserved : 7;
	} ctrattr;
	/** Data descriptors of a command. 0: no limit. */
	uint8_t msdbd;
	struct {
		uint16_t disconnect : 1; /**< I/O queues can be disconnected one by one. */
		uint16_t reserved : 15;
	} ofcs;
	uint8_t reserved[242];
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_nvme_cdata_nvmf_specific) == 256,
		   "fixed by the specification");

/** SGLS, what scatter gather lists can be. */
struct spdk_nvme_cdata_sgls {
	uint32_t supported : 2; /**< enum spdk_nvme_sgls_supported. */
	uint32_t keyed_sgl : 1; /**< Descriptors with keys. */
	uint32_t reserved1 : 13;
	uint32_t bit_bucket_descriptor : 1; /**< Bit buckets. */
	uint32_t metadata_pointer : 1;      /**< Metadata in one piece at `mptr`. */
	uint32_t oversized_sgl : 1;         /**< Lists that are longer than the data. */
	uint32_t metadata_address : 1;      /**< Metadata by a list, SPDK_NVME_PSDT_SGL_MPTR_SGL. */
	uint32_t sgl_offset : 1;            /**< Addresses that are offsets. */
	uint32_t transport_sgl : 1;         /**< Data that the transport knows the way to. */
	uint32_t reserved2 : 10;
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_nvme_cdata_sgls) == 4, "fixed by the specification");

/** ONCS, I/O commands that it has. */
struct spdk_nvme_cdata_oncs {
	union {
		uint16_t raw;
		struct {
			/** Compare. */
			uint16_t nvmcmps : 1;
			/** Write uncorrectable. */
			uint16_t nvmwusv : 1;
			/** Dataset management. */
			uint16_t nvmdsmsv : 1;
			/** Write zeroes. */
			uint16_t nvmwzsv : 1;
			/** Features can be saved, and their defaults read. */
			uint16_t ssfs : 1;
			/** Reservations. */
			uint16_t reservs : 1;
			/** The feature timestamp. */
			uint16_t tss : 1;
			/** Verify. */
			uint16_t nvmvfys : 1;
			/** Copy. */
			uint16_t nvmcpys : 1;
			uint16_t rsvd : 7;
		};
	};
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_nvme_cdata_oncs) == 2, "fixed by the specification");

/** OACS, admin commands that it has. */
struct spdk_nvme_cdata_oacs {
	uint16_t ssrs : 1;  /**< Security send and receive. */
	uint16_t fnvms : 1; /**< Format NVM. */
	uint16_t fwds : 1;  /**< Firmware commit and download. */
	uint16_t nms : 1;   /**< Namespace management and attachment. */
	uint16_t dsts : 1;  /**< Device self-test. */
	uint16_t dirs : 1;  /**< Directive send and receive. */
	uint16_t nsrs : 1;  /**< NVMe-MI send and receive. */
	uint16_t vms : 1;   /**< Virtualization management. */
	uint16_t dbcs : 1;  /**< Doorbell buffer config. */
	uint16_t glss : 1;  /**< Get LBA status. */
	uint16_t cfls : 1;  /**< Lockdown of commands and features. */
	uint16_t hmlms : 1; /**< Live migration by the host. */
	uint16_t rsvd : 4;
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_nvme_cdata_oacs) == 2, "fixed by the specification");

/** FUSES, commands that can be fused. */
struct spdk_nvme_cdata_fuses {
	union {
		uint16_t raw;
		struct {
			uint16_t fcws : 1; /**< Compare, then write. */
			uint16_t rsvd : 15;
		};
	};
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_nvme_cdata_fuses) == 2, "fixed by the specification");

/** OAES, events that it can report. */
struct spdk_nvme_cdata_oaes {
	uint32_t reserved1 : 8;
	uint32_t ns_attribute_notices : 1;  /**< Namespaces changed. */
	uint32_t fw_activation_notices : 1; /**< Firmware is being activated. */
	uint32_t reserved2 : 1;
	uint32_t ana_change_notices : 1;    /**< States of ANA groups changed. */
	uint32_t pleal_change_notices : 1;  /**< Predictable latency events came. */
	uint32_t lba_sia_notices : 1;       /**< LBA status information is to be read. */
	uint32_t egealp_change_notices : 1; /**< Endurance group events came. */
	uint32_t nnvm_sse : 1;              /**< The subsystem is being shut down. */
	uint32_t reserved3 : 11;
	uint32_t zdes_change_notices : 1; /**< Descriptors of zones changed. */
	uint32_t reserved4 : 3;
	uint32_t discovery_log_change_notices : 1; /**< The discovery log changed. */
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_nvme_cdata_oaes) == 4, "fixed by the specification");

/** CTRATT, what kind of controller it is. */
union spdk_nvme_cdata_ctratt {
	uint32_t raw;
	struct {
		/** Host identifiers of 128 bits. */
		uint32_t hids : 1;
		/** Non-operational power states may be exceeded, if the host permits. */
		uint32_t nopspm : 1;
		/** NVM sets. */
		uint32_t nsets : 1;
		/** Read recovery levels. */
		uint32_t rrlvls : 1;
		/** Endurance groups. */
		uint32_t egs : 1;
		/** Predictable latency mode. */
		uint32_t plm : 1;
		/** Any command is a sign of life of the host. */
		uint32_t tbkas : 1;
		/** Granularity of namespaces is told. */
		uint32_t ng : 1;
		/** Submission queues belong to NVM sets. */
		uint32_t sqa : 1;
		/** A list of UUIDs. */
		uint32_t ulist : 1;
		/** The subsystem has several domains. */
		uint32_t mds : 1;
		/** Capacity in fixed pieces. */
		uint32_t fcm : 1;
		/** Capacity in any piece. */
		uint32_t vcm : 1;
		/** Endurance groups can be deleted. */
		uint32_t deg : 1;
		/** NVM sets can be deleted. */
		uint32_t dnvms : 1;
		/** Extended formats of logical blocks. */
		uint32_t elbas : 1;
		/** MDTS and other limits do not count metadata. */
		uint32_t mem : 1;
		uint32_t reserved1 : 2;
		/** Flexible data placement. */
		uint32_t fdps : 1;
		uint32_t reserved2 : 12;
	};
	/** The names that these bits had before. Deprecated. */
	struct {
		uint32_t host_id_exhid_supported : 1;
		uint32_t non_operational_power_state_permissive_mode : 1;
		uint32_t nvm_sets : 1;
		uint32_t read_recovery_levels : 1;
		uint32_t endurance_groups : 1;
		uint32_t predictable_latency_mode : 1;
		uint32_t tbkas : 1;
		uint32_t namespace_granularity : 1;
		uint32_t sq_associations : 1;
		uint32_t uuid_list : 1;
		uint32_t mds : 1;
		uint32_t fixed_capacity_management : 1;
		uint32_t variable_capacity_management : 1;
		uint32_t delete_endurance_group : 1;
		uint32_t delete_nvm_set : 1;
		uint32_t elbas : 1;
		uint32_t mem : 1;
		uint32_t reserved1 : 2;
		uint32_t fdps : 1;
		uint32_t reserved2 : 12;
	} bits;
};
SPDK_STATIC_ASSERT(sizeof(union spdk_nvme_cdata_ctratt) == 4, "fixed by the specification");

#pragma pack(push, 1)

/** The answer to SPDK_NVME_IDENTIFY_CTRLR. */
struct spdk_nvme_ctrlr_data {
	/** PCI vendor. */
	uint16_t vid;
	/** PCI subsystem vendor. */
	uint16_t ssvid;
	/** Serial number. */
	int8_t sn[SPDK_NVME_CTRLR_SN_LEN];
	/** Model. */
	int8_t mn[SPDK_NVME_CTRLR_MN_LEN];
	/** Firmware revision. */
	uint8_t fr[SPDK_NVME_CTRLR_FR_LEN];
	/** Burst of arbitration to use, 1 << this commands. */
	uint8_t rab;
	/** OUI of the vendor, lowest byte first. */
	uint8_t ieee[3];
	/** The subsystem that it is part of. */
	struct {
		uint8_t mports : 1; /**< It may have several ports. */
		uint8_t mctrs : 1;  /**< It may have several controllers. */
		uint8_t ft : 1;     /**< This one is of an SR-IOV virtual function. */
		uint8_t anars : 1;  /**< Accesses of namespaces are not all the same: ANA. */
		uint8_t rsvd : 4;
	} cmic;
	/** Data of a command, in pages of CAP.MPSMIN, 1 << this. 0: no limit. */
	uint8_t mdts;
	/** Identifier within the subsystem. */
	uint16_t cntlid;
	/** Version of the specification. */
	union spdk_nvme_vs_register ver;
	/** Microseconds to wake from the runtime state D3. */
	uint32_t rtd3r;
	/** Microseconds to go there. */
	uint32_t rtd3e;
	struct spdk_nvme_cdata_oaes oaes;
	union spdk_nvme_cdata_ctratt ctratt;
	/** Read recovery levels, a set of bits. */
	uint16_t rrls;
	uint8_t reserved_102[9];
	/** enum spdk_nvme_ctrlr_type. 0: not told. */
	uint8_t cntrltype;
	/** Globally unique identifier of the part that can be exchanged. */
	uint8_t fguid[16];
	/** What `crd` of a status means, in units of 100 ms. */
	uint16_t crdt[3];
	uint8_t reserved_134[119];
	struct {
		uint8_t nvmesd : 1; /**< The subsystem is part of a storage device. */
		uint8_t nvmee : 1;  /**< The subsystem is part of an enclosure. */
		uint8_t nvmsr_rsvd : 6;
	} nvmsr;
	struct {
		uint8_t vwcr : 7;  /**< Times that the vital product data may still be written. */
		uint8_t vwcrv : 1; /**< `vwcr` is valid. */
	} vwci;
	struct {
		uint8_t smbusme : 1; /**< Managed by SMBus. */
		uint8_t pcieme : 1;  /**< Managed by PCIe. */
		uint8_t mec_rsvd : 6;
	} mec;
	struct spdk_nvme_cdata_oacs oacs;
	/** Abort commands at a time, less one. */
	uint8_t acl;
	/** Requests for events at a time, less one. */
	uint8_t aerl;
	struct {
		uint8_t slot1_ro : 1;                  /**< The first slot is read only. */
		uint8_t num_slots : 3;                 /**< Slots of firmware. */
		uint8_t activation_without_reset : 1;  /**< Activated without a reset. */
		uint8_t multiple_update_detection : 1; /**< It tells when updates overlap. */
		uint8_t frmw_rsvd : 2;
	} frmw;
	/** Log pages. */
	struct {
		uint8_t smarts : 1; /**< Health for each namespace. */
		uint8_t cses : 1;   /**< Commands and their effects. */
		uint8_t lpeds : 1;  /**< Offsets into pages, and long ones. */
		uint8_t ts : 1;     /**< Telemetry. */
		uint8_t pes : 1;    /**< The persistent event log. */
		uint8_t mlps : 1;   /**< Pages 0, 0x12 and 0x13. */
		uint8_t da4s : 1;   /**< Data area 4 of telemetry. */
		uint8_t rsvd : 1;
	} lpa;
	/** Entries of the error log, less one. */
	uint8_t elpe;
	/** Power states, less one. */
	uint8_t npss;
	struct {
		/** The vendor's admin commands have the standard format. */
		uint8_t spec_format : 1;
		uint8_t avscc_rsvd : 7;
	} avscc;
	struct {
		/** Power states change by themselves, if the host permits. */
		uint8_t supported : 1;
		uint8_t apsta_rsvd : 7;
	} apsta;
	/** Kelvin, from where on it warns. */
	uint16_t wctemp;
	/** Kelvin, from where on it may fail. */
	uint16_t cctemp;
	/** Time for activating firmware, in units of 100 ms. 0: not told. */
	uint16_t mtfa;
	/** Memory of the host that it would like, in units of 4 KiB. */
	uint32_t hmpre;
	/** Memory of the host that is of use, in units of 4 KiB. */
	uint32_t hmmin;
	/** Bytes. */
	uint64_t tnvmcap[2];
	/** Bytes that no namespace has. */
	uint64_t unvmcap[2];
	/** Replay protected memory blocks. */
	struct {
		uint8_t num_rpmb_units : 3;
		uint8_t auth_method : 3; /**< 0: HMAC SHA-256. */
		uint8_t reserved1 : 2;
		uint8_t reserved2;
		uint8_t total_size;  /**< Of each, in units of 128 KiB, less one. */
		uint8_t access_size; /**< Of one access, in units of 512 bytes, less one. */
	} rpmbs;
	/** Minutes of an extended self-test. */
	uint16_t edstt;
	/** Self-tests. */
	union {
		uint8_t raw;
		struct {
			uint8_t one_only : 1; /**< One in the subsystem at a time. */
			uint8_t reserved : 7;
		} bits;
	} dsto;
	/** Pieces that firmware is downloaded in, in units of 4 KiB. 0: not told; 255: any. */
	uint8_t fwug;
	/** Granularity of the keep alive timer, in units of 100 ms. 0: there is none. */
	uint16_t kas;
	/** Thermal management by the host. */
	union {
		uint16_t raw;
		struct {
			uint16_t supported : 1;
			uint16_t reserved : 15;
		} bits;
	} hctma;
	/** Kelvin, the lowest that it may be told. */
	uint16_t mntmt;
	/** Kelvin, the highest that it may be told. */
	uint16_t mxtmt;
	/** Ways to sanitize. */
	union {
		uint32_t raw;
		struct {
			uint32_t crypto_erase : 1;
			uint32_t block_erase : 1;
			uint32_t overwrite : 1;
			uint32_t reserved : 29;
		} bits;
	} sanicap;
	/** Smallest piece of memory of the host, in units of 4 KiB. 0: no limit. */
	uint32_t hmminds;
	/** Pieces of memory of the host. 0: no limit. */
	uint16_t hmmaxd;
	/** Highest number of an NVM set. */
	uint16_t nsetidmax;
	/** Highest number of an endurance group. */
	uint16_t endgidmax;
	/** Seconds that a change of an ANA state takes, at most. */
	uint8_t anatt;
	/** States of ANA groups that there can be. */
	struct {
		uint8_t ana_optimized_state : 1;
		uint8_t ana_non_optimized_state : 1;
		uint8_t ana_inaccessible_state : 1;
		uint8_t ana_persistent_loss_state : 1;
		uint8_t ana_change_state : 1;
		uint8_t reserved : 1;
		/** The group of a namespace does not change while it is attached. */
		uint8_t no_change_anagrpid : 1;
		/** Namespaces may be created in a given group. */
		uint8_t non_zero_anagrpid : 1;
	} anacap;
	/** Highest number of an ANA group. */
	uint32_t anagrpmax;
	/** ANA groups. */
	uint32_t nanagrpid;
	/** Size of the persistent event log, in units of 64 KiB. */
	uint32_t pels;
	/** The domain that it belongs to. 0: there are none. */
	uint16_t domain_identifier;
	uint8_t reserved3[10];
	/** Bytes of one endurance group, at most. */
	uint8_t megcap[SPDK_NVME_CTRLR_MEGCAP_LEN];
	uint8_t reserved384[128];
	/** Size of an entry of an I/O submission queue, 1 << this bytes. */
	struct {
		uint8_t min : 4;
		uint8_t max : 4;
	} sqes;
	/** Size of an entry of an I/O completion queue, 1 << this bytes. */
	struct {
		uint8_t min : 4;
		uint8_t max : 4;
	} cqes;
	/** Commands of a queue at a time. 0: not told. */
	uint16_t maxcmd;
	/** Highest number of a namespace. */
	uint32_t nn;
	struct spdk_nvme_cdata_oncs oncs;
	struct spdk_nvme_cdata_fuses fuses;
	/** Format NVM. */
	struct {
		uint8_t format_all_ns : 1;          /**< Always formats all namespaces. */
		uint8_t erase_all_ns : 1;           /**< Always erases all namespaces. */
		uint8_t crypto_erase_supported : 1; /**< Can erase by forgetting a key. */
		uint8_t reserved : 5;
	} fna;
	/** Volatile write cache. */
	struct {
		uint8_t present : 1;
		uint8_t flush_broadcast : 2; /**< enum spdk_nvme_flush_broadcast. */
		uint8_t reserved : 5;
	} vwc;
	/** Writes that are atomic for readers: logical blocks, less one. */
	uint16_t awun;
	/** Writes that are atomic for loss of power: logical blocks, less one. */
	uint16_t awupf;
	/** Bit 0: the vendor's I/O commands have the standard format. */
	uint8_t nvscc;
	/** Write protection. Bit 0: there is; 1: until loss of power; 2: for ever. */
	uint8_t nwpc;
	/** Compare and write that is atomic: logical blocks, less one. */
	uint16_t acwu;
	/** Formats of the source ranges of a copy. */
	struct {
		uint16_t copy_format0 : 1;
		uint16_t reserved1 : 15;
	} ocfs;
	struct spdk_nvme_cdata_sgls sgls;
	/** Namespaces, at most. 0: `nn`. */
	uint32_t mnan;
	/** Attachments of namespaces in the domain, at most. 0: no limit. */
	uint8_t maxdna[SPDK_NVME_MAXDNA_FIELD_SIZE];
	/** Attachments of namespaces of this one, at most. 0: no limit. */
	uint32_t maxcna;
	uint8_t reserved4[204];
	/** NQN of the subsystem, which ends with NUL. */
	uint8_t subnqn[SPDK_NVME_NQN_FIELD_SIZE];
	uint8_t reserved5[768];
	struct spdk_nvme_cdata_nvmf_specific nvmf_specific;
	/** `npss` + 1 are valid. */
	struct spdk_nvme_power_state psd[32];
	/** The vendor's own. */
	uint8_t vs[1024];
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_nvme_ctrlr_data) == 4096, "fixed by the specification");

#pragma pack(pop)

/**
 * The answer to SPDK_NVME_IDENTIFY_CTRLR_IOCS for the NVM command set. 0: no limit, or not told.
 */
struct spdk_nvme_nvm_ctrlr_data {
	uint8_t vsl;    /**< Verify, in pages of CAP.MPSMIN, 1 << this. */
	uint8_t wzsl;   /**< Write zeroes, in pages of CAP.MPSMIN, 1 << this. */
	uint8_t wusl;   /**< Write uncorrectable, in pages of CAP.MPSMIN, 1 << this. */
	uint8_t dmrl;   /**< Ranges of a dataset management command. */
	uint32_t dmrsl; /**< Logical blocks of such a range. */
	uint64_t dmsl;  /**< Logical blocks of such a command. */
	uint8_t rsvd16[4080];
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_nvme_nvm_ctrlr_data) == 4096, "fixed by the specification");

#pragma pack(push, 1)

/**
 * Queues (VQ) and interrupts (VI) that a primary controller has, and lends to its secondary ones.
 */
struct spdk_nvme_primary_ctrl_capabilities {
	uint16_t cntlid; /**< Identifier of the controller. */
	uint16_t portid; /**< Port. */
	/** What can be lent. */
	struct {
		uint8_t vq_supported : 1;
		uint8_t vi_supported : 1;
		uint8_t reserved : 6;
	} crt;
	uint8_t reserved[27];
	uint32_t vqfrt;  /**< Queues that can be lent. */
	uint32_t vqrfa;  /**< Those of them that secondary controllers have. */
	uint16_t vqrfap; /**< Those of them that this one has. */
	uint16_t vqprt;  /**< Queues of its own. */
	uint16_t vqfrsm; /**< Queues of a secondary controller, at most. */
	uint16_t vqgran; /**< Best lent in multiples of this. */
	uint8_t reserved1[16];
	uint32_t vifrt;  /**< Interrupts that can be lent. */
	uint32_t virfa;  /**< Those of them that secondary controllers have. */
	uint16_t virfap; /**< Those of them that this one has. */
	uint16_t viprt;  /**< Interrupts of its own. */
	uint16_t vifrsm; /**< Interrupts of a secondary controller, at most. */
	uint16_t vigran; /**< Best lent in multiples of this. */
	uint8_t reserved2[4016];
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_nvme_primary_ctrl_capabilities) == 4096,
		   "fixed by the specification");

/** A secondary controller. */
struct spdk_nvme_secondary_ctrl_entry {
	uint16_t scid; /**< Its identifier. */
	uint16_t pcid; /**< That of its primary controller. */
	/** Its state. */
	struct {
		uint8_t is_online : 1;
		uint8_t reserved : 7;
	} scs;
	uint8_t reserved[3];
	uint16_t vfn; /**< Number of the virtual function. 0: it is none. */
	uint16_t nvq; /**< Queues that it has on loan. */
	uint16_t nvi; /**< Interrupts that it has on loan. */
	uint8_t reserved1[18];
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_nvme_secondary_ctrl_entry) == 32,
		   "fixed by the specification");

/** Secondary controllers, in order. */
struct spdk_nvme_secondary_ctrl_list {
	uint8_t number; /**< Valid entries. */
	uint8_t reserved[31];
	struct spdk_nvme_secondary_ctrl_entry entries[127];
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_nvme_secondary_ctrl_list) == 4096,
		   "fixed by the specification");

#pragma pack(pop)

#ifdef __cplusplus
}
#endif

#endif /* SPDK_NVME_SPEC_IDENTIFY_CONTROLLER_H */
