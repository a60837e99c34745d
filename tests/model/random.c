/* SPDX-License-Identifier: BSD-3-Clause */
#include "random.h"

uint64_t g_random_state;
