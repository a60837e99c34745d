/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A user's program as tests/system/install.sh compiles it against an installed Spindle: a thread
 * without any set-up before it, one message to it, and a clean end.
 */
#include <stdio.h>

#include <spdk/thread.h>

static void
hello(void *arg)
{
	printf("hello from %s\n", spdk_thread_get_name(spdk_get_thread()));
	*(int *)arg = 1;
}

int
main(void)
{
	struct spdk_thread *thread;
	int greeted = 0;

	if (spdk_thread_lib_init(NULL, 0) != 0) {
		return 1;
	}
	thread = spdk_thread_create("user", NULL);
	if (thread == NULL || spdk_thread_send_msg(thread, hello, &greeted) != 0) {
		return 1;
	}
	spdk_thread_poll(thread, 0, 0);
	spdk_set_thread(thread);
	spdk_thread_exit(thread);
	while (!spdk_thread_is_exited(thread)) {
		spdk_thread_poll(thread, 0, 0);
	}
	spdk_thread_destroy(thread);
	spdk_thread_lib_fini();
	return greeted == 1 ? 0 : 1;
}
