/* SPDX-License-Identifier: BSD-3-Clause */
/* Which blocks a worker does what to. */
#include "perf_pattern.h"
#include "size.h"

#include "spdk/likely.h"

/* Shares are compared with 16 random bits. */
#define SHARE_ALL 65536

const char *
perf_op_name(enum perf_op op)
{
	static const char *const names[] = {
		[PERF_OP_READ] = "read",
		[PERF_OP_WRITE] = "write",
		[PERF_OP_FLUSH] = "flush",
		[PERF_OP_UNMAP] = "unmap",
		[PERF_OP_WRITE_ZEROES] = "write zeroes",
		[PERF_OP_COPY] = "copy",
		[PERF_OP_RESET] = "reset",
	};

	return names[op];
}

/* ---- Sizes ---- */

/* One element, "64k" or "64k/30"; without a percentage it is UINT32_MAX. */
static int
parse_size(char *text, uint64_t *out_bytes, uint32_t *out_percent)
{
	char *slash = strchr(text, '/');
	uint64_t percent = UINT32_MAX;

	if (slash != NULL) {
		*slash = '\0';
		if (size_parse(slash + 1, &percent, NULL) != 0 || percent > 100) {
			return -EINVAL;
		}
	}
	*out_percent = (uint32_t)percent;
	return size_parse(text, out_bytes, NULL) == 0 && *out_bytes != 0 ? 0 : -EINVAL;
}

/* Gives those without a percentage what the others leave, the first of them the remainder too. */
static int
share_rest(struct perf_sizes *sizes)
{
	uint32_t given = 0, open = 0, rest, i;

	for (i = 0; i < sizes->count; i++) {
		if (sizes->of[i].percent == UINT32_MAX) {
			open++;
		} else {
			given += sizes->of[i].percent;
		}
	}
	if (given > 100 || (open == 0 && given != 100)) {
		return -EINVAL;
	}
	rest = 100 - given;
	for (i = 0; i < sizes->count; i++) {
		if (sizes->of[i].percent == UINT32_MAX) {
			sizes->of[i].percent = rest / open + (rest % open != 0);
			rest -= sizes->of[i].percent;
			open--;
		}
	}
	return 0;
}

int
perf_sizes_parse(const char *text, struct perf_sizes *out_sizes)
{
	struct perf_sizes sizes = {.count = 0};
	char copy[512], *rest = copy, *element;

	if (snprintf(copy, sizeof(copy), "%s", text) >= (int)sizeof(copy)) {
		return -EINVAL;
	}
	while ((element = strsep(&rest, ",:")) != NULL) {
		if (sizes.count == PERF_SIZES_MAX ||
		    parse_size(element, &sizes.of[sizes.count].bytes,
			       &sizes.of[sizes.count].percent) != 0) {
			return -EINVAL;
		}
		sizes.count++;
	}
	if (share_rest(&sizes) != 0) {
		return -EINVAL;
	}
	*out_sizes = sizes;
	return 0;
}

void
perf_sizes_print(const struct perf_sizes *sizes, char *text, size_t size)
{
	size_t used = 0;
	uint32_t i;
	int written;

	text[0] = '\0';
	for (i = 0; i < sizes->count && used < size; i++) {
		written = snprintf(text + used, size - used, "%s%s", i > 0 ? ", " : "",
				   size_text(sizes->of[i].bytes).text);
		used += (size_t)written;
		if (sizes->count > 1 && used < size) {
			written = snprintf(text + used, size - used, " %u%%", sizes->of[i].percent);
			used += (size_t)written;
		}
	}
}

uint64_t
perf_sizes_max(const struct perf_sizes *sizes)
{
	uint64_t max = 0;
	uint32_t i;

	for (i = 0; i < sizes->count; i++) {
		max = sizes->of[i].bytes > max ? sizes->of[i].bytes : max;
	}
	return max;
}

/* ---- Patterns ---- */

static uint64_t
greatest_common_divisor(uint64_t a, uint64_t b)
{
	uint64_t rest;

	while (b != 0) {
		rest = a % b;
		a = b;
		b = rest;
	}
	return a;
}

/* A random number below `limit`, which is not 0; the upper bits of `random` decide. */
static inline uint64_t
scale(uint64_t random, uint64_t limit)
{
	return (uint64_t)(((unsigned __int128)random * limit) >> 64);
}

/*
 * Steps of a fixed width visit each place once if the width and the number of places have no common
 * divisor. A width near the golden section spreads the first few over the whole range.
 */
