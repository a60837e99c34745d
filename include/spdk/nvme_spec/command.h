/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * \file
 * What goes into a submission queue and what comes out of a completion queue.
 */
#ifndef SPDK_NVME_SPEC_COMMAND_H
#define SPDK_NVME_SPEC_COMMAND_H

#include "spdk/assert.h"
#include "spdk/nvme_spec/feature.h"
#include "spdk/nvme_spec/opcode.h"
#include "spdk/nvme_spec/status.h"
#include "spdk/stdinc.h"

#ifdef __cplusplus
extern "C" {
#endif

/** As the namespace of a command: all of them, or none in particular. */
#define SPDK_NVME_GLOBAL_NS_TAG ((uint32_t)0xFFFFFFFF)

/** I/O queues of a controller, at most. */
#define SPDK_NVME_MAX_IO_QUEUES (65535)

/* Entries of a queue. One always stays free, so that a full queue differs from an empty one. */
#define SPDK_NVME_QUEUE_MIN_ENTRIES       (2)
#define SPDK_NVME_ADMIN_QUEUE_MIN_ENTRIES SPDK_NVME_QUEUE_MIN_ENTRIES
#define SPDK_NVME_ADMIN_QUEUE_MAX_ENTRIES 4096
#define SPDK_NVME_IO_QUEUE_MIN_ENTRIES    SPDK_NVME_QUEUE_MIN_ENTRIES
#define SPDK_NVME_IO_QUEUE_MAX_ENTRIES    65536
/** Some controllers want a multiple of this for their admin queues. */
#define SPDK_NVME_ADMIN_QUEUE_QUIRK_ENTRIES_MULTIPLE 64

/** What a descriptor of a scatter gather list is. */
enum spdk_nvme_sgl_descriptor_type {
	/** Data, with an address and a length. */
	SPDK_NVME_SGL_TYPE_DATA_BLOCK = 0x0,
	/** Data that are dropped when they are read. */
	SPDK_NVME_SGL_TYPE_BIT_BUCKET = 0x1,
	/** Where the list goes on. */
	SPDK_NVME_SGL_TYPE_SEGMENT = 0x2,
	/** Where the list goes on to its end. */
	SPDK_NVME_SGL_TYPE_LAST_SEGMENT = 0x3,
	/** Data in memory of the host, with a key for RDMA. */
	SPDK_NVME_SGL_TYPE_KEYED_DATA_BLOCK = 0x4,
	/** Data that the transport knows the way to. */
	SPDK_NVME_SGL_TYPE_TRANSPORT_DATA_BLOCK = 0x5,
	/** The vendor's own. */
	SPDK_NVME_SGL_TYPE_VENDOR_SPECIFIC = 0xF,
};

/** What the address of a descriptor is. */
enum spdk_nvme_sgl_descriptor_subtype {
	/** An address. */
	SPDK_NVME_SGL_SUBTYPE_ADDRESS = 0x0,
	/** An offset from where the capsule has its data. */
	SPDK_NVME_SGL_SUBTYPE_OFFSET = 0x1,
	/** Something of the transport's. */
	SPDK_NVME_SGL_SUBTYPE_TRANSPORT = 0xa,
};

#pragma pack(push, 1)

/** An element of a scatter gather list. */
struct spdk_nvme_sgl_descriptor {
	uint64_t address;
	/** The types tell which of these it is; they are in the same place in all. */
	union {
		struct {
			uint8_t reserved[7];
			uint8_t subtype : 4; /**< enum spdk_nvme_sgl_descriptor_subtype. */
			uint8_t type : 4;    /**< enum spdk_nvme_sgl_descriptor_type. */
		} generic;
		struct {
			uint32_t length; /**< Bytes. */
			uint8_t reserved[3];
			uint8_t subtype : 4;
			uint8_t type : 4;
		} unkeyed;
		struct {
			uint64_t length : 24; /**< Bytes. */
			uint64_t key : 32;    /**< Steering tag of the memory. */
			uint64_t subtype : 4;
			uint64_t type : 4;
		} keyed;
	};
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_nvme_sgl_descriptor) == 16, "fixed by the specification");

#pragma pack(pop)

/** How a command tells where its data are. */
enum spdk_nvme_psdt_value {
	SPDK_NVME_PSDT_PRP = 0x0,             /**< By PRPs. */
	SPDK_NVME_PSDT_SGL_MPTR_CONTIG = 0x1, /**< By an SGL; metadata in one piece at `mptr`. */
	SPDK_NVME_PSDT_SGL_MPTR_SGL = 0x2,    /**< By an SGL; metadata by another at `mptr`. */
	SPDK_NVME_PSDT_RESERVED = 0x3,
};

