/* SPDX-License-Identifier: BSD-3-Clause */
#include "modules/bdev/file/file_queue.h"

#include <sys/epoll.h>

#include "modules/bdev/file/file_bdev.h"
#include "spdk/fd_group.h"
#include "spdk/likely.h"
#include "spdk/log.h"
#include "spdk/string.h"
#include "spdk/thread.h"
#include "spdk/util.h"
#include "spindle/thread.h"

#define RETRY_US   1000
#define REAP_BATCH 32u

/* ---- Sending ---- */

static void
push(struct file_queue *queue, struct file_io *io)
{
	struct file_request request;

	file_io_request(io, &request);
	queue->engine->push(queue->ring, &request, io);
	queue->in_flight++;
	queue->unsent++;
}

static void
take_from_backlog(struct file_queue *queue)
{
	struct file_io *io;

	while (queue->in_flight < FILE_QUEUE_DEPTH && (io = TAILQ_FIRST(&queue->backlog)) != NULL) {
		TAILQ_REMOVE(&queue->backlog, io, link);
		io->is_in_backlog = false;
		push(queue, io);
	}
}

/* The kernel does not take them now. An answer to another one would be the time to try again. */
static void
wait_to_retry(struct file_queue *queue, int rc)
{
	bool is_shortage = rc == -EAGAIN || rc == -EBUSY || rc == -ENOMEM || rc == -EINTR;

	if (!is_shortage && !queue->is_error_told) {
		queue->is_error_told = true;
		SPDK_ERRLOG("%s does not take I/Os of thread %s: %s. They wait, and are tried "
			    "again every %d us.\n",
			    queue->engine->name, spdk_thread_get_name(queue->thread),
			    spdk_strerror(-rc), RETRY_US);
	}
	if (queue->in_flight == queue->unsent) {
		spdk_poller_resume(queue->retry);
	}
}

/* Whether the kernel has taken any. */
static bool
send_unsent(struct file_queue *queue)
{
	bool is_taken = false;
	int rc;

	while (queue->unsent > 0) {
		rc = queue->engine->enter(queue->ring);
		if (rc <= 0) {
			wait_to_retry(queue, rc == 0 ? -EAGAIN : rc);
			break;
		}
		assert((uint32_t)rc <= queue->unsent);
		queue->unsent -= (uint32_t)rc;
		is_taken = true;
	}
	return is_taken;
}

static void
kick(void *arg)
{
	struct file_queue *queue = arg;

	queue->is_kick_sent = false;
	(void)send_unsent(queue); /* It sees to what was not taken. */
}

static int
retry(void *arg)
{
	struct file_queue *queue = arg;

	spdk_poller_pause(queue->retry);
	(void)send_unsent(queue); /* It sees to what was not taken. */
	return SPDK_POLLER_BUSY;
}

static void
see_that_it_is_sent(struct file_queue *queue)
{
	if (queue->is_in_turn || queue->is_kick_sent) {
		return;
	}
	if (spdk_unlikely(spdk_thread_send_msg(queue->thread, kick, queue) != 0)) {
		/* Somebody has limited the messages of this thread, and used them up. */
		(void)send_unsent(queue);
		return;
	}
	queue->is_kick_sent = true;
}

void
file_queue_submit(struct file_queue *queue, struct file_io *io)
{
	if (spdk_unlikely(queue->in_flight == FILE_QUEUE_DEPTH || !TAILQ_EMPTY(&queue->backlog))) {
		io->is_in_backlog = true;
		TAILQ_INSERT_TAIL(&queue->backlog, io, link);
		return;
	}
	push(queue, io);
	see_that_it_is_sent(queue);
}

void
file_queue_resubmit(struct file_queue *queue, struct file_io *io)
{
	io->is_in_backlog = true;
	TAILQ_INSERT_HEAD(&queue->backlog, io, link);
	take_from_backlog(queue);
	see_that_it_is_sent(queue);
}

void
file_queue_take_back(struct file_queue *queue, struct file_io *io)
{
	assert(io->is_in_backlog);
	TAILQ_REMOVE(&queue->backlog, io, link);
	io->is_in_backlog = false;
	file_bdev_io_answered(io, -ECANCELED);
}

