/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Entries in the order of time, from the rings of all lcores.
 *
 * Invariants:
 *  1. `items` are the first entries of recordings, sorted; each has a tpoint that the file has.
 *  2. Objects are known up to the entry that was given last: an id means the object that began with
 *     it most recently.
 */
#include "runtime/trace/trace_image.h"
#include "runtime/trace/trace_internal.h"
#include "runtime/trace/trace_objects.h"
#include "spdk/util.h"

/* An entry, by where it is in the ring of its lcore. */
struct item {
	uint64_t tsc;
	uint64_t index;
	uint16_t lcore;
};

struct spdk_trace_parser {
	struct trace_image image;
	struct item *items;
	size_t count;
	size_t next;
	uint64_t tsc_offset;
	uint64_t entry_counts[SPDK_TRACE_MAX_LCORE];
	struct trace_objects objects;
};

static const struct spdk_trace_tpoint *
tpoint_of(const struct spdk_trace_parser *parser, const struct spdk_trace_entry *entry)
{
	return &spdk_trace_get_tpoint_section(parser->image.file)->tpoint[entry->tpoint_id];
}

/* It is the first entry of a recording which is wanted. */
static bool
is_item(const struct spdk_trace_parser *parser, const struct spdk_trace_entry *entry)
{
	const struct spdk_trace_file *file = parser->image.file;

	return entry->tsc != 0 && entry->tpoint_id != SPDK_TRACE_MAX_TPOINT_ID &&
	       entry->tpoint_id < spdk_trace_get_tpoint_section(file)->count &&
	       entry->tsc >= spdk_trace_get_main_section(file)->clear_tsc;
}

/* Counts the items of a ring and, where there is a place for them, writes them. */
static size_t
gather_ring(const struct spdk_trace_parser *parser, uint16_t lcore, struct item *out_items)
{
	const struct trace_ring *ring = &parser->image.rings[lcore];
	const struct spdk_trace_entry *entry;
	size_t count = 0;

	for (uint64_t i = 0; i < ring->count; i++) {
		entry = trace_ring_entry(ring, i);
		if (!is_item(parser, entry)) {
			continue;
		}
		if (out_items != NULL) {
			out_items[count] =
				(struct item){.tsc = entry->tsc, .index = i, .lcore = lcore};
		}
		count++;
	}
	return count;
}

static size_t
gather(const struct spdk_trace_parser *parser, struct item *out_items)
{
	size_t count = 0;

	for (uint32_t lcore = 0; lcore < SPDK_TRACE_MAX_LCORE; lcore++) {
		count += gather_ring(parser, (uint16_t)lcore,
				     out_items != NULL ? out_items + count : NULL);
	}
	return count;
}

/* By time; at the same time, by lcore, and then in the order of recording. */
static int
compare_items(const void *a, const void *b)
{
	const struct item *left = a, *right = b;

	if (left->tsc != right->tsc) {
		return left->tsc < right->tsc ? -1 : 1;
	}
	if (left->lcore != right->lcore) {
		return left->lcore < right->lcore ? -1 : 1;
	}
	return left->index < right->index ? -1 : left->index > right->index;
}

static void
count_entries(struct spdk_trace_parser *parser)
{
	for (uint32_t lcore = 0; lcore < SPDK_TRACE_MAX_LCORE; lcore++) {
		const struct trace_ring *ring = &parser->image.rings[lcore];

		for (uint64_t i = 0; i < ring->count; i++) {
			parser->entry_counts[lcore] += trace_ring_entry(ring, i)->tsc != 0;
		}
	}
}

/* The items are sorted: the first one of each lcore comes before its others. */
static void
find_tsc_offset(struct spdk_trace_parser *parser)
{
	bool is_seen[SPDK_TRACE_MAX_LCORE] = {false};

	for (size_t i = 0; i < parser->count; i++) {
		if (!is_seen[parser->items[i].lcore]) {
			is_seen[parser->items[i].lcore] = true;
			parser->tsc_offset = parser->items[i].tsc;
		}
	}
}