/** Class of a submission queue, with weighted round robin. */
enum spdk_nvme_qprio {
	SPDK_NVME_QPRIO_URGENT = 0x0,
	SPDK_NVME_QPRIO_HIGH = 0x1,
	SPDK_NVME_QPRIO_MEDIUM = 0x2,
	SPDK_NVME_QPRIO_LOW = 0x3,
};

/** Commands that are executed as one. */
enum spdk_nvme_cmd_fuse {
	SPDK_NVME_CMD_FUSE_NONE = 0x0,   /**< On its own. */
	SPDK_NVME_CMD_FUSE_FIRST = 0x1,  /**< The first of two. */
	SPDK_NVME_CMD_FUSE_SECOND = 0x2, /**< The second of two. */
	SPDK_NVME_CMD_FUSE_MASK = 0x3,
};

/** Bits of enum spdk_nvme_qprio. */
#define SPDK_NVME_CREATE_IO_SQ_QPRIO_MASK 0x3

/** Dword 10 of commands. */
union spdk_nvme_cmd_cdw10 {
	uint32_t raw;
	struct {
		uint32_t cns : 8; /**< enum spdk_nvme_identify_cns. */
		uint32_t reserved : 8;
		uint32_t cntid : 16; /**< Controller, where `cns` asks for one. */
	} identify;
	struct {
		uint32_t lid : 8;    /**< enum spdk_nvme_log_page. */
		uint32_t lsp : 7;    /**< Specific to the page. */
		uint32_t rae : 1;    /**< Leave the event that led here pending. */
		uint32_t numdl : 16; /**< Dwords to read, less one; lower half. */
	} get_log_page;
	struct {
		uint32_t sqid : 16; /**< Queue of the command. */
		uint32_t cid : 16;  /**< Identifier of the command. */
	} abort;
	struct {
		uint32_t nssf : 8;  /**< NVMe security specific field. */
		uint32_t spsp0 : 8; /**< Specific to the protocol, lower byte. */
		uint32_t spsp1 : 8; /**< Specific to the protocol, upper byte. */
		uint32_t secp : 8;  /**< Security protocol, a number of SPC's. */
	} sec_send_recv;
	struct {
		uint32_t qid : 16;
		uint32_t qsize : 16; /**< Entries, less one. */
	} create_io_q;
	struct {
		uint32_t qid : 16;
		uint32_t reserved : 16;
	} delete_io_q;
	struct {
		/** enum spdk_nvme_feat. */
		uint32_t fid : 8;
		/** 0: current value; 1: default; 2: saved; 3: capabilities. */
		uint32_t sel : 3;
		uint32_t reserved : 21;
	} get_features;
	struct {
		uint32_t fid : 8; /**< enum spdk_nvme_feat. */
		uint32_t reserved : 23;
		uint32_t sv : 1; /**< Keep it over a reset and without power. */
	} set_features;
	struct {
		uint32_t sel : 4; /**< enum spdk_nvme_ns_attach_type. */
		uint32_t reserved : 28;
	} ns_attach;
	struct {
		uint32_t sel : 4; /**< enum spdk_nvme_ns_management_type. */
		uint32_t reserved : 28;
	} ns_manage;
	struct {
		uint32_t nr : 8; /**< Ranges, less one. */
		uint32_t reserved : 24;
	} dsm;
	struct {
		uint32_t rrega : 3; /**< enum spdk_nvme_reservation_register_action. */
		uint32_t iekey : 1; /**< Do not compare the current key. */
		uint32_t reserved : 26;
		uint32_t cptpl : 2; /**< enum spdk_nvme_reservation_register_cptpl. */
	} resv_register;
	struct {
		uint32_t rrela : 3; /**< enum spdk_nvme_reservation_release_action. */
		uint32_t iekey : 1; /**< Do not compare the current key. */
		uint32_t reserved1 : 4;
		uint32_t rtype : 8; /**< enum spdk_nvme_reservation_type. */
		uint32_t reserved2 : 16;
	} resv_release;
	struct {
		uint32_t racqa : 3; /**< enum spdk_nvme_reservation_acquire_action. */
		uint32_t iekey : 1; /**< Do not compare the current key. */
		uint32_t reserved1 : 4;
		uint32_t rtype : 8; /**< enum spdk_nvme_reservation_type. */
		uint32_t reserved2 : 16;
	} resv_acquire;
	struct {
		/** enum spdk_nvme_fdp_mgmt_recv_mo or spdk_nvme_fdp_mgmt_send_mo. */
		uint32_t mo : 8;
		uint32_t reserved : 8;
		/** Specific to the operation. */
		uint32_t mos : 16;
	} mgmt_send_recv;
	struct {
		/** Bytes of the value (store), or of the host's buffer (retrieve, list). */
		uint32_t vsize : 32;
	} kv;
};
SPDK_STATIC_ASSERT(sizeof(union spdk_nvme_cmd_cdw10) == 4, "fixed by the specification");

