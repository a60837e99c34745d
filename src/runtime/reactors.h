/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the application layer needs of the reactors beyond spdk_internal/event.h.
 */
#ifndef SPINDLE_REACTORS_H
#define SPINDLE_REACTORS_H

#include "spdk/event.h"
#include "spdk/stdinc.h"

/*
 * As spdk_reactors_start(): returns when the reactors have stopped. 0, or -errno, explained, when
 * they could not be started (-EINVAL: not initialised; else from the OS threads).
 */
int reactors_run(void);

/* Between their start and their stop; false when they have to leave because not all came up. */
bool reactors_are_running(void);

struct reactors_round {
	spdk_event_fn fn;
	void *arg1;
	void *arg2;
	spdk_event_fn done_fn;
};

/*
 * spdk_for_each_reactor() for those who can go on without: 0; -ENOMEM, and nothing is called. There
 * are reactors.
 */
int reactors_for_each(const struct reactors_round *round);

/* Takes back spdk_interrupt_mode_enable(), when there is no thread library. */
void interrupt_mode_disable(void);

#endif
