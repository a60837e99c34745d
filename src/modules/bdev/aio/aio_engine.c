/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * I/O through libaio: one context for each thread, shared by all devices.
 *
 * A1  What is pushed waits in `pending`, whose order is that of submission, until enter().
 * A2  io_submit() stops at a request that it does not like. If that is the first, the error is its
 *     answer, kept in `refused` until reap() fetches it, and the rest goes on.
 * A3  Each request signals the eventfd when it is answered. Nobody needs to read it, but in
 *     interrupt mode; see struct file_engine.
 */
#include "modules/bdev/aio/aio_engine.h"

#include <libaio.h>
#include <linux/fs.h>

#include "env/env_internal.h"
#include "spdk/likely.h"
#include "spdk/util.h"

/* Answers at a time. */
#define REAP_MAX 64u

struct aio_io {
	struct file_io io;
	struct iocb iocb;
};

struct aio {
	io_context_t context;
	int event_fd;
	uint32_t pending_begin;
	uint32_t pending_end;
	uint32_t refused_count;
	struct iocb *pending[FILE_QUEUE_DEPTH];
	struct file_answer refused[FILE_QUEUE_DEPTH];
};

/* ---- Whether there is one ---- */

static int
explain(int rc, struct bdev_reason *reason)
{
	switch (rc) {
	case -EAGAIN:
		return bdev_refuse(reason, rc,
				   "all requests of kernel AIO are taken: have an administrator "
				   "raise fs.aio-max-nr by %d for each core (sysctl), or use "
				   "bdev_uring_create",
				   FILE_QUEUE_DEPTH);
	case -ENOSYS:
	case -EPERM:
		return bdev_refuse(reason, rc,
				   "this kernel has no AIO, or forbids it to this process "
				   "(io_setup): use bdev_uring_create");
	default:
		return bdev_refuse(reason, rc, "no kernel AIO to be had");
	}
}

static int
probe(struct bdev_reason *reason)
{
	io_context_t context = NULL;
	int rc = io_setup(1, &context);

	if (rc != 0) {
		return explain(rc, reason);
	}
	io_destroy(context);
	return 0;
}

/* ---- A ring ---- */

static int
open_ring(void *ring, struct bdev_reason *reason)
{
	struct aio *aio = ring;
	int rc;

	memset(aio, 0, sizeof(*aio));
	rc = io_setup(FILE_QUEUE_DEPTH, &aio->context);
	if (rc != 0) {
		return explain(rc, reason);
	}
	aio->event_fd = env_event_create();
	if (aio->event_fd < 0) {
		rc = aio->event_fd;
		io_destroy(aio->context);
		return bdev_refuse(reason, rc, "no descriptor for the answers of kernel AIO");
	}
	return 0;
}

static void
close_ring(void *ring)
{
	struct aio *aio = ring;

	io_destroy(aio->context);
	close(aio->event_fd);
}

static int
get_fd(void *ring)
{
	struct aio *aio = ring;

	return aio->event_fd;
}

static void
prepare(struct iocb *iocb, const struct file_request *request)
{
	const struct iovec *single = &request->single;

	switch (request->op) {
	case FILE_OP_READ:
		if (request->iovcnt == 1) {
			io_prep_pread(iocb, request->fd, single->iov_base, single->iov_len,
				      (long long)request->offset);
		} else {
			io_prep_preadv(iocb, request->fd, request->iovs, request->iovcnt,
				       (long long)request->offset);
		}
		break;
	case FILE_OP_WRITE:
		if (request->iovcnt == 1) {
			io_prep_pwrite(iocb, request->fd, single->iov_base, single->iov_len,
				       (long long)request->offset);
		} else {
			io_prep_pwritev(iocb, request->fd, request->iovs, request->iovcnt,
					(long long)request->offset);
		}
		break;
	default:
		assert(request->op == FILE_OP_SYNC);
		io_prep_fdsync(iocb, request->fd);
		return;
	}
	iocb->aio_rw_flags = request->is_nowait ? RWF_NOWAIT : 0;
}

/* The kernel has taken a part only, and there is more. */
static void
move_pending_to_begin(struct aio *aio)
{
	uint32_t count = aio->pending_end - aio->pending_begin;

	assert(count < FILE_QUEUE_DEPTH);
	memmove(aio->pending, &aio->pending[aio->pending_begin], count * sizeof(aio->pending[0]));
	aio->pending_begin = 0;
	aio->pending_end = count;
}

static void
push(void *ring, const struct file_request *request, struct file_io *io)
{
	struct iocb *iocb = &SPDK_CONTAINEROF(io, struct aio_io, io)->iocb;
	struct aio *aio = ring;

	prepare(iocb, request);
	io_set_eventfd(iocb, aio->event_fd);
	iocb->data = io;
	if (spdk_unlikely(aio->pending_end == FILE_QUEUE_DEPTH)) {
		move_pending_to_begin(aio);
	}
	aio->pending[aio->pending_end++] = iocb;
}

static bool
is_shortage(int rc)
{
	return rc == -EAGAIN || rc == -ENOMEM || rc == -EINTR;
}

static void
refuse(struct aio *aio, const struct iocb *iocb, int rc)
{
	struct file_answer *answer = &aio->refused[aio->refused_count++];

	answer->io = iocb->data;
	answer->result = rc;
	env_event_signal(aio->event_fd);
}

static int
enter(void *ring)
{
	struct aio *aio = ring;
	struct iocb **first = &aio->pending[aio->pending_begin];
	int rc = io_submit(aio->context, aio->pending_end - aio->pending_begin, first);

	if (spdk_unlikely(rc <= 0)) {
		if (rc == 0 || is_shortage(rc)) {
			return rc;
		}
		refuse(aio, *first, rc);
		rc = 1;
	}
	aio->pending_begin += (uint32_t)rc;
	if (aio->pending_begin == aio->pending_end) {
		aio->pending_begin = 0;
		aio->pending_end = 0;
	}
	return rc;
}

static uint32_t
reap(void *ring, struct file_answer *answers, uint32_t max)
{
	struct io_event events[REAP_MAX];
	struct timespec now = {0};
	struct aio *aio = ring;
	uint32_t total = 0;
	int count, i;

	while (spdk_unlikely(aio->refused_count > 0) && total < max) {
		answers[total++] = aio->refused[--aio->refused_count];
	}
	if (total == max) {
		return total;
	}
	/* An error (-EINTR) is no answer; they come next time. */
	count = io_getevents(aio->context, 0, spdk_min(max - total, REAP_MAX), events, &now);
	for (i = 0; i < count; i++, total++) {
		answers[total].io = events[i].data;
		answers[total].result = (int64_t)events[i].res;
	}
	return total;
}

const struct file_engine g_aio_engine = {
	.name = "libaio",
	.ring_size = sizeof(struct aio),
	.io_size = sizeof(struct aio_io),
	.has_eventfd = true,
	.probe = probe,
	.open = open_ring,
	.close = close_ring,
	.get_fd = get_fd,
	.push = push,
	.enter = enter,
	.reap = reap,
};
