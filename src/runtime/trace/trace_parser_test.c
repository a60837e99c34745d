/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The parser, on files that the test writes: order, arguments, objects and what they are related
 * to; and files that are damaged, cut off or made to do harm.
 */
#include "runtime/trace/trace_file_fixture.h"
#include "runtime/trace/trace_fixture.h"
#include "runtime/trace/trace_internal.h"

#define FILE_NAME "/parsed"

static struct small_file g_file;
static char g_path[ENV_SHM_PATH_SIZE];

static int
open_file(void **state)
{
	snprintf(g_path, sizeof(g_path), "%s%s", g_trace_folder, FILE_NAME);
	small_file_init(&g_file);
	return open_trace_log(state);
}

static int
close_file(void **state)
{
	remove_trace_file(FILE_NAME);
	return close_trace(state);
}

#define PARSER_TEST(name) cmocka_unit_test_setup_teardown(name, open_file, close_file)

static void
write_file(size_t size)
{
	FILE *file = fopen(g_path, "wb");

	assert_non_null(file);
	assert_int_equal(fwrite(&g_file, 1, size, file), size);
	assert_int_equal(fclose(file), 0);
}

static struct spdk_trace_parser *
parse(int mode, uint16_t lcore)
{
	struct spdk_trace_parser_opts opts = {
		.filename = mode == SPDK_TRACE_PARSER_MODE_SHM ? FILE_NAME : g_path,
		.mode = mode,
		.lcore = lcore,
	};

	return spdk_trace_parser_init(&opts);
}

/* What the test has made so far. */
static struct spdk_trace_parser *
parse_all(void)
{
	struct spdk_trace_parser *parser;

	write_file(sizeof(g_file));
	parser = parse(SPDK_TRACE_PARSER_MODE_FILE, SPDK_TRACE_MAX_LCORE);
	assert_non_null(parser);
	return parser;
}

static void
expect_objects(struct spdk_trace_parser *parser, const uint64_t *object_ids, size_t count)
{
	struct spdk_trace_parser_entry entry;

	for (size_t i = 0; i < count; i++) {
		assert_true(spdk_trace_parser_next_entry(parser, &entry));
		assert_int_equal(entry.entry->object_id, object_ids[i]);
	}
	assert_false(spdk_trace_parser_next_entry(parser, &entry));
	spdk_trace_parser_cleanup(parser);
}

static void
entries_of_several_cores_come_in_the_order_of_time(void **state)
{
	/* At the same time, the lower lcore comes first, and on it what was recorded first. */
	static const uint64_t expected[] = {2, 5, 0, 1, 4, 3};
	struct spdk_trace_parser *parser;

	small_file_record(&g_file, 0, 30, 0)->object_id = 0;
	small_file_record(&g_file, 0, 30, 0)->object_id = 1;
	small_file_record(&g_file, 0, 10, 0)->object_id = 2;
	small_file_record(&g_file, 0, 40, 0)->object_id = 3;
	small_file_record(&g_file, 1, 30, 0)->object_id = 4;
	small_file_record(&g_file, 1, 20, 0)->object_id = 5;
	parser = parse_all();
	/* From 20 on, there are entries of both. */
	assert_int_equal(spdk_trace_parser_get_tsc_offset(parser), 20);
	assert_int_equal(spdk_trace_parser_get_entry_count(parser, 0), 4);
	assert_int_equal(spdk_trace_parser_get_entry_count(parser, 1), 2);
	expect_objects(parser, expected, SPDK_COUNTOF(expected));
}

static void
one_lcore_can_be_read_alone(void **state)
{
	static const uint64_t expected[] = {2};
	struct spdk_trace_parser *parser;

	small_file_record(&g_file, 0, 30, 0)->object_id = 1;
	small_file_record(&g_file, 1, 20, 0)->object_id = 2;
	write_file(sizeof(g_file));
	parser = parse(SPDK_TRACE_PARSER_MODE_SHM, 1);
	assert_non_null(parser);
	assert_int_equal(spdk_trace_parser_get_entry_count(parser, 0), 0);
	expect_objects(parser, expected, SPDK_COUNTOF(expected));
	assert_null(parse(SPDK_TRACE_PARSER_MODE_FILE, 2));
	assert_one_error("has no history of lcore 2");
	g_file.lcores[0] = 0;
	write_file(sizeof(g_file));
	assert_null(parse(SPDK_TRACE_PARSER_MODE_FILE, 0));
	assert_one_error("has no history of lcore 0");
}

