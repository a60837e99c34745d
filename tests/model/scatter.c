/* SPDX-License-Identifier: BSD-3-Clause */
#include "scatter.h"
#include "random.h"
#include "spdk/util.h"

#define GAP_MAX   24
#define PAGE      4096
#define UNTOUCHED 0xa5
#define RETIRED   0xee

void
scatter_init(struct scatter *scatter, size_t size_max)
{
	*scatter = (struct scatter){
		.space_size = size_max + (size_t)SCATTER_VECTORS * PAGE + PAGE,
	};
	if (posix_memalign((void **)&scatter->space, PAGE, scatter->space_size) != 0) {
		abort();
	}
}

void
scatter_fini(struct scatter *scatter)
{
	free(scatter->space);
}

/* The bytes that the end of vector i and the beginning of the next one are multiples of. */
static size_t
choose_grain(size_t size)
{
	static const size_t grains[] = {1, 4, 8, 64, 512, 4096};
	size_t grain = random_pick(grains);

	return grain < size ? grain : 1;
}

void
scatter_choose(struct scatter *scatter, size_t size, bool is_single)
{
	size_t grain = choose_grain(size), left = size, part, at;
	int vectors_max = is_single || random_permille(300) ? 1 : (int)random_size(SCATTER_VECTORS);
	int i;

	at = random_permille(500) ? 0 : random_below(PAGE / grain) * grain;
	for (i = 0; left > 0; i++) {
		part = left;
		if (i < vectors_max - 1 && left > grain) {
			part = random_between(1, left / grain / 2 + 1) * grain;
			part = spdk_min(part, left);
		}
		scatter->iovs[i] = (struct iovec){scatter->space + at, part};
		at += part;
		at += random_below(2) * SPDK_ALIGN_CEIL(random_below(GAP_MAX), grain);
		left -= part;
	}
	scatter->count = i;
	scatter->used = spdk_min(at + GAP_MAX, scatter->space_size);
	memcpy(scatter->given, scatter->iovs, sizeof(scatter->given));
	memset(scatter->space, UNTOUCHED, scatter->used);
}

bool
vectors_get(const struct iovec *iovs, int count, void *out_bytes, size_t size)
{
	uint8_t *bytes = out_bytes;
	size_t part;

	for (; count > 0 && size > 0; count--, iovs++) {
		part = spdk_min(size, iovs->iov_len);
		memcpy(bytes, iovs->iov_base, part);
		bytes += part;
		size -= part;
	}
	return size == 0;
}

void
vectors_put(const struct iovec *iovs, int count, const void *bytes, size_t size)
{
	const uint8_t *from = bytes;
	size_t part;

	for (; count > 0 && size > 0; count--, iovs++) {
		part = spdk_min(size, iovs->iov_len);
		memcpy(iovs->iov_base, from, part);
		from += part;
		size -= part;
	}
}

void
scatter_put(const struct scatter *scatter, const void *bytes)
{
	vectors_put(scatter->given, scatter->count, bytes, SIZE_MAX);
}

void
scatter_get(const struct scatter *scatter, void *out_bytes)
{
	(void)vectors_get(scatter->given, scatter->count, out_bytes, SIZE_MAX);
}

bool
scatter_holds(const struct scatter *scatter, const void *bytes)
{
	const uint8_t *expected = bytes;
	int i;

	for (i = 0; i < scatter->count; i++) {
		if (memcmp(scatter->given[i].iov_base, expected, scatter->given[i].iov_len) != 0) {
			return false;
		}
		expected += scatter->given[i].iov_len;
	}
	return true;
}

static bool
is_filled(const uint8_t *from, const uint8_t *to, uint8_t byte)
{
	for (; from < to; from++) {
		if (*from != byte) {
			return false;
		}
	}
	return true;
}

const char *
scatter_check(const struct scatter *scatter)
{
	const uint8_t *place = scatter->space;
	int i;

	if (memcmp(scatter->iovs, scatter->given, scatter->count * sizeof(scatter->iovs[0])) != 0) {
		return "the caller's vectors were changed";
	}
	for (i = 0; i < scatter->count; i++) {
		if (!is_filled(place, scatter->given[i].iov_base, UNTOUCHED)) {
			return "bytes before a vector were changed";
		}
		place = (uint8_t *)scatter->given[i].iov_base + scatter->given[i].iov_len;
	}
	return is_filled(place, scatter->space + scatter->used, UNTOUCHED) ?
		       NULL :
		       "bytes behind the last vector were changed";
}

void
scatter_retire(struct scatter *scatter)
{
	memset(scatter->space, RETIRED, scatter->used);
}

bool
scatter_is_retired(const struct scatter *scatter)
{
	return is_filled(scatter->space, scatter->space + scatter->used, RETIRED);
}
