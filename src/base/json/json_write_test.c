/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The writer: what it prints to the byte, when it calls back, and what it does about misuse.
 */
#include <float.h>
#include <math.h>

#include "base/json/json_test_support.h"
#include "base/json/json_write_internal.h"

static struct spdk_json_write_ctx *g_writer;

/* What the callback was given. */
static char g_output[64 * 1024];
static size_t g_output_size;
static int g_calls;
/* The call that fails; -1 for none. */
static int g_failing_call;

static int
take(void *cb_ctx, const void *data, size_t size)
{
	assert_ptr_equal(cb_ctx, g_output);
	assert_true(size > 0 && size <= JSON_WRITE_BUFFER_SIZE);
	assert_true(g_output_size + size <= sizeof(g_output));
	if (g_calls++ == g_failing_call) {
		return -1;
	}
	memcpy(g_output + g_output_size, data, size);
	g_output_size += size;
	return 0;
}

static struct spdk_json_write_ctx *
begin(uint32_t flags)
{
	g_output_size = 0;
	g_calls = 0;
	g_failing_call = -1;
	g_writer = spdk_json_write_begin(take, g_output, flags);
	assert_non_null(g_writer);
	return g_writer;
}

/* Ends what begin() has begun: it has written exactly this. */
static void
written(const char *text)
{
	assert_int_equal(spdk_json_write_end(g_writer), 0);
	if (g_output_size != strlen(text) || memcmp(g_output, text, g_output_size) != 0) {
		fail_msg("'%.*s' is written, not '%s'", (int)g_output_size, g_output, text);
	}
}

#define ok(call) assert_int_equal(call, 0)

/* Writes a value that was parsed. */
static void
rewritten(const char *text, uint32_t flags, const char *expected)
{
	ok(spdk_json_write_val(begin(flags), parsed(text)));
	written(expected);
}

static void
literals_and_integers(void **state)
{
	struct spdk_json_write_ctx *w = begin(0);

	ok(spdk_json_write_array_begin(w));
	ok(spdk_json_write_null(w));
	ok(spdk_json_write_bool(w, true));
	ok(spdk_json_write_bool(w, false));
	ok(spdk_json_write_uint8(w, UINT8_MAX));
	ok(spdk_json_write_uint16(w, UINT16_MAX));
	ok(spdk_json_write_int32(w, INT32_MIN));
	ok(spdk_json_write_int32(w, INT32_MAX));
	ok(spdk_json_write_uint32(w, UINT32_MAX));
	ok(spdk_json_write_int64(w, INT64_MIN));
	ok(spdk_json_write_int64(w, INT64_MAX));
	ok(spdk_json_write_uint64(w, UINT64_MAX));
	ok(spdk_json_write_uint64(w, 0));
	ok(spdk_json_write_array_end(w));
	written("[null,true,false,255,65535,-2147483648,2147483647,4294967295,"
		"-9223372036854775808,9223372036854775807,18446744073709551615,0]");
}

static void
integers_of_128_bits(void **state)
{
	struct spdk_json_write_ctx *w = begin(0);

	ok(spdk_json_write_array_begin(w));
	ok(spdk_json_write_uint128(w, 0, 0));
	ok(spdk_json_write_uint128(w, 123, 0));
	ok(spdk_json_write_uint128(w, 0, 1));
	ok(spdk_json_write_uint128(w, 5, 0x8ac7230489e80000));
	ok(spdk_json_write_uint128(w, UINT64_MAX, UINT64_MAX));
	ok(spdk_json_write_array_end(w));
	written("[0,123,18446744073709551616,184467440737095516160000000000000000005,"
		"340282366920938463463374607431768211455]");
}

static void
doubles_read_back_as_the_same(void **state)
{
	static const double values[] = {
		1.2,     -1234.5678,   0.1,         1.0 / 3,   DBL_MAX,
		DBL_MIN, DBL_TRUE_MIN, DBL_EPSILON, -123e-300, 9007199254740993.0,
	};

	ok(spdk_json_write_double(begin(0), 0));
	written("0.00000000000000000000e+00");
	ok(spdk_json_write_double(begin(0), 1.2));
	written("1.19999999999999995559e+00");
	ok(spdk_json_write_double(begin(0), -1234.5678));
	written("-1.23456780000000003383e+03");
	for (size_t i = 0; i < SPDK_COUNTOF(values); i++) {
		ok(spdk_json_write_double(begin(0), values[i]));
		ok(spdk_json_write_end(g_writer));
		g_output[g_output_size] = '\0';
		assert_true(strtod(g_output, NULL) == values[i]);
		assert_int_equal(parsed(g_output)->type, SPDK_JSON_VAL_NUMBER);
	}
}