static void
entries_from_before_the_clear_are_left_out(void **state)
{
	static const uint64_t expected[] = {2, 3};
	struct spdk_trace_parser *parser;

	small_file_record(&g_file, 0, 19, 0)->object_id = 1;
	small_file_record(&g_file, 0, 20, 0)->object_id = 2;
	small_file_record(&g_file, 1, 21, 0)->object_id = 3;
	g_file.main.clear_tsc = 20;
	parser = parse_all();
	assert_int_equal(spdk_trace_parser_get_tsc_offset(parser), 21);
	assert_int_equal(spdk_trace_parser_get_entry_count(parser, 0), 2);
	expect_objects(parser, expected, SPDK_COUNTOF(expected));
}

static void
a_clear_hides_what_the_library_has_recorded_before(void **state)
{
	static const uint64_t expected[] = {8};
	uint16_t tpoint_id = SPDK_TPOINT_ID(GROUP_A, 0);

	open_trace(16);
	describe_tpoint((struct spdk_trace_tpoint_opts){"PLAIN", tpoint_id});
	spdk_trace_record(tpoint_id, 0, 0, 7);
	spdk_trace_clear();
	spdk_trace_record(tpoint_id, 0, 0, 8);
	expect_objects(parse_shm(), expected, SPDK_COUNTOF(expected));
}

static void
rings_of_any_size_are_read_from_where_they_begin(void **state)
{
	static const uint64_t expected[] = {4, 5, 6, 7, 8, 9, 10};
	struct spdk_trace_parser *parser;

	/* Other tools write as many as there are, with or without a place of the next one. */
	small_history(&g_file, 0)->num_entries = 7;
	for (uint64_t i = 0; i < 11; i++) {
		small_entry(&g_file, 0, i % 7)->tsc = 50;
		small_entry(&g_file, 0, i % 7)->object_id = i;
	}
	small_history(&g_file, 0)->next_entry = 11;
	expect_objects(parse_all(), expected, SPDK_COUNTOF(expected));
	small_history(&g_file, 0)->next_entry = UINT64_MAX - 2;
	parser = parse_all();
	assert_int_equal(spdk_trace_parser_get_entry_count(parser, 0), 7);
	spdk_trace_parser_cleanup(parser);
	for (uint64_t i = 0; i < 7; i++) {
		small_entry(&g_file, 0, i)->object_id = i + 4;
	}
	small_history(&g_file, 0)->next_entry = 0;
	expect_objects(parse_all(), expected, SPDK_COUNTOF(expected));
}

static void
entries_that_are_being_written_are_left_out(void **state)
{
	static const uint64_t expected[] = {13, 14, 15};
	struct spdk_trace_parser *parser;

	for (uint64_t i = 0; i < 16; i++) {
		small_file_record(&g_file, 0, 100 + i, 0)->object_id = i;
	}
	*trace_history_writing(small_history(&g_file, 0)) = 5;
	parser = parse_all();
	assert_int_equal(spdk_trace_parser_get_entry_count(parser, 0), 3);
	expect_objects(parser, expected, SPDK_COUNTOF(expected));
	*trace_history_writing(small_history(&g_file, 0)) = UINT32_MAX;
	expect_objects(parse_all(), NULL, 0);
}

static void
describe(uint16_t id, uint8_t object_type, uint8_t new_object)
{
	g_file.tpoints[id].tpoint_id = id;
	g_file.tpoints[id].object_type = object_type;
	g_file.tpoints[id].new_object = new_object;
}

static void
add_arg(uint16_t id, uint8_t type, uint8_t size)
{
	struct spdk_trace_tpoint *tpoint = &g_file.tpoints[id];

	tpoint->args[tpoint->num_args].type = type;
	tpoint->args[tpoint->num_args++].size = size;
}

