/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Pipes that share buffers. A group has a stack of buffers for each size that its pipes have. A
 * stack holds exactly as many as it has pipes without one, so that there is always one to take.
 *
 * A buffer on a stack holds the pointer to the one below in its first bytes. Buffers come from the
 * program and need not be aligned, so that pointer is copied.
 */
#include "base/util/pipe_internal.h"
#include "spdk/log.h"

#define LINK_BYTES sizeof(uint8_t *)

struct pipe_stack {
	uint32_t size;
	/* Pipes that refer to it. */
	uint32_t pipes_count;
	uint8_t *top;
	SLIST_ENTRY(pipe_stack) link;
};

struct spdk_pipe_group {
	TAILQ_HEAD(, spdk_pipe) pipes;
	/* Few: programs make their pipes of one size. */
	SLIST_HEAD(, pipe_stack) stacks;
};

void
pipe_give_buffer(struct spdk_pipe *pipe)
{
	uint8_t *below = pipe->stack->top;

	memcpy(pipe->buffer, &below, sizeof(below));
	pipe->stack->top = pipe->buffer;
	pipe->buffer = NULL;
	/* The whole of the next buffer then lies in one piece. */
	pipe->start = 0;
}

void
pipe_take_buffer(struct spdk_pipe *pipe)
{
	uint8_t *below;

	assert(pipe->stack->top != NULL);
	pipe->buffer = pipe->stack->top;
	memcpy(&below, pipe->buffer, sizeof(below));
	pipe->stack->top = below;
}

struct spdk_pipe_group *
spdk_pipe_group_create(void)
{
	struct spdk_pipe_group *group = calloc(1, sizeof(*group));

	if (group != NULL) {
		TAILQ_INIT(&group->pipes);
		SLIST_INIT(&group->stacks);
	}
	return group;
}

void
spdk_pipe_group_destroy(struct spdk_pipe_group *group)
{
	struct spdk_pipe *pipe;
	uint32_t count = 0;

	if (group == NULL) {
		return;
	}
	while ((pipe = TAILQ_FIRST(&group->pipes)) != NULL) {
		(void)spdk_pipe_group_remove(group, pipe); /* it is in there */
		count++;
	}
	if (count > 0) {
		SPDK_ERRLOG("pipe group %p is destroyed with %" PRIu32 " pipes in it, which go on "
			    "without; call spdk_pipe_group_remove() or spdk_pipe_destroy() for "
			    "each first\n",
			    (void *)group, count);
	}
	free(group);
}

static struct pipe_stack *
get_stack(struct spdk_pipe_group *group, uint32_t size)
{
	struct pipe_stack *stack;

	SLIST_FOREACH (stack, &group->stacks, link) {
		if (stack->size == size) {
			stack->pipes_count++;
			return stack;
		}
	}
	stack = calloc(1, sizeof(*stack));
	if (stack != NULL) {
		stack->size = size;
		stack->pipes_count = 1;
		SLIST_INSERT_HEAD(&group->stacks, stack, link);
	}
	return stack;
}

static void
put_stack(struct spdk_pipe_group *group, struct pipe_stack *stack)
{
	if (--stack->pipes_count == 0) {
		assert(stack->top == NULL);
		SLIST_REMOVE(&group->stacks, stack, pipe_stack, link);
		free(stack);
	}
}

int
spdk_pipe_group_add(struct spdk_pipe_group *group, struct spdk_pipe *pipe)
{
	if (group == NULL || pipe == NULL) {
		return -EINVAL;
	}
	if (pipe->group != NULL) {
		return -EBUSY;
	}
	if (pipe->size >= LINK_BYTES) {
		pipe->stack = get_stack(group, pipe->size);
		if (pipe->stack == NULL) {
			return -ENOMEM;
		}
	}
	pipe->group = group;
	TAILQ_INSERT_TAIL(&group->pipes, pipe, link);
	if (pipe->stack != NULL && pipe->used == 0 && !pipe->is_written_to) {
		pipe_give_buffer(pipe);
	}
	return 0;
}

int
spdk_pipe_group_remove(struct spdk_pipe_group *group, struct spdk_pipe *pipe)
{
	if (group == NULL || pipe == NULL || pipe->group != group) {
		return -EINVAL;
	}
	if (pipe->stack != NULL) {
		if (pipe->buffer == NULL) {
			pipe_take_buffer(pipe);
		}
		put_stack(group, pipe->stack);
		pipe->stack = NULL;
	}
	TAILQ_REMOVE(&group->pipes, pipe, link);
	pipe->group = NULL;
	return 0;
}
