/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * \file
 * NVMe over TCP: a connection is a stream of PDUs. A PDU is a header, then a digest of that, data
 * and a digest of those, where there are any.
 */
#ifndef SPDK_NVMF_SPEC_TCP_H
#define SPDK_NVMF_SPEC_TCP_H

#include "spdk/assert.h"
#include "spdk/nvme_spec.h"
#include "spdk/stdinc.h"

#ifdef __cplusplus
extern "C" {
#endif

/* All types lie without gaps. */
#pragma pack(push, 1)

/** PDUs. H2C go from host to controller, C2H the other way. */
enum spdk_nvme_tcp_pdu_type {
	SPDK_NVME_TCP_PDU_TYPE_IC_REQ = 0x00,       /**< Begins a connection. */
	SPDK_NVME_TCP_PDU_TYPE_IC_RESP = 0x01,      /**< The answer to it. */
	SPDK_NVME_TCP_PDU_TYPE_H2C_TERM_REQ = 0x02, /**< The host gives up, and says why. */
	SPDK_NVME_TCP_PDU_TYPE_C2H_TERM_REQ = 0x03, /**< The controller gives up, and says why. */
	SPDK_NVME_TCP_PDU_TYPE_CAPSULE_CMD = 0x04,  /**< A command, and data in the capsule. */
	SPDK_NVME_TCP_PDU_TYPE_CAPSULE_RESP = 0x05, /**< A completion. */
	SPDK_NVME_TCP_PDU_TYPE_H2C_DATA = 0x06,
	SPDK_NVME_TCP_PDU_TYPE_C2H_DATA = 0x07,
	SPDK_NVME_TCP_PDU_TYPE_R2T = 0x09, /**< The controller is ready for data. */
};

/** What all headers begin with. */
struct spdk_nvme_tcp_common_pdu_hdr {
	uint8_t pdu_type; /**< enum spdk_nvme_tcp_pdu_type. */
	uint8_t flags;    /**< SPDK_NVME_TCP_CH_FLAGS_* and those of the type. */
	uint8_t hlen;     /**< Bytes of the header, without its digest. */
	uint8_t pdo;      /**< Where data begin, counted from the beginning of the PDU. */
	uint32_t plen;    /**< Bytes of the whole PDU. */
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_nvme_tcp_common_pdu_hdr) == 8, "fixed by the specification");

/* Flags of any PDU: there is a digest of the header, and one of the data. */
#define SPDK_NVME_TCP_CH_FLAGS_HDGSTF (1u << 0)
#define SPDK_NVME_TCP_CH_FLAGS_DDGSTF (1u << 1)

/* Highest alignments that can be asked for, in units of 4 bytes, less one. */
#define SPDK_NVME_TCP_HPDA_MAX 31
#define SPDK_NVME_TCP_CPDA_MAX 31
/** Where data begin at the latest, by these alignments. */
#define SPDK_NVME_TCP_PDU_PDO_MAX_OFFSET ((SPDK_NVME_TCP_CPDA_MAX + 1) << 2)

/** ICReq. */
struct spdk_nvme_tcp_ic_req {
	struct spdk_nvme_tcp_common_pdu_hdr common;
	/** Version of the format, 0. */
	uint16_t pfv;
	/** Alignment of data to the host, in units of 4 bytes, less one. */
	uint8_t hpda;
	union {
		uint8_t raw;
		struct {
			uint8_t hdgst_enable : 1; /**< Digests of headers are wanted. */
			uint8_t ddgst_enable : 1; /**< Digests of data are wanted. */
			uint8_t reserved : 6;
		} bits;
	} dgst;
	/** R2Ts of a command at a time, less one. */
	uint32_t maxr2t;
	uint8_t reserved16[112];
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_nvme_tcp_ic_req) == 128, "fixed by the specification");

/** ICResp. */
struct spdk_nvme_tcp_ic_resp {
	struct spdk_nvme_tcp_common_pdu_hdr common;
	/** Version of the format, 0. */
	uint16_t pfv;
	/** Alignment of data to the controller, in units of 4 bytes, less one. */
	uint8_t cpda;
	union {
		uint8_t raw;
		struct {
			uint8_t hdgst_enable : 1; /**< There will be digests of headers. */
			uint8_t ddgst_enable : 1; /**< There will be digests of data. */
			uint8_t reserved : 6;
		} bits;
	} dgst;
	/** Bytes of data of an H2CData, at most; a multiple of 4. */
	uint32_t maxh2cdata;
	uint8_t reserved16[112];
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_nvme_tcp_ic_resp) == 128, "fixed by the specification");

