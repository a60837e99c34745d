/* SPDX-License-Identifier: BSD-3-Clause */
/* Operations that are submitted alone. */
#include "io/accel/accel_internal.h"

/* How an operation is told to its task. */
static inline struct spdk_accel_task *
begin(struct spdk_io_channel *ch, enum spdk_accel_opcode opcode, spdk_accel_completion_cb cb_fn,
      void *cb_arg)
{
	struct spdk_accel_task *task = accel_task_get(accel_channel_of(ch));

	if (spdk_unlikely(task == NULL)) {
		return NULL;
	}
	task->op_code = opcode;
	/* It is submitted alone, whatever its module has linked it to. */
	STAILQ_NEXT(task, link) = NULL;
	task->seq = NULL;
	task->cb_fn = cb_fn;
	task->cb_arg = cb_arg;
	task->src_domain = NULL;
	task->dst_domain = NULL;
	return task;
}

static inline int
submit(struct spdk_accel_task *task)
{
	const struct accel_lane *lane = &task->accel_ch->lanes[task->op_code];
	int rc = lane->submit(lane->ch, task);

	if (spdk_unlikely(rc != 0)) {
		accel_task_put(task);
	}
	return rc;
}

/* One buffer as a list of one, in the task. */
static inline struct iovec *
one(struct spdk_accel_task *task, enum spdk_accel_aux_iov_type type, void *buf, uint64_t length)
{
	struct iovec *iov = &task->aux->iovs[type];

	iov->iov_base = buf;
	iov->iov_len = length;
	return iov;
}

static inline void
set_s(struct spdk_accel_task *task, struct iovec *iovs, size_t count)
{
	task->s.iovs = iovs;
	task->s.iovcnt = (uint32_t)count;
}

static inline void
set_d(struct spdk_accel_task *task, struct iovec *iovs, size_t count)
{
	task->d.iovs = iovs;
	task->d.iovcnt = (uint32_t)count;
}

static inline void
set_one_s(struct spdk_accel_task *task, void *src, uint64_t nbytes)
{
	task->nbytes = nbytes;
	set_s(task, one(task, SPDK_ACCEL_AUX_IOV_SRC, src, nbytes), 1);
}

static inline void
set_one_d(struct spdk_accel_task *task, void *dst, uint64_t nbytes)
{
	set_d(task, one(task, SPDK_ACCEL_AUX_IOV_DST, dst, nbytes), 1);
}

static inline bool
is_list(const struct iovec *iovs, size_t count)
{
	return iovs != NULL && count != 0 && count <= INT_MAX;
}

int
spdk_accel_submit_copy(struct spdk_io_channel *ch, void *dst, void *src, uint64_t nbytes,
		       spdk_accel_completion_cb cb_fn, void *cb_arg)
{
	struct spdk_accel_task *task = begin(ch, SPDK_ACCEL_OPC_COPY, cb_fn, cb_arg);

	if (spdk_unlikely(task == NULL)) {
		return -ENOMEM;
	}
	set_one_s(task, src, nbytes);
	set_one_d(task, dst, nbytes);
	return submit(task);
}

int
spdk_accel_submit_dualcast(struct spdk_io_channel *ch, void *dst1, void *dst2, void *src,
			   uint64_t nbytes, spdk_accel_completion_cb cb_fn, void *cb_arg)
{
	struct spdk_accel_task *task;

	if (((uintptr_t)dst1 | (uintptr_t)dst2) % 4096 != 0) {
		return -EINVAL;
	}
	task = begin(ch, SPDK_ACCEL_OPC_DUALCAST, cb_fn, cb_arg);
	if (spdk_unlikely(task == NULL)) {
		return -ENOMEM;
	}
	set_one_s(task, src, nbytes);
	set_one_d(task, dst1, nbytes);
	task->d2.iovs = one(task, SPDK_ACCEL_AUX_IOV_DST2, dst2, nbytes);
	task->d2.iovcnt = 1;
	return submit(task);
}

