/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * \file
 * Namespaces that keep values by keys.
 */
#ifndef SPDK_NVME_SPEC_KEY_VALUE_H
#define SPDK_NVME_SPEC_KEY_VALUE_H

#include "spdk/assert.h"
#include "spdk/nvme_spec/identify_namespace.h"
#include "spdk/nvme_spec/register.h"
#include "spdk/stdinc.h"

#ifdef __cplusplus
extern "C" {
#endif

/** The version of the key value command set that this follows. */
#define SPDK_NVME_KV_SPEC_VER SPDK_NVME_VERSION(1, 3, 0)

/** Options of a store command, a set of bits. */
enum spdk_nvme_kv_store_option {
	SPDK_NVME_KV_STORE_OPT_DONT_STORE_IF_KEY_NOT_EXISTS = 1 << 0,
	SPDK_NVME_KV_STORE_OPT_DONT_STORE_IF_KEY_EXISTS = 1 << 1,
	SPDK_NVME_KV_STORE_OPT_DONT_COMPRESS = 1 << 2,
};

/** Options of a retrieve command, a set of bits. */
enum spdk_nvme_kv_retrieve_option {
	SPDK_NVME_KV_RETRIEVE_OPT_RETRIEVE_RAW = 1 << 0, /**< As it is stored, not decompressed. */
};

/** The answer to SPDK_NVME_IDENTIFY_CTRLR_IOCS for keys. */
struct spdk_nvme_kv_ctrlr_data {
	uint32_t ver; /**< Version of the command set, as VS. */
	uint8_t reserved1[4092];
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_nvme_kv_ctrlr_data) == 4096, "fixed by the specification");

/** AFO, more about a format. */
struct spdk_nvme_kv_afo {
	uint8_t rp : 2; /**< Performance; 0 is the best. */
	uint8_t reserved : 6;
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_nvme_kv_afo) == 1, "fixed by the specification");

/** KVFC, the format that a namespace has. */
struct spdk_nvme_kv_kvfc {
	uint8_t kvfi : 4; /**< Index of `kvf`. */
	uint8_t reserved : 4;
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_nvme_kv_kvfc) == 1, "fixed by the specification");

/** A format. */
struct spdk_nvme_kv_format {
	uint16_t kvkml; /**< Bytes of a key, at most; not more than 16. */
	uint8_t reserved2;
	struct spdk_nvme_kv_afo afo;
	uint32_t kvvml; /**< Bytes of a value, at most. */
	uint32_t mnks;  /**< Keys, at most. 0: not told. */
	uint8_t reserved12[4];
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_nvme_kv_format) == 16, "fixed by the specification");

/** The answer to SPDK_NVME_IDENTIFY_NS_IOCS for keys. */
struct spdk_nvme_kv_ns_data {
	/** Bytes. */
	uint64_t nsze;
	uint8_t reserved8[8];
	/** Bytes in use. */
	uint64_t nuse;
	uint8_t nsfeat;
	/** Entries of `kvf`, less one. */
	uint8_t nkvf;
	struct spdk_nvme_nmic nmic;
	struct spdk_nvme_rescap rescap;
	struct spdk_nvme_fpi fpi;
	struct spdk_nvme_kv_kvfc kvfc;
	uint8_t reserved30[2];
	/** Best sizes of values are multiples of this many bytes. 0: not told. */
	uint32_t novg;
	/** ANA group. */
	uint32_t anagrpid;
	uint8_t reserved40[3];
	struct spdk_nvme_nsattr nsattr;
	/** NVM set. */
	uint16_t nvmsetid;
	/** Endurance group. */
	uint16_t endgid;
	/** Globally unique identifier, highest byte first. */
	uint8_t nguid[16];
	/** IEEE EUI-64, highest byte first. */
	uint64_t eui64;
	struct spdk_nvme_kv_format kvf[16];
	uint8_t reserved328[3512];
	uint8_t vendor_specific[256];
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_nvme_kv_ns_data) == 4096, "fixed by the specification");

#ifdef __cplusplus
}
#endif

#endif /* SPDK_NVME_SPEC_KEY_VALUE_H */
