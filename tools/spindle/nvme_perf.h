/* SPDX-License-Identifier: BSD-3-Clause */
/* What the files of `spindle nvme perf` share: spindle perf with another way to devices. */
#ifndef SPINDLE_TOOL_NVME_PERF_H
#define SPINDLE_TOOL_NVME_PERF_H

#include "nvme.h"
#include "perf.h"

struct nvme_perf_options {
	/* The first member: what is given this finds the others. */
	struct perf_options perf;
	char address[32];
	/* 0: all that are active. */
	uint32_t nsid;
	const char *destroy;
};

/* STATUS_OK; or another, with *out_is_over when nothing is wrong. */
int nvme_perf_options_parse(struct nvme_perf_options *options, int argc, char **argv,
			    bool *out_is_over);

extern const struct perf_path nvme_perf_path;

/* nvme_perf_io: of the path, on the worker's thread. */
int nvme_perf_open_worker(struct perf_worker *worker);
void nvme_perf_close_worker(struct perf_worker *worker);
int nvme_perf_submit(struct perf_slot *slot);

#endif
