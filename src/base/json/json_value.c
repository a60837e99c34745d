/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Values as they stand in the array that the parser fills: stepping over them, comparing them,
 * finding members.
 *
 * Functions that walk go by the lengths of containers, so arrays that a program has made by hand
 * need only those to be right.
 */
#include "base/json/json_internal.h"

static bool
is_container(const struct spdk_json_val *val)
{
	return val->type == SPDK_JSON_VAL_ARRAY_BEGIN || val->type == SPDK_JSON_VAL_OBJECT_BEGIN;
}

size_t
spdk_json_val_len(const struct spdk_json_val *val)
{
	if (val == NULL) {
		return 0;
	}
	return is_container(val) ? (size_t)val->len + 2 : 1;
}

size_t
spdk_json_array_count(const struct spdk_json_val *val)
{
	const struct spdk_json_val *end;
	size_t count = 0;

	if (val == NULL || val->type != SPDK_JSON_VAL_ARRAY_BEGIN) {
		return 0;
	}
	end = val + val->len + 1;
	for (val++; val < end; val += spdk_json_val_len(val)) {
		count++;
	}
	return count;
}

static bool
is_text(const struct spdk_json_val *val)
{
	return val != NULL &&
	       (val->type == SPDK_JSON_VAL_STRING || val->type == SPDK_JSON_VAL_NAME);
}

bool
spdk_json_strequal(const struct spdk_json_val *val, const char *str)
{
	size_t len;

	if (!is_text(val) || str == NULL) {
		return false;
	}
	len = strlen(str);
	return val->len == len && memcmp(val->start, str, len) == 0;
}

char *
spdk_json_strdup(const struct spdk_json_val *val)
{
	char *str;

	if (!is_text(val) || memchr(val->start, '\0', val->len) != NULL) {
		return NULL;
	}
	str = malloc((size_t)val->len + 1);
	if (str == NULL) {
		return NULL;
	}
	memcpy(str, val->start, val->len);
	str[val->len] = '\0';
	return str;
}

struct spdk_json_val *
spdk_json_object_first(struct spdk_json_val *object)
{
	if (object == NULL || object->type != SPDK_JSON_VAL_OBJECT_BEGIN || object->len == 0) {
		return NULL;
	}
	return object + 1;
}

struct spdk_json_val *
spdk_json_array_first(struct spdk_json_val *array_begin)
{
	if (array_begin == NULL || array_begin->type != SPDK_JSON_VAL_ARRAY_BEGIN ||
	    array_begin->len == 0) {
		return NULL;
	}
	return array_begin + 1;
}

struct spdk_json_val *
spdk_json_next(struct spdk_json_val *pos)
{
	if (pos == NULL) {
		return NULL;
	}
	if (pos->type == SPDK_JSON_VAL_NAME) {
		pos++;
	}
	pos += spdk_json_val_len(pos);
	if (pos->type == SPDK_JSON_VAL_ARRAY_END || pos->type == SPDK_JSON_VAL_OBJECT_END) {
		return NULL;
	}
	return pos;
}

int
spdk_json_find(struct spdk_json_val *object, const char *key_name, struct spdk_json_val **key,
	       struct spdk_json_val **val, enum spdk_json_val_type type)
{
	struct spdk_json_val *name;

	if (object == NULL || key_name == NULL) {
		return -EINVAL;
	}
	if (object->type != SPDK_JSON_VAL_OBJECT_BEGIN) {
		return -EPROTOTYPE;
	}
	for (name = spdk_json_object_first(object); name != NULL; name = spdk_json_next(name)) {
		if (spdk_json_strequal(name, key_name)) {
			break;
		}
	}
	if (name == NULL) {
		return -ENOENT;
	}
	if (type != SPDK_JSON_VAL_ANY && (name[1].type & type) == 0) {
		return -EDOM;
	}
	if (key != NULL) {
		*key = name;
	}
	if (val != NULL) {
		*val = name + 1;
	}
	return 0;
}

int
spdk_json_find_string(struct spdk_json_val *object, const char *key_name,
		      struct spdk_json_val **key, struct spdk_json_val **val)
{
	return spdk_json_find(object, key_name, key, val, SPDK_JSON_VAL_STRING);
}

int
spdk_json_find_array(struct spdk_json_val *object, const char *key_name, struct spdk_json_val **key,
		     struct spdk_json_val **value)
{
	return spdk_json_find(object, key_name, key, value, SPDK_JSON_VAL_ARRAY_BEGIN);
}
