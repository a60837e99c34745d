/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * \file
 * Commands of the admin queue. A part of spdk/nvme.h.
 *
 * Thread: any OS thread, at any time while the controller is attached: a lock of the controller
 *   guards the queue. Callbacks run on whichever calls
 *   spdk_nvme_ctrlr_process_admin_completions(), without that lock, and may submit anew.
 * Owner: payloads may be any memory, the stack too: they are copied to and from memory that the
 *   device can reach. What is sent is the caller's again when the call returns; what is received
 *   is written just before the callback.
 * Callback: once, if 0 was returned. cb_fn may be NULL.
 * Errors: of all functions with a callback: -ENOMEM: no request or memory is left; -ENXIO: the
 *   admin queue is not connected, or the controller is failed; -EINVAL: NULL for a payload whose
 *   size is not 0. Functions without a callback wait, and poll the queue meanwhile: 0, one of
 *   these, -EIO: the controller refused (the log has its status), or -ETIMEDOUT. They must not be
 *   called from within a callback.
 */
#ifndef SPDK_NVME_ADMIN_H
#define SPDK_NVME_ADMIN_H

#include "spdk/stdinc.h"

#include "spdk/nvme/handle.h"
#include "spdk/nvme/qpair.h"
#include "spdk/nvmf_spec.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * The discovery log has been read.
 *
 * Owner: log_page is the program's, to free().
 * Shape: rc other than 0: -errno, and cpl and log_page are NULL. cpl may tell an error all the
 *   same; then log_page is NULL.
 */
typedef void (*spdk_nvme_discovery_cb)(void *cb_arg, int rc, const struct spdk_nvme_cpl *cpl,
				       struct spdk_nvmf_discovery_log_page *log_page);

/**
 * Reads the whole log of a discovery controller, piece by piece, and again if it changed
 * meanwhile.
 *
 * Errors: -EINVAL: it is not a discovery controller; -ENOMEM; -ENXIO.
 */
int spdk_nvme_ctrlr_get_discovery_log_page(struct spdk_nvme_ctrlr *ctrlr,
					   spdk_nvme_discovery_cb cb_fn, void *cb_arg);

/**
 * A descriptor that becomes readable when admin commands are through. See
 * spdk_nvme_qpair_get_fd().
 */
int spdk_nvme_ctrlr_get_admin_qp_fd(struct spdk_nvme_ctrlr *ctrlr,
				    struct spdk_event_handler_opts *opts);

/** Why the admin queue is not connected. */
spdk_nvme_qp_failure_reason
spdk_nvme_ctrlr_get_admin_qp_failure_reason(struct spdk_nvme_ctrlr *ctrlr);

/**
 * Sends an admin command as it stands, but for its id and pointers (PSDT, MPTR, DPTR), which the
 * driver fills in, and FUSE, which is cleared. Nothing of it is checked.
 *
 * Shape: which way the data go is what the opcode says (its two lowest bits). buf NULL and len 0:
 *   none.
 */
int spdk_nvme_ctrlr_cmd_admin_raw(struct spdk_nvme_ctrlr *ctrlr, struct spdk_nvme_cmd *cmd,
				  void *buf, uint32_t len, spdk_nvme_cmd_cb cb_fn, void *cb_arg);

/**
 * Runs the callbacks of admin commands that are through, on whatever OS thread they were
 * submitted; sends signs of life (keep alive); takes events; looks at time-outs. Never waits. How
 * many commands are through.
 *
 * Errors: -ENXIO: the admin queue is not connected, or the controller is failed: reset it.
 */
int32_t spdk_nvme_ctrlr_process_admin_completions(struct spdk_nvme_ctrlr *ctrlr);

/**
 * Reads a log page.
 *
 * Shape: nsid is 0, an id, or SPDK_NVME_GLOBAL_NS_TAG for the controller, as the page wants it.
 *   payload_size is a multiple of 4, not 0; so is offset, which is 0 unless the controller takes
 *   others (LPA).
 * Errors: also -EINVAL: one of these is not so.
 */
int spdk_nvme_ctrlr_cmd_get_log_page(struct spdk_nvme_ctrlr *ctrlr, uint8_t log_page, uint32_t nsid,
				     void *payload, uint32_t payload_size, uint64_t offset,
				     spdk_nvme_cmd_cb cb_fn, void *cb_arg);

