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

enum reactor_state {
	REACTOR_BUSY,   /* its last turn found work */
	REACTOR_IDLE,   /* it found none, and the reactor looks on */
	REACTOR_ASLEEP, /* it sleeps */
};

struct reactor_rest {
	/* Of the idle time, in ticks, and how many sleeps that was; by the end of the last one. */
	uint64_t asleep;
	uint64_t sleeps;
};

/*
 * What a reactor does (any OS thread, while there are reactors); that of the caller itself, what it
 * did until it was woken for this.
 */
enum reactor_state reactors_get_state(uint32_t core);

/* Of the reactor that calls. */
void reactors_get_own_rest(struct reactor_rest *out_rest);

/* Takes back spdk_interrupt_mode_enable(), when there is no thread library. */
void interrupt_mode_disable(void);

#endif