static size_t
count_new_objects(const struct spdk_trace_parser *parser)
{
	const struct trace_ring *rings = parser->image.rings;
	const struct spdk_trace_tpoint *tpoint;
	size_t count = 0;

	for (size_t i = 0; i < parser->count; i++) {
		const struct item *item = &parser->items[i];

		tpoint = tpoint_of(parser, trace_ring_entry(&rings[item->lcore], item->index));
		count += tpoint->new_object != 0;
	}
	return count;
}

/* 0 or -ENOMEM. */
static int
sort_entries(struct spdk_trace_parser *parser)
{
	parser->count = gather(parser, NULL);
	parser->items = calloc(spdk_max(parser->count, 1), sizeof(*parser->items));
	if (parser->items == NULL) {
		return -ENOMEM;
	}
	(void)gather(parser, parser->items);
	qsort(parser->items, parser->count, sizeof(*parser->items), compare_items);
	count_entries(parser);
	find_tsc_offset(parser);
	return trace_objects_init(&parser->objects, count_new_objects(parser));
}

static bool
opts_are_good(const struct spdk_trace_parser_opts *opts)
{
	if (opts == NULL || opts->filename == NULL ||
	    (opts->mode != SPDK_TRACE_PARSER_MODE_FILE &&
	     opts->mode != SPDK_TRACE_PARSER_MODE_SHM) ||
	    opts->lcore > SPDK_TRACE_MAX_LCORE) {
		SPDK_ERRLOG("spdk_trace_parser_init(): opts has no name, no mode that there is, or "
			    "an lcore above %u, which stands for all\n",
			    SPDK_TRACE_MAX_LCORE);
		return false;
	}
	return true;
}

struct spdk_trace_parser *
spdk_trace_parser_init(const struct spdk_trace_parser_opts *opts)
{
	struct spdk_trace_parser *parser;

	if (!opts_are_good(opts)) {
		return NULL;
	}
	parser = calloc(1, sizeof(*parser));
	if (parser == NULL) {
		SPDK_ERRLOG("%s: no memory for a parser\n", opts->filename);
		return NULL;
	}
	if (trace_image_open(opts, &parser->image) != 0) {
		free(parser);
		return NULL;
	}
	if (sort_entries(parser) != 0) {
		SPDK_ERRLOG("%s: no memory to sort %zu entries\n", opts->filename, parser->count);
		spdk_trace_parser_cleanup(parser);
		return NULL;
	}
	return parser;
}

void
spdk_trace_parser_cleanup(struct spdk_trace_parser *parser)
{
	if (parser == NULL) {
		return;
	}
	trace_objects_fini(&parser->objects);
	free(parser->items);
	trace_image_close(&parser->image);
	free(parser);
}

const struct spdk_trace_file *
spdk_trace_parser_get_file(const struct spdk_trace_parser *parser)
{
	return parser->image.file;
}

uint64_t
spdk_trace_parser_get_tsc_offset(const struct spdk_trace_parser *parser)
{
	return parser->tsc_offset;
}

uint64_t
spdk_trace_parser_get_entry_count(const struct spdk_trace_parser *parser, uint16_t lcore)
{
	return lcore < SPDK_TRACE_MAX_LCORE ? parser->entry_counts[lcore] : 0;
}

/* Reads the arguments of a recording, which may go over several entries. */
struct args_reader {
	const struct trace_ring *ring;
	const struct spdk_trace_entry *first;
	/* Of the entry that comes next. */
	uint64_t index;
	const uint8_t *data;
	size_t left;
};

/* False: the next entry does not belong to the recording; what was there is lost. */
static bool
go_on(struct args_reader *reader)
{
	const struct spdk_trace_entry_buffer *buffer;

	if (reader->index >= reader->ring->count) {
		return false;
	}
	buffer = (const struct spdk_trace_entry_buffer *)trace_ring_entry(reader->ring,
									  reader->index);
	if (buffer->tpoint_id != SPDK_TRACE_MAX_TPOINT_ID || buffer->tsc != reader->first->tsc) {
		return false;
	}
	reader->index++;
	reader->data = buffer->data;
	reader->left = sizeof(buffer->data);
	return true;
}

/* What is lost stays as it is in `place`. */
static void
read_bytes(struct args_reader *reader, uint8_t *place, size_t size)
{
	size_t part;

	while (size > 0 && (reader->left > 0 || go_on(reader))) {
		part = spdk_min(size, reader->left);
		memcpy(place, reader->data, part);
		reader->data += part;
		reader->left -= part;
		place += part;
		size -= part;
	}
}

