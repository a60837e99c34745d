/* SPDX-License-Identifier: BSD-3-Clause */
/* What a sequence is made of: operations that are appended to it. */
#include "io/accel/accel_internal.h"

/* Whom to tell, for all operations. */
struct step {
	spdk_accel_step_cb fn;
	void *arg;
};

static struct spdk_accel_sequence *
get_sequence(struct accel_io_channel *ch)
{
	struct spdk_accel_sequence *seq = accel_pool_get(&ch->sequences);

	if (spdk_unlikely(seq == NULL)) {
		ch->stats.retry.sequence++;
		return NULL;
	}
	memset(seq, 0, sizeof(*seq));
	seq->ch = ch;
	TAILQ_INIT(&seq->tasks);
	TAILQ_INIT(&seq->done);
	return seq;
}

/* A task of two buffers, of which it may have only one: `d`, or for those that have both, both. */
static struct spdk_accel_task
model_of(enum spdk_accel_opcode opcode, const struct accel_side *s, const struct accel_side *d)
{
	static const struct accel_side none;
	struct spdk_accel_task model = {.op_code = opcode};
	const struct accel_side *first = s != NULL ? s : d;

	s = s != NULL ? s : &none;
	d = d != NULL ? d : &none;
	model.s.iovs = s->iovs;
	model.s.iovcnt = s->iovcnt;
	model.src_domain = s->domain;
	model.src_domain_ctx = s->domain_ctx;
	model.d.iovs = d->iovs;
	model.d.iovcnt = d->iovcnt;
	model.dst_domain = d->domain;
	model.dst_domain_ctx = d->domain_ctx;
	model.nbytes = accel_iovs_length(first->iovs, first->iovcnt);
	return model;
}

/* Counts the accel buffers of a task, or none of them. */
static int
use_bufs(struct spdk_accel_task *task, struct spdk_accel_sequence *seq)
{
	struct accel_side s = accel_side_s(task), d = accel_side_d(task);
	int rc;

	if (s.domain == g_accel.domain) {
		rc = accel_buf_use(s.domain_ctx, seq, &s);
		if (rc != 0) {
			return rc;
		}
		task->reserved[0] |= ACCEL_TASK_SRC_BUF;
	}
	if (d.domain == g_accel.domain) {
		rc = accel_buf_use(d.domain_ctx, seq, &d);
		if (rc != 0) {
			accel_task_unuse_bufs(task);
			return rc;
		}
		task->reserved[0] |= ACCEL_TASK_DST_BUF;
	}
	return 0;
}

/* Appends a copy of a task. */
static int
append(struct spdk_accel_sequence **pseq, struct spdk_io_channel *ch,
       const struct spdk_accel_task *model, const struct step *step)
{
	struct accel_io_channel *channel = accel_channel_of(ch);
	struct spdk_accel_sequence *seq = *pseq;
	struct spdk_accel_task *task;
	struct spdk_accel_task_aux_data *aux;
	int rc;

	if (spdk_unlikely(channel->lanes[model->op_code].ch == NULL &&
			  channel->driver_ch == NULL)) {
		return -ENOTSUP;
	}
	task = accel_task_get(channel);
	if (spdk_unlikely(task == NULL)) {
		return -ENOMEM;
	}
	if (seq == NULL) {
		seq = get_sequence(channel);
		if (spdk_unlikely(seq == NULL)) {
			rc = -ENOMEM;
			goto put_task;
		}
	}
	aux = task->aux;
	*task = *model;
	task->aux = aux;
	task->has_aux = true;
	task->accel_ch = channel;
	task->seq = seq;
	task->step_cb_fn = step->fn;
	task->cb_arg = step->arg;
	rc = use_bufs(task, seq);
	if (spdk_unlikely(rc != 0)) {
		goto put_sequence;
	}
	TAILQ_INSERT_TAIL(&seq->tasks, task, seq_link);
	seq->has_copy |= task->op_code == SPDK_ACCEL_OPC_COPY;
	*pseq = seq;
	return 0;

put_sequence:
	if (*pseq == NULL) {
		accel_pool_put(&channel->sequences, seq);
	}
put_task:
	accel_task_put(task);
	return rc;
}

