/* SPDX-License-Identifier: BSD-3-Clause */
/* What is made of samples, which limits are kept, and what is recorded. */
#include "figure.h"

#include "spdk/json.h"
#include "spdk/util.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define RECORD_SIZE 4096
#define VALUES_MAX  256

static char g_path[] = "/tmp/spindle_figure_test.XXXXXX";

/* The last record, parsed. */
static struct {
	char text[RECORD_SIZE];
	struct spdk_json_val values[VALUES_MAX];
} g_record;

static int
start_record(void **state)
{
	int fd = mkstemp(g_path);

	assert_true(fd >= 0);
	close(fd);
	setenv("SPINDLE_BENCH_RESULTS", g_path, 1);
	return 0;
}

static int
remove_record(void **state)
{
	unlink(g_path);
	memcpy(g_path + sizeof(g_path) - 7, "XXXXXX", 6);
	return 0;
}

static void
read_last_record(void)
{
	FILE *file = fopen(g_path, "r");
	char line[RECORD_SIZE];

	assert_non_null(file);
	while (fgets(line, sizeof(line), file) != NULL) {
		memcpy(g_record.text, line, sizeof(line));
	}
	fclose(file);
	assert_true(spdk_json_parse(g_record.text, strlen(g_record.text), g_record.values,
				    VALUES_MAX, NULL, SPDK_JSON_PARSE_FLAG_DECODE_IN_PLACE) > 0);
}

static struct spdk_json_val *
find(struct spdk_json_val *object, const char *name)
{
	struct spdk_json_val *value = NULL;

	(void)spdk_json_find(object, name, NULL, &value, SPDK_JSON_VAL_ANY);
	return value;
}

static void
assert_text(struct spdk_json_val *object, const char *name, const char *text)
{
	struct spdk_json_val *value = find(object, name);

	assert_non_null(value);
	assert_true(spdk_json_strequal(value, text));
}

static void
assert_number(struct spdk_json_val *object, const char *name, double expected)
{
	struct spdk_json_val *value = find(object, name);

	assert_non_null(value);
	assert_float_equal(strtod(value->start, NULL), expected, 1e-9);
}

static void
assert_summary(struct spdk_json_val *object, double median, double low, double high)
{
	assert_number(object, "median", median);
	assert_number(object, "low", low);
	assert_number(object, "high", high);
}

/* 1 to `count`, not in order. */
static struct bench_spread
scattered(uint32_t count)
{
	struct bench_spread spread = {.count = 0};
	uint32_t i;

	for (i = 0; i < count; i++) {
		bench_spread_add(&spread, i % 2 == 0 ? i + 1 : count - (count % 2) - i + 1);
	}
	return spread;
}

static struct bench_spread
ones(uint32_t count)
{
	struct bench_spread spread = {.count = 0};

	while (spread.count < count) {
		bench_spread_add(&spread, 1);
	}
	return spread;
}

static void
a_side_has_median_and_ends_and_keeps_its_samples(void **state)
{
	struct bench_spread odd = scattered(7), even = scattered(6), before = odd;

	bench_question("sides");
	assert_float_equal(bench_side(&odd, "odd", "ns"), 4, 0);
	assert_memory_equal(&odd, &before, sizeof(odd));
	read_last_record();
	assert_summary(g_record.values, 4, 1, 7);
	assert_text(g_record.values, "question", "sides");
	assert_text(g_record.values, "unit", "ns");
	assert_int_equal(find(g_record.values, "samples")->len, 7);
	assert_float_equal(bench_side(&even, "even", "ns"), 3.5, 0);
}

/* The ranks that tables of the sign test give for 95 %. */
static void
a_ratio_has_the_interval_of_its_median(void **state)
{
	static const struct {
		uint32_t count;
		double low;
	} cases[] = {{5, 1}, {6, 1}, {8, 1}, {9, 2}, {12, 3}, {20, 6}, {21, 6}, {25, 8}, {64, 24}};
	uint32_t i;

	for (i = 0; i < SPDK_COUNTOF(cases); i++) {
		uint32_t count = cases[i].count;
		struct bench_spread ours = scattered(count), other = ones(count);

		assert_true(bench_ratio("ratio", &ours, &other, BENCH_AT_MOST, 0));
		read_last_record();
		assert_summary(find(g_record.values, "ratio"), (count + 1) / 2.0, cases[i].low,
			       count + 1 - cases[i].low);
	}
}

