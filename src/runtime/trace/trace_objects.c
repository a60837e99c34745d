/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A hash table that never grows: how many objects can begin is known before the first one does. So
 * there is always a free place, at which a search ends.
 */
#include "runtime/trace/trace_objects.h"
#include "spdk/util.h"

#define SIZE_MIN 16
/* Spreads numbers that are alike, such as addresses, over all bits (2^64 by the golden ratio). */
#define SPREAD UINT64_C(0x9e3779b97f4a7c15)

int
trace_objects_init(struct trace_objects *objects, size_t count)
{
	memset(objects, 0, sizeof(*objects));
	objects->size = SIZE_MIN;
	while (objects->size / 2 <= count) {
		objects->size *= 2;
	}
	objects->table = calloc(objects->size, sizeof(*objects->table));
	return objects->table != NULL ? 0 : -ENOMEM;
}

void
trace_objects_fini(struct trace_objects *objects)
{
	free(objects->table);
	objects->table = NULL;
}

/* The place of an object, or the free one where it would be. */
static struct trace_object *
place_of(const struct trace_objects *objects, uint8_t type, uint64_t id)
{
	size_t place = ((id ^ (uint64_t)type << 56) * SPREAD) >> 20;
	struct trace_object *object;

	for (;; place++) {
		object = &objects->table[place & (objects->size - 1)];
		if (object->type == OBJECT_NONE || (object->type == type && object->id == id)) {
			return object;
		}
	}
}

const struct trace_object *
trace_objects_begin(struct trace_objects *objects, uint8_t type, uint64_t id, uint64_t start)
{
	struct trace_object *object = place_of(objects, type, id);

	object->type = type;
	object->id = id;
	object->index = objects->counts[type]++;
	object->start = start;
	return object;
}

const struct trace_object *
trace_objects_find(const struct trace_objects *objects, uint8_t type, uint64_t id)
{
	const struct trace_object *object = place_of(objects, type, id);

	return object->type != OBJECT_NONE ? object : NULL;
}
