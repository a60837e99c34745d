/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What protection information of 4 KiB costs beside the checksum alone: median and spread of
 * several runs, in nanoseconds a block.
 */
#include "spdk/crc16.h"
#include "spdk/crc32.h"
#include "spdk/crc64.h"
#include "spdk/dif.h"
#include "spdk/env.h"
#include "spdk/util.h"

#define RUNS       9
#define ROUNDS     400
#define BLOCKS     32
#define DATA_BYTES 4096
#define MD_BYTES   16
#define EXTENDED   (DATA_BYTES + MD_BYTES)

static uint8_t g_bytes[BLOCKS * EXTENDED], g_plain[BLOCKS * DATA_BYTES];
static volatile uint64_t g_sink;

enum operation {
	CHECKSUM,
	GENERATE,
	VERIFY,
	GENERATE_COPY,
	VERIFY_COPY,
	OPERATIONS,
};

static const char *const g_names[OPERATIONS] = {"checksum alone", "generate", "verify",
						"generate_copy", "verify_copy"};

static void
checksum(enum spdk_dif_pi_format format)
{
	const uint8_t *block;
	uint32_t i;

	for (i = 0; i < BLOCKS; i++) {
		block = g_bytes + (size_t)i * EXTENDED;
		switch (format) {
		case SPDK_DIF_PI_FORMAT_16:
			g_sink = spdk_crc16_t10dif(0, block, DATA_BYTES);
			break;
		case SPDK_DIF_PI_FORMAT_32:
			g_sink = spdk_crc32c_nvme(block, DATA_BYTES, 0);
			break;
		default:
			g_sink = spdk_crc64_nvme(block, DATA_BYTES, 0);
			break;
		}
	}
}

static int
run(enum operation operation, const struct spdk_dif_ctx *ctx)
{
	struct iovec iov = {g_bytes, sizeof(g_bytes)}, plain = {g_plain, sizeof(g_plain)};

	switch (operation) {
	case CHECKSUM:
		checksum((enum spdk_dif_pi_format)ctx->dif_pi_format);
		return 0;
	case GENERATE:
		return spdk_dif_generate(&iov, 1, BLOCKS, ctx);
	case VERIFY:
		return spdk_dif_verify(&iov, 1, BLOCKS, ctx, NULL);
	case GENERATE_COPY:
		return spdk_dif_generate_copy(&plain, 1, &iov, 1, BLOCKS, ctx);
	default:
		return spdk_dif_verify_copy(&plain, 1, &iov, 1, BLOCKS, ctx, NULL);
	}
}

static int
compare(const void *left, const void *right)
{
	double first = *(const double *)left, second = *(const double *)right;

	return first < second ? -1 : first > second;
}

static int
measure(enum operation operation, const struct spdk_dif_ctx *ctx)
{
	static const char *const formats[] = {"16", "32", "64"};
	double costs[RUNS];
	uint64_t begin;
	int i, round;

	for (i = 0; i < RUNS; i++) {
		begin = spdk_get_ticks();
		for (round = 0; round < ROUNDS; round++) {
			if (run(operation, ctx) != 0) {
				fprintf(stderr, "%s: failed\n", g_names[operation]);
				return 1;
			}
		}
		costs[i] = (double)(spdk_get_ticks() - begin) * 1e9 / (double)spdk_get_ticks_hz() /
			   ROUNDS / BLOCKS;
	}
	qsort(costs, RUNS, sizeof(*costs), compare);
	printf("format %s  %-16s %8.1f ns  (%.1f - %.1f)\n", formats[ctx->dif_pi_format],
	       g_names[operation], costs[RUNS / 2], costs[0], costs[RUNS - 1]);
	return 0;
}

int
main(void)
{
	struct spdk_dif_ctx_init_ext_opts opts = {.size = sizeof(opts)};
	struct spdk_dif_ctx ctx;
	int operation;

	for (opts.dif_pi_format = 0; opts.dif_pi_format < 3; opts.dif_pi_format++) {
		if (spdk_dif_ctx_init(&ctx, EXTENDED, MD_BYTES, true, true, SPDK_DIF_TYPE1,
				      SPDK_DIF_FLAGS_GUARD_CHECK | SPDK_DIF_FLAGS_APPTAG_CHECK |
					      SPDK_DIF_FLAGS_REFTAG_CHECK,
				      0, 0xffff, 0x1234, 0, 0, &opts) != 0) {
			fprintf(stderr, "no context for format %u\n", opts.dif_pi_format);
			return 1;
		}
		for (operation = CHECKSUM; operation < OPERATIONS; operation++) {
			if (measure((enum operation)operation, &ctx) != 0) {
				return 1;
			}
		}
	}
	return 0;
}
