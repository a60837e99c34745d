/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * io_uring: a ring for each end, and IORING_OP_MSG_RING from the sender's to the receiver's (Linux
 * 5.18). A sender submits up to 32 at once, and is not told of those that arrived (Linux 5.17).
 */
#include "rival_loops.h"

#include <liburing.h>

#define BULK 32

struct rival_way {
	struct io_uring sender, receiver;
};

/* Whether the kernel knows the operation is in the result of one. */
static int
try_message(struct rival_way *way)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&way->sender);
	struct io_uring_cqe *cqe;
	int rc;

	io_uring_prep_msg_ring(sqe, way->receiver.ring_fd, 0, 1, 0);
	rc = io_uring_submit_and_wait(&way->sender, 1);
	if (rc < 0) {
		return rc;
	}
	rc = io_uring_wait_cqe(&way->sender, &cqe);
	if (rc == 0) {
		rc = cqe->res;
		io_uring_cqe_seen(&way->sender, cqe);
	}
	if (rc == 0) {
		rc = io_uring_wait_cqe(&way->receiver, &cqe);
		io_uring_cqe_seen(&way->receiver, cqe);
	}
	return rc;
}

static void
uring_close(struct rival_way *way)
{
	io_uring_queue_exit(&way->receiver);
	io_uring_queue_exit(&way->sender);
	free(way);
}

static struct rival_way *
uring_open(void)
{
	struct rival_way *way = calloc(1, sizeof(*way));
	int rc;

	if (way == NULL) {
		return NULL;
	}
	rc = io_uring_queue_init(BULK, &way->sender, 0);
	if (rc == 0) {
		rc = io_uring_queue_init(RIVAL_CAPACITY, &way->receiver, 0);
		if (rc == 0) {
			rc = try_message(way);
			if (rc == 0) {
				return way;
			}
			io_uring_queue_exit(&way->receiver);
		}
		io_uring_queue_exit(&way->sender);
	}
	free(way);
	errno = -rc;
	return NULL;
}

RIVAL_INLINE uint32_t
uring_send(struct rival_way *way, void **messages, uint32_t count)
{
	struct io_uring_sqe *sqe;
	uint32_t i;
	int rc;

	for (i = 0; i < count; i++) {
		sqe = io_uring_get_sqe(&way->sender);
		io_uring_prep_msg_ring(sqe, way->receiver.ring_fd, 0,
				       (uint64_t)(uintptr_t)messages[i], 0);
		sqe->flags |= IOSQE_CQE_SKIP_SUCCESS;
	}
	rc = io_uring_submit(&way->sender);
	if (rc != (int)count || io_uring_cq_ready(&way->sender) != 0) {
		fprintf(stderr, "io_uring: a message was refused\n");
		exit(1);
	}
	return count;
}

RIVAL_INLINE uint32_t
uring_receive(struct rival_way *way, void **messages, uint32_t max)
{
	struct io_uring_cqe *cqe;
	uint32_t head, count = 0;

	if (io_uring_wait_cqe(&way->receiver, &cqe) != 0) {
		return 0;
	}
	io_uring_for_each_cqe(&way->receiver, head, cqe)
	{
		if (count == max) {
			break;
		}
		messages[count++] = (void *)(uintptr_t)cqe->user_data;
	}
	io_uring_cq_advance(&way->receiver, count);
	return count;
}

RIVAL_LOOPS(uring, uring_send, uring_receive, BULK, RIVAL_CAPACITY)

const struct rival rival_uring = {
	.name = "io_uring, IORING_OP_MSG_RING",
	.open = uring_open,
	.close = uring_close,
	RIVAL_MEMBERS(uring),
};
