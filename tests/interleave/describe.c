/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Names for what a trace shows: the threads R and S, the reactors A and B, segments by number.
 */
#include "model.h"

static const char *
field_name(size_t offset)
{
	switch (offset) {
	case offsetof(struct mailbox, word):
		return "word";
	case offsetof(struct mailbox, first):
		return "first";
	case offsetof(struct mailbox, next):
		return "next";
	case offsetof(struct mailbox, segments):
		return "segments";
	case offsetof(struct mailbox, segments_max):
		return "segments_max";
	case offsetof(struct mailbox, watched_next):
		return "watched_next";
	case offsetof(struct mailbox, head):
		return "head";
	case offsetof(struct mailbox, head_slot):
		return "head_slot";
	default:
		return "(deadline or queue)";
	}
}

void
model_describe(const volatile void *address, char *out_text, size_t size)
{
	static const char *const threads = "RS";
	static const char *const queues = "AB";
	int index = model_segment_index(address);
	size_t offset;

	if (index >= 0) {
		offset = (uintptr_t)address - (uintptr_t)&g_model.segments[index];
		if (offset >= offsetof(struct segment, next)) {
			snprintf(out_text, size, "segment%d.next", index);
		} else {
			snprintf(out_text, size, "segment%d.slot[%zu].%s", index, offset / 16,
				 offset % 16 == 0 ? "fn" : "ctx");
		}
		return;
	}
	index = model_runnable_index(address);
	if (index >= 0) {
		offset = (uintptr_t)address - (uintptr_t)&g_model.runnables[index];
		snprintf(out_text, size, "%c.%s", threads[index], field_name(offset));
		return;
	}
	if (model_is_within(address, g_model.waiters, sizeof(g_model.waiters))) {
		offset = (uintptr_t)address - (uintptr_t)g_model.waiters;
		snprintf(out_text, size, "sleeper %zu", offset / sizeof(struct env_waiter));
		return;
	}
	if (model_is_within(address, g_model.heap, sizeof(g_model.heap))) {
		size_t each = SPDK_ALIGN_CEIL(sizeof(struct run_queue), 64);

		offset = (uintptr_t)address - (uintptr_t)g_model.heap;
		snprintf(out_text, size, "%c.%s", queues[offset / each],
			 offset % each == 0 ? "inbox" : "(own)");
		return;
	}
	snprintf(out_text, size, "%s", address == NULL ? "" : "the table of homes");
}