/**
 * The same with other fields of the command: what is set in cdw10, cdw11 and cdw14 is added to
 * what the driver fills in.
 *
 * Errors: also -EINVAL: the number of the page or the length is set in cdw10 or cdw11.
 */
int spdk_nvme_ctrlr_cmd_get_log_page_ext(struct spdk_nvme_ctrlr *ctrlr, uint8_t log_page,
					 uint32_t nsid, void *payload, uint32_t payload_size,
					 uint64_t offset, uint32_t cdw10, uint32_t cdw11,
					 uint32_t cdw14, spdk_nvme_cmd_cb cb_fn, void *cb_arg);

/**
 * Asks the controller to abort a command. The completion's bit 0 of dword 0 is 0 if it did; the
 * command itself always completes, one way or the other. More aborts than the controller takes at
 * a time (ACL) wait here.
 *
 * Shape: qpair NULL: an admin command. cid as spdk_nvme_timeout_cb had it.
 */
int spdk_nvme_ctrlr_cmd_abort(struct spdk_nvme_ctrlr *ctrlr, struct spdk_nvme_qpair *qpair,
			      uint16_t cid, spdk_nvme_cmd_cb cb_fn, void *cb_arg);

/**
 * Aborts all commands that have this callback argument. Those that wait here complete with
 * ABORTED BY REQUEST; those that the controller has, it is asked to abort.
 *
 * Thread: that of qpair.
 * Shape: qpair NULL: admin commands.
 * Callback: after the last abort, with the first error of one, or success; bit 0 of dword 0 is 0
 *   if all were aborted.
 * Errors: also -ENOENT: there is no such command.
 */
int spdk_nvme_ctrlr_cmd_abort_ext(struct spdk_nvme_ctrlr *ctrlr, struct spdk_nvme_qpair *qpair,
				  void *cmd_cb_arg, spdk_nvme_cmd_cb cb_fn, void *cb_arg);

/**
 * Sets a feature of the controller.
 *
 * Shape: bit 31 of cdw10 (save) is not set: use spdk_nvme_ctrlr_cmd_admin_raw() for that. payload
 *   only for features that have data.
 */
int spdk_nvme_ctrlr_cmd_set_feature(struct spdk_nvme_ctrlr *ctrlr, uint8_t feature, uint32_t cdw11,
				    uint32_t cdw12, void *payload, uint32_t payload_size,
				    spdk_nvme_cmd_cb cb_fn, void *cb_arg);

/**
 * Reads a feature of the controller; dword 0 of the completion has it, and payload its data.
 *
 * Shape: the low byte of `feature` is the number. Current values; others by
 *   spdk_nvme_ctrlr_cmd_admin_raw().
 */
int spdk_nvme_ctrlr_cmd_get_feature(struct spdk_nvme_ctrlr *ctrlr, uint8_t feature, uint32_t cdw11,
				    void *payload, uint32_t payload_size, spdk_nvme_cmd_cb cb_fn,
				    void *cb_arg);

/** The same of a namespace. */
int spdk_nvme_ctrlr_cmd_get_feature_ns(struct spdk_nvme_ctrlr *ctrlr, uint8_t feature,
				       uint32_t cdw11, void *payload, uint32_t payload_size,
				       spdk_nvme_cmd_cb cb_fn, void *cb_arg, uint32_t ns_id);

/** Sets a feature of a namespace. */
int
spdk_nvme_ctrlr_cmd_set_feature_ns(struct spdk_nvme_ctrlr *ctrlr, uint8_t feature, uint32_t cdw11,
				   uint32_t cdw12, void *payload, uint32_t payload_size,
				   spdk_nvme_cmd_cb cb_fn, void *cb_arg, uint32_t ns_id);

/**
 * Data of a security protocol, from the controller: protocol secp, its own field spsp, and nssf,
 * which is NVMe's (the target of RPMB).
 */
int spdk_nvme_ctrlr_cmd_security_receive(struct spdk_nvme_ctrlr *ctrlr, uint8_t secp, uint16_t spsp,
					 uint8_t nssf, void *payload, uint32_t payload_size,
					 spdk_nvme_cmd_cb cb_fn, void *cb_arg);

/** Data of a security protocol, to the controller. */
int spdk_nvme_ctrlr_cmd_security_send(struct spdk_nvme_ctrlr *ctrlr, uint8_t secp, uint16_t spsp,
				      uint8_t nssf, void *payload, uint32_t payload_size,
				      spdk_nvme_cmd_cb cb_fn, void *cb_arg);