static void
what_json_has_no_number_for_is_null(void **state)
{
	struct spdk_json_write_ctx *w = begin(0);

	ok(spdk_json_write_array_begin(w));
	ok(spdk_json_write_double(w, NAN));
	ok(spdk_json_write_double(w, INFINITY));
	ok(spdk_json_write_double(w, -INFINITY));
	ok(spdk_json_write_array_end(w));
	written("[null,null,null]");
}

static void
the_decimal_point_is_that_of_no_locale(void **state)
{
	static const char *const rows[][2] = {
		{"1.50e+00", "1.50e+00"},
		{"1,50e+00", "1.50e+00"},
		{"-1,50e-01", "-1.50e-01"},
		{"-1\xD9\xAB"
		 "50e-01",
		 "-1.50e-01"},
	};
	char text[32];

	for (size_t i = 0; i < SPDK_COUNTOF(rows); i++) {
		snprintf(text, sizeof(text), "%s", rows[i][0]);
		assert_int_equal(json_use_decimal_point(text), strlen(rows[i][1]));
		assert_string_equal(text, rows[i][1]);
	}
}

static void
strings_are_ascii_with_escapes(void **state)
{
	ok(spdk_json_write_string(begin(0), ""));
	written("\"\"");
	ok(spdk_json_write_string(begin(0), "a/b'c ~"));
	written("\"a/b'c ~\"");
	ok(spdk_json_write_string(begin(0), "\"\\\b\f\n\r\t"));
	written("\"\\\"\\\\\\b\\f\\n\\r\\t\"");
	ok(spdk_json_write_string_raw(begin(0), "\0\x01\x1f\x7f", 4));
	written("\"\\u0000\\u0001\\u001F\\u007F\"");
	ok(spdk_json_write_string(begin(0), "A\xE2\x89\xA2\xCE\x91.\xC3\xB6"));
	written("\"A\\u2262\\u0391.\\u00F6\"");
	ok(spdk_json_write_string(begin(0), "\xF0\x90\x80\x80\xF4\x8F\xBF\xBF\xEF\xBF\xBF"));
	written("\"\\uD800\\uDC00\\uDBFF\\uDFFF\\uFFFF\"");
	ok(spdk_json_write_string_raw(begin(0), NULL, 0));
	written("\"\"");
}

static void
strings_that_are_not_utf8_fail(void **state)
{
	static const char *const rows[] = {
		"\x80",         "a\xC2",        "\xC0\x80",
		"\xE0\x9F\xBF", "\xED\xA0\x80", "\xF4\x90\x80\x80",
		"\xF0\x90\x80", "\xFF",
	};

	for (size_t i = 0; i < SPDK_COUNTOF(rows); i++) {
		assert_int_equal(spdk_json_write_string(begin(0), rows[i]), -EILSEQ);
		assert_int_equal(spdk_json_write_null(g_writer), -EILSEQ);
		/* The first error stays, and what it leads to is not logged. */
		assert_int_equal(spdk_json_write_array_end(g_writer), -EILSEQ);
		logged("");
		assert_int_equal(spdk_json_write_end(g_writer), -EILSEQ);
		assert_int_equal(g_calls, 0);
	}
}

static void
strings_of_utf16(void **state)
{
	/* As bytes, so that the test means the same on every machine. */
	static const uint16_t hello[] = {0x48, 0x69, 0xfe15, 0xd834, 0xdd1e, 0x22, 0};
	uint16_t units[8];

	for (size_t i = 0; i < SPDK_COUNTOF(hello); i++) {
		((uint8_t *)&units[i])[0] = (uint8_t)hello[i];
		((uint8_t *)&units[i])[1] = (uint8_t)(hello[i] >> 8);
	}
	ok(spdk_json_write_string_utf16le(begin(0), units));
	written("\"Hi\\uFE15\\uD834\\uDD1E\\\"\"");
	ok(spdk_json_write_string_utf16le_raw(begin(0), units, 7));
	written("\"Hi\\uFE15\\uD834\\uDD1E\\\"\\u0000\"");
	ok(spdk_json_write_string_utf16le_raw(begin(0), NULL, 0));
	written("\"\"");
	/* A pair that is cut, a second half alone, a first half before another. */
	assert_int_equal(spdk_json_write_string_utf16le_raw(begin(0), units, 4), -EILSEQ);
	assert_int_equal(g_writer->used, strlen("\"Hi\\uFE15"));
	assert_int_equal(spdk_json_write_end(g_writer), -EILSEQ);
	assert_int_equal(spdk_json_write_string_utf16le_raw(begin(0), units + 4, 1), -EILSEQ);
	assert_int_equal(spdk_json_write_end(g_writer), -EILSEQ);
	units[4] = units[3];
	assert_int_equal(spdk_json_write_string_utf16le_raw(begin(0), units, 5), -EILSEQ);
	assert_int_equal(spdk_json_write_end(g_writer), -EILSEQ);
}

