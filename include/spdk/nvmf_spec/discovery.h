/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * \file
 * Names, addresses, and the log page by which hosts find subsystems. Text is ASCII: names end with
 * NUL, addresses are filled up with blanks.
 */
#ifndef SPDK_NVMF_SPEC_DISCOVERY_H
#define SPDK_NVMF_SPEC_DISCOVERY_H

#include "spdk/assert.h"
#include "spdk/nvme_spec.h"
#include "spdk/stdinc.h"

#ifdef __cplusplus
extern "C" {
#endif

/* All types lie without gaps. */
#pragma pack(push, 1)

/* Letters of an NQN, without its NUL. The shortest is 'nqn.2014-08', or any other month. */
#define SPDK_NVMF_NQN_MIN_LEN 11
#define SPDK_NVMF_NQN_MAX_LEN 223

/** An NQN that is made of a UUID begins with this. */
#define SPDK_NVMF_NQN_UUID_PRE     "nqn.2014-08.org.nvmexpress:uuid:"
#define SPDK_NVMF_NQN_UUID_PRE_LEN 32
#define SPDK_NVMF_UUID_STRING_LEN  36

/** The discovery subsystem of every discovery service. */
#define SPDK_NVMF_DISCOVERY_NQN "nqn.2014-08.org.nvmexpress.discovery"

/** Letters between two dots of a domain name (RFC 1034). */
#define SPDK_DOMAIN_LABEL_MAX_LEN 63

/* Letters of the name of a transport, of an address and of a service, without a NUL. */
#define SPDK_NVMF_TRSTRING_MAX_LEN 32
#define SPDK_NVMF_TRADDR_MAX_LEN   256
#define SPDK_NVMF_TRSVCID_MAX_LEN  32

/** `asqsz` of an entry, at least. */
#define SPDK_NVMF_MIN_ADMIN_MAX_SQ_SIZE 32

/** Transports. */
enum spdk_nvmf_trtype {
	SPDK_NVMF_TRTYPE_RDMA = 0x1,
	SPDK_NVMF_TRTYPE_FC = 0x2, /**< Fibre Channel. */
	SPDK_NVMF_TRTYPE_TCP = 0x3,
	SPDK_NVMF_TRTYPE_INTRA_HOST = 0xfe, /**< Within a host. */
};

/** Kinds of addresses. */
enum spdk_nvmf_adrfam {
	SPDK_NVMF_ADRFAM_NOT_SPECIFIED = 0x0,
	SPDK_NVMF_ADRFAM_IPV4 = 0x1,
	SPDK_NVMF_ADRFAM_IPV6 = 0x2,
	SPDK_NVMF_ADRFAM_IB = 0x3,          /**< InfiniBand. */
	SPDK_NVMF_ADRFAM_FC = 0x4,          /**< Fibre Channel. */
	SPDK_NVMF_ADRFAM_INTRA_HOST = 0xfe, /**< Within a host. */
};

/** Kinds of subsystems. */
enum spdk_nvmf_subtype {
	/** Another discovery service. */
	SPDK_NVMF_SUBTYPE_DISCOVERY = 0x1,
	/** One with namespaces. */
	SPDK_NVMF_SUBTYPE_NVME = 0x2,
	/** The discovery service that is being asked. */
	SPDK_NVMF_SUBTYPE_DISCOVERY_CURRENT = 0x3,
};

/** Whether a secure channel is wanted. */
enum spdk_nvmf_treq_secure_channel {
	SPDK_NVMF_TREQ_SECURE_CHANNEL_NOT_SPECIFIED = 0x0,
	SPDK_NVMF_TREQ_SECURE_CHANNEL_REQUIRED = 0x1,
	SPDK_NVMF_TREQ_SECURE_CHANNEL_NOT_REQUIRED = 0x2,
};

/** RDMA: services of a queue pair. */
enum spdk_nvmf_rdma_qptype {
	SPDK_NVMF_RDMA_QPTYPE_RELIABLE_CONNECTED = 0x1,
	SPDK_NVMF_RDMA_QPTYPE_RELIABLE_DATAGRAM = 0x2,
};

/** RDMA: what it runs on. */
enum spdk_nvmf_rdma_prtype {
	SPDK_NVMF_RDMA_PRTYPE_NONE = 0x1,  /**< Not told. */
	SPDK_NVMF_RDMA_PRTYPE_IB = 0x2,    /**< InfiniBand. */
	SPDK_NVMF_RDMA_PRTYPE_ROCE = 0x3,  /**< RoCE, version 1. */
	SPDK_NVMF_RDMA_PRTYPE_ROCE2 = 0x4, /**< RoCE, version 2. */
	SPDK_NVMF_RDMA_PRTYPE_IWARP = 0x5, /**< iWARP. */
};

/** RDMA: how connections are made. */
enum spdk_nvmf_rdma_cms {
	SPDK_NVMF_RDMA_CMS_RDMA_CM = 0x1, /**< By addresses of sockets. */
};

/** What an RDMA address has besides. */
struct spdk_nvmf_rdma_transport_specific_address_subtype {
	uint8_t rdma_qptype; /**< enum spdk_nvmf_rdma_qptype. */
	uint8_t rdma_prtype; /**< enum spdk_nvmf_rdma_prtype. */
	uint8_t rdma_cms;    /**< enum spdk_nvmf_rdma_cms. */
	uint8_t reserved0[5];
	uint16_t rdma_pkey; /**< Partition key, with InfiniBand addresses. */
	uint8_t reserved2[246];
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_nvmf_rdma_transport_specific_address_subtype) == 256,
		   "fixed by the specification");

