/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Configurations that are read and checked: what is wrong in a file is said with its place and its
 * path, and nothing of it is run.
 */
#include "base/failing_malloc.h"

#include "control/init/config_fixture.h"

#include <sys/stat.h>

/* Each text, and what is logged for it. */
static const struct {
	const char *text;
	const char *said;
} g_bad[] = {
	{"", "bad.json:1:1: the text ends before the value does"},
	{"{", "bad.json:1:2: the text ends before the value does"},
	{"nonsense",
	 "bad.json:1:2: the only words are true, false and null; others are strings and stand in "
	 "'\"'"},
	{"{\"subsystems\": [}", "bad.json:1:17: a value or ']' is expected here"},
	{"{\"subsystems\": []} x",
	 "bad.json:1:20: something stands behind the end of the configuration: remove it, or look "
	 "for a bracket that is closed too early"},
	{"{\"subsystems\": [],\n"
	 " \"a\": 1\n"
	 " \"b\": 2}",
	 "bad.json:3:2: a ',' or '}' is expected here"},
	{"{\"subsystems\": [\"\377\"]}", "bad.json:1:18: this is not UTF-8"},
	{"[]", "bad.json:1:1: (root): expected an object with \"subsystems\", found an array"},
	{"\"subsystems\"",
	 "bad.json:1:1: (root): expected an object with \"subsystems\", found \"subsystems\""},
	{"{\"subsystems\": {}}", "bad.json:1:16: subsystems: expected an array, found an object"},
	{"{\"subsystems\": [],\n"
	 " \"subsystems\": []}",
	 "bad.json:2:2: subsystems: stands twice: leave one out"},
	{"{\"subsystems\": [\n"
	 "  7]}",
	 "bad.json:2:3: subsystems[0]: expected an object with \"subsystem\" and \"config\", "
	 "found 7"},
	{"{\"subsystems\": [\n"
	 "  {\"config\": []}]}",
	 "bad.json:2:3: subsystems[0]: \"subsystem\" is required, and missing"},
	{"{\"subsystems\": [\n"
	 "  {\"subsystem\": 1, \"config\": []}]}",
	 "bad.json:2:17: subsystems[0].subsystem: expected a string, found 1"},
	{"{\"subsystems\": [\n"
	 "  {\"subsystem\": \"store\"}]}",
	 "bad.json:2:3: subsystems[0]: \"config\" is required, and missing: an array, or null"},
	{"{\"subsystems\": [\n"
	 "  {\"subsystem\": \"store\", \"config\": {}}]}",
	 "bad.json:2:36: subsystems[0].config: expected an array, or null, found an object"},
	{"{\"subsystems\": [\n"
	 "  {\"subsystem\": \"store\", \"conifg\": []}]}",
	 "bad.json:2:26: subsystems[0].conifg: not known here; those that are: subsystem, config"},
	{"{\"subsystems\": [\n"
	 "  {\"subsystem\": \"store\", \"config\": [],\n"
	 "   \"config\": []}]}",
	 "bad.json:3:4: subsystems[0].config: stands twice: leave one out"},
	{"{\"subsystems\": [\n"
	 "  {\"subsystem\": \"store\", \"config\": [\n"
	 "    \"volume_create\"\n"
	 "  ]}\n"
	 "]}",
	 "bad.json:3:5: subsystems[0].config[0]: expected an object with \"method\" and "
	 "\"params\", found \"volume_create\""},
	{"{\"subsystems\": [\n"
	 "  {\"subsystem\": \"store\", \"config\": [\n"
	 "    {\"params\": {}}\n"
	 "  ]}\n"
	 "]}",
	 "bad.json:3:5: subsystems[0].config[0]: \"method\" is required, and missing"},
	{"{\"subsystems\": [\n"
	 "  {\"subsystem\": \"store\", \"config\": [\n"
	 "    {\"method\": null}\n"
	 "  ]}\n"
	 "]}",
	 "bad.json:3:16: subsystems[0].config[0].method: expected a string, found null"},
	{"{\"subsystems\": [\n"
	 "  {\"subsystem\": \"store\", \"config\": [\n"
	 "    {\"method\": \"store_always\", \"method\": \"store_always\"}\n"
	 "  ]}\n"
	 "]}",
	 "bad.json:3:32: subsystems[0].config[0].method: stands twice: leave one out"},
	{"{\"subsystems\": [\n"
	 "  {\"subsystem\": \"store\", \"config\": [\n"
	 "    {\"method\": \"store_always\", \"parms\": {}}\n"
	 "  ]}\n"
	 "]}",
	 "bad.json:3:32: subsystems[0].config[0].parms: not known here; those that are: method, "
	 "params"},
	{"{\"subsystems\": [\n"
	 "  {\"subsystem\": \"store\", \"config\": [\n"
	 "    {\"method\": \"store_always\", \"params\": \"x\"}\n"
	 "  ]}\n"
	 "]}",
	 "bad.json:3:42: subsystems[0].config[0].params: expected an object, found \"x\""},
	{"{\"subsystems\": [\n"
	 "  {\"subsystem\": \"store\", \"config\": [\n"
	 "    [{\"method\": \"store_always\"}, [{\"method\": \"store_always\"}]]\n"
	 "  ]}\n"
	 "]}",
	 "bad.json:3:34: subsystems[0].config[0][1]: expected an object with \"method\" and "
	 "\"params\", found an array"},
	{"{\"subsystems\": [\n"
	 "  {\"subsystem\": \"store\", \"config\": [\n"
	 "    [{\"method\": \"store_always\"}, {\"params\": {}}]\n"
	 "  ]}\n"
	 "]}",
	 "bad.json:3:34: subsystems[0].config[0][1]: \"method\" is required, and missing"},
	{"{\"subsystems\": [\n"
	 "  {\"subsystem\": \"store\", \"config\": [\n"
	 "    {\"method\": \"volume_craete\"}\n"
	 "  ]}\n"
	 "]}",
	 "bad.json:3:16: subsystems[0].config[0].method: expected the name of a method, found "
	 "\"volume_craete\", which this program does not have. Did you mean \"volume_create\"?"},
	{"{\"subsystems\": [\n"
	 "  {\"subsystem\": \"store\", \"config\": [\n"
	 "    {\"method\": \"make_tea_for_everybody\"}\n"
	 "  ]}\n"
	 "]}",
	 "bad.json:3:16: subsystems[0].config[0].method: expected the name of a method, found "
	 "\"make_tea_for_everybody\", which this program does not have"},
	{"{\"subsystems\": [\n"
	 "  {\"subsystem\": \"store\", \"config\": [\n"
	 "    {\"method\": \"a\\u0000b\"}\n"
	 "  ]}\n"
	 "]}",
	 "bad.json:3:16: subsystems[0].config[0].method: the name of the method has a NUL in it"},
	{"{\"subsystems\": [\n"
	 "  {\"subsystem\": \"store\", \"config\": [\n"
	 "    {\"method\": \"volume_create\"}\n"
	 "  ]}\n"
	 "]}",
	 "bad.json:3:5: subsystems[0].config[0].params.name: required, and missing: Name (string)"},
	{"{\"subsystems\": [\n"
	 "  {\"subsystem\": \"store\", \"config\": [\n"
	 "    {\"method\": \"volume_create\", \"params\": null}\n"
	 "  ]}\n"
	 "]}",
	 "bad.json:3:43: subsystems[0].config[0].params.name: required, and missing: Name "
	 "(string)"},
	{"{\"subsystems\": [\n"
	 "  {\"subsystem\": \"store\", \"config\": [\n"
	 "    {\"method\": \"volume_create\", \"params\": {}}\n"
	 "  ]}\n"
	 "]}",
	 "bad.json:3:43: subsystems[0].config[0].params.name: required, and missing: Name "
	 "(string)"},
	{"{\"subsystems\": [\n"
	 "  {\"subsystem\": \"store\", \"config\": [\n"
	 "    {\"method\": \"volume_create\", \"params\": [1]}\n"
	 "  ]}\n"
	 "]}",
	 "bad.json:3:43: subsystems[0].config[0].params: expected an object, found an array"},
	{"{\"subsystems\": [\n"
	 "  {\"subsystem\": \"store\", \"config\": [\n"
	 "    {\"method\": \"volume_create\", \"params\": {\"name\": 1}}\n"
	 "  ]}\n"
	 "]}",
	 "bad.json:3:52: subsystems[0].config[0].params.name: expected a string, "
	 "found 1"},
	{"{\"subsystems\": [\n"
	 "  {\"subsystem\": \"store\", \"config\": [\n"
	 "    {\"method\": \"volume_create\", \"params\": {\"name\": \"v\",\n"
	 "     \"num_blocks\": \"many\"}}\n"
	 "  ]}\n"
	 "]}",
	 "bad.json:4:20: subsystems[0].config[0].params.num_blocks: expected a whole number from "
	 "0 to 18446744073709551615, found \"many\""},
	{"{\"subsystems\": [\n"
	 "  {\"subsystem\": \"store\", \"config\": [\n"
	 "    {\"method\": \"volume_create\", \"params\": {\"name\": \"v\", \"num_blocks\": -1}}\n"
	 "  ]}\n"
	 "]}",
	 "bad.json:3:71: subsystems[0].config[0].params.num_blocks: expected a whole number from "
	 "0 to 18446744073709551615, found -1"},
	{"{\"subsystems\": [\n"
	 "  {\"subsystem\": \"store\", \"config\": [\n"
	 "    {\"method\": \"volume_create\", \"params\": {\"name\": \"v\", \"nam\": \"w\"}}\n"
	 "  ]}\n"
	 "]}",
	 "bad.json:3:57: subsystems[0].config[0].params.nam: not known here; those that are: "
	 "name, num_blocks, color, tags, inner"},
	{"{\"subsystems\": [\n"
	 "  {\"subsystem\": \"store\", \"config\": [\n"
	 "    {\"method\": \"volume_create\", \"params\": {\"name\": \"v\", \"name\": \"w\"}}\n"
	 "  ]}\n"
	 "]}",
	 "bad.json:3:57: subsystems[0].config[0].params.name: stands twice: leave one out"},
	{"{\"subsystems\": [\n"
	 "  {\"subsystem\": \"store\", \"config\": [\n"
	 "    {\"method\": \"volume_create\", \"params\": {\"name\": \"v\", \"color\": "
	 "\"green\"}}\n"
	 "  ]}\n"
	 "]}",
	 "bad.json:3:66: subsystems[0].config[0].params.color: expected one of \"red\", \"blue\", "
	 "found \"green\""},
	{"{\"subsystems\": [\n"
	 "  {\"subsystem\": \"store\", \"config\": [\n"
	 "    {\"method\": \"volume_create\", \"params\": {\"name\": \"v\", \"tags\": [\"a\", "
	 "2]}}\n"
	 "  ]}\n"
	 "]}",
	 "bad.json:3:71: subsystems[0].config[0].params.tags[1]: expected a string, found 2"},
	{"{\"subsystems\": [\n"
	 "  {\"subsystem\": \"store\", \"config\": [\n"
	 "    {\"method\": \"volume_create\", \"params\": {\"name\": \"v\", \"tags\": [\"a\", "
	 "\"b\", \"c\"]}}\n"
	 "  ]}\n"
	 "]}",
	 "bad.json:3:65: subsystems[0].config[0].params.tags: expected at most 2 elements, found "
	 "3"},
	{"{\"subsystems\": [\n"
	 "  {\"subsystem\": \"store\", \"config\": [\n"
	 "    {\"method\": \"volume_create\", \"params\": {\"name\": \"v\", \"inner\": {}}}\n"
	 "  ]}\n"
	 "]}",
	 "bad.json:3:66: subsystems[0].config[0].params.inner.level: required, and missing: Level "
	 "(uint8)"},
	{"{\"subsystems\": [\n"
	 "  {\"subsystem\": \"store\", \"config\": [\n"
	 "    {\"method\": \"volume_create\", \"params\": {\"name\": \"v\", \"inner\": "
	 "{\"level\": 256}}}\n"
	 "  ]}\n"
	 "]}",
	 "bad.json:3:76: subsystems[0].config[0].params.inner.level: expected a whole number from "
	 "0 to 255, found 256"},
	{"{\"subsystems\": [\n"
	 "  {\"subsystem\": \"store\", \"config\": [\n"
	 "    [{\"method\": \"store_always\"}, {\"method\": \"volume_create\", \"params\": {}}]\n"
	 "  ]}\n"
	 "]}",
	 "bad.json:3:72: subsystems[0].config[0][1].params.name: required, and missing: Name "
	 "(string)"},
	{"{\"subsystems\": [\n"
	 "  {\"subsystem\": \"store\", \"config\": [\n"
	 "    {\"method\": \"store_set_options\", \"params\": {\"any\": 1}}\n"
	 "  ]}\n"
	 "]}",
	 "bad.json:3:48: subsystems[0].config[0].params.any: not known here; those that are: none"},
	{"\n"
	 "\n"
	 "/* a comment\n"
	 " of lines */ {\"subsystems\": [\n"
	 "  {\"subsystem\": \"store\", \"config\": [\n"
	 "    {\"method\": \"volume_create\", \"params\": {\"name\": /* \303\244\303\266 */ 7}}\n"
	 "  ]}\n"
	 "]}",
	 "bad.json:6:61: subsystems[0].config[0].params.name: expected a string, "
	 "found 7"},
};