static void
a_ratio_is_taken_pair_by_pair_and_names_both_sides(void **state)
{
	struct bench_spread ours = {{10, 200, 6}, 3}, other = {{5, 100, 3, 9}, 4};

	bench_question("pairs");
	bench_side(&ours, "a \"message\"", "ns");
	bench_side(&other, "a line", "ns");
	assert_true(bench_ratio("ratio", &ours, &other, BENCH_AT_MOST, 2));
	read_last_record();
	assert_summary(find(g_record.values, "ratio"), 2, 2, 2);
	assert_text(find(g_record.values, "ratio"), "of", "a \"message\"");
	assert_text(find(g_record.values, "ratio"), "to", "a line");
	assert_number(g_record.values, "limit", 2);
	assert_text(g_record.values, "sense", "<=");
	/* What has no partner is in no pair. */
	assert_true(bench_ratio("back", &other, &ours, BENCH_AT_LEAST, 0.5));
	read_last_record();
	assert_summary(find(g_record.values, "ratio"), 0.5, 0.5, 0.5);
}

static void
limits_are_kept_by_the_median(void **state)
{
	struct bench_spread spread = scattered(9), one = ones(9), none = {.count = 0};

	assert_true(bench_limit("most", &spread, "ns", BENCH_AT_MOST, 5));
	assert_false(bench_limit("most", &spread, "ns", BENCH_AT_MOST, 4.9));
	read_last_record();
	assert_int_equal(find(g_record.values, "kept")->type, SPDK_JSON_VAL_FALSE);
	assert_true(bench_limit("least", &spread, "ns", BENCH_AT_LEAST, 5));
	assert_false(bench_limit("least", &spread, "ns", BENCH_AT_LEAST, 5.1));
	assert_false(bench_ratio("ratio", &spread, &one, BENCH_AT_MOST, 4.9));
	assert_true(bench_value("early", 0, "runs", BENCH_AT_MOST, 0));
	assert_false(bench_value("early", 1, "runs", BENCH_AT_MOST, 0));
	assert_true(bench_value("free", 1, "runs", BENCH_AT_MOST, NAN));
	read_last_record();
	assert_null(find(g_record.values, "kept"));
	assert_false(bench_limit("nothing", &none, "ns", BENCH_AT_MOST, 5));
	assert_false(bench_ratio("nothing", &none, &one, BENCH_AT_LEAST, 5));
}

static void
few_samples_are_taken_on_demand(void **state)
{
	assert_int_equal(bench_samples(21), 21);
	setenv("SPINDLE_BENCH_QUICK", "1", 1);
	assert_int_equal(bench_samples(21), 5);
	assert_int_equal(bench_samples(3), 3);
	unsetenv("SPINDLE_BENCH_QUICK");
}

static off_t
record_size(void)
{
	struct stat info;

	assert_int_equal(stat(g_path, &info), 0);
	return info.st_size;
}

static void
records_are_added_and_only_where_a_file_is_named(void **state)
{
	off_t one;

	bench_note("one");
	one = record_size();
	assert_true(one > 0);
	bench_note("two");
	assert_int_equal(record_size(), 2 * one);
	unsetenv("SPINDLE_BENCH_RESULTS");
	bench_note("three");
	assert_int_equal(record_size(), 2 * one);
}

#define RECORDED(test) cmocka_unit_test_setup_teardown(test, start_record, remove_record)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		RECORDED(a_side_has_median_and_ends_and_keeps_its_samples),
		RECORDED(a_ratio_has_the_interval_of_its_median),
		RECORDED(a_ratio_is_taken_pair_by_pair_and_names_both_sides),
		RECORDED(limits_are_kept_by_the_median),
		RECORDED(few_samples_are_taken_on_demand),
		RECORDED(records_are_added_and_only_where_a_file_is_named),
	};

	unsetenv("SPINDLE_BENCH_QUICK");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