int
spdk_accel_submit_compare(struct spdk_io_channel *ch, void *src1, void *src2, uint64_t nbytes,
			  spdk_accel_completion_cb cb_fn, void *cb_arg)
{
	struct spdk_accel_task *task = begin(ch, SPDK_ACCEL_OPC_COMPARE, cb_fn, cb_arg);

	if (spdk_unlikely(task == NULL)) {
		return -ENOMEM;
	}
	set_one_s(task, src1, nbytes);
	task->s2.iovs = one(task, SPDK_ACCEL_AUX_IOV_SRC2, src2, nbytes);
	task->s2.iovcnt = 1;
	return submit(task);
}

int
spdk_accel_submit_fill(struct spdk_io_channel *ch, void *dst, uint8_t fill, uint64_t nbytes,
		       spdk_accel_completion_cb cb_fn, void *cb_arg)
{
	struct spdk_accel_task *task = begin(ch, SPDK_ACCEL_OPC_FILL, cb_fn, cb_arg);

	if (spdk_unlikely(task == NULL)) {
		return -ENOMEM;
	}
	task->nbytes = nbytes;
	set_s(task, NULL, 0);
	set_one_d(task, dst, nbytes);
	memset(&task->fill_pattern, fill, sizeof(task->fill_pattern));
	return submit(task);
}

int
spdk_accel_submit_crc32c(struct spdk_io_channel *ch, uint32_t *crc_dst, void *src, uint32_t seed,
			 uint64_t nbytes, spdk_accel_completion_cb cb_fn, void *cb_arg)
{
	struct spdk_accel_task *task;

	if (spdk_unlikely(crc_dst == NULL)) {
		return -EINVAL;
	}
	task = begin(ch, SPDK_ACCEL_OPC_CRC32C, cb_fn, cb_arg);
	if (spdk_unlikely(task == NULL)) {
		return -ENOMEM;
	}
	set_one_s(task, src, nbytes);
	task->crc_dst = crc_dst;
	task->seed = seed;
	return submit(task);
}

int
spdk_accel_submit_crc32cv(struct spdk_io_channel *ch, uint32_t *crc_dst, struct iovec *iovs,
			  uint32_t iovcnt, uint32_t seed, spdk_accel_completion_cb cb_fn,
			  void *cb_arg)
{
	struct spdk_accel_task *task;

	if (spdk_unlikely(crc_dst == NULL || !is_list(iovs, iovcnt))) {
		return -EINVAL;
	}
	task = begin(ch, SPDK_ACCEL_OPC_CRC32C, cb_fn, cb_arg);
	if (spdk_unlikely(task == NULL)) {
		return -ENOMEM;
	}
	set_s(task, iovs, iovcnt);
	task->nbytes = accel_iovs_length(iovs, iovcnt);
	task->crc_dst = crc_dst;
	task->seed = seed;
	return submit(task);
}

int
spdk_accel_submit_copy_crc32c(struct spdk_io_channel *ch, void *dst, void *src, uint32_t *crc_dst,
			      uint32_t seed, uint64_t nbytes, spdk_accel_completion_cb cb_fn,
			      void *cb_arg)
{
	struct spdk_accel_task *task;

	if (spdk_unlikely(crc_dst == NULL)) {
		return -EINVAL;
	}
	task = begin(ch, SPDK_ACCEL_OPC_COPY_CRC32C, cb_fn, cb_arg);
	if (spdk_unlikely(task == NULL)) {
		return -ENOMEM;
	}
	set_one_s(task, src, nbytes);
	set_one_d(task, dst, nbytes);
	task->crc_dst = crc_dst;
	task->seed = seed;
	return submit(task);
}

int
spdk_accel_submit_copy_crc32cv(struct spdk_io_channel *ch, void *dst, struct iovec *src_iovs,
			       uint32_t iovcnt, uint32_t *crc_dst, uint32_t seed,
			       spdk_accel_completion_cb cb_fn, void *cb_arg)
{
	struct spdk_accel_task *task;

	if (spdk_unlikely(crc_dst == NULL || !is_list(src_iovs, iovcnt))) {
		return -EINVAL;
	}
	task = begin(ch, SPDK_ACCEL_OPC_COPY_CRC32C, cb_fn, cb_arg);
	if (spdk_unlikely(task == NULL)) {
		return -ENOMEM;
	}
	set_s(task, src_iovs, iovcnt);
	task->nbytes = accel_iovs_length(src_iovs, iovcnt);
	set_one_d(task, dst, task->nbytes);
	task->crc_dst = crc_dst;
	task->seed = seed;
	return submit(task);
}

