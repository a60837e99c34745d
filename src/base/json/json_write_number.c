/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Numbers and literals of a writer.
 */
#include "base/json/json_write_internal.h"

#include <math.h>

/* -1.7...e+308 with 20 digits behind the point, of which a locale may make several bytes. */
#define DOUBLE_TEXT_SIZE 64
/* 2^128 has 39 digits. */
#define UINT128_TEXT_SIZE 40

int
spdk_json_write_null(struct spdk_json_write_ctx *w)
{
	return json_write_text(w, "null", 4);
}

int
spdk_json_write_bool(struct spdk_json_write_ctx *w, bool val)
{
	return val ? json_write_text(w, "true", 4) : json_write_text(w, "false", 5);
}

int
spdk_json_write_uint8(struct spdk_json_write_ctx *w, uint8_t val)
{
	return spdk_json_write_uint64(w, val);
}

int
spdk_json_write_uint16(struct spdk_json_write_ctx *w, uint16_t val)
{
	return spdk_json_write_uint64(w, val);
}

int
spdk_json_write_int32(struct spdk_json_write_ctx *w, int32_t val)
{
	return spdk_json_write_int64(w, val);
}

int
spdk_json_write_uint32(struct spdk_json_write_ctx *w, uint32_t val)
{
	return spdk_json_write_uint64(w, val);
}

int
spdk_json_write_int64(struct spdk_json_write_ctx *w, int64_t val)
{
	char text[32];
	int len = snprintf(text, sizeof(text), "%" PRId64, val);

	return json_write_text(w, text, (size_t)len);
}

int
spdk_json_write_uint64(struct spdk_json_write_ctx *w, uint64_t val)
{
	return spdk_json_write_uint128(w, val, 0);
}

int
spdk_json_write_uint128(struct spdk_json_write_ctx *w, uint64_t low_val, uint64_t high_val)
{
	unsigned __int128 value = (unsigned __int128)high_val << 64 | low_val;
	char text[UINT128_TEXT_SIZE];
	char *first = text + sizeof(text);

	do {
		*--first = (char)('0' + (int)(value % 10));
		value /= 10;
	} while (value != 0);
	return json_write_text(w, first, (size_t)(text + sizeof(text) - first));
}

size_t
json_use_decimal_point(char *text)
{
	char *point = text + (text[0] == '-') + 1;
	char *fraction = point;

	while (*fraction != '\0' && (*fraction < '0' || *fraction > '9')) {
		fraction++;
	}
	*point = '.';
	memmove(point + 1, fraction, strlen(fraction) + 1);
	return strlen(text);
}

int
spdk_json_write_double(struct spdk_json_write_ctx *w, double val)
{
	char text[DOUBLE_TEXT_SIZE];

	if (!isfinite(val)) {
		return spdk_json_write_null(w);
	}
	snprintf(text, sizeof(text), "%.20e", val);
	return json_write_text(w, text, json_use_decimal_point(text));
}
