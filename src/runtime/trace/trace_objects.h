/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Which objects have begun, as far as the entries of a trace tell: by type and id, which number
 * among those of its type, and when.
 */
#ifndef SPINDLE_TRACE_OBJECTS_H
#define SPINDLE_TRACE_OBJECTS_H

#include "spdk/trace.h"

struct trace_object {
	uint64_t id;
	uint64_t index;
	uint64_t start;
	/* OBJECT_NONE: the place is free. */
	uint8_t type;
};

struct trace_objects {
	struct trace_object *table;
	/* A power of two, and more than twice as many as there can be objects. */
	size_t size;
	uint64_t counts[SPDK_TRACE_MAX_OBJECT];
};

/* For up to `count` objects. 0 or -ENOMEM. */
int trace_objects_init(struct trace_objects *objects, size_t count);
void trace_objects_fini(struct trace_objects *objects);
/* From now on, an object of this type and id is a new one. Not for OBJECT_NONE. */
const struct trace_object *
trace_objects_begin(struct trace_objects *objects, uint8_t type, uint64_t id, uint64_t start);
/* NULL: none has begun. */
const struct trace_object *
trace_objects_find(const struct trace_objects *objects, uint8_t type, uint64_t id);

#endif