static int
read_and_check(const char *text)
{
	struct config *config = NULL;
	int rc = config_read_text("bad.json", text, strlen(text), &config);

	if (rc != 0) {
		assert_null(config);
		return rc;
	}
	rc = config_check(config);
	config_free(config);
	return rc;
}

static void
what_is_wrong_is_said_with_its_place_and_nothing_is_run(void **state)
{
	for (size_t i = 0; i < SPDK_COUNTOF(g_bad); i++) {
		log_capture_clear();
		assert_int_equal(read_and_check(g_bad[i].text), -EINVAL);
		g_log_capture.text[strcspn(g_log_capture.text, "\n")] = '\0';
		assert_string_equal(g_log_capture.text, g_bad[i].said);
		assert_int_equal(log_capture_count(SPDK_LOG_ERROR), 1);
		assert_int_equal(g_calls, 0);
	}
}

static void
what_is_right_is_not_spoken_of(void **state)
{
	static const char *const good[] = {
		"{\"subsystems\":[]}",
		"{\"subsystems\":[{\"subsystem\":\"store\",\"config\":null}]}",
		"{\"subsystems\":[{\"config\":[],\"subsystem\":\"store\"}]}",
		"// a comment\n{\"subsystems\": /* another */ []} // and one at the end",
		"{\"subsystems\":[],\"mine\":{\"a\":[1]},\"mine\":2}\n",
		STORE(CREATE("a") "," CREATE("b")),
		STORE("[" CREATE("a") "," CREATE("b") "],[]," CREATE("c")),
		STORE("{\"params\":null,\"method\":\"store_set_options\"}"),
		STORE("{\"method\":\"store_set_options\",\"params\":[]}"),
		STORE("{\"method\":\"store_fail\",\"params\":[1,\"what it likes\"]}"),
	};

	for (size_t i = 0; i < SPDK_COUNTOF(good); i++) {
		assert_int_equal(read_and_check(good[i]), 0);
		assert_nothing_logged();
	}
	assert_int_equal(g_calls, 0);
}

