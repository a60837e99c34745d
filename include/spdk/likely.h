/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * \file
 * Hints to the compiler about which way a branch goes.
 */
#ifndef SPDK_LIKELY_H
#define SPDK_LIKELY_H

#include "spdk/stdinc.h"

/** The value of `cond` as 0 or 1; the code for 1 is laid out as the straight path. */
#define spdk_likely(cond) __builtin_expect(!!(cond), 1)

/** The value of `cond` as 0 or 1; the code for 1 is moved out of the way. */
#define spdk_unlikely(cond) __builtin_expect(!!(cond), 0)

#endif /* SPDK_LIKELY_H */