int
spdk_accel_submit_compress_ext(struct spdk_io_channel *ch, void *dst, uint64_t nbytes,
			       struct iovec *src_iovs, size_t src_iovcnt,
			       enum spdk_accel_comp_algo comp_algo, uint32_t comp_level,
			       uint32_t *output_size, spdk_accel_completion_cb cb_fn, void *cb_arg)
{
	struct spdk_accel_task *task;
	int rc;

	if (!is_list(src_iovs, src_iovcnt) || dst == NULL) {
		return -EINVAL;
	}
	rc = accel_check_compress(comp_algo, comp_level);
	if (rc != 0) {
		return rc;
	}
	task = begin(ch, SPDK_ACCEL_OPC_COMPRESS, cb_fn, cb_arg);
	if (spdk_unlikely(task == NULL)) {
		return -ENOMEM;
	}
	set_s(task, src_iovs, src_iovcnt);
	task->nbytes = accel_iovs_length(src_iovs, src_iovcnt);
	set_one_d(task, dst, nbytes);
	task->output_size = output_size;
	task->comp.algo = comp_algo;
	task->comp.level = comp_level;
	return submit(task);
}

int
spdk_accel_submit_compress(struct spdk_io_channel *ch, void *dst, uint64_t nbytes,
			   struct iovec *src_iovs, size_t src_iovcnt, uint32_t *output_size,
			   spdk_accel_completion_cb cb_fn, void *cb_arg)
{
	return spdk_accel_submit_compress_ext(ch, dst, nbytes, src_iovs, src_iovcnt,
					      SPDK_ACCEL_COMP_ALGO_DEFLATE, 1, output_size, cb_fn,
					      cb_arg);
}

int
spdk_accel_submit_decompress_ext(struct spdk_io_channel *ch, struct iovec *dst_iovs,
				 size_t dst_iovcnt, struct iovec *src_iovs, size_t src_iovcnt,
				 enum spdk_accel_comp_algo decomp_algo, uint32_t *output_size,
				 spdk_accel_completion_cb cb_fn, void *cb_arg)
{
	struct spdk_accel_task *task;
	int rc;

	if (!is_list(src_iovs, src_iovcnt) || !is_list(dst_iovs, dst_iovcnt)) {
		return -EINVAL;
	}
	rc = accel_check_decompress(decomp_algo);
	if (rc != 0) {
		return rc;
	}
	task = begin(ch, SPDK_ACCEL_OPC_DECOMPRESS, cb_fn, cb_arg);
	if (spdk_unlikely(task == NULL)) {
		return -ENOMEM;
	}
	set_s(task, src_iovs, src_iovcnt);
	task->nbytes = accel_iovs_length(src_iovs, src_iovcnt);
	set_d(task, dst_iovs, dst_iovcnt);
	task->output_size = output_size;
	task->comp.algo = decomp_algo;
	task->comp.level = 0;
	return submit(task);
}

int
spdk_accel_submit_decompress(struct spdk_io_channel *ch, struct iovec *dst_iovs, size_t dst_iovcnt,
			     struct iovec *src_iovs, size_t src_iovcnt, uint32_t *output_size,
			     spdk_accel_completion_cb cb_fn, void *cb_arg)
{
	return spdk_accel_submit_decompress_ext(ch, dst_iovs, dst_iovcnt, src_iovs, src_iovcnt,
						SPDK_ACCEL_COMP_ALGO_DEFLATE, output_size, cb_fn,
						cb_arg);
}

int
spdk_accel_submit_xor(struct spdk_io_channel *ch, void *dst, void **sources, uint32_t nsrcs,
		      uint64_t nbytes, spdk_accel_completion_cb cb_fn, void *cb_arg)
{
	struct spdk_accel_task *task;

	if (spdk_unlikely(sources == NULL || nsrcs < 2)) {
		return -EINVAL;
	}
	task = begin(ch, SPDK_ACCEL_OPC_XOR, cb_fn, cb_arg);
	if (spdk_unlikely(task == NULL)) {
		return -ENOMEM;
	}
	task->nsrcs.srcs = sources;
	task->nsrcs.cnt = nsrcs;
	task->nbytes = nbytes;
	set_one_d(task, dst, nbytes);
	return submit(task);
}

