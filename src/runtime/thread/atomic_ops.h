/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The atomic operations that mailbox.c and inbox.c are written in. They are spelled through this
 * header, and nowhere else, so that the exhaustive interleaving test can put its own header of this
 * name in front of it and run the very same source with a choice of schedule at every operation.
 *
 * Every operation names its order. There are no stand-alone fences: each decision is one
 * read-modify-write of one word, so nothing depends on the order of two different variables beyond
 * release and acquire.
 */
#ifndef SPINDLE_ATOMIC_OPS_H
#define SPINDLE_ATOMIC_OPS_H

#include <stdatomic.h>

#define load_relaxed(p) atomic_load_explicit(p, memory_order_relaxed)
#define load_acquire(p) atomic_load_explicit(p, memory_order_acquire)
/* A guess, for hints to the CPU: no decision depends on it. */
#define peek(p)                 atomic_load_explicit(p, memory_order_relaxed)
#define store_relaxed(p, v)     atomic_store_explicit(p, v, memory_order_relaxed)
#define store_release(p, v)     atomic_store_explicit(p, v, memory_order_release)
#define exchange_acq_rel(p, v)  atomic_exchange_explicit(p, v, memory_order_acq_rel)
#define fetch_add_acq_rel(p, v) atomic_fetch_add_explicit(p, v, memory_order_acq_rel)
#define fetch_sub_acq_rel(p, v) atomic_fetch_sub_explicit(p, v, memory_order_acq_rel)
/* On failure *expected holds the current value, read relaxed: the caller tries again or gives up.
 */
#define cas_acq_rel(p, expected, desired)                                                   \
	atomic_compare_exchange_strong_explicit(p, expected, desired, memory_order_acq_rel, \
						memory_order_relaxed)
#define cas_weak_acq_rel(p, expected, desired)                                            \
	atomic_compare_exchange_weak_explicit(p, expected, desired, memory_order_acq_rel, \
					      memory_order_relaxed)

#endif