/** What was wrong. */
enum spdk_nvme_tcp_term_req_fes {
	/** `fei` has where it is in the header. */
	SPDK_NVME_TCP_TERM_REQ_FES_INVALID_HEADER_FIELD = 0x01,
	SPDK_NVME_TCP_TERM_REQ_FES_PDU_SEQUENCE_ERROR = 0x02,
	/** `fei` has the digest that came. */
	SPDK_NVME_TCP_TERM_REQ_FES_HDGST_ERROR = 0x03,
	SPDK_NVME_TCP_TERM_REQ_FES_DATA_TRANSFER_OUT_OF_RANGE = 0x04,
	SPDK_NVME_TCP_TERM_REQ_FES_DATA_TRANSFER_LIMIT_EXCEEDED = 0x05,
	SPDK_NVME_TCP_TERM_REQ_FES_R2T_LIMIT_EXCEEDED = 0x05,
	/** `fei` has where it is in the header. */
	SPDK_NVME_TCP_TERM_REQ_FES_INVALID_DATA_UNSUPPORTED_PARAMETER = 0x06,
};

/** H2CTermReq and C2HTermReq. The header of the PDU that was wrong follows. */
struct spdk_nvme_tcp_term_req_hdr {
	struct spdk_nvme_tcp_common_pdu_hdr common;
	uint16_t fes;   /**< enum spdk_nvme_tcp_term_req_fes. */
	uint8_t fei[4]; /**< More about it. */
	uint8_t reserved14[10];
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_nvme_tcp_term_req_hdr) == 24, "fixed by the specification");

/** Bytes that follow, at most. */
#define SPDK_NVME_TCP_TERM_REQ_ERROR_DATA_MAX_SIZE 128
/** Bytes of all of it, at most. */
#define SPDK_NVME_TCP_TERM_REQ_PDU_MAX_SIZE \
	(sizeof(struct spdk_nvme_tcp_term_req_hdr) + SPDK_NVME_TCP_TERM_REQ_ERROR_DATA_MAX_SIZE)

/** CapsuleCmd. */
struct spdk_nvme_tcp_cmd {
	struct spdk_nvme_tcp_common_pdu_hdr common;
	struct spdk_nvme_cmd ccsqe;
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_nvme_tcp_cmd) == 72, "fixed by the specification");

/** CapsuleResp. */
struct spdk_nvme_tcp_rsp {
	struct spdk_nvme_tcp_common_pdu_hdr common;
	struct spdk_nvme_cpl rccqe;
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_nvme_tcp_rsp) == 24, "fixed by the specification");

/** H2CData. */
struct spdk_nvme_tcp_h2c_data_hdr {
	struct spdk_nvme_tcp_common_pdu_hdr common;
	uint16_t cccid; /**< Identifier of the command. */
	uint16_t ttag;  /**< That of the R2T. */
	uint32_t datao; /**< Offset into the data of the command. */
	uint32_t datal; /**< Bytes. */
	uint8_t reserved20[4];
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_nvme_tcp_h2c_data_hdr) == 24, "fixed by the specification");

/* Flags of H2CData. */
#define SPDK_NVME_TCP_H2C_DATA_FLAGS_LAST_PDU (1u << 2)
#define SPDK_NVME_TCP_H2C_DATA_FLAGS_SUCCESS  (1u << 3)
/** `pdo` is a multiple of this. */
#define SPDK_NVME_TCP_H2C_DATA_PDO_MULT 8u

/** C2HData. */
struct spdk_nvme_tcp_c2h_data_hdr {
	struct spdk_nvme_tcp_common_pdu_hdr common;
	uint16_t cccid; /**< Identifier of the command. */
	uint8_t reserved10[2];
	uint32_t datao; /**< Offset into the data of the command. */
	uint32_t datal; /**< Bytes. */
	uint8_t reserved20[4];
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_nvme_tcp_c2h_data_hdr) == 24, "fixed by the specification");

/* Flags of C2HData: the last one; and: it was successful, there will be no CapsuleResp. */
#define SPDK_NVME_TCP_C2H_DATA_FLAGS_SUCCESS  (1u << 3)
#define SPDK_NVME_TCP_C2H_DATA_FLAGS_LAST_PDU (1u << 2)
/** `pdo` is a multiple of this. */
#define SPDK_NVME_TCP_C2H_DATA_PDO_MULT 8u

/** R2T. */
struct spdk_nvme_tcp_r2t_hdr {
	struct spdk_nvme_tcp_common_pdu_hdr common;
	uint16_t cccid; /**< Identifier of the command. */
	uint16_t ttag;  /**< What the H2CData will have. */
	uint32_t r2to;  /**< Offset into the data of the command. */
	uint32_t r2tl;  /**< Bytes. */
	uint8_t reserved20[4];
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_nvme_tcp_r2t_hdr) == 24, "fixed by the specification");

#pragma pack(pop)

#ifdef __cplusplus
}
#endif

#endif /* SPDK_NVMF_SPEC_TCP_H */
