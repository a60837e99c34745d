/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * \file
 * What admin commands that manage media, namespaces and firmware carry.
 */
#ifndef SPDK_NVME_SPEC_MANAGE_H
#define SPDK_NVME_SPEC_MANAGE_H

#include "spdk/assert.h"
#include "spdk/stdinc.h"

#ifdef __cplusplus
extern "C" {
#endif

/** What namespace attachment does. */
enum spdk_nvme_ns_attach_type {
	SPDK_NVME_NS_CTRLR_ATTACH = 0x0,
	SPDK_NVME_NS_CTRLR_DETACH = 0x1,
};

/** What namespace management does. */
enum spdk_nvme_ns_management_type {
	SPDK_NVME_NS_MANAGEMENT_CREATE = 0x0,
	SPDK_NVME_NS_MANAGEMENT_DELETE = 0x1,
};

/** What formatting does to the data of before. */
enum spdk_nvme_secure_erase_setting {
	SPDK_NVME_FMT_NVM_SES_NO_SECURE_ERASE = 0x0, /**< Nothing in particular. */
	SPDK_NVME_FMT_NVM_SES_USER_DATA_ERASE = 0x1, /**< Erase. */
	SPDK_NVME_FMT_NVM_SES_CRYPTO_ERASE = 0x2,    /**< Erase by forgetting a key. */
};

/** Where metadata are. */
enum spdk_nvme_metadata_setting {
	SPDK_NVME_FMT_NVM_METADATA_TRANSFER_AS_BUFFER = 0x0, /**< Apart. */
	SPDK_NVME_FMT_NVM_METADATA_TRANSFER_AS_LBA = 0x1,    /**< After the data of each block. */
};

/** Dword 10 of format NVM. */
struct spdk_nvme_format {
	uint32_t lbaf : 4;  /**< Index of `lbaf` of the namespace, lower bits. */
	uint32_t ms : 1;    /**< enum spdk_nvme_metadata_setting. */
	uint32_t pi : 3;    /**< enum spdk_nvme_pi_type. */
	uint32_t pil : 1;   /**< enum spdk_nvme_pi_location. */
	uint32_t ses : 3;   /**< enum spdk_nvme_secure_erase_setting. */
	uint32_t lbafu : 2; /**< Index of `lbaf` of the namespace, upper bits. */
	uint32_t reserved : 18;
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_nvme_format) == 4, "fixed by the specification");

/** What sanitize does. */
enum spdk_sanitize_action {
	/** Make a controller work again whose sanitizing failed. */
	SPDK_NVME_SANITIZE_EXIT_FAILURE_MODE = 0x1,
	/** Erase the media. */
	SPDK_NVME_SANITIZE_BLOCK_ERASE = 0x2,
	/** Write a pattern. */
	SPDK_NVME_SANITIZE_OVERWRITE = 0x3,
	/** Forget keys. */
	SPDK_NVME_SANITIZE_CRYPTO_ERASE = 0x4,
};

/** Dword 10 of sanitize. */
struct spdk_nvme_sanitize {
	/** enum spdk_sanitize_action. */
	uint32_t sanact : 3;
	/** If it fails, EXIT_FAILURE_MODE will do. */
	uint32_t ause : 1;
	/** Passes of an overwrite. 0: 16. */
	uint32_t owpass : 4;
	/** Each pass of an overwrite has the inverse pattern of the one before. */
	uint32_t oipbp : 1;
	/** Do not deallocate afterwards. */
	uint32_t ndas : 1;
	uint32_t reserved : 22;
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_nvme_sanitize) == 4, "fixed by the specification");

/** What firmware commit does. */
enum spdk_nvme_fw_commit_action {
	/** Put what was downloaded into the slot. */
	SPDK_NVME_FW_COMMIT_REPLACE_IMG = 0x0,
	/** The same, and run it from the next reset on. */
	SPDK_NVME_FW_COMMIT_REPLACE_AND_ENABLE_IMG = 0x1,
	/** Run the slot from the next reset on. */
	SPDK_NVME_FW_COMMIT_ENABLE_IMG = 0x2,
	/** Run the slot at once, with what was downloaded if there is such. */
	SPDK_NVME_FW_COMMIT_RUN_IMG = 0x3,
	/** Put what was downloaded into the boot partition. */
	SPDK_NVME_FW_COMMIT_REPLACE_BOOT_PARTITION = 0x6,
	/** Make the boot partition the active one. */
	SPDK_NVME_FW_COMMIT_ACTIVATE_BOOT_PARTITION = 0x7,
};

/** Dword 10 of firmware commit. */
struct spdk_nvme_fw_commit {
	uint32_t fs : 3; /**< Slot, 1 to 7. 0: the controller chooses. */
	uint32_t ca : 3; /**< enum spdk_nvme_fw_commit_action. */
	uint32_t reserved : 25;
	uint32_t bpid : 1; /**< Boot partition. */
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_nvme_fw_commit) == 4, "fixed by the specification");

#ifdef __cplusplus
}
#endif

#endif /* SPDK_NVME_SPEC_MANAGE_H */