static void
other_things_become_strings(void **state)
{
	static const uint8_t bytes[] = {0x00, 0x9f, 0xff, 0x0a};
	struct spdk_json_write_ctx *w = begin(0);
	struct spdk_uuid uuid;

	ok(spdk_uuid_parse(&uuid, "E524acae-8c26-43e4-882a-461b8690583b"));
	ok(spdk_json_write_array_begin(w));
	ok(spdk_json_write_bytearray(w, bytes, sizeof(bytes)));
	ok(spdk_json_write_bytearray(w, NULL, 0));
	ok(spdk_json_write_uuid(w, &uuid));
	ok(spdk_json_write_string_fmt(w, "%s-%d\n", "a\"b", 7));
	ok(spdk_json_write_array_end(w));
	written("[\"009fff0a\",\"\",\"e524acae-8c26-43e4-882a-461b8690583b\",\"a\\\"b-7\\n\"]");
}

static int
write_fmt_v(struct spdk_json_write_ctx *w, const char *fmt, ...)
{
	va_list args;
	int rc;

	va_start(args, fmt);
	rc = spdk_json_write_named_string_fmt_v(w, "fmt_v", fmt, args);
	va_end(args);
	return rc;
}

static void
members_have_a_name_and_a_value(void **state)
{
	struct spdk_json_write_ctx *w = begin(0);
	struct spdk_uuid uuid = {0};

	ok(spdk_json_write_object_begin(w));
	ok(spdk_json_write_named_null(w, "null"));
	ok(spdk_json_write_named_bool(w, "bool", true));
	ok(spdk_json_write_named_uint8(w, "uint8", 1));
	ok(spdk_json_write_named_uint16(w, "uint16", 2));
	ok(spdk_json_write_named_int32(w, "int32", -3));
	ok(spdk_json_write_named_uint32(w, "uint32", 4));
	ok(spdk_json_write_named_int64(w, "int64", -5));
	ok(spdk_json_write_named_uint64(w, "uint64", 6));
	ok(spdk_json_write_named_uint128(w, "uint128", 7, 1));
	ok(spdk_json_write_named_double(w, "double", 0));
	ok(spdk_json_write_named_string(w, "a\"\xC3\xA9", "s"));
	ok(spdk_json_write_named_string_fmt(w, "fmt", "%d", 8));
	ok(write_fmt_v(w, "%d%%", 9));
	ok(spdk_json_write_named_bytearray(w, "bytes", "\x10", 1));
	ok(spdk_json_write_named_uuid(w, "uuid", &uuid));
	ok(spdk_json_write_named_array_begin(w, "array"));
	ok(spdk_json_write_array_end(w));
	ok(spdk_json_write_named_object_begin(w, "object"));
	ok(spdk_json_write_name_raw(w, "\0", 1));
	ok(spdk_json_write_val_raw(w, "{\"raw\": 1}", 10));
	ok(spdk_json_write_object_end(w));
	ok(spdk_json_write_object_end(w));
	written("{\"null\":null,\"bool\":true,\"uint8\":1,\"uint16\":2,\"int32\":-3,\"uint32\":4,"
		"\"int64\":-5,\"uint64\":6,\"uint128\":18446744073709551623,"
		"\"double\":0.00000000000000000000e+00,\"a\\\"\\u00E9\":\"s\",\"fmt\":\"8\","
		"\"fmt_v\":\"9%\",\"bytes\":\"10\","
		"\"uuid\":\"00000000-0000-0000-0000-000000000000\",\"array\":[],"
		"\"object\":{\"\\u0000\":{\"raw\": 1}}}");
}

