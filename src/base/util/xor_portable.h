/* SPDX-License-Identifier: BSD-3-Clause */
/* The exclusive or of buffers, on any machine. */
#ifndef BASE_UTIL_XOR_PORTABLE_H
#define BASE_UTIL_XOR_PORTABLE_H

#include "spdk/stdinc.h"

/* At least one source, which may be the target; any alignment. */
void xor_portable(void *target, void *const *sources, uint32_t sources_count, size_t size);

#endif /* BASE_UTIL_XOR_PORTABLE_H */
