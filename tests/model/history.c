/* SPDX-License-Identifier: BSD-3-Clause */
#include "history.h"
#include "content.h"
#include "spdk/util.h"

struct record {
	struct history_write write;
	moment_t begin;
	/* MOMENT_NEVER while it is under way. */
	moment_t end;
	enum write_end how;
	/* The last question in which a copy was asked for its value: once in each is enough. */
	uint64_t question;
};

struct block_history {
	struct record *records;
	uint32_t count;
	uint32_t capacity;
	/* Values other than zeros may be here more than once. */
	bool has_copies;
};

struct history {
	uint64_t blocks;
	struct block_history of[];
};

static moment_t g_now;
static uint64_t g_question;

moment_t
history_now(void)
{
	return g_now;
}

moment_t
history_tick(void)
{
	return ++g_now;
}

static struct record *
add(struct block_history *block)
{
	struct record *records;

	if (block->count == block->capacity) {
		block->capacity = block->capacity * 2 + 8;
		records = realloc(block->records, block->capacity * sizeof(*records));
		if (records == NULL) {
			abort();
		}
		block->records = records;
	}
	return &block->records[block->count++];
}

struct history *
history_create(uint64_t blocks)
{
	struct history *history = calloc(1, sizeof(*history) + blocks * sizeof(history->of[0]));
	uint64_t i;

	if (history == NULL) {
		abort();
	}
	history->blocks = blocks;
	for (i = 0; i < blocks; i++) {
		*add(&history->of[i]) = (struct record){
			.write = {.value = CONTENT_ZEROS},
			.begin = g_now,
			.end = g_now,
		};
	}
	return history;
}

void
history_destroy(struct history *history)
{
	uint64_t i;

	for (i = 0; history != NULL && i < history->blocks; i++) {
		free(history->of[i].records);
	}
	free(history);
}

static struct block_history *
block_of(struct history *history, uint64_t block)
{
	assert(block < history->blocks);
	return &history->of[block];
}

void
history_begin(struct history *history, uint64_t block, const struct history_write *write)
{
	struct block_history *of = block_of(history, block);

	*add(of) = (struct record){.write = *write, .begin = g_now, .end = MOMENT_NEVER};
	of->has_copies |= write->kind == WRITE_COPY;
}

void
history_end(struct history *history, uint64_t block, uint64_t key, enum write_end end)
{
	struct block_history *of = block_of(history, block);
	uint32_t i;

	for (i = of->count; i-- > 0;) {
		if (of->records[i].write.key == key && of->records[i].write.kind != WRITE_SEEN) {
			of->records[i].end = g_now;
			of->records[i].how = end;
			return;
		}
	}
	abort();
}

static bool
is_over(const struct record *record, moment_t by)
{
	return record->how == WRITE_DONE && record->end < by;
}

/*
 * What ended before the result does not hold `value` for one who begins at `begin`: something else
 * was written since, H1, or found, H3.
 */
static moment_t
over_before(const struct block_history *of, uint64_t value, moment_t begin)
{
	moment_t latest = 0;
	uint32_t i;

	for (i = 0; i < of->count; i++) {
		if (is_over(&of->records[i], begin) && (of->records[i].write.kind != WRITE_SEEN ||
							of->records[i].write.value != value)) {
			latest = spdk_max(latest, of->records[i].begin);
		}
	}
	return latest;
}

static bool
is_candidate(const struct record *record, moment_t over, moment_t end)
{
	bool may_be_written = record->end == MOMENT_NEVER || record->how != WRITE_NOT_STARTED;

	return may_be_written && record->write.kind != WRITE_SEEN && record->begin < end &&
	       record->end >= over;
}

static bool
allows(struct history *history, uint64_t block, uint64_t value, moment_t begin, moment_t end)
{
	struct block_history *of = block_of(history, block);
	moment_t over = over_before(of, value, begin);
	struct record *record;
	bool found = false;
	uint32_t i;

	for (i = of->count; !found && i-- > 0;) {
		record = &of->records[i];
		if (!is_candidate(record, over, end)) {
			continue;
		}
		if (record->write.kind != WRITE_COPY) {
			found = record->write.value == value;
			continue;
		}
		if (record->question != g_question) {
			record->question = g_question;
			found = allows(history, record->write.source, value, record->begin,
				       spdk_min(record->end, g_now));
		}
	}
	return found;
}