int
spdk_accel_append_copy(struct spdk_accel_sequence **seq, struct spdk_io_channel *ch,
		       struct iovec *dst_iovs, uint32_t dst_iovcnt,
		       struct spdk_memory_domain *dst_domain, void *dst_domain_ctx,
		       struct iovec *src_iovs, uint32_t src_iovcnt,
		       struct spdk_memory_domain *src_domain, void *src_domain_ctx,
		       spdk_accel_step_cb cb_fn, void *cb_arg)
{
	const struct accel_side src = {src_iovs, src_iovcnt, src_domain, src_domain_ctx};
	const struct accel_side dst = {dst_iovs, dst_iovcnt, dst_domain, dst_domain_ctx};
	const struct step step = {cb_fn, cb_arg};
	struct spdk_accel_task task;

	if (!accel_side_is_valid(&src) || !accel_side_is_valid(&dst)) {
		return -EINVAL;
	}
	task = model_of(SPDK_ACCEL_OPC_COPY, &src, &dst);
	if (accel_iovs_length(dst_iovs, dst_iovcnt) < task.nbytes) {
		return -EINVAL;
	}
	return append(seq, ch, &task, &step);
}

int
spdk_accel_append_compare(struct spdk_accel_sequence **pseq, struct spdk_io_channel *ch,
			  struct iovec *src1_iovs, uint32_t src1_iovcnt,
			  struct spdk_memory_domain *src1_domain, void *src1_domain_ctx,
			  struct iovec *src2_iovs, uint32_t src2_iovcnt,
			  struct spdk_memory_domain *src2_domain, void *src2_domain_ctx,
			  spdk_accel_step_cb cb_fn, void *cb_arg)
{
	const struct accel_side src1 = {src1_iovs, src1_iovcnt, src1_domain, src1_domain_ctx};
	const struct accel_side src2 = {src2_iovs, src2_iovcnt, src2_domain, src2_domain_ctx};
	const struct step step = {cb_fn, cb_arg};
	struct spdk_accel_task task;

	if (!accel_side_is_valid(&src1) || !accel_side_is_valid(&src2)) {
		return -EINVAL;
	}
	task = model_of(SPDK_ACCEL_OPC_COMPARE, &src1, &src2);
	if (accel_iovs_length(src2_iovs, src2_iovcnt) != task.nbytes) {
		return -EINVAL;
	}
	return append(pseq, ch, &task, &step);
}

int
spdk_accel_append_fill(struct spdk_accel_sequence **seq, struct spdk_io_channel *ch, void *buf,
		       uint64_t len, struct spdk_memory_domain *domain, void *domain_ctx,
		       uint8_t pattern, spdk_accel_step_cb cb_fn, void *cb_arg)
{
	struct iovec iov = {buf, len};
	const struct accel_side dst = {&iov, 1, domain, domain_ctx};
	const struct step step = {cb_fn, cb_arg};
	struct spdk_accel_task task = model_of(SPDK_ACCEL_OPC_FILL, NULL, &dst);
	struct spdk_accel_task *last;
	int rc;

	memset(&task.fill_pattern, pattern, sizeof(task.fill_pattern));
	rc = append(seq, ch, &task, &step);
	if (rc == 0) {
		last = TAILQ_LAST(&(*seq)->tasks, accel_task_list);
		last->aux->iovs[SPDK_ACCEL_AUX_IOV_DST] = iov;
		last->d.iovs = &last->aux->iovs[SPDK_ACCEL_AUX_IOV_DST];
	}
	return rc;
}

