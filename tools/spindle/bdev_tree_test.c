/* SPDX-License-Identifier: BSD-3-Clause */
/* What is built on what, as servers tell of it: as they should, and as they should not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "bdev.h"
#include "spdk/util.h"

/* The lines up to the end of the name, in which there are no blanks here. */
static char *
names_only(char *text)
{
	char *from = text, *to = text, *end;
	size_t length;

	while (*from != '\0') {
		end = strchr(from, '\n');
		length = strspn(from, " |`-");
		length += strcspn(from + length, " \n");
		memmove(to, from, length);
		to += length;
		*to++ = '\n';
		from = end + 1;
	}
	*to = '\0';
	return text;
}

static void
read_infos(const char *json, struct document *document, struct bdev_infos *infos)
{
	assert_int_equal(document_parse(document, "test", json, strlen(json)), 0);
	bdev_infos_read(document->values, infos);
}

static void
expect_tree(const char *json, const char *expected)
{
	struct document document = {.text = NULL};
	struct text text = {.bytes = NULL};
	struct bdev_infos infos;

	read_infos(json, &document, &infos);
	bdev_tree_write(&infos, false, &text);
	assert_string_equal(names_only(text.bytes), expected);
	text_fini(&text);
	bdev_infos_fini(&infos);
	document_fini(&document);
}

static const char raid[] =
	"[{'name':'A','driver_specific':{}},"
	" {'name':'B','uuid':'u-b','aliases':['u-b','other b']},"
	" {'name':'Ap0','driver_specific':{'split':{'base_bdev':'A','offset_blocks':0}}},"
	" {'name':'P','driver_specific':{'passthru':{'name':'P','base_bdev_name':'other b'}}},"
	" {'name':'R','driver_specific':{'raid':{'uuid':'u-r','num_base_bdevs':2,"
	"   'base_bdevs_list':[{'name':'Ap0','uuid':'u-x','is_configured':true},"
	"                      {'name':'P','uuid':'u-p'}]}}},"
	" {'name':'L','driver_specific':{'lvol':{'base_bdev':'R','base_snapshot':'nobody'}}}]";

/* JSON with quotes as they are written here. */
static char *
quoted(const char *json)
{
	char *copy = duplicate(json), *c;

	for (c = copy; *c != '\0'; c++) {
		*c = *c == '\'' ? '"' : *c;
	}
	return copy;
}

static void
expect_quoted_tree(const char *json, const char *expected)
{
	char *copy = quoted(json);

	expect_tree(copy, expected);
	free(copy);
}

static void
devices_stand_on_their_bases(void **state)
{
	expect_quoted_tree(raid, "name\n"
				 "A\n"
				 "`-Ap0\n"
				 "  `-R\n"
				 "    `-L\n"
				 "B\n"
				 "`-P\n"
				 "  `-R\n");
}

static void
several_on_one_are_joined_by_a_line(void **state)
{
	expect_quoted_tree(
		"[{'name':'A','uuid':'u-a'},{'name':'1','driver_specific':{'base_bdev':'A'}},"
		"{'name':'2','driver_specific':{'base_bdev':'1'}},"
		"{'name':'3','driver_specific':{'x':{'base_bdevs':[{'name':'A','uuid':'u-a'}]}}}]",
		"name\nA\n|-1\n| `-2\n`-3\n");
}

static void
letters_of_the_terminal_are_used(void **state)
{
	char *json = quoted("[{'name':'A'},{'name':'1','driver_specific':{'base_bdev':'A'}}]");
	struct document document = {.text = NULL};
	struct text text = {.bytes = NULL};
	struct bdev_infos infos;

	read_infos(json, &document, &infos);
	bdev_tree_write(&infos, true, &text);
	assert_non_null(strstr(text.bytes, "\n\u2514\u25001   "));
	text_fini(&text);
	bdev_infos_fini(&infos);
	document_fini(&document);
	free(json);
}

