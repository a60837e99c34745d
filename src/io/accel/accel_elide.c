/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Copies that need not be made. When a sequence is about to be carried out, a copy from X to Y is
 * left out
 *
 *   forward   if the task after it makes something else of exactly Y: that task reads X instead;
 *   backward  if a task before it has written exactly X: that task writes Y instead, and those in
 *             between that read exactly X read Y.
 *
 * What must hold, so that all other tasks see the same data with and without it:
 *   1. Nobody else reads what is not written any more (Y, or X) before it is written anew.
 *   2. What is read later than before (X) is not written meanwhile.
 *   3. What is written earlier than before (Y) is neither read nor written meanwhile.
 *   4. A task whose source and destination have become the same memory can work in place.
 * Buffers are compared by domain and address; those of one domain that overlap are told apart only
 * when their lists are the same, element by element. Whoever is in doubt copies.
 *
 * That X or Y, which may be the caller's memory, is not written is what the interface says.
 */
#include "io/accel/accel_internal.h"

/* A longer sequence is carried out as it is: each copy is compared with all other tasks. */
#define TASKS_MAX 32

struct tasks {
	struct spdk_accel_task *list[TASKS_MAX]; /* not elided */
	uint32_t count;
};

static bool
is_same(const struct accel_side *left, const struct accel_side *right)
{
	if (left->domain != right->domain || left->iovcnt != right->iovcnt ||
	    (left->domain != NULL && left->domain_ctx != right->domain_ctx)) {
		return false;
	}
	for (uint32_t i = 0; i < left->iovcnt; i++) {
		if (left->iovs[i].iov_base != right->iovs[i].iov_base ||
		    left->iovs[i].iov_len != right->iovs[i].iov_len) {
			return false;
		}
	}
	return true;
}

static bool
iovs_overlap(const struct iovec *left, const struct iovec *right)
{
	uintptr_t left_base = (uintptr_t)left->iov_base, right_base = (uintptr_t)right->iov_base;

	return left_base < right_base + right->iov_len && right_base < left_base + left->iov_len;
}

static bool
overlaps(const struct accel_side *left, const struct accel_side *right)
{
	if (left->domain != right->domain) {
		return false;
	}
	for (uint32_t i = 0; i < left->iovcnt; i++) {
		for (uint32_t j = 0; j < right->iovcnt; j++) {
			if (iovs_overlap(&left->iovs[i], &right->iovs[j])) {
				return true;
			}
		}
	}
	return false;
}

static bool
can(const struct spdk_accel_task *task, uint32_t access)
{
	return (g_accel_operations[task->op_code].access & access) != 0;
}

static bool
reads(const struct spdk_accel_task *task, const struct accel_side *what)
{
	struct accel_side s = accel_side_s(task), d = accel_side_d(task);

	return (can(task, ACCEL_READS_S) && overlaps(&s, what)) ||
	       (can(task, ACCEL_READS_D) && overlaps(&d, what));
}

static bool
writes(const struct spdk_accel_task *task, const struct accel_side *what)
{
	struct accel_side s = accel_side_s(task), d = accel_side_d(task);

	return (can(task, ACCEL_WRITES_S) && overlaps(&s, what)) ||
	       (can(task, ACCEL_WRITES_D) && overlaps(&d, what));
}

/* It reads exactly this as its source and nothing of it otherwise, and leaves it as it is. */
static bool
reads_just(const struct spdk_accel_task *task, const struct accel_side *what)
{
	struct accel_side s = accel_side_s(task), d = accel_side_d(task);

	return can(task, ACCEL_READS_S) && is_same(&s, what) && !can(task, ACCEL_WRITES_S) &&
	       !(can(task, ACCEL_READS_D) && overlaps(&d, what));
}

/* It writes all of it. Other operations may leave bytes at the end as they are. */
static bool
overwrites(const struct spdk_accel_task *task, const struct accel_side *what)
{
	struct accel_side d = accel_side_d(task);

	switch (task->op_code) {
	case SPDK_ACCEL_OPC_COPY:
	case SPDK_ACCEL_OPC_ENCRYPT:
	case SPDK_ACCEL_OPC_DECRYPT:
		return is_same(&d, what) && accel_iovs_length(d.iovs, d.iovcnt) == task->nbytes;
	case SPDK_ACCEL_OPC_FILL:
		return is_same(&d, what);
	default:
		return false;
	}
}

/* Condition 1, from a task on: what is there is not read before it is written anew. */
static bool
is_dead_from(const struct tasks *tasks, uint32_t from, const struct accel_side *what)
{
	for (uint32_t i = from; i < tasks->count; i++) {
		if (reads(tasks->list[i], what)) {
			return false;
		}
		if (overwrites(tasks->list[i], what)) {
			return true;
		}
	}
	return true;
}