int
spdk_accel_append_decompress_ext(struct spdk_accel_sequence **pseq, struct spdk_io_channel *ch,
				 struct iovec *dst_iovs, size_t dst_iovcnt,
				 struct spdk_memory_domain *dst_domain, void *dst_domain_ctx,
				 struct iovec *src_iovs, size_t src_iovcnt,
				 struct spdk_memory_domain *src_domain, void *src_domain_ctx,
				 enum spdk_accel_comp_algo decomp_algo, spdk_accel_step_cb cb_fn,
				 void *cb_arg)
{
	const struct accel_side src = {src_iovs, (uint32_t)src_iovcnt, src_domain, src_domain_ctx};
	const struct accel_side dst = {dst_iovs, (uint32_t)dst_iovcnt, dst_domain, dst_domain_ctx};
	const struct step step = {cb_fn, cb_arg};
	struct spdk_accel_task task;
	int rc;

	if (!accel_side_is_valid(&src) || !accel_side_is_valid(&dst)) {
		return -EINVAL;
	}
	rc = accel_check_decompress(decomp_algo);
	if (rc != 0) {
		return rc;
	}
	task = model_of(SPDK_ACCEL_OPC_DECOMPRESS, &src, &dst);
	task.comp.algo = decomp_algo;
	return append(pseq, ch, &task, &step);
}

int
spdk_accel_append_decompress(struct spdk_accel_sequence **seq, struct spdk_io_channel *ch,
			     struct iovec *dst_iovs, size_t dst_iovcnt,
			     struct spdk_memory_domain *dst_domain, void *dst_domain_ctx,
			     struct iovec *src_iovs, size_t src_iovcnt,
			     struct spdk_memory_domain *src_domain, void *src_domain_ctx,
			     spdk_accel_step_cb cb_fn, void *cb_arg)
{
	return spdk_accel_append_decompress_ext(
		seq, ch, dst_iovs, dst_iovcnt, dst_domain, dst_domain_ctx, src_iovs, src_iovcnt,
		src_domain, src_domain_ctx, SPDK_ACCEL_COMP_ALGO_DEFLATE, cb_fn, cb_arg);
}

/* `task` has the key, the block size and the first number. */
static int
append_crypto(struct spdk_accel_sequence **seq, struct spdk_io_channel *ch,
	      const struct spdk_accel_task *task, const struct step *step)
{
	int rc = accel_check_crypto(task->op_code, task->crypto_key, task->nbytes,
				    accel_iovs_length(task->d.iovs, task->d.iovcnt),
				    task->block_size);

	return rc != 0 ? rc : append(seq, ch, task, step);
}

int
spdk_accel_append_encrypt(struct spdk_accel_sequence **seq, struct spdk_io_channel *ch,
			  struct spdk_accel_crypto_key *key, struct iovec *dst_iovs,
			  uint32_t dst_iovcnt, struct spdk_memory_domain *dst_domain,
			  void *dst_domain_ctx, struct iovec *src_iovs, uint32_t src_iovcnt,
			  struct spdk_memory_domain *src_domain, void *src_domain_ctx, uint64_t iv,
			  uint32_t block_size, spdk_accel_step_cb cb_fn, void *cb_arg)
{
	const struct accel_side src = {src_iovs, src_iovcnt, src_domain, src_domain_ctx};
	const struct accel_side dst = {dst_iovs, dst_iovcnt, dst_domain, dst_domain_ctx};
	const struct step step = {cb_fn, cb_arg};
	struct spdk_accel_task task;

	if (!accel_side_is_valid(&src) || !accel_side_is_valid(&dst)) {
		return -EINVAL;
	}
	task = model_of(SPDK_ACCEL_OPC_ENCRYPT, &src, &dst);
	task.crypto_key = key;
	task.iv = iv;
	task.block_size = block_size;
	return append_crypto(seq, ch, &task, &step);
}

int
spdk_accel_append_decrypt(struct spdk_accel_sequence **seq, struct spdk_io_channel *ch,
			  struct spdk_accel_crypto_key *key, struct iovec *dst_iovs,
			  uint32_t dst_iovcnt, struct spdk_memory_domain *dst_domain,
			  void *dst_domain_ctx, struct iovec *src_iovs, uint32_t src_iovcnt,
			  struct spdk_memory_domain *src_domain, void *src_domain_ctx, uint64_t iv,
			  uint32_t block_size, spdk_accel_step_cb cb_fn, void *cb_arg)
{
	const struct accel_side src = {src_iovs, src_iovcnt, src_domain, src_domain_ctx};
	const struct accel_side dst = {dst_iovs, dst_iovcnt, dst_domain, dst_domain_ctx};
	const struct step step = {cb_fn, cb_arg};
	struct spdk_accel_task task;

	if (!accel_side_is_valid(&src) || !accel_side_is_valid(&dst)) {
		return -EINVAL;
	}
	task = model_of(SPDK_ACCEL_OPC_DECRYPT, &src, &dst);
	task.crypto_key = key;
	task.iv = iv;
	task.block_size = block_size;
	return append_crypto(seq, ch, &task, &step);
}

