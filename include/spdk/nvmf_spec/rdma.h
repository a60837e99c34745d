/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * \file
 * What is special to RDMA: private data of its connections, and a kind of SGL descriptor.
 */
#ifndef SPDK_NVMF_SPEC_RDMA_H
#define SPDK_NVMF_SPEC_RDMA_H

#include "spdk/assert.h"
#include "spdk/stdinc.h"

#ifdef __cplusplus
extern "C" {
#endif

/* All types lie without gaps. */
#pragma pack(push, 1)

/** Of a keyed SGL descriptor: its key is of no use any more when the command is through. */
#define SPDK_NVME_SGL_SUBTYPE_INVALIDATE_KEY 0xF

/** The host asks for a connection. */
struct spdk_nvmf_rdma_request_private_data {
	uint16_t recfmt;  /**< Format, 0. */
	uint16_t qid;     /**< Queue. 0: admin. */
	uint16_t hrqsize; /**< Entries of the host's receive queue. */
	uint16_t hsqsize; /**< Entries of the host's send queue, less one. */
	uint16_t cntlid;  /**< Controller, with I/O queues. */
	uint8_t reserved[22];
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_nvmf_rdma_request_private_data) == 32,
		   "fixed by the specification");

/** The subsystem accepts. */
struct spdk_nvmf_rdma_accept_private_data {
	uint16_t recfmt;  /**< Format, 0. */
	uint16_t crqsize; /**< Entries of the controller's receive queue. */
	uint8_t reserved[28];
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_nvmf_rdma_accept_private_data) == 32,
		   "fixed by the specification");

/** The subsystem does not accept. */
struct spdk_nvmf_rdma_reject_private_data {
	uint16_t recfmt; /**< Format, 0. */
	uint16_t sts;    /**< enum spdk_nvmf_rdma_transport_error. */
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_nvmf_rdma_reject_private_data) == 4,
		   "fixed by the specification");

/** Private data of a connection. */
union spdk_nvmf_rdma_private_data {
	struct spdk_nvmf_rdma_request_private_data pd_request;
	struct spdk_nvmf_rdma_accept_private_data pd_accept;
	struct spdk_nvmf_rdma_reject_private_data pd_reject;
};
SPDK_STATIC_ASSERT(sizeof(union spdk_nvmf_rdma_private_data) == 32, "fixed by the specification");

/** Why a connection was not accepted: what is wrong or too little. */
enum spdk_nvmf_rdma_transport_error {
	SPDK_NVMF_RDMA_ERROR_INVALID_PRIVATE_DATA_LENGTH = 0x1,
	SPDK_NVMF_RDMA_ERROR_INVALID_RECFMT = 0x2,
	SPDK_NVMF_RDMA_ERROR_INVALID_QID = 0x3,
	SPDK_NVMF_RDMA_ERROR_INVALID_HSQSIZE = 0x4,
	SPDK_NVMF_RDMA_ERROR_INVALID_HRQSIZE = 0x5,
	SPDK_NVMF_RDMA_ERROR_NO_RESOURCES = 0x6,
	/** The limit of RDMA reads that come in at a time. */
	SPDK_NVMF_RDMA_ERROR_INVALID_IRD = 0x7,
	/** The limit of RDMA reads that go out at a time. */
	SPDK_NVMF_RDMA_ERROR_INVALID_ORD = 0x8,
};

#pragma pack(pop)

#ifdef __cplusplus
}
#endif

#endif /* SPDK_NVMF_SPEC_RDMA_H */
