/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The writer: its life, its layout, and containers.
 *
 * Layout, compact: {"a":[1,2],"b":{}}. Formatted: the same with ": ", and each name or element on a
 * line of its own, two blanks for each level; what is empty stays [] or {}. No line end follows the
 * last line. That is what the reference prints, to the byte.
 *
 * Invariants:
 *  1. `error` is set once. Then nothing reaches the buffer or the callback any more.
 *  2. is_empty implies is_first; after a name, is_first holds and is_empty does not.
 */
#include "base/json/json_write_internal.h"

#include "spdk/log.h"

int
json_write_fail(struct spdk_json_write_ctx *w, int error)
{
	if (w->error == 0) {
		w->error = error;
	}
	return w->error;
}

int
json_write_misuse(struct spdk_json_write_ctx *w, const char *function, const char *reason)
{
	if (w == NULL) {
		return -EINVAL;
	}
	if (w->error == 0) {
		SPDK_ERRLOG("%s(): %s; nothing more is written\n", function, reason);
	}
	return json_write_fail(w, -EINVAL);
}

static int
flush(struct spdk_json_write_ctx *w)
{
	size_t size = w->used;

	if (w->error != 0) {
		return w->error;
	}
	w->used = 0;
	if (size > 0 && w->write_cb(w->cb_ctx, w->buffer, size) != 0) {
		return json_write_fail(w, -EIO);
	}
	return 0;
}

int
json_emit(struct spdk_json_write_ctx *w, const void *data, size_t size)
{
	const uint8_t *at = data;
	size_t room, part;

	while (size > 0) {
		room = sizeof(w->buffer) - w->used;
		if (w->error != 0 || (room == 0 && flush(w) != 0)) {
			return w->error;
		}
		room = sizeof(w->buffer) - w->used;
		part = size < room ? size : room;
		memcpy(w->buffer + w->used, at, part);
		w->used += part;
		at += part;
		size -= part;
	}
	return w->error;
}

static int
emit_line_end(struct spdk_json_write_ctx *w)
{
	int rc;

	if (!(w->flags & SPDK_JSON_WRITE_FLAG_FORMATTED)) {
		return 0;
	}
	rc = json_emit(w, "\n", 1);
	for (uint32_t i = 0; i < w->depth && rc == 0; i++) {
		rc = json_emit(w, "  ", 2);
	}
	return rc;
}

static int
separate(struct spdk_json_write_ctx *w)
{
	int rc;

	if (w->is_empty) {
		return emit_line_end(w);
	}
	if (w->is_first) {
		return 0;
	}
	rc = json_emit(w, ",", 1);
	return rc != 0 ? rc : emit_line_end(w);
}

int
json_begin_value(struct spdk_json_write_ctx *w)
{
	int rc;

	if (w == NULL) {
		return -EINVAL;
	}
	if (w->error != 0) {
		return w->error;
	}
	rc = separate(w);
	w->is_first = false;
	w->is_empty = false;
	return rc;
}

int
json_write_text(struct spdk_json_write_ctx *w, const char *text, size_t size)
{
	int rc = json_begin_value(w);

	return rc != 0 ? rc : json_emit(w, text, size);
}

static void
start(struct spdk_json_write_ctx *w)
{
	w->error = 0;
	w->is_first = true;
	w->is_empty = false;
	w->depth = 0;
	w->used = 0;
}

struct spdk_json_write_ctx *
spdk_json_write_begin(spdk_json_write_cb write_cb, void *cb_ctx, uint32_t flags)
{
	struct spdk_json_write_ctx *w;

	if (write_cb == NULL) {
		SPDK_ERRLOG("spdk_json_write_begin(): a callback is needed\n");
		return NULL;
	}
	w = calloc(1, sizeof(*w));
	if (w == NULL) {
		return NULL;
	}
	w->write_cb = write_cb;
	w->cb_ctx = cb_ctx;
	w->flags = flags;
	start(w);
	return w;
}

static bool
is_in_object(const struct spdk_json_write_ctx *w)
{
	uint32_t index = w->depth - 1;

	return w->depth > 0 && (w->objects[index / 64] >> (index % 64) & 1) != 0;
}

int
spdk_json_write_end(struct spdk_json_write_ctx *w)
{
	int rc;

	if (w == NULL) {
		return 0;
	}
	rc = flush(w);
	if (rc == 0 && w->depth > 0) {
		/* Not logged: it is also how a writer is given up. */
		rc = -EINVAL;
	}
	free(w);
	return rc;
}

void
spdk_json_write_reset(struct spdk_json_write_ctx *w)
{
	start(w);
}

void
spdk_json_write_add_flags(struct spdk_json_write_ctx *w, uint32_t flags)
{
	w->flags |= flags;
}

static int
begin_container(struct spdk_json_write_ctx *w, bool is_object, const char *function)
{
	uint64_t bit;
	int rc;

	rc = json_begin_value(w);
	if (rc != 0) {
		return rc;
	}
	if (w->depth == JSON_WRITE_DEPTH_MAX) {
		return json_write_misuse(w, function,
					 "more than 1024 containers are within each other");
	}
	bit = UINT64_C(1) << (w->depth % 64);
	w->objects[w->depth / 64] &= ~bit;
	w->objects[w->depth / 64] |= is_object ? bit : 0;
	w->depth++;
	w->is_first = true;
	w->is_empty = true;
	return json_emit(w, is_object ? "{" : "[", 1);
}

