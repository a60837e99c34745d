/* SPDX-License-Identifier: BSD-3-Clause */
/* Commands and completions as text of one line, for messages that have more to say. */
#ifndef SPINDLE_NVME_COMMAND_TEXT_H
#define SPINDLE_NVME_COMMAND_TEXT_H

#include "spdk/nvme_spec.h"

/* Room for the longest of these texts, with its end. */
#define NVME_COMMAND_TEXT_SIZE    192
#define NVME_COMPLETION_TEXT_SIZE 192

/* "WRITE qid 1 cid 12 nsid 1 lba 0 len 8 prp 0x1000 0x2000". qid 0: an admin command. */
void nvme_command_format(char *text, size_t size, uint16_t qid, const struct spdk_nvme_cmd *cmd);

/*
 * "LBA OUT OF RANGE (GENERIC, 00h/80h) qid 1 cid 12 cdw0 0x0 sqhd 3 p 1 m 0 dnr 1". `opc` is that
 * of the command.
 */
void nvme_completion_format(char *text, size_t size, uint16_t qid, const struct spdk_nvme_cpl *cpl,
			    uint8_t opc);

#endif