static void
a_file_without_subsystems_is_warned_of(void **state)
{
	assert_int_equal(read_and_check("{\"subsystem\":[]}"), 0);
	assert_true(log_captured("bad.json: there is no \"subsystems\" in it", NULL));
	assert_int_equal(log_capture_count(SPDK_LOG_WARN), 1);
	assert_int_equal(log_capture_count(SPDK_LOG_ERROR), 0);
}

static void
what_is_unknown_may_belong_to_a_subsystem_that_is_not_there(void **state)
{
	assert_int_equal(read_and_check("{\"subsystems\":[{\"subsystem\":\"magic\",\"config\":["
					"{\"method\":\"magic_wand\",\"params\":{\"any\":1}}]}]}"),
			 0);
	assert_nothing_logged();
	/* What is known is checked there, too. */
	assert_int_equal(read_and_check("{\"subsystems\":[{\"subsystem\":\"magic\",\"config\":["
					"{\"method\":\"volume_create\"}]}]}"),
			 -EINVAL);
	assert_true(log_captured("params.name: required, and missing", NULL));
}

static void
what_is_not_allowed_is_wrong(void **state)
{
	const char *names[] = {"store_always", NULL};

	spdk_rpc_set_allowlist(names);
	assert_int_equal(read_and_check(STORE("{\"method\":\"store_always\"}," CREATE("a"))),
			 -EINVAL);
	assert_one_error("config[1].method: \"volume_create\" is not among the methods that "
			 "--rpcs-allowed has left");
}

