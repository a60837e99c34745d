/* SPDX-License-Identifier: BSD-3-Clause */
/* Payloads that are in pieces, from any offset on. */
#ifndef SPINDLE_NVME_PAYLOAD_H
#define SPINDLE_NVME_PAYLOAD_H

#include "io/nvme/request.h"
#include "spdk/util.h"

/* An address that is no memory: what would go there is dropped (a bit bucket). */
#define NVME_BIT_BUCKET ((void *)UINT64_MAX)

struct nvme_payload {
	/* As those of struct nvme_request. */
	uint8_t kind;
	uint32_t iov_count;
	void *data;
	spdk_nvme_req_reset_sgl_cb reset_sgl_fn;
	spdk_nvme_req_next_sge_cb next_sge_fn;
};

struct nvme_payload_walk {
	struct nvme_payload payload;
	const struct iovec *iov;
	/* Into the iovec. */
	uint64_t offset;
	/* Bytes that are still to come. */
	uint64_t left;
};

/* From `offset` on, for `length` bytes. */
static inline void
nvme_payload_walk_begin(struct nvme_payload_walk *walk, const struct nvme_payload *payload,
			uint64_t offset, uint64_t length)
{
	const struct iovec *end;

	walk->payload = *payload;
	walk->left = length;
	walk->offset = offset;
	walk->iov = payload->data;
	if (payload->kind == NVME_PAYLOAD_SGL) {
		payload->reset_sgl_fn(payload->data, (uint32_t)offset);
		return;
	}
	end = walk->iov + payload->iov_count;
	while (walk->iov != end && walk->offset >= walk->iov->iov_len) {
		walk->offset -= walk->iov->iov_len;
		walk->iov++;
	}
}

/* While walk->left > 0. 0, or -EFAULT: the payload is shorter than that. */
static inline int
nvme_payload_walk_next(struct nvme_payload_walk *walk, void **out_addr, uint32_t *out_length)
{
	const struct nvme_payload *payload = &walk->payload;
	uint64_t length;

	if (payload->kind == NVME_PAYLOAD_SGL) {
		if (payload->next_sge_fn(payload->data, out_addr, out_length) != 0) {
			return -EFAULT;
		}
		*out_length = (uint32_t)spdk_min(*out_length, walk->left);
		walk->left -= *out_length;
		return 0;
	}
	if (walk->iov == (const struct iovec *)payload->data + payload->iov_count) {
		return -EFAULT;
	}
	length = spdk_min(walk->iov->iov_len - walk->offset, walk->left);
	*out_addr = walk->iov->iov_base;
	if (*out_addr != NVME_BIT_BUCKET) {
		*out_addr = (char *)*out_addr + walk->offset;
	}
	*out_length = (uint32_t)length;
	walk->left -= length;
	walk->offset = 0;
	walk->iov++;
	return 0;
}

#endif
