/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the rest of the posix environment and its tests need of the tick counter beyond spdk/env.h.
 */
#ifndef SPINDLE_ENV_TICKS_H
#define SPINDLE_ENV_TICKS_H

#include "spdk/stdinc.h"

/*
 * Notes the time now, so that the tick rate, when it is first asked for, is measured from here and
 * not from a moment before that. Makes start-up shorter by the time the measurement takes; may be
 * left out.
 */
void ticks_prepare(void);

/* Nanoseconds that `ticks` take, rounded up. */
uint64_t ticks_to_ns(uint64_t ticks);

/* For tests: from now on ticks are nanoseconds of CLOCK_MONOTONIC. Before the first use of ticks.
 */
void ticks_force_clock(void);

/* For tests: whether ticks come from a counter of the CPU. */
bool ticks_are_native(void);

#endif
