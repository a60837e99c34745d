/* SPDX-License-Identifier: BSD-3-Clause */
/* Texts that grow, and JSON as texts and as values. */
#include "spindle.h"

#include "spdk/file.h"

#include <math.h>

#define BYTES_FIRST 256
#define SECONDS_MAX 1e6

static void
no_memory(void)
{
	fprintf(stderr, "spindle: out of memory\n");
	exit(STATUS_REFUSED);
}

void
print_complaint(const char *format, va_list args)
{
	fprintf(stderr, "spindle: ");
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
}

int
usage_error(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print_complaint(format, args);
	va_end(args);
	return STATUS_USAGE;
}

void
offer(const char *candidate, const char *beginning)
{
	if (strncmp(candidate, beginning, strlen(beginning)) == 0) {
		printf("%s\n", candidate);
	}
}

int
parse_seconds(const char *name, const char *text, double *out_seconds)
{
	char *end;
	double seconds;

	errno = 0;
	seconds = strtod(text, &end);
	if (end == text || *end != '\0' || errno != 0 || isnan(seconds) || seconds < 0 ||
	    seconds > SECONDS_MAX) {
		return usage_error("%s: '%s' is no number of seconds", name, text);
	}
	*out_seconds = seconds;
	return STATUS_OK;
}

void *
allocate(size_t count, size_t size)
{
	void *memory = calloc(count != 0 ? count : 1, size);

	if (memory == NULL) {
		no_memory();
	}
	return memory;
}

void *
grow(void *array, size_t count, size_t size)
{
	char *grown = allocate(count + 1, size);

	if (count > 0) {
		memcpy(grown, array, count * size);
	}
	free(array);
	return grown;
}

char *
duplicate(const char *string)
{
	char *copy = strdup(string);

	if (copy == NULL) {
		no_memory();
	}
	return copy;
}

void
text_add(struct text *text, const void *bytes, size_t size)
{
	size_t capacity = text->capacity != 0 ? text->capacity : BYTES_FIRST;
	char *grown;

	while (capacity - text->size <= size) {
		capacity *= 2;
	}
	if (capacity != text->capacity) {
		grown = realloc(text->bytes, capacity);
		if (grown == NULL) {
			no_memory();
		}
		text->bytes = grown;
		text->capacity = capacity;
	}
	memcpy(text->bytes + text->size, bytes, size);
	text->size += size;
	text->bytes[text->size] = '\0';
}

void
text_add_string(struct text *text, const char *string)
{
	text_add(text, string, strlen(string));
}

void
text_vprintf(struct text *text, const char *format, va_list args)
{
	char *formatted = NULL;

	if (vasprintf(&formatted, format, args) < 0) {
		no_memory();
	}
	text_add_string(text, formatted);
	free(formatted);
}

void
text_printf(struct text *text, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	text_vprintf(text, format, args);
	va_end(args);
}

void
text_add_hex(struct text *text, const void *bytes, size_t size)
{
	const uint8_t *each = bytes;

	for (size_t i = 0; i < size; i++) {
		text_printf(text, "%02x", each[i]);
	}
}

void
text_fini(struct text *text)
{
	free(text->bytes);
	*text = (struct text){.bytes = NULL};
}

static int
add_written(void *arg, const void *data, size_t size)
{
	text_add(arg, data, size);
	return 0;
}

struct spdk_json_write_ctx *
text_begin_json(struct text *text, uint32_t flags)
{
	struct spdk_json_write_ctx *w = spdk_json_write_begin(add_written, text, flags);

	if (w == NULL) {
		no_memory();
	}
	return w;
}

void
text_add_json(struct text *text, const struct spdk_json_val *value, uint32_t flags)
{
	struct spdk_json_write_ctx *w = text_begin_json(text, flags);

	(void)spdk_json_write_val(w, value); /* the end has the error */
	if (spdk_json_write_end(w) == -ENOMEM) {
		no_memory();
	}
}

