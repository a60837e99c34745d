/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the test says when it has found something: the seed, what it is, and what happened before.
 */
#ifndef SPINDLE_MODEL_REPORT_H
#define SPINDLE_MODEL_REPORT_H

#include "spdk/stdinc.h"

/* Kinds of findings, which the list of planted faults refers to. */
#define FOUND_DATA   "wrong data"
#define FOUND_STATUS "wrong status"
#define FOUND_LOST   "lost completion"
#define FOUND_DOUBLE "double completion"
#define FOUND_EARLY  "completion inside the submission"
#define FOUND_LIMIT  "limit of the device broken"
#define FOUND_BUFFER "buffer touched"
#define FOUND_LOG    "error logged"
#define FOUND_LEAK   "leak"
#define FOUND_RC     "wrong return code"
#define FOUND_STATS  "wrong statistics"
#define FOUND_DIED   "died"

/* Catches what kills the process, and errors that the library logs. */
void report_open(void);

/* From now on it is this seed's. */
void report_seed(uint64_t seed, bool verbose);

/* Something that happened, kept for the report; printed at once when verbose. */
void report_note(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Prints it all and ends the process with status 1. */
void report_found(const char *kind, const char *format, ...) __attribute__((format(printf, 2, 3)))
__attribute__((noreturn));

/* Errors are logged rightly while memory is short. */
void report_tolerate_errors(bool tolerate);

#endif