/** Dword 11 of commands. */
union spdk_nvme_cmd_cdw11 {
	uint32_t raw;
	struct {
		uint32_t nvmsetid : 16;
		uint32_t reserved : 8;
		uint32_t csi : 8; /**< enum spdk_nvme_csi. */
	} identify;
	struct {
		uint32_t pc : 1;    /**< It lies in one piece of memory. */
		uint32_t qprio : 2; /**< enum spdk_nvme_qprio. */
		uint32_t reserved : 13;
		uint32_t cqid : 16; /**< Completion queue it reports to. */
	} create_io_sq;
	struct {
		uint32_t pc : 1;  /**< It lies in one piece of memory. */
		uint32_t ien : 1; /**< It interrupts. */
		uint32_t reserved : 14;
		uint32_t iv : 16; /**< Vector of the interrupt. */
	} create_io_cq;
	struct {
		uint32_t doper : 8;  /**< Operation of the directive. */
		uint32_t dtype : 8;  /**< enum spdk_nvme_directive_type. */
		uint32_t dspec : 16; /**< Specific to the directive. */
	} directive;
	struct {
		uint32_t numdu : 16; /**< Dwords to read, less one; upper half. */
		uint32_t lsid : 16;  /**< Specific to the page. */
	} get_log_page;
	struct {
		uint32_t eds : 1; /**< Long structures, with host identifiers of 128 bits. */
		uint32_t reserved : 31;
	} resv_report;
	union spdk_nvme_feat_arbitration feat_arbitration;
	union spdk_nvme_feat_power_management feat_power_management;
	union spdk_nvme_feat_lba_range_type feat_lba_range_type;
	union spdk_nvme_feat_temperature_threshold feat_temp_threshold;
	union spdk_nvme_feat_error_recovery feat_error_recovery;
	union spdk_nvme_feat_volatile_write_cache feat_volatile_write_cache;
	union spdk_nvme_feat_number_of_queues feat_num_of_queues;
	union spdk_nvme_feat_interrupt_coalescing feat_interrupt_coalescing;
	union spdk_nvme_feat_interrupt_vector_configuration feat_interrupt_vector_configuration;
	union spdk_nvme_feat_write_atomicity feat_write_atomicity;
	union spdk_nvme_feat_async_event_configuration feat_async_event_cfg;
	union spdk_nvme_feat_keep_alive_timer feat_keep_alive_timer;
	union spdk_nvme_feat_host_identifier feat_host_identifier;
	union spdk_nvme_feat_reservation_notification_mask feat_rsv_notification_mask;
	union spdk_nvme_feat_reservation_persistence feat_rsv_persistence;
	union spdk_nvme_feat_fdp_cdw11 feat_fdp_cdw11;
	union spdk_nvme_feat_fdp_events_cdw11 feat_fdp_events_cdw11;
	struct {
		/** To be read as one; spdk_nvme_dsm_attribute has these as well. */
		uint32_t idr : 1;
		/** To be written as one. */
		uint32_t idw : 1;
		/** Deallocate. */
		uint32_t ad : 1;
		uint32_t reserved : 29;
	} dsm;
	struct {
		/** Bytes of the key. */
		uint32_t kl : 8;
		/** enum spdk_nvme_kv_store_option or spdk_nvme_kv_retrieve_option. */
		uint32_t ro : 8;
		uint32_t reserved : 16;
	} kv;
};
SPDK_STATIC_ASSERT(sizeof(union spdk_nvme_cmd_cdw11) == 4, "fixed by the specification");

