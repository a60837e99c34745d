/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Values, and what decoders take, in messages.
 */
#include "base/json/json_internal.h"

#include "spdk/log.h"
#include "spdk/util.h"

/* Of a string or number that is longer, this many bytes are shown. */
#define SHOWN_MAX 40

/* Copies what a terminal and a log can bear: no byte that could begin a line or a sequence. */
static void
copy_printable(char *text, const struct spdk_json_val *val, size_t size)
{
	const char *start = val->start;

	for (size_t i = 0; i < size; i++) {
		text[i] = start[i] >= 0x20 && start[i] < 0x7f ? start[i] : '?';
	}
	text[size] = '\0';
}

static void
describe_text(const struct spdk_json_val *val, char text[JSON_DESCRIPTION_SIZE])
{
	const char *quote = val->type == SPDK_JSON_VAL_NUMBER ? "" : "\"";
	char shown[SHOWN_MAX + 1];

	copy_printable(shown, val, val->len < SHOWN_MAX ? val->len : SHOWN_MAX);
	snprintf(text, JSON_DESCRIPTION_SIZE, "%s%s%s%s", quote, shown,
		 val->len > SHOWN_MAX ? "..." : "", quote);
}

static const char *
type_text(enum spdk_json_val_type type)
{
	switch (type) {
	case SPDK_JSON_VAL_NULL:
		return "null";
	case SPDK_JSON_VAL_TRUE:
		return "true";
	case SPDK_JSON_VAL_FALSE:
		return "false";
	case SPDK_JSON_VAL_ARRAY_BEGIN:
		return "an array";
	case SPDK_JSON_VAL_OBJECT_BEGIN:
		return "an object";
	case SPDK_JSON_VAL_ARRAY_END:
	case SPDK_JSON_VAL_OBJECT_END:
		return "the end of a container";
	default:
		return "no value of JSON";
	}
}

const char *
json_describe(const struct spdk_json_val *val, char text[JSON_DESCRIPTION_SIZE])
{
	if (val == NULL) {
		snprintf(text, JSON_DESCRIPTION_SIZE, "NULL");
		return text;
	}
	switch (val->type) {
	case SPDK_JSON_VAL_NUMBER:
	case SPDK_JSON_VAL_STRING:
	case SPDK_JSON_VAL_NAME:
		describe_text(val, text);
		break;
	default:
		snprintf(text, JSON_DESCRIPTION_SIZE, "%s", type_text(val->type));
		break;
	}
	return text;
}

const char *
json_expectation(spdk_json_decode_fn decode_func, const struct spdk_json_val *val)
{
	static const struct {
		spdk_json_decode_fn decode_func;
		const char *text;
	} rows[] = {
		{spdk_json_decode_bool, "true or false"},
		{spdk_json_decode_uint8, "a whole number from 0 to 255"},
		{spdk_json_decode_uint16, "a whole number from 0 to 65535"},
		{spdk_json_decode_int32, "a whole number from -2147483648 to 2147483647"},
		{spdk_json_decode_uint32, "a whole number from 0 to 4294967295"},
		{spdk_json_decode_uint64, "a whole number from 0 to 18446744073709551615"},
		{spdk_json_decode_string, "a string"},
		{spdk_json_decode_uuid, "a string like \"01234567-89ab-cdef-0123-456789abcdef\""},
	};

	if (decode_func == spdk_json_decode_string && val != NULL &&
	    val->type == SPDK_JSON_VAL_STRING) {
		return "a string without \\u0000";
	}
	for (size_t i = 0; i < SPDK_COUNTOF(rows); i++) {
		if (rows[i].decode_func == decode_func) {
			return rows[i].text;
		}
	}
	return NULL;
}

void
json_log_refusal(const char *subject, spdk_json_decode_fn decode_func,
		 const struct spdk_json_val *val)
{
	const char *expectation = json_expectation(decode_func, val);
	char description[JSON_DESCRIPTION_SIZE];

	json_describe(val, description);
	if (expectation != NULL) {
		SPDK_ERRLOG("%s must be %s, not %s\n", subject, expectation, description);
	} else {
		SPDK_ERRLOG("%s has a value that is not allowed there: %s\n", subject, description);
	}
}
