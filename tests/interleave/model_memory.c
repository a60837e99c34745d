/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The model's memory: atomic operations, store buffers, and the check of every access.
 *
 * With store buffers, atomic stores of a model thread wait in its buffer and reach memory one by
 * one, as steps of their own. A store with release order waits for all that were made before it, a
 * relaxed one only for those to the same address: weaker than x86, and what C11 says of stores.
 * Plain stores take effect at once. Among programs without data races that allows no less.
 *
 * Invariants
 *  1. A segment that is not handed out, and a thread that was destroyed, are touched by nobody; but
 *     the state word of a destroyed thread may be read and compared (and not changed): its memory
 * is type-stable, and a sender with an old pointer finds out by it.
 *  2. Plain accesses reach the checks because the source under test is compiled with
 *     -fsanitize=thread; the functions that this calls are here, and no sanitizer is linked.
 */
#include "model.h"

/* A step that makes more accesses without a choice point goes round a broken list. */
#define ACCESSES_MAX 5000

struct model g_model;
struct model_options g_model_options;

static uint32_t g_accesses;

int
model_segment_index(const volatile void *address)
{
	if (!model_is_within(address, g_model.segments, sizeof(g_model.segments))) {
		return -1;
	}
	return (int)(((uintptr_t)address - (uintptr_t)g_model.segments) / sizeof(struct segment));
}

int
model_runnable_index(const volatile void *address)
{
	if (!model_is_within(address, g_model.runnables, sizeof(g_model.runnables))) {
		return -1;
	}
	return (int)(((uintptr_t)address - (uintptr_t)g_model.runnables) / sizeof(struct runnable));
}

void
model_reset_accesses(void)
{
	g_accesses = 0;
}

static void
count_access(void)
{
	if (++g_accesses > ACCESSES_MAX) {
		model_fail(FAULT_BROKEN_STATE,
			   "a loop that does not end: a list leads into itself");
	}
}

static void
check_segment(const volatile void *address)
{
	int index = model_segment_index(address);

	if (index >= 0 && g_model.segment_state[index] != MODEL_SEGMENT_USED) {
		char text[80];

		model_describe(address, text, sizeof(text));
		model_fail(FAULT_USE_AFTER_FREE, "%s is touched, and the segment is %s", text,
			   g_model.segment_state[index] == MODEL_SEGMENT_FREED ? "freed" :
										 "not allocated");
	}
}

static bool
is_word_of(int runnable, const volatile void *address)
{
	return address == (const volatile void *)&g_model.runnables[runnable].mailbox.word;
}

/* `is_tentative`: a read, or a comparison that changes nothing. */
static void
check_access(const volatile void *address, bool is_tentative)
{
	int index;

	count_access();
	check_segment(address);
	index = model_runnable_index(address);
	if (index >= 0 && g_model.destroyer[index] != MODEL_NOBODY &&
	    !(is_tentative && is_word_of(index, address))) {
		char text[80];

		model_describe(address, text, sizeof(text));
		model_fail(FAULT_USE_AFTER_FREE, "%s is %s, and the thread is destroyed", text,
			   is_tentative ? "read" : "changed");
	}
	if ((uintptr_t)address < 4096) {
		model_fail(FAULT_BROKEN_STATE, "NULL is followed");
	}
	if (!is_tentative && model_self() != MODEL_NOBODY &&
	    !model_is_within(address, &g_model, sizeof(g_model))) {
		model_fail(FAULT_BROKEN_STATE, "a store to memory that nobody should change");
	}
}

static uint64_t
get(const volatile void *address, size_t size)
{
	return size == 4 ? *(const volatile uint32_t *)address :
			   *(const volatile uint64_t *)address;
}

static void
put(volatile void *address, size_t size, uint64_t value)
{
	int segment;
	uint32_t i;

	for (i = 0; i < MODEL_RUNNABLES_MAX; i++) {
		if (is_word_of((int)i, address)) {
			g_model_options.word_changed(i, get(address, size), value, model_self());
			segment = model_segment_index(mailbox_word_segment(value));
			if (segment >= 0) {
				g_model.is_segment_known[segment] = true;
			}
		}
	}
	if (size == 4) {
		*(volatile uint32_t *)address = (uint32_t)value;
	} else {
		*(volatile uint64_t *)address = value;
	}
	segment = model_segment_index(address);
	if (segment < 0 || g_model.is_segment_known[segment]) {
		model_wrote();
	}
}

uint64_t
model_load(const volatile void *address, size_t size, enum model_order order)
{
	uint64_t value;
	uint8_t i;

	model_choose(MODEL_OP_OTHER);
	check_access(address, true);
	value = get(address, size);
	if (model_self() != MODEL_NOBODY) {
		const struct model_thread *thread = &g_model.threads[model_self()];

		for (i = 0; i < thread->buffered_count; i++) {
			if (thread->buffered[i].address == address) {
				value = thread->buffered[i].value;
			}
		}
	}
	model_note("loads", address, value);
	return value;
}

void
model_store(volatile void *address, size_t size, uint64_t value, enum model_order order)
{
	struct model_thread *thread;

	model_choose(MODEL_OP_OTHER);
	check_access(address, false);
	if (!g_model_options.has_store_buffers || model_self() == MODEL_NOBODY) {
		model_note("stores", address, value);
		put(address, size, value);
		return;
	}
	model_note("buffers", address, value);
	thread = &g_model.threads[model_self()];
	if (thread->buffered_count == MODEL_BUFFER_MAX) {
		/* More than the source ever has in flight; the oldest goes first. */
		model_drain(model_self(), 0);
	}
	thread->buffered[thread->buffered_count++] = (struct model_buffered_store){
		.address = (uint64_t *)(uintptr_t)address,
		.value = value,
		.size = (uint32_t)size,
		.is_release = order == MODEL_RELEASE,
	};
}

