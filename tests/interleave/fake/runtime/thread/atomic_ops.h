/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Stands in front of src/runtime/thread/atomic_ops.h when the interleaving test compiles the source
 * of mailbox, inbox and run queue: every operation becomes a call into the model, which may let any
 * other model thread go first.
 */
#ifndef SPINDLE_ATOMIC_OPS_H
#define SPINDLE_ATOMIC_OPS_H

#include "model_ops.h"
#include <stdatomic.h>

#define MODEL_VALUE_TYPE(p) __typeof__(atomic_load_explicit(p, memory_order_relaxed))
#define MODEL_WORD(v)       ((uint64_t)(uintptr_t)(v))
/* A statement, whose value may go unused without a warning, as that of the real ones may. */
#define MODEL_RESULT(p, call)                       \
	({                                          \
		uint64_t model_result = (call);     \
		(MODEL_VALUE_TYPE(p)) model_result; \
	})

#define load_relaxed(p) ((MODEL_VALUE_TYPE(p))model_load(p, sizeof(*(p)), MODEL_RELAXED))
#define load_acquire(p) ((MODEL_VALUE_TYPE(p))model_load(p, sizeof(*(p)), MODEL_ACQUIRE))
/* No step, and nothing to fetch. */
#define peek(p)                 ((MODEL_VALUE_TYPE(p))0)
#define store_relaxed(p, v)     model_store(p, sizeof(*(p)), MODEL_WORD(v), MODEL_RELAXED)
#define store_release(p, v)     model_store(p, sizeof(*(p)), MODEL_WORD(v), MODEL_RELEASE)
#define exchange_acq_rel(p, v)  MODEL_RESULT(p, model_exchange(p, sizeof(*(p)), MODEL_WORD(v)))
#define fetch_add_acq_rel(p, v) MODEL_RESULT(p, model_fetch_add(p, sizeof(*(p)), MODEL_WORD(v)))
#define fetch_sub_acq_rel(p, v) MODEL_RESULT(p, model_fetch_add(p, sizeof(*(p)), -MODEL_WORD(v)))
#define cas_acq_rel(p, expected, desired) \
	model_cas(p, sizeof(*(p)), expected, MODEL_WORD(desired), false)
#define cas_weak_acq_rel(p, expected, desired) \
	model_cas(p, sizeof(*(p)), expected, MODEL_WORD(desired), true)

#endif
