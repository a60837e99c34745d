/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * For tests of protection information: the kinds of blocks there are, buffers of them in any
 * pieces, and a model that writes protection information from the standards' text, a bit at a time
 * and without a line of the library.
 */
#ifndef IO_DIF_DIF_FIXTURE_H
#define IO_DIF_DIF_FIXTURE_H

#include "spdk/dif.h"

#define FIXTURE_BYTES_MAX  (64 * 1024)
#define FIXTURE_IOVS_MAX   4096
#define FIXTURE_APP_TAG    0xa5c3
#define FIXTURE_REF_TAG    0x12345678
#define FIXTURE_GUARD_SEED 0
#define FIXTURE_ALL_CHECKS \
	(SPDK_DIF_FLAGS_GUARD_CHECK | SPDK_DIF_FLAGS_APPTAG_CHECK | SPDK_DIF_FLAGS_REFTAG_CHECK)

struct dif_kind {
	enum spdk_dif_pi_format format;
	enum spdk_dif_type type;
	uint32_t data_size;
	uint32_t md_size;
	bool is_interleaved;
	bool is_head;
};

/* Every format, type, place and way, each with metadata just long enough and longer. */
#define FIXTURE_KINDS_COUNT 72
struct dif_kind fixture_kind(uint32_t index);

/* "format 16, type 1, ..." in a static buffer, to be printed when something fails. */
const char *fixture_kind_name(const struct dif_kind *kind);

void fixture_ctx(struct spdk_dif_ctx *ctx, const struct dif_kind *kind, uint32_t flags);

/* Blocks; interleaved ones have all bytes in `bytes`. */
struct dif_blocks {
	uint32_t count;
	size_t size;
	size_t md_size;
	struct iovec iovs[FIXTURE_IOVS_MAX];
	int iovcnt;
	struct iovec md_iov;
	uint8_t bytes[FIXTURE_BYTES_MAX];
	uint8_t md[FIXTURE_BYTES_MAX];
};

/* Bytes of the kind's buffer for each block, and where a block's metadata is. */
uint32_t fixture_stride(const struct dif_kind *kind);
uint8_t *fixture_md(struct dif_blocks *blocks, const struct dif_kind *kind, uint32_t block);
uint8_t *fixture_pi(struct dif_blocks *blocks, const struct dif_kind *kind, uint32_t block);

/* Fills with bytes that are the same for the same seed; one element. */
void
fixture_fill(struct dif_blocks *blocks, const struct dif_kind *kind, uint32_t count, uint64_t seed);

/* Makes elements over the bytes: two that meet at `at`, or all of `piece` bytes. */
void fixture_split(struct dif_blocks *blocks, size_t at);
void fixture_pieces(struct dif_blocks *blocks, size_t piece);
/* Elements of 0 to `longest` bytes. */
void fixture_random_pieces(struct dif_blocks *blocks, size_t longest, uint64_t *random);

/* What the standards say is in each block for fixture_ctx() with all checks. */
void fixture_model(struct dif_blocks *blocks, const struct dif_kind *kind);
uint64_t fixture_model_guard(enum spdk_dif_pi_format format, const uint8_t *data, size_t size,
			     uint64_t guard);

/* The functions of the kind: spdk_dif_ or spdk_dix_. */
int fixture_generate(struct dif_blocks *blocks, const struct spdk_dif_ctx *ctx);
int fixture_verify(struct dif_blocks *blocks, const struct spdk_dif_ctx *ctx,
		   struct spdk_dif_error *error);

#endif /* IO_DIF_DIF_FIXTURE_H */
