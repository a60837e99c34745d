/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Names for what an OS thread is doing. Signal-safe: a stalled OS thread is asked by a signal.
 */
#include "runtime/activity.h"
#include "runtime/thread/thread_internal.h"

__thread struct activity t_activity;

static void
copy_name(char *out, size_t size, const char *name)
{
	size_t length = strnlen(name, size - 1);

	memcpy(out, name, length);
	out[length] = '\0';
}

void
activity_get_names(struct activity_names *out_names)
{
	struct spdk_thread *thread = load_relaxed(&t_activity.thread);
	struct spdk_poller *poller = load_relaxed(&t_activity.poller);

	copy_name(out_names->thread, sizeof(out_names->thread), thread != NULL ? thread->name : "");
	copy_name(out_names->poller, sizeof(out_names->poller), poller != NULL ? poller->name : "");
}
