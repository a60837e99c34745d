/* SPDX-License-Identifier: BSD-3-Clause */
/* Parity: the exclusive or of buffers. */
#include "spdk/xor.h"

#include "base/util/bulk.h"

#define SOURCES_MIN 2
/* What the widest vectors of the builds with ISA-L need; the portable code profits as well. */
#define OPTIMAL_ALIGNMENT 32

int
spdk_xor_gen(void *dest, void **sources, uint32_t n, uint32_t len)
{
	if (dest == NULL || sources == NULL || n < SOURCES_MIN) {
		return -EINVAL;
	}
	bulk_xor(dest, sources, n, len);
	return 0;
}

size_t
spdk_xor_get_optimal_alignment(void)
{
	return OPTIMAL_ALIGNMENT;
}
