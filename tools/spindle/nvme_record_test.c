/* SPDX-License-Identifier: BSD-3-Clause */
/* Records: the same members as lines and as JSON, and values that a device may have wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "nvme_record.h"
#include "spdk/util.h"

static const char *const mode_values[] = {"off", "slow", NULL};
static const struct nvme_bits bits[] = {
	{0, 1, "first", NULL},       {1, 1, "second", NULL}, {4, 4, "count", NULL},
	{8, 2, "mode", mode_values}, {0, 0, NULL, NULL},
};

static void
want_words(uint64_t value, const char *expected)
{
	struct text text = {.bytes = NULL};

	nvme_bits_words(&text, bits, value);
	assert_string_equal(text.bytes, expected);
	text_fini(&text);
}

static void
bits_become_words_and_numbers(void **state)
{
	want_words(0x0, "count 0, mode off");
	want_words(0x1, "first, count 0, mode off");
	want_words(0x152, "second, count 5, mode slow");
	/* No name, and not behind the names there are. */
	want_words(0x200, "count 0, mode 2, which is reserved");
	want_words(0x300, "count 0, mode 3, which is reserved");
}

static void
numbers_have_their_lowest_byte_first(void **state)
{
	const uint8_t bytes[] = {0x12, 0x34, 0x56, 0, 0, 0, 0, 0x80};

	assert_int_equal(nvme_bytes_number(bytes, 1), 0x12);
	assert_int_equal(nvme_bytes_number(bytes, 3), 0x563412);
	assert_true(nvme_bytes_number(bytes, 8) == 0x8000000000563412u);
}

static void
texts_lose_blanks_and_what_is_no_text(void **state)
{
	const char *const given[] = {"abc     ", "a b  \0xx", "\x1b[31m\xc3\xbc  ", "        "};
	const char *const expected[] = {"abc", "a b", "?[31m??", ""};
	size_t i;

	for (i = 0; i < SPDK_COUNTOF(given); i++) {
		char *text = nvme_text(given[i], 8);

		assert_string_equal(text, expected[i]);
		free(text);
	}
}

struct sample {
	uint16_t flags;
	uint8_t count;
	char name[5];
	uint64_t large[2];
	uint8_t id[3];
};

static const struct nvme_field fields[] = {
	NVME_FIELD(struct sample, flags, NVME_FIELD_HEX, "what it can do", .bits = bits),
	NVME_FIELD(struct sample, count, NVME_FIELD_NUMBER, "entries",
		   .explain = nvme_explain_less_one),
	NVME_FIELD(struct sample, name, NVME_FIELD_TEXT, "name"),
	NVME_FIELD(struct sample, large, NVME_FIELD_NUMBER128, "bytes"),
	NVME_FIELD(struct sample, id, NVME_FIELD_BYTES, "identifier"),
};

static void
want_record(bool is_json, const struct sample *sample, const char *expected)
{
	struct nvme_record record;
	struct text text;

	nvme_record_init(&record, is_json);
	nvme_record_object(&record, NULL, "sample");
	nvme_record_fields(&record, fields, SPDK_COUNTOF(fields), sample);
	nvme_record_list(&record, "list");
	nvme_record_number(&record, NULL, 7, "seven");
	nvme_record_list_end(&record);
	nvme_record_note(&record, "only for people");
	nvme_record_object_end(&record);
	text = nvme_record_end(&record);
	assert_string_equal(text.bytes, expected);
	text_fini(&text);
}

static void
members_are_lines_or_json(void **state)
{
	struct sample sample = {.flags = 0x31,
				.count = 255,
				.name = {'a', 'b', ' ', ' ', ' '},
				.large = {1, 0},
				.id = {0xab, 0, 1}};

	want_record(
		false, &sample,
		"sample\n"
		"  flags        0x0031                what it can do: first, count 3, mode off\n"
		"  count        255                   entries: 256\n"
		"  name         ab                    name\n"
		"  large        1                     bytes\n"
		"  id           ab0001                identifier\n"
		"  7                     seven\n"
		"  only for people\n");
	want_record(true, &sample,
		    "{\n"
		    "  \"flags\": 49,\n"
		    "  \"flags_words\": [\n"
		    "    \"first\",\n"
		    "    \"count 3\",\n"
		    "    \"mode off\"\n"
		    "  ],\n"
		    "  \"count\": 255,\n"
		    "  \"name\": \"ab\",\n"
		    "  \"large\": 1,\n"
		    "  \"id\": \"ab0001\",\n"
		    "  \"list\": [\n"
		    "    7\n"
		    "  ]\n"
		    "}\n");
}

static void
numbers_of_128_bits_keep_all_digits(void **state)
{
	static const struct {
		uint64_t value[2];
		const char *expected;
	} numbers[] = {
		{{0, 0}, "0"},
		{{UINT64_MAX, 0}, "18446744073709551615"},
		{{0, 1}, "18446744073709551616"},
		{{UINT64_MAX, UINT64_MAX}, "340282366920938463463374607431768211455"},
	};
	struct nvme_record record;
	struct text text;
	size_t i;

	for (i = 0; i < SPDK_COUNTOF(numbers); i++) {
		nvme_record_init(&record, false);
		nvme_record_number128(&record, NULL, numbers[i].value, NULL);
		text = nvme_record_end(&record);
		assert_memory_equal(text.bytes, numbers[i].expected, strlen(numbers[i].expected));
		assert_int_equal(text.size, strlen(numbers[i].expected) + 1);
		text_fini(&text);
	}
}

static void
explanations_say_units(void **state)
{
	static const struct {
		void (*explain)(struct text *text, uint64_t value);
		uint64_t value;
		const char *expected;
	} cases[] = {
		{nvme_explain_less_one, 3, "4"},    {nvme_explain_kelvin, 0, "not told"},
		{nvme_explain_kelvin, 323, "50 C"}, {nvme_explain_kelvin, 263, "-10 C"},
		{nvme_explain_100_ms, 15, "1.5 s"}, {nvme_explain_us, 2500, "2.5 ms"},
		{nvme_explain_4_kib, 256, "1 MiB"},
	};
	struct text text = {.bytes = NULL};
	size_t i;

	for (i = 0; i < SPDK_COUNTOF(cases); i++) {
		cases[i].explain(&text, cases[i].value);
		assert_string_equal(text.bytes, cases[i].expected);
		text_fini(&text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bits_become_words_and_numbers),
		cmocka_unit_test(numbers_have_their_lowest_byte_first),
		cmocka_unit_test(texts_lose_blanks_and_what_is_no_text),
		cmocka_unit_test(members_are_lines_or_json),
		cmocka_unit_test(numbers_of_128_bits_keep_all_digits),
		cmocka_unit_test(explanations_say_units),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
