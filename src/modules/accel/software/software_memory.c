/* SPDX-License-Identifier: BSD-3-Clause */
/* Operations on memory that need no library but ours. */
#include "modules/accel/software/software_internal.h"
#include "spdk/crc32.h"
#include "spdk/dif.h"
#include "spdk/likely.h"
#include "spdk/util.h"
#include "spdk/xor.h"

size_t
software_cursor_next(struct software_cursor *cursor, size_t max, void **out_bytes)
{
	size_t size;

	while (cursor->count > 0 && cursor->offset == cursor->iov->iov_len) {
		cursor->iov++;
		cursor->count--;
		cursor->offset = 0;
	}
	if (cursor->count == 0) {
		return 0;
	}
	size = spdk_min(max, cursor->iov->iov_len - cursor->offset);
	*out_bytes = (char *)cursor->iov->iov_base + cursor->offset;
	cursor->offset += size;
	return size;
}

static int
copy_to(struct spdk_accel_task *task, struct iovec *iovs, uint32_t iovcnt)
{
	if (spdk_likely(task->s.iovcnt == 1 && iovcnt == 1)) {
		if (spdk_unlikely(iovs[0].iov_len < task->s.iovs[0].iov_len)) {
			return -EINVAL;
		}
		memcpy(iovs[0].iov_base, task->s.iovs[0].iov_base, task->s.iovs[0].iov_len);
		return 0;
	}
	return spdk_iovcpy(task->s.iovs, task->s.iovcnt, iovs, iovcnt) == task->nbytes ? 0 :
											 -EINVAL;
}

static int
dualcast(struct spdk_accel_task *task)
{
	int rc = copy_to(task, task->d.iovs, task->d.iovcnt);

	return rc != 0 ? rc : copy_to(task, task->d2.iovs, task->d2.iovcnt);
}

static int
compare(struct spdk_accel_task *task)
{
	struct spdk_ioviter iter;
	void *left, *right;
	size_t size;

	size = spdk_ioviter_first(&iter, task->s.iovs, task->s.iovcnt, task->s2.iovs,
				  task->s2.iovcnt, &left, &right);
	while (size != 0) {
		if (memcmp(left, right, size) != 0) {
			return -EILSEQ;
		}
		size = spdk_ioviter_next(&iter, &left, &right);
	}
	return 0;
}

static int
fill(struct spdk_accel_task *task)
{
	spdk_iov_memset(task->d.iovs, (int)task->d.iovcnt, (uint8_t)task->fill_pattern);
	return 0;
}

static int
crc32c(struct spdk_accel_task *task)
{
	*task->crc_dst = spdk_crc32c_iov_update(task->s.iovs, (int)task->s.iovcnt, ~task->seed);
	return 0;
}

static int
copy_crc32c(struct spdk_accel_task *task)
{
	int rc = copy_to(task, task->d.iovs, task->d.iovcnt);

	return rc != 0 ? rc : crc32c(task);
}

static int
xor_all(struct spdk_accel_task *task)
{
	if (task->nbytes > UINT32_MAX) {
		return -EINVAL;
	}
	return spdk_xor_gen(task->d.iovs[0].iov_base, task->nsrcs.srcs, task->nsrcs.cnt,
			    (uint32_t)task->nbytes);
}

static int
protect(struct spdk_accel_task *task)
{
	struct iovec *s = task->s.iovs, *d = task->d.iovs;
	int s_count = (int)task->s.iovcnt, d_count = (int)task->d.iovcnt;
	uint32_t blocks = task->dif.num_blocks;
	const struct spdk_dif_ctx *ctx = task->dif.ctx;
	struct spdk_dif_error unwanted;
	struct spdk_dif_error *err = task->dif.err != NULL ? task->dif.err : &unwanted;

	switch (task->op_code) {
	case SPDK_ACCEL_OPC_DIF_VERIFY:
		return spdk_dif_verify(s, s_count, blocks, ctx, err);
	case SPDK_ACCEL_OPC_DIF_VERIFY_COPY:
		return spdk_dif_verify_copy(d, d_count, s, s_count, blocks, ctx, err);
	case SPDK_ACCEL_OPC_DIF_GENERATE:
		return spdk_dif_generate(s, s_count, blocks, ctx);
	case SPDK_ACCEL_OPC_DIF_GENERATE_COPY:
		return spdk_dif_generate_copy(s, s_count, d, d_count, blocks, ctx);
	case SPDK_ACCEL_OPC_DIX_GENERATE:
		return spdk_dix_generate(s, s_count, d, blocks, ctx);
	default:
		return spdk_dix_verify(s, s_count, d, blocks, ctx, err);
	}
}

int
software_do_memory(struct spdk_accel_task *task)
{
	switch (task->op_code) {
	case SPDK_ACCEL_OPC_COPY:
		return copy_to(task, task->d.iovs, task->d.iovcnt);
	case SPDK_ACCEL_OPC_FILL:
		return fill(task);
	case SPDK_ACCEL_OPC_DUALCAST:
		return dualcast(task);
	case SPDK_ACCEL_OPC_COMPARE:
		return compare(task);
	case SPDK_ACCEL_OPC_CRC32C:
		return crc32c(task);
	case SPDK_ACCEL_OPC_COPY_CRC32C:
		return copy_crc32c(task);
	case SPDK_ACCEL_OPC_XOR:
		return xor_all(task);
	case SPDK_ACCEL_OPC_DIF_VERIFY:
	case SPDK_ACCEL_OPC_DIF_VERIFY_COPY:
	case SPDK_ACCEL_OPC_DIF_GENERATE:
	case SPDK_ACCEL_OPC_DIF_GENERATE_COPY:
	case SPDK_ACCEL_OPC_DIX_GENERATE:
	case SPDK_ACCEL_OPC_DIX_VERIFY:
		return protect(task);
	default:
		return -ENOTSUP;
	}
}