static uint64_t
stride_of(uint64_t places, uint64_t random)
{
	uint64_t stride;

	if (places < 3) {
		return 1;
	}
	stride = (uint64_t)((double)places * 0.618) + scale(random, places / 8 + 1);
	stride = stride >= places ? places - 1 : stride;
	while (greatest_common_divisor(places, stride) != 1) {
		stride--;
	}
	return stride;
}

int
perf_pattern_init(struct perf_pattern *pattern, const struct perf_pattern_opts *opts)
{
	const struct perf_sizes *sizes = opts->sizes;
	uint32_t percents = 0, i;

	*pattern = (struct perf_pattern){
		.random = opts->seed,
		.op = opts->op,
		.read_share =
			opts->read_percent < 0 ? 0 : (uint32_t)opts->read_percent * SHARE_ALL / 100,
		.order = opts->order,
		.sizes_count = sizes->count,
		.first_block = opts->first_block,
		.num_blocks = opts->num_blocks,
	};
	for (i = 0; i < sizes->count; i++) {
		percents += sizes->of[i].percent;
		pattern->sizes[i].blocks = sizes->of[i].bytes / opts->block_size;
		pattern->sizes[i].places = opts->num_blocks / pattern->sizes[i].blocks;
		pattern->sizes[i].share = percents * SHARE_ALL / 100;
		assert(pattern->sizes[i].places > 0);
	}
	if (opts->order == PERF_EACH_ONCE) {
		pattern->stride =
			stride_of(pattern->sizes[0].places, perf_random(&pattern->random));
		pattern->cursor = scale(perf_random(&pattern->random), pattern->sizes[0].places);
	} else if (opts->order == PERF_ZIPF) {
		pattern->zipf = spdk_zipf_create(pattern->sizes[0].places, opts->zipf_theta,
						 (uint32_t)perf_random(&pattern->random));
		if (pattern->zipf == NULL) {
			return -ENOMEM;
		}
	}
	return 0;
}

void
perf_pattern_fini(struct perf_pattern *pattern)
{
	spdk_zipf_free(&pattern->zipf);
}

uint64_t
perf_pattern_place(const struct perf_pattern *pattern, uint64_t index)
{
	uint64_t places = pattern->sizes[0].places;
	unsigned __int128 way;

	if (pattern->order == PERF_EACH_ONCE) {
		way = (unsigned __int128)index * pattern->stride + pattern->cursor;
		index = (uint64_t)(way % places);
	}
	return pattern->first_block + index % places * pattern->sizes[0].blocks;
}

/* The number of a size, by 16 random bits. */
static inline uint32_t
pick_size(const struct perf_pattern *pattern, uint32_t random)
{
	uint32_t i = 0;

	while (i + 1 < pattern->sizes_count && random >= pattern->sizes[i].share) {
		i++;
	}
	return i;
}

static uint64_t
next_in_order(struct perf_pattern *pattern, uint64_t blocks)
{
	uint64_t block;

	if (pattern->num_blocks - pattern->cursor < blocks) {
		pattern->cursor = 0;
	}
	block = pattern->cursor;
	pattern->cursor += blocks;
	return block;
}

static uint64_t
next_of_pass(struct perf_pattern *pattern)
{
	uint64_t place = pattern->cursor, places = pattern->sizes[0].places;

	pattern->cursor = places - place > pattern->stride ? place + pattern->stride :
							     place + pattern->stride - places;
	return place;
}

void
perf_pattern_next(struct perf_pattern *pattern, struct perf_step *step)
{
	/* Low bits choose operation and size; the place depends on the upper ones. */
	uint64_t random = perf_random(&pattern->random);
	uint32_t size = spdk_likely(pattern->sizes_count == 1) ?
				0 :
				pick_size(pattern, (random >> 16) & (SHARE_ALL - 1));
	uint64_t blocks = pattern->sizes[size].blocks, place;

	step->op = (random & (SHARE_ALL - 1)) < pattern->read_share ? PERF_OP_READ : pattern->op;
	step->blocks = blocks;
	switch (pattern->order) {
	case PERF_SEQUENTIAL:
		step->block = pattern->first_block + next_in_order(pattern, blocks);
		return;
	case PERF_UNIFORM:
		place = scale(random, pattern->sizes[size].places);
		break;
	case PERF_ZIPF:
		place = spdk_zipf_generate(pattern->zipf);
		break;
	default:
		place = next_of_pass(pattern);
		break;
	}
	step->block = pattern->first_block + place * blocks;
}
