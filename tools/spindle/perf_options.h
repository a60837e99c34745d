/* SPDX-License-Identifier: BSD-3-Clause */
/* Options of spindle perf that spindle nvme perf has as well. */
#ifndef SPINDLE_TOOL_PERF_OPTIONS_H
#define SPINDLE_TOOL_PERF_OPTIONS_H

#include "perf.h"

enum perf_long_option {
	PERF_OPTION_BLOCK_SIZE = 256,
	PERF_OPTION_CORE_LOCKS,
	PERF_OPTION_ENGINE,
	PERF_OPTION_FILE,
	PERF_OPTION_FLUSH,
	PERF_OPTION_HISTOGRAM,
	PERF_OPTION_JSON_OUTPUT,
	PERF_OPTION_LENGTH,
	PERF_OPTION_MALLOC,
	PERF_OPTION_NO_PROGRESS,
	PERF_OPTION_NULL,
	PERF_OPTION_OFFSET,
	PERF_OPTION_OVERWRITE,
	PERF_OPTION_POLL,
	PERF_OPTION_PROGRESS,
	PERF_OPTION_RATE,
	PERF_OPTION_SEED,
	PERF_OPTION_SIZE,
	PERF_OPTION_VECTORS,
	PERF_OPTION_VERIFY_ONLY,
	PERF_OPTION_ZIPF,
};

/*
 * Takes an option, whose value is in optarg, that says what load there is or how results are shown.
 * STATUS_OK; STATUS_USAGE, with a message; -ENOENT: it is none of these.
 */
int perf_options_take(struct perf_options *options, int option);
/* Whether they fit together; prints what does not, and returns STATUS_USAGE. */
int perf_options_check(const struct perf_options *options);

#endif