int
spdk_accel_append_crc32c(struct spdk_accel_sequence **seq, struct spdk_io_channel *ch,
			 uint32_t *dst, struct iovec *iovs, uint32_t iovcnt,
			 struct spdk_memory_domain *domain, void *domain_ctx, uint32_t seed,
			 spdk_accel_step_cb cb_fn, void *cb_arg)
{
	const struct accel_side src = {iovs, iovcnt, domain, domain_ctx};
	const struct step step = {cb_fn, cb_arg};
	struct spdk_accel_task task;

	if (!accel_side_is_valid(&src) || dst == NULL) {
		return -EINVAL;
	}
	task = model_of(SPDK_ACCEL_OPC_CRC32C, &src, NULL);
	task.crc_dst = dst;
	task.seed = seed;
	return append(seq, ch, &task, &step);
}

/* What operations on protection information have in common. */
struct protection {
	enum spdk_accel_opcode opcode;
	struct accel_side src;
	struct accel_side dst; /* or the metadata; without: nothing */
	uint32_t num_blocks;
	const struct spdk_dif_ctx *ctx;
	struct spdk_dif_error *err;
};

static int
append_protection(struct spdk_accel_sequence **seq, struct spdk_io_channel *ch,
		  const struct protection *protection, const struct step *step)
{
	uint32_t access = g_accel_operations[protection->opcode].access;
	bool has_d = (access & (ACCEL_READS_D | ACCEL_WRITES_D)) != 0;
	struct spdk_accel_task task;

	if (!accel_side_is_valid(&protection->src) || protection->ctx == NULL ||
	    (has_d && !accel_side_is_valid(&protection->dst))) {
		return -EINVAL;
	}
	task = model_of(protection->opcode, &protection->src, has_d ? &protection->dst : NULL);
	task.nbytes = (uint64_t)protection->num_blocks * protection->ctx->block_size;
	task.dif.ctx = protection->ctx;
	task.dif.err = protection->err;
	task.dif.num_blocks = protection->num_blocks;
	return append(seq, ch, &task, step);
}

int
spdk_accel_append_dif_verify(struct spdk_accel_sequence **seq, struct spdk_io_channel *ch,
			     struct iovec *iovs, size_t iovcnt, struct spdk_memory_domain *domain,
			     void *domain_ctx, uint32_t num_blocks, const struct spdk_dif_ctx *ctx,
			     struct spdk_dif_error *err, spdk_accel_step_cb cb_fn, void *cb_arg)
{
	const struct protection protection = {
		.opcode = SPDK_ACCEL_OPC_DIF_VERIFY,
		.src = {iovs, (uint32_t)iovcnt, domain, domain_ctx},
		.num_blocks = num_blocks,
		.ctx = ctx,
		.err = err,
	};
	const struct step step = {cb_fn, cb_arg};

	return append_protection(seq, ch, &protection, &step);
}

int
spdk_accel_append_dif_verify_copy(struct spdk_accel_sequence **seq, struct spdk_io_channel *ch,
				  struct iovec *dst_iovs, size_t dst_iovcnt,
				  struct spdk_memory_domain *dst_domain, void *dst_domain_ctx,
				  struct iovec *src_iovs, size_t src_iovcnt,
				  struct spdk_memory_domain *src_domain, void *src_domain_ctx,
				  uint32_t num_blocks, const struct spdk_dif_ctx *ctx,
				  struct spdk_dif_error *err, spdk_accel_step_cb cb_fn,
				  void *cb_arg)
{
	const struct protection protection = {
		.opcode = SPDK_ACCEL_OPC_DIF_VERIFY_COPY,
		.src = {src_iovs, (uint32_t)src_iovcnt, src_domain, src_domain_ctx},
		.dst = {dst_iovs, (uint32_t)dst_iovcnt, dst_domain, dst_domain_ctx},
		.num_blocks = num_blocks,
		.ctx = ctx,
		.err = err,
	};
	const struct step step = {cb_fn, cb_arg};

	return append_protection(seq, ch, &protection, &step);
}

