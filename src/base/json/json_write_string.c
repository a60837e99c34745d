/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Strings of a writer. Only printable ASCII is written as it is, so that the text means the same to
 * readers that do not know that JSON is UTF-8.
 */
#include "base/json/json_write_internal.h"

#include "spdk/endian.h"

/* Two surrogates, each \uXXXX, and the NUL. */
#define ESCAPE_SIZE (2 * 6 + 1)

static bool
is_plain(uint32_t code)
{
	return code >= 0x20 && code < 0x7f && code != '"' && code != '\\';
}

static int
emit_code(struct spdk_json_write_ctx *w, uint32_t code)
{
	static const char meanings[] = "\"\\\b\f\n\r\t";
	static const char letters[] = "\"\\bfnrt";
	const char *meaning = NULL;
	char text[ESCAPE_SIZE];
	int len;

	if (is_plain(code)) {
		text[0] = (char)code;
		return json_emit(w, text, 1);
	}
	if (code != 0 && code < 0x80) {
		meaning = strchr(meanings, (int)code);
	}
	if (meaning != NULL) {
		len = snprintf(text, sizeof(text), "\\%c", letters[meaning - meanings]);
	} else if (code < 0x10000) {
		len = snprintf(text, sizeof(text), "\\u%04X", code);
	} else {
		len = snprintf(text, sizeof(text), "\\u%04X\\u%04X",
			       0xd800 + ((code - 0x10000) >> 10),
			       0xdc00 + ((code - 0x10000) & 0x3ff));
	}
	return json_emit(w, text, (size_t)len);
}

/* A run of bytes that need no escape is written at once. Returns its length. */
static size_t
plain_length(const uint8_t *at, size_t size)
{
	size_t length = 0;

	while (length < size && is_plain(at[length])) {
		length++;
	}
	return length;
}

int
json_emit_string(struct spdk_json_write_ctx *w, const char *val, size_t len)
{
	const uint8_t *at = (const uint8_t *)val;
	uint32_t code;
	size_t run;
	int rc, size;

	rc = json_emit(w, "\"", 1);
	while (len > 0 && rc == 0) {
		run = plain_length(at, len);
		if (run > 0) {
			rc = json_emit(w, at, run);
			at += run;
			len -= run;
			continue;
		}
		size = json_utf8_decode(at, len, &code);
		if (size <= 0) {
			return json_write_fail(w, -EILSEQ);
		}
		rc = emit_code(w, code);
		at += size;
		len -= (size_t)size;
	}
	return rc != 0 ? rc : json_emit(w, "\"", 1);
}

int
spdk_json_write_string_raw(struct spdk_json_write_ctx *w, const char *val, size_t len)
{
	int rc;

	if (val == NULL && len > 0) {
		return json_write_misuse(w, __func__, "the string is NULL");
	}
	rc = json_begin_value(w);
	return rc != 0 ? rc : json_emit_string(w, val, len);
}

int
spdk_json_write_string(struct spdk_json_write_ctx *w, const char *val)
{
	if (val == NULL) {
		return json_write_misuse(w, __func__, "the string is NULL");
	}
	return spdk_json_write_string_raw(w, val, strlen(val));
}

/* One code point of UTF-16. Returns the number of units; -EILSEQ for half a pair. */
static int
decode_utf16(const uint16_t *units, size_t count, uint32_t *out_code)
{
	uint32_t high = from_le16(&units[0]);
	uint32_t low;

	if (json_is_low_surrogate(high)) {
		return -EILSEQ;
	}
	if (!json_is_high_surrogate(high)) {
		*out_code = high;
		return 1;
	}
	low = count > 1 ? from_le16(&units[1]) : 0;
	if (!json_is_low_surrogate(low)) {
		return -EILSEQ;
	}
	*out_code = json_join_surrogates(high, low);
	return 2;
}

int
spdk_json_write_string_utf16le_raw(struct spdk_json_write_ctx *w, const uint16_t *val, size_t len)
{
	uint32_t code;
	int rc, count;

	if (val == NULL && len > 0) {
		return json_write_misuse(w, __func__, "the string is NULL");
	}
	rc = json_begin_value(w);
	rc = rc != 0 ? rc : json_emit(w, "\"", 1);
	while (len > 0 && rc == 0) {
		count = decode_utf16(val, len, &code);
		if (count < 0) {
			return json_write_fail(w, count);
		}
		rc = emit_code(w, code);
		val += count;
		len -= (size_t)count;
	}
	return rc != 0 ? rc : json_emit(w, "\"", 1);
}

int
spdk_json_write_string_utf16le(struct spdk_json_write_ctx *w, const uint16_t *val)
{
	size_t len = 0;

	if (val == NULL) {
		return json_write_misuse(w, __func__, "the string is NULL");
	}
	while (val[len] != 0) {
		len++;
	}
	return spdk_json_write_string_utf16le_raw(w, val, len);
}

int
spdk_json_write_string_fmt_v(struct spdk_json_write_ctx *w, const char *fmt, va_list args)
{
	char *text;
	int len, rc;

	if (w == NULL) {
		return -EINVAL;
	}
	len = vasprintf(&text, fmt, args);
	if (len < 0) {
		return json_write_fail(w, -ENOMEM);
	}
	rc = spdk_json_write_string_raw(w, text, (size_t)len);
	free(text);
	return rc;
}

int
spdk_json_write_string_fmt(struct spdk_json_write_ctx *w, const char *fmt, ...)
{
	va_list args;
	int rc;

	va_start(args, fmt);
	rc = spdk_json_write_string_fmt_v(w, fmt, args);
	va_end(args);
	return rc;
}

int
spdk_json_write_bytearray(struct spdk_json_write_ctx *w, const void *val, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	const uint8_t *bytes = val;
	int rc;

	if (val == NULL && len > 0) {
		return json_write_misuse(w, __func__, "the string is NULL");
	}
	rc = json_begin_value(w);
	rc = rc != 0 ? rc : json_emit(w, "\"", 1);
	for (size_t i = 0; i < len && rc == 0; i++) {
		char pair[2] = {digits[bytes[i] >> 4], digits[bytes[i] & 0xf]};

		rc = json_emit(w, pair, sizeof(pair));
	}
	return rc != 0 ? rc : json_emit(w, "\"", 1);
}

int
spdk_json_write_uuid(struct spdk_json_write_ctx *w, const struct spdk_uuid *uuid)
{
	char text[SPDK_UUID_STRING_LEN];

	if (spdk_uuid_fmt_lower(text, sizeof(text), uuid) != 0) {
		return json_write_misuse(w, __func__, "the identifier is NULL");
	}
	return spdk_json_write_string(w, text);
}
