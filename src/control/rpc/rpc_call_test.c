/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * From a request to its method: each way in which it can be refused has a code and a text with the
 * cure; and the methods about methods.
 */
#include "control/rpc_fixture.h"
#include "spdk/version.h"

struct grow_params {
	char *name;
	uint64_t size_mib;
	struct {
		uint8_t level;
		uint32_t ids[4];
		size_t ids_count;
	} inner;
};

static const struct spindle_rpc_choice g_unused_choices[] = {
	{"slow", 1},
	{"fast", 2},
	{NULL, 0},
};

#define INNER(field) \
	(offsetof(struct grow_params, inner.field) - offsetof(struct grow_params, inner))

static const struct spindle_rpc_param g_id_element = {.name = "id", .kind = SPINDLE_RPC_UINT32};

static const struct spindle_rpc_param g_inner_members[] = {
	{.name = "level",
	 .kind = SPINDLE_RPC_UINT8,
	 .is_required = true,
	 .offset = INNER(level),
	 .doc = "Level"},
	{.name = "ids",
	 .kind = SPINDLE_RPC_ARRAY_OF,
	 .offset = INNER(ids),
	 .doc = "Ids",
	 .element = &g_id_element,
	 .stride = sizeof(uint32_t),
	 .max = 4,
	 .count_offset = INNER(ids_count)},
};
static const struct spindle_rpc_object g_inner = {
	.size = sizeof(((struct grow_params *)NULL)->inner),
	.members = g_inner_members,
	.members_count = SPDK_COUNTOF(g_inner_members),
};

static const struct spindle_rpc_param g_grow_members[] = {
	{.name = "name",
	 .kind = SPINDLE_RPC_STRING,
	 .is_required = true,
	 .offset = offsetof(struct grow_params, name),
	 .doc = "Volume to grow"},
	{.name = "size_mib",
	 .kind = SPINDLE_RPC_UINT64,
	 .offset = offsetof(struct grow_params, size_mib),
	 .doc = "New size, in MiB"},
	{.name = "inner",
	 .kind = SPINDLE_RPC_OBJECT_OF,
	 .offset = offsetof(struct grow_params, inner),
	 .doc = "More",
	 .members = &g_inner},
};
static const struct spindle_rpc_object g_grow_params =
	SPINDLE_RPC_OBJECT(struct grow_params, g_grow_members);

static const struct spindle_rpc_param g_speed_members[] = {
	{.name = "speed", .kind = SPINDLE_RPC_ENUM, .doc = "Speed", .choices = g_unused_choices},
};
static const struct spindle_rpc_object g_speed_params = SPINDLE_RPC_OBJECT(int, g_speed_members);

static void
grow(struct spdk_jsonrpc_request *request, void *ctx)
{
	struct grow_params *params = ctx;
	struct spdk_json_write_ctx *w = spdk_jsonrpc_begin_result(request);

	spdk_json_write_string_fmt(w, "%s %ju %u %zu", params->name, (uintmax_t)params->size_mib,
				   params->inner.level, params->inner.ids_count);
	spdk_jsonrpc_end_result(request, w);
}

SPINDLE_RPC_REGISTER("volume_grow", grow, SPDK_RPC_RUNTIME, &g_grow_params, "Makes a volume larger")
SPDK_RPC_REGISTER_ALIAS_DEPRECATED(volume_grow, grow_volume)

static void
bare(struct spdk_jsonrpc_request *request, void *params)
{
	assert_null(params);
	spdk_jsonrpc_send_bool_response(request, true);
}

SPINDLE_RPC_REGISTER("volume_flush", bare, SPDK_RPC_STARTUP | SPDK_RPC_RUNTIME, NULL, "Flushes")

static void
speed(struct spdk_jsonrpc_request *request, void *params)
{
	spdk_jsonrpc_send_bool_response(request, *(int *)params == 2);
}

SPINDLE_RPC_REGISTER("volume_speed", speed, SPDK_RPC_STARTUP, &g_speed_params, "Speed")

static bool g_has_params;

static void
plain(struct spdk_jsonrpc_request *request, const struct spdk_json_val *params)
{
	g_has_params = params != NULL;
	spdk_jsonrpc_send_bool_response(request, true);
}

SPDK_RPC_REGISTER("volume_plain", plain, SPDK_RPC_STARTUP | SPDK_RPC_RUNTIME)

