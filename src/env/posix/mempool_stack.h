/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The common part of a memory pool: a lock-free stack of element numbers. It never touches the
 * elements, so their contents survive being put and got again.
 *
 * A chain is a row of numbers linked by mempool_stack_link(), which its caller owns until it is
 * pushed.
 */
#ifndef SPINDLE_POSIX_MEMPOOL_STACK_H
#define SPINDLE_POSIX_MEMPOOL_STACK_H

#include "spdk/stdinc.h"

/* How many numbers there may be: from 0 to one less than this. */
#define MEMPOOL_STACK_MAX ((uint32_t)1 << 31)

struct mempool_stack;

/* A stack for the numbers from 0 to space - 1, with none in it; or NULL. */
struct mempool_stack *mempool_stack_create(uint32_t space);
/* Accepts NULL. */
void mempool_stack_destroy(struct mempool_stack *stack);
void mempool_stack_link(struct mempool_stack *stack, uint32_t number, uint32_t next);
/* The number behind `number` in a chain of the caller's. */
uint32_t mempool_stack_next(const struct mempool_stack *stack, uint32_t number);
/* Pushes the chain of `count` numbers from `first` to `last`. */
void mempool_stack_push(struct mempool_stack *stack, uint32_t first, uint32_t last, uint32_t count);
/* Pops up to `most` numbers as a chain, or none if there are fewer than `least`. Returns how many.
 */
uint32_t
mempool_stack_pop(struct mempool_stack *stack, uint32_t least, uint32_t most, uint32_t *out_first);
/* How many numbers are in it. A snapshot. */
uint32_t mempool_stack_count(const struct mempool_stack *stack);

#endif
