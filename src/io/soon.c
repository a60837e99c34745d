/* SPDX-License-Identifier: BSD-3-Clause */
/* Functions that run soon: by a message, or a poller while somebody limits a thread's messages. */
#include "io/soon.h"

#define RETRY_US 1000

static void
run(void *arg)
{
	struct soon *soon = arg;

	soon->is_set = false;
	soon->fn(soon->arg);
}

static int
run_late(void *arg)
{
	struct soon *soon = arg;

	spdk_poller_unregister(&soon->poller);
	run(soon);
	return SPDK_POLLER_BUSY;
}

void
soon_init(struct soon *soon, spdk_msg_fn fn, void *arg)
{
	*soon = (struct soon){.fn = fn, .arg = arg, .thread = spdk_get_thread()};
}

void
soon_fini(struct soon *soon)
{
	spdk_poller_unregister(&soon->poller);
}

void
soon_send(struct soon *soon)
{
	int rc = spdk_thread_send_msg(soon->thread, run, soon);

	if (rc != 0 && soon->poller == NULL) {
		soon->poller = SPDK_POLLER_REGISTER(run_late, soon, RETRY_US);
	}
	soon->is_set = rc == 0 || soon->poller != NULL;
}
