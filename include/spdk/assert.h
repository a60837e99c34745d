/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * \file
 * Conditions that are checked while compiling.
 */
#ifndef SPDK_ASSERT_H
#define SPDK_ASSERT_H

#include "spdk/stdinc.h"

/**
 * Stops the compiler with `msg` unless `cond`, an integer constant expression, is true.
 *
 * It is allowed wherever a declaration is. C has had the keyword since C11 and C++ since C++11,
 * which are the oldest dialects these headers promise to compile in.
 */
#ifdef __cplusplus
#define SPDK_STATIC_ASSERT(cond, msg) static_assert(cond, msg)
#else
#define SPDK_STATIC_ASSERT(cond, msg) _Static_assert(cond, msg)
#endif

#endif /* SPDK_ASSERT_H */
