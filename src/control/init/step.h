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

/* One is under way: if it takes too long, the text is logged, which names it and the cure. */
void step_begin(const char *format, ...) __attribute__((format(printf, 1, 2)));
void step_end(void);

/* Whether the step under way has had its time. */
bool step_is_overdue(void);

#endif
