/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * \file
 * Commands that shall fail, for tests. A part of spdk/nvme.h.
 *
 * Thread: that of the queue pair; for the admin queue, any.
 * Shape: qpair NULL: the admin queue.
 */
#ifndef SPDK_NVME_ERROR_INJECTION_H
#define SPDK_NVME_ERROR_INJECTION_H

#include "spdk/stdinc.h"

#include "spdk/nvme/handle.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Makes the next err_count commands of an opcode fail with status code sc of type sct.
 *
 * Shape: do_not_submit: the controller does not see the command, which completes after
 *   timeout_in_us; else it carries the command out, and only the status is another. A second call
 *   for an opcode replaces the first.
 * Units: microseconds, checked when the queue is polled.
 * Errors: -ENOMEM.
 */
int spdk_nvme_qpair_add_cmd_error_injection(struct spdk_nvme_ctrlr *ctrlr,
					    struct spdk_nvme_qpair *qpair, uint8_t opc,
					    bool do_not_submit, uint64_t timeout_in_us,
					    uint32_t err_count, uint8_t sct, uint8_t sc);

/** Ends it for an opcode. Commands that wait already still fail. */
void spdk_nvme_qpair_remove_cmd_error_injection(struct spdk_nvme_ctrlr *ctrlr,
						struct spdk_nvme_qpair *qpair, uint8_t opc);

#ifdef __cplusplus
}
#endif

#endif /* SPDK_NVME_ERROR_INJECTION_H */
