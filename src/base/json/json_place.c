/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Places in a JSON text, for messages.
 */
#include "base/json_place.h"

#include "base/json/json_internal.h"

/* A text that is cut off with "..." when it is full. */
struct path {
	char *text;
	size_t size;
	size_t used;
	bool is_full;
};

struct json_place
json_place_of(const void *text, size_t size, size_t offset)
{
	struct json_place place = {.line = 1, .column = 1};
	const uint8_t *at = text;

	for (size_t i = 0; i < size && i < offset; i++) {
		if (at[i] == '\n') {
			place.line++;
			place.column = 1;
		} else if ((at[i] & 0xc0) != 0x80) {
			/* Every byte of UTF-8 but those that continue a character. */
			place.column++;
		}
	}
	return place;
}

ssize_t
json_check(const void *text, size_t size, uint32_t flags, struct json_fault *out_fault)
{
	/* Nothing is written without this flag, so the text may be a constant. */
	struct json_cursor cursor = {.at = (uint8_t *)(uintptr_t)text,
				     .flags = flags & ~SPDK_JSON_PARSE_FLAG_DECODE_IN_PLACE};
	ssize_t rc;

	assert(text != NULL);
	if (size > JSON_TEXT_SIZE_MAX) {
		out_fault->offset = JSON_TEXT_SIZE_MAX;
		out_fault->place = json_place_of(text, size, JSON_TEXT_SIZE_MAX);
		out_fault->reason = "the text has more than 4294967295 bytes";
		return SPDK_JSON_PARSE_INVALID;
	}
	cursor.end = cursor.at + size;
	rc = json_parse(&cursor, NULL, 0);
	if (rc < 0) {
		out_fault->offset = (size_t)(cursor.at - (const uint8_t *)text);
		out_fault->place = json_place_of(text, size, out_fault->offset);
		out_fault->reason = cursor.reason;
	}
	return rc;
}

/* Once a part did not fit, nothing is added: what follows would stand in the wrong place. */
static void
append(struct path *path, const char *part)
{
	size_t length = strlen(part);

	if (path->is_full) {
		return;
	}
	if (path->used + length + sizeof("...") > path->size) {
		snprintf(path->text + path->used, path->size - path->used, "...");
		path->is_full = true;
		return;
	}
	memcpy(path->text + path->used, part, length + 1);
	path->used += length;
}

static bool
is_identifier(const struct spdk_json_val *name)
{
	const char *start = name->start;

	for (size_t i = 0; i < name->len; i++) {
		bool is_ascii = (start[i] & 0x80) == 0;

		if (!is_ascii || (!isalnum((unsigned char)start[i]) && start[i] != '_')) {
			return false;
		}
	}
	return name->len > 0 && name->len < JSON_DESCRIPTION_SIZE;
}

static void
append_name(struct path *path, const struct spdk_json_val *name)
{
	char text[JSON_DESCRIPTION_SIZE];

	if (is_identifier(name)) {
		snprintf(text, sizeof(text), "%.*s", (int)name->len, (const char *)name->start);
		append(path, path->used > 0 ? "." : "");
		append(path, text);
	} else {
		append(path, "[");
		append(path, json_describe(name, text));
		append(path, "]");
	}
}

static void
append_index(struct path *path, size_t index)
{
	char text[32];

	snprintf(text, sizeof(text), "[%zu]", index);
	append(path, text);
}

/* The child of a container that is `value` or has it in it; appends how it is called. */
static const struct spdk_json_val *
descend(struct path *path, const struct spdk_json_val *container, const struct spdk_json_val *value)
{
	bool is_object = container->type == SPDK_JSON_VAL_OBJECT_BEGIN;
	const struct spdk_json_val *child = container + 1;
	const struct spdk_json_val *name = NULL;
	size_t index;

	for (index = 0;; index++) {
		if (is_object) {
			name = child++;
		}
		if (value < child + spdk_json_val_len(child)) {
			break;
		}
		child += spdk_json_val_len(child);
	}
	if (is_object) {
		append_name(path, name);
	} else {
		append_index(path, index);
	}
	return child;
}

int
json_path_of(const struct spdk_json_val *root, const struct spdk_json_val *value, char *text,
	     size_t size)
{
	struct path path = {.text = text, .size = size};
	const struct spdk_json_val *at = root;

	assert(size >= sizeof("(root)"));
	if (value < root || value >= root + spdk_json_val_len(root)) {
		return -ENOENT;
	}
	text[0] = '\0';
	/* A NAME is before the child it belongs to, and an END is the last value of its container.
	 */
	while (value > at && value < at + spdk_json_val_len(at) - 1) {
		at = descend(&path, at, value);
	}
	if (path.used == 0 && !path.is_full) {
		snprintf(text, size, "(root)");
	}
	return 0;
}
