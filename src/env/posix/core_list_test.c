/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Core masks, core lists and lcore maps: what each form means, and where a wrong one is wrong.
 */
#include "env/posix/core_list.h"

#include <setjmp.h>

#include <cmocka.h>

#define TEXT_SIZE 4096

static struct core_list g_list;
static struct core_list_error g_error;

static const char *
lcores_text(void)
{
	static char text[TEXT_SIZE];

	return core_set_format(&g_list.lcores, text, sizeof(text));
}

static const char *
cpus_text(uint32_t lcore)
{
	static char text[TEXT_SIZE];

	return core_set_format(&g_list.cpus[lcore], text, sizeof(text));
}

static void
good_mask(const char *text, const char *lcores)
{
	uint32_t lcore;
	char own[16];

	memset(&g_list, 0xff, sizeof(g_list));
	if (core_list_parse_mask(text, &g_list, &g_error) != 0) {
		fail_msg("\"%s\" was refused: %s", text, g_error.reason);
	}
	assert_string_equal(lcores_text(), lcores);
	for (lcore = core_set_next(&g_list.lcores, 0); lcore != CORE_NONE;
	     lcore = core_set_next(&g_list.lcores, lcore + 1)) {
		snprintf(own, sizeof(own), "%u", lcore);
		assert_string_equal(cpus_text(lcore), own);
	}
}

static void
bad_text(int (*parse)(const char *, struct core_list *, struct core_list_error *), const char *text,
	 size_t position, const char *reason)
{
	memset(&g_list, 0xa5, sizeof(g_list));
	memset(&g_error, 0, sizeof(g_error));
	if (parse(text, &g_list, &g_error) != -EINVAL) {
		fail_msg("\"%s\" was not refused", text);
	}
	assert_int_equal(g_list.lcores.words[0], UINT64_C(0xa5a5a5a5a5a5a5a5));
	if (strstr(g_error.reason, reason) == NULL || g_error.position != position) {
		fail_msg("\"%s\" is wrong at %zu: %s", text, g_error.position, g_error.reason);
	}
}

static void
masks_name_lcores_by_their_bits(void **state)
{
	char text[400];

	good_mask("0x1", "0");
	good_mask("0X3", "0-1");
	good_mask("f", "0-3");
	good_mask("F0", "4-7");
	good_mask(" 0x5 ", "0,2");
	good_mask("0x8000000000000001", "0,63");
	good_mask("10000000000000000", "64");
	good_mask("000000000000000000000000000000000000000000000001", "0");
	/* The highest bit there is, and zeros before it. */
	memset(text, '0', sizeof(text));
	text[100] = '8';
	memset(text + 101, '0', 255);
	text[101 + 255] = '\0';
	good_mask(text, "1023");
	memset(text, 'f', 256);
	text[256] = '\0';
	good_mask(text, "0-1023");
}

static void
lists_stand_in_brackets(void **state)
{
	good_mask("[0]", "0");
	good_mask("[0,2-3]", "0,2-3");
	good_mask(" [ 0 , 5 - 2 ] ", "0,2-5");
	good_mask("[1023]", "1023");
	good_mask("[1,1,0-2]", "0-2");
}

static void
wrong_masks_are_pointed_at(void **state)
{
	char text[300];

	bad_text(core_list_parse_mask, "", 0, "hexadecimal digits");
	bad_text(core_list_parse_mask, "0x", 2, "hexadecimal digits");
	bad_text(core_list_parse_mask, "0x0", 3, "no lcore");
	bad_text(core_list_parse_mask, "0x3g", 3, "no hexadecimal digit");
	bad_text(core_list_parse_mask, "0,2-3", 1, "brackets");
	bad_text(core_list_parse_mask, "-1", 0, "hexadecimal digits");
	bad_text(core_list_parse_mask, "0x1 0x2", 4, "no hexadecimal digit");
	memset(text, '0', sizeof(text));
	memcpy(text, "0x1", 3);
	memset(text + 3, '0', 256);
	text[3 + 256] = '\0';
	bad_text(core_list_parse_mask, text, 2, "below 1024");
	bad_text(core_list_parse_mask, "[]", 1, "number");
	bad_text(core_list_parse_mask, "[0", 2, "']'");
	bad_text(core_list_parse_mask, "[0,", 3, "missing");
	bad_text(core_list_parse_mask, "[0,]", 3, "number");
	bad_text(core_list_parse_mask, "[0-]", 3, "number");
	bad_text(core_list_parse_mask, "[0]1", 3, "nothing may follow");
	bad_text(core_list_parse_mask, "[0x3]", 2, "']'");
	bad_text(core_list_parse_mask, "[0,1024]", 3, "below 1024");
	bad_text(core_list_parse_mask, "[99999999999999999999]", 1, "below 1024");
}

static void
good_map(const char *text, const char *lcores)
{
	memset(&g_list, 0xff, sizeof(g_list));
	if (core_list_parse_map(text, &g_list, &g_error) != 0) {
		fail_msg("\"%s\" was refused: %s", text, g_error.reason);
	}
	assert_string_equal(lcores_text(), lcores);
}

