/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the files that write share.
 */
#ifndef SPINDLE_JSON_WRITE_INTERNAL_H
#define SPINDLE_JSON_WRITE_INTERNAL_H

#include "base/json/json_internal.h"

/* Containers within each other that a writer takes: what it writes may contain whole texts. */
#define JSON_WRITE_DEPTH_MAX 1024
/* What is collected before the callback is called. */
#define JSON_WRITE_BUFFER_SIZE 4096

struct spdk_json_write_ctx {
	spdk_json_write_cb write_cb;
	void *cb_ctx;
	/* SPDK_JSON_WRITE_FLAG_... */
	uint32_t flags;
	/* The first error, which all calls return from then on. */
	int error;
	/* Nothing stands before the next value that a comma would have to separate it from. */
	bool is_first;
	/* The container that was begun last is empty. */
	bool is_empty;
	/* Containers that are open. Bit n of `objects`: the one at depth n is an object. */
	uint32_t depth;
	uint64_t objects[JSON_WRITE_DEPTH_MAX / 64];
	size_t used;
	uint8_t buffer[JSON_WRITE_BUFFER_SIZE];
};

/* Keeps the error, if it is the first, and returns that which is. */
int json_write_fail(struct spdk_json_write_ctx *w, int error);

/*
 * Fails for a call that can have no effect, and logs it if nothing has failed before: callers
 * seldom look at what is returned, so the fault is named where it is made. `w` may be NULL.
 */
int json_write_misuse(struct spdk_json_write_ctx *w, const char *function, const char *reason);

/* Writes bytes; collected, so cheap for single ones. */
int json_emit(struct spdk_json_write_ctx *w, const void *data, size_t size);

/* Writes what comes before a value: comma, line end, blanks. -EINVAL if `w` is NULL. */
int json_begin_value(struct spdk_json_write_ctx *w);

/* Writes a whole value. */
int json_write_text(struct spdk_json_write_ctx *w, const char *text, size_t size);

/* Writes bytes of UTF-8 in quotation marks, without json_begin_value(). */
int json_emit_string(struct spdk_json_write_ctx *w, const char *val, size_t len);

/* Puts a '.' into the text of a double where the locale of the program has something else. Returns
 * the length. */
size_t json_use_decimal_point(char *text);

#endif
