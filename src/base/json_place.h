/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Where in a JSON text something is, and what is wrong with a text, for messages to people.
 */
#ifndef SPINDLE_JSON_PLACE_H
#define SPINDLE_JSON_PLACE_H

#include "spdk/json.h"

/* Both count from 1. A column is a character, not a byte; a tab is one. */
struct json_place {
	size_t line;
	size_t column;
};

/* Why a text is not JSON. */
struct json_fault {
	size_t offset;
	struct json_place place;
	/* A sentence without its full stop; it lives as long as the process. */
	const char *reason;
};

/*
 * Where the byte at `offset` is; beyond the text, where its end is.
 *
 * Shape: the text as it was before SPDK_JSON_PARSE_FLAG_DECODE_IN_PLACE, which makes line ends of
 * escapes.
 */
struct json_place json_place_of(const void *text, size_t size, size_t offset);

/*
 * Parses without changing anything, as spdk_json_parse() does, and returns what it returns; fills
 * *out_fault if that is an error. With SPDK_JSON_PARSE_INCOMPLETE, the fault is where the part
 * begins that is incomplete, at the end of the text if there is none.
 */
ssize_t json_check(const void *text, size_t size, uint32_t flags, struct json_fault *out_fault);

/*
 * Writes the way from `root` to a value within it: `subsystems[0].config[2].params.num_blocks`.
 *
 * Shape: `value` may be a NAME or an END as well; the way is then that to the member or container.
 * A name that has other signs than letters, digits and '_' is written as ["a b"]. `root` itself is
 * "(root)". A way that does not fit into `size` bytes is cut off with "...".
 * Errors: -ENOENT: `value` is not within `root`. `text` is then as it was.
 */
int json_path_of(const struct spdk_json_val *root, const struct spdk_json_val *value, char *text,
		 size_t size);

#endif