static void
an_old_name_is_checked_as_the_method(void **state)
{
	assert_int_equal(read_and_check(STORE("{\"method\":\"create_volume\"}")), -EINVAL);
	assert_true(log_captured("params.name: required, and missing",
				 "'create_volume' is an old name", NULL));
}

static void
all_faults_are_named_up_to_a_limit(void **state)
{
	static const char bad[] = "{\"method\":\"volume_create\"},";
	char text[4096], *end = text;
	const char *at;
	int lines = 0;

	assert_int_equal(read_and_check(STORE("{\"method\":\"a_b\"}," CREATE(
				 "a") ","
				      "{\"method\":\"volume_create\"}")),
			 -EINVAL);
	assert_int_equal(log_capture_count(SPDK_LOG_ERROR), 2);
	assert_true(log_captured("config[0].method", "config[2].params.name", NULL));
	log_capture_clear();
	end += snprintf(end, sizeof(text),
			"{\"subsystems\":[{\"subsystem\":\"store\",\"config\":[");
	for (int i = 0; i < 30; i++) {
		memcpy(end, bad, sizeof(bad) - 1);
		end += sizeof(bad) - 1;
	}
	memcpy(end - 1, "]}]}", sizeof("]}]}"));
	assert_int_equal(read_and_check(text), -EINVAL);
	assert_true(log_captured("config[19]",
				 "bad.json: there may be more; the rest was not "
				 "looked at",
				 NULL));
	for (at = g_log_capture.text; (at = strchr(at, '\n')) != NULL; at++) {
		lines++;
	}
	assert_int_equal(lines, 21);
}

