/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * \file
 * Commands of a fabric, which connect queues and stand for registers.
 */
#ifndef SPDK_NVMF_SPEC_FABRIC_H
#define SPDK_NVMF_SPEC_FABRIC_H

#include "spdk/assert.h"
#include "spdk/nvme_spec.h"
#include "spdk/stdinc.h"

#ifdef __cplusplus
extern "C" {
#endif

/* All types lie without gaps. */
#pragma pack(push, 1)

/** Opcode of all commands of a fabric; `fctype` tells which it is. */
#define SPDK_NVME_OPC_FABRIC 0x7f

/** Commands of a fabric. */
enum spdk_nvmf_fabric_cmd_types {
	SPDK_NVMF_FABRIC_COMMAND_PROPERTY_SET = 0x00,
	SPDK_NVMF_FABRIC_COMMAND_CONNECT = 0x01,
	SPDK_NVMF_FABRIC_COMMAND_PROPERTY_GET = 0x04,
	SPDK_NVMF_FABRIC_COMMAND_AUTHENTICATION_SEND = 0x05,
	SPDK_NVMF_FABRIC_COMMAND_AUTHENTICATION_RECV = 0x06,
	/** From here on, the vendor's own. */
	SPDK_NVMF_FABRIC_COMMAND_START_VENDOR_SPECIFIC = 0xC0,
};

/** Status codes of commands of a fabric, of the type SPDK_NVME_SCT_COMMAND_SPECIFIC. */
enum spdk_nvmf_fabric_cmd_status_code {
	/** `recfmt` is not known. */
	SPDK_NVMF_FABRIC_SC_INCOMPATIBLE_FORMAT = 0x80,
	/** Somebody else has the controller, or there is none left. */
	SPDK_NVMF_FABRIC_SC_CONTROLLER_BUSY = 0x81,
	/** `invalid` of the response tells which. */
	SPDK_NVMF_FABRIC_SC_INVALID_PARAM = 0x82,
	/** The subsystem is elsewhere: look again. */
	SPDK_NVMF_FABRIC_SC_RESTART_DISCOVERY = 0x83,
	/** The host has no access. */
	SPDK_NVMF_FABRIC_SC_INVALID_HOST = 0x84,
	/** The discovery log has changed: read it from its start. */
	SPDK_NVMF_FABRIC_SC_LOG_RESTART_DISCOVERY = 0x90,
	/** The host must authenticate first. */
	SPDK_NVMF_FABRIC_SC_AUTH_REQUIRED = 0x91,
};

/** What commands of a fabric have in common. */
struct spdk_nvmf_capsule_cmd {
	/** SPDK_NVME_OPC_FABRIC. */
	uint8_t opcode;
	uint8_t reserved1;
	/** What the completion will have; unique among the commands of the queue. */
	uint16_t cid;
	/** enum spdk_nvmf_fabric_cmd_types. */
	uint8_t fctype;
	uint8_t reserved2[35];
	uint8_t fabric_specific[24];
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_nvmf_capsule_cmd) == 64, "fixed by the specification");

/** Data of a connect command. */
struct spdk_nvmf_fabric_connect_data {
	/** Host, a UUID. */
	uint8_t hostid[16];
	/** Controller. 0xffff: any. */
	uint16_t cntlid;
	uint8_t reserved5[238];
	/** NQN of the subsystem, which ends with NUL. */
	uint8_t subnqn[SPDK_NVME_NQN_FIELD_SIZE];
	/** NQN of the host, which ends with NUL. */
	uint8_t hostnqn[SPDK_NVME_NQN_FIELD_SIZE];
	uint8_t reserved6[256];
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_nvmf_fabric_connect_data) == 1024,
		   "fixed by the specification");