int
spdk_accel_append_dif_generate(struct spdk_accel_sequence **seq, struct spdk_io_channel *ch,
			       struct iovec *iovs, size_t iovcnt, struct spdk_memory_domain *domain,
			       void *domain_ctx, uint32_t num_blocks,
			       const struct spdk_dif_ctx *ctx, spdk_accel_step_cb cb_fn,
			       void *cb_arg)
{
	const struct protection protection = {
		.opcode = SPDK_ACCEL_OPC_DIF_GENERATE,
		.src = {iovs, (uint32_t)iovcnt, domain, domain_ctx},
		.num_blocks = num_blocks,
		.ctx = ctx,
	};
	const struct step step = {cb_fn, cb_arg};

	return append_protection(seq, ch, &protection, &step);
}

int
spdk_accel_append_dif_generate_copy(struct spdk_accel_sequence **seq, struct spdk_io_channel *ch,
				    struct iovec *dst_iovs, size_t dst_iovcnt,
				    struct spdk_memory_domain *dst_domain, void *dst_domain_ctx,
				    struct iovec *src_iovs, size_t src_iovcnt,
				    struct spdk_memory_domain *src_domain, void *src_domain_ctx,
				    uint32_t num_blocks, const struct spdk_dif_ctx *ctx,
				    spdk_accel_step_cb cb_fn, void *cb_arg)
{
	const struct protection protection = {
		.opcode = SPDK_ACCEL_OPC_DIF_GENERATE_COPY,
		.src = {src_iovs, (uint32_t)src_iovcnt, src_domain, src_domain_ctx},
		.dst = {dst_iovs, (uint32_t)dst_iovcnt, dst_domain, dst_domain_ctx},
		.num_blocks = num_blocks,
		.ctx = ctx,
	};
	const struct step step = {cb_fn, cb_arg};

	return append_protection(seq, ch, &protection, &step);
}

int
spdk_accel_append_dix_generate(struct spdk_accel_sequence **seq, struct spdk_io_channel *ch,
			       struct iovec *iovs, size_t iovcnt, struct spdk_memory_domain *domain,
			       void *domain_ctx, struct iovec *md_iov,
			       struct spdk_memory_domain *md_domain, void *md_domain_ctx,
			       uint32_t num_blocks, const struct spdk_dif_ctx *ctx,
			       spdk_accel_step_cb cb_fn, void *cb_arg)
{
	const struct protection protection = {
		.opcode = SPDK_ACCEL_OPC_DIX_GENERATE,
		.src = {iovs, (uint32_t)iovcnt, domain, domain_ctx},
		.dst = {md_iov, 1, md_domain, md_domain_ctx},
		.num_blocks = num_blocks,
		.ctx = ctx,
	};
	const struct step step = {cb_fn, cb_arg};

	return append_protection(seq, ch, &protection, &step);
}

int
spdk_accel_append_dix_verify(struct spdk_accel_sequence **seq, struct spdk_io_channel *ch,
			     struct iovec *iovs, size_t iovcnt, struct spdk_memory_domain *domain,
			     void *domain_ctx, struct iovec *md_iov,
			     struct spdk_memory_domain *md_domain, void *md_domain_ctx,
			     uint32_t num_blocks, const struct spdk_dif_ctx *ctx,
			     struct spdk_dif_error *err, spdk_accel_step_cb cb_fn, void *cb_arg)
{
	const struct protection protection = {
		.opcode = SPDK_ACCEL_OPC_DIX_VERIFY,
		.src = {iovs, (uint32_t)iovcnt, domain, domain_ctx},
		.dst = {md_iov, 1, md_domain, md_domain_ctx},
		.num_blocks = num_blocks,
		.ctx = ctx,
		.err = err,
	};
	const struct step step = {cb_fn, cb_arg};

	return append_protection(seq, ch, &protection, &step);
}
