/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * For tests: reactors on cores 0 and 1 that run beside the test, which looks at them from an OS
 * thread of its own.
 */
#ifndef SPINDLE_BESIDE_FIXTURE_H
#define SPINDLE_BESIDE_FIXTURE_H

#include "runtime/reactor/reactor_fixture.h"

#include <pthread.h>
#include <semaphore.h>

static struct {
	pthread_t os_thread;
	/* Posted by what the test waits for. */
	sem_t done;
	struct spdk_thread *app_thread;
} g_beside;

static inline void
beside_wait(void)
{
	while (sem_wait(&g_beside.done) != 0) {
	}
}

static inline void
beside_is_up(void *arg)
{
	g_beside.app_thread = spdk_get_thread();
	sem_post(&g_beside.done);
}

static inline void *
beside_main(void *arg)
{
	reactors_run_once("0x3", beside_is_up, NULL);
	return NULL;
}

static inline int
beside_up(void **state)
{
	memset(&g_beside, 0, sizeof(g_beside));
	sem_init(&g_beside.done, 0, 0);
	if (pthread_create(&g_beside.os_thread, NULL, beside_main, NULL) != 0) {
		return -EAGAIN;
	}
	beside_wait();
	return 0;
}

static inline void
beside_stop(void *arg)
{
	spdk_reactors_stop(NULL);
}

static inline int
beside_down(void **state)
{
	(void)spdk_thread_send_msg(g_beside.app_thread, beside_stop, NULL);
	pthread_join(g_beside.os_thread, NULL);
	sem_destroy(&g_beside.done);
	return 0;
}

struct beside_call {
	spdk_msg_fn fn;
	void *arg;
};

static inline void
beside_do_call(void *arg)
{
	struct beside_call *call = arg;

	call->fn(call->arg);
	sem_post(&g_beside.done);
}

/* Runs a function on a thread and waits for its end. */
static inline void
beside_run(struct spdk_thread *thread, spdk_msg_fn fn, void *arg)
{
	struct beside_call call = {fn, arg};

	assert_int_equal(spdk_thread_send_msg(thread, beside_do_call, &call), 0);
	beside_wait();
}

#endif
