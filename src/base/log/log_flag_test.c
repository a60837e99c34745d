/* SPDX-License-Identifier: BSD-3-Clause */
/* Log flags and deprecations: finding them by name, in order, and what is wrong with them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/log/log_internal.h"
#include "spdk/stdinc.h"
#include "spdk/util.h"

#define TAGS_SIZE 1024

SPDK_LOG_REGISTER_COMPONENT(flagtest_b)
SPDK_LOG_REGISTER_COMPONENT(flagtest_a)
SPDK_LOG_REGISTER_COMPONENT(flagtest_other)
SPDK_LOG_DEPRECATION_REGISTER(zz_deptest, "old thing", "v99.01", SPDK_LOG_DEPRECATION_ALWAYS)
SPDK_LOG_DEPRECATION_REGISTER(aa_deptest, "older thing", "v99.05", SPDK_LOG_DEPRECATION_EVERY_24H)

static char g_errors[4096];
static int g_error_count, g_warning_count;
static uint64_t g_now_ns = SPDK_SEC_TO_NSEC;

static uint64_t
test_clock(void)
{
	return g_now_ns;
}

static void
collect(int level, const char *file, const int line, const char *func, const char *format,
	va_list args)
{
	g_error_count += level == SPDK_LOG_ERROR;
	g_warning_count += level == SPDK_LOG_WARN;
	(void)vsnprintf(g_errors, sizeof(g_errors), format, args);
}

static int
set_up(void **state)
{
	g_error_count = g_warning_count = 0;
	log_set_clock(test_clock);
	spdk_log_open(collect);
	return 0;
}

static int
tear_down(void **state)
{
	(void)spdk_log_clear_flag("all");
	spdk_log_close();
	log_set_clock(NULL);
	return 0;
}

static void
flags_are_in_the_order_of_names(void **state)
{
	struct spdk_log_flag *flag, *next;
	int found = 0;

	for (flag = spdk_log_get_first_flag(); flag != NULL; flag = next) {
		next = spdk_log_get_next_flag(flag);
		if (next != NULL) {
			assert_true(strcmp(flag->name, next->name) <= 0);
		}
		found += flag == &SPDK_LOG_flagtest_a || flag == &SPDK_LOG_flagtest_b;
	}
	assert_int_equal(found, 2);
	assert_null(spdk_log_get_next_flag(NULL));
}

static void
a_flag_is_set_by_its_name_only(void **state)
{
	assert_false(spdk_log_get_flag("flagtest_a"));
	assert_int_equal(spdk_log_set_flag("flagtest_a"), 0);
	assert_true(spdk_log_get_flag("flagtest_a"));
	assert_true(SPDK_DEBUGLOG_FLAG_ENABLED("flagtest_a"));
	assert_false(spdk_log_get_flag("flagtest_b"));
	assert_false(spdk_log_get_flag("flagtest_*"));
	assert_int_equal(spdk_log_clear_flag("flagtest_a"), 0);
	assert_false(spdk_log_get_flag("flagtest_a"));
}

static void
a_pattern_sets_all_that_match(void **state)
{
	assert_int_equal(spdk_log_set_flag("FlagTest_[ab]"), 0);
	assert_true(SPDK_LOG_flagtest_a.enabled);
	assert_true(SPDK_LOG_flagtest_b.enabled);
	assert_false(SPDK_LOG_flagtest_other.enabled);
	assert_int_equal(spdk_log_clear_flag("*_b"), 0);
	assert_true(SPDK_LOG_flagtest_a.enabled);
	assert_false(SPDK_LOG_flagtest_b.enabled);
	assert_true(spdk_log_get_flag("flagtest_a"));
}

static void
an_unknown_flag_is_refused(void **state)
{
	assert_int_equal(spdk_log_set_flag("flagtest_none"), -EINVAL);
	assert_int_equal(spdk_log_clear_flag("flagtest_none*"), -EINVAL);
	assert_int_equal(spdk_log_set_flag(""), -EINVAL);
	assert_int_equal(spdk_log_set_flag(NULL), -EINVAL);
	assert_false(spdk_log_get_flag("flagtest_none"));
	assert_false(spdk_log_get_flag(NULL));
	assert_int_equal(g_error_count, 0);
}

static void
all_includes_flags_that_come_later(void **state)
{
	static struct spdk_log_flag late = {.name = "flagtest_late"};

	assert_int_equal(spdk_log_set_flag("all"), 0);
	assert_true(SPDK_LOG_flagtest_other.enabled);
	spdk_log_register_flag("flagtest_late", &late);
	assert_true(late.enabled);
	assert_true(spdk_log_get_flag("flagtest_late"));
	assert_int_equal(spdk_log_clear_flag("all"), 0);
	assert_false(late.enabled);
	assert_false(SPDK_LOG_flagtest_other.enabled);
}

static void
usage_names_every_flag_once(void **state)
{
	struct spdk_log_flag *flag;
	char *text = NULL;
	size_t len;
	FILE *fp = open_memstream(&text, &len);

	assert_non_null(fp);
	spdk_log_usage(fp, "-L");
	fclose(fp);
	assert_non_null(strstr(text, "-L <flag>"));
	assert_non_null(strstr(text, " all, "));
	assert_int_equal(text[len - 1], '\n');
	for (flag = spdk_log_get_first_flag(); flag != NULL; flag = spdk_log_get_next_flag(flag)) {
		assert_non_null(strstr(text, flag->name));
	}
	free(text);
}

static void
the_same_flag_twice_counts_once(void **state)
{
	struct spdk_log_flag *flag;
	int found = 0;

	spdk_log_register_flag("flagtest_a", &SPDK_LOG_flagtest_a);
	for (flag = spdk_log_get_first_flag(); flag != NULL; flag = spdk_log_get_next_flag(flag)) {
		found += flag == &SPDK_LOG_flagtest_a;
	}
	assert_int_equal(found, 1);
	assert_int_equal(spdk_log_set_flag("flagtest_b"), 0);
	assert_int_equal(g_error_count, 0);
}

/* Last of the flag tests: the error is for the life of the process. */
static void
two_flags_of_one_name_are_one_error_and_both_set(void **state)
{
	static struct spdk_log_flag twin;

	spdk_log_register_flag("flagtest_other", &twin);
	assert_int_equal(g_error_count, 0);
	assert_int_equal(spdk_log_set_flag("flagtest_other"), 0);
	assert_int_equal(g_error_count, 1);
	assert_non_null(strstr(g_errors, "'flagtest_other'"));
	assert_true(SPDK_LOG_flagtest_other.enabled);
	assert_true(twin.enabled);
	assert_int_equal(spdk_log_set_flag("flagtest_other"), 0);
	assert_int_equal(g_error_count, 1);
}

