/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the files of `spindle dd` share.
 *
 *   dd             options
 *   dd_run         the life of a copy, on the app thread
 *   dd_pass        one pass over a range, by pieces
 *   dd_checkpoint  durable up to here, and written down (dd_state)
 *   dd_report      what is said of it
 *   dd_plan        the arithmetic
 *   dd_end         the two ends: dd_file by dd_workers, dd_bdev
 */
#ifndef SPINDLE_TOOL_DD_H
#define SPINDLE_TOOL_DD_H

#include "dd_pass.h"
#include "progress.h"
#include "spindle.h"

/* How dd ends besides STATUS_OK, STATUS_REFUSED for any failure, and STATUS_USAGE: as a shell has
 * it for a program that SIGINT has ended. */
#define DD_STATUS_INTERRUPTED 130

/* What is read and written at a time at most; --bs may be larger. */
#define DD_PIECE_BYTES_MAX (4ull << 20)

struct dd_options {
	/* One of each pair is NULL. */
	const char *input_file;
	const char *input_bdev;
	const char *output_file;
	const char *output_bdev;
	/* Where bdevs come from: a file, or JSON in memory. */
	const char *config_file;
	char *config_text;
	const char *core_mask;
	const char *state_file;
	/* In bytes. */
	uint64_t block_size;
	uint64_t skip;
	uint64_t seek;
	/* DD_UNLIMITED: all. */
	uint64_t count;
	unsigned depth;
	bool is_sparse;
	bool is_kept;
	bool is_flushed;
	bool is_verified;
	bool is_quiet;
};

/* Copies; returns how the command ends. */
int dd_run(const struct dd_options *options);

/* ---- dd_report ---- */

/* Prints `spindle: ...` to stderr and returns STATUS_REFUSED. */
int dd_refuse(const char *format, ...) __attribute__((format(printf, 1, 2)));

struct dd_report {
	struct progress progress;
	bool is_quiet;
	/* What is under way, for the line of progress: "copied", "verified". */
	const char *verb;
	uint64_t begin_ticks;
	uint64_t begin_bytes;
};

void dd_report_init(struct dd_report *report, bool is_quiet);
/* From now on, `begin` bytes of it are done already. */
void dd_report_begin(struct dd_report *report, const char *verb, uint64_t begin);
void dd_report_progress(struct dd_report *report, uint64_t done, uint64_t total);
/* What has failed. */
void dd_report_failure(const struct dd_pass *pass);
void dd_report_summary(const struct dd_report *report, const struct dd_pass *pass, uint64_t bytes);
/* How far it came before it was interrupted or has failed, and how to go on. */
void dd_report_rest(const struct dd_options *options, uint64_t done, uint64_t total);

#endif
