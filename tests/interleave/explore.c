/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Depth first, with a table of the states seen. States are told apart by 128 bits of hash, which is
 * the only thing that could make two of them one: with ten million states, once in 10^24 runs.
 *
 * The graph of states has no cycles as long as nobody spins without being let go by a change, so
 * that the complete interleavings of a state are the sum of those of its successors. A step back
 * to a state that is still being explored is a cycle, and reported as a livelock.
 */
#include "explore.h"

#include <sys/mman.h>

#define CHOICES_MAX (MODEL_THREADS_MAX * (MODEL_WAY_DRAIN + MODEL_BUFFER_MAX))
#define DEPTH_MAX   5000
#define HASH_LANES  4
#define OPEN        (-1.0L) /* in place of a number of interleavings: not known yet */

struct hash {
	uint64_t part[2];
};

struct entry {
	struct hash hash; /* all zeros: free */
	long double interleavings;
};

struct table {
	struct entry *entries;
	uint64_t size; /* a power of two */
	uint64_t used;
};

struct choice {
	uint8_t thread;
	uint8_t way;
};

struct frame {
	struct hash hash;
	char *snapshot;
	size_t snapshot_size; /* allocated */
	struct choice choices[CHOICES_MAX];
	uint8_t choice_count;
	uint8_t next_choice;
	struct model_trace_step note; /* of the step under way from here */
	long double interleavings;
};

struct explorer {
	const struct explore_subject *subject;
	struct explore_result *result;
	struct table table;
	struct frame *frames;
	uint32_t depth;
	bool is_over;
};