static void
read_arg(struct args_reader *reader, const struct spdk_trace_argument *arg,
	 struct spdk_trace_parser_entry *entry, uint32_t i)
{
	uint8_t bytes[UINT8_MAX + 1] = {0};

	static_assert(sizeof(entry->args[i].u.string) == sizeof(bytes), "ends with a NUL");
	read_bytes(reader, bytes, arg->size);
	if (arg->type == SPDK_TRACE_ARG_TYPE_STR) {
		memcpy(entry->args[i].u.string, bytes, sizeof(bytes));
		return;
	}
	/* Pointers are read as numbers: those of another process mean nothing here. */
	entry->args[i].u.integer = 0;
	memcpy(&entry->args[i].u.integer, bytes,
	       spdk_min((size_t)arg->size, sizeof(entry->args[i].u.integer)));
}

static void
read_args(const struct spdk_trace_parser *parser, const struct item *item,
	  struct spdk_trace_parser_entry *entry)
{
	const struct spdk_trace_tpoint *tpoint = tpoint_of(parser, entry->entry);
	struct args_reader reader = {
		.ring = &parser->image.rings[item->lcore],
		.first = entry->entry,
		.index = item->index + 1,
		.data = entry->entry->args,
		.left = sizeof(entry->entry->args),
	};

	for (uint32_t i = 0; i < SPDK_TRACE_MAX_ARGS_COUNT; i++) {
		entry->args[i].is_related = false;
	}
	for (uint32_t i = 0; i < tpoint->num_args; i++) {
		read_arg(&reader, &tpoint->args[i], entry, i);
	}
}

static void
find_object(struct spdk_trace_parser *parser, struct spdk_trace_parser_entry *entry)
{
	const struct spdk_trace_tpoint *tpoint = tpoint_of(parser, entry->entry);
	const struct trace_object *object;

	entry->object_index = UINT64_MAX;
	entry->object_start = UINT64_MAX;
	if (tpoint->object_type == OBJECT_NONE) {
		return;
	}
	if (tpoint->new_object != 0) {
		object = trace_objects_begin(&parser->objects, tpoint->object_type,
					     entry->entry->object_id, entry->entry->tsc);
	} else {
		object = trace_objects_find(&parser->objects, tpoint->object_type,
					    entry->entry->object_id);
	}
	if (object != NULL) {
		entry->object_index = object->index;
		entry->object_start = object->start;
	}
}

/* The first of the tpoint's relations that leads to an object. */
static void
find_related(const struct spdk_trace_parser *parser, struct spdk_trace_parser_entry *entry)
{
	const struct spdk_trace_tpoint *tpoint = tpoint_of(parser, entry->entry);
	const struct trace_object *object;

	entry->related_index = UINT64_MAX;
	entry->related_type = OBJECT_NONE;
	for (uint32_t i = 0; i < SPDK_TRACE_MAX_RELATIONS; i++) {
		uint8_t type = tpoint->related_objects[i].object_type;
		uint8_t arg = tpoint->related_objects[i].arg_index;

		if (type == OBJECT_NONE || arg >= tpoint->num_args) {
			return;
		}
		if (tpoint->args[arg].type == SPDK_TRACE_ARG_TYPE_STR) {
			continue;
		}
		object = trace_objects_find(&parser->objects, type, entry->args[arg].u.integer);
		if (object != NULL) {
			entry->related_index = object->index;
			entry->related_type = type;
			entry->args[arg].is_related = true;
			return;
		}
	}
}

bool
spdk_trace_parser_next_entry(struct spdk_trace_parser *parser,
			     struct spdk_trace_parser_entry *entry)
{
	const struct item *item;
	const struct trace_ring *ring;

	if (parser->next >= parser->count) {
		return false;
	}
	item = &parser->items[parser->next++];
	ring = &parser->image.rings[item->lcore];
	entry->entry = trace_ring_entry(ring, item->index);
	entry->lcore = item->lcore;
	entry->tname = ring->tname;
	read_args(parser, item, entry);
	find_object(parser, entry);
	find_related(parser, entry);
	return true;
}
