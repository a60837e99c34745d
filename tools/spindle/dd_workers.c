/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A few OS threads that do what may wait in the kernel.
 *
 * W1  `lock` guards the queue, is_ending and busy. It is held for a few instructions only.
 * W2  A thread in a system call is woken by a signal without a handler's work. One that came just
 *     before the call would be lost, so they are sent again until nobody is busy.
 */
#include "dd_workers.h"

#include "spdk/env.h"
#include "spdk/thread.h"

#include <pthread.h>
#include <signal.h>

#define WAKE_SIGNAL     SIGUSR1
#define WAKE_PERIOD_US  10000
#define STACK_BYTES_MAX (256 * 1024)

struct dd_workers {
	pthread_mutex_t lock;
	pthread_cond_t is_filled;
	STAILQ_HEAD(, dd_request) queue;
	unsigned busy;
	bool is_ending;

	bool is_interrupted;
	struct spdk_poller *waker;
	void (*run)(struct dd_request *request);
	unsigned wanted;
	unsigned count;
	pthread_t threads[];
};

static void
finish_request(void *arg)
{
	struct dd_request *request = arg;

	request->done(request);
}

/* The next request, or NULL: that is all. */
static struct dd_request *
take(struct dd_workers *workers)
{
	struct dd_request *request;

	pthread_mutex_lock(&workers->lock);
	while (STAILQ_EMPTY(&workers->queue) && !workers->is_ending) {
		pthread_cond_wait(&workers->is_filled, &workers->lock);
	}
	request = STAILQ_FIRST(&workers->queue);
	if (request != NULL) {
		STAILQ_REMOVE_HEAD(&workers->queue, link);
		workers->busy++;
	}
	pthread_mutex_unlock(&workers->lock);
	return request;
}

static void *
work(void *arg)
{
	struct dd_workers *workers = arg;
	struct dd_request *request;

	while ((request = take(workers)) != NULL) {
		workers->run(request);
		pthread_mutex_lock(&workers->lock);
		workers->busy--;
		pthread_mutex_unlock(&workers->lock);
		/* The thread lives until all requests are done. */
		(void)spdk_thread_send_msg(request->thread, finish_request, request);
	}
	return NULL;
}

static void
do_nothing(int signal_number)
{
}

/* Called without the affinity of the reactor, which the threads would inherit. */
static void *
start_threads(void *arg)
{
	struct dd_workers *workers = arg;
	struct sigaction action = {.sa_handler = do_nothing};
	sigset_t all, before;
	pthread_attr_t attributes;

	/* Without SA_RESTART. */
	sigaction(WAKE_SIGNAL, &action, NULL);
	/* What ends the program is for the application's own threads. */
	sigfillset(&all);
	sigdelset(&all, WAKE_SIGNAL);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	pthread_attr_init(&attributes);
	(void)pthread_attr_setstacksize(&attributes, STACK_BYTES_MAX); /* a smaller one is luxury */
	while (pthread_create(&workers->threads[workers->count], &attributes, work, workers) == 0) {
		workers->count++;
		if (workers->count == workers->wanted) {
			break;
		}
	}
	pthread_attr_destroy(&attributes);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return NULL;
}

struct dd_workers *
dd_workers_create(unsigned count, void (*run)(struct dd_request *request))
{
	struct dd_workers *workers = calloc(1, sizeof(*workers) + count * sizeof(pthread_t));

	assert(count > 0);
	if (workers == NULL) {
		return NULL;
	}
	pthread_mutex_init(&workers->lock, NULL);
	pthread_cond_init(&workers->is_filled, NULL);
	STAILQ_INIT(&workers->queue);
	workers->run = run;
	workers->wanted = count;
	spdk_call_unaffinitized(start_threads, workers);
	if (workers->count == 0) {
		dd_workers_destroy(workers);
		return NULL;
	}
	return workers;
}

void
dd_workers_submit(struct dd_workers *workers, struct dd_request *request)
{
	request->thread = spdk_get_thread();
	pthread_mutex_lock(&workers->lock);
	STAILQ_INSERT_TAIL(&workers->queue, request, link);
	pthread_cond_signal(&workers->is_filled);
	pthread_mutex_unlock(&workers->lock);
}

static int
wake(void *arg)
{
	struct dd_workers *workers = arg;
	unsigned i, busy;

	pthread_mutex_lock(&workers->lock);
	busy = workers->busy;
	pthread_mutex_unlock(&workers->lock);
	for (i = 0; busy > 0 && i < workers->count; i++) {
		pthread_kill(workers->threads[i], WAKE_SIGNAL);
	}
	return busy > 0 ? SPDK_POLLER_BUSY : SPDK_POLLER_IDLE;
}

void
dd_workers_interrupt(struct dd_workers *workers)
{
	if (workers->waker == NULL) {
		__atomic_store_n(&workers->is_interrupted, true, __ATOMIC_RELAXED);
		workers->waker = SPDK_POLLER_REGISTER(wake, workers, WAKE_PERIOD_US);
		(void)wake(workers);
	}
}

bool
dd_workers_is_interrupted(const struct dd_workers *workers)
{
	return __atomic_load_n(&workers->is_interrupted, __ATOMIC_RELAXED);
}

void
dd_workers_destroy(struct dd_workers *workers)
{
	unsigned i;

	if (workers == NULL) {
		return;
	}
	spdk_poller_unregister(&workers->waker);
	pthread_mutex_lock(&workers->lock);
	workers->is_ending = true;
	pthread_cond_broadcast(&workers->is_filled);
	pthread_mutex_unlock(&workers->lock);
	for (i = 0; i < workers->count; i++) {
		pthread_join(workers->threads[i], NULL);
	}
	pthread_cond_destroy(&workers->is_filled);
	pthread_mutex_destroy(&workers->lock);
	free(workers);
}
