/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A function that is to run soon on a thread: after what runs now, once however often it is asked
 * for until then. Embed it in what belongs to the thread.
 */
#ifndef SPINDLE_SOON_H
#define SPINDLE_SOON_H

#include "spdk/likely.h"
#include "spdk/thread.h"

struct soon {
	spdk_msg_fn fn;
	void *arg;
	struct spdk_thread *thread;
	/* Where no message could be sent. */
	struct spdk_poller *poller;
	bool is_set;
};

/* For the calling thread, which is the only one that may use it. */
void soon_init(struct soon *soon, spdk_msg_fn fn, void *arg);
/* Only while no message is on its way: that has run, or soon_set() was not called. */
void soon_fini(struct soon *soon);

/* soon_set() when it is not set yet. */
void soon_send(struct soon *soon);

/* Has the function run. Where there is no memory even for a poller, the next call tries again. */
static inline void
soon_set(struct soon *soon)
{
	if (spdk_unlikely(!soon->is_set)) {
		soon_send(soon);
	}
}

#endif