/** spdk_nvme_ctrlr_cmd_security_receive(), and waits. */
int spdk_nvme_ctrlr_security_receive(struct spdk_nvme_ctrlr *ctrlr, uint8_t secp, uint16_t spsp,
				     uint8_t nssf, void *payload, size_t size);

/** spdk_nvme_ctrlr_cmd_security_send(), and waits. */
int spdk_nvme_ctrlr_security_send(struct spdk_nvme_ctrlr *ctrlr, uint8_t secp, uint16_t spsp,
				  uint8_t nssf, void *payload, size_t size);

/** Data of a directive, from the controller: enums of spdk/nvme_spec/directive.h. */
int spdk_nvme_ctrlr_cmd_directive_receive(struct spdk_nvme_ctrlr *ctrlr, uint32_t nsid,
					  uint32_t doper, uint32_t dtype, uint32_t dspec,
					  void *payload, uint32_t payload_size, uint32_t cdw12,
					  uint32_t cdw13, spdk_nvme_cmd_cb cb_fn, void *cb_arg);

/** Data of a directive, to the controller. */
int spdk_nvme_ctrlr_cmd_directive_send(struct spdk_nvme_ctrlr *ctrlr, uint32_t nsid, uint32_t doper,
				       uint32_t dtype, uint32_t dspec, void *payload,
				       uint32_t payload_size, uint32_t cdw12, uint32_t cdw13,
				       spdk_nvme_cmd_cb cb_fn, void *cb_arg);

/**
 * Attaches a namespace to the controllers of a list, and waits. If this one is among them, it
 * identifies its namespaces anew.
 */
int spdk_nvme_ctrlr_attach_ns(struct spdk_nvme_ctrlr *ctrlr, uint32_t nsid,
			      struct spdk_nvme_ctrlr_list *payload);

/** Detaches it, in the same way. No I/O may be under way. */
int spdk_nvme_ctrlr_detach_ns(struct spdk_nvme_ctrlr *ctrlr, uint32_t nsid,
			      struct spdk_nvme_ctrlr_list *payload);

/**
 * Creates a namespace, and waits. It is attached to no controller yet.
 *
 * Shape: of payload, size, capacity, format and what else the controller takes at creation count.
 * Errors: its id; 0: it was not created, explained.
 */
uint32_t
spdk_nvme_ctrlr_create_ns(struct spdk_nvme_ctrlr *ctrlr, struct spdk_nvme_ns_data *payload);

/**
 * Deletes a namespace with its data, and waits. No I/O may be under way.
 *
 * Shape: SPDK_NVME_GLOBAL_NS_TAG: all of them.
 */
int spdk_nvme_ctrlr_delete_ns(struct spdk_nvme_ctrlr *ctrlr, uint32_t nsid);

/**
 * Formats a namespace, which erases it, and waits. Its sizes may be others then. No I/O may be
 * under way.
 *
 * Shape: SPDK_NVME_GLOBAL_NS_TAG: all of them.
 */
int spdk_nvme_ctrlr_format(struct spdk_nvme_ctrlr *ctrlr, uint32_t nsid,
			   struct spdk_nvme_format *format);

/**
 * Downloads an image of the firmware and commits it to a slot, and waits. Then resets the
 * controller, whatever the action: so that an image runs that waits for a reset, and so that the
 * driver knows one that runs already.
 *
 * Thread: as spdk_nvme_ctrlr_reset().
 * Shape: slot 0: the controller chooses. completion_status is not NULL.
 * Units: size in bytes, a multiple of 4, not 0.
 * Errors: *completion_status has the status of the commit, or of the download that was refused. It
 *   may tell of a reset that the controller wants, which is no error here: of another kind than
 *   this one, where it says so. -EINVAL: an argument is wrong, or the action is none for firmware;
 *   -EIO: the controller refused the image; others as spdk_nvme_ctrlr_reset().
 */
int spdk_nvme_ctrlr_update_firmware(struct spdk_nvme_ctrlr *ctrlr, void *payload, uint32_t size,
				    int slot, enum spdk_nvme_fw_commit_action commit_action,
				    struct spdk_nvme_status *completion_status);

#ifdef __cplusplus
}
#endif

#endif /* SPDK_NVME_ADMIN_H */