void
file_queue_take_back_all(struct file_queue *queue, const struct file_channel *channel)
{
	TAILQ_HEAD(, file_io) taken = TAILQ_HEAD_INITIALIZER(taken);
	struct file_io *io, *next;

	/* Apart from calling anybody, who may submit more. */
	TAILQ_FOREACH_SAFE (io, &queue->backlog, link, next) {
		if (io->channel == channel) {
			TAILQ_REMOVE(&queue->backlog, io, link);
			TAILQ_INSERT_TAIL(&taken, io, link);
		}
	}
	while ((io = TAILQ_FIRST(&taken)) != NULL) {
		TAILQ_REMOVE(&taken, io, link);
		io->is_in_backlog = false;
		file_bdev_io_answered(io, -ECANCELED);
	}
}

/* ---- Answers ---- */

/*
 * How many. It ends after FILE_QUEUE_DEPTH of them, as nothing is sent meanwhile. All that are
 * there are taken: in interrupt mode nobody comes by again unless there are new ones.
 */
static uint32_t
reap(struct file_queue *queue)
{
	struct file_answer answers[REAP_BATCH];
	uint32_t count, i, total = 0;

	do {
		count = queue->engine->reap(queue->ring, answers, REAP_BATCH);
		queue->in_flight -= count;
		for (i = 0; i < count; i++) {
			file_bdev_io_answered(answers[i].io, answers[i].result);
		}
		total += count;
	} while (count == REAP_BATCH);
	return total;
}

static int
turn(void *arg)
{
	struct file_queue *queue = arg;
	bool is_busy = false;

	if (queue->in_flight == 0) {
		return SPDK_POLLER_IDLE;
	}
	queue->is_in_turn = true;
	if (reap(queue) > 0) {
		is_busy = true;
		take_from_backlog(queue);
	}
	if (queue->unsent > 0 && send_unsent(queue)) {
		is_busy = true;
	}
	queue->is_in_turn = false;
	return is_busy ? SPDK_POLLER_BUSY : SPDK_POLLER_IDLE;
}

/* ---- A queue ---- */

size_t
file_queue_size(const struct file_engine *engine)
{
	return sizeof(struct file_queue) + engine->ring_size;
}

static int
watch_ring(struct file_queue *queue)
{
	struct spdk_event_handler_opts opts = {.opts_size = sizeof(opts)};
	int fd = queue->engine->get_fd(queue->ring);

	if (!spdk_interrupt_mode_is_enabled()) {
		return spindle_poller_set_wake_fd(queue->poller, fd, EPOLLIN | EPOLLET);
	}
	spdk_fd_group_get_default_event_handler_opts(&opts, sizeof(opts));
	opts.events = SPDK_INTERRUPT_EVENT_IN;
	opts.fd_type = queue->engine->has_eventfd ? SPDK_FD_TYPE_EVENTFD : SPDK_FD_TYPE_DEFAULT;
	queue->interrupt = SPDK_INTERRUPT_REGISTER_EXT(fd, turn, queue, &opts);
	spdk_poller_register_interrupt(queue->poller, NULL, NULL);
	return queue->interrupt != NULL ? 0 : -ENOMEM;
}

static int
start_pollers(struct file_queue *queue)
{
	int rc;

	queue->poller = spdk_poller_register_named(turn, queue, 0, queue->engine->name);
	queue->retry = SPDK_POLLER_REGISTER(retry, queue, RETRY_US);
	rc = queue->poller != NULL && queue->retry != NULL ? watch_ring(queue) : -ENOMEM;
	if (rc != 0) {
		spdk_poller_unregister(&queue->poller);
		spdk_poller_unregister(&queue->retry);
		return rc;
	}
	spdk_poller_pause(queue->retry);
	return 0;
}

int
file_queue_init(struct file_queue *queue, const struct file_engine *engine)
{
	struct bdev_reason reason = {""};
	int rc;

	memset(queue, 0, sizeof(*queue));
	queue->engine = engine;
	queue->thread = spdk_get_thread();
	TAILQ_INIT(&queue->backlog);
	rc = engine->open(queue->ring, &reason);
	if (rc != 0) {
		SPDK_ERRLOG("Thread %s: %s\n", spdk_thread_get_name(queue->thread), reason.text);
		return rc;
	}
	rc = start_pollers(queue);
	if (rc != 0) {
		SPDK_ERRLOG("Thread %s: no poller for %s: %s\n",
			    spdk_thread_get_name(queue->thread), engine->name, spdk_strerror(-rc));
		engine->close(queue->ring);
	}
	return rc;
}

void
file_queue_fini(struct file_queue *queue)
{
	assert(queue->in_flight == 0 && TAILQ_EMPTY(&queue->backlog));
	spdk_interrupt_unregister(&queue->interrupt);
	spdk_poller_unregister(&queue->poller);
	spdk_poller_unregister(&queue->retry);
	queue->engine->close(queue->ring);
}