static void
values_are_written_as_they_were_parsed(void **state)
{
	static const char text[] =
		"{\"a\":[1,[],-2.50e+3,{}],\"b\":{\"c\":\"d\\n\"},\"e\":[true,[false,[null]]]}";

	rewritten(text, 0, text);
	rewritten(" [ 1 , { \"a\" : \"\\u0041\\/\" } ] ", 0, "[1,{\"a\":\"A/\"}]");
	/* One of them, from among others. */
	ok(spdk_json_write_val(begin(0), parsed("[1,{\"a\":[2]},3]") + 2));
	written("{\"a\":[2]}");
	ok(spdk_json_write_val(begin(0), parsed("{\"a\":[2]}") + 1));
	ok(spdk_json_write_uint8(g_writer, 5));
	written("\"a\":5");
}

static void
formatted_text_has_two_blanks_a_level(void **state)
{
	rewritten("1", SPDK_JSON_WRITE_FLAG_FORMATTED, "1");
	rewritten("[]", SPDK_JSON_WRITE_FLAG_FORMATTED, "[]");
	rewritten("[{},[],\"a\"]", SPDK_JSON_WRITE_FLAG_FORMATTED, "[\n  {},\n  [],\n  \"a\"\n]");
	rewritten("{\"a\":[1,2],\"b\":{\"c\":{\"d\":[[3]]},\"e\":null}}",
		  SPDK_JSON_WRITE_FLAG_FORMATTED,
		  "{\n"
		  "  \"a\": [\n"
		  "    1,\n"
		  "    2\n"
		  "  ],\n"
		  "  \"b\": {\n"
		  "    \"c\": {\n"
		  "      \"d\": [\n"
		  "        [\n"
		  "          3\n"
		  "        ]\n"
		  "      ]\n"
		  "    },\n"
		  "    \"e\": null\n"
		  "  }\n"
		  "}");
}

/* An element, a batch of two, another element. */
static void
write_batch(struct spdk_json_write_ctx *w)
{
	ok(spdk_json_write_array_begin(w));
	ok(spdk_json_write_uint8(w, 0));
	ok(spdk_json_write_batch_begin(w));
	ok(spdk_json_write_uint8(w, 1));
	ok(spdk_json_write_uint8(w, 2));
	ok(spdk_json_write_batch_end(w));
	ok(spdk_json_write_batch_begin(w));
	ok(spdk_json_write_batch_end(w));
	ok(spdk_json_write_uint8(w, 3));
	ok(spdk_json_write_array_end(w));
}

static void
batches_can_be_flattened(void **state)
{
	struct spdk_json_write_ctx *w = begin(0);

	write_batch(w);
	written("[0,[1,2],[],3]");
	w = begin(SPDK_JSON_WRITE_FLAG_FLATTEN_BATCHES);
	write_batch(w);
	written("[0,1,2,3]");
	w = begin(SPDK_JSON_WRITE_FLAG_FORMATTED);
	spdk_json_write_add_flags(w, SPDK_JSON_WRITE_FLAG_FLATTEN_BATCHES);
	write_batch(w);
	written("[\n  0,\n  1,\n  2,\n  3\n]");
}

static void
small_writes_are_collected(void **state)
{
	struct spdk_json_write_ctx *w = begin(0);
	char *text = malloc(3 * JSON_WRITE_BUFFER_SIZE);

	assert_non_null(text);
	ok(spdk_json_write_array_begin(w));
	for (int i = 0; i < 1000; i++) {
		ok(spdk_json_write_null(w));
	}
	assert_int_equal(g_calls, 1);
	ok(spdk_json_write_array_end(w));
	ok(spdk_json_write_end(w));
	assert_int_equal(g_calls, 2);
	assert_int_equal(g_output_size, 1000 * 5 + 1);
	/* What is larger than the buffer comes whole. */
	memset(text, 'x', 3 * JSON_WRITE_BUFFER_SIZE);
	ok(spdk_json_write_string_raw(begin(0), text, 3 * JSON_WRITE_BUFFER_SIZE));
	ok(spdk_json_write_end(g_writer));
	assert_int_equal(g_calls, 4);
	assert_int_equal(g_output_size, 3 * JSON_WRITE_BUFFER_SIZE + 2);
	assert_memory_equal(g_output + 1, text, 3 * JSON_WRITE_BUFFER_SIZE);
	free(text);
	/* Nothing written is nothing to take. */
	(void)begin(0);
	written("");
	assert_int_equal(g_calls, 0);
}

