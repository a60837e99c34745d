/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * UTF-8, as RFC 3629 has it: one code point, one way to write it.
 */
#include "base/json/json_internal.h"

/* A row for each kind of first byte. What is overlong, a surrogate or too large shows in the second
 * byte, so that its range is all there is to check. */
struct lead {
	uint8_t first;
	uint8_t last;
	uint8_t length;
	uint8_t second_first;
	uint8_t second_last;
};

static const struct lead leads[] = {
	{0x00, 0x7f, 1, 0x00, 0x00}, {0xc2, 0xdf, 2, 0x80, 0xbf}, {0xe0, 0xe0, 3, 0xa0, 0xbf},
	{0xe1, 0xec, 3, 0x80, 0xbf}, {0xed, 0xed, 3, 0x80, 0x9f}, {0xee, 0xef, 3, 0x80, 0xbf},
	{0xf0, 0xf0, 4, 0x90, 0xbf}, {0xf1, 0xf3, 4, 0x80, 0xbf}, {0xf4, 0xf4, 4, 0x80, 0x8f},
};

static const struct lead *
lead_of(uint8_t byte)
{
	for (size_t i = 0; i < sizeof(leads) / sizeof(leads[0]); i++) {
		if (byte >= leads[i].first && byte <= leads[i].last) {
			return &leads[i];
		}
	}
	return NULL;
}

int
json_utf8_decode(const uint8_t *text, size_t size, uint32_t *out_code)
{
	const struct lead *lead;
	uint32_t code;

	if (size == 0) {
		return 0;
	}
	lead = lead_of(text[0]);
	if (lead == NULL) {
		return -EILSEQ;
	}
	/* The first byte has 7, 5, 4 or 3 bits of the code. */
	code = lead->length == 1 ? text[0] : text[0] & (0x7fU >> lead->length);
	for (int i = 1; i < lead->length; i++) {
		uint8_t first = i == 1 ? lead->second_first : 0x80;
		uint8_t last = i == 1 ? lead->second_last : 0xbf;

		if ((size_t)i == size) {
			return 0;
		}
		if (text[i] < first || text[i] > last) {
			return -EILSEQ;
		}
		code = code << 6 | (text[i] & 0x3f);
	}
	*out_code = code;
	return lead->length;
}

size_t
json_utf8_encode(uint32_t code, uint8_t text[JSON_UTF8_BYTES_MAX])
{
	size_t length = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;

	assert(code <= 0x10ffff && !json_is_high_surrogate(code) && !json_is_low_surrogate(code));
	if (length == 1) {
		text[0] = (uint8_t)code;
		return length;
	}
	for (size_t i = length - 1; i > 0; i--) {
		text[i] = (uint8_t)(0x80 | (code & 0x3f));
		code >>= 6;
	}
	/* As many ones as there are bytes, then a zero. */
	text[0] = (uint8_t)(0xf00U >> length | code);
	return length;
}
