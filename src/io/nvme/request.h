/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Requests: one command on its way, from the call that submits it to its callback.
 *
 * A request belongs to one queue pair for life. States (where it is tells which):
 *   FREE       on qpair->free_requests.
 *   NEW        taken by nvme_request_get(); a submit function fills it.
 *   QUEUED     on qpair->queued_requests: the queue is full, not connected yet, or the request is
 *              to be tried again.
 *   DELAYED    on qpair->delayed_requests: it waits for its time, to end with an error that was
 *              injected in its place (error_injection.c), or to be tried again.
 *   SUBMITTED  the transport has it. It comes back by nvme_request_complete(), once.
 *   PARENT     its children have been submitted; it completes with the last of them.
 *
 *   NEW -> (DELAYED | QUEUED)? -> SUBMITTED -> (DELAYED | QUEUED: retry)? -> FREE
 *   NEW -> PARENT -> FREE
 *
 * Invariants
 *
 * R1: Each request that a submit function accepted (returned 0) has its callback run exactly once,
 * after the request has been freed, and never inside the call that submitted it.
 *
 * R2: All children of a parent are allocated before the first of them is submitted, so that a
 * refusal (-ENOMEM) leaves nothing behind.
 *
 * R3: All requests of a queue pair belong to the OS thread that uses the queue pair; those of the
 * admin queue to who holds ctrlr->lock.
 */
#ifndef SPINDLE_NVME_REQUEST_H
#define SPINDLE_NVME_REQUEST_H

#include "spdk/nvme.h"
#include "spdk/queue.h"
#include "spdk/util.h"

/* What `payload` of a request is. */
enum nvme_payload_kind {
	NVME_PAYLOAD_NONE,
	/* The buffer itself. */
	NVME_PAYLOAD_CONTIGUOUS,
	/* An array of struct iovec, `iov_count` of them, which the caller keeps. */
	NVME_PAYLOAD_IOV,
	/* The argument of reset_sgl_fn and next_sge_fn. */
	NVME_PAYLOAD_SGL,
};

STAILQ_HEAD(nvme_request_list, nvme_request);

struct nvme_request {
	/*
	 * In the order of use. The first two cache lines are all that a read or write of one buffer
	 * touches; what lies behind them is valid only where a field of theirs says so.
	 */
	struct spdk_nvme_cmd cmd;

	STAILQ_ENTRY(nvme_request) link;
	spdk_nvme_cmd_cb cb_fn;
	void *cb_arg;
	struct spdk_nvme_qpair *qpair;
	void *payload;
	/* Separate metadata, contiguous; NULL: none. */
	void *md;
	/* Ticks; 0 when no timeouts were asked for at that time. */
	uint64_t submitted_at;
	uint32_t payload_size;
	/* enum nvme_payload_kind */
	uint8_t payload_kind;
	uint8_t retries;
	/* The transport leaves the data pointers of `cmd` as they are. */
	uint8_t is_raw;
	/* Anything that makes its end differ from a plain one. */
	union {
		uint8_t special;
		struct {
			/* Its callback for a timeout has run. */
			uint8_t timed_out : 1;
			uint8_t is_child : 1;
			uint8_t is_parent : 1;
			/* Of nvme_request_get_copied(). */
			uint8_t is_copied : 1;
			/* An error takes the place of what the controller says. */
			uint8_t is_altered : 1;
			/* Its error is not logged: it was asked for in order to see. */
			uint8_t is_quiet : 1;
		};
	};

	/* NVME_PAYLOAD_SGL: the callbacks. */
	spdk_nvme_req_reset_sgl_cb reset_sgl_fn;
	spdk_nvme_req_next_sge_cb next_sge_fn;
	/* NVME_PAYLOAD_IOV, NVME_PAYLOAD_SGL: where in the payload this request begins. */
	uint32_t payload_offset;
	uint32_t iov_count;
	/* `md` is not NULL. */
	uint32_t md_size;
	uint32_t children_left;
	/* Families. */
	struct nvme_request *parent;
	TAILQ_HEAD(, nvme_request) children;
	TAILQ_ENTRY(nvme_request) child_link;
	/* The first error of a child, or success. */
	struct spdk_nvme_cpl parent_cpl;

	/* A buffer of ours stands in for one of the caller's (nvme_request_get_copied()). */
	void *user_buffer;
	bool copies_back;
	/* On qpair->delayed_requests: whether it is to be submitted, or to end with delayed_cpl. */
	bool is_retry;
	/* When, in ticks. */
	uint64_t delayed_until;
	/* The error that was injected. */
	struct spdk_nvme_cpl delayed_cpl;
} __attribute__((aligned(SPDK_CACHE_LINE_SIZE)));

SPDK_STATIC_ASSERT(offsetof(struct nvme_request, link) == SPDK_CACHE_LINE_SIZE,
		   "the command has a line of its own");
SPDK_STATIC_ASSERT(offsetof(struct nvme_request, reset_sgl_fn) == 2 * SPDK_CACHE_LINE_SIZE,
		   "what each command touches is in two lines");

/* `count` requests for the queue pair. 0 or -ENOMEM. */
int nvme_requests_create(struct spdk_nvme_qpair *qpair, uint32_t count);
/* All of them must be free. */
void nvme_requests_destroy(struct spdk_nvme_qpair *qpair);

/*
 * Those two that each command needs are in qpair.h:
 *   nvme_request_get()   NULL: all of them are in use. `cmd` is zeroed, there is no payload.
 *   nvme_request_put()   gives it back, and nothing else.
 */

/* Without its callback; takes its children along. */
void nvme_request_free(struct nvme_request *req);

void nvme_request_set_contiguous(struct nvme_request *req, void *buffer, uint32_t size, void *md,
				 uint32_t md_size);

/*
 * A request whose payload is a buffer of ours, since the caller's may be any memory: `buffer` is
 * copied into it now if host_to_controller, and back into `buffer` before the callback otherwise.
 * For commands of the admin queue. NULL: no request or no memory.
 */
struct nvme_request_copy {
	void *buffer;
	uint32_t size;
	bool host_to_controller;
	/* With host_to_controller: copied back as well. */
	bool is_bidirectional;
	spdk_nvme_cmd_cb cb_fn;
	void *cb_arg;
};
struct nvme_request *
nvme_request_get_copied(struct spdk_nvme_qpair *qpair, const struct nvme_request_copy *copy);

/* It will have children, one at least, and is not itself submitted. */
void nvme_request_make_parent(struct nvme_request *req);
/* Makes `child` one of the parent's; R2. */
void nvme_request_add_child(struct nvme_request *parent, struct nvme_request *child);

/*
 * Ends a request with the status in `cpl`: logs an error (once, unless disabled), tells its parent,
 * copies back, frees it and runs its callback. By the transport, through
 * nvme_qpair_request_done(), and for requests that never reached it.
 */
void nvme_request_complete(struct nvme_request *req, const struct spdk_nvme_cpl *cpl);
/* The same, with a status made here. `dnr`: do not retry. */
void nvme_request_complete_with(struct nvme_request *req, uint32_t sct, uint32_t sc, bool dnr);

#endif
