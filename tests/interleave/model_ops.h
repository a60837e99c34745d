/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The atomic operations as the model offers them to the source under test. Each is a choice point:
 * before it acts, any other model thread may run. `size` is 4 or 8.
 */
#ifndef SPINDLE_MODEL_OPS_H
#define SPINDLE_MODEL_OPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum model_order {
	MODEL_RELAXED,
	MODEL_ACQUIRE,
	MODEL_RELEASE,
};

uint64_t model_load(const volatile void *address, size_t size, enum model_order order);
void model_store(volatile void *address, size_t size, uint64_t value, enum model_order order);
uint64_t model_exchange(volatile void *address, size_t size, uint64_t value);
uint64_t model_fetch_add(volatile void *address, size_t size, uint64_t delta);
bool model_cas(volatile void *address, size_t size, void *expected, uint64_t desired, bool is_weak);

#endif