static void
objects_are_counted_by_type_from_where_they_begin(void **state)
{
	static const struct {
		uint16_t tpoint_id;
		uint64_t id;
		uint64_t index;
		uint64_t start;
	} cases[] = {
		{1, 100, UINT64_MAX, UINT64_MAX}, /* it began before the trace did */
		{0, 100, 0, 11},
		{0, 200, 1, 12},
		{1, 100, 0, 11},
		{2, 100, 0, 14}, /* of another type */
		{0, 100, 2, 15}, /* the id is used again */
		{1, 100, 2, 15},
		{3, 100, UINT64_MAX, UINT64_MAX}, /* about none */
	};
	struct spdk_trace_parser_entry entry;
	struct spdk_trace_parser *parser;

	describe(0, 9, 1);
	describe(1, 9, 0);
	describe(2, 8, 1);
	describe(3, OBJECT_NONE, 1);
	for (size_t i = 0; i < SPDK_COUNTOF(cases); i++) {
		small_file_record(&g_file, 0, 10 + i, cases[i].tpoint_id)->object_id = cases[i].id;
	}
	parser = parse_all();
	for (size_t i = 0; i < SPDK_COUNTOF(cases); i++) {
		assert_true(spdk_trace_parser_next_entry(parser, &entry));
		assert_int_equal(entry.object_index, cases[i].index);
		assert_int_equal(entry.object_start, cases[i].start);
	}
	spdk_trace_parser_cleanup(parser);
}

static void
put_arg(struct spdk_trace_entry *entry, uint64_t value)
{
	memcpy(entry->args, &value, sizeof(value));
}

static void
an_argument_leads_to_the_object_that_it_names(void **state)
{
	struct spdk_trace_parser_entry entry;
	struct spdk_trace_parser *parser;

	describe(0, 9, 1);
	describe(1, 8, 1);
	add_arg(1, SPDK_TRACE_ARG_TYPE_PTR, 8);
	g_file.tpoints[1].related_objects[0].object_type = 7;
	g_file.tpoints[1].related_objects[1].object_type = 9;
	small_file_record(&g_file, 0, 10, 0)->object_id = 100;
	put_arg(small_file_record(&g_file, 0, 11, 1), 100);
	put_arg(small_file_record(&g_file, 0, 12, 1), 101);
	parser = parse_all();
	assert_true(spdk_trace_parser_next_entry(parser, &entry));
	assert_int_equal(entry.related_type, OBJECT_NONE);
	assert_true(spdk_trace_parser_next_entry(parser, &entry));
	assert_int_equal(entry.related_type, 9);
	assert_int_equal(entry.related_index, 0);
	assert_true(entry.args[0].is_related);
	assert_int_equal(entry.args[0].u.integer, 100);
	assert_true(spdk_trace_parser_next_entry(parser, &entry));
	assert_int_equal(entry.related_type, OBJECT_NONE);
	assert_int_equal(entry.related_index, UINT64_MAX);
	assert_false(entry.args[0].is_related);
	spdk_trace_parser_cleanup(parser);
}

static void
a_relation_by_a_text_or_by_an_argument_that_is_not_there_is_none(void **state)
{
	struct spdk_trace_parser_entry entry;
	struct spdk_trace_parser *parser;

	describe(0, 9, 1);
	add_arg(0, SPDK_TRACE_ARG_TYPE_STR, 8);
	g_file.tpoints[0].related_objects[0].object_type = 9;
	g_file.tpoints[0].related_objects[1].object_type = 9;
	g_file.tpoints[0].related_objects[1].arg_index = 200;
	small_file_record(&g_file, 0, 10, 0);
	parser = parse_all();
	assert_true(spdk_trace_parser_next_entry(parser, &entry));
	assert_int_equal(entry.related_type, OBJECT_NONE);
	spdk_trace_parser_cleanup(parser);
}

