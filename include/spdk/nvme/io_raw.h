/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * \file
 * I/O commands as they stand. A part of spdk/nvme.h. What a namespace has a function for is
 * better done by that: these check nothing, split nothing, and can destroy data.
 *
 * Thread: that of the queue pair.
 * Owner: cmd is copied. Data and metadata are the controller's until the callback.
 * Shape: data is memory of the environment or registered. What spdk/nvme/io.h says of buffers
 *   holds here.
 * Callback: once, if 0 was returned.
 * Errors: -ENOMEM: all requests of the queue pair are in use; -ENXIO: it is not connected, or the
 *   controller is failed; -EFAULT: data is not what the device may reach, explained; -EINVAL: an
 *   argument is NULL, or the length is more than the controller takes.
 */
#ifndef SPDK_NVME_IO_RAW_H
#define SPDK_NVME_IO_RAW_H

#include "spdk/stdinc.h"

#include "spdk/nvme/handle.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Sends a command whose data pointer the caller has filled in. The driver changes nothing but its
 * id. On PCIe only: else, -ENOTSUP.
 */
int spdk_nvme_ctrlr_io_cmd_raw_no_payload_build(struct spdk_nvme_ctrlr *ctrlr,
						struct spdk_nvme_qpair *qpair,
						struct spdk_nvme_cmd *cmd, spdk_nvme_cmd_cb cb_fn,
						void *cb_arg);

/**
 * Sends a command with data in one buffer. The driver fills in its id and data pointer.
 *
 * Units: len in bytes. 0 with buf NULL: no data.
 */
int spdk_nvme_ctrlr_cmd_io_raw(struct spdk_nvme_ctrlr *ctrlr, struct spdk_nvme_qpair *qpair,
			       struct spdk_nvme_cmd *cmd, void *buf, uint32_t len,
			       spdk_nvme_cmd_cb cb_fn, void *cb_arg);

/** The same with separate metadata in one buffer; md_buf NULL: none. */
int spdk_nvme_ctrlr_cmd_io_raw_with_md(struct spdk_nvme_ctrlr *ctrlr, struct spdk_nvme_qpair *qpair,
				       struct spdk_nvme_cmd *cmd, void *buf, uint32_t len,
				       void *md_buf, spdk_nvme_cmd_cb cb_fn, void *cb_arg);

/** The same with data in pieces, which reset_sgl_fn and next_sge_fn tell. */
int spdk_nvme_ctrlr_cmd_iov_raw_with_md(struct spdk_nvme_ctrlr *ctrlr,
					struct spdk_nvme_qpair *qpair, struct spdk_nvme_cmd *cmd,
					uint32_t len, void *md_buf, spdk_nvme_cmd_cb cb_fn,
					void *cb_arg, spdk_nvme_req_reset_sgl_cb reset_sgl_fn,
					spdk_nvme_req_next_sge_cb next_sge_fn);

#ifdef __cplusplus
}
#endif

#endif /* SPDK_NVME_IO_RAW_H */
