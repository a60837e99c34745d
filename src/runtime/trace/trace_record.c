/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Recording, and who has a history.
 *
 * Invariants:
 *  1. One OS thread writes to a history: that of the lcore, or the one that has registered.
 *  2. g_writers belongs to the process, unlike the file, which others might write to: where entries
 *     go is bounded by what is here.
 *  3. A writer's `history` leaves NULL once, under the lock, when there is memory for it, and goes
 *     back in trace_histories_close(), when nobody may record any more.
 */
#include "runtime/trace/trace_internal.h"
#include "spdk/barrier.h"
#include "spdk/likely.h"
#include "spdk/string.h"

struct writer {
	/* A: what is below, and the history, are complete before it is; pairs with B. */
	struct spdk_trace_history *_Atomic history;
	struct spdk_trace_entry *entries;
	uint64_t slot_mask;
	/* For OS threads besides lcores. */
	bool is_registered;
	char name[SPDK_TRACE_THREAD_NAME_LEN];
};

static struct writer g_writers[SPDK_TRACE_MAX_LCORE];
/* Counts traces, from 1 on. */
static _Atomic uint32_t g_generation = 1;

/* What number an OS thread besides lcores has registered, in which generation. */
static __thread struct {
	uint32_t generation;
	uint32_t number;
} t_user;

/* NULL: the calling OS thread is on no lcore and is not registered. */
static inline struct writer *
this_writer(void)
{
	uint32_t number = spdk_env_get_current_core();

	if (spdk_likely(number < SPDK_TRACE_MAX_LCORE)) {
		return &g_writers[number];
	}
	if (t_user.generation != atomic_load_explicit(&g_generation, memory_order_relaxed)) {
		return NULL;
	}
	return &g_writers[t_user.number];
}

static size_t
put_text(uint8_t *place, const char *text, size_t size)
{
	size_t length = text != NULL ? strnlen(text, size - 1) : 0;

	if (length > 0) {
		memcpy(place, text, length);
	}
	memset(place + length, 0, size - length);
	return size;
}

/* All arguments, one after the other. */
static inline void
put_args(const struct trace_point *point, uint8_t *place, va_list args)
{
	uint64_t large;
	uint32_t word;
	uint16_t half;
	uint8_t size;

	for (uint32_t i = 0; i < point->num_args; i++) {
		size = point->args[i].size;
		if (point->args[i].type == SPDK_TRACE_ARG_TYPE_STR) {
			place += put_text(place, va_arg(args, const char *), size);
			continue;
		}
		if (size == sizeof(large)) {
			large = va_arg(args, uint64_t);
			memcpy(place, &large, sizeof(large));
			place += sizeof(large);
			continue;
		}
		word = va_arg(args, uint32_t);
		half = (uint16_t)word;
		if (size == sizeof(word)) {
			memcpy(place, &word, sizeof(word));
		} else if (size == sizeof(half)) {
			memcpy(place, &half, sizeof(half));
		} else {
			*place = (uint8_t)word;
		}
		place += size;
	}
}

/*
 * Writes the arguments into the entry in slot `next`, and into as many after it as they need.
 * Apart, so that recording without any is done before the compiler would have made room for these.
 */
static __attribute__((noinline)) void
write_args(const struct writer *writer, const struct trace_point *point, uint64_t next,
	   va_list args)
{
	/* One buffer's length more: the last of them is copied as a whole. */
	uint8_t data[TRACE_ARGS_SIZE_MAX + TRACE_BUFFER_ARGS_SIZE];
	struct spdk_trace_entry *entry = &writer->entries[next & writer->slot_mask];
	const uint8_t *rest = data + sizeof(entry->args);
	struct spdk_trace_entry_buffer *buffer;

	put_args(point, data, args);
	memset(data + point->args_size, 0, TRACE_BUFFER_ARGS_SIZE);
	memcpy(entry->args, data, sizeof(entry->args));
	for (uint32_t i = 1; i <= point->more_entries; i++, rest += sizeof(buffer->data)) {
		buffer = (struct spdk_trace_entry_buffer *)&writer
				 ->entries[(next + i) & writer->slot_mask];
		buffer->tsc = entry->tsc;
		buffer->tpoint_id = SPDK_TRACE_MAX_TPOINT_ID;
		memcpy(buffer->data, rest, sizeof(buffer->data));
	}
}

