/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * For those who tell people about a thread, beyond spdk_internal/thread.h. On the thread itself.
 */
#ifndef SPINDLE_THREAD_LOOK_H
#define SPINDLE_THREAD_LOOK_H

#include "spdk/stdinc.h"
#include "spdk/thread.h"

struct thread_poller_counts {
	uint32_t active;
	uint32_t timed;
	/* Of both kinds. */
	uint32_t paused;
};

/* Without walking over them. */
void
thread_count_pollers(const struct spdk_thread *thread, struct thread_poller_counts *out_counts);

/* Whether spdk_thread_set_interrupt_mode() has taken it into interrupt mode. */
bool thread_is_in_interrupt(const struct spdk_thread *thread);

#endif