/** Dword 12 of commands. */
union spdk_nvme_cmd_cdw12 {
	uint32_t raw;
	struct {
		/** Logical blocks, less one. */
		uint32_t nlb : 16;
		uint32_t reserved : 4;
		/** enum spdk_nvme_directive_type. */
		uint32_t dtype : 4;
		/** Check the storage tag. */
		uint32_t stc : 1;
		uint32_t reserved2 : 1;
		/**
		 * Check protection information. Bit 0: reference tag; 1: application tag; 2: guard.
		 */
		uint32_t prchk : 3;
		/** Make protection information (write), or check and take it away (read). */
		uint32_t pract : 1;
		/** Complete when it is on the media. */
		uint32_t fua : 1;
		/** Do not try hard. */
		uint32_t lr : 1;
	} write;
	struct {
		uint32_t nr : 8;      /**< Source ranges, less one. */
		uint32_t df : 4;      /**< Format of the source ranges. */
		uint32_t prinfor : 4; /**< `prchk` and `pract` for the reads. */
		uint32_t reserved : 4;
		uint32_t dtype : 4; /**< enum spdk_nvme_directive_type. */
		uint32_t stcw : 1;  /**< Check the storage tag when writing. */
		uint32_t reserved2 : 1;
		uint32_t prinfow : 4; /**< `prchk` and `pract` for the writes. */
		uint32_t fua : 1;     /**< Complete when it is on the media. */
		uint32_t lr : 1;      /**< Do not try hard. */
	} copy;
	struct {
		uint32_t nlb : 16; /**< Logical blocks, less one. */
		uint32_t reserved : 8;
		uint32_t stc : 1;   /**< Check the storage tag. */
		uint32_t deac : 1;  /**< Deallocate as well, where that reads as zeroes. */
		uint32_t prchk : 3; /**< As that of a write. */
		uint32_t pract : 1; /**< As that of a write. */
		uint32_t fua : 1;   /**< Complete when it is on the media. */
		uint32_t lr : 1;    /**< Do not try hard. */
	} write_zeroes;
	union spdk_nvme_feat_fdp_cdw12 feat_fdp_cdw12;
	union spdk_nvme_feat_fdp_events_cdw12 feat_fdp_events_cdw12;
};
SPDK_STATIC_ASSERT(sizeof(union spdk_nvme_cmd_cdw12) == 4, "fixed by the specification");

/** Dword 13 of commands. */
union spdk_nvme_cmd_cdw13 {
	uint32_t raw;
	struct {
		/** Hints: frequency of access, latency, sequential, incompressible. */
		uint32_t dsm : 8;
		uint32_t reserved : 8;
		/** Specific to the directive, such as a stream or a placement. */
		uint32_t dspec : 16;
	} write;
};
SPDK_STATIC_ASSERT(sizeof(union spdk_nvme_cmd_cdw13) == 4, "fixed by the specification");

/** An entry of a submission queue. */
struct spdk_nvme_cmd {
	/** A command, see opcode.h. */
	uint16_t opc : 8;
	/** enum spdk_nvme_cmd_fuse. */
	uint16_t fuse : 2;
	uint16_t rsvd1 : 4;
	/** enum spdk_nvme_psdt_value. */
	uint16_t psdt : 2;
	/** What the completion will have; unique among the commands of the queue. */
	uint16_t cid;
	/** Namespace. 0: none; SPDK_NVME_GLOBAL_NS_TAG: all. */
	uint32_t nsid;
	uint32_t cdw2;
	uint32_t cdw3;
	/** Metadata, where they are apart from the data. */
	uint64_t mptr;
	/** Data: two PRP entries, or the first descriptor of an SGL. */
	union {
		struct {
			uint64_t prp1;
			uint64_t prp2;
		} prp;
		struct spdk_nvme_sgl_descriptor sgl1;
	} dptr;
	union {
		uint32_t cdw10;
		union spdk_nvme_cmd_cdw10 cdw10_bits;
	};
	union {
		uint32_t cdw11;
		union spdk_nvme_cmd_cdw11 cdw11_bits;
	};
	union {
		uint32_t cdw12;
		union spdk_nvme_cmd_cdw12 cdw12_bits;
	};
	union {
		uint32_t cdw13;
		union spdk_nvme_cmd_cdw13 cdw13_bits;
	};
	uint32_t cdw14;
	uint32_t cdw15;
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_nvme_cmd) == 64, "fixed by the specification");

/** An entry of a completion queue. */
struct spdk_nvme_cpl {
	uint32_t cdw0; /**< Result of the command, if it has one. */
	uint32_t cdw1; /**< Upper half of the result of some. */
	uint16_t sqhd; /**< How far the controller has come in the submission queue. */
	uint16_t sqid; /**< Submission queue of the command. Not over fabrics. */
	uint16_t cid;  /**< Identifier of the command. */
	union {
		uint16_t status_raw;
		struct spdk_nvme_status status;
	};
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_nvme_cpl) == 16, "fixed by the specification");

