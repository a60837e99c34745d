/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * \file
 * Open-channel SSDs. What spdk/nvme/io.h says of threads, buffers, callbacks and errors holds
 * here; lists of addresses are such buffers, too.
 *
 * Source: Open-Channel SSD specification 2.0. Types: spdk/nvme_ocssd_spec.h.
 */
#ifndef SPDK_NVME_OCSSD_H
#define SPDK_NVME_OCSSD_H

#include "spdk/stdinc.h"

#include "spdk/nvme.h"
#include "spdk/nvme_ocssd_spec.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Whether the controller is known to be one.
 *
 * Thread: any.
 */
bool spdk_nvme_ctrlr_is_ocssd_supported(struct spdk_nvme_ctrlr *ctrlr);

/**
 * Asks for the geometry of a namespace: struct spdk_ocssd_geometry_data. An admin command, of
 * which spdk/nvme/admin.h tells.
 *
 * Errors: also -EINVAL: payload_size is not that of the struct.
 */
int spdk_nvme_ocssd_ctrlr_cmd_geometry(struct spdk_nvme_ctrlr *ctrlr, uint32_t nsid, void *payload,
				       uint32_t payload_size, spdk_nvme_cmd_cb cb_fn, void *cb_arg);

/**
 * Resets the chunks that begin at these addresses.
 *
 * Shape: lba_list has num_lbas addresses, 1 to SPDK_NVME_OCSSD_MAX_LBAL_ENTRIES, here and below.
 *   chunk_info, unless NULL, has as many entries, where the device writes what becomes of them.
 * Errors: -EINVAL: num_lbas is not in these bounds, or lba_list is NULL.
 */
int spdk_nvme_ocssd_ns_cmd_vector_reset(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair,
					uint64_t *lba_list, uint32_t num_lbas,
					struct spdk_ocssd_chunk_information_entry *chunk_info,
					spdk_nvme_cmd_cb cb_fn, void *cb_arg);

/**
 * Writes one block to each address. io_flags: SPDK_OCSSD_IO_FLAGS_LIMITED_RETRY, here and below.
 */
int spdk_nvme_ocssd_ns_cmd_vector_write(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair,
					void *buffer, uint64_t *lba_list, uint32_t num_lbas,
					spdk_nvme_cmd_cb cb_fn, void *cb_arg, uint32_t io_flags);

/** The same with separate metadata; NULL: none. */
int
spdk_nvme_ocssd_ns_cmd_vector_write_with_md(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair,
					    void *buffer, void *metadata, uint64_t *lba_list,
					    uint32_t num_lbas, spdk_nvme_cmd_cb cb_fn, void *cb_arg,
					    uint32_t io_flags);

/** Reads one block from each address. */
int spdk_nvme_ocssd_ns_cmd_vector_read(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair,
				       void *buffer, uint64_t *lba_list, uint32_t num_lbas,
				       spdk_nvme_cmd_cb cb_fn, void *cb_arg, uint32_t io_flags);

/** The same with separate metadata; NULL: none. */
int
spdk_nvme_ocssd_ns_cmd_vector_read_with_md(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair,
					   void *buffer, void *metadata, uint64_t *lba_list,
					   uint32_t num_lbas, spdk_nvme_cmd_cb cb_fn, void *cb_arg,
					   uint32_t io_flags);

/** Copies blocks within the device, from each address of src_lba_list to that of dst_lba_list. */
int spdk_nvme_ocssd_ns_cmd_vector_copy(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair,
				       uint64_t *dst_lba_list, uint64_t *src_lba_list,
				       uint32_t num_lbas, spdk_nvme_cmd_cb cb_fn, void *cb_arg,
				       uint32_t io_flags);

#ifdef __cplusplus
}
#endif

#endif /* SPDK_NVME_OCSSD_H */
