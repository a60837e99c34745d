/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A step that has to report back: what never does is invisible to code that waits for it, so that
 * the watchdog says what everything waits for.
 */
#ifndef SPINDLE_STEP_H
#define SPINDLE_STEP_H

#include "spdk/stdinc.h"

/* The watchdog is wanted from the first step to the end. Thread: the app thread, as all here. */
void step_watch_begin(void);
void step_watch_end(void);

/*
 * Writes what is said of a step that takes too long: its name, and the cure.
 *
 * Thread: the watchdog's, while the app thread has not ended the step. What `arg` points to is left
 * as it is for so long.
 */
typedef void (*step_describe_fn)(const void *arg, char *text, size_t size);

/* One is under way. There may be millions, so that it is described only if it has to be. */
void step_begin(step_describe_fn describe_fn, const void *arg);
void step_end(void);

/* Whether the step under way has had its time. */
bool step_is_overdue(void);

#endif
