/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * \file
 * Reservations of namespaces among hosts. A part of spdk/nvme.h. What spdk/nvme/io.h says of
 * threads, buffers and errors holds here.
 *
 * Owner: payloads are copied when they are sent, and may be any memory; that of a report is
 *   memory of the environment or registered, and the controller's until the callback.
 * Source: NVM Express base specification, 'Reservations'. spdk/nvme_spec/reservation.h has the
 *   types.
 */
#ifndef SPDK_NVME_RESERVATION_H
#define SPDK_NVME_RESERVATION_H

#include "spdk/stdinc.h"

#include "spdk/nvme/handle.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Registers a key, gives it up, or replaces it.
 *
 * Shape: ignore_key: the current key is not checked. cptpl: whether registrations outlast a loss
 *   of power.
 */
int spdk_nvme_ns_cmd_reservation_register(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair,
					  struct spdk_nvme_reservation_register_data *payload,
					  bool ignore_key,
					  enum spdk_nvme_reservation_register_action action,
					  enum spdk_nvme_reservation_register_cptpl cptpl,
					  spdk_nvme_cmd_cb cb_fn, void *cb_arg);

/** Releases a reservation, or clears all of it. */
int spdk_nvme_ns_cmd_reservation_release(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair,
					 struct spdk_nvme_reservation_key_data *payload,
					 bool ignore_key,
					 enum spdk_nvme_reservation_release_action action,
					 enum spdk_nvme_reservation_type type,
					 spdk_nvme_cmd_cb cb_fn, void *cb_arg);

/** Acquires a reservation, or takes it from another. */
int spdk_nvme_ns_cmd_reservation_acquire(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair,
					 struct spdk_nvme_reservation_acquire_data *payload,
					 bool ignore_key,
					 enum spdk_nvme_reservation_acquire_action action,
					 enum spdk_nvme_reservation_type type,
					 spdk_nvme_cmd_cb cb_fn, void *cb_arg);

/**
 * Who is registered, and who holds it.
 *
 * Units: len in bytes, a multiple of 4. What does not fit is cut off.
 * Errors: also -EINVAL: len is not such a multiple.
 */
int spdk_nvme_ns_cmd_reservation_report(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair,
					void *payload, uint32_t len, spdk_nvme_cmd_cb cb_fn,
					void *cb_arg);

#ifdef __cplusplus
}
#endif

#endif /* SPDK_NVME_RESERVATION_H */