static uint64_t
mix(uint64_t a, uint64_t b)
{
	unsigned __int128 product = (unsigned __int128)a * b;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static void
hash_words(struct hash *hash, const uint64_t words[2])
{
	uint64_t first = hash->part[0], second = hash->part[1];

	hash->part[0] = mix(words[0] ^ first ^ UINT64_C(0x9e3779b97f4a7c15),
			    words[1] ^ UINT64_C(0xd6e8feb86659fd93));
	hash->part[1] = mix(words[1] ^ second ^ UINT64_C(0xa0761d6478bd642f),
			    words[0] ^ UINT64_C(0xe7037ed1a0b428db));
	hash->part[0] += hash->part[1] >> 32;
}

static void
hash_bytes(struct hash *hash, const char *bytes, size_t size)
{
	uint64_t words[2];

	for (; size >= sizeof(words); bytes += sizeof(words), size -= sizeof(words)) {
		memcpy(words, bytes, sizeof(words));
		hash_words(hash, words);
	}
	if (size > 0) {
		memset(words, 0, sizeof(words));
		memcpy(words, bytes, size);
		hash_words(hash, words);
	}
}

/*
 * Half of the time goes to this. What is long is hashed in lanes, so that the processor need not
 * wait for one multiplication before it begins the next.
 */
static void
hash_add(struct hash *hash, const void *data, size_t size)
{
	struct hash lanes[HASH_LANES];
	uint64_t words[HASH_LANES][2];
	const char *bytes = data;
	size_t i;

	if (size >= sizeof(words)) {
		for (i = 0; i < HASH_LANES; i++) {
			lanes[i] = (struct hash){{hash->part[0] + i, hash->part[1]}};
		}
		for (; size >= sizeof(words); bytes += sizeof(words), size -= sizeof(words)) {
			memcpy(words, bytes, sizeof(words));
#pragma GCC unroll 4
			for (i = 0; i < HASH_LANES; i++) {
				hash_words(&lanes[i], words[i]);
			}
		}
		for (i = 0; i < HASH_LANES; i++) {
			hash_words(hash, lanes[i].part);
		}
	}
	hash_bytes(hash, bytes, size);
}

static void
hash_stack(uint8_t index)
{
	struct model_thread *thread = &g_model.threads[index];
	struct hash hash = {{1, 2}};

	hash_add(&hash, thread->stack_low, (size_t)(model_stack_end(index) - thread->stack_low));
	memcpy(thread->stack_hash, hash.part, sizeof(hash.part));
}

/* The stacks are in it by their hashes. */
static struct hash
hash_state(const struct explorer *explorer)
{
	struct hash hash = {{3, 4}};

	hash_add(&hash, &g_model, sizeof(g_model));
	hash_add(&hash, explorer->subject->world, explorer->subject->world_size);
	hash.part[0] |= 1;
	return hash;
}

static struct entry *
table_find(struct table *table, struct hash hash)
{
	uint64_t i = hash.part[1] & (table->size - 1);

	while (table->entries[i].hash.part[0] != 0 &&
	       memcmp(&table->entries[i].hash, &hash, sizeof(hash)) != 0) {
		i = (i + 1) & (table->size - 1);
	}
	return &table->entries[i];
}

static void
out_of_memory(void)
{
	fprintf(stderr, "interleave: out of memory\n");
	exit(2);
}

static void *
allocate(size_t count, size_t size)
{
	void *memory = calloc(count, size);

	if (memory == NULL) {
		out_of_memory();
	}
	return memory;
}

/* What is looked up in it is anywhere: on small pages each look would miss the TLB, too. */
static struct entry *
make_entries(uint64_t size)
{
	void *memory = mmap(NULL, size * sizeof(struct entry), PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED) {
		out_of_memory();
	}
	(void)madvise(memory, size * sizeof(struct entry), MADV_HUGEPAGE);
	return memory;
}

static void
free_entries(struct table *table)
{
	(void)munmap(table->entries, table->size * sizeof(struct entry));
}

static void
table_grow(struct table *table)
{
	struct table larger = {.size = table->size * 2, .used = table->used};
	uint64_t i;

	larger.entries = make_entries(larger.size);
	for (i = 0; i < table->size; i++) {
		if (table->entries[i].hash.part[0] != 0) {
			*table_find(&larger, table->entries[i].hash) = table->entries[i];
		}
	}
	free_entries(table);
	*table = larger;
}

static size_t
copy_stacks(char *snapshot, bool is_restore)
{
	size_t size = 0;
	uint8_t i;

	for (i = 0; i < MODEL_THREADS_MAX; i++) {
		struct model_thread *thread = &g_model.threads[i];
		size_t live;

		if (thread->state == MODEL_UNUSED) {
			continue;
		}
		live = (size_t)(model_stack_end(i) - thread->stack_low);
		if (snapshot != NULL && is_restore) {
			memcpy(thread->stack_low, snapshot + size, live);
			model_stack_clear_dead(i);
		} else if (snapshot != NULL) {
			memcpy(snapshot + size, thread->stack_low, live);
		}
		size += live;
	}
	return size;
}

static void
save(struct explorer *explorer, struct frame *frame)
{
	const struct explore_subject *subject = explorer->subject;
	size_t fixed = sizeof(g_model) + subject->world_size;
	size_t size = fixed + copy_stacks(NULL, false);

	if (size > frame->snapshot_size) {
		free(frame->snapshot);
		frame->snapshot_size = size + 1024;
		frame->snapshot = allocate(1, frame->snapshot_size);
	}
	memcpy(frame->snapshot, &g_model, sizeof(g_model));
	memcpy(frame->snapshot + sizeof(g_model), subject->world, subject->world_size);
	copy_stacks(frame->snapshot + fixed, false);
}

static void
restore(struct explorer *explorer, const struct frame *frame)
{
	const struct explore_subject *subject = explorer->subject;

	memcpy(&g_model, frame->snapshot, sizeof(g_model));
	memcpy(subject->world, frame->snapshot + sizeof(g_model), subject->world_size);
	copy_stacks(frame->snapshot + sizeof(g_model) + subject->world_size, true);
}

static void
print_note(const struct explorer *explorer, const struct model_trace_step *note)
{
	char text[80];

	model_describe(note->address, text, sizeof(text));
	printf("    %c %s %s", explorer->subject->thread_name(note->thread), note->what, text);
	if (note->address != NULL) {
		printf(" (%#llx)", (unsigned long long)note->value);
	}
	printf("\n");
}

static void
record_fault(struct explorer *explorer, enum fault fault, const char *text)
{
	struct explore_result *result = explorer->result;
	enum fault wanted = explorer->subject->wanted;
	uint32_t i;

	if (result->faults[fault]++ == 0) {
		snprintf(result->texts[fault], sizeof(result->texts[fault]), "%s", text);
	}
	if (wanted == FAULT_NONE || wanted == fault) {
		explorer->is_over = true;
		if (explorer->subject->prints_trace) {
			for (i = 0; i < explorer->depth; i++) {
				print_note(explorer, &explorer->frames[i].note);
			}
			printf("    %s: %s\n", model_fault_name(fault), text);
		}
	}
}

static void
find_choices(struct frame *frame)
{
	uint32_t thread, way;

	frame->choice_count = 0;
	frame->next_choice = 0;
	for (thread = 0; thread < MODEL_THREADS_MAX; thread++) {
		for (way = 0; way < MODEL_WAY_DRAIN + MODEL_BUFFER_MAX; way++) {
			struct choice choice = {.thread = (uint8_t)thread, .way = (uint8_t)way};

			if (model_can_step(choice.thread, choice.way)) {
				frame->choices[frame->choice_count++] = choice;
			}
		}
	}
}

/* The state that a step has led to. How many complete interleavings lead on from it, or, 0, later.
 */
static long double
arrive(struct explorer *explorer)
{
	struct explore_result *result = explorer->result;
	struct frame *frame = &explorer->frames[explorer->depth];
	struct entry *entry;
	enum fault fault;

	if (explorer->table.used * 3 > explorer->table.size * 2) {
		table_grow(&explorer->table);
	}
	frame->hash = hash_state(explorer);
	entry = table_find(&explorer->table, frame->hash);
	if (entry->hash.part[0] != 0) {
		if (entry->interleavings == OPEN) {
			record_fault(explorer, FAULT_LIVELOCK, "these steps can go on for ever");
			return 0;
		}
		return entry->interleavings;
	}
	entry->hash = frame->hash;
	entry->interleavings = OPEN;
	explorer->table.used++;
	result->states++;
	result->is_cut_short |= result->states >= explorer->subject->states_max;
	fault = model_judge(explorer->subject->check_state);
	find_choices(frame);
	if (fault == FAULT_NONE && frame->choice_count == 0) {
		result->ends++;
		fault = model_judge(explorer->subject->check_end);
	}
	if (fault != FAULT_NONE || frame->choice_count == 0) {
		entry->interleavings = fault == FAULT_NONE;
		if (fault != FAULT_NONE) {
			record_fault(explorer, fault, model_fault_text());
		}
		return entry->interleavings;
	}
	save(explorer, frame);
	frame->interleavings = 0;
	explorer->depth++;
	result->deepest = spdk_max(result->deepest, explorer->depth);
	return 0;
}

static void
leave(struct explorer *explorer)
{
	struct frame *frame = &explorer->frames[--explorer->depth];

	table_find(&explorer->table, frame->hash)->interleavings = frame->interleavings;
	if (explorer->depth > 0) {
		explorer->frames[explorer->depth - 1].interleavings += frame->interleavings;
	}
}

static void
advance(struct explorer *explorer)
{
	struct frame *frame = &explorer->frames[explorer->depth - 1];
	struct choice choice = frame->choices[frame->next_choice++];
	enum fault fault;

	restore(explorer, frame);
	fault = model_step(choice.thread, choice.way);
	frame->note = g_model_step;
	explorer->result->steps++;
	if (fault != FAULT_NONE) {
		record_fault(explorer, fault, model_fault_text());
		return;
	}
	hash_stack(choice.thread);
	frame->interleavings += arrive(explorer);
}

void
explore(const struct explore_subject *subject, struct explore_result *out_result)
{
	struct explorer explorer = {.subject = subject, .result = out_result};
	uint32_t i;

	memset(out_result, 0, sizeof(*out_result));
	explorer.table.size = 1 << 16;
	explorer.table.entries = make_entries(explorer.table.size);
	explorer.frames = allocate(DEPTH_MAX, sizeof(struct frame));
	for (i = 0; i < MODEL_THREADS_MAX; i++) {
		if (g_model.threads[i].state != MODEL_UNUSED) {
			hash_stack((uint8_t)i);
		}
	}
	arrive(&explorer);
	while (explorer.depth > 0 && !explorer.is_over && !out_result->is_cut_short) {
		const struct frame *frame = &explorer.frames[explorer.depth - 1];

		if (explorer.depth == DEPTH_MAX) {
			out_result->is_cut_short = true;
		} else if (frame->next_choice == frame->choice_count) {
			out_result->interleavings = frame->interleavings;
			leave(&explorer);
		} else {
			advance(&explorer);
		}
	}
	for (i = 0; i < DEPTH_MAX; i++) {
		free(explorer.frames[i].snapshot);
	}
	free(explorer.frames);
	free_entries(&explorer.table);
}
