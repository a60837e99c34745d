/* SPDX-License-Identifier: BSD-3-Clause */
/* UTF-8: every code point has one text, and every other text is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/json/json_internal.h"

#define CODE_LIMIT 0x110000

static bool
is_surrogate(uint32_t code)
{
	return code >= 0xd800 && code < 0xe000;
}

static void
every_code_point_reads_back(void **state)
{
	uint32_t code, again;
	uint8_t text[JSON_UTF8_BYTES_MAX];
	size_t length;

	for (code = 0; code < CODE_LIMIT; code++) {
		if (is_surrogate(code)) {
			continue;
		}
		length = json_utf8_encode(code, text);
		if (json_utf8_decode(text, length, &again) != (int)length || again != code) {
			fail_msg("U+%04X is not read back from its %zu bytes", code, length);
		}
		for (size_t size = 0; size < length; size++) {
			assert_int_equal(json_utf8_decode(text, size, &again), 0);
		}
	}
}

/* All that is accepted is what the encoder writes, so there is one text for each code point. */
static void
other_texts_are_refused(void **state)
{
	static const uint8_t others[6] = {0x00, 0x7f, 0x80, 0xbf, 0xc0, 0xff};
	uint8_t text[JSON_UTF8_BYTES_MAX], again[JSON_UTF8_BYTES_MAX];
	uint32_t accepted = 0, code;
	int length;

	/* The first two bytes may be any, those after them what is around the borders. */
	for (size_t i = 0; i < 0x80 * 0x100 * 6 * 6; i++) {
		text[0] = (uint8_t)(0x80 + i / (0x100 * 6 * 6));
		text[1] = (uint8_t)(i / (6 * 6));
		text[2] = others[i / 6 % 6];
		text[3] = others[i % 6];
		length = json_utf8_decode(text, sizeof(text), &code);
		assert_int_not_equal(length, 0);
		if (length < 0) {
			continue;
		}
		accepted++;
		assert_true(code < CODE_LIMIT && !is_surrogate(code));
		assert_int_equal(json_utf8_encode(code, again), length);
		assert_memory_equal(text, again, (size_t)length);
	}
	/* By the table of RFC 3629, with the bytes from `others` that may follow: 2 bytes, 30 * 64
	 * and any two; 3 bytes, 32 + 12 * 64 + 32 + 2 * 64, one of two and any; 4 bytes, 48 + 3 *
	 * 64 + 16 and one of two twice. */
	assert_int_equal(accepted, 30 * 64 * 36 + (32 + 768 + 32 + 128) * 12 + 256 * 4);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_code_point_reads_back),
		cmocka_unit_test(other_texts_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
