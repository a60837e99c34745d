/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Decoders of single values, and of arrays.
 *
 * Outputs are written only on success; but for the count of an array, which tells the caller what
 * there is to free.
 */
#include "base/json/json_internal.h"

#include "spdk/log.h"

int
spdk_json_decode_bool(const struct spdk_json_val *val, void *out)
{
	bool *value = out;

	if (val == NULL || (val->type != SPDK_JSON_VAL_TRUE && val->type != SPDK_JSON_VAL_FALSE)) {
		return JSON_REFUSED;
	}
	*value = val->type == SPDK_JSON_VAL_TRUE;
	return 0;
}

int
spdk_json_decode_uint8(const struct spdk_json_val *val, void *out)
{
	return spdk_json_number_to_uint8(val, out);
}

int
spdk_json_decode_uint16(const struct spdk_json_val *val, void *out)
{
	return spdk_json_number_to_uint16(val, out);
}

int
spdk_json_decode_int32(const struct spdk_json_val *val, void *out)
{
	return spdk_json_number_to_int32(val, out);
}

int
spdk_json_decode_uint32(const struct spdk_json_val *val, void *out)
{
	return spdk_json_number_to_uint32(val, out);
}

int
spdk_json_decode_uint64(const struct spdk_json_val *val, void *out)
{
	return spdk_json_number_to_uint64(val, out);
}

int
spdk_json_decode_string(const struct spdk_json_val *val, void *out)
{
	char **value = out;
	char *str;

	/* Names are no values. */
	if (val == NULL || val->type != SPDK_JSON_VAL_STRING) {
		return JSON_REFUSED;
	}
	str = spdk_json_strdup(val);
	if (str == NULL) {
		return JSON_REFUSED;
	}
	free(*value);
	*value = str;
	return 0;
}

int
spdk_json_decode_uuid(const struct spdk_json_val *val, void *out)
{
	char text[SPDK_UUID_STRING_LEN];

	/* The NUL is the last character of the text. */
	if (val == NULL || val->type != SPDK_JSON_VAL_STRING || val->len != sizeof(text) - 1) {
		return JSON_REFUSED;
	}
	memcpy(text, val->start, val->len);
	text[val->len] = '\0';
	return spdk_uuid_parse(out, text) == 0 ? 0 : JSON_REFUSED;
}

int
spdk_json_decode_array(const struct spdk_json_val *values, spdk_json_decode_fn decode_func,
		       void *out, size_t max_size, size_t *out_size, size_t stride)
{
	const struct spdk_json_val *val, *end;
	char description[JSON_DESCRIPTION_SIZE], element[64];

	*out_size = 0;
	if (values == NULL || values->type != SPDK_JSON_VAL_ARRAY_BEGIN) {
		SPDK_ERRLOG("an array is expected, not %s\n", json_describe(values, description));
		return JSON_REFUSED;
	}
	end = values + values->len + 1;
	for (val = values + 1; val < end; val += spdk_json_val_len(val)) {
		if (*out_size == max_size) {
			SPDK_ERRLOG("the array has more than the %zu elements that are allowed\n",
				    max_size);
			return JSON_REFUSED;
		}
		if (decode_func(val, (char *)out + *out_size * stride) != 0) {
			snprintf(element, sizeof(element), "element [%zu] of the array", *out_size);
			json_log_refusal(element, decode_func, val);
			return JSON_REFUSED;
		}
		(*out_size)++;
	}
	return 0;
}