static void
arguments_that_are_lost_are_zero(void **state)
{
	struct spdk_trace_parser_entry entry;
	struct spdk_trace_parser *parser;
	struct spdk_trace_entry *first;

	add_arg(0, SPDK_TRACE_ARG_TYPE_STR, 12);
	add_arg(0, SPDK_TRACE_ARG_TYPE_INT, 200);
	/* What follows is of another time; of another tracepoint; or there is nothing. */
	first = small_file_record(&g_file, 0, 10, 0);
	memcpy(first->args, "abcdefgh", 8);
	memcpy(small_file_go_on(&g_file, 0, 9)->data, "ijkl", 4);
	first = small_file_record(&g_file, 0, 11, 0);
	memcpy(first->args, "abcdefgh", 8);
	small_file_record(&g_file, 0, 11, 1);
	first = small_file_record(&g_file, 1, 12, 0);
	memcpy(first->args, "abcdefgh", 8);
	parser = parse_all();
	for (uint64_t tsc = 10; tsc <= 12; tsc++) {
		do {
			assert_true(spdk_trace_parser_next_entry(parser, &entry));
		} while (entry.entry->tpoint_id != 0);
		assert_int_equal(entry.entry->tsc, tsc);
		assert_string_equal(entry.args[0].u.string, "abcdefgh");
		assert_int_equal(entry.args[1].u.integer, 0);
	}
	spdk_trace_parser_cleanup(parser);
}

static void
texts_of_a_file_end_whatever_it_says(void **state)
{
	struct spdk_trace_parser_entry entry;
	const struct spdk_trace_file *file;
	struct spdk_trace_parser *parser;
	struct spdk_trace_tpoint *tpoint;

	add_arg(0, SPDK_TRACE_ARG_TYPE_STR, 255);
	memset(g_file.tpoints[0].name, 'n', sizeof(g_file.tpoints[0].name));
	memset(g_file.tpoints[0].args[0].name, 'a', sizeof(g_file.tpoints[0].args[0].name));
	memset(g_file.owners[1], 'o', sizeof(g_file.owners[1]));
	memset(small_history(&g_file, 0)->tname, 't', SPDK_TRACE_THREAD_NAME_LEN);
	memset(small_file_record(&g_file, 0, 10, 0)->args, 'x', 8);
	for (int i = 1; i < SMALL_ENTRIES; i++) {
		memset(small_file_go_on(&g_file, 0, 10)->data, 'x', 22);
	}
	parser = parse_all();
	file = spdk_trace_parser_get_file(parser);
	tpoint = spdk_trace_get_tpoint_section(file)->tpoint;
	assert_int_equal(strlen(tpoint->name), 23);
	assert_int_equal(strlen(tpoint->args[0].name), 13);
	assert_int_equal(strlen(spdk_get_trace_owner(file, 1)->description), SMALL_DESCRIPTION - 1);
	assert_true(spdk_trace_parser_next_entry(parser, &entry));
	assert_int_equal(strlen(entry.tname), 15);
	assert_int_equal(strlen(entry.args[0].u.string), 8 + 7 * 22);
	spdk_trace_parser_cleanup(parser);
}

static void
entries_of_tracepoints_that_the_file_has_not_are_left_out(void **state)
{
	static const uint64_t expected[] = {2};

	small_file_record(&g_file, 0, 10, SMALL_TPOINTS)->object_id = 1;
	small_file_record(&g_file, 0, 11, SMALL_TPOINTS - 1)->object_id = 2;
	small_file_record(&g_file, 0, 12, UINT16_MAX)->object_id = 3;
	expect_objects(parse_all(), expected, SPDK_COUNTOF(expected));
}

static void
expect_refusal(size_t size, const char *why)
{
	write_file(size);
	assert_null(parse(SPDK_TRACE_PARSER_MODE_FILE, SPDK_TRACE_MAX_LCORE));
	assert_one_error(why);
	assert_null(parse(SPDK_TRACE_PARSER_MODE_SHM, SPDK_TRACE_MAX_LCORE));
	assert_one_error(why);
	small_file_init(&g_file);
}

