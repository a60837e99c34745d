/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * \file
 * Commands, by number, and which way their data go.
 */
#ifndef SPDK_NVME_SPEC_OPCODE_H
#define SPDK_NVME_SPEC_OPCODE_H

#include "spdk/stdinc.h"

#ifdef __cplusplus
extern "C" {
#endif

#define SPDK_NVME_MAX_OPC 0xff

/** Commands for the admin queue. */
enum spdk_nvme_admin_opcode {
	SPDK_NVME_OPC_DELETE_IO_SQ = 0x00,
	SPDK_NVME_OPC_CREATE_IO_SQ = 0x01,
	SPDK_NVME_OPC_GET_LOG_PAGE = 0x02,
	SPDK_NVME_OPC_DELETE_IO_CQ = 0x04,
	SPDK_NVME_OPC_CREATE_IO_CQ = 0x05,
	SPDK_NVME_OPC_IDENTIFY = 0x06,
	SPDK_NVME_OPC_ABORT = 0x08,
	SPDK_NVME_OPC_SET_FEATURES = 0x09,
	SPDK_NVME_OPC_GET_FEATURES = 0x0a,
	SPDK_NVME_OPC_ASYNC_EVENT_REQUEST = 0x0c,
	SPDK_NVME_OPC_NS_MANAGEMENT = 0x0d,
	SPDK_NVME_OPC_FIRMWARE_COMMIT = 0x10,
	SPDK_NVME_OPC_FIRMWARE_IMAGE_DOWNLOAD = 0x11,
	SPDK_NVME_OPC_DEVICE_SELF_TEST = 0x14,
	SPDK_NVME_OPC_NS_ATTACHMENT = 0x15,
	SPDK_NVME_OPC_KEEP_ALIVE = 0x18,
	SPDK_NVME_OPC_DIRECTIVE_SEND = 0x19,
	SPDK_NVME_OPC_DIRECTIVE_RECEIVE = 0x1a,
	SPDK_NVME_OPC_VIRTUALIZATION_MANAGEMENT = 0x1c,
	SPDK_NVME_OPC_NVME_MI_SEND = 0x1d,
	SPDK_NVME_OPC_NVME_MI_RECEIVE = 0x1e,
	SPDK_NVME_OPC_DOORBELL_BUFFER_CONFIG = 0x7c,
	SPDK_NVME_OPC_FORMAT_NVM = 0x80,
	SPDK_NVME_OPC_SECURITY_SEND = 0x81,
	SPDK_NVME_OPC_SECURITY_RECEIVE = 0x82,
	SPDK_NVME_OPC_SANITIZE = 0x84,
	SPDK_NVME_OPC_GET_LBA_STATUS = 0x86,
	SPDK_NVME_OPC_VENDOR_SPECIFIC_START = 0xC0, /**< From here on, the vendor's own. */
};

/**
 * I/O commands of the NVM command set. Those for reservations and I/O management are of all sets.
 */
enum spdk_nvme_nvm_opcode {
	SPDK_NVME_OPC_FLUSH = 0x00,
	SPDK_NVME_OPC_WRITE = 0x01,
	SPDK_NVME_OPC_READ = 0x02,
	SPDK_NVME_OPC_WRITE_UNCORRECTABLE = 0x04,
	SPDK_NVME_OPC_COMPARE = 0x05,
	SPDK_NVME_OPC_WRITE_ZEROES = 0x08,
	SPDK_NVME_OPC_DATASET_MANAGEMENT = 0x09,
	SPDK_NVME_OPC_VERIFY = 0x0c,
	SPDK_NVME_OPC_RESERVATION_REGISTER = 0x0d,
	SPDK_NVME_OPC_RESERVATION_REPORT = 0x0e,
	SPDK_NVME_OPC_RESERVATION_ACQUIRE = 0x11,
	SPDK_NVME_OPC_IO_MANAGEMENT_RECEIVE = 0x12,
	SPDK_NVME_OPC_RESERVATION_RELEASE = 0x15,
	SPDK_NVME_OPC_COPY = 0x19,
	SPDK_NVME_OPC_IO_MANAGEMENT_SEND = 0x1D,
};

/** I/O commands that zoned namespaces have besides those of the NVM command set. */
enum spdk_nvme_zns_opcode {
	SPDK_NVME_OPC_ZONE_MGMT_SEND = 0x79,
	SPDK_NVME_OPC_ZONE_MGMT_RECV = 0x7a,
	SPDK_NVME_OPC_ZONE_APPEND = 0x7d,
};

/** I/O commands of the key value command set. */
enum spdk_nvme_kv_opcode {
	SPDK_NVME_OPC_KV_STORE = 0x01,
	SPDK_NVME_OPC_KV_RETRIEVE = 0x02,
	SPDK_NVME_OPC_KV_LIST = 0x06,
	SPDK_NVME_OPC_KV_DELETE = 0x10,
	SPDK_NVME_OPC_KV_EXIST = 0x14,
};

/** Which way the data of a command go: the two lowest bits of its number. */
enum spdk_nvme_data_transfer {
	SPDK_NVME_DATA_NONE = 0,               /**< There are none. */
	SPDK_NVME_DATA_HOST_TO_CONTROLLER = 1, /**< As those of a write. */
	SPDK_NVME_DATA_CONTROLLER_TO_HOST = 2, /**< As those of a read. */
	SPDK_NVME_DATA_BIDIRECTIONAL = 3,      /**< Both ways. */
};

/** Which way the data of a command of this number go. */
static inline enum spdk_nvme_data_transfer
spdk_nvme_opc_get_data_transfer(uint8_t opc)
{
	return (enum spdk_nvme_data_transfer)(opc & SPDK_NVME_DATA_BIDIRECTIONAL);
}

/** A length in bytes, which is a multiple of 4 and not 0, as commands have it: dwords, less one. */
static inline uint32_t
spdk_nvme_bytes_to_numd(uint32_t len)
{
	return len / 4 - 1;
}

#ifdef __cplusplus
}
#endif

#endif /* SPDK_NVME_SPEC_OPCODE_H */
