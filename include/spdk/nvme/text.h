/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * \file
 * Commands and completions in words. A part of spdk/nvme.h.
 *
 * Thread: any.
 * Source: names and meanings are those of the NVM Express specifications.
 */
#ifndef SPDK_NVME_TEXT_H
#define SPDK_NVME_TEXT_H

#include "spdk/stdinc.h"

#include "spdk/nvme/handle.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * What a status means, in capital letters: "INVALID FIELD IN COMMAND". Never NULL; a code that has
 * no name is "RESERVED", one of a vendor "VENDOR SPECIFIC".
 *
 * Owner: constant.
 */
const char *spdk_nvme_cpl_get_status_string(const struct spdk_nvme_status *status);

/**
 * The same, with the opcode of the command: codes of Fabrics commands (opcode 7Fh) mean something
 * else than those of others.
 */
const char *spdk_nvme_cpl_get_status_string_ext(const struct spdk_nvme_status *status, uint8_t opc);

/**
 * What kind of status it is: "GENERIC", "COMMAND SPECIFIC", "MEDIA ERROR", "PATH", "VENDOR
 * SPECIFIC" or "RESERVED". Owner: constant.
 */
const char *spdk_nvme_cpl_get_status_type_string(const struct spdk_nvme_status *status);

/**
 * Writes a command to the log, at level NOTICE: one line with its name and what is most telling
 * of it.
 */
void spdk_nvme_qpair_print_command(struct spdk_nvme_qpair *qpair, struct spdk_nvme_cmd *cmd);

/** Writes a completion to the log, at level NOTICE: one line with its meaning. */
void spdk_nvme_qpair_print_completion(struct spdk_nvme_qpair *qpair, struct spdk_nvme_cpl *cpl);

/** The same, with the opcode of the command. */
void spdk_nvme_qpair_print_completion_ext(const struct spdk_nvme_qpair *qpair,
					  const struct spdk_nvme_cpl *cpl, uint8_t opc);

/** The same, with the number of a queue; 0: admin commands. */
void spdk_nvme_print_command(uint16_t qid, struct spdk_nvme_cmd *cmd);

void spdk_nvme_print_completion(uint16_t qid, struct spdk_nvme_cpl *cpl);

void spdk_nvme_print_completion_ext(uint16_t qid, const struct spdk_nvme_cpl *cpl, uint8_t opc);

#ifdef __cplusplus
}
#endif

#endif /* SPDK_NVME_TEXT_H */