static void
a_callback_that_fails_is_not_called_again(void **state)
{
	struct spdk_json_write_ctx *w = begin(0);
	int rc = 0;

	g_failing_call = 1;
	ok(spdk_json_write_array_begin(w));
	for (int i = 0; i < 5000; i++) {
		rc = spdk_json_write_null(w);
		assert_true(rc == 0 || rc == -EIO);
	}
	assert_int_equal(rc, -EIO);
	assert_int_equal(g_calls, 2);
	assert_int_equal(spdk_json_write_array_end(w), -EIO);
	assert_int_equal(spdk_json_write_end(w), -EIO);
	assert_int_equal(g_calls, 2);
	/* Also when it fails only at the end. */
	w = begin(0);
	g_failing_call = 0;
	ok(spdk_json_write_null(w));
	assert_int_equal(spdk_json_write_end(w), -EIO);
}

static void
a_reset_begins_anew(void **state)
{
	struct spdk_json_write_ctx *w = begin(SPDK_JSON_WRITE_FLAG_FORMATTED);

	spdk_json_write_reset(w);
	ok(spdk_json_write_object_begin(w));
	ok(spdk_json_write_name(w, "a"));
	assert_int_equal(spdk_json_write_string(w, "\xFF"), -EILSEQ);
	spdk_json_write_reset(w);
	ok(spdk_json_write_array_begin(w));
	ok(spdk_json_write_uint8(w, 1));
	ok(spdk_json_write_array_end(w));
	written("[\n  1\n]");
}

/* The call that comes next is one too many or of the wrong kind; this is what is said of it. */
static void
misused(int rc, const char *message)
{
	assert_int_equal(rc, -EINVAL);
	logged(message);
	/* Once is enough. */
	assert_int_equal(spdk_json_write_object_end(g_writer), -EINVAL);
	assert_int_equal(spdk_json_write_null(g_writer), -EINVAL);
	assert_int_equal(spdk_json_write_end(g_writer), -EINVAL);
	logged("");
	assert_int_equal(g_calls, 0);
}

static void
ends_that_do_not_fit_are_named(void **state)
{
	misused(spdk_json_write_array_end(begin(0)),
		"spdk_json_write_array_end(): nothing is open that it could end; nothing more is "
		"written\n");
	misused(spdk_json_write_batch_end(begin(0)),
		"spdk_json_write_batch_end(): nothing is open that it could end; nothing more is "
		"written\n");
	ok(spdk_json_write_object_begin(begin(0)));
	ok(spdk_json_write_object_end(g_writer));
	misused(spdk_json_write_object_end(g_writer),
		"spdk_json_write_object_end(): nothing is open that it could end; nothing more is "
		"written\n");
	ok(spdk_json_write_array_begin(begin(0)));
	misused(spdk_json_write_object_end(g_writer),
		"spdk_json_write_object_end(): an array was begun last; nothing more is written\n");
	ok(spdk_json_write_array_begin(begin(0)));
	ok(spdk_json_write_object_begin(g_writer));
	misused(spdk_json_write_array_end(g_writer),
		"spdk_json_write_array_end(): an object was begun last; nothing more is written\n");
}

static void
containers_must_be_ended(void **state)
{
	ok(spdk_json_write_array_begin(begin(0)));
	assert_int_equal(spdk_json_write_end(g_writer), -EINVAL);
	/* Flattened, a batch is none. */
	ok(spdk_json_write_batch_begin(begin(SPDK_JSON_WRITE_FLAG_FLATTEN_BATCHES)));
	ok(spdk_json_write_uint8(g_writer, 1));
	written("1");
	logged("");
}

static void
containers_are_remembered_at_every_depth(void **state)
{
	struct spdk_json_write_ctx *w = begin(0);

	/* Arrays and objects in turns, but for multiples of 64. */
	for (int i = 0; i < JSON_WRITE_DEPTH_MAX; i++) {
		ok(i % 2 == 0 || i % 64 == 63 ? spdk_json_write_array_begin(w) :
						spdk_json_write_named_object_begin(w, "a"));
	}
	for (int i = JSON_WRITE_DEPTH_MAX - 1; i >= 0; i--) {
		ok(i % 2 == 0 || i % 64 == 63 ? spdk_json_write_array_end(w) :
						spdk_json_write_object_end(w));
	}
	ok(spdk_json_write_end(w));
	w = begin(0);
	for (int i = 0; i < JSON_WRITE_DEPTH_MAX; i++) {
		ok(spdk_json_write_array_begin(w));
	}
	misused(spdk_json_write_array_begin(w),
		"spdk_json_write_array_begin(): more than 1024 containers are within each other; "
		"nothing more is written\n");
}