static void
a_file_that_is_cut_off_is_refused_wherever_that_is(void **state)
{
	for (size_t size = 0; size < sizeof(g_file); size += size < 100 ? 1 : 61) {
		expect_refusal(size,
			       size < sizeof(g_file.start) ? "it ends too early" : "it is cut off");
	}
	/* Or says that it is shorter than what it has. */
	for (size_t size = sizeof(g_file.start); size < sizeof(g_file); size += 61) {
		g_file.start.file_size = size;
		write_file(sizeof(g_file));
		assert_null(parse(SPDK_TRACE_PARSER_MODE_FILE, SPDK_TRACE_MAX_LCORE));
		assert_one_error("is no trace file, or a damaged one");
	}
}

static void
a_file_that_is_damaged_is_refused(void **state)
{
	uint64_t *offsets = g_file.start.section_offsets;

	g_file.start.num_sections = 6;
	expect_refusal(sizeof(g_file), "it does not begin like one");
	g_file.start.file_size = 71;
	expect_refusal(sizeof(g_file), "it does not begin like one");
	g_file.start.file_size = UINT64_MAX;
	expect_refusal(sizeof(g_file), "it is cut off");
	g_file.main.tsc_rate = 0;
	expect_refusal(sizeof(g_file), "its ticks have no rate");
	g_file.tpoints[3].num_args = 9;
	expect_refusal(sizeof(g_file), "a tracepoint has more arguments than there can be");
	for (int i = 0; i < SPDK_TRACE_NUM_SECTIONS; i++) {
		offsets[i] = 0;
		expect_refusal(sizeof(g_file), "a section is missing");
		offsets[i] = UINT64_MAX;
		expect_refusal(sizeof(g_file), "a section is missing");
		offsets[i]++;
		expect_refusal(sizeof(g_file), "not where it can be");
		offsets[i] = sizeof(g_file) - 8;
		expect_refusal(sizeof(g_file), "a section goes beyond its end");
		offsets[i] = sizeof(g_file.start) - 8;
		expect_refusal(sizeof(g_file), "not where it can be");
	}
	offsets[SPDK_TRACE_SECTION_OBJECT] = offsets[SPDK_TRACE_SECTION_OWNER_TYPE];
	expect_refusal(sizeof(g_file), "two sections overlap");
}

static void
counts_that_cannot_be_are_refused(void **state)
{
	g_file.owner.owner_description_size = 0;
	expect_refusal(sizeof(g_file), "a section has a count that it cannot have");
	g_file.owner_type.count = SPDK_TRACE_MAX_OWNER_TYPE - 1;
	expect_refusal(sizeof(g_file), "a section has a count that it cannot have");
	g_file.object.count = SPDK_TRACE_MAX_OBJECT - 1;
	expect_refusal(sizeof(g_file), "a section has a count that it cannot have");
	g_file.lcore.count = SPDK_TRACE_MAX_LCORE + 1;
	expect_refusal(sizeof(g_file), "a section has a count that it cannot have");
	g_file.lcore.count = SPDK_TRACE_MAX_LCORE;
	expect_refusal(sizeof(g_file), "a section goes beyond its end");
	g_file.owner.num_owners = UINT16_MAX;
	expect_refusal(sizeof(g_file), "a section goes beyond its end");
	g_file.tpoint.count = SMALL_TPOINTS + 1;
	expect_refusal(sizeof(g_file), "two sections overlap");
}

static void
histories_that_cannot_be_are_refused(void **state)
{
	g_file.lcores[0] += 4;
	expect_refusal(sizeof(g_file), "a history is not where it can be");
	g_file.lcores[0] = 8;
	expect_refusal(sizeof(g_file), "a history is not where it can be");
	g_file.lcores[1] = UINT64_MAX - 7;
	expect_refusal(sizeof(g_file), "a history is not where it can be");
	g_file.lcores[1] = sizeof(g_file) - 8;
	expect_refusal(sizeof(g_file), "a history is not where it can be");
	g_file.lcores[1] = g_file.lcores[0];
	expect_refusal(sizeof(g_file), "overlaps another part");
	small_history(&g_file, 1)->num_entries = 0;
	expect_refusal(sizeof(g_file), "a history has no entries");
	small_history(&g_file, 1)->num_entries = SMALL_ENTRIES + 1;
	expect_refusal(sizeof(g_file), "goes beyond its end");
	small_history(&g_file, 1)->num_entries = UINT64_C(1) << 59;
	expect_refusal(sizeof(g_file), "goes beyond its end");
	small_history(&g_file, 1)->num_tpoint_ids = UINT64_C(1) << 61;
	expect_refusal(sizeof(g_file), "goes beyond its end");
	small_history(&g_file, 1)->num_tpoint_ids = UINT64_MAX;
	expect_refusal(sizeof(g_file), "goes beyond its end");
}