/** A range of a dataset management command. */
struct spdk_nvme_dsm_range {
	union {
		struct {
			/** Frequency of access. 0: no hint. */
			uint32_t af : 4;
			/** Latency. 0: no hint; 1: idle; 2: normal; 3: low. */
			uint32_t al : 2;
			uint32_t reserved0 : 2;
			/** Will be read from one end to the other. */
			uint32_t sr : 1;
			/** Will be written from one end to the other. */
			uint32_t sw : 1;
			/** Will be written soon. */
			uint32_t wp : 1;
			uint32_t reserved1 : 13;
			/** Logical blocks of a command. 0: no hint. */
			uint32_t access_size : 8;
		} bits;
		uint32_t raw;
	} attributes;
	uint32_t length; /**< Logical blocks. */
	uint64_t starting_lba;
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_nvme_dsm_range) == 16, "fixed by the specification");

/** Ranges of a dataset management command, at most. */
#define SPDK_NVME_DATASET_MANAGEMENT_MAX_RANGES 256
/** Logical blocks of such a range, at most. */
#define SPDK_NVME_DATASET_MANAGEMENT_RANGE_MAX_BLOCKS 0xFFFFFFFFu

/** Attributes of a dataset management command, a set of bits. */
enum spdk_nvme_dsm_attribute {
	SPDK_NVME_DSM_ATTR_INTEGRAL_READ = 0x1,
	SPDK_NVME_DSM_ATTR_INTEGRAL_WRITE = 0x2,
	SPDK_NVME_DSM_ATTR_DEALLOCATE = 0x4,
};

/** A source range of a copy command, format 0. */
struct spdk_nvme_scc_source_range {
	uint64_t reserved0;
	uint64_t slba; /**< First logical block. */
	uint16_t nlb;  /**< Logical blocks, less one. */
	uint16_t reserved18;
	uint32_t reserved20;
	uint32_t eilbrt; /**< Reference tag to expect. */
	uint16_t elbat;  /**< Application tag to expect. */
	uint16_t elbatm; /**< Bits of it that count. */
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_nvme_scc_source_range) == 32, "fixed by the specification");

/* Flags of I/O. From bit 20 on, they are dword 12 of the command; the lowest are its `fuse`. */
#define SPDK_NVME_IO_FLAGS_FUSE_FIRST  (SPDK_NVME_CMD_FUSE_FIRST << 0)
#define SPDK_NVME_IO_FLAGS_FUSE_SECOND (SPDK_NVME_CMD_FUSE_SECOND << 0)
#define SPDK_NVME_IO_FLAGS_FUSE_MASK   (SPDK_NVME_CMD_FUSE_MASK << 0)
/** Writes only: `dtype` is an enum spdk_nvme_directive_type. */
#define SPDK_NVME_IO_FLAGS_DIRECTIVE(dtype) ((dtype) << 20)
#define SPDK_NVME_IO_FLAGS_STREAMS_DIRECTIVE \
	SPDK_NVME_IO_FLAGS_DIRECTIVE(SPDK_NVME_DIRECTIVE_TYPE_STREAMS)
#define SPDK_NVME_IO_FLAGS_DATA_PLACEMENT_DIRECTIVE \
	SPDK_NVME_IO_FLAGS_DIRECTIVE(SPDK_NVME_DIRECTIVE_TYPE_DATA_PLACEMENT)
/** Zone append only: reference tags become those of where the data went. */
#define SPDK_NVME_IO_FLAGS_ZONE_APPEND_PIREMAP (1U << 25)
/** What to check of the protection information. */
#define SPDK_NVME_IO_FLAGS_PRCHK_REFTAG (1U << 26)
#define SPDK_NVME_IO_FLAGS_PRCHK_APPTAG (1U << 27)
#define SPDK_NVME_IO_FLAGS_PRCHK_GUARD  (1U << 28)
/** The controller makes protection information, or takes it away. */
#define SPDK_NVME_IO_FLAGS_PRACT             (1U << 29)
#define SPDK_NVME_IO_FLAGS_FORCE_UNIT_ACCESS (1U << 30)
#define SPDK_NVME_IO_FLAGS_LIMITED_RETRY     (1U << 31)

/** All flags that there can be. */
#define SPDK_NVME_IO_FLAGS_VALID_MASK 0xFFFF0003
/** Those that go into dword 12. */
#define SPDK_NVME_IO_FLAGS_CDW12_MASK 0xFFFF0000
/** SPDK_NVME_IO_FLAGS_PRCHK_*. */
#define SPDK_NVME_IO_FLAGS_PRCHK_MASK 0x1C000000

#ifdef __cplusplus
}
#endif

#endif /* SPDK_NVME_SPEC_COMMAND_H */
