/* SPDX-License-Identifier: BSD-3-Clause */
/* Integer logarithms. */
#include "spdk/util.h"

uint32_t
spdk_u32log2(uint32_t x)
{
	/* The builtin is not defined for 0. */
	return 31 - (uint32_t)__builtin_clz(x | 1);
}

uint64_t
spdk_u64log2(uint64_t x)
{
	return 63 - (uint64_t)__builtin_clzll(x | 1);
}
