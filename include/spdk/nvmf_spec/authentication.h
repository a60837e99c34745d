/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * \file
 * Messages of DH-HMAC-CHAP, by which host and subsystem prove to each other who they are. The host
 * negotiates, the controller challenges, the host replies, and each tells that it is content.
 */
#ifndef SPDK_NVMF_SPEC_AUTHENTICATION_H
#define SPDK_NVMF_SPEC_AUTHENTICATION_H

#include "spdk/assert.h"
#include "spdk/nvme_spec.h"
#include "spdk/nvmf_spec/fabric.h"
#include "spdk/stdinc.h"

#ifdef __cplusplus
extern "C" {
#endif

/* All types lie without gaps. */
#pragma pack(push, 1)

/** `secp` of the commands: the protocol is one of NVMe's. */
#define SPDK_NVMF_AUTH_SECP_NVME 0xe9

/** Authentication receive: a message to the host. */
struct spdk_nvmf_fabric_auth_recv_cmd {
	uint8_t opcode;
	uint8_t reserved1;
	uint16_t cid;
	uint8_t fctype; /**< SPDK_NVMF_FABRIC_COMMAND_AUTHENTICATION_RECV. */
	uint8_t reserved2[19];
	struct spdk_nvme_sgl_descriptor sgl1;
	uint8_t reserved3;
	uint8_t spsp0; /**< 1. */
	uint8_t spsp1; /**< 1. */
	uint8_t secp;  /**< SPDK_NVMF_AUTH_SECP_NVME. */
	uint32_t al;   /**< Bytes that there is room for. */
	uint8_t reserved4[16];
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_nvmf_fabric_auth_recv_cmd) == 64,
		   "fixed by the specification");

/** Authentication send: a message from the host. */
struct spdk_nvmf_fabric_auth_send_cmd {
	uint8_t opcode;
	uint8_t reserved1;
	uint16_t cid;
	uint8_t fctype; /**< SPDK_NVMF_FABRIC_COMMAND_AUTHENTICATION_SEND. */
	uint8_t reserved2[19];
	struct spdk_nvme_sgl_descriptor sgl1;
	uint8_t reserved3;
	uint8_t spsp0; /**< 1. */
	uint8_t spsp1; /**< 1. */
	uint8_t secp;  /**< SPDK_NVMF_AUTH_SECP_NVME. */
	uint32_t tl;   /**< Bytes of the message. */
	uint8_t reserved4[16];
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_nvmf_fabric_auth_send_cmd) == 64,
		   "fixed by the specification");

/** Kinds of messages. */
enum spdk_nvmf_auth_type {
	SPDK_NVMF_AUTH_TYPE_COMMON_MESSAGE = 0x0, /**< Of any protocol: negotiate and failures. */
	SPDK_NVMF_AUTH_TYPE_DHCHAP = 0x1,
};

/** Messages. The numbers are unique within a kind. */
enum spdk_nvmf_auth_id {
	SPDK_NVMF_AUTH_ID_NEGOTIATE = 0x00,
	SPDK_NVMF_AUTH_ID_DHCHAP_CHALLENGE = 0x01,
	SPDK_NVMF_AUTH_ID_DHCHAP_REPLY = 0x02,
	SPDK_NVMF_AUTH_ID_DHCHAP_SUCCESS1 = 0x03,
	SPDK_NVMF_AUTH_ID_DHCHAP_SUCCESS2 = 0x04,
	SPDK_NVMF_AUTH_ID_FAILURE2 = 0xf0, /**< From the host. */
	SPDK_NVMF_AUTH_ID_FAILURE1 = 0xf1, /**< From the controller. */
};

/** Hashes. */
enum spdk_nvmf_dhchap_hash {
	SPDK_NVMF_DHCHAP_HASH_NONE = 0x0,
	SPDK_NVMF_DHCHAP_HASH_SHA256 = 0x1,
	SPDK_NVMF_DHCHAP_HASH_SHA384 = 0x2,
	SPDK_NVMF_DHCHAP_HASH_SHA512 = 0x3,
};

/** Groups of Diffie and Hellman, by bits (RFC 7919). */
enum spdk_nvmf_dhchap_dhgroup {
	SPDK_NVMF_DHCHAP_DHGROUP_NULL = 0x0, /**< No exchange of keys. */
	SPDK_NVMF_DHCHAP_DHGROUP_2048 = 0x1,
	SPDK_NVMF_DHCHAP_DHGROUP_3072 = 0x2,
	SPDK_NVMF_DHCHAP_DHGROUP_4096 = 0x3,
	SPDK_NVMF_DHCHAP_DHGROUP_6144 = 0x4,
	SPDK_NVMF_DHCHAP_DHGROUP_8192 = 0x5,
};

/** What the keys are for besides. */
enum spdk_nvmf_auth_scc {
	SPDK_NVMF_AUTH_SCC_DISABLED = 0, /**< Nothing. */
	SPDK_NVMF_AUTH_SCC_TLS = 1,      /**< A TLS connection. */
};