static void
a_deprecation_knows_what_it_was_given(void **state)
{
	assert_string_equal(spdk_deprecation_get_tag(_deprecated_zz_deptest), "zz_deptest");
	assert_string_equal(spdk_deprecation_get_description(_deprecated_zz_deptest), "old thing");
	assert_string_equal(spdk_deprecation_get_remove_release(_deprecated_zz_deptest), "v99.01");
	assert_int_equal(spdk_deprecation_get_hits(_deprecated_zz_deptest), 0);
}

static void
each_use_warns_unless_limited(void **state)
{
	SPDK_LOG_DEPRECATED(zz_deptest);
	SPDK_LOG_DEPRECATED(zz_deptest);
	assert_int_equal(g_warning_count, 2);
	assert_non_null(strstr(g_errors, "zz_deptest: deprecated feature old thing"));
	assert_non_null(strstr(g_errors, "v99.01"));
	assert_int_equal(spdk_deprecation_get_hits(_deprecated_zz_deptest), 2);

	g_warning_count = 0;
	SPDK_LOG_DEPRECATED(aa_deptest);
	g_now_ns += (SPDK_LOG_DEPRECATION_EVERY_24H - 1) * SPDK_SEC_TO_NSEC;
	SPDK_LOG_DEPRECATED(aa_deptest);
	assert_int_equal(g_warning_count, 1);
	g_now_ns += SPDK_SEC_TO_NSEC;
	SPDK_LOG_DEPRECATED(aa_deptest);
	/* The warning, and that one was left out. */
	assert_int_equal(g_warning_count, 3);
	assert_non_null(strstr(g_errors, "used 1 times since"));
	assert_int_equal(spdk_deprecation_get_hits(_deprecated_aa_deptest), 3);
	spdk_log_deprecated(NULL, "a.c", 1, "f");
	assert_int_equal(g_error_count, 1);
}

