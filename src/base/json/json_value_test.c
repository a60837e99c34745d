/* SPDX-License-Identifier: BSD-3-Clause */
/* Values: their lengths, walks over containers, members by name, strings of C. */
#include "base/json/json_test_support.h"

static void
lengths_step_over_values(void **state)
{
	struct spdk_json_val *root = parsed("[1,[2,{\"a\":3}],{},\"s\"]");

	assert_int_equal(spdk_json_val_len(root), 13);
	assert_int_equal(spdk_json_val_len(root + 1), 1);
	assert_int_equal(spdk_json_val_len(root + 2), 7);
	assert_int_equal(spdk_json_val_len(root + 9), 2);
	assert_int_equal(spdk_json_val_len(NULL), 0);
}

static void
elements_are_counted_without_what_they_contain(void **state)
{
	assert_int_equal(spdk_json_array_count(parsed("[]")), 0);
	assert_int_equal(spdk_json_array_count(parsed("[1]")), 1);
	assert_int_equal(spdk_json_array_count(parsed("[[1,2],{\"a\":[3]},[],4]")), 4);
	assert_int_equal(spdk_json_array_count(parsed("{\"a\":1}")), 0);
	assert_int_equal(spdk_json_array_count(parsed("1")), 0);
	assert_int_equal(spdk_json_array_count(NULL), 0);
}

static void
strings_compare_by_all_their_bytes(void **state)
{
	struct spdk_json_val *root =
		parsed("{\"name\":\"test\",\"nul\":\"test\\u0000x\",\"n\":12}");

	assert_true(spdk_json_strequal(root + 1, "name"));
	assert_true(spdk_json_strequal(root + 2, "test"));
	assert_false(spdk_json_strequal(root + 2, "TEST"));
	assert_false(spdk_json_strequal(root + 2, "tes"));
	assert_false(spdk_json_strequal(root + 2, "tests"));
	assert_false(spdk_json_strequal(root + 2, ""));
	assert_false(spdk_json_strequal(root + 4, "test"));
	assert_false(spdk_json_strequal(root + 6, "12"));
	assert_false(spdk_json_strequal(root + 2, NULL));
	assert_false(spdk_json_strequal(NULL, "test"));
}

static void
strings_become_strings_of_c(void **state)
{
	struct spdk_json_val *root = parsed("[\"a\\u00e9\",\"\",\"x\\u0000\",1]");
	char *str = spdk_json_strdup(root + 1);

	assert_string_equal(str, "a\xC3\xA9");
	free(str);
	str = spdk_json_strdup(root + 2);
	assert_string_equal(str, "");
	free(str);
	assert_null(spdk_json_strdup(root + 3));
	assert_null(spdk_json_strdup(root + 4));
	assert_null(spdk_json_strdup(NULL));
	root = parsed("{\"k\":1}");
	str = spdk_json_strdup(root + 1);
	assert_string_equal(str, "k");
	free(str);
}

static void
walks_visit_each_child_once(void **state)
{
	static const char *const names[] = {"a", "b", "c"};
	struct spdk_json_val *root =
		parsed("{\"a\":[1,[2],{\"x\":3}],\"b\":{\"a\":{}},\"c\":null}");
	struct spdk_json_val *array = root + 2, *at;
	size_t count = 0;

	for (at = spdk_json_object_first(root); at != NULL; at = spdk_json_next(at)) {
		assert_true(count < SPDK_COUNTOF(names) && spdk_json_strequal(at, names[count]));
		count++;
	}
	assert_int_equal(count, 3);
	at = spdk_json_array_first(array);
	assert_int_equal(at->type, SPDK_JSON_VAL_NUMBER);
	at = spdk_json_next(at);
	assert_int_equal(at->type, SPDK_JSON_VAL_ARRAY_BEGIN);
	at = spdk_json_next(at);
	assert_int_equal(at->type, SPDK_JSON_VAL_OBJECT_BEGIN);
	assert_null(spdk_json_next(at));
	assert_null(spdk_json_next(NULL));
}

static void
empty_and_other_containers_have_no_first(void **state)
{
	assert_null(spdk_json_object_first(parsed("{}")));
	assert_null(spdk_json_array_first(parsed("[]")));
	assert_null(spdk_json_object_first(parsed("[1]")));
	assert_null(spdk_json_array_first(parsed("{\"a\":1}")));
	assert_null(spdk_json_object_first(NULL));
	assert_null(spdk_json_array_first(NULL));
}

static void
members_are_found_by_name_and_type(void **state)
{
	struct spdk_json_val *root =
		parsed("{\"skip\":{\"str\":1},\"str\":\"s\",\"arr\":[],\"t\":true,\"str\":2}");
	struct spdk_json_val *key = NULL, *val = NULL;

	assert_int_equal(spdk_json_find(root, "str", &key, &val, SPDK_JSON_VAL_ANY), 0);
	assert_ptr_equal(key, root + 6);
	assert_ptr_equal(val, root + 7);
	assert_int_equal(spdk_json_find(root, "arr", NULL, &val, SPDK_JSON_VAL_ARRAY_BEGIN), 0);
	assert_ptr_equal(val, root + 9);
	assert_int_equal(
		spdk_json_find(root, "t", &key, NULL,
			       (enum spdk_json_val_type)(SPDK_JSON_VAL_TRUE | SPDK_JSON_VAL_FALSE)),
		0);
	assert_ptr_equal(key, root + 11);
	assert_int_equal(spdk_json_find_string(root, "str", &key, &val), 0);
	assert_ptr_equal(val, root + 7);
	assert_int_equal(spdk_json_find_array(root, "arr", &key, &val), 0);
	assert_ptr_equal(val, root + 9);
}

static void
what_is_not_found_says_why(void **state)
{
	struct spdk_json_val *root = parsed("{\"a\":{\"b\":1}}");
	struct spdk_json_val *key = NULL, *val = NULL;

	assert_int_equal(spdk_json_find(root, "b", &key, &val, SPDK_JSON_VAL_ANY), -ENOENT);
	assert_int_equal(spdk_json_find(root, "a", &key, &val, SPDK_JSON_VAL_STRING), -EDOM);
	assert_int_equal(spdk_json_find_string(root, "a", &key, &val), -EDOM);
	assert_int_equal(spdk_json_find_array(root, "a", &key, &val), -EDOM);
	assert_int_equal(spdk_json_find(root + 4, "a", &key, &val, SPDK_JSON_VAL_ANY), -EPROTOTYPE);
	assert_int_equal(spdk_json_find(NULL, "a", &key, &val, SPDK_JSON_VAL_ANY), -EINVAL);
	assert_int_equal(spdk_json_find(root, NULL, &key, &val, SPDK_JSON_VAL_ANY), -EINVAL);
	assert_int_equal(spdk_json_find(parsed("[\"a\"]"), "a", &key, &val, SPDK_JSON_VAL_ANY),
			 -EPROTOTYPE);
	assert_int_equal(spdk_json_find(parsed("{}"), "a", &key, &val, SPDK_JSON_VAL_ANY), -ENOENT);
	assert_null(key);
	assert_null(val);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lengths_step_over_values),
		cmocka_unit_test(elements_are_counted_without_what_they_contain),
		cmocka_unit_test(strings_compare_by_all_their_bytes),
		cmocka_unit_test(strings_become_strings_of_c),
		cmocka_unit_test(walks_visit_each_child_once),
		cmocka_unit_test(empty_and_other_containers_have_no_first),
		cmocka_unit_test(members_are_found_by_name_and_type),
		cmocka_unit_test(what_is_not_found_says_why),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
