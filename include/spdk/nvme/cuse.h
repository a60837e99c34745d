/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * \file
 * Controllers as character devices of the system, so that nvme-cli finds them. A part of
 * spdk/nvme.h. There are no such devices here, and none can be made, which is explained; `spindle
 * nvme` does what they are wanted for.
 */
#ifndef SPDK_NVME_CUSE_H
#define SPDK_NVME_CUSE_H

#include "spdk/stdinc.h"

#include "spdk/nvme/handle.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * The name of a controller's device.
 *
 * Shape: *size is the room in `name`.
 * Errors: -ENODEV: it has none.
 */
int spdk_nvme_cuse_get_ctrlr_name(struct spdk_nvme_ctrlr *ctrlr, char *name, size_t *size);

/** The name of a namespace's device, in the same way. */
int
spdk_nvme_cuse_get_ns_name(struct spdk_nvme_ctrlr *ctrlr, uint32_t nsid, char *name, size_t *size);

/** Makes the devices of a controller. -ENOTSUP. */
int spdk_nvme_cuse_register(struct spdk_nvme_ctrlr *ctrlr);

/** Takes them away. -ENOTSUP. */
int spdk_nvme_cuse_unregister(struct spdk_nvme_ctrlr *ctrlr);

/** Makes devices for namespaces that have come, and takes away those of others. Does nothing. */
void spdk_nvme_cuse_update_namespaces(struct spdk_nvme_ctrlr *ctrlr);

#ifdef __cplusplus
}
#endif

#endif /* SPDK_NVME_CUSE_H */