static void
what_is_no_file_is_refused(void **state)
{
	struct spdk_trace_parser_opts opts = {.lcore = SPDK_TRACE_MAX_LCORE};

	assert_null(spdk_trace_parser_init(NULL));
	assert_one_error("opts has no name");
	assert_null(spdk_trace_parser_init(&opts));
	assert_one_error("opts has no name");
	opts.filename = "/none";
	assert_null(spdk_trace_parser_init(&opts));
	assert_one_error("Trace file /none cannot be opened: No such file");
	opts.mode = SPDK_TRACE_PARSER_MODE_SHM;
	assert_null(spdk_trace_parser_init(&opts));
	assert_one_error("Trace file /none cannot be opened: No such file");
	opts.mode = 2;
	assert_null(spdk_trace_parser_init(&opts));
	assert_one_error("no mode");
	opts.mode = SPDK_TRACE_PARSER_MODE_FILE;
	opts.lcore++;
	assert_null(spdk_trace_parser_init(&opts));
	assert_one_error("an lcore above 1024");
	opts.lcore = 0;
	opts.filename = "/dev/zero";
	assert_null(spdk_trace_parser_init(&opts));
	assert_one_error("it is no regular file");
	opts.filename = g_trace_folder;
	assert_null(spdk_trace_parser_init(&opts));
	assert_one_error("it is no regular file");
	spdk_trace_parser_cleanup(NULL);
}

static void
a_file_that_says_it_is_huge_costs_what_is_in_it(void **state)
{
	static const uint64_t expected[] = {3};
	struct spdk_trace_parser *parser;

	/* A hole of a tebibyte behind it, which is the ring of the last lcore. */
	small_file_record(&g_file, 1, 20, 0)->object_id = 3;
	g_file.start.file_size = UINT64_C(1) << 40;
	write_file(sizeof(g_file));
	if (truncate(g_path, (off_t)g_file.start.file_size) != 0) {
		skip();
	}
	parser = parse(SPDK_TRACE_PARSER_MODE_FILE, SPDK_TRACE_MAX_LCORE);
	if (parser == NULL) {
		/* There need not be so many addresses. */
		assert_one_error("no memory for a copy");
		return;
	}
	expect_objects(parser, expected, SPDK_COUNTOF(expected));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		PARSER_TEST(entries_of_several_cores_come_in_the_order_of_time),
		PARSER_TEST(one_lcore_can_be_read_alone),
		PARSER_TEST(entries_from_before_the_clear_are_left_out),
		PARSER_TEST(a_clear_hides_what_the_library_has_recorded_before),
		PARSER_TEST(rings_of_any_size_are_read_from_where_they_begin),
		PARSER_TEST(entries_that_are_being_written_are_left_out),
		PARSER_TEST(objects_are_counted_by_type_from_where_they_begin),
		PARSER_TEST(an_argument_leads_to_the_object_that_it_names),
		PARSER_TEST(a_relation_by_a_text_or_by_an_argument_that_is_not_there_is_none),
		PARSER_TEST(arguments_that_are_lost_are_zero),
		PARSER_TEST(texts_of_a_file_end_whatever_it_says),
		PARSER_TEST(entries_of_tracepoints_that_the_file_has_not_are_left_out),
		PARSER_TEST(a_file_that_is_cut_off_is_refused_wherever_that_is),
		PARSER_TEST(a_file_that_is_damaged_is_refused),
		PARSER_TEST(counts_that_cannot_be_are_refused),
		PARSER_TEST(histories_that_cannot_be_are_refused),
		PARSER_TEST(what_is_no_file_is_refused),
		PARSER_TEST(a_file_that_says_it_is_huge_costs_what_is_in_it),
	};

	return cmocka_run_group_tests(tests, open_trace_env, close_trace_env);
}