static void
count_buf(struct spdk_accel_task *task, enum accel_task_flag flag, struct accel_buf *old,
	  const struct accel_side *side)
{
	bool had = task->reserved[0] & flag;

	task->reserved[0] &= ~flag;
	if (side->domain == g_accel.domain) {
		/* It is a buffer of this sequence, which has been looked at. */
		((struct accel_buf *)side->domain_ctx)->users++;
		task->reserved[0] |= flag;
	}
	if (had) {
		accel_buf_unuse(old);
	}
}

static void
set_s(struct spdk_accel_task *task, const struct accel_side *side)
{
	count_buf(task, ACCEL_TASK_SRC_BUF, task->src_domain_ctx, side);
	task->s.iovs = side->iovs;
	task->s.iovcnt = side->iovcnt;
	task->src_domain = side->domain;
	task->src_domain_ctx = side->domain_ctx;
}

static void
set_d(struct spdk_accel_task *task, const struct accel_side *side)
{
	count_buf(task, ACCEL_TASK_DST_BUF, task->dst_domain_ctx, side);
	task->d.iovs = side->iovs;
	task->d.iovcnt = side->iovcnt;
	task->dst_domain = side->domain;
	task->dst_domain_ctx = side->domain_ctx;
}

/* Condition 4, for a task that will read `s` and write `d`. */
static bool
can_work(const struct spdk_accel_task *task, const struct accel_side *s, const struct accel_side *d)
{
	return !can(task, ACCEL_READS_S) || !overlaps(s, d) ||
	       (can(task, ACCEL_IN_PLACE) && is_same(s, d));
}

static bool
elide_forward(struct tasks *tasks, uint32_t at)
{
	struct spdk_accel_task *copy = tasks->list[at], *next;
	struct accel_side x = accel_side_s(copy), y = accel_side_d(copy), d;

	if (at + 1 == tasks->count) {
		return false;
	}
	next = tasks->list[at + 1];
	d = accel_side_d(next);
	/* One that only looks at Y, such as a checksum, leaves Y as what the caller wants. */
	if (!can(next, ACCEL_WRITES_D) || !reads_just(next, &y) || !can_work(next, &x, &d)) {
		return false;
	}
	if (!overwrites(next, &y) && !is_dead_from(tasks, at + 2, &y)) {
		return false;
	}
	set_s(next, &x);
	return true;
}

/* The last task before `at` that writes any of it, or -1. */
static int
last_writer(const struct tasks *tasks, uint32_t at, const struct accel_side *what)
{
	int i = (int)at - 1;

	while (i >= 0 && !writes(tasks->list[i], what)) {
		i--;
	}
	return i;
}

static bool
may_read_elsewhere(const struct spdk_accel_task *task, const struct accel_side *x,
		   const struct accel_side *y)
{
	return !reads(task, y) && !writes(task, y) && (!reads(task, x) || reads_just(task, x));
}

static bool
elide_backward(struct tasks *tasks, uint32_t at)
{
	struct spdk_accel_task *copy = tasks->list[at], *writer;
	struct accel_side x = accel_side_s(copy), y = accel_side_d(copy), s, d;
	int from = last_writer(tasks, at, &x);

	if (from < 0) {
		return false;
	}
	writer = tasks->list[from];
	s = accel_side_s(writer);
	d = accel_side_d(writer);
	if (!can(writer, ACCEL_CAN_MOVE_D) || !is_same(&d, &x) || !can_work(writer, &s, &y)) {
		return false;
	}
	for (uint32_t i = (uint32_t)from + 1; i < at; i++) {
		if (!may_read_elsewhere(tasks->list[i], &x, &y)) {
			return false;
		}
	}
	if (!is_dead_from(tasks, at + 1, &x)) {
		return false;
	}
	for (uint32_t i = (uint32_t)from + 1; i < at; i++) {
		if (reads(tasks->list[i], &x)) {
			set_s(tasks->list[i], &y);
		}
	}
	set_d(writer, &y);
	return true;
}

/* Its destination has no bytes beyond. */
static bool
is_whole_copy(const struct spdk_accel_task *task)
{
	return task->op_code == SPDK_ACCEL_OPC_COPY &&
	       accel_iovs_length(task->d.iovs, task->d.iovcnt) == task->nbytes;
}

static void
take_out(struct tasks *tasks, uint32_t at)
{
	tasks->list[at]->reserved[0] |= ACCEL_TASK_ELIDED;
	tasks->count--;
	memmove(&tasks->list[at], &tasks->list[at + 1],
		(tasks->count - at) * sizeof(tasks->list[0]));
}

void
accel_elide_copies(struct spdk_accel_sequence *seq)
{
	struct spdk_accel_task *task;
	struct tasks tasks;
	uint32_t at = 0;

	tasks.count = 0;
	TAILQ_FOREACH (task, &seq->tasks, seq_link) {
		if (tasks.count == TASKS_MAX) {
			return;
		}
		tasks.list[tasks.count++] = task;
	}
	while (at < tasks.count) {
		if (is_whole_copy(tasks.list[at]) &&
		    (elide_forward(&tasks, at) || elide_backward(&tasks, at))) {
			take_out(&tasks, at);
		} else {
			at++;
		}
	}
}
