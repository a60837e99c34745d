/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the subcommands of spindle share: how they end, and texts that grow.
 *
 * The command is a short-lived program: when memory runs out it says so and ends, so that none of
 * the functions here can fail for want of it.
 */
#ifndef SPINDLE_TOOL_H
#define SPINDLE_TOOL_H

#include "spdk/stdinc.h"

#include "spdk/json.h"

enum status {
	STATUS_OK = 0,
	/* The server answered with an error. */
	STATUS_REFUSED = 1,
	STATUS_USAGE = 2,
	STATUS_NO_SERVER = 3,
	/* It did not answer in time, or went away. */
	STATUS_LOST = 4,
};

struct subcommand {
	const char *name;
	const char *summary;
	/* argv[0] is the name. Returns an enum status. */
	int (*run)(int argc, char **argv);
};

int bdev_main(int argc, char **argv);
int dd_main(int argc, char **argv);
int nvme_main(int argc, char **argv);
int perf_main(int argc, char **argv);
int rpc_main(int argc, char **argv);

/* A line on stderr, behind the name of the command. */
void print_complaint(const char *format, va_list args) __attribute__((format(printf, 1, 0)));
/* Prints what is wrong and returns STATUS_USAGE. */
int usage_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Prints what a shell may offer for a word that begins so. */
void offer(const char *candidate, const char *beginning);
/* Reads a number of seconds, "0.5", of the option `name`; or prints what is wrong and returns
 * STATUS_USAGE. */
int parse_seconds(const char *name, const char *text, double *out_seconds);

/* A string that grows; one of zeros is empty. Terminated, unless `bytes` is NULL. */
struct text {
	char *bytes;
	size_t size;
	size_t capacity;
};

void text_add(struct text *text, const void *bytes, size_t size);
void text_add_string(struct text *text, const char *string);
void text_printf(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_vprintf(struct text *text, const char *format, va_list args)
	__attribute__((format(printf, 2, 0)));
/* Adds a value as JSON. `flags` are SPDK_JSON_WRITE_FLAG_. */
void text_add_json(struct text *text, const struct spdk_json_val *value, uint32_t flags);
/* Adds a string as JSON. */
void text_add_quoted(struct text *text, const char *string);
/* What is written goes to the text. Never NULL. */
struct spdk_json_write_ctx *text_begin_json(struct text *text, uint32_t flags);
/* Adds two digits for each byte. */
void text_add_hex(struct text *text, const void *bytes, size_t size);
void text_fini(struct text *text);

void *allocate(size_t count, size_t size);
/* An array with room for one more, which is zeroes; the old one is gone. */
void *grow(void *array, size_t count, size_t size);
char *duplicate(const char *string);
/* Of a STRING, NAME, NUMBER or literal: its text; of anything else its JSON. The caller frees. */
char *string_of(const struct spdk_json_val *value);

/* JSON with the text it points into; one of zeros is empty. */
struct document {
	char *text;
	struct spdk_json_val *values;
};

/*
 * Parses all of a text, comments allowed. An error is printed as `name:LINE:COLUMN: ...`, unless
 * `name` is NULL. 0 or -EINVAL.
 */
int document_parse(struct document *document, const char *name, const char *text, size_t size);
void document_fini(struct document *document);

/* The member of an object, or NULL: no such member, no object, NULL. */
struct spdk_json_val *member_of(const struct spdk_json_val *object, const char *name);
/* The member as a string of C, for the caller to free; or NULL: none, or no string. */
char *string_member_of(const struct spdk_json_val *object, const char *name);

/* Whether there is such a number, which is then written. */
bool uint64_member_of(const struct spdk_json_val *object, const char *name, uint64_t *out_value);

/* Reads a file, or standard input for "-"; or prints why not and returns NULL. */
char *load_file(const char *path, size_t *out_size);

#endif