static int
end_container(struct spdk_json_write_ctx *w, bool is_object, const char *function)
{
	int rc = 0;

	if (w == NULL) {
		return -EINVAL;
	}
	if (w->depth == 0) {
		return json_write_misuse(w, function, "nothing is open that it could end");
	}
	if (is_in_object(w) != is_object) {
		return json_write_misuse(w, function,
					 is_object ? "an array was begun last" :
						     "an object was begun last");
	}
	w->depth--;
	if (!w->is_empty) {
		rc = emit_line_end(w);
	}
	w->is_first = false;
	w->is_empty = false;
	return rc != 0 ? rc : json_emit(w, is_object ? "}" : "]", 1);
}

int
spdk_json_write_array_begin(struct spdk_json_write_ctx *w)
{
	return begin_container(w, false, __func__);
}

int
spdk_json_write_array_end(struct spdk_json_write_ctx *w)
{
	return end_container(w, false, __func__);
}

int
spdk_json_write_object_begin(struct spdk_json_write_ctx *w)
{
	return begin_container(w, true, __func__);
}

int
spdk_json_write_object_end(struct spdk_json_write_ctx *w)
{
	return end_container(w, true, __func__);
}

/* Whether batches have no brackets; the error, if there was one, must be returned all the same. */
static bool
is_flat(const struct spdk_json_write_ctx *w)
{
	return w != NULL && (w->flags & SPDK_JSON_WRITE_FLAG_FLATTEN_BATCHES);
}

int
spdk_json_write_batch_begin(struct spdk_json_write_ctx *w)
{
	return is_flat(w) ? w->error : begin_container(w, false, __func__);
}

int
spdk_json_write_batch_end(struct spdk_json_write_ctx *w)
{
	return is_flat(w) ? w->error : end_container(w, false, __func__);
}

int
spdk_json_write_name_raw(struct spdk_json_write_ctx *w, const char *name, size_t len)
{
	bool is_formatted;
	int rc;

	if (name == NULL && len > 0) {
		return json_write_misuse(w, __func__, "the name of the member is NULL");
	}
	rc = json_begin_value(w);
	if (rc != 0) {
		return rc;
	}
	is_formatted = w->flags & SPDK_JSON_WRITE_FLAG_FORMATTED;
	w->is_first = true;
	rc = json_emit_string(w, name, len);
	return rc != 0 ? rc : json_emit(w, ": ", is_formatted ? 2 : 1);
}

int
spdk_json_write_name(struct spdk_json_write_ctx *w, const char *name)
{
	if (name == NULL) {
		return json_write_misuse(w, __func__, "the name of the member is NULL");
	}
	return spdk_json_write_name_raw(w, name, strlen(name));
}

int
spdk_json_write_val_raw(struct spdk_json_write_ctx *w, const void *data, size_t len)
{
	if (data == NULL) {
		return json_write_misuse(w, __func__, "the value is NULL");
	}
	return json_write_text(w, data, len);
}

/* One value of an array of them; its container, if it is one, was begun or is ended by it. */
static int
write_one(struct spdk_json_write_ctx *w, const struct spdk_json_val *val)
{
	switch (val->type) {
	case SPDK_JSON_VAL_NULL:
		return spdk_json_write_null(w);
	case SPDK_JSON_VAL_TRUE:
	case SPDK_JSON_VAL_FALSE:
		return spdk_json_write_bool(w, val->type == SPDK_JSON_VAL_TRUE);
	case SPDK_JSON_VAL_NUMBER:
		return json_write_text(w, val->start, val->len);
	case SPDK_JSON_VAL_STRING:
		return spdk_json_write_string_raw(w, val->start, val->len);
	case SPDK_JSON_VAL_NAME:
		return spdk_json_write_name_raw(w, val->start, val->len);
	case SPDK_JSON_VAL_ARRAY_BEGIN:
	case SPDK_JSON_VAL_OBJECT_BEGIN:
		return begin_container(w, val->type == SPDK_JSON_VAL_OBJECT_BEGIN,
				       "spdk_json_write_val");
	case SPDK_JSON_VAL_ARRAY_END:
	case SPDK_JSON_VAL_OBJECT_END:
		return end_container(w, val->type == SPDK_JSON_VAL_OBJECT_END,
				     "spdk_json_write_val");
	default:
		return json_write_misuse(w, "spdk_json_write_val", "the value has no type of JSON");
	}
}

int
spdk_json_write_val(struct spdk_json_write_ctx *w, const struct spdk_json_val *val)
{
	size_t count;
	int rc = 0;

	if (val == NULL) {
		return json_write_misuse(w, __func__, "the value is NULL");
	}
	if (w == NULL) {
		return -EINVAL;
	}
	if (val->type == SPDK_JSON_VAL_ARRAY_END || val->type == SPDK_JSON_VAL_OBJECT_END) {
		return json_write_misuse(w, __func__, "the value is the end of a container");
	}
	count = spdk_json_val_len(val);
	for (size_t i = 0; i < count && rc == 0; i++) {
		rc = write_one(w, &val[i]);
	}
	return rc;
}
