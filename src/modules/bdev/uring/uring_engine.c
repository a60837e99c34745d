/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * I/O through io_uring: one ring for each thread, shared by all devices.
 *
 * R1  A thread moves between OS threads, so that the flags for a ring of one OS thread only
 *     (IORING_SETUP_SINGLE_ISSUER, IORING_SETUP_DEFER_TASKRUN) are out of the question.
 * R2  With IORING_SETUP_COOP_TASKRUN the kernel does not interrupt an OS thread to bring its
 *     answers: they come with the next call of the kernel. That is enter() under load; otherwise
 *     reap() sees IORING_SQ_TASKRUN and calls for them, and an OS thread that sleeps is woken.
 * R3  The ring's own descriptor is readable while there are answers, so no eventfd is needed.
 */
#include "modules/bdev/uring/uring_engine.h"

#include <fcntl.h>
#include <liburing.h>
#include <linux/falloc.h>

#include "spdk/likely.h"
#include "spdk/util.h"

/* Answers at a time. */
#define REAP_MAX 64u

struct uring {
	struct io_uring ring;
};

static const char g_cure[] = "use bdev_aio_create instead";

/* ---- Whether there is one ---- */

/* Which of those that the kernel has for a plain "not permitted". */
static bool
is_disabled_by_sysctl(void)
{
	FILE *file = fopen("/proc/sys/kernel/io_uring_disabled", "re");
	int value = 0;

	if (file != NULL) {
		if (fscanf(file, "%d", &value) != 1) {
			value = 0;
		}
		fclose(file);
	}
	return value != 0;
}

static int
explain(int rc, struct bdev_reason *reason)
{
	switch (rc) {
	case -ENOSYS:
		return bdev_refuse(reason, rc,
				   "this kernel has no io_uring, or an old one (Linux 5.6 is the "
				   "first that serves, and containers may take it away): %s",
				   g_cure);
	case -EPERM:
	case -EACCES:
		if (is_disabled_by_sysctl()) {
			return bdev_refuse(reason, rc,
					   "io_uring is switched off on this machine: have an "
					   "administrator run 'sysctl kernel.io_uring_disabled=0', "
					   "or %s",
					   g_cure);
		}
		return bdev_refuse(reason, rc,
				   "io_uring is forbidden to this process, as in many containers "
				   "(seccomp): have io_uring_setup, io_uring_enter and "
				   "io_uring_register allowed there, or %s",
				   g_cure);
	case -ENOMEM:
		return bdev_refuse(reason, rc,
				   "no memory for an io_uring: before Linux 5.12 it counts as "
				   "locked: raise 'ulimit -l', or %s",
				   g_cure);
	default:
		return bdev_refuse(reason, rc, "no io_uring to be had: %s", g_cure);
	}
}

static int
set_up(struct io_uring *ring, unsigned int entries)
{
	struct io_uring_params params = {.flags = IORING_SETUP_COOP_TASKRUN |
						  IORING_SETUP_TASKRUN_FLAG};
	int rc = io_uring_queue_init_params(entries, ring, &params);

	if (rc == -EINVAL) {
		/* Before Linux 5.19. */
		memset(&params, 0, sizeof(params));
		rc = io_uring_queue_init_params(entries, ring, &params);
	}
	return rc;
}

/* As many as may be asked about. */
#define OPERATIONS_MAX 256

static bool
has_operations(struct io_uring *ring)
{
	static const int needed[] = {IORING_OP_READ,        IORING_OP_WRITE, IORING_OP_READV,
				     IORING_OP_WRITEV,      IORING_OP_FSYNC, IORING_OP_FALLOCATE,
				     IORING_OP_ASYNC_CANCEL};
	union {
		struct io_uring_probe probe;
		uint8_t room[sizeof(struct io_uring_probe) +
			     OPERATIONS_MAX * sizeof(struct io_uring_probe_op)];
	} answer;
	bool has_all;
	size_t i;

	/* Not io_uring_get_probe_ring(), which does not tell a lack of memory from an old kernel.
	 */
	memset(&answer, 0, sizeof(answer));
	has_all = io_uring_register_probe(ring, &answer.probe, OPERATIONS_MAX) == 0;
	for (i = 0; i < SPDK_COUNTOF(needed) && has_all; i++) {
		has_all = io_uring_opcode_supported(&answer.probe, needed[i]) != 0;
	}
	return has_all;
}