/* A base that is awaited, by whatever member; and what only looks like one. */
static void
what_is_missing_is_shown(void **state)
{
	expect_quoted_tree(
		"[{'name':'P','driver_specific':{'passthru':{'base_bdev_name':'Later'}}},"
		"{'name':'Q','driver_specific':{'new':{'bases':['P'],'base_kind':'slow',"
		"'baseline':7,'base_bdev_uuid':'u-9','base_bdevs':[{'name':'P','state':'new'}]}}}]",
		"name\nLater\n`-P\n  `-Q\n");
}

static void
circles_are_drawn_once(void **state)
{
	expect_quoted_tree(
		"[{'name':'A','driver_specific':{'base_bdev':'C'}},"
		"{'name':'B','driver_specific':{'base_bdev':'A'}},"
		"{'name':'C','driver_specific':{'base_bdev':'B'}},"
		"{'name':'S','aliases':['s'],'driver_specific':{'base_bdevs':['S','s']}}]",
		"name\nS\nA\n`-B\n  `-C\n    `-A\n");
}

/* Two devices on each of the last two: paths without number, lines that are few. */
static void
each_device_is_unfolded_once(void **state)
{
	struct text json = {.bytes = NULL}, text = {.bytes = NULL};
	struct document document = {.text = NULL};
	struct bdev_infos infos;
	size_t i, lines = 0, begin = 0;

	text_add_string(&json, "[{\"name\":\"0\"},{\"name\":\"1\"}");
	for (i = 2; i < 500; i++) {
		text_printf(&json,
			    ",{\"name\":\"%zu\",\"driver_specific\":"
			    "{\"base_bdevs\":[\"%zu\",\"%zu\"]}}",
			    i, i - 1, i - 2);
	}
	text_add_string(&json, "]");
	read_infos(json.bytes, &document, &infos);
	bdev_tree_write(&infos, false, &text);
	for (i = 0; i < text.size; i++) {
		if (text.bytes[i] == '\n') {
			/* No tower leans further than it may. */
			assert_true(strspn(text.bytes + begin, " |") <= 2 * 64 + 1);
			lines++;
			begin = i + 1;
		}
	}
	assert_in_range(lines, 500, 1500);
	/* What is too deep is not lost: it begins again from the left. */
	assert_non_null(strstr(text.bytes, "`-499 "));
	text_fini(&text);
	bdev_infos_fini(&infos);
	document_fini(&document);
	text_fini(&json);
}

static void
what_is_no_device_is_left_out(void **state)
{
	expect_quoted_tree("[5,null,[],{},{'name':7},{'name':'A','aliases':5,'driver_specific':[],"
			   "'block_size':-1,'num_blocks':'x','claimed':true}]",
			   "name\nA\n");
	expect_quoted_tree("{'name':'A'}", "name\n");
}

static void
json_names_what_is_below(void **state)
{
	char *json = quoted(raid), *expected = quoted("[\n{'name':'A','bases':[]},\n"
						      "{'name':'B','bases':[]},\n"
						      "{'name':'Ap0','bases':['A']},\n"
						      "{'name':'P','bases':['B']},\n"
						      "{'name':'R','bases':['Ap0','P']},\n"
						      "{'name':'L','bases':['R']}\n]\n");
	struct document document = {.text = NULL};
	struct text text = {.bytes = NULL};
	struct bdev_infos infos;

	read_infos(json, &document, &infos);
	bdev_tree_write_json(&infos, &text);
	assert_string_equal(text.bytes, expected);
	text_fini(&text);
	bdev_infos_fini(&infos);
	document_fini(&document);
	free(json);
	free(expected);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(devices_stand_on_their_bases),
		cmocka_unit_test(several_on_one_are_joined_by_a_line),
		cmocka_unit_test(letters_of_the_terminal_are_used),
		cmocka_unit_test(what_is_missing_is_shown),
		cmocka_unit_test(circles_are_drawn_once),
		cmocka_unit_test(each_device_is_unfolded_once),
		cmocka_unit_test(what_is_no_device_is_left_out),
		cmocka_unit_test(json_names_what_is_below),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
