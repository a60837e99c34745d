/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Accel buffers: names for what lies between the operations of a sequence.
 *
 * The caller has an address that is no memory, in a range that no user space reaches, each buffer
 * 4 GiB of its own: using it as a pointer faults at once, and addresses of different buffers never
 * meet. It becomes memory when a task that uses it is about to be carried out, and the memory goes
 * back to iobuf when no task is left that uses it. The buffer itself is free when it was put and no
 * task is left, whichever comes last.
 */
#include "io/accel/accel_internal.h"

#define ADDRESS_BASE (UINT64_C(1) << 63)
#define ADDRESS_BITS 32

/* It is made by the first question or start, and for good: programs keep it with their buffers. */
int
accel_make_domain(void)
{
	int rc = 0;

	pthread_mutex_lock(&g_accel.lock);
	if (g_accel.domain == NULL) {
		rc = spdk_memory_domain_create(&g_accel.domain, SPDK_DMA_DEVICE_TYPE_ACCEL, NULL,
					       "SPDK_ACCEL_DMA_DEVICE");
	}
	pthread_mutex_unlock(&g_accel.lock);
	return rc;
}

struct spdk_memory_domain *
spdk_accel_get_memory_domain(void)
{
	return accel_make_domain() == 0 ? g_accel.domain : NULL;
}

static void
free_buf(struct accel_buf *buf)
{
	accel_pool_put(&buf->ch->bufs, buf);
}

int
spdk_accel_get_buf(struct spdk_io_channel *ch, uint64_t len, void **out_buf,
		   struct spdk_memory_domain **domain, void **domain_ctx)
{
	struct accel_io_channel *channel = accel_channel_of(ch);
	struct accel_buf *buf;

	if (spdk_unlikely(len == 0 || len > channel->iobuf.cache[0].large.bufsize)) {
		return -EINVAL;
	}
	buf = accel_pool_get(&channel->bufs);
	if (spdk_unlikely(buf == NULL)) {
		channel->stats.retry.bufdesc++;
		return -ENOMEM;
	}
	memset(buf, 0, sizeof(*buf));
	buf->ch = channel;
	buf->length = len;
	buf->address =
		ADDRESS_BASE + ((uint64_t)accel_pool_index(&channel->bufs, buf) << ADDRESS_BITS);
	*out_buf = (void *)(uintptr_t)buf->address;
	*domain = g_accel.domain;
	*domain_ctx = buf;
	return 0;
}

void
spdk_accel_put_buf(struct spdk_io_channel *ch, void *address, struct spdk_memory_domain *domain,
		   void *domain_ctx)
{
	struct accel_buf *buf = domain_ctx;

	if (spdk_unlikely(domain != g_accel.domain || buf == NULL ||
			  buf->address != (uintptr_t)address || buf->is_put)) {
		SPDK_ERRLOG("spdk_accel_put_buf(): this is no buffer of spdk_accel_get_buf() that "
			    "is in use\n");
		return;
	}
	buf->is_put = true;
	if (buf->users == 0) {
		free_buf(buf);
	}
}

/* ---- Who uses it ---- */

int
accel_buf_use(struct accel_buf *buf, struct spdk_accel_sequence *seq, const struct accel_side *side)
{
	uint64_t offset;

	if (spdk_unlikely(buf == NULL || buf->ch != seq->ch || buf->is_put || side->iovcnt != 1)) {
		return -EINVAL;
	}
	offset = (uintptr_t)side->iovs[0].iov_base - buf->address;
	if (spdk_unlikely(offset > buf->length || side->iovs[0].iov_len > buf->length - offset)) {
		return -EINVAL;
	}
	if (spdk_unlikely(buf->users > 0 && buf->seq != seq)) {
		return -EINVAL;
	}
	buf->seq = seq;
	buf->users++;
	return 0;
}

void
accel_buf_unuse(struct accel_buf *buf)
{
	void *memory = buf->memory;

	assert(buf->users > 0);
	if (--buf->users > 0) {
		return;
	}
	buf->seq = NULL;
	buf->memory = NULL;
	if (memory != NULL) {
		accel_memory_put(buf->ch, memory, buf->length);
	}
	if (buf->is_put) {
		free_buf(buf);
	}
}

