/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Data of memory domains, for modules that reach ordinary memory only: it is moved to a buffer of
 * iobuf before the task, and what the task has written is moved back after it. A copy needs no
 * module: the domain's own function moves what it is about, without a buffer when one of its ends
 * is ordinary memory.
 */
#include "io/accel/accel_internal.h"

static struct spdk_accel_bounce_buffer *
bounce_of(struct spdk_accel_task *task, enum accel_task_flag which)
{
	return which == ACCEL_TASK_BOUNCE_S ? &task->aux->bounce.s : &task->aux->bounce.d;
}

/* Puts a buffer in place of one in a domain. */
static void
replace(struct spdk_accel_task *task, enum accel_task_flag which, void *memory)
{
	struct spdk_accel_bounce_buffer *bounce = bounce_of(task, which);
	bool is_s = which == ACCEL_TASK_BOUNCE_S;
	struct accel_side side = is_s ? accel_side_s(task) : accel_side_d(task);

	bounce->orig_iovs = side.iovs;
	bounce->orig_iovcnt = side.iovcnt;
	bounce->orig_domain = side.domain;
	bounce->orig_domain_ctx = side.domain_ctx;
	bounce->iov.iov_base = memory;
	bounce->iov.iov_len = accel_iovs_length(side.iovs, side.iovcnt);
	if (is_s) {
		task->s.iovs = &bounce->iov;
		task->s.iovcnt = 1;
		task->src_domain = NULL;
	} else {
		task->d.iovs = &bounce->iov;
		task->d.iovcnt = 1;
		task->dst_domain = NULL;
	}
	task->reserved[0] |= which;
}

static void
got_buffer(struct spdk_iobuf_entry *entry, void *memory)
{
	struct spdk_accel_sequence *seq =
		SPDK_CONTAINEROF(entry, struct spdk_accel_sequence, wait.entry);

	replace(spdk_accel_sequence_first_task(seq), seq->awaited, memory);
	accel_sequence_resume(seq, 0);
}

static int
bounce(struct spdk_accel_sequence *seq, struct spdk_accel_task *task, enum accel_task_flag which)
{
	struct accel_side side =
		which == ACCEL_TASK_BOUNCE_S ? accel_side_s(task) : accel_side_d(task);
	uint64_t length = accel_iovs_length(side.iovs, side.iovcnt);
	void *memory;

	if (length > seq->ch->iobuf.cache[0].large.bufsize) {
		return -EFBIG;
	}
	memory = accel_memory_get(seq, length, &seq->wait, got_buffer);
	if (memory == NULL) {
		seq->awaited = which;
		return -EAGAIN;
	}
	replace(task, which, memory);
	return 0;
}

static int
prepare_copy(struct spdk_accel_sequence *seq, struct spdk_accel_task *task)
{
	if (task->dst_domain == NULL) {
		seq->moves = ACCEL_MOVE_PULL;
		return 0;
	}
	if (task->src_domain == NULL) {
		seq->moves |= ACCEL_MOVE_PUSH;
		return 0;
	}
	/* From one domain to another: the next time, it comes from ordinary memory. */
	seq->moves = ACCEL_MOVE_IN_S | ACCEL_MOVE_PUSH;
	return bounce(seq, task, ACCEL_TASK_BOUNCE_S);
}

int
accel_bounce_prepare(struct spdk_accel_sequence *seq, struct spdk_accel_task *task)
{
	uint32_t access = g_accel_operations[task->op_code].access;
	int rc;

	if (spdk_likely(task->src_domain == NULL && task->dst_domain == NULL) ||
	    g_accel.assignments[task->op_code].reaches_domains) {
		return 0;
	}
	if (task->op_code == SPDK_ACCEL_OPC_COPY) {
		return prepare_copy(seq, task);
	}
	if (task->src_domain != NULL) {
		seq->moves |= access & ACCEL_READS_S ? ACCEL_MOVE_IN_S : 0;
		seq->moves |= access & ACCEL_WRITES_S ? ACCEL_MOVE_OUT_S : 0;
		rc = bounce(seq, task, ACCEL_TASK_BOUNCE_S);
		if (rc != 0) {
			return rc;
		}
	}
	if (task->dst_domain != NULL) {
		seq->moves |= access & ACCEL_READS_D ? ACCEL_MOVE_IN_D : 0;
		seq->moves |= access & ACCEL_WRITES_D ? ACCEL_MOVE_OUT_D : 0;
		rc = bounce(seq, task, ACCEL_TASK_BOUNCE_D);
		if (rc != 0) {
			return rc;
		}
	}
	return 0;
}

static void
moved(void *arg, int status)
{
	accel_sequence_resume(arg, status);
}

static int
pull(struct spdk_accel_bounce_buffer *bounce, struct spdk_accel_sequence *seq)
{
	return spdk_memory_domain_pull_data(bounce->orig_domain, bounce->orig_domain_ctx,
					    bounce->orig_iovs, bounce->orig_iovcnt, &bounce->iov, 1,
					    moved, seq);
}

static int
push(struct spdk_accel_bounce_buffer *bounce, struct spdk_accel_sequence *seq)
{
	return spdk_memory_domain_push_data(bounce->orig_domain, bounce->orig_domain_ctx,
					    bounce->orig_iovs, bounce->orig_iovcnt, &bounce->iov, 1,
					    moved, seq);
}

int
accel_bounce_move(struct spdk_accel_sequence *seq, struct spdk_accel_task *task,
		  enum accel_move move)
{
	struct spdk_accel_task_aux_data *aux = task->aux;

	seq->moves &= ~move;
	switch (move) {
	case ACCEL_MOVE_IN_S:
		return pull(&aux->bounce.s, seq);
	case ACCEL_MOVE_IN_D:
		return pull(&aux->bounce.d, seq);
	case ACCEL_MOVE_OUT_S:
		return push(&aux->bounce.s, seq);
	case ACCEL_MOVE_OUT_D:
		return push(&aux->bounce.d, seq);
	case ACCEL_MOVE_PULL:
		return spdk_memory_domain_pull_data(task->src_domain, task->src_domain_ctx,
						    task->s.iovs, task->s.iovcnt, task->d.iovs,
						    task->d.iovcnt, moved, seq);
	default:
		return spdk_memory_domain_push_data(task->dst_domain, task->dst_domain_ctx,
						    task->d.iovs, task->d.iovcnt, task->s.iovs,
						    task->s.iovcnt, moved, seq);
	}
}

static void
release(struct spdk_accel_task *task, enum accel_task_flag which)
{
	struct spdk_accel_bounce_buffer *bounce = bounce_of(task, which);

	if (task->reserved[0] & which) {
		task->reserved[0] &= ~which;
		accel_memory_put(task->accel_ch, bounce->iov.iov_base, bounce->iov.iov_len);
	}
}

void
accel_bounce_release(struct spdk_accel_task *task)
{
	release(task, ACCEL_TASK_BOUNCE_S);
	release(task, ACCEL_TASK_BOUNCE_D);
}