static __attribute__((cold, noinline)) void
explain_args(uint16_t tpoint_id, int num_args)
{
	struct trace_point *point = &g_trace_points[tpoint_id];

	if (atomic_exchange_explicit(&point->is_explained, true, memory_order_relaxed)) {
		return;
	}
	SPDK_ERRLOG("Tracepoint %u of group %u is recorded with %d arguments, and described with "
		    "%u by spdk_trace_register_description(): such calls record nothing\n",
		    tpoint_id % 64, tpoint_id / 64, num_args, point->num_args);
}

/* The order of the steps is explained in trace_internal.h. */
void
_spdk_trace_record(uint64_t tsc, uint16_t tpoint_id, uint16_t owner_id, uint32_t size,
		   uint64_t object_id, int num_args, ...)
{
	const struct trace_point *point = &g_trace_points[tpoint_id];
	const struct writer *writer = this_writer();
	struct spdk_trace_history *history;
	struct spdk_trace_entry *entry;
	uint32_t *writing;
	uint64_t next, word = 0;
	va_list args;

	if (spdk_unlikely(writer == NULL)) {
		return;
	}
	/* B: pairs with A in open_history(). */
	history = atomic_load_explicit(&writer->history, memory_order_acquire);
	if (spdk_unlikely(history == NULL)) {
		return;
	}
	if (spdk_unlikely(num_args != point->num_args)) {
		explain_args(tpoint_id, num_args);
		return;
	}
	tsc = tsc != 0 ? tsc : spdk_get_ticks();
	next = history->next_entry;
	writing = trace_history_writing(history);
	/* W1, and a barrier that keeps it before W2. This OS thread alone writes to the two words,
	 * so that storing is all that has to be atomic. */
	__atomic_store_n(writing, point->more_entries + 1u, __ATOMIC_RELAXED);
	spdk_smp_wmb();
	/* W2 */
	entry = &writer->entries[next & writer->slot_mask];
	entry->tsc = tsc;
	entry->tpoint_id = tpoint_id;
	entry->owner_id = owner_id;
	entry->size = size;
	entry->object_id = object_id;
	if (num_args > 0) {
		va_start(args, num_args);
		if (point->is_one_word) {
			word = va_arg(args, uint64_t);
		} else {
			write_args(writer, point, next, args);
		}
		va_end(args);
	}
	if (num_args == 0 || point->is_one_word) {
		memcpy(entry->args, &word, sizeof(word));
	}
	((uint64_t *)history->data)[tpoint_id]++;
	/* W3, W4 */
	__atomic_store_n(&history->next_entry, next + point->more_entries + 1, __ATOMIC_RELEASE);
	__atomic_store_n(writing, 0, __ATOMIC_RELEASE);
}

static void
open_history(uint32_t number)
{
	struct spdk_trace_section_lcore_offsets *offsets =
		spdk_trace_get_lcore_offsets_section(g_trace_file);
	struct spdk_trace_history *history = trace_history_place(number);
	struct writer *writer = &g_writers[number];
	uint64_t num_entries = trace_num_entries();
	int rc;

	rc = trace_memory_reserve(
		history, spdk_get_trace_history_size(num_entries, SPDK_TRACE_MAX_TPOINT_ID));
	if (rc != 0) {
		SPDK_ERRLOG("What runs on %s is not traced, for lack of memory in /dev/shm (%s). "
			    "Remove what is not needed there, or ask for fewer entries by "
			    "--num-trace-entries.\n",
			    writer->name, spdk_strerror(-rc));
		return;
	}
	history->lcore = (int)number;
	memcpy(history->tname, writer->name, sizeof(history->tname));
	history->num_entries = num_entries;
	history->num_tpoint_ids = SPDK_TRACE_MAX_TPOINT_ID;
	writer->entries = spdk_trace_history_get_entry(history, 0);
	writer->slot_mask = num_entries - 1;
	/* Readers look there first. */
	__atomic_store_n(&offsets->lcore_offsets[number],
			 (uint64_t)((char *)history - (char *)g_trace_file), __ATOMIC_RELEASE);
	/* A: pairs with B in _spdk_trace_record(). */
	atomic_store_explicit(&writer->history, history, memory_order_release);
}

static bool
is_open(uint32_t number)
{
	return atomic_load_explicit(&g_writers[number].history, memory_order_relaxed) != NULL;
}

