/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A JSON value in a message.
 */
#ifndef SPINDLE_JSON_DESCRIBE_H
#define SPINDLE_JSON_DESCRIBE_H

#include "spdk/json.h"

/* Room for what json_describe() writes, with its NUL. */
#define JSON_DESCRIPTION_SIZE 80

/*
 * Writes what a value is, for a person: `42`, `"malloc0"`, `an object`. What is long is cut off;
 * what could upset a terminal or a log is replaced. Returns `text`.
 */
const char *json_describe(const struct spdk_json_val *val, char text[JSON_DESCRIPTION_SIZE]);

/*
 * What a decoder takes, as in "it must be true or false"; NULL for one that a program has made.
 * `val` is what it has refused, or NULL.
 */
const char *json_expectation(spdk_json_decode_fn decode_func, const struct spdk_json_val *val);

#endif