/* What encryption and decryption have in common. */
struct crypto {
	struct spdk_accel_crypto_key *key;
	struct accel_side dst;
	struct accel_side src;
	uint64_t iv;
	uint32_t block_size;
};

static int
submit_crypto(struct spdk_io_channel *ch, enum spdk_accel_opcode opcode,
	      const struct crypto *crypto, spdk_accel_completion_cb cb_fn, void *cb_arg)
{
	struct spdk_accel_task *task;
	uint64_t nbytes;
	int rc;

	if (spdk_unlikely(!accel_side_is_valid(&crypto->src) ||
			  !accel_side_is_valid(&crypto->dst))) {
		return -EINVAL;
	}
	nbytes = accel_iovs_length(crypto->src.iovs, crypto->src.iovcnt);
	rc = accel_check_crypto(opcode, crypto->key, nbytes,
				accel_iovs_length(crypto->dst.iovs, crypto->dst.iovcnt),
				crypto->block_size);
	if (spdk_unlikely(rc != 0)) {
		return rc;
	}
	task = begin(ch, opcode, cb_fn, cb_arg);
	if (spdk_unlikely(task == NULL)) {
		return -ENOMEM;
	}
	set_s(task, crypto->src.iovs, crypto->src.iovcnt);
	set_d(task, crypto->dst.iovs, crypto->dst.iovcnt);
	task->nbytes = nbytes;
	task->crypto_key = crypto->key;
	task->block_size = crypto->block_size;
	task->iv = crypto->iv;
	return submit(task);
}

int
spdk_accel_submit_encrypt(struct spdk_io_channel *ch, struct spdk_accel_crypto_key *key,
			  struct iovec *dst_iovs, uint32_t dst_iovcnt, struct iovec *src_iovs,
			  uint32_t src_iovcnt, uint64_t iv, uint32_t block_size,
			  spdk_accel_completion_cb cb_fn, void *cb_arg)
{
	const struct crypto crypto = {
		key, {dst_iovs, dst_iovcnt}, {src_iovs, src_iovcnt}, iv, block_size};

	return submit_crypto(ch, SPDK_ACCEL_OPC_ENCRYPT, &crypto, cb_fn, cb_arg);
}

int
spdk_accel_submit_decrypt(struct spdk_io_channel *ch, struct spdk_accel_crypto_key *key,
			  struct iovec *dst_iovs, uint32_t dst_iovcnt, struct iovec *src_iovs,
			  uint32_t src_iovcnt, uint64_t iv, uint32_t block_size,
			  spdk_accel_completion_cb cb_fn, void *cb_arg)
{
	const struct crypto crypto = {
		key, {dst_iovs, dst_iovcnt}, {src_iovs, src_iovcnt}, iv, block_size};

	return submit_crypto(ch, SPDK_ACCEL_OPC_DECRYPT, &crypto, cb_fn, cb_arg);
}

/* What operations on protection information have in common. */
struct protection {
	struct accel_side src;
	struct accel_side dst; /* or the metadata; without: nothing */
	uint32_t num_blocks;
	const struct spdk_dif_ctx *ctx;
	struct spdk_dif_error *err;
};

static int
submit_protection(struct spdk_io_channel *ch, enum spdk_accel_opcode opcode,
		  const struct protection *protection, spdk_accel_completion_cb cb_fn, void *cb_arg)
{
	bool has_d = g_accel_operations[opcode].access & (ACCEL_READS_D | ACCEL_WRITES_D);
	struct spdk_accel_task *task;

	if (spdk_unlikely(!accel_side_is_valid(&protection->src) || protection->ctx == NULL ||
			  (has_d && !accel_side_is_valid(&protection->dst)))) {
		return -EINVAL;
	}
	task = begin(ch, opcode, cb_fn, cb_arg);
	if (spdk_unlikely(task == NULL)) {
		return -ENOMEM;
	}
	set_s(task, protection->src.iovs, protection->src.iovcnt);
	set_d(task, protection->dst.iovs, protection->dst.iovcnt);
	task->nbytes = (uint64_t)protection->num_blocks * protection->ctx->block_size;
	task->dif.ctx = protection->ctx;
	task->dif.err = protection->err;
	task->dif.num_blocks = protection->num_blocks;
	return submit(task);
}

