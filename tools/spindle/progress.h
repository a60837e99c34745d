/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One line that tells how far a command is. On a terminal it is written over itself; elsewhere
 * there is none, unless it was asked for: then each one is a line that stays.
 */
#ifndef SPINDLE_TOOL_PROGRESS_H
#define SPINDLE_TOOL_PROGRESS_H

#include "spdk/stdinc.h"

enum progress_mode {
	/* On a terminal. */
	PROGRESS_AUTO,
	PROGRESS_ON,
	PROGRESS_OFF,
};

struct progress {
	/* NULL: nothing is shown. */
	FILE *file;
	bool is_terminal;
	bool is_shown;
};

/* The file, stderr as a rule, stays the caller's. */
void progress_init(struct progress *progress, FILE *file, enum progress_mode mode);
/* Whether anybody would see it: a caller may spare himself the figures. */
bool progress_is_on(const struct progress *progress);
/* Shows a line in the place of the last one, cut to what the terminal is wide. */
void progress_show(struct progress *progress, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* Takes the line off the terminal: before something else is written there, and at the end. */
void progress_clear(struct progress *progress);

/* Seconds that are left if it goes on as it went; negative: nobody knows. */
double progress_seconds_left(uint64_t done, uint64_t total, double elapsed_s);

/* A time for people; `.text` may be used where the call is. */
struct duration_text {
	char text[24];
};

/* "0:07", "12:34", "1:02:03"; what is negative, or too long to mean anything: "?". */
struct duration_text duration_text(double seconds);

#endif