void
text_add_quoted(struct text *text, const char *string)
{
	struct spdk_json_val value = {.start = (void *)(uintptr_t)string,
				      .len = (uint32_t)strlen(string),
				      .type = SPDK_JSON_VAL_STRING};

	text_add_json(text, &value, 0);
}

static bool
is_container(const struct spdk_json_val *value)
{
	return value->type == SPDK_JSON_VAL_OBJECT_BEGIN ||
	       value->type == SPDK_JSON_VAL_ARRAY_BEGIN;
}

char *
string_of(const struct spdk_json_val *value)
{
	struct text text = {.bytes = NULL};

	if (is_container(value)) {
		text_add_json(&text, value, 0);
	} else {
		text_add(&text, value->start, value->len);
	}
	return text.bytes;
}

static void
print_place(const char *name, const char *text, const char *end, ssize_t error)
{
	size_t line = 1, column = 1;
	const char *reason = error == SPDK_JSON_PARSE_INCOMPLETE ? "the JSON ends too early" :
			     error == SPDK_JSON_PARSE_MAX_DEPTH_EXCEEDED ?
								   "JSON nested too deeply" :
								   "this is no JSON";

	for (; text < end; text++) {
		column = *text == '\n' ? 1 : column + 1;
		line += *text == '\n';
	}
	fprintf(stderr, "%s:%zu:%zu: %s\n", name, line, column, reason);
}

int
document_parse(struct document *document, const char *name, const char *text, size_t size)
{
	const uint32_t flags = SPDK_JSON_PARSE_FLAG_ALLOW_COMMENTS;
	void *end = NULL;
	char *copy = allocate(size + 1, 1);
	ssize_t count;

	memcpy(copy, text, size);
	count = spdk_json_parse(copy, size, NULL, 0, &end, flags);
	if (count > 0 && (char *)end != copy + size) {
		count = SPDK_JSON_PARSE_INVALID;
	}
	if (count <= 0) {
		if (name != NULL) {
			print_place(name, copy, end, count);
		}
		free(copy);
		return -EINVAL;
	}
	document->text = copy;
	document->values = allocate((size_t)count, sizeof(*document->values));
	count = spdk_json_parse(copy, size, document->values, (size_t)count, &end,
				flags | SPDK_JSON_PARSE_FLAG_DECODE_IN_PLACE);
	assert(count > 0);
	return 0;
}

void
document_fini(struct document *document)
{
	free(document->values);
	free(document->text);
	*document = (struct document){.text = NULL};
}

struct spdk_json_val *
member_of(const struct spdk_json_val *object, const char *name)
{
	struct spdk_json_val *key, *value;
	int rc;

	if (object == NULL) {
		return NULL;
	}
	rc = spdk_json_find((struct spdk_json_val *)object, name, &key, &value, SPDK_JSON_VAL_ANY);
	return rc == 0 ? value : NULL;
}

char *
string_member_of(const struct spdk_json_val *object, const char *name)
{
	const struct spdk_json_val *value = member_of(object, name);

	return value != NULL && value->type == SPDK_JSON_VAL_STRING ? string_of(value) : NULL;
}

bool
uint64_member_of(const struct spdk_json_val *object, const char *name, uint64_t *out_value)
{
	const struct spdk_json_val *value = member_of(object, name);

	return value != NULL && value->type == SPDK_JSON_VAL_NUMBER &&
	       spdk_json_number_to_uint64(value, out_value) == 0;
}

char *
load_file(const char *path, size_t *out_size)
{
	bool is_input = strcmp(path, "-") == 0;
	char *text = is_input ? spdk_posix_file_load(stdin, out_size) :
				spdk_posix_file_load_from_name(path, out_size);

	if (text == NULL) {
		fprintf(stderr, "spindle: cannot read %s: %s\n", is_input ? "standard input" : path,
			strerror(errno));
	}
	return text;
}
