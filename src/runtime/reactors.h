/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the application layer needs of the reactors beyond spdk_internal/event.h.
 */
#ifndef SPINDLE_REACTORS_H
#define SPINDLE_REACTORS_H

#include "spdk/stdinc.h"

/*
 * As spdk_reactors_start(): returns when the reactors have stopped. 0, or -errno, explained, when
 * they could not be started (-EINVAL: not initialised; else from the OS threads).
 */
int reactors_run(void);

/* Between their start and their stop; false when they have to leave because not all came up. */
bool reactors_are_running(void);

/* Takes back spdk_interrupt_mode_enable(), when there is no thread library. */
void interrupt_mode_disable(void);

#endif