static void
null_is_refused(void **state)
{
	struct spdk_json_val bad = {.type = SPDK_JSON_VAL_INVALID};

	misused(spdk_json_write_string(begin(0), NULL),
		"spdk_json_write_string(): the string is NULL; nothing more is written\n");
	misused(spdk_json_write_string_raw(begin(0), NULL, 1),
		"spdk_json_write_string_raw(): the string is NULL; nothing more is written\n");
	misused(spdk_json_write_string_utf16le(begin(0), NULL),
		"spdk_json_write_string_utf16le(): the string is NULL; nothing more is written\n");
	misused(spdk_json_write_bytearray(begin(0), NULL, 1),
		"spdk_json_write_bytearray(): the string is NULL; nothing more is written\n");
	misused(spdk_json_write_uuid(begin(0), NULL),
		"spdk_json_write_uuid(): the identifier is NULL; nothing more is written\n");
	misused(spdk_json_write_name(begin(0), NULL),
		"spdk_json_write_name(): the name of the member is NULL; nothing more is "
		"written\n");
	misused(spdk_json_write_named_null(begin(0), NULL),
		"spdk_json_write_name(): the name of the member is NULL; nothing more is "
		"written\n");
	misused(spdk_json_write_name_raw(begin(0), NULL, 1),
		"spdk_json_write_name_raw(): the name of the member is NULL; nothing more is "
		"written\n");
	misused(spdk_json_write_val_raw(begin(0), NULL, 1),
		"spdk_json_write_val_raw(): the value is NULL; nothing more is written\n");
	misused(spdk_json_write_val(begin(0), NULL),
		"spdk_json_write_val(): the value is NULL; nothing more is written\n");
	misused(spdk_json_write_val(begin(0), &bad),
		"spdk_json_write_val(): the value has no type of JSON; nothing more is written\n");
	misused(spdk_json_write_val(begin(0), parsed("[]") + 1),
		"spdk_json_write_val(): the value is the end of a container; nothing more is "
		"written\n");
}

static void
no_writer_is_no_crash(void **state)
{
	assert_null(spdk_json_write_begin(NULL, NULL, 0));
	logged("spdk_json_write_begin(): a callback is needed\n");
	assert_int_equal(spdk_json_write_null(NULL), -EINVAL);
	assert_int_equal(spdk_json_write_string(NULL, "a"), -EINVAL);
	assert_int_equal(spdk_json_write_string_fmt(NULL, "a"), -EINVAL);
	assert_int_equal(spdk_json_write_named_object_begin(NULL, "a"), -EINVAL);
	assert_int_equal(spdk_json_write_array_end(NULL), -EINVAL);
	assert_int_equal(spdk_json_write_batch_begin(NULL), -EINVAL);
	assert_int_equal(spdk_json_write_val(NULL, parsed("1")), -EINVAL);
	assert_int_equal(spdk_json_write_end(NULL), 0);
}

#define LOGGED(test) cmocka_unit_test_setup_teardown(test, log_start, log_stop)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		LOGGED(literals_and_integers),
		LOGGED(integers_of_128_bits),
		LOGGED(doubles_read_back_as_the_same),
		LOGGED(what_json_has_no_number_for_is_null),
		LOGGED(the_decimal_point_is_that_of_no_locale),
		LOGGED(strings_are_ascii_with_escapes),
		LOGGED(strings_that_are_not_utf8_fail),
		LOGGED(strings_of_utf16),
		LOGGED(other_things_become_strings),
		LOGGED(members_have_a_name_and_a_value),
		LOGGED(values_are_written_as_they_were_parsed),
		LOGGED(formatted_text_has_two_blanks_a_level),
		LOGGED(batches_can_be_flattened),
		LOGGED(small_writes_are_collected),
		LOGGED(a_callback_that_fails_is_not_called_again),
		LOGGED(a_reset_begins_anew),
		LOGGED(ends_that_do_not_fit_are_named),
		LOGGED(containers_must_be_ended),
		LOGGED(containers_are_remembered_at_every_depth),
		LOGGED(null_is_refused),
		LOGGED(no_writer_is_no_crash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