/** A protocol that the host offers. */
struct spdk_nvmf_auth_descriptor {
	uint8_t auth_id; /**< enum spdk_nvmf_auth_type. */
	uint8_t reserved0;
	uint8_t halen;            /**< Entries of `hash_id_list`. */
	uint8_t dhlen;            /**< Entries of `dhg_id_list`. */
	uint8_t hash_id_list[30]; /**< enum spdk_nvmf_dhchap_hash, the best first. */
	uint8_t dhg_id_list[30];  /**< enum spdk_nvmf_dhchap_dhgroup, the best first. */
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_nvmf_auth_descriptor) == 64, "fixed by the specification");

/** The host offers protocols. */
struct spdk_nvmf_auth_negotiate {
	/** enum spdk_nvmf_auth_type. */
	uint8_t auth_type;
	/** enum spdk_nvmf_auth_id. */
	uint8_t auth_id;
	uint8_t reserved0[2];
	/** Number of the exchange, the host's choice; all of its messages have it. */
	uint16_t t_id;
	/** enum spdk_nvmf_auth_scc. */
	uint8_t sc_c;
	/** Entries of `descriptors`. */
	uint8_t napd;
	struct spdk_nvmf_auth_descriptor descriptors[0];
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_nvmf_auth_negotiate) == 8, "fixed by the specification");

/** The controller challenges the host. */
struct spdk_nvmf_dhchap_challenge {
	uint8_t auth_type;
	uint8_t auth_id;
	uint8_t reserved0[2];
	uint16_t t_id;
	/** Bytes of `cval`: those of the hash. */
	uint8_t hl;
	uint8_t reserved1;
	/** enum spdk_nvmf_dhchap_hash. */
	uint8_t hash_id;
	/** enum spdk_nvmf_dhchap_dhgroup. */
	uint8_t dhg_id;
	/** Bytes of the public value, a multiple of 4. 0: no exchange of keys. */
	uint16_t dhvlen;
	/** Never the same for a key again. */
	uint32_t seqnum;
	/** Challenge. The public value follows. */
	uint8_t cval[0];
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_nvmf_dhchap_challenge) == 16, "fixed by the specification");

/** The host replies, and may challenge the controller. */
struct spdk_nvmf_dhchap_reply {
	uint8_t auth_type;
	uint8_t auth_id;
	uint8_t reserved0[2];
	uint16_t t_id;
	/** Bytes of `rval`: those of the hash. */
	uint8_t hl;
	uint8_t reserved1;
	/** Not 0: it challenges the controller. */
	uint8_t cvalid;
	uint8_t reserved2;
	/** Bytes of the public value, a multiple of 4. 0: no exchange of keys. */
	uint16_t dhvlen;
	/** Of the challenge to the controller. 0: not valid. */
	uint32_t seqnum;
	/** Response. A challenge of as many bytes, and the public value, follow. */
	uint8_t rval[0];
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_nvmf_dhchap_reply) == 16, "fixed by the specification");

/** The controller is content, and replies. */
struct spdk_nvmf_dhchap_success1 {
	uint8_t auth_type;
	uint8_t auth_id;
	uint8_t reserved0[2];
	uint16_t t_id;
	uint8_t hl; /**< Bytes of `rval`: those of the hash. */
	uint8_t reserved1;
	uint8_t rvalid; /**< Not 0: there is a response. */
	uint8_t reserved2[7];
	uint8_t rval[0]; /**< Response. */
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_nvmf_dhchap_success1) == 16, "fixed by the specification");

/** The host is content, too. */
struct spdk_nvmf_dhchap_success2 {
	uint8_t auth_type;
	uint8_t auth_id;
	uint8_t reserved0[2];
	uint16_t t_id;
	uint8_t reserved1[10];
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_nvmf_dhchap_success2) == 16, "fixed by the specification");

/** `rc` of a failure: the only one that there is. */
#define SPDK_NVMF_AUTH_FAILURE 1

/** What failed. */
enum spdk_nvmf_auth_failure_reason {
	SPDK_NVMF_AUTH_FAILED = 0x1,                     /**< The response was wrong. */
	SPDK_NVMF_AUTH_PROTOCOL_UNUSABLE = 0x2,          /**< No protocol that both have. */
	SPDK_NVMF_AUTH_SCC_MISMATCH = 0x3,               /**< `sc_c` is not what is wanted. */
	SPDK_NVMF_AUTH_HASH_UNUSABLE = 0x4,              /**< No hash that both have. */
	SPDK_NVMF_AUTH_DHGROUP_UNUSABLE = 0x5,           /**< No group that both have. */
	SPDK_NVMF_AUTH_INCORRECT_PAYLOAD = 0x6,          /**< A message is malformed. */
	SPDK_NVMF_AUTH_INCORRECT_PROTOCOL_MESSAGE = 0x7, /**< A message came out of turn. */
};

/** Either tells that it gives up. */
struct spdk_nvmf_auth_failure {
	uint8_t auth_type;
	uint8_t auth_id;
	uint8_t reserved0[2];
	uint16_t t_id;
	uint8_t rc;  /**< SPDK_NVMF_AUTH_FAILURE. */
	uint8_t rce; /**< enum spdk_nvmf_auth_failure_reason. */
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_nvmf_auth_failure) == 8, "fixed by the specification");

#pragma pack(pop)

#ifdef __cplusplus
}
#endif

#endif /* SPDK_NVMF_SPEC_AUTHENTICATION_H */
