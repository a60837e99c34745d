/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A lock-free stack of numbers, see mempool_stack.h.
 *
 * 1. `top` is one word: in its low bits the number on top (all ones: none), in the rest a tag that
 *    every pop changes. A pop that was overtaken by a pop and a push of the same number sees
 *    another tag. The tag has 32 bits or more: it would have to come round exactly while one OS
 *    thread is suspended between two instructions.
 * 2. links[n] holds the number below n and how many numbers lie below n. Both are right while n is
 *    in the stack, and nobody writes them then; so where `top` has not changed, what was read is
 *    right.
 * 3. S1: push releases, pop acquires. All changes of `top` are read-modify-writes, so a pop
 *    acquires from every push before it, not only from the last.
 */
#include "env/posix/mempool_stack.h"

#include <stdatomic.h>

#define CACHE_LINE 64

struct mempool_stack {
	uint32_t none;
	uint32_t space;
	unsigned tag_shift;
	_Atomic uint64_t *links;
	_Alignas(CACHE_LINE) _Atomic uint64_t top;
};

static uint64_t
make_link(uint32_t next, uint32_t below)
{
	return (uint64_t)below << 32 | next;
}

struct mempool_stack *
mempool_stack_create(uint32_t space)
{
	struct mempool_stack *stack;
	void *addr;

	assert(space > 0 && space <= MEMPOOL_STACK_MAX);
	if (posix_memalign(&addr, CACHE_LINE, sizeof(*stack)) != 0) {
		return NULL;
	}
	stack = addr;
	memset(stack, 0, sizeof(*stack));
	stack->links = calloc(space, sizeof(stack->links[0]));
	if (stack->links == NULL) {
		free(stack);
		return NULL;
	}
	/* One number more than there are is needed, for none. */
	stack->tag_shift = 32 - __builtin_clz(space);
	stack->none = ((uint32_t)1 << (stack->tag_shift - 1) << 1) - 1;
	stack->space = space;
	atomic_init(&stack->top, stack->none);
	return stack;
}

void
mempool_stack_destroy(struct mempool_stack *stack)
{
	if (stack != NULL) {
		free(stack->links);
		free(stack);
	}
}

void
mempool_stack_link(struct mempool_stack *stack, uint32_t number, uint32_t next)
{
	atomic_store_explicit(&stack->links[number], make_link(next, 0), memory_order_relaxed);
}

uint32_t
mempool_stack_next(const struct mempool_stack *stack, uint32_t number)
{
	return (uint32_t)atomic_load_explicit(&stack->links[number], memory_order_relaxed);
}

static uint32_t
top_number(const struct mempool_stack *stack, uint64_t top)
{
	return (uint32_t)top & stack->none;
}

/* How many numbers lie in a stack whose top is this, if it still is. */
static uint32_t
count_under(const struct mempool_stack *stack, uint64_t top)
{
	uint32_t number = top_number(stack, top);

	if (number == stack->none) {
		return 0;
	}
	return (uint32_t)(atomic_load_explicit(&stack->links[number], memory_order_relaxed) >> 32) +
	       1;
}

uint32_t
mempool_stack_count(const struct mempool_stack *stack)
{
	return count_under(stack, atomic_load_explicit(&stack->top, memory_order_acquire));
}

/* Puts a chain upon what `top` is. */
static void
lay_chain(struct mempool_stack *stack, uint32_t first, uint32_t last, uint32_t count, uint64_t top)
{
	uint32_t depth = count_under(stack, top) + count, number = first, next;

	while (number != last) {
		next = mempool_stack_next(stack, number);
		atomic_store_explicit(&stack->links[number], make_link(next, --depth),
				      memory_order_relaxed);
		number = next;
	}
	atomic_store_explicit(&stack->links[last], make_link(top_number(stack, top), depth - 1),
			      memory_order_relaxed);
}

void
mempool_stack_push(struct mempool_stack *stack, uint32_t first, uint32_t last, uint32_t count)
{
	uint64_t top = atomic_load_explicit(&stack->top, memory_order_acquire), wanted;

	do {
		/* A stale depth is laid only upon a stale top, and then the exchange fails. */
		lay_chain(stack, first, last, count, top);
		wanted = (top & ~(uint64_t)stack->none) | first;
		/* S1: pairs with mempool_stack_pop(). */
	} while (!atomic_compare_exchange_weak_explicit(
		&stack->top, &top, wanted, memory_order_release, memory_order_acquire));
}

uint32_t
mempool_stack_pop(struct mempool_stack *stack, uint32_t least, uint32_t most, uint32_t *out_first)
{
	/* S1: pairs with mempool_stack_push(). */
	uint64_t top = atomic_load_explicit(&stack->top, memory_order_acquire), wanted, now;
	uint32_t number, depth, count;

	for (;;) {
		depth = count_under(stack, top);
		number = top_number(stack, top);
		for (count = 0; count < most && number < stack->space; count++) {
			number = mempool_stack_next(stack, number);
		}
		if (count == 0 || count < least || depth < least) {
			/* Too few, if that is what is in the stack and not something half-read. */
			now = atomic_load_explicit(&stack->top, memory_order_acquire);
			if (now == top) {
				return 0;
			}
			top = now;
			continue;
		}
		wanted = ((top >> stack->tag_shift) + 1) << stack->tag_shift |
			 (number & stack->none);
		/* Failure acquires as well: the next turn reads the links under the new top. */
		if (atomic_compare_exchange_weak_explicit(&stack->top, &top, wanted,
							  memory_order_acq_rel,
							  memory_order_acquire)) {
			*out_first = top_number(stack, top);
			return count;
		}
	}
}