static char g_file[] = "/tmp/config_test.XXXXXX";

static void
write_file(const char *text)
{
	FILE *file = fopen(g_file, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
	fclose(file);
}

static void
a_file_is_named_in_what_is_said_of_it(void **state)
{
	struct config *config = NULL;
	char expected[128];

	assert_int_equal(config_read_file("/nowhere/at/all.json", &config), -ENOENT);
	assert_one_error("Cannot read the configuration '/nowhere/at/all.json': No such file or "
			 "directory");
	assert_int_equal(config_read_file("/tmp", &config), -EISDIR);
	assert_one_error("Cannot read the configuration '/tmp': Is a directory");
	close(mkstemp(g_file));
	assert_int_equal(config_read_file(g_file, &config), -EINVAL);
	assert_one_error("the text ends before the value does");
	write_file("{\n  \"subsystems\": 7}");
	assert_int_equal(config_read_file(g_file, &config), -EINVAL);
	snprintf(expected, sizeof(expected), "%s:2:17: subsystems: expected an array, found 7",
		 g_file);
	assert_one_error(expected);
	assert_null(config);
	write_file(STORE(CREATE("a")));
	assert_int_equal(config_read_file(g_file, &config), 0);
	assert_int_equal(config_check(config), 0);
	config_free(config);
	assert_nothing_logged();
	assert_int_equal(truncate(g_file, CONFIG_SIZE_MAX + 1), 0);
	assert_int_equal(config_read_file(g_file, &config), -EFBIG);
	assert_one_error("a configuration has at most 268435456 bytes, this file has 268435457");
	unlink(g_file);
	config_free(NULL);
}

static void
the_text_is_copied(void **state)
{
	char text[] = STORE(CREATE("a") "," CREATE("\\u00e4"));
	struct config *config = NULL;

	assert_int_equal(config_read_text("test.json", text, strlen(text), &config), 0);
	memset(text, 'x', sizeof(text));
	assert_int_equal(config_check(config), 0);
	config_free(config);
}

static void
a_failing_allocation_leaves_nothing_behind(void **state)
{
#ifdef HAS_OWN_ALLOCATOR
	skip();
#else
	static const char text[] = STORE(CREATE("a") ",[" CREATE("b") "]");
	struct config *config;
	long live = 0, nth;
	int rc = 0;

	/* The list of methods is made once. */
	assert_int_equal(read_and_check(text), 0);
	live = t_live;
	for (nth = 0; nth < 100; nth++) {
		log_capture_clear();
		config = NULL;
		g_failures = 0;
		t_allocations_left = nth;
		rc = config_read_text("test.json", text, strlen(text), &config);
		rc = rc != 0 ? rc : config_check(config);
		t_allocations_left = -1;
		config_free(config);
		assert_int_equal(t_live, live);
		if (g_failures == 0) {
			break;
		}
		assert_int_equal(rc, -ENOMEM);
		assert_true(log_captured("out of memory", NULL));
		assert_int_equal(log_capture_count(SPDK_LOG_ERROR), 1);
	}
	assert_int_equal(rc, 0);
	assert_in_range(nth, 6, 99);
#endif
}

#define TEST(function) \
	cmocka_unit_test_setup_teardown(function, start_config_test, stop_config_test)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_wrong_is_said_with_its_place_and_nothing_is_run),
		TEST(what_is_right_is_not_spoken_of),
		TEST(a_file_without_subsystems_is_warned_of),
		TEST(what_is_unknown_may_belong_to_a_subsystem_that_is_not_there),
		TEST(what_is_not_allowed_is_wrong),
		TEST(an_old_name_is_checked_as_the_method),
		TEST(all_faults_are_named_up_to_a_limit),
		TEST(a_file_is_named_in_what_is_said_of_it),
		TEST(the_text_is_copied),
		TEST(a_failing_allocation_leaves_nothing_behind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