bool
history_allows(struct history *history, uint64_t block, uint64_t value, moment_t begin)
{
	g_question++;
	return allows(history, block, value, begin, g_now);
}

bool
history_allows_other(struct history *history, uint64_t block, uint64_t value, moment_t begin)
{
	struct block_history *of = block_of(history, block);
	uint32_t i;

	for (i = of->count; i-- > 0;) {
		const struct history_write *write = &of->records[i].write;

		/* What a copy may bring is not looked into: it may be anything. */
		if (write->kind == WRITE_COPY ||
		    (write->value != value &&
		     history_allows(history, block, write->value, begin))) {
			return true;
		}
	}
	return false;
}

static const struct record *
find_value(const struct block_history *of, uint64_t value)
{
	uint32_t i;

	for (i = 0; i < of->count; i++) {
		if (of->records[i].write.value == value &&
		    of->records[i].how != WRITE_NOT_STARTED &&
		    of->records[i].write.kind != WRITE_SEEN &&
		    of->records[i].write.kind != WRITE_COPY) {
			return &of->records[i];
		}
	}
	return NULL;
}

/*
 * H4, for a value that a compare-and-write has written and a reader who began at `begin` has found:
 * whatever began after the value that it compared with had been written, and ended before the
 * reader began, would have come between.
 */
static bool
is_overtaken(const struct block_history *of, uint64_t value, moment_t begin)
{
	const struct record *found = find_value(of, value), *compared;
	uint32_t i;

	if (found == NULL || found->write.kind != WRITE_COMPARED || of->has_copies ||
	    found->write.source == CONTENT_ZEROS) {
		return false;
	}
	compared = find_value(of, found->write.source);
	if (compared == NULL || compared->how != WRITE_DONE) {
		return false;
	}
	for (i = 0; i < of->count; i++) {
		if (&of->records[i] != found && of->records[i].begin > compared->end &&
		    of->records[i].write.kind != WRITE_SEEN &&
		    of->records[i].write.kind != WRITE_IN_PLACE &&
		    is_over(&of->records[i], begin)) {
			return true;
		}
	}
	return false;
}

const char *
history_see(struct history *history, uint64_t block, uint64_t value, moment_t begin, bool is_kept)
{
	struct block_history *of = block_of(history, block);
	struct record *last = &of->records[of->count - 1];

	if (is_overtaken(of, value, begin)) {
		return "something was written between the comparison and the write of a "
		       "compare-and-write";
	}
	/* Of many that see the same, with nothing in between, the last says all. */
	if (!is_kept) {
		return NULL;
	}
	if (last->write.kind == WRITE_SEEN && last->write.value == value && last->begin <= begin) {
		last->begin = begin;
		last->end = g_now;
		return NULL;
	}
	*add(of) = (struct record){
		.write = {.kind = WRITE_SEEN, .value = value},
		.begin = begin,
		.end = g_now,
	};
	return NULL;
}

uint64_t
history_guess(struct history *history, uint64_t block)
{
	struct block_history *of = block_of(history, block);
	uint32_t i;

	for (i = of->count; i-- > 0;) {
		if (of->records[i].write.kind != WRITE_COPY &&
		    of->records[i].how != WRITE_NOT_STARTED) {
			return of->records[i].write.value;
		}
	}
	return CONTENT_ZEROS;
}

void
history_print(struct history *history, uint64_t block)
{
	static const char *const kinds[] = {"write", "copy", "compared", "in place", "seen"};
	static const char *const ends[] = {"done", "failed", "not written"};
	struct block_history *of = block_of(history, block);
	uint32_t i = of->count > 16 ? of->count - 16 : 0;

	printf("  block %" PRIu64 ":\n", block);
	for (; i < of->count; i++) {
		const struct record *record = &of->records[i];

		printf("    %s %#" PRIx64 " (%#" PRIx64 ") from %" PRIu64 " to %" PRId64 " %s\n",
		       kinds[record->write.kind], record->write.value, record->write.source,
		       record->begin, (int64_t)record->end,
		       record->end == MOMENT_NEVER ? "" : ends[record->how]);
	}
}