/** TCP: how a connection is kept secret. */
enum spdk_nvme_tcp_secure_socket_type {
	SPDK_NVME_TCP_SECURITY_NONE = 0,
	SPDK_NVME_TCP_SECURITY_TLS_1_2 = 1,
	SPDK_NVME_TCP_SECURITY_TLS_1_3 = 2,
};

/** What a TCP address has besides. */
struct spdk_nvme_tcp_transport_specific_address_subtype {
	uint8_t sectype; /**< enum spdk_nvme_tcp_secure_socket_type. */
	uint8_t reserved0[255];
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_nvme_tcp_transport_specific_address_subtype) == 256,
		   "fixed by the specification");

/** What an address has besides, by transport. */
union spdk_nvmf_transport_specific_address_subtype {
	uint8_t raw[256];
	struct spdk_nvmf_rdma_transport_specific_address_subtype rdma;
	struct spdk_nvme_tcp_transport_specific_address_subtype tcp;
};
SPDK_STATIC_ASSERT(sizeof(union spdk_nvmf_transport_specific_address_subtype) == 256,
		   "fixed by the specification");

/* Flags of an entry. */
/** Another port of the same service tells the same. */
#define SPDK_NVMF_DISCOVERY_LOG_EFLAGS_DUPRETINFO (1u << 0u)
/** A host may stay connected, to be told of changes. */
#define SPDK_NVMF_DISCOVERY_LOG_EFLAGS_EPCSD (1u << 1u)

/** A subsystem and a port that leads to it. */
struct spdk_nvmf_discovery_log_page_entry {
	/** enum spdk_nvmf_trtype. */
	uint8_t trtype;
	/** enum spdk_nvmf_adrfam. */
	uint8_t adrfam;
	/** enum spdk_nvmf_subtype. */
	uint8_t subtype;
	struct {
		uint8_t secure_channel : 2; /**< enum spdk_nvmf_treq_secure_channel. */
		uint8_t reserved : 6;
	} treq;
	/** Port of the subsystem. */
	uint16_t portid;
	/** Controller. 0xffff: any, one is made; 0xfffe: any of those that are there. */
	uint16_t cntlid;
	/** Entries of the admin queue, at most. */
	uint16_t asqsz;
	/** SPDK_NVMF_DISCOVERY_LOG_EFLAGS_*. */
	uint16_t eflags;
	uint8_t reserved0[20];
	/** Service, such as a port of TCP. */
	uint8_t trsvcid[SPDK_NVMF_TRSVCID_MAX_LEN];
	uint8_t reserved1[192];
	/** NQN of the subsystem. */
	uint8_t subnqn[256];
	/** Address. */
	uint8_t traddr[SPDK_NVMF_TRADDR_MAX_LEN];
	union spdk_nvmf_transport_specific_address_subtype tsas;
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_nvmf_discovery_log_page_entry) == 1024,
		   "fixed by the specification");

/** The log page. */
struct spdk_nvmf_discovery_log_page {
	/** Counts changes. If it is another one after reading in pieces, read again. */
	uint64_t genctr;
	/** Entries. */
	uint64_t numrec;
	/** Format, 0. */
	uint16_t recfmt;
	uint8_t reserved0[1006];
	struct spdk_nvmf_discovery_log_page_entry entries[0];
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_nvmf_discovery_log_page) == 1024,
		   "fixed by the specification");

#pragma pack(pop)

#ifdef __cplusplus
}
#endif

#endif /* SPDK_NVMF_SPEC_DISCOVERY_H */