void
trace_histories_open(void)
{
	uint32_t first, lcore, count = trace_user_count(&first);

	SPDK_ENV_FOREACH_CORE (lcore) {
		if (!is_open(lcore)) {
			/* Lcores have at most four digits. */
			snprintf(g_writers[lcore].name, sizeof(g_writers[lcore].name), "reactor_%u",
				 lcore % SPDK_TRACE_MAX_LCORE);
			open_history(lcore);
		}
	}
	for (uint32_t number = first; number < first + count; number++) {
		if (g_writers[number].is_registered && !is_open(number)) {
			open_history(number);
		}
	}
}

/* Lcores are numbered first, then OS threads besides. */
static uint32_t
end_of_writers(void)
{
	uint32_t first, count = trace_user_count(&first);

	return first + count;
}

bool
trace_histories_have_entries(void)
{
	struct spdk_trace_history *history;

	for (uint32_t number = 0; number < end_of_writers(); number++) {
		history = atomic_load_explicit(&g_writers[number].history, memory_order_relaxed);
		if (history != NULL && history->next_entry > 0) {
			return true;
		}
	}
	return false;
}

void
trace_histories_close(void)
{
	for (uint32_t number = 0; number < end_of_writers(); number++) {
		atomic_store_explicit(&g_writers[number].history, NULL, memory_order_relaxed);
		g_writers[number].is_registered = false;
	}
	atomic_fetch_add_explicit(&g_generation, 1, memory_order_relaxed);
}

/* 0, or why the calling OS thread can have no history of its own, explained. */
static int
check_user(const char *function)
{
	uint32_t lcore = spdk_env_get_current_core();

	if (lcore < SPDK_TRACE_MAX_LCORE) {
		SPDK_ERRLOG("%s(): the caller runs on core %u, which has a history anyway\n",
			    function, lcore);
		return -EINVAL;
	}
	return trace_expect_on(function) ? 0 : -ENODEV;
}

static bool
is_user(void)
{
	return t_user.generation == atomic_load_explicit(&g_generation, memory_order_relaxed);
}

/* With the lock. */
static int
register_user(void)
{
	uint32_t first, count = trace_user_count(&first), number = first;
	struct writer *writer;

	while (number < first + count && g_writers[number].is_registered) {
		number++;
	}
	if (number == first + count) {
		SPDK_ERRLOG("spdk_trace_register_user_thread(): no history is left for another OS "
			    "thread; %u were asked for (opts.num_trace_threads)\n",
			    count);
		return -ENOSPC;
	}
	writer = &g_writers[number];
	if (pthread_getname_np(pthread_self(), writer->name, sizeof(writer->name)) != 0) {
		snprintf(writer->name, sizeof(writer->name), "thread_%u", number);
	}
	writer->is_registered = true;
	if (is_open(number)) {
		/* Its entries stay, under a new name. */
		memcpy(trace_history_place(number)->tname, writer->name, sizeof(writer->name));
	} else if (spdk_trace_get_tpoint_group_mask() != 0) {
		open_history(number);
		if (!is_open(number)) {
			writer->is_registered = false;
			return -ENOMEM;
		}
	}
	t_user.number = number;
	t_user.generation = atomic_load_explicit(&g_generation, memory_order_relaxed);
	return 0;
}

int
spdk_trace_register_user_thread(void)
{
	int rc = check_user("spdk_trace_register_user_thread");

	if (rc != 0) {
		return rc;
	}
	if (is_user()) {
		SPDK_ERRLOG("spdk_trace_register_user_thread(): the calling OS thread has a "
			    "history already\n");
		return -EALREADY;
	}
	trace_lock();
	rc = register_user();
	trace_unlock();
	return rc;
}

int
spdk_trace_unregister_user_thread(void)
{
	int rc = check_user("spdk_trace_unregister_user_thread");

	if (rc != 0) {
		return rc;
	}
	if (!is_user()) {
		SPDK_ERRLOG("spdk_trace_unregister_user_thread(): the calling OS thread has no "
			    "history; spdk_trace_register_user_thread() gives it one\n");
		return -EINVAL;
	}
	trace_lock();
	g_writers[t_user.number].is_registered = false;
	trace_unlock();
	t_user.generation = 0;
	return 0;
}
