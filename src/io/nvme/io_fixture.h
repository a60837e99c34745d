/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * For tests of queue pairs and I/O: a fake controller that the driver has attached, and I/O queue
 * pairs. From io_open() to io_close() the test itself steps the fake, so that each run is the same.
 */
#ifndef SPINDLE_NVME_IO_FIXTURE_H
#define SPINDLE_NVME_IO_FIXTURE_H

#include "io/nvme/ctrlr_fixture.h"

#include "base/log_capture.h"

struct io_host {
	struct fake *fake;
	struct spdk_nvme_ctrlr *ctrlr;
	struct spdk_nvme_ns *ns;
	struct spdk_nvme_qpair *qpair;
};

/*
 * NULL: as fake_opts_init(), and default options of queue pairs. Interrupts are enabled where the
 * fake has some.
 */
void io_open(struct io_host *host, const struct fake_opts *opts,
	     const struct spdk_nvme_io_qpair_opts *qpair_opts);
/* The same, with a queue pair of so many entries. */
void io_open_small(struct io_host *host, const struct fake_opts *opts, uint32_t entries);
/* The judge found nothing; nothing is outstanding. */
void io_close(struct io_host *host);
/* Calls that wait need somebody else to step it. */
struct spdk_nvme_qpair *
io_alloc_qpair(struct io_host *host, const struct spdk_nvme_io_qpair_opts *opts);
void io_free_qpair(struct io_host *host, struct spdk_nvme_qpair *qpair);

/* Reads never end by themselves from now on, but can be aborted or released. */
void io_hold_reads(struct io_host *host);

/* Steps and polls until the result is there; fails the test when it does not come. */
void io_wait(struct io_host *host, const struct ctrlr_result *result);
/* Steps and polls, so many times. */
void io_turn(struct io_host *host, uint32_t times);
/* The same, and what it must be: 0: success. */
void io_expect(struct io_host *host, struct ctrlr_result *result, uint32_t sct, uint32_t sc);

/* Reads block 0. 0 or -errno, as the driver's function. */
int io_read_block(struct io_host *host, void *buffer, struct ctrlr_result *result);
/*
 * The command that was submitted so many before the next one, 1 is the last, as the controller
 * finds it in the queue; for as long as its place is not used again.
 */
const struct spdk_nvme_cmd *io_command_before(const struct io_host *host, uint32_t back);
struct spdk_nvme_cmd io_last_command(const struct io_host *host);
/* How many I/O commands of an opcode the controller has had. */
uint64_t io_commands(const struct io_host *host, uint8_t opcode);

/* Zeroed memory for data, for spdk_free(). */
void *io_memory(size_t size);
void io_fill(void *buffer, size_t size, uint32_t seed);

#endif