int
spdk_accel_submit_dif_verify(struct spdk_io_channel *ch, struct iovec *iovs, size_t iovcnt,
			     uint32_t num_blocks, const struct spdk_dif_ctx *ctx,
			     struct spdk_dif_error *err, spdk_accel_completion_cb cb_fn,
			     void *cb_arg)
{
	const struct protection protection = {
		.src = {iovs, iovcnt}, .num_blocks = num_blocks, .ctx = ctx, .err = err};

	return submit_protection(ch, SPDK_ACCEL_OPC_DIF_VERIFY, &protection, cb_fn, cb_arg);
}

int
spdk_accel_submit_dif_verify_copy(struct spdk_io_channel *ch, struct iovec *dst_iovs,
				  size_t dst_iovcnt, struct iovec *src_iovs, size_t src_iovcnt,
				  uint32_t num_blocks, const struct spdk_dif_ctx *ctx,
				  struct spdk_dif_error *err, spdk_accel_completion_cb cb_fn,
				  void *cb_arg)
{
	const struct protection protection = {.src = {src_iovs, src_iovcnt},
					      .dst = {dst_iovs, dst_iovcnt},
					      .num_blocks = num_blocks,
					      .ctx = ctx,
					      .err = err};

	return submit_protection(ch, SPDK_ACCEL_OPC_DIF_VERIFY_COPY, &protection, cb_fn, cb_arg);
}

int
spdk_accel_submit_dif_generate(struct spdk_io_channel *ch, struct iovec *iovs, size_t iovcnt,
			       uint32_t num_blocks, const struct spdk_dif_ctx *ctx,
			       spdk_accel_completion_cb cb_fn, void *cb_arg)
{
	const struct protection protection = {
		.src = {iovs, iovcnt}, .num_blocks = num_blocks, .ctx = ctx};

	return submit_protection(ch, SPDK_ACCEL_OPC_DIF_GENERATE, &protection, cb_fn, cb_arg);
}

int
spdk_accel_submit_dif_generate_copy(struct spdk_io_channel *ch, struct iovec *dst_iovs,
				    size_t dst_iovcnt, struct iovec *src_iovs, size_t src_iovcnt,
				    uint32_t num_blocks, const struct spdk_dif_ctx *ctx,
				    spdk_accel_completion_cb cb_fn, void *cb_arg)
{
	const struct protection protection = {.src = {src_iovs, src_iovcnt},
					      .dst = {dst_iovs, dst_iovcnt},
					      .num_blocks = num_blocks,
					      .ctx = ctx};

	return submit_protection(ch, SPDK_ACCEL_OPC_DIF_GENERATE_COPY, &protection, cb_fn, cb_arg);
}

int
spdk_accel_submit_dix_generate(struct spdk_io_channel *ch, struct iovec *iovs, size_t iovcnt,
			       struct iovec *md_iov, uint32_t num_blocks,
			       const struct spdk_dif_ctx *ctx, spdk_accel_completion_cb cb_fn,
			       void *cb_arg)
{
	const struct protection protection = {
		.src = {iovs, iovcnt}, .dst = {md_iov, 1}, .num_blocks = num_blocks, .ctx = ctx};

	return submit_protection(ch, SPDK_ACCEL_OPC_DIX_GENERATE, &protection, cb_fn, cb_arg);
}

int
spdk_accel_submit_dix_verify(struct spdk_io_channel *ch, struct iovec *iovs, size_t iovcnt,
			     struct iovec *md_iov, uint32_t num_blocks,
			     const struct spdk_dif_ctx *ctx, struct spdk_dif_error *err,
			     spdk_accel_completion_cb cb_fn, void *cb_arg)
{
	const struct protection protection = {.src = {iovs, iovcnt},
					      .dst = {md_iov, 1},
					      .num_blocks = num_blocks,
					      .ctx = ctx,
					      .err = err};

	return submit_protection(ch, SPDK_ACCEL_OPC_DIX_VERIFY, &protection, cb_fn, cb_arg);
}