static int
note_tag(void *ctx, struct spdk_deprecation *deprecation)
{
	char *tags = (char *)ctx;
	size_t len = strlen(tags);

	(void)snprintf(tags + len, TAGS_SIZE - len, "%s ", spdk_deprecation_get_tag(deprecation));
	return strcmp(spdk_deprecation_get_tag(deprecation), "zz_deptest") == 0 ? 7 : 0;
}

static void
the_walk_is_in_order_and_can_be_ended(void **state)
{
	struct spdk_deprecation *reg = NULL;
	char tags[TAGS_SIZE] = "", tag[] = "mm_deptest";

	assert_int_equal(spdk_log_deprecation_register(tag, "d", "r", 0, &reg), 0);
	assert_non_null(reg);
	/* The texts were copied. */
	tag[0] = 'x';
	assert_string_equal(spdk_deprecation_get_tag(reg), "mm_deptest");
	assert_int_equal(spdk_log_for_each_deprecation(tags, note_tag), 7);
	assert_true(strstr(tags, "aa_deptest ") < strstr(tags, "mm_deptest "));
	assert_true(strstr(tags, "mm_deptest ") < strstr(tags, "zz_deptest "));
}

static void
bad_deprecations_are_refused(void **state)
{
	struct spdk_deprecation *reg = NULL;

	assert_int_equal(spdk_log_deprecation_register(NULL, "d", "r", 0, &reg), -EINVAL);
	assert_int_equal(spdk_log_deprecation_register("", "d", "r", 0, &reg), -EINVAL);
	assert_int_equal(spdk_log_deprecation_register("t", NULL, "r", 0, &reg), -EINVAL);
	assert_int_equal(spdk_log_deprecation_register("t", "d", NULL, 0, &reg), -EINVAL);
	assert_int_equal(spdk_log_deprecation_register("t", "d", "r", 0, NULL), -EINVAL);
	assert_int_equal(spdk_log_deprecation_register("zz_deptest", "d", "r", 0, &reg), -EEXIST);
	assert_null(reg);
}

static void
two_deprecations_of_one_tag_are_one_error(void **state)
{
	static struct spdk_deprecation twin = {
		.tag = "aa_deptest", .description = "", .remove_release = ""};
	char tags[TAGS_SIZE] = "";

	spindle_log_deprecation_link(&twin);
	spindle_log_deprecation_link(&twin);
	assert_int_equal(g_error_count, 0);
	(void)spdk_log_for_each_deprecation(tags, note_tag);
	tags[0] = '\0';
	(void)spdk_log_for_each_deprecation(tags, note_tag);
	assert_int_equal(g_error_count, 1);
	assert_non_null(strstr(g_errors, "'aa_deptest'"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(flags_are_in_the_order_of_names, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_flag_is_set_by_its_name_only, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_pattern_sets_all_that_match, set_up, tear_down),
		cmocka_unit_test_setup_teardown(an_unknown_flag_is_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(all_includes_flags_that_come_later, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(usage_names_every_flag_once, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_same_flag_twice_counts_once, set_up, tear_down),
		cmocka_unit_test_setup_teardown(two_flags_of_one_name_are_one_error_and_both_set,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_deprecation_knows_what_it_was_given, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(each_use_warns_unless_limited, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_walk_is_in_order_and_can_be_ended, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(bad_deprecations_are_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(two_deprecations_of_one_tag_are_one_error, set_up,
						tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