static void
maps_give_lcores_their_cpus(void **state)
{
	good_map("0@1,1@(2-3)", "0-1");
	assert_string_equal(cpus_text(0), "1");
	assert_string_equal(cpus_text(1), "2-3");

	good_map("1,2@(5-7),(3-5)@(0,2),(0,6),7-8", "0-8");
	assert_string_equal(cpus_text(0), "0,6");
	assert_string_equal(cpus_text(1), "1");
	assert_string_equal(cpus_text(2), "5-7");
	assert_string_equal(cpus_text(3), "0,2");
	assert_string_equal(cpus_text(5), "0,2");
	assert_string_equal(cpus_text(6), "0,6");
	assert_string_equal(cpus_text(7), "7");
	assert_string_equal(cpus_text(8), "8");

	good_map("0-1023@0-3", "0-1023");
	assert_string_equal(cpus_text(1023), "0-3");
	good_map(" ( 1 , 3 - 2 ) @ 9 ", "1-3");
	assert_string_equal(cpus_text(2), "9");
	good_map("0@1,0@1", "0");
}

static void
wrong_maps_are_pointed_at(void **state)
{
	bad_text(core_list_parse_map, "", 0, "missing");
	bad_text(core_list_parse_map, "0@", 2, "missing");
	bad_text(core_list_parse_map, "@0", 0, "number");
	bad_text(core_list_parse_map, "0@1@2", 3, "'@'");
	bad_text(core_list_parse_map, "(0,1", 4, "')'");
	bad_text(core_list_parse_map, "()", 1, "number");
	bad_text(core_list_parse_map, "0@(1,2]", 6, "')'");
	bad_text(core_list_parse_map, "0,", 2, "missing");
	bad_text(core_list_parse_map, "0 1", 2, "end");
	bad_text(core_list_parse_map, "((0))", 1, "number");
	bad_text(core_list_parse_map, "1024@0", 0, "below 1024");
	bad_text(core_list_parse_map, "0@1024", 2, "below 1024");
	bad_text(core_list_parse_map, "0@1,0@2", 7, "other CPUs");
	bad_text(core_list_parse_map, "0x3", 1, "end");
}

static void
lists_of_the_kernel_are_read(void **state)
{
	struct core_set set;
	char text[TEXT_SIZE];

	assert_int_equal(core_set_parse("0-3,5,8-9\n", &set), 0);
	assert_string_equal(core_set_format(&set, text, sizeof(text)), "0-3,5,8-9");
	assert_int_equal(core_set_parse("\n", &set), 0);
	assert_int_equal(core_set_count(&set), 0);
	assert_int_equal(core_set_parse("", &set), 0);
	/* A machine larger than we can name still has its first CPUs. */
	assert_int_equal(core_set_parse("1020-2047,4096", &set), 0);
	assert_string_equal(core_set_format(&set, text, sizeof(text)), "1020-1023");
	assert_int_equal(core_set_parse("0-18446744073709551615", &set), 0);
	assert_int_equal(core_set_count(&set), CORE_LIMIT);
	assert_int_equal(core_set_parse("x", &set), -EINVAL);
	assert_int_equal(core_set_parse("1,x", &set), -EINVAL);
	assert_int_equal(core_set_parse("1-x", &set), -EINVAL);
	assert_int_equal(core_set_count(&set), CORE_LIMIT);
}

static void
sets_are_walked_and_printed(void **state)
{
	struct core_set set = {0};
	char text[12];

	assert_int_equal(core_set_next(&set, 0), CORE_NONE);
	core_set_add(&set, 0);
	core_set_add(&set, 63);
	core_set_add(&set, 64);
	core_set_add(&set, 1023);
	assert_int_equal(core_set_count(&set), 4);
	assert_int_equal(core_set_next(&set, 0), 0);
	assert_int_equal(core_set_next(&set, 1), 63);
	assert_int_equal(core_set_next(&set, 64), 64);
	assert_int_equal(core_set_next(&set, 65), 1023);
	assert_int_equal(core_set_next(&set, 1024), CORE_NONE);
	assert_false(core_set_has(&set, 1));
	assert_true(core_set_has(&set, 1023));
	assert_false(core_set_has(&set, 1024));
	assert_false(core_set_has(&set, CORE_NONE));
	assert_string_equal(core_set_format(&set, text, sizeof(text)), "0,63-64...");
	assert_string_equal(core_set_format(&set, text, 4), "...");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(masks_name_lcores_by_their_bits),
		cmocka_unit_test(lists_stand_in_brackets),
		cmocka_unit_test(wrong_masks_are_pointed_at),
		cmocka_unit_test(maps_give_lcores_their_cpus),
		cmocka_unit_test(wrong_maps_are_pointed_at),
		cmocka_unit_test(lists_of_the_kernel_are_read),
		cmocka_unit_test(sets_are_walked_and_printed),
	};

	return cmocka_run_group_tests_name("core_list", tests, NULL, NULL);
}