void
accel_task_unuse_bufs(struct spdk_accel_task *task)
{
	uint8_t flags = task->reserved[0];

	task->reserved[0] &= ~(ACCEL_TASK_SRC_BUF | ACCEL_TASK_DST_BUF);
	if (flags & ACCEL_TASK_SRC_BUF) {
		accel_buf_unuse(task->src_domain_ctx);
	}
	if (flags & ACCEL_TASK_DST_BUF) {
		accel_buf_unuse(task->dst_domain_ctx);
	}
}

/* ---- Memory ---- */

static struct iovec *
place_in_memory(struct spdk_accel_task *task, enum spdk_accel_aux_iov_type type,
		const struct accel_buf *buf, const struct iovec *named)
{
	struct iovec *iov = &task->aux->iovs[type];

	iov->iov_base = (char *)buf->memory + ((uintptr_t)named->iov_base - buf->address);
	iov->iov_len = named->iov_len;
	return iov;
}

/* The domain becomes NULL; the context stays, for whom the task is to be taken away from. */
static void
give_memory(struct spdk_accel_task *task, const struct accel_buf *buf)
{
	if (task->src_domain == g_accel.domain && task->src_domain_ctx == buf) {
		task->s.iovs =
			place_in_memory(task, SPDK_ACCEL_AXU_IOV_VIRT_SRC, buf, task->s.iovs);
		task->src_domain = NULL;
	}
	if (task->dst_domain == g_accel.domain && task->dst_domain_ctx == buf) {
		task->d.iovs =
			place_in_memory(task, SPDK_ACCEL_AXU_IOV_VIRT_DST, buf, task->d.iovs);
		task->dst_domain = NULL;
	}
}

static void
give_memory_to_all(const struct accel_buf *buf)
{
	struct spdk_accel_task *task;

	TAILQ_FOREACH (task, &buf->seq->tasks, seq_link) {
		give_memory(task, buf);
	}
}

static void
got_memory(struct spdk_iobuf_entry *entry, void *memory)
{
	struct accel_buf *buf = SPDK_CONTAINEROF(entry, struct accel_buf, wait.entry);
	spdk_accel_sequence_get_buf_cb cb_fn = buf->cb_fn;

	buf->memory = memory;
	if (cb_fn == NULL) {
		accel_sequence_resume(buf->seq, 0);
		return;
	}
	buf->cb_fn = NULL;
	give_memory_to_all(buf);
	cb_fn(buf->seq, buf->cb_arg);
}

static bool
get_memory(struct accel_buf *buf)
{
	if (buf->memory == NULL) {
		buf->memory = accel_memory_get(buf->seq, buf->length, &buf->wait, got_memory);
	}
	return buf->memory != NULL;
}

bool
accel_task_back_bufs(struct spdk_accel_sequence *seq, struct spdk_accel_task *task)
{
	if (spdk_likely(task->src_domain != g_accel.domain && task->dst_domain != g_accel.domain)) {
		return true;
	}
	if (task->src_domain == g_accel.domain) {
		if (!get_memory(task->src_domain_ctx)) {
			return false;
		}
		give_memory(task, task->src_domain_ctx);
	}
	if (task->dst_domain == g_accel.domain) {
		if (!get_memory(task->dst_domain_ctx)) {
			return false;
		}
		give_memory(task, task->dst_domain_ctx);
	}
	return true;
}

bool
spdk_accel_alloc_sequence_buf(struct spdk_accel_sequence *seq, void *address,
			      struct spdk_memory_domain *domain, void *domain_ctx,
			      spdk_accel_sequence_get_buf_cb cb_fn, void *cb_ctx)
{
	struct accel_buf *buf = domain_ctx;

	assert(domain == g_accel.domain && buf->seq == seq);
	if (!get_memory(buf)) {
		buf->cb_fn = cb_fn;
		buf->cb_arg = cb_ctx;
		return false;
	}
	give_memory_to_all(buf);
	return true;
}