static int
probe(struct bdev_reason *reason)
{
	struct io_uring ring;
	int rc = set_up(&ring, 2);

	if (rc != 0) {
		return explain(rc, reason);
	}
	if (!has_operations(&ring)) {
		rc = explain(-ENOSYS, reason);
	}
	io_uring_queue_exit(&ring);
	return rc;
}

/* ---- A ring ---- */

static int
open_ring(void *ring, struct bdev_reason *reason)
{
	struct uring *uring = ring;
	int rc = set_up(&uring->ring, FILE_QUEUE_DEPTH);

	return rc == 0 ? 0 : explain(rc, reason);
}

static void
close_ring(void *ring)
{
	struct uring *uring = ring;

	io_uring_queue_exit(&uring->ring);
}

static int
get_fd(void *ring)
{
	struct uring *uring = ring;

	return uring->ring.ring_fd;
}

static void
prepare(struct io_uring_sqe *sqe, const struct file_request *request)
{
	const struct iovec *single = &request->single;

	switch (request->op) {
	case FILE_OP_READ:
		if (request->iovcnt == 1) {
			io_uring_prep_read(sqe, request->fd, single->iov_base,
					   (unsigned int)single->iov_len, request->offset);
		} else {
			io_uring_prep_readv(sqe, request->fd, request->iovs,
					    (unsigned int)request->iovcnt, request->offset);
		}
		break;
	case FILE_OP_WRITE:
		if (request->iovcnt == 1) {
			io_uring_prep_write(sqe, request->fd, single->iov_base,
					    (unsigned int)single->iov_len, request->offset);
		} else {
			io_uring_prep_writev(sqe, request->fd, request->iovs,
					     (unsigned int)request->iovcnt, request->offset);
		}
		break;
	case FILE_OP_SYNC:
		io_uring_prep_fsync(sqe, request->fd, IORING_FSYNC_DATASYNC);
		break;
	case FILE_OP_PUNCH:
		io_uring_prep_fallocate(sqe, request->fd,
					FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
					(off_t)request->offset, (off_t)request->length);
		break;
	case FILE_OP_ZERO:
		io_uring_prep_fallocate(sqe, request->fd,
					FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE,
					(off_t)request->offset, (off_t)request->length);
		break;
	case FILE_OP_CANCEL:
		io_uring_prep_cancel(sqe, request->target, 0);
		break;
	}
}

static void
push(void *ring, const struct file_request *request, struct file_io *io)
{
	struct uring *uring = ring;
	struct io_uring_sqe *sqe = io_uring_get_sqe(&uring->ring);

	assert(sqe != NULL);
	prepare(sqe, request);
	io_uring_sqe_set_data(sqe, io);
}

static int
enter(void *ring)
{
	struct uring *uring = ring;

	return io_uring_submit(&uring->ring);
}

static bool
has_answers_to_fetch(const struct uring *uring)
{
	return (__atomic_load_n(uring->ring.sq.kflags, __ATOMIC_RELAXED) &
		(IORING_SQ_TASKRUN | IORING_SQ_CQ_OVERFLOW)) != 0;
}

static uint32_t
reap(void *ring, struct file_answer *answers, uint32_t max)
{
	struct io_uring_cqe *cqes[REAP_MAX];
	struct uring *uring = ring;
	uint32_t count, i;

	max = spdk_min(max, REAP_MAX);
	count = io_uring_peek_batch_cqe(&uring->ring, cqes, max);
	if (count == 0 && has_answers_to_fetch(uring)) {
		(void)io_uring_get_events(&uring->ring); /* They may as well come next time. */
		count = io_uring_peek_batch_cqe(&uring->ring, cqes, max);
	}
	for (i = 0; i < count; i++) {
		answers[i].io = io_uring_cqe_get_data(cqes[i]);
		answers[i].result = cqes[i]->res;
	}
	io_uring_cq_advance(&uring->ring, count);
	return count;
}

const struct file_engine g_uring_engine = {
	.name = "io_uring",
	.ring_size = sizeof(struct uring),
	.io_size = sizeof(struct file_io),
	.has_fallocate = true,
	.has_cancel = true,
	.probe = probe,
	.open = open_ring,
	.close = close_ring,
	.get_fd = get_fd,
	.push = push,
	.enter = enter,
	.reap = reap,
};