static int
start(void **state)
{
	log_capture_start();
	spdk_rpc_set_state(SPDK_RPC_RUNTIME);
	return 0;
}

static int
stop(void **state)
{
	spdk_rpc_set_allowlist(NULL);
	spdk_rpc_set_state(SPDK_RPC_STARTUP);
	log_capture_stop();
	return 0;
}

static void
a_method_gets_its_parameters(void **state)
{
	call_method("volume_grow", "{\"size_mib\":10,\"name\":\"v\",\"inner\":{\"level\":7,"
				   "\"ids\":[1,2,3]}}");
	assert_answered("\"v 10 7 3\"");
	call_method("volume_grow", "{\"name\":\"w\"}");
	assert_answered("\"w 0 0 0\"");
	call_method("grow_volume", "{\"name\":\"x\"}");
	assert_answered("\"x 0 0 0\"");
	/* One that decodes by itself gets whatever there is. */
	call_method("volume_plain", "[1, 2]");
	assert_answered("true");
	assert_true(g_has_params);
	call_method("volume_plain", NULL);
	assert_answered("true");
	assert_false(g_has_params);
}

static void
an_unknown_method_is_named_with_one_that_may_have_been_meant(void **state)
{
	char name[1001];

	call_method("volume_gorw", NULL);
	assert_refused(SPDK_JSONRPC_ERROR_METHOD_NOT_FOUND,
		       "Method not found: 'volume_gorw'. Did you mean 'volume_grow'?");
	call_method("make_tea_for_everybody", NULL);
	assert_refused(SPDK_JSONRPC_ERROR_METHOD_NOT_FOUND,
		       "Method not found: 'make_tea_for_everybody'");
	/* What is long is not sent back as a whole. */
	memset(name, 'a', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	call_method(name, NULL);
	assert_int_equal(g_answer.code, SPDK_JSONRPC_ERROR_METHOD_NOT_FOUND);
	assert_in_range(strlen(g_answer.text), 100, 200);
}

static void
a_name_with_a_nul_is_no_name(void **state)
{
	char name[] = "volume_flush\0x";
	struct spdk_json_val method = {name, sizeof(name) - 1, SPDK_JSON_VAL_STRING};
	struct jsonrpc_local_call call = {
		.handle_fn = rpc_handle, .method = &method, .done_fn = keep_answer};

	memset(&g_answer, 0, sizeof(g_answer));
	assert_int_equal(jsonrpc_call_local(&call), 0);
	assert_refused(SPDK_JSONRPC_ERROR_METHOD_NOT_FOUND,
		       "Method not found: its name is no string, or has a NUL in it");
}

static void
a_method_of_another_state_says_when_it_is_allowed(void **state)
{
	call_method("volume_speed", NULL);
	assert_refused(SPDK_JSONRPC_ERROR_INVALID_STATE,
		       "volume_speed is allowed only before the subsystems are initialised. Start "
		       "the program with --wait-for-rpc, and call it before framework_start_init; "
		       "or put it into the configuration.");
	spdk_rpc_set_state(SPDK_RPC_STARTUP);
	call_method("volume_grow", NULL);
	assert_refused(SPDK_JSONRPC_ERROR_INVALID_STATE,
		       "volume_grow is allowed only after the subsystems were initialised. Call "
		       "framework_start_init first, or wait with framework_wait_init.");
	call_method("volume_flush", NULL);
	assert_answered("true");
}

static void
one_that_is_not_allowed_says_why(void **state)
{
	const char *names[] = {"volume_flush", "volume_grow", NULL};

	spdk_rpc_set_allowlist(names);
	call_method("volume_plain", NULL);
	assert_refused(SPDK_JSONRPC_ERROR_METHOD_NOT_FOUND,
		       "Method not found: 'volume_plain' is not among those that --rpcs-allowed "
		       "has left");
	call_method("volume_flush", NULL);
	assert_answered("true");
}

static void
bad_parameters_are_named_with_the_way_to_them(void **state)
{
	static const struct {
		const char *params;
		const char *message;
	} rows[] = {
		{NULL, "name: required, and missing: Volume to grow (string)"},
		{"null", "name: required, and missing: Volume to grow (string)"},
		{"{}", "name: required, and missing: Volume to grow (string)"},
		{"[]", "expected an object, found an array"},
		{"{\"name\":\"v\",\"sise_mib\":1}",
		 "sise_mib: not known here; those that are: name, size_mib, inner"},
		{"{\"name\":1}", "name: expected a string, found 1"},
		{"{\"name\":\"v\",\"size_mib\":-1}",
		 "size_mib: expected a whole number from 0 to 18446744073709551615, found -1"},
		{"{\"name\":\"v\",\"name\":\"v\"}", "name: stands twice: leave one out"},
		{"{\"name\":\"v\",\"inner\":[]}", "inner: expected an object, found an array"},
		{"{\"name\":\"v\",\"inner\":{}}",
		 "inner.level: required, and missing: Level (uint8)"},
		{"{\"name\":\"v\",\"inner\":{\"level\":256}}",
		 "inner.level: expected a whole number from 0 to 255, found 256"},
		{"{\"name\":\"v\",\"inner\":{\"level\":1,\"ids\":[1,2,\"x\"]}}",
		 "inner.ids[2]: expected a whole number from 0 to 4294967295, found \"x\""},
		{"{\"name\":\"v\",\"inner\":{\"level\":1,\"ids\":[1,2,3,4,5]}}",
		 "inner.ids: expected at most 4 elements, found 5"},
	};
	char expected[256];

	for (size_t i = 0; i < SPDK_COUNTOF(rows); i++) {
		snprintf(expected, sizeof(expected), "Invalid parameters: %s", rows[i].message);
		call_method("volume_grow", rows[i].params);
		assert_refused(SPDK_JSONRPC_ERROR_INVALID_PARAMS, expected);
	}
	spdk_rpc_set_state(SPDK_RPC_STARTUP);
	call_method("volume_speed", "{\"speed\":\"medium\"}");
	assert_refused(SPDK_JSONRPC_ERROR_INVALID_PARAMS,
		       "Invalid parameters: speed: expected one of \"slow\", \"fast\", found "
		       "\"medium\"");
	call_method("volume_speed", "{\"speed\":\"fast\"}");
	assert_answered("true");
}

static void
one_without_parameters_takes_none_in_any_shape(void **state)
{
	static const char *const none[] = {NULL, "null", "[]", "{}"};

	for (size_t i = 0; i < SPDK_COUNTOF(none); i++) {
		call_method("volume_flush", none[i]);
		assert_answered("true");
	}
	call_method("volume_flush", "{\"force\":true}");
	assert_refused(SPDK_JSONRPC_ERROR_INVALID_PARAMS,
		       "Invalid parameters: force: not known here; those that are: none");
	call_method("volume_flush", "[1]");
	assert_refused(SPDK_JSONRPC_ERROR_INVALID_PARAMS,
		       "Invalid parameters: expected an object, found an array");
}

static void
names_of_methods_are_listed(void **state)
{
	call_method("rpc_get_methods", NULL);
	assert_non_null(strstr(g_answer.text, "\"volume_flush\",\"volume_grow\",\"volume_plain\","
					      "\"volume_speed\""));
	assert_null(strstr(g_answer.text, "\"grow_volume\""));
	call_method("rpc_get_methods", "{\"include_aliases\":true}");
	assert_non_null(strstr(g_answer.text, "\"grow_volume\""));
	/* Those of now. */
	call_method("rpc_get_methods", "{\"current\":true,\"include_aliases\":true}");
	assert_non_null(strstr(g_answer.text, "\"grow_volume\""));
	assert_null(strstr(g_answer.text, "\"volume_speed\""));
	spdk_rpc_set_state(SPDK_RPC_STARTUP);
	call_method("rpc_get_methods", "{\"current\":true,\"include_aliases\":true}");
	assert_non_null(strstr(g_answer.text, "\"volume_speed\""));
	assert_null(strstr(g_answer.text, "\"volume_grow\""));
	assert_null(strstr(g_answer.text, "\"grow_volume\""));
	call_method("rpc_get_methods", "{\"now\":true}");
	assert_refused(SPDK_JSONRPC_ERROR_INVALID_PARAMS,
		       "Invalid parameters: now: not known here; those that are: current, "
		       "include_aliases");
}

static void
what_is_not_allowed_is_not_listed(void **state)
{
	const char *names[] = {"rpc_get_methods", "spindle_get_methods", "volume_flush", NULL};

	spdk_rpc_set_allowlist(names);
	call_method("rpc_get_methods", NULL);
	assert_answered("[\"rpc_get_methods\",\"spindle_get_methods\",\"volume_flush\"]");
	call_method("spindle_get_methods", "{\"name\":\"volume_grow\"}");
	assert_refused(SPDK_JSONRPC_ERROR_METHOD_NOT_FOUND,
		       "Method not found: 'volume_grow' is not among those that --rpcs-allowed has "
		       "left");
}

#define GROW_TELLS                                                                              \
	"\"summary\":\"Makes a volume larger\",\"startup\":false,\"runtime\":true,\"params\":[" \
	"{\"name\":\"name\",\"type\":\"string\",\"required\":true,"                             \
	"\"description\":\"Volume to grow\"},"                                                  \
	"{\"name\":\"size_mib\",\"type\":\"uint64\",\"required\":false,"                        \
	"\"description\":\"New size, in MiB\"},"                                                \
	"{\"name\":\"inner\",\"type\":\"object\",\"members\":["                                 \
	"{\"name\":\"level\",\"type\":\"uint8\",\"required\":true,\"description\":\"Level\"},"  \
	"{\"name\":\"ids\",\"type\":\"array of uint32\",\"max\":4,\"required\":false,"          \
	"\"description\":\"Ids\"}],\"required\":false,\"description\":\"More\"}]"

static void
a_method_tells_what_it_takes(void **state)
{
	call_method("spindle_get_methods", "{\"name\":\"volume_grow\"}");
	assert_answered("[{\"name\":\"volume_grow\"," GROW_TELLS "}]");
	call_method("spindle_get_methods", "{\"name\":\"grow_volume\"}");
	assert_answered("[{\"name\":\"grow_volume\",\"alias_of\":\"volume_grow\"," GROW_TELLS "}]");
	call_method("spindle_get_methods", "{\"name\":\"volume_plain\"}");
	assert_answered("[{\"name\":\"volume_plain\",\"summary\":\"\",\"startup\":true,"
			"\"runtime\":true,\"params\":null}]");
	call_method("spindle_get_methods", "{\"name\":\"volume_speed\"}");
	assert_answered("[{\"name\":\"volume_speed\",\"summary\":\"Speed\",\"startup\":true,"
			"\"runtime\":false,\"params\":[{\"name\":\"speed\",\"type\":\"enum\","
			"\"values\":[\"slow\",\"fast\"],\"required\":false,"
			"\"description\":\"Speed\"}]}]");
	call_method("spindle_get_methods", "{\"name\":\"volume_flush\"}");
	assert_answered("[{\"name\":\"volume_flush\",\"summary\":\"Flushes\",\"startup\":true,"
			"\"runtime\":true,\"params\":[]}]");
	call_method("spindle_get_methods", "{\"name\":\"volume_grov\"}");
	assert_refused(SPDK_JSONRPC_ERROR_METHOD_NOT_FOUND,
		       "Method not found: 'volume_grov'. Did you mean 'volume_grow'?");
	call_method("spindle_get_methods", "{\"current\":true}");
	assert_non_null(strstr(g_answer.text, "\"volume_grow\""));
	assert_null(strstr(g_answer.text, "\"volume_speed\""));
	assert_null(strstr(g_answer.text, "\"grow_volume\""));
}

static void
the_version_is_told_as_a_text_and_in_numbers(void **state)
{
	char expected[256];

	call_method("spdk_get_version", NULL);
	snprintf(expected, sizeof(expected),
		 "{\"version\":\"%s\",\"fields\":{\"major\":%d,\"minor\":%d,\"patch\":%d,"
		 "\"suffix\":\"%s\"}}",
		 SPDK_VERSION_STRING, SPDK_VERSION_MAJOR, SPDK_VERSION_MINOR, SPDK_VERSION_PATCH,
		 SPDK_VERSION_SUFFIX);
	assert_answered(expected);
	assert_non_null(strstr(g_answer.text, "26"));
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, start, stop)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_method_gets_its_parameters),
		TEST(an_unknown_method_is_named_with_one_that_may_have_been_meant),
		TEST(a_name_with_a_nul_is_no_name),
		TEST(a_method_of_another_state_says_when_it_is_allowed),
		TEST(one_that_is_not_allowed_says_why),
		TEST(bad_parameters_are_named_with_the_way_to_them),
		TEST(one_without_parameters_takes_none_in_any_shape),
		TEST(names_of_methods_are_listed),
		TEST(what_is_not_allowed_is_not_listed),
		TEST(a_method_tells_what_it_takes),
		TEST(the_version_is_told_as_a_text_and_in_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