/** Connect: makes a queue, submission and completion in one. */
struct spdk_nvmf_fabric_connect_cmd {
	uint8_t opcode;
	uint8_t reserved1;
	uint16_t cid;
	uint8_t fctype;
	uint8_t reserved2[19];
	/** struct spdk_nvmf_fabric_connect_data. */
	struct spdk_nvme_sgl_descriptor sgl1;
	/** Format of this and of the data, 0. */
	uint16_t recfmt;
	/** Queue. 0: admin. */
	uint16_t qid;
	/** Entries, less one. */
	uint16_t sqsize;
	/**
	 * Bits 1:0: enum spdk_nvme_qprio; 2: no flow control; 3: the queue can be disconnected by
	 * itself.
	 */
	uint8_t cattr;
	uint8_t reserved3;
	/** Milliseconds the host may be silent, for the admin queue. 0: for ever. */
	uint32_t kato;
	uint8_t reserved4[12];
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_nvmf_fabric_connect_cmd) == 64, "fixed by the specification");

/** Response to connect. */
struct spdk_nvmf_fabric_connect_rsp {
	union {
		/** With the status success. */
		struct {
			uint16_t cntlid; /**< Controller. */
			/** What the host must do before anything else. */
			struct {
				uint16_t reserved1 : 1;
				/** Authenticate. */
				uint16_t atr : 1;
				/** Authenticate, and agree on keys of a secure channel. */
				uint16_t ascr : 1;
				uint16_t reserved2 : 13;
			} authreq;
		} success;
		/** With the status SPDK_NVMF_FABRIC_SC_INVALID_PARAM: where it is. */
		struct {
			uint16_t ipo;  /**< Byte of what is wrong. */
			uint8_t iattr; /**< Bit 0: set: of the data; else of the command. */
			uint8_t reserved;
		} invalid;
		uint32_t raw;
	} status_code_specific;
	uint32_t reserved0;
	/** How far the controller has come in the submission queue. */
	uint16_t sqhd;
	uint16_t reserved1;
	uint16_t cid;
	struct spdk_nvme_status status;
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_nvmf_fabric_connect_rsp) == 16, "fixed by the specification");

/* `size` of a property: its bytes. */
#define SPDK_NVMF_PROP_SIZE_4 0
#define SPDK_NVMF_PROP_SIZE_8 1

/** Property get: reads a register. */
struct spdk_nvmf_fabric_prop_get_cmd {
	uint8_t opcode;
	uint8_t reserved1;
	uint16_t cid;
	uint8_t fctype;
	uint8_t reserved2[35];
	struct {
		uint8_t size : 3; /**< SPDK_NVMF_PROP_SIZE_*. */
		uint8_t reserved : 5;
	} attrib;
	uint8_t reserved3[3];
	uint32_t ofst; /**< Where it is in struct spdk_nvme_registers. */
	uint8_t reserved4[16];
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_nvmf_fabric_prop_get_cmd) == 64,
		   "fixed by the specification");

/** Response to property get. */
struct spdk_nvmf_fabric_prop_get_rsp {
	union {
		uint64_t u64;
		struct {
			uint32_t low;
			uint32_t high;
		} u32;
	} value;
	/** How far the controller has come in the submission queue. */
	uint16_t sqhd;
	uint16_t reserved0;
	uint16_t cid;
	struct spdk_nvme_status status;
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_nvmf_fabric_prop_get_rsp) == 16,
		   "fixed by the specification");

/** Property set: writes a register. */
struct spdk_nvmf_fabric_prop_set_cmd {
	uint8_t opcode;
	uint8_t reserved0;
	uint16_t cid;
	uint8_t fctype;
	uint8_t reserved1[35];
	struct {
		uint8_t size : 3; /**< SPDK_NVMF_PROP_SIZE_*. */
		uint8_t reserved : 5;
	} attrib;
	uint8_t reserved2[3];
	uint32_t ofst; /**< Where it is in struct spdk_nvme_registers. */
	union {
		uint64_t u64;
		struct {
			uint32_t low;
			uint32_t high;
		} u32;
	} value;
	uint8_t reserved4[8];
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_nvmf_fabric_prop_set_cmd) == 64,
		   "fixed by the specification");

#pragma pack(pop)

#ifdef __cplusplus
}
#endif

#endif /* SPDK_NVMF_SPEC_FABRIC_H */
