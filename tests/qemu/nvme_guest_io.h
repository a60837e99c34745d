/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the programs for the guests of check-qemu do with an NVMe controller alike: commands that
 * have to succeed, and data to recognise. A line that begins with WRONG and exit status 2 say what
 * was not right.
 */
#ifndef SPINDLE_TESTS_NVME_GUEST_IO_H
#define SPINDLE_TESTS_NVME_GUEST_IO_H

#include "spdk/env.h"
#include "spdk/nvme.h"
#include "spdk/stdinc.h"
#include "spdk/string.h"

#define TIMEOUT_S 60

static inline void __attribute__((format(printf, 2, 3)))
check(bool is_right, const char *format, ...)
{
	va_list args;

	if (is_right) {
		return;
	}
	printf("WRONG: ");
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf("\n");
	exit(2);
}

struct io {
	bool is_done;
	uint16_t status;
};

static inline void
io_done(void *arg, const struct spdk_nvme_cpl *cpl)
{
	struct io *io = arg;

	check(!io->is_done, "a command is completed twice");
	io->is_done = true;
	io->status = (uint16_t)(cpl->status.sct << 8 | cpl->status.sc);
}

static inline void
wait_io(struct spdk_nvme_qpair *qpair, const struct io *io)
{
	uint64_t end = spdk_get_ticks() + TIMEOUT_S * spdk_get_ticks_hz();

	while (!io->is_done) {
		check(spdk_nvme_qpair_process_completions(qpair, 0) >= 0, "the queue pair failed");
		check(spdk_get_ticks() < end, "no completion within %u s", TIMEOUT_S);
	}
}

static inline void
finish(struct spdk_nvme_qpair *qpair, const struct io *io, int rc, const char *what)
{
	check(rc == 0, "%s is refused: %s", what, spdk_strerror(-rc));
	wait_io(qpair, io);
	check(io->status == 0, "%s failed: status %x", what, io->status);
}

static inline void
write_at(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair, void *buf, uint64_t lba,
	 uint32_t count)
{
	struct io io = {0};
	int rc = spdk_nvme_ns_cmd_write(ns, qpair, buf, lba, count, io_done, &io, 0);

	finish(qpair, &io, rc, "a write");
}

static inline void
read_at(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair, void *buf, uint64_t lba,
	uint32_t count)
{
	struct io io = {0};
	int rc = spdk_nvme_ns_cmd_read(ns, qpair, buf, lba, count, io_done, &io, 0);

	finish(qpair, &io, rc, "a read");
}

static inline void
fill(void *buf, size_t size, uint64_t seed)
{
	uint64_t state = seed * 0x9e3779b97f4a7c15u + 0x1234567;
	size_t i;

	for (i = 0; i < size; i += sizeof(state)) {
		state ^= state << 13;
		state ^= state >> 7;
		state ^= state << 17;
		memcpy((uint8_t *)buf + i, &state, spdk_min(sizeof(state), size - i));
	}
}

#endif
