/* SPDX-License-Identifier: BSD-3-Clause */
#include "memory.h"
#include "base/failing_malloc.h"

#ifdef HAS_OWN_ALLOCATOR
void
memory_fail_after(uint32_t count)
{
	(void)count; /* The sanitizer's allocator does not fail. */
}

void
memory_fail_no_more(void)
{
}

void
memory_pause(void)
{
}

void
memory_resume(void)
{
}

long
memory_failures(void)
{
	return 0;
}

long
memory_live(void)
{
	return 0;
}
#else
static long g_left_at_pause = -1;
static int g_pauses;

void
memory_fail_after(uint32_t count)
{
	if (g_pauses > 0) {
		g_left_at_pause = count;
	} else {
		t_allocations_left = count;
	}
}

void
memory_fail_no_more(void)
{
	t_allocations_left = g_left_at_pause = -1;
}

void
memory_pause(void)
{
	if (g_pauses++ == 0) {
		g_left_at_pause = t_allocations_left;
		t_allocations_left = -1;
	}
}

void
memory_resume(void)
{
	if (--g_pauses == 0) {
		t_allocations_left = g_left_at_pause;
	}
}

long
memory_failures(void)
{
	return g_failures;
}

long
memory_live(void)
{
	return t_live;
}
#endif
