/* SPDX-License-Identifier: BSD-3-Clause */
/* For tests of what a controller has told: its record as JSON or lines, and what is in it. */
#ifndef SPINDLE_TOOL_NVME_TOLD_H
#define SPINDLE_TOOL_NVME_TOLD_H

#include "nvme.h"

struct told {
	struct nvme_record record;
	struct document document;
};

static inline void
told_begin(struct told *told)
{
	nvme_record_init(&told->record, true);
	nvme_record_object(&told->record, NULL, NULL);
}

static inline void
told_end(struct told *told)
{
	struct text text;

	nvme_record_object_end(&told->record);
	text = nvme_record_end(&told->record);
	assert_int_equal(document_parse(&told->document, "told", text.bytes, text.size), 0);
	text_fini(&text);
}

static inline void
want_number(const struct spdk_json_val *object, const char *name, uint64_t expected)
{
	uint64_t value = 0;

	if (!uint64_member_of(object, name, &value) || value != expected) {
		fail_msg("%s is %" PRIu64 ", and should be %" PRIu64, name, value, expected);
	}
}

static inline void
want_string(const struct spdk_json_val *object, const char *name, const char *expected)
{
	char *value = string_member_of(object, name);

	if (value == NULL || strcmp(value, expected) != 0) {
		fail_msg("%s is '%s', and should be '%s'", name, value != NULL ? value : "",
			 expected);
	}
	free(value);
}

/* The words of a field, with commas between them. */
static inline void
want_words(const struct spdk_json_val *object, const char *name, const char *expected)
{
	struct text text = {.bytes = NULL};
	struct spdk_json_val *word;
	char member[64], *string;

	snprintf(member, sizeof(member), "%s_words", name);
	word = member_of(object, member);
	assert_non_null(word);
	text_add_string(&text, "");
	for (word = spdk_json_array_first(word); word != NULL; word = spdk_json_next(word)) {
		string = string_of(word);
		text_printf(&text, "%s%s", text.size > 0 ? ", " : "", string);
		free(string);
	}
	assert_string_equal(text.bytes, expected);
	text_fini(&text);
}

/* The line of a field ends so. */
static inline void
want_meaning(const struct text *lines, const char *name, const char *expected)
{
	size_t length = strlen(name), size;
	const char *line = lines->bytes;

	for (; *line != '\0'; line += size + 1) {
		size = strcspn(line, "\n");
		if (strncmp(line + strspn(line, " "), name, length) != 0 ||
		    line[strspn(line, " ") + length] != ' ') {
			continue;
		}
		if (size < strlen(expected) ||
		    strncmp(line + size - strlen(expected), expected, strlen(expected)) != 0) {
			fail_msg("'%.*s' should end with '%s'", (int)size, line, expected);
		}
		return;
	}
	fail_msg("there is no line of %s", name);
}

static inline struct spdk_json_val *
element_of(const struct spdk_json_val *object, const char *name, size_t index)
{
	struct spdk_json_val *value = member_of(object, name);

	assert_non_null(value);
	value = spdk_json_array_first(value);
	while (value != NULL && index-- > 0) {
		value = spdk_json_next(value);
	}
	return value;
}

#endif
