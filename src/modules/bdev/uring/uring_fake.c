/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * For tests: liburing, with the faults of g_kernel. The program's own functions come before those
 * of the library.
 */
#include "modules/bdev/file/file_fixture.h"

#include <dlfcn.h>
#include <liburing.h>

int
io_uring_queue_init_params(unsigned int entries, struct io_uring *ring,
			   struct io_uring_params *params)
{
	static int (*next)(unsigned int, struct io_uring *, struct io_uring_params *);

	g_kernel.set_ups++;
	if (g_kernel.set_up_error != 0) {
		return g_kernel.set_up_error;
	}
	if (g_kernel.takes_no_flags && params->flags != 0) {
		return -EINVAL;
	}
	if (next == NULL) {
		*(void **)&next = dlsym(RTLD_NEXT, "io_uring_queue_init_params");
	}
	return next(entries, ring, params);
}

static void
look_at_requests(const struct io_uring *ring)
{
	const struct io_uring_sqe *sqe;
	unsigned int i;

	for (i = ring->sq.sqe_head; i != ring->sq.sqe_tail; i++) {
		sqe = &ring->sq.sqes[i & *ring->sq.kring_mask];
		if (sqe->opcode == IORING_OP_FSYNC && sqe->fsync_flags == IORING_FSYNC_DATASYNC) {
			g_kernel.syncs++;
		} else if (sqe->opcode == IORING_OP_ASYNC_CANCEL) {
			g_kernel.cancels++;
			g_kernel.cancelled = (const void *)(uintptr_t)sqe->addr;
		}
	}
}

int
io_uring_submit(struct io_uring *ring)
{
	static int (*next)(struct io_uring *);
	int rc;

	if (kernel_refuses()) {
		return g_kernel.refusal;
	}
	if (next == NULL) {
		*(void **)&next = dlsym(RTLD_NEXT, "io_uring_submit");
	}
	look_at_requests(ring);
	rc = next(ring);
	kernel_note_submitted(rc);
	return rc;
}

unsigned int
io_uring_peek_batch_cqe(struct io_uring *ring, struct io_uring_cqe **cqes, unsigned int max)
{
	static unsigned int (*next)(struct io_uring *, struct io_uring_cqe **, unsigned int);
	unsigned int count, i;

	if (g_kernel.holds) {
		return 0;
	}
	if (next == NULL) {
		*(void **)&next = dlsym(RTLD_NEXT, "io_uring_peek_batch_cqe");
	}
	count = next(ring, cqes, max);
	for (i = 0; i < count; i++) {
		cqes[i]->res = (int)kernel_answer(io_uring_cqe_get_data(cqes[i]), cqes[i]->res);
	}
	return count;
}
