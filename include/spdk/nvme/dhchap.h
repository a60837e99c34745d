/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * \file
 * Names of hashes and groups of in-band authentication (DH-HMAC-CHAP). A part of spdk/nvme.h.
 *
 * Thread: any. Strings are constant.
 */
#ifndef SPDK_NVME_DHCHAP_H
#define SPDK_NVME_DHCHAP_H

#include "spdk/stdinc.h"

#include "spdk/nvmf_spec.h"

#ifdef __cplusplus
extern "C" {
#endif

/** The name of enum spdk_nvmf_dhchap_hash: "sha256", "sha384", "sha512". NULL: it is none. */
const char *spdk_nvme_dhchap_get_digest_name(int id);

/** The reverse. -EINVAL: there is none of that name. */
int spdk_nvme_dhchap_get_digest_id(const char *name);

/** Bytes of a digest. 0: it is none. */
uint8_t spdk_nvme_dhchap_get_digest_length(int id);

/**
 * The name of enum spdk_nvmf_dhchap_dhgroup: "null", "ffdhe2048" and so on up to "ffdhe8192".
 * NULL: it is none.
 */
const char *spdk_nvme_dhchap_get_dhgroup_name(int id);

/** The reverse. -EINVAL: there is none of that name. */
int spdk_nvme_dhchap_get_dhgroup_id(const char *name);

#ifdef __cplusplus
}
#endif

#endif /* SPDK_NVME_DHCHAP_H */