bool
model_can_drain(const struct model_thread *thread, uint8_t entry)
{
	uint8_t i;

	if (entry >= thread->buffered_count) {
		return false;
	}
	for (i = 0; i < entry; i++) {
		if (thread->buffered[entry].is_release ||
		    thread->buffered[i].address == thread->buffered[entry].address) {
			return false;
		}
	}
	return true;
}

void
model_drain(uint8_t index, uint8_t entry)
{
	struct model_thread *thread = &g_model.threads[index];
	struct model_buffered_store store = thread->buffered[entry];
	int runnable = model_runnable_index(store.address);

	/* The destroyer's own stores may still be under way to what it has destroyed. */
	check_segment(store.address);
	if (runnable >= 0 && g_model.destroyer[runnable] != MODEL_NOBODY &&
	    g_model.destroyer[runnable] != index) {
		model_fail(FAULT_USE_AFTER_FREE, "a store is under way to a destroyed thread");
	}
	thread->buffered_count--;
	memmove(&thread->buffered[entry], &thread->buffered[entry + 1],
		(thread->buffered_count - entry) * sizeof(store));
	memset(&thread->buffered[thread->buffered_count], 0, sizeof(store));
	model_note("drains", store.address, store.value);
	put(store.address, store.size, store.value);
}

void
model_forget_stores(const void *memory, size_t size)
{
	struct model_thread *thread = &g_model.threads[model_self()];
	uint8_t kept = 0, i;

	for (i = 0; i < thread->buffered_count; i++) {
		if (!model_is_within(thread->buffered[i].address, memory, size)) {
			thread->buffered[kept++] = thread->buffered[i];
		}
	}
	memset(&thread->buffered[kept], 0, (i - kept) * sizeof(thread->buffered[0]));
	thread->buffered_count = kept;
}

static uint64_t
read_modify_write(const char *what, volatile void *address, size_t size, uint64_t value,
		  uint64_t keep)
{
	uint64_t before;

	model_choose(MODEL_OP_READ_MODIFY_WRITE);
	check_access(address, false);
	before = get(address, size);
	model_note(what, address, (before & keep) + value);
	put(address, size, (before & keep) + value);
	return before;
}

uint64_t
model_exchange(volatile void *address, size_t size, uint64_t value)
{
	return read_modify_write("exchanges", address, size, value, 0);
}

uint64_t
model_fetch_add(volatile void *address, size_t size, uint64_t delta)
{
	return read_modify_write("adds to", address, size, delta, UINT64_MAX);
}

bool
model_cas(volatile void *address, size_t size, void *expected, uint64_t desired, bool is_weak)
{
	uint64_t before, wanted = get(expected, size);

	model_choose(is_weak ? MODEL_OP_WEAK_CAS : MODEL_OP_READ_MODIFY_WRITE);
	before = get(address, size);
	if (model_self() != MODEL_NOBODY && model_current_way() == MODEL_WAY_SPURIOUS) {
		check_access(address, true);
		g_model.threads[model_self()].spurious_left--;
		model_note("fails for nothing to swap", address, before);
	} else if (before == wanted) {
		check_access(address, false);
		model_note("swaps", address, desired);
		put(address, size, desired);
		return true;
	} else {
		check_access(address, true);
		model_note("fails to swap", address, before);
	}
	if (size == 4) {
		*(uint32_t *)expected = (uint32_t)before;
	} else {
		*(uint64_t *)expected = before;
	}
	return false;
}

/* Plain accesses: what other threads may touch too is a choice point, the rest is only checked. */
static void
access_plain(const volatile void *address, bool is_write)
{
	uint8_t self = model_self();
	int runnable;

	if (self == MODEL_NOBODY ||
	    model_is_within(address, model_stack_end(self) - MODEL_STACK_SIZE, MODEL_STACK_SIZE)) {
		return;
	}
	runnable = model_runnable_index(address);
	if (model_segment_index(address) >= 0 ||
	    (runnable >= 0 &&
	     address == (volatile void *)&g_model.runnables[runnable].mailbox.next)) {
		model_choose(MODEL_OP_OTHER);
		model_note(is_write ? "writes" : "reads", address, is_write ? 0 : get(address, 8));
	}
	check_access(address, !is_write);
	if (!is_write && runnable >= 0 && g_model.destroyer[runnable] != MODEL_NOBODY) {
		check_access(address, false);
	}
}

/* What -fsanitize=thread calls. */
#define DEFINE_ACCESS(name)                     \
	void __tsan_read##name(void *address);  \
	void __tsan_write##name(void *address); \
	void __tsan_read##name(void *address)   \
	{                                       \
		access_plain(address, false);   \
	}                                       \
	void __tsan_write##name(void *address)  \
	{                                       \
		access_plain(address, true);    \
	}

DEFINE_ACCESS(1)
DEFINE_ACCESS(2)
DEFINE_ACCESS(4)
DEFINE_ACCESS(8)
DEFINE_ACCESS(16)

void __tsan_init(void);
void __tsan_func_entry(void *caller);
void __tsan_func_exit(void *caller);
void __tsan_read_range(void *address, size_t size);
void __tsan_write_range(void *address, size_t size);
void *__tsan_memset(void *address, int value, size_t size);

void
__tsan_init(void)
{
}

void
__tsan_func_entry(void *caller)
{
}

void
__tsan_func_exit(void *caller)
{
}

void
__tsan_read_range(void *address, size_t size)
{
	access_plain(address, false);
}

void
__tsan_write_range(void *address, size_t size)
{
	access_plain(address, true);
}

void *
__tsan_memset(void *address, int value, size_t size)
{
	return memset(address, value, size);
}
